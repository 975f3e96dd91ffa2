/* Statistics over counts. Pure functions of their arguments; any thread. Probabilities are two-sided. Where a statistic is not defined
 * (no observations, no variation) results are NaN. Distribution functions are those of the GNU Scientific Library. */
#ifndef PIPELINE_STATS_H
#define PIPELINE_STATS_H

#include <stddef.h>
#include <stdint.h>

/* Wilson's score interval, 95%, without continuity correction (Wilson 1927; Newcombe 1998, method 3). */
void stats_wilson(uint64_t successes, uint64_t n, double *low, double *high);

/* Pearson's chi-square of a table of counts, row by row, without continuity correction. Rows and columns that are all zero are left out of the
 * degrees of freedom. */
struct chi_square {
	double statistic, p, least_expected;
	unsigned df;
};
struct chi_square stats_chi_square(const uint64_t *counts, size_t rows, size_t columns);

/* Fisher's exact test of a 2 by 2 table a b / c d: the sum of the probabilities of all tables with these margins that are no likelier
 * than this one (likelier by less than one in 10^7 counts as equal, as in R). */
double stats_fisher(uint64_t a, uint64_t b, uint64_t c, uint64_t d);

/* The test of a 2 by 2 table that its expected counts call for: Fisher's where one is under 5, else Pearson's. */
double stats_2x2(uint64_t a, uint64_t b, uint64_t c, uint64_t d);

/* Cochran-Armitage test for a linear trend of shares successes[i] / n[i] over scores[i] (Armitage 1955). z is positive for a rising
 * share; z squared is the statistic of R's prop.trend.test. Groups with n of 0 take no part. */
struct trend_test {
	double z, p;
};
struct trend_test stats_cochran_armitage(const uint64_t *successes, const uint64_t *n, const double *scores, size_t count);

/* Mann-Kendall test of values in order of time, with the correction of the variance for ties and the correction for
 * continuity (Mann 1945; Kendall 1975). tau is tau-b. */
struct mann_kendall {
	double s, variance, z, p, tau;
};
struct mann_kendall stats_mann_kendall(const double *times, const double *values, size_t count);

/* Theil-Sen slope: the median of the slopes of all pairs at different times; its 95% interval by Sen (1968) from the variance of Mann-Kendall's S.
 * The interval is NaN where there are too few pairs. */
struct theil_sen {
	double slope, low, high;
};
struct theil_sen stats_theil_sen(const double *times, const double *values, size_t count);

/* Log-likelihood keyness of a against b mentions in corpora of a_words and b_words (Dunning 1993; Rayson and Garside 2000), its p (chi-square, 1
 * df) and the effect size: the binary logarithm of the ratio of the rates, with 0.5 for a count of 0 (Hardie 2014). */
struct keyness {
	double log_likelihood, p, log_ratio;
};
struct keyness stats_keyness(uint64_t a, uint64_t a_words, uint64_t b, uint64_t b_words);

/* Benjamini-Hochberg: replaces each p by its q, the least rate of false discoveries at which it counts as one (Benjamini and Hochberg 1995). NaN
 * stays and is not counted. */
void stats_false_discovery(double *p, size_t count);

/* Percentile intervals, 95%, of the rates sum(mentions) / sum(words) of several themes over `draws` resamples of whole reviews (Efron 1979): mentions
 * cluster in reviews, so an interval from the mentions alone would be too narrow. All themes share the draws. The same seed gives the same intervals on
 * every machine. mentions: those of the first review, then those of the next; low, high: one per theme, NaN where there are no words. */
struct sampled_review {
	uint64_t words;
	size_t first, count; /* in mentions */
};
struct sampled_mentions {
	uint32_t theme, count;
};
void stats_bootstrap_rates(const struct sampled_review *reviews, size_t review_count, const struct sampled_mentions *mentions, size_t theme_count,
                           unsigned draws, uint64_t seed, double *low, double *high);

#endif
