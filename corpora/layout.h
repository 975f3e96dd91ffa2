/* Layouts: the readable rule files behind the segmenter (docs/layouts.md is their manual).
 *
 * A rule file is text, one statement a line; a line that begins with white space goes on with the line before. Statements:
 *
 *   layout NAME          begins a layout; rules above the first such line belong to all layouts
 *   about TEXT           what the layout is for
 *   least N              confirmed entries a document needs before the layout may be chosen (2)
 *   define NAME PATTERN  NAME in braces stands for PATTERN in what follows, in this file and in files read later
 *   KIND NAME [KEY=VALUE...] : PATTERN
 *
 * In a pattern one space stands for any run of spaces; tabs, which part table cells, are written \t.
 * Everything here is read-only after rules_new() and may be shared by threads. */
#ifndef CORPORA_LAYOUT_H
#define CORPORA_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/regex.h"
#include "corpora/finder.h"
#include "corpora/review.h"

enum rule_kind {
	/* tried where the text of a line begins */
	RULE_ENTRY,   /* first line of a review */
	RULE_OPENING, /* first words of a narrative: confirms the entry above it, or begins a review that lost its heading */
	RULE_SECTION, /* heading of a section of the digest */
	RULE_HEADER,  /* head of a table or list of reviews; the title above it is a section */
	RULE_LIST,    /* begins text that belongs to no review: links, notices */
	RULE_END,     /* line that closes a review and is no part of it */
	RULE_PAGE,    /* page number line */
	RULE_SKIP,    /* begins a section of a full report that is not counted */
	RULE_PART,    /* begins any other section of a full report */
	/* tried at the literals of find= */
	RULE_INSIDE,  /* an entry in the middle of a line */
	RULE_FACET_FIRST,
	RULE_OUTCOME = RULE_FACET_FIRST,
	RULE_AGE,
	RULE_GENDER,
	RULE_INCIDENT, /* words of a sentence that states a death or harm; its year is the incident's */
	RULE_HISTORY,  /* words of a sentence whose year is not, or no year behind them */
	RULE_GENERAL,  /* words of a sentence about reviews in general */
	RULE_STOP,     /* where the statement of the incident ends */
	RULE_METHOD,
	RULE_RECOMMENDATIONS,
	/* tried on a line or title when asked */
	RULE_TITLE,   /* what a section title looks like */
	RULE_BYLINE,  /* author, board and date under or in a heading */
	RULE_DIGEST,  /* the date of the digest, near its top */
	RULE_PERIOD,  /* a section title that dates what stands below it */
	RULE_NAME,    /* the child or operation, in a narrative */
	RULE_CHILD,   /* the child or operation, in the title of an entry */
	RULE_WHOLE,   /* in the first lines of a document that is one report: its kind */
	RULE_FRONT,   /* there too: title, child, board, date */
	RULE_CONTENTS, /* a line of a contents page */
	RULE_NARRATIVE, /* the first line of text below an entry: confirms it, and nothing else */
	RULE_KINDS
};

enum capture { CAP_DATE, CAP_BOARD, CAP_CHILD, CAP_TITLE, CAP_SECTION, CAP_TEXT, CAP_COUNT, CAP_UNIT, CAP_MONTHS, CAPTURES };

struct layout;

struct rule {
	enum rule_kind kind;
	const char *name;
	const char *value;    /* value=: what the rule says of the review or the document; "" if not said */
	int number;           /* the same for an outcome or a gender (their enum); 1 for value=said */
	const struct layout *layout; /* NULL: all */
	struct regex *regex;
	unsigned group[CAPTURES]; /* 0: not captured */
	int weight;           /* weight=: evidence of an entry; 1 */
	bool confirm;         /* confirm=yes: an entry only if something under it confirms it */
	bool bullet;          /* bullet=yes: tried on bulleted lines too */
	bool alone;           /* alone=yes: only on a line with a blank line or the text's edge above */
	size_t most;          /* most=: only on lines of no more bytes; 0: any */
	const char *ends;     /* ends=: only on lines whose last byte is one of these; NULL: any */
	const char *has[4];   /* has=A|B: only on lines that hold one of these; the first NULL: any */
	size_t back, ahead;   /* find rules: bytes before the literal and after it that the pattern sees */
	const char *file;
	unsigned line;
};

struct layout {
	const char *name, *about, *file;
	int least;
	bool user;     /* from a file of the analyst's: goes before the built-in ones */
	bool replaced; /* by one of the analyst's of the same name */
	size_t index;
};

/* A set of rules tried at the start of lines: lines whose first bytes no rule can begin with cost four look-ups. */
#define LAYOUTS 32
#define LINE_WINDOW 512 /* a rule is tried on so much of a line */
#define LINE_RULES 128
struct line_mask {
	uint64_t word[LINE_RULES / 64];
};
struct line_table {
	const struct rule *rule[LINE_RULES];
	size_t count;
	struct line_mask place[REGEX_PREFIX][256];
	struct line_mask bullet, of_layout[LAYOUTS]; /* rules of the layout and of all layouts */
	struct line_mask all;
};

/* Rules found by literals. */
struct find_table {
	struct finder *finder;
	const struct rule *rule[FINDER_LITERALS]; /* by literal */
};

struct rules {
	struct arena memory;
	struct layout *layout[LAYOUTS];
	size_t layout_count;
	struct rule **rule; /* in the order read */
	size_t count, capacity;
	const struct rule **of_kind[RULE_KINDS];
	size_t of_kind_count[RULE_KINDS];
	struct line_table lines;
	struct find_table inside; /* over the whole text */
	struct find_table body; /* method, recommendations: over a whole review */
	struct find_table head; /* the other find rules: over the beginning of a review */
};

/* Reads the named files, then the built-in ones. NULL with a message that names file and line. */
struct rules *rules_new(const char *const *files, size_t file_count, char *message, size_t message_size);
void rules_free(struct rules *r);
const struct layout *rules_layout(const struct rules *r, const char *name); /* NULL if there is none */

#endif
