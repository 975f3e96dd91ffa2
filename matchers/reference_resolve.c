/* The reference counter's sections 4 and 5: one pass over the candidates for each step. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "matchers/reference.h"

enum { BEFORE_REACH = 8, AFTER_REACH = 5 };

struct resolving {
	const struct lexicon *lexicon;
	enum nested nested;
	struct reference *r;
	bool *alive;    /* candidates of themes that no step has dropped yet */
	bool *counted;  /* those that the theme now worked on counts */
	uint32_t widest; /* most tokens in a candidate */
};

static const struct entry *entry_of(const struct resolving *v, size_t i)
{
	return &v->lexicon->entries[v->r->candidates[i].entry];
}

static const struct candidate *candidate(const struct resolving *v, size_t i)
{
	return &v->r->candidates[i];
}

static uint32_t width(const struct resolving *v, size_t i)
{
	return candidate(v, i)->last - candidate(v, i)->first + 1;
}

static bool same_tokens(const struct resolving *v, size_t i, size_t j)
{
	return candidate(v, i)->first == candidate(v, j)->first && candidate(v, i)->last == candidate(v, j)->last;
}

static bool lies_within(const struct resolving *v, size_t inner, size_t outer)
{
	return candidate(v, outer)->first <= candidate(v, inner)->first && candidate(v, inner)->last <= candidate(v, outer)->last;
}

static bool overlap(const struct resolving *v, size_t i, size_t j)
{
	return candidate(v, i)->first <= candidate(v, j)->last && candidate(v, j)->first <= candidate(v, i)->last;
}

/* Candidates are sorted by their first token: none before this index has a token at or after the given one. */
static size_t first_that_reaches(const struct resolving *v, uint32_t token)
{
	size_t low = 0, high = v->r->candidate_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if ((uint64_t)candidate(v, middle)->first + v->widest <= token)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The first candidate that shares a token with i and that is_one() accepts, or NONE. */
#define NONE SIZE_MAX
static size_t find_overlapping(const struct resolving *v, size_t i, bool (*is_one)(const struct resolving *v, size_t i, size_t other))
{
	for (size_t j = first_that_reaches(v, candidate(v, i)->first); j < v->r->candidate_count && candidate(v, j)->first <= candidate(v, i)->last; j++)
		if (overlap(v, i, j) && is_one(v, i, j))
			return j;
	return NONE;
}

static void set_fate(struct resolving *v, size_t i, enum fate fate, size_t by)
{
	v->r->fates[i] = (struct candidate_fate){fate, by == NONE ? UINT32_MAX : (uint32_t)by};
}

static void drop(struct resolving *v, size_t i, enum fate fate, size_t by)
{
	v->alive[i] = false;
	set_fate(v, i, fate, by);
}

/* ---- step 1 ---- */

static void join_same(struct resolving *v)
{
	for (size_t i = 0; i < v->r->candidate_count; i++) {
		if (!v->alive[i])
			continue;
		for (size_t j = i + 1; j < v->r->candidate_count && same_tokens(v, i, j); j++)
			if (v->alive[j] && entry_of(v, j)->theme == entry_of(v, i)->theme)
				drop(v, j, FATE_SAME, i);
	}
}

/* ---- step 2 ---- */

static bool excludes(const struct resolving *v, size_t i, size_t other)
{
	const struct entry *exclusion = entry_of(v, other);

	return exclusion->role == ROLE_EXCLUSION && lies_within(v, i, other) &&
	       (exclusion->theme == THEME_ANY || theme_is_within(v->lexicon, entry_of(v, i)->theme, exclusion->theme));
}

static void drop_excluded(struct resolving *v)
{
	for (size_t i = 0; i < v->r->candidate_count; i++) {
		size_t by = v->alive[i] ? find_overlapping(v, i, excludes) : NONE;

		if (by != NONE)
			drop(v, i, FATE_EXCLUDED, by);
	}
}

/* ---- steps 3 and 4 ---- */

static bool is_counted(const struct resolving *v, size_t i, size_t other)
{
	(void)i;
	return v->counted[other];
}

/* Leftmost, then longest, then the entry that stands first; no token twice. */
static void count_leftmost(struct resolving *v, const bool *among)
{
	size_t n = v->r->candidate_count;
	uint32_t next_free = 0;

	for (size_t i = 0; i < n;) {
		size_t best = NONE, end = i;

		for (; end < n && candidate(v, end)->first == candidate(v, i)->first; end++)
			if (among[end] && (best == NONE || candidate(v, end)->last > candidate(v, best)->last))
				best = end;
		if (best != NONE && candidate(v, best)->first >= next_free) {
			v->counted[best] = true;
			next_free = candidate(v, best)->last + 1;
		}
		i = end;
	}
}

/* Longest, then leftmost, then the entry that stands first; no token twice. */
static void count_longest(struct resolving *v, const bool *among)
{
	for (uint32_t tokens = v->widest; tokens > 0; tokens--)
		for (size_t i = 0; i < v->r->candidate_count; i++)
			if (among[i] && width(v, i) == tokens && find_overlapping(v, i, is_counted) == NONE)
				v->counted[i] = true;
}

static void clear(struct resolving *v, bool *flags)
{
	if (v->r->candidate_count)
		memset(flags, 0, v->r->candidate_count * sizeof *flags);
}

/* Marks the candidates left of a theme, with those of its descendants if asked for; false if there is none. */
static bool collect(struct resolving *v, uint32_t theme, bool descendants, bool *among)
{
	bool any = false;

	clear(v, among);
	for (size_t i = 0; i < v->r->candidate_count; i++) {
		if (!v->alive[i])
			continue;
		uint32_t own = entry_of(v, i)->theme;

		among[i] = own == theme || (descendants && theme_is_within(v->lexicon, own, theme));
		any |= among[i];
	}
	return any;
}

/* Whether other, a survivor, holds i strictly, and its theme is on another branch. */
static bool is_nested_in(const struct resolving *v, size_t i, size_t other)
{
	uint32_t a = entry_of(v, i)->theme, b = entry_of(v, other)->theme;

	return v->counted[other] && lies_within(v, i, other) && !same_tokens(v, i, other) && !theme_is_within(v->lexicon, a, b) &&
	       !theme_is_within(v->lexicon, b, a);
}

static void drop_nested(struct resolving *v, bool *among)
{
	size_t n = v->r->candidate_count;
	size_t *by = mem_calloc(n + 1, sizeof *by);

	clear(v, v->counted);
	for (uint32_t theme = 0; theme < v->lexicon->theme_count; theme++)
		if (collect(v, theme, false, among))
			count_leftmost(v, among);
	for (size_t i = 0; i < n; i++)
		by[i] = v->alive[i] ? find_overlapping(v, i, is_nested_in) : NONE;
	for (size_t i = 0; i < n; i++)
		if (by[i] != NONE)
			drop(v, i, FATE_NESTED, by[i]);
	free(by);
}

static bool is_counted_of_same_theme(const struct resolving *v, size_t i, size_t other)
{
	return v->counted[other] && entry_of(v, i)->theme == entry_of(v, other)->theme;
}

/* The first pass of quanteda-dictionary. */
static void drop_as_quanteda_dictionary(struct resolving *v)
{
	size_t n = v->r->candidate_count;
	bool *taken = mem_calloc((size_t)v->r->words + 1, sizeof *taken);

	clear(v, v->counted);
	for (uint32_t tokens = v->widest; tokens > 0; tokens--)
		for (size_t i = 0, end; i < n; i = end) {
			const struct candidate *c = candidate(v, i);
			bool all_taken = true, any = false;

			for (end = i; end < n && same_tokens(v, i, end); end++)
				;
			if (width(v, i) != tokens)
				continue;
			for (uint32_t k = c->first; k <= c->last; k++)
				all_taken &= taken[k];
			if (all_taken)
				continue;
			for (size_t j = i; j < end; j++)
				if (v->alive[j] && find_overlapping(v, j, is_counted_of_same_theme) == NONE)
					any = v->counted[j] = true;
			for (uint32_t k = c->first; any && k <= c->last; k++)
				taken[k] = true;
		}
	for (size_t i = 0; i < n; i++) {
		if (!v->alive[i] || v->counted[i])
			continue;
		size_t by = find_overlapping(v, i, is_counted_of_same_theme);
		drop(v, i, by == NONE ? FATE_NESTED : FATE_BEATEN, by);
	}
	free(taken);
}

/* ---- section 5 ---- */

static bool is_pseudo_cue_around(const struct resolving *v, size_t cue, size_t other)
{
	return entry_of(v, other)->role == ROLE_PSEUDO_CUE && lies_within(v, cue, other);
}

/* A terminator after token left and before token right. */
static bool terminated(const struct resolving *v, uint32_t left, uint32_t right)
{
	for (size_t i = first_that_reaches(v, left); i < v->r->candidate_count && candidate(v, i)->first < right; i++)
		if (entry_of(v, i)->role == ROLE_TERMINATOR && candidate(v, i)->first > left && candidate(v, i)->last < right)
			return true;
	return false;
}

static bool negates(const struct resolving *v, size_t cue, size_t mention)
{
	const struct candidate *c = candidate(v, cue), *m = candidate(v, mention);
	uint32_t left, right;

	if (entry_of(v, cue)->role == ROLE_CUE_BEFORE) {
		if (m->first <= c->last || m->first - c->last > BEFORE_REACH)
			return false;
		left = c->last;
		right = m->first;
	} else {
		if (c->first <= m->last || c->first - m->last > AFTER_REACH)
			return false;
		left = m->last;
		right = c->first;
	}
	return v->r->token_sentence[left] == v->r->token_sentence[right] && !terminated(v, left, right) &&
	       find_overlapping(v, cue, is_pseudo_cue_around) == NONE;
}

/* Whether cue a is named rather than b. */
static bool is_nearer(const struct resolving *v, size_t a, size_t b)
{
	bool before = entry_of(v, a)->role == ROLE_CUE_BEFORE;

	if (before != (entry_of(v, b)->role == ROLE_CUE_BEFORE))
		return before;
	if (before)
		return candidate(v, a)->last > candidate(v, b)->last;
	return candidate(v, a)->first < candidate(v, b)->first;
}

static uint32_t find_cue(const struct resolving *v, size_t mention)
{
	const struct candidate *m = candidate(v, mention);
	uint32_t reach = m->first > BEFORE_REACH ? m->first - BEFORE_REACH : 0;
	size_t best = NONE;

	if (!v->lexicon->themes[entry_of(v, mention)->theme].negatable)
		return NO_CUE;
	for (size_t i = first_that_reaches(v, reach); i < v->r->candidate_count && candidate(v, i)->first <= m->last + AFTER_REACH; i++) {
		enum entry_role role = entry_of(v, i)->role;

		if ((role == ROLE_CUE_BEFORE || role == ROLE_CUE_AFTER) && negates(v, i, mention) && (best == NONE || is_nearer(v, i, best)))
			best = i;
	}
	return best == NONE ? NO_CUE : (uint32_t)best;
}

/* ---- tables ---- */

struct growing {
	size_t mentions, tallies;
};

static void add_mentions(struct resolving *v, uint32_t theme, struct growing *capacity)
{
	struct reference *r = v->r;
	struct theme_tally tally = {.theme = theme};
	uint32_t last_sentence = UINT32_MAX;

	for (size_t i = 0; i < r->candidate_count; i++) {
		if (!v->counted[i])
			continue;
		const struct candidate *c = candidate(v, i);
		struct mention m = {theme, c->first, c->last, c->entry, find_cue(v, i)};
		MEM_GROW(r->mentions, r->mention_count, capacity->mentions);
		r->mentions[r->mention_count++] = m;
		if (entry_of(v, i)->theme == theme)
			set_fate(v, i, m.cue == NO_CUE ? FATE_COUNTED : FATE_NEGATED, m.cue == NO_CUE ? NONE : m.cue);
		if (m.cue != NO_CUE) {
			tally.negated++;
			continue;
		}
		tally.mentions++;
		tally.sentences += r->token_sentence[c->first] != last_sentence;
		last_sentence = r->token_sentence[c->first];
	}
	if (tally.mentions + tally.negated) {
		MEM_GROW(r->tallies, r->tally_count, capacity->tallies);
		r->tallies[r->tally_count++] = tally;
	}
}

static void count_theme(struct resolving *v, uint32_t theme, const bool *among)
{
	clear(v, v->counted);
	switch (v->nested) {
	case NESTED_THEME:
	case NESTED_LEXICON:
		count_leftmost(v, among);
		break;
	case NESTED_ALL:
		memcpy(v->counted, among, v->r->candidate_count * sizeof *among);
		break;
	case NESTED_QUANTEDA_KEY:
	case NESTED_QUANTEDA_DICTIONARY:
		count_longest(v, among);
		break;
	}
	for (size_t i = 0; i < v->r->candidate_count; i++)
		if (among[i] && !v->counted[i] && entry_of(v, i)->theme == theme)
			set_fate(v, i, FATE_BEATEN, find_overlapping(v, i, is_counted));
}

void reference_resolve(const struct lexicon *lexicon, enum nested nested, struct reference *r)
{
	size_t n = r->candidate_count;
	struct resolving v = {.lexicon = lexicon, .nested = nested, .r = r};
	bool *among = mem_calloc(n + 1, sizeof *among);
	struct growing capacity = {0, 0};

	free(r->tallies);
	free(r->mentions);
	free(r->fates);
	r->tallies = NULL;
	r->mentions = NULL;
	r->tally_count = r->mention_count = 0;
	r->fates = mem_calloc(n + 1, sizeof *r->fates);
	v.alive = mem_calloc(n + 1, sizeof *v.alive);
	v.counted = mem_calloc(n + 1, sizeof *v.counted);
	for (size_t i = 0; i < n; i++) {
		v.alive[i] = entry_of(&v, i)->role == ROLE_MENTION;
		v.widest = width(&v, i) > v.widest ? width(&v, i) : v.widest;
		set_fate(&v, i, FATE_NO_CANDIDATE, NONE);
	}
	join_same(&v);
	drop_excluded(&v);
	if (nested == NESTED_LEXICON)
		drop_nested(&v, among);
	if (nested == NESTED_QUANTEDA_DICTIONARY)
		drop_as_quanteda_dictionary(&v);
	for (uint32_t theme = 0; theme < lexicon->theme_count; theme++)
		if (collect(&v, theme, true, among)) {
			count_theme(&v, theme, among);
			add_mentions(&v, theme, &capacity);
		}
	free(among);
	free(v.alive);
	free(v.counted);
}
