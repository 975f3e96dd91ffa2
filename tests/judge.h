/* What the tests of counting share: lexicons from text, the engine run as a whole, and the reference held against it. */
#ifndef TESTS_JUDGE_H
#define TESTS_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matchers/lexicon.h"
#include "matchers/matcher.h"
#include "matchers/mention.h"
#include "matchers/reference.h"

struct buf;

enum { NESTED_COUNT = NESTED_QUANTEDA_DICTIONARY + 1 };

/* Lines of a lexicon without the header; NULL with the problems on standard error if they are refused. */
struct lexicon *judge_lexicon(const char *lines);
/* The same without a word. */
struct lexicon *judge_try_lexicon(const char *lines);

/* The engine for one lexicon: matcher, scanner, a resolver for each mode. */
struct judge;
/* NULL with the problems on standard error if the engine cannot be made. The lexicon must outlive it. */
struct judge *judge_new(const struct lexicon *lexicon, enum engine engine);
void judge_free(struct judge *j);

/* Runs the engine; the text must stay until the next call. False if the engine refused. */
bool judge_run(struct judge *j, enum nested nested, const char *text, size_t length, struct engine_result *out);

/* Counts text with the engine and with the reference under every mode. Returns true if they differ, with the mode and the first
 * difference in what (may be NULL). Inconclusive texts do not differ. */
bool judge_differs(struct judge *j, const char *text, size_t length, struct buf *what);

/* What the judge has compared so far: a test in which nothing is ever found compares nothing. */
struct judge_totals {
	uint64_t texts, inconclusive, words, sentences, candidates, mentions;
	uint64_t fates[FATE_NO_CANDIDATE + 1];
};
const struct judge_totals *judge_totals(const struct judge *j);

/* A case that differs, made small, as tests/data/differential_regressions.txt holds them: first the text, then the lexicon, then the text again. */
void judge_shrink(const char *lines, enum engine engine, const char *text, size_t length, struct buf *out);

#endif
