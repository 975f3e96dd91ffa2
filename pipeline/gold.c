#include "pipeline/gold.h"

#include <csv.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/strmap.h"

struct reader {
	struct gold *gold;
	const char *path;
	struct strmap themes;      /* code to index */
	bool closed;               /* no themes but these */
	size_t theme_capacity;
	char *message;
	size_t message_size;
};

static int __attribute__((format(printf, 2, 3))) refuse(struct reader *r, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(r->message, r->message_size, format, args);
	va_end(args);
	return -1;
}

/* The bytes of a file; 0, or -1 with errno. */
static int read_whole(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	size_t n = 0;
	if (!f)
		return -1;
	do {
		buf_reserve(out, 1 << 16);
		n = fread(out->data + out->length, 1, 1 << 16, f);
		out->length += n;
		out->data[out->length] = '\0';
	} while (n);
	int failed = ferror(f) ? errno : 0;
	fclose(f);
	errno = failed;
	return failed ? -1 : 0;
}

/* ---- themes ---- */

/* Index of a code, which is added where themes are not given; SIZE_MAX where they are and it is none. */
static size_t theme_of(struct reader *r, const char *code, size_t length)
{
	bool is_new = false;
	struct gold *g = r->gold;
	if (r->closed) {
		const size_t *found = strmap_find(&r->themes, code, length);
		return found ? *found : SIZE_MAX;
	}
	size_t *index = strmap_put(&r->themes, code, length, &is_new);
	if (is_new) {
		*index = g->theme_count;
		MEM_GROW(g->themes, g->theme_count, r->theme_capacity);
		g->themes[g->theme_count++] = mem_strndup(code, length);
	}
	return *index;
}

/* The first column of every line after the header; # begins a comment. */
static int read_codes(struct reader *r, const char *path, bool optional)
{
	struct buf text = BUF_INIT;
	bool header = true;
	if (read_whole(path, &text) != 0) {
		int result = optional && errno == ENOENT ? 0 : refuse(r, "%s: %s", path, strerror(errno));
		buf_release(&text);
		return result;
	}
	for (const char *p = text.data; *p;) {
		size_t length = strcspn(p, "\r\n"), code = strcspn(p, "\t\r\n");
		if (*p != '#' && code && !header)
			theme_of(r, p, code);
		if (*p != '#' && code)
			header = false;
		p += length;
		p += strspn(p, "\r\n");
	}
	buf_release(&text);
	r->closed = r->gold->theme_count > 0;
	return 0;
}

static int settle_codes(struct reader *r, const char *codes_path)
{
	if (codes_path)
		return read_codes(r, codes_path, false);
	const char *slash = strrchr(r->path, '/');
	struct buf beside = BUF_INIT;
	buf_append(&beside, r->path, slash ? (size_t)(slash + 1 - r->path) : 0);
	buf_append_str(&beside, "themes.tsv");
	int result = read_codes(r, beside.data, true);
	buf_release(&beside);
	return result;
}

/* ---- reviews ---- */

static char *string_of(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));
	return mem_strdup(s ? s : "");
}

/* 0 where the field is missing or null; -1 where it is no number from 0. */
static int64_t number_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	if (!value || json_is_null(value))
		return 0;
	return json_is_integer(value) && json_integer_value(value) >= 0 ? json_integer_value(value) : -1;
}

static int read_list(struct reader *r, const json_t *object, const char *key, size_t line, struct gold_review *review, enum gold_code code)
{
	const json_t *list = json_object_get(object, key), *item;
	size_t i;
	if (!list)
		return 0;
	if (!json_is_array(list))
		return refuse(r, "%s line %zu: \"%s\" is no list of theme codes", r->path, line, key);
	json_array_foreach(list, i, item) {
		const char *word = json_string_value(item);
		size_t theme = word ? theme_of(r, word, strlen(word)) : SIZE_MAX;
		if (theme == SIZE_MAX)
			return refuse(r, "%s line %zu: \"%s\" names '%s', which is none of the theme codes", r->path, line, key, word ? word : "?");
		review->codes[theme] = (unsigned char)code;
	}
	review->has |= GOLD_HAS_CODES;
	return 0;
}

static int read_review(struct reader *r, const json_t *o, size_t line, struct gold_review *review)
{
	static const struct { const char *key; unsigned bit; } fields[] = {
		{"published_year", GOLD_HAS_YEAR}, {"published_month", GOLD_HAS_MONTH}, {"incident_year", GOLD_HAS_INCIDENT},
		{"outcome", GOLD_HAS_OUTCOME}, {"same_as", GOLD_HAS_SAME}, {"duplicate_of", GOLD_HAS_SAME}};
	int64_t record = number_of(o, "record"), first = number_of(o, "first_line"), last = number_of(o, "last_line"),
	        year = number_of(o, "published_year"), month = number_of(o, "published_month"), incident = number_of(o, "incident_year");
	const char *name = json_object_get(o, "file") ? "file" : "archive", *same = json_object_get(o, "same_as") ? "same_as" : "duplicate_of";
	*review = (struct gold_review){string_of(o, "id"), string_of(o, name), string_of(o, "member"), string_of(o, "starts"),
	                               string_of(o, same), string_of(o, "outcome"), (uint64_t)record, (uint64_t)first, (uint64_t)last,
	                               (int)year, (int)month, (int)incident, 0, NULL};
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		review->has |= json_object_get(o, fields[i].key) ? fields[i].bit : 0;
	if (record < 0 || first < 0 || last < 0 || year < 0 || month < 0 || month > 12 || incident < 0 || year > 9999 || incident > 9999)
		return refuse(r, "%s line %zu: a line, record, year or month is no number in range", r->path, line);
	if (!review->file[0])
		return refuse(r, "%s line %zu: no \"file\"", r->path, line);
	return 0;
}

static int read_reviews(struct reader *r, const struct buf *text)
{
	struct gold *g = r->gold;
	static const struct { const char *key; enum gold_code code; } lists[] = {
		{"present", GOLD_PRESENT}, {"negated", GOLD_NEGATED}, {"disputed", GOLD_DISPUTED}};
	json_t **objects = NULL;
	size_t *lines = NULL, count = 0, capacity = 0, line = 0;
	int result = 0;
	for (const char *p = text->data; *p && !result;) {
		size_t length = strcspn(p, "\n");
		json_error_t error;
		line++;
		if (strspn(p, " \t\r") < length) {
			json_t *o = json_loadb(p, length, JSON_REJECT_DUPLICATES, &error);
			if (!json_is_object(o))
				result = refuse(r, "%s line %zu: %s", r->path, line, o ? "no JSON object" : error.text);
			if (count == capacity) {
				capacity = capacity ? 2 * capacity : 64;
				objects = mem_realloc(objects, capacity, sizeof *objects);
				lines = mem_realloc(lines, capacity, sizeof *lines);
			}
			lines[count] = line;
			objects[count++] = o;
		}
		p += length + (p[length] != '\0');
	}
	/* All codes must be known before the first array of them is made. */
	for (size_t i = 0; i < count && !result && !r->closed; i++)
		for (size_t k = 0; k < 3; k++) {
			const json_t *item;
			size_t at;
			json_array_foreach(json_object_get(objects[i], lists[k].key), at, item)
				if (json_is_string(item))
					theme_of(r, json_string_value(item), strlen(json_string_value(item)));
		}
	r->closed = true;
	g->reviews = mem_calloc(count ? count : 1, sizeof *g->reviews);
	for (size_t i = 0; i < count && !result; i++) {
		const char *kind = json_string_value(json_object_get(objects[i], "kind"));
		if (kind && strcmp(kind, "review") != 0)
			continue;
		struct gold_review *review = &g->reviews[g->review_count++];
		result = read_review(r, objects[i], lines[i], review);
		review->codes = mem_calloc(g->theme_count + 1, 1);
		for (size_t k = 0; k < 3 && !result; k++)
			result = read_list(r, objects[i], lists[k].key, lines[i], review, lists[k].code);
	}
	for (size_t i = 0; i < count; i++)
		json_decref(objects[i]);
	free(objects);
	free(lines);
	return result;
}

/* ---- judged phrases ---- */

enum { THEME, REVIEW, OFFSET, MATCH, VERDICT, CODER, LEFT, RIGHT, COLUMNS, NEEDED = VERDICT + 1 };
static const char *const column_names[COLUMNS] = {"theme", "review", "offset", "match", "verdict", "coder", "left", "right"};

struct table_reader {
	struct reader *reader;
	int columns[64];            /* which of ours, or -1 */
	size_t column_count, at, row;
	char *cells[COLUMNS];
	size_t phrase_capacity;
	bool failed;
};

static void take_cell(void *bytes, size_t length, void *context)
{
	struct table_reader *t = context;
	if (t->row == 0) {
		if (t->at == 0 && length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
			bytes = (char *)bytes + 3;
			length -= 3;
		}
		for (int i = 0; t->at < 64 && i < COLUMNS; i++)
			if (strlen(column_names[i]) == length && strncasecmp(bytes, column_names[i], length) == 0)
				t->columns[t->at] = i;
		t->column_count = t->at + 1;
	} else if (t->at < t->column_count && t->at < 64 && t->columns[t->at] >= 0) {
		t->cells[t->columns[t->at]] = mem_strndup(bytes, length);
	}
	t->at++;
}

static int verdict_of(char *word, enum gold_code *code)
{
	word += strspn(word, " \t");
	for (size_t n = strlen(word); n && (word[n - 1] == ' ' || word[n - 1] == '\t');)
		word[--n] = '\0';
	static const struct { const char *word; enum gold_code code; } words[] = {
		{"yes", GOLD_PRESENT}, {"y", GOLD_PRESENT}, {"no", GOLD_ABSENT}, {"n", GOLD_ABSENT}, {"negated", GOLD_NEGATED},
		{"unsure", GOLD_DISPUTED}, {"?", GOLD_DISPUTED}, {"", GOLD_DISPUTED}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(word, words[i].word) == 0) {
			*code = words[i].code;
			return 0;
		}
	return -1;
}

static char *take(struct table_reader *t, int column)
{
	char *s = t->cells[column] ? t->cells[column] : mem_strdup("");
	t->cells[column] = NULL;
	return s;
}

static void take_phrase(struct table_reader *t)
{
	struct reader *r = t->reader;
	struct gold *g = r->gold;
	enum gold_code code;
	char *end = NULL;
	for (int i = 0; i < NEEDED; i++)
		if (!t->cells[i]) {
			refuse(r, "%s row %zu: no cell in the column '%s'", r->path, t->row + 1, column_names[i]);
			t->failed = true;
			return;
		}
	unsigned long long offset = strtoull(t->cells[OFFSET], &end, 10);
	size_t theme = theme_of(r, t->cells[THEME], strlen(t->cells[THEME]));
	if (verdict_of(t->cells[VERDICT], &code) != 0) {
		refuse(r, "%s row %zu: the verdict '%s' is not one of yes, no, negated, unsure", r->path, t->row + 1, t->cells[VERDICT]);
		t->failed = true;
	} else if (end == t->cells[OFFSET] || *end) {
		refuse(r, "%s row %zu: the offset '%s' is no number", r->path, t->row + 1, t->cells[OFFSET]);
		t->failed = true;
	} else if (theme == SIZE_MAX) {
		refuse(r, "%s row %zu: '%s' is none of the theme codes", r->path, t->row + 1, t->cells[THEME]);
		t->failed = true;
	} else if (code == GOLD_DISPUTED) {
		g->unjudged++;
	} else {
		MEM_GROW(g->phrases, g->phrase_count, t->phrase_capacity);
		g->phrases[g->phrase_count++] = (struct gold_phrase){
			take(t, REVIEW), take(t, CODER), take(t, LEFT), take(t, MATCH), take(t, RIGHT), offset, theme, code};
	}
}

static void take_row(int c, void *context)
{
	struct table_reader *t = context;
	bool found[COLUMNS] = {false};
	(void)c;
	if (t->failed || t->at == 0)
		return;
	if (t->row == 0) {
		for (size_t i = 0; i < t->column_count && i < 64; i++)
			if (t->columns[i] >= 0)
				found[t->columns[i]] = true;
		for (int i = 0; i < NEEDED && !t->failed; i++)
			if (!found[i]) {
				refuse(t->reader, "%s: neither JSON lines nor a table with the column '%s', as 'kwic --coding --format csv' writes it",
				       t->reader->path, column_names[i]);
				t->failed = true;
			}
	} else {
		take_phrase(t);
	}
	for (int i = 0; i < COLUMNS; i++) {
		free(t->cells[i]);
		t->cells[i] = NULL;
	}
	t->row++;
	t->at = 0;
}

static int by_place(const void *a, const void *b)
{
	const struct gold_phrase *x = a, *y = b;
	int c = strcmp(x->review, y->review);
	if (c)
		return c;
	if (x->theme != y->theme)
		return x->theme < y->theme ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return strcmp(x->coder, y->coder);
}

/* What divides the cells: spreadsheets write ';' where the comma is the decimal mark, and tabs on request. */
static unsigned char delimiter_of(const char *text)
{
	size_t line = strcspn(text, "\r\n"), most = 0;
	unsigned char found = ',';
	for (const char *d = ",;\t"; *d; d++) {
		size_t count = 0;
		for (size_t i = 0; i < line; i++)
			count += text[i] == *d;
		if (count > most) {
			most = count;
			found = (unsigned char)*d;
		}
	}
	return found;
}

static int read_phrases(struct reader *r, const struct buf *text)
{
	struct table_reader t = {.reader = r};
	struct csv_parser parser;
	for (size_t i = 0; i < 64; i++)
		t.columns[i] = -1;
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		mem_exhausted();
	csv_set_delim(&parser, delimiter_of(text->data));
	if (csv_parse(&parser, text->data, text->length, take_cell, take_row, &t) != text->length ||
	    csv_fini(&parser, take_cell, take_row, &t) != 0) {
		if (!t.failed)
			refuse(r, "%s row %zu: %s", r->path, t.row + 1, csv_strerror(csv_error(&parser)));
		t.failed = true;
	}
	csv_free(&parser);
	for (int i = 0; i < COLUMNS; i++)
		free(t.cells[i]);
	if (r->gold->phrase_count)
		mem_sort(r->gold->phrases, r->gold->phrase_count, sizeof *r->gold->phrases, by_place);
	return t.failed ? -1 : 0;
}

/* ---- both ---- */

int gold_read(struct gold *gold, const char *path, const char *codes_path, char *message, size_t message_size)
{
	struct reader r = {gold, path, STRMAP_INIT, false, 0, message, message_size};
	struct buf text = BUF_INIT;
	*gold = (struct gold){0};
	int result = settle_codes(&r, codes_path);
	if (!result && read_whole(path, &text) != 0) {
		refuse(&r, "%s: %s", path, strerror(errno));
		result = -1;
	} else if (!result && text.length != strlen(text.data)) {
		result = refuse(&r, "%s: it holds a NUL byte", path);
	}
	if (!result)
		result = text.data[strspn(text.data, " \t\r\n")] == '{' ? read_reviews(&r, &text) : read_phrases(&r, &text);
	if (!result && !gold->review_count && !gold->phrase_count)
		result = refuse(&r, "%s: it holds no coded review and no judged phrase", path);
	buf_release(&text);
	strmap_release(&r.themes);
	if (result)
		gold_release(gold);
	return result;
}

void gold_release(struct gold *gold)
{
	for (size_t i = 0; i < gold->theme_count; i++)
		free(gold->themes[i]);
	for (size_t i = 0; i < gold->review_count; i++) {
		struct gold_review *r = &gold->reviews[i];
		free(r->id);
		free(r->file);
		free(r->member);
		free(r->starts);
		free(r->same_as);
		free(r->outcome);
		free(r->codes);
	}
	for (size_t i = 0; i < gold->phrase_count; i++) {
		struct gold_phrase *p = &gold->phrases[i];
		free(p->review);
		free(p->coder);
		free(p->left);
		free(p->match);
		free(p->right);
	}
	free(gold->themes);
	free(gold->reviews);
	free(gold->phrases);
	*gold = (struct gold){0};
}
