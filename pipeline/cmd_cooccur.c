/* themetally cooccur: which themes are found together. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/command.h"
#include "pipeline/released.h"
#include "pipeline/session.h"
#include "pipeline/stats.h"

struct arguments {
	struct options common;
	bool sentences;
	char *listed[REGION_THEMES]; /* --themes a,b,c without *: regions instead of pairs */
	size_t listed_count;
	struct regions *regions;     /* of these; with --suppress-below of all themes shown */
	struct release *release;     /* with --suppress-below: the counts beside them */
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
		options_need_input(state, &a->common);
		if (a->common.facet != FACET_NONE)
			argp_error(state, "--facet is for count; --where chooses the reviews of one value");
		if (a->common.suppress_below && a->sentences)
			argp_error(state, "--suppress-below: numbers of sentences cannot be protected; --unit review can");
	}
	return options_common_key(key, arg, state, &a->common, OPTIONS_ALL);
}

static const struct argp argp = {
	own, parse, "PATH...\n--store DB",
	"Which themes are found together: for each pair, the reviews (or sentences) that hold both, the number expected if the two were "
	"independent, lift (observed by expected) and phi.\v"
	"With --themes a,b,c (two to eight codes, no *) every region of their Venn diagram instead: the reviews that hold exactly these "
	"themes of the list, and at least these; with_that_many is the number that hold none, one, two ... of them. A theme and its own ancestor are no pair. Affirmed mentions only.\n\n"
	"With --suppress-below, pairs or regions of at most eight themes: all pairs of a lexicon say more about single reviews than can be protected.\n\n"
	"Examples:\n"
	"  themetally cooccur digests/ -o pairs.csv\n"
	"  themetally cooccur --themes parent.domestic_abuse,harm.neglect digests/\n"
	"  themetally cooccur --themes 'parent.m*' --suppress-below 5 digests/\n",
	options_all, NULL, NULL};

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

/* One pair with its marks. */
struct pair {
	uint64_t units, a, b, both;
	unsigned char units_mark, a_mark, b_mark, both_mark;
};

static struct pair pair_of(const struct regions *r, uint32_t x, uint32_t y)
{
	const struct region *all = &r->of[0], *a = &r->of[regions_set(r, &x, 1)], *b = &r->of[regions_set(r, &y, 1)], *both = &r->of[regions_set(r, (uint32_t[]){x, y}, 2)];
	return (struct pair){all->at_least, a->at_least, b->at_least, both->at_least, all->at_least_mark, a->at_least_mark, b->at_least_mark, both->at_least_mark};
}

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

static void put_pair(struct table *t, const struct arguments *a, const struct pair *p)
{
	const struct options *o = &a->common;
	double n = (double)p->units, na = (double)p->a, nb = (double)p->b, both = (double)p->both;
	double spread = sqrt(na * (n - na) * nb * (n - nb));
	bool hidden = p->units_mark || p->a_mark || p->b_mark;
	mark_put_count(t, p->units, p->units_mark, o->suppress_below);
	mark_put_count(t, p->a, p->a_mark, o->suppress_below);
	mark_put_count(t, p->b, p->b_mark, o->suppress_below);
	mark_put_count(t, p->both, p->both_mark, o->suppress_below);
	mark_put_real(t, n > 0 ? na * nb / n : NAN, 2, hidden);
	mark_put_real(t, na > 0 && nb > 0 ? both * n / (na * nb) : NAN, 3, hidden || p->both_mark);
	mark_put_real(t, spread > 0 ? (both * n - na * nb) / spread : NAN, 4, hidden || p->both_mark);
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
	if (!a->regions)
		each_selected_unit(s, a, add_pairs, &p);
	struct table *t = table_new(file, o->format, !o->no_header, o->excel, columns, sizeof columns / sizeof *columns);
	for (uint32_t x = 0; x < p.theme_count; x++) {
		for (uint32_t y = x + 1; y < p.theme_count; y++) {
			if (!s->shown[x] || !s->shown[y] || theme_is_within(lexicon, y, x) || theme_is_within(lexicon, x, y))
				continue;
			struct pair pair = {.units = p.units, .a = p.alone[x], .b = p.alone[y], .both = p.both[x * p.theme_count + y]};
			if (a->regions)
				pair = pair_of(a->regions, x, y);
			table_text(t, lexicon->themes[x].code);
			table_text(t, lexicon->themes[y].code);
			put_pair(t, a, &pair);
			table_end_row(t);
		}
	}
	table_finish(t);
	free(p.alone);
	free(p.both);
}

/* ---- regions ---- */

static void add_region(void *context, const uint32_t *themes, size_t count)
{
	struct regions *r = context;
	regions_add(r, 0, regions_set(r, themes, count), 1);
}

/* With --suppress-below: the counts by period, and the regions beside them. */
static enum exit_status settle_regions(struct session *s, struct arguments *a)
{
	const struct options *o = s->options;
	struct tally *tally = tally_new(s->lexicon, o);
	struct ledger_cursor *c = ledger_begin(s->ledger);
	struct ledger_row r;
	size_t count;
	bool fit = false;
	while (ledger_next(c, &r))
		if ((!r.duplicate || o->all_duplicates) && options_selects(o, r.row))
			regions_add(a->regions, tally_add(tally, r.row)->first_month, regions_set_of_row(a->regions, r.row), 1);
	ledger_end(c);
	const struct tally_group *groups = tally_groups(tally, &count);
	a->release = release_settle(s, groups, count, a->regions, &fit);
	tally_free(tally);
	return fit && a->release ? STATUS_DONE : STATUS_CANNOT_RUN;
}

static enum exit_status count_regions(struct session *s, struct arguments *a)
{
	uint32_t themes[REGION_THEMES];
	size_t count = 0, shown = 0;
	for (; count < a->listed_count; count++)
		themes[count] = lexicon_theme(s->lexicon, a->listed[count]);
	for (uint32_t i = 0; i < s->lexicon->theme_count && !a->listed_count; i++)
		if (s->shown[i] && shown++ < REGION_THEMES)
			themes[count++] = i;
	if (shown > REGION_THEMES) {
		message_error("--suppress-below: pairs of %zu themes say more about single reviews than can be protected; --themes chooses up to %d", shown, REGION_THEMES);
		return STATUS_USAGE;
	}
	a->regions = regions_new(themes, count);
	if (a->common.suppress_below)
		return settle_regions(s, a);
	each_selected_unit(s, a, add_region, a->regions);
	regions_sum(a->regions);
	return STATUS_DONE;
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
	uint64_t units = r->of[0].at_least;
	for (unsigned size = 0; size <= r->count; size++) {
		for (unsigned set = 0; set < 1u << r->count; set++) {
			if ((unsigned)__builtin_popcount(set) != size)
				continue;
			const struct region *of = &r->of[set];
			double low, high;
			bool hidden = of->exactly_mark || r->of[0].at_least_mark;
			buf_clear(&name);
			for (size_t i = 0; i < r->count; i++)
				if (set >> i & 1)
					buf_printf(&name, "%s%s", name.length ? " + " : "", a->listed[i]);
			stats_wilson(of->exactly, units, &low, &high);
			table_text(t, size ? name.data : "none");
			table_number(t, size);
			mark_put_count(t, of->exactly, of->exactly_mark, o->suppress_below);
			mark_put_count(t, of->at_least, of->at_least_mark, o->suppress_below);
			mark_put_count(t, units, r->of[0].at_least_mark, o->suppress_below);
			mark_put_real(t, units ? (double)of->exactly / (double)units : NAN, 4, hidden);
			mark_put_real(t, low, 4, hidden);
			mark_put_real(t, high, 4, hidden);
			mark_put_count(t, r->of_size[size], r->of_size_mark[size], o->suppress_below);
			mark_put_real(t, units ? (double)r->of_size[size] / (double)units : NAN, 4, r->of_size_mark[size] || r->of[0].at_least_mark);
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
	if (status == STATUS_DONE && (a.listed_count || a.common.suppress_below))
		status = count_regions(&s, &a);
	status = session_print(&s, status, print_cooccur, &a);
	status = session_close(&s, status);
	free(all);
	free(list);
	regions_free(a.regions);
	release_free(a.release);
	options_release(&a.common);
	return status;
}
