/* themetally update: the nightly job. Reads what is new or changed into a store, one transaction an archive, then settles. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "pipeline/command.h"
#include "pipeline/progress.h"
#include "pipeline/session.h"
#include "pipeline/store_log.h"

struct arguments {
	struct options common;
	bool prune, check_hash;
	const char *notify;
};

enum { KEY_PRUNE = 0x200, KEY_CHECK, KEY_NOTIFY };

static const struct argp_option own[] = {
	{"prune", KEY_PRUNE, NULL, 0, "Forget archives below the given PATHs that are no longer there", 0},
	{"check", KEY_CHECK, "HOW", 0, "How to tell an archive that has not changed: identity (size, time, inode; default) or hash (SHA-256)", 0},
	{"notify-json", KEY_NOTIFY, "FILE", 0, "Write what changed to FILE as JSON", 0},
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case KEY_PRUNE: a->prune = true; return 0;
	case KEY_NOTIFY: a->notify = arg; return 0;
	case KEY_CHECK:
		if (strcmp(arg, "identity") != 0 && strcmp(arg, "hash") != 0)
			argp_error(state, "--check: '%s' is not one of identity, hash", arg);
		a->check_hash = strcmp(arg, "hash") == 0;
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

/* ---- what there is to do ---- */

enum todo { TODO_NOTHING, TODO_NEW, TODO_CHANGED };

struct plan {
	struct archive_path *archives;     /* to be read */
	struct file_identity *identities;  /* theirs, taken before they are read */
	enum todo *todo;
	uint64_t *reviews_before;
	size_t count;
	uint64_t unchanged;
	char **gone;                       /* known, below the PATHs, and not there */
	uint64_t *gone_reviews;
	size_t gone_count;
};

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct known_archive *)a)->path, ((const struct known_archive *)b)->path);
}

static int by_listed_path(const void *a, const void *b)
{
	return strcmp(((const struct archive_path *)a)->path, ((const struct archive_path *)b)->path);
}

static bool same_file(const struct file_identity *a, const struct file_identity *b)
{
	return a->bytes == b->bytes && a->mtime_ns == b->mtime_ns && a->device == b->device && a->inode == b->inode;
}

/* Reads a file for its SHA-256 only. */
static int hash_file(const char *path, unsigned char digest[32])
{
	char block[1 << 16];
	size_t n;
	struct sha256 h;
	FILE *f = fopen(path, "re");
	if (!f)
		return -1;
	sha256_init(&h);
	while ((n = fread(block, 1, sizeof block, f)) > 0)
		sha256_update(&h, block, n);
	int failed = ferror(f);
	fclose(f);
	sha256_final(&h, digest);
	return failed ? -1 : 0;
}

static bool is_unchanged(const struct known_archive *known, const struct file_identity *now, bool check_hash)
{
	unsigned char digest[32];
	if (!check_hash)
		return same_file(&known->identity, now);
	return known->identity.bytes == now->bytes && hash_file(known->path, digest) == 0 && memcmp(digest, known->sha256, sizeof digest) == 0;
}

static bool below(const char *path, const struct options *o)
{
	for (size_t i = 0; i < o->path_count; i++) {
		size_t length = strlen(o->paths[i]);
		while (length > 1 && o->paths[i][length - 1] == '/')
			length--;
		if (strncmp(path, o->paths[i], length) == 0 && (path[length] == '/' || path[length] == '\0'))
			return true;
	}
	return false;
}

/* The store itself and what SQLite keeps beside it, where it lies among the archives. */
static bool is_store(const char *path, const char *store)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".lock"};
	size_t length = strlen(store);
	while (strncmp(path, "./", 2) == 0)
		path += 2;
	while (strncmp(store, "./", 2) == 0) {
		store += 2;
		length -= 2;
	}
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		if (strncmp(path, store, length) == 0 && strcmp(path + length, suffixes[i]) == 0)
			return true;
	return false;
}

static void make_plan(struct plan *p, struct session *s, const struct arguments *a)
{
	size_t known_count, gone_capacity = 0;
	struct known_archive *known = store_known(s->store, s->edition.id, &known_count);
	*p = (struct plan){0};
	session_list_archives(s);
	p->archives = mem_calloc(s->archive_count, sizeof *p->archives);
	p->identities = mem_calloc(s->archive_count, sizeof *p->identities);
	p->todo = mem_calloc(s->archive_count, sizeof *p->todo);
	p->reviews_before = mem_calloc(s->archive_count, sizeof *p->reviews_before);
	for (size_t i = 0; i < s->archive_count; i++) {
		struct known_archive key = {.path = s->archives[i].path};
		struct file_identity now = {0};
		if (is_store(key.path, a->common.store))
			continue;
		file_identify(key.path, &now); /* one that is gone by now is reported when it is opened */
		const struct known_archive *found = mem_search(&key, known, known_count, sizeof key, by_path);
		if (found && is_unchanged(found, &now, a->check_hash)) {
			p->unchanged++;
			continue;
		}
		p->archives[p->count] = s->archives[i];
		p->identities[p->count] = now;
		p->todo[p->count] = found ? TODO_CHANGED : TODO_NEW;
		p->reviews_before[p->count++] = found ? found->reviews : 0;
	}
	for (size_t i = 0; i < known_count; i++) {
		struct archive_path key = {.path = known[i].path};
		if (!below(known[i].path, &a->common) || mem_search(&key, s->archives, s->archive_count, sizeof key, by_listed_path))
			continue;
		size_t before = p->gone_count;
		MEM_GROW(p->gone, p->gone_count, gone_capacity);
		p->gone_reviews = mem_realloc(p->gone_reviews, gone_capacity, sizeof *p->gone_reviews);
		p->gone_reviews[before] = known[i].reviews;
		p->gone[p->gone_count++] = mem_strdup(known[i].path);
	}
	store_free_known(known, known_count);
}

static void plan_release(struct plan *p)
{
	for (size_t i = 0; i < p->gone_count; i++)
		free(p->gone[i]);
	free(p->gone);
	free(p->gone_reviews);
	free(p->archives); /* the paths are the session's */
	free(p->identities);
	free(p->todo);
	free(p->reviews_before);
}

/* ---- doing it ---- */

struct updating {
	struct session *s;
	const struct plan *plan;
	struct store_log *log;
	uint64_t unread;
	bool failed;
};

/* Called for one archive at a time, from any thread. */
static void put_archive(void *context, struct archive_result *result)
{
	struct updating *u = context;
	static const char *const words[] = {"", "new", "changed"};
	uint64_t reviews = 0;
	if (u->failed)
		return;
	if (!result->opened) { /* what it brought before stays until it can be read, or --prune */
		u->unread++;
		return;
	}
	for (size_t i = 0; i < result->sheaf_count; i++)
		reviews += result->sheaves[i].rows;
	if (store_put_archive(u->s->store, u->s->edition.id, &u->plan->identities[result->index], result, u->s->spill) != 0)
		u->failed = true;
	else
		store_log_archive(u->log, result->path, words[u->plan->todo[result->index]], u->plan->reviews_before[result->index], reviews);
}

static int read_archives(struct updating *u, const struct options *o)
{
	struct session *s = u->s;
	const struct plan *p = u->plan;
	uint64_t bytes = 0;
	for (size_t i = 0; i < p->count; i++)
		bytes += p->archives[i].bytes;
	struct run_options run;
	session_run_options(s, &run);
	run.match_kinds = (1u << KIND_COUNT) - 1;
	run.hash_archives = true;
	run.progress = session_progress(o, bytes);
	s->spill = spill_new(NULL, 64 << 20);
	int result = run_archives(p->archives, p->count, &run, s->spill, (struct run_sink){put_archive, u}, &s->summary);
	progress_stop(run.progress);
	return result || u->failed ? -1 : 0;
}

static int forget_gone(struct updating *u, bool prune)
{
	const struct plan *p = u->plan;
	if (p->gone_count && !prune)
		message_warning("%zu archives are no longer there, the first %s; --prune forgets what they brought", p->gone_count, p->gone[0]);
	for (size_t i = 0; prune && i < p->gone_count; i++) {
		if (store_remove_archive(u->s->store, u->s->edition.id, p->gone[i]) != 0)
			return -1;
		store_log_archive(u->log, p->gone[i], "gone", p->gone_reviews[i], 0);
	}
	return 0;
}

static enum exit_status update(struct session *s, const struct arguments *a)
{
	const struct options *o = s->options;
	struct plan plan;
	unsigned char key[32];
	edition_key(s->lexicon, o, key);
	int found = store_find_edition_by_key(s->store, key, &s->edition);
	if (found < 0 || (found == 0 && store_make_edition(s->store, key, s->lexicon, o, &s->edition) != 0))
		return STATUS_CANNOT_RUN;
	make_plan(&plan, s, a);
	struct updating u = {.s = s, .plan = &plan, .log = store_log_begin(s->store, &s->edition)};
	bool changes = plan.count || (a->prune && plan.gone_count) || !s->edition.settled;
	int failed = 0;
	if (plan.count)
		failed = read_archives(&u, o);
	failed = failed || forget_gone(&u, a->prune);
	if (changes && !failed)
		failed = store_settle(s->store, &s->edition) || store_log_end(u.log, a->notify, &s->summary);
	else if (!failed)
		failed = store_log_nothing(u.log, a->notify);
	if (!failed && !o->quiet)
		message_note("%" PRIu64 " archives unchanged, %zu read, %" PRIu64 " of them could not be opened, %zu gone%s; edition %" PRId64, plan.unchanged,
		             plan.count, u.unread, plan.gone_count, a->prune ? " and forgotten" : "", s->edition.id);
	store_log_free(u.log);
	plan_release(&plan);
	return failed ? STATUS_CANNOT_RUN : STATUS_DONE;
}

int cmd_update(int argc, char **argv)
{
	struct arguments a = {0};
	struct session s = {0};
	options_init(&a.common);
	enum exit_status status = options_parse_into(&argp, argc, argv, &a, &a.common) ? STATUS_USAGE : session_open_for_update(&s, &a.common);
	if (status == STATUS_DONE)
		status = update(&s, &a);
	status = session_close(&s, status);
	options_release(&a.common);
	return status;
}
