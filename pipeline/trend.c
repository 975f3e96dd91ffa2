#include "pipeline/trend.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"

static const double significant = 0.05;

/* ---- what a theme would lose without one of its entries ---- */

struct sole_key {
	uint32_t theme, entry;
	int first_month;
};

struct sole_count {
	struct sole_key key;
	uint64_t reviews;
};

struct sole_entries {
	struct sole_count *list;
	size_t count, capacity;
	struct strmap index;
};

struct sole_entries *sole_entries_new(void)
{
	struct sole_entries *s = mem_calloc(1, sizeof *s);
	s->index = (struct strmap)STRMAP_INIT;
	return s;
}

void sole_entries_free(struct sole_entries *s)
{
	if (!s)
		return;
	free(s->list);
	strmap_release(&s->index);
	free(s);
}

static void add_one(struct sole_entries *s, struct sole_key key)
{
	bool is_new;
	size_t *at = strmap_put(&s->index, &key, sizeof key, &is_new);
	if (is_new) {
		MEM_GROW(s->list, s->count, s->capacity);
		*at = s->count;
		s->list[s->count++] = (struct sole_count){key, 0};
	}
	s->list[*at].reviews++;
}

void sole_entries_add(struct sole_entries *s, int first_month, const struct review_row *row)
{
	/* evidence stands by theme */
	for (size_t i = 0, end; i < row->evidence_count; i = end) {
		uint32_t theme = row->evidence[i].theme, entry = NO_ENTRY;
		bool sole = true;
		for (end = i; end < row->evidence_count && row->evidence[end].theme == theme; end++) {
			const struct evidence *e = &row->evidence[end];
			if (e->cue != NO_CUE)
				continue;
			sole &= entry == NO_ENTRY || entry == e->entry;
			entry = e->entry;
		}
		if (sole && entry != NO_ENTRY)
			add_one(s, (struct sole_key){theme, entry, first_month});
	}
}

/* ---- the series of one theme ---- */

struct series {
	size_t count;
	uint64_t *reviews, *of;
	double *years, *rates;
	int *first_months;
};

static void fill(struct series *s, const struct tally_group *groups, size_t group_count, size_t theme)
{
	s->count = 0;
	for (size_t i = 0; i < group_count; i++) {
		const struct tally_group *g = &groups[i];
		if (g->first_month == INT_MAX || g->reviews == 0)
			continue;
		s->reviews[s->count] = g->cells[theme].reviews;
		s->of[s->count] = g->reviews;
		s->years[s->count] = (double)(g->first_month + g->last_month + 1) / 24;
		s->rates[s->count] = g->words ? (double)g->cells[theme].mentions * 1e6 / (double)g->words : 0;
		s->first_months[s->count++] = g->first_month;
	}
}

static int by_theme_and_entry(const void *a, const void *b)
{
	const struct sole_key *x = &((const struct sole_count *)a)->key, *y = &((const struct sole_count *)b)->key;
	if (x->theme != y->theme)
		return x->theme < y->theme ? -1 : 1;
	if (x->entry != y->entry)
		return x->entry < y->entry ? -1 : 1;
	return x->first_month < y->first_month ? -1 : x->first_month > y->first_month;
}

/* The entry without which the trend is gone; where there are several, the one that leaves least of it. counts are sorted. */
static uint32_t find_carrier(const struct series *s, const struct sole_count *counts, size_t count, uint32_t theme)
{
	uint64_t *without = mem_calloc(s->count, sizeof *without);
	uint32_t carrier = NO_ENTRY;
	double most = significant;
	for (size_t i = 0, end; i < count; i = end) {
		uint32_t entry = counts[i].key.entry;
		bool of_theme = counts[i].key.theme == theme;
		memcpy(without, s->reviews, s->count * sizeof *without);
		for (end = i; end < count && counts[end].key.theme == counts[i].key.theme && counts[end].key.entry == entry; end++)
			for (size_t p = 0; p < s->count && of_theme; p++)
				if (counts[end].key.first_month == s->first_months[p])
					without[p] -= counts[end].reviews;
		if (!of_theme)
			continue;
		double p = stats_cochran_armitage(without, s->of, s->years, s->count).p;
		p = isnan(p) ? 1 : p; /* nothing is left at all */
		if (p >= most) {
			most = p;
			carrier = entry;
		}
	}
	free(without);
	return carrier;
}

struct trend *trends_compute(const struct lexicon *lexicon, const struct tally_group *groups, size_t group_count, struct sole_entries *sole)
{
	struct trend *list = mem_calloc(lexicon->theme_count, sizeof *list);
	double *q = mem_calloc(lexicon->theme_count, sizeof *q);
	struct series s = {
		.reviews = mem_calloc(group_count, sizeof *s.reviews), .of = mem_calloc(group_count, sizeof *s.of),
		.years = mem_calloc(group_count, sizeof *s.years), .rates = mem_calloc(group_count, sizeof *s.rates),
		.first_months = mem_calloc(group_count, sizeof *s.first_months)};
	mem_sort(sole->list, sole->count, sizeof *sole->list, by_theme_and_entry); /* it is not added to again: the index is out of date now */
	for (size_t theme = 0; theme < lexicon->theme_count; theme++) {
		struct trend *t = &list[theme];
		fill(&s, groups, group_count, theme);
		t->periods = s.count;
		for (size_t i = 0; i < group_count; i++) {
			if (groups[i].first_month == INT_MAX || groups[i].reviews == 0)
				continue;
			t->first = t->first ? t->first : &groups[i];
			t->last = &groups[i];
			t->withheld |= groups[i].reviews_mark || (groups[i].marks && groups[i].marks[theme].reviews);
		}
		t->shares = stats_cochran_armitage(s.reviews, s.of, s.years, s.count);
		t->rates = stats_mann_kendall(s.years, s.rates, s.count);
		t->slope = stats_theil_sen(s.years, s.rates, s.count);
		t->carried_by = t->shares.p < significant ? find_carrier(&s, sole->list, sole->count, (uint32_t)theme) : NO_ENTRY;
		q[theme] = t->withheld ? NAN : t->shares.p;
	}
	stats_false_discovery(q, lexicon->theme_count);
	for (size_t theme = 0; theme < lexicon->theme_count; theme++)
		list[theme].q = q[theme];
	free(q);
	free(s.reviews);
	free(s.of);
	free(s.years);
	free(s.rates);
	free(s.first_months);
	return list;
}
