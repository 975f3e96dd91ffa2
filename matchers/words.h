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

/* What spellings that satisfy the same atoms share: what is looked at most. */
struct sense {
	uint64_t signature;       /* a bit for each atom; tells most that are not there */
	const uint32_t *atoms;    /* all, classes too: atom + 1 or 0, open addressing by atom_slot() */
	const struct trial *singles; /* of variants anchored on one of the atoms alone */
	uint32_t single_count;
	uint32_t shift;
};

/* The rest. */
struct sense_more {
	const uint32_t *key;      /* the atoms without classes, NO_ATOM, the codes */
	const uint32_t *codes;    /* of each word it can be read as; codes[0] stands in the code stream */
	uint32_t key_count, code_count;
};

/* The pairs that a word can be the left, the right word of: sides, numbered from 1; 0: of none. */
struct sides {
	uint32_t left, right;
};

/* What is copied to each token. */
struct sense_key {
	uint64_t guards[GUARD_WORDS]; /* bits of the guards it satisfies, see struct trial */
	struct sides sides;
};

static inline uint32_t atom_slot(uint32_t atom, uint32_t shift)
{
	return atom * 0x9E3779B1u >> shift;
}

static inline bool sense_has(const struct sense *s, uint32_t atom)
{
	if (!(s->signature >> atom_slot(atom, 26) & 1))
		return false;
	uint32_t at = atom_slot(atom, s->shift), last = UINT32_MAX >> s->shift;

	for (; s->atoms[at]; at = (at + 1) & last)
		if (s->atoms[at] == atom + 1)
			return true;
	return false;
}

/* Which sides make a pair: a bit by hash for each two that do, so that most that do not are told at once. */
struct pair_filter {
	uint32_t *bits;
	unsigned shift;
};
static inline uint32_t pair_bit(uint32_t left, uint32_t right, unsigned shift)
{
	return (left * LINK_FACTOR_A + right * LINK_FACTOR_B) >> shift;
}

/* What is known of a spelling. */
struct word_tag {
	uint32_t sense;  /* 0: satisfies nothing */
	uint32_t code;   /* low three bytes: as it is written in the stream; and the flags below */
};
enum {
	WORD_SINGLE = 1u << 30,  /* anchors some variant alone */
	WORD_SEVERAL = 1u << 31  /* has more than one code */
};
struct word_value {
	uint64_t hash;   /* of the folded word */
	struct word_tag tag;
};

struct words;
struct words *words_new(const struct layout *layout, enum engine engine);
void words_free(struct words *w);

/* The words of one text. The caller makes room for WORD_SLACK tokens more than there are, and of keys as many before them, zeroed. */
struct word_stream {
	uint64_t *hashes;
	struct word_tag *tags;
	struct sides *sides;
	struct sense_key *keys; /* zero for WORD_SLACK tokens before the first and after the last */
	unsigned char *stream;  /* codes of the tokens that may stand in a run, layout->code_width bytes each; between such that are not
	                           neighbours stands the code 0 */
	uint32_t *stream_tokens; /* of each code in it, the token */
	uint32_t *singles;      /* tokens with WORD_SINGLE, ascending */
	uint32_t *pairs;        /* tokens that may be a pair with the next, ascending */
	uint32_t *several;      /* tokens with WORD_SEVERAL, ascending */
	uint32_t stream_count, single_count, pair_count, several_count;
};
enum { WORD_SLACK = GUARD_REACH + 32 };
void words_look_up(struct words *w, const struct tokens *t, const char *text, size_t length, struct word_stream *out);

/* The same for a text whose words are numbers: tag_of holds what is known of each number, or UNKNOWN_WORD. Fills in words from the one numbered `from` on, up to the first whose
 * number is unknown, and returns which that is; or all, and then packs them, and returns how many there are. Hashes are left out. Senses that tag_of holds are good as long as
 * words_begin_text(), to be called before the first words of each text, returns the same. */
#define UNKNOWN_WORD UINT32_MAX /* as a sense */
uint32_t words_begin_text(struct words *w);
uint32_t words_fill(struct words *w, const struct word_tag *tag_of, const uint32_t *numbers, uint32_t from, const struct tokens *t, struct word_stream *out);

/* One word: the value of a spelling that need not stand in a text (cut words). */
struct word_value words_value(struct words *w, const char *spelling, size_t length, bool apostrophe);

/* What is anchored on the pairs that these two senses make. Good as long as the senses are. */
const struct trial *words_pair(struct words *w, uint32_t left, uint32_t right, uint32_t *count);

/* Asks for the memory that words_pair() will read for two sides. */
void words_pair_ahead(const struct words *w, uint32_t left, uint32_t right);

/* All senses, by number; good until the next words_look_up() or words_value(). */
const struct sense *words_senses(const struct words *w);
const struct sense_more *words_more(const struct words *w);
const struct sense_key *words_keys(const struct words *w);

/* ---- between words.c and words_engine.c ---- */

enum {
	SHORT_BYTES = 16, /* spellings up to this long, an apostrophe after them included, are keys as they are */
	SET_BITS = 16, WAYS = 2
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
const struct pair_filter *words_pair_filter(const struct words *w);
/* words_look_up() without the care for memory, and words_fill(); words_engine.c */
void words_run(struct words *w, enum engine engine, const struct layout *l, const struct tokens *t, const char *text, size_t length,
               struct word_stream *out);
uint32_t words_run_numbers(struct words *w, enum engine engine, const struct layout *l, const struct word_tag *tag_of, const uint32_t *numbers, uint32_t from,
                           const struct tokens *t, struct word_stream *out);

#endif
