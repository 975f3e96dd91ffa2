/* themetally update: the nightly job. */
#include <string.h>

#include "pipeline/command.h"
#include "pipeline/update.h"

struct arguments {
	struct options common;
	struct update_options update;
};

enum { KEY_PRUNE = 0x200, KEY_CHECK, KEY_NOTIFY, KEY_RETRY };

static const struct argp_option own[] = {
	{"prune", KEY_PRUNE, NULL, 0, "Forget archives below the given PATHs that are no longer there", 0},
	{"check", KEY_CHECK, "HOW", 0, "How to tell an archive that has not changed: identity (size, time, inode; default) or hash (SHA-256)", 0},
	{"retry", KEY_RETRY, NULL, 0, "Read archives again of which something was damaged or refused, changed or not", 0},
	{"notify-json", KEY_NOTIFY, "FILE", 0, "Write what changed to FILE as JSON", 0},
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case KEY_PRUNE: a->update.prune = true; return 0;
	case KEY_NOTIFY: a->update.notify = arg; return 0;
	case KEY_RETRY: a->update.retry = true; return 0;
	case KEY_CHECK:
		if (strcmp(arg, "identity") != 0 && strcmp(arg, "hash") != 0)
			argp_error(state, "--check: '%s' is not one of identity, hash", arg);
		a->update.check_hash = strcmp(arg, "hash") == 0;
		return 0;
	case ARGP_KEY_END:
		if (!a->common.store)
			argp_error(state, "--store DB says which store to update");
		if (!a->common.path_count)
			argp_error(state, "say which archives to read (a file or a directory)");
		if (a->common.edition)
			argp_error(state, "the edition follows from the lexicon; --edition is for reading");
		return 0;
	}
	return options_common_key(key, arg, state, &a->common, 4);
}

static const struct argp_child children[] = {
	{&options_lexicon_argp, 0, NULL, 0}, {&options_input_argp, 0, NULL, 0}, {&options_store_argp, 0, NULL, 0},
	{&options_run_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	own, parse, "--store DB PATH...",
	"Brings a store up to date: reads archives that are new or changed, replaces what they brought, keeps the rest.\v"
	"One archive is one transaction: after an interruption at any point the next update goes on. A changed lexicon makes a new edition; the "
	"tables of the old one stay. Archives that have gone are kept until --prune.\n\n"
	"Examples:\n"
	"  themetally update --store reviews.db digests/\n"
	"  themetally count --store reviews.db\n",
	children, NULL, NULL};

int cmd_update(int argc, char **argv)
{
	struct arguments a = {0};
	struct session s = {0};
	options_init(&a.common);
	enum exit_status status = options_parse_into(&argp, argc, argv, &a, &a.common) ? STATUS_USAGE : session_open_for_update(&s, &a.common, STORE_WRITE);
	if (status == STATUS_DONE)
		status = update_run(&s, &a.update);
	status = session_close(&s, status);
	options_release(&a.common);
	return status;
}
