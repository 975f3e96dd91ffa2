#include "pipeline/table.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "pipeline/json.h"

/* The formats that align columns (table, md) hold all cells until the end; the others write each row as it ends. */
struct table {
	FILE *file;
	enum format format;
	const struct column *columns;
	size_t column_count, at; /* at: the next column of the current row */
	size_t rows;
	bool header;
	struct buf line;
	char **cells;            /* aligned formats: rows * column_count strings, the header first */
	size_t cell_count, cell_capacity;
};

static const struct { const char *word; enum format format; } format_words[] = {
	{"table", FORMAT_TABLE}, {"csv", FORMAT_CSV}, {"tsv", FORMAT_TSV}, {"json", FORMAT_JSON},
	{"jsonl", FORMAT_JSONL}, {"md", FORMAT_MD}, {"latex", FORMAT_LATEX},
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
	return t->format == FORMAT_TABLE || t->format == FORMAT_MD || t->format == FORMAT_LATEX;
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
			append_csv(&t->line, s, column->kind == COLUMN_TEXT);
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
		if (s && column->kind == COLUMN_TEXT) {
			struct buf printable = BUF_INIT;
			json_append_printable(&printable, s);
			t->cells[t->cell_count++] = buf_detach(&printable);
		} else {
			t->cells[t->cell_count++] = mem_strdup(s ? s : "");
		}
	}
}

struct table *table_new(FILE *file, enum format format, bool header, bool excel, const struct column *columns, size_t count)
{
	struct table *t = mem_calloc(1, sizeof *t);
	t->file = file;
	t->format = format != FORMAT_DEFAULT ? format : isatty(fileno(file)) ? FORMAT_TABLE : FORMAT_CSV;
	t->columns = columns;
	t->column_count = count;
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

static size_t display_width(const char *s)
{
	size_t width = 0, left = strlen(s);
	while (left) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)left, &c);
		if (n <= 0)
			n = 1, c = '?';
		width += (size_t)utf8proc_charwidth(c);
		s += n;
		left -= (size_t)n;
	}
	return width;
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
		putc(t->columns[c].kind == COLUMN_NUMBER ? 'r' : 'l', t->file);
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

static void put_aligned_rows(struct table *t)
{
	bool md = t->format == FORMAT_MD;
	size_t *widths = mem_calloc(t->column_count, sizeof *widths);
	for (size_t i = t->header ? 0 : t->column_count; i < t->cell_count; i++) {
		size_t w = display_width(t->cells[i]), c = i % t->column_count;
		widths[c] = w > widths[c] ? w : widths[c];
	}
	for (size_t r = t->header || md ? 0 : 1; r <= t->rows; r++) {
		for (size_t c = 0; c < t->column_count; c++) {
			const char *cell = t->cells[r * t->column_count + c];
			size_t w = display_width(cell), space = widths[c] > w ? widths[c] - w : 0;
			bool right = t->columns[c].kind == COLUMN_NUMBER, last = c + 1 == t->column_count;
			fputs(md ? (c ? " | " : "| ") : c ? "  " : "", t->file);
			if (right)
				pad(t->file, space, ' ');
			if (md) {
				for (const char *p = cell; *p; p++) {
					if (*p == '|')
						putc('\\', t->file);
					putc(*p, t->file);
				}
			} else {
				fputs(cell, t->file);
			}
			if (!right && (!last || md))
				pad(t->file, space, ' ');
		}
		fputs(md ? " |\n" : "\n", t->file);
		if (r == 0 && (md || t->header)) {
			for (size_t c = 0; c < t->column_count; c++) {
				size_t w = widths[c] > 3 || !md ? widths[c] : 3;
				fputs(md ? (c ? " | " : "| ") : c ? "  " : "", t->file);
				pad(t->file, md && t->columns[c].kind == COLUMN_NUMBER ? w - 1 : w, '-');
				if (md && t->columns[c].kind == COLUMN_NUMBER)
					putc(':', t->file);
			}
			fputs(md ? " |\n" : "\n", t->file);
		}
	}
	free(widths);
}

void table_finish(struct table *t)
{
	if (t->format == FORMAT_JSON)
		fputs(t->rows ? "\n]\n" : "[]\n", t->file);
	else if (t->format == FORMAT_LATEX)
		put_latex_rows(t);
	else if (is_aligned(t))
		put_aligned_rows(t);
	for (size_t i = 0; i < t->cell_count; i++)
		free(t->cells[i]);
	free(t->cells);
	buf_release(&t->line);
	free(t);
}
