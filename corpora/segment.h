/* Inside the segmenter: what its files share. Not for others: corpora/review.h is the way in.
 *
 * A document is cut in these steps, all linear in its length:
 *   segment_lines.c   where lines end, and what stands on them
 *   segment_scan.c    lines and literals -> events: where rules matched
 *   segment_table.c   tables whose head names their columns: rows -> events
 *   segment.c         events -> the layout of the document -> pieces: runs of text that are one review or none
 *   segment_furniture.c  page numbers, running heads and feet
 *   segment_torn.c    text that a torn table left with the wrong row
 *   segment_spans.c   a piece -> spans in reading order, table columns put together and page furniture left out
 *   segment_report.c  a document that is one report: its first lines, its sections
 *   segment_review.c  a piece -> what is said of it: heading, dates, facets
 *   segment_explain.c the same told line by line
 */
#ifndef CORPORA_SEGMENT_H
#define CORPORA_SEGMENT_H

#include "base/mem.h"
#include "corpora/dates.h"
#include "corpora/layout.h"
#include "corpora/review.h"

/* Beyond these the rest of a document goes into its last record; memory stays bounded for any input. */
#define EVENTS_MOST ((size_t)1 << 21)
#define PIECES_MOST ((size_t)1 << 20)

/* Where a rule matched. Captures are offsets from `at`; both 0 where a group took no part. */
struct event {
	size_t at;   /* where the match begins */
	size_t line; /* first byte of its line */
	size_t end;  /* of the match */
	uint64_t number; /* of its line, from 1 */
	const struct rule *rule;
	uint16_t capture[CAPTURES][2];
};

/* A stretch of text that is left out: page furniture. */
struct cut {
	size_t start, end;
};

/* A run of text that is one record, or that belongs to none of them. */
struct piece {
	size_t start, end;
	size_t text;               /* where its narrative begins, as far as the heading tells */
	const struct event *entry; /* heading; NULL for text that is no review, and for reviews without heading */
	enum review_kind kind;
	uint32_t section;          /* number of its section title, 0: none */
	struct cut rest;           /* stands in the next piece but belongs to this one; empty: nothing */
	struct cut hole;           /* stands in this piece but belongs to the one before */
	size_t first_byte;         /* of its spans */
	size_t first_span, spans;  /* in the cutter's list; records only */
};

/* A line that may be a page number or hold one. */
struct edge {
	size_t start, end;
	int number;
	uint32_t before; /* the edge whose number comes before its own */
	uint32_t chain;  /* edges up to this one whose numbers count up */
	bool page;       /* it is one */
};

struct cell;
struct way;
struct line_counts; /* how often lines were seen beside the edges of pages */
struct strings; /* memory for the words of reviews; emptied for each document */

struct section {
	size_t start, end; /* of its title */
	struct date period; /* year 0: none */
	const char *title;  /* once asked for */
};

/* What the first lines of a document say of it, should it be one report. Places are 0, 0 where nothing was found. */
struct front {
	enum review_kind kind;
	int weight;        /* of the rule that gave the kind */
	struct cut title, child, board;
	struct date date;
	size_t end;        /* of the lines looked at */
};

struct segmenter {
	struct rules *rules;
	const struct layout *only;
	bool all_sections;
	struct regex *letter; /* any */
	bool plain; /* for tests: rules are tried on every line, whatever it begins with */
};

struct cutter {
	const struct segmenter *s;
	struct regex_memory *memory;
	/* the document at hand */
	const struct document *document;
	const char *text;
	size_t length;
	const char *archive_name, *member_name;
	const struct layout *layout; /* NULL: one report */
	struct front front;
	struct date digest; /* of the digest, year 0: none; start and end in the text */
	/* working memory, kept from document to document */
	size_t tries; /* of patterns on lines, ever */
	bool report_scanned; /* the sections of a report are among the events */
	struct event *event;
	size_t event_count, event_capacity;
	struct piece *piece; /* reviews, reports and skipped sections */
	size_t piece_count, piece_capacity;
	struct piece *record; /* the same and what lies between them */
	size_t record_count, record_capacity;
	struct section *section;
	size_t section_count, section_capacity;
	struct cut *cut;
	size_t cut_count, cut_capacity;
	struct line_counts *line_counts;
	struct edge *edge;
	size_t edge_count, edge_capacity;
	struct way *way;
	size_t way_capacity;
	struct cell *cell;
	size_t cell_count, cell_capacity;
	struct span *span;
	size_t span_count, span_capacity;
	struct review *review;
	size_t review_capacity;
	struct buf head; /* beginning of a review as one piece */
	struct strings *strings;
};

static inline bool of_layout(const struct rule *rule, const struct layout *layout)
{
	return !rule->layout || rule->layout == layout;
}

/* segment_scan.c */
/* Fills c->event by the rules of layouts of that rank and of all layouts, with rank 1 c->edge too. Rank 1 goes first. */
void segment_scan(struct cutter *c, int rank);
/* Adds the headings of a report's sections, unless that was done. */
void segment_scan_report(struct cutter *c);
/* Adds the entries that begin in the middle of a line, once the layout is chosen. */
void segment_scan_inside(struct cutter *c);
/* Puts the events from number `from` on, which are in order among themselves, in order with those before. */
void segment_merge_events(struct cutter *c, size_t from);
/* segment_table.c: adds the rows of tables. */
void segment_scan_tables(struct cutter *c);
/* Tries the rules of a kind on text[start, end), in the order of the files; NULL if none matches. Spans are in c->memory. */
const struct rule *segment_try(struct cutter *c, enum rule_kind kind, size_t start, size_t end);
void segment_capture(const struct cutter *c, const struct rule *rule, size_t base, struct event *event);

/* segment_lines.c */
/* A line of the text less white space and mark-up at its ends. */
size_t line_content(const char *text, size_t start, size_t end, bool *bullet);
size_t line_trimmed(const char *text, size_t start, size_t end);
size_t line_end(const char *text, size_t length, size_t at);   /* of the line that holds `at`, line end left out */
size_t line_start(const char *text, size_t at);
uint64_t segment_count_lines(const char *text, size_t start, size_t end); /* line ends in it */
/* The last line above `at` (a line's start) that is not blank: its start, or SIZE_MAX. */
size_t line_above(const char *text, size_t at);

/* segment.c: what speaks for each layout, by its index. */
struct evidence {
	int score, entries;
	bool on_top;      /* the first line that is not blank is an entry */
	size_t last_line; /* with an entry, and 1 */
};
void segment_weigh(struct cutter *c, struct evidence *evidence);

/* segment_report.c */
void segment_front(struct cutter *c);
/* Appends the skipped sections of a report to c->piece, and the report itself last. */
void segment_cut_report(struct cutter *c);
/* Adds the pieces before number `report` to what is left out of it. */
void segment_cut_sections(struct cutter *c, size_t report);

/* segment_furniture.c: fills c->cut from c->edge and form feeds. */
void segment_furniture(struct cutter *c);
bool segment_is_furniture(const struct cutter *c, size_t at);
void line_counts_free(struct line_counts *t);

/* segment_torn.c: gives text that a torn table left with the wrong row back to the one above. */
void segment_return_torn(struct cutter *c);

/* segment_spans.c: appends the spans of a record to c->span, returns how many. columns: cells parted by tabs may be torn. */
size_t segment_spans(struct cutter *c, const struct piece *p, bool columns);
/* Text that ends without a full stop, question or exclamation mark, colon or semicolon. */
bool segment_unfinished(const char *text, size_t start, size_t end);
/* The sentence of text[before_start, before_end) goes on at text[start, end). */
bool segment_goes_on(const char *text, size_t before_start, size_t before_end, size_t start, size_t end);

/* segment_review.c */
bool segment_has_byline(struct cutter *c, size_t start, size_t end); /* in a line */
void segment_digest_date(struct cutter *c);
void segment_describe(struct cutter *c, const struct piece *p, struct review *r);

/* A copy with runs of white space as one space, at most `most` bytes, cut at a character. */
const char *strings_add(struct strings *s, const char *text, size_t length, size_t most);
struct strings *strings_new(void);
void strings_free(struct strings *s);
void strings_clear(struct strings *s);

#endif
