/* Bytes read front to back with look-ahead (private to corpora/). Archives are stacks of these: a file, what a codec makes
 * of it, a slice of that for one entry of a tar, ...
 *
 * Look ahead with stream_ahead(), use the bytes at next, then stream_take() them. The bytes are contiguous however far one
 * looks ahead: the window grows with what has arrived, never with what was declared. Nothing is copied but the part of the
 * window that is left when it is filled again. A struct stream belongs to one thread at a time; its window is kept from
 * one use to the next. */
#ifndef CORPORA_STREAM_H
#define CORPORA_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/sha256.h"
#include "corpora/archive.h"
#include "corpora/fault.h"
#include "corpora/unpack.h"

/* Where packed bytes lie. Either a descriptor or memory. */
struct origin {
	int fd;                       /* -1: memory */
	const unsigned char *memory;
	uint64_t size;                /* UINT64_MAX where unknown: a pipe */
	bool seekable;
};

/* As pread(), or read() where that is not possible, but never interrupted; position <= size. */
ssize_t origin_read(const struct origin *o, void *to, size_t length, uint64_t position);

/* Codecs may stand on one another this high at most, whatever limits.depth says. */
#define BUDGET_LEVELS 8

/* What one sealed unit may cost. Counted level by level, because how far a lower codec runs ahead of
 * a higher one depends on the size of reads, and a verdict must not. */
struct budget {
	const struct archive_limits *limits;
	uint64_t packed;              /* size of the unit where it is known, else UINT64_MAX */
	uint64_t decoded[BUDGET_LEVELS]; /* by the codecs of the unit that stand on as many others */
};

enum stream_kind { STREAM_MEMORY, STREAM_FILE, STREAM_CODEC, STREAM_SLICE };

struct stream {
	const unsigned char *next;    /* never NULL once opened */
	size_t avail;
	uint64_t offset;              /* of next, from the start of the stream */
	bool ended;                   /* nothing comes after avail bytes */
	bool failed;                  /* as ended, but because of *fault */
	bool broken;                  /* failed of itself or of what lies below, not by what a reader found in it */
	struct fault *fault;          /* code and message are set when failed; shared by the streams of an archive */
	enum stream_kind kind;
	unsigned char *window;
	size_t capacity;
	size_t step;                  /* bytes that one filling asks for */
	/* STREAM_FILE */
	const struct origin *origin;
	uint64_t position, end;       /* next byte to read, and where to stop; in the origin */
	uint64_t *packed_read;        /* counted there; may be NULL */
	struct sha256 *hash;          /* may be NULL */
	/* STREAM_CODEC, STREAM_SLICE */
	struct stream *from;
	struct unpacker *unpacker;
	bool unpacked;                /* the codec has said UNPACK_END */
	uint64_t checked;             /* decoded bytes at the next look at the ratio */
	uint64_t from_start;          /* offset of from at the beginning */
	struct budget *budget;
	unsigned level;
	uint64_t left;                /* STREAM_SLICE: bytes not yet taken from from */
};

/* Each opens s anew, keeping its window; s starts as all zero bytes. What they read from must outlive them. */
void stream_open_memory(struct stream *s, const void *bytes, size_t length, struct fault *fault);
void stream_open_file(struct stream *s, const struct origin *origin, uint64_t start, uint64_t end, size_t read_bytes,
                      struct fault *fault);
void stream_open_codec(struct stream *s, struct stream *from, struct unpacker *unpacker, struct budget *budget,
                       unsigned level, struct fault *fault);
void stream_open_slice(struct stream *s, struct stream *from, uint64_t length, struct fault *fault);
void stream_release(struct stream *s);

/* Makes avail at least want, or as much as there is before the end; returns avail. */
size_t stream_ahead(struct stream *s, size_t want);

/* Moves past n <= avail bytes. */
void stream_take(struct stream *s, size_t n);

/* Moves past n bytes or to the end; false if the end came first. */
bool stream_skip(struct stream *s, uint64_t n);

/* STREAM_CODEC: how many bytes of what it reads from have been decoded. */
uint64_t stream_packed(const struct stream *s);

/* For readers: sets code and message, unless the stream has failed before; the stream then is at its end. */
void stream_fail(struct stream *s, enum fault_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* After a reader's stream_fail(): reads to the end all the same, to learn whether the stream itself is whole.
 * Returns false, with its own fault in *fault, if it is broken. */
bool stream_is_whole(struct stream *s);

#endif
