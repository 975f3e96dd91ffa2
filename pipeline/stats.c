#include "pipeline/stats.h"

#include <math.h>

void stats_wilson(uint64_t successes, uint64_t n, double *low, double *high)
{
	const double z = 1.959963984540054; /* 0.975 quantile of the normal distribution */
	if (n == 0) {
		*low = *high = NAN;
		return;
	}
	double size = (double)n, p = (double)successes / size;
	double centre = p + z * z / (2 * size), spread = z * sqrt(p * (1 - p) / size + z * z / (4 * size * size));
	double scale = 1 + z * z / size;
	*low = successes == 0 ? 0 : (centre - spread) / scale;
	*high = successes == n ? 1 : (centre + spread) / scale;
}
