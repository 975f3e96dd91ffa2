#include "corpora/segment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An entry is confirmed by what stands no further below it. */
#define CONFIRM_BYTES 6000
/* A digest has an entry for so many bytes at least, or it is a report that lists some. */
#define ENTRY_BYTES 12000
#define USER_SCORE (1 << 24) /* a layout of the analyst's goes before all others */
#define DENSE_BYTES 4000     /* with so many bytes for an entry a document is a digest, whatever its first lines say */
#define CONFIRM_LINES 3
#define NEAR_BYTES 400 /* a narrative right below a heading and its bylines */
#define LEAST 2
/* The narrative of an entry has begun when this much text stands between its heading and an opening. */
#define NARRATIVE_BYTES 300
#define TITLE_BYTES 120

struct segmenter *segmenter_new(const struct segmenter_options *options, char *message, size_t message_size)
{
	struct rules *rules = rules_new(options->layout_files, options->layout_file_count, options->cache_directory, message, message_size);
	if (!rules)
		return NULL;
	const struct layout *only = NULL;
	if (options->only_layout && !(only = rules_layout(rules, options->only_layout))) {
		snprintf(message, message_size, "there is no layout named '%s'", options->only_layout);
		rules_free(rules);
		return NULL;
	}
	struct segmenter *s = mem_calloc(1, sizeof *s);
	*s = (struct segmenter){.rules = rules, .only = only, .all_sections = options->all_sections,
	                        .letter = regex_new("\\p{L}", 5, 0, message, message_size)};
	return s;
}

void segmenter_free(struct segmenter *s)
{
	if (!s)
		return;
	rules_free(s->rules);
	regex_free(s->letter);
	free(s);
}

struct cutter *cutter_new(const struct segmenter *s)
{
	struct cutter *c = mem_calloc(1, sizeof *c);
	c->s = s;
	c->memory = regex_memory_new();
	c->strings = strings_new();
	return c;
}

void cutter_free(struct cutter *c)
{
	if (!c)
		return;
	regex_memory_free(c->memory);
	strings_free(c->strings);
	line_counts_free(c->line_counts);
	free(c->event);
	free(c->piece);
	free(c->record);
	free(c->section);
	free(c->cut);
	free(c->edge);
	free(c->cell);
	free(c->way);
	free(c->span);
	free(c->review);
	buf_release(&c->head);
	free(c);
}

/* Author, board or date stand in one of the lines below the entry, or the first line of text reads like the beginning of a
 * narrative. */
static bool line_confirms(struct cutter *c, const struct event *e)
{
	bool bylines = e->rule->confirm != CONFIRM_NARRATIVE;
	const char *end = memchr(c->text + e->end, '\n', c->length - e->end < LINE_WINDOW ? c->length - e->end : LINE_WINDOW);
	size_t line = end ? (size_t)(end - c->text) + 1 : c->length;
	for (int i = 0; i < CONFIRM_LINES && line < c->length && line < e->end + (bylines ? CONFIRM_BYTES : NEAR_BYTES);) {
		size_t start = line, stop = line_end(c->text, c->length, start);
		line = stop + 1;
		stop = line_trimmed(c->text, start, stop);
		bool bullet;
		start = line_content(c->text, start, stop, &bullet);
		if (stop <= start || segment_is_furniture(c, start))
			continue;
		if (stop - start < LINE_WINDOW && segment_has_byline(c, start, stop)) {
			if (bylines)
				return true;
			continue;
		}
		i++;
		if (!bullet && segment_try(c, RULE_NARRATIVE, start, stop))
			return true;
		if (stop - start > TITLE_BYTES)
			return false;
	}
	return false;
}

/* What follows an entry shows that it is one: a narrative opens, a byline or a closing line stands below. */
static bool confirmed(struct cutter *c, size_t n, const struct layout *layout)
{
	const struct event *e = &c->event[n];
	if (e->capture[CAP_TEXT][1] > e->capture[CAP_TEXT][0])
		return true;
	size_t near = e->rule->confirm == CONFIRM_NARRATIVE ? NEAR_BYTES : CONFIRM_BYTES;
	for (size_t i = n + 1; i < c->event_count && c->event[i].at < e->end + near; i++) {
		const struct event *f = &c->event[i];
		if (f->line == e->line || !of_layout(f->rule, layout))
			continue;
		if (f->rule->kind == RULE_OPENING || (f->rule->kind == RULE_END && e->rule->confirm != CONFIRM_NARRATIVE))
			return true;
		if (f->rule->kind != RULE_PAGE && f->rule->kind != RULE_SKIP && f->rule->kind != RULE_PART)
			break;
	}
	return line_confirms(c, e);
}

void segment_weigh(struct cutter *c, struct evidence *evidence)
{
	size_t top = 0;
	bool bullet;
	while (top < c->length && (top = line_content(c->text, top, c->length, &bullet)) < c->length && strchr("\n\t", c->text[top]))
		top++;
	for (size_t i = 0; i < c->event_count; i++) {
		const struct event *e = &c->event[i];
		const struct layout *layout = e->rule->layout;
		if ((e->rule->kind != RULE_ENTRY && e->rule->kind != RULE_ROW) || !layout || evidence[layout->index].last_line == e->line + 1)
			continue;
		if (segment_is_furniture(c, e->at))
			continue;
		struct evidence *v = &evidence[layout->index];
		v->last_line = e->line + 1;
		bool sure = confirmed(c, i, layout);
		if (e->rule->confirm && !sure)
			continue;
		v->entries++;
		v->score += e->rule->weight * (sure ? 3 : 1);
		v->on_top |= e->at <= top;
	}
}

/* The layout whose entries weigh most, and of those that weigh the same the one that has most of them; NULL if it is one report. */
static const struct layout *choose(struct cutter *c, int rank)
{
	const struct rules *rules = c->s->rules;
	struct evidence evidence[LAYOUTS] = {0};
	segment_weigh(c, evidence);
	const struct layout *best = NULL;
	int best_score = 0, most = 0;
	bool dense = false;
	for (size_t i = 0; i < rules->layout_count; i++) {
		const struct layout *l = rules->layout[i];
		int least = l->least <= LEAST && (evidence[i].on_top || c->digest.year) ? 1 : l->least;
		int score = evidence[i].score + (l->user ? USER_SCORE : 0);
		if (!l->replaced && l->rank == rank && evidence[i].entries >= least && (score > best_score || (score == best_score && evidence[i].entries > most)) &&
		    (size_t)evidence[i].entries * ENTRY_BYTES >= c->length) {
			best = l;
			best_score = score;
			most = evidence[i].entries;
			dense = (size_t)evidence[i].entries * DENSE_BYTES >= c->length;
		}
	}
	/* a report that lists cases has them few and far between */
	if (best && best_score < USER_SCORE && !dense) {
		segment_front(c);
		best = best_score > c->front.weight ? best : NULL;
	}
	return best;
}

/* Scans the document and chooses its layout. */
static void scan(struct cutter *c)
{
	for (int rank = 1; rank <= RANKS && !c->layout; rank++) {
		segment_scan(c, c->s->only ? c->s->only->rank : rank);
		if (rank == 1)
			segment_furniture(c);
		segment_digest_date(c);
		c->layout = c->s->only ? c->s->only : choose(c, rank);
	}
}

/* What is known while the events of the chosen layout are gone through. */
struct walk {
	struct cutter *c;
	struct piece *open; /* the review at hand, NULL between reviews */
	bool narrated;      /* its narrative has begun */
	bool listing;       /* in text that belongs to no review */
	uint32_t section;
	size_t line;        /* the line whose events are done */
};

static void close_review(struct walk *w, size_t end)
{
	if (w->open)
		w->open->end = end;
	w->open = NULL;
}

static void open_review(struct walk *w, size_t start, size_t text, const struct event *entry)
{
	struct cutter *c = w->c;
	close_review(w, start);
	if (c->piece_count >= PIECES_MOST)
		return;
	MEM_GROW(c->piece, c->piece_count, c->piece_capacity);
	w->open = &c->piece[c->piece_count++];
	*w->open = (struct piece){.start = start, .end = c->length, .text = text, .entry = entry, .kind = KIND_REVIEW, .section = w->section};
}

static void begin_section(struct walk *w, size_t start, size_t end)
{
	struct cutter *c = w->c;
	MEM_GROW(c->section, c->section_count, c->section_capacity);
	struct section *s = &c->section[c->section_count++];
	*s = (struct section){.start = start, .end = end};
	if (end - start < TITLE_BYTES && segment_try(c, RULE_PERIOD, start, end))
		date_find(c->text + start, end - start, 0, &s->period);
	w->section = (uint32_t)c->section_count;
}

/* The title lines that stand right above `line`: the nearest becomes the section. Returns where the topmost begins. */
static size_t titles_above(struct walk *w, size_t line, int least_weight)
{
	struct cutter *c = w->c;
	size_t floor = w->open ? w->open->text : 0;
	bool named = false;
	for (int i = 0; i < 3; i++) {
		size_t start = line_above(c->text, line);
		if (start == SIZE_MAX || start < floor)
			break;
		size_t end = line_trimmed(c->text, start, line_end(c->text, c->length, start));
		bool bullet;
		size_t at = line_content(c->text, start, end, &bullet);
		if (segment_is_furniture(c, at)) {
			line = start;
			continue;
		}
		if (bullet || end - at > TITLE_BYTES || start + 1 == w->line || strchr(".;,!?", c->text[end - 1]))
			break;
		const struct rule *rule = segment_try(c, RULE_TITLE, at, end);
		if (!rule || rule->weight < least_weight)
			break;
		if (!named)
			begin_section(w, at, end);
		named = true;
		line = start;
	}
	return line;
}

/* A heading such as "Serious / Case Reviews:" torn over two lines begins with the line above. */
static size_t torn_heading(struct cutter *c, const struct event *e)
{
	size_t start = line_above(c->text, e->line);
	if (start == SIZE_MAX)
		return e->line;
	size_t end = line_trimmed(c->text, start, line_end(c->text, c->length, start));
	size_t stop = line_trimmed(c->text, e->line, line_end(c->text, c->length, e->line));
	if (end - start > TITLE_BYTES || stop - e->at > TITLE_BYTES)
		return e->line;
	char joined[2 * TITLE_BYTES + 2];
	size_t n = end - start;
	memcpy(joined, c->text + start, n);
	joined[n] = ' ';
	memcpy(joined + n + 1, c->text + e->at, stop - e->at);
	return regex_match(e->rule->regex, c->memory, joined, n + 1 + stop - e->at, 0, false) == REGEX_YES ? start : e->line;
}

/* Whether the entry is but the next line of the heading of the review at hand: a page or a blank line lies between, no text. */
static bool same_heading(struct walk *w, const struct event *e)
{
	struct cutter *c = w->c;
	const struct event *above = w->open && !w->narrated ? w->open->entry : NULL;
	if (!above || above->rule == e->rule || !e->rule->confirm || e->line - above->line > NARRATIVE_BYTES)
		return false;
	for (size_t line = line_end(c->text, c->length, above->at) + 1, end; line < e->line; line = end + 1) {
		end = line_end(c->text, c->length, line);
		bool bullet;
		size_t stop = line_trimmed(c->text, line, end), start = line_content(c->text, line, stop, &bullet);
		if (start < stop && !segment_is_furniture(c, start) && (stop - start >= LINE_WINDOW || !segment_has_byline(c, start, stop)))
			return false;
	}
	return segment_has_byline(c, e->at, line_trimmed(c->text, e->at, line_end(c->text, c->length, e->at)));
}

static void on_entry(struct walk *w, const struct event *e, size_t n)
{
	struct cutter *c = w->c;
	if (same_heading(w, e))
		return;
	if (segment_is_furniture(c, e->at) || (e->rule->confirm && !confirmed(c, n, c->layout)))
		return;
	size_t start = e->rule->kind == RULE_INSIDE ? e->at : titles_above(w, e->line, 2);
	close_review(w, start);
	bool inline_text = e->capture[CAP_TEXT][1] > e->capture[CAP_TEXT][0];
	bool headless = e->end == e->at; /* the rule looks at a narrative that has no heading */
	open_review(w, e->rule->kind == RULE_INSIDE ? e->at : e->line, inline_text ? e->at + e->capture[CAP_TEXT][0] : e->end, headless ? NULL : e);
	w->narrated = inline_text || headless;
	w->listing = false;
}

static void on_opening(struct walk *w, const struct event *e)
{
	struct cutter *c = w->c;
	if (w->listing)
		return;
	if (w->open && !w->narrated && e->at - w->open->text < NARRATIVE_BYTES) {
		w->narrated = true;
		return;
	}
	if (w->open) {
		size_t above = line_above(c->text, e->line);
		size_t end = above == SIZE_MAX ? 0 : line_end(c->text, c->length, above);
		bool row = end && memchr(c->text + above, '\t', end - above);
		if (!row && end + 1 >= e->line)
			return; /* in the middle of a paragraph */
	}
	size_t stop = line_trimmed(c->text, e->at, line_end(c->text, c->length, e->at));
	if (!segment_try(c, RULE_HEADLESS, e->at, stop))
		return;
	open_review(w, e->line, e->at, NULL);
	w->narrated = true;
}

static void walk_event(struct walk *w, const struct event *e, size_t n)
{
	struct cutter *c = w->c;
	if (e->line + 1 == w->line && e->rule->kind != RULE_INSIDE)
		return;
	switch (e->rule->kind) {
	case RULE_ROW:
	case RULE_ENTRY:
	case RULE_INSIDE:
		on_entry(w, e, n);
		break;
	case RULE_OPENING:
		on_opening(w, e);
		break;
	case RULE_SECTION:
		w->listing = false;
		close_review(w, titles_above(w, e->line, 1));
		if (e->capture[CAP_SECTION][1])
			begin_section(w, e->at + e->capture[CAP_SECTION][0], e->at + e->capture[CAP_SECTION][1]);
		else
			begin_section(w, e->at, e->end);
		break;
	case RULE_HEADER:
		w->listing = false;
		close_review(w, titles_above(w, torn_heading(c, e), 1));
		if (e->capture[CAP_SECTION][1])
			begin_section(w, e->at + e->capture[CAP_SECTION][0], e->at + e->capture[CAP_SECTION][1]);
		break;
	case RULE_LIST:
		close_review(w, e->line);
		w->listing = true;
		break;
	case RULE_END:
		if (w->open && (w->narrated || e->line > w->open->text + NARRATIVE_BYTES))
			close_review(w, e->line);
		break;
	default:
		return;
	}
	w->line = e->line + 1;
}

static void cut_digest(struct cutter *c)
{
	struct walk w = {.c = c};
	for (size_t i = 0; i < c->event_count; i++)
		if (of_layout(c->event[i].rule, c->layout))
			walk_event(&w, &c->event[i], i);
	close_review(&w, c->length);
	segment_return_torn(c);
}

static bool blank(const char *text, size_t start, size_t end)
{
	for (; start < end; start++)
		if (!strchr(" \t\r\n\f\v", text[start]) || !text[start])
			return false;
	return true;
}

/* Appends a record for the piece unless nothing of it is text. */
static void add_record(struct cutter *c, const struct piece *p)
{
	size_t first = c->span_count;
	if (blank(c->text, p->start, p->end))
		return;
	size_t spans = segment_spans(c, p, p->kind == KIND_REVIEW && c->layout);
	if (!spans)
		return;
	MEM_GROW(c->record, c->record_count, c->record_capacity);
	c->record[c->record_count] = *p;
	c->record[c->record_count].first_span = first;
	c->record[c->record_count++].spans = spans;
}

/* The number of the line that holds byte `at`, counted from the nearest event. *event is one near the place looked for last. */
static uint64_t line_number(const struct cutter *c, size_t at, size_t *event)
{
	size_t i = *event;
	while (i + 1 < c->event_count && c->event[i + 1].at <= at)
		i++;
	while (i > 0 && c->event[i].at > at)
		i--;
	*event = i;
	const struct event *above = i < c->event_count && c->event[i].at <= at ? &c->event[i] : NULL;
	size_t next = above ? i + 1 : 0;
	const struct event *below = next < c->event_count ? &c->event[next] : NULL;
	if (below && below->at - at < at - (above ? above->at : 0))
		return below->number - segment_count_lines(c->text, at, below->at);
	return above ? above->number + segment_count_lines(c->text, above->at, at) : 1 + segment_count_lines(c->text, 0, at);
}

/* Where the record lies. */
static void locate(const struct cutter *c, struct review *r, size_t *event)
{
	size_t start = SIZE_MAX, end = 0;
	for (size_t i = 0; i < r->span_count; i++) {
		start = r->spans[i].start < start ? r->spans[i].start : start;
		end = r->spans[i].start + r->spans[i].length > end ? r->spans[i].start + r->spans[i].length : end;
	}
	r->offset = start;
	r->length = end - start;
	r->first_line = line_number(c, start, event);
	size_t last = *event;
	r->last_line = line_number(c, end, &last);
}

/* The pieces of a digest and what lies between them, as records in the order of the text. */
static void digest_records(struct cutter *c)
{
	size_t at = 0;
	for (size_t i = 0; i < c->piece_count; at = c->piece[i++].end) {
		add_record(c, &(struct piece){.start = at, .end = c->piece[i].start, .kind = KIND_OTHER});
		add_record(c, &c->piece[i]);
	}
	add_record(c, &(struct piece){.start = at, .end = c->length, .kind = KIND_OTHER});
}

static int by_first_byte(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;
	return x->first_byte < y->first_byte ? -1 : x->first_byte > y->first_byte;
}

/* The pieces of a report: its skipped sections, then the report itself, from which they are left out. */
static void report_records(struct cutter *c)
{
	size_t report = c->piece_count - 1;
	for (size_t i = 0; i < report; i++)
		add_record(c, &c->piece[i]);
	segment_cut_sections(c, report);
	add_record(c, &c->piece[report]);
	for (size_t i = 0; i < c->record_count; i++)
		c->record[i].first_byte = c->span[c->record[i].first_span].start;
	qsort(c->record, c->record_count, sizeof *c->record, by_first_byte);
}

static bool has_letter(struct cutter *c)
{
	for (size_t i = 0; i < c->length; i++)
		if ((unsigned char)((c->text[i] | 0x20) - 'a') < 26)
			return true;
	return regex_match(c->s->letter, c->memory, c->text, c->length, 0, false) == REGEX_YES;
}

size_t cutter_cut(struct cutter *c, const struct document *document, const char *archive_name, const char *member_name,
                  const struct review **reviews)
{
	c->document = document;
	c->text = document->text;
	c->length = document->length;
	c->archive_name = archive_name ? archive_name : "";
	c->member_name = member_name ? member_name : "";
	c->event_count = c->edge_count = c->piece_count = c->section_count = c->cut_count = c->span_count = c->record_count = 0;
	c->layout = NULL;
	c->digest = (struct date){0};
	strings_clear(c->strings);
	*reviews = c->review;
	if (!has_letter(c))
		return 0;
	scan(c);
	if (c->layout) {
		segment_scan_inside(c);
		cut_digest(c);
	}
	if (c->piece_count) {
		digest_records(c);
	} else {
		c->layout = NULL;
		segment_front(c);
		segment_cut_report(c);
		report_records(c);
	}
	if (c->record_count > c->review_capacity) {
		c->review_capacity = c->record_capacity;
		c->review = mem_realloc(c->review, c->review_capacity, sizeof *c->review);
	}
	size_t event = 0;
	for (size_t i = 0; i < c->record_count; i++) {
		const struct piece *p = &c->record[i];
		struct review *r = &c->review[i];
		*r = (struct review){.kind = p->kind, .ordinal = (unsigned)i + 1, .spans = c->span + p->first_span, .span_count = p->spans};
		locate(c, r, &event);
		r->layout = c->layout ? c->layout->name : "whole";
		segment_describe(c, p, r);
	}
	*reviews = c->review;
	return c->record_count;
}
