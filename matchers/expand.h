/* Private to the lexicon: entry_expand() with something between the words that a hyphen closes. */
#ifndef MATCHERS_EXPAND_H
#define MATCHERS_EXPAND_H

#include "matchers/lexicon.h"

/* With "" as glue, what entry_expand() gives; with "-" the closed forms are hyphenated words, as other programs know them. */
struct item_list *expand_with_glue(const struct entry *entry, const char *glue, size_t *count);

#endif
