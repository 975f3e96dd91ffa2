/* Text that a torn table left with the wrong row.
 *
 * Two things happen where a row runs over the end of a page. A cell of the next row begins with the rest of a cell of the row above,
 * up to a label ("Recommendations:"). Or two rows lie one below the other, first their first columns and then the rest of each: then
 * a "Learning" label stands behind "Recommendations", and what stands between the second narrative and that label is the first's. */
#include <string.h>

#include "corpora/segment.h"

#define LABEL_BYTES 4000 /* how far a label is looked for */
#define LINES_MOST 400   /* of a row that is looked through */

static bool lower(char c)
{
	return c >= 'a' && c <= 'z';
}

/* The first label in text[start, end), or `end`. */
static size_t find_label(const char *text, size_t start, size_t end)
{
	static const char *const labels[] = {"Recommendations:", "Learning:", "Key issues:", "Findings:"};
	size_t first = end;
	if (end - start > LABEL_BYTES)
		end = start + LABEL_BYTES;
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
		const char *found = memmem(text + start, end - start, labels[i], strlen(labels[i]));
		if (found && (size_t)(found - text) < first)
			first = (size_t)(found - text);
	}
	return first;
}

/* Cell number k of a line, white space at its ends left out; false if it is empty or missing. */
static bool cell_of(const char *text, size_t line, size_t end, int k, size_t *start, size_t *stop)
{
	for (; k > 0; k--) {
		const char *tab = memchr(text + line, '\t', end - line);
		if (!tab)
			return false;
		line = (size_t)(tab - text) + 1;
	}
	const char *tab = memchr(text + line, '\t', end - line);
	*start = line;
	*stop = tab ? (size_t)(tab - text) : end;
	while (*stop > *start && strchr(" \r", text[*stop - 1]))
		--*stop;
	return *stop > *start;
}

/* The last line of the piece that is not blank. */
static size_t last_line(const struct cutter *c, const struct piece *p)
{
	size_t line = line_above(c->text, p->end);
	return line == SIZE_MAX || line < p->start ? p->start : line;
}

/* A cell of the heading line that goes on with a cell of the row above. */
static void rest_of_cell(struct cutter *c, struct piece *above, struct piece *p)
{
	size_t end = line_end(c->text, p->end, p->start), start, stop;
	size_t line = last_line(c, above), above_end = line_trimmed(c->text, line, line_end(c->text, above->end, line));
	bool tabs = memchr(c->text + line, '\t', above_end - line) != NULL;
	if (!tabs && !segment_unfinished(c->text, line, above_end))
		return;
	for (int k = 1; k < 8; k++) {
		size_t from, to;
		if (!cell_of(c->text, p->start, end, k, &start, &stop)) {
			if (!memchr(c->text + p->start, '\t', end - p->start))
				return;
			continue;
		}
		if (!lower(c->text[start]))
			continue;
		if (tabs && (!cell_of(c->text, line, above_end, k, &from, &to) || !segment_unfinished(c->text, from, to)))
			continue;
		size_t label = find_label(c->text, start, stop);
		if (label == stop)
			continue;
		while (label > start && (c->text[label - 1] == ' ' || c->text[label - 1] == '\t'))
			label--;
		above->rest = (struct cut){start, label};
		p->hole = above->rest;
		return;
	}
}

/* Begins a line with the label? */
static bool labelled(const char *text, size_t at, size_t end, const char *label)
{
	size_t n = strlen(label);
	return end - at >= n && memcmp(text + at, label, n) == 0;
}

/* The columns of the row above stand behind the narrative of this one. */
static void rest_of_row(struct cutter *c, struct piece *above, struct piece *p)
{
	size_t heading = line_end(c->text, above->end, above->start), start, stop;
	bool open = false;
	for (int k = 1; k < 8; k++)
		if (cell_of(c->text, above->start, heading, k, &start, &stop))
			open = segment_unfinished(c->text, start, stop);
	if (!open || memchr(c->text + p->start, '\t', line_end(c->text, p->end, p->start) - p->start))
		return;
	size_t bullets = 0, lines = 0;
	bool recommended = false;
	for (size_t line = line_end(c->text, p->end, p->start) + 1; line < p->end && lines < LINES_MOST; lines++) {
		size_t end = line_end(c->text, p->end, line);
		bool bullet;
		size_t at = line_content(c->text, line, end, &bullet);
		if (bullet && !bullets)
			bullets = line;
		if (labelled(c->text, at, end, "Recommendations"))
			recommended = true;
		if (labelled(c->text, at, end, "Learning")) {
			if (recommended && bullets) {
				above->rest = (struct cut){bullets, line};
				p->hole = above->rest;
			}
			return;
		}
		line = end + 1;
	}
}

void segment_return_torn(struct cutter *c)
{
	for (size_t i = 1; i < c->piece_count; i++) {
		struct piece *above = &c->piece[i - 1], *p = &c->piece[i];
		/* only a row with cells, right below another */
		if (!p->entry || !above->entry || above->end != p->start || p->entry->line != p->start || above->entry->line != above->start)
			continue;
		size_t end = line_end(c->text, p->end, p->start);
		size_t above_end = line_end(c->text, above->end, above->start);
		if (memchr(c->text + p->start, '\t', end - p->start))
			rest_of_cell(c, above, p);
		else if (memchr(c->text + above->start, '\t', above_end - above->start))
			rest_of_row(c, above, p);
	}
}
