/* What an archive says, as text that a test can state in full: one line for each status of archive_next().
 *
 *     member name=a.txt file=a.txt format=0 [the bytes]
 *     member name= file=a.csv format=2 record=1 line=2 offset=9 header=id,text [1,"a"]
 *     skipped NAME CODE     refused CODE     sealed */
#ifndef TESTS_TRANSCRIPT_H
#define TESTS_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "corpora/archive.h"

/* Reads the archive to its end; what it says is appended to out, which then is not NULL. */
void transcribe(struct archive *a, struct buf *out);

/* The same for bytes in memory. */
void transcribe_bytes(const char *name, const void *bytes, size_t length, bool piped, const struct archive_limits *limits,
                      struct buf *out);

/* Fails the test unless the file says what is expected: for reads of 1, 7, 4096 bytes and 1 MiB, from a file and from a
 * pipe, inflated by ISA-L and by zlib. */
void expect_transcript(const char *name, const struct buf *file, const char *expected);

#endif
