/* quanteda dictionaries in YAML: keys nested as mappings, a key's values one scalar or a sequence of them; "" or "__" among keys
 * holds the values of the key around it. Values are globs (* and ?). The YAML reader is libyaml's. */
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "matchers/import.h"

#define NESTING_MOST 64

static const struct phrase_style style = {.stars = true, .questions = true};

struct frame {
	bool mapping;
	bool has_key;     /* of a mapping: a key has been read, its value comes next */
	uint32_t theme;   /* of the mapping or sequence */
	uint32_t key;     /* theme of the key */
};

struct yaml {
	struct import *in;
	struct frame frames[NESTING_MOST];
	size_t depth;
};

/* The theme that a value read now belongs to. */
static uint32_t value_theme(struct yaml *y)
{
	if (!y->depth)
		return IMPORT_TOP;
	struct frame *f = &y->frames[y->depth - 1];
	return f->mapping ? f->key : f->theme;
}

static void value_done(struct yaml *y)
{
	if (y->depth)
		y->frames[y->depth - 1].has_key = false;
}

static bool expects_key(const struct yaml *y)
{
	return y->depth && y->frames[y->depth - 1].mapping && !y->frames[y->depth - 1].has_key;
}

static bool is_null(const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value;
	return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && (!*value || strcmp(value, "~") == 0 || strcasecmp(value, "null") == 0);
}

static void read_scalar(struct yaml *y, const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;
	if (expects_key(y)) {
		struct frame *f = &y->frames[y->depth - 1];
		bool merge = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && strcmp(value, "<<") == 0;
		if (merge)
			import_warn(y->in, "the merge key << is left out with its values; write them out");
		bool own = length == 0 || (length == 2 && memcmp(value, "__", 2) == 0);
		f->key = merge ? IMPORT_FAILED : own ? f->theme : import_theme(y->in, f->theme, value, length, NULL);
		f->has_key = true;
		return;
	}
	uint32_t theme = value_theme(y);
	if (!is_null(event))
		import_phrase(y->in, theme == IMPORT_TOP ? import_file_theme(y->in) : theme, value, length, &style, "");
	value_done(y);
}

static bool open_frame(struct yaml *y, bool mapping)
{
	if (expects_key(y)) {
		import_error(y->in, "a key is a list or a mapping; in a dictionary keys are words");
		return false;
	}
	if (y->depth == NESTING_MOST) {
		import_error(y->in, "nested more than %d deep", NESTING_MOST);
		return false;
	}
	uint32_t theme = value_theme(y);
	y->frames[y->depth++] = (struct frame){mapping, false, theme, theme};
	return true;
}

static bool read_event(struct yaml *y, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		if (!y->depth) {
			import_error(y->in, "no quanteda dictionary: it is a mapping of keys to values");
			return false;
		}
		read_scalar(y, event);
		return true;
	case YAML_ALIAS_EVENT:
		import_warn(y->in, "the alias *%s is left out; write its values out", (const char *)event->data.alias.anchor);
		if (expects_key(y)) {
			import_error(y->in, "an alias stands for a key");
			return false;
		}
		value_done(y);
		return true;
	case YAML_MAPPING_START_EVENT:
		return open_frame(y, true);
	case YAML_SEQUENCE_START_EVENT:
		if (!y->depth) {
			import_error(y->in, "no quanteda dictionary: it is a mapping of keys to values");
			return false;
		}
		return open_frame(y, false);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		y->depth--;
		value_done(y);
		return true;
	default:
		return true;
	}
}

bool import_quanteda(struct import *in, const char *bytes, size_t length)
{
	struct yaml y = {.in = in};
	yaml_parser_t parser;
	if (!yaml_parser_initialize(&parser))
		mem_exhausted();
	yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, length);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	bool fine = true;
	for (bool more = true, seen = false; fine && more;) {
		yaml_event_t event;
		if (!yaml_parser_parse(&parser, &event)) {
			in->line = (uint32_t)parser.problem_mark.line + 1;
			import_error(in, "not well-formed YAML: %s", parser.problem ? parser.problem : "cannot be read");
			fine = false;
			break;
		}
		in->line = (uint32_t)event.start_mark.line + 1;
		if (event.type == YAML_DOCUMENT_START_EVENT && seen) {
			import_warn(in, "a second document; it is left out with all that follows");
			more = false;
		} else
			fine = read_event(&y, &event);
		seen |= event.type == YAML_DOCUMENT_START_EVENT;
		more &= event.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	if (fine)
		in->line = 0;
	return fine;
}
