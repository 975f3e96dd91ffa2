/* The faults of an archive, in the order of its bytes. The first FAULTS_NAMED are kept one by one, of the others their number: so that memory and
 * messages have a bound whatever the input. A line of three bytes is enough for a fault of half a kilobyte. */
#ifndef PIPELINE_FAULT_LIST_H
#define PIPELINE_FAULT_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "corpora/fault.h"

#define FAULTS_NAMED ((size_t)10000)

struct fault_note {
	struct fault fault;
	bool skipped;            /* a member or record was left out; else its unit was refused */
	uint64_t unit;
};

/* Those of one unit that are not named. */
struct fault_rest {
	uint64_t unit, skipped, refused;
};

struct fault_list {
	struct fault_note *notes;
	size_t count, capacity;
	struct fault_rest *rests; /* as they came */
	size_t rest_count, rest_capacity;
	bool rest_io;            /* one of them is FAULT_IO */
};

void fault_list_add(struct fault_list *l, const struct fault *fault, bool skipped, uint64_t unit);
/* Adds all of `from`, in order, and empties it. */
void fault_list_append(struct fault_list *l, struct fault_list *from);
/* Names no more than the first `most`. */
void fault_list_shorten(struct fault_list *l, size_t most);
/* Without names: so many of a unit. */
void fault_list_count(struct fault_list *l, uint64_t unit, uint64_t skipped, uint64_t refused);
void fault_list_release(struct fault_list *l);

#endif
