#include "pipeline/progress.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "pipeline/message.h"

struct progress {
	uint64_t total;
	_Atomic uint64_t bytes, reviews;
	double start; /* by clock_seconds() */
	pthread_t thread;
	pthread_mutex_t lock; /* guards stopping */
	pthread_cond_t wake;
	bool stopping;
};

static void draw(struct progress *p)
{
	double seconds = clock_seconds() - p->start;
	uint64_t bytes = p->bytes, reviews = p->reviews;
	double rate = seconds > 0 ? (double)bytes / seconds : 0;
	char line[160], left[32] = "";
	char bar[25];
	if (p->total && bytes) {
		double share = (double)bytes / (double)p->total;
		unsigned filled = share >= 1 ? 24 : (unsigned)(share * 24);
		for (unsigned i = 0; i < 24; i++)
			bar[i] = i < filled ? '#' : '.';
		bar[24] = '\0';
		unsigned todo = share < 1 && rate > 0 ? (unsigned)((double)(p->total - bytes) / rate) : 0;
		snprintf(left, sizeof left, ", %u:%02u left", todo / 60, todo % 60);
	} else {
		bar[0] = '\0';
	}
	snprintf(line, sizeof line, "[%s] %.1f MB, %" PRIu64 " reviews, %.1f MB/s%s", bar, (double)bytes / 1e6, reviews, rate / 1e6, left);
	message_progress(line);
}

static void *redraw(void *context)
{
	struct progress *p = context;
	pthread_mutex_lock(&p->lock);
	while (!p->stopping) {
		struct timespec until;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 250000000;
		if (until.tv_nsec >= 1000000000) {
			until.tv_nsec -= 1000000000;
			until.tv_sec++;
		}
		if (pthread_cond_timedwait(&p->wake, &p->lock, &until) == ETIMEDOUT && !p->stopping)
			draw(p);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

struct progress *progress_start(uint64_t total_bytes)
{
	struct progress *p = mem_calloc(1, sizeof *p);
	p->total = total_bytes;
	p->start = clock_seconds();
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	if (pthread_create(&p->thread, NULL, redraw, p) != 0) {
		free(p);
		return NULL; /* no progress line, nothing else */
	}
	return p;
}

void progress_add(struct progress *p, uint64_t packed_bytes, uint64_t reviews)
{
	if (!p)
		return;
	atomic_fetch_add_explicit(&p->bytes, packed_bytes, memory_order_relaxed);
	atomic_fetch_add_explicit(&p->reviews, reviews, memory_order_relaxed);
}

void progress_stop(struct progress *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	message_progress(NULL);
	free(p);
}
