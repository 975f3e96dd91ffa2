/* Private to the store: statements with their errors reported once, and the schema. */
#ifndef PIPELINE_STORE_SQL_H
#define PIPELINE_STORE_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "pipeline/store.h"

struct store {
	sqlite3 *db;
	char *path;
	int lock_fd;      /* -1 if opened for reading */
};

extern const char store_schema[];
enum { STORE_APPLICATION_ID = 0x746D7459 /* "tmtY" */, STORE_VERSION = 1 };

/* Prints what SQLite says of the last failure; -1. */
int store_failed(const struct store *s, const char *doing);
/* Runs SQL without results. 0, or -1. */
int store_run(const struct store *s, const char *sql);
/* NULL if the statement does not compile (reported). */
sqlite3_stmt *store_prepare(const struct store *s, const char *sql);
/* Steps a statement that gives no row, resets it. 0, or -1. */
int store_step(const struct store *s, sqlite3_stmt *statement);
/* Steps to the next row: 1; 0 at the end; -1. */
int store_next(const struct store *s, sqlite3_stmt *statement);

/* Text column, never NULL; lives until the statement's next step. */
const char *store_text(sqlite3_stmt *statement, int column);
/* Binds text; "" as NULL if null_if_empty. */
void store_bind_text(sqlite3_stmt *statement, int at, const char *text, bool null_if_empty);

/* The time, UTC, as 2026-11-20T12:00:00Z. */
void store_now(char stamp[32]);

#endif
