/* The child's side: shut every door, then convert or become the converter program. See sandbox.h for what the doors are.
 *
 * This process has one thread and nothing of the parent's memory, so anything may be called here. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "corpora/sandbox.h"
#include "corpora/sandbox_private.h"

/* The sanitizers' shadow memory is far over any limit of address space. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define LIMIT_MEMORY 0
#elif defined __has_feature
#define LIMIT_MEMORY !(__has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer))
#else
#define LIMIT_MEMORY 1
#endif

#define NOBODY 65534

const char sandbox_name[] = "themetally-converter";

static const struct {
	const char *name;
	converter_fn *run;
} built_in[] = {{"html", convert_html}, {"docx", convert_docx}, {"odt", convert_odt}};

_Noreturn static void not_started(const char *what, int error)
{
	dprintf(STDERR_FILENO, "%s%s%s", what, error ? ": " : "", error ? strerror(error) : "");
	_exit(SANDBOX_NOT_STARTED);
}

static void limit(int resource, rlim_t soft, rlim_t hard, const char *what)
{
	struct rlimit now;
	if (getrlimit(resource, &now) == 0 && now.rlim_max < hard) /* never over what the parent has */
		hard = now.rlim_max;
	if (soft > hard)
		soft = hard;
	if (setrlimit((__rlimit_resource_t)resource, &(struct rlimit){soft, hard}) != 0)
		not_started(what, errno);
}

static void set_limits(const char *cpu, const char *memory)
{
	rlim_t seconds = strtoul(cpu, NULL, 10);
	rlim_t bytes = strtoull(memory, NULL, 10);
	limit(RLIMIT_CPU, seconds, seconds + 1, "limit of CPU time");
	limit(RLIMIT_FSIZE, 0, 0, "limit of file size");
	limit(RLIMIT_CORE, 0, 0, "limit of core files");
	limit(RLIMIT_NOFILE, 32, 32, "limit of open files");
	if (LIMIT_MEMORY)
		limit(RLIMIT_AS, bytes, bytes, "limit of memory");
}

/* Root's powers are of no use here. Where the user namespace knows no other user root is none outside it either, so failing is no harm. */
static void drop_privileges(void)
{
	if (geteuid() != 0)
		return;
	if (setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0)
		if (setresuid(NOBODY, NOBODY, NOBODY) != 0)
			return;
}

/* One more place the program may read from and run. */
static void allow_beneath(int ruleset, int place)
{
	struct landlock_path_beneath_attr rule = {.parent_fd = place};
	rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;
	struct stat st;
	if (fstat(place, &st) == 0 && S_ISDIR(st.st_mode))
		rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
		not_started("file rules", errno);
}

/* The file system shrinks to the program, the libraries and its data. */
static void enter_landlock(int program)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 1)
		not_started("this kernel has no Landlock (Linux 5.13, switched on), without which PDFs are not opened", 0);
	/* One bit a right; later versions know more of them: 13, 14, 15, then 16 from version 5. */
	unsigned rights = version == 1 ? 13 : version == 2 ? 14 : version < 5 ? 15 : 16;
	struct {
		uint64_t handled_access_fs;
	} attributes = {(1ull << rights) - 1};
	long fd = syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
	if (fd < 0)
		not_started("file rules", errno);
	int ruleset = (int)fd;
	static const char *const places[] = {"/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/lib", "/lib64", "/usr/local/lib",
	                                     "/usr/share", "/usr/local/share", "/etc/ld.so.cache", "/etc/fonts"};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		int place = open(places[i], O_PATH | O_CLOEXEC);
		if (place < 0)
			continue; /* not on every system */
		allow_beneath(ruleset, place);
		close(place);
	}
	allow_beneath(ruleset, program);
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		not_started("file rules", errno);
	close(ruleset);
}

/* What a process needs to compute and to speak over the descriptors it has. */
static const int always[] = {
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(fstat),
	SCMP_SYS(newfstatat), SCMP_SYS(statx), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mprotect), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(brk), SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday),
	SCMP_SYS(time), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* What the loader and pdftotext need besides, all of it about files that Landlock lets it see. */
static const int program_too[] = {
	SCMP_SYS(execveat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getdents64), SCMP_SYS(getcwd), SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(arch_prctl),
	SCMP_SYS(set_tid_address), SCMP_SYS(set_robust_list), SCMP_SYS(rseq),
};

/* Not merely absent: to try one of these is to be up to something, and ends the process. */
static const int deadly[] = {
	SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4),
	SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(clone), SCMP_SYS(clone3), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(execve),
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(kill), SCMP_SYS(pidfd_open), SCMP_SYS(setsid),
	SCMP_SYS(setpgid), SCMP_SYS(mount), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(bpf), SCMP_SYS(io_uring_setup), SCMP_SYS(keyctl),
	SCMP_SYS(userfaultfd), SCMP_SYS(perf_event_open), SCMP_SYS(memfd_create), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename),
	SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(mkdir), SCMP_SYS(mkdirat), SCMP_SYS(symlink), SCMP_SYS(link), SCMP_SYS(linkat),
	SCMP_SYS(chmod), SCMP_SYS(fchmodat), SCMP_SYS(chown), SCMP_SYS(creat), SCMP_SYS(truncate),
};

static void add(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int e = seccomp_rule_add(filter, action, calls[i], 0);
		if (e && e != -EDOM && e != -EFAULT) /* a call this architecture does not have */
			not_started("system call filter", -e);
	}
}

static void enter_seccomp(bool program)
{
	/* A call not named is answered as by a kernel that does not have it: libraries fall back. */
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	if (!filter)
		not_started("system call filter", ENOMEM);
	add(filter, SCMP_ACT_ALLOW, always, sizeof always / sizeof *always);
	add(filter, SCMP_ACT_KILL_PROCESS, deadly, sizeof deadly / sizeof *deadly);
	int e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, SCMP_A0_64(SCMP_CMP_EQ, 0, 0), SCMP_A2_64(SCMP_CMP_EQ, 0, 0));
	if (program) {
		add(filter, SCMP_ACT_ALLOW, program_too, sizeof program_too / sizeof *program_too);
		const uint64_t writing = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;
		if (!e)
			e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, SCMP_A2_64(SCMP_CMP_MASKED_EQ, writing, O_RDONLY));
		if (!e)
			e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, SCMP_A1_64(SCMP_CMP_EQ, F_GETFL, 0));
		if (!e)
			e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, SCMP_A1_64(SCMP_CMP_EQ, F_SETFD, 0));
		if (!e)
			e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, SCMP_A1_64(SCMP_CMP_EQ, F_GETFD, 0));
	}
	if (!e)
		e = seccomp_load(filter);
	if (e)
		not_started("system call filter", -e);
	seccomp_release(filter);
}

static bool write_all(int fd, const void *bytes, size_t length)
{
	const char *p = bytes;
	while (length) {
		ssize_t n = write(fd, p, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		length -= (size_t)n;
	}
	return true;
}

_Noreturn static void convert_here(converter_fn *run)
{
	struct stat st;
	if (fstat(STDIN_FILENO, &st) != 0)
		not_started("input", errno);
	size_t length = (size_t)st.st_size;
	const unsigned char *bytes = (const unsigned char *)"";
	if (length) {
		void *mapped = mmap(NULL, length, PROT_READ, MAP_PRIVATE, STDIN_FILENO, 0);
		if (mapped == MAP_FAILED)
			_exit(SANDBOX_EXHAUSTED);
		bytes = mapped;
	}
	struct conversion c = {0};
	run(bytes, length, &c);
	if (c.code != FAULT_NONE) {
		write_all(STDERR_FILENO, c.why, strlen(c.why));
		_exit(SANDBOX_FAULT + (int)c.code);
	}
	struct sandbox_head head = {c.replaced, c.title.length};
	bool done = write_all(STDOUT_FILENO, &head, sizeof head) && write_all(STDOUT_FILENO, c.title.data, c.title.length) &&
	            write_all(STDOUT_FILENO, c.text.data, c.text.length);
	_exit(done ? 0 : 1);
}

void sandbox_enter(const char *cpu, const char *memory, int image)
{
	drop_privileges();
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* the parent gone, nobody wants the text */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		not_started("no new privileges", errno);
	prctl(PR_SET_DUMPABLE, 0);
	set_limits(cpu, memory);
	if (image >= 0)
		enter_landlock(image);
	enter_seccomp(image >= 0);
}

/* Runs before main() of every program this is linked into, and does nothing in all but the child. */
__attribute__((constructor)) static void converter_main(int argc, char **argv)
{
	if (argc < SANDBOX_ARGUMENTS || strcmp(argv[0], sandbox_name) != 0)
		return;
	char *const *program = argc > SANDBOX_ARGUMENTS ? argv + SANDBOX_ARGUMENTS : NULL;
	converter_fn *run = NULL;
	for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++)
		if (strcmp(argv[1], built_in[i].name) == 0)
			run = built_in[i].run;
	if (!program == !run)
		not_started("no converter of that name", 0);
	int image = -1;
	if (program && (image = open(program[0], O_PATH | O_CLOEXEC)) < 0)
		not_started(program[0], errno);
	sandbox_enter(argv[2], argv[3], image);
	if (!program)
		convert_here(run);
	execveat(image, "", program, environ, AT_EMPTY_PATH);
	not_started(program[0], errno);
}
