/* Which reviews of a pack are copies, settled once when it is made: it depends on no lexicon. */
#ifndef PIPELINE_PACK_DUPLICATES_H
#define PIPELINE_PACK_DUPLICATES_H

#include "corpora/archive.h"
#include "pipeline/dedupe.h"

struct buf;

void pack_duplicates_encode(const struct duplicate *list, size_t count, struct buf *out);
/* False if the bytes are no such list for so many rows; *list is to be freed either way. */
bool pack_duplicates_decode(struct duplicate **list, size_t *count, uint64_t rows, const struct buf *bytes);

/* The duplicates among so many rows of these archives, where they are all the archives of one pack and nothing else, and no row is missing; the caller frees. False if they must be
 * searched for. */
bool pack_duplicates_of(const struct archive_path *archives, size_t archive_count, uint64_t rows, struct duplicate **list, size_t *count);

#endif
