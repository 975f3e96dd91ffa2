/* Private to the worker: its state, shared by worker.c (documents and reviews), worker_count.c (what is counted of a review, its evidence and
 * verification) and worker_packed.c (the blocks of packs). */
#ifndef PIPELINE_WORKER_PARTS_H
#define PIPELINE_WORKER_PARTS_H

#include "matchers/mention.h"
#include "pipeline/pack_finds.h"
#include "pipeline/pack_scan.h"
#include "pipeline/worker.h"

struct worker {
	const struct run_options *options;
	struct spill *spill;
	const struct spreader *spreader;
	struct document_reader *reader;
	struct cutter *cutter;
	struct scanner *scanner;
	struct resolver *resolver;
	struct buf joined, rows, context;
	struct review_row row;       /* its arrays are borrowed, never released here */
	struct evidence *evidence;
	size_t evidence_capacity;
	uint32_t *inconclusive;
	size_t inconclusive_capacity;
	struct pack_gatherer *gatherer; /* the pack writer's; NULL if no pack is made */
	struct pack_reader packed;
	struct pack_scan packed_texts;
	const struct matcher *rest_of;  /* of a pack's finds; NULL: none was met */
	struct scanner *rest;           /* its scanner */
	struct candidate_list kept;
	struct review_row packed_row;
	struct worker_sums sums;
};

/* ---- worker.c ---- */

void worker_note_fault(struct batch_result *result, const struct fault *fault, uint64_t unit);
/* Closes the rows gathered for one unit. */
void worker_bind_sheaf(struct worker *w, struct batch_result *result, uint64_t unit, uint32_t rows);

/* ---- worker_count.c ---- */

/* What a review was cut from, for positions in the member: a document or the block of a pack; and what scanned it. */
struct source {
	struct scanner *scanner;
	const struct review *review;
	const struct document *document;
	struct pack_origins *origins; /* NULL: of a document */
};

enum counting { COUNTED, RUN_FAILED /* a message was printed */, TEXT_DAMAGED /* of a pack, which does not spell it */ };

/* Themes, evidence and verification of a review whose row stands in w->row. */
enum counting worker_count(struct worker *w, const char *archive, const struct source *source, const struct scan *scan, struct batch_result *result, uint64_t unit);
/* What a scan came to, with a message if the run must end. */
enum counting worker_scanned(struct worker *w, const char *archive, enum scan_status status);

/* ---- worker_packed.c ---- */

/* A batch that is the block of a pack. 0, or -1 if the run must stop. */
int worker_do_packed(struct worker *w, const char *archive, const struct batch *batch, struct batch_result *result);

#endif
