#include "pipeline/report_parts.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "pipeline/json.h"
#include "pipeline/released.h"
#include "pipeline/stats.h"
#include "pipeline/version.h"

/* ---- what is the same for all themes ---- */

static void put_meta(struct buf *out, const struct report *r)
{
	const struct session *s = r->rows;
	const struct options *o = s->options;
	static const char *const by[] = {"year", "fy", "period"};
	json_put_key(out, "meta");
	buf_append_char(out, '{');
	json_put_text(out, "program", THEMETALLY_VERSION);
	json_put_text(out, "counted_by", s->edition.program);
	json_put_text(out, "lexicon", s->edition.lexicon_name);
	json_put_text(out, "lexicon_version", s->edition.lexicon_version);
	json_put_count(out, "edition", (uint64_t)s->edition.id);
	char key[2 * SHA256_BYTES + 1];
	sha256_hex(s->edition.key, key);
	json_put_text(out, "edition_key", key);
	json_put_text(out, "edition_created", s->edition.created);
	json_put_text(out, "basis", o->incident_year ? "incident" : "published");
	json_put_text(out, "by", by[o->periods.kind]);
	json_put_count(out, "all_duplicates", o->all_duplicates);
	if (o->suppress_below)
		json_put_count(out, "suppress_below", o->suppress_below);
	json_put_key(out, "kinds");
	buf_append_char(out, '[');
	for (int k = 0; k < KIND_COUNT; k++)
		if (o->kinds >> k & 1) {
			json_put_comma(out);
			json_put_string(out, review_kind_word((enum review_kind)k));
		}
	buf_append_str(out, "]");
	json_put_key(out, "where");
	buf_append_char(out, '[');
	for (size_t i = 0; i < o->condition_count; i++) {
		json_put_comma(out);
		buf_append_char(out, '[');
		json_put_string(out, facet_word(o->conditions[i].facet));
		json_put_comma(out);
		json_put_string(out, o->conditions[i].value);
		buf_append_char(out, ']');
	}
	buf_append_str(out, "]}");
}

static void put_themes(struct buf *out, const struct session *s, const size_t *place)
{
	const struct lexicon *lexicon = s->lexicon;
	json_put_key(out, "themes");
	buf_append_char(out, '[');
	for (size_t i = 0; i < lexicon->theme_count; i++) {
		if (!s->shown[i])
			continue;
		uint32_t parent = lexicon->themes[i].parent;
		while (parent != THEME_NONE && !s->shown[parent])
			parent = lexicon->themes[parent].parent;
		json_put_comma(out);
		buf_append_char(out, '{');
		json_put_text(out, "code", lexicon->themes[i].code);
		json_put_text(out, "label", lexicon->themes[i].label);
		if (*lexicon->themes[i].description)
			json_put_text(out, "description", lexicon->themes[i].description);
		if (parent != THEME_NONE)
			json_put_count(out, "parent", place[parent]);
		buf_append_char(out, '}');
	}
	buf_append_char(out, ']');
}

/* ---- counts and trends ---- */

/* A number, or its mark as text. */
static void put_marked(struct buf *out, uint64_t n, unsigned mark, const struct options *o)
{
	if (mark == MARK_SHOWN)
		buf_printf(out, "%" PRIu64, n);
	else if (mark == MARK_SMALL)
		buf_printf(out, "\"\\u003c%u\"", o->suppress_below);
	else
		buf_append_str(out, "\"[c]\"");
}

static void put_marked_count(struct buf *out, const char *key, uint64_t n, unsigned mark, const struct options *o)
{
	json_put_key(out, key);
	put_marked(out, n, mark, o);
}

enum { CELL_REVIEWS, CELL_NEGATED, CELL_MENTIONS, CELL_MENTIONS_NEGATED, CELL_LOW, CELL_HIGH, CELL_LISTS };

static void put_cells(struct buf *out, const struct session *s, const struct tally_group *g, int list)
{
	static const char *const keys[] = {"reviews_with", "reviews_negated", "mentions", "mentions_negated", "low", "high"};
	json_put_key(out, keys[list]);
	buf_append_char(out, '[');
	for (size_t i = 0; i < s->lexicon->theme_count; i++) {
		const struct cell *c = &g->cells[i];
		struct cell_marks marks = g->marks ? g->marks[i] : (struct cell_marks){MARK_SHOWN, MARK_SHOWN};
		double low, high;
		if (!s->shown[i])
			continue;
		json_put_comma(out);
		switch (list) {
		case CELL_REVIEWS: put_marked(out, c->reviews, marks.reviews, s->options); break;
		case CELL_NEGATED: put_marked(out, c->reviews_negated, marks.negated, s->options); break;
		case CELL_MENTIONS: put_marked(out, c->mentions, marks.reviews ? MARK_WITHHELD : MARK_SHOWN, s->options); break;
		case CELL_MENTIONS_NEGATED: put_marked(out, c->mentions_negated, marks.negated ? MARK_WITHHELD : MARK_SHOWN, s->options); break;
		default:
			stats_wilson(c->reviews, g->reviews, &low, &high);
			if (marks.reviews || g->reviews_mark || !g->reviews)
				buf_append_str(out, "null");
			else
				buf_printf(out, "%.4f", list == CELL_LOW ? low : high);
		}
	}
	buf_append_char(out, ']');
}

static void put_group(struct buf *out, const struct session *s, const struct tally_group *g)
{
	buf_append_char(out, '{');
	bool is_total = strcmp(g->period, TOTAL) == 0;
	if (!is_total)
		json_put_text(out, "period", g->period);
	if (!is_total && g->first_month != INT_MAX)
		json_put_real(out, "middle", (double)(g->first_month + g->last_month + 1) / 24, 3);
	put_marked_count(out, "reviews", g->reviews, g->reviews_mark, s->options);
	put_marked_count(out, "words", g->words, g->reviews_mark ? MARK_WITHHELD : MARK_SHOWN, s->options);
	for (int list = 0; list < CELL_LISTS; list++)
		put_cells(out, s, g, list);
	buf_append_char(out, '}');
}

static void put_groups(struct buf *out, const struct session *s, const struct report_counts *counts)
{
	json_put_key(out, "groups");
	buf_append_char(out, '[');
	for (size_t i = 0; i < counts->group_count; i++) {
		json_put_comma(out);
		put_group(out, s, &counts->groups[i]);
	}
	buf_append_char(out, ']');
	json_put_key(out, "total");
	if (counts->total)
		put_group(out, s, counts->total);
	else
		buf_append_str(out, "null");
}

static void put_trends(struct buf *out, const struct report *r, const struct trend *trends, const struct tally_group *groups)
{
	const struct session *s = r->rows;
	json_put_key(out, "trends");
	buf_append_char(out, '[');
	for (size_t i = 0; i < s->lexicon->theme_count; i++) {
		const struct trend *t = &trends[i];
		if (!s->shown[i])
			continue;
		json_put_comma(out);
		if (!t->first || t->withheld) {
			buf_append_str(out, t->first ? "\"[c]\"" : "null");
			continue;
		}
		buf_append_char(out, '{');
		json_put_count(out, "periods", t->periods);
		json_put_count(out, "first", (uint64_t)(t->first - groups));
		json_put_count(out, "last", (uint64_t)(t->last - groups));
		json_put_real(out, "z", t->shares.z, 3);
		json_put_real(out, "p", t->shares.p, 6);
		json_put_real(out, "q", t->q, 6);
		json_put_real(out, "tau", t->rates.tau, 4);
		json_put_real(out, "rate_p", t->rates.p, 6);
		json_put_real(out, "slope", t->slope.slope, 2);
		json_put_real(out, "slope_low", t->slope.low, 2);
		json_put_real(out, "slope_high", t->slope.high, 2);
		if (t->carried_by != NO_ENTRY && !s->options->suppress_below) /* it says how many reviews one phrase is in */
			json_put_text(out, "carried_by", r->text->lexicon->entries[t->carried_by].source);
		buf_append_char(out, '}');
	}
	buf_append_char(out, ']');
}

/* ---- pairs and intersections ---- */

/* Pairs of all themes. */
struct together {
	uint32_t *place;            /* of a theme among those in the table, or THEME_NONE */
	uint32_t *themes;
	size_t count;
	uint64_t *both;             /* count * count; both[a * count + a] is a alone */
};

struct weight {
	uint32_t theme;
	uint64_t reviews;
};

static int by_weight(const void *a, const void *b)
{
	const struct weight *x = a, *y = b;
	if (x->reviews != y->reviews)
		return x->reviews > y->reviews ? -1 : 1;
	return x->theme < y->theme ? -1 : x->theme > y->theme;
}

static int by_theme(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

/* The shown themes that any review holds, those in most reviews if they are too many, in lexicon order. */
static void choose_paired(struct together *t, const struct session *s, const struct tally_group *groups, size_t group_count)
{
	size_t themes = s->lexicon->theme_count;
	struct weight *list = mem_calloc(themes + 1, sizeof *list);
	for (uint32_t i = 0; i < themes; i++) {
		struct weight w = {i, 0};
		for (size_t g = 0; g < group_count; g++)
			w.reviews += groups[g].cells[i].reviews;
		if (s->shown[i] && w.reviews)
			list[t->count++] = w;
	}
	mem_sort(list, t->count, sizeof *list, by_weight);
	t->count = t->count > REPORT_PAIRED ? REPORT_PAIRED : t->count;
	t->themes = mem_calloc(t->count + 1, sizeof *t->themes);
	t->place = mem_alloc((themes + 1) * sizeof *t->place);
	memset(t->place, 0xFF, (themes + 1) * sizeof *t->place);
	for (size_t i = 0; i < t->count; i++)
		t->themes[i] = list[i].theme;
	mem_sort(t->themes, t->count, sizeof *t->themes, by_theme);
	for (size_t i = 0; i < t->count; i++)
		t->place[t->themes[i]] = (uint32_t)i;
	t->both = mem_calloc(t->count * t->count + 1, sizeof *t->both);
	free(list);
}

static void add_together(struct together *t, const struct review_row *row)
{
	for (size_t i = 0; i < row->tally_count; i++) {
		uint32_t a = t->place[row->tallies[i].theme];
		if (!row->tallies[i].mentions || a == THEME_NONE)
			continue;
		for (size_t k = i; k < row->tally_count; k++) {
			uint32_t b = t->place[row->tallies[k].theme];
			if (row->tallies[k].mentions && b != THEME_NONE)
				t->both[a * t->count + b]++;
		}
	}
}

static void put_places(struct buf *out, const uint32_t *themes, size_t count, const size_t *place)
{
	json_put_key(out, "themes");
	buf_append_char(out, '[');
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%s%zu", i ? "," : "", place[themes[i]]);
	buf_append_char(out, ']');
}

/* Row by row from the diagonal on. regions: in place of t where --suppress-below is given, whose pairs are those of the intersections. */
static void put_pairs(struct buf *out, const struct options *o, const struct together *t, const struct regions *regions, const size_t *place)
{
	size_t count = regions ? regions->count : t->count;
	json_put_key(out, "pairs");
	buf_append_char(out, '{');
	put_places(out, regions ? regions->themes : t->themes, count, place);
	json_put_key(out, "both");
	buf_append_char(out, '[');
	for (size_t a = 0; a < count; a++) {
		json_put_comma(out);
		buf_append_char(out, '[');
		for (size_t b = a; b < count; b++) {
			const struct region *of = regions ? &regions->of[1u << a | 1u << b] : NULL;
			json_put_comma(out);
			put_marked(out, of ? of->at_least : t->both[a * count + b], of ? of->at_least_mark : MARK_SHOWN, o);
		}
		buf_append_char(out, ']');
	}
	buf_append_str(out, "]}");
}

static void put_sets(struct buf *out, const struct options *o, const struct regions *regions, const size_t *place)
{
	uint64_t units = regions->of[0].at_least;
	json_put_key(out, "sets");
	buf_append_char(out, '{');
	put_places(out, regions->themes, regions->count, place);
	json_put_key(out, "regions");
	buf_append_char(out, '[');
	for (unsigned set = 0; set < 1u << regions->count; set++) {
		const struct region *of = &regions->of[set];
		bool hidden = of->exactly_mark || regions->of[0].at_least_mark;
		double low, high;
		stats_wilson(of->exactly, units, &low, &high);
		json_put_comma(out);
		buf_append_char(out, '{');
		json_put_count(out, "set", set);
		put_marked_count(out, "reviews", of->exactly, of->exactly_mark, o);
		json_put_real(out, "low", hidden ? NAN : low, 4);
		json_put_real(out, "high", hidden ? NAN : high, 4);
		buf_append_char(out, '}');
	}
	buf_append_char(out, ']');
	json_put_key(out, "sizes");
	buf_append_char(out, '[');
	for (size_t size = 0; size <= regions->count; size++) {
		json_put_comma(out);
		put_marked(out, regions->of_size[size], regions->of_size_mark[size], o);
	}
	buf_append_str(out, "]}");
}

/* ---- all of it ---- */

/* Adds up the rows and settles what may be printed of them. release: what to free; NULL with a message if nothing may. */
static struct release *add_up(const struct report *r, struct tally *tally, struct listing *listing, struct report_counts *counts)
{
	struct session *s = r->rows;
	const struct options *o = s->options;
	struct ledger_row row;
	struct buf id = BUF_INIT;
	struct ledger_cursor *c = ledger_begin(s->ledger);
	while (ledger_next(c, &row)) {
		if (!options_selects(o, row.row))
			continue;
		buf_clear(&id);
		row_append_id(&id, row.archive, row.row);
		listing_add(listing, r, &row, id.data);
		if (row.duplicate && !o->all_duplicates)
			continue;
		int first_month = tally_add(tally, row.row)->first_month;
		if (counts->regions)
			regions_add(counts->regions, first_month, regions_set_of_row(counts->regions, row.row), 1);
	}
	ledger_end(c);
	buf_release(&id);

	size_t count;
	bool fit = true;
	const struct tally_group *groups = tally_groups(tally, &count);
	struct release *release = o->suppress_below ? release_settle(s, groups, count, counts->regions, &fit) : release_new(groups, count, s->lexicon->theme_count, false);
	if (counts->regions && !o->suppress_below)
		regions_sum(counts->regions);
	if (release && !fit) {
		message_warning("the page holds no intersections and no pairs");
		regions_free(counts->regions);
		counts->regions = NULL;
	}
	if (release) {
		counts->groups = release->groups;
		counts->group_count = release->printed;
		counts->total = release_find(release, TOTAL, "");
	}
	return release;
}

static void count_together(struct together *t, const struct session *s, const struct report_counts *counts)
{
	const struct options *o = s->options;
	struct ledger_row row;
	choose_paired(t, s, counts->groups, counts->group_count);
	struct ledger_cursor *c = ledger_begin(s->ledger);
	while (ledger_next(c, &row))
		if ((!row.duplicate || o->all_duplicates) && options_selects(o, row.row))
			add_together(t, row.row);
	ledger_end(c);
}

int report_append_json(struct buf *out, const struct report *r)
{
	struct session *s = r->rows;
	const struct options *o = s->options;
	size_t *place = mem_calloc(s->lexicon->theme_count + 1, sizeof *place), shown = 0;
	struct tally *tally = tally_new(s->lexicon, o);
	struct sole_entries *sole = sole_entries_new();
	struct report_counts counts = {.regions = r->set_count ? regions_new(r->sets, r->set_count) : NULL, .guarded = o->suppress_below};
	struct together together = {0};
	struct listing listing = {0};
	int failed = 0;
	for (size_t i = 0; i < s->lexicon->theme_count; i++)
		place[i] = s->shown[i] ? shown++ : SIZE_MAX;
	struct release *release = add_up(r, tally, &listing, &counts);
	if (release) {
		if (!o->suppress_below)
			count_together(&together, s, &counts);
		buf_append_char(out, '{');
		put_meta(out, r);
		put_themes(out, s, place);
		put_groups(out, s, &counts);
		put_pairs(out, o, &together, o->suppress_below ? counts.regions : NULL, place);
		if (counts.regions)
			put_sets(out, o, counts.regions, place);
		listing_put(out, &listing, o);
		failed = report_put_faults(out, s) | report_put_archives(out, s);
		json_put_count(out, "sample", r->sample);
		if (r->text)
			report_put_evidence(out, r, &counts, place, sole);
		else
			json_put_text(out, "no_evidence", r->no_evidence);
		struct trend *trends = trends_compute(s->lexicon, counts.groups, counts.group_count, sole);
		put_trends(out, r, trends, counts.groups);
		buf_append_char(out, '}');
		free(trends);
	}
	release_free(release);
	regions_free(counts.regions);
	free(together.both);
	free(together.place);
	free(together.themes);
	buf_release(&listing.duplicates);
	buf_release(&listing.undated);
	sole_entries_free(sole);
	tally_free(tally);
	free(place);
	return failed || !release ? -1 : 0;
}
