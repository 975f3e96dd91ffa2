/* Decoding: the scanner against its plain form and the standard's table, encodings, repair, and the way back to the bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "corpora/text.h"

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void same_scan(const unsigned char *bytes, size_t length)
{
	struct text_scan plain, fast[2];
	text_scan_plain(bytes, length, &plain);
	assert_int_equal(plain.valid, utf8_valid_prefix((const char *)bytes, length));
	bool have[2] = {text_scan_avx2(bytes, length, &fast[0]), text_scan_avx512(bytes, length, &fast[1])};
	for (int i = 0; i < 2; i++)
		if (have[i]) {
			assert_int_equal(fast[i].valid, plain.valid);
			assert_int_equal(fast[i].controls, plain.controls);
			assert_int_equal(fast[i].nuls, plain.nuls);
			if (plain.valid == length)
				assert_int_equal(fast[i].latin, plain.latin);
		}
}

/* Bytes at the edge of every class of table 3-7, in every sequence of up to four, across the edge of a block and elsewhere. */
static void scanners_agree_on_all_classes(void **state)
{
	(void)state;
	static const unsigned char edges[] = {0x00, 0x09, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
	                                      0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
	enum { N = sizeof edges };
	unsigned char block[160];
	for (unsigned a = 0; a < N; a++)
		for (unsigned b = 0; b < N; b++)
			for (unsigned c = 0; c < N; c++)
				for (unsigned d = 0; d < N; d++) {
					unsigned char four[4] = {edges[a], edges[b], edges[c], edges[d]};
					unsigned start = 60 + (a + b + c + d) % 5;
					memset(block, 'x', sizeof block);
					memcpy(block + start, four, 4);
					same_scan(block, 128);
					same_scan(block, start + 4);
				}
}

static void scanners_agree_at_every_split(void **state)
{
	(void)state;
	static const char *const pieces[] = {"\xC2\xA3", "\xE2\x80\x99", "\xF0\x9F\x98\x80", "\xED\x9F\xBF", "\xED\xA0\x80", "\xE0\x9F\xBF",
	                                     "\xF4\x90\x80\x80", "\xC0\x80", "\xFE", "\xE2\x80", "\xF0\x9F\x98", "\xC3", "\0"};
	unsigned char block[256];
	for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++)
		for (size_t at = 0; at < 140; at++)
			for (size_t length = at; length <= at + 6; length++) {
				memset(block, 'a', sizeof block);
				size_t n = strlen(pieces[p]) ? strlen(pieces[p]) : 1;
				memcpy(block + at, pieces[p], n);
				same_scan(block, length);
				memcpy(block + at + n, "\xE2\x80\x99", 3);
				same_scan(block, length + 60);
			}
}

static void scanners_agree_on_noise(void **state)
{
	(void)state;
	uint32_t seed = 7;
	unsigned char *bytes = malloc(4096);
	for (int round = 0; round < 3000; round++) {
		size_t length = next_random(&seed) % 600;
		for (size_t at = 0; at < length;) {
			char c[4];
			uint32_t kind = next_random(&seed) % 100;
			uint32_t point = kind < 80 ? next_random(&seed) % 0x80 : kind < 90 ? 0x80 + next_random(&seed) % 0x780 : 0xE000 + next_random(&seed) % 0x2000;
			size_t n = utf8_encode(point, c);
			if (at + n > length)
				n = length - at;
			memcpy(bytes + at, c, n);
			at += n;
		}
		if (length && round % 3)
			bytes[next_random(&seed) % length] ^= (unsigned char)(1u << next_random(&seed) % 8);
		same_scan(bytes, length);
	}
	free(bytes);
}

/* Decodes, checks the text and that origins are as given for each byte of it (a string of letters: offset from 'a'), when not NULL. */
static void decodes(const void *bytes, size_t length, const char *encoding, const char *text, uint64_t replaced, uint64_t repaired)
{
	struct text t = {0};
	unsigned char *copy = malloc(length ? length : 1);
	memcpy(copy, bytes, length);
	assert_int_equal(text_decode(&t, copy, length), TEXT_OK);
	assert_string_equal(t.encoding, encoding);
	assert_int_equal(t.length, strlen(text));
	assert_memory_equal(t.bytes, text, t.length);
	assert_int_equal(t.replaced, replaced);
	assert_int_equal(t.repaired, repaired);
	size_t last = 0;
	for (size_t at = 0; at <= t.length; at++) {
		size_t origin = text_origin(&t, at);
		assert_true(origin >= last && origin <= length);
		last = origin;
		if (at < t.length && (unsigned char)t.bytes[at] < 0x80 && strcmp(encoding, "utf-16be") != 0)
			assert_int_equal(copy[origin], (unsigned char)t.bytes[at]);
	}
	assert_int_equal(last, length);
	text_release(&t);
	free(copy);
}
#define DECODES(literal, ...) decodes(literal, sizeof(literal) - 1, __VA_ARGS__)

static void utf8_stays_as_it_is(void **state)
{
	(void)state;
	DECODES("", "utf-8", "", 0, 0);
	DECODES("caf\xC3\xA9 \xE2\x80\x99 \xF0\x9F\x98\x80", "utf-8", "café ’ 😀", 0, 0);
	DECODES("\xEF\xBB\xBF" "neglect", "utf-8", "neglect", 0, 0);
	DECODES("\xEF\xBF\xBD", "utf-8", "\xEF\xBF\xBD", 0, 0);
	struct text t = {0};
	const unsigned char *bytes = (const unsigned char *)"plain";
	text_decode(&t, bytes, 5);
	assert_ptr_equal(t.bytes, bytes);
	text_release(&t);
}

static void nul_is_replaced(void **state)
{
	(void)state;
	DECODES("ab\0cd", "utf-8", "ab\xEF\xBF\xBD" "cd", 1, 0);
	DECODES("\xEF\xBB\xBF\0caf\xC3\xA9\0x", "utf-8", "\xEF\xBF\xBD" "café\xEF\xBF\xBD" "x", 2, 0);
}

static void utf16_with_its_mark(void **state)
{
	(void)state;
	DECODES("\xFF\xFE" "a\0\x19\x20\x3D\xD8\x00\xDEz\0", "utf-16le", "a’😀z", 0, 0);
	DECODES("\xFE\xFF\0a\x20\x19\xD8\x3D\xDE\x00\0z", "utf-16be", "a’😀z", 0, 0);
	DECODES("\xFF\xFE", "utf-16le", "", 0, 0);
	DECODES("\xFF\xFE\x3D\xD8", "utf-16le", "\xEF\xBF\xBD", 1, 0);                          /* a half pair at the end */
	DECODES("\xFF\xFE\x3D\xD8" "a\0", "utf-16le", "\xEF\xBF\xBD" "a", 1, 0);                /* and before a letter */
	DECODES("\xFF\xFE\x00\xDE" "a\0", "utf-16le", "\xEF\xBF\xBD" "a", 1, 0);                /* the other half alone */
	DECODES("\xFF\xFE" "a\0b", "utf-16le", "a\xEF\xBF\xBD", 1, 0);                          /* an odd byte */
	DECODES("\xFF\xFE\x92\x00", "utf-16le", "’", 0, 1);
}

static void all_else_is_windows_1252(void **state)
{
	(void)state;
	DECODES("child\x92s \xA3" "5", "windows-1252", "child’s £5", 0, 0);
	DECODES("a\x81z\x9D", "windows-1252", "a\xEF\xBF\xBDz\xEF\xBF\xBD", 2, 0);
	DECODES("caf\xE9", "windows-1252", "café", 0, 0);
	DECODES("\x80\x00", "windows-1252", "€\xEF\xBF\xBD", 1, 0);
	/* From its first byte to its last: what was UTF-8 in it is read so too, and put right where it can only have been UTF-8. */
	DECODES("it\xE2\x80\x99s caf\xE9", "windows-1252", "it’s café", 0, 1);
}

/* What iconv makes of the same bytes. */
static void same_as_iconv(const char *encoding, const unsigned char *bytes, size_t length, size_t mark)
{
	char expected[512], *to = expected, *from = (char *)(uintptr_t)bytes + mark;
	size_t left = length - mark, room = sizeof expected;
	iconv_t cd = iconv_open("UTF-8", encoding);
	assert_true(cd != (iconv_t)-1);
	assert_int_equal(iconv(cd, &from, &left, &to, &room), 0);
	iconv_close(cd);
	struct text t = {0};
	assert_int_equal(text_decode(&t, bytes, length), TEXT_OK);
	assert_int_equal(t.length, to - expected);
	assert_memory_equal(t.bytes, expected, t.length);
	text_release(&t);
}

static void the_same_as_iconv(void **state)
{
	(void)state;
	for (unsigned b = 0x80; b < 0x100; b++) {
		if (b == 0x81 || b == 0x8D || b == 0x8F || b == 0x90 || b == 0x9D)
			continue;
		const unsigned char bytes[] = {'a', (unsigned char)b, ' ', 0xFF, 'z'};
		same_as_iconv("CP1252", bytes, sizeof bytes, 0);
	}
	uint32_t seed = 9;
	for (int round = 0; round < 300; round++) {
		unsigned char le[102] = {0xFF, 0xFE}, be[102] = {0xFE, 0xFF};
		size_t n = 2;
		while (n < 96) {
			uint32_t c = 0x100 + next_random(&seed) % (round % 2 ? 0x10FE00 : 0x2000);
			if (c >= 0xD800 && c < 0xE000)
				continue;
			uint16_t units[2] = {(uint16_t)c, 0};
			int count = 1;
			if (c > 0xFFFF) {
				units[0] = (uint16_t)(0xD7C0 + (c >> 10));
				units[1] = (uint16_t)(0xDC00 | (c & 0x3FF));
				count = 2;
			}
			for (int i = 0; i < count; i++, n += 2) {
				le[n] = be[n + 1] = (unsigned char)units[i];
				le[n + 1] = be[n] = (unsigned char)(units[i] >> 8);
			}
		}
		same_as_iconv("UTF-16LE", le, n, 2);
		same_as_iconv("UTF-16BE", be, n, 2);
	}
}

static void repairs_what_has_one_reading(void **state)
{
	(void)state;
	DECODES("the child\xC3\xA2\xE2\x82\xAC\xE2\x84\xA2s", "utf-8", "the child’s", 0, 1);
	DECODES("\xC3\xA2\xE2\x82\xAC\xC5\x93quoted\xC3\xA2\xE2\x82\xAC\xC2\x9D", "utf-8", "“quoted”", 0, 2);
	DECODES("\xC3\xA2\xE2\x82\xAC\xE2\x80\x9C", "utf-8", "–", 0, 1);
	DECODES("caf\xC3\x83\xC2\xA9 \xC3\x82\xC2\xA3" "5", "utf-8", "café £5", 0, 2);
	DECODES("word.\xC3\x82\xC2\xA0 Next", "utf-8", "word.\xC2\xA0 Next", 0, 1);
	DECODES("child\xC2\x92s", "utf-8", "child’s", 0, 1);
	DECODES("d\xC3\x85\xC2\xB5r", "utf-8", "dŵr", 0, 1);
	DECODES("\xC3\xAF\xC2\xAC\xC2\x81re", "utf-8", "ﬁre", 0, 1);
	/* Twice over: â€™ itself read as Windows-1252. */
	DECODES("x\xC3\x83\xC2\xA2\xC3\xA2\xE2\x80\x9A\xC2\xAC\xC3\xA2\xE2\x80\x9E\xC2\xA2s", "utf-8", "x’s", 0, 4);
}

static void leaves_what_may_be_meant(void **state)
{
	(void)state;
	static const char *const meant[] = {
		"café naïve Ângela", "â ê î ô û ŵ ŷ", "Â phwy", "Â\xC2\xA0phwy", "MAÇÃ’", "MAÇÃ”", "NÃO", "Ã…", "Ã–", "«Â»", "5\xC2\xA0km",
		"line\xC2\x85next", "â", "Ã", "xâ€", "Å", "\xC2\x81", "â€x", "Ï‚",
	};
	for (size_t i = 0; i < sizeof meant / sizeof *meant; i++)
		decodes(meant[i], strlen(meant[i]), "utf-8", meant[i], 0, 0);
}

/* Long enough for many marks; each position is checked against a walk from the start. */
static void origins_over_a_long_text(void **state)
{
	(void)state;
	static const unsigned char unit[] = "The child\x92s caf\xE9 \x81 \xE2\x80\x99 x. ";
	enum { UNIT = sizeof unit - 1, TIMES = 400 };
	unsigned char *bytes = malloc(UNIT * TIMES);
	for (int i = 0; i < TIMES; i++)
		memcpy(bytes + i * UNIT, unit, UNIT);
	struct text t = {0};
	text_decode(&t, bytes, UNIT * TIMES);
	size_t per = t.length / TIMES;
	assert_int_equal(per * TIMES, t.length);
	assert_int_equal(t.replaced, TIMES);
	assert_int_equal(t.repaired, TIMES);
	for (size_t at = 0; at <= t.length; at++)
		assert_int_equal(text_origin(&t, at), at / per * UNIT + text_origin(&t, at % per));
	text_release(&t);
	free(bytes);
}

static void used_again(void **state)
{
	(void)state;
	struct text t = {0};
	text_decode(&t, (const unsigned char *)"\xFF\xFE" "a\0", 4);
	assert_int_equal(t.stage_count, 1);
	text_decode(&t, (const unsigned char *)"plain", 5);
	assert_int_equal(t.stage_count, 0);
	assert_int_equal(text_origin(&t, 3), 3);
	text_decode(&t, (const unsigned char *)"caf\xE9", 4);
	assert_int_equal(t.length, 5);
	assert_int_equal(text_origin(&t, 5), 4);
	text_release(&t);
}

static enum text_verdict verdict(const void *bytes, size_t length)
{
	struct text t = {0};
	enum text_verdict v = text_decode(&t, bytes, length);
	text_release(&t);
	return v;
}

/* The verdict is over the whole member, wherever its control characters stand. */
static void binary_is_refused(void **state)
{
	(void)state;
	enum { SIZE = 1 << 20 };
	unsigned char *bytes = malloc(SIZE);
	memset(bytes, 'a', SIZE);
	bytes[SIZE - 1] = 0;
	assert_int_equal(verdict(bytes, SIZE), TEXT_OK);
	memset(bytes + SIZE - SIZE / 32, 0, SIZE / 32);
	assert_int_equal(verdict(bytes, SIZE), TEXT_OK);
	bytes[5] = 1;
	assert_int_equal(verdict(bytes, SIZE), TEXT_BINARY);
	memmove(bytes, bytes + SIZE / 2, SIZE / 2); /* the same at the start */
	memset(bytes + SIZE / 2, 'a', SIZE / 2);
	assert_int_equal(verdict(bytes, SIZE), TEXT_OK);
	bytes[5] = 1;
	assert_int_equal(verdict(bytes, SIZE), TEXT_BINARY);
	uint32_t seed = 3;
	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (unsigned char)next_random(&seed);
	assert_int_equal(verdict(bytes, SIZE), TEXT_BINARY);
	assert_int_equal(verdict("a\0b\0c\0d\0e\0f\0", 12), TEXT_BINARY);           /* UTF-16 without its mark */
	assert_int_equal(verdict("\xFF\xFE\0\0a\0\0\0b\0\0\0c\0\0\0", 16), TEXT_BINARY); /* UTF-32 */
	free(bytes);
}

/* Decoding ends as soon as more came of it than is allowed, in every encoding; what needs none is as long as it is. */
static void decoding_has_a_limit(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t length, text;
	} texts[] = {{"caf\xE9", 4, 5}, {"\x93\x94", 2, 6}, {"\x81\xE9", 2, 5}, {"a\xE9 and much more that is as it was", 34, 35},
	             {"\xFF\xFE\x10\x4E\x20\x4E", 6, 6}, {"a neglected child\0", 18, 20}};
	struct text t = {0};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (size_t most = 1; most < 50; most++) {
			enum text_verdict v = text_decode_within(&t, (const unsigned char *)texts[i].bytes, texts[i].length, most);
			assert_int_equal(v, most < texts[i].text ? TEXT_TOO_LONG : TEXT_OK);
			assert_int_equal(t.length, v == TEXT_OK ? texts[i].text : 0);
		}
	assert_int_equal(text_decode_within(&t, (const unsigned char *)"plain", 5, 1), TEXT_OK);
	text_release(&t);
	/* and takes no memory for what it does not give */
	enum { SIZE = 1 << 20 };
	unsigned char *bytes = malloc(SIZE);
	memset(bytes, 0xE9, SIZE);
	assert_int_equal(text_decode_within(&t, bytes, SIZE, SIZE), TEXT_TOO_LONG);
	assert_int_equal(t.stages[0].out.capacity, 0);
	text_release(&t);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scanners_agree_on_all_classes),
		cmocka_unit_test(scanners_agree_at_every_split),
		cmocka_unit_test(scanners_agree_on_noise),
		cmocka_unit_test(utf8_stays_as_it_is),
		cmocka_unit_test(nul_is_replaced),
		cmocka_unit_test(utf16_with_its_mark),
		cmocka_unit_test(all_else_is_windows_1252),
		cmocka_unit_test(the_same_as_iconv),
		cmocka_unit_test(repairs_what_has_one_reading),
		cmocka_unit_test(leaves_what_may_be_meant),
		cmocka_unit_test(origins_over_a_long_text),
		cmocka_unit_test(used_again),
		cmocka_unit_test(binary_is_refused),
		cmocka_unit_test(decoding_has_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
