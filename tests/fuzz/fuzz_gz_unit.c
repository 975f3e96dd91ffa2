/* gzip. The bytes are read as they are, and then with right trailers put where zlib finds the ends of deflate streams, so that what
 * lies behind the checksum is reached. What zlib accepts ISA-L must accept, with the same bytes. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "corpora/unpack_deflate.h"
#include "corpora/unpack_gzip_members.h"
#include "tests/fuzz/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { MOST = 1 << 20 };

/* Inflates a raw stream; returns the bytes it took, 0 if it is not whole. */
static size_t inflate_all(enum inflate_engine engine, const uint8_t *bytes, size_t length, size_t step, uint8_t *out, size_t *made)
{
	struct fault fault;
	inflate_use(engine);
	struct inflater *f = inflater_new();
	inflate_use(INFLATE_ISAL);
	struct unpack_io io = {.out = out, .out_length = MOST};
	size_t given = 0;
	enum unpack_status status = UNPACK_MORE;
	while (status == UNPACK_MORE && io.out_length && (given < length || io.in_length)) {
		size_t n = length - given < step ? length - given : step;
		io.in = bytes + given - io.in_length;
		io.in_length += n;
		given += n;
		status = inflater_step(f, &io, &fault);
		if (n == 0 && status == UNPACK_MORE)
			break;
	}
	unsigned char rest[8];
	bool whole = status == UNPACK_END;
	size_t taken = whole ? given - io.in_length - inflater_rest(f, rest) : 0;
	*made = (size_t)(io.out - out);
	if (whole && inflater_crc32(f) != unpack_crc32(0, out, *made))
		property_fails("the CRC-32 is that of the bytes");
	inflater_free(f);
	return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const uint8_t header[10] = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3};
	static uint8_t out[2][MOST];
	size_t made[2];
	gzip_members_use(&(struct gzip_members_sizes){20, 200, 4096});
	archive_agrees_threaded("a.gz", bytes, length, length % 4 == 1);
	size_t judge = inflate_all(INFLATE_ZLIB, bytes, length, length + 1, out[0], &made[0]);
	for (size_t step = 7; step <= length + 7; step += length) {
		size_t taken = inflate_all(INFLATE_ISAL, bytes, length, step, out[1], &made[1]);
		if (judge && (taken != judge || made[0] != made[1] || memcmp(out[0], out[1], made[0]) != 0))
			property_fails("ISA-L reads what zlib reads");
		if (length == 0)
			break;
	}
	if (!judge)
		return 0;
	/* the stream with a header, a right trailer, and what came after it */
	struct buf gz = BUF_INIT;
	uint32_t crc = (uint32_t)crc32(0, out[0], (unsigned)made[0]);
	uint8_t trailer[8];
	for (int i = 0; i < 4; i++) {
		trailer[i] = (uint8_t)(crc >> (8 * i));
		trailer[4 + i] = (uint8_t)(made[0] >> (8 * i));
	}
	buf_append(&gz, header, sizeof header);
	buf_append(&gz, bytes, judge);
	buf_append(&gz, trailer, sizeof trailer);
	archive_agrees("a.tar.gz", (const uint8_t *)gz.data, gz.length);
	buf_append(&gz, bytes + judge, length - judge);
	archive_agrees_threaded("", (const uint8_t *)gz.data, gz.length, 1);
	buf_release(&gz);
	return 0;
}
