/* Where archives leave work that other threads may do for them: a piece of a gzip file or some entries of a zip, to be inflated.
 *
 * The threads belong to the caller. One that has nothing better to do calls help_desk_work(); none ever has to, as the thread that reads the
 * archive does what nobody else has taken when it needs it. So any number of threads may help, at any time, and what is read does not
 * depend on them. */
#ifndef CORPORA_HELP_DESK_H
#define CORPORA_HELP_DESK_H

#include <stdbool.h>

struct help_desk;

/* wanted: called for each piece of work left, by the thread that leaves it; may be NULL. */
struct help_desk *help_desk_new(void (*wanted)(void *context), void *context);
/* After every archive that uses it is closed. */
void help_desk_free(struct help_desk *d);

/* Does the oldest piece of work of some archive; false if there is none. Any thread. */
bool help_desk_work(struct help_desk *d);

#endif
