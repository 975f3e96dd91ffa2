/* Expressions (flag r) that cost too much: a limit that is hit is told as inconclusive, never read as no match, and all else is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "matchers/automaton.h"
#include "tests/judge.h"

struct found {
	size_t inconclusive, candidates;
};

/* Entry 0 of the lexicon is the costly one. */
static struct found scan(const char *lines, const struct matcher_options *options, const char *text, size_t length)
{
	struct lexicon *lexicon = judge_lexicon(lines);
	struct problem_list problems = {NULL, 0, 0};
	struct matcher *matcher = matcher_new(lexicon, options, &problems);
	assert_non_null(matcher);
	struct scanner *scanner = scanner_new(matcher);
	struct scan scan;
	assert_int_equal(scanner_scan(scanner, text, length, &scan), SCAN_OK);
	struct found found = {scan.inconclusive_count, scan.candidate_count};
	if (scan.inconclusive_count)
		assert_int_equal(scan.inconclusive[0], 0);
	scanner_free(scanner);
	matcher_free(matcher);
	problem_list_release(&problems);
	lexicon_free(lexicon);
	return found;
}

/* The look-behind is beyond the prefilter, which lets both sentences through. */
static void a_match_limit_is_kept(void **state)
{
	(void)state;
	static const char lines[] = "t\t(?:a+a+)+(?<=aaa|b)c\tr\nt\tneglect\n", text[] = "aaaaaac neglect. aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa baac neglect";
	struct matcher_options options = MATCHER_OPTIONS_DEFAULT;
	struct found found = scan(lines, &options, text, strlen(text));
	assert_int_equal(found.inconclusive, 1);
	assert_int_equal(found.candidates, 3); /* the first sentence's match is found, and both words */
	/* with room enough the same is settled */
	options.regex_match_limit = 2000000000;
	static const char shorter[] = "aaaaaaaaac neglect";
	found = scan("t\t(?:a+a+)+(?<=b)c\tr\nt\tneglect\n", &options, shorter, strlen(shorter));
	assert_int_equal(found.inconclusive, 0);
	assert_int_equal(found.candidates, 1);
	options.regex_match_limit = 100;
	found = scan("t\t(?:a+a+)+(?<=b)c\tr\nt\tneglect\n", &options, shorter, strlen(shorter));
	assert_int_equal(found.inconclusive, 1);
	assert_int_equal(found.candidates, 1);
}

/* A sentence that needs more of the stack than there is. */
static void a_stack_limit_is_kept(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;
	for (int i = 0; i < 100000; i++)
		buf_append_str(&text, i % 2 ? "ab" : "ba");
	buf_append_str(&text, "c neglect");
	struct matcher_options options = MATCHER_OPTIONS_DEFAULT;
	options.regex_match_limit = 2000000000;
	struct found found = scan("t\t(?:(a)|(b))*(?<=z)c\tr\nt\tneglect\n", &options, text.data, text.length);
	assert_int_equal(found.inconclusive, 1);
	assert_int_equal(found.candidates, 1);
	buf_release(&text);
}

/* Where the prefilter rules a sentence out, nothing is spent on it. */
static void the_prefilter_spares_what_cannot_match(void **state)
{
	(void)state;
	static const char lines[] = "t\t(?:a+a+)+c\tr\nt\tneglect\n", text[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab neglect";
	struct matcher_options options = MATCHER_OPTIONS_DEFAULT;
	options.regex_match_limit = 1;
	struct found found = scan(lines, &options, text, strlen(text));
	assert_int_equal(found.inconclusive, 0);
	assert_int_equal(found.candidates, 1);
}

/* ---- a compiler that does not end, for a word that is in no other test ---- */

struct automaton *__real_automaton_prefilter(const struct automaton_pattern *patterns, size_t count, size_t *failed, char **error);
struct automaton *__wrap_automaton_prefilter(const struct automaton_pattern *patterns, size_t count, size_t *failed, char **error);
struct automaton *__wrap_automaton_prefilter(const struct automaton_pattern *patterns, size_t count, size_t *failed, char **error)
{
	for (size_t i = 0; i < count; i++)
		while (strstr(patterns[i].expression, "endless"))
			pause();
	return __real_automaton_prefilter(patterns, count, failed, error);
}

/* It uses no processor time, so only the clock can end it. The expression is named and counts; so does the one beside it, which may or may not be filtered. */
static void a_compiler_that_does_not_end_is_ended(void **state)
{
	(void)state;
	struct lexicon *lexicon = judge_lexicon("t\tneglect\\w+\tr\nt\tendless\\w+\tr\n");
	struct problem_list problems = {NULL, 0, 0};
	struct matcher_options options = MATCHER_OPTIONS_DEFAULT;
	options.prefilter_seconds = 1;
	time_t start = time(NULL);
	struct matcher *matcher = matcher_new(lexicon, &options, &problems);
	assert_in_range(time(NULL) - start, 1, 30);
	assert_non_null(matcher);
	bool named = false;
	for (size_t i = 0; i < problems.count; i++)
		named |= problems.items[i].line == 3 && strstr(problems.items[i].message, "costs too much to prefilter");
	assert_true(named);
	struct scanner *scanner = scanner_new(matcher);
	struct scan scan;
	assert_int_equal(scanner_scan(scanner, "neglected, endlessly", 20, &scan), SCAN_OK);
	assert_int_equal(scan.candidate_count, 2);
	scanner_free(scanner);
	matcher_free(matcher);
	problem_list_release(&problems);
	lexicon_free(lexicon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_match_limit_is_kept), cmocka_unit_test(a_stack_limit_is_kept), cmocka_unit_test(the_prefilter_spares_what_cannot_match),
	                                  cmocka_unit_test(a_compiler_that_does_not_end_is_ended)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
