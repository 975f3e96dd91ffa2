/* Looks words up in a small set, a word being a run of ASCII letters and digits; case does not matter.
 *
 * Read-only once filled; any number of threads may look up. */
#ifndef CORPORA_WORDS_H
#define CORPORA_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORDS_MOST 512
#define WORD_BYTES 24

struct word {
	size_t start, end;
};

struct word_entry {
	char bytes[WORD_BYTES]; /* lower case */
	uint64_t head, mask;    /* the first eight bytes as a number, and which of them there are */
	uint8_t length;
	bool prefix;            /* any word that begins so */
	int16_t next;           /* in its chain, in the order added; -1: last */
	uint16_t value;
};

/* All zero is no set: begin with words_init(). */
struct words {
	uint64_t seen[64];  /* a bit for each hash of three letters */
	int16_t first[4096];
	struct word_entry entry[WORDS_MOST];
	size_t count;
};
void words_init(struct words *w);

/* Adds a word of 1 to 24 letters and digits, or a beginning (one of at least 3 bytes) written with a * behind it. False if it is no
 * such word or the set is full. Several values may be added for one word. */
bool words_add(struct words *w, const char *word, size_t length, uint16_t value);

/* The next word in text[at, length); false if there is none. */
bool word_next(const char *text, size_t length, size_t at, struct word *word);

/* A bit for each value (under 32) of the words of the text that are in the set. */
uint32_t words_values(const struct words *w, const char *text, size_t length);

/* Whether one of its words has four characters and begins with 1 or 2. */
bool words_year(const char *text, size_t length);

/* The first entry for the word, or -1; then the next one. */
int words_find(const struct words *w, const char *text, size_t length, struct word word);
int words_find_next(const struct words *w, const char *text, size_t length, struct word word, int entry);

#endif
