/* The reference counter's candidates: docs/counting-rules.md section 3. Every entry is tried at every token. */
#include "matchers/reference.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/regex_allocator.h"
#include "matchers/fold.h"
#include "matchers/reference_parts.h"

struct search {
	const struct lexicon *lexicon;
	const struct ref_text *text;
	uint32_t entry;
	size_t first;             /* token where the layout began */
	struct candidate *found;
	size_t found_count, found_capacity;
	size_t found_before;      /* count before this entry was laid at this token */
};

static const struct entry *entry_of(const struct search *s)
{
	return &s->lexicon->entries[s->entry];
}

/* Flag w: no single hyphen or dash and no cut before the first token or after the last. */
static bool stands_whole(const struct ref_text *t, size_t first, size_t last)
{
	if (first > 0 && (t->tokens[first - 1].single_dash || t->tokens[first - 1].cut))
		return false;
	return !(t->tokens[last].single_dash || t->tokens[last].cut);
}

static void add_candidate(struct search *s, size_t first, size_t last)
{
	struct candidate c = {(uint32_t)first, (uint32_t)last, s->entry};

	if ((entry_of(s)->flags & ENTRY_WHOLE) && !stands_whole(s->text, first, last))
		return;
	for (size_t i = s->found_before; i < s->found_count; i++)
		if (s->found[i].first == c.first && s->found[i].last == c.last)
			return;
	MEM_GROW(s->found, s->found_count, s->found_capacity);
	s->found[s->found_count++] = c;
}

/* ---- one word ---- */

/* A word of the entry: an item, or several closed up into one. */
struct ref_item {
	const char *text;
	size_t length;
	bool wildcard, possessive; /* of a wildcard the text has the 's too */
};

static bool wildcard_matches(const char *pattern, size_t pattern_length, const char *text, size_t length)
{
	if (pattern_length == 0)
		return length == 0;
	if (*pattern == '*') {
		for (size_t skipped = 0; skipped <= length; skipped++)
			if (wildcard_matches(pattern + 1, pattern_length - 1, text + skipped, length - skipped))
				return true;
		return false;
	}
	return length > 0 && *pattern == *text && wildcard_matches(pattern + 1, pattern_length - 1, text + 1, length - 1);
}

static bool text_matches(const struct ref_item *item, const char *text, size_t length)
{
	if (item->wildcard)
		return wildcard_matches(item->text, item->length, text, length);
	return item->length == length && memcmp(item->text, text, length) == 0;
}

static bool word_matches(const struct search *s, const struct ref_item *item, const struct ref_word *word)
{
	int c = (entry_of(s)->flags & ENTRY_CASE) != 0;

	if ((!item->possessive || item->wildcard) && text_matches(item, word->text[c], word->length[c]))
		return true;
	return word->base[c] != NOT_POSSESSIVE && text_matches(item, word->text[c], word->base[c]);
}

/* ---- laying an entry out ---- */

/* What is left to lay: list from index on, then what is left of up. */
struct rest {
	const struct item_list *list;
	size_t index;
	const struct rest *up;
};

static void lay(struct search *s, struct rest rest, size_t position, const struct ref_item *pending, bool hyphens);

/* Whether the entry may go from the token before position to the one at it. */
static bool may_go_to(const struct search *s, size_t position)
{
	if (position >= s->text->token_count)
		return false;
	if (position == s->first)
		return true;

	enum gap_kind gap = s->text->tokens[position - 1].gap;

	return gap == GAP_PLAIN || (gap == GAP_SOFT && (entry_of(s)->flags & ENTRY_COMMA));
}

/* Lays one word on the token at position, or on it and the next joined; item is NULL for any word. */
static void lay_word(struct search *s, struct rest rest, size_t position, const struct ref_item *item, const struct ref_item *pending)
{
	if (!may_go_to(s, position))
		return;
	const struct ref_token *token = &s->text->tokens[position];
	if (!item || word_matches(s, item, &token->word))
		lay(s, rest, position + 1, pending, true);
	if (token->cut && (!item || word_matches(s, item, &token->joined)))
		lay(s, rest, position + 2, pending, true);
}

static void lay_gap(struct search *s, struct rest rest, size_t position, unsigned words)
{
	lay(s, rest, position, NULL, true);
	if (words == 0 || !may_go_to(s, position))
		return;
	lay_gap(s, rest, position + 1, words - 1);
	if (s->text->tokens[position].cut)
		lay_gap(s, rest, position + 2, words - 1);
}

/* Two words written as one. In a word with '*' a possessive is written out. */
static void close_up(const struct search *s, const struct ref_item *left, const struct ref_item *right, struct buf *out)
{
	struct buf together = BUF_INIT;

	buf_append(&together, left->text, left->length);
	buf_append(&together, right->text, right->length);
	if (right->possessive && (left->wildcard || right->wildcard))
		buf_append_str(&together, "'s");
	fold_append(out, together.data, together.length, entry_of(s)->flags & ENTRY_CASE);
	buf_release(&together);
}

/* The one shortcut, without which --verify would take three times as long: a word that begins with an ASCII letter, which stays what it is
 * whatever follows it, does not lie on a token that begins with another. */
static bool begins_otherwise(const struct search *s, const struct item *item, size_t position)
{
	if (item->kind == ITEM_WILDCARD || (unsigned char)*item->text >= 0x80 || position >= s->text->token_count)
		return false;
	const struct ref_token *token = &s->text->tokens[position];
	return !token->cut && *token->word.text[(entry_of(s)->flags & ENTRY_CASE) != 0] != *item->text;
}

/* Lays what is left from position on. pending is a word read from the pattern but not laid yet, because the word after it may close
 * up with it; hyphens says that all separators since then were hyphens. */
static void lay(struct search *s, struct rest rest, size_t position, const struct ref_item *pending, bool hyphens)
{
	while (rest.index == rest.list->count && rest.up)
		rest = *rest.up;
	if (rest.index == rest.list->count) {
		if (pending)
			lay_word(s, rest, position, pending, NULL);
		else if (position > s->first)
			add_candidate(s, s->first, position - 1);
		return;
	}

	const struct item *item = &rest.list->items[rest.index];
	struct rest after = {rest.list, rest.index + 1, rest.up};

	if (rest.index > 0)
		hyphens = hyphens && item->hyphen_before;
	switch (item->kind) {
	case ITEM_CHOICE:
		for (size_t i = 0; i < item->choice_count; i++)
			lay(s, (struct rest){&item->choices[i], 0, &after}, position, pending, hyphens);
		break;
	case ITEM_ANY:
	case ITEM_GAP:
		if (pending)
			lay_word(s, rest, position, pending, NULL); /* and then come back here */
		else if (item->kind == ITEM_ANY)
			lay_word(s, after, position, NULL, NULL);
		else
			lay_gap(s, after, position, item->gap);
		break;
	case ITEM_WORD:
	case ITEM_WILDCARD: {
		if (!pending && begins_otherwise(s, item, position))
			break;

		struct ref_item word = {item->text, strlen(item->text), item->kind == ITEM_WILDCARD, item->possessive};

		if (!pending) {
			lay(s, after, position, &word, true);
			break;
		}
		lay_word(s, after, position, pending, &word);
		if (hyphens && !pending->possessive) {
			struct buf closed = BUF_INIT;

			close_up(s, pending, &word, &closed);
			lay(s, after, position, &(struct ref_item){closed.data, closed.length, pending->wildcard || word.wildcard, word.possessive}, true);
			buf_release(&closed);
		}
		break;
	}
	}
}

/* ---- flag r ---- */

/* The folded sentence of tokens first to last; ends[i] is where token first + i ends in it, starts[i] where it starts. */
static void fold_sentence(const struct ref_text *t, size_t first, size_t last, bool keep_case, struct buf *out, size_t *starts, size_t *ends)
{
	for (size_t i = first; i <= last; i++) {
		const struct ref_token *k = &t->tokens[i];

		starts[i - first] = out->length;
		buf_append(out, k->word.text[keep_case], k->word.length[keep_case]);
		ends[i - first] = out->length;
		if (i == last)
			break;
		if (k->cut) {
			buf_append_char(out, ' ');
			continue;
		}
		for (size_t c = k->end; c < t->tokens[i + 1].start; c++) {
			if (!ref_is_white(t->points[c]))
				fold_append(out, t->bytes + t->offsets[c], t->offsets[c + 1] - t->offsets[c], keep_case);
			else if (c == k->end || !ref_is_white(t->points[c - 1]))
				buf_append_char(out, ' ');
		}
	}
}

static void search_sentence(struct search *s, pcre2_code *code, pcre2_match_data *match, size_t first, size_t last)
{
	size_t count = last - first + 1;
	struct buf sentence = BUF_INIT;
	size_t *starts = mem_calloc(count, sizeof *starts), *ends = mem_calloc(count, sizeof *ends);

	fold_sentence(s->text, first, last, entry_of(s)->flags & ENTRY_CASE, &sentence, starts, ends);
	for (size_t from = 0; from <= sentence.length;) {
		if (pcre2_match(code, (PCRE2_SPTR)sentence.data, sentence.length, from, PCRE2_NOTEMPTY, match, NULL) < 0)
			break;
		size_t start = pcre2_get_ovector_pointer(match)[0], end = pcre2_get_ovector_pointer(match)[1];
		size_t a = 0, b = count;

		while (a < count && ends[a] <= start)
			a++;
		while (b > 0 && starts[b - 1] >= end)
			b--;
		if (a < b)
			add_candidate(s, first + a, first + b - 1);
		from = end;
	}
	free(starts);
	free(ends);
	buf_release(&sentence);
}

/* An expression that PCRE2 refuses has no candidates; matcher_new() reports it. */
static void search_expression(struct search *s)
{
	int error;
	size_t where;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)entry_of(s)->source, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP, &error, &where, regex_compile_context());

	if (!code && error == PCRE2_ERROR_HEAP_FAILED)
		mem_exhausted();
	if (!code)
		return;
	pcre2_match_data *match = pcre2_match_data_create_from_pattern(code, regex_allocator());

	if (!match)
		mem_exhausted();
	s->found_before = s->found_count;
	for (size_t first = 0, last; first < s->text->token_count; first = last + 1) {
		for (last = first; s->text->tokens[last].gap != GAP_BREAK; last++)
			;
		search_sentence(s, code, match, first, last);
	}
	pcre2_match_data_free(match);
	pcre2_code_free(code);
}

/* ---- */

static int by_place(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	if (a->last != b->last)
		return a->last < b->last ? -1 : 1;
	return a->entry < b->entry ? -1 : a->entry > b->entry;
}

static void find_candidates(const struct lexicon *lexicon, const struct ref_text *text, struct reference *out)
{
	struct search s = {.lexicon = lexicon, .text = text};

	for (s.entry = 0; s.entry < lexicon->entry_count; s.entry++) {
		if (entry_of(&s)->flags & ENTRY_REGEX) {
			search_expression(&s);
			continue;
		}
		for (s.first = 0; s.first < text->token_count; s.first++) {
			s.found_before = s.found_count;
			lay(&s, (struct rest){entry_pattern(entry_of(&s)), 0, NULL}, s.first, NULL, true);
		}
	}
	if (s.found_count)
		qsort(s.found, s.found_count, sizeof *s.found, by_place);
	out->candidates = s.found;
	out->candidate_count = s.found_count;
}

void reference_count(const struct lexicon *lexicon, enum nested nested, const char *bytes, size_t length, struct reference *out)
{
	struct ref_text text;

	memset(out, 0, sizeof *out);
	ref_text_init(&text, bytes, length);
	out->words = (uint32_t)text.token_count;
	out->sentences = text.sentence_count;
	out->token_start = mem_calloc(text.token_count + 1, sizeof *out->token_start);
	out->token_end = mem_calloc(text.token_count + 1, sizeof *out->token_end);
	out->token_sentence = mem_calloc(text.token_count + 1, sizeof *out->token_sentence);
	for (size_t i = 0; i < text.token_count; i++) {
		out->token_start[i] = text.offsets[text.tokens[i].start];
		out->token_end[i] = text.offsets[text.tokens[i].end];
		out->token_sentence[i] = text.tokens[i].sentence;
	}
	find_candidates(lexicon, &text, out);
	ref_text_release(&text);
	reference_resolve(lexicon, nested, out);
}

void reference_release(struct reference *r)
{
	free(r->candidates);
	free(r->tallies);
	free(r->mentions);
	free(r->fates);
	free(r->token_start);
	free(r->token_end);
	free(r->token_sentence);
	memset(r, 0, sizeof *r);
}
