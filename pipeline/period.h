/* Periods: how --by turns a date into a row label. */
#ifndef PIPELINE_PERIOD_H
#define PIPELINE_PERIOD_H

#include <stdbool.h>
#include <stddef.h>

enum period_kind { PERIOD_YEAR, PERIOD_FY, PERIOD_LIST };

/* first..last: months counted from year 0 (year * 12 + month - 1), inclusive. */
struct period {
	char label[16];
	int first, last;
};

struct periods {
	enum period_kind kind;
	struct period *list;   /* PERIOD_LIST: as given, in order */
	size_t count;
};

/* "year", "fy", or "period:2005-07,2007-09,...". A label such as 2011-14 means April 2011 to March 2014. 0, or -1 with the
 * reason in message. */
int periods_parse(const char *text, struct periods *p, char *message, size_t message_size);
void periods_release(struct periods *p);

/* The period of a date: 0 and *out, or -1 where it is unknown: no year, or a year without a month that lies in more than one period
 * (a financial year is never guessed), or a date in no listed period. */
int periods_find(const struct periods *p, int year, int month, struct period *out);

#endif
