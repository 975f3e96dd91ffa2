/* Sentences of known content, from which the synthetic corpora are made.
 *
 * Nothing that is counted crosses the end of a sentence (docs/counting-rules.md section 2), so what is true of a text made of these
 * sentences is the sum of what is true of each. A sentence's own truth is
 *   - for a plain lexicon (gen_lexicon): what was planted in it. Such entries are runs of words, none inside another; their first and last
 *     words occur nowhere else; two phrases always have a comma or a word foreign to the lexicon between them; what is planted
 *     to mislead is checked against every entry. So nothing else can match;
 *   - for any other lexicon: what the reference counter (matchers/reference.h) finds in it, once, when the bank is made. To save time it is given
 *     only the entries whose key word stands in the sentence. Background words never include the key word of any entry (each layout of
 *     an entry has one: its rarest), so a background sentence must come out empty: that is checked.
 * Either way the first 200 sentences are counted by the reference counter with the whole lexicon, which must find the same.
 * Slots are refilled with foreign words, which no item of any entry matches, whenever a sentence is written, so that repeated sentences are not
 * repeated text. Frozen once made; any thread. */
#ifndef BENCH_SENTENCES_H
#define BENCH_SENTENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/rng.h"
#include "matchers/lexicon.h"

struct buf;

struct theme_count {
	uint32_t theme, mentions, negated;
};
struct truth {
	struct theme_count *counts; /* ancestors among them, each theme once */
	size_t count;
};
enum { MAX_SIZES = 8 };
struct sentence {
	char *text; /* SLOT stands for a foreign word */
	size_t length;
	uint32_t words, planted;
	struct truth truth[MAX_SIZES]; /* one for each size of the lexicon */
};
#define SLOT '\x01'

struct bank_options {
	uint64_t seed;
	size_t sentences;
	bool plain;               /* the lexicon comes from gen_lexicon */
	const size_t *sizes;      /* plain: truths for the first so many entries; the last is all of them */
	size_t size_count;        /* 1 unless plain */
	double density;           /* planted phrases per 1000 words */
	double near_misses;       /* misleading fragments per planted phrase */
	double lexicon_words;     /* share of background words drawn from the lexicon (never key words) */
	double foreign_words;     /* share of words that need not stand in the lexicon, unless plain: there all may */
	double negated;           /* share of phrases of negatable themes that get a negation cue */
};
struct bank_figures {
	uint64_t sentences, words, planted, counted, near_misses, dropped;
};
struct bank;
struct bank *bank_new(const struct lexicon *lexicon, const struct bank_options *options);
void bank_free(struct bank *b);
const struct sentence *bank_draw(const struct bank *b, struct rng *rng);
/* A sentence of its own, never drawn, with its truth; text may hold SLOTs. Returns its index for bank_at(). */
size_t bank_add(struct bank *b, const char *text);
const struct sentence *bank_at(const struct bank *b, size_t index);
/* Appends the sentence with its slots filled. */
void sentence_write(const struct bank *b, const struct sentence *s, struct rng *rng, struct buf *out);
const struct bank_figures *bank_figures(const struct bank *b);

#endif
