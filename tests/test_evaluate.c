/* Agreement with human coding: the figures, the gold files, the pairing of reviews, and the shipped lexicon against the coded reviews. */
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "pipeline/command.h"
#include "pipeline/evaluate.h"

#define assert_near(value, wanted, by) assert_true(fabs((value) - (wanted)) <= (by))

static char folder[] = "/tmp/themetally-evaluate-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[200];
	(void)state;
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return system(command);
}

static const char *put_file(const char *name, const char *text)
{
	static char path[4][300];
	static unsigned turn;
	char *p = path[turn++ % 4];
	snprintf(p, sizeof path[0], "%s/%s", folder, name);
	FILE *f = fopen(p, "wb");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return p;
}

/* ---- figures ---- */

static void figures_of_known_tables(void **state)
{
	(void)state;
	/* Two readers of 50 grant proposals: 20 yes by both, 15 no by both, 5 and 10 by one; a much used example, kappa 0.4. */
	struct agreement a = {20, 10, 5, 15};
	assert_near(agreement_kappa(&a), 0.4, 1e-12);
	assert_near(agreement_precision(&a), 20.0 / 30, 1e-12);
	assert_near(agreement_recall(&a), 0.8, 1e-12);
	assert_near(agreement_f1(&a), 40.0 / 55, 1e-12);
	/* The same observed agreement with unlike margins: 0.1304 and 0.2593 (Feinstein and Cicchetti's kind of paradox). */
	struct agreement b = {45, 15, 25, 15}, c = {25, 35, 5, 35};
	assert_near(agreement_kappa(&b), 0.1304, 5e-5);
	assert_near(agreement_kappa(&c), 0.2593, 5e-5);
}

static void figures_without_ground_are_not_numbers(void **state)
{
	(void)state;
	struct agreement none = {0}, all_absent = {0, 0, 0, 7};
	assert_true(isnan(agreement_kappa(&none)) && isnan(agreement_f1(&none)) && isnan(agreement_precision(&none)));
	assert_true(isnan(agreement_kappa(&all_absent)) && isnan(agreement_recall(&all_absent)));
}

/* ---- gold files ---- */

static void coded_reviews_are_read(void **state)
{
	(void)state;
	struct gold g;
	char message[300] = "";
	const char *path = put_file("coded.jsonl",
		"{\"id\":\"a\",\"file\":\"d.txt\",\"first_line\":3,\"last_line\":9,\"published_year\":2016,\"incident_year\":null,\"outcome\":null,"
		"\"present\":[\"harm.neglect\"],\"negated\":[\"parent.mental_health\"],\"disputed\":[]}\n\n"
		"{\"id\":\"b\",\"archive\":\"e.gz\",\"member\":\"m.txt\",\"record\":4,\"kind\":\"review\",\"present\":[],\"disputed\":[\"harm.neglect\"]}\n"
		"{\"id\":\"c\",\"archive\":\"e.gz\",\"kind\":\"report\"}\n");
	assert_int_equal(gold_read(&g, path, NULL, message, sizeof message), 0);
	assert_int_equal(g.review_count, 2);
	assert_int_equal(g.theme_count, 2);
	assert_string_equal(g.themes[0], "harm.neglect");
	assert_int_equal(g.reviews[0].codes[0], GOLD_PRESENT);
	assert_int_equal(g.reviews[0].codes[1], GOLD_NEGATED);
	assert_int_equal(g.reviews[0].has, GOLD_HAS_YEAR | GOLD_HAS_INCIDENT | GOLD_HAS_OUTCOME | GOLD_HAS_CODES);
	assert_int_equal(g.reviews[0].incident_year, 0);
	assert_string_equal(g.reviews[1].file, "e.gz");
	assert_int_equal(g.reviews[1].codes[0], GOLD_DISPUTED);
	assert_int_equal(g.reviews[1].record, 4);
	gold_release(&g);
}

static void theme_codes_beside_the_gold_bind_it(void **state)
{
	(void)state;
	struct gold g;
	char message[300] = "", sub[300];
	put_file("codes.tsv", "theme\tnegatable\n# a comment\nharm.neglect\tyes\nenv.online\tyes\n");
	const char *path = put_file("one.jsonl", "{\"id\":\"a\",\"file\":\"d\",\"present\":[\"env.online\"]}\n");
	snprintf(sub, sizeof sub, "%s/codes.tsv", folder);
	assert_int_equal(gold_read(&g, path, sub, message, sizeof message), 0);
	assert_int_equal(g.theme_count, 2);
	assert_int_equal(g.reviews[0].codes[0], GOLD_ABSENT);
	assert_int_equal(g.reviews[0].codes[1], GOLD_PRESENT);
	gold_release(&g);
	path = put_file("two.jsonl", "{\"id\":\"a\",\"file\":\"d\",\"present\":[\"env.onlin\"]}\n");
	assert_int_equal(gold_read(&g, path, sub, message, sizeof message), -1);
	assert_non_null(strstr(message, "line 1"));
	assert_non_null(strstr(message, "env.onlin"));
}

static void wrong_gold_is_named(void **state)
{
	static const struct { const char *text, *says; } cases[] = {
		{"{\"id\":\"a\",\"file\":\"d\"\n", "line 1"},
		{"{\"id\":\"a\",\"file\":\"d\"}\n[]\n", "line 2"},
		{"{\"id\":\"a\"}\n", "no \"file\""},
		{"{\"id\":\"a\",\"file\":\"d\",\"first_line\":\"x\"}\n", "line 1"},
		{"{\"id\":\"a\",\"file\":\"d\",\"present\":\"x\"}\n", "no list"},
		{"", "neither"},
		{"theme,review,match,verdict\n", "offset"},
		{"theme,review,offset,match,verdict\nharm.neglect,r,12,neglect,perhaps\n", "perhaps"},
		{"theme,review,offset,match,verdict\nharm.neglect,r,twelve,neglect,yes\n", "twelve"},
		{"theme,review,offset,match,verdict\nharm.neglect,r,12\n", "row 2"},
		{"theme,review,offset,match,verdict\nharm.neglect,r,12,\"negl\"ect,yes\n", "row 2"},
		{"theme,review,offset,match,verdict\n", "no judged phrase"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct gold g;
		char message[300] = "";
		int result = gold_read(&g, put_file("wrong", cases[i].text), NULL, message, sizeof message);
		if (i == 5) /* an empty file is neither form; any refusal will do */
			assert_int_equal(result, -1);
		else if (result != -1 || !strstr(message, cases[i].says))
			fail_msg("case %zu: %d, '%s'", i, result, message);
	}
}

static void judged_phrases_are_read(void **state)
{
	(void)state;
	struct gold g;
	char message[300] = "";
	const char *path = put_file("judged.csv",
		"\xEF\xBB\xBFtheme,year,review,offset,left,match,right,coder,verdict\r\n"
		"harm.neglect,2016,b.txt#1,20,\"of, \",neglect,.,A,Yes\r\n"
		"harm.neglect,2016,a.txt#1,5,,neglect,,A,no\r\n"
		"harm.neglect,2016,a.txt#1,5,,neglect,,B,negated\r\n"
		"env.online,2016,a.txt#1,50,,online,,A,\r\n");
	assert_int_equal(gold_read(&g, path, NULL, message, sizeof message), 0);
	assert_int_equal(g.phrase_count, 3);
	assert_int_equal(g.unjudged, 1);
	assert_string_equal(g.phrases[0].review, "a.txt#1");
	assert_string_equal(g.phrases[0].coder, "A");
	assert_int_equal(g.phrases[0].code, GOLD_ABSENT);
	assert_int_equal(g.phrases[1].code, GOLD_NEGATED);
	assert_string_equal(g.phrases[2].left, "of, ");
	assert_int_equal(g.phrases[2].code, GOLD_PRESENT);
	gold_release(&g);
	/* as spreadsheets of other countries write it, and with a space behind a word */
	static const char *const others[] = {"theme;review;offset;match;verdict\r\nharm.neglect;\"a;b\";5;neglect,;no \r\n",
	                                     "theme\treview\toffset\tmatch\tverdict\nharm.neglect\ta;b\t5\tneglect,\t no\n"};
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		assert_int_equal(gold_read(&g, put_file("other.csv", others[i]), NULL, message, sizeof message), 0);
		assert_int_equal(g.phrase_count, 1);
		assert_string_equal(g.phrases[0].review, "a;b");
		assert_string_equal(g.phrases[0].match, "neglect,");
		assert_int_equal(g.phrases[0].code, GOLD_ABSENT);
		gold_release(&g);
	}
}

/* ---- pairing and scoring ---- */

static struct lexicon *small_lexicon(void)
{
	static const char text[] = "theme\tpattern\nharm.neglect\tneglect\nenv.online\tonline\n";
	struct lexicon_source source = {"small.tsv", text, sizeof text - 1};
	struct problem_list problems = {NULL, 0, 0};
	struct lexicon *lexicon = lexicon_read(&source, 1, NULL, &problems);
	assert_non_null(lexicon);
	problem_list_release(&problems);
	return lexicon;
}

/* A row of kind review at the given lines. */
static struct review_row row_at(uint64_t first, uint64_t last)
{
	struct review_row r = {.member = "", .title = "", .section = "", .board = "", .child = "", .method = "", .layout = ""};
	r.first_line = first;
	r.last_line = last;
	r.kind = KIND_REVIEW;
	return r;
}

static void rows_are_paired_nearest_first_and_once(void **state)
{
	(void)state;
	struct gold g;
	char message[300] = "";
	const char *path = put_file("pair.jsonl",
		"{\"id\":\"a\",\"file\":\"d.txt\",\"first_line\":10,\"last_line\":11,\"present\":[\"harm.neglect\"]}\n"
		"{\"id\":\"b\",\"file\":\"d.txt\",\"first_line\":12,\"last_line\":20,\"present\":[\"env.online\"],\"negated\":[\"harm.neglect\"]}\n"
		"{\"id\":\"c\",\"file\":\"d.txt\",\"first_line\":13,\"last_line\":20,\"present\":[]}\n"
		"{\"id\":\"d\",\"file\":\"other.txt\",\"first_line\":10,\"present\":[]}\n");
	assert_int_equal(gold_read(&g, path, NULL, message, sizeof message), 0);
	struct lexicon *lexicon = small_lexicon();
	struct review_row rows[] = {row_at(10, 30), row_at(12, 21), row_at(40, 50)};
	struct theme_tally neglect = {lexicon_theme(lexicon, "harm.neglect"), 0, 2, 0}, online = {lexicon_theme(lexicon, "env.online"), 3, 0, 1};
	struct theme_tally two[] = {neglect, online};
	rows[1].tallies = two;
	rows[1].tally_count = 2;
	struct evaluation *e = evaluation_new(&g, lexicon);
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < 3; i++) {
			struct ledger_row r = {i, "/some/where/d.txt", &rows[i], NULL};
			(pass ? evaluation_add : evaluation_offer)(e, &r);
		}
		if (pass == 0)
			evaluation_settle(e);
	}
	evaluation_finish(e);
	/* a takes the row at 10, b the one at 12; c's only near row is taken, d's file was not read. */
	assert_int_equal(e->measures[MEASURE_FOUND].right, 2);
	assert_int_equal(e->measures[MEASURE_FOUND].of, 4);
	assert_int_equal(e->measures[MEASURE_END].right, 1);
	assert_int_equal(e->measures[MEASURE_END].of, 2);
	assert_int_equal(e->other_reviews, 1);
	/* a: neglect missed; b: online right, neglect rightly negated. */
	assert_int_equal(e->all.true_positive, 1);
	assert_int_equal(e->all.false_negative, 1);
	assert_int_equal(e->all.false_positive, 0);
	assert_int_equal(e->all.true_negative, 2);
	assert_int_equal(e->themes[0].denied, 1);
	assert_int_equal(e->themes[0].denied_found, 1);
	assert_near(e->macro_f1, 0.5, 1e-12);
	size_t kinds[NOT_FOUND + 1] = {0};
	for (size_t i = 0; i < e->difference_count; i++)
		kinds[e->differences[i].kind]++;
	assert_int_equal(kinds[MISS], 1);
	assert_int_equal(kinds[WRONG_VALUE], 1);
	assert_int_equal(kinds[NOT_FOUND], 2);
	evaluation_free(e);
	lexicon_free(lexicon);
	gold_release(&g);
}

static void duplicates_are_checked_both_ways(void **state)
{
	(void)state;
	struct gold g;
	char message[300] = "";
	const char *path = put_file("same.jsonl",
		"{\"id\":\"a\",\"file\":\"d.txt\",\"first_line\":10,\"same_as\":null}\n"
		"{\"id\":\"b\",\"file\":\"d.txt\",\"first_line\":20,\"same_as\":\"a\"}\n"
		"{\"id\":\"c\",\"file\":\"d.txt\",\"first_line\":30,\"same_as\":null}\n"
		"{\"id\":\"d\",\"file\":\"d.txt\",\"first_line\":40,\"same_as\":\"elsewhere\"}\n");
	assert_int_equal(gold_read(&g, path, NULL, message, sizeof message), 0);
	struct lexicon *lexicon = small_lexicon();
	struct review_row rows[] = {row_at(10, 19), row_at(20, 29), row_at(30, 39), row_at(40, 49)};
	struct duplicate of_first = {1, DUPLICATE_NEAR, 0, 0.6}, too = {2, DUPLICATE_NEAR, 0, 0.5};
	const struct duplicate *duplicates[] = {NULL, &of_first, &too, NULL};
	struct evaluation *e = evaluation_new(&g, lexicon);
	for (size_t i = 0; i < 4; i++)
		evaluation_offer(e, &(struct ledger_row){i, "d.txt", &rows[i], duplicates[i]});
	evaluation_settle(e);
	evaluation_finish(e);
	/* b is rightly a copy of a; c is wrongly one of a and of b; d has a copy elsewhere that was not seen. */
	assert_int_equal(e->measures[MEASURE_DUPLICATE].right, 1);
	assert_int_equal(e->measures[MEASURE_DUPLICATE].of, 4);
	evaluation_free(e);
	lexicon_free(lexicon);
	gold_release(&g);
}

static void judged_phrases_are_held_against_the_run(void **state)
{
	(void)state;
	struct gold g;
	char message[300] = "";
	const char *path = put_file("phrases.csv",
		"theme,review,offset,match,coder,verdict\n"
		"harm.neglect,d.txt#1,10,neglect,A,yes\n"
		"harm.neglect,d.txt#1,10,neglect,B,yes\n"
		"harm.neglect,d.txt#1,50,neglect,A,no\n"
		"harm.neglect,d.txt#1,90,neglect,A,negated\n"
		"env.online,d.txt#1,130,online,A,yes\n"
		"env.online,d.txt#1,170,online,A,yes\n"
		"env.online,d.txt#1,170,online,B,no\n"
		"env.online,lost.txt#1,5,online,A,yes\n");
	assert_int_equal(gold_read(&g, path, NULL, message, sizeof message), 0);
	struct lexicon *lexicon = small_lexicon();
	uint32_t neglect = lexicon_theme(lexicon, "harm.neglect");
	struct evidence evidence[] = {{neglect, 0, NO_CUE, 8, 0, "", "child neglect", ""}, {neglect, 0, NO_CUE, 50, 0, "", "neglect", ""},
	                              {neglect, 0, 0, 90, 0, "", "neglect", ""}};
	struct review_row row = row_at(1, 9);
	row.ordinal = 1;
	row.evidence = evidence;
	row.evidence_count = 3;
	struct evaluation *e = evaluation_new(&g, lexicon);
	struct ledger_row r = {0, "d.txt", &row, NULL};
	evaluation_offer(e, &r);
	evaluation_settle(e);
	evaluation_add(e, &r);
	evaluation_finish(e);
	/* 10: a longer phrase over the same words counts as found; 50: false; 90: denied, found so; 130: no longer found; 170: disputed. */
	assert_int_equal(e->all.true_positive, 1);
	assert_int_equal(e->all.false_positive, 1);
	assert_int_equal(e->all.true_negative, 1);
	assert_int_equal(e->all.false_negative, 1);
	size_t online = strcmp(g.themes[0], "env.online") == 0 ? 0 : 1;
	assert_int_equal(e->themes[online].disputed, 1);
	assert_int_equal(e->themes[!online].denied_found, 1);
	assert_int_equal(e->coders.true_positive, 1);
	assert_int_equal(e->coders.true_positive + e->coders.false_negative + e->coders.false_positive + e->coders.true_negative, 2);
	assert_int_equal(e->lost_phrases, 1);
	evaluation_free(e);
	lexicon_free(lexicon);
	gold_release(&g);
}

/* ---- the command ---- */

/* left_out: the option that asks for the columns left_out_... */
static json_t *evaluate_leaving(const char *left_out, const char *gold, const char *paths, const char *lexicon)
{
	char out[300];
	snprintf(out, sizeof out, "%s/out.json", folder);
	const char *argv[] = {"themetally evaluate", "-q", "--format", "json", "-o", out, "--gold", gold, paths, left_out, "--lexicon", lexicon, NULL};
	assert_int_equal(cmd_evaluate(lexicon ? 12 : 10, (char **)argv), 0);
	json_error_t error;
	json_t *result = json_load_file(out, 0, &error);
	if (!result)
		fail_msg("line %d: %s", error.line, error.text);
	return result;
}

static json_t *evaluate(const char *gold, const char *paths)
{
	return evaluate_leaving("--leave-one-out", gold, paths, NULL);
}

static const json_t *named(const json_t *list, const char *key, const char *name)
{
	const json_t *item;
	size_t i;
	json_array_foreach(list, i, item)
		if (strcmp(json_string_value(json_object_get(item, key)), name) == 0)
			return item;
	fail_msg("no %s '%s'", key, name);
	return NULL;
}

static void left_out_is(const char *option, const char *lexicon, const char *gold, const char *reviews, double precision, double recall)
{
	char entries[300], coded[300], texts[300];
	snprintf(entries, sizeof entries, "%s", put_file("left-out.tsv", lexicon));
	snprintf(coded, sizeof coded, "%s", put_file("left-out-gold.jsonl", gold));
	snprintf(texts, sizeof texts, "%s", put_file("left-out.jsonl", reviews));
	json_t *result = evaluate_leaving(option, coded, texts, entries);
	const json_t *all = named(json_object_get(result, "themes"), "theme", "(all cells)");
	assert_near(json_real_value(json_object_get(all, "f1")), 1, 1e-9);
	assert_near(json_real_value(json_object_get(all, "left_out_precision")), precision, 1e-3);
	assert_near(json_real_value(json_object_get(all, "left_out_recall")), recall, 1e-3);
	json_decref(result);
}

/* Three reviews; all are coded rightly by the whole lexicon. */
static void what_stands_in_one_review_only_is_left_out(void **state)
{
	static const char gold[] =
		"{\"id\":\"a\",\"file\":\"left-out.jsonl\",\"record\":1,\"present\":[\"harm\"]}\n"
		"{\"id\":\"b\",\"file\":\"left-out.jsonl\",\"record\":2,\"present\":[\"harm\"]}\n"
		"{\"id\":\"c\",\"file\":\"left-out.jsonl\",\"record\":3,\"present\":[],\"negated\":[\"harm\"]}\n";
	(void)state;
	/* Each phrase has another review to stand on, also where a longer one that has none covers it. */
	left_out_is("--leave-one-out", "theme\tpattern\nharm\tneglect\nharm\tchronic neglect\n@theme harm negatable=yes\n@negation before no\n", gold,
	            "{\"text\":\"The boy suffered chronic neglect at home.\"}\n{\"text\":\"Signs of neglect were seen by a teacher.\"}\n"
	            "{\"text\":\"A girl of nine about whom no neglect was known, and no harm.\"}\n", 2. / 3, 1);
	/* "starved" stands in one review: recall falls. The exclusion too: precision falls. "no" stands in two. */
	left_out_is("--leave-one-out", "theme\tpattern\tflags\nharm\tneglect\nharm\tstarved\nharm\tneglect of duty\tx\n@theme harm negatable=yes\n", gold,
	            "{\"text\":\"The boy was starved by a carer.\"}\n{\"text\":\"Signs of neglect were seen by a teacher.\"}\n"
	            "{\"text\":\"A girl of nine and a neglect of duty on the part of a clerk.\"}\n", 1. / 2, 1. / 2);
	/* A cue that two reviews have goes on acting. */
	left_out_is("--leave-one-out", "theme\tpattern\nharm\tneglect\n@theme harm negatable=yes\n@negation before no\n", gold,
	            "{\"text\":\"There was neglect and no food at all.\"}\n{\"text\":\"Signs of neglect were seen by a teacher.\"}\n"
	            "{\"text\":\"A girl of nine about whom no neglect was known.\"}\n", 1, 1);
}

/* "starved" stands in the first and the third review: one fold of two, but two of three. The fourth is not coded and in no fold. */
static void what_stands_in_one_fold_only_is_left_out(void **state)
{
	static const char gold[] = "{\"id\":\"a\",\"file\":\"left-out.jsonl\",\"record\":1,\"present\":[\"harm\"]}\n"
	                           "{\"id\":\"b\",\"file\":\"left-out.jsonl\",\"record\":2,\"present\":[\"harm\"]}\n"
	                           "{\"id\":\"c\",\"file\":\"left-out.jsonl\",\"record\":3,\"present\":[\"harm\"]}\n";
	static const char lexicon[] = "theme\tpattern\nharm\tneglect\nharm\tstarved\n";
	static const char reviews[] = "{\"text\":\"The boy was starved by a carer.\"}\n{\"text\":\"Signs of neglect were seen by a teacher.\"}\n"
	                              "{\"text\":\"A girl of nine whom her uncle starved in a shed.\"}\n"
	                              "{\"text\":\"A nurse said that it was neglect of an old man.\"}\n";
	(void)state;
	left_out_is("--folds=2", lexicon, gold, reviews, 1, 1. / 3);
	left_out_is("--folds=3", lexicon, gold, reviews, 1, 1);
	left_out_is("--leave-one-out", lexicon, gold, reviews, 1, 1);
}

static void the_sample_is_cut_as_it_was_made(void **state)
{
	(void)state;
	json_t *result = evaluate("corpora/sample-truth.jsonl", "corpora/sample");
	const json_t *found = named(json_object_get(result, "reviews"), "measure", "found");
	assert_int_equal(json_integer_value(json_object_get(found, "right")), json_integer_value(json_object_get(found, "of")));
	assert_true(json_integer_value(json_object_get(found, "of")) >= 60);
	json_decref(result);
}

static void the_shipped_lexicon_codes_as_people_do(void **state)
{
	(void)state;
	const char *shared = getenv("THEMETALLY_SHARED") ? getenv("THEMETALLY_SHARED") : "../shared";
	char gold[300], reviews[300];
	snprintf(gold, sizeof gold, "%s/gold/dev.jsonl", shared);
	snprintf(reviews, sizeof reviews, "%s/reviews", shared);
	if (access(gold, R_OK) != 0) {
		printf("skipped: %s is not there\n", gold);
		skip();
	}
	json_t *result = evaluate(gold, reviews);
	const json_t *themes = json_object_get(result, "themes"), *all = named(themes, "theme", "(all cells)"), *theme;
	double f1 = json_real_value(json_object_get(all, "f1")), kappa = json_real_value(json_object_get(all, "kappa"));
	if (f1 < 0.92 || kappa < 0.90)
		fail_msg("F1 %.3f, kappa %.3f", f1, kappa);
	size_t i;
	json_array_foreach(themes, i, theme)
		if (json_integer_value(json_object_get(theme, "present")) >= 5 && json_real_value(json_object_get(theme, "f1")) < 0.80)
			fail_msg("%s: F1 %.3f", json_string_value(json_object_get(theme, "theme")), json_real_value(json_object_get(theme, "f1")));
	double left_out = json_real_value(json_object_get(all, "left_out_f1"));
	if (left_out < f1 - 0.08)
		fail_msg("F1 %.3f, but %.3f without the entries that stand in one review only: they were made for it", f1, left_out);
	json_decref(result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_of_known_tables),
		cmocka_unit_test(figures_without_ground_are_not_numbers),
		cmocka_unit_test(coded_reviews_are_read),
		cmocka_unit_test(theme_codes_beside_the_gold_bind_it),
		cmocka_unit_test(wrong_gold_is_named),
		cmocka_unit_test(judged_phrases_are_read),
		cmocka_unit_test(rows_are_paired_nearest_first_and_once),
		cmocka_unit_test(duplicates_are_checked_both_ways),
		cmocka_unit_test(judged_phrases_are_held_against_the_run),
		cmocka_unit_test(what_stands_in_one_review_only_is_left_out),
		cmocka_unit_test(what_stands_in_one_fold_only_is_left_out),
		cmocka_unit_test(the_sample_is_cut_as_it_was_made),
		cmocka_unit_test(the_shipped_lexicon_codes_as_people_do),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
