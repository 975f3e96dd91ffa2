#include "matchers/keys.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"

/* ---- tables ---- */

/* Where the number of a key stands, or belongs. */
static uint32_t *slot_of(const struct key_table *t, key_text *key, const void *context, const char *text, size_t length)
{
	uint32_t at = (uint32_t)XXH3_64bits(text, length) & (t->slot_count - 1);

	for (; t->slots[at]; at = (at + 1) & (t->slot_count - 1)) {
		size_t other;
		const char *it = key(context, t->slots[at] - 1, &other);

		if (other == length && memcmp(it, text, length) == 0)
			break;
	}
	return &t->slots[at];
}

uint32_t key_find(const struct key_table *t, key_text *key, const void *context, const char *text, size_t length)
{
	return t->count ? *slot_of(t, key, context, text, length) - 1 : NO_KEY;
}

void key_put(struct key_table *t, key_text *key, const void *context, const char *text, size_t length, uint32_t number)
{
	if (2 * (t->count + 1) >= t->slot_count) {
		struct key_table larger = {.slot_count = t->slot_count ? 2 * t->slot_count : 16};

		larger.slots = mem_calloc(larger.slot_count, sizeof *larger.slots);
		for (uint32_t i = 0; i < t->slot_count; i++)
			if (t->slots[i]) {
				size_t n;
				const char *it = key(context, t->slots[i] - 1, &n);

				*slot_of(&larger, key, context, it, n) = t->slots[i];
			}
		free(t->slots);
		t->slots = larger.slots;
		t->slot_count = larger.slot_count;
	}
	uint32_t *slot = slot_of(t, key, context, text, length);

	t->count += !*slot;
	*slot = number + 1;
}

/* ---- filters ---- */

uint32_t key_hash_start(const char *text, size_t length)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < length; i++)
		hash = key_hash_next(hash, text[i]);
	return hash;
}

uint32_t key_hash_end(const char *text, size_t length)
{
	uint32_t hash = 0;

	for (size_t i = length; i > 0; i--)
		hash = key_hash_next(hash, text[i - 1]);
	return hash;
}

size_t key_filter_words(const struct key_filter *f)
{
	return f->shift ? ((size_t)1 << (32 - f->shift)) / 64 : 0;
}

void key_filter_init(struct key_filter *f, size_t keys)
{
	unsigned bits = 8;

	while (bits < 28 && 1u << bits < 16 * keys)
		bits++;
	f->shift = 32 - bits;
	f->bits = mem_calloc(key_filter_words(f), sizeof *f->bits);
}

void key_filter_add(struct key_filter *f, uint32_t hash)
{
	uint32_t bit = key_filter_bit(f, hash);

	f->bits[bit / 64] |= 1ull << (bit % 64);
}
