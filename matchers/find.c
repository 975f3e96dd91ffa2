/* From anchors to candidates: every variant whose anchor was found is laid out on the tokens to both sides of it. */
#include <stdlib.h>
#include <string.h>

#include "matchers/scanner.h"

void add_candidate(struct scanner *s, uint32_t first, uint32_t last, uint32_t entry)
{
	MEM_GROW(s->candidates, s->candidate_count, s->candidate_capacity);
	s->candidates[s->candidate_count++] = (struct candidate){first, last, entry};
}

/* Place of a token in tokens.cuts; it is there. */
static uint32_t cut_place(const struct tokens *t, uint32_t token)
{
	uint32_t low = 0, high = t->cut_count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (t->cuts[middle] < token)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The nodes that begin at a token: the token, and the word it is the first half of. Returns how many. */
static unsigned nodes_from(const struct scanner *s, uint32_t token, struct node nodes[2])
{
	const struct tokens *t = &s->tokens;

	nodes[0] = (struct node){token, token, s->stream.tags[token].sense};
	if (!(t->gaps[token] & GAP_CUT))
		return 1;
	nodes[1] = (struct node){token, token + 1, s->joined[cut_place(t, token)]};
	return 2;
}

static bool gap_is_open(unsigned gap, bool comma)
{
	return !(gap & GAP_BREAK) && (comma || !(gap & GAP_SOFT));
}

static void emit(struct scanner *s, const struct variant *v, uint32_t first, uint32_t last)
{
	const uint8_t *gaps = s->tokens.gaps;

	if (v->whole && ((gaps[(ptrdiff_t)first - 1] | gaps[last]) & (GAP_HYPHEN | GAP_CUT)))
		return;
	add_candidate(s, first, last, v->entry);
}

/* ---- laying out ---- */

static void reach_add(struct reach *r, uint32_t token)
{
	if (r->count && r->tokens[r->count - 1] == token)
		return;
	MEM_GROW(r->tokens, r->count, r->capacity);
	r->tokens[r->count++] = token;
}

/* From each outermost token to those one word further out (right: towards the end of the text), if the gap may be crossed and the word satisfies
 * the atom (any word if NO_ATOM). Both sets are in the order of going outwards, without doubles. */
static void reach_step(const struct scanner *s, const struct variant *v, bool right, uint32_t atom, const struct reach *from, struct reach *to)
{
	const uint8_t *gaps = s->tokens.gaps;

	to->count = 0;
	for (size_t i = 0; i < from->count; i++) {
		uint32_t at = from->tokens[i];

		if (!gap_is_open(right ? gaps[at] : gaps[(ptrdiff_t)at - 1], v->comma))
			continue;
		uint32_t next = right ? at + 1 : at - 1;

		if (atom == NO_ATOM || sense_has(words_sense(s->words, s->stream.tags[next].sense), atom))
			reach_add(to, next);
		/* the joined word that has its near half there */
		if (!((right ? gaps[next] : gaps[(ptrdiff_t)next - 1]) & GAP_CUT))
			continue;
		uint32_t cut = right ? next : next - 1;

		if (atom == NO_ATOM || sense_has(words_sense(s->words, s->joined[cut_place(&s->tokens, cut)]), atom))
			reach_add(to, right ? next + 1 : next - 1);
	}
}

/* Adds to a set what of another is not in it yet; fresh gets what was added. All in the same order. */
static void reach_merge(struct reach *into, const struct reach *from, bool right, struct reach *fresh)
{
	size_t at = 0;

	fresh->count = 0;
	for (size_t i = 0; i < from->count; i++) {
		uint32_t token = from->tokens[i];

		while (at < into->count && (right ? into->tokens[at] < token : into->tokens[at] > token))
			at++;
		if (at < into->count && into->tokens[at] == token)
			continue;
		MEM_GROW(into->tokens, into->count, into->capacity);
		memmove(into->tokens + at + 1, into->tokens + at, (into->count - at) * sizeof *into->tokens);
		into->tokens[at] = token;
		into->count++;
		reach_add(fresh, token);
	}
}

static void reach_swap(struct reach *a, struct reach *b)
{
	struct reach c = *a;

	*a = *b;
	*b = c;
}

/* Lays the steps from..to (to left out; downwards if to the left) on the tokens beyond `token`; the ends reached are left in *ends. */
static void lay(struct scanner *s, const struct variant *v, bool right, uint32_t token, struct reach *ends)
{
	struct reach *next = &s->reaches[2], *level = &s->reaches[3], *fresh = &s->reaches[4];
	const struct step *steps = s->matcher->layout.steps + v->steps;
	int step = right ? v->anchor + v->anchor_count : v->anchor - 1, stop = right ? v->count : -1;

	ends->count = 0;
	reach_add(ends, token);
	for (; step != stop && ends->count; step += right ? 1 : -1) {
		const struct step *what = &steps[step];

		if (what->kind != STEP_GAP) {
			reach_step(s, v, right, what->kind == STEP_ATOM ? what->value : NO_ATOM, ends, next);
			reach_swap(ends, next);
			continue;
		}
		level->count = 0;
		for (size_t i = 0; i < ends->count; i++)
			reach_add(level, ends->tokens[i]);
		for (uint32_t n = 0; n < what->value && level->count; n++) {
			reach_step(s, v, right, NO_ATOM, level, next);
			reach_merge(ends, next, right, fresh);
			reach_swap(level, fresh);
		}
	}
}

/* A variant whose anchor stands at first..last, its inner gaps being open. */
static void lay_out(struct scanner *s, const struct variant *v, uint32_t first, uint32_t last)
{
	struct reach *left = &s->reaches[0], *right = &s->reaches[1];

	lay(s, v, false, first, left);
	if (!left->count)
		return;
	lay(s, v, true, last, right);
	for (size_t i = 0; i < left->count; i++)
		for (size_t k = 0; k < right->count; k++)
			emit(s, v, left->tokens[i], right->tokens[k]);
}

static bool satisfies(const struct scanner *s, const struct variant *v, const struct node *nodes)
{
	const struct step *steps = s->matcher->layout.steps + v->steps + v->anchor;

	for (unsigned k = 0; k < v->anchor_count; k++)
		if (!sense_has(words_sense(s->words, nodes[k].sense), steps[k].value))
			return false;
	return true;
}

/* ---- runs ---- */

int find_run(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *scanner)
{
	struct scanner *s = scanner;
	const struct layout *l = &s->matcher->layout;
	const struct anchor *a = &l->anchors[id];
	uint32_t last = (uint32_t)(to / l->code_width) - 1, first = last + 1 - a->count;
	unsigned gap = 0;

	(void)from;
	(void)flags;
	for (uint32_t i = first; i < last; i++)
		gap |= s->tokens.gaps[i];
	if (gap & GAP_BREAK)
		return 0;
	for (uint32_t i = 0; i < a->variant_count; i++) {
		const struct variant *v = &l->variants[l->anchor_variants[a->variants + i]];
		struct node nodes[ANCHOR_MOST];

		if (!gap_is_open(gap, v->comma))
			continue;
		if (v->simple) {
			emit(s, v, first, last);
			continue;
		}
		for (uint32_t k = 0; k < a->count; k++)
			nodes[k] = (struct node){first + k, first + k, s->stream.tags[first + k].sense};
		if (satisfies(s, v, nodes))
			lay_out(s, v, first, last);
	}
	return 0;
}

/* A path of words under way. */
struct path {
	uint32_t codes[ANCHOR_MOST];
	struct node nodes[ANCHOR_MOST];
	unsigned count, gap;
	bool other; /* some word of it is not read as the stream has it */
};

static void try_path(struct scanner *s, const struct path *p)
{
	const struct layout *l = &s->matcher->layout;
	const struct anchor *a = layout_find(l, p->codes);

	if (!a)
		return;
	for (uint32_t i = 0; i < a->variant_count; i++) {
		const struct variant *v = &l->variants[l->anchor_variants[a->variants + i]];

		if (gap_is_open(p->gap, v->comma) && satisfies(s, v, p->nodes))
			lay_out(s, v, p->nodes[0].first, p->nodes[p->count - 1].last);
	}
}

static void follow(struct scanner *s, struct path *p, uint32_t token)
{
	struct node nodes[2];
	unsigned node_count = nodes_from(s, token, nodes), n = p->count, gap = p->gap;
	bool other = p->other;

	p->count++;
	for (unsigned i = 0; i < node_count; i++) {
		const struct sense *sense = words_sense(s->words, nodes[i].sense);
		unsigned after = s->tokens.gaps[nodes[i].last];

		p->nodes[n] = nodes[i];
		for (uint32_t c = 0; c < sense->code_count; c++) {
			if (!sense->codes[c])
				continue;
			p->codes[n] = sense->codes[c];
			p->other = other || c > 0 || i > 0;
			if (p->other && n >= 1)
				try_path(s, p);
			if (n + 1 < ANCHOR_MOST && !(after & GAP_BREAK)) {
				p->gap = gap | after;
				follow(s, p, nodes[i].last + 1);
				p->gap = gap;
			}
		}
	}
	p->codes[n] = 0;
	p->count = n;
	p->other = other;
}

void find_readings(struct scanner *s)
{
	const struct tokens *t = &s->tokens;
	uint32_t several = 0, cut = 0, from = 0;

	if (!s->matcher->layout.anchor_count)
		return;
	while (several < s->stream.several_count || cut < t->cut_count) {
		uint32_t a = several < s->stream.several_count ? s->stream.several[several] : UINT32_MAX;
		uint32_t b = cut < t->cut_count ? t->cuts[cut] : UINT32_MAX, place = a < b ? a : b;
		uint32_t back = place < 2 * (ANCHOR_MOST - 1) ? place : 2 * (ANCHOR_MOST - 1); /* words before it may be joined ones */

		several += a == place;
		cut += b == place;
		if (from < place - back)
			from = place - back;
		for (; from <= place; from++) {
			struct path p = {.count = 0};

			follow(s, &p, from);
		}
	}
}

/* ---- single words ---- */

static void trigger(struct scanner *s, const struct node *node)
{
	const struct layout *l = &s->matcher->layout;
	const struct sense *sense = words_sense(s->words, node->sense);

	for (uint32_t i = 0; i < sense->trigger_count; i++) {
		const struct variant *v = &l->variants[sense->triggers[i]];

		if (v->simple)
			emit(s, v, node->first, node->last);
		else
			lay_out(s, v, node->first, node->last);
	}
}

void find_triggers(struct scanner *s)
{
	for (uint32_t i = 0; i < s->stream.triggering_count; i++) {
		uint32_t token = s->stream.triggering[i];

		trigger(s, &(struct node){token, token, s->stream.tags[token].sense});
	}
	for (uint32_t i = 0; i < s->tokens.cut_count; i++)
		trigger(s, &(struct node){s->tokens.cuts[i], s->tokens.cuts[i] + 1, s->joined[i]});
}

/* ---- order ---- */

static bool is_before(const struct candidate *a, const struct candidate *b)
{
	if (a->first != b->first)
		return a->first < b->first;
	if (a->last != b->last)
		return a->last < b->last;
	return a->entry < b->entry;
}

/* Candidates come nearly in order, so insertion is linear on almost every text; false if it was given up after too many moves. */
static bool insertion_sort(struct candidate *c, size_t count)
{
	size_t moves = 0;

	for (size_t i = 1; i < count; i++) {
		struct candidate x = c[i];
		size_t k = i;

		for (; k > 0 && is_before(&x, &c[k - 1]); k--)
			c[k] = c[k - 1];
		c[k] = x;
		moves += i - k;
		if (moves > 16 * count + 256)
			return false;
	}
	return true;
}

static void merge_sort(struct scanner *s)
{
	size_t count = s->candidate_count;

	if (count > s->sorting_capacity) {
		s->sorting_capacity = count;
		s->sorting = mem_realloc(s->sorting, count, sizeof *s->sorting);
	}
	for (size_t width = 1; width < count; width *= 2) {
		struct candidate *from = s->candidates, *to = s->sorting;

		for (size_t at = 0; at < count; at += 2 * width) {
			size_t middle = at + width < count ? at + width : count, end = at + 2 * width < count ? at + 2 * width : count;
			size_t a = at, b = middle;

			for (size_t k = at; k < end; k++)
				to[k] = a < middle && (b >= end || !is_before(&from[b], &from[a])) ? from[a++] : from[b++];
		}
		memcpy(from, to, count * sizeof *to);
	}
}

void sort_candidates(struct scanner *s)
{
	struct candidate *c = s->candidates;
	size_t count = s->candidate_count, to = 0;

	if (!insertion_sort(c, count))
		merge_sort(s);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || is_before(&c[to - 1], &c[i]))
			c[to++] = c[i];
	s->candidate_count = to;
}
