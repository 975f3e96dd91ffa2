#include "matchers/numbered.h"

#include <string.h>

#include "matchers/scanner.h"

static void forget_types(struct scanner *s, uint32_t from)
{
	struct number_table *n = &s->numbers;

	memset(n->tags + from, 0xFF, (n->capacity - from) * sizeof *n->tags); /* UNKNOWN_WORD */
}

void scanner_set_numbering(struct scanner *s, const struct numbering *numbering)
{
	struct number_table *n = &s->numbers;
	bool same = n->tags && n->numbering.owner == numbering->owner && n->numbering.common == numbering->common;

	if (numbering->count > n->capacity || !n->tags) {
		n->capacity = numbering->count + numbering->count / 2 + 1;
		n->tags = mem_realloc(n->tags, n->capacity, sizeof *n->tags);
	}
	n->numbering = *numbering;
	forget_types(s, same ? numbering->common : 0);
}

static struct word_type type_of(const struct scanner *s, uint32_t number)
{
	return s->numbers.numbering.type(s->numbers.numbering.context, number);
}

static void fill_words(struct scanner *s, const struct numbered_text *text)
{
	struct number_table *n = &s->numbers;
	uint32_t generation = words_begin_text(s->words), done = 0;

	if (generation != n->generation) {
		forget_types(s, 0);
		n->generation = generation;
	}
	while ((done = words_fill(s->words, n->tags, text->words, done, &s->tokens, &s->stream)) < text->count) {
		struct word_type t = type_of(s, text->words[done]);

		n->tags[text->words[done]] = words_value(s->words, t.spelling, t.length, t.apostrophe).tag;
	}
}

static void join_cuts(struct scanner *s, const struct numbered_text *text)
{
	const struct tokens *t = &s->tokens;

	for (uint32_t i = 0; i < t->cut_count; i++) {
		const uint32_t *halves = text->words + t->cuts[i];
		struct word_type last = type_of(s, halves[1]);

		buf_clear(&s->spelling);
		for (int k = 0; k < 2; k++) {
			struct word_type half = type_of(s, halves[k]);

			buf_append(&s->spelling, half.spelling, half.length);
		}
		scanner_add_joined(s, i, last.apostrophe);
	}
}

static void begin(struct scanner *s, const struct numbered_text *text, struct scan *scan)
{
	*scan = (struct scan){0};
	s->text = NULL;
	s->length = 0;
	s->numbered = text;
	tokens_from_gaps(&s->tokens, text->gaps, text->count);
}

enum scan_status scanner_scan_numbered(struct scanner *s, const struct numbered_text *text, struct scan *scan)
{
	begin(s, text, scan);
	scanner_reserve(s);
	fill_words(s, text);
	join_cuts(s, text);
	return scanner_match(s, STAGE_ALL, scan);
}

enum scan_status scanner_scan_kept(struct scanner *s, const struct numbered_text *text, const struct candidate *kept, size_t kept_count, struct scan *scan)
{
	if (matcher_is_idle(s->matcher)) {
		begin(s, text, scan);
		scan->words = s->tokens.count;
		scan->sentences = s->tokens.sentences;
	} else {
		enum scan_status status = scanner_scan_numbered(s, text, scan);

		if (status != SCAN_OK)
			return status;
	}
	if (scan->candidate_count) {
		merge_candidates(s, kept, kept_count);
		scan->candidates = s->candidates;
		scan->candidate_count = s->candidate_count;
		return SCAN_OK;
	}
	scan->candidates = kept;
	scan->candidate_count = kept_count;
	return SCAN_OK;
}

const char *scan_text(struct scanner *s, size_t *length)
{
	if (!s->text && s->numbered)
		s->text = s->numbered->spell(s->numbered->context, s->tokens.edges, &s->length);
	*length = s->length;
	return s->text;
}
