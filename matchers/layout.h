/* A lexicon laid out for matching: each entry's variants as steps over tokens, and the anchor of each variant.
 *
 * A variant is one sequence without alternatives. Its anchor is the part of it that is searched for: a run of two to four exact words, found by Hyperscan
 * in the stream of word codes; or else one single step, found when a word satisfies its atom. Filled once, then read by any number of threads. */
#ifndef MATCHERS_LAYOUT_H
#define MATCHERS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matchers/lexicon.h"
#include "matchers/vocabulary.h"

enum step_kind { STEP_ATOM, STEP_ANY, STEP_GAP };
struct step {
	enum step_kind kind;
	uint32_t value;      /* atom; or the most tokens a gap may hold */
};

enum { ANCHOR_MOST = 4 };
struct variant {
	uint32_t entry;
	uint32_t steps;      /* first in layout.steps */
	uint16_t count;
	uint16_t anchor;     /* the step the anchor begins with */
	uint8_t anchor_count;
	bool comma, whole;   /* flags c, w */
	bool simple;         /* the anchor is all of it, and every step the plain atom of its code */
};

struct anchor {
	uint32_t codes[ANCHOR_MOST]; /* 0 after the last */
	uint32_t count;
	uint32_t variants;   /* first in layout.anchor_variants */
	uint32_t variant_count;
};

struct layout {
	struct vocabulary vocabulary;
	struct step *steps;
	size_t step_count, step_capacity;
	struct variant *variants;
	size_t variant_count, variant_capacity;
	struct anchor *anchors;
	size_t anchor_count, anchor_capacity;
	uint32_t *anchor_variants;
	uint32_t *trigger_first;    /* by atom, one more than there are: first in trigger_variants */
	uint32_t *trigger_variants;
	uint32_t *anchor_slots;     /* by hash of the codes: anchor + 1 */
	size_t anchor_slot_count;
	unsigned code_width;        /* bytes of a code in the stream: 2, or 3 for more than 16,384 words */
};

void layout_init(struct layout *l, const struct lexicon *lexicon);
void layout_release(struct layout *l);

/* The anchor with these codes (0 after the last), or NULL. */
const struct anchor *layout_find(const struct layout *l, const uint32_t codes[ANCHOR_MOST]);

#define CODES_MOST (1u << 21) /* what three bytes can tell apart */

/* A code as it is written in the stream, first byte lowest. The first byte is 0x80 or more, the others less, so that no
 * code is found astride two. */
uint32_t code_bytes(uint32_t code, unsigned width);

#endif
