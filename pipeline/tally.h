/* Counts by period, facet value and theme, added up from review rows. Integers only: rates are computed when printed. One thread. */
#ifndef PIPELINE_TALLY_H
#define PIPELINE_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "pipeline/options.h"

struct cell {
	uint64_t reviews;           /* with at least one affirmed mention */
	uint64_t reviews_negated;   /* with at least one negated mention */
	uint64_t mentions, mentions_negated;
	uint64_t sentences;         /* that hold an affirmed mention */
	uint64_t inconclusive;      /* reviews in which a pattern of the theme hit its match limit */
};

/* Which counts of a theme are not to be printed: enum mark of pipeline/suppress.h. */
struct cell_marks {
	unsigned char reviews, negated;
};

/* One period and facet value, with its denominators. */
struct tally_group {
	char period[16];            /* "2016", "2011-14", "unknown" */
	int first_month;            /* of the period, as in pipeline/period.h; INT_MAX for unknown, so it sorts last */
	int last_month;
	char *facet;                /* "" if no facet was asked for */
	uint64_t reviews, words;
	struct cell *cells;         /* one per theme of the lexicon */
	unsigned char reviews_mark; /* of its number of reviews and words */
	struct cell_marks *marks;   /* one per theme; NULL: all is shown */
	uint64_t *ids;              /* of its reviews, where options ask for them (--released), in no order */
	size_t id_count, id_capacity;
};

struct tally;
struct tally *tally_new(const struct lexicon *lexicon, const struct options *options);
void tally_free(struct tally *t);

/* Adds a row that counts; the caller has settled kinds, conditions and duplicates. Returns the group it fell into, good until the
 * next call. */
const struct tally_group *tally_add(struct tally *t, const struct review_row *row);

size_t tally_theme_count(const struct tally *t);

/* The group of a date (0: unknown), made if it is new, to be added to from sums made elsewhere. Good until the next call. */
struct tally_group *tally_open(struct tally *t, int year, int month, const char *facet);

/* Groups in order of period, then facet value; they live until the next tally_add. */
const struct tally_group *tally_groups(struct tally *t, size_t *count);

#endif
