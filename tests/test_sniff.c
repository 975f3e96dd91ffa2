/* corpora/sniff: the bytes say what a file is, its name what it should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "corpora/sniff.h"
#include "tests/pack.h"

#define BYTES(s) s, sizeof(s) - 1

static void bytes_and_names(void **state)
{
	(void)state;
	static const struct {
		const char *name, *bytes;
		size_t length;
		enum content_kind kind;
		int what; /* format, or code of the fault */
	} cases[] = {
		/* text is what nothing else is */
		{"", BYTES(""), CONTENT_WHOLE, MEMBER_TEXT},
		{"a", BYTES("A child died."), CONTENT_WHOLE, MEMBER_TEXT},
		{"a.txt", BYTES("{\"a\": 1}\n{\"a\": 2}\n"), CONTENT_WHOLE, MEMBER_TEXT},
		{"a.TXT", BYTES("id,text\n"), CONTENT_WHOLE, MEMBER_TEXT},
		{"a", BYTES("[Page 1] A child"), CONTENT_WHOLE, MEMBER_TEXT},
		{"a", BYTES("{braces} in prose"), CONTENT_WHOLE, MEMBER_TEXT},
		{"a", BYTES("\xFF\xFE" "a\0b\0"), CONTENT_WHOLE, MEMBER_TEXT},
		{"a", BYTES("\xFE\xFF" "\0a\0b"), CONTENT_WHOLE, MEMBER_TEXT},
		{"a", BYTES("caf\xE9"), CONTENT_WHOLE, MEMBER_TEXT},
		{"a", BYTES("a\0b"), CONTENT_OTHER, FAULT_NOT_TEXT},
		/* compressed and packed */
		{"a", BYTES("\x1F\x8B\x08\0"), CONTENT_GZIP, 0},
		{"a.gz", BYTES("\x1F\x8B"), CONTENT_GZIP, 0},
		{"a.tgz", BYTES("\x1F\x8B"), CONTENT_GZIP, 0},
		{"a.gz", BYTES("\x1F"), CONTENT_MISLABELLED, FAULT_TRUNCATED},
		{"a.gz", BYTES(""), CONTENT_MISLABELLED, FAULT_TRUNCATED},
		{"a.gz", BYTES("text"), CONTENT_MISLABELLED, FAULT_MISLABELLED},
		{"a.gz", BYTES("\x28\xB5\x2F\xFD...."), CONTENT_MISLABELLED, FAULT_MISLABELLED},
		{"a.txt", BYTES("\x1F\x8B\x08\0"), CONTENT_MISLABELLED, FAULT_MISLABELLED},
		{"a.csv", BYTES("PK\3\4............"), CONTENT_MISLABELLED, FAULT_MISLABELLED},
		{"a.zst", BYTES("\x28\xB5\x2F\xFD"), CONTENT_ZSTD, 0},
		{"a", BYTES("\x5A\x2A\x4D\x18\0\0\0\0"), CONTENT_ZSTD, 0},
		{"a.xz", BYTES("\xFD" "7zXZ\0"), CONTENT_XZ, 0},
		{"a.bz2", BYTES("BZh9\x31\x41\x59\x26\x53\x59"), CONTENT_BZIP2, 0},
		{"a.bz2", BYTES("BZh9\x31\x41"), CONTENT_MISLABELLED, FAULT_TRUNCATED},
		{"a", BYTES("BZhang is a name"), CONTENT_WHOLE, MEMBER_TEXT},
		{"a", BYTES("PK\3\4"), CONTENT_ZIP, 0},
		{"a.zip", BYTES("PK\5\6"), CONTENT_ZIP, 0},
		{"a.zip", BYTES("PK\7\x8PK\3\4"), CONTENT_MISLABELLED, FAULT_UNSUPPORTED},
		{"a.zip", BYTES("PK00PK\3\4"), CONTENT_ZIP, 0},
		{"a", BYTES("PK\7\x8PK\3\4"), CONTENT_OTHER, FAULT_NOT_TEXT},
		{"a.tar", BYTES("short"), CONTENT_MISLABELLED, FAULT_TRUNCATED},
		/* records */
		{"a.jsonl", BYTES("{}"), CONTENT_RECORDS, MEMBER_JSON_RECORD},
		{"a.ndjson", BYTES("not json at all"), CONTENT_RECORDS, MEMBER_JSON_RECORD},
		{"", BYTES("{\"a\": {\"b\": \"}\\\"\"}}\r\n{\"a\":2}\n"), CONTENT_RECORDS, MEMBER_JSON_RECORD},
		{"a.json", BYTES("\xEF\xBB\xBF\n{\"a\":1}\n{\"a\":2}\n"), CONTENT_RECORDS, MEMBER_JSON_RECORD},
		{"a.json", BYTES("{\n \"a\":1\n}\n"), CONTENT_WHOLE, MEMBER_JSON},
		{"a.json", BYTES("[{\"a\":1}]"), CONTENT_WHOLE, MEMBER_JSON},
		{"", BYTES("{\n \"a\":1\n}\n"), CONTENT_WHOLE, MEMBER_JSON},
		{"", BYTES("[\n {\"a\":1}]"), CONTENT_WHOLE, MEMBER_JSON},
		{"a.csv", BYTES("a;b\n"), CONTENT_RECORDS, MEMBER_CSV_RECORD},
		{"a.tab", BYTES("a\tb\n"), CONTENT_RECORDS, MEMBER_TSV_RECORD},
		{"", BYTES("id,text\n1,x\n"), CONTENT_RECORDS, MEMBER_CSV_RECORD},
		{"", BYTES("\xEF\xBB\xBF" "Published\tReview Text\tBody\r\n"), CONTENT_RECORDS, MEMBER_TSV_RECORD},
		{"", BYTES("The text, which is long, says so.\n"), CONTENT_WHOLE, MEMBER_TEXT},
		{"", BYTES("Dear all,\n"), CONTENT_WHOLE, MEMBER_TEXT},
		{"a.csv", BYTES("\xFF\xFEi\0d\0"), CONTENT_OTHER, FAULT_UNSUPPORTED},
		/* documents */
		{"", BYTES("  <!DOCTYPE HTML>"), CONTENT_WHOLE, MEMBER_HTML},
		{"a.txt", BYTES("<html>"), CONTENT_WHOLE, MEMBER_HTML},
		{"a.htm", BYTES("<p>x"), CONTENT_WHOLE, MEMBER_HTML},
		{"", BYTES("<?xml version='1.0'?>\n<html xmlns=''>"), CONTENT_WHOLE, MEMBER_HTML},
		{"", BYTES("<?xml version='1.0'?>\n<rss>"), CONTENT_OTHER, FAULT_NOT_TEXT},
		{"", BYTES("%PDF-1.7"), CONTENT_WHOLE, MEMBER_PDF},
		{"a.pdf", BYTES("\n\n%PDF-1.7"), CONTENT_WHOLE, MEMBER_PDF},
		{"a.pdf", BYTES("text"), CONTENT_MISLABELLED, FAULT_MISLABELLED},
		{"a.txt", BYTES("%PDF-1.7"), CONTENT_MISLABELLED, FAULT_MISLABELLED},
		{"a.docx", BYTES("PK\3\4"), CONTENT_WHOLE, MEMBER_DOCX},
		{"a.odt", BYTES("PK\3\4"), CONTENT_WHOLE, MEMBER_ODT},
		{"a.docx", BYTES("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), CONTENT_MISLABELLED, FAULT_ENCRYPTED},
		{"a.docx", BYTES("<html>"), CONTENT_MISLABELLED, FAULT_MISLABELLED},
		/* neither */
		{"a.doc", BYTES("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), CONTENT_OTHER, FAULT_NOT_TEXT},
		{"a.rtf", BYTES("{\\rtf1"), CONTENT_OTHER, FAULT_NOT_TEXT},
		{"a.png", BYTES("\x89PNG\r\n\x1a\n"), CONTENT_OTHER, FAULT_NOT_TEXT},
		{"a.7z", BYTES("7z\xBC\xAF\x27\x1C"), CONTENT_OTHER, FAULT_NOT_TEXT},
		{"._a.txt", BYTES("\0\5\x16\7"), CONTENT_METADATA, 0},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fault fault = {0};
		struct content c = sniff(cases[i].name, (const unsigned char *)cases[i].bytes, cases[i].length, true, &fault);
		if (c.kind != cases[i].kind)
			print_error("case %zu, name '%s'\n", i, cases[i].name);
		assert_int_equal(c.kind, cases[i].kind);
		if (c.kind == CONTENT_RECORDS || c.kind == CONTENT_WHOLE)
			assert_int_equal(c.format, cases[i].what);
		if (c.kind == CONTENT_OTHER || c.kind == CONTENT_MISLABELLED) {
			assert_int_equal(fault.code, cases[i].what);
			assert_true(fault.message[0]);
		}
	}
}

static void delimiters(void **state)
{
	(void)state;
	static const struct {
		const char *row;
		char delimiter;
	} cases[] = {{"a,b\n;;;;", ','}, {"a;b;c,d\n", ';'}, {"\"a,b,c\";d\n", ';'}, {"a|b\n", '|'}, {"a\tb\n", '\t'}, {"alone\n", ','}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fault fault;
		struct content c = sniff("a.csv", (const unsigned char *)cases[i].row, strlen(cases[i].row), true, &fault);
		assert_int_equal(c.delimiter, cases[i].delimiter);
	}
}

static void tar_by_its_first_header(void **state)
{
	(void)state;
	struct buf tar = BUF_INIT;
	struct fault fault;
	pack_tar_file(&tar, "a.txt", "x", 1);
	assert_int_equal(sniff("", (unsigned char *)tar.data, tar.length, true, &fault).kind, CONTENT_TAR);
	assert_int_equal(sniff("a.tar", (unsigned char *)tar.data, tar.length, true, &fault).kind, CONTENT_TAR);
	assert_int_equal(sniff("a.txt", (unsigned char *)tar.data, tar.length, true, &fault).kind, CONTENT_MISLABELLED);
	tar.data[0] ^= 1; /* the sum is wrong now */
	assert_int_equal(sniff("", (unsigned char *)tar.data, tar.length, true, &fault).kind, CONTENT_OTHER);
	assert_int_equal(sniff("a.tar", (unsigned char *)tar.data, tar.length, true, &fault).kind, CONTENT_MISLABELLED);
	buf_release(&tar);
}

static void names_of_what_is_inside(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{"a.txt.gz", "a.txt"}, {"d/a.TGZ", "d/a.tar"}, {"a.tbz2", "a.tar"}, {"a.txz", "a.tar"}, {"a.tzst", "a.tar"},
		{"a.jsonl.zst", "a.jsonl"}, {"a.bgz", "a"}, {"a.zip", "a.zip"}, {"a", "a"}, {"", ""}, {".gz", ".gz"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char inner[64];
		sniff_inner_name(inner, cases[i][0]);
		assert_string_equal(inner, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_and_names),
		cmocka_unit_test(delimiters),
		cmocka_unit_test(tar_by_its_first_header),
		cmocka_unit_test(names_of_what_is_inside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
