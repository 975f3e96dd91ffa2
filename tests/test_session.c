/* A session's matcher is compiled by a forked child, which may not inherit locks from other threads: where it is forked there are none. */
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

#include "pipeline/session.h"

static unsigned forks, most_threads;

static void count_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned n = 0;

	assert_non_null(tasks);
	for (const struct dirent *d; (d = readdir(tasks)) != NULL;)
		n += d->d_name[0] != '.';
	closedir(tasks);
	forks++;
	most_threads = n > most_threads ? n : most_threads;
}

static void no_thread_runs_where_a_child_is_forked(void **state)
{
	char path[] = "/tmp/themetally-session-XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");
	const char *lexicons[] = {path};
	unsigned idle;

	(void)state;
	assert_non_null(f);
	assert_true(fputs("theme\tpattern\tflags\nharm.other\tdepress[a-z]+\tr\n", f) >= 0 && fclose(f) == 0);
	count_threads(); /* a sanitizer may have one of its own */
	idle = most_threads;
	forks = most_threads = 0;
	assert_int_equal(pthread_atfork(count_threads, NULL, NULL), 0);
	for (int i = 0; i < 10; i++) {
		struct options o;
		struct session s;

		options_init(&o);
		o.lexicons = lexicons;
		o.lexicon_count = 1;
		o.threads = 2;
		o.no_cache = true;
		assert_int_equal(session_open(&s, &o, NEED_THEMES), STATUS_DONE);
		assert_int_equal(session_close(&s, STATUS_DONE), STATUS_DONE);
		o.lexicons = NULL;
		o.lexicon_count = 0;
		options_release(&o);
	}
	unlink(path);
	assert_int_equal(forks, 10);
	assert_int_equal(most_threads, idle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(no_thread_runs_where_a_child_is_forked)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
