/* What tests and fuzz targets need beyond corpora/archive.h. */
#ifndef CORPORA_ARCHIVE_PRIVATE_H
#define CORPORA_ARCHIVE_PRIVATE_H

#include "corpora/archive.h"

/* An archive that lies in memory under that name ("" for none), read in pieces of limits->read_bytes like a file.
 * The bytes must live until archive_close(). piped: as if from standard input, which cannot seek. */
struct archive *archive_open_memory(const char *name, const void *bytes, size_t length, bool piped,
                                    const struct archive_limits *limits);

#endif
