/* zip: entries as its directory names them (private to corpora/; APPNOTE 6.3).
 *
 * The directory at the end is the truth. Refused as a whole: a file whose end record is not its very end or is not the only one that could
 * be taken for it, whose directory does not lie directly before it or does not hold what it declares, whose entries overlap or lie
 * outside, that is split over files. Refused as an entry: a local header that disagrees with the directory in
 * anything that changes what is read, data that meets the next entry, encryption, an unknown method, a wrong CRC-32 or size.
 * Bytes that belong to no entry are reported.
 *
 * Every entry has a CRC-32 and a length, so each is proved by a checksum. The directory itself has none: an
 * entry missing from it shows as bytes that belong to no entry. */
#ifndef CORPORA_UNPACK_ZIP_H
#define CORPORA_UNPACK_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "corpora/archive.h"
#include "corpora/stream.h"
#include "corpora/unpack.h"

/* What the package as a whole is: office documents are zips too. */
enum zip_package { ZIP_PLAIN, ZIP_DOCX, ZIP_ODT, ZIP_OTHER_DOCUMENT };

/* Methods of packing that are read, and the mark of encryption by AES. */
enum { ZIP_STORED = 0, ZIP_DEFLATE = 8, ZIP_BZIP2 = 12, ZIP_ZSTD = 93, ZIP_XZ = 95, ZIP_AES = 99 };

/* What a zip begins with that was made for several parts and fitted into one (APPNOTE 8.5.4). */
#define ZIP_SINGLE_PART "PK00"

struct zip_place;

/* A stretch of the file held in memory. */
struct zip_view {
	unsigned char *bytes;
	size_t length, capacity;
	uint64_t start;
};

struct zip {
	const struct origin *origin;
	uint64_t directory;       /* where it begins: no entry reaches further */
	struct zip_place *places; /* of the entries, in the order in which they lie in the file */
	size_t count, at;
	uint64_t reached;         /* every byte before this one belongs to an entry dealt with or to a gap reported */
	bool overlaps;            /* the entry before reaches into the next one */
	enum zip_package package;
	struct zip_view records, locals; /* of the directory, and of the entries with their local headers */
	size_t name_limit;
};

struct zip_entry {
	const char *name;         /* as stored; lives until the next call */
	size_t name_length;
	uint64_t start;           /* of the local header */
	uint64_t data, packed;    /* where its data lies and how long it is */
	const unsigned char *bytes; /* its data, if it happens to be in memory; lives until the next call; else NULL */
	uint64_t size;            /* decoded */
	uint32_t crc;
	unsigned method;
	bool folder;              /* nothing to read */
	bool link;                /* a symbolic link: its data is the target's name */
};

enum zip_status {
	ZIP_ENTRY,
	ZIP_GAP,  /* entry->start and entry->packed say which bytes belong to no entry */
	ZIP_END,
	ZIP_BAD   /* this entry cannot be read (name and start are set); *fault has code and message; go on */
};

/* Reads the directory of what begins at byte 0 of origin, which must be seekable and outlive z. z is zero or was used before. False with code and
 * message in *fault. Memory: 24 bytes an entry and 330 KiB. */
bool zip_open(struct zip *z, const struct origin *origin, const struct archive_limits *limits, struct fault *fault);
void zip_release(struct zip *z);
enum zip_status zip_next(struct zip *z, struct zip_entry *entry, struct fault *fault);

/* Copies the packed data of an entry. */
bool zip_read_data(const struct zip *z, const struct zip_entry *entry, void *to, struct fault *fault);

/* The data of one entry as a codec: it ends well only with the declared length and CRC-32. */
struct unpacker *zip_data_new(const struct archive_limits *limits);
void zip_data_set(struct unpacker *u, const struct zip_entry *entry); /* before each stream_open_codec() */

#endif
