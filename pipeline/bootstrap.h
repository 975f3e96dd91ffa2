/* Review-level bootstrap of rates of mentions (count --bootstrap). Mentions cluster in reviews: what is drawn again is whole reviews, within each period
 * and facet value. One thread. */
#ifndef PIPELINE_BOOTSTRAP_H
#define PIPELINE_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

#include "pipeline/row.h"
#include "pipeline/tally.h"

struct bootstrap;
struct bootstrap *bootstrap_new(size_t theme_count);
void bootstrap_free(struct bootstrap *b);

/* Adds a row that fell into the group. */
void bootstrap_add(struct bootstrap *b, const struct tally_group *group, const struct review_row *row);

/* 95% percentile intervals of mentions per million words of each theme in a group, into arrays of one per theme; NaN where the group has no words. The same
 * seed gives the same intervals, whatever other groups there are. */
void bootstrap_rates(struct bootstrap *b, const struct tally_group *group, unsigned draws, uint64_t seed, double *low, double *high);

#endif
