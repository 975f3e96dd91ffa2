#include "corpora/words.h"

#if defined __SSE2__
#include <emmintrin.h>
#endif
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
static inline unsigned hash(const char *s, size_t n)
{
	uint32_t key = (unsigned char)s[0] | 0x20u;
	key |= n > 1 ? ((unsigned char)s[1] | 0x20u) << 8 : 0;
	key |= n > 2 ? ((unsigned char)s[2] | 0x20u) << 16 : 0;
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
	memcpy(&e->head, e->bytes, 8);
	memset(&e->mask, 0, sizeof e->mask);
	memset(&e->mask, 0xFF, length < 8 ? length : 8);
	e->prefix = prefix;
	e->value = value;
	e->next = -1;
	unsigned h = hash(word, length);
	w->seen[h / 64] |= UINT64_C(1) << h % 64;
	int16_t *link = &w->first[h];
	while (*link >= 0)
		link = &w->entry[*link].next;
	*link = (int16_t)w->count++;
	return true;
}

static bool next_plain(const char *text, size_t length, size_t at, struct word *word)
{
	while (at < length && !word_byte[(unsigned char)text[at]])
		at++;
	word->start = at;
	while (at < length && word_byte[(unsigned char)text[at]])
		at++;
	word->end = at;
	return at > word->start;
}

#if defined __SSE2__
/* A bit for each of 16 bytes that is a letter or digit. */
static inline unsigned word_mask(const char *text)
{
	const __m128i zero = _mm_setzero_si128();
	__m128i c = _mm_loadu_si128((const __m128i *)text);
	__m128i letter = _mm_sub_epi8(_mm_or_si128(c, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
	__m128i digit = _mm_sub_epi8(c, _mm_set1_epi8('0'));
	return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(_mm_subs_epu8(letter, _mm_set1_epi8(25)), zero),
	                                                _mm_cmpeq_epi8(_mm_subs_epu8(digit, _mm_set1_epi8(9)), zero)));
}
#endif

bool word_next(const char *text, size_t length, size_t at, struct word *word)
{
#if defined __SSE2__
	/* a short gap and a word within 16 bytes: nearly always */
	if (length - at >= 16 && at < length) {
		unsigned mask = word_mask(text + at);
		if (mask) {
			unsigned start = (unsigned)__builtin_ctz(mask), end = (unsigned)__builtin_ctz(~(mask >> start)) + start;
			if (end < 16) {
				word->start = at + start;
				word->end = at + end;
				return true;
			}
		}
	}
#endif
	return next_plain(text, length, at, word);
}

/* The first eight bytes of a word in lower case; what lies behind the word is not told apart. */
static inline uint64_t head_of(const char *text, size_t length, struct word word)
{
	uint64_t head = 0;
	size_t n = word.end - word.start;
	if (length - word.start >= sizeof head)
		memcpy(&head, text + word.start, sizeof head);
	else
		memcpy(&head, text + word.start, n < 8 ? n : 8);
	return head | UINT64_C(0x2020202020202020);
}

static int match_from(const struct words *w, const char *text, size_t length, struct word word, int i)
{
	size_t n = word.end - word.start;
	uint64_t head = head_of(text, length, word);
	for (; i >= 0; i = w->entry[i].next) {
		const struct word_entry *e = &w->entry[i];
		if ((e->prefix ? n < e->length : n != e->length) || ((head ^ e->head) & e->mask) != 0)
			continue;
		size_t k = 8;
		while (k < e->length && (text[word.start + k] | 0x20) == e->bytes[k])
			k++;
		if (k >= e->length)
			return i;
	}
	return -1;
}

int words_find(const struct words *w, const char *text, size_t length, struct word word)
{
	unsigned h = hash(text + word.start, word.end - word.start);
	if (!(w->seen[h / 64] >> h % 64 & 1))
		return -1;
	return match_from(w, text, length, word, w->first[h]);
}

int words_find_next(const struct words *w, const char *text, size_t length, struct word word, int entry)
{
	return match_from(w, text, length, word, w->entry[entry].next);
}

static uint32_t values_of(const struct words *w, const char *text, size_t length, struct word word)
{
	uint32_t values = 0;
	for (int i = words_find(w, text, length, word); i >= 0; i = words_find_next(w, text, length, word, i))
		values |= UINT32_C(1) << w->entry[i].value;
	return values;
}

#if defined __SSE2__
#define BLOCK 60 /* places a block begins words at: four more are looked at, so that the first bytes of each word lie in it */

/* A bit for each of the 64 bytes from `at` on that is a letter or digit; *bytes holds them. */
static uint64_t block_mask(const char *text, size_t length, size_t at, char store[64], const char **bytes)
{
	*bytes = text + at;
	if (length - at < 64) {
		memset(store, 0, 64);
		memcpy(store, text + at, length - at);
		*bytes = store;
	}
	return (uint64_t)word_mask(*bytes) | (uint64_t)word_mask(*bytes + 16) << 16 | (uint64_t)word_mask(*bytes + 32) << 32 |
	       (uint64_t)word_mask(*bytes + 48) << 48;
}

static inline uint64_t starts_of(uint64_t mask, uint64_t inside)
{
	return mask & ~(mask << 1 | inside) & ((UINT64_C(1) << BLOCK) - 1);
}

uint32_t words_values(const struct words *w, const char *text, size_t length)
{
	char store[64];
	const char *bytes;
	uint32_t values = 0;
	uint64_t inside = 0; /* 1: the byte before the block belongs to a word */
	for (size_t base = 0; base < length; base += BLOCK) {
		uint64_t mask = block_mask(text, length, base, store, &bytes);
		for (uint64_t starts = starts_of(mask, inside); starts; starts &= starts - 1) {
			unsigned i = (unsigned)__builtin_ctzll(starts);
			uint32_t key;
			memcpy(&key, bytes + i, sizeof key);
			key = (key & 0xFFFFFF) | 0x202020;
			if ((mask >> i & 7) != 7) /* what lies behind a word of one or two letters is no part of it */
				key &= mask >> i & 2 ? 0xFFFF : 0xFF;
			unsigned h = key * 0x9E3779B1u >> 20;
			if (!(w->seen[h / 64] >> h % 64 & 1))
				continue;
			struct word word = {base + i, base + i + 1};
			while (word.end < length && word_byte[(unsigned char)text[word.end]])
				word.end++;
			values |= values_of(w, text, length, word);
		}
		inside = mask >> (BLOCK - 1) & 1;
	}
	return values;
}

bool words_year(const char *text, size_t length)
{
	char store[64];
	const char *bytes;
	uint64_t inside = 0;
	for (size_t base = 0; base < length; base += BLOCK) {
		uint64_t mask = block_mask(text, length, base, store, &bytes);
		uint64_t fours = starts_of(mask, inside) & mask >> 1 & mask >> 2 & mask >> 3 & ~(mask >> 4);
		for (; fours; fours &= fours - 1) {
			char c = bytes[__builtin_ctzll(fours)];
			if (c == '1' || c == '2')
				return true;
		}
		inside = mask >> (BLOCK - 1) & 1;
	}
	return false;
}
#else
uint32_t words_values(const struct words *w, const char *text, size_t length)
{
	uint32_t values = 0;
	struct word word = {0};
	while (word_next(text, length, word.end, &word))
		values |= values_of(w, text, length, word);
	return values;
}

bool words_year(const char *text, size_t length)
{
	struct word word = {0};
	while (word_next(text, length, word.end, &word))
		if (word.end - word.start == 4 && (text[word.start] == '1' || text[word.start] == '2'))
			return true;
	return false;
}
#endif
