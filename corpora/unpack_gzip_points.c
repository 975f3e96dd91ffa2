#include "corpora/unpack_gzip_points.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "corpora/crew.h"
#include "corpora/unpack_deflate.h"
#include "corpora/unpack_gzip.h"

struct piece {
	const struct points *points;
	struct inflater *inflater; /* made when it is first needed */
	size_t number;
	unsigned char *packed, *out;
	size_t packed_length, packed_capacity, out_capacity;
	bool loaded;               /* the index had its window */
	bool whole;                /* set by who inflated it */
	uint32_t crc;
	size_t window_length;
	unsigned char window[GZIP_WINDOW];
};

struct points {
	struct unpacker unpacker;
	struct archive_limits limits;
	struct gzip_index *index;
	struct crew *crew;
	struct piece *pieces;      /* its jobs */
	size_t piece_count;
	uint64_t taken;            /* bytes taken from the input */
	struct buf head;           /* of those, the ones before the first point */
	bool header_right;
	size_t cutting;            /* number of the piece being cut */
	struct buf cut;            /* what has been collected of it */
	bool stop_cutting;         /* the input has ended too early */

	/* what has been given: */
	size_t giving;             /* number of the first piece not wholly given */
	size_t emitted;            /* bytes of it that have been */
	bool trusted;              /* it was looked at, and is right */
	uint32_t crc;              /* of the pieces before it */
	unsigned char tail[GZIP_WINDOW];
	size_t tail_length;

	struct unpacker *own;      /* for reading alone */
	bool alone, wrong;         /* wrong: the index */
	struct buf backlog;        /* taken and not decoded */
	size_t backlog_given;
};

static const struct gzip_point *point(const struct points *p, size_t i)
{
	return &p->index->points[i];
}

static size_t piece_out(const struct points *p, size_t i)
{
	return (size_t)(point(p, i + 1)->out - point(p, i)->out);
}

/* Its first byte may be the last of the piece before. */
static uint64_t piece_begin(const struct points *p, size_t i)
{
	return point(p, i)->bit / 8;
}

static uint64_t piece_end(const struct points *p, size_t i)
{
	return (point(p, i + 1)->bit + 7) / 8;
}

/* ---- any thread ---- */

static bool inflate_piece(struct piece *piece)
{
	const struct points *p = piece->points;
	const struct gzip_point *from = point(p, piece->number), *to = from + 1;
	struct fault unused;
	size_t length = piece_out(p, piece->number);
	unsigned bits = (unsigned)(from->bit % 8), unread;
	/* far from the limit: then no place within the piece can have been over it */
	if (!piece->loaded || length / (p->limits.ratio / 2 + 1) > piece->packed_length)
		return false;
	if (!piece->inflater)
		piece->inflater = inflater_new();
	if (piece->out_capacity < length + 1) {
		free(piece->out);
		piece->out_capacity = length + 1; /* a byte too many is noticed */
		piece->out = mem_alloc(piece->out_capacity);
	}
	inflater_reset(piece->inflater);
	inflater_enter(piece->inflater, piece->window, piece->window_length, bits, piece->packed[0]);
	struct unpack_io io = {piece->packed + (bits != 0), piece->packed_length - (bits != 0), true, piece->out, length + 1};
	while (io.in_length || io.out == piece->out) {
		const unsigned char *in = io.in, *out = io.out;
		if (inflater_step(piece->inflater, &io, &unused) != UNPACK_MORE || (io.in == in && io.out == out))
			break;
	}
	piece->crc = inflater_crc32(piece->inflater);
	return !io.in_length && (size_t)(io.out - piece->out) == length && inflater_between_blocks(piece->inflater, &unread) &&
	       unread == (8 - to->bit % 8) % 8;
}

static void run(void *job)
{
	struct piece *piece = job;
	piece->whole = inflate_piece(piece);
}

/* ---- cutting ---- */

static void take_bytes(struct points *p, struct unpack_io *io, struct buf *to, size_t n)
{
	buf_append(to, io->in, n);
	io->in += n;
	io->in_length -= n;
	p->taken += n;
}

static bool more_to_cut(const struct points *p)
{
	return p->cutting + 1 < p->index->count && !p->stop_cutting && !p->wrong;
}

/* The bytes before the first point must be a header, and no more. */
static void take_header(struct points *p, struct unpack_io *io)
{
	uint64_t begin = piece_begin(p, 0);
	size_t n = begin - p->taken < io->in_length ? (size_t)(begin - p->taken) : io->in_length;
	take_bytes(p, io, &p->head, n);
	if (p->taken < begin)
		return;
	struct fault unused;
	unsigned char out[1];
	struct unpack_io header = {(const unsigned char *)p->head.data, p->head.length, false, out, 0};
	p->header_right = point(p, 0)->bit % 8 == 0 && p->head.length && p->own->kind->step(p->own, &header, &unused) == UNPACK_MORE &&
	                  !header.in_length && gzip_is_before_data(p->own);
	p->wrong = !p->header_right;
}

static void submit_piece(struct points *p)
{
	struct piece *piece = crew_next(p->crew);
	piece->number = p->cutting++;
	buf_reserve(&p->cut, 1);
	if (piece->packed_capacity < p->cut.length) {
		free(piece->packed);
		piece->packed_capacity = p->cut.length;
		piece->packed = mem_alloc(piece->packed_capacity);
	}
	memcpy(piece->packed, p->cut.data, p->cut.length);
	piece->packed_length = p->cut.length;
	piece->loaded = piece->packed_length && gzip_index_window(p->index, piece->number, piece->window, &piece->window_length);
	unsigned char shared = p->cut.length ? (unsigned char)p->cut.data[p->cut.length - 1] : 0;
	buf_clear(&p->cut);
	if (point(p, p->cutting)->bit % 8)
		buf_append_char(&p->cut, (char)shared);
	crew_submit(p->crew);
}

/* Takes input until it is used up or the ring is full. */
static void cut_input(struct points *p, struct unpack_io *io)
{
	if (!p->header_right && !p->wrong && io->in_length)
		take_header(p, io);
	while (p->header_right && more_to_cut(p) && crew_count(p->crew) < p->piece_count) {
		uint64_t end = piece_end(p, p->cutting);
		size_t missing = p->taken < end ? (size_t)(end - p->taken) : 0;
		take_bytes(p, io, &p->cut, missing < io->in_length ? missing : io->in_length);
		if (p->taken < end)
			break;
		submit_piece(p);
	}
	if (io->in_ended && !io->in_length && (more_to_cut(p)) && (!p->header_right || p->taken < piece_end(p, p->cutting)))
		p->stop_cutting = true;
}

/* ---- reading alone ---- */

/* From the beginning of the first piece that has not been given, or of the file. */
static void go_alone(struct points *p)
{
	crew_stop(p->crew);
	size_t count = crew_count(p->crew);
	uint64_t end = piece_begin(p, p->giving); /* so far the backlog reaches */
	buf_clear(&p->backlog);
	if (!p->header_right && p->head.length)
		buf_append(&p->backlog, p->head.data, p->head.length);
	for (size_t i = 0; i <= count; i++) {
		const struct piece *piece = crew_at(p->crew, i);
		size_t number = p->giving + i;
		const char *bytes = i < count ? (const char *)piece->packed : p->cut.data;
		size_t length = i < count ? piece->packed_length : p->cut.length, shared = (size_t)(end - piece_begin(p, number));
		if (length > shared)
			buf_append(&p->backlog, bytes + shared, length - shared);
		if (i < count)
			end = piece_end(p, number);
	}
	crew_clear(p->crew);
	p->alone = true;
	p->backlog_given = 0;
	p->own->kind->reset(p->own);
	if (!p->header_right)
		return;
	const struct gzip_point *from = point(p, p->giving);
	unsigned bits = (unsigned)(from->bit % 8);
	p->backlog_given = bits != 0; /* the cut has it at least */
	gzip_enter(p->own, p->tail, p->tail_length, bits, bits ? (unsigned char)p->backlog.data[0] : 0, p->crc, from->out, from->bit / 8 + (bits != 0));
}

static enum unpack_status step_alone(struct points *p, struct unpack_io *io, struct fault *fault)
{
	for (;;) {
		size_t left = p->backlog.length - p->backlog_given;
		if (!left) {
			const unsigned char *in = io->in;
			enum unpack_status status = p->own->kind->step(p->own, io, fault);
			p->taken += (size_t)(io->in - in);
			return status;
		}
		struct unpack_io from = {(const unsigned char *)p->backlog.data + p->backlog_given, left, io->in_ended && !io->in_length, io->out,
		                         io->out_length};
		enum unpack_status status = p->own->kind->step(p->own, &from, fault);
		p->backlog_given = p->backlog.length - from.in_length;
		io->out = from.out;
		io->out_length = from.out_length;
		if (status != UNPACK_MORE || !io->out_length || from.in_length == left || (!from.in_length && !io->in_length && !io->in_ended))
			return status;
	}
}

/* ---- the codec ---- */

static void keep_tail(struct points *p, const unsigned char *out, size_t length)
{
	if (length >= GZIP_WINDOW) {
		memcpy(p->tail, out + length - GZIP_WINDOW, GZIP_WINDOW);
		p->tail_length = GZIP_WINDOW;
		return;
	}
	size_t kept = p->tail_length < GZIP_WINDOW - length ? p->tail_length : GZIP_WINDOW - length;
	memmove(p->tail, p->tail + p->tail_length - kept, kept);
	memcpy(p->tail + kept, out, length);
	p->tail_length = kept + length;
}

/* The first piece is done: is it what reading from the beginning would have given? */
static bool may_be_given(struct points *p, const struct piece *piece)
{
	p->trusted = p->trusted || (piece->whole && piece->window_length == p->tail_length && memcmp(piece->window, p->tail, p->tail_length) == 0);
	return p->trusted;
}

static void give(struct points *p, const struct piece *piece, struct unpack_io *io)
{
	size_t length = piece_out(p, piece->number), left = length - p->emitted, n = left < io->out_length ? left : io->out_length;
	memcpy(io->out, piece->out + p->emitted, n);
	io->out += n;
	io->out_length -= n;
	p->emitted += n;
	if (n < left)
		return;
	p->crc = unpack_crc32_combine(p->crc, piece->crc, length);
	keep_tail(p, piece->out, length);
	p->giving++;
	p->emitted = 0;
	p->trusted = false;
	crew_take_back(p->crew);
}

static enum unpack_status points_step(struct unpacker *u, struct unpack_io *io, struct fault *fault)
{
	struct points *p = (struct points *)u;
	for (;;) {
		if (p->alone)
			return step_alone(p, io, fault);
		cut_input(p, io);
		if (!crew_count(p->crew)) {
			if (more_to_cut(p))
				return UNPACK_MORE;
			go_alone(p);
			continue;
		}
		bool want_input = !io->in_length && !io->in_ended && more_to_cut(p) && crew_count(p->crew) < p->piece_count;
		const struct piece *piece = crew_first(p->crew, !want_input);
		if (!piece)
			return UNPACK_MORE;
		if (!may_be_given(p, piece)) {
			p->wrong = true;
			go_alone(p);
		} else if (!io->out_length) {
			return UNPACK_MORE;
		} else {
			give(p, piece, io);
		}
	}
}

static size_t points_held(const struct unpacker *u)
{
	const struct points *p = (const struct points *)u;
	if (p->alone)
		return p->backlog.length - p->backlog_given;
	uint64_t given = p->giving || p->header_right ? piece_begin(p, p->giving) : 0;
	return p->taken > given ? (size_t)(p->taken - given) : 0;
}

static void points_reset(struct unpacker *u)
{
	struct points *p = (struct points *)u;
	crew_stop(p->crew);
	crew_clear(p->crew);
	buf_clear(&p->head);
	buf_clear(&p->cut);
	buf_clear(&p->backlog);
	p->taken = 0;
	p->cutting = p->giving = p->emitted = p->tail_length = p->backlog_given = 0;
	p->crc = 0;
	p->header_right = p->stop_cutting = p->trusted = p->alone = false;
	p->own->kind->reset(p->own);
}

static bool points_checksummed(const struct unpacker *u)
{
	(void)u;
	return true;
}

static void points_close(struct unpacker *u)
{
	struct points *p = (struct points *)u;
	crew_free(p->crew);
	for (size_t i = 0; i < p->piece_count; i++) {
		free(p->pieces[i].packed);
		free(p->pieces[i].out);
		inflater_free(p->pieces[i].inflater);
	}
	free(p->pieces);
	buf_release(&p->head);
	buf_release(&p->cut);
	buf_release(&p->backlog);
	p->own->kind->close(p->own);
	gzip_index_close(p->index, p->wrong);
	free(p);
}

static const struct unpack_kind points_kind = {
	"gzip", NULL, points_reset, points_step, points_held, points_checksummed, points_close,
};

uint64_t gzip_points_given(const struct unpacker *u)
{
	return u->kind == &points_kind ? ((const struct points *)u)->giving : 0;
}

struct unpacker *gzip_points_new(struct help_desk *desk, unsigned threads, const struct archive_limits *limits, struct gzip_index *index)
{
	struct inflater *inflater = inflater_new();
	bool can = inflater_can_enter(inflater);
	inflater_free(inflater);
	if (!can)
		return NULL;
	struct points *p = mem_calloc(1, sizeof *p);
	p->unpacker.kind = &points_kind;
	p->limits = *limits;
	p->index = index;
	p->piece_count = (size_t)threads + 2;
	p->pieces = mem_calloc(p->piece_count, sizeof *p->pieces);
	for (size_t i = 0; i < p->piece_count; i++)
		p->pieces[i].points = p;
	p->crew = crew_new(desk, p->pieces, p->piece_count, sizeof *p->pieces, run);
	p->own = unpack_gzip.open(limits);
	return &p->unpacker;
}
