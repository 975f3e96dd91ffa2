/* Packs: whole files, and behind the checksums their contents and blocks. What a block says it holds can be taken out; nothing is read past its end. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/utf8.h"
#include "matchers/token.h"
#include "pipeline/pack.h"
#include "tests/fuzz/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void take_out(const struct pack_block *b, const struct pack_tables *tables)
{
	struct buf text = BUF_INIT;
	struct review_row row = {0};
	struct packed_fault fault;
	for (size_t i = 0; i < b->review_count; i++) {
		const struct packed_review *r = &b->reviews[i];
		struct pack_origins origins;
		if (r->text_length < 1 << 20 && pack_block_text(b, tables, i, &text, NULL) && utf8_valid_prefix(text.data, text.length) != text.length)
			property_fails("a text of a pack is valid UTF-8");
		uint8_t *marks = mem_alloc(r->words + 1);
		pack_block_marks(b, i, marks);
		free(marks);
		pack_origins_begin(&origins, b, i);
		for (size_t w = r->words < 50 ? r->words : 50; w-- > 0;)
			pack_origins_find(&origins, w, w);
		row_decode(&row, b->columns[COLUMN_ROWS].data + r->row, r->row_length);
	}
	struct byte_reader faults = buf_reader(&b->columns[COLUMN_FAULTS]);
	while (packed_fault_decode(&fault, &faults))
		;
	row_release(&row);
	buf_release(&text);
}

static void expect_finds(const struct pack_block *b, const struct pack_tables *tables)
{
	for (size_t i = 0; i < b->review_count; i++)
		for (size_t k = 0; k < b->reviews[i].finds; k++) {
			const struct pack_find *f = &b->finds[b->reviews[i].first_find + k];
			if (f->first > f->last || f->last >= b->reviews[i].words || f->pattern >= tables->patterns.count)
				property_fails("finds of a pack lie in their review");
			if (k && (f->first < f[-1].first || (f->first == f[-1].first && (f->last < f[-1].last || (f->last == f[-1].last && f->pattern <= f[-1].pattern)))))
				property_fails("finds of a pack are in order, each once");
		}
}

static void open_file(const uint8_t *bytes, size_t length)
{
	char path[64];
	struct fault fault;
	struct pack_reader r = {0};
	int fd = memfd_create("pack", MFD_CLOEXEC);
	if (fd < 0 || write(fd, bytes, length) != (ssize_t)length)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct pack *p = pack_open(path, &fault);
	for (size_t i = 0; p && i < p->contents.block_count; i++)
		if (pack_read(&r, p, i, PACK_TEXTS, &fault)) {
			expect_finds(&r.block, &p->tables);
			take_out(&r.block, &p->tables);
		}
	pack_reader_release(&r);
	pack_close(p);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (!length)
		return 0;
	const char *rest = (const char *)bytes + 1;
	if (bytes[0] % 4 == 0) {
		open_file(bytes + 1, length - 1);
	} else if (bytes[0] % 4 == 1) {
		struct pack_contents c;
		pack_contents_decode(&c, rest, length - 1, PACK_HEAD_BYTES, 1 << 20);
		pack_contents_release(&c);
	} else if (bytes[0] % 4 == 3) {
		struct duplicate *list;
		size_t count;
		struct buf column = BUF_INIT;
		buf_append(&column, rest, length - 1);
		if (pack_duplicates_decode(&list, &count, 100, &column))
			for (size_t i = 0; i < count; i++)
				if (list[i].row >= 100 || list[i].of >= 100 || (i && list[i].row <= list[i - 1].row))
					property_fails("duplicates of a pack are rows of it, in order");
		free(list);
		buf_release(&column);
	} else {
		struct pack_tables tables = {0};
		struct pack_block b = {0};
		static const char *const words[] = {"the", "neglect", "of"};
		for (size_t i = 0; i < 3; i++)
			pack_strings_put(&tables.words, words[i], strlen(words[i]), WORD_PLAIN, 1, 10);
		pack_strings_put(&tables.gaps, " ", 1, GAP_PLAIN, 1, 10);
		pack_strings_put(&tables.gaps, ". ", 2, GAP_BREAK, 1, 10);
		pack_strings_put(&tables.patterns, "neglect", 7, 0, 1, 10);
		pack_strings_put(&tables.patterns, "neglect of", 10, 0, 1, 10);
		for (int part = PACK_ROWS; part <= PACK_TEXTS; part++)
			if (pack_block_decode(&b, &tables, rest, length - 1, (enum pack_part)part)) {
				if (part >= PACK_FINDS)
					expect_finds(&b, &tables);
				if (part >= PACK_TEXTS)
					take_out(&b, &tables);
			}
		pack_block_release(&b);
		pack_strings_release(&tables.words);
		pack_strings_release(&tables.gaps);
		pack_strings_release(&tables.patterns);
	}
	return 0;
}
