#include "pipeline/store_log.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/output.h"
#include "pipeline/stats.h"
#include "pipeline/store_sql.h"

/* The latest year is held against so many years before it, pooled. */
enum { YEARS_BEFORE = 3, DEPARTURES_SHOWN = 10 };

/* One published number: reviews and mentions of a theme in a year (duplicates left out, by publication, kind review). */
struct cell_sum {
	int year;
	uint32_t theme;
	int64_t reviews, mentions;
};

struct year_sum {
	int year;
	int64_t reviews;
};

struct noted_archive {
	char *path, *what;
	uint64_t before, after;
};

struct store_log {
	struct store *s;
	struct edition edition;
	struct cell_sum *before;     /* by year, then theme */
	size_t before_count;
	int64_t duplicates_before;
	struct noted_archive *archives;
	size_t archive_count, archive_capacity;
};

static struct cell_sum *read_cells(const struct store_log *log, size_t *count)
{
	struct cell_sum *list = NULL;
	size_t capacity = 0;
	sqlite3_stmt *q = store_prepare(log->s, "SELECT year, theme, sum(reviews), sum(mentions) FROM month_theme_sum WHERE edition = ? AND copies = 0"
	                                        " AND basis = 0 AND kind = 0 GROUP BY year, theme ORDER BY year, theme");
	*count = 0;
	if (q)
		sqlite3_bind_int64(q, 1, log->edition.id);
	while (q && store_next(log->s, q) == 1) {
		MEM_GROW(list, *count, capacity);
		list[(*count)++] = (struct cell_sum){sqlite3_column_int(q, 0), (uint32_t)sqlite3_column_int64(q, 1), sqlite3_column_int64(q, 2),
		                                     sqlite3_column_int64(q, 3)};
	}
	sqlite3_finalize(q);
	return list;
}

static int64_t count_duplicates(const struct store_log *log)
{
	sqlite3_stmt *q = store_prepare(log->s, "SELECT count(*) FROM review r JOIN archive a ON a.id = r.archive WHERE a.edition = ? AND r.duplicate_of IS NOT NULL");
	if (q)
		sqlite3_bind_int64(q, 1, log->edition.id);
	int64_t n = q && store_next(log->s, q) == 1 ? sqlite3_column_int64(q, 0) : 0;
	sqlite3_finalize(q);
	return n;
}

struct store_log *store_log_begin(struct store *s, const struct edition *e)
{
	struct store_log *log = mem_calloc(1, sizeof *log);
	log->s = s;
	log->edition = *e;
	log->before = read_cells(log, &log->before_count);
	log->duplicates_before = count_duplicates(log);
	return log;
}

void store_log_free(struct store_log *log)
{
	for (size_t i = 0; i < log->archive_count; i++) {
		free(log->archives[i].path);
		free(log->archives[i].what);
	}
	free(log->archives);
	free(log->before);
	free(log);
}

void store_log_archive(struct store_log *log, const char *path, const char *what, uint64_t reviews_before, uint64_t reviews_after)
{
	MEM_GROW(log->archives, log->archive_count, log->archive_capacity);
	log->archives[log->archive_count++] = (struct noted_archive){mem_strdup(path), mem_strdup(what), reviews_before, reviews_after};
}

/* ---- recording ---- */

static int put_change(struct store_log *log, sqlite3_stmt *q, int64_t run, const struct cell_sum *before, const struct cell_sum *after)
{
	const struct cell_sum *either = before ? before : after;
	sqlite3_bind_int64(q, 1, run);
	sqlite3_bind_int(q, 2, either->year);
	sqlite3_bind_int64(q, 3, either->theme);
	sqlite3_bind_int64(q, 4, before ? before->reviews : 0);
	sqlite3_bind_int64(q, 5, after ? after->reviews : 0);
	sqlite3_bind_int64(q, 6, before ? before->mentions : 0);
	sqlite3_bind_int64(q, 7, after ? after->mentions : 0);
	return store_step(log->s, q);
}

static int compare_cells(const struct cell_sum *a, const struct cell_sum *b)
{
	return a->year != b->year ? (a->year < b->year ? -1 : 1) : a->theme != b->theme ? (a->theme < b->theme ? -1 : 1) : 0;
}

/* Two sorted lists side by side. *moved counts the numbers that differ. */
static int put_changes(struct store_log *log, int64_t run, const struct cell_sum *after, size_t after_count, size_t *moved)
{
	sqlite3_stmt *q = store_prepare(log->s, "INSERT INTO run_change VALUES(?, ?, ?, ?, ?, ?, ?)");
	int failed = q ? 0 : -1;
	*moved = 0;
	for (size_t i = 0, k = 0; (i < log->before_count || k < after_count) && !failed;) {
		const struct cell_sum *b = i < log->before_count ? &log->before[i] : NULL, *a = k < after_count ? &after[k] : NULL;
		int order = b && a ? compare_cells(b, a) : b ? -1 : 1;
		if (order > 0)
			b = NULL;
		if (order < 0)
			a = NULL;
		i += b != NULL;
		k += a != NULL;
		if (b && a && b->reviews == a->reviews && b->mentions == a->mentions)
			continue;
		failed = put_change(log, q, run, b, a);
		++*moved;
	}
	sqlite3_finalize(q);
	return failed;
}

static int put_archives(struct store_log *log, int64_t run)
{
	sqlite3_stmt *q = store_prepare(log->s, "INSERT OR REPLACE INTO run_archive VALUES(?, ?, ?, ?, ?)");
	int failed = q ? 0 : -1;
	for (size_t i = 0; i < log->archive_count && !failed; i++) {
		const struct noted_archive *a = &log->archives[i];
		sqlite3_bind_int64(q, 1, run);
		store_bind_text(q, 2, a->path, false);
		store_bind_text(q, 3, a->what, false);
		sqlite3_bind_int64(q, 4, (int64_t)a->before);
		sqlite3_bind_int64(q, 5, (int64_t)a->after);
		failed = store_step(log->s, q);
	}
	sqlite3_finalize(q);
	return failed;
}

static int record(struct store_log *log, const struct cell_sum *after, size_t after_count, size_t *moved)
{
	char now[32];
	store_now(now);
	if (store_run(log->s, "BEGIN IMMEDIATE") != 0)
		return -1;
	sqlite3_stmt *q = store_prepare(log->s, "INSERT INTO run(edition, at) VALUES(?, ?)");
	int failed = q ? 0 : -1;
	if (!failed) {
		sqlite3_bind_int64(q, 1, log->edition.id);
		store_bind_text(q, 2, now, false);
		failed = store_step(log->s, q);
	}
	sqlite3_finalize(q);
	int64_t run = sqlite3_last_insert_rowid(log->s->db);
	failed = failed || put_archives(log, run) || put_changes(log, run, after, after_count, moved) || store_run(log->s, "COMMIT");
	if (failed)
		sqlite3_exec(log->s->db, "ROLLBACK", NULL, NULL, NULL);
	return failed ? -1 : 0;
}

/* ---- departures ---- */

/* A theme in the latest year against the years before it. */
struct departure {
	uint32_t theme;
	int64_t reviews, of, reviews_before, of_before;
	double p, q;
};

static int by_q(const void *a, const void *b)
{
	const struct departure *x = a, *y = b;
	if (x->q != y->q)
		return x->q < y->q ? -1 : 1;
	return x->theme < y->theme ? -1 : x->theme > y->theme;
}

static struct year_sum *read_years(const struct store_log *log, size_t *count)
{
	struct year_sum *list = NULL;
	size_t capacity = 0;
	sqlite3_stmt *q = store_prepare(log->s, "SELECT year, sum(reviews) FROM month_sum WHERE edition = ? AND copies = 0 AND basis = 0 AND kind = 0"
	                                        " AND year > 0 GROUP BY year ORDER BY year");
	*count = 0;
	if (q)
		sqlite3_bind_int64(q, 1, log->edition.id);
	while (q && store_next(log->s, q) == 1) {
		MEM_GROW(list, *count, capacity);
		list[(*count)++] = (struct year_sum){sqlite3_column_int(q, 0), sqlite3_column_int64(q, 1)};
	}
	sqlite3_finalize(q);
	return list;
}

/* Each theme's share in the latest year against its share in up to YEARS_BEFORE years before: chi-square or, where an expected count is under five,
 * Fisher's exact test; q by Benjamini and Hochberg over all themes found in either. */
static struct departure *find_departures(const struct store_log *log, const struct cell_sum *cells, size_t cell_count, int *latest, size_t *count)
{
	size_t years;
	struct year_sum *list = read_years(log, &years);
	struct departure *out = NULL;
	size_t capacity = 0;
	*count = 0;
	*latest = years ? list[years - 1].year : 0;
	int64_t of = years ? list[years - 1].reviews : 0, of_before = 0;
	for (size_t i = 0; i + 1 < years; i++)
		if (list[i].year >= *latest - YEARS_BEFORE)
			of_before += list[i].reviews;
	free(list);
	if (!of || !of_before)
		return NULL;
	for (size_t i = 0; i < cell_count; i++) {
		if (cells[i].year < *latest - YEARS_BEFORE || cells[i].year > *latest || cells[i].year == 0)
			continue;
		size_t k = 0;
		while (k < *count && out[k].theme != cells[i].theme)
			k++;
		if (k == *count) {
			MEM_GROW(out, *count, capacity);
			out[(*count)++] = (struct departure){.theme = cells[i].theme, .of = of, .of_before = of_before};
		}
		*(cells[i].year == *latest ? &out[k].reviews : &out[k].reviews_before) += cells[i].reviews;
	}
	double *p = mem_calloc(*count, sizeof *p);
	for (size_t i = 0; i < *count; i++) {
		struct departure *d = &out[i];
		p[i] = d->p = stats_2x2((uint64_t)d->reviews, (uint64_t)(d->of - d->reviews), (uint64_t)d->reviews_before, (uint64_t)(d->of_before - d->reviews_before));
	}
	stats_false_discovery(p, *count);
	for (size_t i = 0; i < *count; i++)
		out[i].q = isnan(p[i]) ? 1 : p[i];
	free(p);
	mem_sort(out, *count, sizeof *out, by_q);
	return out;
}

/* ---- the digest ---- */

static int write_json(const char *path, json_t *root)
{
	struct output out;
	if (output_open(&out, path) != 0)
		return -1;
	json_dumpf(root, out.file, JSON_INDENT(2) | JSON_SORT_KEYS);
	fputc('\n', out.file);
	return output_commit(&out);
}

static json_t *archives_json(const struct store_log *log)
{
	json_t *list = json_array();
	for (size_t i = 0; i < log->archive_count; i++) {
		const struct noted_archive *a = &log->archives[i];
		json_array_append_new(list, json_pack("{s:s,s:s,s:I,s:I}", "path", a->path, "what", a->what, "reviews_before", (json_int_t)a->before,
		                                      "reviews_after", (json_int_t)a->after));
	}
	return list;
}

static json_t *departures_json(const struct lexicon *lexicon, const struct departure *list, size_t count)
{
	json_t *out = json_array();
	for (size_t i = 0; i < count && list[i].q < 0.05; i++)
		json_array_append_new(out, json_pack("{s:s,s:I,s:I,s:I,s:I,s:f,s:f}", "theme", lexicon->themes[list[i].theme].code, "reviews",
		                                     (json_int_t)list[i].reviews, "of", (json_int_t)list[i].of, "reviews_before",
		                                     (json_int_t)list[i].reviews_before, "of_before", (json_int_t)list[i].of_before, "p", list[i].p,
		                                     "q", list[i].q));
	return out;
}

static void print_digest(const struct store_log *log, const struct lexicon *lexicon, size_t moved, int64_t duplicates, const struct departure *list,
                         size_t count, int latest)
{
	uint64_t before = 0, after = 0;
	for (size_t i = 0; i < log->archive_count; i++) {
		before += log->archives[i].before;
		after += log->archives[i].after;
	}
	message_note("%zu archives changed the store: %" PRIu64 " records before, %" PRIu64 " now; %" PRId64 " duplicates (%+" PRId64 "); %zu published numbers moved",
	             log->archive_count, before, after, duplicates, duplicates - log->duplicates_before, moved);
	for (size_t i = 0; i < count && i < DEPARTURES_SHOWN && list[i].q < 0.05; i++)
		message_note("%s in %d: %" PRId64 " of %" PRId64 " reviews, against %" PRId64 " of %" PRId64 " in the %d years before (q = %.4f)",
		             lexicon->themes[list[i].theme].code, latest, list[i].reviews, list[i].of, list[i].reviews_before, list[i].of_before,
		             YEARS_BEFORE, list[i].q);
}

int store_log_end(struct store_log *log, const char *notify, const struct run_summary *summary)
{
	size_t after_count, moved, count;
	int latest, result = 0;
	struct cell_sum *after = read_cells(log, &after_count);
	struct lexicon *lexicon = store_lexicon(log->s, log->edition.id);
	if (!lexicon || record(log, after, after_count, &moved) != 0) {
		free(after);
		lexicon_free(lexicon);
		return -1;
	}
	struct departure *list = find_departures(log, after, after_count, &latest, &count);
	int64_t duplicates = count_duplicates(log);
	print_digest(log, lexicon, moved, duplicates, list, count, latest);
	if (notify) {
		json_t *root = json_pack("{s:I,s:o,s:I,s:I,s:I,s:I,s:o,s:I}", "edition", (json_int_t)log->edition.id, "archives", archives_json(log),
		                         "duplicates", (json_int_t)duplicates, "duplicates_before", (json_int_t)log->duplicates_before,
		                         "numbers_moved", (json_int_t)moved, "faults", (json_int_t)summary->faults, "departures",
		                         departures_json(lexicon, list, count), "latest_year", (json_int_t)latest);
		result = write_json(notify, root);
		json_decref(root);
	}
	free(list);
	free(after);
	lexicon_free(lexicon);
	return result;
}

int store_log_nothing(struct store_log *log, const char *notify)
{
	if (!notify)
		return 0;
	json_t *root = json_pack("{s:I,s:[],s:I}", "edition", (json_int_t)log->edition.id, "archives", "numbers_moved", (json_int_t)0);
	int result = write_json(notify, root);
	json_decref(root);
	return result;
}
