/* Sections 4 and 5 of the counting rules. Under --nested theme everything is decided in one sweep over the candidates in text order, each of which is
 * offered to its theme and to that theme's ancestors; the work is that of the candidates, whatever the number of themes. */
#include "matchers/mention.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { BEFORE_REACH = 8, AFTER_REACH = 5 };

static const char *const NESTED_WORDS[] = {
	[NESTED_THEME] = "theme", [NESTED_LEXICON] = "lexicon", [NESTED_ALL] = "all",
	[NESTED_QUANTEDA_KEY] = "quanteda-key", [NESTED_QUANTEDA_DICTIONARY] = "quanteda-dictionary",
};
enum { NESTED_COUNT = sizeof NESTED_WORDS / sizeof *NESTED_WORDS };

const char *nested_word(enum nested n)
{
	return NESTED_WORDS[n];
}

int nested_parse(const char *word, enum nested *n)
{
	for (int i = 0; i < NESTED_COUNT; i++)
		if (strcmp(word, NESTED_WORDS[i]) == 0) {
			*n = (enum nested)i;
			return 0;
		}
	return -1;
}

/* ---- state ---- */

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
struct pair_set {
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
	struct pair_set taken;
	uint64_t *order, *chosen; /* candidates, longest first; themes with candidates */
	size_t order_capacity, chosen_capacity;
};

struct resolver *resolver_new(const struct lexicon *lexicon, enum nested nested)
{
	struct resolver *r = mem_calloc(1, sizeof *r);

	r->lexicon = lexicon;
	r->nested = nested;
	r->entries = mem_calloc(lexicon->entry_count, sizeof *r->entries);
	r->themes = mem_calloc(lexicon->theme_count, sizeof *r->themes);
	r->touched = mem_calloc(lexicon->theme_count / 64 + 1, sizeof *r->touched);
	r->tallies = mem_calloc(lexicon->theme_count, sizeof *r->tallies);
	for (size_t i = 0; i < lexicon->entry_count; i++) {
		const struct entry *e = &lexicon->entries[i];

		r->entries[i] = (struct entry_info){e->theme, (uint8_t)e->role, false};
		if (e->role == ROLE_MENTION)
			r->entries[i].negatable = lexicon->themes[e->theme].negatable;
	}
	for (size_t i = 0; i < lexicon->theme_count; i++)
		r->themes[i].parent = lexicon->themes[i].parent;
	return r;
}

void resolver_free(struct resolver *r)
{
	if (!r)
		return;
	struct index_list *lists[] = {&r->exclusions, &r->before, &r->after, &r->pseudo, &r->terminators, &r->survivors};

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		free(lists[i]->items);
	free(r->entries);
	free(r->themes);
	free(r->touched);
	free(r->alive);
	free(r->fates);
	free(r->mentions);
	free(r->counted);
	free(r->mention_candidates);
	free(r->tallies);
	free(r->taken.slots);
	free(r->order);
	free(r->chosen);
	free(r);
}

static const struct candidate *candidate(const struct resolver *r, uint32_t i)
{
	return &r->scan->candidates[i];
}

static uint32_t theme_of(const struct resolver *r, uint32_t i)
{
	return r->entries[candidate(r, i)->entry].theme;
}

static struct theme_state *state_of(struct resolver *r, uint32_t theme)
{
	struct theme_state *t = &r->themes[theme];

	if (t->epoch != r->epoch) {
		*t = (struct theme_state){.parent = t->parent, .epoch = r->epoch, .same = UINT32_MAX, .last_sentence = UINT32_MAX};
		r->touched[theme / 64] |= 1ull << (theme % 64);
	}
	return t;
}

static void list_add(const struct resolver *r, struct index_list *l, uint32_t i)
{
	uint32_t width = candidate(r, i)->last - candidate(r, i)->first + 1;

	MEM_GROW(l->items, l->count, l->capacity);
	l->items[l->count++] = i;
	l->widest = width > l->widest ? width : l->widest;
}

static void list_clear(struct index_list *l)
{
	l->count = 0;
	l->widest = 0;
}

/* Place of the first in a list (in text order) that can hold a token at or after the given one. */
static size_t list_reaching(const struct resolver *r, const struct index_list *l, uint32_t token)
{
	size_t low = 0, high = l->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if ((uint64_t)candidate(r, l->items[middle])->first + l->widest <= token)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool lies_within(const struct candidate *inner, const struct candidate *outer)
{
	return outer->first <= inner->first && inner->last <= outer->last;
}

static bool overlap(const struct candidate *a, const struct candidate *b)
{
	return a->first <= b->last && b->first <= a->last;
}

static void set_fate(struct resolver *r, uint32_t i, enum fate fate, uint32_t by)
{
	if (r->wanted & RESOLVE_FATES)
		r->fates[i] = (struct candidate_fate){fate, by};
}

static void drop(struct resolver *r, uint32_t i, enum fate fate, uint32_t by)
{
	r->alive[i] = 0;
	set_fate(r, i, fate, by);
}

/* ---- steps 1 and 2 ---- */

static void sort_by_role(struct resolver *r)
{
	struct index_list *lists[] = {
		[ROLE_EXCLUSION] = &r->exclusions, [ROLE_CUE_BEFORE] = &r->before, [ROLE_CUE_AFTER] = &r->after,
		[ROLE_PSEUDO_CUE] = &r->pseudo, [ROLE_TERMINATOR] = &r->terminators,
	};

	for (int role = ROLE_EXCLUSION; role <= ROLE_TERMINATOR; role++)
		list_clear(lists[role]);
	for (uint32_t i = 0; i < r->scan->candidate_count; i++) {
		const struct entry_info *e = &r->entries[candidate(r, i)->entry];

		r->alive[i] = e->role == ROLE_MENTION ? ALIVE : 0;
		if (e->role != ROLE_MENTION) {
			list_add(r, lists[e->role], i);
			set_fate(r, i, FATE_NO_CANDIDATE, UINT32_MAX);
			continue;
		}
		struct theme_state *t = state_of(r, e->theme);

		if (t->same != UINT32_MAX && candidate(r, t->same)->first == candidate(r, i)->first && candidate(r, t->same)->last == candidate(r, i)->last)
			drop(r, i, FATE_SAME, t->same);
		else
			t->same = i;
	}
}

static bool excludes(const struct resolver *r, uint32_t exclusion, uint32_t i)
{
	uint32_t theme = theme_of(r, exclusion);

	return lies_within(candidate(r, i), candidate(r, exclusion)) &&
	       (theme == THEME_ANY || theme_is_within(r->lexicon, theme_of(r, i), theme));
}

/* The first exclusion a candidate lies within; UINT32_MAX if there is none. */
static uint32_t exclusion_of(const struct resolver *r, uint32_t i)
{
	for (size_t k = list_reaching(r, &r->exclusions, candidate(r, i)->first); k < r->exclusions.count; k++) {
		if (candidate(r, r->exclusions.items[k])->first > candidate(r, i)->first)
			break;
		if (excludes(r, r->exclusions.items[k], i))
			return r->exclusions.items[k];
	}
	return UINT32_MAX;
}

static void drop_excluded(struct resolver *r)
{
	uint32_t any_to = 0;
	size_t next = 0;

	for (uint32_t i = 0; i < r->scan->candidate_count; i++) {
		const struct candidate *c = candidate(r, i);
		bool excluded;

		for (; next < r->exclusions.count && candidate(r, r->exclusions.items[next])->first <= c->first; next++) {
			uint32_t theme = theme_of(r, r->exclusions.items[next]), to = candidate(r, r->exclusions.items[next])->last + 1;
			uint32_t *reach = theme == THEME_ANY ? &any_to : &state_of(r, theme)->excluded_to;

			*reach = to > *reach ? to : *reach;
		}
		if (!r->alive[i])
			continue;
		excluded = any_to > c->last;
		for (uint32_t theme = theme_of(r, i); theme != THEME_NONE && !excluded; theme = r->themes[theme].parent)
			excluded = r->themes[theme].epoch == r->epoch && r->themes[theme].excluded_to > c->last;
		if (excluded)
			drop(r, i, FATE_EXCLUDED, r->wanted & RESOLVE_FATES ? exclusion_of(r, i) : UINT32_MAX);
	}
}

/* ---- section 5 ---- */

static void drop_pseudo(struct resolver *r, struct index_list *cues)
{
	size_t to = 0;

	for (size_t i = 0; i < cues->count; i++) {
		const struct candidate *cue = candidate(r, cues->items[i]);
		bool pseudo = false;

		for (size_t k = list_reaching(r, &r->pseudo, cue->first); k < r->pseudo.count && !pseudo; k++) {
			if (candidate(r, r->pseudo.items[k])->first > cue->first)
				break;
			pseudo = lies_within(cue, candidate(r, r->pseudo.items[k]));
		}
		if (!pseudo)
			cues->items[to++] = cues->items[i];
	}
	cues->count = to;
}

/* A terminator after token left and before token right. */
static bool is_terminated(const struct resolver *r, uint32_t left, uint32_t right)
{
	for (size_t k = list_reaching(r, &r->terminators, left + 1); k < r->terminators.count; k++) {
		const struct candidate *c = candidate(r, r->terminators.items[k]);

		if (c->first >= right)
			return false;
		if (c->first > left && c->last < right)
			return true;
	}
	return false;
}

static bool is_open(const struct resolver *r, uint32_t left, uint32_t right)
{
	return scan_sentence(r->scanner, left) == scan_sentence(r->scanner, right) && !is_terminated(r, left, right);
}

/* The cue that negates a candidate, or NO_CUE. */
static uint32_t find_cue(struct resolver *r, uint32_t i)
{
	const struct candidate *m = candidate(r, i);
	uint32_t best = NO_CUE;

	if (!r->entries[m->entry].negatable || !(r->before.count + r->after.count))
		return NO_CUE;
	if (!r->cues_ready) {
		drop_pseudo(r, &r->before);
		drop_pseudo(r, &r->after);
		r->cues_ready = true;
	}
	for (size_t k = list_reaching(r, &r->before, m->first > BEFORE_REACH ? m->first - BEFORE_REACH : 0); k < r->before.count; k++) {
		const struct candidate *c = candidate(r, r->before.items[k]);

		if (c->first >= m->first)
			break;
		if (c->last < m->first && m->first - c->last <= BEFORE_REACH && (best == NO_CUE || c->last > candidate(r, best)->last) &&
		    is_open(r, c->last, m->first))
			best = r->before.items[k];
	}
	if (best != NO_CUE)
		return best;
	for (size_t k = list_reaching(r, &r->after, m->last + 1); k < r->after.count; k++) {
		const struct candidate *c = candidate(r, r->after.items[k]);

		if (c->first > m->last && c->first - m->last > AFTER_REACH)
			break;
		if (c->first > m->last && is_open(r, m->last, c->first))
			return r->after.items[k];
	}
	return NO_CUE;
}

/* ---- counting ---- */

/* Counts a candidate for a theme. Within a theme they come in text order. */
static void count_mention(struct resolver *r, uint32_t theme, uint32_t i, uint32_t cue)
{
	const struct candidate *c = candidate(r, i);
	struct theme_state *t = state_of(r, theme);

	if (cue != NO_CUE) {
		t->negated++;
	} else {
		uint32_t sentence = scan_sentence(r->scanner, c->first);

		t->mentions++;
		t->sentences += sentence != t->last_sentence;
		t->last_sentence = sentence;
	}
	if (r->wanted) {
		MEM_GROW(r->counted, r->counted_count, r->counted_capacity);
		r->counted[r->counted_count++] = (struct counted){theme, i, cue};
	}
	if (theme == theme_of(r, i))
		set_fate(r, i, cue == NO_CUE ? FATE_COUNTED : FATE_NEGATED, cue == NO_CUE ? UINT32_MAX : cue);
}

/* Offers a candidate to its theme and, if asked, the ancestors: each takes it if none of its mentions reaches into it. */
static void offer(struct resolver *r, uint32_t i, bool ancestors, bool survivors_only)
{
	const struct candidate *c = candidate(r, i);
	uint32_t cue = NO_CUE;
	bool known = false;

	for (uint32_t theme = theme_of(r, i); theme != THEME_NONE; theme = r->themes[theme].parent) {
		struct theme_state *t = state_of(r, theme);

		if (t->next_free <= c->first) {
			t->next_free = c->last + 1;
			if (survivors_only) {
				r->alive[i] |= SURVIVES;
			} else {
				if (!known)
					cue = find_cue(r, i);
				known = true;
				count_mention(r, theme, i, cue);
			}
		}
		if (!ancestors)
			return;
	}
}

/* Step 3: candidates by their first token; of those with the same, the longest, and of those with the same tokens the one that stands
 * first in the lexicon, is offered before the others. */
static void sweep(struct resolver *r, bool ancestors, bool survivors_only)
{
	uint32_t count = (uint32_t)r->scan->candidate_count;

	for (uint32_t i = 0, end; i < count; i = end) {
		uint32_t first = candidate(r, i)->first;

		for (end = i + 1; end < count && candidate(r, end)->first == first; end++)
			;
		for (uint32_t high = end, low; high > i; high = low) {
			for (low = high - 1; low > i && candidate(r, low - 1)->last == candidate(r, high - 1)->last; low--)
				;
			for (uint32_t k = low; k < high; k++)
				if (r->alive[k])
					offer(r, k, ancestors, survivors_only);
		}
	}
}

static void count_all(struct resolver *r)
{
	for (uint32_t i = 0; i < r->scan->candidate_count; i++) {
		if (!r->alive[i])
			continue;
		uint32_t cue = find_cue(r, i);

		for (uint32_t theme = theme_of(r, i); theme != THEME_NONE; theme = r->themes[theme].parent)
			count_mention(r, theme, i, cue);
	}
}

/* ---- nested lexicon ---- */

static bool on_other_branch(const struct resolver *r, uint32_t i, uint32_t k)
{
	uint32_t a = theme_of(r, i), b = theme_of(r, k);

	return !theme_is_within(r->lexicon, a, b) && !theme_is_within(r->lexicon, b, a);
}

static void drop_nested(struct resolver *r)
{
	list_clear(&r->survivors);
	sweep(r, false, true);
	for (uint32_t i = 0; i < r->scan->candidate_count; i++)
		if (r->alive[i] & SURVIVES) {
			list_add(r, &r->survivors, i);
			state_of(r, theme_of(r, i))->next_free = 0;
		}
	for (uint32_t i = 0; i < r->scan->candidate_count; i++) {
		const struct candidate *c = candidate(r, i);

		for (size_t k = r->alive[i] ? list_reaching(r, &r->survivors, c->last) : SIZE_MAX; k < r->survivors.count; k++) {
			const struct candidate *s = candidate(r, r->survivors.items[k]);

			if (s->first > c->first)
				break;
			if (lies_within(c, s) && !lies_within(s, c) && on_other_branch(r, i, r->survivors.items[k])) {
				drop(r, i, FATE_NESTED, r->survivors.items[k]);
				break;
			}
		}
	}
}

/* ---- as quanteda counts ---- */

static uint64_t *pair_slot(const struct pair_set *s, uint64_t pair)
{
	size_t at = (pair * 0x9E3779B97F4A7C15u >> 20) & (s->size - 1);

	while (s->slots[at] && s->slots[at] != pair + 1)
		at = (at + 1) & (s->size - 1);
	return &s->slots[at];
}

static void pair_add(struct pair_set *s, uint64_t pair)
{
	if (2 * s->count >= s->size) {
		struct pair_set bigger = {.size = s->size ? 2 * s->size : 1024, .count = s->count};

		bigger.slots = mem_calloc(bigger.size, sizeof *bigger.slots);
		for (size_t i = 0; i < s->size; i++)
			if (s->slots[i])
				*pair_slot(&bigger, s->slots[i] - 1) = s->slots[i];
		free(s->slots);
		*s = bigger;
	}
	uint64_t *slot = pair_slot(s, pair);

	s->count += !*slot;
	*slot = pair + 1;
}

static void pairs_clear(struct pair_set *s)
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
			taken += *pair_slot(&r->taken, (uint64_t)theme << 32 | token) != 0;
	return taken;
}

static void take_tokens(struct resolver *r, uint32_t theme, const struct candidate *c)
{
	for (uint32_t token = c->first; token <= c->last; token++)
		pair_add(&r->taken, (uint64_t)theme << 32 | token);
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

/* In place of step 3: each theme takes the longest first, then the leftmost. */
static void count_longest(struct resolver *r)
{
	size_t count = order_by_length(r), chosen = 0;

	pairs_clear(&r->taken);
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

/* The first pass of quanteda-dictionary: those on the same tokens are judged together. */
static void drop_as_quanteda_dictionary(struct resolver *r)
{
	size_t count = order_by_length(r);

	pairs_clear(&r->taken);
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

/* ---- results ---- */

static void make_tallies(struct resolver *r)
{
	size_t words = r->lexicon->theme_count / 64 + 1;
	uint32_t mentions = 0;

	r->tally_count = 0;
	for (size_t w = 0; w < words; w++) {
		for (uint64_t bits = r->touched[w]; bits; bits &= bits - 1) {
			uint32_t theme = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(bits);
			struct theme_state *t = &r->themes[theme];

			if (t->mentions + t->negated == 0)
				continue;
			r->tallies[r->tally_count++] = (struct theme_tally){theme, t->mentions, t->negated, t->sentences};
			t->first_counted = mentions;
			mentions += t->mentions + t->negated;
		}
		r->touched[w] = 0;
	}
}

/* Mentions by theme; within a theme they came in order. */
static void sort_mentions(struct resolver *r)
{
	for (size_t i = 0; i < r->tally_count; i++)
		r->themes[r->tallies[i].theme].next_counted = r->themes[r->tallies[i].theme].first_counted;
	if (r->counted_count > r->mention_capacity) {
		r->mention_capacity = r->counted_count + r->counted_count / 2;
		r->mentions = mem_realloc(r->mentions, r->mention_capacity, sizeof *r->mentions);
		r->mention_candidates = mem_realloc(r->mention_candidates, r->mention_capacity, sizeof *r->mention_candidates);
	}
	for (size_t i = 0; i < r->counted_count; i++) {
		const struct counted *n = &r->counted[i];
		const struct candidate *c = candidate(r, n->candidate);
		uint32_t at = r->themes[n->theme].next_counted++;

		r->mentions[at] = (struct mention){n->theme, c->first, c->last, c->entry, n->cue};
		r->mention_candidates[at] = n->candidate;
	}
}

/* Of what is left over: the mention of its theme that holds a token of it. Mentions of a theme are apart from each other. */
static void find_beaten(struct resolver *r)
{
	for (uint32_t i = 0; i < r->scan->candidate_count; i++) {
		if (!r->alive[i] || r->fates[i].fate == FATE_COUNTED || r->fates[i].fate == FATE_NEGATED)
			continue;
		const struct theme_state *t = &r->themes[theme_of(r, i)];
		uint32_t low = t->first_counted, high = low + t->mentions + t->negated;

		while (low < high) {
			uint32_t middle = (low + high) / 2;

			if (r->mentions[middle].last < candidate(r, i)->first)
				low = middle + 1;
			else
				high = middle;
		}
		r->fates[i] = (struct candidate_fate){FATE_BEATEN, r->mention_candidates[low]};
	}
}

static void begin(struct resolver *r, const struct scanner *scanner, const struct scan *scan, unsigned wanted)
{
	size_t count = scan->candidate_count;

	r->scanner = scanner;
	r->scan = scan;
	r->wanted = wanted;
	r->counted_count = 0;
	r->cues_ready = false;
	if (++r->epoch == 0) { /* after four thousand million runs: no state may look current */
		for (size_t i = 0; i < r->lexicon->theme_count; i++)
			r->themes[i].epoch = 0;
		r->epoch = 1;
	}
	if (count > r->alive_capacity) {
		r->alive_capacity = count + count / 2;
		r->alive = mem_realloc(r->alive, r->alive_capacity, sizeof *r->alive);
	}
	if ((wanted & RESOLVE_FATES) && count > r->fate_capacity) {
		r->fate_capacity = count + count / 2;
		r->fates = mem_realloc(r->fates, r->fate_capacity, sizeof *r->fates);
	}
	for (size_t i = 0; i < count && (wanted & RESOLVE_FATES); i++)
		r->fates[i] = (struct candidate_fate){FATE_NO_CANDIDATE, UINT32_MAX};
}

void resolver_run(struct resolver *r, const struct scanner *scanner, const struct scan *scan, unsigned wanted, struct resolution *resolution)
{
	begin(r, scanner, scan, wanted);
	sort_by_role(r);
	if (r->exclusions.count)
		drop_excluded(r);
	switch (r->nested) {
	case NESTED_THEME:
		sweep(r, true, false);
		break;
	case NESTED_LEXICON:
		drop_nested(r);
		sweep(r, true, false);
		break;
	case NESTED_ALL:
		count_all(r);
		break;
	case NESTED_QUANTEDA_DICTIONARY:
		drop_as_quanteda_dictionary(r);
		count_longest(r);
		break;
	case NESTED_QUANTEDA_KEY:
		count_longest(r);
		break;
	}
	make_tallies(r);
	if (wanted)
		sort_mentions(r);
	if (wanted & RESOLVE_FATES)
		find_beaten(r);
	*resolution = (struct resolution){
		.tallies = r->tallies, .tally_count = r->tally_count,
		.mentions = wanted & RESOLVE_MENTIONS ? r->mentions : NULL, .mention_count = wanted & RESOLVE_MENTIONS ? r->counted_count : 0,
		.fates = wanted & RESOLVE_FATES ? r->fates : NULL,
	};
}
