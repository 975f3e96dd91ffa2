#include "pipeline/store_changes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- in memory ---- */

void changes_forget(struct store *s)
{
	for (int i = 0; s->changes && i < CAUSE_COUNT; i++)
		months_release(&s->changes->by_cause[i]);
	free(s->changes);
	s->changes = NULL;
}

struct changes *changes_of(struct store *s, int64_t edition)
{
	return s->changes && s->changes->edition == edition ? s->changes : NULL;
}

int changes_open(struct store *s, int64_t edition)
{
	int64_t settled = store_number(s, "SELECT settled FROM edition WHERE id = ?", edition);
	if (settled < 0)
		return -1;
	if (settled || !changes_of(s, edition))
		changes_forget(s);
	if (settled) {
		size_t themes = store_theme_count(s, edition);
		s->changes = mem_calloc(1, sizeof *s->changes);
		s->changes->edition = edition;
		for (int i = 0; i < CAUSE_COUNT; i++)
			months_init(&s->changes->by_cause[i], themes);
		/* what is settled has no open run */
		if (store_run_with(s, "INSERT INTO run(edition, at, duplicates_before) VALUES(?1, '', (" SQL_DUPLICATES "))", edition) != 0)
			return -1;
	}
	return 0;
}

/* ---- the run ---- */

static int64_t open_run(struct store *s, int64_t edition)
{
	return store_number(s, "SELECT coalesce(max(id), 0) FROM run WHERE edition = ? AND at = ''", edition);
}

int run_note_archive(struct store *s, int64_t edition, const char *path, enum cause cause, uint64_t reviews_before, uint64_t reviews_after, uint64_t redated)
{
	static const char *const words[] = {"new", "changed", "gone", ""};
	int64_t run = open_run(s, edition);
	/* what was new when the run began is new still when a later attempt finds it changed */
	sqlite3_stmt *q = store_prepare(s, "INSERT INTO run_archive VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET reviews_after = excluded.reviews_after,"
	                                   " redated = redated + excluded.redated,"
	                                   " what = CASE WHEN what = 'new' AND excluded.what = 'changed' THEN 'new' ELSE excluded.what END");
	if (run <= 0 || !q) {
		sqlite3_finalize(q);
		return -1;
	}
	sqlite3_bind_int64(q, 1, run);
	store_bind_text(q, 2, path, false);
	store_bind_text(q, 3, words[cause], false);
	sqlite3_bind_int64(q, 4, (int64_t)reviews_before);
	sqlite3_bind_int64(q, 5, (int64_t)reviews_after);
	sqlite3_bind_int64(q, 6, (int64_t)redated);
	int result = store_step(s, q);
	sqlite3_finalize(q);
	return result;
}

struct cell_sum *run_read_cells(struct store *s, int64_t edition, size_t *count)
{
	struct cell_sum *list = NULL;
	size_t capacity = 0;
	sqlite3_stmt *q = store_prepare(s, "SELECT year, theme, sum(reviews), sum(mentions) FROM month_theme_sum WHERE edition = ? AND copies = 0"
	                                   " AND basis = 0 AND kind = 0 GROUP BY year, theme ORDER BY year, theme");
	*count = 0;
	if (q)
		sqlite3_bind_int64(q, 1, edition);
	while (q && store_next(s, q) == 1) {
		MEM_GROW(list, *count, capacity);
		list[(*count)++] = (struct cell_sum){sqlite3_column_int(q, 0), (uint32_t)sqlite3_column_int64(q, 1), sqlite3_column_int64(q, 2),
		                                     sqlite3_column_int64(q, 3)};
	}
	sqlite3_finalize(q);
	return list;
}

/* Reviews that a cause brought to the published number of a year and theme. */
static int64_t brought_by(const struct months *m, int year, uint32_t theme)
{
	int64_t sum = 0;
	for (size_t i = 0; i < m->count; i++) {
		const struct month_key *k = &m->list[i].key;
		if (k->copies == 0 && k->basis == 0 && k->kind == KIND_REVIEW && k->year == year && theme < m->theme_count)
			sum += (int64_t)m->list[i].cells[theme].reviews;
	}
	return sum;
}

static int put_change(struct store *s, sqlite3_stmt *q, int64_t run, const struct cell_sum *before, const struct cell_sum *after, const struct changes *changes)
{
	const struct cell_sum *either = before ? before : after;
	sqlite3_bind_int64(q, 1, run);
	sqlite3_bind_int(q, 2, either->year);
	sqlite3_bind_int64(q, 3, either->theme);
	sqlite3_bind_int64(q, 4, before ? before->reviews : 0);
	sqlite3_bind_int64(q, 5, after ? after->reviews : 0);
	sqlite3_bind_int64(q, 6, before ? before->mentions : 0);
	sqlite3_bind_int64(q, 7, after ? after->mentions : 0);
	for (int i = 0; i < CAUSE_COUNT; i++)
		if (changes)
			sqlite3_bind_int64(q, 8 + i, brought_by(&changes->by_cause[i], either->year, either->theme));
		else
			sqlite3_bind_null(q, 8 + i);
	return store_step(s, q);
}

static int compare_cells(const struct cell_sum *a, const struct cell_sum *b)
{
	return a->year != b->year ? (a->year < b->year ? -1 : 1) : a->theme != b->theme ? (a->theme < b->theme ? -1 : 1) : 0;
}

/* Two sorted lists side by side: what differs is recorded. */
static int put_changes(struct store *s, int64_t edition, int64_t run, const struct cell_sum *before, size_t before_count, const struct cell_sum *after,
                       size_t after_count)
{
	sqlite3_stmt *q = store_prepare(s, "INSERT INTO run_change VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	int failed = q ? 0 : -1;
	for (size_t i = 0, k = 0; (i < before_count || k < after_count) && !failed;) {
		const struct cell_sum *b = i < before_count ? &before[i] : NULL, *a = k < after_count ? &after[k] : NULL;
		int order = b && a ? compare_cells(b, a) : b ? -1 : 1;
		if (order > 0)
			b = NULL;
		if (order < 0)
			a = NULL;
		i += b != NULL;
		k += a != NULL;
		assert(b || a);
		if (!b || !a || b->reviews != a->reviews || b->mentions != a->mentions)
			failed = put_change(s, q, run, b, a, changes_of(s, edition));
	}
	sqlite3_finalize(q);
	return failed;
}

int run_close(struct store *s, int64_t edition, const struct cell_sum *before, size_t before_count)
{
	int64_t run = open_run(s, edition);
	if (run <= 0)
		return (int)run;
	char now[32];
	size_t count;
	store_now(now);
	struct cell_sum *after = run_read_cells(s, edition, &count);
	int failed = put_changes(s, edition, run, before, before_count, after, count);
	free(after);
	sqlite3_stmt *q = failed ? NULL : store_prepare(s, "UPDATE run SET at = ?, duplicates_after = ? WHERE id = ?");
	if (!q)
		return -1;
	store_bind_text(q, 1, now, false);
	sqlite3_bind_int64(q, 2, store_number(s, SQL_DUPLICATES, edition));
	sqlite3_bind_int64(q, 3, run);
	failed = store_step(s, q);
	sqlite3_finalize(q);
	return failed;
}
