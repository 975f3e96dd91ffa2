/* Helper threads that work on a ring of jobs in any order, while one calling thread makes the jobs and takes them back in the order
 * in which it made them (private to corpora/).
 *
 * A job belongs to the calling thread until crew_submit() and again once crew_first() has returned it; in between to the one thread that
 * works on it. The calling thread works too when it would have to wait. All functions are for the calling thread. */
#ifndef CORPORA_CREW_H
#define CORPORA_CREW_H

#include <stdbool.h>
#include <stddef.h>

struct crew_work {
	void (*run)(void *job, void *tools);       /* on any thread */
	void *(*tools_new)(void *context);         /* what a thread needs for it, made once per thread */
	void (*tools_free)(void *tools);
	void *context;
};

struct crew;

/* jobs: array of job_count structs of job_size bytes, the caller's, which are the ring. At most threads helpers are started, one with each
 * job submitted while another is out. They block all signals. */
struct crew *crew_new(unsigned threads, void *jobs, size_t job_count, size_t job_size, const struct crew_work *work);
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
