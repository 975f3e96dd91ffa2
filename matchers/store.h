/* Private to the lexicon: a lexicon with the memory that holds it, for those who build one. */
#ifndef MATCHERS_STORE_H
#define MATCHERS_STORE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/strmap.h"
#include "matchers/lexicon.h"

struct store {
	struct lexicon lexicon; /* first: lexicon_free() turns a lexicon back into its store */
	struct arena arena;     /* strings and items */
	struct strmap codes;    /* theme indexes by code */
	size_t theme_capacity, entry_capacity;
	/* Of entry_pattern(): a list for each entry. NULL: not read yet, which happens under the lock. */
	_Atomic(struct item_list *) patterns;
	size_t pattern_capacity;
	pthread_mutex_t reading;
	struct buf kept;        /* where themes, entries and their strings lie if they came from the cache */
};

struct store *store_new(void);
void store_free(struct store *s);

/* The theme of a well-formed code, made with the ancestors it lacks if it is new: parents stand before their children.
 * Labels, descriptions and negatable are left to the caller. */
uint32_t store_theme(struct store *s, const char *code, size_t length);
uint32_t store_find_theme(const struct store *s, const char *code, size_t length);
/* An entry at the end. */
void store_entry(struct store *s, const struct entry *entry, const struct item_list *pattern);

/* What names the lexicon that is read from the sources. */
void store_sum(const struct lexicon_source *sources, size_t count, unsigned char digest[32]);

/* What was read from the sources, as bytes for this build alone; and back, with the patterns to be read when first needed. out is empty at first; bytes are taken over, and NULL
 * is returned if they cannot be what was saved. */
void store_save(const struct lexicon *l, const struct lexicon_source *sources, size_t source_count, struct buf *out);
struct lexicon *store_restore(const struct lexicon_source *sources, size_t source_count, struct buf *bytes);

#endif
