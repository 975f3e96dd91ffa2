/* Reviews by which of a few themes they hold: every region of the themes' Venn diagram, and so their pairs (cooccur, report). With --suppress-below also what
 * of it may be printed beside the counts by period. One thread. */
#ifndef PIPELINE_REGIONS_H
#define PIPELINE_REGIONS_H

#include "base/strmap.h"
#include "pipeline/protect.h"

enum { REGION_THEMES = 8, REGIONS = 1 << REGION_THEMES }; /* more than 256 regions nobody reads */

/* Reviews (or sentences) of a period that hold exactly a set of the themes. */
struct region_part {
	int first_month;             /* of the period, as in pipeline/period.h */
	unsigned set;                /* bit i: themes[i] */
	uint64_t units;
};

struct region {
	uint64_t exactly, at_least;  /* at_least of no theme: all */
	unsigned char exactly_mark, at_least_mark; /* enum mark */
};

struct regions {
	uint32_t themes[REGION_THEMES];
	size_t count;
	struct region_part *parts;
	size_t part_count, part_capacity;
	struct strmap index;         /* of parts, by period and set */
	/* over all periods, by regions_sum() */
	struct region of[REGIONS];   /* by set */
	uint64_t of_size[REGION_THEMES + 1]; /* that hold so many of the themes */
	unsigned char of_size_mark[REGION_THEMES + 1];
};

struct regions *regions_new(const uint32_t *themes, size_t count);
void regions_free(struct regions *r);

/* The set of a unit that holds these themes. */
unsigned regions_set(const struct regions *r, const uint32_t *themes, size_t count);
unsigned regions_set_of_row(const struct regions *r, const struct review_row *row);
void regions_add(struct regions *r, int first_month, unsigned set, uint64_t units);
/* Puts the parts of a period as `from` has them in place of its own. */
void regions_replace(struct regions *r, int first_month, const struct regions *from);
/* Adds up the parts; all marks MARK_SHOWN. */
void regions_sum(struct regions *r);

/* Regions as printed, with the table of counts that was printed beside them. */
struct region_layer {
	struct regions *regions;
	const struct release *counts;
};

/* Sets the marks of the last layer; those of the others are as they were printed. An outsider is taken to know all tables of counts and regions of all layers,
 * and that in each period reviews come in whole: which sets of themes they hold must agree with everything. Numbers of all reviews and of those with one theme have the
 * marks of the counts. 0, or -1: nothing of it may be printed. */
int regions_protect(const struct region_layer *layers, size_t count, const struct lexicon *lexicon, unsigned threshold);

#endif
