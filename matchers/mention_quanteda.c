/* The two modes that count as quanteda's tokens_lookup() does, so that older tables can be reproduced. Not made for speed. */
#include <stdlib.h>
#include <string.h>

#include "matchers/resolver.h"

static uint64_t *held_slot(const struct held_set *s, uint64_t pair)
{
	size_t at = (pair * 0x9E3779B97F4A7C15u >> 20) & (s->size - 1);

	while (s->slots[at] && s->slots[at] != pair + 1)
		at = (at + 1) & (s->size - 1);
	return &s->slots[at];
}

static void held_add(struct held_set *s, uint64_t pair)
{
	if (2 * s->count >= s->size) {
		struct held_set bigger = {.size = s->size ? 2 * s->size : 1024, .count = s->count};

		bigger.slots = mem_calloc(bigger.size, sizeof *bigger.slots);
		for (size_t i = 0; i < s->size; i++)
			if (s->slots[i])
				*held_slot(&bigger, s->slots[i] - 1) = s->slots[i];
		free(s->slots);
		*s = bigger;
	}
	uint64_t *slot = held_slot(s, pair);

	s->count += !*slot;
	*slot = pair + 1;
}

static void held_clear(struct held_set *s)
{
	if (s->count)
		memset(s->slots, 0, s->size * sizeof *s->slots);
	s->count = 0;
}

/* How many of a candidate's tokens the theme (or THEME_ANY: any theme) holds. */
static uint32_t tokens_taken(const struct resolver *r, uint32_t theme, const struct candidate *c)
{
	uint32_t taken = 0;

	if (r->taken.count)
		for (uint32_t token = c->first; token <= c->last; token++)
			taken += *held_slot(&r->taken, (uint64_t)theme << 32 | token) != 0;
	return taken;
}

static void take_tokens(struct resolver *r, uint32_t theme, const struct candidate *c)
{
	for (uint32_t token = c->first; token <= c->last; token++)
		held_add(&r->taken, (uint64_t)theme << 32 | token);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The living candidates, longest first, then in text order. Returns how many. */
static size_t order_by_length(struct resolver *r)
{
	size_t count = 0;

	for (uint32_t i = 0; i < r->scan->candidate_count; i++) {
		if (!r->alive[i])
			continue;
		MEM_GROW(r->order, count, r->order_capacity);
		r->order[count++] = (uint64_t)(UINT32_MAX - (candidate(r, i)->last - candidate(r, i)->first)) << 32 | i;
	}
	if (count)
		qsort(r->order, count, sizeof *r->order, compare_u64);
	return count;
}

void count_longest(struct resolver *r)
{
	size_t count = order_by_length(r), chosen = 0;

	held_clear(&r->taken);
	for (size_t k = 0; k < count; k++) {
		uint32_t i = (uint32_t)r->order[k];

		for (uint32_t theme = theme_of(r, i); theme != THEME_NONE; theme = r->themes[theme].parent) {
			if (tokens_taken(r, theme, candidate(r, i)))
				continue;
			take_tokens(r, theme, candidate(r, i));
			MEM_GROW(r->chosen, chosen, r->chosen_capacity);
			r->chosen[chosen++] = (uint64_t)theme << 32 | i;
		}
	}
	if (chosen)
		qsort(r->chosen, chosen, sizeof *r->chosen, compare_u64);
	for (size_t k = 0; k < chosen; k++)
		count_mention(r, (uint32_t)(r->chosen[k] >> 32), (uint32_t)r->chosen[k], find_cue(r, (uint32_t)r->chosen[k]));
}

/* Those on the same tokens are judged together. */
void drop_as_quanteda_dictionary(struct resolver *r)
{
	size_t count = order_by_length(r);

	held_clear(&r->taken);
	for (size_t k = 0, end; k < count; k = end) {
		const struct candidate *c = candidate(r, (uint32_t)r->order[k]);
		bool all_taken = tokens_taken(r, THEME_ANY, c) == c->last - c->first + 1;

		for (end = k; end < count && lies_within(c, candidate(r, (uint32_t)r->order[end])) && lies_within(candidate(r, (uint32_t)r->order[end]), c); end++) {
			uint32_t i = (uint32_t)r->order[end];

			if (all_taken || tokens_taken(r, theme_of(r, i), c))
				continue;
			take_tokens(r, theme_of(r, i), c);
			take_tokens(r, THEME_ANY, c);
			r->alive[i] |= SURVIVES;
		}
	}
	list_clear(&r->survivors);
	for (uint32_t i = 0; i < r->scan->candidate_count; i++)
		if (r->alive[i] & SURVIVES)
			list_add(r, &r->survivors, i);
	for (uint32_t i = 0; i < r->scan->candidate_count; i++) {
		const struct candidate *c = candidate(r, i);
		uint32_t by = UINT32_MAX;

		if (r->alive[i] != ALIVE)
			continue;
		for (size_t k = list_reaching(r, &r->survivors, c->first); k < r->survivors.count && by == UINT32_MAX; k++) {
			uint32_t other = r->survivors.items[k];

			if (candidate(r, other)->first > c->last)
				break;
			if (overlap(c, candidate(r, other)) && theme_of(r, other) == theme_of(r, i))
				by = other;
		}
		drop(r, i, by == UINT32_MAX ? FATE_NESTED : FATE_BEATEN, by);
	}
}
