/* Somebody who reads suppressed tables and works out what he can. He knows every rule of a small lexicon and is told what was printed; he looks for reviews that may be behind it: so many of each
 * period, outcome and set of themes, on the first night and come since. Whatever set of reviews agrees with all that is printed, he cannot rule out; a small count is given away if none agrees
 * in which it is 1, or none in which it is N-1. */
#ifndef TESTS_READER_H
#define TESTS_READER_H

#include <glpk.h>
#include <stdbool.h>
#include <stddef.h>

/* The lexicon: a is nothing but its three parts, b has an entry of its own and holds b.q. */
enum { THEMES = 6, YEARS = 5, FACETS = 3, PLACES = YEARS * FACETS, NIGHTS = 2 };
extern const char *const reader_themes[THEMES], *const reader_years[YEARS], *const reader_facets[FACETS];
enum { ALL_SETS = 1 << THEMES };

/* How many reviews of each year and outcome hold exactly a set of themes. */
struct reviews {
	int of[PLACES][ALL_SETS];
};

/* A printed number is a sum over some reviews. */
struct printed {
	int shown;                /* or HIDDEN, SMALL */
	int truth, column;
	const char *table;
};
enum { HIDDEN = -1, SMALL = -2, MOST_PRINTED = 2000 };

struct reader {
	glp_prob *lp;
	int n;                    /* of --suppress-below */
	int reviews[NIGHTS][PLACES][ALL_SETS]; /* columns; of the second night, those that have come. 0: there can be none */
	const struct reviews *truth; /* [NIGHTS] */
	struct printed list[MOST_PRINTED];
	size_t count;
	bool naive;               /* is given what would be printed if only small counts were hidden */
};

/* came[year]: how many reviews the second night has more of that are printed. */
void reader_open(struct reader *r, int n, const struct reviews *truth, const int *came);

/* One printed number: of the reviews up to a night, one year (-1: all) and one outcome (-1: whatever it is) whose set of themes passes. Fails the test if what is printed is false. */
void reader_sees(struct reader *r, const char *table, const char *text, int night, int year, int facet, bool (*passes)(unsigned set, unsigned given), unsigned given);

/* How many small counts he knows more of than 1 to N-1; small: of how many. Closes him. */
unsigned reader_solve(struct reader *r, unsigned *small, bool tell);

#endif
