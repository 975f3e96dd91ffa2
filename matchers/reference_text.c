/* The reference counter's reading of a text: docs/counting-rules.md sections 1.3 and 2, line by line. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "matchers/fold.h"
#include "matchers/reference_parts.h"

static bool is_line_end(uint32_t c)
{
	return char_class(c) == CHAR_LINE;
}

static bool ends_line(uint32_t c)
{
	return is_line_end(c) || char_class(c) == CHAR_PAGE;
}

bool ref_is_white(uint32_t c)
{
	return char_class(c) == CHAR_SPACE || char_class(c) == CHAR_TAB || ends_line(c);
}

static bool is_word(uint32_t c)
{
	return char_class(c) == CHAR_WORD;
}

/* The code point at i, or a break that stands in no rule if i is outside the text. */
static uint32_t at(const struct ref_text *t, size_t i)
{
	return i < t->count ? t->points[i] : 0;
}

static void decode(struct ref_text *t, const char *bytes, size_t length)
{
	t->bytes = bytes;
	t->points = mem_calloc(length + 1, sizeof *t->points);
	t->offsets = mem_calloc(length + 1, sizeof *t->offsets);
	for (size_t i = 0; i < length;) {
		size_t n = utf8_decode(bytes + i, length - i, &t->points[t->count]);
		if (n == 0)
			n = 1; /* against the contract */
		t->offsets[t->count++] = i;
		i += n;
	}
	t->offsets[t->count] = length;
}

/* ---- tokens ---- */

static size_t token_end(const struct ref_text *t, size_t start)
{
	size_t end = start + 1;

	for (;;) {
		size_t next = end;
		unsigned apostrophes = 0;

		while (next < t->count && (char_class(t->points[next]) == CHAR_IGNORED || char_class(t->points[next]) == CHAR_APOSTROPHE)) {
			apostrophes += char_class(t->points[next]) == CHAR_APOSTROPHE;
			next++;
		}
		if (next == t->count || !is_word(t->points[next]) || apostrophes > 1)
			return end;
		end = next + 1;
	}
}

static void find_tokens(struct ref_text *t)
{
	size_t capacity = 0;

	for (size_t i = 0; i < t->count;) {
		if (!is_word(t->points[i])) {
			i++;
			continue;
		}
		MEM_GROW(t->tokens, t->token_count, capacity);
		struct ref_token *token = &t->tokens[t->token_count++];
		memset(token, 0, sizeof *token);
		token->start = i;
		token->end = i = token_end(t, i);
	}
}

/* ---- gaps ---- */

/* One letter, directly followed by a full stop. */
static bool is_initial(const struct ref_text *t, size_t token)
{
	const struct ref_token *k = &t->tokens[token];
	return k->end - k->start == 1 && char_is_letter(t->points[k->start]) && at(t, k->end) == '.';
}

static bool directly_follows(const struct ref_text *t, size_t token)
{
	return t->tokens[token].start == t->tokens[token - 1].end + 1;
}

/* Whether the full stop directly after a token belongs to an initialism and does not break. */
static bool stop_of_initialism(const struct ref_text *t, size_t token)
{
	if (!is_initial(t, token))
		return false;

	bool one_before = token > 0 && is_initial(t, token - 1) && directly_follows(t, token);
	bool one_after = token + 1 < t->token_count && is_initial(t, token + 1) && directly_follows(t, token + 1);

	if (one_after)
		return true;
	if (!one_before)
		return false;

	/* the last of them */
	size_t i = t->tokens[token].end + 1;

	if (i == t->count)
		return false;
	if (!ref_is_white(t->points[i]))
		return true;
	while (i < t->count && ref_is_white(t->points[i]))
		i++;
	return !(i < t->count && char_is_upper(t->points[i]));
}

static bool stop_of_number(const struct ref_text *t, size_t i)
{
	return i > 0 && char_is_digit(t->points[i - 1]) && i + 1 < t->count && char_is_digit(t->points[i + 1]);
}

static bool is_list_mark(const struct ref_text *t, size_t i)
{
	uint32_t c = t->points[i];

	if (!(c == '-' || c == '*' || c == '+' || (c >= 0x2010 && c <= 0x2015)))
		return false;
	if (i + 1 == t->count || !(char_class(t->points[i + 1]) == CHAR_SPACE || t->points[i + 1] == '\t'))
		return false;
	while (i > 0 && char_class(t->points[i - 1]) == CHAR_SPACE)
		i--;
	return i == 0 || ends_line(t->points[i - 1]);
}

/* A tab with something other than white space on its line before it and after it. */
static bool parts_cells(const struct ref_text *t, size_t tab)
{
	size_t before = tab, after = tab + 1;

	while (before > 0 && ref_is_white(t->points[before - 1]) && !ends_line(t->points[before - 1]))
		before--;
	while (after < t->count && ref_is_white(t->points[after]) && !ends_line(t->points[after]))
		after++;
	return before > 0 && !ends_line(t->points[before - 1]) && after < t->count && !ends_line(t->points[after]);
}

/* A run of white space that holds a blank line or a page break, and the sentence does not go on over it. */
static bool is_hard_white(const struct ref_text *t, size_t start)
{
	unsigned line_ends = 0, pages = 0;
	size_t i = start;

	for (; i < t->count && ref_is_white(t->points[i]); i++) {
		if (t->points[i] == '\r' && at(t, i + 1) == '\n')
			continue; /* counted with its line feed */
		line_ends += is_line_end(t->points[i]);
		pages += char_class(t->points[i]) == CHAR_PAGE;
	}
	if (line_ends < 2 && pages == 0)
		return false;
	return !(i < t->count && char_is_lower(t->points[i]));
}

/* Of the gap after a token, which is not the last. */
static enum gap_kind gap_kind(const struct ref_text *t, size_t token)
{
	size_t start = t->tokens[token].end, end = t->tokens[token + 1].start;
	enum gap_kind kind = GAP_PLAIN;

	for (size_t i = start; i < end; i++) {
		if (is_list_mark(t, i))
			return GAP_BREAK;
		if (ref_is_white(t->points[i]) && (i == start || !ref_is_white(t->points[i - 1])) && is_hard_white(t, i))
			return GAP_BREAK;
		switch (char_class(t->points[i])) {
		case CHAR_BREAK:
			return GAP_BREAK;
		case CHAR_STOP:
			if (stop_of_number(t, i) || (i == start && t->points[i] == '.' && stop_of_initialism(t, token)))
				break;
			return GAP_BREAK;
		case CHAR_TAB:
			if (parts_cells(t, i))
				return GAP_BREAK;
			break;
		case CHAR_SOFT:
			kind = GAP_SOFT;
			break;
		default:
			break;
		}
	}
	return kind;
}

/* A hyphen, then white space that holds a line end, and nothing else; breaks are left out by the caller. */
static bool is_cut(const struct ref_text *t, size_t start, size_t end)
{
	uint32_t hyphen = t->points[start];
	bool line_end = false;

	if (!(hyphen == '-' || hyphen == 0x2010 || hyphen == 0x2011 || hyphen == 0x00AD))
		return false;
	for (size_t i = start + 1; i < end; i++) {
		if (!ref_is_white(t->points[i]))
			return false;
		line_end |= is_line_end(t->points[i]);
	}
	return line_end;
}

static void find_gaps(struct ref_text *t)
{
	for (size_t i = 0; i < t->token_count; i++) {
		struct ref_token *k = &t->tokens[i];

		k->sentence = i == 0 ? 0 : t->tokens[i - 1].sentence + (t->tokens[i - 1].gap == GAP_BREAK);
		if (i + 1 == t->token_count) {
			k->gap = GAP_BREAK;
			t->sentence_count = k->sentence + 1;
			break;
		}
		size_t end = t->tokens[i + 1].start;
		k->gap = gap_kind(t, i);
		k->cut = k->gap != GAP_BREAK && is_cut(t, k->end, end);
		k->single_dash = end - k->end == 1 && char_class(t->points[k->end]) == CHAR_HYPHEN;
	}
}

/* ---- words ---- */

static bool is_s(char c, bool keep_case)
{
	return c == 's' || (keep_case && c == 'S');
}

/* first and last are the same token, or the two of a joined word. */
static struct ref_word read_word(const struct ref_text *t, const struct ref_token *first, const struct ref_token *last)
{
	struct buf raw = BUF_INIT;
	struct ref_word word;
	bool apostrophe_follows = last->end < t->count && char_class(t->points[last->end]) == CHAR_APOSTROPHE;

	for (const struct ref_token *k = first; k <= last; k++)
		buf_append(&raw, t->bytes + t->offsets[k->start], t->offsets[k->end] - t->offsets[k->start]);
	for (int keep_case = 0; keep_case < 2; keep_case++) {
		struct buf folded = BUF_INIT;

		fold_append(&folded, raw.data, raw.length, keep_case);
		size_t n = folded.length;
		bool ends_in_s = n > 1 && is_s(folded.data[n - 1], keep_case);

		word.base[keep_case] = NOT_POSSESSIVE;
		if (ends_in_s && n > 2 && folded.data[n - 2] == '\'')
			word.base[keep_case] = n - 2;
		else if (ends_in_s && apostrophe_follows)
			word.base[keep_case] = n - 1;
		word.length[keep_case] = n;
		word.text[keep_case] = buf_detach(&folded);
	}
	buf_release(&raw);
	return word;
}

void ref_text_init(struct ref_text *t, const char *bytes, size_t length)
{
	memset(t, 0, sizeof *t);
	decode(t, bytes, length);
	find_tokens(t);
	find_gaps(t);
	for (size_t i = 0; i < t->token_count; i++) {
		struct ref_token *k = &t->tokens[i];

		k->word = read_word(t, k, k);
		if (k->cut)
			k->joined = read_word(t, k, k + 1);
	}
}

void ref_text_release(struct ref_text *t)
{
	for (size_t i = 0; i < t->token_count; i++)
		for (int c = 0; c < 2; c++) {
			free(t->tokens[i].word.text[c]);
			free(t->tokens[i].joined.text[c]);
		}
	free(t->tokens);
	free(t->points);
	free(t->offsets);
}
