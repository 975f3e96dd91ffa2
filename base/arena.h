/* Memory for many small things that are let go of together. One thread at a time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_chunk;
struct arena {
	struct arena_chunk *chunks;
	size_t used, size; /* of the newest chunk */
};
#define ARENA_INIT {NULL, 0, 0}

/* size bytes, zeroed, aligned for any object; lives until arena_release(). */
void *arena_alloc(struct arena *a, size_t size);
/* count objects of size bytes; the product is checked. */
void *arena_calloc(struct arena *a, size_t count, size_t size);
/* length bytes and a NUL; not aligned, so that words lie close together. */
char *arena_strndup(struct arena *a, const char *s, size_t length);
void arena_release(struct arena *a);

#endif
