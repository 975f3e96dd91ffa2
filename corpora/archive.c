/* How an archive is read: a stack of layers, each reading the bytes of the one below.
 *
 *     a.tar.gz      CODEC gzip  reads the file       gives one stream
 *                   TAR         reads that stream    gives slices of it
 *                   WHOLE       reads a slice        gives one member
 *     b.jsonl.gz    CODEC gzip, RECORDS
 *     c.zip         ZIP (entries are ranges of the file), and above it per entry CODEC, RECORDS or WHOLE
 *
 * archive_next() works on the topmost layer until there is something to tell. A layer leaves the stack when its bytes are used up;
 * the unit is whole when the stack is empty (for a zip: when only the ZIP layer is left) and no layer has failed.
 *
 * Invariants:
 * 1. A layer leaves the stack only when the stream it reads is at its end, so everything below has been checked to its end.
 * 2. The first fault wins, except that damage of a lower layer explains, and replaces, what a higher one found; that
 *    makes the verdict the same for any size of reads.
 * 3. Layers, their windows and decoders are kept for the next entry: no memory is allocated per member. */
#include "corpora/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "corpora/archive_private.h"
#include "corpora/names.h"
#include "corpora/sniff.h"
#include "corpora/stream.h"
#include "corpora/unpack_records.h"
#include "corpora/unpack_tar.h"

enum layer_kind { LAYER_CODEC, LAYER_TAR, LAYER_RECORDS, LAYER_WHOLE };

#define CODECS 4
#define MAX_DEPTH BUDGET_LEVELS
#define MAX_LAYERS (MAX_DEPTH + 1)

struct layer {
	enum layer_kind kind;
	struct stream *in;        /* what it reads */
	struct stream out;        /* what the layer above reads: decoded bytes, or one entry */
	struct content content;
	struct buf path;          /* inside the archive, clean; "" at the bottom and for what a codec at the bottom gives */
	struct buf file_name;     /* see struct member */
	unsigned depth;           /* containers at and below this layer */
	unsigned level;           /* codecs below this layer */
	bool given;               /* WHOLE: the member has been given */
	struct unpacker *unpackers[CODECS];
	struct tar tar;
	struct records records;
};

struct archive {
	struct archive_limits limits;
	char *path;               /* NULL: memory or standard input */
	struct origin origin;
	struct stat before;
	struct stream bottom;     /* the packed bytes */
	struct budget budget;
	struct layer *layers[MAX_LAYERS];
	unsigned height;          /* layers in use */
	struct fault fault;
	char *base_name;
	bool opened_unit, finished, ended;
	bool unit_checked;        /* the codec at the bottom of this unit had a checksum over all its bytes */
	bool unchecked;           /* some unit had none */
	uint64_t entries;
	bool want_hash;
	struct sha256 hash;
	struct archive_account account;
};

static const struct unpack_kind *const codecs[CODECS] = {[CONTENT_GZIP] = &unpack_gzip};

static struct archive *new_archive(const char *path, const struct archive_limits *limits)
{
	struct archive *a = mem_calloc(1, sizeof *a);
	a->limits = *limits;
	if (a->limits.depth > MAX_DEPTH)
		a->limits.depth = MAX_DEPTH;
	if (!a->limits.read_bytes)
		a->limits.read_bytes = 1;
	a->base_name = mem_strdup(name_base(path));
	a->origin.fd = -1;
	a->budget.limits = &a->limits;
	return a;
}

struct archive *archive_open_memory(const char *name, const void *bytes, size_t length, bool piped,
                                    const struct archive_limits *limits)
{
	struct archive *a = new_archive(name, limits);
	a->origin = (struct origin){.fd = -1, .memory = bytes, .size = length, .seekable = !piped};
	a->account.packed_bytes = length;
	return a;
}

struct archive *archive_open(const char *path, const struct archive_limits *limits, struct fault *fault)
{
	bool standard_input = strcmp(path, "-") == 0;
	/* O_NONBLOCK: opening a named pipe must not wait for its writer */
	int fd = standard_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0) {
		fault_set(fault, FAULT_IO, NULL, FAULT_NO_OFFSET, FAULT_NO_OFFSET, 0, "cannot be opened: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	bool regular = S_ISREG(st.st_mode);
	if (S_ISDIR(st.st_mode) || (!regular && !standard_input)) {
		fault_set(fault, FAULT_NOT_REGULAR, NULL, FAULT_NO_OFFSET, FAULT_NO_OFFSET, 0, "is %s, not a regular file",
		          S_ISDIR(st.st_mode) ? "a directory" : "a pipe, socket or device");
		close(fd);
		return NULL;
	}
	bool seekable = regular && (!standard_input || lseek(fd, 0, SEEK_CUR) == 0);
	struct archive *a = new_archive(standard_input ? "" : path, limits);
	a->origin = (struct origin){.fd = fd, .size = seekable ? (uint64_t)st.st_size : UINT64_MAX, .seekable = seekable};
	a->before = st;
	if (seekable) {
		a->account.packed_bytes = (uint64_t)st.st_size;
		a->account.mtime = st.st_mtim.tv_sec;
		posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	if (!standard_input)
		a->path = mem_strdup(path);
	return a;
}

static void free_layer(struct layer *l)
{
	stream_release(&l->out);
	buf_release(&l->path);
	buf_release(&l->file_name);
	for (int i = 0; i < CODECS; i++)
		if (l->unpackers[i])
			l->unpackers[i]->kind->close(l->unpackers[i]);
	tar_release(&l->tar);
	records_release(&l->records);
	free(l);
}

void archive_close(struct archive *a)
{
	if (!a)
		return;
	for (int i = 0; i < MAX_LAYERS; i++)
		if (a->layers[i])
			free_layer(a->layers[i]);
	stream_release(&a->bottom);
	if (a->origin.fd >= 0)
		close(a->origin.fd);
	free(a->path);
	free(a->base_name);
	free(a);
}

void archive_want_hash(struct archive *a)
{
	a->want_hash = true;
	sha256_init(&a->hash);
}

const struct archive_account *archive_account(const struct archive *a)
{
	return &a->account;
}

static struct layer *top(struct archive *a)
{
	return a->height ? a->layers[a->height - 1] : NULL;
}

/* Fills in where the fault in a->fault happened: `in` is the stream in whose bytes it was found. */
static void locate(struct archive *a, const char *member, const struct stream *in, struct fault *fault)
{
	char message[sizeof a->fault.message];
	strcpy(message, a->fault.message);
	fault_set(fault, a->fault.code, member, a->bottom.offset, in == &a->bottom ? FAULT_NO_OFFSET : in->offset, 0, "%s", message);
}

enum entered {
	ENTERED,         /* a layer stands on the stack */
	ENTERED_NOTHING, /* nothing in it to read; in is at its end */
	ENTERED_SKIPPED, /* a->fault says why; in is at its end unless it failed */
	ENTERED_BAD      /* in has failed */
};

static struct layer *push(struct archive *a, enum layer_kind kind, struct stream *in, const struct content *content)
{
	struct layer **slot = &a->layers[a->height++];
	if (!*slot)
		*slot = mem_calloc(1, sizeof **slot);
	(*slot)->kind = kind;
	(*slot)->in = in;
	(*slot)->content = *content;
	(*slot)->given = false;
	return *slot;
}

/* What `in` holds becomes a layer, or several. path and file_name are clean. lone: the whole unit is this. */
static enum entered enter(struct archive *a, struct stream *in, const char *path, const char *file_name, unsigned depth,
                          unsigned level, bool lone)
{
	stream_ahead(in, SNIFF_BYTES);
	if (in->failed)
		return ENTERED_BAD;
	struct fault found;
	struct content content = sniff(name_base(file_name), in->next, in->avail, in->ended, &found);
	bool container = content.kind <= CONTENT_TAR;
	if (content.kind == CONTENT_METADATA || content.kind == CONTENT_OTHER || (content.kind == CONTENT_MISLABELLED && !lone)) {
		while (stream_ahead(in, 1))
			stream_take(in, in->avail);
		if (in->failed)
			return ENTERED_BAD;
		a->fault = found;
		return content.kind == CONTENT_METADATA ? ENTERED_NOTHING : ENTERED_SKIPPED;
	}
	if (content.kind == CONTENT_MISLABELLED) {
		stream_fail(in, found.code, "%s", found.message);
		return ENTERED_BAD;
	}
	if (container && depth >= a->limits.depth) {
		stream_fail(in, FAULT_LIMIT, "a container within %u others (limit depth): unpack it first", depth);
		return ENTERED_BAD;
	}
	if (container && content.kind != CONTENT_TAR && !(content.kind < CODECS && codecs[content.kind])) {
		stream_fail(in, FAULT_UNSUPPORTED, "a format not read here");
		return ENTERED_BAD;
	}
	struct layer *l = push(a, content.kind < CODECS ? LAYER_CODEC : content.kind == CONTENT_TAR ? LAYER_TAR
	                          : content.kind == CONTENT_RECORDS ? LAYER_RECORDS : LAYER_WHOLE, in, &content);
	buf_clear(&l->path);
	buf_append_str(&l->path, path);
	buf_clear(&l->file_name);
	buf_append_str(&l->file_name, file_name);
	l->depth = depth + container;
	l->level = level;
	switch (l->kind) {
	case LAYER_CODEC:
		if (!l->unpackers[content.kind])
			l->unpackers[content.kind] = codecs[content.kind]->open(&a->limits);
		stream_open_codec(&l->out, in, l->unpackers[content.kind], &a->budget, level, &a->fault);
		buf_reserve(&l->file_name, 8);
		sniff_inner_name(l->file_name.data, file_name);
		l->file_name.length = strlen(l->file_name.data);
		break;
	case LAYER_TAR:
		tar_init(&l->tar);
		break;
	case LAYER_RECORDS:
		records_init(&l->records, content.format, content.delimiter);
		break;
	case LAYER_WHOLE:
		break;
	}
	return ENTERED;
}

static enum archive_status give(struct archive *a, struct layer *l, struct member *member)
{
	member->name = l->path.data;
	member->file_name = l->file_name.data;
	a->account.members++;
	return ARCHIVE_MEMBER;
}

/* What working on a layer came to. */
enum worked { WORKED_ON, WORKED_TELL, WORKED_BAD };

static enum worked skipped(struct archive *a, const char *path, const struct stream *in, enum archive_status *status,
                           struct fault *fault)
{
	locate(a, path, in, fault);
	a->account.members_skipped++;
	*status = ARCHIVE_SKIPPED;
	return WORKED_TELL;
}

/* One member of all the layer's bytes. */
static enum worked work_whole(struct archive *a, struct layer *l, enum archive_status *status, struct member *member,
                              struct fault *fault)
{
	struct stream *in = l->in;
	if (l->given) {
		stream_take(in, in->avail);
		a->height--;
		return WORKED_ON;
	}
	uint64_t limit = a->limits.member_bytes;
	if ((in->kind == STREAM_SLICE && in->left > limit) || (in->kind == STREAM_FILE && in->end != UINT64_MAX && in->end > limit) ||
	    stream_ahead(in, limit < SIZE_MAX ? (size_t)limit + 1 : SIZE_MAX) > limit)
		stream_fail(in, FAULT_LIMIT, "a member of more than %llu bytes (limit member_bytes)", (unsigned long long)limit);
	if (in->failed)
		return WORKED_BAD;
	l->given = true;
	enum member_format format = l->content.format;
	const unsigned char *nul = format == MEMBER_TEXT && in->avail ? memchr(in->next, 0, in->avail) : NULL;
	if (nul && !(in->avail >= 2 && ((in->next[0] == 0xFF && in->next[1] == 0xFE) || (in->next[0] == 0xFE && in->next[1] == 0xFF)))) {
		a->fault.code = FAULT_NOT_TEXT;
		strcpy(a->fault.message, "neither text nor a kind of document read here: it has a NUL byte");
		uint64_t place = (uint64_t)(nul - in->next);
		enum worked w = skipped(a, l->path.data, in, status, fault);
		fault->offset = place;
		return w;
	}
	*member = (struct member){.bytes = in->next, .length = in->avail, .format = format, .first_line = 1};
	*status = give(a, l, member);
	return WORKED_TELL;
}

static enum worked work_records(struct archive *a, struct layer *l, enum archive_status *status, struct member *member,
                                struct fault *fault)
{
	*member = (struct member){0};
	switch (records_next(&l->records, l->in, &a->limits, member, &a->fault)) {
	case RECORDS_RECORD:
		*status = give(a, l, member);
		return WORKED_TELL;
	case RECORDS_SKIPPED: {
		uint64_t offset = a->fault.offset, line = a->fault.line;
		enum worked w = skipped(a, l->path.length ? l->path.data : l->file_name.data, l->in, status, fault);
		fault->offset = offset;
		fault->line = line;
		return w;
	}
	case RECORDS_END:
		a->height--;
		return WORKED_ON;
	default:
		return WORKED_BAD;
	}
}

/* Enters the entry whose bytes are out; name is as stored. */
static enum worked enter_entry(struct archive *a, struct layer *l, const struct buf *name, bool lone,
                               enum archive_status *status, struct fault *fault)
{
	struct buf path = BUF_INIT;
	if (l->path.length) {
		buf_append(&path, l->path.data, l->path.length);
		buf_append_char(&path, '/');
	}
	name_append_clean(&path, name->length ? name->data : "", name->length);
	enum worked w = WORKED_ON;
	switch (enter(a, &l->out, path.data ? path.data : "", path.data ? path.data : "", l->depth, l->level, lone)) {
	case ENTERED_SKIPPED:
		w = skipped(a, path.data, &l->out, status, fault);
		break;
	case ENTERED_BAD:
		w = WORKED_BAD;
		break;
	default:
		break;
	}
	buf_release(&path);
	return w;
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
	if (found != TAR_END && found != TAR_BAD && too_many_entries(a, l->in))
		return WORKED_BAD;
	switch (found) {
	case TAR_FILE:
		stream_open_slice(&l->out, l->in, l->tar.size, &a->fault);
		return enter_entry(a, l, &l->tar.name, false, status, fault);
	case TAR_OTHER:
		if (!stream_skip(l->in, l->tar.size)) {
			stream_fail(l->in, FAULT_TRUNCATED, "the tar ends within an entry");
			return WORKED_BAD;
		}
		a->fault.code = FAULT_UNSUPPORTED;
		strcpy(a->fault.message, what);
		return skipped(a, l->tar.name.data, l->in, status, fault);
	case TAR_FOLDER:
		return WORKED_ON;
	case TAR_END:
		a->height--;
		return WORKED_ON;
	default:
		return WORKED_BAD;
	}
}

/* A codec's layer comes to the top when what it gave has been read: once to be entered, once to be left. */
static enum worked work_codec(struct archive *a, struct layer *l, enum archive_status *status, struct fault *fault)
{
	if (!l->given) {
		l->given = true;
		bool lone = l->level + 1 == l->depth; /* nothing but codecs below */
		switch (enter(a, &l->out, l->path.data, l->file_name.data, l->depth, l->level + 1, lone)) {
		case ENTERED_SKIPPED:
			return skipped(a, l->file_name.data, &l->out, status, fault);
		case ENTERED_BAD:
			return WORKED_BAD;
		default:
			return WORKED_ON;
		}
	}
	if (l->out.failed)
		return WORKED_BAD;
	if (l->level == 0)
		a->unit_checked = codecs[l->content.kind]->checksummed(l->out.unpacker);
	a->height--;
	return WORKED_ON;
}

static enum worked work(struct archive *a, enum archive_status *status, struct member *member, struct fault *fault)
{
	struct layer *l = top(a);
	switch (l->kind) {
	case LAYER_CODEC: return work_codec(a, l, status, fault);
	case LAYER_TAR: return work_tar(a, l, status, fault);
	case LAYER_RECORDS: return work_records(a, l, status, member, fault);
	default: return work_whole(a, l, status, member, fault);
	}
}

static bool file_changed(const struct archive *a)
{
	struct stat now;
	if (a->origin.fd < 0 || !a->origin.seekable)
		return false;
	for (int by_name = 0; by_name < 2; by_name++) {
		if (by_name ? a->path && stat(a->path, &now) < 0 : fstat(a->origin.fd, &now) < 0)
			return true;
		if (now.st_size != a->before.st_size || now.st_ino != a->before.st_ino || now.st_dev != a->before.st_dev ||
		    now.st_mtim.tv_sec != a->before.st_mtim.tv_sec || now.st_mtim.tv_nsec != a->before.st_mtim.tv_nsec)
			return true;
	}
	return false;
}

static void account_decoded(struct archive *a)
{
	struct layer *l = a->height ? a->layers[0] : NULL;
	a->account.decoded_bytes = l && l->kind == LAYER_CODEC ? l->out.offset : a->bottom.offset;
	a->account.packed_bytes = a->origin.size != UINT64_MAX && a->origin.seekable ? a->account.packed_bytes : a->account.packed_read;
}

static enum archive_status refuse(struct archive *a, struct fault *fault)
{
	/* a lower layer's damage explains what a higher one found */
	struct layer *l = top(a);
	const char *member = l ? l->path.data : "";
	const struct stream *in = l ? (l->kind == LAYER_CODEC ? &l->out : l->in) : &a->bottom;
	locate(a, member, in, fault);
	for (unsigned i = 0; i < a->height; i++) {
		struct stream *out = &a->layers[i]->out;
		struct fault was = a->fault;
		if (a->layers[i]->kind == LAYER_CODEC && !stream_is_whole(out)) {
			locate(a, a->layers[i]->path.data, out, fault);
			break;
		}
		a->fault = was;
	}
	if (file_changed(a))
		fault_set(fault, FAULT_CHANGED, NULL, FAULT_NO_OFFSET, FAULT_NO_OFFSET, 0,
		          "changed while it was read: run again when it is complete");
	a->height = 0;
	a->account.units_refused++;
	return ARCHIVE_REFUSED;
}

/* The rest of a refused file, so that its hash can be taken. */
static void read_rest(struct archive *a)
{
	struct stream *s = &a->bottom;
	if (s->broken || !a->want_hash)
		return;
	s->failed = false;
	s->ended = false;
	while (stream_ahead(s, 1))
		stream_take(s, s->avail);
}

static enum archive_status end(struct archive *a)
{
	if (!a->ended) {
		a->ended = true;
		if (a->want_hash)
			sha256_final(&a->hash, a->account.sha256);
		a->account.checksummed = a->account.units_sealed > 0 && !a->unchecked;
	}
	return ARCHIVE_END;
}

enum archive_status archive_next(struct archive *a, struct member *member, struct fault *fault)
{
	if (a->finished)
		return end(a);
	if (!a->opened_unit) {
		a->opened_unit = true;
		stream_open_file(&a->bottom, &a->origin, 0, a->origin.size, a->limits.read_bytes, &a->fault);
		a->bottom.packed_read = &a->account.packed_read;
		a->bottom.hash = a->want_hash ? &a->hash : NULL;
		a->budget.packed = a->origin.seekable ? a->origin.size : UINT64_MAX;
		char *file_name = mem_alloc(4 * strlen(a->base_name) + 1);
		name_copy_clean(file_name, 4 * strlen(a->base_name) + 1, a->base_name, strlen(a->base_name));
		enum entered entered = enter(a, &a->bottom, "", file_name, 0, 0, true);
		enum archive_status status;
		if (entered == ENTERED_SKIPPED)
			skipped(a, "", &a->bottom, &status, fault);
		free(file_name);
		if (entered == ENTERED_BAD) {
			a->finished = true;
			enum archive_status refused = refuse(a, fault);
			read_rest(a);
			return refused;
		}
		if (entered == ENTERED_SKIPPED)
			return ARCHIVE_SKIPPED;
	}
	enum archive_status status;
	while (a->height) {
		enum worked w = work(a, &status, member, fault);
		account_decoded(a);
		if (w == WORKED_TELL)
			return status;
		if (w == WORKED_BAD)
			break;
	}
	a->finished = true;
	if (a->height || file_changed(a)) {
		enum archive_status refused = refuse(a, fault);
		read_rest(a);
		return refused;
	}
	a->unchecked = a->unchecked || !a->unit_checked;
	a->account.units_sealed++;
	return ARCHIVE_SEALED;
}
