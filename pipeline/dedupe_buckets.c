#include "pipeline/dedupe_buckets.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { DIGITS = 65536, LEVELS = 4 };

/* So many rows of the file, from that one on. */
struct part {
	uint64_t from;
	size_t count;
	size_t waiting; /* of them, in memory yet: see scatter() */
};

/* Rows divided by one digit, sixteen bits, of key and next. */
struct level {
	uint32_t digits[DIGITS]; /* how many rows have the digit; then the number of its part */
	struct part *parts;      /* in order; each has part_rows rows at most, or one digit */
	size_t count, capacity, next;
};

/* Rows in order of their keys, in memory, and as much room. */
struct run {
	struct keyed *rows, *spare;
	size_t count;
};

struct buckets {
	struct deduper *d;
	size_t kind, part_rows, capacity;
	struct keyed *items, *spare; /* capacity each */
	struct spill *file;          /* the parts; each level has room for all rows */
	struct level *levels[LEVELS];
	size_t depth;                /* levels in use */
	struct run keys, nexts;      /* what is left of the part in hand; of a bucket of it that is too full, by next */
	struct part equal;           /* what is left of a part whose rows have key and next in common */
	struct buf key_store, next_store;
};

struct buckets *buckets_new(struct deduper *d)
{
	struct buckets *b = mem_calloc(1, sizeof *b);
	b->d = d;
	b->part_rows = d->part_rows ? d->part_rows : PART_ROWS;
	while (b->part_rows <= BUCKET_FULL || b->part_rows * b->part_rows / 4 < d->count) /* a part has room in memory for one row of each part, see scatter() */
		b->part_rows *= 2;
	b->capacity = b->part_rows < d->count ? b->part_rows : d->count;
	if (b->capacity < BLOCK_ROWS)
		b->capacity = BLOCK_ROWS;
	b->items = mem_reserve(b->capacity, sizeof *b->items);
	b->spare = mem_reserve(b->capacity, sizeof *b->spare);
	b->file = spill_new(NULL, 0);
	return b;
}

void buckets_free(struct buckets *b)
{
	mem_unreserve(b->items, b->capacity, sizeof *b->items);
	mem_unreserve(b->spare, b->capacity, sizeof *b->spare);
	spill_free(b->file);
	for (size_t i = 0; i < LEVELS && b->levels[i]; i++) {
		free(b->levels[i]->parts);
		free(b->levels[i]);
	}
	buf_release(&b->key_store);
	buf_release(&b->next_store);
	free(b);
}

/* ---- reading rows ---- */

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

/* The rows of a block that have a key. Room for a whole block is needed. */
static size_t read_block(struct buckets *b, size_t from, struct keyed *to)
{
	size_t count, kept = 0, next_kind = b->kind + 1 < KEY_KINDS ? b->kind + 1 : KEY_BAND;
	const uint32_t *keys = block_keys(b->d, b->kind, from, &count, &b->key_store), *next = block_keys(b->d, next_kind, from, &count, &b->next_store);
	for (size_t i = 0; i < count; i++) {
		to[kept] = (struct keyed){keys[i], (uint32_t)(from + i), next[i]};
		kept += keys[i] != 0;
	}
	return kept;
}

static void read_file(struct buckets *b, uint64_t from, size_t count, struct keyed *to)
{
	if (count)
		spill_copy(b->file, from * sizeof *to, count * sizeof *to, to);
}

/* The next rows of a source, into items, and how many. The source is a part of the file; NULL: all rows. *at starts at 0. */
static size_t read_some(struct buckets *b, const struct part *source, size_t *at)
{
	size_t all = source ? source->count : b->d->count, n;
	while (*at < all) {
		if (source) {
			n = all - *at < b->capacity ? all - *at : b->capacity;
			read_file(b, source->from + *at, n, b->items);
			*at += n;
		} else {
			n = read_block(b, *at, b->items);
			*at += BLOCK_ROWS;
		}
		if (n)
			return n;
	}
	return 0;
}

/* ---- dividing ---- */

static uint32_t digit_of(const struct keyed *item, size_t level)
{
	uint32_t word = level < 2 ? item->key : item->next;
	return level % 2 ? word & 0xFFFF : word >> 16;
}

static void count_digits(struct buckets *b, size_t level, const struct part *source)
{
	uint32_t *digits = b->levels[level]->digits;
	size_t count;
	memset(digits, 0, DIGITS * sizeof *digits);
	if (!source) { /* the keys alone will do */
		for (size_t from = 0; from < b->d->count; from += BLOCK_ROWS) {
			const uint32_t *keys = block_keys(b->d, b->kind, from, &count, &b->key_store);
			for (size_t i = 0; i < count; i++)
				digits[keys[i] >> 16] += keys[i] != 0;
		}
		return;
	}
	for (size_t at = 0, n; (n = read_some(b, source, &at)) != 0;)
		for (size_t i = 0; i < n; i++)
			digits[digit_of(&b->items[i], level)]++;
}

/* Shares the digits out among parts. */
static void plan_parts(struct buckets *b, size_t level)
{
	struct level *l = b->levels[level];
	uint64_t from = level * (uint64_t)b->d->count;
	l->count = l->next = 0;
	for (size_t i = 0; i < DIGITS; i++) {
		size_t n = l->digits[i];
		if (!n)
			continue;
		if (!l->count || l->parts[l->count - 1].count + n > b->part_rows) {
			MEM_GROW(l->parts, l->count, l->capacity);
			l->parts[l->count++] = (struct part){.from = from};
		}
		l->digits[i] = (uint32_t)(l->count - 1);
		l->parts[l->count - 1].count += n;
		from += n;
	}
}

static void write_waiting(struct buckets *b, struct part *p, const struct keyed *rows)
{
	spill_write(b->file, p->from * sizeof *rows, rows, p->waiting * sizeof *rows);
	p->from += p->waiting;
	p->waiting = 0;
}

/* Writes each row to its part, in order. The rows wait in spare, a piece of it for each part, so that they are written many at a time. */
static void scatter(struct buckets *b, size_t level, const struct part *source)
{
	struct level *l = b->levels[level];
	size_t room = b->capacity / l->count;
	for (size_t at = 0, n; (n = read_some(b, source, &at)) != 0;)
		for (size_t i = 0; i < n; i++) {
			size_t number = l->digits[digit_of(&b->items[i], level)];
			struct part *p = &l->parts[number];
			b->spare[number * room + p->waiting++] = b->items[i];
			if (p->waiting == room)
				write_waiting(b, p, b->spare + number * room);
		}
	for (size_t i = 0; i < l->count; i++) {
		write_waiting(b, &l->parts[i], b->spare + i * room);
		l->parts[i].from -= l->parts[i].count;
	}
}

/* Opens the next level with the rows of a source: all (NULL), or a part of the level before. */
static void divide(struct buckets *b, const struct part *source)
{
	size_t level = b->depth++;
	if (!b->levels[level])
		b->levels[level] = mem_calloc(1, sizeof *b->levels[level]);
	count_digits(b, level, source);
	plan_parts(b, level);
	struct level *l = b->levels[level];
	if (source && l->count == 1)
		l->parts[0].from = source->from; /* nothing is divided */
	else if (l->count)
		scatter(b, level, source);
}

/* ---- sorting ---- */

static int by_key_and_row(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	return x->key != y->key ? (x->key < y->key ? -1 : 1) : x->row < y->row ? -1 : x->row > y->row;
}

/* Sorts by key, keeping rows of one key in order; long lists by three passes over eleven bits each. Afterwards rows and spare may have changed places. */
static void sort(struct run *r)
{
	enum { PASSES = 3, BITS = 11, VALUES = 1 << BITS };
	uint32_t starts[PASSES][VALUES] = {0};
	if (r->count < 1 << 8) {
		mem_sort(r->rows, r->count, sizeof *r->rows, by_key_and_row);
		return;
	}
	for (size_t i = 0; i < r->count; i++)
		for (unsigned k = 0; k < PASSES; k++)
			starts[k][r->rows[i].key >> k * BITS & (VALUES - 1)]++;
	for (unsigned k = 0; k < PASSES; k++) {
		uint32_t start = 0;
		for (size_t v = 0; v < VALUES; v++) {
			uint32_t n = starts[k][v];
			starts[k][v] = start;
			start += n;
		}
		for (size_t i = 0; i < r->count; i++)
			r->spare[starts[k][r->rows[i].key >> k * BITS & (VALUES - 1)]++] = r->rows[i];
		struct keyed *swap = r->rows;
		r->rows = r->spare;
		r->spare = swap;
	}
}

static struct run sorted(struct keyed *rows, struct keyed *spare, size_t count)
{
	struct run r = {rows, spare, count};
	sort(&r);
	return r;
}

/* The same rows by next. */
static struct run sorted_by_next(struct keyed *rows, struct keyed *spare, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rows[i].key = rows[i].next;
	return sorted(rows, spare, count);
}

/* Takes the rows of the first key off, and says how many there are. */
static size_t take_key(struct run *r)
{
	size_t n = 1;
	while (n < r->count && r->rows[n].key == r->rows[0].key)
		n++;
	r->rows += n;
	r->spare += n;
	r->count -= n;
	return n;
}

/* ---- buckets ---- */

void buckets_open(struct buckets *b, size_t kind)
{
	b->kind = kind;
	b->depth = 0;
	if (b->d->count > b->part_rows) {
		divide(b, NULL);
		return;
	}
	size_t count = 0;
	for (size_t from = 0; from < b->d->count; from += BLOCK_ROWS)
		count += read_block(b, from, b->items + count);
	b->keys = sorted(b->items, b->spare, count);
}

/* The next part into memory. */
static bool load_part(struct buckets *b)
{
	while (b->depth) {
		struct level *l = b->levels[b->depth - 1];
		if (l->next == l->count) {
			b->depth--;
			continue;
		}
		const struct part *p = &l->parts[l->next++];
		if (p->count > b->part_rows && b->depth < LEVELS) {
			divide(b, p);
			continue;
		}
		if (p->count > b->part_rows) {
			b->equal = *p;
			return true;
		}
		read_file(b, p->from, p->count, b->items);
		if (b->depth <= 2)
			b->keys = sorted(b->items, b->spare, p->count);
		else /* the part is of one key, too full */
			b->nexts = sorted_by_next(b->items, b->spare, p->count);
		return true;
	}
	return false;
}

static struct bucket next_piece(struct buckets *b)
{
	size_t n = b->equal.count < b->part_rows ? b->equal.count : b->part_rows;
	struct bucket piece = {b->items, n, n == b->equal.count ? n : n - NEIGHBOURS, true};
	read_file(b, b->equal.from, n, b->items);
	b->equal.from += piece.firsts;
	b->equal.count -= piece.firsts;
	return piece;
}

bool buckets_next(struct buckets *b, struct bucket *out)
{
	size_t n;
	do {
		while (b->nexts.count) {
			struct keyed *rows = b->nexts.rows;
			n = take_key(&b->nexts);
			*out = (struct bucket){rows, n, n, n > BUCKET_FULL};
			if (n > 1)
				return true;
		}
		while (b->keys.count && !b->nexts.count) {
			struct keyed *rows = b->keys.rows, *spare = b->keys.spare;
			n = take_key(&b->keys);
			*out = (struct bucket){rows, n, n, false};
			if (n > BUCKET_FULL)
				b->nexts = sorted_by_next(rows, spare, n);
			else if (n > 1)
				return true;
		}
		if (b->equal.count) {
			*out = next_piece(b);
			return true;
		}
	} while (b->nexts.count || load_part(b));
	return false;
}
