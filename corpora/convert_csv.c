/* CSV and TSV rows, by the same rules as archive.h cuts them: a field that begins with a quotation mark runs to the mark that closes it,
 * two marks standing for one; a mark elsewhere is an ordinary character. Every row has as many fields as the header: one
 * that has not was torn or badly quoted, and its text cannot be trusted to be whole. */
#include <stdio.h>
#include <string.h>

#include "corpora/convert.h"

/* One field; *at moves behind its delimiter. False: text after a closing mark, or no closing mark. */
static bool next_field(const unsigned char *row, size_t length, char delimiter, size_t *at, const unsigned char **value, size_t *value_length,
                       bool *doubled)
{
	const unsigned char *p = row + *at, *end = row + length;
	*doubled = false;
	if (p < end && *p == '"') {
		const unsigned char *from = ++p;
		for (;;) {
			p = p < end ? memchr(p, '"', (size_t)(end - p)) : NULL;
			if (!p)
				return false;
			if (p + 1 == end || p[1] != '"')
				break;
			*doubled = true;
			p += 2;
		}
		*value = from;
		*value_length = (size_t)(p - from);
		p++;
		if (p < end && *p != (unsigned char)delimiter)
			return false;
	} else {
		const unsigned char *stop = p < end ? memchr(p, delimiter, (size_t)(end - p)) : NULL;
		*value = p;
		*value_length = (size_t)((stop ? stop : end) - p);
		p = stop ? stop : end;
	}
	*at = p < end ? (size_t)(p - row) + 1 : length + 1; /* behind the end: there is no other field */
	return true;
}

static void undouble(const unsigned char *value, size_t length, struct buf *out)
{
	buf_clear(out);
	for (const unsigned char *p = value, *end = value + length; p < end;) {
		const unsigned char *mark = memchr(p, '"', (size_t)(end - p));
		const unsigned char *stop = mark ? mark + 1 : end; /* the first of the two stays */
		buf_append(out, p, (size_t)(stop - p));
		p = mark ? mark + 2 : end;
	}
}

void csv_release(struct csv_reader *c)
{
	buf_release(&c->header);
	*c = (struct csv_reader){0};
}

static void read_header(struct csv_reader *c, const struct field_names *names, const struct member *m)
{
	bool same = c->columns && c->delimiter == m->delimiter && c->header.length == m->header_length &&
	            memcmp(c->header.data, m->header, m->header_length) == 0;
	if (same)
		return;
	buf_clear(&c->header);
	buf_append(&c->header, m->header, m->header_length);
	c->delimiter = m->delimiter;
	c->columns = 0;
	c->twice = NULL;
	memset(c->column, 0, sizeof c->column);
	struct buf plain = BUF_INIT;
	for (size_t at = 0; at <= m->header_length;) {
		const unsigned char *value;
		size_t length;
		bool doubled;
		if (!next_field(m->header, m->header_length, m->delimiter, &at, &value, &length, &doubled)) {
			c->columns = SIZE_MAX;
			break;
		}
		buf_clear(&plain);
		undouble(value, doubled ? length : 0, &plain);
		const char *name = doubled ? plain.data : (const char *)value;
		length = doubled ? plain.length : length;
		while (length && *name == ' ') {
			name++;
			length--;
		}
		while (length && name[length - 1] == ' ')
			length--;
		c->columns++;
		enum field field;
		unsigned rank;
		if (field_find(names, name, length, &field, &rank)) {
			if (c->column[field][rank])
				c->twice = names->names[field][rank];
			c->column[field][rank] = c->columns;
		}
	}
	buf_release(&plain);
}

static bool complain(struct complaint *complaint, const char *what)
{
	complaint->code = FAULT_RECORD;
	snprintf(complaint->what, sizeof complaint->what, "%s", what);
	return false;
}

bool csv_read(struct csv_reader *c, const struct field_names *names, const struct member *m, struct record *r, struct complaint *complaint)
{
	read_header(c, names, m);
	if (c->columns == SIZE_MAX)
		return complain(complaint, "the header's quotation marks do not match");
	if (c->twice) {
		snprintf(complaint->what, sizeof complaint->what, "the header names the column \"%.40s\" twice", c->twice);
		complaint->code = FAULT_RECORD;
		return false;
	}
	memset(r->found, 0, sizeof r->found);
	memset(r->length, 0, sizeof r->length);
	unsigned best[FIELD_COUNT];
	for (unsigned f = 0; f < FIELD_COUNT; f++)
		best[f] = FIELD_NAMES_MAX;
	size_t columns = 0;
	for (size_t at = 0; at <= m->length;) {
		const unsigned char *value;
		size_t length;
		bool doubled;
		complaint->at = at;
		if (!next_field(m->bytes, m->length, m->delimiter, &at, &value, &length, &doubled))
			return complain(complaint, "a quotation mark inside a quoted field: write it twice");
		columns++;
		for (unsigned f = 0; f < FIELD_COUNT; f++)
			for (unsigned rank = 0; rank < FIELD_NAMES_MAX && names->names[f][rank]; rank++) {
				if (c->column[f][rank] != columns)
					continue;
				bool better = !r->found[f] || (length && (!r->length[f] || rank < best[f]));
				if (!better)
					continue;
				best[f] = rank;
				r->found[f] = true;
				r->value[f] = (const char *)value;
				r->length[f] = length;
				if (doubled) {
					undouble(value, length, &r->store[f]);
					r->value[f] = r->store[f].data;
					r->length[f] = r->store[f].length;
				}
			}
	}
	complaint->at = 0;
	if (columns != c->columns) {
		snprintf(complaint->what, sizeof complaint->what, "%zu fields where the header has %zu: a line end or delimiter stands unquoted?", columns,
		         c->columns);
		complaint->code = FAULT_RECORD;
		return false;
	}
	if (!r->found[FIELD_TEXT]) {
		struct buf list = BUF_INIT;
		field_list(names, FIELD_TEXT, &list);
		snprintf(complaint->what, sizeof complaint->what, "no column of text (looked for %.90s); name it with --text-field", list.data);
		complaint->code = FAULT_RECORD;
		buf_release(&list);
		return false;
	}
	return true;
}
