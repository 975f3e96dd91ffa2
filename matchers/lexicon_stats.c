#include "matchers/lexicon_stats.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "matchers/sequence.h"

/* A theme in which a sequence stands; those of one sequence are chained, newest first. */
struct place {
	uint32_t theme;
	uint32_t next; /* place + 1, 0 at the end */
};

struct counting {
	const struct lexicon *lexicon;
	struct lexicon_stats *stats;
	struct strmap sequences;  /* key: newest place + 1 */
	struct strmap words, pairs; /* pairs: overlap's index + 1 */
	struct place *places;
	size_t place_count, place_capacity, overlap_capacity;
	struct buf key;
};

static void count_words(struct counting *c, const struct item_list *sequence)
{
	size_t span = 0;
	for (size_t i = 0; i < sequence->count; i++) {
		const struct item *item = &sequence->items[i];
		span += item->kind == ITEM_GAP ? item->gap : 1;
		if (!item->text)
			continue;
		bool is_new;
		strmap_put(&c->words, item->text, strlen(item->text), &is_new);
		c->stats->words += is_new && item->kind == ITEM_WORD;
		c->stats->wildcards += is_new && item->kind == ITEM_WILDCARD;
	}
	if (span > c->stats->longest)
		c->stats->longest = span;
}

static void count_overlap(struct counting *c, uint32_t one, uint32_t two, const struct item_list *sequence)
{
	if (theme_is_within(c->lexicon, one, two) || theme_is_within(c->lexicon, two, one))
		return;
	uint32_t pair[2] = {one < two ? one : two, one < two ? two : one};
	struct lexicon_stats *stats = c->stats;
	size_t *index = strmap_put(&c->pairs, pair, sizeof pair, NULL);
	if (!*index) {
		MEM_GROW(stats->overlaps, stats->overlap_count, c->overlap_capacity);
		struct buf example = BUF_INIT;
		sequence_write(&example, sequence);
		stats->overlaps[stats->overlap_count++] = (struct theme_overlap){pair[0], pair[1], 0, buf_detach(&example)};
		*index = stats->overlap_count;
	}
	stats->overlaps[*index - 1].sequences++;
}

static void count_sequence(struct counting *c, const struct entry *e, const struct item_list *sequence)
{
	count_words(c, sequence);
	buf_clear(&c->key);
	buf_append_char(&c->key, e->flags & ENTRY_CASE ? 'C' : '-');
	sequence_key(&c->key, sequence);
	size_t *newest = strmap_put(&c->sequences, c->key.data, c->key.length, NULL), themes = 0;
	for (size_t at = *newest; at; at = c->places[at - 1].next, themes++)
		if (c->places[at - 1].theme == e->theme)
			return;
	c->stats->sequences++;
	c->stats->by_theme[e->theme].sequences++;
	if (themes >= WIDESPREAD_THEMES) {
		c->stats->widespread += themes == WIDESPREAD_THEMES;
		if (themes > WIDESPREAD_THEMES)
			return; /* no more places are kept, so that a sequence in every theme costs no square of them */
	} else
		for (size_t at = *newest; at; at = c->places[at - 1].next)
			count_overlap(c, c->places[at - 1].theme, e->theme, sequence);
	MEM_GROW(c->places, c->place_count, c->place_capacity);
	c->places[c->place_count++] = (struct place){e->theme, (uint32_t)*newest};
	*newest = c->place_count;
}

static void count_entry(struct counting *c, const struct entry *e)
{
	struct lexicon_stats *stats = c->stats;
	if (e->role == ROLE_EXCLUSION) {
		stats->exclusions++;
		if (e->theme != THEME_ANY)
			stats->by_theme[e->theme].exclusions++;
		return;
	}
	if (e->role != ROLE_MENTION) {
		stats->cues++;
		return;
	}
	stats->entries++;
	stats->by_theme[e->theme].own++;
	stats->expressions += (e->flags & ENTRY_REGEX) != 0;
	size_t count;
	struct item_list *lists = entry_expand(e, &count);
	for (size_t i = 0; i < count; i++)
		count_sequence(c, e, &lists[i]);
	item_lists_free(lists, count);
}

static int by_size(const void *a, const void *b)
{
	const struct theme_overlap *one = a, *two = b;
	if (one->sequences != two->sequences)
		return one->sequences > two->sequences ? -1 : 1;
	if (one->a != two->a)
		return one->a < two->a ? -1 : 1;
	return one->b < two->b ? -1 : one->b > two->b;
}

void lexicon_stats_init(struct lexicon_stats *stats, const struct lexicon *lexicon)
{
	*stats = (struct lexicon_stats){.themes = lexicon->theme_count, .leaves = lexicon->theme_count};
	stats->by_theme = mem_calloc(lexicon->theme_count, sizeof *stats->by_theme);
	struct counting c = {.lexicon = lexicon, .stats = stats};
	for (size_t i = 0; i < lexicon->entry_count; i++)
		count_entry(&c, &lexicon->entries[i]);
	bool *has_children = mem_calloc(lexicon->theme_count, sizeof *has_children);
	for (size_t i = lexicon->theme_count; i-- > 0;) { /* children before their parents */
		uint32_t parent = lexicon->themes[i].parent;
		stats->by_theme[i].within += stats->by_theme[i].own;
		stats->leaves -= has_children[i];
		if (parent == THEME_NONE)
			continue;
		has_children[parent] = true;
		stats->by_theme[parent].within += stats->by_theme[i].within;
	}
	if (stats->overlap_count)
		qsort(stats->overlaps, stats->overlap_count, sizeof *stats->overlaps, by_size);
	free(has_children);
	free(c.places);
	strmap_release(&c.sequences);
	strmap_release(&c.words);
	strmap_release(&c.pairs);
	buf_release(&c.key);
}

void lexicon_stats_release(struct lexicon_stats *stats)
{
	for (size_t i = 0; i < stats->overlap_count; i++)
		free(stats->overlaps[i].example);
	free(stats->overlaps);
	free(stats->by_theme);
	*stats = (struct lexicon_stats){0};
}
