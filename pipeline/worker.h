/* The work on one batch of members: documents, reviews, matching, rows. One worker per thread. */
#ifndef PIPELINE_WORKER_H
#define PIPELINE_WORKER_H

#include "base/mem.h"
#include "pipeline/run.h"

/* A member copied out of its archive. Positions in the batch's bytes. */
struct batch_member {
	size_t name, file_name, header, bytes; /* offsets; names are NUL-terminated */
	size_t header_length, length;
	enum member_format format;
	char delimiter;
	uint64_t record, first_line, offset;
	uint64_t unit;
};

/* Members of one archive, in order; they may belong to several units. */
struct batch {
	struct archive_job *job;
	uint64_t sequence;               /* of the batch within its archive */
	struct buf bytes;
	struct batch_member *members;
	size_t member_count, member_capacity;
	const struct pack_archive *packed; /* in place of members: what this archive has in a block of its pack */
	size_t block;
	uint64_t unit;                   /* for its rows */
};
void batch_add(struct batch *b, const struct member *m, uint64_t unit);
void batch_clear(struct batch *b);   /* keeps memory, unless it is unusually large */
void batch_release(struct batch *b);

/* What came of a batch. */
struct batch_result {
	uint64_t sequence;
	struct sheaf *sheaves;           /* one per unit that gave rows */
	size_t sheaf_count, sheaf_capacity;
	struct fault_list faults;
	uint64_t replaced, repaired, conflicts;
	struct fault *damage;            /* the block of a pack could not be read; NULL: it could */
};
void batch_result_release(struct batch_result *r);

struct worker;

/* The reviews of one long document, in slices that any workers may do at the same time. */
struct slices;
size_t slices_count(const struct slices *s);
/* Does slice i, each just once. */
void worker_do_slice(struct worker *w, struct slices *s, size_t i);

/* Has all slices done, by w and whoever else has time, and returns then. */
struct spreader {
	void (*spread)(void *context, struct worker *w, struct slices *s);
	void *context;
};

/* spreader may be NULL, and must outlive the worker. NULL if the engine fails. */
struct worker *worker_new(const struct run_options *options, struct spill *spill, const struct spreader *spreader);
void worker_free(struct worker *w);

/* 0, or -1 if the run must stop: a message was printed. archive is the path for messages and dates. */
int worker_do(struct worker *w, const char *archive, const struct batch *batch, struct batch_result *result);

/* Sums since worker_new, to be added up after the threads have ended. */
struct worker_sums {
	uint64_t inconclusive, verified;
};
const struct worker_sums *worker_sums(const struct worker *w);

#endif
