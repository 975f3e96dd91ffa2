/* One JSON object: the verdict and the text are jansson's. */
#include <jansson.h>
#include <string.h>

#include "base/utf8.h"
#include "corpora/convert.h"
#include "tests/fuzz/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (utf8_valid_prefix((const char *)bytes, length) != length || (length && memchr(bytes, 0, length)))
		return 0; /* jansson loses a NUL that stands behind a number */
	struct document_options options = DOCUMENT_OPTIONS_DEFAULT;
	struct field_names names;
	field_names_init(&names, &options);
	struct record record = {0};
	struct complaint complaint = {0};
	struct json_reader j;
	json_begin(&j, bytes, length);
	if (json_at_end(&j) || json_at_array(&j)) {
		while (json_next(&j, &names, &record, &complaint) <= JSON_SKIPPED && j.at < length)
			;
		record_release(&record);
		return 0;
	}
	enum json_status status = json_next(&j, &names, &record, &complaint);
	bool good = status != JSON_BROKEN && json_at_end(&j);
	json_error_t error;
	json_t *root = json_loadb((const char *)bytes, length, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
	enum json_error_code code = root ? json_error_unknown : json_error_code(&error);
	bool theirs_only = code == json_error_numeric_overflow || code == json_error_null_byte_in_key; /* jansson's own limits */
	if (good != (root != NULL) && !theirs_only && complaint.code != FAULT_LIMIT)
		property_fails("the verdict is jansson's");
	json_t *text = json_object_get(root, "text");
	if (good && status == JSON_RECORD && json_is_string(text) &&
	    (record.length[FIELD_TEXT] != json_string_length(text) || memcmp(record.value[FIELD_TEXT], json_string_value(text), json_string_length(text)) != 0))
		property_fails("the text is jansson's");
	json_decref(root);
	record_release(&record);
	return 0;
}
