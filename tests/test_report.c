/* The report page as bytes: one file whose policy names its own script and style, that refers to nothing outside, and in which no text
 * of the input is markup. What it looks like and does is tested in a browser: make test-report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <libxml/parser.h>
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/shell.h"

static char *read_page(const char *name)
{
	struct buf b = BUF_INIT;
	char path[256], block[65536];
	size_t n;
	snprintf(path, sizeof path, "%s/%s", shell_folder(), name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		buf_append(&b, block, n);
	fclose(f);
	return buf_detach(&b);
}

/* What stands between the first `from` and the `to` after it; the caller frees. */
static char *between(const char *page, const char *from, const char *to)
{
	const char *begin = strstr(page, from);
	assert_non_null(begin);
	begin += strlen(from);
	const char *end = strstr(begin, to);
	assert_non_null(end);
	return mem_strndup(begin, (size_t)(end - begin));
}

static size_t occurrences(const char *page, const char *what)
{
	size_t n = 0;
	for (const char *at = page; (at = strcasestr(at, what)) != NULL; at++)
		n++;
	return n;
}

static json_t *data_of(const char *page)
{
	json_error_t error;
	char *text = between(page, "<script type=\"application/json\" id=\"data\">", "</script>");
	json_t *data = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	if (!data)
		fail_msg("%s at %d: %.60s", error.text, error.position, text + (error.position > 30 ? error.position - 30 : 0));
	free(text);
	return data;
}

static void expect_hash(const char *policy, const char *directive, const char *content)
{
	struct sha256_ctx ctx;
	uint8_t digest[SHA256_DIGEST_SIZE];
	char coded[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1] = "", expected[128];
	sha256_init(&ctx);
	sha256_update(&ctx, strlen(content), (const uint8_t *)content);
	sha256_digest(&ctx, sizeof digest, digest);
	base64_encode_raw(coded, sizeof digest, digest);
	snprintf(expected, sizeof expected, "%s 'sha256-%s';", directive, coded);
	if (!strstr(policy, expected))
		fail_msg("the policy is not '%s': %s", expected, policy);
}

static int set_up(void **state)
{
	int failed = shell_set_up(state);
	if (!failed)
		shell_run(0, "cp -r $S corpus && $T update -q --store s.db corpus && $T report -q --store s.db -o page.html");
	return failed;
}

static void the_policy_names_script_and_style(void **state)
{
	(void)state;
	char *page = read_page("page.html");
	char *policy = between(page, "Content-Security-Policy\" content=\"", "\">");
	char *script = between(page, "<script>", "</script>"), *style = between(page, "<style>", "</style>");
	assert_true(strlen(script) > 100000);
	assert_true(strlen(style) > 1000);
	assert_ptr_equal(strstr(policy, "default-src 'none';"), policy);
	expect_hash(policy, "script-src", script);
	expect_hash(policy, "style-src", style);
	assert_null(strstr(policy, "unsafe"));
	assert_non_null(strstr(policy, "base-uri 'none'"));
	assert_int_equal(occurrences(page, "<script"), 2);
	assert_int_equal(occurrences(page, "</script"), 2);
	assert_int_equal(occurrences(page, " src="), 0);
	assert_int_equal(occurrences(page, " href="), 0);
	assert_int_equal(occurrences(style, "url("), 0);
	assert_int_equal(occurrences(style, "@import"), 0);
	/* the page's own script parses no text as markup (d3 within it can, and is not asked to) */
	shell_run(1, "grep -rlE 'innerHTML|outerHTML|insertAdjacentHTML|document\\.write|DOMParser|createContextualFragment|\\.html\\(|eval|Function\\(' $S/../../report/src");
	free(policy);
	free(script);
	free(style);
	free(page);
}

/* The page's counts are those of `count`, its pairs those of `cooccur`. */
static void its_numbers_are_those_of_the_tables(void **state)
{
	(void)state;
	char *page = read_page("page.html");
	json_t *data = data_of(page), *group, *theme;
	size_t g, i, cells = 0, nonzero = 0;
	json_t *themes = json_object_get(data, "themes");
	shell_run(0, "$T count -q --store s.db --format jsonl >count.jsonl");
	char *lines = read_page("count.jsonl"), *rest = lines;
	json_array_foreach(json_object_get(data, "groups"), g, group) {
		json_array_foreach(themes, i, theme) {
			json_t *row = json_loads(strsep(&rest, "\n"), 0, NULL);
			static const char *const names[][2] = {{"reviews", "reviews_with"}, {"reviews_negated", "reviews_negated"}, {"mentions", "mentions"},
			                                       {"mentions_negated", "mentions_negated"}};
			assert_string_equal(json_string_value(json_object_get(row, "theme")), json_string_value(json_object_get(theme, "code")));
			assert_int_equal(json_integer_value(json_object_get(row, "year_reviews")), json_integer_value(json_object_get(group, "reviews")));
			for (size_t k = 0; k < 4; k++)
				assert_int_equal(json_integer_value(json_object_get(row, names[k][0])),
				                 json_integer_value(json_array_get(json_object_get(group, names[k][1]), i)));
			assert_true(json_number_value(json_object_get(row, "share_low")) == json_number_value(json_array_get(json_object_get(group, "low"), i)));
			assert_true(json_number_value(json_object_get(row, "share_high")) == json_number_value(json_array_get(json_object_get(group, "high"), i)));
			nonzero += json_integer_value(json_object_get(row, "reviews")) > 0;
			cells++;
			json_decref(row);
		}
	}
	assert_int_equal(*rest, '\0');
	assert_true(cells > 1000 && nonzero > 100);
	free(lines);

	shell_run(0, "$T cooccur -q --store s.db --format jsonl >pairs.jsonl");
	json_t *pairs = json_object_get(data, "pairs"), *listed = json_object_get(pairs, "themes");
	size_t *place = mem_calloc(json_array_size(themes), sizeof *place), compared = 0;
	json_array_foreach(listed, i, theme)
		place[json_integer_value(theme)] = i + 1;
	lines = rest = read_page("pairs.jsonl");
	for (char *line; (line = strsep(&rest, "\n")) && *line;) {
		json_t *row = json_loads(line, 0, NULL);
		size_t a = 0, b = 0;
		json_array_foreach(themes, i, theme) {
			const char *code = json_string_value(json_object_get(theme, "code"));
			a = strcmp(code, json_string_value(json_object_get(row, "theme_a"))) == 0 ? place[i] : a;
			b = strcmp(code, json_string_value(json_object_get(row, "theme_b"))) == 0 ? place[i] : b;
		}
		json_int_t both = a && b ? json_integer_value(json_array_get(json_array_get(json_object_get(pairs, "both"), a - 1), b - a)) : 0;
		assert_int_equal(json_integer_value(json_object_get(row, "both")), both);
		compared += both > 0;
		json_decref(row);
	}
	assert_true(compared > 100);
	free(place);
	free(lines);
	json_decref(data);
	free(page);
}

static void evidence_is_sampled_and_the_same_each_time(void **state)
{
	(void)state;
	char *page = read_page("page.html");
	json_t *data = data_of(page), *e;
	size_t i, run_length = 0;
	json_int_t theme = -1, group = -1;
	json_array_foreach(json_object_get(data, "evidence"), i, e) {
		bool same = json_integer_value(json_array_get(e, 0)) == theme && json_integer_value(json_array_get(e, 1)) == group;
		theme = json_integer_value(json_array_get(e, 0));
		group = json_integer_value(json_array_get(e, 1));
		run_length = same ? run_length + 1 : 1;
		assert_true(run_length <= 5);
		assert_true(*json_string_value(json_array_get(e, 5)));
	}
	assert_true(i > 1000);
	json_decref(data);
	free(page);
	shell_run(0, "$T report -q -j 3 --store s.db -o again.html && cmp page.html again.html");
	shell_run(0, "$T report -q --evidence 0 --store s.db -o none.html && ! grep -q '\"evidence\":' none.html && grep -q -e '--evidence 0' none.html");
}

static void missing_evidence_is_said(void **state)
{
	(void)state;
	shell_run(0, "cp -r corpus moved && $T update -q --store m.db moved && rm -r moved && $T report --store m.db -o m.html && grep -q 'holds no phrases' err &&"
	       " grep -q '\"no_evidence\":\"archives of the store are not where' m.html");
	shell_run(0, "printf 'theme\\tpattern\\nx\\tmother\\n' >l.tsv && $T report -q -l l.tsv --store s.db -o l.html &&"
	       " grep -q '\"no_evidence\":\"the lexicon, rules' l.html && grep -q 'parent.domestic_abuse' l.html");
}

static void hostile_text_is_no_markup(void **state)
{
	(void)state;
	static const char record[] = "{\"title\":\"</script><script>alert(1)</script><img src=x onerror=alert(2)>\",\"year\":\"2015\","
	                             "\"text\":\"She said </SCRIPT> <!-- neglect --> <svg onload=alert(3)> and a\\u2028line.\"}\n";
	char path[256];
	shell_run(0, "mkdir hostile");
	snprintf(path, sizeof path, "%s/hostile/<b>\xFF.jsonl", shell_folder());
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(record, f);
	fclose(f);
	shell_run(0, "printf 'theme\\tpattern\\nharm\\tneglect\\n' >h.tsv && $T update -q -l h.tsv --store h.db hostile && $T report -q -l h.tsv --store h.db -o h.html");
	char *page = read_page("h.html");
	json_t *data = data_of(page);
	assert_int_equal(json_array_size(json_object_get(data, "evidence")), 1);
	json_t *e = json_array_get(json_object_get(data, "evidence"), 0);
	assert_non_null(strstr(json_string_value(json_array_get(e, 3)), "</script><script>alert(1)")); /* kept as it is, as data */
	assert_non_null(strstr(json_string_value(json_array_get(e, 4)), "</SCRIPT> <!--"));
	assert_int_equal(occurrences(page, "<script"), 2);
	assert_int_equal(occurrences(page, "</script"), 2);
	assert_int_equal(occurrences(page, "<img"), 0);
	assert_int_equal(occurrences(page, "<svg onload"), 0);
	assert_int_equal(occurrences(page, "<!--"), 0);
	json_decref(data);
	free(page);
}

/* What a column of jsonl has against a number or mark of the page. */
static void expect_same(const json_t *row, const char *key, const json_t *value)
{
	json_t *printed = json_object_get(row, key);
	if (json_is_string(value))
		assert_string_equal(json_string_value(printed), json_string_value(value));
	else
		assert_int_equal(json_integer_value(printed), json_integer_value(value));
}

/* With small numbers withheld: the same cells as in count and cooccur, also beside another night; no review is named, and no phrase shows what a hidden count counts. */
static void what_is_withheld_is_nowhere(void **state)
{
	(void)state;
	static const char *const names[][2] = {{"reviews", "reviews_with"}, {"reviews_negated", "reviews_negated"}, {"mentions", "mentions"}, {"mentions_negated", "mentions_negated"}};
	shell_run(0, "$T report -q --suppress-below 5 --released rec --sets harm.neglect,parent.domestic_abuse --store s.db -o guarded.html && $T count -q --suppress-below 5 --released rec --store s.db --format jsonl >count.jsonl &&"
	             " $T cooccur -q --suppress-below 5 --released rec --themes harm.neglect,parent.domestic_abuse --store s.db --format jsonl >sets.jsonl");
	char *page = read_page("guarded.html"), *lines = read_page("count.jsonl"), *rest = lines;
	json_t *data = data_of(page), *group, *theme, *e, *region;
	json_t *themes = json_object_get(data, "themes"), *groups = json_object_get(data, "groups");
	size_t g, i, hidden = 0, phrases = 0;
	json_array_foreach(groups, g, group) {
		json_array_foreach(themes, i, theme) {
			json_t *row = json_loads(strsep(&rest, "\n"), 0, NULL);
			for (size_t k = 0; k < 4; k++)
				expect_same(row, names[k][0], json_array_get(json_object_get(group, names[k][1]), i));
			expect_same(row, "year_reviews", json_object_get(group, "reviews"));
			expect_same(row, "year_words", json_object_get(group, "words"));
			bool share_hidden = json_is_string(json_object_get(row, "share"));
			assert_true(share_hidden == json_is_null(json_array_get(json_object_get(group, "low"), i)));
			hidden += share_hidden;
			json_decref(row);
		}
	}
	assert_true(hidden > 50);
	free(lines);
	lines = rest = read_page("sets.jsonl");
	for (size_t k = 0; k < 4; k++) {
		json_t *row = json_loads(strsep(&rest, "\n"), 0, NULL);
		json_array_foreach(json_object_get(json_object_get(data, "sets"), "regions"), i, region)
			if (json_integer_value(json_object_get(region, "set")) == (json_int_t)k)
				expect_same(row, "exactly", json_object_get(region, "reviews"));
		json_decref(row);
	}
	free(lines);
	/* the lexicon's own words for a hidden cell of the sample stand in no phrase of its period */
	json_array_foreach(json_object_get(data, "evidence"), i, e) {
		group = json_array_get(groups, (size_t)json_integer_value(json_array_get(e, 1)));
		bool negated = *json_string_value(json_array_get(e, 8)) != '\0';
		assert_true(json_is_integer(json_array_get(json_object_get(group, negated ? "reviews_negated" : "reviews_with"), (size_t)json_integer_value(json_array_get(e, 0)))));
		assert_string_equal(json_string_value(json_array_get(e, 2)), "");
		assert_string_equal(json_string_value(json_array_get(e, 3)), "");
		phrases++;
	}
	assert_true(phrases > 50);
	assert_null(json_object_get(data, "undated"));
	json_t *archives = json_object_get(data, "archives");
	assert_null(json_object_get(archives, "members"));
	assert_null(json_object_get(archives, "units_sealed"));
	json_array_foreach(json_object_get(data, "trends"), i, e)
		assert_null(json_object_get(e, "carried_by"));
	json_decref(data);
	free(page);
}

/* A review whose words but few are no other's: it is nobody's duplicate. */
static void put_case(struct buf *corpus, int number, const char *words)
{
	buf_printf(corpus, "{\"title\":\"Case %d\",\"year\":\"2015\",\"text\":\"", number);
	for (int i = 0; i < 40; i++)
		buf_printf(corpus, "a%db%d ", number, i);
	buf_printf(corpus, ". %s of the home in town%d.\"}\n", words, number);
}

/* A phrase of a shown count whose text holds one of a hidden count is left out; so is the review that came after what is printed. */
static void phrases_that_tell_are_left_out(void **state)
{
	(void)state;
	struct buf corpus = BUF_INIT;
	for (int i = 0; i < 14; i++)
		put_case(&corpus, i, i < 2 ? "Cruelty and neglect" : "Neglect");
	shell_put("tell.jsonl", corpus.data);
	shell_put("tell.tsv", "theme\tpattern\nx\tneglect\ny\tcruelty\n");
	shell_run(0, "$T update -q -l tell.tsv --store tell.db tell.jsonl && $T report -q -l tell.tsv --store tell.db --suppress-below 5 --released tell --evidence 100 -o tell.html &&"
	             " ! sed -n '/id=.data/,$p' tell.html | grep -qi 'cruelty' && grep -q 'town7' tell.html && ! grep -q 'town1[.]' tell.html && ! grep -q 'Case 7' tell.html");
	put_case(&corpus, 99, "Neglect");
	shell_put("tell.jsonl", corpus.data);
	shell_run(0, "$T update -q -l tell.tsv --store tell.db tell.jsonl && $T report -q -l tell.tsv --store tell.db --suppress-below 5 --released tell --evidence 100 -o tell2.html &&"
	             " grep -q 'town7' tell2.html && ! grep -q 'town99' tell2.html && $T report -q -l tell.tsv --store tell.db -o open.html --evidence 100 && grep -q town99 open.html && grep -q 'town1[.]' open.html");
	buf_release(&corpus);
}

static void wrong_usage_is_refused(void **state)
{
	(void)state;
	shell_run(2, "$T report -o x.html");
	shell_run(2, "$T report --store s.db corpus");
	shell_run(2, "$T report --store s.db --facet outcome");
	shell_run(2, "$T report --store s.db --format csv");
	shell_run(2, "$T report --store s.db --evidence -1");
	shell_run(2, "$T report --store s.db --sets parent.domestic_abuse");
	shell_run(2, "$T report --store s.db --sets parent.domestic_abuse,no.such");
	shell_run(2, "$T report --store s.db --edition 9");
	shell_run(3, "$T report --store nowhere.db -o x.html; s=$?; test ! -e x.html || exit 9; exit $s");
	shell_run(3, "$T report -q --store s.db -o nowhere/x.html");
}

/* Circles carry the counts of the table; the picture is whole and shows text as text. */
static void a_plot_shows_the_counts(void **state)
{
	(void)state;
	shell_run(0, "$T plot -q --theme parent.domestic_abuse --store s.db -o p.svg");
	char path[256];
	snprintf(path, sizeof path, "%s/p.svg", shell_folder());
	xmlDoc *svg = xmlReadFile(path, NULL, XML_PARSE_NONET);
	assert_non_null(svg);
	xmlFreeDoc(svg);
	shell_run(0, "$T plot -q --theme parent.domestic_abuse corpus | cmp p.svg -");
	shell_run(0, "mkdir copies && cp corpus/* copies && $T plot -q --theme parent.domestic_abuse corpus copies | cmp p.svg -");
	shell_run(0, "$T plot -q --theme parent.domestic_abuse --duplicates all corpus copies >all.svg && ! cmp -s p.svg all.svg && $T update -q --store copies.db corpus copies && "
	             "$T plot -q --theme parent.domestic_abuse --duplicates all --store copies.db | cmp all.svg -");
	shell_run(0, "sed -n 's/.*<title>\\([0-9]*\\): \\([0-9]*\\) of \\([0-9]*\\) reviews.*/\\1,\\2,\\3/p' p.svg >drawn &&"
	       " $T count -q --themes parent.domestic_abuse --store s.db | grep -v -e ^year -e ^unknown | cut -d, -f1,3,7 >counted && test -s counted && cmp drawn counted");
	shell_run(0, "printf '@theme x label=\"<b>&\"\\ntheme\\tpattern\\nx\\tmother\\n' >b.tsv && $T plot -q -l b.tsv --theme x corpus | grep -q 'bold\">&lt;b&gt;&amp;</text>'");
	shell_run(2, "$T plot --store s.db");
	shell_run(2, "$T plot --store s.db --theme nothing.such");
	shell_run(2, "$T plot --store s.db --theme '*'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_policy_names_script_and_style), cmocka_unit_test(its_numbers_are_those_of_the_tables),
		cmocka_unit_test(evidence_is_sampled_and_the_same_each_time), cmocka_unit_test(missing_evidence_is_said),
		cmocka_unit_test(what_is_withheld_is_nowhere), cmocka_unit_test(phrases_that_tell_are_left_out), cmocka_unit_test(hostile_text_is_no_markup), cmocka_unit_test(a_plot_shows_the_counts), cmocka_unit_test(wrong_usage_is_refused)};
	return cmocka_run_group_tests(tests, set_up, shell_tear_down);
}
