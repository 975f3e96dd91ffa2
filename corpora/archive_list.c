#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "corpora/archive.h"

struct listing {
	struct archive_path *paths;
	size_t count, capacity;
	void (*skip)(const char *path, const struct fault *fault, void *context);
	void *context;
};

static void report(struct listing *l, const char *path, enum fault_code code, const char *message)
{
	struct fault fault;
	fault_set(&fault, code, NULL, FAULT_NO_OFFSET, FAULT_NO_OFFSET, 0, "%s", message);
	if (l->skip)
		l->skip(path, &fault, l->context);
}

static void add(struct listing *l, const char *path, uint64_t bytes)
{
	MEM_GROW(l->paths, l->count, l->capacity);
	l->paths[l->count++] = (struct archive_path){.path = mem_strdup(path), .bytes = bytes};
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void walk(struct listing *l, const char *path, bool named);

/* Everything in a folder, in byte order of the names. */
static void walk_folder(struct listing *l, const char *path)
{
	DIR *dir = opendir(path);
	if (!dir) {
		report(l, path, FAULT_IO, strerror(errno));
		return;
	}
	char **names = NULL;
	size_t count = 0, capacity = 0;
	const struct dirent *entry;
	while (errno = 0, (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		MEM_GROW(names, count, capacity);
		names[count++] = mem_strdup(entry->d_name);
	}
	if (errno)
		report(l, path, FAULT_IO, strerror(errno));
	closedir(dir);
	if (count)
		qsort(names, count, sizeof *names, by_bytes);
	size_t length = strlen(path);
	const char *slash = length && path[length - 1] == '/' ? "" : "/";
	struct buf child = BUF_INIT;
	for (size_t i = 0; i < count; i++) {
		buf_clear(&child);
		buf_printf(&child, "%s%s%s", path, slash, names[i]);
		walk(l, child.data, false);
		free(names[i]);
	}
	buf_release(&child);
	free(names);
}

/* named: given by the caller, so a link is followed. */
static void walk(struct listing *l, const char *path, bool named)
{
	struct stat st;
	if ((named ? stat(path, &st) : lstat(path, &st)) < 0)
		report(l, path, FAULT_IO, strerror(errno));
	else if (S_ISDIR(st.st_mode))
		walk_folder(l, path);
	else if (S_ISREG(st.st_mode))
		add(l, path, (uint64_t)st.st_size);
	else
		report(l, path, FAULT_NOT_REGULAR,
		       S_ISLNK(st.st_mode) ? "is a link met in a directory: name its target to have it read"
		                           : "is a pipe, socket or device, not a regular file");
}

struct archive_path *archive_list(const char *const *paths, size_t path_count, size_t *count,
                                  void (*skip)(const char *path, const struct fault *fault, void *context), void *context)
{
	struct listing l = {.skip = skip, .context = context};
	for (size_t i = 0; i < path_count; i++) {
		if (strcmp(paths[i], "-") == 0)
			add(&l, "-", 0);
		else
			walk(&l, paths[i], true);
	}
	*count = l.count;
	return l.paths;
}

void archive_list_free(struct archive_path *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(list[i].path);
	free(list);
}
