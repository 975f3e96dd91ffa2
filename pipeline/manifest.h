/* The checksums that archives must have (--manifest): a list as sha256sum writes it. Its names are seen from the folder it lies in.
 *
 * It proves what no format can: that a file was not cut exactly between two gzip members, that no file is missing, and that none is there that
 * nobody sent. Archives are hashed as they are read, so none is read twice. */
#ifndef PIPELINE_MANIFEST_H
#define PIPELINE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/sha256.h"
#include "corpora/fault.h"

struct manifest_entry {
	const char *name;
	unsigned line;
	bool given;                         /* an archive of that name was asked for */
	unsigned char sha256[SHA256_BYTES];
};

struct manifest;

/* NULL with a message that names file and line if it cannot be read or a line is not one of sha256sum. */
struct manifest *manifest_read(const char *path, char *message, size_t message_size);
void manifest_free(struct manifest *m);

/* Whether the path is that of the list itself. */
bool manifest_is(const struct manifest *m, const char *path);

/* The entry of an archive, which is then given. Where the list has none: one that refuses every file. */
const struct manifest_entry *manifest_entry(struct manifest *m, const char *path);

/* The next entry from number *at on that was not given; NULL after the last. */
const struct manifest_entry *manifest_next_missing(const struct manifest *m, size_t *at);

/* Whether a file of that hash is not the one the entry means; then *fault says so. */
bool manifest_refuses(const struct manifest_entry *e, const unsigned char sha256[SHA256_BYTES], struct fault *fault);
/* The same of a file, which is hashed. That it cannot be read is no matter of the list. */
bool manifest_refuses_file(const struct manifest_entry *e, const char *path, struct fault *fault);

#endif
