/* Private to the lexicon: writing the native format. */
#ifndef MATCHERS_NATIVE_H
#define MATCHERS_NATIVE_H

#include <stddef.h>

#include "matchers/lexicon.h"

struct buf;

/* A value of a directive in quotes; control characters become spaces. */
void native_append_quoted(struct buf *out, const char *text, size_t length);
/* A line of the table of entries. code is the theme's or "*". */
void native_append_entry(struct buf *out, const char *code, const char *pattern, unsigned flags, const char *note);
/* The whole lexicon. */
void native_append_lexicon(struct buf *out, const struct lexicon *lexicon);

#endif
