/* themetally evaluate: how well the program agrees with human coding. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/command.h"
#include "pipeline/evaluate.h"
#include "pipeline/json.h"
#include "pipeline/leave_out.h"
#include "pipeline/session.h"

enum part { PART_THEMES, PART_REVIEWS, PART_DIFFERENCES, PART_COUNT };

struct arguments {
	struct options common;
	const char *gold_path, *codes_path;
	bool kwic, leave_one_out, part_chosen, failed;
	enum part part;
	unsigned context;
	size_t folds;
	struct gold gold;
	struct evaluation *evaluation;
};

enum { KEY_GOLD = 0x300, KEY_CODES, KEY_KWIC, KEY_PART, KEY_CONTEXT, KEY_LEAVE_ONE_OUT, KEY_FOLDS };

static const struct argp_option own[] = {
	{"gold", KEY_GOLD, "FILE", 0, "The human coding: JSON lines of coded reviews, or a csv of phrases judged one by one (required)", 0},
	{"codes", KEY_CODES, "FILE", 0, "Theme codes that the coders used, first column of a tab-separated file (default: themes.tsv beside the "
	                                "gold if there is one, else the codes that occur in it)", 0},
	{"kwic", KEY_KWIC, NULL, 0, "Show what to work on: false hits with their phrases in context, misses, wrong dates", 0},
	{"leave-one-out", KEY_LEAVE_ONE_OUT, NULL, 0, "Add the figures of each review coded without the entries that stand in no other review or document of the "
	                                              "run (columns left_out_precision, left_out_recall, left_out_f1, left_out_kappa)", 0},
	{"folds", KEY_FOLDS, "N", 0, "As --leave-one-out, but N-fold: the coded reviews are dealt out to N folds, and each is coded without the "
	                             "entries that stand nowhere outside its fold", 0},
	{"context", KEY_CONTEXT, "N", 0, "Characters on each side of a phrase (default 60)", 0},
	{"part", KEY_PART, "PART", 0, "themes, reviews (how they were cut and dated) or differences (as --kwic). Formats csv, tsv and jsonl hold one "
	                              "part, by default themes; the others all", 0},
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const char *const parts[PART_COUNT] = {"themes", "reviews", "differences"};
	struct arguments *a = state->input;
	char *end;
	switch (key) {
	case KEY_GOLD: a->gold_path = arg; return 0;
	case KEY_CODES: a->codes_path = arg; return 0;
	case KEY_KWIC: a->kwic = true; return 0;
	case KEY_LEAVE_ONE_OUT: a->leave_one_out = true; return 0;
	case KEY_FOLDS: {
		unsigned long n = strtoul(arg, &end, 10);
		if (!*arg || *end || *arg == '-' || n < 2 || n > 10000)
			argp_error(state, "--folds takes a number from 2 to 10000, not '%s'", arg);
		a->folds = n;
		a->leave_one_out = true;
		return 0;
	}
	case KEY_CONTEXT: {
		unsigned long n = strtoul(arg, &end, 10);
		if (!*arg || *end || *arg == '-' || n > 10000)
			argp_error(state, "--context takes a number up to 10000, not '%s'", arg);
		a->context = (unsigned)n;
		return 0;
	}
	case KEY_PART:
		for (int i = 0; i < PART_COUNT; i++)
			if (strcmp(arg, parts[i]) == 0) {
				a->part = (enum part)i;
				a->part_chosen = true;
				return 0;
			}
		argp_error(state, "--part: '%s' is not one of themes, reviews, differences", arg);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "say which archives to read: those that were coded");
		return 0;
	case ARGP_KEY_END:
		if (!a->gold_path)
			argp_error(state, "--gold FILE is needed: the human coding to measure against");
		return 0;
	}
	return options_common_key(key, arg, state, &a->common, 4);
}

static const struct argp_child children[] = {
	{&options_lexicon_argp, 0, NULL, 0}, {&options_input_argp, 0, NULL, 0}, {&options_output_argp, 0, NULL, 0},
	{&options_run_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	own, parse, "--gold FILE PATH...",
	"Agreement with human coding: precision, recall, F1 and Cohen's kappa per theme and overall, and how many reviews were cut and dated as the "
	"coders did.\v"
	"A theme counts as present in a review that has an affirmed mention of it. What the coders dispute is left out. The files and "
	"their columns are described in docs/lexicon.md.\n\n"
	"Examples:\n"
	"  themetally evaluate --gold coded.jsonl digests/\n"
	"  themetally evaluate --gold coded.jsonl --kwic digests/ -o work-on.csv\n"
	"  themetally kwic --coding --sample 20 digests/ -o judge.csv\n"
	"  themetally evaluate --gold judge.csv digests/     (its verdicts filled in)\n",
	children, NULL, NULL};

/* ---- the parts ---- */

static const struct column theme_columns[] = {
	{"theme", COLUMN_WORD}, {"present", COLUMN_NUMBER}, {"found", COLUMN_NUMBER}, {"true_positive", COLUMN_NUMBER},
	{"false_positive", COLUMN_NUMBER}, {"false_negative", COLUMN_NUMBER}, {"disputed", COLUMN_NUMBER}, {"precision", COLUMN_NUMBER},
	{"recall", COLUMN_NUMBER}, {"f1", COLUMN_NUMBER}, {"kappa", COLUMN_NUMBER}, {"denied", COLUMN_NUMBER}, {"denied_found", COLUMN_NUMBER},
	{"left_out_precision", COLUMN_NUMBER}, {"left_out_recall", COLUMN_NUMBER}, {"left_out_f1", COLUMN_NUMBER},
	{"left_out_kappa", COLUMN_NUMBER}};
enum { LEFT_OUT_COLUMNS = 4 };

static void put_cells(struct table *t, const char *name, const struct agreement *a, uint64_t disputed)
{
	table_text(t, name);
	table_number(t, (int64_t)(a->true_positive + a->false_negative));
	table_number(t, (int64_t)(a->true_positive + a->false_positive));
	table_number(t, (int64_t)a->true_positive);
	table_number(t, (int64_t)a->false_positive);
	table_number(t, (int64_t)a->false_negative);
	table_number(t, (int64_t)disputed);
	table_real(t, agreement_precision(a), 3);
	table_real(t, agreement_recall(a), 3);
	table_real(t, agreement_f1(a), 3);
	table_real(t, agreement_kappa(a), 3);
}

static void put_left_out(struct table *t, const struct agreement *a)
{
	table_real(t, agreement_precision(a), 3);
	table_real(t, agreement_recall(a), 3);
	table_real(t, agreement_f1(a), 3);
	table_real(t, agreement_kappa(a), 3);
}

static void put_themes(struct table *t, const struct arguments *args)
{
	const struct evaluation *e = args->evaluation;
	uint64_t disputed = 0, denied = 0, denied_found = 0;
	for (size_t i = 0; i < e->gold->theme_count; i++) {
		const struct theme_score *score = &e->themes[i];
		put_cells(t, e->gold->themes[i], &score->cells, score->disputed);
		table_number(t, (int64_t)score->denied);
		table_number(t, (int64_t)score->denied_found);
		if (args->leave_one_out)
			put_left_out(t, &score->left_out);
		table_end_row(t);
		disputed += score->disputed;
		denied += score->denied;
		denied_found += score->denied_found;
	}
	put_cells(t, "(all cells)", &e->all, disputed);
	table_number(t, (int64_t)denied);
	table_number(t, (int64_t)denied_found);
	if (args->leave_one_out)
		put_left_out(t, &e->all_left_out);
	table_end_row(t);
	table_text(t, "(mean of themes)");
	for (int i = 0; i < 8; i++)
		table_empty(t);
	table_real(t, e->macro_f1, 3);
	for (int i = 0; i < 3 + (args->leave_one_out ? LEFT_OUT_COLUMNS : 0); i++)
		table_empty(t);
	table_end_row(t);
}

static const struct column review_columns[] = {
	{"measure", COLUMN_WORD}, {"right", COLUMN_NUMBER}, {"of", COLUMN_NUMBER}, {"share", COLUMN_NUMBER}, {"meaning", COLUMN_WORD}};

static void put_measures(struct table *t, const struct arguments *args)
{
	const struct evaluation *e = args->evaluation;
	for (int i = 0; i < MEASURE_COUNT; i++) {
		const struct measure *m = &e->measures[i];
		table_text(t, m->name);
		table_number(t, (int64_t)m->right);
		table_number(t, (int64_t)m->of);
		table_real(t, m->of ? (double)m->right / (double)m->of : NAN, 3);
		table_text(t, m->meaning);
		table_end_row(t);
	}
	table_text(t, "other_reviews");
	table_number(t, (int64_t)e->other_reviews);
	table_empty(t);
	table_empty(t);
	table_text(t, "reviews in these files that the gold does not have: false ones if it has all");
	table_end_row(t);
}

static const struct column difference_columns[] = {
	{"item", COLUMN_TEXT}, {"what", COLUMN_WORD}, {"difference", COLUMN_WORD}, {"left", COLUMN_TEXT}, {"match", COLUMN_TEXT},
	{"right", COLUMN_TEXT}, {"entry", COLUMN_TEXT}};

static void put_differences(struct table *t, const struct arguments *args)
{
	const struct evaluation *e = args->evaluation;
	static const char *const kinds[] = {
		[FALSE_HIT] = "false hit", [MISS] = "miss", [MISS_NEGATED] = "taken for a denial", [WRONG_VALUE] = "gold, program",
		[NOT_FOUND] = "not found"};
	for (size_t i = 0; i < e->difference_count; i++) {
		const struct difference *d = &e->differences[i];
		table_text(t, e->gold->review_count ? e->gold->reviews[d->item].id : e->gold->phrases[d->item].review);
		table_text(t, d->what);
		table_text(t, kinds[d->kind]);
		table_text(t, d->left);
		table_text(t, d->match);
		table_text(t, d->right);
		table_text(t, d->entry);
		table_end_row(t);
	}
}

static const struct {
	const char *name, *title;
	const struct column *columns;
	size_t column_count;
	void (*put)(struct table *t, const struct arguments *args);
} parts[PART_COUNT] = {
	{"themes", "Themes", theme_columns, sizeof theme_columns / sizeof *theme_columns, put_themes},
	{"reviews", "Reviews", review_columns, sizeof review_columns / sizeof *review_columns, put_measures},
	{"differences", "Differences", difference_columns, sizeof difference_columns / sizeof *difference_columns, put_differences},
};

/* ---- printing ---- */

static void print_part(FILE *file, const struct arguments *a, enum part part)
{
	const struct options *o = &a->common;
	size_t columns = parts[part].column_count - (part == PART_THEMES && !a->leave_one_out ? LEFT_OUT_COLUMNS : 0);
	struct table *t = table_new(file, o->format, !o->no_header, o->excel, parts[part].columns, columns);
	parts[part].put(t, a);
	table_finish(t);
}

static bool wanted(const struct arguments *a, enum part part)
{
	if (a->part_chosen)
		return part == a->part;
	if (part == PART_REVIEWS)
		return a->gold.review_count > 0;
	return part == PART_THEMES ? a->gold.theme_count > 0 : a->kwic;
}

static void print_evaluation(FILE *file, struct session *s, void *context)
{
	struct arguments *a = context;
	struct evaluation *e = a->evaluation;
	enum format format = a->common.format;
	bool one_part = format == FORMAT_CSV || format == FORMAT_TSV || format == FORMAT_JSONL;
	struct ledger_row r;
	struct ledger_cursor *c = ledger_begin(s->ledger);
	const char *before = "";
	while (ledger_next(c, &r))
		evaluation_offer(e, &r);
	ledger_end(c);
	evaluation_settle(e);
	c = ledger_begin(s->ledger);
	while (ledger_next(c, &r))
		evaluation_add(e, &r);
	ledger_end(c);
	a->failed = a->leave_one_out && leave_out(e, s, a->folds) != 0;
	evaluation_finish(e);
	if (one_part) {
		print_part(file, a, a->part_chosen ? a->part : a->kwic ? PART_DIFFERENCES : PART_THEMES);
		return;
	}
	for (int part = 0; part < PART_COUNT; part++) {
		if (!wanted(a, (enum part)part))
			continue;
		if (format == FORMAT_JSON)
			fprintf(file, "%s\"%s\":", *before ? "," : "{", parts[part].name);
		else
			fprintf(file, "%s%s\n", before, parts[part].title);
		print_part(file, a, (enum part)part);
		before = "\n";
	}
	if (format == FORMAT_JSON)
		fputs(*before ? "}\n" : "{}\n", file);
}

/* What the tables do not say: cells that could not be scored. */
static void report_gaps(const struct arguments *a, const struct lexicon *lexicon)
{
	const struct evaluation *e = a->evaluation;
	for (size_t i = 0; i < e->difference_count; i++)
		if (e->differences[i].kind == NOT_FOUND) {
			const struct gold_review *g = &a->gold.reviews[e->differences[i].item];
			message_warning("%s: coded review %s (%s, line %" PRIu64 ") was not found; its themes are not scored", a->gold_path, g->id, g->file,
			                g->first_line);
		}
	if (e->lost_phrases)
		message_warning("%s: %zu judged phrases are of reviews that are not in these archives; they are not scored", a->gold_path, e->lost_phrases);
	if (a->gold.unjudged)
		message_note("%zu phrases have no verdict, or unsure", a->gold.unjudged);
	if (!isnan(agreement_kappa(&e->coders)))
		message_note("coders among themselves: kappa %.3f", agreement_kappa(&e->coders));
	for (size_t i = 0; i < a->gold.theme_count; i++)
		if (lexicon_theme(lexicon, a->gold.themes[i]) == THEME_NONE)
			message_warning("the lexicon has no theme '%s': the coders' %" PRIu64 " count as misses", a->gold.themes[i],
			                e->themes[i].cells.false_negative);
}

int cmd_evaluate(int argc, char **argv)
{
	struct arguments a = {.context = 60};
	struct session s = {0};
	char message[400];
	bool *evidence = NULL;
	options_init(&a.common);
	enum exit_status status = options_parse_into(&argp, argc, argv, &a, &a.common) ? STATUS_USAGE : STATUS_DONE;
	if (status == STATUS_DONE && gold_read(&a.gold, a.gold_path, a.codes_path, message, sizeof message) != 0) {
		message_error("%s", message);
		status = STATUS_USAGE;
	}
	if (status == STATUS_DONE)
		status = session_open(&s, &a.common, true);
	if (status == STATUS_DONE) {
		bool show = a.kwic || (a.part_chosen && a.part == PART_DIFFERENCES) || a.gold.phrase_count;
		evidence = mem_calloc(s.lexicon->theme_count, sizeof *evidence);
		for (size_t i = 0; show && i < a.gold.theme_count; i++) {
			uint32_t theme = lexicon_theme(s.lexicon, a.gold.themes[i]);
			if (theme != THEME_NONE)
				evidence[theme] = true;
		}
		a.evaluation = evaluation_new(&a.gold, s.lexicon);
		status = session_run(&s, show ? evidence : NULL, a.context);
	}
	status = session_print(&s, status, print_evaluation, &a);
	if (status == STATUS_DONE && a.failed)
		status = STATUS_CANNOT_RUN;
	if (status == STATUS_DONE)
		report_gaps(&a, s.lexicon);
	evaluation_free(a.evaluation);
	status = session_close(&s, status);
	free(evidence);
	gold_release(&a.gold);
	options_release(&a.common);
	return status;
}
