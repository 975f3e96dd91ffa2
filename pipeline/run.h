/* A run: archives in, review rows out, over all processors.
 *
 * Threads. Every thread does both kinds of work: it reads archives (decoding, checking, splitting into members) and it works
 * through batches of members (documents, reviews, matching, rows). A thread first takes a waiting batch; if there is
 * none it opens the next archive, largest first, and while it reads puts full batches into a bounded queue; when the queue is full it works
 * through one itself. A thread that finds no batch waiting inflates for whoever reads an archive so large that its inflating could be what all
 * wait for (corpora/help_desk.h): pieces of a gzip file, entries of a zip. So many small archives and one huge one both keep all threads busy,
 * there are never more threads than asked for, and memory stays bounded. The matcher, the
 * segmenter and the lexicon are shared and read-only; everything else belongs to one thread.
 *
 *     one big archive      reader:  cut into pieces | take inflated pieces in order, split into members | full batch -> queue
 *                          others:  batch from the queue, else a piece to inflate, else the next archive, else sleep
 *     many archives        every thread: open, inflate, split, match; nothing is handed over but what does not fit one batch
 *
 * Per batch (about 1 MiB of text), not per review, a thread takes a lock, and none allocates memory once its buffers have grown.
 *
 * Sealing. Rows of a sealed unit (corpora/archive.h) are kept aside until the unit is proved whole; a refused unit's rows are
 * dropped. When an archive has been read to its end and all its batches are done its rows go to the sink in order, whatever thread made
 * them, so results do not depend on the number of threads. */
#ifndef PIPELINE_RUN_H
#define PIPELINE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "corpora/archive.h"
#include "corpora/document.h"
#include "corpora/review.h"
#include "matchers/matcher.h"
#include "matchers/mention.h"
#include "pipeline/fault_list.h"
#include "pipeline/row.h"
#include "pipeline/spill.h"

struct run_options {
	const struct lexicon *lexicon;
	const struct matcher *matcher;       /* of that lexicon */
	const struct segmenter *segmenter;
	struct archive_limits limits;
	struct document_options documents;
	enum nested nested;
	unsigned match_kinds;                /* 1 << enum review_kind: kinds that are matched; others only get words */
	const bool *evidence_themes;         /* per theme: collect evidence; NULL: none */
	unsigned evidence_context;           /* characters on each side */
	double verify;                       /* share of the reviews that the reference counter counts again */
	unsigned threads;
	const char *index_directory;         /* where seek points of large gzip files are kept; NULL: none */
	bool hash_archives;                  /* SHA-256 of each archive in its account */
	struct pack_writer *pack;            /* gathers the reviews for a pack: sheaves hold more than rows then; NULL: none */
	struct progress *progress;           /* NULL: none */
};

/* Rows of one batch, encoded one after another in the run's spill. */
struct sheaf {
	uint64_t offset;
	size_t length;
	uint64_t unit;     /* of the archive, from 0 */
	uint32_t rows;
};

enum unit_state { UNIT_OPEN, UNIT_SEALED, UNIT_REFUSED };

/* What one archive gave. All belongs to the run and lives until the sink returns, except what the sink takes over. */
struct archive_result {
	size_t index;                /* in the list given to run_archives */
	const char *path;
	struct archive_account account;
	bool opened;                 /* false: faults[0] says why not */
	struct sheaf *sheaves;       /* of sealed units, in the order of their first bytes */
	size_t sheaf_count;
	uint64_t replaced;           /* characters that could not be decoded */
	uint64_t repaired;           /* characters put right (mojibake) */
	const unsigned char *units;  /* enum unit_state by number; the last is open, as nothing came after it */
	size_t unit_count;
	uint64_t faults;             /* refused units, skipped members and records that are named, and a word on those that are not */
	uint64_t read_faults;        /* the first so many of them: found while reading, not in documents */
	struct fault_note *fault_notes; /* the faults themselves, in order */
	bool io_failed;              /* one of them, named or not, is FAULT_IO */
	uint64_t conflicts;          /* reviews whose dates disagree */
};

/* Called once per archive, one call at a time, from any thread, in any order. */
struct run_sink {
	void (*archive_done)(void *context, struct archive_result *result);
	void *context;
};

/* Sums over the run. inputs = units_counted + units_refused + members_skipped (P4). */
struct run_summary {
	uint64_t archives, archives_unread;  /* unread: could not be opened */
	uint64_t units_sealed, units_refused, members, members_skipped;
	uint64_t packed_bytes, decoded_bytes, replaced, repaired;
	uint64_t conflicts, inconclusive, verified;
	uint64_t faults;
	double seconds;
};

/* Faults are reported with message_fault() as they become known, in order within an archive. Returns 0, or -1 if the run could not
 * be carried out (engine failure, difference found by verify): a message says why. */
int run_archives(const struct archive_path *archives, size_t count, const struct run_options *options, struct spill *spill,
                 struct run_sink sink, struct run_summary *summary);

#endif
