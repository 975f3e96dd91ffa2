/* Programs run as a user runs them. They find what they need in the environment: THEMETALLY, CORPUS (a directory), SINGLE (its only file),
 * TEXT (all reviews in one plain file), GZ (the same, gzip -6), BYTES (how much of it to take), PHRASES (plain phrases, one a line), LEXICON (options), J (threads), XDG_CACHE_HOME. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench/launcher.h"
#include "bench/work.h"

struct command {
	char *output;        /* file that its standard output goes to */
	char *variables[17];
	struct cells found;
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static char *variable(const char *name, const char *value)
{
	struct buf b = BUF_INIT;
	buf_printf(&b, "%s=%s", name, value);
	return buf_detach(&b);
}

/* All reviews as one plain file and one .gz beside the corpus, for programs that read text; made once. */
static void write_text(const struct world *w, const char *path)
{
	if (!access(path, R_OK))
		return;
	FILE *f = fopen(path, "w");
	if (!f)
		fail(path);
	for (size_t i = 0; i < w->reviews.count; i++) {
		fwrite(w->reviews.items[i].bytes, 1, w->reviews.items[i].length, f);
		fputs("\n", f);
	}
	if (fclose(f))
		fail(path);
	struct buf b = BUF_INIT;
	buf_printf(&b, "gzip -6 -k -n -f '%s'", path);
	if (system(b.data))
		fail("gzip");
	buf_release(&b);
}

static void prepare(struct work *w)
{
	struct command *c = w->state = mem_calloc(1, sizeof *c);
	const struct world *world = w->world;
	struct buf b = BUF_INIT;
	char threads[16];
	size_t n = 0;
	buf_printf(&b, "%s/output", world->directory);
	c->output = mem_strdup(b.data);
	buf_clear(&b);
	buf_printf(&b, "%s/text.txt", world->directory);
	if (world->reviews.count)
		write_text(world, b.data);
	c->variables[n++] = variable("TEXT", b.data);
	buf_append_str(&b, ".gz");
	c->variables[n++] = variable("GZ", b.data);
	buf_clear(&b);
	if (*w->lexicon->path)
		buf_printf(&b, "--lexicon=%s", w->lexicon->path);
	c->variables[n++] = variable("LEXICON", b.data ? b.data : "");
	char bytes[24];
	snprintf(bytes, sizeof bytes, "%.0f", w->job->share * (double)world->text_bytes);
	c->variables[n++] = variable("BYTES", bytes);
	snprintf(threads, sizeof threads, "%u", w->job->threads);
	c->variables[n++] = variable("J", threads);
	c->variables[n++] = variable("THEMETALLY", world->program);
	c->variables[n++] = variable("CORPUS", world->corpus);
	c->variables[n++] = variable("SINGLE", world->single);
	c->variables[n++] = variable("PHRASES", w->lexicon->phrases);
	c->variables[n++] = variable("WORK", world->directory);
	c->variables[n++] = variable("XDG_CACHE_HOME", world->cache);
	c->variables[n++] = variable("PATH", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin");
	c->variables[n++] = variable("LC_ALL", "C.UTF-8");
	cells_init(&c->found, w->lexicon->lexicon->theme_count);
	buf_release(&b);
}

static void run(struct work *w, struct sample *o)
{
	struct command *c = w->state;
	struct launch l = launcher_run(w->job->command, c->output, c->variables);
	o->seconds = l.seconds;
	o->cpu_seconds = l.cpu_seconds;
	o->peak_kib = l.peak_kib;
	o->bytes = (uint64_t)(w->job->share * (double)w->world->text_bytes);
	if (l.failed)
		o->wrong = "the command failed";
}

static void run_plain(struct work *w, struct sample *o)
{
	struct command *c = w->state;
	run(w, o);
	/* a command that prints one number tells its hits */
	FILE *f = fopen(c->output, "r");
	unsigned long long n;
	if (f && fscanf(f, "%llu", &n) == 1) {
		o->items = n;
		if (!n && !o->wrong)
			o->wrong = "it found nothing";
	}
	if (f)
		fclose(f);
}

/* The program's own count: the whole table is compared. */
static void run_count(struct work *w, struct sample *o)
{
	struct command *c = w->state;
	run(w, o);
	o->judged = true;
	o->items = w->world->archives;
	if (!o->wrong && !cells_read(&c->found, c->output, w->lexicon->lexicon))
		o->wrong = "the output is not a table";
	if (!o->wrong)
		o->wrong = cells_differ(&c->found, &w->lexicon->once, w->lexicon->lexicon);
}

static void release(struct work *w)
{
	struct command *c = w->state;
	for (size_t i = 0; c->variables[i]; i++)
		free(c->variables[i]);
	free(c->output);
	cells_release(&c->found);
}

const struct kind command_kinds[] = {
	{"command", false, true, prepare, run_plain, release},
	{"text-command", true, true, prepare, run_plain, release},
	{"count-command", false, true, prepare, run_count, release},
	{0}};
