/* Regular expressions (PCRE2) compiled once, matched often, with bounded work.
 *
 * Machine code is made of an expression that is matched often. Before, it is interpreted on short texts, under limits that are a fiftieth of those of machine code, which is made
 * at once and decides where they are reached: what a match gives does not depend on how many came before it (tests/test_kept_rules.c).
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
/* An expression that regex_new() accepted in this build and with this PCRE2 (regex_version()), whose regex_first() is known: it is compiled when it is first used. */
struct regex *regex_known(const char *source, size_t length, unsigned flags, const uint64_t first[4]);
#define REGEX_VERSION_BYTES 64
void regex_version(char version[REGEX_VERSION_BYTES]); /* "10.42 2022-12-11" */
void regex_free(struct regex *p);

/* Numbers of the groups of that name, at most `most` of them; a name may be given to several groups. Returns how many there are. */
size_t regex_groups(const struct regex *p, const char *name, uint8_t *groups, size_t most);

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

/* The bytes a match can begin with, as PCRE2 works them out: byte / 64, byte % 64. Never too few. */
void regex_first(const struct regex *p, uint64_t bytes[4]);

/* What a match can begin with, found by trying every beginning with partial matching and so never too narrow, for texts whose first
 * REGEX_PREFIX bytes are ASCII: place[i][byte / 64] >> byte % 64 & 1 says which bytes can stand at the first places; places after a
 * byte above 0x7F say nothing. Where there are not too many beginnings, `exact` lists them all, each as a little-endian number;
 * else count is 0. */
#define REGEX_PREFIX 4
#define REGEX_BEGINNINGS 1024
struct regex_prefix {
	uint64_t place[REGEX_PREFIX][4];
	uint32_t exact[REGEX_BEGINNINGS];
	size_t count;
};
void regex_prefix(const struct regex *p, struct regex_prefix *prefix);

#endif
