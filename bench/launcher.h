/* Starts commands from a process that is small and stays so.
 *
 * Linux counts the memory of the process that starts a program towards the program's own peak, so a driver that holds a corpus in memory cannot
 * measure its children. The launcher is forked off before anything is loaded. One thread. */
#ifndef BENCH_LAUNCHER_H
#define BENCH_LAUNCHER_H

#include <stdbool.h>
#include <stdint.h>

void launcher_start(void);

struct launch {
	double seconds, cpu_seconds; /* wall; user and system */
	uint64_t peak_kib;           /* of the largest process that the command was */
	bool failed;                 /* no exit status 0 */
};
/* Runs command with /bin/sh, standard output to a file; variables end with NULL. Standard error is the driver's. */
struct launch launcher_run(const char *command, const char *output, char *const *variables);

#endif
