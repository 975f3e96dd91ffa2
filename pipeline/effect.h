/* What a change of the lexicon did to the counts of a corpus, apart from what a change of the corpus did.
 *
 * Two sides are compared, each a lexicon and the rows that it was counted on. A review stands on both sides if each counts one of the
 * same words (fingerprint) in the same period. What differs on such reviews is the lexicon's doing; reviews of one side only are
 * the corpus's. So, for every period and theme, after - before = by lexicon + by corpus, to the unit.
 *
 * Memory: about 60 bytes a review and 16 a theme found in it, for the side before. One thread. */
#ifndef PIPELINE_EFFECT_H
#define PIPELINE_EFFECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pipeline/ledger.h"
#include "pipeline/options.h"

struct effect_side {
	const struct lexicon *lexicon;
	struct ledger *ledger;
};

/* One period and theme. Counts are zero on a side whose lexicon lacks the theme. */
struct effect_row {
	const char *period, *theme;
	bool themed[2];                        /* before, after: the lexicon has the theme */
	uint64_t year_reviews[2];
	uint64_t reviews[2], mentions[2], negated[2]; /* negated: mentions */
	uint64_t gained, lost;                 /* of the reviews on both sides: with an affirmed mention only after, only before */
	int64_t reviews_by_lexicon, reviews_by_corpus, mentions_by_lexicon, mentions_by_corpus; /* reviews_by_lexicon is gained - lost */
};

struct effect {
	struct effect_row *rows;               /* by period, then theme in the order of after, those that only before has last */
	size_t count;
	uint64_t common, only_before, only_after; /* reviews */
	struct tally *tallies[6];              /* private */
};

/* Kinds, conditions, duplicates and periods are those of the options; the ledgers are closed. */
void effect_init(struct effect *e, const struct effect_side *before, const struct effect_side *after, const struct options *options);
void effect_release(struct effect *e);

#endif
