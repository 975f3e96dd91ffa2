/* The record of what was printed with --suppress-below on earlier nights (--released FILE): a JSON file that only its owner may read, since it
 * holds the hidden counts. One writer at a time: it is locked until the process ends. One thread. */
#ifndef PIPELINE_RELEASED_H
#define PIPELINE_RELEASED_H

#include "pipeline/protect.h"
#include "pipeline/session.h"

/* What is printed of these groups under --suppress-below: marks set, and with --released
 *   - a period (and facet value) in which 1 to N-1 reviews have come or gone since it was last printed is printed as it was then;
 *   - nothing that was withheld on an earlier night is given away by this one;
 *   - the result is in the record, on disk, when this returns.
 * what: names the table beside the options, such as "count". NULL with a message if that cannot be. */
struct release *release_settle(struct session *s, const struct tally_group *groups, size_t count, const char *what);

#endif
