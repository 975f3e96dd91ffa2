/* Reading a lexicon: lines, columns, directives. Patterns are pattern.c's, the themes' table is store.c's. */
#include "matchers/lexicon.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "matchers/expression.h"
#include "matchers/pattern.h"
#include "matchers/store.h"
#include "matchers/theme_code.h"

#define ERRORS_MOST 200 /* after so many the file is not a lexicon, and a list of them helps no one */

/* A piece of a line. */
struct span {
	const char *at;
	size_t length;
};

/* What is known of a theme, beside the theme of the store. */
struct described {
	bool by_directive;     /* it has its @theme line */
	signed char negatable; /* -1: not said */
};

struct reader {
	struct store *store;
	struct lexicon_limits limits;
	struct problem_list *problems;
	size_t errors_before;
	const char *file;
	uint32_t line;
	uint32_t named_on;      /* line of this file's @lexicon, or 0 */
	bool header_seen, gave_up;
	size_t lines;           /* over all files */
	uint64_t variants;
	struct described *described;
	size_t described_count, described_capacity;
	struct buf name, version, message, value;
};

static void error(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void error(struct reader *r, const char *format, ...)
{
	struct buf message = BUF_INIT;
	va_list args;
	va_start(args, format);
	buf_vprintf(&message, format, args);
	va_end(args);
	problem_add(r->problems, PROBLEM_ERROR, r->file, r->line, "%s", message.data);
	buf_release(&message);
	if (problem_errors(r->problems) - r->errors_before >= ERRORS_MOST) {
		problem_add(r->problems, PROBLEM_ERROR, r->file, r->line, "%d errors; reading stopped here", ERRORS_MOST);
		r->gave_up = true;
	}
}

/* ---- pieces of a line ---- */

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span trim(struct span s)
{
	while (s.length && blank(*s.at))
		s.at++, s.length--;
	while (s.length && blank(s.at[s.length - 1]))
		s.length--;
	return s;
}

static bool span_is(struct span s, const char *word)
{
	return s.length == strlen(word) && memcmp(s.at, word, s.length) == 0;
}

/* Takes the first word off a trimmed line. */
static struct span take_word(struct span *rest)
{
	struct span word = {rest->at, 0};
	while (word.length < rest->length && !blank(rest->at[word.length]))
		word.length++;
	rest->at += word.length;
	rest->length -= word.length;
	*rest = trim(*rest);
	return word;
}

static const char *keep(struct reader *r, struct span s)
{
	return arena_strndup(&r->store->arena, s.at, s.length);
}

/* ---- themes ---- */

/* THEME_NONE with an error if the code is no theme's. */
static uint32_t read_theme(struct reader *r, struct span code)
{
	if (!theme_code_is_well_formed(code.at, code.length)) {
		error(r, "theme '%.*s': a theme code is words of a to z, 0 to 9 and '_' joined by '.', at most %d bytes and %d words, as in parent.domestic_abuse",
		      (int)code.length, code.at, CODE_BYTES, CODE_PARTS);
		return THEME_NONE;
	}
	uint32_t theme = store_theme(r->store, code.at, code.length);
	if (r->store->lexicon.theme_count > r->limits.themes && !r->gave_up) {
		error(r, "more than %u themes", r->limits.themes);
		r->gave_up = true;
	}
	for (; r->described_count < r->store->lexicon.theme_count; r->described_count++) {
		MEM_GROW(r->described, r->described_count, r->described_capacity);
		r->described[r->described_count] = (struct described){false, -1};
		r->store->lexicon.themes[r->described_count].file = r->file;
		r->store->lexicon.themes[r->described_count].line = r->line;
	}
	return theme;
}

/* Takes key=value or key="value" off a directive; in quotes \" is a quote and \\ a backslash. The value is in r->value.
 * Returns 0 at the end, 1, or -1 with an error. */
static int take_attribute(struct reader *r, struct span *rest, struct span *key)
{
	if (!rest->length)
		return 0;
	size_t at = 0;
	while (at < rest->length && !blank(rest->at[at]) && rest->at[at] != '=')
		at++;
	*key = (struct span){rest->at, at};
	if (!at || at == rest->length || rest->at[at] != '=') {
		error(r, "'%.*s' where key=value should stand", (int)(at ? at : 1), rest->at);
		return -1;
	}
	at++;
	buf_clear(&r->value);
	if (at < rest->length && rest->at[at] == '"') {
		for (at++; at < rest->length && rest->at[at] != '"'; at++) {
			if (rest->at[at] == '\\' && at + 1 < rest->length && (rest->at[at + 1] == '"' || rest->at[at + 1] == '\\'))
				at++;
			buf_append_char(&r->value, rest->at[at]);
		}
		if (at == rest->length) {
			error(r, "the value of %.*s has no closing '\"'", (int)key->length, key->at);
			return -1;
		}
		at++;
		if (at < rest->length && !blank(rest->at[at])) {
			error(r, "write a space after the value of %.*s", (int)key->length, key->at);
			return -1;
		}
	} else
		while (at < rest->length && !blank(rest->at[at]))
			buf_append_char(&r->value, rest->at[at++]);
	rest->at += at;
	rest->length -= at;
	*rest = trim(*rest);
	return 1;
}

static const char *value_of(const struct reader *r)
{
	return r->value.data ? r->value.data : "";
}

static void join_name(struct buf *names, const char *more)
{
	if (names->length)
		buf_append_char(names, '+');
	buf_append_str(names, more);
}

static void read_lexicon_directive(struct reader *r, struct span rest)
{
	if (r->named_on)
		error(r, "@lexicon stands in line %u already", (unsigned)r->named_on);
	r->named_on = r->line;
	struct span key;
	char *name = NULL, *version = NULL;
	for (int more; (more = take_attribute(r, &rest, &key)) != 0;) {
		if (more < 0)
			goto done;
		char **field = span_is(key, "name") ? &name : span_is(key, "version") ? &version : NULL;
		if (!field)
			error(r, "@lexicon has name and version, not '%.*s'", (int)key.length, key.at);
		else if (*field)
			error(r, "%.*s is given twice", (int)key.length, key.at);
		else if (!r->value.length)
			error(r, "%.*s is empty", (int)key.length, key.at);
		else
			*field = mem_strdup(value_of(r));
	}
	if (!name)
		error(r, "@lexicon needs name=");
	else {
		const char *v = version ? version : "0";
		/* The files of one lexicon may each say what they belong to. */
		bool same = r->name.length && strcmp(r->name.data, name) == 0 && strcmp(r->version.data, v) == 0;
		if (!same) {
			join_name(&r->name, name);
			join_name(&r->version, v);
		}
	}
done:
	free(name);
	free(version);
}

/* A theme may be described in several places, as files that are put together do; what they say must agree. */
static void describe(struct reader *r, const struct theme *theme, const char *key, const char **field)
{
	if (!*field)
		*field = keep(r, (struct span){value_of(r), r->value.length});
	else if (strcmp(*field, value_of(r)) != 0)
		error(r, "theme %s has another %s in %s line %u", theme->code, key, theme->file, (unsigned)theme->line);
}

static void read_theme_directive(struct reader *r, struct span rest)
{
	struct span code = take_word(&rest), key;
	uint32_t index = read_theme(r, code);
	if (index == THEME_NONE)
		return;
	assert(r->described && index < r->described_count);
	struct described *d = &r->described[index];
	struct theme *theme = &r->store->lexicon.themes[index];
	if (!d->by_directive) {
		theme->file = r->file;
		theme->line = r->line;
	}
	d->by_directive = true;
	while (take_attribute(r, &rest, &key) > 0) {
		bool yes = strcmp(value_of(r), "yes") == 0;
		if (span_is(key, "label"))
			describe(r, theme, "label", &theme->label);
		else if (span_is(key, "description"))
			describe(r, theme, "description", &theme->description);
		else if (!span_is(key, "negatable"))
			error(r, "@theme has label, description and negatable, not '%.*s'", (int)key.length, key.at);
		else if (!yes && strcmp(value_of(r), "no") != 0)
			error(r, "negatable is yes or no, not '%s'", value_of(r));
		else if (d->negatable >= 0 && d->negatable != yes)
			error(r, "theme %s has another negatable in %s line %u", theme->code, theme->file, (unsigned)theme->line);
		else
			d->negatable = yes;
	}
}

/* ---- entries ---- */

static bool read_pattern(struct reader *r, struct span source, unsigned flags, struct item_list *pattern)
{
	uint64_t variants;
	buf_clear(&r->message);
	if (!pattern_parse(&r->store->arena, source.at, source.length, flags, &r->limits, pattern, &variants, &r->message)) {
		error(r, "%s", r->message.data);
		return false;
	}
	r->variants += variants;
	if (r->variants > r->limits.variants_total && !r->gave_up) {
		error(r, "the entries so far give more than %u sequences; use fewer alternatives and hyphens", r->limits.variants_total);
		r->gave_up = true;
	}
	return true;
}

static void add_entry(struct reader *r, uint32_t theme, enum entry_role role, unsigned flags, struct span source, struct span note,
                      struct item_list pattern)
{
	struct entry entry = {
		.theme = theme,
		.role = role,
		.flags = flags,
		.source = keep(r, source),
		.note = note.length ? keep(r, note) : "",
		.file = r->file,
		.line = r->line,
	};
	store_entry(r->store, &entry, &pattern);
	if (role == ROLE_MENTION)
		r->store->lexicon.themes[theme].entries++;
}

static void read_negation_directive(struct reader *r, struct span rest)
{
	static const struct {
		const char *word;
		enum entry_role role;
	} kinds[] = {{"before", ROLE_CUE_BEFORE}, {"after", ROLE_CUE_AFTER}, {"pseudo", ROLE_PSEUDO_CUE}, {"terminator", ROLE_TERMINATOR}};
	struct span kind = take_word(&rest);
	struct item_list pattern;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (span_is(kind, kinds[i].word)) {
			if (read_pattern(r, rest, 0, &pattern))
				add_entry(r, THEME_NONE, kinds[i].role, 0, rest, (struct span){"", 0}, pattern);
			return;
		}
	error(r, "@negation is before, after, pseudo or terminator, not '%.*s'", (int)kind.length, kind.at);
}

static bool read_flags(struct reader *r, struct span column, unsigned *flags)
{
	static const char letters[] = ENTRY_FLAG_LETTERS;
	*flags = 0;
	for (size_t i = 0; i < column.length; i++) {
		const char *letter = column.at[i] ? strchr(letters, column.at[i]) : NULL;
		if (!letter) {
			error(r, "flags '%.*s': the flags are C, c, w, x and r, written without spaces", (int)column.length, column.at);
			return false;
		}
		*flags |= 1u << (letter - letters);
	}
	return true;
}

static void read_entry(struct reader *r, struct span columns[4])
{
	unsigned flags;
	if (!read_flags(r, columns[2], &flags))
		return;
	uint32_t theme;
	if (span_is(columns[0], "*")) {
		if (!(flags & ENTRY_EXCLUSION)) {
			error(r, "only an exclusion (flag x) may have the theme *");
			return;
		}
		theme = THEME_ANY;
	} else if ((theme = read_theme(r, columns[0])) == THEME_NONE)
		return;
	struct item_list pattern = {NULL, 0};
	if (!columns[1].length) {
		error(r, "the pattern is missing: columns are theme, pattern, flags, note with a tab between");
		return;
	}
	if (flags & ENTRY_REGEX) {
		if (columns[1].length > PATTERN_BYTES) {
			error(r, "the expression has %zu bytes; at most %d", columns[1].length, PATTERN_BYTES);
			return;
		}
		buf_clear(&r->message);
		if (!expression_accept(columns[1].at, columns[1].length, &r->message)) {
			error(r, "%s", r->message.data);
			return;
		}
		r->variants++;
	} else if (!read_pattern(r, columns[1], flags, &pattern))
		return;
	add_entry(r, theme, flags & ENTRY_EXCLUSION ? ROLE_EXCLUSION : ROLE_MENTION, flags, columns[1], columns[3], pattern);
}

/* ---- lines ---- */

static void read_columns(struct reader *r, struct span line)
{
	struct span columns[4] = {{"", 0}, {"", 0}, {"", 0}, {"", 0}};
	size_t count = 0;
	for (const char *at = line.at, *end = line.at + line.length;; at++) {
		const char *tab = memchr(at, '\t', (size_t)(end - at));
		if (count == 4) {
			error(r, "more than four columns: theme, pattern, flags, note");
			return;
		}
		columns[count++] = trim((struct span){at, (size_t)((tab ? tab : end) - at)});
		if (!tab)
			break;
		at = tab;
	}
	if (r->header_seen) {
		read_entry(r, columns);
		return;
	}
	r->header_seen = true;
	if (!span_is(columns[0], "theme") || !span_is(columns[1], "pattern") || (columns[2].length && !span_is(columns[2], "flags")) ||
	    (columns[3].length && !span_is(columns[3], "note"))) {
		error(r, "the first line that is no comment or directive must be the header: theme, pattern, flags, note with a tab between");
		r->gave_up = true; /* one error, not one for each line of some other format */
	}
}

static void read_line(struct reader *r, struct span line)
{
	if (line.length && line.at[line.length - 1] == '\r')
		line.length--;
	if (line.length > r->limits.line_bytes) {
		error(r, "the line has %zu bytes; at most %zu", line.length, r->limits.line_bytes);
		return;
	}
	if (memchr(line.at, '\0', line.length)) {
		error(r, "a NUL byte: save the file as UTF-8 text");
		r->gave_up = true;
		return;
	}
	size_t valid = utf8_valid_prefix(line.at, line.length);
	if (valid < line.length) {
		error(r, "byte %zu (0x%02x) is not UTF-8: save the file as UTF-8 text", valid + 1, (unsigned)(unsigned char)line.at[valid]);
		return;
	}
	if (!line.length || *line.at == '#')
		return;
	if (*line.at != '@') {
		if (trim(line).length)
			read_columns(r, line);
		return;
	}
	struct span rest = trim(line), directive = take_word(&rest);
	if (span_is(directive, "@lexicon"))
		read_lexicon_directive(r, rest);
	else if (span_is(directive, "@theme"))
		read_theme_directive(r, rest);
	else if (span_is(directive, "@negation"))
		read_negation_directive(r, rest);
	else
		error(r, "'%.*s': the directives are @lexicon, @theme and @negation", (int)directive.length, directive.at);
}

static void read_source(struct reader *r, const struct lexicon_source *source)
{
	r->file = arena_strndup(&r->store->arena, source->name, strlen(source->name));
	r->line = 0;
	r->named_on = 0;
	r->header_seen = false;
	const char *at = source->bytes, *end = source->bytes + source->length;
	if (source->length >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0)
		at += 3;
	while (at < end && !r->gave_up) {
		const char *line_end = memchr(at, '\n', (size_t)(end - at));
		if (!line_end)
			line_end = end;
		r->line++;
		if (++r->lines > r->limits.lines) {
			error(r, "more than %zu lines", r->limits.lines);
			r->gave_up = true;
			break;
		}
		read_line(r, (struct span){at, (size_t)(line_end - at)});
		at = line_end < end ? line_end + 1 : end;
	}
}

/* What can only be known when everything has been read. */
static void complete(struct reader *r)
{
	struct lexicon *l = &r->store->lexicon;
	l->name = r->name.length ? arena_strndup(&r->store->arena, r->name.data, r->name.length) : "unnamed";
	l->version = r->version.length ? arena_strndup(&r->store->arena, r->version.data, r->version.length) : "0";
	assert(r->described || !l->theme_count);
	for (size_t i = 0; i < l->theme_count; i++) {
		struct theme *t = &l->themes[i];
		const char *last = strrchr(t->code, '.');
		if (!t->label || !*t->label)
			t->label = last ? last + 1 : t->code;
		if (!t->description)
			t->description = "";
		t->negatable = r->described[i].negatable >= 0 ? r->described[i].negatable : t->parent != THEME_NONE && l->themes[t->parent].negatable;
	}
}

void store_sum(const struct lexicon_source *sources, size_t count, unsigned char digest[SHA256_BYTES])
{
	struct sha256 h;
	sha256_init(&h);
	for (size_t i = 0; i < count; i++) {
		unsigned char length[8];
		for (int k = 0; k < 8; k++)
			length[k] = (unsigned char)((uint64_t)sources[i].length >> (8 * k));
		sha256_update(&h, length, sizeof length);
		sha256_update(&h, sources[i].bytes, sources[i].length);
	}
	sha256_final(&h, digest);
}

struct lexicon *lexicon_read(const struct lexicon_source *sources, size_t count, const struct lexicon_limits *limits,
                             struct problem_list *problems)
{
	struct reader r = {
		.store = store_new(),
		.limits = LEXICON_LIMITS_DEFAULT,
		.problems = problems,
		.errors_before = problem_errors(problems),
	};
	if (limits)
		r.limits = *limits;
	size_t bytes = 0;
	for (size_t i = 0; i < count && !r.gave_up; i++) {
		if (__builtin_add_overflow(bytes, sources[i].length, &bytes) || bytes > r.limits.file_bytes) {
			problem_add(problems, PROBLEM_ERROR, sources[i].name, 0, "a lexicon may have %zu bytes in all", r.limits.file_bytes);
			break;
		}
		read_source(&r, &sources[i]);
	}
	bool refused = problem_errors(problems) > r.errors_before;
	if (!refused) {
		complete(&r);
		store_sum(sources, count, r.store->lexicon.sha256);
	}
	free(r.described);
	buf_release(&r.name);
	buf_release(&r.version);
	buf_release(&r.message);
	buf_release(&r.value);
	if (!refused)
		return &r.store->lexicon;
	store_free(r.store);
	return NULL;
}
