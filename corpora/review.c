#include "corpora/review.h"

#include "base/mem.h"

const char *review_kind_word(enum review_kind kind)
{
	static const char *const words[KIND_COUNT] = {"review", "report", "other"};
	return words[kind];
}

const char *outcome_word(enum outcome o)
{
	static const char *const words[OUTCOME_COUNT] = {"unknown", "death", "serious_harm", "other"};
	return words[o];
}

const char *age_band_word(enum age_band a)
{
	static const char *const words[AGE_BAND_COUNT] = {"unknown", "under 1", "1-5", "6-10", "11-15", "16-17"};
	return words[a];
}

const char *gender_word(enum gender g)
{
	static const char *const words[GENDER_COUNT] = {"unknown", "female", "male", "mixed"};
	return words[g];
}

static char join_mark(enum join join)
{
	return join == JOIN_LINE ? '\n' : '\x1D';
}

struct joined_text review_join(const struct review *r, const struct document *d, struct buf *store)
{
	if (r->span_count == 1)
		return (struct joined_text){d->text + r->spans[0].start, r->spans[0].length};
	buf_clear(store);
	for (size_t i = 0; i < r->span_count; i++) {
		if (i > 0)
			buf_append_char(store, join_mark(r->spans[i].join));
		buf_append(store, d->text + r->spans[i].start, r->spans[i].length);
	}
	return (struct joined_text){store->data, store->length};
}

size_t review_position(const struct review *r, size_t at)
{
	for (size_t i = 0; i < r->span_count; i++) {
		if (at <= r->spans[i].length && (at < r->spans[i].length || i + 1 == r->span_count))
			return r->spans[i].start + at;
		if (at == r->spans[i].length) /* the mark between two spans: the end of the first */
			return r->spans[i].start + at;
		at -= r->spans[i].length + 1;
	}
	return r->offset;
}
