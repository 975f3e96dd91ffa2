/* Private to the store: statements with their errors reported once, and the schema. */
#ifndef PIPELINE_STORE_SQL_H
#define PIPELINE_STORE_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "pipeline/store.h"

struct changes;
struct store {
	sqlite3 *db;
	char *path;
	int lock_fd;             /* -1 if opened for reading */
	bool failed;             /* a statement has: what was read may lack something, so nothing is committed any more */
	struct changes *changes; /* since the edition was settled last; NULL: not known (store_changes.h) */
};

extern const char store_schema[];
enum { STORE_APPLICATION_ID = 0x746D7459 /* "tmtY" */, STORE_VERSION = 2, CHECKSUM_BYTES = 16 };

/* The descriptor that holds the lock, or -1. */
int store_take_lock(const char *path);

/* Prints what SQLite says of the last failure; -1. The store is not sound from then on. */
int store_failed(struct store *s, const char *doing);
/* Runs SQL without results. 0, or -1. COMMIT fails if anything has failed since the store was opened, whoever did not look. */
int store_run(struct store *s, const char *sql);
/* Runs a statement without results whose parameters are ?1 = number. 0, or -1. */
int store_run_with(struct store *s, const char *sql, int64_t number);
/* The first column of the first row of such a statement; -1 if that fails or there is none. */
int64_t store_number(struct store *s, const char *sql, int64_t number);
/* NULL if the statement does not compile (reported). */
sqlite3_stmt *store_prepare(struct store *s, const char *sql);
/* Steps a statement that gives no row, resets it. 0, or -1. */
int store_step(struct store *s, sqlite3_stmt *statement);
/* Steps to the next row: 1; 0 at the end; -1. */
int store_next(struct store *s, sqlite3_stmt *statement);

/* Text column, never NULL; lives until the statement's next step. */
const char *store_text(sqlite3_stmt *statement, int column);
/* Binds text; "" as NULL if null_if_empty. */
void store_bind_text(sqlite3_stmt *statement, int at, const char *text, bool null_if_empty);

/* A statement over (review, theme, ...) rows in the order of reviews, read beside the reviews themselves. */
struct beside {
	sqlite3_stmt *q;
	bool row;          /* q stands on a row not yet taken */
	bool ended;        /* stepping again would start over */
};

/* The themes of reviews that are read by another statement, in order of their numbers, over the same archive or review. */
struct theme_rows {
	struct store *s;
	struct beside themes, inconclusive;
	size_t theme_count;
	size_t tally_capacity, inconclusive_capacity;
};
/* by: "archive" or "id". 0, or -1; release it either way. */
int theme_rows_init(struct theme_rows *t, struct store *s, int64_t edition, const char *by);
void theme_rows_release(struct theme_rows *t);
void theme_rows_open(struct theme_rows *t, int64_t id);
/* Fills tallies and inconclusive of a row whose arrays are only ever filled here. 0, or -1: also where a theme is named that the edition does not have. */
int theme_rows_read(struct theme_rows *t, int64_t review, struct review_row *row);

size_t store_theme_count(struct store *s, int64_t edition);
/* A year, a month; 0 if it is unknown or none that there can be. */
int store_year(sqlite3_stmt *statement, int column);
int store_month(sqlite3_stmt *statement, int column);

/* Holds the rows of each archive of an edition against their checksum: how many differ (each reported), or -1. */
int64_t store_check_rows(struct store *s, int64_t edition);

/* The time, UTC, as 2026-11-20T12:00:00Z. */
void store_now(char stamp[32]);

#endif
