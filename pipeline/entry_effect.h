/* Which entries of a lexicon carry a change of counts: the mentions attributed to each, on two sides. One thread. */
#ifndef PIPELINE_ENTRY_EFFECT_H
#define PIPELINE_ENTRY_EFFECT_H

#include <stddef.h>
#include <stdint.h>

#include "pipeline/effect.h"

/* An entry is the same on both sides if theme, pattern as written and flags are. */
struct entry_effect_row {
	const char *theme;
	const struct entry *entry;
	uint64_t mentions[2], reviews[2]; /* before, after; affirmed */
};

struct entry_effect {
	struct entry_effect_row *rows;    /* in the order of before, then those that only after has */
	size_t count;
};

/* Both ledgers hold the evidence of all themes. A mention is attributed to one entry (docs/counting-rules.md section 4), so an entry may gain what
 * another loses. */
void entry_effect_init(struct entry_effect *e, const struct effect_side *before, const struct effect_side *after, const struct options *options);
void entry_effect_release(struct entry_effect *e);

#endif
