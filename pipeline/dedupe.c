#include "pipeline/dedupe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "pipeline/spill.h"

enum {
	SHINGLE = 4,                 /* tokens: long enough that unrelated reviews share few, short enough to survive small edits */
	BANDS = SKETCH_BINS / 2,
	BUCKET_FULL = 64,            /* rows of one key that are all compared with one another */
	NEIGHBOURS = 4,
	BLOCK_ROWS = 4096,           /* rows whose bands are laid out together, band by band */
	PART_ROWS = 1 << 20          /* rows whose keys are sorted at a time: as many as fit into 16 MiB */
};
static const double near_similarity = 0.5, near_contained = 0.6, near_contained_similarity = 0.15, same_case_similarity = 0.12;

/* ---- fingerprints and sketches ---- */

void fingerprint_compute(const uint64_t *word_hash, size_t count, unsigned char fingerprint[16])
{
	if (count == 0) {
		memset(fingerprint, 0, 16);
		return;
	}
	XXH128_canonical_t canonical;
	XXH128_canonicalFromHash(&canonical, XXH3_128bits(word_hash, count * sizeof *word_hash));
	memcpy(fingerprint, canonical.digest, 16);
}

/* Each shingle falls into the bin of its top bits; a bin keeps the least of the 16-bit values that fall into it. A text shorter than a
 * shingle is one shingle. */
void sketch_compute(const uint64_t *word_hash, size_t count, uint16_t sketch[SKETCH_BINS])
{
	for (size_t i = 0; i < SKETCH_BINS; i++)
		sketch[i] = SKETCH_EMPTY;
	size_t length = count < SHINGLE ? count : SHINGLE;
	for (size_t i = 0; i + length <= count && length; i++) {
		uint64_t h = 0x9E3779B97F4A7C15u;
		for (size_t k = 0; k < length; k++)
			h = (h ^ word_hash[i + k]) * 0xD6E8FEB86659FD93u;
		h ^= h >> 32;
		h *= 0xD6E8FEB86659FD93u;
		uint16_t value = (uint16_t)(h >> 32);
		uint16_t *bin = &sketch[h >> 57];
		if (value < *bin)
			*bin = value;
	}
}

/* Bins empty in both say nothing; a bin empty in one is a difference. */
double sketch_similarity(const uint16_t a[SKETCH_BINS], const uint16_t b[SKETCH_BINS])
{
	unsigned equal = 0, used = 0;
	for (size_t i = 0; i < SKETCH_BINS; i++) {
		bool empty = a[i] == SKETCH_EMPTY && b[i] == SKETCH_EMPTY;
		used += !empty;
		equal += !empty && a[i] == b[i];
	}
	return used ? (double)equal / used : 0;
}

/* Share of the shorter one's shingles that are in the longer one, from the similarity and the numbers of words. */
static double sketch_containment(double similarity, uint32_t words_a, uint32_t words_b)
{
	double shorter = words_a < words_b ? words_a : words_b, shared = similarity / (1 + similarity) * ((double)words_a + words_b);
	return shorter > 0 ? shared / shorter : 0;
}

const char *duplicate_reason_word(enum duplicate_reason r)
{
	static const char *const words[] = {"", "exact", "near", "same case"};
	return words[r];
}

/* ---- rows ---- */

/* The keys by which rows are brought together: fingerprint, case, and one per band. */
enum { KEY_FINGERPRINT, KEY_CASE, KEY_BAND, KEY_KINDS = KEY_BAND + BANDS };

/* What is kept of a row, in the spill. */
struct record {
	unsigned char fingerprint[16];
	uint64_t case_key;    /* 0: board or child unknown */
	uint32_t archive;     /* number of its name in order of arrival */
	uint32_t words;
	int16_t published_year, incident_year;
	uint8_t published_month, kind, has_sketch;
	uint16_t sketch[SKETCH_BINS];
};

/* The keys of BLOCK_ROWS rows; a row without a key has 0 there. */
struct block {
	uint32_t keys[KEY_KINDS][BLOCK_ROWS];
};

struct deduper {
	struct spill *records, *blocks;
	struct block *filling;
	size_t count;
	char **archives;
	size_t archive_count, archive_capacity;
	uint32_t *parent;     /* union-find; the root is the least number of its set */
	uint8_t *reason;      /* strongest relation met, enum duplicate_reason, 0 none */
};

struct deduper *deduper_new(size_t memory_bytes)
{
	size_t records = memory_bytes / 3, blocks = memory_bytes - records;
	struct deduper *d = mem_calloc(1, sizeof *d);
	d->records = spill_new(NULL, records / sizeof(struct record) * sizeof(struct record));
	d->blocks = spill_new(NULL, blocks / sizeof(struct block) * sizeof(struct block));
	d->filling = mem_calloc(1, sizeof *d->filling);
	return d;
}

void deduper_free(struct deduper *d)
{
	spill_free(d->records);
	spill_free(d->blocks);
	for (size_t i = 0; i < d->archive_count; i++)
		free(d->archives[i]);
	free(d->archives);
	free(d->filling);
	free(d->parent);
	free(d->reason);
	free(d);
}

/* Words that different digests put differently around the same board or child. */
static bool is_filler(const char *word, size_t length)
{
	static const char *const fillers[] = {"local", "safeguarding", "children", "childrens", "child's", "children's", "board", "lscb", "scb",
	                                      "partnership", "borough", "council", "county", "of", "the", "and", "london", "royal"};
	for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++)
		if (strlen(fillers[i]) == length && memcmp(fillers[i], word, length) == 0)
			return true;
	return false;
}

static void hash_words(XXH3_state_t *state, const char *s, bool skip_fillers)
{
	char word[64];
	size_t length = 0;
	for (;; s++) {
		unsigned char c = (unsigned char)*s;
		bool part = c >= 0x80 || isalnum(c);
		if (part && length < sizeof word)
			word[length++] = (char)(c < 0x80 ? tolower(c) : c);
		if (!part && length) {
			if (!skip_fillers || !is_filler(word, length)) {
				XXH3_64bits_update(state, word, length);
				XXH3_64bits_update(state, " ", 1);
			}
			length = 0;
		}
		if (!c)
			return;
	}
}

static uint64_t case_key(const struct review_row *row)
{
	if (!*row->board || !*row->child)
		return 0;
	XXH3_state_t *state = XXH3_createState();
	XXH3_64bits_reset(state);
	hash_words(state, row->board, true);
	XXH3_64bits_update(state, "|", 1);
	hash_words(state, row->child, false);
	uint64_t key = XXH3_64bits_digest(state);
	XXH3_freeState(state);
	return key ? key : 1;
}

static uint32_t archive_number(struct deduper *d, const char *archive)
{
	if (!d->archive_count || strcmp(d->archives[d->archive_count - 1], archive) != 0) {
		MEM_GROW(d->archives, d->archive_count, d->archive_capacity);
		d->archives[d->archive_count++] = mem_strdup(archive);
	}
	return (uint32_t)(d->archive_count - 1);
}

static uint32_t not_zero(uint32_t key)
{
	return key ? key : 1;
}

static void add_keys(struct deduper *d, const struct record *r)
{
	size_t at = d->count % BLOCK_ROWS;
	uint32_t start;
	memcpy(&start, r->fingerprint, sizeof start);
	d->filling->keys[KEY_FINGERPRINT][at] = r->has_sketch ? not_zero(start) : 0;
	d->filling->keys[KEY_CASE][at] = r->has_sketch && r->case_key ? not_zero((uint32_t)r->case_key) : 0;
	for (size_t i = 0; i < BANDS; i++) {
		uint16_t a = r->sketch[2 * i], b = r->sketch[2 * i + 1];
		bool empty = !r->has_sketch || a == SKETCH_EMPTY || b == SKETCH_EMPTY;
		d->filling->keys[KEY_BAND + i][at] = empty ? 0 : not_zero((uint32_t)a << 16 | b);
	}
	if (at == BLOCK_ROWS - 1)
		spill_append(d->blocks, d->filling, sizeof *d->filling);
}

void deduper_add(struct deduper *d, const char *archive, const struct review_row *row)
{
	struct record r;
	memset(&r, 0, sizeof r);
	memcpy(r.fingerprint, row->fingerprint, 16);
	r.archive = archive_number(d, archive);
	r.words = (uint32_t)row->words;
	r.published_year = (int16_t)row->published.year;
	r.published_month = (uint8_t)row->published.month;
	r.incident_year = (int16_t)row->incident.year;
	r.kind = (uint8_t)row->kind;
	r.has_sketch = row->has_sketch && row->kind != KIND_OTHER;
	if (r.has_sketch) {
		r.case_key = case_key(row);
		memcpy(r.sketch, row->sketch, sizeof r.sketch);
	}
	spill_append(d->records, &r, sizeof r);
	add_keys(d, &r);
	d->count++;
}

static const struct record *record_at(struct deduper *d, uint32_t number, struct buf *store)
{
	return (const void *)spill_read(d->records, (uint64_t)number * sizeof(struct record), sizeof(struct record), store);
}

/* ---- groups ---- */

static uint32_t find(struct deduper *d, uint32_t i)
{
	while (d->parent[i] != i) {
		d->parent[i] = d->parent[d->parent[i]];
		i = d->parent[i];
	}
	return i;
}

static void unite(struct deduper *d, uint32_t a, uint32_t b, enum duplicate_reason reason)
{
	uint32_t x = find(d, a), y = find(d, b);
	if (x < y)
		d->parent[y] = x;
	else
		d->parent[x] = y;
	if (!d->reason[a] || reason < d->reason[a])
		d->reason[a] = (uint8_t)reason;
	if (!d->reason[b] || reason < d->reason[b])
		d->reason[b] = (uint8_t)reason;
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

/* A row under one of its keys; rows with the same key are compared. */
struct keyed {
	uint32_t key, row;
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

static void read_keys(struct deduper *d, size_t kind, uint32_t *by_row)
{
	struct buf store = BUF_INIT;
	size_t count;
	for (size_t from = 0; from < d->count; from += BLOCK_ROWS) {
		const uint32_t *keys = block_keys(d, kind, from, &count, &store);
		memcpy(by_row + from, keys, count * sizeof *keys);
	}
	buf_release(&store);
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

/* Where the part of the keys ends that begins at low: it has PART_ROWS rows at most, or one upper half. */
static uint32_t part_end(const uint32_t rows[65536], uint32_t low)
{
	size_t n = rows[low++];
	while (low < 65536 && n + rows[low] <= PART_ROWS)
		n += rows[low++];
	return low;
}

/* A growing list, and room as large for sorting it. */
struct keyed_list {
	struct keyed *items, *spare;
	size_t count, capacity;
};

/* The rows whose key has its upper half in [low, high), in order of rows. */
static void collect_keys(struct deduper *d, size_t kind, uint32_t low, uint32_t high, struct keyed_list *list)
{
	struct buf store = BUF_INIT;
	size_t count;
	list->count = 0;
	for (size_t from = 0; from < d->count; from += BLOCK_ROWS) {
		const uint32_t *keys = block_keys(d, kind, from, &count, &store);
		for (size_t i = 0; i < count; i++) {
			if (!keys[i] || keys[i] >> 16 < low || keys[i] >> 16 >= high)
				continue;
			MEM_GROW(list->items, list->count, list->capacity);
			list->items[list->count++] = (struct keyed){keys[i], (uint32_t)(from + i)};
		}
	}
	list->spare = mem_realloc(list->spare, list->capacity, sizeof *list->spare);
	buf_release(&store);
}

static int by_key_and_row(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	return x->key != y->key ? (x->key < y->key ? -1 : 1) : x->row < y->row ? -1 : x->row > y->row;
}

/* Sorts by key, keeping rows of one key in order: long lists by two passes over 16 bits each. */
static void sort_keys(struct keyed *list, struct keyed *spare, size_t count)
{
	if (count < 1 << 15) {
		mem_sort(list, count, sizeof *list, by_key_and_row);
		return;
	}
	for (unsigned shift = 0; shift < 32; shift += 16) {
		size_t *starts = mem_calloc(65537, sizeof *starts);
		for (size_t i = 0; i < count; i++)
			starts[(list[i].key >> shift & 0xFFFF) + 1]++;
		for (size_t i = 0; i < 65536; i++)
			starts[i + 1] += starts[i];
		for (size_t i = 0; i < count; i++)
			spare[starts[list[i].key >> shift & 0xFFFF]++] = list[i];
		struct keyed *swap = list;
		list = spare;
		spare = swap;
		free(starts);
	}
}

static void compare_rows(struct deduper *d, uint32_t a, const uint32_t *others, size_t count, struct buf *store)
{
	struct record first = *record_at(d, a, store);
	for (size_t i = 0; i < count; i++) {
		if (find(d, a) == find(d, others[i]))
			continue;
		enum duplicate_reason r = relation(&first, record_at(d, others[i], store));
		if (r != DUPLICATE_NONE)
			unite(d, a, others[i], r);
	}
}

/* Compares every row of a bucket with every other. Of a large one, each with its next few: rows that share so common a band are either
 * boilerplate or so much alike that neighbours suffice to tie them together. */
static void compare_bucket(struct deduper *d, const struct keyed *bucket, size_t size, struct buf *store)
{
	uint32_t others[BUCKET_FULL];
	size_t reach = size > BUCKET_FULL ? NEIGHBOURS : BUCKET_FULL;
	for (size_t k = 0; k + 1 < size; k++) {
		size_t count = 0;
		while (count < reach && k + 1 + count < size) {
			others[count] = bucket[k + 1 + count].row;
			count++;
		}
		compare_rows(d, bucket[k].row, others, count, store);
	}
}

static size_t bucket_end(const struct keyed *list, size_t count, size_t start)
{
	size_t end = start + 1;
	while (end < count && list[end].key == list[start].key)
		end++;
	return end;
}

/* list is sorted by key. Buckets that are too full are divided by the keys in `next` (by row). */
static void compare_buckets(struct deduper *d, struct keyed *list, struct keyed *spare, size_t count, const uint32_t *next)
{
	struct buf store = BUF_INIT;
	for (size_t i = 0, end; i < count; i = end) {
		end = bucket_end(list, count, i);
		if (end - i <= BUCKET_FULL) {
			compare_bucket(d, list + i, end - i, &store);
			continue;
		}
		for (size_t k = i; k < end; k++)
			list[k].key = next[list[k].row];
		sort_keys(list + i, spare, end - i);
		for (size_t k = i, stop; k < end; k = stop) {
			stop = k + bucket_end(list + k, end - k, 0);
			compare_bucket(d, list + k, stop - k, &store);
		}
	}
	buf_release(&store);
}

static int counts_before(struct deduper *d, const struct record *a, uint32_t row_a, const struct record *b, uint32_t row_b)
{
	int year_a = a->published_year ? a->published_year : INT16_MAX, year_b = b->published_year ? b->published_year : INT16_MAX;
	if (year_a != year_b)
		return year_a < year_b;
	int month_a = a->published_month ? a->published_month : 13, month_b = b->published_month ? b->published_month : 13;
	if (month_a != month_b)
		return month_a < month_b;
	int name = strcmp(d->archives[a->archive], d->archives[b->archive]);
	return name ? name < 0 : row_a < row_b;
}

/* first[root] becomes the row that counts for the set of that root. */
static void choose_first(struct deduper *d, uint32_t *first)
{
	struct buf store_a = BUF_INIT, store_b = BUF_INIT;
	for (uint32_t i = 0; i < d->count; i++) {
		uint32_t root = find(d, i);
		if (root == i) { /* the root is the least number of its set, so it comes first */
			first[i] = i;
			continue;
		}
		const struct record *a = record_at(d, i, &store_a), *b = record_at(d, first[root], &store_b);
		if (counts_before(d, a, i, b, first[root]))
			first[root] = i;
	}
	buf_release(&store_a);
	buf_release(&store_b);
}

static struct duplicate *list_copies(struct deduper *d, const uint32_t *first, size_t *count)
{
	struct duplicate *list = NULL;
	size_t capacity = 0;
	struct buf store_a = BUF_INIT, store_b = BUF_INIT;
	*count = 0;
	for (uint32_t i = 0; i < d->count; i++) {
		uint32_t of = first[find(d, i)];
		if (of == i)
			continue;
		MEM_GROW(list, *count, capacity);
		struct record a = *record_at(d, i, &store_a);
		list[(*count)++] = (struct duplicate){
			i, of, (enum duplicate_reason)d->reason[i], sketch_similarity(a.sketch, record_at(d, of, &store_b)->sketch)};
	}
	buf_release(&store_a);
	buf_release(&store_b);
	return list;
}

struct duplicate *deduper_finish(struct deduper *d, size_t *count)
{
	struct keyed_list list_of_keys = {0};
	uint32_t *next = mem_calloc(d->count, sizeof *next), *rows = mem_calloc(65536, sizeof *rows);
	d->parent = mem_calloc(d->count, sizeof *d->parent);
	d->reason = mem_calloc(d->count, sizeof *d->reason);
	for (uint32_t i = 0; i < d->count; i++)
		d->parent[i] = i;
	for (size_t kind = 0; kind < KEY_KINDS; kind++) {
		read_keys(d, kind + 1 < KEY_KINDS ? kind + 1 : KEY_BAND, next);
		if (d->count > PART_ROWS)
			count_keys(d, kind, rows);
		for (uint32_t low = 0, high; low < 65536; low = high) { /* parts of the keys, in order, so that nothing depends on their size */
			high = d->count > PART_ROWS ? part_end(rows, low) : 65536;
			collect_keys(d, kind, low, high, &list_of_keys);
			sort_keys(list_of_keys.items, list_of_keys.spare, list_of_keys.count);
			compare_buckets(d, list_of_keys.items, list_of_keys.spare, list_of_keys.count, next);
		}
	}
	free(next);
	free(rows);
	free(list_of_keys.items);
	free(list_of_keys.spare);
	uint32_t *first = mem_calloc(d->count, sizeof *first);
	choose_first(d, first);
	struct duplicate *list = list_copies(d, first, count);
	free(first);
	return list;
}
