/* Statements of the store that fail one after another, once and from then on: the change is not made and the store is as it was, and the same change
 * made again ends where it would have ended. The linker puts the functions of this file in the place of SQLite's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "matchers/lexicon.h"
#include "pipeline/store_sql.h"
#include "tests/shell.h"

static int calls, fail_at; /* fail_at 0: none fails */
static bool lasting;

static bool fails(void)
{
	return fail_at && (++calls == fail_at || (lasting && calls > fail_at));
}

#define WRAP(name, parameters, arguments)    \
	int __real_##name parameters;             \
	int __wrap_##name parameters;             \
	int __wrap_##name parameters { return fails() ? SQLITE_IOERR : __real_##name arguments; }

WRAP(sqlite3_step, (sqlite3_stmt *q), (q))

int __real_sqlite3_prepare_v2(sqlite3 *db, const char *sql, int length, sqlite3_stmt **q, const char **rest);
int __wrap_sqlite3_prepare_v2(sqlite3 *db, const char *sql, int length, sqlite3_stmt **q, const char **rest);
int __wrap_sqlite3_prepare_v2(sqlite3 *db, const char *sql, int length, sqlite3_stmt **q, const char **rest)
{
	*q = NULL;
	return fails() ? SQLITE_IOERR : __real_sqlite3_prepare_v2(db, sql, length, q, rest);
}

int __real_sqlite3_exec(sqlite3 *db, const char *sql, sqlite3_callback row, void *context, char **error);
int __wrap_sqlite3_exec(sqlite3 *db, const char *sql, sqlite3_callback row, void *context, char **error);
int __wrap_sqlite3_exec(sqlite3 *db, const char *sql, sqlite3_callback row, void *context, char **error)
{
	return strcmp(sql, "ROLLBACK") != 0 && fails() ? SQLITE_IOERR : __real_sqlite3_exec(db, sql, row, context, error);
}

/* ---- a store of two archives ---- */

static struct lexicon *lexicon;
static struct options options;
static struct store *store;
static struct edition edition;

static void add_review(struct buf *rows, uint32_t number, int version)
{
	struct theme_tally tallies[2] = {{0, 1 + (uint32_t)version, 0, 1}, {1, 2, 1, 1}};
	uint32_t inconclusive[1] = {1};
	struct review_row row = {
		.member = "a.txt", .ordinal = number, .length = 100, .kind = KIND_REVIEW, .title = "Made by a test", .section = "", .board = "", .child = "", .method = "",
		.layout = "list", .published = {2010 + version, 1, "heading", "May 2012", ""}, .incident = {0, 0, "", "", ""}, .age_months = number ? 7 : -1,
		.recommendations = -1, .words = number == 2 ? 0 : 100, .has_sketch = number == 1, .counted = true, .tallies = tallies, .tally_count = 2, .inconclusive = inconclusive,
		.inconclusive_count = number == 1};
	memset(row.fingerprint, (int)number + 1, sizeof row.fingerprint); /* the same in every archive: duplicates */
	memset(row.sketch, (int)number + 1, sizeof row.sketch);
	row_encode(rows, &row);
}

static int put(const char *path, int version)
{
	struct buf rows = BUF_INIT;
	struct spill *spill = spill_new(NULL, 1 << 20);
	struct fault_note faults[2] = {{{.code = FAULT_CHECKSUM}, false, 1}, {{.code = FAULT_NOT_TEXT}, true, 0}};
	fault_set(&faults[0].fault, FAULT_CHECKSUM, "b.txt", 5, FAULT_NO_OFFSET, 0, "made by a test");
	fault_set(&faults[1].fault, FAULT_NOT_TEXT, "c.txt", FAULT_NO_OFFSET, 3, 9, "made by a test");
	for (uint32_t i = 0; i < 2; i++)
		add_review(&rows, i, version);
	struct sheaf sheaves[2] = {{spill_append(spill, rows.data, rows.length), rows.length, 0, 2}};
	rows.length = 0;
	add_review(&rows, 2, version);
	sheaves[1] = (struct sheaf){spill_append(spill, rows.data, rows.length), rows.length, 0, 1};
	struct archive_result result = {.path = path, .opened = true, .sheaves = sheaves, .sheaf_count = 2, .account = {.units_sealed = 1, .units_refused = 1, .members = 1},
	                                .faults = 2, .fault_notes = faults};
	struct file_identity identity = {1000, version, 1, 2};
	int failed = store_put_archive(store, edition.id, &identity, &result, spill);
	spill_free(spill);
	buf_release(&rows);
	return failed;
}

/* All but times and ids. */
static char *dump(void)
{
	static const char *const queries[] = {
		"SELECT settled FROM edition", "SELECT path, mtime_ns, outcome, reviews, hex(checksum) FROM archive ORDER BY path",
		"SELECT a.path, r.number, published_year, duplicate_of IS NULL, duplicate_reason FROM review r JOIN archive a ON a.id = r.archive ORDER BY 1, 2",
		"SELECT a.path, r.number, t.theme, t.mentions FROM tally t JOIN review r ON r.id = t.review JOIN archive a ON a.id = r.archive ORDER BY 1, 2, 3",
		"SELECT a.path, r.number, i.theme FROM inconclusive i JOIN review r ON r.id = i.review JOIN archive a ON a.id = r.archive ORDER BY 1, 2, 3",
		"SELECT a.path, f.number, f.member, f.message FROM fault f JOIN archive a ON a.id = f.archive ORDER BY 1, 2", "SELECT * FROM month_sum", "SELECT * FROM month_theme_sum"};
	struct buf out = BUF_INIT;
	for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
		sqlite3_stmt *q;
		if (sqlite3_prepare_v2(store_database(store), queries[i], -1, &q, NULL) != SQLITE_OK)
			fail_msg("%s: %s", queries[i], sqlite3_errmsg(store_database(store)));
		while (sqlite3_step(q) == SQLITE_ROW)
			for (int k = 0; k < sqlite3_column_count(q); k++)
				buf_printf(&out, "%s|", sqlite3_column_text(q, k) ? (const char *)sqlite3_column_text(q, k) : "");
		sqlite3_finalize(q);
		buf_append_char(&out, '\n');
	}
	return buf_detach(&out);
}

/* ---- changes ---- */

static int put_new(void) { return put("new.gz", 0); }
static int put_changed(void) { return put("a.gz", 1); }
static int take_out(void) { return store_remove_archive(store, edition.id, "a.gz"); }
static int settle(void)
{
	struct edition now;
	int found = store_find_edition(store, edition.id, &now);
	return found == 1 ? store_settle(store, &now, 1) : -1;
}

static void open_again(void)
{
	char path[256];
	snprintf(path, sizeof path, "%s/s.db", shell_folder());
	store_close(store);
	store = store_open(path, STORE_WRITE);
	assert_non_null(store);
}

static void back(void)
{
	fail_at = 0;
	assert_int_equal(store_remove_archive(store, edition.id, "new.gz"), 0);
	assert_int_equal(put("a.gz", 0), 0);
	assert_int_equal(put("b.gz", 0), 0);
	assert_int_equal(settle(), 0);
}

static void fail_each(int (*before)(void), int (*change)(void), bool from_then_on, int least)
{
	char *good = NULL;
	bool more = true;
	lasting = from_then_on;
	back();
	assert_true(!before || before() == 0);
	assert_int_equal(change(), 0);
	good = dump();
	for (int at = 1; more; at++) {
		back();
		assert_true(!before || before() == 0);
		char *old = dump();
		calls = 0;
		fail_at = at;
		int result = change();
		more = calls >= at;
		fail_at = 0;
		assert_int_equal(store_is_sound(store), !more);
		assert_true(result != 0 || !more); /* no failure goes unnoticed */
		open_again();
		char *now = dump();
		if (result != 0 && strcmp(now, old) != 0)
			fail_msg("call %d failed%s and the change too, but it changed %s to %s", at, lasting ? " and those after it" : "", old, now);
		free(now);
		if (result != 0)
			assert_int_equal(change(), 0);
		now = dump();
		if (strcmp(now, good) != 0)
			fail_msg("call %d of %d failed%s, the change gave %d: %s is not %s", at, calls, lasting ? " and those after it" : "", result, now, good);
		free(now);
		free(old);
	}
	assert_true(calls >= least);
	free(good);
}

static void every_statement_fails(void **state)
{
	(void)state;
	for (int from_then_on = 0; from_then_on < 2; from_then_on++) {
		fail_each(NULL, put_new, from_then_on, 15);
		fail_each(NULL, put_changed, from_then_on, 15);
		fail_each(NULL, take_out, from_then_on, 5);
		fail_each(put_changed, settle, from_then_on, 10);
	}
}

static void what_is_known_can_be_read_or_not(void **state)
{
	(void)state;
	size_t count;
	back();
	struct known_archive *list = store_known(store, edition.id, &count);
	assert_int_equal(count, 2);
	store_free_known(list, count);
	for (fail_at = 1; fail_at <= 2; fail_at++) {
		calls = 0;
		list = store_known(store, edition.id, &count);
		assert_int_equal(count, 0);
		store_free_known(list, count);
		int64_t here = fail_at;
		fail_at = 0;
		open_again();
		fail_at = (int)here;
	}
	fail_at = 0;
	for (int i = 0; i < 20; i++) {
		char name[32];
		snprintf(name, sizeof name, "%d.gz", i);
		assert_int_equal(put(name, 0), 0);
	}
	list = store_known(store, edition.id, &count);
	assert_int_equal(count, 22);
	store_free_known(list, count);
	/* a hash that is none is that of no file */
	assert_int_equal(store_run_sql(store, "PRAGMA ignore_check_constraints = 1"), 0);
	assert_int_equal(store_run_sql(store, "UPDATE archive SET sha256 = x'00'"), 0);
	list = store_known(store, edition.id, &count);
	assert_int_equal(count, 22);
	for (size_t i = 0; i < sizeof list->sha256; i++)
		assert_int_equal(list->sha256[i], 0);
	store_free_known(list, count);
}

/* Every statement of reading the reviews fails once: nothing is given, and the store is not blamed. */
static void what_cannot_be_read_is_not_called_damaged(void **state)
{
	(void)state;
	char path[256], said[4096];
	bool more = true;
	int at;
	snprintf(path, sizeof path, "%s/said", shell_folder());
	lasting = false;
	back();
	for (at = 1; more; at++) {
		struct edition now;
		struct archive_path *archives = NULL;
		size_t count = 0;
		struct spill *spill = spill_new(NULL, 1 << 20);
		FILE *file = fopen(path, "w+");
		int kept = dup(STDERR_FILENO);
		assert_int_equal(store_find_edition(store, edition.id, &now), 1);
		assert_non_null(file);
		dup2(fileno(file), STDERR_FILENO);
		calls = 0;
		fail_at = at;
		struct ledger *ledger = store_ledger(store, &now, spill, &archives, &count);
		more = calls >= at;
		fail_at = 0;
		dup2(kept, STDERR_FILENO);
		close(kept);
		rewind(file);
		said[fread(said, 1, sizeof said - 1, file)] = '\0';
		fclose(file);
		assert_int_equal(ledger == NULL, more);
		if (strstr(said, "damaged") || (more && !strstr(said, "cannot read the store")))
			fail_msg("call %d failed, and this was said: %s", at, said);
		ledger_free(ledger);
		archive_list_free(archives, count);
		spill_free(spill);
		open_again();
	}
	assert_true(at > 20);
}

static int set_up(void **state)
{
	static const char text[] = "theme\tpattern\nharm.neglect\tneglect\nharm.abuse\tabuse\n";
	struct lexicon_source source = {"test", text, sizeof text - 1};
	struct problem_list problems = {0};
	unsigned char key[32];
	char path[256];
	if (shell_set_up(state) != 0)
		return -1;
	options_init(&options);
	lexicon = lexicon_read(&source, 1, NULL, &problems);
	problem_list_release(&problems);
	snprintf(path, sizeof path, "%s/s.db", shell_folder());
	if (!lexicon || !(store = store_open(path, STORE_WRITE)))
		return -1;
	edition_key(lexicon, &options, key);
	return store_make_edition(store, key, lexicon, &options, &edition);
}

static int tear_down(void **state)
{
	store_close(store);
	lexicon_free(lexicon);
	options_release(&options);
	return shell_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_statement_fails), cmocka_unit_test(what_is_known_can_be_read_or_not),
	                                  cmocka_unit_test(what_cannot_be_read_is_not_called_damaged)};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
