/* themetally lexicon: output, messages and exit status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "pipeline/command.h"

#define HEADER "theme\tpattern\tflags\tnote\n"

static char folder[] = P_tmpdir "/lexicon-command-XXXXXX";

static const struct {
	const char *name, *text;
} files[] = {
	{"fine.tsv", "@lexicon name=fine version=1\n@theme a label=\"The A\" description=d\n" HEADER "a\tco-sleeping\na.b\tneglect*\na.b\tchild neglect\t\tn\nc\tneglect*\n"},
	{"doubtful.tsv", HEADER "a\tneglected\na\tneglect*\n"},
	{"broken.tsv", HEADER "a\tb.\nA\tb\n"},
	{"regex.tsv", HEADER "a\ta(b\tr\n"},
	{"after.tsv", "@lexicon name=fine version=2\n@theme a label=\"Other A\" description=d\n" HEADER "a\tco-sleeping\na.b\tneglect*\tC\nd\tchild neglect\t\tn\nc\tnew one\n"},
	{"words.dic", "%\n1\tHarm\n%\nhurt*\t1\nodd\t7\n"},
	{"keys.yml", "Harm:\n  - left alone\n"},
	{"latin.txt", "na\xefve plan=>plan\n"},
	{"czech.txt", "\xc8" "ech=>\xc8" "ech\n"},
	{"binary.txt", "\x01\x02\x03\x04\x05\x06\x07\x08"},
	{"bad.ykd", "<dictionary>"},
};

static int make_files(void **state)
{
	(void)state;
	if (!mkdtemp(folder) || chdir(folder) != 0)
		return -1;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		FILE *f = fopen(files[i].name, "w");
		if (!f)
			return -1;
		fputs(files[i].text, f);
		fclose(f);
	}
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	static const char *const made[] = {"out", "err", "written.tsv"};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlink(files[i].name);
	for (size_t i = 0; i < sizeof made / sizeof *made; i++)
		unlink(made[i]);
	return chdir("/") || rmdir(folder);
}

static char *read_back(const char *name)
{
	struct buf b = BUF_INIT;
	FILE *f = fopen(name, "r");
	assert_non_null(f);
	for (int c; (c = getc(f)) != EOF;)
		buf_append_char(&b, (char)c);
	fclose(f);
	return buf_detach(&b);
}

/* Runs the command with the words of the line; out must be what it writes, err what its messages hold (NULL: none). */
static void runs(const char *line, int status, const char *out, const char *err)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		char *copy = mem_strdup(line), *argv[16] = {(char *)"themetally lexicon"};
		int argc = 1;
		for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
			argv[argc++] = word;
		if (!freopen("out", "w", stdout) || !freopen("err", "w", stderr))
			_exit(99);
		int result = cmd_lexicon(argc, argv);
		fflush(stdout);
		fflush(stderr);
		_exit(result);
	}
	int ended;
	waitpid(child, &ended, 0);
	char *got_out = read_back("out"), *got_err = read_back("err");
	bool fine = WIFEXITED(ended) && WEXITSTATUS(ended) == status && (!out || strcmp(got_out, out) == 0) && (err ? strstr(got_err, err) != NULL : !*got_err);
	if (!fine)
		fail_msg("%s\n  status %d, expected %d\n  stdout: %s\n  stderr: %s", line, WIFEXITED(ended) ? WEXITSTATUS(ended) : -1, status, got_out, got_err);
	free(got_out);
	free(got_err);
}

static void check_says_what_is_wrong(void **state)
{
	(void)state;
	runs("check -q --no-compile fine.tsv", 0, "", NULL);
	runs("check fine.tsv", 0, "", "compiled in");
	runs("check --no-compile fine.tsv", 0, "", "fine 1: 4 entries, 3 themes; 0 errors, 0 warnings");
	runs("check -q doubtful.tsv", 1, "doubtful.tsv:2: warning: 'neglected' adds nothing: line 3 ('neglect*') matches all that it matches\n", NULL);
	runs("check -q --format csv doubtful.tsv", 1,
	     "file,line,grade,message\ndoubtful.tsv,2,warning,'neglected' adds nothing: line 3 ('neglect*') matches all that it matches\n", NULL);
	runs("check --format jsonl --no-header broken.tsv", 2, NULL, "no lexicon : 0 entries, 0 themes; 2 errors, 0 warnings");
	runs("check -q regex.tsv", 2, NULL, NULL);
	runs("check -q --no-compile regex.tsv", 0, "", NULL);
	runs("check -q missing.tsv", 2, "missing.tsv: error: cannot be opened: No such file or directory\n", NULL);
}

static void stats_by_theme_overlap_and_total(void **state)
{
	(void)state;
	runs("stats -q fine.tsv", 0,
	     "theme,label,negatable,entries,entries_within,exclusions,sequences\na,The A,no,1,3,0,2\na.b,b,no,2,2,0,2\nc,c,no,1,1,0,1\n", NULL);
	runs("stats --by overlap fine.tsv", 0, "theme_a,theme_b,sequences,example\na.b,c,1,neglect*\n", "fine 1: 4 entries (0 expressions)");
	runs("stats -q --by total --no-header fine.tsv", 0,
	     "themes,3\nleaf_themes,2\nentries,4\nexpressions,0\nexclusions,0\ncues,0\nsequences,5\nwords,5\nwildcards,1\nlongest_sequence,2\noverlapping_theme_pairs,1\n", NULL);
	runs("stats -q --by colour fine.tsv", 2, "", "'colour' is unknown");
	runs("stats -q broken.tsv", 2, "", "broken.tsv line 2: ");
}

static void diff_by_entry_and_theme(void **state)
{
	(void)state;
	runs("diff fine.tsv after.tsv", 0,
	     "change,theme,pattern,flags,note,theme_before,flags_before,note_before,line_before,line\n"
	     "altered,a.b,neglect*,C,,a.b,,,fine.tsv:5,after.tsv:5\n"
	     "moved,d,child neglect,,n,a.b,,n,fine.tsv:6,after.tsv:6\n"
	     "removed,c,neglect*,,,,,,fine.tsv:7,\n"
	     "added,c,new one,,,,,,,after.tsv:7\n",
	     "fine 1 to fine 2: 1 entries added, 1 removed, 1 altered, 1 moved; 4 themes differ");
	runs("diff -q --by theme fine.tsv after.tsv", 0,
	     "theme,change,sequences_gained,sequences_lost\na,altered,0,0\na.b,entries,1,2\nd,added,1,0\nc,entries,1,1\n", NULL);
	runs("diff", 2, "", "name the lexicon before and the one after");
	runs("diff fine.tsv broken.tsv", 2, "", "broken.tsv line 3");
}

static void convert_reads_and_writes_other_formats(void **state)
{
	(void)state;
	runs("convert -q keys.yml", 0, "@lexicon name=\"keys\" version=\"0\"\n@theme harm label=\"Harm\"\n" HEADER "harm\tleft alone\t\t\n", NULL);
	runs("convert words.dic", 1, "@lexicon name=\"words\" version=\"0\"\n@theme harm label=\"Harm\"\n" HEADER "harm\thurt*\t\t\n", "words.dic line 5: 'odd': the unknown category '7'");
	runs("convert --to quanteda words.dic keys.yml", 1, "\"harm\":\n  - \"hurt*\"\n  - \"left alone\"\n", "words+keys: 2 entries, 1 themes, written as quanteda");
	runs("convert -q latin.txt", 1, NULL, "latin.txt: read as windows-1252");
	runs("convert -q --encoding iso-8859-2 czech.txt", 0, "@lexicon name=\"czech\" version=\"0\"\n@theme cech label=\"\u010cech\"\n" HEADER "cech\t\u010cech\t\t\n", NULL);
	runs("convert -q --encoding ascii czech.txt", 2, "", "czech.txt: byte 0 is not ascii");
	runs("convert -q --encoding klingon czech.txt", 2, "", "'klingon' is unknown");
	runs("convert -q --to liwc --themes c fine.tsv", 0, "%\n1\tc\n%\nneglect*\t1\n", NULL);
	runs("convert -q --themes nothing fine.tsv", 2, "", "no theme of the lexicon matches 'nothing'");
	runs("convert -q -o written.tsv fine.tsv", 0, "", NULL);
	runs("diff -q fine.tsv written.tsv", 0, "change,theme,pattern,flags,note,theme_before,flags_before,note_before,line_before,line\n", NULL);
	runs("convert -q binary.txt", 2, "", "this is no text");
	runs("convert -q bad.ykd", 2, "", "not well-formed XML");
	runs("convert -q missing.dic", 2, "", "cannot be opened");
	runs("convert -q --from cobol fine.tsv", 2, "", "'cobol' is not one of");
	runs("convert -q --to spacy fine.tsv", 2, "", "'spacy' is not one of");
}

static void the_command_explains_itself(void **state)
{
	(void)state;
	runs("", 2, "", "check      errors and doubtful entries");
	runs("polish fine.tsv", 2, "", "'polish' is none of check, stats, convert, diff");
	runs("--help", 0, NULL, NULL);
	runs("check --help", 0, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(check_says_what_is_wrong),
		cmocka_unit_test(stats_by_theme_overlap_and_total),
		cmocka_unit_test(diff_by_entry_and_theme),
		cmocka_unit_test(convert_reads_and_writes_other_formats),
		cmocka_unit_test(the_command_explains_itself),
	};
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
