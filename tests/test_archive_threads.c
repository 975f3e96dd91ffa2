/* corpora/unpack_gzip_members, unpack_zip_ahead: whatever is done to a file, several threads say what one says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "corpora/archive_private.h"
#include "corpora/unpack_gzip_members.h"
#include "tests/desk.h"
#include "tests/pack.h"
#include "tests/transcript.h"

/* Pieces small enough that a file of some kilobytes has many. */
static int use_small_pieces(void **state)
{
	(void)state;
	gzip_members_use(&(struct gzip_members_sizes){200, 2000, 16384});
	return 0;
}

/* Everything that archive_next() says, to the last offset. */
static void read_with(const char *name, const struct buf *file, unsigned threads, size_t read_bytes, struct buf *out)
{
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	limits.read_bytes = read_bytes;
	struct archive *a = archive_open_memory(name, file->data, file->length, false, &limits);
	struct member m;
	struct fault f;
	enum archive_status status;
	struct desk *desk = desk_open(threads);
	desk_serve(desk, a);
	size_t unit = 0; /* where it begins in out: of a refused one only the refusal counts */
	while ((status = archive_next(a, &m, &f)) != ARCHIVE_END) {
		if (status == ARCHIVE_MEMBER) {
			buf_printf(out, "member %s [", m.name);
			buf_append(out, m.bytes, m.length);
			buf_append_str(out, "]\n");
		} else if (status == ARCHIVE_SEALED) {
			buf_append_str(out, "sealed\n");
			unit = out->length;
		} else {
			if (status == ARCHIVE_REFUSED)
				out->length = unit;
			buf_printf(out, "%s %s %s %s", status == ARCHIVE_REFUSED ? "refused" : "skipped", f.member, fault_word(f.code), f.message);
			/* how far a codec has come when it sees damage depends on the size of reads */
			if (read_bytes == 1 << 20)
				buf_printf(out, " %llu %llu", (unsigned long long)f.packed_offset, (unsigned long long)f.offset);
			buf_append_char(out, '\n');
			unit = status == ARCHIVE_REFUSED ? out->length : unit;
		}
	}
	const struct archive_account *account = archive_account(a);
	buf_printf(out, "decoded %llu, members %llu, skipped %llu\n", (unsigned long long)account->decoded_bytes,
	           (unsigned long long)account->members, (unsigned long long)account->members_skipped);
	archive_close(a);
	desk_close(desk);
}

static void expect_same(const char *name, const struct buf *file)
{
	static const struct {
		unsigned threads;
		size_t read_bytes;
	} ways[] = {{1, 1 << 20}, {2, 777}, {5, 1 << 20}};
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		struct buf one = BUF_INIT, several = BUF_INIT;
		read_with(name, file, 0, ways[i].read_bytes, &one);
		read_with(name, file, ways[i].threads, ways[i].read_bytes, &several);
		assert_string_equal(one.data, several.data);
		assert_int_equal(one.length, several.length);
		buf_release(&one);
		buf_release(&several);
	}
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* A gzip member that begins like a BGZF block: its extra field holds its length. */
static void block(struct buf *out, const char *text, size_t length)
{
	struct buf gz = BUF_INIT;
	pack_gzip(&gz, text, length, 6);
	size_t total = gz.length + 8 - 1;
	char head[18] = {'\x1F', '\x8B', 8, 4, 0, 0, 0, 0, 0, 3, 6, 0, 'B', 'C', 2, 0, (char)total, (char)(total >> 8)};
	buf_append(out, head, sizeof head);
	buf_append(out, gz.data + 10, gz.length - 10);
	buf_release(&gz);
}

enum shape { MEMBERS, BLOCKS, SIZES_OF_ALL_KINDS, DECOYS, SHAPES };

/* Some tens of kilobytes; where members begin is noted in starts. */
static size_t make(struct buf *out, enum shape shape, uint32_t seed, size_t *starts, size_t most)
{
	size_t count = 0;
	char text[6000];
	out->length = 0;
	while (count + 1 < most) {
		size_t length = 100 + next_random(&seed) % 300;
		if (shape == SIZES_OF_ALL_KINDS && count % 7 == 3)
			length = 3000 + next_random(&seed) % 3000; /* more than a piece may hold */
		for (size_t i = 0; i < length; i++)
			text[i] = (char)('a' + next_random(&seed) % 26);
		starts[count++] = out->length;
		if (shape == BLOCKS) {
			block(out, text, length);
		} else if (shape == DECOYS) {
			/* what looks like the beginning of a member, in a stored block */
			memcpy(text + length / 2, "\x1F\x8B\x08\x00", 4);
			pack_gzip(out, text, length, 0);
		} else {
			pack_gzip(out, text, length, 1 + (int)(next_random(&seed) % 9));
		}
	}
	if (shape == BLOCKS) {
		starts[count++] = out->length;
		block(out, "", 0);
	}
	return count;
}

static void files_of_every_shape(void **state)
{
	(void)state;
	static size_t starts[1000];
	for (int shape = 0; shape < SHAPES; shape++) {
		for (uint32_t seed = 1; seed <= 4; seed++) {
			struct buf b = BUF_INIT, found = BUF_INIT;
			/* the last are longer than what is looked at before anything is inflated */
			make(&b, shape, seed, starts, seed < 4 ? 60 : 1000);
			expect_same("a.txt.gz", &b);
			read_with("a.txt.gz", &b, 3, 1 << 20, &found);
			assert_non_null(strstr(found.data, "sealed\n"));
			buf_release(&found);
			buf_append(&b, "\0\0\0", 3);
			expect_same("a.txt.gz", &b);
			buf_append(&b, "junk", 4);
			expect_same("a.txt.gz", &b);
			buf_release(&b);
		}
	}
}

static void cuts_and_flips(void **state)
{
	(void)state;
	size_t starts[60];
	for (int shape = 0; shape < SHAPES; shape++) {
		struct buf b = BUF_INIT;
		size_t count = make(&b, shape, 9, starts, 60);
		uint32_t seed = 77;
		for (size_t i = 0; i < count; i++) {
			/* at, before and after the beginning of each member */
			for (int d = -1; d <= 1; d++) {
				struct buf cut = {b.data, starts[i] + (size_t)(i ? d : 0), 0};
				expect_same("a.txt.gz", &cut);
			}
		}
		for (int i = 0; i < 40; i++) {
			size_t bit = next_random(&seed) % (b.length * 8);
			b.data[bit / 8] ^= (char)(1 << bit % 8);
			expect_same("a.txt.gz", &b);
			b.data[bit / 8] ^= (char)(1 << bit % 8);
		}
		/* zeros between two members, which only the last may have after it */
		for (size_t i = 1; i < count; i += 9) {
			struct buf padded = BUF_INIT;
			buf_append(&padded, b.data, starts[i]);
			buf_append(&padded, "\0\0", 2);
			buf_append(&padded, b.data + starts[i], b.length - starts[i]);
			expect_same("a.txt.gz", &padded);
			buf_release(&padded);
		}
		buf_release(&b);
	}
}

static void members_of_other_kinds_between(void **state)
{
	(void)state;
	struct buf b = BUF_INIT, zeros = BUF_INIT;
	for (int i = 0; i < 30000; i++)
		buf_append_char(&zeros, '0');
	for (int round = 0; round < 20; round++) {
		char text[500];
		memset(text, 'a' + round, sizeof text);
		block(&b, text, sizeof text);
		pack_gzip(&b, text, sizeof text, 0);
		pack_gzip(&b, zeros.data, zeros.length, 9); /* gives far more than a piece may */
		pack_gzip(&b, "", 0, 6);
	}
	expect_same("a.txt.gz", &b);
	buf_release(&b);
	buf_release(&zeros);
}

static void bombs_are_seen_at_the_same_place(void **state)
{
	(void)state;
	struct buf zeros = BUF_INIT;
	for (int i = 0; i < 1 << 20; i++)
		buf_append_char(&zeros, 0);
	for (int dense = 0; dense < 40; dense += 13) {
		struct buf b = BUF_INIT;
		char noise[3000];
		uint32_t seed = 5;
		for (size_t i = 0; i < sizeof noise; i++)
			noise[i] = (char)next_random(&seed);
		for (int i = 0; i < 40; i++)
			pack_gzip(&b, i < dense ? noise : zeros.data, i < dense ? sizeof noise : zeros.length, 6);
		struct buf found[2] = {BUF_INIT, BUF_INIT};
		for (int threads = 0; threads < 2; threads++) {
			struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
			limits.ratio_floor = 1 << 20;
			struct archive *a = archive_open_memory("a.gz", b.data, b.length, false, &limits);
			struct desk *desk = desk_open((unsigned)threads * 3);
			desk_serve(desk, a);
			transcribe(a, &found[threads]);
			buf_printf(&found[threads], "%llu", (unsigned long long)archive_account(a)->decoded_bytes);
			archive_close(a);
			desk_close(desk);
		}
		assert_string_equal(found[0].data, found[1].data);
		buf_release(&found[0]);
		buf_release(&found[1]);
		buf_release(&b);
	}
	buf_release(&zeros);
}

/* A zip whose entries are small and large, packed by every method, with links, folders, archives inside and gaps between. */
static void make_zip(struct buf *out, struct pack_zip *z)
{
	static const int methods[] = {0, 8, 12, 93, 95};
	struct buf text = BUF_INIT;
	char name[32];
	uint32_t seed = 11;
	out->length = 0;
	pack_zip_begin(z, out);
	for (int i = 0; i < 50; i++) {
		size_t length = i % 10 == 9 ? 100000 : next_random(&seed) % 2000;
		buf_clear(&text);
		while (text.length < length)
			buf_printf(&text, "%u words and ", next_random(&seed) % 1000);
		snprintf(name, sizeof name, i % 12 == 5 ? "folder%d/" : i % 12 == 7 ? "%d.jsonl" : "%d.txt", i);
		static const char lines[] = "{\"id\":1}\n{\"id\":2}\n";
		if (i % 12 == 5)
			pack_zip_add(z, mem_strdup(name), "", 0, 0, 0);
		else if (i % 12 == 7)
			pack_zip_add(z, mem_strdup(name), lines, sizeof lines - 1, 8, 0);
		else
			pack_zip_add(z, mem_strdup(name), text.data ? text.data : "", text.length, i % 10 == 9 ? 0 : methods[i % 5], i % 3 ? 0 : 8);
		if (i % 12 == 2)
			z->entries[z->count - 1].attributes = 0120777u << 16;
		if (i % 20 == 13)
			buf_append_str(out, "a gap");
	}
	pack_zip_end(z, "");
	for (size_t i = 0; i < z->count; i++)
		free((char *)(uintptr_t)z->entries[i].name);
	buf_release(&text);
}

static void zips_with_every_kind_of_entry(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct pack_zip z;
	uint32_t seed = 3;
	make_zip(&b, &z);
	expect_same("a.zip", &b);
	for (int i = 0; i < 60; i++) {
		/* in the data, in the headers, in the directory */
		size_t at = i % 3 == 0 ? next_random(&seed) % b.length : i % 3 == 1 ? z.entries[next_random(&seed) % z.count].local + seed % 30
		                                                                      : z.entries[next_random(&seed) % z.count].record + seed % 46;
		char was = b.data[at];
		b.data[at] ^= (char)(1 << i % 8);
		expect_same("a.zip", &b);
		b.data[at] = was;
	}
	buf_release(&b);
}

/* Entries that declare less, more or nothing of what they hold. */
static void zips_that_lie_about_sizes(void **state)
{
	(void)state;
	static const uint32_t sizes[] = {0, 1, 16, 18, 1000, 9u << 20, 0xFFFFFFFE};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		for (int method = 0; method <= 8; method += 8) {
			struct buf b = BUF_INIT;
			struct pack_zip z;
			pack_zip_begin(&z, &b);
			pack_zip_add(&z, "a.txt", "alpha alpha alpha", 17, method, 0);
			struct pack_entry *e = pack_zip_add(&z, "b.txt", "alpha alpha alpha", 17, method, 0);
			pack_zip_add(&z, "c.txt", "alpha alpha alpha", 17, method, 0);
			e->size = sizes[i];
			for (int k = 0; k < 4; k++)
				b.data[e->local + 22 + (size_t)k] = (char)(sizes[i] >> (8 * k));
			pack_zip_end(&z, "");
			expect_same("a.zip", &b);
			buf_release(&b);
		}
	}
}

static void closing_half_way_leaves_nothing_behind(void **state)
{
	(void)state;
	struct buf b = BUF_INIT, line = BUF_INIT;
	for (int i = 0; i < 2000; i++) {
		buf_clear(&line);
		buf_printf(&line, "{\"id\":%d}\n", i);
		pack_gzip(&b, line.data, line.length, 6);
	}
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	struct desk *desk = desk_open(3); /* all the archives use it */
	for (int members = 0; members < 60; members += 7) {
		struct archive *a = archive_open_memory("a.jsonl.gz", b.data, b.length, false, &limits);
		struct member member;
		struct fault fault;
		desk_serve(desk, a);
		for (int i = 0; i < members; i++)
			assert_int_equal(archive_next(a, &member, &fault), ARCHIVE_MEMBER);
		archive_close(a);
	}
	struct pack_zip z;
	make_zip(&b, &z);
	for (int steps = 0; steps < 60; steps += 7) {
		struct archive *a = archive_open_memory("a.zip", b.data, b.length, false, &limits);
		struct member member;
		struct fault fault;
		desk_serve(desk, a);
		for (int i = 0; i < steps; i++)
			archive_next(a, &member, &fault);
		archive_close(a);
	}
	desk_close(desk);
	buf_release(&b);
	buf_release(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_every_shape),
		cmocka_unit_test(cuts_and_flips),
		cmocka_unit_test(members_of_other_kinds_between),
		cmocka_unit_test(bombs_are_seen_at_the_same_place),
		cmocka_unit_test(zips_with_every_kind_of_entry),
		cmocka_unit_test(zips_that_lie_about_sizes),
		cmocka_unit_test(closing_half_way_leaves_nothing_behind),
	};
	return cmocka_run_group_tests(tests, use_small_pieces, NULL);
}
