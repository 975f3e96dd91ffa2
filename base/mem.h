/* Memory and growable buffers for every module.
 *
 * Running out of memory ends the program: a message on standard error and exit status 3, after the
 * handler set with mem_on_exhaustion() has removed what is half written. No caller checks for NULL.
 * Everything here may be called from any thread; a buffer belongs to one thread at a time. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* All return memory that free() releases; count * size is checked for overflow. */
void *mem_alloc(size_t size);
void *mem_calloc(size_t count, size_t size);
void *mem_realloc(void *old, size_t count, size_t size);
char *mem_strdup(const char *s);
char *mem_strndup(const char *s, size_t length); /* copies exactly length bytes and adds a NUL */

/* Zeroed memory whose pages are taken only as they are written to, for what may need far less than its size; NULL if that is 0. */
void *mem_reserve(size_t count, size_t size);
void mem_unreserve(void *p, size_t count, size_t size);

/* Called once, with no locks held by this module, before the process exits with status 3. */
void mem_on_exhaustion(void (*handler)(void));
_Noreturn void mem_exhausted(void);

/* Makes room for one more element; cap is the current capacity in elements. Grows by half. */
#define MEM_GROW(ptr, count, cap)                                                                          \
	do {                                                                                                   \
		if (!(ptr) || (count) >= (cap)) {                                                                  \
			(cap) = (cap) < 16 ? 16 : (cap) + (cap) / 2;                                                   \
			(ptr) = mem_realloc((ptr), (cap), sizeof *(ptr));                                              \
		}                                                                                                  \
	} while (0)

/* qsort() and bsearch() that take NULL for an empty list, which the standard's may not be given. */
void mem_sort(void *list, size_t count, size_t size, int (*compare)(const void *, const void *));
void mem_sort_with(void *list, size_t count, size_t size, int (*compare)(const void *, const void *, void *), void *context);
void *mem_search(const void *key, const void *list, size_t count, size_t size, int (*compare)(const void *, const void *));

/* A growable byte string. data is NUL-terminated whenever it is not NULL; length leaves the NUL out. */
struct buf {
	char *data;
	size_t length, capacity;
};
#define BUF_INIT {NULL, 0, 0}
void buf_release(struct buf *b);
void buf_clear(struct buf *b);                   /* keeps the memory */
void buf_reserve(struct buf *b, size_t extra);   /* room for extra more bytes and the NUL */
void buf_append(struct buf *b, const void *bytes, size_t length);
void buf_append_str(struct buf *b, const char *s);
void buf_append_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
char *buf_detach(struct buf *b);                 /* the caller frees; the buffer is empty again; never NULL */

#endif
