/* Lexicons from files, from the program itself, and, where it has them, from the cache. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cache.h"
#include "base/mem.h"
#include "base/resource.h"
#include "base/sha256.h"
#include "matchers/lexicon.h"
#include "matchers/store.h"

struct files {
	struct lexicon_source *sources;
	size_t count, capacity;
	size_t room; /* bytes that may still be read */
	bool shipped;
	struct problem_list *problems;
};

static void add_file(struct files *f, const char *path)
{
	FILE *in = fopen(path, "rbe");
	if (!in) {
		if (errno == ENOMEM)
			mem_exhausted();
		problem_add(f->problems, PROBLEM_ERROR, path, 0, "cannot be opened: %s", strerror(errno));
		return;
	}
	struct buf bytes = BUF_INIT;
	size_t got;
	do {
		buf_reserve(&bytes, 64 << 10);
		got = fread(bytes.data + bytes.length, 1, 64 << 10, in);
		bytes.length += got;
	} while (got && bytes.length <= f->room);
	if (ferror(in))
		problem_add(f->problems, PROBLEM_ERROR, path, 0, "cannot be read: %s", strerror(errno));
	fclose(in);
	f->room -= bytes.length < f->room ? bytes.length : f->room;
	MEM_GROW(f->sources, f->count, f->capacity);
	size_t length = bytes.length;
	f->sources[f->count++] = (struct lexicon_source){mem_strdup(path), buf_detach(&bytes), length};
}

static bool ends_in_tsv(const char *name)
{
	size_t length = strlen(name);
	return length > 4 && *name != '.' && strcmp(name + length - 4, ".tsv") == 0;
}

static int is_lexicon_file(const struct dirent *d)
{
	return ends_in_tsv(d->d_name);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_directory(struct files *f, const char *path)
{
	struct dirent **names;
	int count = scandir(path, &names, is_lexicon_file, by_name);
	if (count < 0) {
		problem_add(f->problems, PROBLEM_ERROR, path, 0, "cannot be read: %s", strerror(errno));
		return;
	}
	if (!count)
		problem_add(f->problems, PROBLEM_ERROR, path, 0, "no .tsv file in this directory");
	for (int i = 0; i < count; i++) {
		struct buf name = BUF_INIT;
		buf_printf(&name, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/", names[i]->d_name);
		add_file(f, name.data);
		buf_release(&name);
		free(names[i]);
	}
	free(names);
}

static void add_shipped(struct files *f)
{
	static const char folder[] = "lexicons/safeguarding/";
	size_t count;
	const struct resource *resources = resource_list(&count);
	f->shipped = true;
	for (size_t i = 0; i < count; i++)
		if (strncmp(resources[i].name, folder, strlen(folder)) == 0 && ends_in_tsv(resources[i].name)) {
			MEM_GROW(f->sources, f->count, f->capacity);
			f->sources[f->count++] = (struct lexicon_source){resources[i].name, resources[i].bytes, resources[i].length};
		}
	if (!f->count)
		problem_add(f->problems, PROBLEM_ERROR, folder, 0, "no lexicon was built into this program; name one with --lexicon");
}

static void add_paths(struct files *f, const char *const *paths, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct stat status;
		if (stat(paths[i], &status) == 0 && S_ISDIR(status.st_mode))
			add_directory(f, paths[i]);
		else
			add_file(f, paths[i]);
	}
}

static struct lexicon *read_cached(const struct files *f, const char *cache_directory, const struct lexicon_limits *limits, struct problem_list *problems)
{
	unsigned char sum[SHA256_BYTES], key[SHA256_BYTES];
	struct buf kept = BUF_INIT;
	struct sha256 h;
	size_t problems_before = problems->count;
	cache_key_begin_for_build(&h, f->shipped ? "shipped lexicon" : "lexicon");
	if (!f->shipped) { /* that is one of the sources of the build */
		store_sum(f->sources, f->count, sum);
		sha256_update(&h, sum, sizeof sum);
	}
	sha256_final(&h, key);
	struct lexicon *lexicon = cache_read(cache_directory, key, &kept) ? store_restore(f->sources, f->count, &kept) : NULL;
	if (!lexicon)
		lexicon = lexicon_read(f->sources, f->count, limits, problems);
	if (lexicon && !((struct store *)lexicon)->kept.data && problems->count == problems_before) {
		buf_clear(&kept);
		store_save(lexicon, f->sources, f->count, &kept);
		cache_write(cache_directory, key, kept.data, kept.length);
	}
	buf_release(&kept);
	return lexicon;
}

static struct lexicon *load(const char *const *paths, size_t count, const struct lexicon_limits *limits, const char *cache_directory, struct problem_list *problems)
{
	static const struct lexicon_limits defaults = LEXICON_LIMITS_DEFAULT;
	if (!limits)
		limits = &defaults;
	struct files f = {.room = limits->file_bytes, .problems = problems};
	size_t errors_before = problem_errors(problems);
	if (count)
		add_paths(&f, paths, count);
	else
		add_shipped(&f);
	struct lexicon *lexicon = NULL;
	if (problem_errors(problems) == errors_before)
		lexicon = cache_directory ? read_cached(&f, cache_directory, limits, problems) : lexicon_read(f.sources, f.count, limits, problems);
	for (size_t i = 0; count && i < f.count; i++) {
		free((char *)f.sources[i].name);
		free((char *)f.sources[i].bytes);
	}
	free(f.sources);
	return lexicon;
}

struct lexicon *lexicon_load(const char *const *paths, size_t count, const struct lexicon_limits *limits, struct problem_list *problems)
{
	return load(paths, count, limits, NULL, problems);
}

struct lexicon *lexicon_load_cached(const char *const *paths, size_t count, const char *cache_directory, struct problem_list *problems)
{
	return load(paths, count, NULL, cache_directory, problems);
}
