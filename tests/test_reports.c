/* Full reports, invented, as they come out of a PDF: a title page, contents with leaders, running heads, page numbers in the middle of
 * sentences, numbered sections, recommendations, a glossary. One review each; contents and glossary are no text of it. */
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

static struct segmenter *segmenter, *all_segmenter;

static struct segmenter *make(bool all_sections)
{
	char message[400] = "";
	struct segmenter_options options = {.all_sections = all_sections};
	struct segmenter *s = segmenter_new(&options, message, sizeof message);
	if (!s)
		print_error("%s\n", message);
	return s;
}

static int set_up(void **state)
{
	(void)state;
	segmenter = make(false);
	all_segmenter = make(true);
	return segmenter && all_segmenter ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	segmenter_free(segmenter);
	segmenter_free(all_segmenter);
	return 0;
}

struct report {
	const char *title_page, *contents;
	const char *leader;       /* between a section's title and its page */
	const char *numbered;     /* how a section's number is written, # being the number */
	const char *introduction;
	const char *head, *foot;  /* of a page; #: its number */
	/* what is found */
	const char *title, *board, *child, *method;
	int year, month, incident, incident_month, age;
	enum outcome outcome;
	enum gender gender;
};
static const struct report reports[] = {
	{"NORTHSHIRE SAFEGUARDING CHILDREN BOARD\n\nSERIOUS CASE REVIEW\n\nOVERVIEW REPORT\n\nin respect of\n\nCHILD LINDEN\n\nDate: 14 March 2018\n\n", "Contents",
	 " .............................. ", "# ", "This serious case review was commissioned following the death of Child Linden, a 7-month-old boy, in October 2016. "
	 "He was found unresponsive at home and died later in hospital. The review was carried out using the SCIE Learning Together systems model.",
	 "Northshire Safeguarding Children Board – Child Linden SCR", "#",
	 "CHILD LINDEN", "NORTHSHIRE SAFEGUARDING CHILDREN BOARD", "CHILD LINDEN", "SCIE Learning Together", 2018, 3, 2016, 10, 7, OUTCOME_DEATH, GENDER_MALE},
	{"Local Child Safeguarding Practice Review\n\nChild Aspen\n\nIndependent reviewer: Ann Other\n\nWesterby Safeguarding Children Partnership\n\nPublished September 2022\n\n",
	 "TABLE OF CONTENTS", "\t", "#\t", "This review concerns Aspen, who was 14 years old when she was stabbed in a park in May 2021 and died from her injuries. "
	 "The review used a hybrid methodology that drew on earlier models.", "OFFICIAL SENSITIVE", "Page # of 30",
	 "Child Aspen", "Westerby Safeguarding Children Partnership", "Child Aspen", "hybrid", 2022, 9, 2021, 5, 168, OUTCOME_DEATH, GENDER_FEMALE},
	{"Child Practice Review Report\n\nMid Vale Safeguarding Board\n\nExtended Child Practice Review\n\nRe: CYSUR 3/2019\n\nMarch 2020\n\n", "Contents", "   ", "#. ",
	 "In April 2018 a 3 year old girl was admitted to hospital with serious head injuries. A review was commissioned in accordance with the "
	 "guidance for multi-agency child practice reviews.", "", "CPR report | #",
	 "Child Practice Review Report", "Mid Vale Safeguarding Board", "CYSUR 3/2019", "Welsh child practice review", 2020, 3, 2018, 4, 36, OUTCOME_SERIOUS_HARM, GENDER_FEMALE},
};
#define REPORTS (sizeof reports / sizeof *reports)
#define RECOMMENDATIONS 7

static const char *const sections[][2] = {
	{"1", "Introduction"}, {"1.1", "Terms of reference"}, {"1.2", "Methodology"}, {"2", "Summary of facts"}, {"2.1", "Family background"},
	{"3", "Analysis"}, {"3.1", "Assessment"}, {"3.2", "Information sharing"}, {"4", "Findings"}, {"5", "Lessons learned"}, {"6", "Recommendations"}};
#define SECTIONS (sizeof sections / sizeof *sections)

static const char *const paragraphs[] = {
	"The family moved to the area in 2015 and registered with a GP practice. The health visitor carried out a new birth visit, at which the "
	"mother said that she felt well supported by her own mother.",
	"Professionals interviewed for the review described high workloads. There was evidence of good practice by the school, whose pastoral lead "
	"made repeated attempts to contact the father.",
	"The review team considered whether information held by the police had been shared in line with local procedures. It found that two "
	"notifications did not reach the allocated social worker.",
	"A strategy discussion was held within 24 hours and section 47 enquiries were started. The outcome was that the case would be managed under "
	"a child in need plan."};

/* A # in the pattern stands for the value. */
static void put(struct buf *out, const char *pattern, const char *value)
{
	for (; *pattern; pattern++)
		if (*pattern == '#')
			buf_append_str(out, value);
		else
			buf_append_char(out, *pattern);
}

/* Writes text in lines of 90 bytes, in pages of 40 lines. */
struct printer {
	const struct report *report;
	struct buf *out;
	size_t column;
	int line, page;
};

static void end_page(struct printer *p)
{
	char number[16];
	snprintf(number, sizeof number, "%d", p->page++);
	buf_append_char(p->out, '\n');
	put(p->out, p->report->foot, number);
	buf_printf(p->out, "\n\f%s\n\n", p->report->head);
	p->line = 0;
}

static void end_line(struct printer *p)
{
	buf_append_char(p->out, '\n');
	p->column = 0;
	if (++p->line == 40)
		end_page(p);
}

static void print(struct printer *p, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, " \n");
		if (p->column && p->column + 1 + n > 90)
			end_line(p);
		else if (p->column) {
			buf_append_char(p->out, ' ');
			p->column++;
		}
		buf_append(p->out, text, n);
		p->column += n;
		text += n;
		if (*text == '\n') {
			while (*text == '\n') {
				end_line(p);
				text++;
			}
		} else if (*text) {
			text++;
		}
	}
}

static void write_report(const struct report *r, struct buf *out)
{
	struct printer p = {.report = r, .out = out, .page = 1};
	int page = 3;
	print(&p, r->title_page);
	end_page(&p);
	buf_printf(out, "%s\n\n", r->contents);
	for (size_t i = 0; i < SECTIONS; i++, page += 3) {
		put(out, r->numbered, sections[i][0]);
		buf_printf(out, "%s%s%d\n", sections[i][1], r->leader, page);
	}
	buf_printf(out, "Appendix A: Glossary%s%d\n", r->leader, page);
	end_page(&p);
	for (size_t i = 0; i < SECTIONS; i++) {
		put(out, r->numbered, sections[i][0]);
		buf_append_str(out, sections[i][1]);
		end_line(&p);
		end_line(&p);
		if (i == 0) {
			print(&p, r->introduction);
			print(&p, "\n\n");
		}
		for (size_t k = 0; k < 8; k++) {
			print(&p, paragraphs[(i + k * k) % 4]);
			print(&p, "\n\n");
		}
	}
	for (int i = 1; i <= RECOMMENDATIONS; i++) {
		char text[120];
		snprintf(text, sizeof text, "Recommendation %d: The board should seek assurance that agencies have reviewed their procedures.\n\n", i);
		print(&p, text);
	}
	print(&p, "Appendix A: Glossary\n\n");
	buf_append_str(out, "CP  Child protection\nGP  General practitioner\nMASH  Multi-agency safeguarding hub\n");
}

static size_t cut(struct cutter *c, const struct buf *text, struct document *d, const struct review **r)
{
	*d = (struct document){.text = text->data, .length = text->length, .first_line = 1, .encoding = "utf-8"};
	return cutter_cut(c, d, "report.pdf", "report.pdf", r);
}

static void each_report_is_one_review(void **state)
{
	(void)state;
	for (size_t i = 0; i < REPORTS; i++) {
		const struct report *e = &reports[i];
		struct buf text = BUF_INIT, store = BUF_INIT;
		struct cutter *c = cutter_new(segmenter);
		const struct review *r;
		struct document d;
		write_report(e, &text);
		assert_int_equal(cut(c, &text, &d, &r), 3);
		assert_int_equal(r[0].kind, KIND_REVIEW);
		assert_string_equal(r[0].title, e->title);
		assert_string_equal(r[0].board, e->board);
		assert_string_equal(r[0].child, e->child);
		assert_string_equal(r[0].method, e->method);
		assert_string_equal(r[0].published.rule, "title-page");
		assert_int_equal(r[0].published.year, e->year);
		assert_int_equal(r[0].published.month, e->month);
		assert_int_equal(r[0].incident.year, e->incident);
		assert_int_equal(r[0].incident.month, e->incident_month);
		assert_int_equal(r[0].age_months, e->age);
		assert_int_equal(r[0].outcome, e->outcome);
		assert_int_equal(r[0].gender, e->gender);
		assert_int_equal(r[0].recommendations, RECOMMENDATIONS);
		assert_int_equal(r[1].kind, KIND_OTHER);
		assert_string_equal(r[1].title, e->contents);
		assert_int_equal(r[2].kind, KIND_OTHER);
		assert_string_equal(r[2].title, "Appendix A: Glossary");

		/* nothing of contents, glossary or pages is left in it, every section is */
		struct joined_text joined = review_join(&r[0], &d, &store);
		char *copy = mem_strndup(joined.text, joined.length);
		assert_null(strstr(copy, "safeguarding hub"));
		assert_null(strstr(copy, "OFFICIAL"));
		assert_null(strstr(copy, "Child Linden SCR"));
		assert_null(strstr(copy, "of 30"));
		assert_null(strstr(copy, "CPR report |"));
		assert_null(strchr(copy, '\f'));
		for (size_t k = 0; k < SECTIONS; k++) {
			char *first = strstr(copy, sections[k][1]);
			assert_non_null(first);
			if (k != 2 && k != 6) /* words of the text too */
				assert_null(strstr(first + 1, sections[k][1]));
		}
		free(copy);
		cutter_free(c);
		buf_release(&text);
		buf_release(&store);
	}
}

static void all_sections_count_when_asked(void **state)
{
	(void)state;
	struct buf text = BUF_INIT, store = BUF_INIT;
	struct cutter *c = cutter_new(all_segmenter);
	const struct review *r;
	struct document d;
	write_report(&reports[0], &text);
	assert_int_equal(cut(c, &text, &d, &r), 1);
	struct joined_text joined = review_join(&r[0], &d, &store);
	assert_non_null(memmem(joined.text, joined.length, "safeguarding hub", 16));
	assert_non_null(memmem(joined.text, joined.length, "Contents", 8));
	cutter_free(c);
	buf_release(&text);
	buf_release(&store);
}

static size_t check_joins(struct cutter *c, const struct report *e)
{
	struct buf text = BUF_INIT, store = BUF_INIT;
	const struct review *r;
	struct document d;
	size_t broken = 0;
	write_report(e, &text);
	cut(c, &text, &d, &r);
	for (size_t i = 1; i < r[0].span_count; i++) {
		const struct span *before = &r[0].spans[i - 1], *s = &r[0].spans[i];
		char last = text.data[before->start + before->length - 1], first = text.data[s->start];
		bool goes_on = last != '.' && first >= 'a' && first <= 'z';
		broken += goes_on;
		assert_int_equal(s->join, goes_on ? JOIN_LINE : JOIN_BREAK);
	}
	/* a place in the joined text is the place it came from */
	struct joined_text joined = review_join(&r[0], &d, &store);
	for (size_t at = 0; at < joined.length; at += 7)
		if (joined.text[at] != '\n' && joined.text[at] != '\x1D')
			assert_int_equal(joined.text[at], text.data[review_position(&r[0], at)]);
	buf_release(&text);
	buf_release(&store);
	return broken;
}

static void sentences_go_on_over_pages(void **state)
{
	(void)state;
	struct cutter *c = cutter_new(segmenter);
	size_t broken = 0;
	for (size_t i = 0; i < REPORTS; i++)
		broken += check_joins(c, &reports[i]);
	assert_true(broken > 3);
	cutter_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_report_is_one_review),
		cmocka_unit_test(all_sections_count_when_asked),
		cmocka_unit_test(sentences_go_on_over_pages),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
