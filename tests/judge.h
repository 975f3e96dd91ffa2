/* What the tests of counting share: lexicons from text, and the engine run as a whole. */
#ifndef TESTS_JUDGE_H
#define TESTS_JUDGE_H

#include "matchers/lexicon.h"

/* Lines of a lexicon without the header; NULL with the problems on standard error if they are refused. */
struct lexicon *judge_lexicon(const char *lines);

#endif
