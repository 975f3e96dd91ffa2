/* The reference counter: the counting rules written down as plainly as possible, to judge the engine by.
 *
 * It shares nothing with the engine but the lexicon's patterns and the folding of single words (matchers/fold.h): its own tokeniser reads one
 * code point at a time, its own matching tries every entry at every token by backtracking, its own resolution
 * follows the steps of section 4 one after another. Slow: for tests, for --verify, and for reading. Any thread. */
#ifndef MATCHERS_REFERENCE_H
#define MATCHERS_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "matchers/lexicon.h"
#include "matchers/mention.h"

struct reference {
	struct candidate *candidates; /* ordered by first, last, entry */
	size_t candidate_count;
	struct theme_tally *tallies;  /* as struct resolution */
	size_t tally_count;
	struct mention *mentions;
	size_t mention_count;
	struct candidate_fate *fates;
	uint32_t words, sentences;
	size_t *token_start, *token_end; /* byte ranges */
	uint32_t *token_sentence;
};

void reference_count(const struct lexicon *lexicon, enum nested nested, const char *text, size_t length, struct reference *out);
void reference_release(struct reference *r);

#endif
