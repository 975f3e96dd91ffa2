/* What the beginning of a review says of the case: its outcome, the child, the incident. */
#ifndef CORPORA_FACETS_H
#define CORPORA_FACETS_H

#include "corpora/dates.h"
#include "corpora/layout.h"
#include "corpora/review.h"

struct facets {
	enum outcome outcome;
	int age_months; /* -1: unknown */
	enum age_band age_band;
	enum gender gender;
	struct date incident;     /* year 0: unknown; start and end in the text given */
	struct date conflict;     /* another year in the same sentence's statement, year 0: none */
	size_t name, name_length; /* the child or operation as the narrative names it; length 0: not found */
};

/* text is the narrative, heading and bylines left out; so much of it is read as the statement of the incident takes up, FACETS_HEAD
 * bytes at most. layout: whose rules apply besides those of all layouts. */
#define FACETS_HEAD 2000
void facets_read(const struct rules *rules, const struct layout *layout, struct regex_memory *memory, const char *text,
                 size_t length, struct facets *facets);

enum age_band age_band_of(int months);

#endif
