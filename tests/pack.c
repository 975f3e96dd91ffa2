#include "tests/pack.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

static void deflate_all(struct buf *out, const void *bytes, size_t length, int level, int window_bits)
{
	z_stream z = {0};
	if (deflateInit2(&z, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	size_t bound = deflateBound(&z, length) + 64;
	buf_reserve(out, bound);
	z.next_in = (unsigned char *)(uintptr_t)bytes;
	z.avail_in = (unsigned)length;
	z.next_out = (unsigned char *)out->data + out->length;
	z.avail_out = (unsigned)bound;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	out->length += z.total_out;
	out->data[out->length] = '\0';
	deflateEnd(&z);
}

void pack_gzip(struct buf *out, const void *bytes, size_t length, int level)
{
	deflate_all(out, bytes, length, level, 31);
}

void pack_deflate(struct buf *out, const void *bytes, size_t length, int level)
{
	deflate_all(out, bytes, length, level, -15);
}

void pack_tar_entry(struct buf *out, const char *name, char type, uint64_t size, const void *bytes)
{
	unsigned char h[512] = {0};
	memcpy(h, name, strnlen(name, 100));
	memcpy(h + 100, "0000644\0" "0000000\0" "0000000\0", 24);
	snprintf((char *)h + 124, 12, "%011llo", (unsigned long long)size);
	memcpy(h + 136, "00000000000\0", 12);
	h[156] = (unsigned char)type;
	memcpy(h + 257, "ustar\0" "00", 8);
	unsigned sum = 8 * ' ';
	for (size_t i = 0; i < sizeof h; i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
	h[155] = ' ';
	buf_append(out, h, sizeof h);
	if (!bytes)
		return;
	static const char zeros[512];
	buf_append(out, bytes, (size_t)size);
	buf_append(out, zeros, (512 - size % 512) % 512);
}

void pack_tar_file(struct buf *out, const char *name, const void *bytes, size_t length)
{
	pack_tar_entry(out, name, '0', length, bytes);
}

void pack_tar_end(struct buf *out)
{
	static const char zeros[1024];
	buf_append(out, zeros, sizeof zeros);
}

void pack_zstd(struct buf *out, const void *bytes, size_t length, int level, int checksum)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level);
	ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, checksum);
	size_t bound = ZSTD_compressBound(length);
	buf_reserve(out, bound);
	size_t n = ZSTD_compress2(c, out->data + out->length, bound, bytes, length);
	if (ZSTD_isError(n))
		abort();
	out->length += n;
	ZSTD_freeCCtx(c);
}

void pack_xz(struct buf *out, const void *bytes, size_t length, unsigned preset, int check)
{
	size_t bound = lzma_stream_buffer_bound(length), at = 0;
	buf_reserve(out, bound);
	if (lzma_easy_buffer_encode(preset, (lzma_check)check, NULL, bytes, length, (uint8_t *)out->data + out->length, &at, bound) != LZMA_OK)
		abort();
	out->length += at;
}

void pack_bzip2(struct buf *out, const void *bytes, size_t length)
{
	unsigned bound = (unsigned)(length + length / 100 + 600);
	buf_reserve(out, bound);
	if (BZ2_bzBuffToBuffCompress(out->data + out->length, &bound, (char *)(uintptr_t)bytes, (unsigned)length, 1, 0, 0) != BZ_OK)
		abort();
	out->length += bound;
}

static void put(struct buf *out, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_append_char(out, (char)(value >> (8 * i)));
}

void pack_zip_begin(struct pack_zip *z, struct buf *out)
{
	*z = (struct pack_zip){.out = out, .base = out->length};
}

static uint64_t or_full(const struct pack_zip *z, uint64_t value)
{
	return z->zip64 ? 0xFFFFFFFF : value;
}

static void pack_data(struct buf *out, const void *bytes, size_t length, int method)
{
	switch (method) {
	case 8: pack_deflate(out, bytes, length, 6); break;
	case 12: pack_bzip2(out, bytes, length); break;
	case 93: pack_zstd(out, bytes, length, 3, 0); break;
	case 95: pack_xz(out, bytes, length, 0, LZMA_CHECK_CRC32); break;
	default: buf_append(out, bytes, length);
	}
}

struct pack_entry *pack_zip_add(struct pack_zip *z, const char *name, const void *bytes, size_t length, int method, int flags)
{
	struct buf *out = z->out, data = BUF_INIT;
	struct pack_entry *e = &z->entries[z->count++];
	pack_data(&data, bytes, length, method);
	*e = (struct pack_entry){.name = name, .name_length = strlen(name), .made_by = 3 << 8 | 20, .needed = 20, .flags = (uint16_t)flags,
	                         .method = (uint16_t)method, .crc = (uint32_t)crc32(0, bytes, (unsigned)length),
	                         .packed = data.length, .size = length, .local = out->length};
	int later = flags & 8;
	put(out, 0x04034B50, 4);
	put(out, e->needed, 2);
	put(out, e->flags, 2);
	put(out, e->method, 2);
	put(out, 0, 4);
	put(out, later ? 0 : e->crc, 4);
	put(out, later ? 0 : or_full(z, e->packed), 4);
	put(out, later ? 0 : or_full(z, e->size), 4);
	put(out, e->name_length, 2);
	put(out, z->zip64 && !later ? 20 : 0, 2);
	buf_append(out, name, e->name_length);
	if (z->zip64 && !later) {
		put(out, 1, 2);
		put(out, 16, 2);
		put(out, e->size, 8);
		put(out, e->packed, 8);
	}
	if (data.length)
		buf_append(out, data.data, data.length);
	if (later) {
		put(out, 0x08074B50, 4);
		put(out, e->crc, 4);
		put(out, e->packed, z->zip64 ? 8 : 4);
		put(out, e->size, z->zip64 ? 8 : 4);
	}
	buf_release(&data);
	return e;
}

void pack_zip_end(struct pack_zip *z, const char *comment)
{
	struct buf *out = z->out;
	z->directory = out->length;
	for (size_t i = 0; i < z->count; i++) {
		struct pack_entry *e = &z->entries[i];
		e->record = out->length;
		put(out, 0x02014B50, 4);
		put(out, e->made_by, 2);
		put(out, e->needed, 2);
		put(out, e->flags, 2);
		put(out, e->method, 2);
		put(out, 0, 4);
		put(out, e->crc, 4);
		put(out, or_full(z, e->packed), 4);
		put(out, or_full(z, e->size), 4);
		put(out, e->name_length, 2);
		put(out, z->zip64 ? 28 : 0, 2);
		put(out, 0, 2);
		put(out, 0, 2);
		put(out, 0, 2);
		put(out, e->attributes, 4);
		put(out, or_full(z, e->local - z->base), 4);
		buf_append(out, e->name, e->name_length);
		if (z->zip64) {
			put(out, 1, 2);
			put(out, 24, 2);
			put(out, e->size, 8);
			put(out, e->packed, 8);
			put(out, e->local - z->base, 8);
		}
	}
	uint64_t size = out->length - z->directory, end64 = out->length;
	if (z->zip64) {
		put(out, 0x06064B50, 4);
		put(out, 44, 8);
		put(out, 45, 2);
		put(out, 45, 2);
		put(out, 0, 4);
		put(out, 0, 4);
		put(out, z->count, 8);
		put(out, z->count, 8);
		put(out, size, 8);
		put(out, z->directory - z->base, 8);
		put(out, 0x07064B50, 4);
		put(out, 0, 4);
		put(out, end64 - z->base, 8);
		put(out, 1, 4);
	}
	z->end = out->length;
	put(out, 0x06054B50, 4);
	put(out, 0, 4);
	put(out, z->zip64 ? 0xFFFF : z->count, 2);
	put(out, z->zip64 ? 0xFFFF : z->count, 2);
	put(out, or_full(z, size), 4);
	put(out, or_full(z, z->directory - z->base), 4);
	put(out, strlen(comment), 2);
	buf_append_str(out, comment);
}
