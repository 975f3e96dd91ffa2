#include "pipeline/effect.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/strmap.h"
#include "pipeline/tally.h"

/* The tallies: of all reviews of a side, of those that are on both sides, and of the latter's themes that only one side finds. */
enum { ALL_BEFORE, ALL_AFTER, COMMON_BEFORE, COMMON_AFTER, LOST, GAINED };

/* A review of the side before, kept until its fellow comes. */
struct kept {
	struct kept *next;     /* another of the same words and period (--duplicates all) */
	struct dating date;
	uint64_t words;
	size_t tally_count;
	struct theme_tally tallies[];
};

struct pairing {
	const struct options *options;
	const struct effect_side *sides[2];
	struct effect *effect;
	struct strmap by_words;    /* fingerprint and period: index into heads + 1 */
	struct kept **heads;
	size_t head_count, head_capacity;
	struct arena arena;
	uint32_t *other[2];        /* theme of one side: that of the other, or THEME_NONE */
	bool *found;               /* scratch: per theme of the side before */
	struct theme_tally *only;  /* scratch */
};

static const struct dating *date_of(const struct pairing *j, const struct review_row *row)
{
	return j->options->incident_year ? &row->incident : &row->published;
}

static void make_key(const struct pairing *j, const struct review_row *row, char key[16 + sizeof(int)])
{
	const struct dating *date = date_of(j, row);
	struct period period;
	if (periods_find(&j->options->periods, date->year, date->month, &period) != 0)
		period.first = INT_MAX;
	memcpy(key, row->fingerprint, 16);
	memcpy(key + 16, &period.first, sizeof period.first);
}

static void keep(struct pairing *j, const struct review_row *row)
{
	char key[16 + sizeof(int)];
	struct kept *k = arena_alloc(&j->arena, sizeof *k + row->tally_count * sizeof *k->tallies);
	*k = (struct kept){.date = *date_of(j, row), .words = row->words, .tally_count = row->tally_count};
	k->date.rule = k->date.text = k->date.conflict = ""; /* the row's own end with it */
	if (row->tally_count)
		memcpy(k->tallies, row->tallies, row->tally_count * sizeof *k->tallies);
	make_key(j, row, key);
	size_t *index = strmap_put(&j->by_words, key, sizeof key, NULL);
	if (!*index) {
		MEM_GROW(j->heads, j->head_count, j->head_capacity);
		j->heads[j->head_count++] = NULL;
		*index = j->head_count;
	}
	k->next = j->heads[*index - 1];
	j->heads[*index - 1] = k;
}

static struct kept *take(struct pairing *j, const struct review_row *row)
{
	char key[16 + sizeof(int)];
	make_key(j, row, key);
	const size_t *index = strmap_find(&j->by_words, key, sizeof key);
	struct kept *k = index ? j->heads[*index - 1] : NULL;
	if (k)
		j->heads[*index - 1] = k->next;
	return k;
}

/* Adds the themes of a row that the marks do not hold, as one review with one mention each. */
static void add_only(struct pairing *j, int which, const struct review_row *row, const uint32_t *translate)
{
	struct review_row part = *row;
	part.tally_count = part.inconclusive_count = 0;
	part.tallies = j->only;
	for (size_t i = 0; i < row->tally_count; i++) {
		uint32_t theme = row->tallies[i].theme, marked = translate ? translate[theme] : theme;
		if (row->tallies[i].mentions && (marked == THEME_NONE || !j->found[marked]))
			j->only[part.tally_count++] = (struct theme_tally){.theme = theme, .mentions = 1};
	}
	tally_add(j->effect->tallies[which], &part);
}

/* Sets or clears the marks, which are by the themes of the side before. */
static void mark(struct pairing *j, const struct review_row *row, const uint32_t *translate, bool value)
{
	for (size_t i = 0; i < row->tally_count; i++) {
		uint32_t theme = translate ? translate[row->tallies[i].theme] : row->tallies[i].theme;
		if (theme != THEME_NONE && row->tallies[i].mentions)
			j->found[theme] = value;
	}
}

static void add_pair(struct pairing *j, struct kept *before, const struct review_row *after)
{
	struct review_row row = {.words = before->words, .tallies = before->tallies, .tally_count = before->tally_count};
	row.published = row.incident = before->date;
	tally_add(j->effect->tallies[COMMON_BEFORE], &row);
	tally_add(j->effect->tallies[COMMON_AFTER], after);
	mark(j, &row, NULL, true);
	add_only(j, GAINED, after, j->other[1]);
	mark(j, &row, NULL, false);
	mark(j, after, j->other[1], true);
	add_only(j, LOST, &row, NULL);
	mark(j, after, j->other[1], false);
}

static void read_side(struct pairing *j, int side)
{
	struct ledger_cursor *c = ledger_begin(j->sides[side]->ledger);
	struct ledger_row r;
	while (ledger_next(c, &r)) {
		if ((r.duplicate && !j->options->all_duplicates) || !options_selects(j->options, r.row))
			continue;
		tally_add(j->effect->tallies[side ? ALL_AFTER : ALL_BEFORE], r.row);
		if (!side) {
			keep(j, r.row);
			j->effect->only_before++;
			continue;
		}
		struct kept *before = take(j, r.row);
		if (before) {
			add_pair(j, before, r.row);
			j->effect->common++;
			j->effect->only_before--;
		} else
			j->effect->only_after++;
	}
	ledger_end(c);
}

/* ---- rows ---- */

static const struct tally_group *group_of(const struct tally_group *groups, size_t count, int first_month)
{
	for (size_t i = 0; i < count; i++)
		if (groups[i].first_month == first_month)
			return &groups[i];
	return NULL;
}

struct period_groups {
	const char *label;
	int first_month;
	const struct tally_group *groups[6]; /* NULL where the tally has no review of it */
};

static int by_month(const void *a, const void *b)
{
	const struct period_groups *x = a, *y = b;
	return x->first_month < y->first_month ? -1 : x->first_month > y->first_month;
}

/* The periods of both sides, in order. The caller frees. */
static struct period_groups *list_periods(const struct effect *e, size_t *count)
{
	const struct tally_group *lists[6];
	size_t counts[6];
	for (int i = 0; i < 6; i++)
		lists[i] = tally_groups(e->tallies[i], &counts[i]);
	struct period_groups *periods = mem_calloc(counts[ALL_BEFORE] + counts[ALL_AFTER], sizeof *periods);
	*count = 0;
	for (int side = ALL_BEFORE; side <= ALL_AFTER; side++)
		for (size_t i = 0; i < counts[side]; i++) {
			const struct tally_group *g = &lists[side][i];
			if (side == ALL_AFTER && group_of(lists[ALL_BEFORE], counts[ALL_BEFORE], g->first_month))
				continue;
			struct period_groups *p = &periods[(*count)++];
			*p = (struct period_groups){.label = g->period, .first_month = g->first_month};
			for (int t = 0; t < 6; t++)
				p->groups[t] = group_of(lists[t], counts[t], g->first_month);
		}
	mem_sort(periods, *count, sizeof *periods, by_month);
	return periods;
}

static struct cell cell_of(const struct period_groups *p, int which, uint32_t theme)
{
	return p->groups[which] && theme != THEME_NONE ? p->groups[which]->cells[theme] : (struct cell){0};
}

static void add_row(struct effect *e, const struct period_groups *p, const char *theme, uint32_t before, uint32_t after)
{
	struct cell all[2] = {cell_of(p, ALL_BEFORE, before), cell_of(p, ALL_AFTER, after)};
	struct cell common[2] = {cell_of(p, COMMON_BEFORE, before), cell_of(p, COMMON_AFTER, after)};
	struct effect_row *row = &e->rows[e->count++];
	*row = (struct effect_row){.period = p->label, .theme = theme, .themed = {before != THEME_NONE, after != THEME_NONE}};
	for (int side = 0; side < 2; side++) {
		row->year_reviews[side] = p->groups[side] ? p->groups[side]->reviews : 0;
		row->reviews[side] = all[side].reviews;
		row->mentions[side] = all[side].mentions;
		row->negated[side] = all[side].mentions_negated;
	}
	row->lost = cell_of(p, LOST, before).reviews;
	row->gained = cell_of(p, GAINED, after).reviews;
	row->reviews_by_lexicon = (int64_t)common[1].reviews - (int64_t)common[0].reviews;
	row->mentions_by_lexicon = (int64_t)common[1].mentions - (int64_t)common[0].mentions;
	row->reviews_by_corpus = (int64_t)all[1].reviews - (int64_t)all[0].reviews - row->reviews_by_lexicon;
	row->mentions_by_corpus = (int64_t)all[1].mentions - (int64_t)all[0].mentions - row->mentions_by_lexicon;
}

static void make_rows(struct pairing *j)
{
	const struct lexicon *before = j->sides[0]->lexicon, *after = j->sides[1]->lexicon;
	size_t count;
	struct period_groups *periods = list_periods(j->effect, &count);
	j->effect->rows = mem_calloc(count * (before->theme_count + after->theme_count), sizeof *j->effect->rows);
	for (size_t p = 0; p < count; p++) {
		for (uint32_t i = 0; i < after->theme_count; i++)
			add_row(j->effect, &periods[p], after->themes[i].code, j->other[1][i], i);
		for (uint32_t i = 0; i < before->theme_count; i++)
			if (j->other[0][i] == THEME_NONE)
				add_row(j->effect, &periods[p], before->themes[i].code, i, THEME_NONE);
	}
	free(periods);
}

static uint32_t *translation(const struct lexicon *from, const struct lexicon *to)
{
	uint32_t *other = mem_calloc(from->theme_count + 1, sizeof *other);
	for (size_t i = 0; i < from->theme_count; i++)
		other[i] = lexicon_theme(to, from->themes[i].code);
	return other;
}

void effect_init(struct effect *e, const struct effect_side *before, const struct effect_side *after, const struct options *options)
{
	size_t themes = before->lexicon->theme_count + after->lexicon->theme_count;
	struct pairing j = {.options = options, .sides = {before, after}, .effect = e, .by_words = STRMAP_INIT};
	*e = (struct effect){0};
	for (int i = 0; i < 6; i++)
		e->tallies[i] = tally_new(i % 2 ? after->lexicon : before->lexicon, options);
	j.other[0] = translation(before->lexicon, after->lexicon);
	j.other[1] = translation(after->lexicon, before->lexicon);
	j.found = mem_calloc(themes + 1, sizeof *j.found);
	j.only = mem_calloc(themes + 1, sizeof *j.only);
	read_side(&j, 0);
	read_side(&j, 1);
	make_rows(&j);
	strmap_release(&j.by_words);
	arena_release(&j.arena);
	free(j.heads);
	free(j.other[0]);
	free(j.other[1]);
	free(j.found);
	free(j.only);
}

void effect_release(struct effect *e)
{
	for (int i = 0; i < 6; i++)
		if (e->tallies[i])
			tally_free(e->tallies[i]);
	free(e->rows);
	*e = (struct effect){0};
}
