/* Verification: every derived number is computed again from the reviews, by the way a run over archives takes, and held against the store. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/store_changes.h"

enum { SPILL_BUDGET = 64 << 20 };

/* ---- verification ---- */

static int64_t check_file(struct store *s)
{
	int64_t wrong = 0;
	sqlite3_stmt *q = store_prepare(s, "PRAGMA integrity_check");
	while (q && store_next(s, q) == 1)
		if (strcmp(store_text(q, 0), "ok") != 0) {
			message_error("%s: %s", s->path, store_text(q, 0));
			wrong++;
		}
	sqlite3_finalize(q);
	q = store_prepare(s, "PRAGMA foreign_key_check");
	while (q && store_next(s, q) == 1) {
		message_error("%s: a row of %s refers to nothing", s->path, store_text(q, 0));
		wrong++;
	}
	sqlite3_finalize(q);
	return q ? wrong : -1;
}

/* Sums of a ledger, whose duplicates are marked. */
static void add_up(struct months *m, struct ledger *ledger)
{
	struct ledger_cursor *c = ledger_begin(ledger);
	struct ledger_row r;
	while (ledger_next(c, &r))
		months_add(m, r.row, r.duplicate ? SUMS_COPIES : SUMS_BOTH, false);
	ledger_end(c);
}

static int64_t one_number(struct store *s, const char *sql, const int64_t *values, int count)
{
	sqlite3_stmt *q = store_prepare(s, sql);
	for (int i = 0; q && i < count; i++)
		sqlite3_bind_int64(q, i + 1, values[i]);
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
			if (cell_is_empty(c))
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

/* What is kept beside what it follows from: reviews of an archive, and what brought each change. */
static int64_t check_counts(struct store *s, int64_t edition)
{
	return store_number(s, "SELECT count(*) FROM archive a WHERE edition = ? AND reviews <> (SELECT count(*) FROM review WHERE archive = a.id)", edition) +
	       store_number(s, "SELECT count(*) FROM run_change c JOIN run r ON r.id = c.run WHERE r.edition = ?"
	                       " AND from_new + from_changed + from_gone + from_duplicates <> c.reviews_after - c.reviews_before", edition);
}

static int64_t check_edition(struct store *s, const struct edition *e)
{
	struct edition fresh = *e;
	struct spill *spill = spill_new(NULL, SPILL_BUDGET);
	struct archive_path *archives = NULL, *again = NULL;
	size_t count = 0, again_count = 0, stored_count = 0, found_count = 0;
	int64_t wrong = -1;
	fresh.settled = false;
	struct lexicon *lexicon = store_lexicon(s, e->id); /* says what is wrong with the themes */
	struct ledger *stored = store_ledger(s, e, spill, &archives, &count), *found = store_ledger(s, &fresh, spill, &again, &again_count);
	if (stored && found) {
		struct months months;
		const struct duplicate *a = ledger_duplicates(stored, &stored_count), *b = ledger_duplicates(found, &found_count);
		wrong = lexicon ? 0 : 1;
		for (size_t i = 0; e->settled && (i < stored_count || i < found_count); i++)
			wrong += i >= stored_count || i >= found_count || a[i].row != b[i].row || a[i].of != b[i].of || a[i].reason != b[i].reason ||
			         a[i].similarity != b[i].similarity;
		months_init(&months, store_theme_count(s, e->id));
		add_up(&months, found);
		if (e->settled)
			wrong += check_sums(s, e->id, &months);
		wrong += check_counts(s, e->id);
		int64_t rows = store_check_rows(s, e->id);
		wrong = rows < 0 ? -1 : wrong + rows;
		months_release(&months);
	}
	lexicon_free(lexicon);
	ledger_free(stored);
	ledger_free(found);
	archive_list_free(archives, count);
	archive_list_free(again, again_count);
	spill_free(spill);
	if (wrong > 0)
		message_error("%s: edition %" PRId64 ": %" PRId64 " numbers are not what they should be", s->path, e->id, wrong);
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
		int64_t before = last;
		last = there ? sqlite3_column_int64(q, 0) : 0;
		sqlite3_finalize(q);
		if (!there)
			return wrong > 0 || store_is_sound(s) ? wrong : -1;
		if (last >= before) { /* a damaged tree can give the same one for ever */
			message_error("%s: the list of editions is damaged", s->path);
			return wrong + 1;
		}
		int64_t more = store_find_edition(s, last, &e) == 1 ? check_edition(s, &e) : -1;
		wrong = more < 0 ? -1 : wrong + more;
	}
	return -1;
}
