/* LIWC dictionaries.
 *
 * .dic: a line of '%', categories as "number<tab>name", a line of '%', then "word<tab>number<tab>number...". A category
 * indented by tabs lies within the last one indented less (LIWC 2015), whose numbers its words carry as well. A word may end in *.
 * .dicx: comma-separated; the header is DicTerm and the categories' names, a cell that is not empty puts the word in the category. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "matchers/import.h"

static const struct phrase_style liwc_style = {.stars = true};

struct category {
	uint32_t theme;
	uint32_t parent; /* index, or IMPORT_TOP */
	size_t depth;
};

struct liwc {
	struct import *in;
	struct category *categories;
	size_t count, capacity;
	struct strmap ids; /* number as written: category + 1 */
};

/* Category numbers are the same however many zeros they begin with. */
static void skip_zeros(const char **digits, size_t *length)
{
	while (*length > 1 && **digits == '0')
		++*digits, --*length;
}

/* "17<tab>family (Family words)": what stands in brackets after a name of one word is its label, after a longer one its description. */
static void read_category(struct liwc *l, const char *text, size_t length)
{
	size_t depth = 0;
	while (depth < length && text[depth] == '\t')
		depth++;
	import_trim(&text, &length);
	size_t digits = 0;
	while (digits < length && text[digits] >= '0' && text[digits] <= '9')
		digits++;
	const char *name = text + digits;
	size_t name_length = length - digits;
	import_trim(&name, &name_length);
	if (!digits || !name_length) {
		import_warn(l->in, "'%.*s' is no category (a number and a name) and is left out", (int)length, text);
		return;
	}
	struct buf description = BUF_INIT;
	const char *open = memchr(name, '(', name_length);
	if (open && open > name && name[name_length - 1] == ')') {
		buf_append(&description, open + 1, (size_t)(name + name_length - 1 - (open + 1)));
		name_length = (size_t)(open - name);
		import_trim(&name, &name_length);
	}
	uint32_t parent = IMPORT_TOP;
	for (size_t i = l->count; i-- > 0 && parent == IMPORT_TOP;)
		if (l->categories[i].depth < depth)
			parent = (uint32_t)i;
	skip_zeros(&text, &digits);
	size_t *id = strmap_put(&l->ids, text, digits, NULL);
	if (*id)
		import_warn(l->in, "category %.*s is there twice; its words go to the later one", (int)digits, text);
	uint32_t above = parent == IMPORT_TOP ? IMPORT_TOP : l->categories[parent].theme;
	bool one_word = !memchr(name, ' ', name_length) && !memchr(name, '\t', name_length);
	uint32_t theme = description.length && one_word ? import_labelled_theme(l->in, above, name, name_length, description.data)
	                                                : import_theme(l->in, above, name, name_length, description.length ? description.data : NULL);
	MEM_GROW(l->categories, l->count, l->capacity);
	l->categories[l->count++] = (struct category){theme, parent, depth};
	*id = l->count;
	buf_release(&description);
}

static bool is_within(const struct liwc *l, size_t category, size_t ancestor)
{
	for (uint32_t up = l->categories[category].parent; up != IMPORT_TOP; up = l->categories[up].parent)
		if (up == ancestor)
			return true;
	return false;
}

/* Takes the next field off; one in brackets goes on to the bracket's end and what touches it. */
static bool take_field(const char **rest, size_t *length, const char **field, size_t *field_length)
{
	import_trim(rest, length);
	if (!*length)
		return false;
	size_t n = 0, open = 0;
	for (; n < *length && (open || (*rest)[n] != ' ') && (*rest)[n] != '\t'; n++) {
		open += (*rest)[n] == '(';
		open -= open && (*rest)[n] == ')';
	}
	*field = *rest;
	*field_length = n;
	*rest += n;
	*length -= n;
	return true;
}

static bool is_number(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return length > 0;
}

/* The word ends at the first tab; where there is none, before the first number. */
static size_t word_length(const char *text, size_t length)
{
	const char *tab = memchr(text, '\t', length);
	if (tab)
		return (size_t)(tab - text);
	for (size_t i = 1; i < length; i++)
		if (text[i - 1] == ' ' && text[i] >= '0' && text[i] <= '9')
			return i;
	return length;
}

static void read_word(struct liwc *l, const char *text, size_t length)
{
	import_trim(&text, &length);
	const char *word = text, *rest = text, *field;
	size_t n = word_length(text, length), rest_length = length - n, field_length;
	rest += n;
	import_trim(&word, &n);
	bool letters = false;
	for (size_t i = 0; i < n; i++)
		letters |= (word[i] >= 'a' && word[i] <= 'z') || (word[i] >= 'A' && word[i] <= 'Z');
	if (letters && (memchr(word, '(', n) || memchr(word, '<', n))) {
		import_warn(l->in, "'%.*s' is a word under a condition, which no entry can hold; it is left out", (int)n, word);
		return;
	}
	size_t *members = NULL, count = 0, capacity = 0;
	while (take_field(&rest, &rest_length, &field, &field_length)) {
		const char *digits = field;
		size_t digit_count = field_length;
		skip_zeros(&digits, &digit_count);
		const size_t *id = is_number(field, field_length) ? strmap_find(&l->ids, digits, digit_count) : NULL;
		if (!id)
			import_warn(l->in, "'%.*s': %s '%.*s' is left out", (int)n, word, is_number(field, field_length) ? "the unknown category" : "the condition",
			            (int)field_length, field);
		else {
			MEM_GROW(members, count, capacity);
			members[count++] = *id - 1;
		}
	}
	if (!count)
		import_warn(l->in, "'%.*s' has no category and is left out", (int)n, word);
	assert(l->categories || !count);
	for (size_t i = 0; i < count; i++) {
		bool implied = false; /* a theme counts its descendants' entries anyway */
		for (size_t k = 0; k < count; k++)
			implied |= is_within(l, members[k], members[i]) || (k < i && members[k] == members[i]);
		if (!implied && !import_phrase(l->in, l->categories[members[i]].theme, word, n, &liwc_style, ""))
			break; /* the same would be said for each category */
	}
	free(members);
}

bool import_liwc(struct import *in, const char *bytes, size_t length)
{
	struct liwc l = {.in = in};
	size_t at = 0, n;
	unsigned marks = 0;
	const char *text;
	while (import_next_line(bytes, length, &at, &in->line, &text, &n)) {
		const char *trimmed = text;
		size_t trimmed_length = n;
		import_trim(&trimmed, &trimmed_length);
		if (!trimmed_length)
			continue;
		if (*trimmed == '%' && marks < 2 && (trimmed_length == 1 || trimmed[1] == ' ' || trimmed[1] == '\t'))
			marks++;
		else if (marks == 1)
			read_category(&l, text, n);
		else if (marks == 2)
			read_word(&l, text, n);
		else
			import_warn(in, "'%.*s' stands before the first '%%' line and is left out", (int)trimmed_length, trimmed);
	}
	in->line = 0;
	if (marks < 2)
		import_error(in, "no LIWC dictionary: its categories stand between two lines of '%%'");
	free(l.categories);
	strmap_release(&l.ids);
	return marks == 2;
}

/* ---- .dicx ---- */

struct csv {
	const char *bytes;
	size_t length, at;
	uint32_t line; /* of the next character */
	struct buf cell;
};

enum cell_end { CELL_NEXT, CELL_LAST, CELL_NONE /* no more cells */ };

/* Reads a cell: bare, or in quotes where "" is a quote. */
static enum cell_end read_cell(struct csv *csv)
{
	buf_clear(&csv->cell);
	if (csv->at >= csv->length)
		return CELL_NONE;
	bool quoted = csv->bytes[csv->at] == '"';
	for (csv->at += quoted; csv->at < csv->length; csv->at++) {
		char c = csv->bytes[csv->at];
		csv->line += c == '\n';
		if (quoted && c == '"') {
			if (csv->at + 1 >= csv->length || csv->bytes[csv->at + 1] != '"') {
				quoted = false;
				continue;
			}
			csv->at++;
		} else if (!quoted && (c == ',' || c == '\n')) {
			csv->at++;
			return c == ',' ? CELL_NEXT : CELL_LAST;
		} else if (!quoted && c == '\r')
			continue;
		buf_append_char(&csv->cell, c);
	}
	return CELL_LAST;
}

static bool cell_is(const struct csv *csv, const char *word)
{
	return csv->cell.length == strlen(word) && (!*word || strcmp(csv->cell.data, word) == 0);
}

static void read_dicx_row(struct import *in, struct csv *csv, const uint32_t *themes, size_t count)
{
	struct buf word = BUF_INIT;
	enum cell_end end = read_cell(csv);
	buf_append(&word, csv->cell.data ? csv->cell.data : "", csv->cell.length);
	bool any = false, refused = false;
	for (size_t column = 0; end == CELL_NEXT; column++) {
		end = read_cell(csv);
		if (!csv->cell.length || cell_is(csv, "0"))
			continue;
		if (column >= count) {
			import_warn(in, "'%s' has more cells than the header; '%s' is left out", word.data, csv->cell.data);
			continue;
		}
		any = true;
		if (!cell_is(csv, "X") && !cell_is(csv, "x") && !cell_is(csv, "1"))
			import_warn(in, "'%s': the weight %s is left out; every phrase counts once", word.data, csv->cell.data);
		refused = refused || !import_phrase(in, themes[column], word.data, word.length, &liwc_style, "");
	}
	if (!any && word.length)
		import_warn(in, "'%s' has no category and is left out", word.data);
	buf_release(&word);
}

bool import_dicx(struct import *in, const char *bytes, size_t length)
{
	struct csv csv = {.bytes = bytes, .length = length, .line = 1};
	uint32_t *themes = NULL;
	size_t count = 0, capacity = 0;
	in->line = 1;
	enum cell_end end = read_cell(&csv);
	bool fine = cell_is(&csv, "DicTerm");
	if (!fine)
		import_error(in, "no LIWC-22 dictionary: its first line begins with DicTerm");
	while (fine && end == CELL_NEXT) {
		end = read_cell(&csv);
		MEM_GROW(themes, count, capacity);
		themes[count++] = import_theme(in, IMPORT_TOP, csv.cell.data ? csv.cell.data : "", csv.cell.length, NULL);
	}
	while (fine && csv.at < csv.length) {
		in->line = csv.line;
		read_dicx_row(in, &csv, themes, count);
	}
	in->line = 0;
	free(themes);
	buf_release(&csv.cell);
	return fine;
}
