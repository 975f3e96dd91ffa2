/* Finds many short literals in one pass over a text.
 *
 * Read-only once made; any number of threads may search with it. */
#ifndef CORPORA_FINDER_H
#define CORPORA_FINDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FINDER_LITERALS 256
#define FINDER_BYTES 24 /* longest literal; shortest is 3 */

struct finder;
struct finder *finder_new(const char *const *literals, size_t count);
void finder_free(struct finder *f);

struct find {
	size_t at;        /* where the literal begins */
	unsigned literal; /* its number */
};

/* The next finds in text[*from..length), in order of `at` (literals that begin at one place in any order). Stores up to `room`
 * finds, moves *from to where to go on and returns how many; 0 when the text is done. room is at least FINDER_LITERALS. */
size_t finder_next(const struct finder *f, const char *text, size_t length, size_t *from, struct find *finds, size_t room);

#endif
