/* Lines of a text: their ends, what stands on them less bullets and mark-up. */
#if defined __SSE2__
#include <emmintrin.h>
#endif
#include <string.h>

#include "corpora/segment.h"

/* Length of the bullet at s, 0 if there is none: a dash or star with a space after it, a bullet sign, a private-use character. */
static size_t bullet_length(const unsigned char *s, size_t n)
{
	if (n >= 2 && (s[0] == '-' || s[0] == '*' || s[0] == '+') && (s[1] == ' ' || s[1] == '\t'))
		return 1;
	if (n >= 3 && s[0] == 0xE2 &&
	    ((s[1] == 0x80 && (s[2] == 0xA2 || s[2] == 0xA3)) || (s[1] == 0x81 && (s[2] == 0x83 || s[2] == 0x8C || s[2] == 0x8D)) ||
	     s[1] == 0x96 || s[1] == 0x97 || (s[1] == 0x9C || s[1] == 0x9D || s[1] == 0x9E)))
		return 3;
	if (n >= 4 && s[0] == 0xE2 && s[1] == 0x80 && (s[2] == 0x93 || s[2] == 0x94) && s[3] == ' ')
		return 3;
	if (n >= 2 && s[0] == 0xC2 && s[1] == 0xB7)
		return 2;
	if (n >= 3 && (s[0] == 0xEE || (s[0] == 0xEF && s[1] < 0xA4)))
		return 3;
	return 0;
}

/* Length of the space or mark-up character at s, 0 if it is neither. Tabs part cells and are neither. */
static size_t mark_length(const unsigned char *s, size_t n)
{
	switch (s[0]) {
	case ' ': case '#': case '*': case '_': case '>': case '\f': case '\r':
		return 1;
	case 0xC2:
		return n >= 2 && s[1] == 0xA0 ? 2 : 0;
	case 0xEF:
		return n >= 3 && s[1] == 0xBB && s[2] == 0xBF ? 3 : 0;
	default:
		return 0;
	}
}

size_t line_content(const char *text, size_t start, size_t end, bool *bullet)
{
	const unsigned char *s = (const unsigned char *)text;
	*bullet = false;
	if (start < end && (unsigned char)((s[start] | 0x20) - 'a') < 26)
		return start;
	for (size_t n; start < end;) {
		if (!*bullet && (n = bullet_length(s + start, end - start)) > 0) {
			*bullet = true;
			start += n;
		} else if ((n = mark_length(s + start, end - start)) > 0) {
			start += n;
		} else {
			break;
		}
	}
	return start;
}

size_t line_trimmed(const char *text, size_t start, size_t end)
{
	while (end > start) {
		char c = text[end - 1];
		if (c != ' ' && c != '\t' && c != '\r' && c != '\f' && c != '*' && c != '_')
			break;
		end--;
	}
	return end;
}

size_t line_end(const char *text, size_t length, size_t at)
{
	const char *end = memchr(text + at, '\n', length - at);
	return end ? (size_t)(end - text) : length;
}

size_t line_start(const char *text, size_t at)
{
	/* step by step: the thread sanitizer looks at all that memrchr() is given, which would make each call as long as the text */
	while (at > 0) {
		size_t from = at > LINE_WINDOW ? at - LINE_WINDOW : 0;
		const char *end = memrchr(text + from, '\n', at - from);
		if (end)
			return (size_t)(end - text) + 1;
		at = from;
	}
	return 0;
}

size_t line_above(const char *text, size_t at)
{
	while (at > 0) {
		size_t end = at - 1, start = line_start(text, end);
		bool bullet;
		if (line_content(text, start, line_trimmed(text, start, end), &bullet) < line_trimmed(text, start, end))
			return start;
		at = start;
	}
	return SIZE_MAX;
}

uint64_t segment_count_lines(const char *text, size_t start, size_t end)
{
	uint64_t n = 0;
#if defined __SSE2__
	const __m128i mark = _mm_set1_epi8('\n'), zero = _mm_setzero_si128();
	while (end - start >= 16) {
		__m128i seen = zero;
		size_t stop = end - start > 255 * 16 ? start + 255 * 16 : end;
		for (; stop - start >= 16; start += 16)
			seen = _mm_sub_epi8(seen, _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(text + start)), mark));
		__m128i sums = _mm_sad_epu8(seen, zero);
		n += (uint64_t)_mm_cvtsi128_si64(sums) + (uint64_t)_mm_cvtsi128_si64(_mm_srli_si128(sums, 8));
	}
#endif
	for (; start < end; start++)
		n += text[start] == '\n';
	return n;
}
