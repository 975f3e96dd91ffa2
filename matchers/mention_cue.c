/* Section 5 of the counting rules: which cue negates a mention. */
#include "matchers/resolver.h"

enum { BEFORE_REACH = 8, AFTER_REACH = 5 };

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
	return tokens_sentence(&r->scanner->tokens, left) == tokens_sentence(&r->scanner->tokens, right) && !is_terminated(r, left, right);
}

uint32_t find_cue(struct resolver *r, uint32_t i)
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
