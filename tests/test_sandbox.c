/* The sandbox from the inside. A stand-in for pdftotext is this very program under another name: the part of its name after the last
 * slash says what it tries. Where the attempt does not end it, it writes "held", or "breach" if it got through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/landlock.h>

#include "corpora/document.h"
#include "corpora/sandbox.h"
#include "corpora/sandbox_private.h"

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* ---- attempts: true is a breach ---- */

static bool opens_a_file(void)
{
	static const char *const paths[] = {"/etc/passwd", "/proc/self/environ", "/proc/self/maps", "/", "/tmp", "/dev/null", "."};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (open(paths[i], O_RDONLY) >= 0)
			return true;
	return false;
}

static bool writes_a_file(void)
{
	return open("/tmp/themetally-breach", O_WRONLY | O_CREAT, 0600) >= 0 || open("/usr/lib/themetally-breach", O_RDWR | O_CREAT, 0600) >= 0 ||
	       open("/tmp", O_TMPFILE | O_RDWR, 0600) >= 0 || openat(AT_FDCWD, "/dev/stdout", O_WRONLY) >= 0;
}

static bool connects(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool connects_locally(void)
{
	int ends[2];
	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0;
}

static bool forks(void)
{
	return fork() >= 0;
}

static bool executes(void)
{
	execl("/bin/sh", "sh", "-c", "echo breach", (char *)NULL);
	return false;
}

static bool executes_by_descriptor(void)
{
	int fd = open("/usr/bin/env", O_PATH);
	char *const argv[] = {(char[]){"env"}, NULL};
	if (fd >= 0)
		execveat(fd, "", argv, argv + 1, AT_EMPTY_PATH);
	return false;
}

static bool signals_its_parent(void)
{
	return kill(getppid(), 0) == 0;
}

static bool raises_its_limits(void)
{
	return setrlimit(RLIMIT_CPU, &(struct rlimit){1000, 1000}) == 0 || setrlimit(RLIMIT_NOFILE, &(struct rlimit){64, 64}) == 0;
}

static bool has_more_descriptors(void)
{
	for (int fd = 3; fd < 1024; fd++)
		if (lseek(fd, 0, SEEK_CUR) != -1 || errno != EBADF)
			return true;
	return false;
}

static bool is_root(void)
{
	return geteuid() == 0 || getuid() == 0;
}

static bool has_an_environment(void)
{
	return getenv("HOME") || getenv("PATH");
}

static bool loops(void)
{
	volatile bool on = true;
	while (on)
		;
	return true;
}

static bool sleeps(void)
{
	volatile bool on = true;
	while (on)
		nanosleep(&(struct timespec){1, 0}, NULL);
	return true;
}

static bool closes_and_sleeps(void)
{
	close(1);
	close(2);
	return sleeps();
}

static bool floods(void)
{
	static char piece[1 << 16];
	memset(piece, 'x', sizeof piece);
	while (write(1, piece, sizeof piece) > 0)
		;
	return false;
}

static bool floods_its_complaint(void)
{
	static char piece[1 << 16];
	for (int i = 0; i < 64; i++)
		if (write(2, piece, sizeof piece) < 0)
			return true;
	return false;
}

static bool eats(void)
{
	for (size_t mib = 0; mib < 512; mib++) {
		volatile char *p = malloc(1 << 20);
		if (!p)
			return false;
		for (size_t i = 0; i < 1 << 20; i += 4096)
			p[i] = 1;
	}
	return true;
}

static bool crashes(void)
{
	volatile char *volatile nowhere = NULL;
	*nowhere = 1;
	return true;
}

static bool fails(void)
{
	_exit(42);
}

static bool misses_its_libraries(void)
{
	_exit(127); /* as the loader does */
}

static bool speaks_no_text(void)
{
	return write(1, "caf\xE9", 4) < 0;
}

static const struct attempt {
	const char *name;
	bool (*run)(void);
	enum fault_code code;   /* FAULT_NONE: it is held, and lives */
	const char *message;
} attempts[] = {
	{"opens", opens_a_file, FAULT_NONE, NULL},
	{"writes", writes_a_file, FAULT_NONE, NULL},
	{"connects", connects, FAULT_CONVERTER, "may not do"},
	{"connects-locally", connects_locally, FAULT_CONVERTER, "may not do"},
	{"forks", forks, FAULT_CONVERTER, "may not do"},
	{"executes", executes, FAULT_CONVERTER, "may not do"},
	{"executes-by-descriptor", executes_by_descriptor, FAULT_NONE, NULL},
	{"signals", signals_its_parent, FAULT_CONVERTER, "may not do"},
	{"raises", raises_its_limits, FAULT_NONE, NULL},
	{"inherits", has_more_descriptors, FAULT_NONE, NULL},
	{"root", is_root, FAULT_NONE, NULL},
	{"environment", has_an_environment, FAULT_NONE, NULL},
	{"loops", loops, FAULT_CONVERTER, "CPU time"},
	{"sleeps", sleeps, FAULT_CONVERTER, "out of time"},
	{"closes", closes_and_sleeps, FAULT_CONVERTER, "out of time"},
	{"floods", floods, FAULT_LIMIT, "more text"},
	{"complains", floods_its_complaint, FAULT_NONE, NULL},
	{"eats", eats, FAULT_NONE, NULL},
	{"crashes", crashes, FAULT_CONVERTER, "crashed"},
	{"fails", fails, FAULT_CONVERTER, "pdftotext failed"},
	{"misses", misses_its_libraries, FAULT_CONVERTER, "libraries"},
	{"speaks", speaks_no_text, FAULT_CONVERTER, "no text"},
};
#define ATTEMPTS (sizeof attempts / sizeof *attempts)

/* ---- the tests ---- */

static char folder[] = "/tmp/themetally-test-XXXXXX";

static bool landlock(void)
{
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1)
		return true;
	print_message("skipped: this kernel has no Landlock\n");
	return false;
}

static const char pdf[] = "%PDF-1.4 stand-in\n%%EOF\n";

static enum document_status convert_by(const char *program, unsigned cpu, unsigned wall, struct document *d, struct fault *fault, struct document_reader **r)
{
	struct document_options options = DOCUMENT_OPTIONS_DEFAULT;
	options.pdftotext = program;
	options.converter_cpu_seconds = cpu;
	options.converter_wall_seconds = wall;
	options.converter_memory = 256u << 20;
	options.converter_output = 1u << 20;
	*r = document_reader_new(&options);
	struct member m = {.name = "a.pdf", .file_name = "a.pdf", .bytes = (const unsigned char *)pdf, .length = sizeof pdf - 1, .format = MEMBER_PDF, .first_line = 1};
	document_begin(*r, &m);
	return document_next(*r, d, fault);
}

static void every_attempt_is_held(void **state)
{
	(void)state;
	if (!landlock())
		return;
	if (SANITIZED) { /* its runtime needs files at its start */
		print_message("skipped: a stand-in built with a sanitizer cannot start in the sandbox\n");
		return;
	}
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	assert_true(n > 0);
	self[n] = '\0';
	for (size_t i = 0; i < ATTEMPTS; i++) {
		const struct attempt *a = &attempts[i];
		char path[sizeof folder + 40];
		snprintf(path, sizeof path, "%s/%s", folder, a->name);
		assert_int_equal(symlink(self, path), 0);
		struct document d;
		struct fault fault = {0};
		struct document_reader *r;
		bool waits = a->run == sleeps || a->run == closes_and_sleeps;
		enum document_status status = convert_by(path, a->run == loops ? 1 : 20, waits ? 1 : 20, &d, &fault, &r);
		if (a->code == FAULT_NONE && status != DOCUMENT_OK)
			fail_msg("%s: %s", a->name, fault.message);
		if (a->code == FAULT_NONE && (d.length != 4 || memcmp(d.text, "held", 4) != 0))
			fail_msg("%s got through", a->name);
		if (a->code != FAULT_NONE && (status != DOCUMENT_SKIPPED || fault.code != a->code || !strstr(fault.message, a->message)))
			fail_msg("%s: %s", a->name, status == DOCUMENT_SKIPPED ? fault.message : "was not refused");
		document_reader_free(r);
		unlink(path);
		assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing is left over */
		assert_int_equal(errno, ECHILD);
	}
}

/* Also under sanitizers. */
static void time_is_up_at_once(void **state)
{
	(void)state;
	struct document d;
	struct fault fault = {0};
	struct document_reader *r;
	assert_int_equal(convert_by("/usr/bin/env", 5, 0, &d, &fault, &r), DOCUMENT_SKIPPED);
	assert_int_equal(fault.code, FAULT_CONVERTER);
	assert_non_null(strstr(fault.message, "out of time"));
	document_reader_free(r);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void no_program_is_named(void **state)
{
	(void)state;
	struct document d;
	struct fault fault = {0};
	struct document_reader *r;
	assert_int_equal(convert_by("/nowhere/pdftotext", 5, 5, &d, &fault, &r), DOCUMENT_SKIPPED);
	assert_int_equal(fault.code, FAULT_CONVERTER);
	assert_non_null(strstr(fault.message, "/nowhere/pdftotext"));
	document_reader_free(r);
}

/* The built-in converters' doors are tried in a child of this program. */
static void built_in_doors_are_shut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ATTEMPTS; i++) {
		const struct attempt *a = &attempts[i];
		if (a->code != FAULT_NONE && strcmp(a->message, "may not do") != 0)
			continue;
		if (a->run == eats || a->run == has_more_descriptors || a->run == has_an_environment || a->run == floods_its_complaint)
			continue; /* of the parent's doing, or tried above */
		pid_t pid = fork();
		if (pid == 0) {
			sandbox_enter("5", "1073741824", -1);
			_exit(a->run() ? 99 : 0);
		}
		int status;
		assert_int_equal(waitpid(pid, &status, 0), pid);
		bool held = (WIFEXITED(status) && WEXITSTATUS(status) == 0) || (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
		if (!held)
			fail_msg("%s: status %x", a->name, status);
	}
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	for (size_t i = 0; argc > 1 && i < ATTEMPTS; i++)
		if (name && strcmp(name + 1, attempts[i].name) == 0) {
			const char *word = attempts[i].run() ? "breach" : "held";
			return write(1, word, strlen(word)) < 0;
		}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_attempt_is_held),
		cmocka_unit_test(time_is_up_at_once),
		cmocka_unit_test(no_program_is_named),
		cmocka_unit_test(built_in_doors_are_shut),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
