/* Candidates put in order, each once. */
#include <string.h>

#include "matchers/scanner.h"

static inline bool is_before(const struct candidate *a, const struct candidate *b)
{
	uint64_t x = (uint64_t)a->first << 32 | a->last, y = (uint64_t)b->first << 32 | b->last;

	return x < y || (x == y && a->entry < b->entry);
}

/* Candidates are found nearly in order, so insertion is linear on almost every text; false if it was given up after too many moves. */
static bool insertion_sort(struct candidate *c, size_t count)
{
	size_t moves = 0;

	for (size_t i = 1; i < count; i++) {
		if (!is_before(&c[i], &c[i - 1]))
			continue;
		struct candidate x = c[i];
		size_t k = i;

		for (; k > 0 && is_before(&x, &c[k - 1]); k--)
			c[k] = c[k - 1];
		c[k] = x;
		moves += i - k;
		if (moves > 16 * count + 256)
			return false;
	}
	return true;
}

static void merge(const struct candidate *a, size_t a_count, const struct candidate *b, size_t b_count, struct candidate *to)
{
	const struct candidate *a_end = a + a_count, *b_end = b + b_count;

	while (a < a_end && b < b_end)
		*to++ = is_before(b, a) ? *b++ : *a++;
	while (a < a_end)
		*to++ = *a++;
	while (b < b_end)
		*to++ = *b++;
}

/* scratch has room for count. */
static void sort_part(struct candidate *c, size_t count, struct candidate *scratch)
{
	if (insertion_sort(c, count))
		return;
	for (size_t width = 1; width < count; width *= 2) {
		for (size_t at = 0; at < count; at += 2 * width) {
			size_t middle = at + width < count ? at + width : count, end = at + 2 * width < count ? at + 2 * width : count;

			merge(c + at, middle - at, c + middle, end - middle, scratch + at);
		}
		memcpy(c, scratch, count * sizeof *c);
	}
}

static void reserve_sorting(struct scanner *s, size_t count)
{
	if (count <= s->sorting_capacity)
		return;
	s->sorting_capacity = count + count / 2;
	s->sorting = mem_realloc(s->sorting, s->sorting_capacity, sizeof *s->sorting);
}

void merge_candidates(struct scanner *s, const struct candidate *others, size_t count)
{
	size_t capacity = s->candidate_capacity, all = s->candidate_count + count;
	struct candidate *before = s->candidates;

	reserve_sorting(s, all);
	merge(s->candidates, s->candidate_count, others, count, s->sorting);
	s->candidates = s->sorting;
	s->candidate_capacity = s->sorting_capacity;
	s->candidate_count = all;
	s->sorting = before;
	s->sorting_capacity = capacity;
}

void sort_candidates(struct scanner *s, size_t first_part)
{
	size_t count = s->candidate_count, to = 0;

	if (!count)
		return;
	reserve_sorting(s, count);
	struct candidate *c = s->candidates, *sorted = s->sorting;

	sort_part(c, first_part, sorted);
	sort_part(c + first_part, count - first_part, sorted + first_part);
	merge(c, first_part, c + first_part, count - first_part, sorted);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || is_before(&c[to - 1], &sorted[i]))
			c[to++] = sorted[i];
	s->candidate_count = to;
}
