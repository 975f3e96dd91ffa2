/* PCRE2 with memory that does not fail: running out of it ends the program as mem_alloc() does. PCRE2 10.42 crashes in pcre2_jit_compile() where an allocation
 * fails. For pcre2_compile(), and for whatever is created. Any thread; never freed. */
#ifndef BASE_REGEX_ALLOCATOR_H
#define BASE_REGEX_ALLOCATOR_H

#include <pcre2.h>

pcre2_general_context *regex_allocator(void);
pcre2_compile_context *regex_compile_context(void);

#endif
