/* Engine against reference: cases that once differed, random ones, and real texts. `make differential` runs more of the second. */
#include <errno.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "tests/hurt.h"
#include "tests/judge.h"

/* Reads a whole file; false if it cannot be read. */
static bool read_file(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "rb");

	if (!file)
		return false;
	for (size_t n = 1; n;) {
		buf_reserve(out, 1 << 16);
		n = fread(out->data + out->length, 1, 1 << 16, file);
		out->length += n;
	}
	out->data[out->length] = '\0';
	fclose(file);
	return true;
}

/* ---- cases that once differed ---- */

/* Undoes reference_quote(). */
static void unquote(const char *quoted, size_t length, struct buf *out)
{
	for (const char *c = quoted, *end = quoted + length; c < end; c++) {
		if (*c != '\\') {
			buf_append_char(out, *c);
			continue;
		}
		switch (*++c) {
		case 'n': buf_append_char(out, '\n'); break;
		case 'r': buf_append_char(out, '\r'); break;
		case 't': buf_append_char(out, '\t'); break;
		case '\\': buf_append_char(out, '\\'); break;
		case 'u': {
			char *after;
			utf8_append(out, (uint32_t)strtoul(c + 2, &after, 16));
			c = after;
			break;
		}
		default: fail_msg("\\%c in a regression case", *c);
		}
	}
}

static unsigned check_case(const char *lines, const char *text, size_t length, unsigned line)
{
	struct lexicon *lexicon = judge_lexicon(lines);
	unsigned failed = 0;

	assert_non_null(lexicon);
	for (int e = 0; e < ENGINE_COUNT; e++) {
		if (!engine_available((enum engine)e))
			continue;
		struct judge *j = judge_new(lexicon, (enum engine)e);
		struct buf what = BUF_INIT;

		assert_non_null(j);
		if (judge_differs(j, text, length, &what)) {
			print_error("case that ends in line %u, engine %s, %s\n", line, engine_word((enum engine)e), what.data);
			failed++;
		}
		buf_release(&what);
		judge_free(j);
	}
	lexicon_free(lexicon);
	return failed;
}

static void cases_that_once_differed(void **state)
{
	(void)state;
	struct buf file = BUF_INIT, lines = BUF_INIT, text = BUF_INIT;
	unsigned failed = 0, cases = 0, number = 0;

	assert_true(read_file("tests/data/differential_regressions.txt", &file));
	for (const char *line = file.data; *line; number++) {
		size_t n = strcspn(line, "\n");

		if (strncmp(line, "lexicon ", 8) == 0) {
			unquote(line + 8, n - 8, &lines);
			buf_append_char(&lines, '\n');
		} else if (strncmp(line, "text ", 5) == 0) {
			buf_reserve(&text, 1);
			unquote(line + 5, n - 5, &text);
			failed += check_case(lines.data, text.data, text.length, number + 1);
			cases++;
			buf_clear(&lines);
			buf_clear(&text);
		} else if (n > 0 && *line != '#') {
			fail_msg("line %u is no part of a case: %.*s", number + 1, (int)n, line);
		}
		line += n + (line[n] == '\n');
	}
	assert_int_equal(failed, 0);
	assert_true(cases > 0 && lines.length == 0);
	buf_release(&file);
	buf_release(&lines);
	buf_release(&text);
}

/* ---- random cases ---- */

static void check_random(uint64_t seed, enum hurt_kind kind, int texts)
{
	struct hurt *h = hurt_new(seed, kind);
	struct lexicon *lexicon = judge_lexicon(hurt_lexicon(h));
	struct judge *judges[ENGINE_COUNT] = {NULL};

	for (int e = 0; e < ENGINE_COUNT; e++)
		if (e != ENGINE_AUTO && engine_available((enum engine)e))
			assert_non_null(judges[e] = judge_new(lexicon, (enum engine)e));
	for (int i = 0; i < texts; i++) {
		size_t length;
		const char *text = hurt_text(h, &length);

		for (int e = 0; e < ENGINE_COUNT; e++) {
			if (!judges[e] || !judge_differs(judges[e], text, length, NULL))
				continue;
			struct buf small = BUF_INIT;
			judge_shrink(hurt_lexicon(h), (enum engine)e, text, length, &small);
			print_error("add to tests/data/differential_regressions.txt:\n%s", small.data);
			fail();
		}
	}
	for (int e = 0; e < ENGINE_COUNT; e++)
		if (judges[e])
			judge_free(judges[e]);
	lexicon_free(lexicon);
	hurt_free(h);
}

static void random_cases(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 100; seed++)
		check_random(seed, HURT_ORDINARY, 10);
}

static void a_thousand_entries(void **state)
{
	(void)state;
	check_random(1, HURT_LARGE, 10);
}

static void more_words_than_two_bytes_number(void **state)
{
	(void)state;
	check_random(1, HURT_WIDE, 10);
}

static void sentences_of_100000_tokens(void **state)
{
	(void)state;
	check_random(1, HURT_LONG, 1);
	check_random(2, HURT_LONG, 1);
}

/* ---- real texts ---- */

/* Counts the parts of a text with the engine and with the reference; the reference is slow, so of a long text only some parts. */
static void check_text(struct judge *j, const char *name, const char *text, size_t length)
{
	enum { PART = 1500, PARTS = 3 };

	for (size_t i = 0; i < PARTS; i++) {
		size_t start = length / PARTS * i, end = start + PART < length ? start + PART : length;
		struct buf what = BUF_INIT;

		while (start < end && (text[start] & 0xC0) == 0x80)
			start++;
		end = start + utf8_valid_prefix(text + start, end - start);
		if (judge_differs(j, text + start, end - start, &what))
			fail_msg("%s, bytes %zu to %zu: %s", name, start, end, what.data);
		buf_release(&what);
	}
}

static void real_reviews_under_the_shipped_lexicon(void **state)
{
	(void)state;
	const char *shared = getenv("THEMETALLY_SHARED");
	struct buf folder = BUF_INIT;
	unsigned texts = 0;

	buf_printf(&folder, "%s/reviews", shared ? shared : "../shared");
	DIR *reviews = opendir(folder.data);
	if (!reviews) {
		printf("skipped: no reviews in %s\n", folder.data);
		buf_release(&folder);
		skip();
	}
	struct problem_list problems = {NULL, 0, 0};
	struct lexicon *lexicon = lexicon_load(NULL, 0, NULL, &problems);
	assert_non_null(lexicon);
	struct judge *j = judge_new(lexicon, ENGINE_AUTO);
	assert_non_null(j);
	for (struct dirent *entry; (entry = readdir(reviews));) {
		struct buf path = BUF_INIT, text = BUF_INIT;

		buf_printf(&path, "%s/%s", folder.data, entry->d_name);
		if (strstr(entry->d_name, ".txt") && read_file(path.data, &text)) {
			check_text(j, path.data, text.data, text.length);
			texts++;
		}
		buf_release(&path);
		buf_release(&text);
	}
	assert_true(texts > 0);
	closedir(reviews);
	judge_free(j);
	lexicon_free(lexicon);
	problem_list_release(&problems);
	buf_release(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases_that_once_differed),
		cmocka_unit_test(random_cases),
		cmocka_unit_test(a_thousand_entries),
		cmocka_unit_test(more_words_than_two_bytes_number),
		cmocka_unit_test(sentences_of_100000_tokens),
		cmocka_unit_test(real_reviews_under_the_shipped_lexicon),
	};
	return cmocka_run_group_tests_name("differential", tests, NULL, NULL);
}
