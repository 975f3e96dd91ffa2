/* The options that several commands share, and what they are turned into. */
#ifndef PIPELINE_OPTIONS_H
#define PIPELINE_OPTIONS_H

#include <argp.h>
#include <stdbool.h>

#include "base/arena.h"
#include "corpora/archive.h"
#include "corpora/document.h"
#include "matchers/mention.h"
#include "pipeline/message.h"
#include "pipeline/period.h"
#include "pipeline/row.h"
#include "pipeline/table.h"

/* A facet of a review and how it is named in --facet and --where. */
enum facet { FACET_NONE, FACET_OUTCOME, FACET_AGE_BAND, FACET_GENDER, FACET_BOARD, FACET_METHOD, FACET_KIND, FACET_SECTION, FACET_LAYOUT, FACET_YEARS_TO_PUBLICATION, FACET_MONTHS_TO_PUBLICATION };
int facet_parse(const char *word, enum facet *f); /* 0, or -1 */
const char *facet_word(enum facet f);
const char *facet_value(const struct review_row *row, enum facet f); /* never NULL; "unknown" where it is */

struct condition {
	enum facet facet;
	const char *value;
};

struct options {
	const char **paths;         /* the arguments, and the lines of --files-from */
	size_t path_count;
	struct arena listed;        /* holds the lines */
	const char *manifest;       /* list of checksums; NULL if none */
	const char *store;          /* in place of paths; NULL if none */
	int64_t edition;            /* of the store; 0: the newest */
	/* lexicon */
	const char **lexicons;
	size_t lexicon_count;
	const char *themes;
	/* which reviews, how counted */
	bool incident_year;
	struct periods periods;
	struct condition *conditions;
	size_t condition_count;
	enum facet facet;
	unsigned kinds;             /* 1 << enum review_kind */
	bool all_duplicates;
	enum nested nested;
	bool all_sections;
	const char **layouts;
	size_t layout_count;
	/* input */
	struct archive_limits limits;
	struct document_options documents;
	/* output */
	enum format format;
	bool no_header, excel;
	const char *output;
	unsigned suppress_below;    /* 0: all counts are shown */
	const char *released;       /* the record of what was printed on earlier nights; NULL if none */
	bool can_suppress;          /* set by commands that honour suppress_below, before parsing; the others refuse it */
	/* run */
	unsigned threads;
	enum engine engine;
	double verify;
	const char *index_directory;  /* NULL: none */
	bool no_cache, strict, quiet, log_json;
	enum { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER } progress;
	enum color color;
};

void options_init(struct options *o);
void options_release(struct options *o);
void options_add_lexicon(struct options *o, const char *path); /* not copied */
void options_add_path(struct options *o, const char *path); /* copied */

/* argp children; each takes the struct options as its input through the command's ARGP_KEY_INIT. */
extern const struct argp options_lexicon_argp; /* --lexicon --themes --nested */
extern const struct argp options_select_argp;  /* --year --by --where --facet --kind --duplicates */
extern const struct argp options_input_argp;   /* --layout --sections --text-field ... and the limits */
extern const struct argp options_output_argp;  /* --format --no-header --excel -o */
extern const struct argp options_store_argp;   /* --store --edition */
extern const struct argp options_run_argp;     /* -j --index --engine --verify --strict --progress --color --log -q */
extern const struct argp options_message_argp; /* --color --log -q: part of the one before, for commands that read no archives */

/* All of them but the last, for commands that select reviews, count them and print. */
enum { OPTIONS_ALL = 6 };
extern const struct argp_child options_all[];

/* For a command's parser: ARGP_KEY_INIT (hands o to so many children) and ARGP_KEY_ARG (collects paths). */
error_t options_common_key(int key, char *arg, struct argp_state *state, struct options *o, unsigned children);
/* At ARGP_KEY_END, for commands that take PATHs or --store: ends with a usage error unless it is one of the two. */
void options_need_input(struct argp_state *state, const struct options *o);

/* For commands over a store that read no archives: its children, and its parser. output: what -o is, where the command needs it; else NULL. */
extern const struct argp_child options_over_store[];
error_t options_over_store_key(int key, struct argp_state *state, struct options *o, const char *output);

/* After parsing: argp_parse() with exit status 2 on error, then settles defaults and standard error. 0, or -1 with a message. */
int options_parse(const struct argp *argp, int argc, char **argv, struct options *o);
/* The same for commands that keep struct options inside a larger struct, which the parser gets as input. */
int options_parse_into(const struct argp *argp, int argc, char **argv, void *input, struct options *o);

/* Whether a row takes part in a table: its kind and facets. (Duplicates are the ledger's.) */
bool options_selects(const struct options *o, const struct review_row *row);

#endif
