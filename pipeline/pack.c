#include "pipeline/pack.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/resource.h"
#include "base/sha256.h"
#include "matchers/fold.h"
#include "pipeline/pack_finds.h"
#include "pipeline/version.h"

/* ---- settings ---- */

static void add_setting(struct pack_setting **list, size_t *count, const char *name, char *value)
{
	*list = mem_realloc(*list, *count + 1, sizeof **list);
	(*list)[(*count)++] = (struct pack_setting){name, value};
}

static char *hash_of(const char *path)
{
	char hex[2 * SHA256_BYTES + 1] = "unreadable";
	unsigned char digest[SHA256_BYTES];
	if (sha256_file(path, digest) == 0)
		sha256_hex(digest, hex);
	return mem_strdup(hex);
}

static char *hash_shipped_layouts(void)
{
	char hex[2 * SHA256_BYTES + 1];
	unsigned char digest[SHA256_BYTES];
	struct sha256 h;
	size_t count;
	const struct resource *list = resource_list(&count);
	sha256_init(&h);
	for (size_t i = 0; i < count; i++)
		if (strncmp(list[i].name, "corpora/layouts/", 16) == 0) {
			sha256_update(&h, list[i].name, strlen(list[i].name) + 1);
			sha256_update(&h, list[i].bytes, list[i].length);
		}
	sha256_final(&h, digest);
	sha256_hex(digest, hex);
	return mem_strdup(hex);
}

static char *describe_limits(const struct options *o)
{
	const struct archive_limits *l = &o->limits; /* the size of reads changes nothing */
	const struct document_options *d = &o->documents;
	struct buf text = BUF_INIT;
	buf_printf(&text, "member=%" PRIu64 ",record=%" PRIu64 ",unit=%" PRIu64 ",ratio=%" PRIu64 ",ratio-floor=%" PRIu64 ",entries=%" PRIu64
	           ",depth=%u,name=%zu,zstd-window-log=%" PRIu64 ",xz-memory=%" PRIu64, l->member_bytes, l->record_bytes, l->unit_bytes, l->ratio,
	           l->ratio_floor, l->entries, l->depth, l->name_bytes, l->zstd_window_log, l->xz_memory);
	buf_printf(&text, ",converter-memory=%" PRIu64 ",converter-output=%" PRIu64 ",converter-cpu=%u,converter-wall=%u,review=%" PRIu64, d->converter_memory,
	           d->converter_output, d->converter_cpu_seconds, d->converter_wall_seconds, d->review_bytes);
	return buf_detach(&text);
}

#define SHIPPED_LAYOUTS "the shipped layouts"
#define UNICODE "Unicode"

struct pack_setting *pack_settings(const struct options *o, size_t *count)
{
	struct pack_setting *list = NULL;
	const struct { const char *name, *value; } fields[] = {
		{"--text-field", o->documents.text_field}, {"--date-field", o->documents.date_field}, {"--id-field", o->documents.id_field}};
	*count = 0;
	add_setting(&list, count, "--sections", mem_strdup(o->all_sections ? "all" : "main"));
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		add_setting(&list, count, fields[i].name, mem_strdup(fields[i].value ? fields[i].value : ""));
	add_setting(&list, count, "--limit", describe_limits(o));
	add_setting(&list, count, SHIPPED_LAYOUTS, hash_shipped_layouts());
	add_setting(&list, count, UNICODE, mem_strdup(fold_unicode_version()));
	for (size_t i = 0; i < o->layout_count; i++)
		add_setting(&list, count, "--layout", hash_of(o->layouts[i]));
	return list;
}

void pack_settings_free(struct pack_setting *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free((char *)list[i].value);
	free(list);
}

static const char *shown(const char *value)
{
	return *value ? value : "nothing";
}

char *pack_unfit(const struct pack *p, const struct options *o)
{
	size_t count;
	struct pack_setting *now = pack_settings(o, &count);
	const struct pack_contents *c = &p->contents;
	struct buf why = BUF_INIT;
	for (size_t i = 0; (i < count || i < c->setting_count) && !why.length; i++) {
		const struct pack_setting *a = i < c->setting_count ? &c->settings[i] : NULL, *b = i < count ? &now[i] : NULL;
		assert(a || b);
		const char *name = a ? a->name : b->name;
		if (a && b && strcmp(a->name, b->name) == 0 && strcmp(a->value, b->value) == 0)
			continue;
		if (strcmp(name, "--layout") == 0)
			buf_append_str(&why, "was made with other --layout files than this run has: give the same in the same order, or pack again");
		else if (*name != '-')
			buf_printf(&why, "was made by a program with another version of %s: pack again", name);
		else
			buf_printf(&why, "was made with %s %s, and this run has %s: give the same, or pack again", name, shown(a ? a->value : ""),
			           shown(b && strcmp(b->name, name) == 0 ? b->value : ""));
	}
	pack_settings_free(now, count);
	return why.length ? buf_detach(&why) : NULL;
}

/* ---- opening ---- */

static uint64_t little(const char *bytes)
{
	uint64_t n = 0;
	for (unsigned i = 8; i-- > 0;)
		n = n << 8 | (unsigned char)bytes[i];
	return n;
}

/* Reads length bytes at an offset. False with *fault set. */
static bool read_at(const struct pack *p, uint64_t offset, size_t length, char *to, struct fault *fault)
{
	for (size_t done = 0; done < length;) {
		ssize_t n = pread(p->fd, to + done, length - done, (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			fault_set(fault, FAULT_IO, NULL, offset + done, FAULT_NO_OFFSET, 0, "%s", strerror(errno));
			return false;
		}
		if (n == 0) {
			fault_set(fault, FAULT_TRUNCATED, NULL, offset + done, FAULT_NO_OFFSET, 0, "the pack ends here; pack again");
			return false;
		}
		done += (size_t)n;
	}
	return true;
}

static bool hash_is(const char *bytes, size_t length, const unsigned char hash[16])
{
	XXH128_canonical_t canonical;
	XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, length));
	return memcmp(canonical.digest, hash, sizeof canonical.digest) == 0;
}

static bool refuse(struct fault *fault, enum fault_code code, uint64_t offset, const char *what)
{
	fault_set(fault, code, NULL, offset, FAULT_NO_OFFSET, 0, "%s; pack again", what);
	return false;
}

static bool makes_no_sense(struct fault *fault, const struct pack_extent *e, const char *what)
{
	fault_set(fault, FAULT_CORRUPT, NULL, e->offset, FAULT_NO_OFFSET, 0, "the pack's %s make no sense; pack again", what);
	return false;
}

static bool check_head(const struct pack *p, struct fault *fault)
{
	char head[PACK_HEAD_BYTES];
	if (!read_at(p, 0, sizeof head, head, fault))
		return false;
	if (memcmp(head, PACK_MAGIC, 8) != 0)
		return refuse(fault, FAULT_CORRUPT, 0, "not a pack");
	if (little(head + 16) != XXH3_64bits(head, 16))
		return refuse(fault, FAULT_CHECKSUM, 0, "the head of the pack is damaged");
	if (little(head + 8) != PACK_VERSION)
		return refuse(fault, FAULT_UNSUPPORTED, 8, "a pack of another version of themetally");
	return true;
}

static bool read_contents(struct pack *p, struct fault *fault)
{
	char tail[PACK_TAIL_BYTES];
	if (p->size < PACK_HEAD_BYTES + PACK_TAIL_BYTES)
		return refuse(fault, FAULT_TRUNCATED, p->size, "the pack ends here");
	uint64_t tail_at = p->size - sizeof tail;
	if (!read_at(p, tail_at, sizeof tail, tail, fault))
		return false;
	if (memcmp(tail + 40, PACK_MAGIC, 8) != 0)
		return refuse(fault, FAULT_TRUNCATED, p->size, "the end of the pack is missing or damaged");
	if (little(tail + 32) != XXH3_64bits(tail, 32))
		return refuse(fault, FAULT_CHECKSUM, tail_at, "the end of the pack is damaged");
	uint64_t offset = little(tail), length = little(tail + 8);
	if (offset < PACK_HEAD_BYTES || offset > tail_at || length != tail_at - offset)
		return refuse(fault, FAULT_CORRUPT, tail_at, "the pack's contents are not where they should be");
	struct buf stored = BUF_INIT;
	ZSTD_DCtx *context = NULL;
	buf_reserve(&stored, length);
	bool good = read_at(p, offset, length, stored.data, fault);
	if (good && !hash_is(stored.data, length, (const unsigned char *)tail + 16))
		good = refuse(fault, FAULT_CHECKSUM, offset, "the pack's contents are damaged");
	struct byte_reader r = {stored.data, stored.data + length};
	if (good && (!pack_columns_get(&context, &r, &p->memory, 1, 1) || bytes_left(&r) || !p->memory.data ||
	             !pack_contents_decode(&p->contents, p->memory.data, p->memory.length, PACK_HEAD_BYTES, offset)))
		good = refuse(fault, FAULT_CORRUPT, offset, "the pack's contents make no sense");
	ZSTD_freeDCtx(context);
	buf_release(&stored);
	return good;
}

/* Takes the columns of an extent out. what: its name for messages. */
static bool read_extent(const struct pack *p, const struct pack_extent *e, struct buf *columns, size_t count, const char *what, struct fault *fault)
{
	struct buf stored = BUF_INIT;
	ZSTD_DCtx *context = NULL;
	buf_reserve(&stored, e->length);
	bool good = read_at(p, e->offset, e->length, stored.data, fault);
	struct byte_reader r = {stored.data, stored.data + e->length};
	if (good && !hash_is(stored.data, e->length, e->hash)) {
		fault_set(fault, FAULT_CHECKSUM, NULL, e->offset, FAULT_NO_OFFSET, 0, "the pack's %s are damaged; pack again", what);
		good = false;
	} else if (good && (!pack_columns_get(&context, &r, columns, count, count) || bytes_left(&r))) {
		good = makes_no_sense(fault, e, what);
	}
	ZSTD_freeDCtx(context);
	buf_release(&stored);
	return good;
}

static bool read_tables(struct pack *p, struct fault *fault)
{
	const struct pack_contents *c = &p->contents;
	struct buf columns[PACK_TABLE_COLUMNS] = {BUF_INIT};
	bool good = read_extent(p, &c->tables, columns, PACK_TABLE_COLUMNS, "tables", fault);
	if (good && (!pack_strings_decode(&p->tables.words, c->word_count, &columns[0], &columns[1], WORD_APOSTROPHE) ||
	             !pack_strings_decode(&p->tables.gaps, c->gap_count, &columns[2], &columns[3], PACK_GAP_MARKS) ||
	             !pack_strings_decode(&p->tables.patterns, c->pattern_count, &columns[4], &columns[5], PACK_PATTERN_MARKS) ||
	             !pack_words_are_good(&p->tables.words) || !pack_gaps_are_good(&p->tables.gaps)))
		good = makes_no_sense(fault, &c->tables, "tables");
	for (size_t i = 0; i < PACK_TABLE_COLUMNS; i++)
		buf_release(&columns[i]);
	return good;
}

static bool read_duplicates(struct pack *p, struct fault *fault)
{
	const struct pack_contents *c = &p->contents;
	struct buf column = BUF_INIT;
	bool good = read_extent(p, &c->duplicates, &column, 1, "duplicates", fault);
	if (good && !pack_duplicates_decode(&p->duplicates, &p->duplicate_count, c->review_count, &column))
		good = makes_no_sense(fault, &c->duplicates, "duplicates");
	buf_release(&column);
	return good;
}

bool pack_is(const char *path)
{
	char head[8];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool is = fd >= 0 && pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head && memcmp(head, PACK_MAGIC, sizeof head) == 0;
	if (fd >= 0)
		close(fd);
	return is;
}

struct pack *pack_open(const char *path, struct fault *fault)
{
	struct pack *p = mem_calloc(1, sizeof *p);
	struct stat st;
	p->path = mem_strdup(path);
	p->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (p->fd < 0 || fstat(p->fd, &st) != 0) {
		fault_set(fault, FAULT_IO, NULL, FAULT_NO_OFFSET, FAULT_NO_OFFSET, 0, "%s", strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		fault_set(fault, FAULT_NOT_REGULAR, NULL, FAULT_NO_OFFSET, FAULT_NO_OFFSET, 0, "no regular file");
	} else {
		p->size = (uint64_t)st.st_size;
		if (check_head(p, fault) && read_contents(p, fault) && read_tables(p, fault) && read_duplicates(p, fault)) {
			for (size_t i = 0; i < p->contents.archive_count; i++)
				p->contents.archives[i].pack = p;
			return p;
		}
	}
	pack_close(p);
	return NULL;
}

void pack_close(struct pack *p)
{
	if (!p)
		return;
	if (p->fd >= 0)
		close(p->fd);
	pack_contents_release(&p->contents);
	pack_strings_release(&p->tables.words);
	pack_strings_release(&p->tables.gaps);
	pack_strings_release(&p->tables.patterns);
	pack_finds_free(p->finds);
	free(p->duplicates);
	buf_release(&p->memory);
	free(p->path);
	free(p);
}

/* ---- blocks ---- */

bool pack_read(struct pack_reader *r, const struct pack *p, size_t number, enum pack_part part, struct fault *fault)
{
	if (r->pack == p && r->number == number && r->part >= part)
		return true;
	const struct pack_extent *e = &p->contents.blocks[number];
	r->pack = NULL;
	buf_clear(&r->bytes);
	buf_reserve(&r->bytes, e->length);
	if (!read_at(p, e->offset, e->length, r->bytes.data, fault))
		return false;
	if (!hash_is(r->bytes.data, e->length, e->hash))
		return refuse(fault, FAULT_CHECKSUM, e->offset, "a block of the pack is damaged");
	if (!pack_block_decode(&r->block, &p->tables, r->bytes.data, e->length, part))
		return refuse(fault, FAULT_CORRUPT, e->offset, "a block of the pack makes no sense");
	r->pack = p;
	r->number = number;
	r->part = part;
	return true;
}

void pack_reader_release(struct pack_reader *r)
{
	pack_block_release(&r->block);
	buf_release(&r->bytes);
	r->pack = NULL;
}

/* ---- archives ---- */

enum pack_source pack_source_of(const struct pack_archive *a)
{
	struct file_identity now;
	if (strcmp(a->path, "-") == 0 || file_identify(a->path, &now) != 0)
		return SOURCE_GONE;
	return now.bytes == a->identity.bytes && now.mtime_ns == a->identity.mtime_ns ? SOURCE_SAME : SOURCE_CHANGED;
}

static int by_block(const void *a, const void *b, void *archives)
{
	const struct archive_path *list = archives;
	size_t i = *(const size_t *)a, k = *(const size_t *)b;
	const struct pack_archive *x = list[i].packed, *y = list[k].packed;
	if (x->pack != y->pack)
		return (uintptr_t)x->pack < (uintptr_t)y->pack ? -1 : 1;
	if (x->first_block != y->first_block)
		return x->first_block < y->first_block ? -1 : 1;
	return i < k ? -1 : i > k;
}

void pack_chain(const struct archive_path *archives, size_t count, size_t *next, bool *is_first)
{
	size_t *order = mem_alloc((count + 1) * sizeof *order), n = 0;
	for (size_t i = 0; i < count; i++) {
		next[i] = SIZE_MAX;
		is_first[i] = true;
		if (archives[i].packed && archives[i].packed->block_count == 1)
			order[n++] = i;
	}
	mem_sort_with(order, n, sizeof *order, by_block, (void *)archives);
	for (size_t i = 1; i < n; i++) {
		const struct pack_archive *a = archives[order[i - 1]].packed, *b = archives[order[i]].packed;
		if (a->pack == b->pack && a->first_block == b->first_block) {
			next[order[i - 1]] = order[i];
			is_first[order[i]] = false;
		}
	}
	free(order);
}
