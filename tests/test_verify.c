/* --verify over the command line, on an engine that is broken on purpose: the linker puts __wrap_scanner_scan in the place of
 * scanner_scan (see the Makefile), which loses a candidate wherever a text holds the word "drop" before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "matchers/matcher.h"
#include "pipeline/command.h"

static bool broken;

enum scan_status __real_scanner_scan(struct scanner *s, const char *text, size_t length, struct scan *scan);
enum scan_status __wrap_scanner_scan(struct scanner *s, const char *text, size_t length, struct scan *scan);
enum scan_status __wrap_scanner_scan(struct scanner *s, const char *text, size_t length, struct scan *scan)
{
	enum scan_status status = __real_scanner_scan(s, text, length, scan);
	const char *drop = broken && status == SCAN_OK ? memmem(text, length, "drop ", 5) : NULL;
	if (!drop || !scan->candidate_count)
		return status;
	static _Thread_local struct candidate kept[1000];
	size_t count = 0;
	for (size_t i = 0, lost = 0; i < scan->candidate_count && count < 1000; i++)
		if (!lost && scan_token_start(s, scan->candidates[i].first) > (size_t)(drop - text))
			lost = 1;
		else
			kept[count++] = scan->candidates[i];
	scan->candidates = kept;
	scan->candidate_count = count;
	return status;
}

static char folder[] = P_tmpdir "/verify-XXXXXX";

static void put(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chdir(folder) != 0)
		return -1;
	put("t.tsv", "theme\tpattern\na\tneglect\na\tlack ~3 care\n");
	put("c.jsonl", "{\"date\":\"2015\",\"text\":\"The first review speaks of neglect.\"}\n"
	               "{\"date\":\"2016\",\"text\":\"We let the pen drop and then, much later, saw a lack of any care. \\u00c9t\\u00e9 and neglect followed.\"}\n"
	               "{\"date\":\"2017\",\"text\":\"A third one, with neglect and a drop of rain after it.\"}\n");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	static const char *const made[] = {"t.tsv", "c.jsonl", "err", "out.csv"};
	for (size_t i = 0; i < sizeof made / sizeof *made; i++)
		unlink(made[i]);
	return chdir("/") || rmdir(folder);
}

/* Runs a command over the corpus; its messages come back, for the caller to free. */
static char *run(int (*command)(int, char **), const char *rate, int status)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		char *argv[] = {(char *)"themetally", (char *)"-q", (char *)"--no-cache", (char *)"-l", (char *)"t.tsv", (char *)"--verify", (char *)rate,
		                (char *)"-o", (char *)"out.csv", (char *)"c.jsonl", NULL};
		if (!freopen("err", "w", stderr))
			_exit(99);
		int result = command(10, argv);
		fflush(stderr);
		_exit(result);
	}
	int ended;
	waitpid(child, &ended, 0);
	FILE *f = fopen("err", "r");
	struct buf messages = BUF_INIT;
	for (int c; f && (c = getc(f)) != EOF;)
		buf_append_char(&messages, (char)c);
	buf_append_char(&messages, '\0');
	fclose(f);
	if (!WIFEXITED(ended) || WEXITSTATUS(ended) != status)
		fail_msg("status %d, expected %d: %s", WIFEXITED(ended) ? WEXITSTATUS(ended) : -1, status, messages.data);
	return buf_detach(&messages);
}

static void a_sound_engine_passes(void **state)
{
	(void)state;
	broken = false;
	char *messages = run(cmd_count, "1", 0);
	assert_string_equal(messages, "");
	free(messages);
	assert_int_equal(unlink("out.csv"), 0);
}

/* The run fails, writes nothing, and names the review and the smallest text: the word that breaks the engine, and the least that is lost. */
static void a_broken_engine_fails_the_run(void **state)
{
	(void)state;
	broken = true;
	static int (*const commands[])(int, char **) = {cmd_count, cmd_matrix, cmd_kwic, cmd_cooccur};
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		char *messages = run(commands[i], "1", 3);
		if (!strstr(messages, "c.jsonl:2#1: the engine and the reference counter disagree") ||
		    (!strstr(messages, "shows a difference: \"drop neglect\"") && !strstr(messages, "shows a difference: \"drop lack care\"")) ||
		    !strstr(messages, "only the reference has entry '"))
			fail_msg("%s", messages);
		free(messages);
		assert_int_not_equal(access("out.csv", F_OK), 0);
	}
}

static void no_rate_no_check(void **state)
{
	(void)state;
	broken = true;
	free(run(cmd_count, "0", 0));
	assert_int_equal(unlink("out.csv"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_engine_passes),
		cmocka_unit_test(a_broken_engine_fails_the_run),
		cmocka_unit_test(no_rate_no_check),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
