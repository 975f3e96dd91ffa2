#include "matchers/sequence.h"

#include <string.h>

#include "base/mem.h"
#include "matchers/fold.h"
#include "matchers/vocabulary.h"

bool glob_matches(const char *pattern, const char *text)
{
	return wildcard_matches(pattern, strlen(pattern), text, strlen(text));
}

void sequence_key(struct buf *out, const struct item_list *sequence)
{
	for (size_t i = 0; i < sequence->count; i++) {
		const struct item *item = &sequence->items[i];
		buf_append_char(out, (char)(item->kind * 2 + item->possessive));
		buf_append_char(out, (char)item->gap);
		if (item->text)
			buf_append(out, item->text, strlen(item->text) + 1);
	}
}

void sequence_write(struct buf *out, const struct item_list *sequence)
{
	for (size_t i = 0; i < sequence->count; i++) {
		const struct item *item = &sequence->items[i];
		buf_append_str(out, i ? " " : "");
		if (item->kind == ITEM_ANY)
			buf_append_char(out, '_');
		else if (item->kind == ITEM_GAP)
			buf_printf(out, "~%u", item->gap);
		else
			buf_printf(out, "%s%s", item->text, item->possessive ? "'s" : "");
	}
}

void source_quote(struct buf *out, const char *source)
{
	enum { SHOWN = 72 };
	size_t length = strlen(source), shown = length;
	if (length > SHOWN)
		for (shown = SHOWN; (source[shown] & 0xc0) == 0x80; shown--)
			;
	buf_printf(out, "'%.*s%s'", (int)shown, source, shown < length ? "..." : "");
}

/* For items of one token. */
static bool item_covers(const struct item *a, unsigned a_flags, const struct item *b, unsigned b_flags)
{
	if (a->kind == ITEM_ANY)
		return true;
	if (b->kind == ITEM_ANY)
		return a->kind == ITEM_WILDCARD && strcmp(a->text, "*") == 0;
	if (b->kind == ITEM_WILDCARD && a->kind == ITEM_WORD)
		return false;
	if (a->kind == ITEM_WORD && a->possessive && !b->possessive)
		return false;
	struct buf folded = BUF_INIT;
	const char *text = b->text;
	if ((b_flags & ENTRY_CASE) && !(a_flags & ENTRY_CASE)) {
		fold_append(&folded, text, strlen(text), false);
		text = folded.data;
	}
	/* a '*' of b can only be matched by a '*' of a, for no word holds one */
	bool covers = a->kind == ITEM_WILDCARD ? glob_matches(a->text, text) : strcmp(a->text, text) == 0;
	buf_release(&folded);
	return covers;
}

struct comparison {
	const struct item_list *a, *b;
	unsigned a_flags, b_flags;
	unsigned steps; /* left before the comparison is given up */
};

static bool rest_covers(struct comparison *c, size_t i, size_t j)
{
	if (!c->steps)
		return false;
	c->steps--;
	if (i == c->a->count)
		return j == c->b->count;
	const struct item *a = &c->a->items[i];
	if (a->kind == ITEM_GAP) {
		/* a gap of a takes in any items of b that span no more tokens */
		for (unsigned room = a->gap;; j++) {
			if (rest_covers(c, i + 1, j))
				return true;
			if (j == c->b->count)
				return false;
			unsigned span = c->b->items[j].kind == ITEM_GAP ? c->b->items[j].gap : 1;
			if (span > room)
				return false;
			room -= span;
		}
	}
	return j < c->b->count && c->b->items[j].kind != ITEM_GAP && item_covers(a, c->a_flags, &c->b->items[j], c->b_flags) &&
	       rest_covers(c, i + 1, j + 1);
}

bool sequence_covers(const struct item_list *a, unsigned a_flags, const struct item_list *b, unsigned b_flags)
{
	if ((a_flags & ENTRY_CASE) && !(b_flags & ENTRY_CASE))
		return false;
	if ((a_flags & ENTRY_WHOLE) && !(b_flags & ENTRY_WHOLE))
		return false;
	if ((b_flags & ENTRY_COMMA) && !(a_flags & ENTRY_COMMA) && b->count > 1)
		return false;
	struct comparison c = {a, b, a_flags, b_flags, 2000};
	return rest_covers(&c, 0, 0);
}
