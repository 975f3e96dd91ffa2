/* The ledger: every row of a run in canonical order (order of the archives, then position), with duplicates settled.
 *
 * Filled by run_archives() through ledger_sink(), then closed, then read any number of times. One thread after closing. */
#ifndef PIPELINE_LEDGER_H
#define PIPELINE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

#include "pipeline/dedupe.h"
#include "pipeline/run.h"
#include "pipeline/tally.h"

struct ledger;

/* The paths and the spill must outlive the ledger. */
struct ledger *ledger_new(const struct archive_path *archives, size_t count, struct spill *spill);
void ledger_free(struct ledger *l);
struct run_sink ledger_sink(struct ledger *l);

/* Puts the rows in order and finds duplicates; or takes them from the pack, where the archives are those of one pack. */
void ledger_close(struct ledger *l, unsigned threads);
/* The same where the duplicates are known, by row; takes over the list, which free() releases. */
void ledger_close_with(struct ledger *l, struct duplicate *list, size_t count);
/* The duplicates, by row. */
const struct duplicate *ledger_duplicates(const struct ledger *l, size_t *count);

/* What a reader sees of one row. Everything lives until the cursor's next step. */
struct ledger_row {
	size_t number;                 /* from 0 in canonical order */
	const char *archive;
	const struct review_row *row;
	const struct duplicate *duplicate; /* NULL if the row counts */
};

struct ledger_cursor;
struct ledger_cursor *ledger_begin(struct ledger *l);
struct ledger_cursor *ledger_skim(struct ledger *l); /* rows without tallies and evidence: see row_skim() */
bool ledger_next(struct ledger_cursor *c, struct ledger_row *out);
void ledger_end(struct ledger_cursor *c);

/* Adds up the rows that the options select; duplicates once, unless these say otherwise. */
struct tally *tally_of_ledger(struct ledger *l, const struct lexicon *lexicon, const struct options *options);

/* ID of a row that others are duplicates of; NULL if none are. */
const char *ledger_original_id(struct ledger *l, size_t number);

#endif
