/* The shipped safeguarding lexicon: whole, described, and right about sentences of the kinds it was made for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "matchers/matcher.h"
#include "matchers/mention.h"

static struct lexicon *lexicon;
static struct matcher *matcher;
static struct scanner *scanner;
static struct resolver *resolver;
static char *page; /* docs/lexicon.md */

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct buf b = BUF_INIT;
	size_t n;
	if (!f)
		return NULL;
	do {
		buf_reserve(&b, 1 << 16);
		n = fread(b.data + b.length, 1, 1 << 16, f);
		b.length += n;
		b.data[b.length] = '\0';
	} while (n);
	fclose(f);
	return b.data;
}

static int set_up(void **state)
{
	const char *path = "lexicons/safeguarding";
	struct problem_list problems = {NULL, 0, 0};
	struct matcher_options options = MATCHER_OPTIONS_DEFAULT;
	(void)state;
	lexicon = lexicon_load(&path, 1, NULL, &problems);
	matcher = lexicon ? matcher_new(lexicon, &options, &problems) : NULL;
	scanner = matcher ? scanner_new(matcher) : NULL;
	resolver = lexicon ? resolver_new(lexicon, NESTED_THEME) : NULL;
	page = read_file("docs/lexicon.md");
	for (size_t i = 0; i < problems.count; i++)
		if (problems.items[i].grade == PROBLEM_ERROR)
			print_error("%s line %u: %s\n", problems.items[i].file, problems.items[i].line, problems.items[i].message);
	problem_list_release(&problems);
	return scanner && page ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(page);
	resolver_free(resolver);
	scanner_free(scanner);
	matcher_free(matcher);
	lexicon_free(lexicon);
	return 0;
}

static void it_has_thousands_of_entries_over_all_themes(void **state)
{
	size_t mentions = 0, expressions = 0;
	(void)state;
	for (size_t i = 0; i < lexicon->entry_count; i++) {
		mentions += lexicon->entries[i].role == ROLE_MENTION;
		expressions += (lexicon->entries[i].flags & ENTRY_REGEX) != 0;
	}
	assert_true(mentions >= 4000);
	assert_int_equal(expressions, 0); /* dear, and not needed: docs/lexicon.md */
	for (uint32_t t = 0; t < lexicon->theme_count; t++) {
		const struct theme *theme = &lexicon->themes[t];
		size_t within = 0;
		for (uint32_t k = t; k < lexicon->theme_count; k++)
			within += theme_is_within(lexicon, k, t) ? lexicon->themes[k].entries : 0;
		if (within < 4 || !theme->description[0] || !theme->label[0])
			fail_msg("%s: %zu entries, label '%s', description '%s'", theme->code, within, theme->label, theme->description);
	}
}

static void the_page_describes_it(void **state)
{
	char line[1200];
	(void)state;
	for (uint32_t t = 0; t < lexicon->theme_count; t++) {
		const struct theme *theme = &lexicon->themes[t];
		snprintf(line, sizeof line, "\n| `%s` | %s | %s |\n", theme->code, theme->label, theme->description);
		if (!strstr(page, line))
			fail_msg("docs/lexicon.md has no line%s", line);
	}
	snprintf(line, sizeof line, "### %s\n", lexicon->version);
	if (!strstr(page, line))
		fail_msg("docs/lexicon.md has no changelog entry for version %s", lexicon->version);
	snprintf(line, sizeof line, "Version %s has %zu,%03zu entries in %zu themes", lexicon->version, lexicon->entry_count / 1000,
	         lexicon->entry_count % 1000, lexicon->theme_count);
	if (!strstr(page, line))
		fail_msg("docs/lexicon.md does not say: %s", line);
}

static const struct theme_tally *tally_of(const struct resolution *r, const char *code)
{
	uint32_t theme = lexicon_theme(lexicon, code);
	if (theme == THEME_NONE)
		fail_msg("no theme %s", code);
	for (size_t i = 0; i < r->tally_count; i++)
		if (r->tallies[i].theme == theme)
			return &r->tallies[i];
	return NULL;
}

/* wants: codes with spaces between; a leading ! : not affirmed; a leading - : mentioned, but only denied. */
static void check(const char *text, const char *wants)
{
	struct scan scan;
	struct resolution r;
	char codes[400], *save = NULL;
	assert_int_equal(scanner_scan(scanner, text, strlen(text), &scan), SCAN_OK);
	resolver_run(resolver, scanner, &scan, 0, &r);
	snprintf(codes, sizeof codes, "%s", wants);
	for (char *w = strtok_r(codes, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		bool absent = *w == '!', denied = *w == '-';
		const struct theme_tally *t = tally_of(&r, w + (absent || denied));
		bool affirmed = t && t->mentions > 0;
		if (denied ? affirmed || !t || !t->negated : affirmed == absent)
			fail_msg("\"%s\": %s", text, w);
	}
}

static void names_are_no_mentions(void **state)
{
	(void)state;
	check("The National Society for the Prevention of Cruelty to Children wrote to the board.", "!harm.physical_abuse !harm");
	check("A domestic homicide review was held.", "!harm.homicide !parent.domestic_abuse");
	check("The Domestic Abuse, Stalking, Harassment and Honour Based Violence form was filled in.",
	      "!parent.domestic_abuse !env.culture_migration practice.assessment");
	check("A Common Assessment Framework form was completed.", "practice.early_help !practice.assessment");
	check("The Social Care Institute for Excellence describes the method.", "!agency.social_care");
	check("Published by the NSPCC on behalf of a board.", "!agency.voluntary");
	check("A neighbour made a referral to the NSPCC.", "agency.voluntary");
	check("The Department for Education was told.", "!agency.education");
	check("The school was told.", "agency.education");
	check("A dash of hope.", "!practice.assessment");
	check("Ethnicity or nationality not stated.", "!env.culture_migration");
}

static void a_parents_condition_is_the_parents(void **state)
{
	(void)state;
	check("Mother had a long history of depression.", "parent.mental_health !child.mental_health");
	check("The boy had been treated for depression.", "child.mental_health !parent.mental_health");
	check("Father had ADHD and a conviction for assault.", "!child.learning_sen parent.criminality !parent.learning_disability");
	check("The child had ADHD.", "child.learning_sen");
	check("Both parents had learning difficulties.", "parent.learning_disability !child.learning_sen");
	check("The girl had mild learning difficulties.", "child.learning_sen !parent.learning_disability");
	check("Her mother's attempted suicide was known to the school.", "parent.mental_health !harm.suicide_self_harm");
	check("She was self-harming and had taken an overdose.", "harm.suicide_self_harm");
	check("There was a history of substance misuse.", "parent.substance_misuse !child.substance_misuse");
	check("The young person's cannabis use was increasing.", "child.substance_misuse !parent.substance_misuse");
	check("Father had been known to the Youth Offending Service.", "!child.offending parent.criminality");
	check("The boy was known to the Youth Offending Service.", "child.offending agency.justice");
}

static void a_parents_childhood_is_no_harm_of_the_child(void **state)
{
	(void)state;
	check("The mother had spent time in foster care.", "parent.adverse_childhood !child.looked_after");
	check("The child was placed in foster care.", "child.looked_after !parent.adverse_childhood");
	check("Mother had been looked after as a child.", "parent.adverse_childhood !child.looked_after");
	check("Father witnessed domestic abuse as a child.", "parent.adverse_childhood !parent.domestic_abuse");
	check("The children witnessed domestic abuse.", "parent.domestic_abuse");
	check("Mother had a history of childhood sexual abuse.", "parent.adverse_childhood !harm.sexual_abuse");
	check("The children disclosed sexual abuse.", "harm.sexual_abuse");
	check("The mother was a young carer for her mother.", "!child.young_carer");
}

static void denials_are_denials(void **state)
{
	(void)state;
	check("There was no evidence of neglect.", "-harm.neglect");
	check("The neglect was not recognised.", "harm.neglect");
	check("There was no assessment of the neglect.", "harm.neglect practice.assessment");
	check("Sexual abuse was ruled out.", "-harm.sexual_abuse");
	check("The death was initially thought to be suicide.", "-harm.suicide_self_harm");
	check("Mother denied any domestic abuse.", "-parent.domestic_abuse");
	check("Father's conviction was quashed.", "!parent.criminality");
	check("Information was not shared.", "practice.information_sharing");
	check("There were no concerns about domestic abuse, but the mother's depression was known.", "-parent.domestic_abuse parent.mental_health");
}

static void periods_have_their_words(void **state)
{
	(void)state;
	check("Social services placed the children on the at risk register.", "agency.social_care practice.child_protection_plan");
	check("Children's social care held a s47 enquiry and a strategy meeting.", "agency.social_care practice.child_protection_plan");
	check("There were several DNAs at the clinic.", "practice.missed_appointments");
	check("The baby was not brought to the clinic.", "practice.missed_appointments agency.health");
	check("The DNA test showed who the father was.", "!practice.missed_appointments");
	check("The case was heard at MARAC because of DV.", "parent.domestic_abuse");
	check("He had an EHCP and was known to CAMHS and the YOT.", "child.learning_sen child.mental_health child.offending");
	check("A LAC review was held.", "child.looked_after");
}

static void narrower_themes_count_into_the_wider(void **state)
{
	(void)state;
	check("Mother's alcohol misuse was known.", "parent.substance_misuse.alcohol parent.substance_misuse parent !parent.substance_misuse.drugs");
	check("Concerns were raised by the health visitor and the midwife.",
	      "agency.health agency.health.health_visiting agency.health.midwifery !agency.health.hospital");
	check("Social workers failed to visit.", "practice.omission.social_care practice.omission !practice.omission.health");
	check("The rule of optimism prevailed.", "practice.professional_curiosity");
	check("The start-again syndrome was seen again.", "practice.start_again_syndrome");
	check("The girl was subjected to female genital mutilation.", "harm.fgm");
	check("Fabricated or induced illness (FII) was suspected.", "harm.fabricated_illness");
}

/* tests/data/lexicon-sentences.tsv: codes as check() takes them, a tab, a sentence. */
static void sentences_made_up_for_it_are_coded(void **state)
{
	char *sentences = read_file("tests/data/lexicon-sentences.tsv"), *save = NULL;
	size_t count = 0;
	(void)state;
	assert_non_null(sentences);
	for (char *line = strtok_r(sentences, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *tab = strchr(line, '\t');
		if (*line == '#')
			continue;
		assert_non_null(tab);
		*tab = '\0';
		check(tab + 1, line);
		count++;
	}
	assert_true(count >= 800);
	free(sentences);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_has_thousands_of_entries_over_all_themes),
		cmocka_unit_test(the_page_describes_it),
		cmocka_unit_test(names_are_no_mentions),
		cmocka_unit_test(a_parents_condition_is_the_parents),
		cmocka_unit_test(a_parents_childhood_is_no_harm_of_the_child),
		cmocka_unit_test(denials_are_denials),
		cmocka_unit_test(periods_have_their_words),
		cmocka_unit_test(narrower_themes_count_into_the_wider),
		cmocka_unit_test(sentences_made_up_for_it_are_coded),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
