#include "pipeline/store_sums.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- in memory ---- */

void months_init(struct months *m, size_t theme_count)
{
	*m = (struct months){.theme_count = theme_count, .index = STRMAP_INIT};
}

void months_release(struct months *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->list[i].cells);
	free(m->list);
	strmap_release(&m->index);
	*m = (struct months){.index = STRMAP_INIT};
}

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

static void add_to(struct month *to, size_t theme_count, const struct review_row *row, bool away)
{
	uint64_t one = away ? (uint64_t)-1 : 1;
	to->reviews += one;
	to->words += one * row->words;
	for (size_t i = 0; i < row->tally_count; i++) {
		const struct theme_tally *t = &row->tallies[i];
		if (t->theme >= theme_count)
			continue;
		struct cell *c = &to->cells[t->theme];
		c->reviews += one * (t->mentions > 0);
		c->reviews_negated += one * (t->negated > 0);
		c->mentions += one * t->mentions;
		c->mentions_negated += one * t->negated;
		c->sentences += one * t->sentences;
	}
	for (size_t i = 0; i < row->inconclusive_count; i++)
		if (row->inconclusive[i] < theme_count)
			to->cells[row->inconclusive[i]].inconclusive += one;
}

void months_add(struct months *m, const struct review_row *row, unsigned sums, bool away)
{
	if (!row->counted)
		return;
	for (int copies = 0; copies < 2; copies++)
		for (int basis = 0; basis < 2; basis++) {
			const struct dating *d = basis ? &row->incident : &row->published;
			if (sums & (copies ? SUMS_COPIES : SUMS_ONCE))
				add_to(month_of(m, (struct month_key){copies, basis, row->kind, d->year, d->month}), m->theme_count, row, away);
		}
}

bool cell_is_empty(const struct cell *c)
{
	return !(c->reviews | c->reviews_negated | c->mentions | c->mentions_negated | c->sentences | c->inconclusive);
}

/* ---- into the store ---- */

static void bind_numbers(sqlite3_stmt *q, int at, const int64_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sqlite3_bind_int64(q, at + (int)i, numbers[i]);
}

static int put_month(struct store *s, int64_t edition, const struct months *m, const struct month *n, sqlite3_stmt *month, sqlite3_stmt *theme)
{
	int64_t key[] = {edition, n->key.copies, n->key.basis, n->key.kind, n->key.year, n->key.month};
	int64_t sums[] = {(int64_t)n->reviews, (int64_t)n->words};
	bind_numbers(month, 1, key, 6);
	bind_numbers(month, 7, sums, 2);
	if ((n->reviews | n->words) && store_step(s, month) != 0)
		return -1;
	bind_numbers(theme, 1, key, 6);
	for (size_t t = 0; t < m->theme_count; t++) {
		const struct cell *c = &n->cells[t];
		int64_t cell[] = {(int64_t)t, (int64_t)c->reviews, (int64_t)c->reviews_negated, (int64_t)c->mentions, (int64_t)c->mentions_negated,
		                  (int64_t)c->sentences, (int64_t)c->inconclusive};
		bind_numbers(theme, 7, cell, 7);
		if (!cell_is_empty(c) && store_step(s, theme) != 0)
			return -1;
	}
	return 0;
}

int months_put(struct store *s, int64_t edition, const struct months *m)
{
	sqlite3_stmt *month = store_prepare(s, "INSERT INTO month_sum VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
	                                       " reviews = reviews + excluded.reviews, words = words + excluded.words");
	sqlite3_stmt *theme = store_prepare(s, "INSERT INTO month_theme_sum VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
	                                       " reviews = reviews + excluded.reviews, reviews_negated = reviews_negated + excluded.reviews_negated,"
	                                       " mentions = mentions + excluded.mentions, negated = negated + excluded.negated,"
	                                       " sentences = sentences + excluded.sentences, inconclusive = inconclusive + excluded.inconclusive");
	int failed = month && theme ? 0 : -1;
	for (size_t i = 0; i < m->count && !failed; i++)
		failed = put_month(s, edition, m, &m->list[i], month, theme);
	sqlite3_finalize(month);
	sqlite3_finalize(theme);
	return failed || store_run_with(s, "DELETE FROM month_sum WHERE edition = ? AND reviews = 0", edition) ||
	       store_run_with(s, "DELETE FROM month_theme_sum WHERE edition = ? AND NOT (reviews | reviews_negated | mentions | negated | sentences"
	                         " | inconclusive)", edition) ? -1 : 0;
}

/* ---- rows of stored reviews ---- */

struct sum_rows {
	struct store *s;
	sqlite3_stmt *reviews;
	struct theme_rows themes;
	struct review_row row;
};

struct sum_rows *sum_rows_new(struct store *s, int64_t edition, const char *by)
{
	struct sum_rows *r = mem_calloc(1, sizeof *r);
	char sql[256];
	r->s = s;
	snprintf(sql, sizeof sql, "SELECT r.id, r.kind, r.counted, r.words, r.published_year, r.published_month, r.incident_year, r.incident_month,"
	                          " r.duplicate_of IS NOT NULL, r.fingerprint FROM review r WHERE r.%s = ? ORDER BY r.number", by);
	r->reviews = store_prepare(s, sql);
	if (r->reviews && theme_rows_init(&r->themes, s, edition, by) == 0)
		return r;
	sum_rows_free(r);
	return NULL;
}

void sum_rows_free(struct sum_rows *r)
{
	if (!r)
		return;
	sqlite3_finalize(r->reviews);
	theme_rows_release(&r->themes);
	row_release(&r->row);
	free(r);
}

void sum_rows_open(struct sum_rows *r, int64_t id)
{
	sqlite3_reset(r->reviews);
	sqlite3_bind_int64(r->reviews, 1, id);
	theme_rows_open(&r->themes, id);
}

int sum_rows_next(struct sum_rows *r, const struct review_row **row, bool *duplicate)
{
	sqlite3_stmt *q = r->reviews;
	int result = store_next(r->s, q);
	if (result != 1)
		return result;
	struct theme_tally *tallies = r->row.tallies;
	uint32_t *inconclusive = r->row.inconclusive;
	int kind = sqlite3_column_int(q, 1);
	r->row = (struct review_row){
		.kind = kind >= 0 && kind < KIND_COUNT ? (enum review_kind)kind : KIND_REVIEW, .counted = sqlite3_column_int(q, 2),
		.words = (uint64_t)sqlite3_column_int64(q, 3), .published = {.year = store_year(q, 4), .month = store_month(q, 5)},
		.incident = {.year = store_year(q, 6), .month = store_month(q, 7)}, .tallies = tallies, .inconclusive = inconclusive};
	*duplicate = sqlite3_column_int(q, 8);
	if (sqlite3_column_bytes(q, 9) == (int)sizeof r->row.fingerprint)
		memcpy(r->row.fingerprint, sqlite3_column_blob(q, 9), sizeof r->row.fingerprint);
	*row = &r->row;
	return theme_rows_read(&r->themes, sqlite3_column_int64(q, 0), &r->row) == 0 ? 1 : -1;
}
