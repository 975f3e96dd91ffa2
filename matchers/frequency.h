/* How often words, and pairs of neighbouring words, are to be expected in case reviews: for choosing what to search for first. This changes speed, never
 * what is found. The figures are those of matchers/frequency.tsv (made by scripts/word-frequencies.sh from digests, a national analysis and
 * inspection reports); words that are not in it are taken for rarer than all that are. One thread per struct. */
#ifndef MATCHERS_FREQUENCY_H
#define MATCHERS_FREQUENCY_H

#include "matchers/vocabulary.h"

struct frequency;
/* The vocabulary must outlive it and stay as it is. */
struct frequency *frequency_new(const struct vocabulary *v);
void frequency_free(struct frequency *f);

/* The share of words that satisfy an atom. */
double frequency_of(struct frequency *f, uint32_t atom);
/* The words of the table that satisfy an atom, as numbers less than frequency_words(); the share of each. */
const uint32_t *frequency_words_of(struct frequency *f, uint32_t atom, size_t *count);
double frequency_of_word(const struct frequency *f, uint32_t word);
size_t frequency_words(const struct frequency *f);
/* The share of words that satisfy one atom and are followed by one that satisfies the other. */
double frequency_of_pair(struct frequency *f, uint32_t left, uint32_t right);

#endif
