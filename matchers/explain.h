/* Why each candidate of a text is counted or not, in words, so that a doubtful number can be argued about. Any thread. */
#ifndef MATCHERS_EXPLAIN_H
#define MATCHERS_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matchers/lexicon.h"
#include "matchers/matcher.h"
#include "matchers/mention.h"

struct buf;

/* What a text was and what was made of it. All must be of the same scan. */
struct explained {
	const struct lexicon *lexicon;
	const char *text;
	const struct scanner *scanner;
	const struct scan *scan;
	const struct resolution *resolution; /* with fates */
};

/* What became of a candidate, or what else it is. */
struct explanation {
	const struct candidate *candidate;
	const struct entry *entry;
	const char *theme;      /* its code; "*" or "-" if it has none */
	size_t from, to;        /* bytes of the text */
	const char *fate;       /* counted, negated, same (as another entry's), excluded, beaten, nested; else exclusion, cue before, cue after,
	                         * pseudo-cue, terminator */
	const char *rule;       /* section and step of docs/counting-rules.md that decided, "" if counted */
	size_t by;              /* the candidate that acted on it: the cue, the exclusion, the mention that beat it; EXPLAIN_NOBODY */
};
#define EXPLAIN_NOBODY SIZE_MAX

/* candidate: index into scan->candidates. */
void explain_candidate(const struct explained *e, size_t candidate, struct explanation *out);

/* Appends a candidate's words as they stand in the text, white space as one space. */
void explain_words(const struct explained *e, size_t candidate, struct buf *out);

/* Whether a candidate is of the theme or its descendants, or acts on them (their exclusions, cues). THEME_ANY: always. */
bool explain_concerns(const struct explained *e, size_t candidate, uint32_t theme);

#endif
