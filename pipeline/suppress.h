/* Disclosure control: which counts of a set of tables must be withheld so that no small one can be worked out.
 *
 * A cell is a count. One of 1 to N-1 is small and is printed as "<N". What an outsider knows besides the printed counts are rules, linear
 * inequalities between cells: a total is the sum of its parts, a theme is in no more reviews than its ancestor, and so on. Other cells
 * are withheld, and printed as "[c]", until every small cell is safe.
 *
 * Safe means: there are counts, whole numbers, that agree with all that is printed and all rules and in which the cell is 1, and others in which it is
 * N-1. The proof is never by bounds, which might be too wide, but by showing such counts; they are found with the GNU Linear
 * Programming Kit. An outsider may also reason from the marks themselves: "[c]" stands for N or more, which the counts found respect.
 * Where that cannot be kept up, small cells are printed as "[c]" as well and it stands for anything.
 *
 * Which cells are withheld depends on the counts and rules and their order alone. One thread. */
#ifndef PIPELINE_SUPPRESS_H
#define PIPELINE_SUPPRESS_H

#include <stddef.h>
#include <stdint.h>

enum mark {
	MARK_SHOWN,
	MARK_SMALL,    /* "<N" */
	MARK_WITHHELD  /* "[c]" */
};

struct suppress;
struct suppress *suppress_new(unsigned threshold); /* N, at least 2 */
void suppress_free(struct suppress *s);

/* Adds a cell whose mark is to be found. Its number, from 0. */
size_t suppress_cell(struct suppress *s, uint64_t value);
/* Adds a cell that has its mark already: of a table printed before, or decided earlier. It stays as it is, and if it is hidden and small it is
 * kept safe like any other. */
size_t suppress_settled_cell(struct suppress *s, uint64_t value, enum mark mark);

/* Adds a count that stands in rules and is printed nowhere: it may be anything, and nobody need be kept from knowing it. */
size_t suppress_latent_cell(struct suppress *s, uint64_t value);

/* Withholds a cell, whatever its value, before suppress_solve(). */
void suppress_withhold(struct suppress *s, size_t cell);

/* low <= sum of sign * cell <= high. The values must obey it. */
struct suppress_term {
	size_t cell;
	int sign; /* +1, -1 */
};
void suppress_rule(struct suppress *s, const struct suppress_term *terms, size_t count, int64_t low, int64_t high);
#define SUPPRESS_NO_LIMIT INT64_MAX /* as high; its negative as low */
/* whole = sum of parts. */
void suppress_sum(struct suppress *s, size_t whole, const size_t *parts, size_t count);

/* Chooses. 0, or -1 if even with all cells withheld a small one could be worked out: nothing of this may be printed. */
int suppress_solve(struct suppress *s);

enum mark suppress_mark(const struct suppress *s, size_t cell);

#endif
