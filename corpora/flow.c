#include "corpora/flow.h"

#include <stdio.h>
#include <string.h>

void flow_release(struct flow *f)
{
	buf_release(&f->out);
	*f = (struct flow){0};
}

/* The row that cells now belong to, or NULL. */
static bool in_row(const struct flow *f)
{
	return f->table >= 1 && f->table <= FLOW_TABLES;
}

static void before_text(struct flow *f)
{
	static const char *const gaps[] = {"", " ", "\n", "\n\n"};
	if (f->out.length && (f->gap != GAP_SPACE || !f->tabs))
		buf_append_str(&f->out, gaps[f->gap]);
	for (; f->tabs; f->tabs--)
		buf_append_char(&f->out, '\t');
	buf_append_str(&f->out, f->marker);
	f->marker[0] = '\0';
	f->gap = GAP_NONE;
	for (unsigned i = 0; i < f->table && i < FLOW_TABLES; i++)
		f->row[i].text = true;
}

static bool is_space(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void flow_text(struct flow *f, const char *s, size_t length)
{
	for (size_t at = 0; at < length;) {
		size_t from = at;
		while (at < length && is_space((unsigned char)s[at]))
			at++;
		if (at > from) {
			if (f->verbatim) {
				size_t lines = 0;
				for (size_t i = from; i < at; i++)
					lines += s[i] == '\n';
				flow_gap(f, lines > 1 ? GAP_BLANK : lines ? GAP_LINE : GAP_SPACE);
			} else {
				flow_gap(f, GAP_SPACE);
			}
		}
		from = at;
		while (at < length && !is_space((unsigned char)s[at]))
			at++;
		if (at > from) {
			before_text(f);
			buf_append(&f->out, s + from, at - from);
		}
	}
}

void flow_gap(struct flow *f, enum flow_gap gap)
{
	if (f->tabs && gap > GAP_SPACE) /* the first block of a cell begins with the cell */
		return;
	if (gap > f->gap)
		f->gap = gap;
}

void flow_line_break(struct flow *f)
{
	flow_gap(f, f->gap >= GAP_LINE ? GAP_BLANK : GAP_LINE);
}

void flow_tab(struct flow *f)
{
	if (f->gap <= GAP_SPACE && f->out.length) {
		f->gap = GAP_NONE;
		f->tabs = 1;
	}
}

void flow_item(struct flow *f, unsigned number)
{
	flow_gap(f, GAP_LINE);
	if (number)
		snprintf(f->marker, sizeof f->marker, "%u. ", number);
	else
		snprintf(f->marker, sizeof f->marker, "• ");
}

void flow_table_begin(struct flow *f)
{
	flow_gap(f, GAP_BLANK);
	f->table++;
	if (in_row(f))
		f->row[f->table - 1].cells = 0;
}

void flow_table_end(struct flow *f)
{
	if (!f->table)
		return;
	f->table--;
	f->tabs = 0;
	flow_gap(f, GAP_BLANK);
}

void flow_row(struct flow *f)
{
	f->tabs = 0;
	flow_gap(f, GAP_BLANK);
	if (in_row(f)) {
		f->row[f->table - 1].cells = 0;
		f->row[f->table - 1].text = false;
	}
}

void flow_cell(struct flow *f)
{
	if (!in_row(f)) {
		flow_gap(f, GAP_BLANK);
		return;
	}
	f->marker[0] = '\0';
	if (f->row[f->table - 1].cells++) {
		f->tabs++;
		if (f->row[f->table - 1].text)
			f->gap = GAP_NONE;
	}
}
