#include "pipeline/pack_block.h"

#include <stdlib.h>
#include <string.h>

#include "matchers/token.h"

void pack_block_release(struct pack_block *b)
{
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		buf_release(&b->columns[i]);
	pack_strings_release(&b->words);
	pack_strings_release(&b->gaps);
	free(b->finds);
	free(b->gap_marks);
	free(b->reviews);
	free(b->word_numbers);
	free(b->gap_numbers);
	ZSTD_freeCCtx(b->compressor);
	ZSTD_freeDCtx(b->decompressor);
	*b = (struct pack_block){0};
}

void pack_block_clear(struct pack_block *b)
{
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		buf_clear(&b->columns[i]);
	pack_strings_clear(&b->words);
	pack_strings_clear(&b->gaps);
	b->review_count = b->word_count = b->gap_count = b->find_count = 0;
}

/* ---- making ---- */

void pack_block_add_word(struct pack_block *b, uint32_t number)
{
	MEM_GROW(b->word_numbers, b->word_count, b->word_capacity);
	b->word_numbers[b->word_count++] = number;
}

void pack_block_add_gap(struct pack_block *b, uint32_t number)
{
	MEM_GROW(b->gap_numbers, b->gap_count, b->gap_capacity);
	b->gap_numbers[b->gap_count++] = number;
}

void pack_block_add_find(struct pack_block *b, const struct pack_find *f)
{
	MEM_GROW(b->finds, b->find_count, b->find_capacity);
	b->finds[b->find_count++] = *f;
}

static void put_planes(struct buf *planes, const uint32_t *numbers, size_t count)
{
	uint32_t all = 0;
	for (size_t i = 0; i < count; i++)
		all |= numbers[i];
	for (unsigned k = 0; k < PACK_PLANES && (k == 0 || all >> 8 * k); k++) {
		buf_reserve(&planes[k], count);
		for (size_t i = 0; i < count; i++)
			planes[k].data[i] = (char)(numbers[i] >> 8 * k);
		planes[k].length = count;
	}
}

static void put_finds(struct pack_block *b)
{
	struct buf *steps = &b->columns[COLUMN_FIND_STEPS], *widths = &b->columns[COLUMN_FIND_WIDTHS];
	uint32_t *patterns = mem_alloc((b->find_count + 1) * sizeof *patterns);
	size_t at = 0;
	for (size_t i = 0; i < b->review_count; i++) {
		uint32_t before = 0;
		for (size_t end = at + b->reviews[i].finds; at < end; at++) {
			const struct pack_find *f = &b->finds[at];
			put_number(steps, f->first - before);
			put_number(widths, f->last - f->first);
			patterns[at] = f->pattern;
			before = f->first;
		}
	}
	put_planes(b->columns + COLUMN_FIND_PATTERNS, patterns, b->find_count);
	free(patterns);
}

void pack_block_encode(struct pack_block *b, struct buf *out)
{
	buf_clear(&b->columns[COLUMN_REVIEWS]);
	for (size_t i = 0; i < b->review_count; i++) {
		const struct packed_review *r = &b->reviews[i];
		put_number(&b->columns[COLUMN_REVIEWS], r->row_length);
		put_number(&b->columns[COLUMN_REVIEWS], r->text_length);
		put_number(&b->columns[COLUMN_REVIEWS], r->words);
		put_number(&b->columns[COLUMN_REVIEWS], r->shifts_length);
		put_number(&b->columns[COLUMN_REVIEWS], r->finds);
	}
	put_finds(b);
	put_planes(b->columns + COLUMN_WORDS, b->word_numbers, b->word_count);
	put_planes(b->columns + COLUMN_GAPS, b->gap_numbers, b->gap_count);
	pack_strings_encode(&b->words, &b->columns[COLUMN_WORD_LENGTHS], &b->columns[COLUMN_WORD_SPELLINGS]);
	pack_strings_encode(&b->gaps, &b->columns[COLUMN_GAP_LENGTHS], &b->columns[COLUMN_GAP_SPELLINGS]);
	put_number(out, b->review_count);
	put_number(out, b->word_count);
	put_number(out, b->words.count);
	put_number(out, b->gaps.count);
	pack_columns_put(&b->compressor, b->columns, COLUMN_COUNT, out);
}

/* ---- reading ---- */

static bool get_reviews(struct pack_block *b)
{
	struct byte_reader r = buf_reader(&b->columns[COLUMN_REVIEWS]);
	size_t row = 0, words = 0, shifts = 0, finds = 0, rows_length = b->columns[COLUMN_ROWS].length;
	for (size_t i = 0; i < b->review_count; i++) {
		struct packed_review *p = &b->reviews[i];
		p->row = row;
		p->row_length = get_number_to(&r, rows_length - row);
		p->text_length = get_number_to(&r, INT32_MAX);
		p->first_word = words;
		p->words = get_number_to(&r, b->word_count - words);
		p->shifts = shifts;
		p->shifts_length = get_number_to(&r, PACK_COLUMN_MOST);
		p->first_find = finds;
		p->finds = get_number_to(&r, PACK_COLUMN_MOST);
		finds += p->finds;
		row += p->row_length;
		words += p->words;
		shifts += p->shifts_length;
	}
	b->find_count = finds;
	return r.at && bytes_left(&r) == 0 && row == rows_length && words == b->word_count;
}

/* Every number must stand for a string. */
static bool planes_are_good(const struct buf *planes, size_t count, size_t strings)
{
	uint32_t most = 0;
	for (unsigned k = 0; k < PACK_PLANES; k++)
		if (planes[k].length != count && (k == 0 || planes[k].length))
			return false;
	const unsigned char *p[PACK_PLANES];
	unsigned width = 0;
	while (width < PACK_PLANES && planes[width].length)
		p[width] = (const unsigned char *)planes[width].data, width++;
	for (unsigned k = width; k < PACK_PLANES; k++)
		if (planes[k].length)
			return false;
	switch (width) {
	case 0: return count == 0;
	case 1:
		for (size_t i = 0; i < count; i++)
			most = p[0][i] > most ? p[0][i] : most;
		break;
	case 2: {
		uint16_t top = 0; /* in sixteen bits, so that many are compared at once */
		for (size_t i = 0; i < count; i++) {
			uint16_t n = (uint16_t)(p[0][i] | p[1][i] << 8);
			top = n > top ? n : top;
		}
		most = top;
		break;
	}
	default:
		for (size_t i = 0; i < count; i++) {
			uint32_t n = p[0][i] | (uint32_t)p[1][i] << 8 | (uint32_t)p[2][i] << 16 | (width > 3 ? (uint32_t)p[3][i] << 24 : 0);
			most = n > most ? n : most;
		}
	}
	return most < strings || count == 0;
}

static uint8_t *add_marks(uint8_t *to, const struct pack_strings *gaps)
{
	for (uint32_t i = 0; i < gaps->count; i++)
		*to++ = gaps->items[i].mark;
	return to;
}

static void collect_marks(struct pack_block *b, const struct pack_tables *tables)
{
	size_t count = (size_t)tables->gaps.count + b->gaps.count;
	if (count > b->gap_mark_capacity || !b->gap_marks) {
		b->gap_mark_capacity = count + count / 2 + 1;
		b->gap_marks = mem_realloc(b->gap_marks, b->gap_mark_capacity, 1);
	}
	add_marks(add_marks(b->gap_marks, &tables->gaps), &b->gaps);
}

enum { SOME = 512 }; /* numbers taken out at a time */

static void get_numbers(const struct buf *planes, size_t from, size_t count, uint32_t *numbers)
{
	const unsigned char *low = (const unsigned char *)planes[0].data + from;
	if (!count)
		return;
	if (planes[1].length) {
		const unsigned char *high = (const unsigned char *)planes[1].data + from;
		for (size_t i = 0; i < count; i++)
			numbers[i] = low[i] | (uint32_t)high[i] << 8;
	} else {
		for (size_t i = 0; i < count; i++)
			numbers[i] = low[i];
	}
	for (unsigned k = 2; k < PACK_PLANES && planes[k].length; k++)
		for (size_t i = 0; i < count; i++)
			numbers[i] |= (uint32_t)(unsigned char)planes[k].data[from + i] << 8 * k;
}

/* Of one review. Each must lie within it, and come after the one before it. */
static bool get_finds_of(struct pack_block *b, const struct packed_review *p, struct byte_reader *steps, struct byte_reader *widths)
{
	uint32_t first = 0, patterns[SOME];
	for (size_t i = 0; i < p->finds; i++) {
		struct pack_find *f = &b->finds[p->first_find + i];
		if (i % SOME == 0)
			get_numbers(b->columns + COLUMN_FIND_PATTERNS, p->first_find + i, p->finds - i < SOME ? p->finds - i : SOME, patterns);
		uint64_t step = get_number(steps), width = get_number(widths);
		if (step >= p->words - first || width >= p->words - first - step)
			return false;
		first += (uint32_t)step;
		*f = (struct pack_find){first, first + (uint32_t)width, patterns[i % SOME]};
		if (i > 0 && !step && (f->last < f[-1].last || (f->last == f[-1].last && f->pattern <= f[-1].pattern)))
			return false;
	}
	return true;
}

static bool get_finds(struct pack_block *b, size_t patterns)
{
	struct byte_reader steps = buf_reader(&b->columns[COLUMN_FIND_STEPS]), widths = buf_reader(&b->columns[COLUMN_FIND_WIDTHS]);
	if (b->find_count > bytes_left(&steps) || !planes_are_good(b->columns + COLUMN_FIND_PATTERNS, b->find_count, patterns))
		return false;
	if (b->find_count > b->find_capacity) {
		b->find_capacity = b->find_count + b->find_count / 2;
		b->finds = mem_realloc(b->finds, b->find_capacity, sizeof *b->finds);
	}
	for (size_t i = 0; i < b->review_count; i++)
		if (!get_finds_of(b, &b->reviews[i], &steps, &widths))
			return false;
	return steps.at && widths.at && !bytes_left(&steps) && !bytes_left(&widths);
}

/* How many columns there are up to and with a part. */
static size_t columns_of(enum pack_part part)
{
	return part == PACK_ROWS ? COLUMN_FAULTS + 1 : part == PACK_FINDS ? COLUMN_WORDS : COLUMN_COUNT;
}

bool pack_block_decode(struct pack_block *b, const struct pack_tables *tables, const char *bytes, size_t length, enum pack_part part)
{
	struct byte_reader r = {bytes, bytes + length};
	b->review_count = 0;
	size_t reviews = get_number_to(&r, PACK_COLUMN_MOST);
	b->word_count = get_number_to(&r, PACK_COLUMN_MOST);
	uint32_t words = (uint32_t)get_number_to(&r, PACK_COLUMN_MOST), gaps = (uint32_t)get_number_to(&r, PACK_COLUMN_MOST);
	if (!pack_columns_get(&b->decompressor, &r, b->columns, COLUMN_COUNT, columns_of(part)))
		return false;
	if (bytes_left(&r) || 5 * reviews > b->columns[COLUMN_REVIEWS].length)
		return false;
	if (reviews > b->review_capacity) {
		b->review_capacity = reviews;
		b->reviews = mem_realloc(b->reviews, reviews, sizeof *b->reviews);
	}
	b->review_count = reviews;
	if (!get_reviews(b))
		return false;
	const struct packed_review *last = reviews ? &b->reviews[reviews - 1] : NULL;
	const struct buf *c = b->columns;
	if (part >= PACK_FINDS) {
		if (!pack_strings_decode(&b->gaps, gaps, &c[COLUMN_GAP_LENGTHS], &c[COLUMN_GAP_SPELLINGS], PACK_GAP_MARKS) || !pack_gaps_are_good(&b->gaps) ||
		    !planes_are_good(c + COLUMN_GAPS, b->word_count + reviews, (size_t)tables->gaps.count + gaps) || !get_finds(b, tables->patterns.count))
			return false;
		collect_marks(b, tables);
	}
	return part < PACK_TEXTS ||
	       ((last ? last->shifts + last->shifts_length : 0) == c[COLUMN_SHIFTS].length &&
	        pack_strings_decode(&b->words, words, &c[COLUMN_WORD_LENGTHS], &c[COLUMN_WORD_SPELLINGS], WORD_APOSTROPHE) && pack_words_are_good(&b->words) &&
	        planes_are_good(c + COLUMN_WORDS, b->word_count, (size_t)tables->words.count + words));
}

bool pack_words_are_good(const struct pack_strings *words)
{
	for (uint32_t i = 0; i < words->count; i++)
		if (!words->items[i].length)
			return false;
	return true;
}

bool pack_gaps_are_good(const struct pack_strings *gaps)
{
	for (uint32_t i = 0; i < gaps->count; i++)
		if (gaps->items[i].mark & GAP_BREAK && gaps->items[i].mark != GAP_BREAK)
			return false;
	return true;
}

void pack_block_words(const struct pack_block *b, size_t review, uint32_t *numbers)
{
	get_numbers(b->columns + COLUMN_WORDS, b->reviews[review].first_word, b->reviews[review].words, numbers);
}

void pack_block_gaps(const struct pack_block *b, size_t review, uint32_t *numbers)
{
	get_numbers(b->columns + COLUMN_GAPS, b->reviews[review].first_word + review, b->reviews[review].words + 1, numbers);
}

void pack_block_marks(const struct pack_block *b, size_t review, uint8_t *marks)
{
	const struct buf *planes = b->columns + COLUMN_GAPS;
	const size_t from = b->reviews[review].first_word + review, count = b->reviews[review].words + 1;
	if (!planes[1].length) {
		const unsigned char *low = (const unsigned char *)planes[0].data + from;
		for (size_t i = 0; i < count; i++)
			marks[i] = b->gap_marks[low[i]];
		return;
	}
	for (size_t at = 0; at < count; at += SOME) {
		uint32_t gaps[SOME];
		size_t some = count - at < SOME ? count - at : SOME;
		get_numbers(planes, from + at, some, gaps);
		for (size_t i = 0; i < some; i++)
			marks[at + i] = b->gap_marks[gaps[i]];
	}
}

/* ---- text ---- */

struct spelling {
	char *at;
	const char *end;
};

static inline bool spell(struct spelling *s, const struct pack_strings *all, const struct pack_strings *own, uint32_t number)
{
	const char *bytes;
	const struct pack_string *i = pack_string_of(all, own, number, &bytes);
	size_t length = i->length;
	if (length > (size_t)(s->end - s->at))
		return false;
	if (length <= PACK_OVERRUN)
		memcpy(s->at, bytes, PACK_OVERRUN);
	else
		memcpy(s->at, bytes, length);
	s->at += length;
	return true;
}

bool pack_block_text(const struct pack_block *b, const struct pack_tables *tables, size_t review, struct buf *out, uint32_t *edges)
{
	const struct packed_review *p = &b->reviews[review];
	uint32_t words[SOME], gaps[SOME];
	buf_clear(out);
	buf_reserve(out, p->text_length + PACK_OVERRUN);
	struct spelling s = {out->data, out->data + p->text_length};
	for (size_t at = 0; at <= p->words; at += SOME) {
		size_t some = p->words - at < SOME ? p->words - at : SOME; /* the last gap has no word after it */
		size_t more = some < SOME;
		get_numbers(b->columns + COLUMN_GAPS, p->first_word + review + at, some + more, gaps);
		get_numbers(b->columns + COLUMN_WORDS, p->first_word + at, some, words);
		for (size_t i = 0; i < some; i++) {
			if (!spell(&s, &tables->gaps, &b->gaps, gaps[i]))
				return false;
			if (edges)
				*edges++ = (uint32_t)(s.at - out->data);
			if (!spell(&s, &tables->words, &b->words, words[i]))
				return false;
			if (edges)
				*edges++ = (uint32_t)(s.at - out->data);
		}
		if (more && !spell(&s, &tables->gaps, &b->gaps, gaps[some]))
			return false;
	}
	out->length = p->text_length;
	out->data[out->length] = '\0';
	return s.at == s.end;
}

/* ---- origins ---- */

void pack_origins_begin(struct pack_origins *o, const struct pack_block *b, size_t review)
{
	const struct packed_review *p = &b->reviews[review];
	const char *at = b->columns[COLUMN_SHIFTS].data + p->shifts;
	*o = (struct pack_origins){.shifts = {at, at + p->shifts_length}, .block = b, .review = review};
	o->next = get_number(&o->shifts);
}

uint64_t pack_origins_find(struct pack_origins *o, size_t word, size_t at)
{
	if (word < o->word)
		pack_origins_begin(o, o->block, o->review);
	while (bytes_left(&o->shifts) && word >= o->next) {
		o->word = o->next;
		o->shift += get_signed(&o->shifts);
		o->next = bytes_left(&o->shifts) ? o->next + get_number(&o->shifts) : SIZE_MAX;
	}
	return at + (uint64_t)o->shift;
}
