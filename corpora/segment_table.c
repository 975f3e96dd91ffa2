/* Registers: tables with one review in a row whose head says what stands in each column, in any order.
 *
 * A head is a line that a header rule matched and that has tabs; each of its cells is named by a rule of kind `column`. Below it a
 * line with cells is a row if the cell that names the case is one that a rule of kind `row` takes and the date's cell, where there
 * is one, holds a date. Other lines go on with the row above. */
#include <string.h>

#include "corpora/segment.h"

#define COLUMNS_MOST 16
#define KEY_BYTES 200 /* longest cell that names a case */
#define TEXT_LEAST 20 /* shortest cell that holds a narrative */

struct cell_place {
	size_t start, end;
};

/* Cells of the line text[start, end), white space at their ends left out. */
static size_t read_row(const char *text, size_t start, size_t end, struct cell_place cells[COLUMNS_MOST])
{
	size_t count = 0;
	for (size_t at = start; at <= end && count < COLUMNS_MOST; count++) {
		const char *tab = memchr(text + at, '\t', end - at);
		size_t stop = tab ? (size_t)(tab - text) : end;
		bool bullet;
		cells[count].end = line_trimmed(text, at, stop);
		cells[count].start = line_content(text, at, cells[count].end, &bullet);
		at = stop + 1;
	}
	return count;
}

/* The first rule of the kind that matches text[start, end), whatever its layout: none is chosen yet. */
static const struct rule *try_any(struct cutter *c, enum rule_kind kind, size_t start, size_t end)
{
	const struct rules *rules = c->s->rules;
	for (size_t i = 0; i < rules->of_kind_count[kind]; i++) {
		const struct rule *rule = rules->of_kind[kind][i];
		if (!(rule->layout && rule->layout->replaced) &&
		    regex_match(rule->regex, c->memory, c->text + start, end - start, 0, false) == REGEX_YES)
			return rule;
	}
	return NULL;
}

/* What stands in each column: a capture, or CAPTURES. The first column of each sort counts. Returns how many are known. */
static unsigned read_head(struct cutter *c, const struct cell_place *cells, size_t count, enum capture *columns)
{
	unsigned known = 0, seen = 0;
	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = cells[i].start < cells[i].end && cells[i].end - cells[i].start <= KEY_BYTES ? try_any(c, RULE_COLUMN, cells[i].start, cells[i].end) : NULL;
		columns[i] = CAPTURES;
		known += rule != NULL;
		if (!rule || rule->number == CAPTURES || (seen >> rule->number & 1))
			continue;
		columns[i] = (enum capture)rule->number;
		seen |= 1u << rule->number;
	}
	return known;
}

/* Names in a title what its column alone does not: "Serious case review: Child K (Northshire, May 2015)". */
static void read_title(struct cutter *c, struct event *e, const struct cell_place *cell)
{
	const struct rules *rules = c->s->rules;
	size_t start, end;
	for (size_t i = 0; i < rules->of_kind_count[RULE_ENTRY]; i++) {
		const struct rule *rule = rules->of_kind[RULE_ENTRY][i];
		if (!rule->group[CAP_BOARD][0] || !rule->group[CAP_DATE][0] || rule->bulleted ||
		    regex_match(rule->regex, c->memory, c->text + cell->start, cell->end - cell->start, 0, false) != REGEX_YES)
			continue;
		for (enum capture k = CAP_DATE; k <= CAP_CHILD; k++)
			if (!e->capture[k][1] && rule_span(rule, c->memory, k, &start, &end)) {
				e->capture[k][0] = (uint16_t)(cell->start + start - e->at);
				e->capture[k][1] = (uint16_t)(cell->start + end - e->at);
			}
		return;
	}
}

/* Whether the cells are a row below such a head; if so *e is its entry. */
static bool take_row(struct cutter *c, const struct cell_place *cells, size_t count, const enum capture *columns, size_t head_count, struct event *e)
{
	const struct cell_place *key = NULL, *title = NULL;
	bool placed = false, text = false;
	struct date date;
	e->at = cells[0].start;
	for (size_t i = 0; i < count && i < head_count; i++) {
		const struct cell_place *cell = &cells[i];
		if (columns[i] == CAPTURES || cell->start >= cell->end || cell->end - e->at > UINT16_MAX)
			continue;
		if (columns[i] == CAP_DATE && !date_find(c->text, cell->end, cell->start, &date))
			return false;
		placed |= columns[i] == CAP_DATE || columns[i] == CAP_BOARD;
		text |= columns[i] == CAP_TEXT && cell->end - cell->start >= TEXT_LEAST;
		title = columns[i] == CAP_TITLE ? cell : title;
		key = columns[i] == CAP_CHILD || (columns[i] == CAP_TITLE && !key) ? cell : key;
		e->capture[columns[i]][0] = (uint16_t)(cell->start - e->at);
		e->capture[columns[i]][1] = (uint16_t)(cell->end - e->at);
		e->end = cell->end;
	}
	if (!key || !text || key->end - key->start > KEY_BYTES)
		return false;
	e->rule = try_any(c, RULE_ROW, key->start, key->end);
	if (!e->rule || (e->rule->confirm && !placed))
		return false;
	if (title)
		read_title(c, e, title);
	e->capture[CAP_TITLE][0] = (uint16_t)(key->start - e->at);
	e->capture[CAP_TITLE][1] = (uint16_t)(key->end - e->at);
	return true;
}

/* The rows below the head in event number `head`, up to the line where something else begins. */
static void read_table(struct cutter *c, size_t head, size_t events)
{
	const struct event h = c->event[head];
	struct cell_place cells[COLUMNS_MOST];
	enum capture columns[COLUMNS_MOST];
	size_t end = line_end(c->text, c->length, h.at), limit = c->length;
	size_t width = read_row(c->text, h.line, end, cells);
	if (width < 2 || read_head(c, cells, width, columns) < 2)
		return;
	for (size_t i = head + 1; i < events && limit == c->length; i++)
		if (c->event[i].rule->kind == RULE_HEADER || c->event[i].rule->kind == RULE_SECTION || c->event[i].rule->kind == RULE_LIST)
			limit = c->event[i].line;
	uint64_t number = h.number + 1;
	for (size_t line = end + 1; line < limit && c->event_count < EVENTS_MOST; line = end + 1, number++) {
		struct event e = {.line = line, .number = number};
		end = line_end(c->text, c->length, line);
		if (!memchr(c->text + line, '\t', end - line))
			continue;
		size_t count = read_row(c->text, line, end, cells);
		if (!take_row(c, cells, count, columns, width, &e))
			continue;
		MEM_GROW(c->event, c->event_count, c->event_capacity);
		c->event[c->event_count++] = e;
	}
}

void segment_scan_tables(struct cutter *c)
{
	size_t events = c->event_count;
	if (!c->s->rules->of_kind_count[RULE_ROW])
		return;
	for (size_t i = 0; i < events; i++)
		if (c->event[i].rule->kind == RULE_HEADER)
			read_table(c, i, events);
	segment_merge_events(c, events);
}
