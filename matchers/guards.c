/* Guards: the rarest words outside an anchor, looked for by bits before anything is laid out. All this changes speed, never what is found. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "matchers/frequency.h"
#include "matchers/layout.h"
#include "matchers/token.h"

/* Where a guard stands: a step of the variant, and how far from the anchor; from is 0 if there is none. */
struct place {
	int step, from, to;
};

/* The rarest step outside the anchor but one; -1 leaves none out. */
static struct place rarest(struct frequency *f, const struct step *steps, const struct variant *variant, int but)
{
	struct place found = {-1, 0, 0};
	double best = INFINITY;

	for (int direction = -1; direction <= 1; direction += 2) {
		int step = direction > 0 ? variant->anchor + variant->anchor_count : variant->anchor - 1;
		int from = 0, to = 0; /* words between it and the anchor: at least, at most */

		for (; step >= 0 && step < variant->count && to < GUARD_REACH; step += direction) {
			if (steps[step].kind == STEP_GAP) {
				to += (int)steps[step].value;
				continue;
			}
			from++;
			to++;
			if (steps[step].kind != STEP_ATOM || step == but)
				continue;
			double cost = frequency_of(f, steps[step].value) * (to - from + 1);

			if (cost >= best)
				continue;
			best = cost;
			found = (struct place){step, direction > 0 ? from : -to, direction > 0 ? to : -from};
		}
	}
	return found;
}

int trial_compare(const void *a, const void *b)
{
	const struct trial *x = a, *y = b;
	uint32_t left = trial_window(x), right = trial_window(y);

	if (left != right)
		return left < right ? -1 : 1;
	return x->variant < y->variant ? -1 : x->variant > y->variant;
}

/* ---- bits ----
 *
 * A bit says maybe for nothing as often as one of its other guards stands there: the share of words that satisfy any of them, times how often the bit is asked. The sum of this over all bits
 * is made small: guards that the same words satisfy belong together. */

struct guard {
	uint32_t atom;
	double share, asked; /* of words that satisfy it; how many words of text for one word are asked for it */
	int bit;             /* -1: none yet */
};

struct sharing {
	struct frequency *frequency;
	size_t words;
	uint16_t *uses;          /* of each bit, for each known word: guards of the bit that it satisfies */
	double load[GUARD_BITS]; /* the share of words that satisfy a guard of the bit */
	double asked[GUARD_BITS];
};

/* What a guard adds to the load of a bit. */
static double added_load(const struct sharing *s, const struct guard *g, int bit)
{
	const uint16_t *uses = s->uses + (size_t)bit * s->words;
	size_t count;
	const uint32_t *words = frequency_words_of(s->frequency, g->atom, &count);
	double added = g->share; /* words that are not known are taken for different ones */

	for (size_t i = 0; i < count; i++)
		if (uses[words[i]])
			added -= frequency_of_word(s->frequency, words[i]);
	return added > 0 ? added : 0;
}

/* Takes a guard into its bit, or out of it (sign -1). */
static void put(struct sharing *s, struct guard *g, int sign)
{
	uint16_t *uses = s->uses + (size_t)g->bit * s->words;
	size_t count;
	const uint32_t *words = frequency_words_of(s->frequency, g->atom, &count);

	if (sign > 0)
		s->load[g->bit] += added_load(s, g, g->bit);
	for (size_t i = 0; i < count; i++)
		uses[words[i]] = (uint16_t)(uses[words[i]] + sign);
	if (sign < 0)
		s->load[g->bit] -= added_load(s, g, g->bit);
	s->asked[g->bit] += sign * g->asked;
}

static void choose_bit(struct sharing *s, struct guard *g)
{
	double best = INFINITY;

	if (g->bit >= 0)
		put(s, g, -1);
	for (int bit = 0; bit < GUARD_BITS; bit++) {
		double cost = s->load[bit] * g->asked;

		if (cost >= best)
			continue;
		cost += added_load(s, g, bit) * (s->asked[bit] + g->asked);
		if (cost < best) {
			best = cost;
			g->bit = bit;
		}
	}
	put(s, g, 1);
}

static int compare_guards(const void *a, const void *b)
{
	const struct guard *x = a, *y = b;

	if (x->share != y->share)
		return x->share > y->share ? -1 : 1;
	return x->atom < y->atom ? -1 : x->atom > y->atom;
}

enum { ROUNDS = 3 };

/* asked: by atom, less than 0 for atoms that guard nothing. */
static void share_bits(struct layout *l, struct frequency *f, const double *asked)
{
	struct sharing s = {.frequency = f, .words = frequency_words(f)};
	struct guard *list = mem_alloc((l->vocabulary.atom_count + 1) * sizeof *list);
	size_t count = 0;

	l->guard_bits = mem_alloc(l->vocabulary.atom_count + 1);
	memset(l->guard_bits, NO_GUARD, l->vocabulary.atom_count + 1);
	s.uses = mem_calloc(GUARD_BITS * (s.words + 1), sizeof *s.uses);
	for (uint32_t atom = 0; atom < l->vocabulary.atom_count; atom++)
		if (asked[atom] >= 0)
			list[count++] = (struct guard){atom, frequency_of(f, atom), asked[atom], -1};
	mem_sort(list, count, sizeof *list, compare_guards);
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < count; i++)
			choose_bit(&s, &list[i]);
	for (size_t i = 0; i < count; i++)
		l->guard_bits[list[i].atom] = (uint8_t)list[i].bit;
	free(s.uses);
	free(list);
}

/* ---- trials ---- */

/* Whether the guard is the only step outside the anchor that asks for a word, and the outermost one. */
static bool is_near(const struct layout *l, const struct variant *v, const struct trial *t)
{
	const struct step *steps = l->steps + v->steps;
	unsigned atoms = 0;

	for (unsigned i = 0; i < v->count; i++)
		atoms += steps[i].kind == STEP_ATOM;
	return atoms == v->anchor_count + 1u && v->left + v->right < OPEN_MOST && v->left + v->right == (t->guard_from > 0 ? t->guard_to : -t->guard_from) &&
	       (t->guard_from > 0 ? v->anchor == 0 : v->anchor + v->anchor_count == v->count);
}

struct trial *layout_trials(struct layout *l, struct frequency *f, const double *expected)
{
	enum { SECOND_SHARE = 4 }; /* of so many first guards that are asked for, one says maybe */
	struct trial *trials = mem_calloc(l->variant_count, sizeof *trials);
	uint32_t *seconds = mem_alloc((l->variant_count + 1) * sizeof *seconds);
	double *asked = mem_alloc((l->vocabulary.atom_count + 1) * sizeof *asked);

	for (uint32_t i = 0; i < l->vocabulary.atom_count; i++)
		asked[i] = -1;
	for (size_t i = 0; i < l->variant_count; i++) {
		struct variant *v = &l->variants[i];
		const struct step *steps = l->steps + v->steps;
		struct place first = rarest(f, steps, v, -1), second = first.from ? rarest(f, steps, v, first.step) : first;
		struct trial *t = &trials[i];

		*t = (struct trial){.variant = (uint32_t)i, .entry = v->entry, .guard = NO_ATOM, .guard_from = (int8_t)first.from, .guard_to = (int8_t)first.to};
		t->flags = (uint8_t)((v->simple ? TRIAL_SIMPLE : 0) | (v->comma ? TRIAL_COMMA : 0) | (v->whole ? TRIAL_WHOLE : 0) | (v->coded ? TRIAL_CODED : 0) |
		                     (2 * v->left < OPEN_MOST && 2 * v->right < OPEN_MOST ? 0 : TRIAL_FAR));
		v->second_from = (int8_t)second.from;
		v->second_to = (int8_t)second.to;
		seconds[i] = second.from ? steps[second.step].value : NO_ATOM;
		if (!first.from) {
			t->flags |= TRIAL_OPEN;
			continue;
		}
		t->guard = steps[first.step].value;
		if (is_near(l, v, t))
			t->flags |= TRIAL_NEAR;
		asked[t->guard] = fmax(asked[t->guard], 0) + expected[i] * (first.to - first.from + 1);
		if (second.from)
			asked[seconds[i]] = fmax(asked[seconds[i]], 0) + expected[i] * (second.to - second.from + 1) / SECOND_SHARE;
	}
	share_bits(l, f, asked);
	for (size_t i = 0; i < l->variant_count; i++) {
		if (trials[i].guard != NO_ATOM)
			trials[i].guard_bit = l->guard_bits[trials[i].guard];
		if (seconds[i] != NO_ATOM)
			l->variants[i].second_bit = l->guard_bits[seconds[i]];
	}
	free(seconds);
	free(asked);
	return trials;
}
