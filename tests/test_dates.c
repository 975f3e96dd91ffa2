/* Dates in text, in fields and in paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "corpora/dates.h"

static void found(const char *text, int year, int month, const char *words)
{
	struct date d;
	if (!date_find(text, strlen(text), 0, &d))
		fail_msg("no date in '%s'", text);
	assert_int_equal(d.year, year);
	assert_int_equal(d.month, month);
	assert_int_equal(d.end - d.start, strlen(words));
	assert_memory_equal(text + d.start, words, strlen(words));
}

static void none(const char *text)
{
	struct date d;
	if (date_find(text, strlen(text), 0, &d))
		fail_msg("%d in '%s'", d.year, text);
}

static void dates_in_text(void **state)
{
	(void)state;
	found("Death of a boy in May 2014.", 2014, 5, "May 2014");
	found("on 11 April 2015 she", 2015, 4, "11 April 2015");
	found("on the 3rd of March, 2012", 2012, 3, "3rd of March, 2012");
	found("Sept 2016", 2016, 9, "Sept 2016");
	found("(Jan 2017)", 2017, 1, "Jan 2017");
	found("JUNE 2016 – Sutton", 2016, 6, "JUNE 2016");
	found("in the autumn of 2018", 2018, 0, "autumn of 2018");
	found("Quarter Two 2017", 2017, 0, "Quarter Two 2017");
	found("Q3 2019", 2019, 0, "Q3 2019");
	found("over the period 2010-2016", 2010, 0, "2010-2016");
	found("BSCB 2011-12", 2011, 0, "2011-12");
	found("between January 2013 and August 2015", 2013, 1, "January 2013");
	found("2016-11-14", 2016, 11, "2016-11-14");
	found("14/11/2016 and later", 2016, 11, "14/11/2016");
	found("14.11.2016", 2016, 11, "14.11.2016");
	found("Nov-2016", 2016, 11, "Nov-2016");
	found("two of them in the 2000s, one in 2009", 2009, 0, "2009");
	found("CYSUR 2/2015 of 2016", 2016, 0, "2016");
	found("1850 and 1999", 1999, 0, "1999");
	found("12\xC2\xA0May\xC2\xA0" "2014", 2014, 5, "12\xC2\xA0May\xC2\xA0" "2014");
	found("a decade later, in 2012, the decoration", 2012, 0, "2012");
	none("no date in 12345 or 201");
	none("CYSUR 2/2015");
	none("in the 1990s");
	none("A2016 x2016 2016x");
	none("");
}

static void field(const char *text, int year, int month)
{
	struct date d;
	if (!date_of_field(text, &d)) {
		assert_int_equal(year, 0);
		return;
	}
	assert_int_equal(d.year, year);
	assert_int_equal(d.month, month);
}

static void dates_in_fields(void **state)
{
	(void)state;
	field("2016", 2016, 0);
	field("2016-11", 2016, 11);
	field("2016-11-14T10:00:00Z", 2016, 11);
	field("11/2016", 2016, 11);
	field("14/11/2016", 2016, 11);
	field("20161114", 2016, 11);
	field("1479081600", 2016, 11);
	field("1479081600000", 2016, 11);
	field("14 November 2016", 2016, 11);
	field("November 2016", 2016, 11);
	field("soon", 0, 0);
	field("", 0, 0);
	field("99999999999999999999", 0, 0);
}

static void path(const char *text, int year, int month)
{
	struct date d;
	if (!date_of_path(text, &d)) {
		if (year)
			fail_msg("no date in %s", text);
		return;
	}
	assert_int_equal(d.year, year);
	assert_int_equal(d.month, month);
}

static void dates_in_paths(void **state)
{
	(void)state;
	path("lists/2017-06.txt", 2017, 6);
	path("lists/2017_06_01_list.txt", 2017, 6);
	path("digest-20170601.txt", 2017, 6);
	path("Child T overview March 2018.pdf", 2018, 3);
	path("scr-child-t-2018.txt", 2018, 0);
	path("2019/scr-child-t.txt", 2019, 0);
	path("2019/scr-child-t-2018.txt", 2018, 0);
	path("review-2015-and-2018.txt", 0, 0); /* two years: neither */
	path("000_d65a4191cc400bba.txt", 0, 0);
	path("a2016b.txt", 0, 0);
	path("12345.txt", 0, 0);
	path("", 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_in_text),
		cmocka_unit_test(dates_in_fields),
		cmocka_unit_test(dates_in_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
