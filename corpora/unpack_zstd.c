/* Zstandard (RFC 8878): any number of frames, skippable frames among them, nothing else; no zero padding.
 *
 * The library checks the structure, the declared length of a frame that declares one, and the XXH64 of a frame that has it. The
 * first bytes of each frame are looked at here, so that old formats and dictionaries are named and
 * a frame without checksum is noted. A cut between two frames leaves a valid file. */
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/mem.h"
#include "corpora/unpack.h"

#define FRAME_MAGIC 0xFD2FB528u
#define SKIPPABLE_MAGIC 0x184D2A50u /* and 15 more */

struct zstd {
	struct unpacker unpacker;
	ZSTD_DCtx *decoder;
	unsigned window_log;
	unsigned char head[5];  /* magic number and frame header descriptor */
	size_t head_length;     /* taken so far */
	size_t head_given;      /* and given to the decoder */
	bool in_frame;
	uint64_t frames;
	bool unchecked;         /* some frame had no checksum */
};

static void zstd_reset(struct unpacker *u)
{
	struct zstd *z = (struct zstd *)u;
	ZSTD_DCtx_reset(z->decoder, ZSTD_reset_session_only);
	*z = (struct zstd){.unpacker = z->unpacker, .decoder = z->decoder, .window_log = z->window_log};
}

static struct unpacker *zstd_open(const struct archive_limits *limits)
{
	struct zstd *z = mem_calloc(1, sizeof *z);
	z->unpacker.kind = &unpack_zstd;
	z->decoder = ZSTD_createDCtx();
	if (!z->decoder)
		mem_exhausted();
	ZSTD_bounds bounds = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax);
	uint64_t log = limits->zstd_window_log;
	z->window_log = log < (uint64_t)bounds.lowerBound ? (unsigned)bounds.lowerBound
	                : log > (uint64_t)bounds.upperBound ? (unsigned)bounds.upperBound : (unsigned)log;
	ZSTD_DCtx_setParameter(z->decoder, ZSTD_d_windowLogMax, (int)z->window_log);
	return &z->unpacker;
}

static void zstd_close(struct unpacker *u)
{
	struct zstd *z = (struct zstd *)u;
	ZSTD_freeDCtx(z->decoder);
	free(z);
}

/* Takes the first bytes of a frame; true once they are all there. */
static bool frame_head(struct zstd *z, struct unpack_io *io)
{
	size_t n = sizeof z->head - z->head_length;
	if (n > io->in_length)
		n = io->in_length;
	memcpy(z->head + z->head_length, io->in, n);
	z->head_length += n;
	io->in += n;
	io->in_length -= n;
	return z->head_length == sizeof z->head;
}

static enum unpack_status begin_frame(struct zstd *z, struct fault *fault)
{
	uint32_t magic = z->head[0] | (uint32_t)z->head[1] << 8 | (uint32_t)z->head[2] << 16 | (uint32_t)z->head[3] << 24;
	if (magic == FRAME_MAGIC) {
		if (z->head[4] & 3)
			return unpack_bad(fault, FAULT_UNSUPPORTED, "a zstd frame made with a dictionary: pack it again without");
		if (!(z->head[4] & 4))
			z->unchecked = true;
	} else if ((magic & 0xFFFFFFF0u) != SKIPPABLE_MAGIC) {
		return unpack_bad(fault, z->frames ? FAULT_TRAILING : FAULT_CORRUPT,
		                  z->frames ? "something follows the zstd data that is no further frame" : "no zstd frame where one must be");
	}
	z->in_frame = true;
	z->head_given = 0;
	return UNPACK_MORE;
}

static enum unpack_status decode_error(const struct zstd *z, size_t code, struct fault *fault)
{
	switch (ZSTD_getErrorCode(code)) {
	case ZSTD_error_memory_allocation:
		mem_exhausted();
	case ZSTD_error_frameParameter_windowTooLarge:
		return unpack_bad(fault, FAULT_LIMIT, "a zstd frame needs a window of more than 2^%u bytes (limit zstd-window-log)",
		                  z->window_log);
	case ZSTD_error_checksum_wrong:
		return unpack_bad(fault, FAULT_CHECKSUM, "the checksum of a zstd frame is wrong");
	default:
		return unpack_bad(fault, FAULT_CORRUPT, "the zstd data cannot be decoded: %s", ZSTD_getErrorName(code));
	}
}

static enum unpack_status zstd_step(struct unpacker *u, struct unpack_io *io, struct fault *fault)
{
	struct zstd *z = (struct zstd *)u;
	for (;;) {
		if (!z->in_frame) {
			if (!z->head_length && !io->in_length && io->in_ended)
				return UNPACK_END;
			if (!frame_head(z, io)) {
				if (!io->in_ended)
					return UNPACK_MORE;
				break;
			}
			if (begin_frame(z, fault) == UNPACK_BAD)
				return UNPACK_BAD;
		}
		bool head = z->head_given < sizeof z->head;
		ZSTD_inBuffer in = {.src = head ? z->head + z->head_given : io->in, .size = head ? sizeof z->head - z->head_given : io->in_length};
		ZSTD_outBuffer out = {.dst = io->out, .size = io->out_length};
		size_t left = ZSTD_decompressStream(z->decoder, &out, &in);
		if (head) {
			z->head_given += in.pos;
		} else {
			io->in += in.pos;
			io->in_length -= in.pos;
		}
		io->out += out.pos;
		io->out_length -= out.pos;
		if (ZSTD_isError(left))
			return decode_error(z, left, fault);
		if (left == 0) {
			z->in_frame = false;
			z->head_length = 0;
			z->frames++;
			continue;
		}
		if (!io->out_length)
			return UNPACK_MORE;
		if (!io->in_length && z->head_given == sizeof z->head) {
			if (!io->in_ended)
				return UNPACK_MORE;
			break;
		}
	}
	return unpack_bad(fault, FAULT_TRUNCATED, "the zstd data ends within a frame: copy it again from where it came");
}

static bool zstd_checksummed(const struct unpacker *u)
{
	return !((const struct zstd *)u)->unchecked;
}

const struct unpack_kind unpack_zstd = {"zstd", zstd_open, zstd_reset, zstd_step, NULL, zstd_checksummed, zstd_close};
