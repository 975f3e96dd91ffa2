/* Rows survive encoding; damaged bytes are noticed, never read past. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "pipeline/pack.h"
#include "pipeline/row.h"

static struct theme_tally tallies[] = {{0, 3, 0, 2}, {7, 0, 1, 0}, {300, 123456, 5, 99}};
static uint32_t inconclusive[] = {12, 70000};
static struct evidence evidence[] = {{7, 41, 90, 123456789012ull, 17, "no sign of ", "neglect", ", they said"},
                                     {0, 2, NO_CUE, 0, 0, "", "abuse", ""}};

static struct review_row sample(void)
{
	struct review_row row = {
		.member = "a/b.txt", .record = 12, .ordinal = 3, .offset = 1ull << 40, .length = 777, .first_line = 10, .last_line = 4000000000u,
		.kind = KIND_REPORT, .title = "Child Ö", .section = "NEGLECT", .board = "Durham", .child = "Child M", .method = "", .layout = "list",
		.published = {2016, 10, "heading", "October 2016", "2017"}, .incident = {0, 0, "", "", ""}, .outcome = OUTCOME_SERIOUS_HARM,
		.age_months = -1, .age_band = AGE_16_17, .gender = GENDER_MIXED, .recommendations = 0, .words = 1234567,
		.has_sketch = true, .counted = true, .tallies = tallies, .tally_count = 3, .inconclusive = inconclusive, .inconclusive_count = 2,
		.evidence = evidence, .evidence_count = 2};
	for (size_t i = 0; i < SKETCH_BINS; i++)
		row.sketch[i] = (uint16_t)(i * 513);
	memset(row.fingerprint, 0xA5, sizeof row.fingerprint);
	return row;
}

static void every_field_survives(void **state)
{
	(void)state;
	struct review_row in = sample(), out = {0};
	struct buf b = BUF_INIT;
	row_encode(&b, &in);
	assert_int_equal(row_decode(&out, b.data, b.length), b.length);
	assert_string_equal(out.member, in.member);
	assert_int_equal(out.record, in.record);
	assert_int_equal(out.ordinal, in.ordinal);
	assert_int_equal(out.offset, in.offset);
	assert_int_equal(out.length, in.length);
	assert_int_equal(out.first_line, in.first_line);
	assert_int_equal(out.last_line, in.last_line);
	assert_int_equal(out.kind, in.kind);
	assert_string_equal(out.title, in.title);
	assert_string_equal(out.section, in.section);
	assert_string_equal(out.layout, in.layout);
	assert_int_equal(out.published.year, 2016);
	assert_string_equal(out.published.conflict, "2017");
	assert_int_equal(out.incident.year, 0);
	assert_int_equal(out.age_months, -1);
	assert_int_equal(out.age_band, AGE_16_17);
	assert_int_equal(out.gender, GENDER_MIXED);
	assert_int_equal(out.recommendations, 0);
	assert_int_equal(out.words, in.words);
	assert_memory_equal(out.fingerprint, in.fingerprint, 16);
	assert_memory_equal(out.sketch, in.sketch, sizeof in.sketch);
	assert_int_equal(out.tally_count, 3);
	assert_memory_equal(out.tallies, tallies, sizeof tallies);
	assert_memory_equal(out.inconclusive, inconclusive, sizeof inconclusive);
	assert_int_equal(out.evidence_count, 2);
	assert_int_equal(out.evidence[0].cue, 90);
	assert_int_equal(out.evidence[1].cue, NO_CUE);
	assert_int_equal(out.evidence[0].offset, 123456789012ull);
	assert_string_equal(out.evidence[0].match, "neglect");
	row_release(&out);
	buf_release(&b);
}

/* With few and many tallies, whose numbers have one byte or several; arrays of an earlier row are used again. */
static void skimming_passes_over_the_tallies(void **state)
{
	(void)state;
	static struct theme_tally many[60];
	struct review_row whole = {0}, skimmed = {0};
	for (uint32_t i = 0; i < 60; i++)
		many[i] = (struct theme_tally){2 * i, 1 + i % 3 * 60, i % 17 * 200000, 1};
	for (size_t count = 60; count <= 60; count--) {
		struct review_row in = sample();
		struct buf b = BUF_INIT;
		in.tallies = many;
		in.tally_count = count;
		in.evidence_count = count % 3;
		row_encode(&b, &in);
		buf_append_str(&b, "the next row");
		size_t length = row_decode(&whole, b.data, b.length);
		assert_int_equal(length, b.length - strlen("the next row"));
		assert_int_equal(whole.tally_count, count);
		assert_true(count == 0 || memcmp(whole.tallies, many, count * sizeof *many) == 0);
		assert_int_equal(row_skim(&skimmed, b.data, b.length), length);
		assert_int_equal(skimmed.tally_count + skimmed.inconclusive_count + skimmed.evidence_count, 0);
		assert_string_equal(skimmed.member, in.member);
		assert_int_equal(skimmed.words, in.words);
		assert_memory_equal(skimmed.sketch, in.sketch, sizeof in.sketch);
		buf_release(&b);
	}
	row_release(&whole);
	row_release(&skimmed);
}

static void every_cut_is_noticed(void **state)
{
	(void)state;
	struct review_row in = sample(), out = {0};
	struct buf b = BUF_INIT;
	row_encode(&b, &in);
	for (size_t length = 0; length < b.length; length++) {
		char *copy = mem_alloc(length); /* so that reading past the end is seen by a sanitizer */
		memcpy(copy, b.data, length);
		assert_int_equal(row_decode(&out, copy, length), 0);
		assert_int_equal(row_skim(&out, copy, length), 0);
		free(copy);
	}
	row_release(&out);
	buf_release(&b);
}

static void ids_name_archive_member_record_and_ordinal(void **state)
{
	(void)state;
	struct review_row row = sample();
	struct buf b = BUF_INIT;
	row_append_id(&b, "x.jsonl.gz", &row);
	assert_string_equal(b.data, "x.jsonl.gz:a/b.txt:12#3");
	row.member = "";
	row.record = 0;
	buf_clear(&b);
	row_append_id(&b, "x.txt", &row);
	assert_string_equal(b.data, "x.txt#3");
	buf_release(&b);
}

/* A row from a pack, counted with another lexicon, is written as one that was never packed. */
static void a_row_is_written_again_with_its_head(void **state)
{
	(void)state;
	for (int sketch = 0; sketch < 2; sketch++) {
		struct review_row in = sample(), out = {0};
		struct buf b = BUF_INIT, expected = BUF_INIT, again = BUF_INIT;
		in.has_sketch = sketch;
		row_encode(&expected, &in);
		struct review_row packed = in;
		packed.tally_count = packed.inconclusive_count = packed.evidence_count = 0;
		packed.counted = !in.counted;
		row_encode(&b, &packed);
		assert_int_equal(row_decode(&out, b.data, b.length), b.length);
		struct review_row now = in;
		now.head_length = out.head_length;
		row_encode_again(&again, b.data, &now);
		assert_int_equal(again.length, expected.length);
		assert_memory_equal(again.data, expected.data, expected.length);
		row_release(&out);
		buf_release(&b);
		buf_release(&expected);
		buf_release(&again);
	}
}

/* Packs hold encoded rows. Where this fails, raise PACK_VERSION and put in the new hash. */
static void packed_rows_keep_their_form(void **state)
{
	(void)state;
	struct review_row in = sample();
	struct buf b = BUF_INIT;
	row_encode(&b, &in);
	assert_int_equal(PACK_VERSION, 3);
	assert_int_equal(XXH3_64bits(b.data, b.length), 0x248a2a3d8aeedaaf);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_survives), cmocka_unit_test(skimming_passes_over_the_tallies), cmocka_unit_test(every_cut_is_noticed), cmocka_unit_test(a_row_is_written_again_with_its_head), cmocka_unit_test(packed_rows_keep_their_form),
		cmocka_unit_test(ids_name_archive_member_record_and_ordinal)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
