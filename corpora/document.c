#include "corpora/document.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "corpora/convert.h"
#include "corpora/sandbox.h"
#include "corpora/text.h"

struct document_reader {
	struct document_options options;
	struct field_names names;
	struct member member;
	bool begun, ended;
	struct text text;          /* of the document last given */
	struct text field;         /* of its other fields, one after another */
	struct json_reader json;
	size_t json_from;          /* bytes of byte order mark before it */
	size_t counted;            /* byte up to which line has been counted */
	uint64_t line;
	struct csv_reader csv;
	struct record record;
	struct sandbox_result converted;
	struct buf id, date, title;
};

struct document_reader *document_reader_new(const struct document_options *options)
{
	struct document_reader *r = mem_calloc(1, sizeof *r);
	r->options = *options;
	field_names_init(&r->names, &r->options);
	r->ended = true;
	return r;
}

void document_reader_free(struct document_reader *r)
{
	if (!r)
		return;
	text_release(&r->text);
	csv_release(&r->csv);
	record_release(&r->record);
	text_release(&r->field);
	sandbox_result_release(&r->converted);
	buf_release(&r->id);
	buf_release(&r->date);
	buf_release(&r->title);
	free(r);
}

void document_begin(struct document_reader *r, const struct member *member)
{
	r->member = *member;
	r->begun = r->ended = false;
}

size_t document_origin(const struct document *d, size_t at)
{
	return (size_t)d->offset + (d->map ? text_origin(d->map, at) : at);
}

static enum document_status skip(struct document_reader *r, struct fault *fault, enum fault_code code, uint64_t at, const char *what)
{
	fault_set(fault, code, r->member.name, FAULT_NO_OFFSET, r->member.offset + at, r->member.first_line, "%s", what);
	return DOCUMENT_SKIPPED;
}

static const char *not_text(const unsigned char *bytes, size_t length)
{
	size_t even = 0, odd = 0, n = length < 4096 ? length : 4096;
	for (size_t i = 0; i < n; i++)
		*(i & 1 ? &odd : &even) += bytes[i] == 0;
	if (odd > n / 4 || even > n / 4)
		return "no text: it holds many NUL bytes; if it is UTF-16, save it with a byte order mark or as UTF-8";
	return "no text: it holds too many control characters";
}

/* Fills in what r->text says. */
static void give_text(struct document_reader *r, struct document *d)
{
	d->text = r->text.bytes;
	d->length = r->text.length;
	d->encoding = r->text.encoding;
	d->replaced = r->text.replaced;
	d->repaired = r->text.repaired;
	if (r->text.stage_count)
		d->map = &r->text;
}

static enum document_status next_text(struct document_reader *r, struct document *d, struct fault *fault)
{
	const struct member *m = &r->member;
	r->ended = true;
	switch (text_decode_within(&r->text, m->bytes, m->length, r->options.text_bytes)) {
	case TEXT_BINARY:
		return skip(r, fault, FAULT_NOT_TEXT, 0, not_text(m->bytes, m->length));
	case TEXT_TOO_LONG:
		fault_set(fault, FAULT_LIMIT, m->name, FAULT_NO_OFFSET, m->offset, m->first_line, "more than %llu bytes of text once it is UTF-8 (limit member)",
		          (unsigned long long)r->options.text_bytes);
		return DOCUMENT_SKIPPED;
	case TEXT_OK:
		break;
	}
	give_text(r, d);
	d->offset = m->offset + (d->map ? 0 : r->text.bom);
	d->first_line = m->first_line;
	return DOCUMENT_OK;
}

/* A field other than the text as a string for the caller, or NULL. */
static const char *keep(struct document_reader *r, enum field field, struct buf *store)
{
	const struct record *record = &r->record;
	if (!record->found[field] || !record->length[field] ||
	    text_decode(&r->field, (const unsigned char *)record->value[field], record->length[field]) == TEXT_BINARY)
		return NULL;
	buf_clear(store);
	buf_append(store, r->field.bytes, r->field.length);
	return store->data;
}

static enum document_status give_record(struct document_reader *r, struct document *d, struct fault *fault, const char *converter)
{
	const struct record *record = &r->record;
	if (text_decode(&r->text, (const unsigned char *)record->value[FIELD_TEXT], record->length[FIELD_TEXT]) == TEXT_BINARY)
		return skip(r, fault, FAULT_NOT_TEXT, 0, "the text of this record holds too many control characters");
	give_text(r, d);
	d->offset = 0;
	d->first_line = 1;
	d->id = keep(r, FIELD_ID, &r->id);
	d->date = keep(r, FIELD_DATE, &r->date);
	d->title = keep(r, FIELD_TITLE, &r->title);
	d->converter = converter;
	return DOCUMENT_OK;
}

/* Adds what is known of where: the element of an array, the line within a file of many lines. */
static enum document_status skip_json(struct document_reader *r, struct fault *fault, const struct complaint *c, bool broken)
{
	const struct member *m = &r->member;
	size_t origin = r->json_from + c->at;
	for (const unsigned char *p; r->counted < origin && (p = memchr(m->bytes + r->counted, '\n', origin - r->counted));) {
		r->line++;
		r->counted = (size_t)(p - m->bytes) + 1;
	}
	uint64_t line = r->line;
	if (m->format == MEMBER_JSON_RECORD)
		fault_set(fault, c->code, m->name, FAULT_NO_OFFSET, m->offset + origin, line, "record %llu: %s", (unsigned long long)m->record,
		          c->what);
	else
		fault_set(fault, c->code, m->name, FAULT_NO_OFFSET, m->offset + origin, line, "element %llu: %s%s",
		          (unsigned long long)r->json.element, c->what, broken ? "; the rest of the file was not read" : "");
	return DOCUMENT_SKIPPED;
}

static enum document_status next_json(struct document_reader *r, struct document *d, struct fault *fault)
{
	const struct member *m = &r->member;
	bool single = m->format == MEMBER_JSON_RECORD;
	struct complaint complaint = {0};
	if (!r->begun) {
		r->begun = true;
		r->ended = single;
		if (single && m->length > RECORD_BYTES_MAX) {
			r->ended = true;
			return skip(r, fault, FAULT_LIMIT, 0, "record over 64 MiB");
		}
		struct text_scan scan;
		text_scan(m->bytes, m->length, &scan);
		if (scan.valid < m->length) {
			r->ended = true;
			return skip(r, fault, FAULT_RECORD, scan.valid, "not valid UTF-8, which JSON has to be");
		}
		r->counted = 0;
		r->line = m->first_line;
		r->json_from = m->length >= 3 && memcmp(m->bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
		json_begin(&r->json, m->bytes + r->json_from, m->length - r->json_from);
	}
	if (single && json_at_array(&r->json)) {
		complaint = (struct complaint){FAULT_RECORD, 0, "an array where one object a line is expected"};
		return skip_json(r, fault, &complaint, true);
	}
	switch (json_next(&r->json, &r->names, &r->record, &complaint)) {
	case JSON_END:
		r->ended = true;
		return DOCUMENT_END;
	case JSON_BROKEN:
		r->ended = true;
		return skip_json(r, fault, &complaint, true);
	case JSON_SKIPPED:
		return skip_json(r, fault, &complaint, false);
	case JSON_RECORD:
		break;
	}
	if (single && !json_at_end(&r->json)) {
		complaint = (struct complaint){FAULT_RECORD, r->json.at, "more than one value on a line"};
		return skip_json(r, fault, &complaint, true);
	}
	if (!single)
		d->record = r->json.element;
	return give_record(r, d, fault, "json");
}

static enum document_status next_csv(struct document_reader *r, struct document *d, struct fault *fault)
{
	const struct member *m = &r->member;
	struct complaint c = {0};
	r->ended = true;
	if (csv_read(&r->csv, &r->names, m, &r->record, &c))
		return give_record(r, d, fault, "csv");
	fault_set(fault, c.code, m->name, FAULT_NO_OFFSET, m->offset + c.at, m->first_line, "row %llu: %s", (unsigned long long)m->record, c.what);
	return DOCUMENT_SKIPPED;
}

/* Text from a converter is trusted no more than the bytes it came from. */
static enum document_status next_converted(struct document_reader *r, struct document *d, struct fault *fault)
{
	const struct member *m = &r->member;
	struct sandbox_result *c = &r->converted;
	const char *text, *title = "";
	size_t length, title_length = 0;
	uint64_t replaced = 0;
	r->ended = true;
	enum fault_code code;
	if (m->format == MEMBER_PDF) {
		code = pdf_read(&r->options, m, c, &d->converter);
		text = c->out.data;
		length = c->out.length;
	} else {
		d->converter = m->format == MEMBER_HTML ? "html" : m->format == MEMBER_DOCX ? "docx" : "odt";
		code = sandbox_run(&r->options, d->converter, NULL, NULL, m->bytes, m->length, c);
		if (code == FAULT_NONE && !sandbox_unpack(&c->out, &text, &length, &title, &title_length, &replaced))
			return skip(r, fault, FAULT_CONVERTER, 0, "the converter did not finish");
	}
	if (code != FAULT_NONE)
		return skip(r, fault, code, 0, c->why);
	if (text_decode(&r->text, (const unsigned char *)text, length) == TEXT_BINARY || strcmp(r->text.encoding, "utf-8") != 0 ||
	    utf8_valid_prefix(title, title_length) != title_length)
		return skip(r, fault, FAULT_CONVERTER, 0, "what the converter gave is no text");
	if (!r->text.length)
		return skip(r, fault, FAULT_NOT_TEXT, 0, "no text in it");
	give_text(r, d);
	d->replaced += replaced;
	d->first_line = 1;
	if (title_length) {
		buf_clear(&r->title);
		buf_append(&r->title, title, title_length);
		d->title = r->title.data;
	}
	return DOCUMENT_OK;
}

enum document_status document_next(struct document_reader *r, struct document *d, struct fault *fault)
{
	if (r->ended)
		return DOCUMENT_END;
	*d = (struct document){.record = r->member.record, .encoding = "utf-8"};
	switch (r->member.format) {
	case MEMBER_TEXT:
		return next_text(r, d, fault);
	case MEMBER_JSON_RECORD:
	case MEMBER_JSON:
		return next_json(r, d, fault);
	case MEMBER_CSV_RECORD:
	case MEMBER_TSV_RECORD:
		return next_csv(r, d, fault);
	case MEMBER_HTML:
	case MEMBER_PDF:
	case MEMBER_DOCX:
	case MEMBER_ODT:
		return next_converted(r, d, fault);
	}
	r->ended = true;
	return DOCUMENT_END;
}
