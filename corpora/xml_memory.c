#include "corpora/xml_memory.h"

#include <libxml/xmlmemory.h>
#include <stdlib.h>

#include "base/mem.h"

static void *reallocate(void *old, size_t size)
{
	return mem_realloc(old, size, 1);
}

void xml_memory_ours(void)
{
	xmlMemSetup(free, mem_alloc, reallocate, mem_strdup);
}
