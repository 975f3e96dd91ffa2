/* The help of every command: it fits a terminal, and its examples do what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/shell.h"

/* What the examples name. */
static const char prepare[] =
	"mkdir bin && ln -s $T bin/themetally && cp -r $S digests && mkdir 2024 old new && cp digests/reviews-2016-2025.jsonl.gz reviews.jsonl.gz && "
	"cp digests/reviews-2016-2025.jsonl.gz 2024/ && cp digests/board-newsletter.txt digest.txt && gzip -c digest.txt >new-digest.txt.gz && cp -r $S/../../lexicons . && "
	"cp $S/../sample-truth.jsonl coded.jsonl && printf 'theme\\tpattern\\nharm.neglect\\tneglect\\n' >mine.tsv && cp mine.tsv old/ && sed 's/neglect$/&*/' mine.tsv >new/new.tsv && "
	"printf '%%\\n1\\tharm\\n%%\\nhurt*\\t1\\n' >LIWC.dic && echo 'left alone=>neglect' >keywords.txt && cp $S/../layouts/$(ls $S/../layouts | head -1) board.layout && "
	"$T update -q --store reviews.db -l old digests && $T update -q --store reviews.db digests && cp reviews.db shard-1.db && $T update -q --store shard-2.db 2024 && "
	"for c in $($T --help | sed -n 's/^  \\([a-z]*\\)  *.*/\\1/p'); do case $c in lexicon) for a in check stats convert diff; do echo lexicon $a; done;; *) echo $c;; esac; done >commands && "
	"test $(wc -l <commands) -ge 20";

static int set_up(void **state)
{
	int failed = shell_set_up(state);
	if (!failed)
		shell_run(0, prepare);
	return failed;
}

static void help_fits_a_terminal(void **state)
{
	(void)state;
	shell_run(0, "while read -r c; do $T $c --help </dev/null >help || exit 1; awk -v c=\"$c\" 'length > 80 { print c \": too wide: \" $0 } /^Examples?:/ { in_examples = 1; next } "
	             "in_examples && !/^  themetally / { print c \": a broken line: \" $0 } END { if (!in_examples) print c \": no examples\" }' help; done <commands >wrong; cat wrong >&2; test ! -s wrong");
}

static void help_is_found_every_way(void **state)
{
	(void)state;
	shell_run(0, "$T kwic --help >a && $T help kwic >b && cmp a b && $T lexicon --help >a && $T help lexicon >b && cmp a b && $T help >a && $T --help >b && cmp a b && $T -h | cmp - a");
	shell_run(0, "$T --version >a && $T -V | cmp - a && $T count --version | cmp - a && $T lexicon check -V | cmp - a");
	shell_run(2, "$T help cuont");
	shell_run(2, "$T cuont || { s=$?; grep -q \"'cuont' is no command\" err || s=9; exit $s; }");
	shell_run(2, "$T");
}

static void examples_run(void **state)
{
	(void)state;
	shell_run(0, "PATH=$PWD/bin:$PATH; while read -r c; do $T $c --help </dev/null | sed -n '/^Examples*:/,$s/^  \\(themetally .*\\)/\\1/p' | sed 's/     (.*//; s#/[a-z]*/reviews$#digests#'; done <commands >examples && test $(wc -l <examples) -ge 30 && "
	             "while read -r line; do case $line in *evaluate*judge.csv*) $T kwic -q --coding --sample 2 digests -o judge.csv && sed -i '2,$s/,,$/,A,yes/' judge.csv;; esac; "
	             "sh -c \"$line\" </dev/null >said 2>&1 || test $? = 1 || { echo \"failed: $line\"; tail -3 said; }; done <examples >wrong; cat wrong >&2; test ! -s wrong");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(help_fits_a_terminal), cmocka_unit_test(help_is_found_every_way), cmocka_unit_test(examples_run)};
	return cmocka_run_group_tests(tests, set_up, shell_tear_down);
}
