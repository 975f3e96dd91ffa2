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

static void append_name(struct buf *out, const struct session *s, const char *what)
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
	buf_printf(out, "%s %s %s", what, o->incident_year ? "incident" : "published", by[o->periods.kind]);
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

static struct release *settle_with_record(struct session *s, const struct tally_group *groups, size_t count, const char *name, json_t *root)
{
	const struct options *o = s->options;
	size_t theme_count = s->lexicon->theme_count, held = 0, changed = 0, past_count = 0;
	json_t *layers = json_object_get(json_object_get(root, "tables"), name);
	struct release *past[KEPT] = {0}, *now = NULL;
	bool damaged = false;
	if (!layers) {
		layers = json_array();
		json_object_set_new(json_object_get(root, "tables"), name, layers);
	}
	while (json_array_size(layers) > KEPT)
		json_array_remove(layers, 0);
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
		} else {
			release_free(now);
			now = NULL;
		}
	}
	if (now && changed && write_record(o->released, root) != 0) {
		release_free(now);
		now = NULL;
	}
	for (size_t i = 0; i < past_count; i++)
		release_free(past[i]);
	return now;
}

struct release *release_settle(struct session *s, const struct tally_group *groups, size_t count, const char *what)
{
	const struct options *o = s->options;
	struct release *now = NULL;
	if (!o->released) {
		now = release_new(groups, count, s->lexicon->theme_count, o->facet != FACET_NONE);
		if (release_protect(now, NULL, 0, s->lexicon, o->suppress_below) == 0)
			return now;
		release_free(now);
		return NULL;
	}
	struct buf name = BUF_INIT;
	append_name(&name, s, what);
	json_t *root = store_lock(o->released) == 0 ? read_record(o->released, o->suppress_below) : NULL;
	if (root)
		now = settle_with_record(s, groups, count, name.data, root);
	json_decref(root);
	buf_release(&name);
	return now;
}
