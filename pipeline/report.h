/* What the report page shows, as the JSON object that is embedded in it. One thread.
 *
 * The keys are read by report/src/ only: both sides change together. Counts are integers, shares and intervals have four decimals; themes and
 * periods are named by their place in "themes" and "groups". */
#ifndef PIPELINE_REPORT_H
#define PIPELINE_REPORT_H

#include "pipeline/session.h"

struct report {
	struct session *rows;     /* the store's rows */
	struct session *text;     /* the archives read again with the evidence of every theme; its lexicon has the same themes. NULL: no evidence */
	const char *no_evidence;  /* why text is NULL */
	unsigned sample;          /* phrases kept per theme and period, drawn by a hash of review and place: the same on every machine */
	uint32_t sets[8];         /* themes of the table of intersections */
	size_t set_count;
};

/* At most this many duplicates, undated reviews, faults are listed, and this many themes are in the table of pairs: their numbers are always
 * given in full. */
enum { REPORT_LISTED = 1000, REPORT_PAIRED = 400 };

/* Appends the object. 0, or -1 if the store could not be read (reported). */
int report_append_json(struct buf *out, const struct report *r);

#endif
