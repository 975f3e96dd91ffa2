/* themetally: the command line. Each subcommand has a file of its own, cmd_NAME.c. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "pipeline/command.h"
#include "pipeline/message.h"
#include "pipeline/output.h"
#include "pipeline/version.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{"count", cmd_count, "themes by year: one row per year and theme"},
	{"matrix", cmd_matrix, "cases by themes: one row per review and theme found in it"},
	{"segment", cmd_segment, "the reviews found: place, dates, facets, duplicates"},
	{"kwic", cmd_kwic, "evidence: each counted phrase in its context"},
	{"cooccur", cmd_cooccur, "themes found together: pairs, or every intersection of a few"},
	{"lexicon", cmd_lexicon, "check, stats, convert, diff: lexicons themselves"},
	{"explain", cmd_explain, "why each candidate phrase was counted, negated or dropped"},
	{"pack", cmd_pack, "archives cut and dated once, for reruns with other lexicons"},
	{"update", cmd_update, "bring a store up to date: the nightly job"},
	{"shard", cmd_shard, "split archives into lists of about the same size"},
	{"merge", cmd_merge, "join stores made on different machines"},
	{"changes", cmd_changes, "what moved each published number of a store, and why"},
	{"report", cmd_report, "a store as one page: trends, heat map, co-occurrence, evidence"},
	{"plot", cmd_plot, "shares of a few themes over time, as a picture"},
	{"export", cmd_export, "a store as csv files with a data package description"},
	{"status", cmd_status, "what a store holds"},
	{"verify", cmd_verify, "recompute every derived number of a store and check its file"},
	{"backup", cmd_backup, "copy a store while it may be in use, and back"},
	{"repair", cmd_repair, "make a damaged store again from its archives"},
	{"drop", cmd_drop, "take an edition out of a store"},
	{"evaluate", cmd_evaluate, "agreement with human coding, per theme and overall"},
};

static void print_help(FILE *out)
{
	fputs("Usage: themetally COMMAND [OPTION...] PATH...\n"
	      "Counts themes in archives of published case reviews, per year.\n\n", out);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\nPATH is a file, a directory (read recursively) or - for standard input.\n"
	      "'themetally COMMAND --help' tells more; 'themetally --version' names the build.\n\n"
	      "Exit status: 0 done; 1 done, but something was skipped or damaged; 2 wrong usage or\n"
	      "lexicon; 3 could not run.\n", out);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

static int run_command(const struct command *c, int argc, char **argv)
{
	char name[64];
	snprintf(name, sizeof name, "themetally %s", c->name);
	argv[0] = name;
	return c->run(argc, argv);
}

/* Reviews are about real children: a crash leaves no copy of their text. A limit of 0 is ignored where core files go to a program; 1 is
 * not, and is too little for a file. */
static void forbid_core_files(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max > 1)
		limit.rlim_max = 1;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_CORE, &limit);
}

/* A descriptor that was closed for us must not become that of the next file: it is taken by what can only fail, as the closed one would. */
static void take_closed_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
			_exit(STATUS_CANNOT_RUN);
}

int main(int argc, char **argv)
{
	take_closed_descriptors();
	forbid_core_files();
	output_handle_signals();
	if (argc < 2) {
		print_help(stderr);
		return STATUS_USAGE;
	}
	bool help = strcmp(argv[1], "help") == 0;
	const struct command *command = find_command(help && argc > 2 ? argv[2] : argv[1]);
	if (command && help)
		return run_command(command, 2, (char *[]){NULL, (char *)"--help", NULL});
	if (command)
		return run_command(command, argc - 1, argv + 1);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || (help && argc == 2)) {
		print_help(stdout);
		return STATUS_DONE;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		version_print(stdout);
		return STATUS_DONE;
	}
	message_error("'%s' is no command; 'themetally --help' lists them", argv[help ? 2 : 1]);
	return STATUS_USAGE;
}
