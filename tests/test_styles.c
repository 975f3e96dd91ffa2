/* The same five invented reviews in every style in which boards write their digests, and each style as it looks after what files go
 * through: other line ends, narrow columns, page heads and numbers. Every review is found, none too many, with what its heading says. */
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

struct invented {
	const char *child, *upper, *reference, *board, *place, *month, *narrative, *learning;
	int year, month_number, incident;
	enum outcome outcome;
};
static const struct invented cases[] = {
	{"Child Maple", "CHILD MAPLE", "CYSUR 4/2018", "Northshire Safeguarding Children Partnership", "Northshire", "March",
	 "Death of a 4-month-old boy in June 2019 whilst co-sleeping with his mother on a sofa. Maple was the subject of a child in need plan at the time.",
	 "Learning includes: the risks of co-sleeping were not discussed with both parents; information was not shared between midwifery and the GP.",
	 2021, 3, 2019, OUTCOME_DEATH},
	{"Baby T", "BABY T", "CWMPAS 2/2019", "Westerby LSCB", "Westerby", "September",
	 "Serious non-accidental head injuries to an 11-week-old girl in November 2014. The parents were arrested and bailed.",
	 "Key issues: professional over-optimism; the father was not seen as part of the assessment.", 2016, 9, 2014, OUTCOME_SERIOUS_HARM},
	{"Operation Kestrel", "OPERATION KESTREL", "WBSCB S24/2017", "Eastmoor Safeguarding Children Board", "Eastmoor", "January",
	 "Sexual exploitation of six girls aged between 12 and 16 years by a group of adult men between 2010 and 2013.",
	 "Recommendations include: review of return home interviews; a single record of missing episodes.", 2018, 1, 2010, OUTCOME_SERIOUS_HARM},
	{"Young Person R", "YOUNG PERSON R", "CTMSB 05/2021", "Carrowdale Safeguarding Partnership", "Carrowdale", "May",
	 "Death by suicide of a 16-year-old boy in February 2020 in semi-independent accommodation. He had been looked after since the age of nine.",
	 "Learning points: transition planning should start earlier; self-harm was recorded but not assessed.", 2022, 5, 2020, OUTCOME_DEATH},
	{"Siblings H and J", "SIBLINGS H AND J", "GSB 1/2020", "Penhallow Safeguarding Children Board", "Penhallow", "July",
	 "Neglect of two siblings aged 3 and 5 years over several years. Both children were removed from the home in August 2013.",
	 "Findings: the threshold for legal proceedings was not understood; the voice of the child was not heard.", 2015, 7, 2013, OUTCOME_SERIOUS_HARM},
};
#define CASES (sizeof cases / sizeof *cases)

/* In an entry {c} is the child, {C} the same in capitals, {r} a reference number, {b} the board, {p} its place, {m} and {y} month and year
 * of publication, {n} the narrative, {l} the learning, {i} the number of the entry, {s} a section's title. */
struct style {
	const char *name, *head, *entry;
	char child;        /* which of these the child is: c, C, r; 0: not asked */
	char board;        /* b, p; 0: none is told */
	char published;    /* m: month and year; y: the year; 0: not by the entry */
	int year;          /* with 0: of the digest */
	bool wide;         /* rows of a table, or headings that are sentences: not to be wrapped */
};
static const struct style styles[] = {
	{"dated headings", "Case reviews published in spring\n\n", "{m} {y} - {p} - {c}\n\n{n}\n{l}\n> Read the overview report\n\n", 'c', 'p', 'm', 0, false},
	{"headings run into the text", "Learning from reviews\n\n", "{m} {y} – {p} – {c} {n} {l}\n", 'c', 'p', 'm', 0, true},
	{"a register", "Register of serious case reviews\n\nName\tBoard\tDate\tSummary\tLink\n", "{c}\t{b}\t{m} {y}\t{n} {l}\thttps://www.example.org/{i}.pdf\n", 'c', 'b', 'm', 0, true},
	{"a register with paragraphs in its cells", "Register\n\nName\tBoard\tDate\tSummary\n\n", "{c}\t{b}\t{m} {y}\t{n}\n\n{l}\n\n", 'c', 'b', 'm', 0, true},
	{"a register with a question in its head", "Published reviews\n\nCase\tArea\tYear\tWhat happened\n\n", "{c}\t{p}\t{y}\t{n}\n\n• {l}\n\n", 'c', 'p', 'y', 0, true},
	{"a register that begins with dates", "Published reviews\n\nDate published\tCase\tPartnership\tOverview\n", "{m} {y}\t{c}\t{p}\t{n} {l}\n", 'c', 'p', 'm', 0, true},
	{"a register with numbers", "No.\tCase name\tArea\tPublished\tLearning\n", "{i}\t{c}\t{p}\t{y}\t{n} {l}\n", 'c', 'p', 'y', 0, true},
	{"a register with titles", "Title\tAuthor\tSummary\n", "Serious case review: {c} ({p}, {y})\tJ Smith\t{n} {l}\n", 'c', 'p', 'y', 0, true},
	{"table rows with titles", "NEGLECT\tSummary\tLearning\n", "{m} {y} – {p} – {c}\t{n}\t{l}\n", 'c', 'p', 'm', 0, true},
	{"child, board, date", "Learning from reviews\nQuarterly bulletin, Summer 2022\n\n", "{c}\n{b}\n{m} {y}\n\n{n}\n\n{l}\n\n", 'c', 'b', 'm', 0, false},
	{"board, child, date", "Learning from reviews\nQuarterly bulletin, Summer 2022\n\n", "{b}\n{c}\nPublished: {m} {y}\n\n{n}\n\n{l}\n\n", 'c', 'b', 'm', 0, false},
	{"date, board", "Learning digest\n\n", "{m} {y}\n{b}\n\n{n}\n\n{l}\n\n", 0, 'b', 'm', 0, false},
	{"day, place and child", "Reviews\n\n", "12 {m} {y}\n{p} – {c}\n{n}\n{l}\n\n", 'c', 'p', 'm', 0, false},
	{"the board alone", "Learning digest Autumn 2022\n\n", "{b}\n\n{n}\n\n{l}\n\n", 0, 'b', 0, 2022, false},
	{"board and date in brackets", "Safeguarding newsletter\n\n", "{b} ({m} {y})\n{n}\n{l}\n\n", 0, 'b', 'm', 0, false},
	{"board and date with a dash", "Safeguarding newsletter\n\n", "{b} – {m} {y}\n{n}\n{l}\n\n", 0, 'b', 'm', 0, false},
	{"numbered, with places", "Reviews this quarter\n\n", "{i}. {c} ({p})\n{n} {l}\n\n", 'c', 'p', 0, 0, false},
	{"numbered, with board and date", "Reviews this quarter\n\n", "{i}) {c}, {b}, {m} {y}\n{n} {l}\n\n", 'c', 'b', 'm', 0, false},
	{"private-use bullets", "Recent reviews\n\n", "\xEF\x82\xB7 {c} ({p}, {m} {y}): {n} {l}\n", 'c', 'p', 'm', 0, true},
	{"bullets, the place first", "Recent reviews\n\n", "• {p} – {c} – {m} {y} – {n} {l}\n", 'c', 'p', 'm', 0, true},
	{"capitals", "SERIOUS CASE REVIEWS\n\n", "{C} – {p} – {m} {y}\n\n{n}\n{l}\n\n", 'C', 'p', 'm', 0, false},
	{"sections in capitals", "Learning from case reviews\n\n", "{s}\n\n{c} – {p} – {y}\n{n}\n{l}\n\n", 'c', 'p', 'y', 0, false},
	{"fields", "", "Case name: {c}\nBoard: {b}\nDate published: {m} {y}\nSummary: {n}\nKey learning: {l}\n\n", 'c', 'b', 'm', 0, false},
	{"fields that begin with the date", "", "Published: {m} {y}\nLSCB: {b}\nSubject: {c}\nAbstract: {n} {l}\nKeywords: neglect, parents\n\n", 'c', 'b', 'm', 0, false},
	{"Welsh reviews", "Child practice reviews\n\n", "Extended Child Practice Review: {r}\nPublished {m} {y}\n{n}\n{l}\n7 minute briefing\n\n", 'r', 0, 'm', 0, false},
	{"Welsh references alone", "Adolygiadau / Reviews\n\n", "{r}\n{n}\n{l}\n7-minute briefing (PDF)\nRead the full report\n\n", 'r', 0, 0, 0, false},
	{"case studies", "Learning briefing, October 2021\n\n", "Case study {i}: {c}\n{n}\n{l}\n\n", 'c', 0, 0, 2021, false},
	{"SCR and brackets", "News\n\n", "SCR {c} ({b}, {m} {y})\n{n}\n{l}\n\n", 'c', 'b', 'm', 0, false},
	{"board before author", "Journal scan\n\n", "Serious case review: {c}\nLSCB: {b} ({y})\nAuthor: Ann Other\n{n}\n{l}\n\n", 'c', 'b', 'y', 0, false},
	{"author before board", "Journal scan\n\n", "{c}: serious case review\nAuthor: Ann Other\nBoard: {b}\nYear: {y}\n\n{n}\n{l}\n\n", 'c', 'b', 'y', 0, false},
	{"no headings at all", "NEGLECT\n\n", "{n}\n\n{l}\n\n", 0, 0, 0, 0, false},
	{"markdown", "# Case reviews\n\n", "## {c} - {p} ({y})\n\n{n}\n\n* {l}\n\n[Read the report](https://example.org)\n\n", 'c', 'p', 'y', 0, false},
	{"links between reviews", "Safeguarding bulletin, May 2022\n\n", "{b}: {c}\n\n{n}\n\n{l}\n\nUseful links\nNew guidance on sleep: https://www.example.org\nTraining dates for autumn\n\n", 'c', 'b', 0, 2022, false},
	{"place, kind of review and child", "Quarter Three 2019 newsletter\n\n", "{p} Child Safeguarding Practice Review – {c}\n{n}\n{l}\n\n", 'c', 'p', 0, 2019, false},
	{"bold headings", "**Recently published**\n\n", "**{b} - {c} (published {m} {y})**\n{n} {l}\n\n", 'c', 'b', 'm', 0, false},
	{"announcements", "Bulletin\n\n", "{b} has published a serious case review into the death of {c}.\n{n} {l}\n\n", 'c', 'b', 0, 0, true},
	{"LCSPR and a date", "Local learning\n\n", "LCSPR {c}, {m} {y}\n{n}\n{l}\n\n", 'c', 0, 'm', 0, false},
	{"a colon", "Reviews\n\n", "{c}: {p} ({y})\n{n}\n{l}\n\n", 'c', 'p', 'y', 0, false},
};
#define STYLES (sizeof styles / sizeof *styles)

static void fill(struct buf *out, const char *pattern, const struct invented *v, int number)
{
	static const char *const sections[] = {"NEGLECT", "PHYSICAL ABUSE", "SEXUAL EXPLOITATION", "SUICIDE AND SELF-HARM", "DOMESTIC ABUSE"};
	for (const char *s = pattern; *s; s++) {
		if (s[0] != '{' || !s[1] || s[2] != '}') {
			buf_append_char(out, *s);
			continue;
		}
		switch (s[1]) {
		case 'c': buf_append_str(out, v->child); break;
		case 'C': buf_append_str(out, v->upper); break;
		case 'r': buf_append_str(out, v->reference); break;
		case 'b': buf_append_str(out, v->board); break;
		case 'p': buf_append_str(out, v->place); break;
		case 'm': buf_append_str(out, v->month); break;
		case 'y': buf_printf(out, "%d", v->year); break;
		case 'n': buf_append_str(out, v->narrative); break;
		case 'l': buf_append_str(out, v->learning); break;
		case 's': buf_append_str(out, sections[number - 1]); break;
		case 'i': buf_printf(out, "%d", number); break;
		}
		s += 2;
	}
}

enum harm { AS_WRITTEN, CARRIAGE_RETURNS, SPACES_BEHIND, NARROW, PAGES, HARMS };
static const char *const harm_names[HARMS] = {"as written", "carriage returns", "spaces behind lines", "narrow columns", "pages"};

/* Lines of a paragraph no longer than 72 bytes. */
static void narrow(const struct buf *in, struct buf *out)
{
	size_t column = 0;
	for (size_t i = 0; i < in->length; i++) {
		bool wrap = in->data[i] == ' ' && column > 0 && column + 1 + strcspn(in->data + i + 1, " \n") > 72;
		buf_append_char(out, wrap ? '\n' : in->data[i]);
		column = wrap || in->data[i] == '\n' ? 0 : column + 1;
	}
}

/* A page number and a running head after every seventh line. */
static void pages(const struct buf *in, struct buf *out)
{
	int line = 0, page = 1;
	for (size_t i = 0; i < in->length; i++) {
		buf_append_char(out, in->data[i]);
		if (in->data[i] == '\n' && ++line % 7 == 0)
			buf_printf(out, "\n%d\n\f\nQuarterly learning digest\n\n", page++);
	}
}

static void harm(const struct buf *in, enum harm how, struct buf *out)
{
	switch (how) {
	case CARRIAGE_RETURNS:
	case SPACES_BEHIND:
		for (size_t i = 0; i < in->length; i++) {
			if (in->data[i] == '\n')
				buf_append_str(out, how == CARRIAGE_RETURNS ? "\r" : "  ");
			buf_append_char(out, in->data[i]);
		}
		break;
	case NARROW:
		narrow(in, out);
		break;
	case PAGES:
		pages(in, out);
		break;
	default:
		buf_append(out, in->data, in->length);
	}
}

static const char *named_by(const struct invented *v, char what)
{
	return what == 'c' ? v->child : what == 'C' ? v->upper : what == 'r' ? v->reference : what == 'b' ? v->board : what == 'p' ? v->place : "";
}

#define CHECK_STRING(what, is, should) \
	do { \
		if (strcmp(is, should) != 0) \
			fail_msg("%s, %s: review %zu: %s '%s', not '%s'", s->name, harm_names[how], k + 1, what, is, should); \
	} while (0)
#define CHECK_NUMBER(what, is, should) \
	do { \
		if ((is) != (should)) \
			fail_msg("%s, %s: review %zu: %s %d, not %d", s->name, harm_names[how], k + 1, what, (int)(is), (int)(should)); \
	} while (0)

static void check_style(const struct style *s, enum harm how)
{
	struct buf written = BUF_INIT, text = BUF_INIT;
	buf_append_str(&written, s->head);
	for (size_t i = 0; i < CASES; i++)
		fill(&written, s->entry, &cases[i], (int)i + 1);
	harm(&written, how, &text);
	const struct review *r;
	struct document d = {.text = text.data, .length = text.length, .first_line = 1, .encoding = "utf-8"};
	size_t n = cutter_cut(cutter, &d, "digest.txt", "digest.txt", &r), k = 0;
	for (size_t i = 0; i < n; i++) {
		if (r[i].kind != KIND_REVIEW)
			continue;
		if (k == CASES)
			fail_msg("%s, %s: a review too many in line %d: %s (%s)", s->name, harm_names[how], (int)r[i].first_line, r[i].title, r[i].layout);
		const struct invented *v = &cases[k];
		if (s->child)
			CHECK_STRING("child", r[i].child, named_by(v, s->child));
		CHECK_STRING("board", r[i].board, named_by(v, s->board));
		CHECK_NUMBER("published", r[i].published.year, s->published ? v->year : s->year);
		if (s->published)
			CHECK_NUMBER("month", r[i].published.month, s->published == 'm' ? v->month_number : 0);
		CHECK_NUMBER("incident", r[i].incident.year, v->incident);
		CHECK_NUMBER("outcome", r[i].outcome, v->outcome);
		k++;
	}
	if (k != CASES)
		fail_msg("%s, %s: %zu reviews, not %zu (%s)", s->name, harm_names[how], k, CASES, n ? r[0].layout : "");
	buf_release(&written);
	buf_release(&text);
}

static void every_style(void **state)
{
	(void)state;
	for (size_t i = 0; i < STYLES; i++)
		check_style(&styles[i], AS_WRITTEN);
}

static void every_style_after_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < STYLES; i++)
		for (int how = CARRIAGE_RETURNS; how < HARMS; how++)
			if (how != NARROW || !styles[i].wide)
				check_style(&styles[i], how);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_style),
		cmocka_unit_test(every_style_after_harm),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
