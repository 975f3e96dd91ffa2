#include "pipeline/manifest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"

struct manifest {
	char *path;                    /* of the list itself, canonical */
	struct arena names;
	struct manifest_entry *entries;
	size_t count, capacity;
	struct strmap places;          /* of canonical paths: the number of the entry */
	struct manifest_entry nobody;  /* for archives that are not in the list */
};

/* The path without links and detours, as long as there is such a file; else as it stands. */
static char *canonical(const char *folder, size_t folder_length, const char *name)
{
	struct buf path = BUF_INIT;
	if (*name != '/')
		buf_append(&path, folder, folder_length);
	buf_append_str(&path, name);
	char *real = realpath(path.data, NULL);
	if (!real)
		return buf_detach(&path);
	char *copy = mem_strdup(real);
	free(real);
	buf_release(&path);
	return copy;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_hash(const char *hex, unsigned char sha256[SHA256_BYTES])
{
	for (size_t i = 0; i < SHA256_BYTES; i++) {
		int high = digit(hex[2 * i]), low = high < 0 ? -1 : digit(hex[2 * i + 1]);
		if (low < 0)
			return false;
		sha256[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

/* The file name of a line that began with a backslash: \n, \r and \\ stand for what cannot stand in it. */
static void unescape(char *name)
{
	char *out = name;
	for (; *name; name++) {
		if (*name == '\\' && name[1])
			*out++ = *++name == 'n' ? '\n' : *name == 'r' ? '\r' : *name;
		else
			*out++ = *name;
	}
	*out = '\0';
}

/* "HASH  NAME", "HASH *NAME", or with --tag "SHA256 (NAME) = HASH". The name is left in the line; NULL: it is none of these. */
static char *read_line(char *line, size_t length, unsigned char sha256[SHA256_BYTES])
{
	static const char tag[] = "SHA256 (", between[] = ") = ";
	enum { HEX = 2 * SHA256_BYTES };
	bool escaped = *line == '\\';
	char *name, *at = line + escaped;
	length -= escaped;
	if (length > sizeof tag - 1 + sizeof between - 1 + HEX && strncmp(at, tag, sizeof tag - 1) == 0) {
		char *end = at + length - HEX - (sizeof between - 1);
		if (strncmp(end, between, sizeof between - 1) != 0 || !read_hash(end + sizeof between - 1, sha256))
			return NULL;
		name = at + sizeof tag - 1;
		*end = '\0';
	} else {
		if (length < HEX + 3 || !read_hash(at, sha256) || at[HEX] != ' ' || (at[HEX + 1] != ' ' && at[HEX + 1] != '*'))
			return NULL;
		name = at + HEX + 2;
	}
	if (escaped)
		unescape(name);
	return name;
}

static bool add_line(struct manifest *m, const char *path, char *line, size_t length, unsigned number, char *message, size_t message_size)
{
	struct manifest_entry e = {.line = number};
	while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
		line[--length] = '\0';
	if (!length || *line == '#')
		return true;
	const char *name = strlen(line) == length ? read_line(line, length, e.sha256) : NULL;
	if (!name || !*name) {
		snprintf(message, message_size, "%s:%u: no line of sha256sum: 64 hexadecimal digits, two spaces and a name", path, number);
		return false;
	}
	const char *slash = strrchr(path, '/');
	char *key = canonical(path, slash ? (size_t)(slash + 1 - path) : 0, name);
	bool is_new;
	size_t *place = strmap_put(&m->places, key, strlen(key), &is_new);
	free(key);
	if (!is_new) {
		if (memcmp(m->entries[*place].sha256, e.sha256, sizeof e.sha256) == 0)
			return true;
		snprintf(message, message_size, "%s:%u: line %u has another checksum for the same file", path, number, m->entries[*place].line);
		return false;
	}
	*place = m->count;
	e.name = arena_strndup(&m->names, name, strlen(name));
	MEM_GROW(m->entries, m->count, m->capacity);
	m->entries[m->count++] = e;
	return true;
}

struct manifest *manifest_read(const char *path, char *message, size_t message_size)
{
	FILE *f = fopen(path, "re");
	if (!f) {
		snprintf(message, message_size, "%s: %s", path, strerror(errno));
		return NULL;
	}
	struct manifest *m = mem_calloc(1, sizeof *m);
	m->path = canonical("", 0, path);
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	bool good = true;
	for (unsigned number = 1; good && (length = getline(&line, &size, f)) > 0; number++)
		good = add_line(m, path, line, (size_t)length, number, message, message_size);
	if (good && ferror(f)) {
		good = false;
		snprintf(message, message_size, "%s: %s", path, strerror(errno));
	} else if (good && !m->count) {
		good = false;
		snprintf(message, message_size, "%s: no checksums in it", path);
	}
	free(line);
	fclose(f);
	if (good)
		return m;
	manifest_free(m);
	return NULL;
}

void manifest_free(struct manifest *m)
{
	if (!m)
		return;
	free(m->path);
	arena_release(&m->names);
	free(m->entries);
	strmap_release(&m->places);
	free(m);
}

bool manifest_is(const struct manifest *m, const char *path)
{
	char *key = canonical("", 0, path);
	bool is = strcmp(key, m->path) == 0;
	free(key);
	return is;
}

const struct manifest_entry *manifest_entry(struct manifest *m, const char *path)
{
	char *key = canonical("", 0, path);
	const size_t *place = strmap_find(&m->places, key, strlen(key));
	free(key);
	if (!place)
		return &m->nobody;
	m->entries[*place].given = true;
	return &m->entries[*place];
}

const struct manifest_entry *manifest_next_missing(const struct manifest *m, size_t *at)
{
	while (*at < m->count)
		if (!m->entries[(*at)++].given)
			return &m->entries[*at - 1];
	return NULL;
}

bool manifest_refuses(const struct manifest_entry *e, const unsigned char sha256[SHA256_BYTES], struct fault *fault)
{
	if (e->line && memcmp(e->sha256, sha256, SHA256_BYTES) == 0)
		return false;
	if (e->line)
		fault_set(fault, FAULT_CHECKSUM, NULL, FAULT_NO_OFFSET, FAULT_NO_OFFSET, 0,
		          "its SHA-256 is not that of line %u of the list: it is damaged, cut or another version; fetch it again", e->line);
	else
		fault_set(fault, FAULT_CHECKSUM, NULL, FAULT_NO_OFFSET, FAULT_NO_OFFSET, 0, "the list of checksums does not have it");
	return true;
}

bool manifest_refuses_file(const struct manifest_entry *e, const char *path, struct fault *fault)
{
	unsigned char hash[SHA256_BYTES];
	return sha256_file(path, hash) == 0 && manifest_refuses(e, hash, fault);
}
