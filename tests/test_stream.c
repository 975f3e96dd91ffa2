/* corpora/stream: whatever the sizes of reads, looks and takes, the bytes are those of the source. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "corpora/stream.h"
#include "tests/pack.h"

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static const struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;

enum { LENGTH = 3000000 };

static unsigned char *make_bytes(void)
{
	unsigned char *bytes = mem_alloc(LENGTH);
	uint32_t seed = 1;
	for (size_t i = 0; i < LENGTH; i++)
		bytes[i] = (unsigned char)("etaoin shrdlu\n"[next_random(&seed) % 14]);
	return bytes;
}

/* Looks ahead and takes by chance, now and then very far. */
static void read_by_chance(struct stream *s, const unsigned char *expected, size_t length, uint32_t seed)
{
	size_t at = 0;
	for (;;) {
		size_t want = next_random(&seed) % 7 ? 1 + next_random(&seed) % 5000 : 1 + next_random(&seed) % 700000;
		size_t avail = stream_ahead(s, want);
		assert_false(s->failed);
		assert_int_equal(s->offset, at);
		assert_true(avail <= length - at);
		assert_true(avail >= want || (s->ended && avail == length - at));
		assert_memory_equal(s->next, expected + at, avail);
		if (!avail)
			break;
		size_t n = 1 + next_random(&seed) % avail;
		stream_take(s, n);
		at += n;
	}
	assert_int_equal(at, length);
}

static void every_kind_gives_the_same_bytes(void **state)
{
	(void)state;
	unsigned char *bytes = make_bytes();
	struct buf gz = BUF_INIT;
	pack_gzip(&gz, bytes, LENGTH, 1);
	struct unpacker *gzip = unpack_gzip.open(&limits);
	struct stream file = {0}, codec = {0}, slice = {0};
	static const size_t read_sizes[] = {1000, 65536, 1 << 20};
	for (size_t i = 0; i < sizeof read_sizes / sizeof *read_sizes; i++) {
		struct fault fault;
		struct origin plain = {.fd = -1, .memory = bytes, .size = LENGTH, .seekable = true};
		struct origin packed = {.fd = -1, .memory = (unsigned char *)gz.data, .size = gz.length, .seekable = true};
		stream_open_memory(&file, bytes, LENGTH, &fault);
		read_by_chance(&file, bytes, LENGTH, 5);
		stream_open_file(&file, &plain, 0, LENGTH, read_sizes[i], &fault);
		read_by_chance(&file, bytes, LENGTH, 6);
		stream_open_file(&file, &plain, 1000, LENGTH - 1000, read_sizes[i], &fault);
		read_by_chance(&file, bytes + 1000, LENGTH - 2000, 7);
		struct budget budget = {.limits = &limits, .packed = gz.length};
		stream_open_file(&file, &packed, 0, gz.length, read_sizes[i], &fault);
		stream_open_codec(&codec, &file, gzip, &budget, 0, &fault);
		read_by_chance(&codec, bytes, LENGTH, 8);
		assert_int_equal(stream_packed(&codec), gz.length);
		/* slices, one after another, with something between */
		stream_open_file(&file, &packed, 0, gz.length, read_sizes[i], &fault);
		budget.decoded[0] = 0;
		stream_open_codec(&codec, &file, gzip, &budget, 0, &fault);
		for (size_t at = 0; at < LENGTH; at += 500000) {
			assert_true(stream_skip(&codec, 100000));
			stream_open_slice(&slice, &codec, 400000, &fault);
			read_by_chance(&slice, bytes + at + 100000, 400000, (uint32_t)at);
		}
		assert_false(stream_skip(&codec, 1));
		assert_false(codec.failed);
	}
	gzip->kind->close(gzip);
	stream_release(&file);
	stream_release(&codec);
	stream_release(&slice);
	buf_release(&gz);
	free(bytes);
}

/* A window larger than is at first believed: all of it in one piece, and never more than has come. */
static void very_long_looks(void **state)
{
	(void)state;
	struct buf zeros = BUF_INIT, gz = BUF_INIT;
	for (size_t length = 40u << 20; zeros.length < length;) {
		char line[1024];
		memset(line, 'a' + (int)(zeros.length >> 20), sizeof line);
		buf_append(&zeros, line, sizeof line);
	}
	pack_gzip(&gz, zeros.data, zeros.length, 1);
	struct unpacker *gzip = unpack_gzip.open(&limits);
	struct stream memory = {0}, codec = {0};
	struct fault fault;
	struct archive_limits wide = limits;
	wide.ratio = UINT64_MAX;
	struct budget budget = {.limits = &wide, .packed = gz.length};
	stream_open_memory(&memory, gz.data, gz.length, &fault);
	stream_open_codec(&codec, &memory, gzip, &budget, 0, &fault);
	assert_int_equal(stream_ahead(&codec, SIZE_MAX), zeros.length);
	assert_memory_equal(codec.next, zeros.data, zeros.length);
	assert_true(codec.capacity < 2 * zeros.length);
	stream_open_memory(&memory, gz.data, gz.length, &fault);
	budget.decoded[0] = 0;
	stream_open_codec(&codec, &memory, gzip, &budget, 0, &fault);
	assert_int_equal(stream_ahead(&codec, 100u << 20), zeros.length);
	gzip->kind->close(gzip);
	stream_release(&codec);
	buf_release(&zeros);
	buf_release(&gz);
}

static void failures_are_told_once(void **state)
{
	(void)state;
	struct fault fault = {0};
	struct stream file = {0}, slice = {0};
	/* reading a folder fails */
	struct origin folder = {.fd = open(".", O_RDONLY | O_CLOEXEC), .size = 100, .seekable = true};
	assert_true(folder.fd >= 0);
	stream_open_file(&file, &folder, 0, 100, 4096, &fault);
	assert_int_equal(stream_ahead(&file, 1), 0);
	assert_true(file.failed && file.broken && file.ended);
	assert_int_equal(fault.code, FAULT_IO);
	assert_false(stream_is_whole(&file));
	/* what a slice is cut from fails */
	stream_open_file(&file, &folder, 0, 100, 4096, &fault);
	stream_open_slice(&slice, &file, 10, &fault);
	assert_int_equal(stream_ahead(&slice, 5), 0);
	assert_true(slice.failed && slice.broken);
	close(folder.fd);
	/* a file that ends too early */
	struct origin empty = {.fd = open("/dev/null", O_RDONLY | O_CLOEXEC), .size = 100};
	stream_open_file(&file, &empty, 0, 100, 4096, &fault);
	assert_int_equal(stream_ahead(&file, 1), 0);
	assert_int_equal(fault.code, FAULT_CHANGED);
	close(empty.fd);
	/* a slice longer than what there is */
	stream_open_memory(&file, "text", 4, &fault);
	stream_open_slice(&slice, &file, 5, &fault);
	assert_int_equal(stream_ahead(&slice, 5), 4);
	assert_int_equal(fault.code, FAULT_TRUNCATED);
	/* a reader's finding keeps the first fault and leaves the stream whole */
	stream_open_memory(&file, "text", 4, &fault);
	stream_fail(&file, FAULT_CORRUPT, "first");
	stream_fail(&file, FAULT_LIMIT, "second");
	assert_int_equal(fault.code, FAULT_CORRUPT);
	assert_string_equal(fault.message, "first");
	assert_true(stream_is_whole(&file));
	stream_release(&file);
	stream_release(&slice);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_gives_the_same_bytes),
		cmocka_unit_test(very_long_looks),
		cmocka_unit_test(failures_are_told_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
