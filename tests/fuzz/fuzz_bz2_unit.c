/* The bytes as a .bz2 file. */
#include "tests/fuzz/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	archive_agrees("a.bz2", bytes, length);
	return 0;
}
