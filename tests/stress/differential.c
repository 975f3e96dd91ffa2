/* Engine against reference on as many random cases as asked for.
 *
 *     differential CASES SEED [FILE...]
 *
 * A case is one text under one lexicon, in every mode; each lexicon has 20 texts. Each difference is made small and printed as
 * tests/data/differential_regressions.txt holds them. Ends after 5, with status 1. Then the files, which are UTF-8 text, each as a whole
 * under the shipped lexicon; the reference takes most of a minute for a megabyte. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "tests/hurt.h"
#include "tests/judge.h"

enum { TEXTS = 20, DIFFERENCES_MOST = 5 };

static enum hurt_kind kind_of(unsigned long long lexicon)
{
	if (lexicon % 2000 == 1999)
		return HURT_LONG;
	if (lexicon % 20000 == 10000)
		return HURT_WIDE;
	return lexicon % 500 == 250 ? HURT_LARGE : HURT_ORDINARY;
}

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

/* Random cases; returns the number of differences. */
static unsigned count_random(unsigned long long cases, unsigned long long seed)
{
	struct judge_totals sum = {0};
	unsigned long long done = 0;
	unsigned differences = 0;
	time_t start = time(NULL), told = start;

	for (unsigned long long lexicons = 0; done < cases && differences < DIFFERENCES_MOST; lexicons++) {
		enum hurt_kind kind = kind_of(lexicons);
		struct hurt *h = hurt_new(seed * 1000003 + lexicons, kind);
		struct lexicon *lexicon = judge_lexicon(hurt_lexicon(h));
		enum engine engine = engine_for(lexicons);
		struct judge *j = judge_new(lexicon, engine);

		if (!j) {
			printf("the engine refused this lexicon:\n%s\n", hurt_lexicon(h));
			return differences + 1;
		}
		for (int i = 0; i < (kind == HURT_LONG ? 1 : TEXTS) && done < cases; i++, done++) {
			size_t length;
			const char *text = hurt_text(h, &length);

			if (!judge_differs(j, text, length, NULL))
				continue;
			struct buf small = BUF_INIT;
			judge_shrink(hurt_lexicon(h), engine, text, length, &small);
			printf("# seed %llu, lexicon %llu, text %d\n%s\n", seed, lexicons, i, small.data);
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
	printf("%llu cases (seed %llu), %u differences, %lld seconds\n", done, seed, differences, (long long)(time(NULL) - start));
	return differences;
}

static bool read_file(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "rb");

	if (!file)
		return false;
	for (size_t n = 1; n; out->length += n) {
		buf_reserve(out, 1 << 20);
		n = fread(out->data + out->length, 1, 1 << 20, file);
	}
	bool whole = !ferror(file);
	fclose(file);
	return whole;
}

/* Files under the shipped lexicon; returns the number of differences. */
static unsigned count_files(char **paths, int count)
{
	struct problem_list problems = {NULL, 0, 0};
	struct lexicon *lexicon = lexicon_load(NULL, 0, NULL, &problems);
	struct judge *j = lexicon ? judge_new(lexicon, ENGINE_AUTO) : NULL;
	unsigned differences = 0;
	time_t start = time(NULL);

	if (!j) {
		printf("the shipped lexicon cannot be used\n");
		return 1;
	}
	for (int i = 0; i < count; i++) {
		struct buf text = BUF_INIT, what = BUF_INIT;

		if (!read_file(paths[i], &text) || utf8_valid_prefix(text.data, text.length) != text.length) {
			printf("%s: cannot be read as UTF-8\n", paths[i]);
			differences++;
		} else if (judge_differs(j, text.data, text.length, &what)) {
			printf("%s: %s\n", paths[i], what.data);
			differences++;
		}
		buf_release(&text);
		buf_release(&what);
	}
	print(judge_totals(j));
	printf("%d files, %u differences, %lld seconds\n", count, differences, (long long)(time(NULL) - start));
	judge_free(j);
	lexicon_free(lexicon);
	problem_list_release(&problems);
	return differences;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: differential CASES SEED [FILE...]\n");
		return 2;
	}
	unsigned differences = count_random(strtoull(argv[1], NULL, 10), strtoull(argv[2], NULL, 10));

	if (argc > 3)
		differences += count_files(argv + 3, argc - 3);
	return differences != 0;
}
