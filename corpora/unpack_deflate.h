/* Inflating one raw deflate stream (RFC 1951) while its CRC-32 is taken; gzip and zip stand on it (private to corpora/).
 *
 * ISA-L does the work on streams, libdeflate where a whole stream and its size are at hand (entries of a zip, blocks of BGZF); what libdeflate
 * does not find whole is left to ISA-L, so that there is one verdict. zlib is the judge in tests and can be chosen in its place. Both give the same bytes and the same verdict on every
 * input, with one exception: zlib refuses a block whose Huffman code has gaps, ISA-L only if the data falls into one. What
 * ISA-L then gives still has to pass the CRC-32 and length of the gzip member or zip entry, so no wrong text gets through. */
#ifndef CORPORA_UNPACK_DEFLATE_H
#define CORPORA_UNPACK_DEFLATE_H

#include "corpora/unpack.h"

enum inflate_engine { INFLATE_ISAL, INFLATE_ZLIB };

/* The engine that inflaters made from now on use, for tests; INFLATE_ISAL unless set. Not to be called while threads run. */
void inflate_use(enum inflate_engine engine);

struct inflater;
struct inflater *inflater_new(void);
void inflater_free(struct inflater *f);
void inflater_reset(struct inflater *f);

/* UNPACK_END at the end of the deflate stream. The decoder may by then have taken a few bytes that come after the stream:
 * they are in rest (at most 8), to be read before io->in. Needs in_ended for nothing: UNPACK_MORE with room left in out
 * means that the input is too short so far. */
enum unpack_status inflater_step(struct inflater *f, struct unpack_io *io, struct fault *fault);
/* After UNPACK_END only: */
size_t inflater_rest(const struct inflater *f, unsigned char rest[8]);
uint32_t inflater_crc32(const struct inflater *f); /* of all bytes put out, complete after UNPACK_END */

/* For going on in the middle of a stream; only where inflater_can_enter(), which zlib cannot.
 * After reset: a block begins here. window: the last 32 KiB, or less, of what was put out before. If bits is not 0, the block begins above so many
 * bits of the byte `first`, which is taken here and does not come again. The CRC is that of what is put out from here on. */
bool inflater_can_enter(const struct inflater *f);
void inflater_enter(struct inflater *f, const unsigned char *window, size_t length, unsigned bits, unsigned char first);
/* The next bit to be decoded is the first of a block and all before it has been put out; *unread: bits taken from there on. Seen only
 * between the steps that bring the block's header, which may come in one. */
bool inflater_between_blocks(const struct inflater *f, unsigned *unread);

/* A whole stream at once: true if it takes just the bytes of in, gives just the bytes of out, and their CRC-32 is as expected. False: nothing is
 * known, and out is spoilt. */
struct inflate_whole;
struct inflate_whole *inflate_whole_new(void);
void inflate_whole_free(struct inflate_whole *w);
bool inflate_whole(struct inflate_whole *w, const unsigned char *in, size_t in_length, unsigned char *out, size_t out_length, uint32_t crc);

uint32_t unpack_crc32_combine(uint32_t first, uint32_t second, uint64_t second_length);
uint32_t unpack_crc32(uint32_t crc, const unsigned char *bytes, size_t length); /* starts at 0 */

#endif
