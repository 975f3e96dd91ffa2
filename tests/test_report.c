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
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

static char scratch[] = "/dev/shm/themetally-report-XXXXXX";

/* Runs a shell script in the scratch folder; $T is the program, $S the sample folder. Its status must be that. */
static void run(int status, const char *script)
{
	struct buf command = BUF_INIT;
	buf_printf(&command, "cd %s && exec 2>err && %s", scratch, script);
	int result = system(command.data);
	if (!WIFEXITED(result) || WEXITSTATUS(result) != status)
		fail_msg("status %d, expected %d: %s", WIFEXITED(result) ? WEXITSTATUS(result) : -1, status, script);
	buf_release(&command);
}

static char *read_page(const char *name)
{
	struct buf b = BUF_INIT;
	char path[256], block[65536];
	size_t n;
	snprintf(path, sizeof path, "%s/%s", scratch, name);
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
	(void)state;
	char here[4096], path[8192];
	const char *program = getenv("THEMETALLY");
	if (!mkdtemp(scratch) || !getcwd(here, sizeof here))
		return -1;
	program = program ? program : "./themetally";
	snprintf(path, sizeof path, "%s/%s", *program == '/' ? "" : here, program);
	setenv("T", path, 1);
	snprintf(path, sizeof path, "%s/corpora/sample", here);
	setenv("S", path, 1);
	setenv("XDG_CACHE_HOME", scratch, 1);
	run(0, "cp -r $S corpus && $T update -q --store s.db corpus && $T report -q --store s.db -o page.html");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof command, "rm -rf '%s'", scratch);
	return system(command);
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
	run(1, "grep -rlE 'innerHTML|outerHTML|insertAdjacentHTML|document\\.write|DOMParser|createContextualFragment|\\.html\\(|eval|Function\\(' $S/../../report/src");
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
	run(0, "$T count -q --store s.db --format jsonl >count.jsonl");
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

	run(0, "$T cooccur -q --store s.db --format jsonl >pairs.jsonl");
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
	run(0, "$T report -q -j 3 --store s.db -o again.html && cmp page.html again.html");
	run(0, "$T report -q --evidence 0 --store s.db -o none.html && ! grep -q '\"evidence\":' none.html && grep -q -e '--evidence 0' none.html");
}

static void missing_evidence_is_said(void **state)
{
	(void)state;
	run(0, "cp -r corpus moved && $T update -q --store m.db moved && rm -r moved && $T report --store m.db -o m.html && grep -q 'holds no phrases' err &&"
	       " grep -q '\"no_evidence\":\"archives of the store are not where' m.html");
	run(0, "printf 'theme\\tpattern\\nx\\tmother\\n' >l.tsv && $T report -q -l l.tsv --store s.db -o l.html &&"
	       " grep -q '\"no_evidence\":\"the lexicon, rules' l.html && grep -q 'parent.domestic_abuse' l.html");
}

static void hostile_text_is_no_markup(void **state)
{
	(void)state;
	static const char record[] = "{\"title\":\"</script><script>alert(1)</script><img src=x onerror=alert(2)>\",\"year\":\"2015\","
	                             "\"text\":\"She said </SCRIPT> <!-- neglect --> <svg onload=alert(3)> and a\\u2028line.\"}\n";
	char path[256];
	run(0, "mkdir hostile");
	snprintf(path, sizeof path, "%s/hostile/<b>\xFF.jsonl", scratch);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(record, f);
	fclose(f);
	run(0, "printf 'theme\\tpattern\\nharm\\tneglect\\n' >h.tsv && $T update -q -l h.tsv --store h.db hostile && $T report -q -l h.tsv --store h.db -o h.html");
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

static void wrong_usage_is_refused(void **state)
{
	(void)state;
	run(2, "$T report -o x.html");
	run(2, "$T report --store s.db corpus");
	run(2, "$T report --store s.db --facet outcome");
	run(2, "$T report --store s.db --format csv");
	run(2, "$T report --store s.db --evidence -1");
	run(2, "$T report --store s.db --sets parent.domestic_abuse");
	run(2, "$T report --store s.db --sets parent.domestic_abuse,no.such");
	run(2, "$T report --store s.db --edition 9");
	run(3, "$T report --store nowhere.db -o x.html; s=$?; test ! -e x.html || exit 9; exit $s");
	run(3, "$T report -q --store s.db -o nowhere/x.html");
}

/* Circles carry the counts of the table; the picture is whole and shows text as text. */
static void a_plot_shows_the_counts(void **state)
{
	(void)state;
	run(0, "$T plot -q --theme parent.domestic_abuse --store s.db -o p.svg");
	char path[256];
	snprintf(path, sizeof path, "%s/p.svg", scratch);
	xmlDoc *svg = xmlReadFile(path, NULL, XML_PARSE_NONET);
	assert_non_null(svg);
	xmlFreeDoc(svg);
	run(0, "$T plot -q --theme parent.domestic_abuse corpus | cmp p.svg -");
	run(0, "sed -n 's/.*<title>\\([0-9]*\\): \\([0-9]*\\) of \\([0-9]*\\) reviews.*/\\1,\\2,\\3/p' p.svg >drawn &&"
	       " $T count -q --themes parent.domestic_abuse --store s.db | grep -v -e ^year -e ^unknown | cut -d, -f1,3,7 >counted && test -s counted && cmp drawn counted");
	run(0, "printf '@theme x label=\"<b>&\"\\ntheme\\tpattern\\nx\\tmother\\n' >b.tsv && $T plot -q -l b.tsv --theme x corpus | grep -q 'bold\">&lt;b&gt;&amp;</text>'");
	run(2, "$T plot --store s.db");
	run(2, "$T plot --store s.db --theme nothing.such");
	run(2, "$T plot --store s.db --theme '*'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_policy_names_script_and_style), cmocka_unit_test(its_numbers_are_those_of_the_tables),
		cmocka_unit_test(evidence_is_sampled_and_the_same_each_time), cmocka_unit_test(missing_evidence_is_said),
		cmocka_unit_test(hostile_text_is_no_markup), cmocka_unit_test(a_plot_shows_the_counts), cmocka_unit_test(wrong_usage_is_refused)};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
