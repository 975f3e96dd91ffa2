/* Private to the matchers: entry_expand() of any pattern, with something between the words that a hyphen closes. */
#ifndef MATCHERS_EXPAND_H
#define MATCHERS_EXPAND_H

#include "matchers/lexicon.h"

/* With "" as glue, what entry_expand() gives; with "-" the closed forms are hyphenated words, as other programs know them. */
struct item_list *pattern_expand(const struct item_list *pattern, bool keep_case, const char *glue, size_t *count);

#endif
