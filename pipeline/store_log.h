/* What a run of update changed: the digest it ends with, and what `changes` lists afterwards. */
#ifndef PIPELINE_STORE_LOG_H
#define PIPELINE_STORE_LOG_H

#include "pipeline/run.h"
#include "pipeline/store.h"

struct store_log;

/* Takes the published numbers as they are before the run. */
struct store_log *store_log_begin(struct store *s, const struct edition *e);
void store_log_free(struct store_log *log);

/* Notes an archive: what is new, changed or gone. */
void store_log_archive(struct store_log *log, const char *path, const char *what, uint64_t reviews_before, uint64_t reviews_after);

/* After settling: records which published numbers moved, prints the digest on standard error, and writes it to the file notify (JSON;
 * NULL: none). 0, or -1. */
int store_log_end(struct store_log *log, const char *notify, const struct run_summary *summary);
/* Nothing has changed: writes that to notify. */
int store_log_nothing(struct store_log *log, const char *notify);

#endif
