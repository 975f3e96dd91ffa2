/* Disclosure control of the counts by period, facet value and theme (--suppress-below; docs/disclosure.md). One thread.
 *
 * What an outsider is taken to know besides the printed counts: the totals over periods, and those over facet values of each period (other tables
 * print them), that a theme is in no more reviews than its ancestor and an ancestor without entries of its own in no more than its themes together, that
 * no theme is in more reviews than there are, and all that was printed on earlier nights with how many reviews have come and gone since.
 *
 * Counts of reviews carry marks; what depends on a hidden one (mentions, words, shares, rates, tests) is withheld by whoever prints it. */
#ifndef PIPELINE_PROTECT_H
#define PIPELINE_PROTECT_H

#include "pipeline/options.h"
#include "pipeline/suppress.h"
#include "pipeline/tally.h"

/* A table as it is printed, or was on an earlier night, with the totals its readers can know. */
struct release {
	struct tally_group *groups; /* those printed first, then totals, whose period or facet is TOTAL */
	size_t count, printed;
	bool faceted;
};
#define TOTAL "\1"

/* Adds up the totals of groups as tally_groups() gives them (copied; all marks MARK_SHOWN). */
struct release *release_new(const struct tally_group *groups, size_t count, size_t theme_count, bool faceted);
void release_free(struct release *r);
/* NULL if there is none. */
const struct tally_group *release_find(const struct release *r, const char *period, const char *facet);

/* Sets the marks of now. past: earlier releases of the same table, oldest first. 0, or -1 with a message: it cannot be printed. */
int release_protect(struct release *now, struct release *const *past, size_t past_count, const struct lexicon *lexicon, unsigned threshold);

/* A count as its mark says; what rests on a count that may be hidden. */
void mark_put_count(struct table *t, uint64_t n, unsigned mark, unsigned threshold);
void mark_put_real(struct table *t, double x, int decimals, bool hidden);

/* How many of b's reviews are not a's; both lists sorted. */
size_t ids_missing(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count);

#endif
