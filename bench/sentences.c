#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "bench/phrases.h"
#include "bench/sentences.h"
#include "bench/vocabulary.h"
#include "matchers/reference.h"

enum { CHUNKS = 8000, CHUNK_WORDS = 4, CHECKED = 200 };

struct bank {
	const struct lexicon *lexicon;
	struct bank_options options;
	struct phrases *phrases;
	struct vocabulary *background, *foreign;
	char **chunks;
	struct sentence *sentences;
	size_t count, drawable, capacity;
	struct bank_figures figures;
	/* scratch for the reference counter */
	unsigned char *marks;
	struct entry *entries;
};

/* ---- background ---- */

static bool background_word(const char *word, void *phrases)
{
	return !phrases_key_word(phrases, word);
}

static bool foreign_word(const char *word, void *phrases)
{
	return !phrases_any_word(phrases, word);
}

/* In a text of the kind nearly every word stands somewhere in a real lexicon, so those get their share beside the common ones. */
static const char *draw_background(const struct bank *b, struct rng *rng)
{
	double r = rng_real(rng);
	if (r < b->options.lexicon_words) {
		const char *w = phrases_common_word(b->phrases, rng);
		if (w)
			return w;
	}
	return b->options.plain || r > 1 - b->options.foreign_words ? vocabulary_word(b->background, rng) : vocabulary_usual(b->background, rng);
}

/* Real prose repeats itself; text of independent words would compress worse than it does. */
static void make_chunks(struct bank *b, struct rng *rng)
{
	b->chunks = mem_alloc(CHUNKS * sizeof *b->chunks);
	for (size_t i = 0; i < CHUNKS; i++) {
		struct buf t = BUF_INIT;
		for (size_t n = 2 + rng_below(rng, CHUNK_WORDS - 1); n--;) {
			buf_append_str(&t, draw_background(b, rng));
			buf_append_str(&t, n ? " " : "");
		}
		b->chunks[i] = buf_detach(&t);
	}
}

static const char *draw_chunk(const struct bank *b, struct rng *rng)
{
	return b->chunks[(size_t)(CHUNKS * pow(rng_real(rng), 2))];
}

/* ---- one sentence ---- */

struct draft {
	struct buf text;
	uint32_t words;
	struct plant planted[32];
	size_t plant_count, near_misses;
	bool separated; /* a comma or foreign word stands after the last phrase */
};

static void add_text(struct draft *d, const char *words)
{
	if (d->text.length)
		buf_append_char(&d->text, ' ');
	buf_append_str(&d->text, words);
}

static void add_foreign(struct bank *b, struct draft *d, struct rng *rng)
{
	if (!d->text.length) /* a capital letter is wanted here: no slot */
		add_text(d, vocabulary_rare(b->foreign, rng));
	else
		add_text(d, (char[]){SLOT, 0});
	d->separated = true;
}

static void add_phrase(struct bank *b, struct draft *d, struct rng *rng, bool near_miss)
{
	struct plant p;
	struct buf words = BUF_INIT;
	bool negate = !near_miss && rng_real(rng) < b->options.negated;
	if (!d->separated && rng_below(rng, 2))
		buf_append_char(&d->text, ',');
	else if (!d->separated && b->options.plain)
		add_foreign(b, d, rng);
	if (near_miss) {
		phrases_near_miss(b->phrases, rng, b->foreign, &words);
		d->near_misses++;
	} else {
		phrases_plant(b->phrases, rng, b->foreign, negate, &words, &p);
		d->planted[d->plant_count++] = p;
	}
	add_text(d, words.data);
	d->separated = false;
	buf_release(&words);
}

/* Whether a dash after the text would make it look like a heading: a board, a dash, a child. */
static bool ends_like_a_board(const struct draft *d)
{
	static const char *const ends[] = {"oard", "ership", "tners", "ittee"};
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (d->text.length >= strlen(ends[i]) && strcmp(d->text.data + d->text.length - strlen(ends[i]), ends[i]) == 0)
			return true;
	return false;
}

static void add_background(struct bank *b, struct draft *d, struct rng *rng)
{
	double kind = rng_real(rng);
	char word[80];
	if (kind > 0.60 && kind < 0.68 && !b->options.plain)
		kind = 0;
	if (kind < 0.60) {
		add_text(d, draw_chunk(b, rng));
	} else if (kind < 0.68) {
		add_foreign(b, d, rng);
	} else if (kind < 0.70) { /* a name */
		snprintf(word, sizeof word, "%s", vocabulary_rare(b->foreign, rng));
		word[0] = (char)toupper((unsigned char)word[0]);
		add_text(d, word);
		d->separated = true;
	} else if (kind < 0.735) {
		snprintf(word, sizeof word, "%u", rng_below(rng, 3) ? rng_below(rng, 20) : 1995 + rng_below(rng, 30));
		add_text(d, phrases_key_word(b->phrases, word) ? draw_background(b, rng) : word); /* an age may be the key of an entry */
	} else if (kind < 0.75) { /* typographic apostrophe */
		snprintf(word, sizeof word, "%s\xe2\x80\x99s", vocabulary_rare(b->foreign, rng));
		add_text(d, word);
		d->separated = true;
	} else if (kind < 0.755) { /* a word cut at the line end */
		snprintf(word, sizeof word, "%s", vocabulary_rare(b->foreign, rng));
		phrases_cut_word(b->phrases, word, sizeof word);
		add_text(d, word);
		d->separated = true;
	} else if (kind < 0.77) {
		snprintf(word, sizeof word, "%s-%s", vocabulary_rare(b->foreign, rng), vocabulary_rare(b->foreign, rng));
		add_text(d, word);
		d->separated = true;
	} else if (kind < 0.775 && !ends_like_a_board(d)) {
		add_text(d, "\xe2\x80\x93");
	} else {
		add_text(d, draw_background(b, rng));
	}
	if (rng_below(rng, 20) == 0) {
		buf_append_char(&d->text, ',');
		d->separated = true;
	}
}

/* Tokens, as docs/counting-rules.md section 2 has them, of the text that is written here. */
static size_t count_words(const char *text)
{
	size_t words = 0;
	bool inside = false;
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		bool apostrophe = *p == '\'' || !strncmp((const char *)p, "\xe2\x80\x99", 3);
		bool word = isalnum(*p) || *p == SLOT || (apostrophe && inside);
		words += word && !inside;
		inside = word;
		p += *p >= 0x80 ? 2 : 0; /* all others are three bytes long */
	}
	return words;
}

static size_t words_since_slot(const struct draft *d)
{
	const char *slot = d->text.length ? strrchr(d->text.data, SLOT) : NULL;
	return d->text.length ? count_words(slot ? slot + 1 : d->text.data) : 0;
}

static void draft_sentence(struct bank *b, struct draft *d, struct rng *rng)
{
	/* Words between hard breaks in the real ones: median 9, 90th percentile 26, about log-normal. */
	double normal = sqrt(-2 * log(1 - rng_real(rng))) * cos(6.283185307 * rng_real(rng));
	size_t length = (size_t)fmin(42, fmax(3, exp(2.2 + 0.83 * normal)));
	double each = b->options.density / 1000;
	*d = (struct draft){.separated = true};
	while ((d->words = (uint32_t)count_words(d->text.data ? d->text.data : "")) < length) {
		double r = rng_real(rng) / 2.2; /* a step adds about so many words */
		if (r < each && d->plant_count < 32)
			add_phrase(b, d, rng, false);
		else if (r < each * (1 + b->options.near_misses))
			add_phrase(b, d, rng, true);
		else if (words_since_slot(d) > 8) /* no long run that two reviews could share */
			add_foreign(b, d, rng);
		else
			add_background(b, d, rng);
	}
	/* Line ends in the running text, but no short lines, which might be taken for headings. */
	char *line = d->text.data, *last = d->text.data + d->text.length - (d->text.length < 40 ? d->text.length : 40);
	for (char *p = line; p < last; p++) {
		if (*p == ' ' && p - line > 40 && rng_below(rng, 45) == 0)
			*p = '\n';
		if (*p == '\n')
			line = p;
	}
	if (d->text.data[d->text.length - 1] == ',')
		d->text.data[--d->text.length] = 0;
	d->text.data[0] = (char)toupper((unsigned char)d->text.data[0]);
	buf_append_char(&d->text, '.');
}

/* ---- truth ---- */

static void add_count(struct truth *t, uint32_t theme, uint32_t mentions, uint32_t negated)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->counts[i].theme == theme) {
			t->counts[i].mentions += mentions;
			t->counts[i].negated += negated;
			return;
		}
	t->counts = mem_realloc(t->counts, t->count + 1, sizeof *t->counts);
	t->counts[t->count++] = (struct theme_count){theme, mentions, negated};
}

static void truth_from_plants(const struct bank *b, const struct draft *d, struct sentence *s)
{
	for (size_t z = 0; z < b->options.size_count; z++)
		for (size_t i = 0; i < d->plant_count; i++)
			if (d->planted[i].entry < b->options.sizes[z])
				for (uint32_t t = b->lexicon->entries[d->planted[i].entry].theme; t != THEME_NONE; t = b->lexicon->themes[t].parent)
					add_count(&s->truth[z], t, !d->planted[i].negated, d->planted[i].negated);
	s->words = (uint32_t)count_words(s->text);
}

static void fill_slots(const struct bank *b, const char *text, size_t length, struct rng *rng, struct buf *out)
{
	for (const char *end = text + length; text < end;) {
		const char *slot = memchr(text, SLOT, (size_t)(end - text));
		buf_append(out, text, (size_t)((slot ? slot : end) - text));
		if (!slot)
			return;
		buf_append_str(out, vocabulary_word(b->foreign, rng));
		text = slot + 1;
	}
}

/* The reference counter's verdict, taken with two fillings of the slots; false if they differ (an expression that looks at any word). It is given
 * the whole lexicon, or only those entries whose key word stands in the sentence: the others cannot match. */
static bool truth_from_reference(const struct bank *b, struct sentence *s, bool whole, struct rng *rng)
{
	struct truth second = {NULL, 0};
	struct lexicon part = *b->lexicon;
	if (!whole) {
		part.entries = b->entries;
		part.entry_count = 0;
		phrases_mark(b->phrases, s->text, b->marks);
		for (size_t i = 0; i < b->lexicon->entry_count; i++)
			if (b->marks[i])
				part.entries[part.entry_count++] = b->lexicon->entries[i];
	}
	for (int round = 0; round < 2; round++) {
		struct buf text = BUF_INIT;
		struct reference r;
		fill_slots(b, s->text, s->length, rng, &text);
		reference_count(&part, NESTED_THEME, text.data, text.length, &r);
		s->words = r.words;
		for (size_t i = 0; i < r.tally_count; i++)
			if (r.tallies[i].mentions || r.tallies[i].negated)
				add_count(round ? &second : &s->truth[0], r.tallies[i].theme, r.tallies[i].mentions, r.tallies[i].negated);
		reference_release(&r);
		buf_release(&text);
		if (!strchr(s->text, SLOT))
			return true;
	}
	bool same = second.count == s->truth[0].count && (!second.count || !memcmp(second.counts, s->truth[0].counts, second.count * sizeof *second.counts));
	free(second.counts);
	return same;
}

/* What was found the short way must be what the reference counter finds with the whole lexicon; tried on the first sentences of a bank. */
static void check_truth(const struct bank *b, const struct sentence *s, struct rng *rng)
{
	struct sentence judged = {.text = s->text, .length = s->length};
	const struct truth *found = &s->truth[b->options.size_count - 1];
	bool same = truth_from_reference(b, &judged, true, rng) && judged.words == s->words && judged.truth[0].count == found->count;
	for (size_t i = 0; same && i < found->count; i++) {
		const struct theme_count *c = &found->counts[i], *j = judged.truth[0].counts, *end = j + found->count;
		while (j < end && j->theme != c->theme)
			j++;
		same = j < end && j->mentions == c->mentions && j->negated == c->negated;
	}
	if (!same) {
		fprintf(stderr, "gen_corpus: the reference counter does not agree about the sentence \"%s\"\n", s->text);
		exit(1);
	}
	free(judged.truth[0].counts);
}

static void release_sentence(struct sentence *s)
{
	free(s->text);
	for (size_t z = 0; z < MAX_SIZES; z++)
		free(s->truth[z].counts);
}

static void keep(struct bank *b, struct sentence s)
{
	MEM_GROW(b->sentences, b->count, b->capacity);
	b->sentences[b->count++] = s;
}

static void make_sentence(struct bank *b, struct rng *rng)
{
	struct draft d;
	draft_sentence(b, &d, rng);
	struct sentence s = {.length = d.text.length, .planted = (uint32_t)d.plant_count};
	s.text = buf_detach(&d.text);
	if (b->options.plain) {
		truth_from_plants(b, &d, &s);
	} else if (!truth_from_reference(b, &s, false, rng)) {
		b->figures.dropped++;
		release_sentence(&s);
		return;
	}
	if (b->count < CHECKED)
		check_truth(b, &s, rng);
	if (!d.plant_count && !d.near_misses && s.truth[0].count) {
		fprintf(stderr, "gen_corpus: the background sentence \"%s\" counts for %s\n", s.text, b->lexicon->themes[s.truth[0].counts[0].theme].code);
		exit(1);
	}
	for (size_t i = 0; i < s.truth[b->options.size_count - 1].count; i++) {
		const struct theme_count *c = &s.truth[b->options.size_count - 1].counts[i];
		if (b->lexicon->themes[c->theme].entries) /* themes that only gather others are left out */
			b->figures.counted += c->mentions + c->negated;
	}
	b->figures.sentences++;
	b->figures.words += s.words;
	b->figures.planted += s.planted;
	b->figures.near_misses += d.near_misses;
	keep(b, s);
}

struct bank *bank_new(const struct lexicon *lexicon, const struct bank_options *options)
{
	struct bank *b = mem_calloc(1, sizeof *b);
	struct rng rng;
	b->lexicon = lexicon;
	b->options = *options;
	b->phrases = phrases_new(lexicon, options->seed, options->plain);
	b->background = vocabulary_new(options->seed, background_word, b->phrases);
	b->foreign = vocabulary_new(options->seed, foreign_word, b->phrases);
	rng_init(&rng, options->seed + 2);
	b->marks = mem_alloc(lexicon->entry_count + 1);
	b->entries = mem_alloc((lexicon->entry_count + 1) * sizeof *b->entries);
	make_chunks(b, &rng);
	while (b->count < options->sentences)
		make_sentence(b, &rng);
	b->drawable = b->count;
	return b;
}

void bank_free(struct bank *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->count; i++)
		release_sentence(&b->sentences[i]);
	for (size_t i = 0; i < CHUNKS; i++)
		free(b->chunks[i]);
	free(b->chunks);
	free(b->marks);
	free(b->entries);
	free(b->sentences);
	vocabulary_free(b->background);
	vocabulary_free(b->foreign);
	phrases_free(b->phrases);
	free(b);
}

const struct sentence *bank_draw(const struct bank *b, struct rng *rng)
{
	return &b->sentences[rng_below(rng, (uint32_t)b->drawable)];
}

size_t bank_add(struct bank *b, const char *text)
{
	struct rng rng;
	rng_init(&rng, b->options.seed + 3);
	struct sentence s = {.text = mem_strdup(text), .length = strlen(text)};
	struct draft nothing = {0};
	if (b->options.plain) {
		truth_from_plants(b, &nothing, &s);
	} else if (!truth_from_reference(b, &s, true, &rng)) {
		fprintf(stderr, "gen_corpus: the truth of \"%s\" depends on the words in its slots\n", text);
		exit(1);
	}
	keep(b, s);
	return b->count - 1;
}

const struct sentence *bank_at(const struct bank *b, size_t index)
{
	return &b->sentences[index];
}

void sentence_write(const struct bank *b, const struct sentence *s, struct rng *rng, struct buf *out)
{
	fill_slots(b, s->text, s->length, rng, out);
}

const struct bank_figures *bank_figures(const struct bank *b)
{
	return &b->figures;
}
