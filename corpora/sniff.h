/* What a run of bytes is, from its first bytes and then its name (private to corpora/). Any thread. */
#ifndef CORPORA_SNIFF_H
#define CORPORA_SNIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "corpora/archive.h"
#include "corpora/fault.h"

/* So many bytes, or all if there are fewer, are looked at: always the same number, so that the answer never depends on how they
 * came. */
#define SNIFF_BYTES ((size_t)64 << 10)

/* What is said of text with a NUL byte in it, wherever that is found. */
#define SNIFF_NUL "neither text nor a kind of document read here: it has a NUL byte"

enum content_kind {
	CONTENT_GZIP, CONTENT_ZSTD, CONTENT_XZ, CONTENT_BZIP2, /* compressed streams */
	CONTENT_ZIP, CONTENT_TAR,                              /* containers */
	CONTENT_RECORDS,                                       /* JSONL, CSV, TSV: format says which */
	CONTENT_WHOLE,                                         /* one member: format says what it is */
	CONTENT_METADATA,                                      /* of the system that packed it (AppleDouble): no member, no skip */
	CONTENT_OTHER,                                         /* nothing read here: fault is set */
	CONTENT_MISLABELLED                                    /* name and bytes disagree: fault is set */
};

struct content {
	enum content_kind kind;
	enum member_format format;
	char delimiter;         /* CSV, TSV */
};

/* name is the last part of a path, "" if there is none. complete: nothing comes after length bytes. Of *fault, where it is set, code,
 * message and offset are. */
struct content sniff(const char *name, const unsigned char *bytes, size_t length, bool complete, struct fault *fault);

/* The name of what is inside: a.txt of a.txt.gz, a.tar of a.tgz. Writes at most strlen(name) + 1 bytes (at least 5). */
void sniff_inner_name(char *inner, const char *name);

#endif
