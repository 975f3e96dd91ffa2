/* themetally lexicon check | stats | convert | diff: lexicons themselves, without a corpus. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "matchers/lexicon.h"
#include "matchers/lexicon_stats.h"
#include "matchers/matcher.h"
#include "pipeline/command.h"
#include "pipeline/cmd_lexicon.h"
#include "pipeline/output.h"
#include "pipeline/session.h"
#include "pipeline/table.h"

enum { KEY_BY = 0x200, KEY_NO_COMPILE };

#define COMPILE_SECONDS 10 /* a lexicon that takes longer to compile is warned of */

struct arguments {
	struct options common;
	const char *by;
	bool no_compile;
};

/* ---- opening and writing ---- */

struct lexicon *lexicon_open(const char *const *paths, size_t count)
{
	struct problem_list problems = {NULL, 0, 0};
	struct lexicon *lexicon = lexicon_load(paths, count, NULL, &problems);
	session_report_problems(&problems);
	problem_list_release(&problems);
	return lexicon;
}

enum exit_status lexicon_write_table(const struct options *o, const struct column *columns, size_t count, void (*fill)(struct table *t, void *context),
                                    void *context)
{
	struct output out;
	if (output_open(&out, o->output) != 0)
		return STATUS_CANNOT_RUN;
	struct table *t = table_new(out.file, o->format, !o->no_header, o->excel, columns, count);
	fill(t, context);
	table_finish(t);
	return output_commit(&out) ? STATUS_CANNOT_RUN : STATUS_DONE;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- check ---- */

static const struct column problem_columns[] = {{"file", COLUMN_TEXT}, {"line", COLUMN_NUMBER}, {"grade", COLUMN_WORD}, {"message", COLUMN_TEXT}};

static void fill_problems(struct table *t, void *context)
{
	const struct problem_list *problems = context;
	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *p = &problems->items[i];
		table_text(t, p->file);
		if (p->line)
			table_number(t, p->line);
		else
			table_empty(t);
		table_text(t, p->grade == PROBLEM_ERROR ? "error" : "warning");
		table_text(t, p->message);
		table_end_row(t);
	}
}

/* As compilers write them, unless a format is asked for. */
static enum exit_status write_problems(const struct options *o, struct problem_list *problems)
{
	if (o->format != FORMAT_DEFAULT)
		return lexicon_write_table(o, problem_columns, COUNT(problem_columns), fill_problems, problems);
	struct output out;
	if (output_open(&out, o->output) != 0)
		return STATUS_CANNOT_RUN;
	problem_list_print(problems, out.file);
	return output_commit(&out) ? STATUS_CANNOT_RUN : STATUS_DONE;
}

/* Compiles the lexicon as a run would, for what only the engines know. */
static void check_compiling(const struct arguments *a, const struct lexicon *lexicon, struct problem_list *problems)
{
	struct matcher_options options = MATCHER_OPTIONS_DEFAULT;
	double start = clock_seconds();
	struct matcher *matcher = matcher_new(lexicon, &options, problems);
	double seconds = clock_seconds() - start;
	if (seconds > COMPILE_SECONDS)
		problem_add(problems, PROBLEM_WARNING, lexicon->name, 0, "takes %.0f seconds to compile; use fewer alternatives, hyphens and expressions", seconds);
	if (matcher && !a->common.quiet)
		message_note("compiled in %.2f s: %s", seconds, matcher_description(matcher));
	matcher_free(matcher);
}

static enum exit_status run_check(struct arguments *a)
{
	const struct options *o = &a->common;
	struct problem_list problems = {NULL, 0, 0};
	struct lexicon *lexicon = lexicon_load(o->paths, o->path_count, NULL, &problems);
	if (lexicon) {
		lexicon_check(lexicon, &problems);
		if (!a->no_compile)
			check_compiling(a, lexicon, &problems);
	}
	enum exit_status status = write_problems(o, &problems);
	size_t errors = problem_errors(&problems), warnings = problems.count - errors;
	if (!o->quiet)
		message_note("%s %s: %zu entries, %zu themes; %zu errors, %zu warnings", lexicon ? lexicon->name : "no lexicon", lexicon ? lexicon->version : "",
		             lexicon ? lexicon->entry_count : 0, lexicon ? lexicon->theme_count : 0, errors, warnings);
	lexicon_free(lexicon);
	problem_list_release(&problems);
	if (status != STATUS_DONE)
		return status;
	return errors ? STATUS_USAGE : warnings ? STATUS_PARTIAL : STATUS_DONE;
}

/* ---- stats ---- */

struct counted {
	const struct lexicon *lexicon;
	struct lexicon_stats stats;
};

static const struct column theme_columns[] = {{"theme", COLUMN_WORD},     {"label", COLUMN_TEXT},        {"negatable", COLUMN_WORD}, {"entries", COLUMN_NUMBER},
                                              {"entries_within", COLUMN_NUMBER}, {"exclusions", COLUMN_NUMBER}, {"sequences", COLUMN_NUMBER}};
static const struct column overlap_columns[] = {{"theme_a", COLUMN_WORD}, {"theme_b", COLUMN_WORD}, {"sequences", COLUMN_NUMBER}, {"example", COLUMN_TEXT}};
static const struct column total_columns[] = {{"measure", COLUMN_WORD}, {"value", COLUMN_NUMBER}};

static void fill_themes(struct table *t, void *context)
{
	const struct counted *c = context;
	for (size_t i = 0; i < c->lexicon->theme_count; i++) {
		const struct theme *theme = &c->lexicon->themes[i];
		const struct theme_stats *s = &c->stats.by_theme[i];
		table_text(t, theme->code);
		table_text(t, theme->label);
		table_text(t, theme->negatable ? "yes" : "no");
		table_number(t, (int64_t)s->own);
		table_number(t, (int64_t)s->within);
		table_number(t, (int64_t)s->exclusions);
		table_number(t, (int64_t)s->sequences);
		table_end_row(t);
	}
}

static void fill_overlaps(struct table *t, void *context)
{
	const struct counted *c = context;
	for (size_t i = 0; i < c->stats.overlap_count; i++) {
		const struct theme_overlap *overlap = &c->stats.overlaps[i];
		table_text(t, c->lexicon->themes[overlap->a].code);
		table_text(t, c->lexicon->themes[overlap->b].code);
		table_number(t, (int64_t)overlap->sequences);
		table_text(t, overlap->example);
		table_end_row(t);
	}
}

static void fill_totals(struct table *t, void *context)
{
	const struct lexicon_stats *s = &((const struct counted *)context)->stats;
	const struct {
		const char *measure;
		size_t value;
	} totals[] = {
		{"themes", s->themes},         {"leaf_themes", s->leaves},    {"entries", s->entries},       {"expressions", s->expressions},
		{"exclusions", s->exclusions}, {"cues", s->cues},             {"sequences", s->sequences},   {"words", s->words},
		{"wildcards", s->wildcards},   {"longest_sequence", s->longest}, {"overlapping_theme_pairs", s->overlap_count},
	};
	for (size_t i = 0; i < COUNT(totals); i++) {
		table_text(t, totals[i].measure);
		table_number(t, (int64_t)totals[i].value);
		table_end_row(t);
	}
}

static enum exit_status run_stats(struct arguments *a)
{
	const struct options *o = &a->common;
	struct counted c = {.lexicon = lexicon_open(o->paths, o->path_count)};
	if (!c.lexicon)
		return STATUS_USAGE;
	lexicon_stats_init(&c.stats, c.lexicon);
	enum exit_status status;
	if (a->by && strcmp(a->by, "overlap") == 0)
		status = lexicon_write_table(o, overlap_columns, COUNT(overlap_columns), fill_overlaps, &c);
	else if (a->by && strcmp(a->by, "total") == 0)
		status = lexicon_write_table(o, total_columns, COUNT(total_columns), fill_totals, &c);
	else
		status = lexicon_write_table(o, theme_columns, COUNT(theme_columns), fill_themes, &c);
	if (!o->quiet)
		message_note("%s %s: %zu entries (%zu expressions), %zu exclusions, %zu cues; %zu themes (%zu leaves); %zu sequences of %zu words and %zu wildcards", c.lexicon->name,
		             c.lexicon->version, c.stats.entries, c.stats.expressions, c.stats.exclusions, c.stats.cues, c.stats.themes, c.stats.leaves, c.stats.sequences,
		             c.stats.words, c.stats.wildcards);
	lexicon_stats_release(&c.stats);
	lexicon_free((struct lexicon *)c.lexicon);
	return status;
}

/* ---- the command line ---- */

static error_t parse_own(int key, char *arg, struct argp_state *state, const char *words)
{
	struct arguments *a = state->input;
	if (key == KEY_NO_COMPILE) {
		a->no_compile = true;
		return 0;
	}
	if (key != KEY_BY)
		return options_common_key(key, arg, state, &a->common, 2);
	for (const char *w = words; *w; w += strlen(w) + 1)
		if (strcmp(arg, w) == 0) {
			a->by = arg;
			return 0;
		}
	argp_error(state, "--by: '%s' is unknown; see --help", arg);
	return EINVAL;
}

static error_t parse_check(int key, char *arg, struct argp_state *state)
{
	return parse_own(key, arg, state, "");
}

static error_t parse_stats(int key, char *arg, struct argp_state *state)
{
	return parse_own(key, arg, state, "theme\0overlap\0total\0");
}

static const struct argp_child children[] = {{&options_output_argp, 0, NULL, 0}, {&options_message_argp, 0, NULL, 0}, {0}};

static const struct argp_option check_options[] = {{"no-compile", KEY_NO_COMPILE, NULL, 0, "Leave out what only compiling shows", 0}, {0}};
static const struct argp check_argp = {
	check_options, parse_check, "[LEXICON...]",
	"Validates a lexicon (default: the shipped one): errors, and what an author wants to know, with file and line.\v"
	"Without --format, one line for each: file:line: grade: message.\n"
	"Exit status: 0 nothing found; 1 warnings only; 2 errors, the lexicon cannot be used.\n\n"
	"Examples:\n"
	"  themetally lexicon check mine.tsv\n"
	"  themetally lexicon check --format jsonl lexicons/safeguarding/\n",
	children, NULL, NULL};

static const struct argp_option stats_options[] = {
	{"by", KEY_BY, "WHAT", 0, "theme (default), overlap (pairs of themes that share phrases) or total", 0}, {0}};
static const struct argp stats_argp = {
	stats_options, parse_stats, "[LEXICON...]",
	"Size of a lexicon (default: the shipped one): entries by theme, vocabulary, overlap between themes.\v"
	"A sequence is one way of taking an entry's alternatives and hyphens.\n\n"
	"Examples:\n"
	"  themetally lexicon stats\n"
	"  themetally lexicon stats --by overlap --format csv mine.tsv\n",
	children, NULL, NULL};

static enum exit_status run(const struct argp *argp, enum exit_status (*action)(struct arguments *a), int argc, char **argv)
{
	struct arguments a = {0};
	options_init(&a.common);
	enum exit_status status = options_parse_into(argp, argc, argv, &a, &a.common) ? STATUS_USAGE : action(&a);
	options_release(&a.common);
	return status;
}

static void print_help(FILE *out)
{
	fputs("Usage: themetally lexicon ACTION [OPTION...] [LEXICON...]\n"
	      "Works on lexicons themselves, without a corpus.\n\n"
	      "  check      errors and doubtful entries, with file and line\n"
	      "  stats      entries by theme, vocabulary, overlap between themes\n"
	      "  convert    from and to the dictionaries of other programs\n"
	      "  diff       what changed between two lexicons, and what that does to the counts of a corpus\n\n"
	      "A LEXICON is a .tsv file or a directory of them; without one, the shipped safeguarding lexicon.\n"
	      "'themetally lexicon ACTION --help' tells more.\n",
	      out);
}

int cmd_lexicon(int argc, char **argv)
{
	const char *action = argc > 1 ? argv[1] : "";
	char name[64];
	snprintf(name, sizeof name, "themetally lexicon %.20s", action);
	if (argc > 1)
		argv[1] = name;
	if (strcmp(action, "check") == 0)
		return run(&check_argp, run_check, argc - 1, argv + 1);
	if (strcmp(action, "stats") == 0)
		return run(&stats_argp, run_stats, argc - 1, argv + 1);
	if (strcmp(action, "diff") == 0)
		return lexicon_diff(argc - 1, argv + 1);
	if (strcmp(action, "convert") == 0)
		return lexicon_convert(argc - 1, argv + 1);
	bool help = strcmp(action, "--help") == 0 || strcmp(action, "-h") == 0 || strcmp(action, "-?") == 0 || strcmp(action, "help") == 0;
	if (!help && *action)
		message_error("lexicon: '%s' is none of check, stats, convert, diff", action);
	if (help || !*action)
		print_help(help ? stdout : stderr);
	return help ? STATUS_DONE : STATUS_USAGE;
}
