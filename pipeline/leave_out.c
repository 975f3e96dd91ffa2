#include "pipeline/leave_out.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "corpora/review.h"
#include "matchers/matcher.h"
#include "matchers/mention.h"
#include "pipeline/message.h"
#include "pipeline/walk.h"

/* Where an entry stands: the unit (a fold, or a group of rows) it was first seen in, and whether it was seen in another. */
struct entry_places {
	size_t first; /* SIZE_MAX: nowhere yet */
	bool others;
};

struct leaving {
	struct evaluation *evaluation;
	struct scanner *scanner;
	struct resolver *resolver;
	struct cutter *cutter;
	struct entry_places *places;  /* per entry of the lexicon */
	struct candidate *kept;
	size_t kept_capacity;
	size_t folds;
	struct buf joined;
	bool again;                   /* the second reading */
	bool failed;
};

/* What is left out together. Folds come first, groups without a coded review after them. */
static size_t unit_of(const struct leaving *l, const struct evaluation_place *place)
{
	return l->folds && place->coded != SIZE_MAX ? place->coded % l->folds : l->folds + place->group;
}

static void see(struct leaving *l, size_t unit, const struct scan *scan)
{
	for (size_t i = 0; i < scan->candidate_count; i++) {
		struct entry_places *p = &l->places[scan->candidates[i].entry];
		p->others = p->others || (p->first != SIZE_MAX && p->first != unit);
		if (p->first == SIZE_MAX)
			p->first = unit;
	}
}

static void code_again(struct leaving *l, const struct evaluation_place *place, const struct scan *scan)
{
	struct resolution resolution;
	struct scan without = *scan;
	size_t kept = 0, unit = unit_of(l, place);
	for (size_t i = 0; i < scan->candidate_count; i++) {
		const struct entry_places *p = &l->places[scan->candidates[i].entry];
		if (!p->others && p->first == unit)
			continue;
		MEM_GROW(l->kept, kept, l->kept_capacity);
		l->kept[kept++] = scan->candidates[i];
	}
	without.candidates = l->kept;
	without.candidate_count = kept;
	resolver_run(l->resolver, l->scanner, &without, 0, &resolution);
	evaluation_leave_out(l->evaluation, place->item, resolution.tallies, resolution.tally_count);
}

static void visit_review(struct leaving *l, const char *id, size_t length, const struct review *review, const struct document *document)
{
	struct scan scan;
	const struct evaluation_place *place = evaluation_find(l->evaluation, id, length);
	if (!place || (l->again && place->item == SIZE_MAX))
		return;
	struct joined_text text = review_join(review, document, &l->joined);
	if (scanner_scan(l->scanner, text.text, text.length, &scan) != SCAN_OK) {
		message_error("the matching engine failed on %s", id);
		l->failed = true;
	} else if (l->again) {
		code_again(l, place, &scan);
	} else {
		see(l, unit_of(l, place), &scan);
	}
}

static void visit(void *context, const char *archive, const struct member *member, const struct document *document)
{
	struct leaving *l = context;
	const struct review *reviews;
	size_t count = cutter_cut(l->cutter, document, archive, member->file_name, &reviews);
	struct buf id = BUF_INIT;
	for (size_t i = 0; i < count && !l->failed; i++) {
		struct review_row row = {.member = member->name, .record = document->record, .ordinal = reviews[i].ordinal};
		buf_clear(&id);
		row_append_id(&id, archive, &row);
		visit_review(l, id.data, id.length, &reviews[i], document);
	}
	buf_release(&id);
}

int leave_out(struct evaluation *e, struct session *s, size_t folds)
{
	struct leaving l = {.evaluation = e, .folds = folds, .scanner = scanner_new(s->matcher)};
	if (!l.scanner) {
		message_error("the matching engine cannot make its working memory");
		return -1;
	}
	l.resolver = resolver_new(s->lexicon, s->options->nested);
	l.cutter = cutter_new(s->segmenter);
	l.places = mem_alloc((s->lexicon->entry_count + 1) * sizeof *l.places);
	for (size_t i = 0; i < s->lexicon->entry_count; i++)
		l.places[i] = (struct entry_places){SIZE_MAX, false};
	walk_documents(s, visit, &l);
	l.again = true;
	if (!l.failed)
		walk_documents(s, visit, &l);
	cutter_free(l.cutter);
	resolver_free(l.resolver);
	scanner_free(l.scanner);
	buf_release(&l.joined);
	free(l.kept);
	free(l.places);
	return l.failed ? -1 : 0;
}
