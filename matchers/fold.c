#include "matchers/fold.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/utf8.h"

struct range {
	int32_t first, last;
};

/* Letters (L*) of script Latin, Unicode 14: Scripts.txt and DerivedGeneralCategory.txt. */
static const struct range LATIN_LETTERS[] = {
	{0x0041, 0x005A}, {0x0061, 0x007A}, {0x00AA, 0x00AA}, {0x00BA, 0x00BA}, {0x00C0, 0x00D6}, {0x00D8, 0x00F6},
	{0x00F8, 0x02B8}, {0x02E0, 0x02E4}, {0x1D00, 0x1D25}, {0x1D2C, 0x1D5C}, {0x1D62, 0x1D65}, {0x1D6B, 0x1D77},
	{0x1D79, 0x1DBE}, {0x1E00, 0x1EFF}, {0x2071, 0x2071}, {0x207F, 0x207F}, {0x2090, 0x209C}, {0x212A, 0x212B},
	{0x2132, 0x2132}, {0x214E, 0x214E}, {0x2183, 0x2184}, {0x2C60, 0x2C7F}, {0xA722, 0xA787}, {0xA78B, 0xA7CA},
	{0xA7D0, 0xA7D1}, {0xA7D3, 0xA7D3}, {0xA7D5, 0xA7D9}, {0xA7F2, 0xA7FF}, {0xAB30, 0xAB5A}, {0xAB5C, 0xAB64},
	{0xAB66, 0xAB69}, {0xFB00, 0xFB06}, {0xFF21, 0xFF3A}, {0xFF41, 0xFF5A}, {0x10780, 0x10785}, {0x10787, 0x107B0},
	{0x107B2, 0x107BA}, {0x1DF00, 0x1DF1E},
};

/* U+FB00 to U+FB06 */
static const char *const LIGATURES[] = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"};

static bool is_latin_letter(int32_t c)
{
	size_t low = 0, high = sizeof LATIN_LETTERS / sizeof *LATIN_LETTERS;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (c > LATIN_LETTERS[middle].last)
			low = middle + 1;
		else if (c < LATIN_LETTERS[middle].first)
			high = middle;
		else
			return true;
	}
	return false;
}

static bool is_double_quote(uint32_t c)
{
	return c == '"' || (c >= 0x201C && c <= 0x201F);
}

static bool is_bullet(uint32_t c)
{
	switch (c) {
	case 0x2022: case 0x2023: case 0x2043: case 0x204C: case 0x204D: case 0x2219: case 0x00B7:
		return true;
	default:
		return (c >= 0x25A0 && c <= 0x25FF) || (c >= 0x2700 && c <= 0x27BF);
	}
}

enum char_class char_class(uint32_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) /* most of all there is */
		return CHAR_WORD;
	if (c == ' ')
		return CHAR_SPACE;
	switch (c) {
	case 0x00AD: case 0x200B: case 0x200C: case 0x200D: case 0x2060: case 0xFEFF:
		return CHAR_IGNORED;
	case '\'': case 0x2018: case 0x2019: case 0x201A: case 0x201B: case 0x02BC:
		return CHAR_APOSTROPHE;
	case '-': case 0x2010: case 0x2011: case 0x2012: case 0x2013: case 0x2014: case 0x2015: case 0x2212:
		return CHAR_HYPHEN;
	case '\t':
		return CHAR_TAB;
	case '\n': case '\v': case '\r': case 0x0085: case 0x2028:
		return CHAR_LINE;
	case '\f': case 0x2029:
		return CHAR_PAGE;
	case '.': case ':':
		return CHAR_STOP;
	case '!': case '?': case ';': case '|': case 0x2026: case 0x00A6:
		return CHAR_BREAK;
	case ',': case 0x060C: case 0x3001:
		return CHAR_SOFT;
	default:
		break;
	}
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT: case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO: case UTF8PROC_CATEGORY_MN: case UTF8PROC_CATEGORY_MC: case UTF8PROC_CATEGORY_ME:
	case UTF8PROC_CATEGORY_ND: case UTF8PROC_CATEGORY_NL: case UTF8PROC_CATEGORY_NO:
		return CHAR_WORD;
	case UTF8PROC_CATEGORY_ZS:
		return CHAR_SPACE;
	case UTF8PROC_CATEGORY_CC: case UTF8PROC_CATEGORY_CO:
		return CHAR_BREAK;
	case UTF8PROC_CATEGORY_PS: case UTF8PROC_CATEGORY_PE:
		if (is_bullet(c)) /* ornamental brackets */
			return CHAR_BREAK;
		return is_double_quote(c) ? CHAR_OTHER : CHAR_SOFT;
	default:
		return is_bullet(c) ? CHAR_BREAK : CHAR_OTHER;
	}
}

bool char_is_upper(uint32_t c)
{
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);

	return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LT;
}

bool char_is_lower(uint32_t c)
{
	return utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_LL;
}

bool char_is_digit(uint32_t c)
{
	return utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_ND;
}

bool char_is_letter(uint32_t c)
{
	utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);

	return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO && char_class(c) == CHAR_WORD;
}

/* Code points on their way from text to folded text; short words need no memory of their own. */
struct points {
	int32_t *data;
	size_t length, capacity;
	int32_t small[64];
};

enum { LONGEST_DECOMPOSITION = 18 }; /* of one code point, case folded */

static void points_reserve(struct points *p, size_t extra)
{
	if (p->length + extra <= p->capacity)
		return;
	size_t capacity = 2 * (p->capacity + extra);

	if (p->data == p->small) {
		p->data = mem_realloc(NULL, capacity, sizeof *p->data);
		memcpy(p->data, p->small, p->length * sizeof *p->data);
	} else {
		p->data = mem_realloc(p->data, capacity, sizeof *p->data);
	}
	p->capacity = capacity;
}

/* Case folding and canonical decomposition of one code point, then what section 1.2 replaces or removes. */
static void points_add(struct points *p, uint32_t c, bool keep_case)
{
	int boundclass = 0;
	utf8proc_option_t options = UTF8PROC_STABLE | (keep_case ? 0 : UTF8PROC_CASEFOLD);

	points_reserve(p, LONGEST_DECOMPOSITION);
	if (c >= 0xFB00 && c <= 0xFB06) {
		for (const char *s = LIGATURES[c - 0xFB00]; *s; s++)
			p->data[p->length++] = *s;
		return;
	}
	size_t to = p->length;
	int32_t *added = p->data + p->length;
	utf8proc_ssize_t count = utf8proc_decompose_char((utf8proc_int32_t)c, added, LONGEST_DECOMPOSITION,
	                                                 options | UTF8PROC_DECOMPOSE, &boundclass);

	for (utf8proc_ssize_t i = 0; i < count && i < LONGEST_DECOMPOSITION; i++) {
		int32_t d = added[i];

		switch (char_class((uint32_t)d)) {
		case CHAR_IGNORED:
			continue;
		case CHAR_APOSTROPHE:
			d = '\'';
			break;
		case CHAR_HYPHEN:
			d = '-';
			break;
		case CHAR_SPACE:
			d = ' ';
			break;
		default:
			if (is_double_quote((uint32_t)d))
				d = '"';
		}
		p->data[to++] = d;
	}
	p->length = to;
}

/* Canonical order: each run of combining marks sorted by class, equals in their order. */
static void points_order(struct points *p)
{
	for (size_t i = 1; i < p->length; i++) {
		int32_t c = p->data[i];
		int class = utf8proc_get_property(c)->combining_class;
		size_t at = i;

		if (class == 0)
			continue;
		while (at > 0 && utf8proc_get_property(p->data[at - 1])->combining_class > class) {
			p->data[at] = p->data[at - 1];
			at--;
		}
		p->data[at] = c;
	}
}

static void points_strip_latin_marks(struct points *p)
{
	bool after_latin = false;
	size_t to = 0;

	for (size_t i = 0; i < p->length; i++) {
		int32_t c = p->data[i];

		if (after_latin && utf8proc_category(c) == UTF8PROC_CATEGORY_MN)
			continue;
		after_latin = is_latin_letter(c);
		p->data[to++] = c;
	}
	p->length = to;
}

static bool is_ascii(const char *text, size_t length)
{
	unsigned char all = 0;

	for (size_t i = 0; i < length; i++)
		all |= (unsigned char)text[i];
	return all < 0x80;
}

void fold_append(struct buf *out, const char *text, size_t length, bool keep_case)
{
	if (is_ascii(text, length)) {
		buf_reserve(out, length);
		size_t start = out->length;

		buf_append(out, text, length);
		if (!keep_case) {
			for (size_t i = start; i < out->length; i++)
				if (out->data[i] >= 'A' && out->data[i] <= 'Z')
					out->data[i] = (char)(out->data[i] + ('a' - 'A'));
		}
		return;
	}

	struct points p;

	p.data = p.small;
	p.length = 0;
	p.capacity = sizeof p.small / sizeof *p.small;
	for (size_t at = 0; at < length;) {
		uint32_t c;
		size_t bytes = utf8_decode(text + at, length - at, &c);

		if (bytes == 0) { /* not UTF-8: against the contract, but nothing is lost */
			c = 0xFFFD;
			bytes = 1;
		}
		points_add(&p, c, keep_case);
		at += bytes;
	}
	points_order(&p);
	points_strip_latin_marks(&p);
	utf8proc_ssize_t composed = utf8proc_normalize_utf32(p.data, (utf8proc_ssize_t)p.length, UTF8PROC_COMPOSE | UTF8PROC_STABLE);

	for (utf8proc_ssize_t i = 0; i < composed; i++)
		utf8_append(out, (uint32_t)p.data[i]);
	if (p.data != p.small)
		free(p.data);
}

const char *fold_unicode_version(void)
{
	return utf8proc_unicode_version();
}
