/* themetally repair: makes a damaged store again. Nothing of it is believed but the names of its archives. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "pipeline/command.h"
#include "pipeline/store_sql.h"
#include "pipeline/update.h"

struct arguments {
	struct options common;
	bool force;
};

enum { KEY_FORCE = 0x200 };

static const struct argp_option own[] = {{"force", KEY_FORCE, NULL, 0, "Make it again even if nothing is wrong with it", 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case KEY_FORCE: a->force = true; return 0;
	case ARGP_KEY_END:
		if (!a->common.store)
			argp_error(state, "--store DB says which store to make again");
		if (a->common.edition)
			argp_error(state, "the edition follows from the lexicon; --edition is for reading");
		return 0;
	}
	return options_common_key(key, arg, state, &a->common, 4);
}

static const struct argp_child children[] = {
	{&options_lexicon_argp, 0, NULL, 0}, {&options_input_argp, 0, NULL, 0}, {&options_store_argp, 0, NULL, 0}, {&options_run_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
	own, parse, "--store DB [PATH...]",
	"Makes a damaged store again from its archives: those at the given PATHs or, without any, those the store still names.\v"
	"No number is taken from the damaged store. It is kept beside the new one, as DB.damaged-TIME. If 'verify' finds nothing wrong nothing is done. "
	"One edition is made, of the lexicon and options given; the others can be added by 'update'. The record of earlier runs begins anew.\n\n"
	"Exit status 1: some archive is gone or damaged, and what it once brought is not in the new store.\n\n"
	"Examples:\n"
	"  themetally repair --store reviews.db\n"
	"  themetally repair --store reviews.db /srv/reviews\n",
	children, NULL, NULL};

static bool is_sound(const char *path)
{
	struct store *s = store_open(path, STORE_READ);
	bool sound = s && store_run(s, "BEGIN") == 0 && store_verify(s) == 0;
	store_close(s);
	return sound;
}

/* The archives a damaged store still names, of any edition, as far as it can be read. */
static void add_named_archives(struct options *o)
{
	struct store *s = store_open(o->store, STORE_READ);
	sqlite3_stmt *q = s ? store_prepare(s, "SELECT DISTINCT path FROM archive") : NULL;
	while (q && store_next(s, q) == 1)
		options_add_path(o, store_text(q, 0));
	sqlite3_finalize(q);
	store_close(s);
}

static enum exit_status make_again(struct options *o, const char *name)
{
	struct session s = {0};
	enum exit_status status = session_open_for_update(&s, o, STORE_BUILD);
	struct update_options update = {.name = name};
	if (status == STATUS_DONE)
		status = update_run(&s, &update);
	if (status == STATUS_DONE && store_verify(s.store) != 0)
		status = STATUS_CANNOT_RUN;
	return session_close(&s, status);
}

/* The new store is there and whole: the old one goes aside. */
static int exchange(const char *temporary, const char *path)
{
	struct buf aside = BUF_INIT;
	char stamp[32];
	time_t now = time(NULL);
	struct tm utc;
	gmtime_r(&now, &utc);
	strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
	buf_printf(&aside, "%s.damaged-%s", path, stamp);
	int failed = store_set_aside(path, aside.data) || store_put_in_place(temporary, path);
	if (!failed)
		message_note("%s is made again; the damaged store is kept as %s", path, aside.data);
	buf_release(&aside);
	return failed;
}

static enum exit_status repair(struct options *o, bool force)
{
	const char *name = o->store;
	if (access(name, F_OK) != 0) {
		message_error("there is no store %s; 'themetally update --store %s PATH...' makes one", name, name);
		return STATUS_CANNOT_RUN;
	}
	if (store_lock(name) != 0)
		return STATUS_CANNOT_RUN;
	if (!force && is_sound(name)) {
		message_note("%s: nothing is wrong with it", name);
		return STATUS_DONE;
	}
	if (!o->path_count)
		add_named_archives(o);
	if (!o->path_count) {
		message_error("%s cannot be read so far that it would name its archives: say their PATHs", name);
		return STATUS_USAGE;
	}
	struct buf temporary = BUF_INIT;
	buf_printf(&temporary, "%s.%ld.tmp", name, (long)getpid());
	o->store = temporary.data;
	enum exit_status status = make_again(o, name);
	if (status <= STATUS_PARTIAL && exchange(temporary.data, name) != 0)
		status = STATUS_CANNOT_RUN;
	store_remove(temporary.data);
	o->store = name;
	buf_release(&temporary);
	return status;
}

int cmd_repair(int argc, char **argv)
{
	struct arguments a = {0};
	options_init(&a.common);
	enum exit_status status = options_parse_into(&argp, argc, argv, &a, &a.common) ? STATUS_USAGE : repair(&a.common, a.force);
	options_release(&a.common);
	return status;
}
