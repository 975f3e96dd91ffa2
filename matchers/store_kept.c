/* A lexicon as bytes and back, for the cache: it is used where it lies, and its patterns are read when somebody asks for them.
 *
 * The bytes are the sum and the numbers of things, the themes, the entries, and all strings, each with its NUL; in the structs stand places of strings instead of pointers, and the number of a
 * source instead of its name, which may have changed. Their sum has been checked by the cache, and the sources and this build are part of the key. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "matchers/store.h"

struct head {
	unsigned char sha256[SHA256_BYTES];
	size_t themes, entries, bytes;
};

static const char *place(const struct buf *texts)
{
	return (const char *)texts->length;
}

/* Puts a string behind the others; the empty one stands at the beginning. */
static const char *put(struct buf *texts, const char *s)
{
	const char *at = *s ? place(texts) : NULL;

	if (at)
		buf_append(texts, s, strlen(s) + 1);
	return at;
}

static const char *source_of(const char *file, const struct lexicon_source *sources, size_t count)
{
	size_t i = 0;

	while (i + 1 < count && strcmp(sources[i].name, file) != 0)
		i++;
	return (const char *)i;
}

void store_save(const struct lexicon *l, const struct lexicon_source *sources, size_t source_count, struct buf *out)
{
	struct head head = {.themes = l->theme_count, .entries = l->entry_count};
	struct buf texts = BUF_INIT, lists = BUF_INIT;

	buf_append_char(&texts, '\0');
	buf_append(&texts, l->name, strlen(l->name) + 1);
	buf_append(&texts, l->version, strlen(l->version) + 1);
	for (size_t i = 0; i < l->theme_count; i++) {
		struct theme t = l->themes[i];

		t.code = put(&texts, t.code);
		t.label = put(&texts, t.label);
		t.description = put(&texts, t.description);
		t.file = source_of(t.file, sources, source_count);
		buf_append(&lists, &t, sizeof t);
	}
	for (size_t i = 0; i < l->entry_count; i++) {
		struct entry e = l->entries[i];

		e.source = put(&texts, e.source);
		e.note = put(&texts, e.note);
		e.file = source_of(e.file, sources, source_count);
		e.lexicon = NULL;
		buf_append(&lists, &e, sizeof e);
	}
	memcpy(head.sha256, l->sha256, sizeof head.sha256);
	head.bytes = texts.length;
	buf_append(out, &head, sizeof head);
	buf_append(out, lists.data, lists.length);
	buf_append(out, texts.data, texts.length);
	buf_release(&lists);
	buf_release(&texts);
}

/* Strings, and names of sources, put back into the structs; false if one stands outside. */
struct putting {
	const char *texts, **names;
	size_t bytes, name_count;
	bool failed;
};

static const char *get(struct putting *p, const char *string)
{
	size_t at = (size_t)string;

	p->failed |= at >= p->bytes;
	return p->failed ? "" : p->texts + at;
}

static const char *name(struct putting *p, const char *source)
{
	size_t i = (size_t)source;

	p->failed |= i >= p->name_count;
	return p->failed ? "" : p->names[i];
}

static void put_back(struct store *s, struct putting *p)
{
	struct lexicon *l = &s->lexicon;

	l->name = p->texts + 1;
	l->version = get(p, (const char *)(strlen(l->name) + 2));
	for (size_t i = 0; i < l->theme_count; i++) {
		struct theme *t = &l->themes[i];

		t->code = get(p, t->code);
		t->label = get(p, t->label);
		t->description = get(p, t->description);
		t->file = name(p, t->file);
		*strmap_put(&s->codes, t->code, strlen(t->code), NULL) = i;
	}
	for (size_t i = 0; i < l->entry_count; i++) {
		struct entry *e = &l->entries[i];

		e->source = get(p, e->source);
		e->note = get(p, e->note);
		e->file = name(p, e->file);
		e->lexicon = l;
	}
}

struct lexicon *store_restore(const struct lexicon_source *sources, size_t source_count, struct buf *bytes)
{
	struct head head;

	if (bytes->length < sizeof head)
		return NULL;
	memcpy(&head, bytes->data, sizeof head);
	size_t left = bytes->length - sizeof head;

	if (head.themes > left / sizeof(struct theme) || head.entries > left / sizeof(struct entry) || head.bytes < 3 ||
	    left != head.themes * sizeof(struct theme) + head.entries * sizeof(struct entry) + head.bytes || bytes->data[bytes->length - 1])
		return NULL;
	struct store *s = store_new();

	s->kept = *bytes;
	*bytes = (struct buf)BUF_INIT;
	s->lexicon.themes = (struct theme *)(s->kept.data + sizeof head);
	s->lexicon.entries = (struct entry *)(s->lexicon.themes + head.themes);
	memcpy(s->lexicon.sha256, head.sha256, sizeof head.sha256);
	s->lexicon.theme_count = head.themes;
	s->lexicon.entry_count = head.entries;
	struct putting p = {.texts = (const char *)(s->lexicon.entries + head.entries), .bytes = head.bytes, .name_count = source_count};

	p.names = arena_calloc(&s->arena, source_count + 1, sizeof *p.names);
	for (size_t i = 0; i < source_count; i++)
		p.names[i] = arena_strndup(&s->arena, sources[i].name, strlen(sources[i].name));
	put_back(s, &p);
	if (!p.failed)
		return &s->lexicon;
	store_free(s);
	return NULL;
}
