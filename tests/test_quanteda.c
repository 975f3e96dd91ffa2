/* --nested quanteda-key and quanteda-dictionary against a model of what quanteda's tokens_lookup() is documented to do.
 *
 * The model knows tokens as numbers and a dictionary as pairs of key and value. It goes over the lengths of the values, longest first, and for each over
 * the positions of the text from left to right:
 *   scope "key":        a value counts for its key unless one of its tokens is already part of a match of that key;
 *   scope "dictionary": as before, and only if not every one of its tokens is part of a match of some key. All keys of the same value are judged together.
 * Keys of a nested dictionary are whole paths, or, at levels = 1, the first part alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "tests/judge.h"

enum { TOKENS_MOST = 24, VALUES_MOST = 14, LENGTH_MOST = 4, KEYS = 6, WORDS = 5 };

struct value {
	unsigned key;
	unsigned length;
	unsigned words[LENGTH_MOST]; /* WORDS: any token, a '*' */
};

struct dictionary {
	struct value values[VALUES_MOST];
	size_t count;
};

/* Two levels: three keys of the first, with their own values or not, each over some of the second. */
static const char *const keys[KEYS] = {"p.a", "p.b", "p.b.c", "q", "r.a", "r.b"};
static const char *const tops[] = {"p", "q", "r"};

static bool stands_at(const struct value *v, const unsigned *tokens, size_t at)
{
	for (unsigned i = 0; i < v->length; i++)
		if (v->words[i] != WORDS && v->words[i] != tokens[at + i])
			return false;
	return true;
}

static bool all_set(const bool *flags, size_t count)
{
	while (count && flags[count - 1])
		count--;
	return count == 0;
}

static bool none_set(const bool *flags, size_t count)
{
	while (count && !flags[count - 1])
		count--;
	return count == 0;
}

/* Counts matches by group; group[key] is what a key counts for. */
static void model(const struct dictionary *d, const unsigned *tokens, size_t count, const unsigned *group, bool dictionary_scope, unsigned counts[KEYS])
{
	bool any[TOKENS_MOST] = {false}, of_key[KEYS][TOKENS_MOST] = {{false}};
	memset(counts, 0, KEYS * sizeof *counts);
	for (unsigned length = LENGTH_MOST; length > 0; length--)
		for (size_t at = 0; at + length <= count; at++) {
			if (dictionary_scope && all_set(any + at, length))
				continue;
			bool matched = false;
			for (size_t i = 0; i < d->count; i++) {
				unsigned g = group[d->values[i].key];
				if (d->values[i].length != length || !stands_at(&d->values[i], tokens, at) || !none_set(of_key[g] + at, length))
					continue;
				memset(of_key[g] + at, true, length);
				counts[g]++;
				matched = true;
			}
			if (matched)
				memset(any + at, true, length);
		}
}

static uint64_t state = 88172645463325252u;

static unsigned draw(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state % below);
}

/* With stars inside only: an entry may neither begin nor end with a token that can be any. */
static void make_dictionary(struct dictionary *d, struct buf *lines)
{
	buf_clear(lines);
	d->count = 1 + draw(VALUES_MOST);
	for (size_t i = 0; i < d->count; i++) {
		struct value *v = &d->values[i];
		*v = (struct value){.key = draw(3) ? 3 : draw(KEYS), .length = 2 + draw(LENGTH_MOST - 1)}; /* one key has most, which then overlap */
		if (draw(6) == 0)
			v->length = 1;
		buf_printf(lines, "%s\t", keys[v->key]);
		for (unsigned k = 0; k < v->length; k++) {
			bool inside = k > 0 && k + 1 < v->length;
			v->words[k] = inside && draw(8) == 0 ? WORDS : draw(WORDS);
			if (v->words[k] == WORDS)
				buf_append_str(lines, k ? " _" : "_");
			else
				buf_printf(lines, "%sw%u", k ? " " : "", v->words[k]);
		}
		buf_append_char(lines, '\n');
	}
}

static unsigned mentions_of(const struct lexicon *lexicon, const struct engine_result *result, const char *code)
{
	uint32_t theme = lexicon_theme(lexicon, code);
	for (size_t i = 0; i < result->resolution.tally_count; i++)
		if (result->resolution.tallies[i].theme == theme)
			return result->resolution.tallies[i].mentions;
	return 0;
}

static void compare(const struct lexicon *lexicon, const struct engine_result *result, const char *code, unsigned expected, const struct buf *lines, const char *text,
                    const char *scope)
{
	unsigned got = mentions_of(lexicon, result, code);
	if (got != expected)
		fail_msg("scope %s, key %s: %u, the model says %u, for \"%s\" under\n%s", scope, code, got, expected, text, lines->data);
}

/* How often the modes differ from each other and from ours, so that it is seen that something is compared. */
struct seen {
	unsigned matches, scopes_differ, ours_differ;
};

static void one_text(const struct lexicon *lexicon, struct judge *judge, const struct dictionary *d, const struct buf *lines, struct seen *seen)
{
	static const unsigned themselves[KEYS] = {0, 1, 2, 3, 4, 5}, first_parts[KEYS] = {0, 0, 0, 1, 2, 2};
	unsigned tokens[TOKENS_MOST], by_key[KEYS], by_dictionary[KEYS], by_top[KEYS];
	size_t count = 1 + draw(TOKENS_MOST);
	struct buf text = BUF_INIT;
	struct engine_result result;
	for (size_t i = 0; i < count; i++) {
		tokens[i] = draw(WORDS);
		buf_printf(&text, "%sw%u", i ? " " : "", tokens[i]);
	}
	model(d, tokens, count, themselves, false, by_key);
	model(d, tokens, count, themselves, true, by_dictionary);
	model(d, tokens, count, first_parts, false, by_top);
	assert_true(judge_run(judge, NESTED_QUANTEDA_KEY, text.data, text.length, &result));
	for (unsigned key = 0; key < KEYS; key++) {
		seen->matches += by_key[key];
		seen->scopes_differ += by_key[key] != by_dictionary[key];
		if (key != 1) /* p.b counts p.b.c as well */
			compare(lexicon, &result, keys[key], by_key[key], lines, text.data, "key");
	}
	for (unsigned top = 0; top < 3; top++)
		compare(lexicon, &result, tops[top], by_top[top], lines, text.data, "key, levels = 1");
	assert_true(judge_run(judge, NESTED_QUANTEDA_DICTIONARY, text.data, text.length, &result));
	for (unsigned key = 0; key < KEYS; key++)
		if (key != 1)
			compare(lexicon, &result, keys[key], by_dictionary[key], lines, text.data, "dictionary");
	assert_true(judge_run(judge, NESTED_THEME, text.data, text.length, &result));
	for (unsigned key = 0; key < KEYS; key++)
		seen->ours_differ += key != 1 && mentions_of(lexicon, &result, keys[key]) != by_key[key];
	buf_release(&text);
}

static void random_dictionaries(void **unused)
{
	(void)unused;
	struct buf lines = BUF_INIT;
	struct dictionary d;
	struct seen seen = {0};
	for (unsigned round = 0; round < 1500; round++) {
		make_dictionary(&d, &lines);
		struct lexicon *lexicon = judge_lexicon(lines.data);
		assert_non_null(lexicon);
		struct judge *judge = judge_new(lexicon, ENGINE_AUTO);
		assert_non_null(judge);
		for (unsigned i = 0; i < 50; i++)
			one_text(lexicon, judge, &d, &lines, &seen);
		judge_free(judge);
		lexicon_free(lexicon);
	}
	buf_release(&lines);
	print_message("%u matches, %u keys differ between the scopes, %u from ours\n", seen.matches, seen.scopes_differ, seen.ours_differ);
	assert_true(seen.matches > 50000 && seen.scopes_differ > 10000 && seen.ours_differ > 200);
}

/* The worked example of docs/counting-rules.md. */
static void worked_example(void **unused)
{
	(void)unused;
	struct lexicon *lexicon = judge_lexicon("abuse\tdomestic abuse\nabuse\tabuse support worker\nabuse\tworker visits\nsupport\tsupport worker\n");
	struct judge *judge = judge_new(lexicon, ENGINE_AUTO);
	static const char text[] = "Domestic abuse support worker visits began.";
	static const struct {
		enum nested nested;
		unsigned abuse, support;
	} expected[] = {{NESTED_THEME, 2, 1}, {NESTED_LEXICON, 2, 1}, {NESTED_ALL, 3, 1}, {NESTED_QUANTEDA_KEY, 1, 1}, {NESTED_QUANTEDA_DICTIONARY, 1, 0}};
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		struct engine_result result;
		assert_true(judge_run(judge, expected[i].nested, text, sizeof text - 1, &result));
		assert_int_equal(mentions_of(lexicon, &result, "abuse"), expected[i].abuse);
		assert_int_equal(mentions_of(lexicon, &result, "support"), expected[i].support);
	}
	judge_free(judge);
	lexicon_free(lexicon);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(random_dictionaries), cmocka_unit_test(worked_example)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
