/* Regular expressions (PCRE2) compiled once, matched often, with bounded work.
 *
 * A pattern is read-only once made and may be used by any number of threads; each thread brings its own struct pattern_memory.
 * Text handed to pattern_match() must be valid UTF-8: it is not checked again. */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pattern;
struct pattern_memory;

enum pattern_flag {
	PATTERN_ANCHORED = 1, /* a match begins exactly where the search does */
	PATTERN_CASELESS = 2
};

/* NULL with a message (reason and position in the source) if the expression is wrong. UTF is on, Unicode properties for \d and
 * \w are not. */
struct pattern *pattern_new(const char *source, size_t length, unsigned flags, char *message, size_t message_size);
void pattern_free(struct pattern *p);

/* Number of the named group, or 0 if the pattern has none of that name. */
unsigned pattern_group(const struct pattern *p, const char *name);
unsigned pattern_groups(const struct pattern *p); /* capture groups, group 0 left out */

struct pattern_memory *pattern_memory_new(void);
void pattern_memory_free(struct pattern_memory *m);

enum pattern_result {
	PATTERN_NO,
	PATTERN_YES,
	PATTERN_LIMIT /* given up: too much backtracking */
};

/* Searches text from byte `from` (a character boundary). cut: text goes on after length, so that $ does not match there. */
enum pattern_result pattern_match(const struct pattern *p, struct pattern_memory *m, const char *text, size_t length, size_t from,
                                  bool cut);
/* After PATTERN_YES, of the same memory: false if the group took no part. */
bool pattern_span(const struct pattern_memory *m, unsigned group, size_t *start, size_t *end);

/* Which bytes can stand at the first PATTERN_PREFIX places of a match, as bit sets: place[i][byte / 64] >> byte % 64 & 1.
 * Found by trying every beginning with partial matching, so it is exact up to a budget and never too narrow, as long as the
 * first PATTERN_PREFIX bytes of the text are ASCII: places after a byte above 0x7F say nothing. */
#define PATTERN_PREFIX 4
struct pattern_prefix {
	uint64_t place[PATTERN_PREFIX][4];
};
void pattern_prefix(const struct pattern *p, struct pattern_prefix *prefix);

#endif
