#include "matchers/words.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "base/utf8.h"

enum {
	LONG_BYTES = 104, LONG_SLOTS = 2048,
	SENSE_BYTES_MOST = 64 << 20 /* memory for senses before all is forgotten */
};

struct long_slot {
	uint32_t length;        /* 0: free */
	char spelling[LONG_BYTES];
	struct word_value value;
};

/* The pairs that a word can be the left or the right one of, ascending. */
struct side {
	const uint32_t *pairs;
	uint32_t count;
};

/* All sides of one kind, and which of them hold a pair. */
struct side_set {
	struct side *items;   /* from 1 */
	size_t count, capacity;
	struct strmap map;    /* by the pairs */
	uint32_t *first;      /* by pair: in links, 0 if no side holds it */
	struct side_link {
		uint32_t side, next;
	} *links;             /* from 1 */
	size_t link_count, link_capacity;
};

/* Two sides that have a pair in common, and what is anchored on all those. */
struct meeting {
	uint32_t left, right;       /* 0: a free slot */
	const struct trial *trials; /* NULL: not collected yet */
	uint32_t count;
};

struct words {
	const struct layout *layout;
	enum engine engine;
	void *table;            /* the memory of sets */
	struct word_set *sets;  /* 64 bytes each, on a line of their own */
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
	struct sense_key *keys;
	struct side_set lefts, rights;
	struct meeting *meetings; /* open addressing */
	size_t meeting_count, meeting_slots;
	struct pair_filter filter;
	uint32_t *pairs;        /* scratch of side_number() */
	size_t pairs_capacity;
	struct trial *trials;   /* scratch of collect() */
	size_t trials_capacity;
	struct buf spelling, key;
	uint32_t generation;    /* how often all was forgotten */
};

const struct sense *words_senses(const struct words *w)
{
	return w->senses;
}

const struct sense_more *words_more(const struct words *w)
{
	return w->more;
}

const struct sense_key *words_keys(const struct words *w)
{
	return w->keys;
}

const struct pair_filter *words_pair_filter(const struct words *w)
{
	return &w->filter;
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
		const struct trial_list *list = &l->singles[w->scratch[i]];

		for (uint32_t k = 0; k < list->count; k++)
			singles[s->single_count++] = l->trials[list->first + k];
	}
	mem_sort(singles, s->single_count, sizeof *singles, trial_compare);
}

/* ---- pairs ---- */

enum { MEETINGS_LEAST = 1024, FILTER_BITS_PER_MEETING = 16 };

static size_t meeting_home(const struct words *w, uint32_t left, uint32_t right)
{
	return ((uint64_t)left << 32 | right) * 0x9E3779B97F4A7C15u >> 32 & (w->meeting_slots - 1);
}

static size_t meeting_slot(const struct words *w, uint32_t left, uint32_t right)
{
	size_t mask = w->meeting_slots - 1, at = meeting_home(w, left, right);

	while (w->meetings[at].left && (w->meetings[at].left != left || w->meetings[at].right != right))
		at = (at + 1) & mask;
	return at;
}

static void set_filter(struct words *w, uint32_t left, uint32_t right)
{
	uint32_t bit = pair_bit(left, right, w->filter.shift);

	w->filter.bits[bit / 32] |= 1u << (bit % 32);
}

/* Empties the table and the filter. */
static void make_meetings(struct words *w, size_t slots)
{
	size_t bits = slots / 2 * FILTER_BITS_PER_MEETING;

	w->meetings = mem_realloc(w->meetings, slots, sizeof *w->meetings);
	memset(w->meetings, 0, slots * sizeof *w->meetings);
	w->meeting_slots = slots;
	w->meeting_count = 0;
	w->filter.bits = mem_realloc(w->filter.bits, bits / 32, sizeof *w->filter.bits);
	memset(w->filter.bits, 0, bits / 8);
	w->filter.shift = 32 - (unsigned)__builtin_ctzll(bits < 1ull << 31 ? bits : 1ull << 31);
}

static void add_meeting(struct words *w, uint32_t left, uint32_t right)
{
	if (2 * w->meeting_count >= w->meeting_slots) {
		struct meeting *old = w->meetings;
		size_t slots = w->meeting_slots;

		w->meetings = NULL;
		make_meetings(w, 2 * slots);
		for (size_t i = 0; i < slots; i++)
			if (old[i].left) {
				w->meetings[meeting_slot(w, old[i].left, old[i].right)] = old[i];
				w->meeting_count++;
				set_filter(w, old[i].left, old[i].right);
			}
		free(old);
		w->memory_used += slots * sizeof *w->meetings;
	}
	struct meeting *m = &w->meetings[meeting_slot(w, left, right)];

	if (!m->left) {
		*m = (struct meeting){.left = left, .right = right};
		w->meeting_count++;
		set_filter(w, left, right);
	}
}

/* The side of the sense in hand; a new one meets the sides of the other kind that have a pair of it. */
static uint32_t side_number(struct words *w, bool right)
{
	const struct layout *l = w->layout;
	const uint32_t *first = right ? l->right_first : l->left_first, *pairs = right ? l->right_pairs : l->left_pairs;
	struct side_set *own = right ? &w->rights : &w->lefts;
	const struct side_set *other = right ? &w->lefts : &w->rights;
	size_t count = 0;
	bool fresh;

	for (size_t i = 0; i < w->scratch_count; i++)
		for (uint32_t k = first[w->scratch[i]]; k < first[w->scratch[i] + 1]; k++) {
			MEM_GROW(w->pairs, count, w->pairs_capacity);
			w->pairs[count++] = pairs[k];
		}
	if (!count)
		return 0;
	mem_sort(w->pairs, count, sizeof *w->pairs, compare_numbers);
	size_t *number = strmap_put(&own->map, w->pairs, count * sizeof *w->pairs, &fresh);

	if (!fresh)
		return (uint32_t)*number;
	*number = own->count;
	uint32_t side = (uint32_t)own->count++;

	MEM_GROW(own->items, side, own->capacity);
	own->items[side] = (struct side){keep(w, w->pairs, count * sizeof *w->pairs), (uint32_t)count};
	w->memory_used += count * (sizeof *w->pairs + sizeof *own->links);
	for (size_t i = 0; i < count; i++) {
		uint32_t pair = w->pairs[i];

		MEM_GROW(own->links, own->link_count, own->link_capacity);
		own->links[own->link_count] = (struct side_link){side, own->first[pair]};
		own->first[pair] = (uint32_t)own->link_count++;
		for (uint32_t k = other->first[pair]; k; k = other->links[k].next)
			add_meeting(w, right ? other->links[k].side : side, right ? side : other->links[k].side);
	}
	return side;
}

/* What is anchored on the pairs that two sides have in common. */
static void collect(struct words *w, struct meeting *m)
{
	const struct layout *l = w->layout;
	const struct side *left = &w->lefts.items[m->left], *right = &w->rights.items[m->right];
	const uint32_t *a = left->pairs, *a_end = a + left->count, *b = right->pairs, *b_end = b + right->count;
	size_t count = 0;

	while (a < a_end && b < b_end) {
		if (*a != *b) {
			*a < *b ? a++ : b++;
			continue;
		}
		const struct trial_list *list = &l->pairs[*a].trials;

		for (uint32_t k = 0; k < list->count; k++) {
			MEM_GROW(w->trials, count, w->trials_capacity);
			w->trials[count++] = l->trials[list->first + k];
		}
		a++;
		b++;
	}
	mem_sort(w->trials, count, sizeof *w->trials, trial_compare);
	m->trials = keep(w, w->trials, count * sizeof *w->trials);
	m->count = (uint32_t)count;
}

const struct trial *words_pair(struct words *w, uint32_t left, uint32_t right, uint32_t *count)
{
	uint32_t a = w->keys[left].sides.left, b = w->keys[right].sides.right;
	struct meeting *m = a && b ? &w->meetings[meeting_slot(w, a, b)] : NULL;

	if (m && m->left && !m->trials)
		collect(w, m);
	*count = m ? m->count : 0;
	return m ? m->trials : NULL;
}

void words_pair_ahead(const struct words *w, uint32_t left, uint32_t right)
{
	__builtin_prefetch(&w->meetings[meeting_home(w, left, right)]);
}

/* ---- senses ---- */

/* Sets the bits of the guards that the sense in hand satisfies. */
static void add_guards(const struct words *w, uint64_t guards[GUARD_WORDS])
{
	for (size_t i = 0; i < w->scratch_count; i++) {
		uint8_t bit = w->layout->guard_bits[w->scratch[i]];

		if (bit != NO_GUARD)
			guards[bit / 64] |= 1ull << (bit % 64);
	}
}

static void add_sense(struct words *w, const struct sense *s, const struct sense_more *more, const struct sense_key *key)
{
	if (w->sense_count >= w->sense_capacity) {
		w->sense_capacity = w->sense_capacity ? 2 * w->sense_capacity : 1024;
		w->keys = mem_realloc(w->keys, w->sense_capacity, sizeof *w->keys);
		w->senses = mem_realloc(w->senses, w->sense_capacity, sizeof *w->senses);
		w->more = mem_realloc(w->more, w->sense_capacity, sizeof *w->more);
	}
	w->senses[w->sense_count] = *s;
	w->more[w->sense_count] = *more;
	w->keys[w->sense_count++] = *key;
	w->memory_used += sizeof *s + sizeof *more + sizeof *key;
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
	struct sense_key key_of = {{0}, {0, 0}};
	struct sense_more more = {.code_count = (uint32_t)m->code_count, .key_count = (uint32_t)(key->length / sizeof *more.key)};

	more.key = keep(w, key->data, key->length);
	more.codes = more.key + m->atom_count + 1;
	add_atoms(w, m, &s);
	add_singles(w, &s);
	add_guards(w, key_of.guards);
	key_of.sides = (struct sides){side_number(w, false), side_number(w, true)};
	add_sense(w, &s, &more, &key_of);
	w->sense_slots[at] = (uint32_t)w->sense_count;
	if (w->sense_count * 2 > w->sense_slot_count)
		more_slots(w);
	return (uint32_t)w->sense_count - 1;
}

static const uint32_t NOTHING[2]; /* the atoms of sense 0 */

static void forget_sides(struct side_set *s, size_t pair_count)
{
	strmap_clear(&s->map);
	s->count = s->link_count = 1;
	memset(s->first, 0, pair_count * sizeof *s->first);
}

static void release_sides(struct side_set *s)
{
	free(s->items);
	strmap_release(&s->map);
	free(s->first);
	free(s->links);
}

/* With empty tables of spellings, begins anew. */
static void begin(struct words *w)
{
	make_meetings(w, MEETINGS_LEAST);
	forget_sides(&w->lefts, w->layout->pair_count);
	forget_sides(&w->rights, w->layout->pair_count);
	arena_release(&w->memory);
	w->memory = (struct arena)ARENA_INIT;
	w->memory_used = 0;
	w->sense_slot_count = 1024;
	w->sense_slots = mem_realloc(w->sense_slots, w->sense_slot_count, sizeof *w->sense_slots);
	memset(w->sense_slots, 0, w->sense_slot_count * sizeof *w->sense_slots);
	w->sense_count = 0;
	add_sense(w, &(struct sense){.atoms = NOTHING, .shift = 31}, &(struct sense_more){0}, &(struct sense_key){{0}, {0, 0}});
}

static void forget(struct words *w)
{
	memset(w->sets, 0, sizeof *w->sets << SET_BITS);
	memset(w->longs, 0, LONG_SLOTS * sizeof *w->longs);
	begin(w);
}

struct words *words_new(const struct layout *layout, enum engine engine)
{
	struct words *w = mem_calloc(1, sizeof *w);

	w->layout = layout;
	w->engine = engine;
	/* from calloc(), which takes fresh pages as they are: a short run uses few of them */
	w->table = mem_calloc(((size_t)1 << SET_BITS) + 1, sizeof *w->sets);
	w->sets = (struct word_set *)(((uintptr_t)w->table + sizeof *w->sets - 1) & ~(uintptr_t)(sizeof *w->sets - 1));
	w->longs = mem_calloc(LONG_SLOTS, sizeof *w->longs);
	w->lefts.first = mem_alloc((layout->pair_count + 1) * sizeof *w->lefts.first);
	w->rights.first = mem_alloc((layout->pair_count + 1) * sizeof *w->rights.first);
	begin(w);
	return w;
}

void words_free(struct words *w)
{
	if (!w)
		return;
	free(w->table);
	free(w->longs);
	arena_release(&w->memory);
	free(w->senses);
	free(w->sense_slots);
	meaning_release(&w->meaning);
	free(w->scratch);
	free(w->keys);
	free(w->more);
	release_sides(&w->lefts);
	release_sides(&w->rights);
	free(w->meetings);
	free(w->filter.bits);
	free(w->pairs);
	free(w->trials);
	buf_release(&w->spelling);
	buf_release(&w->key);
	free(w);
}

static struct word_value read_spelling(struct words *w, const char *spelling, size_t length, bool apostrophe)
{
	struct meaning *m = &w->meaning;

	vocabulary_read(&w->layout->vocabulary, spelling, length, apostrophe, m);
	struct word_value value = {m->hash, {sense_number(w, m), code_bytes(m->code_count ? m->codes[0] : 0, w->layout->code_width)}};

	value.tag.code |= (w->senses[value.tag.sense].single_count ? WORD_SINGLE : 0) | (m->code_count > 1 ? WORD_SEVERAL : 0);
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

uint32_t words_begin_text(struct words *w)
{
	if (w->memory_used > SENSE_BYTES_MOST) {
		forget(w);
		w->generation++;
	}
	return w->generation;
}

void words_look_up(struct words *w, const struct tokens *t, const char *text, size_t length, struct word_stream *out)
{
	words_begin_text(w);
	words_run(w, w->engine, w->layout, t, text, length, out);
}

uint32_t words_fill(struct words *w, const struct word_tag *tag_of, const uint32_t *numbers, uint32_t from, const struct tokens *t, struct word_stream *out)
{
	return words_run_numbers(w, w->engine, w->layout, tag_of, numbers, from, t, out);
}
