/* Finds a few dozen short literals in one pass over a text, much faster than a byte at a time where the processor has AVX2.
 *
 * Read-only once made; any number of threads may search with it. */
#ifndef CORPORA_FINDER_H
#define CORPORA_FINDER_H

#include <stddef.h>

#define FINDER_LITERALS 96
#define FINDER_BYTES 32 /* longest literal; the shortest is 3 */

struct finder;
struct finder *finder_new(const char *const *literals, size_t count);
void finder_free(struct finder *f);
/* As bytes for this build alone, and back; where there are too few the reader has failed. The processor may be another one. */
struct buf;
struct byte_reader;
void finder_save(const struct finder *f, struct buf *out);
struct finder *finder_restore(struct byte_reader *r);

struct find {
	size_t at;        /* where the literal begins */
	unsigned literal; /* its number */
};
#define FINDER_ROOM (64 * FINDER_LITERALS)

/* The next finds in text[*from..length). Stores them in finds, which has FINDER_ROOM places, moves *from to where to go on and
 * returns how many; 0 when the text is done. All occurrences are found, overlapping ones too; those of one literal come in the order
 * of the text, those of two may be out of order by less than FINDER_BYTES. */
size_t finder_next(const struct finder *f, const char *text, size_t length, size_t *from, struct find *finds);
/* The same a byte at a time, for processors without AVX2 and for tests. */
size_t finder_next_plain(const struct finder *f, const char *text, size_t length, size_t *from, struct find *finds);

#endif
