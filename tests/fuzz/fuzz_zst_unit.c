/* The bytes as a .zst file. */
#include "tests/fuzz/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	archive_agrees("a.zst", bytes, length);
	return 0;
}
