/* Looks at HTML or XML before its parser does, for what would take libxml2 minutes: it holds each attribute of a tag against all before it, and in HTML
 * each end tag against the open elements. Follows its parsers as far as it takes to know where a tag begins and ends. */
#ifndef CORPORA_TAG_GUARD_H
#define CORPORA_TAG_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#define TAG_ATTRIBUTES_MOST 1000

/* Zero-initialised but for html is at the start of a document. */
struct tag_guard {
	bool html;           /* scripts and styles hold no tags; instructions end at the first > */
	int state;
	unsigned attributes; /* of the tag so far */
	size_t end_tags;     /* so far */
	unsigned char quote, before[2];
	size_t name_length;
	char name[8];        /* as much as tells script and style from others, in lower case */
	size_t matched;      /* of the end tag of a script or style */
};

/* The next bytes of the document, in pieces of any size. False from the first tag with more attributes on. */
bool tag_guard_feed(struct tag_guard *g, const unsigned char *bytes, size_t length);

#endif
