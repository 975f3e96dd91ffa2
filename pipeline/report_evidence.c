#include "pipeline/report_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "pipeline/json.h"

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

/* id: NULL if nothing is to be said of which review it is. */
static char *phrase_text(const struct lexicon *lexicon, const char *id, const struct review_row *row, const struct evidence *e)
{
	struct buf b = BUF_INIT;
	const char *const texts[] = {id ? id : "", id ? row->title : "", e->left, e->match, e->right, lexicon->entries[e->entry].source,
	                             e->cue == NO_CUE ? "" : lexicon->entries[e->cue].source};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		buf_append_char(&b, ',');
		json_put_string(&b, texts[i]);
	}
	return buf_detach(&b);
}

/* ---- what --suppress-below leaves ---- */

/* Whether a mention is one that a hidden count counts. */
static bool is_hidden(const struct evidence *e, const struct tally_group *g)
{
	return g->marks && (e->cue == NO_CUE ? g->marks[e->theme].reviews : g->marks[e->theme].negated);
}

static int by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* A review of tonight may be newer than what is printed of its period. */
static bool is_printed(const struct tally_group *g, const struct review_row *row)
{
	uint64_t id = row_identity(row);
	return !g->id_count /* not kept: all are */ || bsearch(&id, g->ids, g->id_count, sizeof id, by_id);
}

/* Whether a phrase and the text around it show a mention that a hidden count counts, or themes whose number together is hidden. */
static bool shows_hidden(const struct evidence *e, const struct review_row *row, const struct tally_group *g, const struct regions *regions)
{
	struct buf text = BUF_INIT;
	unsigned set = 0;
	bool hidden = false;
	buf_printf(&text, "%s%s%s", e->left, e->match, e->right);
	for (size_t i = 0; i < row->evidence_count && !hidden; i++) {
		const struct evidence *other = &row->evidence[i];
		unsigned bit = regions && other->cue == NO_CUE ? regions_set(regions, &other->theme, 1) : 0;
		if ((!is_hidden(other, g) && !(bit & ~set)) || !strstr(text.data, other->match))
			continue;
		hidden = is_hidden(other, g);
		set |= bit;
	}
	for (unsigned part = set; part && !hidden; part = (part - 1) & set)
		hidden = regions->of[part].at_least_mark != MARK_SHOWN;
	buf_release(&text);
	return hidden;
}

static bool may_be_shown(const struct report_counts *counts, const struct tally_group *g, const struct review_row *row, const struct evidence *e)
{
	return !counts->guarded || !shows_hidden(e, row, g, counts->regions);
}

/* ---- all of it ---- */

static size_t group_at(const struct report_counts *counts, int first_month)
{
	size_t group = 0;
	while (group < counts->group_count && counts->groups[group].first_month != first_month)
		group++;
	return group;
}

void report_put_evidence(struct buf *out, const struct report *r, const struct report_counts *counts, const size_t *place, struct sole_entries *sole)
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
		size_t group = group_at(counts, first_month);
		sole_entries_add(sole, first_month, row.row);
		buf_clear(&id);
		row_append_id(&id, row.archive, row.row);
		if (group == counts->group_count || !is_printed(&counts->groups[group], row.row))
			continue;
		for (size_t i = 0; i < row.row->evidence_count; i++) {
			const struct evidence *e = &row.row->evidence[i];
			if (!r->rows->shown[e->theme] || !may_be_shown(counts, &counts->groups[group], row.row, e))
				continue;
			MEM_GROW(list, count, capacity);
			list[count++] = (struct phrase){e->theme, first_month,
			                                XXH3_64bits_withSeed(id.data, id.length, XXH3_64bits(&(uint64_t[]){e->offset, e->theme}, 16)), number++,
			                                phrase_text(r->text->lexicon, o->suppress_below ? NULL : id.data, row.row, e)};
		}
		if (count >= thin_at) {
			count = thin(list, count, r->sample);
			thin_at = 2 * count > THIN_AT ? 2 * count : THIN_AT;
		}
	}
	ledger_end(c);
	count = thin(list, count, r->sample);
	assert(list || !count);
	json_put_key(out, "evidence");
	buf_append_char(out, '[');
	for (size_t i = 0; i < count; i++) {
		json_put_comma(out);
		buf_printf(out, "[%zu,%zu%s]", place[list[i].theme], group_at(counts, list[i].first_month), list[i].text);
		free(list[i].text);
	}
	buf_append_char(out, ']');
	free(list);
	tally_free(dates);
	buf_release(&id);
}
