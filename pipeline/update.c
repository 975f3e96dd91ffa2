#include "pipeline/update.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "pipeline/manifest.h"
#include "pipeline/pack.h"
#include "pipeline/progress.h"
#include "pipeline/store_digest.h"

/* ---- what there is to do ---- */

struct plan {
	struct archive_path *archives;     /* to be read */
	struct file_identity *identities;  /* theirs, taken before they are read */
	size_t count;
	uint64_t unchanged;
	char **gone;                       /* known, below the PATHs, and not there */
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

static bool is_unchanged(const struct known_archive *known, const struct archive_path *listed, const struct file_identity *now, const struct update_options *a)
{
	unsigned char digest[32];
	if (a->retry && !known->whole)
		return false;
	struct fault fault;
	if (listed->listed && manifest_refuses(listed->listed, known->sha256, &fault))
		return false; /* it is read again, and refused unless it has changed */
	if (!a->check_hash)
		return same_file(&known->identity, now);
	if (listed->packed)
		return memcmp(listed->packed->account.sha256, known->sha256, sizeof known->sha256) == 0;
	return known->identity.bytes == now->bytes && sha256_file(known->path, digest) == 0 && memcmp(digest, known->sha256, sizeof digest) == 0;
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
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".lock"}, aside[] = ".damaged-";
	size_t length = strlen(store);
	while (strncmp(path, "./", 2) == 0)
		path += 2;
	while (strncmp(store, "./", 2) == 0) {
		store += 2;
		length -= 2;
	}
	if (strncmp(path, store, length) != 0)
		return false;
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		if (strcmp(path + length, suffixes[i]) == 0)
			return true;
	return strncmp(path + length, aside, sizeof aside - 1) == 0; /* by repair */
}

static enum exit_status make_plan(struct plan *p, struct session *s, const struct update_options *a)
{
	size_t known_count, gone_capacity = 0;
	*p = (struct plan){0};
	enum exit_status status = session_list_archives(s);
	if (status != STATUS_DONE)
		return status;
	struct known_archive *known = store_known(s->store, s->edition.id, &known_count);
	p->archives = mem_calloc(s->archive_count, sizeof *p->archives);
	p->identities = mem_calloc(s->archive_count, sizeof *p->identities);
	for (size_t i = 0; i < s->archive_count; i++) {
		struct known_archive key = {.path = s->archives[i].path};
		struct file_identity now = {0};
		if (is_store(key.path, s->options->store) || (a->name && is_store(key.path, a->name)))
			continue;
		if (s->archives[i].packed)
			now = s->archives[i].packed->identity;
		else
			file_identify(key.path, &now); /* one that is gone by now is reported when it is opened */
		const struct known_archive *found = mem_search(&key, known, known_count, sizeof key, by_path);
		if (found && is_unchanged(found, &s->archives[i], &now, a)) {
			p->unchanged++;
			continue;
		}
		p->archives[p->count] = s->archives[i];
		p->identities[p->count++] = now;
	}
	for (size_t i = 0; i < known_count; i++) {
		struct archive_path key = {.path = known[i].path};
		if (!below(known[i].path, s->options) || mem_search(&key, s->archives, s->archive_count, sizeof key, by_listed_path))
			continue;
		MEM_GROW(p->gone, p->gone_count, gone_capacity);
		p->gone[p->gone_count++] = mem_strdup(known[i].path);
	}
	store_free_known(known, known_count);
	return STATUS_DONE;
}

static void plan_release(struct plan *p)
{
	for (size_t i = 0; i < p->gone_count; i++)
		free(p->gone[i]);
	free(p->gone);
	free(p->archives); /* the paths are the session's */
	free(p->identities);
}

/* ---- doing it ---- */

struct updating {
	struct session *s;
	const struct plan *plan;
	uint64_t unread, written;
	bool failed;
};

/* An error of the disk or the system, which may be gone the next time, where damage would stay: such an archive is not taken as read. */
static bool failed_to_read(const struct archive_result *result)
{
	return result->io_failed;
}

/* Called for one archive at a time, from any thread. */
static void put_archive(void *context, struct archive_result *result)
{
	struct updating *u = context;
	if (u->failed)
		return;
	if (!result->opened || failed_to_read(result)) { /* what it brought before stays until it can be read, or --prune */
		u->unread++;
		return;
	}
	u->failed = store_put_archive(u->s->store, u->s->edition.id, &u->plan->identities[result->index], result, u->s->spill) != 0;
	u->written += !u->failed;
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
	for (size_t i = 0; prune && i < p->gone_count; i++)
		if (store_remove_archive(u->s->store, u->s->edition.id, p->gone[i]) != 0)
			return -1;
	u->written += prune ? p->gone_count : 0;
	return 0;
}

enum exit_status update_run(struct session *s, const struct update_options *a)
{
	const struct options *o = s->options;
	struct plan plan;
	unsigned char key[32];
	edition_key(s->lexicon, o, key);
	int found = store_find_edition_by_key(s->store, key, &s->edition);
	if (found < 0 || (found == 0 && store_make_edition(s->store, key, s->lexicon, o, &s->edition) != 0))
		return STATUS_CANNOT_RUN;
	enum exit_status status = make_plan(&plan, s, a);
	if (status != STATUS_DONE)
		return status;
	struct updating u = {.s = s, .plan = &plan};
	int failed = 0;
	if (plan.count)
		failed = read_archives(&u, o);
	failed = failed || forget_gone(&u, a->prune);
	bool changes = u.written || !s->edition.settled;
	if (changes && !failed)
		failed = store_settle(s->store, &s->edition, o->threads);
	failed = failed || store_digest(s->store, &s->edition, changes, o->quiet, a->notify) != 0;
	if (!failed && !o->quiet)
		message_note("%" PRIu64 " archives unchanged, %zu read, %" PRIu64 " of them could not be opened, %zu gone%s; edition %" PRId64, plan.unchanged,
		             plan.count, u.unread, plan.gone_count, a->prune ? " and forgotten" : "", s->edition.id);
	plan_release(&plan);
	return failed ? STATUS_CANNOT_RUN : STATUS_DONE;
}
