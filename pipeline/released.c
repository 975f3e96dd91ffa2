#include "pipeline/released.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "pipeline/output.h"

enum { KEPT = 12 }; /* releases of one table; what is older is no longer protected against */

/* ---- which table it is ---- */

/* regions: NULL for the table of counts. */
static void append_name(struct buf *out, const struct session *s, const struct regions *regions)
{
	static const char *const by[] = {"year", "fy", "period"};
	const struct options *o = s->options;
	unsigned char key[SHA256_BYTES];
	char hex[2 * SHA256_BYTES + 1];
	if (s->store)
		memcpy(key, s->edition.key, sizeof key);
	else
		edition_key(s->lexicon, o, key);
	sha256_hex(key, hex);
	buf_append_str(out, regions ? "regions" : "count");
	for (size_t i = 0; regions && i < regions->count; i++)
		buf_printf(out, "%c%s", i ? ',' : ' ', s->lexicon->themes[regions->themes[i]].code);
	buf_printf(out, " %s %s", o->incident_year ? "incident" : "published", by[o->periods.kind]);
	for (size_t i = 0; i < o->periods.count; i++)
		buf_printf(out, "%c%s", i ? ',' : ':', o->periods.list[i].label);
	buf_printf(out, " facet=%s kinds=%u duplicates=%s", o->facet == FACET_NONE ? "" : facet_word(o->facet), o->kinds, o->all_duplicates ? "all" : "once");
	for (size_t i = 0; i < o->condition_count; i++)
		buf_printf(out, " %s=%s", facet_word(o->conditions[i].facet), o->conditions[i].value);
	buf_printf(out, " edition %s", hex);
}

/* ---- releases as JSON ---- */

static json_t *group_to_json(const struct tally_group *g, size_t theme_count)
{
	json_t *cells = json_array(), *ids = json_array();
	for (size_t i = 0; i < theme_count; i++) {
		const struct cell *c = &g->cells[i];
		if (c->mentions + c->mentions_negated == 0 && g->marks[i].reviews + g->marks[i].negated == 0)
			continue;
		json_array_append_new(cells, json_pack("[i,I,I,I,I,i,i]", (int)i, (json_int_t)c->reviews, (json_int_t)c->reviews_negated, (json_int_t)c->mentions,
		                                       (json_int_t)c->mentions_negated, g->marks[i].reviews, g->marks[i].negated));
	}
	for (size_t i = 0; i < g->id_count; i++)
		json_array_append_new(ids, json_integer((json_int_t)g->ids[i]));
	return json_pack("{s:s,s:s,s:i,s:i,s:I,s:I,s:i,s:o,s:o}", "period", g->period, "facet", g->facet, "first", g->first_month, "last", g->last_month, "reviews",
	                 (json_int_t)g->reviews, "words", (json_int_t)g->words, "mark", g->reviews_mark, "cells", cells, "ids", ids);
}

static json_t *release_to_json(const struct release *r, size_t theme_count)
{
	json_t *groups = json_array();
	for (size_t i = 0; i < r->count; i++)
		json_array_append_new(groups, group_to_json(&r->groups[i], theme_count));
	return json_pack("{s:i,s:b,s:o}", "printed", (int)r->printed, "faceted", r->faceted, "groups", groups);
}

static bool group_from_json(struct tally_group *g, const json_t *from, size_t theme_count)
{
	const char *period, *facet;
	int mark, theme, reviews_mark, negated_mark;
	json_int_t reviews, words, counts[4];
	json_t *cells, *ids, *one;
	size_t i;
	if (json_unpack((json_t *)from, "{s:s,s:s,s:i,s:i,s:I,s:I,s:i,s:o,s:o}", "period", &period, "facet", &facet, "first", &g->first_month, "last", &g->last_month,
	                "reviews", &reviews, "words", &words, "mark", &mark, "cells", &cells, "ids", &ids) != 0)
		return false;
	snprintf(g->period, sizeof g->period, "%s", period);
	g->facet = mem_strdup(facet);
	g->reviews = (uint64_t)reviews;
	g->words = (uint64_t)words;
	g->reviews_mark = (unsigned char)mark;
	g->cells = mem_calloc(theme_count + 1, sizeof *g->cells);
	g->marks = mem_calloc(theme_count + 1, sizeof *g->marks);
	g->ids = mem_calloc(json_array_size(ids) + 1, sizeof *g->ids);
	json_array_foreach(cells, i, one) {
		if (json_unpack(one, "[i,I,I,I,I,i,i]", &theme, &counts[0], &counts[1], &counts[2], &counts[3], &reviews_mark, &negated_mark) != 0 || theme < 0 ||
		    (size_t)theme >= theme_count)
			return false;
		g->cells[theme] = (struct cell){.reviews = (uint64_t)counts[0], .reviews_negated = (uint64_t)counts[1], .mentions = (uint64_t)counts[2],
		                                .mentions_negated = (uint64_t)counts[3]};
		g->marks[theme] = (struct cell_marks){(unsigned char)reviews_mark, (unsigned char)negated_mark};
	}
	json_array_foreach(ids, i, one)
		g->ids[g->id_count++] = (uint64_t)json_integer_value(one);
	return true;
}

static struct release *release_from_json(const json_t *from, size_t theme_count)
{
	struct release *r = mem_calloc(1, sizeof *r);
	int printed, faceted;
	json_t *groups, *one;
	size_t i;
	if (json_unpack((json_t *)from, "{s:i,s:b,s:o}", "printed", &printed, "faceted", &faceted, "groups", &groups) == 0 && printed >= 0 &&
	    (size_t)printed <= json_array_size(groups)) {
		r->printed = (size_t)printed;
		r->faceted = faceted;
		r->groups = mem_calloc(json_array_size(groups) + 1, sizeof *r->groups);
		json_array_foreach(groups, i, one)
			if (!group_from_json(&r->groups[r->count++], one, theme_count))
				break;
		if (r->count == json_array_size(groups))
			return r;
	}
	release_free(r);
	return NULL;
}

static json_t *regions_to_json(const struct regions *r, const struct release *counts, size_t theme_count)
{
	json_t *parts = json_array(), *marks = json_array(), *sizes = json_array();
	for (size_t i = 0; i < r->part_count; i++)
		if (r->parts[i].units)
			json_array_append_new(parts, json_pack("[i,i,I]", r->parts[i].first_month, (int)r->parts[i].set, (json_int_t)r->parts[i].units));
	for (unsigned set = 0; set < 1u << r->count; set++)
		json_array_append_new(marks, json_pack("[i,i]", r->of[set].exactly_mark, r->of[set].at_least_mark));
	for (size_t i = 0; i <= r->count; i++)
		json_array_append_new(sizes, json_integer(r->of_size_mark[i]));
	return json_pack("{s:o,s:o,s:o,s:o}", "counts", release_to_json(counts, theme_count), "parts", parts, "marks", marks, "sizes", sizes);
}

/* like: regions of the same themes. */
static struct regions *regions_from_json(const json_t *from, const struct regions *like)
{
	struct regions *r = regions_new(like->themes, like->count);
	json_t *parts, *marks, *sizes, *one;
	size_t i;
	int first_month, set, exactly, at_least;
	json_int_t units;
	bool good = json_unpack((json_t *)from, "{s:o,s:o,s:o}", "parts", &parts, "marks", &marks, "sizes", &sizes) == 0 &&
	            json_array_size(marks) == (size_t)1 << r->count && json_array_size(sizes) == r->count + 1;
	for (i = 0; good && i < json_array_size(parts); i++) {
		good = json_unpack(json_array_get(parts, i), "[i,i,I]", &first_month, &set, &units) == 0 && set >= 0 && set < 1 << r->count;
		if (good)
			regions_add(r, first_month, (unsigned)set, (uint64_t)units);
	}
	regions_sum(r);
	for (i = 0; good && i < json_array_size(marks); i++) {
		good = json_unpack(json_array_get(marks, i), "[i,i]", &exactly, &at_least) == 0;
		r->of[i].exactly_mark = (unsigned char)exactly;
		r->of[i].at_least_mark = (unsigned char)at_least;
	}
	json_array_foreach(sizes, i, one)
		if (good)
			r->of_size_mark[i] = (unsigned char)json_integer_value(one);
	if (good)
		return r;
	regions_free(r);
	return NULL;
}

/* ---- the file ---- */

static json_t *read_record(const char *path, unsigned threshold)
{
	json_error_t error;
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return json_pack("{s:s,s:i,s:{}}", "themetally", "released", "below", (int)threshold, "tables");
	json_t *root = json_load_file(path, 0, &error);
	if (!root || strcmp(json_string_value(json_object_get(root, "themetally")) ? json_string_value(json_object_get(root, "themetally")) : "", "released") != 0 ||
	    !json_is_object(json_object_get(root, "tables"))) {
		message_error("--released: %s is no record of released tables%s%s", path, root ? "" : ": ", root ? "" : error.text);
		json_decref(root);
		return NULL;
	}
	if (json_integer_value(json_object_get(root, "below")) != threshold) {
		message_error("--released: %s was kept with --suppress-below %d: go on with that number, or begin another record and withdraw what was printed", path,
		              (int)json_integer_value(json_object_get(root, "below")));
		json_decref(root);
		return NULL;
	}
	return root;
}

static int write_record(const char *path, const json_t *root)
{
	struct output out;
	mode_t before = umask(077);
	int failed = output_open(&out, path);
	umask(before);
	if (failed)
		return -1;
	json_dumpf(root, out.file, JSON_COMPACT | JSON_SORT_KEYS);
	fputc('\n', out.file);
	return output_commit(&out);
}

/* ---- what is new since ---- */

static bool few(size_t n, unsigned threshold)
{
	return n >= 1 && n < threshold;
}

static struct tally_group copy_group(const struct tally_group *g, size_t theme_count)
{
	struct tally_group copy = *g;
	copy.facet = mem_strdup(g->facet);
	copy.cells = mem_alloc((theme_count + 1) * sizeof *copy.cells);
	memcpy(copy.cells, g->cells, theme_count * sizeof *copy.cells);
	copy.ids = mem_alloc((g->id_count + 1) * sizeof *copy.ids);
	memcpy(copy.ids, g->ids ? (const void *)g->ids : "", g->id_count * sizeof *copy.ids);
	copy.marks = NULL;
	return copy;
}

static int by_period(const void *a, const void *b)
{
	const struct tally_group *x = a, *y = b;
	if (x->first_month != y->first_month)
		return x->first_month < y->first_month ? -1 : 1;
	return strcmp(x->facet, y->facet);
}

static int by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* The groups to print: those that have changed by few reviews as they were. held, changed: how many have not, and have. */
static struct tally_group *hold(const struct tally_group *groups, size_t *count, const struct release *last, size_t theme_count, unsigned threshold,
                                size_t *held, size_t *changed)
{
	struct tally_group *list = mem_calloc(*count + last->printed + 1, sizeof *list);
	size_t n = 0;
	for (size_t i = 0; i < *count; i++) {
		const struct tally_group *now = &groups[i], *then = release_find(last, now->period, now->facet);
		mem_sort(now->ids, now->id_count, sizeof *now->ids, by_id);
		size_t in = then ? ids_missing(then->ids, then->id_count, now->ids, now->id_count) : now->id_count;
		size_t out = then ? ids_missing(now->ids, now->id_count, then->ids, then->id_count) : 0;
		bool keep = few(in, threshold) || few(out, threshold);
		*held += keep;
		*changed += !keep && (in || out);
		if (!keep || then)
			list[n++] = copy_group(keep ? then : now, theme_count);
	}
	for (size_t i = 0; i < last->printed; i++) { /* those of which nothing is left */
		const struct tally_group *then = &last->groups[i];
		bool gone = true;
		for (size_t k = 0; k < *count && gone; k++)
			gone = strcmp(groups[k].period, then->period) != 0 || strcmp(groups[k].facet, then->facet) != 0;
		if (!gone)
			continue;
		*held += few(then->id_count, threshold);
		*changed += !few(then->id_count, threshold);
		if (few(then->id_count, threshold))
			list[n++] = copy_group(then, theme_count);
	}
	mem_sort(list, n, sizeof *list, by_period);
	*count = n;
	return list;
}

/* The earlier printings of a table, an array within root; only the last KEPT stay. */
static json_t *layers_of(json_t *root, const char *name)
{
	json_t *tables = json_object_get(root, "tables"), *layers = json_object_get(tables, name);
	if (!layers) {
		layers = json_array();
		json_object_set_new(tables, name, layers);
	}
	while (json_array_size(layers) > KEPT)
		json_array_remove(layers, 0);
	return layers;
}

/* The table of counts. *added: the record has more to keep. */
static struct release *settle_counts(struct session *s, const struct tally_group *groups, size_t count, json_t *layers, bool *added)
{
	const struct options *o = s->options;
	size_t theme_count = s->lexicon->theme_count, held = 0, changed = 0, past_count = 0;
	struct release *past[KEPT] = {0}, *now = NULL;
	bool damaged = false;
	for (size_t i = 0; i < json_array_size(layers) && !damaged; i++) {
		past[past_count] = release_from_json(json_array_get(layers, i), theme_count);
		damaged = !past[past_count];
		past_count += !damaged;
	}
	if (damaged) {
		message_error("--released: %s is damaged", o->released);
	} else if (past_count == 0) {
		now = release_new(groups, count, theme_count, o->facet != FACET_NONE);
		changed = 1;
	} else {
		struct tally_group *list = hold(groups, &count, past[past_count - 1], theme_count, o->suppress_below, &held, &changed);
		now = release_new(list, count, theme_count, o->facet != FACET_NONE);
		for (size_t i = 0; i < count; i++) {
			free(list[i].facet);
			free(list[i].cells);
			free(list[i].ids);
		}
		free(list);
		if (held)
			message_note("%zu rows of reviews are as they were last printed: fewer than %u have come or gone in each", held, o->suppress_below);
		if (!changed) { /* nothing to print that is not out */
			release_free(now);
			now = past[--past_count];
			past[past_count] = NULL;
		}
	}
	if (now && changed) {
		if (release_protect(now, past, past_count, s->lexicon, o->suppress_below) == 0) {
			json_array_append_new(layers, release_to_json(now, theme_count));
			*added = true;
		} else {
			release_free(now);
			now = NULL;
		}
	}
	for (size_t i = 0; i < past_count; i++)
		release_free(past[i]);
	return now;
}

/* ---- regions beside it ---- */

/* 0, or -1 with a message. */
static int protect_regions(const struct session *s, const struct region_layer *layers, size_t count)
{
	unsigned threshold = s->options->suppress_below;
	int failed = regions_protect(layers, count, s->lexicon, threshold);
	if (failed)
		message_error("--suppress-below %u: these intersections cannot be printed without giving some of them away; take fewer themes, or longer periods", threshold);
	return failed;
}

static bool same_reviews(const struct tally_group *a, const struct tally_group *b)
{
	return a && b && ids_missing(a->ids, a->id_count, b->ids, b->id_count) == 0 && ids_missing(b->ids, b->id_count, a->ids, a->id_count) == 0;
}

/* Makes regions those of the reviews that counts are printed of: of tonight, or of the night before where a period is held. -1 if these are not known. */
static int hold_regions(struct regions *regions, const struct tally_group *groups, size_t count, const struct release *counts, const struct region_layer *last)
{
	static const struct regions none;
	for (size_t i = 0; i < count; i++) {
		const struct tally_group *now = &groups[i], *printed = release_find(counts, now->period, "");
		mem_sort(now->ids, now->id_count, sizeof *now->ids, by_id);
		if (!printed || !same_reviews(now, printed))
			regions_replace(regions, now->first_month, &none);
	}
	for (size_t i = 0; i < counts->printed; i++) {
		const struct tally_group *printed = &counts->groups[i];
		bool tonight = false;
		for (size_t k = 0; k < count; k++)
			tonight |= groups[k].first_month == printed->first_month && same_reviews(&groups[k], printed);
		if (tonight)
			continue;
		if (!last || !same_reviews(release_find(last->counts, printed->period, ""), printed)) {
			message_error("--released: %s is printed as it was on an earlier night, and the record does not know its intersections; they come back when it has changed enough", printed->period);
			return -1;
		}
		regions_replace(regions, printed->first_month, last->regions);
	}
	regions_sum(regions);
	return 0;
}

/* 0 with *fit set, or -1 with a message. */
static int settle_regions(struct session *s, struct regions *regions, bool *fit, const struct tally_group *groups, size_t count, const struct release *counts, json_t *layers,
                          bool *added)
{
	struct region_layer all[KEPT + 1] = {0};
	struct release *releases[KEPT] = {0};
	size_t theme_count = s->lexicon->theme_count, n = 0;
	int failed = 0;
	for (; n < json_array_size(layers) && !failed; n++) {
		releases[n] = release_from_json(json_object_get(json_array_get(layers, n), "counts"), theme_count);
		all[n] = (struct region_layer){regions_from_json(json_array_get(layers, n), regions), releases[n]};
		failed = all[n].regions && releases[n] ? 0 : -1;
	}
	if (failed)
		message_error("--released: %s is damaged", s->options->released);
	*fit = false;
	if (!failed && hold_regions(regions, groups, count, counts, n ? &all[n - 1] : NULL) == 0) {
		json_t *of_counts = release_to_json(counts, theme_count);
		all[n] = (struct region_layer){regions, counts};
		if (n && json_equal(of_counts, json_object_get(json_array_get(layers, n - 1), "counts"))) { /* nothing that is not out */
			memcpy(regions->of, all[n - 1].regions->of, sizeof regions->of);
			memcpy(regions->of_size_mark, all[n - 1].regions->of_size_mark, sizeof regions->of_size_mark);
			*fit = true;
		} else if (protect_regions(s, all, n + 1) == 0) {
			json_array_append_new(layers, regions_to_json(regions, counts, theme_count));
			*added = *fit = true;
		}
		json_decref(of_counts);
	}
	for (size_t i = 0; i < KEPT; i++) {
		if (releases[i])
			regions_free(all[i].regions);
		release_free(releases[i]);
	}
	return failed;
}

/* Tables that are protected by themselves but not against each other: counts with a facet beside intersections, and beside counts without one when either was printed
 * again after a change. A record is of one or the other. root: with what is about to be printed. */
static int check_company(const json_t *root)
{
	const char *name, *beside = NULL;
	json_t *layers;
	bool faceted = false, plain = false, regions = false, again = false;
	json_object_foreach(json_object_get(root, "tables"), name, layers) {
		const char *facet = strstr(name, " facet=");
		bool has_facet = facet && facet[7] != ' ', has_regions = strncmp(name, "regions ", 8) == 0;
		size_t count = json_array_size(layers);
		faceted |= count && has_facet;
		regions |= count && has_regions;
		plain |= count && !has_facet && !has_regions;
		again |= count > 1;
	}
	if (faceted && regions)
		beside = "intersections";
	else if (faceted && plain && again)
		beside = "counts of several nights without a facet";
	if (beside)
		message_error("--released: counts with a facet beside %s would give small counts away; publish one or the other, or begin another record and withdraw what was printed", beside);
	return beside ? -1 : 0;
}

static struct release *settle_with_record(struct session *s, const struct tally_group *groups, size_t count, struct regions *regions, bool *fit, json_t *root)
{
	struct buf name = BUF_INIT;
	bool added = false;
	append_name(&name, s, NULL);
	struct release *now = settle_counts(s, groups, count, layers_of(root, name.data), &added);
	buf_clear(&name);
	if (regions)
		append_name(&name, s, regions);
	if ((now && regions && settle_regions(s, regions, fit, groups, count, now, layers_of(root, name.data), &added) != 0) ||
	    (now && (check_company(root) != 0 || (added && write_record(s->options->released, root) != 0)))) {
		release_free(now);
		now = NULL;
	}
	buf_release(&name);
	return now;
}

struct release *release_settle(struct session *s, const struct tally_group *groups, size_t count, struct regions *regions, bool *regions_fit)
{
	const struct options *o = s->options;
	struct release *now = NULL;
	if (!o->released) {
		now = release_new(groups, count, s->lexicon->theme_count, o->facet != FACET_NONE);
		if (release_protect(now, NULL, 0, s->lexicon, o->suppress_below) != 0) {
			release_free(now);
			return NULL;
		}
		if (regions) {
			regions_sum(regions);
			*regions_fit = protect_regions(s, &(struct region_layer){regions, now}, 1) == 0;
		}
		return now;
	}
	json_t *root = store_lock(o->released) == 0 ? read_record(o->released, o->suppress_below) : NULL;
	if (root)
		now = settle_with_record(s, groups, count, regions, regions_fit, root);
	json_decref(root);
	return now;
}
