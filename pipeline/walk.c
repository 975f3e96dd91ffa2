#include "pipeline/walk.h"

#include "pipeline/manifest.h"

typedef void visitor(void *context, const char *archive, const struct member *member, const struct document *document);

static void note(struct session *s, const char *archive, const struct fault *fault, bool skipped)
{
	s->unlisted++;
	message_fault(archive, fault, skipped);
}

static void walk_member(struct session *s, struct document_reader *reader, const char *archive, const struct member *member,
                        visitor *visit, void *context)
{
	struct document document;
	struct fault fault;
	enum document_status status;
	document_begin(reader, member);
	while ((status = document_next(reader, &document, &fault)) != DOCUMENT_END) {
		if (status == DOCUMENT_SKIPPED)
			note(s, archive, &fault, true);
		else
			visit(context, archive, member, &document);
	}
}

static void walk_archive(struct session *s, struct document_reader *reader, const char *path, visitor *visit, void *context)
{
	struct member member;
	struct fault fault;
	enum archive_status status;
	struct archive *a = archive_open(path, &s->options->limits, &fault);
	if (!a) {
		note(s, path, &fault, false);
		return;
	}
	while ((status = archive_next(a, &member, &fault)) != ARCHIVE_END) {
		if (status == ARCHIVE_MEMBER)
			walk_member(s, reader, path, &member, visit, context);
		else if (status != ARCHIVE_SEALED)
			note(s, path, &fault, status == ARCHIVE_SKIPPED);
	}
	archive_close(a);
}

/* Such commands show what they read at once, so the archive is hashed before. */
static bool is_as_listed(struct session *s, const struct archive_path *a)
{
	struct fault fault;
	if (!a->listed || !manifest_refuses_file(a->listed, a->path, &fault))
		return true;
	note(s, a->path, &fault, false);
	return false;
}

static void note_packed(struct session *s, const struct archive_path *a)
{
	struct fault fault;
	fault_set(&fault, FAULT_UNSUPPORTED, NULL, FAULT_NO_OFFSET, FAULT_NO_OFFSET, 0, "a pack holds reviews, not the documents they were cut from: name the archive itself");
	note(s, a->path, &fault, true);
}

void walk_documents(struct session *s, visitor *visit, void *context)
{
	struct document_reader *reader = document_reader_new(&s->options->documents);
	if (!s->archives && session_list_archives(s) != STATUS_DONE)
		s->unlisted++; /* it has said why */
	for (size_t i = 0; i < s->archive_count; i++) {
		if (s->archives[i].packed)
			note_packed(s, &s->archives[i]);
		else if (is_as_listed(s, &s->archives[i]))
			walk_archive(s, reader, s->archives[i].path, visit, context);
	}
	document_reader_free(reader);
}
