/* The words of the synthetic corpora: common English words first, then invented ones, with frequencies that fall by rank as they do in
 * real case reviews (docs/benchmarks.md says how that was measured). Frozen once made; any thread. */
#ifndef BENCH_VOCABULARY_H
#define BENCH_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/rng.h"

struct vocabulary;

/* allowed says whether a word may be used at all; NULL: every word. */
struct vocabulary *vocabulary_new(uint64_t seed, bool (*allowed)(const char *word, void *context), void *context);
void vocabulary_free(struct vocabulary *v);

/* A word drawn by frequency. */
const char *vocabulary_word(const struct vocabulary *v, struct rng *rng);
/* One of the common English words, drawn by frequency; an invented one if none of them is allowed. */
const char *vocabulary_usual(const struct vocabulary *v, struct rng *rng);
/* An invented word, rare ones included, drawn by frequency. */
const char *vocabulary_rare(const struct vocabulary *v, struct rng *rng);
/* The same word in every vocabulary: common word number i, or NULL. */
const char *vocabulary_common(size_t i);

/* Writes an invented word of at least shortest letters to out[32]; the same numbers give the same word. */
void invent_word(struct rng *rng, size_t shortest, char *out);

#endif
