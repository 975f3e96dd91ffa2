#include <string.h>

#include "matchers/reference.h"
#include "pipeline/message.h"
#include "pipeline/worker_parts.h"

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

/* ---- counting ---- */

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
		worker_note_fault(result, &fault, unit);
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

enum counting worker_count(struct worker *w, const char *archive, const struct source *source, const struct scan *scan, struct batch_result *result, uint64_t unit)
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

enum counting worker_scanned(struct worker *w, const char *archive, enum scan_status status)
{
	if (status == SCAN_OK)
		return COUNTED;
	if (status == SCAN_NOT_SPELLED)
		return TEXT_DAMAGED;
	message_error("%s: the matching engine failed on the review at byte %llu", archive, (unsigned long long)w->row.offset);
	return RUN_FAILED;
}
