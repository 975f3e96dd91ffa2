/* corpora/unpack_zip: the directory is the truth, and everything that could be read in two ways is refused. */
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

#define A "member name=a.txt file=a.txt format=0 [alpha alpha alpha]\nsealed\n"
#define B "member name=b.txt file=b.txt format=0 [beta]\nsealed\n"

/* a.txt and b.txt, packed by method. */
static void two_entries(struct pack_zip *z, struct buf *out, int method, int flags)
{
	out->length = 0;
	pack_zip_begin(z, out);
	pack_zip_add(z, "a.txt", "alpha alpha alpha", 17, method, flags);
	pack_zip_add(z, "b.txt", "beta", 4, method, flags);
	pack_zip_end(z, "");
}

static void every_method_is_read(void **state)
{
	(void)state;
	static const int methods[] = {0, 8, 12, 93, 95};
	struct buf b = BUF_INIT;
	struct pack_zip z;
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		for (int flags = 0; flags <= 8; flags += 8) {
			two_entries(&z, &b, methods[i], flags);
			expect_transcript("x.zip", &b, A B);
			expect_transcript("", &b, A B);
		}
	}
	buf_release(&b);
}

static void zip64_and_comments_are_read(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct pack_zip z;
	for (int flags = 0; flags <= 8; flags += 8) {
		b.length = 0;
		pack_zip_begin(&z, &b);
		z.zip64 = 1;
		pack_zip_add(&z, "a.txt", "alpha alpha alpha", 17, 8, flags);
		pack_zip_add(&z, "b.txt", "beta", 4, 0, flags);
		pack_zip_end(&z, "a comment");
		expect_transcript("x.zip", &b, A B);
	}
	b.length = 0;
	pack_zip_begin(&z, &b);
	pack_zip_end(&z, "");
	expect_transcript("x.zip", &b, "");
	buf_release(&b);
}

/* A zip made for several parts that fitted into one begins with a mark of its own (APPNOTE 8.5.4). */
static void mark_of_a_single_part_is_read(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct pack_zip z;
	buf_append(&b, "PK00", 4);
	pack_zip_begin(&z, &b);
	z.base = 0; /* offsets count from the mark */
	pack_zip_add(&z, "a.txt", "alpha alpha alpha", 17, 8, 0);
	pack_zip_add(&z, "b.txt", "beta", 4, 0, 0);
	pack_zip_end(&z, "");
	expect_transcript("x.zip", &b, A B);
	expect_transcript("", &b, A B);
	b.data[2] = 7; /* the mark of a real part */
	b.data[3] = 8;
	expect_transcript("x.zip", &b, "refused unsupported\n");
	b.length = 4;
	expect_transcript("x.zip", &b, "refused unsupported\n");
	memcpy(b.data, "PK00", 4);
	expect_transcript("x.zip", &b, "refused truncated\n");
	buf_release(&b);
}

static void cut_anywhere_is_refused(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct pack_zip z;
	for (int zip64 = 0; zip64 < 2; zip64++) {
		b.length = 0;
		pack_zip_begin(&z, &b);
		z.zip64 = zip64;
		pack_zip_add(&z, "a.txt", "alpha alpha alpha", 17, 8, 0);
		pack_zip_end(&z, "the end");
		for (size_t n = 0; n < b.length; n++) {
			struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
			struct buf found = BUF_INIT;
			transcribe_bytes("x.zip", b.data, n, false, &limits, &found);
			assert_int_equal(strncmp(found.data, "refused ", 8), 0);
			assert_null(strchr(found.data, '['));
			buf_release(&found);
		}
	}
	buf_release(&b);
}

/* Nothing that differs from the whole file's text is ever accepted. */
static void every_flipped_bit_is_refused_or_harmless(void **state)
{
	(void)state;
	static const int methods[] = {0, 8, 12, 93, 95};
	struct buf b = BUF_INIT;
	struct pack_zip z;
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
		for (int flags = 0; flags <= 8; flags += 8) {
			two_entries(&z, &b, methods[m], flags);
			/* the codecs have all their bits flipped in test_archive_codecs.c */
			for (size_t bit = 0; bit < b.length * 8; bit += methods[m] <= 8 ? 1 : 5) {
				b.data[bit / 8] ^= (char)(1 << bit % 8);
				struct buf found = BUF_INIT;
				transcribe_bytes("x.zip", b.data, b.length, false, &limits, &found);
				/* each sealed text is one of the two; names have no checksum, but both headers must agree */
				for (const char *p = found.data; (p = strchr(p, '[')); p++)
					assert_true(strncmp(p, "[alpha alpha alpha]\n", 20) == 0 || strncmp(p, "[beta]\n", 7) == 0);
				bool whole = strcmp(found.data, A B) == 0;
				bool told = strstr(found.data, "refused") || strstr(found.data, "skipped");
				assert_true(whole || told);
				buf_release(&found);
				b.data[bit / 8] ^= (char)(1 << bit % 8);
			}
		}
	}
	buf_release(&b);
}

static void poke16(struct buf *b, uint64_t at, unsigned value)
{
	b->data[at] = (char)value;
	b->data[at + 1] = (char)(value >> 8);
}

static void poke32(struct buf *b, uint64_t at, uint32_t value)
{
	poke16(b, at, value & 0xFFFF);
	poke16(b, at + 2, value >> 16);
}

/* Each field of a local header that changes what is read. */
static void local_header_must_agree(void **state)
{
	(void)state;
	static const struct {
		size_t at;
		const char *field;
	} fields[] = {{0, "signature"}, {6, "flags"}, {8, "method"}, {14, "crc"}, {18, "packed"}, {22, "size"}, {30, "name"}};
	struct buf b = BUF_INIT;
	struct pack_zip z;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		two_entries(&z, &b, 8, 0);
		b.data[z.entries[0].local + fields[i].at] ^= 1;
		expect_transcript("x.zip", &b, i == 0 ? "refused mislabelled\n" : "refused corrupt\n" B);
		two_entries(&z, &b, 8, 0);
		b.data[z.entries[1].local + fields[i].at] ^= 1;
		expect_transcript("x.zip", &b, A "refused corrupt\n");
	}
	buf_release(&b);
}

static void wrong_checksums_and_sizes_are_refused(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct pack_zip z;
	for (int method = 0; method <= 8; method += 8) {
		two_entries(&z, &b, method, 0);
		/* the same wrong value in both headers, off by one */
		poke32(&b, z.entries[0].local + 14, z.entries[0].crc + 1);
		poke32(&b, z.entries[0].record + 16, z.entries[0].crc + 1);
		expect_transcript("x.zip", &b, "refused checksum\n" B);
		two_entries(&z, &b, method, 0);
		poke32(&b, z.entries[1].local + 22, 5);
		poke32(&b, z.entries[1].record + 24, 5);
		expect_transcript("x.zip", &b, A "refused checksum\n");
		two_entries(&z, &b, method, 0);
		poke32(&b, z.entries[1].local + 22, 3);
		poke32(&b, z.entries[1].record + 24, 3);
		expect_transcript("x.zip", &b, A "refused checksum\n");
	}
	buf_release(&b);
}

static void wrong_descriptors_are_refused(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct pack_zip z;
	for (uint64_t i = 4; i < 16; i++) {
		two_entries(&z, &b, 8, 8);
		b.data[z.entries[1].local - 16 + i] ^= 1;
		expect_transcript("x.zip", &b, "refused corrupt\n" B);
	}
	buf_release(&b);
}

static void overlapping_entries_are_refused(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct pack_zip z;
	/* two records for one local header */
	two_entries(&z, &b, 8, 0);
	poke32(&b, z.entries[1].record + 42, 0);
	expect_transcript("x.zip", &b, "refused corrupt\n");
	/* by one byte, by the declared size */
	two_entries(&z, &b, 0, 0);
	poke32(&b, z.entries[0].record + 20, 18);
	poke32(&b, z.entries[0].record + 24, 18);
	expect_transcript("x.zip", &b, "refused corrupt\n");
	/* by one byte, hidden in the length of the local extra field: both entries are in doubt */
	two_entries(&z, &b, 0, 0);
	poke16(&b, z.entries[0].local + 28, 1);
	expect_transcript("x.zip", &b, "refused corrupt\nrefused corrupt\n");
	/* into the directory */
	two_entries(&z, &b, 0, 0);
	poke32(&b, z.entries[1].record + 20, 5);
	poke32(&b, z.entries[1].record + 24, 5);
	expect_transcript("x.zip", &b, "refused corrupt\n");
	/* many entries that each contain the next, as the known overlap bombs do */
	b.length = 0;
	pack_zip_begin(&z, &b);
	for (int i = 0; i < 10; i++)
		pack_zip_add(&z, "z", "zzzzzzzz", 8, 0, 0);
	pack_zip_end(&z, "");
	for (size_t i = 0; i < z.count; i++) {
		poke32(&b, z.entries[i].record + 20, (uint32_t)(z.directory - z.entries[i].local - 31));
		poke32(&b, z.entries[i].record + 24, (uint32_t)(z.directory - z.entries[i].local - 31));
	}
	expect_transcript("x.zip", &b, "refused corrupt\n");
	buf_release(&b);
}

static void second_readings_are_refused(void **state)
{
	(void)state;
	struct buf b = BUF_INIT, c = BUF_INIT;
	struct pack_zip z;
	/* a comment that is an end record itself */
	two_entries(&z, &b, 8, 0);
	buf_append(&c, b.data + z.end, b.length - z.end);
	poke16(&b, z.end + 20, 22);
	buf_append(&b, c.data, c.length);
	expect_transcript("x.zip", &b, "refused corrupt\n");
	/* or that could be taken for one by a program that does not check lengths */
	b.length = z.end + 22;
	buf_append_str(&b, "PK\005\006 and eighteen bytes");
	poke16(&b, z.end + 20, (unsigned)(b.length - z.end - 22));
	expect_transcript("x.zip", &b, "refused corrupt\n");
	/* something after the end */
	two_entries(&z, &b, 8, 0);
	buf_append_str(&b, "x");
	expect_transcript("x.zip", &b, "refused trailing\n");
	/* a second directory between the first one and its end record */
	two_entries(&z, &b, 8, 0);
	poke32(&b, z.end + 12, (uint32_t)(z.end - z.directory - 1));
	expect_transcript("x.zip", &b, "refused corrupt\n");
	/* fewer records than there are */
	two_entries(&z, &b, 8, 0);
	poke16(&b, z.end + 8, 1);
	poke16(&b, z.end + 10, 1);
	expect_transcript("x.zip", &b, "refused corrupt\n");
	/* room within the zip64 end record, in which a second directory would find its place */
	b.length = 0;
	pack_zip_begin(&z, &b);
	z.zip64 = 1;
	pack_zip_add(&z, "a.txt", "alpha alpha alpha", 17, 8, 0);
	pack_zip_end(&z, "");
	buf_clear(&c);
	buf_append(&c, b.data, z.end - 20);
	buf_append_str(&c, "what programs read in different ways");
	poke32(&c, z.end - 76 + 4, (uint32_t)(44 + c.length - (z.end - 20)));
	buf_append(&c, b.data + z.end - 20, b.length - z.end + 20);
	expect_transcript("x.zip", &c, "refused corrupt\n");
	/* something before the beginning: offsets count from the wrong place */
	b.length = 0;
	pack_zip_begin(&z, &b);
	z.base = 0;
	buf_append(&b, "PK\003\004 a stub", 11);
	z.base = b.length;
	pack_zip_add(&z, "a.txt", "alpha", 5, 0, 0);
	pack_zip_end(&z, "");
	expect_transcript("x.zip", &b, "refused corrupt\n");
	buf_release(&b);
	buf_release(&c);
}

static void bytes_of_no_entry_are_reported(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct pack_zip z;
	two_entries(&z, &b, 8, 0);
	/* an entry that is there but not in the directory */
	b.length = 0;
	pack_zip_begin(&z, &b);
	pack_zip_add(&z, "a.txt", "alpha alpha alpha", 17, 8, 0);
	pack_zip_add(&z, "hidden.txt", "hidden", 6, 8, 0);
	z.count--;
	pack_zip_add(&z, "b.txt", "beta", 4, 8, 0);
	pack_zip_end(&z, "");
	expect_transcript("x.zip", &b, A "refused trailing\n" B);
	/* a sound prefix, offsets adjusted */
	b.length = 0;
	pack_zip_begin(&z, &b);
	buf_append(&b, "PK\003\004 a stub", 11);
	pack_zip_add(&z, "b.txt", "beta", 4, 8, 0);
	pack_zip_end(&z, "");
	expect_transcript("x.zip", &b, "refused trailing\n" B);
	buf_release(&b);
}

static void what_cannot_be_read_is_refused_by_code(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct pack_zip z;
	static const struct {
		int method, flags;
		const char *expected;
	} cases[] = {{8, 1, "refused encrypted\n" B},  {8, 65, "refused encrypted\n" B}, {99, 0, "refused encrypted\n" B},
	             {9, 0, "refused unsupported\n" B}, {14, 0, "refused unsupported\n" B}, {8, 32, "refused unsupported\n" B}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		b.length = 0;
		pack_zip_begin(&z, &b);
		pack_zip_add(&z, "a.txt", "alpha", 5, cases[i].method, cases[i].flags);
		pack_zip_add(&z, "b.txt", "beta", 4, 0, 0);
		pack_zip_end(&z, "");
		expect_transcript("x.zip", &b, cases[i].expected);
	}
	/* a part of a split zip */
	two_entries(&z, &b, 8, 0);
	poke16(&b, z.end + 4, 1);
	expect_transcript("x.zip", &b, "refused unsupported\n");
	/* a link, a folder, a folder with data */
	b.length = 0;
	pack_zip_begin(&z, &b);
	pack_zip_add(&z, "link", "/etc/passwd", 11, 0, 0)->attributes = 0120777u << 16;
	pack_zip_add(&z, "folder/", "", 0, 0, 0);
	pack_zip_add(&z, "false/", "x", 1, 0, 0);
	pack_zip_add(&z, "b.txt", "beta", 4, 0, 0);
	pack_zip_end(&z, "");
	expect_transcript("x.zip", &b, "skipped link unsupported\nsealed\nrefused corrupt\n" B);
	buf_release(&b);
}

static void data_must_end_where_it_says(void **state)
{
	(void)state;
	struct buf b = BUF_INIT, data = BUF_INIT;
	struct pack_zip z;
	/* a deflate stream with a byte after its end, or one byte short, stored under method 8 */
	for (int extra = -1; extra <= 1; extra += 2) {
		data.length = b.length = 0;
		pack_deflate(&data, "alpha", 5, 0);
		if (extra > 0)
			buf_append_char(&data, 'x');
		else
			data.length--;
		pack_zip_begin(&z, &b);
		struct pack_entry *e = pack_zip_add(&z, "a.txt", data.data, data.length, 0, 0);
		e->method = 8;
		e->size = 5;
		e->crc = 0;
		poke16(&b, e->local + 8, 8);
		poke32(&b, e->local + 22, 5);
		poke32(&b, e->local + 14, 0);
		pack_zip_add(&z, "b.txt", "beta", 4, 0, 0);
		pack_zip_end(&z, "");
		expect_transcript("x.zip", &b, extra > 0 ? "refused trailing\n" B : "refused truncated\n" B);
	}
	buf_release(&b);
	buf_release(&data);
}

static void archives_inside_are_read(void **state)
{
	(void)state;
	struct buf b = BUF_INIT, inner = BUF_INIT, tar = BUF_INIT;
	struct pack_zip z;
	pack_gzip(&inner, "inside", 6, 6);
	pack_zip_begin(&z, &b);
	pack_zip_add(&z, "d/a.txt.gz", inner.data, inner.length, 0, 0);
	inner.length = 0;
	buf_append_str(&inner, "{\"id\":1}\n{\"id\":2}\n");
	pack_zip_add(&z, "b.jsonl", inner.data, inner.length, 8, 0);
	pack_zip_end(&z, "");
	expect_transcript("x.zip", &b,
	                  "member name=d/a.txt.gz file=d/a.txt format=0 [inside]\nsealed\n"
	                  "member name=b.jsonl file=b.jsonl format=1 record=1 line=1 offset=0 [{\"id\":1}]\n"
	                  "member name=b.jsonl file=b.jsonl format=1 record=2 line=2 offset=9 [{\"id\":2}]\nsealed\n");
	/* a damaged inner archive is the damage of its entry */
	b.data[z.entries[0].local + 30 + 10] ^= 1; /* not the CRC of the zip alone: it is seen first */
	expect_transcript("x.zip", &b,
	                  "refused checksum\n"
	                  "member name=b.jsonl file=b.jsonl format=1 record=1 line=1 offset=0 [{\"id\":1}]\n"
	                  "member name=b.jsonl file=b.jsonl format=1 record=2 line=2 offset=9 [{\"id\":2}]\nsealed\n");
	/* a zip inside a tar belongs to the tar's unit */
	two_entries(&z, &b, 8, 0);
	pack_tar_file(&tar, "c.zip", b.data, b.length);
	pack_tar_file(&tar, "d.txt", "delta", 5);
	pack_tar_end(&tar);
	expect_transcript("x.tar", &tar,
	                  "member name=c.zip/a.txt file=c.zip/a.txt format=0 [alpha alpha alpha]\n"
	                  "member name=c.zip/b.txt file=c.zip/b.txt format=0 [beta]\n"
	                  "member name=d.txt file=d.txt format=0 [delta]\nsealed\n");
	tar.length = 0;
	b.data[z.entries[1].local + 14] ^= 1;
	pack_tar_file(&tar, "c.zip", b.data, b.length);
	pack_tar_end(&tar);
	expect_transcript("x.tar", &tar, "member name=c.zip/a.txt file=c.zip/a.txt format=0 [alpha alpha alpha]\nrefused corrupt\n");
	/* three deep */
	inner.length = 0;
	two_entries(&z, &b, 8, 0);
	tar.length = 0;
	pack_tar_file(&tar, "c.zip", b.data, b.length);
	pack_tar_end(&tar);
	pack_gzip(&inner, tar.data, tar.length, 6);
	expect_transcript("x.tar.gz", &inner, "refused limit\n");
	buf_release(&b);
	buf_release(&inner);
	buf_release(&tar);
}

static void office_documents_are_known_by_their_parts(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct pack_zip z;
	static const struct {
		const char *first, *content, *second, *name;
		const char *expected;
	} cases[] = {
		{"[Content_Types].xml", "x", "word/document.xml", "a.docx", "member name= file=a.docx format=7 ["},
		{"[Content_Types].xml", "x", "word/document.xml", "a", "member name= file=a format=7 ["},
		{"mimetype", "application/vnd.oasis.opendocument.text", "content.xml", "a", "member name= file=a format=8 ["},
		{"[Content_Types].xml", "x", "xl/workbook.xml", "a.xlsx", "skipped  not-text\nsealed\n"},
		{"mimetype", "application/epub+zip", "content.opf", "a.epub", "skipped  not-text\nsealed\n"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		b.length = 0;
		pack_zip_begin(&z, &b);
		pack_zip_add(&z, cases[i].first, cases[i].content, strlen(cases[i].content), 0, 0);
		pack_zip_add(&z, cases[i].second, "text", 4, 8, 0);
		pack_zip_end(&z, "");
		struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
		for (int piped = 0; piped < 2; piped++) {
			struct buf found = BUF_INIT;
			transcribe_bytes(cases[i].name, b.data, b.length, piped, &limits, &found);
			assert_int_equal(strncmp(found.data, cases[i].expected, strlen(cases[i].expected)), 0);
			buf_release(&found);
		}
	}
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_method_is_read),
		cmocka_unit_test(zip64_and_comments_are_read),
		cmocka_unit_test(mark_of_a_single_part_is_read),
		cmocka_unit_test(cut_anywhere_is_refused),
		cmocka_unit_test(every_flipped_bit_is_refused_or_harmless),
		cmocka_unit_test(local_header_must_agree),
		cmocka_unit_test(wrong_checksums_and_sizes_are_refused),
		cmocka_unit_test(wrong_descriptors_are_refused),
		cmocka_unit_test(overlapping_entries_are_refused),
		cmocka_unit_test(second_readings_are_refused),
		cmocka_unit_test(bytes_of_no_entry_are_reported),
		cmocka_unit_test(what_cannot_be_read_is_refused_by_code),
		cmocka_unit_test(data_must_end_where_it_says),
		cmocka_unit_test(archives_inside_are_read),
		cmocka_unit_test(office_documents_are_known_by_their_parts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
