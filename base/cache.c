#include "base/cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/mem.h"
#include "build_of_sources.h"

static const char MAGIC[] = "themetally cache 3\n";
enum { MAGIC_BYTES = sizeof MAGIC - 1, SUM_BYTES = sizeof(XXH128_canonical_t), HEADER_BYTES = MAGIC_BYTES + SUM_BYTES };
#define FILE_BYTES_MOST ((off_t)1 << 30)
enum { DAY_SECONDS = 86400, KEPT_DAYS = 60 };

void cache_key_begin(struct sha256 *key, const char *kind)
{
	sha256_init(key);
	sha256_update(key, MAGIC, sizeof MAGIC);
	sha256_update(key, kind, strlen(kind) + 1);
}

void cache_key_begin_for_build(struct sha256 *key, const char *kind)
{
	cache_key_begin(key, kind);
	sha256_update(key, BUILD_OF_SOURCES, sizeof BUILD_OF_SOURCES);
}

static char *path_of(const char *directory, const unsigned char key[SHA256_BYTES], const char *suffix)
{
	struct buf path = BUF_INIT;
	char hex[2 * SHA256_BYTES + 1];

	sha256_hex(key, hex);
	buf_printf(&path, "%s/%s%s", directory, hex, suffix);
	return buf_detach(&path);
}

static bool read_all(int fd, struct buf *out, size_t length)
{
	size_t stop = out->length + length;

	buf_reserve(out, length);
	while (out->length < stop) {
		ssize_t n = read(fd, out->data + out->length, stop - out->length);

		if (n <= 0)
			return false;
		out->length += (size_t)n;
	}
	out->data[out->length] = '\0';
	return true;
}

/* Against damage. (Who may write to the directory could make any sum, so a stronger one would keep nobody out.) The key is summed too, so that a file under
 * another's name does not pass. */
static void sum_of(const unsigned char key[SHA256_BYTES], const char *bytes, size_t length, unsigned char sum[SUM_BYTES])
{
	XXH128_canonical_t canonical;

	XXH128_canonicalFromHash(&canonical, XXH3_128bits_withSeed(bytes, length, XXH3_64bits(key, SHA256_BYTES)));
	memcpy(sum, canonical.digest, SUM_BYTES);
}

bool cache_read(const char *directory, const unsigned char key[SHA256_BYTES], struct buf *out)
{
	if (!directory)
		return false;
	char *path = path_of(directory, key, "");
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct buf header = BUF_INIT;
	struct stat st;
	size_t before = out->length;
	bool good = false;

	free(path);
	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH)) &&
	    st.st_size >= HEADER_BYTES && st.st_size <= FILE_BYTES_MOST && read_all(fd, &header, HEADER_BYTES) &&
	    memcmp(header.data, MAGIC, MAGIC_BYTES) == 0 && read_all(fd, out, (size_t)st.st_size - HEADER_BYTES)) {
		unsigned char sum[SUM_BYTES];

		sum_of(key, out->data + before, out->length - before, sum);
		good = memcmp(sum, header.data + MAGIC_BYTES, SUM_BYTES) == 0;
	}
	if (good && st.st_mtime + DAY_SECONDS < time(NULL))
		futimens(fd, NULL); /* it is in use */
	close(fd);
	if (!good && out->data) {
		out->length = before;
		out->data[before] = '\0';
	}
	buf_release(&header);
	return good;
}

/* A name that path_of() gives, perhaps with the end of a temporary one. */
static bool is_ours(const char *name)
{
	size_t hex = strspn(name, "0123456789abcdef"), rest = strlen(name + hex);

	return hex == 2 * SHA256_BYTES && (rest == 0 || (rest == 7 && name[hex] == '.'));
}

/* Removes what nobody has read for long: layouts of lexicons and builds that are no more. */
static void remove_old(const char *directory)
{
	DIR *all = opendir(directory);
	time_t oldest = time(NULL) - (time_t)KEPT_DAYS * DAY_SECONDS;
	struct stat st;

	if (!all)
		return;
	for (const struct dirent *d; (d = readdir(all)) != NULL;)
		if (is_ours(d->d_name) && fstatat(dirfd(all), d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && st.st_mtime < oldest)
			unlinkat(dirfd(all), d->d_name, 0);
	closedir(all);
}

static bool write_all(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length) {
		ssize_t n = write(fd, at, length);

		if (n <= 0)
			return false;
		at += n;
		length -= (size_t)n;
	}
	return true;
}

void cache_write(const char *directory, const unsigned char key[SHA256_BYTES], const char *bytes, size_t length)
{
	if (!directory)
		return;
	if (mkdir(directory, 0700) != 0 && access(directory, W_OK) != 0)
		return;
	char *temporary = path_of(directory, key, ".XXXXXX"), *path = path_of(directory, key, "");
	int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */

	if (fd >= 0) {
		unsigned char sum[SUM_BYTES];

		sum_of(key, bytes, length, sum);
		bool good = write_all(fd, MAGIC, MAGIC_BYTES) && write_all(fd, sum, sizeof sum) && write_all(fd, bytes, length) && fsync(fd) == 0;

		good &= close(fd) == 0;
		if (!good || rename(temporary, path) != 0)
			unlink(temporary);
		remove_old(directory);
	}
	free(temporary);
	free(path);
}
