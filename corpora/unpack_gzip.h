/* For whoever reads a gzip file piece by piece with unpack_gzip (private to corpora/). u is an unpacker of that kind. */
#ifndef CORPORA_UNPACK_GZIP_H
#define CORPORA_UNPACK_GZIP_H

#include "corpora/gzip_index.h"
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

/* Tells the recorder of the blocks of the file, from now on until it is NULL; u has been reset, or made anew. */
void gzip_record(struct unpacker *u, struct gzip_recorder *recorder);

/* The header of a first member has been read, and nothing after it. */
bool gzip_is_before_data(const struct unpacker *u);

/* After reset: goes on within the first member, as inflater_enter(). crc, length and packed: of what came before. */
void gzip_enter(struct unpacker *u, const unsigned char *window, size_t window_length, unsigned bits, unsigned char first, uint32_t crc,
                uint64_t length, uint64_t packed);

#endif
