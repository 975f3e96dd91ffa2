/* A ring of jobs that any threads do in any order, while one calling thread makes them and takes them back in the order
 * in which it made them (private to corpora/).
 *
 * A job belongs to the calling thread until crew_submit() and again once crew_first() has returned it; in between to the one thread that
 * works on it: one that came to the help desk, or the calling thread itself when it would have to wait. All functions are for the calling
 * thread. */
#ifndef CORPORA_CREW_H
#define CORPORA_CREW_H

#include <stdbool.h>
#include <stddef.h>

#include "corpora/help_desk.h"

struct crew;

/* jobs: array of job_count structs of job_size bytes, the caller's, which are the ring. run works on one of them. */
struct crew *crew_new(struct help_desk *desk, void *jobs, size_t job_count, size_t job_size, void (*run)(void *job));
void crew_free(struct crew *c);

/* The job to be filled next; NULL if all are out. */
void *crew_next(struct crew *c);

/* Hands it over. */
void crew_submit(struct crew *c);

size_t crew_count(const struct crew *c); /* submitted and not taken back */

/* The oldest job, once it is done; NULL if there is none. wait false: also NULL if it is not done yet. It stays the oldest until
 * crew_take_back(). */
void *crew_first(struct crew *c, bool wait);
void crew_take_back(struct crew *c);

/* Waits for the jobs that are being worked on, leaves the others undone: crew_count() jobs, from crew_at(0) on, then belong to the calling
 * thread, and must be let go by crew_clear(). */
void crew_stop(struct crew *c);
void *crew_at(struct crew *c, size_t i);
void crew_clear(struct crew *c);

#endif
