/* What the tests of packs share. */
#ifndef TESTS_PACKED_H
#define TESTS_PACKED_H

#include <stddef.h>

#include "base/mem.h"
#include "matchers/lexicon.h"
#include "tests/hurt.h"

/* Writes a pack of these texts, none of them a file; the bytes of text i stand 7 * i further on in their member. What a lexicon finds in them is kept; NULL: nothing. */
void packed_write(const char *path, const struct buf *texts, size_t count, const struct lexicon *lexicon);
/* The same, but the last find of each text ends a word too late or too early. */
void packed_write_wrong_finds(const char *path, const struct buf *texts, size_t count, const struct lexicon *lexicon);

/* The next texts of a case made to hurt, the fourth of them empty. */
struct buf *packed_texts(struct hurt *h, size_t count);
void packed_free_texts(struct buf *texts, size_t count);

#endif
