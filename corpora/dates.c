#include "corpora/dates.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define YEAR_LEAST 1950
#define YEAR_MOST 2049

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool letter(char c)
{
	return ((unsigned char)c | 0x20) >= 'a' && ((unsigned char)c | 0x20) <= 'z';
}

/* The value of the run of digits at `at`, its length in *n; -1 over nine digits. */
static int run(const char *text, size_t length, size_t at, size_t *n)
{
	int value = 0;
	for (*n = 0; at + *n < length && digit(text[at + *n]); (*n)++)
		value = *n < 9 ? value * 10 + (text[at + *n] - '0') : -1;
	return *n > 9 ? -1 : value;
}

static bool plausible(int year)
{
	return year >= YEAR_LEAST && year <= YEAR_MOST;
}

#define BIT(c) (1u << ((c) - 'a'))

/* Whether the word begins with one of these letters. */
static bool begins(const char *word, size_t n, uint32_t letters)
{
	return n > 0 && (unsigned char)((word[0] | 0x20) - 'a') < 26 && (letters >> ((word[0] | 0x20) - 'a') & 1);
}

/* 1 to 12 for a month's name or its first three letters (four for Sept), else 0. */
static int month_of(const char *word, size_t n)
{
	const uint32_t initials = BIT('j') | BIT('f') | BIT('m') | BIT('a') | BIT('s') | BIT('o') | BIT('n') | BIT('d');
	static const char *const names[] = {"january", "february", "march", "april", "may", "june", "july",
	                                    "august", "september", "october", "november", "december"};
	if (n < 3 || n > 9 || !begins(word, n, initials))
		return 0;
	for (int m = 0; m < 12; m++) {
		if ((word[0] | 0x20) != names[m][0])
			continue;
		size_t i = 1;
		while (i < n && names[m][i] && (word[i] | 0x20) == names[m][i])
			i++;
		if (i == n && (n == 3 || !names[m][n] || (m == 8 && n == 4)))
			return m + 1;
	}
	return 0;
}

/* Whether the word is in the list, case aside: words in lower case with a space between. */
static bool word_is(const char *word, size_t n, const char *list)
{
	for (const char *s = list; n; s++) {
		size_t i = 0;
		while (i < n && s[i] == (word[i] | 0x20))
			i++;
		if (i == n && (s[i] == ' ' || !s[i]))
			return true;
		while (*s && *s != ' ')
			s++;
		if (!*s)
			break;
	}
	return false;
}

static size_t back_over_spaces(const char *text, size_t at)
{
	while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\n' || text[at - 1] == ',' ||
	                  (at > 1 && (unsigned char)text[at - 1] == 0xA0 && (unsigned char)text[at - 2] == 0xC2)))
		at -= (unsigned char)text[at - 1] == 0xA0 ? 2 : 1;
	return at;
}

/* The word that ends at `end`: its start. */
static size_t word_before(const char *text, size_t end)
{
	while (end > 0 && letter(text[end - 1]))
		end--;
	return end;
}

/* Takes month, season or quarter and day before the year at date->start into the date. */
static void look_back(const char *text, struct date *date)
{
	size_t end = back_over_spaces(text, date->start), start = word_before(text, end);
	if (end == date->start && end > 0 && (text[end - 1] == '-' || text[end - 1] == '.')) /* "Nov-2016" */
		start = word_before(text, --end);
	if (word_is(text + start, end - start, "of the") && start > 0) {
		end = back_over_spaces(text, start);
		start = word_before(text, end);
	}
	if (start == end) {
		/* "Q2 2017" */
		if (end > 1 && digit(text[end - 1]) && (text[end - 2] | 0x20) == 'q' && (end < 3 || !letter(text[end - 3])))
			date->start = end - 2;
		return;
	}
	if (start > 0 && digit(text[start - 1]) && !(date->month = month_of(text + start, end - start)))
		return;
	date->month = month_of(text + start, end - start);
	if (date->month) {
		date->start = start;
		/* the day, with or without st, nd, rd, th */
		size_t at = back_over_spaces(text, start), word = word_before(text, at);
		if (word < at && word_is(text + word, at - word, "of")) {
			at = back_over_spaces(text, word);
			word = word_before(text, at);
		}
		if (word_is(text + word, at - word, "st nd rd th"))
			at = word;
		size_t n = 0;
		while (n < 3 && at > n && digit(text[at - n - 1]))
			n++;
		if (n == 1 || n == 2)
			date->start = at - n;
	} else if (begins(text + start, end - start, BIT('s') | BIT('a') | BIT('w') | BIT('e') | BIT('c') | BIT('l') | BIT('m')) &&
	           word_is(text + start, end - start, "spring summer autumn winter easter christmas early late mid")) {
		date->start = start;
	} else if (begins(text + start, end - start, BIT('o') | BIT('t') | BIT('f')) && word_is(text + start, end - start, "one two three four")) {
		size_t at = back_over_spaces(text, start), word = word_before(text, at);
		if (word_is(text + word, at - word, "quarter"))
			date->start = word;
	}
}

/* After the year: a second year of a range, or month and day of an ISO date. False if this is no year at all. */
static bool look_ahead(const char *text, size_t length, struct date *date)
{
	size_t at = date->end, n;
	if (at < length && (letter(text[at]) || (unsigned char)text[at] == '_'))
		return false;
	if (at + 1 < length && (text[at] == '-' || text[at] == '/')) {
		int next = run(text, length, at + 1, &n);
		if (n == 2 && next >= 1 && next <= 12 && at + 3 < length && text[at + 3] == text[at] && at + 4 < length && digit(text[at + 4])) {
			run(text, length, at + 4, &n);
			if (n == 2) { /* 2016-11-14 */
				date->month = next;
				date->end = at + 6;
			}
		} else if (n == 4 || n == 2) {
			date->end = at + 1 + n;
		}
	}
	return true;
}

/* Takes day and month from "14/11/" or "14.11." before the year; false if the year belongs to something else ("2/2015"). */
static bool numbers_before(const char *text, struct date *date)
{
	size_t at = date->start, part[2], end[2];
	char mark = text[at - 1];
	for (int i = 0; i < 2; i++) {
		if (at == 0 || text[at - 1] != mark)
			return i == 1 && mark == '-'; /* "3-2015" is no date, but the year stands */
		end[i] = --at;
		while (at > 0 && end[i] - at < 3 && digit(text[at - 1]))
			at--;
		part[i] = at;
		if (end[i] == at || end[i] - at > 2)
			return mark == '-';
	}
	size_t n;
	int month = run(text, end[0], part[0], &n), day = run(text, end[1], part[1], &n);
	if (month < 1 || month > 12 || day < 1 || day > 31 || (at > 0 && letter(text[at - 1])))
		return mark == '-';
	date->month = month;
	date->start = at;
	return true;
}

bool date_at(const char *text, size_t length, size_t at, struct date *date)
{
	size_t n;
	if (at + 4 > length || (at > 0 && (digit(text[at - 1]) || letter(text[at - 1]))))
		return false;
	int year = run(text, length, at, &n);
	if (n != 4 || !plausible(year))
		return false;
	*date = (struct date){.year = year, .start = at, .end = at + 4};
	if (at > 0 && (text[at - 1] == '/' || text[at - 1] == '.' || text[at - 1] == '-') && at > 1 && digit(text[at - 2]) &&
	    !numbers_before(text, date))
		return false;
	if (!look_ahead(text, length, date))
		return false;
	if (!date->month)
		look_back(text, date);
	return true;
}

bool date_find(const char *text, size_t length, size_t from, struct date *date)
{
	for (size_t at = from, n; at < length; at += n ? n : 1) {
		n = 0;
		if (digit(text[at])) {
			run(text, length, at, &n);
			if (n == 4 && date_at(text, length, at, date))
				return true;
		}
	}
	return false;
}

bool date_of_field(const char *text, struct date *date)
{
	size_t length = strlen(text), n, m, at = strspn(text, " \t");
	int value = run(text, length, at, &n);
	*date = (struct date){.start = at, .end = at + n};
	if (n == 8 && plausible(value / 10000) && value / 100 % 100 >= 1 && value / 100 % 100 <= 12) { /* 20161114 */
		date->year = value / 10000;
		date->month = value / 100 % 100;
		return true;
	}
	if (n >= 9 && n <= 13 && text[at + n] != '-') { /* seconds or milliseconds since 1970 */
		long long seconds = strtoll(text + at, NULL, 10);
		time_t t = (time_t)(n > 10 ? seconds / 1000 : seconds);
		struct tm tm;
		if (gmtime_r(&t, &tm) && plausible(tm.tm_year + 1900)) {
			date->year = tm.tm_year + 1900;
			date->month = tm.tm_mon + 1;
			return true;
		}
		return false;
	}
	if (n >= 1 && n <= 4 && text[at + n] && strchr("-/_.", text[at + n])) {
		int other = run(text, length, at + n + 1, &m);
		bool alone = m && !digit(text[at + n + 1 + m]) && text[at + n + 1 + m] != text[at + n];
		if (alone && n == 4 && m <= 2 && plausible(value) && other >= 1 && other <= 12) { /* 2016-11 */
			*date = (struct date){value, other, at, at + n + 1 + m};
			return true;
		}
		if (alone && n <= 2 && m == 4 && plausible(other) && value >= 1 && value <= 12) { /* 11/2016 */
			*date = (struct date){other, value, at, at + n + 1 + m};
			return true;
		}
	}
	return date_find(text, length, 0, date);
}

/* Years between things that are no digits; ISO dates with -, _ or nothing between. */
static bool date_of_name(const char *name, size_t length, struct date *date)
{
	struct date found = {0};
	bool unclear = false;
	for (size_t at = 0, n; at < length; at += n ? n : 1) {
		int value = run(name, length, at, &n);
		if (n == 8 && plausible(value / 10000) && value / 100 % 100 >= 1 && value / 100 % 100 <= 12 && value % 100 >= 1 && value % 100 <= 31) {
			*date = (struct date){value / 10000, value / 100 % 100, at, at + n};
			return true;
		}
		if (n != 4 || !plausible(value) || (at + 4 < length && letter(name[at + 4])))
			continue;
		size_t m, k;
		char mark = at + 4 < length ? name[at + 4] : ' ';
		int month = mark == '-' || mark == '_' || mark == '.' ? run(name, length, at + 5, &m) : (m = 0, 0);
		if (m == 2 && month >= 1 && month <= 12) {
			*date = (struct date){value, month, at, at + 7};
			if (at + 7 < length && name[at + 7] == mark) {
				run(name, length, at + 8, &k);
				if (k == 2) /* a whole ISO date */
					date->end = at + 10;
			}
			return true;
		}
		struct date named = {.year = value, .start = at, .end = at + 4};
		size_t end = at;
		while (end > 0 && strchr("-_ .", name[end - 1]))
			end--;
		size_t start = word_before(name, end);
		named.month = month_of(name + start, end - start);
		if (named.month)
			named.start = start;
		if (found.year && (found.year != value || found.month != named.month))
			unclear = true;
		found = named;
	}
	if (!found.year || unclear)
		return false;
	*date = found;
	return true;
}

bool date_of_path(const char *path, struct date *date)
{
	size_t end = strlen(path);
	while (end > 0) {
		size_t start = end;
		while (start > 0 && path[start - 1] != '/')
			start--;
		if (date_of_name(path + start, end - start, date)) {
			date->start += start;
			date->end += start;
			return true;
		}
		end = start > 0 ? start - 1 : 0;
	}
	return false;
}
