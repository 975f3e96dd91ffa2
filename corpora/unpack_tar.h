/* tar: the entries of a stream, one after another (private to corpora/). Reads v7, ustar, pax and GNU archives.
 *
 * A tar proves its headers by a sum each, and its data by nothing: only what it is packed in (gzip, ...) has a real checksum.
 * It must end in its two zero blocks, so a plain tar that was cut is found, and only zeros may follow. What two
 * programs would read differently is refused: a link or folder that carries data, pax records that do not add up, a second
 * archive after the first. */
#ifndef CORPORA_UNPACK_TAR_H
#define CORPORA_UNPACK_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "corpora/archive.h"
#include "corpora/stream.h"

/* True if the first bytes are a tar header; named: the name says so too (then a zero block, an empty archive, will do). */
bool tar_looks_like(const unsigned char *bytes, size_t length, bool named);

struct tar {
	struct buf name;        /* of the entry, as stored */
	uint64_t size;          /* bytes of data */
	uint64_t padding;       /* bytes between this entry's data and the next header */
	/* what extension headers said about the next entry */
	struct buf long_name;
	bool has_long_name, has_size, sparse;
	uint64_t long_size;
};

enum tar_status {
	TAR_FILE,   /* name and size are set; take exactly size bytes from the stream before the next call */
	TAR_FOLDER, /* nothing to read */
	TAR_OTHER,  /* not a regular file: *what says what; take size bytes all the same */
	TAR_END,
	TAR_BAD     /* the stream has failed with its fault */
};

void tar_init(struct tar *t);    /* t is zero or was used before */
void tar_release(struct tar *t);
enum tar_status tar_next(struct tar *t, struct stream *s, const struct archive_limits *limits, const char **what);

#endif
