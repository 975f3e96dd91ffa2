/* What a pack says of itself, read whole when it is opened: what it was made from and how, what each archive gave, and where its blocks lie. */
#ifndef PIPELINE_PACK_CONTENTS_H
#define PIPELINE_PACK_CONTENTS_H

#include "corpora/archive.h"
#include "pipeline/pack_strings.h"
#include "pipeline/run.h"
#include "pipeline/store.h"

/* What the reviews of an archive depend on besides its bytes. A run over a pack must have the same. */
struct pack_setting {
	const char *name;  /* "--sections" */
	const char *value;
};

/* One archive. Strings belong to the contents. */
struct pack_archive {
	const struct pack *pack;        /* the open pack it comes from; NULL while one is made */
	const char *path;
	struct file_identity identity;  /* all zero for standard input */
	bool opened;
	struct archive_account account;
	uint64_t replaced, repaired, conflicts;
	struct unit_run {               /* units with the same verdict, in order; sealed ones first */
		uint64_t sealed, refused;
	} *units;
	size_t unit_run_count;
	struct fault_note *faults;      /* found while reading, and none of documents, which stand in the blocks */
	size_t fault_count;
	size_t first_block, block_count;
	size_t first_review, review_count; /* first_review: in its block, where that is shared with other archives */
};

/* A PATH, or something in a directory, that could not be read or followed. */
struct pack_unlisted {
	const char *path;
	struct fault fault;
};

struct pack_extent {
	uint64_t offset, length;        /* bytes of the file */
	unsigned char hash[16];         /* XXH3-128 of them */
};

struct pack_contents {
	const char *program;
	struct pack_setting *settings;
	size_t setting_count;
	const char **paths;             /* the PATHs as they were given */
	size_t path_count;
	struct pack_unlisted *unlisted;
	size_t unlisted_count;
	struct pack_archive *archives;  /* in byte order of their paths */
	size_t archive_count;
	struct pack_extent *blocks;
	size_t block_count;
	uint32_t word_count, gap_count, pattern_count; /* in the tables */
	const char *finder;             /* matcher_build() of what found; "" if no finds are kept */
	struct pack_extent tables;
	uint64_t review_count;          /* of all archives */
	struct pack_extent duplicates;  /* among them */
};

void pack_contents_encode(const struct pack_contents *c, struct buf *out);
/* False if the bytes are no contents of a file of which blocks, tables and duplicates take [first, end). Strings point into the bytes. */
bool pack_contents_decode(struct pack_contents *c, const char *bytes, size_t length, uint64_t first, uint64_t end);
void pack_contents_release(struct pack_contents *c); /* what decode allocated */

/* A document that could not be read, among the rows of a block. */
struct packed_fault {
	uint64_t archive;  /* number in the contents */
	uint64_t review;   /* of the block, before which it was met */
	struct fault fault;
};
void packed_fault_encode(const struct packed_fault *f, struct buf *out);
bool packed_fault_decode(struct packed_fault *f, struct byte_reader *r);

#endif
