#include "pipeline/tally.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct tally {
	const struct lexicon *lexicon;
	const struct options *options;
	struct tally_group *groups;
	size_t count, capacity;
	size_t last;                /* group of the row before: digests come in runs of one year */
};

struct tally *tally_new(const struct lexicon *lexicon, const struct options *options)
{
	struct tally *t = mem_calloc(1, sizeof *t);
	t->lexicon = lexicon;
	t->options = options;
	return t;
}

void tally_free(struct tally *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->groups[i].facet);
		free(t->groups[i].cells);
		free(t->groups[i].marks);
		free(t->groups[i].ids);
	}
	free(t->groups);
	free(t);
}

size_t tally_theme_count(const struct tally *t)
{
	return t->lexicon->theme_count;
}

struct tally_group *tally_open(struct tally *t, int year, int month, const char *facet)
{
	struct period period;
	if (periods_find(&t->options->periods, year, month, &period) != 0) {
		snprintf(period.label, sizeof period.label, "unknown");
		period.first = period.last = INT_MAX;
	}
	for (size_t i = 0; i < t->count; i++) {
		size_t k = (t->last + i) % t->count;
		if (t->groups[k].first_month == period.first && strcmp(t->groups[k].facet, facet) == 0) {
			t->last = k;
			return &t->groups[k];
		}
	}
	MEM_GROW(t->groups, t->count, t->capacity);
	t->last = t->count;
	struct tally_group *g = &t->groups[t->count++];
	*g = (struct tally_group){.first_month = period.first, .last_month = period.last, .facet = mem_strdup(facet)};
	memcpy(g->period, period.label, sizeof g->period);
	g->cells = mem_calloc(t->lexicon->theme_count, sizeof *g->cells);
	return g;
}

const struct tally_group *tally_add(struct tally *t, const struct review_row *row)
{
	const struct options *o = t->options;
	const struct dating *date = o->incident_year ? &row->incident : &row->published;
	struct tally_group *g = tally_open(t, date->year, date->month, o->facet == FACET_NONE ? "" : facet_value(row, o->facet));
	g->reviews++;
	g->words += row->words;
	if (o->released) {
		MEM_GROW(g->ids, g->id_count, g->id_capacity);
		g->ids[g->id_count++] = row_identity(row);
	}
	for (size_t i = 0; i < row->tally_count; i++) {
		const struct theme_tally *from = &row->tallies[i];
		struct cell *to = &g->cells[from->theme];
		to->reviews += from->mentions > 0;
		to->reviews_negated += from->negated > 0;
		to->mentions += from->mentions;
		to->mentions_negated += from->negated;
		to->sentences += from->sentences;
	}
	for (size_t i = 0; i < row->inconclusive_count; i++) {
		uint32_t theme = row->inconclusive[i];
		while (theme < t->lexicon->theme_count) {
			g->cells[theme].inconclusive++;
			theme = t->lexicon->themes[theme].parent;
		}
	}
	return g;
}

static int in_order(const void *a, const void *b)
{
	const struct tally_group *x = a, *y = b;
	if (x->first_month != y->first_month)
		return x->first_month < y->first_month ? -1 : 1;
	return strcmp(x->facet, y->facet);
}

const struct tally_group *tally_groups(struct tally *t, size_t *count)
{
	mem_sort(t->groups, t->count, sizeof *t->groups, in_order);
	t->last = 0;
	*count = t->count;
	return t->groups;
}
