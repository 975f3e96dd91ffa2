/* Archives as files: what is opened and what is not, standard input, files that change, hashes, folders. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/sha256.h"
#include "corpora/sniff.h"
#include "tests/desk.h"
#include "tests/pack.h"
#include "tests/transcript.h"

static char folder[128];

static int make_folder(void **state)
{
	(void)state;
	const char *base = getenv("TMPDIR");
	snprintf(folder, sizeof folder, "%s/themetally-test-XXXXXX", base && strlen(base) < 90 ? base : P_tmpdir);
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static const char *in_folder(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];
	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

static const char *write_file(const char *name, const void *bytes, size_t length)
{
	const char *path = in_folder(name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, length, f), length);
	fclose(f);
	return path;
}

static struct archive *open_file(const char *path, size_t read_bytes)
{
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	struct fault fault;
	limits.read_bytes = read_bytes;
	struct archive *a = archive_open(path, &limits, &fault);
	assert_non_null(a);
	return a;
}

static enum fault_code open_fails(const char *path)
{
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	struct fault fault;
	assert_null(archive_open(path, &limits, &fault));
	return fault.code;
}

static void only_regular_files_are_opened(void **state)
{
	(void)state;
	assert_int_equal(open_fails(in_folder("none")), FAULT_IO);
	assert_int_equal(open_fails(folder), FAULT_NOT_REGULAR);
	assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
	assert_int_equal(open_fails(in_folder("pipe")), FAULT_NOT_REGULAR); /* without waiting for a writer */
	unlink(in_folder("pipe"));
	assert_int_equal(open_fails("/dev/null"), FAULT_NOT_REGULAR);
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	snprintf(name.sun_path, sizeof name.sun_path, "%s", in_folder("socket"));
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(s, (struct sockaddr *)&name, sizeof name) == 0)
		assert_int_equal(open_fails(name.sun_path), FAULT_IO); /* open() itself says no */
	close(s);
	unlink(name.sun_path);
	const char *path = write_file("closed.txt", "x", 1);
	chmod(path, 0);
	if (geteuid() != 0)
		assert_int_equal(open_fails(path), FAULT_IO);
	unlink(path);
}

static void files_are_accounted_and_hashed(void **state)
{
	(void)state;
	struct buf zip = BUF_INIT, gz = BUF_INIT, big = BUF_INIT;
	struct pack_zip z;
	pack_zip_begin(&z, &zip);
	pack_zip_add(&z, "a.txt", "alpha", 5, 8, 0);
	for (int i = 0; i < 40000; i++)
		buf_printf(&big, "%d ", i * i);
	pack_zip_add(&z, "b.txt", big.data, big.length, 0, 0);
	pack_zip_end(&z, "");
	pack_gzip(&gz, "text", 4, 6);
	const struct {
		const char *name;
		const struct buf *bytes;
		uint64_t decoded, members;
	} cases[] = {{"a.zip", &zip, 5 + big.length, 2}, {"a.txt.gz", &gz, 4, 1}, {"a.txt", &big, big.length, 1}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *path = write_file(cases[i].name, cases[i].bytes->data, cases[i].bytes->length);
		unsigned char digest[32];
		sha256(cases[i].bytes->data, cases[i].bytes->length, digest);
		for (size_t read_bytes = 1000; read_bytes < 2000000; read_bytes *= 1000) {
			struct archive *a = open_file(path, read_bytes);
			struct buf found = BUF_INIT;
			archive_want_hash(a);
			transcribe(a, &found);
			const struct archive_account *account = archive_account(a);
			assert_null(strstr(found.data, "refused"));
			assert_int_equal(account->packed_bytes, cases[i].bytes->length);
			assert_int_equal(account->packed_read, cases[i].bytes->length);
			assert_int_equal(account->decoded_bytes, cases[i].decoded);
			assert_int_equal(account->members, cases[i].members);
			assert_int_equal(account->units_sealed, i == 0 ? 2 : 1);
			assert_memory_equal(account->sha256, digest, 32);
			assert_true(account->mtime > 0);
			archive_close(a);
			buf_release(&found);
		}
		unlink(path);
	}
	buf_release(&zip);
	buf_release(&gz);
	buf_release(&big);
}

static void damaged_files_are_hashed_to_their_end(void **state)
{
	(void)state;
	struct buf gz = BUF_INIT, found = BUF_INIT;
	pack_gzip(&gz, "text", 4, 6);
	size_t first = gz.length;
	for (int i = 0; i < 3000; i++)
		pack_gzip(&gz, "text", 4, 6);
	gz.data[first - 1] ^= 1;
	unsigned char digest[32];
	sha256(gz.data, gz.length, digest);
	const char *path = write_file("a.gz", gz.data, gz.length);
	struct archive *a = open_file(path, 512);
	archive_want_hash(a);
	transcribe(a, &found);
	assert_int_equal(strncmp(found.data, "refused", 7), 0);
	assert_memory_equal(archive_account(a)->sha256, digest, 32);
	assert_int_equal(archive_account(a)->packed_read, gz.length);
	archive_close(a);
	unlink(path);
	buf_release(&gz);
	buf_release(&found);
}

enum change { APPEND, SHORTEN, TOUCH, REMOVE, REPLACE, CHANGES };

/* What a file system makes up as it is read says that it is empty: it is read to its end all the same, and an error is none of its ends. */
static void files_that_hide_their_size_are_read(void **state)
{
	(void)state;
	struct member member;
	struct fault fault = {0};
	struct archive *a = open_file("/proc/self/status", 1 << 20);
	assert_int_equal(archive_next(a, &member, &fault), ARCHIVE_MEMBER);
	assert_memory_equal(member.bytes, "Name:", 5);
	assert_int_equal(archive_next(a, &member, &fault), ARCHIVE_SEALED);
	assert_true(archive_account(a)->packed_bytes > 100);
	archive_close(a);
	a = open_file("/proc/self/mem", 1 << 20);
	archive_want_hash(a);
	assert_int_equal(archive_next(a, &member, &fault), ARCHIVE_REFUSED);
	assert_int_equal(fault.code, FAULT_IO);
	assert_int_equal(archive_next(a, &member, &fault), ARCHIVE_END);
	archive_close(a);
	const char *empty = write_file("empty.txt", "", 0);
	a = open_file(empty, 1 << 20);
	unlink(empty);
	assert_int_equal(archive_next(a, &member, &fault), ARCHIVE_MEMBER);
	assert_int_equal(member.length, 0);
	assert_int_equal(archive_next(a, &member, &fault), ARCHIVE_SEALED);
	archive_close(a);
}

/* Changes the file after its first member has been read. */
static void changed_files_are_refused(void **state)
{
	(void)state;
	struct buf lines = BUF_INIT, zip = BUF_INIT;
	struct pack_zip z;
	pack_zip_begin(&z, &zip);
	for (int i = 0; i < 12; i++) {
		for (int k = 0; k < 2000; k++)
			buf_printf(&lines, "{\"id\":%d}\n", i * 2000 + k);
		pack_zip_add(&z, "a.txt", lines.data, lines.length, 0, 0);
	}
	pack_zip_end(&z, "");
	assert_true(lines.length > 4 * SNIFF_BYTES); /* so that most of it is read after the change */
	for (int kind = 0; kind < 2; kind++) {
		const struct buf *bytes = kind ? &zip : &lines;
		for (int change = 0; change < CHANGES; change++) {
			const char *path = write_file(kind ? "a.zip" : "a.jsonl", bytes->data, bytes->length);
			struct archive *a = open_file(path, 512);
			struct member member;
			struct fault fault = {0};
			assert_int_equal(archive_next(a, &member, &fault), ARCHIVE_MEMBER);
			switch (change) {
			case APPEND: {
				FILE *f = fopen(path, "a");
				fputs("{\"id\":9999}\n", f);
				fclose(f);
				break;
			}
			case SHORTEN:
				assert_int_equal(truncate(path, (off_t)bytes->length / 2), 0);
				break;
			case TOUCH: {
				struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_sec = 1000000000}};
				assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
				break;
			}
			case REMOVE:
				unlink(path);
				break;
			default:
				unlink(path);
				write_file(kind ? "a.zip" : "a.jsonl", bytes->data, bytes->length);
			}
			enum archive_status status, last = ARCHIVE_END;
			while ((status = archive_next(a, &member, &fault)) != ARCHIVE_END)
				last = status;
			assert_int_equal(last, ARCHIVE_REFUSED);
			assert_int_equal(fault.code, FAULT_CHANGED);
			archive_close(a);
			unlink(path);
		}
	}
	buf_release(&lines);
	buf_release(&zip);
}

/* Several threads, a real file: the same members, and a damaged entry refused for the same reason. */
static void zips_are_read_by_several_threads(void **state)
{
	(void)state;
	struct buf zip = BUF_INIT, text = BUF_INIT;
	struct pack_zip z;
	pack_zip_begin(&z, &zip);
	for (int i = 0; i < 30; i++) {
		buf_clear(&text);
		for (int k = 0; k < 200 + i % 5 * 20000; k++)
			buf_printf(&text, "%d ", i * k);
		pack_zip_add(&z, "a.txt", text.data, text.length, i % 2 ? 8 : 0, i % 3 ? 0 : 8);
	}
	pack_zip_end(&z, "");
	zip.data[z.entries[7].local + 60] ^= 1;
	zip.data[z.entries[20].local + 200] ^= 1;
	const char *path = write_file("a.zip", zip.data, zip.length);
	struct buf found[2] = {BUF_INIT, BUF_INIT};
	for (unsigned threads = 0; threads < 2; threads++) {
		struct archive *a = open_file(path, 1 << 20);
		struct desk *desk = desk_open(3 * threads);
		desk_serve(desk, a);
		transcribe(a, &found[threads]);
		assert_int_equal(archive_account(a)->units_sealed, 28);
		assert_int_equal(archive_account(a)->units_refused, 2);
		archive_close(a);
		desk_close(desk);
	}
	assert_string_equal(found[0].data, found[1].data);
	unlink(path);
	buf_release(&found[0]);
	buf_release(&found[1]);
	buf_release(&zip);
	buf_release(&text);
}

/* Neither the limit nor the verdict on a binary file needs four gigabytes to be read. */
static void huge_sparse_files_end_at_once(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;
	for (int i = 0; i < 100000; i++)
		buf_append_char(&text, 't');
	for (int binary = 0; binary < 2; binary++) {
		const char *path = write_file("a.txt", text.data, binary ? 0 : text.length);
		if (truncate(path, (off_t)(4ull << 30) + 1) != 0) {
			unlink(path);
			skip();
		}
		struct buf found = BUF_INIT;
		struct archive *a = open_file(path, 1 << 20);
		struct member member;
		struct fault fault;
		enum archive_status status = archive_next(a, &member, &fault);
		assert_int_equal(status, binary ? ARCHIVE_SKIPPED : ARCHIVE_REFUSED);
		assert_int_equal(fault.code, binary ? FAULT_NOT_TEXT : FAULT_LIMIT);
		assert_true(archive_account(a)->packed_read < 2 << 20);
		transcribe(a, &found);
		archive_close(a);
		unlink(path);
		buf_release(&found);
	}
	buf_release(&text);
}

/* Standard input from a file, from a file read to some place already, and from a pipe. */
static void standard_input_is_read(void **state)
{
	(void)state;
	struct buf zip = BUF_INIT;
	struct pack_zip z;
	pack_zip_begin(&z, &zip);
	pack_zip_add(&z, "a.txt", "alpha", 5, 8, 0);
	pack_zip_end(&z, "");
	int saved = dup(STDIN_FILENO);
	assert_true(saved >= 0);
	for (int way = 0; way < 3; way++) {
		int fds[2] = {-1, -1};
		if (way < 2) {
			const char *path = write_file("in", zip.data, zip.length);
			fds[0] = open(path, O_RDONLY | O_CLOEXEC);
			unlink(path);
		} else {
			assert_int_equal(pipe(fds), 0);
			assert_int_equal(write(fds[1], zip.data, zip.length), zip.length);
			close(fds[1]);
		}
		assert_int_equal(dup2(fds[0], STDIN_FILENO), STDIN_FILENO);
		if (way == 1)
			assert_int_equal(lseek(STDIN_FILENO, 4, SEEK_SET), 4);
		struct buf found = BUF_INIT;
		struct archive *a = open_file("-", 7);
		transcribe(a, &found);
		if (way == 1)
			assert_string_equal(found.data, "skipped  not-text\nsealed\n"); /* what is left begins in the middle */
		else
			assert_string_equal(found.data, "member name=a.txt file=a.txt format=0 [alpha]\nsealed\n");
		assert_int_equal(archive_account(a)->packed_bytes, way == 1 ? zip.length - 4 : zip.length);
		archive_close(a);
		close(fds[0]);
		buf_release(&found);
	}
	assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
	close(saved);
	buf_release(&zip);
}

static void note_skip(const char *path, const struct fault *fault, void *context)
{
	buf_printf(context, "%s %s\n", path + (strncmp(path, folder, strlen(folder)) == 0 ? strlen(folder) + 1 : 0), fault_word(fault->code));
}

static void folders_are_listed_in_byte_order(void **state)
{
	(void)state;
	static const char *const names[] = {"b.txt", "B.txt", "a.txt", "c/d.txt", "c/e/f.txt", "c.txt"};
	assert_int_equal(mkdir(in_folder("c"), 0700), 0);
	assert_int_equal(mkdir(in_folder("c/e"), 0700), 0);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		write_file(names[i], "x", 1);
	assert_int_equal(symlink("a.txt", in_folder("link")), 0);
	assert_int_equal(symlink("..", in_folder("c/up")), 0);
	assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
	const char *roots[] = {in_folder("link"), "-", folder, in_folder("none")};
	struct buf skipped = BUF_INIT, listed = BUF_INIT;
	size_t count;
	struct archive_path *list = archive_list(roots, 4, &count, note_skip, &skipped);
	for (size_t i = 0; i < count; i++)
		buf_printf(&listed, "%s %llu\n", list[i].path[0] == '/' ? list[i].path + strlen(folder) + 1 : list[i].path,
		           (unsigned long long)list[i].bytes);
	archive_list_free(list, count);
	assert_string_equal(listed.data, "link 1\n- 0\nB.txt 1\na.txt 1\nb.txt 1\nc/d.txt 1\nc/e/f.txt 1\nc.txt 1\n");
	assert_string_equal(skipped.data, "c/up not-regular\nlink not-regular\npipe not-regular\nnone io\n");
	buf_release(&skipped);
	buf_release(&listed);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(in_folder(names[i]));
	unlink(in_folder("link"));
	unlink(in_folder("pipe"));
	unlink(in_folder("c/up"));
	rmdir(in_folder("c/e"));
	rmdir(in_folder("c"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_regular_files_are_opened),
		cmocka_unit_test(files_are_accounted_and_hashed),
		cmocka_unit_test(damaged_files_are_hashed_to_their_end),
		cmocka_unit_test(files_that_hide_their_size_are_read),
		cmocka_unit_test(changed_files_are_refused),
		cmocka_unit_test(zips_are_read_by_several_threads),
		cmocka_unit_test(huge_sparse_files_end_at_once),
		cmocka_unit_test(standard_input_is_read),
		cmocka_unit_test(folders_are_listed_in_byte_order),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
