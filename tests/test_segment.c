/* The segmenter: every byte accounted for, whatever the text; prefilters that lose nothing; hostile texts; and the score against the
 * hand-coded digests where they are at hand. */
#include <dirent.h>
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
#include "base/utf8.h"
#include "corpora/review.h"
#include "tests/cutting.h"

static struct cutting *cutting;
static struct cutter *cutter;

static int set_up(void **state)
{
	(void)state;
	char message[400] = "";
	cutting = cutting_new(message, sizeof message);
	if (!cutting) {
		print_error("%s\n", message);
		return -1;
	}
	cutter = cutting_cutter(cutting);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	cutting_free(cutting);
	return 0;
}

static size_t cut(const char *text, size_t length, const struct review **reviews)
{
	struct document d = {.text = text, .length = length, .first_line = 1, .encoding = "utf-8"};
	return cutter_cut(cutter, &d, "archive.txt", "archive.txt", reviews);
}

static size_t reviews_of(const struct review *r, size_t count)
{
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		n += r[i].kind == KIND_REVIEW;
	return n;
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

static void check_text(const char *text, size_t length, bool lines)
{
	const char *failed = cutting_fails(cutting, text, length, lines);
	if (failed)
		fail_msg("%s", failed);
}

/* Texts to work on: the sample of the repository is packed, so digests of all shapes stand here. */
static const char digest_table[] =
	"Lessons digest\n\nIssue 3, July 2017\n\nRegional Learning\n\nCASE\tReport\n"
	"October 2016 – Durnham – Child M\tFull report on the website.\n"
	"Child M was found unresponsive in a bath. Child M was taken to hospital,\t\n"
	"where she remained for three months and has profound\thttp://www.board.example/serious-\n"
	"disabilities.\tcase-reviews/\n"
	"2016 - Newbrough - Child J Death of a 15-week-old girl in May 2014.\tKey issues: none.\tLearning: the\n\n"
	"She died at home and\tneed to share\n\nthe parents were convicted.\tinformation.\n\n"
	"NEGLECT\t\t\nCASE\tKEY ISSUES\tLEARNING & RECOMMENDATIONS\n"
	"2017 – Anonymous – Baby S Serious injuries to a 2-month-old boy in 2015.\t it was not shared\tRecommendations: share it\n"
	"Death of a 6-year-old girl in March 2015. Child L was known to services.\t\tLearning: listen.\n\n"
	"HOMICIDE\t\nJuly 2016 – Westmarch - WM 2/2015 Death of a boy in 2011.\t\talways consider the\n\nFebruary 2016 - Lunton - Child F\n\n"
	"Death of an 8-week-old child in October 2013.\n\n- needs of the child;\n- share knowledge.\n\nRecommendations:\n\n- consider the law.\n\n"
	"Learning:\n\n- variable sharing;\n\nRecommendations: include:\n\n- improve the help within the\n"
	"2017 - Bedham - Baby R Death of a girl in 2015.\tvisiting service; Learning: issues.\n";
static const char digest_newsletter[] =
	"South Shire Safeguarding Children Board News and Research Quarter Two 2017\n\nDomestic Abuse\n\nSerious Case Reviews:\n\n"
	"Serious case review: Child B\n\nAuthor: A. Writer LSCB: Camley Safeguarding Children Board (2016)\n\n"
	"Serious injury of a nine-week-old girl in November 2014. Findings include: none. Full Report [Here](#)\n\n"
	"Linked Research & Resources:\n\nA study of things. Find the report [here](#)\n\nAdolescence\n\nSerious\n\nCase Reviews:\n\n"
	"Serious case review: Martin\nLSCB: Pell Safeguarding Children Board(Spring 2017)\n\nAuthor: B. Writer\n\n"
	"Death of a 14-year-old boy in February 2016. He had been at the\n\nschool for a year.\n";
static const char digest_numbered[] =
	"Repository – November 2021\n\nIn November 2021 two case reviews were published.\n\n1. Child V; Child safeguarding practice review\n\n"
	"Near-fatal knife injury to a 17-year-old boy in December 2020.\n\nOther resources [Read practice review (PDF)](#)\n\n"
	"2. **Baby D: Serious case review**\n\nInjuries to a 4-month-old baby boy in 2019.\n\nOther resources [Read full overview (PDF)](#)\n";
static const char report[] =
	"Northshire Safeguarding Children Partnership\n\nSerious Case Review\n\nChild T\n\nMarch 2018\n\nContents\n\n1. Introduction\t3\n2. Findings\t5\n"
	"Glossary\t9\n\nNorthshire SCP\tChild T\t2\n\n1. Introduction\n\nChild T died in May 2016 at the age of nine months. The family moved to\n\n"
	"Northshire SCP\tChild T\t3\n\nanother town in 2015 and nobody was told of it, and so on and so forth for many lines of text that fill a page.\n"
	"More text to fill the page. More text to fill the page. More text to fill the page. More text to fill the page. More text to fill it.\n"
	"More text to fill the page. More text to fill the page. More text to fill the page. More text to fill the page. More text to fill it.\n\n"
	"Northshire SCP\tChild T\t4\n\n2. Findings\n\nThe review makes four recommendations. It used a SCIE Learning Together approach.\n"
	"More text to fill the page. More text to fill the page. More text to fill the page. More text to fill the page. More text to fill it.\n"
	"More text to fill the page. More text to fill the page. More text to fill the page. More text to fill the page. More text to fill it.\n\n"
	"Northshire SCP\tChild T\t5\n\nGlossary\n\nCP\tChild protection\nMASH\tMulti-agency hub\n";
static const char *const texts[] = {digest_table, digest_newsletter, digest_numbered, report};
#define TEXTS (sizeof texts / sizeof *texts)

static void bytes_are_accounted_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEXTS; i++)
		check_text(texts[i], strlen(texts[i]), true);
}

static uint64_t random_state = 88172645463325252u;

static size_t below(size_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return n ? (size_t)(random_state % n) : 0;
}

/* A place in the text where a character begins. */
static size_t place(const struct buf *b)
{
	size_t at = below(b->length + 1);
	while (at > 0 && at < b->length && ((unsigned char)b->data[at] & 0xC0) == 0x80)
		at--;
	return at;
}

static void replace(struct buf *b, size_t start, size_t end, const char *bytes, size_t length)
{
	struct buf next = BUF_INIT;
	buf_append(&next, b->data, start);
	buf_append(&next, bytes, length);
	buf_append(&next, b->data + end, b->length - end);
	buf_release(b);
	*b = next;
}

/* Damages a valid text in a few places and leaves it valid. */
static void damage(struct buf *b)
{
	static const char *const bits[] = {"\n", "\n\n", "\t", "\t\t", " ", "\f", "\r\n", "2016 – Leedham – Child Q ", "\n3\n", "\n\n4\n\n", "•", "\xEF\x82\xB7",
		"Contents\n", "\nGlossary\n\n", "Learning:", "Recommendations:", "Death of a 3-year-old boy in 2012.", "\xC2\xA0", "é", "(", ")", "**", "2. ",
		"Serious case review: X\n", "NEGLECT\n", "\n\n5 | P a g e\n\n", ".", ";", "\x1D", "ß", "Author: Z LSCB: Q (2015)"};
	for (size_t n = 1 + below(8); n > 0; n--) {
		size_t a = place(b), e = place(b);
		if (a > e) {
			size_t t = a;
			a = e;
			e = t;
		}
		const char *bit = bits[below(sizeof bits / sizeof *bits)];
		switch (below(5)) {
		case 0:
			replace(b, a, a, bit, strlen(bit));
			break;
		case 1: /* a piece is lost */
			replace(b, a, e - a > 60 ? a : e, "", 0);
			break;
		case 2: { /* a piece comes twice */
			char *copy = mem_strndup(b->data + a, e - a);
			replace(b, e, e, copy, e - a > 400 ? 0 : e - a);
			free(copy);
			break;
		}
		case 3:
			replace(b, a, a, bit, strlen(bit));
			replace(b, a, a, bit, strlen(bit));
			break;
		default: /* the line end becomes something else */
			for (size_t i = a; i < b->length; i++)
				if (b->data[i] == '\n') {
					replace(b, i, i + 1, bit, strlen(bit));
					break;
				}
			break;
		}
	}
}

static void damaged_texts_are_accounted_for(void **state)
{
	(void)state;
	for (int round = 0; round < 600; round++) {
		struct buf b = BUF_INIT;
		buf_append_str(&b, texts[below(TEXTS)]);
		if (below(3) == 0)
			buf_append_str(&b, texts[below(TEXTS)]);
		damage(&b);
		check_text(b.data, b.length, true);
		buf_release(&b);
	}
}

static const char *shared_path(char *path, size_t size, const char *rest)
{
	const char *shared = getenv("THEMETALLY_SHARED") ? getenv("THEMETALLY_SHARED") : "../shared";
	snprintf(path, size, "%s/%s", shared, rest);
	return path;
}

static void real_texts_are_accounted_for(void **state)
{
	(void)state;
	char path[4096], directory[4096];
	DIR *d = opendir(shared_path(directory, sizeof directory, "reviews"));
	if (!d) {
		printf("skipped: %s is not there\n", directory);
		skip();
	}
	for (struct dirent *e; (e = readdir(d));) {
		size_t length;
		snprintf(path, sizeof path, "%.3800s/%.255s", directory, e->d_name);
		char *text = e->d_name[0] == '.' ? NULL : read_file(path, &length);
		if (!text)
			continue;
		check_text(text, length, length < 100000);
		for (int round = 0; round < 6 && length < 100000; round++) {
			struct buf b = BUF_INIT;
			buf_append(&b, text, length);
			damage(&b);
			check_text(b.data, b.length, true);
			buf_release(&b);
		}
		free(text);
	}
	closedir(d);
}

/* Texts made to cost much: each must end soon, and still be accounted for. */
static void hostile(const char *unit, size_t times, const char *head, const char *tail)
{
	struct buf b = BUF_INIT;
	buf_append_str(&b, head);
	for (size_t i = 0; i < times; i++)
		buf_append_str(&b, unit);
	buf_append_str(&b, tail);
	const struct review *r;
	size_t count = cut(b.data, b.length, &r);
	const char *failed = cutting_records_fail(cutter, b.data, b.length, r, count, false);
	if (failed)
		fail_msg("%s", failed);
	buf_release(&b);
}

static void hostile_texts_end(void **state)
{
	(void)state;
	hostile("a long line without an end ", 100000, "", "");
	hostile("a", 3000000, "2016 – Leedham – Child Q ", "");
	hostile("\n", 3000000, "", "");
	hostile("\f", 1000000, "", "");
	hostile("\f\n", 500000, "x", "x");
	hostile("\t", 1000000, "2016 – Leedham – Child Q\t", "");
	hostile("x\ty\n", 300000, "2016 – Leedham – Child Q\n", "");
	hostile("x\ty\nz\n", 1000, "2016 – Leedham – Child Q\t1\n", "");
	hostile("2016 – Leedham – Child Q\n", 60000, "", "");
	hostile("2016 – Leedham – Child Q. ", 60000, "2016 – Leedham – Child A Death of a boy. ", "");
	hostile("Death of a 3-year-old boy in 2012.\n\n", 40000, "2016 – Leedham – Child A\n", "");
	hostile("1. Child A: serious case review\n", 50000, "", "");
	hostile("Serious case review: Child A\n", 50000, "", "");
	hostile("12\n", 300000, "", "");
	hostile("Page 3 of 9\n\n", 100000, "", "");
	hostile("Contents\n", 100000, "", "");
	hostile("Contents\n\nIntroduction 3\n\nText that stands below.\n\nGlossary\n\nA\tB\n\n1. Introduction\n\n", 10000, "", "");
	hostile("NEGLECT\n\n", 100000, "", "");
	hostile("\xEF\x82\xB7 \xEF\x82\xB7", 300000, "", "\n");
	hostile("é\n", 200000, "", "");
	hostile("SCIE ", 300000, "2016 – Leedham – Child A\n", "");
	hostile("2016 ", 300000, "2016 – Leedham – Child A\nDeath of ", "");
	hostile("- - - - ", 200000, "2016", "");
	hostile("****____", 200000, "", "\n");
	hostile("(", 500000, "", "\n");
	hostile("Leedham LSCB\n\n", 60000, "", "");
	hostile("March 2021\nLeedham LSCB\n\n", 40000, "", "");
	hostile("Name\tBoard\tDate\tSummary\n", 60000, "", "");
	hostile("Child A\tLeedham\tMay 2016\tDeath of a 3-year-old boy in 2012.\n", 40000, "Name\tBoard\tDate\tSummary\n", "");
	hostile("x\t", 300000, "Name\tBoard\tDate\tSummary\n", "\n");
}

static void nothing_is_no_review(void **state)
{
	(void)state;
	const struct review *r;
	assert_int_equal(cut("", 0, &r), 0);
	assert_int_equal(cut(" \n\t\n", 4, &r), 0);
	assert_int_equal(cut("-- 12 --\n\n...\n", 14, &r), 0);
	assert_int_equal(cut("x", 1, &r), 1);
}

/* A text without a letter ends early: what is told of it must not be of the text before, nor point there. */
static void nothing_is_left_of_the_text_before(void **state)
{
	(void)state;
	const struct review *r;
	struct buf told = BUF_INIT;
	char *one = mem_strndup("-", 1);
	struct document d = {.text = one, .length = 1, .first_line = 1};
	assert_true(cut(digest_table, sizeof digest_table - 1, &r) > 1);
	cutter_explain(cutter, &d, "archive.txt", "archive.txt", &told);
	assert_string_equal(told.data, "layout: none, the document is one report\nline\trecord\trules\ttext\n1\tleft out\t-\t-\n");
	buf_release(&told);
	free(one);
}

static void torn_columns_are_put_together(void **state)
{
	(void)state;
	const struct review *r;
	size_t n = cut(digest_table, sizeof digest_table - 1, &r);
	struct document d = {.text = digest_table, .length = sizeof digest_table - 1, .first_line = 1};
	struct buf store = BUF_INIT;
	const char *const expected[] = {
		"October 2016 – Durnham – Child M\x1D" "Child M was found unresponsive in a bath. Child M was taken to hospital,\t\n"
		"where she remained for three months and has profound\ndisabilities.\x1D" "Full report on the website.\x1Dhttp://www.board.example/serious-\n"
		"case-reviews/",
		"2016 - Newbrough - Child J Death of a 15-week-old girl in May 2014.\x1DShe died at home and\nthe parents were convicted.\x1DKey issues: none.\x1D"
		"Learning: the\nneed to share\ninformation.",
		NULL, NULL,
		"July 2016 – Westmarch - WM 2/2015 Death of a boy in 2011.\t\talways consider the\x1D- needs of the child;\n- share knowledge.\n\n"
		"Recommendations:\n\n- consider the law.",
		"February 2016 - Lunton - Child F\n\nDeath of an 8-week-old child in October 2013.\x1DLearning:\n\n- variable sharing;\n\n"
		"Recommendations: include:\n\n- improve the help within the\nvisiting service;",
	};
	size_t k = 0;
	for (size_t i = 0; i < n; i++) {
		if (r[i].kind != KIND_REVIEW)
			continue;
		struct joined_text joined = review_join(&r[i], &d, &store);
		if (k < sizeof expected / sizeof *expected && expected[k]) {
			char *is = mem_strndup(joined.text, joined.length);
			assert_string_equal(is, expected[k]);
			free(is);
		}
		k++;
	}
	assert_int_equal(k, 7);
	buf_release(&store);
}

static void furniture_is_left_out(void **state)
{
	(void)state;
	const struct review *r;
	struct document d = {.text = report, .length = sizeof report - 1, .first_line = 1};
	struct buf store = BUF_INIT;
	size_t n = cut(report, sizeof report - 1, &r);
	assert_int_equal(n, 3); /* the review, its contents page, its glossary */
	assert_int_equal(r[0].kind, KIND_REVIEW);
	assert_string_equal(r[0].child, "Child T");
	assert_string_equal(r[0].board, "Northshire Safeguarding Children Partnership");
	assert_string_equal(r[0].published.rule, "title-page");
	assert_int_equal(r[0].published.year, 2018);
	assert_int_equal(r[0].published.month, 3);
	assert_int_equal(r[0].incident.year, 2016);
	assert_int_equal(r[0].outcome, OUTCOME_DEATH);
	assert_int_equal(r[0].age_months, 9);
	assert_int_equal(r[0].recommendations, 4);
	assert_string_equal(r[0].method, "SCIE Learning Together");
	struct joined_text joined = review_join(&r[0], &d, &store);
	assert_null(memmem(joined.text, joined.length, "Northshire SCP", 14));
	assert_non_null(memmem(joined.text, joined.length, "The family moved to\nanother town", 32));
	assert_int_equal(r[1].kind, KIND_OTHER);
	assert_string_equal(r[1].title, "Contents");
	assert_string_equal(r[2].title, "Glossary");
	buf_release(&store);
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

static void check_number(const char *id, const char *what, int is, json_t *o, const char *key, int *right)
{
	int should = (int)json_integer_value(json_object_get(o, key));
	if (is == should)
		++*right;
	else
		printf("  %s %s: %d, coded %d\n", id, what, is, should);
}

static void check_words(const char *id, const char *what, const char *is, const char *should, int *right)
{
	if (strcmp(is, should) == 0)
		++*right;
	else
		printf("  %s %s: '%s', coded '%s'\n", id, what, is, should);
}

static void score_review(json_t *gold, const struct review *r, size_t count, struct score *s)
{
	const char *id = text_of(gold, "id");
	long long first = json_integer_value(json_object_get(gold, "first_line"));
	const struct review *best = NULL;
	s->reviews++;
	for (size_t i = 0; i < count; i++) {
		long long off = llabs((long long)r[i].first_line - first);
		if (r[i].kind == KIND_REVIEW && off <= 2 &&
		    (!best || off < llabs((long long)best->first_line - first) || (off == 0 && r[i].offset > best->offset)))
			best = &r[i];
	}
	if (!best) {
		printf("  %s not found: %s\n", id, text_of(gold, "starts"));
		return;
	}
	s->found++;
	s->first_line += (long long)best->first_line == first;
	check_number(id, "published year", best->published.year, gold, "published_year", &s->year);
	check_number(id, "published month", best->published.month, gold, "published_month", &s->month);
	check_number(id, "incident year", best->incident.year, gold, "incident_year", &s->incident);
	const char *outcome = text_of(gold, "outcome");
	check_words(id, "outcome", outcome_word(best->outcome), *outcome ? outcome : "unknown", &s->outcome);
	check_words(id, "child", best->child, text_of(gold, "child"), &s->child);
	check_words(id, "board", best->board, text_of(gold, "board"), &s->board);
	check_words(id, "section", best->section, text_of(gold, "section"), &s->section);
}

/* How many reviews each hand-coded digest holds, by reading it. */
static const struct {
	const char *file;
	size_t reviews;
} digests[] = {{"000_d65a4191cc400bba.txt", 42}, {"001_c324d8793c57523d.txt", 4}, {"003_fcca8598beaff0b9.txt", 19}, {"004_a6a170e1e2f08b05.txt", 9}};

static void hand_coded_digests(void **state)
{
	(void)state;
	char path[4096], name[300];
	size_t length;
	char *gold = read_file(shared_path(path, sizeof path, "gold/dev.jsonl"), &length);
	if (!gold) {
		printf("skipped: %s is not there\n", path);
		skip();
	}
	struct score s = {0};
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
		size_t bytes;
		snprintf(name, sizeof name, "reviews/%s", digests[i].file);
		char *text = read_file(shared_path(path, sizeof path, name), &bytes);
		assert_non_null(text);
		const struct review *r;
		size_t n = cut(text, bytes, &r), found = reviews_of(r, n);
		s.extra += found > digests[i].reviews ? (int)(found - digests[i].reviews) : 0;
		if (found != digests[i].reviews)
			printf("  %s: %zu reviews, should be %zu\n", digests[i].file, found, digests[i].reviews);
		assert_int_equal(found, digests[i].reviews);
		for (size_t at = 0, end; at < length; at = end + 1) {
			end = at + strcspn(gold + at, "\n");
			json_t *o = json_loadb(gold + at, end - at, 0, NULL);
			assert_non_null(o);
			if (strcmp(text_of(o, "file"), digests[i].file) == 0)
				score_review(o, r, n, &s);
			json_decref(o);
		}
		free(text);
	}
	free(gold);
	printf("hand-coded reviews %d, found %d (first line exact %d), false %d, published year %d, month %d, incident year %d, outcome %d, "
	       "child %d, board %d, section %d\n", s.reviews, s.found, s.first_line, s.extra, s.year, s.month, s.incident, s.outcome, s.child,
	       s.board, s.section);
	assert_int_equal(s.found, s.reviews);
	assert_int_equal(s.year, s.reviews);
	assert_true(s.month * 100 >= s.reviews * 97);
	assert_true(s.incident * 100 >= s.reviews * 97);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_accounted_for),
		cmocka_unit_test(damaged_texts_are_accounted_for),
		cmocka_unit_test(real_texts_are_accounted_for),
		cmocka_unit_test(hostile_texts_end),
		cmocka_unit_test(nothing_is_no_review),
		cmocka_unit_test(nothing_is_left_of_the_text_before),
		cmocka_unit_test(torn_columns_are_put_together),
		cmocka_unit_test(furniture_is_left_out),
		cmocka_unit_test(hand_coded_digests),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
