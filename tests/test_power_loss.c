/* Power cuts at random instants of a few nights of updates, on a disk that loses, reorders and tears what was not synced (tests/lossy_disk.h). Afterwards
 * the store must hold exactly what was committed when the power went, or that and the change under way; must verify; and going on must
 * end where undisturbed nights end. CUTS=N: how many (60). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench/rng.h"
#include "matchers/lexicon.h"
#include "pipeline/store.h"
#include "tests/lossy_disk.h"

enum { THEMES = 6, REVIEWS = 5, ARCHIVES = 8 };
static char scratch[] = "/dev/shm/themetally-power-XXXXXX";
static struct lexicon *lexicon;
static struct options options;

/* ---- the nights ---- */

enum act { OPEN, EDITION, PUT, REMOVE, SETTLE, REOPEN };
static const struct step {
	enum act act;
	int archive, version;
} steps[] = {
	{OPEN, 0, 0}, {EDITION, 0, 0}, {PUT, 0, 0}, {PUT, 1, 0}, {PUT, 2, 0}, {PUT, 3, 0}, {PUT, 4, 0}, {PUT, 5, 0}, {SETTLE, 0, 0},
	{PUT, 2, 1}, {REMOVE, 4, 0}, {PUT, 6, 0}, {SETTLE, 0, 0}, {REOPEN, 0, 0}, {PUT, 7, 0}, {PUT, 0, 1}, {SETTLE, 0, 0}, {REOPEN, 0, 0},
	{REMOVE, 3, 0}, {PUT, 3, 2}, {SETTLE, 0, 0}};
enum { STEPS = sizeof steps / sizeof *steps };

static void add_review(struct buf *rows, int archive, int version, uint32_t number)
{
	/* the first review of archive 7 is that of archive 1, so one is a copy; a new version changes the second half */
	bool copy = archive == 7 && number == 0;
	struct rng rng;
	struct theme_tally tallies[THEMES];
	char title[64];
	rng_init(&rng, (uint64_t)(copy ? 1 : archive) * 1000 + (number >= REVIEWS / 2 ? (uint64_t)version * 100 : 0) + number);
	snprintf(title, sizeof title, "Review %u of archive %d", number, archive);
	struct review_row row = {
		.member = "", .ordinal = number, .length = 100, .kind = KIND_REVIEW, .title = title, .section = "", .board = "", .child = "", .method = "", .layout = "list",
		.published = {2010 + (int)rng_below(&rng, 5), 1 + (int)rng_below(&rng, 12), "heading", "May 2012", ""}, .incident = {0, 0, "", "", ""},
		.age_months = -1, .recommendations = -1, .words = 100 + rng_below(&rng, 50), .has_sketch = true, .counted = true, .tallies = tallies};
	for (size_t i = 0; i < sizeof row.fingerprint; i++)
		row.fingerprint[i] = (unsigned char)rng_next(&rng);
	for (size_t i = 0; i < SKETCH_BINS; i++)
		row.sketch[i] = (uint16_t)rng_below(&rng, 65000);
	for (uint32_t i = 0; i < THEMES; i++)
		if (rng_below(&rng, 2))
			tallies[row.tally_count++] = (struct theme_tally){i, 1 + rng_below(&rng, 3), rng_below(&rng, 2), 1};
	row_encode(rows, &row);
}

static int put(struct store *s, const struct edition *e, int archive, int version)
{
	struct buf rows = BUF_INIT;
	struct spill *spill = spill_new(NULL, 1 << 20);
	char path[32];
	for (uint32_t i = 0; i < REVIEWS; i++)
		add_review(&rows, archive, version, i);
	snprintf(path, sizeof path, "archive-%d.gz", archive);
	struct sheaf sheaf = {spill_append(spill, rows.data, rows.length), rows.length, 0, REVIEWS};
	struct archive_result result = {.path = path, .opened = true, .sheaves = &sheaf, .sheaf_count = 1, .account = {.units_sealed = 1, .members = 1}};
	struct file_identity identity = {1000, version, 1, archive};
	int failed = store_put_archive(s, e->id, &identity, &result, spill);
	spill_free(spill);
	buf_release(&rows);
	return failed;
}

static struct store *open_small(const char *path)
{
	struct store *s = store_open(path, STORE_WRITE);
	if (s && store_run_sql(s, "PRAGMA wal_autocheckpoint = 24") != 0) /* pages: so that checkpoints fall into the middle */
		fail_msg("checkpoints");
	return s;
}

static int do_step(struct store **s, const char *path, const struct step *t)
{
	struct edition e = {0};
	char name[32];
	unsigned char key[32];
	edition_key(lexicon, &options, key);
	snprintf(name, sizeof name, "archive-%d.gz", t->archive);
	if (t->act == REOPEN || (t->act == OPEN && !*s)) {
		store_close(*s);
		return (*s = open_small(path)) ? 0 : -1;
	}
	if (t->act == EDITION)
		return store_make_edition(*s, key, lexicon, &options, &e);
	if (t->act == OPEN || store_find_edition_by_key(*s, key, &e) != 1)
		return t->act == OPEN ? 0 : -1;
	return t->act == PUT ? put(*s, &e, t->archive, t->version) : t->act == REMOVE ? store_remove_archive(*s, e.id, name) : store_settle(*s, &e, 2);
}

/* ---- what a store holds ---- */

/* All but times, and what is known only of runs that were not interrupted. */
static const char *const dump_sql[] = {
	"SELECT id, settled FROM edition ORDER BY id", "SELECT edition, number, code FROM theme ORDER BY 1, 2",
	"SELECT path, bytes, mtime_ns, outcome, reviews FROM archive ORDER BY path",
	"SELECT a.path, r.number, r.title, r.published_year, r.words, hex(r.fingerprint), hex(r.sketch), b.path, o.number, r.duplicate_reason, r.similarity"
	" FROM review r JOIN archive a ON a.id = r.archive LEFT JOIN review o ON o.id = r.duplicate_of LEFT JOIN archive b ON b.id = o.archive ORDER BY 1, 2",
	"SELECT a.path, r.number, t.theme, t.mentions, t.negated, t.sentences FROM tally t JOIN review r ON r.id = t.review JOIN archive a ON a.id = r.archive"
	" ORDER BY 1, 2, 3",
	"SELECT * FROM month_sum", "SELECT * FROM month_theme_sum", "SELECT edition, at <> '', duplicates_before, duplicates_after FROM run ORDER BY id",
	"SELECT * FROM run_archive", "SELECT run, year, theme, reviews_before, reviews_after, mentions_before, mentions_after FROM run_change"};

/* "" if there is no store yet. Opening plays back what the log holds. */
static char *dump(const char *path)
{
	struct buf out = BUF_INIT;
	struct stat st;
	sqlite3 *db;
	sqlite3_stmt *q;
	if (stat(path, &st) != 0)
		return mem_strdup("");
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		fail_msg("%s cannot be opened: %s", path, sqlite3_errmsg(db));
	for (size_t i = 0; i < sizeof dump_sql / sizeof *dump_sql; i++) {
		int result = sqlite3_prepare_v2(db, dump_sql[i], -1, &q, NULL);
		if (result == SQLITE_ERROR && i == 0 && strstr(sqlite3_errmsg(db), "no such table"))
			break;
		if (result != SQLITE_OK)
			fail_msg("%s: %s", path, sqlite3_errmsg(db));
		buf_printf(&out, "-- %zu\n", i);
		while ((result = sqlite3_step(q)) == SQLITE_ROW)
			for (int k = 0; k < sqlite3_column_count(q); k++)
				buf_printf(&out, "%s%c", sqlite3_column_text(q, k) ? (const char *)sqlite3_column_text(q, k) : "NULL", k + 1 < sqlite3_column_count(q) ? ',' : '\n');
		if (result != SQLITE_DONE)
			fail_msg("%s: %s", path, sqlite3_errmsg(db));
		sqlite3_finalize(q);
	}
	sqlite3_close(db);
	return out.data ? buf_detach(&out) : mem_strdup("");
}

/* Steps from `from` on; after each, where the disk was. The dumps of undisturbed nights are taken on the side. */
static void go_on(const char *path, int from, size_t *positions)
{
	struct store *s = NULL;
	if (from > 1)
		s = open_small(path);
	for (int i = from > 0 ? from - 1 : 0; i < STEPS; i++) {
		if (do_step(&s, path, &steps[i]) != 0)
			fail_msg("%s: step %d failed", path, i);
		if (positions)
			positions[i + 1] = lossy_disk_position();
	}
	store_close(s);
}

static char *dumps[STEPS + 1]; /* after so many steps */

static void take_dumps(const char *path)
{
	struct store *s = NULL;
	dumps[0] = mem_strdup("");
	for (int i = 0; i < STEPS; i++) {
		if (do_step(&s, path, &steps[i]) != 0)
			fail_msg("step %d failed", i);
		dumps[i + 1] = dump(path);
	}
	store_close(s);
	for (int i = 2; i <= STEPS; i++)
		if (steps[i - 1].act != REOPEN)
			assert_string_not_equal(dumps[i - 1], dumps[i]); /* else the test would not see what is lost */
}

/* ---- cuts ---- */

/* What must be there after a cut: as many steps as were done, or one more. Then goes on to the end. */
static void check(const char *path, const size_t *positions, int first, size_t position)
{
	int done = first;
	while (done < STEPS && positions[done + 1] <= position)
		done++;
	char *found = dump(path);
	int at = strcmp(found, dumps[done]) == 0 ? done : done < STEPS && strcmp(found, dumps[done + 1]) == 0 ? done + 1 : -1;
	if (at < 0)
		fail_msg("%s: cut before operation %zu, after step %d: the store holds neither that state nor the next", path, position, done);
	free(found);
	go_on(path, at + 1, NULL);
	found = dump(path);
	assert_string_equal(found, dumps[STEPS]);
	free(found);
	struct store *s = store_open(path, STORE_READ);
	assert_non_null(s);
	assert_int_equal(store_verify(s), 0);
	store_close(s);
}

static void folder(char *path, size_t size, const char *name, unsigned number)
{
	snprintf(path, size, "%s/%s%u", scratch, name, number);
	if (mkdir(path, 0700) != 0)
		fail_msg("cannot make %s", path);
}

static void remove_folder(const char *path)
{
	char command[300];
	snprintf(command, sizeof command, "rm -rf '%s'", path);
	assert_int_equal(system(command), 0);
}

static void put_name(char *path, size_t size, const char *in)
{
	snprintf(path, size, "%s/s.db", in);
}

/* A store as a cut left it is opened and gone on with, and the power goes again. */
static void cut_again(const char *in, struct rng *rng)
{
	size_t positions[STEPS + 1] = {0};
	char path[256], again[200], cut[256];
	put_name(path, sizeof path, in);
	lossy_disk_begin(in);
	char *found = dump(path);
	int at = 0;
	while (at <= STEPS && strcmp(found, dumps[at]) != 0)
		at++;
	free(found);
	assert_true(at <= STEPS);
	go_on(path, at + 1, positions);
	size_t position = rng_below(rng, (uint32_t)lossy_disk_position() + 1);
	folder(again, sizeof again, "again", 0);
	lossy_disk_cut(position, rng, again);
	lossy_disk_end();
	put_name(cut, sizeof cut, again);
	check(cut, positions, at, position);
	remove_folder(again);
}

static void a_store_survives_power_cuts(void **state)
{
	(void)state;
	const char *wanted = getenv("CUTS");
	unsigned cuts = wanted ? (unsigned)atoi(wanted) : 60, twice = cuts / 4;
	size_t positions[STEPS + 1] = {0};
	char in[200], path[256];
	struct rng rng;
	rng_init(&rng, 20261127);
	folder(in, sizeof in, "clean", 0);
	put_name(path, sizeof path, in);
	take_dumps(path);
	folder(in, sizeof in, "noted", 0);
	put_name(path, sizeof path, in);
	lossy_disk_begin(in);
	go_on(path, 0, positions);
	size_t operations = lossy_disk_position(), syncs = lossy_disk_syncs();
	char *found = dump(path);
	assert_string_equal(found, dumps[STEPS]);
	free(found);
	for (unsigned i = 0; i < cuts; i++) {
		size_t position = rng_below(&rng, (uint32_t)operations + 1);
		folder(in, sizeof in, "cut", i);
		put_name(path, sizeof path, in);
		lossy_disk_cut(position, &rng, in);
		if (i < twice) /* kept for the second round */
			continue;
		check(path, positions, 0, position);
		remove_folder(in);
	}
	lossy_disk_end();
	for (unsigned i = 0; i < twice; i++) {
		snprintf(in, sizeof in, "%s/cut%u", scratch, i);
		cut_again(in, &rng);
		remove_folder(in);
	}
	printf("%u power cuts, %u of them cut again while going on; %zu operations with %zu syncs\n", cuts, twice, operations, syncs);
}

static int set_up(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;
	struct problem_list problems = {0};
	if (!mkdtemp(scratch))
		return -1;
	options_init(&options);
	buf_append_str(&text, "theme\tpattern\n");
	for (int i = 0; i < THEMES; i++)
		buf_printf(&text, "t.theme%d\tword%d\n", i, i);
	struct lexicon_source source = {"power", text.data, text.length};
	lexicon = lexicon_read(&source, 1, NULL, &problems);
	problem_list_release(&problems);
	buf_release(&text);
	return lexicon ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i <= STEPS; i++)
		free(dumps[i]);
	lexicon_free(lexicon);
	options_release(&options);
	remove_folder(scratch);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_store_survives_power_cuts)};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
