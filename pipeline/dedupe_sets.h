/* Private to the search for duplicates: which rows are together, as sets known by their least row, and why.
 *
 * Room is taken only for rows that are related to another, and their neighbours: sixteen rows lie in a leaf, which is made when the first of
 * them is united with another. 5 bytes a row where all are related; where one in a hundred is, 0.7; none where no row is. A quarter of a byte more
 * for each row in whose neighbourhood (16,384 rows) any are. */
#ifndef PIPELINE_DEDUPE_SETS_H
#define PIPELINE_DEDUPE_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pipeline/dedupe.h"

struct sets;
struct sets *sets_new(size_t rows);
void sets_free(struct sets *s);

/* The least row of the set that this row is in. Any thread, while one other unites sets: what it says is then true of some moment not
 * long ago, and rows that were together once stay so. */
uint32_t sets_root(struct sets *s, uint32_t row);
/* Unites the sets of two rows, which are noted to be related for this reason; nothing if they are one already. One thread at a time. */
void sets_unite(struct sets *s, uint32_t a, uint32_t b, enum duplicate_reason reason);

/* Once all are united, by one thread. */
/* Goes on to the next row, from *row on, that is in a set with another. */
bool sets_next(const struct sets *s, uint32_t *row);
/* The strongest reason noted for such a row. */
enum duplicate_reason sets_reason(const struct sets *s, uint32_t row);
/* A row of one's choice from a set, by its root; the root itself at first. */
uint32_t sets_choice(const struct sets *s, uint32_t root);
void sets_choose(struct sets *s, uint32_t root, uint32_t row);

#endif
