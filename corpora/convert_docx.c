/* DOCX (ECMA-376, WordprocessingML): the text as it stands, with insertions and without deletions. Headers, footers and comments
 * are left out; text boxes follow the paragraph they hang on; notes come at the end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "corpora/convert_office.h"

static bool is(const char *element, const char *name)
{
	return strcmp(element, name) == 0;
}

static bool switched_off(const struct xml_attributes *a)
{
	char value[8];
	return xml_attribute(a, "val", value, sizeof value) && (is(value, "0") || is(value, "false") || is(value, "off"));
}

/* A character of a symbol font: a private-use character mostly. */
static void symbol(struct office *o, const struct xml_attributes *a)
{
	char value[8], out[5] = {0};
	if (!xml_attribute(a, "char", value, sizeof value))
		return;
	unsigned long c = strtoul(value, NULL, 16);
	if (c < 0x20 || c > 0xFFFD || (c >= 0xD800 && c <= 0xDFFF))
		return;
	out[utf8_encode((uint32_t)c, out)] = '\0';
	office_put(o, out);
}

static void on_start(struct office *o, const char *e, const struct xml_attributes *a)
{
	char value[32];
	if (is(e, "p")) {
		o->begun = o->item = o->heading = false;
	} else if (is(e, "numPr")) {
		o->item = true;
	} else if (is(e, "numId")) {
		if (xml_attribute(a, "val", value, sizeof value) && is(value, "0"))
			o->item = false;
	} else if (is(e, "pStyle")) {
		o->heading = xml_attribute(a, "val", value, sizeof value) && (strncasecmp(value, "heading", 7) == 0 || strncasecmp(value, "title", 5) == 0);
	} else if (is(e, "r")) {
		o->in_run = true;
		o->hidden = false;
	} else if (is(e, "vanish")) {
		if (o->in_run && !switched_off(a))
			o->hidden = true;
	} else if (is(e, "t")) {
		o->listening = !o->hidden;
	} else if (is(e, "tab")) {
		if (o->in_run && !o->hidden)
			flow_tab(o->flow);
	} else if (is(e, "br") || is(e, "cr")) {
		flow_gap(o->flow, xml_attribute(a, "type", value, sizeof value) && is(value, "page") ? GAP_BLANK : GAP_LINE);
	} else if (is(e, "noBreakHyphen")) {
		office_put(o, "\xE2\x80\x91");
	} else if (is(e, "softHyphen")) {
		office_put(o, "\xC2\xAD");
	} else if (is(e, "sym")) {
		if (!o->hidden)
			symbol(o, a);
	} else if (is(e, "tbl")) {
		flow_table_begin(o->flow);
	} else if (is(e, "tr")) {
		flow_row(o->flow);
	} else if (is(e, "tc")) {
		flow_cell(o->flow);
	} else if (is(e, "txbxContent")) {
		office_send_aside(o);
	} else if (is(e, "footnotes") || is(e, "endnotes")) {
		office_send_to_notes(o);
	} else if (is(e, "Fallback") || is(e, "moveFrom") || is(e, "del")) { /* the same text again, or no longer there */
		office_leave_out(o);
	}
}

static void on_end(struct office *o, const char *e)
{
	if (is(e, "t"))
		o->listening = false;
	else if (is(e, "r"))
		o->in_run = false;
	else if (is(e, "p"))
		office_end_paragraph(o);
	else if (is(e, "tbl"))
		flow_table_end(o->flow);
	else if (is(e, "txbxContent"))
		o->in_run = true; /* the one around it */
}

static void on_property(struct office *o, const char *e, const struct xml_attributes *a)
{
	(void)a;
	o->listening = o->in_title = is(e, "title");
}

static void on_property_end(struct office *o, const char *e)
{
	(void)e;
	o->listening = o->in_title = false;
}

void convert_docx(const unsigned char *bytes, size_t length, struct conversion *c)
{
	static const char *const words[] = {"wordprocessingml", "markup-compatibility", NULL}, *const dublin_core[] = {"purl.org/dc/elements", NULL};
	static const struct office_part parts[] = {
		{"word/document.xml", true, words, on_start, on_end},
		{"word/footnotes.xml", false, words, on_start, on_end},
		{"word/endnotes.xml", false, words, on_start, on_end},
		{"docProps/core.xml", false, dublin_core, on_property, on_property_end},
	};
	office_read(bytes, length, parts, sizeof parts / sizeof *parts, c);
}
