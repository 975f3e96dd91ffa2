#include "pipeline/count_styles.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/protect.h"
#include "pipeline/stats.h"

static unsigned mark_of(const struct tally_group *g, size_t theme)
{
	return g->marks ? g->marks[theme].reviews : (unsigned)MARK_SHOWN;
}

static bool share_is_hidden(const struct tally_group *g, size_t theme)
{
	return g->reviews_mark || mark_of(g, theme);
}

/* "139", "<5" or "[c]". */
static void append_count(struct buf *out, uint64_t n, unsigned mark, unsigned threshold)
{
	if (mark == MARK_SHOWN)
		buf_printf(out, "%" PRIu64, n);
	else if (mark == MARK_SMALL)
		buf_printf(out, "<%u", threshold);
	else
		buf_append_str(out, "[c]");
}

/* "83 (60%)"; half a percent is rounded up. */
static void append_share(struct buf *out, const struct tally_group *g, size_t theme, unsigned threshold)
{
	append_count(out, g->cells[theme].reviews, mark_of(g, theme), threshold);
	if (g->reviews && !share_is_hidden(g, theme))
		buf_printf(out, " (%.0f%%)", floor(100.0 * (double)g->cells[theme].reviews / (double)g->reviews + 0.5));
}

static void append_header(struct buf *out, const char *name, const struct tally_group *g, unsigned threshold)
{
	buf_printf(out, "%s (n=", name);
	append_count(out, g->reviews, g->reviews_mark, threshold);
	buf_append_char(out, ')');
}

void print_published(FILE *file, const struct session *s, const struct tally_group *groups, size_t count)
{
	const struct options *o = s->options;
	struct column *columns = mem_calloc(count + 2, sizeof *columns);
	struct buf *names = mem_calloc(count + 1, sizeof *names), cell = BUF_INIT;
	columns[0] = (struct column){"theme", COLUMN_WORD};
	for (size_t g = 0; g < count; g++) {
		struct buf name = BUF_INIT;
		buf_printf(&name, "%s%s%s", groups[g].period, *groups[g].facet ? " " : "", groups[g].facet);
		append_header(&names[g], name.data, &groups[g], o->suppress_below);
		columns[g + 1] = (struct column){names[g].data, o->format == FORMAT_SAV ? COLUMN_WORD : COLUMN_NUMBER};
		buf_release(&name);
	}
	struct table *t = table_new(file, o->format, !o->no_header, o->excel, columns, count + 1);
	for (size_t i = 0; i < s->lexicon->theme_count; i++) {
		if (!s->shown[i])
			continue;
		table_text(t, s->lexicon->themes[i].label);
		for (size_t g = 0; g < count; g++) {
			buf_clear(&cell);
			append_share(&cell, &groups[g], i, o->suppress_below);
			table_text(t, cell.data);
		}
		table_end_row(t);
	}
	table_finish(t);
	for (size_t g = 0; g < count; g++)
		buf_release(&names[g]);
	buf_release(&cell);
	free(names);
	free(columns);
}

static bool is_dated(const struct tally_group *g)
{
	return g->first_month != INT_MAX && g->reviews;
}

void print_sparks(FILE *file, const struct session *s, const struct tally_group *groups, size_t count)
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const struct column columns[] = {{"theme", COLUMN_WORD}, {"reviews", COLUMN_NUMBER}, {"of", COLUMN_NUMBER}, {"first", COLUMN_WORD}, {"last", COLUMN_WORD},
	                                        {"first_share", COLUMN_NUMBER}, {"last_share", COLUMN_NUMBER}, {"highest", COLUMN_NUMBER}, {"course", COLUMN_WORD}};
	const struct options *o = s->options;
	struct table *t = table_new(file, o->format, !o->no_header, o->excel, columns, sizeof columns / sizeof *columns);
	struct buf course = BUF_INIT;
	for (size_t i = 0; i < s->lexicon->theme_count; i++) {
		const struct tally_group *first = NULL, *last = NULL;
		uint64_t with = 0, of = 0;
		double highest = 0;
		bool hidden = false;
		if (!s->shown[i])
			continue;
		for (size_t g = 0; g < count; g++) {
			if (!is_dated(&groups[g]))
				continue;
			first = first ? first : &groups[g];
			last = &groups[g];
			with += groups[g].cells[i].reviews;
			of += groups[g].reviews;
			hidden |= share_is_hidden(&groups[g], i);
			if (!share_is_hidden(&groups[g], i))
				highest = fmax(highest, (double)groups[g].cells[i].reviews / (double)groups[g].reviews);
		}
		buf_clear(&course);
		buf_append_str(&course, "");
		for (size_t g = 0; g < count; g++) {
			if (!is_dated(&groups[g]))
				continue;
			double share = (double)groups[g].cells[i].reviews / (double)groups[g].reviews;
			buf_append_str(&course, share_is_hidden(&groups[g], i) ? "·" : blocks[highest > 0 ? (size_t)fmin(7, floor(8 * share / highest)) : 0]);
		}
		table_text(t, s->lexicon->themes[i].code);
		mark_put_count(t, with, hidden ? MARK_WITHHELD : MARK_SHOWN, o->suppress_below);
		mark_put_count(t, of, hidden ? MARK_WITHHELD : MARK_SHOWN, o->suppress_below);
		table_text(t, first ? first->period : NULL);
		table_text(t, last ? last->period : NULL);
		mark_put_real(t, first ? (double)first->cells[i].reviews / (double)first->reviews : NAN, 4, first && share_is_hidden(first, i));
		mark_put_real(t, last ? (double)last->cells[i].reviews / (double)last->reviews : NAN, 4, last && share_is_hidden(last, i));
		table_real(t, first ? highest : NAN, 4);
		table_text(t, course.data);
		table_end_row(t);
	}
	table_finish(t);
	buf_release(&course);
}

/* ---- grid ---- */

int grid_check(const struct session *s, const char *list)
{
	char *copy = mem_strdup(list), *rest = copy;
	int result = 0;
	for (char *code; result == 0 && (code = strsep(&rest, ",")) != NULL;)
		if (lexicon_theme(s->lexicon, code) == THEME_NONE) {
			message_error("--grid: the lexicon has no theme '%s'; 'themetally lexicon stats' lists them", code);
			result = -1;
		}
	free(copy);
	return result;
}

/* The theme right below `parent` whose code ends in .row, or THEME_NONE. */
static uint32_t child_named(const struct lexicon *l, uint32_t parent, const char *row)
{
	for (uint32_t i = 0; i < l->theme_count; i++)
		if (l->themes[i].parent == parent && strcmp(strrchr(l->themes[i].code, '.') + 1, row) == 0)
			return i;
	return THEME_NONE;
}

static void put_grid_row(struct table *t, const struct session *s, const struct tally_group *total, const char *name, const uint32_t *themes, size_t count,
                         bool published)
{
	struct buf cell = BUF_INIT;
	table_text(t, name);
	for (size_t k = 0; k < count; k++) {
		if (themes[k] == THEME_NONE) {
			table_empty(t);
			if (!published)
				table_empty(t);
			continue;
		}
		if (published) {
			buf_clear(&cell);
			append_share(&cell, total, themes[k], s->options->suppress_below);
			table_text(t, cell.data);
			continue;
		}
		mark_put_count(t, total->cells[themes[k]].reviews, mark_of(total, themes[k]), s->options->suppress_below);
		mark_put_real(t, total->reviews ? (double)total->cells[themes[k]].reviews / (double)total->reviews : NAN, 4, share_is_hidden(total, themes[k]));
	}
	table_end_row(t);
	buf_release(&cell);
}

void print_grid(FILE *file, const struct session *s, const struct tally_group *total, const char *list, bool published)
{
	const struct lexicon *l = s->lexicon;
	const struct options *o = s->options;
	char *copy = mem_strdup(list), *rest = copy;
	uint32_t *parents = mem_calloc(strlen(list) + 1, sizeof *parents), *cells = mem_calloc(strlen(list) + 1, sizeof *cells);
	struct buf *names = mem_calloc(2 * (strlen(list) + 1), sizeof *names);
	struct column *columns = mem_calloc(2 * (strlen(list) + 1) + 2, sizeof *columns);
	size_t count = 0, n = 0;
	columns[n++] = (struct column){"row", COLUMN_WORD};
	for (char *code; (code = strsep(&rest, ",")) != NULL; count++) {
		parents[count] = lexicon_theme(l, code);
		if (published) {
			append_header(&names[n], l->themes[parents[count]].label, total, o->suppress_below);
			columns[n] = (struct column){names[n].data, o->format == FORMAT_SAV ? COLUMN_WORD : COLUMN_NUMBER};
			n++;
			continue;
		}
		buf_append_str(&names[n], code);
		columns[n] = (struct column){names[n].data, COLUMN_NUMBER};
		n++;
		buf_printf(&names[n], "%s share", code);
		columns[n] = (struct column){names[n].data, COLUMN_NUMBER};
		n++;
	}
	struct table *t = table_new(file, o->format, !o->no_header, o->excel, columns, n);
	for (uint32_t i = 0; i < l->theme_count; i++) {
		size_t of = 0;
		while (of < count && parents[of] != l->themes[i].parent)
			of++;
		if (of == count)
			continue;
		const char *row = strrchr(l->themes[i].code, '.') + 1;
		bool done = false; /* by a column before */
		for (size_t k = 0; k < count; k++) {
			cells[k] = child_named(l, parents[k], row);
			done |= cells[k] != THEME_NONE && cells[k] < i;
		}
		if (done)
			continue;
		char *name = mem_strdup(row);
		for (char *c = name; *c && published; c++)
			*c = *c == '_' ? ' ' : c == name && *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
		put_grid_row(t, s, total, name, cells, count, published);
		free(name);
	}
	put_grid_row(t, s, total, published ? "Any" : "any", parents, count, published);
	table_finish(t);
	for (size_t i = 0; i < n; i++)
		buf_release(&names[i]);
	free(copy);
	free(parents);
	free(cells);
	free(names);
	free(columns);
}
