/* The command line: what goes to standard output and standard error, and the exit status, on good and bad input. The program is the one named
 * by THEMETALLY, the sample archives are those of the repository. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"

static char scratch[] = "/tmp/themetally-cli-XXXXXX";

struct outcome {
	int status;
	struct buf out, err;
};

static void slurp(const char *path, struct buf *b)
{
	char block[65536];
	size_t n;
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	buf_clear(b);
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		buf_append(b, block, n);
	fclose(f);
	buf_append_str(b, "");
}

/* Runs a shell command in which $T is the program, $S the sample folder and $D the scratch folder. */
static void run(struct outcome *o, const char *command)
{
	char out[64], err[64];
	snprintf(out, sizeof out, "%s/out", scratch);
	snprintf(err, sizeof err, "%s/err", scratch);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int o_fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600), e_fd = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(o_fd, 1);
		dup2(e_fd, 2);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	int status;
	waitpid(pid, &status, 0);
	o->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	slurp(out, &o->out);
	slurp(err, &o->err);
}

struct row {
	const char *command;
	int status;
	const char *out, *err; /* must be contained; NULL: must be empty; "": anything */
};

static void check(const struct row *row)
{
	struct outcome o = {0, BUF_INIT, BUF_INIT};
	run(&o, row->command);
	bool out_ok = row->out ? strstr(o.out.data, row->out) != NULL : o.out.length == 0;
	bool err_ok = row->err ? strstr(o.err.data, row->err) != NULL : o.err.length == 0;
	if (o.status != row->status || !out_ok || !err_ok)
		fail_msg("%s\n  status %d, expected %d\n  stdout: %.600s\n  stderr: %.600s", row->command, o.status, row->status, o.out.data, o.err.data);
	buf_release(&o.out);
	buf_release(&o.err);
}

static void check_all(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(&rows[i]);
}
#define CHECK(rows) check_all(rows, sizeof rows / sizeof *rows)

/* ---- fixtures ---- */

static void put_file(const char *name, const void *bytes, size_t length)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", scratch, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, length, f), length);
	fclose(f);
}

static const char text[] = "2016 - Durham - Child A\n\nDeath of a 4-month-old girl in March 2015. There was a history of domestic abuse.\n";

static int set_up(void **state)
{
	(void)state;
	char path[128];
	if (!mkdtemp(scratch))
		return -1;
	setenv("D", scratch, 1);
	setenv("XDG_CACHE_HOME", scratch, 1);
	put_file("one.txt", text, sizeof text - 1);
	put_file("empty.txt", "", 0);
	put_file("bad.tsv", "theme\tpattern\nharm.neglect\tneglect\nharm.neglect\t{a|\n", 53);
	put_file("small.tsv", "theme\tpattern\nparent.domestic_abuse\tdomestic abuse\n", 51);
	snprintf(path, sizeof path, "%s/good.txt.gz", scratch);
	gzFile gz = gzopen(path, "w");
	gzwrite(gz, text, sizeof text - 1);
	gzclose(gz);
	struct buf packed = BUF_INIT;
	slurp(path, &packed);
	put_file("cut.txt.gz", packed.data, packed.length - 5);
	packed.data[packed.length - 6] ^= 1; /* within the CRC-32 */
	put_file("crc.txt.gz", packed.data, packed.length);
	buf_release(&packed);
#define PUT(name, bytes) put_file(name, bytes, sizeof(bytes) - 1)
	PUT("slow.tsv", "theme\tpattern\tflags\nharm.slow\t(a+)+(?<!a)c\tr\nharm.neglect\tneglect*\t\n");
	PUT("slow.txt", "Neglect was seen. Zanzibar aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac b.\n");
	PUT("slow.jsonl", "{\"id\": \"Zanzibar 7\", \"text\": \"Neglect was seen. aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac b.\"}\n");
	PUT("broken.jsonl", "{\"text\": \"Zanzibar\"}\n{\"text\": \"Zanzibar\", Zanzibar}\n{\"Zanzibar\": 1}\n");
	PUT("broken.csv", "title,text\na,Zanzibar\nb,\"Zanzibar\"Zanzibar\nc,Zanzibar,Zanzibar,Zanzibar\nd,\"Zanzibar");
	PUT("broken.json", "[{\"text\": \"Zanzibar\"}, {\"text\": Zanzibar}]");
	PUT("broken.html", "<html><title>Zanzibar</title><body>Zanzibar \xff <p Zanzibar></html");
	PUT("broken.docx", "PK\003\004 Zanzibar");
	PUT("broken.pdf", "%PDF-1.4\n1 0 obj << /Zanzibar (Zanzibar) >>\nstream Zanzibar\n");
	static const char secret[] = "Zanzibar, in the year 2016: Zanzibar.\n";
	snprintf(path, sizeof path, "%s/cut-secret.txt.gz", scratch);
	gz = gzopen(path, "w");
	gzwrite(gz, secret, sizeof secret - 1);
	gzclose(gz);
	struct buf cut = BUF_INIT;
	slurp(path, &cut);
	put_file("cut-secret.txt.gz", cut.data, cut.length - 5);
	buf_release(&cut);
	snprintf(path, sizeof path, "%s/void", scratch);
	return mkdir(path, 0700);
}

static int tear_down(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof command, "rm -rf '%s'", scratch);
	struct outcome o = {0, BUF_INIT, BUF_INIT};
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &o.status, 0);
	return 0;
}

/* ---- tests ---- */

static void usage(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"$T", 2, NULL, "Usage: themetally COMMAND"},
		{"$T --help", 0, "count", NULL},
		{"$T --version", 0, "Hyperscan", NULL},
		{"$T frobnicate", 2, NULL, "no command"},
		{"$T count", 2, NULL, "say which archives"},
		{"$T count --help", 0, "--lexicon", NULL},
		{"$T count --by month x", 2, NULL, "no way to divide time"},
		{"$T count --format xml x", 2, NULL, "is not one of table"},
		{"$T count -j 0 x", 2, NULL, "-j takes"},
		{"$T count -j -1 x", 2, NULL, "-j takes"},
		{"$T count --where colour=red x", 2, NULL, "FACET one of"},
		{"$T count --engine abacus x", 2, NULL, "is not one of auto"},
		{"$T count --limit member=0 x", 2, NULL, "--limit takes"},
		{"$T matrix --help", 0, "--wide", NULL},
		{"$T segment --help", 0, "--explain", NULL},
		{"$T kwic --help", 0, "--context", NULL},
		{"$T kwic --theme nothing.like_it $D/one.txt", 2, NULL, "no theme 'nothing.like_it'"},
	};
	CHECK(rows);
}

static void input_that_is_not_there_or_damaged_is_named(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"$T count -q -l $D/small.tsv $D/nowhere.txt", 3, NULL, "nowhere.txt"},
		{"$T count -q -l $D/small.tsv $D/nowhere.txt $D/one.txt", 1, "2016,parent.domestic_abuse,1,0,1,0,1,", "nowhere.txt"},
		{"$T count -q -l $D/small.tsv $D/cut.txt.gz $D/one.txt", 1, "2016,parent.domestic_abuse,1,0,1,0,1,", "cut.txt.gz: refused, truncated"},
		{"$T count -q -l $D/small.tsv $D/crc.txt.gz $D/one.txt", 1, "2016,parent.domestic_abuse,1,0,1,0,1,", "crc.txt.gz: refused, checksum"},
		/* none of its reviews is there; beside a copy of them that would not show */
		{"$T segment -q --kind all --no-header $D/cut.txt.gz $D/empty.txt 2>/dev/null | wc -l", 0, "0\n", NULL},
		{"$T segment -q --kind all --no-header $D/good.txt.gz $D/empty.txt | wc -l", 0, "1\n", NULL},
		{"for i in 1 2 3; do echo '{\"text\": \"Neglect of child '$i' in 2016.\"}'; done | gzip | head -c -4 >$D/part.jsonl.gz; "
		 "$T segment -q --kind all --no-header $D/part.jsonl.gz $D/empty.txt 2>/dev/null | wc -l", 0, "0\n", NULL},
		{"$T count -q -l $D/small.tsv --strict $D/cut.txt.gz $D/one.txt", 3, NULL, "--strict"},
		{"$T count -q -l $D/small.tsv --strict $D/cut.txt.gz $D/one.txt -o $D/not-made.csv; test ! -e $D/not-made.csv", 0, NULL, ""},
		{"$T count -q -l $D/small.tsv $D/empty.txt", 0, "year,theme", NULL},
		{"$T count -q -l $D/small.tsv $D/void", 3, NULL, "no input could be read"},
		{"$T count -q -l $D/bad.tsv $D/one.txt", 2, NULL, "bad.tsv line 3"},
		{"$T count -q -l $D/nowhere.tsv $D/one.txt", 2, NULL, "nowhere.tsv"},
		{"$T count --log json -l $D/small.tsv $D/cut.txt.gz $D/one.txt", 1, "2016,", "\"reason\":\"truncated\""},
	};
	CHECK(rows);
}

static void output_goes_where_it_should(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"$T count -q -l $D/small.tsv $D/one.txt", 0, "year,theme,reviews,reviews_negated,mentions,mentions_negated,year_reviews,year_words,"
		 "share,share_low,share_high,per_million_words\n2016,parent,1,0,1,0,1,", NULL},
		{"$T count -q -l $D/small.tsv $D/good.txt.gz", 0, "2016,parent.domestic_abuse,1,0,1,0,1,", NULL},
		{"cat $D/good.txt.gz | $T count -q -l $D/small.tsv -", 0, "2016,parent.domestic_abuse,1,0,1,0,1,", NULL},
		{"$T count -q -l $D/small.tsv $D/one.txt -o $D/made.csv && cat $D/made.csv", 0, "2016,parent.domestic_abuse,1,", NULL},
		{"$T count -q -l $D/small.tsv $D/one.txt -o $D/no-folder/x.csv", 3, NULL, "cannot write"},
		{"$T count -q -l $D/small.tsv $D/one.txt -o /dev/full", 3, NULL, "No space left"},
		{"$T count -q -l $D/small.tsv $D/one.txt | true", 0, NULL, NULL},
		{"$T count -q -l $D/small.tsv --no-header --format tsv $D/one.txt", 0, "2016\tparent\t1", NULL},
		{"$T count -q -l $D/small.tsv --format jsonl $D/one.txt", 0, "{\"year\":\"2016\",\"theme\":\"parent\",\"reviews\":1", NULL},
		{"$T count -l $D/small.tsv $D/one.txt", 0, "2016,", "1 reviews (0 duplicates, 0 undated)"},
		{"$T count -q -l $D/small.tsv $D/one.txt $D/good.txt.gz", 0, "2016,parent.domestic_abuse,1,0,1,0,1,", NULL},
		{"$T count -q -l $D/small.tsv --duplicates all $D/one.txt $D/good.txt.gz", 0, "2016,parent.domestic_abuse,2,0,2,0,2,", NULL},
		{"$T count -q -l $D/small.tsv --year incident $D/one.txt", 0, "2015,parent.domestic_abuse,1,", NULL},
		{"$T count -q -l $D/small.tsv --facet outcome $D/one.txt", 0, "2016,death,parent.domestic_abuse,1,", NULL},
		{"$T count -q -l $D/small.tsv --where outcome=serious_harm $D/one.txt", 0, "year,theme", NULL},
		{"$T matrix -q -l $D/small.tsv $D/one.txt", 0, "one.txt#1,2016,2015,review,", NULL},
		{"$T matrix -q -l $D/small.tsv --wide $D/one.txt", 0, "review,published_year,incident_year,kind,words,parent,parent.domestic_abuse\n", NULL},
		{"$T matrix -q -l $D/small.tsv --format jsonl $D/one.txt", 0,
		 "\"themes\":{\"parent\":{\"mentions\":1,\"negated\":0,\"sentences\":1},\"parent.domestic_abuse\":{\"mentions\":1,", NULL},
		{"$T kwic -q -l $D/small.tsv --theme parent.domestic_abuse --context 10 $D/one.txt", 0, "\"istory of \",domestic abuse,.", NULL},
		{"$T segment -q --format jsonl $D/one.txt", 0, "\"published_year\":2016", NULL},
		{"$T segment -q --explain $D/one.txt", 0, "== ", NULL},
		{"$T explain -l $D/small.tsv --text 'No domestic abuse.'", 0, "domestic abuse", NULL},
		/* colour is for terminals, or where it is asked for */
		{"$T count -q --color always $D/nowhere.txt", 3, NULL, "\x1b["},
		{"$T count -q $D/nowhere.txt 2>&1 | tr -cd '\\033' | wc -c", 0, "0\n", NULL},
		{"script -qec \"$T count -q $D/nowhere.txt\" /dev/null | tr -cd '\\033' | wc -c | grep -c '^0$'", 1, "0\n", NULL},
		{"NO_COLOR=1 script -qec \"$T count -q $D/nowhere.txt\" /dev/null | tr -cd '\\033' | wc -c", 0, "0\n", NULL},
		{"script -qec \"$T count -q --color never $D/nowhere.txt\" /dev/null | tr -cd '\\033' | wc -c", 0, "0\n", NULL},
	};
	CHECK(rows);
}

/* Twelve years of ten reviews; the theme's share rises from none to all by one phrase alone, and by two. */
static void trends_and_what_carries_them(void **state)
{
	(void)state;
	struct buf one = BUF_INIT, two = BUF_INIT;
	for (int year = 2010; year < 2022; year++)
		for (int i = 0; i < 10; i++) {
			bool found = i < year - 2010;
			buf_printf(&one, "{\"date\":\"%d\",\"text\":\"Child %d %d. %s was seen.\"}\n", year, year, i, found ? "Neglect" : "Nothing");
			buf_printf(&two, "{\"date\":\"%d\",\"text\":\"Child %d %d. %s was seen.\"}\n", year, year, i, found ? i % 2 ? "Neglect" : "Starvation" : "Nothing");
		}
	put_file("one.jsonl", one.data, one.length);
	put_file("two.jsonl", two.data, two.length);
	static const char lexicon[] = "theme\tpattern\nharm.neglect\tneglect\nharm.neglect\tstarvation\n";
	put_file("trend.tsv", lexicon, sizeof lexicon - 1);
	static const struct row rows[] = {
		{"$T count -q --trend --duplicates all -l $D/trend.tsv $D/one.jsonl", 0, "harm.neglect,12,2010,2021,0.0000,1.0000,1.0000,", NULL},
		{"$T count -q --trend --duplicates all -l $D/trend.tsv $D/one.jsonl | grep -c ',neglect$'", 0, "2", NULL},
		{"$T count -q --trend --duplicates all -l $D/trend.tsv $D/two.jsonl | grep -c ',$'", 0, "2", NULL},
		{"$T count -q --trend --facet outcome -l $D/trend.tsv $D/two.jsonl", 2, NULL, "--trend and --facet"},
	};
	CHECK(rows);
	buf_release(&one);
	buf_release(&two);
}

/* README.md shows what the program prints. */
static void the_readme_is_true(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"$T count -q --themes parent.domestic_abuse,harm.neglect --by period:2010-14,2014-18,2018-22,2022-26 --format table $S | sed 's/^/    /' >$D/shown &&"
		 " test $(grep -Fxc -f $D/shown README.md) = $(wc -l <$D/shown)", 0, NULL, NULL},
	};
	CHECK(rows);
}

/* The other tables hold the counts of the long one. */
static void other_tables_hold_the_same_counts(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"$T count -q --by period:2010-14,2014-18 --style published --themes harm.neglect --format csv $S | sed 1d | cut -d, -f2- >$D/p1 &&"
		 " $T count -q --by period:2010-14,2014-18 --themes harm.neglect $S | awk -F, 'NR > 1 {printf \"%s%s (%d%%)\", c, $3, int(100 * $3 / $7 + 0.5); c = \",\"} END {print \"\"}' |"
		 " cmp $D/p1 - && test $(tr -cd , <$D/p1 | wc -c) = 2", 0, NULL, NULL},
		{"$T count -q --by period:2010-14,2014-18 --style published --themes harm.neglect --format csv $S", 0, "theme,2010-14 (n=31),2014-18 (n=40),unknown (n=50)\n", NULL},
		{"$T count -q --by period:2010-14,2014-18 --style published --facet gender --themes harm.neglect --format latex $S", 0, "2010-14 female (n=", NULL},
		{"$T count -q --spark --themes harm.neglect $S | sed 1d | cut -d, -f2,3 >$D/s1 && $T count -q --themes harm.neglect $S | grep -v unknown |"
		 " awk -F, 'NR > 1 {r += $3; n += $7} END {print r \",\" n}' | cmp $D/s1 -", 0, NULL, NULL},
		{"$T count -q --spark --by period:2010-14,2014-18,2018-22,2022-26 -l $D/small.tsv --themes parent $S", 0, "▅", NULL},
		{"$T count -q --grid practice.action,practice.omission $S | grep -v -e share -e ^any | awk -F, '{print $2 \"\\n\" $4}' | sort -n >$D/g1 && for p in action omission; do"
		 " $T count -q --by period:1990-39 --themes \"practice.$p.*\" $S | awk -F, 'NR > 1 {s[$2] += $3} END {for (k in s) print s[k]}'; done | sort -n | cmp $D/g1 - &&"
		 " test $(wc -l <$D/g1) -gt 10", 0, NULL, NULL},
		{"$T count -q --grid practice.action,practice.omission --style published --format md $S", 0, "| Social care ", NULL},
		{"printf '%s\\n' 'Recommendation 1: The Police should ensure that officers are trained. The review recommends that the hospital and schools meet. The police should have known.' >$D/r.txt &&"
		 " $T lexicon check docs/examples/recommendations.tsv 2>/dev/null && $T count -q --kind all --no-cache -l docs/examples/recommendations.tsv --grid recommendation $D/r.txt | cut -d, -f1,2", 0,
		 "row,recommendation\nhealth,1\npolice,1\nsocial_care,0\neducation,1\nboard,0\n", NULL},
		{"$T count -q --grid practice.nothing $S", 2, NULL, "--grid: the lexicon has no theme 'practice.nothing'"},
		{"$T count --grid practice.action --trend $S", 2, NULL, "different tables"},
		{"$T count --style odd $S", 2, NULL, "is not one of long, published"},
		{"$T count --bootstrap 10 $S", 2, NULL, "fewer than 100"},
		{"$T count -q -j1 --bootstrap 200 --themes harm.neglect --where gender=female $S >$D/b1 && $T count -q -j2 --bootstrap 200 --themes harm.neglect --where gender=female $S >$D/b2 && cmp $D/b1 $D/b2 &&"
		 " $T count -q --bootstrap 200 --seed 2 --themes harm.neglect --where gender=female $S >$D/b3 && ! cmp -s $D/b1 $D/b3 && cut -d, -f1-12 $D/b1 >$D/b4 &&"
		 " $T count -q --themes harm.neglect --where gender=female $S | cmp - $D/b4 && awk -F, 'NR > 1 && !($13 <= $12 && $12 <= $14) {exit 1}' $D/b1", 0, NULL, NULL},
		{"$T cooccur -q --themes parent.domestic_abuse,parent.mental_health $S | awk -F, 'NR > 1 {s[$2] += $3; t[$2] = $9} END {for (k in s) if (s[k] != t[k]) exit 1}'", 0, NULL, NULL},
		{"$T matrix -q --wide --format sav -o $D/x.sav $S && head -c 4 $D/x.sav", 0, "$FL", NULL},
		{"$T plot -q -t harm.neglect -o $D/x.png $S && head -c 4 $D/x.png | tail -c +2", 0, "PNG", NULL},
		{"PATH=/nowhere $T plot -q -t harm.neglect -o $D/y.png $S; s=$?; test ! -e $D/y.png || exit 9; exit $s", 3, NULL, "librsvg2-bin"},
		/* the two sides are those of --facet, p is what R gives for 2 by 2 tables of both kinds (test_stats), the ratio that of the rates */
		{"$T count -q --compare outcome=death --no-header $S >$D/c.csv 2>$D/said && grep -q '13 reviews are on neither side' $D/said && $T count -q --facet outcome --no-header $S | awk -F, '{k = $2 == \"death\" ? 0 : $2 == \"unknown\" ? 2 : 1; r[$3, k] += $4; m[$3, k] += $6; n[$3, k] += $8; w[$3, k] += $9; t[$3]}"
		 " END {for (x in t) printf \"%s,%d,%d,%d,%d,%.1f,%.1f\\n\", x, r[x, 0], n[x, 0], r[x, 1], n[x, 1], m[x, 0] * 1e6 / w[x, 0], m[x, 1] * 1e6 / w[x, 1]}' | sort >$D/d.csv &&"
		 " cut -d, -f1-3,5,6,11,12 $D/c.csv | sort | cmp - $D/d.csv && awk -F, '$12 > 0 && $11 > 0 && ($14 - log($11 / $12) / log(2)) ^ 2 > 0.001 {exit 1} $9 > $10 + 1e-9 {exit 1}' $D/c.csv && wc -l <$D/c.csv", 0, "159\n", NULL},
		{"$T count -q --compare outcome $S", 2, NULL, "--compare takes FACET=VALUE"},
		{"$T count -q --compare outcome=death --suppress-below 5 $S", 2, NULL, "--compare cannot be protected"},
		{"for b in 12-23 24-35; do $T segment -q --format jsonl --where months_to_publication=$b $S >$D/m.jsonl && grep -c . $D/m.jsonl &&"
		 " sed -n 's/.*\"months_to_publication\":\\([0-9][0-9]*\\).*/\\1/p' $D/m.jsonl | awk -v b=$b '{split(b, e, \"-\"); if ($1 < e[1] || $1 > e[2]) bad++} END {print NR, bad + 0}'; done", 0,
		 "31\n31 0\n26\n25 0\n", NULL}, /* one of 26 by its years alone: from January to any month of the next but one */
		{"$T count -q --facet years_to_publication --by period:2000-49 --themes harm $S | cut -d, -f1,2,8 | grep 49,2,", 0, "2,39\n", NULL},
	};
	CHECK(rows);
}

/* An expression that hits its match limit has not failed to match: the review is named, the run is not whole. */
static void a_match_limit_is_not_a_no(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"$T count -q --kind all --no-cache -l $D/slow.tsv $D/slow.txt", 1, "harm.neglect,1,0,1,0,1,", "hit its match limit"},
		{"$T count -q --kind all --no-cache --strict -l $D/slow.tsv $D/slow.txt", 3, NULL, "hit its match limit"},
	};
	CHECK(rows);
}

/* Names, offsets and codes, but nothing of what a document says. */
static void messages_hold_no_text(void **state)
{
	(void)state;
	static const char *const files[] = {"broken.jsonl", "broken.csv", "broken.json", "broken.html", "broken.docx", "broken.pdf", "slow.txt", "slow.jsonl", "cut-secret.txt.gz"};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct outcome o = {0, BUF_INIT, BUF_INIT};
		char command[160];
		snprintf(command, sizeof command, "$T count --no-cache --kind all -l $D/slow.tsv $D/%s", files[i]);
		run(&o, command);
		assert_true(o.status <= 3);
		assert_non_null(strstr(o.err.data, files[i][0] == 'b' || files[i][0] == 'c' ? "themetally: " : files[i]));
		if (strstr(o.err.data, "Zanzibar") || strstr(o.err.data, "aaaa"))
			fail_msg("%s: %s", files[i], o.err.data);
		buf_release(&o.out);
		buf_release(&o.err);
	}
}

/* The commands give the same, with that status, in all these ways. */
static void expect_same(const char *const *commands, size_t command_count, const char *const *ways, size_t way_count, const char *paths, int status)
{
	for (size_t c = 0; c < command_count; c++) {
		struct outcome first = {0, BUF_INIT, BUF_INIT}, other = {0, BUF_INIT, BUF_INIT};
		for (size_t w = 0; w < way_count; w++) {
			char command[256];
			snprintf(command, sizeof command, "$T %s -q %s %s", commands[c], ways[w], paths);
			run(w ? &other : &first, command);
			if ((w ? other.status : first.status) != status || first.out.length < 1000)
				fail_msg("%s: status %d, %zu bytes, %s", command, w ? other.status : first.status, first.out.length, w ? other.err.data : first.err.data);
			if (w && (first.out.length != other.out.length || memcmp(first.out.data, other.out.data, first.out.length) != 0))
				fail_msg("%s %s: another result with %s", commands[c], paths, ways[w]);
		}
		buf_release(&first.out);
		buf_release(&first.err);
		buf_release(&other.out);
		buf_release(&other.err);
	}
}
#define EXPECT_SAME(commands, ways, paths, status) \
	expect_same(commands, sizeof commands / sizeof *commands, ways, sizeof ways / sizeof *ways, paths, status)

/* The same bytes whatever the number of threads, the order of the paths and the size of the reads. */
static void runs_do_not_differ(void **state)
{
	(void)state;
	static const char *const commands[] = {
		"count --kind all", "matrix --kind all", "segment", "kwic --theme harm --context 20",
	};
	static const char *const ways[] = {"-j 1", "-j 2", "-j 7", "-j 3 --limit read=4K", "-j 1 --limit read=7", "-j 2 --engine plain"};
	EXPECT_SAME(commands, ways, "$S", 0);
}

/* One archive that several threads inflate (gzip of several members), and one document whose reviews several threads match; both also cut
 * short, where nothing of the archive may be counted but all that lies beside it. */
static void one_archive_over_many_threads(void **state)
{
	(void)state;
	static const struct row make[] = {
		{"cd $D && mkdir wide && for i in 0 1 2 3 4 5 6 7; do cat $S/reviews-2016-2025.jsonl.gz; done >8.gz && "
		 "for i in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do cat 8.gz; done >wide/members.jsonl.gz && "
		 "for i in 0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l m n o; do gzip -dc $S/research-digest-*.gz; cat $S/board-newsletter.txt; done >25.txt && cat 25.txt 25.txt | gzip -1 >wide/document.txt.gz && test $(gzip -dc wide/document.txt.gz | wc -c) -gt 2200000 && "
		 "mkdir cut-wide && cp $S/research-digest-2014-07.txt.gz cut-wide && for f in members.jsonl document.txt; do "
		 "head -c $(($(wc -c <wide/$f.gz) - 9)) wide/$f.gz >cut-wide/$f.gz; done", 0, NULL, NULL},
	};
	CHECK(make);
	static const char *const commands[] = {"count --kind all", "segment"};
	static const char *const ways[] = {"-j 1", "-j 2", "-j 3", "-j 7 --limit read=4K", "-j 16"};
	EXPECT_SAME(commands, ways, "$D/wide/members.jsonl.gz", 0);
	EXPECT_SAME(commands, ways, "$D/wide/document.txt.gz", 0);
	EXPECT_SAME(commands, ways, "$D/cut-wide", 1);
}

static void engine_and_reference_agree_on_the_sample(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"$T count --kind all --verify 1 $S", 0, "year,theme", "no difference"},
		{"$T count --kind all --verify 1 --nested lexicon $S", 0, "year,theme", "no difference"},
		{"$T count --kind all --verify 1 --nested all $S", 0, "year,theme", "no difference"},
	};
	CHECK(rows);
}

int main(void)
{
	const char *program = getenv("THEMETALLY");
	setenv("T", program ? program : "./themetally", 1);
	char here[512];
	if (!getcwd(here, sizeof here - 32))
		return 1;
	strcat(here, "/corpora/sample");
	setenv("S", here, 1);
	unsetenv("NO_COLOR");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usage), cmocka_unit_test(input_that_is_not_there_or_damaged_is_named), cmocka_unit_test(output_goes_where_it_should),
		cmocka_unit_test(trends_and_what_carries_them), cmocka_unit_test(a_match_limit_is_not_a_no), cmocka_unit_test(messages_hold_no_text), cmocka_unit_test(runs_do_not_differ), cmocka_unit_test(one_archive_over_many_threads), cmocka_unit_test(other_tables_hold_the_same_counts),
		cmocka_unit_test(engine_and_reference_agree_on_the_sample), cmocka_unit_test(the_readme_is_true)};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
