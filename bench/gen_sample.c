/* Writes the sample corpus, corpora/sample/, and what is true of it, corpora/sample-truth.jsonl.
 *
 * Invented case reviews, drawn by a fixed seed from the sentence bank bench/sample/cases.txt, are laid out in the styles of real digests:
 * the table digest with its torn rows, the monthly list, the numbered list, the newsletter, records of a JSONL file; two reports stand in
 * bench/sample/ as they are. The truth is known because the program writes the reviews: nothing is read back.
 *
 * usage: gen_sample BANK-DIRECTORY OUTPUT-DIRECTORY TRUTH-FILE */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "bench/sample_cases.h"

#define BULLET "\xef\x82\xb7" /* U+F0B7, what PDF readers make of a bullet */
#define DASH "\xe2\x80\x93"

static char *read_file(const char *directory, const char *name)
{
	struct buf path = BUF_INIT, text = BUF_INIT;
	buf_printf(&path, "%s/%s", directory, name);
	FILE *f = fopen(path.data, "rb");
	if (!f)
		sample_fail(strerror(errno), path.data);
	char block[4096];
	for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
		buf_append(&text, block, n);
	fclose(f);
	buf_release(&path);
	return buf_detach(&text);
}

/* ---- the truth ---- */

static json_t *truth;
static const struct review_case *truth_case[300];
static const char *current_archive, *current_member;

static json_t *number_or_null(int n)
{
	return n ? json_integer(n) : json_null();
}

static void add_truth(const struct review_case *c, int record, int first_line, int last_line, const char *title, const char *board,
                      const char *section, const char *starts)
{
	bool report = !c;
	char id[8], start[61];
	snprintf(id, sizeof id, "s%03zu", json_array_size(truth) + 1);
	snprintf(start, sizeof start, "%.*s", (int)strcspn(starts, "\n"), starts);
	for (size_t n = strlen(start); n && !(starts[n] & 0x80 ? (starts[n] & 0xc0) == 0xc0 : 1);)
		start[--n] = 0;
	truth_case[json_array_size(truth)] = c;
	json_array_append_new(truth, json_pack("{ss ss ss si si si ss ss? ss? ss? ss? so so so ss? ss so so so}", "id", id, "archive", current_archive, "member", current_member,
		"record", record, "first_line", first_line, "last_line", last_line, "kind", report ? "report" : "review", "title", title, "section", section,
		"board", board, "child", c ? c->child : NULL, "published_year", number_or_null(c ? c->published_year : 2018),
		"published_month", number_or_null(c ? c->published_month : 10), "incident_year", number_or_null(c ? c->incident_year : 0),
		"outcome", c && *c->profile->outcome ? c->profile->outcome : NULL, "starts", start, "gender", c && c->tells_gender ? json_string(c->girl ? "female" : "male") : json_null(),
		"age_months", c && c->tells_age ? json_integer(c->age_months) : json_null(), "duplicate_of", json_null()));
}

/* Which copy counts: publication date, archive name, position; archives are written in the order of their names, so position is order here. */
static void link_duplicates(void)
{
	for (size_t i = 0; i < json_array_size(truth); i++)
		for (size_t k = 0; truth_case[i] && k < i; k++)
			if (truth_case[k] == truth_case[i]) {
				json_object_set(json_array_get(truth, i), "duplicate_of", json_object_get(json_array_get(truth, k), "id"));
				break;
			}
}

/* ---- pages ---- */

struct page {
	struct buf text;
	int line; /* number of the line that is written next */
};

static void put(struct page *p, const char *s)
{
	buf_append_str(&p->text, s);
	for (; *s; s++)
		p->line += *s == '\n';
}

static void join(struct buf *out, char *const *parts, size_t count, const char *before, const char *between, const char *after)
{
	for (size_t i = 0; i < count; i++) {
		buf_append_str(out, i ? between : before);
		buf_append_str(out, parts[i]);
	}
	buf_append_str(out, after);
}

static void put_join(struct page *p, char *const *parts, size_t count, const char *before, const char *between, const char *after)
{
	struct buf b = BUF_INIT;
	join(&b, parts, count, before, between, after);
	put(p, b.data);
	buf_release(&b);
}

/* Takes up to width characters of *s, at a space where there is one, sometimes in the middle of a long word as PDFs do. */
static void take_line(struct buf *out, const char **s, size_t width)
{
	size_t n = strlen(*s);
	if (n > width) {
		for (n = width; n && (*s)[n] != ' ';)
			n--;
		size_t word = n + 1 + strcspn(*s + n + 1, " ");
		if (word - n > 11 && n + 6 < width && rng_below(&sample_rng, 3) == 0 && isalpha((unsigned char)(*s)[n + 5]) && isalpha((unsigned char)(*s)[n + 6])) {
			buf_append(out, *s, n + 6);
			buf_append_char(out, '-');
			*s += n + 6;
			return;
		}
		if (!n)
			n = word;
	}
	buf_append(out, *s, n);
	*s += n;
	while (**s == ' ')
		(*s)++;
}

/* Writes cells side by side, each wrapped to its width, with tabs between; returns when all are used up. */
static void put_columns(struct page *p, const char **cells, const size_t *widths, size_t count)
{
	for (;;) {
		bool left = false;
		struct buf row = BUF_INIT;
		for (size_t i = 0; i < count; i++) {
			if (i)
				buf_append_char(&row, '\t');
			take_line(&row, &cells[i], widths[i]);
			left |= *cells[i] != 0;
		}
		buf_append_char(&row, '\n');
		put(p, row.data);
		buf_release(&row);
		if (!left)
			return;
	}
}

static void month_heading(struct buf *out, const struct review_case *c, const char *dash)
{
	if (c->published_month)
		buf_printf(out, "%s ", month_names[c->published_month - 1]);
	buf_printf(out, "%d %s %s %s %s", c->published_year, dash, board_name(c), dash, c->child);
}

static void narrative(struct buf *out, const struct review_case *c, const char *background)
{
	buf_printf(out, "%s %s", c->incident, c->after);
	join(out, c->background, c->backgrounds, background, " ", "");
}

/* ---- the table digest ---- */

enum row_style { ROW_WIDE, ROW_CELLS, ROW_TORN, ROW_NARROW, ROW_BLOCK, ROW_HEADLESS, ROW_SPLIT_HEADING };

static void put_row(struct page *p, const struct review_case *c, enum row_style style, const char *section)
{
	struct buf head = BUF_INIT, story = BUF_INIT, issues = BUF_INIT, lessons = BUF_INIT;
	int first = p->line;
	size_t start = p->text.length;
	month_heading(&head, c, rng_below(&sample_rng, 2) ? DASH : "-");
	narrative(&story, c, " Background: ");
	join(&issues, c->issues, c->issue_count, " " BULLET " ", "; ", ".");
	join(&lessons, c->learning, c->learnings, " " BULLET " Learning: ", "; ", ".");
	join(&lessons, c->recommend, c->recommends, " Recommendations: ", "; ", ".");
	const char *cells[3] = {story.data, issues.data, lessons.data};
	switch (style) {
	case ROW_WIDE:
		put(p, head.data);
		put(p, "\tFull report and executive summary on the board's website.\n");
		buf_append_str(&story, issues.data + strlen(" " BULLET)); /* no further columns */
		cells[0] = story.data;
		cells[1] = "http://www.safeguarding-board.example/ serious-case-reviews/";
		put_columns(p, cells, (const size_t[]){98, 40}, 2);
		break;
	case ROW_CELLS:
	case ROW_HEADLESS:
		if (style == ROW_CELLS) {
			put(p, head.data);
			put(p, " ");
		}
		put_columns(p, cells, (const size_t[]){100000, 100000, 100000}, 3);
		break;
	case ROW_TORN:
	case ROW_NARROW: {
		struct buf row = BUF_INIT;
		buf_printf(&row, "%s ", head.data);
		for (int i = 0; i < 3; i++) {
			size_t whole = strlen(cells[i]), cut = whole * (style == ROW_TORN ? 45 : 70) / 100;
			cut += strcspn(cells[i] + cut, " ");
			buf_append(&row, cells[i], cut);
			buf_append_str(&row, i < 2 ? "\t" : "\n\n");
			cells[i] += cut;
			cells[i] += *cells[i] == ' ';
		}
		put(p, row.data);
		buf_release(&row);
		size_t wide = style == ROW_TORN ? 100000 : 48;
		put_columns(p, cells, (const size_t[]){wide, wide, wide}, 3);
		break;
	}
	case ROW_SPLIT_HEADING:
		buf_clear(&head);
		buf_printf(&head, "%s %d - %s -\t\n%s\t\n\n", month_names[c->published_month - 1], c->published_year, board_name(c), c->child);
		__attribute__((fallthrough));
	case ROW_BLOCK:
		put(p, head.data);
		put(p, style == ROW_BLOCK ? "\n\n" : "");
		put(p, c->incident);
		put(p, " ");
		put(p, c->after);
		put_join(p, c->background, c->backgrounds, rng_below(&sample_rng, 2) ? "\n\nBackground: " : "\n\n**Background:** ", " ", "\n\nKey issues:\n\n");
		put_join(p, c->issues, c->issue_count, "- ", ";\n- ", ".\n\nLearning:\n\n");
		put_join(p, c->learning, c->learnings, "- ", ";\n- ", ".\n\nRecommendations:\n\n");
		put_join(p, c->recommend, c->recommends, " " BULLET " ", ";\n " BULLET " ", ".\n");
		break;
	}
	char *title = style == ROW_HEADLESS ? NULL : mem_strndup(head.data, strcspn(head.data, "\t\n"));
	add_truth(c, 0, first, p->line - 1, title, style == ROW_HEADLESS ? NULL : board_name(c), section, p->text.data + start);
	free(title);
	buf_release(&head);
	buf_release(&story);
	buf_release(&issues);
	buf_release(&lessons);
}

static const char *const sections[] = {"PHYSICAL AND EMOTIONAL ABUSE", "NEGLECT", "SUDDEN UNEXPECTED DEATHS IN INFANCY", "SEXUAL ABUSE",
	"BEHAVIOURAL/MENTAL HEALTH CONCERNS", "HOMICIDE", "VIOLENCE OUTSIDE THE FAMILY", "ACCIDENTS AND INGESTION", "LOOKED AFTER CHILDREN"};

/* again: cases of earlier archives that this one lists too. */
static void table_digest(struct page *p, int issue, int year, int month, int count, struct review_case *const *again, size_t again_count)
{
	struct buf b = BUF_INIT;
	buf_printf(&b, "\n\nLessons Learnt Research Digest\n\nIssue %d, %s %d\n\nWelcome to the %s edition of the Board's Research Digest bulletin. The bulletin shares messages from recently "
		"published Serious Case Reviews and any local lessons learnt, so that agencies can develop practice together.\n\nThe information in this bulletin has been obtained from published "
		"reviews and covers cases published in %d and %d.\n\nhttp://www.safeguarding-board.example/case-reviews/\n\nLocal Learning\n\nCASE\tLEARNING\n"
		"No cases to be shared at this current\t\ntime\t\n\nRegional Learning\n\nCASE\tReport\n", issue, month_names[month - 1], year, issue == 1 ? "first" : "latest", year - 1, year);
	put(p, b.data);
	buf_release(&b);
	struct review_case *listed[40];
	size_t n = 0;
	for (size_t i = 0; i < again_count; i++)
		listed[n++] = again[i];
	for (int i = 0; i < count; i++) {
		bool last_year = rng_below(&sample_rng, 3) == 0;
		int m = rng_below(&sample_rng, 3) == 0 ? 0 : 1 + (int)rng_below(&sample_rng, last_year ? 12 : (uint32_t)month);
		listed[n++] = sample_case(NULL, last_year ? year - 1 : year, m, 2);
	}
	for (size_t i = again_count; i < again_count + 3; i++)
		put_row(p, listed[i], ROW_WIDE, "Regional Learning");
	put(p, "\nNational Learning\n");
	int style = 0;
	for (size_t s = 0; s < COUNT(sections); s++) {
		bool open = false;
		for (size_t i = 0; i < n; i++) {
			if ((i >= again_count && i < again_count + 3) || strcmp(listed[i]->profile->section, sections[s]))
				continue;
			if (!open) {
				put(p, "\n");
				put(p, sections[s]);
				put(p, "\t\t\t\nCASE\tKEY ISSUES\tLEARNING & RECOMMENDATIONS\t\n");
				open = true;
			}
			static const enum row_style cycle[] = {ROW_CELLS, ROW_TORN, ROW_BLOCK, ROW_CELLS, ROW_NARROW, ROW_BLOCK, ROW_SPLIT_HEADING};
			enum row_style r = cycle[style++ % (int)COUNT(cycle)];
			if (r == ROW_SPLIT_HEADING && !listed[i]->published_month)
				r = ROW_CELLS;
			if (r == ROW_BLOCK || r == ROW_SPLIT_HEADING)
				put(p, "\n");
			put_row(p, listed[i], r, sections[s]);
			if (r == ROW_BLOCK || r == ROW_SPLIT_HEADING || r == ROW_NARROW)
				put(p, "\n");
		}
		if (s == 4) { /* a row that has lost its heading is dated by the digest itself */
			if (!open) {
				put(p, "\n");
				put(p, sections[s]);
				put(p, "\t\t\t\nCASE\tKEY ISSUES\tLEARNING & RECOMMENDATIONS\t\n");
			}
			struct review_case *c = sample_case(sample_profile("suicide"), year, month, 2);
			c->board = NULL;
			put_row(p, c, ROW_HEADLESS, sections[s]);
		}
	}
}

/* ---- monthly lists ---- */

static const char *const numbers[] = {"no", "one", "two", "three", "four", "five", "six"};

static void plain_list(struct page *p, int year, int month, struct review_case *const *listed, size_t n)
{
	struct buf b = BUF_INIT;
	buf_printf(&b, "Case Review Repository - %s %d\n\nIn %s %d %s Serious Case Reviews were published to the Case Review Repository. A summary of each of these cases can be found below:\n",
		month_names[month - 1], year, month_names[month - 1], year, numbers[n]);
	put(p, b.data);
	for (size_t i = 0; i < n; i++) {
		const struct review_case *c = listed[i];
		static const char *const marks[] = {":", " -", " \xe2\x80\x93"};
		char board[64];
		snprintf(board, sizeof board, "%s LSCB", board_name(c));
		bool quoted = c->child[1] && !strchr(c->child, ' ');
		put(p, "\n");
		int first = p->line;
		buf_clear(&b);
		buf_printf(&b, "%s%s %s%s%s", board, ONE_OF(marks), quoted ? "\"" : "", c->child, quoted ? "\"" : "");
		char *title = mem_strdup(b.data);
		buf_append_str(&b, "\n\n");
		size_t start = p->text.length;
		narrative(&b, c, " ");
		join(&b, c->issues, c->issue_count, " Issues identified include: ", "; ", ".");
		join(&b, c->learning, c->learnings, " Findings include: ", "; ", ".\n");
		put(p, b.data);
		add_truth(c, 0, first, p->line - 1, title, board, NULL, p->text.data + start);
		put(p, "\nDownload report here\n");
		free(title);
	}
	buf_release(&b);
}

static void numbered_list(struct page *p, int year, int month, struct review_case *const *listed, size_t n)
{
	struct buf b = BUF_INIT;
	buf_printf(&b, "\n\nCase Review Repository " DASH " %s %d\n\nIn %s %d %s case reviews were published to the Case Review Repository featuring a number of issues including neglect, "
		"domestic abuse and child sexual exploitation\n", month_names[month - 1], year, month_names[month - 1], year, numbers[n]);
	put(p, b.data);
	for (size_t i = 0; i < n; i++) {
		struct review_case *c = listed[i];
		c->board = NULL;
		put(p, "\n");
		int first = p->line;
		const char *bold = i % 3 ? "**" : "", *what = year < 2020 ? "Serious case review" : i % 4 == 3 ? "Child practice review" : "Child safeguarding practice review";
		buf_clear(&b);
		buf_printf(&b, "%zu. %s%s%s %s%s\n\n%s %s", i + 1, bold, c->child, i % 4 == 2 ? ";" : ":", what, bold, c->incident, c->after);
		join(&b, c->background, c->backgrounds, " ", " ", "\n\n");
		join(&b, c->learning, c->learnings, "Learning includes: ", "; ", "; ");
		join(&b, c->issues, c->issue_count, "", "; ", ".\n\n");
		join(&b, c->recommend, c->recommends, "Recommendations include: ", "; ", ".\n");
		char *title = mem_strndup(b.data, strcspn(b.data, "\n"));
		size_t start = p->text.length;
		put(p, b.data);
		add_truth(c, 0, first, p->line - 1, title, NULL, NULL, p->text.data + start);
		put(p, "\nOther resources [Read practice review \\(PDF\\)](#)\n");
		free(title);
	}
	buf_release(&b);
}

/* ---- newsletters ---- */

enum imprint { IMPRINT_YEAR, IMPRINT_MONTH, IMPRINT_SEASON, IMPRINT_MISSING };

static const char *const authors[] = {"Frances Ellingham", "Gwen Pryor-Jones", "Hugh Mallinder", "Isabel Okonjo-Reed", "Martin Sallow", "Ruth Tindall"};

static void newsletter(struct page *p, const char *heading, struct review_case *const *listed, size_t n, bool last_undated)
{
	struct buf b = BUF_INIT;
	put(p, "\n\n");
	put(p, heading);
	put(p, "\n");
	for (size_t i = 0; i < n; i++) {
		struct review_case *c = listed[i];
		char section[48];
		snprintf(section, sizeof section, "%s", c->profile->section);
		for (char *s = section + 1; *s; s++)
			*s = isalpha((unsigned char)s[-1]) ? (char)tolower((unsigned char)*s) : *s;
		buf_clear(&b);
		buf_printf(&b, "\n%s\n\nSerious Case Reviews:\n\n", section);
		put(p, b.data);
		int first = p->line;
		size_t start = p->text.length;
		char *title = NULL, board[80] = "";
		buf_clear(&b);
		if (last_undated && i + 1 == n) {
			c->published_year = c->published_month = 0;
			c->board = NULL;
		} else {
			const char *between = i % 3 == 1 ? " " : "\n\n", *author = ONE_OF(authors);
			buf_printf(&b, "Serious case review: %s", c->child);
			title = mem_strdup(b.data);
			snprintf(board, sizeof board, "%s", "unnamed local safeguarding children board");
			if (c->board)
				snprintf(board, sizeof board, "%s Safeguarding Children Board", c->board);
			buf_printf(&b, c->board ? "%sAuthor: %s LSCB: %s (" : "%sAuthor: %s\n\nPublished by the repository on behalf of an %s (", between, author, board);
			enum imprint imprint = c->published_month ? IMPRINT_MONTH : i % 2 ? IMPRINT_YEAR : IMPRINT_SEASON;
			if (imprint == IMPRINT_MONTH)
				buf_printf(&b, i % 2 ? "%s %d)" : "%.3s %d)", month_names[c->published_month - 1], c->published_year);
			else
				buf_printf(&b, imprint == IMPRINT_YEAR ? "%d)" : "Spring %d)", c->published_year);
			buf_append_str(&b, "\n\n");
		}
		narrative(&b, c, " ");
		join(&b, c->issues, c->issue_count, " Issues identified include: ", "; ", ".");
		join(&b, c->recommend, c->recommends, " Recommendations include: ", "; ", ".");
		buf_append_str(&b, " Full report [Here](#)\n");
		put(p, b.data);
		add_truth(c, 0, first, p->line - 1, title, *board ? board : NULL, section, p->text.data + start);
		free(title);
		put(p, "\nLinked Research & Resources:\n");
		const struct pool *links = sample_links();
		for (int k = 0; k < 2; k++) {
			put(p, "\n");
			put(p, links->lines[(i * 2 + (size_t)k) % links->count]);
			put(p, "\n");
		}
	}
	buf_release(&b);
}

/* ---- records ---- */

static void put_record(struct page *p, int record, const struct review_case *c)
{
	struct buf t = BUF_INIT;
	char date[16], title[80];
	snprintf(title, sizeof title, "%s: %s", c->child, c->published_year < 2020 ? "Serious case review" : "Child safeguarding practice review");
	snprintf(date, sizeof date, "%04d-%02d-15", c->published_year, c->published_month);
	buf_printf(&t, "%s\n\n%s %s", title, c->incident, c->after);
	join(&t, c->background, c->backgrounds, "\n\nThe family\n", " ", "");
	join(&t, c->issues, c->issue_count, "\n\nKey findings\n\xe2\x80\xa2 ", "\n\xe2\x80\xa2 ", "");
	join(&t, c->learning, c->learnings, "\n\nLearning\nThe review found that ", "; that ", ".");
	join(&t, c->recommend, c->recommends, "\n\nRecommendations\n1. ", "\n1. ", "");
	json_t *o = json_pack("{si ss ss ss}", "id", 4000 + record, "published", date, "title", title, "text", t.data);
	char *line = json_dumps(o, JSON_COMPACT);
	int lines = 1;
	for (const char *s = t.data; *s; s++)
		lines += *s == '\n';
	add_truth(c, record, 1, lines, title, NULL, NULL, t.data);
	put(p, line);
	put(p, "\n");
	free(line);
	json_decref(o);
	buf_release(&t);
}

/* ---- archives ---- */

static const char *output_directory;

static void write_file(const char *name, const void *bytes, size_t length)
{
	struct buf path = BUF_INIT;
	buf_printf(&path, "%s/%s", output_directory, name);
	FILE *f = fopen(path.data, "wb");
	if (!f || fwrite(bytes, 1, length, f) != length || fclose(f))
		sample_fail(strerror(errno), path.data);
	buf_release(&path);
}

/* Without name or time in the header, so that the bytes depend on the text and the zlib alone. */
static void append_gzip(struct buf *out, const char *bytes, size_t length)
{
	z_stream z = {0};
	if (deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		sample_fail("deflateInit2 failed", "zlib");
	size_t room = deflateBound(&z, length);
	buf_reserve(out, room);
	z.next_in = (unsigned char *)bytes;
	z.avail_in = (unsigned)length;
	z.next_out = (unsigned char *)out->data + out->length;
	z.avail_out = (unsigned)room;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		sample_fail("deflate failed", "zlib");
	out->length += z.total_out;
	deflateEnd(&z);
}

static void write_gzip(const char *name, struct page *p, size_t first_member)
{
	struct buf out = BUF_INIT;
	if (first_member)
		append_gzip(&out, p->text.data, first_member);
	append_gzip(&out, p->text.data + first_member, p->text.length - first_member);
	write_file(name, out.data, out.length);
	buf_release(&out);
	buf_release(&p->text);
	*p = (struct page){.line = 1};
}

static void append_tar(struct buf *out, const char *name, const struct buf *text)
{
	char header[512] = {0};
	unsigned sum = 0;
	snprintf(header, 100, "%s", name);
	snprintf(header + 100, 8, "%07o", 0644u);
	snprintf(header + 108, 8, "%07o", 0u);
	snprintf(header + 116, 8, "%07o", 0u);
	snprintf(header + 124, 12, "%011o", (unsigned)text->length);
	snprintf(header + 136, 12, "%011o", 0u);
	memset(header + 148, ' ', 8);
	header[156] = '0';
	memcpy(header + 257, "ustar\00000", 8);
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
	buf_append(out, header, 512);
	buf_append(out, text->data, text->length);
	static const char zeros[512];
	buf_append(out, zeros, (512 - text->length % 512) % 512);
}

static void begin(const char *archive, const char *member)
{
	current_archive = archive;
	current_member = member;
}

static void write_report(const char *name, const char *directory, const char *source, struct review_case *c)
{
	struct page p = {.line = 1};
	char *text = read_file(directory, source);
	begin(name, "");
	put(&p, text);
	const char *title = c ? "Child Rowan" : "Patterns and pathways: an analysis of serious case reviews from eleven areas 2013 to 2016";
	/* A glossary is no text of the review: its last line is then that of the last recommendation. */
	const char *end = strstr(text, "\nGlossary\n");
	int line = 1, last = p.line - 1;
	for (const char *s = text; end && s < end; s++)
		if (*s == '\n' && line++ && !strncmp(s + 1, "\xe2\x80\xa2", 3))
			last = line;
	add_truth(c, 0, 3, last, title, c ? "Thornby and Vale Safeguarding Children Partnership" : NULL, NULL, p.text.data + strspn(p.text.data, "\n"));
	write_gzip(name, &p, 0);
	free(text);
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: gen_sample BANK-DIRECTORY OUTPUT-DIRECTORY TRUTH-FILE\n");
		return 2;
	}
	output_directory = argv[2];
	rng_init(&sample_rng, 2010);
	sample_read_bank(read_file(argv[1], "cases.txt"));
	truth = json_array();
	struct page p = {.line = 1};

	/* Cases of the monthly lists come first: digests and newsletters repeat some of them. */
	static const struct { const char *member; int year, month; size_t count; } lists[] = {
		{"lists/2010-06.txt", 2010, 6, 4}, {"lists/2011-02.txt", 2011, 2, 4}, {"lists/2012-02.txt", 2012, 2, 3}, {"lists/2013-09.txt", 2013, 9, 4},
		{"lists/2014-05.txt", 2014, 5, 4}, {"lists/2015-11.txt", 2015, 11, 5}, {"lists/2017-06.txt", 2017, 6, 4}, {"lists/2018-05.txt", 2018, 5, 3},
		{"lists/2020-10.txt", 2020, 10, 4}, {"lists/2021-11.txt", 2021, 11, 5}, {"lists/2023-04.txt", 2023, 4, 4}, {"lists/2024-02.txt", 2024, 2, 3},
		{"lists/2025-03.txt", 2025, 3, 4}};
	struct review_case *in_list[COUNT(lists)][8];
	for (size_t i = 0; i < COUNT(lists); i++)
		for (size_t k = 0; k < lists[i].count; k++)
			in_list[i][k] = sample_case(NULL, lists[i].year, lists[i].month, lists[i].year < 2018 ? 1 : 2);

	struct review_case *news[8];
	for (int i = 0; i < 7; i++)
		news[i] = sample_case(NULL, 2015 + i % 2, i % 3 ? 0 : 1 + (int)rng_below(&sample_rng, 3), 2);
	begin("board-newsletter-2016-04.txt.gz", "");
	newsletter(&p, "Wrenmouth Safeguarding Children Board News and Research Spring 2016", news, 7, false);
	write_gzip("board-newsletter-2016-04.txt.gz", &p, 0);

	for (int i = 0; i < 6; i++)
		news[i] = sample_case(NULL, 2013 + i % 2, 0, 2);
	news[2] = in_list[4][1]; /* May 2014 */
	begin("board-newsletter.txt", "");
	newsletter(&p, "Kelderwick Safeguarding Children Board News and Research Quarter Two", news, 6, true);
	write_file("board-newsletter.txt", p.text.data, p.text.length);
	buf_release(&p.text);
	p = (struct page){.line = 1};

	struct review_case *rowan = sample_blank_case(sample_profile("sudi"));
	*rowan = (struct review_case){.profile = rowan->profile, .board = "Thornby and Vale", .child = "Child Rowan", .tells_age = true, .age_months = 4, .published_year = 2022,
		.published_month = 3, .incident_year = 2020};
	write_report("child-rowan-final-report.txt.gz", argv[1], "full-report.txt", rowan);
	write_report("national-analysis-2018.txt.gz", argv[1], "national-analysis.txt", NULL);

	struct buf tar = BUF_INIT;
	static const char zeros[1024];
	for (size_t i = 0; i < COUNT(lists); i++) {
		begin("repository-lists.tar.gz", lists[i].member);
		(lists[i].year < 2018 ? plain_list : numbered_list)(&p, lists[i].year, lists[i].month, in_list[i], lists[i].count);
		append_tar(&tar, lists[i].member, &p.text);
		buf_release(&p.text);
		p = (struct page){.line = 1};
	}
	buf_append(&tar, zeros, sizeof zeros);
	p.text = tar;
	write_gzip("repository-lists.tar.gz", &p, 0);

	begin("research-digest-2012-03.txt.gz", "");
	table_digest(&p, 1, 2012, 3, 8, (struct review_case *[]){in_list[2][0]}, 1);
	write_gzip("research-digest-2012-03.txt.gz", &p, 0);
	begin("research-digest-2014-07.txt.gz", "");
	table_digest(&p, 2, 2014, 7, 9, (struct review_case *[]){in_list[4][1], in_list[4][3]}, 2);
	write_gzip("research-digest-2014-07.txt.gz", &p, 0);
	begin("research-digest-2017-07.txt.gz", "");
	table_digest(&p, 3, 2017, 7, 10, (struct review_case *[]){in_list[6][0], in_list[6][2]}, 2);
	write_gzip("research-digest-2017-07.txt.gz", &p, p.text.length / 2); /* two gzip members, cut anywhere */
	begin("research-digest-2019-11.txt.gz", "");
	table_digest(&p, 4, 2019, 11, 9, NULL, 0);
	write_gzip("research-digest-2019-11.txt.gz", &p, 0);

	begin("reviews-2016-2025.jsonl.gz", "");
	struct review_case *twice = NULL;
	for (int i = 1; i <= 18; i++) {
		struct review_case *c = i == 17 ? twice : sample_case(NULL, 2016 + i % 10, 1 + (int)rng_below(&sample_rng, 12), 3);
		if (i == 5)
			twice = c;
		put_record(&p, i, c);
	}
	write_gzip("reviews-2016-2025.jsonl.gz", &p, 0);

	link_duplicates();
	FILE *f = fopen(argv[3], "w");
	if (!f)
		sample_fail(strerror(errno), argv[3]);
	for (size_t i = 0; i < json_array_size(truth); i++) {
		json_dumpf(json_array_get(truth, i), f, JSON_COMPACT | JSON_ENSURE_ASCII);
		fputc('\n', f);
	}
	if (fclose(f))
		sample_fail(strerror(errno), argv[3]);
	json_decref(truth);
	return 0;
}
