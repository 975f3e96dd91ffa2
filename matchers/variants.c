/* From an entry's pattern to few variants: alternatives that differ in one word become one class of words.
 *
 * Alternatives of one word are put together before the pattern is expanded, by a word that stands for all of them; but not in patterns with hyphens, whose
 * closed forms need the words themselves. What expansion gives is then merged wherever two sequences differ in one place only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/strmap.h"
#include "matchers/expand.h"
#include "matchers/layout.h"

/* ---- alternatives of one word ---- */

struct grouping {
	struct layout *layout;
	struct arena memory;
	bool cased;
	uint32_t *classes;   /* what the words that stand for several mean */
	size_t count, capacity;
	uint32_t *atoms;     /* scratch */
	size_t atom_capacity;
};

/* No folded word begins so. */
static const char STANDS_FOR[] = "\x01";

static bool has_hyphen(const struct item_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct item *item = &list->items[i];

		if (item->hyphen_before)
			return true;
		for (size_t k = 0; k < item->choice_count; k++)
			if (has_hyphen(&item->choices[k]))
				return true;
	}
	return false;
}

static bool is_word(const struct item *item)
{
	return item->kind == ITEM_WORD || item->kind == ITEM_WILDCARD;
}

static uint32_t atom_of(struct layout *l, const struct item *item, bool cased)
{
	return vocabulary_atom(&l->vocabulary, item->text, item->kind == ITEM_WILDCARD, cased, item->possessive);
}

static struct item_list group(struct grouping *g, const struct item_list *list);

/* A choice with its alternatives of one word as one. */
static struct item group_choice(struct grouping *g, const struct item *choice)
{
	struct item out = *choice;
	size_t words = 0, to = 0;

	out.choices = arena_calloc(&g->memory, choice->choice_count, sizeof *out.choices);
	for (size_t i = 0; i < choice->choice_count; i++) {
		const struct item_list *list = &choice->choices[i];

		if (list->count == 1 && is_word(&list->items[0])) {
			MEM_GROW(g->atoms, words, g->atom_capacity);
			g->atoms[words++] = atom_of(g->layout, &list->items[0], g->cased);
		}
	}
	if (words > 1) {
		struct item *item = arena_calloc(&g->memory, 1, sizeof *item);
		char *text = arena_alloc(&g->memory, 16);

		snprintf(text, 16, "%s%zu", STANDS_FOR, g->count);
		*item = (struct item){.kind = ITEM_WORD, .text = text};
		out.choices[to++] = (struct item_list){item, 1};
		MEM_GROW(g->classes, g->count, g->capacity);
		g->classes[g->count++] = vocabulary_class(&g->layout->vocabulary, g->atoms, words);
	}
	for (size_t i = 0; i < choice->choice_count; i++) {
		const struct item_list *list = &choice->choices[i];

		if (words < 2 || list->count != 1 || !is_word(&list->items[0]))
			out.choices[to++] = group(g, list);
	}
	out.choice_count = to;
	return out;
}

static struct item_list group(struct grouping *g, const struct item_list *list)
{
	struct item_list out = {arena_calloc(&g->memory, list->count + 1, sizeof *out.items), list->count};

	for (size_t i = 0; i < list->count; i++)
		out.items[i] = list->items[i].kind == ITEM_CHOICE ? group_choice(g, &list->items[i]) : list->items[i];
	return out;
}

/* ---- sequences ---- */

struct sequence {
	struct step *steps;  /* NULL: merged into another */
	size_t count;
};

static struct step step_of(const struct grouping *g, const struct item *item)
{
	switch (item->kind) {
	case ITEM_ANY:
		return (struct step){STEP_ANY, 0};
	case ITEM_GAP:
		return (struct step){STEP_GAP, item->gap};
	default:
		if (item->kind == ITEM_WORD && item->text[0] == STANDS_FOR[0])
			return (struct step){STEP_ATOM, g->classes[strtoul(item->text + 1, NULL, 10)]};
		return (struct step){STEP_ATOM, atom_of(g->layout, item, g->cased)};
	}
}

/* Puts together the sequences that differ in the given place only; returns whether there were such. */
static bool merge_at(struct layout *l, struct sequence *sequences, size_t count, size_t place)
{
	struct {
		uint32_t first, last;
	} *groups = mem_alloc((count + 1) * sizeof *groups);
	uint32_t *next = mem_alloc((count + 1) * sizeof *next), *atoms = mem_alloc((count + 1) * sizeof *atoms);
	struct strmap keys = STRMAP_INIT;
	size_t group_count = 0;
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		struct sequence *s = &sequences[i];
		bool fresh;

		if (!s->steps || s->count <= place || s->steps[place].kind != STEP_ATOM)
			continue;
		uint32_t atom = s->steps[place].value;

		s->steps[place].value = NO_ATOM;
		size_t *group = strmap_put(&keys, s->steps, s->count * sizeof *s->steps, &fresh);

		s->steps[place].value = atom;
		next[i] = UINT32_MAX;
		if (fresh) {
			*group = group_count;
			groups[group_count].first = groups[group_count].last = (uint32_t)i;
			group_count++;
		} else {
			next[groups[*group].last] = (uint32_t)i;
			groups[*group].last = (uint32_t)i;
		}
	}
	for (size_t g = 0; g < group_count; g++) {
		struct sequence *kept = &sequences[groups[g].first];
		size_t n = 0;

		if (groups[g].first == groups[g].last)
			continue;
		for (uint32_t i = groups[g].first; i != UINT32_MAX; i = next[i]) {
			atoms[n++] = sequences[i].steps[place].value;
			if (&sequences[i] != kept)
				sequences[i].steps = NULL;
		}
		kept->steps[place].value = vocabulary_class(&l->vocabulary, atoms, n);
		any = true;
	}
	strmap_release(&keys);
	free(groups);
	free(next);
	free(atoms);
	return any;
}

static void merge_all(struct layout *l, struct sequence *sequences, size_t count)
{
	size_t longest = 0;
	bool any = count > 1;

	for (size_t i = 0; i < count; i++)
		longest = sequences[i].count > longest ? sequences[i].count : longest;
	while (any) {
		any = false;
		for (size_t place = 0; place < longest; place++)
			any |= merge_at(l, sequences, count, place);
	}
}

static void add_variant(struct layout *l, uint32_t number, const struct entry *entry, const struct sequence *s)
{
	struct variant v = {.entry = number, .steps = (uint32_t)l->step_count, .count = (uint16_t)s->count, .comma = entry->flags & ENTRY_COMMA,
	                    .whole = entry->flags & ENTRY_WHOLE};

	for (size_t i = 0; i < s->count; i++) {
		MEM_GROW(l->steps, l->step_count, l->step_capacity);
		l->steps[l->step_count++] = s->steps[i];
	}
	MEM_GROW(l->variants, l->variant_count, l->variant_capacity);
	l->variants[l->variant_count++] = v;
}

void layout_add_variants(struct layout *l, uint32_t number, const struct entry *entry)
{
	struct grouping g = {.layout = l, .memory = ARENA_INIT, .cased = entry->flags & ENTRY_CASE};
	struct item_list pattern = *entry_pattern(entry);
	size_t count;

	if (!has_hyphen(&pattern))
		pattern = group(&g, &pattern);
	struct item_list *lists = pattern_expand(&pattern, g.cased, "", &count);
	struct sequence *sequences = arena_calloc(&g.memory, count + 1, sizeof *sequences);

	for (size_t i = 0; i < count; i++) {
		sequences[i].count = lists[i].count;
		sequences[i].steps = arena_calloc(&g.memory, lists[i].count + 1, sizeof *sequences[i].steps);
		for (size_t k = 0; k < lists[i].count; k++)
			sequences[i].steps[k] = step_of(&g, &lists[i].items[k]);
	}
	item_lists_free(lists, count);
	merge_all(l, sequences, count);
	for (size_t i = 0; i < count; i++)
		if (sequences[i].steps)
			add_variant(l, number, entry, &sequences[i]);
	free(g.classes);
	free(g.atoms);
	arena_release(&g.memory);
}
