#include "corpora/crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/mem.h"

enum { THREADS_MOST = 256 };

enum job_state { IDLE, WAITING, TAKEN, DONE };

struct crew {
	struct crew_work work;
	unsigned char *jobs;
	size_t job_count, job_size;
	unsigned thread_count, started;
	pthread_t threads[THREADS_MOST];
	void *own_tools;
	size_t count;            /* the calling thread's */

	pthread_mutex_t lock;    /* guards what follows */
	pthread_cond_t wanted;   /* a job waits, or quit is set */
	pthread_cond_t done;     /* a job is done */
	enum job_state *states;
	size_t first;            /* changed by the calling thread alone, which may read it without the lock */
	bool quit;
};

static size_t place(const struct crew *c, size_t i)
{
	return (c->first + i) % c->job_count;
}

/* Works on the oldest job that waits, if there is one; the lock is held. */
static bool work_on_one(struct crew *c, void *tools)
{
	for (size_t i = 0; i < c->job_count; i++) {
		size_t at = place(c, i);
		if (c->states[at] != WAITING)
			continue;
		c->states[at] = TAKEN;
		pthread_mutex_unlock(&c->lock);
		c->work.run(c->jobs + at * c->job_size, tools);
		pthread_mutex_lock(&c->lock);
		c->states[at] = DONE;
		pthread_cond_signal(&c->done);
		return true;
	}
	return false;
}

static void *help(void *context)
{
	struct crew *c = context;
	void *tools = c->work.tools_new(c->work.context);
	pthread_mutex_lock(&c->lock);
	while (!c->quit)
		if (!work_on_one(c, tools))
			pthread_cond_wait(&c->wanted, &c->lock);
	pthread_mutex_unlock(&c->lock);
	c->work.tools_free(tools);
	return NULL;
}

struct crew *crew_new(unsigned threads, void *jobs, size_t job_count, size_t job_size, const struct crew_work *work)
{
	struct crew *c = mem_calloc(1, sizeof *c);
	c->work = *work;
	c->jobs = jobs;
	c->job_count = job_count;
	c->job_size = job_size;
	c->thread_count = threads < THREADS_MOST ? threads : THREADS_MOST;
	c->states = mem_calloc(job_count, sizeof *c->states);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->wanted, NULL);
	pthread_cond_init(&c->done, NULL);
	return c;
}

void crew_free(struct crew *c)
{
	if (!c)
		return;
	crew_stop(c);
	pthread_mutex_lock(&c->lock);
	c->quit = true;
	pthread_cond_broadcast(&c->wanted);
	pthread_mutex_unlock(&c->lock);
	for (unsigned i = 0; i < c->started; i++)
		pthread_join(c->threads[i], NULL);
	if (c->own_tools)
		c->work.tools_free(c->own_tools);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->wanted);
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

/* The program's own threads deal with signals. A thread that cannot be had is done without. */
static void start_one(struct crew *c)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&c->threads[c->started], NULL, help, c) == 0)
		c->started++;
	else
		c->thread_count = c->started;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void crew_submit(struct crew *c)
{
	size_t at = place(c, c->count++);
	if (c->count > 1 && c->started < c->thread_count)
		start_one(c);
	pthread_mutex_lock(&c->lock);
	c->states[at] = WAITING;
	pthread_cond_signal(&c->wanted);
	pthread_mutex_unlock(&c->lock);
}

size_t crew_count(const struct crew *c)
{
	return c->count;
}

void *crew_first(struct crew *c, bool wait)
{
	if (!c->count)
		return NULL;
	if (wait && !c->own_tools)
		c->own_tools = c->work.tools_new(c->work.context);
	pthread_mutex_lock(&c->lock);
	while (wait && c->states[c->first] != DONE)
		if (!work_on_one(c, c->own_tools))
			pthread_cond_wait(&c->done, &c->lock);
	bool done = c->states[c->first] == DONE;
	pthread_mutex_unlock(&c->lock);
	return done ? crew_at(c, 0) : NULL;
}

void crew_take_back(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	c->states[c->first] = IDLE;
	c->first = place(c, 1);
	pthread_mutex_unlock(&c->lock);
	c->count--;
}

void crew_stop(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->job_count; i++)
		if (c->states[i] == WAITING)
			c->states[i] = IDLE;
	for (size_t i = 0; i < c->job_count; i++)
		while (c->states[i] == TAKEN)
			pthread_cond_wait(&c->done, &c->lock);
	pthread_mutex_unlock(&c->lock);
}

void crew_clear(struct crew *c)
{
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->job_count; i++)
		c->states[i] = IDLE;
	c->first = 0;
	pthread_mutex_unlock(&c->lock);
	c->count = 0;
}
