/* The reference counter as a judge: compares, and makes the text that shows a difference small. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "matchers/reference.h"

/* A note of a difference; the first one is kept. */
struct note {
	struct buf *what;
	size_t at;
};

static void add_token_range(struct note *note, const struct reference *r, uint32_t first, uint32_t last)
{
	buf_printf(note->what, "tokens %u to %u", first, last);
	if (first < r->words && last < r->words)
		buf_printf(note->what, " (bytes %zu to %zu)", r->token_start[first], r->token_end[last]);
	note->at = first < r->words ? r->token_start[first] : 0;
}

static void add_candidate(struct note *note, const struct lexicon *lexicon, const struct reference *r, const struct candidate *c)
{
	const struct entry *e = &lexicon->entries[c->entry];

	buf_printf(note->what, "entry '%s' (%s:%u) at ", e->source, e->file, e->line);
	add_token_range(note, r, c->first, c->last);
}

static bool tokens_differ(const struct reference *r, const struct engine_result *e, struct note *note)
{
	uint32_t common = r->words < e->scan.words ? r->words : e->scan.words;

	for (uint32_t i = 0; i < common; i++) {
		size_t start = scan_token_start(e->scanner, i), end = scan_token_end(e->scanner, i);
		uint32_t sentence = scan_sentence(e->scanner, i);

		if (start == r->token_start[i] && end == r->token_end[i] && sentence == r->token_sentence[i])
			continue;
		buf_printf(note->what, "token %u: engine has bytes %zu to %zu, sentence %u; reference has bytes %zu to %zu, sentence %u", i, start, end,
		           sentence, r->token_start[i], r->token_end[i], r->token_sentence[i]);
		note->at = r->token_start[i];
		return true;
	}
	if (r->words == e->scan.words && r->sentences == e->scan.sentences)
		return false;
	buf_printf(note->what, "engine has %u words in %u sentences; reference has %u in %u", e->scan.words, e->scan.sentences, r->words, r->sentences);
	note->at = common ? r->token_end[common - 1] : 0;
	return true;
}

static int compare_candidates(const struct candidate *a, const struct candidate *b)
{
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	if (a->last != b->last)
		return a->last < b->last ? -1 : 1;
	return a->entry < b->entry ? -1 : a->entry > b->entry;
}

static bool candidates_differ(const struct lexicon *lexicon, const struct reference *r, const struct engine_result *e, struct note *note)
{
	for (size_t i = 0;; i++) {
		const struct candidate *ours = i < e->scan.candidate_count ? &e->scan.candidates[i] : NULL;
		const struct candidate *theirs = i < r->candidate_count ? &r->candidates[i] : NULL;

		if (!ours && !theirs)
			return false;
		int order = !theirs ? -1 : !ours ? 1 : compare_candidates(ours, theirs);
		if (order == 0)
			continue;
		const struct candidate *sole = order < 0 ? ours : theirs;

		assert(sole);
		buf_printf(note->what, "candidate %zu: only the %s has ", i, order < 0 ? "engine" : "reference");
		add_candidate(note, lexicon, r, sole);
		return true;
	}
}

static bool tallies_differ(const struct lexicon *lexicon, const struct reference *r, const struct engine_result *e, struct note *note)
{
	for (uint32_t theme = 0, i = 0, k = 0; theme < lexicon->theme_count; theme++) {
		struct theme_tally none = {.theme = theme}, ours = none, theirs = none;

		if (i < e->resolution.tally_count && e->resolution.tallies[i].theme == theme)
			ours = e->resolution.tallies[i++];
		if (k < r->tally_count && r->tallies[k].theme == theme)
			theirs = r->tallies[k++];
		if (ours.mentions == theirs.mentions && ours.negated == theirs.negated && ours.sentences == theirs.sentences)
			continue;
		buf_printf(note->what, "theme %s: engine counts %u mentions, %u negated, %u sentences; reference counts %u, %u, %u",
		           lexicon->themes[theme].code, ours.mentions, ours.negated, ours.sentences, theirs.mentions, theirs.negated, theirs.sentences);
		return true;
	}
	if (r->tally_count == e->resolution.tally_count)
		return false;
	buf_printf(note->what, "engine has %zu tallies; reference has %zu", e->resolution.tally_count, r->tally_count);
	return true;
}

static void add_mention(struct note *note, const struct lexicon *lexicon, const struct reference *r, const struct mention *m)
{
	add_candidate(note, lexicon, r, &(struct candidate){m->first, m->last, m->entry});
	buf_printf(note->what, " for %s", lexicon->themes[m->theme].code);
	if (m->cue != NO_CUE)
		buf_printf(note->what, ", negated by candidate %u", m->cue);
}

static bool mentions_differ(const struct lexicon *lexicon, const struct reference *r, const struct engine_result *e, struct note *note)
{
	for (size_t i = 0; i < r->mention_count || i < e->resolution.mention_count; i++) {
		const struct mention *ours = i < e->resolution.mention_count ? &e->resolution.mentions[i] : NULL;
		const struct mention *theirs = i < r->mention_count ? &r->mentions[i] : NULL;

		if (ours && theirs && ours->theme == theirs->theme && ours->first == theirs->first && ours->last == theirs->last &&
		    ours->entry == theirs->entry && ours->cue == theirs->cue)
			continue;
		buf_printf(note->what, "mention %zu: engine has ", i);
		if (ours)
			add_mention(note, lexicon, r, ours);
		buf_append_str(note->what, ours ? "; reference has " : "none; reference has ");
		if (theirs)
			add_mention(note, lexicon, r, theirs);
		else
			buf_append_str(note->what, "none");
		return true;
	}
	return false;
}

static const char *fate_word(enum fate fate)
{
	static const char *const words[] = {"counted", "negated", "same", "excluded", "beaten", "nested", "no candidate"};
	return words[fate];
}

static bool fates_differ(const struct lexicon *lexicon, const struct reference *r, const struct engine_result *e, struct note *note)
{
	for (size_t i = 0; i < r->candidate_count; i++) {
		struct candidate_fate ours = e->resolution.fates[i], theirs = r->fates[i];

		if (ours.fate == theirs.fate && ours.by == theirs.by)
			continue;
		buf_printf(note->what, "fate of candidate %zu, ", i);
		add_candidate(note, lexicon, r, &r->candidates[i]);
		buf_printf(note->what, ": engine says %s by %d; reference says %s by %d", fate_word(ours.fate), (int)ours.by, fate_word(theirs.fate),
		           (int)theirs.by);
		return true;
	}
	return false;
}

bool reference_differs(const struct lexicon *lexicon, const struct reference *r, const struct engine_result *e, struct buf *what, size_t *at)
{
	struct buf words = BUF_INIT;
	struct note note = {&words, 0};

	if (e->scan.inconclusive_count)
		return false;
	bool differs = tokens_differ(r, e, &note) || candidates_differ(lexicon, r, e, &note) || tallies_differ(lexicon, r, e, &note) ||
	               ((e->wanted & RESOLVE_MENTIONS) && mentions_differ(lexicon, r, e, &note)) ||
	               ((e->wanted & RESOLVE_FATES) && fates_differ(lexicon, r, e, &note));
	if (differs && what)
		buf_append(what, words.data, words.length);
	if (differs && at)
		*at = note.at;
	buf_release(&words);
	return differs;
}

/* ---- small texts ---- */

/* The start of the code point count after the one at from. */
static size_t skip(const char *text, size_t length, size_t from, size_t count)
{
	for (; count && from < length; count--) {
		from++;
		while (from < length && (text[from] & 0xC0) == 0x80)
			from++;
	}
	return from;
}

size_t reference_shrink(char *text, size_t length, text_differs *differs, void *context, size_t budget)
{
	enum { TRIAL_COST = 100 }; /* a text costs something however short it is */
	char *smaller = mem_alloc(length + 1);
	size_t chunk = length / 2;

	if (chunk == 0)
		chunk = 1;
	for (;;) {
		bool shrunk = false;

		for (size_t from = 0; from < length && budget;) {
			size_t to = skip(text, length, from, chunk), rest = length - to;

			memcpy(smaller, text, from);
			memcpy(smaller + from, text + to, rest);
			budget -= budget < from + rest + TRIAL_COST ? budget : from + rest + TRIAL_COST;
			if (differs(context, smaller, from + rest)) {
				memcpy(text, smaller, from + rest);
				length = from + rest;
				shrunk = true;
			} else {
				from = to;
			}
		}
		if (budget == 0 || (chunk == 1 && !shrunk))
			break;
		if (chunk > 1)
			chunk /= 2;
	}
	free(smaller);
	return length;
}

void reference_quote(struct buf *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint32_t c;
		size_t n = utf8_decode(text + i, length - i, &c);

		if (n == 0) {
			c = 0xFFFD;
			n = 1;
		}
		if (c == '\n')
			buf_append_str(out, "\\n");
		else if (c == '\r')
			buf_append_str(out, "\\r");
		else if (c == '\t')
			buf_append_str(out, "\\t");
		else if (c == '\\')
			buf_append_str(out, "\\\\");
		else if (c >= ' ' && c < 0x7F)
			buf_append_char(out, (char)c);
		else
			buf_printf(out, "\\u{%X}", (unsigned)c);
		i += n;
	}
}

/* ---- --verify ---- */

struct trial {
	const struct lexicon *lexicon;
	enum nested nested;
	reference_rerun *rerun;
	void *context;
};

static bool differs_on(struct trial *t, const char *text, size_t length, struct buf *what)
{
	struct engine_result result;
	struct reference r;

	if (!t->rerun(t->context, text, length, &result))
		return false;
	reference_count(t->lexicon, t->nested, text, length, &r);
	bool differs = reference_differs(t->lexicon, &r, &result, what, NULL);
	reference_release(&r);
	return differs;
}

static bool trial_differs(void *context, const char *text, size_t length)
{
	return differs_on(context, text, length, NULL);
}

/* A part of the text around byte at that shows a difference too: the smallest of some widths, at worst the whole. */
static void narrow(struct trial *t, const char *text, size_t length, size_t at, size_t *start, size_t *end)
{
	for (size_t reach = 256; reach < length; reach *= 4) {
		*start = at > reach ? at - reach : 0;
		*end = length - at > reach ? at + reach : length;
		while (*start < *end && (text[*start] & 0xC0) == 0x80)
			++*start;
		while (*end < length && (text[*end] & 0xC0) == 0x80)
			++*end;
		if (differs_on(t, text + *start, *end - *start, NULL))
			return;
	}
	*start = 0;
	*end = length;
}

int reference_check(const struct lexicon *lexicon, enum nested nested, const char *text, size_t length, const struct engine_result *result,
                    reference_rerun *rerun, void *context, struct buf *report)
{
	enum { BUDGET = 4 * 1000 * 1000 };
	struct trial t = {lexicon, nested, rerun, context};
	struct reference r;
	size_t at, start, end;

	reference_count(lexicon, nested, text, length, &r);
	bool differs = reference_differs(lexicon, &r, result, report, &at);
	reference_release(&r);
	if (!differs)
		return 0;

	narrow(&t, text, length, at, &start, &end);
	char *small = mem_strndup(text + start, end - start);
	size_t small_length = reference_shrink(small, end - start, trial_differs, &t, BUDGET);
	struct buf what = BUF_INIT;

	if (differs_on(&t, small, small_length, &what)) {
		buf_append_str(report, "\nthe smallest text found that shows a difference: \"");
		reference_quote(report, small, small_length);
		buf_printf(report, "\"\nthere: %s", what.data);
	} else {
		buf_append_str(report, "\nit does not show when the engine runs again on the same text");
	}
	buf_release(&what);
	free(small);
	return 1;
}
