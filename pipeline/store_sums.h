/* Private to the store: sums by month, and the rows of stored reviews they are made of.
 *
 * Sums are kept as differences: rows are added and taken away, then all is added to what the store holds. Cells wrap around below zero. */
#ifndef PIPELINE_STORE_SUMS_H
#define PIPELINE_STORE_SUMS_H

#include "base/strmap.h"
#include "pipeline/store_sql.h"
#include "pipeline/tally.h"

/* Which sums a row stands in. A duplicate stands in those with copies only. */
enum { SUMS_ONCE = 1, SUMS_COPIES = 2, SUMS_BOTH = SUMS_ONCE | SUMS_COPIES };

/* Key of month_sum, in the order of its columns. */
struct month_key {
	int copies, basis, kind, year, month;
};

struct month {
	struct month_key key;
	uint64_t reviews, words;
	struct cell *cells;
};

struct months {
	size_t theme_count;
	struct month *list;
	size_t count, capacity;
	struct strmap index;
};

void months_init(struct months *m, size_t theme_count);
void months_release(struct months *m);
/* Adds a row, or takes it away. Rows that were not matched stand in no sum. */
void months_add(struct months *m, const struct review_row *row, unsigned sums, bool away);
/* Adds all to the sums of the edition; those that become empty go. 0, or -1. */
int months_put(struct store *s, int64_t edition, const struct months *m);
bool cell_is_empty(const struct cell *c);

/* What sums need of stored reviews: kind, words, dates, tallies, inconclusive; and the fingerprint. */
struct sum_rows;
/* by: "archive" (reviews in order) or "id" (one review). NULL if that fails. */
struct sum_rows *sum_rows_new(struct store *s, int64_t edition, const char *by);
void sum_rows_free(struct sum_rows *r);
void sum_rows_open(struct sum_rows *r, int64_t id);
/* 1 a row, 0 the end, -1. The row lives until the next step. */
int sum_rows_next(struct sum_rows *r, const struct review_row **row, bool *duplicate);

#endif
