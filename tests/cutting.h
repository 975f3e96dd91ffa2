/* What corpora/review.h promises of the records of any text, held for the tests of the segmenter and its fuzz target. */
#ifndef TESTS_CUTTING_H
#define TESTS_CUTTING_H

#include <stdbool.h>
#include <stddef.h>

#include "corpora/review.h"

/* One segmenter three times over: as it is used, with what is known of the rules from the cache, the beginnings of lines among it, and with every rule tried on every line. */
struct cutting;

/* NULL with a message if the segmenter cannot be made. */
struct cutting *cutting_new(char *message, size_t message_size);
void cutting_free(struct cutting *k);
/* From now on: the layout of that name whatever a text looks like (NULL: by the text), and whether glossaries and the like are left in. */
void cutting_choose(struct cutting *k, const char *layout, bool all_sections);
struct cutter *cutting_cutter(struct cutting *k); /* with rules from the cache */

/* Cuts a text, which must be valid UTF-8: records lie in it in order; every byte lies in one of their spans, or is white space or left
 * out as page furniture; strings are UTF-8; joined text leads back to where it came from; and every segmenter and a cutter without
 * a past give the same records, and tell of them the same. NULL, or the property that does not hold, good until the next call. lines: also the numbers of
 * lines, counted anew for each record. */
const char *cutting_fails(struct cutting *k, const char *text, size_t length, bool lines);

/* The part of it that costs no more than cutting does: the records of one cutter. */
const char *cutting_records_fail(struct cutter *c, const char *text, size_t length, const struct review *r, size_t count, bool lines);

#endif
