/* The store as a file: whose it is, what lies beside it, how it gets its name. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/mem.h"
#include "pipeline/output.h"
#include "pipeline/store_sql.h"

int file_identify(const char *path, struct file_identity *out)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return -1;
	*out = (struct file_identity){st.st_size, (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec, (int64_t)st.st_dev, (int64_t)st.st_ino};
	return 0;
}

/* File systems on which locks of another machine are not seen. */
static bool on_network(const char *path)
{
	static const unsigned long types[] = {0x6969 /* NFS */, 0xFF534D42 /* CIFS */, 0xFE534D42 /* SMB2 */, 0x517B /* SMB */, 0x5346414F /* AFS */,
	                                      0x00C36400 /* Ceph */, 0x0BD00BD0 /* Lustre */, 0x65735546 /* FUSE */};
	struct statfs fs;
	if (statfs(path, &fs) != 0)
		return false;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (((unsigned long)fs.f_type & 0xFFFFFFFF) == types[i])
			return true;
	return false;
}

int store_take_lock(const char *path)
{
	struct buf name = BUF_INIT;
	buf_printf(&name, "%s.lock", path);
	int fd = open(name.data, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool held = false;
	if (fd < 0)
		message_error("cannot make %s: %s", name.data, strerror(errno));
	else if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		message_error("%s is being written by another process (%s is locked): wait for it to end", path, name.data);
	else if (on_network(name.data))
		message_error("%s lies on a network file system, where SQLite's locks do not hold: keep the store on a local disk", path);
	else
		held = true;
	if (fd >= 0 && !held)
		close(fd);
	buf_release(&name);
	return held ? fd : -1;
}

int store_lock(const char *path)
{
	return store_take_lock(path) >= 0 ? 0 : -1;
}

int store_put_in_place(const char *temporary, const char *path)
{
	static const char *const suffixes[] = {"-wal", "-shm"};
	int failed = 0;
	struct buf left = BUF_INIT;
	buf_printf(&left, "%s-wal", temporary);
	if (access(left.data, F_OK) == 0) { /* closing a store puts its log into it, unless that failed */
		errno = EBUSY;
		failed = -1;
	}
	buf_release(&left);
	for (size_t i = 0; i < 2 && !failed; i++) {
		struct buf name = BUF_INIT;
		buf_printf(&name, "%s%s", path, suffixes[i]);
		if (unlink(name.data) != 0 && errno != ENOENT)
			failed = -1;
		buf_release(&name);
	}
	if (!failed && (output_sync(temporary) != 0 || rename(temporary, path) != 0 || output_sync_directory(path) != 0))
		failed = -1;
	if (failed)
		message_error("cannot write %s: %s", path, strerror(errno));
	return failed;
}

int store_set_aside(const char *path, const char *name)
{
	static const char *const suffixes[] = {"-wal", "-shm"};
	int failed = link(path, name);
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes && !failed; i++) {
		struct buf from = BUF_INIT, to = BUF_INIT;
		buf_printf(&from, "%s%s", path, suffixes[i]);
		buf_printf(&to, "%s%s", name, suffixes[i]);
		if (rename(from.data, to.data) != 0 && errno != ENOENT)
			failed = -1;
		buf_release(&from);
		buf_release(&to);
	}
	if (failed)
		message_error("cannot set %s aside as %s: %s", path, name, strerror(errno));
	return failed ? -1 : 0;
}

void store_remove(const char *path)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".lock"};
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		struct buf name = BUF_INIT;
		buf_printf(&name, "%s%s", path, suffixes[i]);
		unlink(name.data);
		buf_release(&name);
	}
}
