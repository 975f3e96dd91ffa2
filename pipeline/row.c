#include "pipeline/row.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/codec.h"
#include "base/mem.h"

static void put_dating(struct buf *out, const struct dating *d)
{
	put_number(out, (uint64_t)d->year);
	put_number(out, (uint64_t)d->month);
	put_string(out, d->rule);
	put_string(out, d->text);
	put_string(out, d->conflict);
}

static void put_head(struct buf *out, const struct review_row *row)
{
	put_string(out, row->member);
	put_number(out, row->record);
	put_number(out, row->ordinal);
	put_number(out, row->offset);
	put_number(out, row->length);
	put_number(out, row->first_line);
	put_number(out, row->last_line);
	put_number(out, row->kind);
	const char *strings[] = {row->title, row->section, row->board, row->child, row->method, row->layout};
	for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
		put_string(out, strings[i]);
	put_dating(out, &row->published);
	put_dating(out, &row->incident);
	put_number(out, row->outcome);
	put_number(out, (uint64_t)(row->age_months + 1));
	put_number(out, row->age_band);
	put_number(out, row->gender);
	put_number(out, (uint64_t)(row->recommendations + 1));
	put_number(out, row->words);
	buf_append(out, row->fingerprint, sizeof row->fingerprint);
	put_number(out, row->has_sketch);
	if (row->has_sketch)
		buf_append(out, row->sketch, sizeof row->sketch);
}

static void put_counts(struct buf *out, const struct review_row *row)
{
	put_number(out, row->counted);
	put_number(out, row->tally_count);
	uint32_t theme = 0;
	for (size_t i = 0; i < row->tally_count; i++) {
		const struct theme_tally *t = &row->tallies[i];
		put_number(out, t->theme - theme);
		put_number(out, t->mentions);
		put_number(out, t->negated);
		put_number(out, t->sentences);
		theme = t->theme;
	}
	put_number(out, row->inconclusive_count);
	for (size_t i = 0; i < row->inconclusive_count; i++)
		put_number(out, row->inconclusive[i]);
	put_number(out, row->evidence_count);
	for (size_t i = 0; i < row->evidence_count; i++) {
		const struct evidence *e = &row->evidence[i];
		put_number(out, e->theme);
		put_number(out, e->entry);
		put_number(out, e->cue == NO_CUE ? 0 : (uint64_t)e->cue + 1);
		put_number(out, e->offset);
		put_number(out, e->sentence);
		put_string(out, e->left);
		put_string(out, e->match);
		put_string(out, e->right);
	}
}

void row_encode(struct buf *out, const struct review_row *row)
{
	put_head(out, row);
	put_counts(out, row);
}

void row_encode_again(struct buf *out, const char *bytes, const struct review_row *row)
{
	buf_append(out, bytes, row->head_length);
	put_counts(out, row);
}

static struct dating get_dating(struct byte_reader *r)
{
	struct dating d;
	d.year = (int)get_number(r);
	d.month = (int)get_number(r);
	d.rule = get_string(r);
	d.text = get_string(r);
	d.conflict = get_string(r);
	return d;
}

/* All that comes before the tallies. */
static void decode_head(struct review_row *row, struct byte_reader *r)
{
	const char *start = r->at;
	row->member = get_string(r);
	row->record = get_number(r);
	row->ordinal = (uint32_t)get_number(r);
	row->offset = get_number(r);
	row->length = get_number(r);
	row->first_line = get_number(r);
	row->last_line = get_number(r);
	row->kind = (enum review_kind)(get_number(r) % KIND_COUNT);
	row->title = get_string(r);
	row->section = get_string(r);
	row->board = get_string(r);
	row->child = get_string(r);
	row->method = get_string(r);
	row->layout = get_string(r);
	row->published = get_dating(r);
	row->incident = get_dating(r);
	row->outcome = (enum outcome)(get_number(r) % OUTCOME_COUNT);
	row->age_months = (int)get_number(r) - 1;
	row->age_band = (enum age_band)(get_number(r) % AGE_BAND_COUNT);
	row->gender = (enum gender)(get_number(r) % GENDER_COUNT);
	row->recommendations = (int)get_number(r) - 1;
	row->words = get_number(r);
	get_bytes(r, row->fingerprint, sizeof row->fingerprint);
	row->has_sketch = get_number(r);
	if (row->has_sketch)
		get_bytes(r, row->sketch, sizeof row->sketch);
	row->head_length = r->at ? (size_t)(r->at - start) : 0;
	row->counted = get_number(r);
}

/* Makes room for count elements; an array is never made smaller. */
static void *with_room(void *array, size_t count, size_t *capacity, size_t size)
{
	if (count <= *capacity)
		return array;
	*capacity = count;
	return mem_realloc(array, count, size);
}

size_t row_decode(struct review_row *row, const char *bytes, size_t length)
{
	struct byte_reader r = {bytes, bytes + length};
	decode_head(row, &r);
	row->tally_count = get_count(&r);
	row->tallies = with_room(row->tallies, row->tally_count, &row->tally_capacity, sizeof *row->tallies);
	uint32_t theme = 0;
	for (size_t i = 0; i < row->tally_count; i++) {
		struct theme_tally *t = &row->tallies[i];
		t->theme = theme += (uint32_t)get_number(&r);
		t->mentions = (uint32_t)get_number(&r);
		t->negated = (uint32_t)get_number(&r);
		t->sentences = (uint32_t)get_number(&r);
	}
	row->inconclusive_count = get_count(&r);
	row->inconclusive = with_room(row->inconclusive, row->inconclusive_count, &row->inconclusive_capacity, sizeof *row->inconclusive);
	for (size_t i = 0; i < row->inconclusive_count; i++)
		row->inconclusive[i] = (uint32_t)get_number(&r);
	row->evidence_count = get_count(&r);
	row->evidence = with_room(row->evidence, row->evidence_count, &row->evidence_capacity, sizeof *row->evidence);
	for (size_t i = 0; i < row->evidence_count; i++) {
		struct evidence *e = &row->evidence[i];
		e->theme = (uint32_t)get_number(&r);
		e->entry = (uint32_t)get_number(&r);
		uint64_t cue = get_number(&r);
		e->cue = cue ? (uint32_t)(cue - 1) : NO_CUE;
		e->offset = get_number(&r);
		e->sentence = (uint32_t)get_number(&r);
		e->left = get_string(&r);
		e->match = get_string(&r);
		e->right = get_string(&r);
	}
	return r.at ? (size_t)(r.at - bytes) : 0;
}

size_t row_skim(struct review_row *row, const char *bytes, size_t length)
{
	struct byte_reader r = {bytes, bytes + length};
	decode_head(row, &r);
	row->tally_count = row->inconclusive_count = row->evidence_count = 0;
	skip_numbers(&r, 4 * get_count(&r));
	skip_numbers(&r, get_count(&r));
	for (size_t i = get_count(&r); i > 0; i--) {
		skip_numbers(&r, 5);
		for (int k = 0; k < 3; k++)
			get_string(&r);
	}
	return r.at ? (size_t)(r.at - bytes) : 0;
}

void row_release(struct review_row *row)
{
	free(row->tallies);
	free(row->inconclusive);
	free(row->evidence);
	*row = (struct review_row){0};
}

void row_append_id(struct buf *out, const char *archive, const struct review_row *row)
{
	buf_append_str(out, archive);
	if (*row->member) {
		buf_append_char(out, ':');
		buf_append_str(out, row->member);
	}
	if (row->record)
		buf_printf(out, ":%" PRIu64, row->record);
	buf_printf(out, "#%" PRIu32, row->ordinal);
}

uint64_t row_identity(const struct review_row *row)
{
	return XXH3_64bits(row->fingerprint, sizeof row->fingerprint);
}
