/* themetally export: a store as tidy csv files with a Frictionless data package description. */
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "pipeline/command.h"
#include "pipeline/output.h"
#include "pipeline/released.h"
#include "pipeline/session.h"
#include "pipeline/store_sql.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	return options_over_store_key(key, state, state->input, "DIR where to");
}

static const struct argp argp = {
	NULL, parse, "--store DB -o DIR",
	"Writes an edition of a store as csv files into DIR, with a datapackage.json (Frictionless Data Package) that describes them.\v"
	"Files: reviews, review_theme, year_theme, themes, archives, faults. Missing values are empty.\n\n"
	"With --suppress-below: year_theme with the marks of count, and themes; the other files are about single reviews and archives, and are not written.\n\n"
	"Examples:\n"
	"  themetally export --store reviews.db -o export/\n"
	"  themetally export --store reviews.db --suppress-below 5 -o public/\n",
	options_over_store, NULL, NULL};

/* One file. Columns whose names stand in `text` are text, the others numbers. */
static const struct resource_sql {
	const char *name, *description, *sql, *key;
	bool guarded; /* written with --suppress-below too */
} resources[] = {
	{"reviews", "One row per record found: reviews, reports and other text", "SELECT * FROM reviews WHERE edition = ? ORDER BY archive, byte_offset, record, ordinal", "id", false},
	{"review_theme", "One row per review and theme found in it", "SELECT * FROM review_theme WHERE edition = ? ORDER BY review, theme", NULL, false},
	{"year_theme", "Counts per year of publication and theme; duplicates count once; year 0 is unknown", "SELECT * FROM year_theme WHERE edition = ? ORDER BY year, theme", NULL, false},
	{"themes", "The themes of the lexicon", "SELECT number, code, label, description, parent, negatable FROM theme WHERE edition = ? ORDER BY number", "number", true},
	{"archives", "The archives read", "SELECT id, path, bytes, lower(hex(sha256)) AS sha256, outcome, units_sealed, units_refused, members, members_skipped,"
	                                  " decoded_bytes, replaced, reviews, counted_at FROM archive WHERE edition = ? ORDER BY path", "id", false},
	{"faults", "What was refused or skipped", "SELECT a.path AS archive, f.member, f.skipped, f.reason, f.packed_offset, f.byte_offset, f.line, f.message"
	                                          " FROM fault f JOIN archive a ON a.id = f.archive WHERE a.edition = ? ORDER BY a.path, f.number", NULL, false},
};

static bool is_text(const char *column)
{
	static const char *const names[] = {"archive", "member", "kind", "name", "duplicate_reason", "published_rule", "incident_rule", "outcome", "age_band", "gender", "board", "child",
	                                    "title", "section", "method", "theme", "code", "label", "description", "path", "sha256", "counted_at", "reason", "message"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], column) == 0)
			return true;
	return false;
}

static json_t *describe(const struct resource_sql *r, const char *const *names, size_t count, unsigned suppress_below)
{
	json_t *fields = json_array(), *missing = json_pack("[s]", "");
	for (size_t i = 0; i < count; i++)
		json_array_append_new(fields, json_pack("{s:s,s:s}", "name", names[i], "type",
		                                        is_text(names[i]) ? "string" : strcmp(names[i], "share") == 0 ? "number" : "integer"));
	if (suppress_below) {
		json_array_append_new(missing, json_sprintf("<%u", suppress_below));
		json_array_append_new(missing, json_string("[c]"));
	}
	json_t *schema = json_pack("{s:o,s:o}", "fields", fields, "missingValues", missing);
	if (r->key)
		json_object_set_new(schema, "primaryKey", json_string(r->key));
	json_t *path = json_sprintf("%s.csv", r->name);
	return json_pack("{s:s,s:o,s:s,s:s,s:s,s:s,s:s,s:o}", "name", r->name, "path", path, "description", r->description, "profile",
	                 "tabular-data-resource", "format", "csv", "mediatype", "text/csv", "encoding", "utf-8", "schema", schema);
}

static void put_cell(struct table *t, sqlite3_stmt *q, int column)
{
	switch (sqlite3_column_type(q, column)) {
	case SQLITE_NULL: table_empty(t); break;
	case SQLITE_INTEGER: table_number(t, sqlite3_column_int64(q, column)); break;
	case SQLITE_FLOAT: table_real(t, sqlite3_column_double(q, column), 6); break;
	default: table_text(t, store_text(q, column));
	}
}

static int write_resource(struct store *s, int64_t edition, const char *directory, const struct resource_sql *r, bool excel, json_t *list)
{
	struct buf path = BUF_INIT;
	struct output out;
	sqlite3_stmt *q = store_prepare(s, r->sql);
	int result = q ? 0 : -1;
	buf_printf(&path, "%s/%s.csv", directory, r->name);
	if (q && (result = output_open(&out, path.data)) == 0) {
		int columns = sqlite3_column_count(q);
		struct column *shapes = mem_calloc((size_t)columns, sizeof *shapes);
		const char **names = mem_calloc((size_t)columns, sizeof *names);
		for (int i = 0; i < columns; i++) {
			const char *name = names[i] = sqlite3_column_name(q, i);
			shapes[i] = (struct column){name, is_text(name) ? COLUMN_TEXT : COLUMN_NUMBER};
		}
		struct table *t = table_new(out.file, FORMAT_CSV, true, excel, shapes, (size_t)columns);
		sqlite3_bind_int64(q, 1, edition);
		while ((result = store_next(s, q)) == 1) {
			for (int i = 0; i < columns; i++)
				put_cell(t, q, i);
			table_end_row(t);
		}
		table_finish(t);
		json_array_append_new(list, describe(r, names, (size_t)columns, 0));
		free(shapes);
		free(names);
		if (result == 0)
			result = output_commit(&out);
		else
			output_abandon(&out);
	}
	sqlite3_finalize(q);
	buf_release(&path);
	return result;
}

static int write_description(const char *directory, const struct edition *e, json_t *list)
{
	struct buf path = BUF_INIT;
	struct output out;
	json_t *title = json_sprintf("Themes in case reviews: %s %s, edition %lld", e->lexicon_name, e->lexicon_version, (long long)e->id);
	json_t *root = json_pack("{s:s,s:s,s:o,s:s,s:o}", "profile", "tabular-data-package", "name", "themetally-export", "title", title, "created",
	                         e->created, "resources", list);
	buf_printf(&path, "%s/datapackage.json", directory);
	int result = output_open(&out, path.data);
	if (result == 0) {
		json_dumpf(root, out.file, JSON_INDENT(2));
		fputc('\n', out.file);
		result = output_commit(&out);
	}
	json_decref(root);
	buf_release(&path);
	return result;
}

static int make_directory(const char *path)
{
	if (mkdir(path, 0777) == 0 || errno == EEXIST)
		return 0;
	message_error("cannot make %s: %s", path, strerror(errno));
	return -1;
}

/* ---- with --suppress-below ---- */

/* The counts of `count` by year in the columns of the view year_theme, with marks in place of what is hidden. */
static int write_guarded_counts(struct session *s, const struct release *release, json_t *list)
{
	static const char *const names[] = {"edition", "year", "theme", "reviews", "reviews_negated", "mentions", "mentions_negated", "year_reviews", "year_words", "share"};
	enum { COLUMNS = sizeof names / sizeof *names };
	static const struct resource_sql resource = {
		"year_theme", "Counts per year of publication and theme; duplicates count once; year 0 is unknown; small numbers, and others that would give them back, are withheld", NULL, NULL, true};
	const struct options *o = s->options;
	struct column columns[COLUMNS];
	struct output out;
	struct buf path = BUF_INIT;
	buf_printf(&path, "%s/%s.csv", o->output, resource.name);
	int result = output_open(&out, path.data);
	if (result != 0) {
		buf_release(&path);
		return -1;
	}
	for (size_t i = 0; i < COLUMNS; i++)
		columns[i] = (struct column){names[i], is_text(names[i]) ? COLUMN_TEXT : COLUMN_NUMBER};
	struct table *t = table_new(out.file, FORMAT_CSV, true, o->excel, columns, COLUMNS);
	for (size_t i = 0; i < 2 * release->printed; i++) { /* year 0 first, as the view has it */
		const struct tally_group *g = &release->groups[i % release->printed];
		if ((g->first_month == INT_MAX) != (i < release->printed))
			continue;
		for (size_t k = 0; k < s->lexicon->theme_count; k++) {
			const struct cell *c = &g->cells[k];
			table_number(t, s->edition.id);
			table_number(t, g->first_month == INT_MAX ? 0 : atoi(g->period));
			table_text(t, s->lexicon->themes[k].code);
			mark_put_count(t, c->reviews, g->marks[k].reviews, o->suppress_below);
			mark_put_count(t, c->reviews_negated, g->marks[k].negated, o->suppress_below);
			mark_put_count(t, c->mentions, g->marks[k].reviews ? MARK_WITHHELD : MARK_SHOWN, o->suppress_below);
			mark_put_count(t, c->mentions_negated, g->marks[k].negated ? MARK_WITHHELD : MARK_SHOWN, o->suppress_below);
			mark_put_count(t, g->reviews, g->reviews_mark, o->suppress_below);
			mark_put_count(t, g->words, g->reviews_mark ? MARK_WITHHELD : MARK_SHOWN, o->suppress_below);
			mark_put_real(t, (double)c->reviews / (double)g->reviews, 6, g->marks[k].reviews || g->reviews_mark);
			table_end_row(t);
		}
	}
	table_finish(t);
	json_array_append_new(list, describe(&resource, names, COLUMNS, o->suppress_below));
	result = output_commit(&out);
	buf_release(&path);
	return result;
}

static enum exit_status export_guarded(const struct options *o)
{
	struct session s;
	struct release *release = NULL;
	enum exit_status status = session_open(&s, o, NEED_THEMES);
	if (status == STATUS_DONE)
		status = session_run(&s, NULL, 0);
	if (status == STATUS_DONE) {
		size_t count;
		struct tally *tally = tally_of_ledger(s.ledger, s.lexicon, o);
		const struct tally_group *groups = tally_groups(tally, &count);
		release = release_settle(&s, groups, count, NULL, NULL);
		tally_free(tally);
		status = release && make_directory(o->output) == 0 ? STATUS_DONE : STATUS_CANNOT_RUN;
	}
	if (status == STATUS_DONE) {
		json_t *list = json_array();
		int failed = write_guarded_counts(&s, release, list);
		for (size_t i = 0; i < sizeof resources / sizeof *resources && !failed; i++)
			if (resources[i].guarded)
				failed = write_resource(s.store, s.edition.id, o->output, &resources[i], o->excel, list);
		if (failed)
			json_decref(list);
		status = failed || write_description(o->output, &s.edition, list) != 0 ? STATUS_CANNOT_RUN : STATUS_DONE;
	}
	release_free(release);
	return session_close(&s, status);
}

/* ---- the command ---- */

static enum exit_status export_all(const struct options *o)
{
	struct edition e;
	struct store *s = store_open(o->store, STORE_READ);
	int failed = s && store_run(s, "BEGIN") == 0 ? 0 : -1, found = failed ? -1 : store_find_edition(s, o->edition, &e);
	if (found == 0)
		message_error("%s holds no such edition; 'themetally status' lists them", o->store);
	if (found == 1 && make_directory(o->output) != 0)
		found = -1;
	json_t *list = json_array();
	for (size_t i = 0; i < sizeof resources / sizeof *resources && found == 1 && !failed; i++)
		failed = write_resource(s, e.id, o->output, &resources[i], o->excel, list);
	failed = failed || (s && !store_is_sound(s)) ? -1 : 0;
	if (found == 1 && !failed)
		failed = write_description(o->output, &e, list);
	else
		json_decref(list);
	store_close(s);
	return found == 0 ? STATUS_USAGE : found < 0 || failed ? STATUS_CANNOT_RUN : STATUS_DONE;
}

int cmd_export(int argc, char **argv)
{
	struct options o;
	options_init(&o);
	o.can_suppress = true;
	o.quiet = true;
	enum exit_status status = options_parse(&argp, argc, argv, &o) != 0 ? STATUS_USAGE : o.suppress_below ? export_guarded(&o) : export_all(&o);
	options_release(&o);
	return status;
}
