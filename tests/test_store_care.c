/* What an operator and an analyst do with a store besides updating it: verify, repair, back up and restore, ask what changed, read it with other
 * programs and as another user, export it, run it every night. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/shell.h"

static sqlite3 *open_store(const char *name)
{
	char path[256];
	sqlite3 *db;
	snprintf(path, sizeof path, "%s/%s", shell_folder(), name);
	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	return db;
}

static void sql(const char *name, const char *statements)
{
	sqlite3 *db = open_store(name);
	if (sqlite3_exec(db, statements, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", statements, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static int64_t number(const char *name, const char *query)
{
	sqlite3 *db = open_store(name);
	sqlite3_stmt *q;
	if (sqlite3_prepare_v2(db, query, -1, &q, NULL) != SQLITE_OK)
		fail_msg("%s: %s", query, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	int64_t n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return n;
}

static int set_up(void **state)
{
	if (shell_set_up(state) != 0)
		return -1;
	shell_run(0, "cp -r $S corpus && $T update -q --store a.db corpus && $T count -q --store a.db >count");
	return 0;
}

/* ---- verify and repair ---- */

static void verify_sees_every_change(void **state)
{
	(void)state;
	static const char *const changes[] = {
		"UPDATE month_sum SET reviews = reviews + 1 WHERE year = 2016", "DELETE FROM month_theme_sum WHERE theme = 3",
		"UPDATE month_theme_sum SET sentences = sentences + 1 WHERE theme = 3 AND year = 2016", "UPDATE tally SET mentions = mentions + 1 WHERE theme = 4",
		"UPDATE review SET published_year = 2001 WHERE id = 7", "UPDATE review SET title = title || '.' WHERE id = (SELECT min(id) FROM review WHERE title <> '')", "DELETE FROM review WHERE id = 9",
		"UPDATE review SET duplicate_of = NULL WHERE duplicate_of IS NOT NULL", "UPDATE review SET duplicate_of = 1 WHERE id = 2",
		"UPDATE theme SET code = 'a.theme.of.no.lexicon' WHERE number = 9", "UPDATE archive SET reviews = reviews + 1 WHERE id = 1", "UPDATE run_change SET reviews_after = reviews_after + 1 WHERE reviews_after > 3"};
	shell_run(0, "$T verify -q --store a.db");
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		char script[512];
		shell_run(0, "rm -f x.db* && $T backup -q --store a.db -o x.db");
		sql("x.db", changes[i]);
		snprintf(script, sizeof script, "true '%s'; $T verify -q --store x.db", strchr(changes[i], '\'') ? "title" : changes[i]);
		shell_run(3, script);
		shell_run(3, "$T backup -q --store x.db -o copy.db; s=$?; test ! -e copy.db || exit 9; exit $s");
	}
}

static void repair_takes_nothing_from_the_damaged(void **state)
{
	(void)state;
	shell_run(0, "rm -f x.db* && $T backup -q --store a.db -o x.db && $T repair --store x.db && grep -q 'nothing is wrong' err");
	sql("x.db", "UPDATE tally SET mentions = mentions + 7");
	shell_run(0, "$T repair -q --store x.db && $T count -q --store x.db | cmp - count && $T verify -q --store x.db && ls x.db.damaged-*Z && ! ls x.db.*.tmp");
	shell_run(3, "$T verify -q --store x.db.damaged-*Z");
	shell_run(0, "head -c 30000 /dev/urandom | dd of=x.db bs=1 seek=4096 conv=notrunc && rm -f x.db.damaged*");
	shell_run(2, "$T repair -q --store x.db");
	shell_run(0, "$T repair -q --store x.db corpus && $T count -q --store x.db | cmp - count");
	shell_run(1, "rm -rf gone && cp -r corpus gone && $T update -q --store g.db gone && rm gone/board-newsletter.txt && $T repair -q --force --store g.db; s=$?;"
	             " grep -q 'gone/board-newsletter.txt' err || exit 9; exit $s");
	shell_run(3, "$T repair -q --store nowhere.db corpus; s=$?; test ! -e nowhere.db || exit 9; exit $s");
	shell_run(3, "flock x.db.lock $T repair -q --force --store x.db");
	shell_run(2, "$T repair -q");
}

/* Each table of a store that holds what no store can: an error, or a table, but no crash and no wait. */
static void a_store_that_lies_does_no_harm(void **state)
{
	(void)state;
	static const char *const lies[] = {
		"UPDATE tally SET theme = theme + 100000", "UPDATE tally SET theme = -1 WHERE theme = 3", "DELETE FROM theme WHERE number > 5",
		"UPDATE theme SET code = 'harm' WHERE number > 5", "UPDATE theme SET code = '\"'", "UPDATE review SET kind = 77, outcome = -5, gender = 1000, age_band = 99, age_months = -2000000000",
		"UPDATE review SET published_year = 4000000000, published_month = 77, incident_year = -9, incident_month = -1",
		"UPDATE review SET duplicate_of = id, duplicate_reason = 99", "UPDATE review SET duplicate_of = 999999", "UPDATE review SET fingerprint = x'', sketch = x'00'",
		"UPDATE review SET words = -1, length = -1, byte_offset = -1, ordinal = -7, record = -7", "UPDATE OR REPLACE month_sum SET year = -2000000000, month = 99, kind = -1",
		"UPDATE OR REPLACE month_theme_sum SET theme = 100000, reviews = -1", "UPDATE OR REPLACE archive SET path = '', reviews = -1, bytes = -1", "UPDATE edition SET key = x'00', settled = 7"};
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		shell_run(0, "rm -f x.db* && $T backup -q --store a.db -o x.db");
		sql("x.db", lies[i]);
		shell_run(0, "for c in count 'count --facet outcome --by fy' 'matrix --wide' 'matrix --format jsonl' segment cooccur status changes verify; do timeout 20 $T $c --store x.db >x;"
		             " test $? -le 3 || { echo \"$c\" >&2; exit 9; }; done; timeout 20 $T export --store x.db -o lies; test $? -le 3");
	}
}

/* ---- interrupted runs, editions ---- */

/* The state a run leaves that is killed between its archives and settling. */
static void an_interrupted_run_is_gone_on_with(void **state)
{
	(void)state;
	shell_run(0, "rm -f x.db* && $T update -q --store x.db corpus/board* && cp -r corpus late && $T update -q --store x.db corpus");
	sql("x.db", "UPDATE edition SET settled = 0; UPDATE review SET duplicate_of = NULL, duplicate_reason = 0, similarity = NULL; DELETE FROM month_sum WHERE year > 2012; DELETE FROM month_theme_sum WHERE year > 2012;"
	            "UPDATE run SET at = '', duplicates_after = NULL WHERE id = 2; DELETE FROM run_change WHERE run = 2");
	shell_run(0, "$T status --format csv --store x.db | grep -q ',no,' && for c in count 'count --facet outcome' matrix segment cooccur; do $T $c -q --store x.db >x &&"
	             " $T $c -q corpus >y && cmp x y || exit 9; done");
	shell_run(0, "$T update -q --store x.db corpus && $T verify -q --store x.db && $T count -q --store x.db | cmp - count");
	assert_int_equal(number("x.db", "SELECT count(*) FROM run"), 2);
	assert_int_equal(number("x.db", "SELECT count(*) FROM run_archive WHERE run = 2"), 8);
	assert_true(number("x.db", "SELECT count(*) FROM run_change WHERE run = 2 AND from_new IS NULL") > 100);
	assert_int_equal(number("x.db", "SELECT settled FROM edition"), 1);
}

static void editions_can_be_dropped(void **state)
{
	(void)state;
	shell_run(0, "rm -f x.db* && $T backup -q --store a.db -o x.db && printf 'theme\\tpattern\\nx.y\\tmother\\n' >l.tsv && $T update -q -l l.tsv --store x.db corpus &&"
	             " $T count -q --store x.db >new && $T count -q --edition 1 --store x.db | cmp - count");
	shell_run(2, "$T drop -q --store x.db");
	shell_run(2, "$T drop -q --store x.db --edition 9");
	shell_run(3, "$T drop -q --store nowhere.db --edition 1; s=$?; test ! -e nowhere.db || exit 9; exit $s");
	shell_run(0, "$T drop -q --store x.db --edition 1 && $T verify -q --store x.db && $T count -q --store x.db | cmp - new");
	shell_run(2, "$T count -q --store x.db --edition 1");
	assert_int_equal(number("x.db", "SELECT count(*) FROM review r JOIN archive a ON a.id = r.archive WHERE a.edition = 1"), 0);
	assert_int_equal(number("x.db", "SELECT (SELECT count(*) FROM run WHERE edition = 1) + (SELECT count(*) FROM month_theme_sum WHERE edition = 1)"), 0);
	/* the fields that records are read by make editions as well */
	shell_run(0, "printf '{\"text\":\"A boy.\",\"other\":\"His mother.\"}\\n' >r.jsonl && rm -f f.db* && $T update -q -l l.tsv --store f.db r.jsonl &&"
	             " $T update -q -l l.tsv --text-field other --store f.db r.jsonl && test $($T status --format csv --no-header --store f.db | wc -l) = 2");
}

static void damaged_archives_are_read_again_when_asked(void **state)
{
	(void)state;
	shell_run(0, "mkdir half && head -c 2000 corpus/research-digest-2014-07.txt.gz >half/a.txt.gz && cp corpus/board-newsletter.txt half/");
	shell_run(1, "$T update -q --notify-json n.json --store h.db half");
	shell_run(0, "grep -q '\"reason\": \"truncated\"' n.json && $T update --store h.db half && grep -q '2 archives unchanged, 0 read' err");
	shell_run(1, "$T update --retry --store h.db half; s=$?; grep -q '1 archives unchanged, 1 read' err || exit 9; exit $s");
}

/* ---- what changed ---- */

static void changes_say_what_brought_them(void **state)
{
	(void)state;
	shell_run(0, "mkdir moving && cp corpus/board-newsletter.txt corpus/child* moving/ && $T update -q --store m.db moving && cp corpus/research-digest-2012-03.txt.gz moving/ &&"
	             " for i in 1 2 3; do echo \"{\\\"date\\\":\\\"2012-0$i-01\\\",\\\"text\\\":\\\"Neglect of a boy in place $i, whose mother $i $i drank.\\\"}\"; done >moving/r.jsonl &&"
	             " rm moving/child* && $T update -q --prune --store m.db moving");
	/* the same reviews under another date */
	shell_run(0, "sed -i s/2012-0/2013-0/ moving/r.jsonl && sleep 1 &&"
	             " $T update -q --store m.db moving && $T changes --store m.db >all && grep -q 'new edition (safeguarding' all && grep -q '1 gone, 2 new' all &&"
	             " grep -q '1 changed ([0-9]* reviews dated anew)' all && $T verify -q --store m.db");
	assert_true(number("m.db", "SELECT redated FROM run_archive WHERE run = 3") >= 2);
	assert_int_equal(number("m.db", "SELECT count(*) FROM run_change WHERE from_new + from_changed + from_gone + from_duplicates <> reviews_after - reviews_before"), 0);
	assert_true(number("m.db", "SELECT count(*) FROM run_change WHERE run = 3 AND year = 2012 AND from_changed < 0") > 0);
	assert_true(number("m.db", "SELECT count(*) FROM run_change WHERE run = 2 AND from_gone < 0") > 0);
	shell_run(0, "last=$(tail -n 1 all | cut -d, -f1) && $T changes --store m.db --since $last >x && test $(cut -d, -f1 x | sort -u | wc -l) = 2");
	shell_run(2, "$T changes --store m.db --since yesterday");
}

static void a_digest_names_departures_duplicates_and_damage(void **state)
{
	(void)state;
	char path[256];
	json_error_t error;
	shell_run(0, "for y in 2018 2019 2020; do for i in $(seq 30); do echo \"{\\\"date\\\":\\\"$y-05-$i\\\",\\\"text\\\":\\\"Review $y of boy number $i, a matter of housing $y$i.\\\"}\";"
	             " done; done >one.jsonl && for i in $(seq 15); do echo \"{\\\"date\\\":\\\"2021-05-$i\\\",\\\"text\\\":\\\"Another child $i, who was left alone; neglect of place $i by $i.\\\"}\";"
	             " done >two.jsonl && head -c 50 corpus/research-digest-2012-03.txt.gz >three.gz && printf 'theme\\tpattern\\nharm.neglect\\tneglect\\nx.boy\\tboy\\n' >d.tsv &&"
	             " $T update -q -l d.tsv --store d.db one.jsonl");
	shell_run(1, "$T update -l d.tsv --store d.db --notify-json d.json one.jsonl two.jsonl three.gz; s=$?; grep -q 'harm.neglect in 2021: 15 of 15 reviews, against 0 of 8' err ||"
	             " exit 9; grep -q '1 of these archives are damaged' err || exit 9; exit $s");
	snprintf(path, sizeof path, "%s/d.json", shell_folder());
	json_t *root = json_load_file(path, 0, &error);
	assert_non_null(root);
	json_t *departures = json_object_get(root, "departures");
	assert_int_equal(json_array_size(departures), 4); /* one came, one went, each with its ancestor */
	json_t *first = json_array_get(departures, 0);
	assert_true(json_real_value(json_object_get(first, "q")) < 0.001);
	assert_int_equal(json_array_size(json_object_get(root, "archives")), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(root, "damaged"), 0), "path")), "three.gz");
	json_decref(root);
	shell_run(0, "$T update -q -l d.tsv --store d.db --notify-json d.json one.jsonl && grep -q '\"numbers_moved\": 0' d.json");
	/* the same case again is a duplicate of what was there */
	shell_run(0, "head -n 3 one.jsonl >four.jsonl && $T update -l d.tsv --store d.db --notify-json d.json four.jsonl && grep -q 'duplicates (+3)' err &&"
	             " test $(grep -c '\"of_archive\": \"four.jsonl\"' d.json) = 3"); /* which comes first by name */
}

/* ---- readers ---- */

static void readers_do_not_wait_for_a_writer(void **state)
{
	(void)state;
	sqlite3 *db = open_store("a.db");
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE; DELETE FROM archive WHERE id = 1", NULL, NULL, NULL), SQLITE_OK);
	shell_run(0, "timeout 8 $T count -q --store a.db | cmp - count && timeout 8 $T backup -q --store a.db -o during.db");
	assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	shell_run(0, "$T count -q --store during.db | cmp - count");
	/* readers while updates run one after another: each sees a whole state */
	shell_run(0, "mkdir now && cp corpus/board* now && rm -f r.db* && $T update -q --store r.db now && $T count -q --store r.db >s0 && cp corpus/research* now && $T count -q now >s1 &&"
	             " { $T update -q --store r.db now & p=$!; while kill -0 $p; do $T verify -q --store r.db || exit 9; done; wait $p; } &&"
	             " $T count -q --store r.db | cmp - s1");
}

static void a_user_who_may_only_read_can(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		printf("skipped: another user (not root)\n");
		return;
	}
	shell_run(0, "$T update -q --store a.db corpus && chmod 755 . && cp $T program && chmod 755 program && chmod 644 a.db a.db-wal a.db-shm && setpriv --reuid=65534 --regid=65534 --clear-groups"
	             " ./program count -q --store a.db >x && cmp x count && $T update -q --store a.db corpus && setpriv --reuid=65534 --regid=65534 --clear-groups"
	             " ./program count -q --store a.db >x && cmp x count");
	shell_run(3, "setpriv --reuid=65534 --regid=65534 --clear-groups ./program update -q --no-cache --store a.db corpus");
}

/* The examples of docs/store.md, as they stand there, over a store named reviews.db. */
static void the_examples_of_the_manual_run(void **state)
{
	(void)state;
	shell_run(0, "$T backup -q --store a.db -o reviews.db && $T update -q --store reviews.db corpus && $T count -q --themes parent.domestic_abuse --store reviews.db | cut -d, -f1,3,7 |"
	             " grep -v unknown >want");
	shell_run(0, "command -v python3 >python || exit 0; sed -n '/^```python$/,/^```$/p' $D/docs/store.md | grep -v '^```' >x.py && test -s x.py && python3 x.py >got && cmp got want");
	shell_run(0, "Rscript -e 'quit(status = !requireNamespace(\"RSQLite\", quietly = TRUE))' >R.out 2>&1 || { echo 'skipped: R without RSQLite'; exit 0; };"
	             " sed -n '/^```r$/,/^```$/p' $D/docs/store.md | grep -v '^```' >x.R && test -s x.R && Rscript --vanilla x.R >got && cmp got want");
}

static void an_export_describes_itself(void **state)
{
	(void)state;
	char path[512], line[8192], names[8192];
	json_error_t error;
	shell_run(0, "$T export -q --store a.db -o out");
	snprintf(path, sizeof path, "%s/out/datapackage.json", shell_folder());
	json_t *root = json_load_file(path, 0, &error), *resource, *field;
	size_t i, k;
	assert_non_null(root);
	assert_int_equal(json_array_size(json_object_get(root, "resources")), 6);
	json_array_foreach(json_object_get(root, "resources"), i, resource) {
		snprintf(path, sizeof path, "%s/out/%s", shell_folder(), json_string_value(json_object_get(resource, "path")));
		FILE *f = fopen(path, "re");
		assert_non_null(f);
		assert_non_null(fgets(line, sizeof line, f));
		fclose(f);
		*names = 0;
		json_array_foreach(json_object_get(json_object_get(resource, "schema"), "fields"), k, field) {
			strcat(names, k ? "," : "");
			strcat(names, json_string_value(json_object_get(field, "name")));
		}
		line[strcspn(line, "\r\n")] = 0;
		assert_string_equal(line, names);
	}
	json_decref(root);
	shell_run(0, "$T segment -q --kind all --store a.db --no-header | cut -d, -f1 | sort >x && tail -n +2 out/reviews.csv | cut -d, -f3 | sort | cmp - x");
}

/* ---- every night ---- */

static void a_backup_is_the_way_back(void **state)
{
	(void)state;
	shell_run(0, "mkdir copies && rm -f x.db* && $T backup -q --store a.db -o x.db && for i in 1 2 3; do THEMETALLY=$T KEEP=2 $D/scripts/nightly/backup.sh x.db copies && sleep 1.1 ||"
	             " exit 9; done; test $(ls copies/*.db | wc -l) = 2");
	sql("x.db", "UPDATE tally SET mentions = mentions + 7");
	shell_run(3, "THEMETALLY=$T $D/scripts/nightly/backup.sh x.db copies");
	shell_run(0, "test $(ls copies/*.db | wc -l) = 2 && $T backup -q --store $(ls copies/*.db | tail -n 1) -o x.db && $T verify -q --store x.db && $T count -q --store x.db | cmp - count &&"
	             " $T update --store x.db corpus && grep -q '10 archives unchanged, 0 read' err");
	shell_run(3, "flock x.db.lock $T backup -q --store a.db -o x.db");
}

/* The units as they are shipped, with the paths of this test: systemd has no complaint, and what they start runs. So does the line for cron. */
static void the_units_and_the_cron_line_run(void **state)
{
	(void)state;
	shell_run(0, "mkdir units srv lib var && cp corpus/* srv && for f in $D/scripts/nightly/*.service $D/scripts/nightly/*.timer; do sed \"s#/usr/local/bin/themetally#$T#;"
	             "s#/usr/local/lib/themetally#$D/scripts/nightly#;s#/var/lib/themetally#$PWD/lib#g;s#/var/backups/themetally#$PWD/var#g;s#/srv/reviews#$PWD/srv#\" $f >units/$(basename $f); done");
	shell_run(0, "command -v systemd-analyze >x || { echo 'skipped: units (no systemd-analyze)'; exit 0; }; systemd-analyze verify units/* >x 2>&1; s=$?; cat x >&2; test $s = 0 && ! test -s x");
	shell_run(0, "for u in update backup; do eval \"$(sed -n 's/^Environment=/export /p' units/themetally-$u.service) THEMETALLY=$T\" && sh -c \"$(sed -n 's/^ExecStart=//p'"
	             " units/themetally-$u.service)\" || exit 9; done; $T count -q --store var/*.db >x && $T count -q srv | cmp - x && test -s lib/last-run.json");
	shell_run(0, "touch log && rm -rf lib/* && sh -c \"$(sed -n 's/.*`0 3 \\* \\* \\* \\(.*\\)`.*/\\1/p' $D/docs/nightly.md | sed \"s#^themetally#$T#;s#/var/lib/themetally#$PWD/lib#;"
	             "s#/srv/reviews#$PWD/srv#;s#/var/log/themetally.log#$PWD/log#\")\" && $T count -q --store lib/reviews.db | cmp - x && grep -q '\"event\"' log");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verify_sees_every_change), cmocka_unit_test(a_store_that_lies_does_no_harm), cmocka_unit_test(repair_takes_nothing_from_the_damaged), cmocka_unit_test(an_interrupted_run_is_gone_on_with),
		cmocka_unit_test(editions_can_be_dropped), cmocka_unit_test(damaged_archives_are_read_again_when_asked), cmocka_unit_test(changes_say_what_brought_them),
		cmocka_unit_test(a_digest_names_departures_duplicates_and_damage), cmocka_unit_test(readers_do_not_wait_for_a_writer),
		cmocka_unit_test(a_user_who_may_only_read_can), cmocka_unit_test(the_examples_of_the_manual_run), cmocka_unit_test(an_export_describes_itself),
		cmocka_unit_test(a_backup_is_the_way_back), cmocka_unit_test(the_units_and_the_cron_line_run)};
	return cmocka_run_group_tests(tests, set_up, shell_tear_down);
}
