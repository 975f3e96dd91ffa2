/* Making a pack: a run gathers what its archives give (pack_gather.h), then the frequent words and gaps are chosen and the blocks written, archives in the order
 * of their paths.
 *
 * Memory is bounded: the gatherers' tables, one block, what the search for duplicates takes, and some 200 bytes for each archive; what is gathered lies in the run's spill. */
#ifndef PIPELINE_PACK_WRITE_H
#define PIPELINE_PACK_WRITE_H

#include <stdio.h>

#include "pipeline/pack.h"
#include "pipeline/pack_finds.h"
#include "pipeline/pack_gather.h"

struct pack_writer;

/* archives in byte order of their paths; they, the spill and finds must outlive the writer. identities: of each, taken before it is read. finds: what is searched for, to
 * be kept; NULL: nothing. */
struct pack_writer *pack_writer_new(const struct archive_path *archives, const struct file_identity *identities, size_t count, struct spill *spill,
                                    const struct finds_wanted *finds);
void pack_writer_free(struct pack_writer *w);

/* For one thread; it lives as long as the writer. Any thread. */
struct pack_gatherer *pack_writer_gatherer(struct pack_writer *w);
struct run_sink pack_writer_sink(struct pack_writer *w);

struct pack_written {
	uint64_t reviews, words, finds, blocks, bytes;
};
/* Writes the pack after the run. *made says what it was made from (archives, blocks, tables and duplicates are filled in here). Errors are left in the stream. */
void pack_writer_write(struct pack_writer *w, const struct pack_contents *made, unsigned threads, FILE *file, struct pack_written *sums);

#endif
