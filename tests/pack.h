/* Makes small archives in memory for the tests. Everything is appended to out. */
#ifndef TESTS_PACK_H
#define TESTS_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/* One gzip member; level 0 stores. */
void pack_gzip(struct buf *out, const void *bytes, size_t length, int level);

/* A raw deflate stream. */
void pack_deflate(struct buf *out, const void *bytes, size_t length, int level);

/* A tar header with its sum, and its data with padding if bytes is not NULL. */
void pack_tar_entry(struct buf *out, const char *name, char type, uint64_t size, const void *bytes);
void pack_tar_file(struct buf *out, const char *name, const void *bytes, size_t length);
void pack_tar_end(struct buf *out);

#endif
