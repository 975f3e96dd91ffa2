/* lexicon stats and lexicon diff. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "matchers/lexicon_diff.h"
#include "matchers/lexicon_stats.h"

#define HEADER "theme\tpattern\tflags\tnote\n"

static struct lexicon *read_fine(const char *text)
{
	struct lexicon_source source = {"test.tsv", text, strlen(text)};
	struct problem_list problems = {NULL, 0, 0};
	struct lexicon *l = lexicon_read(&source, 1, NULL, &problems);
	problem_list_print(&problems, stderr);
	assert_non_null(l);
	return l;
}

static void stats_count_what_is_there(void **state)
{
	(void)state;
	struct lexicon *l = read_fine("@negation before no\n" HEADER
	                              "a\tneglect of child\n"
	                              "a.b\tco-sleeping\n"
	                              "a.b\tlack ~3 care*\n"
	                              "a.b\tcosleeping\n"
	                              "a.b\tno\\w+\tr\n"
	                              "a.b\tneglect policy\tx\n"
	                              "*\tpolicy\tx\n"
	                              "c\tneglect*\n");
	struct lexicon_stats s;
	lexicon_stats_init(&s, l);
	assert_int_equal(s.themes, 3);
	assert_int_equal(s.leaves, 2);
	assert_int_equal(s.entries, 6);
	assert_int_equal(s.expressions, 1);
	assert_int_equal(s.exclusions, 2);
	assert_int_equal(s.cues, 1);
	assert_int_equal(s.sequences, 5); /* cosleeping once */
	assert_int_equal(s.words, 7);     /* neglect of child co sleeping cosleeping lack */
	assert_int_equal(s.wildcards, 2);
	assert_int_equal(s.longest, 5);
	assert_int_equal(s.overlap_count, 0);
	static const struct theme_stats expected[] = {{1, 5, 0, 1}, {4, 4, 1, 3}, {1, 1, 0, 1}};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(s.by_theme[i].own, expected[i].own);
		assert_int_equal(s.by_theme[i].within, expected[i].within);
		assert_int_equal(s.by_theme[i].exclusions, expected[i].exclusions);
		assert_int_equal(s.by_theme[i].sequences, expected[i].sequences);
	}
	lexicon_stats_release(&s);
	lexicon_free(l);
}

static void overlaps_are_between_themes_apart(void **state)
{
	(void)state;
	struct lexicon *l = read_fine(HEADER "a\tshared one\na.b\tshared one\nc\t{shared|Shared} {one|two}\nd\tshared two\nd\tShared one\tC\nd\tshared two\n");
	struct lexicon_stats s;
	lexicon_stats_init(&s, l);
	static const struct theme_overlap expected[] = {{0, 2, 1, NULL}, {1, 2, 1, NULL}, {2, 3, 1, NULL}};
	assert_int_equal(s.overlap_count, 3); /* not a with a.b, and with flag C it is another sequence */
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(s.overlaps[i].a, expected[i].a);
		assert_int_equal(s.overlaps[i].b, expected[i].b);
		assert_int_equal(s.overlaps[i].sequences, expected[i].sequences);
		assert_string_equal(s.overlaps[i].example, i == 2 ? "shared two" : "shared one");
	}
	assert_int_equal(s.widespread, 0);
	lexicon_stats_release(&s);
	lexicon_free(l);
}

static void widespread_sequences_are_counted_apart(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	buf_append_str(&b, HEADER);
	for (int i = 0; i < 150; i++)
		buf_printf(&b, "t%d\teverywhere\nt%d\tpair %d\n", i, i, i / 2);
	struct lexicon *l = read_fine(b.data);
	struct lexicon_stats s;
	lexicon_stats_init(&s, l);
	assert_int_equal(s.widespread, 1);
	assert_int_equal(s.overlaps[0].sequences, 2);
	assert_string_equal(l->themes[s.overlaps[0].a].code, "t0");
	assert_string_equal(l->themes[s.overlaps[0].b].code, "t1");
	assert_int_equal(s.overlap_count, 100 * 99 / 2 + 25);
	lexicon_stats_release(&s);
	lexicon_free(l);
	buf_release(&b);
}

static void write_diff(struct buf *out, const struct lexicon_diff *d)
{
	buf_clear(out);
	for (size_t i = 0; i < d->entry_count; i++)
		buf_printf(out, "%s %s %u-%u\n", change_word(d->entries[i].change), (d->entries[i].before ? d->entries[i].before : d->entries[i].after)->source,
		           d->entries[i].before ? (unsigned)d->entries[i].before->line : 0, d->entries[i].after ? (unsigned)d->entries[i].after->line : 0);
	for (size_t i = 0; i < d->theme_count; i++)
		buf_printf(out, "%s%s%s%s +%zu -%zu\n", d->themes[i].code, d->themes[i].before ? "" : " new", d->themes[i].after ? "" : " gone",
		           d->themes[i].altered ? " altered" : "", d->themes[i].gained, d->themes[i].lost);
}

static void diff_pairs_equal_patterns(void **state)
{
	(void)state;
	struct lexicon *before = read_fine("@theme a label=A\n@negation before no\n" HEADER "a\tco-sleeping\na\tstays here\na\tgoes away\na\tmoves\na\tnoted\n"
	                                   "b\tflag one\nb\t{x|y} zz\nb\t\\d+ old\tr\nold\tlast one\na\ttwin\na\ttwin\n");
	struct lexicon *after = read_fine("@theme a label=B negatable=yes\n@negation before no\n" HEADER "b\tmoves\na\tStays   HERE\na\tco-sleeping\na\tnoted\t\tnow\nb\tflag one\tC\n"
	                                  "b\tx zz\nb\ty zz\nb\t\\d+ new\tr\nnew\tsome {p|q}\na\ttwin\n");
	struct lexicon_diff d;
	struct buf b = BUF_INIT;
	lexicon_diff_init(&d, before, after);
	write_diff(&b, &d);
	assert_string_equal(b.data, "removed goes away 6-0\nmoved moves 7-4\naltered noted 8-7\naltered flag one 9-8\nremoved {x|y} zz 10-0\nremoved \\d+ old 11-0\nremoved last one 12-0\n"
	                            "removed twin 14-0\nadded x zz 0-9\nadded y zz 0-10\nadded \\d+ new 0-11\nadded some {p|q} 0-12\n"
	                            "a altered +0 -2\nb +3 -2\nnew new +2 -0\nold gone +0 -1\n");
	lexicon_diff_release(&d);
	lexicon_diff_init(&d, before, before);
	assert_int_equal(d.entry_count, 0);
	assert_int_equal(d.theme_count, 0);
	lexicon_diff_release(&d);
	lexicon_free(before);
	lexicon_free(after);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stats_count_what_is_there),
		cmocka_unit_test(overlaps_are_between_themes_apart),
		cmocka_unit_test(widespread_sequences_are_counted_apart),
		cmocka_unit_test(diff_pairs_equal_patterns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
