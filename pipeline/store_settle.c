/* What is derived in a store: which reviews are duplicates, and the sums by month. Duplicates are found anew over all reviews, from
 * fingerprints and sketches alone; only what came out differently is written. Sums move by what changed where that is known. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/store_changes.h"

/* ---- duplicates ---- */

/* A copy as it stands in the store. */
struct stored_copy {
	size_t row;
	int64_t of;            /* review ID */
	int reason;
	double similarity;
};

struct finding {
	struct store *s;
	struct deduper *deduper;
	int64_t *ids;          /* of reviews, in canonical order */
	size_t count, capacity;
	struct stored_copy *stored;
	size_t stored_count, stored_capacity;
	struct duplicate *found;
	size_t found_count;
};

/* What deduper_add() looks at. */
#define DEDUPE_COLUMNS                                                                                               \
	"SELECT r.id, r.kind, r.words, r.published_year, r.published_month, r.incident_year, r.board, r.child, r.fingerprint," \
	" r.sketch, r.duplicate_of, r.duplicate_reason, r.similarity FROM review r WHERE r.archive = ? ORDER BY r.number"

static void read_row(sqlite3_stmt *q, struct review_row *row)
{
	int kind = sqlite3_column_int(q, 1);
	row->kind = kind >= 0 && kind < KIND_COUNT ? (enum review_kind)kind : KIND_REVIEW;
	row->words = (uint64_t)sqlite3_column_int64(q, 2);
	row->published.year = store_year(q, 3);
	row->published.month = store_month(q, 4);
	row->incident.year = store_year(q, 5);
	row->board = store_text(q, 6);
	row->child = store_text(q, 7);
	memset(row->fingerprint, 0, sizeof row->fingerprint);
	if (sqlite3_column_bytes(q, 8) == (int)sizeof row->fingerprint)
		memcpy(row->fingerprint, sqlite3_column_blob(q, 8), sizeof row->fingerprint);
	row->has_sketch = sqlite3_column_bytes(q, 9) == (int)sizeof row->sketch;
	if (row->has_sketch)
		memcpy(row->sketch, sqlite3_column_blob(q, 9), sizeof row->sketch);
}

static int read_archive(struct finding *f, sqlite3_stmt *q, const struct known_archive *archive)
{
	struct review_row row = {0};
	int result;
	sqlite3_reset(q);
	sqlite3_bind_int64(q, 1, archive->id);
	while ((result = store_next(f->s, q)) == 1) {
		read_row(q, &row);
		if (sqlite3_column_type(q, 10) != SQLITE_NULL) {
			MEM_GROW(f->stored, f->stored_count, f->stored_capacity);
			f->stored[f->stored_count++] =
				(struct stored_copy){f->count, sqlite3_column_int64(q, 10), sqlite3_column_int(q, 11), sqlite3_column_double(q, 12)};
		}
		MEM_GROW(f->ids, f->count, f->capacity);
		f->ids[f->count++] = sqlite3_column_int64(q, 0);
		deduper_add(f->deduper, archive->path, &row);
	}
	return result;
}

static int find_duplicates(struct finding *f, int64_t edition, unsigned threads)
{
	size_t count;
	struct known_archive *known = store_known(f->s, edition, &count);
	sqlite3_stmt *q = store_prepare(f->s, DEDUPE_COLUMNS);
	int failed = q ? 0 : -1;
	f->deduper = deduper_new((size_t)96 << 20); /* all rows of the store are read again for a few new ones */
	for (size_t i = 0; i < count && !failed; i++)
		failed = read_archive(f, q, &known[i]);
	sqlite3_finalize(q);
	store_free_known(known, count);
	if (!failed)
		f->found = deduper_finish(f->deduper, threads, &f->found_count);
	deduper_free(f->deduper);
	return failed;
}

/* Writes one review's mark; of: 0 for none. A review that turns into a copy, or from one, moves between the sums. */
static int put_mark(struct finding *f, sqlite3_stmt *put, struct sum_rows *rows, struct changes *changes, size_t row, const struct duplicate *to, bool was_copy)
{
	const struct review_row *content;
	bool ignored;
	sqlite3_bind_int64(put, 4, f->ids[row]);
	if (to) {
		sqlite3_bind_int64(put, 1, f->ids[to->of]);
		sqlite3_bind_int(put, 2, (int)to->reason);
		sqlite3_bind_double(put, 3, to->similarity);
	} else {
		sqlite3_bind_null(put, 1);
		sqlite3_bind_int(put, 2, 0);
		sqlite3_bind_null(put, 3);
	}
	if (store_step(f->s, put) != 0)
		return -1;
	if (!changes || was_copy == (to != NULL))
		return 0;
	sum_rows_open(rows, f->ids[row]);
	if (sum_rows_next(rows, &content, &ignored) != 1)
		return -1;
	months_add(&changes->by_cause[CAUSE_DUPLICATES], content, SUMS_ONCE, to != NULL);
	return 0;
}

/* What is stored and what was found, side by side by row. */
static int put_duplicates(struct finding *f, int64_t edition, struct changes *changes)
{
	sqlite3_stmt *put = store_prepare(f->s, "UPDATE review SET duplicate_of = ?, duplicate_reason = ?, similarity = ? WHERE id = ?");
	struct sum_rows *rows = sum_rows_new(f->s, edition, "id");
	int failed = put && rows ? 0 : -1;
	for (size_t i = 0, k = 0; (i < f->stored_count || k < f->found_count) && !failed;) {
		const struct stored_copy *was = i < f->stored_count ? &f->stored[i] : NULL;
		const struct duplicate *is = k < f->found_count ? &f->found[k] : NULL;
		if (was && is && was->row != is->row) {
			if (was->row < is->row)
				is = NULL;
			else
				was = NULL;
		}
		i += was != NULL;
		k += is != NULL;
		assert(was || is);
		if (!was || !is || was->of != f->ids[is->of] || was->reason != (int)is->reason || was->similarity != is->similarity)
			failed = put_mark(f, put, rows, changes, is ? is->row : was->row, is, was != NULL);
	}
	sqlite3_finalize(put);
	sum_rows_free(rows);
	return failed;
}

static int settle_duplicates(struct store *s, int64_t edition, unsigned threads)
{
	struct finding f = {.s = s};
	int failed = find_duplicates(&f, edition, threads);
	failed = failed || put_duplicates(&f, edition, changes_of(s, edition));
	free(f.ids);
	free(f.stored);
	free(f.found);
	return failed ? -1 : 0;
}

/* ---- sums ---- */

/* All of an edition's sums, from its reviews as they are marked. */
static int add_up(struct store *s, int64_t edition, struct months *months)
{
	size_t count;
	struct known_archive *known = store_known(s, edition, &count);
	struct sum_rows *rows = sum_rows_new(s, edition, "archive");
	const struct review_row *row;
	bool duplicate;
	int result = rows ? 0 : -1;
	for (size_t i = 0; i < count && result == 0; i++) {
		sum_rows_open(rows, known[i].id);
		while ((result = sum_rows_next(rows, &row, &duplicate)) == 1)
			months_add(months, row, duplicate ? SUMS_COPIES : SUMS_BOTH, false);
	}
	sum_rows_free(rows);
	store_free_known(known, count);
	return result;
}

static int settle_sums(struct store *s, int64_t edition)
{
	struct changes *changes = changes_of(s, edition);
	int failed = 0;
	for (int i = 0; changes && i < CAUSE_COUNT && !failed; i++)
		failed = months_put(s, edition, &changes->by_cause[i]);
	if (changes)
		return failed;
	struct months months;
	months_init(&months, store_theme_count(s, edition));
	failed = add_up(s, edition, &months) || store_run_with(s, "DELETE FROM month_sum WHERE edition = ?", edition) ||
	         store_run_with(s, "DELETE FROM month_theme_sum WHERE edition = ?", edition) || months_put(s, edition, &months);
	months_release(&months);
	return failed ? -1 : 0;
}

int store_settle(struct store *s, const struct edition *e, unsigned threads)
{
	size_t before_count = 0;
	if (store_run(s, "BEGIN IMMEDIATE") != 0)
		return -1;
	struct cell_sum *before = run_read_cells(s, e->id, &before_count);
	int failed = settle_duplicates(s, e->id, threads) || settle_sums(s, e->id) || run_close(s, e->id, before, before_count) ||
	             store_run_with(s, "UPDATE edition SET settled = 1 WHERE id = ?", e->id) || store_run(s, "COMMIT");
	if (failed)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	changes_forget(s);
	free(before);
	return failed ? -1 : 0;
}
