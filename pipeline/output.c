#include "pipeline/output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "pipeline/message.h"

/* Read by the signal handler; set before the file exists and cleared after it has its final name. */
static char *volatile half_written;

void output_remove_half_written(void)
{
	if (half_written)
		unlink(half_written);
}

static void on_signal(int number)
{
	output_remove_half_written();
	signal(number, SIG_DFL);
	raise(number);
}

void output_handle_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	sigemptyset(&action.sa_mask);
	int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct sigaction old;
		sigaction(numbers[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &action, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error of the write, as a full disk is */
	mem_on_exhaustion(output_remove_half_written);
}

int output_open(struct output *out, const char *path)
{
	*out = (struct output){0};
	if (!path || strcmp(path, "-") == 0) {
		out->file = stdout;
		return 0;
	}
	struct stat st;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* /dev/null, a FIFO: nothing to rename over */
		out->file = fopen(path, "we");
		if (!out->file) {
			message_error("cannot write %s: %s", path, strerror(errno));
			return -1;
		}
		return 0;
	}
	struct buf name = BUF_INIT;
	buf_printf(&name, "%s.%ld.tmp", path, (long)getpid());
	out->path = path;
	out->temporary = buf_detach(&name);
	half_written = out->temporary;
	int fd = open(out->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd >= 0)
		out->file = fdopen(fd, "w");
	if (!out->file) {
		message_error("cannot write %s: %s", path, strerror(errno));
		if (fd >= 0) {
			close(fd);
			unlink(out->temporary);
		}
		half_written = NULL;
		free(out->temporary);
		return -1;
	}
	return 0;
}

int output_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int result = fsync(fd);
	close(fd);
	return result;
}

int output_sync_directory(const char *path)
{
	char *copy = mem_strdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(copy);
	if (fd < 0)
		return -1;
	int result = fsync(fd);
	close(fd);
	return result;
}

int output_commit(struct output *out)
{
	int error = 0;
	errno = 0;
	if (fflush(out->file) != 0 || ferror(out->file))
		error = errno ? errno : EIO;
	if (!out->path) {
		if (out->file != stdout && fclose(out->file) != 0 && !error)
			error = errno;
		if (error == EPIPE || !error)
			return 0;
		message_error("cannot write the output: %s", strerror(error));
		return -1;
	}
	if (!error && fsync(fileno(out->file)) != 0 && errno != EINVAL)
		error = errno;
	if (fclose(out->file) != 0 && !error)
		error = errno;
	if (!error && rename(out->temporary, out->path) != 0)
		error = errno;
	if (error) {
		message_error("cannot write %s: %s", out->path, strerror(error));
		unlink(out->temporary);
	} else {
		output_sync_directory(out->path);
	}
	half_written = NULL;
	free(out->temporary);
	return error ? -1 : 0;
}

void output_abandon(struct output *out)
{
	if (!out->path) {
		fflush(out->file);
		return;
	}
	fclose(out->file);
	unlink(out->temporary);
	half_written = NULL;
	free(out->temporary);
}
