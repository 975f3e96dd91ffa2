#include "pipeline/pack_finds.h"

#include <stdlib.h>
#include <string.h>

/* ---- making ---- */

static uint32_t put_pattern(struct pack_strings *patterns, const struct entry *e, uint32_t most)
{
	return pack_strings_put(patterns, e->source, strlen(e->source), e->flags & PACK_PATTERN_MARKS, 1, most);
}

void finds_wanted_init(struct finds_wanted *w, const struct lexicon *l)
{
	*w = (struct finds_wanted){.pattern_of = mem_calloc(l->entry_count, sizeof *w->pattern_of), .left_out = mem_calloc(l->entry_count, sizeof *w->left_out)};
	for (size_t i = 0; i < l->entry_count; i++) {
		uint32_t before = w->patterns.count;
		w->left_out[i] = l->entries[i].flags & ENTRY_REGEX;
		if (w->left_out[i])
			continue;
		w->pattern_of[i] = put_pattern(&w->patterns, &l->entries[i], UINT32_MAX);
		w->left_out[i] = w->pattern_of[i] < before;
	}
}

void finds_wanted_release(struct finds_wanted *w)
{
	pack_strings_release(&w->patterns);
	free(w->pattern_of);
	free(w->left_out);
	*w = (struct finds_wanted){.pattern_of = NULL};
}

/* ---- using ---- */

/* Fills in by entry its pattern, or PACK_NO_STRING. Returns how many have one. */
static size_t find_patterns(const struct pack_strings *patterns, const struct lexicon *l, uint32_t *pattern_of)
{
	struct pack_strings known = {0};
	size_t count = 0;
	for (uint32_t i = 0; i < patterns->count; i++)
		pack_strings_put(&known, patterns->bytes.data + patterns->items[i].start, patterns->items[i].length, patterns->items[i].mark, 1, UINT32_MAX);
	for (size_t i = 0; i < l->entry_count; i++) {
		const struct entry *e = &l->entries[i];
		pattern_of[i] = e->flags & ENTRY_REGEX ? PACK_NO_STRING : put_pattern(&known, e, known.count);
		count += pattern_of[i] != PACK_NO_STRING;
	}
	if (known.count != patterns->count)
		count = 0; /* one comes twice: a pack that nobody wrote */
	pack_strings_release(&known);
	return count;
}

/* Lists the entries of each pattern, in order. */
static void list_entries(struct pack_finds *f, uint32_t patterns, const uint32_t *pattern_of, size_t entries)
{
	f->first = mem_calloc((size_t)patterns + 2, sizeof *f->first);
	f->entries = mem_alloc((entries + 1) * sizeof *f->entries);
	for (size_t i = 0; i < entries; i++)
		if (pattern_of[i] != PACK_NO_STRING)
			f->first[pattern_of[i] + 2]++;
	for (uint32_t p = 2; p < patterns + 2; p++)
		f->first[p] += f->first[p - 1];
	for (size_t i = 0; i < entries; i++)
		if (pattern_of[i] != PACK_NO_STRING)
			f->entries[f->first[pattern_of[i] + 1]++] = (uint32_t)i;
}

bool pack_finds_are_ours(const struct pack *p)
{
	return p->contents.pattern_count && strcmp(p->contents.finder, matcher_build()) == 0;
}

struct pack_finds *pack_finds_new(const struct pack *p, const struct lexicon *l, const struct matcher_options *options)
{
	if (!pack_finds_are_ours(p))
		return NULL;
	struct pack_finds *f = mem_calloc(1, sizeof *f);
	uint32_t *pattern_of = mem_alloc((l->entry_count + 1) * sizeof *pattern_of);
	bool *known = mem_calloc(l->entry_count, sizeof *known);
	size_t count = find_patterns(&p->tables.patterns, l, pattern_of);
	for (size_t i = 0; i < l->entry_count; i++)
		known[i] = pattern_of[i] != PACK_NO_STRING;
	if (2 * count >= l->entry_count) {
		struct matcher_options rest = *options;
		struct problem_list problems = {0};
		rest.left_out = known;
		f->rest = matcher_new(l, &rest, &problems);
		problem_list_release(&problems); /* they were said of the whole lexicon */
	}
	if (f->rest)
		list_entries(f, p->tables.patterns.count, pattern_of, l->entry_count);
	free(pattern_of);
	free(known);
	if (f->rest)
		return f;
	pack_finds_free(f);
	return NULL;
}

void pack_finds_free(struct pack_finds *f)
{
	if (!f)
		return;
	matcher_free(f->rest);
	free(f->first);
	free(f->entries);
	free(f);
}

void pack_finds_take(const struct pack_finds *f, const struct pack_block *b, size_t review, struct candidate_list *out)
{
	const struct packed_review *r = &b->reviews[review];
	const struct pack_find *finds = r->finds ? b->finds + r->first_find : NULL;
	out->count = 0;
	for (size_t i = 0; i < r->finds; i++)
		for (uint32_t k = f->first[finds[i].pattern]; k < f->first[finds[i].pattern + 1]; k++) {
			struct candidate c = {finds[i].first, finds[i].last, f->entries[k]};
			MEM_GROW(out->items, out->count, out->capacity);
			size_t at = out->count++;
			for (; at > 0 && out->items[at - 1].entry > c.entry && out->items[at - 1].first == c.first && out->items[at - 1].last == c.last; at--)
				out->items[at] = out->items[at - 1]; /* patterns are in the order of another lexicon */
			out->items[at] = c;
		}
}

struct lexicon *pack_finds_lexicon(const struct pack *p)
{
	struct buf lines = BUF_INIT;
	struct problem_list problems = {0};
	char letters[sizeof ENTRY_FLAG_LETTERS];
	buf_append_str(&lines, "theme\tpattern\tflags\n");
	for (uint32_t i = 0; i < p->tables.patterns.count; i++) {
		const struct pack_string *s = &p->tables.patterns.items[i];
		lexicon_flag_letters(s->mark, letters);
		buf_printf(&lines, "found\t%.*s\t%s\n", (int)s->length, p->tables.patterns.bytes.data + s->start, letters);
	}
	struct lexicon *l = lexicon_read(&(struct lexicon_source){p->path, lines.data, lines.length}, 1, NULL, &problems);
	problem_list_release(&problems);
	buf_release(&lines);
	if (l && l->entry_count == p->tables.patterns.count)
		return l;
	lexicon_free(l);
	return NULL;
}
