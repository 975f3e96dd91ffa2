#include "pipeline/row.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"

static void put(struct buf *out, uint64_t n)
{
	while (n >= 0x80) {
		buf_append_char(out, (char)(n | 0x80));
		n >>= 7;
	}
	buf_append_char(out, (char)n);
}

static void put_string(struct buf *out, const char *s)
{
	buf_append(out, s ? s : "", s ? strlen(s) + 1 : 1);
}

static void put_dating(struct buf *out, const struct dating *d)
{
	put(out, (uint64_t)d->year);
	put(out, (uint64_t)d->month);
	put_string(out, d->rule);
	put_string(out, d->text);
	put_string(out, d->conflict);
}

void row_encode(struct buf *out, const struct review_row *row)
{
	put_string(out, row->member);
	put(out, row->record);
	put(out, row->ordinal);
	put(out, row->offset);
	put(out, row->length);
	put(out, row->first_line);
	put(out, row->last_line);
	put(out, row->kind);
	const char *strings[] = {row->title, row->section, row->board, row->child, row->method, row->layout};
	for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
		put_string(out, strings[i]);
	put_dating(out, &row->published);
	put_dating(out, &row->incident);
	put(out, row->outcome);
	put(out, (uint64_t)(row->age_months + 1));
	put(out, row->age_band);
	put(out, row->gender);
	put(out, (uint64_t)(row->recommendations + 1));
	put(out, row->words);
	buf_append(out, row->fingerprint, sizeof row->fingerprint);
	put(out, row->has_sketch);
	if (row->has_sketch)
		buf_append(out, row->sketch, sizeof row->sketch);
	put(out, row->counted);
	put(out, row->tally_count);
	uint32_t theme = 0;
	for (size_t i = 0; i < row->tally_count; i++) {
		const struct theme_tally *t = &row->tallies[i];
		put(out, t->theme - theme);
		put(out, t->mentions);
		put(out, t->negated);
		put(out, t->sentences);
		theme = t->theme;
	}
	put(out, row->inconclusive_count);
	for (size_t i = 0; i < row->inconclusive_count; i++)
		put(out, row->inconclusive[i]);
	put(out, row->evidence_count);
	for (size_t i = 0; i < row->evidence_count; i++) {
		const struct evidence *e = &row->evidence[i];
		put(out, e->theme);
		put(out, e->entry);
		put(out, e->cue == NO_CUE ? 0 : (uint64_t)e->cue + 1);
		put(out, e->offset);
		put(out, e->sentence);
		put_string(out, e->left);
		put_string(out, e->match);
		put_string(out, e->right);
	}
}

/* Bytes still to be read; at NULL once something did not fit. */
struct reader {
	const char *at, *end;
};

static uint64_t get(struct reader *r)
{
	uint64_t n = 0;
	for (unsigned shift = 0; r->at && shift < 64; shift += 7) {
		if (r->at == r->end)
			break;
		unsigned char c = (unsigned char)*r->at++;
		n |= (uint64_t)(c & 0x7F) << shift;
		if (!(c & 0x80))
			return n;
	}
	r->at = NULL;
	return 0;
}

static const char *get_string(struct reader *r)
{
	const char *s = r->at, *nul = s ? memchr(s, 0, (size_t)(r->end - s)) : NULL;
	if (!nul) {
		r->at = NULL;
		return "";
	}
	r->at = nul + 1;
	return s;
}

static void get_bytes(struct reader *r, void *to, size_t length)
{
	if (!r->at || (size_t)(r->end - r->at) < length) {
		r->at = NULL;
		memset(to, 0, length);
		return;
	}
	memcpy(to, r->at, length);
	r->at += length;
}

static struct dating get_dating(struct reader *r)
{
	struct dating d;
	d.year = (int)get(r);
	d.month = (int)get(r);
	d.rule = get_string(r);
	d.text = get_string(r);
	d.conflict = get_string(r);
	return d;
}

/* A count of things that take at least one byte each: more than there are bytes means damage. */
static size_t get_count(struct reader *r)
{
	uint64_t n = get(r);
	if (r->at && n > (uint64_t)(r->end - r->at))
		r->at = NULL;
	return r->at ? (size_t)n : 0;
}

size_t row_decode(struct review_row *row, const char *bytes, size_t length)
{
	struct reader r = {bytes, bytes + length};
	row->member = get_string(&r);
	row->record = get(&r);
	row->ordinal = (uint32_t)get(&r);
	row->offset = get(&r);
	row->length = get(&r);
	row->first_line = get(&r);
	row->last_line = get(&r);
	row->kind = (enum review_kind)(get(&r) % KIND_COUNT);
	row->title = get_string(&r);
	row->section = get_string(&r);
	row->board = get_string(&r);
	row->child = get_string(&r);
	row->method = get_string(&r);
	row->layout = get_string(&r);
	row->published = get_dating(&r);
	row->incident = get_dating(&r);
	row->outcome = (enum outcome)(get(&r) % OUTCOME_COUNT);
	row->age_months = (int)get(&r) - 1;
	row->age_band = (enum age_band)(get(&r) % AGE_BAND_COUNT);
	row->gender = (enum gender)(get(&r) % GENDER_COUNT);
	row->recommendations = (int)get(&r) - 1;
	row->words = get(&r);
	get_bytes(&r, row->fingerprint, sizeof row->fingerprint);
	row->has_sketch = get(&r);
	if (row->has_sketch)
		get_bytes(&r, row->sketch, sizeof row->sketch);
	row->counted = get(&r);
	row->tally_count = get_count(&r);
	row->tallies = mem_realloc(row->tallies, row->tally_count, sizeof *row->tallies);
	uint32_t theme = 0;
	for (size_t i = 0; i < row->tally_count; i++) {
		struct theme_tally *t = &row->tallies[i];
		t->theme = theme += (uint32_t)get(&r);
		t->mentions = (uint32_t)get(&r);
		t->negated = (uint32_t)get(&r);
		t->sentences = (uint32_t)get(&r);
	}
	row->inconclusive_count = get_count(&r);
	row->inconclusive = mem_realloc(row->inconclusive, row->inconclusive_count, sizeof *row->inconclusive);
	for (size_t i = 0; i < row->inconclusive_count; i++)
		row->inconclusive[i] = (uint32_t)get(&r);
	row->evidence_count = get_count(&r);
	row->evidence = mem_realloc(row->evidence, row->evidence_count, sizeof *row->evidence);
	for (size_t i = 0; i < row->evidence_count; i++) {
		struct evidence *e = &row->evidence[i];
		e->theme = (uint32_t)get(&r);
		e->entry = (uint32_t)get(&r);
		uint64_t cue = get(&r);
		e->cue = cue ? (uint32_t)(cue - 1) : NO_CUE;
		e->offset = get(&r);
		e->sentence = (uint32_t)get(&r);
		e->left = get_string(&r);
		e->match = get_string(&r);
		e->right = get_string(&r);
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
