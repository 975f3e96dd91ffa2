/* Sections 4 and 5 of the counting rules. Under --nested theme everything is decided in one sweep over the candidates in text order, each of which is
 * offered to its theme and to that theme's ancestors; the work is that of the candidates, whatever the number of themes. */
#include "matchers/mention.h"

#include <stdlib.h>
#include <string.h>

#include "matchers/resolver.h"

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

static inline struct theme_state *state_of(struct resolver *r, uint32_t theme)
{
	struct theme_state *t = &r->themes[theme];

	if (t->epoch != r->epoch) {
		*t = (struct theme_state){.parent = t->parent, .epoch = r->epoch, .same = UINT32_MAX, .last_sentence = UINT32_MAX};
		r->touched[theme / 64] |= 1ull << (theme % 64);
	}
	return t;
}

void list_add(const struct resolver *r, struct index_list *l, uint32_t i)
{
	uint32_t width = candidate(r, i)->last - candidate(r, i)->first + 1;

	MEM_GROW(l->items, l->count, l->capacity);
	l->items[l->count++] = i;
	l->widest = width > l->widest ? width : l->widest;
}

void list_clear(struct index_list *l)
{
	l->count = 0;
	l->widest = 0;
}

size_t list_reaching(const struct resolver *r, const struct index_list *l, uint32_t token)
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

static void set_fate(struct resolver *r, uint32_t i, enum fate fate, uint32_t by)
{
	if (r->wanted & RESOLVE_FATES)
		r->fates[i] = (struct candidate_fate){fate, by};
}

void drop(struct resolver *r, uint32_t i, enum fate fate, uint32_t by)
{
	r->alive[i] = 0;
	set_fate(r, i, fate, by);
}

/* ---- steps 1 and 2 ---- */

static inline bool same_tokens(const struct candidate *a, const struct candidate *b)
{
	return a->first == b->first && a->last == b->last;
}

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
		const struct candidate *c = candidate(r, i);

		if (!(i > 0 && same_tokens(c - 1, c)) && !(i + 1 < r->scan->candidate_count && same_tokens(c, c + 1)))
			continue; /* no other has its tokens, for they are in order */
		struct theme_state *t = state_of(r, e->theme);

		if (t->same != UINT32_MAX && same_tokens(candidate(r, t->same), c))
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
	uint32_t any_to = 0, furthest = 0; /* of any theme, of all */
	size_t next = 0;

	for (uint32_t i = 0; i < r->scan->candidate_count; i++) {
		const struct candidate *c = candidate(r, i);
		bool excluded;

		for (; next < r->exclusions.count && candidate(r, r->exclusions.items[next])->first <= c->first; next++) {
			uint32_t theme = theme_of(r, r->exclusions.items[next]), to = candidate(r, r->exclusions.items[next])->last + 1;
			uint32_t *reach = theme == THEME_ANY ? &any_to : &state_of(r, theme)->excluded_to;

			*reach = to > *reach ? to : *reach;
			furthest = to > furthest ? to : furthest;
		}
		if (!r->alive[i] || furthest <= c->last)
			continue;
		excluded = any_to > c->last;
		for (uint32_t theme = theme_of(r, i); theme != THEME_NONE && !excluded; theme = r->themes[theme].parent)
			excluded = r->themes[theme].epoch == r->epoch && r->themes[theme].excluded_to > c->last;
		if (excluded)
			drop(r, i, FATE_EXCLUDED, r->wanted & RESOLVE_FATES ? exclusion_of(r, i) : UINT32_MAX);
	}
}

/* ---- counting ---- */

void count_mention(struct resolver *r, uint32_t theme, uint32_t i, uint32_t cue)
{
	const struct candidate *c = candidate(r, i);
	struct theme_state *t = state_of(r, theme);

	if (cue != NO_CUE) {
		t->negated++;
	} else {
		uint32_t sentence = tokens_sentence(&r->scanner->tokens, c->first);

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
