/* Private to the search for duplicates: the rows as they are kept, and the search that brings like ones together. */
#ifndef PIPELINE_DEDUPE_SEARCH_H
#define PIPELINE_DEDUPE_SEARCH_H

#include "base/mem.h"
#include "pipeline/dedupe.h"
#include "pipeline/dedupe_sets.h"
#include "pipeline/spill.h"

enum {
	BANDS = SKETCH_BINS / 2,
	BUCKET_FULL = 64,            /* rows of one key that are all compared with one another */
	NEIGHBOURS = 4,              /* with so many of the next is each compared where there are more */
	BLOCK_ROWS = 4096,           /* rows whose keys are laid out together, kind by kind */
	PART_ROWS = 1 << 17          /* rows that a thread sorts at a time (24 bytes each) */
};

/* The keys by which rows are brought together: fingerprint, case, and one per band. */
enum { KEY_FINGERPRINT, KEY_CASE, KEY_BAND, KEY_KINDS = KEY_BAND + BANDS };

/* What is kept of a row, in the spill. */
struct record {
	unsigned char fingerprint[16];
	uint64_t case_key;    /* 0: board or child unknown */
	uint32_t archive;     /* number of its name in order of arrival */
	uint32_t words;
	int16_t published_year, incident_year;
	uint8_t published_month, kind, has_sketch;
	uint16_t sketch[SKETCH_BINS];
};

/* The keys of BLOCK_ROWS rows; a row without a key has 0 there. */
struct block {
	uint32_t keys[KEY_KINDS][BLOCK_ROWS];
};

struct deduper {
	struct spill *records, *blocks;
	struct block *filling;
	size_t count;
	size_t part_rows;     /* for tests: rows that are sorted at a time; 0: PART_ROWS */
	char **archives;
	size_t archive_count, archive_capacity;
	struct buf name;      /* of the case whose key is being made */
	struct sets *sets;
};

/* Good until the next call with this store. */
static inline const struct record *dedupe_record(struct deduper *d, uint32_t number, struct buf *store)
{
	return (const void *)spill_read(d->records, (uint64_t)number * sizeof(struct record), sizeof(struct record), store);
}

/* Unites what is related in d->sets. The same sets and reasons for any number of threads and any part_rows: those of the rows compared one pair after
 * another, kind of key by kind, key by key, row by row, leaving out pairs that are in one set already. */
void dedupe_search(struct deduper *d, unsigned threads);

#endif
