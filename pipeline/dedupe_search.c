/* The kinds of keys are the tasks of the threads: bring rows together bucket by bucket (dedupe_buckets.h) and compare those of each. What was found is
 * applied to the sets in the order of the kinds, by whichever thread completes the next one, so that the outcome is that of one thread.
 * Pairs already in one set need not be compared: in a bucket by what was found there, and before that by the sets as they are, which hold nothing
 * of later kinds. */
#include "pipeline/dedupe_search.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/dedupe_buckets.h"

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

/* ---- tasks ---- */

enum { FOUND_MOST = 1 << 14 }; /* pairs that wait for their turn */

struct found {
	uint32_t a, b;
	enum duplicate_reason reason;
};

/* One kind of key. */
struct task {
	size_t kind;
	struct found *found; /* FOUND_MOST of them */
	size_t found_count;
	bool done;
};

struct search {
	struct deduper *d;
	pthread_mutex_t lock;    /* guards everything below, and the sets against others that write */
	pthread_cond_t turned;   /* turn has gone on */
	struct task *ring;       /* that of a kind is in kind % ring_size */
	size_t ring_size;
	size_t next, turn;       /* kinds that are to be given out next, and to be applied */
};

/* The next task, once there is room for it in the ring; NULL after the last. */
static struct task *take_task(struct search *s)
{
	struct task *t = NULL;
	pthread_mutex_lock(&s->lock);
	while (s->next < KEY_KINDS && s->next - s->turn == s->ring_size)
		pthread_cond_wait(&s->turned, &s->lock);
	if (s->next < KEY_KINDS) {
		t = &s->ring[s->next % s->ring_size];
		t->kind = s->next++;
	}
	pthread_mutex_unlock(&s->lock);
	return t;
}

static void apply(struct search *s, struct task *t)
{
	for (size_t i = 0; i < t->found_count; i++)
		sets_unite(s->d->sets, t->found[i].a, t->found[i].b, t->found[i].reason);
	t->found_count = 0;
}

static void add_found(struct search *s, struct task *t, uint32_t a, uint32_t b, enum duplicate_reason reason)
{
	if (t->found_count == FOUND_MOST) {
		pthread_mutex_lock(&s->lock);
		while (s->turn != t->kind)
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

/* ---- buckets ---- */

/* What a thread needs, used again for each task. */
struct searcher {
	struct search *search;
	struct task *task;
	struct buckets *buckets;
	struct record *records; /* BUCKET_FULL of them */
};

static void load_record(struct searcher *r, uint32_t row, size_t to)
{
	spill_copy(r->search->d->records, (uint64_t)row * sizeof(struct record), sizeof(struct record), &r->records[to]);
}

/* The rows of one label get another's. */
static void relabel(uint32_t *labels, size_t count, uint32_t from, uint32_t to)
{
	for (size_t i = 0; i < count; i++)
		if (labels[i] == from)
			labels[i] = to;
}

/* Compares every row of a bucket with every other. A label says which are together already: the root, or what was found here. */
static void compare_all(struct searcher *r, const struct bucket *b)
{
	uint32_t label[BUCKET_FULL];
	bool together = true;
	for (size_t i = 0; i < b->size; i++) {
		label[i] = sets_root(r->search->d->sets, b->rows[i].row);
		together &= label[i] == label[0];
	}
	if (together)
		return;
	for (size_t i = 0; i < b->size; i++)
		load_record(r, b->rows[i].row, i);
	for (size_t i = 0; i + 1 < b->size; i++)
		for (size_t k = i + 1; k < b->size; k++) {
			enum duplicate_reason reason = label[i] == label[k] ? DUPLICATE_NONE : relation(&r->records[i], &r->records[k]);
			if (reason == DUPLICATE_NONE)
				continue;
			add_found(r->search, r->task, b->rows[i].row, b->rows[k].row, reason);
			relabel(label, b->size, label[k], label[i]);
		}
}

/* Of a large bucket, compares each row with its next few: rows that share so common a band are either boilerplate or so much alike that
 * neighbours suffice to tie them together. Row i has its label, and its record once that is needed, in i % WINDOW. */
static void compare_neighbours(struct searcher *r, const struct bucket *b)
{
	enum { WINDOW = NEIGHBOURS + 1 };
	uint32_t label[WINDOW] = {0};
	bool loaded[WINDOW] = {false};
	for (size_t i = 0, seen = 0; i < b->firsts; i++) {
		for (; seen < b->size && seen <= i + NEIGHBOURS; seen++) {
			label[seen % WINDOW] = sets_root(r->search->d->sets, b->rows[seen].row);
			loaded[seen % WINDOW] = false;
		}
		for (size_t k = i + 1; k < seen; k++) {
			size_t x = i % WINDOW, y = k % WINDOW;
			if (label[x] == label[y])
				continue;
			if (!loaded[x])
				load_record(r, b->rows[i].row, x);
			if (!loaded[y])
				load_record(r, b->rows[k].row, y);
			loaded[x] = loaded[y] = true;
			enum duplicate_reason reason = relation(&r->records[x], &r->records[y]);
			if (reason == DUPLICATE_NONE)
				continue;
			add_found(r->search, r->task, b->rows[i].row, b->rows[k].row, reason);
			relabel(label, WINDOW, label[y], label[x]);
		}
	}
}

static void *work(void *context)
{
	struct searcher r = {.search = context, .records = mem_alloc(BUCKET_FULL * sizeof(struct record))};
	r.buckets = buckets_new(r.search->d);
	while ((r.task = take_task(r.search)) != NULL) {
		struct bucket b;
		buckets_open(r.buckets, r.task->kind);
		while (buckets_next(r.buckets, &b))
			(b.full ? compare_neighbours : compare_all)(&r, &b);
		finish_task(r.search, r.task);
	}
	buckets_free(r.buckets);
	free(r.records);
	return NULL;
}

void dedupe_search(struct deduper *d, unsigned threads)
{
	struct search s = {.d = d, .lock = PTHREAD_MUTEX_INITIALIZER, .turned = PTHREAD_COND_INITIALIZER, .ring_size = 2 * (size_t)threads};
	pthread_t *ids = mem_calloc(threads, sizeof *ids);
	unsigned started = 1; /* this one */
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
	free(ids);
}
