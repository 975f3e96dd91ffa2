/* Groups of the same review: exact, near and same case; which copy counts; chains do not depend on order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/dedupe.h"

enum { WORDS = 600 };

/* A text of WORDS hashed words by seed, the last `changed` of which are its own. */
static void make_row(struct review_row *row, uint64_t seed, size_t changed, int year, const char *board, const char *child)
{
	static uint64_t words[WORDS];
	for (size_t i = 0; i < WORDS; i++) {
		uint64_t x = (i < WORDS - changed ? seed : seed * 977 + changed) * 0x9E3779B97F4A7C15u + i * 0xBF58476D1CE4E5B9u;
		x ^= x >> 29;
		words[i] = x * 0x94D049BB133111EBu;
	}
	*row = (struct review_row){.member = "", .ordinal = 1, .title = "", .section = "", .board = board, .child = child, .method = "",
	                           .layout = "", .published = {year, 0, "", "", ""}, .incident = {0, 0, "", "", ""}, .words = WORDS,
	                           .has_sketch = true};
	fingerprint_compute(words, WORDS, row->fingerprint);
	sketch_compute(words, WORDS, row->sketch);
}

static void sketches_estimate_likeness(void **state)
{
	(void)state;
	struct review_row a, b;
	make_row(&a, 1, 0, 2016, "", "");
	make_row(&b, 1, 0, 2016, "", "");
	assert_true(sketch_similarity(a.sketch, b.sketch) > 0.999);
	make_row(&b, 2, 0, 2016, "", "");
	assert_true(sketch_similarity(a.sketch, b.sketch) < 0.05);
	/* half of the words are the same: Jaccard 297 / (597 + 300) = 0.33 */
	make_row(&b, 1, 300, 2016, "", "");
	assert_true(sketch_similarity(a.sketch, b.sketch) > 0.20);
	assert_true(sketch_similarity(a.sketch, b.sketch) < 0.47);
}

static void the_earliest_counts(void **state)
{
	(void)state;
	struct deduper *d = deduper_new((size_t)24 << 20);
	struct review_row row;
	size_t count;
	make_row(&row, 5, 0, 2017, "", "");
	deduper_add(d, "b.txt", &row); /* 0: a copy of 2, which was published before */
	make_row(&row, 6, 0, 2016, "", "");
	deduper_add(d, "b.txt", &row); /* 1: alone */
	make_row(&row, 5, 10, 2016, "", "");
	deduper_add(d, "c.txt", &row); /* 2: near 0 */
	make_row(&row, 5, 10, 2016, "", "");
	deduper_add(d, "a.txt", &row); /* 3: exactly 2, and its archive's name comes first */
	struct duplicate *list = deduper_finish(d, 1, &count);
	assert_int_equal(count, 2);
	assert_int_equal(list[0].row, 0);
	assert_int_equal(list[0].of, 3);
	assert_int_equal(list[0].reason, DUPLICATE_NEAR);
	assert_int_equal(list[1].row, 2);
	assert_int_equal(list[1].of, 3);
	assert_int_equal(list[1].reason, DUPLICATE_EXACT);
	assert_true(list[1].similarity > 0.999);
	free(list);
	deduper_free(d);
}

static void one_case_told_twice(void **state)
{
	(void)state;
	struct deduper *d = deduper_new((size_t)24 << 20);
	struct review_row row;
	size_t count;
	make_row(&row, 9, 0, 2016, "Gloucestershire", "Lucy");
	deduper_add(d, "a", &row);
	make_row(&row, 9, 380, 2016, "Gloucestershire LSCB", "\"Lucy\""); /* 0: likeness 0.22 */
	deduper_add(d, "b", &row);
	make_row(&row, 9, 385, 2016, "Gloucestershire LSCB", "Ben"); /* another child: not the same case */
	deduper_add(d, "c", &row);
	make_row(&row, 9, 390, 2011, "Gloucestershire LSCB", "Lucy"); /* another year */
	deduper_add(d, "d", &row);
	make_row(&row, 77, 0, 2016, "Gloucestershire", "Lucy"); /* no wording shared */
	deduper_add(d, "e", &row);
	struct duplicate *list = deduper_finish(d, 1, &count);
	assert_int_equal(count, 1);
	assert_int_equal(list[0].row, 1);
	assert_int_equal(list[0].of, 0);
	assert_int_equal(list[0].reason, DUPLICATE_SAME_CASE);
	free(list);
	deduper_free(d);
}

/* A is near B, B is near C, A is not near C: one group whatever the order of arrival. */
static void chains_do_not_depend_on_order(void **state)
{
	(void)state;
	static const size_t orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	static const char *const names[3] = {"a", "b", "c"};
	uint64_t words[900];
	struct review_row rows[3];
	for (size_t i = 0; i < 900; i++)
		words[i] = (i + 1) * 0x9E3779B97F4A7C15u;
	for (size_t i = 0; i < 3; i++) {
		make_row(&rows[i], 1, 0, 2016, "", "");
		fingerprint_compute(words + 130 * i, 600, rows[i].fingerprint);
		sketch_compute(words + 130 * i, 600, rows[i].sketch);
	}
	assert_true(sketch_similarity(rows[0].sketch, rows[1].sketch) >= 0.5);
	assert_true(sketch_similarity(rows[1].sketch, rows[2].sketch) >= 0.5);
	assert_true(sketch_similarity(rows[0].sketch, rows[2].sketch) < 0.5);
	for (size_t o = 0; o < 6; o++) {
		struct deduper *d = deduper_new((size_t)24 << 20);
		size_t count;
		for (size_t i = 0; i < 3; i++)
			deduper_add(d, names[orders[o][i]], &rows[orders[o][i]]);
		struct duplicate *list = deduper_finish(d, 1, &count);
		assert_int_equal(count, 2);
		for (size_t i = 0; i < 2; i++) {
			assert_int_equal(orders[o][list[i].of], 0); /* "a" comes first */
			assert_int_not_equal(orders[o][list[i].row], 0);
		}
		free(list);
		deduper_free(d);
	}
}

static void other_text_and_other_kinds_stay_apart(void **state)
{
	(void)state;
	struct deduper *d = deduper_new((size_t)24 << 20);
	struct review_row row;
	size_t count;
	make_row(&row, 5, 0, 2017, "", "");
	deduper_add(d, "a", &row);
	row.kind = KIND_REPORT;
	deduper_add(d, "b", &row);
	row.kind = KIND_OTHER;
	deduper_add(d, "c", &row);
	deduper_add(d, "d", &row);
	free(deduper_finish(d, 1, &count));
	assert_int_equal(count, 0);
	deduper_free(d);
}

static void an_empty_ledger(void **state)
{
	(void)state;
	struct deduper *d = deduper_new((size_t)24 << 20);
	size_t count = 1;
	free(deduper_finish(d, 1, &count));
	assert_int_equal(count, 0);
	deduper_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sketches_estimate_likeness), cmocka_unit_test(the_earliest_counts), cmocka_unit_test(one_case_told_twice),
		cmocka_unit_test(chains_do_not_depend_on_order), cmocka_unit_test(other_text_and_other_kinds_stay_apart),
		cmocka_unit_test(an_empty_ledger)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
