#include "pipeline/stats.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const double z95 = 1.959963984540054; /* 0.975 quantile of the normal distribution */

void stats_wilson(uint64_t successes, uint64_t n, double *low, double *high)
{
	if (n == 0) {
		*low = *high = NAN;
		return;
	}
	double size = (double)n, p = (double)successes / size, z = z95;
	double centre = p + z * z / (2 * size), spread = z * sqrt(p * (1 - p) / size + z * z / (4 * size * size));
	double scale = 1 + z * z / size;
	*low = successes == 0 ? 0 : (centre - spread) / scale;
	*high = successes == n ? 1 : (centre + spread) / scale;
}

/* ---- tables ---- */

struct chi_square stats_chi_square(const uint64_t *counts, size_t rows, size_t columns)
{
	double *row = mem_calloc(rows, sizeof *row), *column = mem_calloc(columns, sizeof *column), total = 0, statistic = 0, least = INFINITY;
	unsigned used_rows = 0, used_columns = 0;
	for (size_t i = 0; i < rows; i++)
		for (size_t k = 0; k < columns; k++) {
			double n = (double)counts[i * columns + k];
			row[i] += n;
			column[k] += n;
			total += n;
		}
	for (size_t i = 0; i < rows; i++)
		used_rows += row[i] > 0;
	for (size_t k = 0; k < columns; k++)
		used_columns += column[k] > 0;
	for (size_t i = 0; i < rows; i++)
		for (size_t k = 0; k < columns; k++) {
			if (row[i] == 0 || column[k] == 0)
				continue;
			double expected = row[i] * column[k] / total, off = (double)counts[i * columns + k] - expected;
			statistic += off * off / expected;
			least = fmin(least, expected);
		}
	free(row);
	free(column);
	if (used_rows < 2 || used_columns < 2)
		return (struct chi_square){NAN, NAN, used_rows && used_columns ? least : NAN, 0};
	unsigned df = (used_rows - 1) * (used_columns - 1);
	return (struct chi_square){statistic, gsl_cdf_chisq_Q(statistic, df), least, df};
}

static double log_choose(double n, double k)
{
	return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/* Probability of a given a + b, c + d and a + c; by gsl_sf_lnfact where it has tables, which is exact to the last digits. */
static double log_hypergeometric(uint64_t a, uint64_t row, uint64_t other, uint64_t column)
{
	if (row + other < 100000) {
		double log_ways_a = gsl_sf_lnchoose((unsigned)row, (unsigned)a);
		double log_ways_c = gsl_sf_lnchoose((unsigned)other, (unsigned)(column - a));
		return log_ways_a + log_ways_c - gsl_sf_lnchoose((unsigned)(row + other), (unsigned)column);
	}
	return log_choose((double)row, (double)a) + log_choose((double)other, (double)(column - a)) -
	       log_choose((double)row + (double)other, (double)column);
}

double stats_fisher(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	uint64_t row = a + b, other = c + d, column = a + c;
	if (row + other == 0)
		return NAN;
	uint64_t least = column > other ? column - other : 0, most = row < column ? row : column;
	double observed = log_hypergeometric(a, row, other, column) + 1e-7, sum = 0, all = 0;
	for (uint64_t x = least; x <= most; x++) {
		double p = log_hypergeometric(x, row, other, column);
		all += exp(p);
		sum += p <= observed ? exp(p) : 0;
	}
	return fmin(1, sum / all);
}

double stats_2x2(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct chi_square chi = stats_chi_square((uint64_t[]){a, b, c, d}, 2, 2);
	return chi.least_expected < 5 && chi.df ? stats_fisher(a, b, c, d) : chi.p;
}

/* ---- trends ---- */

struct trend_test stats_cochran_armitage(const uint64_t *successes, const uint64_t *n, const double *scores, size_t count)
{
	double total = 0, found = 0, mean = 0, covariance = 0, spread = 0;
	for (size_t i = 0; i < count; i++) {
		total += (double)n[i];
		found += (double)successes[i];
		mean += (double)n[i] * scores[i];
	}
	double p = found / total;
	mean /= total;
	for (size_t i = 0; i < count; i++) {
		double off = scores[i] - mean;
		covariance += ((double)successes[i] - (double)n[i] * p) * off;
		spread += (double)n[i] * off * off;
	}
	double variance = p * (1 - p) * spread;
	if (!(variance > 0))
		return (struct trend_test){NAN, NAN};
	double z = covariance / sqrt(variance);
	return (struct trend_test){z, gsl_cdf_chisq_Q(z * z, 1)};
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

/* Sums over groups of equal values: t(t-1), t(t-1)(t-2), t(t-1)(2t+5). */
struct ties {
	double pairs, triples, variance;
};

static struct ties count_ties(const double *values, size_t count)
{
	double *sorted = mem_alloc(count * sizeof *sorted);
	struct ties ties = {0, 0, 0};
	for (size_t i = 0; i < count; i++)
		sorted[i] = values[i];
	mem_sort(sorted, count, sizeof *sorted, compare_doubles);
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1; end < count && sorted[end] == sorted[i]; end++)
			;
		double t = (double)(end - i);
		ties.pairs += t * (t - 1);
		ties.triples += t * (t - 1) * (t - 2);
		ties.variance += t * (t - 1) * (2 * t + 5);
	}
	free(sorted);
	return ties;
}

struct mann_kendall stats_mann_kendall(const double *times, const double *values, size_t count)
{
	double s = 0, n = (double)count;
	for (size_t i = 0; i < count; i++)
		for (size_t k = i + 1; k < count; k++) {
			double product = (times[k] - times[i]) * (values[k] - values[i]);
			s += product > 0 ? 1 : product < 0 ? -1 : 0;
		}
	struct ties x = count_ties(times, count), y = count_ties(values, count);
	double pairs = n * (n - 1);
	double variance = (pairs * (2 * n + 5) - x.variance - y.variance) / 18;
	if (count > 1)
		variance += x.pairs * y.pairs / (2 * pairs);
	if (count > 2)
		variance += x.triples * y.triples / (9 * pairs * (n - 2));
	double tau = s / sqrt((pairs - x.pairs) / 2 * ((pairs - y.pairs) / 2));
	if (count < 3 || !(variance > 0))
		return (struct mann_kendall){s, variance, NAN, NAN, NAN};
	double z = s == 0 ? 0 : (s - (s > 0 ? 1 : -1)) / sqrt(variance);
	return (struct mann_kendall){s, variance, z, fmin(1, 2 * gsl_cdf_ugaussian_Q(fabs(z))), tau};
}

struct theil_sen stats_theil_sen(const double *times, const double *values, size_t count)
{
	struct theil_sen result = {NAN, NAN, NAN};
	double *slopes = mem_alloc((count * (count + 1) / 2 + 1) * sizeof *slopes);
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t k = i + 1; k < count; k++)
			if (times[k] != times[i])
				slopes[n++] = (values[k] - values[i]) / (times[k] - times[i]);
	if (n) {
		mem_sort(slopes, n, sizeof *slopes, compare_doubles);
		result.slope = n % 2 ? slopes[n / 2] : (slopes[n / 2 - 1] + slopes[n / 2]) / 2;
		double variance = stats_mann_kendall(times, values, count).variance;
		double reach = z95 * sqrt(fmax(variance, 0));
		/* ranks of the limits, from 1 */
		double low = floor(((double)n - reach) / 2), high = ceil(((double)n + reach) / 2) + 1;
		if (low >= 1 && high <= (double)n) {
			result.low = slopes[(size_t)low - 1];
			result.high = slopes[(size_t)high - 1];
		}
	}
	free(slopes);
	return result;
}

/* ---- keyness, many tests, bootstrap ---- */

static double part(double observed, double expected)
{
	return observed > 0 ? observed * log(observed / expected) : 0;
}

struct keyness stats_keyness(uint64_t a, uint64_t a_words, uint64_t b, uint64_t b_words)
{
	if (!a_words || !b_words || a + b == 0)
		return (struct keyness){NAN, NAN, NAN};
	double words_a = (double)a_words, words_b = (double)b_words, both = (double)a + (double)b;
	double g = 2 * (part((double)a, words_a * both / (words_a + words_b)) + part((double)b, words_b * both / (words_a + words_b)));
	g = fmax(g, 0);
	double rate_a = (a ? (double)a : 0.5) / words_a, rate_b = (b ? (double)b : 0.5) / words_b;
	return (struct keyness){g, gsl_cdf_chisq_Q(g, 1), log2(rate_a / rate_b)};
}

struct ranked {
	double p;
	size_t at;
};

static int by_p(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->p != y->p)
		return x->p < y->p ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

void stats_false_discovery(double *p, size_t count)
{
	struct ranked *order = mem_alloc(count * sizeof *order + 1);
	size_t n = 0;
	for (size_t i = 0; i < count; i++)
		if (!isnan(p[i]))
			order[n++] = (struct ranked){p[i], i};
	mem_sort(order, n, sizeof *order, by_p);
	double least = 1;
	for (size_t rank = n; rank-- > 0;) {
		least = fmin(least, order[rank].p * (double)n / (double)(rank + 1));
		p[order[rank].at] = least;
	}
	free(order);
}

/* SplitMix64 (Steele, Lea and Flood 2014). */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15u;
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

/* By linear interpolation, R's type 7. */
static double quantile(const double *sorted, size_t count, double q)
{
	double at = q * (double)(count - 1);
	size_t k = (size_t)at;
	return k + 1 < count ? sorted[k] + (at - (double)k) * (sorted[k + 1] - sorted[k]) : sorted[k];
}

void stats_bootstrap_rates(const struct sampled_review *reviews, size_t review_count, const struct sampled_mentions *mentions, size_t theme_count,
                           unsigned draws, uint64_t seed, double *low, double *high)
{
	uint64_t words = 0;
	for (size_t i = 0; i < review_count; i++)
		words += reviews[i].words;
	for (size_t t = 0; t < theme_count; t++)
		low[t] = high[t] = NAN;
	if (!words || draws < 2)
		return;
	double *rates = mem_calloc((size_t)draws * theme_count, sizeof *rates); /* [theme][draw] */
	uint32_t *times = mem_calloc(review_count, sizeof *times);
	for (unsigned d = 0; d < draws; d++) {
		uint64_t length = 0;
		memset(times, 0, review_count * sizeof *times);
		for (size_t i = 0; i < review_count; i++)
			times[(size_t)((unsigned __int128)draw(&seed) * review_count >> 64)]++;
		for (size_t i = 0; i < review_count; i++) {
			length += times[i] * reviews[i].words;
			for (size_t k = 0; k < reviews[i].count && times[i]; k++) {
				const struct sampled_mentions *m = &mentions[reviews[i].first + k];
				rates[m->theme * (size_t)draws + d] += (double)((uint64_t)times[i] * m->count);
			}
		}
		for (size_t t = 0; t < theme_count; t++)
			rates[t * draws + d] = length ? rates[t * draws + d] / (double)length : 0;
	}
	for (size_t t = 0; t < theme_count; t++) {
		mem_sort(rates + t * draws, draws, sizeof *rates, compare_doubles);
		low[t] = quantile(rates + t * draws, draws, 0.025);
		high[t] = quantile(rates + t * draws, draws, 0.975);
	}
	free(rates);
	free(times);
}
