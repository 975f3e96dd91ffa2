/* What comes out of the store: a ledger of its rows, and a tally of its sums. */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "pipeline/store_sql.h"
#include "pipeline/tally.h"

static int number_or(sqlite3_stmt *q, int column, int unknown)
{
	return sqlite3_column_type(q, column) == SQLITE_NULL ? unknown : sqlite3_column_int(q, column);
}

static struct dating read_dating(sqlite3_stmt *q, int column)
{
	return (struct dating){store_year(q, column), store_month(q, column + 1), store_text(q, column + 2), store_text(q, column + 3),
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

/* ---- themes beside reviews ---- */

int theme_rows_init(struct theme_rows *t, struct store *s, int64_t edition, const char *by)
{
	char sql[256];
	*t = (struct theme_rows){.s = s, .theme_count = store_theme_count(s, edition)};
	snprintf(sql, sizeof sql, "SELECT t.review, t.theme, t.mentions, t.negated, t.sentences FROM review r CROSS JOIN tally t"
	                          " ON t.review = r.id WHERE r.%s = ? ORDER BY r.number, t.theme", by);
	t->themes.q = store_prepare(s, sql);
	snprintf(sql, sizeof sql, "SELECT t.review, t.theme FROM review r CROSS JOIN inconclusive t ON t.review = r.id WHERE r.%s = ?"
	                          " ORDER BY r.number, t.theme", by);
	t->inconclusive.q = store_prepare(s, sql);
	return t->themes.q && t->inconclusive.q && store_is_sound(s) ? 0 : -1; /* else there may be themes that were not counted */
}

void theme_rows_release(struct theme_rows *t)
{
	sqlite3_finalize(t->themes.q);
	sqlite3_finalize(t->inconclusive.q);
}

static void open_beside(struct beside *b, int64_t id)
{
	sqlite3_reset(b->q);
	sqlite3_bind_int64(b->q, 1, id);
	b->row = b->ended = false;
}

void theme_rows_open(struct theme_rows *t, int64_t id)
{
	open_beside(&t->themes, id);
	open_beside(&t->inconclusive, id);
}

/* Steps to the rows of a review: true while q stands on one of them. */
static bool next_of(struct store *s, struct beside *b, int64_t review, int *failed)
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

/* A theme's number; a store that names one it does not have is damaged. */
static uint32_t read_theme(struct theme_rows *t, sqlite3_stmt *q, int64_t review, int *failed)
{
	int64_t theme = sqlite3_column_int64(q, 1);
	if (theme >= 0 && (uint64_t)theme < t->theme_count)
		return (uint32_t)theme;
	message_error("%s is damaged: review %lld has theme %lld, of which its edition knows nothing", t->s->path, (long long)review, (long long)theme);
	*failed = -1;
	return 0;
}

int theme_rows_read(struct theme_rows *t, int64_t review, struct review_row *row)
{
	int failed = 0;
	while (!failed && next_of(t->s, &t->themes, review, &failed)) {
		sqlite3_stmt *q = t->themes.q;
		MEM_GROW(row->tallies, row->tally_count, t->tally_capacity);
		row->tallies[row->tally_count++] = (struct theme_tally){read_theme(t, q, review, &failed), (uint32_t)sqlite3_column_int64(q, 2),
		                                                        (uint32_t)sqlite3_column_int64(q, 3), (uint32_t)sqlite3_column_int64(q, 4)};
		t->themes.row = false;
	}
	while (!failed && next_of(t->s, &t->inconclusive, review, &failed)) {
		MEM_GROW(row->inconclusive, row->inconclusive_count, t->inconclusive_capacity);
		row->inconclusive[row->inconclusive_count++] = read_theme(t, t->inconclusive.q, review, &failed);
		t->inconclusive.row = false;
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
	struct theme_rows themes;
	struct review_row row;
	struct duplicate *duplicates;
	size_t duplicate_count, duplicate_capacity;
	struct number_of *numbers;
	size_t rows, row_capacity;
	struct buf encoded;
};

static int reading_init(struct reading *r, struct store *s, int64_t edition, struct spill *spill)
{
	*r = (struct reading){.s = s, .spill = spill};
	r->reviews = store_prepare(s, "SELECT " REVIEW_COLUMNS " FROM review r WHERE r.archive = ? ORDER BY r.number");
	return theme_rows_init(&r->themes, s, edition, "archive") == 0 && r->reviews ? 0 : -1;
}

static void reading_release(struct reading *r)
{
	sqlite3_finalize(r->reviews);
	theme_rows_release(&r->themes);
	row_release(&r->row);
	buf_release(&r->encoded);
	free(r->numbers);
}

/* The rows of an archive into r->encoded; how many of them, or -1. */
static int64_t read_archive(struct reading *r, int64_t archive)
{
	int result, failed = 0;
	buf_clear(&r->encoded);
	int64_t rows = 0;
	sqlite3_reset(r->reviews);
	sqlite3_bind_int64(r->reviews, 1, archive);
	theme_rows_open(&r->themes, archive);
	while ((result = store_next(r->s, r->reviews)) == 1 && !failed) {
		int64_t id = sqlite3_column_int64(r->reviews, 0);
		read_review(r->reviews, &r->row);
		failed = theme_rows_read(&r->themes, id, &r->row);
		MEM_GROW(r->numbers, r->rows, r->row_capacity);
		r->numbers[r->rows] = (struct number_of){id, r->rows};
		if (sqlite3_column_type(r->reviews, COLUMN_DUPLICATE) != SQLITE_NULL) {
			MEM_GROW(r->duplicates, r->duplicate_count, r->duplicate_capacity);
			r->duplicates[r->duplicate_count++] = (struct duplicate){
				.row = (uint32_t)r->rows, .of = (size_t)sqlite3_column_int64(r->reviews, COLUMN_DUPLICATE),
				.reason = (enum duplicate_reason)read_word(r->reviews, COLUMN_DUPLICATE + 1, DUPLICATE_SAME_CASE + 1),
				.similarity = sqlite3_column_double(r->reviews, COLUMN_DUPLICATE + 2)};
		}
		r->rows++;
		rows++;
		row_encode(&r->encoded, &r->row);
	}
	return result < 0 || failed ? -1 : rows;
}

struct ledger *store_ledger(struct store *s, const struct edition *e, struct spill *spill, struct archive_path **archives, size_t *count)
{
	struct known_archive *known = store_known(s, e->id, count);
	struct archive_path *paths = mem_calloc(*count, sizeof *paths);
	struct reading r;
	int failed = reading_init(&r, s, e->id, spill);
	for (size_t i = 0; i < *count; i++)
		paths[i] = (struct archive_path){.path = mem_strdup(known[i].path), .bytes = (uint64_t)known[i].identity.bytes};
	struct ledger *ledger = ledger_new(paths, *count, spill);
	struct run_sink sink = ledger_sink(ledger);
	for (size_t i = 0; i < *count && !failed; i++) {
		int64_t rows = read_archive(&r, known[i].id);
		struct archive_result result = {.index = i, .path = paths[i].path, .opened = true};
		failed = rows < 0;
		if (rows > 0) {
			result.sheaves = mem_alloc(sizeof *result.sheaves);
			result.sheaves[0] = (struct sheaf){spill_append(spill, r.encoded.data, r.encoded.length), r.encoded.length, 0, (uint32_t)rows};
			result.sheaf_count = 1;
		}
		if (!failed)
			sink.archive_done(sink.context, &result);
	}
	store_free_known(known, *count);
	*archives = paths;
	if (failed || !store_is_sound(s)) {
		ledger_free(ledger);
		free(r.duplicates);
		ledger = NULL;
	} else if (e->settled) {
		r.duplicates = resolve_duplicates(r.duplicates, &r.duplicate_count, r.numbers, r.rows);
		ledger_close_with(ledger, r.duplicates, r.duplicate_count);
	} else {
		free(r.duplicates);
		ledger_close(ledger, 1);
	}
	reading_release(&r);
	return ledger;
}

int64_t store_check_rows(struct store *s, int64_t edition)
{
	struct reading r;
	int64_t wrong = reading_init(&r, s, edition, NULL);
	sqlite3_stmt *q = store_prepare(s, "SELECT id, path, checksum FROM archive WHERE edition = ? ORDER BY path");
	int result = 0;
	if (q)
		sqlite3_bind_int64(q, 1, edition);
	while (wrong >= 0 && q && (result = store_next(s, q)) == 1) {
		XXH128_canonical_t checksum;
		if (read_archive(&r, sqlite3_column_int64(q, 0)) < 0)
			break;
		XXH128_canonicalFromHash(&checksum, XXH3_128bits(r.encoded.data, r.encoded.length));
		if (sqlite3_column_bytes(q, 2) != (int)sizeof checksum || memcmp(sqlite3_column_blob(q, 2), &checksum, sizeof checksum) != 0) {
			message_error("%s: what it holds of %s is not what it was given", s->path, store_text(q, 1));
			wrong++;
		}
	}
	sqlite3_finalize(q);
	free(r.duplicates);
	reading_release(&r);
	return result == 0 && q ? wrong : -1;
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
			struct tally_group *g = tally_open(t, store_year(q, 1), store_month(q, 2), "");
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
