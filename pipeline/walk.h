/* Documents one after another on the calling thread, for commands that explain rather than count. */
#ifndef PIPELINE_WALK_H
#define PIPELINE_WALK_H

#include "corpora/document.h"
#include "pipeline/session.h"

/* Calls visit for every document of the session's PATHs. What cannot be read is reported and counted in s->unlisted. Units are not
 * kept back until they are sealed: a damaged one is reported after its documents were visited. Archives in packs are skipped, and named. */
void walk_documents(struct session *s,
                    void (*visit)(void *context, const char *archive, const struct member *member, const struct document *document),
                    void *context);

#endif
