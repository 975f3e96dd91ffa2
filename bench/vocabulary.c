#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bench/vocabulary.h"

/* Words that every text of the kind is full of, in rough order of frequency. */
static const char *const common[] = {
	"the", "of", "and", "to", "in", "a", "child", "was", "for", "that", "with", "or", "as", "children", "this", "is", "were", "be", "not", "on", "by", "case",
	"from", "there", "had", "are", "at", "have", "family", "an", "their", "professionals", "been", "it", "which", "her", "these", "mother", "may",
	"who", "services", "about", "where", "when", "people", "all", "other", "need", "one", "his", "person", "support", "they", "being", "can",
	"families", "time", "any", "within", "should", "some", "no", "she", "years", "more", "has", "he", "number", "needs", "such", "how", "could",
	"following", "did", "also", "identified", "over", "many", "home", "work", "father", "made", "than", "two", "year", "would", "clear", "age",
	"including", "between", "those", "through", "often", "however", "both", "what", "out", "after", "old", "known", "service", "further",
	"impact", "involved", "good", "we", "education", "together", "well", "staff", "action", "them", "our", "include", "up", "approach",
	"previous", "if", "place", "most", "guidance", "process", "ensure", "three", "particularly", "taken", "under", "early", "although", "system",
	"different", "significant", "available", "while", "during", "into", "before", "because", "only", "same", "each", "first", "its", "given", "new",
	"then", "use", "so", "later", "found", "part", "set", "seen", "lived", "area", "day", "further", "less", "very", "much", "used", "left",
	"week", "month", "months", "days", "weeks", "still", "four", "five", "six", "several", "another", "until", "against", "without", "since",
	"again", "asked", "told", "felt", "took", "came", "went", "began", "visit", "role", "view", "views", "plan", "plans", "meeting", "meetings"};
enum { COMMON = sizeof common / sizeof *common, INVENTED = 120000 };

/* Occurrences per million words at a rank, measured on the real digests and reports; between the points log frequency is linear in log rank.
 * Beyond the last the slope goes on, so that new words keep turning up. */
static const struct { double rank, per_million; } curve[] = {
	{1, 54188}, {2, 36216}, {5, 23155}, {10, 9668}, {20, 5454}, {50, 2513}, {100, 1405}, {200, 747}, {500, 296}, {1000, 131}, {2000, 49}, {5000, 8}};
enum { POINTS = sizeof curve / sizeof *curve };

static double frequency(double rank)
{
	int i = 0;
	while (i < POINTS - 2 && rank > curve[i + 1].rank)
		i++;
	double slope = log(curve[i + 1].per_million / curve[i].per_million) / log(curve[i + 1].rank / curve[i].rank);
	return curve[i].per_million * exp(slope * log(rank / curve[i].rank));
}

struct vocabulary {
	char **words;
	size_t count, invented_from;
	double *cumulative; /* sum of frequencies up to and with this word */
	uint32_t *guide;    /* for a draw in slot i of GUIDE, the first word it can be */
};
enum { GUIDE = 1 << 16 };

void invent_word(struct rng *rng, size_t shortest, char *out)
{
	static const char *const onsets[] = {"b", "c", "d", "f", "g", "h", "j", "l", "m", "n", "p", "r", "s", "t", "v", "w", "b", "c", "d", "f", "l", "m", "n", "p", "r", "s",
		"t", "br", "ch", "cl", "dr", "fl", "gr", "pl", "pr", "sh", "st", "th", "tr"};
	static const char *const nuclei[] = {"a", "e", "i", "o", "u", "a", "e", "i", "o", "a", "e", "i", "ea", "ee", "ou", "ai"};
	static const char *const codas[] = {"", "", "", "", "", "", "", "", "n", "r", "l", "s", "t", "m", "nd", "ck", "d", "p"};
	static const char *const endings[] = {"", "", "", "", "", "", "s", "s", "ed", "ing", "er", "ly", "ment", "tion"};
	size_t n = 0, r = rng_below(rng, 100), syllables = r < 35 ? 1 : r < 88 ? 2 : 3;
	for (size_t i = 0; i < syllables || n < shortest; i++)
		n += (size_t)snprintf(out + n, 32 - n, "%s%s%s", onsets[rng_below(rng, sizeof onsets / sizeof *onsets)], nuclei[rng_below(rng, sizeof nuclei / sizeof *nuclei)],
			codas[rng_below(rng, sizeof codas / sizeof *codas)]);
	snprintf(out + n, 32 - n, "%s", endings[rng_below(rng, sizeof endings / sizeof *endings)]);
}

const char *vocabulary_common(size_t i)
{
	return i < COMMON ? common[i] : NULL;
}

struct vocabulary *vocabulary_new(uint64_t seed, bool (*allowed)(const char *word, void *context), void *context)
{
	struct vocabulary *v = mem_calloc(1, sizeof *v);
	struct rng rng;
	rng_init(&rng, seed);
	v->words = mem_alloc((COMMON + INVENTED) * sizeof *v->words);
	v->cumulative = mem_alloc((COMMON + INVENTED) * sizeof *v->cumulative);
	double sum = 0;
	/* A rank whose word is not allowed is left out: the rest keep their frequencies relative to one another. */
	for (size_t rank = 1; rank <= COMMON + INVENTED; rank++) {
		char word[40];
		if (rank <= COMMON)
			snprintf(word, sizeof word, "%s", common[rank - 1]);
		else
			invent_word(&rng, rank < 1000 ? 3 : 5, word);
		if (rank == COMMON + 1)
			v->invented_from = v->count;
		if (allowed && !allowed(word, context))
			continue;
		/* planted phrases hold few of the most common words, so the background gets more of them */
		sum += frequency((double)rank) * (rank <= 100 ? 1.2 : rank <= 1000 ? 1 : rank <= 5000 ? 0.7 : 0.35);
		v->words[v->count] = mem_strdup(word);
		v->cumulative[v->count++] = sum;
	}
	v->guide = mem_alloc(GUIDE * sizeof *v->guide);
	for (size_t i = 0, w = 0; i < GUIDE; i++) {
		while (v->cumulative[w] < sum * (double)i / GUIDE)
			w++;
		v->guide[i] = (uint32_t)w;
	}
	return v;
}

void vocabulary_free(struct vocabulary *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < v->count; i++)
		free(v->words[i]);
	free(v->words);
	free(v->cumulative);
	free(v->guide);
	free(v);
}

static const char *at(const struct vocabulary *v, double x) /* x from 0 to the sum */
{
	double sum = v->cumulative[v->count - 1];
	size_t slot = (size_t)(x / sum * GUIDE), w = v->guide[slot < GUIDE ? slot : GUIDE - 1];
	while (w < v->count - 1 && v->cumulative[w] <= x)
		w++;
	return v->words[w];
}

const char *vocabulary_word(const struct vocabulary *v, struct rng *rng)
{
	return at(v, rng_real(rng) * v->cumulative[v->count - 1]);
}

const char *vocabulary_usual(const struct vocabulary *v, struct rng *rng)
{
	return v->invented_from ? at(v, rng_real(rng) * v->cumulative[v->invented_from - 1]) : vocabulary_rare(v, rng);
}

const char *vocabulary_rare(const struct vocabulary *v, struct rng *rng)
{
	double from = v->invented_from ? v->cumulative[v->invented_from - 1] : 0, to = v->cumulative[v->count - 1];
	return at(v, from + rng_real(rng) * (to - from));
}
