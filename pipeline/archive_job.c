#include "pipeline/archive_job.h"

#include <stdlib.h>

#include "base/mem.h"
#include "pipeline/manifest.h"
#include "pipeline/message.h"

/* ---- while it is read ---- */

static void note(struct archive_job *job, const struct fault *fault, bool skipped)
{
	fault_list_add(&job->faults, fault, skipped, job->unit_count - 1);
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
	for (size_t i = 0; i < a->fault_count; i++)
		fault_list_add(&job->faults, &a->faults[i].fault, a->faults[i].skipped, a->faults[i].unit);
}

static int by_sequence(const void *a, const void *b)
{
	const struct batch_result *x = a, *y = b;
	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

/* Which faults are named must not depend on the order in which batches are done: those that enough others come before, whatever is still to come. */
static void name_less(struct archive_job *job)
{
	size_t left = FAULTS_NAMED;
	mem_sort(job->results, job->result_count, sizeof *job->results, by_sequence);
	for (size_t i = 0; i < job->result_count; i++) {
		struct batch_result *b = &job->results[i];
		if (left && b->faults.count >= left) {
			job->enough = true;
			job->last_named = b->sequence;
		}
		fault_list_shorten(&b->faults, left);
		left -= b->faults.count;
	}
	job->named = FAULTS_NAMED - left;
}

void archive_job_add(struct archive_job *job, const struct batch_result *result)
{
	MEM_GROW(job->results, job->result_count, job->result_capacity);
	struct batch_result *b = &job->results[job->result_count++];
	*b = *result;
	if (job->enough && b->sequence > job->last_named)
		fault_list_shorten(&b->faults, 0);
	job->named += b->faults.count;
	if (job->named >= 3 * FAULTS_NAMED)
		name_less(job);
}

/* ---- when all batches are done ---- */

static void refuse_all(struct archive_job *job, const struct fault *fault)
{
	struct archive_account *a = &job->result.account;
	for (size_t k = 0; k + 1 < job->unit_count; k++)
		job->units[k] = UNIT_REFUSED;
	a->units_refused += a->units_sealed;
	a->units_sealed = 0;
	note(job, fault, false);
}

/* A damaged block leaves nothing of its archive. */
static void settle_packed(struct archive_job *job)
{
	struct archive_result *r = &job->result;
	for (size_t i = 0; i < job->result_count; i++) {
		struct batch_result *b = &job->results[i];
		if (!b->damage)
			continue;
		refuse_all(job, b->damage);
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
	struct fault fault;
	if (job->listed && manifest_refuses(job->listed, job->result.account.sha256, &fault))
		refuse_all(job, &fault);
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

struct reporting {
	struct archive_job *job;
	size_t named, capacity;
	uint64_t skipped, refused; /* not named */
};

static void report_note(struct reporting *p, const struct fault_note *n)
{
	struct archive_result *r = &p->job->result;
	message_fault(r->path, &n->fault, n->skipped);
	MEM_GROW(r->fault_notes, r->faults, p->capacity);
	r->fault_notes[r->faults++] = *n;
}

/* Faults of what lies within a refused unit are covered by the refusal. */
static void report_faults(struct reporting *p, const struct fault_list *l)
{
	struct archive_job *job = p->job;
	job->result.io_failed |= l->rest_io;
	for (size_t i = 0; i < l->count; i++) {
		const struct fault_note *n = &l->notes[i];
		job->result.io_failed |= n->fault.code == FAULT_IO;
		if (n->skipped && job->units[n->unit] == UNIT_REFUSED)
			continue;
		if (n->fault.code == FAULT_MORE || p->named++ < FAULTS_NAMED) {
			report_note(p, n);
		} else {
			p->skipped += n->skipped;
			p->refused += !n->skipped;
		}
	}
	for (size_t i = 0; i < l->rest_count; i++) {
		p->refused += l->rests[i].refused;
		if (job->units[l->rests[i].unit] != UNIT_REFUSED)
			p->skipped += l->rests[i].skipped;
	}
}

/* A word on those that were not named since the last such word. */
static void report_rest(struct reporting *p)
{
	struct fault_note more = {.skipped = !p->refused};
	if (!p->skipped && !p->refused)
		return;
	fault_set(&more.fault, FAULT_MORE, NULL, FAULT_NO_OFFSET, FAULT_NO_OFFSET, 0,
	          "%llu more members or records were skipped, %llu more units refused; the first %zu of an archive are named, the others only counted",
	          (unsigned long long)p->skipped, (unsigned long long)p->refused, FAULTS_NAMED);
	report_note(p, &more);
	p->skipped = p->refused = 0;
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
	struct reporting reporting = {.job = job};
	size_t most = 0;
	report_faults(&reporting, &job->faults);
	report_rest(&reporting);
	r->read_faults = r->faults;
	r->units = job->units;
	r->unit_count = job->unit_count;
	for (size_t i = 0; i < job->result_count; i++)
		most += job->results[i].sheaf_count;
	r->sheaves = mem_calloc(most, sizeof *r->sheaves); /* kept for every archive: no more room than is needed */
	for (size_t i = 0; i < job->result_count; i++) {
		struct batch_result *b = &job->results[i];
		report_faults(&reporting, &b->faults);
		r->replaced += b->replaced;
		r->repaired += b->repaired;
		r->conflicts += b->conflicts;
		for (size_t k = 0; k < b->sheaf_count; k++) {
			if (job->units[b->sheaves[k].unit] != UNIT_SEALED)
				continue;
			r->sheaves[r->sheaf_count++] = b->sheaves[k];
		}
		batch_result_release(b);
	}
	report_rest(&reporting);
	add_to_summary(summary, job);
}

void archive_job_free(struct archive_job *job)
{
	free(job->result.sheaves);
	free(job->result.fault_notes);
	free(job->units);
	fault_list_release(&job->faults);
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
