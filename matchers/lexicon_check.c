/* lexicon check: everything a reader would not refuse but an author wants to know. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "base/utf8.h"
#include "matchers/coverage.h"
#include "matchers/expression.h"
#include "matchers/fold.h"
#include "matchers/lexicon.h"
#include "matchers/sequence.h"

#define STEM_LEAST 3            /* letters beside the * of a word that stands alone */
#define REACH_MOST 20           /* tokens in the gaps of one sequence */
#define SEQUENCES_MANY 1000     /* of one entry */
#define SEQUENCES_SLOW 1000000  /* of a lexicon: compiling takes seconds (a third of that: half a second) */

struct check {
	const struct lexicon *lexicon;
	struct problem_list *problems;
	const struct entry *entry; /* looked at */
	uint64_t sequences;
};

/* The message begins with the entry's pattern. */
static void warn(struct check *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void warn(struct check *c, const char *format, ...)
{
	struct buf message = BUF_INIT;
	source_quote(&message, c->entry->source);
	buf_append_char(&message, ' ');
	va_list args;
	va_start(args, format);
	buf_vprintf(&message, format, args);
	va_end(args);
	problem_add(c->problems, PROBLEM_WARNING, c->entry->file, c->entry->line, "%s", message.data);
	buf_release(&message);
}

/* ---- patterns that match too much ---- */

/* Words that say nothing by themselves. */
static bool is_function_word(const char *word)
{
	static const char *const words[] = {
		"a",    "about", "after", "all",  "also", "an",   "and",  "any",   "are",  "as",    "at",   "be",   "been", "before", "but",  "by",
		"can",  "could", "did",   "do",   "for",  "from", "had",  "has",   "have", "he",    "her",  "him",  "his",  "i",      "if",   "in",
		"is",   "it",    "its",   "may",  "more", "no",   "not",  "of",    "on",   "or",    "other", "our", "she",  "should", "so",   "some",
		"such", "than",  "that",  "the",  "their", "them", "then", "there", "they", "this", "to",   "us",   "was",  "we",     "were", "what",
		"when", "which", "who",   "will", "with", "would", "you",
	};
	size_t low = 0, high = sizeof words / sizeof *words;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(word, words[middle]);
		if (!order)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static size_t characters_but_stars(const char *text)
{
	size_t count = 0;
	for (; *text; text++)
		count += *text != '*' && (*text & 0xc0) != 0x80;
	return count;
}

static bool check_one_word(struct check *c, const struct item *item)
{
	size_t characters = characters_but_stars(item->text);
	if (item->kind == ITEM_WILDCARD && characters < STEM_LEAST)
		warn(c, "can match as '%s', which is almost any word; write more letters", item->text);
	else if (item->kind == ITEM_WORD && characters < 2)
		warn(c, "can match as the single character '%s'", item->text);
	else
		return false;
	return true;
}

/* True once it has warned: one warning of a kind is enough for an entry. */
static bool check_breadth(struct check *c, const struct item_list *s)
{
	const struct item *first = &s->items[0], *last = &s->items[s->count - 1];
	if (s->count == 1 && check_one_word(c, first))
		return true;
	if (strcmp(first->text, "*") == 0 || strcmp(last->text, "*") == 0) {
		warn(c, "begins or ends with '*', which takes any word beside it into the match");
		return true;
	}
	unsigned reach = 0;
	bool function_words = !(c->entry->flags & ENTRY_CASE);
	for (size_t i = 0; i < s->count; i++) {
		reach += s->items[i].gap;
		function_words &= s->items[i].kind != ITEM_WILDCARD && (!s->items[i].text || is_function_word(s->items[i].text));
	}
	if (function_words || reach > REACH_MOST) {
		struct buf text = BUF_INIT;
		sequence_write(&text, s);
		if (function_words)
			warn(c, "can match as '%s', words that stand in any text", text.data);
		else
			warn(c, "reaches over as many as %u words, further than a phrase", reach);
		buf_release(&text);
		return true;
	}
	return false;
}

/* ---- entries ---- */

static void report_expression(void *context, const char *message)
{
	struct check *c = context;
	warn(c, "(expression): %s", message);
}

static bool looks_like_expression(const char *source)
{
	return strchr(source, '\\') || strchr(source, '^') || strchr(source, '$') || strstr(source, "(?");
}

static void check_pattern(struct check *c)
{
	size_t count;
	struct item_list *lists = entry_expand(c->entry, &count);
	c->sequences += count;
	if (c->entry->role == ROLE_MENTION)
		for (size_t i = 0; i < count && !check_breadth(c, &lists[i]); i++)
			;
	if (count > SEQUENCES_MANY)
		warn(c, "gives %zu sequences; fewer alternatives or hyphens compile and match faster", count);
	if (looks_like_expression(c->entry->source))
		warn(c, "looks like a regular expression but has no flag r; its signs are read as spaces");
	bool one_token = true;
	for (size_t i = 0; i < count; i++)
		one_token &= lists[i].count == 1;
	if (one_token && c->entry->flags & ENTRY_COMMA)
		warn(c, "is one word: flag c says nothing about it");
	item_lists_free(lists, count);
}

static void check_entry(struct check *c)
{
	const struct entry *e = c->entry;
	if (!(e->flags & ENTRY_REGEX)) {
		check_pattern(c);
		return;
	}
	c->sequences++;
	expression_check(e->source, strlen(e->source), e->flags & ENTRY_CASE, report_expression, c);
	if (e->flags & ENTRY_COMMA)
		warn(c, "crosses commas anyway, as an expression: flag c says nothing about it");
}

/* ---- themes ---- */

static void check_themes(const struct lexicon *l, struct problem_list *problems)
{
	bool *filled = mem_calloc(l->theme_count, sizeof *filled), cues = false, negatable = false;
	for (size_t i = 0; i < l->entry_count; i++)
		cues |= l->entries[i].role == ROLE_CUE_BEFORE || l->entries[i].role == ROLE_CUE_AFTER;
	for (size_t i = l->theme_count; i-- > 0;) { /* children before their parents */
		const struct theme *t = &l->themes[i];
		filled[i] |= t->entries > 0;
		if (filled[i] && t->parent != THEME_NONE)
			filled[t->parent] = true;
		negatable |= t->negatable;
	}
	for (size_t i = 0; i < l->theme_count; i++) {
		const struct theme *t = &l->themes[i];
		if (!filled[i])
			problem_add(problems, PROBLEM_WARNING, t->file, t->line, "theme %s has no entry: it will always count 0", t->code);
	}
	if (negatable && !cues)
		problem_add(problems, PROBLEM_WARNING, l->name, 0, "themes are negatable but there is no @negation cue: nothing will be negated");
	if (cues && !negatable)
		problem_add(problems, PROBLEM_WARNING, l->name, 0, "there are @negation cues but no theme has negatable=yes: nothing will be negated");
	free(filled);
}

/* ---- order ---- */

struct place {
	struct problem problem;
	size_t file, found; /* its file's rank, its own */
};

static int by_place(const void *a, const void *b)
{
	const struct place *one = a, *two = b;
	if (one->file != two->file)
		return one->file < two->file ? -1 : 1;
	if (one->problem.line != two->problem.line)
		return one->problem.line < two->problem.line ? -1 : 1;
	return one->found < two->found ? -1 : 1;
}

/* Puts what was found since the first-th problem in the order of the files and their lines, what concerns the whole lexicon last. */
static void sort_problems(const struct lexicon *l, struct problem_list *list, size_t first)
{
	struct strmap files = STRMAP_INIT;
	for (size_t i = 0; i < l->entry_count + l->theme_count; i++) {
		const char *file = i < l->entry_count ? l->entries[i].file : l->themes[i - l->entry_count].file;
		size_t count = files.count;
		bool is_new;
		size_t *rank = strmap_put(&files, file, strlen(file), &is_new);
		if (is_new)
			*rank = count;
	}
	size_t count = list->count - first;
	struct place *places = mem_calloc(count, sizeof *places);
	for (size_t i = 0; i < count; i++) {
		struct problem *p = &list->items[first + i];
		const size_t *rank = strmap_find(&files, p->file, strlen(p->file));
		places[i] = (struct place){*p, rank && p->line ? *rank : SIZE_MAX, i};
	}
	qsort(places, count, sizeof *places, by_place);
	for (size_t i = 0; i < count; i++)
		list->items[first + i] = places[i].problem;
	free(places);
	strmap_release(&files);
}

void lexicon_check(const struct lexicon *lexicon, struct problem_list *problems)
{
	size_t first = problems->count;
	struct check c = {.lexicon = lexicon, .problems = problems};
	for (size_t i = 0; i < lexicon->entry_count; i++) {
		c.entry = &lexicon->entries[i];
		check_entry(&c);
	}
	if (!lexicon->entry_count)
		problem_add(problems, PROBLEM_WARNING, lexicon->name, 0, "the lexicon has no entries");
	if (c.sequences > SEQUENCES_SLOW)
		problem_add(problems, PROBLEM_WARNING, lexicon->name, 0, "the entries give %llu sequences; compiling that many takes seconds",
		            (unsigned long long)c.sequences);
	check_themes(lexicon, problems);
	coverage_check(lexicon, problems);
	sort_problems(lexicon, problems, first);
}
