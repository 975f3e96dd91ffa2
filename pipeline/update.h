/* Bringing a store up to date: reads what is new or changed, one transaction an archive, then settles and says what changed. */
#ifndef PIPELINE_UPDATE_H
#define PIPELINE_UPDATE_H

#include <stdbool.h>

#include "pipeline/session.h"

struct update_options {
	bool prune;         /* forget archives below the given PATHs that are gone */
	bool check_hash;    /* tell unchanged archives by their SHA-256, not by size, time and inode */
	bool retry;         /* read archives again that were damaged */
	const char *name;   /* which the store will have, NULL: its own; it is no archive, wherever it lies */
	const char *notify; /* JSON file of what changed, or NULL */
};

/* The session was opened by session_open_for_update(). */
enum exit_status update_run(struct session *s, const struct update_options *a);

#endif
