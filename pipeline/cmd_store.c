/* themetally status, verify, changes and drop: small commands over a store. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/command.h"
#include "pipeline/output.h"
#include "pipeline/session.h"
#include "pipeline/store_sql.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	return options_over_store_key(key, state, state->input, NULL);
}


static const struct argp status_argp = {
	NULL, parse, "--store DB",
	"Lists the editions of a store: lexicon, when it was made and last changed, archives, reviews, faults.\v"
	"Examples:\n  themetally status --store reviews.db\n", options_over_store, NULL, NULL};
static const struct argp verify_argp = {
	NULL, parse, "--store DB",
	"Recomputes every derived number of a store from its reviews and checks the file. Exit status 0: all is right; 3: something is not.\v"
	"What is wrong is put right by 'themetally repair', which makes the store again from its archives.\n\n"
	"Examples:\n  themetally verify --store reviews.db\n", options_over_store, NULL, NULL};

static const struct column status_columns[] = {
	{"edition", COLUMN_NUMBER}, {"lexicon", COLUMN_TEXT}, {"version", COLUMN_TEXT}, {"nested", COLUMN_WORD}, {"created", COLUMN_WORD},
	{"last_run", COLUMN_WORD}, {"settled", COLUMN_WORD}, {"archives", COLUMN_NUMBER}, {"reviews", COLUMN_NUMBER}, {"duplicates", COLUMN_NUMBER},
	{"faults", COLUMN_NUMBER}};

static int print_status(struct store *s, const struct options *o, FILE *file)
{
	int result;
	sqlite3_stmt *q = store_prepare(
		s, "SELECT e.id, e.lexicon_name, e.lexicon_version, e.nested, e.created, (SELECT max(at) FROM run WHERE edition = e.id AND at <> ''), e.settled,"
		   " (SELECT count(*) FROM archive WHERE edition = e.id),"
		   " (SELECT count(*) FROM review r JOIN archive a ON a.id = r.archive WHERE a.edition = e.id AND r.kind = 0),"
		   " (SELECT count(*) FROM review r JOIN archive a ON a.id = r.archive WHERE a.edition = e.id AND r.duplicate_of IS NOT NULL),"
		   " (SELECT count(*) FROM fault f JOIN archive a ON a.id = f.archive WHERE a.edition = e.id)"
		   " FROM edition e WHERE ?1 = 0 OR e.id = ?1 ORDER BY e.id");
	if (!q)
		return -1;
	sqlite3_bind_int64(q, 1, o->edition);
	struct table *t = table_new(file, o->format, !o->no_header, o->excel, status_columns, sizeof status_columns / sizeof *status_columns);
	while ((result = store_next(s, q)) == 1) {
		table_number(t, sqlite3_column_int64(q, 0));
		for (int i = 1; i < 6; i++)
			table_text(t, store_text(q, i));
		table_text(t, sqlite3_column_int(q, 6) ? "yes" : "no");
		for (int i = 7; i < 11; i++)
			table_number(t, sqlite3_column_int64(q, i));
		table_end_row(t);
	}
	table_finish(t);
	sqlite3_finalize(q);
	return result;
}

int cmd_status(int argc, char **argv)
{
	struct options o;
	struct output out;
	options_init(&o);
	enum exit_status status = STATUS_CANNOT_RUN;
	if (options_parse(&status_argp, argc, argv, &o) != 0)
		return STATUS_USAGE;
	struct store *s = store_open(o.store, STORE_READ);
	if (s && output_open(&out, o.output) == 0) {
		int failed = print_status(s, &o, out.file);
		if (output_commit(&out) == 0 && !failed && store_is_sound(s))
			status = STATUS_DONE;
	}
	store_close(s);
	options_release(&o);
	return status;
}

/* ---- changes ---- */

struct changes_arguments {
	struct options common;
	const char *since;
};

static const struct argp_option changes_own[] = {
	{"since", 's', "DATE", 0, "Only runs at or after DATE (2026-11-20, or with a time: 2026-11-20T03:00:00Z)", 0}, {0}};

static error_t parse_changes(int key, char *arg, struct argp_state *state)
{
	struct changes_arguments *a = state->input;
	if (key == 's') {
		if (strspn(arg, "0123456789-") < 10 || arg[4] != '-' || arg[7] != '-')
			argp_error(state, "--since takes a date such as 2026-11-20, not '%s'", arg);
		a->since = arg;
		return 0;
	}
	return options_over_store_key(key, state, &a->common, NULL);
}

static const struct argp changes_argp = {
	changes_own, parse_changes, "--store DB [--since DATE]",
	"Lists, run by run, which published numbers moved and what moved them.\v"
	"One row per run, year and theme: reviews and mentions before and after. from_new, from_changed, from_gone and from_duplicates divide the difference of "
	"reviews by its cause (empty where the run was interrupted and gone on with); why counts the archives, the reviews in them that were dated anew, and "
	"names a new edition: a changed lexicon makes one, and its first run has everything in it.\n\n"
	"Examples:\n  themetally changes --store reviews.db --since 2026-11-01\n", options_over_store, NULL, NULL};

static const struct column changes_columns[] = {
	{"at", COLUMN_WORD}, {"edition", COLUMN_NUMBER}, {"year", COLUMN_WORD}, {"theme", COLUMN_WORD}, {"reviews_before", COLUMN_NUMBER},
	{"reviews_after", COLUMN_NUMBER}, {"mentions_before", COLUMN_NUMBER}, {"mentions_after", COLUMN_NUMBER},
	{"from_new", COLUMN_NUMBER}, {"from_changed", COLUMN_NUMBER}, {"from_gone", COLUMN_NUMBER}, {"from_duplicates", COLUMN_NUMBER}, {"why", COLUMN_TEXT}};

static int print_changes(struct store *s, const struct changes_arguments *a, FILE *file)
{
	const struct options *o = &a->common;
	int result;
	sqlite3_stmt *q = store_prepare(
		s, "WITH w AS (SELECT r.id, r.at, r.edition, CASE WHEN r.id = (SELECT min(id) FROM run WHERE edition = r.edition)"
		   " THEN 'new edition (' || e.lexicon_name || ' ' || e.lexicon_version || '), ' ELSE '' END"
		   " || coalesce((SELECT group_concat(n || ' ' || what || CASE WHEN redated THEN ' (' || redated || ' reviews dated anew)' ELSE '' END, ', ')"
		   " FROM (SELECT what, count(*) AS n, sum(redated) AS redated FROM run_archive WHERE run = r.id GROUP BY what ORDER BY what)),"
		   " 'settled anew') AS why FROM run r JOIN edition e ON e.id = r.edition WHERE r.at >= ?1 AND r.at <> '' AND (?2 = 0 OR r.edition = ?2))"
		   " SELECT w.at, w.edition, CASE c.year WHEN 0 THEN 'unknown' ELSE c.year END, h.code, c.reviews_before, c.reviews_after, c.mentions_before,"
		   " c.mentions_after, c.from_new, c.from_changed, c.from_gone, c.from_duplicates, w.why"
		   " FROM w JOIN run_change c ON c.run = w.id JOIN theme h ON h.edition = w.edition AND h.number = c.theme ORDER BY w.id, c.year, c.theme");
	if (!q)
		return -1;
	store_bind_text(q, 1, a->since ? a->since : "", false);
	sqlite3_bind_int64(q, 2, o->edition);
	struct table *t = table_new(file, o->format, !o->no_header, o->excel, changes_columns, sizeof changes_columns / sizeof *changes_columns);
	while ((result = store_next(s, q)) == 1) {
		table_text(t, store_text(q, 0));
		table_number(t, sqlite3_column_int64(q, 1));
		table_text(t, store_text(q, 2));
		table_text(t, store_text(q, 3));
		for (int i = 4; i < 12; i++)
			if (sqlite3_column_type(q, i) == SQLITE_NULL)
				table_empty(t);
			else
				table_number(t, sqlite3_column_int64(q, i));
		table_text(t, store_text(q, 12));
		table_end_row(t);
	}
	table_finish(t);
	sqlite3_finalize(q);
	return result;
}

int cmd_changes(int argc, char **argv)
{
	struct changes_arguments a = {0};
	struct output out;
	options_init(&a.common);
	enum exit_status status = STATUS_CANNOT_RUN;
	if (options_parse_into(&changes_argp, argc, argv, &a, &a.common) != 0)
		return STATUS_USAGE;
	struct store *s = store_open(a.common.store, STORE_READ);
	if (s && output_open(&out, a.common.output) == 0) {
		int failed = print_changes(s, &a, out.file);
		if (output_commit(&out) == 0 && !failed && store_is_sound(s))
			status = STATUS_DONE;
	}
	store_close(s);
	options_release(&a.common);
	return status;
}

int cmd_verify(int argc, char **argv)
{
	struct options o;
	options_init(&o);
	if (options_parse(&verify_argp, argc, argv, &o) != 0)
		return STATUS_USAGE;
	struct store *s = store_open(o.store, STORE_READ);
	int64_t wrong = s && store_run(s, "BEGIN") == 0 ? store_verify(s) : -1;
	if (wrong == 0 && !o.quiet)
		message_note("%s: every derived number is what its reviews give, and the file is whole", o.store);
	store_close(s);
	options_release(&o);
	return wrong == 0 ? STATUS_DONE : STATUS_CANNOT_RUN;
}

/* ---- drop ---- */

static error_t parse_drop(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	if (key == ARGP_KEY_END && o->store && o->edition == 0)
		argp_error(state, "--edition N says which edition; 'themetally status' lists them");
	return parse(key, arg, state);
}

static const struct argp_child drop_children[] = {{&options_store_argp, 0, NULL, 0}, {&options_message_argp, 0, NULL, 0}, {0}};
static const struct argp drop_argp = {
	NULL, parse_drop, "--store DB --edition N",
	"Takes an edition out of a store: all that was counted under one lexicon.\v"
	"An update under that lexicon would count it again. The room it took is used by what comes next; to give it back to the disk, "
	"copy the store with 'VACUUM INTO'.\n\n"
	"Examples:\n  themetally drop --store reviews.db --edition 1\n", drop_children, NULL, NULL};

int cmd_drop(int argc, char **argv)
{
	struct options o;
	struct edition e;
	options_init(&o);
	enum exit_status status = STATUS_CANNOT_RUN;
	if (options_parse(&drop_argp, argc, argv, &o) != 0)
		return STATUS_USAGE;
	struct store *s = access(o.store, F_OK) == 0 ? store_open(o.store, STORE_WRITE) : store_open(o.store, STORE_READ); /* never makes one */
	int found = s ? store_find_edition(s, o.edition, &e) : -1;
	if (found == 0) {
		message_error("%s holds no such edition; 'themetally status' lists them", o.store);
		status = STATUS_USAGE;
	} else if (found == 1 && store_drop_edition(s, e.id) == 0) {
		status = STATUS_DONE;
	}
	store_close(s);
	options_release(&o);
	return status;
}
