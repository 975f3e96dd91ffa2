/* lexicon diff on a corpus and on a store: what the lexicon did to the counts, apart from what the corpus did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/shell.h"

static const char old_lexicon[] = "@lexicon name=mine version=1\n@theme harm.neglect negatable=yes\n@theme gone\n"
                                  "theme\tpattern\nharm.neglect\tneglect\nparent.dv\tdomestic violence\ngone\tschool\n";
static const char new_lexicon[] = "@lexicon name=mine version=2\n@theme harm.neglect negatable=yes\n@negation before no evidence of\n"
                                  "theme\tpattern\nharm.neglect\tneglect*\nparent.dv\tdomestic {violence|abuse}\nnew\tpolice\n";

#define REVIEW(year, text) "{\"date\":\"" year "\",\"text\":\"" text "\"}\n"
#define KEPT REVIEW("2015-03", "She was neglected at home and there was domestic violence and domestic abuse.") \
	REVIEW("2015-04", "There was no evidence of neglect, said the police.") REVIEW("2016-05", "His neglect was known to the school.")
#define CAME REVIEW("2016-09", "Neglect and more neglect of the twins.") REVIEW("2017-01", "Domestic abuse of the mother.")
#define WENT REVIEW("2016-02", "Neglect of the baby was not seen by the school, nor was the neglect of his brother.")

static int set_up(void **state)
{
	int failed = shell_set_up(state);
	if (failed)
		return failed;
	shell_put("old.tsv", old_lexicon);
	shell_put("new.tsv", new_lexicon);
	shell_put("before.jsonl", KEPT WENT);
	shell_put("after.jsonl", KEPT CAME);
	return 0;
}

#define COLUMNS "year,theme,year_reviews_before,year_reviews_after,reviews_before,reviews_after,reviews_by_lexicon,reviews_gained,reviews_lost," \
	"reviews_by_corpus,share_before,share_after,mentions_before,mentions_after,mentions_by_lexicon,mentions_by_corpus,negated_before,negated_after\n"

/* The lexicon alone: one review gains neglect by "neglected", one loses it to the cue. */
static void the_lexicon_alone(void **state)
{
	(void)state;
	shell_put("expected", COLUMNS
	    "2015,harm,2,2,1,1,0,1,1,0,0.5000,0.5000,1,1,0,0,0,1\n"
	    "2015,harm.neglect,2,2,1,1,0,1,1,0,0.5000,0.5000,1,1,0,0,0,1\n"
	    "2015,parent,2,2,1,1,0,0,0,0,0.5000,0.5000,1,2,1,0,0,0\n"
	    "2015,parent.dv,2,2,1,1,0,0,0,0,0.5000,0.5000,1,2,1,0,0,0\n"
	    "2015,new,2,2,,1,1,1,0,0,,0.5000,,1,1,0,,0\n"
	    "2015,gone,2,2,0,,0,0,0,0,0.0000,,0,,0,0,0,\n"
	    "2016,new,2,2,,0,0,0,0,0,,0.0000,,0,0,0,,0\n"
	    "2016,gone,2,2,2,,-2,0,2,0,1.0000,,2,,-2,0,0,\n");
	shell_run(0, "$T lexicon diff -q --corpus before.jsonl old.tsv new.tsv >out && cmp out expected");
	shell_run(0, "$T lexicon diff -q --corpus before.jsonl old.tsv old.tsv >out && test $(wc -l <out) = 1");
	shell_run(0, "$T lexicon diff -q --corpus before.jsonl --all --themes harm.neglect --by fy old.tsv old.tsv >out && test $(wc -l <out) = 4 && grep -q ^2014-15,harm.neglect,1,1,0,0, out");
}

/* A corpus that changed as well: its part is told apart. */
static void the_lexicon_apart_from_the_corpus(void **state)
{
	(void)state;
	shell_put("expected", COLUMNS
	    "2015,harm.neglect,2,2,1,1,0,1,1,0,0.5000,0.5000,1,1,0,0,0,1\n"
	    "2015,new,2,2,,1,1,1,0,0,,0.5000,,1,1,0,,0\n"
	    "2015,gone,2,2,0,,0,0,0,0,0.0000,,0,,0,0,0,\n"
	    "2016,harm.neglect,2,2,2,2,0,0,0,0,1.0000,1.0000,3,3,0,0,0,0\n"
	    "2016,new,2,2,,0,0,0,0,0,,0.0000,,0,0,0,,0\n"
	    "2016,gone,2,2,2,,-1,0,1,-1,1.0000,,2,,-1,-1,0,\n"
	    "2017,harm.neglect,0,1,0,0,0,0,0,0,,0.0000,0,0,0,0,0,0\n"
	    "2017,new,0,1,,0,0,0,0,0,,0.0000,,0,0,0,,0\n"
	    "2017,gone,0,1,0,,0,0,0,0,,,0,,0,0,0,\n");
	shell_run(0, "$T lexicon diff --corpus-before before.jsonl --corpus after.jsonl --themes harm.neglect,new,gone --all old.tsv new.tsv >out && cmp out expected && "
	       "grep -q '3 reviews on both sides, 1 only before, 2 only after' err");
}

/* A store counted under both gives what the archives give; a corpus that grew between the editions is told apart there too. */
static void editions_of_a_store(void **state)
{
	(void)state;
	shell_run(0, "mkdir c && cp before.jsonl c/ && $T update -q --store s.db -l old.tsv c && $T update -q --store s.db -l new.tsv c && "
	       "$T lexicon diff -q --store s.db >out && $T lexicon diff -q --corpus c old.tsv new.tsv >x && cmp out x && test $(wc -l <x) -gt 5");
	shell_run(0, "cp before.jsonl d.jsonl && cat after.jsonl >>d.jsonl && mv d.jsonl c/ && $T update -q --store s.db -l new.tsv c && "
	       "$T lexicon diff --store s.db 1 2 >out && grep -q ' only after' err && grep -q '^2017,parent.dv,0,1,0,1,0,0,0,1,' out");
	shell_run(2, "$T lexicon diff --store s.db 1 7 >out || { s=$?; grep -q 'no such edition' err; exit $s; }");
	shell_run(2, "$T update -q --store one.db -l old.tsv c && $T lexicon diff --store one.db >out || { s=$?; grep -q 'fewer than two editions' err || s=9; exit $s; }");
}

/* On a corpus of size: both sides are what count prints, and what is gained and lost adds up. */
static void agrees_with_count(void **state)
{
	(void)state;
	shell_run(0, "$T lexicon convert -q --themes 'harm*,parent*' -o part.tsv && sed '/^[^@]*\t.*\\(domestic\\|neglect\\)/d' part.tsv >less.tsv && "
	       "$T lexicon diff -q --corpus $S --all less.tsv part.tsv >out && $T count -q -l less.tsv $S >b && $T count -q -l part.tsv $S >a && "
	       "awk -F, 'FNR == 1 { f++; next } f == 1 { b[$1 \",\" $2] = $3 \",\" $5 \",\" $7 } f == 2 { a[$1 \",\" $2] = $3 \",\" $5 \",\" $7 }"
	       " f == 3 { n++; k = $1 \",\" $2; moved += $8 + $9; if (b[k] != $5 \",\" $13 \",\" $3 || a[k] != $6 \",\" $14 \",\" $4 || $5 + $7 + $10 != $6 || $13 + $15 + $16 != $14 || $8 - $9 != $7 || $10) bad++ }"
	       " END { exit bad > 0 || n < 500 || moved < 10 }' b a out");
}

static void entries_that_carry_the_change(void **state)
{
	(void)state;
	shell_put("expected", "theme,mentions_before,mentions_after,reviews_before,reviews_after,flags,where,entry\n"
	          "harm.neglect,4,0,3,0,,old.tsv:5,neglect\nparent.dv,1,0,1,0,,old.tsv:6,domestic violence\ngone,2,0,2,0,,old.tsv:7,school\n"
	          "harm.neglect,0,4,0,3,,new.tsv:5,neglect*\nparent.dv,0,2,0,1,,new.tsv:6,domestic {violence|abuse}\nnew,0,1,0,1,,new.tsv:7,police\n");
	shell_run(0, "$T lexicon diff -q --by entry --corpus before.jsonl old.tsv new.tsv >out && cmp out expected");
	shell_run(0, "$T lexicon diff -q --by entry --corpus before.jsonl --all --themes new old.tsv new.tsv >out && test $(wc -l <out) = 2");
	shell_run(2, "$T lexicon diff --by entry --store s.db");
}

/* The shipped lexicon without what other formats cannot hold, written as theirs and read back: the same counts in every cell. */
static void dictionaries_there_and_back_count_the_same(void **state)
{
	(void)state;
	shell_run(0, "$T lexicon convert -q -o full.tsv && awk -F'\t' '/^@negation/ { next } /^@|^theme\t/ { gsub(/ negatable=(yes|no)/, \"\"); print; next } $3 == \"\" && $2 !~ /[~_]/' full.tsv >plain.tsv && "
	             "test $(wc -l <plain.tsv) -gt 2000");
	static const char *const formats[][2] = {{"quanteda", "yml"}, {"liwc", "dic"}, {"native", "tsv"}};
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		char script[400];
		snprintf(script, sizeof script, "{ $T lexicon convert -q --to %s -o there.%s plain.tsv || test $? = 1; } && $T lexicon convert -q -o back.tsv there.%s && "
		         "$T lexicon diff --corpus $S plain.tsv back.tsv >out && test $(wc -l <out) = 1 && grep -q '[1-9][0-9]* reviews on both sides, 0 only before, 0 only after' err", formats[i][0], formats[i][1], formats[i][1]);
		shell_run(0, script);
	}
}

static void wrong_words(void **state)
{
	(void)state;
	shell_run(2, "$T lexicon diff --corpus - old.tsv new.tsv");
	shell_run(2, "$T lexicon diff --corpus before.jsonl");
	shell_run(2, "$T lexicon diff --corpus-before before.jsonl old.tsv new.tsv");
	shell_run(2, "$T lexicon diff --by fy old.tsv new.tsv");
	shell_run(2, "$T lexicon diff --by theme --corpus before.jsonl old.tsv new.tsv");
	shell_run(2, "$T lexicon diff --store s.db old.tsv new.tsv");
	shell_run(2, "$T lexicon diff --themes nothing --corpus before.jsonl old.tsv new.tsv");
	shell_run(3, "$T lexicon diff --corpus missing.jsonl old.tsv new.tsv");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lexicon_alone), cmocka_unit_test(the_lexicon_apart_from_the_corpus), cmocka_unit_test(editions_of_a_store),
		cmocka_unit_test(agrees_with_count), cmocka_unit_test(entries_that_carry_the_change), cmocka_unit_test(dictionaries_there_and_back_count_the_same), cmocka_unit_test(wrong_words),
	};
	return cmocka_run_group_tests(tests, set_up, shell_tear_down);
}
