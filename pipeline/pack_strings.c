#include "pipeline/pack_strings.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/utf8.h"

enum { OVERRUN = 16, SLOTS_LEAST = 1024 };

void pack_strings_release(struct pack_strings *s)
{
	free(s->items);
	free(s->slots);
	buf_release(&s->bytes);
	*s = (struct pack_strings){0};
}

void pack_strings_clear(struct pack_strings *s)
{
	s->count = 0;
	buf_clear(&s->bytes);
	if (s->slot_count)
		memset(s->slots, 0, s->slot_count * sizeof *s->slots);
}

static uint32_t slot_of(const struct pack_strings *s, const char *bytes, size_t length, unsigned mark)
{
	return (uint32_t)XXH3_64bits_withSeed(bytes, length, mark) & (s->slot_count - 1);
}

static void more_slots(struct pack_strings *s)
{
	s->slot_count = s->slot_count ? 2 * s->slot_count : SLOTS_LEAST;
	s->slots = mem_realloc(s->slots, s->slot_count, sizeof *s->slots);
	memset(s->slots, 0, s->slot_count * sizeof *s->slots);
	for (uint32_t i = 0; i < s->count; i++) {
		uint32_t at = slot_of(s, s->bytes.data + s->items[i].start, s->items[i].length, s->items[i].mark);
		while (s->slots[at])
			at = (at + 1) & (s->slot_count - 1);
		s->slots[at] = i + 1;
	}
}

static void append(struct pack_strings *s, const char *bytes, size_t length, unsigned mark)
{
	MEM_GROW(s->items, s->count, s->capacity);
	s->items[s->count++] = (struct pack_string){.start = (uint32_t)s->bytes.length, .length = (uint32_t)length, .mark = (uint8_t)mark};
	buf_append(&s->bytes, bytes, length);
}

uint32_t pack_strings_put(struct pack_strings *s, const char *bytes, size_t length, unsigned mark, uint64_t times, uint32_t most)
{
	if (2 * (uint64_t)s->count >= s->slot_count)
		more_slots(s);
	uint32_t at = slot_of(s, bytes, length, mark), found;
	for (; (found = s->slots[at]) != 0; at = (at + 1) & (s->slot_count - 1)) {
		struct pack_string *i = &s->items[found - 1];
		if (i->length == length && i->mark == mark && memcmp(s->bytes.data + i->start, bytes, length) == 0)
			break;
	}
	if (!found) {
		if (s->count >= most || length > UINT32_MAX / 2 || s->bytes.length > UINT32_MAX / 2)
			return PACK_NO_STRING;
		buf_reserve(&s->bytes, length + OVERRUN);
		append(s, bytes, length, mark);
		s->slots[at] = found = s->count;
	}
	struct pack_string *i = &s->items[found - 1];
	i->count = times > UINT32_MAX - i->count ? UINT32_MAX : i->count + (uint32_t)times;
	return found - 1;
}

void pack_strings_encode(const struct pack_strings *s, struct buf *lengths, struct buf *spellings)
{
	for (uint32_t i = 0; i < s->count; i++) {
		put_number(lengths, s->items[i].length);
		buf_append_char(lengths, (char)s->items[i].mark);
	}
	buf_append(spellings, s->bytes.data, s->bytes.length);
}

bool pack_strings_decode(struct pack_strings *s, uint32_t count, const struct buf *lengths, const struct buf *spellings, unsigned marks)
{
	struct byte_reader marked = buf_reader(lengths);
	size_t at = 0;
	pack_strings_clear(s);
	if (2 * (uint64_t)count > lengths->length || spellings->length > UINT32_MAX / 2)
		return false;
	buf_append(&s->bytes, spellings->data, spellings->length);
	buf_reserve(&s->bytes, OVERRUN);
	for (uint32_t i = 0; i < count; i++) {
		size_t length = get_number_to(&marked, spellings->length - at);
		unsigned char mark;
		get_bytes(&marked, &mark, 1);
		if (!marked.at || mark & ~marks || utf8_valid_prefix(s->bytes.data + at, length) != length)
			return false;
		MEM_GROW(s->items, s->count, s->capacity);
		s->items[s->count++] = (struct pack_string){.start = (uint32_t)at, .length = (uint32_t)length, .mark = mark};
		at += length;
	}
	return at == spellings->length && bytes_left(&marked) == 0;
}
