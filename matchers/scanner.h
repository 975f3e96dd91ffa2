/* Inside the engine: what a matcher and a scanner are made of, shared by matcher.c, find.c and regex.c, and for benchmarks the
 * stages of a scan one by one. Nothing outside matchers/ and bench/ includes this. */
#ifndef MATCHERS_SCANNER_H
#define MATCHERS_SCANNER_H

#include "base/mem.h"
#include "matchers/automaton.h"
#include "matchers/layout.h"
#include "matchers/matcher.h"
#include "matchers/numbered.h"
#include "matchers/regex.h"
#include "matchers/token.h"
#include "matchers/words.h"

struct matcher {
	const struct lexicon *lexicon;
	struct matcher_options options; /* engine is never ENGINE_AUTO */
	struct layout layout;
	struct automaton *runs;         /* finds the anchors of two words and more; NULL if there are none */
	struct regexes regexes;
	char *description;
};

/* A word as it is read: one token, or the two of a cut. */
struct node {
	uint32_t first, last;
	uint32_t sense;
};

struct reach {
	uint32_t *tokens;
	size_t count, capacity;
};

/* What is known of the numbers of words. */
struct number_table {
	struct numbering numbering;
	struct word_tag *tags;          /* by number; the sense is UNKNOWN_WORD where it has not been met */
	uint32_t capacity;
	uint32_t generation;            /* of words, that the tags are of */
};

struct scanner {
	const struct matcher *matcher;
	struct automaton_memory *memory;
	/* the text in hand */
	const char *text;               /* NULL: to be had from numbered, see scan_text(); edges of tokens are not there either then */
	size_t length;
	const struct numbered_text *numbered; /* NULL: it was given as it is. To be left alone after the scan but for scan_text() */
	struct number_table numbers;
	struct tokens tokens;
	struct words *words;
	struct regex_search *search;    /* NULL if no entry has flag r */
	struct word_stream stream;
	struct sense_key *keys;         /* of stream.keys and what stands before them */
	size_t stream_capacity;         /* tokens */
	const struct sense *senses;     /* of words, by number */
	const struct sense_more *more;
	uint32_t *joined;               /* senses of the joined words, by place in tokens.cuts */
	size_t joined_capacity;
	struct buf spelling;
	/* what was found */
	struct candidate *candidates;
	size_t candidate_count, candidate_capacity;
	struct candidate *sorting;      /* scratch for merging */
	size_t sorting_capacity;
	struct reach reaches[5];        /* scratch for laying out */
};

/* ---- matcher.c, and numbered.c, which scans texts that need not be looked up ---- */

/* Room for the words of the tokens in hand. */
void scanner_reserve(struct scanner *s);
/* What is in s->spelling is the word that cut number `cut` makes when it is taken out. */
void scanner_add_joined(struct scanner *s, uint32_t cut, bool apostrophe);
/* All that comes when tokens, words and joined words are there. */
enum scan_stage { STAGE_TOKENS, STAGE_WORDS, STAGE_RUNS, STAGE_LAYOUT, STAGE_ALL };
enum scan_status scanner_match(struct scanner *s, enum scan_stage last, struct scan *scan);

/* ---- find.c ---- */

/* Candidates of every entry but those of flag r, in any order and perhaps more than once. */
int find_run(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *scanner); /* an automaton_hit */
void find_direct(struct scanner *s);    /* variants anchored on one word or two */
void find_readings(struct scanner *s);  /* runs of which some word is not read as the stream has it */
void add_candidate(struct scanner *s, uint32_t first, uint32_t last, uint32_t entry);

/* ---- order.c ---- */

/* Puts the candidates in order and leaves each once. The first_part first ones, and the others, are nearly in order already. */
void sort_candidates(struct scanner *s, size_t first_part);
/* Adds others, of other entries, to those in order. */
void merge_candidates(struct scanner *s, const struct candidate *others, size_t count);

/* ---- the stages of scanner_scan(), in this order; for benchmarks ---- */

/* Does the work up to and with a stage: STAGE_RUNS runs Hyperscan but drops its hits. */
enum scan_status scanner_run(struct scanner *s, const char *text, size_t length, enum scan_stage last, struct scan *scan);

#endif
