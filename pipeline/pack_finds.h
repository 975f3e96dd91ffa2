/* What patterns find in a corpus, kept in its pack: a run with a lexicon that has many of these patterns searches only for its others.
 *
 * A pattern is what an entry searches for: its text, and those of its flags that decide what it finds. What an entry finds depends on nothing else but the text searched
 * and the sources of the engine, so finds are used by programs whose matchers/ are those of the program that made the pack (matcher_build()), and by no other. Expressions (flag r)
 * are always searched for. */
#ifndef PIPELINE_PACK_FINDS_H
#define PIPELINE_PACK_FINDS_H

#include "matchers/matcher.h"
#include "pipeline/pack.h"

enum { PACK_PATTERN_MARKS = ENTRY_CASE | ENTRY_COMMA | ENTRY_WHOLE };

/* ---- making ---- */

/* The patterns of a lexicon, each once, in the order of its entries. */
struct finds_wanted {
	struct pack_strings patterns; /* marked with their flags */
	uint32_t *pattern_of;         /* by entry; the number of a pattern, where that is the first entry that has it */
	bool *left_out;               /* by entry: it is not to be searched for, see struct matcher_options */
};
void finds_wanted_init(struct finds_wanted *w, const struct lexicon *l);
void finds_wanted_release(struct finds_wanted *w);

/* ---- using ---- */

/* How a lexicon uses the finds of a pack. Read-only. */
struct pack_finds {
	struct matcher *rest; /* searches for the entries that the pack does not know; idle if there are none */
	uint32_t *first;      /* by pattern, and one more: where its entries begin in entries */
	uint32_t *entries;
};

/* Whether a pack has finds, and of this build. */
bool pack_finds_are_ours(const struct pack *p);

/* NULL if the pack knows fewer than half of the entries, its finds are of another build, or the others cannot be compiled: everything is to be searched for then. The lexicon
 * must outlive it. */
struct pack_finds *pack_finds_new(const struct pack *p, const struct lexicon *l, const struct matcher_options *options);
void pack_finds_free(struct pack_finds *f);

struct candidate_list {
	struct candidate *items;
	size_t count, capacity;
};
/* Of a review of a block with PACK_FINDS: as scanner_scan_kept() wants them. Replaces what is in the list. */
void pack_finds_take(const struct pack_finds *f, const struct pack_block *b, size_t review, struct candidate_list *out);

/* A lexicon of the patterns of a pack, entry by entry, for proving its finds; NULL if they make none. */
struct lexicon *pack_finds_lexicon(const struct pack *p);

#endif
