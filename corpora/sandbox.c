/* The parent's side: start, feed, listen, end. The child's is in sandbox_child.c. */
#include "corpora/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "corpora/sandbox_private.h"

#define COMPLAINT_MAX 4096u

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#endif

void sandbox_result_release(struct sandbox_result *r)
{
	buf_release(&r->out);
	buf_release(&r->err);
	*r = (struct sandbox_result){0};
}

static enum fault_code why(struct sandbox_result *r, enum fault_code code, const char *what)
{
	snprintf(r->why, sizeof r->why, "%s", what);
	return code;
}

/* Above the standard three, so that placing them for the child cannot overwrite one with another. */
static int above_standard(int fd)
{
	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	int other = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return other;
}

/* The bytes as a sealed file without a name, or -1. */
static int sealed_input(const unsigned char *input, size_t length)
{
	int made = memfd_create("member", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
	if (made < 0 && errno == EINVAL) /* before Linux 6.3; later ones may insist on it */
		made = memfd_create("member", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int fd = above_standard(made);
	if (fd < 0)
		return -1;
	for (size_t at = 0; at < length;) {
		ssize_t n = write(fd, input + at, length - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			goto failed;
		at += (size_t)n;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0 && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
failed:
	close(fd);
	return -1;
}

static bool pipe_above_standard(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	ends[0] = above_standard(ends[0]);
	ends[1] = above_standard(ends[1]);
	if (ends[0] >= 0 && ends[1] >= 0)
		return true;
	for (int i = 0; i < 2; i++)
		if (ends[i] >= 0)
			close(ends[i]);
	return false;
}

/* 0 or an errno. */
static int start(pid_t *pid, char *const *arguments, int in, int out, int err)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t all, none;
	sigfillset(&all);
	sigemptyset(&none);
	static char locale[] = "LC_ALL=C.UTF-8";
	static char *const environment[] = {locale, NULL};
	int e = posix_spawn_file_actions_init(&files);
	if (e)
		return e;
	e = posix_spawnattr_init(&attributes);
	if (e) {
		posix_spawn_file_actions_destroy(&files);
		return e;
	}
	const int places[3][2] = {{in, STDIN_FILENO}, {out, STDOUT_FILENO}, {err, STDERR_FILENO}};
	for (int i = 0; i < 3 && !e; i++)
		e = posix_spawn_file_actions_adddup2(&files, places[i][0], places[i][1]);
	if (!e)
		e = posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	if (!e)
		e = posix_spawnattr_setsigdefault(&attributes, &all);
	if (!e)
		e = posix_spawnattr_setsigmask(&attributes, &none);
	if (!e)
		e = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	if (!e)
		e = posix_spawn(pid, "/proc/self/exe", &files, &attributes, arguments, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return e;
}

/* Reads once; false at the end. What is beyond max is read and dropped; *over says so. */
static bool take(int fd, struct buf *into, uint64_t max, bool *over)
{
	char piece[1 << 16];
	ssize_t n = read(fd, piece, sizeof piece);
	if (n <= 0)
		return n < 0 && errno == EINTR;
	size_t room = into->length < max ? (size_t)(max - into->length) : 0;
	*over |= (size_t)n > room;
	buf_append(into, piece, (size_t)n < room ? (size_t)n : room);
	return true;
}

/* Until both are at their end. */
static enum fault_code listen_to(int out, int err, const struct document_options *limits, double deadline, struct sandbox_result *r)
{
	struct pollfd fds[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
	bool over = false, ignored = false;
	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		int left = clock_left_ms(deadline), n = left ? poll(fds, 2, left) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return why(r, FAULT_CONVERTER, "the converter ran out of time and was ended");
		if (fds[0].revents && !take(out, &r->out, limits->converter_output, &over))
			fds[0].fd = -1;
		if (fds[1].revents && !take(err, &r->err, COMPLAINT_MAX, &ignored))
			fds[1].fd = -1;
		if (over)
			return why(r, FAULT_LIMIT, "the converter wrote more text than allowed and was ended (limit converter-output)");
	}
	return FAULT_NONE;
}

/* Waits for its end, at most to the deadline; it is killed in any case, with all that it may have started. */
static bool reap(pid_t pid, double deadline, bool at_once, int *status)
{
	bool in_time = false;
	for (unsigned pause_us = 50; !at_once && !in_time && clock_seconds() < deadline; pause_us = pause_us < 5000 ? pause_us * 2 : 5000) {
		siginfo_t info = {0};
		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
			break;
		in_time = info.si_pid == pid;
		if (!in_time)
			usleep(pause_us);
	}
	kill(-pid, SIGKILL); /* before the child is reaped: its number cannot be another's yet */
	kill(pid, SIGKILL);
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return false;
	return in_time;
}

static enum fault_code judge(int status, const char *program, struct sandbox_result *r)
{
	if (WIFSIGNALED(status)) {
		switch (WTERMSIG(status)) {
		case SIGSYS:
			return why(r, FAULT_CONVERTER, "the converter tried something it may not do and was ended");
		case SIGXCPU:
		case SIGKILL:
			return why(r, FAULT_CONVERTER, "the converter used up its CPU time and was ended (limit converter-cpu)");
		default:
			snprintf(r->why, sizeof r->why, "the converter crashed (signal %d): damaged file, or over the limit of memory", WTERMSIG(status));
			return FAULT_CONVERTER;
		}
	}
	r->status = WEXITSTATUS(status);
	if (r->status == SANDBOX_NOT_STARTED) {
		snprintf(r->why, sizeof r->why, "no converter: %.150s", r->err.data ? r->err.data : "");
		return FAULT_CONVERTER;
	}
	if (program || r->status == 0)
		return FAULT_NONE;
	if (r->status == SANDBOX_EXHAUSTED)
		return why(r, FAULT_LIMIT, "the converter needed more memory than allowed (limit converter-memory)");
	if (r->status > SANDBOX_FAULT && r->status < SANDBOX_FAULT + FAULT_CODES)
		return why(r, (enum fault_code)(r->status - SANDBOX_FAULT), r->err.data ? r->err.data : "");
	return why(r, FAULT_CONVERTER, "the converter failed");
}

enum fault_code sandbox_run(const struct document_options *limits, const char *converter, const char *program, const char *const *arguments,
                            const unsigned char *input, size_t length, struct sandbox_result *r)
{
	buf_clear(&r->out);
	buf_clear(&r->err);
	r->why[0] = '\0';
	r->status = -1;

	char cpu[16], memory[32];
	snprintf(cpu, sizeof cpu, "%u", limits->converter_cpu_seconds);
	snprintf(memory, sizeof memory, "%llu", (unsigned long long)limits->converter_memory);
	const char *line[SANDBOX_ARGUMENTS_MAX + 1] = {sandbox_name, converter, cpu, memory};
	size_t n = SANDBOX_ARGUMENTS;
	if (program) {
		line[n++] = program;
		for (size_t i = 0; arguments[i] && n < SANDBOX_ARGUMENTS_MAX; i++)
			line[n++] = arguments[i];
	}

	int out[2], err[2], status = 0;
	pid_t pid;
	int in = sealed_input(input, length);
	if (in < 0)
		return why(r, FAULT_CONVERTER, "no memory for the converter's input");
	if (!pipe_above_standard(out)) {
		close(in);
		return why(r, FAULT_CONVERTER, "no pipe to the converter");
	}
	if (!pipe_above_standard(err)) {
		close(in);
		close(out[0]);
		close(out[1]);
		return why(r, FAULT_CONVERTER, "no pipe to the converter");
	}
	double deadline = clock_seconds() + limits->converter_wall_seconds;
	int failed = start(&pid, (char *const *)(void *)line, in, out[1], err[1]);
	close(in);
	close(out[1]);
	close(err[1]);
	enum fault_code code;
	if (failed) {
		snprintf(r->why, sizeof r->why, "no converter: %s", strerrordesc_np(failed));
		code = FAULT_CONVERTER;
	} else {
		code = listen_to(out[0], err[0], limits, deadline, r);
		bool in_time = reap(pid, deadline, code != FAULT_NONE, &status);
		if (code == FAULT_NONE)
			code = in_time ? judge(status, program, r) : why(r, FAULT_CONVERTER, "the converter ran out of time and was ended");
	}
	close(out[0]);
	close(err[0]);
	return code;
}

bool sandbox_unpack(const struct buf *out, const char **text, size_t *text_length, const char **title, size_t *title_length, uint64_t *replaced)
{
	struct sandbox_head head;
	if (out->length < sizeof head)
		return false;
	memcpy(&head, out->data, sizeof head);
	if (head.title_length > out->length - sizeof head)
		return false;
	*title = out->data + sizeof head;
	*title_length = (size_t)head.title_length;
	*text = *title + *title_length;
	*text_length = out->length - sizeof head - *title_length;
	*replaced = head.replaced;
	return true;
}
