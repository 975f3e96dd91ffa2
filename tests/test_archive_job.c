/* The account of an archive: what does not add up is not published. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

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
		case ROWS: job->results[0].sheaves[0].unit = job->results[1].sheaves[0].unit = 2; break; /* nothing says how that unit ended */
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

/* Every list grows. */
static void many_units_and_faults(void **state)
{
	(void)state;
	enum { UNITS = 50 };
	struct run_summary s = {0};
	struct archive_job *job = mem_calloc(1, sizeof *job);
	struct batch_result b = {0};
	struct fault fault;
	refuse(&fault);
	job->result.path = "made by a test";
	job->result.opened = true;
	job->result.account.units_sealed = UNITS;
	archive_job_begin_unit(job);
	for (uint64_t i = 0; i < UNITS; i++) {
		archive_job_skipped(job, &fault);
		archive_job_end_unit(job, NULL);
		MEM_GROW(b.sheaves, b.sheaf_count, b.sheaf_capacity);
		b.sheaves[b.sheaf_count++] = (struct sheaf){10 * i, 10, i, 1};
	}
	job->results = mem_calloc(1, sizeof *job->results);
	job->results[job->result_count++] = b;
	archive_job_settle(job);
	assert_true(archive_job_adds_up(job));
	archive_job_close(job, &s);
	assert_int_equal(job->result.sheaf_count, UNITS);
	assert_int_equal(job->result.faults, UNITS);
	assert_int_equal(job->result.fault_notes[UNITS - 1].unit, UNITS - 1);
	archive_job_free(job);
}

/* More faults than are named: which are does not depend on the order in which batches are done, and the others are counted and not kept. */
static void the_first_faults_are_named(void **state)
{
	(void)state;
	enum { BATCHES = 40, EACH = 900 };
	for (int order = 0; order < 3; order++) {
		struct run_summary s = {0};
		struct archive_job *job = mem_calloc(1, sizeof *job);
		job->result.path = "made by a test";
		job->result.opened = true;
		job->result.account.units_sealed = 1;
		archive_job_begin_unit(job);
		archive_job_end_unit(job, NULL);
		for (unsigned i = 0; i < BATCHES; i++) {
			unsigned sequence = order == 0 ? i : order == 1 ? BATCHES - 1 - i : i * 7 % BATCHES;
			struct batch_result b = {.sequence = sequence};
			for (unsigned k = 0; k < EACH; k++) {
				struct fault fault;
				fault_set(&fault, FAULT_RECORD, NULL, FAULT_NO_OFFSET, FAULT_NO_OFFSET, 1 + sequence * EACH + k, "made by a test");
				fault_list_add(&b.faults, &fault, true, 0);
			}
			archive_job_add(job, &b);
			size_t kept = 0;
			for (size_t k = 0; k < job->result_count; k++)
				kept += job->results[k].faults.count;
			assert_true(kept <= 3 * FAULTS_NAMED);
		}
		archive_job_settle(job);
		archive_job_close(job, &s);
		assert_int_equal(job->result.faults, FAULTS_NAMED + 1);
		for (size_t i = 0; i < FAULTS_NAMED; i++)
			assert_int_equal(job->result.fault_notes[i].fault.line, i + 1);
		assert_int_equal(job->result.fault_notes[FAULTS_NAMED].fault.code, FAULT_MORE);
		assert_memory_equal(job->result.fault_notes[FAULTS_NAMED].fault.message, "26000 more", 10);
		archive_job_free(job);
	}
}

/* Those not named are counted but where the refusal of their unit covers them; an error of the system among them is not forgotten. */
static void the_others_are_counted(void **state)
{
	(void)state;
	for (int io = 0; io < 2; io++) {
		struct run_summary s = {0};
		struct archive_job *job = two_units();
		struct fault fault;
		refuse(&fault);
		for (size_t i = 0; i < FAULTS_NAMED; i++)
			fault_list_add(&job->results[0].faults, &fault, true, 0);
		fault.code = io ? FAULT_IO : FAULT_RECORD;
		fault_list_add(&job->results[0].faults, &fault, true, 0);
		assert_int_equal(job->results[0].faults.count, FAULTS_NAMED);
		for (size_t i = 0; i < 5; i++)
			fault_list_add(&job->results[1].faults, &fault, true, 1);
		archive_job_close(job, &s);
		assert_int_equal(job->result.faults, FAULTS_NAMED + 1); /* the refusal is one of them */
		assert_memory_equal(job->result.fault_notes[FAULTS_NAMED].fault.message, "2 more", 6);
		assert_int_equal(job->result.io_failed, io);
		archive_job_free(job);
	}
}

/* Units refused beyond the number that is named, each with a skipped member that its refusal covers. */
static void refusals_without_number_are_counted(void **state)
{
	(void)state;
	enum { UNITS = 10005 };
	struct run_summary s = {0};
	struct archive_job *job = mem_calloc(1, sizeof *job);
	struct fault fault;
	refuse(&fault);
	job->result.path = "made by a test";
	job->result.opened = true;
	job->result.account.units_refused = UNITS;
	archive_job_begin_unit(job);
	for (size_t i = 0; i < UNITS; i++) {
		archive_job_skipped(job, &fault);
		archive_job_end_unit(job, &fault);
	}
	archive_job_settle(job);
	assert_true(archive_job_adds_up(job));
	archive_job_close(job, &s);
	size_t named = FAULTS_NAMED / 2; /* the other half was of skipped members */
	assert_int_equal(job->result.faults, named + 1);
	assert_int_equal(job->result.fault_notes[named].fault.code, FAULT_MORE);
	assert_false(job->result.fault_notes[named].skipped);
	assert_non_null(strstr(job->result.fault_notes[named].fault.message, " 5005 more units refused"));
	archive_job_free(job);
}

/* What a pack says of an archive, and what a damaged block of it takes away. */
static void from_a_pack(void **state)
{
	(void)state;
	struct unit_run units[] = {{.sealed = 1, .refused = 1}, {.sealed = 1}};
	struct fault_note faults[20] = {{{.code = FAULT_CHECKSUM}, false, 1}};
	struct pack_archive a = {.opened = true, .units = units, .unit_run_count = 2, .faults = faults, .fault_count = 20, .replaced = 7};
	a.account.units_sealed = 2;
	a.account.units_refused = 1;
	for (int damaged = 0; damaged < 2; damaged++) {
		struct run_summary s = {0};
		struct archive_job *job = mem_calloc(1, sizeof *job);
		job->result.path = "made by a test";
		archive_job_from_pack(job, &a);
		job->results = mem_calloc(2, sizeof *job->results);
		job->result_count = 2;
		job->results[0].sequence = 1;
		if (damaged) {
			job->results[0].damage = mem_alloc(sizeof(struct fault));
			refuse(job->results[0].damage);
		}
		archive_job_settle(job);
		assert_true(archive_job_adds_up(job));
		archive_job_close(job, &s);
		assert_int_equal(s.units_sealed, damaged ? 0 : 2);
		assert_int_equal(s.units_refused, damaged ? 3 : 1);
		assert_int_equal(s.replaced, 7);
		archive_job_free(job);
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
		cmocka_unit_test(rows_of_sealed_units_are_kept), cmocka_unit_test(what_does_not_add_up_is_seen), cmocka_unit_test(many_units_and_faults), cmocka_unit_test(the_first_faults_are_named),
		cmocka_unit_test(the_others_are_counted),
		cmocka_unit_test(refusals_without_number_are_counted), cmocka_unit_test(from_a_pack),
		cmocka_unit_test(an_archive_that_cannot_be_opened_is_counted)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
