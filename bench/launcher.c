#include "bench/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

static int requests = -1, replies = -1;

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static bool read_all(int file, void *bytes, size_t length)
{
	for (size_t n = 0; n < length;) {
		ssize_t k = read(file, (char *)bytes + n, length - n);
		if (k <= 0 && !(k < 0 && errno == EINTR))
			return false;
		n += k > 0 ? (size_t)k : 0;
	}
	return true;
}

static void write_all(int file, const void *bytes, size_t length)
{
	for (size_t n = 0; n < length;) {
		ssize_t k = write(file, (const char *)bytes + n, length - n);
		if (k < 0 && errno != EINTR)
			fail("launcher");
		n += k > 0 ? (size_t)k : 0;
	}
}

static struct launch run(const char *command, const char *output, char **variables)
{
	struct launch l = {0};
	struct rusage used;
	int status;
	double start = clock_seconds();
	pid_t pid = fork();
	if (pid == 0) {
		int in = open("/dev/null", O_RDONLY), out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0666);
		if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0)
			_exit(126);
		execle("/bin/sh", "sh", "-c", command, (char *)NULL, variables);
		_exit(127);
	}
	while (pid < 0 || wait4(pid, &status, 0, &used) < 0)
		if (pid < 0 || errno != EINTR)
			fail("launcher");
	l.seconds = clock_seconds() - start;
	l.cpu_seconds = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
	l.peak_kib = (uint64_t)used.ru_maxrss;
	l.failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	return l;
}

/* A request is its length, then NUL-ended strings: output, command, variables. */
static _Noreturn void serve(int in, int out)
{
	size_t length;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	while (read_all(in, &length, sizeof length)) {
		char *text = mem_alloc(length + 1), *variables[64];
		size_t n = 0;
		if (!read_all(in, text, length))
			break;
		text[length] = 0;
		char *output = text, *command = output + strlen(output) + 1;
		for (char *v = command + strlen(command) + 1; v < text + length && n < 63; v += strlen(v) + 1)
			variables[n++] = v;
		variables[n] = NULL;
		struct launch l = run(command, output, variables);
		write_all(out, &l, sizeof l);
		free(text);
	}
	_exit(0);
}

void launcher_start(void)
{
	int to[2], from[2];
	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		fail("pipe");
	pid_t pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		close(to[1]);
		close(from[0]);
		serve(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	requests = to[1];
	replies = from[0];
}

struct launch launcher_run(const char *command, const char *output, char *const *variables)
{
	struct buf request = BUF_INIT;
	struct launch l;
	buf_append(&request, output, strlen(output) + 1);
	buf_append(&request, command, strlen(command) + 1);
	for (; *variables; variables++)
		buf_append(&request, *variables, strlen(*variables) + 1);
	write_all(requests, &request.length, sizeof request.length);
	write_all(requests, request.data, request.length);
	buf_release(&request);
	if (!read_all(replies, &l, sizeof l))
		fail("launcher");
	return l;
}
