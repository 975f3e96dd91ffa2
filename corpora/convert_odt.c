/* ODT (OpenDocument 1.2): the text as it stands. Comments and tracked deletions are left out; text boxes follow the paragraph they
 * hang on; notes come at the end. */
#include <stdlib.h>
#include <string.h>

#include "corpora/convert_office.h"

static bool is(const char *element, const char *name)
{
	return strcmp(element, name) == 0;
}

static void on_start(struct office *o, const char *e, const struct xml_attributes *a)
{
	(void)a;
	if (!o->body_at) { /* styles and the like come first */
		if (is(e, "text") && o->depth == 3)
			o->body_at = o->depth;
		return;
	}
	if (is(e, "p") || is(e, "h")) {
		o->begun = false;
		o->heading = is(e, "h");
		o->listening = true;
	} else if (is(e, "list-item")) {
		o->item = true;
	} else if (is(e, "s")) {
		office_put(o, " ");
	} else if (is(e, "tab")) {
		flow_tab(o->flow);
	} else if (is(e, "line-break")) {
		flow_gap(o->flow, GAP_LINE);
	} else if (is(e, "table")) {
		flow_table_begin(o->flow);
	} else if (is(e, "table-row")) {
		flow_row(o->flow);
	} else if (is(e, "table-cell") || is(e, "covered-table-cell")) {
		flow_cell(o->flow);
	} else if (is(e, "text-box")) {
		office_send_aside(o);
	} else if (is(e, "note-body")) {
		office_send_to_notes(o);
	} else if (is(e, "annotation") || is(e, "annotation-end") || is(e, "tracked-changes") || is(e, "note-citation") || is(e, "ruby-text") ||
	           is(e, "forms") || is(e, "hidden-text") || is(e, "title") || is(e, "desc")) {
		office_leave_out(o);
	}
}

static void on_end(struct office *o, const char *e)
{
	if (o->body_at > o->depth) {
		o->body_at = 0;
		o->listening = false;
	} else if (is(e, "p") || is(e, "h")) {
		office_end_paragraph(o);
		o->listening = false;
	} else if (is(e, "text-box") || is(e, "note-body")) {
		o->listening = true; /* in the paragraph around it */
	} else if (is(e, "table")) {
		flow_table_end(o->flow);
	} else if (is(e, "list-item")) {
		o->item = false;
	}
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

static void on_manifest(struct office *o, const char *e, const struct xml_attributes *a)
{
	(void)a;
	o->encrypted |= is(e, "encryption-data");
}

static void on_manifest_end(struct office *o, const char *e)
{
	(void)o, (void)e;
}

void convert_odt(const unsigned char *bytes, size_t length, struct conversion *c)
{
	static const char *const content[] = {"opendocument:xmlns", NULL}, *const dublin_core[] = {"purl.org/dc/elements", NULL};
	static const struct office_part parts[] = {
		{"META-INF/manifest.xml", false, content, on_manifest, on_manifest_end},
		{"content.xml", true, content, on_start, on_end},
		{"meta.xml", false, dublin_core, on_property, on_property_end},
	};
	office_read(bytes, length, parts, sizeof parts / sizeof *parts, c);
}
