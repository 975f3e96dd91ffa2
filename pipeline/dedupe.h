/* Which rows are the same review (docs/counting-rules.md section 6).
 *
 * Exact: the 128-bit fingerprints of the folded tokens are equal. Near: judged by the one-permutation MinHash sketches of their shingles (runs
 * of four tokens): Jaccard similarity at least 0.5, or at least 0.15 where six tenths of the shorter one's shingles are in the longer one (a
 * summary and its longer version). Same case: board and child reference are the same, years do not disagree, and the similarity is at
 * least 0.12. In the digests this was tuned on, two entries of one case have 0.30 or more, any others 0.06 or less.
 * Candidates are rows that agree in both bins of one of 64 bands (locality-sensitive hashing: a pair of similarity 0.3 is missed once in 400, one of
 * 0.4 once in 70,000), or in board and child. Groups are the connected components of these relations, so they do not depend on the order of
 * arrival. Kind other takes no part; a review is never a duplicate of a report.
 *
 * Memory: 5 MiB a thread and what related rows take (pipeline/dedupe_sets.h), 24 bytes a copy for the result; on disk 590 bytes a row, beyond memory_bytes, and
 * 12 for each thread where rows are too many to be sorted at a time. Where more than 64 rows share a band (boilerplate) they
 * are divided by the next band too, and where more than 64 share both each is compared with the next four only, so the time stays near linear. */
#ifndef PIPELINE_DEDUPE_H
#define PIPELINE_DEDUPE_H

#include <stddef.h>
#include <stdint.h>

#include "pipeline/row.h"

/* 16 bytes of all zero if count is 0. word_hash as in struct scan. */
void fingerprint_compute(const uint64_t *word_hash, size_t count, unsigned char fingerprint[16]);
void sketch_compute(const uint64_t *word_hash, size_t count, uint16_t sketch[SKETCH_BINS]);
/* Estimated Jaccard similarity of two shingle sets; standard error below 0.045. */
double sketch_similarity(const uint16_t a[SKETCH_BINS], const uint16_t b[SKETCH_BINS]);

enum duplicate_reason { DUPLICATE_NONE, DUPLICATE_EXACT, DUPLICATE_NEAR, DUPLICATE_SAME_CASE };
const char *duplicate_reason_word(enum duplicate_reason r); /* "", "exact", "near", "same case" */

/* A row that is a copy. */
struct duplicate {
	uint32_t row;
	enum duplicate_reason reason; /* the strongest relation that ties this row to its group */
	size_t of;                    /* the row that counts for it */
	double similarity;            /* estimated, to the row that counts */
};

struct deduper;
#define DEDUPE_MEMORY ((size_t)24 << 20)
/* memory_bytes: what is kept of the rows before they go to files. */
struct deduper *deduper_new(size_t memory_bytes);
void deduper_free(struct deduper *d);
/* Adds rows in canonical order; the first is number 0. At most 2^32 - 1. */
void deduper_add(struct deduper *d, const char *archive, const struct review_row *row);
/* The rows that are copies, by number; the caller frees. The same for any number of threads, this one among them. */
struct duplicate *deduper_finish(struct deduper *d, unsigned threads, size_t *count);

#endif
