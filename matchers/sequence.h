/* Private to the lexicon: comparing sequences, as entry_expand() gives them. */
#ifndef MATCHERS_SEQUENCE_H
#define MATCHERS_SEQUENCE_H

#include <stdbool.h>

#include "matchers/lexicon.h"

struct buf;

/* Whether text matches a pattern in which * stands for any run of characters. A * in text is matched by a * of the pattern only,
 * so that a pattern given as text is matched if all that it matches would be. */
bool glob_matches(const char *pattern, const char *text);

/* Appends bytes that are equal for equal sequences only. */
void sequence_key(struct buf *out, const struct item_list *sequence);
/* Appends a pattern in quotes for a message, its end left out if it is long. */
void source_quote(struct buf *out, const char *source);
/* Appends the sequence as a pattern: "lack ~3 curiosity". */
void sequence_write(struct buf *out, const struct item_list *sequence);

/* Whether on every text each candidate (first and last token) of a sequence b is one of sequence a, too, the flags of their entries
 * taken into account. May say no where that is hard to tell. */
bool sequence_covers(const struct item_list *a, unsigned a_flags, const struct item_list *b, unsigned b_flags);

#endif
