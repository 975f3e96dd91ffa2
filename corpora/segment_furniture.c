/* Page furniture: page numbers, running heads and feet. They are found by what they do, not by what they say: a number that counts up
 * page after page, and lines that stand beside such numbers or beside form feeds again and again. */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "corpora/segment.h"

#define LINE_MOST 120         /* bytes of a running head or foot */
#define PAGE_LEAST 300        /* bytes between two page numbers */
#define REPEATS_LEAST 3
#define NEIGHBOURS 2          /* lines looked at on each side of a page's edge */
#define BLANK_LINES 6         /* that may lie between */
#define NONE UINT32_MAX
#define SLOTS_KEPT 1024

/* A table from the hash of a line, digits all alike, to how often it was seen and by whom last. It is kept from document to document. */
struct slot {
	uint64_t key; /* 0: free */
	uint32_t count, last;
};
struct line_counts {
	struct slot *slot;
	size_t size, used; /* size is a power of two */
};

static struct slot *look_up(struct line_counts *t, uint64_t key)
{
	if (t->used * 2 >= t->size) {
		struct line_counts larger = {mem_calloc(t->size ? t->size * 2 : 256, sizeof *t->slot), t->size ? t->size * 2 : 256, t->used};
		for (size_t i = 0; i < t->size; i++)
			if (t->slot[i].key) {
				size_t at = t->slot[i].key & (larger.size - 1);
				while (larger.slot[at].key)
					at = (at + 1) & (larger.size - 1);
				larger.slot[at] = t->slot[i];
			}
		free(t->slot);
		*t = larger;
	}
	size_t at = key & (t->size - 1);
	while (t->slot[at].key && t->slot[at].key != key)
		at = (at + 1) & (t->size - 1);
	if (!t->slot[at].key) {
		t->slot[at] = (struct slot){key, 0, NONE};
		t->used++;
	}
	return &t->slot[at];
}

/* Hash of the line with runs of digits as one mark, years excepted, and runs of white space as one space; never 0. *number is the last
 * run. */
static uint64_t line_key(const char *text, size_t start, size_t end, int *number)
{
	char line[LINE_MOST + 1];
	size_t n = 0;
	*number = -1;
	for (size_t i = start; i < end && n < LINE_MOST;) {
		char mark = text[i];
		if (mark >= '0' && mark <= '9') {
			size_t from = i;
			*number = 0;
			for (; i < end && text[i] >= '0' && text[i] <= '9'; i++)
				*number = *number < 100000 ? *number * 10 + (text[i] - '0') : 100000;
			mark = '#';
			if (i - from == 4 && *number >= 1950 && *number < 2050) { /* "Published: 2016" beside "Published: 2017" is no running head */
				line[n++] = '\x01';
				mark = (char)(*number - 1950);
			}
		} else if (mark == ' ' || mark == '\t') {
			while (i < end && (text[i] == ' ' || text[i] == '\t'))
				i++;
			mark = ' ';
		} else {
			i++;
		}
		line[n++] = mark;
	}
	uint64_t key = XXH3_64bits(line, n);
	return key ? key : 1;
}

static void cut_line(struct cutter *c, size_t start, size_t end)
{
	MEM_GROW(c->cut, c->cut_count, c->cut_capacity);
	c->cut[c->cut_count++] = (struct cut){start, end};
}

static int by_start(const void *a, const void *b)
{
	const struct cut *x = a, *y = b;
	return x->start < y->start ? -1 : x->start > y->start;
}

/* Marks the edges whose numbers count up. */
static void chain_edges(struct cutter *c, struct line_counts *t)
{
	for (uint32_t i = 0; i < c->edge_count; i++) {
		struct edge *e = &c->edge[i];
		struct slot *slot = look_up(t, line_key(c->text, e->start, e->end, &e->number));
		e->before = NONE;
		e->chain = 1;
		if (slot->last != NONE) {
			const struct edge *f = &c->edge[slot->last];
			if (e->number > f->number && e->number <= f->number + 3 && e->start - f->start >= PAGE_LEAST) {
				e->before = slot->last;
				e->chain = f->chain + 1;
			}
		}
		slot->last = i;
		if (e->chain == REPEATS_LEAST)
			for (uint32_t k = i; k != NONE; k = c->edge[k].before)
				c->edge[k].page = true;
		e->page = e->page || e->chain > REPEATS_LEAST;
	}
}

/* The nearest line with text above or below byte `at`, a line's start; false if there is none near. */
static bool next_line(const struct cutter *c, size_t at, bool above, size_t *start, size_t *end)
{
	for (int i = 0; i < BLANK_LINES; i++) {
		if (above ? at == 0 : at >= c->length)
			return false;
		*start = above ? line_start(c->text, at - 1) : at;
		size_t stop = above ? at - 1 : line_end(c->text, c->length, at);
		*end = line_trimmed(c->text, *start, stop);
		if (*end > *start)
			return true;
		at = above ? *start : stop + 1;
	}
	return false;
}

/* The lines on one side of an edge: their hashes are counted, or those counted often enough are cut. */
static void neighbours(struct cutter *c, struct line_counts *t, size_t at, bool above, bool cut)
{
	size_t start, end;
	for (int i = 0; i < NEIGHBOURS && next_line(c, at, above, &start, &end) && end - start <= LINE_MOST; i++) {
		int number;
		struct slot *slot = look_up(t, line_key(c->text, start, end, &number) ^ UINT64_C(0x5851F42D4C957F2D));
		if (!cut)
			slot->count++;
		else if (slot->count >= REPEATS_LEAST)
			cut_line(c, start, end);
		else
			return; /* what stands farther from the edge is text */
		at = above ? start : line_end(c->text, c->length, end) + 1;
	}
}

static void each_edge(struct cutter *c, struct line_counts *t, bool cut)
{
	for (size_t i = 0; i < c->edge_count; i++)
		if (c->edge[i].page) {
			if (cut)
				cut_line(c, c->edge[i].start, c->edge[i].end);
			neighbours(c, t, c->edge[i].start, true, cut);
			size_t next = line_end(c->text, c->length, c->edge[i].end) + 1;
			neighbours(c, t, next < c->length ? next : c->length, false, cut);
		}
	for (const char *f = memchr(c->text, '\f', c->length); f; f = memchr(f + 1, '\f', c->length - (size_t)(f + 1 - c->text))) {
		size_t at = (size_t)(f - c->text);
		if (at > 0 && f[-1] != '\n')
			continue;
		neighbours(c, t, line_start(c->text, at), true, cut);
		neighbours(c, t, at, false, cut);
	}
}

void line_counts_free(struct line_counts *t)
{
	free(t ? t->slot : NULL);
	free(t);
}

/* Empties the table; a large one is given back, so that clearing it costs no more than filling it did. */
static void clear(struct line_counts *t)
{
	if (t->size > SLOTS_KEPT) {
		free(t->slot);
		*t = (struct line_counts){0};
	}
	if (t->used)
		memset(t->slot, 0, t->size * sizeof *t->slot);
	t->used = 0;
}

void segment_furniture(struct cutter *c)
{
	if (c->edge_count < REPEATS_LEAST && !memchr(c->text, '\f', c->length))
		return;
	if (!c->line_counts)
		c->line_counts = mem_calloc(1, sizeof *c->line_counts);
	struct line_counts *t = c->line_counts;
	clear(t);
	chain_edges(c, t);
	each_edge(c, t, false);
	each_edge(c, t, true);
	if (!c->cut_count)
		return;
	qsort(c->cut, c->cut_count, sizeof *c->cut, by_start);
	size_t kept = 0;
	for (size_t i = 0; i < c->cut_count; i++)
		if (kept == 0 || c->cut[i].start >= c->cut[kept - 1].end)
			c->cut[kept++] = c->cut[i];
	c->cut_count = kept;
}
