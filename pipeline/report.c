#include "pipeline/report.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "pipeline/json.h"
#include "pipeline/stats.h"
#include "pipeline/store_sql.h"
#include "pipeline/tally.h"
#include "pipeline/trend.h"
#include "pipeline/version.h"

/* ---- pieces of JSON ---- */

/* Names of files may be any bytes. */
static void put_string(struct buf *out, const char *s)
{
	struct buf safe = BUF_INIT;
	size_t length = strlen(s);
	if (utf8_valid_prefix(s, length) != length) {
		json_append_printable(&safe, s);
		s = safe.data;
		length = safe.length;
	}
	json_append_string(out, s, length);
	buf_release(&safe);
}

static void put_key(struct buf *out, const char *key)
{
	char before = out->data[out->length - 1];
	buf_printf(out, "%s\"%s\":", before == '{' ? "" : ",", key);
}

static void put_text(struct buf *out, const char *key, const char *s)
{
	put_key(out, key);
	put_string(out, s);
}

static void put_count(struct buf *out, const char *key, uint64_t n)
{
	put_key(out, key);
	buf_printf(out, "%" PRIu64, n);
}

static void put_real(struct buf *out, const char *key, double x, int decimals)
{
	put_key(out, key);
	if (isfinite(x))
		buf_printf(out, "%.*f", decimals, x);
	else
		buf_append_str(out, "null");
}

/* A comma unless this is the first of a list. */
static void put_comma(struct buf *out)
{
	char before = out->data[out->length - 1];
	if (before != '[' && before != '{')
		buf_append_char(out, ',');
}

/* ---- what is the same for all themes ---- */

static void put_meta(struct buf *out, const struct report *r)
{
	const struct session *s = r->rows;
	const struct options *o = s->options;
	static const char *const by[] = {"year", "fy", "period"};
	put_key(out, "meta");
	buf_append_char(out, '{');
	put_text(out, "program", THEMETALLY_VERSION);
	put_text(out, "counted_by", s->edition.program);
	put_text(out, "lexicon", s->edition.lexicon_name);
	put_text(out, "lexicon_version", s->edition.lexicon_version);
	put_count(out, "edition", (uint64_t)s->edition.id);
	char key[2 * SHA256_BYTES + 1];
	sha256_hex(s->edition.key, key);
	put_text(out, "edition_key", key);
	put_text(out, "edition_created", s->edition.created);
	put_text(out, "basis", o->incident_year ? "incident" : "published");
	put_text(out, "by", by[o->periods.kind]);
	put_count(out, "all_duplicates", o->all_duplicates);
	put_key(out, "kinds");
	buf_append_char(out, '[');
	for (int k = 0; k < KIND_COUNT; k++)
		if (o->kinds >> k & 1) {
			put_comma(out);
			put_string(out, review_kind_word((enum review_kind)k));
		}
	buf_append_str(out, "]");
	put_key(out, "where");
	buf_append_char(out, '[');
	for (size_t i = 0; i < o->condition_count; i++) {
		put_comma(out);
		buf_append_char(out, '[');
		put_string(out, facet_word(o->conditions[i].facet));
		put_comma(out);
		put_string(out, o->conditions[i].value);
		buf_append_char(out, ']');
	}
	buf_append_str(out, "]}");
}

static void put_themes(struct buf *out, const struct session *s, const size_t *place)
{
	const struct lexicon *lexicon = s->lexicon;
	put_key(out, "themes");
	buf_append_char(out, '[');
	for (size_t i = 0; i < lexicon->theme_count; i++) {
		if (!s->shown[i])
			continue;
		uint32_t parent = lexicon->themes[i].parent;
		while (parent != THEME_NONE && !s->shown[parent])
			parent = lexicon->themes[parent].parent;
		put_comma(out);
		buf_append_char(out, '{');
		put_text(out, "code", lexicon->themes[i].code);
		put_text(out, "label", lexicon->themes[i].label);
		if (*lexicon->themes[i].description)
			put_text(out, "description", lexicon->themes[i].description);
		if (parent != THEME_NONE)
			put_count(out, "parent", place[parent]);
		buf_append_char(out, '}');
	}
	buf_append_char(out, ']');
}

/* ---- counts and trends ---- */

enum { CELL_REVIEWS, CELL_NEGATED, CELL_MENTIONS, CELL_MENTIONS_NEGATED, CELL_LOW, CELL_HIGH, CELL_LISTS };

static void put_cells(struct buf *out, const struct session *s, const struct tally_group *g, int list)
{
	static const char *const keys[] = {"reviews_with", "reviews_negated", "mentions", "mentions_negated", "low", "high"};
	put_key(out, keys[list]);
	buf_append_char(out, '[');
	for (size_t i = 0; i < s->lexicon->theme_count; i++) {
		const struct cell *c = &g->cells[i];
		double low, high;
		if (!s->shown[i])
			continue;
		put_comma(out);
		switch (list) {
		case CELL_REVIEWS: buf_printf(out, "%" PRIu64, c->reviews); break;
		case CELL_NEGATED: buf_printf(out, "%" PRIu64, c->reviews_negated); break;
		case CELL_MENTIONS: buf_printf(out, "%" PRIu64, c->mentions); break;
		case CELL_MENTIONS_NEGATED: buf_printf(out, "%" PRIu64, c->mentions_negated); break;
		default:
			stats_wilson(c->reviews, g->reviews, &low, &high);
			buf_printf(out, "%.4f", list == CELL_LOW ? low : high);
		}
	}
	buf_append_char(out, ']');
}

static void put_groups(struct buf *out, const struct session *s, const struct tally_group *groups, size_t count)
{
	put_key(out, "groups");
	buf_append_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		const struct tally_group *g = &groups[i];
		put_comma(out);
		buf_append_char(out, '{');
		put_text(out, "period", g->period);
		if (g->first_month != INT_MAX)
			put_real(out, "middle", (double)(g->first_month + g->last_month + 1) / 24, 3);
		put_count(out, "reviews", g->reviews);
		put_count(out, "words", g->words);
		for (int list = 0; list < CELL_LISTS; list++)
			put_cells(out, s, g, list);
		buf_append_char(out, '}');
	}
	buf_append_char(out, ']');
}

static void put_trends(struct buf *out, const struct report *r, const struct trend *trends, const struct tally_group *groups)
{
	const struct session *s = r->rows;
	put_key(out, "trends");
	buf_append_char(out, '[');
	for (size_t i = 0; i < s->lexicon->theme_count; i++) {
		const struct trend *t = &trends[i];
		if (!s->shown[i])
			continue;
		put_comma(out);
		if (!t->first) {
			buf_append_str(out, "null");
			continue;
		}
		buf_append_char(out, '{');
		put_count(out, "periods", t->periods);
		put_count(out, "first", (uint64_t)(t->first - groups));
		put_count(out, "last", (uint64_t)(t->last - groups));
		put_real(out, "z", t->shares.z, 3);
		put_real(out, "p", t->shares.p, 6);
		put_real(out, "q", t->q, 6);
		put_real(out, "tau", t->rates.tau, 4);
		put_real(out, "rate_p", t->rates.p, 6);
		put_real(out, "slope", t->slope.slope, 2);
		put_real(out, "slope_low", t->slope.low, 2);
		put_real(out, "slope_high", t->slope.high, 2);
		if (t->carried_by != NO_ENTRY)
			put_text(out, "carried_by", r->text->lexicon->entries[t->carried_by].source);
		buf_append_char(out, '}');
	}
	buf_append_char(out, ']');
}

/* ---- pairs and intersections ---- */

struct together {
	uint32_t *place;            /* of a theme among those in the table, or THEME_NONE */
	uint32_t *themes;
	size_t count;
	uint64_t units, *both;      /* count * count; both[a * count + a] is a alone */
	uint64_t exactly[256];      /* reviews by set of report.sets */
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

static void add_together(struct together *t, const struct report *r, const struct review_row *row)
{
	unsigned set = 0;
	t->units++;
	for (size_t i = 0; i < row->tally_count; i++) {
		uint32_t a = t->place[row->tallies[i].theme];
		if (!row->tallies[i].mentions)
			continue;
		for (size_t k = 0; k < r->set_count; k++)
			set |= (unsigned)(row->tallies[i].theme == r->sets[k]) << k;
		for (size_t k = i; k < row->tally_count && a != THEME_NONE; k++) {
			uint32_t b = t->place[row->tallies[k].theme];
			if (row->tallies[k].mentions && b != THEME_NONE)
				t->both[a * t->count + b]++;
		}
	}
	t->exactly[set]++;
}

static void put_together(struct buf *out, const struct report *r, const struct together *t, const size_t *place)
{
	put_key(out, "pairs");
	buf_append_char(out, '{');
	put_count(out, "reviews", t->units);
	put_key(out, "themes");
	buf_append_char(out, '[');
	for (size_t i = 0; i < t->count; i++)
		buf_printf(out, "%s%zu", i ? "," : "", place[t->themes[i]]);
	buf_append_char(out, ']');
	put_key(out, "both"); /* row by row from the diagonal on */
	buf_append_char(out, '[');
	for (size_t a = 0; a < t->count; a++) {
		put_comma(out);
		buf_append_char(out, '[');
		for (size_t b = a; b < t->count; b++)
			buf_printf(out, "%s%" PRIu64, b > a ? "," : "", t->both[a * t->count + b]);
		buf_append_char(out, ']');
	}
	buf_append_str(out, "]}");

	if (!r->set_count)
		return;
	put_key(out, "sets");
	buf_append_char(out, '{');
	put_key(out, "themes");
	buf_append_char(out, '[');
	for (size_t i = 0; i < r->set_count; i++)
		buf_printf(out, "%s%zu", i ? "," : "", place[r->sets[i]]);
	buf_append_char(out, ']');
	put_key(out, "regions");
	buf_append_char(out, '[');
	for (unsigned set = 0; set < 1u << r->set_count; set++) {
		double low, high;
		stats_wilson(t->exactly[set], t->units, &low, &high);
		put_comma(out);
		buf_append_char(out, '{');
		put_count(out, "set", set);
		put_count(out, "reviews", t->exactly[set]);
		put_real(out, "low", low, 4);
		put_real(out, "high", high, 4);
		buf_append_char(out, '}');
	}
	buf_append_str(out, "]}");
}

/* ---- lists: duplicates, undated reviews, faults, archives ---- */

struct listing {
	struct buf duplicates, undated;
	uint64_t duplicate_count, undated_count;
};

static void put_review(struct buf *list, const char *id, const struct review_row *row)
{
	if (list->length)
		buf_append_char(list, ',');
	buf_append_char(list, '{');
	put_text(list, "review", id);
	put_text(list, "title", row->title);
}

static void list_row(struct listing *l, const struct report *r, const struct ledger_row *row, const char *id)
{
	const struct options *o = r->rows->options;
	if (row->duplicate && l->duplicate_count++ < REPORT_LISTED) {
		const char *of = ledger_original_id(r->rows->ledger, row->duplicate->of);
		put_review(&l->duplicates, id, row->row);
		put_text(&l->duplicates, "of", of ? of : "");
		put_text(&l->duplicates, "reason", duplicate_reason_word(row->duplicate->reason));
		put_real(&l->duplicates, "similarity", row->duplicate->similarity, 2);
		buf_append_char(&l->duplicates, '}');
	}
	if ((!row->duplicate || o->all_duplicates) && !(o->incident_year ? row->row->incident.year : row->row->published.year) &&
	    l->undated_count++ < REPORT_LISTED) {
		put_review(&l->undated, id, row->row);
		buf_append_char(&l->undated, '}');
	}
}

static void put_list(struct buf *out, const char *key, const struct buf *list, uint64_t count)
{
	put_key(out, key);
	buf_append_char(out, '{');
	put_count(out, "count", count);
	put_key(out, "listed");
	buf_append_char(out, '[');
	buf_append(out, list->data ? list->data : "", list->length);
	buf_append_str(out, "]}");
}

static int put_faults(struct buf *out, const struct session *s)
{
	static const char *const keys[] = {"archive", "member", "reason", "message"};
	struct buf list = BUF_INIT;
	uint64_t count = 0;
	int result;
	sqlite3_stmt *q = store_prepare(s->store, "SELECT a.path, f.member, f.reason, f.message, f.skipped FROM fault f JOIN archive a ON a.id = f.archive"
	                                          " WHERE a.edition = ? ORDER BY a.path, f.number");
	if (!q)
		return -1;
	sqlite3_bind_int64(q, 1, s->edition.id);
	while ((result = store_next(s->store, q)) == 1) {
		if (count++ >= REPORT_LISTED)
			continue;
		buf_append_str(&list, list.length ? ",{" : "{");
		for (int i = 0; i < 4; i++)
			put_text(&list, keys[i], store_text(q, i));
		put_text(&list, "what", sqlite3_column_int(q, 4) ? "member left out" : "unit refused");
		buf_append_char(&list, '}');
	}
	sqlite3_finalize(q);
	put_list(out, "faults", &list, count);
	buf_release(&list);
	return result;
}

static int put_archives(struct buf *out, const struct session *s)
{
	static const char *const keys[] = {"count", "bytes", "decoded_bytes", "units_sealed", "units_refused", "members", "members_skipped", "replaced",
	                                   "damaged"};
	sqlite3_stmt *q = store_prepare(
		s->store, "SELECT count(*), coalesce(sum(bytes), 0), coalesce(sum(decoded_bytes), 0), coalesce(sum(units_sealed), 0), coalesce(sum(units_refused), 0),"
		          " coalesce(sum(members), 0), coalesce(sum(members_skipped), 0), coalesce(sum(replaced), 0), (SELECT count(DISTINCT f.archive) FROM fault f"
		          " JOIN archive b ON b.id = f.archive WHERE b.edition = ?1), min(counted_at), max(counted_at), (SELECT nested FROM edition WHERE id = ?1)"
		          " FROM archive WHERE edition = ?1");
	if (!q)
		return -1;
	sqlite3_bind_int64(q, 1, s->edition.id);
	int result = store_next(s->store, q);
	put_key(out, "archives");
	buf_append_char(out, '{');
	for (int i = 0; i < 9; i++)
		put_count(out, keys[i], (uint64_t)sqlite3_column_int64(q, i));
	put_text(out, "first_counted", store_text(q, 9));
	put_text(out, "last_counted", store_text(q, 10));
	put_text(out, "nested", store_text(q, 11));
	buf_append_char(out, '}');
	sqlite3_finalize(q);
	return result < 0 ? -1 : 0;
}

/* ---- evidence ---- */

/* A phrase that may be shown; text holds its JSON. */
struct phrase {
	uint32_t theme;
	int first_month;
	uint64_t draw;
	size_t number;
	char *text;
};

static int by_draw(const void *a, const void *b)
{
	const struct phrase *x = a, *y = b;
	if (x->theme != y->theme)
		return x->theme < y->theme ? -1 : 1;
	if (x->first_month != y->first_month)
		return x->first_month < y->first_month ? -1 : 1;
	if (x->draw != y->draw)
		return x->draw < y->draw ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Keeps the phrases of each theme and period with the least draws. */
static size_t thin(struct phrase *list, size_t count, unsigned sample)
{
	size_t kept = 0, rank = 0;
	mem_sort(list, count, sizeof *list, by_draw);
	for (size_t i = 0; i < count; i++) {
		bool same = kept && list[kept - 1].theme == list[i].theme && list[kept - 1].first_month == list[i].first_month;
		rank = same ? rank + 1 : 0;
		if (rank < sample)
			list[kept++] = list[i];
		else
			free(list[i].text);
	}
	return kept;
}

static char *phrase_text(const struct lexicon *lexicon, const char *id, const struct review_row *row, const struct evidence *e)
{
	struct buf b = BUF_INIT;
	const char *const texts[] = {id, row->title, e->left, e->match, e->right, lexicon->entries[e->entry].source,
	                             e->cue == NO_CUE ? "" : lexicon->entries[e->cue].source};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		buf_append_char(&b, ',');
		put_string(&b, texts[i]);
	}
	return buf_detach(&b);
}

static void put_evidence(struct buf *out, const struct report *r, const struct tally_group *groups, size_t group_count, const size_t *place,
                         struct sole_entries *sole)
{
	enum { THIN_AT = 1 << 16 };
	const struct options *o = r->rows->options;
	struct phrase *list = NULL;
	size_t count = 0, capacity = 0, number = 0, thin_at = THIN_AT;
	struct tally *dates = tally_new(r->text->lexicon, o);
	struct ledger_cursor *c = ledger_begin(r->text->ledger);
	struct ledger_row row;
	struct buf id = BUF_INIT;
	while (ledger_next(c, &row)) {
		if ((row.duplicate && !o->all_duplicates) || !options_selects(o, row.row))
			continue;
		const struct dating *date = o->incident_year ? &row.row->incident : &row.row->published;
		int first_month = tally_open(dates, date->year, date->month, "")->first_month;
		sole_entries_add(sole, first_month, row.row);
		buf_clear(&id);
		row_append_id(&id, row.archive, row.row);
		for (size_t i = 0; i < row.row->evidence_count; i++) {
			const struct evidence *e = &row.row->evidence[i];
			if (!r->rows->shown[e->theme])
				continue;
			MEM_GROW(list, count, capacity);
			list[count++] = (struct phrase){e->theme, first_month,
			                                XXH3_64bits_withSeed(id.data, id.length, XXH3_64bits(&(uint64_t[]){e->offset, e->theme}, 16)), number++,
			                                phrase_text(r->text->lexicon, id.data, row.row, e)};
		}
		if (count >= thin_at) {
			count = thin(list, count, r->sample);
			thin_at = 2 * count > THIN_AT ? 2 * count : THIN_AT;
		}
	}
	ledger_end(c);
	count = thin(list, count, r->sample);
	put_key(out, "evidence");
	buf_append_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		size_t group = 0;
		while (group < group_count && groups[group].first_month != list[i].first_month)
			group++;
		put_comma(out);
		buf_printf(out, "[%zu,%zu%s]", place[list[i].theme], group, list[i].text);
		free(list[i].text);
	}
	buf_append_char(out, ']');
	free(list);
	tally_free(dates);
	buf_release(&id);
}

/* ---- all of it ---- */

int report_append_json(struct buf *out, const struct report *r)
{
	struct session *s = r->rows;
	const struct options *o = s->options;
	size_t *place = mem_calloc(s->lexicon->theme_count + 1, sizeof *place), shown = 0, group_count;
	struct tally *tally = tally_new(s->lexicon, o);
	struct sole_entries *sole = sole_entries_new();
	struct together together = {0};
	struct listing listing = {0};
	struct ledger_row row;
	struct buf id = BUF_INIT;
	for (size_t i = 0; i < s->lexicon->theme_count; i++)
		place[i] = s->shown[i] ? shown++ : SIZE_MAX;

	struct ledger_cursor *c = ledger_begin(s->ledger);
	while (ledger_next(c, &row)) {
		if (!options_selects(o, row.row))
			continue;
		buf_clear(&id);
		row_append_id(&id, row.archive, row.row);
		list_row(&listing, r, &row, id.data);
		if (!row.duplicate || o->all_duplicates)
			tally_add(tally, row.row);
	}
	ledger_end(c);
	const struct tally_group *groups = tally_groups(tally, &group_count);
	choose_paired(&together, s, groups, group_count);
	c = ledger_begin(s->ledger);
	while (ledger_next(c, &row))
		if ((!row.duplicate || o->all_duplicates) && options_selects(o, row.row))
			add_together(&together, r, row.row);
	ledger_end(c);

	buf_append_char(out, '{');
	put_meta(out, r);
	put_themes(out, s, place);
	put_groups(out, s, groups, group_count);
	put_together(out, r, &together, place);
	put_list(out, "duplicates", &listing.duplicates, listing.duplicate_count);
	put_list(out, "undated", &listing.undated, listing.undated_count);
	int failed = put_faults(out, s) | put_archives(out, s);
	put_count(out, "sample", r->sample);
	if (r->text)
		put_evidence(out, r, groups, group_count, place, sole);
	else
		put_text(out, "no_evidence", r->no_evidence);
	struct trend *trends = trends_compute(s->lexicon, groups, group_count, sole);
	put_trends(out, r, trends, groups);
	buf_append_char(out, '}');

	free(trends);
	free(together.both);
	free(together.place);
	free(together.themes);
	buf_release(&listing.duplicates);
	buf_release(&listing.undated);
	buf_release(&id);
	sole_entries_free(sole);
	tally_free(tally);
	free(place);
	return failed ? -1 : 0;
}
