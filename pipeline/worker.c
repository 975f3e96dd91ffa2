#include "pipeline/worker_parts.h"

#include <stdlib.h>
#include <string.h>

#include "pipeline/dedupe.h"
#include "pipeline/message.h"
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

void worker_note_fault(struct batch_result *result, const struct fault *fault, uint64_t unit)
{
	fault_list_add(&result->faults, fault, true, unit);
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
	worker_note_fault(result, fault, unit);
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
	if (worker_scanned(w, archive, scanner_scan(w->scanner, text.text, text.length, &scan)) != COUNTED)
		return -1;
	w->row.words = scan.words;
	fingerprint_compute(scan.word_hash, scan.words, w->row.fingerprint);
	w->row.has_sketch = review->kind != KIND_OTHER && scan.words > 0;
	if (w->row.has_sketch)
		sketch_compute(scan.word_hash, scan.words, w->row.sketch);
	w->row.counted = w->options->match_kinds >> review->kind & 1;
	if (w->row.counted && !w->gatherer && worker_count(w, archive, &(struct source){w->scanner, review, document, NULL}, &scan, result, m->unit) != COUNTED)
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

void worker_bind_sheaf(struct worker *w, struct batch_result *result, uint64_t unit, uint32_t rows)
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
		worker_bind_sheaf(w, &slice->result, s->member->unit, rows);
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
		worker_bind_sheaf(w, result, m->unit, *rows);
		*rows = 0;
		return spread_reviews(w, &s, count, result);
	}
	for (size_t k = 0; k < count; k++)
		if (do_review(w, archive, &reviews[k], document, batch, m, result, rows) != 0)
			return -1;
	return 0;
}
int worker_do(struct worker *w, const char *archive, const struct batch *batch, struct batch_result *result)
{
	uint32_t rows = 0;
	buf_clear(&w->rows);
	*result = (struct batch_result){.sequence = batch->sequence};
	if (batch->packed)
		return worker_do_packed(w, archive, batch, result);
	for (size_t i = 0; i < batch->member_count; i++) {
		const struct batch_member *m = &batch->members[i];
		const char *bytes = batch->bytes.data;
		if (i > 0 && m->unit != m[-1].unit) {
			worker_bind_sheaf(w, result, m[-1].unit, rows);
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
		worker_bind_sheaf(w, result, batch->members[batch->member_count - 1].unit, rows);
	return 0;
}
