#include "corpora/crew.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

enum job_state { IDLE, WAITING, TAKEN, DONE };

struct help_desk {
	void (*wanted)(void *context);
	void *context;
	pthread_mutex_t lock;    /* guards the list of crews, and of each what is said below */
	struct crew *crews;      /* a ring; the one that is asked first */
};

struct crew {
	struct help_desk *desk;
	void (*run)(void *job);
	unsigned char *jobs;
	size_t job_count, job_size;
	size_t count;            /* the calling thread's */
	size_t first;            /* changed by the calling thread alone, under the lock; it may read it without */
	/* under the lock of the desk: */
	struct crew *before, *after;
	enum job_state *states;
	pthread_cond_t done;     /* a job is done; only the calling thread waits for that */
};

struct help_desk *help_desk_new(void (*wanted)(void *context), void *context)
{
	struct help_desk *d = mem_calloc(1, sizeof *d);
	d->wanted = wanted;
	d->context = context;
	pthread_mutex_init(&d->lock, NULL);
	return d;
}

void help_desk_free(struct help_desk *d)
{
	if (!d)
		return;
	pthread_mutex_destroy(&d->lock);
	free(d);
}

static size_t place(const struct crew *c, size_t i)
{
	return (c->first + i) % c->job_count;
}

/* Works on the oldest job that waits, if there is one; the lock is held. */
static bool work_on_one(struct crew *c)
{
	for (size_t i = 0; i < c->job_count; i++) {
		size_t at = place(c, i);
		if (c->states[at] != WAITING)
			continue;
		c->states[at] = TAKEN;
		pthread_mutex_unlock(&c->desk->lock);
		c->run(c->jobs + at * c->job_size);
		pthread_mutex_lock(&c->desk->lock);
		c->states[at] = DONE;
		pthread_cond_signal(&c->done);
		return true;
	}
	return false;
}

bool help_desk_work(struct help_desk *d)
{
	bool worked = false;
	pthread_mutex_lock(&d->lock);
	struct crew *last = d->crews ? d->crews->before : NULL;
	for (struct crew *c = d->crews; c && !worked; c = worked || c == last ? NULL : c->after) { /* once its job is done c may be gone */
		d->crews = c->after; /* each archive in its turn */
		worked = work_on_one(c);
	}
	pthread_mutex_unlock(&d->lock);
	return worked;
}

struct crew *crew_new(struct help_desk *desk, void *jobs, size_t job_count, size_t job_size, void (*run)(void *job))
{
	struct crew *c = mem_calloc(1, sizeof *c);
	*c = (struct crew){.desk = desk, .run = run, .jobs = jobs, .job_count = job_count, .job_size = job_size};
	c->states = mem_calloc(job_count, sizeof *c->states);
	pthread_cond_init(&c->done, NULL);
	pthread_mutex_lock(&desk->lock);
	c->before = c->after = c;
	if (desk->crews) {
		c->after = desk->crews;
		c->before = desk->crews->before;
		c->before->after = c->after->before = c;
	}
	desk->crews = c;
	pthread_mutex_unlock(&desk->lock);
	return c;
}

void crew_free(struct crew *c)
{
	if (!c)
		return;
	crew_stop(c);
	pthread_mutex_lock(&c->desk->lock);
	c->before->after = c->after;
	c->after->before = c->before;
	if (c->desk->crews == c)
		c->desk->crews = c->after == c ? NULL : c->after;
	pthread_mutex_unlock(&c->desk->lock);
	pthread_cond_destroy(&c->done);
	free(c->states);
	free(c);
}

void *crew_at(struct crew *c, size_t i)
{
	return c->jobs + place(c, i) * c->job_size;
}

void *crew_next(struct crew *c)
{
	return c->count < c->job_count ? crew_at(c, c->count) : NULL;
}

void crew_submit(struct crew *c)
{
	size_t at = place(c, c->count++);
	pthread_mutex_lock(&c->desk->lock);
	c->states[at] = WAITING;
	pthread_mutex_unlock(&c->desk->lock);
	if (c->desk->wanted)
		c->desk->wanted(c->desk->context);
}

size_t crew_count(const struct crew *c)
{
	return c->count;
}

void *crew_first(struct crew *c, bool wait)
{
	if (!c->count)
		return NULL;
	pthread_mutex_lock(&c->desk->lock);
	while (wait && c->states[c->first] != DONE)
		if (!work_on_one(c))
			pthread_cond_wait(&c->done, &c->desk->lock);
	bool done = c->states[c->first] == DONE;
	pthread_mutex_unlock(&c->desk->lock);
	return done ? crew_at(c, 0) : NULL;
}

void crew_take_back(struct crew *c)
{
	pthread_mutex_lock(&c->desk->lock);
	c->states[c->first] = IDLE;
	c->first = place(c, 1);
	pthread_mutex_unlock(&c->desk->lock);
	c->count--;
}

void crew_stop(struct crew *c)
{
	pthread_mutex_lock(&c->desk->lock);
	for (size_t i = 0; i < c->job_count; i++)
		if (c->states[i] == WAITING)
			c->states[i] = IDLE;
	for (size_t i = 0; i < c->job_count; i++)
		while (c->states[i] == TAKEN)
			pthread_cond_wait(&c->done, &c->desk->lock);
	pthread_mutex_unlock(&c->desk->lock);
}

void crew_clear(struct crew *c)
{
	pthread_mutex_lock(&c->desk->lock);
	for (size_t i = 0; i < c->job_count; i++)
		c->states[i] = IDLE;
	c->first = 0;
	pthread_mutex_unlock(&c->desk->lock);
	c->count = 0;
}
