/* What went wrong with an input, and where. Callers pass a struct fault in; nothing here keeps state.
 * Document text never stands in a message: only names, offsets and codes. */
#ifndef CORPORA_FAULT_H
#define CORPORA_FAULT_H

#include <stdint.h>

enum fault_code {
	FAULT_NONE,
	FAULT_IO,          /* open or read failed: message holds the system's reason */
	FAULT_TRUNCATED,   /* ends before the format says it may */
	FAULT_CHECKSUM,    /* CRC or size does not agree with the bytes */
	FAULT_CORRUPT,     /* not decodable */
	FAULT_TRAILING,    /* something other than zero padding after the end */
	FAULT_LIMIT,       /* over one of the limits: message names it */
	FAULT_ENCRYPTED,
	FAULT_UNSUPPORTED, /* a method, link, sparse or split entry this program does not read */
	FAULT_MISLABELLED, /* the bytes are not what the name says */
	FAULT_CHANGED,     /* the file changed while it was read */
	FAULT_NOT_REGULAR, /* a device, socket, pipe or link found where files are expected */
	FAULT_NOT_TEXT,    /* no text and no document format known here */
	FAULT_RECORD,      /* one record (JSON line, CSV row) cannot be read */
	FAULT_CONVERTER,   /* the PDF or HTML converter failed, ran out of time or memory */
	FAULT_ENGINE,      /* the matcher refused the text, or a confirm step hit a limit */
	FAULT_MORE,        /* none of its own: how many there are that are not named one by one */
	FAULT_CODES
};

#define FAULT_NO_OFFSET UINT64_MAX

/* member is empty when the whole archive is meant. Offsets are FAULT_NO_OFFSET where unknown; line is 0 where unknown. */
struct fault {
	enum fault_code code;
	char member[256];        /* shortened in the middle if longer; control characters escaped */
	uint64_t packed_offset;  /* byte in the file as it lies on disk */
	uint64_t offset;         /* byte in the decoded member */
	uint64_t line;           /* 1-based */
	char message[256];       /* a phrase: what is wrong, then what to do where something can be done */
};

/* "truncated", "checksum", ...: stable words for logs and the database. */
const char *fault_word(enum fault_code code);

/* Sets everything: member may be NULL; the message is formatted and cut to fit. Returns code. */
enum fault_code fault_set(struct fault *f, enum fault_code code, const char *member, uint64_t packed_offset,
                          uint64_t offset, uint64_t line, const char *format, ...)
	__attribute__((format(printf, 7, 8)));

#endif
