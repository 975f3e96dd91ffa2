#include "pipeline/regions.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- counting ---- */

struct regions *regions_new(const uint32_t *themes, size_t count)
{
	struct regions *r = mem_calloc(1, sizeof *r);
	memcpy(r->themes, themes, count * sizeof *themes);
	r->count = count;
	r->index = (struct strmap)STRMAP_INIT;
	return r;
}

void regions_free(struct regions *r)
{
	if (!r)
		return;
	free(r->parts);
	strmap_release(&r->index);
	free(r);
}

unsigned regions_set(const struct regions *r, const uint32_t *themes, size_t count)
{
	unsigned set = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < r->count; k++)
			set |= (unsigned)(themes[i] == r->themes[k]) << k;
	return set;
}

unsigned regions_set_of_row(const struct regions *r, const struct review_row *row)
{
	unsigned set = 0;
	for (size_t i = 0; i < row->tally_count; i++)
		if (row->tallies[i].mentions)
			set |= regions_set(r, &row->tallies[i].theme, 1);
	return set;
}

void regions_add(struct regions *r, int first_month, unsigned set, uint64_t units)
{
	struct {
		int first_month;
		unsigned set;
	} key = {first_month, set};
	bool is_new;
	size_t *at = strmap_put(&r->index, &key, sizeof key, &is_new);
	if (is_new) {
		MEM_GROW(r->parts, r->part_count, r->part_capacity);
		*at = r->part_count;
		r->parts[r->part_count++] = (struct region_part){first_month, set, 0};
	}
	r->parts[*at].units += units;
}

void regions_replace(struct regions *r, int first_month, const struct regions *from)
{
	for (size_t i = 0; i < r->part_count; i++)
		if (r->parts[i].first_month == first_month)
			r->parts[i].units = 0;
	for (size_t i = 0; i < from->part_count; i++)
		if (from->parts[i].first_month == first_month)
			regions_add(r, first_month, from->parts[i].set, from->parts[i].units);
}

static unsigned all_sets(const struct regions *r)
{
	return 1u << r->count;
}

void regions_sum(struct regions *r)
{
	memset(r->of, 0, sizeof r->of);
	memset(r->of_size, 0, sizeof r->of_size);
	memset(r->of_size_mark, 0, sizeof r->of_size_mark);
	for (size_t i = 0; i < r->part_count; i++) {
		r->of[r->parts[i].set].exactly += r->parts[i].units;
		r->of_size[__builtin_popcount(r->parts[i].set)] += r->parts[i].units;
	}
	for (unsigned set = 0; set < all_sets(r); set++)
		for (unsigned other = 0; other < all_sets(r); other++)
			r->of[set].at_least += (other & set) == set ? r->of[other].exactly : 0;
}

/* ---- protection ----
 *
 * What may be the case is a world: for each layer, period and set of the themes a number of reviews. Worlds are what the solver of pipeline/suppress.h looks for: the numbers are
 * latent cells there, and all that is printed are sums of them. */

enum { LATENT_MOST = 6000 }; /* beyond it only sets that were found in the period itself are let vary: fewer worlds to look through, none that cannot be */

struct world {
	const struct region_layer *layers;
	size_t layer_count;
	const struct lexicon *lexicon;
	struct suppress *s;
	uint32_t themes[REGION_THEMES];
	size_t count;
	bool found[REGIONS];        /* anywhere */
	bool possible[REGIONS];     /* may be supposed */
	bool sparse;
	size_t **latent;            /* [layer][group * REGIONS + set], or no_cell */
	size_t **others;            /* [layer][group * theme_count + theme]: counts of other themes that bear on these, or no_cell */
	size_t *terms_of;           /* room for a sum */
};
static const size_t no_cell = SIZE_MAX;

static const struct tally_group *group_of(const struct world *w, size_t layer, size_t group)
{
	return &w->layers[layer].counts->groups[group];
}

static unsigned bit_of(const struct world *w, uint32_t theme)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->themes[i] == theme)
			return 1u << i;
	return 0;
}

/* Those of the themes that are within `theme`, itself too, as a set; below: only those right below it. */
static unsigned within(const struct world *w, uint32_t theme, bool below)
{
	unsigned set = 0;
	for (size_t i = 0; i < w->count; i++)
		set |= (unsigned)(below ? w->lexicon->themes[w->themes[i]].parent == theme : theme_is_within(w->lexicon, w->themes[i], theme)) << i;
	return set;
}

/* Whether all themes right below a theme are among those looked at, and whoever holds it holds one of them as far as is found. */
static bool is_split(const struct world *w, uint32_t theme)
{
	unsigned parts = within(w, theme, true), self = bit_of(w, theme);
	for (uint32_t t = theme + 1; t < w->lexicon->theme_count; t++)
		if (w->lexicon->themes[t].parent == theme && !bit_of(w, t))
			return false;
	for (unsigned set = 0; set < 1u << w->count; set++)
		if (w->found[set] && (set & self) && !(set & parts))
			return false;
	return parts != 0;
}

/* A set without an ancestor of one of its themes, or with a theme that is nothing but its parts and none of them, is that of no review. */
static void find_possible(struct world *w)
{
	for (size_t l = 0; l < w->layer_count; l++)
		for (size_t i = 0; i < w->layers[l].regions->part_count; i++)
			w->found[w->layers[l].regions->parts[i].set] |= w->layers[l].regions->parts[i].units > 0;
	for (unsigned set = 0; set < 1u << w->count; set++) {
		bool good = true;
		for (size_t i = 0; i < w->count; i++) {
			unsigned inside = within(w, w->themes[i], false) & ~(1u << i);
			good &= (set >> i & 1) || !(set & inside);
			good &= !(set >> i & 1) || (set & inside) || !is_split(w, w->themes[i]);
		}
		w->possible[set] = good || w->found[set];
	}
}

static uint64_t found_in(const struct regions *r, int first_month, unsigned set)
{
	for (size_t i = 0; i < r->part_count; i++)
		if (r->parts[i].first_month == first_month && r->parts[i].set == set)
			return r->parts[i].units;
	return 0;
}

/* Whether, as far as is found, a theme is in no more reviews than the themes right below it together. */
static bool is_union(const struct world *w, uint32_t theme)
{
	for (size_t l = 0; l < w->layer_count; l++)
		for (size_t g = 0; g < w->layers[l].counts->printed; g++) {
			uint64_t together = 0;
			for (uint32_t c = theme + 1; c < w->lexicon->theme_count; c++)
				together += w->lexicon->themes[c].parent == theme ? group_of(w, l, g)->cells[c].reviews : 0;
			if (together < group_of(w, l, g)->cells[theme].reviews)
				return false;
		}
	return true;
}

static uint64_t found_touching(const struct world *w, size_t layer, size_t group, unsigned given)
{
	const struct regions *r = w->layers[layer].regions;
	uint64_t found = 0;
	for (size_t i = 0; i < r->part_count; i++)
		found += r->parts[i].first_month == group_of(w, layer, group)->first_month && (r->parts[i].set & given) ? r->parts[i].units : 0;
	return found;
}

static bool varies(const struct world *w, int first_month, unsigned set)
{
	bool here = false;
	for (size_t l = 0; l < w->layer_count && w->sparse; l++)
		here |= found_in(w->layers[l].regions, first_month, set) > 0;
	return w->possible[set] && (here || !w->sparse);
}

static void add_latent(struct world *w)
{
	size_t possible = 0, groups = 0;
	for (unsigned set = 0; set < 1u << w->count; set++)
		possible += w->possible[set];
	for (size_t l = 0; l < w->layer_count; l++)
		groups += w->layers[l].counts->printed;
	w->sparse = possible * groups > LATENT_MOST;
	w->terms_of = mem_calloc(possible * groups + 1, sizeof *w->terms_of);
	w->latent = mem_calloc(w->layer_count, sizeof *w->latent);
	w->others = mem_calloc(w->layer_count, sizeof *w->others);
	for (size_t l = 0; l < w->layer_count; l++) {
		size_t printed = w->layers[l].counts->printed;
		w->others[l] = mem_alloc((printed * w->lexicon->theme_count + 1) * sizeof **w->others);
		memset(w->others[l], 0xFF, printed * w->lexicon->theme_count * sizeof **w->others);
		w->latent[l] = mem_alloc((printed * REGIONS + 1) * sizeof **w->latent);
		for (size_t g = 0; g < printed; g++)
			for (unsigned set = 0; set < REGIONS; set++) {
				int first_month = group_of(w, l, g)->first_month;
				bool here = set < 1u << w->count && varies(w, first_month, set);
				w->latent[l][g * REGIONS + set] = here ? suppress_latent_cell(w->s, found_in(w->layers[l].regions, first_month, set)) : no_cell;
			}
	}
}

/* The latent cells of a layer's group (all of its groups: SIZE_MAX) whose set passes, in terms_of; how many. */
static size_t collect(struct world *w, size_t layer, size_t group, bool (*passes)(unsigned set, unsigned given), unsigned given)
{
	size_t count = 0, printed = w->layers[layer].counts->printed;
	for (size_t g = group == SIZE_MAX ? 0 : group; g < (group == SIZE_MAX ? printed : group + 1); g++)
		for (unsigned set = 0; set < 1u << w->count; set++)
			if (w->latent[layer][g * REGIONS + set] != no_cell && passes(set, given))
				w->terms_of[count++] = w->latent[layer][g * REGIONS + set];
	return count;
}

/* The count of another theme. */
static size_t other_cell(struct world *w, size_t layer, size_t group, uint32_t theme)
{
	const struct tally_group *g = group_of(w, layer, group);
	size_t *cell = &w->others[layer][group * w->lexicon->theme_count + theme];
	if (*cell == no_cell)
		*cell = suppress_settled_cell(w->s, g->cells[theme].reviews, g->marks[theme].reviews);
	return *cell;
}

static bool is_exactly(unsigned set, unsigned given)
{
	return set == given;
}

static bool holds(unsigned set, unsigned given)
{
	return (set & given) == given;
}

static bool touches(unsigned set, unsigned given)
{
	return (set & given) != 0;
}

static bool is_of_size(unsigned set, unsigned given)
{
	return (unsigned)__builtin_popcount(set) == given;
}

/* What is printed by period: all reviews, and those with each theme. */
static void add_counts(struct world *w, size_t layer, size_t group, size_t *all, size_t *alone)
{
	const struct tally_group *g = group_of(w, layer, group);
	*all = suppress_settled_cell(w->s, g->reviews, g->reviews_mark);
	suppress_sum(w->s, *all, w->terms_of, collect(w, layer, group, holds, 0));
	for (size_t i = 0; i < w->count; i++) {
		alone[i] = suppress_settled_cell(w->s, g->cells[w->themes[i]].reviews, g->marks[w->themes[i]].reviews);
		suppress_sum(w->s, alone[i], w->terms_of, collect(w, layer, group, holds, 1u << i));
	}
}

/* The latent cells of a group whose sets touch `given`, as terms; how many. */
static size_t put_touching(struct world *w, size_t layer, size_t group, unsigned given, int sign, struct suppress_term *terms)
{
	size_t count = collect(w, layer, group, touches, given);
	for (size_t i = 0; i < count; i++)
		terms[i] = (struct suppress_term){w->terms_of[i], sign};
	return count;
}

/* A theme above some of these has at least the reviews of those together; and, if it is nothing but the themes right below it, no more than theirs and the others'. With then: the same
 * of what has changed since that group of the layer before, but for as many as went; now minus then. */
static void add_ancestors(struct world *w, size_t layer, size_t group, size_t then, int64_t out)
{
	const struct lexicon *lexicon = w->lexicon;
	struct suppress_term *terms = mem_alloc((2 * REGIONS + 2 * lexicon->theme_count + 2) * sizeof *terms);
	for (uint32_t q = 0; q < lexicon->theme_count; q++) {
		unsigned inside = within(w, q, false), below = within(w, q, true);
		if (!inside || bit_of(w, q))
			continue;
		int64_t whole = 0, above = 0, parts = 0, count = 1;
		size_t n_above = 0, n_parts;
		struct suppress_term *above_terms = terms;
		/* above: the theme less those within; parts: those right below less the theme */
		for (int back = 0; back < (then == SIZE_MAX ? 1 : 2); back++) {
			size_t l = layer - (size_t)back, g = back ? then : group;
			int sign = back ? -1 : 1;
			n_above += put_touching(w, l, g, inside, -sign, above_terms + n_above);
			above_terms[n_above++] = (struct suppress_term){other_cell(w, l, g, q), sign};
			whole += sign * (int64_t)group_of(w, l, g)->cells[q].reviews;
			above -= sign * (int64_t)found_touching(w, l, g, inside);
		}
		if (whole + above >= -out)
			suppress_rule(w->s, above_terms, n_above, -out, SUPPRESS_NO_LIMIT);
		n_parts = 0;
		for (int back = 0; back < (then == SIZE_MAX ? 1 : 2); back++) {
			size_t l = layer - (size_t)back, g = back ? then : group;
			int sign = back ? -1 : 1;
			n_parts += put_touching(w, l, g, below, sign, terms + n_parts);
			terms[n_parts++] = (struct suppress_term){other_cell(w, l, g, q), -sign};
			parts += sign * (int64_t)found_touching(w, l, g, below);
			for (uint32_t c = q + 1; c < lexicon->theme_count; c++)
				if (lexicon->themes[c].parent == q && !bit_of(w, c)) {
					terms[n_parts++] = (struct suppress_term){other_cell(w, l, g, c), sign};
					parts += sign * (int64_t)group_of(w, l, g)->cells[c].reviews;
					count += !back;
				}
		}
		if (is_union(w, q) && parts - whole >= -count * out)
			suppress_rule(w->s, terms, n_parts, -count * out, SUPPRESS_NO_LIMIT);
	}
	free(terms);
}

/* What is printed over all periods. cells: [0] exactly, [1] at least, by set; then sizes. */
static void add_regions(struct world *w, size_t layer, size_t cells[2][REGIONS], size_t *of_size)
{
	const struct regions *r = w->layers[layer].regions;
	const struct release *counts = w->layers[layer].counts;
	const struct tally_group *total = release_find(counts, TOTAL, "");
	size_t *all = mem_alloc((counts->printed + 1) * sizeof *all), *alone = mem_alloc((counts->printed + 1) * REGION_THEMES * sizeof *alone);
	bool settled = layer + 1 < w->layer_count;
	for (size_t g = 0; g < counts->printed; g++) {
		add_counts(w, layer, g, &all[g], &alone[g * REGION_THEMES]);
		add_ancestors(w, layer, g, SIZE_MAX, 0);
	}
	for (unsigned set = 0; set < 1u << w->count; set++) {
		const struct region *of = &r->of[set];
		unsigned one = (unsigned)__builtin_ctz(set | REGIONS);
		bool single = set && !(set & (set - 1));
		cells[0][set] = settled ? suppress_settled_cell(w->s, of->exactly, of->exactly_mark) : suppress_cell(w->s, of->exactly);
		cells[1][set] = single || !set ? suppress_settled_cell(w->s, of->at_least, single ? total->marks[w->themes[one]].reviews : total->reviews_mark)
		                : settled      ? suppress_settled_cell(w->s, of->at_least, of->at_least_mark)
		                               : suppress_cell(w->s, of->at_least);
		suppress_sum(w->s, cells[0][set], w->terms_of, collect(w, layer, SIZE_MAX, is_exactly, set));
		suppress_sum(w->s, cells[1][set], w->terms_of, collect(w, layer, SIZE_MAX, holds, set));
		if (!single && set)
			continue;
		for (size_t g = 0; g < counts->printed; g++)
			w->terms_of[g] = single ? alone[g * REGION_THEMES + one] : all[g];
		suppress_sum(w->s, cells[1][set], w->terms_of, counts->printed);
	}
	for (unsigned size = 0; size <= w->count; size++) {
		of_size[size] = settled ? suppress_settled_cell(w->s, r->of_size[size], r->of_size_mark[size]) : suppress_cell(w->s, r->of_size[size]);
		suppress_sum(w->s, of_size[size], w->terms_of, collect(w, layer, SIZE_MAX, is_of_size, size));
	}
	free(all);
	free(alone);
}

/* From one layer to the next no set can have gained or lost more reviews than came or went. */
static void add_links(struct world *w, size_t layer)
{
	const struct release *before = w->layers[layer - 1].counts, *now = w->layers[layer].counts;
	for (size_t g = 0; g < now->printed; g++) {
		const struct tally_group *then = release_find(before, now->groups[g].period, "");
		if (!then)
			continue;
		int64_t in = (int64_t)ids_missing(then->ids, then->id_count, now->groups[g].ids, now->groups[g].id_count);
		int64_t out = (int64_t)ids_missing(now->groups[g].ids, now->groups[g].id_count, then->ids, then->id_count);
		for (unsigned set = 0; set < 1u << w->count; set++) {
			size_t cell = w->latent[layer][g * REGIONS + set], old = w->latent[layer - 1][(size_t)(then - before->groups) * REGIONS + set];
			if (cell != no_cell && old != no_cell)
				suppress_rule(w->s, (struct suppress_term[]){{cell, 1}, {old, -1}}, 2, -out, in);
		}
		add_ancestors(w, layer, g, (size_t)(then - before->groups), out);
		for (uint32_t t = 0; t < w->lexicon->theme_count; t++) {
			size_t cell = w->others[layer][g * w->lexicon->theme_count + t], old = w->others[layer - 1][(size_t)(then - before->groups) * w->lexicon->theme_count + t];
			if (cell != no_cell && old != no_cell)
				suppress_rule(w->s, (struct suppress_term[]){{cell, 1}, {old, -1}}, 2, -out, in);
		}
	}
}

int regions_protect(const struct region_layer *layers, size_t count, const struct lexicon *lexicon, unsigned threshold)
{
	assert(count);
	struct regions *r = layers[count - 1].regions;
	struct world w = {.layers = layers, .layer_count = count, .lexicon = lexicon, .s = suppress_new(threshold), .count = r->count};
	size_t cells[2][REGIONS] = {{0}}, of_size[REGION_THEMES + 1] = {0};
	memcpy(w.themes, r->themes, sizeof w.themes);
	find_possible(&w);
	add_latent(&w);
	for (size_t l = 0; l < count; l++) {
		add_regions(&w, l, cells, of_size);
		if (l)
			add_links(&w, l);
	}
	int failed = suppress_solve(w.s);
	for (unsigned set = 0; set < all_sets(r) && !failed; set++) {
		r->of[set].exactly_mark = (unsigned char)suppress_mark(w.s, cells[0][set]);
		r->of[set].at_least_mark = (unsigned char)suppress_mark(w.s, cells[1][set]);
	}
	for (unsigned size = 0; size <= r->count && !failed; size++)
		r->of_size_mark[size] = (unsigned char)suppress_mark(w.s, of_size[size]);
	suppress_free(w.s);
	for (size_t l = 0; l < count; l++) {
		free(w.latent[l]);
		free(w.others[l]);
	}
	free(w.latent);
	free(w.others);
	free(w.terms_of);
	return failed;
}
