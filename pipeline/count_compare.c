#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/count_styles.h"
#include "pipeline/stats.h"

/* Reviews with the value, and those with another. */
struct side {
	uint64_t reviews, words;
	struct cell *cells;
};

static void add_side(struct side *to, const struct tally_group *g, size_t theme_count)
{
	to->reviews += g->reviews;
	to->words += g->words;
	for (size_t i = 0; i < theme_count; i++) {
		to->cells[i].reviews += g->cells[i].reviews;
		to->cells[i].mentions += g->cells[i].mentions;
	}
}

static void put_side(struct table *t, const struct side *s, size_t theme)
{
	table_number(t, (int64_t)s->cells[theme].reviews);
	table_number(t, (int64_t)s->reviews);
	table_real(t, s->reviews ? (double)s->cells[theme].reviews / (double)s->reviews : NAN, 4);
}

static double rate(const struct side *s, size_t theme)
{
	return s->words ? (double)s->cells[theme].mentions * 1e6 / (double)s->words : NAN;
}

/* Of reviews with and without the theme, with the value and another. */
static double p_of(const struct side *a, const struct side *b, size_t theme)
{
	uint64_t with_a = a->cells[theme].reviews, with_b = b->cells[theme].reviews;
	return stats_2x2(with_a, a->reviews - with_a, with_b, b->reviews - with_b);
}

void print_comparison(FILE *file, const struct session *s, const struct tally_group *groups, size_t count, const char *value)
{
	static const struct column columns[] = {
		{"theme", COLUMN_WORD}, {"reviews", COLUMN_NUMBER}, {"of", COLUMN_NUMBER}, {"share", COLUMN_NUMBER}, {"other_reviews", COLUMN_NUMBER}, {"other_of", COLUMN_NUMBER},
		{"other_share", COLUMN_NUMBER}, {"difference", COLUMN_NUMBER}, {"p", COLUMN_NUMBER}, {"q", COLUMN_NUMBER}, {"per_million_words", COLUMN_NUMBER},
		{"other_per_million_words", COLUMN_NUMBER}, {"log_likelihood", COLUMN_NUMBER}, {"log_ratio", COLUMN_NUMBER}};
	const struct options *o = s->options;
	size_t themes = s->lexicon->theme_count;
	struct side a = {.cells = mem_calloc(themes + 1, sizeof *a.cells)}, b = {.cells = mem_calloc(themes + 1, sizeof *b.cells)};
	uint64_t unknown = 0;
	for (size_t i = 0; i < count; i++) {
		bool is_value = strcmp(groups[i].facet, value) == 0;
		if (is_value || strcmp(groups[i].facet, "unknown") != 0)
			add_side(is_value ? &a : &b, &groups[i], themes);
		else
			unknown += groups[i].reviews;
	}
	if (!a.reviews || !b.reviews)
		message_warning("--compare: %s %s=%s: there is nothing to compare", a.reviews ? "all reviews have" : "no review has", facet_word(o->facet), value);
	if (unknown)
		message_note("%llu reviews are on neither side: their %s is not known", (unsigned long long)unknown, facet_word(o->facet));
	double *q = mem_calloc(themes + 1, sizeof *q);
	for (size_t i = 0; i < themes; i++)
		q[i] = p_of(&a, &b, i);
	stats_false_discovery(q, themes);
	struct table *t = table_new(file, o->format, !o->no_header, o->excel, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < themes; i++) {
		if (!s->shown[i])
			continue;
		struct keyness key = stats_keyness(a.cells[i].mentions, a.words, b.cells[i].mentions, b.words);
		table_text(t, s->lexicon->themes[i].code);
		put_side(t, &a, i);
		put_side(t, &b, i);
		table_real(t, a.reviews && b.reviews ? (double)a.cells[i].reviews / (double)a.reviews - (double)b.cells[i].reviews / (double)b.reviews : NAN, 4);
		table_real(t, p_of(&a, &b, i), 6);
		table_real(t, q[i], 6);
		table_real(t, rate(&a, i), 1);
		table_real(t, rate(&b, i), 1);
		table_real(t, key.log_likelihood, 2);
		table_real(t, key.log_ratio, 2);
		table_end_row(t);
	}
	table_finish(t);
	free(q);
	free(a.cells);
	free(b.cells);
}
