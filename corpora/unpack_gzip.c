/* gzip (RFC 1952): any number of members, zero padding after the last, nothing else.
 *
 * Block gzip (BGZF, the SAM specification section 4.1) is gzip whose members carry their own packed length; such a file must
 * end in an empty member, so a cut between two members is found. A cut between two ordinary members
 * leaves a valid file, which only a list of expected checksums can tell.
 *
 * Bytes that the inflater took beyond its stream are in rest and are read first by the trailer, which is never shorter. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "corpora/unpack_deflate.h"
#include "corpora/unpack_gzip.h"

enum {
	FLAG_HEADER_CRC = 2,
	FLAG_EXTRA = 4,
	FLAG_NAME = 8,
	FLAG_COMMENT = 16,
	FLAGS_RESERVED = 0xE0
};

enum stage { START, FIXED, EXTRA_LENGTH, EXTRA, NAME, COMMENT, HEADER_CRC, BODY, TRAILER, BETWEEN, PADDING };

struct gzip {
	struct unpacker unpacker;
	struct inflater *inflater;
	enum stage stage;
	unsigned char held[10];   /* the part of a fixed field that has come so far */
	size_t held_length;
	unsigned flags;
	uint32_t header_crc;
	size_t extra_left;
	/* The subfield of the extra field being read: 4 bytes of head, then its bytes; only the first 2 are kept. */
	unsigned char subfield[6];
	size_t subfield_taken;
	uint32_t block_length;    /* BGZF: declared length of the member, 0 if it is not of that kind */
	uint64_t member_packed;   /* bytes of this member taken so far */
	uint64_t member_length;   /* bytes it gave */
	uint64_t header_length;   /* of its packed bytes */
	bool open_block;          /* the last member was BGZF and not empty */
	uint64_t members;
	bool more_expected, pause;
	uint32_t crc_before;      /* of what another decoder has put out of this member: */
	uint64_t length_before;   /* so many bytes */
	struct gzip_recorder *recorder;
};

static struct unpacker *gzip_open(const struct archive_limits *limits)
{
	(void)limits;
	struct gzip *g = mem_calloc(1, sizeof *g);
	g->unpacker.kind = &unpack_gzip;
	g->inflater = inflater_new();
	return &g->unpacker;
}

static void gzip_close(struct unpacker *u)
{
	struct gzip *g = (struct gzip *)u;
	inflater_free(g->inflater);
	free(g);
}

static void gzip_reset(struct unpacker *u)
{
	struct gzip *g = (struct gzip *)u;
	struct inflater *inflater = g->inflater;
	*g = (struct gzip){.unpacker = g->unpacker, .inflater = inflater, .recorder = g->recorder};
}

static void take(struct gzip *g, struct unpack_io *io, size_t n)
{
	if (g->stage < HEADER_CRC)
		g->header_crc = unpack_crc32(g->header_crc, io->in, n);
	g->member_packed += n;
	io->in += n;
	io->in_length -= n;
}

/* Collects a field of n bytes in held. */
static bool hold(struct gzip *g, struct unpack_io *io, size_t n)
{
	size_t take_now = n - g->held_length < io->in_length ? n - g->held_length : io->in_length;
	memcpy(g->held + g->held_length, io->in, take_now);
	g->held_length += take_now;
	take(g, io, take_now);
	if (g->held_length < n)
		return false;
	g->held_length = 0;
	return true;
}

static uint32_t little_endian(const unsigned char *p, int n)
{
	uint32_t v = 0;
	while (n--)
		v = v << 8 | p[n];
	return v;
}

/* Takes what there is of the extra field and looks for BGZF's subfield in it. */
static void extra(struct gzip *g, struct unpack_io *io)
{
	size_t n = g->extra_left < io->in_length ? g->extra_left : io->in_length;
	for (size_t i = 0; i < n; i++) {
		if (g->subfield_taken < sizeof g->subfield)
			g->subfield[g->subfield_taken] = io->in[i];
		g->subfield_taken++;
		if (g->subfield_taken >= 4 && g->subfield_taken - 4 == little_endian(g->subfield + 2, 2)) {
			if (g->subfield_taken == 6 && g->subfield[0] == 'B' && g->subfield[1] == 'C')
				g->block_length = little_endian(g->subfield + 4, 2) + 1;
			g->subfield_taken = 0;
		}
	}
	g->extra_left -= n;
	take(g, io, n);
}

/* Takes bytes up to and with a NUL; false if it has not come yet. */
static bool skip_string(struct gzip *g, struct unpack_io *io)
{
	const unsigned char *end = memchr(io->in, 0, io->in_length);
	take(g, io, end ? (size_t)(end + 1 - io->in) : io->in_length);
	return end != NULL;
}

static enum unpack_status header(struct gzip *g, struct unpack_io *io, struct fault *fault)
{
	switch (g->stage) {
	case START:
		g->header_crc = 0;
		g->member_packed = g->member_length = g->length_before = 0;
		if (g->members && g->recorder)
			gzip_recorder_abandon(g->recorder);
		g->block_length = 0;
		g->subfield_taken = 0;
		g->stage = FIXED;
		break;
	case FIXED:
		if (!hold(g, io, 10))
			break;
		if (g->held[0] != 0x1F || g->held[1] != 0x8B)
			return unpack_bad(fault, g->members ? FAULT_TRAILING : FAULT_CORRUPT,
			                  g->members ? "something follows the gzip data that is neither another member nor zero padding"
			                             : "no gzip header where one must be");
		if (g->held[2] != 8)
			return unpack_bad(fault, FAULT_UNSUPPORTED, "gzip with compression method %u", g->held[2]);
		g->flags = g->held[3];
		if (g->flags & FLAGS_RESERVED)
			return unpack_bad(fault, FAULT_CORRUPT, "the gzip header has reserved flags set");
		g->stage = EXTRA_LENGTH;
		break;
	case EXTRA_LENGTH:
		if (g->flags & FLAG_EXTRA) {
			if (!hold(g, io, 2))
				break;
			g->extra_left = little_endian(g->held, 2);
		}
		g->stage = EXTRA;
		break;
	case EXTRA:
		extra(g, io);
		if (!g->extra_left)
			g->stage = NAME;
		break;
	case NAME:
		if (!(g->flags & FLAG_NAME) || skip_string(g, io))
			g->stage = COMMENT;
		break;
	case COMMENT:
		if (!(g->flags & FLAG_COMMENT) || skip_string(g, io))
			g->stage = HEADER_CRC;
		break;
	default: /* HEADER_CRC */
		if (g->flags & FLAG_HEADER_CRC) {
			if (!hold(g, io, 2))
				break;
			if (little_endian(g->held, 2) != (g->header_crc & 0xFFFF))
				return unpack_bad(fault, FAULT_CHECKSUM, "the checksum of the gzip header is wrong");
		}
		inflater_reset(g->inflater);
		g->stage = BODY;
		g->header_length = g->member_packed;
		if (g->recorder && !g->members)
			gzip_recorder_point(g->recorder, 8 * g->member_packed);
	}
	return UNPACK_MORE;
}

static enum unpack_status inflate_some(struct gzip *g, struct unpack_io *io, struct fault *fault)
{
	const unsigned char *in = io->in, *out = io->out;
	enum unpack_status status = inflater_step(g->inflater, io, fault);
	g->member_packed += (size_t)(io->in - in);
	g->member_length += (size_t)(io->out - out);
	return status;
}

/* The same while points are recorded: where one is wanted, in slices so small that the beginning of a block is seen between two. */
static enum unpack_status inflate_recorded(struct gzip *g, struct unpack_io *io, struct fault *fault)
{
	for (;;) {
		const unsigned char *in = io->in, *out = io->out;
		struct unpack_io slice = *io;
		bool wanted = gzip_recorder_wants(g->recorder, g->member_packed);
		if (wanted && slice.in_length > gzip_index_sizes()->slice)
			slice.in_length = gzip_index_sizes()->slice;
		enum unpack_status status = inflate_some(g, &slice, fault);
		gzip_recorder_put_out(g->recorder, out, (size_t)(slice.out - out));
		io->in_length -= (size_t)(slice.in - in);
		io->in = slice.in;
		io->out = slice.out;
		io->out_length = slice.out_length;
		unsigned unread;
		if (status == UNPACK_MORE && wanted && inflater_between_blocks(g->inflater, &unread))
			gzip_recorder_point(g->recorder, 8 * g->member_packed - unread);
		if (status != UNPACK_MORE || !io->in_length || !io->out_length || (io->in == in && io->out == out))
			return status;
	}
}

static enum unpack_status body(struct gzip *g, struct unpack_io *io, struct fault *fault)
{
	enum unpack_status status = g->recorder && !g->members ? inflate_recorded(g, io, fault) : inflate_some(g, io, fault);
	if (status != UNPACK_END)
		return status;
	g->held_length = inflater_rest(g->inflater, g->held); /* at most 7: less than the trailer */
	g->stage = TRAILER;
	return UNPACK_MORE;
}

static enum unpack_status trailer(struct gzip *g, struct unpack_io *io, struct fault *fault)
{
	if (!hold(g, io, 8))
		return UNPACK_MORE;
	uint32_t crc = inflater_crc32(g->inflater);
	if (g->length_before)
		crc = unpack_crc32_combine(g->crc_before, crc, g->member_length - g->length_before);
	if (little_endian(g->held, 4) != crc)
		return unpack_bad(fault, FAULT_CHECKSUM, "the CRC-32 of the gzip member is wrong");
	if (little_endian(g->held + 4, 4) != (uint32_t)g->member_length)
		return unpack_bad(fault, FAULT_CHECKSUM, "the length in the gzip trailer is wrong");
	if (g->block_length && g->block_length != g->member_packed)
		return unpack_bad(fault, FAULT_CORRUPT, "the length of the gzip block is not the one it declares");
	g->open_block = g->block_length && g->member_length;
	g->members++;
	g->stage = BETWEEN;
	return UNPACK_MORE;
}

/* After a member: another one, zero padding or the end. */
static enum unpack_status between(struct gzip *g, struct unpack_io *io, struct fault *fault)
{
	if (g->stage == BETWEEN && io->in_length) {
		if (io->in[0]) {
			if (io->in[0] != 0x1F)
				return unpack_bad(fault, FAULT_TRAILING, "something follows the gzip data that is neither another member nor zero padding");
			g->stage = START;
			return UNPACK_MORE;
		}
		g->stage = PADDING;
	}
	while (io->in_length && !io->in[0])
		take(g, io, 1);
	if (io->in_length)
		return unpack_bad(fault, FAULT_TRAILING, "something follows the zero padding after the gzip data");
	if (!io->in_ended)
		return UNPACK_MORE;
	if (g->open_block && !g->more_expected)
		return unpack_bad(fault, FAULT_TRUNCATED, "the block gzip file does not end in its end block: copy it again from where it came");
	return UNPACK_END;
}

static enum unpack_status gzip_step(struct unpacker *u, struct unpack_io *io, struct fault *fault)
{
	struct gzip *g = (struct gzip *)u;
	for (;;) {
		enum stage stage = g->stage;
		enum unpack_status status;
		if (stage < BODY)
			status = header(g, io, fault);
		else if (stage == BODY)
			status = body(g, io, fault);
		else if (stage == TRAILER)
			status = trailer(g, io, fault);
		else
			status = between(g, io, fault);
		if (status != UNPACK_MORE)
			return status;
		if (g->stage == BETWEEN && stage == TRAILER && g->pause)
			return UNPACK_MORE;
		if (g->stage != stage)
			continue;
		/* the stage wants input, or (BODY) room */
		if (!io->in_length && io->in_ended && (stage != BODY || io->out_length))
			return unpack_bad(fault, FAULT_TRUNCATED, "the gzip data ends before its trailer: copy it again from where it came");
		return UNPACK_MORE;
	}
}

void gzip_expect_more(struct unpacker *u)
{
	((struct gzip *)u)->more_expected = true;
}

void gzip_resume(struct unpacker *u, bool open)
{
	struct gzip *g = (struct gzip *)u;
	g->members = 1;
	g->open_block = open;
	g->stage = BETWEEN;
}

bool gzip_says_open(const struct unpacker *u)
{
	return ((const struct gzip *)u)->open_block;
}

bool gzip_was_padded(const struct unpacker *u)
{
	return ((const struct gzip *)u)->stage == PADDING;
}

void gzip_pause_between(struct unpacker *u)
{
	((struct gzip *)u)->pause = true;
}

bool gzip_is_between(const struct unpacker *u)
{
	return ((const struct gzip *)u)->stage == BETWEEN;
}

void gzip_record(struct unpacker *u, struct gzip_recorder *recorder)
{
	((struct gzip *)u)->recorder = recorder;
}

bool gzip_is_before_data(const struct unpacker *u)
{
	const struct gzip *g = (const struct gzip *)u;
	return g->stage == BODY && !g->members && g->member_packed == g->header_length;
}

void gzip_enter(struct unpacker *u, const unsigned char *window, size_t window_length, unsigned bits, unsigned char first, uint32_t crc,
                uint64_t length, uint64_t packed)
{
	struct gzip *g = (struct gzip *)u;
	inflater_reset(g->inflater);
	inflater_enter(g->inflater, window, window_length, bits, first);
	g->stage = BODY;
	g->crc_before = crc;
	g->member_length = g->length_before = length;
	g->member_packed = packed;
}

static bool gzip_checksummed(const struct unpacker *u)
{
	(void)u;
	return true;
}

const struct unpack_kind unpack_gzip = {"gzip", gzip_open, gzip_reset, gzip_step, NULL, gzip_checksummed, gzip_close};
