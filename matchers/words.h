/* What the words of texts mean, remembered by spelling.
 *
 * A scanner keeps one table of spellings, so that folding, accents, possessives and wildcards are worked out once per spelling and not once per
 * token. The table has a fixed size and forgets what has not been seen for long. One thread per struct. */
#ifndef MATCHERS_WORDS_H
#define MATCHERS_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "matchers/layout.h"
#include "matchers/token.h"
#include "matchers/vocabulary.h"

/* What spellings that satisfy the same atoms share. */
struct sense {
	const uint32_t *atoms;    /* ascending */
	const uint32_t *codes;    /* of each word it can be read as; codes[0] stands in the code stream */
	const uint32_t *triggers; /* variants anchored on one of the atoms alone */
	uint32_t atom_count, code_count, trigger_count;
};

/* What is known of a spelling. */
struct word_value {
	uint64_t hash;   /* of the folded word */
	uint32_t sense;  /* 0: satisfies nothing */
	uint32_t stream; /* low three bytes: its code as it is written; and the flags below */
};
enum { WORD_TRIGGERS = 1u << 30, WORD_SEVERAL = 1u << 31 /* more than one code */ };

struct words;
struct words *words_new(const struct layout *layout);
void words_free(struct words *w);

/* The words of one text. Room for all tokens and STREAM_SLACK bytes of stream is the caller's. */
struct word_stream {
	uint64_t *hashes;
	uint32_t *senses;
	unsigned char *stream;  /* layout->code_width bytes a token */
	uint32_t *triggering;   /* tokens with WORD_TRIGGERS, ascending */
	uint32_t *several;      /* tokens with WORD_SEVERAL, ascending */
	uint32_t triggering_count, several_count;
};
enum { STREAM_SLACK = 8 };
void words_look_up(struct words *w, const struct tokens *t, const char *text, size_t length, struct word_stream *out);

/* One word: the value of a spelling that need not stand in a text (cut words). */
struct word_value words_value(struct words *w, const char *spelling, size_t length, bool apostrophe);

/* Senses live until the next words_look_up(). */
const struct sense *words_sense(const struct words *w, uint32_t sense);
bool sense_has(const struct sense *s, uint32_t atom);

#endif
