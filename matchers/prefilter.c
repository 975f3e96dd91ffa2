/* From a PCRE2 expression to one that Hyperscan can compile and that matches at least wherever the other does. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cache.h"
#include "base/clock.h"
#include "base/mem.h"
#include "matchers/regex.h"

/* ---- rewriting ---- */

struct rewriting {
	const char *at;
	struct buf *out;  /* NULL: what is read is left out */
	bool failed;
};

static void put(struct rewriting *w, const char *s)
{
	if (w->out)
		buf_append_str(w->out, s);
}

static void put_bytes(struct rewriting *w, const char *from, const char *to)
{
	if (w->out)
		buf_append(w->out, from, (size_t)(to - from));
}

/* \x41 and \x{41}; at stands on the x. */
static void read_hex(struct rewriting *w)
{
	const char *from = w->at - 1;

	w->at++;
	if (*w->at == '{') {
		w->at += strcspn(w->at, "}");
		if (*w->at != '}') {
			w->failed = true;
			return;
		}
		w->at++;
	} else {
		size_t digits = strspn(w->at, "0123456789abcdefABCDEF");

		if (digits < 2) {
			w->failed = true;
			return;
		}
		w->at += 2;
	}
	put_bytes(w, from, w->at);
}

static void read_escape(struct rewriting *w)
{
	char c = *++w->at;

	if (c == 'x') {
		read_hex(w);
		return;
	}
	if (c == 'p' || c == 'P') {
		w->at++;
		if (*w->at == '{')
			w->at += strcspn(w->at, "}");
		if (*w->at)
			w->at++;
		put(w, ".");
		return;
	}
	if (c == 'N' && w->at[1] == '{') {
		w->failed = true;
		return;
	}
	if (c && strchr("wWdDsShHvVN", c)) { /* one character, by tables of Unicode that may differ */
		put(w, ".");
	} else if (c && strchr("bBK", c)) {
		put(w, "(?:)");
	} else if (c && (strchr("AzZtnrfea", c) || !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))) {
		put_bytes(w, w->at - 1, w->at);
		put_bytes(w, w->at, w->at + 1);
	} else {
		w->failed = true;
		return;
	}
	w->at++;
}

/* A class without escapes and named classes stays; any other becomes any character. */
static void read_class(struct rewriting *w)
{
	const char *from = w->at++;
	bool plain = true;

	if (*w->at == '^')
		w->at++;
	if (*w->at == ']')
		w->at++;
	for (; *w->at && *w->at != ']'; w->at++) {
		if (*w->at == '[' && (w->at[1] == ':' || w->at[1] == '.' || w->at[1] == '=')) {
			w->failed = true;
			return;
		}
		if (*w->at != '\\')
			continue;
		plain = false;
		if (!*++w->at || *w->at == 'Q' || *w->at == 'E') {
			w->failed = true;
			return;
		}
	}
	if (!*w->at) {
		w->failed = true;
		return;
	}
	w->at++;
	if (plain)
		put_bytes(w, from, w->at);
	else
		put(w, ".");
}

static void read_sequence(struct rewriting *w, unsigned depth);

static void read_group(struct rewriting *w, unsigned depth)
{
	struct buf *out = w->out;
	bool look = false;

	w->at++;
	if (*w->at == '*') {
		w->failed = true;
		return;
	}
	if (*w->at == '?') {
		const char *kind = w->at + 1;

		if (*kind == ':' || *kind == '>') {
			w->at += 2; /* what an atomic group matches, an ordinary one does */
		} else if (*kind == '=' || *kind == '!') {
			look = true;
			w->at += 2;
		} else if (*kind == '<' && (kind[1] == '=' || kind[1] == '!')) {
			look = true;
			w->at += 3;
		} else if (*kind == '<' || *kind == '\'' || (*kind == 'P' && kind[1] == '<')) {
			char close = *kind == '\'' ? '\'' : '>';

			w->at = strchr(kind + 2, close);
			if (!w->at) {
				w->failed = true;
				return;
			}
			w->at++;
		} else {
			w->failed = true;
			return;
		}
	}
	put(w, "(?:");
	if (look)
		w->out = NULL;
	read_sequence(w, depth + 1);
	w->out = out;
	if (*w->at != ')')
		w->failed = true;
	if (w->failed)
		return;
	w->at++;
	put(w, ")");
}

/* {3}, {3,} or {3,5} */
static bool is_repeat(const char *at)
{
	size_t low = strspn(at + 1, "0123456789");

	at += 1 + low;
	if (*at == ',')
		at += 1 + strspn(at + 1, "0123456789");
	return low > 0 && *at == '}';
}

static void read_sequence(struct rewriting *w, unsigned depth)
{
	if (depth > 60)
		w->failed = true;
	while (*w->at && *w->at != ')' && !w->failed) {
		char c = *w->at;

		if (c == '\\') {
			read_escape(w);
		} else if (c == '[') {
			read_class(w);
		} else if (c == '(') {
			read_group(w, depth);
		} else if (c == '{' && !is_repeat(w->at)) {
			w->failed = true; /* a literal brace to some versions of PCRE2, a repeat to others */
		} else {
			put_bytes(w, w->at, w->at + 1);
			w->at++;
			if ((c == '*' || c == '+' || c == '?' || c == '}') && *w->at == '+')
				w->at++; /* possessive: matches no more than the greedy one */
		}
	}
}

bool prefilter_form(const char *source, struct buf *out)
{
	struct rewriting w = {.at = source, .out = out};

	read_sequence(&w, 0);
	return !w.failed && !*w.at;
}

/* ---- compiling ---- */

enum { COMPILE_SECONDS = 10 };
#define COMPILE_BYTES ((rlim_t)2 << 30)

/* In the child: compiles those that are to be filtered, without those that Hyperscan refuses, and writes a byte for each form and then the automaton. */
static bool compile_to(int fd, const char *const *forms, size_t count, const bool *wanted)
{
	struct automaton_pattern *patterns = mem_alloc((count + 1) * sizeof *patterns);
	struct automaton *automaton = NULL;
	struct buf out = BUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (wanted[i])
			patterns[n++] = (struct automaton_pattern){forms[i], (uint32_t)i};
	while (n && !automaton) {
		size_t failed;
		char *error = NULL;

		automaton = automaton_prefilter(patterns, n, &failed, &error);
		free(error);
		if (automaton)
			break;
		if (failed >= n)
			return false;
		memmove(patterns + failed, patterns + failed + 1, (n - failed - 1) * sizeof *patterns);
		n--;
	}
	for (size_t i = 0; i < count; i++)
		buf_append_char(&out, 0);
	for (size_t i = 0; i < n; i++)
		out.data[patterns[i].id] = 1;
	if (automaton && !automaton_save(automaton, &out))
		return false;
	for (size_t at = 0; at < out.length;) {
		ssize_t written = write(fd, out.data + at, out.length - at);

		if (written <= 0)
			return false;
		at += (size_t)written;
	}
	return true;
}

static void limit_child(void)
{
	struct rlimit cpu = {COMPILE_SECONDS, COMPILE_SECONDS};

	setrlimit(RLIMIT_CPU, &cpu);
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__ /* which reserve far more */
	struct rlimit memory = {COMPILE_BYTES, COMPILE_BYTES};

	setrlimit(RLIMIT_AS, &memory);
#endif
}

/* Reads what the child writes, up to its end; false if the deadline came first. */
static bool read_until(int fd, double deadline, struct buf *out)
{
	for (;;) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		int left = clock_left_ms(deadline), found = left ? poll(&ready, 1, left) : 0;

		if (found < 0 && errno == EINTR)
			continue;
		if (found <= 0)
			return false;
		buf_reserve(out, 65536);
		ssize_t n = read(fd, out->data + out->length, 65536);

		if (n > 0)
			out->length += (size_t)n;
		else if (n == 0 || errno != EINTR)
			return n == 0;
	}
}

static bool compile_in_child(const char *const *forms, size_t count, const bool *wanted, double deadline, struct buf *out)
{
	int ends[2], status;

	if (clock_seconds() >= deadline || pipe(ends) != 0)
		return false;
	pid_t child = fork();

	if (child == 0) {
		close(ends[0]);
		limit_child();
		_exit(compile_to(ends[1], forms, count, wanted) ? 0 : 1);
	}
	close(ends[1]);
	if (child > 0 && !read_until(ends[0], deadline, out))
		kill(child, SIGKILL);
	close(ends[0]);
	if (child < 0)
		return false;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 && out->length >= count;
}

/* Finds by halving which of from..to cost too much, and marks them unwanted; once the deadline is past, all that are left. */
static void find_costly(const char *const *forms, size_t count, size_t from, size_t to, bool *wanted, double deadline,
                        void (*costly)(void *, size_t), void *context)
{
	bool *some = mem_calloc(count, sizeof *some);
	struct buf out = BUF_INIT;
	bool any = false;

	for (size_t i = from; i < to; i++)
		any |= some[i] = wanted[i];
	bool good = !any || compile_in_child(forms, count, some, deadline, &out);

	buf_release(&out);
	free(some);
	if (good)
		return;
	if (to - from > 1) {
		find_costly(forms, count, from, (from + to) / 2, wanted, deadline, costly, context);
		find_costly(forms, count, (from + to) / 2, to, wanted, deadline, costly, context);
		return;
	}
	wanted[from] = false;
	if (costly)
		costly(context, from);
}

/* What the child wrote, or the cache held. */
static struct automaton *unpack(const struct buf *packed, size_t count, bool *filtered)
{
	struct automaton *a = NULL;

	if (packed->length > count)
		a = automaton_restore(packed->data + count, packed->length - count);
	for (size_t i = 0; i < count; i++)
		filtered[i] = a && packed->data[i];
	return a;
}

struct automaton *prefilter_compile(const char *const *forms, size_t count, const struct matcher_options *options, bool *filtered,
                                    void (*costly)(void *context, size_t i), void *context)
{
	unsigned char key[SHA256_BYTES];
	struct buf packed = BUF_INIT;
	struct sha256 h;
	bool any = false;
	double deadline = clock_seconds() + options->prefilter_seconds;

	cache_key_begin(&h, "prefilter");
	automaton_add_to_key(&h);
	for (size_t i = 0; i < count; i++) {
		const char *form = forms[i] ? forms[i] : "";

		sha256_update(&h, form, strlen(form) + 1);
		any |= filtered[i] = forms[i] != NULL;
	}
	sha256_final(&h, key);
	if (!any)
		return NULL;
	if (!cache_read(options->cache_directory, key, &packed)) {
		if (!compile_in_child(forms, count, filtered, deadline, &packed)) {
			find_costly(forms, count, 0, count, filtered, deadline, costly, context);
			buf_clear(&packed);
			/* what has been compiled in part once takes no longer as a whole than all did, so it has as long again */
			if (!compile_in_child(forms, count, filtered, clock_seconds() + options->prefilter_seconds, &packed)) {
				buf_clear(&packed);
				for (size_t i = 0; costly && i < count; i++)
					if (filtered[i])
						costly(context, i);
			}
		}
		if (packed.length >= count && clock_seconds() < deadline) /* else another time may find more */
			cache_write(options->cache_directory, key, packed.data, packed.length);
	}
	struct automaton *a = unpack(&packed, count, filtered);

	buf_release(&packed);
	return a;
}
