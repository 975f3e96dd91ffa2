/* The kinds of keys are divided into parts, and these are the tasks of the threads: collect the rows of the part, sort them by key, compare the rows
 * of each bucket. What was found is applied to the sets in the order of the tasks, by whichever thread completes the next one,
 * so that the outcome is that of one thread. Pairs already in one set need not be compared: in a bucket by what was found there, and before that by
 * the sets as they are, which hold nothing of later tasks. */
#include "pipeline/dedupe_search.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const double near_similarity = 0.5, near_contained = 0.6, near_contained_similarity = 0.15, same_case_similarity = 0.12;

/* ---- two rows ---- */

/* Share of the shorter one's shingles that are in the longer one, from the similarity and the numbers of words. */
static double sketch_containment(double similarity, uint32_t words_a, uint32_t words_b)
{
	double shorter = words_a < words_b ? words_a : words_b, shared = similarity / (1 + similarity) * ((double)words_a + words_b);
	return shorter > 0 ? shared / shorter : 0;
}

static bool years_agree(const struct record *a, const struct record *b)
{
	bool published = !a->published_year || !b->published_year || a->published_year == b->published_year;
	bool incident = !a->incident_year || !b->incident_year || a->incident_year == b->incident_year;
	return published || (incident && a->incident_year);
}

static enum duplicate_reason relation(const struct record *a, const struct record *b)
{
	if (a->kind != b->kind || !a->has_sketch || !b->has_sketch)
		return DUPLICATE_NONE;
	if (memcmp(a->fingerprint, b->fingerprint, 16) == 0)
		return DUPLICATE_EXACT;
	double similarity = sketch_similarity(a->sketch, b->sketch);
	if (similarity >= near_similarity || (similarity >= near_contained_similarity &&
	                                      sketch_containment(similarity, a->words, b->words) >= near_contained))
		return DUPLICATE_NEAR;
	if (a->case_key && a->case_key == b->case_key && years_agree(a, b) && similarity >= same_case_similarity)
		return DUPLICATE_SAME_CASE;
	return DUPLICATE_NONE;
}

/* ---- sets ---- */

static uint32_t parent_of(const struct deduper *d, uint32_t row)
{
	return __atomic_load_n(&d->parent[row], __ATOMIC_RELAXED);
}

uint32_t dedupe_root(struct deduper *d, uint32_t row)
{
	for (uint32_t parent; (parent = parent_of(d, row)) != row; row = parent) {
		uint32_t above = parent_of(d, parent);
		if (above != parent) /* shortens the way for the next */
			__atomic_store_n(&d->parent[row], above, __ATOMIC_RELAXED);
	}
	return row;
}

static void note_reason(struct deduper *d, uint32_t row, enum duplicate_reason reason)
{
	if (!d->reason[row] || reason < d->reason[row])
		d->reason[row] = (uint8_t)reason;
}

static void unite(struct deduper *d, uint32_t a, uint32_t b, enum duplicate_reason reason)
{
	uint32_t x = dedupe_root(d, a), y = dedupe_root(d, b);
	if (x == y)
		return;
	__atomic_store_n(&d->parent[x < y ? y : x], x < y ? x : y, __ATOMIC_RELAXED);
	note_reason(d, a, reason);
	note_reason(d, b, reason);
}

/* ---- tasks ---- */

enum { FOUND_MOST = 1 << 14 }; /* pairs that wait for their turn */

struct found {
	uint32_t a, b;
	enum duplicate_reason reason;
};

/* The rows of one kind of key whose key has its upper half in [low, high). */
struct task {
	size_t number, kind;
	uint32_t low, high;
	struct found *found; /* FOUND_MOST of them */
	size_t found_count;
	bool done;
};

struct search {
	struct deduper *d;
	pthread_mutex_t lock;    /* guards everything below, and the sets against others that write */
	pthread_cond_t turned;   /* turn has gone on */
	struct task *ring;       /* task n is in n % ring_size */
	size_t ring_size;
	size_t next, turn;       /* numbers of the next task to be given out, and to be applied */
	size_t part_rows;        /* most rows of a task */
	size_t kind;             /* of the next task */
	uint32_t low;
	uint32_t *rows;          /* rows of that kind by the upper half of their key, where it must be divided */
};

/* The keys of one kind of the rows from `from` on, a multiple of BLOCK_ROWS, as many as a block has; 0 where a row has none. Good until the
 * next call with this store. */
static const uint32_t *block_keys(struct deduper *d, size_t kind, size_t from, size_t *count, struct buf *store)
{
	*count = d->count - from < BLOCK_ROWS ? d->count - from : BLOCK_ROWS;
	if (*count < BLOCK_ROWS)
		return d->filling->keys[kind];
	return (const void *)spill_read(d->blocks, from / BLOCK_ROWS * sizeof(struct block) + kind * sizeof d->filling->keys[kind],
	                                sizeof d->filling->keys[kind], store);
}

/* Rows by the upper half of their key; rows without one, whose key is 0, apart. */
static void count_keys(struct deduper *d, size_t kind, uint32_t rows[65536])
{
	struct buf store = BUF_INIT;
	size_t count;
	memset(rows, 0, 65536 * sizeof *rows);
	for (size_t from = 0; from < d->count; from += BLOCK_ROWS) {
		const uint32_t *keys = block_keys(d, kind, from, &count, &store);
		for (size_t i = 0; i < count; i++)
			rows[keys[i] >> 16] += keys[i] != 0;
	}
	buf_release(&store);
}

/* Where the part of the keys ends that begins at low: it has part_rows rows at most, or one upper half. */
static uint32_t part_end(const struct search *s)
{
	uint32_t end = s->low;
	size_t n = s->rows[end++];
	while (end < 65536 && n + s->rows[end] <= s->part_rows)
		n += s->rows[end++];
	return end;
}

/* The next task, once there is room for it in the ring; NULL after the last. */
static struct task *take_task(struct search *s)
{
	struct task *t = NULL;
	pthread_mutex_lock(&s->lock);
	while (s->kind < KEY_KINDS && s->next - s->turn == s->ring_size)
		pthread_cond_wait(&s->turned, &s->lock);
	if (s->kind < KEY_KINDS) {
		bool whole = s->d->count <= s->part_rows;
		if (!whole && s->low == 0)
			count_keys(s->d, s->kind, s->rows);
		t = &s->ring[s->next % s->ring_size];
		t->number = s->next++;
		t->kind = s->kind;
		t->low = s->low;
		t->high = whole ? 65536 : part_end(s);
		s->low = t->high % 65536;
		s->kind += t->high == 65536;
	}
	pthread_mutex_unlock(&s->lock);
	return t;
}

static void apply(struct search *s, struct task *t)
{
	for (size_t i = 0; i < t->found_count; i++)
		unite(s->d, t->found[i].a, t->found[i].b, t->found[i].reason);
	t->found_count = 0;
}

static void add_found(struct search *s, struct task *t, uint32_t a, uint32_t b, enum duplicate_reason reason)
{
	if (t->found_count == FOUND_MOST) {
		pthread_mutex_lock(&s->lock);
		while (s->turn != t->number)
			pthread_cond_wait(&s->turned, &s->lock);
		apply(s, t);
		pthread_mutex_unlock(&s->lock);
	}
	t->found[t->found_count++] = (struct found){a, b, reason};
}

static void finish_task(struct search *s, struct task *t)
{
	pthread_mutex_lock(&s->lock);
	t->done = true;
	for (struct task *first; (first = &s->ring[s->turn % s->ring_size])->done; s->turn++) {
		apply(s, first);
		first->done = false;
	}
	pthread_cond_broadcast(&s->turned);
	pthread_mutex_unlock(&s->lock);
}

/* ---- sorting ---- */

/* A row under one of its keys, and its key of the next kind, which divides buckets that are too full. */
struct keyed {
	uint32_t key, row, next;
};

/* What a thread needs, used again for each task. */
struct searcher {
	struct search *search;
	struct task *task;
	struct keyed *items, *spare; /* and room as large for sorting them */
	size_t count, capacity;
	struct buf keys, next_keys;
	struct record *records; /* BUCKET_FULL of them */
};

/* The rows of the task, in order. */
static void collect_keys(struct searcher *r)
{
	struct deduper *d = r->search->d;
	const struct task *t = r->task;
	size_t next_kind = t->kind + 1 < KEY_KINDS ? t->kind + 1 : KEY_BAND, count, capacity = r->capacity;
	r->count = 0;
	for (size_t from = 0; from < d->count; from += BLOCK_ROWS) {
		const uint32_t *keys = block_keys(d, t->kind, from, &count, &r->keys), *next = block_keys(d, next_kind, from, &count, &r->next_keys);
		while (r->capacity < r->count + count)
			MEM_GROW(r->items, r->capacity, r->capacity);
		for (size_t i = 0; i < count; i++) {
			r->items[r->count] = (struct keyed){keys[i], (uint32_t)(from + i), next[i]};
			r->count += keys[i] && keys[i] >> 16 >= t->low && keys[i] >> 16 < t->high;
		}
	}
	if (r->capacity != capacity)
		r->spare = mem_realloc(r->spare, r->capacity, sizeof *r->spare);
}

static int by_key_and_row(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	return x->key != y->key ? (x->key < y->key ? -1 : 1) : x->row < y->row ? -1 : x->row > y->row;
}

/* Sorts by key, keeping rows of one key in order; long lists by three passes over eleven bits each. Returns where the sorted list is: one of the two. */
static struct keyed *sort_keys(struct keyed *list, struct keyed *spare, size_t count)
{
	enum { DIGITS = 3, BITS = 11, VALUES = 1 << BITS };
	uint32_t starts[DIGITS][VALUES] = {0};
	if (count < 1 << 8) {
		mem_sort(list, count, sizeof *list, by_key_and_row);
		return list;
	}
	for (size_t i = 0; i < count; i++)
		for (unsigned k = 0; k < DIGITS; k++)
			starts[k][list[i].key >> k * BITS & (VALUES - 1)]++;
	for (unsigned k = 0; k < DIGITS; k++) {
		uint32_t start = 0;
		for (size_t v = 0; v < VALUES; v++) {
			uint32_t n = starts[k][v];
			starts[k][v] = start;
			start += n;
		}
		for (size_t i = 0; i < count; i++)
			spare[starts[k][list[i].key >> k * BITS & (VALUES - 1)]++] = list[i];
		struct keyed *swap = list;
		list = spare;
		spare = swap;
	}
	return list;
}

/* ---- buckets ---- */

static void load_record(struct searcher *r, const struct keyed *from, size_t to)
{
	spill_copy(r->search->d->records, (uint64_t)from->row * sizeof(struct record), sizeof(struct record), &r->records[to]);
}

/* Compares every row of a bucket with every other. A label says which are together already: the root, or what was found here. */
static void compare_all(struct searcher *r, const struct keyed *bucket, size_t size)
{
	uint32_t label[BUCKET_FULL];
	bool together = true;
	for (size_t i = 0; i < size; i++) {
		label[i] = dedupe_root(r->search->d, bucket[i].row);
		together &= label[i] == label[0];
	}
	if (together)
		return;
	for (size_t i = 0; i < size; i++)
		load_record(r, &bucket[i], i);
	for (size_t i = 0; i + 1 < size; i++)
		for (size_t k = i + 1; k < size; k++) {
			enum duplicate_reason reason = label[i] == label[k] ? DUPLICATE_NONE : relation(&r->records[i], &r->records[k]);
			if (reason == DUPLICATE_NONE)
				continue;
			add_found(r->search, r->task, bucket[i].row, bucket[k].row, reason);
			for (size_t j = 0, joined = label[k]; j < size; j++)
				if (label[j] == joined)
					label[j] = label[i];
		}
}

/* Of a large bucket, compares each row with its next few: rows that share so common a band are either boilerplate or so much alike that
 * neighbours suffice to tie them together. */
static void compare_neighbours(struct searcher *r, const struct keyed *bucket, size_t size)
{
	enum { WINDOW = NEIGHBOURS + 1 }; /* the record of bucket[i] is in i % WINDOW */
	struct deduper *d = r->search->d;
	for (size_t i = 0, loaded = 0; i < size; i++) {
		for (; loaded < size && loaded < i + WINDOW; loaded++)
			load_record(r, &bucket[loaded], loaded % WINDOW);
		for (size_t k = i + 1; k < loaded; k++) {
			if (dedupe_root(d, bucket[i].row) == dedupe_root(d, bucket[k].row))
				continue;
			enum duplicate_reason reason = relation(&r->records[i % WINDOW], &r->records[k % WINDOW]);
			if (reason != DUPLICATE_NONE)
				add_found(r->search, r->task, bucket[i].row, bucket[k].row, reason);
		}
	}
}

static size_t bucket_size(const struct keyed *list, size_t count)
{
	size_t size = 1;
	while (size < count && list[size].key == list[0].key)
		size++;
	return size;
}

/* A bucket that is too full is divided by the keys of the next kind. spare: room for sorting it. */
static void compare_full(struct searcher *r, struct keyed *bucket, struct keyed *spare, size_t size)
{
	for (size_t i = 0; i < size; i++)
		bucket[i].key = bucket[i].next;
	const struct keyed *sorted = sort_keys(bucket, spare, size);
	for (size_t i = 0, n; i < size; i += n) {
		n = bucket_size(sorted + i, size - i);
		(n > BUCKET_FULL ? compare_neighbours : compare_all)(r, sorted + i, n);
	}
}

static void do_task(struct searcher *r)
{
	collect_keys(r);
	struct keyed *list = sort_keys(r->items, r->spare, r->count), *spare = list == r->items ? r->spare : r->items;
	for (size_t i = 0, n; i < r->count; i += n) {
		n = bucket_size(list + i, r->count - i);
		if (n > BUCKET_FULL)
			compare_full(r, list + i, spare + i, n);
		else if (n > 1)
			compare_all(r, list + i, n);
	}
}

static void *work(void *context)
{
	struct searcher r = {.search = context, .records = mem_alloc(BUCKET_FULL * sizeof(struct record))};
	while ((r.task = take_task(r.search)) != NULL) {
		do_task(&r);
		finish_task(r.search, r.task);
	}
	free(r.items);
	free(r.spare);
	free(r.records);
	buf_release(&r.keys);
	buf_release(&r.next_keys);
	return NULL;
}

void dedupe_search(struct deduper *d, unsigned threads)
{
	struct search s = {.d = d, .lock = PTHREAD_MUTEX_INITIALIZER, .turned = PTHREAD_COND_INITIALIZER, .ring_size = 2 * (size_t)threads,
	                   .rows = mem_calloc(65536, sizeof *s.rows)};
	pthread_t *ids = mem_calloc(threads, sizeof *ids);
	unsigned started = 1; /* this one */
	s.part_rows = d->part_rows ? d->part_rows : d->count / (ROWS_PER_SORTED * threads);
	if (!d->part_rows && s.part_rows < PART_ROWS)
		s.part_rows = PART_ROWS;
	s.ring = mem_calloc(s.ring_size, sizeof *s.ring);
	for (size_t i = 0; i < s.ring_size; i++)
		s.ring[i].found = mem_alloc(FOUND_MOST * sizeof *s.ring[i].found);
	while (started < threads && d->count > BLOCK_ROWS && pthread_create(&ids[started], NULL, work, &s) == 0)
		started++; /* with fewer it takes longer */
	work(&s);
	while (started > 1)
		pthread_join(ids[--started], NULL);
	for (size_t i = 0; i < s.ring_size; i++)
		free(s.ring[i].found);
	free(s.ring);
	free(s.rows);
	free(ids);
}
