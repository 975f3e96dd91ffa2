/* What is kept of the rules of the cutter: rules from the cache are those that are read anew; what is damaged, cut off or of other rules is made anew; expressions match the same
 * before and after machine code is made of them. */
#include <dirent.h>
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
#include "base/resource.h"
#include "corpora/layout.h"

static char folder[] = "/tmp/test-kept-rules-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(strcpy(folder, "/tmp/test-kept-rules-XXXXXX")) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[64];
	(void)state;
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

static struct rules *rules_of(const char *file, const char *cache)
{
	char message[400] = "";
	struct rules *r = rules_new(&file, file ? 1 : 0, cache, message, sizeof message);
	if (!r)
		fail_msg("%s", message);
	return r;
}

static void same_beginnings(const struct line_beginnings *a, const struct line_beginnings *b)
{
	assert_memory_equal(a->place, b->place, sizeof a->place);
	assert_memory_equal(a->seen, b->seen, sizeof a->seen);
	assert_true(a->exact == b->exact && a->beginnings == b->beginnings && a->beginning_count == b->beginning_count);
	for (size_t i = 0; i < a->beginnings; i++)
		assert_true(a->beginning[i].used == b->beginning[i].used && a->beginning[i].four == b->beginning[i].four && a->beginning[i].mask == b->beginning[i].mask);
}

/* kept: b is from the cache. */
static void same_rules(struct rules *a, struct rules *b, bool kept)
{
	assert_int_equal(atomic_load(&b->lines.begin) != NULL, kept);
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct rule *x = a->rule[i], *y = b->rule[i];
		uint64_t first[2][4] = {{0}};
		assert_string_equal(x->name, y->name);
		assert_true(x->kind == y->kind && x->line == y->line && !x->regex == !y->regex && x->capture_count == y->capture_count);
		assert_memory_equal(x->captures, y->captures, sizeof x->captures);
		assert_memory_equal(x->group, y->group, sizeof x->group);
		if (!x->regex)
			continue;
		regex_first(x->regex, first[0]);
		regex_first(y->regex, first[1]);
		assert_memory_equal(first[0], first[1], sizeof first[0]);
		for (const char *const *name = (const char *const[]){"date", "board", "child", "title", "section", "text", "count", "unit", "months", NULL}; *name; name++) {
			uint8_t groups[2][RULE_GROUPS] = {{0}};
			assert_int_equal(regex_groups(x->regex, *name, groups[0], RULE_GROUPS), regex_groups(y->regex, *name, groups[1], RULE_GROUPS));
			assert_memory_equal(groups[0], groups[1], sizeof groups[0]);
		}
	}
	assert_memory_equal(a->lines.first, b->lines.first, sizeof a->lines.first);
	rules_narrow(a);
	rules_narrow(b);
	same_beginnings(atomic_load(&a->lines.begin), atomic_load(&b->lines.begin));
	rules_free(a);
	rules_free(b);
}

static void rules_come_back(void **state)
{
	static const char mine[] = "layout mine\nentry one : (?<child>\\p{Lu}+) in (?<date>\\d{4})$\noutcome two value=death words=gone\n";
	char path[64];
	(void)state;
	snprintf(path, sizeof path, "%s/mine.rules", folder);
	for (int with = 0; with < 2; with++) {
		FILE *f = fopen(path, "w");
		assert_true(f && fputs(mine, f) >= 0 && fclose(f) == 0);
		const char *file = with ? path : NULL;
		struct rules *made = rules_of(file, folder);
		assert_non_null(atomic_load(&made->lines.begin)); /* they were worked out to be kept */
		rules_free(made);
		same_rules(rules_of(file, NULL), rules_of(file, folder), true);
	}
	/* another file of the same name and length */
	FILE *f = fopen(path, "r+");
	assert_true(f && fseek(f, 12, SEEK_SET) == 0 && fputs("section", f) >= 0 && fclose(f) == 0);
	char message[400] = "";
	assert_null(rules_new(&(const char *){path}, 1, folder, message, sizeof message));
	assert_non_null(strstr(message, "mine.rules:2:"));
}

/* The one file of the cache. */
static void kept_file(char path[200], struct buf *bytes)
{
	DIR *all = opendir(folder);
	int files = 0;
	assert_non_null(all);
	for (const struct dirent *d; (d = readdir(all)) != NULL;)
		if (*d->d_name != '.') {
			snprintf(path, 200, "%s/%.100s", folder, d->d_name);
			files++;
		}
	closedir(all);
	assert_int_equal(files, 1);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	buf_clear(bytes);
	for (int c; (c = getc(f)) != EOF;)
		buf_append_char(bytes, (char)c);
	fclose(f);
}

static void rewrite(const char *path, const char *bytes, size_t length)
{
	FILE *f = fopen(path, "wb");
	assert_true(f && fwrite(bytes, 1, length, f) == length && fclose(f) == 0);
}

static void what_is_damaged_is_made_anew(void **state)
{
	char path[200];
	struct buf whole = BUF_INIT, now = BUF_INIT;
	(void)state;
	rules_free(rules_of(NULL, folder));
	kept_file(path, &whole);
	assert_true(whole.length > 10000);
	struct rules *intact = rules_of(NULL, NULL);
	rules_narrow(intact);
	for (size_t at = 0; at < whole.length; at += 1 + at / 2)
		for (int cut = 0; cut < 2; cut++) {
			struct buf hurt = BUF_INIT;
			buf_append(&hurt, whole.data, cut ? at : whole.length);
			if (!cut)
				hurt.data[at] ^= 0x10;
			rewrite(path, hurt.data ? hurt.data : "", hurt.length);
			buf_release(&hurt);
			struct rules *r = rules_of(NULL, folder);
			assert_int_equal(r->count, intact->count);
			same_beginnings(atomic_load(&r->lines.begin), atomic_load(&intact->lines.begin));
			rules_free(r);
			kept_file(path, &now); /* it was mended */
			assert_int_equal(now.length, whole.length);
			assert_memory_equal(now.data, whole.data, now.length);
		}
	rules_free(intact);
	buf_release(&whole);
	buf_release(&now);
}

/* Bytes whose sum is right, but that are of other rules: fewer, more, or another key's. */
static void what_is_of_other_rules_is_made_anew(void **state)
{
	enum { HEADER = sizeof "themetally cache 3" + SHA256_BYTES / 2 }; /* a line, a sum */
	unsigned char key[SHA256_BYTES], other[SHA256_BYTES] = {1};
	char path[200], strange[200];
	struct buf whole = BUF_INIT, now = BUF_INIT;
	(void)state;
	rules_free(rules_of(NULL, folder));
	kept_file(path, &whole);
	const char *name = strrchr(path, '/') + 1;
	for (size_t i = 0; i < SHA256_BYTES; i++)
		assert_int_equal(sscanf(name + 2 * i, "%2hhx", &key[i]), 1);
	const char *kept = whole.data + HEADER;
	size_t length = whole.length - HEADER;
	cache_write(folder, key, kept, length);
	kept_file(path, &now);
	assert_memory_equal(now.data, whole.data, whole.length); /* so this is what a file is */
	for (int way = 0; way < 4; way++) {
		struct buf hurt = BUF_INIT;
		buf_append(&hurt, kept, way == 0 ? length - 1 : way == 1 ? length / 10 : way == 2 ? 0 : length);
		if (way == 3)
			buf_append_char(&hurt, 'x');
		cache_write(folder, key, hurt.data ? hurt.data : "", hurt.length);
		buf_release(&hurt);
		same_rules(rules_of(NULL, NULL), rules_of(NULL, folder), true);
		kept_file(path, &now);
		assert_int_equal(now.length, whole.length);
		assert_memory_equal(now.data, whole.data, now.length);
	}
	unlink(path);
	cache_write(folder, other, kept, length);
	kept_file(strange, &now);
	assert_int_equal(rename(strange, path), 0);
	same_rules(rules_of(NULL, NULL), rules_of(NULL, folder), true);
	kept_file(path, &now);
	assert_memory_equal(now.data, whole.data, now.length);
	buf_release(&whole);
	buf_release(&now);
}

/* ---- interpreted and as machine code ---- */

static uint64_t random_state = 88172645463325252u;

static size_t below(size_t n)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(random_state >> 33) % n;
}

/* Lines of the files built in, whole or joined to others; and what makes expressions go back far. */
static void make_text(struct buf *text)
{
	static const char *const pieces[] = {"Child A ", "CHILD ", "a ", "A", "2014 ", "– ", "Serious Case Review ", "Overview Report ", "on behalf of ", "(", ")", "\t", ", ",
		"Safeguarding Children Board", "Leedham ", "and ", "the ", "The ", "é", "1.2 ", "aged 3 ", "died in March ", "[", "Mr. ", "of ", "in ", "\n"};
	static const char *const lines[] = {"2014 – Leedham – Child X – Overview report", "Child A (Serious Case Review), Leedham Safeguarding Children Board, 2014", "Death of a baby aged 3 months in March 2014.",
		"Executive Summary", "Contents", "Page 3 of 12", "1. Introduction", "Key issues: neglect and domestic abuse", "Serious Case Review: Child B", "RELATED LINKS", "Four children were found",
		"Published in May 2016", "Author: A. Smith", "Learning Together", "Operation Rowan", "Case 12 – Ash Borough: Family W", "March 2015 – Physical abuse of a 6-month-old boy"};
	size_t count;
	const struct resource *all = resource_list(&count);
	buf_clear(text);
	if (below(2)) {
		for (size_t n = 1 + below(3); n > 0; n--)
			buf_printf(text, "%s%s", lines[below(sizeof lines / sizeof *lines)], n > 1 ? below(2) ? "\n" : " " : "");
		text->length -= below(3) ? 0 : below(text->length);
		while (text->length && text->data[text->length - 1] & 0x80) /* perhaps not whole */
			text->length--;
		return;
	}
	if (below(3)) {
		const struct resource *r = &all[below(count)];
		size_t from = below(r->length), stop = from + below(300);
		while (from < r->length && r->bytes[from] != '\n')
			from++;
		stop = stop < r->length ? stop : r->length;
		while (stop < r->length && (r->bytes[stop] & 0xC0) == 0x80)
			stop++;
		if (from + 1 < stop)
			buf_append(text, r->bytes + from + 1, stop - from - 1);
		return;
	}
	size_t some = 1 + below(4), times = below(8) ? below(40) : below(2000);
	const char *few[4];
	for (size_t i = 0; i < some; i++)
		few[i] = pieces[below(sizeof pieces / sizeof *pieces)];
	for (size_t i = 0; i < times; i++)
		buf_append_str(text, few[below(some)]);
}

enum { ALL_GROUPS = 32, WARM = 40, TEXTS_EACH = 25 };

static enum regex_result match(const struct regex *r, struct regex_memory *memory, const struct buf *text, size_t spans[ALL_GROUPS][2])
{
	enum regex_result result = regex_match(r, memory, text->data ? text->data : "", text->length, 0, false);
	memset(spans, 0, sizeof(size_t[ALL_GROUPS][2]));
	for (unsigned g = 0; g < ALL_GROUPS; g++)
		if (!regex_span(memory, g, &spans[g][0], &spans[g][1]))
			spans[g][0] = spans[g][1] = SIZE_MAX;
	return result;
}

static void machine_code_finds_what_the_interpreter_finds(void **state)
{
	struct regex_memory *memory = regex_memory_new();
	struct rules *machine = rules_of(NULL, folder);
	struct buf text = BUF_INIT;
	size_t spans[2][ALL_GROUPS][2], results[3] = {0};
	(void)state;
	buf_append_str(&text, "Child A");
	for (size_t i = 0; i < machine->count; i++)
		for (int time = 0; machine->rule[i]->regex && time < WARM; time++)
			match(machine->rule[i]->regex, memory, &text, spans[0]);
	for (int round = 0; round < 40; round++) {
		struct rules *fresh = rules_of(NULL, folder); /* interpreted so few times, no machine code is made */
		for (int n = 0; n < TEXTS_EACH; n++) {
			make_text(&text);
			for (size_t i = 0; i < fresh->count; i++) {
				if (!fresh->rule[i]->regex)
					continue;
				enum regex_result one = match(fresh->rule[i]->regex, memory, &text, spans[0]), other = match(machine->rule[i]->regex, memory, &text, spans[1]);
				if (one != other || memcmp(spans[0], spans[1], sizeof spans[0]) != 0)
					fail_msg("rule %s: %d and %d, to %zu and %zu of '%.300s'", fresh->rule[i]->name, one, other, spans[0][0][1], spans[1][0][1], text.data);
				results[one]++;
			}
		}
		rules_free(fresh);
	}
	print_message("%zu matches, %zu none, %zu given up\n", results[REGEX_YES], results[REGEX_NO], results[REGEX_LIMIT]);
	assert_true(results[REGEX_YES] > 1000 && results[REGEX_NO] > 20000);
	rules_free(machine);
	regex_memory_free(memory);
	buf_release(&text);
}

/* Threads that compile, and make machine code of, the same expressions at the same time. */
struct sharing {
	struct rules *rules;
	struct buf texts[60];
};

static void *match_all(void *context)
{
	struct sharing *s = context;
	struct regex_memory *memory = regex_memory_new();
	size_t spans[ALL_GROUPS][2], found = 0;
	for (size_t n = 0; n < sizeof s->texts / sizeof *s->texts; n++)
		for (size_t i = 0; i < s->rules->count; i++)
			if (s->rules->rule[i]->regex && match(s->rules->rule[i]->regex, memory, &s->texts[n], spans) == REGEX_YES)
				found = found * 31 + n * s->rules->count + i + spans[0][0] + spans[0][1] * 7;
	regex_memory_free(memory);
	return (void *)found;
}

static void threads_share_rules(void **state)
{
	enum { THREADS = 4 };
	struct sharing *s = mem_calloc(1, sizeof *s);
	pthread_t threads[THREADS];
	(void)state;
	for (size_t n = 0; n < sizeof s->texts / sizeof *s->texts; n++)
		make_text(&s->texts[n]);
	rules_free(rules_of(NULL, folder));
	s->rules = rules_of(NULL, NULL);
	void *alone = match_all(s), *found;
	rules_free(s->rules);
	s->rules = rules_of(NULL, folder);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, match_all, s), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &found), 0);
		assert_ptr_equal(found, alone);
	}
	assert_non_null(alone);
	rules_free(s->rules);
	for (size_t n = 0; n < sizeof s->texts / sizeof *s->texts; n++)
		buf_release(&s->texts[n]);
	free(s);
}

/* What the interpreter gives up, machine code decides: the first match as the hundredth. */
static void a_match_does_not_depend_on_those_before(void **state)
{
	static const char *const patterns[] = {"(?:a+a+)+[bc]", "(?:ab?)*c", "(?:(a)|b)*$", "(.)*x"};
	struct regex_memory *memory = regex_memory_new();
	struct buf text = BUF_INIT;
	char message[200];
	(void)state;
	for (size_t length = 1; length < 40000; length += 1 + length / 2) {
		buf_clear(&text);
		for (size_t i = 0; i < length; i++)
			buf_append_char(&text, 'a');
		for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
			size_t first[ALL_GROUPS][2], later[ALL_GROUPS][2];
			struct regex *r = regex_new(patterns[i], strlen(patterns[i]), 0, message, sizeof message);
			assert_non_null(r);
			enum regex_result one = match(r, memory, &text, first);
			for (int time = 0; time < 2 * WARM; time++) {
				assert_int_equal(match(r, memory, &text, later), one);
				assert_memory_equal(first, later, sizeof first);
			}
			regex_free(r);
		}
	}
	regex_memory_free(memory);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rules_come_back, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(what_is_damaged_is_made_anew, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(what_is_of_other_rules_is_made_anew, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(machine_code_finds_what_the_interpreter_finds, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(threads_share_rules, make_folder, remove_folder),
		cmocka_unit_test(a_match_does_not_depend_on_those_before),
	};
	return cmocka_run_group_tests_name("kept rules", tests, NULL, NULL);
}
