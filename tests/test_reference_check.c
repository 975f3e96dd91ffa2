/* matchers/reference: what --verify does when engine and reference disagree, shown with results that are tampered with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/judge.h"

/* An engine that counts one mention too many wherever a text holds a needle. */
struct tampered {
	struct judge *judge;
	const char *needle;
	struct theme_tally *tallies;
	unsigned runs;
};

static bool run_tampered(void *context, const char *text, size_t length, struct engine_result *out)
{
	struct tampered *t = context;

	t->runs++;
	if (!judge_run(t->judge, NESTED_THEME, text, length, out))
		return false;
	if (!memmem(text, length, t->needle, strlen(t->needle)))
		return true;
	free(t->tallies);
	t->tallies = mem_calloc(out->resolution.tally_count + 1, sizeof *t->tallies);
	for (size_t i = 0; i < out->resolution.tally_count; i++) {
		t->tallies[i] = out->resolution.tallies[i];
		t->tallies[i].mentions++;
	}
	out->resolution.tallies = t->tallies;
	return true;
}

static int check(const char *needle, const char *text, size_t length, struct buf *report, unsigned *runs)
{
	struct lexicon *lexicon = judge_lexicon("t\tneglect\nt\tneg*\n");
	struct tampered t = {judge_new(lexicon, ENGINE_AUTO), needle, NULL, 0};
	struct engine_result result;

	assert_true(run_tampered(&t, text, length, &result));
	int differs = reference_check(lexicon, NESTED_THEME, text, length, &result, run_tampered, &t, report);
	buf_append_char(report, '\0');
	*runs = t.runs;
	judge_free(t.judge);
	free(t.tallies);
	lexicon_free(lexicon);
	return differs;
}

static void agreement_is_silent(void **state)
{
	(void)state;
	static const char text[] = "Neglect, and neglected caf\u00E9s.";
	struct buf report = BUF_INIT;
	unsigned runs;

	assert_int_equal(check("absent", text, sizeof text - 1, &report, &runs), 0);
	assert_string_equal(report.data, "");
	assert_int_equal(runs, 1);
	buf_release(&report);
}

static void a_difference_is_told_with_the_smallest_text(void **state)
{
	(void)state;
	static const char text[] = "One\nneglect. Two \u2019neglect\t\u00E9, three neglected \\ four.";
	struct buf report = BUF_INIT;
	unsigned runs;

	assert_int_equal(check("\u2019neglect\t", text, sizeof text - 1, &report, &runs), 1);
	assert_string_equal(report.data, "theme t: engine counts 4 mentions, 0 negated, 3 sentences; reference counts 3, 0, 3\n"
	                                 "the smallest text found that shows a difference: \"\\u{2019}neglect\\t\"\n"
	                                 "there: theme t: engine counts 2 mentions, 0 negated, 1 sentences; reference counts 1, 0, 1");
	buf_release(&report);
}

/* Of a long text a part is cut out first. */
static void a_long_text_is_made_small(void **state)
{
	(void)state;
	struct buf text = BUF_INIT, report = BUF_INIT;
	unsigned runs;

	for (int i = 0; i < 20000; i++)
		buf_append_str(&text, i == 0 ? "neglect here " : "neglig\u00E9 and so on, ");
	assert_int_equal(check("neglect h", text.data, text.length, &report, &runs), 1);
	assert_non_null(strstr(report.data, "difference: \"neglect h\"\n"));
	assert_true(runs < 3000);
	buf_release(&text);
	buf_release(&report);
}

/* A result that the engine gives once and not again. */
static bool run_truthful(void *context, const char *text, size_t length, struct engine_result *out)
{
	return judge_run(context, NESTED_THEME, text, length, out);
}

static void what_does_not_show_again_is_said(void **state)
{
	(void)state;
	static const char text[] = "neglect";
	struct lexicon *lexicon = judge_lexicon("t\tneglect\n");
	struct tampered t = {judge_new(lexicon, ENGINE_AUTO), "neglect", NULL, 0};
	struct engine_result result;
	struct buf report = BUF_INIT;

	assert_true(run_tampered(&t, text, 7, &result));
	assert_int_equal(reference_check(lexicon, NESTED_THEME, text, 7, &result, run_truthful, t.judge, &report), 1);
	buf_append_char(&report, '\0');
	assert_non_null(strstr(report.data, "\nit does not show when the engine runs again on the same text"));
	judge_free(t.judge);
	free(t.tallies);
	buf_release(&report);
	lexicon_free(lexicon);
}

/* Each part of a result is compared. */
static void every_part_of_a_result_is_compared(void **state)
{
	(void)state;
	static const char text[] = "no neglect. negligent";
	struct lexicon *lexicon = judge_lexicon("@theme t negatable=yes\nt\tneglect\nt\tneg*\n@negation before no\n");
	struct judge *j = judge_new(lexicon, ENGINE_AUTO);
	struct reference r;
	static const char *const expected[] = {
		"",
		"engine has 3 words in 7 sentences; reference has 3 in 2",
		"token 2: engine has bytes 12 to 21, sentence 1; reference has bytes 11 to 21, sentence 1",
		"candidate 0: only the engine has entry 'no' (test:5) at tokens 0 to 0 (bytes 0 to 2)",
		"theme t: engine counts 1 mentions, 1 negated, 1 sentences; reference counts 1, 0, 1",
		"mention 1: engine has entry 'neg*' (test:4) at tokens 2 to 2 (bytes 12 to 21) for t; reference has entry 'neg*' (test:4) at tokens 1 to 2 (bytes 3 to 21) for t",
		"fate of candidate 1, entry 'neglect' (test:3) at tokens 1 to 1 (bytes 3 to 10): engine says negated by 0; reference says counted by -1",
	};

	for (int part = 0; part < 7; part++) {
		struct engine_result e;
		struct buf what = BUF_INIT;
		size_t at = 99;

		assert_true(judge_run(j, NESTED_THEME, text, sizeof text - 1, &e));
		reference_count(lexicon, NESTED_THEME, text, sizeof text - 1, &r);
		switch (part) {
		case 1: e.scan.sentences = 7; break;
		case 2: r.token_start[2]--; break;
		case 3: r.candidates[0] = r.candidates[1]; break;
		case 4: r.tallies[0].negated = 0; break;
		case 5: r.mentions[1].first--; break;
		case 6: r.fates[1] = (struct candidate_fate){FATE_COUNTED, UINT32_MAX}; break;
		default: break;
		}
		assert_int_equal(reference_differs(lexicon, &r, &e, &what, &at), part != 0);
		assert_string_equal(what.data ? what.data : "", expected[part]);
		assert_true(part == 0 ? at == 99 : at < sizeof text);
		/* what was not asked for is not compared, and a result without a verdict is not judged */
		e.wanted = 0;
		assert_int_equal(reference_differs(lexicon, &r, &e, NULL, NULL), part >= 1 && part <= 4);
		e.scan.inconclusive_count = 1;
		assert_false(reference_differs(lexicon, &r, &e, NULL, NULL));
		reference_release(&r);
		buf_release(&what);
	}
	judge_free(j);
	lexicon_free(lexicon);
}

static void quoting(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;

	reference_quote(&out, "a\\\n\r\t\x01\x7F \u00E9\U0001F600~", 15);
	buf_append_char(&out, '\0');
	assert_string_equal(out.data, "a\\\\\\n\\r\\t\\u{1}\\u{7F} \\u{E9}\\u{1F600}~");
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agreement_is_silent),
		cmocka_unit_test(a_difference_is_told_with_the_smallest_text),
		cmocka_unit_test(a_long_text_is_made_small),
		cmocka_unit_test(what_does_not_show_again_is_said),
		cmocka_unit_test(every_part_of_a_result_is_compared),
		cmocka_unit_test(quoting),
	};
	return cmocka_run_group_tests_name("reference_check", tests, NULL, NULL);
}
