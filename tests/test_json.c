/* The JSON record reader, with jansson as judge of what is JSON and of what its strings say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/utf8.h"
#include "corpora/convert.h"

static struct field_names names;

static int setup(void **state)
{
	(void)state;
	struct document_options options = DOCUMENT_OPTIONS_DEFAULT;
	field_names_init(&names, &options);
	return 0;
}

/* Reads the first record, then on to the end of its array; from memory of exactly its size. Broken if anything is, or follows. */
static enum json_status read_one(const char *json, size_t length, struct record *record, struct complaint *complaint)
{
	unsigned char *copy = malloc(length ? length : 1);
	memcpy(copy, json, length);
	struct json_reader j;
	json_begin(&j, copy, length);
	enum json_status status = json_next(&j, &names, record, complaint);
	if (status == JSON_RECORD && record->found[FIELD_TEXT]) { /* what points into the copy must not outlive it */
		struct buf keep = BUF_INIT;
		buf_append(&keep, record->value[FIELD_TEXT], record->length[FIELD_TEXT]);
		buf_release(&record->store[FIELD_TEXT]);
		record->store[FIELD_TEXT] = keep;
		record->value[FIELD_TEXT] = keep.data;
	}
	struct record other = {0};
	struct complaint later = {0};
	enum json_status next = status;
	while (next != JSON_BROKEN && next != JSON_END && j.in_array)
		next = json_next(&j, &names, &other, &later);
	record_release(&other);
	if (next == JSON_BROKEN || (status != JSON_END && !json_at_end(&j)))
		status = JSON_BROKEN;
	free(copy);
	return status;
}

/* Same verdict as jansson, and the same text. */
static void judge(const char *json, size_t length)
{
	struct record record = {0};
	struct complaint complaint = {0};
	if (utf8_valid_prefix(json, length) != length)
		return;
	enum json_status status = read_one(json, length, &record, &complaint);
	json_error_t error;
	json_t *root = json_loadb(json, length, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
	bool theirs = root != NULL, mine = status == JSON_RECORD || status == JSON_SKIPPED;
	bool theirs_only = !theirs && (json_error_code(&error) == json_error_numeric_overflow || json_error_code(&error) == json_error_null_byte_in_key);
	if (!theirs && json_error_code(&error) == json_error_end_of_input_expected && memchr(json, ']', length))
		mine = theirs; /* several arrays one after another are good here */
	if (status == JSON_END) /* nothing at all: to us an empty file of records */
		mine = theirs;
	if (mine != theirs && !theirs_only && json_error_code(&error) != json_error_stack_overflow)
		fail_msg("%.*s: %s here (%s), %s to jansson (%s)", (int)length, json, mine ? "good" : "bad", complaint.what, theirs ? "good" : "bad",
		         theirs ? "" : error.text);
	json_t *text = json_object_get(root, "text");
	if (status == JSON_RECORD && json_is_string(text) && record.found[FIELD_TEXT]) {
		assert_int_equal(record.length[FIELD_TEXT], json_string_length(text));
		assert_memory_equal(record.value[FIELD_TEXT], json_string_value(text), json_string_length(text));
	}
	json_decref(root);
	record_release(&record);
}

static const char *const texts[] = {
	"{}", "{\"text\":\"a\"}", " {\"text\" : \"a\" , \"date\":2014 } ", "{\"text\":\"\"}", "{\"text\":null}", "{\"text\":[\"a\"]}",
	"{\"text\":\"a\",}", "{,\"text\":\"a\"}", "{\"text\" \"a\"}", "{\"text\":}", "{\"text\"}", "{text:\"a\"}", "{'text':'a'}", "{\"text\":\"a\"",
	"{\"text\":\"a", "{\"text\":\"a\\", "{\"text\":\"a\\\"", "{", "}", "[", "]", "[]", "[1,]", "[,1]", "[1 2]", "{\"a\":[1,2,{\"b\":[]}],\"text\":\"x\"}",
	"{\"a\":[1,2,{\"b\":[}],\"text\":\"x\"}", "{\"a\":[1,2}", "{\"a\":{\"b\":1]}", "{\"a\":tru}", "{\"a\":true,\"b\":false,\"c\":null}", "{\"a\":True}",
	"{\"a\":nullx}", "{\"a\":NaN}", "{\"a\":Infinity}", "{\"a\":-Infinity}", "{\"a\":0}", "{\"a\":-0}", "{\"a\":-}", "{\"a\":+1}", "{\"a\":01}",
	"{\"a\":-01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":1.5e3}", "{\"a\":1e}", "{\"a\":1e+}", "{\"a\":1E-7}", "{\"a\":0x10}", "{\"a\":1_000}", "{\"a\":0e1}",
	"{\"a\":1.0.0}", "{\"a\":--1}", "{\"a\":99999999999999999999999999}", "{\"a\":1e999}", "{\"a\":-1e999999999999}",
	"{\"text\":\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"}", "{\"text\":\"\\ud83d\"}", "{\"text\":\"\\ude00\"}", "{\"text\":\"\\ud83d\\u0041\"}",
	"{\"text\":\"\\ud83dx\"}", "{\"text\":\"\\ude00\\ud83d\"}", "{\"text\":\"\\ud83d\\ud83d\"}", "{\"text\":\"\\u00\"}", "{\"text\":\"\\u00zz\"}",
	"{\"text\":\"\\u\"}", "{\"text\":\"\\U0041\"}", "{\"text\":\"\\x41\"}", "{\"text\":\"\\a\"}", "{\"text\":\"\\'\"}", "{\"text\":\"\\\n\"}",
	"{\"text\":\"\\n\\t\\r\\b\\f\\/\\\\\\\"\"}", "{\"text\":\"a\nb\"}", "{\"text\":\"a\tb\"}", "{\"text\":\"\x7F\"}", "{\"text\":\"\\u0000\"}",
	"{\"text\":\"caf\xC3\xA9 \xE2\x80\xA8 \xF0\x9F\x98\x80\"}", "{\"t\\u0065xt\":\"a\"}", "{\"text\":\"a\"}x", "{\"text\":\"a\"} {}", "{\"text\":\"a\"}]", "\"text\"",
	"1", "null", "", "   ", "\xEF\xBB\xBF{}", "{\"text\":\"a\"/**/}", "{\"text\":\"a\"}//", "{\"a\":1 \"b\":2}", "{\"a\":\"b\":\"c\"}", "{1:2}", "{\"a\",\"b\"}",
	"[{\"text\":\"a\"}]", "{\"\":\"\"}", "{\"a\":\"\"\"\"}", "{\v\"a\":1}", "{\f}", "\xC2\xA0{}", "{\"a\":1}\x0B",
	"{\"text\":\"sixteen bytes are a block, and this goes over the edge of several of them, so \\\"quoted\\\" and\\nmore \\u2019 of it\"}",
};

static void verdicts_are_janssons(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		judge(texts[i], strlen(texts[i]));
	judge("{\"text\":\"a\0b\"}", 14);
	judge("{\"text\":\"a\"}\0", 13);
	judge("{\"te\0xt\":\"a\"}", 13);
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Each of the texts, damaged in up to three places, and cut. */
static void verdicts_are_janssons_when_damaged(void **state)
{
	(void)state;
	static const char pool[] = "{}[]:,\"\\/bfnrtu0123456789abcdefABCDEF+-.eE \t\n\r\x01'xtrue";
	uint32_t seed = 11;
	char text[300];
	for (int round = 0; round < 60000; round++) {
		const char *from = texts[next_random(&seed) % (sizeof texts / sizeof *texts)];
		size_t length = strlen(from);
		memcpy(text, from, length);
		for (uint32_t times = next_random(&seed) % 4; times && length; times--) {
			size_t at = next_random(&seed) % length;
			char c = pool[next_random(&seed) % (sizeof pool - 1)];
			switch (next_random(&seed) % 4) {
			case 0:
				text[at] = c;
				break;
			case 1:
				memmove(text + at, text + at + 1, --length - at);
				break;
			case 2:
				memmove(text + at + 1, text + at, length++ - at);
				text[at] = c;
				break;
			default:
				length = at;
			}
		}
		judge(text, length);
	}
}

static void every_cut_is_broken(void **state)
{
	(void)state;
	static const char whole[] = "{\"id\":[{\"a\":1.5e3},\"\\ud83d\\ude00\"],\"text\":\"it\\u2019s\",\"date\":\"2014\"}";
	for (size_t length = 1; length < sizeof whole - 1; length++) {
		struct record record = {0};
		struct complaint complaint = {0};
		assert_int_equal(read_one(whole, length, &record, &complaint), JSON_BROKEN);
		assert_int_equal(complaint.code, FAULT_RECORD);
		assert_true(complaint.what[0] && complaint.at <= length);
		record_release(&record);
	}
}

static char *nested(unsigned depth, const char *open, const char *close)
{
	struct buf b = BUF_INIT;
	buf_append_str(&b, "{\"text\":\"x\",\"a\":");
	for (unsigned i = 0; i < depth; i++)
		buf_append_str(&b, open);
	buf_append_str(&b, "1");
	for (unsigned i = 0; i < depth; i++)
		buf_append_str(&b, close);
	buf_append_str(&b, "}");
	return buf_detach(&b);
}

static void nesting_has_a_limit(void **state)
{
	(void)state;
	static const struct {
		unsigned depth;
		enum json_status status;
	} cases[] = {{0, JSON_RECORD}, {63, JSON_RECORD}, {64, JSON_BROKEN}, {65, JSON_BROKEN}, {100000, JSON_BROKEN}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int object = 0; object < 2; object++) {
			char *json = nested(cases[i].depth, object ? "{\"k\":" : "[", object ? "}" : "]");
			struct record record = {0};
			struct complaint complaint = {0};
			assert_int_equal(read_one(json, strlen(json), &record, &complaint), cases[i].status);
			if (cases[i].status == JSON_BROKEN)
				assert_int_equal(complaint.code, FAULT_LIMIT);
			record_release(&record);
			free(json);
		}
}

static void takes(const char *json, const char *text, const char *date, const char *id)
{
	const char *wanted[] = {text, date, id};
	struct record record = {0};
	struct complaint complaint = {0};
	struct json_reader j;
	json_begin(&j, (const unsigned char *)json, strlen(json));
	assert_int_equal(json_next(&j, &names, &record, &complaint), JSON_RECORD);
	for (unsigned f = 0; f < 3; f++) {
		assert_int_equal(record.found[f], wanted[f] != NULL);
		if (wanted[f]) {
			assert_int_equal(record.length[f], strlen(wanted[f]));
			assert_memory_equal(record.value[f], wanted[f], record.length[f]);
		}
	}
	record_release(&record);
}

static void usual_fields(void **state)
{
	(void)state;
	takes("{\"text\":\"t\",\"date\":\"2014-05\",\"id\":\"r1\"}", "t", "2014-05", "r1");
	takes("{\"body\":\"b\",\"year\":2014,\"id\":7}", "b", "2014", "7");
	takes("{\"content\":\"c\",\"body\":\"b\"}", "b", NULL, NULL);
	takes("{\"Text\":\"t\",\"Published\":\"May 2014\"}", "t", "May 2014", NULL);
	takes("{\"text\":null,\"content\":\"c\",\"date\":null,\"year\":\"\",\"timestamp\":1400000000}", "c", "2014-05-13", NULL);
	takes("{\"text\":\"t\",\"timestamp\":1400000000000}", "t", "2014-05-13", NULL);
	takes("{\"text\":\"t\",\"date\":\"1400000000\"}", "t", "1400000000", NULL);
	takes("{\"text\":\"t\",\"date\":20140513}", "t", "20140513", NULL);
	takes("{\"a\":{\"text\":\"inner\",\"text\":\"inner\"},\"text\":\"outer\"}", "outer", NULL, NULL);
	takes("{\"text\":\"\"}", "", NULL, NULL);
	takes("{\"text\":\"t\",\"note\":1,\"note\":2}", "t", NULL, NULL);
}

static void complains(const char *json, enum fault_code code, const char *part)
{
	struct record record = {0};
	struct complaint complaint = {0};
	struct json_reader j;
	json_begin(&j, (const unsigned char *)json, strlen(json));
	assert_int_equal(json_next(&j, &names, &record, &complaint), JSON_SKIPPED);
	assert_int_equal(complaint.code, code);
	assert_non_null(strstr(complaint.what, part));
	record_release(&record);
}

static void records_without_one_text(void **state)
{
	(void)state;
	complains("{\"note\":\"x\"}", FAULT_RECORD, "--text-field");
	complains("{\"text\":5}", FAULT_RECORD, "no string");
	complains("{\"text\":[\"x\"]}", FAULT_RECORD, "no string");
	complains("{\"text\":\"a\",\"text\":\"a\"}", FAULT_RECORD, "twice");
	complains("{\"text\":\"a\",\"t\\u0065xt\":\"b\"}", FAULT_RECORD, "twice");
	complains("{\"text\":\"a\",\"Text\":\"b\"}", FAULT_RECORD, "twice");
	complains("{\"text\":\"a\",\"id\":1,\"id\":2}", FAULT_RECORD, "twice");
	complains("7", FAULT_RECORD, "no object");
}

static void named_fields(void **state)
{
	(void)state;
	struct document_options options = DOCUMENT_OPTIONS_DEFAULT;
	options.text_field = "Narrative";
	struct field_names given;
	field_names_init(&given, &options);
	struct record record = {0};
	struct complaint complaint = {0};
	struct json_reader j;
	static const char json[] = "[{\"text\":\"no\",\"Narrative\":\"yes\",\"narrative\":\"no\"},{\"text\":\"no\"}]";
	json_begin(&j, (const unsigned char *)json, sizeof json - 1);
	assert_int_equal(json_next(&j, &given, &record, &complaint), JSON_RECORD);
	assert_memory_equal(record.value[FIELD_TEXT], "yes", 3);
	assert_int_equal(json_next(&j, &given, &record, &complaint), JSON_SKIPPED);
	assert_int_equal(json_next(&j, &given, &record, &complaint), JSON_END);
	record_release(&record);
}

static void arrays_and_sequences(void **state)
{
	(void)state;
	static const char json[] = "[ {\"text\":\"1\"} , 2, {\"x\":[]}, {\"text\":\"4\"} ]\n{\"text\":\"5\"}\n[]\n{\"text\":\"6\"}[{\"text\":\"7\"}] ";
	static const enum json_status expected[] = {JSON_RECORD, JSON_SKIPPED, JSON_SKIPPED, JSON_RECORD, JSON_RECORD, JSON_RECORD, JSON_RECORD, JSON_END, JSON_END};
	struct record record = {0};
	struct complaint complaint = {0};
	struct json_reader j;
	json_begin(&j, (const unsigned char *)json, sizeof json - 1);
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		assert_int_equal(json_next(&j, &names, &record, &complaint), expected[i]);
		if (expected[i] == JSON_RECORD) {
			assert_int_equal(record.value[FIELD_TEXT][0], (int)('1' + i));
			assert_int_equal(j.element, i + 1);
		}
	}
	record_release(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_are_janssons),
		cmocka_unit_test(verdicts_are_janssons_when_damaged),
		cmocka_unit_test(every_cut_is_broken),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(usual_fields),
		cmocka_unit_test(records_without_one_text),
		cmocka_unit_test(named_fields),
		cmocka_unit_test(arrays_and_sequences),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
