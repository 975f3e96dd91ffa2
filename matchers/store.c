#include "matchers/store.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "matchers/pattern.h"
#include "matchers/theme_code.h"

struct store *store_new(void)
{
	struct store *s = mem_calloc(1, sizeof *s);
	pthread_mutex_init(&s->reading, NULL);
	return s;
}

void store_free(struct store *s)
{
	if (!s)
		return;
	arena_release(&s->arena);
	strmap_release(&s->codes);
	if (!s->kept.data) {
		free(s->lexicon.themes);
		free(s->lexicon.entries);
	}
	buf_release(&s->kept);
	free(s->patterns);
	pthread_mutex_destroy(&s->reading);
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

void store_entry(struct store *s, const struct entry *entry, const struct item_list *pattern)
{
	size_t at = s->lexicon.entry_count++;
	MEM_GROW(s->lexicon.entries, at, s->entry_capacity);
	s->lexicon.entries[at] = *entry;
	s->lexicon.entries[at].lexicon = &s->lexicon;
	s->lexicon.entries[at].index = (uint32_t)at;
	struct item_list *patterns = s->patterns;
	MEM_GROW(patterns, at, s->pattern_capacity);
	patterns[at] = *pattern;
	s->patterns = patterns;
}

/* They have been read before, or they would not be here; that they are refused now means that the program is broken, and no count of it would be true. */
static struct item_list *read_patterns(struct store *s)
{
	static const struct lexicon_limits limits = LEXICON_LIMITS_DEFAULT;
	struct item_list *patterns = mem_calloc(s->lexicon.entry_count, sizeof *patterns);
	struct buf message = BUF_INIT;
	for (size_t i = 0; i < s->lexicon.entry_count; i++) {
		const struct entry *e = &s->lexicon.entries[i];
		uint64_t variants;
		if (!(e->flags & ENTRY_REGEX) && !pattern_parse(&s->arena, e->source, strlen(e->source), e->flags, &limits, &patterns[i], &variants, &message)) {
			fprintf(stderr, "themetally: %s line %u: %s, though the cache says that it was accepted; run with --no-cache\n", e->file, (unsigned)e->line, message.data);
			abort();
		}
	}
	buf_release(&message);
	return patterns;
}

const struct item_list *entry_pattern(const struct entry *entry)
{
	struct store *s = (struct store *)entry->lexicon;
	struct item_list *patterns = s->patterns;
	if (!patterns) {
		pthread_mutex_lock(&s->reading);
		if (!s->patterns)
			s->patterns = read_patterns(s);
		patterns = s->patterns;
		pthread_mutex_unlock(&s->reading);
	}
	return &patterns[entry->index];
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
