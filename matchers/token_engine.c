/* The parts of the tokeniser that differ by machine: masks of 64 bytes, and the positions of their bits. */
#include <string.h>

#include "matchers/token.h"

bool ascii_is_marked(unsigned char c)
{
	return c < ' ' || c == 0x7F || (c != 0 && strchr("!(),-.:;?[]{|}", c));
}

/* ---- plain C ---- */

enum { IS_WORD = 1, IS_QUOTE = 2, IS_MARK = 4, IS_HIGH = 8 };

#define X4(v) v, v, v, v
#define X16(v) X4(v), X4(v), X4(v), X4(v)
static const unsigned char CLASSES[256] = {
	X16(IS_MARK), X16(IS_MARK),
	0, IS_MARK, 0, 0, 0, 0, 0, IS_QUOTE, IS_MARK, IS_MARK, 0, 0, IS_MARK, IS_MARK, IS_MARK, 0,      /* sp ! " # $ % & ' ( ) * + , - . / */
	X4(IS_WORD), X4(IS_WORD), IS_WORD, IS_WORD, IS_MARK, IS_MARK, 0, 0, 0, IS_MARK,                 /* 0..9 : ; < = > ? */
	0, IS_WORD, IS_WORD, IS_WORD, X4(IS_WORD), X4(IS_WORD), X4(IS_WORD),                            /* @ A.. */
	X4(IS_WORD), X4(IS_WORD), IS_WORD, IS_WORD, IS_WORD, IS_MARK, 0, IS_MARK, 0, 0,                 /* ..Z [ \ ] ^ _ */
	0, IS_WORD, IS_WORD, IS_WORD, X4(IS_WORD), X4(IS_WORD), X4(IS_WORD),                            /* ` a.. */
	X4(IS_WORD), X4(IS_WORD), IS_WORD, IS_WORD, IS_WORD, IS_MARK, IS_MARK, IS_MARK, 0, IS_MARK,     /* ..z { | } ~ del */
	X16(IS_HIGH), X16(IS_HIGH), X16(IS_HIGH), X16(IS_HIGH), X16(IS_HIGH), X16(IS_HIGH), X16(IS_HIGH), X16(IS_HIGH),
};

static void plain_classify(const char *text, size_t blocks, struct chunk *c)
{
	for (size_t b = 0; b < blocks; b++) {
		uint64_t word = 0, quote = 0, mark = 0, high = 0;

		for (unsigned i = 0; i < BLOCK_BYTES; i++) {
			uint64_t class = CLASSES[(unsigned char)text[b * BLOCK_BYTES + i]];

			word |= (class & 1) << i;
			quote |= (class >> 1 & 1) << i;
			mark |= (class >> 2 & 1) << i;
			high |= (class >> 3 & 1) << i;
		}
		c->word[b] = word;
		c->quote[b] = quote;
		c->mark[b] = mark;
		c->high[b] = high;
	}
}

static size_t plain_positions(uint64_t bits, uint32_t base, uint32_t *out)
{
	size_t n = 0;

	for (; bits; bits &= bits - 1)
		out[n++] = base + (uint32_t)__builtin_ctzll(bits);
	return n;
}

const struct token_engine token_engines[ENGINE_COUNT] = {
	[ENGINE_PLAIN] = {plain_classify, plain_positions},
};

int engine_available(enum engine e)
{
	return e == ENGINE_AUTO || token_engines[e].classify != NULL;
}
