#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "bench/phrases.h"
#include "bench/vocabulary.h"

enum word_use { ANY_ITEM = 1, KEY_ITEM = 2 };

struct phrases {
	const struct lexicon *lexicon;
	bool plain;
	struct strmap words;     /* every ITEM_WORD: index into uses, plus 1 */
	struct word_uses {
		char *text;          /* a word, or a pattern with * */
		unsigned use;
		uint32_t *entries;   /* of which it is the key */
		size_t count, capacity;
	} *uses;
	size_t use_count, use_capacity;
	struct strmap patterns;  /* every ITEM_WILDCARD likewise */
	uint32_t *wildcards;     /* those of uses that are patterns */
	size_t wildcard_count, wildcard_capacity;
	char **common;           /* words that are no key words, once for each time they stand in an entry */
	size_t common_count, common_capacity;
	uint32_t *mentions, *before, *after, *ends; /* entries that can be planted: mentions and exclusions, cues, terminators */
	size_t mention_count, before_count, after_count, end_count;
	double zipf_from, zipf_to;
	struct strmap runs;      /* plain: every entry as words joined by single spaces */
};

static _Noreturn void refuse(const struct entry *e, const char *why)
{
	fprintf(stderr, "gen_corpus: %s:%u: %s: %s\n", e->file, e->line, e->source, why);
	exit(1);
}

/* ---- which words belong to the lexicon ---- */

static bool wildcard_matches(const char *pattern, const char *word)
{
	if (*pattern == '*')
		return wildcard_matches(pattern + 1, word) || (*word && wildcard_matches(pattern, word + 1));
	return *pattern == *word && (!*pattern || wildcard_matches(pattern + 1, word + 1));
}

static const struct word_uses *uses_of(const struct phrases *p, const char *word)
{
	const size_t *at = strmap_find(&p->words, word, strlen(word));
	return at ? &p->uses[*at - 1] : NULL;
}

static bool word_has_use(const struct phrases *p, const char *word, unsigned use)
{
	const struct word_uses *u = uses_of(p, word);
	if (u && u->use & use)
		return true;
	for (size_t i = 0; i < p->wildcard_count; i++)
		if (p->uses[p->wildcards[i]].use & use && wildcard_matches(p->uses[p->wildcards[i]].text, word))
			return true;
	return false;
}

bool phrases_key_word(const struct phrases *p, const char *word)
{
	return word_has_use(p, word, KEY_ITEM);
}

bool phrases_any_word(const struct phrases *p, const char *word)
{
	return word_has_use(p, word, ANY_ITEM);
}

static char *lower(const char *s)
{
	char *copy = mem_strdup(s);
	for (char *c = copy; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return copy;
}

/* How common an item is in ordinary text, by the rank of the most common word it matches: larger is more common. */
static unsigned commonness(const struct item *item, const char *text)
{
	const char *w;
	for (size_t i = 0; (w = vocabulary_common(i)); i++)
		if (item->kind == ITEM_WORD ? !strcmp(w, text) : wildcard_matches(text, w))
			return 1000 - (unsigned)i;
	return item->kind == ITEM_WILDCARD ? (unsigned)(20 - (strlen(text) < 20 ? strlen(text) : 20)) : 0;
}

static struct word_uses *note_use(struct phrases *p, const struct item *item, unsigned use)
{
	char *text = lower(item->text);
	bool is_new;
	size_t *at = strmap_put(item->kind == ITEM_WORD ? &p->words : &p->patterns, text, strlen(text), &is_new);
	if (is_new) {
		MEM_GROW(p->uses, p->use_count, p->use_capacity);
		p->uses[p->use_count++] = (struct word_uses){.text = mem_strdup(text)};
		*at = p->use_count;
		if (item->kind == ITEM_WILDCARD) {
			MEM_GROW(p->wildcards, p->wildcard_count, p->wildcard_capacity);
			p->wildcards[p->wildcard_count++] = (uint32_t)p->use_count - 1;
		}
	}
	free(text);
	p->uses[*at - 1].use |= use;
	return &p->uses[*at - 1];
}

/* One way of laying out an entry: all its items are noted, the rarest as key unless one of them is a key already. In a plain lexicon every word
 * that is no common one is a key. */
static void note_layout(struct phrases *p, uint32_t entry, const struct item_list *list)
{
	const struct item *key = NULL;
	unsigned least = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct item *item = &list->items[i];
		if (item->kind != ITEM_WORD && item->kind != ITEM_WILDCARD)
			continue;
		bool is_key = note_use(p, item, ANY_ITEM)->use & KEY_ITEM;
		char *text = lower(item->text);
		unsigned c = commonness(item, text) + (is_key ? 0 : 2000); /* a key that is one already is best */
		if (p->plain && c == 2000)
			note_use(p, item, KEY_ITEM);
		if (!key || c < least) {
			key = item;
			least = c;
		}
		free(text);
	}
	if (!key)
		return;
	struct word_uses *u = note_use(p, key, KEY_ITEM);
	if (u->count && u->entries[u->count - 1] == entry)
		return;
	MEM_GROW(u->entries, u->count, u->capacity);
	u->entries[u->count++] = entry;
}

/* ---- which entries a text can satisfy ---- */

static void mark_word(const struct phrases *p, const char *word, unsigned char *marks)
{
	const struct word_uses *u = uses_of(p, word);
	for (size_t i = 0; u && i < u->count; i++)
		marks[u->entries[i]] = 1;
	for (size_t w = 0; w < p->wildcard_count; w++) {
		u = &p->uses[p->wildcards[w]];
		for (size_t i = 0; u->count && i < u->count && wildcard_matches(u->text, word); i++)
			marks[u->entries[i]] = 1;
	}
}

/* A word as a whole, as the base of a possessive, and without its s before an apostrophe. */
static void mark_forms(const struct phrases *p, char *word, size_t length, unsigned char *marks)
{
	word[length] = 0;
	mark_word(p, word, marks);
	if (length > 2 && !strcmp(word + length - 2, "'s"))
		word[length -= 2] = 0;
	mark_word(p, word, marks);
	if (length > 1 && word[length - 1] == 's')
		word[length - 1] = 0;
	mark_word(p, word, marks);
}

void phrases_mark(const struct phrases *p, const char *text, unsigned char *marks)
{
	char word[256], joined[512] = "";
	size_t length = 0, before = 0; /* before: of a word cut at a line end */
	for (size_t i = 0; i < p->lexicon->entry_count; i++)
		marks[i] = (p->lexicon->entries[i].flags & ENTRY_REGEX) != 0;
	for (const unsigned char *c = (const unsigned char *)text;; c++) {
		bool apostrophe = *c == '\'' || !strncmp((const char *)c, "\xe2\x80\x99", 3);
		if (isalnum(*c) || (apostrophe && length)) {
			if (length < sizeof word - 1)
				word[length++] = apostrophe ? '\'' : (char)tolower(*c);
			c += apostrophe && *c != '\'' ? 2 : 0;
			continue;
		}
		while (length && word[length - 1] == '\'')
			length--;
		if (length) {
			bool cut = !strncmp((const char *)c, "-\n", 2);
			word[length] = 0;
			if (before) {
				snprintf(joined + before, sizeof joined - before, "%s", word);
				mark_forms(p, joined, strlen(joined), marks);
			}
			before = cut ? (size_t)snprintf(joined, sizeof joined, "%s", word) : 0;
			mark_forms(p, word, length, marks);
			c += cut;
		}
		length = 0;
		if (!*c)
			return;
	}
}

static void collect_common(struct phrases *p, const struct item_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].kind != ITEM_WORD)
			continue;
		char *text = lower(list->items[i].text);
		if (phrases_key_word(p, text)) {
			free(text);
		} else {
			MEM_GROW(p->common, p->common_count, p->common_capacity);
			p->common[p->common_count++] = text;
		}
	}
}

const char *phrases_common_word(const struct phrases *p, struct rng *rng)
{
	return p->common_count ? p->common[rng_below(rng, (uint32_t)p->common_count)] : NULL;
}

/* ---- plain lexicons ---- */

enum { MAX_ITEMS = 64 };

/* Whether any entry stands in the words. */
static bool holds_entry(const struct phrases *p, const char *const *words, size_t count, bool whole_counts)
{
	struct buf run = BUF_INIT;
	bool found = false;
	for (size_t from = 0; from < count && !found; from++) {
		buf_clear(&run);
		for (size_t to = from; to < count && !found; to++) {
			buf_append_str(&run, to > from ? " " : "");
			buf_append_str(&run, words[to]);
			found = (whole_counts || from || to + 1 < count) && strmap_find(&p->runs, run.data, run.length);
		}
	}
	buf_release(&run);
	return found;
}

static size_t plain_words(const struct entry *e, const char **words)
{
	const struct item_list *pattern = entry_pattern(e);
	for (size_t i = 0; i < pattern->count; i++)
		words[i] = pattern->items[i].text;
	return pattern->count;
}

static void check_plain(struct phrases *p)
{
	const struct lexicon *l = p->lexicon;
	const char *words[MAX_ITEMS];
	struct buf run = BUF_INIT;
	for (size_t i = 0; i < l->entry_count; i++) {
		const struct entry *e = &l->entries[i];
		const struct item_list *pattern = entry_pattern(e);
		bool is_new;
		if (e->role != ROLE_MENTION || e->flags || pattern->count > MAX_ITEMS)
			refuse(e, "a plain lexicon has only runs of words");
		buf_clear(&run);
		for (size_t k = 0; k < pattern->count; k++) {
			if (pattern->items[k].kind != ITEM_WORD || pattern->items[k].hyphen_before || pattern->items[k].possessive)
				refuse(e, "a plain lexicon has only runs of words");
			buf_printf(&run, "%s%s", k ? " " : "", pattern->items[k].text);
		}
		strmap_put(&p->runs, run.data, run.length, &is_new);
		if (!is_new)
			refuse(e, "stands twice");
	}
	for (size_t i = 0; i < l->entry_count; i++) {
		size_t n = plain_words(&l->entries[i], words);
		if (!phrases_key_word(p, words[0]) || !phrases_key_word(p, words[n - 1]))
			refuse(&l->entries[i], "begins or ends with a common word");
		if (holds_entry(p, words, n, false))
			refuse(&l->entries[i], "holds another entry");
	}
	buf_release(&run);
}

/* ---- making ---- */

struct phrases *phrases_new(const struct lexicon *lexicon, uint64_t seed, bool plain)
{
	struct phrases *p = mem_calloc(1, sizeof *p);
	struct rng rng;
	p->lexicon = lexicon;
	p->plain = plain;
	p->mentions = mem_alloc((lexicon->entry_count + 1) * sizeof *p->mentions);
	p->before = mem_alloc((lexicon->entry_count + 1) * sizeof *p->before);
	p->after = mem_alloc((lexicon->entry_count + 1) * sizeof *p->after);
	p->ends = mem_alloc((lexicon->entry_count + 1) * sizeof *p->ends);
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < lexicon->entry_count; i++) {
			const struct entry *e = &lexicon->entries[i];
			if (e->flags & ENTRY_REGEX)
				continue;
			size_t n;
			struct item_list *lists = entry_expand(e, &n);
			for (size_t k = 0; k < n; k++) {
				if (round)
					collect_common(p, &lists[k]);
				else
					note_layout(p, (uint32_t)i, &lists[k]);
			}
			item_lists_free(lists, n);
			if (round)
				continue;
			if (e->role == ROLE_MENTION || e->role == ROLE_EXCLUSION)
				p->mentions[p->mention_count++] = (uint32_t)i;
			else if (e->role == ROLE_CUE_BEFORE)
				p->before[p->before_count++] = (uint32_t)i;
			else if (e->role == ROLE_CUE_AFTER)
				p->after[p->after_count++] = (uint32_t)i;
			else
				p->ends[p->end_count++] = (uint32_t)i;
		}
	if (plain)
		check_plain(p);
	rng_init(&rng, seed);
	for (size_t i = p->mention_count; !plain && i > 1; i--) { /* the first themes are not the most frequent ones */
		size_t k = rng_below(&rng, (uint32_t)i);
		uint32_t t = p->mentions[k];
		p->mentions[k] = p->mentions[i - 1];
		p->mentions[i - 1] = t;
	}
	/* Entry number r of n is drawn in proportion to (r + 20)^-0.9: the first 1,000 of 64,000 give 4 in 10 phrases. */
	p->zipf_from = pow(20, 0.1);
	p->zipf_to = pow(20 + (double)p->mention_count, 0.1);
	return p;
}

void phrases_free(struct phrases *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->use_count; i++) {
		free(p->uses[i].text);
		free(p->uses[i].entries);
	}
	free(p->uses);
	for (size_t i = 0; i < p->common_count; i++)
		free(p->common[i]);
	free(p->wildcards);
	free(p->common);
	free(p->mentions);
	free(p->before);
	free(p->after);
	free(p->ends);
	strmap_release(&p->words);
	strmap_release(&p->patterns);
	strmap_release(&p->runs);
	free(p);
}

/* ---- writing out ---- */

static uint32_t draw_entry(const struct phrases *p, struct rng *rng)
{
	double x = p->zipf_from + rng_real(rng) * (p->zipf_to - p->zipf_from);
	size_t r = (size_t)(pow(x, 10) - 20);
	return p->mentions[r < p->mention_count ? r : p->mention_count - 1];
}

struct words {
	char *at[MAX_ITEMS * 2];
	size_t count;
};

static void add_word(struct words *w, char *word)
{
	if (w->count < MAX_ITEMS * 2)
		w->at[w->count++] = word;
	else
		free(word);
}

static void release_words(struct words *w)
{
	while (w->count)
		free(w->at[--w->count]);
}

static char *wildcard_word(const char *pattern, struct rng *rng)
{
	static const char *const inside[] = {"", "s", "ed", "ing", "er", "al", "ful"};
	static const char *const before[] = {"", "step", "grand", "re", "un"};
	struct buf b = BUF_INIT;
	for (const char *c = pattern; *c; c++) {
		if (*c != '*')
			buf_append_char(&b, *c);
		else if (c == pattern)
			buf_append_str(&b, before[rng_below(rng, 5)]);
		else
			buf_append_str(&b, inside[rng_below(rng, 7)]);
	}
	return buf_detach(&b);
}

static void write_out(const struct phrases *p, uint32_t entry, struct rng *rng, const struct vocabulary *foreign, struct words *out)
{
	size_t n;
	struct item_list *lists = entry_expand(&p->lexicon->entries[entry], &n);
	const struct item_list *list = &lists[rng_below(rng, (uint32_t)n)];
	out->count = 0;
	for (size_t i = 0; i < list->count; i++) {
		const struct item *item = &list->items[i];
		struct buf b = BUF_INIT;
		switch (item->kind) {
		case ITEM_WORD:
			buf_printf(&b, "%s%s", item->text, item->possessive ? "'s" : "");
			add_word(out, buf_detach(&b));
			break;
		case ITEM_WILDCARD:
			add_word(out, wildcard_word(item->text, rng));
			break;
		case ITEM_ANY:
			add_word(out, mem_strdup(vocabulary_rare(foreign, rng)));
			break;
		case ITEM_GAP:
			for (unsigned k = rng_below(rng, item->gap + 1); k; k--)
				add_word(out, mem_strdup(vocabulary_rare(foreign, rng)));
			break;
		case ITEM_CHOICE:
			break; /* entry_expand() leaves none */
		}
	}
	item_lists_free(lists, n);
}

void phrases_cut_word(const struct phrases *p, char *word, size_t size)
{
	char left[80], right[80];
	size_t length = strlen(word), half = length / 2;
	for (size_t i = 0; i < length; i++)
		if (!isalpha((unsigned char)word[i]))
			return;
	snprintf(left, sizeof left, "%.*s", (int)half, word);
	snprintf(right, sizeof right, "%s", word + half);
	if (half > 2 && length + 3 < size && !phrases_any_word(p, left) && !phrases_any_word(p, right))
		snprintf(word, size, "%s-\n%s", left, right);
}

/* The words side by side as a reader finds them. */
static void append_words(const struct phrases *p, const struct words *w, struct rng *rng, struct buf *out)
{
	for (size_t i = 0; i < w->count; i++) {
		if (i)
			buf_append_char(out, rng_below(rng, 25) ? ' ' : '-');
		char word[160];
		snprintf(word, sizeof word, "%s", w->at[i]);
		if (rng_below(rng, 25) == 0)
			word[0] = (char)toupper((unsigned char)word[0]);
		else if (rng_below(rng, 100) == 0)
			phrases_cut_word(p, word, sizeof word);
		buf_append_str(out, word);
	}
	if (p->plain && rng_below(rng, 80) == 0)
		buf_append_str(out, "'s");
}

void phrases_plant(const struct phrases *p, struct rng *rng, const struct vocabulary *foreign, bool negate, struct buf *out, struct plant *plant)
{
	struct words w;
	*plant = (struct plant){draw_entry(p, rng), false};
	const struct entry *e = &p->lexicon->entries[plant->entry];
	plant->negated = negate && e->theme < THEME_ANY && p->lexicon->themes[e->theme].negatable && p->before_count && p->after_count;
	bool after = plant->negated && rng_below(rng, 5) == 0;
	if (plant->negated && !after) {
		write_out(p, p->before[rng_below(rng, (uint32_t)p->before_count)], rng, foreign, &w);
		append_words(p, &w, rng, out);
		release_words(&w);
		buf_append_char(out, ' ');
	}
	write_out(p, plant->entry, rng, foreign, &w);
	append_words(p, &w, rng, out);
	release_words(&w);
	if (after) {
		write_out(p, p->after[rng_below(rng, (uint32_t)p->after_count)], rng, foreign, &w);
		buf_append_char(out, ' ');
		append_words(p, &w, rng, out);
		release_words(&w);
	}
}

void phrases_near_miss(const struct phrases *p, struct rng *rng, const struct vocabulary *foreign, struct buf *out)
{
	for (;;) {
		struct words w;
		if (p->end_count && rng_below(rng, 2)) { /* "but", "although": found, and of no effect unless a cue stands before */
			write_out(p, p->ends[rng_below(rng, (uint32_t)p->end_count)], rng, foreign, &w);
			append_words(p, &w, rng, out);
			release_words(&w);
			return;
		}
		write_out(p, draw_entry(p, rng), rng, foreign, &w);
		size_t from = 0, to = w.count, torn = 0;
		uint32_t how = rng_below(rng, 4);
		if (w.count > 1 && how == 0)
			from = 1;
		else if (w.count > 1 && how == 1)
			to--;
		else if (w.count > 1)
			torn = 1 + rng_below(rng, (uint32_t)w.count - 1);
		bool good = w.count > 1;
		if (good && p->plain)
			good = torn ? true : !holds_entry(p, (const char *const *)w.at + from, to - from, true);
		for (size_t i = from; good && i < to; i++) {
			if (i > from)
				buf_append_str(out, torn == i && how == 2 ? ", " : " ");
			if (torn == i && how == 3) {
				buf_append_str(out, vocabulary_rare(foreign, rng));
				buf_append_char(out, ' ');
			}
			buf_append_str(out, w.at[i]);
		}
		release_words(&w);
		if (good)
			return;
	}
}
