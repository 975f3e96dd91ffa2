/* The entries of a zip, the next ones decoded ahead, by several threads where others help (private to corpora/).
 *
 * The calling thread reads the directory, the headers and the packed data, a batch of small entries at a time; helpers decode them, with
 * all checks of zip_data. An entry that is large, or that does not come out whole, is left to the calling thread to read
 * as if nobody had tried. So what is said of each entry does not depend on the number of threads.
 *
 * Memory: (threads + 2) times 14 MiB at most. */
#ifndef CORPORA_UNPACK_ZIP_AHEAD_H
#define CORPORA_UNPACK_ZIP_AHEAD_H

#include "corpora/help_desk.h"
#include "corpora/unpack_zip.h"

/* A smaller zip is read before the buffers for this are made. */
#define ZIP_AHEAD_LEAST (256 << 10)

struct zip_ahead;
/* desk may be NULL, with 0 threads. */
struct zip_ahead *zip_ahead_new(struct help_desk *desk, unsigned threads, const struct archive_limits *limits);
void zip_ahead_free(struct zip_ahead *a);

/* As zip_next(z, entry, fault). *decoded: the entry's data, entry->size bytes, or NULL where it has still to be read; both it and the entry's
 * name live until the next call. z must be the same at each call. */
enum zip_status zip_ahead_next(struct zip_ahead *a, struct zip *z, struct zip_entry *entry, const unsigned char **decoded,
                               struct fault *fault);

#endif
