/* What comes out of the store: a ledger of its rows, and a tally of its sums. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/store_sql.h"
#include "pipeline/tally.h"

static int number_or(sqlite3_stmt *q, int column, int unknown)
{
	return sqlite3_column_type(q, column) == SQLITE_NULL ? unknown : sqlite3_column_int(q, column);
}

static struct dating read_dating(sqlite3_stmt *q, int column)
{
	return (struct dating){number_or(q, column, 0), number_or(q, column + 1, 0), store_text(q, column + 2), store_text(q, column + 3),
	                       store_text(q, column + 4)};
}

/* Number in an enum of `count` words; what a damaged file holds beyond them is the first, unknown. */
static int read_word(sqlite3_stmt *q, int column, int count)
{
	int n = sqlite3_column_int(q, column);
	return n >= 0 && n < count ? n : 0;
}

#define REVIEW_COLUMNS                                                                                                       \
	"r.id, r.member, r.record, r.ordinal, r.byte_offset, r.length, r.first_line, r.last_line, r.kind, r.counted, r.words,"     \
	" r.published_year, r.published_month, r.published_rule, r.published_text, r.published_conflict, r.incident_year,"          \
	" r.incident_month, r.incident_rule, r.incident_text, r.incident_conflict, r.outcome, r.age_months, r.age_band, r.gender,"  \
	" r.recommendations, r.method, r.title, r.section, r.board, r.child, r.layout, r.fingerprint, r.sketch, r.duplicate_of,"    \
	" r.duplicate_reason, r.similarity"
enum { COLUMN_DUPLICATE = 34 };

static void read_review(sqlite3_stmt *q, struct review_row *row)
{
	struct theme_tally *tallies = row->tallies;
	uint32_t *inconclusive = row->inconclusive;
	*row = (struct review_row){
		.member = store_text(q, 1), .record = (uint64_t)sqlite3_column_int64(q, 2), .ordinal = (uint32_t)sqlite3_column_int64(q, 3),
		.offset = (uint64_t)sqlite3_column_int64(q, 4), .length = (uint64_t)sqlite3_column_int64(q, 5),
		.first_line = (uint64_t)sqlite3_column_int64(q, 6), .last_line = (uint64_t)sqlite3_column_int64(q, 7),
		.kind = (enum review_kind)read_word(q, 8, KIND_COUNT), .counted = sqlite3_column_int(q, 9), .words = (uint64_t)sqlite3_column_int64(q, 10),
		.published = read_dating(q, 11), .incident = read_dating(q, 16), .outcome = (enum outcome)read_word(q, 21, OUTCOME_COUNT),
		.age_months = number_or(q, 22, -1), .age_band = (enum age_band)read_word(q, 23, AGE_BAND_COUNT),
		.gender = (enum gender)read_word(q, 24, GENDER_COUNT), .recommendations = number_or(q, 25, -1), .method = store_text(q, 26),
		.title = store_text(q, 27), .section = store_text(q, 28), .board = store_text(q, 29), .child = store_text(q, 30),
		.layout = store_text(q, 31), .tallies = tallies, .inconclusive = inconclusive};
	if (sqlite3_column_bytes(q, 32) == (int)sizeof row->fingerprint)
		memcpy(row->fingerprint, sqlite3_column_blob(q, 32), sizeof row->fingerprint);
	row->has_sketch = sqlite3_column_bytes(q, 33) == (int)sizeof row->sketch;
	if (row->has_sketch)
		memcpy(row->sketch, sqlite3_column_blob(q, 33), sizeof row->sketch);
}

/* A statement over (review, theme, ...) rows in the order of reviews, read beside the reviews themselves. */
struct beside {
	sqlite3_stmt *q;
	bool row;          /* q stands on a row not yet taken */
	bool ended;        /* stepping again would start over */
};

/* Steps to the rows of a review: true while q stands on one of them. */
static bool next_of(const struct store *s, struct beside *b, int64_t review, int *failed)
{
	for (;;) {
		if (!b->row) {
			int result = b->ended ? 0 : store_next(s, b->q);
			b->ended = result != 1;
			if (result < 0)
				*failed = -1;
			if (result != 1)
				return false;
			b->row = true;
		}
		int64_t at = sqlite3_column_int64(b->q, 0);
		if (at >= review)
			return at == review;
		b->row = false; /* rows of reviews that are gone: cannot be while foreign keys hold */
	}
}

static int read_themes(const struct store *s, struct beside *themes, struct beside *inconclusive, int64_t review, struct review_row *row,
                       size_t *capacity, size_t *inconclusive_capacity)
{
	int failed = 0;
	while (next_of(s, themes, review, &failed)) {
		MEM_GROW(row->tallies, row->tally_count, *capacity);
		row->tallies[row->tally_count++] =
			(struct theme_tally){(uint32_t)sqlite3_column_int64(themes->q, 1), (uint32_t)sqlite3_column_int64(themes->q, 2),
		                         (uint32_t)sqlite3_column_int64(themes->q, 3), (uint32_t)sqlite3_column_int64(themes->q, 4)};
		themes->row = false;
	}
	while (next_of(s, inconclusive, review, &failed)) {
		MEM_GROW(row->inconclusive, row->inconclusive_count, *inconclusive_capacity);
		row->inconclusive[row->inconclusive_count++] = (uint32_t)sqlite3_column_int64(inconclusive->q, 1);
		inconclusive->row = false;
	}
	return failed;
}

/* ---- the ledger ---- */

struct number_of {
	int64_t review;
	size_t number;
};

static int by_review(const void *a, const void *b)
{
	const struct number_of *x = a, *y = b;
	return x->review < y->review ? -1 : x->review > y->review;
}

/* Duplicates as they stand in the store: `of` holds review IDs, put right here. */
static struct duplicate *resolve_duplicates(struct duplicate *list, size_t *count, struct number_of *numbers, size_t rows)
{
	size_t kept = 0;
	mem_sort(numbers, rows, sizeof *numbers, by_review);
	for (size_t i = 0; i < *count; i++) {
		struct number_of key = {.review = (int64_t)list[i].of};
		const struct number_of *found = mem_search(&key, numbers, rows, sizeof key, by_review);
		if (found) {
			list[kept] = list[i];
			list[kept++].of = found->number;
		}
	}
	*count = kept;
	return list;
}

/* Reviews must come in the order of their archives' paths, themes in the order of reviews' IDs; IDs do not follow paths. So each archive's
 * reviews are read by a statement of their own, whose IDs are contiguous: one transaction wrote them. */
struct reading {
	struct store *s;
	struct spill *spill;
	sqlite3_stmt *reviews;
	struct beside themes, inconclusive;
	struct review_row row;
	size_t tally_capacity, inconclusive_capacity;
	struct duplicate *duplicates;
	size_t duplicate_count, duplicate_capacity;
	struct number_of *numbers;
	size_t rows, row_capacity;
	struct buf encoded;
};

static int read_archive(struct reading *r, int64_t archive, struct sheaf *sheaf)
{
	int result, failed = 0;
	buf_clear(&r->encoded);
	*sheaf = (struct sheaf){0};
	sqlite3_reset(r->reviews);
	sqlite3_reset(r->themes.q);
	sqlite3_reset(r->inconclusive.q);
	r->themes.row = r->inconclusive.row = r->themes.ended = r->inconclusive.ended = false;
	sqlite3_bind_int64(r->reviews, 1, archive);
	sqlite3_bind_int64(r->themes.q, 1, archive);
	sqlite3_bind_int64(r->inconclusive.q, 1, archive);
	while ((result = store_next(r->s, r->reviews)) == 1 && !failed) {
		int64_t id = sqlite3_column_int64(r->reviews, 0);
		read_review(r->reviews, &r->row);
		failed = read_themes(r->s, &r->themes, &r->inconclusive, id, &r->row, &r->tally_capacity, &r->inconclusive_capacity);
		MEM_GROW(r->numbers, r->rows, r->row_capacity);
		r->numbers[r->rows] = (struct number_of){id, r->rows};
		if (sqlite3_column_type(r->reviews, COLUMN_DUPLICATE) != SQLITE_NULL) {
			MEM_GROW(r->duplicates, r->duplicate_count, r->duplicate_capacity);
			r->duplicates[r->duplicate_count++] = (struct duplicate){
				r->rows, (size_t)sqlite3_column_int64(r->reviews, COLUMN_DUPLICATE),
				(enum duplicate_reason)read_word(r->reviews, COLUMN_DUPLICATE + 1, DUPLICATE_SAME_CASE + 1),
				sqlite3_column_double(r->reviews, COLUMN_DUPLICATE + 2)};
		}
		r->rows++;
		sheaf->rows++;
		row_encode(&r->encoded, &r->row);
	}
	if (result < 0 || failed)
		return -1;
	sheaf->offset = spill_append(r->spill, r->encoded.data, r->encoded.length);
	sheaf->length = r->encoded.length;
	return 0;
}

struct ledger *store_ledger(struct store *s, const struct edition *e, struct spill *spill, struct archive_path **archives, size_t *count)
{
	struct known_archive *known = store_known(s, e->id, count);
	struct archive_path *paths = mem_calloc(*count, sizeof *paths);
	struct reading r = {.s = s, .spill = spill};
	int failed = 0;
	for (size_t i = 0; i < *count; i++)
		paths[i] = (struct archive_path){mem_strdup(known[i].path), (uint64_t)known[i].identity.bytes};
	struct ledger *ledger = ledger_new(paths, *count, spill);
	struct run_sink sink = ledger_sink(ledger);
	r.reviews = store_prepare(s, "SELECT " REVIEW_COLUMNS " FROM review r WHERE r.archive = ? ORDER BY r.number");
	r.themes.q = store_prepare(s, "SELECT t.review, t.theme, t.mentions, t.negated, t.sentences FROM review r CROSS JOIN review_theme t"
	                              " ON t.review = r.id WHERE r.archive = ? ORDER BY r.number, t.theme");
	r.inconclusive.q = store_prepare(s, "SELECT t.review, t.theme FROM review r CROSS JOIN inconclusive t ON t.review = r.id"
	                                    " WHERE r.archive = ? ORDER BY r.number, t.theme");
	if (!r.reviews || !r.themes.q || !r.inconclusive.q)
		failed = -1;
	for (size_t i = 0; i < *count && !failed; i++) {
		struct sheaf sheaf;
		failed = read_archive(&r, known[i].id, &sheaf);
		struct archive_result result = {.index = i, .path = paths[i].path, .opened = true};
		if (!failed && sheaf.rows) {
			result.sheaves = mem_alloc(sizeof sheaf);
			result.sheaves[0] = sheaf;
			result.sheaf_count = 1;
		}
		if (!failed)
			sink.archive_done(sink.context, &result);
	}
	sqlite3_finalize(r.reviews);
	sqlite3_finalize(r.themes.q);
	sqlite3_finalize(r.inconclusive.q);
	row_release(&r.row);
	buf_release(&r.encoded);
	store_free_known(known, *count);
	*archives = paths;
	if (failed) {
		ledger_free(ledger);
		free(r.duplicates);
		ledger = NULL;
	} else if (e->settled) {
		r.duplicates = resolve_duplicates(r.duplicates, &r.duplicate_count, r.numbers, r.rows);
		ledger_close_with(ledger, r.duplicates, r.duplicate_count);
	} else {
		free(r.duplicates);
		ledger_close(ledger);
	}
	free(r.numbers);
	return ledger;
}

/* ---- sums ---- */

static bool kind_wanted(const struct options *o, int kind)
{
	return kind >= 0 && kind < KIND_COUNT && o->kinds >> kind & 1;
}

int store_tally(struct store *s, const struct edition *e, const struct options *o, struct tally *t)
{
	const char *const sql[] = {"SELECT kind, year, month, reviews, words FROM month_sum WHERE edition = ? AND copies = ? AND basis = ?",
	                           "SELECT kind, year, month, theme, reviews, reviews_negated, mentions, negated, sentences, inconclusive"
	                           " FROM month_theme_sum WHERE edition = ? AND copies = ? AND basis = ?"};
	size_t themes = tally_theme_count(t);
	int result = 0;
	for (int pass = 0; pass < 2 && result == 0; pass++) {
		sqlite3_stmt *q = store_prepare(s, sql[pass]);
		if (!q)
			return -1;
		sqlite3_bind_int64(q, 1, e->id);
		sqlite3_bind_int(q, 2, o->all_duplicates);
		sqlite3_bind_int(q, 3, o->incident_year);
		while ((result = store_next(s, q)) == 1) {
			if (!kind_wanted(o, sqlite3_column_int(q, 0)))
				continue;
			struct tally_group *g = tally_open(t, sqlite3_column_int(q, 1), sqlite3_column_int(q, 2), "");
			if (pass == 0) {
				g->reviews += (uint64_t)sqlite3_column_int64(q, 3);
				g->words += (uint64_t)sqlite3_column_int64(q, 4);
				continue;
			}
			size_t theme = (size_t)sqlite3_column_int64(q, 3);
			if (theme >= themes)
				continue;
			struct cell *c = &g->cells[theme];
			c->reviews += (uint64_t)sqlite3_column_int64(q, 4);
			c->reviews_negated += (uint64_t)sqlite3_column_int64(q, 5);
			c->mentions += (uint64_t)sqlite3_column_int64(q, 6);
			c->mentions_negated += (uint64_t)sqlite3_column_int64(q, 7);
			c->sentences += (uint64_t)sqlite3_column_int64(q, 8);
			c->inconclusive += (uint64_t)sqlite3_column_int64(q, 9);
		}
		sqlite3_finalize(q);
	}
	return result;
}
