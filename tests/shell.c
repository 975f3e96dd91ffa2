#include "tests/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"

static char scratch[] = "/dev/shm/themetally-XXXXXX";

int shell_set_up(void **state)
{
	(void)state;
	char here[4096], path[8192];
	const char *program = getenv("THEMETALLY");
	if (!mkdtemp(scratch) || !getcwd(here, sizeof here))
		return -1;
	program = program ? program : "./themetally";
	snprintf(path, sizeof path, "%s/%s", *program == '/' ? "" : here, program);
	setenv("T", path, 1);
	setenv("D", here, 1);
	snprintf(path, sizeof path, "%s/corpora/sample", here);
	setenv("S", path, 1);
	setenv("XDG_CACHE_HOME", scratch, 1);
	return 0;
}

int shell_tear_down(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof command, "rm -rf '%s'", scratch);
	return system(command);
}

const char *shell_folder(void)
{
	return scratch;
}

int shell_status(const char *script)
{
	struct buf command = BUF_INIT;
	buf_printf(&command, "cd %s && { test ! -e err || mv err err.before; } && exec 2>err && %s", scratch, script);
	int result = system(command.data);
	buf_release(&command);
	return WIFEXITED(result) ? WEXITSTATUS(result) : -1;
}

void shell_run(int status, const char *script)
{
	int found = shell_status(script);
	if (found == status)
		return;
	struct buf command = BUF_INIT;
	buf_printf(&command, "tail -5 %s/err >&2", scratch);
	int shown = system(command.data);
	(void)shown;
	buf_release(&command);
	fail_msg("status %d, expected %d: %s", found, status, script);
}

void shell_put_bytes(const char *name, const void *bytes, size_t length)
{
	char path[200];
	snprintf(path, sizeof path, "%s/%s", scratch, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, length, f), length);
	assert_int_equal(fclose(f), 0);
}

void shell_put(const char *name, const char *text)
{
	shell_put_bytes(name, text, strlen(text));
}
