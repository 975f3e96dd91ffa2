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
struct word_tag {
	uint32_t sense;  /* 0: satisfies nothing */
	uint32_t code;   /* low three bytes: as it is written in the stream; and the flags below */
};
enum { WORD_TRIGGERS = 1u << 30, WORD_SEVERAL = 1u << 31 /* more than one code */ };
struct word_value {
	uint64_t hash;   /* of the folded word */
	struct word_tag tag;
};

struct words;
struct words *words_new(const struct layout *layout, enum engine engine);
void words_free(struct words *w);

/* The words of one text. The caller makes room for WORD_SLACK tokens more than there are. */
struct word_stream {
	uint64_t *hashes;
	struct word_tag *tags;
	unsigned char *stream;  /* the codes, layout->code_width bytes a token */
	uint32_t *triggering;   /* tokens with WORD_TRIGGERS, ascending */
	uint32_t *several;      /* tokens with WORD_SEVERAL, ascending */
	uint32_t triggering_count, several_count;
};
enum { WORD_SLACK = 16 };
void words_look_up(struct words *w, const struct tokens *t, const char *text, size_t length, struct word_stream *out);

/* One word: the value of a spelling that need not stand in a text (cut words). */
struct word_value words_value(struct words *w, const char *spelling, size_t length, bool apostrophe);

/* Senses live until the next words_look_up(). */
const struct sense *words_sense(const struct words *w, uint32_t sense);
bool sense_has(const struct sense *s, uint32_t atom);

/* ---- between words.c and words_engine.c ---- */

enum {
	SHORT_BYTES = 16, /* spellings up to this long, an apostrophe after them included, are keys as they are */
	SET_BITS = 15, WAYS = 2
};
struct word_set { /* a cache line */
	uint64_t keys[WAYS][2]; /* the bytes of the spelling, zero after the last */
	struct word_value values[WAYS];
};
static inline size_t word_set_of(uint64_t low, uint64_t high)
{
	return (low ^ high * 0x9E3779B97F4A7C15u) * 0xD6E8FEB86659FD93u >> (64 - SET_BITS);
}

/* The table of spellings; 1 << SET_BITS sets. */
const struct word_set *words_table(const struct words *w);
/* The value of any token, known or not. */
struct word_value words_look_up_one(struct words *w, const char *text, size_t length, uint32_t start, uint32_t end);
/* words_look_up() without the care for memory; words_engine.c */
void words_run(struct words *w, enum engine engine, unsigned code_width, const struct tokens *t, const char *text, size_t length,
               struct word_stream *out);

#endif
