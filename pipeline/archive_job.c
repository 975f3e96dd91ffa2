#include "pipeline/archive_job.h"

#include <stdlib.h>

#include "base/mem.h"
#include "pipeline/message.h"

/* ---- while it is read ---- */

static void note(struct archive_job *job, const struct fault *fault, bool skipped)
{
	MEM_GROW(job->faults, job->fault_count, job->fault_capacity);
	job->faults[job->fault_count++] = (struct fault_note){*fault, skipped, job->unit_count - 1};
}

void archive_job_begin_unit(struct archive_job *job)
{
	MEM_GROW(job->units, job->unit_count, job->unit_capacity);
	job->units[job->unit_count++] = UNIT_OPEN;
}

void archive_job_end_unit(struct archive_job *job, const struct fault *fault)
{
	job->units[job->unit_count - 1] = fault ? UNIT_REFUSED : UNIT_SEALED;
	if (fault)
		note(job, fault, false);
	archive_job_begin_unit(job);
}

void archive_job_skipped(struct archive_job *job, const struct fault *fault)
{
	note(job, fault, true);
}

void archive_job_unread(struct archive_job *job, const struct fault *fault)
{
	archive_job_begin_unit(job);
	note(job, fault, false);
}

void archive_job_from_pack(struct archive_job *job, const struct pack_archive *a)
{
	job->packed = a;
	job->result.opened = a->opened;
	job->result.account = a->account;
	job->read = true;
	for (size_t i = 0; i < a->unit_run_count; i++)
		for (uint64_t k = 0; k < a->units[i].sealed + a->units[i].refused; k++) {
			archive_job_begin_unit(job);
			job->units[job->unit_count - 1] = k < a->units[i].sealed ? UNIT_SEALED : UNIT_REFUSED;
		}
	archive_job_begin_unit(job);
	for (size_t i = 0; i < a->fault_count; i++) {
		MEM_GROW(job->faults, job->fault_count, job->fault_capacity);
		job->faults[job->fault_count++] = a->faults[i];
	}
}

/* ---- when all batches are done ---- */

static int by_sequence(const void *a, const void *b)
{
	const struct batch_result *x = a, *y = b;
	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

/* A damaged block leaves nothing of its archive. */
static void settle_packed(struct archive_job *job)
{
	struct archive_result *r = &job->result;
	struct archive_account *a = &r->account;
	for (size_t i = 0; i < job->result_count; i++) {
		struct batch_result *b = &job->results[i];
		if (!b->damaged)
			continue;
		for (size_t k = 0; k + 1 < job->unit_count; k++)
			job->units[k] = UNIT_REFUSED;
		a->units_refused += a->units_sealed;
		a->units_sealed = 0;
		note(job, &b->damage, false);
		break;
	}
	r->replaced = job->packed->replaced;
	r->repaired = job->packed->repaired;
	r->conflicts = job->packed->conflicts;
}

void archive_job_settle(struct archive_job *job)
{
	mem_sort(job->results, job->result_count, sizeof *job->results, by_sequence);
	if (job->packed)
		settle_packed(job);
}

bool archive_job_adds_up(const struct archive_job *job)
{
	const struct archive_account *a = &job->result.account;
	uint64_t sealed = 0, refused = 0, open = 0;
	for (size_t i = 0; i < job->unit_count; i++) {
		sealed += job->units[i] == UNIT_SEALED;
		refused += job->units[i] == UNIT_REFUSED;
		open += job->units[i] == UNIT_OPEN;
	}
	bool rows = true;
	for (size_t i = 0; i < job->result_count; i++)
		for (size_t k = 0; k < job->results[i].sheaf_count; k++)
			rows = rows && job->units[job->results[i].sheaves[k].unit] != UNIT_OPEN;
	if (!job->result.opened ||
	    (open == 1 && rows && sealed == a->units_sealed && refused == a->units_refused && (refused || a->packed_read == a->packed_bytes)))
		return true;
	message_error("%s: what was read does not add up (%llu of %llu bytes): the run ends here", job->result.path, (unsigned long long)a->packed_read,
	              (unsigned long long)a->packed_bytes);
	return false;
}

/* Faults of what lies within a refused unit are covered by the refusal. */
static void report_faults(struct archive_job *job, const struct fault_note *faults, size_t count, size_t *capacity)
{
	struct archive_result *r = &job->result;
	for (size_t i = 0; i < count; i++) {
		if (faults[i].skipped && job->units[faults[i].unit] == UNIT_REFUSED)
			continue;
		message_fault(r->path, &faults[i].fault, faults[i].skipped);
		MEM_GROW(r->fault_notes, r->faults, *capacity);
		r->fault_notes[r->faults++] = faults[i];
	}
}

static void add_to_summary(struct run_summary *s, const struct archive_job *job)
{
	const struct archive_account *a = &job->result.account;
	if (!job->result.opened) {
		s->archives_unread++;
		s->faults += job->result.faults;
		return;
	}
	s->archives++;
	s->units_sealed += a->units_sealed;
	s->units_refused += a->units_refused;
	s->members += a->members;
	s->members_skipped += a->members_skipped;
	s->packed_bytes += a->packed_bytes;
	s->decoded_bytes += a->decoded_bytes;
	s->replaced += job->result.replaced;
	s->repaired += job->result.repaired;
	s->conflicts += job->result.conflicts;
	s->faults += job->result.faults;
}

void archive_job_close(struct archive_job *job, struct run_summary *summary)
{
	struct archive_result *r = &job->result;
	size_t capacity = 0, fault_capacity = 0;
	report_faults(job, job->faults, job->fault_count, &fault_capacity);
	r->read_faults = r->faults;
	r->units = job->units;
	r->unit_count = job->unit_count;
	for (size_t i = 0; i < job->result_count; i++) {
		struct batch_result *b = &job->results[i];
		report_faults(job, b->faults, b->fault_count, &fault_capacity);
		r->replaced += b->replaced;
		r->repaired += b->repaired;
		r->conflicts += b->conflicts;
		for (size_t k = 0; k < b->sheaf_count; k++) {
			if (job->units[b->sheaves[k].unit] != UNIT_SEALED)
				continue;
			MEM_GROW(r->sheaves, r->sheaf_count, capacity);
			r->sheaves[r->sheaf_count++] = b->sheaves[k];
		}
		batch_result_release(b);
	}
	add_to_summary(summary, job);
}

void archive_job_free(struct archive_job *job)
{
	free(job->result.sheaves);
	free(job->result.fault_notes);
	free(job->units);
	free(job->faults);
	free(job->results);
	free(job);
}

bool summary_adds_up(const struct run_summary *s, size_t archives_given)
{
	if (s->archives + s->archives_unread == archives_given)
		return true;
	message_error("%zu archives were given, but %llu accounted for: the run ends here", archives_given,
	              (unsigned long long)(s->archives + s->archives_unread));
	return false;
}
