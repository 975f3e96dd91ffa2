/* corpora/gzip_index, unpack_gzip_points: with seek points or without, whole, damaged or invented, an archive says the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "corpora/archive_private.h"
#include "corpora/gzip_index.h"
#include "corpora/unpack_deflate.h"
#include "corpora/unpack_gzip_members.h"
#include "tests/desk.h"
#include "tests/transcript.h"

static char directory[] = "/tmp/themetally-index-XXXXXX";

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Words of a small vocabulary; kind 1: a run of one letter in the middle; kind 2: noise, which is stored. */
static void make_text(struct buf *text, size_t length, int kind, uint32_t seed)
{
	buf_clear(text);
	while (text->length < length) {
		if (kind == 2 && text->length > length / 3 && text->length < length / 2) {
			buf_append_char(text, (char)(32 + next_random(&seed) % 95));
		} else if (kind == 1 && text->length == length / 2 / 8 * 8) {
			for (int i = 0; i < 60000; i++)
				buf_append_char(text, 'a');
		} else {
			char word[16];
			snprintf(word, sizeof word, "%07u%c", next_random(&seed) % 5000 * 7919, next_random(&seed) % 12 ? ' ' : '\n');
			buf_append(text, word, 8);
		}
	}
}

/* memory_level 1: blocks of some hundred bytes. */
static void pack(struct buf *out, const struct buf *text, int level, int memory_level, int strategy)
{
	z_stream z = {0};
	assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 31, memory_level, strategy), Z_OK);
	size_t most = deflateBound(&z, text->length);
	buf_reserve(out, most);
	z.next_in = (unsigned char *)text->data;
	z.avail_in = (unsigned)text->length;
	z.next_out = (unsigned char *)out->data + out->length;
	z.avail_out = (unsigned)most;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->length += z.total_out;
	deflateEnd(&z);
}

static int set_up(void **state)
{
	(void)state;
	/* points so near one another that a file of some hundred kilobytes has many */
	gzip_index_use(&(struct gzip_index_sizes){1000, 3000, 9000, 16, 200000, 1 << 20});
	gzip_members_use(&(struct gzip_members_sizes){200, 2000, 16384}); /* as always, less than a file that gets an index */
	return mkdtemp(directory) ? 0 : -1;
}

static void clear_directory(void)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;
	while ((entry = readdir(dir))) {
		char path[512];
		snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
		if (entry->d_name[0] != '.')
			unlink(path);
	}
	closedir(dir);
}

static int tear_down(void **state)
{
	(void)state;
	clear_directory();
	return rmdir(directory);
}

/* The one file in the directory; false if there is none. */
static bool index_path(char path[512])
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;
	int files = 0;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.') {
			snprintf(path, 512, "%s/%s", directory, entry->d_name);
			files++;
		}
	closedir(dir);
	assert_true(files <= 1);
	return files == 1;
}

static void slurp(const char *path, struct buf *b)
{
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	buf_clear(b);
	int c;
	while ((c = getc(f)) != EOF)
		buf_append_char(b, (char)c);
	fclose(f);
}

static void spill_out(const char *path, const struct buf *b)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(b->data, 1, b->length, f), b->length);
	fclose(f);
}

/* Reads the file; returns how many pieces came from seek points. */
static uint64_t read_file(const struct buf *file, unsigned threads, bool indexed, size_t read_bytes, struct buf *out)
{
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	limits.read_bytes = read_bytes;
	struct desk *desk = desk_open(threads);
	struct archive *a = archive_open_memory("a.txt.gz", file->data, file->length, false, &limits);
	desk_serve(desk, a);
	if (indexed)
		archive_want_index(a, directory);
	transcribe(a, out);
	uint64_t pieces = archive_account(a)->seek_pieces;
	archive_close(a);
	desk_close(desk);
	return pieces;
}

/* Reads with the index that is there; returns how many pieces came from it. */
static uint64_t expect_same(const struct buf *file, unsigned threads, size_t read_bytes)
{
	struct buf plain = BUF_INIT, found = BUF_INIT;
	read_file(file, 0, false, read_bytes, &plain);
	uint64_t pieces = read_file(file, threads, true, read_bytes, &found);
	if (strcmp(plain.data, found.data) != 0) {
		size_t at = 0;
		while (plain.data[at] == found.data[at])
			at++;
		fail_msg("another text from byte %zu of %zu on (%zu): ...%.60s, not ...%.60s", at, plain.length, found.length, found.data + at, plain.data + at);
	}
	buf_release(&plain);
	buf_release(&found);
	return pieces;
}

static void the_second_pass_uses_the_first(void **state)
{
	(void)state;
	static const struct { int level, memory_level, strategy, kind; } ways[] = {
		{6, 8, Z_DEFAULT_STRATEGY, 0}, {6, 1, Z_DEFAULT_STRATEGY, 0}, {1, 2, Z_DEFAULT_STRATEGY, 1}, {9, 3, Z_HUFFMAN_ONLY, 0}, {6, 1, Z_DEFAULT_STRATEGY, 2}};
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		for (unsigned threads = 0; threads <= 3; threads += 3) {
			struct buf text = BUF_INIT, file = BUF_INIT;
			char path[512];
			make_text(&text, 400000, ways[i].kind, (uint32_t)i + 1);
			pack(&file, &text, ways[i].level, ways[i].memory_level, ways[i].strategy);
			clear_directory();
			assert_int_equal(expect_same(&file, threads, 5000), 0); /* collects */
			assert_true(index_path(path));
			uint64_t pieces = expect_same(&file, 3, 5000);
			assert_true(pieces >= 4);
			assert_int_equal(expect_same(&file, 1, 1 << 20), pieces);
			assert_int_equal(expect_same(&file, 7, 77), pieces);
			assert_int_equal(expect_same(&file, 0, 4096), 0);
			assert_true(index_path(path)); /* it was right, and stays */
			inflate_use(INFLATE_ZLIB);
			assert_int_equal(expect_same(&file, 2, 4096), 0);
			inflate_use(INFLATE_ISAL);
			assert_true(index_path(path));
			buf_release(&text);
			buf_release(&file);
		}
}

static void what_has_no_use_for_one_gets_none(void **state)
{
	(void)state;
	struct buf text = BUF_INIT, file = BUF_INIT, found = BUF_INIT;
	char path[512];
	make_text(&text, 50000, 0, 4);
	for (int members = 0; members < 5; members++)
		pack(&file, &text, 6, 1, Z_DEFAULT_STRATEGY);
	for (unsigned threads = 0; threads < 3; threads += 2) { /* several members */
		clear_directory();
		expect_same(&file, threads, 5000);
		assert_false(index_path(path));
	}
	buf_clear(&file);
	pack(&file, &text, 6, 1, Z_DEFAULT_STRATEGY);
	file.data[file.length - 5] ^= 1; /* damaged */
	read_file(&file, 0, true, 5000, &found);
	assert_false(index_path(path));
	file.data[file.length - 5] ^= 1;
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT; /* not read to its end */
	struct archive *a = archive_open_memory("a.txt.gz", file.data, file.length, false, &limits);
	archive_want_index(a, directory);
	archive_close(a);
	assert_false(index_path(path));
	buf_clear(&found);
	a = archive_open_memory("a.txt.gz", file.data, file.length, false, &limits); /* where nothing can be written */
	archive_want_index(a, "/proc/none");
	transcribe(a, &found);
	assert_non_null(strstr(found.data, "sealed"));
	archive_close(a);
	buf_release(&text);
	buf_release(&file);
	buf_release(&found);
}

/* The archive damaged under an index that is right for what it was. */
static void damage_is_seen_as_without(void **state)
{
	(void)state;
	struct buf text = BUF_INIT, file = BUF_INIT, whole = BUF_INIT;
	char path[512];
	uint32_t seed = 8;
	make_text(&text, 900000, 0, 3);
	pack(&file, &text, 6, 2, Z_DEFAULT_STRATEGY);
	assert_true(file.length > 200000);
	clear_directory();
	expect_same(&file, 0, 5000);
	assert_true(index_path(path));
	slurp(path, &whole);
	for (int i = 0; i < 40; i++) {
		/* the key is of the size and both ends, which stay as they are */
		size_t bit = (66000 + next_random(&seed) % (file.length - 132000)) * 8 + next_random(&seed) % 8;
		spill_out(path, &whole);
		file.data[bit / 8] ^= (char)(1 << bit % 8);
		expect_same(&file, 3, 5000);
		file.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	buf_release(&text);
	buf_release(&file);
	buf_release(&whole);
}

static void put(unsigned char *to, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		to[i] = (unsigned char)(v >> (8 * i));
}

static uint64_t get(const unsigned char *from, int bytes)
{
	uint64_t v = 0;
	while (bytes--)
		v = v << 8 | from[bytes];
	return v;
}

/* Whatever stands in the index: flipped, cut short, and invented with every checksum right. */
static void hostile_indexes_change_nothing(void **state)
{
	(void)state;
	struct buf text = BUF_INIT, file = BUF_INIT, whole = BUF_INIT, bad = BUF_INIT;
	char path[512];
	uint32_t seed = 21;
	make_text(&text, 250000, 0, 6);
	pack(&file, &text, 6, 1, Z_DEFAULT_STRATEGY);
	clear_directory();
	expect_same(&file, 0, 5000);
	assert_true(index_path(path));
	slurp(path, &whole);
	size_t table = (size_t)get((unsigned char *)whole.data + whole.length - 24, 8), count = (size_t)get((unsigned char *)whole.data + whole.length - 16, 8);
	assert_int_equal(whole.length, table + count * 32 + 24);
	uint64_t pieces = expect_same(&file, 3, 5000);
	assert_true(count >= 8);
	assert_int_equal(pieces, count - 1);
	for (int i = 0; i < 400; i++) {
		buf_clear(&bad);
		buf_append(&bad, whole.data, whole.length);
		unsigned char *b = (unsigned char *)bad.data;
		size_t at = table + next_random(&seed) % count * 32;
		bool must_doubt = true;
		switch (i % 8) {
		case 0: /* any bit */
			b[next_random(&seed) % bad.length] ^= (unsigned char)(1 << next_random(&seed) % 8);
			break;
		case 1: /* cut anywhere */
			bad.length = next_random(&seed) % bad.length;
			break;
		case 2: /* a point some bits away */
			put(b + at, get(b + at, 8) + next_random(&seed) % 41 - 20, 8);
			must_doubt = false; /* may be by none */
			break;
		case 3: /* or some bytes */
			put(b + at + 8, get(b + at + 8, 8) + 1, 8);
			break;
		case 4: /* anywhere */
			put(b + at + next_random(&seed) % 3 * 8, (uint64_t)next_random(&seed) * next_random(&seed), 8);
			break;
		case 5: /* the window of another point */
			memcpy(b + at + 16, b + table + next_random(&seed) % count * 32 + 16, 16);
			must_doubt = false;
			break;
		case 6: /* the points of another place, in order */
			if (at + 64 <= table + count * 32)
				memcpy(b + at, b + at + 32, 32);
			must_doubt = false;
			break;
		case 7: /* fewer points, which is right as well */
			if (count > 3 && at > table && at + 32 < table + count * 32) {
				memmove(b + at, b + at + 32, bad.length - at - 32);
				bad.length -= 32;
				put(b + bad.length - 16, count - 1, 8);
			}
			must_doubt = false;
			break;
		}
		if (i % 8 > 1) { /* and the checksum made right */
			size_t end = bad.length - 24;
			uint32_t crc = unpack_crc32(unpack_crc32(0, b, 48), b + table, end - table);
			put(b + end + 16, crc, 4);
		}
		spill_out(path, &bad);
		uint64_t found = expect_same(&file, 1 + (unsigned)i % 4, i % 2 ? 5000 : 1 << 20);
		if (must_doubt && i % 8 != 0 && i % 8 != 4)
			assert_true(found < pieces);
		/* what was found wrong is gone, and made again */
		if (i % 8 == 1 || i % 8 == 3) {
			struct buf again = BUF_INIT;
			if (i % 8 == 3)
				expect_same(&file, 2, 5000);
			slurp(path, &again);
			assert_int_equal(again.length, whole.length);
			assert_memory_equal(again.data, whole.data, whole.length);
			buf_release(&again);
		}
	}
	buf_release(&text);
	buf_release(&file);
	buf_release(&whole);
	buf_release(&bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_second_pass_uses_the_first),
		cmocka_unit_test(what_has_no_use_for_one_gets_none),
		cmocka_unit_test(damage_is_seen_as_without),
		cmocka_unit_test(hostile_indexes_change_nothing),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
