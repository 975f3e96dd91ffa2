/* Why each candidate of a text is counted or not, in words, so that a doubtful number can be argued about. Any thread. */
#ifndef MATCHERS_EXPLAIN_H
#define MATCHERS_EXPLAIN_H

#include <stddef.h>

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

/* Appends what became of a candidate of a theme: "counted", "negated by the cue 'no evidence of' at bytes 10 to 24", "dropped: within
 * 'benign neglect' (an exclusion of harm) at bytes ...", "beaten by 'physical abuse' at ...". Of an exclusion or cue, what it is. */
void explain_fate(const struct explained *e, size_t candidate, struct buf *out);

/* Appends one line for each candidate, in the order of scan->candidates, cues and exclusions among them:
 *
 *     bytes 31 to 38   "neglect"   harm.neglect   negated by the cue 'no evidence of' at bytes 16 to 30   'neglect*' (harm.tsv:12)
 *
 * with tabs between: where, the words of the text (white space as one space), the theme (or -), the fate, the entry and where it is
 * written. theme limits the lines to candidates of that theme and its descendants and to what acts on them (their exclusions, cues);
 * THEME_ANY means all. Returns the number of lines. */
size_t explain_text(const struct explained *e, uint32_t theme, struct buf *out);

#endif
