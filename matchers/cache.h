/* Compiled automata and laid out lexicons kept on disk from run to run.
 *
 * A file is named by the SHA-256 of everything it was made from; it begins with a checksum (XXH3, 128 bits) of what it holds. It is written under another name and then renamed, with
 * mode 0600, so that two processes may use one directory. A file that is not a regular one of our own, that others may write, or whose sum is wrong is passed over:
 * the caller then compiles. Nothing here reports an error; a cache that cannot be used costs time only. What was not read for 60 days goes when something is written. Any thread. */
#ifndef MATCHERS_CACHE_H
#define MATCHERS_CACHE_H

#include <stdbool.h>

#include "base/sha256.h"

struct buf;

/* Begins a key: the library, its version and the processor's instructions are part of it. Add to it and sha256_final(). */
void cache_key_begin(struct sha256 *key, const char *kind);
/* The key of what is made of a lexicon (by its SHA-256) by this build's sources and of nothing else. */
void cache_key_of_lexicon(const unsigned char lexicon[SHA256_BYTES], const char *kind, unsigned char key[SHA256_BYTES]);
/* Appends what is kept under a key; false if there is nothing, or nothing to be trusted. directory may be NULL. */
bool cache_read(const char *directory, const unsigned char key[SHA256_BYTES], struct buf *out);
void cache_write(const char *directory, const unsigned char key[SHA256_BYTES], const char *bytes, size_t length);

#endif
