/* Preloaded into the program by tests/faults/memory.sh: the allocation number FAIL_AT fails, and all after it if FAIL_LASTING is set. Where FAIL_COUNT
 * names a file, the number of allocations is written there at the end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t size), *__libc_calloc(size_t count, size_t size), *__libc_realloc(void *old, size_t size),
	*__libc_memalign(size_t alignment, size_t size);

static _Atomic unsigned long made;
static unsigned long fail_at;
static int lasting;

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("FAIL_AT");
	lasting = getenv("FAIL_LASTING") != NULL;
	fail_at = at ? strtoul(at, NULL, 10) : 0;
	made = 0;
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("FAIL_COUNT");
	unsigned long n = made;
	fail_at = 0;
	FILE *f = path ? fopen(path, "w") : NULL;
	if (f) {
		fprintf(f, "%lu\n", n);
		fclose(f);
	}
}

static int fails(void)
{
	unsigned long n = ++made;
	if (!fail_at || (lasting ? n < fail_at : n != fail_at))
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size) { return fails() ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return fails() ? NULL : __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return fails() ? NULL : __libc_realloc(old, size); }
void *aligned_alloc(size_t alignment, size_t size) { return fails() ? NULL : __libc_memalign(alignment, size); }
void *memalign(size_t alignment, size_t size) { return fails() ? NULL : __libc_memalign(alignment, size); }

int posix_memalign(void **out, size_t alignment, size_t size)
{
	void *p = fails() ? NULL : __libc_memalign(alignment, size);
	if (!p)
		return ENOMEM;
	*out = p;
	return 0;
}
