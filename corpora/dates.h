/* Dates as they stand in text. */
#ifndef CORPORA_DATES_H
#define CORPORA_DATES_H

#include <stdbool.h>
#include <stddef.h>

struct date {
	int year;          /* 1950 to 2049 */
	int month;         /* 1 to 12; 0: not said (a season, a quarter, a year alone) */
	size_t start, end; /* of its words in the text, day and range included */
};

/* The first date at or after `from` that names a year: "14 November 2016", "Nov 2016", "Spring 2017", "Quarter Two 2017", "2016",
 * "2016-11-14", "14/11/2016". A range gives its first year ("2010-2016", "2011-12", "between 2011 and 2014"). Numbers that are no
 * dates are passed over: "2000s", "CYSUR 2/2015", "Working Together 2015" is one to the reader of dates, not to this function. */
bool date_find(const char *text, size_t length, size_t from, struct date *date);

/* The date whose year's four digits stand at `at`, with what belongs to it before and behind; false if this is no year. */
bool date_at(const char *text, size_t length, size_t at, struct date *date);

/* A date in a field or a name, where there is nothing else that could be one: date_find() and besides "11/2016", "2016/11", "2016_11",
 * "20161114", "1479081600" (seconds since 1970). */
bool date_of_field(const char *text, struct date *date);

/* An ISO date, or the only plausible year, in a path; the last part of the path goes first. */
bool date_of_path(const char *path, struct date *date);

#endif
