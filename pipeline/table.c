#include "pipeline/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "pipeline/json.h"
#include "pipeline/message.h"
#include "pipeline/table_sav.h"

/* The formats that align columns (table, md, latex) or say beforehand how wide they are (sav) hold all cells until the end; the others write each row as it
 * ends. */
struct table {
	FILE *file;
	enum format format;
	const struct column *columns;
	size_t column_count, at; /* at: the next column of the current row */
	size_t rows;
	size_t room;             /* columns of the terminal; 0: no limit */
	bool header;
	struct buf line;
	char **cells;            /* aligned formats: rows * column_count strings, the header first */
	size_t cell_count, cell_capacity;
	const char **labels;     /* per column, NULL if none was set */
};

static const struct { const char *word; enum format format; } format_words[] = {
	{"table", FORMAT_TABLE}, {"csv", FORMAT_CSV}, {"tsv", FORMAT_TSV}, {"json", FORMAT_JSON},
	{"jsonl", FORMAT_JSONL}, {"md", FORMAT_MD}, {"latex", FORMAT_LATEX}, {"sav", FORMAT_SAV},
};

int format_parse(const char *word, enum format *format)
{
	for (size_t i = 0; i < sizeof format_words / sizeof *format_words; i++)
		if (strcmp(word, format_words[i].word) == 0) {
			*format = format_words[i].format;
			return 0;
		}
	return -1;
}

static bool is_aligned(const struct table *t)
{
	return t->format == FORMAT_TABLE || t->format == FORMAT_MD || t->format == FORMAT_LATEX || t->format == FORMAT_SAV;
}

static enum column_kind kind_of(const struct table *t, size_t column)
{
	return (enum column_kind)(t->columns[column].kind & ~COLUMN_SPARE);
}

static bool is_text(const struct table *t, size_t column)
{
	return kind_of(t, column) == COLUMN_TEXT || kind_of(t, column) == COLUMN_BEFORE;
}

static void flush_line(struct table *t)
{
	fwrite(t->line.data, 1, t->line.length, t->file);
	buf_clear(&t->line);
}

static void append_csv(struct buf *out, const char *s, bool guard)
{
	const char *risky = guard && *s && strchr("=+-@\t\r", *s) ? "'" : "";
	if (!strpbrk(s, ",\"\r\n") && (!*s || (*s != ' ' && s[strlen(s) - 1] != ' '))) {
		buf_append_str(out, risky);
		buf_append_str(out, s);
		return;
	}
	buf_append_char(out, '"');
	buf_append_str(out, risky);
	for (; *s; s++) {
		if (*s == '"')
			buf_append_char(out, '"');
		buf_append_char(out, *s);
	}
	buf_append_char(out, '"');
}

static void append_tsv(struct buf *out, const char *s)
{
	for (; *s; s++)
		buf_append_char(out, *s == '\t' || *s == '\n' || *s == '\r' ? ' ' : *s);
}

/* s is a number if bare. NULL: no value. */
static void add_cell(struct table *t, const char *s, bool bare)
{
	const struct column *column = &t->columns[t->at];
	bool first = t->at == 0;
	t->at++;
	switch (t->format) {
	case FORMAT_CSV:
		if (!first)
			buf_append_char(&t->line, ',');
		if (s)
			append_csv(&t->line, s, is_text(t, t->at - 1));
		break;
	case FORMAT_TSV:
		if (!first)
			buf_append_char(&t->line, '\t');
		if (s)
			append_tsv(&t->line, s);
		break;
	case FORMAT_JSON:
	case FORMAT_JSONL:
		buf_append_str(&t->line, first ? "{" : ",");
		json_append_string(&t->line, column->name, strlen(column->name));
		buf_append_char(&t->line, ':');
		if (!s)
			buf_append_str(&t->line, "null");
		else if (bare)
			buf_append_str(&t->line, s);
		else
			json_append_string(&t->line, s, strlen(s));
		break;
	default:
		MEM_GROW(t->cells, t->cell_count, t->cell_capacity);
		if (s && is_text(t, t->at - 1) && t->format != FORMAT_SAV) {
			struct buf printable = BUF_INIT;
			json_append_printable(&printable, s);
			t->cells[t->cell_count++] = buf_detach(&printable);
		} else {
			t->cells[t->cell_count++] = mem_strdup(s ? s : "");
		}
	}
}

/* Columns of the terminal that a table goes to, 0 for any other file. */
static size_t terminal_width(FILE *file)
{
	struct winsize size;
	return isatty(fileno(file)) && ioctl(fileno(file), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

struct table *table_new(FILE *file, enum format format, bool header, bool excel, const struct column *columns, size_t count)
{
	struct table *t = mem_calloc(1, sizeof *t);
	t->file = file;
	t->format = format != FORMAT_DEFAULT ? format : isatty(fileno(file)) ? FORMAT_TABLE : FORMAT_CSV;
	t->columns = columns;
	t->column_count = count;
	t->room = t->format == FORMAT_TABLE ? terminal_width(file) : 0;
	t->header = header;
	if (excel && t->format == FORMAT_CSV)
		buf_append_str(&t->line, "\xEF\xBB\xBF");
	if (is_aligned(t) || ((t->format == FORMAT_CSV || t->format == FORMAT_TSV) && header)) {
		for (size_t i = 0; i < count; i++)
			add_cell(t, columns[i].name, false);
		t->at = 0;
		if (!is_aligned(t)) {
			buf_append_char(&t->line, '\n');
			flush_line(t);
		}
	}
	return t;
}

void table_label(struct table *t, size_t column, const char *label)
{
	if (!t->labels)
		t->labels = mem_calloc(t->column_count, sizeof *t->labels);
	t->labels[column] = label;
}

void table_text(struct table *t, const char *s)
{
	add_cell(t, s, false);
}

void table_number(struct table *t, int64_t n)
{
	char text[32];
	snprintf(text, sizeof text, "%" PRId64, n);
	add_cell(t, text, true);
}

void table_real(struct table *t, double x, int decimals)
{
	char text[64];
	if (isnan(x) || isinf(x)) {
		add_cell(t, NULL, true);
		return;
	}
	snprintf(text, sizeof text, "%.*f", decimals, x);
	add_cell(t, text, true);
}

void table_empty(struct table *t)
{
	add_cell(t, NULL, true);
}

void table_small(struct table *t, unsigned threshold)
{
	char text[16];
	snprintf(text, sizeof text, "<%u", threshold);
	add_cell(t, text, false);
}

void table_withheld(struct table *t)
{
	add_cell(t, "[c]", false);
}

void table_end_row(struct table *t)
{
	t->at = 0;
	t->rows++;
	switch (t->format) {
	case FORMAT_CSV:
	case FORMAT_TSV:
		buf_append_char(&t->line, '\n');
		break;
	case FORMAT_JSONL:
		buf_append_str(&t->line, "}\n");
		break;
	case FORMAT_JSON:
		fputs(t->rows == 1 ? "[\n" : ",\n", t->file);
		buf_append_char(&t->line, '}');
		break;
	default:
		return;
	}
	flush_line(t);
}

/* The character that s begins with; its bytes in *length. */
static size_t character_width(const char *s, size_t left, size_t *length)
{
	utf8proc_int32_t c;
	utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)left, &c);
	*length = n > 0 ? (size_t)n : 1;
	return n > 0 ? (size_t)utf8proc_charwidth(c) : 1;
}

static size_t width_of(const char *s, size_t length)
{
	size_t width = 0;
	for (size_t at = 0, n; at < length; at += n)
		width += character_width(s + at, length - at, &n);
	return width;
}

static size_t display_width(const char *s)
{
	return width_of(s, strlen(s));
}

static void pad(FILE *f, size_t count, char c)
{
	while (count--)
		putc(c, f);
}

static void put_latex(FILE *f, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '\\': fputs("\\textbackslash{}", f); break;
		case '~': fputs("\\textasciitilde{}", f); break;
		case '^': fputs("\\textasciicircum{}", f); break;
		case '<': fputs("\\textless{}", f); break; /* an old font encoding has other characters in these places */
		case '>': fputs("\\textgreater{}", f); break;
		case '|': fputs("\\textbar{}", f); break;
		case '[': fputs("{[}", f); break; /* at the start of a row it would belong to the line end before */
		case '&': case '%': case '$': case '#': case '_': case '{': case '}':
			putc('\\', f);
			__attribute__((fallthrough));
		default: putc(*s, f);
		}
	}
}

static void put_latex_rows(struct table *t)
{
	fputs("\\begin{tabular}{", t->file);
	for (size_t c = 0; c < t->column_count; c++)
		putc(kind_of(t, c) == COLUMN_NUMBER ? 'r' : 'l', t->file);
	fputs("}\n\\hline\n", t->file);
	for (size_t r = t->header ? 0 : 1; r <= t->rows; r++) {
		for (size_t c = 0; c < t->column_count; c++) {
			if (c)
				fputs(" & ", t->file);
			put_latex(t->file, t->cells[r * t->column_count + c]);
		}
		fputs(r == 0 ? " \\\\\n\\hline\n" : " \\\\\n", t->file);
	}
	fputs("\\hline\n\\end{tabular}\n", t->file);
}

/* ---- tables that fit a terminal ---- */

#define LEFT_OUT SIZE_MAX /* width of a column that is not shown */

/* The part of a header up to and with its first '_', or all of it. */
static size_t header_part(const char *s)
{
	const char *underscore = strchr(s, '_');
	return underscore ? (size_t)(underscore + 1 - s) : strlen(s);
}

static size_t header_width(const char *s, bool folded)
{
	size_t width = 0;
	if (!folded)
		return display_width(s);
	for (size_t n; *s; s += n) {
		n = header_part(s);
		size_t w = width_of(s, n);
		width = w > width ? w : width;
	}
	return width;
}

static void measure(const struct table *t, bool folded, size_t *widths)
{
	memset(widths, 0, t->column_count * sizeof *widths);
	for (size_t i = t->header ? 0 : t->column_count; i < t->cell_count; i++) {
		size_t w = i < t->column_count ? header_width(t->cells[i], folded) : display_width(t->cells[i]), c = i % t->column_count;
		widths[c] = w > widths[c] ? w : widths[c];
	}
}

static size_t line_width(const struct table *t, const size_t *widths)
{
	size_t sum = 0;
	for (size_t c = 0; c < t->column_count; c++)
		if (widths[c] != LEFT_OUT)
			sum += widths[c] + (sum ? 2 : 0);
	return sum;
}

/* Leaves out spare columns, the last first, until the others fit. */
static void leave_out(const struct table *t, size_t *widths)
{
	struct buf names = BUF_INIT;
	for (size_t c = t->column_count; c-- > 0 && line_width(t, widths) > t->room;)
		if (t->columns[c].kind & COLUMN_SPARE) {
			widths[c] = LEFT_OUT;
			buf_printf(&names, "%s%s", names.length ? ", " : "", t->columns[c].name);
		}
	if (names.length)
		message_note("left out to fit the terminal: %s (--format csv shows all)", names.data);
	buf_release(&names);
}

/* Takes width from the widest texts, one column of the terminal at a time. */
static void narrow(const struct table *t, size_t *widths)
{
	enum { TEXT_LEAST = 12 };
	for (size_t width = line_width(t, widths); width > t->room; width--) {
		size_t widest = t->column_count;
		for (size_t c = 0; c < t->column_count; c++)
			if (is_text(t, c) && widths[c] != LEFT_OUT && widths[c] > TEXT_LEAST && (widest == t->column_count || widths[c] > widths[widest]))
				widest = c;
		if (widest == t->column_count)
			return;
		widths[widest]--;
	}
}

/* A cell that is wider than its column, cut to it; the caller frees. */
static char *cut(const char *s, size_t width, bool at_beginning)
{
	size_t total = display_width(s), at = 0, n, seen = 0;
	struct buf out = BUF_INIT;
	if (at_beginning) {
		for (; s[at] && total - seen > width - 1; at += n)
			seen += character_width(s + at, strlen(s + at), &n);
		buf_append_str(&out, "\u2026");
		buf_append_str(&out, s + at);
	} else {
		for (size_t w; s[at] && seen + (w = character_width(s + at, strlen(s + at), &n)) <= width - 1; at += n)
			seen += w;
		buf_append(&out, s, at);
		buf_append_str(&out, "\u2026");
	}
	return buf_detach(&out);
}

/* ---- rows in columns ---- */

/* Writes the cell as wide as its column; *owed are blanks that stand before it, and then those that would follow it. */
static void put_cell(struct table *t, size_t column, const char *cell, size_t width, size_t *owed)
{
	char *shorter = t->room && is_text(t, column) && display_width(cell) > width ? cut(cell, width, kind_of(t, column) == COLUMN_BEFORE) : NULL;
	const char *shown = shorter ? shorter : cell;
	size_t w = display_width(shown), space = width > w ? width - w : 0;
	bool right = kind_of(t, column) == COLUMN_NUMBER || kind_of(t, column) == COLUMN_BEFORE, md = t->format == FORMAT_MD;
	if (right)
		*owed += space;
	if (*shown || md) {
		pad(t->file, *owed, ' ');
		*owed = 0;
	}
	for (const char *p = shown; *p; p++) {
		if (md && *p == '|')
			putc('\\', t->file);
		putc(*p, t->file);
	}
	if (!right)
		*owed += space;
	free(shorter);
}

/* No line but those of md ends in blanks. */
static void put_row(struct table *t, const char *const *cells, const size_t *widths)
{
	bool md = t->format == FORMAT_MD, first = true;
	size_t owed = 0;
	for (size_t c = 0; c < t->column_count; c++) {
		if (widths[c] == LEFT_OUT)
			continue;
		if (md) {
			pad(t->file, owed, ' ');
			owed = 0;
			fputs(first ? "| " : " | ", t->file);
		} else if (!first)
			owed += 2;
		put_cell(t, c, cells[c], widths[c], &owed);
		first = false;
	}
	if (md)
		pad(t->file, owed, ' ');
	fputs(md ? " |\n" : "\n", t->file);
}

/* The header in as many lines as its longest name has parts, the last of them just above the rule. */
static void put_folded_header(struct table *t, const size_t *widths)
{
	size_t lines = 1;
	char **parts = mem_calloc(t->column_count, sizeof *parts);
	for (size_t c = 0; c < t->column_count; c++) {
		size_t count = 1;
		for (const char *p = t->cells[c]; (p = strchr(p, '_')) != NULL && p[1]; p++)
			count++;
		lines = count > lines ? count : lines;
	}
	for (size_t line = lines; line-- > 0;) { /* line 0 is the last */
		for (size_t c = 0; c < t->column_count; c++) {
			const char *p = t->cells[c];
			size_t count = 1;
			for (const char *u = p; (u = strchr(u, '_')) != NULL && u[1]; u++)
				count++;
			size_t skipped = count > line ? count - 1 - line : 0;
			for (; skipped; skipped--)
				p += header_part(p);
			parts[c] = count > line ? mem_strndup(p, header_part(p)) : mem_strdup("");
		}
		put_row(t, (const char *const *)parts, widths);
		for (size_t c = 0; c < t->column_count; c++)
			free(parts[c]);
	}
	free(parts);
}

static void put_rule(struct table *t, const size_t *widths)
{
	bool md = t->format == FORMAT_MD, first = true;
	for (size_t c = 0; c < t->column_count; c++) {
		if (widths[c] == LEFT_OUT)
			continue;
		bool number = md && kind_of(t, c) == COLUMN_NUMBER;
		size_t w = widths[c] > 3 || !md ? widths[c] : 3;
		fputs(md ? (first ? "| " : " | ") : first ? "" : "  ", t->file);
		pad(t->file, number ? w - 1 : w, '-');
		if (number)
			putc(':', t->file);
		first = false;
	}
	fputs(md ? " |\n" : "\n", t->file);
}

static void put_aligned_rows(struct table *t)
{
	size_t *widths = mem_calloc(t->column_count, sizeof *widths);
	bool header = t->header || t->format == FORMAT_MD, folded = false;
	measure(t, false, widths);
	if (t->room && line_width(t, widths) > t->room) {
		folded = true;
		measure(t, true, widths);
		leave_out(t, widths);
		narrow(t, widths);
	}
	if (header && folded)
		put_folded_header(t, widths);
	else if (header)
		put_row(t, (const char *const *)t->cells, widths);
	if (header)
		put_rule(t, widths);
	for (size_t r = 1; r <= t->rows; r++)
		put_row(t, (const char *const *)t->cells + r * t->column_count, widths);
	free(widths);
}

void table_finish(struct table *t)
{
	if (t->format == FORMAT_JSON)
		fputs(t->rows ? "\n]\n" : "[]\n", t->file);
	else if (t->format == FORMAT_LATEX)
		put_latex_rows(t);
	else if (t->format == FORMAT_SAV)
		table_write_sav(t->file, t->columns, t->labels, t->column_count, t->cells + t->column_count, t->rows);
	else if (is_aligned(t))
		put_aligned_rows(t);
	for (size_t i = 0; i < t->cell_count; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t->labels);
	buf_release(&t->line);
	free(t);
}
