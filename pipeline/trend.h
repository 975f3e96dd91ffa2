/* Trends of themes over periods (count --trend). One thread. */
#ifndef PIPELINE_TREND_H
#define PIPELINE_TREND_H

#include <stdbool.h>

#include "matchers/lexicon.h"
#include "pipeline/row.h"
#include "pipeline/stats.h"
#include "pipeline/tally.h"

/* Reviews in which an entry is the only one with an affirmed mention of a theme, by period: what the theme would lose without it. */
struct sole_entries;
struct sole_entries *sole_entries_new(void);
void sole_entries_free(struct sole_entries *s);
/* Adds a row with evidence of every theme; group is that of its date in the tally. */
void sole_entries_add(struct sole_entries *s, int first_month, const struct review_row *row);

struct trend {
	size_t periods;                 /* with at least one review, unknown left out */
	const struct tally_group *first, *last; /* NULL if there is none */
	struct trend_test shares;       /* Cochran-Armitage over the midpoints of the periods, in years */
	double q;                       /* Benjamini-Hochberg over all themes */
	struct mann_kendall rates;      /* mentions per million words */
	struct theil_sen slope;         /* of the same, a year */
	bool withheld;                  /* a count it rests on is not shown: it takes no part in q and is not to be printed */
	uint32_t carried_by;            /* an entry without which the trend in shares is no longer significant (p < 0.05), or NO_ENTRY */
};
#define NO_ENTRY UINT32_MAX

/* One struct trend per theme of the lexicon. Groups as tally_groups() gives them, without a facet; sole is used up. The caller frees. */
struct trend *trends_compute(const struct lexicon *lexicon, const struct tally_group *groups, size_t group_count, struct sole_entries *sole);

#endif
