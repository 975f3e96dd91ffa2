#include "matchers/lexicon_diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "matchers/sequence.h"

const char *change_word(enum change change)
{
	static const char *const words[] = {"removed", "added", "altered", "moved"};
	return words[change];
}

/* ---- entries ---- */

/* One side's entries, those with equal keys in a queue. */
struct side {
	const struct lexicon *lexicon;
	bool *paired;
	struct strmap queues; /* by key: first entry + 1 */
	size_t *next;         /* by entry: the next with its key + 1 */
};

static void add_structure(struct buf *key, const struct item_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct item *item = &list->items[i];
		struct item_list one = {(struct item *)item, 1};
		sequence_key(key, &one);
		buf_append_char(key, item->hyphen_before ? '-' : ' ');
		for (size_t k = 0; k < item->choice_count; k++) {
			buf_append_char(key, '{');
			add_structure(key, &item->choices[k]);
		}
		buf_append_char(key, '}');
	}
}

static const char *code_of(const struct lexicon *l, const struct entry *e)
{
	return e->theme == THEME_NONE ? "" : e->theme == THEME_ANY ? "*" : l->themes[e->theme].code;
}

static void entry_key(struct buf *key, const struct lexicon *l, const struct entry *e, bool with_theme)
{
	buf_clear(key);
	buf_append_char(key, (char)('0' + e->role));
	if (with_theme)
		buf_append_str(key, code_of(l, e));
	buf_append_char(key, '\0');
	if (e->flags & ENTRY_REGEX)
		buf_append_str(key, e->source);
	else
		add_structure(key, entry_pattern(e));
}

static void queue_unpaired(struct side *s, struct buf *key, bool with_theme)
{
	strmap_clear(&s->queues);
	for (size_t i = s->lexicon->entry_count; i-- > 0;) { /* backwards, so that each queue begins with its first */
		if (s->paired[i])
			continue;
		entry_key(key, s->lexicon, &s->lexicon->entries[i], with_theme);
		size_t *first = strmap_put(&s->queues, key->data, key->length, NULL);
		s->next[i] = *first;
		*first = i + 1;
	}
}

static struct side side_new(const struct lexicon *l)
{
	size_t n = l->entry_count;
	return (struct side){l, mem_calloc(n, sizeof(bool)), STRMAP_INIT, mem_calloc(n, sizeof(size_t))};
}

static void side_release(struct side *s)
{
	free(s->paired);
	free(s->next);
	strmap_release(&s->queues);
}

/* Pairs entries with equal keys; partner[i] is the entry of after + 1 that before's i goes with. */
static void pair_up(struct side *before, struct side *after, size_t *partner, struct buf *key, bool with_theme)
{
	queue_unpaired(before, key, with_theme);
	for (size_t i = 0; i < after->lexicon->entry_count; i++) {
		if (after->paired[i])
			continue;
		entry_key(key, after->lexicon, &after->lexicon->entries[i], with_theme);
		const size_t *first = strmap_find(&before->queues, key->data, key->length);
		if (!first || !*first)
			continue;
		size_t old = *first - 1;
		*strmap_put(&before->queues, key->data, key->length, NULL) = before->next[old];
		before->paired[old] = after->paired[i] = true;
		partner[old] = i + 1;
	}
}

static void add_entry(struct lexicon_diff *d, size_t *capacity, enum change change, const struct entry *before, const struct entry *after)
{
	MEM_GROW(d->entries, d->entry_count, *capacity);
	d->entries[d->entry_count++] = (struct entry_change){change, before, after};
}

static void compare_entries(struct lexicon_diff *d, const struct lexicon *before, const struct lexicon *after)
{
	struct side old = side_new(before), new = side_new(after);
	size_t *partner = mem_calloc(before->entry_count, sizeof *partner), capacity = 0;
	struct buf key = BUF_INIT;
	pair_up(&old, &new, partner, &key, true);
	pair_up(&old, &new, partner, &key, false);
	for (size_t i = 0; i < before->entry_count; i++) {
		const struct entry *a = &before->entries[i], *b = partner[i] ? &after->entries[partner[i] - 1] : NULL;
		if (!b)
			add_entry(d, &capacity, CHANGE_REMOVED, a, NULL);
		else if (strcmp(code_of(before, a), code_of(after, b)) != 0)
			add_entry(d, &capacity, CHANGE_MOVED, a, b);
		else if (a->flags != b->flags || strcmp(a->note, b->note) != 0)
			add_entry(d, &capacity, CHANGE_ALTERED, a, b);
	}
	for (size_t i = 0; i < after->entry_count; i++)
		if (!new.paired[i])
			add_entry(d, &capacity, CHANGE_ADDED, NULL, &after->entries[i]);
	free(partner);
	buf_release(&key);
	side_release(&old);
	side_release(&new);
}

/* ---- themes ---- */

enum { IN_BEFORE = 1, IN_AFTER = 2 };

/* Notes the sequences of one side, each under its theme's code; sequences: IN_BEFORE and IN_AFTER by theme, flags and sequence. */
static void note_sequences(struct strmap *sequences, const struct lexicon *l, size_t side, const struct strmap *rows, struct theme_change *themes)
{
	struct buf key = BUF_INIT;
	for (size_t i = 0; i < l->entry_count; i++) {
		const struct entry *e = &l->entries[i];
		if (e->role != ROLE_MENTION)
			continue;
		const char *code = l->themes[e->theme].code;
		struct theme_change *row = &themes[*strmap_find(rows, code, strlen(code))];
		size_t count = 1;
		struct item_list *lists = e->flags & ENTRY_REGEX ? NULL : entry_expand(e, &count);
		for (size_t k = 0; k < count; k++) {
			buf_clear(&key);
			buf_append(&key, code, strlen(code) + 1);
			buf_append(&key, &e->flags, sizeof e->flags);
			if (lists)
				sequence_key(&key, &lists[k]);
			else
				buf_append_str(&key, e->source);
			size_t *sides = strmap_put(sequences, key.data, key.length, NULL);
			if (*sides & side)
				continue;
			if (side == IN_BEFORE)
				row->lost++;
			else if (*sides & IN_BEFORE)
				row->lost--;
			else
				row->gained++;
			*sides |= side;
		}
		if (lists)
			item_lists_free(lists, count);
	}
	buf_release(&key);
}

static bool theme_altered(const struct theme *a, const struct theme *b)
{
	return strcmp(a->label, b->label) != 0 || strcmp(a->description, b->description) != 0 || a->negatable != b->negatable;
}

static void compare_themes(struct lexicon_diff *d, const struct lexicon *before, const struct lexicon *after)
{
	struct strmap rows = STRMAP_INIT, sequences = STRMAP_INIT;
	struct theme_change *themes = mem_calloc(before->theme_count + after->theme_count, sizeof *themes);
	size_t count = 0;
	for (size_t i = 0; i < after->theme_count; i++) {
		const struct theme *t = &after->themes[i];
		*strmap_put(&rows, t->code, strlen(t->code), NULL) = count;
		themes[count++] = (struct theme_change){.code = t->code, .after = t};
	}
	for (size_t i = 0; i < before->theme_count; i++) {
		const struct theme *t = &before->themes[i];
		bool gone;
		size_t *row = strmap_put(&rows, t->code, strlen(t->code), &gone);
		if (gone) {
			*row = count;
			themes[count++].code = t->code;
		}
		themes[*row].before = t;
		themes[*row].altered = themes[*row].after && theme_altered(t, themes[*row].after);
	}
	note_sequences(&sequences, before, IN_BEFORE, &rows, themes);
	note_sequences(&sequences, after, IN_AFTER, &rows, themes);
	for (size_t i = 0; i < count; i++)
		if (!themes[i].before || !themes[i].after || themes[i].altered || themes[i].gained || themes[i].lost)
			themes[d->theme_count++] = themes[i];
	d->themes = themes;
	strmap_release(&rows);
	strmap_release(&sequences);
}

void lexicon_diff_init(struct lexicon_diff *diff, const struct lexicon *before, const struct lexicon *after)
{
	*diff = (struct lexicon_diff){NULL, 0, NULL, 0};
	compare_entries(diff, before, after);
	compare_themes(diff, before, after);
}

void lexicon_diff_release(struct lexicon_diff *diff)
{
	free(diff->entries);
	free(diff->themes);
	*diff = (struct lexicon_diff){NULL, 0, NULL, 0};
}
