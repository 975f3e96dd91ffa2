/* Tables in every format: quoting, guarding, escaping, alignment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <readstat.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pipeline/json.h"
#include "pipeline/table.h"
#include "base/mem.h"

static const struct column columns[] = {{"theme", COLUMN_WORD}, {"text", COLUMN_TEXT}, {"n", COLUMN_NUMBER}};

static char *write_table(enum format format, bool header, bool excel, const char *text)
{
	char *out;
	size_t length;
	FILE *f = open_memstream(&out, &length);
	struct table *t = table_new(f, format, header, excel, columns, 3);
	table_text(t, "harm");
	table_text(t, text);
	table_number(t, -42);
	table_end_row(t);
	table_text(t, "agency.police");
	table_text(t, NULL);
	table_real(t, NAN, 2);
	table_end_row(t);
	table_finish(t);
	fclose(f);
	return out;
}

static void expect(enum format format, bool header, bool excel, const char *text, const char *expected)
{
	char *out = write_table(format, header, excel, text);
	assert_string_equal(out, expected);
	free(out);
}

static void csv(void **state)
{
	(void)state;
	expect(FORMAT_CSV, true, false, "plain", "theme,text,n\nharm,plain,-42\nagency.police,,\n");
	expect(FORMAT_CSV, false, false, "a, \"b\"\nc", "harm,\"a, \"\"b\"\"\nc\",-42\nagency.police,,\n");
	expect(FORMAT_CSV, false, true, "x", "\xEF\xBB\xBFharm,x,-42\nagency.police,,\n");
	expect(FORMAT_CSV, false, false, "=1+1", "harm,'=1+1,-42\nagency.police,,\n");
	expect(FORMAT_CSV, false, false, "@a,b", "harm,\"'@a,b\",-42\nagency.police,,\n");
	expect(FORMAT_CSV, false, false, " led", "harm,\" led\",-42\nagency.police,,\n");
}

static void tsv(void **state)
{
	(void)state;
	expect(FORMAT_TSV, true, false, "a\tb\nc", "theme\ttext\tn\nharm\ta b c\t-42\nagency.police\t\t\n");
}

static void aligned(void **state)
{
	(void)state;
	expect(FORMAT_TABLE, true, false, "né\033[1m",
	       "theme          text         n\n-------------  ---------  ---\nharm           né\\x1b[1m  -42\nagency.police\n");
	expect(FORMAT_MD, true, false, "a|b",
	       "| theme         | text |   n |\n| ------------- | ---- | --: |\n| harm          | a\\|b  | -42 |\n| agency.police |      |     |\n");
}

static void latex(void **state)
{
	(void)state;
	expect(FORMAT_LATEX, true, false, "50% & _x",
	       "\\begin{tabular}{llr}\n\\hline\ntheme & text & n \\\\\n\\hline\nharm & 50\\% \\& \\_x & -42 \\\\\nagency.police &  &  \\\\\n\\hline\n\\end{tabular}\n");
	expect(FORMAT_LATEX, false, false, "<5 [c] a|b>",
	       "\\begin{tabular}{llr}\n\\hline\nharm & \\textless{}5 {[}c] a\\textbar{}b\\textgreater{} & -42 \\\\\nagency.police &  &  \\\\\n\\hline\n\\end{tabular}\n");
}

static void json_is_what_a_reader_gets_back(void **state)
{
	(void)state;
	const char *text = "q\" b\\ \n\t\x01 </script> \xE2\x80\xA8 \xC3\xA9";
	char *out = write_table(FORMAT_JSON, true, false, text);
	assert_null(strstr(out, "</script>"));
	json_t *root = json_loads(out, 0, NULL);
	assert_non_null(root);
	assert_int_equal(json_array_size(root), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(root, 0), "text")), text);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(root, 0), "n")), -42);
	assert_true(json_is_null(json_object_get(json_array_get(root, 1), "n")));
	json_decref(root);
	free(out);
	out = write_table(FORMAT_JSONL, true, false, "x");
	assert_string_equal(out, "{\"theme\":\"harm\",\"text\":\"x\",\"n\":-42}\n{\"theme\":\"agency.police\",\"text\":null,\"n\":null}\n");
	free(out);
}

/* Text in a column of numbers is no number; everything else comes back. */
static int take_row(int row, readstat_variable_t *variable, readstat_value_t value, void *context)
{
	struct buf *out = context;
	buf_printf(out, "%d %s=", row, readstat_variable_get_name(variable));
	if (readstat_value_is_missing(value, variable))
		buf_append_str(out, "missing;");
	else if (readstat_value_type(value) == READSTAT_TYPE_STRING)
		buf_printf(out, "'%s';", readstat_string_value(value));
	else
		buf_printf(out, "%g;", readstat_double_value(value));
	return READSTAT_HANDLER_OK;
}

static int take_label(int index, readstat_variable_t *variable, const char *labels, void *context)
{
	(void)labels;
	buf_printf(context, "%d:%s;", index, readstat_variable_get_label(variable));
	return READSTAT_HANDLER_OK;
}

static void sav_is_what_a_reader_gets_back(void **state)
{
	(void)state;
	static const struct column odd[] = {{"theme", COLUMN_WORD}, {"2016 (n=<5)", COLUMN_NUMBER}, {"a-b", COLUMN_NUMBER}, {"a b", COLUMN_NUMBER}};
	char path[] = "/tmp/themetally-sav-XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	struct table *t = table_new(f, FORMAT_SAV, true, false, odd, 4);
	struct buf found = BUF_INIT;
	table_label(t, 2, "A label, caf\xC3\xA9");
	table_text(t, "=x \"y\"\tz");
	table_number(t, -7);
	table_real(t, 0.25, 4);
	table_empty(t);
	table_end_row(t);
	table_text(t, NULL);
	table_small(t, 5);
	table_withheld(t);
	table_number(t, 1234567890123);
	table_end_row(t);
	table_finish(t);
	assert_int_equal(fclose(f), 0);
	readstat_parser_t *parser = readstat_parser_init();
	readstat_set_variable_handler(parser, take_label);
	readstat_set_value_handler(parser, take_row);
	assert_int_equal(readstat_parse_sav(parser, path, &found), READSTAT_OK);
	readstat_parser_free(parser);
	unlink(path);
	assert_string_equal(found.data, "0:theme;1:2016 (n=<5);2:A label, caf\xC3\xA9;3:a b;"
	                                "0 theme='=x \"y\"\tz';0 v2016__n__5_=-7;0 a_b=0.25;0 a_b_2=missing;"
	                                "1 theme='';1 v2016__n__5_=missing;1 a_b=missing;1 a_b_2=1.23457e+12;");
	buf_release(&found);
}

static void an_empty_table_is_still_valid(void **state)
{
	(void)state;
	static const struct { enum format format; const char *expected; } cases[] = {
		{FORMAT_CSV, "theme,text,n\n"}, {FORMAT_JSON, "[]\n"}, {FORMAT_JSONL, ""}};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *out;
		size_t length;
		FILE *f = open_memstream(&out, &length);
		table_finish(table_new(f, cases[i].format, true, false, columns, 3));
		fclose(f);
		assert_string_equal(out, cases[i].expected);
		free(out);
	}
}

static void printable_text_has_no_tricks(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	json_append_printable(&b, "a\n\x7F\xE2\x80\xAE" "b\xFF" "c\xC3\xA9");
	assert_string_equal(b.data, "a\\x0a\\x7f\\u{202e}b\\xffc\xC3\xA9");
	buf_release(&b);
}

/* What a terminal of that many columns is shown. */
static char *on_terminal(unsigned short width, const struct column *list, size_t count, const char *const *cells)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	FILE *f = fopen(ptsname(master), "w");
	assert_non_null(f);
	struct winsize size = {.ws_row = 30, .ws_col = width};
	assert_int_equal(ioctl(fileno(f), TIOCSWINSZ, &size), 0);
	struct table *t = table_new(f, FORMAT_DEFAULT, true, false, list, count);
	for (size_t i = 0; i < count; i++)
		table_text(t, cells[i]);
	table_end_row(t);
	table_finish(t);
	fflush(f);
	struct buf out = BUF_INIT;
	char block[1024];
	for (ssize_t n; !memmem(out.data ? out.data : "", out.length, "!\r\n", 3) && (n = read(master, block, sizeof block)) > 0;)
		buf_append(&out, block, (size_t)n);
	fclose(f);
	close(master);
	return buf_detach(&out);
}

static void a_table_fits_its_terminal(void **state)
{
	(void)state;
	static const struct column list[] = {
		{"year", COLUMN_WORD}, {"year_words", COLUMN_NUMBER}, {"left", COLUMN_BEFORE}, {"match", COLUMN_TEXT}, {"offset", COLUMN_NUMBER | COLUMN_SPARE}, {"end", COLUMN_WORD}};
	static const char *const cells[] = {"2016", "1234", "she was left alone all d\u00e4y", "long-standing n\u00e9glect", "123456", "!"};
	static const struct {
		unsigned short width;
		const char *shown;
	} cases[] = {
		{0, "year  year_words                        left  match                  offset  end\r\n"
		    "----  ----------  --------------------------  ---------------------  ------  ---\r\n"
		    "2016        1234  she was left alone all d\u00e4y  long-standing n\u00e9glect  123456  !\r\n"},
		{79, "      year_\r\n"
		     "year  words                        left  match                  offset  end\r\n"
		     "----  -----  --------------------------  ---------------------  ------  ---\r\n"
		     "2016   1234  she was left alone all d\u00e4y  long-standing n\u00e9glect  123456  !\r\n"},
		{70, "      year_\r\n"
		     "year  words                        left  match                  end\r\n"
		     "----  -----  --------------------------  ---------------------  ---\r\n"
		     "2016   1234  she was left alone all d\u00e4y  long-standing n\u00e9glect  !\r\n"},
		{50, "      year_\r\n"
		     "year  words             left  match            end\r\n"
		     "----  -----  ---------------  ---------------  ---\r\n"
		     "2016   1234  \u2026 alone all d\u00e4y  long-standing \u2026  !\r\n"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *out = on_terminal(cases[i].width, list, sizeof list / sizeof *list, cells);
		assert_string_equal(out, cases[i].shown);
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv), cmocka_unit_test(tsv), cmocka_unit_test(aligned), cmocka_unit_test(latex), cmocka_unit_test(sav_is_what_a_reader_gets_back),
		cmocka_unit_test(json_is_what_a_reader_gets_back), cmocka_unit_test(an_empty_table_is_still_valid),
		cmocka_unit_test(a_table_fits_its_terminal), cmocka_unit_test(printable_text_has_no_tricks)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
