#include "tests/desk.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

struct desk {
	struct help_desk *help;
	unsigned threads;
	pthread_t ids[64];
	pthread_mutex_t lock; /* guards the rest */
	pthread_cond_t work;
	unsigned long wanted;
	bool quit;
};

static void wanted(void *context)
{
	struct desk *d = context;
	pthread_mutex_lock(&d->lock);
	d->wanted++;
	pthread_cond_signal(&d->work);
	pthread_mutex_unlock(&d->lock);
}

static void *serve(void *context)
{
	struct desk *d = context;
	pthread_mutex_lock(&d->lock);
	while (!d->quit) {
		if (!d->wanted) {
			pthread_cond_wait(&d->work, &d->lock);
			continue;
		}
		d->wanted--;
		pthread_mutex_unlock(&d->lock);
		help_desk_work(d->help);
		pthread_mutex_lock(&d->lock);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

struct desk *desk_open(unsigned threads)
{
	if (!threads)
		return NULL;
	struct desk *d = mem_calloc(1, sizeof *d);
	d->help = help_desk_new(wanted, d);
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->work, NULL);
	while (d->threads < threads && d->threads < 64 && pthread_create(&d->ids[d->threads], NULL, serve, d) == 0)
		d->threads++;
	return d;
}

void desk_close(struct desk *d)
{
	if (!d)
		return;
	pthread_mutex_lock(&d->lock);
	d->quit = true;
	pthread_cond_broadcast(&d->work);
	pthread_mutex_unlock(&d->lock);
	for (unsigned i = 0; i < d->threads; i++)
		pthread_join(d->ids[i], NULL);
	help_desk_free(d->help);
	pthread_mutex_destroy(&d->lock);
	pthread_cond_destroy(&d->work);
	free(d);
}

void desk_serve(struct desk *d, struct archive *a)
{
	if (d)
		archive_want_help(a, d->help, d->threads);
}
