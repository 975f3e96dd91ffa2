#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bench/sample_cases.h"

struct rng sample_rng;

_Noreturn void sample_fail(const char *what, const char *name)
{
	fprintf(stderr, "gen_sample: %s: %s\n", name, what);
	exit(1);
}

/* ---- the sentence bank ---- */

static const char *const kind_names[KINDS] = {"incident", "after", "background", "issue", "learning", "recommend", "link"};

static struct profile *profiles; /* 0 is the common pool */
static size_t profile_count, profile_capacity;

static double age_in_years(const char *s)
{
	char *unit;
	double n = strtod(s, &unit);
	return *unit == 'w' ? n / 52 : *unit == 'm' ? n / 12 : n;
}

static char *trimmed(char *s)
{
	while (*s == ' ')
		s++;
	for (size_t n = strlen(s); n && s[n - 1] == ' ';)
		s[--n] = 0;
	return s;
}

void sample_read_bank(char *text)
{
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (*line == '#' || !*line)
			continue;
		if (!strncmp(line, "@profile ", 9)) {
			char *fields[5], *rest = line + 9;
			for (int i = 0; i < 5; i++) {
				char *field = strsep(&rest, "|");
				if (!field)
					sample_fail("@profile needs five fields", line);
				fields[i] = trimmed(field);
			}
			MEM_GROW(profiles, profile_count, profile_capacity);
			profiles[profile_count++] = (struct profile){.name = fields[0], .section = fields[1], .outcome = fields[2],
				.youngest = age_in_years(fields[3]), .oldest = age_in_years(fields[4])};
			continue;
		}
		char *space = strchr(line, ' ');
		int k = 0;
		if (space)
			*space = 0;
		while (k < KINDS && strcmp(line, kind_names[k]))
			k++;
		if (!space || k == KINDS || !profile_count)
			sample_fail("not a kind of sentence", line);
		struct pool *p = &profiles[profile_count - 1].pools[k];
		MEM_GROW(p->lines, p->count, p->capacity);
		p->lines[p->count++] = space + 1;
	}
}

/* ---- cases ---- */

static const char *const boards[] = {"Aldermere", "Brackenshire", "Carrowdale", "Eastermoor", "Hexley and Dunmore", "Kelderwick", "Lower Torland",
	"Marlhaven", "North Wexley", "Penhallow", "Saltmarsh", "Stowbridge", "Thornby and Vale", "Wrenmouth"};
static const char *const girls[] = {"Ivy", "Orla", "Tamsin", "Beatrix", "Noor", "Elin", "Saskia", "Willa"};
static const char *const boys[] = {"Callum", "Idris", "Jonah", "Rafe", "Tomos", "Kit", "Zayn", "Barnaby"};
const char *const month_names[12] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
static struct review_case cases[200];
static size_t case_count;

const char *board_name(const struct review_case *c)
{
	return c->board ? c->board : "Anonymous";
}

static void expand(struct buf *out, const struct review_case *c, const char *pattern)
{
	for (const char *p = pattern; *p; p++) {
		if (*p == '[') {
			const char *end = strchr(p, ']');
			uint32_t choices = 1, take;
			for (const char *q = p; q < end; q++)
				choices += *q == '|';
			take = rng_below(&sample_rng, choices);
			struct buf chosen = BUF_INIT;
			for (const char *q = p + 1; q < end; q++) {
				if (*q == '|')
					take--;
				else if (!take)
					buf_append_char(&chosen, *q);
			}
			expand(out, c, chosen.data);
			buf_release(&chosen);
			p = end;
		} else if (*p == '{') {
			const char *end = strchr(p, '}'), *value;
			char slot[16] = "", year[12];
			snprintf(slot, sizeof slot, "%.*s", (int)(end - p - 1), p + 1);
			snprintf(year, sizeof year, "%d", c->past_year);
			if (!strcmp(slot, "age"))
				value = c->age;
			else if (!strcmp(slot, "kid"))
				value = c->girl ? "girl" : "boy";
			else if (!strcmp(slot, "child"))
				value = c->child;
			else if (!strcmp(slot, "when"))
				value = c->when;
			else if (!strcmp(slot, "date"))
				value = c->when + 3;
			else if (!strcmp(slot, "past"))
				value = year;
			else if (!strcmp(slot, "he"))
				value = c->girl ? "she" : "he";
			else if (!strcmp(slot, "He"))
				value = c->girl ? "She" : "He";
			else if (!strcmp(slot, "him"))
				value = c->girl ? "her" : "him";
			else if (!strcmp(slot, "his"))
				value = c->girl ? "her" : "his";
			else if (!strcmp(slot, "His"))
				value = c->girl ? "Her" : "His";
			else
				sample_fail("no such slot", slot);
			buf_append_str(out, value);
			p = end;
		} else {
			buf_append_char(out, *p);
		}
	}
}

/* Draws n different sentences, own first, then common ones. */
static size_t draw(const struct review_case *c, enum kind kind, size_t own, size_t common, char **out)
{
	size_t got = 0;
	for (int round = 0; round < 2; round++) {
		const struct pool *p = round ? &profiles[0].pools[kind] : &c->profile->pools[kind];
		size_t want = round ? common : own, taken[64] = {0};
		if (want > p->count)
			want = p->count;
		for (size_t i = 0; i < want && got < MOST_SENTENCES; i++) {
			size_t k = rng_below(&sample_rng, (uint32_t)p->count);
			while (taken[k])
				k = (k + 1) % p->count;
			taken[k] = 1;
			struct buf b = BUF_INIT;
			expand(&b, c, p->lines[k]);
			out[got++] = buf_detach(&b);
		}
	}
	return got;
}

static void describe_age(struct review_case *c)
{
	double span = c->profile->oldest - c->profile->youngest, years = c->profile->youngest + span * rng_real(&sample_rng);
	int n;
	const char *unit;
	if (years < 0.3) {
		n = (int)(years * 52 + 0.5);
		unit = "week";
		c->age_months = n * 12 / 52;
	} else if (years < 2) {
		n = (int)(years * 12 + 0.5);
		unit = "month";
		c->age_months = n;
	} else {
		n = (int)years;
		unit = "year";
		c->age_months = n * 12;
	}
	snprintf(c->age, sizeof c->age, "%s %d-%s-old", n == 8 || n == 11 || n == 18 ? "an" : "a", n, unit);
}

static void draw_case(struct review_case *c, const struct profile *profile, int year, int month, int size)
{
	*c = (struct review_case){.profile = profile, .published_year = year, .published_month = month};
	c->board = rng_below(&sample_rng, 10) ? ONE_OF(boards) : NULL;
	c->girl = rng_below(&sample_rng, 2);
	describe_age(c);
	if (rng_below(&sample_rng, 3) == 0)
		snprintf(c->child, sizeof c->child, "%s", c->girl ? ONE_OF(girls) : ONE_OF(boys));
	else
		snprintf(c->child, sizeof c->child, "%s %c%s", c->age_months < 12 && rng_below(&sample_rng, 2) ? "Baby" : "Child", 'A' + (int)rng_below(&sample_rng, 26),
		         rng_below(&sample_rng, 4) ? "" : "2");
	int incident_year = year - 1 - (int)rng_below(&sample_rng, 3);
	c->past_year = incident_year - 2 - (int)rng_below(&sample_rng, 4);
	if (rng_below(&sample_rng, 5))
		snprintf(c->when, sizeof c->when, "in %s %d", ONE_OF(month_names), incident_year);
	else
		snprintf(c->when, sizeof c->when, rng_below(&sample_rng, 2) ? "in %d" : "in the autumn of %d", incident_year);

	const struct pool *incidents = &profile->pools[INCIDENT];
	const char *pattern = incidents->lines[rng_below(&sample_rng, (uint32_t)incidents->count)];
	if (strstr(pattern, "{when}") || strstr(pattern, "{date}"))
		c->incident_year = incident_year;
	c->tells_gender = strstr(pattern, "{kid}");
	c->tells_age = strstr(pattern, "{age}");
	struct buf b = BUF_INIT;
	expand(&b, c, pattern);
	c->incident = buf_detach(&b);
	draw(c, AFTER, 1, 0, &c->after);
	c->backgrounds = draw(c, BACKGROUND, 2, (size_t)size, c->background);
	c->issue_count = draw(c, ISSUE, 1 + (size_t)size / 2, (size_t)size, c->issues);
	c->learnings = draw(c, LEARNING, 1, (size_t)size - 1, c->learning);
	c->recommends = draw(c, RECOMMEND, 1, (size_t)size - 1, c->recommend);
}

static size_t shared(char *const *a, size_t count, char *const *b, size_t other)
{
	size_t same = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < other; k++)
			same += !strcmp(a[i], b[k]);
	return same;
}

/* Whether a case repeats so much of an earlier one that a reader would take it for the same. */
static bool too_alike(const struct review_case *c)
{
	size_t sentences = c->backgrounds + c->issue_count + c->learnings + c->recommends;
	for (const struct review_case *o = cases; o < c; o++) {
		size_t same = shared(c->background, c->backgrounds, o->background, o->backgrounds) + shared(c->issues, c->issue_count, o->issues, o->issue_count) +
			shared(c->learning, c->learnings, o->learning, o->learnings) + shared(c->recommend, c->recommends, o->recommend, o->recommends);
		if (same * 4 > sentences)
			return true;
	}
	return false;
}

struct review_case *sample_case(const struct profile *profile, int year, int month, int size)
{
	struct review_case *c = &cases[case_count++];
	do {
		draw_case(c, profile ? profile : sample_profile(NULL), year, month, size);
	} while (too_alike(c));
	return c;
}

struct review_case *sample_blank_case(const struct profile *profile)
{
	struct review_case *c = &cases[case_count++];
	*c = (struct review_case){.profile = profile};
	return c;
}

const struct profile *sample_profile(const char *name)
{
	if (!name)
		return &profiles[1 + rng_below(&sample_rng, (uint32_t)profile_count - 1)];
	for (size_t i = 1; i < profile_count; i++)
		if (!strcmp(profiles[i].name, name))
			return &profiles[i];
	sample_fail("no such profile", name);
}

const struct pool *sample_links(void)
{
	return &profiles[0].pools[LINK];
}
