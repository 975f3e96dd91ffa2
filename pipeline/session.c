#include "pipeline/session.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "pipeline/manifest.h"
#include "pipeline/output.h"
#include "pipeline/pack.h"
#include "pipeline/progress.h"

enum { SPILL_BUDGET = 32 << 20 };

size_t session_report_problems(const struct problem_list *problems)
{
	size_t errors = 0;
	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *p = &problems->items[i];
		bool error = p->grade == PROBLEM_ERROR;
		errors += error;
		if (p->line)
			(error ? message_error : message_warning)("%s line %" PRIu32 ": %s", p->file, p->line, p->message);
		else
			(error ? message_error : message_warning)("%s: %s", p->file, p->message);
	}
	return errors;
}

static struct lexicon *open_lexicon(const struct options *o, bool with_lexicon, const char *cache, struct problem_list *problems)
{
	if (!with_lexicon) {
		static const struct lexicon_source none = {"none", "theme\tpattern\n", 14};
		return lexicon_read(&none, 1, NULL, problems);
	}
	return lexicon_load_cached(o->lexicons, o->lexicon_count, cache, problems);
}

int session_choose_themes(const struct lexicon *lexicon, const char *option, const char *pattern, bool *mask)
{
	char *copy = mem_strdup(pattern), *rest = copy;
	int result = 0;
	for (char *code; result == 0 && (code = strsep(&rest, ",")) != NULL;) {
		bool found = false;
		for (size_t i = 0; i < lexicon->theme_count; i++)
			if (fnmatch(code, lexicon->themes[i].code, 0) == 0)
				mask[i] = found = true;
		if (!found) {
			message_error("%s: the lexicon has no theme '%s'; 'themetally lexicon stats' lists them", option, code);
			result = -1;
		}
	}
	free(copy);
	return result;
}

/* The user's cache directory, whose parent is made if it is missing; NULL if there is no home. The caller frees. */
static char *cache_directory(void)
{
	struct buf path = BUF_INIT;
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	if (xdg && *xdg == '/')
		buf_append_str(&path, xdg);
	else if (home && *home == '/')
		buf_printf(&path, "%s/.cache", home);
	else
		return NULL;
	mkdir(path.data, 0700); /* if this fails the cache stays unused */
	buf_append_str(&path, "/themetally");
	return buf_detach(&path);
}

static enum exit_status open_engine(struct session *s, const struct options *o, enum session_need need)
{
	struct problem_list problems = {0};
	bool with_lexicon = need != NEED_REVIEWS;
	char *cache = s->cache_directory = o->no_cache ? NULL : cache_directory();
	struct matcher_options matching = MATCHER_OPTIONS_DEFAULT;
	const struct segmenter_options cutting = {
		.layout_files = o->layouts, .layout_file_count = o->layout_count, .all_sections = o->all_sections, .cache_directory = cache};
	char message[512];
	matching.engine = o->engine;
	matching.cache_directory = with_lexicon ? cache : NULL;
	s->lexicon = open_lexicon(o, with_lexicon, cache, &problems);
	if (s->lexicon && need == NEED_FINDS) {
		finds_wanted_init(&s->finds, s->lexicon);
		matching.left_out = s->finds.left_out;
	}
	if (s->lexicon)
		s->matcher = matcher_new(s->lexicon, &matching, &problems);
	s->matching = matching;
	session_report_problems(&problems);
	problem_list_release(&problems);
	if (!s->matcher)
		return STATUS_USAGE;
	s->segmenter = segmenter_new(&cutting, message, sizeof message);
	if (!s->segmenter) {
		message_error("%s", message);
		return STATUS_USAGE;
	}
	return STATUS_DONE;
}

/* Opens the store in one snapshot and finds the edition: the one asked for or, where the text is needed, that of the lexicon. */
static enum exit_status open_store(struct session *s, const struct options *o, enum session_need need)
{
	s->store = store_open(o->store, STORE_READ);
	if (!s->store || store_run_sql(s->store, "BEGIN") != 0)
		return STATUS_CANNOT_RUN;
	unsigned char key[32];
	if (need == NEED_TEXT)
		edition_key(s->lexicon, o, key);
	int found = need == NEED_TEXT ? store_find_edition_by_key(s->store, key, &s->edition)
	                              : store_find_edition(s->store, o->edition, &s->edition);
	if (found == 0) {
		message_error(need == NEED_TEXT ? "%s holds no edition of this lexicon, these rules and options: update it with them first"
		                                : "%s holds no such edition; 'themetally status' lists them", o->store);
		return STATUS_USAGE;
	}
	return found < 0 ? STATUS_CANNOT_RUN : STATUS_DONE;
}

enum exit_status session_open(struct session *s, const struct options *o, enum session_need need)
{
	enum exit_status status = STATUS_DONE;
	*s = (struct session){.options = o};
	if (o->store && need != NEED_TEXT && o->lexicon_count) {
		message_error("--lexicon: a store is counted under its own; 'themetally update --lexicon' adds an edition");
		return STATUS_USAGE;
	}
	if (o->store && o->manifest) {
		message_error("--manifest: a store is what 'themetally update --manifest' made it; the list is for archives that are read");
		return STATUS_USAGE;
	}
	if (!o->store || need == NEED_TEXT)
		status = open_engine(s, o, need);
	if (status == STATUS_DONE && o->store)
		status = open_store(s, o, need);
	if (status == STATUS_DONE && !s->lexicon && !(s->lexicon = store_lexicon(s->store, s->edition.id)))
		status = STATUS_CANNOT_RUN;
	if (status != STATUS_DONE)
		return status;
	s->shown = mem_alloc(s->lexicon->theme_count + 1);
	memset(s->shown, !o->themes, s->lexicon->theme_count);
	if (o->themes && session_choose_themes(s->lexicon, "--themes", o->themes, s->shown) != 0)
		return STATUS_USAGE;
	return STATUS_DONE;
}

enum exit_status session_open_for_update(struct session *s, const struct options *o, enum store_mode mode)
{
	*s = (struct session){.options = o};
	enum exit_status status = open_engine(s, o, NEED_THEMES);
	if (status == STATUS_DONE && !(s->store = store_open(o->store, mode)))
		status = STATUS_CANNOT_RUN;
	return status;
}

void session_run_options(const struct session *s, struct run_options *run)
{
	const struct options *o = s->options;
	*run = (struct run_options){
		.lexicon = s->lexicon, .matcher = s->matcher, .segmenter = s->segmenter, .limits = o->limits, .documents = o->documents,
		.nested = o->nested, .match_kinds = o->kinds, .verify = o->verify, .threads = o->threads, .index_directory = o->index_directory,
		.hash_archives = o->manifest != NULL};
}

struct progress *session_progress(const struct options *o, uint64_t bytes)
{
	bool wanted = o->progress == PROGRESS_ALWAYS || (o->progress == PROGRESS_AUTO && isatty(STDERR_FILENO) && !o->log_json);
	return wanted ? progress_start(bytes) : NULL;
}

static void note_unlisted(const char *path, const struct fault *fault, void *context)
{
	struct session *s = context;
	s->unlisted++;
	MEM_GROW(s->unlisted_list, s->unlisted_list_count, s->unlisted_list_capacity);
	s->unlisted_list[s->unlisted_list_count++] = (struct pack_unlisted){mem_strdup(path), *fault};
	message_fault(path, fault, true);
}

static void add_totals(struct session *s)
{
	struct ledger_cursor *c = ledger_skim(s->ledger);
	struct ledger_row r;
	while (ledger_next(c, &r)) {
		s->totals.rows[r.row->kind]++;
		if (r.row->kind != KIND_REVIEW)
			continue;
		if (r.duplicate)
			s->totals.duplicates++;
		else if (!r.row->published.year)
			s->totals.undated++;
		s->totals.words += r.row->words;
	}
	ledger_end(c);
}

static uint64_t faults(const struct session *s)
{
	return s->summary.faults + s->unlisted;
}

/* Where an archive is to be had in several ways: from a pack that is as its file is, from the file, from another pack. */
static int rank(const struct archive_path *a)
{
	return !a->packed ? 1 : pack_source_of(a->packed) == SOURCE_CHANGED ? 2 : 0;
}

static int by_path(const void *a, const void *b)
{
	const struct archive_path *x = a, *y = b;
	int c = strcmp(x->path, y->path);
	if (c == 0 && (x->packed || y->packed)) {
		c = rank(x) - rank(y);
		if (c == 0 && x->packed)
			c = strcmp(x->packed->pack->path, y->packed->pack->path);
	}
	return c;
}

static void warn_if_stale(const struct pack *p)
{
	const struct pack_archive *first = NULL;
	size_t changed = 0;
	for (size_t i = 0; i < p->contents.archive_count; i++)
		if (pack_source_of(&p->contents.archives[i]) == SOURCE_CHANGED) {
			first = first ? first : &p->contents.archives[i];
			changed++;
		}
	if (first)
		message_warning("%s is stale: %zu of its %zu archives have changed since it was made, the first %s; pack again", p->path, changed,
		                p->contents.archive_count, first->path);
}

/* A pack that is in the list of checksums proves what stands in it. False, with a message, if it is not as listed. */
static bool pack_is_listed(struct session *s, const char *path, bool *listed)
{
	struct fault fault;
	const struct manifest_entry *e = s->manifest ? manifest_entry(s->manifest, path) : NULL;
	*listed = e && e->line;
	if (!*listed || !manifest_refuses_file(e, path, &fault))
		return true;
	s->unlisted++;
	message_fault(path, &fault, false);
	return false;
}

/* Puts the archives of a pack into the list in place of the pack itself, which is its last. */
static enum exit_status add_pack(struct session *s, struct archive_path **list, size_t *count, size_t *capacity)
{
	struct fault fault;
	char *path = (*list)[--*count].path, *unfit;
	bool listed;
	if (!pack_is_listed(s, path, &listed)) {
		free(path);
		return STATUS_DONE;
	}
	struct pack *p = pack_open(path, &fault);
	if (!p) {
		s->unlisted++;
		message_fault(path, &fault, false);
		free(path);
		return STATUS_DONE;
	}
	free(path);
	s->packs = mem_realloc(s->packs, s->pack_count + 1, sizeof *s->packs);
	s->packs[s->pack_count++] = p;
	if ((unfit = pack_unfit(p, s->options)) != NULL) {
		message_error("%s %s", p->path, unfit);
		free(unfit);
		return STATUS_USAGE;
	}
	warn_if_stale(p);
	if (s->matcher && s->lexicon->entry_count)
		p->finds = pack_finds_new(p, s->lexicon, &s->matching);
	for (size_t i = 0; i < p->contents.unlisted_count; i++)
		note_unlisted(p->contents.unlisted[i].path, &p->contents.unlisted[i].fault, s);
	for (size_t i = 0; i < p->contents.archive_count; i++) {
		const struct pack_archive *a = &p->contents.archives[i];
		MEM_GROW(*list, *count, *capacity);
		(*list)[(*count)++] = (struct archive_path){
			mem_strdup(a->path), a->account.packed_bytes, a, s->manifest && !listed ? manifest_entry(s->manifest, a->path) : NULL};
	}
	return STATUS_DONE;
}

bool session_may_be_pack(const struct session *s, const char *path)
{
	size_t length = strlen(path);
	if (length > 5 && strcmp(path + length - 5, ".pack") == 0)
		return true;
	for (size_t i = 0; i < s->options->path_count; i++)
		if (strcmp(s->options->paths[i], path) == 0)
			return strcmp(path, "-") != 0;
	return false;
}

static enum exit_status read_manifest(struct session *s)
{
	char message[512];
	if (!s->options->manifest || s->manifest || (s->manifest = manifest_read(s->options->manifest, message, sizeof message)))
		return STATUS_DONE;
	message_error("--manifest: %s", message);
	return STATUS_USAGE;
}

static void note_missing(struct session *s)
{
	const struct manifest_entry *e;
	struct fault fault;
	for (size_t at = 0; s->manifest && (e = manifest_next_missing(s->manifest, &at));) {
		fault_set(&fault, FAULT_IO, NULL, FAULT_NO_OFFSET, FAULT_NO_OFFSET, 0, "line %u of the list of checksums has it, but it is not among the archives", e->line);
		note_unlisted(e->name, &fault, s);
	}
}

enum exit_status session_list_archives(struct session *s)
{
	if (read_manifest(s) != STATUS_DONE)
		return STATUS_USAGE;
	size_t found, count = 0, capacity = 0, kept = 0;
	enum exit_status status = STATUS_DONE;
	struct archive_path *files = archive_list(s->options->paths, s->options->path_count, &found, note_unlisted, s), *list = NULL;
	for (size_t i = 0; i < found; i++) {
		if (s->manifest && manifest_is(s->manifest, files[i].path)) {
			free(files[i].path);
			continue;
		}
		MEM_GROW(list, count, capacity);
		list[count++] = files[i];
		if (status == STATUS_DONE && !s->packs_whole && session_may_be_pack(s, files[i].path) && pack_is(files[i].path))
			status = add_pack(s, &list, &count, &capacity);
		else if (s->manifest)
			list[count - 1].listed = manifest_entry(s->manifest, files[i].path);
	}
	free(files);
	note_missing(s);
	mem_sort(list, count, sizeof *list, by_path);
	for (size_t i = 0; i < count; i++) {
		if (kept && strcmp(list[kept - 1].path, list[i].path) == 0)
			free(list[i].path);
		else
			list[kept++] = list[i];
	}
	s->archives = list;
	s->archive_count = kept;
	return status;
}

/* The archives of the store, which must be as they were when it read them. */
static int list_stored_archives(struct session *s)
{
	struct known_archive *known = store_known(s->store, s->edition.id, &s->archive_count);
	int changed = 0;
	s->archives = mem_calloc(s->archive_count, sizeof *s->archives);
	for (size_t i = 0; i < s->archive_count; i++) {
		struct file_identity now;
		s->archives[i] = (struct archive_path){.path = mem_strdup(known[i].path), .bytes = (uint64_t)known[i].identity.bytes};
		if (file_identify(known[i].path, &now) != 0 || now.bytes != known[i].identity.bytes || now.mtime_ns != known[i].identity.mtime_ns) {
			message_error("%s is not as the store read it: update the store first", known[i].path);
			changed++;
		}
	}
	store_free_known(known, s->archive_count);
	return changed ? -1 : 0;
}

static enum exit_status read_store(struct session *s)
{
	s->spill = spill_new(NULL, SPILL_BUDGET);
	s->ledger = store_ledger(s->store, &s->edition, s->spill, &s->archives, &s->archive_count);
	if (!s->ledger)
		return STATUS_CANNOT_RUN;
	add_totals(s);
	return STATUS_DONE;
}

enum exit_status session_run(struct session *s, const bool *evidence_themes, unsigned evidence_context)
{
	const struct options *o = s->options;
	if (s->store && !s->matcher)
		return read_store(s);
	if (s->store && list_stored_archives(s) != 0)
		return STATUS_CANNOT_RUN;
	enum exit_status status = s->store ? STATUS_DONE : session_list_archives(s);
	if (status != STATUS_DONE)
		return status;
	uint64_t bytes = 0;
	for (size_t i = 0; i < s->archive_count; i++)
		bytes += s->archives[i].bytes;
	struct run_options run;
	session_run_options(s, &run);
	run.evidence_themes = evidence_themes;
	run.evidence_context = evidence_context;
	run.progress = session_progress(o, bytes);
	s->spill = spill_new(NULL, SPILL_BUDGET);
	s->ledger = ledger_new(s->archives, s->archive_count, s->spill);
	int failed = run_archives(s->archives, s->archive_count, &run, s->spill, ledger_sink(s->ledger), &s->summary);
	progress_stop(run.progress);
	if (failed)
		return STATUS_CANNOT_RUN;
	ledger_close(s->ledger, o->threads);
	add_totals(s);
	if (s->summary.archives == 0) {
		message_error("no input could be read");
		return STATUS_CANNOT_RUN;
	}
	if (o->strict && faults(s)) {
		message_error("stopped by --strict: something was skipped or damaged; nothing was written");
		return STATUS_CANNOT_RUN;
	}
	return STATUS_DONE;
}

enum exit_status session_print(struct session *s, enum exit_status so_far, void (*print)(FILE *file, struct session *s, void *context),
                               void *context)
{
	struct output out;
	if (so_far != STATUS_DONE)
		return so_far;
	if (output_open(&out, s->options->output) != 0)
		return STATUS_CANNOT_RUN;
	print(out.file, s, context);
	if (s->unprintable || (s->store && !store_is_sound(s->store))) {
		output_abandon(&out);
		return STATUS_CANNOT_RUN;
	}
	return output_commit(&out) == 0 ? STATUS_DONE : STATUS_CANNOT_RUN;
}

static void print_summary(const struct session *s)
{
	const struct run_summary *r = &s->summary;
	const struct totals *t = &s->totals;
	double mb = (double)r->decoded_bytes / 1e6;
	message_note("%" PRIu64 " archives read, %" PRIu64 " not read; units: %" PRIu64 " whole, %" PRIu64 " refused; members: %" PRIu64
	             " read, %" PRIu64 " skipped", r->archives, r->archives_unread + s->unlisted, r->units_sealed, r->units_refused,
	             r->members, r->members_skipped);
	message_note("%" PRIu64 " reviews (%" PRIu64 " duplicates, %" PRIu64 " undated), %" PRIu64 " reports, %" PRIu64 " other; %" PRIu64
	             " words in reviews; %" PRIu64 " dates in conflict; characters: %" PRIu64 " replaced, %" PRIu64 " repaired",
	             t->rows[KIND_REVIEW], t->duplicates, t->undated, t->rows[KIND_REPORT], t->rows[KIND_OTHER], t->words, r->conflicts,
	             r->replaced, r->repaired);
	if (r->verified)
		message_note("%" PRIu64 " reviews counted again by the reference counter: no difference", r->verified);
	if (r->seconds >= 0.5) /* below that start-up hides the rate */
		message_note("%.1f MB of text in %.2f s: %.1f MB/s on %u threads", mb, r->seconds, mb / r->seconds, s->options->threads);
	else
		message_note("%.1f MB of text in %.2f s", mb, r->seconds);
}

enum exit_status session_close(struct session *s, enum exit_status so_far)
{
	if (s->ledger && s->matcher && !s->options->quiet)
		print_summary(s);
	enum exit_status status = so_far == STATUS_DONE && faults(s) ? STATUS_PARTIAL : so_far;
	ledger_free(s->ledger);
	spill_free(s->spill);
	archive_list_free(s->archives, s->archive_count);
	for (size_t i = 0; i < s->pack_count; i++)
		pack_close(s->packs[i]);
	free(s->packs);
	manifest_free(s->manifest);
	for (size_t i = 0; i < s->unlisted_list_count; i++)
		free((char *)s->unlisted_list[i].path);
	free(s->unlisted_list);
	segmenter_free(s->segmenter);
	matcher_free(s->matcher);
	finds_wanted_release(&s->finds);
	free(s->cache_directory);
	lexicon_free(s->lexicon);
	free(s->shown);
	store_close(s->store);
	*s = (struct session){0};
	return status;
}
