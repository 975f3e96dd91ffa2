#include "matchers/import.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "matchers/fold.h"
#include "matchers/native.h"
#include "matchers/pattern.h"
#include "matchers/theme_code.h"

/* ---- messages ---- */

static void say(struct import *in, enum problem_grade grade, const char *format, va_list args) __attribute__((format(printf, 3, 0)));
static void say(struct import *in, enum problem_grade grade, const char *format, va_list args)
{
	struct buf message = BUF_INIT;
	buf_vprintf(&message, format, args);
	problem_add(in->problems, grade, in->name, in->line, "%s", message.data);
	buf_release(&message);
}

void import_warn(struct import *in, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(in, PROBLEM_WARNING, format, args);
	va_end(args);
}

void import_error(struct import *in, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(in, PROBLEM_ERROR, format, args);
	va_end(args);
}

/* ---- lines ---- */

bool import_next_line(const char *bytes, size_t length, size_t *at, uint32_t *line, const char **text, size_t *text_length)
{
	if (*at >= length)
		return false;
	const char *start = bytes + *at, *end = memchr(start, '\n', length - *at);
	*text = start;
	*text_length = end ? (size_t)(end - start) : length - *at;
	*at += *text_length + 1;
	++*line;
	if (*text_length && start[*text_length - 1] == '\r')
		--*text_length;
	return true;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

void import_trim(const char **text, size_t *length)
{
	while (*length && blank(**text))
		++*text, --*length;
	while (*length && blank((*text)[*length - 1]))
		--*length;
}

/* ---- themes ---- */

/* Appends the label as one part of a code: "Domestic Abuse (all)" is domestic_abuse_all. */
static void append_code(struct buf *out, const char *label, size_t length)
{
	struct buf folded = BUF_INIT;
	fold_append(&folded, label, length, false);
	size_t start = out->length;
	bool gap = false;
	for (size_t i = 0; i < folded.length; i++) {
		char c = folded.data[i];
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_') {
			if (gap && out->length > start)
				buf_append_char(out, '_');
			gap = false;
			buf_append_char(out, c);
		} else if (c != '\'')
			gap = true;
	}
	if (out->length == start)
		buf_append_str(out, "theme");
	buf_release(&folded);
}

/* Makes the code at the end of scratch one that no other theme has. */
static void make_unique(struct import *in, struct buf *code)
{
	size_t plain = code->length;
	for (unsigned n = 2; strmap_find(&in->codes, code->data, code->length); n++) {
		code->length = plain;
		buf_printf(code, "_%u", n);
	}
	strmap_put(&in->codes, code->data, code->length, NULL);
}

/* import_theme() with a label of its own; NULL: the name. */
static uint32_t make_theme(struct import *in, uint32_t parent, const char *name, size_t length, const char *label, const char *description)
{
	import_trim(&name, &length);
	if (parent == IMPORT_FAILED)
		return IMPORT_FAILED;
	buf_clear(&in->scratch);
	buf_append(&in->scratch, &parent, sizeof parent);
	buf_append(&in->scratch, name, length);
	size_t *index = strmap_put(&in->by_label, in->scratch.data, in->scratch.length, NULL);
	if (*index)
		return (uint32_t)*index - 1;
	struct buf code = BUF_INIT;
	if (parent != IMPORT_TOP)
		buf_printf(&code, "%s.", in->themes[parent]);
	size_t last = code.length;
	append_code(&code, name, length);
	if (!theme_code_is_well_formed(code.data, code.length)) {
		import_warn(in, "category '%.*s' is nested too deeply or has too long a name for a theme code; it is left out with its entries", (int)length, name);
		*index = (size_t)IMPORT_FAILED + 1;
		buf_release(&code);
		return IMPORT_FAILED;
	}
	make_unique(in, &code);
	if (label || code.length - last != length || memcmp(code.data + last, name, length) != 0 || description) {
		buf_printf(&in->directives, "@theme %s label=", code.data);
		native_append_quoted(&in->directives, label ? label : name, label ? strlen(label) : length);
		if (description) {
			buf_append_str(&in->directives, " description=");
			native_append_quoted(&in->directives, description, strlen(description));
		}
		buf_append_char(&in->directives, '\n');
	} else
		buf_printf(&in->directives, "@theme %s\n", code.data);
	MEM_GROW(in->themes, in->theme_count, in->theme_capacity);
	in->themes[in->theme_count] = arena_strndup(&in->arena, code.data, code.length);
	buf_release(&code);
	*index = in->theme_count + 1;
	return (uint32_t)in->theme_count++;
}

uint32_t import_theme(struct import *in, uint32_t parent, const char *name, size_t length, const char *description)
{
	return make_theme(in, parent, name, length, NULL, description);
}

uint32_t import_labelled_theme(struct import *in, uint32_t parent, const char *name, size_t length, const char *label)
{
	return make_theme(in, parent, name, length, label, NULL);
}

/* The file's name without folder and extension. */
static void append_stem(struct buf *out, const char *name)
{
	const char *slash = strrchr(name, '/'), *start = slash ? slash + 1 : name, *dot = strrchr(start, '.');
	buf_append(out, start, dot && dot != start ? (size_t)(dot - start) : strlen(start));
}

uint32_t import_file_theme(struct import *in)
{
	struct buf stem = BUF_INIT;
	append_stem(&stem, in->name);
	uint32_t theme = import_theme(in, IMPORT_TOP, stem.data, stem.length, NULL);
	buf_release(&stem);
	return theme;
}

/* ---- phrases ---- */

static void add_row(struct import *in, uint32_t theme, const char *pattern, unsigned flags, const char *note)
{
	static const struct lexicon_limits limits = LEXICON_LIMITS_DEFAULT;
	if (in->row_count++ < limits.lines)
		native_append_entry(&in->rows, in->themes[theme], pattern, flags, note);
	else if (in->row_count == limits.lines + 1)
		import_error(in, "more than %zu phrases, the most that a lexicon holds; divide the dictionary", limits.lines);
}

/* Whether the pattern would be read; the reason is left in in->message. */
static bool would_be_read(struct import *in, const char *pattern, unsigned flags)
{
	static const struct lexicon_limits limits = LEXICON_LIMITS_DEFAULT;
	struct item_list items;
	uint64_t variants;
	buf_clear(&in->message);
	return pattern_parse(&in->arena, pattern, strlen(pattern), flags, &limits, &items, &variants, &in->message);
}

static bool theme_failed(struct import *in, uint32_t theme, const char *pattern)
{
	if (theme != IMPORT_FAILED)
		return false;
	import_warn(in, "'%s' is left out with its category", pattern);
	return true;
}

bool import_entry(struct import *in, uint32_t theme, const char *pattern, unsigned flags, const char *note)
{
	if (theme_failed(in, theme, pattern))
		return false;
	if (!would_be_read(in, pattern, flags)) {
		import_warn(in, "left out: %s", in->message.data);
		return false;
	}
	add_row(in, theme, pattern, flags, note);
	return true;
}

/* Whether the character is one that a pattern gives a meaning to. */
static bool is_syntax(uint32_t c, const struct phrase_style *style)
{
	return c == '{' || c == '}' || c == '|' || c == '~' || (c == '*' && !style->stars);
}

/* Whether no entry crosses it. Apostrophes, hyphens and the like are left for the pattern's reader. */
static bool is_barrier(uint32_t c, const struct phrase_style *style)
{
	enum char_class class = char_class(c);
	return class == CHAR_STOP || class == CHAR_BREAK || class == CHAR_LINE || class == CHAR_PAGE || (class == CHAR_SOFT && !(style->flags & ENTRY_COMMA));
}

/* Copies the phrase with a space for each run of the characters that test() names and for underscores at a word's edge; reports what
 * was taken out in removed. */
static void replace(struct buf *out, struct buf *removed, const char *text, size_t length, const struct phrase_style *style,
                    bool (*test)(uint32_t c, const struct phrase_style *style))
{
	for (size_t at = 0; at < length;) {
		uint32_t c;
		size_t n = utf8_decode(text + at, length - at, &c);
		if (!n) {
			n = 1;
			c = ' ';
		}
		bool edge = c == '_' && (at == 0 || at + 1 == length || text[at - 1] == ' ' || text[at - 1] == '_' || text[at + 1] == ' ' || text[at + 1] == '_');
		if (test(c, style)) {
			buf_append(removed, text + at, n);
			c = ' ';
		}
		if (c == ' ' || c == '\t' || edge) {
			if (out->length && out->data[out->length - 1] != ' ')
				buf_append_char(out, ' ');
		} else
			buf_append(out, text + at, n);
		at += n;
	}
	while (out->length && out->data[out->length - 1] == ' ')
		out->data[--out->length] = '\0';
}

/* import_pattern() for a text that messages show otherwise. */
static const char *make_pattern(struct import *in, const char *text, size_t length, const char *shown, size_t shown_length,
                                const struct phrase_style *style)
{
	struct buf plain = BUF_INIT, open = BUF_INIT, removed = BUF_INIT;
	const char *pattern = NULL;
	import_trim(&text, &length);
	replace(&plain, &removed, text, length, style, is_syntax);
	buf_reserve(&plain, 0);
	if (plain.length && would_be_read(in, plain.data, style->flags))
		pattern = arena_strndup(&in->arena, plain.data, plain.length);
	else {
		replace(&open, &removed, plain.data, plain.length, style, is_barrier);
		buf_reserve(&open, 0);
		if (open.length && would_be_read(in, open.data, style->flags))
			pattern = arena_strndup(&in->arena, open.data, open.length);
	}
	if (!pattern)
		import_warn(in, "'%.*s' is left out: %s", (int)shown_length, shown, open.length ? in->message.data : "it holds no word");
	else if (removed.length)
		import_warn(in, "'%.*s' becomes '%s': no entry can hold '%s'", (int)shown_length, shown, pattern, removed.data);
	buf_release(&plain);
	buf_release(&open);
	buf_release(&removed);
	return pattern;
}

const char *import_pattern(struct import *in, const char *text, size_t length, const struct phrase_style *style)
{
	return make_pattern(in, text, length, text, length, style);
}

/* Stands for '?' while a phrase is cleaned: a letter that no dictionary uses and that folding leaves alone. */
#define ONE_CHARACTER 0x0294

/* A pattern with '?' as a regular expression over the folded sentence: its words with what no comma or bracket divides between them;
 * a possessive is matched as an entry's words match it. */
static void append_expression(struct buf *out, const char *pattern)
{
	struct buf folded = BUF_INIT;
	fold_append(&folded, pattern, strlen(pattern), false);
	buf_append_str(out, "(?<![\\w'])");
	bool apart = false;
	for (size_t at = 0; at < folded.length;) {
		uint32_t c;
		size_t n = utf8_decode(folded.data + at, folded.length - at, &c);
		bool in_word = c == '*' || c == '\'' || char_class(c) == CHAR_WORD;
		if (!in_word && !apart)
			buf_append_str(out, "[^\\w,()\\[\\]]+");
		apart = !in_word;
		if (c == '*')
			buf_append_str(out, "[\\w']*");
		else if (c == ONE_CHARACTER)
			buf_append_str(out, "\\w");
		else if (in_word)
			buf_append(out, folded.data + at, n);
		at += n;
	}
	buf_append_str(out, "(?:'s)?(?![\\w'])");
	buf_release(&folded);
}

static bool import_with_questions(struct import *in, uint32_t theme, const char *text, size_t length, const struct phrase_style *style,
                                  const char *note)
{
	struct buf letters = BUF_INIT, expression = BUF_INIT;
	for (size_t i = 0; i < length; i++)
		if (text[i] == '?')
			utf8_append(&letters, ONE_CHARACTER);
		else
			buf_append_char(&letters, text[i]);
	const char *pattern = make_pattern(in, letters.data, letters.length, text, length, style);
	bool fine = pattern && !theme_failed(in, theme, pattern);
	if (fine)
		append_expression(&expression, pattern);
	if (fine && expression.length > PATTERN_BYTES) {
		import_warn(in, "'%.*s' is left out: with '?' it is a regular expression of %zu bytes, and at most %d are allowed", (int)length, text, expression.length,
		            PATTERN_BYTES);
		fine = false;
	} else if (fine) {
		import_warn(in, "'%.*s' becomes the regular expression %s, for a pattern has nothing like '?'", (int)length, text, expression.data);
		add_row(in, theme, expression.data, style->flags | ENTRY_REGEX, note);
	}
	buf_release(&letters);
	buf_release(&expression);
	return fine;
}

bool import_phrase(struct import *in, uint32_t theme, const char *text, size_t length, const struct phrase_style *style, const char *note)
{
	import_trim(&text, &length);
	if (style->questions && memchr(text, '?', length))
		return import_with_questions(in, theme, text, length, style, note);
	const char *pattern = import_pattern(in, text, length, style);
	if (!pattern || theme_failed(in, theme, pattern))
		return false;
	add_row(in, theme, pattern, style->flags, note);
	return true;
}

/* ---- the whole ---- */

static bool read_as(struct import *in, enum dictionary_format format, const char *bytes, size_t length)
{
	switch (format) {
	case DICTIONARY_LIWC: return import_liwc(in, bytes, length);
	case DICTIONARY_DICX: return import_dicx(in, bytes, length);
	case DICTIONARY_WORDSTAT: return import_wordstat(in, bytes, length);
	case DICTIONARY_YOSHIKODER: return import_yoshikoder(in, bytes, length);
	case DICTIONARY_LEXICODER: return import_lexicoder(in, bytes, length);
	case DICTIONARY_QUANTEDA: return import_quanteda(in, bytes, length);
	case DICTIONARY_SPACY: return import_spacy(in, bytes, length);
	case DICTIONARY_FLASHTEXT: return import_flashtext(in, bytes, length);
	case DICTIONARY_PHRASES: return import_phrases(in, bytes, length);
	case DICTIONARY_UNKNOWN:
	case DICTIONARY_NATIVE: break;
	}
	import_error(in, "this format cannot be imported");
	return false;
}

static uint32_t line_of(const char *bytes, size_t at)
{
	uint32_t line = 1;
	for (const char *p = bytes; (p = memchr(p, '\n', (size_t)(bytes + at - p))) != NULL; p++)
		line++;
	return line;
}

static void finish(struct import *in, struct buf *native)
{
	if (!in->lexicon_name.length)
		append_stem(&in->lexicon_name, in->name);
	buf_append_str(native, "@lexicon name=");
	native_append_quoted(native, in->lexicon_name.data, in->lexicon_name.length);
	buf_append_str(native, "\n");
	if (in->directives.length)
		buf_append(native, in->directives.data, in->directives.length);
	buf_append_str(native, "theme\tpattern\tflags\tnote\n");
	if (in->rows.length)
		buf_append(native, in->rows.data, in->rows.length);
}

int dictionary_import(enum dictionary_format format, const char *name, const char *bytes, size_t length, struct buf *native,
                      struct problem_list *problems)
{
	struct import in = {.name = name, .problems = problems};
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 && format != DICTIONARY_YOSHIKODER) {
		bytes += 3;
		length -= 3;
	}
	size_t errors_before = problem_errors(problems);
	size_t valid = format == DICTIONARY_YOSHIKODER ? length : utf8_valid_prefix(bytes, length);
	const char *nul = format == DICTIONARY_YOSHIKODER ? NULL : memchr(bytes, '\0', length);
	bool fine = false;
	if (valid < length || nul) {
		in.line = line_of(bytes, nul && (size_t)(nul - bytes) < valid ? (size_t)(nul - bytes) : valid);
		import_error(&in, nul ? "a NUL byte: this is no text" : "not UTF-8");
	} else if (format == DICTIONARY_NATIVE) {
		buf_append(native, bytes, length);
		fine = true;
	} else if (read_as(&in, format, bytes, length)) {
		fine = problem_errors(problems) == errors_before;
		if (fine && !in.rows.length)
			import_warn(&in, "not one entry was found in it; is it %s?", dictionary_word(format));
		if (fine)
			finish(&in, native);
	}
	free(in.themes);
	strmap_release(&in.by_label);
	strmap_release(&in.codes);
	buf_release(&in.lexicon_name);
	buf_release(&in.directives);
	buf_release(&in.rows);
	buf_release(&in.scratch);
	buf_release(&in.message);
	arena_release(&in.arena);
	return fine ? 0 : -1;
}
