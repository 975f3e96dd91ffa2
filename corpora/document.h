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

struct document_options {
	const char *text_field, *date_field, *id_field; /* NULL: the usual names are tried */
	/* limits of a converter: 60 s of CPU, 90 s in all, 1 GiB, 64 MiB of output */
	unsigned converter_cpu_seconds, converter_wall_seconds;
	uint64_t converter_memory, converter_output;
};
#define DOCUMENT_OPTIONS_DEFAULT {NULL, NULL, NULL, 60, 90, 1ull << 30, 64u << 20}

/* Where the text came from, for byte offsets that stay true to the member.
 * For UTF-8 members the text is the member less a byte order mark and the map is the identity (plus bom).
 * For other encodings and formats offsets are those of the extracted UTF-8 text, as the manual says. */
struct document {
	const char *text;        /* valid UTF-8, no NUL inside is guaranteed not: NUL bytes became U+FFFD */
	size_t length;
	uint64_t offset;         /* add to a position in text to get the byte in the decoded member or record file */
	uint64_t first_line;     /* line of the text's first byte there, 1-based */
	const char *id;          /* from the id field, or NULL */
	const char *date;        /* from the date field, as written, or NULL */
	const char *title;       /* from the document's own metadata (HTML title, DOCX properties), or NULL */
	uint64_t record;         /* as in struct member; for JSON arrays the number of the element */
	uint64_t replaced;       /* characters that could not be decoded */
	const char *encoding;    /* "utf-8", "utf-16le", "utf-16be", "windows-1252" */
	const char *converter;   /* NULL, "html", "pdf", "pdf-layout", "docx", "odt", "json", "csv" */
};

struct document_reader;
struct document_reader *document_reader_new(const struct document_options *options);
void document_reader_free(struct document_reader *r);

enum document_status { DOCUMENT_OK, DOCUMENT_END, DOCUMENT_SKIPPED };

/* Begins a member; its bytes must live until document_next() has returned DOCUMENT_END. */
void document_begin(struct document_reader *r, const struct member *member);

/* The next document of the member; its memory lives until the next call. DOCUMENT_SKIPPED: one document could not be read,
 * *fault says why; go on calling. */
enum document_status document_next(struct document_reader *r, struct document *document, struct fault *fault);

#endif
