/* Private to the search for duplicates: rows brought together by one kind of key, in memory that does not depend on their number.
 *
 * Where there are more rows than are sorted at a time they are divided by sixteen bits of their keys into parts, which lie in a file, and a part whose
 * rows have these bits in common by the next sixteen, so that every row is written once, or once more where many share a key. */
#ifndef PIPELINE_DEDUPE_BUCKETS_H
#define PIPELINE_DEDUPE_BUCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pipeline/dedupe_search.h"

/* A row under one of its keys, and its key of the next kind, which divides buckets that are too full. */
struct keyed {
	uint32_t key, row, next;
};

/* Two rows or more that share a key, in order. full: each of the `firsts` is to be compared with the NEIGHBOURS after it, else each with each. */
struct bucket {
	const struct keyed *rows;
	size_t size, firsts;
	bool full;
};

/* Belongs to one thread. */
struct buckets;
struct buckets *buckets_new(struct deduper *d);
void buckets_free(struct buckets *b);

/* Starts on a kind of key, enum key. */
void buckets_open(struct buckets *b, size_t kind);
/* The next bucket in the order of keys, good until the next call; false after the last. One too full to be compared whole comes divided by the next
 * kind of key, and what is still too full then maybe in pieces, one after another. */
bool buckets_next(struct buckets *b, struct bucket *out);

#endif
