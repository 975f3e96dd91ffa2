/* Each limit of struct archive_limits, reached and just not reached, and bombs in every codec. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "corpora/archive_layers.h"
#include "corpora/archive_private.h"
#include "tests/pack.h"
#include "tests/transcript.h"

static const struct archive_limits standard = ARCHIVE_LIMITS_DEFAULT;

/* The last line of the transcript, for two sizes of reads and both ways of input. */
static void expect_last(const char *name, const struct buf *b, const struct archive_limits *limits, const char *expected)
{
	static const size_t read_sizes[] = {3, 1 << 20};
	for (size_t i = 0; i < 2; i++) {
		for (int piped = 0; piped < 2; piped++) {
			struct archive_limits l = *limits;
			l.read_bytes = b->length > 100000 ? read_sizes[1] : read_sizes[i];
			struct buf found = BUF_INIT;
			transcribe_bytes(name, b->data, b->length, piped, &l, &found);
			assert_true(found.length >= strlen(expected));
			assert_string_equal(found.data + found.length - strlen(expected), expected);
			buf_release(&found);
		}
	}
}

static void members_are_limited(void **state)
{
	(void)state;
	struct archive_limits limits = standard;
	limits.member_bytes = 10;
	struct buf plain = BUF_INIT, gz = BUF_INIT, tar = BUF_INIT, zip = BUF_INIT;
	for (int over = 0; over < 2; over++) {
		plain.length = gz.length = tar.length = zip.length = 0;
		buf_append(&plain, "0123456789ab", 10 + (size_t)over);
		pack_gzip(&gz, plain.data, plain.length, 6);
		pack_tar_file(&tar, "a.txt", plain.data, plain.length);
		pack_tar_end(&tar);
		struct pack_zip z;
		pack_zip_begin(&z, &zip);
		pack_zip_add(&z, "a.txt", plain.data, plain.length, 8, 0);
		pack_zip_end(&z, "");
		const char *expected = over ? "refused limit\n" : "sealed\n";
		expect_last("a.txt", &plain, &limits, expected);
		expect_last("a.txt.gz", &gz, &limits, expected);
		expect_last("a.tar", &tar, &limits, expected);
		struct buf found = BUF_INIT;
		transcribe_bytes("a.zip", zip.data, zip.length, false, &limits, &found);
		assert_string_equal(found.data + found.length - strlen(expected), expected);
		buf_release(&found);
		/* a zip that cannot be sought is a member's worth of memory */
		transcribe_bytes("a.zip", zip.data, zip.length, true, &limits, &found);
		assert_string_equal(found.data, "refused limit\n");
		buf_release(&found);
	}
	buf_release(&plain);
	buf_release(&gz);
	buf_release(&tar);
	buf_release(&zip);
}

static void records_are_limited(void **state)
{
	(void)state;
	struct archive_limits limits = standard;
	limits.record_bytes = 9;
	struct buf b = BUF_INIT;
	buf_append_str(&b, "{\"id\":12}\n{\"id\":123}\n{\"id\":1}\n");
	expect_last("a.jsonl", &b, &limits, "refused limit\n");
	limits.record_bytes = 10;
	expect_last("a.jsonl", &b, &limits, "sealed\n");
	buf_clear(&b);
	buf_append_str(&b, "id,text\n1,\"a\nb\nc\"\n");
	limits.record_bytes = 8;
	expect_last("a.csv", &b, &limits, "refused limit\n");
	limits.record_bytes = 9;
	expect_last("a.csv", &b, &limits, "sealed\n");
	buf_release(&b);
}

static void entries_are_limited(void **state)
{
	(void)state;
	struct archive_limits limits = standard;
	struct buf tar = BUF_INIT, zip = BUF_INIT;
	struct pack_zip z;
	pack_zip_begin(&z, &zip);
	for (int i = 0; i < 4; i++) {
		pack_tar_file(&tar, "a.txt", "x", 1);
		pack_zip_add(&z, "a.txt", "x", 1, 0, 0);
	}
	pack_tar_end(&tar);
	pack_zip_end(&z, "");
	for (unsigned limit = 3; limit <= 4; limit++) {
		limits.entries = limit;
		expect_last("a.tar", &tar, &limits, limit == 3 ? "refused limit\n" : "sealed\n");
		expect_last("a.zip", &zip, &limits, limit == 3 ? "refused limit\n" : "sealed\n");
	}
	buf_release(&tar);
	buf_release(&zip);
}

static void names_are_limited(void **state)
{
	(void)state;
	struct buf tar = BUF_INIT, zip = BUF_INIT;
	char name[5000];
	memset(name, 'n', sizeof name);
	strcpy(name + 4096 - 4, ".txt");
	struct pack_zip z;
	for (int over = 0; over < 2; over++) {
		if (over) {
			memset(name, 'n', sizeof name);
			strcpy(name + 4097 - 4, ".txt");
		}
		tar.length = zip.length = 0;
		pack_tar_entry(&tar, "././@LongLink", 'L', strlen(name) + 1, name);
		pack_tar_file(&tar, "short", "x", 1);
		pack_tar_end(&tar);
		pack_zip_begin(&z, &zip);
		pack_zip_add(&z, name, "x", 1, 0, 0);
		pack_zip_end(&z, "");
		expect_last("a.tar", &tar, &standard, over ? "refused limit\n" : "sealed\n");
		expect_last("a.zip", &zip, &standard, over ? "refused limit\n" : "sealed\n");
	}
	buf_release(&tar);
	buf_release(&zip);
	/* 64 KiB and more, in a GNU and in a pax header */
	static char long_name[70000];
	memset(long_name, 'n', sizeof long_name - 1);
	pack_tar_entry(&tar, "././@LongLink", 'L', sizeof long_name, long_name);
	pack_tar_file(&tar, "short", "x", 1);
	pack_tar_end(&tar);
	expect_last("a.tar", &tar, &standard, "refused limit\n");
	tar.length = 0;
	struct buf pax = BUF_INIT;
	buf_printf(&pax, "70014 path=%s", long_name);
	while (pax.length < 70013)
		buf_append_char(&pax, 'n');
	buf_append_char(&pax, '\n');
	pack_tar_entry(&tar, "pax", 'x', pax.length, pax.data);
	pack_tar_file(&tar, "short", "x", 1);
	pack_tar_end(&tar);
	expect_last("a.tar", &tar, &standard, "refused limit\n");
	buf_release(&tar);
	buf_release(&pax);
}

static void depth_is_limited(void **state)
{
	(void)state;
	/* text in gzip in gzip in gzip: each layer one container */
	struct buf layers[4] = {BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT};
	buf_append_str(&layers[0], "text");
	for (int i = 1; i < 4; i++)
		pack_gzip(&layers[i], layers[i - 1].data, layers[i - 1].length, 6);
	for (unsigned depth = 0; depth < 5; depth++) {
		struct archive_limits limits = standard;
		limits.depth = depth;
		for (unsigned i = 0; i < 4; i++)
			expect_last("a", &layers[i], &limits, i <= depth ? "sealed\n" : "refused limit\n");
	}
	/* far more layers than there is room for, whatever the limit */
	struct buf deep = BUF_INIT, next = BUF_INIT;
	buf_append_str(&deep, "text");
	for (int i = 0; i < 40; i++) {
		next.length = 0;
		if (i % 3 == 0) {
			struct pack_zip z;
			pack_zip_begin(&z, &next);
			pack_zip_add(&z, "a", deep.data, deep.length, 0, 0);
			pack_zip_end(&z, "");
		} else if (i % 3 == 1) {
			pack_tar_file(&next, "a", deep.data, deep.length);
			pack_tar_end(&next);
		} else {
			pack_gzip(&next, deep.data, deep.length, 6);
		}
		struct buf swap = deep;
		deep = next;
		next = swap;
	}
	struct archive_limits limits = standard;
	limits.depth = 1000;
	expect_last("a", &deep, &limits, "refused limit\n");
	buf_release(&deep);
	buf_release(&next);
	for (int i = 0; i < 4; i++)
		buf_release(&layers[i]);
}

/* length zeros, packed by each codec in turn; returns the name such a file has. */
static const char *bomb(struct buf *out, int codec, size_t length)
{
	char *zeros = mem_calloc(length, 1);
	struct pack_zip z;
	static const char *const names[] = {"b.gz", "b.zst", "b.xz", "b.bz2", "b.zip", "b.zip", "b.zip"};
	static const int methods[] = {8, 93, 95};
	out->length = 0;
	switch (codec) {
	case 0: pack_gzip(out, zeros, length, 9); break;
	case 1: pack_zstd(out, zeros, length, 3, 1); break;
	case 2: pack_xz(out, zeros, length, 0, 1); break;
	case 3: pack_bzip2(out, zeros, length); break;
	default:
		pack_zip_begin(&z, out);
		pack_zip_add(&z, "b", zeros, length, methods[codec - 4], 0);
		pack_zip_end(&z, "");
	}
	free(zeros);
	return names[codec];
}

static void bombs_are_stopped_by_their_ratio(void **state)
{
	(void)state;
	struct archive_limits limits = standard;
	limits.ratio_floor = 4 << 20;
	for (int codec = 0; codec < 7; codec++) {
		struct buf b = BUF_INIT;
		const char *name = bomb(&b, codec, 6 << 20);
		struct archive *a = archive_open_memory(name, b.data, b.length, false, &limits);
		struct member member;
		struct fault fault;
		struct buf found = BUF_INIT;
		assert_int_equal(archive_next(a, &member, &fault), ARCHIVE_REFUSED);
		assert_int_equal(fault.code, FAULT_LIMIT);
		/* soon after it could be seen */
		assert_true(fault.offset + a->layers[0]->out.avail <= (5 << 20) + 1);
		assert_int_equal(archive_next(a, &member, &fault), ARCHIVE_END);
		archive_close(a);
		/* under the floor nothing is said */
		limits.ratio_floor = 8 << 20;
		transcribe_bytes(name, b.data, b.length, false, &limits, &found);
		assert_string_equal(found.data + found.length - 7, "sealed\n");
		buf_release(&found);
		/* nor without a limit */
		limits.ratio_floor = 4 << 20;
		limits.ratio = 0;
		transcribe_bytes(name, b.data, b.length, false, &limits, &found);
		assert_string_equal(found.data + found.length - 7, "sealed\n");
		limits.ratio = standard.ratio;
		buf_release(&found);
		buf_release(&b);
	}
}

static void a_bomb_in_a_bomb_is_stopped(void **state)
{
	(void)state;
	struct archive_limits limits = standard;
	limits.ratio_floor = 4 << 20;
	/* each layer alone stays under 200: the inner is held against the size of the whole */
	struct buf text = BUF_INIT, inner = BUF_INIT, outer = BUF_INIT;
	for (int i = 0; text.length < 12u << 20; i++) {
		char block[512];
		for (size_t k = 0; k < sizeof block; k++)
			block[k] = (char)('a' + (i * 7 + (int)(k / 64)) % 26);
		buf_append(&text, block, sizeof block);
	}
	pack_gzip(&inner, text.data, text.length, 9);
	pack_gzip(&outer, inner.data, inner.length, 9);
	assert_true(text.length / inner.length < 200 && inner.length / outer.length < 200 && text.length / outer.length > 200);
	struct buf found = BUF_INIT;
	transcribe_bytes("a.gz", outer.data, outer.length, false, &limits, &found);
	assert_string_equal(found.data, "refused limit\n");
	buf_release(&found);
	buf_release(&text);
	buf_release(&inner);
	buf_release(&outer);
}

static void units_are_limited(void **state)
{
	(void)state;
	struct archive_limits limits = standard;
	limits.ratio = UINT64_MAX;
	limits.unit_bytes = 1 << 20;
	for (int codec = 0; codec < 7; codec++) {
		struct buf b = BUF_INIT, found = BUF_INIT;
		const char *name = bomb(&b, codec, (1 << 20) + 1);
		transcribe_bytes(name, b.data, b.length, false, &limits, &found);
		assert_string_equal(found.data, "refused limit\n");
		buf_release(&found);
		name = bomb(&b, codec, 1 << 20);
		transcribe_bytes(name, b.data, b.length, false, &limits, &found);
		assert_string_equal(found.data + found.length - 7, "sealed\n");
		buf_release(&found);
		buf_release(&b);
	}
}

static void windows_and_dictionaries_are_limited(void **state)
{
	(void)state;
	struct archive_limits limits = standard;
	struct buf b = BUF_INIT;
	/* a zstd frame that declares a window of 2^28: header descriptor 0, window exponent 18 */
	buf_append(&b, "\x28\xB5\x2F\xFD\x00\x90\x01\0\0", 9);
	expect_last("a.zst", &b, &limits, "refused limit\n");
	limits.zstd_window_log = 28;
	expect_last("a.zst", &b, &limits, "sealed\n");
	limits = standard;
	buf_clear(&b);
	pack_xz(&b, "text", 4, 6, 1);
	limits.xz_memory = 1 << 20;
	expect_last("a.xz", &b, &limits, "refused limit\n");
	limits.xz_memory = 16 << 20;
	expect_last("a.xz", &b, &limits, "sealed\n");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_limited),
		cmocka_unit_test(records_are_limited),
		cmocka_unit_test(entries_are_limited),
		cmocka_unit_test(names_are_limited),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(bombs_are_stopped_by_their_ratio),
		cmocka_unit_test(a_bomb_in_a_bomb_is_stopped),
		cmocka_unit_test(units_are_limited),
		cmocka_unit_test(windows_and_dictionaries_are_limited),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
