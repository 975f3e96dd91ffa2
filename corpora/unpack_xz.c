/* xz: any number of streams, each followed by zero padding in fours, nothing else.
 *
 * liblzma checks the structure, the index and the check of each block (CRC-32, CRC-64 or SHA-256). Streams are joined here rather than
 * by its own flag for it, so that what follows a stream can be named. A cut between two streams leaves a valid file. */
#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "corpora/unpack.h"

static const unsigned char magic[6] = {0xFD, '7', 'z', 'X', 'Z', 0};

struct xz {
	struct unpacker unpacker;
	lzma_stream decoder;
	uint64_t memory;
	bool in_stream;
	uint64_t streams;
	uint64_t padding;       /* zero bytes since the last stream */
	bool unchecked;         /* some stream had no check */
};

static void xz_reset(struct unpacker *u)
{
	struct xz *x = (struct xz *)u;
	*x = (struct xz){.unpacker = x->unpacker, .decoder = x->decoder, .memory = x->memory};
}

static struct unpacker *xz_open(const struct archive_limits *limits)
{
	struct xz *x = mem_calloc(1, sizeof *x);
	x->unpacker.kind = &unpack_xz;
	x->decoder = (lzma_stream)LZMA_STREAM_INIT;
	x->memory = limits->xz_memory;
	return &x->unpacker;
}

static void xz_close(struct unpacker *u)
{
	struct xz *x = (struct xz *)u;
	lzma_end(&x->decoder);
	free(x);
}

static enum unpack_status decode(struct xz *x, struct unpack_io *io, struct fault *fault)
{
	lzma_stream *d = &x->decoder;
	d->next_in = io->in;
	d->avail_in = io->in_length;
	d->next_out = io->out;
	d->avail_out = io->out_length;
	lzma_ret status = lzma_code(d, io->in_ended ? LZMA_FINISH : LZMA_RUN);
	io->in = d->next_in;
	io->in_length = d->avail_in;
	io->out = d->next_out;
	io->out_length = d->avail_out;
	switch (status) {
	case LZMA_STREAM_END:
		x->unchecked = x->unchecked || lzma_get_check(d) == LZMA_CHECK_NONE;
		x->in_stream = false;
		x->padding = 0;
		x->streams++;
		return UNPACK_MORE;
	case LZMA_OK:
		return io->in_ended && !io->in_length && io->out_length ? decode(x, io, fault) : UNPACK_MORE;
	case LZMA_BUF_ERROR: /* no progress, the second time */
		if (io->in_ended && !io->in_length && io->out_length)
			return unpack_bad(fault, FAULT_TRUNCATED, "the xz data ends within a stream: copy it again from where it came");
		return UNPACK_MORE;
	case LZMA_MEM_ERROR:
		mem_exhausted();
	case LZMA_MEMLIMIT_ERROR:
		return unpack_bad(fault, FAULT_LIMIT, "the xz data needs %llu bytes of memory (limit xz-memory)",
		                  (unsigned long long)lzma_memusage(d));
	case LZMA_UNSUPPORTED_CHECK:
	case LZMA_OPTIONS_ERROR:
		return unpack_bad(fault, FAULT_UNSUPPORTED, "the xz data uses a filter or check not known here");
	default:
		return unpack_bad(fault, FAULT_CORRUPT, "the xz data cannot be decoded, or its check is wrong");
	}
}

/* Before a stream: zero padding and the next magic number, or the end. */
static enum unpack_status between(struct xz *x, struct unpack_io *io, struct fault *fault)
{
	while (x->streams && io->in_length && !io->in[0]) {
		io->in++;
		io->in_length--;
		x->padding++;
	}
	if (io->in_length) {
		if (io->in[0] != magic[0] || x->padding % 4)
			return unpack_bad(fault, x->streams ? FAULT_TRAILING : FAULT_CORRUPT,
			                  "something follows the xz data that is neither another stream nor zero padding in fours");
		lzma_ret status = lzma_stream_decoder(&x->decoder, x->memory, LZMA_TELL_UNSUPPORTED_CHECK);
		if (status != LZMA_OK)
			mem_exhausted();
		x->in_stream = true;
		return UNPACK_MORE;
	}
	if (!io->in_ended)
		return UNPACK_MORE;
	if (x->padding % 4)
		return unpack_bad(fault, FAULT_TRAILING, "zero padding that is not a multiple of four bytes follows the xz data");
	return UNPACK_END;
}

static enum unpack_status xz_step(struct unpacker *u, struct unpack_io *io, struct fault *fault)
{
	struct xz *x = (struct xz *)u;
	for (;;) {
		bool was_in_stream = x->in_stream;
		enum unpack_status status = was_in_stream ? decode(x, io, fault) : between(x, io, fault);
		if (status != UNPACK_MORE || was_in_stream == x->in_stream)
			return status;
	}
}

static bool xz_checksummed(const struct unpacker *u)
{
	return !((const struct xz *)u)->unchecked;
}

const struct unpack_kind unpack_xz = {"xz", xz_open, xz_reset, xz_step, NULL, xz_checksummed, xz_close};
