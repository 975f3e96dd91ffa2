/* Entries of flag r: PCRE2 over the folded sentences, behind a Hyperscan prefilter where one can be had. Only regex.c includes pcre2.h for the engine.
 *
 * The prefilter only ever passes too much: what Hyperscan would read by other tables of characters than PCRE2 does is
 * widened first (prefilter_form()), and an expression that it cannot take, or whose compilation costs too much, is tried on every sentence. */
#ifndef MATCHERS_REGEX_H
#define MATCHERS_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matchers/automaton.h"
#include "matchers/lexicon.h"
#include "matchers/matcher.h"

struct buf;
struct tokens;
struct regex;

/* The expressions over one form of the text. */
struct regex_group {
	struct regex *items;          /* in the order of their entries */
	size_t count;
	struct automaton *prefilter;  /* ids are places in items; NULL if none is filtered */
};

struct regexes {
	struct regex_group groups[2]; /* without, with case */
};

/* False, with problems naming the lines, if an expression does not compile. To be released either way. */
bool regexes_init(struct regexes *r, const struct lexicon *lexicon, const struct matcher_options *options, struct problem_list *problems);
void regexes_release(struct regexes *r);

/* One thread's means to search. */
struct regex_search;
struct regex_search *regex_search_new(const struct regexes *r, const struct matcher_options *options);
void regex_search_free(struct regex_search *s);

struct scanner;
/* Adds the candidates of the scanner's text. False if Hyperscan failed. */
bool regex_find(struct regex_search *s, struct scanner *scanner);
/* Entries that hit a limit in that text, ascending. */
const uint32_t *regex_inconclusive(const struct regex_search *s, size_t *count);

/* ---- prefilter.c ---- */

/* An expression for Hyperscan that matches wherever source does. False if none is to be had by simple rewriting. */
bool prefilter_form(const char *source, struct buf *out);
/* Compiles forms (NULL: not to be filtered) in a process of its own with bounds on time and memory. filtered[i] tells which are in it; NULL if none is.
 * costly (may be NULL) is called for those left out because they cost too much; after options->prefilter_seconds by the clock no more is compiled, and all
 * that are not are left out. */
struct automaton *prefilter_compile(const char *const *forms, size_t count, const struct matcher_options *options, bool *filtered,
                                    void (*costly)(void *context, size_t i), void *context);

#endif
