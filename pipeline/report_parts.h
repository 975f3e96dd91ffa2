/* Private to the report: the parts of its JSON that are written elsewhere than in report.c. */
#ifndef PIPELINE_REPORT_PARTS_H
#define PIPELINE_REPORT_PARTS_H

#include "base/mem.h"
#include "pipeline/regions.h"
#include "pipeline/report.h"
#include "pipeline/trend.h"

/* What the page prints, with marks where --suppress-below is given. */
struct report_counts {
	const struct tally_group *groups;
	size_t group_count;
	const struct tally_group *total;  /* over the groups */
	struct regions *regions;          /* NULL: none */
	bool guarded;                     /* by --suppress-below */
};

/* Reviews listed one by one: duplicates and those without a date. With --suppress-below only their number is kept. */
struct listing {
	struct buf duplicates, undated;
	uint64_t duplicate_count, undated_count;
};
void listing_add(struct listing *l, const struct report *r, const struct ledger_row *row, const char *id);
void listing_put(struct buf *out, const struct listing *l, const struct options *o);

/* 0, or -1 if the store could not be read (reported). */
int report_put_faults(struct buf *out, const struct session *s);
int report_put_archives(struct buf *out, const struct session *s);

/* place: of each theme among those shown. With --suppress-below no phrase that a hidden count counts, none whose text shows such a one, and none says of which review it is. */
void report_put_evidence(struct buf *out, const struct report *r, const struct report_counts *counts, const size_t *place, struct sole_entries *sole);

#endif
