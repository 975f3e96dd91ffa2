/* What a narrative says of the case: outcome, age, gender, year of the incident and what disagrees with it; method and number of
 * recommendations. Sentences are invented. Unknown is what is not said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "corpora/facets.h"

static struct rules *rules;
static struct regex_memory *memory;

static int set_up(void **state)
{
	(void)state;
	char message[400] = "";
	rules = rules_new(NULL, 0, NULL, message, sizeof message);
	memory = regex_memory_new();
	if (!rules)
		print_error("%s\n", message);
	return rules ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	rules_free(rules);
	regex_memory_free(memory);
	return 0;
}

struct told {
	const char *text;
	enum outcome outcome;
	int age;
	enum gender gender;
	int incident, conflict;
};
static const struct told digest_entries[] = {
	{"Death of a 6-month-old boy in April 2016.", OUTCOME_DEATH, 6, GENDER_MALE, 2016, 0},
	{"Death of a 2-year-1-month-old girl in 2016 in hospital as the result of multiple injuries.", OUTCOME_DEATH, 25, GENDER_FEMALE, 2016, 0},
	{"Death of a 2 year and 3 months old girl in May 2016.", OUTCOME_DEATH, 27, GENDER_FEMALE, 2016, 0},
	{"Serious head injury to a 5-week-old baby in 2014.", OUTCOME_SERIOUS_HARM, 1, GENDER_UNKNOWN, 2014, 0},
	{"Death of Child S, aged 3, in summer 2014.", OUTCOME_DEATH, 36, GENDER_UNKNOWN, 2014, 0},
	{"A seventeen-year-old young woman took her own\nlife in March 2019.", OUTCOME_DEATH, 204, GENDER_FEMALE, 2019, 0},
	{"Sexual exploitation of three girls aged 13 to\n15 years by a group of adult males between 2010 and 2013.", OUTCOME_SERIOUS_HARM, 156, GENDER_FEMALE, 2010, 0},
	{"An investigation resulted in ten male defendants being found guilty of the sexual abuse of children.", OUTCOME_SERIOUS_HARM, -1, GENDER_UNKNOWN, 0, 0},
	{"Injuries to a baby girl and her twin brother in 2018. A female relative was arrested.", OUTCOME_SERIOUS_HARM, -1, GENDER_FEMALE, 2018, 0},
	{"Neglect of two boys and a girl, which came to light in 2012.", OUTCOME_SERIOUS_HARM, -1, GENDER_MIXED, 2012, 0},
	{"Suicide of a 15-year-old in June 2014, or in June 2015 as other papers have it.", OUTCOME_DEATH, 180, GENDER_UNKNOWN, 2014, 2015},
	{"A boy of secondary school age witnessed the murder of his mother in 2013.", OUTCOME_OTHER, -1, GENDER_MALE, 2013, 0},
	{"Concerns about the care of two siblings.", OUTCOME_UNKNOWN, -1, GENDER_UNKNOWN, 0, 0},
	{"Near fatal overdose by a 14-year-old girl in 2017.", OUTCOME_SERIOUS_HARM, 168, GENDER_FEMALE, 2017, 0},
	/* the family's history gives no year of the incident */
	{"Death of a 3-week-old boy. Mother had been convicted in 2009.", OUTCOME_DEATH, 0, GENDER_MALE, 0, 0},
	{"", OUTCOME_UNKNOWN, -1, GENDER_UNKNOWN, 0, 0},
};
static const struct told reports[] = {
	{"This serious case review was commissioned following the death of Child L, a 7-month-old boy, in October 2016.", OUTCOME_DEATH, 7, GENDER_MALE, 2016, 0},
	{"The review was commissioned in May 2018. In April 2017 a 3 year old girl was admitted to hospital with burns.", OUTCOME_SERIOUS_HARM, 36, GENDER_FEMALE, 2017, 0},
};

static void check(const struct told *t, size_t count, bool whole)
{
	for (size_t i = 0; i < count; i++, t++) {
		struct facets f;
		facets_read(rules, NULL, memory, t->text, strlen(t->text), whole, &f);
		if (f.outcome != t->outcome || f.age_months != t->age || f.gender != t->gender || f.incident.year != t->incident || f.conflict.year != t->conflict)
			fail_msg("%s\n  outcome %s, age %d, gender %s, incident %d, conflict %d", t->text, outcome_word(f.outcome), f.age_months,
			         gender_word(f.gender), f.incident.year, f.conflict.year);
		assert_int_equal(f.age_band, age_band_of(t->age));
	}
}

static void entries_of_digests(void **state)
{
	(void)state;
	check(digest_entries, sizeof digest_entries / sizeof *digest_entries, false);
}

static void whole_reports(void **state)
{
	(void)state;
	check(reports, sizeof reports / sizeof *reports, true);
}

static void age_bands(void **state)
{
	(void)state;
	static const struct { int months; enum age_band band; } bands[] = {
		{-1, AGE_UNKNOWN}, {0, AGE_UNDER_1}, {11, AGE_UNDER_1}, {12, AGE_1_5}, {71, AGE_1_5}, {72, AGE_6_10}, {131, AGE_6_10},
		{132, AGE_11_15}, {191, AGE_11_15}, {192, AGE_16_17}, {215, AGE_16_17}, {216, AGE_UNKNOWN}};
	for (size_t i = 0; i < sizeof bands / sizeof *bands; i++)
		assert_int_equal(age_band_of(bands[i].months), bands[i].band);
}

static void of_the_whole_text(void **state)
{
	(void)state;
	static const struct { const char *text, *method; int said, numbered; } texts[] = {
		{"The review used the SCIE Learning Together model and makes 14 recommendations.", "SCIE Learning Together", 14, -1},
		{"A hybrid methodology was used. The report makes\nthree recommendations. Recommendation 1: seek assurance.", "hybrid", 3, 1},
		{"The significant incident learning process was followed.", "SILP", -1, -1},
		{"Recommendation 1: one. Recommendation 2: two. Recommendation 12: twelve.", NULL, -1, 12},
		{"It makes no recommendations.", NULL, 0, -1},
		{"Nothing is said of how it was done.", NULL, -1, -1}};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct facets_body body = FACETS_BODY_INIT;
		facets_body_read(rules, NULL, memory, texts[i].text, strlen(texts[i].text), &body);
		if (texts[i].method)
			assert_string_equal(body.method ? body.method->value : "", texts[i].method);
		else
			assert_null(body.method);
		assert_int_equal(body.said, texts[i].said);
		assert_int_equal(body.numbered, texts[i].numbered);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_of_digests),
		cmocka_unit_test(whole_reports),
		cmocka_unit_test(age_bands),
		cmocka_unit_test(of_the_whole_text),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
