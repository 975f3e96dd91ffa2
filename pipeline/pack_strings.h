/* The distinct spellings and gaps of a pack: byte strings, each with a mark, numbered.
 *
 * A word's mark says that an apostrophe follows it (WORD_APOSTROPHE), so that a word's number tells all that a lexicon's vocabulary asks of it. A gap's
 * mark holds its GAP_ flags, which depend on what stands around it. */
#ifndef PIPELINE_PACK_STRINGS_H
#define PIPELINE_PACK_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/codec.h"

enum { WORD_PLAIN = 0, WORD_APOSTROPHE = 1 };

struct pack_string {
	uint32_t start, length; /* in bytes */
	uint32_t count;         /* how often it was put in; stops at UINT32_MAX */
	uint8_t mark;
};

/* bytes can be read 16 bytes past the end of any string. A zeroed struct is ready for use. */
struct pack_strings {
	struct pack_string *items;
	uint32_t count, capacity;
	struct buf bytes;
	uint32_t *slots;        /* by hash: number + 1; only where strings are put in */
	uint32_t slot_count;
};
#define PACK_NO_STRING UINT32_MAX

void pack_strings_release(struct pack_strings *s);
void pack_strings_clear(struct pack_strings *s);
/* The number of a string, which is put in if it is new and there are fewer than most; else PACK_NO_STRING. It counts `times` more. */
uint32_t pack_strings_put(struct pack_strings *s, const char *bytes, size_t length, unsigned mark, uint64_t times, uint32_t most);

/* As bytes: lengths and marks in one, what they spell in another. */
void pack_strings_encode(const struct pack_strings *s, struct buf *lengths, struct buf *spellings);
/* Replaces what s holds by count strings. False if the bytes are no such table: each string must be valid UTF-8 and its mark in `marks`. */
bool pack_strings_decode(struct pack_strings *s, uint32_t count, const struct buf *lengths, const struct buf *spellings, unsigned marks);

#endif
