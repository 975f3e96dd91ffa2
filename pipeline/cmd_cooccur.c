/* themetally cooccur: which themes are found together. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/command.h"
#include "pipeline/protect.h"
#include "pipeline/session.h"
#include "pipeline/stats.h"

enum { REGION_THEMES = 8 }; /* 256 regions: more than that nobody reads */

struct arguments {
	struct options common;
	bool sentences;
	char *listed[REGION_THEMES]; /* --themes a,b,c without *: regions instead of pairs */
	size_t listed_count;
	struct regions *regions;     /* of these */
};

enum { KEY_UNIT = 0x200 };

static const struct argp_option own[] = {
	{"unit", KEY_UNIT, "UNIT", 0, "review (default) or sentence: what must hold both themes", 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	if (key == KEY_UNIT) {
		if (strcmp(arg, "review") != 0 && strcmp(arg, "sentence") != 0)
			argp_error(state, "--unit: '%s' is not one of review, sentence", arg);
		a->sentences = strcmp(arg, "sentence") == 0;
		return 0;
	}
	if (key == ARGP_KEY_END) {
		const struct options *o = &a->common;
		options_need_input(state, o);
		if (o->suppress_below && (a->sentences || !o->themes || !strchr(o->themes, ',') || strchr(o->themes, '*')))
			argp_error(state, "--suppress-below: pairs of all themes, and sentences, cannot be protected; --themes a,b,c can, with reviews as the unit");
		if (o->released)
			argp_error(state, "--released: only count and plot keep account of earlier nights");
	}
	return options_common_key(key, arg, state, &a->common, 6);
}

static const struct argp_child children[] = {
	{&options_lexicon_argp, 0, NULL, 0}, {&options_select_argp, 0, NULL, 0}, {&options_input_argp, 0, NULL, 0}, {&options_store_argp, 0, NULL, 0},
	{&options_output_argp, 0, NULL, 0}, {&options_run_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	own, parse, "PATH...\n--store DB",
	"Which themes are found together: for each pair, the reviews (or sentences) that hold both, the number expected if the two were "
	"independent, lift (observed by expected) and phi.\v"
	"With --themes a,b,c (two to eight codes, no *) every region of their Venn diagram instead: the reviews that hold exactly these "
	"themes of the list, and at least these; with_that_many is the number that hold none, one, two ... of them. A theme and its own ancestor are no pair. Affirmed mentions only.\n\n"
	"Examples:\n"
	"  themetally cooccur digests/ -o pairs.csv\n"
	"  themetally cooccur --themes parent.domestic_abuse,harm.neglect digests/\n",
	children, NULL, NULL};

/* ---- units: the sets of themes that are counted ---- */

/* Calls take once per unit of the row with the themes affirmed in it, ascending. */
static void each_unit(const struct review_row *row, bool sentences, uint32_t *themes,
                      void (*take)(void *context, const uint32_t *themes, size_t count), void *context)
{
	size_t count = 0;
	if (!sentences) {
		for (size_t i = 0; i < row->tally_count; i++)
			if (row->tallies[i].mentions)
				themes[count++] = row->tallies[i].theme;
		take(context, themes, count);
		return;
	}
	/* evidence stands by theme, then position; sentences are gone through by smallest number not yet done */
	for (uint64_t next = 0;;) {
		uint64_t sentence = UINT64_MAX;
		for (size_t i = 0; i < row->evidence_count; i++)
			if (row->evidence[i].cue == NO_CUE && row->evidence[i].sentence >= next && row->evidence[i].sentence < sentence)
				sentence = row->evidence[i].sentence;
		if (sentence == UINT64_MAX)
			return;
		count = 0;
		for (size_t i = 0; i < row->evidence_count; i++) {
			const struct evidence *e = &row->evidence[i];
			if (e->cue == NO_CUE && e->sentence == sentence && (!count || themes[count - 1] != e->theme))
				themes[count++] = e->theme;
		}
		take(context, themes, count);
		next = sentence + 1;
	}
}

static void each_selected_unit(struct session *s, const struct arguments *a,
                               void (*take)(void *context, const uint32_t *themes, size_t count), void *context)
{
	uint32_t *themes = mem_calloc(s->lexicon->theme_count, sizeof *themes);
	struct ledger_cursor *c = ledger_begin(s->ledger);
	struct ledger_row r;
	while (ledger_next(c, &r))
		if ((!r.duplicate || a->common.all_duplicates) && options_selects(&a->common, r.row))
			each_unit(r.row, a->sentences, themes, take, context);
	ledger_end(c);
	free(themes);
}

/* ---- pairs ---- */

struct pairs {
	size_t theme_count;
	uint64_t units;
	uint64_t *alone;  /* units per theme */
	uint64_t *both;   /* theme_count * theme_count, a < b used */
};

static void add_pairs(void *context, const uint32_t *themes, size_t count)
{
	struct pairs *p = context;
	p->units++;
	for (size_t i = 0; i < count; i++) {
		p->alone[themes[i]]++;
		for (size_t k = i + 1; k < count; k++)
			p->both[themes[i] * p->theme_count + themes[k]]++;
	}
}

static void print_pairs(FILE *file, struct session *s, const struct arguments *a)
{
	const struct options *o = &a->common;
	const struct lexicon *lexicon = s->lexicon;
	const struct column columns[] = {
		{"theme_a", COLUMN_WORD}, {"theme_b", COLUMN_WORD}, {a->sentences ? "sentences" : "reviews", COLUMN_NUMBER}, {"a", COLUMN_NUMBER},
		{"b", COLUMN_NUMBER}, {"both", COLUMN_NUMBER}, {"expected", COLUMN_NUMBER}, {"lift", COLUMN_NUMBER}, {"phi", COLUMN_NUMBER}};
	struct pairs p = {.theme_count = lexicon->theme_count};
	p.alone = mem_calloc(p.theme_count, sizeof *p.alone);
	p.both = mem_calloc(p.theme_count * p.theme_count, sizeof *p.both);
	each_selected_unit(s, a, add_pairs, &p);
	struct table *t = table_new(file, o->format, !o->no_header, o->excel, columns, sizeof columns / sizeof *columns);
	for (uint32_t x = 0; x < p.theme_count; x++) {
		for (uint32_t y = x + 1; y < p.theme_count; y++) {
			if (!s->shown[x] || !s->shown[y] || theme_is_within(lexicon, y, x) || theme_is_within(lexicon, x, y))
				continue;
			double n = (double)p.units, na = (double)p.alone[x], nb = (double)p.alone[y], both = (double)p.both[x * p.theme_count + y];
			double spread = sqrt(na * (n - na) * nb * (n - nb));
			table_text(t, lexicon->themes[x].code);
			table_text(t, lexicon->themes[y].code);
			table_number(t, (int64_t)p.units);
			table_number(t, (int64_t)p.alone[x]);
			table_number(t, (int64_t)p.alone[y]);
			table_number(t, (int64_t)both);
			table_real(t, n > 0 ? na * nb / n : NAN, 2);
			table_real(t, na > 0 && nb > 0 ? both * n / (na * nb) : NAN, 3);
			table_real(t, spread > 0 ? (both * n - na * nb) / spread : NAN, 4);
			table_end_row(t);
		}
	}
	table_finish(t);
	free(p.alone);
	free(p.both);
}

/* ---- regions ---- */

struct regions {
	uint32_t themes[REGION_THEMES];
	size_t count;
	uint64_t units;
	uint64_t exactly[1 << REGION_THEMES], at_least[1 << REGION_THEMES]; /* by set of bits */
	uint64_t of_size[REGION_THEMES + 1]; /* reviews that hold that many of them */
	unsigned char of_size_mark[REGION_THEMES + 1];
	unsigned char exactly_mark[1 << REGION_THEMES], at_least_mark[1 << REGION_THEMES]; /* at_least of no theme is all reviews */
};

static void add_region(void *context, const uint32_t *themes, size_t count)
{
	struct regions *r = context;
	unsigned set = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < r->count; k++)
			set |= (unsigned)(themes[i] == r->themes[k]) << k;
	r->units++;
	r->exactly[set]++;
}

/* What --suppress-below hides. Reviews in all and with each theme are hidden here where a table of counts hides their totals. */
static int protect_regions(struct session *s, struct regions *r)
{
	const struct options *o = s->options;
	struct options by_period = *o;
	by_period.facet = FACET_NONE;
	struct tally *tally = tally_new(s->lexicon, &by_period);
	struct ledger_cursor *c = ledger_begin(s->ledger);
	struct ledger_row row;
	size_t group_count, cells[2][1 << REGION_THEMES];
	while (ledger_next(c, &row))
		if ((!row.duplicate || o->all_duplicates) && options_selects(o, row.row))
			tally_add(tally, row.row);
	ledger_end(c);
	const struct tally_group *groups = tally_groups(tally, &group_count);
	struct release *release = release_new(groups, group_count, s->lexicon->theme_count, false);
	int failed = release_protect(release, NULL, 0, s->lexicon, o->suppress_below);
	const struct tally_group *all = failed ? NULL : release_find(release, TOTAL, "");
	struct suppress *problem = suppress_new(o->suppress_below);
	for (unsigned set = 0; set < 1u << r->count && all; set++) {
		unsigned one = (unsigned)__builtin_ctz(set | 1u << REGION_THEMES);
		cells[0][set] = suppress_cell(problem, r->exactly[set]);
		cells[1][set] = set == 0 ? suppress_settled_cell(problem, r->at_least[0], (enum mark)all->reviews_mark)
		                : (set & (set - 1)) == 0
		                    ? suppress_settled_cell(problem, r->at_least[set], (enum mark)all->marks[r->themes[one]].reviews)
		                    : suppress_cell(problem, r->at_least[set]);
	}
	for (unsigned set = 0; set < 1u << r->count && all; set++) {
		size_t parts[1 << REGION_THEMES], count = 0;
		for (unsigned other = 0; other < 1u << r->count; other++)
			if ((other & set) == set)
				parts[count++] = cells[0][other];
		suppress_sum(problem, cells[1][set], parts, count);
	}
	size_t of_size[REGION_THEMES + 1];
	for (unsigned size = 0; size <= r->count && all; size++) {
		size_t parts[1 << REGION_THEMES], count = 0;
		of_size[size] = suppress_cell(problem, r->of_size[size]);
		for (unsigned set = 0; set < 1u << r->count; set++)
			if ((unsigned)__builtin_popcount(set) == size)
				parts[count++] = cells[0][set];
		suppress_sum(problem, of_size[size], parts, count);
	}
	if (all && suppress_solve(problem) != 0) {
		message_error("--suppress-below %u: these intersections cannot be printed without giving some of them away; take fewer themes", o->suppress_below);
		failed = -1;
	}
	for (unsigned set = 0; set < 1u << r->count && !failed; set++) {
		r->exactly_mark[set] = (unsigned char)suppress_mark(problem, cells[0][set]);
		r->at_least_mark[set] = (unsigned char)suppress_mark(problem, cells[1][set]);
	}
	for (unsigned size = 0; size <= r->count && !failed; size++)
		r->of_size_mark[size] = (unsigned char)suppress_mark(problem, of_size[size]);
	suppress_free(problem);
	release_free(release);
	tally_free(tally);
	return failed;
}

static enum exit_status count_regions(struct session *s, struct arguments *a)
{
	struct regions *r = a->regions = mem_calloc(1, sizeof *r);
	r->count = a->listed_count;
	for (size_t i = 0; i < r->count; i++)
		r->themes[i] = lexicon_theme(s->lexicon, a->listed[i]);
	each_selected_unit(s, a, add_region, r);
	for (unsigned set = 0; set < 1u << r->count; set++)
		r->of_size[__builtin_popcount(set)] += r->exactly[set];
	for (unsigned set = 0; set < 1u << r->count; set++)
		for (unsigned other = 0; other < 1u << r->count; other++)
			r->at_least[set] += (other & set) == set ? r->exactly[other] : 0;
	return a->common.suppress_below && protect_regions(s, r) != 0 ? STATUS_CANNOT_RUN : STATUS_DONE;
}

static void print_regions(FILE *file, struct session *s, const struct arguments *a)
{
	const struct options *o = s->options;
	const struct column columns[] = {
		{"themes", COLUMN_WORD}, {"count", COLUMN_NUMBER}, {"exactly", COLUMN_NUMBER}, {"at_least", COLUMN_NUMBER},
		{a->sentences ? "sentences" : "reviews", COLUMN_NUMBER}, {"share", COLUMN_NUMBER}, {"share_low", COLUMN_NUMBER},
		{"share_high", COLUMN_NUMBER}, {"with_that_many", COLUMN_NUMBER}, {"share_of_that_many", COLUMN_NUMBER}};
	const struct regions *r = a->regions;
	struct buf name = BUF_INIT;
	struct table *t = table_new(file, o->format, !o->no_header, o->excel, columns, sizeof columns / sizeof *columns);
	for (unsigned size = 0; size <= r->count; size++) {
		for (unsigned set = 0; set < 1u << r->count; set++) {
			if ((unsigned)__builtin_popcount(set) != size)
				continue;
			double low, high;
			bool hidden = r->exactly_mark[set] || r->at_least_mark[0];
			buf_clear(&name);
			for (size_t i = 0; i < r->count; i++)
				if (set >> i & 1)
					buf_printf(&name, "%s%s", name.length ? " + " : "", a->listed[i]);
			stats_wilson(r->exactly[set], r->units, &low, &high);
			table_text(t, size ? name.data : "none");
			table_number(t, size);
			mark_put_count(t, r->exactly[set], r->exactly_mark[set], o->suppress_below);
			mark_put_count(t, r->at_least[set], r->at_least_mark[set], o->suppress_below);
			mark_put_count(t, r->units, r->at_least_mark[0], o->suppress_below);
			mark_put_real(t, r->units ? (double)r->exactly[set] / (double)r->units : NAN, 4, hidden);
			mark_put_real(t, low, 4, hidden);
			mark_put_real(t, high, 4, hidden);
			mark_put_count(t, r->of_size[size], r->of_size_mark[size], o->suppress_below);
			mark_put_real(t, r->units ? (double)r->of_size[size] / (double)r->units : NAN, 4, r->of_size_mark[size] || r->at_least_mark[0]);
			table_end_row(t);
		}
	}
	table_finish(t);
	buf_release(&name);
}

static void print_cooccur(FILE *file, struct session *s, void *context)
{
	const struct arguments *a = context;
	if (a->listed_count)
		print_regions(file, s, a);
	else
		print_pairs(file, s, a);
}

/* Splits --themes a,b,c into a->listed if it names two to eight themes; list is the memory. */
static enum exit_status list_themes(struct arguments *a, char *list, const struct lexicon *lexicon)
{
	char *rest = list;
	for (char *code; (code = strsep(&rest, ",")) != NULL;) {
		if (lexicon_theme(lexicon, code) == THEME_NONE) {
			message_error("--themes: the lexicon has no theme '%s'", code);
			return STATUS_USAGE;
		}
		if (a->listed_count == REGION_THEMES) {
			message_error("--themes: at most %d themes are shown with all their intersections", REGION_THEMES);
			return STATUS_USAGE;
		}
		a->listed[a->listed_count++] = code;
	}
	return STATUS_DONE;
}

int cmd_cooccur(int argc, char **argv)
{
	struct arguments a = {0};
	struct session s = {0};
	char *list = NULL;
	bool *all = NULL;
	options_init(&a.common);
	a.common.can_suppress = true;
	enum exit_status status = options_parse_into(&argp, argc, argv, &a, &a.common) ? STATUS_USAGE : STATUS_DONE;
	if (status == STATUS_DONE && a.common.themes && strchr(a.common.themes, ',') && !strchr(a.common.themes, '*'))
		list = mem_strdup(a.common.themes);
	if (status == STATUS_DONE)
		status = session_open(&s, &a.common, a.sentences ? NEED_TEXT : NEED_THEMES);
	if (status == STATUS_DONE && list)
		status = list_themes(&a, list, s.lexicon);
	if (status == STATUS_DONE) {
		all = mem_alloc(s.lexicon->theme_count + 1);
		memset(all, true, s.lexicon->theme_count);
		status = session_run(&s, a.sentences ? all : NULL, 0);
	}
	if (status == STATUS_DONE && a.listed_count)
		status = count_regions(&s, &a);
	status = session_print(&s, status, print_cooccur, &a);
	status = session_close(&s, status);
	free(all);
	free(list);
	free(a.regions);
	options_release(&a.common);
	return status;
}
