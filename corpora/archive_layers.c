#include "corpora/archive_layers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "corpora/names.h"
#include "corpora/unpack_gzip.h"
#include "corpora/unpack_gzip_members.h"
#include "corpora/unpack_gzip_points.h"

static const struct unpack_kind *const codecs[LAYER_CODECS] = {
	[CONTENT_GZIP] = &unpack_gzip, [CONTENT_ZSTD] = &unpack_zstd, [CONTENT_XZ] = &unpack_xz, [CONTENT_BZIP2] = &unpack_bzip2,
};

static void free_layer(struct layer *l)
{
	stream_release(&l->out);
	stream_release(&l->zip_range);
	buf_release(&l->path);
	buf_release(&l->file_name);
	buf_release(&l->entry_path);
	for (int i = 0; i < LAYER_CODECS; i++)
		if (l->unpackers[i])
			l->unpackers[i]->kind->close(l->unpackers[i]);
	if (l->zip_data)
		l->zip_data->kind->close(l->zip_data);
	tar_release(&l->tar);
	records_release(&l->records);
	zip_ahead_free(l->zip_ahead);
	zip_release(&l->zip);
	free(l);
}

void layers_free(struct archive *a)
{
	for (int i = 0; i < MAX_LAYERS; i++)
		if (a->layers[i])
			free_layer(a->layers[i]);
}

bool layers_zip_below(const struct archive *a)
{
	return a->height && a->layers[0]->kind == LAYER_ZIP;
}

void layers_locate(const struct archive *a, const char *member, const struct stream *in, struct fault *fault)
{
	char message[sizeof a->fault.message];
	memcpy(message, a->fault.message, sizeof message);
	uint64_t packed = a->bottom.offset;
	if (a->height && a->layers[0]->kind == LAYER_CODEC)
		packed = stream_packed(&a->layers[0]->out);
	if (layers_zip_below(a))
		packed = a->layers[0]->zip_entry_start;
	fault_set(fault, a->fault.code, member, packed, in == &a->bottom ? FAULT_NO_OFFSET : in->offset, 0, "%s", message);
}

/* The stream whose bytes the layer hands on, after they have gone through a codec of its own; NULL if it has none. */
static struct stream *decoded(struct layer *l)
{
	return l->kind == LAYER_CODEC || (l->kind == LAYER_ZIP && l->busy) ? &l->out : NULL;
}

static const char *name_of(const struct layer *l)
{
	return l->kind == LAYER_TAR || l->kind == LAYER_ZIP ? l->entry_path.data : l->path.data;
}

void layers_explain(struct archive *a, struct fault *fault)
{
	struct layer *top = a->height ? a->layers[a->height - 1] : NULL;
	struct stream *in = top ? (decoded(top) ? decoded(top) : top->in) : &a->bottom;
	layers_locate(a, top ? name_of(top) : "", in, fault);
	for (unsigned i = 0; i < a->height; i++) {
		struct layer *l = a->layers[i];
		struct fault found = a->fault;
		if (decoded(l) && !stream_is_whole(&l->out)) {
			layers_locate(a, name_of(l), &l->out, fault);
			return;
		}
		a->fault = found;
	}
}

static struct layer *push(struct archive *a, enum layer_kind kind, struct stream *in, const struct content *content,
                          const char *path, const char *file_name)
{
	struct layer **slot = &a->layers[a->height++];
	if (!*slot)
		*slot = mem_calloc(1, sizeof **slot);
	struct layer *l = *slot;
	l->kind = kind;
	l->in = in;
	l->content = *content;
	l->busy = false;
	buf_clear(&l->path);
	buf_append_str(&l->path, path);
	buf_clear(&l->file_name);
	buf_append_str(&l->file_name, file_name);
	buf_clear(&l->entry_path);
	buf_append_str(&l->entry_path, path);
	return l;
}

static void read_out(struct stream *s)
{
	while (stream_ahead(s, 1))
		stream_take(s, s->avail);
}

/* Reads past something that gives no member; found says why. Of a plain file nothing more is read than a hash asks for. */
static enum entered pass_over(struct archive *a, struct stream *in, enum content_kind kind, const struct fault *found)
{
	if (in != &a->bottom || !a->origin.seekable)
		read_out(in);
	if (in->failed)
		return ENTERED_BAD;
	a->fault = *found;
	return kind == CONTENT_METADATA ? ENTERED_NOTHING : ENTERED_SKIPPED;
}

static bool over_depth(struct archive *a, struct stream *in, unsigned depth)
{
	if (depth <= a->limits.depth)
		return false;
	stream_fail(in, FAULT_LIMIT, "containers more than %u deep (limit depth): unpack the outermost first", a->limits.depth);
	return true;
}

/* A zip is read by jumping about in it: in the file itself, or else in memory. */
static bool open_zip(struct archive *a, struct layer *l)
{
	struct stream *in = l->in;
	const struct origin *origin = &a->origin;
	uint64_t limit = a->limits.member_bytes;
	bool is_file = in == &a->bottom && a->origin.seekable;
	if (!is_file || (in->ended && in->avail <= limit)) {
		size_t n = stream_ahead(in, limit < SIZE_MAX ? (size_t)limit + 1 : SIZE_MAX);
		if (n > limit)
			stream_fail(in, FAULT_LIMIT, "a zip inside another archive, or from a pipe, of more than %llu bytes (limit member)",
			            (unsigned long long)limit);
		if (in->failed)
			return false;
		l->zip_memory = (struct origin){.fd = -1, .memory = in->next, .size = n, .seekable = true};
		origin = &l->zip_memory;
	} else {
		a->bottom.packed_read = NULL; /* counted by entries from here on */
	}
	if (zip_open(&l->zip, origin, &a->limits, &a->fault))
		return true;
	char message[sizeof a->fault.message];
	memcpy(message, a->fault.message, sizeof message);
	stream_fail(in, a->fault.code, "%s", message);
	return false;
}

static enum entered enter_zip(struct archive *a, struct layer *l)
{
	struct stream *in = l->in;
	if (!open_zip(a, l))
		return ENTERED_BAD;
	struct fault found = {.offset = 0};
	switch (l->zip.package) {
	case ZIP_DOCX:
	case ZIP_ODT:
		l->kind = LAYER_WHOLE;
		l->content.format = l->zip.package == ZIP_DOCX ? MEMBER_DOCX : MEMBER_ODT;
		l->depth--;
		return ENTERED;
	case ZIP_OTHER_DOCUMENT:
		unpack_bad(&found, FAULT_NOT_TEXT, "an office document or book of a kind not read here: save it as .docx, .odt, .pdf or text");
		a->height--;
		return pass_over(a, in, CONTENT_OTHER, &found);
	default:
		break;
	}
	if (over_depth(a, in, l->depth))
		return ENTERED_BAD;
	if (!l->zip_data)
		l->zip_data = zip_data_new(&a->limits);
	if (l == a->layers[0] && !l->zip_ahead && (a->desk || l->zip.origin->size >= ZIP_AHEAD_LEAST))
		l->zip_ahead = zip_ahead_new(a->desk, a->helpers, &a->limits);
	return ENTERED;
}

/* The codec of a gzip file that is the whole archive: by seek points, by members, or plainly. */
static struct unpacker *open_gzip_file(struct archive *a)
{
	unsigned char key[32];
	bool indexed = a->index_directory && a->limits.ratio_floor / 4 >= gzip_index_sizes()->out_most && gzip_index_key(&a->origin, key);
	struct gzip_index *index = indexed ? gzip_index_open(a->index_directory, key, a->origin.size) : NULL;
	if (index) {
		struct unpacker *u = a->desk ? gzip_points_new(a->desk, a->helpers, &a->limits, index) : NULL;
		if (u)
			return u;
		gzip_index_close(index, false);
	}
	if (indexed && !index)
		a->recorder = gzip_recorder_new(a->index_directory, key, a->origin.size);
	if (a->desk && gzip_members_suit(&a->limits))
		return gzip_members_new(a->desk, a->helpers, &a->limits, a->recorder);
	struct unpacker *u = unpack_gzip.open(&a->limits);
	gzip_record(u, a->recorder);
	return u;
}

enum entered layers_enter(struct archive *a, struct stream *in, const char *path, const char *file_name, unsigned depth,
                          unsigned level, bool lone)
{
	stream_ahead(in, SNIFF_BYTES);
	if (in->failed)
		return ENTERED_BAD;
	struct fault found = {0};
	struct content content = sniff(name_base(file_name), in->next, in->avail, in->ended, &found);
	switch (content.kind) {
	case CONTENT_METADATA:
	case CONTENT_OTHER:
		return pass_over(a, in, content.kind, &found);
	case CONTENT_MISLABELLED:
		if (!lone)
			return pass_over(a, in, content.kind, &found);
		stream_fail(in, found.code, "%s", found.message);
		return ENTERED_BAD;
	case CONTENT_RECORDS: {
		struct layer *l = push(a, LAYER_RECORDS, in, &content, path, file_name);
		records_init(&l->records, content.format, content.delimiter);
		return ENTERED;
	}
	case CONTENT_WHOLE:
		push(a, LAYER_WHOLE, in, &content, path, file_name);
		return ENTERED;
	case CONTENT_ZIP: {
		if (depth >= MAX_DEPTH && over_depth(a, in, depth + 1))
			return ENTERED_BAD;
		struct layer *l = push(a, LAYER_ZIP, in, &content, path, file_name);
		l->depth = depth + 1;
		l->level = level;
		return enter_zip(a, l);
	}
	default:
		break;
	}
	if (over_depth(a, in, depth + 1))
		return ENTERED_BAD;
	struct layer *l = push(a, content.kind == CONTENT_TAR ? LAYER_TAR : LAYER_CODEC, in, &content, path, file_name);
	l->depth = depth + 1;
	l->level = level;
	if (l->kind == LAYER_TAR) {
		tar_init(&l->tar);
		return ENTERED;
	}
	assert(content.kind < LAYER_CODECS);
	if (!l->unpackers[content.kind])
		l->unpackers[content.kind] = content.kind == CONTENT_GZIP && in == &a->bottom ? open_gzip_file(a) : codecs[content.kind]->open(&a->limits);
	stream_open_codec(&l->out, in, l->unpackers[content.kind], &a->budget, level, &a->fault);
	buf_reserve(&l->file_name, 8);
	sniff_inner_name(l->file_name.data, file_name);
	l->file_name.length = strlen(l->file_name.data);
	return ENTERED;
}

static enum worked give(struct archive *a, struct layer *l, enum archive_status *status, struct member *member)
{
	member->name = l->path.data;
	member->file_name = l->file_name.data;
	a->account.members++;
	*status = ARCHIVE_MEMBER;
	return WORKED_TELL;
}

/* offset: of what was found, in the decoded bytes of path. */
static enum worked skipped(struct archive *a, const char *path, const struct stream *in, uint64_t offset, enum archive_status *status,
                           struct fault *fault)
{
	layers_locate(a, path, in, fault);
	fault->offset = offset;
	a->account.members_skipped++;
	*status = ARCHIVE_SKIPPED;
	return WORKED_TELL;
}

static bool has_utf16_mark(const struct stream *s)
{
	return s->avail >= 2 && ((s->next[0] == 0xFF && s->next[1] == 0xFE) || (s->next[0] == 0xFE && s->next[1] == 0xFF));
}

/* One member of all the layer's bytes. A NUL anywhere makes it something else than text, wherever reads may have ended. */
static enum worked work_whole(struct archive *a, struct layer *l, enum archive_status *status, struct member *member,
                              struct fault *fault)
{
	struct stream *in = l->in;
	if (l->busy) {
		stream_take(in, in->avail);
		a->height--;
		return WORKED_ON;
	}
	uint64_t limit = a->limits.member_bytes;
	if ((in->kind == STREAM_SLICE && in->left > limit) || (in->kind == STREAM_FILE && in->end != UINT64_MAX && in->end > limit) ||
	    stream_ahead(in, limit < SIZE_MAX ? (size_t)limit + 1 : SIZE_MAX) > limit)
		stream_fail(in, FAULT_LIMIT, "a member of more than %llu bytes (limit member)", (unsigned long long)limit);
	if (in->failed)
		return WORKED_BAD;
	l->busy = true;
	enum member_format format = l->content.format;
	const unsigned char *nul = format == MEMBER_TEXT && in->avail && !has_utf16_mark(in) ? memchr(in->next, 0, in->avail) : NULL;
	if (nul) {
		unpack_bad(&a->fault, FAULT_NOT_TEXT, SNIFF_NUL);
		return skipped(a, l->path.data, in, (uint64_t)(nul - in->next), status, fault);
	}
	*member = (struct member){.bytes = in->next, .length = in->avail, .format = format, .first_line = 1};
	return give(a, l, status, member);
}

static enum worked work_records(struct archive *a, struct layer *l, enum archive_status *status, struct member *member,
                                struct fault *fault)
{
	*member = (struct member){0};
	switch (records_next(&l->records, l->in, &a->limits, member, &a->fault)) {
	case RECORDS_RECORD:
		return give(a, l, status, member);
	case RECORDS_SKIPPED:
		skipped(a, l->path.data, l->in, a->fault.offset, status, fault);
		fault->line = a->fault.line;
		return WORKED_TELL;
	case RECORDS_END:
		a->height--;
		return WORKED_ON;
	default:
		return WORKED_BAD;
	}
}

static void set_entry_path(struct layer *l, const char *name, size_t length)
{
	buf_clear(&l->entry_path);
	if (l->path.length) {
		buf_append(&l->entry_path, l->path.data, l->path.length);
		buf_append_char(&l->entry_path, '/');
	}
	name_append_clean(&l->entry_path, name, length);
}

/* Enters the entry of a TAR or ZIP layer whose bytes are out. */
static enum worked enter_entry(struct archive *a, struct layer *l, unsigned level, bool lone, enum archive_status *status,
                               struct fault *fault)
{
	switch (layers_enter(a, &l->out, l->entry_path.data, l->entry_path.data, l->depth, level, lone)) {
	case ENTERED_SKIPPED:
		return skipped(a, l->entry_path.data, &l->out, a->fault.offset, status, fault);
	case ENTERED_BAD:
		return WORKED_BAD;
	default:
		return WORKED_ON;
	}
}

static bool too_many_entries(struct archive *a, struct stream *in)
{
	if (++a->entries <= a->limits.entries)
		return false;
	stream_fail(in, FAULT_LIMIT, "more than %llu entries (limit entries)", (unsigned long long)a->limits.entries);
	return true;
}

static enum worked work_tar(struct archive *a, struct layer *l, enum archive_status *status, struct fault *fault)
{
	const char *what;
	enum tar_status found = tar_next(&l->tar, l->in, &a->limits, &what);
	if (found == TAR_BAD)
		return WORKED_BAD;
	if (found == TAR_END) {
		a->height--;
		return WORKED_ON;
	}
	set_entry_path(l, l->tar.name.length ? l->tar.name.data : "", l->tar.name.length);
	if (too_many_entries(a, l->in))
		return WORKED_BAD;
	if (found == TAR_FOLDER)
		return WORKED_ON;
	stream_open_slice(&l->out, l->in, l->tar.size, &a->fault);
	if (found == TAR_FILE)
		return enter_entry(a, l, l->level, false, status, fault);
	read_out(&l->out);
	if (l->out.failed)
		return WORKED_BAD;
	unpack_bad(&a->fault, FAULT_UNSUPPORTED, "%s", what);
	return skipped(a, l->entry_path.data, l->in, 0, status, fault);
}

/* What is wrong with an entry of a zip is wrong with that unit alone, or with all that the zip is part of. */
static enum worked bad_zip_entry(struct archive *a, struct layer *l)
{
	if (l == a->layers[0])
		return WORKED_BAD;
	char message[sizeof a->fault.message];
	memcpy(message, a->fault.message, sizeof message);
	stream_fail(l->in, a->fault.code, "%s", message);
	return WORKED_BAD;
}

static void open_zip_entry(struct archive *a, struct layer *l, const struct zip_entry *entry)
{
	if (entry->bytes && entry->packed <= a->limits.read_bytes)
		stream_open_memory(&l->zip_range, entry->bytes, (size_t)entry->packed, &a->fault);
	else
		stream_open_file(&l->zip_range, l->zip.origin, entry->data, entry->data + entry->packed, a->limits.read_bytes, &a->fault);
	zip_data_set(l->zip_data, entry);
	stream_open_codec(&l->out, &l->zip_range, l->zip_data, &a->budget, l->level, &a->fault);
}

static enum worked work_zip(struct archive *a, struct layer *l, enum archive_status *status, struct fault *fault)
{
	bool sealing = l == a->layers[0];
	if (l->busy) {
		read_out(&l->out);
		if (l->out.failed)
			return WORKED_BAD;
		l->busy = false;
		if (sealing) {
			a->unit_checked = true;
			a->decoded_before += l->out.offset;
		}
		*status = ARCHIVE_SEALED;
		return sealing ? WORKED_TELL : WORKED_ON;
	}
	struct zip_entry entry;
	const unsigned char *decoded_ahead = NULL;
	enum zip_status found = l->zip_ahead ? zip_ahead_next(l->zip_ahead, &l->zip, &entry, &decoded_ahead, &a->fault)
	                                     : zip_next(&l->zip, &entry, &a->fault);
	if (found == ZIP_END) {
		if (l->zip.origin == &l->zip_memory)
			stream_take(l->in, l->in->avail);
		a->height--;
		return WORKED_ON;
	}
	l->zip_entry_start = entry.start;
	set_entry_path(l, entry.name, entry.name_length);
	if (found == ZIP_GAP)
		unpack_bad(&a->fault, FAULT_TRAILING, "%llu bytes of the zip that belong to no entry of its directory",
		           (unsigned long long)entry.packed);
	if (found != ZIP_ENTRY || too_many_entries(a, l->in))
		return bad_zip_entry(a, l);
	if (entry.folder)
		return WORKED_ON;
	if (sealing)
		a->budget = (struct budget){.limits = &a->limits, .packed = entry.packed};
	if (decoded_ahead)
		stream_open_memory(&l->out, decoded_ahead, (size_t)entry.size, &a->fault);
	else
		open_zip_entry(a, l, &entry);
	l->zip_entry_start = entry.data;
	l->busy = true;
	if (!entry.link)
		return enter_entry(a, l, l->level + 1, sealing, status, fault);
	read_out(&l->out);
	if (l->out.failed)
		return WORKED_BAD;
	unpack_bad(&a->fault, FAULT_UNSUPPORTED, "a symbolic link");
	return skipped(a, l->entry_path.data, &l->out, 0, status, fault);
}

/* A codec's layer is on top twice: to enter what it gives, and when that has been read. */
static enum worked work_codec(struct archive *a, struct layer *l, enum archive_status *status, struct fault *fault)
{
	if (!l->busy) {
		l->busy = true;
		bool lone = l->level + 1 == l->depth; /* nothing but codecs below */
		switch (layers_enter(a, &l->out, l->path.data, l->file_name.data, l->depth, l->level + 1, lone)) {
		case ENTERED_SKIPPED:
			return skipped(a, l->path.data, &l->out, a->fault.offset, status, fault);
		case ENTERED_BAD:
			return WORKED_BAD;
		default:
			return WORKED_ON;
		}
	}
	if (l->out.failed)
		return WORKED_BAD;
	if (l->level == 0 && l->content.kind == CONTENT_GZIP)
		a->account.seek_pieces = gzip_points_given(l->out.unpacker);
	if (l->level == 0)
		a->unit_checked = l->out.unpacker->kind->checksummed(l->out.unpacker);
	a->height--;
	return WORKED_ON;
}

enum worked layers_work(struct archive *a, enum archive_status *status, struct member *member, struct fault *fault)
{
	struct layer *l = a->layers[a->height - 1];
	switch (l->kind) {
	case LAYER_CODEC: return work_codec(a, l, status, fault);
	case LAYER_TAR: return work_tar(a, l, status, fault);
	case LAYER_ZIP: return work_zip(a, l, status, fault);
	case LAYER_RECORDS: return work_records(a, l, status, member, fault);
	default: return work_whole(a, l, status, member, fault);
	}
}
