/* What lines can begin with for a rule to match them, worked out once for all rules together. */
#include <stdlib.h>

#include "base/mem.h"
#include "corpora/layout.h"

static struct line_beginning *beginning_of(struct line_beginnings *t, uint32_t four)
{
	if (t->beginning_count * 2 >= t->beginnings) {
		struct line_beginnings larger = {.beginnings = t->beginnings ? t->beginnings * 2 : 256};
		larger.beginning = mem_calloc(larger.beginnings, sizeof *larger.beginning);
		for (size_t i = 0; i < t->beginnings; i++)
			if (t->beginning[i].used)
				*beginning_of(&larger, t->beginning[i].four) = t->beginning[i];
		free(t->beginning);
		t->beginning = larger.beginning;
		t->beginnings = larger.beginnings;
	}
	size_t at = line_hash(four) & (t->beginnings - 1);
	while (t->beginning[at].used && t->beginning[at].four != four)
		at = (at + 1) & (t->beginnings - 1);
	if (!t->beginning[at].used) {
		t->beginning[at] = (struct line_beginning){.four = four, .used = true};
		t->beginning_count++;
	}
	return &t->beginning[at];
}

void rules_narrow(struct rules *r)
{
	struct line_table *t = &r->lines;
	pthread_mutex_lock(&r->narrowing);
	if (!atomic_load_explicit(&t->begin, memory_order_relaxed)) {
		struct line_beginnings *b = mem_calloc(1, sizeof *b);
		struct regex_prefix *prefix = mem_alloc(sizeof *prefix);
		beginning_of(b, 0); /* so that there is a table */
		for (size_t n = 0; n < t->count; n++) {
			line_mask bit = UINT64_C(1) << n;
			regex_prefix(t->rule[n]->regex, prefix);
			for (int i = 0; i < REGEX_PREFIX; i++)
				for (unsigned c = 0; c < 256; c++)
					if (prefix->place[i][c / 64] >> c % 64 & 1)
						b->place[i][c] |= bit;
			for (size_t i = 0; i < prefix->count; i++) {
				uint32_t hash = line_hash(prefix->exact[i]);
				beginning_of(b, prefix->exact[i])->mask |= bit;
				b->seen[hash / 64] |= UINT64_C(1) << hash % 64;
			}
			if (prefix->count)
				b->exact |= bit;
		}
		free(prefix);
		atomic_store_explicit(&t->begin, b, memory_order_release);
	}
	pthread_mutex_unlock(&r->narrowing);
}

void line_beginnings_free(const struct line_beginnings *b)
{
	free(b ? b->beginning : NULL);
	free((void *)b);
}
