/* The texts of a block as the engine takes them: as numbers (matchers/numbered.h). Belongs to one thread. */
#ifndef PIPELINE_PACK_SCAN_H
#define PIPELINE_PACK_SCAN_H

#include "matchers/numbered.h"
#include "matchers/token.h"
#include "pipeline/pack.h"

struct pack_scan {
	const struct pack_reader *reader;
	const struct pack *pack; /* of the block whose words the scanner knows */
	size_t block;
	const struct scanner *scanner;
	size_t review;
	struct numbered_text numbered;
	uint32_t *words;
	uint8_t *gaps;
	size_t capacity; /* words */
	struct buf text;
	struct tokens tokens; /* of pack_scan_is_true() */
	uint32_t *edges;
	size_t edge_capacity;
};
/* A zeroed struct is ready for use. */
void pack_scan_release(struct pack_scan *p);

/* To be called when the reader may have another block in hand, or the scanner is another. It must have PACK_TEXTS, but PACK_FINDS will do where words are not looked at:
 * see scanner_scan_kept(). */
void pack_scan_begin(struct pack_scan *p, const struct pack_reader *r, struct scanner *s);

/* A review of that block; good until the next call. */
const struct numbered_text *pack_scan_text(struct pack_scan *p, size_t review);

/* Whether a review of the reader's block holds the words and gaps that its text is cut into. */
bool pack_scan_is_true(struct pack_scan *p, const struct pack_reader *r, size_t review);

#endif
