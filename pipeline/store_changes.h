/* Private to the store: what has changed in an edition since it was settled last.
 *
 * In memory, how the sums by month differ, by cause, so that settling need not read what has not changed; known only while every change since
 * then was made through this struct store, else settling adds up all reviews. In the file, the open run: its row has no time yet, its archives are
 * noted in the transactions that change them, and settling closes it with the published numbers that moved. A run that is cut off is
 * gone on with by the next update. */
#ifndef PIPELINE_STORE_CHANGES_H
#define PIPELINE_STORE_CHANGES_H

#include "pipeline/store_sums.h"

enum cause { CAUSE_NEW, CAUSE_CHANGED, CAUSE_GONE, CAUSE_DUPLICATES, CAUSE_COUNT };

struct changes {
	int64_t edition;
	struct months by_cause[CAUSE_COUNT];
};

/* Within the transaction of an archive, before anything in it changes: opens the run, and begins to follow the changes if the edition is
 * settled. 0, or -1. */
int changes_open(struct store *s, int64_t edition);
/* The changes of the edition, or NULL: not known. */
struct changes *changes_of(struct store *s, int64_t edition);
void changes_forget(struct store *s);

/* Notes what became of an archive. redated: reviews whose words stayed and whose date moved. */
int run_note_archive(struct store *s, int64_t edition, const char *path, enum cause cause, uint64_t reviews_before, uint64_t reviews_after, uint64_t redated);

/* A published number: reviews and mentions of a theme in a year (by publication, kind review, duplicates left out). */
struct cell_sum {
	int year;
	uint32_t theme;
	int64_t reviews, mentions;
};
/* By year, then theme; the caller frees. NULL if there are none. */
struct cell_sum *run_read_cells(struct store *s, int64_t edition, size_t *count);

/* Closes the open run, if there is one: before is what was published before. 0, or -1. */
int run_close(struct store *s, int64_t edition, const struct cell_sum *before, size_t before_count);

#define SQL_DUPLICATES "SELECT count(*) FROM review r CROSS JOIN archive a ON a.id = r.archive WHERE r.duplicate_of IS NOT NULL AND a.edition = ?1"

#endif
