/* An archive: one file (or standard input) read front to back as members.
 *
 * A member is one text: a plain file, an entry of a tar or zip, a record of a JSONL or CSV file, at most one container
 * deep inside another (a zip of .txt.gz, a .tar.zst). The type is found from the bytes; a name that
 * contradicts them (plain text called .gz) is refused as mislabelled.
 *
 * A sealed unit is the smallest range of bytes the format lets us prove whole: a zip entry; a whole .gz, .bz2, .xz or .zst
 * file with all its members, streams and frames (so a whole .tar.gz or .jsonl.gz); a plain file that did not change
 * while it was read. archive_next() gives the members of a unit, then either ARCHIVE_SEALED (every checksum was
 * right: what was made of them may be counted) or ARCHIVE_REFUSED (something was not: it must be thrown away). Nothing may be
 * counted before the seal. Reading goes on with the next unit where the format allows it.
 *
 * What lies inside a unit is part of it: damage of a .gz within a tar refuses the whole tar. Bytes of a zip that belong to no
 * entry are reported as a refused unit of their own. An entry whose name and bytes disagree is skipped, a file or zip entry that is
 * nothing else is refused. Folders, and the remarks that macOS packs beside its files ("._name"), are passed over.
 * What each format proves, by a checksum or only by its structure, stands in corpora/unpack.h, unpack_tar.h and unpack_zip.h.
 *
 * One archive belongs to one thread at a time; different archives may be read at once. */
#ifndef CORPORA_ARCHIVE_H
#define CORPORA_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "corpora/fault.h"

/* Over a limit the unit is refused as FAULT_LIMIT. ARCHIVE_LIMITS_DEFAULT is what docs/reliability.md states. */
struct archive_limits {
	uint64_t member_bytes;   /* one decoded member (not record file): 256 MiB */
	uint64_t record_bytes;   /* one JSONL or CSV record: 64 MiB */
	uint64_t unit_bytes;     /* decoded bytes of one unit: 64 GiB */
	uint64_t ratio;          /* decoded : packed, once ratio_floor bytes are out: 200; 0 for no limit */
	uint64_t ratio_floor;    /* 64 MiB */
	uint64_t entries;        /* of one archive: 1,000,000 */
	unsigned depth;          /* containers within containers (.tar.gz is two): 2; never over 8 */
	size_t name_bytes;       /* 4096 */
	uint64_t zstd_window_log;/* 27 */
	uint64_t xz_memory;      /* 128 MiB */
	size_t read_bytes;       /* size of one read; results never depend on it: 1 MiB */
};
#define ARCHIVE_LIMITS_DEFAULT                                                                              \
	{256u << 20, 64u << 20, 64ull << 30, 200, 64u << 20, 1000000, 2, 4096, 27, 128u << 20, 1u << 20}

/* How the bytes of a member are to be understood; decided from bytes first, name second. */
enum member_format {
	MEMBER_TEXT,        /* plain text, or anything document.h will look into */
	MEMBER_JSON_RECORD, /* one line of a JSONL file */
	MEMBER_CSV_RECORD,  /* one row; header holds the bytes of the header row */
	MEMBER_TSV_RECORD,
	MEMBER_JSON,        /* a whole JSON file (an array of records or one object) */
	MEMBER_HTML,
	MEMBER_PDF,
	MEMBER_DOCX,
	MEMBER_ODT
};

struct member {
	const char *name;   /* path inside the archive, UTF-8 or escaped; "" for a plain file or single-stream file. Never used as a path */
	const char *file_name; /* the name that types and dates are taken from: name, or the archive's own base name less its suffixes (.gz) */
	const unsigned char *bytes;
	size_t length;
	enum member_format format;
	uint64_t record;    /* 1-based number of the record in its file, 0 for whole members */
	uint64_t first_line;/* 1-based line of its first byte in the decoded file (records), else 1 */
	uint64_t offset;    /* of its first byte in the decoded file (records), else 0 */
	const unsigned char *header; /* MEMBER_CSV_RECORD, MEMBER_TSV_RECORD: the header row, else NULL */
	size_t header_length;
	char delimiter;     /* of those two: ',', ';', '|' or '\t' */
};

enum archive_status {
	ARCHIVE_MEMBER,  /* *member is set; its memory lives until the next call */
	ARCHIVE_SEALED,  /* the unit is whole */
	ARCHIVE_REFUSED, /* the unit is damaged: *fault says how; what its members gave must be dropped */
	ARCHIVE_SKIPPED, /* one member or entry was left out (a link, a type not known): *fault names it; the unit goes on */
	ARCHIVE_END      /* nothing more; every byte of the file is accounted for */
};

struct archive;

/* Opens path, or standard input for "-". On failure returns NULL with *fault set. limits is copied. */
struct archive *archive_open(const char *path, const struct archive_limits *limits, struct fault *fault);
void archive_close(struct archive *a);

/* See the top of this file. After ARCHIVE_END it keeps returning ARCHIVE_END. */
enum archive_status archive_next(struct archive *a, struct member *member, struct fault *fault);

/* What is known so far; after ARCHIVE_END, final: then packed_read is packed_bytes unless something was refused. */
struct archive_account {
	uint64_t packed_bytes;   /* size of the file on disk, or bytes read from a pipe */
	uint64_t packed_read;
	uint64_t decoded_bytes, members, members_skipped; /* of the units sealed, and of the one being read */
	uint64_t units_sealed, units_refused;
	unsigned char sha256[32];/* of the packed bytes; set at ARCHIVE_END if hashing was asked for */
	int64_t mtime;           /* seconds since 1970; 0 for a pipe */
	uint64_t seek_pieces;    /* pieces of a gzip file that were inflated from seek points */
	bool checksummed;        /* false where the format carries no checksum (plain text, some zstd frames) */
};
const struct archive_account *archive_account(const struct archive *a);

/* Asks for sha256 in the account; call before the first archive_next(). */
void archive_want_hash(struct archive *a);

/* Leaves work at the desk for up to `threads` more threads (64 at most) where the format allows it: the entries of a zip, the
 * members of a gzip file that has several (block gzip, BGZF, among them). Nothing that archive_next() says
 * depends on it. Call before the first archive_next(); costs up to 14 MiB a thread, and three times that for the archive. The desk must
 * outlive the archive. */
struct help_desk;
void archive_want_help(struct archive *a, struct help_desk *desk, unsigned threads);

/* Keeps seek points of a large gzip file of one member in that folder, which is made if need be: where there are some, and help, they let several
 * threads inflate it; where there are none they are collected while it is read. Nothing that archive_next() says depends on them. Call before the
 * first archive_next(); directory must outlive the archive. */
void archive_want_index(struct archive *a, const char *directory);

/* The files that the PATHs name, directories read recursively, in byte order of their names within each directory and in the order
 * given across PATHs. Links met in a directory and things that are no regular files are reported through skip, not followed.
 * A PATH that cannot be read is reported too. Returns an array of count strings, each and itself to be freed. */
struct archive_path {
	char *path;
	uint64_t bytes; /* size on disk, 0 for "-" */
	const struct pack_archive *packed; /* what it gave stands in a pack, and it is not read again; NULL from archive_list() */
	const struct manifest_entry *listed; /* the checksum it must have; NULL: any, and from archive_list() */
};
struct archive_path *archive_list(const char *const *paths, size_t path_count, size_t *count,
                                  void (*skip)(const char *path, const struct fault *fault, void *context), void *context);
void archive_list_free(struct archive_path *list, size_t count);

#endif
