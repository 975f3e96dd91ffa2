/* Digests as other boards might write them, all invented: every review found, none too many, each with its heading's facts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

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

struct expected {
	uint64_t line;
	const char *child, *board;
	int year, month, incident;
	enum outcome outcome;
};

#define REST " Background: the family had moved often and professionals knew little of its history. Findings include: information was not " \
	"shared between the agencies. Recommendations include: review how referrals are recorded.\n"

static void check(const char *text, const char *layout, const struct expected *expected, size_t count)
{
	const struct review *r;
	struct document d = {.text = text, .length = strlen(text), .first_line = 1, .encoding = "utf-8"};
	size_t n = cutter_cut(cutter, &d, "digest.txt", "digest.txt", &r), k = 0;
	for (size_t i = 0; i < n; i++) {
		if (r[i].kind != KIND_REVIEW)
			continue;
		if (k >= count)
			fail_msg("a review too many in line %d: %s (%s)", (int)r[i].first_line, r[i].title, r[i].layout);
		const struct expected *e = &expected[k++];
		if (r[i].first_line != e->line)
			fail_msg("review %zu begins in line %d, not %d: %s (%s)", k, (int)r[i].first_line, (int)e->line, r[i].title, r[i].layout);
		assert_string_equal(r[i].child, e->child);
		assert_string_equal(r[i].board, e->board);
		assert_int_equal(r[i].published.year, e->year);
		assert_int_equal(r[i].published.month, e->month);
		assert_int_equal(r[i].incident.year, e->incident);
		assert_int_equal(r[i].outcome, e->outcome);
		assert_string_equal(r[i].layout, layout);
	}
	assert_int_equal(k, count);
}
#define CHECK(text, layout, ...) \
	check(text, layout, (const struct expected[]){__VA_ARGS__}, sizeof((const struct expected[]){__VA_ARGS__}) / sizeof(struct expected))

static void child_board_date(void **state)
{
	(void)state;
	CHECK("Learning from reviews\n\nChild K – Northshire – March 2018\n\nDeath of a 6-month-old boy in April 2016." REST
	      "\nChild LW - Eastham and Pell - 2017\n\nSerious injuries to a 3-year-old girl in May 2015." REST
	      "\n“Megan” – Southwold – June 2018\n\nSexual abuse of a 14-year-old girl, disclosed in 2014." REST,
	      "named", {3, "Child K", "Northshire", 2018, 3, 2016, OUTCOME_DEATH}, {7, "Child LW", "Eastham and Pell", 2017, 0, 2015, OUTCOME_SERIOUS_HARM},
	      {11, "Megan", "Southwold", 2018, 6, 2014, OUTCOME_SERIOUS_HARM});
}

static void board_child_date(void **state)
{
	(void)state;
	CHECK("Northshire: Child K (March 2018)\n\nDeath of a 6-month-old boy in April 2016." REST
	      "\nEastham – Family B, 2017\n\nChronic neglect of three siblings." REST,
	      "named", {1, "Child K", "Northshire", 2018, 3, 2016, OUTCOME_DEATH}, {5, "Family B", "Eastham", 2017, 0, 0, OUTCOME_SERIOUS_HARM});
}

static void scr_prefixed(void **state)
{
	(void)state;
	CHECK("SCR briefing\n\nSCR: Child T (Eastham, May 2014)\nDeath of a 2-year-old girl in 2012." REST
	      "\nSCR: Baby V (Westmarch LSCB, 2015)\nNon-accidental head injury to a 5-week-old boy in June 2014." REST,
	      "named", {3, "Child T", "Eastham", 2014, 5, 2012, OUTCOME_DEATH}, {6, "Baby V", "Westmarch LSCB", 2015, 0, 2014, OUTCOME_SERIOUS_HARM});
}

static void markdown_headings(void **state)
{
	(void)state;
	CHECK("# Case review digest\n\n## Neglect\n\n### Child P (Haringway, 2019)\n\n**Death** of a 7-year-old girl in 2017." REST
	      "\n### Baby Q (Oldport, June 2018)\n\nDeath of a 3-week-old boy in March 2016." REST,
	      "named", {5, "Child P", "Haringway", 2019, 0, 2017, OUTCOME_DEATH}, {9, "Baby Q", "Oldport", 2018, 6, 2016, OUTCOME_DEATH});
}

static void welsh_reviews(void **state)
{
	(void)state;
	CHECK("Child Practice Reviews in Wales\n\nCYSUR 3/2016 – Pemberlan – September 2017\n\nDeath of a 16-year-old boy in May 2015 by hanging." REST
	      "\nCWMPAS 2/2017 – Cardwy – 2018\n\nSexual abuse of a 9-year-old girl by her stepfather between 2011 and 2014." REST,
	      "named", {3, "CYSUR 3/2016", "Pemberlan", 2017, 9, 2015, OUTCOME_DEATH}, {7, "CWMPAS 2/2017", "Cardwy", 2018, 0, 2011, OUTCOME_SERIOUS_HARM});
}

static void labelled_fields(void **state)
{
	(void)state;
	CHECK("Title: Serious case review: Child Z\nLocal authority: Northshire\nPublished: March 2017\nSummary: Death of a 4-year-old boy in May 2015." REST
	      "\nTitle: Child safeguarding practice review: Kian\nLocal authority: Eastham\nPublished: 2021\nSummary: Serious injuries to a 15-year-old boy in 2020." REST,
	      "fields", {1, "Child Z", "Northshire", 2017, 3, 2015, OUTCOME_DEATH}, {6, "Kian", "Eastham", 2021, 0, 2020, OUTCOME_SERIOUS_HARM});
}

static void table_rows(void **state)
{
	(void)state;
	CHECK("Reviews published this quarter\n\nChild\tBoard\tPublished\tSummary\n"
	      "Child A\tNorthshire\tMay 2016\tDeath of a 6-month-old boy in April 2015. Mother had been drinking.\n"
	      "Baby B\tEastham\t2017\tSerious head injury to a 5-week-old girl in 2016.\n"
	      "Child C\tPell\tJune 2017\tDeath of a 17-year-old boy by suicide in March 2016.\n",
	      "rows", {4, "Child A", "Northshire", 2016, 5, 2015, OUTCOME_DEATH}, {5, "Baby B", "Eastham", 2017, 0, 2016, OUTCOME_SERIOUS_HARM},
	      {6, "Child C", "Pell", 2017, 6, 2016, OUTCOME_DEATH});
}

/* A column with a name of the board's own, told by a rule of the analyst's. */
static void a_column_of_ones_own(void **state)
{
	(void)state;
	static const char text[] = "Reviews\n\nName\tArea\tOur reflections\nChild A\tPell\tDeath of a 3-month-old girl in May 2019 whilst co-sleeping.\n"
	                           "Child B\tPell\tDeath of a 4-month-old boy in May 2018 whilst co-sleeping.\n";
	char path[] = "/tmp/themetally-column-XXXXXX", message[400] = "";
	int fd = mkstemp(path);
	static const char rules[] = "layout our-register\ncolumn text value=text : (?i:our reflections)$\n";
	assert_true(fd >= 0 && write(fd, rules, sizeof rules - 1) == (ssize_t)sizeof rules - 1);
	close(fd);
	const char *files[] = {path};
	struct segmenter_options options = {.layout_files = files, .layout_file_count = 1};
	struct segmenter *own = segmenter_new(&options, message, sizeof message);
	assert_non_null(own);
	struct cutter *with = cutter_new(own);
	struct document d = {.text = text, .length = sizeof text - 1, .first_line = 1, .encoding = "utf-8"};
	const struct review *r;
	assert_int_equal(cutter_cut(cutter, &d, "digest.txt", "digest.txt", &r), 1);
	assert_int_equal(cutter_cut(with, &d, "digest.txt", "digest.txt", &r), 3);
	assert_string_equal(r[1].child, "Child A");
	assert_string_equal(r[2].board, "Pell");
	assert_int_equal(r[2].incident.year, 2018);
	cutter_free(with);
	segmenter_free(own);
	unlink(path);
}

static void bulleted_list(void **state)
{
	(void)state;
	CHECK("Recent reviews\n\n• Child X (Leedale, May 2015): death of a 6-month-old girl in 2013 whilst co-sleeping.\n"
	      "• Child Y (Bradholme, 2016): serious injuries to a 2-year-old boy in July 2014.\n",
	      "named", {3, "Child X", "Leedale", 2015, 5, 2013, OUTCOME_DEATH}, {4, "Child Y", "Bradholme", 2016, 0, 2014, OUTCOME_SERIOUS_HARM});
}

static void numbered_cases(void **state)
{
	(void)state;
	CHECK("Safeguarding bulletin, Autumn 2018\n\nCase 1: Child A\n\nDeath of a 6-month-old girl in 2016." REST
	      "\nCase 2: Family B\n\nNeglect of four siblings over many years." REST "\nCase 3: Olek\n\nA 16-year-old boy was stabbed to death in May 2017." REST,
	      "headings", {3, "Child A", "", 2018, 0, 2016, OUTCOME_DEATH}, {7, "Family B", "", 2018, 0, 0, OUTCOME_SERIOUS_HARM},
	      {11, "Olek", "", 2018, 0, 2017, OUTCOME_DEATH});
}

static void months_as_sections(void **state)
{
	(void)state;
	CHECK("Case reviews of the year\n\nMarch 2019\n\nWestshire LSCB – Child Y\n\nDeath of a 6-month-old girl in 2017." REST
	      "\nApril 2019\n\nPell LSCB – Child U\n\nInjuries to a 3-month-old boy in 2018." REST,
	      "board-first", {5, "Child Y", "Westshire LSCB", 2019, 3, 2017, OUTCOME_DEATH}, {11, "Child U", "Pell LSCB", 2019, 4, 2018, OUTCOME_SERIOUS_HARM});
}

static void numbered_with_board(void **state)
{
	(void)state;
	CHECK("NSPCC Repository – March 2022\n\n1. Child AB: child safeguarding practice review\n\nDeath of a 12-week-old infant in 2020." REST
	      "Other resources [Read practice review (PDF)](#)\n\n2. Serious case review: Isla\n\nSexual exploitation of a 15-year-old girl from 2016 to 2019." REST
	      "Other resources [Read full overview (PDF)](#)\n",
	      "numbered", {3, "Child AB", "", 2022, 3, 2020, OUTCOME_DEATH}, {8, "Isla", "", 2022, 3, 2016, OUTCOME_SERIOUS_HARM});
}

static void a_story_that_is_no_digest(void **state)
{
	(void)state;
	CHECK("The village fair was held in June 2016. Children danced.\n\nIt rained, as it had in 2015.\n", "whole", {1, "", "", 0, 0, 0, OUTCOME_UNKNOWN});
}

/* A line of a narrative that begins with a year and a dash is no heading of the layout whose headings begin so: not where no name follows, nor where more
 * headings of another layout stand against it. */
static void a_line_that_begins_with_a_year(void **state)
{
	(void)state;
#define DIGEST "Case Review Repository - October 2014\n\nThe reviews below were published in October 2014:\n\n"
#define WRAPPED(line) "The plan of the board was to end by the summer of\n2024 – " line "\nasked them." REST
	check(DIGEST "Aldermere LSCB: Child C97\n\nDeath of a 7-month-old boy in 2012. " WRAPPED("in time for the children to move to a new home, as the family wished; nobody")
	      "\nPenhallow LSCB: Child D11\n\nSerious injuries to a 12-year-old girl in 2013." REST, "board-first",
	      (struct expected[]){{5, "Child C97", "Aldermere LSCB", 2014, 10, 2012, OUTCOME_DEATH}, {11, "Child D11", "Penhallow LSCB", 2014, 10, 2013, OUTCOME_SERIOUS_HARM}}, 2);
	check(DIGEST "Carrowdale LSCB: Child R59\n\nInjuries to a 9-month-old girl in 2011." REST "\nAldermere LSCB: Child C97\n\nDeath of a 7-month-old boy in 2012. "
	      WRAPPED("Town and county had no other home for the children by then, and nobody") "\nPenhallow LSCB: Child D11\n\nSerious injuries to a 12-year-old girl in 2013." REST,
	      "board-first",
	      (struct expected[]){{5, "Child R59", "Carrowdale LSCB", 2014, 10, 2011, OUTCOME_SERIOUS_HARM}, {9, "Child C97", "Aldermere LSCB", 2014, 10, 2012, OUTCOME_DEATH},
	                          {15, "Child D11", "Penhallow LSCB", 2014, 10, 2013, OUTCOME_SERIOUS_HARM}}, 3);
#undef WRAPPED
#undef DIGEST
}

/* The line below a heading is often the narrative itself. What it says was published is a review only if it says so. */
static void what_the_narrative_says_was_published(void **state)
{
	static const struct {
		const char *line;
		int year, month;
	} cases[] = {
		{"Death of a girl. Published March 2018.", 2018, 3},
		{"Death of a girl (published in March 2018).", 2018, 3},
		{"Death of a girl. The report was published in 2018.", 2018, 0},
		{"Death of a girl. Review published on 3 March 2018.", 2018, 3},
		{"Death of a girl. Year of publication: 2018.", 2018, 0},
		{"Death of a girl. Date: 4 March 2018.", 2018, 3},
		{"Death of a girl. National guidance published in 2013 was not known.", 0, 0},
		{"Death of a girl. The protocol was published in 2013.", 0, 0},
		{"Death of a girl. Nothing was published by the board. The family moved in the year 1998.", 0, 0},
		{"Death of a girl. Findings were published. The report date 4 March 2013 was missed.", 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[400];
		snprintf(text, sizeof text, "Wrenmouth LSCB: Child W\n\n%s" REST, cases[i].line);
		CHECK(text, "board-first", {1, "Child W", "Wrenmouth LSCB", cases[i].year, cases[i].month, 0, OUTCOME_DEATH});
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(child_board_date),   cmocka_unit_test(board_child_date),   cmocka_unit_test(scr_prefixed),
		cmocka_unit_test(markdown_headings),  cmocka_unit_test(welsh_reviews),      cmocka_unit_test(labelled_fields),
		cmocka_unit_test(table_rows),         cmocka_unit_test(a_column_of_ones_own),
		        cmocka_unit_test(bulleted_list),      cmocka_unit_test(numbered_cases),
		cmocka_unit_test(months_as_sections), cmocka_unit_test(numbered_with_board), cmocka_unit_test(a_story_that_is_no_digest),
		cmocka_unit_test(a_line_that_begins_with_a_year), cmocka_unit_test(what_the_narrative_says_was_published),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
