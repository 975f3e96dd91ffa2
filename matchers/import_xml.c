/* Yoshikoder and Lexicoder 2: <dictionary> of <cnode name> (categories, nested) with <pnode name> (patterns).
 *
 * The XML reader is libxml2's. It is kept from the network and from document type declarations, in which entities could be declared. */
#include <limits.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "matchers/import.h"

static const struct phrase_style style = {.stars = true};

static uint32_t line_of(const xmlNode *node)
{
	long line = xmlGetLineNo(node);
	return line > 0 ? (uint32_t)line : 0;
}

/* An attribute's value in the arena, or NULL. */
static const char *attribute(struct import *in, const xmlNode *node, const char *name)
{
	xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)name);
	if (!value)
		return NULL;
	const char *copy = arena_strndup(&in->arena, (const char *)value, strlen((const char *)value));
	xmlFree(value);
	return copy;
}

static bool is_element(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

/* Names what an element says beside what is kept of it. */
static void warn_of_the_rest(struct import *in, const xmlNode *node, const char *const *kept, const char *shown)
{
	for (const xmlAttr *a = node->properties; a; a = a->next) {
		bool known = false;
		for (const char *const *k = kept; *k; k++)
			known |= strcmp((const char *)a->name, *k) == 0;
		const char *value = known ? NULL : attribute(in, node, (const char *)a->name);
		if (value && *value)
			import_warn(in, "'%s': %s=\"%s\" is left out", shown, (const char *)a->name, value);
	}
}

static void read_children(struct import *in, const xmlNode *parent, uint32_t theme)
{
	static const char *const kept_of_category[] = {"name", "desc", "color", NULL}, *const kept_of_pattern[] = {"name", NULL};
	for (const xmlNode *node = parent->children; node; node = node->next) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		in->line = line_of(node);
		const char *name = attribute(in, node, "name");
		if (is_element(node, "cnode") && name) {
			const char *description = attribute(in, node, "desc");
			uint32_t child = import_theme(in, theme, name, strlen(name), description && *description ? description : NULL);
			warn_of_the_rest(in, node, kept_of_category, name);
			read_children(in, node, child);
		} else if (is_element(node, "pnode") && name) {
			warn_of_the_rest(in, node, kept_of_pattern, name);
			import_phrase(in, theme == IMPORT_TOP ? import_file_theme(in) : theme, name, strlen(name), &style, "");
		} else
			import_warn(in, "element <%s>%s is left out with all that is in it", (const char *)node->name, name ? "" : ", which has no name,");
	}
}

/* Yoshikoder puts all categories into one that has the dictionary's name and no patterns of its own. */
static const xmlNode *only_category(const xmlNode *root)
{
	const xmlNode *only = NULL;
	for (const xmlNode *node = root->children; node; node = node->next) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		if (only || !is_element(node, "cnode"))
			return NULL;
		only = node;
	}
	bool categories = false;
	for (const xmlNode *node = only ? only->children : NULL; node; node = node->next) {
		if (is_element(node, "pnode"))
			return NULL;
		categories |= is_element(node, "cnode");
	}
	return categories ? only : NULL;
}

static bool read_document(struct import *in, xmlDoc *document)
{
	const xmlNode *root = xmlDocGetRootElement(document);
	if (!root || !is_element(root, "dictionary")) {
		import_error(in, "no Yoshikoder or Lexicoder dictionary: its root is <dictionary>");
		return false;
	}
	const char *engine = attribute(in, root, "patternengine"), *name = attribute(in, root, "name");
	in->line = line_of(root);
	if (engine && strstr(engine, "reg")) {
		import_error(in, "its patterns are regular expressions (patternengine=\"%s\"); rewrite them as entries, or as expressions with flag r", engine);
		return false;
	}
	const xmlNode *top = only_category(root);
	if (top && !name)
		name = attribute(in, top, "name");
	if (name && *name)
		buf_append_str(&in->lexicon_name, name);
	read_children(in, top ? top : root, IMPORT_TOP);
	in->line = 0;
	return true;
}

static void keep_quiet(void *context, const char *format, ...)
{
	(void)context;
	(void)format;
}

/* Entities can only be declared in a document type declaration: reading ends there. */
static void stop_at_declaration(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)name;
	(void)external;
	(void)system;
	xmlParserCtxt *parser = context;
	*(bool *)parser->_private = true;
	xmlStopParser(parser);
}

bool import_yoshikoder(struct import *in, const char *bytes, size_t length)
{
	xmlParserCtxt *parser = length <= INT_MAX ? xmlNewParserCtxt() : NULL;
	if (!parser) {
		import_error(in, "too long for an XML document");
		return false;
	}
	bool declares = false, fine = false;
	parser->_private = &declares;
	parser->sax->internalSubset = stop_at_declaration;
	parser->sax->warning = keep_quiet;
	parser->sax->error = keep_quiet;
	xmlDoc *document = xmlCtxtReadMemory(parser, bytes, (int)length, NULL, NULL, XML_PARSE_NONET | XML_PARSE_BIG_LINES | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	if (declares)
		import_error(in, "a document type declaration is not allowed");
	else if (!document) {
		const xmlError *error = xmlCtxtGetLastError(parser);
		struct buf message = BUF_INIT;
		if (error && error->message)
			buf_append(&message, error->message, strcspn(error->message, "\n"));
		in->line = error && error->line > 0 ? (uint32_t)error->line : 0;
		import_error(in, "not well-formed XML: %s", message.length ? message.data : "nothing in it");
		buf_release(&message);
	} else
		fine = read_document(in, document);
	if (document)
		xmlFreeDoc(document);
	xmlFreeParserCtxt(parser);
	return fine;
}
