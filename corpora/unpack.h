/* What the decoders of compressed streams have in common (private to corpora/).
 *
 * A decoder turns the packed bytes of one whole file or entry, with all its members, frames or streams, into plain
 * bytes. It is fed pieces of any size and its verdict never depends on their sizes. It checks everything its format offers:
 *
 *   gzip    header, CRC-16 of the header where there is one, CRC-32 and length of every member     checksum
 *   deflate (zip entries) end of the stream, CRC-32 and length against the directory               checksum
 *   zstd    structure; XXH64 where the frame has it, its declared length where it has one          checksum or structure
 *   xz      structure, index, the check of each block (CRC-32, CRC-64 or SHA-256)                  checksum or structure ("none")
 *   bzip2   structure, CRC-32 of each block and of each stream                                     checksum
 *
 * A decoder belongs to one thread at a time and is used again for the next file after unpack_reset(). */
#ifndef CORPORA_UNPACK_H
#define CORPORA_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "corpora/archive.h"
#include "corpora/fault.h"

/* The decoder takes bytes from in and puts bytes to out, moving both forward. */
struct unpack_io {
	const unsigned char *in;
	size_t in_length;
	bool in_ended;           /* nothing comes after in_length bytes */
	unsigned char *out;
	size_t out_length;       /* room */
};

enum unpack_status {
	UNPACK_MORE, /* in is used up or out is full: call again with more of what is missing */
	UNPACK_END,  /* everything was right up to the end of the input, which has been used up */
	UNPACK_BAD   /* fault->code and fault->message are set; the caller adds names and offsets */
};

struct unpacker;

/* One codec: what a file of its kind offers. */
struct unpack_kind {
	const char *word;   /* "gzip" */
	struct unpacker *(*open)(const struct archive_limits *limits);
	void (*reset)(struct unpacker *u);
	enum unpack_status (*step)(struct unpacker *u, struct unpack_io *io, struct fault *fault);
	size_t (*held)(const struct unpacker *u); /* bytes of the input taken but not decoded so far; NULL: none worth counting */
	bool (*checksummed)(const struct unpacker *u); /* after UNPACK_END: was every byte under a checksum? */
	void (*close)(struct unpacker *u);
};

/* First member of every decoder's struct. */
struct unpacker {
	const struct unpack_kind *kind;
};

extern const struct unpack_kind unpack_gzip, unpack_zstd, unpack_xz, unpack_bzip2;

/* Sets code and message alone; returns UNPACK_BAD. */
enum unpack_status unpack_bad(struct fault *fault, enum fault_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
