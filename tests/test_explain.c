/* matchers/explain: each candidate's fate in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "matchers/explain.h"
#include "tests/judge.h"

static void check(const char *lines, enum nested nested, const char *theme, const char *text, const char *expected)
{
	struct lexicon *lexicon = judge_lexicon(lines);
	struct judge *j = judge_new(lexicon, ENGINE_AUTO);
	struct engine_result result;
	struct buf out = BUF_INIT;

	assert_true(judge_run(j, nested, text, strlen(text), &result));
	struct explained e = {lexicon, text, result.scanner, &result.scan, &result.resolution};
	size_t count = explain_text(&e, theme ? lexicon_theme(lexicon, theme) : THEME_ANY, &out), expected_count = 0;

	buf_append_char(&out, '\0');
	for (const char *c = expected; *c; c++)
		expected_count += *c == '\n';
	assert_string_equal(out.data, expected);
	assert_int_equal(count, expected_count);
	buf_release(&out);
	judge_free(j);
	lexicon_free(lexicon);
}

static const char lexicon[] = "@theme harm negatable=yes\n"
                              "harm.neglect\tneglect\n"
                              "harm.neglect\tneglect*\n"
                              "harm.neglect\tself neglect\n"
                              "harm.neglect\tbenign neglect\tx\n"
                              "*\tneglect of duty\tx\n"
                              "practice\tlack of neglect\n"
                              "@negation before no evidence of\n"
                              "@negation after ruled out\n"
                              "@negation pseudo no doubt\n"
                              "@negation terminator but\n";

static void every_fate_has_its_words(void **state)
{
	(void)state;
	check(lexicon, NESTED_THEME, NULL, "no evidence\nof self-neglect.",
	      "bytes 0 to 14\t\"no evidence of\"\t-\ta negation cue for what follows\t'no evidence of' (test:9)\n"
	      "bytes 15 to 27\t\"self-neglect\"\tharm.neglect\tnegated by the cue 'no evidence of' at bytes 0 to 14\t'self neglect' (test:5)\n"
	      "bytes 20 to 27\t\"neglect\"\tharm.neglect\tbeaten by 'self-neglect' at bytes 15 to 27\t'neglect' (test:3)\n"
	      "bytes 20 to 27\t\"neglect\"\tharm.neglect\tone with the candidate of entry 'neglect', which stands before it in the lexicon\t'neglect*' (test:4)\n");
	check(lexicon, NESTED_THEME, NULL, "Benign neglect but neglected ruled out",
	      "bytes 0 to 14\t\"Benign neglect\"\tharm.neglect\tan exclusion of harm.neglect\t'benign neglect' (test:6)\n"
	      "bytes 7 to 14\t\"neglect\"\tharm.neglect\tdropped: within 'Benign neglect' at bytes 0 to 14, an exclusion of harm.neglect\t'neglect' (test:3)\n"
	      "bytes 7 to 14\t\"neglect\"\tharm.neglect\tone with the candidate of entry 'neglect', which stands before it in the lexicon\t'neglect*' (test:4)\n"
	      "bytes 15 to 18\t\"but\"\t-\ta terminator: negation does not cross it\t'but' (test:12)\n"
	      "bytes 19 to 28\t\"neglected\"\tharm.neglect\tnegated by the cue 'ruled out' at bytes 29 to 38\t'neglect*' (test:4)\n"
	      "bytes 29 to 38\t\"ruled out\"\t-\ta negation cue for what stands before\t'ruled out' (test:10)\n");
	check(lexicon, NESTED_LEXICON, "practice", "no doubt lack of neglect. Neglected",
	      "bytes 0 to 8\t\"no doubt\"\t-\ta pseudo-cue: cues within it do not negate\t'no doubt' (test:11)\n"
	      "bytes 9 to 24\t\"lack of neglect\"\tpractice\tcounted\t'lack of neglect' (test:8)\n");
	check(lexicon, NESTED_LEXICON, "harm", "lack of neglect of duty; lack of neglect",
	      "bytes 8 to 15\t\"neglect\"\tharm.neglect\tdropped: within 'neglect of duty' at bytes 8 to 23, an exclusion of *\t'neglect' (test:3)\n"
	      "bytes 8 to 15\t\"neglect\"\tharm.neglect\tone with the candidate of entry 'neglect', which stands before it in the lexicon\t'neglect*' (test:4)\n"
	      "bytes 8 to 23\t\"neglect of duty\"\t*\tan exclusion of *\t'neglect of duty' (test:7)\n"
	      "bytes 33 to 40\t\"neglect\"\tharm.neglect\tdropped: within 'lack of neglect' at bytes 25 to 40, a mention of practice\t'neglect' (test:3)\n"
	      "bytes 33 to 40\t\"neglect\"\tharm.neglect\tone with the candidate of entry 'neglect', which stands before it in the lexicon\t'neglect*' (test:4)\n");
	check("t\ta b c\nt\td e f\nu\tc d\n", NESTED_QUANTEDA_DICTIONARY, "u", "a b c d e f",
	      "bytes 4 to 7\t\"c d\"\tu\tdropped: its words are all part of longer mentions\t'c d' (test:4)\n");
}

/* The exclusions of an ancestor act on its descendants, and are shown with them. */
static void a_theme_is_shown_with_what_acts_on_it(void **state)
{
	(void)state;
	check("a\tx y\tx\na.b\tx\na.c\tx\n", NESTED_THEME, "a.b", "x y",
	      "bytes 0 to 1\t\"x\"\ta.b\tdropped: within 'x y' at bytes 0 to 3, an exclusion of a\t'x' (test:3)\n"
	      "bytes 0 to 3\t\"x y\"\ta\tan exclusion of a\t'x y' (test:2)\n");
	check("a\tx\n", NESTED_THEME, NULL, "y", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fate_has_its_words),
		cmocka_unit_test(a_theme_is_shown_with_what_acts_on_it),
	};
	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
