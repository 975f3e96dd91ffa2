/* A place for byte strings that may not fit in memory: kept there up to a budget, then in an unnamed temporary file.
 * Appending may be done by any thread; reading too, of what has been appended. */
#ifndef PIPELINE_SPILL_H
#define PIPELINE_SPILL_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct spill;

/* directory: of the temporary file (NULL: TMPDIR, else /tmp). budget: bytes kept in memory. */
struct spill *spill_new(const char *directory, size_t budget);
void spill_free(struct spill *s);

/* Returns the offset to read the bytes back from. Ends the program with status 3 if the disk is full. */
uint64_t spill_append(struct spill *s, const void *bytes, size_t length);

/* Puts bytes at an offset of one's own choosing. Only for a spill with a budget of 0 that is never appended to; any thread. */
void spill_write(struct spill *s, uint64_t offset, const void *bytes, size_t length);

/* The bytes: within memory where they are still there, else read into *store. Valid until the next append or store's change. */
const char *spill_read(struct spill *s, uint64_t offset, size_t length, struct buf *store);
void spill_copy(struct spill *s, uint64_t offset, size_t length, void *to);

#endif
