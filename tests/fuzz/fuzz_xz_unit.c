/* The bytes as a .xz file. */
#include "tests/fuzz/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	archive_agrees("a.xz", bytes, length);
	return 0;
}
