/* Bytes to text: valid UTF-8 without NUL or a refusal, positions that never fall and end at the end, one answer from every scanner. */
#include <string.h>

#include "base/utf8.h"
#include "corpora/text.h"
#include "tests/fuzz/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void same(const struct text_scan *a, const struct text_scan *b, size_t length)
{
	if (a->valid != b->valid || a->controls != b->controls || a->nuls != b->nuls || (a->valid == length && a->latin != b->latin))
		property_fails("the scanners agree");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct text_scan plain, fast;
	text_scan_plain(bytes, length, &plain);
	if (text_scan_avx2(bytes, length, &fast))
		same(&plain, &fast, length);
	if (text_scan_avx512(bytes, length, &fast))
		same(&plain, &fast, length);

	struct text t = {0};
	if (text_decode(&t, bytes, length) == TEXT_OK) {
		if (utf8_valid_prefix(t.bytes, t.length) != t.length || (t.length && memchr(t.bytes, 0, t.length)))
			property_fails("text is valid UTF-8 without NUL");
		size_t last = 0, step = t.length / 512 + 1;
		for (size_t at = 0; at < t.length; at += step) {
			size_t origin = text_origin(&t, at);
			if (origin < last || origin >= length)
				property_fails("positions never fall");
			last = origin;
		}
		if (text_origin(&t, t.length) != length)
			property_fails("the end of the text is the end of the member");
	}
	text_release(&t);
	return 0;
}
