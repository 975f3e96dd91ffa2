#include "tests/lossy_disk.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { SECTOR = 512, NAMES_MOST = 16 };

enum operation_kind { CREATED, WRITTEN, TRUNCATED, SYNCED, DELETED };

struct operation {
	enum operation_kind kind;
	size_t file;       /* number of the file (not of its name); for DELETED of the name */
	int64_t offset;    /* WRITTEN; TRUNCATED: the new length */
	char *bytes;
	size_t length;
	bool directory;    /* SYNCED, DELETED: the directory with it */
};

/* A file as such, whatever its name: inode. */
struct file {
	size_t name;
	bool was_there;       /* before it all began */
	struct buf before;    /* what it held then */
};

static struct {
	sqlite3_vfs vfs, *real;
	char directory[256];
	char names[NAMES_MOST][128];
	size_t name_count;
	struct file *files;
	size_t file_count, file_capacity;
	struct operation *log;
	size_t count, capacity;
	uint64_t bytes;
	size_t syncs;
} disk;

/* What SQLite holds: the methods, then our fields, then the real file. */
struct open_file {
	sqlite3_file base;
	bool noted, directory_unsynced;
	size_t file;
};

static sqlite3_file *real_of(sqlite3_file *f)
{
	return (sqlite3_file *)((char *)f + sizeof(struct open_file));
}

static struct operation *note(enum operation_kind kind, size_t file)
{
	MEM_GROW(disk.log, disk.count, disk.capacity);
	disk.log[disk.count] = (struct operation){.kind = kind, .file = file};
	return &disk.log[disk.count++];
}

/* ---- files ---- */

static int file_close(sqlite3_file *f)
{
	return real_of(f)->pMethods->xClose(real_of(f));
}

static int file_read(sqlite3_file *f, void *to, int length, sqlite3_int64 offset)
{
	return real_of(f)->pMethods->xRead(real_of(f), to, length, offset);
}

static int file_write(sqlite3_file *f, const void *from, int length, sqlite3_int64 offset)
{
	struct open_file *o = (struct open_file *)f;
	if (o->noted) {
		struct operation *op = note(WRITTEN, o->file);
		op->offset = offset;
		op->length = (size_t)length;
		op->bytes = mem_alloc(op->length);
		memcpy(op->bytes, from, op->length);
		disk.bytes += op->length;
	}
	return real_of(f)->pMethods->xWrite(real_of(f), from, length, offset);
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	struct open_file *o = (struct open_file *)f;
	if (o->noted)
		note(TRUNCATED, o->file)->offset = size;
	return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int file_sync(sqlite3_file *f, int flags)
{
	struct open_file *o = (struct open_file *)f;
	if (o->noted) {
		note(SYNCED, o->file)->directory = o->directory_unsynced;
		o->directory_unsynced = false;
		disk.syncs++;
	}
	return real_of(f)->pMethods->xSync(real_of(f), flags);
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int file_lock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int file_unlock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int file_check_reserved(sqlite3_file *f, int *result)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), result);
}

static int file_control(sqlite3_file *f, int op, void *argument)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, argument);
}

static int file_sector_size(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int file_characteristics(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **to)
{
	return real_of(f)->pMethods->xShmMap(real_of(f), region, size, extend, to);
}

static int shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void shm_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int shm_unmap(sqlite3_file *f, int remove)
{
	return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
}

/* version 2: without memory-mapped reading and writing, which would pass us by */
static const sqlite3_io_methods methods = {
	.iVersion = 2, .xClose = file_close, .xRead = file_read, .xWrite = file_write, .xTruncate = file_truncate, .xSync = file_sync, .xFileSize = file_size,
	.xLock = file_lock, .xUnlock = file_unlock, .xCheckReservedLock = file_check_reserved, .xFileControl = file_control, .xSectorSize = file_sector_size,
	.xDeviceCharacteristics = file_characteristics, .xShmMap = shm_map, .xShmLock = shm_lock, .xShmBarrier = shm_barrier, .xShmUnmap = shm_unmap};

/* ---- names ---- */

static size_t name_number(const char *name)
{
	for (size_t i = 0; i < disk.name_count; i++)
		if (strcmp(disk.names[i], name) == 0)
			return i;
	if (disk.name_count == NAMES_MOST)
		abort();
	snprintf(disk.names[disk.name_count], sizeof disk.names[0], "%s", name);
	return disk.name_count++;
}

/* The name within the directory, or NULL: not ours. */
static const char *our_name(const char *path)
{
	size_t length = strlen(disk.directory);
	return path && strncmp(path, disk.directory, length) == 0 && path[length] == '/' && !strchr(path + length + 1, '/') ? path + length + 1 : NULL;
}

/* The file that has the name now, or -1. */
static size_t file_named(size_t name)
{
	for (size_t i = disk.file_count; i-- > 0;)
		if (disk.files[i].name == name)
			return i;
	return (size_t)-1;
}

static size_t new_file(size_t name, bool was_there)
{
	MEM_GROW(disk.files, disk.file_count, disk.file_capacity);
	disk.files[disk.file_count] = (struct file){.name = name, .was_there = was_there, .before = BUF_INIT};
	return disk.file_count++;
}

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *f, int flags, int *out_flags)
{
	struct open_file *o = (struct open_file *)f;
	const char *name = our_name(path);
	int there = 0;
	(void)vfs;
	*o = (struct open_file){0};
	memset(real_of(f), 0, (size_t)disk.real->szOsFile);
	if (name)
		disk.real->xAccess(disk.real, path, SQLITE_ACCESS_EXISTS, &there);
	int result = disk.real->xOpen(disk.real, path, real_of(f), flags, out_flags);
	if (result != SQLITE_OK)
		return result;
	o->base.pMethods = &methods;
	if (!name)
		return result;
	o->noted = true;
	size_t number = name_number(name);
	o->file = there ? file_named(number) : new_file(number, false);
	if (!there) {
		note(CREATED, o->file);
		o->directory_unsynced = flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL);
	}
	return result;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int directory)
{
	const char *name = our_name(path);
	(void)vfs;
	int result = disk.real->xDelete(disk.real, path, directory);
	if (name && result == SQLITE_OK)
		note(DELETED, name_number(name))->directory = directory;
	return result;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *result)
{
	(void)vfs;
	return disk.real->xAccess(disk.real, path, flags, result);
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *path, int size, char *out)
{
	(void)vfs;
	return disk.real->xFullPathname(disk.real, path, size, out);
}

/* ---- beginning and end ---- */

static void take_what_is_there(void)
{
	DIR *d = opendir(disk.directory);
	for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
		size_t length = strlen(e->d_name);
		if (e->d_name[0] == '.' || (length > 4 && (strcmp(e->d_name + length - 4, "-shm") == 0 || strcmp(e->d_name + length - 5, ".lock") == 0)))
			continue;
		char path[512], block[65536];
		size_t n, file = new_file(name_number(e->d_name), true);
		snprintf(path, sizeof path, "%s/%s", disk.directory, e->d_name);
		FILE *f = fopen(path, "re");
		while (f && (n = fread(block, 1, sizeof block, f)) > 0)
			buf_append(&disk.files[file].before, block, n);
		if (f)
			fclose(f);
	}
	if (d)
		closedir(d);
}

void lossy_disk_begin(const char *directory)
{
	sqlite3_initialize();
	disk.real = sqlite3_vfs_find("unix");
	snprintf(disk.directory, sizeof disk.directory, "%s", directory);
	disk.vfs = *disk.real;
	disk.vfs.zName = "lossy";
	disk.vfs.szOsFile = (int)sizeof(struct open_file) + disk.real->szOsFile;
	disk.vfs.pNext = NULL;
	disk.vfs.xOpen = vfs_open;
	disk.vfs.xDelete = vfs_delete;
	disk.vfs.xAccess = vfs_access;
	disk.vfs.xFullPathname = vfs_full_path;
	take_what_is_there();
	sqlite3_vfs_register(&disk.vfs, 1);
}

void lossy_disk_end(void)
{
	sqlite3_vfs_unregister(&disk.vfs);
	sqlite3_vfs_register(disk.real, 1);
	for (size_t i = 0; i < disk.count; i++)
		free(disk.log[i].bytes);
	for (size_t i = 0; i < disk.file_count; i++)
		buf_release(&disk.files[i].before);
	free(disk.log);
	free(disk.files);
	memset(&disk, 0, sizeof disk);
}

size_t lossy_disk_position(void)
{
	return disk.count;
}

uint64_t lossy_disk_bytes(void)
{
	return disk.bytes;
}

size_t lossy_disk_syncs(void)
{
	return disk.syncs;
}

/* ---- the cut ---- */

static void put_bytes(struct buf *content, int64_t offset, const char *bytes, size_t length)
{
	size_t end = (size_t)offset + length;
	if (end > content->length) {
		buf_reserve(content, end - content->length);
		memset(content->data + content->length, 0, end - content->length);
		content->length = end;
	}
	memcpy(content->data + offset, bytes, length);
}

static void put_length(struct buf *content, int64_t length)
{
	if ((size_t)length < content->length)
		content->length = (size_t)length;
	else if ((size_t)length > content->length)
		put_bytes(content, length, "", 0);
}

/* A write or truncation reaches the disk, whole or, if torn, each sector of it or not. */
static void apply(struct buf *content, const struct operation *op, bool torn, struct rng *rng)
{
	if (op->kind == TRUNCATED) {
		put_length(content, op->offset);
		return;
	}
	for (size_t at = 0; at < op->length;) {
		size_t room = SECTOR - (size_t)(op->offset + (int64_t)at) % SECTOR, n = op->length - at < room ? op->length - at : room;
		if (!torn || rng_below(rng, 2))
			put_bytes(content, op->offset + (int64_t)at, op->bytes + at, n);
		at += n;
	}
}

/* Operations on one file since its last sync. Five fates: none of them, all, the first few, a few in any order, a few torn ones in any order. */
static void apply_unsynced(struct buf *content, const struct operation **list, size_t count, struct rng *rng)
{
	unsigned fate = rng_below(rng, 5);
	size_t first = fate == 0 ? 0 : fate == 2 ? rng_below(rng, (uint32_t)count + 1) : count;
	if (fate >= 3)
		for (size_t i = count; i > 1; i--) {
			size_t k = rng_below(rng, (uint32_t)i);
			const struct operation *swap = list[i - 1];
			list[i - 1] = list[k];
			list[k] = swap;
		}
	for (size_t i = 0; i < first; i++)
		if (fate < 3 || rng_below(rng, 2))
			apply(content, list[i], fate == 4, rng);
}

/* What a directory holds: file number by name; -1 none. Changes that are not synced yet may be lost, each one, and stay in order. */
struct directory {
	size_t file[NAMES_MOST];
	const struct operation *unsynced[64];
	size_t count;
};

static void apply_name(struct directory *d, const struct operation *op)
{
	if (op->kind == DELETED)
		d->file[op->file] = (size_t)-1;
	else
		d->file[disk.files[op->file].name] = op->file;
}

static void sync_directory(struct directory *d)
{
	for (size_t i = 0; i < d->count; i++)
		apply_name(d, d->unsynced[i]);
	d->count = 0;
}

static void change_directory(struct directory *d, const struct operation *op)
{
	if (d->count == sizeof d->unsynced / sizeof *d->unsynced)
		abort();
	d->unsynced[d->count++] = op;
	if (op->kind == DELETED && op->directory)
		sync_directory(d);
}

static void directory_at(struct directory *d, size_t position, struct rng *rng)
{
	memset(d, 0xFF, sizeof d->file);
	d->count = 0;
	for (size_t i = 0; i < disk.file_count; i++)
		if (disk.files[i].was_there)
			d->file[disk.files[i].name] = i;
	for (size_t i = 0; i < position; i++) {
		const struct operation *op = &disk.log[i];
		if (op->kind == CREATED || op->kind == DELETED)
			change_directory(d, op);
		if (op->kind == SYNCED && op->directory)
			sync_directory(d);
		for (size_t k = 0; op->kind == SYNCED && k < d->count; k++) /* a synced file has its name */
			if (d->unsynced[k]->kind == CREATED && d->unsynced[k]->file == op->file)
				apply_name(d, d->unsynced[k]);
	}
	for (size_t i = 0; i < d->count; i++)
		if (rng_below(rng, 2))
			apply_name(d, d->unsynced[i]);
}

static void content_at(size_t file, size_t position, struct rng *rng, struct buf *content)
{
	const struct operation **unsynced = mem_calloc(position, sizeof(const struct operation *));
	size_t count = 0;
	buf_append(content, disk.files[file].before.data, disk.files[file].before.length);
	for (size_t i = 0; i < position; i++) {
		const struct operation *op = &disk.log[i];
		if (op->kind == CREATED || op->kind == DELETED || op->file != file)
			continue;
		if (op->kind != SYNCED) {
			unsynced[count++] = op;
			continue;
		}
		for (size_t k = 0; k < count; k++)
			apply(content, unsynced[k], false, rng);
		count = 0;
	}
	apply_unsynced(content, unsynced, count, rng);
	free(unsynced);
}

void lossy_disk_cut(size_t position, struct rng *rng, const char *to)
{
	struct directory d;
	directory_at(&d, position, rng);
	for (size_t i = 0; i < disk.name_count; i++) {
		if (d.file[i] == (size_t)-1)
			continue;
		struct buf content = BUF_INIT;
		char path[512];
		content_at(d.file[i], position, rng, &content);
		snprintf(path, sizeof path, "%s/%s", to, disk.names[i]);
		FILE *f = fopen(path, "we");
		if (!f || fwrite(content.data ? content.data : "", 1, content.length, f) != content.length || fclose(f) != 0)
			abort();
		buf_release(&content);
	}
}
