/* Keys (words, parts of words) to numbers, without pointers, so that a table can be kept in a file and used where it lies. The keys themselves stand elsewhere: a function tells the key
 * of a number. Filled by one thread, then read by any number. */
#ifndef MATCHERS_KEYS_H
#define MATCHERS_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NO_KEY UINT32_MAX

typedef const char *key_text(const void *context, uint32_t number, size_t *length);

struct key_table {
	uint32_t *slots;     /* a number + 1, at the hash of its key or behind; 0: free */
	uint32_t slot_count; /* 0, or a power of two, more than half of them free */
	uint32_t count;
};
/* The number of a key, or NO_KEY. */
uint32_t key_find(const struct key_table *t, key_text *key, const void *context, const char *text, size_t length);
/* Gives a key a number; the one it had is forgotten. */
void key_put(struct key_table *t, key_text *key, const void *context, const char *text, size_t length, uint32_t number);

/* A bit by hash for each key: tells most that are not there without a look at the table. */
struct key_filter {
	uint64_t *bits;
	unsigned shift;
};
void key_filter_init(struct key_filter *f, size_t keys);
size_t key_filter_words(const struct key_filter *f); /* of bits; 0 before key_filter_init() */
void key_filter_add(struct key_filter *f, uint32_t hash);

/* The hash of some bytes, from that of the bytes before them (0 of none): of starts front to back, of ends back to front. */
static inline uint32_t key_hash_next(uint32_t hash, char c)
{
	return (hash ^ (unsigned char)c) * 0x9E3779B1u + 0x7F4A7C15u;
}
uint32_t key_hash_start(const char *text, size_t length);
uint32_t key_hash_end(const char *text, size_t length);

static inline uint32_t key_filter_bit(const struct key_filter *f, uint32_t hash)
{
	return (hash ^ hash >> 15) * 0x85EBCA77u >> f->shift;
}

static inline bool key_filter_has(const struct key_filter *f, uint32_t hash)
{
	uint32_t bit = key_filter_bit(f, hash);

	return f->bits[bit / 64] >> (bit % 64) & 1;
}

#endif
