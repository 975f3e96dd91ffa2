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

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: differential CASES SEED\n");
		return 2;
	}
	unsigned long long cases = strtoull(argv[1], NULL, 10), seed = strtoull(argv[2], NULL, 10), done = 0;
	unsigned differences = 0;
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
		judge_free(j);
		lexicon_free(lexicon);
		hurt_free(h);
		if (time(NULL) - told >= 60) {
			told = time(NULL);
			fprintf(stderr, "%llu cases, %u differences, %lld seconds\n", done, differences, (long long)(told - start));
		}
	}
	printf("%s%llu cases (seed %llu), %u differences, %lld seconds\n", differences ? "\n" : "", done, seed, differences, (long long)(time(NULL) - start));
	return differences != 0;
}
