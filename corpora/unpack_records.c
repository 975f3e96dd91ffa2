#include "corpora/unpack_records.h"

#include <stdio.h>
#include <string.h>

void records_init(struct records *r, enum member_format format, char delimiter)
{
	struct buf header = r->header;
	buf_clear(&header);
	*r = (struct records){.format = format, .delimiter = delimiter, .line = 1, .header = header};
}

void records_release(struct records *r)
{
	buf_release(&r->header);
}

/* One record in the window: where it ends and how many line ends it holds. */
struct extent {
	size_t length;      /* without its line end */
	size_t taken;       /* with it */
	uint64_t lines;
	bool open_quote;    /* the stream ended within quotes */
	uint64_t quote_line;
};

/* Looks for byte c from at on, reading on as needed. Returns its place, SIZE_MAX at the end of the stream. */
static size_t find(struct stream *s, size_t at, unsigned char c, uint64_t limit)
{
	for (;;) {
		const unsigned char *p = at < s->avail ? memchr(s->next + at, c, s->avail - at) : NULL;
		if (p)
			return (size_t)(p - s->next);
		at = s->avail;
		if (at > limit) {
			stream_fail(s, FAULT_LIMIT, "a record of more than %llu bytes (limit record)", (unsigned long long)limit);
			return SIZE_MAX;
		}
		if (stream_ahead(s, at + 1) == at)
			return SIZE_MAX;
	}
}

static uint64_t count_lines(const unsigned char *p, size_t length)
{
	uint64_t n = 0;
	const unsigned char *end = p + length;
	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		n++;
		p++;
	}
	return n;
}

static void line_extent(struct stream *s, uint64_t limit, struct extent *e)
{
	size_t end = find(s, 0, '\n', limit);
	*e = (struct extent){.length = end == SIZE_MAX ? s->avail : end, .lines = end != SIZE_MAX};
	e->taken = e->length + (end != SIZE_MAX);
}

/* Past the quoted field whose opening mark is at `at`: the place after its closing mark, SIZE_MAX at the end of the stream. */
static size_t past_quoted(struct stream *s, size_t at, uint64_t limit)
{
	at++;
	for (;;) {
		at = find(s, at, '"', limit);
		if (at == SIZE_MAX)
			return SIZE_MAX;
		if (stream_ahead(s, at + 2) < at + 2 || s->next[at + 1] != '"')
			return at + 1;
		at += 2;
	}
}

static void row_extent(struct stream *s, char delimiter, uint64_t limit, struct extent *e)
{
	*e = (struct extent){0};
	size_t at = 0, end = find(s, 0, '\n', limit);
	for (;;) {
		if (end < at) /* it lay within quotes; otherwise a line of many quoted fields is searched only once */
			end = find(s, at, '\n', limit);
		size_t stop = end == SIZE_MAX ? s->avail : end;
		/* a field that opens with a mark between at and the line's end? */
		size_t quote = SIZE_MAX;
		for (size_t from = at; from < stop;) {
			const unsigned char *p = memchr(s->next + from, '"', stop - from);
			if (!p)
				break;
			size_t place = (size_t)(p - s->next);
			if (place == 0 || s->next[place - 1] == (unsigned char)delimiter) {
				quote = place;
				break;
			}
			from = place + 1;
		}
		if (quote == SIZE_MAX || s->failed) {
			e->length = stop;
			e->taken = stop + (end != SIZE_MAX);
			e->lines = count_lines(s->next, e->taken);
			return;
		}
		at = past_quoted(s, quote, limit);
		if (at == SIZE_MAX) {
			e->open_quote = true;
			e->quote_line = count_lines(s->next, quote);
			e->length = e->taken = s->avail;
			e->lines = count_lines(s->next, e->taken);
			return;
		}
	}
}

static bool blank(const unsigned char *p, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (p[i] != ' ' && p[i] != '\t' && p[i] != '\r')
			return false;
	return true;
}

/* Whether lines seem to end in carriage returns alone, as old programs for the Mac end them: then the whole file is one long header. */
static bool old_line_ends(const unsigned char *p, size_t length)
{
	bool quoted = false;
	for (size_t i = 0; i + 1 < length; i++) {
		quoted ^= p[i] == '"';
		if (p[i] == '\r' && p[i + 1] != '\r' && !quoted)
			return true;
	}
	return false;
}

enum records_status records_next(struct records *r, struct stream *s, const struct archive_limits *limits,
                                 struct member *member, struct fault *fault)
{
	bool rows = r->format != MEMBER_JSON_RECORD;
	if (!r->started) {
		r->started = true;
		if (stream_ahead(s, 3) >= 3 && memcmp(s->next, "\xEF\xBB\xBF", 3) == 0)
			stream_take(s, 3);
	}
	for (;;) {
		stream_take(s, r->held);
		r->held = 0;
		if (!stream_ahead(s, 1))
			return s->failed ? RECORDS_BAD : RECORDS_END;
		struct extent e;
		if (rows)
			row_extent(s, r->delimiter, limits->record_bytes, &e);
		else
			line_extent(s, limits->record_bytes, &e);
		if (!s->failed && e.length > limits->record_bytes)
			stream_fail(s, FAULT_LIMIT, "a record of more than %llu bytes (limit record)",
			            (unsigned long long)limits->record_bytes);
		if (s->failed)
			return RECORDS_BAD;
		uint64_t line = r->line;
		r->line += e.lines;
		r->held = e.taken;
		if (e.length && s->next[e.length - 1] == '\r')
			e.length--;
		if (blank(s->next, e.length))
			continue;
		if (e.open_quote) {
			fault->code = FAULT_RECORD;
			snprintf(fault->message, sizeof fault->message, "a quotation mark is opened on this line and never closed: close it");
			fault->offset = s->offset;
			fault->line = line + e.quote_line;
			return RECORDS_SKIPPED;
		}
		if (rows && !r->have_header) {
			buf_append(&r->header, s->next, e.length);
			r->have_header = true;
			if (!old_line_ends(s->next, e.length))
				continue;
			fault->code = FAULT_RECORD;
			snprintf(fault->message, sizeof fault->message, "lines end in carriage returns alone: save the file with line feeds");
			fault->offset = s->offset;
			fault->line = line;
			return RECORDS_SKIPPED;
		}
		r->record++;
		if (rows && memchr(s->next, 0, e.length)) {
			fault->code = FAULT_NOT_TEXT;
			snprintf(fault->message, sizeof fault->message, "a row with a NUL byte");
			fault->offset = s->offset + (uint64_t)((const unsigned char *)memchr(s->next, 0, e.length) - s->next);
			fault->line = line;
			return RECORDS_SKIPPED;
		}
		member->bytes = s->next;
		member->length = e.length;
		member->format = r->format;
		member->delimiter = r->delimiter;
		member->record = r->record;
		member->first_line = line;
		member->offset = s->offset;
		member->header = rows ? (const unsigned char *)r->header.data : NULL;
		member->header_length = rows ? r->header.length : 0;
		return RECORDS_RECORD;
	}
}
