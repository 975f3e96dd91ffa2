/* --by: years, financial years, periods as the national analyses name them; nothing is guessed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "pipeline/period.h"

struct finding {
	const char *by;
	int year, month;
	const char *label; /* NULL: unknown */
};

static void dates_fall_into_periods(void **state)
{
	(void)state;
	static const struct finding findings[] = {
		{"year", 2016, 10, "2016"}, {"year", 2016, 0, "2016"}, {"year", 0, 0, NULL},
		{"fy", 2011, 4, "2011-12"}, {"fy", 2012, 3, "2011-12"}, {"fy", 2012, 4, "2012-13"}, {"fy", 1999, 12, "1999-00"}, {"fy", 2012, 0, NULL},
		{"period:2011-14,2014-17", 2011, 3, NULL}, {"period:2011-14,2014-17", 2011, 4, "2011-14"},
		{"period:2011-14,2014-17", 2014, 3, "2011-14"}, {"period:2011-14,2014-17", 2014, 4, "2014-17"},
		{"period:2011-14,2014-17", 2012, 0, "2011-14"}, /* the whole year lies in it */
		{"period:2011-14,2014-17", 2014, 0, NULL},      /* it lies in both */
		{"period:2011-14,2014-17", 2019, 5, NULL}, {"period:1999-01", 2000, 6, "1999-01"},
	};
	for (size_t i = 0; i < sizeof findings / sizeof *findings; i++) {
		struct periods p;
		struct period found;
		char message[200];
		assert_int_equal(periods_parse(findings[i].by, &p, message, sizeof message), 0);
		int result = periods_find(&p, findings[i].year, findings[i].month, &found);
		assert_int_equal(result, findings[i].label ? 0 : -1);
		if (findings[i].label)
			assert_string_equal(found.label, findings[i].label);
		periods_release(&p);
	}
}

static void wrong_periods_are_named(void **state)
{
	(void)state;
	static const char *const wrong[] = {"", "month", "period:", "period:2011", "period:2011-2014", "period:2011-14,", "period:2011-14,2013-15",
	                                    "period:2011-11", "period:20x1-14", "fy:2011"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct periods p;
		char message[200] = "";
		assert_int_equal(periods_parse(wrong[i], &p, message, sizeof message), -1);
		assert_true(strlen(message) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(dates_fall_into_periods), cmocka_unit_test(wrong_periods_are_named)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
