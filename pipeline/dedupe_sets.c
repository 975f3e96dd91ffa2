/* Each row has its parent, a lesser row of its set; the root, which has none, has the row that was chosen, itself at first. So a root is a row
 * that is no greater than what stands there. */
#include "pipeline/dedupe_sets.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

enum { LEAF_ROWS = 16 };

struct leaf {
	uint32_t parent[LEAF_ROWS];
	uint8_t reason[LEAF_ROWS]; /* strongest relation met, enum duplicate_reason; none: in no set with another */
};

struct sets {
	size_t rows, leaf_most;
	uint32_t *leaf_of;     /* by row / LEAF_ROWS: number of its leaf, from 1; 0: all its rows are alone */
	struct leaf *leaves;   /* those made so far, in order of making */
	uint32_t leaf_count;
};

struct sets *sets_new(size_t rows)
{
	struct sets *s = mem_calloc(1, sizeof *s);
	s->rows = rows;
	s->leaf_most = (rows + LEAF_ROWS - 1) / LEAF_ROWS;
	s->leaf_of = mem_reserve(s->leaf_most, sizeof *s->leaf_of);
	s->leaves = mem_reserve(s->leaf_most, sizeof *s->leaves);
	return s;
}

void sets_free(struct sets *s)
{
	if (!s)
		return;
	mem_unreserve(s->leaf_of, s->leaf_most, sizeof *s->leaf_of);
	mem_unreserve(s->leaves, s->leaf_most, sizeof *s->leaves);
	free(s);
}

/* Who sees that a row has a parent must see the parent's leaf too. */
static uint32_t load(const uint32_t *at)
{
	return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}

static void store(uint32_t *at, uint32_t row)
{
	__atomic_store_n(at, row, __ATOMIC_RELEASE);
}

/* NULL: the row is alone, as are all of its leaf. */
static struct leaf *leaf_of(const struct sets *s, uint32_t row)
{
	uint32_t number = load(&s->leaf_of[row / LEAF_ROWS]);
	return number ? &s->leaves[number - 1] : NULL;
}

static uint32_t *parent_of(const struct sets *s, uint32_t row)
{
	struct leaf *l = leaf_of(s, row);
	return l ? &l->parent[row % LEAF_ROWS] : NULL;
}

static struct leaf *make_leaf(struct sets *s, uint32_t row)
{
	struct leaf *l = leaf_of(s, row);
	if (l)
		return l;
	assert(s->leaves); /* there is a row */
	l = &s->leaves[s->leaf_count++];
	for (uint32_t i = 0; i < LEAF_ROWS; i++)
		l->parent[i] = row / LEAF_ROWS * LEAF_ROWS + i;
	store(&s->leaf_of[row / LEAF_ROWS], s->leaf_count);
	return l;
}

uint32_t sets_root(struct sets *s, uint32_t row)
{
	uint32_t *at = parent_of(s, row);
	if (!at)
		return row;
	for (uint32_t parent; (parent = load(at)) < row; row = parent) {
		uint32_t *next = parent_of(s, parent), above = load(next);
		if (above < parent) /* shortens the way for the next */
			store(at, above);
		at = next;
	}
	return row;
}

static void note_reason(struct sets *s, uint32_t row, enum duplicate_reason reason)
{
	uint8_t *noted = &make_leaf(s, row)->reason[row % LEAF_ROWS];
	if (!*noted || reason < *noted)
		*noted = (uint8_t)reason;
}

void sets_unite(struct sets *s, uint32_t a, uint32_t b, enum duplicate_reason reason)
{
	uint32_t x = sets_root(s, a), y = sets_root(s, b);
	if (x == y)
		return;
	note_reason(s, a, reason); /* and makes their leaves */
	note_reason(s, b, reason);
	store(parent_of(s, x < y ? y : x), x < y ? x : y);
}

bool sets_next(const struct sets *s, uint32_t *row)
{
	for (size_t i = *row; i < s->rows; i++) {
		const struct leaf *l = leaf_of(s, (uint32_t)i);
		if (!l) {
			i |= LEAF_ROWS - 1;
		} else if (l->reason[i % LEAF_ROWS]) {
			*row = (uint32_t)i;
			return true;
		}
	}
	return false;
}

enum duplicate_reason sets_reason(const struct sets *s, uint32_t row)
{
	const struct leaf *l = leaf_of(s, row);
	return l ? (enum duplicate_reason)l->reason[row % LEAF_ROWS] : DUPLICATE_NONE;
}

uint32_t sets_choice(const struct sets *s, uint32_t root)
{
	const uint32_t *at = parent_of(s, root);
	return at ? *at : root;
}

void sets_choose(struct sets *s, uint32_t root, uint32_t row)
{
	uint32_t *at = parent_of(s, root);
	assert(at); /* a choice is between rows that were united */
	*at = row;
}
