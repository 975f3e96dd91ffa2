#include "corpora/unpack_deflate.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/mem.h"

struct inflater {
	enum inflate_engine engine;
	bool ended;
	uint32_t crc;              /* INFLATE_ZLIB */
	z_stream zlib;
	struct inflate_state isal;
};

static enum inflate_engine engine_in_use = INFLATE_ISAL;

void inflate_use(enum inflate_engine engine)
{
	engine_in_use = engine;
}

enum unpack_status unpack_bad(struct fault *fault, enum fault_code code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fault->code = code;
	vsnprintf(fault->message, sizeof fault->message, format, args);
	va_end(args);
	return UNPACK_BAD;
}

uint32_t unpack_crc32(uint32_t crc, const unsigned char *bytes, size_t length)
{
	return crc32_gzip_refl(crc, bytes, length);
}

struct inflater *inflater_new(void)
{
	struct inflater *f = mem_alloc(sizeof *f); /* most of it are tables that the library fills before it reads them */
	f->engine = engine_in_use;
	f->ended = false;
	f->crc = 0;
	if (f->engine == INFLATE_ISAL) {
		isal_inflate_init(&f->isal);
		f->isal.crc_flag = ISAL_GZIP_NO_HDR;
	} else {
		f->zlib = (z_stream){0};
		if (inflateInit2(&f->zlib, -MAX_WBITS) != Z_OK)
			mem_exhausted();
	}
	return f;
}

void inflater_free(struct inflater *f)
{
	if (!f)
		return;
	if (f->engine == INFLATE_ZLIB)
		inflateEnd(&f->zlib);
	free(f);
}

void inflater_reset(struct inflater *f)
{
	f->ended = false;
	f->crc = 0;
	if (f->engine == INFLATE_ISAL) {
		isal_inflate_reset(&f->isal);
		f->isal.crc_flag = ISAL_GZIP_NO_HDR;
	} else {
		inflateReset(&f->zlib);
	}
}

/* Both libraries count in 32 bits. */
static uint32_t piece(size_t n)
{
	return n > 1u << 30 ? 1u << 30 : (uint32_t)n;
}

static enum unpack_status step_zlib(struct inflater *f, struct unpack_io *io, struct fault *fault)
{
	z_stream *z = &f->zlib;
	z->next_in = (unsigned char *)(uintptr_t)io->in; /* zlib does not write to it */
	z->avail_in = piece(io->in_length);
	z->next_out = io->out;
	z->avail_out = piece(io->out_length);
	int status = inflate(z, Z_NO_FLUSH);
	f->crc = unpack_crc32(f->crc, io->out, (size_t)(z->next_out - io->out));
	io->in_length -= (size_t)(z->next_in - io->in);
	io->in = z->next_in;
	io->out_length -= (size_t)(z->next_out - io->out);
	io->out = z->next_out;
	if (status == Z_STREAM_END) {
		f->ended = true;
		return UNPACK_END;
	}
	if (status == Z_MEM_ERROR)
		mem_exhausted();
	if (status != Z_OK && status != Z_BUF_ERROR)
		return unpack_bad(fault, FAULT_CORRUPT, "the deflate stream cannot be decoded");
	return UNPACK_MORE;
}

static enum unpack_status step_isal(struct inflater *f, struct unpack_io *io, struct fault *fault)
{
	struct inflate_state *s = &f->isal;
	s->next_in = (uint8_t *)(uintptr_t)io->in; /* ISA-L does not write to it */
	s->avail_in = piece(io->in_length);
	s->next_out = io->out;
	s->avail_out = piece(io->out_length);
	int status = isal_inflate(s);
	io->in_length -= (size_t)(s->next_in - io->in);
	io->in = s->next_in;
	io->out_length -= (size_t)(s->next_out - io->out);
	io->out = s->next_out;
	if (status != ISAL_DECOMP_OK)
		return unpack_bad(fault, FAULT_CORRUPT, "the deflate stream cannot be decoded");
	if (s->block_state == ISAL_BLOCK_FINISH) {
		f->ended = true;
		return UNPACK_END;
	}
	return UNPACK_MORE;
}

enum unpack_status inflater_step(struct inflater *f, struct unpack_io *io, struct fault *fault)
{
	if (f->ended)
		return UNPACK_END;
	return f->engine == INFLATE_ISAL ? step_isal(f, io, fault) : step_zlib(f, io, fault);
}

size_t inflater_rest(const struct inflater *f, unsigned char rest[8])
{
	if (f->engine == INFLATE_ZLIB)
		return 0;
	/* ISA-L holds whole bytes above the bits of the last one it used */
	unsigned used = (unsigned)f->isal.read_in_length % 8;
	size_t n = (size_t)f->isal.read_in_length / 8;
	for (size_t i = 0; i < n; i++)
		rest[i] = (unsigned char)(f->isal.read_in >> (used + 8 * i));
	return n;
}

bool inflater_can_enter(const struct inflater *f)
{
	return f->engine == INFLATE_ISAL;
}

void inflater_enter(struct inflater *f, const unsigned char *window, size_t length, unsigned bits, unsigned char first)
{
	if (length)
		isal_inflate_set_dict(&f->isal, (uint8_t *)(uintptr_t)window, (uint32_t)length); /* copies it */
	if (bits) {
		f->isal.read_in = (uint64_t)first >> bits;
		f->isal.read_in_length = 8 - (int32_t)bits;
	}
}

bool inflater_between_blocks(const struct inflater *f, unsigned *unread)
{
	const struct inflate_state *s = &f->isal;
	if (f->engine != INFLATE_ISAL || (s->block_state != ISAL_BLOCK_HDR && s->block_state != ISAL_BLOCK_NEW_HDR) ||
	    s->tmp_out_processed != s->tmp_out_valid || s->write_overflow_len || s->copy_overflow_length)
		return false;
	*unread = 8 * (unsigned)s->tmp_in_size + (unsigned)s->read_in_length;
	return true;
}

struct inflate_whole {
	enum inflate_engine engine;
	struct libdeflate_decompressor *decompressor;
};

struct inflate_whole *inflate_whole_new(void)
{
	struct inflate_whole *w = mem_calloc(1, sizeof *w);
	w->engine = engine_in_use;
	w->decompressor = libdeflate_alloc_decompressor();
	if (!w->decompressor)
		mem_exhausted();
	return w;
}

void inflate_whole_free(struct inflate_whole *w)
{
	if (!w)
		return;
	libdeflate_free_decompressor(w->decompressor);
	free(w);
}

bool inflate_whole(struct inflate_whole *w, const unsigned char *in, size_t in_length, unsigned char *out, size_t out_length, uint32_t crc)
{
	size_t used, made;
	return w->engine == INFLATE_ISAL && /* where zlib judges, it does so alone */
	       libdeflate_deflate_decompress_ex(w->decompressor, in, in_length, out, out_length, &used, &made) == LIBDEFLATE_SUCCESS &&
	       used == in_length && made == out_length && unpack_crc32(0, out, out_length) == crc;
}

uint32_t unpack_crc32_combine(uint32_t first, uint32_t second, uint64_t second_length)
{
	return (uint32_t)crc32_combine(first, second, (z_off_t)second_length);
}

uint32_t inflater_crc32(const struct inflater *f)
{
	return f->engine == INFLATE_ISAL ? f->isal.crc : f->crc;
}
