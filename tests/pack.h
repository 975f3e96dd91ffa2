/* Makes small archives in memory for the tests. Everything is appended to out. */
#ifndef TESTS_PACK_H
#define TESTS_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/* One gzip member; level 0 stores. */
void pack_gzip(struct buf *out, const void *bytes, size_t length, int level);

/* A raw deflate stream. */
void pack_deflate(struct buf *out, const void *bytes, size_t length, int level);

/* A tar header with its sum, and its data with padding if bytes is not NULL. */
void pack_tar_entry(struct buf *out, const char *name, char type, uint64_t size, const void *bytes);
void pack_tar_file(struct buf *out, const char *name, const void *bytes, size_t length);
void pack_tar_end(struct buf *out);

/* Whole files of one frame or stream. */
void pack_zstd(struct buf *out, const void *bytes, size_t length, int level, int checksum);
void pack_xz(struct buf *out, const void *bytes, size_t length, unsigned preset, int check);
void pack_bzip2(struct buf *out, const void *bytes, size_t length);

/* A zip, entry by entry; the fields may be changed between pack_zip_add() and pack_zip_end(), or the bytes afterwards. */
struct pack_entry {
	const char *name;
	size_t name_length;
	uint16_t made_by, needed, flags, method;
	uint32_t crc, attributes;
	uint64_t packed, size;
	uint64_t local;     /* where the local header is, in out */
	uint64_t record;    /* where the directory record is, once there */
};
struct pack_zip {
	struct buf *out;
	size_t base;        /* where the zip begins in out */
	struct pack_entry entries[64];
	size_t count;
	uint64_t directory, end; /* where they are, in out */
	int zip64;          /* write zip64 fields everywhere */
};
/* Begins a zip at the end of out. */
void pack_zip_begin(struct pack_zip *z, struct buf *out);
/* Packs by method (0, 8, 12, 93 or 95); flags 8 writes a descriptor after the data. */
struct pack_entry *pack_zip_add(struct pack_zip *z, const char *name, const void *bytes, size_t length, int method, int flags);
void pack_zip_end(struct pack_zip *z, const char *comment);

#endif
