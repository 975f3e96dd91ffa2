#include "corpora/words.h"

#include <string.h>

/* 1: letter or digit; the letter in lower case is then c | 0x20 */
static const uint8_t word_byte[256] = {
	['0'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	['A'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	['a'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
};

void words_init(struct words *w)
{
	memset(w, 0, sizeof *w);
	memset(w->first, 0xFF, sizeof w->first);
}

/* Hash of up to three bytes of a word, 12 bits. */
static unsigned hash(const char *s, size_t n)
{
	uint32_t key = (unsigned char)s[0] | 0x20u;
	if (n > 1)
		key |= ((unsigned char)s[1] | 0x20u) << 8;
	if (n > 2)
		key |= ((unsigned char)s[2] | 0x20u) << 16;
	return key * 0x9E3779B1u >> 20;
}

bool words_add(struct words *w, const char *word, size_t length, uint16_t value)
{
	bool prefix = length > 1 && word[length - 1] == '*';
	length -= prefix;
	if (w->count == WORDS_MOST || length < (prefix ? 3u : 1u) || length > WORD_BYTES)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!word_byte[(unsigned char)word[i]])
			return false;
	struct word_entry *e = &w->entry[w->count];
	for (size_t i = 0; i < length; i++)
		e->bytes[i] = (char)(word[i] | 0x20);
	e->length = (uint8_t)length;
	e->prefix = prefix;
	e->value = value;
	e->next = -1;
	unsigned h = hash(word, length);
	w->seen[h / 64] |= UINT64_C(1) << h % 64;
	int16_t *link = &w->first[h & 255];
	while (*link >= 0)
		link = &w->entry[*link].next;
	*link = (int16_t)w->count++;
	return true;
}

bool word_next(const char *text, size_t length, size_t at, struct word *word)
{
	while (at < length && !word_byte[(unsigned char)text[at]])
		at++;
	word->start = at;
	while (at < length && word_byte[(unsigned char)text[at]])
		at++;
	word->end = at;
	return at > word->start;
}

static int match_from(const struct words *w, const char *text, struct word word, int i)
{
	size_t n = word.end - word.start;
	for (; i >= 0; i = w->entry[i].next) {
		const struct word_entry *e = &w->entry[i];
		if (e->prefix ? n < e->length : n != e->length)
			continue;
		size_t k = 0;
		while (k < e->length && (text[word.start + k] | 0x20) == e->bytes[k])
			k++;
		if (k == e->length)
			return i;
	}
	return -1;
}

int words_find(const struct words *w, const char *text, struct word word)
{
	unsigned h = hash(text + word.start, word.end - word.start);
	if (!(w->seen[h / 64] >> h % 64 & 1))
		return -1;
	return match_from(w, text, word, w->first[h & 255]);
}

int words_find_next(const struct words *w, const char *text, struct word word, int entry)
{
	return match_from(w, text, word, w->entry[entry].next);
}
