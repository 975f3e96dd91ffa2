#include "tests/packed.h"

#include <stdio.h>
#include <stdlib.h>

#include "pipeline/dedupe.h"
#include "pipeline/pack_write.h"

static struct archive_path one_archive[] = {{.path = (char *)"a.txt"}};

static uint64_t same_place(void *context, size_t at)
{
	return at + *(uint64_t *)context;
}

/* What keeps finds: all NULL where none are kept. */
struct finding {
	struct finds_wanted wanted;
	struct matcher *matcher;
	struct scanner *scanner;
};

static void finding_begin(struct finding *f, const struct lexicon *lexicon)
{
	struct matcher_options options = MATCHER_OPTIONS_DEFAULT;
	struct problem_list problems = {NULL, 0, 0};
	*f = (struct finding){.scanner = NULL};
	if (!lexicon)
		return;
	finds_wanted_init(&f->wanted, lexicon);
	options.left_out = f->wanted.left_out;
	f->matcher = matcher_new(lexicon, &options, &problems);
	f->scanner = f->matcher ? scanner_new(f->matcher) : NULL;
	problem_list_release(&problems);
	if (!f->scanner)
		abort();
}

static void finding_end(struct finding *f)
{
	scanner_free(f->scanner);
	matcher_free(f->matcher);
	finds_wanted_release(&f->wanted);
}

static void move_last_find(struct scan *scan)
{
	struct candidate *last = scan->candidate_count ? (struct candidate *)&scan->candidates[scan->candidate_count - 1] : NULL;
	if (last)
		last->last = last->last + 1 < scan->words ? last->last + 1 : last->first;
}

static void write_pack(const char *path, const struct buf *texts, size_t count, const struct lexicon *lexicon, bool wrong)
{
	struct finding finding;
	finding_begin(&finding, lexicon);
	struct spill *spill = spill_new(NULL, 1 << 20);
	struct file_identity identity = {0};
	struct pack_writer *w = pack_writer_new(one_archive, &identity, 1, spill, lexicon ? &finding.wanted : NULL);
	struct pack_gatherer *g = pack_writer_gatherer(w);
	struct buf rows = BUF_INIT;
	for (size_t i = 0; i < count; i++) {
		uint64_t shift = 7 * i;
		struct scan scan = {0};
		struct review_row row = {.member = "", .title = "", .section = "", .board = "", .child = "", .method = "", .layout = "",
		                         .published = {0, 0, "", "", ""}, .incident = {0, 0, "", "", ""}, .ordinal = (uint32_t)i + 1};
		if (lexicon && scanner_scan(finding.scanner, texts[i].data, texts[i].length, &scan) != SCAN_OK)
			abort();
		if (lexicon) {
			row.words = scan.words;
			fingerprint_compute(scan.word_hash, scan.words, row.fingerprint);
		}
		if (wrong)
			move_last_find(&scan);
		pack_gather(g, &rows, &row, texts[i].data, texts[i].length, same_place, &shift, &scan);
	}
	struct sheaf *sheaf = mem_alloc(sizeof *sheaf);
	unsigned char units[] = {UNIT_SEALED, UNIT_OPEN};
	*sheaf = (struct sheaf){spill_append(spill, rows.data, rows.length), rows.length, 0, (uint32_t)count};
	struct archive_result result = {.path = "a.txt", .opened = true, .sheaves = sheaf, .sheaf_count = 1, .units = units, .unit_count = 2,
	                                .account = {.units_sealed = 1, .decoded_bytes = 1 << 24}};
	struct run_sink sink = pack_writer_sink(w);
	sink.archive_done(sink.context, &result);
	struct pack_contents made = {.program = "test"};
	struct pack_written sums;
	FILE *f = fopen(path, "w");
	pack_writer_write(w, &made, 1, f, &sums);
	if (fclose(f) != 0 || sums.reviews != count)
		abort();
	pack_writer_free(w);
	spill_free(spill);
	buf_release(&rows);
	finding_end(&finding);
}

void packed_write(const char *path, const struct buf *texts, size_t count, const struct lexicon *lexicon)
{
	write_pack(path, texts, count, lexicon, false);
}

void packed_write_wrong_finds(const char *path, const struct buf *texts, size_t count, const struct lexicon *lexicon)
{
	write_pack(path, texts, count, lexicon, true);
}

struct buf *packed_texts(struct hurt *h, size_t count)
{
	struct buf *texts = mem_calloc(count, sizeof *texts);
	for (size_t i = 0; i < count; i++) {
		size_t length;
		const char *text = hurt_text(h, &length);
		buf_append(&texts[i], i == 3 ? "" : text, i == 3 ? 0 : length);
		buf_reserve(&texts[i], 1);
	}
	return texts;
}

void packed_free_texts(struct buf *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_release(&texts[i]);
	free(texts);
}
