/* A lexicon written out: in its own format, as a quanteda dictionary, as a LIWC dictionary.
 *
 * Other programs have no braces, gaps or closed forms, so an entry is written as all the sequences that it stands for; where a
 * hyphen stands in it they are open (co sleeping), closed (cosleeping) and hyphenated (co-sleeping), for those programs cut words at
 * spaces only. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "matchers/dictionary.h"
#include "matchers/expand.h"
#include "matchers/native.h"

#define PHRASES_MOST 2000 /* that one entry may become */

struct export {
	const struct lexicon *lexicon;
	struct buf *out;
	struct problem_list *problems;
	const struct entry *entry;  /* being written */
	bool stars_inside, any_word; /* what the format has: * not only at a word's end; * as a word */
	struct strmap seen;         /* phrases of the entry */
	char **phrases;
	size_t count, capacity;
};

static void warn(struct export *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void warn(struct export *e, const char *format, ...)
{
	struct buf message = BUF_INIT;
	buf_printf(&message, "'%s' ", e->entry->source);
	va_list args;
	va_start(args, format);
	buf_vprintf(&message, format, args);
	va_end(args);
	problem_add(e->problems, PROBLEM_WARNING, e->entry->file, e->entry->line, "%s", message.data);
	buf_release(&message);
}

/* ---- phrases ---- */

static void clear_phrases(struct export *e)
{
	for (size_t i = 0; i < e->count; i++)
		free(e->phrases[i]);
	e->count = 0;
	strmap_clear(&e->seen);
}

static void add_phrase(struct export *e, const char *phrase)
{
	bool is_new;
	strmap_put(&e->seen, phrase, strlen(phrase), &is_new);
	if (!is_new)
		return;
	MEM_GROW(e->phrases, e->count, e->capacity);
	e->phrases[e->count++] = mem_strdup(phrase);
}

/* Writes items[at..] after what stands in phrase, each gap as every number of words. False if the format cannot say an item. */
static bool write_items(struct export *e, const struct item_list *s, size_t at, struct buf *phrase)
{
	if (e->count > PHRASES_MOST)
		return true; /* reported by the caller */
	if (at == s->count) {
		add_phrase(e, phrase->data);
		return true;
	}
	const struct item *item = &s->items[at];
	const size_t length = phrase->length;
	bool fine = true;
	if (item->kind == ITEM_GAP) {
		for (unsigned words = 0; fine && words <= item->gap; words++) {
			fine = (e->any_word || !words) && write_items(e, s, at + 1, phrase);
			buf_append_str(phrase, " *");
		}
	} else {
		const char *text = item->kind == ITEM_ANY ? "*" : item->text, *star = strchr(text, '*');
		bool bare = strcmp(text, "*") == 0;
		fine = bare ? e->any_word : !star || e->stars_inside || !star[1];
		buf_printf(phrase, "%s%s%s", phrase->length ? " " : "", text, item->possessive ? "'s" : "");
		fine = fine && write_items(e, s, at + 1, phrase);
	}
	phrase->length = length;
	phrase->data[length] = '\0';
	return fine;
}

/* Fills phrases with what the entry stands for; false, with a warning, if the format cannot hold it. */
static bool phrases_of(struct export *e)
{
	static const char *const glues[] = {"", "-"};
	struct buf phrase = BUF_INIT;
	bool fine = true;
	clear_phrases(e);
	for (size_t i = 0; i < sizeof glues / sizeof *glues && fine; i++) {
		size_t count;
		struct item_list *lists = pattern_expand(entry_pattern(e->entry), e->entry->flags & ENTRY_CASE, glues[i], &count);
		for (size_t k = 0; k < count && fine; k++) {
			buf_clear(&phrase);
			fine = write_items(e, &lists[k], 0, &phrase);
		}
		item_lists_free(lists, count);
	}
	buf_release(&phrase);
	if (!fine)
		warn(e, "is left out: the format has no %s", e->any_word ? "'*' inside a word" : "gaps, '_' or '*' before a word's end");
	else if (e->count > PHRASES_MOST) {
		warn(e, "is left out: it stands for more than %d phrases", PHRASES_MOST);
		fine = false;
	}
	return fine;
}

/* Whether the entry goes into a format that has words and phrases only. */
static bool take_entry(struct export *e, const struct entry *entry)
{
	e->entry = entry;
	if (entry->role != ROLE_MENTION) {
		warn(e, "is left out: the format has no %s", entry->role == ROLE_EXCLUSION ? "exclusions" : "negation cues");
		return false;
	}
	if (entry->flags & ENTRY_REGEX) {
		warn(e, "is left out: the format has no regular expressions");
		return false;
	}
	if (entry->flags)
		warn(e, "loses %s%s%s", entry->flags & ENTRY_CASE ? "flag C: case will not count. " : "",
		     entry->flags & ENTRY_COMMA ? "flag c: it will cross no commas. " : "",
		     entry->flags & ENTRY_WHOLE ? "flag w: it may be part of a hyphenated word." : "");
	return phrases_of(e);
}

/* ---- quanteda ---- */

static void append_yaml(struct buf *out, const char *text)
{
	buf_append_char(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_append_char(out, '\\');
		buf_append_char(out, *text);
	}
	buf_append_char(out, '"');
}

/* The last part of a theme's code. */
static const char *name_of(const struct theme *theme)
{
	const char *dot = strrchr(theme->code, '.');
	return dot ? dot + 1 : theme->code;
}

static void indent(struct buf *out, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		buf_append_str(out, "  ");
}

static void write_values(struct export *e, uint32_t theme, unsigned depth, const uint32_t *next, const uint32_t *first)
{
	for (uint32_t i = first[theme]; i; i = next[i - 1]) {
		if (!take_entry(e, &e->lexicon->entries[i - 1]))
			continue;
		for (size_t k = 0; k < e->count; k++) {
			indent(e->out, depth);
			buf_append_str(e->out, "- ");
			append_yaml(e->out, e->phrases[k]);
			buf_append_char(e->out, '\n');
		}
	}
}

/* Themes as nested keys; a theme with both children and entries of its own has these under "__". */
static void write_quanteda(struct export *e)
{
	const struct lexicon *l = e->lexicon;
	uint32_t *first = mem_calloc(l->theme_count, sizeof *first), *next = mem_calloc(l->entry_count, sizeof *next);
	bool *parent = mem_calloc(l->theme_count, sizeof *parent);
	for (size_t i = l->entry_count; i-- > 0;) {
		const struct entry *entry = &l->entries[i];
		if (entry->theme == THEME_NONE || entry->theme == THEME_ANY)
			continue;
		next[i] = first[entry->theme];
		first[entry->theme] = (uint32_t)i + 1;
	}
	for (size_t i = 0; i < l->entry_count; i++)
		if (l->entries[i].theme == THEME_NONE || l->entries[i].theme == THEME_ANY)
			take_entry(e, &l->entries[i]); /* says that it is left out */
	for (size_t i = 0; i < l->theme_count; i++)
		if (l->themes[i].parent != THEME_NONE)
			parent[l->themes[i].parent] = true;
	/* Children need not follow their parents directly: the tree is walked from each theme at the top. */
	struct step {
		uint32_t theme;
		unsigned depth;
	} *steps = mem_calloc(l->theme_count + 1, sizeof *steps);
	size_t waiting = 0;
	for (size_t i = l->theme_count; i-- > 0;)
		if (l->themes[i].parent == THEME_NONE)
			steps[waiting++] = (struct step){(uint32_t)i, 0};
	while (waiting) {
		struct step s = steps[--waiting];
		indent(e->out, s.depth);
		append_yaml(e->out, name_of(&l->themes[s.theme]));
		buf_append_str(e->out, ":\n");
		unsigned depth = s.depth + 1;
		if (parent[s.theme] && first[s.theme]) {
			indent(e->out, depth++);
			buf_append_str(e->out, "\"__\":\n");
		}
		write_values(e, s.theme, depth, next, first);
		for (size_t i = l->theme_count; parent[s.theme] && i-- > s.theme;)
			if (l->themes[i].parent == s.theme)
				steps[waiting++] = (struct step){(uint32_t)i, s.depth + 1};
	}
	free(first);
	free(next);
	free(parent);
	free(steps);
}

/* ---- LIWC ---- */

static void write_category(struct export *e, uint32_t theme, unsigned depth)
{
	const struct theme *t = &e->lexicon->themes[theme];
	for (unsigned i = 0; i < depth; i++)
		buf_append_char(e->out, '\t');
	buf_printf(e->out, "%u\t%s", (unsigned)theme + 1, name_of(t));
	if (strcmp(t->label, name_of(t)) != 0)
		buf_printf(e->out, " (%s)", t->label);
	buf_append_char(e->out, '\n');
	for (uint32_t i = theme + 1; i < e->lexicon->theme_count; i++)
		if (e->lexicon->themes[i].parent == theme)
			write_category(e, i, depth + 1);
}

/* A word's categories are its theme and all above it, as in LIWC's own dictionaries; one line for each word. */
static void write_liwc(struct export *e)
{
	const struct lexicon *l = e->lexicon;
	struct strmap words = STRMAP_INIT; /* word: index into lines + 1 */
	struct line {
		char *word;
		uint32_t *themes;
		size_t count, capacity;
	} *lines = NULL;
	size_t count = 0, capacity = 0;
	buf_append_str(e->out, "%\n");
	for (uint32_t i = 0; i < l->theme_count; i++)
		if (l->themes[i].parent == THEME_NONE)
			write_category(e, i, 0);
	buf_append_str(e->out, "%\n");
	for (size_t i = 0; i < l->entry_count; i++) {
		if (!take_entry(e, &l->entries[i]))
			continue;
		for (size_t k = 0; k < e->count; k++) {
			size_t *index = strmap_put(&words, e->phrases[k], strlen(e->phrases[k]), NULL);
			if (!*index) {
				MEM_GROW(lines, count, capacity);
				lines[count++] = (struct line){mem_strdup(e->phrases[k]), NULL, 0, 0};
				*index = count;
			}
			assert(lines);
			struct line *line = &lines[*index - 1];
			for (uint32_t theme = l->entries[i].theme; theme != THEME_NONE; theme = l->themes[theme].parent) {
				size_t t = 0;
				while (t < line->count && line->themes[t] != theme)
					t++;
				if (t < line->count)
					continue;
				MEM_GROW(line->themes, line->count, line->capacity);
				line->themes[line->count++] = theme;
			}
		}
	}
	for (size_t i = 0; i < count; i++) {
		buf_append_str(e->out, lines[i].word);
		for (size_t t = 0; t < lines[i].count; t++)
			buf_printf(e->out, "\t%u", (unsigned)lines[i].themes[t] + 1);
		buf_append_char(e->out, '\n');
		free(lines[i].word);
		free(lines[i].themes);
	}
	free(lines);
	strmap_release(&words);
}

/* Counts what the format has no place for; the first of each kind is named. */
struct lost {
	const char *what;
	size_t count;
	const char *file;
	uint32_t line;
};

static void lose(struct lost *lost, bool is_lost, const char *file, uint32_t line)
{
	if (is_lost && !lost->count++) {
		lost->file = file;
		lost->line = line;
	}
}

static void warn_of_the_rest(struct export *e, bool has_labels)
{
	const struct lexicon *l = e->lexicon;
	struct lost lost[] = {{"labels", 0, NULL, 0}, {"descriptions", 0, NULL, 0}, {"themes that can be negated", 0, NULL, 0}, {"notes", 0, NULL, 0}};
	for (size_t i = 0; i < l->theme_count; i++) {
		const struct theme *t = &l->themes[i];
		lose(&lost[0], !has_labels && strcmp(t->label, name_of(t)) != 0, t->file, t->line);
		lose(&lost[1], *t->description, t->file, t->line);
		lose(&lost[2], t->negatable, t->file, t->line);
	}
	for (size_t i = 0; i < l->entry_count; i++)
		lose(&lost[3], *l->entries[i].note, l->entries[i].file, l->entries[i].line);
	for (size_t i = 0; i < sizeof lost / sizeof *lost; i++)
		if (lost[i].count)
			problem_add(e->problems, PROBLEM_WARNING, lost[i].file, lost[i].line, "the format has no %s: %zu are left out, this line's first", lost[i].what, lost[i].count);
}

int dictionary_export(const struct lexicon *lexicon, enum dictionary_format format, struct buf *out, struct problem_list *problems)
{
	struct export e = {.lexicon = lexicon, .out = out, .problems = problems, .seen = STRMAP_INIT};
	switch (format) {
	case DICTIONARY_NATIVE:
		native_append_lexicon(out, lexicon);
		break;
	case DICTIONARY_QUANTEDA:
		e.stars_inside = e.any_word = true;
		write_quanteda(&e);
		warn_of_the_rest(&e, false);
		break;
	case DICTIONARY_LIWC:
		write_liwc(&e);
		warn_of_the_rest(&e, true);
		break;
	default:
		problem_add(problems, PROBLEM_ERROR, lexicon->name, 0, "a lexicon can be written as native, quanteda or liwc, not as %s", dictionary_word(format));
		return -1;
	}
	clear_phrases(&e);
	free(e.phrases);
	strmap_release(&e.seen);
	return 0;
}
