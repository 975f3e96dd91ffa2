/* Offsets below `budget` lie in memory, which is reserved whole but touched only as it fills; the others lie in the file at
 * offset - budget. A string never straddles the two: the first that does not fit goes to the file, and
 * all later ones too. */
#include "pipeline/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "pipeline/message.h"
#include "pipeline/output.h"

struct spill {
	char *memory;
	size_t budget;
	char *directory;
	pthread_mutex_t lock; /* guards the fields below */
	uint64_t next;        /* offset of the next string */
	int fd;               /* -1 until needed */
};

struct spill *spill_new(const char *directory, size_t budget)
{
	struct spill *s = mem_calloc(1, sizeof *s);
	s->memory = mem_reserve(budget, 1);
	s->budget = budget;
	const char *tmp = directory ? directory : getenv("TMPDIR");
	s->directory = mem_strdup(tmp && *tmp ? tmp : "/tmp");
	pthread_mutex_init(&s->lock, NULL);
	s->fd = -1;
	return s;
}

void spill_free(struct spill *s)
{
	if (!s)
		return;
	mem_unreserve(s->memory, s->budget, 1);
	if (s->fd >= 0)
		close(s->fd);
	pthread_mutex_destroy(&s->lock);
	free(s->directory);
	free(s);
}

static _Noreturn void fail(const struct spill *s, const char *what)
{
	message_error("cannot %s a temporary file in %s: %s; set TMPDIR to a disk with room", what, s->directory, strerror(errno));
	output_remove_half_written();
	_exit(STATUS_CANNOT_RUN);
}

static void open_file(struct spill *s)
{
	s->fd = open(s->directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd < 0) { /* file systems without O_TMPFILE */
		struct buf name = BUF_INIT;
		buf_printf(&name, "%s/themetally-XXXXXX", s->directory);
		s->fd = mkostemp(name.data, O_CLOEXEC);
		if (s->fd >= 0)
			unlink(name.data);
		buf_release(&name);
	}
	if (s->fd < 0)
		fail(s, "make");
}

static void write_file(const struct spill *s, uint64_t at, const char *bytes, size_t length)
{
	while (length) {
		ssize_t n = pwrite(s->fd, bytes, length, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			fail(s, "write");
		at += (size_t)n;
		bytes += n;
		length -= (size_t)n;
	}
}

uint64_t spill_append(struct spill *s, const void *bytes, size_t length)
{
	pthread_mutex_lock(&s->lock);
	uint64_t offset = s->next;
	if (offset < s->budget && length > s->budget - offset)
		offset = s->budget;
	s->next = offset + length;
	bool in_memory = s->next <= s->budget && offset < s->budget;
	if (!in_memory && s->fd < 0)
		open_file(s);
	pthread_mutex_unlock(&s->lock);
	if (in_memory) {
		memcpy(s->memory + offset, bytes, length);
		return offset;
	}
	write_file(s, offset - s->budget, bytes, length);
	return offset;
}

void spill_write(struct spill *s, uint64_t offset, const void *bytes, size_t length)
{
	pthread_mutex_lock(&s->lock);
	if (s->fd < 0)
		open_file(s);
	pthread_mutex_unlock(&s->lock);
	write_file(s, offset, bytes, length);
}

void spill_copy(struct spill *s, uint64_t offset, size_t length, void *to)
{
	if (offset < s->budget) {
		memcpy(to, s->memory + offset, length);
		return;
	}
	for (size_t done = 0; done < length;) {
		ssize_t n = pread(s->fd, (char *)to + done, length - done, (off_t)(offset - s->budget + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			fail(s, "read");
		done += (size_t)n;
	}
}

const char *spill_read(struct spill *s, uint64_t offset, size_t length, struct buf *store)
{
	if (offset < s->budget)
		return s->memory + offset;
	buf_clear(store);
	buf_reserve(store, length);
	spill_copy(s, offset, length, store->data);
	store->length = length;
	return store->data;
}
