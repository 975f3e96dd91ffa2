/* corpora/unpack_records over files much longer than any window, and what is said of rows that cannot be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "corpora/archive_private.h"
#include "tests/pack.h"
#include "tests/transcript.h"

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

struct expected {
	size_t start, length;
	uint64_t line;
};

/* Records of very different lengths, some longer than a window is at first. rows: CSV with line ends inside quotes. */
static size_t make(struct buf *out, bool rows, struct expected *records, size_t count)
{
	uint32_t seed = rows ? 1 : 2;
	uint64_t line = 1;
	if (rows) {
		buf_append_str(out, "id,text\n");
		line++;
	}
	for (size_t i = 0; i < count; i++) {
		size_t length = i % 100 == 50 ? 300000 : next_random(&seed) % 3000;
		records[i] = (struct expected){out->length, 0, line};
		buf_printf(out, rows ? "%zu,\"" : "{\"id\":%zu,\"text\":\"", i);
		for (size_t k = 0; k < length; k++) {
			char c = "etaoin shrdlu"[next_random(&seed) % 13];
			if (rows && next_random(&seed) % 100 == 0) {
				c = '\n';
				line++;
			}
			buf_append_char(out, c);
			if (rows && next_random(&seed) % 50 == 0)
				buf_append_str(out, "\"\"");
		}
		buf_append_str(out, rows ? "\"" : "\"}");
		records[i].length = out->length - records[i].start;
		buf_append_str(out, i % 3 ? "\n" : "\r\n");
		line++;
		if (i % 7 == 0) {
			buf_append_str(out, " \n");
			line++;
		}
	}
	return count;
}

static void expect_records(const char *name, const struct buf *file, const struct buf *plain, const struct expected *records, size_t count)
{
	static const size_t read_sizes[] = {1000, 65536, 1 << 20};
	for (size_t i = 0; i < sizeof read_sizes / sizeof *read_sizes; i++) {
		struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
		limits.read_bytes = read_sizes[i];
		struct archive *a = archive_open_memory(name, file->data, file->length, i == 1, &limits);
		struct member m;
		struct fault f;
		for (size_t k = 0; k < count; k++) {
			assert_int_equal(archive_next(a, &m, &f), ARCHIVE_MEMBER);
			assert_int_equal(m.record, k + 1);
			assert_int_equal(m.first_line, records[k].line);
			assert_int_equal(m.offset, records[k].start);
			assert_int_equal(m.length, records[k].length);
			assert_memory_equal(m.bytes, plain->data + records[k].start, m.length);
		}
		assert_int_equal(archive_next(a, &m, &f), ARCHIVE_SEALED);
		assert_int_equal(archive_next(a, &m, &f), ARCHIVE_END);
		assert_int_equal(archive_account(a)->decoded_bytes, plain->length);
		archive_close(a);
	}
}

static void long_files(void **state)
{
	(void)state;
	enum { COUNT = 600 };
	static struct expected records[COUNT];
	for (int rows = 0; rows < 2; rows++) {
		struct buf plain = BUF_INIT, gz = BUF_INIT;
		make(&plain, rows, records, COUNT);
		pack_gzip(&gz, plain.data, plain.length, 1);
		expect_records(rows ? "a.csv" : "a.jsonl", &plain, &plain, records, COUNT);
		expect_records(rows ? "a.csv.gz" : "a.jsonl.gz", &gz, &plain, records, COUNT);
		buf_release(&plain);
		buf_release(&gz);
	}
}

/* One line of several megabytes is one record until the limit, and is no worse to read than many. */
static void a_line_as_long_as_the_limit(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	buf_append_str(&b, "{\"a\":\"");
	while (b.length < 4u << 20)
		buf_append_str(&b, "0123456789abcdef");
	buf_append_str(&b, "\"}");
	for (size_t over = 0; over < 2; over++) {
		struct buf found = BUF_INIT;
		limits.record_bytes = b.length - over;
		transcribe_bytes("a.jsonl", b.data, b.length, false, &limits, &found);
		assert_int_equal(strcmp(found.data + found.length - 7, "sealed\n") == 0, !over);
		if (over)
			assert_string_equal(found.data, "refused limit\n");
		buf_release(&found);
	}
	buf_release(&b);
}

/* A line of two million quoted fields takes as long as two million lines do, not the square of it. */
static void a_row_of_very_many_fields(void **state)
{
	(void)state;
	struct buf b = BUF_INIT, found = BUF_INIT;
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	buf_append_str(&b, "text\n");
	for (int i = 0; i < 2000000; i++)
		buf_append_str(&b, "\"a\",");
	buf_append_str(&b, "\"a\nb\"\n1\n");
	transcribe_bytes("a.csv", b.data, b.length, false, &limits, &found);
	assert_non_null(strstr(found.data, "record=2 line=4 "));
	buf_release(&b);
	buf_release(&found);
}

static void rows_that_cannot_be_read_are_named(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	struct member m;
	struct fault f;
	static const char rows[] = "id,text\n1,a\n2,b\0c\n3,d\n4,\"e\n5,f\n";
	buf_append(&b, rows, sizeof rows - 1);
	struct archive *a = archive_open_memory("a.csv", b.data, b.length, false, &limits);
	assert_int_equal(archive_next(a, &m, &f), ARCHIVE_MEMBER);
	assert_int_equal(archive_next(a, &m, &f), ARCHIVE_SKIPPED);
	assert_int_equal(f.code, FAULT_NOT_TEXT);
	assert_int_equal(f.line, 3);
	assert_int_equal(f.offset, 15);
	assert_int_equal(archive_next(a, &m, &f), ARCHIVE_MEMBER);
	assert_int_equal(m.record, 3); /* the skipped one has its number */
	assert_int_equal(archive_next(a, &m, &f), ARCHIVE_SKIPPED);
	assert_int_equal(f.code, FAULT_RECORD);
	assert_int_equal(f.line, 5);
	assert_int_equal(f.offset, 22);
	assert_int_equal(archive_next(a, &m, &f), ARCHIVE_SEALED);
	archive_close(a);
	buf_release(&b);
}

/* Otherwise it would be a header without rows, and nothing would be said. */
static void old_line_ends_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *file, *found;
	} files[] = {
		{"text,date\rneglect,2015\rabuse,2016\r", "skipped  record\nsealed\n"},
		{"text,\"the\rdate\"\r\r\nneglect,2015\n", "member name= file=a.csv format=2 record=1 line=2 offset=18 header=text,\"the\rdate\"\r [neglect,2015]\nsealed\n"},
		{"text,date\r\n", "sealed\n"},
	};
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct buf found = BUF_INIT;
		transcribe_bytes("a.csv", files[i].file, strlen(files[i].file), false, &limits, &found);
		assert_string_equal(found.data, files[i].found);
		buf_release(&found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_files),
		cmocka_unit_test(a_line_as_long_as_the_limit),
		cmocka_unit_test(a_row_of_very_many_fields),
		cmocka_unit_test(rows_that_cannot_be_read_are_named),
		cmocka_unit_test(old_line_ends_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
