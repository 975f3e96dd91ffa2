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

static inline void emit(struct scanner *s, uint32_t entry, bool whole, uint32_t first, uint32_t last)
{
	const uint8_t *gaps = s->tokens.gaps;

	if (whole && ((gaps[(ptrdiff_t)first - 1] | gaps[last]) & (GAP_HYPHEN | GAP_CUT)))
		return;
	add_candidate(s, first, last, entry);
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

		if (atom == NO_ATOM || sense_has(&s->senses[s->stream.tags[next].sense], atom))
			reach_add(to, next);
		/* the joined word that has its near half there */
		if (!((right ? gaps[next] : gaps[(ptrdiff_t)next - 1]) & GAP_CUT))
			continue;
		uint32_t cut = right ? next : next - 1;

		if (atom == NO_ATOM || sense_has(&s->senses[s->joined[cut_place(&s->tokens, cut)]], atom))
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

/* How many gaps may be crossed from a token outwards. */
static unsigned open_gaps(const struct scanner *s, bool comma, bool right, uint32_t token)
{
	const uint64_t *closed = comma ? s->tokens.break_bits : s->tokens.closed_bits;

	return right ? tokens_open_after(closed, token) : tokens_open_before(closed, token);
}

/* Where laying may go from a token outwards, as bits: bit k is k tokens away from it. */
struct window {
	uint64_t open; /* the gap beyond may be crossed: ones from bit 0 on */
	uint64_t cut;  /* the gap beyond is a cut */
};

static struct window look(const struct scanner *s, const struct variant *v, bool right, uint32_t token)
{
	unsigned open = open_gaps(s, v->comma, right, token);
	struct window w = {(1ull << open) - 1, 0};

	if (right) {
		w.cut = tokens_bits_after(s->tokens.cut_bits, token) & w.open;
	} else if (tokens_bits_before(s->tokens.cut_bits, token)) {
		for (unsigned k = 0; k < open; k++)
			w.cut |= (uint64_t)(s->tokens.gaps[token - 1 - k] & GAP_CUT ? 1 : 0) << k;
	}
	return w;
}

/* Bits that are up to n places above one of those given. */
static uint64_t spread(uint64_t bits, unsigned n)
{
	for (unsigned done = 0; done < n;) {
		unsigned shift = done + 1 < n - done ? done + 1 : n - done;

		bits |= bits << shift;
		done += shift;
	}
	return bits;
}

static uint64_t keep_satisfying(const struct scanner *s, bool right, uint32_t token, uint64_t ends, bool joined, uint32_t atom)
{
	const unsigned guard = s->matcher->layout.guard_bits[atom]; /* most words that do not satisfy it are told by that */

	for (uint64_t bits = ends; bits; bits &= bits - 1) {
		uint32_t k = (uint32_t)__builtin_ctzll(bits), at = right ? token + k : token - k;

		if (!joined && guard != NO_GUARD && !(s->stream.keys[at].guards[guard / 64] >> (guard % 64) & 1)) {
			ends &= ~(bits & -bits);
			continue;
		}
		uint32_t sense = joined ? s->joined[cut_place(&s->tokens, right ? at - 1 : at)] : s->stream.tags[at].sense;

		if (!sense_has(&s->senses[sense], atom))
			ends &= ~(bits & -bits);
	}
	return ends;
}

/* lay() in one machine word, for variants that reach over no more than OPEN_MOST tokens. Returns the ends as bits. */
static uint64_t lay_near(const struct scanner *s, const struct variant *v, bool right, uint32_t token)
{
	const struct step *steps = s->matcher->layout.steps + v->steps;
	int step = right ? v->anchor + v->anchor_count : v->anchor - 1, stop = right ? v->count : -1;
	uint64_t ends = 1;

	if (step == stop)
		return ends;
	struct window w = look(s, v, right, token);

	for (; step != stop && ends; step += right ? 1 : -1) {
		const struct step *what = &steps[step];

		if (what->kind == STEP_GAP && !w.cut) {
			ends = spread(ends, what->value) & (w.open << 1 | 1);
			continue;
		}
		uint64_t level = ends;

		for (unsigned n = 0; n < (what->kind == STEP_GAP ? what->value : 1) && level; n++) {
			uint64_t single = (level & w.open) << 1, joined = (single & w.open & w.cut) << 1;

			if (what->kind == STEP_ATOM) {
				single = keep_satisfying(s, right, token, single, false, what->value);
				joined = keep_satisfying(s, right, token, joined, true, what->value);
			}
			level = single | joined;
			ends = what->kind == STEP_GAP ? ends | level : level;
		}
	}
	return ends;
}

/* A variant whose anchor stands at first..last, its inner gaps being open. */
static void lay_out(struct scanner *s, const struct variant *v, uint32_t first, uint32_t last)
{
	/* a word may be one of two tokens joined */
	unsigned left_most = s->tokens.cut_count ? 2u * v->left : v->left, right_most = s->tokens.cut_count ? 2u * v->right : v->right;

	if (left_most <= OPEN_MOST && right_most <= OPEN_MOST) {
		uint64_t left = lay_near(s, v, false, first);

		for (uint64_t right = left ? lay_near(s, v, true, last) : 0; right; right &= right - 1)
			for (uint64_t bits = left; bits; bits &= bits - 1)
				emit(s, v->entry, v->whole, first - (uint32_t)__builtin_ctzll(bits), last + (uint32_t)__builtin_ctzll(right));
		return;
	}
	struct reach *left = &s->reaches[0], *right = &s->reaches[1];

	lay(s, v, false, first, left);
	if (!left->count)
		return;
	lay(s, v, true, last, right);
	for (size_t i = 0; i < left->count; i++)
		for (size_t k = 0; k < right->count; k++)
			emit(s, v->entry, v->whole, left->tokens[i], right->tokens[k]);
}

/* Whether laying out a variant around first..last can meet a cut; each word beyond the anchor may be two tokens. */
static bool may_meet_cut(const struct scanner *s, const struct trial *t, uint32_t first, uint32_t last)
{
	uint64_t ahead = tokens_bits_after(s->tokens.cut_bits, last), behind = tokens_bits_before(s->tokens.cut_bits, first);

	if (t->flags & TRIAL_FAR)
		return true;
	if (!(ahead | behind))
		return false;
	const struct variant *v = &s->matcher->layout.variants[t->variant];

	return (ahead & ((2ull << 2 * v->right) - 1)) || behind >> (63 - 2 * v->left);
}

/* What is known of the surroundings of an anchor. */
struct around {
	uint32_t first, last;
	uint32_t window;              /* of the trials that guards were collected for; 0: nothing is known yet */
	enum { CUT_NONE, CUT_FAR, CUT_NEAR } cut; /* in the text; so near that may_meet_cut() must be asked */
	int8_t low[2], high[2];       /* how far the gaps may be crossed to the left, to the right, without and with commas; as far as a guard may be, if that is not known */
	uint64_t guards[GUARD_WORDS + 1]; /* that stand in the window; the last word means nothing */
};

static int8_t reach_of(unsigned open)
{
	return open < OPEN_MOST ? (int8_t)open : INT8_MAX; /* the next closed gap may be any way off */
}

static void look_around(const struct scanner *s, struct around *g)
{
	const struct tokens *t = &s->tokens;

	g->low[0] = (int8_t)-reach_of(tokens_open_before(t->closed_bits, g->first));
	g->low[1] = (int8_t)-reach_of(tokens_open_before(t->break_bits, g->first));
	g->high[0] = reach_of(tokens_open_after(t->closed_bits, g->last));
	g->high[1] = reach_of(tokens_open_after(t->break_bits, g->last));
	g->cut = CUT_NONE;
	if (t->cut_count)
		g->cut = tokens_bits_after(t->cut_bits, g->last) | tokens_bits_before(t->cut_bits, g->first) ? CUT_NEAR : CUT_FAR;
}

/* Collects the guards in a trial's window. */
static inline void collect_guards(const struct scanner *s, const struct trial *t, uint32_t window, struct around *g)
{
	typedef uint64_t half __attribute__((vector_size(16)));
	half low = {0, 0}, high = {0, 0};
	const bool comma = t->flags & TRIAL_COMMA;

	if (!g->window)
		look_around(s, g);
	g->window = window;
	/* a window is on one side of the anchor, and the bound of the other side leaves it as it is */
	const int from = t->guard_from > g->low[comma] ? t->guard_from : g->low[comma], to = t->guard_to < g->high[comma] ? t->guard_to : g->high[comma];
	const struct sense_key *base = s->stream.keys + (t->guard_from > 0 ? g->last : g->first);

	for (const struct sense_key *k = base + from, *end = base + to; k <= end; k++) {
		half a, b;

		_Static_assert(sizeof *k == 2 * sizeof a && offsetof(struct sense_key, guards) == 0, "a key is two halves, guards first");
		memcpy(&a, k, sizeof a);
		memcpy(&b, (const char *)k + sizeof a, sizeof b);
		low |= a;
		high |= b;
	}
	memcpy(g->guards, &low, sizeof low);
	memcpy(g->guards + 2, &high, sizeof high);
}

/* Whether a guard that was not seen in its window does not matter, for words there may be joined. */
static inline bool cut_allows(const struct scanner *s, const struct trial *t, const struct around *g)
{
	return g->cut == CUT_NEAR ? may_meet_cut(s, t, g->first, g->last) : g->cut == CUT_FAR && (t->flags & TRIAL_FAR);
}

static inline bool guard_seen(const struct trial *t, const struct around *g)
{
	return g->guards[t->guard_bit / 64] >> (t->guard_bit % 64) & 1;
}

/* False if the guard shows that the variant cannot be laid out around the anchor. */
static bool guard_allows(const struct scanner *s, const struct trial *t, struct around *g)
{
	if (t->flags & TRIAL_OPEN)
		return true;
	if (g->window != trial_window(t))
		collect_guards(s, t, trial_window(t), g);
	return guard_seen(t, g) || cut_allows(s, t, g);
}

/* False if the second guard shows that the variant cannot be laid out around first..last. */
static inline bool second_allows(const struct scanner *s, const struct trial *t, uint32_t first, uint32_t last)
{
	const struct variant *v = &s->matcher->layout.variants[t->variant];
	const struct sense_key *base = s->stream.keys + (v->second_from > 0 ? last : first);
	uint64_t found = 0;

	if (!v->second_from)
		return true;
	for (const struct sense_key *k = base + v->second_from, *end = base + v->second_to; k <= end; k++)
		found |= k->guards[v->second_bit / 64];
	return (found >> (v->second_bit % 64) & 1) || (s->tokens.cut_count && may_meet_cut(s, t, first, last));
}

/* nodes: of a run, whose words are as many as those of the anchor */
static bool satisfies(const struct scanner *s, const struct variant *v, const struct node *nodes, unsigned count)
{
	const struct step *steps = s->matcher->layout.steps + v->steps + v->anchor;

	for (unsigned k = 0; k < count; k++)
		if (!sense_has(&s->senses[nodes[k].sense], steps[k].value))
			return false;
	return true;
}

/* A trial with TRIAL_NEAR around first..last, where there is no cut. */
static void emit_near(struct scanner *s, const struct trial *t, uint32_t first, uint32_t last)
{
	const struct sense_key *keys = s->stream.keys;
	bool right = t->guard_from > 0;
	uint32_t base = right ? last : first;
	int open = (int)open_gaps(s, t->flags & TRIAL_COMMA, right, base);
	uint64_t ends = 0;

	for (int k = t->guard_from; k <= t->guard_to; k++)
		ends |= (uint64_t)(keys[(ptrdiff_t)base + k].guards[t->guard_bit / 64] >> (t->guard_bit % 64) & 1) << (right ? k : -k);
	for (ends &= (2ull << open) - 1; ends; ends &= ends - 1) {
		uint32_t k = (uint32_t)__builtin_ctzll(ends), at = right ? base + k : base - k;

		if (sense_has(&s->senses[s->stream.tags[at].sense], t->guard))
			emit(s, t->entry, t->flags & TRIAL_WHOLE, right ? first : at, right ? at : last);
	}
}

/* ---- runs ---- */

int find_run(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *scanner)
{
	struct scanner *s = scanner;
	const struct layout *l = &s->matcher->layout;
	const struct run *r = &l->runs[id];
	const uint64_t place = l->code_width == 2 ? to / 2 : to / 3; /* dividing by what is not known beforehand takes thirty times as long */
	uint32_t count = r->count, last = s->stream.stream_tokens[place - 1], first = last + 1 - count;
	struct node nodes[RUN_MOST];
	unsigned gap = 0;

	(void)from;
	(void)flags;
	for (uint32_t k = 0; k < count; k++)
		nodes[k] = (struct node){first + k, first + k, s->stream.tags[first + k].sense};
	for (uint32_t i = first; i < last; i++)
		gap |= s->tokens.gaps[i];
	struct around g = {.first = first, .last = last, .window = 0};

	for (const struct trial *t = l->trials + r->trials.first, *end = t + r->trials.count; t < end; t++) {
		if (!gap_is_open(gap, t->flags & TRIAL_COMMA))
			continue;
		if (t->flags & TRIAL_SIMPLE)
			emit(s, t->entry, t->flags & TRIAL_WHOLE, first, last);
		else if (guard_allows(s, t, &g) && second_allows(s, t, first, last) &&
		         ((t->flags & TRIAL_CODED) || satisfies(s, &l->variants[t->variant], nodes, count)))
			lay_out(s, &l->variants[t->variant], first, last);
	}
	return 0;
}

/* A path of words under way. */
struct path {
	uint32_t codes[RUN_MOST];
	struct node nodes[RUN_MOST];
	unsigned count, gap;
	bool other; /* some word of it is not read as the stream has it */
};

static void try_path(struct scanner *s, const struct path *p)
{
	const struct layout *l = &s->matcher->layout;
	const struct run *r = layout_run(l, p->codes);

	if (!r)
		return;
	for (uint32_t i = 0; i < r->trials.count; i++) {
		const struct variant *v = &l->variants[l->trials[r->trials.first + i].variant];

		if (gap_is_open(p->gap, v->comma) && satisfies(s, v, p->nodes, p->count))
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
		const struct sense_more *sense = &s->more[nodes[i].sense];
		unsigned after = s->tokens.gaps[nodes[i].last];

		p->nodes[n] = nodes[i];
		for (uint32_t c = 0; c < sense->code_count; c++) {
			if (!sense->codes[c])
				continue;
			p->codes[n] = sense->codes[c];
			p->other = other || c > 0 || i > 0;
			if (p->other && n >= 2)
				try_path(s, p);
			if (n + 1 < RUN_MOST && !(after & GAP_BREAK)) {
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

	if (!s->matcher->layout.run_count)
		return;
	while (several < s->stream.several_count || cut < t->cut_count) {
		uint32_t a = several < s->stream.several_count ? s->stream.several[several] : UINT32_MAX;
		uint32_t b = cut < t->cut_count ? t->cuts[cut] : UINT32_MAX, place = a < b ? a : b;
		uint32_t back = place < 2 * (RUN_MOST - 1) ? place : 2 * (RUN_MOST - 1); /* words before it may be joined ones */

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

/* ---- single words and pairs ----
 *
 * What is looked at here lies far apart in memory: the meeting of two sides, the trials, the variants. So the work goes in rounds over a stretch of text, each of
 * which asks for the memory that the next one reads. */

/* One anchor that was found, with the trials that hang on it. */
struct found_anchor {
	uint32_t first, last;
	const struct trial *trials;
	uint32_t count;
	uint32_t gap;         /* what lies inside the anchor */
};

/* A trial that was not ruled out from afar. */
struct pending {
	const struct trial *trial;
	uint32_t first, last;
};

enum { ANCHORS_MOST = 64, PENDING_MOST = 128, LOOK_AHEAD = 4 };

/* Anchors on their way to candidates. */
struct finding {
	struct scanner *s;
	unsigned anchor_count, pending_count;
	struct found_anchor anchors[ANCHORS_MOST];
	struct pending pending[PENDING_MOST];
};

static void lay_out_pending(struct finding *f)
{
	const struct layout *l = &f->s->matcher->layout;

	for (unsigned i = 0; i < 2 * LOOK_AHEAD && i < f->pending_count; i++)
		__builtin_prefetch(&l->variants[f->pending[i].trial->variant]);
	for (unsigned i = 0; i < f->pending_count; i++) {
		const struct pending *p = &f->pending[i];

		if (i + 2 * LOOK_AHEAD < f->pending_count)
			__builtin_prefetch(&l->variants[p[2 * LOOK_AHEAD].trial->variant]);
		if (i + LOOK_AHEAD < f->pending_count)
			__builtin_prefetch(l->steps + l->variants[p[LOOK_AHEAD].trial->variant].steps);
		if (p->trial->flags & TRIAL_SIMPLE)
			emit(f->s, p->trial->entry, p->trial->flags & TRIAL_WHOLE, p->first, p->last);
		else if ((p->trial->flags & TRIAL_NEAR) && !(f->s->tokens.cut_count && may_meet_cut(f->s, p->trial, p->first, p->last)))
			emit_near(f->s, p->trial, p->first, p->last);
		else if (second_allows(f->s, p->trial, p->first, p->last))
			lay_out(f->s, &l->variants[p->trial->variant], p->first, p->last);
	}
	f->pending_count = 0;
}

/* Keeps a trial if it is not ruled out. Whether it is depends on the text, so there is no branch on it. */
static inline void add_pending(struct finding *f, const struct trial *t, const struct around *g, bool keep)
{
	f->pending[f->pending_count] = (struct pending){t, g->first, g->last};
	f->pending_count += keep;
	if (f->pending_count == PENDING_MOST)
		lay_out_pending(f);
}

static void try_anchors(struct finding *f)
{
	for (unsigned i = 0; i < f->anchor_count; i++) {
		const struct found_anchor *a = &f->anchors[i];
		const struct trial *t = a->trials, *end = t + a->count;
		struct around g = {.first = a->first, .last = a->last, .window = 0};

		while (t < end) { /* one window after the other */
			const uint32_t window = trial_window(t);

			if (!gap_is_open(a->gap, t->flags & TRIAL_COMMA)) {
				while (++t < end && trial_window(t) == window)
					;
			} else if (!t->guard_from) { /* none has a guard */
				do
					add_pending(f, t, &g, true);
				while (++t < end && trial_window(t) == window);
			} else {
				collect_guards(f->s, t, window, &g);
				do
					add_pending(f, t, &g, guard_seen(t, &g) || (__builtin_expect(g.cut != CUT_NONE, 0) && cut_allows(f->s, t, &g)));
				while (++t < end && trial_window(t) == window);
			}
		}
	}
	lay_out_pending(f);
	f->anchor_count = 0;
}

static void add_anchor(struct finding *f, uint32_t first, uint32_t last, const struct trial *trials, uint32_t count, unsigned gap)
{
	if (!count)
		return;
	__builtin_prefetch(trials);
	f->anchors[f->anchor_count++] = (struct found_anchor){first, last, trials, count, gap};
	if (f->anchor_count == ANCHORS_MOST)
		try_anchors(f);
}

static void add_single(struct finding *f, uint32_t first, uint32_t last, uint32_t sense)
{
	add_anchor(f, first, last, f->s->senses[sense].singles, f->s->senses[sense].single_count, GAP_PLAIN);
}

static void add_pair(struct finding *f, const struct node *left, const struct node *right)
{
	uint32_t count;
	const struct trial *trials = words_pair(f->s->words, left->sense, right->sense, &count);

	add_anchor(f, left->first, right->last, trials, count, f->s->tokens.gaps[left->last]);
}

/* The pairs that have the word of a cut on one side or both. */
static void add_joined(struct finding *f, uint32_t cut)
{
	const struct scanner *s = f->s;
	uint32_t first = s->tokens.cuts[cut], last = first + 1;
	struct node joined = {first, last, s->joined[cut]}, nodes[2];

	add_single(f, first, last, joined.sense);
	if (!(s->tokens.gaps[last] & GAP_BREAK))
		for (unsigned n = nodes_from(s, last + 1, nodes); n > 0; n--)
			add_pair(f, &joined, &nodes[n - 1]);
	if (!(s->tokens.gaps[(ptrdiff_t)first - 1] & GAP_BREAK)) /* a joined word before it has done this pair */
		add_pair(f, &(struct node){first - 1, first - 1, s->stream.tags[first - 1].sense}, &joined);
}

void find_direct(struct scanner *s)
{
	const struct word_stream *w = &s->stream;
	struct finding f;
	uint32_t single = 0, pair = 0, single_ahead = 0, pair_ahead = 0;

	f.s = s;
	f.anchor_count = f.pending_count = 0;
	w->singles[w->single_count] = w->pairs[w->pair_count] = UINT32_MAX;
	for (;;) { /* both in the order of the text, so that candidates need little sorting */
		uint32_t token = w->singles[single], left = w->pairs[pair];

		for (; single_ahead < w->single_count && single_ahead < single + LOOK_AHEAD; single_ahead++)
			__builtin_prefetch(&s->senses[w->tags[w->singles[single_ahead]].sense]);
		for (; pair_ahead < w->pair_count && pair_ahead < pair + LOOK_AHEAD; pair_ahead++)
			words_pair_ahead(s->words, w->sides[w->pairs[pair_ahead]].left, w->sides[w->pairs[pair_ahead] + 1].right);
		if (token < left) {
			add_single(&f, token, token, w->tags[token].sense);
			single++;
		} else if (left != UINT32_MAX) {
			add_pair(&f, &(struct node){left, left, w->tags[left].sense}, &(struct node){left + 1, left + 1, w->tags[left + 1].sense});
			pair++;
		} else {
			break;
		}
	}
	for (uint32_t i = 0; i < s->tokens.cut_count; i++)
		add_joined(&f, i);
	try_anchors(&f);
}
