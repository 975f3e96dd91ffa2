/* Patterns without alternatives: entry_expand() takes every way through the braces, and for each every choice of open and
 * closed hyphens. */
#include "matchers/expand.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "matchers/fold.h"
#include "matchers/sequence.h"

/* Where to go on when a list ends. */
struct rest {
	const struct item_list *list;
	size_t at;
	const struct rest *next;
};

struct expansion {
	const char *glue;         /* between the words of a closed form */
	bool keep_case;
	bool single;              /* only one sequence can come of it */
	const struct item **path; /* the items taken, without choices */
	bool *hyphen;             /* only hyphens stand between path[i] and the one before */
	size_t length, path_capacity, hyphen_capacity;
	struct item_list *out;
	size_t count, capacity;
	struct strmap seen;
	struct buf word, key;
};

static bool solid(const struct item *item)
{
	return item->kind == ITEM_WORD || item->kind == ITEM_WILDCARD;
}

static void add_item(struct item_list *list, enum item_kind kind, bool possessive, unsigned gap, const char *text)
{
	struct item item = {.kind = kind, .possessive = possessive, .gap = gap, .text = text ? mem_strdup(text) : NULL};
	list->items[list->count++] = item;
}

/* Adds the word made of path[first..last] joined. */
static void add_joined(struct expansion *e, struct item_list *list, size_t first, size_t last)
{
	const struct item *end = e->path[last];
	if (first == last) {
		add_item(list, end->kind, end->possessive, 0, end->text);
		return;
	}
	enum item_kind kind = ITEM_WORD;
	bool plain = true;
	buf_clear(&e->word);
	for (size_t i = first; i <= last; i++) {
		const char *text = e->path[i]->text;
		if (e->path[i]->kind == ITEM_WILDCARD)
			kind = ITEM_WILDCARD;
		if (!*e->glue && e->word.length && e->word.data[e->word.length - 1] == '*' && *text == '*')
			text++;
		if (i > first)
			buf_append_str(&e->word, e->glue);
		for (const char *c = text; *c; c++)
			plain &= (unsigned char)*c < 0x80;
		buf_append_str(&e->word, text);
	}
	bool possessive = end->possessive;
	if (possessive && kind == ITEM_WILDCARD) {
		buf_append_str(&e->word, "'s");
		possessive = false;
	}
	if (!plain) { /* letters and marks may compose where they meet */
		struct buf folded = BUF_INIT;
		fold_append(&folded, e->word.data, e->word.length, e->keep_case);
		buf_release(&e->word);
		e->word = folded;
	}
	add_item(list, kind, possessive, 0, e->word.data);
}

/* True the first time that a sequence is seen. */
static bool is_new(struct expansion *e, const struct item_list *list)
{
	if (e->single)
		return true;
	buf_clear(&e->key);
	sequence_key(&e->key, list);
	bool fresh;
	strmap_put(&e->seen, e->key.data, e->key.length, &fresh);
	return fresh;
}

static void release_list(struct item_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].text);
	free(list->items);
}

/* Adds the path as a sequence; bit k of closed closes the k-th hyphen that can be. */
static void add_sequence(struct expansion *e, uint64_t closed)
{
	struct item_list list = {mem_calloc(e->length, sizeof *list.items), 0};
	for (size_t i = 0; i < e->length;) {
		if (solid(e->path[i])) {
			size_t last = i;
			while (last + 1 < e->length && e->hyphen[last + 1]) {
				bool join = closed & 1;
				closed >>= 1;
				if (!join)
					break;
				last++;
			}
			add_joined(e, &list, i, last);
			i = last + 1;
			continue;
		}
		/* Gaps and single tokens in one run come to the same in any order: the single ones go first. */
		unsigned gap = 0;
		for (; i < e->length && !solid(e->path[i]); i++) {
			gap += e->path[i]->gap;
			if (e->path[i]->kind == ITEM_ANY)
				add_item(&list, ITEM_ANY, false, 0, NULL);
		}
		if (gap)
			add_item(&list, ITEM_GAP, false, gap, NULL);
	}
	if (!is_new(e, &list)) {
		release_list(&list);
		return;
	}
	MEM_GROW(e->out, e->count, e->capacity);
	e->out[e->count++] = list;
}

static void finish_path(struct expansion *e)
{
	unsigned hyphens = 0;
	for (size_t i = 0; i < e->length; i++) {
		e->hyphen[i] = i && e->hyphen[i] && solid(e->path[i - 1]) && !e->path[i - 1]->possessive && solid(e->path[i]);
		hyphens += e->hyphen[i];
	}
	for (uint64_t closed = 0; closed < (uint64_t)1 << hyphens; closed++)
		add_sequence(e, closed);
}

/* Walks on from list->items[at]; hyphen: since the last item of the path only hyphens have been passed. */
static void walk(struct expansion *e, const struct item_list *list, size_t at, const struct rest *rest, bool hyphen)
{
	if (at == list->count) {
		if (rest)
			walk(e, rest->list, rest->at, rest->next, hyphen);
		else
			finish_path(e);
		return;
	}
	const struct item *item = &list->items[at];
	hyphen = hyphen && (at == 0 || item->hyphen_before);
	if (item->kind == ITEM_CHOICE) {
		struct rest after = {list, at + 1, rest};
		for (size_t i = 0; i < item->choice_count; i++)
			walk(e, &item->choices[i], 0, &after, hyphen);
		return;
	}
	size_t here = e->length++;
	MEM_GROW(e->path, here, e->path_capacity);
	MEM_GROW(e->hyphen, here, e->hyphen_capacity);
	e->path[here] = item;
	e->hyphen[here] = hyphen;
	walk(e, list, at + 1, rest, true);
	e->length = here;
}

struct item_list *pattern_expand(const struct item_list *pattern, bool keep_case, const char *glue, size_t *count)
{
	struct expansion e = {.glue = glue, .keep_case = keep_case, .single = true};
	for (size_t i = 0; i < pattern->count; i++)
		e.single &= pattern->items[i].kind != ITEM_CHOICE && !pattern->items[i].hyphen_before;
	if (pattern->count)
		walk(&e, pattern, 0, NULL, true);
	strmap_release(&e.seen);
	buf_release(&e.word);
	buf_release(&e.key);
	free(e.path);
	free(e.hyphen);
	*count = e.count;
	return e.out;
}

struct item_list *entry_expand(const struct entry *entry, size_t *count)
{
	return pattern_expand(entry_pattern(entry), entry->flags & ENTRY_CASE, "", count);
}

void item_lists_free(struct item_list *lists, size_t count)
{
	for (size_t i = 0; i < count; i++)
		release_list(&lists[i]);
	free(lists);
}
