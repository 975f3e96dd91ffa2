#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/work.h"

static const struct kind *find_kind(const char *name)
{
	static const struct kind *const tables[] = {stage_kinds, peer_kinds, command_kinds};
	for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
		for (const struct kind *k = tables[t]; k->name; k++)
			if (!strcmp(k->name, name))
				return k;
	fprintf(stderr, "bench: no kind of job is called %s\n", name);
	exit(2);
}

bool kind_needs_texts(const char *kind)
{
	return find_kind(kind)->texts;
}

struct work *work_new(const struct world *world, const struct job *job)
{
	struct work *w = mem_calloc(1, sizeof *w);
	w->world = world;
	w->job = job;
	w->kind = find_kind(job->kind);
	w->lexicon = world_lexicon(world, job->entries);
	if (job->threads > 1 && !w->kind->threads) {
		fprintf(stderr, "bench: %s runs on one thread only\n", job->kind);
		exit(2);
	}
	if (w->kind->prepare)
		w->kind->prepare(w);
	return w;
}

static double cpu(int who)
{
	struct rusage r;
	getrusage(who, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e-6;
}

struct sample work_run(struct work *w)
{
	struct sample o = {.bytes = w->world->text_bytes};
	double used = cpu(RUSAGE_SELF) + cpu(RUSAGE_CHILDREN), start = clock_seconds();
	w->kind->run(w, &o);
	o.seconds = o.seconds > 0 ? o.seconds : clock_seconds() - start; /* a kind may have taken its own time */
	o.cpu_seconds = o.cpu_seconds > 0 ? o.cpu_seconds : cpu(RUSAGE_SELF) + cpu(RUSAGE_CHILDREN) - used;
	return o;
}

void work_free(struct work *w)
{
	if (w->kind->release)
		w->kind->release(w);
	free(w->state);
	free(w);
}
