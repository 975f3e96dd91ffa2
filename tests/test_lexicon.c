/* Reading a lexicon: counting-rules.md section 3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "matchers/lexicon.h"

#define HEADER "theme\tpattern\tflags\tnote\n"

static struct lexicon *read_bytes(const char *bytes, size_t length, struct problem_list *problems)
{
	struct lexicon_source source = {"test.tsv", bytes, length};
	return lexicon_read(&source, 1, NULL, problems);
}

/* A lexicon that must be fine. */
static struct lexicon *read_fine(const char *text)
{
	struct problem_list problems = {NULL, 0, 0};
	struct lexicon *l = read_bytes(text, strlen(text), &problems);
	problem_list_print(&problems, stderr);
	assert_non_null(l);
	assert_int_equal(problems.count, 0);
	problem_list_release(&problems);
	return l;
}

/* A lexicon that must be refused; says where first and whether the message holds some words. */
static void refused_bytes(const char *bytes, size_t length, uint32_t line, const char *words)
{
	struct problem_list problems = {NULL, 0, 0};
	struct lexicon *l = read_bytes(bytes, length, &problems);
	assert_null(l);
	assert_true(problems.count > 0);
	if (problems.items[0].line != line || !strstr(problems.items[0].message, words)) {
		print_message("expected line %u: %s\n", line, words);
		problem_list_print(&problems, stderr);
		fail();
	}
	assert_string_equal(problems.items[0].file, "test.tsv");
	problem_list_release(&problems);
}

static void refused(const char *text, uint32_t line, const char *words)
{
	refused_bytes(text, strlen(text), line, words);
}

static void refused_pattern(const char *pattern, const char *words)
{
	struct buf b = BUF_INIT;
	buf_printf(&b, HEADER "a\t%s\t\n", pattern);
	refused(b.data, 2, words);
	buf_release(&b);
}

/* ---- patterns ---- */

static void write_sequence(struct buf *out, const struct item_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct item *item = &list->items[i];
		assert_false(item->hyphen_before);
		buf_append_str(out, i ? " " : "");
		if (item->kind == ITEM_ANY)
			buf_append_char(out, '_');
		else if (item->kind == ITEM_GAP)
			buf_printf(out, "~%u", item->gap);
		else {
			assert_true(item->kind == ITEM_WORD || item->kind == ITEM_WILDCARD);
			assert_int_equal(strchr(item->text, '*') != NULL, item->kind == ITEM_WILDCARD);
			buf_printf(out, "%s%s", item->text, item->possessive ? "+s" : "");
		}
	}
}

/* The sequences of a pattern, joined by " | ", a possessive written as base+s. */
static void expands(const char *pattern, const char *flags, const char *expected)
{
	struct buf text = BUF_INIT, got = BUF_INIT;
	buf_printf(&text, HEADER "a\t%s\t%s\n", pattern, flags);
	struct lexicon *l = read_fine(text.data);
	assert_int_equal(l->entry_count, 1);
	assert_string_equal(l->entries[0].source, pattern);
	size_t count;
	struct item_list *lists = entry_expand(&l->entries[0], &count);
	for (size_t i = 0; i < count; i++) {
		buf_append_str(&got, i ? " | " : "");
		write_sequence(&got, &lists[i]);
	}
	assert_string_equal(got.data, expected);
	item_lists_free(lists, count);
	lexicon_free(l);
	buf_release(&text);
	buf_release(&got);
}

static void words_are_cut_as_text_is(void **state)
{
	(void)state;
	expands("Professional  Curiosity", "", "professional curiosity");
	expands("U.K. government", "", "u k government");
	expands("u.k.", "", "u k");
	expands("age 2.5", "", "age 2 5");
	expands("at 10:30", "", "at 10 30");
	expands("and/or", "", "and or");
	expands("police_report", "", "police report");
	expands("A&E", "", "a e");
	expands("\"black eye\"", "", "black eye");
	expands("don't", "", "don't");
	expands("don\xe2\x80\x99t", "", "don't");
	expands("Caf\xc3\xa9", "", "cafe");
	expands("co\xc2\xadoperate", "", "cooperate");
	expands("\xef\xac\x81re", "", "fire");
	expands("pre- and post-natal", "", "pre and post natal | pre and postnatal");
	expands("hit, kicked (punched)", "c", "hit kicked punched");
	expands("rock 'n' roll", "", "rock n roll");
	expands("SEN Support", "C", "SEN Support");
	expands("\xe2\x80\x98quoted\xe2\x80\x99 word", "", "quoted word");
}

static void what_no_entry_crosses_is_refused(void **state)
{
	(void)state;
	refused_pattern("etc. and", "'.' ends a sentence");
	refused_pattern("U.K", "'.' ends a sentence");
	refused_pattern("note: this", "':' ends a sentence");
	refused_pattern("why? because", "'?' (U+003F) ends a sentence");
	refused_pattern("a \xe2\x80\xa6 b", "(U+2026) ends a sentence");
	refused_pattern("hit, kicked", "only with flag c");
	refused_pattern("hit (kicked)", "only with flag c");
	refused_pattern("a\x01z", "(U+0001)");
	refused_pattern("a\xe2\x80\xa8z", "line break");
	refused_pattern("...", "'.' ends a sentence");
}

static void possessives_give_their_base(void **state)
{
	(void)state;
	expands("child's wishes", "", "child+s wishes");
	expands("parents' evening", "", "parent+s evening");
	expands("mother\xe2\x80\x99s partner", "", "mother+s partner");
	expands("CHILD'S name", "", "child+s name");
	expands("Child'S name", "C", "Child+s name");
	expands("boss's", "", "boss+s");
	expands("step-mother's house", "", "step mother+s house | stepmother+s house");
	expands("child's-play area", "", "child+s play area");
	expands("parents'-evening", "", "parent+s evening");
	expands("it's", "", "it+s");
	expands("*mother's", "", "*mother's");
	expands("step*-mother's", "", "step* mother+s | step*mother's");
	expands("s' x", "", "s x");
	refused_pattern("*mothers' group", "cannot end in s'");
}

static void wildcards_gaps_and_single_tokens(void **state)
{
	(void)state;
	expands("neglect*", "", "neglect*");
	expands("*mother", "", "*mother");
	expands("under*age", "", "under*age");
	expands("a**b***", "", "a*b*");
	expands("Neglect*", "C", "Neglect*");
	expands("lack ~3 curiosity", "", "lack ~3 curiosity");
	expands("lack _ curiosity", "", "lack _ curiosity");
	expands("lack _ ~3 _ curiosity", "", "lack _ _ ~3 curiosity");
	expands("lack ~3 ~2 curiosity", "", "lack ~5 curiosity");
	expands("lack ~20 curiosity", "", "lack ~20 curiosity");
	expands("lack of * care", "", "lack of * care");
	expands("lack-_-care", "", "lack _ care");
	expands("lack-~2-care", "", "lack ~2 care");
	refused_pattern("~3 curiosity", "begins with");
	refused_pattern("curiosity ~3", "ends with");
	refused_pattern("_ curiosity", "begins with");
	refused_pattern("curiosity _", "ends with");
	refused_pattern("_", "begins with");
	refused_pattern("*", "without any word");
	refused_pattern("* *", "without any word");
	refused_pattern("- / -", "holds no word");
	refused_pattern("a ~0 b", "number from 1 to 20");
	refused_pattern("a ~21 b", "number from 1 to 20");
	refused_pattern("a ~99999999999999999999 b", "number from 1 to 20");
	refused_pattern("a ~ b", "number from 1 to 20");
	refused_pattern("a ~3b", "write a space");
	refused_pattern("a~3 b", "write a space");
	refused_pattern("a _b", "write a space");
	refused_pattern("a_ b", "write a space");
	refused_pattern("a __ b", "write a space");
	refused_pattern("a ~15 ~6 b", "come to 21 words");
}

static void alternatives(void **state)
{
	(void)state;
	expands("{a|b c|d} e", "", "a e | b c e | d e");
	expands("not {been|} seen", "", "not been seen | not seen");
	expands("{a|{b|c} d}", "", "a | b d | c d");
	expands("{a|A|b}", "", "a | b");
	expands("{a|A|b}", "C", "a | A | b");
	expands("{a|} {b|} c", "", "a b c | a c | b c | c");
	expands("a {} b", "", "a b");
	expands("a {b ~2|} c", "", "a b ~2 c | a c");
	expands("a ~2 {b|} ~3 c", "", "a ~2 b ~3 c | a ~5 c");
	expands("{a|b ~2 c}", "", "a | b ~2 c");
	refused_pattern("child{ren|}", "write a space or a hyphen before '{'");
	refused_pattern("{un|}happy", "write a space or a hyphen before 'h'");
	refused_pattern("{a|b", "'{' has no '}'");
	refused_pattern("a|b", "'|' without '{'");
	refused_pattern("a}", "'}' without '{'");
	refused_pattern("{a|}", "without any word when every alternative is empty");
	refused_pattern("{}", "without any word");
	refused_pattern("{a|} ~3 b", "begins with '~' or '_' when alternatives are empty");
	refused_pattern("b _ {a|}", "ends with '~' or '_' when alternatives are empty");
	refused_pattern("{~2 a|b} c", "begins with");
	refused_pattern("{a|*}", "without any word");
	refused_pattern("a ~15 {b|} ~15 c", "come to 30 words");
	refused_pattern("a ~15 {b|~6} c", "come to 21 words");
	refused_pattern("{{{{{{{{{a}}}}}}}}} b", "more than 8 deep");
	refused_pattern("{a|b} {a|b} {a|b} {a|b} {a|b} {a|b} {a|b} {a|b} {a|b} {a|b} {a|b} {a|b} {a|b}", "more than 4096 sequences");
	refused_pattern("a-a-a-a-a-a-a-a-a-a-a-a-a-a", "more than 4096 sequences");
}

static void hyphens_close(void **state)
{
	(void)state;
	expands("co-sleeping", "", "co sleeping | cosleeping");
	expands("co\xe2\x80\x93sleeping", "", "co sleeping | cosleeping");
	expands("a-b-c", "", "a b c | ab c | a bc | abc");
	expands("{step|half}-sister", "", "step sister | stepsister | half sister | halfsister");
	expands("co-{residential|}-sleeping", "", "co residential sleeping | coresidential sleeping | co residentialsleeping | coresidentialsleeping | co sleeping | cosleeping");
	expands("child {half|}-sister", "", "child half sister | child halfsister | child sister");
	expands("a-{b|c d}-e", "", "a b e | ab e | a be | abe | a c d e | ac d e | a c de | ac de");
	expands("a-{b|~2 c} d", "", "a b d | ab d | a ~2 c d");
	expands("neglect*-by", "", "neglect* by | neglect*by");
	expands("a*-*b", "", "a* *b | a*b");
	expands("a - b", "", "a b");
	expands("a -b", "", "a b");
	expands("a--b", "", "a b");
	expands("{a-|b} c", "", "a c | b c");
	/* equal sequences are one: open and closed forms of two alternatives meet */
	expands("{co-sleep|cosleep}", "", "co sleep | cosleep");
	/* a letter and a mark compose where they meet: Hangul syllables, with no accent to lose */
	expands("\xe1\x84\x80-\xe1\x85\xa1", "", "\xe1\x84\x80 \xe1\x85\xa1 | \xea\xb0\x80");
}

/* ---- themes, directives, columns ---- */

static void themes_stand_in_order_of_naming(void **state)
{
	(void)state;
	struct lexicon *l = read_fine("@lexicon name=test version=1.2.0\n"
	                              "@theme b.x.y label=\"X and \\\"Y\\\" \\\\\" description=\"why\"\n"
	                              "@theme b negatable=yes\n"
	                              "@theme c.z negatable=no\n" HEADER
	                              "a\tword\n"
	                              "b.w\tword\tx\tnot counted\n"
	                              "b.x.y\tword one\n"
	                              "b.x.y\tword two\tCw\n"
	                              "*\tword\tx\n"
	                              "c\tword\n");
	static const char *const codes[] = {"b", "b.x", "b.x.y", "c", "c.z", "a", "b.w"};
	static const uint32_t parents[] = {THEME_NONE, 0, 1, THEME_NONE, 3, THEME_NONE, 0};
	static const bool negatable[] = {true, true, true, false, false, false, true};
	static const uint32_t own[] = {0, 0, 2, 1, 0, 1, 0};
	assert_int_equal(l->theme_count, 7);
	for (uint32_t i = 0; i < 7; i++) {
		assert_string_equal(l->themes[i].code, codes[i]);
		assert_int_equal(l->themes[i].parent, parents[i]);
		assert_int_equal(l->themes[i].negatable, negatable[i]);
		assert_int_equal(l->themes[i].entries, own[i]);
		assert_int_equal(lexicon_theme(l, codes[i]), i);
	}
	assert_int_equal(lexicon_theme(l, "b.x.z"), THEME_NONE);
	assert_int_equal(lexicon_theme(l, ""), THEME_NONE);
	assert_string_equal(l->name, "test");
	assert_string_equal(l->version, "1.2.0");
	assert_string_equal(l->themes[2].label, "X and \"Y\" \\");
	assert_string_equal(l->themes[2].description, "why");
	assert_string_equal(l->themes[1].label, "x");
	assert_string_equal(l->themes[1].description, "");
	assert_int_equal(l->entry_count, 6);
	assert_int_equal(l->entries[1].role, ROLE_EXCLUSION);
	assert_int_equal(l->entries[1].flags, ENTRY_EXCLUSION);
	assert_string_equal(l->entries[1].note, "not counted");
	assert_int_equal(l->entries[1].line, 7);
	assert_string_equal(l->entries[1].file, "test.tsv");
	assert_int_equal(l->entries[3].flags, ENTRY_CASE | ENTRY_WHOLE);
	assert_int_equal(l->entries[4].theme, THEME_ANY);
	assert_true(theme_is_within(l, 2, 0));
	assert_true(theme_is_within(l, 2, 2));
	assert_false(theme_is_within(l, 0, 2));
	assert_false(theme_is_within(l, 5, 0));
	assert_false(theme_is_within(l, THEME_NONE, THEME_NONE));
	lexicon_free(l);
}

static void a_lexicon_without_directives(void **state)
{
	(void)state;
	struct lexicon *l = read_fine("theme\tpattern\na\tword\n");
	assert_string_equal(l->name, "unnamed");
	assert_string_equal(l->version, "0");
	lexicon_free(l);
	lexicon_free(NULL);
}

static void themes_may_be_described_in_several_places(void **state)
{
	(void)state;
	struct lexicon *l = read_fine("@theme a label=\"The A\"\n@theme a label=\"The A\" description=why\n@theme a negatable=yes\n@theme a negatable=yes\n");
	assert_string_equal(l->themes[0].label, "The A");
	assert_string_equal(l->themes[0].description, "why");
	assert_true(l->themes[0].negatable);
	assert_int_equal(l->themes[0].line, 1);
	lexicon_free(l);
}

static void cues_are_entries_without_a_theme(void **state)
{
	(void)state;
	struct lexicon *l = read_fine("@negation before no {evidence|sign} of\n@negation\tafter\twas ruled out\n@negation pseudo no doubt\n@negation terminator but\n");
	static const enum entry_role roles[] = {ROLE_CUE_BEFORE, ROLE_CUE_AFTER, ROLE_PSEUDO_CUE, ROLE_TERMINATOR};
	assert_int_equal(l->entry_count, 4);
	assert_int_equal(l->theme_count, 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(l->entries[i].role, roles[i]);
		assert_int_equal(l->entries[i].theme, THEME_NONE);
		assert_int_equal(l->entries[i].line, i + 1);
	}
	assert_string_equal(l->entries[0].source, "no {evidence|sign} of");
	assert_int_equal(entry_pattern(&l->entries[0])->count, 3);
	lexicon_free(l);
}

static void regular_expressions_are_kept_as_written(void **state)
{
	(void)state;
	struct lexicon *l = read_fine(HEADER "a\taged? \\d+ {2}(?=x|y).\trC\n");
	assert_string_equal(l->entries[0].source, "aged? \\d+ {2}(?=x|y).");
	assert_int_equal(l->entries[0].flags, ENTRY_REGEX | ENTRY_CASE);
	assert_int_equal(entry_pattern(&l->entries[0])->count, 0);
	size_t count;
	struct item_list *lists = entry_expand(&l->entries[0], &count);
	assert_int_equal(count, 0);
	item_lists_free(lists, count);
	lexicon_free(l);
}

static void line_ends_marks_comments_and_blanks(void **state)
{
	(void)state;
	struct lexicon *l = read_fine("\xef\xbb\xbf# comment\r\n\r\n \t \r\n" HEADER "# a\tcomment\n  a \t  some   words  \t w \t a note \r\na\tlast line");
	assert_int_equal(l->entry_count, 2);
	assert_string_equal(l->entries[0].source, "some   words");
	assert_string_equal(l->entries[0].note, "a note");
	assert_int_equal(l->entries[0].flags, ENTRY_WHOLE);
	assert_int_equal(l->entries[0].line, 6);
	assert_int_equal(l->entries[1].line, 7);
	lexicon_free(l);
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
	(void)state;
	refused("a\tword\n", 1, "must be the header");
	refused("# x\n\n" HEADER "a.B\tword\n", 4, "theme 'a.B'");
	refused(HEADER ".a\tword\n", 2, "theme '.a'");
	refused(HEADER "a.\tword\n", 2, "theme 'a.'");
	refused(HEADER "a..b\tword\n", 2, "theme 'a..b'");
	refused(HEADER "\tword\n", 2, "theme ''");
	refused(HEADER "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q\tword\n", 2, "at most 200 bytes and 16 words");
	refused(HEADER "a\n", 2, "pattern is missing");
	refused(HEADER "a\tword\tq\n", 2, "flags 'q'");
	refused(HEADER "a\tword\tC w\n", 2, "flags 'C w'");
	refused(HEADER "*\tword\n", 2, "only an exclusion");
	refused(HEADER "a\tb\tc\td\te\n", 2, "more than four columns");
}

static void directives_are_checked(void **state)
{
	(void)state;
	refused("@lexicom name=x\n", 1, "'@lexicom'");
	refused("@\n", 1, "the directives are");
	refused("@lexicon version=1\n", 1, "needs name=");
	refused("@lexicon name=\n", 1, "name is empty");
	refused("@lexicon name=a name=b\n", 1, "given twice");
	refused("@lexicon name=a\n@lexicon name=a\n", 2, "stands in line 1 already");
	refused("@lexicon name=a colour=red\n", 1, "not 'colour'");
	refused("@theme\n", 1, "theme ''");
	refused("@theme a label\n", 1, "'label' where key=value");
	refused("@theme a =x\n", 1, "where key=value");
	refused("@theme a label=\"x\n", 1, "no closing");
	refused("@theme a label=\"x\"y\n", 1, "write a space after");
	refused("@theme a negatable=maybe\n", 1, "not 'maybe'");
	refused("@theme a negatable=\n", 1, "not ''");
	refused("@theme a weight=2\n", 1, "not 'weight'");
	refused("@theme a label=x\n@theme b\n@theme a label=y\n", 3, "another label in test.tsv line 1");
	refused("@theme a label=x description=x\n@theme a description=y\n", 2, "another description in test.tsv line 1");
	refused("@theme a negatable=yes\n@theme a negatable=no\n", 2, "another negatable in test.tsv line 1");
	refused("@negation sideways word\n", 1, "not 'sideways'");
	refused("@negation before\n", 1, "holds no word");
	refused("@negation before ~3 word\n", 1, "begins with");
}

static void bytes_that_are_no_text(void **state)
{
	(void)state;
	refused(HEADER "a\tword\nb\tna\xefve\n", 3, "byte 5 (0xef) is not UTF-8");
	refused_bytes(HEADER "a\two\0rd\n", sizeof HEADER - 1 + 8, 2, "NUL byte");
	refused_bytes("\xff\xfet\0h\0", 6, 1, "NUL byte");
	refused(HEADER "a\tword\rb\n", 2, "line break");
	struct problem_list problems = {NULL, 0, 0};
	problem_add(&problems, PROBLEM_WARNING, "a\nb", 3, "x\x1b[31m \xe2\x80\xae \xff");
	assert_string_equal(problems.items[0].file, "a\\u{A}b");
	assert_string_equal(problems.items[0].message, "x\\u{1B}[31m \\u{202E} \\xFF");
	assert_int_equal(problem_errors(&problems), 0);
	problem_list_release(&problems);
}

static void every_error_is_listed_up_to_a_limit(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	buf_append_str(&b, HEADER "a\tb?\na\tword\nA\tword\n");
	struct problem_list problems = {NULL, 0, 0};
	assert_null(read_bytes(b.data, b.length, &problems));
	assert_int_equal(problems.count, 2);
	assert_int_equal(problems.items[1].line, 4);
	problem_list_release(&problems);
	for (size_t i = 0; i < 10000; i++)
		buf_append_str(&b, "a\t}\n");
	assert_null(read_bytes(b.data, b.length, &problems));
	assert_int_equal(problems.count, 201);
	problem_list_release(&problems);
	buf_release(&b);
}

static void limits_hold(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	buf_append_str(&b, HEADER "a\t");
	for (int i = 0; i < 257; i++)
		buf_append_str(&b, "a ");
	buf_append_str(&b, "b\n");
	refused(b.data, 2, "the pattern has 515 bytes; at most 512");
	buf_clear(&b);
	buf_append_str(&b, HEADER "a\tword\t\t");
	for (int i = 0; i < 4090; i++)
		buf_append_char(&b, 'n');
	refused(b.data, 2, "the line has 4098 bytes; at most 4096");

	static const char text[] = HEADER "a.b\t{a|b} {c|d}\na.c\t{a|b} {c|d}\n";
	struct lexicon_source source = {"test.tsv", text, sizeof text - 1};
	struct problem_list problems = {NULL, 0, 0};
	struct lexicon_limits limits = LEXICON_LIMITS_DEFAULT;
	struct lexicon *l = lexicon_read(&source, 1, &limits, &problems);
	assert_non_null(l);
	lexicon_free(l);
	static const struct {
		struct lexicon_limits limits;
		uint32_t line;
		const char *words;
	} cases[] = {
		{{4096, 2, 4096, 64, 8, 64, 64}, 3, "more than 2 lines"},
		{{4096, 9, 20, 64, 8, 64, 64}, 0, "20 bytes in all"},
		{{4096, 9, 4096, 3, 8, 64, 64}, 2, "more than 3 sequences"},
		{{4096, 9, 4096, 64, 8, 7, 64}, 3, "more than 7 sequences"},
		{{4096, 9, 4096, 64, 0, 64, 64}, 2, "more than 0 deep"},
		{{4096, 9, 4096, 64, 8, 64, 2}, 3, "more than 2 themes"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_null(lexicon_read(&source, 1, &cases[i].limits, &problems));
		assert_non_null(strstr(problems.items[0].message, cases[i].words));
		assert_int_equal(problems.items[0].line, cases[i].line);
		problem_list_release(&problems);
	}
	buf_release(&b);
}

static void several_sources_are_one_lexicon(void **state)
{
	(void)state;
	static const char one[] = "@lexicon name=x version=1\n" HEADER "b\tword\n", two[] = "@lexicon name=x version=1\n@theme b label=B\n" HEADER "a\tword\n",
	                  three[] = "@lexicon name=mine\n" HEADER "b\tother\n";
	struct lexicon_source sources[] = {{"1.tsv", one, sizeof one - 1}, {"2.tsv", two, sizeof two - 1}, {"3.tsv", three, sizeof three - 1}};
	struct problem_list problems = {NULL, 0, 0};
	struct lexicon *l = lexicon_read(sources, 3, NULL, &problems);
	assert_non_null(l);
	assert_string_equal(l->name, "x+mine");
	assert_string_equal(l->version, "1+0");
	assert_int_equal(l->entry_count, 3);
	assert_string_equal(l->entries[2].file, "3.tsv");
	assert_string_equal(l->themes[0].label, "B");
	unsigned char digest[32];
	struct sha256 h;
	sha256_init(&h);
	for (int i = 0; i < 3; i++) {
		unsigned char length[8] = {(unsigned char)sources[i].length};
		sha256_update(&h, length, 8);
		sha256_update(&h, sources[i].bytes, sources[i].length);
	}
	sha256_final(&h, digest);
	assert_memory_equal(digest, l->sha256, 32);
	lexicon_free(l);
	/* the header is needed in each */
	sources[1].bytes = "a\tword\n";
	sources[1].length = 7;
	assert_null(lexicon_read(sources, 3, NULL, &problems));
	assert_string_equal(problems.items[0].file, "2.tsv");
	problem_list_release(&problems);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void files_and_directories_are_loaded(void **state)
{
	(void)state;
	char folder[] = P_tmpdir "/lexicon-XXXXXX", name[4][128];
	assert_non_null(mkdtemp(folder));
	static const char *const names[] = {"b.tsv", "a.tsv", "notes.txt", ".hidden.tsv"};
	for (int i = 0; i < 4; i++) {
		snprintf(name[i], sizeof name[i], "%s/%s", folder, names[i]);
		write_file(name[i], i == 0 ? HEADER "b\tword\n" : i == 1 ? HEADER "a\tword\n" : "not a lexicon");
	}
	struct problem_list problems = {NULL, 0, 0};
	const char *paths[] = {folder, name[0]};
	struct lexicon *l = lexicon_load(paths, 2, NULL, &problems);
	assert_non_null(l);
	assert_int_equal(l->entry_count, 3);
	assert_string_equal(l->entries[0].file, name[1]);
	assert_string_equal(l->entries[1].file, name[0]);
	lexicon_free(l);
	paths[1] = name[2];
	assert_null(lexicon_load(paths, 2, NULL, &problems));
	assert_string_equal(problems.items[0].file, name[2]);
	problem_list_release(&problems);
	for (int i = 0; i < 4; i++)
		unlink(name[i]);
	assert_null(lexicon_load(paths, 1, NULL, &problems));
	assert_non_null(strstr(problems.items[0].message, "no .tsv file"));
	problem_list_release(&problems);
	rmdir(folder);
	assert_null(lexicon_load(paths, 1, NULL, &problems));
	assert_non_null(strstr(problems.items[0].message, "cannot be opened"));
	problem_list_release(&problems);
}

/* Any bytes are read or refused, never worse (for the sanitizers), and what is refused says why. */
static void any_bytes_are_read_or_refused(void **state)
{
	(void)state;
	static const char *const words[] = {"a", "b", "neglect*", "child's", "parents'", "\xc3\xa9", "*", "2.5", "_"};
	static const char *const between[] = {" ", " ", "-", "-", "/", " {", "} ", "}-", "-{", "|", " ~3 ", " _ ", "_"};
	static const char *const rest[] = {"\t", "\n", "theme", "\xff", "1", ",", "@theme ", "x.", "C", "=\"", "~", "'", "}", "{"};
	uint64_t random = 12345;
	size_t read = 0;
	for (int round = 0; round < 20000; round++) {
		struct buf b = BUF_INIT;
		buf_append_str(&b, HEADER "a\t");
		for (int i = 0, most = 1 + round % 12; i < most; i++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			size_t pick = random >> 33;
			if (round % 4 == 0 && pick % 3 == 0)
				buf_append_str(&b, rest[pick / 3 % (sizeof rest / sizeof *rest)]);
			else
				buf_append_str(&b, i % 2 ? between[pick % (sizeof between / sizeof *between)] : words[pick % (sizeof words / sizeof *words)]);
		}
		struct problem_list problems = {NULL, 0, 0};
		struct lexicon *l = read_bytes(b.data, b.length, &problems);
		assert_int_equal(l == NULL, problem_errors(&problems) > 0);
		for (size_t i = 0; l && i < l->entry_count; i++) {
			size_t count;
			struct item_list *lists = entry_expand(&l->entries[i], &count);
			assert_true(count > 0 || l->entries[i].flags & ENTRY_REGEX);
			for (size_t k = 0; k < count; k++) {
				const struct item *first = lists[k].items, *last = &lists[k].items[lists[k].count - 1];
				assert_true(lists[k].count > 0);
				assert_true(first->kind == ITEM_WORD || first->kind == ITEM_WILDCARD);
				assert_true(last->kind == ITEM_WORD || last->kind == ITEM_WILDCARD);
			}
			item_lists_free(lists, count);
		}
		read += l != NULL;
		lexicon_free(l);
		problem_list_release(&problems);
		buf_release(&b);
	}
	if (read < 1000)
		fail_msg("only %zu read", read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_cut_as_text_is),
		cmocka_unit_test(what_no_entry_crosses_is_refused),
		cmocka_unit_test(possessives_give_their_base),
		cmocka_unit_test(wildcards_gaps_and_single_tokens),
		cmocka_unit_test(alternatives),
		cmocka_unit_test(hyphens_close),
		cmocka_unit_test(themes_stand_in_order_of_naming),
		cmocka_unit_test(a_lexicon_without_directives),
		cmocka_unit_test(themes_may_be_described_in_several_places),
		cmocka_unit_test(cues_are_entries_without_a_theme),
		cmocka_unit_test(regular_expressions_are_kept_as_written),
		cmocka_unit_test(line_ends_marks_comments_and_blanks),
		cmocka_unit_test(what_is_wrong_is_said_with_its_line),
		cmocka_unit_test(directives_are_checked),
		cmocka_unit_test(bytes_that_are_no_text),
		cmocka_unit_test(every_error_is_listed_up_to_a_limit),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(several_sources_are_one_lexicon),
		cmocka_unit_test(files_and_directories_are_loaded),
		cmocka_unit_test(any_bytes_are_read_or_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
