/* A map from byte strings to numbers. Keys are copied. One thread at a time, or any number that only find. */
#ifndef BASE_STRMAP_H
#define BASE_STRMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct strmap_slot;
struct strmap {
	struct strmap_slot *slots;
	size_t count, capacity;
	struct arena keys;
};
#define STRMAP_INIT {NULL, 0, 0, ARENA_INIT}

/* The value of the key, which is put in with the value 0 if it is new. Good until the next put. */
size_t *strmap_put(struct strmap *map, const void *key, size_t length, bool *is_new); /* is_new may be NULL */
/* The value of the key, or NULL. */
const size_t *strmap_find(const struct strmap *map, const void *key, size_t length);
void strmap_reserve(struct strmap *map, size_t count); /* room for so many keys without growing */
void strmap_clear(struct strmap *map); /* forgets the keys */
void strmap_release(struct strmap *map);

#endif
