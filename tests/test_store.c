/* The store through the command line: the same bytes as from the archives, nothing twice, nothing lost, any split, any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "tests/shell.h"

static void a_store_gives_the_same_bytes(void **state)
{
	(void)state;
	shell_run(0, "cp -r $S corpus && $T update --store a.db corpus");
	static const char *const commands[] = {"count", "count --trend", "matrix", "segment", "cooccur", "kwic --theme harm.neglect,parent.*"};
	static const char *const options[] = {
		"", "--year incident", "--where outcome=death --where gender=female", "--kind report", "--kind all --duplicates all", "--format jsonl"};
	static const char *const more[] = {
		"count --by fy", "count --by period:2010-14,2014-18 --year incident", "count --facet outcome", "count --facet age_band --by fy", "count --facet gender",
		"count --facet board", "count --facet method", "count --facet kind --kind all", "count --facet section", "count --facet layout --where method=unknown",
		"count --themes 'parent.*,harm' --format json", "count --trend --by period:2010-14,2014-18,2018-22", "matrix --wide", "matrix --wide --themes 'harm*'",
		"segment --format json", "cooccur --unit sentence", "cooccur --themes parent.domestic_abuse,parent.mental_health,parent.substance_misuse --kind all",
		"kwic --theme harm --sample 3 --seed 7 --context 20", "plot --theme harm.neglect"};
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		for (size_t k = 0; k < sizeof options / sizeof *options; k++) {
			char script[512];
			snprintf(script, sizeof script, "$T %s %s -q corpus >x && $T %s %s -q --store a.db >y && test -s x && cmp x y", commands[i], options[k], commands[i],
			         options[k]);
			shell_run(0, script);
		}
	for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
		char script[512];
		snprintf(script, sizeof script, "$T %s -q corpus >x && $T %s -q --store a.db >y && test -s x && cmp x y", more[i], more[i]);
		shell_run(0, script);
	}
	shell_run(0, "$T verify --store a.db && $T status --store a.db | grep -q safeguarding && $T export --store a.db -o out && test -s out/datapackage.json");
	shell_run(0, "$T changes --store a.db | grep -q '10 new'");
	shell_run(0, "$T changes --store a.db --since 2999-01-01 >x && test $(wc -l <x) = 1");
}

static void nothing_changed_writes_nothing(void **state)
{
	(void)state;
	shell_run(0, "$T update -q --store b.db corpus && sha256sum b.db b.db-wal >before && stat -c %y b.db b.db-wal >times && $T update -q --store b.db corpus && sha256sum -c --quiet before && stat -c %y b.db b.db-wal | cmp - times");
	shell_run(0, "touch corpus/* && $T update -q --check hash --store b.db corpus && sha256sum -c --quiet before && stat -c %y b.db b.db-wal | cmp - times");
}

/* Replaced, removed, added archives leave the store that one reading of what is there would make. */
static void archives_come_change_and_go(void **state)
{
	(void)state;
	static const char same[] = "$T update -q --store fresh.db live && for c in count matrix segment; do $T $c -q --kind all --store c.db >x && $T $c -q --kind all"
	                           " --store fresh.db >y && cmp x y || exit 9; done; rm fresh.db*; $T verify -q --store c.db";
	shell_run(0, "mkdir live && cp corpus/research* live/ && $T update -q --store c.db live");
	shell_run(0, same);
	shell_run(0, "cp corpus/board* live/ && cp corpus/research-digest-2012-03.txt.gz live/copy.txt.gz && $T update -q --store c.db live");
	shell_run(0, same);
	shell_run(0, "cp corpus/repository-lists.tar.gz live/copy.txt.gz.tmp && mv live/copy.txt.gz.tmp live/copy.tar.gz && rm live/copy.txt.gz &&"
	       " $T update -q --prune --store c.db live");
	shell_run(0, same);
	shell_run(0, "rm live/board-newsletter.txt && $T update -q --store c.db live && $T count -q --store c.db >kept && $T update -q --prune --store c.db live &&"
	       " $T count -q --store c.db >pruned && ! cmp -s kept pruned");
	shell_run(0, same);
	shell_run(0, "head -c 2000 corpus/research-digest-2014-07.txt.gz >live/research-digest-2014-07.txt.gz && { $T update -q --store c.db live; test $? = 1; }");
	shell_run(1, "$T update -q --store damaged.db live; s=$?; rm -f damaged.db*; exit $s");
}

static void two_at_once_and_wrong_files_are_refused(void **state)
{
	(void)state;
	shell_run(3, "flock a.db.lock $T update -q --store a.db corpus; s=$?; grep -q 'another process' err && exit $s");
	shell_run(3, "$T count --store nowhere.db");
	shell_run(3, "echo no database >text.db && $T count --store text.db");
	shell_run(3, "$T update --store corpus corpus");
	shell_run(2, "$T count --store a.db --edition 7");
	shell_run(2, "$T count --store a.db corpus");
	shell_run(2, "$T count --store a.db -l x.tsv");
	shell_run(2, "$T update --store a.db");
	shell_run(2, "$T update corpus");
}

static void a_new_lexicon_is_a_new_edition(void **state)
{
	(void)state;
	shell_run(0, "cp a.db e.db && $T count -q --store e.db >old && printf 'theme\\tpattern\\nx.y\\tmother\\n' >l.tsv && $T update -q -l l.tsv --store e.db corpus");
	shell_run(0, "$T count -q --store e.db --edition 1 >again && cmp old again && $T count -q --store e.db | grep -q ,x.y,");
	shell_run(0, "$T count -q -l l.tsv corpus >x && $T count -q --store e.db >y && cmp x y && $T verify -q --store e.db");
	shell_run(2, "$T kwic -q --store e.db -l other.tsv");
}

static void merge_does_not_care_how(void **state)
{
	(void)state;
	shell_run(0, "$T shard --parts 3 -o lists corpus && cat lists/*.list | sort >x && ls -d corpus/* | sort >y && cmp x y");
	shell_run(0, "for i in 1 2 3; do $T update -q --store s$i.db --files-from lists/shard-000$i.list || exit 9; done");
	shell_run(0, "$T merge -o m1.db s1.db s2.db s3.db && $T merge -o p.db s3.db s1.db && $T merge -o m2.db p.db s2.db p.db s3.db && $T merge -o m2.db m2.db");
	shell_run(0, "for c in count matrix segment 'count --kind all'; do $T $c -q --store m1.db >x && $T $c -q --store m2.db >y && $T $c -q corpus >z &&"
	       " cmp x y && cmp x z || exit 9; done; $T verify -q --store m1.db && $T verify -q --store m2.db");
	shell_run(3, "$T merge -o m3.db s1.db nowhere.db; s=$?; test ! -e m3.db || exit 9; exit $s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_store_gives_the_same_bytes), cmocka_unit_test(nothing_changed_writes_nothing), cmocka_unit_test(archives_come_change_and_go),
		cmocka_unit_test(two_at_once_and_wrong_files_are_refused), cmocka_unit_test(a_new_lexicon_is_a_new_edition),
		cmocka_unit_test(merge_does_not_care_how)};
	return cmocka_run_group_tests(tests, shell_set_up, shell_tear_down);
}
