#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Chunks double up to the larger size, so that an arena for a few strings stays small. */
#define FIRST_CHUNK_BYTES ((size_t)1 << 10)
#define CHUNK_BYTES ((size_t)64 << 10)

struct arena_chunk {
	struct arena_chunk *next;
	alignas(max_align_t) unsigned char bytes[];
};

/* align is a power of two. */
static void *take(struct arena *a, size_t size, size_t align)
{
	if (size > SIZE_MAX / 2)
		mem_exhausted();
	a->used = (a->used + align - 1) & ~(align - 1);
	if (!a->chunks || a->used > a->size || a->size - a->used < size) {
		size_t bytes = a->size < FIRST_CHUNK_BYTES ? FIRST_CHUNK_BYTES : a->size < CHUNK_BYTES / 2 ? a->size * 2 : CHUNK_BYTES;
		if (bytes < size)
			bytes = size;
		struct arena_chunk *chunk = mem_calloc(1, sizeof *chunk + bytes);
		chunk->next = a->chunks;
		a->chunks = chunk;
		a->size = bytes;
		a->used = 0;
	}
	void *p = a->chunks->bytes + a->used;
	a->used += size;
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return take(a, size ? size : 1, alignof(max_align_t));
}

void *arena_calloc(struct arena *a, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		mem_exhausted();
	return arena_alloc(a, bytes);
}

char *arena_strndup(struct arena *a, const char *s, size_t length)
{
	char *copy = take(a, length + 1, 1);
	if (length)
		memcpy(copy, s, length);
	return copy;
}

void arena_release(struct arena *a)
{
	while (a->chunks) {
		struct arena_chunk *next = a->chunks->next;
		free(a->chunks);
		a->chunks = next;
	}
	*a = (struct arena)ARENA_INIT;
}
