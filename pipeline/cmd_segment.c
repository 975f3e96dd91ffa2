/* themetally segment: one row per review found. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/command.h"
#include "pipeline/session.h"
#include "pipeline/walk.h"

struct arguments {
	struct options common;
	bool explain;
};

static const struct argp_option own[] = {
	{"explain", 'e', NULL, 0, "Print which layout was chosen for each document and which rule claimed each line", 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	if (key == 'e') {
		a->explain = true;
		return 0;
	}
	if (key == ARGP_KEY_END)
		options_need_input(state, &a->common);
	return options_common_key(key, arg, state, &a->common, 5);
}

static const struct argp_child children[] = {
	{&options_select_argp, 0, NULL, 0}, {&options_input_argp, 0, NULL, 0}, {&options_store_argp, 0, NULL, 0}, {&options_output_argp, 0, NULL, 0},
	{&options_run_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	own, parse, "PATH...\n--store DB",
	"Lists the reviews found in archives: identity, place, dates with the rule that gave them, facets, duplicates.\v"
	"Records of every kind and every duplicate are listed unless --kind or --duplicates narrow it.\n\n"
	"Examples:\n"
	"  themetally segment --format jsonl digests/\n"
	"  themetally segment --layout board.layout --explain digest.txt\n",
	children, NULL, NULL};

static const struct column columns[] = {
	{"review", COLUMN_TEXT}, {"archive", COLUMN_TEXT | COLUMN_SPARE}, {"member", COLUMN_TEXT | COLUMN_SPARE}, {"ordinal", COLUMN_NUMBER | COLUMN_SPARE}, {"offset", COLUMN_NUMBER | COLUMN_SPARE},
	{"length", COLUMN_NUMBER | COLUMN_SPARE}, {"first_line", COLUMN_NUMBER | COLUMN_SPARE}, {"last_line", COLUMN_NUMBER | COLUMN_SPARE}, {"kind", COLUMN_WORD},
	{"title", COLUMN_TEXT}, {"section", COLUMN_TEXT | COLUMN_SPARE}, {"board", COLUMN_TEXT}, {"child", COLUMN_TEXT},
	{"published_year", COLUMN_NUMBER}, {"published_month", COLUMN_NUMBER | COLUMN_SPARE}, {"published_rule", COLUMN_WORD | COLUMN_SPARE},
	{"published_text", COLUMN_TEXT | COLUMN_SPARE}, {"published_conflict", COLUMN_TEXT | COLUMN_SPARE}, {"incident_year", COLUMN_NUMBER},
	{"incident_month", COLUMN_NUMBER | COLUMN_SPARE}, {"incident_rule", COLUMN_WORD | COLUMN_SPARE}, {"incident_text", COLUMN_TEXT | COLUMN_SPARE},
	{"incident_conflict", COLUMN_TEXT | COLUMN_SPARE}, {"months_to_publication", COLUMN_NUMBER | COLUMN_SPARE}, {"outcome", COLUMN_WORD},
	{"age_months", COLUMN_NUMBER | COLUMN_SPARE},
	{"age_band", COLUMN_WORD}, {"gender", COLUMN_WORD}, {"method", COLUMN_TEXT | COLUMN_SPARE}, {"recommendations", COLUMN_NUMBER | COLUMN_SPARE},
	{"words", COLUMN_NUMBER}, {"duplicate_of", COLUMN_TEXT}, {"duplicate_reason", COLUMN_WORD | COLUMN_SPARE}, {"similarity", COLUMN_NUMBER | COLUMN_SPARE},
	{"fingerprint", COLUMN_WORD | COLUMN_SPARE}, {"layout", COLUMN_WORD | COLUMN_SPARE}};

/* Unknown values are empty, null in JSON. */
static void text_or_empty(struct table *t, const char *s)
{
	if (*s)
		table_text(t, s);
	else
		table_empty(t);
}

static void number_or_empty(struct table *t, int n, int unknown)
{
	if (n != unknown)
		table_number(t, n);
	else
		table_empty(t);
}

/* Where both months are known and the first is not the later one; else -1. */
static int months_between(const struct dating *from, const struct dating *to)
{
	int months = 12 * (to->year - from->year) + to->month - from->month;
	return from->year && from->month && to->year && to->month && months >= 0 ? months : -1;
}

static void put_row(struct table *t, struct ledger *ledger, const struct ledger_row *r, const char *id)
{
	const struct review_row *row = r->row;
	char fingerprint[33];
	for (size_t i = 0; i < sizeof row->fingerprint; i++)
		snprintf(fingerprint + 2 * i, 3, "%02x", row->fingerprint[i]);
	table_text(t, id);
	table_text(t, r->archive);
	table_text(t, row->member);
	table_number(t, row->ordinal);
	table_number(t, (int64_t)row->offset);
	table_number(t, (int64_t)row->length);
	table_number(t, (int64_t)row->first_line);
	table_number(t, (int64_t)row->last_line);
	table_text(t, review_kind_word(row->kind));
	text_or_empty(t, row->title);
	text_or_empty(t, row->section);
	text_or_empty(t, row->board);
	text_or_empty(t, row->child);
	number_or_empty(t, row->published.year, 0);
	number_or_empty(t, row->published.month, 0);
	text_or_empty(t, row->published.rule);
	text_or_empty(t, row->published.text);
	text_or_empty(t, row->published.conflict);
	number_or_empty(t, row->incident.year, 0);
	number_or_empty(t, row->incident.month, 0);
	text_or_empty(t, row->incident.rule);
	text_or_empty(t, row->incident.text);
	text_or_empty(t, row->incident.conflict);
	number_or_empty(t, months_between(&row->incident, &row->published), -1);
	text_or_empty(t, row->outcome == OUTCOME_UNKNOWN ? "" : outcome_word(row->outcome));
	number_or_empty(t, row->age_months, -1);
	text_or_empty(t, row->age_band == AGE_UNKNOWN ? "" : age_band_word(row->age_band));
	text_or_empty(t, row->gender == GENDER_UNKNOWN ? "" : gender_word(row->gender));
	text_or_empty(t, row->method);
	number_or_empty(t, row->recommendations, -1);
	table_number(t, (int64_t)row->words);
	if (r->duplicate) {
		table_text(t, ledger_original_id(ledger, r->duplicate->of));
		table_text(t, duplicate_reason_word(r->duplicate->reason));
		table_real(t, r->duplicate->similarity, 2);
	} else {
		table_empty(t);
		table_empty(t);
		table_empty(t);
	}
	table_text(t, fingerprint);
	table_text(t, row->layout);
	table_end_row(t);
}

static void print_reviews(FILE *file, struct session *s, void *context)
{
	const struct options *o = s->options;
	struct table *t = table_new(file, o->format, !o->no_header, o->excel, columns, sizeof columns / sizeof *columns);
	struct ledger_cursor *c = ledger_begin(s->ledger);
	struct ledger_row r;
	struct buf id = BUF_INIT;
	(void)context;
	while (ledger_next(c, &r)) {
		if ((r.duplicate && !o->all_duplicates) || !options_selects(o, r.row))
			continue;
		buf_clear(&id);
		row_append_id(&id, r.archive, r.row);
		put_row(t, s->ledger, &r, id.data);
	}
	ledger_end(c);
	table_finish(t);
	buf_release(&id);
}

/* ---- --explain ---- */

struct explaining {
	FILE *file;
	struct cutter *cutter;
	struct buf text;
};

static void explain_document(void *context, const char *archive, const struct member *member, const struct document *document)
{
	struct explaining *e = context;
	buf_clear(&e->text);
	buf_printf(&e->text, "== %s%s%s\n", archive, *member->name ? ":" : "", member->name);
	cutter_explain(e->cutter, document, archive, member->file_name, &e->text);
	fwrite(e->text.data, 1, e->text.length, e->file);
}

static void explain_archives(FILE *file, struct session *s, void *context)
{
	struct explaining e = {file, cutter_new(s->segmenter), BUF_INIT};
	(void)context;
	walk_documents(s, explain_document, &e);
	cutter_free(e.cutter);
	buf_release(&e.text);
}

int cmd_segment(int argc, char **argv)
{
	struct arguments a = {0};
	struct session s = {0};
	options_init(&a.common);
	a.common.kinds = (1u << KIND_COUNT) - 1;
	a.common.all_duplicates = true;
	enum exit_status status = options_parse_into(&argp, argc, argv, &a, &a.common) ? STATUS_USAGE : session_open(&s, &a.common, NEED_REVIEWS);
	if (a.explain) {
		status = session_print(&s, status, explain_archives, NULL);
	} else {
		if (status == STATUS_DONE)
			status = session_run(&s, NULL, 0);
		status = session_print(&s, status, print_reviews, NULL);
	}
	status = session_close(&s, status);
	options_release(&a.common);
	return status;
}
