/* A lexicon as large as is promised: 100,000 entries in 1,000 themes, with more different words than a code of two bytes can number. It compiles in
 * under ten seconds of processor time, and finds what was planted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/judge.h"

enum { ENTRIES = 100000, THEMES = 1000, KINDS = 8, PLANTED_EACH = 37, SECONDS_MOST = 10 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { PATIENCE = 10 };
#else
enum { PATIENCE = 1 };
#endif

/* A word of its own for each number: letters only, and none is another's beginning. */
static void add_word(struct buf *out, char first, unsigned n)
{
	buf_append_char(out, first);
	for (int i = 0; i < 4; i++, n /= 26)
		buf_append_char(out, (char)('a' + n % 26));
	buf_append_char(out, 'q');
}

/* The entry's pattern, or a text that it matches, once. */
static void add_entry(struct buf *out, unsigned n, bool text)
{
	static const char *const patterns[KINDS] = {"A", "A B", "A B C", "A*", "A ~2 B", "{A|B} C", "A-B", "*A"};
	static const char *const texts[KINDS] = {"A", "A B", "A/B C", "Aing", "A of the B", "B C", "AB", "overA"};
	for (const char *p = (text ? texts : patterns)[n % KINDS]; *p; p++)
		if (*p >= 'A' && *p <= 'C')
			add_word(out, (char)('a' + *p - 'A'), n);
		else
			buf_append_char(out, *p);
}

static void a_hundred_thousand_entries(void **state)
{
	(void)state;
	struct buf lines = BUF_INIT, text = BUF_INIT;
	unsigned *expected = mem_calloc(THEMES, sizeof *expected), planted = 0;
	for (unsigned n = 0; n < ENTRIES; n++) {
		buf_printf(&lines, "g%u.t%u\t", n % 20, n % THEMES);
		add_entry(&lines, n, false);
		buf_append_char(&lines, '\n');
		if (n % PLANTED_EACH)
			continue;
		add_entry(&text, n, true);
		buf_append_str(&text, planted % 3 ? ". " : " and then ");
		expected[n % THEMES]++;
		planted++;
	}
	struct lexicon *lexicon = judge_lexicon(lines.data);
	assert_non_null(lexicon);
	assert_int_equal(lexicon->entry_count, ENTRIES);
	clock_t start = clock();
	struct judge *judge = judge_new(lexicon, ENGINE_AUTO);
	double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	print_message("compiled in %.2f s of processor time\n", seconds);
	assert_true(seconds < SECONDS_MOST * PATIENCE);
	struct engine_result result;
	assert_true(judge_run(judge, NESTED_THEME, text.data, text.length, &result));
	unsigned found = 0;
	for (size_t i = 0; i < result.resolution.tally_count; i++) {
		const char *code = lexicon->themes[result.resolution.tallies[i].theme].code, *part = strstr(code, ".t");
		if (!part)
			continue;
		unsigned theme = (unsigned)strtoul(part + 2, NULL, 10);
		if (result.resolution.tallies[i].mentions != expected[theme])
			fail_msg("%s: %u, planted %u", code, result.resolution.tallies[i].mentions, expected[theme]);
		found += result.resolution.tallies[i].mentions;
	}
	assert_int_equal(found, planted);
	judge_free(judge);
	lexicon_free(lexicon);
	free(expected);
	buf_release(&lines);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_hundred_thousand_entries)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
