#include "pipeline/store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/resource.h"
#include "base/sha256.h"
#include "pipeline/store_changes.h"
#include "pipeline/version.h"

/* ---- SQLite, with its errors reported ---- */

int store_failed(struct store *s, const char *doing)
{
	s->failed = true;
	message_error("%s: cannot %s: %s", s->path, doing, s->db ? sqlite3_errmsg(s->db) : "out of memory");
	return -1;
}

int store_run(struct store *s, const char *sql)
{
	if (s->failed && strcmp(sql, "COMMIT") == 0)
		return -1;
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_failed(s, "use the store");
}

int store_run_with(struct store *s, const char *sql, int64_t number)
{
	sqlite3_stmt *q = store_prepare(s, sql);
	if (!q)
		return -1;
	sqlite3_bind_int64(q, 1, number);
	int result = store_step(s, q);
	sqlite3_finalize(q);
	return result;
}

int64_t store_number(struct store *s, const char *sql, int64_t number)
{
	sqlite3_stmt *q = store_prepare(s, sql);
	if (q && sqlite3_bind_parameter_count(q))
		sqlite3_bind_int64(q, 1, number);
	int64_t value = q && store_next(s, q) == 1 ? sqlite3_column_int64(q, 0) : -1;
	sqlite3_finalize(q);
	return value;
}

sqlite3_stmt *store_prepare(struct store *s, const char *sql)
{
	sqlite3_stmt *statement;
	if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) == SQLITE_OK)
		return statement;
	store_failed(s, "read the store");
	return NULL;
}

int store_next(struct store *s, sqlite3_stmt *statement)
{
	int result = sqlite3_step(statement);
	return result == SQLITE_ROW ? 1 : result == SQLITE_DONE ? 0 : store_failed(s, "read the store");
}

int store_step(struct store *s, sqlite3_stmt *statement)
{
	int result = sqlite3_step(statement);
	sqlite3_reset(statement);
	return result == SQLITE_DONE || result == SQLITE_ROW ? 0 : store_failed(s, "change the store");
}

bool store_is_sound(const struct store *s)
{
	return !s->failed;
}

const char *store_text(sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);
	return text ? (const char *)text : "";
}

size_t store_theme_count(struct store *s, int64_t edition)
{
	int64_t n = store_number(s, "SELECT count(*) FROM theme WHERE edition = ?", edition);
	return n > 0 ? (size_t)n : 0;
}

int store_year(sqlite3_stmt *statement, int column)
{
	int64_t year = sqlite3_column_int64(statement, column);
	return year >= 1 && year <= 9999 ? (int)year : 0;
}

int store_month(sqlite3_stmt *statement, int column)
{
	int64_t month = sqlite3_column_int64(statement, column);
	return month >= 1 && month <= 12 ? (int)month : 0;
}

void store_bind_text(sqlite3_stmt *statement, int at, const char *text, bool null_if_empty)
{
	if (null_if_empty && !*text)
		sqlite3_bind_null(statement, at);
	else
		sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
}

/* ---- opening ---- */

static int check_schema(struct store *s, enum store_mode mode)
{
	int64_t application = store_number(s, "PRAGMA application_id", 0), version = store_number(s, "PRAGMA user_version", 0);
	int64_t tables = store_number(s, "SELECT count(*) FROM sqlite_schema", 0);
	if (application < 0 || version < 0 || tables < 0)
		return -1;
	if (tables == 0 && mode != STORE_READ) {
		char sql[160];
		snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", STORE_APPLICATION_ID, STORE_VERSION);
		return store_run(s, "PRAGMA journal_mode = WAL") || store_run(s, "BEGIN IMMEDIATE") || store_run(s, store_schema) || store_run(s, sql) ? -1 : 0;
	}
	if (application != STORE_APPLICATION_ID) {
		message_error("%s is no store of themetally", s->path);
		return -1;
	}
	if (version != STORE_VERSION) {
		message_error("%s has the form of another version of themetally (%lld, this one reads %d): make it again from the archives", s->path,
		              (long long)version, STORE_VERSION);
		return -1;
	}
	return 0;
}

/* ---- SQLite's memory ----
 *
 * Running out of it ends the program, as it does everywhere else: a value that could not be bound for want of memory would be stored as NULL, and one that could not be read would be
 * read as nothing. What is under way is then rolled back by the next one to open the store. */

static sqlite3_mem_methods library_memory;

static void *take(int size)
{
	void *p = library_memory.xMalloc(size);

	if (!p && size > 0)
		mem_exhausted();
	return p;
}

static void *take_more(void *old, int size)
{
	void *p = library_memory.xRealloc(old, size);

	if (!p && size > 0)
		mem_exhausted();
	return p;
}

static void set_memory(void)
{
	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &library_memory) != SQLITE_OK)
		return;
	sqlite3_mem_methods ours = library_memory;

	ours.xMalloc = take;
	ours.xRealloc = take_more;
	sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
}

struct store *store_open(const char *path, enum store_mode mode)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct store *s = mem_calloc(1, sizeof *s);
	struct stat st;

	pthread_once(&once, set_memory);
	s->path = mem_strdup(path);
	s->lock_fd = -1;
	bool there = stat(path, &st) == 0;
	if (there && !S_ISREG(st.st_mode)) {
		message_error("%s is no regular file", path);
	} else if (!there && mode == STORE_READ) {
		message_error("there is no store %s; 'themetally update --store %s PATH...' makes one", path, path);
	} else if (mode == STORE_READ || (s->lock_fd = store_take_lock(path)) >= 0) {
		struct buf beside = BUF_INIT;
		mode_t before = umask(0077); /* a store is its owner's */
		int flags = mode == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
		int result = sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
		umask(before);
		if (result != SQLITE_OK)
			store_failed(s, "open the store");
		else if (sqlite3_busy_timeout(s->db, 10000) == SQLITE_OK &&
		         store_run(s, "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;"
		                      "PRAGMA cell_size_check = ON; PRAGMA journal_size_limit = 67108864") == 0 &&
		         check_schema(s, mode) == 0) {
			int persist = mode == STORE_WRITE;
			sqlite3_file_control(s->db, NULL, SQLITE_FCNTL_PERSIST_WAL, &persist);
			return s;
		}
		buf_printf(&beside, "%s-shm", path);
		if (result == SQLITE_OK && mode == STORE_READ && access(path, R_OK) == 0 && access(beside.data, R_OK) != 0)
			message_error("%s is missing or cannot be read: the next update makes it; to read without the right to write it must be readable", beside.data);
		buf_release(&beside);
	}
	store_close(s);
	return NULL;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	changes_forget(s);
	sqlite3_close(s->db);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	free(s->path);
	free(s);
}

int store_run_sql(struct store *s, const char *sql)
{
	return store_run(s, sql);
}

struct sqlite3 *store_database(struct store *s)
{
	return s->db;
}

/* ---- editions ---- */

static void add_file(struct sha256 *h, const char *path)
{
	char block[65536];
	size_t n;
	FILE *f = fopen(path, "re");
	while (f && (n = fread(block, 1, sizeof block, f)) > 0)
		sha256_update(h, block, n);
	if (f)
		fclose(f);
}

void edition_key(const struct lexicon *lexicon, const struct options *o, unsigned char key[32])
{
	struct sha256 h;
	size_t count;
	const struct resource *list = resource_list(&count);
	const char *const fields[] = {o->documents.text_field, o->documents.date_field, o->documents.id_field};
	sha256_init(&h);
	sha256_update(&h, THEMETALLY_VERSION, sizeof THEMETALLY_VERSION); /* a release may cut, date or count otherwise */
	sha256_update(&h, lexicon->sha256, sizeof lexicon->sha256);
	sha256_update(&h, nested_word(o->nested), strlen(nested_word(o->nested)) + 1);
	sha256_update(&h, o->all_sections ? "all" : "main", 4);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		sha256_update(&h, fields[i] ? fields[i] : "", fields[i] ? strlen(fields[i]) + 1 : 1);
	for (size_t i = 0; i < count; i++)
		if (strncmp(list[i].name, "corpora/layouts/", 16) == 0)
			sha256_update(&h, list[i].bytes, list[i].length);
	for (size_t i = 0; i < o->layout_count; i++)
		add_file(&h, o->layouts[i]);
	sha256_final(&h, key);
}

static void copy_word(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static int take_edition(struct store *s, sqlite3_stmt *statement, struct edition *out)
{
	int result = store_next(s, statement);
	if (result == 1) {
		*out = (struct edition){.id = sqlite3_column_int64(statement, 0), .settled = sqlite3_column_int(statement, 5)};
		if (sqlite3_column_bytes(statement, 1) == (int)sizeof out->key)
			memcpy(out->key, sqlite3_column_blob(statement, 1), sizeof out->key);
		copy_word(out->lexicon_name, sizeof out->lexicon_name, store_text(statement, 2));
		copy_word(out->lexicon_version, sizeof out->lexicon_version, store_text(statement, 3));
		copy_word(out->program, sizeof out->program, store_text(statement, 4));
		copy_word(out->created, sizeof out->created, store_text(statement, 6));
	}
	sqlite3_finalize(statement);
	return result;
}

#define EDITION_COLUMNS "SELECT id, key, lexicon_name, lexicon_version, program, settled, created FROM edition "

int store_find_edition(struct store *s, int64_t id, struct edition *out)
{
	sqlite3_stmt *statement = store_prepare(s, EDITION_COLUMNS "WHERE ?1 = 0 OR id = ?1 ORDER BY id DESC LIMIT 1");
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, id);
	return take_edition(s, statement, out);
}

int store_find_edition_by_key(struct store *s, const unsigned char key[32], struct edition *out)
{
	sqlite3_stmt *statement = store_prepare(s, EDITION_COLUMNS "WHERE key = ?1");
	if (!statement)
		return -1;
	sqlite3_bind_blob(statement, 1, key, 32, SQLITE_STATIC);
	return take_edition(s, statement, out);
}

void store_now(char stamp[32])
{
	time_t now = time(NULL);
	struct tm utc;
	gmtime_r(&now, &utc);
	strftime(stamp, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static int put_themes(struct store *s, int64_t edition, const struct lexicon *lexicon)
{
	sqlite3_stmt *statement = store_prepare(s, "INSERT INTO theme VALUES(?, ?, ?, ?, ?, ?, ?)");
	int result = statement ? 0 : -1;
	for (size_t i = 0; i < lexicon->theme_count && result == 0; i++) {
		const struct theme *t = &lexicon->themes[i];
		sqlite3_bind_int64(statement, 1, edition);
		sqlite3_bind_int64(statement, 2, (int64_t)i);
		store_bind_text(statement, 3, t->code, false);
		store_bind_text(statement, 4, t->label, false);
		store_bind_text(statement, 5, t->description, false);
		if (t->parent == THEME_NONE)
			sqlite3_bind_null(statement, 6);
		else
			sqlite3_bind_int64(statement, 6, t->parent);
		sqlite3_bind_int(statement, 7, t->negatable);
		result = store_step(s, statement);
	}
	sqlite3_finalize(statement);
	return result;
}

int store_make_edition(struct store *s, const unsigned char key[32], const struct lexicon *lexicon, const struct options *o, struct edition *out)
{
	char now[32];
	store_now(now);
	if (store_run(s, "BEGIN IMMEDIATE") != 0)
		return -1;
	sqlite3_stmt *statement = store_prepare(
		s, "INSERT INTO edition(key, lexicon_name, lexicon_version, nested, program, created, settled) VALUES(?, ?, ?, ?, ?, ?, 1)");
	if (statement) {
		sqlite3_bind_blob(statement, 1, key, 32, SQLITE_STATIC);
		store_bind_text(statement, 2, lexicon->name, false);
		store_bind_text(statement, 3, lexicon->version, false);
		store_bind_text(statement, 4, nested_word(o->nested), false);
		store_bind_text(statement, 5, THEMETALLY_VERSION, false);
		store_bind_text(statement, 6, now, false);
	}
	int result = statement ? store_step(s, statement) : -1;
	sqlite3_finalize(statement);
	if (result == 0)
		result = put_themes(s, sqlite3_last_insert_rowid(s->db), lexicon);
	if (result == 0)
		result = store_run(s, "COMMIT");
	if (result != 0) {
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
		return -1;
	}
	return store_find_edition_by_key(s, key, out) == 1 ? 0 : -1;
}

struct lexicon *store_lexicon(struct store *s, int64_t edition)
{
	struct buf text = BUF_INIT;
	struct problem_list problems = {0};
	sqlite3_stmt *statement = store_prepare(s, "SELECT code, label, negatable, description FROM theme WHERE edition = ? ORDER BY number");
	int result = statement ? 1 : -1;
	buf_append_str(&text, "theme\tpattern\n");
	if (statement)
		sqlite3_bind_int64(statement, 1, edition);
	while (statement && (result = store_next(s, statement)) == 1) {
		buf_printf(&text, "@theme %s negatable=%s label=\"", store_text(statement, 0), sqlite3_column_int(statement, 2) ? "yes" : "no");
		for (const char *p = store_text(statement, 1); *p; p++) {
			if (*p == '"' || *p == '\\')
				buf_append_char(&text, '\\');
			buf_append_char(&text, *p);
		}
		buf_append_str(&text, "\"\n");
	}
	sqlite3_finalize(statement);
	struct lexicon_source source = {s->path, text.data, text.length};
	struct lexicon *lexicon = result == 0 ? lexicon_read(&source, 1, NULL, &problems) : NULL;
	if (lexicon && lexicon->theme_count != store_theme_count(s, edition)) { /* numbers would stand for other themes */
		lexicon_free(lexicon);
		lexicon = NULL;
	}
	if (!lexicon && result == 0)
		message_error("%s: the themes of edition %lld are damaged", s->path, (long long)edition);
	problem_list_release(&problems);
	buf_release(&text);
	return lexicon;
}
