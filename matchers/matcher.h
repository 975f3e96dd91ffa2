/* The engine: every candidate of a lexicon in a text.
 *
 * Tokens are found by bit masks over 64 bytes at a time (matchers/token.h). Each distinct spelling of a word is folded and held against the lexicon's
 * vocabulary once and then remembered in a per-thread table, so that the loop over the text only hashes and compares (matchers/words.h). Each variant of an
 * entry is searched for by its anchor (matchers/layout.h): Hyperscan finds runs of three and four exact words in a stream of fixed-width word
 * codes (as \xHH expressions: the pure-literal API of 5.4.0 can fail); pairs of words and single words are found by what their spellings mean.
 * Around an anchor the variant is then laid out against the tokens step by step: gaps, wildcards, commas, case, cut words in all readings (find.c).
 *
 * A matcher is shared and read-only; a scanner belongs to one thread. */
#ifndef MATCHERS_MATCHER_H
#define MATCHERS_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matchers/lexicon.h"

enum engine { ENGINE_AUTO, ENGINE_AVX512, ENGINE_AVX2, ENGINE_NEON, ENGINE_PLAIN, ENGINE_COUNT };
const char *engine_word(enum engine e);             /* "auto", "avx512", ... */
int engine_parse(const char *word, enum engine *e); /* 0, or -1 if unknown */
int engine_available(enum engine e);                /* on this machine */

struct matcher_options {
	enum engine engine;
	const char *cache_directory; /* compiled databases are kept there; NULL: no cache */
	uint32_t regex_match_limit;  /* PCRE2, for flag r: 100,000 */
	uint32_t regex_depth_limit;  /* 1,000 */
	uint32_t regex_heap_kib;     /* 1,024 */
	uint32_t prefilter_seconds;  /* by the clock, for the prefilter of all expressions: 120 */
	const bool *left_out;        /* by entry: is not searched for; NULL: all are. Needed by matcher_new() only */
};
#define MATCHER_OPTIONS_DEFAULT {ENGINE_AUTO, NULL, 100000, 1000, 1024, 120, NULL}

struct matcher;
struct scanner;

/* The lexicon must outlive the matcher. NULL with problems naming the line if an entry does not compile. What the cache does not hold may be compiled by a forked child, which could
 * find locks that nobody will open if the process had other threads: there may be none. */
struct matcher *matcher_new(const struct lexicon *lexicon, const struct matcher_options *options, struct problem_list *problems);
void matcher_free(struct matcher *m);
/* Whether no entry is searched for. */
bool matcher_is_idle(const struct matcher *m);
struct scanner *scanner_new(const struct matcher *m); /* NULL if the engine cannot make its working memory */
void scanner_free(struct scanner *s);

/* Tokens are numbered from 0. Exclusions and cues are candidates too; role tells them apart through the entry. */
struct candidate {
	uint32_t first, last; /* tokens, inclusive */
	uint32_t entry;       /* index into lexicon->entries */
};

/* The result of one scan. All memory is the scanner's and lives until its next scan. */
struct scan {
	uint32_t words;                  /* tokens */
	uint32_t sentences;
	const struct candidate *candidates; /* each (first, last, entry) once; ordered by first, last, entry */
	size_t candidate_count;
	const uint64_t *word_hash;       /* 64-bit hash of each folded token, for fingerprints; equal on every machine; NULL of a numbered text */
	const uint32_t *inconclusive;    /* entries (flag r) whose confirmation hit a limit in this text; ascending */
	size_t inconclusive_count;
};

enum scan_status { SCAN_OK, SCAN_TOO_LONG /* 2 GiB or more */, SCAN_ENGINE_FAILED, SCAN_NOT_SPELLED /* see matchers/numbered.h */ };

/* text must be valid UTF-8. */
enum scan_status scanner_scan(struct scanner *s, const char *text, size_t length, struct scan *scan);

/* Of the last scan: byte range of a token in its text, and the sentence it stands in. */
size_t scan_token_start(const struct scanner *s, uint32_t token);
size_t scan_token_end(const struct scanner *s, uint32_t token);
uint32_t scan_sentence(const struct scanner *s, uint32_t token);

/* Names the sources that finds depend on: matchers of one build find the same. */
const char *matcher_build(void);

/* For --version and logs: "hyperscan 5.4.0, avx512, 4,812 expressions". Lives as long as the matcher. */
const char *matcher_description(const struct matcher *m);

#endif
