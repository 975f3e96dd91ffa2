/* Numbers and strings as bytes: how rows and packs are written. Numbers are varints, seven bits a byte, lowest first.
 *
 * Reading never goes past the end: what does not fit makes the reader fail, and everything read from then on is 0 or "". */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

void put_number(struct buf *out, uint64_t n);
/* Small numbers of either sign stay small. */
void put_signed(struct buf *out, int64_t n);
/* With its NUL; NULL is "". */
void put_string(struct buf *out, const char *s);

/* Bytes still to be read; at is NULL once something did not fit. */
struct byte_reader {
	const char *at, *end;
};

static inline struct byte_reader buf_reader(const struct buf *b)
{
	const char *at = b->data ? b->data : "";
	return (struct byte_reader){at, at + b->length};
}

static inline size_t bytes_left(const struct byte_reader *r)
{
	return r->at ? (size_t)(r->end - r->at) : 0;
}

uint64_t get_number_slowly(struct byte_reader *r);
static inline uint64_t get_number(struct byte_reader *r)
{
	if (r->at && r->at < r->end && !(*r->at & 0x80))
		return (uint64_t)*r->at++;
	return get_number_slowly(r);
}
/* Passes over so many numbers. */
void skip_numbers(struct byte_reader *r, size_t count);
int64_t get_signed(struct byte_reader *r);
/* A number up to most; more is a failure. */
uint64_t get_number_to(struct byte_reader *r, uint64_t most);
/* A count of things that take at least one byte each: more than there are bytes is a failure. */
size_t get_count(struct byte_reader *r);
/* Points into the bytes; never NULL. */
const char *get_string(struct byte_reader *r);
/* The next length bytes, or NULL. */
const char *get_span(struct byte_reader *r, size_t length);
void get_bytes(struct byte_reader *r, void *to, size_t length); /* zeroes if they are not there */
/* count elements of size bytes each, as they lie in memory, in memory that free() releases; never NULL. If they are not there, nothing is to be read from it. */
void *get_list(struct byte_reader *r, size_t count, size_t size);

#endif
