/* The parts of the document reader: what each format's converter gives. Internal to document.c and the converters. */
#ifndef CORPORA_CONVERT_H
#define CORPORA_CONVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "corpora/document.h"

#define RECORD_BYTES_MAX (64u << 20) /* one JSON object or CSV row */
#define JSON_DEPTH_MAX 64u

/* The fields of a record that are read. Each has several names, the first that holds something being taken. */
enum field { FIELD_TEXT, FIELD_DATE, FIELD_ID, FIELD_TITLE, FIELD_COUNT };
#define FIELD_NAMES_MAX 12
struct field_names {
	const char *names[FIELD_COUNT][FIELD_NAMES_MAX]; /* NULL after the last */
	bool exact[FIELD_COUNT];                         /* given by the user: letter case counts */
};
void field_names_init(struct field_names *f, const struct document_options *options);
/* Which field, and which of its names, a column or key is. */
bool field_find(const struct field_names *f, const char *name, size_t length, enum field *field, unsigned *rank);
/* "text, body, content": for messages. */
void field_list(const struct field_names *f, enum field field, struct buf *out);

/* One record's fields. A field that is absent, null or empty has length 0; text may be empty while found is true. */
struct record {
	bool found[FIELD_COUNT];
	const char *value[FIELD_COUNT];
	size_t length[FIELD_COUNT];
	struct buf store[FIELD_COUNT]; /* what had to be unescaped */
};
void record_release(struct record *r);

/* What is wrong with a record; what is a phrase without document text, NULL if nothing is. */
struct complaint {
	enum fault_code code;
	size_t at; /* byte in what was given */
	char what[160];
};

/* JSON texts one after another, each an object or an array of objects. The bytes must be valid UTF-8. */
struct json_reader {
	const unsigned char *bytes;
	size_t length, at;
	bool in_array, first;
	uint64_t element; /* number of the object that json_next() gave last, 1-based */
};
enum json_status { JSON_RECORD, JSON_END, JSON_SKIPPED, JSON_BROKEN /* nothing can be read after this */ };
void json_begin(struct json_reader *j, const unsigned char *bytes, size_t length);
enum json_status json_next(struct json_reader *j, const struct field_names *names, struct record *record, struct complaint *complaint);
/* Only white space is left. */
bool json_at_end(const struct json_reader *j);
/* An array comes next. */
bool json_at_array(const struct json_reader *j);

/* CSV and TSV rows. The header's columns are worked out once for all rows that carry the same header. Zero-initialised is ready. */
struct csv_reader {
	struct buf header;
	char delimiter;
	size_t columns;                              /* SIZE_MAX: the header cannot be read */
	const char *twice;                           /* a name that stands in it twice, or NULL */
	size_t column[FIELD_COUNT][FIELD_NAMES_MAX]; /* 1-based; 0: none */
};
void csv_release(struct csv_reader *c);
/* False with a complaint if the row cannot be read. The record points into the member. */
bool csv_read(struct csv_reader *c, const struct field_names *names, const struct member *m, struct record *r, struct complaint *complaint);

/* The text of a PDF in r->out, or why not in r->why; *converter is "pdf" or "pdf-layout". */
struct sandbox_result;
enum fault_code pdf_read(const struct document_options *options, const struct member *m, struct sandbox_result *r, const char **converter);

#endif
