/* A block of a pack: some reviews, column by column, each column compressed by itself (docs/pack-format.md).
 *
 * A review's text is gap, word, gap, ..., word, gap. Numbers below the size of the pack's own table (struct pack_tables) stand for strings in that, the
 * others for strings in the block's. Numbers are written in planes, one for each of their bytes, as many as the largest needs. */
#ifndef PIPELINE_PACK_BLOCK_H
#define PIPELINE_PACK_BLOCK_H

#include "pipeline/pack_columns.h"
#include "pipeline/pack_strings.h"

/* The frequent words and gaps of all blocks, and the patterns whose finds are kept (pack_finds.h), marked with their flags. */
struct pack_tables {
	struct pack_strings words, gaps, patterns;
};
enum { PACK_GAP_MARKS = 15 }; /* all flags of enum gap */
/* What the strings of a table that was read must be besides: no word is empty, and a break is nothing else. */
bool pack_words_are_good(const struct pack_strings *words);
bool pack_gaps_are_good(const struct pack_strings *gaps);

enum { PACK_PLANES = 4 };
enum pack_column {
	COLUMN_REVIEWS,      /* of each: bytes of its row, bytes of its text, words, bytes of its shifts, finds */
	COLUMN_ROWS,         /* as row_encode() writes them, without themes */
	COLUMN_FAULTS,       /* see struct packed_fault */
	COLUMN_GAPS,         /* planes */
	COLUMN_GAP_LENGTHS = COLUMN_GAPS + PACK_PLANES, COLUMN_GAP_SPELLINGS,
	COLUMN_FIND_STEPS,   /* of each find: how far its first word is from that of the find before it in the review, or from the review's first */
	COLUMN_FIND_WIDTHS,  /* how many words more it has than one */
	COLUMN_FIND_PATTERNS, /* planes */
	COLUMN_WORDS = COLUMN_FIND_PATTERNS + PACK_PLANES, /* planes */
	COLUMN_SHIFTS = COLUMN_WORDS + PACK_PLANES, /* where words stand in the member: see pack_block_origin() */
	COLUMN_WORD_LENGTHS, COLUMN_WORD_SPELLINGS,
	COLUMN_COUNT
};

/* How much of a block is taken out; each with all before it. */
enum pack_part {
	PACK_ROWS,  /* and faults */
	PACK_FINDS, /* and what kinds of gaps there are */
	PACK_TEXTS
};

/* What a pattern found. Words are numbered from 0 in their review. */
struct pack_find {
	uint32_t first, last; /* words, inclusive */
	uint32_t pattern;     /* number in the table */
};

struct packed_review {
	size_t row, row_length;       /* in COLUMN_ROWS */
	size_t text_length;
	size_t first_word;            /* in the planes; its first gap is first_word plus its number in the block */
	size_t words;
	size_t shifts, shifts_length; /* in COLUMN_SHIFTS */
	size_t first_find, finds;
};

struct pack_block {
	struct packed_review *reviews;
	size_t review_count, review_capacity;
	size_t word_count;             /* of all reviews; there are review_count more gaps */
	struct buf columns[COLUMN_COUNT];
	struct pack_strings words, gaps; /* the block's own */
	struct pack_find *finds;       /* of all reviews; each review's ordered by first, last, pattern, and each once */
	size_t find_count, find_capacity;
	uint8_t *gap_marks;            /* of all gaps, by number */
	size_t gap_mark_capacity;
	/* being made */
	uint32_t *word_numbers, *gap_numbers;
	size_t word_capacity, gap_capacity, gap_count;
	ZSTD_CCtx *compressor;
	/* being read */
	ZSTD_DCtx *decompressor;
};
/* A zeroed struct is ready for use. */
void pack_block_release(struct pack_block *b);
void pack_block_clear(struct pack_block *b);

/* ---- making ---- */

/* The caller fills COLUMN_ROWS, COLUMN_FAULTS, COLUMN_SHIFTS and reviews (row_length, text_length, words, shifts_length, finds); and these. */
void pack_block_add_word(struct pack_block *b, uint32_t number);
void pack_block_add_gap(struct pack_block *b, uint32_t number);
void pack_block_add_find(struct pack_block *b, const struct pack_find *f);
void pack_block_encode(struct pack_block *b, struct buf *out);

/* ---- reading ---- */

/* False if the bytes are no block for these tables. */
bool pack_block_decode(struct pack_block *b, const struct pack_tables *tables, const char *bytes, size_t length, enum pack_part part);

/* Numbers of a review's words; of its gaps, one more. */
void pack_block_words(const struct pack_block *b, size_t review, uint32_t *numbers);
void pack_block_gaps(const struct pack_block *b, size_t review, uint32_t *numbers);
/* What kinds of gaps these are (enum gap): one more than there are words. */
void pack_block_marks(const struct pack_block *b, size_t review, uint8_t *marks);
static inline const struct pack_string *pack_string_of(const struct pack_strings *all, const struct pack_strings *own, uint32_t number, const char **bytes)
{
	const struct pack_strings *s = number < all->count ? all : own;
	const struct pack_string *i = &s->items[number < all->count ? number : number - all->count];
	*bytes = s->bytes.data + i->start;
	return i;
}

/* The text of a review as it was, in *out. False if its length is another. edges (may be NULL): of each word, its first byte and the one after its last. */
bool pack_block_text(const struct pack_block *b, const struct pack_tables *tables, size_t review, struct buf *out, uint32_t *edges);

/* Finds for words of one review, asked for in any order, the byte of the member of a word that begins at byte `at` of the text. */
struct pack_origins {
	struct byte_reader shifts;
	const struct pack_block *block;
	size_t review, word, next;  /* the shift holds from word to before next */
	int64_t shift;
};
void pack_origins_begin(struct pack_origins *o, const struct pack_block *b, size_t review);
uint64_t pack_origins_find(struct pack_origins *o, size_t word, size_t at);

#endif
