/* From candidates to mentions: docs/counting-rules.md sections 4 and 5. A resolver belongs to one thread. */
#ifndef MATCHERS_MENTION_H
#define MATCHERS_MENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matchers/lexicon.h"
#include "matchers/matcher.h"

enum nested { NESTED_THEME, NESTED_LEXICON, NESTED_ALL, NESTED_QUANTEDA_KEY, NESTED_QUANTEDA_DICTIONARY };
const char *nested_word(enum nested n);
int nested_parse(const char *word, enum nested *n);

struct mention {
	uint32_t theme;       /* the theme it is counted for: its own or an ancestor */
	uint32_t first, last; /* tokens */
	uint32_t entry;       /* attributed to */
	uint32_t cue;         /* candidate index of the cue that negates it, or NO_CUE */
};
#define NO_CUE UINT32_MAX

struct theme_tally {
	uint32_t theme;
	uint32_t mentions;   /* affirmed */
	uint32_t negated;
	uint32_t sentences;  /* that hold an affirmed mention */
};

/* Why a candidate of a theme is not, or is, counted (explain). */
enum fate {
	FATE_COUNTED,
	FATE_NEGATED,     /* by: the cue */
	FATE_SAME,        /* by: the candidate of the same tokens and theme whose entry stands first */
	FATE_EXCLUDED,    /* by: the first exclusion, in the order of scan->candidates, that it lies within */
	FATE_BEATEN,      /* by: the counted candidate of its theme that holds a token of it, the first in that order */
	FATE_NESTED,      /* by: the first survivor of another theme in that order that it lies strictly within; under
	                     quanteda-dictionary, what was not counted in the first pass is beaten if a candidate that was, of its
	                     own theme, holds a token of it (by: the first), else nested (by: UINT32_MAX, for it may be several) */
	FATE_NO_CANDIDATE /* of exclusions and cues */
};
struct candidate_fate {
	enum fate fate;
	uint32_t by; /* index into scan->candidates, or UINT32_MAX */
};

/* All memory is the resolver's and lives until its next call. */
struct resolution {
	const struct theme_tally *tallies; /* themes with at least one mention, affirmed or negated; by theme */
	size_t tally_count;
	const struct mention *mentions;    /* by theme, then first; only if asked for */
	size_t mention_count;
	const struct candidate_fate *fates;/* one per candidate, for the candidate's own theme; only if asked for */
};

enum { RESOLVE_MENTIONS = 1, RESOLVE_FATES = 2 };

struct resolver;
struct resolver *resolver_new(const struct lexicon *lexicon, enum nested nested);
void resolver_free(struct resolver *r);
/* sentences come from the scanner that made the scan. */
void resolver_run(struct resolver *r, const struct scanner *scanner, const struct scan *scan, unsigned wanted,
                  struct resolution *resolution);

#endif
