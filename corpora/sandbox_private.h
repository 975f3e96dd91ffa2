/* What the two sides of the sandbox agree on. */
#ifndef CORPORA_SANDBOX_PRIVATE_H
#define CORPORA_SANDBOX_PRIVATE_H

#include <stdint.h>

/* The child's name for itself. It is defined beside the child's entry so that whatever links the parent's side has that too. */
extern const char sandbox_name[];

/* Its command line: sandbox_name CONVERTER CPU-SECONDS MEMORY-BYTES [PROGRAM ARGUMENT...] */
#define SANDBOX_ARGUMENTS 4
#define SANDBOX_ARGUMENTS_MAX 16

/* Exit statuses. A program's own are below these. */
#define SANDBOX_EXHAUSTED 3      /* of mem_exhausted(), built-in converters only */
#define SANDBOX_NOT_STARTED 125  /* err says what is missing */
#define SANDBOX_FAULT 64         /* plus an enum fault_code; err holds the phrase */

/* Shuts every door on this process for good, or ends it with SANDBOX_NOT_STARTED. image: the program that will be run (O_PATH), or -1
 * to let none be run and no file be opened. */
void sandbox_enter(const char *cpu_seconds, const char *memory_bytes, int image);

/* Before the title and the text on standard output. */
struct sandbox_head {
	uint64_t replaced, title_length;
};

#endif
