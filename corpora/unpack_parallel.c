#include "corpora/unpack_parallel.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "corpora/unpack_gzip.h"

enum {
	SLICE = 64 << 10,         /* of the input taken at a time; what lies behind a cut is copied once more */
	THREADS_MOST = 64
};

/* A piece is of about 1 ms of work; if no member begins before its greatest size, the file is no matter for several threads. */
static struct parallel_sizes sizes = PARALLEL_SIZES_DEFAULT;

void unpack_parallel_use(const struct parallel_sizes *s)
{
	sizes = *s;
}

bool unpack_parallel_suits(const struct archive_limits *limits)
{
	return limits->ratio_floor / 4 >= sizes.out_most;
}

enum piece_state { EMPTY, READY, TAKEN, WHOLE, FAILED };

struct piece {
	enum piece_state state;
	bool last;
	bool open_block;          /* see gzip_says_open() */
	unsigned char *packed, *out;
	size_t packed_length, out_length, out_capacity;
};

struct parallel {
	struct unpacker unpacker;
	struct archive_limits limits;
	struct parallel_sizes sizes;
	unsigned thread_count, started;
	pthread_t threads[THREADS_MOST];
	pthread_mutex_t lock;     /* guards the states of pieces, head and stop */
	pthread_cond_t work, done;
	bool stop;

	struct piece *pieces;     /* ring: count of them in use from head on, then the one being cut */
	size_t piece_count;
	size_t head;              /* changed under the lock, and by the calling thread alone */
	size_t count;             /* from here on: the calling thread's */
	size_t emitted;           /* of the head's output */
	size_t cut;               /* bytes collected in the piece being cut */
	size_t looked;            /* a member does not begin before this place in it */
	bool blocks;              /* the file is BGZF: looked is where the next member begins */
	bool unsure;              /* whether blocks is so has to be found out */
	bool uncuttable;          /* no member begins within p->sizes.most bytes of the piece being cut */
	bool all_cut;             /* the input has ended and is all in pieces */

	struct unpacker *own;     /* the calling thread's: for helping, and for reading alone */
	bool alone;               /* reading as an ordinary gzip file until a member ends and the backlog is used up */
	unsigned char *backlog;   /* what had been collected and not decoded */
	size_t backlog_length, backlog_given;
	uint64_t taken, made;     /* bytes taken from the input and put out in all */
	bool resumed;             /* members have been read: */
	bool open_block;          /* gzip_says_open() of the last */
};

static struct piece *piece_at(struct parallel *p, size_t i)
{
	return &p->pieces[(p->head + i) % p->piece_count];
}

/* Inflates one piece; the lock is not held. */
static enum piece_state inflate_piece(const struct parallel *p, struct piece *piece, struct unpacker *gzip)
{
	struct fault unused;
	gzip->kind->reset(gzip);
	gzip_expect_more(gzip);
	struct unpack_io io = {.in = piece->packed, .in_length = piece->packed_length, .in_ended = true};
	piece->out_length = 0;
	for (;;) {
		if (piece->out_length == piece->out_capacity) {
			if (piece->out_capacity == p->sizes.out_most)
				return FAILED;
			piece->out_capacity = piece->out_capacity ? 2 * piece->out_capacity : p->sizes.out_most / 8;
			piece->out = mem_realloc(piece->out, piece->out_capacity, 1);
		}
		io.out = piece->out + piece->out_length;
		io.out_length = piece->out_capacity - piece->out_length;
		enum unpack_status status = gzip->kind->step(gzip, &io, &unused);
		piece->out_length = (size_t)(io.out - piece->out);
		if (status == UNPACK_BAD)
			return FAILED;
		if (status == UNPACK_END)
			break;
	}
	/* far from the limit: then no place within the piece can have been over it */
	if (piece->out_length / (p->limits.ratio / 2 + 1) > piece->packed_length)
		return FAILED;
	piece->open_block = gzip_says_open(gzip);
	return gzip_was_padded(gzip) && !piece->last ? FAILED : WHOLE;
}

/* Works on the first piece that waits, if there is one; the lock is held. */
static bool help(struct parallel *p, struct unpacker *gzip)
{
	for (size_t i = 0; i < p->piece_count; i++) {
		struct piece *piece = &p->pieces[(p->head + i) % p->piece_count];
		if (piece->state != READY)
			continue;
		piece->state = TAKEN;
		pthread_mutex_unlock(&p->lock);
		enum piece_state state = inflate_piece(p, piece, gzip);
		pthread_mutex_lock(&p->lock);
		piece->state = state;
		pthread_cond_signal(&p->done);
		return true;
	}
	return false;
}

static void *helper(void *context)
{
	struct parallel *p = context;
	sigset_t all;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL); /* the program's own threads deal with signals */
	struct unpacker *gzip = unpack_gzip.open(&p->limits);
	pthread_mutex_lock(&p->lock);
	while (!p->stop)
		if (!help(p, gzip))
			pthread_cond_wait(&p->work, &p->lock);
	pthread_mutex_unlock(&p->lock);
	gzip->kind->close(gzip);
	return NULL;
}

/* ---- cutting ---- */

/* The declared length of the BGZF block at q, 0 if it is none. */
static size_t block_length(const unsigned char *q, size_t length)
{
	static const unsigned char fixed[4] = {0x1F, 0x8B, 8, 4};
	if (length < 18 || memcmp(q, fixed, 4) != 0 || memcmp(q + 10, "\6\0BC\2\0", 6) != 0)
		return 0;
	return (size_t)(q[16] | q[17] << 8) + 1;
}

static bool looks_like_member(const unsigned char *q)
{
	return q[0] == 0x1F && q[1] == 0x8B && q[2] == 8 && q[3] < 0x20;
}

/* A place in the piece being cut where a member seems to begin, at p->sizes.least or later; 0 if there is none yet. */
static size_t find_cut(struct parallel *p, const struct piece *piece)
{
	const unsigned char *b = piece->packed;
	if (p->unsure && p->cut < 18)
		return 0;
	if (p->unsure)
		p->blocks = block_length(b, p->cut) > 0;
	p->unsure = false;
	while (p->blocks && p->looked < p->sizes.least) {
		size_t n = p->looked <= p->cut ? block_length(b + p->looked, p->cut - p->looked) : 0;
		if (n == 0)
			return 0; /* not there yet, or no block: then the piece grows too large */
		p->looked += n;
	}
	if (p->blocks)
		return p->looked < p->cut ? p->looked : 0;
	if (p->looked < p->sizes.least)
		p->looked = p->sizes.least;
	while (p->looked + 4 <= p->cut) {
		const unsigned char *q = memchr(b + p->looked, 0x1F, p->cut - p->looked - 3);
		if (!q) {
			p->looked = p->cut - 3;
			return 0;
		}
		if (looks_like_member(q))
			return (size_t)(q - b);
		p->looked = (size_t)(q - b) + 1;
	}
	return 0;
}

/* The piece being cut is ready, with its first n bytes; the rest begins the next one. */
static void queue_piece(struct parallel *p, size_t n, bool last)
{
	struct piece *piece = piece_at(p, p->count), *next = piece_at(p, p->count + 1);
	if (n < p->cut)
		memcpy(next->packed, piece->packed + n, p->cut - n);
	piece->packed_length = n;
	piece->last = last;
	p->cut -= n;
	p->looked = 0;
	p->count++;
	if (!last && p->started < p->thread_count && pthread_create(&p->threads[p->started], NULL, helper, p) == 0)
		p->started++;
	pthread_mutex_lock(&p->lock);
	piece->state = READY;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
}

/* Takes input until it is used up or the ring is full. */
static void cut_input(struct parallel *p, struct unpack_io *io)
{
	while (io->in_length && !p->uncuttable && p->count + 1 < p->piece_count) {
		struct piece *piece = piece_at(p, p->count);
		size_t n = io->in_length < SLICE ? io->in_length : SLICE;
		if (n > p->sizes.most - p->cut)
			n = p->sizes.most - p->cut;
		memcpy(piece->packed + p->cut, io->in, n);
		p->cut += n;
		io->in += n;
		io->in_length -= n;
		size_t at = find_cut(p, piece);
		if (at)
			queue_piece(p, at, false);
		else
			p->uncuttable = p->cut == p->sizes.most;
	}
	if (io->in_ended && !io->in_length && !p->all_cut && !p->uncuttable && p->count + 1 < p->piece_count) {
		p->all_cut = true;
		if (p->cut)
			queue_piece(p, p->cut, true);
	}
}

/* ---- reading alone ---- */

/* Everything that has been collected and not given becomes the backlog. */
static void go_alone(struct parallel *p)
{
	size_t length = p->cut, at = 0;
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->count; i++) {
		struct piece *piece = piece_at(p, i);
		while (piece->state == TAKEN)
			pthread_cond_wait(&p->done, &p->lock);
		piece->state = EMPTY;
		length += piece->packed_length;
	}
	pthread_mutex_unlock(&p->lock);
	p->backlog = mem_realloc(p->backlog, length, 1);
	for (size_t i = 0; i <= p->count; i++) {
		const struct piece *piece = piece_at(p, i);
		size_t n = i < p->count ? piece->packed_length : p->cut;
		memcpy(p->backlog + at, piece->packed, n);
		at += n;
	}
	p->backlog_length = length;
	p->backlog_given = 0;
	p->count = p->cut = p->looked = 0;
	p->alone = true;
	p->own->kind->reset(p->own);
	gzip_pause_between(p->own);
	if (p->resumed)
		gzip_resume(p->own, p->open_block);
}

static enum unpack_status step_alone(struct parallel *p, struct unpack_io *io, struct fault *fault)
{
	const unsigned char *in = io->in, *out = io->out;
	for (;;) {
		enum unpack_status status;
		size_t left = p->backlog_length - p->backlog_given;
		if (left) {
			struct unpack_io from = {p->backlog + p->backlog_given, left, io->in_ended && !io->in_length, io->out, io->out_length};
			status = p->own->kind->step(p->own, &from, fault);
			p->backlog_given = p->backlog_length - from.in_length;
			io->out = from.out;
			io->out_length = from.out_length;
		} else {
			status = p->own->kind->step(p->own, io, fault);
		}
		if (status != UNPACK_MORE)
			return status;
		left = p->backlog_length - p->backlog_given;
		if (gzip_is_between(p->own)) {
			p->resumed = true;
			p->open_block = gzip_says_open(p->own);
			/* the ratio of the whole, too, has to be far from the limit before pieces are cut again */
			bool far = (p->made + (size_t)(io->out - out)) / (p->limits.ratio / 2 + 1) <= p->taken + (size_t)(io->in - in);
			if (!left && far && !(io->in_ended && !io->in_length)) {
				p->alone = p->all_cut = p->uncuttable = false;
				p->unsure = true;
				return UNPACK_MORE;
			}
			continue;
		}
		if (!io->out_length || (!left && !io->in_length && !io->in_ended))
			return UNPACK_MORE;
	}
}

/* ---- the codec ---- */

/* Puts out what it can of the head, which is WHOLE. */
static void give_head(struct parallel *p, struct unpack_io *io)
{
	struct piece *piece = piece_at(p, 0);
	size_t left = piece->out_length - p->emitted;
	size_t n = left < io->out_length ? left : io->out_length;
	memcpy(io->out, piece->out + p->emitted, n);
	io->out += n;
	io->out_length -= n;
	p->emitted += n;
	if (n < left)
		return;
	p->resumed = true;
	p->open_block = piece->open_block;
	p->emitted = 0;
	p->count--;
	pthread_mutex_lock(&p->lock);
	piece->state = EMPTY;
	p->head = (p->head + 1) % p->piece_count;
	pthread_mutex_unlock(&p->lock);
}

/* The head's state once it is done, with this thread's help; EMPTY if it would rather have more input first. */
static enum piece_state await_head(struct parallel *p, bool want_input)
{
	enum piece_state state;
	pthread_mutex_lock(&p->lock);
	for (;;) {
		state = piece_at(p, 0)->state;
		if (state == WHOLE || state == FAILED)
			break;
		if (want_input) {
			state = EMPTY;
			break;
		}
		if (!help(p, p->own))
			pthread_cond_wait(&p->done, &p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return state;
}

static enum unpack_status step(struct parallel *p, struct unpack_io *io, struct fault *fault)
{
	for (;;) {
		if (p->alone) {
			enum unpack_status status = step_alone(p, io, fault);
			if (status != UNPACK_MORE || p->alone)
				return status;
		}
		cut_input(p, io);
		if (!p->count) {
			if (!p->all_cut && !p->uncuttable)
				return UNPACK_MORE;
			go_alone(p);
			continue;
		}
		bool want_input = !io->in_length && !io->in_ended && !p->uncuttable && p->count + 1 < p->piece_count;
		switch (await_head(p, want_input)) {
		case WHOLE:
			if (!io->out_length)
				return UNPACK_MORE;
			give_head(p, io);
			break;
		case FAILED:
			go_alone(p);
			break;
		default:
			return UNPACK_MORE;
		}
	}
}

static enum unpack_status parallel_step(struct unpacker *u, struct unpack_io *io, struct fault *fault)
{
	struct parallel *p = (struct parallel *)u;
	const unsigned char *in = io->in, *out = io->out;
	enum unpack_status status = step(p, io, fault);
	p->taken += (size_t)(io->in - in);
	p->made += (size_t)(io->out - out);
	return status;
}

static size_t parallel_held(const struct unpacker *u)
{
	struct parallel *p = (struct parallel *)(uintptr_t)u;
	size_t held = p->cut + p->backlog_length - p->backlog_given;
	for (size_t i = 0; i < p->count; i++)
		held += piece_at(p, i)->packed_length;
	return held;
}

static void parallel_reset(struct unpacker *u)
{
	struct parallel *p = (struct parallel *)u;
	pthread_mutex_lock(&p->lock);
	for (size_t i = 0; i < p->piece_count; i++) {
		while (p->pieces[i].state == TAKEN)
			pthread_cond_wait(&p->done, &p->lock);
		p->pieces[i].state = EMPTY;
	}
	p->head = 0;
	pthread_mutex_unlock(&p->lock);
	p->taken = p->made = 0;
	p->count = p->emitted = p->cut = p->looked = p->backlog_length = p->backlog_given = 0;
	p->blocks = p->uncuttable = p->all_cut = p->alone = p->resumed = p->open_block = false;
	p->unsure = true;
}

static bool parallel_checksummed(const struct unpacker *u)
{
	(void)u;
	return true;
}

static void parallel_close(struct unpacker *u)
{
	struct parallel *p = (struct parallel *)u;
	parallel_reset(u);
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->work);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->started; i++)
		pthread_join(p->threads[i], NULL);
	for (size_t i = 0; i < p->piece_count; i++) {
		free(p->pieces[i].packed);
		free(p->pieces[i].out);
	}
	free(p->pieces);
	free(p->backlog);
	p->own->kind->close(p->own);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->work);
	pthread_cond_destroy(&p->done);
	free(p);
}

static const struct unpack_kind parallel_kind = {
	"gzip", NULL, parallel_reset, parallel_step, parallel_held, parallel_checksummed, parallel_close,
};

struct unpacker *unpack_parallel_new(unsigned threads, const struct archive_limits *limits)
{
	struct parallel *p = mem_calloc(1, sizeof *p);
	p->unpacker.kind = &parallel_kind;
	p->limits = *limits;
	p->sizes = sizes;
	p->thread_count = threads < THREADS_MOST ? threads : THREADS_MOST;
	p->piece_count = p->thread_count + 3; /* each thread one, one ready and one being cut */
	p->pieces = mem_calloc(p->piece_count, sizeof *p->pieces);
	for (size_t i = 0; i < p->piece_count; i++)
		p->pieces[i].packed = mem_alloc(p->sizes.most);
	p->own = unpack_gzip.open(limits);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	pthread_cond_init(&p->done, NULL);
	p->unsure = true;
	return &p->unpacker;
}
