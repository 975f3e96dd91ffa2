/* A member as documents: the text a reader would read, as valid UTF-8, with what its record says of it.
 *
 * Text, HTML, PDF, DOCX and ODT members and single records give one document; a JSON array gives one per element. Bytes become
 * text once, by section 1.1 of docs/counting-rules.md. PDF goes through pdftotext in a sandboxed child process.
 * A reader belongs to one thread; make one per thread. */
#ifndef CORPORA_DOCUMENT_H
#define CORPORA_DOCUMENT_H

#include <stddef.h>
#include <stdint.h>

#include "corpora/archive.h"
#include "corpora/fault.h"

/* How the text of a PDF is put in order: see convert_pdf.c. */
enum pdf_order { PDF_BY_MEASURE, PDF_READING, PDF_LAYOUT };

struct document_options {
	const char *text_field, *date_field, *id_field; /* NULL: the usual names are tried */
	/* limits of a converter: 60 s of CPU, 90 s in all, 1 GiB, 64 MiB of output */
	unsigned converter_cpu_seconds, converter_wall_seconds;
	uint64_t converter_memory, converter_output;
	const char *pdftotext; /* path of the program; NULL: looked for in PATH */
	enum pdf_order pdf_order;
	uint64_t text_bytes;   /* text of a member that had to be decoded: 256 MiB */
	uint64_t review_bytes; /* text of one review: 16 MiB; whoever cuts documents looks at it */
};
#define DOCUMENT_OPTIONS_DEFAULT {NULL, NULL, NULL, 60, 90, 1ull << 30, 64u << 20, NULL, PDF_BY_MEASURE, 256u << 20, 16u << 20}

struct text;

/* A text member is given as it is where it is valid UTF-8: its positions are those of the member. Text that had to be decoded or
 * repaired (docs/counting-rules.md, 1.1) has a map, which document_origin() goes through. For JSON, CSV and converted formats
 * positions are those of the extracted text, before repair. */
struct document {
	const char *text;        /* valid UTF-8 without NUL; not NUL-terminated */
	size_t length;
	uint64_t offset;         /* byte in the decoded member or record file at which what was decoded begins; 0 for extracted text */
	uint64_t first_line;     /* line of the text's first byte there, 1-based; 1 for extracted text */
	const char *id;          /* from the id field, or NULL */
	const char *date;        /* from the date field, as written (a number of seconds or milliseconds since 1970 as YYYY-MM-DD), or NULL */
	const char *title;       /* from the document's own metadata (HTML title, DOCX properties, a title field), or NULL */
	uint64_t record;         /* as in struct member; for JSON arrays the number of the element */
	uint64_t replaced;       /* characters that could not be decoded, and NULs */
	uint64_t repaired;       /* characters put right */
	const char *encoding;    /* "utf-8", "utf-16le", "utf-16be", "windows-1252" */
	const char *converter;   /* NULL, "html", "pdf", "pdf-layout", "docx", "odt", "json", "csv" */
	const struct text *map;  /* NULL: a position is offset + itself */
};

/* The byte of the decoded member (or record file) from which byte `at` (0 to length) of the text was made. */
size_t document_origin(const struct document *d, size_t at);

struct document_reader;
struct document_reader *document_reader_new(const struct document_options *options); /* copied, but for its strings */
void document_reader_free(struct document_reader *r);

enum document_status { DOCUMENT_OK, DOCUMENT_END, DOCUMENT_SKIPPED };

/* Begins a member; its bytes must live until document_next() has returned DOCUMENT_END. */
void document_begin(struct document_reader *r, const struct member *member);

/* The next document of the member; its memory lives until the next call. DOCUMENT_SKIPPED: one document could not be read,
 * *fault says why; go on calling. */
enum document_status document_next(struct document_reader *r, struct document *document, struct fault *fault);

#endif
