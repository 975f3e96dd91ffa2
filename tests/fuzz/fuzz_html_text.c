/* A page through the HTML converter: valid UTF-8 without NUL, or a reason. */
#include <string.h>

#include "base/utf8.h"
#include "corpora/sandbox.h"
#include "tests/fuzz/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct conversion c = {0};
	convert_html(bytes, length, &c);
	const struct buf *parts[] = {&c.text, &c.title};
	for (int i = 0; i < 2; i++)
		if (parts[i]->length && (utf8_valid_prefix(parts[i]->data, parts[i]->length) != parts[i]->length || memchr(parts[i]->data, 0, parts[i]->length)))
			property_fails("text is valid UTF-8 without NUL");
	if (c.code != FAULT_NONE && (!c.why[0] || c.text.length))
		property_fails("a refusal says why, and gives no text");
	buf_release(&c.text);
	buf_release(&c.title);
	return 0;
}
