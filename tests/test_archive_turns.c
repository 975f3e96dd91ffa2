/* Turns of corpora/archive and archive_layers that ordinary archives seldom take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "corpora/archive_private.h"
#include "tests/desk.h"
#include "tests/pack.h"
#include "tests/transcript.h"

static const struct archive_limits standard = ARCHIVE_LIMITS_DEFAULT;

/* What the first read of the archive says. */
static void expect(const char *name, const struct buf *b, const struct archive_limits *limits, const char *expected)
{
	struct buf found = BUF_INIT;
	transcribe_bytes(name, b->data, b->length, false, limits, &found);
	assert_string_equal(found.data, expected);
	buf_release(&found);
}

static void decoders_are_used_again(void **state)
{
	(void)state;
	struct buf tar = BUF_INIT, inner = BUF_INIT;
	struct pack_zip z;
	for (int i = 0; i < 2; i++) {
		inner.length = 0;
		pack_gzip(&inner, "alpha", 5, 9);
		pack_tar_file(&tar, i ? "b.txt.gz" : "a.txt.gz", inner.data, inner.length);
		inner.length = 0;
		pack_zip_begin(&z, &inner);
		pack_zip_add(&z, "c.txt", "gamma", 5, 8, 0);
		pack_zip_end(&z, "");
		pack_tar_file(&tar, i ? "b.zip" : "a.zip", inner.data, inner.length);
	}
	pack_tar_end(&tar);
	expect("x.tar", &tar, &standard,
	       "member name=a.txt.gz file=a.txt format=0 [alpha]\nmember name=a.zip/c.txt file=a.zip/c.txt format=0 [gamma]\n"
	       "member name=b.txt.gz file=b.txt format=0 [alpha]\nmember name=b.zip/c.txt file=b.zip/c.txt format=0 [gamma]\nsealed\n");
	/* entries count over all containers */
	struct archive_limits limits = standard;
	limits.entries = 5;
	struct buf found = BUF_INIT;
	transcribe_bytes("x.tar", tar.data, tar.length, false, &limits, &found);
	assert_non_null(strstr(found.data, "refused limit\n"));
	tar.length = found.length = 0;
	inner.length = 0;
	pack_zip_begin(&z, &inner);
	pack_zip_add(&z, "c.txt", "gamma", 5, 8, 0);
	pack_zip_add(&z, "d.txt", "delta", 5, 8, 0);
	pack_zip_end(&z, "");
	pack_tar_file(&tar, "a.zip", inner.data, inner.length);
	pack_tar_end(&tar);
	limits.entries = 2; /* as many as the zip has, but the tar has one too */
	transcribe_bytes("x.tar", tar.data, tar.length, false, &limits, &found);
	assert_non_null(strstr(found.data, "refused limit\n"));
	buf_release(&found);
	buf_release(&inner);
	buf_release(&tar);
}

static void what_is_passed_over_must_be_whole(void **state)
{
	(void)state;
	struct buf tar = BUF_INIT, zip = BUF_INIT;
	struct pack_zip z;
	char content[2000];
	memset(content, 'x', sizeof content);
	pack_tar_entry(&tar, "a.txt", 'S', sizeof content, content);
	tar.length = 1024;
	expect("x.tar", &tar, &standard, "refused truncated\n");
	pack_zip_begin(&z, &zip);
	struct pack_entry *e = pack_zip_add(&z, "link.txt", "/etc/hostname", 13, 0, 0);
	e->made_by = 3 << 8 | 20;
	e->attributes = 0120777u << 16;
	pack_zip_end(&z, "");
	char *target = memmem(zip.data, zip.length, "hostname", 8);
	assert_non_null(target);
	*target = 'H';
	expect("x.zip", &zip, &standard, "refused checksum\n");
	buf_release(&tar);
	buf_release(&zip);
}

static void bytes_that_begin_as_utf16_might(void **state)
{
	(void)state;
	static const unsigned char starts[][4] = {{0xFF, 'a', 'b', 'c'}, {0xFE, 'a', 'b', 'c'}, {'a', 0xFF, 'b', 'c'}};
	for (size_t i = 0; i < 3; i++) {
		struct buf b = BUF_INIT, found = BUF_INIT;
		for (int k = 0; k < 2000; k++)
			buf_append(&b, k ? " some text" : (const char *)starts[i], k ? 10 : 4);
		transcribe_bytes("x.txt", b.data, b.length, false, &standard, &found);
		assert_memory_equal(found.data, "member", 6);
		found.length = 0;
		buf_append(&b, "\0more", 5);
		transcribe_bytes("x.txt", b.data, b.length, false, &standard, &found);
		assert_string_equal(found.data, "skipped  not-text\nsealed\n");
		buf_release(&found);
		buf_release(&b);
	}
}

static void an_entry_without_a_name(void **state)
{
	(void)state;
	struct buf tar = BUF_INIT, found = BUF_INIT;
	pack_tar_file(&tar, "a.txt", "alpha", 5);
	pack_tar_file(&tar, "", "beta", 4);
	pack_tar_end(&tar);
	transcribe_bytes("x.tar", tar.data, tar.length, false, &standard, &found);
	assert_non_null(strstr(found.data, "[alpha]\n"));
	assert_non_null(strstr(found.data, "[beta]\n"));
	buf_release(&found);
	buf_release(&tar);
}

static void a_caller_may_be_careless(void **state)
{
	(void)state;
	struct archive_limits limits = standard;
	struct member member;
	struct fault fault;
	limits.read_bytes = 0;
	limits.ratio = 0;
	limits.depth = 1000;
	archive_close(NULL);
	struct archive *a = archive_open_memory("x.txt", "alpha", 5, false, &limits);
	assert_int_equal(archive_next(a, &member, &fault), ARCHIVE_MEMBER);
	assert_int_equal(archive_next(a, &member, &fault), ARCHIVE_SEALED);
	for (int i = 0; i < 3; i++)
		assert_int_equal(archive_next(a, &member, &fault), ARCHIVE_END);
	archive_close(a);
}

static void a_standard_input_that_is_closed(void **state)
{
	(void)state;
	struct fault fault;
	int kept = dup(STDIN_FILENO);
	close(STDIN_FILENO);
	assert_null(archive_open("-", &standard, &fault));
	assert_int_equal(fault.code, FAULT_IO);
	assert_int_equal(open("/dev/null", O_WRONLY), STDIN_FILENO);
	assert_null(archive_open("-", &standard, &fault));
	assert_int_equal(fault.code, FAULT_IO);
	if (kept >= 0)
		dup2(kept, STDIN_FILENO);
	close(kept);
}

/* Neither small files nor small limits suit seek points or threads; the text is the same. */
static void what_does_not_suit_is_read_plainly(void **state)
{
	(void)state;
	struct buf gz = BUF_INIT, found = BUF_INIT;
	struct desk *desk = desk_open(2);
	pack_gzip(&gz, "alpha", 5, 9);
	for (int small = 0; small < 2; small++) {
		struct archive_limits limits = standard;
		limits.ratio_floor = small ? 1 : limits.ratio_floor;
		struct archive *a = archive_open_memory("x.txt.gz", gz.data, gz.length, false, &limits);
		archive_want_index(a, "nowhere");
		desk_serve(desk, a);
		found.length = 0;
		transcribe(a, &found);
		archive_close(a);
		assert_string_equal(found.data, "member name= file=x.txt format=0 [alpha]\nsealed\n");
	}
	desk_close(desk);
	buf_release(&found);
	buf_release(&gz);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decoders_are_used_again), cmocka_unit_test(what_is_passed_over_must_be_whole), cmocka_unit_test(bytes_that_begin_as_utf16_might),
		cmocka_unit_test(an_entry_without_a_name), cmocka_unit_test(a_caller_may_be_careless), cmocka_unit_test(a_standard_input_that_is_closed),
		cmocka_unit_test(what_does_not_suit_is_read_plainly)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
