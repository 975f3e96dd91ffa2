/* The segmenter against invented digests, and against the hand-coded ones where they are at hand. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "corpora/review.h"

static struct segmenter *segmenter;
static struct cutter *cutter;

static int set_up(void **state)
{
	(void)state;
	char message[400] = "";
	struct segmenter_options options = {0};
	segmenter = segmenter_new(&options, message, sizeof message);
	if (!segmenter) {
		print_error("%s\n", message);
		return -1;
	}
	cutter = cutter_new(segmenter);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	cutter_free(cutter);
	segmenter_free(segmenter);
	return 0;
}

static size_t cut(const char *text, size_t length, const struct review **reviews)
{
	struct document d = {.text = text, .length = length, .first_line = 1, .encoding = "utf-8"};
	return cutter_cut(cutter, &d, "archive.txt", "archive.txt", reviews);
}

static const struct review *nth(const struct review *r, size_t count, size_t n)
{
	for (size_t i = 0; i < count; i++)
		if (r[i].kind == KIND_REVIEW && n-- == 0)
			return &r[i];
	fail_msg("not enough reviews");
	return NULL;
}

static size_t reviews_of(const struct review *r, size_t count)
{
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		n += r[i].kind == KIND_REVIEW;
	return n;
}

static void dated_digest(void **state)
{
	(void)state;
	static const char text[] = "Board research digest\n\nIssue 4, March 2019\n\nNEGLECT\n\n"
	                           "May 2018 – Northshire – Child Q\n\nDeath of a 6-month-old boy in April 2016. Background: none.\n\n"
	                           "2019 - Anonymous - Baby K Non-accidental head injury to a 3-week-old girl in 2017.\n";
	const struct review *r;
	size_t n = cut(text, sizeof text - 1, &r);
	assert_int_equal(reviews_of(r, n), 2);
	const struct review *q = nth(r, n, 0);
	assert_int_equal(q->first_line, 7);
	assert_string_equal(q->board, "Northshire");
	assert_string_equal(q->child, "Child Q");
	assert_string_equal(q->section, "NEGLECT");
	assert_int_equal(q->published.year, 2018);
	assert_int_equal(q->published.month, 5);
	assert_string_equal(q->published.rule, "heading");
	assert_int_equal(q->incident.year, 2016);
	assert_int_equal(q->outcome, OUTCOME_DEATH);
	assert_int_equal(q->age_months, 6);
	const struct review *k = nth(r, n, 1);
	assert_int_equal(k->outcome, OUTCOME_SERIOUS_HARM);
	assert_int_equal(k->published.month, 0);
	assert_int_equal(k->gender, GENDER_FEMALE);
}

/* Scores against the hand-coded half. */
struct score {
	int reviews, found, first_line, year, month, incident, outcome, child, board, section, extra;
};

static const char *text_of(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

static void tell(const char *id, const char *what, const char *is, const char *should)
{
	printf("  %s %s: '%s', coded '%s'\n", id, what, is, should);
}

static void check_number(const char *id, const char *what, int is, json_t *o, const char *key, int *right)
{
	int should = (int)json_integer_value(json_object_get(o, key));
	if (is == should)
		(*right)++;
	else
		printf("  %s %s: %d, coded %d\n", id, what, is, should);
}

static void check_text(const char *id, const char *what, const char *is, const char *should, int *right)
{
	if (strcmp(is, should) == 0)
		(*right)++;
	else
		tell(id, what, is, should);
}

static void score_review(json_t *gold, const struct review *r, size_t count, struct score *s)
{
	const char *id = text_of(gold, "id");
	uint64_t first = (uint64_t)json_integer_value(json_object_get(gold, "first_line"));
	const struct review *best = NULL;
	s->reviews++;
	for (size_t i = 0; i < count; i++)
		if (r[i].kind == KIND_REVIEW && r[i].first_line + 2 >= first && r[i].first_line <= first + 2 &&
		    (!best || llabs((long long)r[i].first_line - (long long)first) < llabs((long long)best->first_line - (long long)first) ||
		     (r[i].first_line == first && r[i].offset > best->offset)))
			best = &r[i];
	if (!best) {
		tell(id, "not found", "", text_of(gold, "starts"));
		return;
	}
	s->found++;
	s->first_line += best->first_line == first;
	check_number(id, "published year", best->published.year, gold, "published_year", &s->year);
	check_number(id, "published month", best->published.month, gold, "published_month", &s->month);
	check_number(id, "incident year", best->incident.year, gold, "incident_year", &s->incident);
	const char *outcome = text_of(gold, "outcome");
	check_text(id, "outcome", outcome_word(best->outcome), *outcome ? outcome : "unknown", &s->outcome);
	check_text(id, "child", best->child, text_of(gold, "child"), &s->child);
	check_text(id, "board", best->board, text_of(gold, "board"), &s->board);
	check_text(id, "section", best->section, text_of(gold, "section"), &s->section);
}

static char *read_file(const char *path, size_t *length)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return NULL;
	struct buf b = BUF_INIT;
	char block[65536];
	for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
		buf_append(&b, block, n);
	fclose(f);
	*length = b.length;
	return buf_detach(&b);
}

/* How many reviews each hand-coded digest holds, by reading it. */
static const struct {
	const char *file;
	size_t reviews;
} digests[] = {{"000_d65a4191cc400bba.txt", 42}, {"001_c324d8793c57523d.txt", 4}, {"003_fcca8598beaff0b9.txt", 19}, {"004_a6a170e1e2f08b05.txt", 9}};

static void hand_coded_digests(void **state)
{
	(void)state;
	const char *shared = getenv("THEMETALLY_SHARED") ? getenv("THEMETALLY_SHARED") : "../shared";
	char path[4096];
	snprintf(path, sizeof path, "%s/gold/dev.jsonl", shared);
	size_t length;
	char *gold = read_file(path, &length);
	if (!gold) {
		printf("skipped: %s is not there\n", path);
		skip();
	}
	struct score s = {0};
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
		snprintf(path, sizeof path, "%s/reviews/%s", shared, digests[i].file);
		size_t bytes;
		char *text = read_file(path, &bytes);
		assert_non_null(text);
		const struct review *r;
		size_t n = cut(text, bytes, &r), found = reviews_of(r, n);
		if (found != digests[i].reviews)
			printf("  %s: %zu reviews, should be %zu\n", digests[i].file, found, digests[i].reviews);
		s.extra += found > digests[i].reviews ? (int)(found - digests[i].reviews) : 0;
		assert_int_equal(found, digests[i].reviews);
		size_t at = 0;
		while (at < length) {
			size_t end = at + strcspn(gold + at, "\n");
			json_t *o = json_loadb(gold + at, end - at, 0, NULL);
			assert_non_null(o);
			if (strcmp(text_of(o, "file"), digests[i].file) == 0)
				score_review(o, r, n, &s);
			json_decref(o);
			at = end + 1;
		}
		free(text);
	}
	free(gold);
	printf("hand-coded reviews %d, found %d (first line exact %d), false %d, published year %d, month %d, incident year %d, outcome %d, "
	       "child %d, board %d, section %d\n", s.reviews, s.found, s.first_line, s.extra, s.year, s.month, s.incident, s.outcome, s.child,
	       s.board, s.section);
	assert_int_equal(s.found, s.reviews);
	assert_int_equal(s.year, s.reviews);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dated_digest),
		cmocka_unit_test(hand_coded_digests),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
