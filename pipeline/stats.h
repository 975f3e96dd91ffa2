/* Statistics. Pure functions; any thread. */
#ifndef PIPELINE_STATS_H
#define PIPELINE_STATS_H

#include <stdint.h>

/* Wilson's score interval, 95%, without continuity correction (Wilson 1927; Newcombe 1998, method 3). NaN for n = 0. */
void stats_wilson(uint64_t successes, uint64_t n, double *low, double *high);

#endif
