/* The reference counter: the counting rules written down as plainly as possible, to judge the engine by.
 *
 * It shares nothing with the engine but the lexicon's patterns and the folding of single words (matchers/fold.h): its own tokeniser reads one
 * code point at a time, its own matching tries every entry at every token by backtracking, its own resolution
 * follows the steps of section 4 one after another. Slow (25 KB of text a second under 3,000 entries): for tests, for --verify, and for
 * reading. Any thread. */
#ifndef MATCHERS_REFERENCE_H
#define MATCHERS_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matchers/lexicon.h"
#include "matchers/matcher.h"
#include "matchers/mention.h"

struct buf;

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

/* text must be valid UTF-8. out needs no preparation. */
void reference_count(const struct lexicon *lexicon, enum nested nested, const char *text, size_t length, struct reference *out);
/* Sections 4 and 5 again under another mode, from the candidates that r holds. */
void reference_resolve(const struct lexicon *lexicon, enum nested nested, struct reference *r);
void reference_release(struct reference *r);

/* ---- judging the engine ---- */

/* What the engine made of a text. scan must be the scanner's last. */
struct engine_result {
	const struct scanner *scanner;
	struct scan scan;
	struct resolution resolution;
	unsigned wanted;     /* what was asked of resolver_run(): only that is compared */
};

/* Whether the engine's result is another than r; if so, appends the first difference in words to what (may be NULL) and
 * stores the byte of the text where it shows in at (may be NULL). Words, sentences, token offsets, candidates, tallies, and mentions and fates where
 * wanted are compared. A result with inconclusive entries is not judged: their confirmation hit a limit, which is reported elsewhere. */
bool reference_differs(const struct lexicon *lexicon, const struct reference *r, const struct engine_result *e, struct buf *what,
                       size_t *at);

/* Runs the engine on another text in the same way; false if it could not. */
typedef bool reference_rerun(void *context, const char *text, size_t length, struct engine_result *out);

/* For --verify. Returns 0 if the result for text is the reference's. Otherwise 1, and report gets the difference and the
 * smallest text found that shows one, as reference_quote() writes it. result may be overwritten by rerun. */
int reference_check(const struct lexicon *lexicon, enum nested nested, const char *text, size_t length, const struct engine_result *result,
                    reference_rerun *rerun, void *context, struct buf *report);

/* Makes text smaller while differs(context, text) stays true, and returns its new length. text is UTF-8 and is
 * changed in place; it must differ to begin with. The texts tried come to about budget bytes together at most. */
typedef bool text_differs(void *context, const char *text, size_t length);
size_t reference_shrink(char *text, size_t length, text_differs *differs, void *context, size_t budget);

/* Appends text with \\, \n, \r, \t and \u{HEX} in place of the backslash and of everything that is not printable ASCII. */
void reference_quote(struct buf *out, const char *text, size_t length);

#endif
