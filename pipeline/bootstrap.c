#include "pipeline/bootstrap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "pipeline/stats.h"

struct sample {
	int first_month;
	char *facet;
	struct sampled_review *reviews;
	size_t count, capacity;
	struct sampled_mentions *mentions;
	size_t mention_count, mention_capacity;
};

struct bootstrap {
	size_t theme_count;
	struct sample *samples;
	size_t count, capacity;
};

struct bootstrap *bootstrap_new(size_t theme_count)
{
	struct bootstrap *b = mem_calloc(1, sizeof *b);
	b->theme_count = theme_count;
	return b;
}

void bootstrap_free(struct bootstrap *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->count; i++) {
		free(b->samples[i].facet);
		free(b->samples[i].reviews);
		free(b->samples[i].mentions);
	}
	free(b->samples);
	free(b);
}

static struct sample *sample_of(struct bootstrap *b, const struct tally_group *group)
{
	for (size_t i = b->count; i-- > 0;)
		if (b->samples[i].first_month == group->first_month && strcmp(b->samples[i].facet, group->facet) == 0)
			return &b->samples[i];
	return NULL;
}

void bootstrap_add(struct bootstrap *b, const struct tally_group *group, const struct review_row *row)
{
	struct sample *s = sample_of(b, group);
	if (!s) {
		MEM_GROW(b->samples, b->count, b->capacity);
		s = &b->samples[b->count++];
		*s = (struct sample){.first_month = group->first_month, .facet = mem_strdup(group->facet)};
	}
	size_t first = s->mention_count;
	for (size_t i = 0; i < row->tally_count; i++) {
		if (!row->tallies[i].mentions)
			continue;
		MEM_GROW(s->mentions, s->mention_count, s->mention_capacity);
		s->mentions[s->mention_count++] = (struct sampled_mentions){row->tallies[i].theme, row->tallies[i].mentions};
	}
	MEM_GROW(s->reviews, s->count, s->capacity);
	s->reviews[s->count++] = (struct sampled_review){row->words, first, s->mention_count - first};
}

void bootstrap_rates(struct bootstrap *b, const struct tally_group *group, unsigned draws, uint64_t seed, double *low, double *high)
{
	const struct sample *s = sample_of(b, group);
	XXH64_hash_t own = XXH3_64bits_withSeed(group->period, strlen(group->period), seed) ^ XXH3_64bits_withSeed(group->facet, strlen(group->facet), seed + 1);
	stats_bootstrap_rates(s ? s->reviews : NULL, s ? s->count : 0, s ? s->mentions : NULL, b->theme_count, draws, own, low, high);
	for (size_t i = 0; i < b->theme_count; i++) {
		low[i] *= 1e6;
		high[i] *= 1e6;
	}
}
