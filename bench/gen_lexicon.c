/* Writes a plain lexicon of any size for the growth curves: runs of one to five words, none inside another. The first lines of a
 * larger lexicon of the same seed are the smaller one.
 *
 * Shape after the shipped lexicon: mostly two and three words, heads ("... abuse", "... plan") shared by many entries, small words only inside.
 * usage: gen_lexicon ENTRIES SEED > FILE */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "bench/rng.h"
#include "bench/vocabulary.h"

enum { THEMES = 60, GROUPS = 6, WORDS = 5 };

static char **pool;
static size_t pool_count, pool_capacity;
static struct strmap taken = STRMAP_INIT, entries = STRMAP_INIT, parts = STRMAP_INIT;

/* A word that stands nowhere else. */
static char *new_word(struct rng *rng)
{
	for (;;) {
		char word[40];
		bool is_new, common = false;
		invent_word(rng, 4, word);
		for (size_t i = 0; vocabulary_common(i); i++)
			common |= !strcmp(vocabulary_common(i), word);
		/* no entry may match the possessive or the closed form of another's word */
		if (common || word[strlen(word) - 1] == 's')
			continue;
		strmap_put(&taken, word, strlen(word), &is_new);
		if (is_new)
			return mem_strdup(word);
	}
}

/* 0 is the most shared word. */
static const char *pool_word(struct rng *rng, double skew)
{
	return pool[(size_t)((double)pool_count * pow(rng_real(rng), skew))];
}

static void join(struct buf *out, const char *const *words, size_t from, size_t to)
{
	buf_clear(out);
	for (size_t i = from; i < to; i++)
		buf_printf(out, "%s%s", i > from ? " " : "", words[i]);
}

/* Takes the words as an entry unless it would hold, or stand in, another. */
static bool take(const char *const *words, size_t count)
{
	struct buf run = BUF_INIT;
	bool good = true;
	for (int round = 0; round < 2 && good; round++)
		for (size_t from = 0; from < count && good; from++)
			for (size_t to = from + 1; to <= count && good; to++) {
				bool whole = !from && to == count;
				join(&run, words, from, to);
				if (round)
					strmap_put(whole ? &entries : &parts, run.data, run.length, NULL);
				else
					good = !strmap_find(&entries, run.data, run.length) && !(whole && strmap_find(&parts, run.data, run.length));
			}
	buf_release(&run);
	return good;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: gen_lexicon ENTRIES SEED > FILE\n");
		return 2;
	}
	size_t wanted = strtoul(argv[1], NULL, 10);
	struct rng rng;
	rng_init(&rng, strtoul(argv[2], NULL, 10));
	printf("theme\tpattern\tflags\tnote\n");
	for (int t = 0; t < THEMES; t++)
		printf("@theme group%d.theme%02d negatable=no\n", t % GROUPS, t);
	for (size_t made = 0; made < wanted;) {
		/* the vocabulary grows more slowly than the lexicon, as it does in real ones */
		while (pool_count < 60 + (size_t)(3 * pow((double)made, 0.75))) {
			MEM_GROW(pool, pool_count, pool_capacity);
			pool[pool_count++] = new_word(&rng);
		}
		static const char *const inner[] = {"of", "the", "in", "with", "and", "to", "for"};
		const char *words[WORDS];
		uint32_t r = rng_below(&rng, 100);
		size_t count = r < 8 ? 1 : r < 56 ? 2 : r < 86 ? 3 : r < 97 ? 4 : 5;
		char *own = NULL;
		if (count == 1)
			words[0] = own = new_word(&rng);
		for (size_t i = 0; count > 1 && i < count; i++) {
			bool last = i + 1 == count, inside = i && !last;
			words[i] = inside && rng_below(&rng, 2) ? inner[rng_below(&rng, 7)] : pool_word(&rng, last ? 4 : 2);
		}
		uint32_t theme = rng_below(&rng, THEMES);
		if (!take(words, count)) {
			free(own);
			continue;
		}
		printf("group%u.theme%02u\t", theme % GROUPS, theme);
		for (size_t i = 0; i < count; i++)
			printf("%s%s", i ? " " : "", words[i]);
		printf("\n");
		free(own);
		made++;
	}
	return 0;
}
