/* What the beginning of a review says of the case: its outcome, the child, the incident; and what its whole text says of the review. */
#ifndef CORPORA_FACETS_H
#define CORPORA_FACETS_H

#include "corpora/dates.h"
#include "corpora/layout.h"
#include "corpora/review.h"

struct facets {
	enum outcome outcome;
	int age_months;       /* -1: unknown */
	enum age_band age_band;
	enum gender gender;
	struct date incident; /* year 0: unknown; start and end in the text given */
	struct date conflict; /* another year in the same sentence, no range, year 0: none */
};

/* text is the narrative, heading and bylines left out. Of an entry in a digest so much is read as the statement of the incident takes
 * up, FACETS_HEAD bytes at most; of a whole report FACETS_WHOLE bytes. layout: whose rules apply besides those of all layouts. */
#define FACETS_HEAD 2000
#define FACETS_WHOLE 60000
void facets_read(const struct rules *rules, const struct layout *layout, struct regex_memory *memory, const char *text,
                 size_t length, bool whole, struct facets *facets);

/* The child or operation as the narrative names it first; false if it does not. operation: only an operation or a Child X will do. */
bool facets_name(const struct rules *rules, const struct layout *layout, struct regex_memory *memory, const char *text,
                 size_t length, bool operation, size_t *start, size_t *end);

/* Review method and number of recommendations, gathered over the spans of a review. Begin with FACETS_BODY_INIT. */
struct facets_body {
	const struct rule *method; /* the one of highest weight, of these the first; NULL: unknown */
	int said;      /* "makes 14 recommendations"; -1: not said */
	int numbered;  /* the highest "Recommendation 7"; -1: none */
};
#define FACETS_BODY_INIT {NULL, -1, -1}
void facets_body_read(const struct rules *rules, const struct layout *layout, struct regex_memory *memory, const char *text,
                      size_t length, struct facets_body *body);

enum age_band age_band_of(int months);

#endif
