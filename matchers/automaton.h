/* Hyperscan (or Vectorscan, whose interface is the same) behind one door: only automaton.c includes hs.h.
 *
 * Literals are compiled as expressions of \xHH: the pure-literal interface of 5.4.0 can fail a scan of repetitive input. An automaton is read-only; memory
 * for scanning belongs to one thread and is grown for every automaton it is used with. */
#ifndef MATCHERS_AUTOMATON_H
#define MATCHERS_AUTOMATON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

struct automaton;
struct automaton_memory;

struct automaton_literal {
	const unsigned char *bytes;
	uint32_t length; /* at least 1 */
};

struct automaton_pattern {
	const char *expression; /* PCRE syntax, UTF-8; case counts, a dot is any character */
	uint32_t id;
};

/* NULL with a message in error (the caller frees) on failure. Hits carry the literal's index. count is at least 1. */
struct automaton *automaton_literals(const struct automaton_literal *literals, size_t count, char **error);
/* A prefilter: an expression that may match a text hits once; one that does match always. Expressions for which that cannot be had
 * fail; *failed is then the index of one, or SIZE_MAX. */
struct automaton *automaton_prefilter(const struct automaton_pattern *patterns, size_t count, size_t *failed, char **error);
void automaton_free(struct automaton *a);

/* The automaton as bytes, and back; NULL if the bytes do not fit this machine or library. Bytes must be known to be unharmed. */
bool automaton_save(const struct automaton *a, struct buf *out);
struct automaton *automaton_restore(const char *bytes, size_t length);

/* Makes memory fit for an automaton too; *memory is NULL at first. False if it cannot be had. */
bool automaton_prepare(const struct automaton *a, struct automaton_memory **memory);
void automaton_memory_free(struct automaton_memory *memory);

/* Called with the id and the byte after the last of the hit; returning nonzero ends the scan. */
typedef int (*automaton_hit)(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context);
/* False if the engine failed: what was found is then not to be used. */
bool automaton_scan(const struct automaton *a, struct automaton_memory *memory, const void *bytes, size_t length, automaton_hit hit, void *context);

/* "5.4.0 2021-01-26" and a word for the instructions compiled for. */
const char *automaton_version(void);
const char *automaton_platform(void);
/* Both are to be part of the key of a saved automaton (base/cache.h). */
struct sha256;
void automaton_add_to_key(struct sha256 *key);
bool automaton_supported(void); /* by this machine */

#endif
