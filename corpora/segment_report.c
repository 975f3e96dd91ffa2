#include <stdlib.h>
#include <string.h>

#include "corpora/segment.h"

/* Where a report says what it is. */
#define FRONT_BYTES 4000
#define FRONT_LINES 30
#define FRONT_LINE_MOST 200  /* a longer line is text */
#define FRONT_SENTENCE 80    /* so is one that is longer than this and ends with a full stop */
#define CONTENTS_GAP 3       /* lines without a page number within a contents page */

/* Takes from the rule that matched text[at..) what is not known yet. */
static void take(struct cutter *c, const struct rule *rule, size_t at)
{
	struct front *f = &c->front;
	static const enum capture captures[] = {CAP_TITLE, CAP_CHILD, CAP_BOARD};
	struct cut *const places[] = {&f->title, &f->child, &f->board};
	size_t start, end;
	for (int i = 0; i < 3; i++)
		if (!places[i]->end && rule_span(rule, c->memory, captures[i], &start, &end))
			*places[i] = (struct cut){at + start, at + end};
	if (!f->date.year && rule_span(rule, c->memory, CAP_DATE, &start, &end) && !date_find(c->text, at + end, at + start, &f->date))
		f->date = (struct date){0};
}

void segment_front(struct cutter *c)
{
	struct front *f = &c->front;
	*f = (struct front){.kind = KIND_REVIEW};
	size_t at = 0, most = c->length < FRONT_BYTES ? c->length : FRONT_BYTES;
	struct cut first = {0};
	segment_scan_report(c);
	for (size_t i = 0; i < c->event_count && c->event[i].line < most; i++)
		if (c->event[i].rule->kind == RULE_SKIP)
			most = c->event[i].line;
	for (int i = 0; i < FRONT_LINES && at < most;) {
		size_t end = line_end(c->text, c->length, at), trimmed = line_trimmed(c->text, at, end);
		bool bullet;
		size_t from = line_content(c->text, at, trimmed, &bullet);
		at = end + 1;
		if (from >= trimmed)
			continue;
		i++;
		if (trimmed - from > FRONT_LINE_MOST || (trimmed - from > FRONT_SENTENCE && c->text[trimmed - 1] == '.'))
			break;
		f->end = end;
		if (!first.end)
			first = (struct cut){from, trimmed};
		const struct rule *rule;
		if (!f->weight && (rule = segment_try(c, RULE_WHOLE, from, trimmed)) != NULL) {
			f->kind = strcmp(rule->value, "report") == 0 ? KIND_REPORT : strcmp(rule->value, "other") == 0 ? KIND_OTHER : KIND_REVIEW;
			f->weight = rule->weight;
			f->title = (struct cut){from, trimmed};
		}
		if ((rule = segment_try(c, RULE_FRONT, from, trimmed)) != NULL)
			take(c, rule, from);
	}
	if (!f->title.end)
		f->title = first;
	if (f->kind == KIND_REPORT)
		f->child = (struct cut){0};
}

/* Where a contents page ends whose heading ends at `at`. */
static size_t contents_end(struct cutter *c, size_t at)
{
	size_t end = at, cut = 0;
	int gap = 0;
	while (at < c->length && gap <= CONTENTS_GAP) {
		while (cut < c->cut_count && c->cut[cut].end <= at)
			cut++;
		if (cut < c->cut_count && c->cut[cut].start <= line_end(c->text, c->length, at)) { /* page furniture */
			at = line_end(c->text, c->length, c->cut[cut].end) + 1;
			continue;
		}
		size_t stop = line_end(c->text, c->length, at), trimmed = line_trimmed(c->text, at, stop);
		bool bullet;
		size_t from = line_content(c->text, at, trimmed, &bullet);
		at = stop + 1;
		if (from >= trimmed)
			continue;
		if (trimmed - from < FRONT_LINE_MOST && segment_try(c, RULE_CONTENTS, from, trimmed)) {
			end = stop;
			gap = 0;
		} else if (trimmed - from >= FRONT_LINE_MOST || segment_try(c, RULE_PART, from, trimmed)) {
			break; /* text, or the heading above it */
		} else {
			gap++;
		}
	}
	return end;
}

static size_t glossary_end(const struct cutter *c, size_t event)
{
	for (size_t i = event + 1; i < c->event_count; i++)
		if ((c->event[i].rule->kind == RULE_PART || c->event[i].rule->kind == RULE_SKIP) && c->event[i].line > c->event[event].line)
			return c->event[i].line;
	return c->length;
}

void segment_cut_report(struct cutter *c)
{
	size_t done = 0;
	for (size_t i = 0; i < c->event_count && !c->s->all_sections && c->piece_count + 1 < PIECES_MOST; i++) {
		const struct event *e = &c->event[i];
		if (e->rule->kind != RULE_SKIP || e->line < done)
			continue;
		size_t end = strcmp(e->rule->value, "contents") == 0 ? contents_end(c, line_end(c->text, c->length, e->end)) : glossary_end(c, i);
		if (end <= line_end(c->text, c->length, e->end))
			continue; /* the heading of nothing */
		MEM_GROW(c->section, c->section_count, c->section_capacity);
		c->section[c->section_count++] = (struct section){.start = e->at, .end = e->end};
		MEM_GROW(c->piece, c->piece_count, c->piece_capacity);
		c->piece[c->piece_count++] =
			(struct piece){.start = e->line, .end = end, .text = e->end, .kind = KIND_OTHER, .section = (uint32_t)c->section_count};
		done = end;
	}
	/* the narrative begins behind the title page and a contents page that follows it */
	size_t text = c->front.end;
	for (size_t i = 0; i < c->piece_count && c->piece[i].start <= text + FRONT_BYTES; i++)
		text = c->piece[i].end > text ? c->piece[i].end : text;
	MEM_GROW(c->piece, c->piece_count, c->piece_capacity);
	c->piece[c->piece_count++] = (struct piece){.end = c->length, .text = text < c->length ? text : 0, .kind = c->front.kind};
}

static int by_start(const void *a, const void *b)
{
	const struct cut *x = a, *y = b;
	return x->start < y->start ? -1 : x->start > y->start;
}

void segment_cut_sections(struct cutter *c, size_t report)
{
	size_t kept = 0;
	for (size_t i = 0; i < report; i++) {
		MEM_GROW(c->cut, c->cut_count, c->cut_capacity);
		c->cut[c->cut_count++] = (struct cut){c->piece[i].start, c->piece[i].end};
	}
	if (!report)
		return;
	qsort(c->cut, c->cut_count, sizeof *c->cut, by_start);
	for (size_t i = 0; i < c->cut_count; i++)
		if (kept > 0 && c->cut[i].start < c->cut[kept - 1].end)
			c->cut[kept - 1].end = c->cut[i].end > c->cut[kept - 1].end ? c->cut[i].end : c->cut[kept - 1].end;
		else
			c->cut[kept++] = c->cut[i];
	c->cut_count = kept;
}
