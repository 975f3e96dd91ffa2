/* Private to the reference counter: what its parts hand to one another. */
#ifndef MATCHERS_REFERENCE_PARTS_H
#define MATCHERS_REFERENCE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matchers/reference.h"

enum gap_kind { GAP_PLAIN, GAP_SOFT, GAP_BREAK };

/* A word as entries see it, folded without case [0] and with it [1]. */
struct ref_word {
	char *text[2];
	size_t length[2];
	size_t base[2]; /* length of the base if the word is a possessive, else NOT_POSSESSIVE */
};
#define NOT_POSSESSIVE SIZE_MAX

struct ref_token {
	size_t start, end;        /* code points */
	uint32_t sentence;
	struct ref_word word;
	/* the gap between this token and the next; of the last token, a break */
	enum gap_kind gap;
	bool cut;
	bool single_dash;
	struct ref_word joined;   /* with the next token, if cut */
};

/* A text, one code point at a time. */
struct ref_text {
	const char *bytes;
	uint32_t *points;
	size_t *offsets;          /* byte offset of each code point, and of the end */
	size_t count;
	struct ref_token *tokens;
	size_t token_count;
	uint32_t sentence_count;
};

/* Sections 1 and 2. bytes must outlive the text. */
void ref_text_init(struct ref_text *t, const char *bytes, size_t length);
void ref_text_release(struct ref_text *t);
bool ref_is_white(uint32_t c);

#endif
