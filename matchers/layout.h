/* A lexicon laid out for matching: each entry's variants as steps over tokens, and the anchor of each variant.
 *
 * A variant is a sequence of steps; a step is one word (an atom, most often the class of the words that alternatives allow there), any word, or a gap. Alternatives
 * of one word each are thus one step and do not multiply. The anchor is the part of a variant that is searched for:
 * - a run of three or four exact words, found by Hyperscan in a stream of word codes;
 * - a pair of neighbouring words, found by the atoms of each two neighbours in the text;
 * - one word, found when it satisfies its atom.
 * Pairs are not left to Hyperscan: with thousands of literals of four bytes almost every place in the stream passes its filter and must
 * be confirmed (measured: 90 ns for each hit), and wildcards would have no code. Filled once, then read by any number of threads. */
#ifndef MATCHERS_LAYOUT_H
#define MATCHERS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "matchers/lexicon.h"
#include "matchers/vocabulary.h"

enum step_kind { STEP_ATOM, STEP_ANY, STEP_GAP };
struct step {
	uint32_t kind;       /* enum step_kind */
	uint32_t value;      /* atom; or the most tokens a gap may hold */
};

enum { RUN_MOST = 4 };
struct variant {
	uint32_t entry;
	uint32_t steps;      /* first in layout.steps */
	uint16_t count;
	uint16_t anchor;     /* the step the anchor begins with */
	uint8_t anchor_count;
	bool comma, whole;   /* flags c, w */
	bool coded;          /* its anchor is a run whose words need no other test than their codes */
	bool simple;         /* where the anchor is found, all is found: it is the whole, and coded if it is a run */
	uint16_t left, right; /* the most words that its steps before and after the anchor can take */
	/* a second guard, as that of struct trial; second_from is 0 if there is none */
	int8_t second_from, second_to;
	uint8_t second_bit;
};

/* What is looked at first where the anchor of a variant is found: small, and side by side for all variants of an anchor.
 *
 * The guard is the rarest atom of the steps outside the anchor. It must stand guard_from..guard_to tokens after the anchor's last (positive) or from its
 * first (negative), if no word is a joined one. Every guard has one of GUARD_BITS bits; bits are shared, so that a bit that is not set says no and one that is set says
 * maybe. A second guard is looked at where the first one says maybe. */
struct trial {
	uint32_t variant, entry;
	uint32_t guard;  /* its atom; NO_ATOM if there is none */
	int8_t guard_from, guard_to;
	uint8_t guard_bit;
	uint8_t flags; /* enum trial_flag */
};
enum trial_flag {
	TRIAL_SIMPLE = 1, /* where the anchor is, all is */
	TRIAL_COMMA = 2, TRIAL_WHOLE = 4,
	TRIAL_OPEN = 8,   /* nothing outside the anchor can be told from afar: no guard */
	TRIAL_NEAR = 16,  /* outside the anchor stands the guard and nothing else but words that may be any: where both are, all is */
	TRIAL_FAR = 32,   /* it may reach over more than OPEN_MOST tokens */
	TRIAL_CODED = 64  /* of a run: its words need no other test than their codes */
};
/* Where its guard is looked for, as a number: the same for trials that look in the same place. Never 0 if there is a guard. */
static inline uint32_t trial_window(const struct trial *t)
{
	return (uint32_t)(uint8_t)t->guard_from << 16 | (uint32_t)(uint8_t)t->guard_to << 8 | (t->flags & TRIAL_COMMA);
}
/* The order of the trials of an anchor: those that look in the same place stand together; for qsort(). */
int trial_compare(const void *a, const void *b);

enum { GUARD_WORDS = 3, GUARD_BITS = 64 * GUARD_WORDS };
enum { GUARD_REACH = 64 /* tokens from the anchor; guard_to is at most this and a gap more */, NO_GUARD = 255 };

/* The variants of an anchor, in layout.trials, in the order of trial_compare(). */
struct trial_list {
	uint32_t first, count;
};

struct run {
	uint32_t codes[RUN_MOST]; /* 0 after the last */
	uint32_t count;
	struct trial_list trials;
};

struct pair {
	uint32_t left, right; /* atoms */
	struct trial_list trials;
};

struct layout {
	struct vocabulary vocabulary;
	struct step *steps;
	size_t step_count, step_capacity;
	struct variant *variants;
	size_t variant_count, variant_capacity;
	struct trial *trials;
	size_t trial_count;
	uint8_t *guard_bits;        /* by atom; NO_GUARD if it guards nothing */
	struct run *runs;
	size_t run_count, run_capacity;
	uint32_t *run_slots;        /* by hash of the codes: run + 1 */
	size_t run_slot_count;
	struct pair *pairs;
	size_t pair_count, pair_capacity;
	uint32_t *left_first, *left_pairs;   /* by atom: the pairs it is the left of: left_pairs[left_first[atom]] to before left_first[atom + 1] */
	uint32_t *right_first, *right_pairs;
	struct trial_list *singles; /* by atom */
	uint32_t *links;            /* which neighbours may stand in a run: two bits by link_slot(), see enum link_bit; never too few */
	unsigned link_shift;
	size_t link_count;          /* words of links */
	unsigned code_width;        /* bytes of a code in the stream: 2, or 3 for more than 16,384 words */
	struct buf memory;          /* where all lists lie, if it was restored; else each is for itself */
};

/* left_out (may be NULL), by entry: takes no part. */
void layout_init(struct layout *l, const struct lexicon *lexicon, const bool *left_out);
void layout_release(struct layout *l);

/* The run of these codes (0 after the last), or NULL. */
const struct run *layout_run(const struct layout *l, const uint32_t codes[RUN_MOST]);

/* A code as it is written in the stream, first byte lowest. The first byte is 0x80 or more, the others less, so that no
 * code is found astride two. */
uint32_t code_bytes(uint32_t code, unsigned width);
#define CODES_MOST (1u << 21) /* what three bytes can tell apart */

enum link_bit { LINK_FIRST = 1 /* the first two words of a run */, LINK_LATER = 2 /* two others */ };
/* a and b are codes as written in the stream. In layout.links: word slot / 16, from bit 2 * (slot % 16). */
#define LINK_FACTOR_A 0x9E3779B1u
#define LINK_FACTOR_B 0x85EBCA77u
static inline uint32_t link_slot(uint32_t a, uint32_t b, unsigned shift)
{
	return (a * LINK_FACTOR_A + b * LINK_FACTOR_B) >> shift;
}

/* A laid out lexicon as bytes, to be kept from run to run (base/cache.h). They are good for the build that wrote them only, which is part of their key.
 * out is empty at first. layout_restore() takes what layout_save() wrote, whole, and uses it where it lies: the buffer is empty then. What it cannot be it refuses, and leaves
 * *l empty and the buffer as it was. */
void layout_save(const struct layout *l, struct buf *out);
bool layout_restore(struct layout *l, struct buf *bytes);

/* ---- between layout.c, variants.c, guards.c and saved.c ---- */

/* What is looked at first of each variant, by variant; the caller frees. Chooses the guards and shares out their bits. expected: the share of words with which the anchor of each
 * variant is found. guards.c */
struct frequency;
struct trial *layout_trials(struct layout *l, struct frequency *f, const double *expected);

/* Adds the variants of an entry that is not flag r, without anchors. */
void layout_add_variants(struct layout *l, uint32_t number, const struct entry *entry);

#endif
