/* The invented cases of the sample corpus: sentences drawn from bench/sample/cases.txt.
 * One thread: the random numbers and the cases are the program's own. Everything lives until the program ends. */
#ifndef BENCH_SAMPLE_CASES_H
#define BENCH_SAMPLE_CASES_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/rng.h"

extern struct rng sample_rng;
#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof *(a)))
#define ONE_OF(a) ((a)[rng_below(&sample_rng, COUNT(a))])

_Noreturn void sample_fail(const char *what, const char *name);

enum kind { INCIDENT, AFTER, BACKGROUND, ISSUE, LEARNING, RECOMMEND, LINK, KINDS };
struct pool {
	char **lines;
	size_t count, capacity;
};
struct profile {
	char *name, *section, *outcome; /* outcome: "" if there is none to state */
	double youngest, oldest; /* years */
	struct pool pools[KINDS];
};

enum { MOST_SENTENCES = 6 };
struct review_case {
	const struct profile *profile;
	const char *board; /* NULL: withheld */
	char child[32], age[24], when[40];
	bool girl, tells_gender, tells_age;
	int age_months, published_year, published_month, incident_year, past_year; /* 0: not stated */
	char *incident, *after, *background[MOST_SENTENCES], *issues[MOST_SENTENCES], *learning[MOST_SENTENCES], *recommend[MOST_SENTENCES];
	size_t backgrounds, issue_count, learnings, recommends;
};

extern const char *const month_names[12];

void sample_read_bank(char *text); /* keeps and changes text */
const struct profile *sample_profile(const char *name); /* NULL: any but the common pool, drawn */
const struct pool *sample_links(void);
const char *board_name(const struct review_case *c);

/* profile: NULL for any; size: 1 short (a list), 2 middling, 3 long (a record); month may be 0 */
struct review_case *sample_case(const struct profile *profile, int year, int month, int size);
/* An empty case of that profile, for a report that stands written out. */
struct review_case *sample_blank_case(const struct profile *profile);

#endif
