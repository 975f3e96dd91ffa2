/* Files built into the program: the shipped lexicon (lexicons/) and the layouts (corpora/layouts/).
 * The Makefile puts every such file into the binary as it is, so one file is all that has to be installed.
 * Read-only; any thread. */
#ifndef BASE_RESOURCE_H
#define BASE_RESOURCE_H

#include <stddef.h>

struct resource {
	const char *name;  /* path below the source tree: "lexicons/safeguarding/harm.tsv" */
	const char *bytes; /* not NUL-terminated */
	size_t length;
};

/* All resources in byte order of their names. */
const struct resource *resource_list(size_t *count);

/* The resource of that name, or NULL. */
const struct resource *resource_find(const char *name);

#endif
