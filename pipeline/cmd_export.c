/* themetally export: a store as tidy csv files with a Frictionless data package description. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "pipeline/command.h"
#include "pipeline/output.h"
#include "pipeline/session.h"
#include "pipeline/store_sql.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		for (unsigned i = 0; i < 3; i++)
			state->child_inputs[i] = o;
		return 0;
	case ARGP_KEY_END:
		if (!o->store || !o->output)
			argp_error(state, "--store DB says which store, -o DIR where to");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = {
	{&options_store_argp, 0, NULL, 0}, {&options_output_argp, 0, NULL, 0}, {&options_message_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
	NULL, parse, "--store DB -o DIR",
	"Writes an edition of a store as csv files into DIR, with a datapackage.json (Frictionless Data Package) that describes them.\v"
	"Files: reviews, review_theme, year_theme, themes, archives, faults. Missing values are empty.\n\n"
	"Examples:\n  themetally export --store reviews.db -o export/\n", children, NULL, NULL};

/* One file. Columns whose names stand in `text` are text, the others numbers. */
static const struct resource_sql {
	const char *name, *description, *sql, *key;
} resources[] = {
	{"reviews", "One row per record found: reviews, reports and other text", "SELECT * FROM reviews WHERE edition = ? ORDER BY archive, byte_offset, record, ordinal", "id"},
	{"review_theme", "One row per review and theme found in it", "SELECT * FROM review_theme WHERE edition = ? ORDER BY review, theme", NULL},
	{"year_theme", "Counts per year of publication and theme; duplicates count once; year 0 is unknown", "SELECT * FROM year_theme WHERE edition = ? ORDER BY year, theme", NULL},
	{"themes", "The themes of the lexicon", "SELECT number, code, label, description, parent, negatable FROM theme WHERE edition = ? ORDER BY number", "number"},
	{"archives", "The archives read", "SELECT id, path, bytes, lower(hex(sha256)) AS sha256, outcome, units_sealed, units_refused, members, members_skipped,"
	                                  " decoded_bytes, replaced, reviews, counted_at FROM archive WHERE edition = ? ORDER BY path", "id"},
	{"faults", "What was refused or skipped", "SELECT a.path AS archive, f.member, f.skipped, f.reason, f.packed_offset, f.byte_offset, f.line, f.message"
	                                          " FROM fault f JOIN archive a ON a.id = f.archive WHERE a.edition = ? ORDER BY a.path, f.number", NULL},
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

static json_t *describe(const struct resource_sql *r, sqlite3_stmt *q)
{
	json_t *fields = json_array();
	for (int i = 0; i < sqlite3_column_count(q); i++) {
		const char *name = sqlite3_column_name(q, i);
		json_array_append_new(fields, json_pack("{s:s,s:s}", "name", name, "type",
		                                        is_text(name) ? "string" : strcmp(name, "share") == 0 ? "number" : "integer"));
	}
	json_t *schema = json_pack("{s:o,s:[s]}", "fields", fields, "missingValues", "");
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
		for (int i = 0; i < columns; i++) {
			const char *name = sqlite3_column_name(q, i);
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
		free(shapes);
		json_array_append_new(list, describe(r, q));
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

int cmd_export(int argc, char **argv)
{
	struct options o;
	struct edition e;
	options_init(&o);
	if (options_parse(&argp, argc, argv, &o) != 0)
		return STATUS_USAGE;
	struct store *s = store_open(o.store, STORE_READ);
	int failed = s && store_run(s, "BEGIN") == 0 ? 0 : -1, found = failed ? -1 : store_find_edition(s, o.edition, &e);
	if (found == 0)
		message_error("%s holds no such edition; 'themetally status' lists them", o.store);
	if (found == 1 && mkdir(o.output, 0777) != 0 && errno != EEXIST) {
		message_error("cannot make %s: %s", o.output, strerror(errno));
		found = -1;
	}
	json_t *list = json_array();
	for (size_t i = 0; i < sizeof resources / sizeof *resources && found == 1 && !failed; i++)
		failed = write_resource(s, e.id, o.output, &resources[i], o.excel, list);
	failed = failed || (s && !store_is_sound(s)) ? -1 : 0;
	if (found == 1 && !failed)
		failed = write_description(o.output, &e, list);
	else
		json_decref(list);
	store_close(s);
	options_release(&o);
	return found == 0 ? STATUS_USAGE : found < 0 || failed ? STATUS_CANNOT_RUN : STATUS_DONE;
}
