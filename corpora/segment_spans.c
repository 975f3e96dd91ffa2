/* The text of a record in reading order: page furniture cut out, the columns of a torn table put together.
 *
 * In a table flattened to lines a tab parts the cells, and a row that runs over lines or pages has pieces of each column on each line.
 * Lines with tabs tell the column of every cell. A line without tabs may go on with any of them: the choice for all such lines of a
 * row is the one with the fewest bad seams, a good seam being one where an unfinished sentence meets a lower-case letter or a
 * finished one a new beginning. */
#include <stdlib.h>
#include <string.h>

#include "corpora/segment.h"

#define COLUMNS 8
#define CELLS_MOST 4096 /* a record with more is no torn row: it is left as it lies */
#define WAYS 16         /* best assignments kept while lines are gone through */

static bool space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* How a piece of text ends. */
enum tail { TAIL_NONE, TAIL_OPEN, TAIL_HALF, TAIL_CLOSED };
/* How one begins. */
enum start { START_LOWER, START_UPPER, START_BULLET };

static enum tail tail_of(const char *text, size_t start, size_t end)
{
	while (end > start) {
		unsigned char c = (unsigned char)text[end - 1];
		if (c == '.' || c == '!' || c == '?')
			return TAIL_CLOSED;
		if (c == ':' || c == ';')
			return TAIL_HALF;
		if (c != ')' && c != '"' && c != '\'' && c != ']' && c != '*' && c != '_' && !space((char)c))
			return TAIL_OPEN;
		end--;
	}
	return TAIL_OPEN;
}

static enum start start_of(const char *text, size_t start, size_t end)
{
	bool bullet;
	size_t at = line_content(text, start, end, &bullet);
	/* a cell that begins with a space has lost its bullet */
	if (bullet || (start > 1 && text[start - 1] == ' ' && text[start - 2] == '\t'))
		return START_BULLET;
	while (at < end && (text[at] == '(' || text[at] == '"' || text[at] == '\''))
		at++;
	return at < end && text[at] >= 'a' && text[at] <= 'z' ? START_LOWER : START_UPPER;
}

bool segment_unfinished(const char *text, size_t start, size_t end)
{
	return tail_of(text, start, end) == TAIL_OPEN;
}

bool segment_goes_on(const char *text, size_t before_start, size_t before_end, size_t start, size_t end)
{
	return start_of(text, start, end) == START_LOWER && tail_of(text, before_start, before_end) == TAIL_OPEN;
}

static void add_span(struct cutter *c, size_t start, size_t end, enum join join)
{
	MEM_GROW(c->span, c->span_count, c->span_capacity);
	c->span[c->span_count++] = (struct span){start, end - start, join};
}

/* The first cut that ends behind `at`. */
static size_t cut_after(const struct cutter *c, size_t at)
{
	size_t low = 0, high = c->cut_count;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (c->cut[mid].end <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool segment_is_furniture(const struct cutter *c, size_t at)
{
	size_t i = cut_after(c, at);
	return i < c->cut_count && c->cut[i].start <= at;
}

/* What is next left out of the piece from byte `at` on: page furniture, or what belongs to another. *i is the next furniture. */
static struct cut next_cut(const struct cutter *c, const struct piece *p, size_t at, size_t *i)
{
	struct cut cut = {SIZE_MAX, SIZE_MAX};
	while (*i < c->cut_count && c->cut[*i].end <= at)
		++*i;
	if (*i < c->cut_count)
		cut = c->cut[*i];
	if (p->hole.end > at && p->hole.end > p->hole.start && p->hole.start < cut.start)
		cut = p->hole;
	return cut;
}

/* Text in one column: a span from cut to cut. */
static void plain_spans(struct cutter *c, const struct piece *p, size_t start, size_t end)
{
	size_t first = c->span_count, i = cut_after(c, start);
	while (start < end) {
		struct cut cut = next_cut(c, p, start, &i);
		size_t stop = cut.start < end ? cut.start : end;
		size_t from = start, to = stop;
		while (from < to && space(c->text[from]))
			from++;
		while (to > from && space(c->text[to - 1]))
			to--;
		if (from < to) {
			enum join join = JOIN_BREAK;
			if (c->span_count > first) {
				const struct span *s = &c->span[c->span_count - 1];
				if (segment_goes_on(c->text, s->start, s->start + s->length, from, to))
					join = JOIN_LINE;
			}
			add_span(c, from, to, join);
		}
		start = stop == end ? end : cut.end;
	}
}

struct cell {
	size_t start, end;
	uint32_t line;  /* number of its line within the record */
	uint8_t column; /* by the tabs before it */
	uint8_t least, most; /* columns it may lie in */
	bool tabbed;    /* its line has tabs */
	bool gap;       /* a blank line or a cut above */
};

/* Cells of the lines of text[start, end); false if there are too many or too many columns, or nothing to put together. */
static bool read_cells(struct cutter *c, const struct piece *p, size_t start, size_t end)
{
	size_t furniture = cut_after(c, start);
	uint32_t number = 0;
	bool gap = false, torn = false, tabbed = false;
	c->cell_count = 0;
	for (size_t line = start; line < end;) {
		size_t stop = line_end(c->text, end, line), next = stop + 1;
		struct cut cut = next_cut(c, p, line, &furniture);
		if (cut.start == p->hole.start && cut.start > 0 && c->text[cut.start - 1] != '\n')
			cut.start = SIZE_MAX; /* within a cell, see below */
		if (cut.start <= line) {
			line = cut.end;
			gap = true;
			continue;
		}
		if (cut.start < stop)
			next = stop = cut.start;
		while (stop > line && space(c->text[stop - 1]))
			stop--;
		unsigned column = 0;
		bool tabs = memchr(c->text + line, '\t', stop - line) != NULL || (stop < c->length && c->text[stop] == '\t');
		size_t before = c->cell_count;
		for (size_t at = line; at < stop; column++) {
			const char *tab = memchr(c->text + at, '\t', stop - at);
			size_t cell_end = tab ? (size_t)(tab - c->text) : stop, from = at;
			at = cell_end + 1;
			if (p->hole.start >= from && p->hole.end <= cell_end && p->hole.end > p->hole.start)
				from = p->hole.end; /* the rest of a cell of the row above */
			while (from < cell_end && space(c->text[from]))
				from++;
			while (cell_end > from && space(c->text[cell_end - 1]))
				cell_end--;
			if (from == cell_end)
				continue;
			if (column >= COLUMNS || c->cell_count >= CELLS_MOST)
				return false;
			MEM_GROW(c->cell, c->cell_count, c->cell_capacity);
			c->cell[c->cell_count++] = (struct cell){from, cell_end, number, (uint8_t)column, 0, 0, tabs, gap};
			torn |= tabbed; /* a line below one with cells */
		}
		for (size_t at = stop; at < c->length && c->text[at] == '\t'; at++)
			column++; /* empty cells at the end */
		for (size_t i = before; i < c->cell_count; i++)
			c->cell[i].most = (uint8_t)(column < COLUMNS ? column : COLUMNS); /* columns of its line, for now */
		if (c->cell_count > before) {
			gap = false;
			for (size_t i = before; i < c->cell_count; i++)
				tabbed |= c->cell[i].column > 0;
		} else {
			gap = true;
		}
		number++;
		line = next;
	}
	return torn;
}

static int seam(enum tail tail, enum start start, bool heading)
{
	static const int cost[4][3] = {
		/* lower, upper, bullet */
		{4, 3, 3}, /* nothing above */
		{0, 2, 2}, /* unfinished */
		{1, 0, 0}, /* ; or : */
		{3, 0, 0}, /* finished */
	};
	if (heading) /* nothing is amiss when a narrative begins below it */
		return start == START_UPPER ? 0 : 1;
	return cost[tail][start];
}

/* One way to give columns to the lines so far. */
struct way {
	int cost;
	uint8_t tail[COLUMNS];
	uint8_t last;    /* column of the last cell */
	bool heading;    /* column 0 holds the heading alone */
	int16_t from;    /* the way it was made from */
};

static void keep(struct way *ways, size_t *count, const struct way *w)
{
	size_t at = *count;
	while (at > 0 && ways[at - 1].cost > w->cost)
		at--;
	if (at == WAYS)
		return;
	size_t move = (*count < WAYS ? *count : WAYS - 1) - at;
	memmove(ways + at + 1, ways + at, move * sizeof *ways);
	ways[at] = *w;
	if (*count < WAYS)
		++*count;
}

static void extend(struct way *next, size_t *count, const struct way *ways, size_t ways_count, const struct cell *cell, bool same_line,
                   enum tail tail, enum start start)
{
	for (size_t k = 0; k < ways_count; k++)
		for (unsigned column = cell->least; column <= cell->most; column++) {
			struct way w = ways[k];
			if (same_line && column <= w.last)
				continue;
			w.cost += 2 * seam(w.tail[column], start, column == 0 && w.heading);
			if (!cell->tabbed && !cell->gap && column != w.last)
				w.cost += 3; /* lines that follow each other mostly lie in one column */
			if (!cell->tabbed && cell->gap && column == w.last && start == START_LOWER && w.tail[column] != TAIL_OPEN)
				w.cost++; /* a piece torn off by blank lines does not begin anew */
			w.tail[column] = (uint8_t)tail;
			w.heading = w.heading && column != 0;
			w.last = (uint8_t)column;
			w.from = (int16_t)k;
			keep(next, count, &w);
		}
}

/* The columns each cell may lie in: any for a line without tabs; for a line with fewer cells than the row has columns, that of its
 * tabs or one farther right, as empty cells are easily lost. Returns whether there is anything to choose. */
static bool set_choices(struct cutter *c)
{
	unsigned columns = 1;
	bool any = false;
	for (size_t i = 0; i < c->cell_count; i++)
		columns = c->cell[i].most > columns ? c->cell[i].most : columns;
	for (size_t i = 0; i < c->cell_count; i++) {
		struct cell *cell = &c->cell[i];
		unsigned lost = columns - (cell->most ? cell->most : 1);
		cell->least = cell->tabbed ? cell->column : 0;
		cell->most = (uint8_t)(!cell->tabbed ? columns - 1 : cell->column == 0 ? 0 : cell->column + lost);
		any |= cell->least != cell->most;
	}
	return any;
}

/* heading: the narrative may stand below the cell that names the case */
static void choose_columns(struct cutter *c, bool heading)
{
	size_t n = c->cell_count;
	if (!set_choices(c))
		return;
	if (n > c->way_capacity) {
		c->way_capacity = n;
		c->way = mem_realloc(c->way, n, WAYS * sizeof *c->way);
	}
	struct way *ways = c->way;
	size_t count = 1;
	ways[0] = (struct way){.heading = heading};
	ways[0].tail[0] = (uint8_t)tail_of(c->text, c->cell[0].start, c->cell[0].end);
	for (size_t i = 1; i < n; i++) {
		const struct cell *cell = &c->cell[i];
		size_t before = count;
		count = 0;
		extend(ways + i * WAYS, &count, ways + (i - 1) * WAYS, before, cell, cell->line == c->cell[i - 1].line,
		       tail_of(c->text, cell->start, cell->end), start_of(c->text, cell->start, cell->end));
	}
	int k = 0;
	for (size_t i = n; i-- > 1;) {
		c->cell[i].column = ways[i * WAYS + (size_t)k].last;
		k = ways[i * WAYS + (size_t)k].from;
	}
	c->cell[0].column = 0;
}

static bool only_space(const char *text, size_t start, size_t end)
{
	while (start < end && space(text[start]))
		start++;
	return start >= end;
}

/* Whether the narrative begins in a cell of its own, beside the one that names the case. */
static bool text_beside(const struct cutter *c, const struct piece *p)
{
	const struct event *e = p->entry;
	if (!e || e->capture[CAP_TEXT][1] <= e->capture[CAP_TEXT][0])
		return false;
	const char *text = c->text + e->at, *end = memchr(text, '\t', e->capture[CAP_TEXT][0]);
	return end != NULL;
}

static void column_spans(struct cutter *c, const struct piece *p)
{
	size_t text = p->text;
	choose_columns(c, !text_beside(c, p));
	for (unsigned column = 0; column < COLUMNS; column++) {
		const struct cell *before = NULL;
		for (size_t i = 0; i < c->cell_count; i++) {
			const struct cell *cell = &c->cell[i];
			if (cell->column != column)
				continue;
			struct span *s = c->span_count ? &c->span[c->span_count - 1] : NULL;
			bool heading = before && before->end <= text && cell->start >= text;
			if (before && !heading && only_space(c->text, before->end, cell->start)) {
				s->length = cell->end - s->start;
			} else {
				bool next_line = before && cell->line == before->line + 1 && !cell->gap;
				bool on = before && !heading && (next_line || segment_goes_on(c->text, before->start, before->end, cell->start, cell->end));
				add_span(c, cell->start, cell->end, on ? JOIN_LINE : JOIN_BREAK);
			}
			before = cell;
		}
	}
}

size_t segment_spans(struct cutter *c, const struct piece *p, bool columns)
{
	size_t first = c->span_count, start = p->start, end = p->end;
	struct cut cut = {0};
	while (start < end && space(c->text[start]))
		start++;
	while (end > start && space(c->text[end - 1]))
		end--;
	if (start < end && columns && memchr(c->text + start, '\t', end - start) && read_cells(c, p, start, end))
		column_spans(c, p);
	else
		plain_spans(c, p, start, end);
	if (p->rest.end > p->rest.start) {
		const struct span *s = c->span_count > first ? &c->span[c->span_count - 1] : NULL;
		bool on = s && segment_goes_on(c->text, s->start, s->start + s->length, p->rest.start, p->rest.end);
		cut = p->rest;
		while (cut.end > cut.start && space(c->text[cut.end - 1]))
			cut.end--;
		add_span(c, cut.start, cut.end, on ? JOIN_LINE : JOIN_BREAK);
	}
	return c->span_count - first;
}
