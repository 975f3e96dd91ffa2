#include "corpora/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "corpora/archive_layers.h"
#include "corpora/archive_private.h"
#include "corpora/names.h"

static struct archive *new_archive(const char *path, const struct archive_limits *limits)
{
	struct archive *a = mem_calloc(1, sizeof *a);
	a->limits = *limits;
	if (a->limits.depth > MAX_DEPTH)
		a->limits.depth = MAX_DEPTH;
	if (!a->limits.read_bytes)
		a->limits.read_bytes = 1;
	if (!a->limits.ratio)
		a->limits.ratio = UINT64_MAX;
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
	if (standard_input && fd >= 0 && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY) {
		close(fd);
		fd = -1;
		errno = EBADF;
	}
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
	/* a file that says it is empty may be one that its file system makes up as it is read: its end is where reading ends */
	bool seekable = regular && st.st_size > 0 && (!standard_input || lseek(fd, 0, SEEK_CUR) == 0);
	struct archive *a = new_archive(standard_input ? "" : path, limits);
	a->origin = (struct origin){.fd = fd, .size = seekable ? (uint64_t)st.st_size : UINT64_MAX, .seekable = seekable};
	a->before = st;
	if (regular && !standard_input)
		a->account.mtime = st.st_mtim.tv_sec;
	if (seekable) {
		a->account.packed_bytes = (uint64_t)st.st_size;
		a->account.mtime = st.st_mtim.tv_sec;
		posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	if (!standard_input)
		a->path = mem_strdup(path);
	return a;
}

void archive_close(struct archive *a)
{
	if (!a)
		return;
	layers_free(a);
	gzip_recorder_free(a->recorder);
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

void archive_want_help(struct archive *a, struct help_desk *desk, unsigned threads)
{
	a->desk = threads ? desk : NULL;
	a->helpers = threads < 64 ? threads : 64;
}

void archive_want_index(struct archive *a, const char *directory)
{
	a->index_directory = directory;
}

const struct archive_account *archive_account(const struct archive *a)
{
	return &a->account;
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

static bool nothing_to_decode(const struct archive *a)
{
	const struct layer *l = a->layers[0];
	return !l || (l->kind != LAYER_CODEC && l->kind != LAYER_ZIP);
}

static void bring_account_up_to_date(struct archive *a)
{
	struct archive_account *account = &a->account;
	const struct layer *l = a->layers[0];
	if (nothing_to_decode(a))
		account->decoded_bytes = a->bottom.offset;
	else if (l->kind == LAYER_CODEC)
		account->decoded_bytes = l->out.offset;
	else
		account->decoded_bytes = a->decoded_before + (l->busy ? l->out.offset : 0);
	if (l && l->kind == LAYER_ZIP && !a->bottom.packed_read && account->packed_read < l->zip.reached)
		account->packed_read = l->zip.reached;
	if (!a->origin.seekable)
		account->packed_bytes = account->packed_read;
}

/* The unit is damaged: the layers above it go. */
static enum archive_status refuse(struct archive *a, struct fault *fault)
{
	layers_explain(a, fault);
	if (file_changed(a))
		fault_set(fault, FAULT_CHANGED, NULL, FAULT_NO_OFFSET, FAULT_NO_OFFSET, 0,
		          "changed while it was read: run again when it is complete");
	bring_account_up_to_date(a);
	if (layers_zip_below(a) && !a->bottom.failed) {
		a->height = 1;
		a->layers[0]->busy = false;
	} else {
		a->height = 0;
		a->closing = true;
	}
	/* how much came out before the damage was seen depends on the size of reads, so it is left out of account */
	a->account.decoded_bytes = a->decoded_before;
	a->account.members = a->members_before;
	a->account.members_skipped = a->skipped_before;
	a->account.units_refused++;
	return ARCHIVE_REFUSED;
}

static enum archive_status seal(struct archive *a)
{
	a->unchecked = a->unchecked || !a->unit_checked;
	a->unit_checked = false;
	if (nothing_to_decode(a))
		a->account.decoded_bytes = a->account.packed_bytes; /* also of what was passed over unread */
	a->members_before = a->account.members;
	a->skipped_before = a->account.members_skipped;
	a->account.units_sealed++;
	if (a->recorder)
		gzip_recorder_finish(a->recorder);
	return ARCHIVE_SEALED;
}

/* Reads what was not needed, so that every byte is under the hash. */
static void read_rest(struct archive *a)
{
	struct stream *s = &a->bottom;
	if (s->broken)
		return;
	s->failed = s->ended = false;
	while (stream_ahead(s, 1))
		stream_take(s, s->avail);
}

static enum archive_status end(struct archive *a)
{
	if (a->ended)
		return ARCHIVE_END;
	a->ended = true;
	if (a->want_hash) {
		read_rest(a);
		sha256_final(&a->hash, a->account.sha256);
	}
	if (a->account.units_refused == 0)
		a->account.packed_read = a->account.packed_bytes;
	a->account.checksummed = a->account.units_sealed > 0 && !a->unchecked;
	return ARCHIVE_END;
}

static enum entered enter_archive(struct archive *a)
{
	stream_open_file(&a->bottom, &a->origin, 0, a->origin.size, a->limits.read_bytes, &a->fault);
	a->bottom.packed_read = &a->account.packed_read;
	a->bottom.hash = a->want_hash ? &a->hash : NULL;
	a->budget = (struct budget){.limits = &a->limits, .packed = a->origin.seekable ? a->origin.size : UINT64_MAX};
	struct buf name = BUF_INIT;
	name_append_clean(&name, a->base_name, strlen(a->base_name));
	enum entered entered = layers_enter(a, &a->bottom, "", name.data ? name.data : "", 0, 0, true);
	buf_release(&name);
	return entered;
}

enum archive_status archive_next(struct archive *a, struct member *member, struct fault *fault)
{
	if (a->closing)
		return end(a);
	bool whole_file = !a->opened || !layers_zip_below(a); /* is one unit */
	if (!a->opened) {
		a->opened = true;
		switch (enter_archive(a)) {
		case ENTERED_SKIPPED:
			layers_locate(a, "", &a->bottom, fault);
			fault->offset = a->fault.offset;
			a->account.members_skipped++;
			bring_account_up_to_date(a);
			return ARCHIVE_SKIPPED;
		case ENTERED_BAD:
			return refuse(a, fault);
		default:
			whole_file = !layers_zip_below(a);
		}
	}
	while (a->height) {
		enum archive_status status;
		enum worked worked = layers_work(a, &status, member, fault);
		bring_account_up_to_date(a);
		if (worked == WORKED_BAD)
			return refuse(a, fault);
		if (worked == WORKED_TELL)
			return status == ARCHIVE_SEALED ? seal(a) : status;
	}
	a->closing = true;
	if (file_changed(a))
		return refuse(a, fault);
	return whole_file ? seal(a) : end(a);
}
