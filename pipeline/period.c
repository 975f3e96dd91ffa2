#include "pipeline/period.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { APRIL = 3 };

/* "2011-14": April 2011 to March 2014; the second year is the next with those two digits. */
static int parse_label(const char *s, size_t length, struct period *p)
{
	int from, to;
	char text[16];
	if (length != 7 || length >= sizeof text)
		return -1;
	memcpy(text, s, length);
	text[length] = '\0';
	if (strspn(text, "0123456789") != 4 || text[4] != '-' || strspn(text + 5, "0123456789") != 2)
		return -1;
	from = atoi(text);
	to = from / 100 * 100 + atoi(text + 5);
	if (to <= from)
		to += 100;
	if (from < 1900 || to - from > 50)
		return -1;
	snprintf(p->label, sizeof p->label, "%s", text);
	p->first = from * 12 + APRIL;
	p->last = to * 12 + APRIL - 1;
	return 0;
}

int periods_parse(const char *text, struct periods *p, char *message, size_t message_size)
{
	*p = (struct periods){PERIOD_YEAR, NULL, 0};
	if (strcmp(text, "year") == 0)
		return 0;
	if (strcmp(text, "fy") == 0) {
		p->kind = PERIOD_FY;
		return 0;
	}
	if (strncmp(text, "period:", 7) != 0) {
		snprintf(message, message_size, "'%s' is no way to divide time: use year, fy or period:2011-14,2014-17", text);
		return -1;
	}
	p->kind = PERIOD_LIST;
	size_t capacity = 0;
	for (const char *s = text + 7;;) {
		size_t length = strcspn(s, ",");
		MEM_GROW(p->list, p->count, capacity);
		struct period *next = &p->list[p->count];
		if (parse_label(s, length, next) != 0) {
			snprintf(message, message_size, "'%.*s' is no period: write two years as 2011-14 (April 2011 to March 2014)", (int)length, s);
			periods_release(p);
			return -1;
		}
		for (size_t i = 0; i < p->count; i++)
			if (p->list[i].first <= next->last && next->first <= p->list[i].last) {
				snprintf(message, message_size, "the periods %s and %s overlap", p->list[i].label, next->label);
				periods_release(p);
				return -1;
			}
		p->count++;
		if (!s[length])
			return 0;
		s += length + 1;
	}
}

void periods_release(struct periods *p)
{
	free(p->list);
	p->list = NULL;
	p->count = 0;
}

int periods_find(const struct periods *p, int year, int month, struct period *out)
{
	if (!year)
		return -1;
	int first = year * 12 + (month ? month - 1 : 0), last = month ? first : year * 12 + 11;
	if (p->kind == PERIOD_YEAR) {
		snprintf(out->label, sizeof out->label, "%d", year);
		out->first = year * 12;
		out->last = year * 12 + 11;
		return 0;
	}
	if (p->kind == PERIOD_FY) {
		if (!month)
			return -1;
		int from = month > APRIL ? year : year - 1;
		snprintf(out->label, sizeof out->label, "%d-%02d", from, (from + 1) % 100);
		out->first = from * 12 + APRIL;
		out->last = out->first + 11;
		return 0;
	}
	for (size_t i = 0; i < p->count; i++)
		if (p->list[i].first <= first && last <= p->list[i].last) {
			*out = p->list[i];
			return 0;
		}
	return -1;
}
