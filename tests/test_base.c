/* base/: arena, UTF-8, SHA-256, string maps, processors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/processors.h"
#include "base/sha256.h"
#include "base/strmap.h"
#include "base/utf8.h"

/* Examples of FIPS 180-4, and the lengths around the padding's edges against one another. */
static void sha256_gives_the_published_digests(void **state)
{
	(void)state;
	static const struct {
		const char *text, *hex;
	} known[] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		unsigned char digest[SHA256_BYTES];
		char hex[2 * SHA256_BYTES + 1];
		sha256(known[i].text, strlen(known[i].text), digest);
		sha256_hex(digest, hex);
		assert_string_equal(hex, known[i].hex);
	}
}

static void sha256_does_not_depend_on_the_pieces(void **state)
{
	(void)state;
	unsigned char text[200];
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (unsigned char)(i * 7);
	for (size_t length = 0; length <= sizeof text; length++) {
		unsigned char whole[SHA256_BYTES], pieces[SHA256_BYTES];
		sha256(text, length, whole);
		struct sha256 h;
		sha256_init(&h);
		for (size_t at = 0, step = 1; at < length; at += step, step = step % 67 + 1)
			sha256_update(&h, text + at, step < length - at ? step : length - at);
		sha256_final(&h, pieces);
		assert_memory_equal(whole, pieces, SHA256_BYTES);
	}
}

static void utf8_reads_back_every_code_point(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	for (uint32_t c = 0; c <= 0x10ffff; c++) {
		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		buf_clear(&b);
		utf8_append(&b, c);
		uint32_t again = 0;
		assert_int_equal(utf8_decode(b.data, b.length, &again), b.length);
		assert_int_equal(again, c);
		if (b.length > 1)
			assert_int_equal(utf8_decode(b.data, b.length - 1, &again), 0);
	}
	buf_release(&b);
}

static void utf8_refuses_what_is_not_utf8(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3(", "\xe2\x82(", "\xf0\x9f\x98(",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		uint32_t c;
		assert_int_equal(utf8_decode(bad[i], strlen(bad[i]), &c), 0);
		struct buf b = BUF_INIT;
		buf_append_str(&b, "plain text before ");
		size_t before = b.length;
		buf_append_str(&b, bad[i]);
		buf_append_str(&b, " and after");
		assert_int_equal(utf8_valid_prefix(b.data, b.length), before);
		buf_release(&b);
	}
	assert_int_equal(utf8_valid_prefix("na\xc3\xafve caf\xc3\xa9", 12), 12);
	assert_int_equal(utf8_valid_prefix("", 0), 0);
}

static void arena_gives_zeroed_aligned_memory_that_stays(void **state)
{
	(void)state;
	struct arena a = ARENA_INIT;
	char *first = arena_strndup(&a, "first and last", 5);
	unsigned char *big = arena_alloc(&a, 1 << 20);
	for (size_t i = 0; i < 1 << 20; i++)
		assert_int_equal(big[i], 0);
	for (size_t i = 0; i < 20000; i++) {
		unsigned char *p = arena_alloc(&a, i % 40);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		memset(p, 0xff, i % 40);
	}
	assert_string_equal(first, "first");
	arena_release(&a);
	assert_null(a.chunks);
	arena_release(&a);
}

static void strmap_finds_what_was_put(void **state)
{
	(void)state;
	struct strmap map = STRMAP_INIT;
	assert_null(strmap_find(&map, "", 0));
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 5000; i++) {
			bool is_new;
			*strmap_put(&map, &i, i % 2 ? 4 : 3, &is_new) = i; /* bytes with NUL among them; 3 bytes of i are all of it */
			assert_true(is_new);
		}
		for (uint32_t i = 0; i < 5000; i++) {
			bool is_new;
			assert_int_equal(*strmap_find(&map, &i, i % 2 ? 4 : 3), i);
			assert_null(strmap_find(&map, &i, i % 2 ? 3 : 4));
			assert_int_equal(*strmap_put(&map, &i, i % 2 ? 4 : 3, &is_new), i);
			assert_false(is_new);
		}
		assert_int_equal(map.count, 5000);
		strmap_clear(&map);
	}
	assert_int_equal(*strmap_put(&map, "", 0, NULL), 0);
	assert_non_null(strmap_find(&map, "", 0));
	strmap_release(&map);
}

static void put_line(const char *folder, const char *name, const char *line)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(line, f);
	fclose(f);
}

/* The least quota from the cgroup up to the root, of either kind of cgroup. */
static void quotas_of_cgroups_count(void **state)
{
	(void)state;
	char root[] = "/tmp/themetally-cgroup-XXXXXX", path[128];
	assert_non_null(mkdtemp(root));
	static const char *const folders[] = {"/a", "/a/b", "/cpu", "/cpu/c"};
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		snprintf(path, sizeof path, "%s%s", root, folders[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	assert_int_equal(processors_quota("0::/a/b\n", root), 0);
	put_line(root, "a/b/cpu.max", "max 100000\n");
	assert_int_equal(processors_quota("0::/a/b\n", root), 0);
	put_line(root, "a/cpu.max", "150000 100000\n");
	assert_int_equal(processors_quota("0::/a/b\n", root), 2);
	put_line(root, "a/b/cpu.max", "50000 100000\n");
	assert_int_equal(processors_quota("0::/a/b\n", root), 1);
	assert_int_equal(processors_quota("0::/a\n", root), 2);
	assert_int_equal(processors_quota("0::/\n", root), 0);
	put_line(root, "cpu.max", "400000 100000\n");
	assert_int_equal(processors_quota("0::/not/mounted/here\n", root), 4);
	put_line(root, "cpu/c/cpu.cfs_quota_us", "-1\n");
	put_line(root, "cpu/c/cpu.cfs_period_us", "100000\n");
	assert_int_equal(processors_quota("4:memory:/a\n3:cpu,cpuacct:/c\n", root), 0);
	put_line(root, "cpu/c/cpu.cfs_quota_us", "300000\n");
	assert_int_equal(processors_quota("4:memory:/a\n3:cpu,cpuacct:/c\n", root), 3);
	assert_int_equal(processors_quota("4:memory:/a\n3:cpuset:/c\n", root), 0);
	assert_int_equal(processors_quota("nonsense\n::\n:", root), 0);
	assert_true(processors_available() >= 1);
	snprintf(path, sizeof path, "rm -r %s", root);
	assert_int_equal(system(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_gives_the_published_digests),
		cmocka_unit_test(sha256_does_not_depend_on_the_pieces),
		cmocka_unit_test(utf8_reads_back_every_code_point),
		cmocka_unit_test(utf8_refuses_what_is_not_utf8),
		cmocka_unit_test(strmap_finds_what_was_put),
		cmocka_unit_test(quotas_of_cgroups_count),
		cmocka_unit_test(arena_gives_zeroed_aligned_memory_that_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
