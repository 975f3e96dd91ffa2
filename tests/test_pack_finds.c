/* Finds kept in a pack: with another lexicon they give what its texts give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "matchers/mention.h"
#include "pipeline/pack_finds.h"
#include "pipeline/pack_scan.h"
#include "tests/hurt.h"
#include "tests/judge.h"
#include "tests/packed.h"
#include "tests/shell.h"

/* What was compared: a test in which nothing is kept compares nothing. */
static struct {
	size_t packs, idle, texts, kept, searched, candidates, mentions, inconclusive;
} seen;

static uint64_t draw(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

struct lines {
	const char **items;
	size_t count, capacity;
};

/* themes: what is said of themes too, which can be said but once */
static void add_lines(struct lines *l, const char *text, bool themes)
{
	for (const char *at = text; *at; at = strchr(at, '\n') + 1) {
		if (!themes && strncmp(at, "@theme", 6) == 0)
			continue;
		MEM_GROW(l->items, l->count, l->capacity);
		l->items[l->count++] = at;
	}
}

/* A lexicon made from another: some entries dropped, some moved, some under a second theme, and fewer new ones than there were. */
static char *changed_lexicon(const char *old, const char *fresh, uint64_t seed, bool grow)
{
	struct lines l = {NULL, 0, 0};
	struct buf out = BUF_INIT;
	add_lines(&l, old, true);
	size_t known = l.count;
	if (grow)
		add_lines(&l, fresh, false);
	if (l.count > known + known / 3)
		l.count = known + known / 3;
	for (size_t i = l.count; i-- > 1;) {
		size_t k = draw(&seed) % (i + 1);
		const char *line = l.items[i];
		l.items[i] = l.items[k];
		l.items[k] = line;
	}
	for (size_t i = 0; i < l.count; i++) {
		const char *end = strchr(l.items[i], '\n') + 1, *tab = strchr(l.items[i], '\t');
		unsigned fate = draw(&seed) % 10;
		if (fate < 2 && l.count > 3)
			continue;
		buf_append(&out, l.items[i], (size_t)(end - l.items[i]));
		if (fate == 2 && *l.items[i] != '@') { /* the pattern again */
			buf_append_str(&out, "second.theme");
			buf_append(&out, tab, (size_t)(end - tab));
		}
	}
	free(l.items);
	return buf_detach(&out);
}

/* A lexicon's engine and, by mode, its resolvers: on texts, which is the judge, and on what is kept. */
struct engines {
	struct lexicon *lexicon;
	struct matcher *matcher;
	struct scanner *texts;
	struct resolver *resolvers[2][NESTED_COUNT];
};

static void expect_same(struct engines *e, struct scanner *kept_scanner, const struct scan *a, const struct scan *b)
{
	assert_int_equal(a->words, b->words);
	assert_int_equal(a->sentences, b->sentences);
	assert_int_equal(a->candidate_count, b->candidate_count);
	if (a->candidate_count)
		assert_memory_equal(a->candidates, b->candidates, a->candidate_count * sizeof *a->candidates);
	assert_int_equal(a->inconclusive_count, b->inconclusive_count);
	if (a->inconclusive_count)
		assert_memory_equal(a->inconclusive, b->inconclusive, a->inconclusive_count * sizeof *a->inconclusive);
	for (int n = 0; n < NESTED_COUNT; n++) {
		struct resolution x, y;
		resolver_run(e->resolvers[0][n], e->texts, a, RESOLVE_MENTIONS, &x);
		resolver_run(e->resolvers[1][n], kept_scanner, b, RESOLVE_MENTIONS, &y);
		assert_int_equal(x.tally_count, y.tally_count);
		assert_int_equal(x.mention_count, y.mention_count);
		if (x.tally_count)
			assert_memory_equal(x.tallies, y.tallies, x.tally_count * sizeof *x.tallies);
		if (x.mention_count)
			assert_memory_equal(x.mentions, y.mentions, x.mention_count * sizeof *x.mentions);
		seen.mentions += x.mention_count;
	}
	seen.candidates += a->candidate_count;
	seen.inconclusive += a->inconclusive_count;
}

static void compare_texts(struct engines *e, const struct pack *p, const struct buf *texts)
{
	struct fault fault;
	struct pack_reader r = {0};
	struct pack_scan packed = {0};
	struct candidate_list kept = {0};
	struct scanner *s = scanner_new(p->finds->rest);
	size_t text = 0, length;
	for (size_t b = 0; b < p->contents.block_count; b++) {
		bool spell = !matcher_is_idle(p->finds->rest) || b % 2;
		assert_true(pack_read(&r, p, b, spell ? PACK_TEXTS : PACK_FINDS, &fault));
		pack_scan_begin(&packed, &r, s);
		for (size_t i = 0; i < r.block.review_count; i++, text++) {
			struct scan a, scan;
			pack_finds_take(p->finds, &r.block, i, &kept);
			assert_int_equal(scanner_scan(e->texts, texts[text].data, texts[text].length, &a), SCAN_OK);
			assert_int_equal(scanner_scan_kept(s, pack_scan_text(&packed, i), kept.items, kept.count, &scan), SCAN_OK);
			expect_same(e, s, &a, &scan);
			seen.texts++;
			seen.kept += kept.count;
			seen.searched += scan.candidate_count - kept.count;
			if (!spell || text % 2)
				continue;
			const char *spelled = scan_text(s, &length);
			assert_int_equal(length, texts[text].length);
			if (length)
				assert_memory_equal(spelled, texts[text].data, length);
			for (uint32_t k = 0; k < a.words; k++)
				assert_int_equal(scan_token_start(e->texts, k), scan_token_start(s, k));
		}
	}
	free(kept.items);
	scanner_free(s);
	pack_scan_release(&packed);
	pack_reader_release(&r);
}

/* The texts of a pack under a lexicon. */
static void compare(const char *path, const char *lines, const struct buf *texts, enum engine engine)
{
	struct matcher_options options = MATCHER_OPTIONS_DEFAULT;
	struct problem_list problems = {NULL, 0, 0};
	struct fault fault;
	struct engines e = {.lexicon = judge_lexicon(lines)};
	struct pack *p = pack_open(path, &fault);
	options.engine = engine;
	assert_non_null(e.lexicon);
	assert_non_null(p);
	e.matcher = matcher_new(e.lexicon, &options, &problems);
	assert_non_null(e.matcher);
	e.texts = scanner_new(e.matcher);
	for (int n = 0; n < NESTED_COUNT; n++)
		for (int i = 0; i < 2; i++)
			e.resolvers[i][n] = resolver_new(e.lexicon, (enum nested)n);
	p->finds = pack_finds_new(p, e.lexicon, &options);
	seen.packs++;
	if (p->finds) {
		seen.idle += matcher_is_idle(p->finds->rest);
		compare_texts(&e, p, texts);
	}
	pack_close(p);
	for (int n = 0; n < NESTED_COUNT; n++)
		for (int i = 0; i < 2; i++)
			resolver_free(e.resolvers[i][n]);
	scanner_free(e.texts);
	matcher_free(e.matcher);
	problem_list_release(&problems);
	lexicon_free(e.lexicon);
}

static void compare_hurt(uint64_t seed, enum hurt_kind kind, size_t count)
{
	struct hurt *h = hurt_new(seed, kind), *other = hurt_new(seed + 1, kind);
	struct buf *texts = packed_texts(h, count);
	struct lexicon *made_with = judge_lexicon(hurt_lexicon(h));
	char path[128];
	snprintf(path, sizeof path, "%s/hurt.pack", shell_folder());
	assert_non_null(made_with);
	packed_write(path, texts, count, made_with);
	for (int engine = ENGINE_AUTO + 1; engine < ENGINE_COUNT; engine++)
		for (uint64_t i = 0; i < 3 && engine_available((enum engine)engine); i++) {
			char *lines = i ? changed_lexicon(hurt_lexicon(h), hurt_lexicon(other), seed + i, i > 1) : mem_strdup(hurt_lexicon(h));
			compare(path, lines, texts, (enum engine)engine);
			free(lines);
		}
	packed_free_texts(texts, count);
	lexicon_free(made_with);
	hurt_free(h);
	hurt_free(other);
}

static void finds_are_those_of_the_texts(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 120; seed += 2)
		compare_hurt(seed, HURT_ORDINARY, 40);
	compare_hurt(1, HURT_LARGE, 40);
	compare_hurt(1, HURT_LONG, 2);
	printf("compared: %zu packs, %zu idle, %zu texts, %zu finds kept, %zu searched for, %zu candidates, %zu mentions, %zu inconclusive\n", seen.packs, seen.idle,
	       seen.texts, seen.kept, seen.searched, seen.candidates, seen.mentions, seen.inconclusive);
	assert_true(seen.idle > 20 && seen.texts > 5000 && seen.kept > 50000 && seen.searched > 10000 && seen.mentions > 50000);
}

/* Whose finds may be used at all. */
static void foreign_finds_are_not_used(void **state)
{
	(void)state;
	struct matcher_options options = MATCHER_OPTIONS_DEFAULT;
	struct fault fault;
	struct buf text = BUF_INIT;
	char path[128];
	snprintf(path, sizeof path, "%s/foreign.pack", shell_folder());
	buf_append_str(&text, "The neglect, and Neglect, of a child.");
	struct lexicon *l = judge_lexicon("a\tneglect\nb\tchild\n"), *flagged = judge_lexicon("a\tneglect\tC\nb\tchild\tw\nc\tneglect of\n"),
	               *half = judge_lexicon("z\tneglect\tx\ny\tabuse\n");
	packed_write(path, &text, 1, l);
	struct pack *p = pack_open(path, &fault);
	assert_non_null(p);
	struct pack_finds *f = pack_finds_new(p, l, &options);
	assert_non_null(f);
	assert_true(matcher_is_idle(f->rest));
	pack_finds_free(f);
	f = pack_finds_new(p, half, &options); /* an exclusion finds what a mention does */
	assert_non_null(f);
	assert_false(matcher_is_idle(f->rest));
	pack_finds_free(f);
	assert_null(pack_finds_new(p, flagged, &options)); /* another flag is another pattern */
	p->contents.finder = "another build";
	assert_null(pack_finds_new(p, l, &options));
	pack_close(p);
	packed_write(path, &text, 1, NULL);
	p = pack_open(path, &fault);
	assert_null(pack_finds_new(p, l, &options));
	pack_close(p);
	lexicon_free(l);
	lexicon_free(flagged);
	lexicon_free(half);
	buf_release(&text);
}

/* ---- the command ---- */

static void a_rerun_searches_for_what_has_changed(void **state)
{
	(void)state;
	shell_run(0, "cp -r $S corpus && printf 'theme\\tpattern\\tflags\\nharm\\tneglect*\\nharm\\tabuse\\nparent\\tmother ~3 {depress*|drink*}\\nagency\\tpolice\\n' >old.tsv && "
	             "printf 'theme\\tpattern\\tflags\\nagency\\tpolice\\nchild\\tneglect*\\nharm\\tabuse\\nharm\\tdomestic abuse\\tx\\nparent\\tmother ~3 {depress*|drink*}\\nx\\t\\\\bfath\\\\w+\\tr\\n' >new.tsv && "
	             "$T pack -q -l old.tsv corpus -o old.pack && $T pack -q --without-finds corpus -o bare.pack && $T pack -q corpus -o shipped.pack && $T pack -q -j 7 -l old.tsv corpus -o 7.pack && "
	             "cmp old.pack 7.pack && $T pack -q --check old.pack bare.pack shipped.pack");
	static const char *const commands[] = {"count", "count --kind all --nested all", "matrix --kind all", "kwic --kind all --context 200", "cooccur --unit sentence", "count --verify 0.2"};
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		char script[512];
		snprintf(script, sizeof script, "for l in old new; do $T %s -q -l $l.tsv corpus >x && for p in old bare shipped; do $T %s -q -j 3 -l $l.tsv $p.pack >y && test -s x && cmp x y || exit 9; done; done",
		         commands[i], commands[i]);
		shell_run(0, script);
	}
	/* packs of several lexicons in one run, and archives beside them */
	shell_run(0, "$T count -q -l new.tsv corpus >x && ls corpus | head -3 | sed s,^,corpus/, >some && $T pack -q -l old.tsv $(cat some) -o a.pack && $T pack -q -l new.tsv $(ls corpus | sed -n 4,6p | sed s,^,corpus/,) -o b.pack && "
	             "$T count -q -j 2 -l new.tsv a.pack corpus b.pack >y && cmp x y");
	shell_run(2, "$T pack -q --without-finds -l old.tsv corpus -o n.pack");
	shell_run(2, "$T pack -q --check -l old.tsv old.pack");
	shell_run(2, "$T pack -q -l nowhere.tsv corpus -o n.pack");
	shell_run(0, "! test -e n.pack");
}

static void wrong_finds_are_told(void **state)
{
	(void)state;
	struct buf texts[2] = {BUF_INIT, BUF_INIT};
	struct lexicon *l = judge_lexicon("a\tneglect\nb\tof ~2 child\n");
	char path[128];
	snprintf(path, sizeof path, "%s/wrong.pack", shell_folder());
	buf_append_str(&texts[0], "The neglect of the child here.");
	buf_append_str(&texts[1], "Nothing.");
	packed_write(path, texts, 2, l);
	shell_run(0, "$T pack --check wrong.pack && grep -q '0 blocks damaged.*finds of 2 patterns$' err");
	packed_write_wrong_finds(path, texts, 2, l);
	shell_run(1, "$T pack --check wrong.pack");
	shell_run(0, "grep -q 'the finds are not those of a text; pack again' err.before");
	lexicon_free(l);
	for (int i = 0; i < 2; i++)
		buf_release(&texts[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(finds_are_those_of_the_texts), cmocka_unit_test(foreign_finds_are_not_used),
	                                   cmocka_unit_test(a_rerun_searches_for_what_has_changed), cmocka_unit_test(wrong_finds_are_told)};
	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
