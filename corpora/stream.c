#include "corpora/stream.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* A codec fills its window in pieces of this size, once its first pieces have filled the smaller ones: large enough that the codec's own
 * cost per call vanishes, small enough that a piece, what it was made from and the codec's tables stay in the second-level cache. */
#define CODEC_STEP ((size_t)512 << 10)
#define CODEC_FIRST_STEP ((size_t)64 << 10)

/* The ratio is looked at each time this much more is out, at the same places whatever the size of reads. */
#define RATIO_STEP ((uint64_t)1 << 20)

static const unsigned char nothing[1];

static void begin(struct stream *s, enum stream_kind kind, struct fault *fault)
{
	unsigned char *window = s->window;
	size_t capacity = s->capacity;
	*s = (struct stream){.kind = kind, .fault = fault, .window = window, .capacity = capacity};
	s->next = window ? window : nothing;
}

void stream_open_memory(struct stream *s, const void *bytes, size_t length, struct fault *fault)
{
	begin(s, STREAM_MEMORY, fault);
	s->next = length ? bytes : nothing;
	s->avail = length;
	s->ended = true;
}

void stream_open_file(struct stream *s, const struct origin *origin, uint64_t start, uint64_t end, size_t read_bytes,
                      struct fault *fault)
{
	begin(s, STREAM_FILE, fault);
	s->origin = origin;
	s->position = start;
	s->end = end;
	s->step = end - start < read_bytes ? (size_t)(end - start) + 1 : read_bytes;
}

void stream_open_codec(struct stream *s, struct stream *from, struct unpacker *unpacker, struct budget *budget,
                       unsigned level, struct fault *fault)
{
	begin(s, STREAM_CODEC, fault);
	s->from = from;
	s->unpacker = unpacker;
	s->budget = budget;
	s->level = level;
	s->step = s->capacity < CODEC_STEP ? CODEC_FIRST_STEP : CODEC_STEP;
	s->from_start = from->offset;
	s->checked = RATIO_STEP;
	unpacker->kind->reset(unpacker);
}

void stream_open_slice(struct stream *s, struct stream *from, uint64_t length, struct fault *fault)
{
	begin(s, STREAM_SLICE, fault);
	s->from = from;
	s->left = length;
	s->ended = length == 0;
}

void stream_release(struct stream *s)
{
	free(s->window);
	*s = (struct stream){0};
}

__attribute__((format(printf, 3, 0))) static void fail(struct stream *s, enum fault_code code, const char *format, va_list args)
{
	if (s->failed)
		return;
	s->fault->code = code;
	vsnprintf(s->fault->message, sizeof s->fault->message, format, args);
	s->failed = s->ended = true;
}

void stream_fail(struct stream *s, enum fault_code code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fail(s, code, format, args);
	va_end(args);
}

/* The same for the stream's own faults. */
__attribute__((format(printf, 3, 4))) static void breaks(struct stream *s, enum fault_code code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fail(s, code, format, args);
	va_end(args);
	s->broken = true;
}

/* *fault has been set already. */
static void break_off(struct stream *s)
{
	s->failed = s->ended = s->broken = true;
}

/* Room for more at the end of the window: moves what is left to the front, and enlarges a window that is full of it. Once so much
 * has really come, room is made for all that is wanted: no memory is used before it is filled, and nothing is moved again. */
#define BELIEVED ((size_t)16 << 20)

static size_t make_room(struct stream *s, size_t want)
{
	size_t start = s->avail ? (size_t)(s->next - s->window) : 0;
	size_t room = s->capacity - start - s->avail;
	if (room && room >= s->step / 2) {
		s->next = s->window + start;
		return room;
	}
	if (start)
		memmove(s->window, s->next, s->avail);
	if (s->capacity - s->avail < s->step / 2 || s->capacity == s->avail) {
		s->capacity = s->avail > s->step ? s->avail + s->avail / 2 : s->avail + s->step;
		if (s->avail >= BELIEVED && want < SIZE_MAX - s->step && s->capacity < want + s->step)
			s->capacity = want + s->step;
		s->window = mem_realloc(s->window, s->capacity, 1);
	}
	s->next = s->window;
	return s->capacity - s->avail;
}

ssize_t origin_read(const struct origin *o, void *to, size_t length, uint64_t position)
{
	if (o->fd < 0) {
		if (length > o->size - position)
			length = (size_t)(o->size - position);
		memcpy(to, o->memory + position, length);
		return (ssize_t)length;
	}
	ssize_t got;
	do
		got = o->seekable ? pread(o->fd, to, length, (off_t)position) : read(o->fd, to, length);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Reads once; sets ended at the end. */
static void fill_file(struct stream *s, size_t want)
{
	if (s->position >= s->end) {
		s->ended = true;
		return;
	}
	size_t room = make_room(s, want);
	if (room > s->step)
		room = s->step;
	if (room > s->end - s->position)
		room = (size_t)(s->end - s->position);
	unsigned char *to = s->window + (s->next - s->window) + s->avail;
	ssize_t got = origin_read(s->origin, to, room, s->position);
	if (got < 0) {
		breaks(s, FAULT_IO, "cannot be read: %s", strerror(errno));
		return;
	}
	if (got == 0) {
		if (s->end != UINT64_MAX)
			breaks(s, FAULT_CHANGED, "became shorter while it was read");
		s->ended = true;
		return;
	}
	if (s->hash)
		sha256_update(s->hash, to, (size_t)got);
	if (s->packed_read)
		*s->packed_read += (uint64_t)got;
	s->position += (uint64_t)got;
	s->avail += (size_t)got;
	if (s->position == s->end)
		s->ended = true;
}

uint64_t stream_packed(const struct stream *s)
{
	const struct unpacker *u = s->unpacker;
	return s->from->offset - s->from_start - (u->kind->held ? u->kind->held(u) : 0);
}

/* Holds the codec's output against the limits; out is the decoded size of this stream. */
static void keep_within_limits(struct stream *s, uint64_t out)
{
	const struct budget *budget = s->budget;
	const struct archive_limits *limits = budget->limits;
	uint64_t level = budget->decoded[s->level];
	if (level > limits->unit_bytes)
		breaks(s, FAULT_LIMIT, "more than %llu decoded bytes in one sealed unit (limit unit)",
		       (unsigned long long)limits->unit_bytes);
	if (out < s->checked)
		return;
	s->checked = out + RATIO_STEP;
	if ((out >= limits->ratio_floor && out / limits->ratio > stream_packed(s)) ||
	    (level >= limits->ratio_floor && level / limits->ratio > budget->packed))
		breaks(s, FAULT_LIMIT, "expands more than %llu times (limit ratio)", (unsigned long long)limits->ratio);
}

/* Runs the codec until it has put something out, or ended. */
static void fill_codec(struct stream *s, size_t want)
{
	size_t room = make_room(s, want);
	unsigned char *to = s->window + (s->next - s->window) + s->avail;
	uint64_t out = s->offset + s->avail;
	if (room > s->checked - out)
		room = (size_t)(s->checked - out);
	struct unpack_io io = {.out = to, .out_length = room};
	while (io.out == to) {
		stream_ahead(s->from, 1);
		if (s->from->failed) {
			break_off(s);
			return;
		}
		io.in = s->from->next;
		io.in_length = s->from->avail;
		io.in_ended = s->from->ended;
		enum unpack_status status = s->unpacker->kind->step(s->unpacker, &io, s->fault);
		stream_take(s->from, (size_t)(io.in - s->from->next));
		if (status == UNPACK_BAD) {
			break_off(s);
			return;
		}
		if (status == UNPACK_END) {
			s->unpacked = s->ended = true;
			break;
		}
	}
	size_t got = (size_t)(io.out - to);
	if (!io.out_length && s->step < CODEC_STEP)
		s->step *= 2;
	s->budget->decoded[s->level] += got;
	s->avail += got;
	keep_within_limits(s, out + got);
}

static size_t ahead_slice(struct stream *s, size_t want)
{
	size_t avail = stream_ahead(s->from, want < s->left ? want : (size_t)s->left);
	s->next = s->from->next;
	s->avail = avail < s->left ? avail : (size_t)s->left;
	if (s->from->failed)
		break_off(s);
	else if (s->from->ended && avail < s->left)
		breaks(s, FAULT_TRUNCATED, "ends within an entry");
	s->ended = s->failed || s->avail == s->left;
	return s->avail;
}

size_t stream_ahead(struct stream *s, size_t want)
{
	if (s->avail >= want || s->ended)
		return s->avail;
	if (s->kind == STREAM_SLICE)
		return ahead_slice(s, want);
	while (s->avail < want && !s->ended) {
		if (s->kind == STREAM_FILE)
			fill_file(s, want);
		else
			fill_codec(s, want);
	}
	return s->avail;
}

void stream_take(struct stream *s, size_t n)
{
	s->next += n;
	s->avail -= n;
	s->offset += n;
	if (s->kind == STREAM_SLICE) {
		s->left -= n;
		stream_take(s->from, n);
	}
}

bool stream_skip(struct stream *s, uint64_t n)
{
	while (n) {
		size_t have = stream_ahead(s, 1);
		if (!have)
			return false;
		if (have > n)
			have = (size_t)n;
		stream_take(s, have);
		n -= have;
	}
	return true;
}

bool stream_is_whole(struct stream *s)
{
	if (s->broken)
		return false;
	s->failed = false;
	s->ended = s->kind == STREAM_MEMORY || s->unpacked;
	while (stream_ahead(s, 1))
		stream_take(s, s->avail);
	s->failed = true;
	return !s->broken;
}
