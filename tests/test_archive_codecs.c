/* gzip, zstd, xz and bzip2 files: joined, padded, cut, damaged, with every optional field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <libdeflate.h>
#include <zlib.h>

#include "corpora/archive_private.h"
#include "corpora/unpack_deflate.h"
#include "tests/pack.h"
#include "tests/transcript.h"

enum { GZIP, ZSTD, XZ, BZIP2, CODECS };
static const char *const file_names[CODECS] = {"a.txt.gz", "a.txt.zst", "a.txt.xz", "a.txt.bz2"};

static void pack(struct buf *out, int codec, const void *bytes, size_t length)
{
	switch (codec) {
	case GZIP: pack_gzip(out, bytes, length, 6); break;
	case ZSTD: pack_zstd(out, bytes, length, 3, 1); break;
	case XZ: pack_xz(out, bytes, length, 6, 4); break;
	default: pack_bzip2(out, bytes, length);
	}
}

static void joined_pieces_are_one_text(void **state)
{
	(void)state;
	for (int codec = 0; codec < CODECS; codec++) {
		struct buf b = BUF_INIT;
		pack(&b, codec, "one ", 4);
		pack(&b, codec, "", 0);
		pack(&b, codec, "two", 3);
		expect_transcript(file_names[codec], &b, "member name= file=a.txt format=0 [one two]\nsealed\n");
		expect_transcript("", &b, "member name= file= format=0 [one two]\nsealed\n");
		buf_release(&b);
	}
}

static void cut_anywhere_is_refused(void **state)
{
	(void)state;
	for (int codec = 0; codec < CODECS; codec++) {
		struct buf b = BUF_INIT;
		pack(&b, codec, "A serious case review, then another.", 36);
		size_t first = b.length;
		pack(&b, codec, "more", 4);
		for (size_t n = 0; n < b.length; n++) {
			struct buf cut = {b.data, n, 0};
			/* between two pieces lies a whole file; no reader can know better */
			expect_transcript(file_names[codec], &cut,
			                  n == first ? "member name= file=a.txt format=0 [A serious case review, then another.]\nsealed\n"
			                             : "refused truncated\n");
		}
		buf_release(&b);
	}
}

static void what_follows_is_padding_or_refused(void **state)
{
	(void)state;
	static const char zeros[8], text[] = "member name= file=a.txt format=0 [text]\nsealed\n", refused[] = "refused trailing\n";
	static const struct {
		int codec;
		const char *tail;
		size_t length;
		const char *expected;
	} cases[] = {
		{GZIP, zeros, 1, text}, {GZIP, zeros, 8, text}, {GZIP, "\0x", 2, refused}, {GZIP, "junk", 4, refused},
		{GZIP, "\x1F\x8Ajunkjunk", 10, refused},
		{ZSTD, zeros, 8, refused}, {ZSTD, "junk!", 5, refused}, {ZSTD, "x", 1, "refused truncated\n"},
		{XZ, zeros, 4, text}, {XZ, zeros, 8, text}, {XZ, zeros, 3, refused}, {XZ, "junk", 4, refused},
		{BZIP2, zeros, 3, text}, {BZIP2, "\0x", 2, refused}, {BZIP2, "junk", 4, refused}, {BZIP2, "Bunk", 4, refused},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct buf b = BUF_INIT;
		pack(&b, cases[i].codec, "text", 4);
		buf_append(&b, cases[i].tail, cases[i].length);
		expect_transcript(file_names[cases[i].codec], &b, cases[i].expected);
		buf_release(&b);
	}
	/* a second gzip member after zero padding is dropped without a word by other readers */
	struct buf b = BUF_INIT;
	pack(&b, GZIP, "text", 4);
	buf_append(&b, zeros, 4);
	pack(&b, GZIP, "more", 4);
	expect_transcript("a.txt.gz", &b, refused);
	buf_release(&b);
}

/* No flipped bit changes the text: it is refused, or nothing but the header's remarks changed. */
static void flipped_bits_never_change_the_text(void **state)
{
	(void)state;
	for (int codec = 0; codec < CODECS; codec++) {
		struct buf b = BUF_INIT;
		struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
		pack(&b, codec, "A child died. A child died again.", 33);
		for (size_t bit = 0; bit < b.length * 8; bit++) {
			b.data[bit / 8] ^= (char)(1 << bit % 8);
			for (int engine = 0; engine < (codec == GZIP ? 2 : 1); engine++) {
				struct buf found = BUF_INIT;
				inflate_use(engine ? INFLATE_ZLIB : INFLATE_ISAL);
				transcribe_bytes(file_names[codec], b.data, b.length, false, &limits, &found);
				if (strncmp(found.data, "refused ", 8) != 0)
					assert_string_equal(found.data, "member name= file=a.txt format=0 [A child died. A child died again.]\nsealed\n");
				buf_release(&found);
			}
			inflate_use(INFLATE_ISAL);
			b.data[bit / 8] ^= (char)(1 << bit % 8);
		}
		buf_release(&b);
	}
}

/* A gzip header with the fields of flags, and with its CRC-16 if flag 2 is among them, then the rest of a member. */
static void gzip_with_header(struct buf *out, int flags, const char *extra, size_t extra_length, unsigned spoil_crc)
{
	struct buf plain = BUF_INIT;
	size_t start = out->length;
	pack_gzip(&plain, "text", 4, 6);
	buf_append(out, plain.data, 10);
	out->data[start + 3] = (char)flags;
	if (flags & 4) {
		buf_append_char(out, (char)extra_length);
		buf_append_char(out, (char)(extra_length >> 8));
		buf_append(out, extra, extra_length);
	}
	if (flags & 8)
		buf_append(out, "name.txt", 9);
	if (flags & 16)
		buf_append(out, "a comment", 10);
	if (flags & 2) {
		unsigned crc = (unsigned)crc32(0, (const unsigned char *)out->data + start, (unsigned)(out->length - start)) ^ spoil_crc;
		buf_append_char(out, (char)crc);
		buf_append_char(out, (char)(crc >> 8));
	}
	buf_append(out, plain.data + 10, plain.length - 10);
	buf_release(&plain);
}

static void every_gzip_header_field_is_read(void **state)
{
	(void)state;
	static const char text[] = "member name= file=a.txt format=0 [text]\nsealed\n";
	char extra[300];
	memset(extra, 'e', sizeof extra);
	for (int flags = 0; flags < 256; flags++) {
		for (size_t extra_length = 0; extra_length <= sizeof extra; extra_length += flags & 4 ? 100 : 1000) {
			struct buf b = BUF_INIT;
			gzip_with_header(&b, flags, extra, extra_length, 0);
			expect_transcript("a.txt.gz", &b, flags & 0xE0 ? "refused corrupt\n" : text);
			buf_release(&b);
		}
	}
	struct buf b = BUF_INIT;
	gzip_with_header(&b, 2 + 8, NULL, 0, 1);
	expect_transcript("a.txt.gz", &b, "refused checksum\n");
	buf_clear(&b);
	pack_gzip(&b, "text", 4, 6);
	b.data[2] = 7;
	expect_transcript("a.txt.gz", &b, "refused unsupported\n");
	buf_release(&b);
}

static void gzip_trailer_is_checked(void **state)
{
	(void)state;
	for (size_t i = 1; i <= 8; i++) {
		struct buf b = BUF_INIT;
		pack_gzip(&b, "text", 4, 6);
		b.data[b.length - i] ^= 1;
		expect_transcript("a.txt.gz", &b, "refused checksum\n");
		buf_release(&b);
	}
}

/* One BGZF block: a gzip member that says in its header how long it is. */
static void bgzf_block(struct buf *out, const char *text, unsigned wrong)
{
	struct buf b = BUF_INIT;
	char extra[6] = {'B', 'C', 2, 0, 0, 0};
	gzip_with_header(&b, 4, extra, sizeof extra, 0);
	struct buf data = BUF_INIT;
	pack_gzip(&data, text, strlen(text), 6);
	b.length = 18;
	buf_append(&b, data.data + 10, data.length - 10);
	unsigned length = (unsigned)b.length - 1 + wrong;
	b.data[16] = (char)length;
	b.data[17] = (char)(length >> 8);
	buf_append(out, b.data, b.length);
	buf_release(&b);
	buf_release(&data);
}

static void block_gzip_must_end_in_its_end_block(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	bgzf_block(&b, "one ", 0);
	size_t first = b.length;
	bgzf_block(&b, "two", 0);
	size_t second = b.length;
	bgzf_block(&b, "", 0);
	expect_transcript("a.txt.gz", &b, "member name= file=a.txt format=0 [one two]\nsealed\n");
	for (size_t n = 0; n < b.length; n++) {
		struct buf cut = {b.data, n, 0};
		expect_transcript("a.txt.gz", &cut, "refused truncated\n");
	}
	assert_true(first < second);
	buf_clear(&b);
	bgzf_block(&b, "one ", 1);
	bgzf_block(&b, "", 0);
	expect_transcript("a.txt.gz", &b, "refused corrupt\n");
	buf_release(&b);
}

static void zstd_frames_of_every_kind(void **state)
{
	(void)state;
	static const char text[] = "member name= file=a.txt format=0 [text]\nsealed\n";
	struct buf b = BUF_INIT;
	/* skippable frames before, between and after, also empty ones; they are zstd by themselves */
	buf_append(&b, "\x50\x2A\x4D\x18\x03\0\0\0abc", 11);
	pack_zstd(&b, "te", 2, 3, 1);
	buf_append(&b, "\x5F\x2A\x4D\x18\0\0\0\0", 8);
	pack_zstd(&b, "xt", 2, 19, 1);
	buf_append(&b, "\x53\x2A\x4D\x18\x01\0\0\0x", 9);
	expect_transcript("a.txt.zst", &b, text);
	struct buf cut = {b.data, b.length - 1, 0};
	expect_transcript("a.txt.zst", &cut, "refused truncated\n");
	/* a frame that names a dictionary */
	buf_clear(&b);
	pack_zstd(&b, "text", 4, 3, 1);
	b.data[4] |= 1;
	expect_transcript("a.txt.zst", &b, "refused unsupported\n");
	/* the checksum alone wrong */
	buf_clear(&b);
	pack_zstd(&b, "text", 4, 3, 1);
	b.data[b.length - 1] ^= 1;
	expect_transcript("a.txt.zst", &b, "refused checksum\n");
	buf_release(&b);
}

static bool checksummed(const char *name, const struct buf *b)
{
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	struct archive *a = archive_open_memory(name, b->data, b->length, false, &limits);
	struct buf found = BUF_INIT;
	transcribe(a, &found);
	bool answer = archive_account(a)->checksummed;
	assert_int_equal(archive_account(a)->packed_read, b->length);
	archive_close(a);
	buf_release(&found);
	return answer;
}

static void the_account_says_what_was_proved(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	pack_zstd(&b, "text", 4, 3, 1);
	assert_true(checksummed("a.zst", &b));
	pack_zstd(&b, "text", 4, 3, 0);
	assert_false(checksummed("a.zst", &b));
	buf_clear(&b);
	pack_xz(&b, "text", 4, 6, 1);
	assert_true(checksummed("a.xz", &b));
	pack_xz(&b, "text", 4, 6, 0);
	assert_false(checksummed("a.xz", &b));
	buf_clear(&b);
	pack_gzip(&b, "text", 4, 6);
	assert_true(checksummed("a.gz", &b));
	buf_clear(&b);
	pack_bzip2(&b, "text", 4);
	assert_true(checksummed("a.bz2", &b));
	buf_clear(&b);
	buf_append_str(&b, "text");
	assert_false(checksummed("a.txt", &b));
	buf_clear(&b);
	struct pack_zip z;
	pack_zip_begin(&z, &b);
	pack_zip_add(&z, "a.txt", "alpha", 5, 8, 0);
	pack_zip_end(&z, "");
	assert_true(checksummed("a.zip", &b));
	buf_release(&b);
}

/* The judge: libdeflate inflates what it can; ISA-L and zlib must say the same of each damaged stream. But ISA-L lets a code pass that has
 * gaps which the data never falls into (see unpack_deflate.h): what it gives then is under the checksum of whatever holds
 * the stream. */
static void three_inflaters_agree(void **state)
{
	(void)state;
	struct libdeflate_decompressor *judge = libdeflate_alloc_decompressor();
	char text[3000];
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)("abcdefgh review"[(i * i / 7) % 15]);
	unsigned accepted = 0, lenient = 0;
	for (int level = 0; level <= 9; level += 3) {
		struct buf b = BUF_INIT;
		pack_deflate(&b, text, sizeof text, level);
		for (size_t bit = 0; bit <= b.length * 8; bit += bit < 2000 ? 1 : 37) {
			if (bit)
				b.data[(bit - 1) / 8] ^= (char)(1 << (bit - 1) % 8);
			unsigned char out[3][70000];
			size_t length[3] = {0};
			bool good[3];
			for (int engine = 0; engine < 2; engine++) {
				struct fault fault;
				inflate_use(engine ? INFLATE_ZLIB : INFLATE_ISAL);
				struct inflater *f = inflater_new();
				struct unpack_io io = {(const unsigned char *)b.data, b.length, true, out[engine], sizeof out[engine]};
				good[engine] = inflater_step(f, &io, &fault) == UNPACK_END;
				length[engine] = (size_t)(io.out - out[engine]);
				if (good[engine])
					assert_int_equal(inflater_crc32(f), unpack_crc32(0, out[engine], length[engine]));
				inflater_free(f);
			}
			inflate_use(INFLATE_ISAL);
			size_t in_used;
			good[2] = libdeflate_deflate_decompress_ex(judge, b.data, b.length, out[2], sizeof out[2], &in_used, &length[2]) == LIBDEFLATE_SUCCESS;
			assert_int_equal(good[1], good[2]);
			if (good[0] && !good[1]) {
				lenient++;
			} else {
				assert_int_equal(good[0], good[1]);
			}
			if (good[1]) {
				accepted++;
				for (int i = 1; i < 3; i++) {
					assert_int_equal(length[0], length[i]);
					assert_memory_equal(out[0], out[i], length[0]);
				}
			}
			if (bit)
				b.data[(bit - 1) / 8] ^= (char)(1 << (bit - 1) % 8);
		}
		buf_release(&b);
	}
	assert_in_range(lenient, 0, 4);
	assert_true(accepted > 100); /* raw streams have no checksum: many flips only change the text */
	libdeflate_free_decompressor(judge);
}

/* length bytes that end where memory ends: a byte further is a crash. */
static unsigned char *fenced(size_t length, size_t *mapped)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t pages = (length + page - 1) / page + 2; /* one more before and one after */
	*mapped = pages * page;
	unsigned char *p = mmap(NULL, *mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(p != MAP_FAILED);
	assert_int_equal(mprotect(p, page, PROT_NONE), 0);
	assert_int_equal(mprotect(p + (pages - 1) * page, page, PROT_NONE), 0);
	return p + (pages - 1) * page - length;
}

/* The libraries are not built with sanitizers: their reads and writes are fenced in by memory that is not there. */
static void inflaters_keep_to_their_buffers(void **state)
{
	(void)state;
	enum { IN = 700, OUT = 4096 };
	size_t in_mapped, out_mapped, page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *in_end = fenced(IN, &in_mapped) + IN, *out_end = fenced(OUT, &out_mapped) + OUT;
	char text[3000];
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)("abcdefgh review"[(i * i / 7) % 15]);
	for (int level = 0; level <= 9; level += 3) {
		struct buf b = BUF_INIT;
		pack_deflate(&b, text, level ? sizeof text : 600, level);
		uint32_t seed = 1;
		for (int round = 0; round < 4000; round++) {
			seed = seed * 1664525 + 1013904223;
			size_t bit = (seed >> 8) % (b.length * 8), in_step = 1 + seed % 97, out_step = 1 + (seed >> 5) % 700;
			if (round % 4)
				b.data[bit / 8] ^= (char)(1 << bit % 8);
			struct inflater *f = inflater_new();
			struct fault fault;
			size_t given = 0, made = 0;
			enum unpack_status status = UNPACK_MORE;
			while (status == UNPACK_MORE && given < b.length && made < OUT) {
				size_t n = b.length - given < in_step ? b.length - given : in_step;
				memcpy(in_end - n, b.data + given, n);
				struct unpack_io io = {.in = in_end - n, .in_length = n};
				size_t room;
				do {
					room = OUT - made < out_step ? OUT - made : out_step;
					io.out = out_end - room;
					io.out_length = room;
					status = inflater_step(f, &io, &fault);
					made += room - io.out_length;
				} while (status == UNPACK_MORE && io.out_length == 0 && made < OUT);
				given += n - io.in_length;
				if (io.in_length && io.out_length)
					break;
			}
			inflater_free(f);
			if (round % 4)
				b.data[bit / 8] ^= (char)(1 << bit % 8);
			else
				assert_int_equal(made, level ? sizeof text : 600);
		}
		buf_release(&b);
	}
	munmap(in_end + page - in_mapped, in_mapped);
	munmap(out_end + page - out_mapped, out_mapped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joined_pieces_are_one_text),
		cmocka_unit_test(cut_anywhere_is_refused),
		cmocka_unit_test(what_follows_is_padding_or_refused),
		cmocka_unit_test(flipped_bits_never_change_the_text),
		cmocka_unit_test(every_gzip_header_field_is_read),
		cmocka_unit_test(gzip_trailer_is_checked),
		cmocka_unit_test(block_gzip_must_end_in_its_end_block),
		cmocka_unit_test(zstd_frames_of_every_kind),
		cmocka_unit_test(the_account_says_what_was_proved),
		cmocka_unit_test(three_inflaters_agree),
		cmocka_unit_test(inflaters_keep_to_their_buffers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
