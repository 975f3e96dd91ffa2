/* Inside the resolver: its state, shared by mention.c (steps 1 to 4), mention_cue.c (section 5) and mention_quanteda.c. */
#ifndef MATCHERS_RESOLVER_H
#define MATCHERS_RESOLVER_H

#include "base/mem.h"
#include "matchers/mention.h"
#include "matchers/scanner.h"

/* What is kept of an entry and of a theme, close together. */
struct entry_info {
	uint32_t theme;
	uint8_t role;
	bool negatable;
};

struct theme_state {
	uint32_t parent;
	uint32_t epoch;         /* of the run that set what follows */
	uint32_t next_free;     /* first token no mention holds yet */
	uint32_t excluded_to;   /* tokens before this one lie within the exclusions met so far, if they began early enough */
	uint32_t same;          /* candidate of this theme seen last */
	uint32_t last_sentence; /* of an affirmed mention */
	uint32_t mentions, negated, sentences;
	uint32_t first_counted, next_counted; /* in resolver.mentions */
};

struct index_list {
	uint32_t *items;
	size_t count, capacity;
	uint32_t widest; /* most tokens in one of them */
};

/* Pairs of a theme and a token, open addressing: which tokens the mentions of a theme hold. */
struct held_set {
	uint64_t *slots; /* pair + 1 */
	size_t size, count;
};

struct counted {
	uint32_t theme, candidate, cue;
};

enum { ALIVE = 1, SURVIVES = 2 /* a first pass */ };

struct resolver {
	const struct lexicon *lexicon;
	enum nested nested;
	struct entry_info *entries;
	struct theme_state *themes;
	uint64_t *touched;      /* bit by theme: its state is of this run */
	uint32_t epoch;
	/* of the run */
	const struct scanner *scanner;
	const struct scan *scan;
	unsigned wanted;
	uint8_t *alive;         /* by candidate: 0 where a step has dropped it */
	size_t alive_capacity;
	struct index_list exclusions, before, after, pseudo, terminators, survivors;
	bool cues_ready;
	struct candidate_fate *fates;
	size_t fate_capacity;
	struct counted *counted;
	size_t counted_count, counted_capacity;
	struct mention *mentions;
	uint32_t *mention_candidates;
	size_t mention_capacity;
	struct theme_tally *tallies;
	size_t tally_count;
	struct held_set taken;
	uint64_t *order, *chosen; /* candidates, longest first; themes with candidates */
	size_t order_capacity, chosen_capacity;
};

static inline const struct candidate *candidate(const struct resolver *r, uint32_t i)
{
	return &r->scan->candidates[i];
}

static inline uint32_t theme_of(const struct resolver *r, uint32_t i)
{
	return r->entries[candidate(r, i)->entry].theme;
}

static inline bool lies_within(const struct candidate *inner, const struct candidate *outer)
{
	return outer->first <= inner->first && inner->last <= outer->last;
}

static inline bool overlap(const struct candidate *a, const struct candidate *b)
{
	return a->first <= b->last && b->first <= a->last;
}

/* ---- mention.c ---- */

void list_add(const struct resolver *r, struct index_list *l, uint32_t i);
void list_clear(struct index_list *l);
/* Place of the first in a list (in text order) that can hold a token at or after the given one. */
size_t list_reaching(const struct resolver *r, const struct index_list *l, uint32_t token);
void drop(struct resolver *r, uint32_t i, enum fate fate, uint32_t by);
/* Counts a candidate for a theme. Within a theme they come in text order. */
void count_mention(struct resolver *r, uint32_t theme, uint32_t i, uint32_t cue);

/* ---- mention_cue.c ---- */

/* The cue that negates a candidate, or NO_CUE. */
uint32_t find_cue(struct resolver *r, uint32_t i);

/* ---- mention_quanteda.c ---- */

void drop_as_quanteda_dictionary(struct resolver *r); /* its first pass */
/* In place of step 3: each theme takes the longest first, then the leftmost. */
void count_longest(struct resolver *r);

#endif
