/* A review as cut from a document, and the segmenter that cuts it.
 *
 * The rules are data: layout files (headings, tables, link lists), date rules and facet rules in corpora/layouts/, PCRE2 patterns
 * read when the segmenter is made; docs/layouts.md tells an analyst how to write one. */
#ifndef CORPORA_REVIEW_H
#define CORPORA_REVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "corpora/document.h"
#include "corpora/fault.h"

enum review_kind { KIND_REVIEW, KIND_REPORT, KIND_OTHER, KIND_COUNT };
const char *review_kind_word(enum review_kind kind); /* "review", "report", "other" */

enum outcome { OUTCOME_UNKNOWN, OUTCOME_DEATH, OUTCOME_SERIOUS_HARM, OUTCOME_OTHER, OUTCOME_COUNT };
enum age_band { AGE_UNKNOWN, AGE_UNDER_1, AGE_1_5, AGE_6_10, AGE_11_15, AGE_16_17, AGE_BAND_COUNT };
enum gender { GENDER_UNKNOWN, GENDER_FEMALE, GENDER_MALE, GENDER_MIXED, GENDER_COUNT };
const char *outcome_word(enum outcome o);   /* "death", "serious_harm", "other"; "unknown" */
const char *age_band_word(enum age_band a); /* "under 1", "1-5", "6-10", "11-15", "16-17"; "unknown" */
const char *gender_word(enum gender g);     /* "female", "male", "mixed"; "unknown" */

/* One stretch of the document's text that belongs to the review, in reading order. */
enum join { JOIN_LINE, JOIN_BREAK };  /* how it follows the one before: the sentence goes on, or a hard break */
struct span {
	size_t start, length; /* in document text */
	enum join join;
};

/* A year and what it rests on. rule is a stable word from the rule files ("heading", "board-line", "digest", "record", "file-name"). */
struct dating {
	int year;         /* 0: unknown */
	int month;        /* 0: unknown */
	const char *rule; /* "" if unknown */
	const char *text; /* the words it rests on, "" if unknown; at most 80 bytes */
	const char *conflict; /* another date of equal standing that disagrees, "" if none */
};

/* All strings are NUL-terminated UTF-8 and never NULL ("" where unknown); they live until the next segmenter call of this cutter. */
struct review {
	enum review_kind kind;
	unsigned ordinal;      /* 1-based among the records of every kind of its document, in order of first byte */
	const struct span *spans; /* the text that is counted, in reading order; never empty */
	size_t span_count;
	size_t offset, length; /* from first to last byte in the document text, whatever lies between */
	uint64_t first_line, last_line; /* 1-based in the document text */
	const char *title, *section, *board, *child, *method;
	struct dating published, incident;
	enum outcome outcome;
	int age_months;        /* -1: unknown */
	enum age_band age_band;
	enum gender gender;
	int recommendations;   /* -1: unknown */
	const char *layout;    /* name of the layout that cut it */
};

struct segmenter; /* compiled rules: shared, read-only */
struct cutter;    /* working memory: one per thread */

struct segmenter_options {
	const char *const *layout_files; /* tried before the built-in ones; NULL if none */
	size_t layout_file_count;
	const char *only_layout;         /* name: use this layout whatever the document looks like; NULL: choose */
	bool all_sections;               /* contents pages, glossaries and the like count as text of the review */
	const char *cache_directory;     /* what is known of the rules is kept there (base/cache.h); may be NULL */
};

/* NULL with a message that names file and line if a rule file is wrong. */
struct segmenter *segmenter_new(const struct segmenter_options *options, char *message, size_t message_size);
void segmenter_free(struct segmenter *s);
struct cutter *cutter_new(const struct segmenter *s);
void cutter_free(struct cutter *c);

/* Cuts one document. *reviews and what it points to live until the next call on this cutter; the document's text must live as long.
 * archive_name is the path of the archive and member_name the member's file_name: last resorts for a date.
 * Every byte of the text lies in exactly one record's spans, or is white space, repeated page furniture or a skipped section.
 * A document without any letter gives no review. */
size_t cutter_cut(struct cutter *c, const struct document *document, const char *archive_name, const char *member_name,
                  const struct review **reviews);

/* The text of a review as one piece: the spans joined as docs/counting-rules.md section 2 says. With one span it points into the
 * document, otherwise into *store, which the caller owns. */
struct buf;
struct joined_text {
	const char *text;
	size_t length;
};
struct joined_text review_join(const struct review *r, const struct document *d, struct buf *store);
/* Position in the document text of byte `at` of the joined text. */
size_t review_position(const struct review *r, size_t at);

/* Prints, for one document, which layout was chosen and why, and each line with the rule that claimed it (segment --explain). */
void cutter_explain(struct cutter *c, const struct document *document, const char *archive_name, const char *member_name,
                    struct buf *out);

#endif
