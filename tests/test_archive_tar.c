/* corpora/unpack_tar: every kind of header, and what is refused because two programs could read it in two ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/pack.h"
#include "tests/transcript.h"

#define B "member name=b.txt file=b.txt format=0 [beta]\n"

static void end_with_b(struct buf *tar)
{
	pack_tar_file(tar, "b.txt", "beta", 4);
	pack_tar_end(tar);
}

/* Computes the sum of the header at `at` again, after it was changed. */
static void sum_again(struct buf *tar, size_t at, bool with_sign)
{
	char *h = tar->data + at;
	memset(h + 148, ' ', 8);
	int sum = 0;
	for (int i = 0; i < 512; i++)
		sum += with_sign ? (signed char)h[i] : (unsigned char)h[i];
	char text[16];
	snprintf(text, sizeof text, "%06o", (unsigned)sum);
	memcpy(h + 148, text, 7);
}

static void pax_record(struct buf *out, const char *key, const char *value)
{
	size_t length = strlen(key) + strlen(value) + 3, digits = 1;
	while (snprintf(NULL, 0, "%zu", length + digits) > (int)digits)
		digits++;
	buf_printf(out, "%zu %s=%s\n", length + digits, key, value);
}

static void names_of_every_form(void **state)
{
	(void)state;
	struct buf tar = BUF_INIT, pax = BUF_INIT;
	/* ustar's prefix */
	pack_tar_file(&tar, "a.txt", "1", 1);
	memcpy(tar.data + 345, "some/folder", 11);
	sum_again(&tar, 0, false);
	/* GNU's long name, with a long link that belongs to nothing here */
	char name[300];
	memset(name, 'n', sizeof name);
	strcpy(name + 290, ".txt");
	pack_tar_entry(&tar, "././@LongLink", 'K', 5, "link");
	pack_tar_entry(&tar, "././@LongLink", 'L', strlen(name) + 1, name);
	pack_tar_file(&tar, "nnnn", "2", 1);
	/* pax, which goes before it; a global header that says nothing of names */
	pax_record(&pax, "comment", "global");
	pack_tar_entry(&tar, "g", 'g', pax.length, pax.data);
	buf_clear(&pax);
	pax_record(&pax, "mtime", "1.5");
	pax_record(&pax, "path", "d/ä\n.txt");
	pax_record(&pax, "size", "3");
	pack_tar_entry(&tar, "././@LongLink", 'L', 4, "not");
	pack_tar_entry(&tar, "x", 'x', pax.length, pax.data);
	pack_tar_file(&tar, "y", "333", 3);
	/* 100 bytes without a NUL; a name that is no UTF-8; path tricks; a v7 header with a sum of signed bytes */
	memset(name, 'l', 100);
	name[100] = '\0';
	pack_tar_file(&tar, name, "4", 1);
	pack_tar_file(&tar, "../../etc/\xFFpasswd\x1b[2J", "5", 1);
	size_t at = tar.length;
	pack_tar_file(&tar, "v7\xE9.txt", "6", 1);
	memset(tar.data + at + 257, 0, 8);
	sum_again(&tar, at, true);
	end_with_b(&tar);
	struct buf expected = BUF_INIT;
	char long_name[300];
	memset(long_name, 'n', sizeof long_name);
	strcpy(long_name + 290, ".txt");
	buf_printf(&expected, "member name=some/folder/a.txt file=some/folder/a.txt format=0 [1]\n");
	buf_printf(&expected, "member name=%s file=%s format=0 [2]\n", long_name, long_name);
	buf_printf(&expected, "member name=d/ä\\x0a.txt file=d/ä\\x0a.txt format=0 [333]\n");
	buf_printf(&expected, "member name=%s file=%s format=0 [4]\n", name, name);
	buf_printf(&expected, "member name=../../etc/\\xffpasswd\\x1b[2J file=../../etc/\\xffpasswd\\x1b[2J format=0 [5]\n");
	buf_printf(&expected, "member name=v7\\xe9.txt file=v7\\xe9.txt format=0 [6]\n" B "sealed\n");
	expect_transcript("a.tar", &tar, expected.data);
	buf_release(&tar);
	buf_release(&pax);
	buf_release(&expected);
}

static void numbers_of_every_form(void **state)
{
	(void)state;
	static const struct {
		const char *field;
		const char *expected;
	} cases[] = {
		{"00000000004", "member name=a.txt file=a.txt format=0 [text]\n" B "sealed\n"},
		{"         4 \0", "member name=a.txt file=a.txt format=0 [text]\n" B "sealed\n"},
		{"\x80\0\0\0\0\0\0\0\0\0\0\4", "member name=a.txt file=a.txt format=0 [text]\n" B "sealed\n"},
		{"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFC", "refused corrupt\n"}, /* negative */
		{"\x80\0\0\1\0\0\0\0\0\0\0\4", "refused corrupt\n"},                       /* over 2^64 */
		{"\x80\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "refused corrupt\n"},       /* nearly 2^64 */
		{"0000000000x", "refused corrupt\n"},
		{"0000000-004", "refused corrupt\n"},
		{"00077777777", "refused truncated\n"},
		{"77777777777", "refused truncated\n"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf tar = BUF_INIT;
		pack_tar_file(&tar, "a.txt", "text", 4);
		memcpy(tar.data + 124, cases[i].field, 12);
		sum_again(&tar, 0, false);
		end_with_b(&tar);
		struct buf found = BUF_INIT;
		struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
		limits.member_bytes = UINT64_MAX / 2;
		transcribe_bytes("a.tar", tar.data, tar.length, false, &limits, &found);
		assert_string_equal(found.data, cases[i].expected);
		buf_release(&found);
		buf_release(&tar);
	}
}

static void what_is_no_file_is_skipped_and_named(void **state)
{
	(void)state;
	static const char types[] = {'1', '2', '3', '4', '6', 'V', 'M', 'N', 'S', 'A', 'Z', '?'};
	for (size_t i = 0; i < sizeof types; i++) {
		struct buf tar = BUF_INIT;
		bool data = types[i] > '6' && types[i] != 'V';
		pack_tar_entry(&tar, "a", types[i], data ? 4 : 0, data ? "text" : NULL);
		end_with_b(&tar);
		expect_transcript("a.tar", &tar, "skipped a unsupported\n" B "sealed\n");
		buf_release(&tar);
	}
	/* folders are no loss; a contiguous file is a file; so is one of type NUL, unless its name ends in a slash */
	struct buf tar = BUF_INIT;
	pack_tar_entry(&tar, "d/", '5', 0, NULL);
	pack_tar_entry(&tar, "e/", '\0', 0, NULL);
	pack_tar_entry(&tar, "7.txt", '7', 1, "x");
	pack_tar_entry(&tar, "0.txt", '\0', 1, "y");
	end_with_b(&tar);
	expect_transcript("a.tar", &tar,
	                  "member name=7.txt file=7.txt format=0 [x]\nmember name=0.txt file=0.txt format=0 [y]\n" B "sealed\n");
	buf_release(&tar);
}

static void sparse_files_are_skipped_and_named(void **state)
{
	(void)state;
	struct buf tar = BUF_INIT, pax = BUF_INIT;
	/* old GNU form: the map goes on in two blocks */
	pack_tar_entry(&tar, "s.txt", 'S', 4, NULL);
	tar.data[482] = 1;
	sum_again(&tar, 0, false);
	char map[512] = {0};
	map[504] = 1;
	buf_append(&tar, map, 512);
	map[504] = 0;
	buf_append(&tar, map, 512);
	buf_append(&tar, "text", 4);
	buf_append(&tar, map, 508);
	pax_record(&pax, "GNU.sparse.major", "1");
	pax_record(&pax, "GNU.sparse.minor", "0");
	pack_tar_entry(&tar, "x", 'x', pax.length, pax.data);
	pack_tar_file(&tar, "p.txt", "text", 4);
	end_with_b(&tar);
	expect_transcript("a.tar", &tar, "skipped s.txt unsupported\nskipped p.txt unsupported\n" B "sealed\n");
	buf_release(&tar);
	buf_release(&pax);
}

static void two_readings_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		char type;
	} with_data[] = {{"a", '1'}, {"a", '2'}, {"a", '5'}, {"a/", '0'}, {"a/", '\0'}, {"a", '6'}};
	struct buf tar = BUF_INIT;
	for (size_t i = 0; i < sizeof with_data / sizeof *with_data; i++) {
		tar.length = 0;
		pack_tar_entry(&tar, with_data[i].name, with_data[i].type, 4, "text");
		end_with_b(&tar);
		expect_transcript("a.tar", &tar, "refused corrupt\n");
	}
	/* a lone zero block, a second archive after the end, something in the padding of the end */
	char zeros[512] = {0};
	tar.length = 0;
	pack_tar_file(&tar, "b.txt", "beta", 4);
	buf_append(&tar, zeros, 512);
	end_with_b(&tar);
	expect_transcript("a.tar", &tar, B "refused corrupt\n");
	tar.length = 0;
	end_with_b(&tar);
	end_with_b(&tar);
	expect_transcript("a.tar", &tar, B "refused trailing\n");
	tar.length = 0;
	end_with_b(&tar);
	buf_append(&tar, zeros, 500);
	expect_transcript("a.tar", &tar, B "sealed\n");
	buf_append(&tar, "x", 1);
	expect_transcript("a.tar", &tar, B "refused trailing\n");
	/* an extended header without an entry */
	tar.length = 0;
	pack_tar_entry(&tar, "././@LongLink", 'L', 4, "name");
	pack_tar_end(&tar);
	expect_transcript("a.tar", &tar, "refused corrupt\n");
	buf_release(&tar);
}

static void pax_records_must_add_up(void **state)
{
	(void)state;
	static const char *const records[] = {
		"8 path=a\n", "11 path=a\n", "path=a\n", " 10 path=a\n", "10 pathaa\n", "10 path=aa", "99999999999999999999 path=a\n",
		"-10 path=a\n", "3 \n", "12 size=4x\n\n", "11 size=4x\n", "0 path=a\n", "10 path=ab\n5 x\n",
	};
	struct buf tar = BUF_INIT;
	for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
		tar.length = 0;
		pack_tar_entry(&tar, "x", 'x', strlen(records[i]), records[i]);
		end_with_b(&tar);
		expect_transcript("a.tar", &tar, "refused corrupt\n");
	}
	/* global names and sizes */
	struct buf pax = BUF_INIT;
	static const char *const keys[] = {"path", "size", "GNU.sparse.size"};
	for (size_t i = 0; i < 3; i++) {
		tar.length = 0;
		buf_clear(&pax);
		pax_record(&pax, keys[i], "4");
		pack_tar_entry(&tar, "g", 'g', pax.length, pax.data);
		end_with_b(&tar);
		expect_transcript("a.tar", &tar, "refused corrupt\n");
	}
	buf_release(&tar);
	buf_release(&pax);
}

static void cut_anywhere_is_refused(void **state)
{
	(void)state;
	struct buf tar = BUF_INIT;
	end_with_b(&tar);
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	for (size_t n = 0; n < tar.length; n++) {
		struct buf found = BUF_INIT;
		transcribe_bytes("a.tar", tar.data, n, n % 2, &limits, &found);
		assert_non_null(strstr(found.data, "refused truncated\n"));
		assert_null(strstr(found.data, "sealed"));
		buf_release(&found);
	}
	buf_release(&tar);
}

static void wrong_sums_are_refused(void **state)
{
	(void)state;
	struct buf tar = BUF_INIT;
	pack_tar_file(&tar, "a.txt", "text", 4);
	size_t second = tar.length;
	end_with_b(&tar);
	tar.data[second] ^= 1;
	expect_transcript("a.tar", &tar, "member name=a.txt file=a.txt format=0 [text]\nrefused checksum\n");
	buf_release(&tar);
}

static void empty_archives_have_no_member(void **state)
{
	(void)state;
	struct buf tar = BUF_INIT, gz = BUF_INIT;
	pack_tar_end(&tar);
	expect_transcript("a.tar", &tar, "sealed\n");
	pack_gzip(&gz, tar.data, tar.length, 6);
	expect_transcript("a.tgz", &gz, "sealed\n");
	expect_transcript("", &tar, "skipped  not-text\nsealed\n"); /* zeros without a name are nothing known */
	buf_release(&tar);
	buf_release(&gz);
}

static void damage_inside_is_damage_of_the_whole(void **state)
{
	(void)state;
	struct buf inner = BUF_INIT, tar = BUF_INIT;
	pack_gzip(&inner, "inner", 5, 6);
	pack_tar_file(&tar, "b.txt", "beta", 4);
	pack_tar_file(&tar, "c.txt.gz", inner.data, inner.length);
	pack_tar_end(&tar);
	expect_transcript("a.tar", &tar, B "member name=c.txt.gz file=c.txt format=0 [inner]\nsealed\n");
	tar.length = 0;
	inner.data[inner.length - 5] ^= 1;
	pack_tar_file(&tar, "b.txt", "beta", 4);
	pack_tar_file(&tar, "c.txt.gz", inner.data, inner.length);
	pack_tar_end(&tar);
	expect_transcript("a.tar", &tar, B "refused checksum\n");
	/* a wrong name costs that member only */
	tar.length = 0;
	pack_tar_file(&tar, "c.txt.gz", "plain", 5);
	end_with_b(&tar);
	expect_transcript("a.tar", &tar, "skipped c.txt.gz mislabelled\n" B "sealed\n");
	buf_release(&inner);
	buf_release(&tar);
}

static void the_remarks_of_macos_are_passed_over(void **state)
{
	(void)state;
	struct buf tar = BUF_INIT;
	pack_tar_file(&tar, "d/._b.txt", "\0\5\26\7\0\2\0\0Mac OS X", 16);
	pack_tar_file(&tar, "d/b.txt", "\0\5\26\7\0\2\0\0Mac OS X", 16);
	pack_tar_end(&tar);
	expect_transcript("a.tar", &tar, "skipped d/b.txt not-text\nsealed\n");
	buf_release(&tar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_every_form),
		cmocka_unit_test(numbers_of_every_form),
		cmocka_unit_test(what_is_no_file_is_skipped_and_named),
		cmocka_unit_test(sparse_files_are_skipped_and_named),
		cmocka_unit_test(two_readings_are_refused),
		cmocka_unit_test(pax_records_must_add_up),
		cmocka_unit_test(cut_anywhere_is_refused),
		cmocka_unit_test(wrong_sums_are_refused),
		cmocka_unit_test(empty_archives_have_no_member),
		cmocka_unit_test(damage_inside_is_damage_of_the_whole),
		cmocka_unit_test(the_remarks_of_macos_are_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
