/* themetally count: one row per year and theme. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/bootstrap.h"
#include "pipeline/command.h"
#include "pipeline/count_styles.h"
#include "pipeline/released.h"
#include "pipeline/session.h"
#include "pipeline/stats.h"
#include "pipeline/tally.h"
#include "pipeline/trend.h"

struct arguments {
	struct options common;
	bool trend, spark, published;
	unsigned draws;             /* --bootstrap; 0: none */
	uint64_t seed;
	const char *grid;
	const char *compare;        /* the value; the facet is among the options */
	/* what is to be printed */
	struct tally *tally;
	struct sole_entries *sole;  /* with --trend */
	struct bootstrap *bootstrap;
	struct release *release;    /* with --suppress-below */
	const struct tally_group *groups;
	size_t group_count;
};

enum { KEY_TREND = 0x200, KEY_SPARK, KEY_STYLE, KEY_BOOTSTRAP, KEY_SEED, KEY_GRID, KEY_COMPARE };

static const struct argp_option own[] = {
	{"trend", KEY_TREND, NULL, 0, "One row per theme instead: tests for a trend over the periods", 0},
	{"spark", KEY_SPARK, NULL, 0, "One row per theme instead, with the course of its share drawn in block characters", 0},
	{"style", KEY_STYLE, "STYLE", 0, "long (default), or published: a row per theme, a column per period with its n, cells as 83 (60%)", 0},
	{"grid", KEY_GRID, "CODES", 0, "Reviews over all periods by last part of the theme (rows) and the themes named (columns), such as practice.action,practice.omission", 0},
	{"compare", KEY_COMPARE, "FACET=VALUE", 0, "One row per theme instead: reviews with that value against those with another, over all periods, with tests and keyness", 0},
	{"bootstrap", KEY_BOOTSTRAP, "DRAWS", 0, "Add 95% intervals of the rate from DRAWS resamples of whole reviews (1000 is usual)", 0},
	{"seed", KEY_SEED, "S", 0, "Seed of the resamples (default 1)", 0},
	{0}};

static error_t parse_number(struct argp_state *state, const char *name, const char *arg, unsigned long most, uint64_t *out)
{
	char *end;
	unsigned long n = strtoul(arg, &end, 10);
	if (!*arg || *end || *arg == '-' || n > most)
		argp_error(state, "%s takes a number up to %lu, not '%s'", name, most, arg);
	*out = n;
	return 0;
}

/* The facet of FACET=VALUE becomes that of the table. */
static void parse_facet(struct argp_state *state, struct arguments *a, const char *arg)
{
	char *word = mem_strndup(arg, a->compare ? (size_t)(a->compare - arg) : 0);
	if (!a->compare || facet_parse(word, &a->common.facet) != 0)
		argp_error(state, "--compare takes FACET=VALUE, such as outcome=death, not '%s'", arg);
	a->compare++;
	free(word);
}

static void check(struct argp_state *state, const struct arguments *a)
{
	options_need_input(state, &a->common);
	if (a->compare && (a->trend || a->spark || a->grid || a->published || a->draws))
		argp_error(state, "--compare is a table of its own: not with --trend, --spark, --grid, --style or --bootstrap");
	if (a->compare && a->common.suppress_below)
		argp_error(state, "--suppress-below: the two sides of --compare cannot be protected; --facet can");
	if ((a->trend || a->spark || a->grid) && a->common.facet != FACET_NONE)
		argp_error(state, "%s and --facet exclude each other; --where chooses the reviews of one value", a->trend ? "--trend" : a->spark ? "--spark" : "--grid");
	if (a->trend + a->spark + (a->grid != NULL) > 1 || (a->published && (a->trend || a->spark)))
		argp_error(state, "--trend, --spark, --grid and --style published are different tables: ask for one at a time (--style published goes with --grid)");
	if (a->draws && (a->trend || a->spark || a->grid || a->published))
		argp_error(state, "--bootstrap adds columns to the long table only");
	if (a->draws && a->common.released)
		argp_error(state, "--bootstrap needs the reviews of tonight, --released may print those of an earlier night: they exclude each other");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	uint64_t n;
	switch (key) {
	case KEY_TREND: a->trend = true; return 0;
	case KEY_SPARK: a->spark = true; return 0;
	case KEY_GRID: a->grid = arg; return 0;
	case KEY_COMPARE:
		a->compare = strchr(arg, '=');
		parse_facet(state, a, arg);
		return 0;
	case KEY_STYLE:
		if (strcmp(arg, "long") != 0 && strcmp(arg, "published") != 0)
			argp_error(state, "--style: '%s' is not one of long, published", arg);
		a->published = strcmp(arg, "published") == 0;
		return 0;
	case KEY_BOOTSTRAP:
		parse_number(state, "--bootstrap", arg, 100000, &n);
		if (n < 100)
			argp_error(state, "--bootstrap: fewer than 100 resamples say nothing of an interval");
		a->draws = (unsigned)n;
		return 0;
	case KEY_SEED: return parse_number(state, "--seed", arg, UINT32_MAX, &a->seed);
	case ARGP_KEY_END: check(state, a);
	}
	return options_common_key(key, arg, state, &a->common, OPTIONS_ALL);
}

static const struct argp argp = {
	own, parse, "PATH...\n--store DB",
	"Counts themes by year in archives of case reviews.\v"
	"One row per year and theme: reviews with at least one affirmed mention, out of year_reviews, with the share and its 95% Wilson "
	"interval; mentions per million words.\n\n"
	"With --trend, one row per theme: shares in the first and the last period and their difference; the Cochran-Armitage test for a trend of "
	"shares (z, p, and q by Benjamini and Hochberg over all themes); Mann-Kendall's tau and p and the Theil-Sen slope, a year, of mentions per "
	"million words; and carried_by, the one entry without which a significant trend would not be one.\n\n"
	"With --compare, one row per theme: reviews and share on both sides, their difference, p by Pearson's chi-square (Fisher's exact test where few are expected), q over all "
	"themes; rates of mentions with log-likelihood and the binary log of their ratio, which are no test, since mentions cluster in long reviews.\n\n"
	"With --bootstrap, rate_low and rate_high: mentions cluster in long reviews, so the interval comes from drawing whole reviews again.\n\n"
	"Examples:\n"
	"  themetally count digests/ -o themes.csv\n"
	"  themetally count --themes 'parent.*' --by fy digests/*.gz\n"
	"  themetally count --where outcome=death --facet age_band reviews.jsonl.gz\n"
	"  themetally count --style published --by fy --format latex digests/\n"
	"  themetally count --grid practice.action,practice.omission digests/\n"
	"  themetally count --compare outcome=death digests/\n",
	options_all, NULL, NULL};

/* A settled store has sums by month, which serve where reviews need not be told apart. */
static bool sums_serve(const struct session *s, const struct arguments *a)
{
	return s->store && !a->trend && !a->draws && !s->options->released && s->edition.settled && s->options->facet == FACET_NONE && s->options->condition_count == 0;
}

static struct tally *add_up(struct session *s, const struct arguments *a)
{
	const struct options *o = s->options;
	struct tally *tally = tally_new(s->lexicon, o);
	if (sums_serve(s, a)) {
		store_tally(s->store, &s->edition, o, tally);
		return tally;
	}
	struct ledger_cursor *c = ledger_begin(s->ledger);
	struct ledger_row r;
	while (ledger_next(c, &r))
		if ((!r.duplicate || o->all_duplicates) && options_selects(o, r.row)) {
			const struct tally_group *group = tally_add(tally, r.row);
			if (a->sole)
				sole_entries_add(a->sole, group->first_month, r.row);
			if (a->bootstrap)
				bootstrap_add(a->bootstrap, group, r.row);
		}
	ledger_end(c);
	return tally;
}

/* Adds up, and settles what may be printed. */
static enum exit_status prepare(struct session *s, struct arguments *a)
{
	if (a->grid && grid_check(s, a->grid) != 0)
		return STATUS_USAGE;
	a->sole = a->trend ? sole_entries_new() : NULL;
	a->bootstrap = a->draws ? bootstrap_new(s->lexicon->theme_count) : NULL;
	a->tally = add_up(s, a);
	a->groups = tally_groups(a->tally, &a->group_count);
	if (!s->options->suppress_below)
		return STATUS_DONE;
	a->release = release_settle(s, a->groups, a->group_count, NULL, NULL);
	if (!a->release)
		return STATUS_CANNOT_RUN;
	a->groups = a->release->groups;
	a->group_count = a->release->printed;
	return STATUS_DONE;
}

static void put_row(struct table *t, const struct tally_group *g, size_t theme, const struct options *o)
{
	const struct cell *c = &g->cells[theme];
	struct cell_marks marks = g->marks ? g->marks[theme] : (struct cell_marks){MARK_SHOWN, MARK_SHOWN};
	bool share_hidden = marks.reviews || g->reviews_mark;
	double low, high;
	stats_wilson(c->reviews, g->reviews, &low, &high);
	mark_put_count(t, c->reviews, marks.reviews, o->suppress_below);
	mark_put_count(t, c->reviews_negated, marks.negated, o->suppress_below);
	mark_put_count(t, c->mentions, marks.reviews ? MARK_WITHHELD : MARK_SHOWN, o->suppress_below);
	mark_put_count(t, c->mentions_negated, marks.negated ? MARK_WITHHELD : MARK_SHOWN, o->suppress_below);
	mark_put_count(t, g->reviews, g->reviews_mark, o->suppress_below);
	mark_put_count(t, g->words, g->reviews_mark ? MARK_WITHHELD : MARK_SHOWN, o->suppress_below);
	mark_put_real(t, (double)c->reviews / (double)g->reviews, 4, share_hidden);
	mark_put_real(t, low, 4, share_hidden);
	mark_put_real(t, high, 4, share_hidden);
	mark_put_real(t, g->words ? (double)c->mentions * 1e6 / (double)g->words : NAN, 1, share_hidden);
}

static void print_counts(FILE *file, struct session *s, void *context)
{
	const struct arguments *a = context;
	const struct options *o = s->options;
	const struct lexicon *lexicon = s->lexicon;
	const char *facet = o->facet == FACET_NONE ? NULL : facet_word(o->facet);
	struct column columns[15] = {{o->periods.kind == PERIOD_YEAR ? "year" : "period", COLUMN_WORD}};
	size_t n = 1;
	static const struct column numbers[] = {
		{"reviews", COLUMN_NUMBER}, {"reviews_negated", COLUMN_NUMBER | COLUMN_SPARE}, {"mentions", COLUMN_NUMBER}, {"mentions_negated", COLUMN_NUMBER | COLUMN_SPARE},
		{"year_reviews", COLUMN_NUMBER}, {"year_words", COLUMN_NUMBER | COLUMN_SPARE}, {"share", COLUMN_NUMBER}, {"share_low", COLUMN_NUMBER},
		{"share_high", COLUMN_NUMBER}, {"per_million_words", COLUMN_NUMBER | COLUMN_SPARE}};
	if (facet)
		columns[n++] = (struct column){facet, COLUMN_TEXT};
	columns[n++] = (struct column){"theme", COLUMN_WORD};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		columns[n++] = numbers[i];
	if (a->draws) {
		columns[n++] = (struct column){"rate_low", COLUMN_NUMBER};
		columns[n++] = (struct column){"rate_high", COLUMN_NUMBER};
	}
	double *low = mem_calloc(lexicon->theme_count + 1, sizeof *low), *high = mem_calloc(lexicon->theme_count + 1, sizeof *high);
	struct table *t = table_new(file, o->format, !o->no_header, o->excel, columns, n);
	for (size_t g = 0; g < a->group_count; g++) {
		if (a->draws)
			bootstrap_rates(a->bootstrap, &a->groups[g], a->draws, a->seed, low, high);
		for (size_t i = 0; i < lexicon->theme_count; i++) {
			if (!s->shown[i])
				continue;
			table_text(t, a->groups[g].period);
			if (facet)
				table_text(t, a->groups[g].facet);
			table_text(t, lexicon->themes[i].code);
			put_row(t, &a->groups[g], i, o);
			bool hidden = a->groups[g].reviews_mark || (a->groups[g].marks && a->groups[g].marks[i].reviews);
			if (a->draws) {
				mark_put_real(t, low[i], 1, hidden);
				mark_put_real(t, high[i], 1, hidden);
			}
			table_end_row(t);
		}
	}
	table_finish(t);
	free(low);
	free(high);
}

static void print_other(FILE *file, struct session *s, void *context)
{
	const struct arguments *a = context;
	if (a->compare) {
		print_comparison(file, s, a->groups, a->group_count, a->compare);
	} else if (a->spark) {
		print_sparks(file, s, a->groups, a->group_count);
	} else if (!a->grid) {
		print_published(file, s, a->groups, a->group_count);
	} else { /* over all periods */
		struct release *sums = a->release ? NULL : release_new(a->groups, a->group_count, s->lexicon->theme_count, false);
		const struct tally_group *total = release_find(sums ? sums : a->release, TOTAL, "");
		if (total)
			print_grid(file, s, total, a->grid, a->published);
		release_free(sums);
	}
}

static void print_trends(FILE *file, struct session *s, void *context)
{
	static const struct column columns[] = {
		{"theme", COLUMN_WORD}, {"periods", COLUMN_NUMBER}, {"first", COLUMN_WORD}, {"last", COLUMN_WORD}, {"first_share", COLUMN_NUMBER},
		{"last_share", COLUMN_NUMBER}, {"change", COLUMN_NUMBER}, {"trend_z", COLUMN_NUMBER}, {"trend_p", COLUMN_NUMBER}, {"trend_q", COLUMN_NUMBER},
		{"rate_tau", COLUMN_NUMBER}, {"rate_p", COLUMN_NUMBER}, {"rate_slope", COLUMN_NUMBER}, {"rate_slope_low", COLUMN_NUMBER},
		{"rate_slope_high", COLUMN_NUMBER}, {"carried_by", COLUMN_TEXT}};
	const struct arguments *a = context;
	const struct options *o = s->options;
	struct trend *trends = trends_compute(s->lexicon, a->groups, a->group_count, a->sole);
	struct table *t = table_new(file, o->format, !o->no_header, o->excel, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < s->lexicon->theme_count; i++) {
		const struct trend *r = &trends[i];
		if (!s->shown[i] || !r->first)
			continue;
		double first = (double)r->first->cells[i].reviews / (double)r->first->reviews, last = (double)r->last->cells[i].reviews / (double)r->last->reviews;
		table_text(t, s->lexicon->themes[i].code);
		if (r->withheld) {
			for (size_t k = 1; k < sizeof columns / sizeof *columns; k++)
				table_withheld(t);
			table_end_row(t);
			continue;
		}
		table_number(t, (int64_t)r->periods);
		table_text(t, r->first->period);
		table_text(t, r->last->period);
		table_real(t, first, 4);
		table_real(t, last, 4);
		table_real(t, last - first, 4);
		table_real(t, r->shares.z, 3);
		table_real(t, r->shares.p, 6);
		table_real(t, r->q, 6);
		table_real(t, r->rates.tau, 4);
		table_real(t, r->rates.p, 6);
		table_real(t, r->slope.slope, 2);
		table_real(t, r->slope.low, 2);
		table_real(t, r->slope.high, 2);
		if (o->suppress_below)
			table_withheld(t); /* it says how many reviews one phrase is in */
		else if (r->carried_by == NO_ENTRY)
			table_empty(t);
		else
			table_text(t, s->lexicon->entries[r->carried_by].source);
		table_end_row(t);
	}
	table_finish(t);
	free(trends);
}

int cmd_count(int argc, char **argv)
{
	struct arguments a = {.seed = 1};
	struct session s = {0};
	bool *all = NULL;
	options_init(&a.common);
	a.common.can_suppress = true;
	enum exit_status status = options_parse_into(&argp, argc, argv, &a, &a.common) ? STATUS_USAGE
	                                                                               : session_open(&s, &a.common, a.trend ? NEED_TEXT : NEED_THEMES);
	if (status == STATUS_DONE && a.trend) {
		all = mem_alloc(s.lexicon->theme_count + 1);
		memset(all, true, s.lexicon->theme_count);
	}
	if (status == STATUS_DONE && !sums_serve(&s, &a))
		status = session_run(&s, all, 0);
	if (status == STATUS_DONE)
		status = prepare(&s, &a);
	status = session_print(&s, status, a.trend ? print_trends : a.spark || a.grid || a.published || a.compare ? print_other : print_counts, &a);
	status = session_close(&s, status);
	free(all);
	release_free(a.release);
	sole_entries_free(a.sole);
	bootstrap_free(a.bootstrap);
	if (a.tally)
		tally_free(a.tally);
	options_release(&a.common);
	return status;
}
