/* The account of an archive: what does not add up is not published. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "base/mem.h"
#include "pipeline/archive_job.h"

static void refuse(struct fault *f)
{
	fault_set(f, FAULT_CHECKSUM, "a.txt", 1, 2, 0, "made by a test");
}

/* Two units, one sealed and one refused, with rows in both. */
static struct archive_job *two_units(void)
{
	struct archive_job *job = mem_calloc(1, sizeof *job);
	struct fault fault;
	size_t capacity = 0;
	job->result.path = "made by a test";
	job->result.opened = true;
	job->result.account.units_sealed = job->result.account.units_refused = 1;
	archive_job_begin_unit(job);
	archive_job_end_unit(job, NULL);
	refuse(&fault);
	archive_job_skipped(job, &fault);
	archive_job_end_unit(job, &fault);
	for (unsigned i = 0; i < 2; i++) { /* done in the other order */
		struct batch_result b = {.sequence = 1 - i};
		MEM_GROW(b.sheaves, b.sheaf_count, b.sheaf_capacity);
		b.sheaves[b.sheaf_count++] = (struct sheaf){100 * (1 - i), 10, 1 - i, 1};
		MEM_GROW(job->results, job->result_count, capacity);
		job->results[job->result_count++] = b;
	}
	archive_job_settle(job);
	return job;
}

static void finish(struct archive_job *job, struct run_summary *s)
{
	archive_job_close(job, s);
	archive_job_free(job);
}

static void rows_of_sealed_units_are_kept(void **state)
{
	(void)state;
	struct run_summary s = {0};
	struct archive_job *job = two_units();
	assert_true(archive_job_adds_up(job));
	archive_job_close(job, &s);
	assert_int_equal(job->result.sheaf_count, 1);
	assert_int_equal(job->result.sheaves[0].offset, 0);
	assert_int_equal(job->result.faults, 1); /* the skipped member lies in the refused unit */
	assert_int_equal(s.archives, 1);
	assert_int_equal(s.units_refused, 1);
	archive_job_free(job);
}

static void what_does_not_add_up_is_seen(void **state)
{
	(void)state;
	struct run_summary s = {0};
	enum { SEALED, REFUSED, ROWS, OPEN, BYTES, FAULTS };
	for (int wrong = SEALED; wrong < FAULTS; wrong++) {
		struct archive_job *job = two_units();
		switch (wrong) {
		case SEALED: job->result.account.units_sealed++; break;
		case REFUSED: job->result.account.units_refused++; break;
		case ROWS: job->results[1].sheaves[0].unit = 2; break; /* nothing says how that unit ended */
		case OPEN: archive_job_begin_unit(job); break;
		default:
			job->units[1] = UNIT_SEALED;
			job->result.account.units_sealed = 2;
			job->result.account.units_refused = 0;
			assert_true(archive_job_adds_up(job));
			job->result.account.packed_bytes = 1;
		}
		assert_false(archive_job_adds_up(job));
		finish(job, &s);
	}
}

/* Nothing is asked of an archive that could not be opened but that it is counted. */
static void an_archive_that_cannot_be_opened_is_counted(void **state)
{
	(void)state;
	struct run_summary s = {0};
	struct archive_job *job = mem_calloc(1, sizeof *job);
	struct fault fault;
	refuse(&fault);
	job->result.path = "made by a test";
	archive_job_unread(job, &fault);
	archive_job_settle(job);
	assert_true(archive_job_adds_up(job));
	finish(job, &s);
	assert_int_equal(s.archives_unread, 1);
	assert_int_equal(s.faults, 1);
	assert_true(summary_adds_up(&s, 1));
	assert_false(summary_adds_up(&s, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_sealed_units_are_kept), cmocka_unit_test(what_does_not_add_up_is_seen),
		cmocka_unit_test(an_archive_that_cannot_be_opened_is_counted)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
