/* spaCy EntityRuler patterns, one JSON object a line: {"label": ..., "pattern": ..., "id": ...}. A pattern is a phrase, matched as it
 * is written (flag C), or a list of tokens. Of tokens those are taken that an entry can say: LOWER, TEXT and ORTH as a word or
 * {"IN": [...]}; {} for any word; OP. The JSON reader is jansson's. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "matchers/import.h"
#include "matchers/pattern.h"

#define REPEATS_MOST 5 /* of a word by OP */

struct token_pattern {
	struct import *in;
	struct buf pattern;
	bool glued;           /* the last token was a hyphen: the next follows without a space */
	bool case_counts, case_free; /* some token is written TEXT or ORTH, some LOWER */
};

struct op {
	unsigned least, most; /* most is UINT32_MAX if there is no limit */
};

/* "?", "*", "+", "{2}", "{1,3}", "{,3}", "{2,}"; false if it is another. */
static bool read_op(const json_t *token, struct op *op)
{
	const char *text = json_string_value(json_object_get(token, "OP"));
	*op = (struct op){1, 1};
	if (!text || strcmp(text, "1") == 0)
		return !json_object_get(token, "OP") || text;
	if (strcmp(text, "?") == 0)
		*op = (struct op){0, 1};
	else if (strcmp(text, "*") == 0)
		*op = (struct op){0, UINT32_MAX};
	else if (strcmp(text, "+") == 0)
		*op = (struct op){1, UINT32_MAX};
	else {
		char *end;
		if (*text++ != '{')
			return false;
		op->least = op->most = (unsigned)strtoul(text, &end, 10);
		if (*end == ',') {
			text = end + 1;
			op->most = (unsigned)strtoul(text, &end, 10);
			if (end == text)
				op->most = UINT32_MAX;
		}
		if (strcmp(end, "}") != 0)
			return false;
	}
	return op->least <= op->most && op->least <= PATTERN_GAP;
}

static void add_item(struct token_pattern *t, const char *item)
{
	if (t->pattern.length && !t->glued)
		buf_append_char(&t->pattern, ' ');
	t->glued = false;
	buf_append_str(&t->pattern, item);
}

/* Any words: '_' for those that must be there, '~' for those that may. */
static void add_any(struct token_pattern *t, struct op op)
{
	for (unsigned i = 0; i < op.least; i++)
		add_item(t, "_");
	unsigned more = op.most - op.least;
	if (op.most == UINT32_MAX || more > PATTERN_GAP) {
		import_warn(t->in, "a run of words without limit becomes one of %d at most", PATTERN_GAP);
		more = PATTERN_GAP;
	}
	if (more) {
		struct buf gap = BUF_INIT;
		buf_printf(&gap, "~%u", more);
		add_item(t, gap.data);
		buf_release(&gap);
	}
}

static void add_word(struct token_pattern *t, const char *word, struct op op)
{
	if (op.most > REPEATS_MOST && op.most != op.least) {
		import_warn(t->in, "'%s' any number of times becomes %u at most", word, op.least ? op.least : 1);
		op.most = op.least ? op.least : 1;
	}
	for (unsigned i = 0; i < op.most; i++) {
		struct buf item = BUF_INIT;
		buf_printf(&item, i < op.least ? "%s" : "{%s|}", word);
		add_item(t, item.data);
		buf_release(&item);
	}
}

/* The words of a token, alternatives in braces; NULL with a warning. */
static const char *read_words(struct token_pattern *t, const json_t *value)
{
	static const struct phrase_style style = {.stars = false};
	if (json_is_string(value))
		return import_pattern(t->in, json_string_value(value), json_string_length(value), &style);
	const json_t *list = json_object_size(value) == 1 ? json_object_get(value, "IN") : NULL;
	if (!json_is_array(list) || !json_array_size(list))
		return NULL;
	struct buf words = BUF_INIT;
	size_t i;
	json_t *word;
	json_array_foreach(list, i, word) {
		const char *pattern = json_is_string(word) ? import_pattern(t->in, json_string_value(word), json_string_length(word), &style) : NULL;
		if (pattern)
			buf_printf(&words, "%s%s", words.length ? "|" : "{", pattern);
	}
	const char *result = NULL;
	if (words.length) {
		buf_append_char(&words, '}');
		result = arena_strndup(&t->in->arena, words.data, words.length);
	}
	buf_release(&words);
	return result;
}

/* False if an entry cannot say the token. */
static bool read_token(struct token_pattern *t, const json_t *token)
{
	struct op op;
	const json_t *value = NULL;
	const char *key, *which = NULL;
	json_t *each;
	if (!json_is_object(token) || !read_op(token, &op))
		return false;
	json_object_foreach((json_t *)token, key, each) {
		if (strcmp(key, "OP") == 0)
			continue;
		if (which)
			return false;
		which = key;
		value = each;
	}
	if (!which) {
		add_any(t, op);
		return true;
	}
	if (strcmp(which, "IS_PUNCT") == 0 && json_is_true(value)) {
		if (op.least)
			import_warn(t->in, "punctuation that must be there is not asked for");
		return true;
	}
	bool lower = strcmp(which, "LOWER") == 0;
	if (!lower && strcmp(which, "TEXT") != 0 && strcmp(which, "ORTH") != 0)
		return false;
	if (json_is_string(value) && strcmp(json_string_value(value), "-") == 0) {
		t->glued = t->pattern.length > 0;
		if (t->glued)
			buf_append_char(&t->pattern, '-');
		return true;
	}
	t->case_free |= lower;
	t->case_counts |= !lower;
	const char *words = read_words(t, value);
	if (words)
		add_word(t, words, op);
	return words;
}

static void read_tokens(struct import *in, uint32_t theme, const json_t *tokens, const char *note)
{
	struct token_pattern t = {.in = in};
	size_t i;
	json_t *token;
	bool fine = json_array_size(tokens) > 0;
	json_array_foreach(tokens, i, token) {
		if (!read_token(&t, token)) {
			char *shown = json_dumps(token, JSON_COMPACT | JSON_ENCODE_ANY);
			import_warn(in, "left out: an entry cannot say the token %s", shown ? shown : "");
			free(shown);
			fine = false;
			break;
		}
	}
	if (fine && t.case_counts && t.case_free)
		import_warn(in, "'%s' ignores case in all its words, for it does in some", t.pattern.length ? t.pattern.data : "");
	if (fine && t.pattern.length)
		import_entry(in, theme, t.pattern.data, t.case_counts && !t.case_free ? ENTRY_CASE : 0, note);
	else if (fine)
		import_warn(in, "left out: a pattern without a word");
	buf_release(&t.pattern);
}

static void read_pattern(struct import *in, const json_t *object)
{
	static const struct phrase_style verbatim = {.flags = ENTRY_CASE};
	const json_t *label = json_object_get(object, "label"), *pattern = json_object_get(object, "pattern"), *id = json_object_get(object, "id");
	if (!json_is_string(label) || !json_string_length(label) || !(json_is_string(pattern) || json_is_array(pattern))) {
		import_warn(in, "left out: no object with a label and a pattern");
		return;
	}
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)object, key, value)
		if (strcmp(key, "label") != 0 && strcmp(key, "pattern") != 0 && strcmp(key, "id") != 0)
			import_warn(in, "\"%s\" is left out", key);
	struct buf note = BUF_INIT;
	if (json_is_string(id))
		buf_printf(&note, "id: %s", json_string_value(id));
	uint32_t theme = import_theme(in, IMPORT_TOP, json_string_value(label), json_string_length(label), NULL);
	if (json_is_string(pattern))
		import_phrase(in, theme, json_string_value(pattern), json_string_length(pattern), &verbatim, note.length ? note.data : "");
	else
		read_tokens(in, theme, pattern, note.length ? note.data : "");
	buf_release(&note);
}

bool import_spacy(struct import *in, const char *bytes, size_t length)
{
	const char *text;
	size_t at = 0, n, objects = 0;
	while (import_next_line(bytes, length, &at, &in->line, &text, &n)) {
		import_trim(&text, &n);
		if (!n)
			continue;
		json_error_t error;
		json_t *object = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
		if (json_is_object(object)) {
			objects++;
			read_pattern(in, object);
		} else
			import_warn(in, "left out: %s", object ? "no JSON object" : error.text);
		json_decref(object);
	}
	in->line = 0;
	if (!objects)
		import_error(in, "no EntityRuler patterns: no line holds a JSON object");
	return objects > 0;
}
