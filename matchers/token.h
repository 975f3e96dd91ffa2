/* The tokeniser: where the words of a text stand and what stands between them (docs/counting-rules.md sections 1.3 and 2).
 *
 * The text is read as it is, unfolded: 64 bytes become bit masks (word characters, apostrophes, characters that make a gap other than plain),
 * characters outside ASCII are patched into the masks one by one, and the edges of the runs are the tokens. Only gaps that hold
 * a marked character are looked at again, by gap_kind(). All engines give the same result. One thread per struct. */
#ifndef MATCHERS_TOKEN_H
#define MATCHERS_TOKEN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "matchers/fold.h"
#include "matchers/matcher.h"

enum gap {
	GAP_PLAIN = 0,
	GAP_SOFT = 1,
	GAP_BREAK = 2,
	GAP_HYPHEN = 4, /* exactly one hyphen or dash; with GAP_PLAIN */
	GAP_CUT = 8     /* a word cut at a line end; with GAP_PLAIN */
};

struct tokens {
	uint32_t count;
	uint32_t sentences;
	uint32_t *edges;       /* of token t: edges[2t] its first byte, edges[2t+1] the byte after its last */
	uint8_t *gaps;         /* gaps[t]: enum gap flags of what follows token t; gaps[-1] and gaps[count - 1] are breaks */
	uint32_t *cuts;        /* the tokens whose gap is a cut, ascending */
	uint32_t cut_count;
	/* what follows is token.c's own */
	uint32_t capacity, cut_capacity;
	uint32_t *marked;      /* tokens whose gap must be looked at */
	uint32_t marked_count;
	uint64_t *break_bits;  /* bit t: a break follows token t; as in gaps, bits -1 and count - 1 are set */
	uint64_t *closed_bits; /* bit t: a break or a soft gap follows token t; the same */
	uint64_t *cut_bits;    /* bit t: the gap after token t is a cut */
	uint32_t *break_ranks; /* breaks before token 64i */
};

/* A zeroed struct is ready for use. */
void tokens_release(struct tokens *t);

/* Finds the tokens of length bytes of valid UTF-8 (less than 2 GiB). engine is one that engine_available() allows, not ENGINE_AUTO. */
void tokens_find(struct tokens *t, enum engine engine, const char *text, size_t length);

/* The same for a text that was cut before, from the flags of its gaps: of that before the first token, and of those after each. Edges are not known, but there is room for them. */
void tokens_from_gaps(struct tokens *t, const uint8_t *gaps, uint32_t count);

/* The sentence a token stands in. */
static inline uint32_t tokens_sentence(const struct tokens *t, uint32_t token)
{
	uint64_t before = t->break_bits[token / 64] & ((1ull << (token % 64)) - 1);

	/* by hand: where the processor's own counting cannot be taken for granted, the compiler calls a function */
	before -= before >> 1 & 0x5555555555555555u;
	before = (before & 0x3333333333333333u) + (before >> 2 & 0x3333333333333333u);
	return t->break_ranks[token / 64] + (uint32_t)(((before + (before >> 4)) & 0x0F0F0F0F0F0F0F0Fu) * 0x0101010101010101u >> 56);
}

/* Bits of gaps near a token, OPEN_MOST at least: from the one after it onwards, lowest first; from the one before it backwards, highest first. */
enum { OPEN_MOST = 56 };
static inline uint64_t tokens_bits_after(const uint64_t *bits, uint32_t token)
{
	uint64_t ahead;

	memcpy(&ahead, (const char *)bits + token / 8, sizeof ahead);
	return ahead >> token % 8;
}
static inline uint64_t tokens_bits_before(const uint64_t *bits, uint32_t token)
{
	int64_t gap = (int64_t)token - 1;
	uint64_t behind;

	memcpy(&behind, (const char *)bits + (gap >> 3) - 7, sizeof behind);
	return behind << (7 - (gap & 7));
}

/* How many gaps from the one after a token onwards, or from the one before it backwards, may be crossed: those before the first whose bit is
 * set; at most OPEN_MOST. bits is break_bits or closed_bits. */
static inline unsigned tokens_open_after(const uint64_t *bits, uint32_t token)
{
	return (unsigned)__builtin_ctzll(tokens_bits_after(bits, token) | 1ull << OPEN_MOST);
}
static inline unsigned tokens_open_before(const uint64_t *bits, uint32_t token)
{
	return (unsigned)__builtin_clzll(tokens_bits_before(bits, token) | 1ull << (63 - OPEN_MOST));
}

/* ---- between token.c and its parts ---- */

/* Flags of the gap after a token that is not the last; the edges of all tokens must be there. gap.c */
unsigned gap_kind(const struct tokens *t, uint32_t token, const char *text, size_t length);

/* char_class() from a table of the basic multilingual plane, which is filled as characters are met: each class + 1, 0 where it was not asked for yet. */
extern _Atomic unsigned char token_classes[0x10000];
enum char_class token_class_anew(uint32_t code_point);
static inline enum char_class token_class(uint32_t code_point)
{
	unsigned known = code_point < 0x10000 ? atomic_load_explicit(&token_classes[code_point], memory_order_relaxed) : 0;

	return known ? (enum char_class)(known - 1) : token_class_anew(code_point);
}

enum { BLOCK_BYTES = 64, CHUNK_BLOCKS = 64, CHUNK_BYTES = BLOCK_BYTES * CHUNK_BLOCKS };
struct chunk {
	size_t base;                  /* where it begins in the text */
	size_t blocks;
	uint64_t word[CHUNK_BLOCKS];  /* ASCII letters and digits; token.c adds the rest */
	uint64_t quote[CHUNK_BLOCKS]; /* ' */
	uint64_t mark[CHUNK_BLOCKS];  /* characters that may make a gap other than plain */
	uint64_t high[CHUNK_BLOCKS];  /* bytes outside ASCII */
	bool word_after;              /* the first character after the chunk is a word character */
};
/* Where finding edges stands between chunks. */
struct edge_state {
	size_t edges;                 /* written to tokens.edges so far */
	uint64_t carry;               /* 1 if the last byte belongs to a token */
};
struct token_engine {
	/* Masks of whole blocks, from block first of the chunk on. */
	void (*classify)(const char *text, size_t blocks, struct chunk *c, size_t first);
	/* Edges of tokens and marked gaps of a chunk. tokens.edges must have room for BLOCK_BYTES more than there are. */
	void (*find_edges)(const struct chunk *c, struct edge_state *state, struct tokens *t);
};
extern const struct token_engine token_engines[ENGINE_COUNT]; /* token_engine.c; unavailable ones hold NULL */

#endif
