/* A benchmark as data: what is measured, on which corpus, and which ratios matter. bench/defs/ holds them; bench/defs/README says how one is written. */
#ifndef BENCH_DEFINITION_H
#define BENCH_DEFINITION_H

#include <stddef.h>

#include "matchers/matcher.h"

struct job {
	char *name;
	char *kind;           /* stages.h, or "command", "count-command" */
	char *command;        /* for /bin/sh */
	char *note;           /* what is different from the others' job, "" if nothing */
	unsigned threads;     /* 1 unless given */
	size_t entries;       /* of the lexicon, 0: all */
	unsigned every;       /* measured in one round of so many: slow jobs */
	double share;         /* of the text that a command is given: slow jobs */
	enum engine engine;
	double below;         /* aims, 0: none: seconds; */
	double memory;        /* peak MB; */
	double rate;          /* items a second, at least */
};
/* median over the rounds of numerator's speed by denominator's in the same round */
struct ratio {
	char *numerator, *denominator;
	double at_least;      /* 0: only reported */
	char *note;
};
struct definition {
	char *name, *title;
	char *lexicon;        /* "shipped" or the number of entries of a plain lexicon */
	char *sizes;          /* plain: the smaller lexicons, "1000,4000" or "" */
	char *form, *size, *per_archive;
	unsigned rounds;
	struct job *jobs;
	size_t job_count, job_capacity;
	struct ratio *ratios;
	size_t ratio_count, ratio_capacity;
};

/* Ends the program with file and line if the definition is wrong. */
struct definition *definition_read(const char *path);
void definition_free(struct definition *d);

#endif
