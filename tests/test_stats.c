/* Statistics against published values, and, where R is installed, against R on 1,000 random cases of each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/stats.h"

#define assert_close(value, expected, tolerance)                                                            \
	do {                                                                                                    \
		double v_ = (value), e_ = (expected);                                                               \
		if (!(fabs(v_ - e_) <= (tolerance)))                                                                \
			fail_msg("%s is %.15g, expected %.15g", #value, v_, e_);                                        \
	} while (0)

static void wilson(void **state)
{
	(void)state;
	double low, high;
	stats_wilson(81, 263, &low, &high); /* Newcombe 1998, table I */
	assert_close(low, 0.2553, 0.00005);
	assert_close(high, 0.3662, 0.00005);
	stats_wilson(15, 148, &low, &high);
	assert_close(low, 0.0624, 0.00005);
	assert_close(high, 0.1605, 0.00005);
	stats_wilson(0, 20, &low, &high);
	assert_close(low, 0, 0);
	assert_close(high, 0.1611, 0.00005);
	stats_wilson(29, 29, &low, &high);
	assert_close(low, 0.8830, 0.00005);
	assert_close(high, 1, 0);
	stats_wilson(0, 0, &low, &high);
	assert_true(isnan(low) && isnan(high));
}

/* Counts of the triennial analysis of serious case reviews 2011-14, with the statistics printed there, whose last digit is cut, not
 * rounded. Two printed values do not follow from the printed counts, whatever test is tried: Table 17 gives 24.59 (df 9), where
 * its counts give 23.77; its p, .005, is that of 23.77 (.0047) and not of 24.59 (.0035). Table 6 gives 6.93 for girls in 2011-14 against the
 * years before, where its counts give 6.27. For those two the values of an independent implementation (R) stand here. */
static void the_triennial_analysis(void **state)
{
	(void)state;
	static const struct {
		uint64_t counts[16];
		size_t rows, columns;
		double statistic, digit, p, p_digit; /* as printed, with the value of the last digit; p NaN where only a bound is given */
	} printed[] = {
		{{123, 52, 197, 96}, 2, 2, 0.4714, 0.0001, 0.4923, 0.0001},       /* Appendix A: subset and all, fatal or not */
		{{91, 84, 161, 132}, 2, 2, 0.383, 0.001, 0.535, 0.001},           /* girls and boys; p printed .536, rounded */
		{{70, 45, 14, 46, 120, 64, 28, 81}, 2, 4, 1.09, 0.01, 0.777, 0.001}, /* age bands */
		{{70, 50, 55, 68}, 2, 2, 4.50, 0.01, NAN, 0},                     /* Table 7: baby girls, 2011-14 and 2007-09 */
		{{27, 17, 6, 29, 8, 14, 4, 7, 10, 8, 3, 4, 25, 6, 1, 6}, 4, 4, 23.77, 0.01, 0.0046, 0.0001}, /* Table 17 */
		{{27, 18, 6, 29, 8, 14, 4, 7, 10, 8, 3, 4, 25, 5, 1, 6}, 4, 4, 24.59, 0.01, 0.0034, 0.0001}, /* the same with one child of 1 to 5 open instead of never known */
		{{161, 132, 298, 348}, 2, 2, 6.27, 0.01, 0.0122, 0.0001},         /* Table 6 */
		{{40, 253, 15, 163}, 2, 2, 2.93, 0.01, 0.086, 0.001},             /* Table 4, the oldest: said to be not significant, without figures; R's here */
		{{74, 49, 38, 14}, 2, 2, 2.64, 0.01, 0.103, 0.001},               /* Table 16, known to social care: the same */
	};
	for (size_t i = 0; i < sizeof printed / sizeof *printed; i++) {
		struct chi_square chi = stats_chi_square(printed[i].counts, printed[i].rows, printed[i].columns);
		assert_int_equal(chi.df, (printed[i].rows - 1) * (printed[i].columns - 1));
		assert_close(chi.statistic, printed[i].statistic + printed[i].digit / 2, printed[i].digit / 2 + 1e-12);
		if (!isnan(printed[i].p))
			assert_close(chi.p, printed[i].p + printed[i].p_digit / 2, printed[i].p_digit / 2 + 1e-12);
	}
}

static void textbook_values(void **state)
{
	(void)state;
	/* Fisher's tea: 3 of 4 right */
	assert_close(stats_fisher(3, 1, 1, 3), 0.4857142857142857, 1e-12);
	assert_close(stats_fisher(1, 9, 11, 3), 0.0027594561852200836, 1e-12);
	assert_close(stats_fisher(0, 0, 3, 5), 1, 1e-12);
	/* Mann-Kendall without ties: a strictly rising series of ten */
	double times[10], values[10];
	for (int i = 0; i < 10; i++)
		times[i] = 2000 + i, values[i] = 3 * i + 1;
	struct mann_kendall mk = stats_mann_kendall(times, values, 10);
	assert_close(mk.s, 45, 0);
	assert_close(mk.variance, 125, 1e-9);
	assert_close(mk.tau, 1, 1e-12);
	struct theil_sen ts = stats_theil_sen(times, values, 10);
	assert_close(ts.slope, 3, 1e-12);
	/* log-likelihood: Rayson's calculator, 10 in 1,000 against 5 in 2,000 */
	struct keyness key = stats_keyness(10, 1000, 5, 2000);
	assert_close(key.log_likelihood, 2 * (10 * log(10 / 5.0) + 5 * log(5 / 10.0)), 1e-12);
	assert_close(key.log_ratio, 2, 1e-12);
	double p[] = {0.01, NAN, 0.04, 0.03, 0.005};
	stats_false_discovery(p, 5);
	assert_close(p[0], 0.02, 1e-15);
	assert_true(isnan(p[1]));
	assert_close(p[2], 0.04, 1e-15);
	assert_close(p[3], 0.04, 1e-15);
	assert_close(p[4], 0.02, 1e-15);
}

static void nothing_to_measure_is_nan(void **state)
{
	(void)state;
	static const uint64_t zeros[4];
	assert_true(isnan(stats_chi_square(zeros, 2, 2).p));
	assert_true(isnan(stats_fisher(0, 0, 0, 0)));
	assert_true(isnan(stats_cochran_armitage((uint64_t[]){0, 0}, (uint64_t[]){5, 5}, (double[]){1, 2}, 2).p));
	assert_true(isnan(stats_mann_kendall((double[]){1, 2}, (double[]){1, 2}, 2).p));
	assert_true(isnan(stats_mann_kendall((double[]){1, 2, 3}, (double[]){4, 4, 4}, 3).p));
	assert_true(isnan(stats_theil_sen(NULL, NULL, 0).slope));
	assert_true(isnan(stats_keyness(0, 10, 0, 10).p));
	double low, high;
	stats_bootstrap_rates(NULL, 0, NULL, 1, 100, 1, &low, &high);
	assert_true(isnan(low));
}

static void the_bootstrap_holds_clusters(void **state)
{
	(void)state;
	/* one long review holds all mentions of theme 0: the interval must reach from nothing to far above the rate */
	struct sampled_review reviews[400];
	struct sampled_mentions mentions[800] = {{0, 200}};
	double low[3], high[3], again_low[3], again_high[3];
	for (size_t i = 0; i < 50; i++)
		reviews[i] = (struct sampled_review){1000, 0, i == 0};
	stats_bootstrap_rates(reviews, 50, mentions, 2, 2000, 7, low, high);
	assert_close(low[0], 0, 1e-12);
	assert_true(high[0] >= 2.5 * 200 / 50000);
	assert_true(low[1] == 0 && high[1] == 0);
	stats_bootstrap_rates(reviews, 50, mentions, 2, 2000, 7, again_low, again_high);
	assert_true(low[0] == again_low[0] && high[0] == again_high[0]);

	/* many reviews with counts of a known spread: the interval is that of the normal approximation of a ratio of means, and where the same mentions stand
	 * in bundles of ten it is wider by the root of ten */
	double width[2];
	for (int bundled = 0; bundled < 2; bundled++) {
		double sum = 0, square = 0;
		for (size_t i = 0; i < 400; i++) {
			uint32_t n = bundled ? (i % 10 == 0 ? 10 : 0) : 1;
			n = bundled ? n : (uint32_t)(i % 2 * 2); /* 0, 2, 0, 2: mean 1 */
			mentions[i] = (struct sampled_mentions){0, n};
			reviews[i] = (struct sampled_review){1000, i, n > 0};
			sum += n;
			square += (double)n * n;
		}
		double mean = sum / 400, error = sqrt((square / 400 - mean * mean) / 400) / 1000;
		stats_bootstrap_rates(reviews, 400, mentions, 1, 4000, 3, low, high);
		assert_close((high[0] - low[0]) / (2 * 1.959964 * error), 1, 0.06);
		assert_close((high[0] + low[0]) / 2, mean / 1000, error / 4);
		width[bundled] = high[0] - low[0];
	}
	assert_close(width[1] / width[0], 3, 0.25); /* variances 9 and 1 */
}

/* ---- against R ---- */

static uint64_t seed = 20261120;

static uint64_t random_below(uint64_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % n;
}

static void put_table(FILE *f)
{
	size_t rows = 2 + random_below(4), columns = 2 + random_below(4);
	uint64_t counts[25];
	for (size_t i = 0; i < rows * columns; i++)
		counts[i] = 1 + random_below(60);
	struct chi_square chi = stats_chi_square(counts, rows, columns);
	fprintf(f, "chi %zu", rows);
	for (size_t i = 0; i < rows * columns; i++)
		fprintf(f, " %llu", (unsigned long long)counts[i]);
	fprintf(f, " : %.17g %.17g %u\n", chi.statistic, chi.p, chi.df);
}

static void put_fisher(FILE *f)
{
	uint64_t n[4], range = random_below(2) ? 12 : 120;
	for (int i = 0; i < 4; i++)
		n[i] = random_below(range);
	n[0]++;
	fprintf(f, "fisher %llu %llu %llu %llu : %.17g\n", (unsigned long long)n[0], (unsigned long long)n[1], (unsigned long long)n[2],
	        (unsigned long long)n[3], stats_fisher(n[0], n[1], n[2], n[3]));
}

static void put_trend(FILE *f)
{
	size_t count = 3 + random_below(12);
	uint64_t k[16], n[16];
	double scores[16];
	for (size_t i = 0; i < count; i++) {
		n[i] = 2 + random_below(80);
		k[i] = 1 + random_below(n[i] - 1);
		scores[i] = 2005 + (double)i + (double)random_below(2) / 2;
	}
	fprintf(f, "trend");
	for (size_t i = 0; i < count; i++)
		fprintf(f, " %llu %llu %.17g", (unsigned long long)k[i], (unsigned long long)n[i], scores[i]);
	struct trend_test t = stats_cochran_armitage(k, n, scores, count);
	fprintf(f, " : %.17g %.17g\n", t.z * t.z, t.p);
}

static void put_series(FILE *f)
{
	size_t count = 4 + random_below(14);
	double times[20], values[20];
	for (size_t i = 0; i < count; i++) {
		times[i] = 2005 + (double)i;
		values[i] = (double)random_below(random_below(2) ? 6 : 1000) / 7;
	}
	values[0] = 1;
	values[1] = 2;
	fprintf(f, "series");
	for (size_t i = 0; i < count; i++)
		fprintf(f, " %.17g", values[i]);
	struct mann_kendall mk = stats_mann_kendall(times, values, count);
	struct theil_sen ts = stats_theil_sen(times, values, count);
	fprintf(f, " : %.17g %.17g %.17g\n", mk.p, mk.tau, ts.slope);
}

static void put_adjusted(FILE *f)
{
	size_t count = 1 + random_below(30);
	double p[32];
	fprintf(f, "adjust");
	for (size_t i = 0; i < count; i++) {
		p[i] = (double)(1 + random_below(999)) / 1000;
		fprintf(f, " %.17g", p[i]);
	}
	stats_false_discovery(p, count);
	fprintf(f, " :");
	for (size_t i = 0; i < count; i++)
		fprintf(f, " %.17g", p[i]);
	fputc('\n', f);
}

static void put_wilson(FILE *f)
{
	uint64_t n = 1 + random_below(400), k = random_below(n + 1);
	double low, high;
	stats_wilson(k, n, &low, &high);
	fprintf(f, "wilson %llu %llu : %.17g %.17g\n", (unsigned long long)k, (unsigned long long)n, low, high);
}

static void r_gives_the_same(void **state)
{
	(void)state;
	if (access("/usr/bin/Rscript", X_OK) != 0) {
		printf("skipped: Rscript is not installed (Debian package r-base-core)\n");
		skip();
	}
	char path[] = "/tmp/themetally-stats-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	FILE *f = fdopen(fd, "w");
	for (int i = 0; i < 1000; i++) {
		put_table(f);
		put_fisher(f);
		put_trend(f);
		put_series(f);
		put_adjusted(f);
		put_wilson(f);
	}
	fclose(f);
	char command[128];
	snprintf(command, sizeof command, "Rscript --vanilla tests/stats.R %s", path);
	int status = system(command);
	unlink(path);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wilson), cmocka_unit_test(the_triennial_analysis), cmocka_unit_test(textbook_values),
		cmocka_unit_test(nothing_to_measure_is_nan), cmocka_unit_test(the_bootstrap_holds_clusters), cmocka_unit_test(r_gives_the_same)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
