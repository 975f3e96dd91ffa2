#include "pipeline/pack_gather.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { ITEM_REVIEW, ITEM_FAULT };

void pack_gatherer_release(struct pack_gatherer *g)
{
	pack_strings_release(&g->words);
	pack_strings_release(&g->gaps);
	tokens_release(&g->tokens);
}

static enum engine best_engine(void)
{
	enum engine e = ENGINE_AUTO + 1;
	while (e < ENGINE_PLAIN && !engine_available(e))
		e++;
	return e;
}

static void put_piece(struct pack_strings *table, uint32_t most, struct buf *out, const char *bytes, size_t length, unsigned mark)
{
	uint32_t number = length > GATHER_STRING_BYTES ? PACK_NO_STRING : pack_strings_put(table, bytes, length, mark, 1, most);
	if (number != PACK_NO_STRING) {
		put_number(out, (uint64_t)number + 1);
		return;
	}
	put_number(out, 0);
	put_number(out, length);
	buf_append_char(out, (char)mark);
	buf_append(out, bytes, length);
}

unsigned pack_word_mark(const char *text, size_t length, size_t end)
{
	uint32_t c;
	return end < length && utf8_decode(text + end, length - end, &c) && token_class(c) == CHAR_APOSTROPHE ? WORD_APOSTROPHE : WORD_PLAIN;
}

static void put_text(struct pack_gatherer *g, struct buf *out, const char *text, size_t length)
{
	const struct tokens *t = &g->tokens;
	size_t at = 0;
	for (uint32_t i = 0; i < t->count; i++) {
		size_t start = t->edges[2 * (size_t)i], end = t->edges[2 * (size_t)i + 1];
		put_piece(&g->gaps, GATHER_GAPS_MOST, out, text + at, start - at, t->gaps[(ptrdiff_t)i - 1]);
		put_piece(&g->words, GATHER_WORDS_MOST, out, text + start, end - start, pack_word_mark(text, length, end));
		at = end;
	}
	put_piece(&g->gaps, GATHER_GAPS_MOST, out, text + at, length - at, GAP_BREAK);
}

/* Pairs: words since the last pair, and by how much more than there the member's bytes are ahead of the text's. */
static void put_shifts(const struct tokens *t, struct buf *out, pack_origin *origin, void *context)
{
	uint32_t last = 0;
	int64_t shift = 0;
	for (uint32_t i = 0; i < t->count; i++) {
		size_t start = t->edges[2 * (size_t)i];
		int64_t now = (int64_t)(origin(context, start) - start);
		if (now == shift)
			continue;
		put_number(out, i - last);
		put_signed(out, now - shift);
		last = i;
		shift = now;
	}
}

static size_t put_finds(const struct pack_gatherer *g, struct buf *out, const struct scan *scan)
{
	if (!g->pattern_of)
		return 0;
	for (size_t i = 0; i < scan->candidate_count; i++) {
		const struct candidate *c = &scan->candidates[i];
		put_number(out, c->first);
		put_number(out, c->last - c->first);
		put_number(out, g->pattern_of[c->entry]);
	}
	return scan->candidate_count;
}

struct pack_find gathered_find(struct gathered *g)
{
	uint32_t first = (uint32_t)get_number(&g->found), last = first + (uint32_t)get_number(&g->found);
	return (struct pack_find){first, last, (uint32_t)get_number(&g->found)};
}

void pack_gather(struct pack_gatherer *g, struct buf *out, const struct review_row *row, const char *text, size_t length, pack_origin *origin,
                 void *context, const struct scan *scan)
{
	struct buf shifts = BUF_INIT, finds = BUF_INIT;
	size_t find_count = put_finds(g, &finds, scan);
	tokens_find(&g->tokens, best_engine(), text, length);
	put_shifts(&g->tokens, &shifts, origin, context);
	put_number(out, ITEM_REVIEW);
	row_encode(out, row);
	put_number(out, g->number);
	put_number(out, length);
	put_number(out, g->tokens.count);
	put_number(out, shifts.length);
	buf_append(out, shifts.data, shifts.length);
	put_number(out, find_count);
	put_number(out, finds.length);
	buf_append(out, finds.data, finds.length);
	put_text(g, out, text, length);
	buf_release(&shifts);
	buf_release(&finds);
}

void pack_gather_fault(struct buf *out, const struct fault *fault)
{
	put_number(out, ITEM_FAULT);
	buf_append(out, fault, sizeof *fault); /* the spill is this process's */
}

uint32_t gathered_string(struct byte_reader *text, const char **bytes, size_t *length, unsigned *mark)
{
	uint64_t number = get_number(text);
	unsigned char c;
	if (number)
		return (uint32_t)(number - 1);
	*length = get_number(text);
	get_bytes(text, &c, 1);
	*mark = c;
	*bytes = get_span(text, *length);
	if (!*bytes)
		abort(); /* the spill holds what was put into it */
	return PACK_NO_STRING;
}

bool gathered_next(struct byte_reader *r, struct gathered *out, struct review_row *row)
{
	*out = (struct gathered){.row = NULL};
	if (!bytes_left(r))
		return false;
	if (get_number(r) == ITEM_FAULT) {
		get_bytes(r, &out->fault, sizeof out->fault);
		return true;
	}
	out->row = r->at;
	out->row_length = row_decode(row, r->at, bytes_left(r));
	if (!out->row_length)
		abort(); /* as above */
	r->at += out->row_length;
	out->gatherer = (unsigned)get_number(r);
	out->text_length = get_number(r);
	out->words = get_number(r);
	out->shifts_length = get_number(r);
	out->shifts = get_span(r, out->shifts_length);
	out->finds = get_number(r);
	size_t found = get_number(r);
	out->found.at = get_span(r, found);
	out->found.end = out->found.at + found;
	out->text = *r;
	const char *bytes;
	size_t length;
	unsigned mark;
	for (size_t i = 0; i < 2 * out->words + 1; i++) /* to where the next thing begins */
		gathered_string(r, &bytes, &length, &mark);
	return true;
}
