/* Time that has passed, whatever is done to the date. Any thread. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <limits.h>
#include <time.h>

/* Seconds since some moment that is the same for the whole process. */
static inline double clock_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* For poll(): milliseconds to a moment of clock_seconds(), rounded up; 0 if it is past, and never more than an int holds. */
static inline int clock_left_ms(double deadline)
{
	double left = 1000 * (deadline - clock_seconds());
	return left <= 0 ? 0 : left < INT_MAX - 1 ? (int)left + 1 : INT_MAX;
}

#endif
