#include "matchers/layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"

uint32_t code_bytes(uint32_t code, unsigned width)
{
	uint32_t top = width == 3 ? code >> 14 : code >> 7;

	return (0x80 | top) | (width == 3 ? (code >> 7 & 0x7F) << 8 | (code & 0x7F) << 16 : (code & 0x7F) << 8);
}

/* ---- choosing anchors: this changes speed, never what is found ---- */

/* Exact words that a run may stand for at most, as a product over its steps. */
enum { RUN_SEQUENCES_MOST = 12 };

/* How often a word comes among ten thousand words of English case reviews: rough, and only of the frequent ones. Sorted. */
static const struct {
	const char *word;
	unsigned count;
} FREQUENT[] = {
	{"a", 220}, {"about", 25}, {"abuse", 30}, {"after", 12}, {"age", 10}, {"agencies", 16}, {"agency", 14}, {"all", 21}, {"also", 13}, {"an", 35},
	{"and", 360}, {"any", 16}, {"appropriate", 8}, {"are", 43}, {"as", 69}, {"assessment", 14}, {"at", 42}, {"baby", 10}, {"be", 64},
	{"because", 8}, {"been", 38}, {"before", 8}, {"being", 19}, {"between", 11}, {"boy", 4}, {"brother", 4}, {"but", 23}, {"by", 50}, {"can", 16},
	{"care", 33}, {"carer", 5}, {"case", 45}, {"child", 110}, {"children", 80}, {"concern", 8}, {"concerns", 18}, {"contact", 7}, {"could", 14},
	{"death", 12}, {"did", 18}, {"do", 8}, {"domestic", 15}, {"during", 8}, {"early", 7}, {"education", 8}, {"evidence", 11}, {"families", 15},
	{"family", 41}, {"father", 25}, {"following", 11}, {"for", 103}, {"from", 49}, {"further", 8}, {"girl", 4}, {"given", 6}, {"gp", 8},
	{"had", 55}, {"harm", 20}, {"has", 20}, {"have", 38}, {"he", 30}, {"health", 29}, {"her", 45}, {"him", 10}, {"his", 35}, {"history", 8},
	{"home", 15}, {"hospital", 8}, {"how", 12}, {"however", 9}, {"if", 8}, {"impact", 8}, {"in", 239}, {"information", 27}, {"into", 8},
	{"involved", 8}, {"is", 60}, {"issues", 14}, {"it", 35}, {"its", 6}, {"known", 9}, {"lack", 10}, {"learning", 14}, {"local", 10}, {"made", 11},
	{"may", 18}, {"meeting", 8}, {"mental", 10}, {"more", 15}, {"mother", 45}, {"need", 16}, {"needs", 14}, {"no", 18}, {"not", 63}, {"of", 374},
	{"often", 8}, {"old", 8}, {"on", 60}, {"one", 18}, {"only", 8}, {"or", 70}, {"other", 19}, {"out", 12}, {"over", 12}, {"parent", 8},
	{"parental", 8}, {"parents", 21}, {"partner", 8}, {"people", 20}, {"person", 15}, {"physical", 6}, {"plan", 12}, {"police", 12},
	{"practice", 16}, {"practitioners", 9}, {"problems", 7}, {"professional", 10}, {"professionals", 28}, {"protection", 24}, {"referral", 6},
	{"report", 12}, {"review", 28}, {"reviews", 12}, {"risk", 23}, {"risks", 10}, {"safeguarding", 18}, {"school", 15}, {"serious", 18},
	{"service", 9}, {"services", 25}, {"sexual", 10}, {"she", 35}, {"should", 18}, {"sibling", 4}, {"significant", 7}, {"sister", 3},
	{"social", 29}, {"some", 15}, {"staff", 8}, {"such", 12}, {"support", 19}, {"than", 11}, {"that", 105}, {"the", 560}, {"their", 36},
	{"them", 10}, {"there", 40}, {"these", 20}, {"they", 22}, {"this", 65}, {"those", 10}, {"through", 10}, {"time", 17}, {"to", 296}, {"two", 10},
	{"under", 7}, {"understanding", 6}, {"up", 12}, {"was", 115}, {"were", 60}, {"what", 11}, {"when", 21}, {"where", 18}, {"which", 30},
	{"while", 7}, {"who", 25}, {"with", 91}, {"within", 14}, {"without", 6}, {"work", 12}, {"worker", 10}, {"workers", 8}, {"working", 15},
	{"would", 14}, {"year", 10}, {"years", 12}, {"young", 40},
};
enum { FREQUENT_COUNT = sizeof FREQUENT / sizeof *FREQUENT };

/* Place of the first frequent word that is not before the text. */
static size_t frequent_from(const char *text, size_t length)
{
	size_t low = 0, high = FREQUENT_COUNT;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strncmp(FREQUENT[middle].word, text, length) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A guess at the share of words that satisfy an atom which is no class. */
static double frequency_of_one(const struct atom *a)
{
	size_t start = a->wildcard ? strcspn(a->text, "*") : a->length;
	double sum = 0;

	for (size_t i = frequent_from(a->text, start); i < FREQUENT_COUNT && strncmp(FREQUENT[i].word, a->text, start) == 0; i++)
		if (a->wildcard || strlen(FREQUENT[i].word) == a->length)
			sum += FREQUENT[i].count / 10000.0;
	/* other words: the longer the rarer, the more patterns use it the more frequent */
	double rare = exp2(-10.5 - 0.3 * (double)(start < 10 ? start : 10)) * (1 + (a->uses < 32 ? a->uses : 32) / 16.0);

	return a->wildcard ? sum + 2 * rare : sum > 0 ? sum : rare;
}

static double frequency(const struct vocabulary *v, uint32_t atom)
{
	size_t count;
	const uint32_t *members = atom_members(v, &atom, &count);
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += frequency_of_one(&v->atoms[members[i]]);
	return sum < 1 ? sum : 1;
}

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

static void choose_anchor(const struct vocabulary *v, const struct step *steps, struct variant *variant)
{
	double best = INFINITY;

	for (unsigned from = 0; from < variant->count; from++) {
		if (steps[from].kind != STEP_ATOM)
			continue;
		double f[RUN_MOST] = {0};
		unsigned run = run_from(v, steps + from, variant->count - from), n = 0;

		for (; n < RUN_MOST && from + n < variant->count && steps[from + n].kind == STEP_ATOM; n++)
			f[n] = frequency(v, steps[from + n].value);
		/* neighbours go together more often than by chance; what is found must be laid out, and a single word is the dearest */
		const struct { unsigned count; double cost; } ways[] = {
			{1, f[0]},
			{n >= 2 ? 2 : 0, 10 * f[0] * f[1]},
			{run, run == 3 ? 100 * f[0] * f[1] * f[2] : 1000 * f[0] * f[1] * f[2] * f[3]},
		};

		for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
			if (ways[i].count && ways[i].cost < best) {
				best = ways[i].cost;
				variant->anchor = (uint16_t)from;
				variant->anchor_count = (uint8_t)ways[i].count;
			}
	}
}

static uint16_t most_words(const struct step *steps, unsigned from, unsigned to)
{
	unsigned words = 0;

	for (unsigned i = from; i < to; i++)
		words += steps[i].kind == STEP_GAP ? steps[i].value : 1;
	return words < UINT16_MAX ? (uint16_t)words : UINT16_MAX;
}

static void choose_guard(const struct vocabulary *v, const struct step *steps, const struct variant *variant, struct trial *t)
{
	double best = INFINITY;

	t->guard = NO_ATOM;
	for (int direction = -1; direction <= 1; direction += 2) {
		int step = direction > 0 ? variant->anchor + variant->anchor_count : variant->anchor - 1;
		int from = 0, to = 0; /* words between it and the anchor: at least, at most */

		for (; step >= 0 && step < variant->count && to < 64; step += direction) {
			if (steps[step].kind == STEP_GAP) {
				to += (int)steps[step].value;
				continue;
			}
			from++;
			to++;
			if (steps[step].kind != STEP_ATOM)
				continue;
			double cost = frequency(v, steps[step].value) * (to - from + 1) + 0.01 * (to - from);

			if (cost >= best)
				continue;
			best = cost;
			t->guard = steps[step].value;
			t->guard_from = (int16_t)(direction > 0 ? from : -to);
			t->guard_to = (int16_t)(direction > 0 ? to : -from);
		}
	}
}

static void count_uses(struct layout *l)
{
	struct vocabulary *v = &l->vocabulary;

	for (size_t i = 0; i < l->step_count; i++) {
		size_t count;

		if (l->steps[i].kind != STEP_ATOM)
			continue;
		const uint32_t *members = atom_members(v, &l->steps[i].value, &count);

		for (size_t k = 0; k < count; k++)
			v->atoms[members[k]].uses++;
	}
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

static uint32_t run_number(struct layout *l, const uint32_t codes[RUN_MOST], uint32_t count)
{
	if (2 * l->run_count >= l->run_slot_count) {
		l->run_slot_count = l->run_slot_count ? 2 * l->run_slot_count : 256;
		free(l->run_slots);
		l->run_slots = mem_calloc(l->run_slot_count, sizeof *l->run_slots);
		for (size_t i = 0; i < l->run_count; i++)
			*run_slot(l, l->runs[i].codes) = (uint32_t)i + 1;
	}
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
				v->simple = false;
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

/* Appends the variants of each anchor to layout.lists. */
static void make_lists(struct layout *l, struct use_list *uses, size_t *used, struct variant_list *(*list_of)(struct layout *l, uint32_t anchor))
{
	if (uses->count)
		qsort(uses->items, uses->count, sizeof *uses->items, compare_uses);
	for (size_t i = 0; i < uses->count; i++) {
		struct variant_list *list = list_of(l, uses->items[i].anchor);

		if (i > 0 && compare_uses(&uses->items[i - 1], &uses->items[i]) == 0)
			continue;
		if (list->count++ == 0)
			list->first = (uint32_t)*used;
		l->lists[(*used)++] = uses->items[i].variant;
	}
	free(uses->items);
}

static struct variant_list *single_list(struct layout *l, uint32_t atom)
{
	return &l->singles[atom];
}

static struct variant_list *pair_list(struct layout *l, uint32_t pair)
{
	return &l->pairs[pair].variants;
}

static struct variant_list *run_list(struct layout *l, uint32_t run)
{
	return &l->runs[run].variants;
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
	struct use_list singles = {0}, pairs = {0}, runs = {0};
	struct strmap known = STRMAP_INIT;
	size_t used = 0;

	for (size_t i = 0; i < l->variant_count; i++) {
		struct variant *v = &l->variants[i];
		const struct step *steps = l->steps + v->steps;

		choose_anchor(&l->vocabulary, steps, v);
		v->left = most_words(steps, 0, v->anchor);
		v->right = most_words(steps, v->anchor + v->anchor_count, v->count);
		v->simple = v->anchor_count == v->count;
		if (v->anchor_count == 1)
			add_use(&singles, steps[v->anchor].value, i);
		else if (v->anchor_count == 2)
			add_use(&pairs, pair_number(l, &known, steps[v->anchor].value, steps[v->anchor + 1].value), i);
		else
			add_runs(l, i, &runs);
	}
	strmap_release(&known);
	l->trials = mem_calloc(l->variant_count, sizeof *l->trials);
	for (size_t i = 0; i < l->variant_count; i++) {
		const struct variant *v = &l->variants[i];

		l->trials[i] = (struct trial){.variant = (uint32_t)i, .entry = v->entry, .simple = v->simple, .comma = v->comma, .whole = v->whole};
		choose_guard(&l->vocabulary, l->steps + v->steps, v, &l->trials[i]);
	}
	l->lists = mem_alloc((singles.count + pairs.count + runs.count + 1) * sizeof *l->lists);
	l->singles = mem_calloc(l->vocabulary.atom_count, sizeof *l->singles);
	make_lists(l, &singles, &used, single_list);
	make_lists(l, &pairs, &used, pair_list);
	make_lists(l, &runs, &used, run_list);
	index_pairs(l, false, &l->left_first, &l->left_pairs);
	index_pairs(l, true, &l->right_first, &l->right_pairs);
}

static void make_links(struct layout *l)
{
	unsigned bits = 10;

	while (bits < 28 && (size_t)1 << bits < 32 * l->run_count)
		bits++;
	l->link_shift = 32 - bits;
	l->links = mem_calloc(((size_t)1 << bits) / 16, sizeof *l->links);
	for (size_t i = 0; i < l->run_count; i++)
		for (uint32_t k = 0; k + 1 < l->runs[i].count; k++) {
			const uint32_t *codes = l->runs[i].codes + k;
			uint32_t slot = link_slot(code_bytes(codes[0], l->code_width), code_bytes(codes[1], l->code_width), l->link_shift);

			l->links[slot / 16] |= (uint32_t)(k ? LINK_LATER : LINK_FIRST) << 2 * (slot % 16);
		}
}

void layout_init(struct layout *l, const struct lexicon *lexicon)
{
	*l = (struct layout){0};
	vocabulary_init(&l->vocabulary);
	for (size_t i = 0; i < lexicon->entry_count; i++)
		if (!(lexicon->entries[i].flags & ENTRY_REGEX))
			layout_add_variants(l, (uint32_t)i, &lexicon->entries[i]);
	vocabulary_seal(&l->vocabulary);
	count_uses(l);
	make_anchors(l);
	l->code_width = l->vocabulary.code_count > 1u << 14 ? 3 : 2;
	make_links(l);
}

void layout_release(struct layout *l)
{
	vocabulary_release(&l->vocabulary);
	free(l->steps);
	free(l->variants);
	free(l->trials);
	free(l->lists);
	free(l->runs);
	free(l->run_slots);
	free(l->pairs);
	free(l->left_first);
	free(l->left_pairs);
	free(l->right_first);
	free(l->right_pairs);
	free(l->singles);
	free(l->links);
	*l = (struct layout){0};
}
