#include "pipeline/worker.h"

#include <stdlib.h>
#include <string.h>

#include "matchers/reference.h"
#include "pipeline/dedupe.h"
#include "pipeline/message.h"
#include "pipeline/pack_finds.h"
#include "pipeline/pack_scan.h"
#include "pipeline/pack_write.h"

enum {
	BATCH_KEEP_BYTES = 8 << 20, /* larger batch buffers (one large member) are given back */
	SLICE_BYTES = 256 << 10,    /* text of a slice: under a millisecond of matching */
	SPREAD_BYTES = 2 << 20      /* a document longer than this is not one thread's alone */
};

/* ---- batches ---- */

static size_t copy_string(struct buf *bytes, const char *s)
{
	size_t at = bytes->length;
	buf_append(bytes, s, strlen(s) + 1);
	return at;
}

void batch_add(struct batch *b, const struct member *m, uint64_t unit)
{
	MEM_GROW(b->members, b->member_count, b->member_capacity);
	struct batch_member *copy = &b->members[b->member_count++];
	*copy = (struct batch_member){.format = m->format, .record = m->record, .first_line = m->first_line,
	                              .offset = m->offset, .unit = unit, .length = m->length, .header_length = m->header_length, .delimiter = m->delimiter};
	const struct batch_member *before = b->member_count > 1 ? copy - 1 : NULL;
	/* records of one file share their names and header */
	bool same = before && before->unit == unit && m->record && strcmp(b->bytes.data + before->name, m->name) == 0;
	copy->name = same ? before->name : copy_string(&b->bytes, m->name);
	copy->file_name = same ? before->file_name : copy_string(&b->bytes, m->file_name);
	if (same && before->header_length == m->header_length) {
		copy->header = before->header;
	} else {
		copy->header = b->bytes.length;
		buf_append(&b->bytes, m->header, m->header_length);
	}
	copy->bytes = b->bytes.length;
	buf_append(&b->bytes, m->bytes, m->length);
}

void batch_clear(struct batch *b)
{
	if (b->bytes.capacity > BATCH_KEEP_BYTES)
		buf_release(&b->bytes);
	buf_clear(&b->bytes);
	b->member_count = 0;
	b->packed = NULL;
}

void batch_release(struct batch *b)
{
	buf_release(&b->bytes);
	free(b->members);
	*b = (struct batch){0};
}

void batch_result_release(struct batch_result *r)
{
	free(r->sheaves);
	free(r->damage);
	fault_list_release(&r->faults);
	*r = (struct batch_result){0};
}

/* ---- workers ---- */

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

struct worker *worker_new(const struct run_options *options, struct spill *spill, const struct spreader *spreader)
{
	struct scanner *scanner = scanner_new(options->matcher);
	if (!scanner) {
		message_error("the matching engine cannot make its working memory");
		return NULL;
	}
	struct worker *w = mem_calloc(1, sizeof *w);
	w->options = options;
	w->spill = spill;
	w->spreader = spreader;
	w->scanner = scanner;
	w->reader = document_reader_new(&options->documents);
	w->cutter = cutter_new(options->segmenter);
	w->resolver = resolver_new(options->lexicon, options->nested);
	w->gatherer = options->pack ? pack_writer_gatherer(options->pack) : NULL;
	return w;
}

void worker_free(struct worker *w)
{
	if (!w)
		return;
	document_reader_free(w->reader);
	cutter_free(w->cutter);
	scanner_free(w->scanner);
	resolver_free(w->resolver);
	buf_release(&w->joined);
	buf_release(&w->rows);
	buf_release(&w->context);
	pack_reader_release(&w->packed);
	pack_scan_release(&w->packed_texts);
	scanner_free(w->rest);
	free(w->kept.items);
	row_release(&w->packed_row);
	free(w->evidence);
	free(w->inconclusive);
	free(w);
}

const struct worker_sums *worker_sums(const struct worker *w)
{
	return &w->sums;
}

static void note_fault(struct batch_result *result, const struct fault *fault, uint64_t unit)
{
	fault_list_add(&result->faults, fault, true, unit);
}

/* ---- evidence ---- */

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v' || c == 0x1D;
}

/* Appends text[from, to) on one line, and a NUL; returns where it begins in out. */
static size_t append_line(struct buf *out, const char *text, size_t from, size_t to)
{
	size_t begin = out->length;
	for (size_t i = from; i < to; i++) {
		if (!is_space(text[i]))
			buf_append_char(out, text[i]);
		else if (out->length == begin || out->data[out->length - 1] != ' ')
			buf_append_char(out, ' ');
	}
	buf_append_char(out, '\0');
	return begin;
}

static size_t characters_back(const char *text, size_t from, unsigned count)
{
	while (from > 0 && count) {
		from--;
		if ((text[from] & 0xC0) != 0x80)
			count--;
	}
	return from;
}

static size_t characters_on(const char *text, size_t length, size_t from, unsigned count)
{
	while (from < length && count) {
		from++;
		if (from == length || (text[from] & 0xC0) != 0x80)
			count--;
	}
	return from;
}

/* What a review was cut from, for positions in the member: a document or the block of a pack; and what scanned it. */
struct source {
	struct scanner *scanner;
	const struct review *review;
	const struct document *document;
	struct pack_origins *origins; /* NULL: of a document */
};

/* False if the text cannot be had, which only that of a pack can be. */
static bool collect_evidence(struct worker *w, const struct source *source, const struct scan *scan, const struct resolution *resolution)
{
	const struct run_options *o = w->options;
	const char *text = NULL;
	size_t length = 0;
	buf_clear(&w->context);
	size_t count = 0;
	for (size_t i = 0; i < resolution->mention_count; i++) {
		const struct mention *m = &resolution->mentions[i];
		if (!o->evidence_themes[m->theme])
			continue;
		if (!text && !(text = scan_text(source->scanner, &length)))
			return false;
		MEM_GROW(w->evidence, count, w->evidence_capacity);
		size_t start = scan_token_start(source->scanner, m->first), end = scan_token_end(source->scanner, m->last);
		struct evidence *e = &w->evidence[count++];
		e->theme = m->theme;
		e->entry = m->entry;
		e->cue = m->cue == NO_CUE ? NO_CUE : scan->candidates[m->cue].entry;
		e->sentence = scan_sentence(source->scanner, m->first);
		e->offset = source->origins ? pack_origins_find(source->origins, m->first, start)
		                            : document_origin(source->document, review_position(source->review, start));
		/* offsets into context until it stops growing */
		e->left = (const char *)append_line(&w->context, text, characters_back(text, start, o->evidence_context), start);
		e->match = (const char *)append_line(&w->context, text, start, end);
		e->right = (const char *)append_line(&w->context, text, end, characters_on(text, length, end, o->evidence_context));
	}
	for (size_t i = 0; i < count; i++) {
		struct evidence *e = &w->evidence[i];
		e->left = w->context.data + (size_t)e->left;
		e->match = w->context.data + (size_t)e->match;
		e->right = w->context.data + (size_t)e->right;
	}
	w->row.evidence = w->evidence;
	w->row.evidence_count = count;
	return true;
}

/* ---- verification ---- */

static unsigned resolution_wanted(const struct run_options *o)
{
	return o->evidence_themes ? RESOLVE_MENTIONS : 0;
}

static bool chosen_for_verify(const struct worker *w)
{
	uint64_t draw;
	memcpy(&draw, w->row.fingerprint, sizeof draw);
	return w->options->verify > 0 && (double)(draw >> 11) < w->options->verify * 9007199254740992.0;
}

/* The engine on another text, for finding the smallest that shows a difference. */
static bool rerun(void *context, const char *text, size_t length, struct engine_result *out)
{
	struct worker *w = context;
	*out = (struct engine_result){.scanner = w->scanner, .wanted = resolution_wanted(w->options)};
	if (scanner_scan(w->scanner, text, length, &out->scan) != SCAN_OK)
		return false;
	resolver_run(w->resolver, w->scanner, &out->scan, out->wanted, &out->resolution);
	return true;
}

enum counting { COUNTED, RUN_FAILED /* a message was printed */, TEXT_DAMAGED /* of a pack, which does not spell it */ };

/* scan is overwritten if there is a difference: the run ends then. */
static enum counting verify(struct worker *w, const char *archive, struct scanner *scanner, const struct scan *scan, const struct resolution *resolution)
{
	const struct run_options *o = w->options;
	struct engine_result result = {.scanner = scanner, .scan = *scan, .resolution = *resolution, .wanted = resolution_wanted(o)};
	struct buf report = BUF_INIT;
	size_t length;
	const char *text = scan_text(scanner, &length);
	if (!text)
		return TEXT_DAMAGED;
	w->sums.verified++;
	if (reference_check(o->lexicon, o->nested, text, length, &result, rerun, w, &report) == 0)
		return COUNTED;
	struct buf id = BUF_INIT;
	row_append_id(&id, archive, &w->row);
	message_error("%s: the engine and the reference counter disagree; please report this: %s", id.data, report.data);
	buf_release(&id);
	buf_release(&report);
	return RUN_FAILED;
}

/* ---- one review ---- */

static void describe(struct worker *w, const struct review *r, const struct document *d, const char *name)
{
	struct review_row *row = &w->row;
	size_t start = document_origin(d, r->offset), end = document_origin(d, r->offset + r->length);
	uint64_t lines = d->first_line - 1;
	*row = (struct review_row){
		.member = name, .record = d->record, .ordinal = r->ordinal, .offset = start, .length = end - start,
		.first_line = lines + r->first_line, .last_line = lines + r->last_line, .kind = r->kind,
		.title = *r->title || !d->id ? r->title : d->id, .section = r->section, .board = r->board, .child = r->child,
		.method = r->method, .layout = r->layout, .published = r->published, .incident = r->incident, .outcome = r->outcome,
		.age_months = r->age_months, .age_band = r->age_band, .gender = r->gender, .recommendations = r->recommendations};
}

/* Reports the entries and leaves their themes in the row. */
static void note_inconclusive(struct worker *w, const struct scan *scan, struct batch_result *result, uint64_t unit)
{
	const struct lexicon *lexicon = w->options->lexicon;
	size_t count = 0;
	for (size_t i = 0; i < scan->inconclusive_count; i++) {
		const struct entry *e = &lexicon->entries[scan->inconclusive[i]];
		struct fault fault;
		fault_set(&fault, FAULT_ENGINE, w->row.member, FAULT_NO_OFFSET, w->row.offset, w->row.first_line,
		          "the pattern of %s line %u hit its match limit in this review; its theme is inconclusive there", e->file, e->line);
		note_fault(result, &fault, unit);
		MEM_GROW(w->inconclusive, count, w->inconclusive_capacity);
		w->inconclusive[count] = e->theme;
		size_t first = 0;
		while (w->inconclusive[first] != e->theme)
			first++;
		count += first == count; /* several entries of one theme are one inconclusive theme */
	}
	w->row.inconclusive = w->inconclusive;
	w->row.inconclusive_count = count;
	w->sums.inconclusive += scan->inconclusive_count;
}

/* Themes, evidence and verification of a review whose row stands in w->row. */
static enum counting count_review(struct worker *w, const char *archive, const struct source *source, const struct scan *scan, struct batch_result *result,
                                  uint64_t unit)
{
	const struct run_options *o = w->options;
	struct resolution resolution;
	resolver_run(w->resolver, source->scanner, scan, resolution_wanted(o), &resolution);
	w->row.tallies = (struct theme_tally *)resolution.tallies;
	w->row.tally_count = resolution.tally_count;
	if (scan->inconclusive_count)
		note_inconclusive(w, scan, result, unit);
	if (o->evidence_themes && !collect_evidence(w, source, scan, &resolution))
		return TEXT_DAMAGED;
	return chosen_for_verify(w) ? verify(w, archive, source->scanner, scan, &resolution) : COUNTED;
}

static enum counting scanned(struct worker *w, const char *archive, enum scan_status status)
{
	if (status == SCAN_OK)
		return COUNTED;
	if (status == SCAN_NOT_SPELLED)
		return TEXT_DAMAGED;
	message_error("%s: the matching engine failed on the review at byte %llu", archive, (unsigned long long)w->row.offset);
	return RUN_FAILED;
}

/* Where review_position() is to be asked for growing positions. */
struct rising {
	const struct review *review;
	const struct document *document;
	size_t span, joined; /* the span in hand, and where it begins in the joined text */
};

static uint64_t rising_origin(void *context, size_t at)
{
	struct rising *r = context;
	const struct span *s = r->review->spans;
	while (r->span + 1 < r->review->span_count && at > r->joined + s[r->span].length)
		r->joined += s[r->span++].length + 1;
	return document_origin(r->document, s[r->span].start + (at - r->joined));
}

static void note_skipped(struct worker *w, struct batch_result *result, const struct fault *fault, uint64_t unit)
{
	note_fault(result, fault, unit);
	if (w->gatherer)
		pack_gather_fault(&w->rows, fault);
}

/* Text that is no review, or many that nothing could tell apart: what matching it needs, some twenty bytes for each of its own, has a bound. */
static bool too_long(struct worker *w, const struct review *review, const struct document *document, const struct batch *batch,
                     const struct batch_member *m, struct batch_result *result)
{
	uint64_t limit = w->options->documents.review_bytes;
	struct fault fault;
	if (review->length <= limit)
		return false;
	fault_set(&fault, FAULT_LIMIT, batch->bytes.data + m->name, FAULT_NO_OFFSET, document_origin(document, review->offset),
	          document->first_line - 1 + review->first_line, "a review of more than %llu bytes (limit review)", (unsigned long long)limit);
	note_skipped(w, result, &fault, m->unit);
	return true;
}

/* Adds to *rows. */
static int do_review(struct worker *w, const char *archive, const struct review *review, const struct document *document,
                     const struct batch *batch, const struct batch_member *m, struct batch_result *result, uint32_t *rows)
{
	struct scan scan;
	if (too_long(w, review, document, batch, m, result))
		return 0;
	struct joined_text text = review_join(review, document, &w->joined);
	describe(w, review, document, batch->bytes.data + m->name);
	if (scanned(w, archive, scanner_scan(w->scanner, text.text, text.length, &scan)) != COUNTED)
		return -1;
	w->row.words = scan.words;
	fingerprint_compute(scan.word_hash, scan.words, w->row.fingerprint);
	w->row.has_sketch = review->kind != KIND_OTHER && scan.words > 0;
	if (w->row.has_sketch)
		sketch_compute(scan.word_hash, scan.words, w->row.sketch);
	w->row.counted = w->options->match_kinds >> review->kind & 1;
	if (w->row.counted && !w->gatherer && count_review(w, archive, &(struct source){w->scanner, review, document, NULL}, &scan, result, m->unit) != COUNTED)
		return -1;
	if (*review->published.conflict || *review->incident.conflict)
		result->conflicts++;
	if (w->gatherer)
		pack_gather(w->gatherer, &w->rows, &w->row, text.text, text.length, rising_origin, &(struct rising){review, document, 0, 0}, &scan);
	else
		row_encode(&w->rows, &w->row);
	++*rows;
	return 0;
}

/* Results are kept until their archive is done: no more room than is needed. */
static void add_sheaf(struct batch_result *result, struct sheaf sheaf)
{
	if (result->sheaf_count == result->sheaf_capacity) {
		result->sheaf_capacity = result->sheaf_capacity ? 2 * result->sheaf_capacity : 1;
		result->sheaves = mem_realloc(result->sheaves, result->sheaf_capacity, sizeof *result->sheaves);
	}
	result->sheaves[result->sheaf_count++] = sheaf;
}

/* Closes the rows gathered for one unit. */
static void bind_sheaf(struct worker *w, struct batch_result *result, uint64_t unit, uint32_t rows)
{
	if (w->rows.length)
		add_sheaf(result, (struct sheaf){spill_append(w->spill, w->rows.data, w->rows.length), w->rows.length, unit, rows});
	buf_clear(&w->rows);
}

/* ---- the reviews of one document ---- */

struct slices {
	const char *archive;
	const struct batch *batch;
	const struct batch_member *member;
	const struct document *document;
	const struct review *reviews;
	size_t count;
	struct slice {
		size_t first, end;           /* reviews */
		bool failed;
		struct batch_result result;
	} *slices;
};

size_t slices_count(const struct slices *s)
{
	return s->count;
}

void worker_do_slice(struct worker *w, struct slices *s, size_t i)
{
	struct slice *slice = &s->slices[i];
	uint32_t rows = 0;
	buf_clear(&w->rows);
	for (size_t k = slice->first; k < slice->end && !slice->failed; k++)
		slice->failed = do_review(w, s->archive, &s->reviews[k], s->document, s->batch, s->member, &slice->result, &rows) != 0;
	if (!slice->failed)
		bind_sheaf(w, &slice->result, s->member->unit, rows);
}

static void append_result(struct batch_result *to, struct batch_result *from)
{
	for (size_t i = 0; i < from->sheaf_count; i++)
		add_sheaf(to, from->sheaves[i]);
	fault_list_append(&to->faults, &from->faults);
	to->conflicts += from->conflicts;
	batch_result_release(from);
}

/* Has the reviews done by all threads that have time. */
static int spread_reviews(struct worker *w, struct slices *s, size_t review_count, struct batch_result *result)
{
	size_t capacity = 0;
	for (size_t i = 0, bytes = 0; i < review_count; i++) {
		if (i == 0 || bytes >= SLICE_BYTES) {
			MEM_GROW(s->slices, s->count, capacity);
			s->slices[s->count++] = (struct slice){.first = i};
			bytes = 0;
		}
		s->slices[s->count - 1].end = i + 1;
		bytes += s->reviews[i].length;
	}
	w->spreader->spread(w->spreader->context, w, s);
	bool failed = false;
	for (size_t i = 0; i < s->count; i++) {
		failed = failed || s->slices[i].failed;
		append_result(result, &s->slices[i].result);
	}
	free(s->slices);
	return failed ? -1 : 0;
}

/* *rows: of the member's unit in w->rows. */
static int do_document(struct worker *w, const char *archive, const struct document *document, const struct batch *batch,
                       const struct batch_member *m, struct batch_result *result, uint32_t *rows)
{
	const struct review *reviews;
	size_t count = cutter_cut(w->cutter, document, archive, batch->bytes.data + m->file_name, &reviews);
	if (w->spreader && document->length > SPREAD_BYTES && count > 1) {
		struct slices s = {.archive = archive, .batch = batch, .member = m, .document = document, .reviews = reviews};
		bind_sheaf(w, result, m->unit, *rows);
		*rows = 0;
		return spread_reviews(w, &s, count, result);
	}
	for (size_t k = 0; k < count; k++)
		if (do_review(w, archive, &reviews[k], document, batch, m, result, rows) != 0)
			return -1;
	return 0;
}

/* ---- packs ---- */

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
	return p->finds && p->finds->idle && !o->evidence_themes && !(o->verify > 0) ? PACK_FINDS : PACK_TEXTS;
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
		enum counting counting = scanned(w, archive, scan_packed(w, s, i, &scan));
		if (counting == COUNTED)
			counting = count_review(w, archive, &(struct source){.scanner = s, .origins = &origins}, &scan, result, batch->unit);
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

static int do_packed(struct worker *w, const char *archive, const struct batch *batch, struct batch_result *result)
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
			note_fault(result, &fault.fault, batch->unit);
		if (i < from + count && do_packed_review(w, archive, batch, scanner, i, result) != 0)
			return -1;
		if (result->damage)
			return 0;
	}
	bind_sheaf(w, result, batch->unit, (uint32_t)count);
	return 0;
}

int worker_do(struct worker *w, const char *archive, const struct batch *batch, struct batch_result *result)
{
	uint32_t rows = 0;
	buf_clear(&w->rows);
	*result = (struct batch_result){.sequence = batch->sequence};
	if (batch->packed)
		return do_packed(w, archive, batch, result);
	for (size_t i = 0; i < batch->member_count; i++) {
		const struct batch_member *m = &batch->members[i];
		const char *bytes = batch->bytes.data;
		if (i > 0 && m->unit != m[-1].unit) {
			bind_sheaf(w, result, m[-1].unit, rows);
			rows = 0;
		}
		struct member member = {
			.name = bytes + m->name, .file_name = bytes + m->file_name, .bytes = (const unsigned char *)bytes + m->bytes,
			.length = m->length, .format = m->format, .record = m->record, .first_line = m->first_line, .offset = m->offset,
			.header = m->header_length ? (const unsigned char *)bytes + m->header : NULL, .header_length = m->header_length, .delimiter = m->delimiter};
		struct document document;
		struct fault fault;
		enum document_status status;
		document_begin(w->reader, &member);
		while ((status = document_next(w->reader, &document, &fault)) != DOCUMENT_END) {
			if (status == DOCUMENT_SKIPPED) {
				note_skipped(w, result, &fault, m->unit);
				continue;
			}
			if (do_document(w, archive, &document, batch, m, result, &rows) != 0)
				return -1;
			result->replaced += document.replaced;
			result->repaired += document.repaired;
		}
	}
	if (batch->member_count)
		bind_sheaf(w, result, batch->members[batch->member_count - 1].unit, rows);
	return 0;
}
