#include <errno.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/mem.h"
#include "bench/corpus_writer.h"

struct corpus_writer {
	const char *directory;
	enum form form;
	FILE *file;              /* of the forms that are one file */
	char *path;
	uint64_t written;
	z_stream deflate;        /* FORM_TAR, FORM_JSONL: one member, as gzip makes it */
	struct libdeflate_compressor *compressor;
	struct buf packed, directory_records;
	uint32_t entries;
};

int form_parse(const char *word, enum form *form)
{
	static const char *const words[] = {"txt", "gz", "tar.gz", "zip", "jsonl.gz"};
	for (int i = 0; i < 5; i++)
		if (!strcmp(words[i], word)) {
			*form = (enum form)i;
			return 0;
		}
	return -1;
}

static _Noreturn void fail(const char *path)
{
	fprintf(stderr, "gen_corpus: %s: %s\n", path, strerror(errno));
	exit(1);
}

static void put(struct corpus_writer *w, FILE *f, const char *path, const void *bytes, size_t length)
{
	if (fwrite(bytes, 1, length, f) != length)
		fail(path);
	w->written += length;
}

static FILE *create(const char *path)
{
	FILE *f = fopen(path, "wb");
	if (!f)
		fail(path);
	return f;
}

static void whole_file(struct corpus_writer *w, const char *name, const char *suffix, const void *bytes, size_t length)
{
	struct buf path = BUF_INIT;
	const char *slash = strchr(name, '/');
	if (slash) {
		buf_printf(&path, "%s/%.*s", w->directory, (int)(slash - name), name);
		if (mkdir(path.data, 0777) && errno != EEXIST)
			fail(path.data);
		buf_clear(&path);
	}
	buf_printf(&path, "%s/%s%s", w->directory, name, suffix);
	FILE *f = create(path.data);
	put(w, f, path.data, bytes, length);
	if (fclose(f))
		fail(path.data);
	buf_release(&path);
}

static void stream(struct corpus_writer *w, const void *bytes, size_t length, int flush)
{
	unsigned char out[1 << 16];
	w->deflate.next_in = (unsigned char *)(uintptr_t)bytes;
	w->deflate.avail_in = (unsigned)length;
	do {
		w->deflate.next_out = out;
		w->deflate.avail_out = sizeof out;
		deflate(&w->deflate, flush);
		put(w, w->file, w->path, out, sizeof out - w->deflate.avail_out);
	} while (!w->deflate.avail_out);
}

struct corpus_writer *corpus_writer_new(const char *directory, enum form form, int level)
{
	struct corpus_writer *w = mem_calloc(1, sizeof *w);
	static const char *const names[] = {NULL, NULL, "corpus.tar.gz", "corpus.zip", "corpus.jsonl.gz"};
	w->directory = directory;
	w->form = form;
	if (names[form]) {
		struct buf path = BUF_INIT;
		buf_printf(&path, "%s/%s", directory, names[form]);
		w->path = buf_detach(&path);
		w->file = create(w->path);
	}
	if (form == FORM_TAR || form == FORM_JSONL)
		deflateInit2(&w->deflate, level, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
	else
		w->compressor = libdeflate_alloc_compressor(level);
	return w;
}

static void tar_entry(struct corpus_writer *w, const char *name, const char *text, size_t length)
{
	static const char zeros[512];
	char header[512] = {0};
	unsigned sum = 0;
	snprintf(header, 100, "%s.txt", name);
	snprintf(header + 100, 8, "%07o", 0644u);
	snprintf(header + 108, 8, "%07o", 0u);
	snprintf(header + 116, 8, "%07o", 0u);
	snprintf(header + 124, 12, "%011llo", (unsigned long long)length);
	snprintf(header + 136, 12, "%011o", 0u);
	memset(header + 148, ' ', 8);
	header[156] = '0';
	memcpy(header + 257, "ustar\00000", 8);
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
	stream(w, header, 512, Z_NO_FLUSH);
	stream(w, text, length, Z_NO_FLUSH);
	stream(w, zeros, (512 - length % 512) % 512, Z_NO_FLUSH);
}

static void little(struct buf *b, uint64_t value, int bytes)
{
	for (; bytes--; value >>= 8)
		buf_append_char(b, (char)(value & 255));
}

/* The fields that a local header and its record in the directory have in common. */
static void zip_fields(struct buf *b, uint32_t crc, size_t packed, size_t length, size_t name)
{
	little(b, 20, 2);         /* version needed */
	little(b, 1 << 11, 2);    /* names are UTF-8 */
	little(b, 8, 2);          /* deflated */
	little(b, 0, 2);          /* midnight */
	little(b, 0x5821, 2);     /* 1 January 2024 */
	little(b, crc, 4);
	little(b, packed, 4);
	little(b, length, 4);
	little(b, name, 2);
	little(b, 0, 2);
}

static void zip_entry(struct corpus_writer *w, const char *name, const char *text, size_t length)
{
	buf_reserve(&w->packed, libdeflate_deflate_compress_bound(w->compressor, length));
	size_t packed = libdeflate_deflate_compress(w->compressor, text, length, w->packed.data, w->packed.capacity), name_length = strlen(name) + 4;
	uint32_t crc = libdeflate_crc32(0, text, length);
	if (w->written + packed > 0xf0000000u) {
		fprintf(stderr, "gen_corpus: a zip cannot be this large; choose another form\n");
		exit(1);
	}
	struct buf *d = &w->directory_records, local = BUF_INIT;
	little(d, 0x02014b50, 4);
	little(d, 20, 2);
	zip_fields(d, crc, packed, length, name_length);
	little(d, 0, 2);          /* comment */
	little(d, 0, 2);          /* disk */
	little(d, 0, 2);
	little(d, 0, 4);          /* attributes */
	little(d, w->written, 4);
	buf_printf(d, "%s.txt", name);
	little(&local, 0x04034b50, 4);
	zip_fields(&local, crc, packed, length, name_length);
	buf_printf(&local, "%s.txt", name);
	put(w, w->file, w->path, local.data, local.length);
	put(w, w->file, w->path, w->packed.data, packed);
	buf_release(&local);
	w->entries++;
}

static void zip_end(struct corpus_writer *w)
{
	uint64_t start = w->written;
	struct buf end = BUF_INIT;
	put(w, w->file, w->path, w->directory_records.data, w->directory_records.length);
	if (w->entries > 0xffff || w->written > UINT32_MAX) { /* zip64: more entries than two bytes can say */
		uint64_t record = w->written;
		little(&end, 0x06064b50, 4);
		little(&end, 44, 8);
		little(&end, 45, 2);
		little(&end, 45, 2);
		little(&end, 0, 4);
		little(&end, 0, 4);
		little(&end, w->entries, 8);
		little(&end, w->entries, 8);
		little(&end, w->directory_records.length, 8);
		little(&end, start, 8);
		little(&end, 0x07064b50, 4);
		little(&end, 0, 4);
		little(&end, record, 8);
		little(&end, 1, 4);
	}
	little(&end, 0x06054b50, 4);
	little(&end, 0, 4);
	little(&end, w->entries > 0xffff ? 0xffff : w->entries, 2);
	little(&end, w->entries > 0xffff ? 0xffff : w->entries, 2);
	little(&end, w->directory_records.length, 4);
	little(&end, start, 4);
	little(&end, 0, 2);
	put(w, w->file, w->path, end.data, end.length);
	buf_release(&end);
}

void corpus_writer_archive(struct corpus_writer *w, const char *name, const char *text, size_t length)
{
	switch (w->form) {
	case FORM_TXT:
		whole_file(w, name, ".txt", text, length);
		break;
	case FORM_GZ:
		buf_reserve(&w->packed, libdeflate_gzip_compress_bound(w->compressor, length));
		whole_file(w, name, ".txt.gz", w->packed.data, libdeflate_gzip_compress(w->compressor, text, length, w->packed.data, w->packed.capacity));
		break;
	case FORM_TAR:
		tar_entry(w, name, text, length);
		break;
	case FORM_ZIP:
		zip_entry(w, name, text, length);
		break;
	case FORM_JSONL:
		corpus_writer_line(w, text, length);
		break;
	}
}

void corpus_writer_line(struct corpus_writer *w, const char *line, size_t length)
{
	stream(w, line, length, Z_NO_FLUSH);
}

uint64_t corpus_writer_close(struct corpus_writer *w)
{
	static const char zeros[1024];
	if (w->form == FORM_TAR)
		stream(w, zeros, sizeof zeros, Z_NO_FLUSH);
	if (w->form == FORM_TAR || w->form == FORM_JSONL) {
		stream(w, NULL, 0, Z_FINISH);
		deflateEnd(&w->deflate);
	}
	if (w->form == FORM_ZIP)
		zip_end(w);
	if (w->file && fclose(w->file))
		fail(w->path);
	uint64_t written = w->written;
	if (w->compressor)
		libdeflate_free_compressor(w->compressor);
	buf_release(&w->packed);
	buf_release(&w->directory_records);
	free(w->path);
	free(w);
	return written;
}
