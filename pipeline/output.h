/* Where data goes: standard output, or a file written whole or not at all.
 *
 * A file is written beside its final name, then synced, renamed and its directory synced. Signals and failures remove what is half written.
 * A closed pipe is no error: writing goes quiet. One output at a time per process. */
#ifndef PIPELINE_OUTPUT_H
#define PIPELINE_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct output {
	FILE *file;
	const char *path;  /* NULL: standard output */
	char *temporary;
};

/* Opens path, or standard output if NULL or "-". 0, or -1 with a message printed. */
int output_open(struct output *out, const char *path);
/* Finishes: 0; -1 with a message printed (disk full, ...). The output is closed either way. */
int output_commit(struct output *out);
/* Throws away a file; what went to standard output has gone. */
void output_abandon(struct output *out);

/* For files that others write: syncs the file; syncs the directory it lies in. 0, or -1 with errno. */
int output_sync(const char *path);
int output_sync_directory(const char *path);

/* Removes half-written files when SIGINT, SIGTERM or SIGHUP ends the program; ignores SIGPIPE and SIGXFSZ. Call once at start. */
void output_handle_signals(void);
/* For ends that do not return: removes what is half written. Async-signal-safe. */
void output_remove_half_written(void);

#endif
