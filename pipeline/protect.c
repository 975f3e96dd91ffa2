#include "pipeline/protect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- releases ---- */

static bool is_total(const char *s)
{
	return strcmp(s, TOTAL) == 0;
}

const struct tally_group *release_find(const struct release *r, const char *period, const char *facet)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->groups[i].period, period) == 0 && strcmp(r->groups[i].facet, facet) == 0)
			return &r->groups[i];
	return NULL;
}

static int by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static void add_group(struct tally_group *to, const struct tally_group *from, size_t theme_count)
{
	to->reviews += from->reviews;
	to->words += from->words;
	for (size_t i = 0; i < theme_count; i++) {
		to->cells[i].reviews += from->cells[i].reviews;
		to->cells[i].reviews_negated += from->cells[i].reviews_negated;
		to->cells[i].mentions += from->cells[i].mentions;
		to->cells[i].mentions_negated += from->cells[i].mentions_negated;
	}
	to->ids = mem_realloc(to->ids, to->id_count + from->id_count + 1, sizeof *to->ids);
	if (from->id_count)
		memcpy(to->ids + to->id_count, from->ids, from->id_count * sizeof *to->ids);
	to->id_count += from->id_count;
	mem_sort(to->ids, to->id_count, sizeof *to->ids, by_id);
}

static void add_to(struct release *r, const char *period, const char *facet, const struct tally_group *from, size_t theme_count)
{
	struct tally_group *to = NULL;
	for (size_t i = 0; i < r->count && !to; i++)
		if (strcmp(r->groups[i].period, period) == 0 && strcmp(r->groups[i].facet, facet) == 0)
			to = &r->groups[i];
	if (!to) {
		r->groups = mem_realloc(r->groups, r->count + 1, sizeof *r->groups);
		to = &r->groups[r->count++];
		*to = (struct tally_group){.first_month = from->first_month, .last_month = from->last_month, .facet = mem_strdup(facet)};
		snprintf(to->period, sizeof to->period, "%s", period);
		to->cells = mem_calloc(theme_count + 1, sizeof *to->cells);
		to->marks = mem_calloc(theme_count + 1, sizeof *to->marks);
	}
	add_group(to, from, theme_count);
}

struct release *release_new(const struct tally_group *groups, size_t count, size_t theme_count, bool faceted)
{
	struct release *r = mem_calloc(1, sizeof *r);
	r->faceted = faceted;
	for (size_t i = 0; i < count; i++)
		add_to(r, groups[i].period, groups[i].facet, &groups[i], theme_count);
	r->printed = r->count;
	for (size_t i = 0; i < count; i++) {
		if (faceted)
			add_to(r, groups[i].period, TOTAL, &groups[i], theme_count);
		add_to(r, TOTAL, faceted ? TOTAL : "", &groups[i], theme_count);
	}
	return r;
}

void release_free(struct release *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++) {
		free(r->groups[i].facet);
		free(r->groups[i].cells);
		free(r->groups[i].marks);
		free(r->groups[i].ids);
	}
	free(r->groups);
	free(r);
}

size_t ids_missing(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count)
{
	size_t missing = 0;
	for (size_t i = 0, k = 0; k < b_count; k++) {
		while (i < a_count && a[i] < b[k])
			i++;
		if (i < a_count && a[i] == b[k])
			i++; /* two reviews may be equal: each stands for one */
		else
			missing++;
	}
	return missing;
}

/* ---- one problem: some themes in the groups of one stage ---- */

/* Reviews with a negated mention are a theme of their own here, numbered after all the others. */
enum stage { STAGE_PERIODS, STAGE_ALL };
static const uint32_t reviews_themselves = UINT32_MAX; /* as a theme: the denominators */

struct puzzle {
	const struct lexicon *lexicon;
	struct release *const *layers; /* past releases, then the present one */
	size_t layer_count;
	unsigned threshold;
	enum stage stage;
	uint32_t first, end;           /* a branch or all themes; or reviews_themselves alone */
	struct suppress *s;
	bool *unions;                  /* [theme - first] */
	size_t **cells;                /* [layer][group * width + theme - first], or no_cell */
	size_t **denominators;         /* [layer][group] */
};
static const size_t no_cell = SIZE_MAX;

/* Totals over facet values are chosen first and by themselves: they are what a table without facets prints. */
static bool takes_part(const struct puzzle *p, const struct release *r, size_t group)
{
	const struct tally_group *g = &r->groups[group];
	return !r->faceted || (p->stage == STAGE_ALL ? !is_total(g->period) : is_total(g->facet));
}

static bool is_settled(const struct puzzle *p, const struct release *r, size_t group)
{
	const struct tally_group *g = &r->groups[group];
	return r != p->layers[p->layer_count - 1] || (r->faceted && p->stage == STAGE_ALL && is_total(g->facet));
}

static uint64_t value_of(const struct puzzle *p, const struct tally_group *g, uint32_t theme)
{
	uint32_t count = (uint32_t)p->lexicon->theme_count;
	return theme < count ? g->cells[theme].reviews : g->cells[theme - count].reviews_negated;
}

static unsigned char *mark_of(const struct puzzle *p, const struct tally_group *g, uint32_t theme)
{
	uint32_t count = (uint32_t)p->lexicon->theme_count;
	return theme < count ? &g->marks[theme].reviews : &g->marks[theme - count].negated;
}

static uint32_t parent_of(const struct puzzle *p, uint32_t theme)
{
	uint32_t count = (uint32_t)p->lexicon->theme_count, parent = p->lexicon->themes[theme % count].parent;
	return parent == THEME_NONE ? reviews_themselves : parent + theme / count * count;
}

static bool of_reviews(const struct puzzle *p)
{
	return p->first == reviews_themselves;
}

static size_t width(const struct puzzle *p)
{
	return of_reviews(p) ? 0 : p->end - p->first;
}

static size_t *cell_at(const struct puzzle *p, size_t layer, size_t group, uint32_t theme)
{
	return theme == reviews_themselves ? &p->denominators[layer][group] : &p->cells[layer][group * width(p) + (theme - p->first)];
}

/* What is withheld already stays so. */
static void add_cells(struct puzzle *p, bool all_withheld)
{
	for (size_t l = 0; l < p->layer_count; l++) {
		const struct release *r = p->layers[l];
		p->cells[l] = mem_alloc((r->count * width(p) + 1) * sizeof **p->cells);
		p->denominators[l] = mem_alloc((r->count + 1) * sizeof **p->denominators);
		for (size_t g = 0; g < r->count; g++) {
			const struct tally_group *group = &r->groups[g];
			bool here = takes_part(p, r, g), settled = is_settled(p, r, g);
			p->denominators[l][g] = !here ? no_cell
			                        : settled || !of_reviews(p) ? suppress_settled_cell(p->s, group->reviews, group->reviews_mark)
			                                                    : suppress_cell(p->s, group->reviews);
			if (here && !settled && of_reviews(p) && all_withheld)
				suppress_withhold(p->s, p->denominators[l][g]);
			for (uint32_t t = p->first; t < p->end && !of_reviews(p); t++) {
				uint64_t value = value_of(p, group, t);
				size_t *cell = cell_at(p, l, g, t);
				*cell = !here ? no_cell : settled ? suppress_settled_cell(p->s, value, *mark_of(p, group, t)) : suppress_cell(p->s, value);
				if (here && !settled && (all_withheld || *mark_of(p, group, t) == MARK_WITHHELD))
					suppress_withhold(p->s, *cell);
			}
		}
	}
}

/* Totals, for one theme (or the reviews themselves) in one layer. */
static void add_sums(struct puzzle *p, size_t layer, uint32_t theme)
{
	const struct release *r = p->layers[layer];
	size_t *parts = mem_alloc((r->count + 1) * sizeof *parts);
	for (size_t w = r->printed; w < r->count; w++) {
		const struct tally_group *whole = &r->groups[w];
		size_t count = 0;
		if (*cell_at(p, layer, w, theme) == no_cell)
			continue;
		for (size_t g = 0; g < r->count; g++) {
			const struct tally_group *part = &r->groups[g];
			bool fits = g < r->printed ? (is_total(whole->period) || strcmp(part->period, whole->period) == 0) &&
			                                 (is_total(whole->facet) || strcmp(part->facet, whole->facet) == 0)
			                           : g != w && is_total(whole->period) && is_total(whole->facet) && p->stage != STAGE_ALL;
			if (fits && *cell_at(p, layer, g, theme) != no_cell)
				parts[count++] = *cell_at(p, layer, g, theme);
		}
		if (count)
			suppress_sum(p->s, *cell_at(p, layer, w, theme), parts, count);
	}
	free(parts);
}

/* Whether a theme is in no more reviews than the themes just below it together, everywhere: so it is if it has no entries of its own. */
static bool is_union(const struct puzzle *p, uint32_t theme)
{
	for (size_t l = 0; l < p->layer_count; l++)
		for (size_t g = 0; g < p->layers[l]->count; g++) {
			uint64_t together = 0;
			for (uint32_t child = theme + 1; child < p->end; child++)
				together += parent_of(p, child) == theme ? value_of(p, &p->layers[l]->groups[g], child) : 0;
			if (together < value_of(p, &p->layers[l]->groups[g], theme))
				return false;
		}
	return true;
}

/* No theme in more reviews than its parent; a union in no more than its themes together. */
static void add_tree(struct puzzle *p, size_t layer, size_t group)
{
	const struct tally_group *g = &p->layers[layer]->groups[group];
	struct suppress_term *terms = mem_alloc((width(p) + 2) * sizeof *terms);
	for (uint32_t t = p->first; t < p->end; t++) {
		size_t count = 0;
		uint32_t parent = parent_of(p, t);
		uint64_t above = parent == reviews_themselves ? g->reviews : value_of(p, g, parent);
		if (value_of(p, g, t) <= above)
			suppress_rule(p->s, (struct suppress_term[]){{*cell_at(p, layer, group, parent), 1}, {*cell_at(p, layer, group, t), -1}}, 2, 0, SUPPRESS_NO_LIMIT);
		for (uint32_t child = t + 1; child < p->end; child++)
			if (parent_of(p, child) == t)
				terms[count++] = (struct suppress_term){*cell_at(p, layer, group, child), 1};
		terms[count] = (struct suppress_term){*cell_at(p, layer, group, t), -1};
		if (count && p->unions[t - p->first])
			suppress_rule(p->s, terms, count + 1, 0, SUPPRESS_NO_LIMIT);
	}
	free(terms);
}

/* The change of a count from one layer to the next, as terms; how many. */
static size_t put_change(const struct puzzle *p, size_t layer, size_t now, size_t then, uint32_t theme, int sign, struct suppress_term *terms)
{
	terms[0] = (struct suppress_term){*cell_at(p, layer, now, theme), sign};
	terms[1] = (struct suppress_term){*cell_at(p, layer - 1, then, theme), -sign};
	return 2;
}

/* Those that came are reviews like any other, and so are those that went: what is true of a count and its parts is true of their changes, but for as many as went. */
static void add_tree_of_changes(struct puzzle *p, size_t layer, size_t g, size_t then, int64_t out)
{
	const struct tally_group *now = &p->layers[layer]->groups[g], *before = &p->layers[layer - 1]->groups[then];
	struct suppress_term *terms = mem_alloc((2 * width(p) + 4) * sizeof *terms);
	for (uint32_t t = p->first; t < p->end; t++) {
		uint32_t parent = parent_of(p, t);
		uint64_t above = parent == reviews_themselves ? now->reviews : value_of(p, now, parent), above_before = parent == reviews_themselves ? before->reviews : value_of(p, before, parent);
		int64_t change = (int64_t)value_of(p, now, t) - (int64_t)value_of(p, before, t), parts = 0, count = 0;
		size_t n = put_change(p, layer, g, then, parent, 1, terms);
		n += put_change(p, layer, g, then, t, -1, terms + n);
		if ((int64_t)above - (int64_t)above_before - change >= -out)
			suppress_rule(p->s, terms, n, -out, SUPPRESS_NO_LIMIT);
		n = put_change(p, layer, g, then, t, -1, terms);
		for (uint32_t child = t + 1; child < p->end; child++)
			if (parent_of(p, child) == t) {
				n += put_change(p, layer, g, then, child, 1, terms + n);
				parts += (int64_t)value_of(p, now, child) - (int64_t)value_of(p, before, child);
				count++;
			}
		if (count && p->unions[t - p->first] && parts - change >= -count * out)
			suppress_rule(p->s, terms, n, -count * out, SUPPRESS_NO_LIMIT);
	}
	free(terms);
}

/* Between two nights a count changes by no more than the reviews that came and went. */
static void add_links(struct puzzle *p, size_t layer)
{
	const struct release *before = p->layers[layer - 1], *r = p->layers[layer];
	struct suppress_term change[2];
	for (size_t g = 0; g < r->count; g++) {
		const struct tally_group *now = &r->groups[g], *then = release_find(before, now->period, now->facet);
		if (!then || p->denominators[layer][g] == no_cell)
			continue;
		size_t at = (size_t)(then - before->groups);
		int64_t in = (int64_t)ids_missing(then->ids, then->id_count, now->ids, now->id_count);
		int64_t out = (int64_t)ids_missing(now->ids, now->id_count, then->ids, then->id_count);
		put_change(p, layer, g, at, reviews_themselves, 1, change);
		suppress_rule(p->s, change, 2, in - out, in - out);
		for (uint32_t t = p->first; t < p->end && !of_reviews(p); t++) {
			put_change(p, layer, g, at, t, 1, change);
			suppress_rule(p->s, change, 2, -out, in);
		}
		if (!of_reviews(p))
			add_tree_of_changes(p, layer, g, at, out);
	}
}

static void add_rules(struct puzzle *p)
{
	p->unions = mem_calloc(width(p) + 1, sizeof *p->unions);
	for (uint32_t t = p->first; t < p->end && !of_reviews(p); t++)
		p->unions[t - p->first] = is_union(p, t);
	for (size_t l = 0; l < p->layer_count; l++) {
		add_sums(p, l, reviews_themselves);
		for (uint32_t t = p->first; t < p->end && !of_reviews(p); t++)
			add_sums(p, l, t);
		for (size_t g = 0; g < p->layers[l]->count && !of_reviews(p); g++)
			if (p->denominators[l][g] != no_cell)
				add_tree(p, l, g);
		if (l > 0)
			add_links(p, l);
	}
	free(p->unions);
}

static void take_marks(struct puzzle *p)
{
	size_t l = p->layer_count - 1;
	struct release *r = p->layers[l];
	for (size_t g = 0; g < r->count; g++) {
		if (!takes_part(p, r, g) || is_settled(p, r, g))
			continue;
		if (of_reviews(p))
			r->groups[g].reviews_mark = (unsigned char)suppress_mark(p->s, p->denominators[l][g]);
		for (uint32_t t = p->first; t < p->end && !of_reviews(p); t++)
			*mark_of(p, &r->groups[g], t) = (unsigned char)suppress_mark(p->s, *cell_at(p, l, g, t));
	}
}

/* 0, or -1: not even with all of it withheld. all_withheld: begin with that. */
static int solve(struct puzzle *p, int all_withheld)
{
	int failed = -1;
	p->cells = mem_calloc(p->layer_count, sizeof *p->cells);
	p->denominators = mem_calloc(p->layer_count, sizeof *p->denominators);
	for (; all_withheld < 2 && failed; all_withheld++) {
		p->s = suppress_new(p->threshold);
		add_cells(p, all_withheld);
		add_rules(p);
		failed = suppress_solve(p->s);
		if (!failed)
			take_marks(p);
		suppress_free(p->s);
		for (size_t l = 0; l < p->layer_count; l++) {
			free(p->cells[l]);
			free(p->denominators[l]);
		}
	}
	free(p->cells);
	free(p->denominators);
	return failed;
}

/* One stage. bare: without any number of reviews in the rows, only in the totals. */
static int protect_stage(struct puzzle *p, bool bare)
{
	const struct lexicon *lexicon = p->lexicon;
	uint32_t count = (uint32_t)lexicon->theme_count;
	bool any_hidden = false;
	p->first = reviews_themselves;
	p->end = 0;
	int failed = solve(p, bare);
	/* branch by branch, which is quick and as a rule enough */
	for (uint32_t top = 0, end; top < count && !failed; top = end) {
		for (end = top + 1; end < count && theme_is_within(lexicon, end, top); end++)
			;
		for (uint32_t negated = 0; negated < 2 && !failed; negated++) {
			p->first = top + negated * count;
			p->end = end + negated * count;
			failed = solve(p, false);
		}
	}
	/* branches bear on each other by hidden numbers of reviews */
	for (size_t l = 0; l < p->layer_count; l++)
		for (size_t g = 0; g < p->layers[l]->count; g++)
			any_hidden |= takes_part(p, p->layers[l], g) && p->layers[l]->groups[g].reviews_mark != MARK_SHOWN;
	if (failed || !any_hidden)
		return failed;
	p->first = 0;
	p->end = 2 * count;
	return solve(p, false);
}

int release_protect(struct release *now, struct release *const *past, size_t past_count, const struct lexicon *lexicon, unsigned threshold)
{
	struct release **layers = mem_calloc(past_count + 1, sizeof *layers);
	int failed = 0;
	if (past_count)
		memcpy(layers, past, past_count * sizeof *layers);
	layers[past_count] = now;
	for (int stage = now->faceted ? STAGE_PERIODS : STAGE_ALL; stage <= STAGE_ALL && !failed; stage++) {
		struct puzzle p = {.lexicon = lexicon, .layers = layers, .layer_count = past_count + 1, .threshold = threshold, .stage = (enum stage)stage};
		failed = protect_stage(&p, false);
		if (failed && now->faceted && stage == STAGE_ALL)
			failed = protect_stage(&p, true);
	}
	free(layers);
	if (failed)
		message_error("--suppress-below %u: so few reviews in so many rows cannot be printed without giving some away; use longer periods (--by period:...), "
		              "no --facet, or fewer conditions", threshold);
	return failed;
}

/* ---- in tables ---- */

void mark_put_count(struct table *t, uint64_t n, unsigned mark, unsigned threshold)
{
	if (mark == MARK_SHOWN)
		table_number(t, (int64_t)n);
	else if (mark == MARK_SMALL)
		table_small(t, threshold);
	else
		table_withheld(t);
}

void mark_put_real(struct table *t, double x, int decimals, bool hidden)
{
	if (hidden)
		table_withheld(t);
	else
		table_real(t, x, decimals);
}
