#include "pipeline/suppress.h"

#include <glpk.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const double slack = 1e-6; /* values are counts: what is nearer to a whole number than this is one */

struct cell {
	uint64_t value;
	enum mark mark;
	bool settled;
	bool latent;                /* printed nowhere */
	bool low_shown, high_shown; /* counts were found in which it is 1, and in which it is N-1 */
	size_t component;           /* of the hidden cells that rules tie to each other */
	int column;                 /* in the problem of its component */
};

struct rule {
	size_t first, count;        /* in terms */
	int64_t low, high;
};

struct suppress {
	unsigned threshold;
	bool vague;                 /* some cell below N is printed as [c]: it no longer says "N or more" */
	struct cell *cells;
	size_t cell_count, cell_capacity;
	struct rule *rules;
	size_t rule_count, rule_capacity;
	struct suppress_term *terms;
	size_t term_count, term_capacity;
	/* rules by cell, made by index_rules() */
	size_t *rules_at, *rules_of;
};

struct suppress *suppress_new(unsigned threshold)
{
	struct suppress *s = mem_calloc(1, sizeof *s);
	s->threshold = threshold;
	return s;
}

void suppress_free(struct suppress *s)
{
	if (!s)
		return;
	free(s->cells);
	free(s->rules);
	free(s->terms);
	free(s->rules_at);
	free(s->rules_of);
	free(s);
}

static bool is_small(const struct suppress *s, const struct cell *c)
{
	return !c->latent && c->value >= 1 && c->value < s->threshold;
}

size_t suppress_settled_cell(struct suppress *s, uint64_t value, enum mark mark)
{
	MEM_GROW(s->cells, s->cell_count, s->cell_capacity);
	s->cells[s->cell_count] = (struct cell){.value = value, .mark = mark, .settled = true};
	s->vague |= mark == MARK_WITHHELD && value < s->threshold;
	return s->cell_count++;
}

size_t suppress_latent_cell(struct suppress *s, uint64_t value)
{
	MEM_GROW(s->cells, s->cell_count, s->cell_capacity);
	s->cells[s->cell_count] = (struct cell){.value = value, .mark = MARK_WITHHELD, .settled = true, .latent = true};
	return s->cell_count++;
}

size_t suppress_cell(struct suppress *s, uint64_t value)
{
	size_t number = suppress_settled_cell(s, value, value >= 1 && value < s->threshold ? MARK_SMALL : MARK_SHOWN);
	s->cells[number].settled = false;
	return number;
}

void suppress_withhold(struct suppress *s, size_t cell)
{
	s->vague |= s->cells[cell].value < s->threshold;
	s->cells[cell].mark = MARK_WITHHELD;
}

void suppress_rule(struct suppress *s, const struct suppress_term *terms, size_t count, int64_t low, int64_t high)
{
	MEM_GROW(s->rules, s->rule_count, s->rule_capacity);
	s->rules[s->rule_count++] = (struct rule){s->term_count, count, low, high};
	for (size_t i = 0; i < count; i++) {
		MEM_GROW(s->terms, s->term_count, s->term_capacity);
		s->terms[s->term_count++] = terms[i];
	}
}

void suppress_sum(struct suppress *s, size_t whole, const size_t *parts, size_t count)
{
	struct suppress_term *terms = mem_alloc((count + 1) * sizeof *terms);
	for (size_t i = 0; i < count; i++)
		terms[i] = (struct suppress_term){parts[i], 1};
	terms[count] = (struct suppress_term){whole, -1};
	suppress_rule(s, terms, count + 1, 0, 0);
	free(terms);
}

enum mark suppress_mark(const struct suppress *s, size_t cell)
{
	return s->cells[cell].mark;
}

/* ---- components: hidden cells that rules tie together ---- */

static void index_rules(struct suppress *s)
{
	size_t sum = 0;
	s->rules_at = mem_calloc(s->cell_count + 2, sizeof *s->rules_at);
	s->rules_of = mem_calloc(s->term_count + 1, sizeof *s->rules_of);
	for (size_t i = 0; i < s->term_count; i++)
		s->rules_at[s->terms[i].cell + 2]++;
	for (size_t i = 0; i < s->cell_count + 2; i++)
		s->rules_at[i] = sum += s->rules_at[i];
	for (size_t r = 0; r < s->rule_count; r++)
		for (size_t i = 0; i < s->rules[r].count; i++)
			s->rules_of[s->rules_at[s->terms[s->rules[r].first + i].cell + 1]++] = r;
}

static bool is_hidden(const struct cell *c)
{
	return c->mark != MARK_SHOWN;
}

/* Fills list with the hidden cells that are tied to `start`, itself the first, and numbers their columns; how many. */
static size_t gather(struct suppress *s, size_t start, size_t component, size_t *list)
{
	size_t count = 0;
	list[count++] = start;
	s->cells[start].component = component;
	for (size_t at = 0; at < count; at++) {
		s->cells[list[at]].column = (int)at + 1;
		for (size_t i = s->rules_at[list[at]]; i < s->rules_at[list[at] + 1]; i++) {
			const struct rule *r = &s->rules[s->rules_of[i]];
			for (size_t k = 0; k < r->count; k++) {
				struct cell *c = &s->cells[s->terms[r->first + k].cell];
				if (!is_hidden(c) || c->component == component)
					continue;
				c->component = component;
				list[count++] = s->terms[r->first + k].cell;
			}
		}
	}
	return count;
}

/* ---- one component as a linear problem ---- */

/* What an outsider knows of a hidden cell from its mark. */
static void set_bounds(const struct suppress *s, glp_prob *lp, const struct cell *c)
{
	if (c->mark == MARK_SMALL)
		glp_set_col_bnds(lp, c->column, s->threshold > 2 ? GLP_DB : GLP_FX, 1, s->threshold - 1);
	else
		glp_set_col_bnds(lp, c->column, GLP_LO, c->latent || c->value < s->threshold || s->vague ? 0 : s->threshold, 0);
}

static void add_rule(const struct suppress *s, glp_prob *lp, const struct rule *r, int *columns, double *signs)
{
	int hidden = 0;
	double known = 0, low = (double)r->low, high = (double)r->high;
	for (size_t k = 0; k < r->count; k++) {
		const struct suppress_term *t = &s->terms[r->first + k];
		const struct cell *c = &s->cells[t->cell];
		if (!is_hidden(c)) {
			known += t->sign * (double)c->value;
			continue;
		}
		columns[++hidden] = c->column;
		signs[hidden] = t->sign;
	}
	bool no_low = r->low == -SUPPRESS_NO_LIMIT, no_high = r->high == SUPPRESS_NO_LIMIT;
	int row = glp_add_rows(lp, 1);
	glp_set_mat_row(lp, row, hidden, columns, signs);
	glp_set_row_bnds(lp, row, no_low && no_high ? GLP_FR : no_low ? GLP_UP : no_high ? GLP_LO : r->low == r->high ? GLP_FX : GLP_DB, low - known, high - known);
}

static glp_prob *make_problem(const struct suppress *s, const size_t *list, size_t count)
{
	glp_prob *lp = glp_create_prob();
	int *columns = mem_calloc(s->term_count + 1, sizeof *columns);
	double *signs = mem_calloc(s->term_count + 1, sizeof *signs);
	glp_add_cols(lp, (int)count);
	for (size_t i = 0; i < count; i++) {
		set_bounds(s, lp, &s->cells[list[i]]);
		glp_set_col_kind(lp, (int)i + 1, GLP_IV);
	}
	for (size_t i = 0; i < count; i++)
		for (size_t k = s->rules_at[list[i]]; k < s->rules_at[list[i] + 1]; k++) {
			/* each rule once: at its first hidden cell in order of columns */
			const struct rule *r = &s->rules[s->rules_of[k]];
			bool first = true;
			for (size_t t = 0; t < r->count && first; t++) {
				const struct cell *c = &s->cells[s->terms[r->first + t].cell];
				first = !is_hidden(c) || c->column >= (int)i + 1;
			}
			if (first)
				add_rule(s, lp, r, columns, signs);
		}
	free(columns);
	free(signs);
	return lp;
}

static bool solve_relaxed(glp_prob *lp)
{
	glp_smcp how;
	glp_init_smcp(&how);
	how.msg_lev = GLP_MSG_OFF;
	if (glp_simplex(lp, &how) != 0) {
		glp_std_basis(lp);
		if (glp_simplex(lp, &how) != 0)
			return false;
	}
	return glp_get_status(lp) == GLP_OPT;
}

static bool solve_whole(glp_prob *lp)
{
	glp_iocp how;
	glp_init_iocp(&how);
	how.msg_lev = GLP_MSG_OFF;
	return glp_intopt(lp, &how) == 0 && glp_mip_status(lp) == GLP_OPT;
}

/* Marks what the counts just found prove; whole: they are those of solve_whole(). */
static size_t note_proofs(struct suppress *s, glp_prob *lp, const size_t *list, size_t count, bool whole)
{
	size_t news = 0;
	for (int i = 1; i <= (int)count && !whole; i++) {
		double x = glp_get_col_prim(lp, i);
		if (fabs(x - round(x)) > slack)
			return 0;
	}
	for (int i = 1; i <= (int)count; i++) {
		struct cell *c = &s->cells[list[i - 1]];
		double x = whole ? glp_mip_col_val(lp, i) : glp_get_col_prim(lp, i);
		if (!is_small(s, c))
			continue;
		news += (!c->low_shown && x < 1 + slack) + (!c->high_shown && x > s->threshold - 1 - slack);
		c->low_shown |= x < 1 + slack;
		c->high_shown |= x > s->threshold - 1 - slack;
	}
	return news;
}

static bool is_safe(const struct suppress *s, const struct cell *c)
{
	return !is_small(s, c) || (c->low_shown && c->high_shown);
}

static uint64_t draw(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

/* Pushes all cells that are not yet safe at once, some down and some up: one solution proves many. */
static void prove_many(struct suppress *s, glp_prob *lp, const size_t *list, size_t count)
{
	uint64_t state = 1;
	for (int idle = 0; idle < 3;) {
		bool any = false;
		for (int i = 1; i <= (int)count; i++) {
			const struct cell *c = &s->cells[list[i - 1]];
			bool down = is_small(s, c) && !c->low_shown, up = is_small(s, c) && !c->high_shown;
			glp_set_obj_coef(lp, i, down && up ? (draw(&state) & 1 ? 1 : -1) : down ? 1 : up ? -1 : 0);
			any |= down || up;
		}
		if (!any)
			return;
		size_t news = solve_relaxed(lp) ? note_proofs(s, lp, list, count, false) : 0;
		idle = news ? 0 : idle + 1;
	}
}

/* The least (down) or largest value of a cell. Unbounded above is as good as N-1. */
static bool reaches(const struct suppress *s, glp_prob *lp, const struct cell *c, bool down)
{
	if (!solve_relaxed(lp))
		return !down && glp_get_status(lp) == GLP_UNBND;
	double x = glp_get_col_prim(lp, c->column);
	return down ? x < 1 + slack : x > s->threshold - 1 - slack;
}

static bool prove_one(struct suppress *s, glp_prob *lp, const size_t *list, size_t count, struct cell *c, bool down)
{
	for (int i = 1; i <= (int)count; i++)
		glp_set_obj_coef(lp, i, 0);
	glp_set_obj_coef(lp, c->column, down ? 1 : -1);
	/* far enough is enough, and keeps the problem bounded */
	if (c->mark == MARK_WITHHELD)
		glp_set_col_bnds(lp, c->column, GLP_DB, 0, s->threshold - 1);
	bool reached = reaches(s, lp, c, down);
	if (reached) {
		note_proofs(s, lp, list, count, false);
		if (!(down ? c->low_shown : c->high_shown) && solve_whole(lp))
			note_proofs(s, lp, list, count, true);
	}
	set_bounds(s, lp, c);
	return down ? c->low_shown : c->high_shown;
}

/* ---- choosing what else to withhold ---- */

static void forget_components(struct suppress *s)
{
	for (size_t i = 0; i < s->cell_count; i++)
		s->cells[i].component = 0;
}

struct candidate {
	size_t cell;
	uint64_t value;
};

/* Whether a cell could be hidden better: one that is shown can be withheld, a small one's mark can say less. */
static bool can_step(const struct cell *c)
{
	return !c->settled && c->mark != MARK_WITHHELD;
}

/* Large cells by value, the least first; then small ones, the largest first, which as a rule are totals; noughts last. */
static int by_cost(const void *a, const void *b, void *context)
{
	const struct suppress *s = context;
	const struct candidate *x = a, *y = b;
	bool x_small = x->value < s->threshold, y_small = y->value < s->threshold;
	if (x_small != y_small)
		return x_small - y_small;
	if (x->value != y->value)
		return (x->value < y->value) != x_small ? -1 : 1;
	return x->cell < y->cell ? -1 : x->cell > y->cell;
}

/* Cells that stand in a rule with one of the list's cells, each once. The caller frees. */
static struct candidate *candidates_near(struct suppress *s, const size_t *list, size_t count, size_t *found)
{
	struct candidate *near = NULL;
	size_t capacity = 0, kept = 0;
	*found = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t k = s->rules_at[list[i]]; k < s->rules_at[list[i] + 1]; k++) {
			const struct rule *r = &s->rules[s->rules_of[k]];
			for (size_t t = 0; t < r->count; t++) {
				size_t cell = s->terms[r->first + t].cell;
				if (!can_step(&s->cells[cell]))
					continue;
				MEM_GROW(near, *found, capacity);
				near[(*found)++] = (struct candidate){cell, s->cells[cell].value};
			}
		}
	mem_sort_with(near, *found, sizeof *near, by_cost, s);
	for (size_t i = 0; i < *found; i++)
		if (kept == 0 || near[kept - 1].cell != near[i].cell)
			near[kept++] = near[i];
	*found = kept;
	return near;
}

static const size_t no_other = SIZE_MAX;

/* Whether a cell would be safe, by the relaxed problem, if `other` were withheld too. */
static bool would_be_safe(struct suppress *s, size_t cell, size_t other, size_t *list)
{
	enum mark before = other == no_other ? MARK_SHOWN : s->cells[other].mark;
	bool vague = s->vague;
	if (other != no_other)
		s->cells[other].mark = MARK_WITHHELD;
	s->vague |= other != no_other && s->cells[other].value < s->threshold;
	forget_components(s);
	size_t count = gather(s, cell, 1, list);
	glp_prob *lp = make_problem(s, list, count);
	struct cell *c = &s->cells[cell];
	if (c->mark == MARK_WITHHELD)
		glp_set_col_bnds(lp, c->column, GLP_DB, 0, s->threshold - 1);
	glp_set_obj_coef(lp, c->column, 1);
	bool good = reaches(s, lp, c, true);
	glp_set_obj_coef(lp, c->column, -1);
	good = good && reaches(s, lp, c, false);
	glp_delete_prob(lp);
	if (other != no_other)
		s->cells[other].mark = before;
	s->vague = vague;
	return good;
}

/* Makes a cell safer by one step: withholds the cell that does it, else the nearest one. -1 if nothing is left to do. */
static int withhold_for(struct suppress *s, size_t cell, size_t *list)
{
	enum { TRIES = 40 };
	size_t found, choice = 0;
	struct candidate *near = candidates_near(s, &cell, 1, &found);
	for (size_t i = 0; i < found && i < TRIES; i++)
		if (would_be_safe(s, cell, near[i].cell, list)) {
			choice = i;
			break;
		}
	if (!found) { /* further away: whatever its hidden neighbours are tied to */
		forget_components(s);
		size_t count = gather(s, cell, 1, list);
		free(near);
		near = candidates_near(s, list, count, &found);
	}
	if (found) {
		struct cell *c = &s->cells[near[choice].cell];
		s->vague |= c->value < s->threshold;
		c->mark = MARK_WITHHELD;
	}
	free(near);
	return found ? 0 : -1;
}

/* ---- all of it ---- */

/* Proves what can be proved. unsafe: the small cells that cannot; how many. */
static size_t prove(struct suppress *s, size_t *list, size_t *unsafe)
{
	size_t component = 0, unsafe_count = 0;
	for (size_t i = 0; i < s->cell_count; i++) {
		s->cells[i].component = 0;
		s->cells[i].low_shown = s->cells[i].high_shown = false;
	}
	for (size_t i = 0; i < s->cell_count; i++) {
		if (!is_hidden(&s->cells[i]) || s->cells[i].component)
			continue;
		size_t count = gather(s, i, ++component, list), small = 0;
		for (size_t k = 0; k < count; k++)
			small += is_small(s, &s->cells[list[k]]);
		if (!small)
			continue;
		glp_prob *lp = make_problem(s, list, count);
		prove_many(s, lp, list, count);
		for (size_t k = 0; k < count; k++) {
			struct cell *c = &s->cells[list[k]];
			for (int down = 0; down < 2 && !is_safe(s, c); down++)
				if (!(down ? c->low_shown : c->high_shown) && !prove_one(s, lp, list, count, c, down))
					break;
			if (!is_safe(s, c))
				unsafe[unsafe_count++] = list[k];
		}
		glp_delete_prob(lp);
	}
	return unsafe_count;
}

int suppress_solve(struct suppress *s)
{
	size_t *list = mem_calloc(s->cell_count + 1, sizeof *list), *unsafe = mem_calloc(s->cell_count + 1, sizeof *unsafe), count;
	int result = 0;
	int output = glp_term_out(GLP_OFF);
	free(s->rules_at);
	free(s->rules_of);
	index_rules(s);
	while (result == 0 && (count = prove(s, list, unsafe)) > 0) {
		result = withhold_for(s, unsafe[0], list);
		for (size_t i = 1; i < count && result == 0; i++) /* what that step has not made safe */
			if (!would_be_safe(s, unsafe[i], no_other, list))
				result = withhold_for(s, unsafe[i], list);
	}
	glp_term_out(output);
	free(list);
	free(unsafe);
	return result;
}
