#include "base/codec.h"

#include <string.h>

void put_number(struct buf *out, uint64_t n)
{
	enum { MOST = 10 }; /* bytes of a number */
	if (out->capacity - out->length <= MOST)
		buf_reserve(out, MOST);
	char *at = out->data + out->length;
	while (n >= 0x80) {
		*at++ = (char)(n | 0x80);
		n >>= 7;
	}
	*at++ = (char)n;
	*at = '\0';
	out->length = (size_t)(at - out->data);
}

void put_signed(struct buf *out, int64_t n)
{
	put_number(out, (uint64_t)n << 1 ^ (n < 0 ? UINT64_MAX : 0));
}

void put_string(struct buf *out, const char *s)
{
	buf_append(out, s ? s : "", s ? strlen(s) + 1 : 1);
}

uint64_t get_number_slowly(struct byte_reader *r)
{
	uint64_t n = 0;
	for (unsigned shift = 0; r->at && shift < 64; shift += 7) {
		if (r->at == r->end)
			break;
		unsigned char c = (unsigned char)*r->at++;
		n |= (uint64_t)(c & 0x7F) << shift;
		if (!(c & 0x80))
			return n;
	}
	r->at = NULL;
	return 0;
}

void skip_numbers(struct byte_reader *r, size_t count)
{
	while (count && r->at) {
		uint64_t eight = UINT64_MAX;
		if (count >= sizeof eight && bytes_left(r) >= sizeof eight)
			memcpy(&eight, r->at, sizeof eight);
		bool small = !(eight & 0x8080808080808080u); /* eight numbers of one byte */
		if (small)
			r->at += sizeof eight;
		else
			get_number(r);
		count -= small ? sizeof eight : 1;
	}
}

int64_t get_signed(struct byte_reader *r)
{
	uint64_t n = get_number(r);
	return (int64_t)(n >> 1 ^ (n & 1 ? UINT64_MAX : 0));
}

uint64_t get_number_to(struct byte_reader *r, uint64_t most)
{
	uint64_t n = get_number(r);
	if (n > most)
		r->at = NULL;
	return r->at ? n : 0;
}

size_t get_count(struct byte_reader *r)
{
	uint64_t n = get_number(r);
	if (n > bytes_left(r))
		r->at = NULL;
	return r->at ? (size_t)n : 0;
}

const char *get_string(struct byte_reader *r)
{
	if (r->at && r->at < r->end && !*r->at)
		return r->at++; /* as most are */
	const char *s = r->at, *nul = s ? memchr(s, 0, (size_t)(r->end - s)) : NULL;
	if (!nul) {
		r->at = NULL;
		return "";
	}
	r->at = nul + 1;
	return s;
}

const char *get_span(struct byte_reader *r, size_t length)
{
	const char *s = r->at;
	if (!s || (size_t)(r->end - s) < length) {
		r->at = NULL;
		return NULL;
	}
	r->at += length;
	return s;
}

void get_bytes(struct byte_reader *r, void *to, size_t length)
{
	const char *s = get_span(r, length);
	if (s)
		memcpy(to, s, length);
	else
		memset(to, 0, length);
}

void *get_list(struct byte_reader *r, size_t count, size_t size)
{
	if (count > bytes_left(r) / size)
		r->at = NULL;
	size_t length = r->at ? count * size : 0;
	void *list = mem_alloc(length);
	get_bytes(r, list, length);
	return list;
}
