/* What is kept of a lexicon: laid out, written and read again it is the same, finds the same, and is refused when it is cut off; patterns not read until they are asked
 * for are the same. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cache.h"
#include "base/mem.h"
#include "matchers/layout.h"
#include "matchers/matcher.h"
#include "matchers/store.h"
#include "tests/hurt.h"
#include "tests/judge.h"

static const enum hurt_kind KINDS[] = {HURT_ORDINARY, HURT_ORDINARY, HURT_ORDINARY, HURT_LARGE, HURT_LONG, HURT_ORDINARY, HURT_WIDE};
enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

static struct lexicon *shipped(void)
{
	struct problem_list problems = {0};
	struct lexicon *lexicon = lexicon_load(NULL, 0, NULL, &problems);

	problem_list_release(&problems);
	assert_non_null(lexicon);
	return lexicon;
}

static void saved_and_restored_is_the_same(const struct lexicon *lexicon)
{
	struct buf first = BUF_INIT, second = BUF_INIT, taken = BUF_INIT;
	struct layout made, restored;

	layout_init(&made, lexicon, NULL);
	layout_save(&made, &first);
	buf_append(&taken, first.data, first.length);
	assert_true(layout_restore(&restored, &taken));
	assert_null(taken.data);
	layout_save(&restored, &second);
	assert_int_equal(first.length, second.length);
	assert_memory_equal(first.data, second.data, first.length);
	assert_int_equal(made.code_width, restored.code_width);
	assert_int_equal(made.link_shift, restored.link_shift);
	assert_memory_equal(made.links, restored.links, ((size_t)1 << (32 - made.link_shift)) / 16 * sizeof *made.links);
	for (size_t i = 0; i < made.run_count; i++)
		assert_ptr_equal(layout_run(&restored, made.runs[i].codes), &restored.runs[i]);
	layout_release(&made);
	layout_release(&restored);
	buf_release(&first);
	buf_release(&second);
}

static void every_layout_comes_back(void **state)
{
	struct lexicon *lexicon = shipped();

	(void)state;
	saved_and_restored_is_the_same(lexicon);
	lexicon_free(lexicon);
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct hurt *h = hurt_new(seed, KINDS[seed % (seed < KIND_COUNT ? KIND_COUNT : 4)]);

		assert_non_null(lexicon = judge_lexicon(hurt_lexicon(h)));
		saved_and_restored_is_the_same(lexicon);
		lexicon_free(lexicon);
		hurt_free(h);
	}
}

static void what_is_cut_off_is_refused(void **state)
{
	struct lexicon *lexicon = shipped();
	struct layout made, restored;
	struct buf saved = BUF_INIT;

	(void)state;
	layout_init(&made, lexicon, NULL);
	layout_save(&made, &saved);
	for (size_t length = 0; length < saved.length; length += 1 + length / 50) {
		char *exact = mem_alloc(length + 1); /* for sanitizers to see what is read beyond it */

		memcpy(exact, saved.data, length);
		exact = mem_realloc(exact, length ? length : 1, 1);
		struct buf cut = {exact, length, length + 1};

		assert_false(layout_restore(&restored, &cut));
		free(exact);
	}
	buf_append_char(&saved, 'x');
	assert_false(layout_restore(&restored, &saved));
	buf_release(&saved);
	layout_release(&made);
	lexicon_free(lexicon);
}

struct finder {
	struct matcher *matcher;
	struct scanner *scanner;
};

static struct finder finder_new(const struct lexicon *lexicon, const char *cache)
{
	struct matcher_options options = MATCHER_OPTIONS_DEFAULT;
	struct problem_list problems = {0};
	struct finder e;

	options.cache_directory = cache;
	assert_non_null(e.matcher = matcher_new(lexicon, &options, &problems));
	assert_non_null(e.scanner = scanner_new(e.matcher));
	problem_list_release(&problems);
	return e;
}

static void finder_free(struct finder *e)
{
	scanner_free(e->scanner);
	matcher_free(e->matcher);
}

static void a_kept_layout_finds_the_same(void **state)
{
	char folder[] = "/tmp/test-saved-XXXXXX", command[64];
	size_t found = 0;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct hurt *h = hurt_new(1000 + seed, KINDS[seed % 4]);
		struct lexicon *lexicon = judge_lexicon(hurt_lexicon(h));

		assert_non_null(lexicon);
		struct finder plain = finder_new(lexicon, NULL), first = finder_new(lexicon, folder), kept = finder_new(lexicon, folder);

		for (int text = 0; text < 20; text++) {
			struct scan a, b;
			size_t length;
			const char *bytes = hurt_text(h, &length);

			assert_int_equal(scanner_scan(plain.scanner, bytes, length, &a), scanner_scan(kept.scanner, bytes, length, &b));
			assert_int_equal(a.candidate_count, b.candidate_count);
			if (a.candidate_count)
				assert_memory_equal(a.candidates, b.candidates, a.candidate_count * sizeof *a.candidates);
			found += a.candidate_count;
		}
		finder_free(&plain);
		finder_free(&first);
		finder_free(&kept);
		lexicon_free(lexicon);
		hurt_free(h);
	}
	assert_true(found > 1000);
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

/* ---- patterns that wait ---- */

static void same_items(const struct item_list *a, const struct item_list *b)
{
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct item *x = &a->items[i], *y = &b->items[i];

		assert_true(x->kind == y->kind && x->hyphen_before == y->hyphen_before && x->possessive == y->possessive && x->gap == y->gap);
		if (x->text || y->text)
			assert_string_equal(x->text, y->text);
		assert_int_equal(x->choice_count, y->choice_count);
		for (size_t k = 0; k < x->choice_count; k++)
			same_items(&x->choices[k], &y->choices[k]);
	}
}

static void same_lexicon(const struct lexicon *a, const struct lexicon *b)
{
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->version, b->version);
	assert_memory_equal(a->sha256, b->sha256, sizeof a->sha256);
	assert_int_equal(a->theme_count, b->theme_count);
	assert_int_equal(a->entry_count, b->entry_count);
	for (size_t i = 0; i < a->theme_count; i++) {
		const struct theme *x = &a->themes[i], *y = &b->themes[i];

		assert_string_equal(x->code, y->code);
		assert_string_equal(x->label, y->label);
		assert_string_equal(x->description, y->description);
		assert_string_equal(x->file, y->file);
		assert_true(x->parent == y->parent && x->negatable == y->negatable && x->partial == y->partial && x->entries == y->entries && x->line == y->line);
		assert_int_equal(lexicon_theme(b, x->code), i);
	}
	for (size_t i = 0; i < a->entry_count; i++) {
		const struct entry *x = &a->entries[i], *y = &b->entries[i];

		assert_string_equal(x->source, y->source);
		assert_string_equal(x->note, y->note);
		assert_string_equal(x->file, y->file);
		assert_true(x->theme == y->theme && x->role == y->role && x->flags == y->flags && x->line == y->line && y->index == i && y->lexicon == b);
	}
}

static void *ask_for_all(void *context)
{
	const struct lexicon *lexicon = context;
	size_t items = 0;

	for (size_t i = 0; i < lexicon->entry_count; i++)
		items += entry_pattern(&lexicon->entries[i])->count;
	return (void *)items;
}

static void patterns_that_wait_are_the_same(void **state)
{
	enum { THREADS = 4 };
	char folder[] = "/tmp/test-saved-XXXXXX", command[64];
	struct problem_list problems = {0};
	struct lexicon *whole = shipped();
	pthread_t threads[THREADS];

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (int time = 0; time < 2; time++) {
		struct lexicon *l = lexicon_load_cached(NULL, 0, folder, &problems);

		assert_non_null(l);
		assert_int_equal(((struct store *)l)->patterns == NULL, time > 0);
		for (int i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, ask_for_all, l), 0);
		for (int i = 0; i < THREADS; i++) {
			void *items;

			pthread_join(threads[i], &items);
			assert_ptr_equal(items, ask_for_all(whole));
		}
		same_lexicon(whole, l);
		for (size_t i = 0; i < l->entry_count; i++)
			same_items(entry_pattern(&l->entries[i]), entry_pattern(&whole->entries[i]));
		lexicon_free(l);
	}
	assert_int_equal(problems.count, 0);
	lexicon_free(whole);
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

/* Neither a refused lexicon nor one that differs from a known one by a byte is taken as known. */
static void what_is_wrong_stays_wrong(void **state)
{
	static const char *const texts[] = {"theme\tpattern\na\tone {two|three}\n", "theme\tpattern\na\tone {two|three~\n", "theme\tpattern\na\tone {two|three~\n",
	                                    "theme\tpattern\na\tone {two|three}\n"};
	char folder[] = "/tmp/test-saved-XXXXXX", path[64], command[64];
	const char *paths[] = {path};

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/a.tsv", folder);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct problem_list problems = {0};
		FILE *f = fopen(path, "w");

		assert_true(f && fputs(texts[i], f) >= 0 && fclose(f) == 0);
		struct lexicon *l = lexicon_load_cached(paths, 1, folder, &problems);

		assert_int_equal(l != NULL, i == 0 || i == 3);
		assert_int_equal(problems.count, l == NULL);
		if (l) {
			assert_int_equal(((struct store *)l)->patterns == NULL, i == 3);
			assert_int_equal(entry_pattern(&l->entries[0])->items[1].choice_count, 2);
		}
		lexicon_free(l);
		problem_list_release(&problems);
	}
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

/* A lexicon kept from one file is right for others of the same bytes, whose names it then gives. */
static void names_of_files_are_those_of_today(void **state)
{
	static const char *const texts[] = {"theme\tpattern\tflags\tnote\nharm.neglect\tneglected\t\tmine\n", "@lexicon name=two version=3\n@theme abuse label=\"Any \" negatable=yes\ntheme\tpattern\tflags\nabuse\tabused\tC\n*\tnot {so|very}\tx\n"};
	char folder[] = "/tmp/test-saved-XXXXXX", paths[2][2][64], command[64];
	struct problem_list problems = {0};

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (int time = 0; time < 2; time++) {
		for (int i = 0; i < 2; i++) {
			snprintf(paths[time][i], sizeof paths[time][i], "%s/%c%d.tsv", folder, 'a' + time, i);
			FILE *f = fopen(paths[time][i], "w");

			assert_true(f && fputs(texts[i], f) >= 0 && fclose(f) == 0);
		}
		const char *const now[] = {paths[time][0], paths[time][1]};
		struct lexicon *whole = lexicon_load(now, 2, NULL, &problems), *l = lexicon_load_cached(now, 2, folder, &problems);

		assert_true(whole && l);
		assert_int_equal(((struct store *)l)->kept.data != NULL, time);
		same_lexicon(whole, l);
		assert_int_equal(entry_pattern(&l->entries[2])->items[1].choice_count, 2);
		lexicon_free(whole);
		lexicon_free(l);
	}
	assert_int_equal(problems.count, 0);
	snprintf(command, sizeof command, "rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

static void a_lexicon_cut_off_is_refused(void **state)
{
	static const char text[] = "theme\tpattern\nharm\tneglected\nabuse\tabused ~3 child\n";
	static const struct lexicon_source source = {"a.tsv", text, sizeof text - 1};
	struct problem_list problems = {0};
	struct lexicon *whole = lexicon_read(&source, 1, NULL, &problems), *l;
	struct buf saved = BUF_INIT;

	(void)state;
	assert_non_null(whole);
	store_save(whole, &source, 1, &saved);
	for (size_t length = 0; length <= saved.length + 1; length++) {
		char *exact = mem_alloc(length + 1);

		memcpy(exact, saved.data, length < saved.length ? length : saved.length);
		if (length > saved.length)
			exact[length - 1] = '\0';
		exact = mem_realloc(exact, length ? length : 1, 1);
		struct buf cut = {exact, length, length};

		l = store_restore(&source, 1, &cut);
		assert_int_equal(l != NULL, length == saved.length);
		if (l)
			same_lexicon(whole, l);
		lexicon_free(l);
		buf_release(&cut);
	}
	buf_release(&saved);
	lexicon_free(whole);
}

static bool is_there(const char *folder, const char *name)
{
	char path[200];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

/* What is old goes with the next writing, unless it was read meanwhile; what has another name is not ours. */
static void what_nobody_reads_goes(void **state)
{
	char folder[] = "/tmp/test-saved-XXXXXX", command[400], names[3][2 * SHA256_BYTES + 1];
	unsigned char keys[3][SHA256_BYTES];
	struct buf out = BUF_INIT;

	(void)state;
	assert_non_null(mkdtemp(folder));
	for (int i = 0; i < 3; i++) {
		sha256(&i, sizeof i, keys[i]);
		sha256_hex(keys[i], names[i]);
	}
	cache_write(folder, keys[0], "old", 3);
	cache_write(folder, keys[1], "old but read", 12);
	snprintf(command, sizeof command, "cd %s && touch mine %s.abcdef && touch -d '70 days ago' *", folder, names[0]);
	assert_int_equal(system(command), 0);
	assert_true(cache_read(folder, keys[1], &out));
	cache_write(folder, keys[2], "new", 3);
	assert_false(is_there(folder, names[0]));
	assert_true(is_there(folder, names[1]) && is_there(folder, names[2]) && is_there(folder, "mine"));
	snprintf(command, sizeof command, "cd %s && test $(ls | wc -l) = 3 && rm -r %s", folder, folder);
	assert_int_equal(system(command), 0);
	buf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layout_comes_back),
		cmocka_unit_test(what_is_cut_off_is_refused),
		cmocka_unit_test(a_kept_layout_finds_the_same),
		cmocka_unit_test(patterns_that_wait_are_the_same),
		cmocka_unit_test(what_is_wrong_stays_wrong),
		cmocka_unit_test(names_of_files_are_those_of_today),
		cmocka_unit_test(a_lexicon_cut_off_is_refused),
		cmocka_unit_test(what_nobody_reads_goes),
	};

	return cmocka_run_group_tests_name("saved", tests, NULL, NULL);
}
