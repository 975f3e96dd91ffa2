#if defined __x86_64__
#include <immintrin.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "corpora/segment.h"

#define EDGE_MOST 120
#define TORN_LEAST 40 /* bytes of a line that a heading may be torn at */
#define TORN_MOST 120

/* So much of a long line as rules see, cut at a character. */
static size_t window_end(const char *text, size_t at, size_t end, bool *cut)
{
	*cut = end - at > LINE_WINDOW;
	if (!*cut)
		return end;
	end = at + LINE_WINDOW;
	while (((unsigned char)text[end] & 0xC0) == 0x80)
		end--;
	return end;
}

void segment_capture(const struct cutter *c, const struct rule *rule, size_t base, struct event *event)
{
	size_t start, end;
	for (unsigned i = 0; i < rule->capture_count; i++)
		if (rule_span(rule, c->memory, rule->captures[i], &start, &end)) {
			event->capture[rule->captures[i]][0] = (uint16_t)(start - base);
			event->capture[rule->captures[i]][1] = (uint16_t)(end - base);
		}
}

/* What the rule asks of a line besides its pattern. */
static bool allows(const struct rule *rule, const char *text, size_t start, size_t end, bool cut)
{
	if (rule->most && (cut || end - start > rule->most))
		return false;
	if (rule->ends && (end == start || (*rule->ends == '^' ? strchr(rule->ends + 1, text[end - 1]) != NULL : !strchr(rule->ends, text[end - 1]))))
		return false;
	for (const char *s = rule->not; s && *s;) {
		size_t n = strcspn(s, "|");
		if (end - start >= n && memcmp(text + start, s, n) == 0)
			return false;
		s += n + (s[n] == '|');
	}
	return true;
}

/* The signs that a line holds, looked for only if a rule asks. */
struct signs {
	uint32_t seen;
	bool words, tab, year; /* looked for */
};

static bool has_signs(const struct rules *rules, uint32_t needs, const char *text, size_t start, size_t end, struct signs *signs)
{
	const uint32_t tab = UINT32_C(1) << SIGN_TAB, year = UINT32_C(1) << SIGN_YEAR;
	size_t near = end - start > SIGN_BYTES ? start + SIGN_BYTES : end;
	if ((needs & tab) && !signs->tab) {
		signs->tab = true;
		signs->seen |= memchr(text + start, '\t', end - start) ? tab : 0;
	}
	if (needs & tab & ~signs->seen)
		return false;
	if ((needs & year) && !signs->year) {
		signs->year = true;
		signs->seen |= words_year(text + start, near - start) ? year : 0;
	}
	if (needs & year & ~signs->seen)
		return false;
	if ((needs & ~(tab | year)) && !signs->words) {
		signs->words = true;
		signs->seen |= words_values(&rules->signs, text + start, near - start);
	}
	return (signs->seen & needs) == needs;
}

const struct rule *segment_try(struct cutter *c, enum rule_kind kind, size_t start, size_t end)
{
	const struct rules *rules = c->s->rules;
	struct signs signs = {0};
	bool cut;
	end = window_end(c->text, start, end, &cut);
	for (size_t i = 0; i < rules->of_kind_count[kind]; i++) {
		const struct rule *rule = rules->of_kind[kind][i];
		if (!of_layout(rule, c->layout) || !allows(rule, c->text, start, end, cut))
			continue;
		if ((!rule->needs || has_signs(rules, rule->needs, c->text, start, end, &signs)) &&
		    regex_match(rule->regex, c->memory, c->text + start, end - start, 0, cut) == REGEX_YES)
			return rule;
	}
	return NULL;
}

static void add_edge(struct cutter *c, size_t start, size_t end)
{
	if (c->edge_count >= EVENTS_MOST || (c->edge_count && c->edge[c->edge_count - 1].end == end))
		return;
	MEM_GROW(c->edge, c->edge_count, c->edge_capacity);
	c->edge[c->edge_count++] = (struct edge){.start = start, .end = end};
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static void add_event(struct cutter *c, const struct rule *rule, size_t base, size_t line, uint64_t number)
{
	size_t start = 0, end = 0;
	regex_span(c->memory, 0, &start, &end);
	if (rule->kind == RULE_PAGE) {
		add_edge(c, base + start, base + end);
		return;
	}
	MEM_GROW(c->event, c->event_count, c->event_capacity);
	size_t to = c->event_count++;
	for (; to > 0 && c->event[to - 1].line == line && c->event[to - 1].rule->kind > rule->kind && rule->kind != RULE_INSIDE; to--)
		c->event[to] = c->event[to - 1]; /* of the rules that match one line the kind that comes first */
	struct event *e = &c->event[to];
	*e = (struct event){.at = base + start, .line = line, .end = base + end, .number = number, .rule = rule};
	segment_capture(c, rule, start, e);
}

static line_mask listed(const struct line_beginnings *t, uint32_t four)
{
	uint32_t hash = line_hash(four);
	if (!(t->seen[hash / 64] >> hash % 64 & 1)) /* nearly always, and in 8 KB */
		return 0;
	for (size_t at = line_hash(four) & (t->beginnings - 1); t->beginning[at].used; at = (at + 1) & (t->beginnings - 1))
		if (t->beginning[at].four == four)
			return t->beginning[at].mask;
	return 0;
}

/* The rules of m that can match where bytes s[0..n) begin. */
static inline line_mask narrow(const struct line_beginnings *t, const unsigned char *s, size_t n, line_mask m)
{
	if (n < REGEX_PREFIX || ((s[0] | s[1] | s[2] | s[3]) & 0x80)) {
		for (size_t i = 0; i < REGEX_PREFIX && i < n && (i == 0 || s[i - 1] < 0x80); i++)
			m &= t->place[i][s[i]];
		return m;
	}
	m &= t->place[0][s[0]] & t->place[1][s[1]] & t->place[2][s[2]] & t->place[3][s[3]];
	if (m & t->exact)
		m &= ~t->exact | listed(t, (uint32_t)s[0] | (uint32_t)s[1] << 8 | (uint32_t)s[2] << 16 | (uint32_t)s[3] << 24);
	return m;
}

/* A heading torn over two lines: the rules of m on both lines as one. Offsets stay what they are, a space standing for the line end. */
static void scan_torn(struct cutter *c, size_t line, size_t at, size_t end, uint64_t number, line_mask m)
{
	char both[2 * TORN_MOST + 2];
	size_t next = end + 1 < c->length ? line_end(c->text, c->length - end > TORN_MOST + 1 ? end + TORN_MOST + 1 : c->length, end + 1) : end;
	if (next == end || next - end > TORN_MOST || (next < c->length && c->text[next] != '\n'))
		return;
	size_t stop = line_trimmed(c->text, end + 1, next), n = stop - at;
	if (stop <= end + 1 || memchr(c->text + at, '\t', n))
		return;
	memcpy(both, c->text + at, n);
	both[end - at] = ' ';
	if (both[end - at - 1] == '\r')
		both[end - at - 1] = ' ';
	struct signs signs = {0};
	for (; m; m &= m - 1) {
		const struct rule *rule = c->s->rules->lines.rule[__builtin_ctzll(m)];
		if (!allows(rule, both, 0, n, false) || (rule->needs && !has_signs(c->s->rules, rule->needs, both, 0, n, &signs)))
			continue;
		c->tries++;
		if (regex_match(rule->regex, c->memory, both, n, 0, false) == REGEX_YES) {
			add_event(c, rule, at, line, number);
			return;
		}
	}
}

static bool edge_among(const struct cutter *c, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (c->event[i].rule->kind >= RULE_SECTION && c->event[i].rule->kind <= RULE_END)
			return true;
	return false;
}

/* Which rules a pass over the lines tries, and whether it looks for page numbers. */
struct pass {
	line_mask wanted;
	const struct line_beginnings *begin; /* NULL: the first byte must do */
	bool edges;
};

/* Returns whether the next line stands alone: this one is blank, or a heading, or closes what is above. */
static bool scan_line(struct cutter *c, size_t line, size_t end, uint64_t number, bool blank_above, const struct pass *pass)
{
	const struct line_table *t = &c->s->rules->lines;
	const unsigned char *s = (const unsigned char *)c->text;
	bool bullet, cut;
	size_t at = line_content(c->text, line, end, &bullet);
	if (at >= end)
		return !bullet;
	/* a running head or foot with the number of its page */
	if (blank_above && end - at <= EDGE_MOST && pass->edges) {
		size_t last = line_trimmed(c->text, at, end);
		if (last > at && (digit(c->text[last - 1]) || digit(c->text[at])))
			add_edge(c, at, last);
	}
	line_mask m = pass->wanted & ~((bullet ? ~t->bullet : t->bulleted) | (blank_above ? 0 : t->alone) |
	                               (end - at > LINE_SHORT + 8 ? t->shorter : 0));
	if (pass->begin)
		m = narrow(pass->begin, s + at, end - at, m);
	else if (!c->s->plain)
		m &= t->first[s[at]];
	if (!m)
		return false;
	struct signs signs = {0};
	size_t stop = window_end(c->text, at, line_trimmed(c->text, at, end), &cut), before = c->event_count;
	line_mask torn = blank_above && end - at >= TORN_LEAST && end - at <= TORN_MOST ? m & t->torn : 0;
	for (; m; m &= m - 1) {
		const struct rule *rule = t->rule[__builtin_ctzll(m)];
		if (!allows(rule, c->text, at, stop, cut))
			continue;
		if (rule->needs && !has_signs(c->s->rules, rule->needs, c->text, at, stop, &signs))
			continue;
		c->tries++;
		if (regex_match(rule->regex, c->memory, c->text + at, stop - at, 0, cut) == REGEX_YES)
			add_event(c, rule, at, line, number);
	}
	if (torn && c->event_count == before && end < c->length)
		scan_torn(c, line, at, end, number, torn);
	return edge_among(c, before, c->event_count);
}

/* Line ends, found a chunk at a time: bit i of word n is byte 64 n + i of the chunk. */
#define CHUNK_WORDS 32
struct line_ends {
	const char *text;
	size_t length, base; /* of the word at hand */
	uint64_t bits;       /* of it, those still to come */
	unsigned next, count; /* words of the chunk */
	uint64_t word[CHUNK_WORDS];
};

static void find_ends_plain(const char *text, size_t n, uint64_t *word)
{
	for (size_t i = 0; i < n; i++)
		word[i / 64] |= (uint64_t)(text[i] == '\n') << i % 64;
}

#if defined __x86_64__
__attribute__((target("avx2"))) static size_t find_ends_avx2(const char *text, size_t n, uint64_t *word)
{
	const __m256i mark = _mm256_set1_epi8('\n');
	size_t i = 0;
	for (; n - i >= 64; i += 64) {
		unsigned low = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(text + i)), mark));
		unsigned high = (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(text + i + 32)), mark));
		word[i / 64] = low | (uint64_t)high << 32;
	}
	return i;
}
#endif

static void next_chunk(struct line_ends *e, size_t at)
{
	size_t n = e->length - at < 64 * CHUNK_WORDS ? e->length - at : 64 * CHUNK_WORDS, done = 0;
	e->count = (unsigned)((n + 63) / 64);
	e->next = 0;
	memset(e->word, 0, sizeof e->word);
#if defined __x86_64__
	if (__builtin_cpu_supports("avx2"))
		done = find_ends_avx2(e->text + at, n, e->word);
#endif
	find_ends_plain(e->text + at + done, n - done, e->word + done / 64);
}

static struct line_ends first_ends(const char *text, size_t length)
{
	struct line_ends e = {.text = text, .length = length};
	next_chunk(&e, 0);
	e.bits = e.word[0];
	e.next = 1;
	return e;
}

/* The next line end, or the end of the text. */
static size_t next_end(struct line_ends *e)
{
	while (!e->bits) {
		e->base += 64;
		if (e->base >= e->length)
			return e->length;
		if (e->next == e->count)
			next_chunk(e, e->base);
		e->bits = e->word[e->next++];
	}
	size_t end = e->base + (size_t)__builtin_ctzll(e->bits);
	e->bits &= e->bits - 1;
	return end;
}

/* Tries rules on all lines and appends what they find. */
static void scan_lines(struct cutter *c, line_mask wanted, bool edges)
{
	struct pass pass = {wanted, NULL, edges};
	struct line_ends ends = first_ends(c->text, c->length);
	bool blank_above = true;
	uint64_t number = 1;
	size_t known = 0, before = c->event_count, most = before + EVENTS_MOST; /* known: events of passes before this one */
	if (!c->s->plain)
		pass.begin = atomic_load_explicit(&c->s->rules->lines.begin, memory_order_acquire);
	for (size_t line = 0; line < c->length && c->event_count + LINE_RULES < most; number++) {
		size_t end = next_end(&ends);
		size_t first = known;
		while (known < before && c->event[known].line <= line)
			known++;
		blank_above = end == line || scan_line(c, line, end, number, blank_above, &pass) || edge_among(c, first, known);
		line = end + 1;
		if (c->tries > NARROW_AFTER && !pass.begin && !c->s->plain) {
			rules_narrow(c->s->rules);
			pass.begin = atomic_load_explicit(&c->s->rules->lines.begin, memory_order_acquire);
		}
	}
}

/* Whether a goes before b: by place, then kind, then as the rules stand in the table. */
static bool goes_before(const struct event *a, const struct event *b)
{
	if (a->at != b->at)
		return a->at < b->at;
	return a->rule->kind != b->rule->kind ? a->rule->kind < b->rule->kind : a->rule->place < b->rule->place;
}

void segment_merge_events(struct cutter *c, size_t from)
{
	size_t left = c->event_count - from, before = from, to = c->event_count;
	if (!left || !from)
		return;
	struct event *added = mem_alloc(left * sizeof *added);
	memcpy(added, c->event + from, left * sizeof *added);
	while (left > 0)
		c->event[--to] = before > 0 && goes_before(&added[left - 1], &c->event[before - 1]) ? c->event[--before] : added[--left];
	free(added);
}

void segment_scan(struct cutter *c, int rank)
{
	const struct line_table *t = &c->s->rules->lines;
	if (rank == 1 || c->s->only) {
		c->event_count = c->edge_count = 0;
		c->report_scanned = false;
		scan_lines(c, (c->s->only ? t->of_layout[c->s->only->index] : t->of_rank[0]) & ~t->report, true);
		if (c->s->only)
			segment_scan_tables(c);
		return;
	}
	/* of the first pass what belongs to all layouts stays */
	size_t kept = 0;
	for (size_t i = 0; i < c->event_count; i++)
		if (!c->event[i].rule->layout)
			c->event[kept++] = c->event[i];
	c->event_count = kept;
	/* most documents that come here are reports: their sections are looked for in the same pass */
	scan_lines(c, (t->of_rank[rank - 1] & ~t->shared) | (t->report & t->shared), false);
	c->report_scanned = true;
	segment_merge_events(c, kept);
	segment_scan_tables(c);
}

void segment_scan_report(struct cutter *c)
{
	size_t before = c->event_count;
	if (c->report_scanned)
		return;
	c->report_scanned = true;
	scan_lines(c, c->s->rules->lines.report & c->s->rules->lines.shared, false);
	segment_merge_events(c, before);
}

/* Where the words between two finds of a line begin: at a character. */
static size_t step_back(const char *text, size_t at, size_t back)
{
	at = at > back ? at - back : 0;
	while (((unsigned char)text[at] & 0xC0) == 0x80)
		at++;
	return at;
}

void segment_scan_inside(struct cutter *c)
{
	const struct find_table *t = &c->s->rules->inside;
	struct find finds[FINDER_ROOM];
	size_t from = 0, n, done = 0, before = c->event_count, line = 0, line_stop = 0;
	bool any = false;
	for (size_t i = 0; i < c->s->rules->of_kind_count[RULE_INSIDE]; i++)
		any |= of_layout(c->s->rules->of_kind[RULE_INSIDE][i], c->layout);
	while (any && (n = finder_next(t->finder, c->text, c->length, &from, finds)) > 0)
		for (size_t i = 0; i < n && c->event_count < EVENTS_MOST; i++) {
			const struct rule *rule = t->rule[finds[i].literal];
			size_t at = finds[i].at;
			bool cut;
			if (!of_layout(rule, c->layout) || at < done)
				continue;
			if (at >= line_stop) { /* the line that holds it */
				const char *end = memrchr(c->text + line_stop, '\n', at - line_stop);
				line = end ? (size_t)(end - c->text) + 1 : line_stop;
				line_stop = line_end(c->text, c->length, at) + 1;
			}
			size_t begin = step_back(c->text, at, rule->back);
			begin = begin > line ? begin : line;
			/* the pattern may look at what stands before */
			size_t base = step_back(c->text, begin, 8);
			base = base > line ? base : line;
			size_t stop = window_end(c->text, begin, line_stop - 1, &cut);
			if (regex_match(rule->regex, c->memory, c->text + base, stop - base, begin - base, cut) != REGEX_YES)
				continue;
			add_event(c, rule, base, line, 0);
			done = c->event[c->event_count - 1].end;
		}
	if (before == c->event_count)
		return;
	segment_merge_events(c, before);
	for (size_t i = 0; i < c->event_count; i++)
		if (!c->event[i].number)
			c->event[i].number = i ? c->event[i - 1].number + segment_count_lines(c->text, c->event[i - 1].at, c->event[i].at)
			                       : 1 + segment_count_lines(c->text, 0, c->event[i].at);
}
