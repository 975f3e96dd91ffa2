#include "pipeline/pack_write.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "pipeline/dedupe.h"

enum {
	WORDS_MOST = 49152,       /* in the pack's table: a block has room for 16384 of its own before a number needs three bytes */
	GAPS_MOST = 160,          /* 96 before it needs two */
	TIMES_LEAST = 2,          /* a string that comes but once stands in its block */
	BLOCK_TEXT = 1 << 20,     /* a block ends with the review that fills it */
	SHARED_BYTES = 512 << 10  /* decoded: an archive with less shares its block with others, and is not divided */
};

struct archive_sheaves {
	struct sheaf *sheaves;
	size_t count;
};

struct pack_writer {
	size_t count;
	struct pack_archive *archives;
	struct archive_sheaves *sheaves; /* by archive */
	struct spill *spill;
	const struct finds_wanted *finds; /* NULL: none */
	pthread_mutex_t lock;            /* guards the list of gatherers */
	struct pack_gatherer **gatherers;
	unsigned gatherer_count;
	/* writing */
	FILE *file;
	uint64_t offset;
	struct pack_tables tables;
	uint32_t **words, **gaps;        /* by gatherer, of each of its strings: number in the tables or PACK_NO_STRING */
	struct pack_block block;
	size_t block_text;
	struct pack_extent *blocks;
	size_t block_count, block_capacity;
	struct deduper *deduper;
	struct pack_written sums;
};

struct pack_writer *pack_writer_new(const struct archive_path *archives, const struct file_identity *identities, size_t count, struct spill *spill,
                                    const struct finds_wanted *finds)
{
	struct pack_writer *w = mem_calloc(1, sizeof *w);
	w->count = count;
	w->spill = spill;
	w->finds = finds;
	w->archives = mem_calloc(count, sizeof *w->archives);
	w->sheaves = mem_calloc(count, sizeof *w->sheaves);
	for (size_t i = 0; i < count; i++) {
		w->archives[i].path = archives[i].path;
		w->archives[i].identity = identities[i];
	}
	pthread_mutex_init(&w->lock, NULL);
	return w;
}

void pack_writer_free(struct pack_writer *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->count; i++) {
		free(w->archives[i].units);
		free(w->archives[i].faults);
		free(w->sheaves[i].sheaves);
	}
	for (unsigned i = 0; i < w->gatherer_count; i++) {
		pack_gatherer_release(w->gatherers[i]);
		free(w->gatherers[i]);
	}
	pthread_mutex_destroy(&w->lock);
	free(w->archives);
	free(w->sheaves);
	free(w->gatherers);
	pack_strings_release(&w->tables.words);
	pack_strings_release(&w->tables.gaps);
	pack_block_release(&w->block);
	free(w->blocks);
	free(w);
}

struct pack_gatherer *pack_writer_gatherer(struct pack_writer *w)
{
	struct pack_gatherer *g = mem_calloc(1, sizeof *g);
	g->pattern_of = w->finds ? w->finds->pattern_of : NULL;
	pthread_mutex_lock(&w->lock);
	g->number = w->gatherer_count;
	w->gatherers = mem_realloc(w->gatherers, w->gatherer_count + 1, sizeof *w->gatherers);
	w->gatherers[w->gatherer_count++] = g;
	pthread_mutex_unlock(&w->lock);
	return g;
}

static void keep_units(struct pack_archive *a, const struct archive_result *r)
{
	size_t capacity = 0;
	for (size_t i = 0; i < r->unit_count; i++) {
		bool sealed = r->units[i] == UNIT_SEALED;
		if (r->units[i] == UNIT_OPEN)
			break; /* what would have come after the last */
		if (!a->unit_run_count || (sealed && a->units[a->unit_run_count - 1].refused)) {
			MEM_GROW(a->units, a->unit_run_count, capacity);
			a->units[a->unit_run_count++] = (struct unit_run){0, 0};
		}
		(*(sealed ? &a->units[a->unit_run_count - 1].sealed : &a->units[a->unit_run_count - 1].refused))++;
	}
}

static void archive_done(void *context, struct archive_result *r)
{
	struct pack_writer *w = context;
	struct pack_archive *a = &w->archives[r->index];
	struct archive_sheaves *s = &w->sheaves[r->index];
	a->opened = r->opened;
	a->account = r->account;
	a->replaced = r->replaced;
	a->repaired = r->repaired;
	a->conflicts = r->conflicts;
	keep_units(a, r);
	a->faults = mem_calloc(r->read_faults, sizeof *a->faults);
	a->fault_count = r->read_faults;
	if (r->read_faults)
		memcpy(a->faults, r->fault_notes, r->read_faults * sizeof *a->faults);
	s->sheaves = r->sheaves;
	s->count = r->sheaf_count;
	r->sheaves = NULL;
	r->sheaf_count = 0;
}

struct run_sink pack_writer_sink(struct pack_writer *w)
{
	return (struct run_sink){archive_done, w};
}

/* ---- the tables ---- */

struct choice {
	uint32_t number, count, length;
	uint8_t mark;
	const char *bytes;
};

/* The most frequent first; what is equally frequent in an order that does not depend on who met it first. */
static int by_count(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	uint32_t shorter = x->length < y->length ? x->length : y->length;
	int c = shorter ? memcmp(x->bytes, y->bytes, shorter) : 0;
	if (c == 0)
		c = x->length < y->length ? -1 : x->length > y->length;
	return c ? c : x->mark < y->mark ? -1 : x->mark > y->mark;
}

/* Fills `into` with the strings of all gatherers that come most, and map[gatherer][number] with their numbers in it. */
static void choose(struct pack_writer *w, bool words, struct pack_strings *into, uint32_t most, uint32_t **map)
{
	struct pack_strings all = {0};
	for (unsigned g = 0; g < w->gatherer_count; g++) {
		const struct pack_strings *s = words ? &w->gatherers[g]->words : &w->gatherers[g]->gaps;
		map[g] = mem_alloc(((size_t)s->count + 1) * sizeof **map);
		for (uint32_t i = 0; i < s->count; i++) {
			const struct pack_string *item = &s->items[i];
			map[g][i] = pack_strings_put(&all, s->bytes.data + item->start, item->length, item->mark, item->count, UINT32_MAX);
		}
	}
	struct choice *list = mem_alloc(((size_t)all.count + 1) * sizeof *list);
	size_t count = 0;
	for (uint32_t i = 0; i < all.count; i++)
		if (all.items[i].count >= TIMES_LEAST)
			list[count++] = (struct choice){i, all.items[i].count, all.items[i].length, all.items[i].mark, all.bytes.data + all.items[i].start};
	mem_sort(list, count, sizeof *list, by_count);
	uint32_t *number = mem_alloc(((size_t)all.count + 1) * sizeof *number);
	memset(number, 0xFF, all.count * sizeof *number);
	for (size_t i = 0; i < count && i < most; i++)
		number[list[i].number] = pack_strings_put(into, list[i].bytes, list[i].length, list[i].mark, 0, most);
	for (unsigned g = 0; g < w->gatherer_count; g++) {
		uint32_t n = words ? w->gatherers[g]->words.count : w->gatherers[g]->gaps.count;
		for (uint32_t i = 0; i < n; i++)
			map[g][i] = map[g][i] == PACK_NO_STRING ? PACK_NO_STRING : number[map[g][i]];
	}
	free(number);
	free(list);
	pack_strings_release(&all);
}

/* ---- writing ---- */

static void put_bytes(struct pack_writer *w, const void *bytes, size_t length)
{
	fwrite(bytes, 1, length, w->file);
	w->offset += length;
}

static void set_hash(unsigned char hash[16], const void *bytes, size_t length)
{
	XXH128_canonical_t canonical;
	XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, length));
	memcpy(hash, canonical.digest, sizeof canonical.digest);
}

static struct pack_extent put_extent(struct pack_writer *w, const struct buf *b)
{
	struct pack_extent e = {.offset = w->offset, .length = b->length};
	set_hash(e.hash, b->data, b->length);
	put_bytes(w, b->data, b->length);
	return e;
}

static void end_block(struct pack_writer *w)
{
	struct buf out = BUF_INIT;
	if (!w->block.review_count && !w->block.columns[COLUMN_FAULTS].length)
		return;
	pack_block_encode(&w->block, &out);
	MEM_GROW(w->blocks, w->block_count, w->block_capacity);
	w->blocks[w->block_count++] = put_extent(w, &out);
	w->sums.reviews += w->block.review_count;
	w->sums.words += w->block.word_count;
	w->sums.finds += w->block.find_count;
	pack_block_clear(&w->block);
	w->block_text = 0;
	buf_release(&out);
}

/* The number of the next string: in the tables, or after them in the block's own. */
static uint32_t next_number(struct gathered *g, const struct pack_strings *table, uint32_t *map, const struct pack_strings *all, struct pack_strings *own)
{
	const char *bytes;
	size_t length;
	unsigned mark;
	uint32_t number = gathered_string(&g->text, &bytes, &length, &mark);
	if (number != PACK_NO_STRING) {
		if (map[number] != PACK_NO_STRING)
			return map[number];
		const struct pack_string *s = &table->items[number];
		bytes = table->bytes.data + s->start;
		length = s->length;
		mark = s->mark;
	}
	return all->count + pack_strings_put(own, bytes, length, mark, 0, UINT32_MAX);
}

static void add_review(struct pack_writer *w, struct gathered *g)
{
	struct pack_block *b = &w->block;
	const struct pack_gatherer *from = w->gatherers[g->gatherer];
	uint32_t *words = w->words[g->gatherer], *gaps = w->gaps[g->gatherer];
	MEM_GROW(b->reviews, b->review_count, b->review_capacity);
	b->reviews[b->review_count++] = (struct packed_review){
		.row_length = g->row_length, .text_length = g->text_length, .words = g->words, .shifts_length = g->shifts_length, .finds = g->finds};
	buf_append(&b->columns[COLUMN_ROWS], g->row, g->row_length);
	buf_append(&b->columns[COLUMN_SHIFTS], g->shifts, g->shifts_length);
	pack_block_add_gap(b, next_number(g, &from->gaps, gaps, &w->tables.gaps, &b->gaps));
	for (size_t i = 0; i < g->words; i++) {
		pack_block_add_word(b, next_number(g, &from->words, words, &w->tables.words, &b->words));
		pack_block_add_gap(b, next_number(g, &from->gaps, gaps, &w->tables.gaps, &b->gaps));
	}
	for (size_t i = 0; i < g->finds; i++) {
		struct pack_find f = gathered_find(g);
		pack_block_add_find(b, &f);
	}
	w->block_text += g->text_length;
}

static void put_archive(struct pack_writer *w, size_t index)
{
	struct pack_archive *a = &w->archives[index];
	const struct archive_sheaves *s = &w->sheaves[index];
	bool shared = a->account.decoded_bytes < SHARED_BYTES;
	struct buf store = BUF_INIT;
	struct review_row row = {0};
	struct gathered g;
	if (!shared)
		end_block(w);
	a->first_block = w->block_count;
	a->first_review = w->block.review_count;
	for (size_t i = 0; i < s->count; i++) {
		const char *bytes = spill_read(w->spill, s->sheaves[i].offset, s->sheaves[i].length, &store);
		struct byte_reader r = {bytes, bytes + s->sheaves[i].length};
		while (gathered_next(&r, &g, &row)) {
			if (!shared && w->block_text >= BLOCK_TEXT)
				end_block(w);
			if (g.row) {
				add_review(w, &g);
				deduper_add(w->deduper, a->path, &row);
				a->review_count++;
			} else {
				packed_fault_encode(&(struct packed_fault){index, w->block.review_count, g.fault}, &w->block.columns[COLUMN_FAULTS]);
			}
		}
	}
	if (!shared)
		end_block(w);
	a->block_count = shared ? s->count > 0 : w->block_count - a->first_block;
	if (w->block_text >= BLOCK_TEXT)
		end_block(w);
	row_release(&row);
	buf_release(&store);
}

static void put_tables(struct pack_writer *w, struct pack_contents *c)
{
	struct buf columns[PACK_TABLE_COLUMNS] = {BUF_INIT}, out = BUF_INIT;
	pack_strings_encode(&w->tables.words, &columns[0], &columns[1]);
	pack_strings_encode(&w->tables.gaps, &columns[2], &columns[3]);
	if (w->finds)
		pack_strings_encode(&w->finds->patterns, &columns[4], &columns[5]);
	pack_columns_put(&w->block.compressor, columns, PACK_TABLE_COLUMNS, &out);
	c->word_count = w->tables.words.count;
	c->gap_count = w->tables.gaps.count;
	c->pattern_count = w->finds ? w->finds->patterns.count : 0;
	c->finder = w->finds ? matcher_build() : "";
	c->tables = put_extent(w, &out);
	for (size_t i = 0; i < PACK_TABLE_COLUMNS; i++)
		buf_release(&columns[i]);
	buf_release(&out);
}

static void put_duplicates(struct pack_writer *w, unsigned threads, struct pack_contents *c)
{
	struct buf column = BUF_INIT, out = BUF_INIT;
	size_t count;
	struct duplicate *list = deduper_finish(w->deduper, threads, &count);
	pack_duplicates_encode(list, count, &column);
	pack_columns_put(&w->block.compressor, &column, 1, &out);
	c->review_count = w->sums.reviews;
	c->duplicates = put_extent(w, &out);
	free(list);
	buf_release(&column);
	buf_release(&out);
}

static void put_little(char *to, uint64_t n)
{
	for (unsigned i = 0; i < 8; i++)
		to[i] = (char)(n >> 8 * i);
}

static void put_head(struct pack_writer *w)
{
	char head[PACK_HEAD_BYTES];
	memcpy(head, PACK_MAGIC, 8);
	put_little(head + 8, PACK_VERSION);
	put_little(head + 16, XXH3_64bits(head, 16));
	put_bytes(w, head, sizeof head);
}

static void put_contents(struct pack_writer *w, const struct pack_contents *c)
{
	char tail[PACK_TAIL_BYTES];
	struct buf contents = BUF_INIT, out = BUF_INIT;
	pack_contents_encode(c, &contents);
	pack_columns_put(&w->block.compressor, &contents, 1, &out);
	put_little(tail, w->offset);
	put_little(tail + 8, out.length);
	set_hash((unsigned char *)tail + 16, out.data, out.length);
	put_little(tail + 32, XXH3_64bits(tail, 32));
	memcpy(tail + 40, PACK_MAGIC, 8);
	put_bytes(w, out.data, out.length);
	put_bytes(w, tail, sizeof tail);
	buf_release(&contents);
	buf_release(&out);
}

void pack_writer_write(struct pack_writer *w, const struct pack_contents *made, unsigned threads, FILE *file, struct pack_written *sums)
{
	struct pack_contents c = *made;
	w->deduper = deduper_new(DEDUPE_MEMORY);
	w->file = file;
	w->words = mem_calloc(w->gatherer_count, sizeof *w->words);
	w->gaps = mem_calloc(w->gatherer_count, sizeof *w->gaps);
	choose(w, true, &w->tables.words, WORDS_MOST, w->words);
	choose(w, false, &w->tables.gaps, GAPS_MOST, w->gaps);
	put_head(w);
	for (size_t i = 0; i < w->count; i++)
		put_archive(w, i);
	end_block(w);
	c.archives = w->archives;
	c.archive_count = w->count;
	c.blocks = w->blocks;
	c.block_count = w->block_count;
	put_tables(w, &c);
	put_duplicates(w, threads, &c);
	put_contents(w, &c);
	deduper_free(w->deduper);
	for (unsigned g = 0; g < w->gatherer_count; g++) {
		free(w->words[g]);
		free(w->gaps[g]);
	}
	free(w->words);
	free(w->gaps);
	w->sums.blocks = w->block_count;
	w->sums.bytes = w->offset;
	*sums = w->sums;
}
