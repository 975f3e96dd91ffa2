/* What the jobs of one benchmark share: the corpus on disk and in memory, the true tables, the lexicons. Read-only once made. */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/definition.h"
#include "matchers/lexicon.h"

enum { WORLD_FIRST_YEAR = 2010, WORLD_YEARS = 16 };

/* The cells of a table that are compared, [year][theme]; and per year. */
struct cells {
	uint64_t *mentions, *negated, *reviews, *reviews_negated;
	uint64_t year_reviews[WORLD_YEARS], year_words[WORLD_YEARS];
};
void cells_init(struct cells *c, size_t themes);
void cells_release(struct cells *c);
void cells_clear(struct cells *c, size_t themes);
void cells_add(struct cells *c, const struct cells *more, size_t themes);
/* NULL if equal, else a message that lives until the next call: which cell is off. */
const char *cells_differ(const struct cells *found, const struct cells *truth, const struct lexicon *lexicon);

struct text {
	char *bytes;
	uint32_t length;
	int year;      /* from WORLD_FIRST_YEAR; of reviews */
};
struct texts {
	struct text *items;
	size_t count, capacity;
	uint64_t bytes;
};

struct sized_lexicon {
	size_t entries;          /* asked for; 0: all */
	char *path;              /* file, or "" for the shipped one */
	char *phrases;           /* file for the peers: the layouts of entries that are words only, one a line */
	char *expressions;       /* likewise: an expression for each entry */
	struct lexicon *lexicon;
	struct cells once, all;
};

struct world {
	const struct definition *definition;
	char *directory;         /* of this corpus: corpus/, truth.csv, ... */
	char *corpus, *single;   /* corpus/; its only file or, if there are several, "" */
	char *program;           /* themetally */
	char *cache;             /* a directory for the program's cache */
	struct sized_lexicon lexicons[8];
	size_t lexicon_count;
	struct texts members;    /* decoded, as archives give them; empty unless asked for */
	struct texts reviews;    /* cut and joined, with copies */
	uint64_t text_bytes;     /* of the reviews; speeds are of these bytes */
	uint64_t disk_bytes, words;    /* words of the reviews, without copies */
	size_t archives, review_count;
};

/* programs: the directory with themetally and bench/; data: where corpora are kept and made if missing. */
struct world *world_new(const struct definition *d, const char *programs, const char *data, bool load_texts);
void world_free(struct world *w);
const struct sized_lexicon *world_lexicon(const struct world *w, size_t entries);
/* Reads the first eight columns of a table of the program. */
bool cells_read(struct cells *c, const char *path, const struct lexicon *lexicon);

#endif
