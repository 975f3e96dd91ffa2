#include "corpora/convert_office.h"

#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>

#include "corpora/archive.h"
#include "corpora/stream.h"
#include "corpora/tag_guard.h"
#include "corpora/unpack_zip.h"
#include "corpora/xml_memory.h"

#define XML_BYTES_MAX (512ull << 20) /* of one package, unpacked */
#define SPACES_MOST 1000u            /* name spaces in force at a time, all of which libxml2 goes through for a name */
#define DEPTH_MOST 256               /* of libxml2, elements in elements */

/* What libxml2 hands to every event. */
struct reading {
	struct office *office;
	const struct office_part *part;
	xmlParserCtxtPtr parser;
	bool declared; /* a document type, which no office format has and which is where entities come from */
	unsigned spaces, spaces_at[DEPTH_MOST + 2]; /* in force, and of those the ones that an element at that depth brought */
};

bool xml_attribute(const struct xml_attributes *a, const char *name, char *value, size_t size)
{
	for (int i = 0; i < a->count; i++) {
		const unsigned char **one = a->five + 5 * (size_t)i;
		if (strcmp((const char *)one[0], name) != 0)
			continue;
		size_t length = (size_t)(one[4] - one[3]);
		if (length >= size)
			length = size - 1;
		memcpy(value, one[3], length);
		value[length] = '\0';
		return true;
	}
	return false;
}

static bool concerns(const struct office_part *part, const xmlChar *space)
{
	for (const char *const *s = part->spaces; *s; s++)
		if (space && strstr((const char *)space, *s))
			return true;
	return false;
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *space, int space_count, const xmlChar **spaces,
                     int count, int defaulted, const xmlChar **attributes)
{
	(void)prefix, (void)spaces, (void)defaulted;
	struct reading *r = context;
	struct office *o = r->office;
	if (++o->depth < sizeof r->spaces_at / sizeof *r->spaces_at)
		r->spaces += r->spaces_at[o->depth] = (unsigned)space_count;
	if (r->spaces > SPACES_MOST)
		xmlStopParser(r->parser);
	if (o->out_at || !concerns(r->part, space))
		return;
	struct xml_attributes a = {count, attributes};
	r->part->start(o, (const char *)name, &a);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *space)
{
	(void)prefix;
	struct reading *r = context;
	struct office *o = r->office;
	unsigned at = o->depth--;
	if (at < sizeof r->spaces_at / sizeof *r->spaces_at && r->spaces <= SPACES_MOST)
		r->spaces -= r->spaces_at[at];
	if (o->out_at) {
		if (o->out_at == at)
			o->out_at = 0;
		return;
	}
	if (concerns(r->part, space))
		r->part->end(o, (const char *)name);
	if (o->aside_at == at || o->notes_at == at) {
		*(o->aside_at == at ? &o->aside_at : &o->notes_at) = 0;
		o->flow = o->notes_at ? &o->notes : o->aside_at ? &o->aside : &o->body;
		o->begun = true; /* the paragraph around it goes on */
	}
}

static void on_text(void *context, const xmlChar *text, int length)
{
	struct reading *r = context;
	struct office *o = r->office;
	if (o->out_at || !o->listening || length <= 0)
		return;
	if (o->in_title) {
		flow_text(&o->title, (const char *)text, (size_t)length);
		return;
	}
	office_begin_paragraph(o);
	flow_text(o->flow, (const char *)text, (size_t)length);
}

static void on_document_type(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)name, (void)external, (void)system;
	struct reading *r = context;
	r->declared = true;
	xmlStopParser(r->parser);
}

void office_leave_out(struct office *o)
{
	o->out_at = o->depth;
}

void office_send_aside(struct office *o)
{
	if (o->aside_at || o->notes_at)
		return;
	o->aside_at = o->depth;
	o->flow = &o->aside;
}

void office_send_to_notes(struct office *o)
{
	if (o->notes_at)
		return;
	o->notes_at = o->depth;
	o->flow = &o->notes;
}

void office_begin_paragraph(struct office *o)
{
	if (o->begun)
		return;
	o->begun = true;
	if (o->item && !o->heading)
		flow_item(o->flow, 0);
	else
		flow_gap(o->flow, GAP_BLANK);
	o->item = false;
}

static void append(struct flow *to, struct flow *from)
{
	if (!from->out.length)
		return;
	if (to->out.length)
		buf_append_str(&to->out, "\n\n");
	buf_append(&to->out, from->out.data, from->out.length);
	to->gap = GAP_BLANK;
	buf_clear(&from->out);
	from->gap = GAP_NONE;
}

void office_end_paragraph(struct office *o)
{
	flow_gap(o->flow, GAP_LINE);
	if (o->flow == &o->body && !o->body.table)
		append(&o->body, &o->aside);
}

void office_put(struct office *o, const char *text)
{
	office_begin_paragraph(o);
	flow_text(o->flow, text, strlen(text));
}

static void fail(struct conversion *c, enum fault_code code, const char *part, const char *what)
{
	c->code = code;
	snprintf(c->why, sizeof c->why, "%s%s%.100s", part ? part : "", part ? ": " : "", what);
}

/* One part from its stream through the parser. */
static void read_part(struct stream *s, const struct office_part *part, struct office *o, struct conversion *c)
{
	xmlSAXHandler events = {.initialized = XML_SAX2_MAGIC, .startElementNs = on_start, .endElementNs = on_end, .characters = on_text,
	                        .ignorableWhitespace = on_text, .cdataBlock = on_text, .internalSubset = on_document_type};
	struct reading r = {.office = o, .part = part};
	r.parser = xmlCreatePushParserCtxt(&events, &r, NULL, 0, NULL);
	xmlCtxtUseOptions(r.parser, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	o->depth = o->out_at = o->aside_at = o->notes_at = 0;
	o->flow = &o->body;
	o->listening = o->in_title = false;
	struct tag_guard guard = {0};
	bool guarded = true;
	size_t n;
	while ((n = stream_ahead(s, 1))) {
		if (n > 1 << 20)
			n = 1 << 20;
		if (!(guarded = tag_guard_feed(&guard, s->next, n)))
			break;
		xmlParseChunk(r.parser, (const char *)s->next, (int)n, 0);
		stream_take(s, n);
		if (!r.parser->wellFormed)
			break;
	}
	if (s->failed)
		fail(c, s->fault->code, part->name, s->fault->message);
	else if (!guarded || r.spaces > SPACES_MOST) {
		char what[64];
		snprintf(what, sizeof what, guarded ? "more than %d name spaces in force" : "a tag of more than %d attributes", guarded ? (int)SPACES_MOST : TAG_ATTRIBUTES_MOST);
		fail(c, FAULT_LIMIT, part->name, what);
	} else if (r.declared)
		fail(c, FAULT_CORRUPT, part->name, "it declares a document type, which no such file does");
	else {
		xmlParseChunk(r.parser, NULL, 0, 1);
		if (r.declared || !r.parser->wellFormed)
			fail(c, FAULT_CORRUPT, part->name, "not well-formed XML");
	}
	if (r.parser->myDoc)
		xmlFreeDoc(r.parser->myDoc);
	xmlFreeParserCtxt(r.parser);
}

/* Finds a part in the package, in c->code what came of it. False if it is not there. */
static bool open_part(struct zip *zip, const struct origin *origin, const struct archive_limits *limits, const struct office_part *part,
                      struct zip_entry *entry, struct conversion *c)
{
	struct fault fault = {0};
	if (!zip_open(zip, origin, limits, &fault)) {
		fail(c, fault.code, NULL, fault.message);
		return false;
	}
	size_t n = strlen(part->name);
	for (;;)
		switch (zip_next(zip, entry, &fault)) {
		case ZIP_ENTRY:
			if (entry->name_length == n && memcmp(entry->name, part->name, n) == 0)
				return true;
			break;
		case ZIP_BAD:
			if (entry->name_length == n && memcmp(entry->name, part->name, n) == 0) {
				fail(c, fault.code, part->name, fault.message);
				return false;
			}
			break;
		case ZIP_GAP:
			break;
		case ZIP_END:
			if (part->needed)
				fail(c, FAULT_CORRUPT, part->name, "this part is missing");
			return false;
		}
}

void office_read(const unsigned char *bytes, size_t length, const struct office_part *parts, size_t count, struct conversion *c)
{
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	limits.unit_bytes = XML_BYTES_MAX;
	struct budget budget = {.limits = &limits, .packed = length};
	struct origin origin = {.fd = -1, .memory = bytes, .size = length, .seekable = true};
	struct zip zip = {0};
	struct stream packed = {0}, unpacked = {0};
	struct unpacker *data = zip_data_new(&limits);
	struct office o = {0};
	xml_memory_ours();
	for (size_t i = 0; i < count && c->code == FAULT_NONE; i++) {
		struct zip_entry entry;
		struct fault fault = {0};
		if (!open_part(&zip, &origin, &limits, &parts[i], &entry, c))
			continue;
		stream_open_memory(&packed, bytes + entry.data, (size_t)entry.packed, &fault);
		zip_data_set(data, &entry);
		stream_open_codec(&unpacked, &packed, data, &budget, 0, &fault);
		read_part(&unpacked, &parts[i], &o, c);
		if (o.encrypted)
			fail(c, FAULT_ENCRYPTED, NULL, "the document needs a password; save it without one");
	}
	if (c->code == FAULT_NONE) {
		append(&o.body, &o.aside);
		append(&o.body, &o.notes);
		buf_append(&c->text, o.body.out.data, o.body.out.length);
		buf_append(&c->title, o.title.out.data, o.title.out.length);
	}
	flow_release(&o.body);
	flow_release(&o.aside);
	flow_release(&o.notes);
	flow_release(&o.title);
	data->kind->close(data);
	stream_release(&unpacked);
	zip_release(&zip);
}
