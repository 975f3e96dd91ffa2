/* UTF-8, strictly: no overlong forms, no surrogates, nothing above U+10FFFF. Any thread. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/* The code point that starts at text, which has length > 0 bytes. Returns its bytes (1 to 4), or 0 if they are not UTF-8. */
size_t utf8_decode(const char *text, size_t length, uint32_t *code_point);

/* How many bytes from the start are valid; equal to length if all are. */
size_t utf8_valid_prefix(const char *text, size_t length);

/* Writes a code point that is not a surrogate and not above U+10FFFF; returns its bytes (1 to 4). */
size_t utf8_encode(uint32_t code_point, char out[4]);

/* Appends a code point that is not a surrogate and not above U+10FFFF. */
void utf8_append(struct buf *out, uint32_t code_point);

#endif
