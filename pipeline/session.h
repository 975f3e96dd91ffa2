/* What a command opens, in order, and closes again: lexicon, matcher, segmenter, archives, run, ledger. */
#ifndef PIPELINE_SESSION_H
#define PIPELINE_SESSION_H

#include <stdio.h>

#include "pipeline/ledger.h"
#include "pipeline/options.h"
#include "pipeline/run.h"

struct session {
	const struct options *options;
	struct lexicon *lexicon;
	bool *shown;                  /* per theme: --themes names it, or there is no --themes. What is counted does not depend on it */
	struct matcher *matcher;
	struct segmenter *segmenter;
	struct archive_path *archives;
	size_t archive_count;
	struct spill *spill;
	struct ledger *ledger;
	struct run_summary summary;
	struct totals {               /* over the ledger's rows */
		uint64_t rows[KIND_COUNT], duplicates, undated, words;
	} totals;
	uint64_t unlisted;            /* PATHs and directory entries that could not be read or followed */
};

/* Opens lexicon, matcher and segmenter. with_lexicon false: an empty lexicon, for commands that only need words and
 * reviews. STATUS_DONE, or the status to exit with after session_close(). */
enum exit_status session_open(struct session *s, const struct options *o, bool with_lexicon);

/* Fills in archives: the regular files that the PATHs name, in byte order of their paths (the canonical order), each once. */
void session_list_archives(struct session *s);

/* Lists the archives, runs over them and closes the ledger. evidence: per theme, or NULL. STATUS_DONE even if something was damaged;
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
