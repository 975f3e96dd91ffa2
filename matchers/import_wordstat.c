/* WordStat categorisation dictionaries (.cat): an outline by tabs. A line that ends in a weight, "WORD (1)", is a word, a phrase (words
 * joined by '_') or a rule; any other is a category. * stands for any run of characters, ? for one.
 *
 * A rule, "@NAME [A AFTER B /S 3] (1)", counts A where B stands as it says: NEAR (before or after), AFTER (B first), BEFORE (A first), each
 * with NOT before it or without; /S within one sentence, with the most words that B may be away. A and B are words, phrases or
 * "#CATEGORY". Distances become gaps, NOT becomes exclusions. The mention then covers both A and B. */
#include <stdlib.h>
#include <string.h>

#include "matchers/import.h"
#include "matchers/pattern.h"

static const struct phrase_style style = {.stars = true, .questions = true}, rule_style = {.stars = true};

#define SIDE_BYTES 200     /* of the alternatives on one side of a rule's entry: a pattern holds 512 */
#define RULE_ENTRIES 5000  /* that one rule may become */

struct node {
	enum { CATEGORY, PHRASE, RULE } kind;
	size_t depth;
	const char *text;   /* without weight; a rule's is what stands in its brackets */
	size_t length;
	uint32_t line;
	size_t parent;      /* index of its category + 1, 0: none */
	uint32_t theme;     /* of a category, once made */
};

struct wordstat {
	struct import *in;
	struct node *nodes;
	size_t count, capacity;
	size_t *open;       /* categories that the next line may lie in, index + 1, the deepest last */
	size_t open_count, open_capacity;
};

/* Takes " (1)" off the end. Returns false if there is no weight. */
static bool take_weight(const char *text, size_t *length, const char **weight, size_t *weight_length)
{
	if (*length < 3 || text[*length - 1] != ')')
		return false;
	size_t open = *length - 1;
	while (open > 0 && text[open] != '(')
		open--;
	*weight = text + open + 1;
	*weight_length = *length - open - 2;
	if (!*weight_length || strspn(*weight, "0123456789.-") < *weight_length)
		return false;
	*length = open;
	return true;
}

static void read_node(struct wordstat *w, const char *text, size_t length)
{
	struct node node = {.text = text, .length = length, .line = w->in->line, .theme = IMPORT_TOP};
	for (; node.length && (*node.text == '\t' || *node.text == ' '); node.text++, node.length--)
		node.depth += *node.text == '\t';
	import_trim(&node.text, &node.length);
	const char *weight;
	size_t weight_length;
	bool weighted = take_weight(node.text, &node.length, &weight, &weight_length);
	import_trim(&node.text, &node.length);
	if (!node.length)
		return;
	node.kind = *node.text == '@' ? RULE : weighted ? PHRASE : CATEGORY;
	if (weighted && !(weight_length == 1 && *weight == '1'))
		import_warn(w->in, "'%.*s': the weight %.*s is left out; every phrase counts once", (int)node.length, node.text, (int)weight_length, weight);
	while (w->open_count && w->nodes[w->open[w->open_count - 1] - 1].depth >= node.depth)
		w->open_count--;
	node.parent = w->open_count ? w->open[w->open_count - 1] : 0;
	MEM_GROW(w->nodes, w->count, w->capacity);
	w->nodes[w->count++] = node;
	if (node.kind == CATEGORY) {
		MEM_GROW(w->open, w->open_count, w->open_capacity);
		w->open[w->open_count++] = w->count;
	}
}

static uint32_t theme_of(struct wordstat *w, size_t category)
{
	if (!category)
		return import_file_theme(w->in);
	struct node *node = &w->nodes[category - 1];
	if (node->theme == IMPORT_TOP)
		node->theme = import_theme(w->in, node->parent ? theme_of(w, node->parent) : IMPORT_TOP, node->text, node->length, NULL);
	return node->theme;
}

/* ---- rules ---- */

enum relation { NEAR, AFTER, BEFORE };

struct rule {
	const char *sides[2]; /* A, B */
	size_t lengths[2];
	enum relation relation;
	bool negated;
	unsigned distance;    /* words that B may be away; 0: within the sentence */
};

/* Alternatives in pieces that fit a pattern. */
struct side {
	char **pieces;
	size_t count, capacity;
	size_t phrases;
};

static bool word_is(const char *word, size_t length, const char *expected)
{
	return length == strlen(expected) && strncasecmp(word, expected, length) == 0;
}

/* The next word of a text that blanks divide. */
static bool next_word(const char **rest, size_t *length, const char **word, size_t *word_length)
{
	import_trim(rest, length);
	*word = *rest;
	for (*word_length = 0; *word_length < *length && (*rest)[*word_length] != ' ' && (*rest)[*word_length] != '\t';)
		++*word_length;
	*rest += *word_length;
	*length -= *word_length;
	return *word_length > 0;
}

/* "/S 3" at the end; false if it is of another kind. */
static bool read_reach(struct rule *rule, const char *text, size_t length)
{
	const char *word;
	size_t n;
	if (!next_word(&text, &length, &word, &n) || !word_is(word, n, "/S"))
		return false;
	if (!next_word(&text, &length, &word, &n))
		return true;
	for (size_t i = 0; i < n; i++) {
		if (word[i] < '0' || word[i] > '9' || rule->distance > 1000)
			return false;
		rule->distance = rule->distance * 10 + (unsigned)(word[i] - '0');
	}
	return rule->distance > 0 && !next_word(&text, &length, &word, &n);
}

static bool is_join(const char *word, size_t n)
{
	return word_is(word, n, "AND") || word_is(word, n, "OR") || word_is(word, n, "NEAR") || word_is(word, n, "AFTER") || word_is(word, n, "BEFORE") ||
	       word_is(word, n, "NOT");
}

/* "A [NOT] AFTER B /S 3"; false if it is a rule that entries cannot say. */
static bool read_rule(struct rule *rule, const char *text, size_t length)
{
	*rule = (struct rule){.distance = 0};
	const char *slash = memchr(text, '/', length);
	if (!slash || !read_reach(rule, slash, (size_t)(text + length - slash)))
		return false;
	const char *rest = text, *word;
	size_t rest_length = (size_t)(slash - text), n;
	unsigned side = 0;
	while (next_word(&rest, &rest_length, &word, &n)) {
		if (word_is(word, n, "NOT") && side == 0) {
			rule->negated = true;
			continue;
		}
		if (!is_join(word, n)) {
			if (side == 0 && rule->negated)
				return false;
			if (!rule->sides[side])
				rule->sides[side] = word;
			rule->lengths[side] = (size_t)(word + n - rule->sides[side]);
			continue;
		}
		rule->relation = word_is(word, n, "NEAR") ? NEAR : word_is(word, n, "AFTER") ? AFTER : BEFORE;
		if (side++ || word_is(word, n, "AND") || word_is(word, n, "OR") || word_is(word, n, "NOT"))
			return false;
	}
	return side == 1 && rule->sides[0] && rule->sides[1];
}

static void add_alternative(struct wordstat *w, struct side *side, const char *text, size_t length)
{
	const char *pattern = memchr(text, '?', length) ? NULL : import_pattern(w->in, text, length, &rule_style);
	if (!pattern) {
		if (memchr(text, '?', length))
			import_warn(w->in, "'%.*s' is left out of the rule: a pattern has nothing like '?'", (int)length, text);
		return;
	}
	side->phrases++;
	char *last = side->count ? side->pieces[side->count - 1] : NULL;
	size_t held = last ? strlen(last) : 0, added = strlen(pattern);
	if (last && held + added + 1 <= SIDE_BYTES) {
		last = mem_realloc(last, held + added + 2, 1);
		last[held] = '|';
		memcpy(last + held + 1, pattern, added + 1);
		side->pieces[side->count - 1] = last;
	} else {
		MEM_GROW(side->pieces, side->count, side->capacity);
		side->pieces[side->count++] = mem_strdup(pattern);
	}
}

static void release_side(struct side *side)
{
	for (size_t i = 0; i < side->count; i++)
		free(side->pieces[i]);
	free(side->pieces);
}

static bool node_is_within(const struct wordstat *w, size_t node, size_t category)
{
	for (size_t up = w->nodes[node].parent; up; up = w->nodes[up - 1].parent)
		if (up == category)
			return true;
	return false;
}

/* The phrases that a rule's side stands for. */
static void gather(struct wordstat *w, struct side *side, const char *text, size_t length)
{
	if (*text != '#') {
		add_alternative(w, side, text, length);
		return;
	}
	size_t category = 0;
	for (size_t i = 0; i < w->count && !category; i++)
		if (w->nodes[i].kind == CATEGORY && w->nodes[i].length == length - 1 && strncasecmp(w->nodes[i].text, text + 1, length - 1) == 0)
			category = i + 1;
	if (!category) {
		import_warn(w->in, "the rule names the category %.*s, which the dictionary does not have", (int)length, text);
		return;
	}
	for (size_t i = 0; i < w->count; i++)
		if (w->nodes[i].kind == PHRASE && node_is_within(w, i, category))
			add_alternative(w, side, w->nodes[i].text, w->nodes[i].length);
}

/* Entries for every piece of one side followed, over the gap, by every piece of the other. */
static void add_pairs(struct wordstat *w, uint32_t theme, const struct side *first, unsigned gap, const struct side *second, unsigned flags, const char *note)
{
	struct buf pattern = BUF_INIT;
	for (size_t i = 0; i < first->count; i++)
		for (size_t k = 0; k < second->count; k++) {
			buf_clear(&pattern);
			buf_printf(&pattern, "{%s} ", first->pieces[i]);
			if (gap)
				buf_printf(&pattern, "~%u ", gap);
			buf_printf(&pattern, "{%s}", second->pieces[k]);
			import_entry(w->in, theme, pattern.data, flags, note);
		}
	buf_release(&pattern);
}

static void add_rule(struct wordstat *w, const struct node *node, const struct rule *rule)
{
	struct side a = {NULL, 0, 0, 0}, b = {NULL, 0, 0, 0};
	gather(w, &a, rule->sides[0], rule->lengths[0]);
	gather(w, &b, rule->sides[1], rule->lengths[1]);
	uint32_t theme = theme_of(w, node->parent);
	struct buf note = BUF_INIT;
	buf_append(&note, node->text, node->length);
	unsigned gap = rule->distance ? rule->distance - 1 : PATTERN_GAP;
	if (gap > PATTERN_GAP || !rule->distance) {
		gap = PATTERN_GAP;
		import_warn(w->in, "rule %s: its reach becomes %d words, the most that an entry reaches over", note.data, PATTERN_GAP);
	}
	if (!a.count || !b.count || a.count * b.count > RULE_ENTRIES)
		import_warn(w->in, "rule %s is left out: %s", note.data, a.count && b.count ? "its categories are too large" : "one of its sides is empty");
	else {
		unsigned flags = rule->negated ? ENTRY_EXCLUSION | ENTRY_COMMA : ENTRY_COMMA;
		if (rule->negated) {
			import_warn(w->in, "rule %s: its NOT becomes exclusions, which act on every entry of the category", note.data);
			for (size_t i = 0; i < a.count; i++) {
				struct buf pattern = BUF_INIT;
				buf_printf(&pattern, "{%s}", a.pieces[i]);
				import_entry(w->in, theme, pattern.data, 0, note.data);
				buf_release(&pattern);
			}
		}
		if (rule->relation != AFTER)
			add_pairs(w, theme, &a, gap, &b, flags, note.data);
		if (rule->relation != BEFORE)
			add_pairs(w, theme, &b, gap, &a, flags, note.data);
	}
	buf_release(&note);
	release_side(&a);
	release_side(&b);
}

static void read_rule_node(struct wordstat *w, const struct node *node)
{
	const char *open = memchr(node->text, '[', node->length), *end = node->text + node->length;
	struct rule rule;
	if (open && end[-1] == ']' && read_rule(&rule, open + 1, (size_t)(end - 1 - (open + 1))))
		add_rule(w, node, &rule);
	else
		import_warn(w->in, "rule %.*s is left out: an entry can say A [NOT] NEAR, AFTER or BEFORE B within a sentence (/S n), and nothing else", (int)node->length,
		            node->text);
}

bool import_wordstat(struct import *in, const char *bytes, size_t length)
{
	struct wordstat w = {.in = in};
	const char *text;
	size_t at = 0, n;
	while (import_next_line(bytes, length, &at, &in->line, &text, &n))
		read_node(&w, text, n);
	for (size_t i = 0; i < w.count; i++) {
		struct node *node = &w.nodes[i];
		in->line = node->line;
		if (node->kind == CATEGORY)
			theme_of(&w, i + 1);
		else if (node->kind == RULE)
			read_rule_node(&w, node);
		else
			import_phrase(in, theme_of(&w, node->parent), node->text, node->length, &style, "");
	}
	in->line = 0;
	free(w.nodes);
	free(w.open);
	return true;
}
