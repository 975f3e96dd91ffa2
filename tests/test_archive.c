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
#include "corpora/archive_private.h"
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

#define RECORDS_OF(file)                                                             \
	"member name= file=" file " format=1 record=1 line=1 offset=3 [{\"id\":1}]\n"  \
	"member name= file=" file " format=1 record=2 line=3 offset=14 [{\"id\":2}]\nsealed\n"

static void json_lines_are_records(void **state)
{
	(void)state;
	struct buf b = BUF_INIT, gz = BUF_INIT;
	buf_append_str(&b, "\xEF\xBB\xBF{\"id\":1}\r\n\n{\"id\":2}");
	expect_transcript("a.jsonl", &b, RECORDS_OF("a.jsonl"));
	expect_transcript("", &b, RECORDS_OF(""));
	pack_gzip(&gz, b.data, b.length, 6);
	expect_transcript("a.jsonl.gz", &gz, RECORDS_OF("a.jsonl"));
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

/* The first byte that cannot be text may be the very last one: the verdict is that of the whole member. */
/* The NULs of UTF-16 are letters. */
static void utf16_is_text(void **state)
{
	(void)state;
	static const char *const marks[] = {"\xFF\xFE", "\xFE\xFF", "\xFF\xFF", "\xFE\xFE"};
	for (int i = 0; i < 4; i++) {
		struct buf b = BUF_INIT;
		struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
		struct member m;
		struct fault f;
		buf_append(&b, marks[i], 2);
		for (int k = 0; k < 40000; k++)
			buf_append(&b, i == 0 ? "a" : "\0a", 2);
		struct archive *a = archive_open_memory("a.txt", b.data, b.length, false, &limits);
		assert_int_equal(archive_next(a, &m, &f), i < 2 ? ARCHIVE_MEMBER : ARCHIVE_SKIPPED);
		assert_int_equal(archive_next(a, &m, &f), ARCHIVE_SEALED);
		archive_close(a);
		buf_release(&b);
	}
}

static void a_nul_anywhere_makes_it_no_text(void **state)
{
	(void)state;
	struct buf b = BUF_INIT, gz = BUF_INIT;
	for (int i = 0; i < 200000; i++)
		buf_append_char(&b, 'a' + i % 26);
	static const size_t places[] = {0, 65535, 65536, 199999};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		char was = b.data[places[i]];
		b.data[places[i]] = '\0';
		gz.length = 0;
		pack_gzip(&gz, b.data, b.length, 6);
		for (int packed = 0; packed < 2; packed++) {
			struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
			const struct buf *file = packed ? &gz : &b;
			limits.read_bytes = 1000;
			struct archive *a = archive_open_memory("a", file->data, file->length, packed, &limits);
			struct member m;
			struct fault f;
			assert_int_equal(archive_next(a, &m, &f), ARCHIVE_SKIPPED);
			assert_int_equal(f.code, FAULT_NOT_TEXT);
			assert_int_equal(f.offset, places[i]);
			assert_int_equal(archive_next(a, &m, &f), ARCHIVE_SEALED);
			archive_close(a);
		}
		b.data[places[i]] = was;
	}
	buf_release(&b);
	buf_release(&gz);
}

/* What is left out anyway may be larger than a member. */
static void pictures_of_any_size_are_passed_over(void **state)
{
	(void)state;
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	limits.member_bytes = 100000;
	struct buf film = BUF_INIT, tar = BUF_INIT, found = BUF_INIT;
	for (int i = 0; i < 200000; i++)
		buf_append_char(&film, (char)(i * 7 % 251 * (i % 100 != 0)));
	pack_tar_file(&tar, "a.mp4", film.data, film.length);
	pack_tar_file(&tar, "b.txt", "beta", 4);
	pack_tar_end(&tar);
	transcribe_bytes("a.tar", tar.data, tar.length, true, &limits, &found);
	assert_string_equal(found.data, "skipped a.mp4 not-text\nmember name=b.txt file=b.txt format=0 [beta]\nsealed\n");
	buf_release(&film);
	buf_release(&tar);
	buf_release(&found);
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
		cmocka_unit_test(utf16_is_text),
		cmocka_unit_test(a_nul_anywhere_makes_it_no_text),
		cmocka_unit_test(pictures_of_any_size_are_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
