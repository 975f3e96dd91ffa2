/* Random lexicons and texts made to hurt: few different words, so that phrases overlap and repeat, and every kind of separator, break, cut,
 * possessive and character. The same seed gives the same case on every machine. */
#ifndef TESTS_HURT_H
#define TESTS_HURT_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct hurt;

enum hurt_kind {
	HURT_ORDINARY,  /* a handful of entries with everything in them, texts of up to some hundred tokens */
	HURT_LONG,      /* few entries without wide gaps, sentences of 100,000 tokens, in half of them of as many different words */
	HURT_LARGE,     /* a thousand entries over some hundred words */
	HURT_WIDE       /* 70,000 words in as many entries: more than two bytes can number */
};

struct hurt *hurt_new(uint64_t seed, enum hurt_kind kind);
void hurt_free(struct hurt *h);

/* The lines of the lexicon, without the header; every line is one that lexicon_read() takes. */
const char *hurt_lexicon(const struct hurt *h);
/* The next text; good until the call after. */
const char *hurt_text(struct hurt *h, size_t *length);

#endif
