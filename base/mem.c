#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void (*exhaustion_handler)(void);

void mem_on_exhaustion(void (*handler)(void))
{
	exhaustion_handler = handler;
}

_Noreturn void mem_exhausted(void)
{
	static const char message[] = "themetally: out of memory; nothing was written\n";
	ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
	(void)ignored;
	if (exhaustion_handler)
		exhaustion_handler();
	_exit(3);
}

void *mem_alloc(size_t size)
{
	void *p = malloc(size ? size : 1);
	if (!p)
		mem_exhausted();
	return p;
}

void *mem_calloc(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);
	if (!p)
		mem_exhausted();
	return p;
}

void *mem_realloc(void *old, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		mem_exhausted();
	void *p = realloc(old, bytes ? bytes : 1);
	if (!p)
		mem_exhausted();
	return p;
}

void *mem_reserve(size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		mem_exhausted();
	if (!bytes)
		return NULL;
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		mem_exhausted();
	return p;
}

void mem_unreserve(void *p, size_t count, size_t size)
{
	if (p)
		munmap(p, count * size);
}

char *mem_strndup(const char *s, size_t length)
{
	char *copy = mem_alloc(length + 1);
	memcpy(copy, s, length);
	copy[length] = '\0';
	return copy;
}

char *mem_strdup(const char *s)
{
	return mem_strndup(s, strlen(s));
}

void mem_sort(void *list, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	if (count > 1)
		qsort(list, count, size, compare);
}

void mem_sort_with(void *list, size_t count, size_t size, int (*compare)(const void *, const void *, void *), void *context)
{
	if (count > 1)
		qsort_r(list, count, size, compare, context);
}

void *mem_search(const void *key, const void *list, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	return count ? bsearch(key, list, count, size, compare) : NULL;
}

void buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf)BUF_INIT;
}

void buf_clear(struct buf *b)
{
	b->length = 0;
	if (b->data)
		b->data[0] = '\0';
}

void buf_reserve(struct buf *b, size_t extra)
{
	size_t need;
	if (__builtin_add_overflow(b->length, extra, &need) || need == SIZE_MAX)
		mem_exhausted();
	need++;
	if (need <= b->capacity)
		return;
	size_t capacity = b->capacity + b->capacity / 2;
	if (capacity < need)
		capacity = need;
	if (capacity < 64)
		capacity = 64;
	b->data = mem_realloc(b->data, capacity, 1);
	b->capacity = capacity;
	b->data[b->length] = '\0';
}

void buf_append(struct buf *b, const void *bytes, size_t length)
{
	buf_reserve(b, length);
	if (length)
		memcpy(b->data + b->length, bytes, length);
	b->length += length;
	b->data[b->length] = '\0';
}

void buf_append_str(struct buf *b, const char *s)
{
	buf_append(b, s, strlen(s));
}

void buf_append_char(struct buf *b, char c)
{
	if (b->capacity - b->length <= 1)
		buf_reserve(b, 1);
	b->data[b->length++] = c;
	b->data[b->length] = '\0';
}

void buf_vprintf(struct buf *b, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0)
		return;
	buf_reserve(b, (size_t)length);
	vsnprintf(b->data + b->length, (size_t)length + 1, format, args);
	b->length += (size_t)length;
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	buf_vprintf(b, format, args);
	va_end(args);
}

char *buf_detach(struct buf *b)
{
	buf_reserve(b, 0);
	char *data = b->data;
	*b = (struct buf)BUF_INIT;
	return data;
}
