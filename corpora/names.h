/* Names that come from outside (entries of archives, files met in directories), made fit to be shown.
 * They are never used as paths. Any thread. */
#ifndef CORPORA_NAMES_H
#define CORPORA_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* Appends name to out as valid UTF-8 on one line: bytes that are no UTF-8, control characters, line and
 * paragraph separators and the characters that turn the direction of writing become \xHH, byte by byte. */
void name_append_clean(struct buf *out, const char *name, size_t length);

/* The same into a fixed buffer; what does not fit is left out of the middle, marked by "...". */
void name_copy_clean(char *out, size_t size, const char *name, size_t length);

/* The part of a path after its last slash. */
const char *name_base(const char *path);

/* True if name ends in suffix (lower case), in whatever case, with at least one character before it. */
bool name_has_suffix(const char *name, const char *suffix);

#endif
