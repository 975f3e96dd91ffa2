#include "matchers/token.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

void tokens_release(struct tokens *t)
{
	free(t->edges);
	free(t->gaps ? t->gaps - 1 : NULL);
	free(t->cuts);
	free(t->marked);
	free(t->break_bits ? t->break_bits - 1 : NULL);
	free(t->closed_bits ? t->closed_bits - 1 : NULL);
	free(t->cut_bits ? t->cut_bits - 1 : NULL);
	free(t->break_ranks);
	*t = (struct tokens){0};
}

/* Room for a bit a token, and for a word before them and one after. */
static uint64_t *grow_bits(uint64_t *bits, size_t tokens)
{
	return (uint64_t *)mem_realloc(bits ? bits - 1 : NULL, tokens / 64 + 3, sizeof *bits) + 1;
}

/* Room for extra more tokens, and for the excess the engines may write. */
static void tokens_reserve(struct tokens *t, size_t extra)
{
	size_t need = t->count + extra + BLOCK_BYTES;

	if (need <= t->capacity)
		return;
	size_t capacity = need + need / 2;

	t->edges = mem_realloc(t->edges, capacity + 1, 2 * sizeof *t->edges);
	t->gaps = (uint8_t *)mem_realloc(t->gaps ? t->gaps - 1 : NULL, capacity + 1, 1) + 1;
	t->marked = mem_realloc(t->marked, capacity, sizeof *t->marked);
	t->break_bits = grow_bits(t->break_bits, capacity);
	t->closed_bits = grow_bits(t->closed_bits, capacity);
	t->cut_bits = grow_bits(t->cut_bits, capacity);
	t->break_ranks = mem_realloc(t->break_ranks, capacity / 64 + 1, sizeof *t->break_ranks);
	t->capacity = (uint32_t)capacity;
}

_Atomic unsigned char token_classes[0x10000];

enum char_class token_class_anew(uint32_t code_point)
{
	enum char_class class = char_class(code_point);

	if (code_point < 0x10000)
		atomic_store_explicit(&token_classes[code_point], (unsigned char)(class + 1), memory_order_relaxed);
	return class;
}

/* One pass over a text. */
struct pass {
	const char *text;
	size_t length;
	size_t chunk_end;
	size_t done;        /* characters before this byte are classed */
	size_t word_until;  /* a word character that began in an earlier chunk reaches to here */
	struct edge_state edges;
	struct chunk chunk;
};

static enum char_class class_at(const struct pass *p, size_t at, size_t *bytes)
{
	uint32_t c;

	*bytes = 1;
	if (at >= p->length)
		return CHAR_OTHER;
	if ((unsigned char)p->text[at] < 0x80)
		return token_class((unsigned char)p->text[at]);
	size_t n = utf8_decode(p->text + at, p->length - at, &c);

	if (n == 0)
		return CHAR_OTHER;
	*bytes = n;
	return token_class(c);
}

static bool is_word_byte(const struct pass *p, size_t at)
{
	if (at < p->chunk.base)
		return p->edges.carry;
	return p->chunk.word[(at - p->chunk.base) / 64] >> ((at - p->chunk.base) % 64) & 1;
}

static void set_word(struct pass *p, size_t from, size_t to)
{
	if (to > p->word_until)
		p->word_until = to;
	if (from < p->chunk.base)
		from = p->chunk.base;
	if (to > p->chunk_end)
		to = p->chunk_end;
	while (from < to) {
		size_t at = from - p->chunk.base, n = 64 - at % 64 < to - from ? 64 - at % 64 : to - from;

		p->chunk.word[at / 64] |= (n == 64 ? ~0ull : (1ull << n) - 1) << (at % 64);
		from += n;
	}
}

/* A run of apostrophes and removed characters that reaches over `at` joins what it stands between if both sides are word characters and it
 * holds at most one apostrophe. (Apostrophes of ASCII that stand alone never come here: the masks join them.) */
static void join_run(struct pass *p, size_t at)
{
	size_t start = at, end = at, bytes, quotes = 0;
	enum char_class class;

	while (start > p->chunk.base && p->text[start - 1] == '\'') {
		start--;
		quotes++;
	}
	while ((class = class_at(p, end, &bytes)) == CHAR_IGNORED || class == CHAR_APOSTROPHE) {
		quotes += class == CHAR_APOSTROPHE;
		end += bytes;
	}
	p->done = end;
	if (quotes <= 1 && class == CHAR_WORD && start > 0 && is_word_byte(p, start - 1))
		set_word(p, start, end);
}

static void patch(struct pass *p)
{
	size_t blocks = p->chunk.blocks, bytes;

	for (size_t b = 0; b < blocks; b++) {
		uint64_t high = p->chunk.high[b];

		while (high) {
			size_t at = p->chunk.base + b * 64 + (size_t)__builtin_ctzll(high);

			high &= high - 1;
			if (at < p->done)
				continue;
			switch (class_at(p, at, &bytes)) {
			case CHAR_WORD:
				set_word(p, at, at + bytes);
				break;
			case CHAR_IGNORED:
			case CHAR_APOSTROPHE:
				join_run(p, at);
				continue;
			case CHAR_OTHER:
			case CHAR_SPACE:
				break;
			default:
				p->chunk.mark[b] |= 1ull << (at % 64);
			}
			p->done = at + bytes;
		}
	}
	/* an apostrophe at the end of the chunk and a removed character after it */
	if (p->chunk_end < p->length && (p->chunk.quote[blocks - 1] >> 63) && (unsigned char)p->text[p->chunk_end] >= 0x80 &&
	    p->done <= p->chunk_end)
		join_run(p, p->chunk_end);
	p->chunk.word_after = class_at(p, p->chunk_end, &bytes) == CHAR_WORD;
}

/* What stands before the first token and after the last is a break, and breaks are numbered. */
static void end_gaps(struct tokens *t)
{
	uint32_t count = t->count, rank = 0;

	t->gaps[-1] = GAP_BREAK;
	t->break_bits[-1] = t->closed_bits[-1] = 1ull << 63;
	if (count) {
		t->gaps[count - 1] = GAP_BREAK;
		t->break_bits[(count - 1) / 64] |= 1ull << ((count - 1) % 64);
		t->closed_bits[(count - 1) / 64] |= 1ull << ((count - 1) % 64);
	}
	for (size_t i = 0; i < (size_t)count / 64 + 1; i++) {
		t->break_ranks[i] = rank;
		rank += (uint32_t)__builtin_popcountll(t->break_bits[i]);
	}
	t->sentences = rank;
}

static void add_cut(struct tokens *t, uint32_t token)
{
	MEM_GROW(t->cuts, t->cut_count, t->cut_capacity);
	t->cuts[t->cut_count++] = token;
}

static void classify_gaps(struct tokens *t, const char *text, size_t length)
{
	uint32_t count = t->count;
	size_t words = (size_t)count / 64 + 1;

	memset(t->gaps - 1, 0, (size_t)count + 1);
	memset(t->break_bits - 1, 0, (words + 2) * sizeof *t->break_bits);
	memset(t->closed_bits - 1, 0, (words + 2) * sizeof *t->closed_bits);
	memset(t->cut_bits - 1, 0, (words + 2) * sizeof *t->cut_bits);
	t->cut_count = 0;
	for (uint32_t i = 0; i < t->marked_count; i++) {
		uint32_t token = t->marked[i];

		if (token + 1 >= count)
			break;
		unsigned kind = gap_kind(t, token, text, length);

		t->gaps[token] = (uint8_t)kind;
		t->break_bits[token / 64] |= (uint64_t)(kind / GAP_BREAK & 1) << (token % 64);
		t->closed_bits[token / 64] |= (uint64_t)((kind / GAP_BREAK | kind / GAP_SOFT) & 1) << (token % 64);
		if (kind & GAP_CUT) {
			t->cut_bits[token / 64] |= 1ull << (token % 64);
			add_cut(t, token);
		}
	}
	end_gaps(t);
}

/* Bit n: flag, one of enum gap, is set in byte n of eight. */
static inline uint64_t flag_bits(uint64_t eight, unsigned flag)
{
	return (eight / flag & 0x0101010101010101u) * 0x0102040810204080u >> 56;
}

void tokens_from_gaps(struct tokens *t, const uint8_t *gaps, uint32_t count)
{
	size_t words = (size_t)count / 64 + 1;

	t->count = 0;
	tokens_reserve(t, count);
	t->count = count;
	t->cut_count = 0;
	memcpy(t->gaps - 1, gaps, (size_t)count + 1);
	memset(t->gaps + count, 0, BLOCK_BYTES); /* read below, and by nobody else */
	if (count)
		t->gaps[count - 1] = GAP_BREAK; /* no cut */
	t->break_bits[-1] = t->closed_bits[-1] = t->cut_bits[-1] = 0;
	for (size_t i = 0; i < words; i++) {
		uint64_t breaks = 0, soft = 0, cuts = 0;

		for (unsigned k = 0; k < 8; k++) {
			uint64_t eight;

			memcpy(&eight, t->gaps + 64 * i + 8 * k, sizeof eight);
			breaks |= flag_bits(eight, GAP_BREAK) << 8 * k;
			soft |= flag_bits(eight, GAP_SOFT) << 8 * k;
			cuts |= flag_bits(eight, GAP_CUT) << 8 * k;
		}
		t->break_bits[i] = breaks;
		t->closed_bits[i] = breaks | soft;
		t->cut_bits[i] = cuts;
		for (; cuts; cuts &= cuts - 1)
			add_cut(t, (uint32_t)(64 * i) + (uint32_t)__builtin_ctzll(cuts));
	}
	t->break_bits[words] = t->closed_bits[words] = t->cut_bits[words] = 0;
	end_gaps(t);
}

void tokens_find(struct tokens *t, enum engine engine, const char *text, size_t length)
{
	const struct token_engine *e = &token_engines[engine];
	struct pass p;

	p.text = text;
	p.length = length;
	p.chunk.base = p.done = p.word_until = 0;
	p.edges = (struct edge_state){0, 0};
	t->count = 0;
	t->marked_count = 0;
	tokens_reserve(t, 0);
	while (p.chunk.base < length) {
		size_t bytes = length - p.chunk.base < CHUNK_BYTES ? length - p.chunk.base : CHUNK_BYTES;
		size_t blocks = bytes / BLOCK_BYTES, rest = bytes % BLOCK_BYTES;

		p.chunk_end = p.chunk.base + bytes;
		p.chunk.blocks = blocks + (rest > 0);
		e->classify(text + p.chunk.base, blocks, &p.chunk, 0);
		if (rest) {
			char last[BLOCK_BYTES];

			memset(last, ' ', sizeof last);
			memcpy(last, text + p.chunk_end - rest, rest);
			e->classify(last, 1, &p.chunk, blocks);
		}
		if (p.word_until > p.chunk.base)
			set_word(&p, p.chunk.base, p.word_until);
		patch(&p);
		t->count = (uint32_t)((p.edges.edges + 1) / 2);
		tokens_reserve(t, CHUNK_BYTES / 2 + 1);
		e->find_edges(&p.chunk, &p.edges, t);
		p.chunk.base += bytes;
	}
	if (p.edges.carry && p.edges.edges % 2)
		t->edges[p.edges.edges++] = (uint32_t)length;
	t->count = (uint32_t)(p.edges.edges / 2);
	classify_gaps(t, text, length);
}
