#include "matchers/frequency.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/resource.h"

/* The least frequency that the table holds. */
#define RARE 50e-6

struct known_word {
	const char *text;
	size_t length;
	double share;
	uint32_t pairs; /* it is the first word of pairs[pairs] to before pairs[pairs of the next word] */
	uint32_t mark;
};

struct known_pair {
	uint32_t second;
	double share;
};

/* What is known of an atom. */
struct estimate {
	double share;        /* < 0: not worked out yet */
	uint32_t *words;     /* the known words that satisfy it */
	size_t count;
};

struct frequency {
	const struct vocabulary *vocabulary;
	struct known_word *words; /* by text; one more at the end, for its pairs */
	size_t word_count, word_capacity;
	struct known_pair *pairs;
	size_t pair_count, pair_capacity;
	struct estimate *estimates;
	uint32_t mark;
};

/* Place of the first known word that is not before the text. */
static size_t lower_bound(const struct frequency *f, const char *text, size_t length)
{
	size_t low = 0, high = f->word_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct known_word *w = &f->words[middle];
		int order = memcmp(w->text, text, w->length < length ? w->length : length);

		if (order < 0 || (order == 0 && w->length < length))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t word_number(const struct frequency *f, const char *text, size_t length)
{
	size_t at = lower_bound(f, text, length);

	return at < f->word_count && f->words[at].length == length && memcmp(f->words[at].text, text, length) == 0 ? at : SIZE_MAX;
}

/* Lines are in byte order, so that the pairs of a word follow it: "word<TAB>per million" and "word word<TAB>per million". */
static void read_table(struct frequency *f, const struct resource *table)
{
	const char *end = table->bytes + table->length;

	for (int pass = 0; pass < 2; pass++) /* words; then pairs, whose second word must be known */
		for (const char *line = table->bytes, *next; line < end; line = next) {
			const char *stop = memchr(line, '\n', (size_t)(end - line)), *tab, *space;

			stop = stop ? stop : end;
			next = stop + 1;
			tab = memchr(line, '\t', (size_t)(stop - line));
			if (!tab)
				continue;
			double share = strtod(tab + 1, NULL) * 1e-6;

			space = memchr(line, ' ', (size_t)(tab - line));
			if (!space && pass == 0) {
				MEM_GROW(f->words, f->word_count + 1, f->word_capacity);
				f->words[f->word_count++] = (struct known_word){.text = line, .length = (size_t)(tab - line), .share = share};
			} else if (!space) {
				f->words[word_number(f, line, (size_t)(tab - line))].pairs = (uint32_t)f->pair_count;
			} else if (pass == 1) {
				size_t second = word_number(f, space + 1, (size_t)(tab - space - 1));

				if (second == SIZE_MAX)
					continue;
				MEM_GROW(f->pairs, f->pair_count, f->pair_capacity);
				f->pairs[f->pair_count++] = (struct known_pair){(uint32_t)second, share};
			}
		}
	MEM_GROW(f->words, f->word_count, f->word_capacity);
	f->words[f->word_count] = (struct known_word){.pairs = (uint32_t)f->pair_count};
}

struct frequency *frequency_new(const struct vocabulary *v)
{
	struct frequency *f = mem_calloc(1, sizeof *f);
	const struct resource *table = resource_find("matchers/frequency.tsv");

	f->vocabulary = v;
	if (table)
		read_table(f, table);
	f->estimates = mem_calloc(v->atom_count, sizeof *f->estimates);
	for (uint32_t i = 0; i < v->atom_count; i++)
		f->estimates[i].share = -1;
	return f;
}

void frequency_free(struct frequency *f)
{
	for (uint32_t i = 0; i < f->vocabulary->atom_count; i++)
		free(f->estimates[i].words);
	free(f->estimates);
	free(f->words);
	free(f->pairs);
	free(f);
}

/* Adds the known words that satisfy an atom which is no class. */
static void add_known(struct frequency *f, const struct atom *a, struct estimate *e, size_t *capacity)
{
	const char *text = atom_text(f->vocabulary, a), *star = a->wildcard ? memchr(text, '*', a->length) : NULL;
	size_t start = star ? (size_t)(star - text) : a->length, at = lower_bound(f, text, start);
	double known = 0;

	for (; at < f->word_count; at++) {
		const struct known_word *w = &f->words[at];

		if (w->length < start || memcmp(w->text, text, start) != 0)
			break;
		if (star ? !wildcard_matches(text, a->length, w->text, w->length) : w->length != a->length)
			continue;
		MEM_GROW(e->words, e->count, *capacity);
		e->words[e->count++] = (uint32_t)at;
		known += w->share;
	}
	if (!star && known == 0) /* the longer, the rarer */
		known = RARE * exp2(-0.3 * (double)(a->length < 12 ? a->length : 12));
	e->share += known + (star ? RARE : 0);
}

static struct estimate *estimate(struct frequency *f, uint32_t atom)
{
	struct estimate *e = &f->estimates[atom];
	size_t count, capacity = 0;

	if (e->share >= 0)
		return e;
	const uint32_t *members = atom_members(f->vocabulary, &atom, &count);

	e->share = 0;
	for (size_t i = 0; i < count; i++)
		add_known(f, &f->vocabulary->atoms[members[i]], e, &capacity);
	if (e->share > 1)
		e->share = 1;
	return e;
}

double frequency_of(struct frequency *f, uint32_t atom)
{
	return estimate(f, atom)->share;
}

const uint32_t *frequency_words_of(struct frequency *f, uint32_t atom, size_t *count)
{
	const struct estimate *e = estimate(f, atom);

	*count = e->count;
	return e->words;
}

double frequency_of_word(const struct frequency *f, uint32_t word)
{
	return f->words[word].share;
}

size_t frequency_words(const struct frequency *f)
{
	return f->word_count;
}

double frequency_of_pair(struct frequency *f, uint32_t left, uint32_t right)
{
	const struct estimate *a = estimate(f, left), *b = estimate(f, right);
	double known = a->share * b->share; /* of the pairs too rare for the table, as if the words were independent */

	f->mark++;
	for (size_t i = 0; i < b->count; i++)
		f->words[b->words[i]].mark = f->mark;
	for (size_t i = 0; i < a->count; i++) {
		const struct known_word *w = &f->words[a->words[i]];

		for (uint32_t k = w->pairs; k < w[1].pairs; k++)
			if (f->words[f->pairs[k].second].mark == f->mark)
				known += f->pairs[k].share;
	}
	return known;
}
