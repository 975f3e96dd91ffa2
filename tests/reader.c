#include "tests/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *const reader_themes[THEMES] = {"a", "a.x", "a.y", "a.z", "b", "b.q"};
const char *const reader_years[YEARS] = {"2014", "2015", "2016", "2017", "unknown"};
const char *const reader_facets[FACETS] = {"death", "serious_harm", "unknown"};

/* Whether a review can hold just this set of the themes. */
static bool can_be(unsigned set)
{
	return (set & 1) == ((set >> 1 & 7) != 0) && (!(set >> 5 & 1) || (set >> 4 & 1));
}

static bool is_small(const struct reader *r, int n)
{
	return n >= 1 && n < r->n;
}

void reader_open(struct reader *r, int n, const struct reviews *truth, const int *came)
{
	*r = (struct reader){.lp = glp_create_prob(), .n = n, .truth = truth};
	for (int night = 0; night < NIGHTS; night++)
		for (int p = 0; p < PLACES; p++)
			for (unsigned set = 0; set < ALL_SETS; set++)
				if (can_be(set) && (night == 0 || came[p / FACETS])) {
					int column = r->reviews[night][p][set] = glp_add_cols(r->lp, 1);
					glp_set_col_kind(r->lp, column, GLP_IV);
					glp_set_col_bnds(r->lp, column, GLP_LO, 0, 0);
				}
	for (int y = 0; y < YEARS; y++) { /* he sees how many have come */
		int columns[1 + FACETS * ALL_SETS], count = 0;
		double ones[1 + FACETS * ALL_SETS];
		for (int p = y * FACETS; p < (y + 1) * FACETS && came[y]; p++)
			for (unsigned set = 0; set < ALL_SETS; set++)
				if (can_be(set)) {
					columns[++count] = r->reviews[1][p][set];
					ones[count] = 1;
				}
		if (!count)
			continue;
		int row = glp_add_rows(r->lp, 1);
		glp_set_mat_row(r->lp, row, count, columns, ones);
		glp_set_row_bnds(r->lp, row, GLP_FX, came[y], came[y]);
	}
}

void reader_sees(struct reader *r, const char *table, const char *text, int night, int year, int facet, bool (*passes)(unsigned set, unsigned given), unsigned given)
{
	int columns[2 + NIGHTS * PLACES * ALL_SETS], count = 0, truth = 0;
	double signs[2 + NIGHTS * PLACES * ALL_SETS];
	assert_true(r->count < MOST_PRINTED);
	for (int k = 0; k <= night; k++)
		for (int p = 0; p < PLACES; p++)
			for (unsigned set = 0; set < ALL_SETS; set++)
				if (r->reviews[k][p][set] && (year < 0 || p / FACETS == year) && (facet < 0 || p % FACETS == facet) && passes(set, given)) {
					columns[++count] = r->reviews[k][p][set];
					signs[count] = 1;
					truth += r->truth[k].of[p][set];
				}
	int shown = *text == '<' ? SMALL : *text == '[' ? HIDDEN : atoi(text);
	if (r->naive)
		shown = is_small(r, truth) ? SMALL : truth;
	if (shown >= 0 && shown != truth)
		fail_msg("%s prints %d, it is %d", table, shown, truth);
	if (shown == SMALL)
		assert_true(is_small(r, truth));
	assert_true(shown < 0 || !is_small(r, truth));
	int column = glp_add_cols(r->lp, 1), row = glp_add_rows(r->lp, 1);
	if (shown >= 0)
		glp_set_col_bnds(r->lp, column, GLP_FX, shown, shown);
	else
		glp_set_col_bnds(r->lp, column, GLP_DB, shown == SMALL, shown == SMALL ? r->n - 1 : 500);
	columns[++count] = column;
	signs[count] = -1;
	glp_set_mat_row(r->lp, row, count, columns, signs);
	glp_set_row_bnds(r->lp, row, GLP_FX, 0, 0);
	r->list[r->count++] = (struct printed){shown, truth, column, table};
}

/* The least (up: the most) that a number can be. Not narrowed if that is not found in time. */
static double extreme(struct reader *r, int column, bool up)
{
	glp_smcp quick;
	glp_iocp whole;
	glp_init_smcp(&quick);
	glp_init_iocp(&whole);
	quick.msg_lev = whole.msg_lev = GLP_MSG_OFF;
	whole.tm_lim = 3000;
	glp_set_obj_dir(r->lp, up ? GLP_MAX : GLP_MIN);
	glp_set_obj_coef(r->lp, column, 1);
	if (glp_simplex(r->lp, &quick) != 0) {
		glp_std_basis(r->lp);
		assert_int_equal(glp_simplex(r->lp, &quick), 0);
	}
	assert_int_equal(glp_get_status(r->lp), GLP_OPT); /* the truth at least is possible */
	double x = glp_get_obj_val(r->lp);
	if (up ? x > r->n - 1.5 : x < 1.5) { /* whole numbers may be narrower */
		glp_intopt(r->lp, &whole);
		if (glp_mip_status(r->lp) == GLP_OPT)
			x = glp_mip_obj_val(r->lp);
	}
	glp_set_obj_coef(r->lp, column, 0);
	return x;
}

unsigned reader_solve(struct reader *r, unsigned *small, bool tell)
{
	unsigned known = 0;
	for (size_t i = 0; i < r->count; i++) {
		if (!is_small(r, r->list[i].truth))
			continue;
		++*small;
		double low = extreme(r, r->list[i].column, false), high = low > 1.5 ? INFINITY : extreme(r, r->list[i].column, true);
		if (low < 1.5 && high > r->n - 1.5)
			continue;
		known++;
		if (tell)
			printf("%s: a count of %d below %d is known to be %.0f to %.0f\n", r->list[i].table, r->list[i].truth, r->n, low, high);
	}
	glp_delete_prob(r->lp);
	return known;
}
