/* PDF by pdftotext in the sandbox.
 *
 * Reading order is what is wanted: it keeps a sentence together in its column or table cell, which -layout tears. But where a file's
 * own order is broken (tables drawn word by word, forms), it falls to pieces. So: if more than FRAGMENTS of its lines
 * hold one or two words, -layout is tried too, and taken if it at least halves that share; gaps of three spaces and more in a
 * line then become tabs, which part table cells. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "corpora/convert.h"
#include "corpora/sandbox.h"

#define FRAGMENTS 0.60

/* In PATH; to be freed; NULL if it is not there. */
static char *find_pdftotext(void)
{
	const char *path = getenv("PATH");
	if (!path)
		path = "/usr/local/bin:/usr/bin:/bin";
	for (const char *from = path; *from;) {
		size_t n = strcspn(from, ":");
		struct buf b = BUF_INIT;
		buf_append(&b, from, n);
		buf_append_str(&b, "/pdftotext");
		if (n && b.data[0] == '/' && access(b.data, X_OK) == 0)
			return buf_detach(&b);
		buf_release(&b);
		from += n + (from[n] == ':');
	}
	return NULL;
}

static double fragments(const struct buf *text)
{
	size_t lines = 0, short_lines = 0;
	for (size_t at = 0; at < text->length;) {
		const char *nl = memchr(text->data + at, '\n', text->length - at);
		size_t end = nl ? (size_t)(nl - text->data) : text->length;
		size_t words = 0;
		bool inside = false;
		for (; at < end; at++) {
			bool space = text->data[at] == ' ' || text->data[at] == '\t' || text->data[at] == '\f';
			words += !space && !inside;
			inside = !space;
		}
		lines += words > 0;
		short_lines += words == 1 || words == 2;
		at = end + 1;
	}
	return lines >= 20 ? (double)short_lines / (double)lines : 0;
}

/* In place. */
static void tidy_layout(struct buf *text)
{
	char *to = text->data;
	bool line_start = true;
	for (size_t at = 0; at < text->length;) {
		size_t from = at;
		while (at < text->length && text->data[at] == ' ')
			at++;
		if (at > from && !line_start && at < text->length && text->data[at] != '\n')
			*to++ = at - from >= 3 ? '\t' : ' ';
		if (at == text->length)
			break;
		line_start = text->data[at] == '\n' || text->data[at] == '\f';
		*to++ = text->data[at++];
	}
	text->length = text->data ? (size_t)(to - text->data) : 0;
}

static bool complained(const struct buf *err, const char *what)
{
	return err->length && memmem(err->data, err->length, what, strlen(what));
}

static bool has_letter(const struct buf *text)
{
	for (size_t i = 0; i < text->length; i++) {
		unsigned char c = (unsigned char)text->data[i];
		if (c >= 0x80 || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
			return true;
	}
	return false;
}

static enum fault_code run(const struct document_options *options, const char *program, bool layout, const struct member *m,
                           struct sandbox_result *r)
{
	static const char *const plain[] = {"-enc", "UTF-8", "-eol", "unix", "-", "-", NULL};
	static const char *const as_laid_out[] = {"-layout", "-enc", "UTF-8", "-eol", "unix", "-", "-", NULL};
	enum fault_code code = sandbox_run(options, "pdf", program, layout ? as_laid_out : plain, m->bytes, m->length, r);
	if (code != FAULT_NONE)
		return code;
	const char *what;
	if (complained(&r->err, "Incorrect password")) {
		code = FAULT_ENCRYPTED;
		what = "the PDF needs a password; save it without one";
	} else if (complained(&r->err, "Out of memory")) {
		code = FAULT_LIMIT;
		what = "pdftotext needed more memory than allowed";
	} else if (r->status == 3) {
		code = FAULT_ENCRYPTED;
		what = "the PDF does not allow its text to be taken; save it without that protection";
	} else if (r->status == 1) {
		code = FAULT_CORRUPT;
		what = "pdftotext cannot open the PDF: it is damaged";
	} else if (r->status != 0) {
		code = FAULT_CONVERTER;
		what = r->status == 127 ? "pdftotext does not start: its libraries lie outside the system's folders" : "pdftotext failed";
	} else {
		/* pdftotext goes on after damage and says so only here. What it says of fonts, colours and the like is left aside. */
		static const char *const damage[] = {"xref", "trailer dictionary", "flate stream", "Illegal character", "Unterminated",
		                                     "must be a name object", "Missing 'endstream'", "page tree", "Invalid object stream"};
		bool damaged = false;
		for (size_t i = 0; i < sizeof damage / sizeof *damage; i++)
			damaged |= complained(&r->err, damage[i]);
		if (!damaged)
			return FAULT_NONE;
		code = FAULT_CORRUPT;
		what = "the PDF is damaged, so text may be missing; fetch it again, or open it and save it anew";
	}
	snprintf(r->why, sizeof r->why, "%s", what);
	return code;
}

enum fault_code pdf_read(const struct document_options *options, const struct member *m, struct sandbox_result *r, const char **converter)
{
	*converter = "pdf";
	size_t tail = m->length < 4096 ? m->length : 4096;
	if (!memmem(m->bytes + m->length - tail, tail, "%%EOF", 5)) {
		snprintf(r->why, sizeof r->why, "the PDF ends before its end mark; fetch it again");
		return FAULT_TRUNCATED;
	}
	char *found = options->pdftotext ? NULL : find_pdftotext();
	const char *program = options->pdftotext ? options->pdftotext : found;
	if (!program) {
		snprintf(r->why, sizeof r->why, "pdftotext is not installed (package poppler-utils)");
		return FAULT_CONVERTER;
	}
	bool layout = options->pdf_order == PDF_LAYOUT;
	enum fault_code code = run(options, program, layout, m, r);
	if (code == FAULT_NONE && !has_letter(&r->out)) {
		code = FAULT_NOT_TEXT;
		snprintf(r->why, sizeof r->why, "the PDF holds no text, perhaps scanned pages; run text recognition on it first");
	}
	double share = code == FAULT_NONE && options->pdf_order == PDF_BY_MEASURE ? fragments(&r->out) : 0;
	if (share > FRAGMENTS) {
		struct sandbox_result other = {0};
		if (run(options, program, true, m, &other) == FAULT_NONE && fragments(&other.out) * 2 <= share) {
			struct buf swap = r->out;
			r->out = other.out;
			other.out = swap;
			layout = true;
		}
		sandbox_result_release(&other);
	}
	if (layout) {
		tidy_layout(&r->out);
		*converter = "pdf-layout";
	}
	free(found);
	return code;
}
