/* What is derived in a store: which rows are duplicates, and the sums by month. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "pipeline/store_sql.h"
#include "pipeline/tally.h"

enum { SPILL_BUDGET = 64 << 20 };

/* ---- sums ---- */

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

static struct month *month_of(struct months *m, struct month_key key)
{
	bool is_new;
	size_t *at = strmap_put(&m->index, &key, sizeof key, &is_new);
	if (is_new) {
		MEM_GROW(m->list, m->count, m->capacity);
		*at = m->count;
		m->list[m->count++] = (struct month){.key = key, .cells = mem_calloc(m->theme_count, sizeof(struct cell))};
	}
	return &m->list[*at];
}

static void add_row(struct months *m, const struct review_row *row, bool duplicate)
{
	for (int copies = duplicate; copies < 2; copies++) {
		for (int basis = 0; basis < 2; basis++) {
			const struct dating *d = basis ? &row->incident : &row->published;
			struct month *to = month_of(m, (struct month_key){copies, basis, row->kind, d->year, d->month});
			to->reviews++;
			to->words += row->words;
			for (size_t i = 0; i < row->tally_count; i++) {
				const struct theme_tally *t = &row->tallies[i];
				if (t->theme >= m->theme_count)
					continue;
				struct cell *c = &to->cells[t->theme];
				c->reviews += t->mentions > 0;
				c->reviews_negated += t->negated > 0;
				c->mentions += t->mentions;
				c->mentions_negated += t->negated;
				c->sentences += t->sentences;
			}
			for (size_t i = 0; i < row->inconclusive_count; i++)
				if (row->inconclusive[i] < m->theme_count)
					to->cells[row->inconclusive[i]].inconclusive++;
		}
	}
}

static void add_up(struct months *m, struct ledger *ledger)
{
	struct ledger_cursor *c = ledger_begin(ledger);
	struct ledger_row r;
	while (ledger_next(c, &r))
		if (r.row->counted)
			add_row(m, r.row, r.duplicate != NULL);
	ledger_end(c);
}

static void months_release(struct months *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->list[i].cells);
	free(m->list);
	strmap_release(&m->index);
}

static bool is_empty(const struct cell *c)
{
	return !(c->reviews | c->reviews_negated | c->mentions | c->mentions_negated | c->sentences | c->inconclusive);
}

static void bind_numbers(sqlite3_stmt *q, int at, const int64_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sqlite3_bind_int64(q, at + (int)i, numbers[i]);
}

static int put_sums(struct store *s, int64_t edition, const struct months *m)
{
	sqlite3_stmt *month = store_prepare(s, "INSERT INTO month_sum VALUES(?, ?, ?, ?, ?, ?, ?, ?)");
	sqlite3_stmt *theme = store_prepare(s, "INSERT INTO month_theme_sum VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	int failed = month && theme ? 0 : -1;
	for (size_t i = 0; i < m->count && !failed; i++) {
		const struct month *n = &m->list[i];
		int64_t key[] = {edition, n->key.copies, n->key.basis, n->key.kind, n->key.year, n->key.month};
		int64_t sums[] = {(int64_t)n->reviews, (int64_t)n->words};
		bind_numbers(month, 1, key, 6);
		bind_numbers(month, 7, sums, 2);
		failed = store_step(s, month);
		bind_numbers(theme, 1, key, 6);
		for (size_t t = 0; t < m->theme_count && !failed; t++) {
			const struct cell *c = &n->cells[t];
			int64_t cell[] = {(int64_t)t, (int64_t)c->reviews, (int64_t)c->reviews_negated, (int64_t)c->mentions, (int64_t)c->mentions_negated,
			                  (int64_t)c->sentences, (int64_t)c->inconclusive};
			if (is_empty(c))
				continue;
			bind_numbers(theme, 7, cell, 7);
			failed = store_step(s, theme);
		}
	}
	sqlite3_finalize(month);
	sqlite3_finalize(theme);
	return failed;
}

/* ---- duplicates ---- */

/* Marks rows by their place: archive path and number within it. Numbers of the ledger are turned into review IDs by one pass over
 * the reviews in the ledger's order. */
static int64_t *review_ids(struct store *s, int64_t edition, size_t rows)
{
	int64_t *ids = mem_calloc(rows, sizeof *ids);
	size_t n = 0;
	int result = 0;
	sqlite3_stmt *q = store_prepare(s, "SELECT r.id FROM archive a CROSS JOIN review r ON r.archive = a.id WHERE a.edition = ? ORDER BY a.path, r.number");
	if (q)
		sqlite3_bind_int64(q, 1, edition);
	while (q && (result = store_next(s, q)) == 1 && n < rows)
		ids[n++] = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	if (q && result == 0 && n == rows)
		return ids;
	free(ids);
	return NULL;
}

static int put_duplicates(struct store *s, int64_t edition, struct ledger *ledger)
{
	size_t count;
	const struct duplicate *list = ledger_duplicates(ledger, &count);
	int64_t *ids = review_ids(s, edition, ledger_rows(ledger));
	sqlite3_stmt *clear = store_prepare(s, "UPDATE review SET duplicate_of = NULL, duplicate_reason = 0, similarity = NULL WHERE duplicate_of IS NOT NULL"
	                                       " AND archive IN (SELECT id FROM archive WHERE edition = ?)");
	sqlite3_stmt *put = store_prepare(s, "UPDATE review SET duplicate_of = ?, duplicate_reason = ?, similarity = ? WHERE id = ?");
	int failed = ids && clear && put ? 0 : -1;
	if (!failed) {
		sqlite3_bind_int64(clear, 1, edition);
		failed = store_step(s, clear);
	}
	for (size_t i = 0; i < count && !failed; i++) {
		sqlite3_bind_int64(put, 1, ids[list[i].of]);
		sqlite3_bind_int(put, 2, (int)list[i].reason);
		sqlite3_bind_double(put, 3, list[i].similarity);
		sqlite3_bind_int64(put, 4, ids[list[i].row]);
		failed = store_step(s, put);
	}
	sqlite3_finalize(clear);
	sqlite3_finalize(put);
	free(ids);
	return failed;
}

static int for_edition(struct store *s, const char *sql, int64_t edition)
{
	sqlite3_stmt *q = store_prepare(s, sql);
	if (!q)
		return -1;
	sqlite3_bind_int64(q, 1, edition);
	int result = store_step(s, q);
	sqlite3_finalize(q);
	return result;
}

static size_t theme_count(struct store *s, int64_t edition)
{
	sqlite3_stmt *q = store_prepare(s, "SELECT count(*) FROM theme WHERE edition = ?");
	if (q)
		sqlite3_bind_int64(q, 1, edition);
	size_t n = q && store_next(s, q) == 1 ? (size_t)sqlite3_column_int64(q, 0) : 0;
	sqlite3_finalize(q);
	return n;
}

int store_settle(struct store *s, const struct edition *e)
{
	struct edition fresh = *e;
	fresh.settled = false; /* duplicates are found anew */
	struct spill *spill = spill_new(NULL, SPILL_BUDGET);
	struct archive_path *archives;
	size_t count;
	struct months months = {.theme_count = theme_count(s, e->id), .index = STRMAP_INIT};
	int failed = store_run(s, "BEGIN IMMEDIATE");
	struct ledger *ledger = failed ? NULL : store_ledger(s, &fresh, spill, &archives, &count);
	if (ledger) {
		add_up(&months, ledger);
		failed = put_duplicates(s, e->id, ledger) || for_edition(s, "DELETE FROM month_sum WHERE edition = ?", e->id) ||
		         for_edition(s, "DELETE FROM month_theme_sum WHERE edition = ?", e->id) || put_sums(s, e->id, &months) ||
		         for_edition(s, "UPDATE edition SET settled = 1 WHERE id = ?", e->id) || store_run(s, "COMMIT");
		ledger_free(ledger);
		archive_list_free(archives, count);
	} else {
		failed = -1;
	}
	if (failed)
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	months_release(&months);
	spill_free(spill);
	return failed ? -1 : 0;
}

/* ---- verification ---- */

static int64_t check_file(struct store *s)
{
	int64_t wrong = 0;
	int result;
	sqlite3_stmt *q = store_prepare(s, "PRAGMA integrity_check");
	while (q && (result = store_next(s, q)) == 1)
		if (strcmp(store_text(q, 0), "ok") != 0) {
			message_error("%s: %s", s->path, store_text(q, 0));
			wrong++;
		}
	sqlite3_finalize(q);
	q = store_prepare(s, "PRAGMA foreign_key_check");
	while (q && (result = store_next(s, q)) == 1) {
		message_error("%s: a row of %s refers to nothing", s->path, store_text(q, 0));
		wrong++;
	}
	sqlite3_finalize(q);
	return q ? wrong : -1;
}

static int64_t one_number(struct store *s, const char *sql, const int64_t *values, int count)
{
	sqlite3_stmt *q = store_prepare(s, sql);
	if (q)
		bind_numbers(q, 1, values, (size_t)count);
	int64_t n = q && store_next(s, q) == 1 ? sqlite3_column_int64(q, 0) : 0;
	sqlite3_finalize(q);
	return n;
}

static int64_t check_sums(struct store *s, int64_t edition, const struct months *m)
{
	int64_t wrong = 0, cells = 0;
	for (size_t i = 0; i < m->count; i++) {
		const struct month *n = &m->list[i];
		int64_t key[] = {edition, n->key.copies, n->key.basis, n->key.kind, n->key.year, n->key.month, (int64_t)n->reviews, (int64_t)n->words};
		wrong += !one_number(s, "SELECT count(*) FROM month_sum WHERE edition = ? AND copies = ? AND basis = ? AND kind = ? AND year = ?"
		                        " AND month = ? AND reviews = ? AND words = ?", key, 8);
		for (size_t t = 0; t < m->theme_count; t++) {
			const struct cell *c = &n->cells[t];
			if (is_empty(c))
				continue;
			cells++;
			int64_t cell[] = {edition, n->key.copies, n->key.basis, n->key.kind, n->key.year, n->key.month, (int64_t)t, (int64_t)c->reviews,
			                  (int64_t)c->reviews_negated, (int64_t)c->mentions, (int64_t)c->mentions_negated, (int64_t)c->sentences,
			                  (int64_t)c->inconclusive};
			wrong += !one_number(s, "SELECT count(*) FROM month_theme_sum WHERE edition = ? AND copies = ? AND basis = ? AND kind = ? AND year = ?"
			                        " AND month = ? AND theme = ? AND reviews = ? AND reviews_negated = ? AND mentions = ? AND negated = ?"
			                        " AND sentences = ? AND inconclusive = ?", cell, 13);
		}
	}
	wrong += llabs(one_number(s, "SELECT count(*) FROM month_sum WHERE edition = ?", &edition, 1) - (int64_t)m->count);
	wrong += llabs(one_number(s, "SELECT count(*) FROM month_theme_sum WHERE edition = ?", &edition, 1) - cells);
	return wrong;
}

static int64_t check_edition(struct store *s, const struct edition *e)
{
	struct edition fresh = *e;
	struct spill *spill = spill_new(NULL, SPILL_BUDGET);
	struct archive_path *archives = NULL, *again = NULL;
	size_t count = 0, again_count = 0, stored_count = 0, found_count = 0;
	int64_t wrong = -1;
	fresh.settled = false;
	struct ledger *stored = store_ledger(s, e, spill, &archives, &count), *found = store_ledger(s, &fresh, spill, &again, &again_count);
	if (stored && found) {
		struct months months = {.theme_count = theme_count(s, e->id), .index = STRMAP_INIT};
		const struct duplicate *a = ledger_duplicates(stored, &stored_count), *b = ledger_duplicates(found, &found_count);
		wrong = 0;
		for (size_t i = 0; e->settled && (i < stored_count || i < found_count); i++)
			wrong += i >= stored_count || i >= found_count || a[i].row != b[i].row || a[i].of != b[i].of || a[i].reason != b[i].reason;
		add_up(&months, found);
		if (e->settled)
			wrong += check_sums(s, e->id, &months);
		months_release(&months);
	}
	ledger_free(stored);
	ledger_free(found);
	archive_list_free(archives, count);
	archive_list_free(again, again_count);
	spill_free(spill);
	if (wrong > 0)
		message_error("%s: edition %" PRId64 ": %" PRId64 " derived numbers are not what its reviews give", s->path, e->id, wrong);
	return wrong;
}

int64_t store_verify(struct store *s)
{
	int64_t wrong = check_file(s);
	struct edition e;
	int64_t last = INT64_MAX;
	while (wrong >= 0) {
		sqlite3_stmt *q = store_prepare(s, "SELECT max(id) FROM edition WHERE id < ?");
		if (q)
			sqlite3_bind_int64(q, 1, last);
		bool there = q && store_next(s, q) == 1 && sqlite3_column_type(q, 0) != SQLITE_NULL;
		last = there ? sqlite3_column_int64(q, 0) : 0;
		sqlite3_finalize(q);
		if (!there)
			return wrong;
		int64_t more = store_find_edition(s, last, &e) == 1 ? check_edition(s, &e) : -1;
		wrong = more < 0 ? -1 : wrong + more;
	}
	return -1;
}
