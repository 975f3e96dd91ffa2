/* The benchmark driver: reads definitions, makes what corpora are missing, checks every job's totals against the truth, and only then measures.
 *
 * Jobs are run in turn, round after round, each round beginning with another job, so that whatever else the machine does falls on all alike. Ratios
 * are taken within each round; the median over the rounds is given, with the quartiles. Raw samples go to a dated file with the machine and the
 * versions. */
#include <argp.h>
#include <errno.h>
#include <hs.h>
#include <inttypes.h>
#include <isa-l.h>
#include <jansson.h>
#include <libdeflate.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "bench/definition.h"
#include "bench/launcher.h"
#include "bench/work.h"
#include "bench/world.h"
#include "matchers/matcher.h"

struct arguments {
	const char *programs, *data, *runs, *only;
	bool by_cpu;
	unsigned rounds;
	char **definitions;
	int count;
};

static const struct argp_option options[] = {
	{"programs", 'p', "DIRECTORY", 0, "Where themetally and bench/ are (build/release)", 0},
	{"data", 'd', "DIRECTORY", 0, "Where corpora are kept (build/bench-data)", 0},
	{"runs", 'r', "DIRECTORY", 0, "Where results are written; none are unless given", 0},
	{"rounds", 'n', "N", 0, "Instead of the definitions' own", 0},
	{"only", 'o', "TEXT", 0, "Only jobs whose name holds TEXT", 0},
	{"cpu", 'c', NULL, 0, "Reckon speeds and ratios by processor time: for a busy machine and jobs of one thread", 0},
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'p': a->programs = arg; break;
	case 'd': a->data = arg; break;
	case 'r': a->runs = arg; break;
	case 'n': a->rounds = (unsigned)atoi(arg); break;
	case 'o': a->only = arg; break;
	case 'c': a->by_cpu = true; break;
	case ARGP_KEY_ARGS:
		a->definitions = state->argv + state->next;
		a->count = state->argc - state->next;
		break;
	case ARGP_KEY_NO_ARGS: argp_usage(state); break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- the machine ---- */

static char *first_line_of(const char *path, const char *start)
{
	static char line[512];
	FILE *f = fopen(path, "r");
	*line = 0;
	while (f && fgets(line, sizeof line, f) && strncmp(line, start, strlen(start)))
		;
	if (f)
		fclose(f);
	line[strcspn(line, "\n")] = 0;
	char *colon = *start ? strchr(line, ':') : NULL;
	return colon ? colon + 1 + strspn(colon + 1, " \t") : line;
}

static void load_average(double out[1])
{
	if (getloadavg(out, 1) != 1)
		out[0] = -1;
}

static json_t *machine(void)
{
	struct utsname u;
	char date[32], memory[256];
	time_t t = time(NULL);
	uname(&u);
	strftime(date, sizeof date, "%Y-%m-%d %H:%M", gmtime(&t));
	json_t *m = json_object();
	json_object_set_new(m, "date", json_string(date));
	json_object_set_new(m, "processor", json_string(first_line_of("/proc/cpuinfo", "model name")));
	snprintf(memory, sizeof memory, "%s", first_line_of("/proc/meminfo", "MemTotal"));
	json_object_set_new(m, "memory", json_string(memory));
	json_object_set_new(m, "processors", json_integer(sysconf(_SC_NPROCESSORS_ONLN)));
	snprintf(memory, sizeof memory, "%.60s %.80s %.60s", u.sysname, u.release, u.machine);
	json_object_set_new(m, "kernel", json_string(memory));
	json_object_set_new(m, "compiler", json_string(__VERSION__));
	json_object_set_new(m, "hyperscan", json_string(hs_version()));
	json_object_set_new(m, "zlib", json_string(zlibVersion()));
	snprintf(memory, sizeof memory, "%d.%d.%d", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION);
	json_object_set_new(m, "isal", json_string(memory));
	json_object_set_new(m, "libdeflate", json_string(LIBDEFLATE_VERSION_STRING));
	snprintf(memory, sizeof memory, "%d.%d", PCRE2_MAJOR, PCRE2_MINOR);
	json_object_set_new(m, "pcre2", json_string(memory));
#ifdef NDEBUG
	json_object_set_new(m, "assertions", json_false());
#endif
	return m;
}

/* ---- samples ---- */

struct series {
	const struct job *job;
	struct work *work;
	double *seconds, *cpu;   /* by round; 0: not measured */
	struct sample last;
	uint64_t peak_kib;
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

struct spread {
	double median, low, high; /* quartiles */
	unsigned count;
};

static struct spread spread_of(const double *values, unsigned rounds)
{
	struct spread s = {0};
	double *sorted = mem_calloc(rounds + 1, sizeof *sorted);
	for (unsigned i = 0; i < rounds; i++)
		if (values[i] > 0)
			sorted[s.count++] = values[i];
	qsort(sorted, s.count, sizeof *sorted, compare);
	if (s.count) {
		s.median = (sorted[(s.count - 1) / 2] + sorted[s.count / 2]) / 2;
		s.low = sorted[s.count / 4];
		s.high = sorted[s.count - 1 - s.count / 4];
	}
	free(sorted);
	return s;
}

/* Speeds of the numerator over those of the denominator: seconds the other way round. A job that was not measured in a round lends its last sample. */
static struct spread ratio_of(const struct series *top, const struct series *bottom, unsigned rounds)
{
	double *values = mem_calloc(rounds + 1, sizeof *values), above = 0, below = 0;
	for (unsigned i = 0; i < rounds; i++) {
		above = top->seconds[i] > 0 ? top->seconds[i] : above;
		below = bottom->seconds[i] > 0 ? bottom->seconds[i] : below;
		values[i] = above > 0 && below > 0 ? below / (double)bottom->last.bytes / (above / (double)top->last.bytes) : 0;
	}
	struct spread s = spread_of(values, rounds);
	free(values);
	return s;
}

static const struct series *series_of(const struct series *all, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(all[i].job->name, name))
			return &all[i];
	return NULL;
}

static json_t *reals(const double *values, unsigned rounds)
{
	json_t *a = json_array();
	for (unsigned i = 0; i < rounds; i++)
		if (values[i] > 0)
			json_array_append_new(a, json_real(values[i]));
	return a;
}

static void print_series(const struct series *s, unsigned rounds, double text_bytes)
{
	struct spread t = spread_of(s->seconds, rounds), c = spread_of(s->cpu, rounds);
	printf("  %-34s %9.3f %9.3f %9.3f %10.4f %9.1f %12" PRIu64, s->job->name, t.low, t.median, t.high, text_bytes / t.median / 1e9, 100 * c.median / t.median, s->last.items);
	if (s->peak_kib)
		printf(" %7.0f MB", (double)s->peak_kib / 1024);
	printf("%s\n", s->last.judged ? "" : "  (totals not comparable)");
	const struct job *j = s->job;
	if (j->below > 0)
		printf("    %.4f s, aim below %g: %s\n", t.median, j->below, t.median < j->below ? "reached" : "NOT reached");
	if (j->memory > 0)
		printf("    peak %.0f MB, aim below %g: %s\n", (double)s->peak_kib / 1024, j->memory, (double)s->peak_kib / 1024 < j->memory ? "reached" : "NOT reached");
	if (j->rate > 0)
		printf("    %.0f items a second, aim %g: %s\n", (double)s->last.items / t.median, j->rate, (double)s->last.items / t.median >= j->rate ? "reached" : "NOT reached");
}

static void report(const struct definition *d, const struct world *w, const struct series *all, size_t count, unsigned rounds, json_t *result)
{
	json_t *jobs = json_array(), *ratios = json_array();
	printf("\n%s\n%s: %.1f MB of text, %zu reviews in %zu archives, %.1f MB on disk; %u rounds\n", d->title, d->name, (double)w->text_bytes / 1e6, w->review_count, w->archives,
	       (double)w->disk_bytes / 1e6, rounds);
	printf("  %-34s %9s %9s %9s %10s %9s %12s\n", "job", "quartile", "median s", "quartile", "GB/s", "CPU %", "items");
	for (size_t i = 0; i < count; i++) {
		const struct series *s = &all[i];
		struct spread t = spread_of(s->seconds, rounds);
		if (!t.count)
			continue;
		print_series(s, rounds, (double)s->last.bytes);
		json_array_append_new(jobs, json_pack("{ss ss ss sI sI sb sI sf so so}", "name", s->job->name, "kind", s->job->kind, "note", s->job->note, "threads", (json_int_t)s->job->threads,
			"items", (json_int_t)s->last.items, "judged", s->last.judged, "peak_kib", (json_int_t)s->peak_kib, "gb_per_second", (double)s->last.bytes / t.median / 1e9, "seconds",
			reals(s->seconds, rounds), "cpu_seconds", reals(s->cpu, rounds)));
	}
	for (size_t i = 0; i < d->ratio_count; i++) {
		const struct series *top = series_of(all, count, d->ratios[i].numerator), *bottom = series_of(all, count, d->ratios[i].denominator);
		if (!top || !bottom)
			continue;
		struct spread r = ratio_of(top, bottom, rounds);
		if (!r.count)
			continue;
		printf("  %s / %s: %.2f (%.2f to %.2f)", top->job->name, bottom->job->name, r.median, r.low, r.high);
		if (d->ratios[i].at_least > 0)
			printf(", aim %g: %s", d->ratios[i].at_least, r.median >= d->ratios[i].at_least ? "reached" : "NOT reached");
		printf("\n");
		json_array_append_new(ratios, json_pack("{ss ss ss sf sf sf sf}", "of", top->job->name, "over", bottom->job->name, "note", d->ratios[i].note, "aim", d->ratios[i].at_least,
			"median", r.median, "low", r.low, "high", r.high));
	}
	json_object_set_new(result, "jobs", jobs);
	json_object_set_new(result, "ratios", ratios);
	fflush(stdout);
}

/* ---- one definition ---- */

static void write_result(const char *directory, const char *name, const json_t *result)
{
	char date[16];
	time_t t = time(NULL);
	struct buf path = BUF_INIT;
	strftime(date, sizeof date, "%Y-%m-%d", gmtime(&t));
	buf_printf(&path, "%s/%s-%s.json", directory, date, name);
	if (json_dump_file(result, path.data, JSON_INDENT(1) | JSON_REAL_PRECISION(6))) {
		fprintf(stderr, "bench: %s: %s\n", path.data, strerror(errno));
		exit(1);
	}
	buf_release(&path);
}

/* Returns whether all totals were right. */
static bool check(struct series *all, size_t count)
{
	bool right = true;
	for (size_t i = 0; i < count; i++) {
		all[i].last = work_run(all[i].work);
		if (all[i].last.wrong) {
			fprintf(stderr, "bench: %s: %s\n", all[i].job->name, all[i].last.wrong);
			right = false;
		}
	}
	return right;
}

static int run_definition(const char *path, const struct arguments *a)
{
	struct definition *d = definition_read(path);
	unsigned rounds = a->rounds ? a->rounds : d->rounds;
	bool texts = false;
	size_t count = 0;
	struct series *all = mem_calloc(d->job_count, sizeof *all);
	double before[1], after[1];
	for (size_t i = 0; i < d->job_count; i++)
		if (!a->only || strstr(d->jobs[i].name, a->only)) {
			all[count++].job = &d->jobs[i];
			texts |= kind_needs_texts(d->jobs[i].kind);
		}
	struct world *w = world_new(d, a->programs, a->data, texts);
	for (size_t i = 0; i < count; i++) {
		all[i].work = work_new(w, all[i].job);
		all[i].seconds = mem_calloc(rounds, sizeof(double));
		all[i].cpu = mem_calloc(rounds, sizeof(double));
	}
	bool right = check(all, count);
	load_average(before);
	for (unsigned r = 0; r < rounds && right; r++)
		for (size_t k = 0; k < count; k++) {
			struct series *s = &all[(k + r) % count];
			if (r % s->job->every)
				continue;
			s->last = work_run(s->work);
			s->seconds[r] = a->by_cpu ? s->last.cpu_seconds : s->last.seconds;
			s->cpu[r] = s->last.cpu_seconds;
			s->peak_kib = s->last.peak_kib > s->peak_kib ? s->last.peak_kib : s->peak_kib;
			if (s->last.wrong) {
				fprintf(stderr, "bench: %s: %s\n", s->job->name, s->last.wrong);
				right = false;
			}
		}
	load_average(after);
	if (right) {
		json_t *result = json_object();
		json_object_set_new(result, "title", json_string(d->title));
		json_object_set_new(result, "machine", machine());
		json_object_set_new(result, "load", json_pack("[f, f]", before[0], after[0]));
		json_object_set_new(result, "corpus", json_pack("{ss ss sI sI sI sI sI sI}", "form", d->form, "lexicon", d->lexicon, "text_bytes", (json_int_t)w->text_bytes, "disk_bytes",
			(json_int_t)w->disk_bytes, "reviews", (json_int_t)w->review_count, "archives", (json_int_t)w->archives, "entries",
			(json_int_t)world_lexicon(w, 0)->lexicon->entry_count, "words", (json_int_t)w->words));
		json_object_set_new(result, "clock", json_string(a->by_cpu ? "processor" : "wall"));
		report(d, w, all, count, rounds, result);
		if (a->runs)
			write_result(a->runs, d->name, result);
		json_decref(result);
	} else {
		fprintf(stderr, "bench: %s: totals are wrong, so no speed is given\n", d->name);
	}
	for (size_t i = 0; i < count; i++) {
		work_free(all[i].work);
		free(all[i].seconds);
		free(all[i].cpu);
	}
	free(all);
	world_free(w);
	definition_free(d);
	return right ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct arguments a = {.programs = "build/release", .data = "build/bench-data"};
	struct argp argp = {options, parse, "DEFINITION...", "Runs benchmarks and checks that their totals are right.", NULL, NULL, NULL};
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	int status = 0;
	launcher_start();
	for (int i = 0; i < a.count; i++)
		status |= run_definition(a.definitions[i], &a);
	return status;
}
