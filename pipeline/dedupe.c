#include "pipeline/dedupe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "pipeline/dedupe_search.h"
#include "pipeline/spill.h"

enum { SHINGLE = 4 }; /* tokens: long enough that unrelated reviews share few, short enough to survive small edits */

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

/* Each shingle falls into the bin of its top bits; a bin keeps the least of the 16-bit values that fall into it: whether that is the new one is as good as random, so there is
 * no branch on it. */
static inline __attribute__((always_inline)) void add_shingles(const uint64_t *word_hash, size_t count, size_t length, uint16_t sketch[SKETCH_BINS])
{
	for (size_t i = 0; i + length <= count; i++) {
		uint64_t h = 0x9E3779B97F4A7C15u;
#pragma GCC unroll 4
		for (size_t k = 0; k < length; k++)
			h = (h ^ word_hash[i + k]) * 0xD6E8FEB86659FD93u;
		h ^= h >> 32;
		h *= 0xD6E8FEB86659FD93u;
		uint32_t value = (uint16_t)(h >> 32), least = sketch[h >> 57], less = -(uint32_t)(value < least);
		sketch[h >> 57] = (uint16_t)((value & less) | (least & ~less));
	}
}

/* A text shorter than a shingle is one shingle. */
void sketch_compute(const uint64_t *word_hash, size_t count, uint16_t sketch[SKETCH_BINS])
{
	for (size_t i = 0; i < SKETCH_BINS; i++)
		sketch[i] = SKETCH_EMPTY;
	if (count >= SHINGLE)
		add_shingles(word_hash, count, SHINGLE, sketch); /* a length known beforehand needs no loop */
	else if (count)
		add_shingles(word_hash, count, count, sketch);
}

/* Eight bins at once. */
typedef uint16_t bins __attribute__((vector_size(16)));

static bins load_bins(const uint16_t *sketch)
{
	bins b;
	memcpy(&b, sketch, sizeof b);
	return b;
}

/* Bins empty in both say nothing; a bin empty in one is a difference. */
double sketch_similarity(const uint16_t a[SKETCH_BINS], const uint16_t b[SKETCH_BINS])
{
	bins equal = {0}, empty = {0}; /* counted downwards: what is true is -1 */
	unsigned equal_count = 0, used = SKETCH_BINS;
	for (size_t i = 0; i < SKETCH_BINS; i += 8) {
		bins x = load_bins(a + i), y = load_bins(b + i), same = (bins)(x == y), none = same & (bins)(x == SKETCH_EMPTY);
		equal += same & ~none;
		empty += none;
	}
	for (size_t i = 0; i < 8; i++) {
		equal_count += (uint16_t)-equal[i];
		used -= (uint16_t)-empty[i];
	}
	return used ? (double)equal_count / used : 0;
}

const char *duplicate_reason_word(enum duplicate_reason r)
{
	static const char *const words[] = {"", "exact", "near", "same case"};
	return words[r];
}

/* ---- rows ---- */

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
	buf_release(&d->name);
	free(d->filling);
	sets_free(d->sets);
	free(d);
}

/* Words that different digests put differently around the same board or child. */
static bool is_filler(const char *word, size_t length)
{
	static const char *const fillers[] = {"local", "safeguarding", "children", "childrens", "child's", "children's", "board", "lscb", "scb",
	                                      "partnership", "borough", "council", "county", "of", "the", "and", "london", "royal"};
	for (size_t i = 0; i < sizeof fillers / sizeof *fillers; i++)
		if (fillers[i][0] == word[0] && strlen(fillers[i]) == length && memcmp(fillers[i], word, length) == 0)
			return true;
	return false;
}

/* Appends each word, in lower case, and a space. */
static void append_words(struct buf *out, const char *s, bool skip_fillers)
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
				buf_append(out, word, length);
				buf_append_char(out, ' ');
			}
			length = 0;
		}
		if (!c)
			return;
	}
}

static uint64_t case_key(const struct review_row *row, struct buf *name)
{
	if (!*row->board || !*row->child)
		return 0;
	buf_clear(name);
	append_words(name, row->board, true);
	buf_append_char(name, '|');
	append_words(name, row->child, false);
	uint64_t key = XXH3_64bits(name->data, name->length);
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
		r.case_key = case_key(row, &d->name);
		memcpy(r.sketch, row->sketch, sizeof r.sketch);
	}
	spill_append(d->records, &r, sizeof r);
	add_keys(d, &r);
	d->count++;
}

/* ---- groups ---- */

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

/* Chooses the row that counts for each set. Returns how many there are of the others. */
static size_t choose_first(struct deduper *d)
{
	struct buf store_a = BUF_INIT, store_b = BUF_INIT;
	size_t copies = 0;
	for (uint32_t i = 0; sets_next(d->sets, &i); i++) {
		uint32_t root = sets_root(d->sets, i), first = sets_choice(d->sets, root);
		if (root == i)
			continue;
		copies++;
		const struct record *a = dedupe_record(d, i, &store_a), *b = dedupe_record(d, first, &store_b);
		if (counts_before(d, a, i, b, first))
			sets_choose(d->sets, root, i);
	}
	buf_release(&store_a);
	buf_release(&store_b);
	return copies;
}

/* list: room for all of them. */
static void list_copies(struct deduper *d, struct duplicate *list)
{
	struct buf store_a = BUF_INIT, store_b = BUF_INIT;
	for (uint32_t i = 0; sets_next(d->sets, &i); i++) {
		uint32_t of = sets_choice(d->sets, sets_root(d->sets, i));
		if (of == i)
			continue;
		const struct record *a = dedupe_record(d, i, &store_a), *b = dedupe_record(d, of, &store_b);
		*list++ = (struct duplicate){
			.row = i, .of = of, .reason = sets_reason(d->sets, i), .similarity = sketch_similarity(a->sketch, b->sketch)};
	}
	buf_release(&store_a);
	buf_release(&store_b);
}

struct duplicate *deduper_finish(struct deduper *d, unsigned threads, size_t *count)
{
	sets_free(d->sets); /* of an earlier call */
	d->sets = sets_new(d->count);
	dedupe_search(d, threads);
	*count = choose_first(d);
	struct duplicate *list = mem_calloc(*count, sizeof *list);
	list_copies(d, list);
	return list;
}
