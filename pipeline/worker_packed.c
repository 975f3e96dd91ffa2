#include "pipeline/message.h"
#include "pipeline/worker_parts.h"

/* Leaves what to say of it in the result; always 0. */
static int damaged(struct batch_result *result, const struct fault *fault)
{
	result->damage = mem_alloc(sizeof *fault);
	*result->damage = *fault;
	return 0;
}

static int makes_no_sense(struct batch_result *result, const struct batch *batch, const char *what)
{
	struct fault fault;
	uint64_t offset = batch->packed->pack->contents.blocks[batch->block].offset;
	fault_set(&fault, FAULT_CORRUPT, NULL, offset, FAULT_NO_OFFSET, 0, "%s; pack again", what);
	return damaged(result, &fault);
}

/* Whether the words of a packed review are read by anybody. */
static enum pack_part part_wanted(const struct run_options *o, const struct pack *p)
{
	if (!o->lexicon->entry_count && !(o->verify > 0))
		return PACK_ROWS;
	return p->finds && matcher_is_idle(p->finds->rest) && !o->evidence_themes && !(o->verify > 0) ? PACK_FINDS : PACK_TEXTS;
}

/* What scans the texts of a pack; NULL with a message. */
static struct scanner *scanner_for(struct worker *w, const struct pack *p)
{
	if (!p->finds)
		return w->scanner;
	if (w->rest_of != p->finds->rest) {
		scanner_free(w->rest);
		w->rest = scanner_new(p->finds->rest);
		w->rest_of = p->finds->rest;
		w->packed_texts.scanner = NULL; /* a new one may stand where the old one stood */
	}
	if (!w->rest)
		message_error("the matching engine cannot make its working memory");
	return w->rest;
}

static enum scan_status scan_packed(struct worker *w, struct scanner *s, size_t review, struct scan *scan)
{
	const struct pack_finds *finds = w->packed.pack->finds;
	const struct numbered_text *text = pack_scan_text(&w->packed_texts, review);
	if (!finds)
		return scanner_scan_numbered(s, text, scan);
	pack_finds_take(finds, &w->packed.block, review, &w->kept);
	return scanner_scan_kept(s, text, w->kept.items, w->kept.count, scan);
}

/* 0; -1 if the run must stop; result->damage if the block is not what it should be. */
static int do_packed_review(struct worker *w, const char *archive, const struct batch *batch, struct scanner *s, size_t i, struct batch_result *result)
{
	const struct run_options *o = w->options;
	const struct pack_block *block = &w->packed.block;
	const struct packed_review *r = &block->reviews[i];
	struct scan scan;
	const char *row = block->columns[COLUMN_ROWS].data + r->row;
	if (row_decode(&w->packed_row, row, r->row_length) != r->row_length)
		return makes_no_sense(result, batch, "a review of the pack makes no sense");
	w->row = w->packed_row;
	w->row.tally_count = w->row.inconclusive_count = w->row.evidence_count = 0;
	w->row.counted = o->match_kinds >> w->row.kind & 1;
	if (w->row.counted && (o->lexicon->entry_count || o->verify > 0)) {
		struct pack_origins origins;
		if (w->packed.part >= PACK_TEXTS)
			pack_origins_begin(&origins, block, i);
		enum counting counting = worker_scanned(w, archive, scan_packed(w, s, i, &scan));
		if (counting == COUNTED)
			counting = worker_count(w, archive, &(struct source){.scanner = s, .origins = &origins}, &scan, result, batch->unit);
		if (counting == TEXT_DAMAGED)
			return makes_no_sense(result, batch, "a text of the pack makes no sense");
		if (counting == RUN_FAILED)
			return -1;
	}
	row_encode_again(&w->rows, row, &w->row);
	return 0;
}

/* The next fault of this archive that was met before a review; false: no more. */
static bool next_fault(struct byte_reader *faults, struct packed_fault *f, const struct pack_archive *a)
{
	size_t number = (size_t)(a - a->pack->contents.archives);
	while (packed_fault_decode(f, faults))
		if (f->archive == number)
			return true;
	return false;
}

int worker_do_packed(struct worker *w, const char *archive, const struct batch *batch, struct batch_result *result)
{
	const struct pack_archive *a = batch->packed;
	enum pack_part part = part_wanted(w->options, a->pack);
	struct fault unreadable;
	if (!pack_read(&w->packed, a->pack, batch->block, part, &unreadable))
		return damaged(result, &unreadable);
	struct scanner *scanner = scanner_for(w, a->pack);
	if (!scanner)
		return -1;
	if (part > PACK_ROWS)
		pack_scan_begin(&w->packed_texts, &w->packed, scanner);
	const struct pack_block *block = &w->packed.block;
	bool shared = a->block_count == 1;
	size_t from = shared ? a->first_review : 0, count = shared ? a->review_count : block->review_count;
	struct byte_reader faults = buf_reader(&block->columns[COLUMN_FAULTS]);
	struct packed_fault fault;
	if (from > block->review_count || count > block->review_count - from)
		return makes_no_sense(result, batch, "a block of the pack is not the one that it should be");
	bool more = next_fault(&faults, &fault, a);
	for (size_t i = from; i <= from + count; i++) {
		for (; more && (fault.review <= i || i == from + count); more = next_fault(&faults, &fault, a))
			worker_note_fault(result, &fault.fault, batch->unit);
		if (i < from + count && do_packed_review(w, archive, batch, scanner, i, result) != 0)
			return -1;
		if (result->damage)
			return 0;
	}
	worker_bind_sheaf(w, result, batch->unit, (uint32_t)count);
	return 0;
}
