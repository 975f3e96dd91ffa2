/* Writing JSON and safe text into buffers. Reading JSON is jansson's. */
#ifndef PIPELINE_JSON_H
#define PIPELINE_JSON_H

#include <stddef.h>

struct buf;

/* Appends s as a JSON string with its quotes. '<' is written as \u003c, so that the result may stand in an HTML script element;
 * control characters, U+2028 and U+2029 are escaped; s must be valid UTF-8. */
void json_append_string(struct buf *out, const char *s, size_t length);

/* Appends s for a terminal: control and bidirectional formatting characters as \xHH or \u{...}. Invalid bytes as \xHH. */
void json_append_printable(struct buf *out, const char *s);

#endif
