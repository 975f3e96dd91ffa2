/* Members as documents: text, JSON and CSV records, what is skipped and how it is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "corpora/document.h"

static struct document_reader *reader;
static struct document d;
static struct fault fault;

static int setup(void **state)
{
	(void)state;
	struct document_options options = DOCUMENT_OPTIONS_DEFAULT;
	reader = document_reader_new(&options);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	document_reader_free(reader);
	return 0;
}

static void begin(enum member_format format, const void *bytes, size_t length)
{
	struct member m = {.name = "a/b.txt", .file_name = "a/b.txt", .bytes = bytes, .length = length, .format = format, .first_line = 1};
	if (format == MEMBER_JSON_RECORD) {
		m.record = 3;
		m.first_line = 5;
		m.offset = 1000;
	}
	document_begin(reader, &m);
}
#define BEGIN(format, literal) begin(format, literal, sizeof(literal) - 1)

static void gives(const char *text)
{
	memset(&d, 0xAA, sizeof d);
	assert_int_equal(document_next(reader, &d, &fault), DOCUMENT_OK);
	assert_int_equal(d.length, strlen(text));
	assert_memory_equal(d.text, text, d.length);
}

static void skips(enum fault_code code, const char *part)
{
	assert_int_equal(document_next(reader, &d, &fault), DOCUMENT_SKIPPED);
	assert_int_equal(fault.code, code);
	assert_string_equal(fault.member, "a/b.txt");
	if (!strstr(fault.message, part))
		fail_msg("\"%s\" does not say \"%s\"", fault.message, part);
}

static void ends(void)
{
	assert_int_equal(document_next(reader, &d, &fault), DOCUMENT_END);
	assert_int_equal(document_next(reader, &d, &fault), DOCUMENT_END);
}

static void plain_text(void **state)
{
	(void)state;
	static const char bytes[] = "Child A was two.\nIt\xE2\x80\x99s so.";
	BEGIN(MEMBER_TEXT, bytes);
	gives(bytes);
	assert_ptr_equal(d.text, bytes);
	assert_int_equal(d.offset, 0);
	assert_int_equal(d.first_line, 1);
	assert_null(d.map);
	assert_null(d.id);
	assert_null(d.date);
	assert_null(d.converter);
	assert_string_equal(d.encoding, "utf-8");
	assert_int_equal(document_origin(&d, 7), 7);
	ends();
	BEGIN(MEMBER_TEXT, "");
	gives("");
	ends();
}

static void origins_are_the_members(void **state)
{
	(void)state;
	BEGIN(MEMBER_TEXT, "\xEF\xBB\xBFneglect");
	gives("neglect");
	assert_int_equal(d.offset, 3);
	assert_int_equal(document_origin(&d, 0), 3);
	BEGIN(MEMBER_TEXT, "\xEF\xBB\xBF" "a\0neglect");
	gives("a\xEF\xBF\xBDneglect");
	assert_int_equal(d.replaced, 1);
	assert_int_equal(document_origin(&d, 4), 5);
	BEGIN(MEMBER_TEXT, "caf\xE9 \x93neglect\x94");
	gives("café “neglect”");
	assert_string_equal(d.encoding, "windows-1252");
	assert_int_equal(document_origin(&d, 9), 6);
	BEGIN(MEMBER_TEXT, "\xEF\xBB\xBFit\xC3\xA2\xE2\x82\xAC\xE2\x84\xA2s neglect");
	gives("it’s neglect");
	assert_int_equal(d.repaired, 1);
	assert_int_equal(document_origin(&d, 7), 3 + 12);
	BEGIN(MEMBER_TEXT, "\xFF\xFEn\0e\0");
	gives("ne");
	assert_int_equal(document_origin(&d, 1), 4);
}

static void what_is_no_text(void **state)
{
	(void)state;
	BEGIN(MEMBER_TEXT, "a\0b\0c\0d\0");
	skips(FAULT_NOT_TEXT, "UTF-16");
	ends();
	BEGIN(MEMBER_TEXT, "\x01\x02\x03\x04");
	skips(FAULT_NOT_TEXT, "control characters");
	BEGIN(MEMBER_TEXT, "{\\rtf1 words");
	skips(FAULT_NOT_TEXT, "rich text");
	BEGIN(MEMBER_TEXT, "%!PS-Adobe");
	skips(FAULT_NOT_TEXT, "PostScript");
}

static void json_records(void **state)
{
	(void)state;
	BEGIN(MEMBER_JSON_RECORD, "{\"id\":\"r\\u0031\",\"published\":\"2014\",\"title\":\"Child A\",\"text\":\"It\\u2019s\\nso\"}\n");
	gives("It’s\nso");
	assert_string_equal(d.id, "r1");
	assert_string_equal(d.date, "2014");
	assert_string_equal(d.title, "Child A");
	assert_string_equal(d.converter, "json");
	assert_int_equal(d.record, 3);
	assert_int_equal(d.offset, 0);
	assert_int_equal(d.first_line, 1);
	ends();
	BEGIN(MEMBER_JSON_RECORD, "\xEF\xBB\xBF{\"text\":\"a\"}");
	gives("a");
	ends();
	BEGIN(MEMBER_JSON_RECORD, "{\"text\":\"a\\u0000b \xC3\xA2\xE2\x82\xAC\xE2\x84\xA2\"}");
	gives("a\xEF\xBF\xBD" "b ’");
	assert_int_equal(d.replaced, 1);
	assert_int_equal(d.repaired, 1);
	ends();
	BEGIN(MEMBER_JSON_RECORD, " \r\n");
	ends();
}

static void bad_json_records_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *json, *part;
		uint64_t offset;
	} cases[] = {
		{"{\"text\":\"a", "record 3: not valid JSON: it ends too early", 1010}, {"{\"text\":\"a\"} {\"text\":\"b\"}", "more than one value", 1012},
		{"{\"text\":\"\\ud800\"}", "bad escape", 1009},      {"{\"text\":\"a\",\"text\":\"b\"}", "twice", 1000},
		{"{\"text\":\"caf\xE9\"}", "not valid UTF-8", 1012}, {"[{\"text\":\"a\"}]", "an array", 1000},
		{"{\"note\":\"a\"}", "--text-field", 1000},           {"\"text\"", "no object", 1000},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		begin(MEMBER_JSON_RECORD, cases[i].json, strlen(cases[i].json));
		skips(FAULT_RECORD, cases[i].part);
		assert_int_equal(fault.line, 5);
		assert_int_equal(fault.offset, cases[i].offset);
		ends();
	}
	BEGIN(MEMBER_JSON_RECORD, "{\"text\":\"\\u0001\\u0001\\u0001\"}");
	skips(FAULT_NOT_TEXT, "control characters");
	ends();
}

static void json_arrays(void **state)
{
	(void)state;
	BEGIN(MEMBER_JSON, "[\n{\"text\":\"one\"},\n{\"nothing\":1},\n{\"text\":\"three\"}\n,{\"text\":]");
	gives("one");
	assert_int_equal(d.record, 1);
	skips(FAULT_RECORD, "element 2: no text");
	assert_int_equal(fault.line, 3);
	gives("three");
	assert_int_equal(d.record, 3);
	skips(FAULT_RECORD, "the rest of the file was not read");
	assert_int_equal(fault.line, 5);
	ends();
	BEGIN(MEMBER_JSON, "{\"text\":\"one\"}");
	gives("one");
	ends();
	BEGIN(MEMBER_JSON, "[]");
	ends();
}

static void a_record_over_the_limit(void **state)
{
	(void)state;
	size_t length = (64u << 20) + 1;
	char *json = mem_alloc(length);
	memset(json, ' ', length);
	memcpy(json, "{\"text\":\"a\"", 11);
	json[length - 1] = '}';
	begin(MEMBER_JSON_RECORD, json, length);
	skips(FAULT_LIMIT, "64 MiB");
	ends();
	begin(MEMBER_JSON, json, length);
	skips(FAULT_LIMIT, "64 MiB");
	ends();
	json[length - 1] = ' ';
	json[length - 2] = '}';
	begin(MEMBER_JSON_RECORD, json, length - 1);
	gives("a");
	ends();
	free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text),
		cmocka_unit_test(origins_are_the_members),
		cmocka_unit_test(what_is_no_text),
		cmocka_unit_test(json_records),
		cmocka_unit_test(bad_json_records_are_named),
		cmocka_unit_test(json_arrays),
		cmocka_unit_test(a_record_over_the_limit),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
