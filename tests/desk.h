/* A help desk with threads of its own, as archive_want_help() needs one. */
#ifndef TESTS_DESK_H
#define TESTS_DESK_H

#include "corpora/archive.h"
#include "corpora/help_desk.h"

struct desk;

/* NULL for 0 threads. */
struct desk *desk_open(unsigned threads);
void desk_close(struct desk *d);

/* Nothing if d is NULL. */
void desk_serve(struct desk *d, struct archive *a);

#endif
