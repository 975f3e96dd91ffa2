/* lexicon check and lexicon_select(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "matchers/lexicon.h"

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

/* The warnings for the text, each as "line: words to be found in it"; expected ends with NULL. */
static void warns(const char *text, const char *const *expected)
{
	struct lexicon *l = read_fine(text);
	struct problem_list problems = {NULL, 0, 0};
	lexicon_check(l, &problems);
	size_t i = 0;
	bool fine = true;
	for (; i < problems.count && expected[i]; i++) {
		const struct problem *p = &problems.items[i];
		char *words;
		unsigned long line = strtoul(expected[i], &words, 10);
		fine &= p->line == line && p->grade == PROBLEM_WARNING && strstr(p->message, words + 2);
	}
	if (!fine || i < problems.count || expected[i]) {
		problem_list_print(&problems, stderr);
		fail_msg("not the warnings expected, from '%s' on", expected[i] ? expected[i] : "(none)");
	}
	problem_list_release(&problems);
	lexicon_free(l);
}

#define WARNS(text, ...) warns(text, (const char *const[]){__VA_ARGS__, NULL})
#define CLEAN(text) warns(text, (const char *const[]){NULL})

static void duplicates_are_named(void **state)
{
	(void)state;
	WARNS(HEADER "a\tchild neglect\na\tneglect of a child\na\tChild  Neglect\n", "4: is the same as line 2 ('child neglect')");
	WARNS(HEADER "a\tco-sleeping\na\tcosleeping\n", "3: adds nothing: line 2");
	WARNS(HEADER "a\tneglected\na\tneglect*\n", "2: adds nothing: line 3 ('neglect*') matches all");
	WARNS(HEADER "a\t{shaken|shaking} baby\na\tshaken baby\na\tshaking infant\n", "3: adds nothing: line 2");
	WARNS(HEADER "a\tshaken baby\na\tshaking baby\na\t{shaken|shaking} baby\n", "4: adds nothing: line 2 ('shaken baby') and others");
	WARNS(HEADER "a\tlack ~3 curiosity\na\tlack of curiosity\na\tlack _ _ ~1 curiosity\na\tlack ~4 curious\n", "3: adds nothing: line 2", "4: adds nothing: line 2");
	WARNS(HEADER "a\tchild's wishes\na\tchild wishes\n", "2: adds nothing: line 3");
	WARNS(HEADER "a\tDA\tC\na\tda\n", "2: adds nothing: line 3");
	WARNS(HEADER "a\taged \\d+\tr\na\taged \\d+\tr\n", "3: is the same as line 2");
	WARNS(HEADER "a\tword one\tx\na\tword one\tx\na\tword\n", "3: is the same as line 2");
	WARNS("@theme t negatable=yes\n@negation before no\n@negation before no\n" HEADER "t\tharm\n", "3: is the same as line 2");
}

static void what_differs_is_no_duplicate(void **state)
{
	(void)state;
	CLEAN(HEADER "a\tneglect of child\nb\tneglect of child\n");
	CLEAN(HEADER "a\tchild wishes\tC\na\tchildren wish\n");
	CLEAN(HEADER "a\thit, kicked\tc\na\thit and kicked\n");
	CLEAN(HEADER "a\thit kicked\na\thit, kicked him\tc\n");
	CLEAN(HEADER "a\tstep father\tw\na\tstep mother\n");
	CLEAN(HEADER "a\tlack ~3 curiosity\na\tlack ~4 curious\na\tlack _ _ _ _ curiosity\n");
	CLEAN(HEADER "a\tcosleeping baby\na\tco sleeping\n");
	CLEAN(HEADER "a\tparents\na\tparent\n");
	CLEAN(HEADER "a\t*mother\na\tmother*\n");
	/* flags make the broader entry the narrower one */
	WARNS(HEADER "a\tneglect of\tw\na\tneglect of\n", "2: adds nothing: line 3");
	WARNS(HEADER "a\thit him\na\thit him\tc\n", "2: adds nothing: line 3");
}

static void entries_dropped_by_their_exclusions(void **state)
{
	(void)state;
	WARNS(HEADER "a.b\tneglect policy\na.b\tneglect\na\tneglect polic*\tx\n", "2: never counts: the exclusion in line 4 ('neglect polic*') drops every match");
	WARNS(HEADER "a\tco-sleeping\n*\tcosleeping\tx\n", "2: can match 'cosleeping', which the exclusion in line 3 ('cosleeping') always drops");
	WARNS(HEADER "a\tneglect\nb\tneglected\tx\n", "3: theme b has no entry", "3: the exclusion 'neglected' drops nothing: no entry of its theme");
	CLEAN(HEADER "a\tneglect\na\tneglect policy\tx\n");
	CLEAN(HEADER "a.b\tneglect*\na\tself neglecting ~3 policy\tx\n");
	CLEAN(HEADER "a\tneglect ~3 child\na\tby neglect\tx\n");
	CLEAN(HEADER "a\tneglect\\w+\tr\na\tby neglect\tx\n");
	CLEAN(HEADER "a\tDA\tC\na\tda notice\tx\n");
	WARNS(HEADER "a\tneglect of child\n*\tneglect of\tx\n", "3: drops nothing: no entry of the lexicon");
}

static void broad_patterns_are_named(void **state)
{
	(void)state;
	WARNS(HEADER "a\tne*\n", "2: 'ne*' can match as 'ne*', which is almost any word");
	WARNS(HEADER "a\tco-*\n", "2: begins or ends with '*'");
	WARNS(HEADER "a\tx\n", "2: single character 'x'");
	WARNS(HEADER "a\tU.K.\na\t{u|uk}\n", "3: single character 'u'");
	WARNS(HEADER "a\t* neglect\n", "2: begins or ends with '*'");
	WARNS(HEADER "a\t{neglect|of the}\n", "2: 'of the', words that stand in any text");
	WARNS(HEADER "a\tneglect ~15 child ~15 harm\n", "2: as many as 30 words");
	WARNS(HEADER "a\taged \\d+\n", "2: looks like a regular expression");
	WARNS(HEADER "a\tneglect\tc\n", "2: flag c says nothing about it");
	WARNS(HEADER "a\tneglect+\trc\n", "2: flag c says nothing about it");
	WARNS(HEADER "a\t{p|q|r|s|t|u} {p|q|r|s|t|u} {p|q|r|s|t|u} {p|q|r|s|t|u}\n", "2: gives 1296 sequences");
	CLEAN(HEADER "a\tIT\tC\na\tlack of * care\na\tneglect*\n");
}

static void themes_and_cues(void **state)
{
	(void)state;
	WARNS("@theme a.b label=x\n@theme a.c label=y\n" HEADER "a.c\tneglect\n", "1: theme a.b has no entry");
	WARNS("@theme a\n" HEADER "a.c\tneglect\na.d\tdropped\tx\n*\tneglects\tx\n", "4: theme a.d has no entry", "4: the exclusion 'dropped' drops nothing", "5: drops nothing");
	WARNS(HEADER, "0: the lexicon has no entries");
	WARNS("@theme a negatable=yes\n" HEADER "a\tneglect\n", "0: themes are negatable but there is no @negation cue");
	WARNS("@negation before no\n" HEADER "a\tneglect\n", "0: no theme has negatable=yes");
}

static void expressions_that_cannot_match(void **state)
{
	(void)state;
	WARNS(HEADER "a\tEHC plan\tr\n", "2: 'E' never stands in a folded sentence; write 'e' or add flag C", "2: 'H'", "2: 'C'");
	CLEAN(HEADER "a\tEHC [Pp]lan \\d+ \\w{3}\\b\\p{Lu}\trC\n");
	WARNS(HEADER "a\t[A-Z]{2,3} plan\tr\na\t[A-Z]+ report\tCr\na\t[A-Za-z] day\tr\na\t[^A-Z] week\tr\n", "2: a class of capitals");
	WARNS(HEADER "a\tcaf\xc3\xa9\tr\n", "2: '\xc3\xa9' never stands in a folded sentence; write 'e'");
	WARNS(HEADER "a\tchild\xe2\x80\x99s\trC\n", "2: write '''");
	WARNS(HEADER "a\tneglect; abuse\tr\n", "2: ends a sentence and never stands in one");
	WARNS(HEADER "a\tneglect\\; \\Qwhy?\\E\tr\n", "2: ';'", "2: '?' (U+003F)");
}

static void expressions_that_cost_too_much(void **state)
{
	(void)state;
	static const char *const dear[] = {"(a+)+b", "(\\w+\\s*)+x", "(?:a|b+)*c", "(a|a)*b", "(\\w|\\d)+x", "([a-z]+)*\\d", "((?:ab*)*)*", "x(?<n>[a-z]*){2,}", "(.*,?)+x"};
	static const char *const cheap[] = {"(\\w+ )+x", "(a+)++b", "(?:\\w+[ ,])*x", "(ab|cd)*", "(foo|far)+", "a+b+", "neglect\\w*( of)? (the )?child", "(?:\\w+\\W+){0,8}harm",
	                                    "[[:alpha:]]+ x", "[]a]+b", "(?i)abc", "(?=x)y", "(?<!no )harm", "a{,3}b", "\\x{e9}b", "x(?#comment (a+)+)y", "\\Q(a+)+\\E", "(?P<n>a)b", "(?'n'a)b", "(?|a|b)c", "\\bab\\Bc", "[^a-z\\d]x"};
	static const char *const chains[] = {".*a.*b.*c", "\\w*\\d*\\w*", "a.*(b.*c).*"};
	struct buf b = BUF_INIT;
	for (size_t i = 0; i < sizeof dear / sizeof *dear; i++) {
		buf_clear(&b);
		buf_printf(&b, HEADER "a\t%s\tr\n", dear[i]);
		WARNS(b.data, "2: doubles with each character");
	}
	for (size_t i = 0; i < sizeof cheap / sizeof *cheap; i++) {
		buf_clear(&b);
		buf_printf(&b, HEADER "a\t%s\trC\n", cheap[i]);
		CLEAN(b.data);
	}
	for (size_t i = 0; i < sizeof chains / sizeof *chains; i++) {
		buf_clear(&b);
		buf_printf(&b, HEADER "a\t%s\tr\n", chains[i]);
		WARNS(b.data, "2: cube");
	}
	buf_release(&b);
}

static void expressions_refused_unseen(void **state)
{
	(void)state;
	static const struct {
		const char *expression, *words;
	} cases[] = {
		{"a{51}", "more than 50"},      {"a{0,51}b", "more than 50"}, {"a{60,}", "more than 50"}, {"a\\Cb", "\\C"},          {"a(?C1)b", "callouts"},
		{"(?R)a", "recursion"},         {"(a)(?1)", "recursion"},     {"(?&n)", "recursion"},     {"(?P>n)", "recursion"},   {"(a)\\g<1>", "recursion"},
		{"(*COMMIT)a", "after '(*'"},   {"(a)?(?(1)b|c)", "conditions"}, {"(?-1)", "recursion"},
	};
	struct buf b = BUF_INIT;
	struct problem_list problems = {NULL, 0, 0};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&b);
		buf_printf(&b, HEADER "a\t%s\tr\n", cases[i].expression);
		struct lexicon_source source = {"test.tsv", b.data, b.length};
		if (lexicon_read(&source, 1, NULL, &problems))
			fail_msg("%s was read", cases[i].expression);
		assert_int_equal(problems.items[0].line, 2);
		if (!strstr(problems.items[0].message, cases[i].words))
			fail_msg("%s: %s", cases[i].expression, problems.items[0].message);
		problem_list_release(&problems);
	}
	buf_clear(&b);
	buf_append_str(&b, HEADER "a\t");
	for (int i = 0; i < 51; i++)
		buf_append_char(&b, '(');
	buf_append_str(&b, "a\tr\n");
	struct lexicon_source source = {"test.tsv", b.data, b.length};
	assert_null(lexicon_read(&source, 1, NULL, &problems));
	assert_non_null(strstr(problems.items[0].message, "more than 50 deep"));
	problem_list_release(&problems);
	buf_release(&b);
}

/* Expressions that no engine would take are not this check's to refuse; it must only live through them. */
static void any_expression_is_looked_at(void **state)
{
	(void)state;
	static const char signs[] = "ab(()))|*+?{}[]^$.\\\\pPxQECgk<>:=!-,0123'&#R\xc3\xa9";
	uint64_t random = 99;
	for (int round = 0; round < 20000; round++) {
		struct buf b = BUF_INIT;
		buf_append_str(&b, HEADER "a\t");
		for (int i = 0; i < round % 16 + 1; i++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			size_t pick = (random >> 33) % (sizeof signs - 2);
			if (signs[pick] & 0x80)
				buf_append_str(&b, "\xc3\xa9");
			else
				buf_append_char(&b, signs[pick]);
		}
		buf_append_str(&b, "\tr\n");
		struct lexicon_source source = {"test.tsv", b.data, b.length};
		struct problem_list problems = {NULL, 0, 0};
		struct lexicon *l = lexicon_read(&source, 1, NULL, &problems);
		assert_int_equal(l == NULL, problems.count > 0);
		if (l)
			lexicon_check(l, &problems);
		lexicon_free(l);
		problem_list_release(&problems);
		buf_release(&b);
	}
}

static void warnings_stand_in_the_order_of_lines(void **state)
{
	(void)state;
	static const char one[] = HEADER "a\tneglect\tc\na\tneglect\n", two[] = "@theme z\n" HEADER "a\tq\na\tneglect\n";
	struct lexicon_source sources[] = {{"z.tsv", one, sizeof one - 1}, {"a.tsv", two, sizeof two - 1}};
	struct problem_list problems = {NULL, 0, 0};
	problem_add(&problems, PROBLEM_WARNING, "x", 9, "stood there before");
	struct lexicon *l = lexicon_read(sources, 2, NULL, &problems);
	assert_non_null(l);
	lexicon_check(l, &problems);
	static const struct {
		const char *file;
		uint32_t line;
	} expected[] = {{"x", 9}, {"z.tsv", 2}, {"z.tsv", 3}, {"a.tsv", 1}, {"a.tsv", 3}, {"a.tsv", 4}};
	assert_int_equal(problems.count, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_string_equal(problems.items[i].file, expected[i].file);
		assert_int_equal(problems.items[i].line, expected[i].line);
	}
	assert_non_null(strstr(problems.items[5].message, "z.tsv line 2"));
	problem_list_release(&problems);
	lexicon_free(l);
}

/* ---- lexicon_select ---- */

static void codes_of(const struct lexicon *l, struct buf *out)
{
	buf_clear(out);
	for (size_t i = 0; i < l->theme_count; i++)
		buf_printf(out, "%s%s%s", i ? " " : "", l->themes[i].code, l->themes[i].partial ? "?" : "");
}

static void sources_of(const struct lexicon *l, struct buf *out)
{
	buf_clear(out);
	for (size_t i = 0; i < l->entry_count; i++)
		buf_printf(out, "%s%s", i ? "|" : "", l->entries[i].source);
}

static void selection_keeps_subtrees_paths_and_cues(void **state)
{
	(void)state;
	static const char text[] = "@lexicon name=n version=2\n@theme a negatable=yes label=A\n@negation before no\n" HEADER
	                           "a\tof a\n"
	                           "a\tnot a\tx\n"
	                           "a.b\tof {ab|x-y}\n"
	                           "a.b.c\tof abc\n"
	                           "a.d\tof ad\n"
	                           "a.d\tnot ad\tx\n"
	                           "e\tof e\n"
	                           "*\tnot any\tx\n";
	static const struct {
		const char *pattern, *codes, *sources;
	} cases[] = {
		{"*", "a a.b a.b.c a.d e", "no|of a|not a|of {ab|x-y}|of abc|of ad|not ad|of e|not any"},
		{"a", "a a.b a.b.c a.d", "no|of a|not a|of {ab|x-y}|of abc|of ad|not ad|not any"},
		{"a.b", "a? a.b a.b.c", "no|not a|of {ab|x-y}|of abc|not any"},
		{"*.c", "a? a.b? a.b.c", "no|not a|of abc|not any"},
		{"e, a.d", "a? a.d e", "no|not a|of ad|not ad|of e|not any"},
		{"a.*", "a? a.b a.b.c a.d", "no|not a|of {ab|x-y}|of abc|of ad|not ad|not any"},
	};
	struct buf b = BUF_INIT;
	struct problem_list problems = {NULL, 0, 0};
	unsigned char first_hash[32];
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct lexicon *all = read_fine(text), *l = lexicon_select(all, cases[i].pattern, &problems);
		assert_non_null(l);
		assert_memory_not_equal(all->sha256, l->sha256, 32);
		lexicon_free(all);
		codes_of(l, &b);
		assert_string_equal(b.data, cases[i].codes);
		sources_of(l, &b);
		assert_string_equal(b.data, cases[i].sources);
		assert_string_equal(l->name, "n");
		if (i)
			assert_memory_not_equal(first_hash, l->sha256, 32);
		else
			memcpy(first_hash, l->sha256, 32);
		for (size_t t = 0; t < l->theme_count; t++) {
			assert_int_equal(lexicon_theme(l, l->themes[t].code), t);
			assert_int_equal(l->themes[t].entries, l->themes[t].partial ? 0 : 1);
			assert_int_equal(l->themes[t].negatable, l->themes[t].code[0] == 'a');
		}
		for (size_t e = 0; e < l->entry_count; e++) {
			size_t count;
			struct item_list *lists = entry_expand(&l->entries[e], &count);
			assert_int_equal(count, strchr(l->entries[e].source, '{') ? 3 : 1);
			item_lists_free(lists, count);
		}
		lexicon_free(l);
	}
	struct lexicon *all = read_fine(text);
	assert_null(lexicon_select(all, "a,f,a.B*", &problems));
	assert_int_equal(problems.count, 2);
	assert_non_null(strstr(problems.items[0].message, "'f'"));
	problem_list_release(&problems);
	assert_null(lexicon_select(all, "", &problems));
	problem_list_release(&problems);
	lexicon_free(all);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(duplicates_are_named),
		cmocka_unit_test(what_differs_is_no_duplicate),
		cmocka_unit_test(entries_dropped_by_their_exclusions),
		cmocka_unit_test(broad_patterns_are_named),
		cmocka_unit_test(themes_and_cues),
		cmocka_unit_test(expressions_that_cannot_match),
		cmocka_unit_test(expressions_that_cost_too_much),
		cmocka_unit_test(expressions_refused_unseen),
		cmocka_unit_test(any_expression_is_looked_at),
		cmocka_unit_test(warnings_stand_in_the_order_of_lines),
		cmocka_unit_test(selection_keeps_subtrees_paths_and_cues),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
