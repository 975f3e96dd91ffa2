#include "tests/pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

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
