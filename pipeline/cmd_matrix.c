/* themetally matrix: one row per review and theme found in it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/command.h"
#include "pipeline/json.h"
#include "pipeline/session.h"

struct arguments {
	struct options common;
	bool wide;
};

static const struct argp_option own[] = {
	{"wide", 'w', NULL, 0, "One row per review and one column of mentions per theme", 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	if (key == 'w') {
		a->wide = true;
		return 0;
	}
	if (key == ARGP_KEY_END)
		options_need_input(state, &a->common);
	return options_common_key(key, arg, state, &a->common, OPTIONS_ALL);
}

static const struct argp argp = {
	own, parse, "PATH...\n--store DB",
	"The case-by-theme matrix: one row per review and theme found in it.\v"
	"A review without any theme still has a row (csv: with an empty theme). With --format jsonl, one object per review.\n\n"
	"Examples:\n"
	"  themetally matrix --wide digests/ -o cases.csv\n"
	"  themetally matrix --wide --format sav digests/ -o cases.sav     (for SPSS)\n"
	"  themetally matrix --format jsonl digests/\n",
	options_all, NULL, NULL};

static void text_year(struct table *t, int year)
{
	if (year)
		table_number(t, year);
	else
		table_text(t, "unknown");
}

/* The five columns that every form begins with. */
static void put_review(struct table *t, const char *id, const struct review_row *row)
{
	table_text(t, id);
	text_year(t, row->published.year);
	text_year(t, row->incident.year);
	table_text(t, review_kind_word(row->kind));
	table_number(t, (int64_t)row->words);
}

static const struct column long_columns[] = {
	{"review", COLUMN_TEXT}, {"published_year", COLUMN_NUMBER}, {"incident_year", COLUMN_NUMBER}, {"kind", COLUMN_WORD},
	{"words", COLUMN_NUMBER}, {"theme", COLUMN_WORD}, {"mentions", COLUMN_NUMBER}, {"mentions_negated", COLUMN_NUMBER},
	{"sentences", COLUMN_NUMBER}};

static void put_long(struct table *t, const struct session *s, const char *id, const struct review_row *row)
{
	bool any = false;
	for (size_t i = 0; i < row->tally_count; i++)
		any |= s->shown[row->tallies[i].theme];
	for (size_t i = 0; i < row->tally_count || (i == 0 && !any); i++) {
		const struct theme_tally *tally = any ? &row->tallies[i] : NULL;
		if (tally && !s->shown[tally->theme])
			continue;
		put_review(t, id, row);
		table_text(t, tally ? s->lexicon->themes[tally->theme].code : "");
		table_number(t, tally ? tally->mentions : 0);
		table_number(t, tally ? tally->negated : 0);
		table_number(t, tally ? tally->sentences : 0);
		table_end_row(t);
		if (!any)
			return;
	}
}

static void put_wide(struct table *t, const struct session *s, const char *id, const struct review_row *row)
{
	put_review(t, id, row);
	for (size_t theme = 0, i = 0; theme < s->lexicon->theme_count; theme++) {
		bool here = i < row->tally_count && row->tallies[i].theme == theme;
		if (s->shown[theme])
			table_number(t, here ? row->tallies[i].mentions : 0);
		i += here;
	}
	table_end_row(t);
}

static void put_year(struct buf *b, const char *name, int year)
{
	if (year)
		buf_printf(b, ",\"%s\":%d", name, year);
	else
		buf_printf(b, ",\"%s\":null", name);
}

static void put_object(FILE *file, struct buf *b, const struct session *s, const char *id, const struct review_row *row)
{
	buf_clear(b);
	buf_append_str(b, "{\"review\":");
	json_append_string(b, id, strlen(id));
	put_year(b, "published_year", row->published.year);
	put_year(b, "incident_year", row->incident.year);
	buf_printf(b, ",\"kind\":\"%s\",\"words\":%" PRIu64 ",\"themes\":{", review_kind_word(row->kind), row->words);
	const char *comma = "";
	for (size_t i = 0; i < row->tally_count; i++) {
		if (!s->shown[row->tallies[i].theme])
			continue;
		buf_printf(b, "%s\"%s\":{\"mentions\":%" PRIu32 ",\"negated\":%" PRIu32 ",\"sentences\":%" PRIu32 "}", comma,
		           s->lexicon->themes[row->tallies[i].theme].code, row->tallies[i].mentions, row->tallies[i].negated,
		           row->tallies[i].sentences);
		comma = ",";
	}
	buf_append_str(b, "}}\n");
	fwrite(b->data, 1, b->length, file);
}

static void print_matrix(FILE *file, struct session *s, void *context)
{
	const struct arguments *a = context;
	const struct options *o = &a->common;
	const struct lexicon *lexicon = s->lexicon;
	bool objects = o->format == FORMAT_JSONL && !a->wide;
	size_t column_count = sizeof long_columns / sizeof *long_columns;
	struct column *columns = mem_calloc(5 + lexicon->theme_count + 4, sizeof *columns);
	memcpy(columns, long_columns, sizeof long_columns);
	if (a->wide) {
		column_count = 5;
		for (size_t i = 0; i < lexicon->theme_count; i++)
			if (s->shown[i])
				columns[column_count++] = (struct column){lexicon->themes[i].code, COLUMN_NUMBER};
	}
	struct table *t = objects ? NULL : table_new(file, o->format, !o->no_header, o->excel, columns, column_count);
	for (size_t i = 0, at = 5; i < lexicon->theme_count && a->wide; i++)
		if (s->shown[i])
			table_label(t, at++, lexicon->themes[i].label);
	struct ledger_cursor *c = ledger_begin(s->ledger);
	struct ledger_row r;
	struct buf id = BUF_INIT, line = BUF_INIT;
	while (ledger_next(c, &r)) {
		if ((r.duplicate && !o->all_duplicates) || !options_selects(o, r.row))
			continue;
		buf_clear(&id);
		row_append_id(&id, r.archive, r.row);
		if (objects)
			put_object(file, &line, s, id.data, r.row);
		else
			(a->wide ? put_wide : put_long)(t, s, id.data, r.row);
	}
	ledger_end(c);
	if (t)
		table_finish(t);
	buf_release(&id);
	buf_release(&line);
	free(columns);
}

int cmd_matrix(int argc, char **argv)
{
	struct arguments a = {0};
	struct session s = {0};
	options_init(&a.common);
	enum exit_status status = options_parse_into(&argp, argc, argv, &a, &a.common) ? STATUS_USAGE : session_open(&s, &a.common, NEED_THEMES);
	if (status == STATUS_DONE)
		status = session_run(&s, NULL, 0);
	status = session_print(&s, status, print_matrix, &a);
	status = session_close(&s, status);
	options_release(&a.common);
	return status;
}
