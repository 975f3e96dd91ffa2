/* Members as documents: text, JSON and CSV records, what is skipped and how it is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <csv.h>

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

static void row(enum member_format format, char delimiter, const char *header, const char *bytes)
{
	static char *kept;
	free(kept);
	kept = mem_strdup(bytes); /* of exactly its size, but for the NUL */
	struct member m = {.name = "a/b.txt", .file_name = "a/b.txt", .bytes = (unsigned char *)kept, .length = strlen(bytes), .format = format,
	                   .record = 3, .first_line = 5, .offset = 1000, .header = (const unsigned char *)header, .header_length = strlen(header),
	                   .delimiter = delimiter};
	document_begin(reader, &m);
}

static void csv_rows(void **state)
{
	(void)state;
	row(MEMBER_CSV_RECORD, ',', "id,Date, Text ,Title", "7,2014-05,\"One, \"\"two\"\"\nthree\",caf\xE9");
	gives("One, \"two\"\nthree");
	assert_string_equal(d.id, "7");
	assert_string_equal(d.date, "2014-05");
	assert_string_equal(d.title, "café");
	assert_string_equal(d.converter, "csv");
	assert_int_equal(d.record, 3);
	ends();
	row(MEMBER_CSV_RECORD, ';', "text;note", "it's 5\" long, he said;x");
	gives("it's 5\" long, he said");
	row(MEMBER_TSV_RECORD, '\t', "\"body\"\tid", "caf\xE9\t");
	gives("café");
	assert_null(d.id);
	assert_string_equal(d.encoding, "windows-1252");
	row(MEMBER_CSV_RECORD, ',', "id,text", "1,");
	gives("");
	row(MEMBER_CSV_RECORD, ',', "content,text,body", "c,,b");
	gives("b");
	row(MEMBER_CSV_RECORD, ',', "content,text,body", "c,t,b");
	gives("t");
	row(MEMBER_CSV_RECORD, ',', "text", "one");
	gives("one");
}

static void bad_csv_rows_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *header, *row, *part;
	} cases[] = {
		{"id,text", "1,a,b", "row 3: 3 fields where the header has 2"}, {"id,text", "1", "1 fields"},
		{"id,text", "1,\"a\"b", "quotation mark"},                     {"id,text", "1,\"a", "quotation mark"},
		{"id,note", "1,a", "no column of text"},                       {"text,TEXT", "a,b", "twice"},
		{"id,\"text", "1,a", "header's quotation marks"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		row(MEMBER_CSV_RECORD, ',', cases[i].header, cases[i].row);
		skips(FAULT_RECORD, cases[i].part);
		assert_int_equal(fault.line, 5);
		ends();
	}
	row(MEMBER_CSV_RECORD, ',', "text", "\"\"");
	gives("");
	row(MEMBER_CSV_RECORD, ',', "text", "\"");
	skips(FAULT_RECORD, "quotation mark");
}

struct judged {
	struct buf text; /* of the column wanted */
	size_t column, wanted;
};

static void judged_field(void *bytes, size_t length, void *context)
{
	struct judged *j = context;
	if (++j->column == j->wanted)
		buf_append(&j->text, bytes, length);
}

static void judged_row(int c, void *context)
{
	(void)c, (void)context;
}

/* libcsv gives the same field, for rows that both call well formed. */
static void csv_fields_are_libcsvs(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"a,b,c", ",,", "\"\",\"\",\"\"", "\"a,b\",c,d", "a,\"x\"\"y\",\"\"\"\"", "a,\"\"\"\"\"\",c", "a,\"l1\nl2\r\nl3\",c", "a,b,\"c\"", "1,\",\",3",
		"a,\"\"\"q\"\"\",c",
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t wanted = 1; wanted <= 3; wanted++) {
			struct csv_parser parser;
			struct judged j = {.wanted = wanted};
			assert_int_equal(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI), 0);
			assert_int_equal(csv_parse(&parser, rows[i], strlen(rows[i]), judged_field, judged_row, &j), strlen(rows[i]));
			assert_int_equal(csv_fini(&parser, judged_field, judged_row, &j), 0);
			csv_free(&parser);
			assert_int_equal(j.column, 3);
			row(MEMBER_CSV_RECORD, ',', wanted == 1 ? "text,x,y" : wanted == 2 ? "x,text,y" : "x,y,text", rows[i]);
			gives(j.text.data ? j.text.data : "");
			buf_release(&j.text);
		}
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
		cmocka_unit_test(csv_rows),
		cmocka_unit_test(bad_csv_rows_are_named),
		cmocka_unit_test(csv_fields_are_libcsvs),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
