/* bzip2: any number of streams, zero padding after the last, nothing else.
 *
 * The library checks the CRC-32 of each block and the combined one of each stream. A cut between two streams leaves a
 * valid file. */
#include <bzlib.h>
#include <stdlib.h>

#include "base/mem.h"
#include "corpora/unpack.h"

struct bzip2 {
	struct unpacker unpacker;
	bz_stream decoder;
	bool in_stream;
	bool padded;
	uint64_t streams;
};

static void end_stream(struct bzip2 *b)
{
	if (b->in_stream)
		BZ2_bzDecompressEnd(&b->decoder);
	b->in_stream = false;
}

static void bzip2_reset(struct unpacker *u)
{
	struct bzip2 *b = (struct bzip2 *)u;
	end_stream(b);
	*b = (struct bzip2){.unpacker = b->unpacker};
}

static struct unpacker *bzip2_open(const struct archive_limits *limits)
{
	(void)limits;
	struct bzip2 *b = mem_calloc(1, sizeof *b);
	b->unpacker.kind = &unpack_bzip2;
	return &b->unpacker;
}

static void bzip2_close(struct unpacker *u)
{
	end_stream((struct bzip2 *)u);
	free(u);
}

static enum unpack_status decode(struct bzip2 *b, struct unpack_io *io, struct fault *fault)
{
	bz_stream *d = &b->decoder;
	d->next_in = (char *)(uintptr_t)io->in; /* not written to */
	d->avail_in = io->in_length > 1u << 30 ? 1u << 30 : (unsigned)io->in_length;
	d->next_out = (char *)io->out;
	d->avail_out = io->out_length > 1u << 30 ? 1u << 30 : (unsigned)io->out_length;
	int status = BZ2_bzDecompress(d);
	io->in_length -= (size_t)((const unsigned char *)d->next_in - io->in);
	io->in = (const unsigned char *)d->next_in;
	io->out_length -= (size_t)((unsigned char *)d->next_out - io->out);
	io->out = (unsigned char *)d->next_out;
	switch (status) {
	case BZ_STREAM_END:
		end_stream(b);
		b->streams++;
		return UNPACK_MORE;
	case BZ_OK:
		if (io->in_ended && !io->in_length && io->out_length)
			return unpack_bad(fault, FAULT_TRUNCATED, "the bzip2 data ends within a stream: copy it again from where it came");
		return UNPACK_MORE;
	case BZ_MEM_ERROR:
		mem_exhausted();
	case BZ_DATA_ERROR_MAGIC:
		return unpack_bad(fault, b->streams ? FAULT_TRAILING : FAULT_CORRUPT,
		                  "something follows the bzip2 data that is neither another stream nor zero padding");
	default:
		return unpack_bad(fault, FAULT_CORRUPT, "the bzip2 data cannot be decoded, or its checksum is wrong");
	}
}

/* Before a stream: another one, zero padding or the end. */
static enum unpack_status between(struct bzip2 *b, struct unpack_io *io, struct fault *fault)
{
	while (b->streams && io->in_length && !io->in[0]) {
		io->in++;
		io->in_length--;
		b->padded = true;
	}
	if (!io->in_length)
		return io->in_ended ? UNPACK_END : UNPACK_MORE;
	if (b->padded || io->in[0] != 'B')
		return unpack_bad(fault, b->streams ? FAULT_TRAILING : FAULT_CORRUPT,
		                  "something follows the bzip2 data that is neither another stream nor zero padding");
	b->decoder = (bz_stream){0};
	if (BZ2_bzDecompressInit(&b->decoder, 0, 0) != BZ_OK)
		mem_exhausted();
	b->in_stream = true;
	return UNPACK_MORE;
}

static enum unpack_status bzip2_step(struct unpacker *u, struct unpack_io *io, struct fault *fault)
{
	struct bzip2 *b = (struct bzip2 *)u;
	for (;;) {
		bool was_in_stream = b->in_stream;
		enum unpack_status status = was_in_stream ? decode(b, io, fault) : between(b, io, fault);
		if (status != UNPACK_MORE)
			return status;
		if (was_in_stream && b->in_stream && io->in_length && io->out_length)
			continue; /* it took only a piece */
		if (was_in_stream == b->in_stream)
			return status;
	}
}

static bool bzip2_checksummed(const struct unpacker *u)
{
	(void)u;
	return true;
}

const struct unpack_kind unpack_bzip2 = {"bzip2", bzip2_open, bzip2_reset, bzip2_step, NULL, bzip2_checksummed, bzip2_close};
