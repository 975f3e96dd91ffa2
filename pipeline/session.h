/* What a command opens, in order, and closes again: lexicon, matcher, segmenter, archives, run, ledger. */
#ifndef PIPELINE_SESSION_H
#define PIPELINE_SESSION_H

#include <stdio.h>

#include "pipeline/ledger.h"
#include "pipeline/options.h"
#include "pipeline/pack_finds.h"
#include "pipeline/run.h"
#include "pipeline/store.h"

struct session {
	const struct options *options;
	struct lexicon *lexicon;
	bool *shown;                  /* per theme: --themes names it, or there is no --themes. What is counted does not depend on it */
	struct matcher_options matching;
	char *cache_directory;
	struct matcher *matcher;      /* of the whole lexicon, or of what `finds` wants */
	struct finds_wanted finds;    /* where finds are needed */
	struct segmenter *segmenter;
	struct archive_path *archives;
	size_t archive_count;
	struct pack **packs;          /* among the PATHs */
	size_t pack_count;
	bool packs_whole;             /* a pack is one archive like any other, and its name is all that is wanted */
	struct manifest *manifest;    /* NULL: none is asked for */
	struct spill *spill;
	struct ledger *ledger;
	struct run_summary summary;
	struct totals {               /* over the ledger's rows */
		uint64_t rows[KIND_COUNT], duplicates, undated, words;
	} totals;
	struct store *store;          /* where --store is given */
	struct edition edition;
	bool unprintable;             /* set by what prints: it has failed, and said so */
	uint64_t unlisted;            /* PATHs and directory entries that could not be read or followed */
	struct pack_unlisted *unlisted_list; /* those met by session_list_archives() */
	size_t unlisted_list_count, unlisted_list_capacity;
};

/* What a command needs of its input. */
enum session_need {
	NEED_REVIEWS, /* rows without themes: an empty lexicon will do */
	NEED_THEMES,  /* rows with themes */
	NEED_FINDS,   /* what each pattern finds, for a pack: see session.finds */
	NEED_TEXT     /* the phrases themselves, which a store does not keep: its archives are read again, under the lexicon of the options */
};

/* Opens lexicon, matcher and segmenter, or the store. STATUS_DONE, or the status to exit with after session_close(). */
enum exit_status session_open(struct session *s, const struct options *o, enum session_need need);

/* The same for `update`: engine and the store, made if need be and locked; the edition is not chosen. */
enum exit_status session_open_for_update(struct session *s, const struct options *o, enum store_mode mode);

/* What session_run() runs with, without evidence or progress. */
void session_run_options(const struct session *s, struct run_options *run);
/* A progress line if the options want one, else NULL. */
struct progress *session_progress(const struct options *o, uint64_t bytes);

/* Fills in archives: the regular files that the PATHs name and, in place of a pack, the archives it was made from; in byte order of their paths (the
 * canonical order), each once. An archive that stands in a pack and in a file is taken from the pack, unless the file has changed since. STATUS_USAGE, with a
 * message, if a pack was made under other options. Says on standard error which packs are stale. With a list
 * of checksums each is given its entry, and what the list has besides is unlisted; the list itself is no archive. */
enum exit_status session_list_archives(struct session *s);
/* A pack is known by its bytes (pack_is()); but of the files in a directory only those are looked at whose names end in .pack. */
bool session_may_be_pack(const struct session *s, const char *path);

/* Lists the archives, runs over them and closes the ledger; or reads the ledger out of the store. evidence: per theme, or NULL. STATUS_DONE even if something was damaged;
 * STATUS_CANNOT_RUN where there is nothing to print, also under --strict. */
enum exit_status session_run(struct session *s, const bool *evidence_themes, unsigned evidence_context);

/* Opens the output, calls print, and commits it. STATUS_DONE or STATUS_CANNOT_RUN; does nothing and returns so_far if that is not STATUS_DONE. */
enum exit_status session_print(struct session *s, enum exit_status so_far, void (*print)(FILE *file, struct session *s, void *context),
                               void *context);

/* Prints the summary (unless quiet), frees everything, and returns the exit status: `so_far`, or STATUS_PARTIAL if that is STATUS_DONE and
 * something was skipped or damaged. */
enum exit_status session_close(struct session *s, enum exit_status so_far);

/* Sets mask[theme] for each theme that a pattern names: a code, a code with *, or several joined by commas. -1 with a message that begins
 * with option if a part names none. */
int session_choose_themes(const struct lexicon *lexicon, const char *option, const char *pattern, bool *mask);

/* Prints problems; how many are errors. */
size_t session_report_problems(const struct problem_list *problems);

#endif
