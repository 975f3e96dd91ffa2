/* A review row: all that is kept of one review once its text has gone. Every table is made from rows, whether they
 * come from archives, from a pack or from a store.
 *
 * Rows are kept encoded (varints and NUL-terminated strings), a few hundred bytes each, and decoded one at a time. */
#ifndef PIPELINE_ROW_H
#define PIPELINE_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "corpora/review.h"
#include "matchers/mention.h"

struct buf;

/* One-permutation MinHash of the review's token shingles; see pipeline/dedupe.h. */
enum { SKETCH_BINS = 128, SKETCH_EMPTY = 0xFFFF };

/* A counted phrase in its context, for kwic and reports. Strings are one line: white space runs are one space. */
struct evidence {
	uint32_t theme, entry;
	uint32_t cue;          /* entry of the negation cue, or NO_CUE */
	uint64_t offset;       /* byte of the phrase in the decoded member */
	uint32_t sentence;
	const char *left, *match, *right;
};

struct review_row {
	const char *member;    /* inside the archive, "" for a plain file */
	uint64_t record;       /* number of the JSON or CSV record, 0 if none */
	uint32_t ordinal;      /* among the records cut from its document */
	uint64_t offset, length, first_line, last_line; /* in the decoded member */
	enum review_kind kind;
	const char *title, *section, *board, *child, *method, *layout;
	struct dating published, incident;
	enum outcome outcome;
	int age_months;        /* -1 unknown */
	enum age_band age_band;
	enum gender gender;
	int recommendations;   /* -1 unknown */
	uint64_t words;
	unsigned char fingerprint[16]; /* of the folded tokens; all zero if there are none */
	bool has_sketch;
	uint16_t sketch[SKETCH_BINS];
	bool counted;          /* it was matched against the lexicon (its kind was wanted) */
	struct theme_tally *tallies;   /* by theme */
	size_t tally_count;
	uint32_t *inconclusive;        /* themes with an entry whose confirmation hit a limit */
	size_t inconclusive_count;
	struct evidence *evidence;     /* only where asked for */
	size_t evidence_count;
	size_t tally_capacity, inconclusive_capacity, evidence_capacity; /* row_decode()'s: how many the arrays have room for */
	size_t head_length;    /* row_decode()'s and row_skim()'s: encoded bytes of all that no lexicon changes */
};

/* Appends the encoded row. Packs hold encoded rows: whoever changes their form raises PACK_VERSION (pipeline/pack.h). */
void row_encode(struct buf *out, const struct review_row *row);

/* The same for a row that was decoded from `bytes`, where only what comes after its head was changed since. */
void row_encode_again(struct buf *out, const char *bytes, const struct review_row *row);

/* Decodes one row. Strings point into bytes; the arrays belong to the row and are reused by the next decode into it.
 * Returns the number of bytes used, 0 if they are no row. Start with a zeroed row; row_release() at the end. */
size_t row_decode(struct review_row *row, const char *bytes, size_t length);
/* The same without tallies, inconclusive themes and evidence, whose counts are 0: several times as fast. */
size_t row_skim(struct review_row *row, const char *bytes, size_t length);
void row_release(struct review_row *row);

/* Appends the review's ID: ARCHIVE[:MEMBER][:RECORD]#ORDINAL. */
void row_append_id(struct buf *out, const char *archive, const struct review_row *row);

/* A number that stands for the review's text: the same wherever and whenever it is read. */
uint64_t row_identity(const struct review_row *row);

#endif
