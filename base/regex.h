/* Regular expressions (PCRE2) compiled once, matched often, with bounded work.
 *
 * A pattern is read-only once made and may be used by any number of threads; each thread brings its own struct regex_memory.
 * Text handed to regex_match() must be valid UTF-8: it is not checked again. */
#ifndef BASE_REGEX_H
#define BASE_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct regex;
struct regex_memory;

enum regex_flag {
	REGEX_ANCHORED = 1, /* a match begins exactly where the search does */
	REGEX_CASELESS = 2
};

/* NULL with a message (reason and position in the source) if the expression is wrong. UTF is on, Unicode properties for \d and
 * \w are not. */
struct regex *regex_new(const char *source, size_t length, unsigned flags, char *message, size_t message_size);
void regex_free(struct regex *p);

/* Number of the named group, or 0 if the pattern has none of that name. */
unsigned regex_group(const struct regex *p, const char *name);
unsigned regex_groups(const struct regex *p); /* capture groups, group 0 left out */

struct regex_memory *regex_memory_new(void);
void regex_memory_free(struct regex_memory *m);

enum regex_result {
	REGEX_NO,
	REGEX_YES,
	REGEX_LIMIT /* given up: too much backtracking */
};

/* Searches text from byte `from` (a character boundary). cut: text goes on after length, so that $ does not match there. */
enum regex_result regex_match(const struct regex *p, struct regex_memory *m, const char *text, size_t length, size_t from,
                                  bool cut);
/* After REGEX_YES, of the same memory: false if the group took no part. */
bool regex_span(const struct regex_memory *m, unsigned group, size_t *start, size_t *end);

/* Which bytes can stand at the first REGEX_PREFIX places of a match, as bit sets: place[i][byte / 64] >> byte % 64 & 1.
 * Found by trying every beginning with partial matching, so it is exact up to a budget and never too narrow, as long as the
 * first REGEX_PREFIX bytes of the text are ASCII: places after a byte above 0x7F say nothing. */
#define REGEX_PREFIX 4
struct regex_prefix {
	uint64_t place[REGEX_PREFIX][4];
};
void regex_prefix(const struct regex *p, struct regex_prefix *prefix);

#endif
