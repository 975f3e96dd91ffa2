/* Engine against reference on as many random cases as asked for.
 *
 *     differential CASES SEED
 *
 * A case is one text under one lexicon, in every mode; each lexicon has 20 texts. Each difference is made small and printed as
 * tests/data/differential_regressions.txt holds them. Ends after 5, with status 1. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "tests/hurt.h"
#include "tests/judge.h"

enum { TEXTS = 20, DIFFERENCES_MOST = 5, LONG_EVERY = 2000 };

static enum engine engine_for(unsigned long long lexicon)
{
	for (;; lexicon++) {
		enum engine e = (enum engine)(lexicon % ENGINE_COUNT);
		if (e != ENGINE_AUTO && engine_available(e))
			return e;
	}
}

static void add(struct judge_totals *sum, const struct judge_totals *t)
{
	sum->texts += t->texts;
	sum->inconclusive += t->inconclusive;
	sum->words += t->words;
	sum->sentences += t->sentences;
	sum->candidates += t->candidates;
	sum->mentions += t->mentions;
	for (int f = 0; f <= FATE_NO_CANDIDATE; f++)
		sum->fates[f] += t->fates[f];
}

static void print(const struct judge_totals *t)
{
	printf("compared: %llu texts (%llu inconclusive), %llu words in %llu sentences, %llu candidates\n", (unsigned long long)t->texts,
	       (unsigned long long)t->inconclusive, (unsigned long long)t->words, (unsigned long long)t->sentences, (unsigned long long)t->candidates);
	printf("over the modes: %llu mentions; fates: %llu counted, %llu negated, %llu same, %llu excluded, %llu beaten, %llu nested\n",
	       (unsigned long long)t->mentions, (unsigned long long)t->fates[FATE_COUNTED], (unsigned long long)t->fates[FATE_NEGATED],
	       (unsigned long long)t->fates[FATE_SAME], (unsigned long long)t->fates[FATE_EXCLUDED], (unsigned long long)t->fates[FATE_BEATEN],
	       (unsigned long long)t->fates[FATE_NESTED]);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: differential CASES SEED\n");
		return 2;
	}
	unsigned long long cases = strtoull(argv[1], NULL, 10), seed = strtoull(argv[2], NULL, 10), done = 0;
	unsigned differences = 0;
	struct judge_totals sum = {0};
	time_t start = time(NULL), told = start;

	for (unsigned long long lexicons = 0; done < cases && differences < DIFFERENCES_MOST; lexicons++) {
		enum hurt_kind kind = lexicons % LONG_EVERY == LONG_EVERY - 1 ? HURT_LONG : HURT_ORDINARY;
		struct hurt *h = hurt_new(seed * 1000003 + lexicons, kind);
		struct lexicon *lexicon = judge_lexicon(hurt_lexicon(h));
		enum engine engine = engine_for(lexicons);
		struct judge *j = judge_new(lexicon, engine);

		if (!j) {
			fprintf(stderr, "the engine refused this lexicon:\n%s\n", hurt_lexicon(h));
			return 1;
		}
		for (int i = 0; i < (kind == HURT_LONG ? 1 : TEXTS) && done < cases; i++, done++) {
			size_t length;
			const char *text = hurt_text(h, &length);

			if (!judge_differs(j, text, length, NULL))
				continue;
			struct buf small = BUF_INIT;
			judge_shrink(hurt_lexicon(h), engine, text, length, &small);
			printf("\n# seed %llu, lexicon %llu, text %d\n%s", seed, lexicons, i, small.data);
			fflush(stdout);
			buf_release(&small);
			differences++;
			break;
		}
		add(&sum, judge_totals(j));
		judge_free(j);
		lexicon_free(lexicon);
		hurt_free(h);
		if (time(NULL) - told >= 60) {
			told = time(NULL);
			fprintf(stderr, "%llu cases, %u differences, %lld seconds\n", done, differences, (long long)(told - start));
		}
	}
	print(&sum);
	printf("%s%llu cases (seed %llu), %u differences, %lld seconds\n", differences ? "\n" : "", done, seed, differences, (long long)(time(NULL) - start));
	return differences != 0;
}
