#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bench/definition.h"

struct line {
	const char *path;
	unsigned number;
	char *keys[16], *values[16];
	size_t count;
};

static _Noreturn void wrong(const struct line *l, const char *what, const char *which)
{
	fprintf(stderr, "bench: %s:%u: %s%s%s\n", l->path, l->number, what, which ? ": " : "", which ? which : "");
	exit(2);
}

/* key=value words, value perhaps in double quotes; text is changed. */
static void split(struct line *l, char *text)
{
	l->count = 0;
	for (;;) {
		text += strspn(text, " \t");
		if (!*text)
			return;
		char *equals = strchr(text, '=');
		if (!equals || l->count == 16)
			wrong(l, "not key=value", text);
		*equals = 0;
		l->keys[l->count] = text;
		char *value = equals + 1, *end;
		if (*value == '"') {
			value++;
			end = strchr(value, '"');
			if (!end)
				wrong(l, "no closing quotation mark", NULL);
		} else {
			end = value + strcspn(value, " \t");
		}
		text = *end ? end + 1 : end;
		*end = 0;
		l->values[l->count++] = value;
	}
}

/* The value of a key, which is crossed out; otherwise is for keys that may be missing, NULL for those that may not. */
static const char *take(struct line *l, const char *key, const char *otherwise)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->keys[i] && !strcmp(l->keys[i], key)) {
			l->keys[i] = NULL;
			return l->values[i];
		}
	if (!otherwise)
		wrong(l, "missing", key);
	return otherwise;
}

static void all_taken(const struct line *l)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->keys[i])
			wrong(l, "not known here", l->keys[i]);
}

static void read_corpus(struct definition *d, struct line *l)
{
	d->lexicon = mem_strdup(take(l, "lexicon", NULL));
	d->sizes = mem_strdup(take(l, "sizes", ""));
	d->form = mem_strdup(take(l, "form", NULL));
	d->size = mem_strdup(take(l, "size", NULL));
	d->per_archive = mem_strdup(take(l, "reviews-per-archive", "12"));
}

static void read_job(struct definition *d, struct line *l)
{
	MEM_GROW(d->jobs, d->job_count, d->job_capacity);
	struct job *j = &d->jobs[d->job_count++];
	j->name = mem_strdup(take(l, "name", NULL));
	j->kind = mem_strdup(take(l, "kind", NULL));
	j->command = mem_strdup(take(l, "command", ""));
	j->note = mem_strdup(take(l, "note", ""));
	j->threads = (unsigned)atoi(take(l, "threads", "1"));
	j->entries = strtoul(take(l, "entries", "0"), NULL, 10);
	j->every = (unsigned)atoi(take(l, "every", "1"));
	j->share = strtod(take(l, "share", "1"), NULL);
	j->below = strtod(take(l, "below", "0"), NULL);
	j->memory = strtod(take(l, "memory-below", "0"), NULL);
	j->rate = strtod(take(l, "rate", "0"), NULL);
	if (engine_parse(take(l, "engine", "auto"), &j->engine))
		wrong(l, "no such engine", NULL);
	if (!j->threads || !j->every || j->share <= 0 || j->share > 1)
		wrong(l, "threads and every are at least 1, share is above 0 and at most 1", NULL);
}

static void read_ratio(struct definition *d, struct line *l)
{
	MEM_GROW(d->ratios, d->ratio_count, d->ratio_capacity);
	struct ratio *r = &d->ratios[d->ratio_count++];
	r->numerator = mem_strdup(take(l, "of", NULL));
	r->denominator = mem_strdup(take(l, "over", NULL));
	r->at_least = strtod(take(l, "at-least", "0"), NULL);
	r->note = mem_strdup(take(l, "note", ""));
	const char *const names[] = {r->numerator, r->denominator};
	for (size_t n = 0; n < 2; n++) {
		size_t i = 0;
		while (i < d->job_count && strcmp(d->jobs[i].name, names[n]))
			i++;
		if (i == d->job_count)
			wrong(l, "no job of that name above", names[n]);
	}
}

struct definition *definition_read(const char *path)
{
	struct definition *d = mem_calloc(1, sizeof *d);
	struct line l = {.path = path};
	FILE *f = fopen(path, "r");
	if (!f) {
		fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
		exit(2);
	}
	const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	d->name = mem_strndup(base, strcspn(base, "."));
	d->rounds = 5;
	char text[2048];
	while (fgets(text, sizeof text, f)) {
		l.number++;
		text[strcspn(text, "\n")] = 0;
		size_t word = strcspn(text, " \t");
		if (!*text || *text == '#')
			continue;
		char *rest = text + word;
		if (*rest)
			*rest++ = 0;
		if (!strcmp(text, "title")) {
			d->title = mem_strdup(rest);
			continue;
		}
		if (!strcmp(text, "rounds")) {
			d->rounds = (unsigned)atoi(rest);
			continue;
		}
		split(&l, rest);
		if (!strcmp(text, "corpus"))
			read_corpus(d, &l);
		else if (!strcmp(text, "job"))
			read_job(d, &l);
		else if (!strcmp(text, "ratio"))
			read_ratio(d, &l);
		else
			wrong(&l, "neither title, rounds, corpus, job nor ratio", text);
		all_taken(&l);
	}
	fclose(f);
	if (!d->title || !d->form || !d->job_count || !d->rounds)
		wrong(&l, "a definition needs title, rounds, corpus and job", NULL);
	return d;
}

void definition_free(struct definition *d)
{
	for (size_t i = 0; i < d->job_count; i++) {
		free(d->jobs[i].name);
		free(d->jobs[i].kind);
		free(d->jobs[i].command);
		free(d->jobs[i].note);
	}
	for (size_t i = 0; i < d->ratio_count; i++) {
		free(d->ratios[i].numerator);
		free(d->ratios[i].denominator);
		free(d->ratios[i].note);
	}
	free(d->jobs);
	free(d->ratios);
	free(d->name);
	free(d->title);
	free(d->lexicon);
	free(d->sizes);
	free(d->form);
	free(d->size);
	free(d->per_archive);
	free(d);
}
