#include "tests/packed.h"

#include <stdio.h>
#include <stdlib.h>

#include "pipeline/pack_write.h"

static struct archive_path one_archive[] = {{.path = (char *)"a.txt"}};

static uint64_t same_place(void *context, size_t at)
{
	return at + *(uint64_t *)context;
}

void packed_write(const char *path, const struct buf *texts, size_t count)
{
	struct spill *spill = spill_new(NULL, 1 << 20);
	struct file_identity identity = {0};
	struct pack_writer *w = pack_writer_new(one_archive, &identity, 1, spill);
	struct pack_gatherer *g = pack_writer_gatherer(w);
	struct buf rows = BUF_INIT;
	for (size_t i = 0; i < count; i++) {
		uint64_t shift = 7 * i;
		struct review_row row = {.member = "", .title = "", .section = "", .board = "", .child = "", .method = "", .layout = "",
		                         .published = {0, 0, "", "", ""}, .incident = {0, 0, "", "", ""}, .ordinal = (uint32_t)i + 1};
		pack_gather(g, &rows, &row, texts[i].data, texts[i].length, same_place, &shift);
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
}
