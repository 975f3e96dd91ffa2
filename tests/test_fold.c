/* matchers/fold: when two words are the same word, and what a character is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "matchers/fold.h"

static void check_fold(const char *text, const char *expected, bool keep_case)
{
	struct buf out = BUF_INIT;

	fold_append(&out, text, strlen(text), keep_case);
	buf_append_char(&out, '\0');
	if (strcmp(out.data, expected) != 0)
		print_error("fold(\"%s\")\n", text);
	assert_string_equal(out.data, expected);
	buf_release(&out);
}

static void words_that_are_the_same_word(void **state)
{
	(void)state;
	static const struct {
		const char *text, *folded, *folded_keeping_case;
	} table[] = {
		{"", "", ""},
		{"Neglect", "neglect", "Neglect"},
		{"SEN2", "sen2", "SEN2"},
		{"child's", "child's", "child's"},
		/* accents on Latin letters, composed and not */
		{"café", "cafe", "cafe"},
		{"CAFÉ", "cafe", "CAFE"},
		{"cafe\u0301", "cafe", "cafe"},
		{"cafe\u00AD\u0301", "cafe", "cafe"},
		{"a\u0328\u0301\u0323b", "ab", "ab"},
		{"Ångström", "angstrom", "Angstrom"},
		{"\u212Bngstr\u00F6m", "angstrom", "Angstrom"},
		{"naïve", "naive", "naive"},
		/* Welsh */
		{"dŵr", "dwr", "dwr"},
		{"tŷ", "ty", "ty"},
		{"Ŵ Ŷ ŵ ŷ Ẁ ẅ", "w y w y w w", "W Y w y W w"},
		/* letters that are no accented letters stay */
		{"Øre Łódź", "øre łodz", "Øre Łodz"},
		/* ligatures, full case folding */
		{"\uFB01re", "fire", "fire"},
		{"o\uFB03ce \uFB00 \uFB02 \uFB04 \uFB05 \uFB06", "office ff fl ffl st st", "office ff fl ffl st st"},
		{"straße", "strasse", "straße"},
		{"STRAẞE", "strasse", "STRAẞE"},
		{"\u0130zmir", "izmir", "Izmir"},
		{"\u0131", "\u0131", "\u0131"},
		{"\u212A", "k", "K"},
		{"\u0149", "'n", "\u0149"},
		/* soft hyphens and zero-width characters */
		{"neg\u00ADlect", "neglect", "neglect"},
		{"n\u200Be\u200Cg\u200Dl\u2060e\uFEFFct", "neglect", "neglect"},
		/* apostrophes, quotes, dashes, spaces */
		{"child\u2019s child\u2018s child\u201As child\u201Bs child\u02BCs", "child's child's child's child's child's",
		 "child's child's child's child's child's"},
		{"\u201CA\u201D \u201Ea\u201F", "\"a\" \"a\"", "\"A\" \"a\""},
		{"a\u2010b\u2011c\u2012d\u2013e\u2014f\u2015g\u2212h-i", "a-b-c-d-e-f-g-h-i", "a-b-c-d-e-f-g-h-i"},
		{"a\u00A0b\u2003c\u202Fd\u3000e", "a b c d e", "a b c d e"},
		/* what is not Latin keeps its marks */
		{"ΑΘΉΝΑΣ", "αθήνασ", "ΑΘΉΝΑΣ"},
		{"\u0391\u0301", "\u03AC", "\u0386"},
		{"й", "й", "й"},
		{"\u0438\u0306", "й", "й"},
		{"\u0628\u064E\u0651", "\u0628\u064E\u0651", "\u0628\u064E\u0651"},
		{"\u0915\u094D\u0937", "\u0915\u094D\u0937", "\u0915\u094D\u0937"},
		{"\uAC00\u11A8 \u1100\u1161", "\uAC01 \uAC00", "\uAC01 \uAC00"},
		/* marks in any order are the same marks */
		{"\u05D0\u0591\u05B8", "\u05D0\u05B8\u0591", "\u05D0\u05B8\u0591"},
		{"\u0301", "\u0301", "\u0301"},
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		check_fold(table[i].text, table[i].folded, false);
		check_fold(table[i].text, table[i].folded_keeping_case, true);
	}
}

/* The output goes behind what the buffer holds, and long words do not fit the small array. */
static void appends_at_any_length(void **state)
{
	(void)state;
	struct buf text = BUF_INIT, out = BUF_INIT;

	buf_append_str(&out, "before ");
	for (int i = 0; i < 1000; i++)
		buf_append_str(&text, "É\u0390");
	fold_append(&out, text.data, text.length, false);
	assert_memory_equal(out.data, "before e\u0390e\u0390", 13);
	assert_int_equal(out.length, 7 + 1000 * 3);
	buf_release(&text);
	buf_release(&out);
}

static void check_stable(const struct buf *text, bool keep_case)
{
	struct buf once = BUF_INIT, twice = BUF_INIT;

	fold_append(&once, text->data, text->length, keep_case);
	fold_append(&twice, once.data, once.length, keep_case);
	if (once.length != twice.length || (once.length && memcmp(once.data, twice.data, once.length) != 0))
		fail_msg("folding \"%s\" (keep_case %d) twice gives \"%s\", once \"%s\"", text->data, keep_case,
		         twice.length ? twice.data : "", once.length ? once.data : "");
	assert_int_equal(utf8_valid_prefix(once.data ? once.data : "", once.length), once.length);
	buf_release(&once);
	buf_release(&twice);
}

static bool is_character(uint32_t c)
{
	return c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
}

static void folding_twice_is_folding_once(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;

	for (uint32_t c = 0; c <= 0x10FFFF; c++) {
		if (!is_character(c) || (c >= 0x32000 && c % 251 != 0)) /* unassigned, private use: a sample */
			continue;
		buf_clear(&text);
		utf8_append(&text, c);
		check_stable(&text, false);
		check_stable(&text, true);
	}
	/* strings of letters and marks that act on one another */
	static const uint32_t points[] = {'a', 'E', 's', 0x131, 0x130, 0xDF, 0x345, 0x301, 0x308, 0x323, 0x34F, 0x3B1, 0x391, 0x3B9, 0x1F80, 0x1FB4, 0x390, 0xAD,
	                                  0x200D, 0xFB05, 0x1E9E, 0x149, 0x2BC, 0x438, 0x306, 0x915, 0x93C, 0x1100, 0x1161, 0x11A8, 0x302E, 0x20DD, 0x340, 0x344,
	                                  0x1E9B, 0x17F, '>', 0x338, 0x9C7, 0x9BE, 0x1F0, 0x30C};
	enum { N = sizeof points / sizeof *points };
	uint64_t random = 1;

	for (int i = 0; i < 50000; i++) {
		buf_clear(&text);
		for (int k = 0; k < 6; k++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			utf8_append(&text, points[(random >> 33) % N]);
		}
		check_stable(&text, false);
		check_stable(&text, true);
	}
	buf_release(&text);
}

static void what_a_character_is(void **state)
{
	(void)state;
	static const struct {
		enum char_class class;
		uint32_t points[24]; /* ends at 0 */
	} table[] = {
		{CHAR_WORD, {'a', 'Z', '0', 0xAA, 0xB2, 0xBD, 0xE9, 0x1C5, 0x301, 0x903, 0x20DD, 0x660, 0x2160, 0x2460, 0x2776, 0x4E00, 0xAC00, 0x1D7D8, 0x2BB, 0xFB01}},
		{CHAR_IGNORED, {0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF}},
		{CHAR_APOSTROPHE, {'\'', 0x2018, 0x2019, 0x201A, 0x201B, 0x2BC}},
		{CHAR_HYPHEN, {'-', 0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212}},
		{CHAR_SPACE, {' ', 0xA0, 0x1680, 0x2000, 0x2003, 0x200A, 0x202F, 0x205F, 0x3000}},
		{CHAR_TAB, {'\t'}},
		{CHAR_LINE, {'\n', '\r', '\v', 0x85, 0x2028}},
		{CHAR_PAGE, {'\f', 0x2029}},
		{CHAR_SOFT, {',', '(', ')', '[', ']', '{', '}', 0x60C, 0x3001, 0x2045, 0x3008, 0x27E6, 0xFF09, 0xF3A}},
		{CHAR_STOP, {'.', ':'}},
		{CHAR_BREAK, {'!', '?', ';', '|', 0x2026, 0xA6, 0x2022, 0x2043, 0x204C, 0x2219, 0xB7, 0x25A0, 0x25FF, 0x2700, 0x2768, 0x27BF, 0xE000, 0xF8FF,
		              0x10FFFD, 1, 0x1D, 0x7F, 0x9F}},
		{CHAR_OTHER, {'/', '_', '"', '&', '%', '$', '+', '*', '=', '@', 0xA3, 0xAB, 0xBB, 0x201C, 0x201D, 0x201E, 0x201F, 0x2044, 0xFFFD, 0x378, 0x1F600,
		              0x200E, 0x24B6}},
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		for (const uint32_t *c = table[i].points; c < table[i].points + 24 && *c; c++) {
			if (char_class(*c) != table[i].class)
				print_error("U+%04X\n", *c);
			assert_int_equal(char_class(*c), table[i].class);
		}
	assert_int_equal(char_class(0), CHAR_BREAK);

	assert_true(char_is_upper('A') && char_is_upper(0xC9) && char_is_upper(0x1C5) && !char_is_upper('a') && !char_is_upper('1'));
	assert_true(char_is_lower('a') && char_is_lower(0xDF) && !char_is_lower('A') && !char_is_lower(0xAA) && !char_is_lower('1'));
	assert_true(char_is_digit('7') && char_is_digit(0x663) && !char_is_digit(0xB2) && !char_is_digit(0x2167));
	assert_true(char_is_letter('e') && char_is_letter(0x5D0) && !char_is_letter(0x2BC) && !char_is_letter(0x301) && !char_is_letter('1'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_that_are_the_same_word),
		cmocka_unit_test(appends_at_any_length),
		cmocka_unit_test(folding_twice_is_folding_once),
		cmocka_unit_test(what_a_character_is),
	};
	return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
