/* Layouts: the readable rule files behind the segmenter (docs/layouts.md is their manual).
 *
 * A rule file is text, one statement a line; a line that begins with white space goes on with the line before. Statements:
 *
 *   layout NAME          begins a layout; rules above the first such line belong to all layouts
 *   about TEXT           what the layout is for
 *   rank N               layouts of rank 2 are tried only where none of rank 1 fits (1)
 *   least N              confirmed entries a document needs before the layout may be chosen (2; of one on top of the document or
 *                        below the date of a digest 1 is enough, unless N is more than 2)
 *   define NAME PATTERN  NAME in braces stands for PATTERN in what follows, in this file and in files read later
 *   sign NAME WORDS      words that tell headings apart before any pattern is tried, for needs=NAME
 *   KIND NAME [KEY=VALUE...] : PATTERN
 *
 * In a pattern one space stands for any run of spaces; tabs, which part table cells, are written \t.
 * Everything here is read-only after rules_new() and may be shared by threads. */
#ifndef CORPORA_LAYOUT_H
#define CORPORA_LAYOUT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/codec.h"
#include "base/regex.h"
#include "base/sha256.h"
#include "corpora/finder.h"
#include "corpora/review.h"
#include "corpora/words.h"

enum rule_kind {
	RULE_ROW,     /* the cell that names the case in a row of a table whose head names its columns */
	/* tried where the text of a line begins */
	RULE_ENTRY,   /* first line of a review */
	RULE_OPENING, /* first words of a narrative: confirms the entry above it */
	RULE_SECTION, /* heading of a section of the digest */
	RULE_HEADER,  /* head of a table or list of reviews; the title above it is a section */
	RULE_LIST,    /* begins text that belongs to no review: links, notices */
	RULE_END,     /* line that closes a review and is no part of it */
	RULE_PAGE,    /* page number line */
	RULE_SKIP,    /* begins a section of a full report that is not counted */
	RULE_PART,    /* begins any other section of a full report */
	/* tried at the literals of find= */
	RULE_INSIDE,  /* an entry in the middle of a line; over the whole text of a digest */
	RULE_BYLINE,  /* author, board and date under or in a heading; over the lines of a heading */
	RULE_METHOD,  /* over the whole text of a review, as the next */
	RULE_RECOMMENDATIONS,
	/* tried at the words of words=, over the beginning of a narrative; a pattern is optional */
	RULE_OUTCOME,
	RULE_AGE,
	RULE_GENDER,
	RULE_INCIDENT, /* words of a sentence that states a death or harm; its year is the incident's */
	RULE_HISTORY,  /* words of a sentence whose year is not, or no year behind them */
	RULE_GENERAL,  /* words of a sentence about reviews in general */
	RULE_STOP,     /* where the statement of the incident ends */
	/* tried when asked, on a line or a text */
	RULE_HEADLESS, /* an opening that begins a review where no heading stands above */
	RULE_NARRATIVE, /* the first line of text below an entry: confirms it, and nothing else */
	RULE_TITLE,   /* what a section title looks like */
	RULE_PERIOD,  /* a section title that dates what stands below it */
	RULE_DIGEST,  /* the date of the digest, near its top */
	RULE_NAME,    /* the child or operation, in a narrative */
	RULE_CHILD,   /* the child or operation, in the title of an entry */
	RULE_WHOLE,   /* in the first lines of a document that is one report: its kind */
	RULE_FRONT,   /* there too: title, child, board, date */
	RULE_CONTENTS, /* a line of a contents page */
	RULE_COLUMN,  /* a cell in the head of a table: what its column holds */
	RULE_KINDS
};

enum capture { CAP_DATE, CAP_BOARD, CAP_CHILD, CAP_TITLE, CAP_SECTION, CAP_TEXT, CAP_COUNT, CAP_UNIT, CAP_MONTHS, CAPTURES };

#define RULE_GROUPS 4 /* alternatives of a pattern may each capture the same thing */

/* CONFIRM_NARRATIVE: a narrative right below, no byline will do */
enum confirm { CONFIRM_NO, CONFIRM_YES, CONFIRM_NARRATIVE };

struct layout;

struct rule {
	enum rule_kind kind;
	const char *name;
	const char *value;    /* value=: what the rule says of the review or the document; "" if not said */
	int number;           /* the same for an outcome, a gender or a column (their enum, CAPTURES: nothing); 1 for value=said */
	const struct layout *layout; /* NULL: all */
	struct regex *regex;  /* NULL: the words say it all */
	uint8_t group[CAPTURES][RULE_GROUPS]; /* groups that capture it; 0: no more */
	uint8_t captures[CAPTURES]; /* what it captures at all */
	unsigned capture_count;
	int weight;           /* weight=: evidence of an entry; 1 */
	enum confirm confirm; /* confirm=: an entry only if something under it confirms it */
	bool bullet;          /* bullet=yes: tried on bulleted lines too */
	bool bulleted;        /* bullet=only: on no others */
	bool torn;            /* torn=yes: also on a line joined to the next one, where it does not match alone */
	bool alone;           /* alone=yes: only on a line with a blank line, a section, header, list or end line or the text's edge above */
	size_t most;          /* most=: only on lines of no more bytes; 0: any */
	const char *ends;     /* ends=: only on lines whose last byte is one of these, or behind ^ none of them; NULL: any */
	uint32_t needs;       /* needs=A+B: only on lines that hold a word of each of these signs */
	const char *not;      /* not=A|B: not on lines that begin so; NULL: any */
	unsigned place;       /* in the table of line rules */
	size_t back, ahead;   /* find rules: bytes before the literal and after it that the pattern sees */
	unsigned from;        /* word rules: the pattern is anchored so many words before the one found */
	const char *file;
	unsigned line;
};

struct layout {
	const char *name, *about, *file;
	int least, rank;
	bool user;     /* from a file of the analyst's: goes before the built-in ones */
	bool replaced; /* by one of the analyst's of the same name */
	size_t index;
};

/* The rules tried at the start of lines. What a line begins with tells which rules can match at all: four look-ups, and for rules
 * with few beginnings one more, so that a line of ordinary text costs no match. To find the beginnings of all rules takes as long as
 * a megabyte of text, so it is done once so many matches have been tried; until then the first byte alone must do. */
#define NARROW_AFTER 100000
#define LAYOUTS 32
#define RANKS 2
#define LINE_WINDOW 512 /* a rule is tried on so much of a line */
#define LINE_RULES 64
#define WORDS_BACK 6    /* from= of a rule is no more */
#define LINE_SHORT 240  /* most= of a rule is no more */
typedef uint64_t line_mask; /* a bit for each rule */
struct line_beginning {
	uint32_t four; /* bytes */
	bool used;
	line_mask mask;
};
struct line_beginnings {
	line_mask place[REGEX_PREFIX][256];
	line_mask exact;   /* rules whose beginnings are listed */
	uint64_t seen[1024]; /* a bit for each line_hash() of a beginning */
	struct line_beginning *beginning; /* hash table, a power of two large; what stands before it is kept as it is, see layout_kept.c */
	size_t beginnings, beginning_count;
};
struct line_table {
	const struct rule *rule[LINE_RULES];
	size_t count;
	line_mask first[256]; /* rules by the first byte of a line */
	const struct line_beginnings *_Atomic begin; /* NULL: not yet worked out */
	line_mask bullet, bulleted, alone, shorter; /* rules that take bulleted lines, only these; want a blank line above; have most= */
	line_mask shared; /* rules of no layout */
	line_mask torn;   /* rules with torn= */
	line_mask report; /* rules for reports alone: their sections */
	line_mask of_rank[RANKS];      /* the rules of layouts of rank 1 and 2, and those of all layouts */
	line_mask of_layout[LAYOUTS]; /* the rules of a layout and those of all layouts */
};

static inline uint32_t line_hash(uint32_t four)
{
	return (four * 0x9E3779B1u) >> 16;
}

/* Rules found by literals. */
struct find_table {
	struct finder *finder;
	const struct rule *rule[FINDER_LITERALS]; /* by literal */
};

#define SIGNS 32
#define SIGN_YEAR 0 /* a number that can be a year; built in */
#define SIGN_TAB 1  /* a tab; built in */
#define SIGN_BYTES 160 /* signs are looked for in so much of a line */
struct rules {
	struct arena memory;
	struct layout *layout[LAYOUTS];
	size_t layout_count;
	struct rule **rule; /* in the order read */
	size_t count, capacity;
	const struct rule **of_kind[RULE_KINDS];
	size_t of_kind_count[RULE_KINDS];
	struct line_table lines;
	pthread_mutex_t narrowing; /* held while the beginnings of lines are worked out */
	struct find_table inside, byline, body;
	struct words head; /* values are places in `rule` */
	struct words signs; /* values are numbers of signs */
	const char *sign[SIGNS];
	size_t sign_count;
};

/* What the last match, of this rule, captured; false if it did not. */
bool rule_span(const struct rule *rule, const struct regex_memory *memory, enum capture capture, size_t *start, size_t *end);

/* Reads the built-in files, then the named ones. NULL with a message that names file and line. What is known of the rules is kept in the cache directory,
 * which may be NULL: expressions that were compiled once are then compiled when they are used, and lines need not begin as rules do to be tried at first. */
struct rules *rules_new(const char *const *files, size_t file_count, const char *cache_directory, char *message, size_t message_size);
void rules_free(struct rules *r);
const struct layout *rules_layout(const struct rules *r, const char *name); /* NULL if there is none */
void rules_narrow(struct rules *r); /* works out the beginnings of lines, once; any thread may ask for it */

/* ---- between layout.c, layout_narrow.c and layout_kept.c ---- */

void line_beginnings_free(const struct line_beginnings *b);

struct rule_text { /* of a rule file */
	const char *name, *bytes;
	size_t length;
	bool user; /* not built in */
};
struct kept_rules {
	const char *directory; /* NULL: nothing is kept */
	unsigned char key[SHA256_BYTES];
	struct buf bytes;
	struct byte_reader from;
};
/* Whether something is kept of the rules of these files. Then kept_rule() is to be called for each rule with an expression, in order: it makes that and fills in the groups.
 * kept_rules_finish() fills in the finders and what lines can begin with; if it returns false, what was kept was of other rules, and these are to be read anew without. */
bool kept_rules_read(struct kept_rules *k, const char *directory, const struct rule_text *texts, size_t count);
struct regex *kept_rule(struct kept_rules *k, struct rule *rule, const char *pattern, size_t length, unsigned flags);
bool kept_rules_finish(struct kept_rules *k, struct rules *rules);
void kept_rules_write(struct kept_rules *k, struct rules *rules);
void kept_rules_release(struct kept_rules *k);

#endif
