#include "pipeline/pack_scan.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/pack_gather.h"

void pack_scan_release(struct pack_scan *p)
{
	free(p->words);
	free(p->gaps);
	free(p->edges);
	tokens_release(&p->tokens);
	buf_release(&p->text);
	*p = (struct pack_scan){0};
}

static struct word_type type_of(const void *context, uint32_t number)
{
	const struct pack_reader *r = context;
	const char *spelling;
	const struct pack_string *s = pack_string_of(&r->pack->tables.words, &r->block.words, number, &spelling);
	return (struct word_type){spelling, s->length, s->mark & WORD_APOSTROPHE};
}

void pack_scan_begin(struct pack_scan *p, const struct pack_reader *r, struct scanner *s)
{
	uint32_t common = r->pack->tables.words.count;
	p->reader = r;
	if (r->part < PACK_TEXTS || (p->pack == r->pack && p->block == r->number && p->scanner == s))
		return;
	p->pack = r->pack;
	p->block = r->number;
	p->scanner = s;
	scanner_set_numbering(s, &(struct numbering){.owner = r->pack, .common = common, .count = common + r->block.words.count, .type = type_of, .context = r});
}

static const char *spell(void *context, uint32_t *edges, size_t *length)
{
	struct pack_scan *p = context;
	if (!pack_block_text(&p->reader->block, &p->reader->pack->tables, p->review, &p->text, edges))
		return NULL;
	*length = p->text.length;
	return p->text.data;
}

const struct numbered_text *pack_scan_text(struct pack_scan *p, size_t review)
{
	const struct pack_block *b = &p->reader->block;
	size_t count = b->reviews[review].words;
	if (count >= p->capacity) {
		p->capacity = count + count / 2 + 1;
		p->words = mem_realloc(p->words, p->capacity, sizeof *p->words);
		p->gaps = mem_realloc(p->gaps, p->capacity + 1, sizeof *p->gaps);
	}
	if (p->reader->part >= PACK_TEXTS)
		pack_block_words(b, review, p->words);
	pack_block_marks(b, review, p->gaps);
	p->review = review;
	p->numbered = (struct numbered_text){.words = p->words, .count = (uint32_t)count, .gaps = p->gaps, .spell = spell, .context = p};
	return &p->numbered;
}

bool pack_scan_is_true(struct pack_scan *p, const struct pack_reader *r, size_t review)
{
	size_t count = r->block.reviews[review].words, length;
	struct tokens *t = &p->tokens;
	p->reader = r;
	const struct numbered_text *numbered = pack_scan_text(p, review);
	if (count >= p->edge_capacity) {
		p->edge_capacity = count + count / 2 + 1;
		p->edges = mem_realloc(p->edges, p->edge_capacity, 2 * sizeof *p->edges);
	}
	const char *text = spell(p, p->edges, &length);
	if (!text)
		return false;
	tokens_find(t, ENGINE_PLAIN, text, length);
	if (t->count != count || memcmp(t->gaps - 1, numbered->gaps, count + 1) != 0 || memcmp(t->edges, p->edges, 2 * count * sizeof *p->edges) != 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (type_of(r, numbered->words[i]).apostrophe != (pack_word_mark(text, length, p->edges[2 * i + 1]) == WORD_APOSTROPHE))
			return false;
	return true;
}
