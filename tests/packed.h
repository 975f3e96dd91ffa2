/* What the tests of packs share. */
#ifndef TESTS_PACKED_H
#define TESTS_PACKED_H

#include <stddef.h>

#include "base/mem.h"

/* Writes a pack of these texts, none of them a file; the bytes of text i stand 7 * i further on in their member. */
void packed_write(const char *path, const struct buf *texts, size_t count);

#endif
