#include "corpora/tag_guard.h"

#include <string.h>

enum state {
	IN_TEXT,
	AFTER_OPEN,    /* < */
	IN_NAME,
	BETWEEN,       /* in a tag, before an attribute or = */
	IN_ATTRIBUTE,  /* its name */
	BEFORE_VALUE,  /* after = */
	IN_VALUE,      /* without quotes: a slash is part of it */
	IN_QUOTES,
	IN_END_TAG,
	AFTER_MARK,    /* <! */
	IN_COMMENT,
	IN_CDATA,
	IN_DECLARATION,
	IN_INSTRUCTION,
	IN_RAW         /* a script or style: up to its end tag */
};

static bool blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static bool begins_name(unsigned char c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' || c == ':' || c >= 0x80;
}

static bool named(const struct tag_guard *g, const char *name)
{
	return g->name_length == strlen(name) && memcmp(g->name, name, g->name_length) == 0;
}

static enum state after_tag(struct tag_guard *g)
{
	g->matched = 0;
	return g->html && (g->state == IN_VALUE || g->before[0] != '/') && (named(g, "script") || named(g, "style")) ? IN_RAW : IN_TEXT;
}

/* In a tag, behind its name. */
static enum state in_tag(struct tag_guard *g, enum state state, unsigned char c)
{
	if (c == '>')
		return after_tag(g);
	if (blank(c))
		return state == BEFORE_VALUE ? BEFORE_VALUE : BETWEEN;
	switch (state) {
	case BEFORE_VALUE:
		if (c != '"' && c != '\'')
			return IN_VALUE;
		g->quote = c;
		return IN_QUOTES;
	case IN_VALUE:
		return IN_VALUE;
	default:
		if (c == '=')
			return BEFORE_VALUE;
		if (state == BETWEEN && c == '/')
			return BETWEEN;
		g->attributes += state == BETWEEN;
		return IN_ATTRIBUTE;
	}
}

/* Up to </ and the name of what is left. */
static enum state in_raw(struct tag_guard *g, unsigned char c)
{
	unsigned char wanted = g->matched == 0 ? '<' : g->matched == 1 ? '/' : (unsigned char)g->name[g->matched - 2];
	if (lower(c) == wanted)
		g->matched++;
	else
		g->matched = c == '<';
	if (g->matched < g->name_length + 2)
		return IN_RAW;
	g->end_tags++;
	return IN_END_TAG;
}

static enum state next(struct tag_guard *g, unsigned char c)
{
	enum state state = (enum state)g->state;
	switch (state) {
	case IN_TEXT:
		return c == '<' ? AFTER_OPEN : IN_TEXT;
	case AFTER_OPEN:
		g->name_length = g->attributes = 0;
		g->end_tags += c == '/';
		if (c == '<' || c == '/' || c == '?' || c == '!')
			return c == '<' ? AFTER_OPEN : c == '/' ? IN_END_TAG : c == '?' ? IN_INSTRUCTION : AFTER_MARK;
		if (!begins_name(c))
			return IN_TEXT;
		g->name[g->name_length++] = (char)lower(c);
		return IN_NAME;
	case IN_NAME:
		if (c == '>')
			return after_tag(g);
		if (blank(c) || c == '/')
			return BETWEEN;
		if (g->name_length < sizeof g->name)
			g->name[g->name_length++] = (char)lower(c);
		return IN_NAME;
	case BETWEEN:
	case IN_ATTRIBUTE:
	case BEFORE_VALUE:
	case IN_VALUE:
		return in_tag(g, state, c);
	case IN_QUOTES:
		return c == g->quote ? BETWEEN : IN_QUOTES;
	case IN_END_TAG:
	case IN_DECLARATION:
		return c == '>' ? IN_TEXT : state;
	case AFTER_MARK:
		if (c == '-' && g->before[0] == '-')
			return IN_COMMENT;
		if (c == '[' && !g->html)
			return IN_CDATA;
		return c == '-' ? AFTER_MARK : c == '>' ? IN_TEXT : IN_DECLARATION;
	case IN_COMMENT:
		return c == '>' && ((g->before[0] == '-' && g->before[1] == '-') || (g->html && g->before[0] == '!' && g->before[1] == '-')) ? IN_TEXT : IN_COMMENT;
	case IN_CDATA:
		return c == '>' && g->before[0] == ']' && g->before[1] == ']' ? IN_TEXT : IN_CDATA;
	case IN_INSTRUCTION:
		return c == '>' && (g->html || g->before[0] == '?') ? IN_TEXT : IN_INSTRUCTION;
	case IN_RAW:
		return in_raw(g, c);
	}
	return state;
}

bool tag_guard_feed(struct tag_guard *g, const unsigned char *bytes, size_t length)
{
	for (size_t at = 0; at < length && g->attributes <= TAG_ATTRIBUTES_MOST; at++) {
		if (g->state == IN_TEXT) { /* most of a document */
			const unsigned char *open = memchr(bytes + at, '<', length - at);
			if (!open)
				return true;
			at = (size_t)(open - bytes);
		}
		bool in_comment = g->state == IN_COMMENT;
		g->state = next(g, bytes[at]);
		bool first = !in_comment && g->state == IN_COMMENT; /* its marks are none of its end */
		g->before[1] = first ? 0 : g->before[0];
		g->before[0] = first ? 0 : bytes[at];
	}
	return g->attributes <= TAG_ATTRIBUTES_MOST;
}
