/* Outputs whose system calls fail one after another: the old file stays or the new one is whole, and nothing is left beside it. The linker puts
 * the functions of this file in the place of the calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/output.h"
#include "tests/shell.h"

static int calls, fail_at, fail_with; /* fail_at 0: none fails */
static bool stream_in_error, lasting;
static volatile sig_atomic_t raised;

static bool fails(void)
{
	if (!fail_at || (++calls != fail_at && !(lasting && calls > fail_at)))
		return false;
	errno = fail_with;
	return true;
}

#define WRAP(type, name, parameters, arguments, failed) \
	type __real_##name parameters;                      \
	type __wrap_##name parameters;                      \
	type __wrap_##name parameters { return fails() ? (failed) : __real_##name arguments; }

WRAP(FILE *, fdopen, (int fd, const char *mode), (fd, mode), NULL)
WRAP(int, fflush, (FILE *f), (f), EOF)
WRAP(int, fsync, (int fd), (fd), -1)
WRAP(int, rename, (const char *from, const char *to), (from, to), -1)

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	va_list more;
	va_start(more, flags);
	unsigned mode = flags & O_CREAT ? va_arg(more, unsigned) : 0;
	va_end(more);
	return fails() ? -1 : __real_open(path, flags, mode);
}

int __real_fclose(FILE *f);
int __wrap_fclose(FILE *f);
int __wrap_fclose(FILE *f)
{
	bool failed = fails();
	int result = __real_fclose(f);
	errno = failed ? fail_with : errno;
	return failed ? EOF : result;
}

int __real_ferror(FILE *f);
int __wrap_ferror(FILE *f);
int __wrap_ferror(FILE *f)
{
	return stream_in_error || __real_ferror(f);
}

int __wrap_raise(int number);
int __wrap_raise(int number)
{
	raised = number;
	return 0;
}

static char path[256], device[256];

static bool holds(const char *text)
{
	char found[64] = "";
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(found, sizeof found, f));
	fclose(f);
	return strcmp(found, text) == 0;
}

static void fail_from(int at, int with)
{
	calls = 0;
	fail_at = at;
	fail_with = with;
}

static int write_to(const char *where, const char *text)
{
	struct output out;
	if (output_open(&out, where) != 0)
		return -1;
	fputs(text, out.file);
	return output_commit(&out);
}

/* Once, or from then on. */
static void fail_each(bool from_then_on)
{
	bool more = true;
	int failed = 0;
	snprintf(path, sizeof path, "%s/out", shell_folder());
	assert_int_equal(write_to(path, "old"), 0);
	lasting = from_then_on;
	for (int at = 1; more; at++) {
		fail_from(at, EIO);
		int result = write_to(path, "new");
		more = calls >= at;
		fail_at = 0;
		assert_true(holds(result == 0 ? "new" : "old"));
		failed += result != 0;
		shell_run(0, "test \"$(ls)\" = \"$(printf 'err\\nout')\" || test \"$(ls)\" = \"$(printf 'err\\nerr.before\\nout')\"");
		assert_int_equal(write_to(path, "old"), 0);
	}
	assert_true(failed >= 6);
	lasting = false;
}

static void each_call_fails(void **state)
{
	(void)state;
	fail_each(false);
	fail_each(true);
}

static void a_stream_in_error_fails_without_a_number(void **state)
{
	(void)state;
	stream_in_error = true;
	assert_int_equal(write_to(path, "new"), -1);
	stream_in_error = false;
	assert_true(holds("old"));
}

/* What cannot be synced, as the file system says, is good all the same. */
static void a_file_system_without_sync_is_no_error(void **state)
{
	(void)state;
	fail_from(4, EINVAL); /* open, fdopen, fflush, fsync */
	int result = write_to(path, "new");
	fail_at = 0;
	assert_int_equal(result, 0);
	assert_true(holds("new"));
}

static void pipes_and_devices(void **state)
{
	(void)state;
	assert_int_equal(write_to("/dev/null", "x"), 0);
	assert_int_equal(write_to(shell_folder(), "x"), -1);
	snprintf(device, sizeof device, "%s/nowhere/out", shell_folder());
	assert_int_equal(write_to(device, "x"), -1);
	for (int at = 1; at <= 2; at++) { /* fflush, fclose */
		fail_from(at, ENOSPC);
		int result = write_to("/dev/null", "x");
		fail_at = 0;
		assert_int_equal(result, -1);
	}
	lasting = true;
	fail_from(1, ENOSPC);
	int all_fail = write_to("/dev/null", "x");
	fail_at = 0;
	lasting = false;
	assert_int_equal(all_fail, -1);
	struct output out;
	for (int with = EPIPE;; with = EIO) { /* a reader that has gone has what it wanted */
		assert_int_equal(output_open(&out, "-"), 0);
		fail_from(1, with);
		int result = output_commit(&out);
		fail_at = 0;
		assert_int_equal(result, with == EPIPE ? 0 : -1);
		if (with == EIO)
			break;
	}
	assert_int_equal(output_open(&out, NULL), 0);
	output_abandon(&out);
}

static void what_is_synced_by_name(void **state)
{
	(void)state;
	assert_int_equal(output_sync(path), 0);
	assert_int_equal(output_sync(device), -1);
	assert_int_equal(output_sync_directory(path), 0);
	assert_int_equal(output_sync_directory(device), -1);
}

static void a_signal_takes_the_half_away(void **state)
{
	(void)state;
	static const int numbers[] = {SIGTERM, SIGTERM}; /* the second with nothing to take away */
	struct output out;
	signal(SIGHUP, SIG_IGN); /* as under nohup */
	for (size_t i = 0; i < 2; i++) {
		struct sigaction now;
		output_handle_signals();
		assert_int_equal(sigaction(SIGHUP, NULL, &now), 0);
		assert_true(now.sa_handler == SIG_IGN);
		raised = 0;
		if (i == 0)
			assert_int_equal(output_open(&out, path), 0);
		kill(getpid(), numbers[i]);
		assert_int_equal(raised, numbers[i]); /* and would have ended this process */
		shell_run(0, "test -z \"$(ls | grep tmp)\"");
		if (i == 0)
			output_abandon(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_fails), cmocka_unit_test(a_stream_in_error_fails_without_a_number),
		cmocka_unit_test(a_file_system_without_sync_is_no_error), cmocka_unit_test(pipes_and_devices), cmocka_unit_test(what_is_synced_by_name),
		cmocka_unit_test(a_signal_takes_the_half_away)};
	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
