#include "matchers/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "matchers/frequency.h"
#include "matchers/token.h"

uint32_t code_bytes(uint32_t code, unsigned width)
{
	uint32_t top = width == 3 ? code >> 14 : code >> 7;

	return (0x80 | top) | (width == 3 ? (code >> 7 & 0x7F) << 8 | (code & 0x7F) << 16 : (code & 0x7F) << 8);
}

/* ---- choosing anchors: this changes speed, never what is found ---- */

/* Exact words that a run may stand for at most, as a product over its steps. */
enum { RUN_SEQUENCES_MOST = 12 };

/* The exact words a step stands for; 0 if some of it is not exact words. */
static size_t exact_words(const struct vocabulary *v, const struct step *s)
{
	size_t count;
	const uint32_t *members = s->kind == STEP_ATOM ? atom_members(v, &s->value, &count) : NULL;

	for (size_t i = 0; members && i < count; i++)
		if (v->atoms[members[i]].wildcard)
			return 0;
	return members ? count : 0;
}

/* The run that begins with a step: of how many steps, 0 if it is none. */
static unsigned run_from(const struct vocabulary *v, const struct step *steps, unsigned left)
{
	size_t product = 1;
	unsigned n = 0;

	for (; n < left && n < RUN_MOST; n++) {
		size_t words = exact_words(v, &steps[n]);

		if (!words || product * words > RUN_SEQUENCES_MOST)
			break;
		product *= words;
	}
	return n >= 3 ? n : 0;
}

/* Returns the share of words with which the anchor is expected to begin. */
static double choose_anchor(const struct vocabulary *v, struct frequency *f, const struct step *steps, struct variant *variant)
{
	double best = INFINITY, expected = 0;

	for (unsigned from = 0; from < variant->count; from++) {
		const struct step *at = steps + from;
		unsigned left = variant->count - from;

		if (at->kind != STEP_ATOM)
			continue;
		unsigned run = run_from(v, at, left);
		bool pair = left >= 2 && at[1].kind == STEP_ATOM;
		double two = pair ? frequency_of_pair(f, at->value, at[1].value) : 0, all = two;

		for (unsigned k = 1; k + 1 < run; k++) /* each word depends on the one before it */
			all *= frequency_of_pair(f, at[k].value, at[k + 1].value) / frequency_of(f, at[k].value);
		/* how often it is found, times what that costs */
		const struct { unsigned count; double often, cost; } ways[] = {
			{1, frequency_of(f, at->value), 1},
			{pair ? 2 : 0, two, 1.5},
			{run, all, 3},
		};

		for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
			if (ways[i].count && ways[i].often * ways[i].cost < best) {
				best = ways[i].often * ways[i].cost;
				expected = ways[i].often;
				variant->anchor = (uint16_t)from;
				variant->anchor_count = (uint8_t)ways[i].count;
			}
	}
	return expected;
}

static uint16_t most_words(const struct step *steps, unsigned from, unsigned to)
{
	unsigned words = 0;

	for (unsigned i = from; i < to; i++)
		words += steps[i].kind == STEP_GAP ? steps[i].value : 1;
	return words < UINT16_MAX ? (uint16_t)words : UINT16_MAX;
}

/* ---- anchors to variants ---- */

/* An anchor of one kind, and a variant that has it. */
struct use {
	uint32_t anchor, variant;
};
struct use_list {
	struct use *items;
	size_t count, capacity;
};

static void add_use(struct use_list *u, uint32_t anchor, size_t variant)
{
	MEM_GROW(u->items, u->count, u->capacity);
	u->items[u->count++] = (struct use){anchor, (uint32_t)variant};
}

static int compare_uses(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	if (x->anchor != y->anchor)
		return x->anchor < y->anchor ? -1 : 1;
	return x->variant < y->variant ? -1 : x->variant > y->variant;
}

static uint32_t *run_slot(const struct layout *l, const uint32_t codes[RUN_MOST])
{
	size_t at = XXH3_64bits(codes, RUN_MOST * sizeof *codes) & (l->run_slot_count - 1);

	while (l->run_slots[at] && memcmp(l->runs[l->run_slots[at] - 1].codes, codes, RUN_MOST * sizeof *codes) != 0)
		at = (at + 1) & (l->run_slot_count - 1);
	return &l->run_slots[at];
}

const struct run *layout_run(const struct layout *l, const uint32_t codes[RUN_MOST])
{
	if (!l->run_count)
		return NULL;
	uint32_t slot = *run_slot(l, codes);

	return slot ? &l->runs[slot - 1] : NULL;
}

/* Makes room for twice as many slots as there are runs, and more. */
static void grow_run_slots(struct layout *l)
{
	if (l->run_slot_count && 2 * l->run_count < l->run_slot_count)
		return;
	l->run_slot_count = l->run_slot_count ? l->run_slot_count : 256;
	while (2 * l->run_count >= l->run_slot_count)
		l->run_slot_count *= 2;
	free(l->run_slots);
	l->run_slots = mem_calloc(l->run_slot_count, sizeof *l->run_slots);
	for (size_t i = 0; i < l->run_count; i++)
		*run_slot(l, l->runs[i].codes) = (uint32_t)i + 1;
}

static uint32_t run_number(struct layout *l, const uint32_t codes[RUN_MOST], uint32_t count)
{
	grow_run_slots(l);
	uint32_t *slot = run_slot(l, codes);

	if (!*slot) {
		struct run r = {.count = count};

		memcpy(r.codes, codes, sizeof r.codes);
		MEM_GROW(l->runs, l->run_count, l->run_capacity);
		l->runs[l->run_count++] = r;
		*slot = (uint32_t)l->run_count;
	}
	return *slot - 1;
}

/* Every sequence of exact words that the anchor of a variant stands for is a run. */
static void add_runs(struct layout *l, size_t number, struct use_list *uses)
{
	struct variant *v = &l->variants[number];
	const struct step *steps = l->steps + v->steps + v->anchor;
	size_t place[RUN_MOST] = {0};

	for (;;) {
		uint32_t codes[RUN_MOST] = {0};
		unsigned step = 0;

		for (unsigned k = 0; k < v->anchor_count; k++) {
			size_t count;
			uint32_t atom = atom_members(&l->vocabulary, &steps[k].value, &count)[place[k]];

			codes[k] = vocabulary_code(&l->vocabulary, atom);
			if (l->vocabulary.atoms[atom].cased || l->vocabulary.atoms[atom].possessive)
				v->coded = v->simple = false;
		}
		add_use(uses, run_number(l, codes, v->anchor_count), number);
		for (; step < v->anchor_count; step++) {
			size_t count;

			atom_members(&l->vocabulary, &steps[step].value, &count);
			if (++place[step] < count)
				break;
			place[step] = 0;
		}
		if (step == v->anchor_count)
			return;
	}
}

static uint32_t pair_number(struct layout *l, struct strmap *known, uint32_t left, uint32_t right)
{
	uint32_t key[2] = {left, right};
	bool fresh;
	size_t *number = strmap_put(known, key, sizeof key, &fresh);

	if (fresh) {
		*number = l->pair_count;
		MEM_GROW(l->pairs, l->pair_count, l->pair_capacity);
		l->pairs[l->pair_count++] = (struct pair){.left = left, .right = right};
	}
	return (uint32_t)*number;
}

/* Appends the trials of each anchor to layout.trials, which has room for them; of_variant holds the trial of each variant. */
static void make_lists(struct layout *l, struct use_list *uses, const struct trial *of_variant,
                       struct trial_list *(*list_of)(struct layout *l, uint32_t anchor))
{
	mem_sort(uses->items, uses->count, sizeof *uses->items, compare_uses);
	for (size_t i = 0; i < uses->count; i++) {
		struct trial_list *list = list_of(l, uses->items[i].anchor);

		if (i > 0 && compare_uses(&uses->items[i - 1], &uses->items[i]) == 0)
			continue;
		if (list->count++ == 0)
			list->first = (uint32_t)l->trial_count;
		l->trials[l->trial_count++] = of_variant[uses->items[i].variant];
	}
	for (size_t i = 0; i < uses->count; i++) {
		const struct trial_list *list = list_of(l, uses->items[i].anchor);

		if (i == 0 || uses->items[i].anchor != uses->items[i - 1].anchor)
			mem_sort(l->trials + list->first, list->count, sizeof *l->trials, trial_compare);
	}
	free(uses->items);
}

static struct trial_list *single_list(struct layout *l, uint32_t atom)
{
	return &l->singles[atom];
}

static struct trial_list *pair_list(struct layout *l, uint32_t pair)
{
	return &l->pairs[pair].trials;
}

static struct trial_list *run_list(struct layout *l, uint32_t run)
{
	return &l->runs[run].trials;
}

/* The pairs of each atom, as the left or the right one. */
static void index_pairs(struct layout *l, bool right, uint32_t **first, uint32_t **pairs)
{
	uint32_t atoms = l->vocabulary.atom_count;

	*first = mem_calloc((size_t)atoms + 2, sizeof **first);
	*pairs = mem_alloc((l->pair_count + 1) * sizeof **pairs);
	for (size_t i = 0; i < l->pair_count; i++)
		(*first)[(right ? l->pairs[i].right : l->pairs[i].left) + 2]++;
	for (uint32_t a = 0; a < atoms; a++)
		(*first)[a + 2] += (*first)[a + 1];
	for (size_t i = 0; i < l->pair_count; i++)
		(*pairs)[(*first)[(right ? l->pairs[i].right : l->pairs[i].left) + 1]++] = (uint32_t)i;
}

static void make_anchors(struct layout *l)
{
	struct frequency *f = frequency_new(&l->vocabulary);
	struct use_list singles = {0}, pairs = {0}, runs = {0};
	struct strmap known = STRMAP_INIT;
	double *expected = mem_calloc(l->variant_count, sizeof *expected);

	for (size_t i = 0; i < l->variant_count; i++) {
		struct variant *v = &l->variants[i];
		const struct step *steps = l->steps + v->steps;

		expected[i] = choose_anchor(&l->vocabulary, f, steps, v);
		v->left = most_words(steps, 0, v->anchor);
		v->right = most_words(steps, v->anchor + v->anchor_count, v->count);
		v->simple = v->anchor_count == v->count;
		v->coded = v->anchor_count > 2;
		if (v->anchor_count == 1)
			add_use(&singles, steps[v->anchor].value, i);
		else if (v->anchor_count == 2)
			add_use(&pairs, pair_number(l, &known, steps[v->anchor].value, steps[v->anchor + 1].value), i);
		else
			add_runs(l, i, &runs);
	}
	strmap_release(&known);
	struct trial *of_variant = layout_trials(l, f, expected);

	l->trials = mem_alloc((singles.count + pairs.count + runs.count + 1) * sizeof *l->trials);
	l->singles = mem_calloc((size_t)l->vocabulary.atom_count + 1, sizeof *l->singles);
	make_lists(l, &singles, of_variant, single_list);
	make_lists(l, &pairs, of_variant, pair_list);
	make_lists(l, &runs, of_variant, run_list);
	free(of_variant);
	free(expected);
	frequency_free(f);
}

static void make_links(struct layout *l)
{
	unsigned bits = 10;

	while (bits < 28 && (size_t)1 << bits < 32 * l->run_count)
		bits++;
	l->link_shift = 32 - bits;
	l->link_count = ((size_t)1 << bits) / 16;
	l->links = mem_calloc(l->link_count, sizeof *l->links);
	for (size_t i = 0; i < l->run_count; i++)
		for (uint32_t k = 0; k + 1 < l->runs[i].count; k++) {
			const uint32_t *codes = l->runs[i].codes + k;
			uint32_t slot = link_slot(code_bytes(codes[0], l->code_width), code_bytes(codes[1], l->code_width), l->link_shift);

			l->links[slot / 16] |= (uint32_t)(k ? LINK_LATER : LINK_FIRST) << 2 * (slot % 16);
		}
}

void layout_init(struct layout *l, const struct lexicon *lexicon, const bool *left_out)
{
	*l = (struct layout){0};
	vocabulary_init(&l->vocabulary);
	for (size_t i = 0; i < lexicon->entry_count; i++)
		if (!(lexicon->entries[i].flags & ENTRY_REGEX) && !(left_out && left_out[i]))
			layout_add_variants(l, (uint32_t)i, &lexicon->entries[i]);
	vocabulary_seal(&l->vocabulary);
	make_anchors(l);
	index_pairs(l, false, &l->left_first, &l->left_pairs);
	index_pairs(l, true, &l->right_first, &l->right_pairs);
	l->code_width = l->vocabulary.code_count > 1u << 14 ? 3 : 2;
	make_links(l);
}
