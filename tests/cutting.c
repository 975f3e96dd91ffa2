#include "tests/cutting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "corpora/segment.h"

/* Leaves the function with the property where it does not hold. */
#define MUST(holds, ...) \
	do { \
		if (!(holds)) \
			return says(__VA_ARGS__); \
	} while (0)

static _Thread_local char said[200];

__attribute__((format(printf, 1, 2))) static const char *says(const char *format, ...)
{
	va_list list;
	va_start(list, format);
	vsnprintf(said, sizeof said, format, list);
	va_end(list);
	return said;
}

static uint64_t line_of(const char *text, size_t at)
{
	uint64_t line = 1;
	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

static bool boundary(const char *text, size_t length, size_t at)
{
	return at == length || ((unsigned char)text[at] & 0xC0) != 0x80;
}

static const char *strings_fail(const struct review *r)
{
	const char *const all[] = {r->title, r->section, r->board, r->child, r->method, r->published.rule, r->published.text,
	                           r->published.conflict, r->incident.rule, r->incident.text, r->incident.conflict, r->layout};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		MUST(all[i] && utf8_valid_prefix(all[i], strlen(all[i])) == strlen(all[i]), "every string is valid UTF-8: number %zu", i);
	MUST(strlen(r->published.text) <= 80 && strlen(r->incident.text) <= 80, "the words of a date are 80 bytes at most");
	MUST(r->published.month >= 0 && r->published.month <= 12, "there is no month %d", r->published.month);
	MUST(r->published.year == 0 || (r->published.year >= 1950 && r->published.year <= 2049), "no review is of the year %d", r->published.year);
	MUST((r->published.year == 0) == (*r->published.rule == '\0'), "a year rests on a rule");
	MUST(r->age_months >= -1 && r->age_months < 240, "no child is %d months old", r->age_months);
	MUST((r->age_band == AGE_UNKNOWN) == (r->age_months < 0 || r->age_months >= 216), "an age under 18 has its band");
	return NULL;
}

static const char *record_fails(const char *text, size_t length, const struct review *r, unsigned char *claimed, bool lines)
{
	size_t first = SIZE_MAX, last = 0;
	MUST(r->span_count > 0, "no record is empty");
	for (size_t i = 0; i < r->span_count; i++) {
		const struct span *s = &r->spans[i];
		MUST(s->length > 0 && s->start < length && s->length <= length - s->start, "spans lie in the text");
		MUST(boundary(text, length, s->start) && boundary(text, length, s->start + s->length), "spans hold whole characters");
		for (size_t k = s->start; k < s->start + s->length; k++) {
			MUST(!claimed[k], "byte %zu lies in two records or spans", k);
			claimed[k] = 1;
		}
		first = s->start < first ? s->start : first;
		last = s->start + s->length > last ? s->start + s->length : last;
	}
	MUST(r->offset == first && r->length == last - first, "a record goes from its first byte to its last");
	MUST(!lines || (r->first_line == line_of(text, first) && r->last_line == line_of(text, last)),
	     "lines %llu to %llu are not those of bytes %zu to %zu", (unsigned long long)r->first_line, (unsigned long long)r->last_line, first, last);
	return strings_fail(r);
}

/* Letters that nobody doubts: of ASCII and of Latin-1. */
static bool has_letter(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)((text[i] | 0x20) - 'a') < 26 ||
		    ((unsigned char)text[i] == 0xC3 && (unsigned char)text[i + 1] != 0x97 && (unsigned char)text[i + 1] != 0xB7))
			return true;
	return false;
}

static const char *claims_fail(struct cutter *c, const char *text, size_t length, const struct review *r, size_t count, bool lines,
                               unsigned char *claimed)
{
	for (size_t i = 0; i < count; i++) {
		MUST(r[i].ordinal == i + 1, "records are numbered");
		MUST(i == 0 || r[i].offset >= r[i - 1].offset, "records are in the order of their first bytes");
		const char *failed = record_fails(text, length, &r[i], claimed, lines);
		if (failed)
			return failed;
	}
	for (size_t i = 0; i < c->cut_count; i++)
		memset(claimed + c->cut[i].start, 1, c->cut[i].end - c->cut[i].start);
	bool letters = count > 0 || has_letter(text, length); /* without any there is no review, and nothing to account for */
	for (size_t i = 0; letters && i < length; i++)
		MUST(claimed[i] || strchr(" \t\n\v\f\r", text[i]), "byte %zu (%02x) lies in no record", i, (unsigned char)text[i]);
	return NULL;
}

const char *cutting_records_fail(struct cutter *c, const char *text, size_t length, const struct review *r, size_t count, bool lines)
{
	unsigned char *claimed = mem_calloc(length + 1, 1);
	const char *failed = claims_fail(c, text, length, r, count, lines, claimed);
	free(claimed);
	return failed;
}

/* The joined text is the spans, and every byte of it leads back to its place. */
static const char *joined_fails(const char *text, const struct review *r, const struct joined_text *joined)
{
	size_t at = 0;
	for (size_t i = 0; i < r->span_count; i++) {
		if (i > 0) {
			MUST(at < joined->length && joined->text[at] == (r->spans[i].join == JOIN_LINE ? '\n' : '\x1D'), "spans are joined as they say");
			at++;
		}
		MUST(r->spans[i].length <= joined->length - at && memcmp(joined->text + at, text + r->spans[i].start, r->spans[i].length) == 0,
		     "joined text is that of the spans");
		for (size_t k = 0; k < r->spans[i].length; k += 1 + r->spans[i].length / 7)
			MUST(review_position(r, at + k) == r->spans[i].start + k, "joined text leads back to its place");
		at += r->spans[i].length;
	}
	MUST(at == joined->length, "joined text ends with the last span");
	MUST(review_position(r, at) == r->spans[r->span_count - 1].start + r->spans[r->span_count - 1].length, "its end leads back too");
	return NULL;
}

static struct document document_of(const char *text, size_t length)
{
	return (struct document){.text = text, .length = length, .first_line = 1, .encoding = "utf-8"};
}

static const char *join_fails(const char *text, size_t length, const struct review *r)
{
	struct document d = document_of(text, length);
	struct buf store = BUF_INIT;
	struct joined_text joined = review_join(r, &d, &store);
	const char *failed = joined_fails(text, r, &joined);
	buf_release(&store);
	return failed;
}

static bool same_dating(const struct dating *a, const struct dating *b)
{
	return a->year == b->year && a->month == b->month && strcmp(a->rule, b->rule) == 0 && strcmp(a->text, b->text) == 0 &&
	       strcmp(a->conflict, b->conflict) == 0;
}

static bool same_record(const struct review *a, const struct review *b)
{
	if (a->span_count != b->span_count)
		return false;
	for (size_t i = 0; i < a->span_count; i++)
		if (a->spans[i].start != b->spans[i].start || a->spans[i].length != b->spans[i].length || a->spans[i].join != b->spans[i].join)
			return false;
	return a->kind == b->kind && strcmp(a->title, b->title) == 0 && strcmp(a->section, b->section) == 0 && strcmp(a->board, b->board) == 0 &&
	       strcmp(a->child, b->child) == 0 && strcmp(a->method, b->method) == 0 && strcmp(a->layout, b->layout) == 0 &&
	       same_dating(&a->published, &b->published) && same_dating(&a->incident, &b->incident) && a->outcome == b->outcome &&
	       a->age_months == b->age_months && a->gender == b->gender && a->recommendations == b->recommendations;
}

enum { QUICK, KEPT, PLAIN, SEGMENTERS };

struct cutting {
	struct segmenter *segmenter[SEGMENTERS];
	struct cutter *cutter[SEGMENTERS];
};

/* Makes it twice, and gives the second, which comes from the cache of the first. */
static struct segmenter *kept_segmenter(char *message, size_t message_size)
{
	char folder[] = "/tmp/test-cutting-XXXXXX", command[64];
	struct segmenter_options options = {.cache_directory = mkdtemp(folder)};
	segmenter_free(segmenter_new(&options, message, message_size));
	struct segmenter *s = segmenter_new(&options, message, message_size);
	snprintf(command, sizeof command, "rm -r %s", folder);
	if (system(command) == 0 && s && atomic_load(&s->rules->lines.begin))
		return s;
	snprintf(message, message_size, "nothing came from the cache");
	segmenter_free(s);
	return NULL;
}

struct cutting *cutting_new(char *message, size_t message_size)
{
	static const struct segmenter_options options = {0};
	struct cutting *k = mem_calloc(1, sizeof *k);
	for (int i = 0; i < SEGMENTERS; i++) {
		if (!(k->segmenter[i] = i == KEPT ? kept_segmenter(message, message_size) : segmenter_new(&options, message, message_size))) {
			cutting_free(k);
			return NULL;
		}
		k->cutter[i] = cutter_new(k->segmenter[i]);
	}
	k->segmenter[PLAIN]->plain = true;
	return k;
}

void cutting_free(struct cutting *k)
{
	for (int i = 0; k && i < SEGMENTERS; i++) {
		cutter_free(k->cutter[i]);
		segmenter_free(k->segmenter[i]);
	}
	free(k);
}

void cutting_choose(struct cutting *k, const char *layout, bool all_sections)
{
	for (int i = 0; i < SEGMENTERS; i++) {
		struct segmenter *s = k->segmenter[i];
		s->only = layout ? rules_layout(s->rules, layout) : NULL;
		s->all_sections = all_sections;
	}
}

struct cutter *cutting_cutter(struct cutting *k)
{
	return k->cutter[KEPT];
}

static size_t cut(struct cutter *c, const char *text, size_t length, const struct review **reviews)
{
	struct document d = document_of(text, length);
	return cutter_cut(c, &d, "archive.txt", "archive.txt", reviews);
}

static const char *other_differs(struct cutter *other, const char *whose, const char *text, size_t length, const struct review *r, size_t count)
{
	const struct review *o;
	MUST(cut(other, text, length, &o) == count, "%s gives as many records", whose);
	for (size_t i = 0; i < count; i++)
		MUST(same_record(&r[i], &o[i]), "%s gives the same record %zu", whose, i + 1);
	return NULL;
}

static const char *telling_differs(struct cutter *a, struct cutter *b, const char *text, size_t length)
{
	struct document d = document_of(text, length);
	struct buf told[2] = {BUF_INIT, BUF_INIT};
	cutter_explain(a, &d, "archive.txt", "archive.txt", &told[0]);
	cutter_explain(b, &d, "archive.txt", "archive.txt", &told[1]);
	bool same = told[0].length == told[1].length && memcmp(told[0].data, told[1].data, told[0].length) == 0;
	buf_release(&told[0]);
	buf_release(&told[1]);
	MUST(same, "a cutter with a past explains a text as one without does");
	return NULL;
}

const char *cutting_fails(struct cutting *k, const char *text, size_t length, bool lines)
{
	const struct review *r;
	size_t count = cut(cutting_cutter(k), text, length, &r);
	const char *failed = cutting_records_fail(cutting_cutter(k), text, length, r, count, lines);
	for (size_t i = 0; !failed && i < count; i++)
		failed = join_fails(text, length, &r[i]);
	if (!failed)
		failed = other_differs(k->cutter[QUICK], "a segmenter that has seen little", text, length, r, count);
	if (!failed)
		failed = other_differs(k->cutter[PLAIN], "one that tries every rule on every line", text, length, r, count);
	struct cutter *fresh = cutter_new(k->segmenter[KEPT]);
	if (!failed)
		failed = other_differs(fresh, "a cutter without a past", text, length, r, count);
	if (!failed)
		failed = telling_differs(cutting_cutter(k), fresh, text, length);
	cutter_free(fresh);
	return failed;
}
