/* corpora/archive: what is read from files of each kind, and how each kind of damage ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "corpora/archive.h"
#include "tests/pack.h"
#include "tests/transcript.h"

static void plain_text_is_one_member(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	buf_append_str(&b, "A child died.\n");
	expect_transcript("2012/a.txt", &b, "member name= file=a.txt format=0 [A child died.\n]\nsealed\n");
	expect_transcript("", &b, "member name= file= format=0 [A child died.\n]\nsealed\n");
	buf_clear(&b);
	expect_transcript("empty.txt", &b, "member name= file=empty.txt format=0 []\nsealed\n");
	buf_release(&b);
}

static void gzip_gives_its_text(void **state)
{
	(void)state;
	struct buf gz = BUF_INIT;
	pack_gzip(&gz, "one ", 4, 6);
	expect_transcript("a.txt.gz", &gz, "member name= file=a.txt format=0 [one ]\nsealed\n");
	pack_gzip(&gz, "two", 3, 0);
	expect_transcript("a.txt.gz", &gz, "member name= file=a.txt format=0 [one two]\nsealed\n");
	buf_append(&gz, "\0\0\0", 3);
	expect_transcript("a.txt.gz", &gz, "member name= file=a.txt format=0 [one two]\nsealed\n");
	buf_append(&gz, "x", 1);
	expect_transcript("a.txt.gz", &gz, "refused trailing\n");
	buf_release(&gz);
}

static void gzip_cut_anywhere_is_refused(void **state)
{
	(void)state;
	struct buf gz = BUF_INIT;
	pack_gzip(&gz, "A serious case review.", 22, 9);
	for (size_t n = 0; n < gz.length; n++) {
		struct buf cut = {gz.data, n, 0};
		expect_transcript("a.txt.gz", &cut, "refused truncated\n");
	}
	buf_release(&gz);
}

static void every_flipped_bit_of_a_stored_tar_gz_is_refused_or_harmless(void **state)
{
	(void)state;
	struct buf tar = BUF_INIT, gz = BUF_INIT, whole = BUF_INIT;
	pack_tar_file(&tar, "a.txt", "one\n", 4);
	pack_tar_file(&tar, "b.txt", "two\n", 4);
	pack_tar_end(&tar);
	pack_gzip(&gz, tar.data, tar.length, 0);
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	size_t accepted = 0;
	for (size_t bit = 0; bit <= gz.length * 8; bit++) {
		if (bit)
			gz.data[(bit - 1) / 8] ^= (char)(1 << ((bit - 1) % 8));
		struct buf found = BUF_INIT;
		transcribe_bytes("x.tar.gz", gz.data, gz.length, false, &limits, &found);
		if (!bit) {
			buf_append(&whole, found.data, found.length);
			assert_string_equal(whole.data, "member name=a.txt file=a.txt format=0 [one\n]\n"
			                                "member name=b.txt file=b.txt format=0 [two\n]\nsealed\n");
		} else if (strstr(found.data, "sealed")) {
			accepted++;
			assert_string_equal(found.data, whole.data);
		} else {
			assert_non_null(strstr(found.data, "refused"));
		}
		if (bit)
			gz.data[(bit - 1) / 8] ^= (char)(1 << ((bit - 1) % 8));
		buf_release(&found);
	}
	/* no more than the time, the system, the extra flags, the text flag and the unused bits of stored blocks */
	assert_in_range(accepted, 1, 32 + 8 + 8 + 1 + 5 * 2);
	buf_release(&tar);
	buf_release(&gz);
	buf_release(&whole);
}

static void json_lines_are_records(void **state)
{
	(void)state;
	struct buf b = BUF_INIT, gz = BUF_INIT;
	buf_append_str(&b, "\xEF\xBB\xBF{\"id\":1}\r\n\n{\"id\":2}");
	static const char *const expected = "member name= file=%s format=1 record=1 line=1 offset=3 [{\"id\":1}]\n"
	                                    "member name= file=%s format=1 record=2 line=3 offset=14 [{\"id\":2}]\nsealed\n";
	char text[512];
	snprintf(text, sizeof text, expected, "a.jsonl", "a.jsonl");
	expect_transcript("a.jsonl", &b, text);
	snprintf(text, sizeof text, expected, "", "");
	expect_transcript("", &b, text);
	pack_gzip(&gz, b.data, b.length, 6);
	snprintf(text, sizeof text, expected, "a.jsonl", "a.jsonl");
	expect_transcript("a.jsonl.gz", &gz, text);
	buf_release(&b);
	buf_release(&gz);
}

static void rows_keep_quoted_line_ends(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	buf_append_str(&b, "id,text\r\n1,\"a\n\"\"b\"\"\"\n2,it's 5\" wide\n\n3,c");
	expect_transcript("a.csv", &b,
	       "member name= file=a.csv format=2 record=1 line=2 offset=9 header=id,text [1,\"a\n\"\"b\"\"\"]\n"
	       "member name= file=a.csv format=2 record=2 line=4 offset=21 header=id,text [2,it's 5\" wide]\n"
	       "member name= file=a.csv format=2 record=3 line=6 offset=37 header=id,text [3,c]\nsealed\n");
	buf_clear(&b);
	buf_append_str(&b, "id\ttext\n1\t\"open\n2\tb\n");
	expect_transcript("a.tsv", &b, "skipped  record\nsealed\n");
	buf_release(&b);
}

static void wrong_names_are_refused(void **state)
{
	(void)state;
	struct buf b = BUF_INIT, gz = BUF_INIT;
	buf_append_str(&b, "plain text");
	expect_transcript("a.txt.gz", &b, "refused mislabelled\n");
	expect_transcript("a.tar", &b, "refused truncated\n"); /* shorter than one tar header */
	pack_gzip(&gz, "x", 1, 6);
	expect_transcript("a.txt", &gz, "refused mislabelled\n");
	expect_transcript("a.zip", &gz, "refused mislabelled\n");
	expect_transcript("a", &gz, "member name= file=a format=0 [x]\nsealed\n");
	buf_release(&b);
	buf_release(&gz);
}

static void what_is_no_text_is_skipped_and_named(void **state)
{
	(void)state;
	struct buf b = BUF_INIT, tar = BUF_INIT;
	buf_append(&b, "text\0", 5);
	expect_transcript("a.txt", &b, "skipped  not-text\nsealed\n");
	pack_tar_file(&tar, "p.png", "\x89PNG\r\n\x1a\n....", 12);
	pack_tar_file(&tar, "dir\n/a.txt", "x", 1);
	pack_tar_end(&tar);
	expect_transcript("a.tar", &tar, "skipped p.png not-text\nmember name=dir\\x0a/a.txt file=dir\\x0a/a.txt format=0 [x]\nsealed\n");
	buf_release(&b);
	buf_release(&tar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_is_one_member),
		cmocka_unit_test(gzip_gives_its_text),
		cmocka_unit_test(gzip_cut_anywhere_is_refused),
		cmocka_unit_test(every_flipped_bit_of_a_stored_tar_gz_is_refused_or_harmless),
		cmocka_unit_test(json_lines_are_records),
		cmocka_unit_test(rows_keep_quoted_line_ends),
		cmocka_unit_test(wrong_names_are_refused),
		cmocka_unit_test(what_is_no_text_is_skipped_and_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
