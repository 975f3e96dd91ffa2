#include "base/strmap.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"

struct strmap_slot {
	const char *key; /* NULL: free */
	size_t length;
	uint64_t hash;
	size_t value;
};

/* The slot of the key, or the free one where it belongs. Never more than half of the slots are taken. */
static struct strmap_slot *slot_of(const struct strmap *map, const void *key, size_t length, uint64_t hash)
{
	size_t at = hash & (map->capacity - 1);
	for (; map->slots[at].key; at = (at + 1) & (map->capacity - 1)) {
		const struct strmap_slot *s = &map->slots[at];
		if (s->hash == hash && s->length == length && memcmp(s->key, key, length) == 0)
			break;
	}
	return &map->slots[at];
}

void strmap_reserve(struct strmap *map, size_t count)
{
	struct strmap old = *map;
	if (!map->capacity)
		map->capacity = 16;
	while (map->capacity / 2 < count)
		map->capacity *= 2;
	if (map->capacity == old.capacity)
		return;
	map->slots = mem_calloc(map->capacity, sizeof *map->slots);
	for (size_t i = 0; i < old.capacity; i++)
		if (old.slots[i].key)
			*slot_of(map, old.slots[i].key, old.slots[i].length, old.slots[i].hash) = old.slots[i];
	free(old.slots);
}

size_t *strmap_put(struct strmap *map, const void *key, size_t length, bool *is_new)
{
	strmap_reserve(map, map->count + 1);
	uint64_t hash = XXH3_64bits(key, length);
	struct strmap_slot *slot = slot_of(map, key, length, hash);
	if (is_new)
		*is_new = !slot->key;
	if (!slot->key) {
		*slot = (struct strmap_slot){arena_strndup(&map->keys, key, length), length, hash, 0};
		map->count++;
	}
	return &slot->value;
}

const size_t *strmap_find(const struct strmap *map, const void *key, size_t length)
{
	if (!map->count)
		return NULL;
	const struct strmap_slot *slot = slot_of(map, key, length, XXH3_64bits(key, length));
	return slot->key ? &slot->value : NULL;
}

void strmap_clear(struct strmap *map)
{
	if (map->count)
		memset(map->slots, 0, map->capacity * sizeof *map->slots);
	map->count = 0;
	arena_release(&map->keys);
}

void strmap_release(struct strmap *map)
{
	free(map->slots);
	arena_release(&map->keys);
	*map = (struct strmap)STRMAP_INIT;
}
