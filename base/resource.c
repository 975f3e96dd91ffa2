#include "base/resource.h"

#include <string.h>

/* Both made by scripts/embed.sh from the files that the Makefile names, sorted by name. */
extern const struct resource embedded_files[];
extern const size_t embedded_count;

const struct resource *resource_list(size_t *count)
{
	*count = embedded_count;
	return embedded_files;
}

const struct resource *resource_find(const char *name)
{
	for (size_t i = 0; i < embedded_count; i++)
		if (strcmp(embedded_files[i].name, name) == 0)
			return &embedded_files[i];
	return NULL;
}
