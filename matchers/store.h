/* Private to the lexicon: a lexicon with the memory that holds it, for those who build one. */
#ifndef MATCHERS_STORE_H
#define MATCHERS_STORE_H

#include "base/arena.h"
#include "base/strmap.h"
#include "matchers/lexicon.h"

struct store {
	struct lexicon lexicon; /* first: lexicon_free() turns a lexicon back into its store */
	struct arena arena;     /* strings and items */
	struct strmap codes;    /* theme indexes by code */
	size_t theme_capacity, entry_capacity;
};

struct store *store_new(void);
void store_free(struct store *s);

/* The theme of a well-formed code, made with the ancestors it lacks if it is new: parents stand before their children.
 * Labels, descriptions and negatable are left to the caller. */
uint32_t store_theme(struct store *s, const char *code, size_t length);
uint32_t store_find_theme(const struct store *s, const char *code, size_t length);
struct entry *store_entry(struct store *s); /* a new entry at the end, zeroed */

#endif
