/* A header line and a row: the text is that of a plain splitter, byte by byte. */
#include <string.h>

#include "corpora/convert.h"
#include "tests/fuzz/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* The rule of convert_csv.c. Field `wanted` (1-based) goes to out; returns the number of fields, 0 if the row is badly quoted. */
static size_t split(const uint8_t *p, size_t length, size_t wanted, struct buf *out)
{
	size_t fields = 0, at = 0;
	for (;;) {
		fields++;
		if (at < length && p[at] == '"') {
			for (at++;; at++) {
				if (at >= length)
					return 0;
				if (p[at] == '"') {
					at++;
					if (at >= length || p[at] != '"')
						break;
				}
				if (fields == wanted)
					buf_append_char(out, (char)p[at]);
			}
			if (at < length && p[at] != ',')
				return 0;
		} else {
			for (; at < length && p[at] != ','; at++)
				if (fields == wanted)
					buf_append_char(out, (char)p[at]);
		}
		if (at >= length)
			return fields;
		at++;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const char header[] = "id,\"text\", Date ";
	struct document_options options = DOCUMENT_OPTIONS_DEFAULT;
	struct field_names names;
	field_names_init(&names, &options);
	struct csv_reader csv = {0};
	struct record record = {0};
	struct complaint complaint = {0};
	struct member m = {.name = "", .file_name = "", .bytes = bytes, .length = length, .format = MEMBER_CSV_RECORD, .delimiter = ',',
	                   .header = (const unsigned char *)header, .header_length = sizeof header - 1};
	bool good = csv_read(&csv, &names, &m, &record, &complaint);
	struct buf text = BUF_INIT;
	if (good != (split(bytes, length, 2, &text) == 3))
		property_fails("the verdict is the plain splitter's");
	if (good && (record.length[FIELD_TEXT] != text.length || (text.length && memcmp(record.value[FIELD_TEXT], text.data, text.length) != 0)))
		property_fails("the text is the plain splitter's");
	buf_release(&text);
	/* and the bytes as a header: whatever it says, nothing is read outside it */
	m.header = bytes;
	m.header_length = length;
	csv_read(&csv, &names, &m, &record, &complaint);
	record_release(&record);
	csv_release(&csv);
	return 0;
}
