/* lexicon stats: how large a lexicon is, and which themes share phrases. Any thread. */
#ifndef MATCHERS_LEXICON_STATS_H
#define MATCHERS_LEXICON_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "matchers/lexicon.h"

/* Sequences are those of entry_expand(); a regular expression is none. */
struct theme_stats {
	size_t own;        /* mention entries of the theme itself */
	size_t within;     /* and of its descendants */
	size_t exclusions; /* of the theme itself */
	size_t sequences;  /* distinct, of its own entries */
};

/* Two themes, neither within the other, whose own entries give the same sequences: a text with one counts for both. */
struct theme_overlap {
	uint32_t a, b;     /* a < b */
	size_t sequences;
	char *example;     /* the first of them */
};

struct lexicon_stats {
	size_t themes, leaves;
	size_t entries;      /* mentions, expressions among them */
	size_t expressions, exclusions, cues;
	size_t sequences;    /* of mention entries, distinct within their theme */
	size_t words, wildcards; /* distinct ones in them */
	size_t longest;      /* most tokens that one of them can span */
	struct theme_stats *by_theme; /* one for each theme */
	struct theme_overlap *overlaps; /* most sequences first */
	size_t overlap_count;
	size_t widespread;   /* sequences in more than WIDESPREAD_THEMES themes: overlaps only has the first of those themes for them */
};
#define WIDESPREAD_THEMES 100

void lexicon_stats_init(struct lexicon_stats *stats, const struct lexicon *lexicon);
void lexicon_stats_release(struct lexicon_stats *stats);

#endif
