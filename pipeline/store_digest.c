#include "pipeline/store_digest.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "pipeline/output.h"
#include "pipeline/stats.h"
#include "pipeline/store_changes.h"

/* The latest year is held against so many years before it, pooled. Lists end where they would get longer than anyone reads. */
enum { YEARS_BEFORE = 3, DEPARTURES_SHOWN = 10, DUPLICATES_LISTED = 1000 };

/* ---- departures ---- */

/* A theme in the latest year against the years before it. */
struct departure {
	uint32_t theme;
	int64_t reviews, of, reviews_before, of_before;
	double p, q;
};

struct departures {
	int latest;               /* 0: there are no years to compare */
	struct departure *list;   /* by q */
	size_t count, capacity;
};

static int by_q(const void *a, const void *b)
{
	const struct departure *x = a, *y = b;
	if (x->q != y->q)
		return x->q < y->q ? -1 : 1;
	return x->theme < y->theme ? -1 : x->theme > y->theme;
}

/* Reviews of the latest year and of those before it. */
static int read_denominators(struct store *s, int64_t edition, int *latest, int64_t *of, int64_t *of_before)
{
	sqlite3_stmt *q = store_prepare(s, "SELECT year, sum(reviews) FROM month_sum WHERE edition = ? AND copies = 0 AND basis = 0 AND kind = 0"
	                                   " AND year > 0 GROUP BY year ORDER BY year DESC");
	int result = -1;
	*latest = 0;
	*of = *of_before = 0;
	if (q)
		sqlite3_bind_int64(q, 1, edition);
	while (q && (result = store_next(s, q)) == 1) {
		int year = sqlite3_column_int(q, 0);
		if (!*latest)
			*latest = year;
		if (year == *latest)
			*of = sqlite3_column_int64(q, 1);
		else if (year >= *latest - YEARS_BEFORE)
			*of_before += sqlite3_column_int64(q, 1);
	}
	sqlite3_finalize(q);
	return result;
}

static struct departure *departure_of(struct departures *d, uint32_t theme)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->list[i].theme == theme)
			return &d->list[i];
	MEM_GROW(d->list, d->count, d->capacity);
	d->list[d->count++] = (struct departure){.theme = theme};
	return &d->list[d->count - 1];
}

/* Each theme's share in the latest year against its share in up to YEARS_BEFORE years before: chi-square or, where an expected count is under five,
 * Fisher's exact test; q by Benjamini and Hochberg over all themes found in either. */
static int find_departures(struct store *s, int64_t edition, struct departures *d)
{
	int64_t of, of_before;
	if (read_denominators(s, edition, &d->latest, &of, &of_before) != 0)
		return -1;
	if (!of || !of_before)
		return 0;
	size_t count;
	struct cell_sum *cells = run_read_cells(s, edition, &count);
	for (size_t i = 0; i < count; i++) {
		if (cells[i].year < d->latest - YEARS_BEFORE || cells[i].year > d->latest || cells[i].year == 0)
			continue;
		struct departure *t = departure_of(d, cells[i].theme);
		*(cells[i].year == d->latest ? &t->reviews : &t->reviews_before) += cells[i].reviews;
	}
	free(cells);
	double *p = mem_calloc(d->count, sizeof *p);
	for (size_t i = 0; i < d->count; i++) {
		struct departure *t = &d->list[i];
		t->of = of;
		t->of_before = of_before;
		p[i] = t->p = stats_2x2((uint64_t)t->reviews, (uint64_t)(of - t->reviews), (uint64_t)t->reviews_before, (uint64_t)(of_before - t->reviews_before));
	}
	stats_false_discovery(p, d->count);
	for (size_t i = 0; i < d->count; i++)
		d->list[i].q = isnan(p[i]) ? 1 : p[i];
	free(p);
	mem_sort(d->list, d->count, sizeof *d->list, by_q);
	return 0;
}

/* ---- what the run did ---- */

struct run_row {
	int64_t id, duplicates_before, duplicates_after, archives, reviews_before, reviews_after, moved, damaged;
};

/* The run closed last. */
static int read_run(struct store *s, int64_t edition, struct run_row *r)
{
	sqlite3_stmt *q = store_prepare(s, "SELECT id, duplicates_before, duplicates_after FROM run WHERE edition = ? AND at <> '' ORDER BY id DESC LIMIT 1");
	*r = (struct run_row){0};
	if (q)
		sqlite3_bind_int64(q, 1, edition);
	int result = q ? store_next(s, q) : -1;
	if (result == 1) {
		r->id = sqlite3_column_int64(q, 0);
		r->duplicates_before = sqlite3_column_int64(q, 1);
		r->duplicates_after = sqlite3_column_int64(q, 2);
		r->archives = store_number(s, "SELECT count(*) FROM run_archive WHERE run = ?", r->id);
		r->reviews_before = store_number(s, "SELECT coalesce(sum(reviews_before), 0) FROM run_archive WHERE run = ?", r->id);
		r->reviews_after = store_number(s, "SELECT coalesce(sum(reviews_after), 0) FROM run_archive WHERE run = ?", r->id);
		r->moved = store_number(s, "SELECT count(*) FROM run_change WHERE run = ?", r->id);
		r->damaged = store_number(s, "SELECT count(*) FROM run_archive n JOIN run r ON r.id = n.run JOIN archive a ON a.edition = r.edition"
		                             " AND a.path = n.path WHERE n.run = ? AND a.outcome <> 'whole'", r->id);
	}
	sqlite3_finalize(q);
	return result < 0 ? -1 : 0;
}

/* Rows of a statement over a run, as JSON objects named by its columns. */
static json_t *rows_json(struct store *s, const char *sql, int64_t run)
{
	json_t *list = json_array();
	sqlite3_stmt *q = store_prepare(s, sql);
	if (q)
		sqlite3_bind_int64(q, 1, run);
	while (q && store_next(s, q) == 1) {
		json_t *object = json_object();
		for (int i = 0; i < sqlite3_column_count(q); i++) {
			json_t *value = sqlite3_column_type(q, i) == SQLITE_INTEGER ? json_integer(sqlite3_column_int64(q, i))
			              : sqlite3_column_type(q, i) == SQLITE_FLOAT ? json_real(sqlite3_column_double(q, i))
			              : sqlite3_column_type(q, i) == SQLITE_NULL ? json_null() : json_string(store_text(q, i));
			json_object_set_new(object, sqlite3_column_name(q, i), value ? value : json_null()); /* a name that is no UTF-8 */
		}
		json_array_append_new(list, object);
	}
	sqlite3_finalize(q);
	return list;
}

static json_t *departures_json(const struct lexicon *lexicon, const struct departures *d)
{
	json_t *out = json_array();
	for (size_t i = 0; i < d->count && d->list[i].q < 0.05; i++) {
		const struct departure *t = &d->list[i];
		json_array_append_new(out, json_pack("{s:s,s:I,s:I,s:I,s:I,s:f,s:f}", "theme", lexicon->themes[t->theme].code, "reviews", (json_int_t)t->reviews, "of",
		                                     (json_int_t)t->of, "reviews_before", (json_int_t)t->reviews_before, "of_before", (json_int_t)t->of_before,
		                                     "p", t->p, "q", t->q));
	}
	return out;
}

#define OF_RUN " FROM run_archive n JOIN run r ON r.id = n.run JOIN archive a ON a.edition = r.edition AND a.path = n.path"

static int write_json(const char *path, json_t *root)
{
	struct output out;
	int result = output_open(&out, path);
	if (result == 0) {
		json_dumpf(root, out.file, JSON_INDENT(2) | JSON_SORT_KEYS);
		fputc('\n', out.file);
		result = output_commit(&out);
	}
	json_decref(root);
	return result;
}

static int notify_changes(struct store *s, const struct edition *e, const struct lexicon *lexicon, const struct run_row *r, const struct departures *d,
                          const char *path)
{
	/* copies of which either side came from an archive of this run */
	char duplicates[640];
	snprintf(duplicates, sizeof duplicates, "SELECT a.path AS archive, v.member, v.ordinal, b.path AS of_archive, o.member AS of_member,"
	                                        " o.ordinal AS of_ordinal, v.similarity FROM review v JOIN archive a ON a.id = v.archive"
	                                        " JOIN review o ON o.id = v.duplicate_of JOIN archive b ON b.id = o.archive"
	                                        " WHERE v.duplicate_of IS NOT NULL AND a.edition = (SELECT edition FROM run WHERE id = ?1)"
	                                        " AND (a.path IN (SELECT path FROM run_archive WHERE run = ?1) OR b.path IN (SELECT path FROM run_archive WHERE run = ?1))"
	                                        " ORDER BY a.path, v.number LIMIT %d", DUPLICATES_LISTED);
	return write_json(path, json_pack(
		"{s:I,s:I,s:o,s:o,s:o,s:I,s:I,s:I,s:o,s:I}", "edition", (json_int_t)e->id, "run", (json_int_t)r->id, "archives",
		rows_json(s, "SELECT path, what, reviews_before, reviews_after, redated FROM run_archive WHERE run = ? ORDER BY path", r->id), "damaged",
		rows_json(s, "SELECT a.path, a.outcome, f.member, f.reason, f.byte_offset, f.line, f.message" OF_RUN " JOIN fault f ON f.archive = a.id"
		             " WHERE n.run = ? ORDER BY a.path, f.number", r->id),
		"duplicate_pairs", rows_json(s, duplicates, r->id), "duplicates", (json_int_t)r->duplicates_after, "duplicates_before",
		(json_int_t)r->duplicates_before, "numbers_moved", (json_int_t)r->moved, "departures", departures_json(lexicon, d), "latest_year",
		(json_int_t)d->latest));
}

static void print_digest(const struct lexicon *lexicon, const struct run_row *r, const struct departures *d)
{
	message_note("%" PRId64 " archives changed the store: %" PRId64 " records before, %" PRId64 " now; %" PRId64 " duplicates (%+" PRId64
	             "); %" PRId64 " published numbers moved", r->archives, r->reviews_before, r->reviews_after, r->duplicates_after,
	             r->duplicates_after - r->duplicates_before, r->moved);
	if (r->damaged)
		message_note("%" PRId64 " of these archives are damaged: what could be read of them is in", r->damaged);
	for (size_t i = 0; i < d->count && i < DEPARTURES_SHOWN && d->list[i].q < 0.05; i++)
		message_note("%s in %d: %" PRId64 " of %" PRId64 " reviews, against %" PRId64 " of %" PRId64 " in the %d years before (q = %.4f)",
		             lexicon->themes[d->list[i].theme].code, d->latest, d->list[i].reviews, d->list[i].of, d->list[i].reviews_before,
		             d->list[i].of_before, YEARS_BEFORE, d->list[i].q);
}

int store_digest(struct store *s, const struct edition *e, bool changed, bool quiet, const char *notify)
{
	if (!changed)
		return notify ? write_json(notify, json_pack("{s:I,s:[],s:[],s:I}", "edition", (json_int_t)e->id, "archives", "damaged", "numbers_moved",
		                                             (json_int_t)0)) : 0;
	struct run_row run;
	struct departures departures = {0};
	struct lexicon *lexicon = store_lexicon(s, e->id);
	int failed = !lexicon || read_run(s, e->id, &run) != 0 || find_departures(s, e->id, &departures) != 0;
	if (!failed) {
		if (!quiet)
			print_digest(lexicon, &run, &departures);
		failed = notify && notify_changes(s, e, lexicon, &run, &departures, notify) != 0;
	}
	free(departures.list);
	lexicon_free(lexicon);
	return failed ? -1 : 0;
}
