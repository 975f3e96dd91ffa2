/* zip: the bytes as they are, and as a list of changes to a sound zip: place, value, place, value, ... */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/agree.h"
#include "tests/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	archive_agrees("a.zip", bytes, length);
	if (length < 4)
		return 0;
	struct buf zip = BUF_INIT;
	struct pack_zip z;
	pack_zip_begin(&z, &zip);
	z.zip64 = bytes[0] & 1;
	static const int methods[] = {0, 8, 12, 93, 95};
	for (int i = 0; i < 3; i++)
		pack_zip_add(&z, i == 2 ? "c.jsonl" : "ab.txt", "{\"id\":1}\n{\"id\":2}\n", 18, methods[(bytes[1] >> (2 * i)) % 5], bytes[0] & 8);
	pack_zip_end(&z, bytes[0] & 2 ? "a comment" : "");
	for (size_t i = 2; i + 1 < length; i += 2) {
		/* places are counted from the end: the directory first */
		size_t place = bytes[i] | (size_t)(bytes[0] & 0xF0) << 4;
		zip.data[zip.length - 1 - place % zip.length] = (char)bytes[i + 1];
	}
	archive_agrees_threaded("a.zip", (const uint8_t *)zip.data, zip.length, length % 8 == 3);
	buf_release(&zip);
	return 0;
}
