#include "base/processors.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { PROCESSORS_MOST = 1 << 16 };

static unsigned in_mask(void)
{
	/* a mask that is too small for the machine is refused */
	for (int most = 1024; most <= PROCESSORS_MOST; most *= 2) {
		cpu_set_t *set = CPU_ALLOC((size_t)most);
		size_t size = CPU_ALLOC_SIZE((size_t)most);
		int result = set ? sched_getaffinity(0, size, set) : -1;
		unsigned count = result == 0 ? (unsigned)CPU_COUNT_S(size, set) : 0;
		bool larger = result != 0 && set && errno == EINVAL;
		CPU_FREE(set);
		if (!larger)
			return count;
	}
	return 0;
}

static bool read_line(const char *folder, size_t folder_length, const char *name, char *line, int size)
{
	struct buf path = BUF_INIT;
	buf_append(&path, folder, folder_length);
	buf_append_str(&path, name);
	FILE *f = fopen(path.data, "re");
	bool read = f && fgets(line, size, f);
	if (f)
		fclose(f);
	buf_release(&path);
	return read;
}

/* "150000 100000" or "max 100000"; of cgroup 1, -1 for none, and the period in a file of its own. */
static unsigned quota_of(const char *folder, size_t length, bool two)
{
	char line[64], period[64];
	double micros, each;
	if (!read_line(folder, length, two ? "/cpu.max" : "/cpu.cfs_quota_us", line, sizeof line))
		return 0;
	char *end;
	micros = strtod(line, &end);
	if (end == line || !(micros > 0))
		return 0;
	if (!two && !read_line(folder, length, "/cpu.cfs_period_us", period, sizeof period))
		return 0;
	each = strtod(two ? end : period, NULL);
	if (!(each > 0) || micros / each >= PROCESSORS_MOST)
		return 0;
	unsigned whole = (unsigned)(micros / each);
	return whole < micros / each ? whole + 1 : whole;
}

/* The least quota of the cgroup at the end of the path and of those above it. In a container they may be mounted without what is above: then
 * the uppermost is its own. */
static unsigned least_quota(const char *mounted, const char *path, bool two)
{
	struct buf folder = BUF_INIT;
	buf_append_str(&folder, mounted);
	size_t root = folder.length;
	buf_append_str(&folder, strcmp(path, "/") == 0 ? "" : path);
	unsigned least = 0;
	for (size_t length = folder.length;;) {
		unsigned quota = quota_of(folder.data, length, two);
		if (quota && (!least || quota < least))
			least = quota;
		if (length <= root)
			break;
		while (length > root && folder.data[length - 1] != '/')
			length--;
		length -= length > root;
	}
	buf_release(&folder);
	return least;
}

/* A line is HIERARCHY:CONTROLLERS:PATH; of cgroup 2, 0::PATH. */
unsigned processors_quota(const char *cgroups, const char *mounted)
{
	unsigned least = 0;
	char *copy = mem_strdup(cgroups), *rest = copy;
	for (char *line; (line = strsep(&rest, "\n"));) {
		char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
		if (!path || path[1] != '/')
			continue;
		*controllers++ = *path++ = '\0';
		bool two = !*controllers && strcmp(line, "0") == 0, cpu = false;
		for (char *name; !two && !cpu && (name = strsep(&controllers, ","));)
			cpu = strcmp(name, "cpu") == 0;
		if (!two && !cpu)
			continue;
		struct buf folder = BUF_INIT;
		buf_printf(&folder, "%s%s", mounted, two ? "" : "/cpu");
		unsigned quota = least_quota(folder.data, path, two);
		if (quota && (!least || quota < least))
			least = quota;
		buf_release(&folder);
	}
	free(copy);
	return least;
}

unsigned processors_available(void)
{
	unsigned n = in_mask();
	struct buf cgroups = BUF_INIT;
	char block[1024];
	size_t got;
	FILE *f = fopen("/proc/self/cgroup", "re");
	while (f && (got = fread(block, 1, sizeof block, f)) > 0)
		buf_append(&cgroups, block, got);
	if (f)
		fclose(f);
	unsigned quota = processors_quota(cgroups.data ? cgroups.data : "", "/sys/fs/cgroup");
	buf_release(&cgroups);
	if (quota && quota < n)
		n = quota;
	return n ? n : 1;
}
