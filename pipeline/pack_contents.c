#include "pipeline/pack_contents.h"

#include <stdlib.h>
#include <string.h>

/* ---- faults ---- */

static void put_fault(const struct fault *f, struct buf *out)
{
	put_number(out, f->code);
	put_string(out, f->member);
	put_number(out, f->packed_offset + 1); /* FAULT_NO_OFFSET is 0 */
	put_number(out, f->offset + 1);
	put_number(out, f->line);
	put_string(out, f->message);
}

static void get_fault(struct fault *f, struct byte_reader *r)
{
	*f = (struct fault){.code = (enum fault_code)get_number_to(r, FAULT_CODES - 1)};
	const char *member = get_string(r);
	f->packed_offset = get_number(r) - 1;
	f->offset = get_number(r) - 1;
	f->line = get_number(r);
	const char *message = get_string(r);
	if (strlen(member) >= sizeof f->member || strlen(message) >= sizeof f->message)
		r->at = NULL;
	else {
		memcpy(f->member, member, strlen(member) + 1);
		memcpy(f->message, message, strlen(message) + 1);
	}
}

void packed_fault_encode(const struct packed_fault *f, struct buf *out)
{
	put_number(out, f->archive);
	put_number(out, f->review);
	put_fault(&f->fault, out);
}

bool packed_fault_decode(struct packed_fault *f, struct byte_reader *r)
{
	if (!bytes_left(r))
		return false;
	f->archive = get_number(r);
	f->review = get_number(r);
	get_fault(&f->fault, r);
	return r->at != NULL;
}

/* ---- archives ---- */

static void put_identity(const struct file_identity *i, struct buf *out)
{
	put_signed(out, i->bytes);
	put_signed(out, i->mtime_ns);
	put_signed(out, i->device);
	put_signed(out, i->inode);
}

static void get_identity(struct file_identity *i, struct byte_reader *r)
{
	i->bytes = get_signed(r);
	i->mtime_ns = get_signed(r);
	i->device = get_signed(r);
	i->inode = get_signed(r);
}

/* Counts of an account, in the order in which they are written. */
#define ACCOUNT_NUMBERS(a) \
	{&(a)->packed_bytes, &(a)->packed_read, &(a)->decoded_bytes, &(a)->members, &(a)->members_skipped, &(a)->units_sealed, &(a)->units_refused}

static void put_archive(const struct pack_archive *a, struct buf *out)
{
	const uint64_t *const numbers[] = ACCOUNT_NUMBERS(&a->account);
	put_string(out, a->path);
	put_identity(&a->identity, out);
	put_number(out, a->opened);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		put_number(out, *numbers[i]);
	buf_append(out, a->account.sha256, sizeof a->account.sha256);
	put_signed(out, a->account.mtime);
	put_number(out, a->account.checksummed);
	put_number(out, a->replaced);
	put_number(out, a->repaired);
	put_number(out, a->conflicts);
	put_number(out, a->unit_run_count);
	for (size_t i = 0; i < a->unit_run_count; i++) {
		put_number(out, a->units[i].sealed);
		put_number(out, a->units[i].refused);
	}
	put_number(out, a->fault_count);
	for (size_t i = 0; i < a->fault_count; i++) {
		put_fault(&a->faults[i].fault, out);
		put_number(out, a->faults[i].skipped);
		put_number(out, a->faults[i].unit);
	}
	put_number(out, a->first_block);
	put_number(out, a->block_count);
	put_number(out, a->first_review);
	put_number(out, a->review_count);
}

static bool units_add_up(const struct pack_archive *a)
{
	enum { UNITS_MOST = 1 << 27 };
	uint64_t sealed = 0, refused = 0;
	if (a->account.units_sealed > UNITS_MOST || a->account.units_refused > UNITS_MOST)
		return false;
	for (size_t i = 0; i < a->unit_run_count; i++) {
		if (a->units[i].sealed > a->account.units_sealed - sealed || a->units[i].refused > a->account.units_refused - refused)
			return false;
		sealed += a->units[i].sealed;
		refused += a->units[i].refused;
	}
	return sealed == a->account.units_sealed && refused == a->account.units_refused && (sealed || !a->review_count);
}

static bool get_archive(struct pack_archive *a, struct byte_reader *r, const struct pack_contents *c)
{
	uint64_t *const numbers[] = ACCOUNT_NUMBERS(&a->account);
	*a = (struct pack_archive){.path = get_string(r)};
	get_identity(&a->identity, r);
	a->opened = get_number_to(r, 1);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		*numbers[i] = get_number(r);
	get_bytes(r, a->account.sha256, sizeof a->account.sha256);
	a->account.mtime = get_signed(r);
	a->account.checksummed = get_number_to(r, 1);
	a->replaced = get_number(r);
	a->repaired = get_number(r);
	a->conflicts = get_number(r);
	a->unit_run_count = get_count(r);
	a->units = mem_calloc(a->unit_run_count, sizeof *a->units);
	for (size_t i = 0; i < a->unit_run_count; i++) {
		a->units[i].sealed = get_number_to(r, UINT32_MAX);
		a->units[i].refused = get_number_to(r, UINT32_MAX);
	}
	size_t faults = get_count(r), capacity = 0;
	for (size_t i = 0; i < faults && r->at; i++) {
		struct fault_note note = {.unit = 0};
		get_fault(&note.fault, r);
		note.skipped = get_number_to(r, 1);
		note.unit = get_number_to(r, a->account.units_sealed + a->account.units_refused);
		MEM_GROW(a->faults, a->fault_count, capacity);
		a->faults[a->fault_count++] = note;
	}
	a->first_block = get_number_to(r, c->block_count);
	a->block_count = get_number_to(r, c->block_count - a->first_block);
	a->first_review = get_number_to(r, UINT32_MAX);
	a->review_count = get_number_to(r, UINT32_MAX);
	return r->at && *a->path && units_add_up(a) && (a->opened || a->fault_count) && (a->block_count || !a->review_count);
}

/* ---- the whole ---- */

static void put_extent(const struct pack_extent *e, struct buf *out)
{
	put_number(out, e->length);
	buf_append(out, e->hash, sizeof e->hash);
}

/* Extents lie one after the other. */
static bool get_extent(struct pack_extent *e, struct byte_reader *r, uint64_t *at, uint64_t end)
{
	e->offset = *at;
	e->length = get_number_to(r, end - *at);
	get_bytes(r, e->hash, sizeof e->hash);
	*at += e->length;
	return r->at != NULL;
}

void pack_contents_encode(const struct pack_contents *c, struct buf *out)
{
	put_string(out, c->program);
	put_number(out, c->setting_count);
	for (size_t i = 0; i < c->setting_count; i++) {
		put_string(out, c->settings[i].name);
		put_string(out, c->settings[i].value);
	}
	put_number(out, c->path_count);
	for (size_t i = 0; i < c->path_count; i++)
		put_string(out, c->paths[i]);
	put_number(out, c->unlisted_count);
	for (size_t i = 0; i < c->unlisted_count; i++) {
		put_string(out, c->unlisted[i].path);
		put_fault(&c->unlisted[i].fault, out);
	}
	put_number(out, c->word_count);
	put_number(out, c->gap_count);
	put_number(out, c->pattern_count);
	put_string(out, c->finder);
	put_number(out, c->block_count);
	for (size_t i = 0; i < c->block_count; i++)
		put_extent(&c->blocks[i], out);
	put_extent(&c->tables, out);
	put_number(out, c->review_count);
	put_extent(&c->duplicates, out);
	put_number(out, c->archive_count);
	for (size_t i = 0; i < c->archive_count; i++)
		put_archive(&c->archives[i], out);
}

bool pack_contents_decode(struct pack_contents *c, const char *bytes, size_t length, uint64_t first, uint64_t end)
{
	struct byte_reader r = {bytes, bytes + length};
	size_t capacity = 0;
	*c = (struct pack_contents){.program = get_string(&r)};
	c->setting_count = get_count(&r);
	c->settings = mem_calloc(c->setting_count, sizeof *c->settings);
	for (size_t i = 0; i < c->setting_count; i++) {
		c->settings[i].name = get_string(&r);
		c->settings[i].value = get_string(&r);
	}
	c->path_count = get_count(&r);
	c->paths = mem_calloc(c->path_count, sizeof *c->paths);
	for (size_t i = 0; i < c->path_count; i++)
		c->paths[i] = get_string(&r);
	size_t unlisted = get_count(&r);
	for (size_t i = 0; i < unlisted && r.at; i++) {
		MEM_GROW(c->unlisted, c->unlisted_count, capacity);
		c->unlisted[c->unlisted_count].path = get_string(&r);
		get_fault(&c->unlisted[c->unlisted_count++].fault, &r);
	}
	c->word_count = (uint32_t)get_number_to(&r, INT32_MAX);
	c->gap_count = (uint32_t)get_number_to(&r, INT32_MAX);
	c->pattern_count = (uint32_t)get_number_to(&r, INT32_MAX);
	c->finder = get_string(&r);
	c->block_count = get_count(&r);
	c->blocks = mem_calloc(c->block_count, sizeof *c->blocks);
	for (size_t i = 0; i < c->block_count; i++)
		if (!get_extent(&c->blocks[i], &r, &first, end))
			return false;
	if (!get_extent(&c->tables, &r, &first, end))
		return false;
	c->review_count = get_number(&r);
	if (!get_extent(&c->duplicates, &r, &first, end))
		return false;
	size_t count = get_count(&r);
	uint64_t reviews = 0;
	capacity = 0;
	for (size_t i = 0; i < count && r.at; i++) {
		MEM_GROW(c->archives, c->archive_count, capacity);
		struct pack_archive *a = &c->archives[c->archive_count++];
		if (!get_archive(a, &r, c) || (i > 0 && strcmp(a[-1].path, a->path) >= 0))
			return false;
		reviews += a->review_count;
	}
	return r.at && bytes_left(&r) == 0 && first == end && reviews == c->review_count;
}

void pack_contents_release(struct pack_contents *c)
{
	for (size_t i = 0; i < c->archive_count; i++) {
		free(c->archives[i].units);
		free(c->archives[i].faults);
	}
	free(c->settings);
	free(c->paths);
	free(c->unlisted);
	free(c->archives);
	free(c->blocks);
	*c = (struct pack_contents){0};
}
