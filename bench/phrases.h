/* What a lexicon's entries look like in text: which words belong to it, its phrases written out, and fragments of them that mislead.
 * Frozen once made; any thread. */
#ifndef BENCH_PHRASES_H
#define BENCH_PHRASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/rng.h"
#include "matchers/lexicon.h"

struct buf;
struct vocabulary;
struct phrases;

/* plain: entries are runs of words, none of them inside another; that is checked, and the program ends if it is not so. */
struct phrases *phrases_new(const struct lexicon *lexicon, uint64_t seed, bool plain);
void phrases_free(struct phrases *p);

/* Whether a folded word can match the key item of some entry: every way of laying out an entry holds at least one key item, the rarest. */
bool phrases_key_word(const struct phrases *p, const char *word);
/* Whether it can match any item of any entry. */
bool phrases_any_word(const struct phrases *p, const char *word);
/* Marks, in one byte per entry, the entries of which some layout's key item is matched by a word of the text, and those of flag r; the others
 * cannot match. The text is ASCII but for apostrophes and dashes. */
void phrases_mark(const struct phrases *p, const char *text, unsigned char *marks);
/* A word of the lexicon that is no key word, NULL if there is none. */
const char *phrases_common_word(const struct phrases *p, struct rng *rng);
/* Cuts a word in two with a hyphen and a line end, as PDFs do, unless a half is too short or a word of the lexicon. */
void phrases_cut_word(const struct phrases *p, char *word, size_t size);

struct plant {
	uint32_t entry;
	bool negated;
};
/* Appends an occurrence of an entry: gaps filled with foreign words, wildcards with endings, spaces sometimes hyphens, words sometimes cut.
 * Entries are drawn by a Zipf law, in plain lexicons in their order. negate adds a negation cue if the theme takes one. */
void phrases_plant(const struct phrases *p, struct rng *rng, const struct vocabulary *foreign, bool negate, struct buf *out, struct plant *plant);
/* Appends a part of an entry, an entry torn apart, or a word that ends the reach of negation cues. In a plain lexicon it is certain to match nothing. */
void phrases_near_miss(const struct phrases *p, struct rng *rng, const struct vocabulary *foreign, struct buf *out);

#endif
