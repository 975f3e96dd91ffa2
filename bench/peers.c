/* What one would write first with Hyperscan, on the raw text of the reviews: one expression for each entry (alternatives, wildcards and gaps as an
 * expression says them), or the entries that are words only, written out as literals. Neither folds, reads cut words, stops at breaks or
 * resolves exclusions, negation and overlaps; literals also hit inside words. */
#include <hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bench/work.h"

struct peer {
	hs_database_t *database;
	hs_scratch_t *scratch;
};

struct phrase_list {
	char **items;
	size_t count, capacity;
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

static struct phrase_list read_lines(const char *path)
{
	struct phrase_list l = {0};
	FILE *f = fopen(path, "r");
	char line[8192];
	if (!f)
		fail(path);
	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		MEM_GROW(l.items, l.count, l.capacity);
		l.items[l.count++] = mem_strdup(line);
	}
	fclose(f);
	return l;
}

static void prepare(struct work *w, bool literal)
{
	struct peer *p = w->state = mem_calloc(1, sizeof *p);
	struct phrase_list l = read_lines(literal ? w->lexicon->phrases : w->lexicon->expressions);
	unsigned *flags = mem_calloc(l.count + 1, sizeof *flags), *ids = mem_calloc(l.count + 1, sizeof *ids);
	size_t *lengths = mem_calloc(l.count + 1, sizeof *lengths);
	hs_compile_error_t *error;
	for (size_t i = 0; i < l.count; i++) {
		flags[i] = HS_FLAG_CASELESS;
		ids[i] = (unsigned)i;
		lengths[i] = strlen(l.items[i]);
	}
	hs_error_t e = literal ? hs_compile_lit_multi((const char *const *)l.items, flags, ids, lengths, (unsigned)l.count, HS_MODE_BLOCK, NULL, &p->database, &error)
	                       : hs_compile_multi((const char *const *)l.items, flags, ids, (unsigned)l.count, HS_MODE_BLOCK, NULL, &p->database, &error);
	if (e != HS_SUCCESS)
		fail(error->message);
	if (hs_alloc_scratch(p->database, &p->scratch) != HS_SUCCESS)
		fail("no scratch for Hyperscan");
	for (size_t i = 0; i < l.count; i++)
		free(l.items[i]);
	free(l.items);
	free(flags);
	free(ids);
	free(lengths);
}

static void prepare_regex(struct work *w) { prepare(w, false); }
static void prepare_literal(struct work *w) { prepare(w, true); }

static int count_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *hits)
{
	(void)id, (void)from, (void)to, (void)flags;
	++*(uint64_t *)hits;
	return 0;
}

static void run(struct work *w, struct sample *o)
{
	struct peer *p = w->state;
	for (size_t i = 0; i < w->world->reviews.count; i++) {
		/* the literal interface of 5.4.0 can fail a scan of repetitive text; such a review would be left out and the hits say so */
		hs_error_t e = hs_scan(p->database, w->world->reviews.items[i].bytes, w->world->reviews.items[i].length, 0, p->scratch, count_hit, &o->items);
		if (e != HS_SUCCESS)
			o->wrong = "Hyperscan failed a scan";
	}
}

static void release(struct work *w)
{
	struct peer *p = w->state;
	hs_free_scratch(p->scratch);
	hs_free_database(p->database);
}

const struct kind peer_kinds[] = {
	{"hyperscan-regex", true, false, prepare_regex, run, release},
	{"hyperscan-literal", true, false, prepare_literal, run, release},
	{0}};
