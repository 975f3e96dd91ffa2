/* Writing JSON and safe text into buffers. Reading JSON is jansson's. */
#ifndef PIPELINE_JSON_H
#define PIPELINE_JSON_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/* Appends s as a JSON string with its quotes. '<' is written as \u003c, so that the result may stand in an HTML script element;
 * control characters, U+2028 and U+2029 are escaped; s must be valid UTF-8. */
void json_append_string(struct buf *out, const char *s, size_t length);

/* Appends s for a terminal: control and bidirectional formatting characters as \xHH or \u{...}. Invalid bytes as \xHH. */
void json_append_printable(struct buf *out, const char *s);

/* Pieces of an object or list that is being written into a buffer: each puts the comma it needs before it. */
void json_put_comma(struct buf *out);   /* unless this is the first of its list */
void json_put_key(struct buf *out, const char *key);
void json_put_text(struct buf *out, const char *key, const char *s);
void json_put_count(struct buf *out, const char *key, uint64_t n);
void json_put_real(struct buf *out, const char *key, double x, int decimals); /* null if it is not finite */
/* A string of any bytes, such as a file's name: shown as json_append_printable() does if it is not UTF-8. */
void json_put_string(struct buf *out, const char *s);

#endif
