/* themetally pack: archives cut, dated and tokenised once, for reruns with other lexicons. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "base/utf8.h"
#include "pipeline/command.h"
#include "pipeline/dedupe.h"
#include "pipeline/output.h"
#include "pipeline/pack_finds.h"
#include "pipeline/pack_scan.h"
#include "pipeline/pack_write.h"
#include "pipeline/progress.h"
#include "pipeline/session.h"
#include "pipeline/version.h"

enum { SPILL_BUDGET = 64 << 20 };

struct arguments {
	struct options common;
	bool check, without_finds;
};

enum { KEY_CHECK = 0x200, KEY_WITHOUT_FINDS };

static const struct argp_option own[] = {
	{"output", 'o', "FILE", 0, "The pack to write, whole or not at all", 0},
	{"lexicon", 'l', "FILE", 0, "Keep what the entries of this lexicon find (the shipped one if none is given): a run with another that has many of them searches only for its others", 0},
	{"without-finds", KEY_WITHOUT_FINDS, NULL, 0, "Keep no finds: the pack is smaller and sooner made, and each run searches for everything", 0},
	{"check", KEY_CHECK, NULL, 0, "Prove the packs named: every checksum, every text, and whether the archives they were made from have changed", 0},
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'o': a->common.output = arg; return 0;
	case 'l': options_add_lexicon(&a->common, arg); return 0;
	case KEY_WITHOUT_FINDS: a->without_finds = true; return 0;
	case KEY_CHECK: a->check = true; return 0;
	case ARGP_KEY_END:
		if (!a->common.path_count)
			argp_error(state, a->check ? "say which packs to check" : "say which archives to pack (a file, a directory, or - for standard input)");
		if (!a->check && !a->common.output)
			argp_error(state, "-o FILE says where the pack is to be written");
		else if (!a->check && strcmp(a->common.output, "-") == 0)
			argp_error(state, "-o: a pack is a file; it cannot go to standard output");
		if (a->check && a->common.output)
			argp_error(state, "--check writes nothing: leave out -o");
		if (a->common.lexicon_count && (a->check || a->without_finds))
			argp_error(state, "--lexicon says whose finds to keep: leave it out with %s", a->check ? "--check" : "--without-finds");
	}
	return options_common_key(key, arg, state, &a->common, 2);
}

static const struct argp_child children[] = {{&options_input_argp, 0, NULL, 0}, {&options_run_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	own, parse, "PATH... -o FILE\n--check FILE...",
	"Reads archives once and keeps what they gave in a pack, a file that is itself a PATH.\v"
	"count, matrix, segment, kwic, cooccur, evaluate and update take a pack in place of the archives it was made from, and print the same "
	"bytes, without inflating, cutting and dating again. Packs and archives may be named together; each archive is read once.\n\n"
	"A pack knows the size, time and SHA-256 of every archive it was made from. A run warns when one that is still there has changed. Options that "
	"decide how archives are cut (--layout, --sections, --text-field ...) are kept in the pack, and a run must have the same.\n\n"
	"What the lexicon's entries find is kept too. An entry is known again by its pattern and flags, so after a change of the lexicon only what is new or changed is searched "
	"for, and the counts are made from both. Nothing else depends on the lexicon given here: any other may be used with the pack.\n\n"
	"Examples:\n"
	"  themetally pack --lexicon mine.tsv digests/ -o digests.pack\n"
	"  themetally count --lexicon mine.tsv digests.pack\n"
	"  themetally kwic --theme 'harm.*' digests.pack digest.txt\n"
	"  themetally pack --check digests.pack\n",
	children, NULL, NULL};

/* ---- making ---- */

struct packing {
	struct pack_writer *writer;
	struct pack_written sums;
};

static bool is_output(const char *path, const char *output)
{
	struct stat a, b;
	return stat(path, &a) == 0 && stat(output, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* The archives to be packed: a pack is none, and what -o names is to be replaced. */
static enum exit_status list_archives(struct session *s)
{
	size_t kept = 0;
	s->packs_whole = true;
	enum exit_status status = session_list_archives(s);
	for (size_t i = 0; i < s->archive_count; i++) {
		char *path = s->archives[i].path;
		bool replaced = is_output(path, s->options->output);
		if (!replaced && session_may_be_pack(s, path) && pack_is(path)) {
			message_error("%s is a pack: name the archives it was made from", path);
			status = STATUS_USAGE;
		}
		if (replaced)
			free(path);
		else
			s->archives[kept++] = s->archives[i];
	}
	s->archive_count = kept;
	return status;
}

static enum exit_status gather(struct session *s, struct packing *p)
{
	const struct options *o = s->options;
	struct file_identity *identities = mem_calloc(s->archive_count, sizeof *identities);
	uint64_t bytes = 0;
	for (size_t i = 0; i < s->archive_count; i++) {
		bytes += s->archives[i].bytes;
		if (strcmp(s->archives[i].path, "-") != 0)
			file_identify(s->archives[i].path, &identities[i]); /* one that is gone by now is reported when it is opened */
	}
	s->spill = spill_new(NULL, SPILL_BUDGET);
	p->writer = pack_writer_new(s->archives, identities, s->archive_count, s->spill, s->finds.pattern_of ? &s->finds : NULL);
	free(identities);
	struct run_options run;
	session_run_options(s, &run);
	run.hash_archives = true;
	run.verify = 0;
	run.pack = p->writer;
	run.progress = session_progress(o, bytes);
	int failed = run_archives(s->archives, s->archive_count, &run, s->spill, pack_writer_sink(p->writer), &s->summary);
	progress_stop(run.progress);
	if (failed)
		return STATUS_CANNOT_RUN;
	if (s->summary.archives == 0) {
		message_error("no input could be read");
		return STATUS_CANNOT_RUN;
	}
	if (o->strict && (s->summary.faults || s->unlisted)) {
		message_error("stopped by --strict: something was skipped or damaged; nothing was written");
		return STATUS_CANNOT_RUN;
	}
	return STATUS_DONE;
}

static void write_pack(FILE *file, struct session *s, void *context)
{
	struct packing *p = context;
	const struct options *o = s->options;
	struct pack_contents made = {.program = THEMETALLY_VERSION, .paths = o->paths, .path_count = o->path_count,
	                             .unlisted = s->unlisted_list, .unlisted_count = s->unlisted_list_count};
	made.settings = pack_settings(o, &made.setting_count);
	pack_writer_write(p->writer, &made, o->threads, file, &p->sums);
	pack_settings_free(made.settings, made.setting_count);
}

static enum exit_status make_pack(struct session *s)
{
	struct packing p = {0};
	enum exit_status status = list_archives(s);
	if (status == STATUS_DONE)
		status = gather(s, &p);
	status = session_print(s, status, write_pack, &p);
	if (status == STATUS_DONE && !s->options->quiet)
		message_note("%s: %" PRIu64 " archives, %" PRIu64 " reviews of every kind, %" PRIu64 " words in %" PRIu64 " blocks; %.1f MB of archives, %.1f MB of text, "
		             "%" PRIu64 " finds, now %.1f MB", s->options->output, s->summary.archives, p.sums.reviews, p.sums.words, p.sums.blocks, (double)s->summary.packed_bytes / 1e6,
		             (double)s->summary.decoded_bytes / 1e6, p.sums.finds, (double)p.sums.bytes / 1e6);
	if (status == STATUS_DONE && s->summary.faults)
		status = STATUS_PARTIAL;
	pack_writer_free(p.writer);
	return status;
}

/* ---- checking ---- */

/* What searches a pack's texts anew. */
struct searching {
	struct lexicon *lexicon; /* of the pack's patterns; NULL: finds are not proved, there are none or they are of another build */
	struct matcher *matcher;
	struct scanner *scanner;
};

static void searching_end(struct searching *s)
{
	scanner_free(s->scanner);
	matcher_free(s->matcher);
	lexicon_free(s->lexicon);
}

/* STATUS_DONE, or why not, with a message. */
static enum exit_status searching_begin(struct searching *s, const struct pack *p, const struct session *session)
{
	*s = (struct searching){.lexicon = NULL};
	if (pack_finds_are_ours(p)) {
		struct problem_list problems = {0};
		s->lexicon = pack_finds_lexicon(p);
		s->matcher = s->lexicon ? matcher_new(s->lexicon, &session->matching, &problems) : NULL;
		problem_list_release(&problems);
		if (!s->matcher) {
			struct fault fault;
			fault_set(&fault, FAULT_CORRUPT, NULL, p->contents.tables.offset, FAULT_NO_OFFSET, 0, "its patterns cannot be searched for; pack again");
			message_fault(p->path, &fault, false);
			searching_end(s);
			return STATUS_PARTIAL;
		}
	}
	s->scanner = scanner_new(s->matcher ? s->matcher : session->matcher);
	if (s->scanner)
		return STATUS_DONE;
	message_error("the matching engine cannot make its working memory");
	searching_end(s);
	return STATUS_CANNOT_RUN;
}

static bool same_finds(const struct pack_block *b, size_t review, const struct scan *scan)
{
	const struct packed_review *r = &b->reviews[review];
	if (scan->candidate_count != r->finds)
		return false;
	for (size_t i = 0; i < r->finds; i++) {
		const struct candidate *c = &scan->candidates[i];
		const struct pack_find *f = &b->finds[r->first_find + i];
		if (c->first != f->first || c->last != f->last || c->entry != f->pattern)
			return false;
	}
	return true;
}

/* What is wrong with a review's text; NULL if it is the one that its row was made from. */
static const char *check_review(const struct pack_reader *r, size_t i, const struct searching *searching, struct pack_scan *packed, struct review_row *row, struct buf *text)
{
	const struct packed_review *p = &r->block.reviews[i];
	unsigned char fingerprint[sizeof row->fingerprint];
	struct scan scan;
	if (row_decode(row, r->block.columns[COLUMN_ROWS].data + p->row, p->row_length) != p->row_length)
		return "a row makes no sense";
	if (!pack_block_text(&r->block, &r->pack->tables, i, text, NULL) || utf8_valid_prefix(text->data, text->length) != text->length ||
	    scanner_scan(searching->scanner, text->data, text->length, &scan) != SCAN_OK)
		return "a text makes no sense";
	fingerprint_compute(scan.word_hash, scan.words, fingerprint);
	if (scan.words != row->words || memcmp(fingerprint, row->fingerprint, sizeof fingerprint) != 0)
		return "a text is not the one that its row was made from";
	if (searching->lexicon && !same_finds(&r->block, i, &scan))
		return "the finds are not those of a text";
	return pack_scan_is_true(packed, r, i) ? NULL : "a text is cut into other words than it holds";
}

static uint64_t check_blocks(const struct pack *p, const struct searching *searching)
{
	struct pack_reader r = {0};
	struct pack_scan packed = {0};
	struct review_row row = {0};
	struct buf text = BUF_INIT;
	struct fault fault;
	uint64_t wrong = 0;
	for (size_t i = 0; i < p->contents.block_count; i++) {
		if (!pack_read(&r, p, i, PACK_TEXTS, &fault)) {
			message_fault(p->path, &fault, false);
			wrong++;
			continue;
		}
		for (size_t k = 0; k < r.block.review_count; k++) {
			const char *what = check_review(&r, k, searching, &packed, &row, &text);
			if (!what)
				continue;
			fault_set(&fault, FAULT_CORRUPT, NULL, p->contents.blocks[i].offset, FAULT_NO_OFFSET, 0, "%s; pack again", what);
			message_fault(p->path, &fault, false);
			wrong++;
			break;
		}
	}
	pack_scan_release(&packed);
	pack_reader_release(&r);
	row_release(&row);
	buf_release(&text);
	return wrong;
}

/* The search, again. False with a message if it finds others than those kept. */
static bool check_duplicates(const struct pack *p)
{
	struct pack_reader r = {0};
	struct review_row row = {0};
	struct fault fault;
	struct deduper *d = deduper_new(DEDUPE_MEMORY);
	bool good = true;
	for (size_t i = 0; i < p->contents.archive_count && good; i++) {
		const struct pack_archive *a = &p->contents.archives[i];
		for (size_t b = 0; b < a->block_count && good; b++) {
			bool shared = a->block_count == 1;
			good = pack_read(&r, p, a->first_block + b, PACK_ROWS, &fault);
			size_t from = shared ? a->first_review : 0, end = shared ? from + a->review_count : r.block.review_count;
			for (size_t k = from; k < end && good; k++) {
				good = k < r.block.review_count && row_decode(&row, r.block.columns[COLUMN_ROWS].data + r.block.reviews[k].row, r.block.reviews[k].row_length);
				if (good)
					deduper_add(d, a->path, &row);
			}
		}
	}
	size_t count = 0;
	struct duplicate *list = good ? deduper_finish(d, 1, &count) : NULL;
	good = good && count == p->duplicate_count;
	for (size_t i = 0; i < count && good; i++) {
		const struct duplicate *x = &list[i], *y = &p->duplicates[i];
		good = x->row == y->row && x->of == y->of && x->reason == y->reason && x->similarity == y->similarity;
	}
	if (!good) {
		fault_set(&fault, FAULT_CORRUPT, NULL, p->contents.duplicates.offset, FAULT_NO_OFFSET, 0, "its duplicates are not those of its reviews; pack again");
		message_fault(p->path, &fault, false);
	}
	free(list);
	deduper_free(d);
	pack_reader_release(&r);
	row_release(&row);
	return good;
}

static uint64_t check_sources(const struct pack *p, uint64_t *gone)
{
	uint64_t changed = 0;
	for (size_t i = 0; i < p->contents.archive_count; i++) {
		const struct pack_archive *a = &p->contents.archives[i];
		unsigned char digest[SHA256_BYTES];
		enum pack_source now = pack_source_of(a);
		*gone += now == SOURCE_GONE;
		if (now == SOURCE_SAME && a->opened && (sha256_file(a->path, digest) != 0 || memcmp(digest, a->account.sha256, sizeof digest) != 0))
			now = SOURCE_CHANGED;
		if (now == SOURCE_CHANGED) {
			message_warning("%s: %s has changed since it was packed", p->path, a->path);
			changed++;
		}
	}
	return changed;
}

static int by_archive(const void *a, const void *b)
{
	return strcmp(((const struct pack_archive *)a)->path, ((const struct pack_archive *)b)->path);
}

static void pass_over(const char *path, const struct fault *fault, void *context)
{
	(void)path;
	(void)fault;
	(void)context;
}

/* Archives that lie now where it was made from and are not in it. */
static uint64_t check_new(const struct pack *p)
{
	uint64_t fresh = 0;
	size_t count;
	struct archive_path *list = archive_list(p->contents.paths, p->contents.path_count, &count, pass_over, NULL);
	for (size_t i = 0; i < count; i++) {
		struct pack_archive key = {.path = list[i].path};
		if (mem_search(&key, p->contents.archives, p->contents.archive_count, sizeof key, by_archive) || pack_is(list[i].path))
			continue;
		message_warning("%s: %s is not in it", p->path, list[i].path);
		fresh++;
	}
	archive_list_free(list, count);
	return fresh;
}

static enum exit_status check_pack(const char *path, const struct session *s)
{
	struct fault fault;
	struct searching searching;
	struct pack *p = pack_open(path, &fault);
	if (!p) {
		message_fault(path, &fault, false);
		return STATUS_PARTIAL;
	}
	enum exit_status status = searching_begin(&searching, p, s);
	if (status != STATUS_DONE) {
		pack_close(p);
		return status;
	}
	uint64_t gone = 0, wrong = check_blocks(p, &searching);
	bool settled = wrong || check_duplicates(p); /* rows of a damaged block are not there */
	uint64_t changed = check_sources(p, &gone), fresh = check_new(p);
	const struct pack_contents *c = &p->contents;
	if (!s->options->quiet)
		message_note("%s, made by themetally %s: %zu archives in %zu blocks; %" PRIu64 " blocks damaged; of the archives %" PRIu64 " have changed, %" PRIu64
		             " are not there, %" PRIu64 " are new; finds of %" PRIu32 " patterns%s", path, c->program, c->archive_count, c->block_count, wrong, changed, gone, fresh,
		             c->pattern_count, c->pattern_count && !searching.lexicon ? ", made by another build and not used by this one: pack again" : "");
	searching_end(&searching);
	pack_close(p);
	return wrong || !settled || changed || fresh ? STATUS_PARTIAL : STATUS_DONE;
}

static enum exit_status check_packs(struct session *s)
{
	enum exit_status status = STATUS_DONE;
	for (size_t i = 0; i < s->options->path_count && status != STATUS_CANNOT_RUN; i++) {
		enum exit_status now = check_pack(s->options->paths[i], s);
		status = now == STATUS_DONE ? status : now;
	}
	return status;
}

int cmd_pack(int argc, char **argv)
{
	struct arguments a = {0};
	struct session s = {0};
	options_init(&a.common);
	enum exit_status status = options_parse_into(&argp, argc, argv, &a, &a.common) ? STATUS_USAGE : session_open(&s, &a.common, a.check || a.without_finds ? NEED_REVIEWS : NEED_FINDS);
	if (status == STATUS_DONE)
		status = a.check ? check_packs(&s) : make_pack(&s);
	status = session_close(&s, status);
	options_release(&a.common);
	return status;
}
