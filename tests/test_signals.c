/* Ctrl-C and its like end a run within a second, wherever it is, and leave no half-written file; a closed pipe ends it quietly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

static char folder[] = "/dev/shm/themetally-signals-XXXXXX", program[4096 + 64];

static void sleep_for(double seconds)
{
	struct timespec t = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
	nanosleep(&t, NULL);
}

/* A corpus whose check by the reference counter takes minutes. */
static void make_corpus(void)
{
	FILE *f = fopen("slow.jsonl", "w");
	assert_non_null(f);
	for (int i = 0; i < 3000; i++) {
		fprintf(f, "{\"date\":\"2015-01\",\"text\":\"Review %d.", i);
		for (int k = 0; k < 100; k++)
			fputs(" The child was neglected and domestic abuse was known to the agencies.", f);
		fputs("\"}\n", f);
	}
	fclose(f);
}

static int set_up(void **state)
{
	(void)state;
	char here[4096];
	const char *name = getenv("THEMETALLY");
	name = name ? name : "./themetally";
	if (!getcwd(here, sizeof here) || !mkdtemp(folder) || chdir(folder) != 0)
		return -1;
	snprintf(program, sizeof program, "%s/%s", *name == '/' ? "" : here, name);
	setenv("XDG_CACHE_HOME", folder, 1);
	make_corpus();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof command, "cd / && rm -rf '%s'", folder);
	return system(command);
}

/* Starts count -o out.csv on an input; *feed, if not NULL, becomes the writing end of its standard input. */
static pid_t start(const char *input, const char *share, int *feed)
{
	int ends[2] = {-1, -1};
	if (feed && pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		signal(SIGINT, SIG_DFL); /* whoever runs the tests beside a shell, or with nohup, may ignore them */
		signal(SIGHUP, SIG_DFL);
		if (feed)
			dup2(ends[0], 0);
		int nowhere = open("/dev/null", O_WRONLY);
		dup2(nowhere, 2);
		execl(program, "themetally", "count", "-q", "--verify", share, "-o", "out.csv", input, (char *)NULL);
		_exit(127);
	}
	if (feed) {
		close(ends[0]);
		*feed = ends[1];
	}
	return pid;
}

static bool anything_written(void)
{
	DIR *d = opendir(".");
	bool found = false;
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		found |= strstr(e->d_name, "out.csv") != NULL;
	closedir(d);
	return found;
}

/* Sends the signal after a while; the run must end by it within a second. */
static void ends_by(pid_t pid, int number, double after)
{
	int status;
	sleep_for(after);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	double sent = clock_seconds();
	kill(pid, number);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	double took = clock_seconds() - sent;
	assert_true(took < 1);
	assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == number : WEXITSTATUS(status) == 128 + number);
	assert_false(anything_written());
}

static void a_signal_ends_a_run_at_work(void **state)
{
	(void)state;
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		ends_by(start("slow.jsonl", "1", NULL), numbers[i], 0.3 + 0.4 * (double)i);
}

static void a_signal_ends_a_run_that_waits_for_input(void **state)
{
	(void)state;
	int feed = -1;
	pid_t pid = start("-", "0", &feed);
	ends_by(pid, SIGINT, 0.5);
	close(feed);
}

/* The reader goes away after the first bytes; the table is longer than a pipe holds. */
static void a_closed_pipe_ends_quietly(void **state)
{
	(void)state;
	char command[3 * sizeof program];
	snprintf(command, sizeof command, "{ '%s' kwic -q --theme 'harm*' slow.jsonl 2>err; echo $? >status; } | head -c 100 >/dev/null; test ! -s err && test $(cat status) -lt 3", program);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_ends_a_run_at_work), cmocka_unit_test(a_signal_ends_a_run_that_waits_for_input), cmocka_unit_test(a_closed_pipe_ends_quietly)};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
