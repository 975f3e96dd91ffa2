#include "pipeline/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"

enum { NEAR = 2 }; /* lines by which program and gold may differ about where a review begins or ends */

/* A gold review and a row that may be it. */
struct pair {
	size_t review, row, group; /* group: the row that counts for this one */
	uint64_t distance;
};

struct found_row {
	size_t row;          /* SIZE_MAX: none */
	size_t group;        /* the row that counts for it */
	bool in_group;       /* it has copies, or is one */
};

struct evaluation_work {
	const struct lexicon *lexicon;
	uint32_t *themes;            /* of the gold: index in the lexicon, or THEME_NONE */
	struct strmap files;         /* base names the gold speaks of */
	struct pair *pairs;
	size_t pair_count, pair_capacity;
	size_t *groups;              /* rows that others are copies of, ascending after settling */
	size_t group_count, group_capacity;
	size_t *coded;               /* groups that have a gold review, ascending after settling */
	size_t coded_count;
	struct found_row *found;     /* per gold review */
	struct strmap rows;          /* row number to gold review + 1 */
	struct strmap phrase_reviews;/* ID to index of its first phrase + 1; 0 once done */
	struct strmap ids;           /* ID to index of its place + 1 */
	struct evaluation_place *places; /* per row */
	size_t place_count, place_capacity;
	size_t rows_in_files;
	size_t difference_capacity;
};

/* ---- agreement ---- */

static double ratio(uint64_t a, uint64_t b)
{
	return b ? (double)a / (double)b : NAN;
}

double agreement_precision(const struct agreement *a)
{
	return ratio(a->true_positive, a->true_positive + a->false_positive);
}

double agreement_recall(const struct agreement *a)
{
	return ratio(a->true_positive, a->true_positive + a->false_negative);
}

double agreement_f1(const struct agreement *a)
{
	return ratio(2 * a->true_positive, 2 * a->true_positive + a->false_positive + a->false_negative);
}

double agreement_kappa(const struct agreement *a)
{
	double tp = (double)a->true_positive, fp = (double)a->false_positive, fn = (double)a->false_negative, tn = (double)a->true_negative;
	double n = tp + fp + fn + tn;
	double observed = (tp + tn) / n;
	double expected = ((tp + fp) * (tp + fn) + (tn + fn) * (tn + fp)) / (n * n);
	return n > 0 && expected < 1 ? (observed - expected) / (1 - expected) : NAN;
}

static void agreement_count(struct agreement *a, bool gold, bool program)
{
	uint64_t *cell = gold ? (program ? &a->true_positive : &a->false_negative) : (program ? &a->false_positive : &a->true_negative);
	++*cell;
}

static void agreement_sum(struct agreement *sum, const struct agreement *a)
{
	sum->true_positive += a->true_positive;
	sum->false_positive += a->false_positive;
	sum->false_negative += a->false_negative;
	sum->true_negative += a->true_negative;
}

/* ---- beginning ---- */

static const struct measure measures[MEASURE_COUNT] = {
	[MEASURE_FOUND] = {"found", "reviews with a record of their own that begins within 2 lines", 0, 0},
	[MEASURE_END] = {"end", "last line within 2 lines: not run into a neighbour, not cut short", 0, 0},
	[MEASURE_YEAR] = {"published_year", "year of publication, or none where the gold has none", 0, 0},
	[MEASURE_MONTH] = {"published_month", "month of publication, or none", 0, 0},
	[MEASURE_INCIDENT] = {"incident_year", "year of the death or harm, or none", 0, 0},
	[MEASURE_OUTCOME] = {"outcome", "death, serious harm, other, or not stated", 0, 0},
	[MEASURE_DUPLICATE] = {"duplicates", "the same review elsewhere recognised, and no other taken for it", 0, 0}};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

struct evaluation *evaluation_new(const struct gold *gold, const struct lexicon *lexicon)
{
	struct evaluation *e = mem_calloc(1, sizeof *e);
	struct evaluation_work *w = e->work = mem_calloc(1, sizeof *w);
	e->gold = gold;
	e->themes = mem_calloc(gold->theme_count + 1, sizeof *e->themes);
	memcpy(e->measures, measures, sizeof measures);
	w->lexicon = lexicon;
	w->files = w->rows = w->phrase_reviews = w->ids = (struct strmap)STRMAP_INIT;
	w->themes = mem_alloc((gold->theme_count + 1) * sizeof *w->themes);
	for (size_t i = 0; i < gold->theme_count; i++)
		w->themes[i] = lexicon_theme(lexicon, gold->themes[i]);
	w->found = mem_alloc((gold->review_count + 1) * sizeof *w->found);
	for (size_t i = 0; i < gold->review_count; i++) {
		w->found[i] = (struct found_row){SIZE_MAX, SIZE_MAX, false};
		strmap_put(&w->files, gold->reviews[i].file, strlen(gold->reviews[i].file), NULL);
	}
	for (size_t i = gold->phrase_count; i-- > 0;)
		*strmap_put(&w->phrase_reviews, gold->phrases[i].review, strlen(gold->phrases[i].review), NULL) = i + 1;
	return e;
}

/* ---- which row is which gold review ---- */

static bool in_files(const struct evaluation_work *w, const char *name)
{
	return strmap_find(&w->files, name, strlen(name)) != NULL;
}

static uint64_t apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static bool same_place(const struct gold_review *g, const struct ledger_row *r)
{
	const struct review_row *row = r->row;
	if (strcmp(g->file, base_name(r->archive)) != 0 && (!row->member[0] || strcmp(g->file, base_name(row->member)) != 0))
		return false;
	if (g->member[0] && strcmp(g->member, row->member) != 0)
		return false;
	if (g->record && g->record != row->record)
		return false;
	return !g->first_line || apart(g->first_line, row->first_line) <= NEAR;
}

static size_t group_of(const struct ledger_row *r)
{
	return r->duplicate ? r->duplicate->of : r->number;
}

static void note_place(struct evaluation_work *w, const struct ledger_row *r)
{
	struct buf id = BUF_INIT;
	MEM_GROW(w->places, w->place_count, w->place_capacity);
	w->places[w->place_count++] = (struct evaluation_place){r->number, group_of(r), SIZE_MAX, SIZE_MAX};
	row_append_id(&id, r->archive, r->row);
	*strmap_put(&w->ids, id.data, id.length, NULL) = w->place_count;
	buf_release(&id);
}

void evaluation_offer(struct evaluation *e, const struct ledger_row *r)
{
	struct evaluation_work *w = e->work;
	note_place(w, r);
	if (r->duplicate) {
		MEM_GROW(w->groups, w->group_count, w->group_capacity);
		w->groups[w->group_count++] = r->duplicate->of;
	}
	if (r->row->kind != KIND_REVIEW || !(in_files(w, base_name(r->archive)) || in_files(w, base_name(r->row->member))))
		return;
	w->rows_in_files++;
	for (size_t i = 0; i < e->gold->review_count; i++) {
		const struct gold_review *g = &e->gold->reviews[i];
		if (!same_place(g, r))
			continue;
		MEM_GROW(w->pairs, w->pair_count, w->pair_capacity);
		w->pairs[w->pair_count++] = (struct pair){i, r->number, group_of(r),
		                                          g->first_line ? apart(g->first_line, r->row->first_line) : 0};
	}
}

static int by_size(const void *a, const void *b)
{
	const size_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

static int nearest_first(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	if (x->distance != y->distance)
		return x->distance < y->distance ? -1 : 1;
	if (x->review != y->review)
		return x->review < y->review ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

/* Each row stands for at most one gold review, the nearest pairs first. */
void evaluation_settle(struct evaluation *e)
{
	struct evaluation_work *w = e->work;
	size_t matched = 0;
	if (w->pair_count)
		mem_sort(w->pairs, w->pair_count, sizeof *w->pairs, nearest_first);
	if (w->group_count)
		mem_sort(w->groups, w->group_count, sizeof *w->groups, by_size);
	for (size_t i = 0; i < w->pair_count; i++) {
		const struct pair *p = &w->pairs[i];
		if (w->found[p->review].row != SIZE_MAX || strmap_find(&w->rows, &p->row, sizeof p->row))
			continue;
		bool in_group = w->group_count && mem_search(&p->group, w->groups, w->group_count, sizeof *w->groups, by_size);
		w->found[p->review] = (struct found_row){p->row, p->group, in_group};
		*strmap_put(&w->rows, &p->row, sizeof p->row, NULL) = p->review + 1;
		matched++;
	}
	w->coded = mem_alloc((matched + 1) * sizeof *w->coded);
	for (size_t i = 0; i < e->gold->review_count; i++)
		if (w->found[i].row != SIZE_MAX)
			w->coded[w->coded_count++] = w->found[i].group;
	mem_sort(w->coded, w->coded_count, sizeof *w->coded, by_size);
	size_t kept = 0;
	for (size_t i = 0; i < w->coded_count; i++)
		if (!kept || w->coded[kept - 1] != w->coded[i])
			w->coded[kept++] = w->coded[i];
	w->coded_count = kept;
	e->other_reviews = w->rows_in_files - matched;
	e->measures[MEASURE_FOUND].right = matched;
	e->measures[MEASURE_FOUND].of = e->gold->review_count;
}

/* ---- differences ---- */

static struct difference *differ(struct evaluation *e, enum difference_kind kind, size_t item, const char *what)
{
	MEM_GROW(e->differences, e->difference_count, e->work->difference_capacity);
	struct difference *d = &e->differences[e->difference_count++];
	*d = (struct difference){kind, item, e->difference_count, what, NULL, NULL, NULL, NULL};
	return d;
}

static void fill(struct difference *d, const char *left, const char *match, const char *right, const char *entry)
{
	d->left = mem_strdup(left);
	d->match = mem_strdup(match);
	d->right = mem_strdup(right);
	d->entry = mem_strdup(entry);
}

static void fill_from(struct difference *d, const struct lexicon *lexicon, const struct evidence *v)
{
	fill(d, v->left, v->match, v->right, lexicon->entries[v->cue == NO_CUE ? v->entry : v->cue].source);
}

static void measure(struct evaluation *e, unsigned which, size_t item, bool right, const char *gold, const char *program)
{
	e->measures[which].of++;
	e->measures[which].right += right;
	if (!right)
		fill(differ(e, WRONG_VALUE, item, e->measures[which].name), gold, program, e->gold->reviews[item].starts, "");
}

static void measure_number(struct evaluation *e, unsigned which, size_t item, uint64_t gold, uint64_t program, bool right)
{
	char a[24] = "none", b[24] = "none";
	if (gold)
		snprintf(a, sizeof a, "%llu", (unsigned long long)gold);
	if (program)
		snprintf(b, sizeof b, "%llu", (unsigned long long)program);
	measure(e, which, item, right, a, b);
}

/* ---- scoring ---- */

static void score_dates(struct evaluation *e, size_t item, const struct review_row *row)
{
	const struct gold_review *g = &e->gold->reviews[item];
	const char *outcome = row->outcome == OUTCOME_UNKNOWN ? "" : outcome_word(row->outcome);
	int year = row->published.year, month = row->published.month, incident = row->incident.year;
	if (g->last_line)
		measure_number(e, MEASURE_END, item, g->last_line, row->last_line, apart(g->last_line, row->last_line) <= NEAR);
	if (g->has & GOLD_HAS_YEAR)
		measure_number(e, MEASURE_YEAR, item, (uint64_t)g->published_year, (uint64_t)year, g->published_year == year);
	if (g->has & GOLD_HAS_MONTH)
		measure_number(e, MEASURE_MONTH, item, (uint64_t)g->published_month, (uint64_t)month, g->published_month == month);
	if (g->has & GOLD_HAS_INCIDENT)
		measure_number(e, MEASURE_INCIDENT, item, (uint64_t)g->incident_year, (uint64_t)incident, g->incident_year == incident);
	if (g->has & GOLD_HAS_OUTCOME)
		measure(e, MEASURE_OUTCOME, item, strcmp(g->outcome, outcome) == 0, g->outcome[0] ? g->outcome : "none", outcome[0] ? outcome : "none");
}

/* The phrases of a theme in a row: those affirmed, or those negated. How many. */
static size_t show_phrases(struct evaluation *e, enum difference_kind kind, size_t item, size_t theme, const struct review_row *row, bool negated)
{
	size_t shown = 0;
	for (size_t i = 0; i < row->evidence_count; i++) {
		const struct evidence *v = &row->evidence[i];
		if (v->theme != e->work->themes[theme] || (v->cue != NO_CUE) != negated)
			continue;
		fill_from(differ(e, kind, item, e->gold->themes[theme]), e->work->lexicon, v);
		shown++;
	}
	return shown;
}

static void score_theme(struct evaluation *e, size_t item, size_t theme, const struct review_row *row, const struct theme_tally *tally)
{
	const struct gold_review *g = &e->gold->reviews[item];
	enum gold_code code = (enum gold_code)g->codes[theme];
	struct theme_score *score = &e->themes[theme];
	bool affirmed = tally && tally->mentions > 0, negated = tally && tally->negated > 0;
	if (code == GOLD_DISPUTED) {
		score->disputed++;
		return;
	}
	agreement_count(&score->cells, code == GOLD_PRESENT, affirmed);
	score->denied += code == GOLD_NEGATED;
	score->denied_found += code == GOLD_NEGATED && negated && !affirmed;
	if (affirmed && code != GOLD_PRESENT && !show_phrases(e, FALSE_HIT, item, theme, row, false))
		fill(differ(e, FALSE_HIT, item, e->gold->themes[theme]), "", "", g->starts, "");
	if (!affirmed && code == GOLD_PRESENT &&
	    !(negated && show_phrases(e, MISS_NEGATED, item, theme, row, true)))
		fill(differ(e, negated ? MISS_NEGATED : MISS, item, e->gold->themes[theme]), "", "", g->starts, "");
}

static const struct theme_tally *tally_of(const struct theme_tally *tallies, size_t count, uint32_t theme)
{
	for (size_t i = 0; i < count && theme != THEME_NONE; i++)
		if (tallies[i].theme == theme)
			return &tallies[i];
	return NULL;
}

static void score_review(struct evaluation *e, size_t item, const struct review_row *row)
{
	score_dates(e, item, row);
	if (!(e->gold->reviews[item].has & GOLD_HAS_CODES))
		return;
	for (size_t t = 0; t < e->gold->theme_count; t++)
		score_theme(e, item, t, row, tally_of(row->tallies, row->tally_count, e->work->themes[t]));
}

void evaluation_leave_out(struct evaluation *e, size_t item, const struct theme_tally *tallies, size_t count)
{
	const struct gold_review *g = &e->gold->reviews[item];
	if (!(g->has & GOLD_HAS_CODES))
		return;
	for (size_t t = 0; t < e->gold->theme_count; t++) {
		const struct theme_tally *tally = tally_of(tallies, count, e->work->themes[t]);
		if (g->codes[t] != GOLD_DISPUTED)
			agreement_count(&e->themes[t].left_out, g->codes[t] == GOLD_PRESENT, tally && tally->mentions > 0);
	}
}

static bool overlap(const struct gold_phrase *p, const struct evidence *v)
{
	return p->offset < v->offset + strlen(v->match) && v->offset < p->offset + strlen(p->match);
}

/* What the program now says of a judged phrase: the evidence that overlaps it, an affirmed one before a negated one; NULL: nothing. */
static const struct evidence *evidence_at(const struct evaluation *e, const struct gold_phrase *p, const struct review_row *row)
{
	const struct evidence *best = NULL;
	for (size_t i = 0; i < row->evidence_count; i++) {
		const struct evidence *v = &row->evidence[i];
		if (v->theme == e->work->themes[p->theme] && overlap(p, v) && (!best || v->cue == NO_CUE))
			best = v;
	}
	return best;
}

static bool same_phrase(const struct gold_phrase *a, const struct gold_phrase *b)
{
	return a->theme == b->theme && a->offset == b->offset && strcmp(a->review, b->review) == 0;
}

/* Phrases first..last-1 are the same one, judged by one coder or several. */
static void score_phrase(struct evaluation *e, size_t first, size_t last, const struct review_row *row)
{
	const struct gold_phrase *p = &e->gold->phrases[first];
	const struct evidence *v = evidence_at(e, p, row);
	struct theme_score *score = &e->themes[p->theme];
	bool affirmed = v && v->cue == NO_CUE, agreed = true;
	for (size_t i = first; i < last; i++)
		for (size_t k = i + 1; k < last; k++) {
			agreement_count(&e->coders, e->gold->phrases[i].code == GOLD_PRESENT, e->gold->phrases[k].code == GOLD_PRESENT);
			agreed = agreed && e->gold->phrases[i].code == e->gold->phrases[k].code;
		}
	if (!agreed) {
		score->disputed++;
		return;
	}
	agreement_count(&score->cells, p->code == GOLD_PRESENT, affirmed);
	score->denied += p->code == GOLD_NEGATED;
	score->denied_found += p->code == GOLD_NEGATED && v && !affirmed;
	if (affirmed != (p->code == GOLD_PRESENT)) {
		struct difference *d = differ(e, affirmed ? FALSE_HIT : v ? MISS_NEGATED : MISS, first, e->gold->themes[p->theme]);
		if (v)
			fill_from(d, e->work->lexicon, v);
		else
			fill(d, p->left, p->match, p->right, "");
	}
}

static void score_phrases(struct evaluation *e, const struct ledger_row *r)
{
	const struct gold *g = e->gold;
	struct buf id = BUF_INIT;
	row_append_id(&id, r->archive, r->row);
	const size_t *at = strmap_find(&e->work->phrase_reviews, id.data, id.length);
	if (at && *at) {
		size_t i = *at - 1, next;
		*strmap_put(&e->work->phrase_reviews, id.data, id.length, NULL) = 0;
		for (; i < g->phrase_count && strcmp(g->phrases[i].review, id.data) == 0; i = next) {
			for (next = i + 1; next < g->phrase_count && same_phrase(&g->phrases[i], &g->phrases[next]); next++)
				;
			score_phrase(e, i, next, r->row);
		}
	}
	buf_release(&id);
}

const struct evaluation_place *evaluation_find(struct evaluation *e, const char *id, size_t length)
{
	const size_t *at = strmap_find(&e->work->ids, id, length);
	struct evaluation_place *place = at ? &e->work->places[*at - 1] : NULL;
	const size_t *item = place ? strmap_find(&e->work->rows, &place->row, sizeof place->row) : NULL;
	if (item)
		place->item = *item - 1;
	const size_t *coded = place ? mem_search(&place->group, e->work->coded, e->work->coded_count, sizeof *coded, by_size) : NULL;
	if (coded)
		place->coded = (size_t)(coded - e->work->coded);
	return place;
}

void evaluation_add(struct evaluation *e, const struct ledger_row *r)
{
	const size_t *item = strmap_find(&e->work->rows, &r->number, sizeof r->number);
	if (item)
		score_review(e, *item - 1, r->row);
	if (e->gold->phrase_count)
		score_phrases(e, r);
}

/* ---- end ---- */

static size_t gold_by_id(const struct gold *g, const char *id)
{
	for (size_t i = 0; i < g->review_count; i++)
		if (strcmp(g->reviews[i].id, id) == 0)
			return i;
	return SIZE_MAX;
}

static bool linked(const struct gold *g, size_t a, size_t b)
{
	const struct gold_review *x = &g->reviews[a], *y = &g->reviews[b];
	return (x->same_as[0] && strcmp(x->same_as, y->id) == 0) || (y->same_as[0] && strcmp(y->same_as, x->id) == 0) ||
	       (x->same_as[0] && strcmp(x->same_as, y->same_as) == 0);
}

static void score_duplicates(struct evaluation *e)
{
	const struct gold *g = e->gold;
	const struct found_row *found = e->work->found;
	for (size_t i = 0; i < g->review_count; i++) {
		const struct gold_review *r = &g->reviews[i];
		if (found[i].row == SIZE_MAX || !(r->has & GOLD_HAS_SAME))
			continue;
		if (r->same_as[0]) {
			/* The other may be in no part of the gold at hand; then it is enough that the row has a copy. */
			size_t other = gold_by_id(g, r->same_as);
			bool right = other != SIZE_MAX && found[other].row != SIZE_MAX ? found[other].group == found[i].group : found[i].in_group;
			measure(e, MEASURE_DUPLICATE, i, right, r->same_as, "none");
		}
		for (size_t k = 0; k < i; k++)
			if (found[k].row != SIZE_MAX && found[k].group == found[i].group && !linked(g, i, k))
				measure(e, MEASURE_DUPLICATE, i, false, "none", g->reviews[k].id);
	}
}

static int by_item(const void *a, const void *b)
{
	const struct difference *x = a, *y = b;
	if (x->item != y->item)
		return x->item < y->item ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

void evaluation_finish(struct evaluation *e)
{
	const struct gold *g = e->gold;
	double sum = 0;
	size_t themes = 0;
	for (size_t i = 0; i < g->review_count; i++)
		if (e->work->found[i].row == SIZE_MAX)
			fill(differ(e, NOT_FOUND, i, e->measures[MEASURE_FOUND].name), "", "", g->reviews[i].starts, "");
	score_duplicates(e);
	for (size_t i = 0; i < g->theme_count; i++) {
		const struct agreement *a = &e->themes[i].cells;
		agreement_sum(&e->all, a);
		agreement_sum(&e->all_left_out, &e->themes[i].left_out);
		if (a->true_positive + a->false_negative) {
			sum += agreement_f1(a);
			themes++;
		}
	}
	e->macro_f1 = themes ? sum / (double)themes : NAN;
	for (size_t i = 0; i < g->phrase_count; i++) {
		const size_t *at = strmap_find(&e->work->phrase_reviews, g->phrases[i].review, strlen(g->phrases[i].review));
		e->lost_phrases += at && *at;
	}
	if (e->difference_count)
		mem_sort(e->differences, e->difference_count, sizeof *e->differences, by_item);
}

void evaluation_free(struct evaluation *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->difference_count; i++) {
		free(e->differences[i].left);
		free(e->differences[i].match);
		free(e->differences[i].right);
		free(e->differences[i].entry);
	}
	struct evaluation_work *w = e->work;
	strmap_release(&w->files);
	strmap_release(&w->rows);
	strmap_release(&w->phrase_reviews);
	strmap_release(&w->ids);
	free(w->themes);
	free(w->pairs);
	free(w->groups);
	free(w->coded);
	free(w->found);
	free(w->places);
	free(w);
	free(e->themes);
	free(e->differences);
	free(e);
}
