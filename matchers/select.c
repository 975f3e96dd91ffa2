/* A part of a lexicon as a lexicon of its own. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "matchers/sequence.h"
#include "matchers/store.h"

enum keeping { LEFT_OUT, PATH, SELECTED };

/* Marks what one part of the pattern selects; false if that is nothing. */
static bool mark(const struct lexicon *l, const char *part, enum keeping *keep)
{
	bool any = false;
	for (size_t i = 0; i < l->theme_count; i++) {
		if (!glob_matches(part, l->themes[i].code))
			continue;
		any = true;
		keep[i] = SELECTED;
		for (uint32_t up = l->themes[i].parent; up != THEME_NONE; up = l->themes[up].parent)
			if (keep[up] == LEFT_OUT)
				keep[up] = PATH;
	}
	return any;
}

static bool mark_all(const struct lexicon *l, const char *pattern, enum keeping *keep, struct problem_list *problems)
{
	bool fine = true;
	char *parts = mem_strdup(pattern);
	for (char *rest = parts, *part; (part = strsep(&rest, ",")) != NULL;) {
		part += strspn(part, " ");
		part[strcspn(part, " ")] = '\0';
		if (mark(l, part, keep))
			continue;
		problem_add(problems, PROBLEM_ERROR, l->name, 0, "no theme of the lexicon matches '%s'", part);
		fine = false;
	}
	free(parts);
	for (size_t i = 0; i < l->theme_count; i++) /* parents first: whole subtrees */
		if (l->themes[i].parent != THEME_NONE && keep[l->themes[i].parent] == SELECTED)
			keep[i] = SELECTED;
	return fine;
}

static struct item_list copy_list(struct arena *arena, const struct item_list *from)
{
	struct item_list list = {arena_calloc(arena, from->count, sizeof *list.items), from->count};
	for (size_t i = 0; i < from->count; i++) {
		struct item item = from->items[i];
		if (item.text)
			item.text = arena_strndup(arena, item.text, strlen(item.text));
		if (item.choice_count) {
			item.choices = arena_calloc(arena, item.choice_count, sizeof *item.choices);
			for (size_t k = 0; k < item.choice_count; k++)
				item.choices[k] = copy_list(arena, &from->items[i].choices[k]);
		}
		list.items[i] = item;
	}
	return list;
}

struct copier {
	struct store *store;
	const char *file, *file_copy; /* the last file name: entries of one file share it */
};

static const char *copy(struct copier *c, const char *s)
{
	return arena_strndup(&c->store->arena, s, strlen(s));
}

static const char *copy_file(struct copier *c, const char *file)
{
	if (file != c->file) {
		c->file = file;
		c->file_copy = copy(c, file);
	}
	return c->file_copy;
}

static void copy_theme(struct copier *c, const struct theme *from, bool partial)
{
	uint32_t index = store_theme(c->store, from->code, strlen(from->code));
	struct theme *theme = &c->store->lexicon.themes[index];
	theme->label = copy(c, from->label);
	theme->description = copy(c, from->description);
	theme->negatable = from->negatable;
	theme->partial = partial || from->partial;
	theme->entries = partial ? 0 : from->entries;
	theme->file = copy_file(c, from->file);
	theme->line = from->line;
}

static void copy_entry(struct copier *c, const struct entry *from, uint32_t theme)
{
	struct item_list pattern = copy_list(&c->store->arena, entry_pattern(from));
	struct entry entry = *from;
	entry.theme = theme;
	entry.source = copy(c, from->source);
	entry.note = copy(c, from->note);
	entry.file = copy_file(c, from->file);
	store_entry(c->store, &entry, &pattern);
}

struct lexicon *lexicon_select(const struct lexicon *lexicon, const char *pattern, struct problem_list *problems)
{
	enum keeping *keep = mem_calloc(lexicon->theme_count, sizeof *keep);
	if (!mark_all(lexicon, pattern, keep, problems)) {
		free(keep);
		return NULL;
	}
	struct copier c = {.store = store_new()};
	uint32_t *index = mem_calloc(lexicon->theme_count, sizeof *index);
	struct sha256 hash;
	sha256_init(&hash);
	sha256_update(&hash, lexicon->sha256, sizeof lexicon->sha256);
	for (size_t i = 0; i < lexicon->theme_count; i++) {
		if (keep[i] == LEFT_OUT)
			continue;
		index[i] = (uint32_t)c.store->lexicon.theme_count;
		copy_theme(&c, &lexicon->themes[i], keep[i] == PATH);
		sha256_update(&hash, lexicon->themes[i].code, strlen(lexicon->themes[i].code) + 1);
		sha256_update(&hash, keep[i] == PATH ? "p" : "s", 1);
	}
	for (size_t i = 0; i < lexicon->entry_count; i++) {
		const struct entry *e = &lexicon->entries[i];
		if (e->theme == THEME_NONE || e->theme == THEME_ANY)
			copy_entry(&c, e, e->theme);
		else if (keep[e->theme] == SELECTED || (keep[e->theme] == PATH && e->role == ROLE_EXCLUSION))
			copy_entry(&c, e, index[e->theme]);
	}
	c.store->lexicon.name = copy(&c, lexicon->name);
	c.store->lexicon.version = copy(&c, lexicon->version);
	sha256_final(&hash, c.store->lexicon.sha256);
	free(keep);
	free(index);
	return &c.store->lexicon;
}
