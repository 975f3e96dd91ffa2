/* Bytes to valid UTF-8, by section 1.1 of docs/counting-rules.md, with the way back from a position in the text to its byte.
 *
 * A struct text belongs to one thread and is used again for one member after another. */
#ifndef CORPORA_TEXT_H
#define CORPORA_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/* What one pass over bytes tells. text_scan() takes the fastest way this machine has; the others are what it chooses from
 * (false where the machine cannot), text_scan_plain() being the reference. All give the same. */
struct text_scan {
	size_t valid;      /* bytes of the longest prefix that is valid UTF-8 and ends with a whole character */
	uint64_t controls; /* over all the bytes: 00 to 1F but for white space (09 to 0D), and 7F */
	uint64_t nuls;     /* over all the bytes */
	bool latin;        /* where all is valid: a byte C2 or C3 stands in it */
};
void text_scan(const unsigned char *bytes, size_t length, struct text_scan *scan);
void text_scan_plain(const unsigned char *bytes, size_t length, struct text_scan *scan);
bool text_scan_avx2(const unsigned char *bytes, size_t length, struct text_scan *scan);
bool text_scan_avx512(const unsigned char *bytes, size_t length, struct text_scan *scan);

/* One character's worth of a stage: in bytes become out bytes. */
struct text_step {
	unsigned in, out;
	bool replaced, repaired;
	char bytes[4];
};

/* Where a stage has got to, once every few hundred bytes. */
struct text_mark {
	size_t out, in;
};

/* One pass over the text: decoding, or repair. Positions between two marks are found by going over that piece again. */
struct text_stage {
	void (*step)(const unsigned char *in, size_t length, size_t at, struct text_step *step);
	const unsigned char *in;
	size_t in_length;
	struct buf out;
	struct text_mark *marks;
	size_t mark_count, mark_capacity;
};
#define TEXT_STAGES 3

struct text {
	const char *bytes;    /* valid UTF-8 without NUL; points into the member when nothing had to change. Not NUL-terminated */
	size_t length;
	const char *encoding; /* "utf-8", "utf-16le", "utf-16be", "windows-1252" */
	size_t bom;           /* bytes of byte order mark left out at the start */
	uint64_t replaced;    /* characters that could not be decoded, and NULs: U+FFFD stands for each */
	uint64_t repaired;    /* see text_decode() */
	struct text_stage stages[TEXT_STAGES];
	unsigned stage_count; /* 0: a position is its byte, less the mark */
	size_t most;          /* of this decoding */
};

enum text_verdict { TEXT_OK, TEXT_BINARY, TEXT_TOO_LONG };

/* Zero-initialised is ready for use; release frees. */
void text_release(struct text *t);

/* Decodes; the bytes must outlive the use of t->bytes and text_origin(). TEXT_BINARY: over all of it, more than one character in
 * 32 (and more than two) is a control character: this is no text, and t holds none.
 *
 * Repair: two kinds of damage done before the text came here are undone where no other reading makes sense, and counted.
 * UTF-8 read as Windows-1252 (â€™ for ’, Ã© for é, Â£ for £) and Windows-1252 read as Latin-1 (U+0092 for ’).
 * Done twice over where the damage was. Sequences that a text could hold for their own sake are left as they are. */
enum text_verdict text_decode(struct text *t, const unsigned char *bytes, size_t length);
/* The same, but TEXT_TOO_LONG, with no text in t, as soon as decoding makes more than `most` bytes of them (0: no limit): Windows-1252 may become three
 * times as long. Bytes that need no decoding are not held against it. */
enum text_verdict text_decode_within(struct text *t, const unsigned char *bytes, size_t length, size_t most);

/* The byte of the member from which the byte `at` (up to and with length) of the text was made. Never falls as `at` grows. */
size_t text_origin(const struct text *t, size_t at);

#endif
