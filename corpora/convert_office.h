/* What DOCX and ODT share: a zip of XML parts, each read as a stream of events; and the writer of their text. In the sandbox's child. */
#ifndef CORPORA_CONVERT_OFFICE_H
#define CORPORA_CONVERT_OFFICE_H

#include <stdbool.h>
#include <stddef.h>

#include "corpora/flow.h"
#include "corpora/sandbox.h"

/* Attributes as libxml2 gives them: five pointers each. */
struct xml_attributes {
	int count;
	const unsigned char **five;
};
/* Whether one of that local name is there; its value is copied, cut to fit. */
bool xml_attribute(const struct xml_attributes *a, const char *name, char *value, size_t size);

struct office;

/* One part of the package that is read. space: the end of the namespaces' names whose elements start and end get to see, "" for all. */
struct office_part {
	const char *name;      /* path in the zip */
	bool needed;
	const char *const *spaces; /* NULL-terminated substrings of namespace names, one of which an element's must hold */
	void (*start)(struct office *o, const char *element, const struct xml_attributes *attributes);
	void (*end)(struct office *o, const char *element);
};

/* The text being made. Handlers call office_text() through `listening`; what is skipped is skipped by depth. */
struct office {
	struct flow body;      /* the running text */
	struct flow aside;     /* text boxes, given after the paragraph they hang on */
	struct flow notes;     /* footnotes and endnotes, given at the end */
	struct flow title;
	struct flow *flow;     /* of the first three: where text goes now */
	unsigned depth, out_at;/* out_at: depth of the element that is left out, 0: none */
	unsigned aside_at, notes_at;
	bool listening;        /* characters are text now */
	bool encrypted;
	/* for the formats */
	bool begun, item, heading, hidden, in_run, in_title;
	unsigned list, body_at;
};

/* Reads the parts of the package in the order given and fills c. */
void office_read(const unsigned char *bytes, size_t length, const struct office_part *parts, size_t count, struct conversion *c);

/* Leaves out the element just begun, with all that is in it. */
void office_leave_out(struct office *o);
/* Sends what the element just begun holds elsewhere, until its end. */
void office_send_aside(struct office *o);
void office_send_to_notes(struct office *o);
/* Before anything of a paragraph: a blank line, or for a list item its mark. */
void office_begin_paragraph(struct office *o);
/* After a paragraph of the body: what hung on it. */
void office_end_paragraph(struct office *o);
void office_put(struct office *o, const char *text);

#endif
