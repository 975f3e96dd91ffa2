#include "corpora/layout.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/resource.h"

#define FILE_BYTES ((size_t)1 << 20)
#define PATTERN_BYTES 16384
#define DEFINES 64
#define BUILT_IN "corpora/layouts/"

static const char *const kind_words[RULE_KINDS] = {
	"row", "entry", "opening", "section", "header", "list", "end", "page", "skip", "part", "inside", "byline", "method", "recommendations",
	"outcome", "age", "gender", "incident", "history", "general", "stop", "headless", "narrative", "title", "period", "digest", "name",
	"child", "whole", "front", "contents", "column",
};
static const char *const capture_names[CAPTURES] = {"date", "board", "child", "title", "section", "text", "count", "unit", "months"};

struct define {
	char *name, *pattern;
};

/* What is read, and where. */
struct reader {
	struct rules *rules;
	struct define define[DEFINES];
	size_t defines;
	struct layout *layout; /* the one that statements belong to */
	const char *file;
	unsigned line;
	bool user; /* not built in */
	struct kept_rules *kept; /* NULL: expressions are compiled */
	char *message;
	size_t message_size;
	bool failed;
};

__attribute__((format(printf, 2, 3))) static void fail(struct reader *r, const char *format, ...)
{
	if (r->failed)
		return;
	char text[320];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	snprintf(r->message, r->message_size, "%s:%u: %s", r->file, r->line, text);
	r->failed = true;
}

static bool by_line(enum rule_kind kind)
{
	return kind >= RULE_ENTRY && kind <= RULE_PART;
}

static bool by_literal(enum rule_kind kind)
{
	return kind >= RULE_INSIDE && kind <= RULE_RECOMMENDATIONS;
}

static bool by_word(enum rule_kind kind)
{
	return kind >= RULE_OUTCOME && kind <= RULE_STOP;
}

/* Writes the pattern with {NAME} and spaces replaced; in text that is read over line ends a space may be one. */
static bool expand(struct reader *r, const char *source, struct buf *out, bool lines, int depth)
{
	bool class = false;
	for (const char *s = source; *s && !r->failed;) {
		if (*s == '\\' && s[1]) {
			size_t n = 2;
			if (s[2] == '{' && strchr("pPxokg", s[1])) /* \p{Lu} */
				n += strcspn(s + 2, "}") + 1;
			n = strnlen(s, n);
			buf_append(out, s, n);
			s += n;
		} else if (!class && *s == '{' && s[1] >= 'A' && s[1] <= 'Z') {
			size_t n = strcspn(s + 1, "}");
			const char *found = NULL;
			for (size_t i = 0; i < r->defines; i++)
				if (strlen(r->define[i].name) == n && memcmp(r->define[i].name, s + 1, n) == 0)
					found = r->define[i].pattern;
			if (!found || depth > 8) {
				char name[64];
				snprintf(name, sizeof name, "%.*s", (int)(n < 60 ? n : 60), s + 1);
				fail(r, "{%s} is not defined above", name);
				return false;
			}
			buf_append_str(out, "(?:");
			expand(r, found, out, lines, depth + 1);
			buf_append_char(out, ')');
			s += n + (s[n + 1] ? 2 : 1);
		} else if (!class && *s == ' ') {
			s += strspn(s, " ");
			bool optional = *s == '?' || *s == '*';
			if (optional || *s == '+')
				s++;
			buf_append_str(out, lines ? "[ \\x{A0}\\r\\n]" : "[ \\x{A0}]");
			buf_append_str(out, optional ? "*+" : "++");
		} else {
			if (*s == '[')
				class = true;
			else if (*s == ']')
				class = false;
			buf_append_char(out, *s++);
		}
		if (out->length > PATTERN_BYTES)
			fail(r, "%s", "the pattern is too long");
	}
	return !r->failed;
}

static bool number(const char *s, long least, long most, long *value)
{
	char *end;
	errno = 0;
	*value = strtol(s, &end, 10);
	return end != s && !*end && errno == 0 && *value >= least && *value <= most;
}

struct literal_list { /* while reading */
	const char *literal[FINDER_LITERALS];
	size_t count;
};
struct literal_lists {
	struct literal_list inside, byline, body;
};

/* find=A|B: `_` stands for a space and `#` for each digit in turn. */
static void add_literals(struct reader *r, struct find_table *table, struct literal_list *to, const struct rule *rule, const char *list)
{
	while (*list && !r->failed) {
		size_t n = strcspn(list, "|");
		const char *digit = memchr(list, '#', n);
		if (n < 3 || n > FINDER_BYTES)
			fail(r, "%s", "a literal of find= has 3 to 32 bytes");
		for (char d = '0'; d <= '9' && !r->failed; d++) {
			if (to->count == FINDER_LITERALS) {
				fail(r, "%s", "too many find= literals in all");
				break;
			}
			char *literal = arena_strndup(&r->rules->memory, list, n);
			for (size_t i = 0; i < n; i++)
				literal[i] = literal[i] == '_' ? ' ' : literal[i] == '#' ? d : literal[i];
			to->literal[to->count] = literal;
			table->rule[to->count++] = rule;
			if (!digit)
				break;
		}
		list += n + (list[n] == '|');
	}
}

/* words=A|B*|C: "*" takes any word that begins so. */
static void add_words(struct reader *r, struct words *words, uint16_t value, const char *list)
{
	while (*list && !r->failed) {
		size_t n = strcspn(list, "|");
		if (!words_add(words, list, n, value))
			fail(r, "'%.*s': a word has up to 24 letters and digits, a beginning at least 3; there may be 512 in all", (int)n, list);
		list += n + (list[n] == '|');
	}
}

static void add_line_rule(struct reader *r, struct rule *rule)
{
	struct line_table *t = &r->rules->lines;
	if (t->count == LINE_RULES) {
		fail(r, "%s", "too many rules for lines in all");
		return;
	}
	rule->place = (unsigned)t->count++;
	line_mask bit = UINT64_C(1) << rule->place;
	t->rule[rule->place] = rule;
	uint64_t first[4];
	regex_first(rule->regex, first);
	for (unsigned c = 0; c < 256; c++)
		if (first[c / 64] >> c % 64 & 1)
			t->first[c] |= bit;
	if (rule->bulleted)
		t->bulleted |= bit;
	if (rule->bullet)
		t->bullet |= bit;
	if (rule->alone)
		t->alone |= bit;
	if (rule->torn)
		t->torn |= bit;
	if (rule->most)
		t->shorter |= bit;
	if (rule->kind == RULE_SKIP || rule->kind == RULE_PART)
		t->report |= bit;
	if (rule->layout)
		t->of_layout[rule->layout->index] |= bit;
}

/* A copy with `_` as a space and "\\t" as a tab. */
static char *spaced(struct reader *r, const char *value)
{
	char *copy = arena_strndup(&r->rules->memory, value, strlen(value)), *to = copy;
	for (const char *s = value; *s; s++)
		if (*s == '_')
			*to++ = ' ';
		else if (s[0] == '\\' && s[1] == 't')
			*to++ = '\t', s++;
		else
			*to++ = *s;
	*to = '\0';
	return copy;
}

/* needs=A+B */
static void read_needs(struct reader *r, struct rule *rule, const char *value)
{
	while (*value) {
		size_t n = strcspn(value, "+"), i = 0;
		while (i < r->rules->sign_count && (strlen(r->rules->sign[i]) != n || memcmp(r->rules->sign[i], value, n) != 0))
			i++;
		if (i == r->rules->sign_count) {
			fail(r, "there is no sign '%.*s'", (int)n, value);
			return;
		}
		rule->needs |= UINT32_C(1) << i;
		value += n + (value[n] == '+');
	}
}

static void read_sign(struct reader *r, char *rest)
{
	struct rules *rules = r->rules;
	size_t n = strcspn(rest, " \t"), i = 0;
	char *list = rest + n + strspn(rest + n, " \t");
	rest[n] = '\0';
	while (i < rules->sign_count && strcmp(rules->sign[i], rest) != 0)
		i++;
	if (!n || !*list || i == SIGNS) {
		fail(r, "%s", i == SIGNS ? "too many signs" : "sign NAME WORDS");
		return;
	}
	if (i == rules->sign_count)
		rules->sign[rules->sign_count++] = arena_strndup(&rules->memory, rest, n);
	add_words(r, &rules->signs, (uint16_t)i, list);
}

/* KEY=VALUE words before the " : "; *find is set to literals or words. */
static void read_options(struct reader *r, struct rule *rule, char *options, const char **find)
{
	char *save = NULL;
	for (char *o = strtok_r(options, " \t", &save); o && !r->failed; o = strtok_r(NULL, " \t", &save)) {
		char *value = strchr(o, '=');
		long n;
		if (!value) {
			fail(r, "'%s' is no KEY=VALUE", o);
			return;
		}
		*value++ = '\0';
		if (strcmp(o, "weight") == 0 && number(value, 0, 100, &n))
			rule->weight = (int)n;
		else if (strcmp(o, "confirm") == 0 && strcmp(value, "yes") == 0)
			rule->confirm = CONFIRM_YES;
		else if (strcmp(o, "confirm") == 0 && strcmp(value, "narrative") == 0)
			rule->confirm = CONFIRM_NARRATIVE;
		else if (strcmp(o, "bullet") == 0 && strcmp(value, "yes") == 0)
			rule->bullet = true;
		else if (strcmp(o, "bullet") == 0 && strcmp(value, "only") == 0)
			rule->bullet = rule->bulleted = true;
		else if (strcmp(o, "torn") == 0 && strcmp(value, "yes") == 0)
			rule->torn = true;
		else if (strcmp(o, "alone") == 0 && strcmp(value, "yes") == 0)
			rule->alone = true;
		else if (((strcmp(o, "find") == 0 && by_literal(rule->kind)) || (strcmp(o, "words") == 0 && by_word(rule->kind))) && *value)
			*find = arena_strndup(&r->rules->memory, value, strlen(value));
		else if (strcmp(o, "value") == 0) {
			rule->value = rule->kind == RULE_METHOD ? spaced(r, value) : arena_strndup(&r->rules->memory, value, strlen(value));
		} else if (strcmp(o, "most") == 0 && number(value, 1, LINE_SHORT, &n))
			rule->most = (size_t)n;
		else if (strcmp(o, "ends") == 0 && *value)
			rule->ends = spaced(r, value);
		else if (strcmp(o, "not") == 0 && *value)
			rule->not = spaced(r, value);
		else if (strcmp(o, "needs") == 0 && *value)
			read_needs(r, rule, value);
		else if (strcmp(o, "back") == 0 && number(value, 0, 200, &n))
			rule->back = (size_t)n;
		else if (strcmp(o, "ahead") == 0 && number(value, 1, 400, &n))
			rule->ahead = (size_t)n;
		else if (strcmp(o, "from") == 0 && number(value, 0, WORDS_BACK, &n))
			rule->from = (unsigned)n;
		else
			fail(r, "'%s' is no option of a rule, or its value is wrong", o);
	}
}

/* value= of the kinds of rule that take one of a few. */
static void read_value(struct reader *r, struct rule *rule)
{
	if (rule->kind == RULE_OUTCOME) {
		while (rule->number < OUTCOME_COUNT && strcmp(outcome_word((enum outcome)rule->number), rule->value) != 0)
			rule->number++;
		if (rule->number == OUTCOME_COUNT)
			fail(r, "%s", "value= of an outcome is death, serious_harm, other or unknown");
	} else if (rule->kind == RULE_GENDER) {
		while (rule->number < GENDER_COUNT && strcmp(gender_word((enum gender)rule->number), rule->value) != 0)
			rule->number++;
		if (rule->number == GENDER_COUNT)
			fail(r, "%s", "value= of a gender is female, male, mixed or unknown");
	} else if (rule->kind == RULE_COLUMN) {
		while (rule->number < CAPTURES && strcmp(capture_names[rule->number], rule->value) != 0)
			rule->number++;
	} else if (rule->kind == RULE_METHOD && !*rule->value) {
		fail(r, "%s", "a method needs value=");
	} else if (rule->kind == RULE_RECOMMENDATIONS) {
		rule->number = strcmp(rule->value, "said") == 0;
	}
}

/* Compiles the pattern of a rule; `expression` is empty where the rule has none. */
static void read_pattern(struct reader *r, struct rule *rule, const char *expression)
{
	struct buf pattern = BUF_INIT;
	char reason[256];
	if (!*expression && (by_word(rule->kind) || rule->kind == RULE_METHOD))
		return;
	if (!*expression) {
		fail(r, "%s", "a rule is written KIND NAME [KEY=VALUE...] : PATTERN");
		return;
	}
	bool lines = by_word(rule->kind) || rule->kind == RULE_METHOD || rule->kind == RULE_RECOMMENDATIONS || rule->kind == RULE_NAME || rule->kind == RULE_CHILD;
	if (expand(r, expression, &pattern, lines, 0)) {
		bool anchored = rule->kind <= RULE_PART || rule->kind == RULE_COLUMN || (by_literal(rule->kind) && rule->back == 0) || by_word(rule->kind) ||
			rule->kind == RULE_TITLE || rule->kind == RULE_PERIOD || rule->kind == RULE_HEADLESS;
		const char *bytes = pattern.data ? pattern.data : "";
		unsigned flags = anchored ? REGEX_ANCHORED : 0;
		rule->regex = r->kept ? kept_rule(r->kept, rule, bytes, pattern.length, flags) : regex_new(bytes, pattern.length, flags, reason, sizeof reason);
		if (!rule->regex)
			fail(r, "%s", reason);
	}
	buf_release(&pattern);
	for (uint8_t i = 0; rule->regex && i < CAPTURES; i++) {
		if (!r->kept && regex_groups(rule->regex, capture_names[i], rule->group[i], RULE_GROUPS) > RULE_GROUPS)
			fail(r, "%s has more than four groups of one name", rule->name);
		if (rule->group[i][0])
			rule->captures[rule->capture_count++] = i;
	}
}

static void read_rule(struct reader *r, enum rule_kind kind, char *rest, struct literal_lists *lists)
{
	struct rules *rules = r->rules;
	char *colon = strstr(rest, " : ");
	const char *expression = "";
	if (colon) {
		*colon = '\0';
		expression = colon + 3;
	}
	size_t name = strcspn(rest, " \t");
	struct rule *rule = arena_alloc(&rules->memory, sizeof *rule);
	rule->kind = kind;
	rule->name = arena_strndup(&rules->memory, rest, name);
	rule->value = "";
	rule->layout = r->layout;
	rule->weight = 1;
	rule->ahead = 160;
	rule->file = r->file;
	rule->line = r->line;
	const char *find = NULL;
	read_options(r, rule, rest + name + strspn(rest + name, " \t"), &find);
	if (!r->failed)
		read_value(r, rule);
	if (!r->failed && (by_literal(kind) || by_word(kind)) && !find)
		fail(r, "this kind of rule needs %s", by_word(kind) ? "words=" : "find=");
	if (!r->failed)
		read_pattern(r, rule, expression);
	if (r->failed)
		return;
	MEM_GROW(rules->rule, rules->count, rules->capacity);
	rules->rule[rules->count++] = rule;
	rules->of_kind_count[kind]++;
	if (by_line(kind))
		add_line_rule(r, rule);
	else if (by_word(kind))
		add_words(r, &rules->head, (uint16_t)(rules->count - 1), find);
	else if (kind == RULE_INSIDE)
		add_literals(r, &rules->inside, &lists->inside, rule, find);
	else if (kind == RULE_BYLINE)
		add_literals(r, &rules->byline, &lists->byline, rule, find);
	else if (by_literal(kind))
		add_literals(r, &rules->body, &lists->body, rule, find);
}

static void begin_layout(struct reader *r, const char *name)
{
	struct rules *rules = r->rules;
	for (size_t i = 0; i < rules->layout_count; i++)
		if (strcmp(rules->layout[i]->name, name) == 0) {
			if (rules->layout[i]->user || !r->user) {
				fail(r, "layout %s was already begun", name);
				return;
			}
			rules->layout[i]->replaced = true;
		}
	if (!*name || rules->layout_count == LAYOUTS) {
		fail(r, "%s", *name ? "too many layouts" : "a layout needs a name");
		return;
	}
	struct layout *l = arena_alloc(&rules->memory, sizeof *l);
	l->name = arena_strndup(&rules->memory, name, strlen(name));
	l->about = "";
	l->file = r->file;
	l->least = 2;
	l->rank = 1;
	l->user = r->user;
	l->index = rules->layout_count;
	rules->layout[rules->layout_count++] = l;
	r->layout = l;
}

static void read_statement(struct reader *r, char *s, struct literal_lists *lists)
{
	size_t n = strcspn(s, " \t");
	char *rest = s + n + strspn(s + n, " \t");
	s[n] = '\0';
	long value;
	if (strcmp(s, "layout") == 0) {
		begin_layout(r, rest);
	} else if (strcmp(s, "sign") == 0) {
		read_sign(r, rest);
	} else if (strcmp(s, "define") == 0) {
		size_t name = strcspn(rest, " \t");
		if (name == 0 || rest[name] == '\0' || r->defines == DEFINES) {
			fail(r, "%s", r->defines == DEFINES ? "too many definitions" : "define NAME PATTERN");
			return;
		}
		struct define *d = &r->define[r->defines++];
		d->name = arena_strndup(&r->rules->memory, rest, name);
		const char *pattern = rest + name + strspn(rest + name, " \t");
		d->pattern = arena_strndup(&r->rules->memory, pattern, strlen(pattern));
	} else if (strcmp(s, "about") == 0 || strcmp(s, "least") == 0 || strcmp(s, "rank") == 0) {
		if (!r->layout)
			fail(r, "'%s' belongs below a layout line", s);
		else if (*s == 'a')
			r->layout->about = arena_strndup(&r->rules->memory, rest, strlen(rest));
		else if (*s == 'l' && number(rest, 1, 1000, &value))
			r->layout->least = (int)value;
		else if (*s == 'r' && number(rest, 1, RANKS, &value))
			r->layout->rank = (int)value;
		else
			fail(r, "%s", *s == 'l' ? "least N: a number of entries" : "rank 1 or rank 2");
	} else {
		for (int kind = 0; kind < RULE_KINDS; kind++)
			if (strcmp(s, kind_words[kind]) == 0) {
				read_rule(r, (enum rule_kind)kind, rest, lists);
				return;
			}
		fail(r, "'%s' is no statement of a rule file", s);
	}
}

static void read_text(struct reader *r, const char *file, const char *text, size_t length, struct literal_lists *lists)
{
	struct buf statement = BUF_INIT;
	unsigned line = 0;
	r->file = arena_strndup(&r->rules->memory, file, strlen(file));
	r->layout = NULL;
	for (size_t at = 0; at <= length && !r->failed;) {
		const char *end = memchr(text + at, '\n', length - at);
		size_t stop = end ? (size_t)(end - text) : length, next = stop + 1;
		while (stop > at && isspace((unsigned char)text[stop - 1]))
			stop--;
		bool goes_on = stop > at && (text[at] == ' ' || text[at] == '\t');
		line++;
		if (statement.length && !goes_on) {
			read_statement(r, statement.data, lists);
			buf_clear(&statement);
		}
		if (stop > at && text[at] != '#') {
			size_t from = at;
			if (goes_on && !statement.length) {
				r->line = line;
				fail(r, "%s", "this line goes on with nothing");
			}
			while (goes_on && (text[from] == ' ' || text[from] == '\t'))
				from++;
			if (!goes_on)
				r->line = line;
			else if (statement.length && !strstr(statement.data, " : ")) /* a pattern goes on as it stands, words before it with a space */
				buf_append_char(&statement, ' ');
			buf_append(&statement, text + from, stop - from);
		}
		at = next;
	}
	if (statement.length && !r->failed)
		read_statement(r, statement.data, lists);
	buf_release(&statement);
}

/* Lists rules by kind, and closes the masks of the layouts. */
static void arrange(struct rules *rules)
{
	for (int k = 0; k < RULE_KINDS; k++)
		rules->of_kind[k] = arena_calloc(&rules->memory, rules->of_kind_count[k] + 1, sizeof *rules->of_kind[k]);
	size_t filled[RULE_KINDS] = {0};
	for (size_t i = 0; i < rules->count; i++)
		rules->of_kind[rules->rule[i]->kind][filled[rules->rule[i]->kind]++] = rules->rule[i];
	struct line_table *t = &rules->lines;
	for (size_t n = 0; n < t->count; n++)
		if (!t->rule[n]->layout)
			t->shared |= UINT64_C(1) << n;
	for (int rank = 0; rank < RANKS; rank++)
		t->of_rank[rank] = t->shared;
	for (size_t i = 0; i < rules->layout_count; i++) {
		t->of_layout[i] |= t->shared;
		if (!rules->layout[i]->replaced)
			t->of_rank[rules->layout[i]->rank - 1] |= t->of_layout[i];
	}
}

static void make_finders(struct rules *rules, const struct literal_lists *lists)
{
	rules->inside.finder = finder_new(lists->inside.literal, lists->inside.count);
	rules->byline.finder = finder_new(lists->byline.literal, lists->byline.count);
	rules->body.finder = finder_new(lists->body.literal, lists->body.count);
}

static void free_texts(struct rule_text *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (texts[i].user)
			free((char *)texts[i].bytes);
	free(texts);
}

/* All rule files, those built in first. NULL with a message. For free_texts(). */
static struct rule_text *load_texts(const char *const *files, size_t file_count, size_t *count, char *message, size_t message_size)
{
	size_t resources;
	const struct resource *resource = resource_list(&resources);
	struct rule_text *texts = mem_calloc(resources + file_count, sizeof *texts);
	bool failed = false;
	*count = 0;
	for (size_t i = 0; i < resources; i++)
		if (strncmp(resource[i].name, BUILT_IN, sizeof BUILT_IN - 1) == 0)
			texts[(*count)++] = (struct rule_text){resource[i].name, resource[i].bytes, resource[i].length, false};
	for (size_t i = 0; i < file_count && !failed; i++) {
		FILE *f = fopen(files[i], "rb");
		char *bytes = mem_alloc(FILE_BYTES);
		size_t length = f ? fread(bytes, 1, FILE_BYTES, f) : 0;
		failed = !f || ferror(f) || length == FILE_BYTES;
		if (failed)
			snprintf(message, message_size, "%s:0: %s", files[i], f && !ferror(f) ? "not a rule file: over 1 MiB" : strerror(errno));
		if (f)
			fclose(f);
		texts[(*count)++] = (struct rule_text){files[i], mem_realloc(bytes, length + 1, 1), length, true};
	}
	if (!failed)
		return texts;
	free_texts(texts, *count);
	return NULL;
}

static struct rules *read_rules(const struct rule_text *texts, size_t count, struct kept_rules *kept, char *message, size_t message_size)
{
	struct rules *rules = mem_calloc(1, sizeof *rules);
	pthread_mutex_init(&rules->narrowing, NULL);
	words_init(&rules->head);
	words_init(&rules->signs);
	rules->sign[SIGN_YEAR] = "year";
	rules->sign[SIGN_TAB] = "tab";
	rules->sign_count = 2;
	struct literal_lists *lists = mem_calloc(1, sizeof *lists);
	struct reader r = {.rules = rules, .kept = kept, .message = message, .message_size = message_size};
	for (size_t i = 0; i < count && !r.failed; i++) {
		r.user = texts[i].user;
		read_text(&r, texts[i].name, texts[i].bytes, texts[i].length, lists);
	}
	if (!r.failed)
		arrange(rules);
	if (!r.failed && !kept)
		make_finders(rules, lists);
	free(lists);
	if (!r.failed && (!kept || kept_rules_finish(kept, rules)))
		return rules;
	rules_free(rules);
	return NULL;
}

struct rules *rules_new(const char *const *files, size_t file_count, const char *cache_directory, char *message, size_t message_size)
{
	size_t count;
	struct rule_text *texts = load_texts(files, file_count, &count, message, message_size);
	if (!texts)
		return NULL;
	struct kept_rules kept;
	struct rules *rules = kept_rules_read(&kept, cache_directory, texts, count) ? read_rules(texts, count, &kept, message, message_size) : NULL;
	if (!rules) {
		rules = read_rules(texts, count, NULL, message, message_size);
		if (rules)
			kept_rules_write(&kept, rules);
	}
	kept_rules_release(&kept);
	free_texts(texts, count);
	return rules;
}

void rules_free(struct rules *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++)
		regex_free(r->rule[i]->regex);
	free(r->rule);
	finder_free(r->inside.finder);
	finder_free(r->body.finder);
	finder_free(r->byline.finder);
	line_beginnings_free(atomic_load(&r->lines.begin));
	pthread_mutex_destroy(&r->narrowing);
	arena_release(&r->memory);
	free(r);
}

bool rule_span(const struct rule *rule, const struct regex_memory *memory, enum capture capture, size_t *start, size_t *end)
{
	for (int i = 0; i < RULE_GROUPS && rule->group[capture][i]; i++)
		if (regex_span(memory, rule->group[capture][i], start, end))
			return true;
	return false;
}

const struct layout *rules_layout(const struct rules *r, const char *name)
{
	for (size_t i = r->layout_count; i-- > 0;)
		if (strcmp(r->layout[i]->name, name) == 0)
			return r->layout[i];
	return NULL;
}
