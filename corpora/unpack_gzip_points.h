/* gzip of one member inflated by several threads, from seek points of an earlier pass (private to corpora/).
 *
 * Piece i reaches from point i to point i + 1. Any thread inflates it from the window that the index has; the calling thread takes the pieces in order and gives
 * their bytes only if
 *   1. the window was what the piece before it really put out last, and
 *   2. the piece ended, after just so many bytes, where a block ends at just the bit where the next point is.
 * Then by induction each piece was decoded as if by one thread from the beginning: nothing in the index is trusted. At the first
 * that fails, and after the last, the calling thread reads on alone from there, as unpack_gzip does, and proves CRC-32 and length of the whole
 * from the CRCs of the pieces and its own. So the verdict, the bytes and the fault are those of unpack_gzip whatever the index holds.
 *
 * Memory: (threads + 2) times what lies between two points, packed and decoded: some 4 MiB, 19 MiB at most. */
#ifndef CORPORA_UNPACK_GZIP_POINTS_H
#define CORPORA_UNPACK_GZIP_POINTS_H

#include "corpora/gzip_index.h"
#include "corpora/help_desk.h"
#include "corpora/unpack.h"

/* Takes over the index, which is removed from its place if it turns out wrong. NULL where the inflater in use cannot enter a stream; then the
 * index stays the caller's. */
struct unpacker *gzip_points_new(struct help_desk *desk, unsigned threads, const struct archive_limits *limits, struct gzip_index *index);

/* How many pieces were given. */
uint64_t gzip_points_given(const struct unpacker *u);

#endif
