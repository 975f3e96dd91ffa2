#include "corpora/unpack_gzip_members.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "corpora/crew.h"
#include "corpora/unpack_deflate.h"
#include "corpora/unpack_gzip.h"

/* Of the input so much is taken at a time; what lies behind a cut is copied once more. */
#define SLICE ((size_t)64 << 10)

/* Of a BGZF block: its header, as everybody writes it, and its trailer. */
enum { BLOCK_HEAD = 18, BLOCK_TAIL = 8 };

/* A piece is of about 1 ms of work; if no member begins before its greatest size, the file is no matter for several threads. */
static struct gzip_members_sizes sizes = GZIP_MEMBERS_SIZES_DEFAULT;

void gzip_members_use(const struct gzip_members_sizes *s)
{
	sizes = *s;
}

bool gzip_members_suit(const struct archive_limits *limits)
{
	return limits->ratio_floor / 4 >= sizes.out_most;
}

struct piece {
	const struct members *members;
	struct unpacker *gzip;    /* both made when they are first needed */
	struct inflate_whole *inflate;
	bool last;
	bool blocks;              /* it begins with a BGZF block */
	bool whole;               /* set by who inflated it */
	bool open_block;          /* see gzip_says_open() */
	unsigned char *packed, *out;
	size_t packed_length, out_length, out_capacity;
};

struct members {
	struct unpacker unpacker;
	struct archive_limits limits;
	struct gzip_members_sizes sizes;
	struct crew *crew;
	struct piece *pieces;     /* its jobs; the one after those that are out is being cut */
	size_t piece_count;
	size_t emitted;           /* of the first piece's output */
	size_t cut;               /* bytes collected in the piece being cut */
	size_t looked;            /* a member does not begin before this place in it */
	bool blocks;              /* the file is BGZF: looked is where the next member begins */
	bool unsure;              /* whether blocks is so has to be found out */
	bool uncuttable;          /* no member begins within sizes.most bytes of the piece being cut */
	bool all_cut;             /* the input has ended and is all in pieces */

	struct unpacker *own;     /* for reading alone: */
	struct gzip_recorder *recorder; /* may be NULL */
	bool alone;               /* reading as an ordinary gzip file until a member ends and the backlog is used up */
	unsigned char *backlog;   /* what had been collected and not decoded */
	size_t backlog_length, backlog_given;
	uint64_t taken, made;     /* bytes taken from the input and put out in all */
	bool resumed;             /* members have been read: */
	bool open_block;          /* gzip_says_open() of the last */
};

/* The declared length of the BGZF block at q, 0 if it is none. */
static size_t block_length(const unsigned char *q, size_t length)
{
	static const unsigned char fixed[4] = {0x1F, 0x8B, 8, 4};
	if (length < BLOCK_HEAD || memcmp(q, fixed, 4) != 0 || memcmp(q + 10, "\6\0BC\2\0", 6) != 0)
		return 0;
	return (size_t)(q[16] | q[17] << 8) + 1;
}

static uint32_t little_endian(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* A piece of nothing but whole BGZF blocks, each of which says how long it is. */
static bool inflate_blocks(struct piece *piece)
{
	const struct members *m = piece->members;
	size_t length = 0, at = 0;
	while (at < piece->packed_length) {
		size_t n = block_length(piece->packed + at, piece->packed_length - at);
		if (n < BLOCK_HEAD + BLOCK_TAIL || n > piece->packed_length - at)
			return false;
		length += little_endian(piece->packed + at + n - 4);
		at += n;
		if (length > m->sizes.out_most)
			return false;
	}
	if (!piece->out || piece->out_capacity < length) {
		piece->out_capacity = m->sizes.out_most;
		piece->out = mem_realloc(piece->out, piece->out_capacity, 1);
	}
	if (!piece->inflate)
		piece->inflate = inflate_whole_new();
	piece->out_length = 0;
	for (at = 0; at < piece->packed_length;) {
		const unsigned char *q = piece->packed + at;
		size_t n = block_length(q, piece->packed_length - at), gives = little_endian(q + n - 4);
		if (!inflate_whole(piece->inflate, q + BLOCK_HEAD, n - BLOCK_HEAD - BLOCK_TAIL, piece->out + piece->out_length, gives,
		                   little_endian(q + n - BLOCK_TAIL)))
			return false;
		piece->out_length += gives;
		piece->open_block = gives != 0;
		at += n;
	}
	return true;
}

static bool inflate_piece(struct piece *piece)
{
	const struct members *m = piece->members;
	struct fault unused;
	/* far from the limit of the ratio: then no place within the piece can have been over it */
	if (piece->blocks && inflate_blocks(piece))
		return piece->out_length / (m->limits.ratio / 2 + 1) <= piece->packed_length;
	if (!piece->gzip)
		piece->gzip = unpack_gzip.open(&m->limits);
	struct unpacker *gzip = piece->gzip;
	gzip->kind->reset(gzip);
	gzip_expect_more(gzip);
	struct unpack_io io = {.in = piece->packed, .in_length = piece->packed_length, .in_ended = true};
	piece->out_length = 0;
	for (;;) {
		if (piece->out_length == piece->out_capacity) {
			if (piece->out_capacity == m->sizes.out_most)
				return false;
			piece->out_capacity = piece->out_capacity ? 2 * piece->out_capacity : m->sizes.out_most / 8;
			piece->out = mem_realloc(piece->out, piece->out_capacity, 1);
		}
		io.out = piece->out + piece->out_length;
		io.out_length = piece->out_capacity - piece->out_length;
		enum unpack_status status = gzip->kind->step(gzip, &io, &unused);
		piece->out_length = (size_t)(io.out - piece->out);
		if (status == UNPACK_BAD)
			return false;
		if (status == UNPACK_END)
			break;
	}
	if (piece->out_length / (m->limits.ratio / 2 + 1) > piece->packed_length)
		return false;
	piece->open_block = gzip_says_open(gzip);
	return piece->last || !gzip_was_padded(gzip);
}

static void run(void *job)
{
	struct piece *piece = job;
	piece->whole = inflate_piece(piece);
}

/* ---- cutting ---- */

static bool looks_like_member(const unsigned char *q)
{
	return q[0] == 0x1F && q[1] == 0x8B && q[2] == 8 && q[3] < 0x20;
}

/* A place in the piece being cut where a member seems to begin, at m->sizes.least or later; 0 if there is none yet. */
static size_t find_cut(struct members *m, const struct piece *piece)
{
	const unsigned char *b = piece->packed;
	if (m->unsure && m->cut < BLOCK_HEAD)
		return 0;
	if (m->unsure)
		m->blocks = block_length(b, m->cut) > 0;
	m->unsure = false;
	while (m->blocks && m->looked < m->sizes.least) {
		size_t n = m->looked <= m->cut ? block_length(b + m->looked, m->cut - m->looked) : 0;
		if (n == 0)
			return 0; /* not there yet, or no block: then the piece grows too large */
		m->looked += n;
	}
	if (m->blocks)
		return m->looked < m->cut ? m->looked : 0;
	if (m->looked < m->sizes.least)
		m->looked = m->sizes.least;
	while (m->looked + 4 <= m->cut) {
		const unsigned char *q = memchr(b + m->looked, 0x1F, m->cut - m->looked - 3);
		if (!q) {
			m->looked = m->cut - 3;
			return 0;
		}
		if (looks_like_member(q))
			return (size_t)(q - b);
		m->looked = (size_t)(q - b) + 1;
	}
	return 0;
}

static bool ring_is_full(const struct members *m)
{
	return crew_count(m->crew) + 1 == m->piece_count;
}

/* The piece being cut is ready, with its first n bytes; the rest begins the next one. */
static void submit_piece(struct members *m, size_t n, bool last)
{
	struct piece *piece = crew_next(m->crew), *next = crew_at(m->crew, crew_count(m->crew) + 1);
	if (n < m->cut)
		memcpy(next->packed, piece->packed + n, m->cut - n);
	piece->packed_length = n;
	piece->last = last;
	piece->blocks = m->blocks;
	m->cut -= n;
	m->looked = 0;
	crew_submit(m->crew);
}

/* Takes input until it is used up or the ring is full. */
static void cut_input(struct members *m, struct unpack_io *io)
{
	while (io->in_length && !m->uncuttable && !ring_is_full(m)) {
		struct piece *piece = crew_next(m->crew);
		size_t n = io->in_length < SLICE ? io->in_length : SLICE;
		if (n > m->sizes.most - m->cut)
			n = m->sizes.most - m->cut;
		memcpy(piece->packed + m->cut, io->in, n);
		m->cut += n;
		io->in += n;
		io->in_length -= n;
		size_t at = find_cut(m, piece);
		if (at)
			submit_piece(m, at, false);
		else
			m->uncuttable = m->cut == m->sizes.most;
	}
	if (io->in_ended && !io->in_length && !m->all_cut && !m->uncuttable && !ring_is_full(m)) {
		m->all_cut = true;
		if (m->cut)
			submit_piece(m, m->cut, true);
	}
}

/* ---- reading alone ---- */

/* Everything that has been collected and not given becomes the backlog. */
static void go_alone(struct members *m)
{
	crew_stop(m->crew);
	size_t count = crew_count(m->crew), length = m->cut, at = 0;
	for (size_t i = 0; i < count; i++)
		length += ((struct piece *)crew_at(m->crew, i))->packed_length;
	m->backlog = mem_realloc(m->backlog, length, 1);
	for (size_t i = 0; i <= count; i++) {
		const struct piece *piece = crew_at(m->crew, i);
		size_t n = i < count ? piece->packed_length : m->cut;
		memcpy(m->backlog + at, piece->packed, n);
		at += n;
	}
	m->backlog_length = length;
	m->backlog_given = 0;
	crew_clear(m->crew);
	m->cut = m->looked = 0;
	m->alone = true;
	m->own->kind->reset(m->own);
	gzip_pause_between(m->own);
	if (m->resumed)
		gzip_resume(m->own, m->open_block);
	if (m->resumed && m->recorder)
		gzip_recorder_abandon(m->recorder);
}

static enum unpack_status step_alone(struct members *m, struct unpack_io *io, struct fault *fault)
{
	const unsigned char *in = io->in, *out = io->out;
	for (;;) {
		enum unpack_status status;
		size_t left = m->backlog_length - m->backlog_given;
		if (left) {
			struct unpack_io from = {m->backlog + m->backlog_given, left, io->in_ended && !io->in_length, io->out, io->out_length};
			status = m->own->kind->step(m->own, &from, fault);
			m->backlog_given = m->backlog_length - from.in_length;
			io->out = from.out;
			io->out_length = from.out_length;
		} else {
			status = m->own->kind->step(m->own, io, fault);
		}
		if (status != UNPACK_MORE)
			return status;
		left = m->backlog_length - m->backlog_given;
		if (gzip_is_between(m->own)) {
			m->resumed = true;
			m->open_block = gzip_says_open(m->own);
			/* the ratio of the whole, too, has to be far from the limit before pieces are cut again */
			bool far = (m->made + (size_t)(io->out - out)) / (m->limits.ratio / 2 + 1) <= m->taken + (size_t)(io->in - in);
			if (!left && far && !(io->in_ended && !io->in_length)) {
				m->alone = m->all_cut = m->uncuttable = false;
				if (m->recorder)
					gzip_recorder_abandon(m->recorder);
				m->unsure = true;
				return UNPACK_MORE;
			}
			continue;
		}
		if (!io->out_length || (!left && !io->in_length && !io->in_ended))
			return UNPACK_MORE;
	}
}

/* ---- the codec ---- */

/* Puts out what it can of the first piece, which is whole. */
static void give_first(struct members *m, const struct piece *piece, struct unpack_io *io)
{
	size_t left = piece->out_length - m->emitted;
	size_t n = left < io->out_length ? left : io->out_length;
	memcpy(io->out, piece->out + m->emitted, n);
	io->out += n;
	io->out_length -= n;
	m->emitted += n;
	if (n < left)
		return;
	m->resumed = true;
	m->open_block = piece->open_block;
	m->emitted = 0;
	crew_take_back(m->crew);
}

static enum unpack_status step(struct members *m, struct unpack_io *io, struct fault *fault)
{
	for (;;) {
		if (m->alone) {
			enum unpack_status status = step_alone(m, io, fault);
			if (status != UNPACK_MORE || m->alone)
				return status;
		}
		cut_input(m, io);
		if (!crew_count(m->crew)) {
			if (!m->all_cut && !m->uncuttable)
				return UNPACK_MORE;
			go_alone(m);
			continue;
		}
		bool want_input = !io->in_length && !io->in_ended && !m->uncuttable && !ring_is_full(m);
		const struct piece *piece = crew_first(m->crew, !want_input);
		if (!piece)
			return UNPACK_MORE;
		if (!piece->whole)
			go_alone(m);
		else if (!io->out_length)
			return UNPACK_MORE;
		else
			give_first(m, piece, io);
	}
}

static enum unpack_status members_step(struct unpacker *u, struct unpack_io *io, struct fault *fault)
{
	struct members *m = (struct members *)u;
	const unsigned char *in = io->in, *out = io->out;
	enum unpack_status status = step(m, io, fault);
	m->taken += (size_t)(io->in - in);
	m->made += (size_t)(io->out - out);
	return status;
}

static size_t members_held(const struct unpacker *u)
{
	const struct members *m = (const struct members *)u;
	size_t held = m->cut + m->backlog_length - m->backlog_given;
	for (size_t i = 0; i < crew_count(m->crew); i++)
		held += ((const struct piece *)crew_at(m->crew, i))->packed_length;
	return held;
}

static void members_reset(struct unpacker *u)
{
	struct members *m = (struct members *)u;
	crew_stop(m->crew);
	crew_clear(m->crew);
	m->taken = m->made = 0;
	m->emitted = m->cut = m->looked = m->backlog_length = m->backlog_given = 0;
	m->blocks = m->uncuttable = m->all_cut = m->alone = m->resumed = m->open_block = false;
	m->unsure = true;
}

static bool members_checksummed(const struct unpacker *u)
{
	(void)u;
	return true;
}

static void members_close(struct unpacker *u)
{
	struct members *m = (struct members *)u;
	crew_free(m->crew);
	for (size_t i = 0; i < m->piece_count; i++) {
		free(m->pieces[i].packed);
		free(m->pieces[i].out);
		if (m->pieces[i].gzip)
			unpack_gzip.close(m->pieces[i].gzip);
		inflate_whole_free(m->pieces[i].inflate);
	}
	free(m->pieces);
	free(m->backlog);
	m->own->kind->close(m->own);
	free(m);
}

static const struct unpack_kind members_kind = {
	"gzip", NULL, members_reset, members_step, members_held, members_checksummed, members_close,
};

struct unpacker *gzip_members_new(struct help_desk *desk, unsigned threads, const struct archive_limits *limits, struct gzip_recorder *recorder)
{
	struct members *m = mem_calloc(1, sizeof *m);
	m->unpacker.kind = &members_kind;
	m->limits = *limits;
	m->sizes = sizes;
	m->piece_count = (size_t)threads + 3; /* each thread one, one waiting and one being cut */
	m->pieces = mem_calloc(m->piece_count, sizeof *m->pieces);
	for (size_t i = 0; i < m->piece_count; i++) {
		m->pieces[i].members = m;
		m->pieces[i].packed = mem_alloc(m->sizes.most);
	}
	m->crew = crew_new(desk, m->pieces, m->piece_count, sizeof *m->pieces, run);
	m->own = unpack_gzip.open(limits);
	m->recorder = recorder;
	gzip_record(m->own, recorder);
	m->unsure = true;
	return &m->unpacker;
}
