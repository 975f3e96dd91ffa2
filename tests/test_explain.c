/* matchers/explain: each candidate's fate. */
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

/* The lines are FROM TO "words" theme fate rule [by "words" FROM TO :line] 'entry' :line */
static void add_line(const struct explained *e, size_t candidate, struct buf *out)
{
	struct explanation x, by;

	explain_candidate(e, candidate, &x);
	buf_printf(out, "%zu %zu \"", x.from, x.to);
	explain_words(e, candidate, out);
	buf_printf(out, "\" %s %s%s%s", x.theme, x.fate, *x.rule ? " " : "", x.rule);
	if (x.by != EXPLAIN_NOBODY) {
		explain_candidate(e, x.by, &by);
		buf_append_str(out, " by \"");
		explain_words(e, x.by, out);
		buf_printf(out, "\" %zu %zu :%u", by.from, by.to, (unsigned)by.entry->line);
	}
	buf_printf(out, " '%s' :%u\n", x.entry->source, (unsigned)x.entry->line);
}

static void check(const char *lines, enum nested nested, const char *theme, const char *text, const char *expected)
{
	struct lexicon *lexicon = judge_lexicon(lines);
	struct judge *j = judge_new(lexicon, ENGINE_AUTO);
	struct engine_result result;
	struct buf out = BUF_INIT;

	assert_true(judge_run(j, nested, text, strlen(text), &result));
	struct explained e = {lexicon, text, result.scanner, &result.scan, &result.resolution};
	for (size_t i = 0; i < result.scan.candidate_count; i++)
		if (explain_concerns(&e, i, theme ? lexicon_theme(lexicon, theme) : THEME_ANY))
			add_line(&e, i, &out);
	buf_append_char(&out, '\0');
	assert_string_equal(out.data, expected);
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
	      "0 14 \"no evidence of\" - cue before 'no evidence of' :9\n"
	      "15 27 \"self-neglect\" harm.neglect negated 5 by \"no evidence of\" 0 14 :9 'self neglect' :5\n"
	      "20 27 \"neglect\" harm.neglect beaten 4.3 by \"self-neglect\" 15 27 :5 'neglect' :3\n"
	      "20 27 \"neglect\" harm.neglect same 4.1 by \"neglect\" 20 27 :3 'neglect*' :4\n");
	check(lexicon, NESTED_THEME, NULL, "Benign neglect but neglected ruled out",
	      "0 14 \"Benign neglect\" harm.neglect exclusion 'benign neglect' :6\n"
	      "7 14 \"neglect\" harm.neglect excluded 4.2 by \"Benign neglect\" 0 14 :6 'neglect' :3\n"
	      "7 14 \"neglect\" harm.neglect same 4.1 by \"neglect\" 7 14 :3 'neglect*' :4\n"
	      "15 18 \"but\" - terminator 'but' :12\n"
	      "19 28 \"neglected\" harm.neglect negated 5 by \"ruled out\" 29 38 :10 'neglect*' :4\n"
	      "29 38 \"ruled out\" - cue after 'ruled out' :10\n");
	check(lexicon, NESTED_LEXICON, "practice", "no doubt lack of neglect. Neglected",
	      "0 8 \"no doubt\" - pseudo-cue 'no doubt' :11\n"
	      "9 24 \"lack of neglect\" practice counted 'lack of neglect' :8\n");
	check(lexicon, NESTED_LEXICON, "harm", "lack of neglect of duty; lack of neglect",
	      "8 15 \"neglect\" harm.neglect excluded 4.2 by \"neglect of duty\" 8 23 :7 'neglect' :3\n"
	      "8 15 \"neglect\" harm.neglect same 4.1 by \"neglect\" 8 15 :3 'neglect*' :4\n"
	      "8 23 \"neglect of duty\" * exclusion 'neglect of duty' :7\n"
	      "33 40 \"neglect\" harm.neglect nested 4.4 by \"lack of neglect\" 25 40 :8 'neglect' :3\n"
	      "33 40 \"neglect\" harm.neglect same 4.1 by \"neglect\" 33 40 :3 'neglect*' :4\n");
	check("t\ta b c\nt\td e f\nu\tc d\n", NESTED_QUANTEDA_DICTIONARY, "u", "a b c d e f", "4 7 \"c d\" u nested 4.4 'c d' :4\n");
}

/* The exclusions of an ancestor act on its descendants, and are shown with them. */
static void a_theme_is_shown_with_what_acts_on_it(void **state)
{
	(void)state;
	check("a\tx y\tx\na.b\tx\na.c\tx\n", NESTED_THEME, "a.b", "x y",
	      "0 1 \"x\" a.b excluded 4.2 by \"x y\" 0 3 :2 'x' :3\n"
	      "0 3 \"x y\" a exclusion 'x y' :2\n");
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
