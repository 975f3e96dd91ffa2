/* themetally backup: a copy of a store, made while it may be in use, verified before it gets its name. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "pipeline/command.h"
#include "pipeline/store_sql.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	return options_over_store_key(key, state, state->input, "FILE where its copy goes");
}

static const struct argp argp = {
	NULL, parse, "--store DB -o FILE",
	"Copies a store as it is at one instant, also while an update runs; every derived number of the copy is computed again before it gets its name.\v"
	"It is the way back as well: with a backup as DB and the store as FILE, the store is replaced in one step, or not at all if the backup is damaged.\n\n"
	"Examples:\n"
	"  themetally backup --store reviews.db -o reviews-2026-11-27.db\n"
	"  themetally backup --store reviews-2026-11-27.db -o reviews.db\n",
	options_over_store, NULL, NULL};

/* By SQLite's backup interface, in one read transaction. */
static int copy_pages(struct store *from, const char *to)
{
	sqlite3 *db = NULL;
	mode_t before = umask(0077);
	int result = sqlite3_open_v2(to, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW, NULL);
	umask(before);
	sqlite3_backup *backup = result == SQLITE_OK ? sqlite3_backup_init(db, "main", from->db, "main") : NULL;
	if (backup) {
		sqlite3_backup_step(backup, -1);
		result = sqlite3_backup_finish(backup);
	} else if (result == SQLITE_OK) {
		result = sqlite3_errcode(db);
	}
	if (result != SQLITE_OK)
		message_error("cannot copy %s to %s: %s", from->path, to, db ? sqlite3_errmsg(db) : sqlite3_errstr(result));
	return sqlite3_close(db) == SQLITE_OK && result == SQLITE_OK ? 0 : -1;
}

static int verify_copy(const char *path)
{
	struct store *s = store_open(path, STORE_BUILD);
	int64_t wrong = s ? store_verify(s) : -1;
	store_close(s);
	if (wrong > 0)
		message_error("the copy has the faults of the store: it was not kept; see 'themetally repair'");
	return wrong == 0 ? 0 : -1;
}

static enum exit_status back_up(const struct options *o)
{
	struct buf temporary = BUF_INIT;
	buf_printf(&temporary, "%s.%ld.tmp", o->output, (long)getpid());
	struct store *from = store_open(o->store, STORE_READ);
	int failed = !from || copy_pages(from, temporary.data) != 0;
	store_close(from);
	failed = failed || verify_copy(temporary.data) != 0 || store_lock(o->output) != 0 || store_put_in_place(temporary.data, o->output) != 0;
	store_remove(temporary.data);
	buf_release(&temporary);
	return failed ? STATUS_CANNOT_RUN : STATUS_DONE;
}

int cmd_backup(int argc, char **argv)
{
	struct options o;
	options_init(&o);
	enum exit_status status = options_parse(&argp, argc, argv, &o) ? STATUS_USAGE : back_up(&o);
	options_release(&o);
	return status;
}
