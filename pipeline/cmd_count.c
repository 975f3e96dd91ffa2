/* themetally count: one row per year and theme. */
#include <math.h>
#include <stdlib.h>

#include "pipeline/command.h"
#include "pipeline/session.h"
#include "pipeline/stats.h"
#include "pipeline/tally.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key == ARGP_KEY_END)
		options_need_input(state, state->input);
	return options_common_key(key, arg, state, state->input, 6);
}

static const struct argp_child children[] = {
	{&options_lexicon_argp, 0, NULL, 0}, {&options_select_argp, 0, NULL, 0}, {&options_input_argp, 0, NULL, 0}, {&options_store_argp, 0, NULL, 0},
	{&options_output_argp, 0, NULL, 0}, {&options_run_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	NULL, parse, "PATH...\n--store DB",
	"Counts themes by year in archives of case reviews.\v"
	"One row per year and theme: reviews with at least one affirmed mention, out of year_reviews, with the share and its 95% Wilson "
	"interval; mentions per million words.\n\n"
	"Examples:\n"
	"  themetally count digests/ -o themes.csv\n"
	"  themetally count --themes 'parent.*' --by fy digests/*.gz\n"
	"  themetally count --where outcome=death --facet age_band reviews.jsonl.gz\n",
	children, NULL, NULL};

/* A settled store has sums by month, which serve where reviews need not be told apart. */
static bool sums_serve(const struct session *s)
{
	return s->store && s->edition.settled && s->options->facet == FACET_NONE && s->options->condition_count == 0;
}

static struct tally *add_up(struct session *s)
{
	const struct options *o = s->options;
	struct tally *tally = tally_new(s->lexicon, o);
	if (sums_serve(s)) {
		store_tally(s->store, &s->edition, o, tally);
		return tally;
	}
	struct ledger_cursor *c = ledger_begin(s->ledger);
	struct ledger_row r;
	while (ledger_next(c, &r))
		if ((!r.duplicate || o->all_duplicates) && options_selects(o, r.row))
			tally_add(tally, r.row);
	ledger_end(c);
	return tally;
}

static void print_counts(FILE *file, struct session *s, void *context)
{
	(void)context;
	const struct options *o = s->options;
	const struct lexicon *lexicon = s->lexicon;
	struct tally *tally = add_up(s);
	const char *facet = o->facet == FACET_NONE ? NULL : facet_word(o->facet);
	struct column columns[13] = {{o->periods.kind == PERIOD_YEAR ? "year" : "period", COLUMN_WORD}};
	size_t n = 1, group_count;
	static const char *const numbers[] = {"reviews", "reviews_negated", "mentions", "mentions_negated", "year_reviews", "year_words",
	                                      "share", "share_low", "share_high", "per_million_words"};
	if (facet)
		columns[n++] = (struct column){facet, COLUMN_TEXT};
	columns[n++] = (struct column){"theme", COLUMN_WORD};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		columns[n++] = (struct column){numbers[i], COLUMN_NUMBER};
	struct table *t = table_new(file, o->format, !o->no_header, o->excel, columns, n);
	const struct tally_group *groups = tally_groups(tally, &group_count);
	for (size_t g = 0; g < group_count; g++) {
		for (size_t i = 0; i < lexicon->theme_count; i++) {
			const struct cell *c = &groups[g].cells[i];
			double low, high;
			if (!s->shown[i])
				continue;
			stats_wilson(c->reviews, groups[g].reviews, &low, &high);
			table_text(t, groups[g].period);
			if (facet)
				table_text(t, groups[g].facet);
			table_text(t, lexicon->themes[i].code);
			table_number(t, (int64_t)c->reviews);
			table_number(t, (int64_t)c->reviews_negated);
			table_number(t, (int64_t)c->mentions);
			table_number(t, (int64_t)c->mentions_negated);
			table_number(t, (int64_t)groups[g].reviews);
			table_number(t, (int64_t)groups[g].words);
			table_real(t, (double)c->reviews / (double)groups[g].reviews, 4);
			table_real(t, low, 4);
			table_real(t, high, 4);
			table_real(t, groups[g].words ? (double)c->mentions * 1e6 / (double)groups[g].words : NAN, 1);
			table_end_row(t);
		}
	}
	table_finish(t);
	tally_free(tally);
}

int cmd_count(int argc, char **argv)
{
	struct options o;
	struct session s = {0};
	options_init(&o);
	enum exit_status status = options_parse(&argp, argc, argv, &o) ? STATUS_USAGE : session_open(&s, &o, NEED_THEMES);
	if (status == STATUS_DONE && !sums_serve(&s))
		status = session_run(&s, NULL, 0);
	status = session_print(&s, status, print_counts, NULL);
	status = session_close(&s, status);
	options_release(&o);
	return status;
}
