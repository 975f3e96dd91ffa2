/* Reviews on their way into a pack: taken apart into words and gaps by the thread that cut them, and kept in the run's spill until the frequent words of all of
 * them are known.
 *
 * In the spill a review is its row, then gap, word, ..., gap as numbers in tables of the thread's own, which hold so many strings and no more; others
 * are spelled out. A gatherer belongs to one thread. */
#ifndef PIPELINE_PACK_GATHER_H
#define PIPELINE_PACK_GATHER_H

#include "corpora/fault.h"
#include "matchers/matcher.h"
#include "matchers/token.h"
#include "pipeline/pack_block.h"
#include "pipeline/pack_strings.h"
#include "pipeline/row.h"

enum {
	GATHER_WORDS_MOST = 1 << 19, GATHER_GAPS_MOST = 1 << 16, /* strings in a thread's tables: 64 MiB at most */
	GATHER_STRING_BYTES = 64  /* longer ones are spelled out */
};

struct pack_gatherer {
	unsigned number;
	const uint32_t *pattern_of; /* by entry, for the finds; NULL: they are not kept */
	struct pack_strings words, gaps;
	struct tokens tokens;
};
void pack_gatherer_release(struct pack_gatherer *g);

/* The byte of the member from which byte `at` of the text was made; asked for with `at` growing. */
typedef uint64_t pack_origin(void *context, size_t at);

/* Appends a review with its row and what was found in it, or a document that could not be read. */
void pack_gather(struct pack_gatherer *g, struct buf *out, const struct review_row *row, const char *text, size_t length, pack_origin *origin,
                 void *context, const struct scan *scan);
void pack_gather_fault(struct buf *out, const struct fault *fault);

/* The mark of a word that ends there in the text. */
unsigned pack_word_mark(const char *text, size_t length, size_t end);

/* ---- out of the spill again ---- */

struct gathered {
	const char *row;          /* NULL: a fault */
	size_t row_length;
	struct fault fault;
	unsigned gatherer;
	size_t text_length, words;
	struct byte_reader text;  /* for gathered_string(): words and one more gap */
	const char *shifts;       /* as a block has them */
	size_t shifts_length;
	size_t finds;
	struct byte_reader found; /* for gathered_find() */
};
/* Takes the next thing; false at the end. row is scratch. */
bool gathered_next(struct byte_reader *r, struct gathered *out, struct review_row *row);
/* The next gap or word: its number in the gatherer's table, or PACK_NO_STRING and what it is. */
uint32_t gathered_string(struct byte_reader *text, const char **bytes, size_t *length, unsigned *mark);

/* The next find. */
struct pack_find gathered_find(struct gathered *g);

#endif
