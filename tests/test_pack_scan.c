/* Reviews scanned as the numbers that a pack holds: the same as their texts scanned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "matchers/mention.h"
#include "pipeline/pack_scan.h"
#include "tests/hurt.h"
#include "tests/judge.h"
#include "tests/packed.h"
#include "tests/shell.h"

/* The engine twice: for texts, which is the judge, and for numbers. */
struct engines {
	struct lexicon *lexicon;
	struct matcher *matcher;
	struct scanner *texts, *numbers;
	struct resolver *resolvers[2][NESTED_COUNT];
};

/* What was compared: a test in which nothing is found compares nothing. */
static struct {
	size_t texts, words, candidates, mentions, inconclusive, spelled;
} seen;

static void engines_init(struct engines *e, struct lexicon *lexicon, enum engine engine)
{
	struct matcher_options options = MATCHER_OPTIONS_DEFAULT;
	struct problem_list problems = {NULL, 0, 0};
	options.engine = engine;
	assert_non_null(lexicon);
	e->lexicon = lexicon;
	e->matcher = matcher_new(e->lexicon, &options, &problems);
	assert_non_null(e->matcher);
	problem_list_release(&problems);
	e->texts = scanner_new(e->matcher);
	e->numbers = scanner_new(e->matcher);
	for (int n = 0; n < NESTED_COUNT; n++)
		for (int i = 0; i < 2; i++)
			e->resolvers[i][n] = resolver_new(e->lexicon, (enum nested)n);
}

static void engines_release(struct engines *e)
{
	for (int n = 0; n < NESTED_COUNT; n++)
		for (int i = 0; i < 2; i++)
			resolver_free(e->resolvers[i][n]);
	scanner_free(e->texts);
	scanner_free(e->numbers);
	matcher_free(e->matcher);
	lexicon_free(e->lexicon);
}

static void expect_same_resolution(struct engines *e, const struct scan *a, const struct scan *b, enum nested nested)
{
	struct resolution x, y;
	resolver_run(e->resolvers[0][nested], e->texts, a, RESOLVE_MENTIONS | RESOLVE_FATES, &x);
	resolver_run(e->resolvers[1][nested], e->numbers, b, RESOLVE_MENTIONS | RESOLVE_FATES, &y);
	assert_int_equal(x.tally_count, y.tally_count);
	assert_int_equal(x.mention_count, y.mention_count);
	if (x.tally_count)
		assert_memory_equal(x.tallies, y.tallies, x.tally_count * sizeof *x.tallies);
	if (x.mention_count)
		assert_memory_equal(x.mentions, y.mentions, x.mention_count * sizeof *x.mentions);
	if (a->candidate_count)
		assert_memory_equal(x.fates, y.fates, a->candidate_count * sizeof *x.fates);
	seen.mentions += x.mention_count;
}

static void expect_same(struct engines *e, const struct buf *text, const struct numbered_text *numbered, bool spell)
{
	struct scan a, b;
	assert_int_equal(scanner_scan(e->texts, text->data, text->length, &a), SCAN_OK);
	assert_int_equal(scanner_scan_numbered(e->numbers, numbered, &b), SCAN_OK);
	assert_int_equal(a.words, b.words);
	assert_int_equal(a.sentences, b.sentences);
	assert_int_equal(a.candidate_count, b.candidate_count);
	if (a.candidate_count)
		assert_memory_equal(a.candidates, b.candidates, a.candidate_count * sizeof *a.candidates);
	assert_int_equal(a.inconclusive_count, b.inconclusive_count);
	if (a.inconclusive_count)
		assert_memory_equal(a.inconclusive, b.inconclusive, a.inconclusive_count * sizeof *a.inconclusive);
	for (uint32_t i = 0; i < a.words; i++)
		assert_int_equal(scan_sentence(e->texts, i), scan_sentence(e->numbers, i));
	for (int n = 0; n < NESTED_COUNT; n++)
		expect_same_resolution(e, &a, &b, (enum nested)n);
	seen.texts++;
	seen.words += a.words;
	seen.candidates += a.candidate_count;
	seen.inconclusive += a.inconclusive_count;
	if (!spell)
		return;
	size_t length;
	const char *spelled = scan_text(e->numbers, &length);
	assert_int_equal(length, text->length);
	if (length)
		assert_memory_equal(spelled, text->data, length);
	for (uint32_t i = 0; i < a.words; i++) {
		assert_int_equal(scan_token_start(e->texts, i), scan_token_start(e->numbers, i));
		assert_int_equal(scan_token_end(e->texts, i), scan_token_end(e->numbers, i));
	}
	seen.spelled++;
}

/* All reviews of a pack, and those of another between them, so that the numbers mean something else each time. */
static void compare(struct engines *e, const char *path, const char *other_path, const struct buf *texts)
{
	struct fault fault;
	struct pack *p = pack_open(path, &fault), *other = pack_open(other_path, &fault);
	struct pack_reader r = {0};
	struct pack_scan scan = {0};
	size_t text = 0;
	assert_non_null(p);
	assert_non_null(other);
	for (size_t b = 0; b < p->contents.block_count; b++) {
		if (b % 3 == 0) {
			struct scan unused;
			assert_true(pack_read(&r, other, 0, PACK_TEXTS, &fault));
			pack_scan_begin(&scan, &r, e->numbers);
			assert_int_equal(scanner_scan_numbered(e->numbers, pack_scan_text(&scan, 0), &unused), SCAN_OK);
		}
		assert_true(pack_read(&r, p, b, PACK_TEXTS, &fault));
		pack_scan_begin(&scan, &r, e->numbers);
		for (size_t i = 0; i < r.block.review_count; i++, text++)
			expect_same(e, &texts[text], pack_scan_text(&scan, i), text % 2);
	}
	pack_scan_release(&scan);
	pack_reader_release(&r);
	pack_close(p);
	pack_close(other);
}

/* Texts of a seed under its own lexicon and under those of other seeds. */
static void compare_hurt(uint64_t seed, enum hurt_kind kind, size_t count, unsigned lexicons)
{
	struct hurt *h = hurt_new(seed, kind);
	struct buf *texts = packed_texts(h, count);
	char path[128], other[128];
	snprintf(path, sizeof path, "%s/hurt.pack", shell_folder());
	snprintf(other, sizeof other, "%s/other.pack", shell_folder());
	packed_write(path, texts, count, NULL);
	packed_write(other, texts + count / 2, 1, NULL);
	for (unsigned i = 0; i < lexicons; i++) {
		struct hurt *of = hurt_new(seed + i, kind);
		for (int engine = ENGINE_AUTO + 1; engine < ENGINE_COUNT; engine++) {
			struct engines e;
			if (!engine_available((enum engine)engine))
				continue;
			engines_init(&e, judge_lexicon(hurt_lexicon(of)), (enum engine)engine);
			compare(&e, path, other, texts);
			engines_release(&e);
		}
		hurt_free(of);
	}
	packed_free_texts(texts, count);
	hurt_free(h);
}

static void numbers_are_scanned_as_their_texts_are(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 100; seed += 2)
		compare_hurt(seed, HURT_ORDINARY, 40, 2);
	compare_hurt(1, HURT_LARGE, 40, 1);
	compare_hurt(1, HURT_WIDE, 20, 1);
	compare_hurt(1, HURT_LONG, 2, 1);
	printf("compared: %zu texts, %zu words, %zu candidates, %zu mentions, %zu inconclusive, %zu spelled\n", seen.texts, seen.words, seen.candidates, seen.mentions,
	       seen.inconclusive, seen.spelled);
	assert_true(seen.candidates > 100000 && seen.mentions > 100000 && seen.spelled > 1000);
}

/* A wrong mark or number that no checksum tells of. */
static void words_that_are_not_the_texts_are_told(void **state)
{
	(void)state;
	struct fault fault;
	struct pack_reader r = {0};
	struct pack_scan scan = {0};
	struct buf text = BUF_INIT;
	char path[128];
	snprintf(path, sizeof path, "%s/true.pack", shell_folder());
	buf_append_str(&text, "The child's neglect, neglect; the parents' neglect-\nful boy and the boy");
	packed_write(path, &text, 1, NULL);
	struct pack *p = pack_open(path, &fault);
	assert_non_null(p);
	assert_true(pack_read(&r, p, 0, PACK_TEXTS, &fault));
	assert_true(pack_scan_is_true(&scan, &r, 0));
	uint32_t gaps = p->tables.gaps.count + r.block.gaps.count, words = p->tables.words.count + r.block.words.count;
	for (uint32_t i = 0; i < gaps; i++) {
		uint8_t mark = r.block.gap_marks[i];
		r.block.gap_marks[i] ^= GAP_SOFT;
		assert_false(pack_scan_is_true(&scan, &r, 0));
		r.block.gap_marks[i] = mark;
	}
	for (uint32_t i = 0; i < words; i++) {
		struct pack_string *s = i < p->tables.words.count ? &p->tables.words.items[i] : &r.block.words.items[i - p->tables.words.count];
		s->mark ^= WORD_APOSTROPHE;
		assert_false(pack_scan_is_true(&scan, &r, 0));
		s->mark ^= WORD_APOSTROPHE;
	}
	assert_true(pack_scan_is_true(&scan, &r, 0));
	pack_scan_release(&scan);
	pack_reader_release(&r);
	pack_close(p);
	buf_release(&text);
}

/* What a number means is forgotten when the engine forgets its senses. */
static void senses_may_be_forgotten(void **state)
{
	(void)state;
	enum { WORDS = 40000, TEXTS = 12 };
	struct buf texts[TEXTS], lines = BUF_INIT;
	char path[128];
	memset(texts, 0, sizeof texts);
	snprintf(path, sizeof path, "%s/forget.pack", shell_folder());
	/* each word satisfies another set of wildcards, so that senses are many and large */
	for (int i = 0; i < 400; i++)
		buf_printf(&lines, "a\tw*%d* near\n", i);
	for (size_t t = 0; t < TEXTS; t++)
		for (size_t i = 0; i < WORDS; i++)
			buf_printf(&texts[t], "w%zu%s ", (t * WORDS / 2 + i) * 7919 % 100000 * 1009, i % 3 ? "" : " near");
	packed_write(path, texts, TEXTS, NULL);
	struct engines e;
	engines_init(&e, judge_lexicon(lines.data), ENGINE_AUTO);
	compare(&e, path, path, texts);
	engines_release(&e);
	for (size_t t = 0; t < TEXTS; t++)
		buf_release(&texts[t]);
	buf_release(&lines);
}

/* A text that cannot be had fails the scan that needs it, and no other. */
static const char *no_text(void *context, uint32_t *edges, size_t *length)
{
	(void)context;
	(void)edges;
	(void)length;
	return NULL;
}

static struct word_type neglect(const void *context, uint32_t number)
{
	(void)context;
	(void)number;
	return (struct word_type){"neglect", 7, false};
}

static void a_text_that_cannot_be_spelled(void **state)
{
	(void)state;
	static const uint8_t gaps[] = {2, 0, 2};
	static const uint32_t words[] = {0, 0};
	struct numbered_text text = {.words = words, .count = 2, .gaps = gaps, .spell = no_text};
	struct numbering numbering = {.owner = words, .common = 0, .count = 1, .type = neglect};
	size_t length;
	for (int expression = 0; expression < 2; expression++) {
		struct engines e;
		struct scan scan;
		engines_init(&e, judge_lexicon(expression ? "a\tneg\\w+\tr\n" : "a\tneglect\n"), ENGINE_AUTO);
		scanner_set_numbering(e.numbers, &numbering);
		assert_int_equal(scanner_scan_numbered(e.numbers, &text, &scan), expression ? SCAN_NOT_SPELLED : SCAN_OK);
		if (!expression)
			assert_int_equal(scan.candidate_count, 2);
		assert_null(scan_text(e.numbers, &length));
		engines_release(&e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_are_scanned_as_their_texts_are), cmocka_unit_test(words_that_are_not_the_texts_are_told), cmocka_unit_test(senses_may_be_forgotten),
	                                   cmocka_unit_test(a_text_that_cannot_be_spelled)};
	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
