/* The search for duplicates against a plain one, for any number of threads and any division of its work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bench/rng.h"
#include "pipeline/dedupe_search.h"

enum { WORDS_MOST = 400, ORIGINALS = 300, ROWS = 3 * BLOCK_ROWS + 700 };

/* ---- a corpus ---- */

struct text {
	uint64_t words[WORDS_MOST];
	size_t count;
	uint32_t child;
};

/* How many rows in a hundred are changed copies of an original, hold boilerplate, are the same text as thousands, are empty or short. The others are
 * alone. */
struct mixture {
	uint32_t copies, boilerplate, same, empty;
};

struct making {
	struct rng rng;
	struct mixture mixture;
	struct text originals[ORIGINALS]; /* what others are made of */
	uint64_t boilerplate[WORDS_MOST];
};

static void draw(struct making *m, struct text *t, size_t count)
{
	t->count = count;
	t->child = rng_below(&m->rng, 400);
	for (size_t i = 0; i < count; i++)
		t->words[i] = rng_next(&m->rng);
}

static void write_text(struct making *m, struct text *t)
{
	const struct mixture *x = &m->mixture;
	uint32_t kind = rng_below(&m->rng, 100);
	draw(m, t, 60 + rng_below(&m->rng, WORDS_MOST - 60));
	if (kind < x->copies) {
		*t = m->originals[rng_below(&m->rng, ORIGINALS)];
		for (uint32_t i = rng_below(&m->rng, 4) ? rng_below(&m->rng, 160) : 0; i; i--)
			t->words[rng_below(&m->rng, (uint32_t)t->count)] = rng_next(&m->rng);
	} else if (kind < x->copies + x->boilerplate) {
		size_t shared = 20 + rng_below(&m->rng, 40);
		memcpy(t->words, m->boilerplate, shared * sizeof *t->words);
	} else if (kind < x->copies + x->boilerplate + x->same) {
		*t = m->originals[0];
	} else if (kind < x->copies + x->boilerplate + x->same + x->empty) {
		t->count = rng_below(&m->rng, 6);
	}
}

static void add_row(struct making *m, struct deduper *d)
{
	struct text t;
	char board[32], child[32], archive[16];
	write_text(m, &t);
	bool known = rng_below(&m->rng, 3) != 0;
	snprintf(board, sizeof board, "Board %u", t.child % 7);
	snprintf(child, sizeof child, "Child %u", t.child);
	snprintf(archive, sizeof archive, "%02u.txt", rng_below(&m->rng, 100));
	struct review_row row = {.board = known ? board : "", .child = child, .words = t.count, .has_sketch = true,
	                         .published = {rng_below(&m->rng, 5) ? 2010 + (int)rng_below(&m->rng, 3) : 0, (int)rng_below(&m->rng, 3), "", "", ""},
	                         .incident = {2009 + (int)rng_below(&m->rng, 2), 0, "", "", ""},
	                         .kind = rng_below(&m->rng, 20) ? KIND_REVIEW : rng_below(&m->rng, 2) ? KIND_REPORT : KIND_OTHER};
	fingerprint_compute(t.words, t.count, row.fingerprint);
	sketch_compute(t.words, t.count, row.sketch);
	deduper_add(d, archive, &row);
}

static struct deduper *corpus(uint64_t seed, size_t rows, struct mixture mixture)
{
	struct making *m = mem_calloc(1, sizeof *m);
	struct deduper *d = deduper_new((size_t)4 << 20); /* most rows are in files */
	struct text t;
	rng_init(&m->rng, seed);
	m->mixture = mixture;
	for (size_t i = 0; i < ORIGINALS; i++)
		draw(m, &m->originals[i], 60 + rng_below(&m->rng, WORDS_MOST - 60));
	draw(m, &t, WORDS_MOST);
	memcpy(m->boilerplate, t.words, sizeof m->boilerplate);
	for (size_t i = 0; i < rows; i++)
		add_row(m, d);
	free(m);
	return d;
}

/* ---- the plain search ---- */

struct plain {
	struct record *rows;
	size_t count;
	uint32_t *set;      /* by row: its set's number, which is that of its least row */
	uint8_t *reason;
	char **archives;
};

static uint32_t not_zero(uint32_t key)
{
	return key ? key : 1;
}

static uint32_t key_of(const struct record *r, size_t kind)
{
	uint32_t start;
	memcpy(&start, r->fingerprint, sizeof start);
	if (!r->has_sketch)
		return 0;
	if (kind == KEY_FINGERPRINT)
		return not_zero(start);
	if (kind == KEY_CASE)
		return r->case_key ? not_zero((uint32_t)r->case_key) : 0;
	const uint16_t *pair = r->sketch + 2 * (kind - KEY_BAND);
	return pair[0] == SKETCH_EMPTY || pair[1] == SKETCH_EMPTY ? 0 : not_zero((uint32_t)pair[0] << 16 | pair[1]);
}

static double likeness(const struct record *a, const struct record *b)
{
	unsigned equal = 0, used = 0;
	for (size_t i = 0; i < SKETCH_BINS; i++) {
		bool empty = a->sketch[i] == SKETCH_EMPTY && b->sketch[i] == SKETCH_EMPTY;
		used += !empty;
		equal += !empty && a->sketch[i] == b->sketch[i];
	}
	return used ? (double)equal / used : 0;
}

static enum duplicate_reason judge(const struct record *a, const struct record *b)
{
	if (a->kind != b->kind)
		return DUPLICATE_NONE;
	if (memcmp(a->fingerprint, b->fingerprint, 16) == 0)
		return DUPLICATE_EXACT;
	double s = likeness(a, b), shorter = a->words < b->words ? a->words : b->words;
	double contained = shorter > 0 ? s / (1 + s) * ((double)a->words + b->words) / shorter : 0;
	if (s >= 0.5 || (s >= 0.15 && contained >= 0.6))
		return DUPLICATE_NEAR;
	bool years = !a->published_year || !b->published_year || a->published_year == b->published_year ||
	             (a->incident_year && a->incident_year == b->incident_year);
	return a->case_key && a->case_key == b->case_key && years && s >= 0.12 ? DUPLICATE_SAME_CASE : DUPLICATE_NONE;
}

static void compare(struct plain *p, uint32_t a, uint32_t b)
{
	if (p->set[a] == p->set[b])
		return;
	enum duplicate_reason reason = judge(&p->rows[a], &p->rows[b]);
	if (reason == DUPLICATE_NONE)
		return;
	uint32_t low = p->set[a] < p->set[b] ? p->set[a] : p->set[b], high = p->set[a] + p->set[b] - low;
	for (size_t i = 0; i < p->count; i++)
		if (p->set[i] == high)
			p->set[i] = low;
	if (!p->reason[a] || reason < p->reason[a])
		p->reason[a] = (uint8_t)reason;
	if (!p->reason[b] || reason < p->reason[b])
		p->reason[b] = (uint8_t)reason;
}

struct place {
	uint32_t key, next, row;
};

static int by_key(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	return x->key != y->key ? (x->key < y->key ? -1 : 1) : x->row < y->row ? -1 : x->row > y->row;
}

static size_t same_key(const struct place *list, size_t count)
{
	size_t n = 0;
	while (n < count && list[n].key == list[0].key)
		n++;
	return n;
}

static void compare_bucket(struct plain *p, const struct place *bucket, size_t size)
{
	for (size_t i = 0; i < size; i++)
		for (size_t k = i + 1; k < size && (size <= BUCKET_FULL || k <= i + NEIGHBOURS); k++)
			compare(p, bucket[i].row, bucket[k].row);
}

static void compare_kind(struct plain *p, size_t kind, struct place *list)
{
	size_t count = 0, next = kind + 1 < KEY_KINDS ? kind + 1 : KEY_BAND;
	for (uint32_t i = 0; i < p->count; i++)
		if (key_of(&p->rows[i], kind))
			list[count++] = (struct place){key_of(&p->rows[i], kind), key_of(&p->rows[i], next), i};
	mem_sort(list, count, sizeof *list, by_key);
	for (size_t at = 0, size; at < count; at += size) {
		size = same_key(list + at, count - at);
		if (size <= BUCKET_FULL) {
			compare_bucket(p, list + at, size);
			continue;
		}
		for (size_t i = at; i < at + size; i++)
			list[i].key = list[i].next;
		mem_sort(list + at, size, sizeof *list, by_key);
		for (size_t i = at, n; i < at + size; i += n) {
			n = same_key(list + i, at + size - i);
			compare_bucket(p, list + i, n);
		}
	}
}

/* Whether row a is to count rather than row b. */
static bool before(const struct plain *p, size_t a, size_t b)
{
	const struct record *x = &p->rows[a], *y = &p->rows[b];
	int years = (x->published_year ? x->published_year : 9999) - (y->published_year ? y->published_year : 9999);
	int months = (x->published_month ? x->published_month : 13) - (y->published_month ? y->published_month : 13);
	int names = strcmp(p->archives[x->archive], p->archives[y->archive]);
	return years ? years < 0 : months ? months < 0 : names ? names < 0 : a < b;
}

static struct duplicate *search_plainly(struct deduper *d, size_t *count)
{
	struct plain p = {.count = d->count, .archives = d->archives};
	struct duplicate *found = mem_calloc(d->count, sizeof *found);
	struct place *list = mem_calloc(d->count, sizeof *list);
	struct buf store = BUF_INIT;
	size_t *first = mem_calloc(d->count, sizeof *first);
	p.rows = mem_calloc(d->count, sizeof *p.rows);
	p.set = mem_calloc(d->count, sizeof *p.set);
	p.reason = mem_calloc(d->count, sizeof *p.reason);
	for (uint32_t i = 0; i < p.count; i++) {
		p.rows[i] = *dedupe_record(d, i, &store);
		p.set[i] = i;
	}
	for (size_t kind = 0; kind < KEY_KINDS; kind++)
		compare_kind(&p, kind, list);
	for (size_t i = 0; i < p.count; i++)
		if (p.set[i] == i || before(&p, i, first[p.set[i]]))
			first[p.set[i]] = i;
	*count = 0;
	for (size_t i = 0; i < p.count; i++) {
		size_t of = first[p.set[i]];
		if (of != i)
			found[(*count)++] = (struct duplicate){(uint32_t)i, (enum duplicate_reason)p.reason[i], of, likeness(&p.rows[i], &p.rows[of])};
	}
	free(list);
	free(first);
	free(p.rows);
	free(p.set);
	free(p.reason);
	buf_release(&store);
	return found;
}

/* ---- tests ---- */

static void assert_same(const struct duplicate *a, size_t a_count, const struct duplicate *b, size_t b_count)
{
	assert_int_equal(a_count, b_count);
	for (size_t i = 0; i < a_count; i++)
		if (a[i].row != b[i].row || a[i].of != b[i].of || a[i].reason != b[i].reason || a[i].similarity != b[i].similarity)
			fail_msg("row %u is a copy of %zu (%s, %g), or row %u of %zu (%s, %g)", a[i].row, a[i].of, duplicate_reason_word(a[i].reason),
			         a[i].similarity, b[i].row, b[i].of, duplicate_reason_word(b[i].reason), b[i].similarity);
}

/* Holds every way of searching against the plain search. Returns the number of copies; adds up their reasons. */
static size_t check(struct deduper *d, size_t reasons[4])
{
	static const struct { unsigned threads; size_t part_rows; } ways[] = {{1, 0}, {2, 0}, {3, 0}, {1, 1000}, {2, 400}, {8, 5000}, {2, 70}};
	size_t expected_count, count;
	struct duplicate *expected = search_plainly(d, &expected_count);
	for (size_t i = 0; i < expected_count; i++)
		reasons[expected[i].reason]++;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		d->part_rows = ways[i].part_rows;
		struct duplicate *found = deduper_finish(d, ways[i].threads, &count);
		assert_same(expected, expected_count, found, count);
		free(found);
	}
	free(expected);
	return expected_count;
}

static void same_as_the_plain_search(void **state)
{
	(void)state;
	static const struct mixture mixture = {30, 10, 35, 2};
	size_t reasons[4] = {0};
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct deduper *d = corpus(seed, seed == 1 ? ROWS : 2000, mixture);
		check(d, reasons);
		deduper_free(d);
	}
	assert_true(reasons[DUPLICATE_EXACT] > 100 && reasons[DUPLICATE_NEAR] > 100 && reasons[DUPLICATE_SAME_CASE] > 10);
}

/* From hardly a row that is a copy to hardly one that is not. */
static void few_copies_and_many(void **state)
{
	(void)state;
	static const struct mixture mixtures[] = {{0, 0, 0, 0}, {5, 0, 0, 0}, {50, 0, 0, 0}, {0, 0, 100, 0}, {100, 0, 0, 0}, {0, 100, 0, 0}, {0, 0, 0, 100}};
	size_t copies[sizeof mixtures / sizeof *mixtures], reasons[4] = {0};
	for (size_t i = 0; i < sizeof mixtures / sizeof *mixtures; i++) {
		struct deduper *d = corpus(i, BLOCK_ROWS + 1000, mixtures[i]);
		copies[i] = check(d, reasons);
		deduper_free(d);
	}
	assert_int_equal(copies[0], 0);
	assert_true(copies[1] > 10 && copies[1] < 300);
	assert_true(copies[3] > BLOCK_ROWS / 2);
}

/* ---- sets ---- */

static void assert_sets(struct sets *s, const uint32_t *set, const uint32_t *size, const uint8_t *reason, uint32_t rows)
{
	uint32_t next = 0;
	for (uint32_t i = 0; i < rows; i++) {
		assert_int_equal(sets_root(s, i), set[i]);
		assert_int_equal(sets_reason(s, i), reason[i]);
		if (size[set[i]] == 1)
			continue;
		assert_true(sets_next(s, &next));
		assert_int_equal(next++, i);
	}
	assert_false(sets_next(s, &next));
}

/* Against a list that says each row's set, from the first pair to the last, when all are one. */
static void sets_from_sparse_to_dense(void **state)
{
	(void)state;
	enum { SET_ROWS = 1000 };
	static uint32_t set[SET_ROWS], size[SET_ROWS];
	static uint8_t reason[SET_ROWS];
	struct sets *s = sets_new(SET_ROWS);
	struct rng rng;
	rng_init(&rng, 7);
	for (uint32_t i = 0; i < SET_ROWS; i++) {
		set[i] = i;
		size[i] = 1;
	}
	for (uint32_t united = 0; united < SET_ROWS - 1;) {
		uint32_t a = rng_below(&rng, SET_ROWS), b = rng_below(&rng, SET_ROWS);
		uint8_t why = (uint8_t)(DUPLICATE_EXACT + rng_below(&rng, 3));
		sets_unite(s, a, b, (enum duplicate_reason)why);
		if (set[a] == set[b])
			continue;
		uint32_t low = set[a] < set[b] ? set[a] : set[b], high = set[a] + set[b] - low;
		for (uint32_t i = 0; i < SET_ROWS; i++)
			if (set[i] == high)
				set[i] = low;
		size[low] += size[high];
		reason[a] = !reason[a] || why < reason[a] ? why : reason[a];
		reason[b] = !reason[b] || why < reason[b] ? why : reason[b];
		if (united++ % 50 == 0)
			assert_sets(s, set, size, reason, SET_ROWS);
	}
	assert_sets(s, set, size, reason, SET_ROWS);
	assert_int_equal(sets_choice(s, 0), 0);
	sets_choose(s, 0, 700);
	assert_int_equal(sets_choice(s, 0), 700);
	assert_int_equal(sets_root(s, 999), 0); /* what is chosen changes no set */
	assert_int_equal(sets_root(s, 700), 0);
	sets_free(s);
}

/* ---- memory ---- */

/* A line of /proc/self/status, in bytes. */
static size_t status(const char *name)
{
	char line[256];
	size_t kilobytes = 0;
	FILE *f = fopen("/proc/self/status", "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f))
		if (strncmp(line, name, strlen(name)) == 0)
			kilobytes = strtoul(line + strlen(name), NULL, 10);
	fclose(f);
	return kilobytes << 10;
}

static size_t resident(void)
{
	return status("VmRSS:");
}

/* The most that a search among so many rows, all alone, takes beside what it had before. */
static size_t most_of_search(size_t rows)
{
	struct deduper *d = deduper_new((size_t)4 << 20);
	struct review_row row = {.board = "", .child = "", .words = 200, .has_sketch = true};
	struct rng rng;
	size_t copies;
	rng_init(&rng, rows);
	for (size_t i = 0; i < rows; i++) {
		for (size_t k = 0; k < SKETCH_BINS; k++)
			row.sketch[k] = (uint16_t)rng_below(&rng, SKETCH_EMPTY);
		for (size_t k = 0; k < sizeof row.fingerprint; k++)
			row.fingerprint[k] = (unsigned char)rng_below(&rng, 256);
		deduper_add(d, "a", &row);
	}
	FILE *f = fopen("/proc/self/clear_refs", "w"); /* begin the peak anew */
	assert_non_null(f);
	fputs("5", f);
	fclose(f);
	size_t before = resident();
	free(deduper_finish(d, 2, &copies));
	assert_int_equal(copies, 0);
	deduper_free(d);
	return status("VmHWM:") - before;
}

static void three_times_the_rows_take_no_more(void **state)
{
	(void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	skip(); /* they take memory of their own */
#endif
	const size_t few = most_of_search(133000), more = most_of_search(399000); /* both more than are sorted at a time */
	if (more > few + ((size_t)1 << 20))
		fail_msg("three times the rows take %zu KiB, not %zu", more >> 10, few >> 10);
}

/* So many rows with a copy now and then: what the sets of a deduper take. */
static size_t bytes_of_sets(size_t rows, size_t every)
{
	size_t before = resident();
	struct sets *s = sets_new(rows);
	for (uint32_t i = 0; i + 1 < rows; i++) {
		if (every && i % every == 0)
			sets_unite(s, i, i + 1, DUPLICATE_NEAR);
		assert_true(sets_root(s, i) <= i);
	}
	size_t bytes = resident() - before;
	sets_free(s);
	return bytes;
}

static void rows_that_are_alone_take_no_memory(void **state)
{
	(void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	skip(); /* they take memory of their own */
#endif
	const size_t rows = (size_t)8 << 20;
	assert_true(bytes_of_sets(rows, 0) < (size_t)1 << 20);
	assert_true(bytes_of_sets(rows, 200) < rows * 3 / 4);
	assert_true(bytes_of_sets(rows, 2) < rows * 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(same_as_the_plain_search), cmocka_unit_test(few_copies_and_many),
	                                   cmocka_unit_test(sets_from_sparse_to_dense), cmocka_unit_test(rows_that_are_alone_take_no_memory),
	                                   cmocka_unit_test(three_times_the_rows_take_no_more)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
