/* One archive on its way through a run, and its account: units, faults, and the rows that batches made of it. Rows are kept aside until the unit
 * that they stand in is proved whole, and what does not add up is not published. */
#ifndef PIPELINE_ARCHIVE_JOB_H
#define PIPELINE_ARCHIVE_JOB_H

#include "pipeline/pack.h"
#include "pipeline/worker.h"

/* The reading thread owns it until it is read; `pending` and `results` are guarded by the run's lock. */
struct archive_job {
	struct archive_result result;
	struct archive *archive;
	unsigned char *units;       /* enum unit_state by number */
	size_t unit_count, unit_capacity;
	struct fault_list faults;   /* found while reading */
	uint64_t batches;           /* handed out so far */
	size_t pending;             /* batches not yet done */
	bool read;
	const struct manifest_entry *listed; /* what it must be, if it could be opened; NULL: anything */
	const struct pack_archive *packed; /* it is read from there; NULL: from its file */
	struct batch_result *results;
	size_t result_count, result_capacity;
	size_t named;               /* faults named in results, not more than some FAULTS_NAMED */
	bool enough;                /* ... and batches after this one need name none */
	uint64_t last_named;
};

/* While it is read: a first unit is begun, and after the end of each the next. fault: why the unit was refused; NULL: it is sealed. */
void archive_job_begin_unit(struct archive_job *job);
void archive_job_end_unit(struct archive_job *job, const struct fault *fault);
void archive_job_skipped(struct archive_job *job, const struct fault *fault); /* a member */

/* In place of reading: it could not be opened; what a pack says of it. */
void archive_job_unread(struct archive_job *job, const struct fault *fault);
void archive_job_from_pack(struct archive_job *job, const struct pack_archive *a);

/* What came of a batch, whatever the order; takes its memory over. The run's lock is held. */
void archive_job_add(struct archive_job *job, const struct batch_result *result);

/* When all batches are done, in this order. settle brings their results into order; a damaged block of a pack, or a file that is not
 * the one listed, refuses all units. */
void archive_job_settle(struct archive_job *job);
/* Nothing is lost in silence: every unit has its verdict, no row stands in a unit without one, and where nothing was refused every byte was read.
 * If not, a message says so. */
bool archive_job_adds_up(const struct archive_job *job);
/* Prints the faults, leaves the rows of sealed units in job->result, and adds to the summary. */
void archive_job_close(struct archive_job *job, struct run_summary *summary);
void archive_job_free(struct archive_job *job);

/* Every archive given was read or could not be. If not, a message says so. */
bool summary_adds_up(const struct run_summary *s, size_t archives_given);

#endif
