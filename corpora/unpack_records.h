/* The records of a JSONL, CSV or TSV file, pointed to where they lie in the stream's window (private to corpora/).
 *
 * JSONL: the lines that are not blank. CSV and TSV: the first row is the header and goes with every record; a field that begins
 * with a quotation mark runs to the mark that closes it, over line ends and delimiters, two marks standing for one; a
 * mark elsewhere is an ordinary character. A byte order mark belongs to no record, nor does the line end. */
#ifndef CORPORA_UNPACK_RECORDS_H
#define CORPORA_UNPACK_RECORDS_H

#include "base/mem.h"
#include "corpora/archive.h"
#include "corpora/stream.h"

struct records {
	enum member_format format;
	char delimiter;
	uint64_t record;        /* number of the last one given */
	uint64_t line;          /* of the next byte of the stream, 1-based */
	size_t held;            /* bytes of the stream that the last record covers, taken at the next call */
	bool started;
	bool have_header;
	struct buf header;
};

enum records_status {
	RECORDS_RECORD,
	RECORDS_SKIPPED, /* *fault has code, message, offset and line */
	RECORDS_END,
	RECORDS_BAD      /* the stream has failed with its fault */
};

void records_init(struct records *r, enum member_format format, char delimiter); /* r is zero or was used before */
void records_release(struct records *r);

/* Sets bytes, length, format, delimiter, record, first_line, offset and the header of *member. */
enum records_status records_next(struct records *r, struct stream *s, const struct archive_limits *limits,
                                 struct member *member, struct fault *fault);

#endif
