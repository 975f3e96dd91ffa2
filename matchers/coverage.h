/* Private to the lexicon: which entries say what others say already. */
#ifndef MATCHERS_COVERAGE_H
#define MATCHERS_COVERAGE_H

#include "matchers/lexicon.h"

/* Adds warnings for entries that add nothing to others of their theme, entries (or alternatives of them) that an exclusion always drops,
 * and exclusions that no entry of their theme can lie within. */
void coverage_check(const struct lexicon *lexicon, struct problem_list *problems);

#endif
