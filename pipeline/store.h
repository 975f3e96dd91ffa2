/* The store: one SQLite file that remembers what archives gave, so that a night's run reads only what is new (docs/store.md has the schema).
 *
 * Everything stands under an edition: lexicon, rules and options under which it was counted. Tables of two editions never mix. Per
 * archive: identity, hash, outcome, faults; per review its row; per review and theme the counts. Sums by month are kept beside them and can be
 * recomputed from them at any time (store_verify).
 *
 * Writing. One process writes at a time: a lock file beside the store, held with flock. One archive is one transaction, which also marks the
 * edition unsettled; settling (duplicates, sums) is one transaction more, which clears the mark. Whatever instant a run dies at, the store holds whole
 * archives; while it is unsettled readers settle for themselves, in memory. Network file systems are refused, SQLite's locks do
 * not hold there.
 *
 * A struct store belongs to one thread at a time. Functions that fail have printed a message. */
#ifndef PIPELINE_STORE_H
#define PIPELINE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pipeline/ledger.h"
#include "pipeline/options.h"
#include "pipeline/run.h"

struct sqlite3;
struct store;

enum store_mode {
	STORE_READ,
	STORE_WRITE, /* made if it is not there; locked. Its -wal and -shm stay beside it, so that those who may only read can open it at any time */
	STORE_BUILD  /* the same for a file that is renamed when it is done: nothing stays beside it */
};
struct store *store_open(const char *path, enum store_mode mode);
void store_close(struct store *s);
/* False once a statement has failed, as a message said: what was read may lack something, must not be published, and nothing more is committed. */
bool store_is_sound(const struct store *s);

/* Locks the store of that name against other writers until the process ends; the store need not be there. 0, or -1. */
int store_lock(const char *path);
/* For who holds the lock: gives a finished store its name, in one step. What a store of that name left beside itself (-wal, -shm) goes first:
 * SQLite would play it back. 0, or -1. */
int store_put_in_place(const char *temporary, const char *path);
/* Gives a store a second name, to keep it when another takes its place; what lies beside it (-wal, -shm) goes with that name. 0, or -1. */
int store_set_aside(const char *path, const char *name);
/* Removes a file made with STORE_BUILD that is not wanted, and what lies beside it. */
void store_remove(const char *path);

/* ---- editions ---- */

struct edition {
	int64_t id;
	unsigned char key[32];       /* SHA-256 of all that counts depend on */
	char lexicon_name[64], lexicon_version[64], program[32], created[32];
	bool settled;
};

/* The key of what the options and the lexicon would count. */
void edition_key(const struct lexicon *lexicon, const struct options *o, unsigned char key[32]);
/* 1 found, 0 not there, -1 failed. id 0: the newest. */
int store_find_edition(struct store *s, int64_t id, struct edition *out);
int store_find_edition_by_key(struct store *s, const unsigned char key[32], struct edition *out);
/* Makes an edition with the themes of the lexicon. 0, or -1. */
int store_make_edition(struct store *s, const unsigned char key[32], const struct lexicon *lexicon, const struct options *o, struct edition *out);
/* The themes of an edition as a lexicon without entries. NULL if that fails. */
struct lexicon *store_lexicon(struct store *s, int64_t edition);

/* ---- archives ---- */

/* What tells that a file is the one that was read. */
struct file_identity {
	int64_t bytes, mtime_ns, device, inode;
};
int file_identify(const char *path, struct file_identity *out); /* 0, or -1: not there */

struct known_archive {
	char *path;
	int64_t id;
	struct file_identity identity;
	unsigned char sha256[32];
	bool whole;               /* nothing of it was refused or skipped */
};
/* The archives of an edition in byte order of their paths; free with store_free_known(). NULL if there are none. */
struct known_archive *store_known(struct store *s, int64_t edition, size_t *count);
void store_free_known(struct known_archive *list, size_t count);

/* Replaces what the archive gave by the result, in one transaction. 0, or -1 (disk full, I/O error): nothing changed. */
int store_put_archive(struct store *s, int64_t edition, const struct file_identity *identity, const struct archive_result *result,
                      struct spill *spill);
/* Takes an archive out, in one transaction. */
int store_remove_archive(struct store *s, int64_t edition, const char *path);
/* Takes an edition out with all that was counted under it, in one transaction; its room in the file is used again. */
int store_drop_edition(struct store *s, int64_t edition);

/* Fills an empty store with what others hold (see store_merge.c) and settles it. 0, or -1. */
int store_merge(struct store *to, struct store **from, size_t count, unsigned threads);

/* ---- reading ---- */

/* A closed ledger of the edition's rows, in canonical order; evidence is not kept in a store. NULL if that fails. *archives and the spill must outlive
 * it; the caller frees *archives with archive_list_free(). */
struct ledger *store_ledger(struct store *s, const struct edition *e, struct spill *spill, struct archive_path **archives, size_t *count);

/* Settles duplicates and sums. 0, or -1. */
int store_settle(struct store *s, const struct edition *e, unsigned threads);

/* Recomputes every derived number and checks the file: prints what differs; the number of differences, or -1 if it could not be done. */
int64_t store_verify(struct store *s);

struct sqlite3 *store_database(struct store *s);
int store_run_sql(struct store *s, const char *sql); /* without results; 0, or -1 */

/* Fills a tally from the sums by month; options may have neither conditions nor a facet. 0, or -1. */
struct tally;
int store_tally(struct store *s, const struct edition *e, const struct options *o, struct tally *t);

#endif
