/* Any bytes under any name; the first byte chooses the name. */
#include "tests/fuzz/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const char *const names[] = {"", "a.txt", "a.gz", "a.tar.gz", "a.zst", "a.xz", "a.bz2", "a.zip", "a.tar",
	                                    "a.jsonl", "a.csv", "a.tsv", "a.json", "a.html", "a.pdf", "a.docx"};
	if (length)
		archive_agrees(names[bytes[0] % (sizeof names / sizeof *names)], bytes + 1, length - 1);
	return 0;
}
