/* Every sequence of the lexicon is looked up among those that could cover it. A sequence can only be covered by one that begins
 * with the same word or with a wildcard, so they are filed by their first word (folded), wildcards under one name. */
#include "matchers/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "matchers/fold.h"
#include "matchers/sequence.h"

/* Comparisons in one check, so that a lexicon of nothing but wildcards is not compared all with all. */
#define COMPARISONS_MOST 150000000u

#define NONE UINT32_MAX

struct sequence {
	struct item_list list;
	uint32_t entry;
	uint32_t next; /* filed under the same first word, in falling order of entries; NONE at the end */
};

struct coverage {
	const struct lexicon *lexicon;
	struct problem_list *problems;
	struct sequence *sequences; /* by entry */
	size_t count, capacity;
	uint32_t *first_of;         /* by entry: its first sequence; entry_count + 1 of them */
	struct strmap files;        /* kind of entry and first word: newest sequence + 1 */
	struct buf key;
	size_t comparisons;
};

/* ---- filing ---- */

/* Roles and themes are kept apart where an entry can only be covered by its like; exclusions are all filed together, for they act on other themes. */
static void start_key(struct coverage *c, char file, uint32_t theme)
{
	buf_clear(&c->key);
	buf_append_char(&c->key, file);
	buf_append(&c->key, &theme, sizeof theme);
}

static void key_first_word(struct coverage *c, const struct sequence *s)
{
	const struct item *first = &s->list.items[0];
	if (first->kind == ITEM_WILDCARD)
		buf_append_char(&c->key, '*');
	else if (c->lexicon->entries[s->entry].flags & ENTRY_CASE)
		fold_append(&c->key, first->text, strlen(first->text), false);
	else
		buf_append_str(&c->key, first->text);
}

static char file_of(const struct entry *e)
{
	return (char)('0' + e->role);
}

static void file_sequence(struct coverage *c, uint32_t index)
{
	struct sequence *s = &c->sequences[index];
	const struct entry *e = &c->lexicon->entries[s->entry];
	start_key(c, file_of(e), e->theme);
	key_first_word(c, s);
	size_t *newest = strmap_put(&c->files, c->key.data, c->key.length, NULL);
	s->next = *newest ? (uint32_t)*newest - 1 : NONE;
	*newest = index + 1;
}

/* The newest sequence of a file, or NONE. */
static uint32_t look_up(struct coverage *c)
{
	const size_t *newest = strmap_find(&c->files, c->key.data, c->key.length);
	return newest && *newest ? (uint32_t)*newest - 1 : NONE;
}

static void file_all(struct coverage *c)
{
	const struct lexicon *l = c->lexicon;
	c->first_of = mem_calloc(l->entry_count + 1, sizeof *c->first_of);
	for (uint32_t i = 0; i < l->entry_count; i++) {
		size_t count;
		struct item_list *lists = entry_expand(&l->entries[i], &count);
		c->first_of[i] = (uint32_t)c->count;
		for (size_t k = 0; k < count; k++) {
			MEM_GROW(c->sequences, c->count, c->capacity);
			c->sequences[c->count] = (struct sequence){lists[k], i, NONE};
			file_sequence(c, (uint32_t)c->count++);
		}
		free(lists); /* the items live on in the sequences */
	}
	c->first_of[l->entry_count] = (uint32_t)c->count;
}

/* ---- what covers a sequence ---- */

static bool covers(struct coverage *c, const struct sequence *a, const struct sequence *b)
{
	c->comparisons++;
	return sequence_covers(&a->list, c->lexicon->entries[a->entry].flags, &b->list, c->lexicon->entries[b->entry].flags);
}

/* Whether a is reason enough to say that b adds nothing: of two that cover each other the later one is named. */
static bool makes_needless(struct coverage *c, const struct sequence *a, const struct sequence *b)
{
	return a->entry != b->entry && covers(c, a, b) && (a->entry < b->entry || !covers(c, b, a));
}

/* The entry with a sequence in the file that makes b needless (or, of an exclusion, covers it); NONE if there is none. */
static uint32_t find_in_file(struct coverage *c, const struct sequence *b, bool exclusion)
{
	uint32_t found = NONE;
	for (uint32_t at = look_up(c); at != NONE && c->comparisons < COMPARISONS_MOST; at = c->sequences[at].next) {
		const struct sequence *a = &c->sequences[at];
		if (exclusion ? covers(c, a, b) : makes_needless(c, a, b))
			found = a->entry; /* go on: the earliest entry is the one to name */
	}
	return found;
}

static uint32_t find_cover(struct coverage *c, const struct sequence *b, char file, uint32_t theme, bool exclusion)
{
	start_key(c, file, theme);
	size_t start = c->key.length;
	key_first_word(c, b);
	uint32_t same_word = find_in_file(c, b, exclusion);
	if (b->list.items[0].kind == ITEM_WILDCARD)
		return same_word;
	c->key.length = start;
	buf_append_char(&c->key, '*');
	uint32_t wildcard = find_in_file(c, b, exclusion);
	return wildcard < same_word ? wildcard : same_word;
}

static uint32_t find_exclusion(struct coverage *c, const struct sequence *b, uint32_t theme)
{
	uint32_t found = find_cover(c, b, '0' + ROLE_EXCLUSION, THEME_ANY, true);
	for (; theme != THEME_NONE; theme = c->lexicon->themes[theme].parent) {
		uint32_t of_theme = find_cover(c, b, '0' + ROLE_EXCLUSION, theme, true);
		found = of_theme < found ? of_theme : found;
	}
	return found;
}

/* ---- reports ---- */

static void warn(struct coverage *c, const struct entry *e, const struct entry *other, const char *before, const char *after)
{
	struct buf message = BUF_INIT;
	source_quote(&message, e->source);
	buf_printf(&message, " %s", before);
	if (strcmp(e->file, other->file) != 0)
		buf_printf(&message, "%s ", other->file);
	buf_printf(&message, "line %u (", (unsigned)other->line);
	source_quote(&message, other->source);
	buf_printf(&message, ")%s", after);
	problem_add(c->problems, PROBLEM_WARNING, e->file, e->line, "%s", message.data);
	buf_release(&message);
}

static bool same_sequences(const struct coverage *c, uint32_t a, uint32_t b)
{
	uint32_t n = c->first_of[a + 1] - c->first_of[a];
	if (n != c->first_of[b + 1] - c->first_of[b] || c->lexicon->entries[a].flags != c->lexicon->entries[b].flags)
		return false;
	struct buf one = BUF_INIT, two = BUF_INIT;
	for (uint32_t i = 0; i < n; i++) {
		sequence_key(&one, &c->sequences[c->first_of[a] + i].list);
		sequence_key(&two, &c->sequences[c->first_of[b] + i].list);
	}
	bool same = one.length == two.length && (!one.length || memcmp(one.data, two.data, one.length) == 0);
	buf_release(&one);
	buf_release(&two);
	return same;
}

/* Expressions are only compared as they are written. */
static void check_expression_written_twice(struct coverage *c, uint32_t entry)
{
	const struct entry *e = &c->lexicon->entries[entry];
	start_key(c, (char)('a' + e->role), e->theme);
	buf_append(&c->key, &e->flags, sizeof e->flags);
	buf_append_str(&c->key, e->source);
	bool is_new;
	size_t *first = strmap_put(&c->files, c->key.data, c->key.length, &is_new);
	if (is_new)
		*first = entry;
	else
		warn(c, e, &c->lexicon->entries[*first], "is the same as ", "; remove one of them");
}

static void check_needless(struct coverage *c, uint32_t entry)
{
	const struct entry *e = &c->lexicon->entries[entry];
	if (e->flags & ENTRY_REGEX) {
		check_expression_written_twice(c, entry);
		return;
	}
	uint32_t other = NONE;
	bool several = false;
	for (uint32_t i = c->first_of[entry]; i < c->first_of[entry + 1]; i++) {
		uint32_t found = find_cover(c, &c->sequences[i], file_of(e), e->theme, false);
		if (found == NONE)
			return;
		several |= other != NONE && other != found;
		other = found < other ? found : other;
	}
	if (other == NONE)
		return;
	if (same_sequences(c, other, entry))
		warn(c, e, &c->lexicon->entries[other], "is the same as ", "; remove one of them");
	else
		warn(c, e, &c->lexicon->entries[other], "adds nothing: ", several ? " and others match all that it matches" : " matches all that it matches");
}

static void check_shadowed(struct coverage *c, uint32_t entry)
{
	const struct entry *e = &c->lexicon->entries[entry];
	uint32_t first = NONE, dropped = 0, by = NONE, total = c->first_of[entry + 1] - c->first_of[entry];
	for (uint32_t i = c->first_of[entry]; i < c->first_of[entry + 1]; i++) {
		uint32_t found = find_exclusion(c, &c->sequences[i], e->theme);
		if (found == NONE)
			continue;
		first = dropped++ ? first : i;
		by = found < by ? found : by;
	}
	if (!dropped)
		return;
	if (dropped == total) {
		warn(c, e, &c->lexicon->entries[by], "never counts: the exclusion in ", " drops every match of it");
		return;
	}
	struct buf message = BUF_INIT;
	buf_append_str(&message, "can match '");
	sequence_write(&message, &c->sequences[first].list);
	buf_append_str(&message, "', which the exclusion in ");
	warn(c, e, &c->lexicon->entries[by], message.data, " always drops");
	buf_release(&message);
}

/* ---- exclusions without effect ---- */

/* Whether some word could be matched by both. */
static bool can_meet(const struct item *a, const struct item *b)
{
	if (a->kind == ITEM_ANY || b->kind == ITEM_ANY || (a->kind == ITEM_WILDCARD && b->kind == ITEM_WILDCARD))
		return true;
	if (a->kind == ITEM_WILDCARD)
		return glob_matches(a->text, b->text);
	if (b->kind == ITEM_WILDCARD)
		return glob_matches(b->text, a->text);
	return strcmp(a->text, b->text) == 0;
}

/* Whether a mention could lie within the exclusion with its first word on the exclusion's item at. */
static bool can_lie_at(const struct item_list *exclusion, size_t at, const struct item_list *mention)
{
	for (size_t i = 0; i < mention->count; i++, at++) {
		if (mention->items[i].kind == ITEM_GAP || (at < exclusion->count && exclusion->items[at].kind == ITEM_GAP))
			return true;
		if (at == exclusion->count || !can_meet(&exclusion->items[at], &mention->items[i]))
			return false;
	}
	return true;
}

static bool can_hold_one_of(struct coverage *c, const struct sequence *exclusion, size_t at)
{
	for (uint32_t i = look_up(c); i != NONE; i = c->sequences[i].next)
		if (++c->comparisons >= COMPARISONS_MOST || can_lie_at(&exclusion->list, at, &c->sequences[i].list))
			return true;
	return false;
}

/* Whether a mention of the theme itself could lie within the exclusion. */
static bool can_hold_mention(struct coverage *c, const struct sequence *exclusion, uint32_t theme)
{
	for (size_t at = 0; at < exclusion->list.count; at++) {
		const struct item *item = &exclusion->list.items[at];
		if (item->kind != ITEM_WORD || ++c->comparisons >= COMPARISONS_MOST)
			return true; /* almost anything could */
		start_key(c, '0' + ROLE_MENTION, theme);
		size_t start = c->key.length;
		fold_append(&c->key, item->text, strlen(item->text), false);
		if (can_hold_one_of(c, exclusion, at))
			return true;
		c->key.length = start;
		buf_append_char(&c->key, '*');
		if (can_hold_one_of(c, exclusion, at))
			return true;
	}
	return false;
}

/* With flag C the words of either side are not folded, and can_meet() would not do: then none is called idle. */
static bool is_idle(struct coverage *c, uint32_t entry, const bool *has_regex)
{
	const struct entry *e = &c->lexicon->entries[entry];
	if (e->flags & (ENTRY_REGEX | ENTRY_CASE))
		return false;
	for (uint32_t theme = 0; theme < c->lexicon->theme_count; theme++) {
		if (e->theme != THEME_ANY && !theme_is_within(c->lexicon, theme, e->theme))
			continue;
		if (has_regex[theme])
			return false;
		for (uint32_t i = c->first_of[entry]; i < c->first_of[entry + 1]; i++)
			if (can_hold_mention(c, &c->sequences[i], theme))
				return false;
	}
	return true;
}

static void check_idle_exclusions(struct coverage *c)
{
	const struct lexicon *l = c->lexicon;
	bool *has_regex = mem_calloc(l->theme_count, sizeof *has_regex); /* or entries with flag C */
	for (size_t i = 0; i < l->entry_count; i++)
		if (l->entries[i].role == ROLE_MENTION && l->entries[i].flags & (ENTRY_REGEX | ENTRY_CASE))
			has_regex[l->entries[i].theme] = true;
	for (uint32_t i = 0; i < l->entry_count; i++) {
		const struct entry *e = &l->entries[i];
		if (e->role != ROLE_EXCLUSION || !is_idle(c, i, has_regex))
			continue;
		struct buf quoted = BUF_INIT;
		source_quote(&quoted, e->source);
		problem_add(c->problems, PROBLEM_WARNING, e->file, e->line, "the exclusion %s drops nothing: no entry %s can lie within it", quoted.data,
		            e->theme == THEME_ANY ? "of the lexicon" : "of its theme");
		buf_release(&quoted);
	}
	free(has_regex);
}

void coverage_check(const struct lexicon *lexicon, struct problem_list *problems)
{
	struct coverage c = {.lexicon = lexicon, .problems = problems, .files = STRMAP_INIT};
	file_all(&c);
	for (uint32_t i = 0; i < lexicon->entry_count; i++) {
		check_needless(&c, i);
		if (lexicon->entries[i].role == ROLE_MENTION)
			check_shadowed(&c, i);
	}
	check_idle_exclusions(&c);
	if (c.comparisons >= COMPARISONS_MOST)
		problem_add(problems, PROBLEM_WARNING, lexicon->name, 0,
		            "so many entries begin with the same word or with '*' that not all were compared; some that add nothing may not be named");
	for (size_t i = 0; i < c.count; i++) {
		struct item_list *list = &c.sequences[i].list;
		for (size_t k = 0; k < list->count; k++)
			free(list->items[k].text);
		free(list->items);
	}
	free(c.sequences);
	free(c.first_of);
	strmap_release(&c.files);
	buf_release(&c.key);
}
