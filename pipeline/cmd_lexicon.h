/* Private to themetally lexicon. */
#ifndef PIPELINE_CMD_LEXICON_H
#define PIPELINE_CMD_LEXICON_H

#include "matchers/lexicon.h"
#include "pipeline/options.h"

/* themetally lexicon convert, diff; argv[0] is its name. The exit status. */
int lexicon_convert(int argc, char **argv);
int lexicon_diff(int argc, char **argv);

/* The lexicon of some paths (none: the shipped one), or NULL with its problems printed. */
struct lexicon *lexicon_open(const char *const *paths, size_t count);
/* Opens the output, writes the table that fill makes, and commits. */
enum exit_status lexicon_write_table(const struct options *o, const struct column *columns, size_t count,
                                     void (*fill)(struct table *t, void *context), void *context);

#endif
