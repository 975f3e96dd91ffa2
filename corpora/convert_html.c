/* The main text of an HTML page, as a reader would read it, by libxml2's HTML parser as a stream of events: no tree, no recursion, no
 * network, no entities but HTML's own.
 *
 * Left out: scripts, styles, templates, embedded objects, form controls, navigation, page footers, page headers outside the
 * main content, and what is hidden. If the page marks its main content (main, role=main) that alone counts. */
#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "corpora/flow.h"
#include "corpora/sandbox.h"
#include "corpora/tag_guard.h"
#include "corpora/text.h"
#include "corpora/xml_memory.h"

enum role {
	ROLE_INLINE,
	ROLE_LINE,   /* on lines of its own */
	ROLE_BLOCK,  /* a blank line on both sides */
	ROLE_BREAK,
	ROLE_OUT,    /* left out with all that is in it */
	ROLE_TABLE,
	ROLE_ROW,
	ROLE_CELL,
	ROLE_ITEM,
	ROLE_LIST,
	ROLE_NUMBERED,
	ROLE_PRE,
	ROLE_RAISED, /* a number in it is a note's mark, no part of the word before */
	ROLE_TITLE,
	ROLE_MAIN,
	ROLE_PART,   /* article, section: a header in it is its own */
	ROLE_HEADER,
	ROLE_FOOTER
};

static const struct {
	const char *name;
	enum role role;
} elements[] = {
	{"address", ROLE_BLOCK}, {"article", ROLE_PART}, {"aside", ROLE_BLOCK}, {"audio", ROLE_OUT}, {"blockquote", ROLE_BLOCK},
	{"body", ROLE_BLOCK}, {"br", ROLE_BREAK}, {"button", ROLE_OUT}, {"canvas", ROLE_OUT}, {"caption", ROLE_BLOCK}, {"center", ROLE_BLOCK},
	{"datalist", ROLE_OUT}, {"dd", ROLE_LINE}, {"details", ROLE_BLOCK}, {"dialog", ROLE_OUT}, {"div", ROLE_BLOCK}, {"dl", ROLE_BLOCK},
	{"dt", ROLE_BLOCK}, {"fieldset", ROLE_BLOCK}, {"figcaption", ROLE_BLOCK}, {"figure", ROLE_BLOCK}, {"footer", ROLE_FOOTER},
	{"form", ROLE_BLOCK}, {"frameset", ROLE_OUT}, {"h1", ROLE_BLOCK}, {"h2", ROLE_BLOCK}, {"h3", ROLE_BLOCK}, {"h4", ROLE_BLOCK},
	{"h5", ROLE_BLOCK}, {"h6", ROLE_BLOCK}, {"header", ROLE_HEADER}, {"hr", ROLE_BLOCK}, {"iframe", ROLE_OUT}, {"legend", ROLE_BLOCK},
	{"li", ROLE_ITEM}, {"main", ROLE_MAIN}, {"nav", ROLE_OUT}, {"noscript", ROLE_OUT}, {"object", ROLE_OUT}, {"ol", ROLE_NUMBERED},
	{"option", ROLE_OUT}, {"p", ROLE_BLOCK}, {"pre", ROLE_PRE}, {"script", ROLE_OUT}, {"section", ROLE_PART}, {"select", ROLE_OUT},
	{"style", ROLE_OUT}, {"summary", ROLE_BLOCK}, {"sup", ROLE_RAISED}, {"svg", ROLE_OUT}, {"table", ROLE_TABLE}, {"td", ROLE_CELL}, {"template", ROLE_OUT},
	{"textarea", ROLE_OUT}, {"th", ROLE_CELL}, {"title", ROLE_TITLE}, {"tr", ROLE_ROW}, {"ul", ROLE_LIST}, {"video", ROLE_OUT},
};

#define LISTS 16
#define STEPS_MOST 2000000000 /* elements open at a time by end tags: the parser goes through all of the former for each of the latter that fits none */

struct page {
	struct flow flow, title;
	unsigned depth;
	unsigned out_at, title_at, main_at, pre_at; /* depth at which it began, 0: not in one */
	unsigned part_count;                        /* articles, sections and main around */
	unsigned list;
	int numbers[LISTS];                         /* of the lists around: the next number, 0 for bullets */
	size_t main_start;
	struct buf main_text;                       /* what stood in main so far */
	bool raised;                                /* the next text begins a raised piece */
	bool has_main, has_title;
	unsigned too_deep;                          /* how deep, where that was too much */
	size_t end_tags;                            /* of the page */
	htmlParserCtxtPtr parser;
};

static enum role role_of(const char *name)
{
	size_t low = 0, high = sizeof elements / sizeof *elements;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcasecmp(name, elements[middle].name);
		if (order == 0)
			return elements[middle].role;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return ROLE_INLINE;
}

/* The element's role, its attributes heard. */
static enum role role_with(const char *name, const xmlChar **attributes)
{
	enum role role = role_of(name);
	for (size_t i = 0; attributes && attributes[i]; i += 2) {
		const char *key = (const char *)attributes[i], *value = attributes[i + 1] ? (const char *)attributes[i + 1] : "";
		if (strcasecmp(key, "hidden") == 0)
			return ROLE_OUT;
		if (strcasecmp(key, "style") == 0 && (strcasestr(value, "display:none") || strcasestr(value, "display: none")))
			return ROLE_OUT;
		if (strcasecmp(key, "role") == 0) {
			if (strcasecmp(value, "main") == 0)
				role = ROLE_MAIN;
			else if (strcasecmp(value, "navigation") == 0 || strcasecmp(value, "search") == 0)
				return ROLE_OUT;
			else if (strcasecmp(value, "banner") == 0)
				role = role == ROLE_PART ? role : ROLE_HEADER;
			else if (strcasecmp(value, "contentinfo") == 0)
				role = role == ROLE_PART ? role : ROLE_FOOTER;
		}
	}
	return role;
}

static int start_number(const xmlChar **attributes)
{
	for (size_t i = 0; attributes && attributes[i]; i += 2)
		if (strcasecmp((const char *)attributes[i], "start") == 0 && attributes[i + 1]) {
			int n = 0;
			return sscanf((const char *)attributes[i + 1], "%5d", &n) == 1 && n > 0 ? n : 1;
		}
	return 1;
}

static void on_start(void *context, const xmlChar *name, const xmlChar **attributes)
{
	struct page *p = context;
	if (++p->depth * (uint64_t)p->end_tags > STEPS_MOST) {
		p->too_deep = p->depth;
		xmlStopParser(p->parser);
	}
	if (p->out_at)
		return;
	struct flow *f = &p->flow;
	enum role role = role_with((const char *)name, attributes);
	if ((role == ROLE_HEADER || role == ROLE_FOOTER) && !p->part_count)
		role = ROLE_OUT;
	switch (role) {
	case ROLE_INLINE:
		break;
	case ROLE_LINE:
		flow_gap(f, GAP_LINE);
		break;
	case ROLE_BREAK:
		flow_line_break(f);
		break;
	case ROLE_RAISED:
		p->raised = true;
		break;
	case ROLE_OUT:
		p->out_at = p->depth;
		flow_gap(f, GAP_SPACE);
		break;
	case ROLE_TABLE:
		flow_table_begin(f);
		break;
	case ROLE_ROW:
		flow_row(f);
		break;
	case ROLE_CELL:
		flow_cell(f);
		break;
	case ROLE_ITEM: {
		int *number = p->list && p->list <= LISTS ? &p->numbers[p->list - 1] : NULL;
		flow_item(f, number && *number ? (unsigned)(*number)++ : 0);
		break;
	}
	case ROLE_LIST:
	case ROLE_NUMBERED:
		flow_gap(f, p->list ? GAP_LINE : GAP_BLANK);
		if (p->list++ < LISTS)
			p->numbers[p->list - 1] = role == ROLE_NUMBERED ? start_number(attributes) : 0;
		break;
	case ROLE_PRE:
		flow_gap(f, GAP_BLANK);
		if (!p->pre_at) {
			p->pre_at = p->depth;
			f->verbatim = true;
		}
		break;
	case ROLE_TITLE:
		if (!p->title_at && !p->has_title)
			p->title_at = p->depth;
		else
			p->out_at = p->depth;
		break;
	case ROLE_MAIN:
		flow_gap(f, GAP_BLANK);
		if (!p->main_at) {
			p->main_at = p->depth;
			p->main_start = f->out.length;
			p->part_count++;
		}
		break;
	case ROLE_PART:
		p->part_count++;
		flow_gap(f, GAP_BLANK);
		break;
	case ROLE_BLOCK:
	case ROLE_HEADER:
	case ROLE_FOOTER:
		flow_gap(f, GAP_BLANK);
		break;
	}
}

static void end_main(struct page *p)
{
	struct flow *f = &p->flow;
	size_t from = p->main_start;
	while (from < f->out.length && strchr("\n\t ", f->out.data[from]))
		from++;
	if (from < f->out.length) {
		if (p->main_text.length)
			buf_append_str(&p->main_text, "\n\n");
		buf_append(&p->main_text, f->out.data + from, f->out.length - from);
	}
	p->has_main = true;
	p->main_at = 0;
	p->part_count--;
}

static void on_end(void *context, const xmlChar *name)
{
	struct page *p = context;
	unsigned at = p->depth;
	if (!at)
		return;
	p->depth--;
	if (p->out_at) {
		if (p->out_at == at)
			p->out_at = 0;
		return;
	}
	struct flow *f = &p->flow;
	if (p->title_at == at) {
		p->title_at = 0;
		p->has_title = true;
		return;
	}
	if (p->main_at == at) {
		flow_gap(f, GAP_BLANK);
		end_main(p);
		return;
	}
	if (p->pre_at == at) {
		p->pre_at = 0;
		f->verbatim = false;
	}
	switch (role_of((const char *)name)) {
	case ROLE_LINE:
	case ROLE_ITEM:
		flow_gap(f, GAP_LINE);
		break;
	case ROLE_TABLE:
		flow_table_end(f);
		break;
	case ROLE_LIST:
	case ROLE_NUMBERED:
		if (p->list)
			p->list--;
		flow_gap(f, p->list ? GAP_LINE : GAP_BLANK);
		break;
	case ROLE_PART:
		if (p->part_count) /* a section may have been the main content of another */
			p->part_count--;
		flow_gap(f, GAP_BLANK);
		break;
	case ROLE_BLOCK:
	case ROLE_PRE:
	case ROLE_MAIN:
	case ROLE_HEADER:
	case ROLE_FOOTER:
		flow_gap(f, GAP_BLANK);
		break;
	default:
		break;
	}
}

static void on_text(void *context, const xmlChar *text, int length)
{
	struct page *p = context;
	if (p->out_at || length <= 0)
		return;
	if (p->raised && ((text[0] >= '0' && text[0] <= '9') || text[0] == '[' || text[0] == '('))
		flow_gap(&p->flow, GAP_SPACE);
	p->raised = false;
	flow_text(p->title_at ? &p->title : &p->flow, (const char *)text, (size_t)length);
}

/* A charset that the page declares and that is read here neither as UTF-8 nor as Windows-1252. */
static bool foreign_charset(const unsigned char *bytes, size_t length, char *name, size_t size)
{
	static const char *const known[] = {"utf-8", "utf8", "windows-1252", "cp1252", "iso-8859-1", "iso-8859-15", "latin1", "us-ascii", "ascii", "utf-16"};
	size_t look = length < 2048 ? length : 2048;
	const char *at = NULL;
	for (size_t i = 0; i + 8 < look && !at; i++)
		if (strncasecmp((const char *)bytes + i, "charset=", 8) == 0)
			at = (const char *)bytes + i + 8;
	if (!at)
		return false;
	const char *end = (const char *)bytes + look;
	while (at < end && strchr("\"' ", *at))
		at++;
	size_t n = 0;
	while (at < end && n + 1 < size && ((*at >= '0' && *at <= '9') || ((*at | 0x20) >= 'a' && (*at | 0x20) <= 'z') || *at == '-' || *at == '_'))
		name[n++] = *at++;
	name[n] = '\0';
	if (!n)
		return false;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcasecmp(name, known[i]) == 0)
			return false;
	return true;
}

void convert_html(const unsigned char *bytes, size_t length, struct conversion *c)
{
	struct text text = {0};
	char charset[32];
	if (text_decode(&text, bytes, length) == TEXT_BINARY) {
		c->code = FAULT_NOT_TEXT;
		snprintf(c->why, sizeof c->why, "no text: too many control characters for HTML");
		goto done;
	}
	if (strcmp(text.encoding, "windows-1252") == 0 && foreign_charset(bytes, length, charset, sizeof charset)) {
		c->code = FAULT_UNSUPPORTED;
		snprintf(c->why, sizeof c->why, "HTML in the encoding %s; save it as UTF-8", charset);
		goto done;
	}
	struct tag_guard guard = {.html = true};
	if (!tag_guard_feed(&guard, (const unsigned char *)text.bytes, text.length)) {
		c->code = FAULT_LIMIT;
		snprintf(c->why, sizeof c->why, "a tag of more than %d attributes", TAG_ATTRIBUTES_MOST);
		goto done;
	}
	c->replaced = text.replaced;

	xml_memory_ours();
	htmlParserCtxtPtr parser = htmlNewParserCtxt();
	struct page page = {.parser = parser, .end_tags = guard.end_tags};
	htmlSAXHandler events = {.startElement = on_start, .endElement = on_end, .characters = on_text, .ignorableWhitespace = on_text};
	memcpy(parser->sax, &events, sizeof events);
	parser->userData = &page;
	htmlCtxtReadMemory(parser, text.bytes, (int)text.length, NULL, "UTF-8", HTML_PARSE_NONET | HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
	bool whole = !parser->disableSAX;
	htmlFreeParserCtxt(parser);
	if (page.too_deep) {
		c->code = FAULT_LIMIT;
		snprintf(c->why, sizeof c->why, "elements more than %u deep in one another and %zu end tags", page.too_deep - 1, guard.end_tags);
	} else if (!whole) {
		c->code = FAULT_CONVERTER;
		snprintf(c->why, sizeof c->why, "the HTML parser gave up before the end of the page");
	} else {
		if (page.main_at)
			end_main(&page);
		struct buf *from = page.has_main && page.main_text.length ? &page.main_text : &page.flow.out;
		buf_append(&c->text, from->data, from->length);
		buf_append(&c->title, page.title.out.data, page.title.out.length);
	}
	buf_release(&page.main_text);
	flow_release(&page.flow);
	flow_release(&page.title);
done:
	text_release(&text);
}
