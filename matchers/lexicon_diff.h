/* lexicon diff: what changed between two lexicons. Any thread. */
#ifndef MATCHERS_LEXICON_DIFF_H
#define MATCHERS_LEXICON_DIFF_H

#include <stddef.h>

#include "matchers/lexicon.h"

enum change {
	CHANGE_REMOVED, /* only before */
	CHANGE_ADDED,   /* only after */
	CHANGE_ALTERED, /* an entry: other flags or note; a theme: other label, description or negatable */
	CHANGE_MOVED    /* an entry: the same pattern now stands under another theme */
};
const char *change_word(enum change change); /* "removed", ... */

/* Patterns are the same when they have the same items, however they are spaced or capitalised. */
struct entry_change {
	enum change change;
	const struct entry *before, *after; /* NULL where there is none */
};

struct theme_change {
	const char *code;
	const struct theme *before, *after; /* NULL where there is none */
	bool altered;
	size_t gained, lost; /* sequences (entry_expand) of its own mention entries, with their flags, that only one side has; an expression is one */
};

struct lexicon_diff {
	struct entry_change *entries; /* removed, altered and moved in the order of before, then added in the order of after */
	size_t entry_count;
	struct theme_change *themes;  /* that differ in anything above: in the order of after, then those that are gone */
	size_t theme_count;
};

/* Points into both lexicons, which must outlive it. */
void lexicon_diff_init(struct lexicon_diff *diff, const struct lexicon *before, const struct lexicon *after);
void lexicon_diff_release(struct lexicon_diff *diff);

#endif
