/* gzip of several members inflated by several threads (private to corpora/).
 *
 * The calling thread cuts the packed bytes into pieces where a member seems to begin: block gzip (BGZF) says where in its
 * headers; elsewhere the first bytes of a header are looked for, which other bytes may happen to equal. Other threads inflate the
 * pieces, each as a gzip file of its own with all its checks, and the calling thread gives their bytes in order. A piece that
 * is not whole, too large or suspiciously small for what it gives ends this: from its beginning on the calling thread reads as
 * unpack_gzip does, until a member ends behind all that was cut. So the verdict, the bytes and the fault are those of
 * unpack_gzip whatever happens, and a file of one member costs one futile look.
 *
 * Memory: (threads + 3) times 9 MiB at most. */
#ifndef CORPORA_UNPACK_GZIP_MEMBERS_H
#define CORPORA_UNPACK_GZIP_MEMBERS_H

#include "corpora/help_desk.h"
#include "corpora/unpack.h"

/* False if limits.ratio_floor is so small (under 32 MiB) that the ratio could be passed within one piece, and be seen elsewhere than
 * unpack_gzip would see it. */
bool gzip_members_suit(const struct archive_limits *limits);

/* An unpacker for gzip that leaves pieces for up to `threads` threads at the desk. recorder: told of the blocks of a file that turns out to have one
 * member only; may be NULL. */
struct gzip_recorder;
struct unpacker *gzip_members_new(struct help_desk *desk, unsigned threads, const struct archive_limits *limits, struct gzip_recorder *recorder);

/* For tests: the sizes that those made from now on use. Not to be called while threads run. */
struct gzip_members_sizes {
	size_t least, most;  /* packed bytes of a piece */
	size_t out_most;     /* decoded; a multiple of 8 */
};
#define GZIP_MEMBERS_SIZES_DEFAULT {256 << 10, 1 << 20, 8 << 20}
void gzip_members_use(const struct gzip_members_sizes *sizes);

#endif
