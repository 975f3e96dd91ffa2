/* A progress line on a terminal: bytes, reviews, rate, time left. Counters may be advanced by any thread. */
#ifndef PIPELINE_PROGRESS_H
#define PIPELINE_PROGRESS_H

#include <stdint.h>

struct progress;

/* Starts a thread that redraws four times a second. total_bytes: packed bytes of all archives, 0 if unknown. */
struct progress *progress_start(uint64_t total_bytes);
void progress_add(struct progress *p, uint64_t packed_bytes, uint64_t reviews); /* p may be NULL */
void progress_stop(struct progress *p); /* takes the line away and frees; p may be NULL */

#endif
