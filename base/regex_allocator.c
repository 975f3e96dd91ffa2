#include "base/regex_allocator.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

static pcre2_general_context *general;
static pcre2_compile_context *compiling;

static void *take(PCRE2_SIZE size, void *unused)
{
	(void)unused;
	return mem_alloc(size);
}

static void give_back(void *p, void *unused)
{
	(void)unused;
	free(p);
}

static void create(void)
{
	general = pcre2_general_context_create(take, give_back, NULL);
	compiling = pcre2_compile_context_create(general);
}

static void create_once(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, create);
}

pcre2_general_context *regex_allocator(void)
{
	create_once();
	return general;
}

pcre2_compile_context *regex_compile_context(void)
{
	create_once();
	return compiling;
}
