/* What stands below the rule files: patterns and their beginnings, literals, words; and what is said of a wrong file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "corpora/layout.h"
#include "corpora/review.h"

static uint64_t random_state = 1442695040888963407u;

static size_t below(size_t n)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(random_state >> 33) % n;
}

/* A text that a pattern matches begins with bytes that its prefix allows. */
static bool allowed(const struct regex_prefix *prefix, const char *text, size_t length)
{
	uint32_t four = 0;
	for (size_t i = 0; i < REGEX_PREFIX && i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		if (!(prefix->place[i][c / 64] >> c % 64 & 1))
			return false;
		if (c >= 0x80)
			return true;
		four |= (uint32_t)c << 8 * i;
	}
	for (size_t i = 0; i < prefix->count; i++)
		if (prefix->exact[i] == four)
			return true;
	return prefix->count == 0 || length < REGEX_PREFIX;
}

static void prefixes_are_never_too_narrow(void **state)
{
	(void)state;
	static const char *const patterns[] = {"(?:Jan|Feb)(?:uary)? \\d{4}", "Death of", "(?i:page) ?\\d+$", "a", "\\p{Lu}{2,5}x", "[^a]b", "(?=ab)a[bc]",
		"(?:é|e)t", "x*y", "(?!ab)[ab]{2}", "\\d{1,3}[.)] \\p{L}", "(?:)", "[–—-] A", "(?i)straße", "(a|b)\\1c", "$", "ab?c?d?$"};
	static const char *const pieces[] = {"J", "an", "Feb", "uary", " ", "20", "16", "Death", " of", "page", "PAGE", "7", "a", "b", "c", "d", "x", "y", "é", "e", "t",
		"–", "A", "B", "1", ".", ")", "straße", "STRASSE", "\n"};
	struct regex_memory *memory = regex_memory_new();
	struct regex_prefix *prefix = mem_alloc(sizeof *prefix);
	char message[200];
	unsigned matched = 0;
	for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++) {
		struct regex *r = regex_new(patterns[p], strlen(patterns[p]), REGEX_ANCHORED, message, sizeof message);
		assert_non_null(r);
		regex_prefix(r, prefix);
		for (int round = 0; round < 3000; round++) {
			char text[128] = "";
			for (size_t n = below(6); n > 0; n--)
				strcat(text, pieces[below(sizeof pieces / sizeof *pieces)]);
			if (regex_match(r, memory, text, strlen(text), 0, false) != REGEX_YES)
				continue;
			matched++;
			if (!allowed(prefix, text, strlen(text)))
				fail_msg("%s matches '%s', its prefix does not allow it", patterns[p], text);
		}
		regex_free(r);
	}
	assert_true(matched > 2000);
	free(prefix);
	regex_memory_free(memory);
}

static void beginnings_are_listed_where_few(void **state)
{
	(void)state;
	char message[200];
	struct regex_prefix *prefix = mem_alloc(sizeof *prefix);
	struct regex *r = regex_new("(?:June|July) 20\\d\\d", 20, REGEX_ANCHORED, message, sizeof message);
	regex_prefix(r, prefix);
	assert_int_equal(prefix->count, 2);
	regex_free(r);
	r = regex_new("[^x]+", 5, REGEX_ANCHORED, message, sizeof message);
	regex_prefix(r, prefix);
	assert_int_equal(prefix->count, 0);
	regex_free(r);
	assert_null(regex_new("a(b", 3, 0, message, sizeof message));
	assert_non_null(strstr(message, "character 3"));
	free(prefix);
}

static void limits_end_a_match(void **state)
{
	(void)state;
	char message[200], text[200];
	struct regex_memory *memory = regex_memory_new();
	struct regex *r = regex_new("(?:a+a+)+[bc]", 13, 0, message, sizeof message);
	memset(text, 'a', sizeof text);
	assert_int_equal(regex_match(r, memory, text, sizeof text, 0, false), REGEX_LIMIT);
	regex_free(r);
	regex_memory_free(memory);
}

/* The finder against itself a byte at a time, and against memcmp. */
static void check_finder(const struct finder *f, const char *const *literals, size_t count, const char *text, size_t length)
{
	static struct find finds[FINDER_ROOM];
	size_t seen[2] = {0, 0}, expected = 0;
	uint64_t sum[2] = {0, 0}, expected_sum = 0;
	for (int plain = 0; plain < 2; plain++) {
		size_t from = 0, n;
		while ((n = plain ? finder_next_plain(f, text, length, &from, finds) : finder_next(f, text, length, &from, finds)) > 0)
			for (size_t i = 0; i < n; i++) {
				size_t l = strlen(literals[finds[i].literal]);
				assert_true(finds[i].at + l <= length);
				assert_memory_equal(text + finds[i].at, literals[finds[i].literal], l);
				seen[plain]++;
				sum[plain] += finds[i].at * 131 + finds[i].literal;
			}
	}
	for (size_t at = 0; at < length; at++)
		for (size_t i = 0; i < count; i++) {
			size_t l = strlen(literals[i]);
			if (l <= length - at && memcmp(text + at, literals[i], l) == 0) {
				expected++;
				expected_sum += at * 131 + i;
			}
		}
	for (int plain = 0; plain < 2; plain++) {
		assert_int_equal(seen[plain], expected);
		assert_int_equal(sum[plain], expected_sum);
	}
}

static void literals_are_found(void **state)
{
	(void)state;
	static const char *const few[] = {"SCIE", "abc", "bca", "aaaa", "Learning Together", "0 – ", "1 – "};
	static const char *const many[] = {"aab", "aba", "abb", "baa", "bab", "bba", "bbb", "aaa", "abab", "baba", "abba", "aabb", "bbaa", "abaab", "babab",
		"c a", "a c", "cab", "cba", "acb", "bac", "ca b", "c c", "ccc", "cc a", "b cc"};
	struct {
		const char *const *list;
		size_t count;
	} sets[] = {{few, sizeof few / sizeof *few}, {many, sizeof many / sizeof *many}};
	static const char *const pieces[] = {"a", "b", "c", " ", "SCIE", "Learning Together", "0 – ", "SC", "Learning ", "aaaa", "x", "–"};
	for (size_t s = 0; s < 2; s++) {
		struct finder *made = finder_new(sets[s].list, sets[s].count), *f = made;
		struct buf saved = BUF_INIT;
		finder_save(made, &saved);
		struct byte_reader from = buf_reader(&saved);
		struct finder *kept = finder_restore(&from);
		assert_true(from.at && from.at == from.end);
		for (int round = 0; round < 400; round++) {
			struct buf b = BUF_INIT;
			f = round % 2 ? kept : made;
			for (size_t n = below(round < 200 ? 40 : 300); n > 0; n--)
				buf_append_str(&b, pieces[below(sizeof pieces / sizeof *pieces)]);
			/* a copy of its own size, so that a read past the end is seen */
			char *text = mem_alloc(b.length + 1);
			if (b.length)
				memcpy(text, b.data, b.length);
			text = mem_realloc(text, b.length ? b.length : 1, 1);
			check_finder(f, sets[s].list, sets[s].count, text, b.length);
			free(text);
			buf_release(&b);
		}
		finder_free(made);
		finder_free(kept);
		buf_release(&saved);
	}
	struct finder *none = finder_new(NULL, 0);
	static struct find finds[FINDER_ROOM];
	size_t from = 0;
	assert_int_equal(finder_next(none, "abc", 3, &from, finds), 0);
	finder_free(none);
}

static void words_are_looked_up(void **state)
{
	(void)state;
	static struct words w;
	words_init(&w);
	assert_true(words_add(&w, "death", 5, 1));
	assert_true(words_add(&w, "injur*", 6, 2));
	assert_true(words_add(&w, "death", 5, 3));
	assert_true(words_add(&w, "a", 1, 4));
	assert_true(words_add(&w, "unrecognisable", 14, 5));
	assert_false(words_add(&w, "in*", 3, 6));
	assert_false(words_add(&w, "two words", 9, 6));
	assert_false(words_add(&w, "", 0, 6));
	static const char text[] = "Death, INJURIES; a unrecognisable deaths injur\xC3\xA9 unrecognisably";
	static const int expected[][2] = {{1, 3}, {2, 0}, {4, 0}, {5, 0}, {0, 0}, {2, 0}, {0, 0}};
	struct word word = {0};
	size_t n = 0;
	for (size_t at = 0; word_next(text, sizeof text - 1, at, &word); at = word.end, n++) {
		assert_true(n < 7);
		int i = words_find(&w, text, sizeof text - 1, word);
		assert_int_equal(i < 0 ? 0 : w.entry[i].value, expected[n][0]);
		if (i >= 0)
			i = words_find_next(&w, text, sizeof text - 1, word, i);
		assert_int_equal(i < 0 ? 0 : w.entry[i].value, expected[n][1]);
	}
	assert_int_equal(n, 7);
	/* every length, every place: the fast way and the slow one agree, and nothing is read behind the end */
	for (size_t length = 0; length < 70; length++) {
		char *exact = mem_alloc(length ? length : 1);
		for (size_t i = 0; i < length; i++)
			exact[i] = "ab 9.\n"[below(6)];
		size_t at = 0, words = 0, edges = 0;
		for (; word_next(exact, length, at, &word); at = word.end) {
			for (size_t i = at; i < word.start; i++)
				assert_null(strchr("ab9", exact[i]));
			for (size_t i = word.start; i < word.end; i++)
				assert_non_null(strchr("ab9", exact[i]));
			words++;
		}
		for (size_t i = 0; i < length; i++)
			edges += strchr("ab9", exact[i]) && (i == 0 || !strchr("ab9", exact[i - 1]));
		assert_int_equal(words, edges);
		free(exact);
	}
	/* what a text holds of the set, against a word at a time */
	assert_true(words_add(&w, "in", 2, 7));
	static const char *const parts[] = {" ", "\n", "-", ".", "\xC3\xA9", "a", "A ", "b", "in", "in ", "death", "deaths", "Injury", "inj", "2014", "1999 ", "1999s", "20145", "3014", "2nd", "unrecognisable"};
	for (int round = 0; round < 20000; round++) {
		char text_of[400];
		size_t length = 0, many = below(40);
		for (size_t i = 0; i < many; i++) {
			const char *part = parts[below(sizeof parts / sizeof *parts)];
			memcpy(text_of + length, part, strlen(part));
			length += strlen(part);
		}
		char *exact = mem_alloc(length ? length : 1);
		memcpy(exact, text_of, length);
		uint32_t values = 0;
		bool year = false;
		struct word found = {0};
		while (word_next(exact, length, found.end, &found)) {
			for (int i = words_find(&w, exact, length, found); i >= 0; i = words_find_next(&w, exact, length, found, i))
				values |= UINT32_C(1) << w.entry[i].value;
			year |= found.end - found.start == 4 && (exact[found.start] == '1' || exact[found.start] == '2');
		}
		assert_int_equal(words_values(&w, exact, length), values);
		assert_int_equal(words_year(exact, length), year);
		free(exact);
	}
}

/* A file of rules; the message of what is wrong with it goes to `message`. */
static struct segmenter *with_rules(const char *rules, const char *only, char *message, size_t size)
{
	char path[] = "/tmp/rules-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, rules, strlen(rules)), strlen(rules));
	close(fd);
	const char *files[] = {path};
	struct segmenter_options options = {files, 1, only, false, NULL};
	struct segmenter *s = segmenter_new(&options, message, size);
	unlink(path);
	return s;
}

static void wrong(const char *rules, const char *line, const char *what)
{
	char message[400] = "";
	struct segmenter *s = with_rules(rules, NULL, message, sizeof message);
	if (s)
		fail_msg("taken: %s", rules);
	if (!strstr(message, line) || !strstr(message, what))
		fail_msg("'%s' does not name '%s' and '%s'", message, line, what);
}

static void wrong_files_are_refused(void **state)
{
	(void)state;
	wrong("layout mine\nentri x : y\n", ":2:", "'entri'");
	wrong("entry x : a(b\n", ":1:", "parenthes");
	wrong("# remark\n\nentry x : {NOTHING}\n", ":3:", "{NOTHING}");
	wrong("entry x y : z\n", ":1:", "'y'");
	wrong("entry x weight=many : z\n", ":1:", "'weight'");
	wrong("entry x find=abc : z\n", ":1:", "'find'");
	wrong("inside x : z\n", ":1:", "find=");
	wrong("inside x find=ab : z\n", ":1:", "3 to 32");
	wrong("outcome x value=good words=fine\n", ":1:", "value=");
	wrong("outcome x value=death\n", ":1:", "words=");
	wrong("gender x value=none words=fine\n", ":1:", "value=");
	wrong("method x find=abc\n", ":1:", "value=");
	wrong("entry x needs=nothing : z\n", ":1:", "'nothing'");
	wrong("least 3\n", ":1:", "layout");
	wrong("layout a\nleast x\n", ":2:", "least");
	wrong("layout a\nrank 3\n", ":2:", "rank");
	wrong("layout a\nlayout a\n", ":2:", "already");
	wrong("  goes on\n", ":1:", "goes on");
	wrong("entry x\n", ":1:", "PATTERN");
	wrong("define X\n", ":1:", "define");
	char message[400] = "";
	assert_null(with_rules("layout mine\n", "theirs", message, sizeof message));
	assert_non_null(strstr(message, "theirs"));
	const char *missing[] = {"no-such-directory/no-such-file.rules"};
	assert_null(segmenter_new(&(struct segmenter_options){missing, 1, NULL, false, NULL}, message, sizeof message));
	assert_non_null(strstr(message, "no-such-file.rules"));
}

static size_t cut_with_rules(const char *rules, const char *only, const char *text, const char *layout, const char *child)
{
	char message[400] = "";
	struct segmenter *s = with_rules(rules, only, message, sizeof message);
	if (!s)
		fail_msg("%s", message);
	struct cutter *c = cutter_new(s);
	struct document d = {.text = text, .length = strlen(text), .first_line = 1};
	const struct review *r;
	size_t n = cutter_cut(c, &d, "a", "a", &r), reviews = 0;
	for (size_t i = 0; i < n; i++)
		if (r[i].kind == KIND_REVIEW) {
			assert_string_equal(r[i].layout, layout);
			if (reviews++ == 0)
				assert_string_equal(r[i].child, child);
		}
	cutter_free(c);
	segmenter_free(s);
	return reviews;
}

static void an_analyst_adds_a_layout(void **state)
{
	(void)state;
	static const char rules[] = "# our board's\nlayout ours\nabout \"+++ Child A +++\"\n\ndefine OURS \\+\\+\\+\nentry plus :\n  {OURS} (?<child>[^+]+?) {OURS}$\n"
	                            "byline place find=Where: : Where: (?<board>.*)\nend stars : \\*{3}$\n";
	static const char text[] = "News\n\n+++ Child A +++\nWhere: Leedham\nShe was six.\n\n+++ Child B +++\nHe was ten.\n";
	assert_int_equal(cut_with_rules(rules, NULL, text, "ours", "Child A"), 2);
	/* one of the same name takes the place of the built-in one */
	assert_int_equal(cut_with_rules("layout dated\nentry plus : \\+\\+\\+ (?<child>[^+]+?) \\+\\+\\+$\n", NULL, text, "dated", "Child A"), 2);
	/* and a layout can be asked for by name */
	assert_int_equal(cut_with_rules(rules, "ours", "+++ Child C +++\nHe was ten.\n2016 – Leedham – Child X\n", "ours", "Child C"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_are_never_too_narrow),
		cmocka_unit_test(beginnings_are_listed_where_few),
		cmocka_unit_test(limits_end_a_match),
		cmocka_unit_test(literals_are_found),
		cmocka_unit_test(words_are_looked_up),
		cmocka_unit_test(wrong_files_are_refused),
		cmocka_unit_test(an_analyst_adds_a_layout),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
