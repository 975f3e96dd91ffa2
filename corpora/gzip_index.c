#include "corpora/gzip_index.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "corpora/unpack_deflate.h"

/* A file is HEAD, the packed windows, the table of points, FOOT; all numbers little-endian. */
enum {
	HEAD = 48,    /* magic 8, key 32, size of the packed file 8 */
	ENTRY = 32,   /* bit 8, out 8, window_at 8, window_packed 4, window_crc 4 */
	FOOT = 24,    /* table_at 8, count 8, CRC-32 of HEAD and table 4, end mark 4 */
	ENDS = 64 << 10,
	POINTS_MOST = 1 << 20
};
static const char magic[8] = "TMGZIDX1", end_mark[4] = "TMGE";

static struct gzip_index_sizes sizes = GZIP_INDEX_SIZES_DEFAULT;

void gzip_index_use(const struct gzip_index_sizes *s)
{
	sizes = *s;
}

const struct gzip_index_sizes *gzip_index_sizes(void)
{
	return &sizes;
}

static void put(unsigned char *to, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		to[i] = (unsigned char)(v >> (8 * i));
}

static uint64_t get(const unsigned char *from, int bytes)
{
	uint64_t v = 0;
	while (bytes--)
		v = v << 8 | from[bytes];
	return v;
}

static bool read_all(const struct origin *o, unsigned char *to, size_t length, uint64_t at)
{
	while (length) {
		ssize_t n = origin_read(o, to, length, at);
		if (n <= 0)
			return false;
		to += n;
		at += (uint64_t)n;
		length -= (size_t)n;
	}
	return true;
}

bool gzip_index_key(const struct origin *o, unsigned char key[32])
{
	if (!o->seekable || o->size < sizes.file_least)
		return false;
	unsigned char *ends = mem_alloc(ENDS), length[8];
	size_t n = o->size < ENDS ? (size_t)o->size : ENDS;
	struct sha256 hash;
	sha256_init(&hash);
	put(length, o->size, 8);
	sha256_update(&hash, length, 8);
	bool read = true;
	for (int end = 0; end < 2 && read; end++) {
		read = read_all(o, ends, n, end ? o->size - n : 0);
		sha256_update(&hash, ends, n);
	}
	sha256_final(&hash, key);
	free(ends);
	return read;
}

static char *path_of(const char *directory, const unsigned char key[32])
{
	struct buf path = BUF_INIT;
	buf_printf(&path, "%s/", directory);
	for (int i = 0; i < 16; i++)
		buf_printf(&path, "%02x", key[i]);
	buf_append_str(&path, ".gzindex");
	return buf_detach(&path);
}

/* ---- reading ---- */

static bool plausible(const struct gzip_index *x, uint64_t size, uint64_t table_at)
{
	for (size_t i = 0; i < x->count; i++) {
		const struct gzip_point *p = &x->points[i];
		if (p->bit / 8 >= size || p->window_at < HEAD || p->window_at > table_at || p->window_packed > table_at - p->window_at ||
		    p->window_packed > ZSTD_COMPRESSBOUND(GZIP_WINDOW))
			return false;
		if (i == 0 ? p->out != 0 || p->bit / 8 > sizes.packed_most : p->bit <= p[-1].bit || p->out <= p[-1].out || p->bit / 8 - p[-1].bit / 8 > sizes.packed_most ||
		                           p->out - p[-1].out > sizes.out_most)
			return false;
	}
	return true;
}

static bool read_table(struct gzip_index *x, const struct origin *file, const unsigned char key[32], uint64_t size)
{
	unsigned char head[HEAD], foot[FOOT];
	if (file->size < HEAD + FOOT || !read_all(file, head, HEAD, 0) || !read_all(file, foot, FOOT, file->size - FOOT))
		return false;
	uint64_t table_at = get(foot, 8), count = get(foot + 8, 8);
	if (memcmp(head, magic, 8) != 0 || memcmp(head + 8, key, 32) != 0 || get(head + 40, 8) != size || memcmp(foot + 20, end_mark, 4) != 0 ||
	    count < 2 || count > POINTS_MOST || table_at < HEAD || table_at != file->size - FOOT - count * ENTRY)
		return false;
	size_t length = (size_t)count * ENTRY;
	unsigned char *table = mem_alloc(length);
	bool whole = read_all(file, table, length, table_at) && unpack_crc32(unpack_crc32(0, head, HEAD), table, length) == get(foot + 16, 4);
	if (whole) {
		x->count = (size_t)count;
		x->points = mem_calloc(x->count, sizeof *x->points);
		for (size_t i = 0; i < x->count; i++) {
			const unsigned char *e = table + i * ENTRY;
			x->points[i] = (struct gzip_point){get(e, 8), get(e + 8, 8), get(e + 16, 8), (uint32_t)get(e + 24, 4), (uint32_t)get(e + 28, 4)};
		}
		whole = plausible(x, size, table_at);
	}
	free(table);
	return whole;
}

struct gzip_index *gzip_index_open(const char *directory, const unsigned char key[32], uint64_t size)
{
	struct gzip_index *x = mem_calloc(1, sizeof *x);
	struct stat st;
	x->path = path_of(directory, key);
	x->fd = open(x->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (x->fd < 0) {
		gzip_index_close(x, false);
		return NULL;
	}
	struct origin file = {.fd = x->fd, .seekable = true};
	bool whole = fstat(x->fd, &st) == 0 && S_ISREG(st.st_mode);
	file.size = whole ? (uint64_t)st.st_size : 0;
	if (whole && read_table(x, &file, key, size))
		return x;
	gzip_index_close(x, true);
	return NULL;
}

void gzip_index_close(struct gzip_index *x, bool wrong)
{
	if (!x)
		return;
	if (wrong)
		unlink(x->path);
	if (x->fd >= 0)
		close(x->fd);
	free(x->path);
	free(x->points);
	free(x);
}

bool gzip_index_window(const struct gzip_index *x, size_t i, unsigned char window[GZIP_WINDOW], size_t *length)
{
	const struct gzip_point *p = &x->points[i];
	*length = 0;
	if (i == 0)
		return true;
	unsigned char packed[ZSTD_COMPRESSBOUND(GZIP_WINDOW)];
	const struct origin file = {.fd = x->fd, .seekable = true, .size = UINT64_MAX};
	if (!read_all(&file, packed, p->window_packed, p->window_at))
		return false;
	size_t n = ZSTD_decompress(window, GZIP_WINDOW, packed, p->window_packed);
	if (ZSTD_isError(n) || n != (p->out < GZIP_WINDOW ? p->out : GZIP_WINDOW) || unpack_crc32(0, window, n) != p->window_crc)
		return false;
	*length = n;
	return true;
}

/* ---- making ---- */

struct gzip_recorder {
	char *path, *temporary;    /* temporary: NULL until the file is made */
	int fd;
	bool failed;
	unsigned char head[HEAD];
	uint64_t written;
	struct gzip_point *points;
	size_t count, capacity;
	uint64_t out;              /* bytes put out so far */
	unsigned char recent[2 * GZIP_WINDOW]; /* what was put out last */
	size_t recent_length;
};

struct gzip_recorder *gzip_recorder_new(const char *directory, const unsigned char key[32], uint64_t size)
{
	struct gzip_recorder *r = mem_calloc(1, sizeof *r);
	r->fd = -1;
	r->path = path_of(directory, key);
	memcpy(r->head, magic, 8);
	memcpy(r->head + 8, key, 32);
	put(r->head + 40, size, 8);
	mkdir(directory, 0700); /* if this fails, so does what follows */
	return r;
}

void gzip_recorder_free(struct gzip_recorder *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	if (r->temporary)
		unlink(r->temporary);
	free(r->temporary);
	free(r->path);
	free(r->points);
	free(r);
}

void gzip_recorder_abandon(struct gzip_recorder *r)
{
	r->failed = true;
}

static void append(struct gzip_recorder *r, const void *bytes, size_t length)
{
	const char *p = bytes;
	if (!r->temporary) {
		struct buf name = BUF_INIT;
		buf_printf(&name, "%s.XXXXXX", r->path);
		r->temporary = buf_detach(&name);
		r->fd = mkostemp(r->temporary, O_CLOEXEC);
		if (r->fd < 0) {
			free(r->temporary);
			r->temporary = NULL;
			r->failed = true;
			return;
		}
		append(r, r->head, HEAD);
	}
	while (length && !r->failed) {
		ssize_t n = write(r->fd, p, length);
		r->failed = n <= 0; /* a disk that is full, or a signal: no index this time */
		p += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
		r->written += n > 0 ? (uint64_t)n : 0;
	}
}

void gzip_recorder_put_out(struct gzip_recorder *r, const unsigned char *bytes, size_t length)
{
	r->out += length;
	if (length >= GZIP_WINDOW) {
		memcpy(r->recent, bytes + length - GZIP_WINDOW, GZIP_WINDOW);
		r->recent_length = GZIP_WINDOW;
		return;
	}
	if (r->recent_length + length > sizeof r->recent) {
		memmove(r->recent, r->recent + r->recent_length - GZIP_WINDOW, GZIP_WINDOW);
		r->recent_length = GZIP_WINDOW;
	}
	memcpy(r->recent + r->recent_length, bytes, length);
	r->recent_length += length;
}

bool gzip_recorder_wants(struct gzip_recorder *r, uint64_t packed)
{
	if (r->failed || !r->count)
		return false;
	const struct gzip_point *last = &r->points[r->count - 1];
	uint64_t apart_packed = packed - last->bit / 8, apart_out = r->out - last->out;
	r->failed = apart_packed > sizes.packed_most || apart_out > sizes.out_most;
	return !r->failed && (apart_packed >= sizes.apart_packed || apart_out >= sizes.apart_out);
}

void gzip_recorder_point(struct gzip_recorder *r, uint64_t bit)
{
	struct gzip_point point = {.bit = bit, .out = r->out, .window_at = HEAD};
	if (r->failed || r->count == POINTS_MOST || (r->count && (r->out == r->points[r->count - 1].out))) {
		r->failed = r->failed || r->count == POINTS_MOST;
		return;
	}
	if (r->count) {
		unsigned char packed[ZSTD_COMPRESSBOUND(GZIP_WINDOW)];
		size_t length = r->recent_length < GZIP_WINDOW ? r->recent_length : GZIP_WINDOW;
		const unsigned char *window = r->recent + r->recent_length - length;
		size_t n = ZSTD_compress(packed, sizeof packed, window, length, 1);
		if (ZSTD_isError(n)) {
			r->failed = true;
			return;
		}
		point.window_crc = unpack_crc32(0, window, length);
		point.window_packed = (uint32_t)n;
		append(r, NULL, 0); /* the head, before the first window */
		point.window_at = r->written;
		append(r, packed, n);
	}
	MEM_GROW(r->points, r->count, r->capacity);
	r->points[r->count++] = point;
}

void gzip_recorder_finish(struct gzip_recorder *r)
{
	if (r->failed || r->count < 2)
		return;
	size_t length = r->count * ENTRY;
	unsigned char *table = mem_alloc(length), foot[FOOT];
	for (size_t i = 0; i < r->count; i++) {
		const struct gzip_point *p = &r->points[i];
		put(table + i * ENTRY, p->bit, 8);
		put(table + i * ENTRY + 8, p->out, 8);
		put(table + i * ENTRY + 16, p->window_at, 8);
		put(table + i * ENTRY + 24, p->window_packed, 4);
		put(table + i * ENTRY + 28, p->window_crc, 4);
	}
	put(foot, r->written, 8);
	put(foot + 8, r->count, 8);
	put(foot + 16, unpack_crc32(unpack_crc32(0, r->head, HEAD), table, length), 4);
	memcpy(foot + 20, end_mark, 4);
	append(r, table, length);
	append(r, foot, FOOT);
	free(table);
	if (!r->failed && rename(r->temporary, r->path) == 0) {
		free(r->temporary);
		r->temporary = NULL;
	}
}
