#include "matchers/words.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "base/utf8.h"

enum {
	LONG_BYTES = 104, LONG_SLOTS = 2048,
	PAIR_BITS = 14,
	SENSE_BYTES_MOST = 64 << 20 /* memory for senses before all is forgotten */
};

struct long_slot {
	uint32_t length;        /* 0: free */
	char spelling[LONG_BYTES];
	struct word_value value;
};

/* Two senses, and the variants anchored on what they make together. */
struct pair_slot {
	uint64_t senses;            /* 0: free */
	const struct trial *trials;
	uint32_t count;
};

struct words {
	const struct layout *layout;
	enum engine engine;
	struct word_set *sets;
	struct long_slot *longs;
	struct arena memory;    /* of senses */
	size_t memory_used;
	struct sense *senses;
	struct sense_more *more;
	size_t sense_count, sense_capacity;
	uint32_t *sense_slots;  /* by hash of atoms and codes: sense + 1 */
	size_t sense_slot_count;
	struct meaning meaning;
	uint32_t *scratch;      /* atoms of the sense in hand */
	size_t scratch_count, scratch_capacity;
	struct pair_slot *pair_slots;
	struct sense_mask *masks;
	struct buf spelling, key;
};

const struct sense *words_senses(const struct words *w)
{
	return w->senses;
}

const struct sense_more *words_more(const struct words *w)
{
	return w->more;
}

const struct sense_mask *words_masks(const struct words *w)
{
	return w->masks;
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* ---- senses ---- */

static void *keep(struct words *w, const void *bytes, size_t length)
{
	void *copy = arena_alloc(&w->memory, length + 1);

	if (length)
		memcpy(copy, bytes, length);
	w->memory_used += length;
	return copy;
}

static void more_slots(struct words *w)
{
	w->sense_slot_count *= 2;
	w->sense_slots = mem_realloc(w->sense_slots, w->sense_slot_count, sizeof *w->sense_slots);
	memset(w->sense_slots, 0, w->sense_slot_count * sizeof *w->sense_slots);
	for (uint32_t i = 1; i < w->sense_count; i++) {
		const struct sense_more *s = &w->more[i];
		size_t at = XXH3_64bits(s->key, s->key_count * sizeof *s->key);

		for (at &= w->sense_slot_count - 1; w->sense_slots[at]; at = (at + 1) & (w->sense_slot_count - 1))
			;
		w->sense_slots[at] = i + 1;
	}
}

static void push(struct words *w, size_t *count, uint32_t value)
{
	MEM_GROW(w->scratch, *count, w->scratch_capacity);
	w->scratch[(*count)++] = value;
}

/* The atoms of a meaning and the classes they belong to, each once, as a set to look in. */
static void add_atoms(struct words *w, const struct meaning *m, struct sense *s)
{
	const struct vocabulary *v = &w->layout->vocabulary;
	size_t count = 0, to = 0;
	uint32_t bits = 1;

	for (size_t i = 0; i < m->atom_count; i++) {
		push(w, &count, m->atoms[i]);
		for (uint32_t k = v->class_first[m->atoms[i]]; k < v->class_first[m->atoms[i] + 1]; k++)
			push(w, &count, v->class_list[k]);
	}
	if (count)
		qsort(w->scratch, count, sizeof *w->scratch, compare_numbers);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || w->scratch[i] != w->scratch[to - 1])
			w->scratch[to++] = w->scratch[i];
	w->scratch_count = to;
	while ((1u << bits) < 2 * to + 1)
		bits++;
	uint32_t *set = arena_calloc(&w->memory, (size_t)1 << bits, sizeof *set);

	w->memory_used += sizeof *set << bits;
	s->shift = 32 - bits;
	for (size_t i = 0; i < to; i++) {
		uint32_t at = atom_slot(w->scratch[i], s->shift);

		while (set[at])
			at = (at + 1) & ((1u << bits) - 1);
		set[at] = w->scratch[i] + 1;
		s->signature |= 1ull << atom_slot(w->scratch[i], 26);
	}
	s->atoms = set;
}

static void add_singles(struct words *w, struct sense *s)
{
	const struct layout *l = w->layout;
	size_t count = 0;

	for (size_t i = 0; i < w->scratch_count; i++)
		count += l->singles[w->scratch[i]].count;
	struct trial *singles = arena_calloc(&w->memory, count + 1, sizeof *singles);

	w->memory_used += count * sizeof *singles;
	s->singles = singles;
	for (size_t i = 0; i < w->scratch_count; i++) {
		const struct variant_list *list = &l->singles[w->scratch[i]];

		for (uint32_t k = 0; k < list->count; k++)
			singles[s->single_count++] = l->trials[l->lists[list->first + k]];
	}
}

static struct half *add_halves(struct words *w, bool right, uint32_t *count, uint64_t mask[MASK_WORDS])
{
	const struct layout *l = w->layout;
	const uint32_t *first = right ? l->right_first : l->left_first, *pairs = right ? l->right_pairs : l->left_pairs;

	for (size_t i = 0; i < w->scratch_count; i++)
		*count += first[w->scratch[i] + 1] - first[w->scratch[i]];
	struct half *halves = arena_calloc(&w->memory, (size_t)*count + 1, sizeof *halves);
	size_t to = 0;

	w->memory_used += *count * sizeof *halves;
	for (size_t i = 0; i < w->scratch_count; i++)
		for (uint32_t k = first[w->scratch[i]]; k < first[w->scratch[i] + 1]; k++) {
			uint32_t bit = pairs[k] * 0x9E3779B1u >> 24;

			halves[to++] = (struct half){right ? l->pairs[pairs[k]].left : l->pairs[pairs[k]].right, pairs[k]};
			mask[bit / 64] |= 1ull << (bit % 64);
		}
	return halves;
}

static void add_sense(struct words *w, const struct sense *s, const struct sense_more *more, const struct sense_mask *mask)
{
	if (w->sense_count >= w->sense_capacity) {
		size_t capacity = w->sense_capacity ? 2 * w->sense_capacity : 1024;
		struct sense_mask *masks = aligned_alloc(64, capacity * sizeof *masks);

		if (!masks)
			mem_exhausted();
		if (w->sense_count)
			memcpy(masks, w->masks, w->sense_count * sizeof *masks);
		free(w->masks);
		w->masks = masks;
		w->senses = mem_realloc(w->senses, capacity, sizeof *w->senses);
		w->more = mem_realloc(w->more, capacity, sizeof *w->more);
		w->sense_capacity = capacity;
	}
	w->senses[w->sense_count] = *s;
	w->more[w->sense_count] = *more;
	w->masks[w->sense_count++] = *mask;
	w->memory_used += sizeof *s + sizeof *more + sizeof *mask;
}

static uint32_t sense_number(struct words *w, const struct meaning *m)
{
	if (m->atom_count == 0 && m->code_count == 0)
		return 0;
	struct buf *key = &w->key;

	buf_clear(key);
	buf_append(key, m->atoms, m->atom_count * sizeof *m->atoms);
	buf_append(key, &(uint32_t){NO_ATOM}, sizeof(uint32_t));
	buf_append(key, m->codes, m->code_count * sizeof *m->codes);

	size_t at = XXH3_64bits(key->data, key->length) & (w->sense_slot_count - 1);

	for (; w->sense_slots[at]; at = (at + 1) & (w->sense_slot_count - 1)) {
		const struct sense_more *s = &w->more[w->sense_slots[at] - 1];

		if (s->key_count * sizeof *s->key == key->length && memcmp(s->key, key->data, key->length) == 0)
			return w->sense_slots[at] - 1;
	}
	struct sense s = {0};
	struct sense_more more = {.code_count = (uint32_t)m->code_count, .key_count = (uint32_t)(key->length / sizeof *more.key)};
	struct sense_mask mask = {{0}, {0}};

	more.key = keep(w, key->data, key->length);
	more.codes = more.key + m->atom_count + 1;
	add_atoms(w, m, &s);
	add_singles(w, &s);
	more.lefts = add_halves(w, false, &more.left_count, mask.left);
	more.rights = add_halves(w, true, &more.right_count, mask.right);
	add_sense(w, &s, &more, &mask);
	w->sense_slots[at] = (uint32_t)w->sense_count;
	if (w->sense_count * 2 > w->sense_slot_count)
		more_slots(w);
	return (uint32_t)w->sense_count - 1;
}

static void find_pair(struct words *w, uint32_t left, uint32_t right, struct pair_slot *slot)
{
	const struct layout *l = w->layout;
	const struct sense_more *a = &w->more[left], *b = &w->more[right];
	bool from_left = a->left_count <= b->right_count;
	const struct half *half = from_left ? a->lefts : b->rights, *end = half + (from_left ? a->left_count : b->right_count);
	size_t count = 0;

	for (; half < end; half++) {
		const struct variant_list *list = &l->pairs[half->pair].variants;

		if (sense_has(&w->senses[from_left ? right : left], half->other))
			for (uint32_t i = 0; i < list->count; i++)
				push(w, &count, l->lists[list->first + i]);
	}
	if (count)
		qsort(w->scratch, count, sizeof *w->scratch, compare_numbers);
	struct trial *trials = arena_calloc(&w->memory, count + 1, sizeof *trials);

	w->memory_used += count * sizeof *trials;
	for (size_t i = 0; i < count; i++)
		trials[i] = l->trials[w->scratch[i]];
	*slot = (struct pair_slot){(uint64_t)left << 32 | right, trials, (uint32_t)count};
}

const struct trial *words_pair(struct words *w, uint32_t left, uint32_t right, uint32_t *count)
{
	uint64_t senses = (uint64_t)left << 32 | right;
	struct pair_slot *slot = &w->pair_slots[senses * 0x9E3779B97F4A7C15u >> (64 - PAIR_BITS)];

	if (slot->senses != senses)
		find_pair(w, left, right, slot);
	*count = slot->count;
	return slot->trials;
}

static const uint32_t NOTHING[2]; /* the atoms of sense 0 */

static void forget(struct words *w)
{
	memset(w->sets, 0, sizeof *w->sets << SET_BITS);
	memset(w->longs, 0, LONG_SLOTS * sizeof *w->longs);
	memset(w->pair_slots, 0, sizeof *w->pair_slots << PAIR_BITS);
	arena_release(&w->memory);
	w->memory = (struct arena)ARENA_INIT;
	w->memory_used = 0;
	w->sense_slot_count = 1024;
	w->sense_slots = mem_realloc(w->sense_slots, w->sense_slot_count, sizeof *w->sense_slots);
	memset(w->sense_slots, 0, w->sense_slot_count * sizeof *w->sense_slots);
	w->sense_count = 0;
	add_sense(w, &(struct sense){.atoms = NOTHING, .shift = 31}, &(struct sense_more){0}, &(struct sense_mask){{0}, {0}});
}

struct words *words_new(const struct layout *layout, enum engine engine)
{
	struct words *w = mem_calloc(1, sizeof *w);

	w->layout = layout;
	w->engine = engine;
	w->sets = aligned_alloc(64, sizeof *w->sets << SET_BITS);
	if (!w->sets)
		mem_exhausted();
	w->longs = mem_alloc(LONG_SLOTS * sizeof *w->longs);
	w->pair_slots = mem_alloc(sizeof *w->pair_slots << PAIR_BITS);
	forget(w);
	return w;
}

void words_free(struct words *w)
{
	if (!w)
		return;
	free(w->sets);
	free(w->longs);
	arena_release(&w->memory);
	free(w->senses);
	free(w->sense_slots);
	meaning_release(&w->meaning);
	free(w->scratch);
	free(w->masks);
	free(w->more);
	free(w->pair_slots);
	buf_release(&w->spelling);
	buf_release(&w->key);
	free(w);
}

static struct word_value read_spelling(struct words *w, const char *spelling, size_t length, bool apostrophe)
{
	struct meaning *m = &w->meaning;

	vocabulary_read(&w->layout->vocabulary, spelling, length, apostrophe, m);
	struct word_value value = {m->hash, {sense_number(w, m), code_bytes(m->code_count ? m->codes[0] : 0, w->layout->code_width)}};

	const struct sense_more *more = &w->more[value.tag.sense];

	value.tag.code |= (w->senses[value.tag.sense].single_count ? WORD_SINGLE : 0) | (more->left_count ? WORD_LEFT : 0) | (more->right_count ? WORD_RIGHT : 0) |
	                  (m->code_count > 1 ? WORD_SEVERAL : 0);
	return value;
}

/* ---- the table ---- */

/* A spelling of up to SHORT_BYTES bytes that the table does not hold: puts it first in its set, and forgets the last of it. */
static struct word_value add_short(struct words *w, uint64_t low, uint64_t high, const char *spelling, size_t length, bool apostrophe)
{
	struct word_set *s = &w->sets[word_set_of(low, high)];
	struct word_value value = read_spelling(w, spelling, length, apostrophe);

	memcpy(s->keys[1], s->keys[0], sizeof s->keys[0]);
	s->values[1] = s->values[0];
	s->keys[0][0] = low;
	s->keys[0][1] = high;
	s->values[0] = value;
	return value;
}

/* written: the spelling with the apostrophe after it, if there is one. */
static struct word_value look_up_bytes(struct words *w, const char *written, size_t written_length, size_t length)
{
	bool apostrophe = written_length > length;

	if (written_length <= SHORT_BYTES) {
		uint64_t key[2] = {0, 0};

		memcpy(key, written, written_length);
		const struct word_set *s = &w->sets[word_set_of(key[0], key[1])];

		for (int i = 0; i < WAYS; i++)
			if (s->keys[i][0] == key[0] && s->keys[i][1] == key[1])
				return s->values[i];
		return add_short(w, key[0], key[1], written, length, apostrophe);
	}
	if (written_length > LONG_BYTES)
		return read_spelling(w, written, length, apostrophe);
	struct long_slot *slot = &w->longs[XXH3_64bits(written, written_length) % LONG_SLOTS];

	if (slot->length != written_length || memcmp(slot->spelling, written, written_length) != 0) {
		slot->value = read_spelling(w, written, length, apostrophe);
		slot->length = (uint32_t)written_length;
		memcpy(slot->spelling, written, written_length);
	}
	return slot->value;
}

struct word_value words_value(struct words *w, const char *spelling, size_t length, bool apostrophe)
{
	buf_clear(&w->spelling);
	buf_append(&w->spelling, spelling, length);
	if (apostrophe)
		buf_append_char(&w->spelling, '\'');
	return look_up_bytes(w, w->spelling.data, w->spelling.length, length);
}

/* Bytes of the apostrophe that stands at a place in the text, or 0. */
static size_t apostrophe_at(const char *text, size_t length, size_t at)
{
	uint32_t c;
	size_t bytes = at < length ? utf8_decode(text + at, length - at, &c) : 0;

	return bytes && token_class(c) == CHAR_APOSTROPHE ? bytes : 0;
}

struct word_value words_look_up_one(struct words *w, const char *text, size_t length, uint32_t start, uint32_t end)
{
	return look_up_bytes(w, text + start, end - start + apostrophe_at(text, length, end), end - start);
}

const struct word_set *words_table(const struct words *w)
{
	return w->sets;
}

void words_look_up(struct words *w, const struct tokens *t, const char *text, size_t length, struct word_stream *out)
{
	if (w->memory_used > SENSE_BYTES_MOST)
		forget(w);
	words_run(w, w->engine, w->layout, t, text, length, out);
}
