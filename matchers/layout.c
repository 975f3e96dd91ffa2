#include "matchers/layout.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"

uint32_t code_bytes(uint32_t code, unsigned width)
{
	uint32_t top = width == 3 ? code >> 14 : code >> 7;

	return (0x80 | top) | (width == 3 ? (code >> 7 & 0x7F) << 8 | (code & 0x7F) << 16 : (code & 0x7F) << 8);
}

/* ---- choosing anchors ---- */

/* English words so frequent that a run of nothing else is a poor anchor. Sorted. It changes speed, never what is found. */
static const char *const FREQUENT[] = {
	"a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be", "because", "been", "before", "being", "but", "by", "can",
	"could", "did", "do", "does", "for", "from", "had", "has", "have", "he", "her", "him", "his", "if", "in", "into", "is", "it", "its", "may",
	"more", "no", "not", "of", "on", "or", "other", "she", "should", "that", "the", "their", "them", "there", "they", "this", "to", "was", "were",
	"when", "which", "who", "will", "with", "would",
};

static int compare_words(const void *a, const void *b)
{
	return strcmp(a, *(const char *const *)b);
}

/* How much a step narrows the search: a guess from its letters. */
static unsigned rarity(const struct vocabulary *v, const struct step *s)
{
	const struct atom *a = &v->atoms[s->value];
	unsigned letters = a->length < 12 ? a->length : 12;

	if (a->wildcard)
		return 2 * letters - 1;
	if (bsearch(a->text, FREQUENT, sizeof FREQUENT / sizeof *FREQUENT, sizeof *FREQUENT, compare_words))
		return 1;
	return 4 + 2 * letters;
}

static bool is_literal(const struct vocabulary *v, const struct step *s)
{
	return s->kind == STEP_ATOM && !v->atoms[s->value].wildcard;
}

/* The best run of up to ANCHOR_MOST words, longer runs first unless they are frequent words only; else the best single step. */
static void choose_anchor(const struct vocabulary *v, const struct step *steps, struct variant *variant)
{
	unsigned best = 0;

	for (unsigned from = 0; from < variant->count; from++) {
		unsigned score = 0, n = 0;

		if (steps[from].kind != STEP_ATOM)
			continue;
		if (is_literal(v, &steps[from]))
			while (n < ANCHOR_MOST && from + n < variant->count && is_literal(v, &steps[from + n]))
				score += rarity(v, &steps[from + n++]);
		if (n < 2) {
			n = 1;
			score = rarity(v, &steps[from]) / 2;
		} else if (score > n) {
			score += 100;
		}
		if (score + 1 > best) {
			best = score + 1;
			variant->anchor = (uint16_t)from;
			variant->anchor_count = (uint8_t)n;
		}
	}
}

/* ---- building ---- */

static void add_steps(struct layout *l, const struct entry *e, const struct item_list *list)
{
	bool cased = e->flags & ENTRY_CASE;

	for (size_t i = 0; i < list->count; i++) {
		const struct item *item = &list->items[i];
		struct step s = {STEP_ATOM, 0};

		switch (item->kind) {
		case ITEM_ANY:
			s.kind = STEP_ANY;
			break;
		case ITEM_GAP:
			s = (struct step){STEP_GAP, item->gap};
			break;
		default:
			s.value = vocabulary_atom(&l->vocabulary, item->text, item->kind == ITEM_WILDCARD, cased, item->possessive);
		}
		MEM_GROW(l->steps, l->step_count, l->step_capacity);
		l->steps[l->step_count++] = s;
	}
}

static void add_variants(struct layout *l, uint32_t entry, const struct entry *e)
{
	size_t count;
	struct item_list *lists = entry_expand(e, &count);

	for (size_t i = 0; i < count; i++) {
		struct variant v = {.entry = entry, .steps = (uint32_t)l->step_count, .count = (uint16_t)lists[i].count,
		                    .comma = e->flags & ENTRY_COMMA, .whole = e->flags & ENTRY_WHOLE};

		add_steps(l, e, &lists[i]);
		choose_anchor(&l->vocabulary, l->steps + v.steps, &v);
		MEM_GROW(l->variants, l->variant_count, l->variant_capacity);
		l->variants[l->variant_count++] = v;
	}
	item_lists_free(lists, count);
}

static uint32_t *anchor_slot(const struct layout *l, const uint32_t codes[ANCHOR_MOST])
{
	size_t at = XXH3_64bits(codes, ANCHOR_MOST * sizeof *codes) & (l->anchor_slot_count - 1);

	while (l->anchor_slots[at] && memcmp(l->anchors[l->anchor_slots[at] - 1].codes, codes, ANCHOR_MOST * sizeof *codes) != 0)
		at = (at + 1) & (l->anchor_slot_count - 1);
	return &l->anchor_slots[at];
}

const struct anchor *layout_find(const struct layout *l, const uint32_t codes[ANCHOR_MOST])
{
	if (!l->anchor_count)
		return NULL;
	uint32_t slot = *anchor_slot(l, codes);

	return slot ? &l->anchors[slot - 1] : NULL;
}

/* Gives each variant that is anchored on a run its anchor; returns the anchor of each variant (of the others, UINT32_MAX). */
static uint32_t *make_anchors(struct layout *l)
{
	uint32_t *anchor_of = mem_alloc((l->variant_count + 1) * sizeof *anchor_of);
	size_t slots = 64;

	while (slots < 2 * l->variant_count + 2)
		slots *= 2;
	l->anchor_slot_count = slots;
	l->anchor_slots = mem_calloc(slots, sizeof *l->anchor_slots);
	for (size_t i = 0; i < l->variant_count; i++) {
		struct variant *v = &l->variants[i];
		const struct step *steps = l->steps + v->steps;
		uint32_t codes[ANCHOR_MOST] = {0};

		v->simple = v->anchor_count == v->count;
		for (unsigned k = 0; k < v->anchor_count; k++) {
			const struct atom *a = &l->vocabulary.atoms[steps[v->anchor + k].value];

			if (v->anchor_count > 1)
				codes[k] = vocabulary_code(&l->vocabulary, steps[v->anchor + k].value);
			if (v->anchor_count > 1 && (a->cased || a->possessive))
				v->simple = false;
		}
		anchor_of[i] = UINT32_MAX;
		if (v->anchor_count < 2)
			continue;
		uint32_t *slot = anchor_slot(l, codes);

		if (!*slot) {
			struct anchor a = {.count = v->anchor_count};

			memcpy(a.codes, codes, sizeof codes);
			MEM_GROW(l->anchors, l->anchor_count, l->anchor_capacity);
			l->anchors[l->anchor_count++] = a;
			*slot = (uint32_t)l->anchor_count;
		}
		anchor_of[i] = *slot - 1;
		l->anchors[anchor_of[i]].variant_count++;
	}
	return anchor_of;
}

/* Lists of variants by anchor and by atom, each in the order of the variants. */
static void make_lists(struct layout *l, const uint32_t *anchor_of)
{
	uint32_t atoms = l->vocabulary.atom_count, total = 0;

	l->anchor_variants = mem_alloc((l->variant_count + 1) * sizeof *l->anchor_variants);
	l->trigger_variants = mem_alloc((l->variant_count + 1) * sizeof *l->trigger_variants);
	l->trigger_first = mem_calloc((size_t)atoms + 2, sizeof *l->trigger_first);
	for (size_t i = 0; i < l->anchor_count; i++) {
		l->anchors[i].variants = total;
		total += l->anchors[i].variant_count;
		l->anchors[i].variant_count = 0;
	}
	for (size_t i = 0; i < l->variant_count; i++)
		if (anchor_of[i] == UINT32_MAX)
			l->trigger_first[l->steps[l->variants[i].steps + l->variants[i].anchor].value + 2]++;
	for (uint32_t a = 0; a < atoms; a++)
		l->trigger_first[a + 2] += l->trigger_first[a + 1];
	for (size_t i = 0; i < l->variant_count; i++) {
		const struct variant *v = &l->variants[i];

		if (anchor_of[i] == UINT32_MAX) {
			l->trigger_variants[l->trigger_first[l->steps[v->steps + v->anchor].value + 1]++] = (uint32_t)i;
		} else {
			struct anchor *a = &l->anchors[anchor_of[i]];

			l->anchor_variants[a->variants + a->variant_count++] = (uint32_t)i;
		}
	}
}

void layout_init(struct layout *l, const struct lexicon *lexicon)
{
	*l = (struct layout){0};
	vocabulary_init(&l->vocabulary);
	for (size_t i = 0; i < lexicon->entry_count; i++)
		if (!(lexicon->entries[i].flags & ENTRY_REGEX))
			add_variants(l, (uint32_t)i, &lexicon->entries[i]);
	uint32_t *anchor_of = make_anchors(l);

	make_lists(l, anchor_of);
	free(anchor_of);
	l->code_width = l->vocabulary.code_count > 1u << 14 ? 3 : 2;
}

void layout_release(struct layout *l)
{
	vocabulary_release(&l->vocabulary);
	free(l->steps);
	free(l->variants);
	free(l->anchors);
	free(l->anchor_variants);
	free(l->trigger_first);
	free(l->trigger_variants);
	free(l->anchor_slots);
	*l = (struct layout){0};
}
