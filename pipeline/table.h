/* A table written row by row in the format the user chose. One thread. */
#ifndef PIPELINE_TABLE_H
#define PIPELINE_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum format { FORMAT_DEFAULT, FORMAT_TABLE, FORMAT_CSV, FORMAT_TSV, FORMAT_JSON, FORMAT_JSONL, FORMAT_MD, FORMAT_LATEX, FORMAT_SAV };
int format_parse(const char *word, enum format *format); /* 0, or -1 if unknown */
#define FORMAT_WORDS "table, csv, tsv, json, jsonl, md, latex, sav"

enum column_kind {
	COLUMN_NUMBER, /* right-aligned; bare in JSON */
	COLUMN_WORD,   /* a word of this program or of the lexicon */
	COLUMN_TEXT,   /* text from input: in csv guarded against formulas (a leading = + - @ gets a ' before it), on terminals escaped */
	COLUMN_BEFORE, /* the same for text whose end matters, such as what stands before a phrase: right-aligned */
	COLUMN_SPARE = 16 /* added to the others: the first to go where a table is wider than the terminal */
};
struct column {
	const char *name;
	enum column_kind kind;
};

struct table;

/* FORMAT_DEFAULT is a table on a terminal, else csv. A table on a terminal fits its width where it can: headers are folded at '_', then
 * spare columns are left out, from the right, with a note on standard error, then texts are cut with an ellipsis, at their beginning in COLUMN_BEFORE. columns must outlive the table. excel: csv begins with a byte order mark.
 * csv: RFC 4180 quoting, LF line ends. tsv: tabs and line ends in cells become spaces. */
struct table *table_new(FILE *file, enum format format, bool header, bool excel, const struct column *columns, size_t count);

/* What a column says in words, for formats that have room for it (sav). Must outlive the table. */
void table_label(struct table *t, size_t column, const char *label);

/* One call per column, in order; then table_end_row(). NULL text and NaN are empty (null in JSON). */
void table_text(struct table *t, const char *s);
void table_number(struct table *t, int64_t n);
void table_real(struct table *t, double x, int decimals);
void table_empty(struct table *t);
/* Disclosure control: "<N", and "[c]" (confidential). Text in JSON too. */
void table_small(struct table *t, unsigned threshold);
void table_withheld(struct table *t);
void table_end_row(struct table *t);

/* Writes what is still held back, and frees. */
void table_finish(struct table *t);

#endif
