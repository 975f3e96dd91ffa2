#include "matchers/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "matchers/theme_code.h"

struct store *store_new(void)
{
	return mem_calloc(1, sizeof(struct store));
}

void store_free(struct store *s)
{
	if (!s)
		return;
	arena_release(&s->arena);
	strmap_release(&s->codes);
	free(s->lexicon.themes);
	free(s->lexicon.entries);
	free(s);
}

bool theme_code_is_well_formed(const char *code, size_t length)
{
	size_t parts = 1;
	if (!length || length > CODE_BYTES)
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = code[i];
		if (c == '.') {
			if (i == 0 || i + 1 == length || code[i - 1] == '.')
				return false;
			parts++;
		} else if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return parts <= CODE_PARTS;
}

uint32_t store_find_theme(const struct store *s, const char *code, size_t length)
{
	const size_t *index = strmap_find(&s->codes, code, length);
	return index ? (uint32_t)*index : THEME_NONE;
}

uint32_t store_theme(struct store *s, const char *code, size_t length)
{
	uint32_t parent = THEME_NONE;
	for (size_t end = 0; end <= length; end++) {
		if (end < length && code[end] != '.')
			continue;
		bool is_new;
		size_t *index = strmap_put(&s->codes, code, end, &is_new);
		if (is_new) {
			MEM_GROW(s->lexicon.themes, s->lexicon.theme_count, s->theme_capacity);
			s->lexicon.themes[s->lexicon.theme_count] = (struct theme){.code = arena_strndup(&s->arena, code, end), .parent = parent};
			*index = s->lexicon.theme_count++;
		}
		parent = (uint32_t)*index;
	}
	return parent;
}

struct entry *store_entry(struct store *s)
{
	MEM_GROW(s->lexicon.entries, s->lexicon.entry_count, s->entry_capacity);
	struct entry *entry = &s->lexicon.entries[s->lexicon.entry_count++];
	memset(entry, 0, sizeof *entry);
	return entry;
}

void lexicon_free(struct lexicon *lexicon)
{
	store_free((struct store *)lexicon);
}

void lexicon_flag_letters(unsigned flags, char letters[sizeof ENTRY_FLAG_LETTERS])
{
	for (size_t i = 0; i + 1 < sizeof ENTRY_FLAG_LETTERS; i++)
		if (flags & 1u << i)
			*letters++ = ENTRY_FLAG_LETTERS[i];
	*letters = '\0';
}

uint32_t lexicon_theme(const struct lexicon *lexicon, const char *code)
{
	return store_find_theme((const struct store *)lexicon, code, strlen(code));
}

bool theme_is_within(const struct lexicon *lexicon, uint32_t theme, uint32_t ancestor)
{
	while (theme < lexicon->theme_count && theme != ancestor)
		theme = lexicon->themes[theme].parent;
	return theme == ancestor && theme < lexicon->theme_count;
}
