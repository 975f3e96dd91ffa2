/* XML as the main part of a DOCX, of an ODT or as the package itself (the first byte chooses): valid UTF-8, or a reason. */
#include <string.h>

#include "base/utf8.h"
#include "corpora/sandbox.h"
#include "tests/fuzz/agree.h"
#include "tests/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (!length)
		return 0;
	unsigned kind = *bytes++ & 3;
	length--;
	struct buf package = BUF_INIT;
	if (kind & 2) {
		buf_append(&package, bytes, length);
	} else {
		struct pack_zip z;
		pack_zip_begin(&z, &package);
		pack_zip_add(&z, kind ? "content.xml" : "word/document.xml", bytes, length, 0, 0);
		pack_zip_end(&z, "");
	}
	struct conversion c = {0};
	(kind & 1 ? convert_odt : convert_docx)((const unsigned char *)(package.data ? package.data : ""), package.length, &c);
	if (c.text.length && utf8_valid_prefix(c.text.data, c.text.length) != c.text.length)
		property_fails("text is valid UTF-8");
	if (c.code != FAULT_NONE && (!c.why[0] || c.text.length))
		property_fails("a refusal says why, and gives no text");
	buf_release(&c.text);
	buf_release(&c.title);
	buf_release(&package);
	return 0;
}
