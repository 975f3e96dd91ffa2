/* tar: the bytes as they are, and with the sums of the headers put right, so that what lies behind them is reached. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/fuzz/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Every block that may be a header gets a right sum: after each, as many blocks of data are left alone as its size field asks for. */
static void put_sums_right(uint8_t *tar, size_t length)
{
	for (size_t at = 0; length - at >= 512;) {
		uint8_t *h = tar + at;
		at += 512;
		if (h[0] == 0)
			continue;
		memset(h + 148, ' ', 8);
		unsigned sum = 0;
		for (int i = 0; i < 512; i++)
			sum += h[i];
		char text[8];
		snprintf(text, sizeof text, "%06o", sum);
		memcpy(h + 148, text, 7);
		char size[13] = {0};
		memcpy(size, h + 124, 12);
		unsigned long long data = strtoull(size, NULL, 8);
		if (data > length - at)
			break;
		at += (size_t)(data + 511) / 512 * 512;
		if (at > length)
			break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	archive_agrees("a.tar", bytes, length);
	uint8_t *tar = mem_alloc(length + 1);
	if (length)
		memcpy(tar, bytes, length);
	put_sums_right(tar, length);
	archive_agrees("a.tar", tar, length);
	free(tar);
	return 0;
}
