#include "matchers/words.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
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

struct words {
	const struct layout *layout;
	enum engine engine;
	struct word_set *sets;
	struct long_slot *longs;
	struct arena memory;    /* of senses */
	size_t memory_used;
	struct sense *senses;
	uint32_t sense_count, sense_capacity;
	uint32_t *sense_slots;  /* by hash of atoms and codes: sense + 1 */
	size_t sense_slot_count;
	struct meaning meaning;
	uint32_t *trigger_scratch;
	size_t trigger_capacity;
	struct buf spelling;
};

static void forget(struct words *w)
{
	memset(w->sets, 0, sizeof *w->sets << SET_BITS);
	memset(w->longs, 0, LONG_SLOTS * sizeof *w->longs);
	arena_release(&w->memory);
	w->memory = (struct arena)ARENA_INIT;
	w->memory_used = 0;
	w->sense_slot_count = 1024;
	w->sense_slots = mem_realloc(w->sense_slots, w->sense_slot_count, sizeof *w->sense_slots);
	memset(w->sense_slots, 0, w->sense_slot_count * sizeof *w->sense_slots);
	w->sense_count = 0;
	MEM_GROW(w->senses, w->sense_count, w->sense_capacity);
	w->senses[w->sense_count++] = (struct sense){0};
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
	free(w->trigger_scratch);
	buf_release(&w->spelling);
	free(w);
}

const struct sense *words_sense(const struct words *w, uint32_t sense)
{
	return &w->senses[sense];
}

bool sense_has(const struct sense *s, uint32_t atom)
{
	size_t low = 0, high = s->atom_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->atoms[middle] < atom)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->atom_count && s->atoms[low] == atom;
}

/* ---- senses ---- */

static uint64_t hash_of(const uint32_t *atoms, size_t atom_count, const uint32_t *codes, size_t code_count)
{
	return XXH3_64bits(atoms, atom_count * sizeof *atoms) * 3 + XXH3_64bits(codes, code_count * sizeof *codes);
}

static void more_slots(struct words *w)
{
	w->sense_slot_count *= 2;
	w->sense_slots = mem_realloc(w->sense_slots, w->sense_slot_count, sizeof *w->sense_slots);
	memset(w->sense_slots, 0, w->sense_slot_count * sizeof *w->sense_slots);
	for (uint32_t i = 1; i < w->sense_count; i++) {
		const struct sense *s = &w->senses[i];
		size_t at = hash_of(s->atoms, s->atom_count, s->codes, s->code_count);

		for (at &= w->sense_slot_count - 1; w->sense_slots[at]; at = (at + 1) & (w->sense_slot_count - 1))
			;
		w->sense_slots[at] = i + 1;
	}
}

static const uint32_t *keep(struct words *w, const uint32_t *values, size_t count)
{
	uint32_t *copy = arena_alloc(&w->memory, (count + 1) * sizeof *copy);

	if (count)
		memcpy(copy, values, count * sizeof *copy);
	w->memory_used += count * sizeof *copy;
	return copy;
}

static uint32_t collect_triggers(struct words *w, const struct meaning *m)
{
	const struct layout *l = w->layout;
	size_t count = 0;

	for (size_t i = 0; i < m->atom_count; i++)
		for (uint32_t k = l->trigger_first[m->atoms[i]]; k < l->trigger_first[m->atoms[i] + 1]; k++) {
			MEM_GROW(w->trigger_scratch, count, w->trigger_capacity);
			w->trigger_scratch[count++] = l->trigger_variants[k];
		}
	return (uint32_t)count;
}

static bool equal(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count)
{
	return a_count == b_count && (a_count == 0 || memcmp(a, b, a_count * sizeof *a) == 0);
}

static uint32_t sense_number(struct words *w, const struct meaning *m)
{
	if (m->atom_count == 0 && m->code_count == 0)
		return 0;
	size_t at = hash_of(m->atoms, m->atom_count, m->codes, m->code_count) & (w->sense_slot_count - 1);

	for (; w->sense_slots[at]; at = (at + 1) & (w->sense_slot_count - 1)) {
		const struct sense *s = &w->senses[w->sense_slots[at] - 1];

		if (equal(s->atoms, s->atom_count, m->atoms, m->atom_count) && equal(s->codes, s->code_count, m->codes, m->code_count))
			return w->sense_slots[at] - 1;
	}
	struct sense s = {.atom_count = (uint32_t)m->atom_count, .code_count = (uint32_t)m->code_count, .trigger_count = collect_triggers(w, m)};

	s.atoms = keep(w, m->atoms, m->atom_count);
	s.codes = keep(w, m->codes, m->code_count);
	s.triggers = keep(w, w->trigger_scratch, s.trigger_count);
	MEM_GROW(w->senses, w->sense_count, w->sense_capacity);
	w->senses[w->sense_count] = s;
	w->sense_slots[at] = ++w->sense_count;
	w->memory_used += sizeof s;
	if (w->sense_count * 2 > w->sense_slot_count)
		more_slots(w);
	return w->sense_count - 1;
}

static struct word_value read_spelling(struct words *w, const char *spelling, size_t length, bool apostrophe)
{
	struct meaning *m = &w->meaning;

	vocabulary_read(&w->layout->vocabulary, spelling, length, apostrophe, m);
	struct word_value value = {m->hash, {sense_number(w, m), code_bytes(m->code_count ? m->codes[0] : 0, w->layout->code_width)}};

	if (w->senses[value.tag.sense].trigger_count)
		value.tag.code |= WORD_TRIGGERS;
	if (m->code_count > 1)
		value.tag.code |= WORD_SEVERAL;
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
	words_run(w, w->engine, w->layout->code_width, t, text, length, out);
}
