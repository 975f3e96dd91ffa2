/* How well the program agrees with human coding: themes, and the cutting and dating of reviews.
 *
 * A cell is one review and one theme (or, with judged phrases, one phrase). The program says present where the theme has at least one affirmed
 * mention; the gold where it is coded present. Cells that are disputed, or belong to a review that was not found, are left out. One thread. */
#ifndef PIPELINE_EVALUATE_H
#define PIPELINE_EVALUATE_H

#include "matchers/lexicon.h"
#include "pipeline/gold.h"
#include "pipeline/ledger.h"

/* ---- agreement ---- */

struct agreement {
	uint64_t true_positive, false_positive, false_negative, true_negative;
};
/* NaN where there is nothing to divide by. */
double agreement_precision(const struct agreement *a);
double agreement_recall(const struct agreement *a);
double agreement_f1(const struct agreement *a);
/* Cohen's kappa (Educational and Psychological Measurement 20, 1960): (observed - expected) / (1 - expected), where expected is the agreement of
 * two raters who use the categories as often as these two do but independently; NaN if that is 1. */
double agreement_kappa(const struct agreement *a);

/* ---- evaluation ---- */

struct theme_score {
	struct agreement cells;
	uint64_t disputed;
	uint64_t denied, denied_found; /* cells coded as negated; those in which the program too found only negated mentions */
	struct agreement left_out;     /* the same cells as pipeline/leave_out.h codes them; zeros without it */
};

/* A figure of how reviews were cut and dated: right out of those that the gold has. */
struct measure {
	const char *name, *meaning;
	uint64_t right, of;
};
enum { MEASURE_FOUND, MEASURE_END, MEASURE_YEAR, MEASURE_MONTH, MEASURE_INCIDENT, MEASURE_OUTCOME, MEASURE_DUPLICATE, MEASURE_COUNT };

/* What to look at: a cell, or a date, in which program and gold differ. Strings live as long as the evaluation and the gold. */
enum difference_kind { FALSE_HIT, MISS, MISS_NEGATED /* the program took the mention for a denial */, WRONG_VALUE, NOT_FOUND };
struct difference {
	enum difference_kind kind;
	size_t item;          /* gold review, or gold phrase */
	size_t order;         /* in which it was found */
	const char *what;     /* theme code, or name of the measure */
	/* The phrase in its context and its entry (or the cue that negates it), "" where there is none. For a miss, right is the review's first words; for a
	 * wrong value, left is the gold's and match the program's. */
	char *left, *match, *right, *entry;
};

struct evaluation {
	const struct gold *gold;
	struct theme_score *themes;    /* per theme of the gold */
	struct agreement all, all_left_out;
	double macro_f1;               /* mean over themes that the gold has present at least once */
	struct measure measures[MEASURE_COUNT];
	uint64_t other_reviews;        /* reviews of the program, in files of the gold, that no gold review stands for */
	struct difference *differences;/* by gold item, then theme */
	size_t difference_count;
	struct agreement coders;       /* judged phrases: how far two coders of the same phrase agree with each other */
	size_t lost_phrases;           /* judged phrases of reviews that are not among the rows */
	struct evaluation_work *work;
};

/* The lexicon may lack themes of the gold: then the program never has them. */
struct evaluation *evaluation_new(const struct gold *gold, const struct lexicon *lexicon);
/* First every row of the run, of every kind, in order; then evaluation_settle(); then every row again, with its tallies and, for phrases in
 * context, its evidence; then evaluation_finish(). */
void evaluation_offer(struct evaluation *e, const struct ledger_row *row);
void evaluation_settle(struct evaluation *e);
void evaluation_add(struct evaluation *e, const struct ledger_row *row);
void evaluation_finish(struct evaluation *e);
void evaluation_free(struct evaluation *e);

/* Where the review with that ID (row_append_id) stands; NULL: no row had it. After evaluation_settle(). */
struct evaluation_place {
	size_t row, group; /* group: the row that counts for it and its copies */
	size_t item;       /* the gold review it is, or SIZE_MAX */
	size_t coded;      /* which of the coded reviews its group is, in the order of the run, copies as one; SIZE_MAX: none */
};
const struct evaluation_place *evaluation_find(struct evaluation *e, const char *id, size_t length);
/* Before evaluation_finish(): another coding of that gold review, into left_out. */
void evaluation_leave_out(struct evaluation *e, size_t item, const struct theme_tally *tallies, size_t count);

#endif
