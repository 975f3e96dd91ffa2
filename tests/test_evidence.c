/* The evidence behind the counts through the command line: kwic, its samples and their judging by a coder, explain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/shell.h"

static const char lexicon[] = "@theme harm.neglect negatable=yes\n@negation before no\ntheme\tpattern\tflags\nharm.neglect\tneglect*\nharm.neglect\tbenign neglect\tx\nharm.hurt\thurt\n";

static int set_up(void **state)
{
	int failed = shell_set_up(state);
	if (failed)
		return failed;
	shell_put("t.tsv", lexicon);
	shell_put("c.jsonl", "{\"date\":\"2015\",\"text\":\"Zeta neglect alpha.\\nBeta NEGLECTED yes. Alpha neglect beta\"}\n"
	                     "{\"date\":\"2016\",\"text\":\"There was no neglect, and some hurt. It was benign neglect.\"}\n");
	return 0;
}

static void kwic_sorts(void **state)
{
	(void)state;
	shell_put("s.jsonl", "{\"date\":\"2015\",\"text\":\"the act neglect bravo. a cat neglected, Alpha. the Bad act neglect charlie. an ACT NEGLECT Beta.\"}\n");
	static const char *const orders[][2] = {
		{"position", "bravo|Alpha|charlie|Beta"}, {"left", "Beta|charlie|bravo|Alpha"}, {"match", "bravo|charlie|Beta|Alpha"}, {"right", "Beta|bravo|charlie|Alpha"}};
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		char script[300];
		snprintf(script, sizeof script, "$T kwic -q -l t.tsv --theme harm.neglect --no-header --format tsv --sort %s s.jsonl | cut -f8 | sed 's/^[, ]*//; s/\\..*//' | paste -sd'|' >out && echo '%s' | cmp - out", orders[i][0],
		         orders[i][1]);
		shell_run(0, script);
	}
	shell_run(0, "$T kwic -q -l t.tsv --theme harm.neglect --no-header --format tsv --width 6 s.jsonl | head -1 >out && printf '%s\\t' harm.neglect 2015 s.jsonl:1#1 8 0 'e act ' neglect ' bravo' '' >x && echo 'neglect*' >>x && cmp out x");
}

/* At most N of each theme and year, all where there are fewer; the seed decides, nothing else does. */
static void kwic_samples(void **state)
{
	(void)state;
	shell_run(0, "$T kwic -q --theme 'harm.*' --no-header $S >all && $T kwic -q --theme 'harm.*' --no-header --sample 2 --seed 7 $S >two && "
	             "awk -F, '{ k = $1 \",\" $2 } FNR == NR { n[k]++; next } { m[k]++ } END { for (k in n) if (m[k] != (n[k] < 2 ? n[k] : 2)) exit 1 }' all two && "
	             "sort all >a && sort two >b && test $(comm -13 a b | wc -l) = 0 && test $(wc -l <two) -lt $(wc -l <all)");
	shell_run(0, "$T kwic -q -j 1 --theme 'harm.*' --no-header --sample 2 --seed 7 $S | cmp - two");
	shell_run(1, "$T kwic -q --theme 'harm.*' --no-header --sample 2 --seed 8 $S | cmp -s - two");
}

/* The whole way: a sample, a coder's verdicts, the lexicon as it is and as it is after a change that loses one phrase. */
static void a_coder_judges_a_sample(void **state)
{
	(void)state;
	shell_run(0, "$T kwic -q -l t.tsv --theme harm.neglect --coding --excel c.jsonl -o code.csv && head -1 code.csv | grep -q ',coder,verdict$' && "
	             "sed '2,4s/,,$/,B,yes/; 5s/,,$/,B,negated/; s/$/\\r/' code.csv >coded.csv && test $(grep -c ',B,' coded.csv) = 4");
	shell_run(0, "$T evaluate -q --gold coded.csv -l t.tsv --format tsv c.jsonl >out && grep -q '^harm.neglect\t3\t3\t3\t0\t0\t0\t1.000\t1.000\t1.000\t' out && ! test -s err");
	shell_run(0, "sed 's/neglect\\*/neglect/' t.tsv >less.tsv && $T evaluate -q --gold coded.csv -l less.tsv --format tsv c.jsonl >out && "
	             "grep -q '^harm.neglect\t3\t2\t2\t0\t1\t0\t1.000\t0.667\t' out");
	shell_run(0, "sed '/@negation/d' t.tsv >more.tsv && $T evaluate -q --gold coded.csv -l more.tsv --format tsv c.jsonl >out && "
	             "grep -q '^harm.neglect\t3\t4\t3\t1\t0\t0\t0.750\t1.000\t' out");
	shell_run(2, "sed 's/B,yes/B,perhaps/' coded.csv >odd.csv && $T evaluate -q --gold odd.csv -l t.tsv c.jsonl || { s=$?; grep -q \"the verdict 'perhaps' is not one of\" err || s=9; exit $s; }");
}

static void explain_in_every_format(void **state)
{
	(void)state;
	shell_run(0, "$T explain -q -l t.tsv --text 'No neglect; benign neglect.' >out && printf '%s\\n' from,to,words,theme,fate,rule,by,by_from,by_to,by_where,where,entry "
	             "'0,2,No,-,cue before,,,,,,t.tsv:2,no' '3,10,neglect,harm.neglect,negated,5,No,0,2,t.tsv:2,t.tsv:4,neglect*' "
	             "'12,26,benign neglect,harm.neglect,exclusion,,,,,,t.tsv:5,benign neglect' '19,26,neglect,harm.neglect,excluded,4.2,benign neglect,12,26,t.tsv:5,t.tsv:4,neglect*' | cmp - out");
	shell_run(0, "$T explain -q -l t.tsv --format jsonl --text neglected >out && echo '{\"from\":0,\"to\":9,\"words\":\"neglected\",\"theme\":\"harm.neglect\",\"fate\":\"counted\",\"rule\":\"\","
	             "\"by\":null,\"by_from\":null,\"by_to\":null,\"by_where\":null,\"where\":\"t.tsv:4\",\"entry\":\"neglect*\"}' | cmp - out");
	shell_run(0, "$T explain -q -l t.tsv --format table --text neglected | head -1 | grep -q '^from  to  words'");
	/* of one review, with bytes of its member; a cue is shown where its sentence holds a candidate */
	shell_run(0, "printf 'No entry here. There was no neglect.' >one.txt && $T explain -q -l t.tsv --no-header one.txt >out && "
	             "printf '%s\\n' 'one.txt#1,25,27,no,-,cue before,,,,,,t.tsv:2,no' 'one.txt#1,28,35,neglect,harm.neglect,negated,5,no,25,27,t.tsv:2,t.tsv:4,neglect*' | cmp - out");
	shell_run(0, "$T explain -q -l t.tsv --theme harm.hurt --review c.jsonl:2#1 --no-header c.jsonl >out && test $(wc -l <out) = 2 && grep -q ,hurt,harm.hurt,counted, out");
	shell_run(2, "$T explain -q -l t.tsv --review c.jsonl:3#1 c.jsonl");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kwic_sorts), cmocka_unit_test(kwic_samples), cmocka_unit_test(a_coder_judges_a_sample), cmocka_unit_test(explain_in_every_format)};
	return cmocka_run_group_tests(tests, set_up, shell_tear_down);
}
