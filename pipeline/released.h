/* The record of what was printed with --suppress-below on earlier nights (--released FILE): a JSON file that only its owner may read, since it
 * holds the hidden counts. One writer at a time: it is locked until the process ends. One thread. */
#ifndef PIPELINE_RELEASED_H
#define PIPELINE_RELEASED_H

#include "pipeline/regions.h"
#include "pipeline/session.h"

/* What is printed of these groups under --suppress-below: marks set, and with --released
 *   - a period (and facet value) in which 1 to N-1 reviews have come or gone since it was last printed is printed as it was then;
 *   - nothing that was withheld on an earlier night is given away by this one;
 *   - the result is in the record, on disk, when this returns.
 * The table is that of `count` under the same options, whichever command prints it. regions: of the same reviews, printed beside it, with marks set and their parts as they are to be
 * printed; *regions_fit becomes false, with a message, if they cannot be printed without giving some away. NULL for both if there are none. NULL with a message if the table itself
 * cannot be printed. */
struct release *release_settle(struct session *s, const struct tally_group *groups, size_t count, struct regions *regions, bool *regions_fit);

#endif
