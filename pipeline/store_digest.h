/* What a run of update tells when it ends: on standard error for people, as JSON for machines. */
#ifndef PIPELINE_STORE_DIGEST_H
#define PIPELINE_STORE_DIGEST_H

#include "pipeline/run.h"
#include "pipeline/store.h"

/* After settling. changed: the run closed then is told of; else only that nothing has changed. quiet: nothing on standard error. notify: JSON file,
 * or NULL. 0, or -1. */
int store_digest(struct store *s, const struct edition *e, bool changed, bool quiet, const char *notify);

#endif
