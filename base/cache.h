/* What is costly to make, kept on disk from run to run: compiled automata, laid out lexicons, what is known of the rules of the cutter.
 *
 * A file is named by the SHA-256 of everything it was made from; it begins with a checksum (XXH3, 128 bits) of what it holds. It is written under another name and then renamed, with
 * mode 0600, so that two processes may use one directory. A file that is not a regular one of our own, that others may write, or whose sum is wrong is passed over:
 * the caller then compiles. Nothing here reports an error; a cache that cannot be used costs time only. What was not read for 60 days goes when something is written. Any thread. */
#ifndef BASE_CACHE_H
#define BASE_CACHE_H

#include <stdbool.h>

#include "base/sha256.h"

struct buf;

/* Begins a key. Add to it all that the thing is made of, and sha256_final(). */
void cache_key_begin(struct sha256 *key, const char *kind);
/* The same for what this build alone makes, or can read: its sources are part of the key. */
void cache_key_begin_for_build(struct sha256 *key, const char *kind);
/* Appends what is kept under a key; false if there is nothing, or nothing to be trusted. directory may be NULL. */
bool cache_read(const char *directory, const unsigned char key[SHA256_BYTES], struct buf *out);
void cache_write(const char *directory, const unsigned char key[SHA256_BYTES], const char *bytes, size_t length);

#endif
