/* A job of a benchmark made ready to run again and again. */
#ifndef BENCH_WORK_H
#define BENCH_WORK_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/definition.h"
#include "bench/world.h"

struct sample {
	double seconds, cpu_seconds; /* wall; user and system, of children too */
	uint64_t bytes;              /* that speed is reckoned by */
	uint64_t items;              /* archives, reviews or hits, as the kind has it */
	uint64_t peak_kib;           /* of a command; 0 in this process */
	const char *wrong;           /* how the totals differ from the truth; NULL if they do not */
	bool judged;                 /* false: this job has no totals that could be compared */
};

struct work;
/* Prepares outside the time that is measured. Ends the program if the job makes no sense. */
struct work *work_new(const struct world *world, const struct job *job);
struct sample work_run(struct work *w);
void work_free(struct work *w);

/* Whether a kind works on texts in memory. */
bool kind_needs_texts(const char *kind);

/* ---- parts ---- */

/* What a kind of work is: prepare may be NULL. state is the kind's own, zeroed. */
struct kind {
	const char *name;
	bool texts, threads;
	void (*prepare)(struct work *w);
	void (*run)(struct work *w, struct sample *o);
	void (*release)(struct work *w);
};
struct work {
	const struct world *world;
	const struct job *job;
	const struct kind *kind;
	const struct sized_lexicon *lexicon;
	void *state;
};
extern const struct kind stage_kinds[], peer_kinds[], command_kinds[]; /* each ends with a kind without a name */

#endif
