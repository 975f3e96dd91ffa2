/* For whoever reads a gzip file piece by piece with unpack_gzip (private to corpora/). u is an unpacker of that kind. */
#ifndef CORPORA_UNPACK_GZIP_H
#define CORPORA_UNPACK_GZIP_H

#include "corpora/unpack.h"

/* After reset: the input is a piece of a file whose members go on in another one, so it need not end in BGZF's end block. */
void gzip_expect_more(struct unpacker *u);

/* After reset: members have been read before; open: the last of them was a BGZF block other than the end block. */
void gzip_resume(struct unpacker *u, bool open);

/* After UNPACK_END of a piece: what the next one's gzip_resume() must be told; and whether zero padding came last. */
bool gzip_says_open(const struct unpacker *u);
bool gzip_was_padded(const struct unpacker *u);

/* After reset: step also returns UNPACK_MORE when a member has just ended, where gzip_is_between() is true. */
void gzip_pause_between(struct unpacker *u);
bool gzip_is_between(const struct unpacker *u);

#endif
