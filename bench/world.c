#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench/world.h"
#include "corpora/archive.h"
#include "corpora/document.h"
#include "corpora/review.h"

static _Noreturn void fail(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(1);
}

static char *format(const char *pattern, ...) __attribute__((format(printf, 1, 2)));
static char *format(const char *pattern, ...)
{
	struct buf b = BUF_INIT;
	va_list args;
	va_start(args, pattern);
	buf_vprintf(&b, pattern, args);
	va_end(args);
	return buf_detach(&b);
}

/* ---- tables ---- */

void cells_init(struct cells *c, size_t themes)
{
	*c = (struct cells){0};
	c->mentions = mem_calloc(themes * WORLD_YEARS, sizeof(uint64_t));
	c->negated = mem_calloc(themes * WORLD_YEARS, sizeof(uint64_t));
	c->reviews = mem_calloc(themes * WORLD_YEARS, sizeof(uint64_t));
	c->reviews_negated = mem_calloc(themes * WORLD_YEARS, sizeof(uint64_t));
}

void cells_release(struct cells *c)
{
	free(c->mentions);
	free(c->negated);
	free(c->reviews);
	free(c->reviews_negated);
	*c = (struct cells){0};
}

void cells_clear(struct cells *c, size_t themes)
{
	size_t bytes = themes * WORLD_YEARS * sizeof(uint64_t);
	memset(c->mentions, 0, bytes);
	memset(c->negated, 0, bytes);
	memset(c->reviews, 0, bytes);
	memset(c->reviews_negated, 0, bytes);
	memset(c->year_reviews, 0, sizeof c->year_reviews);
	memset(c->year_words, 0, sizeof c->year_words);
}

void cells_add(struct cells *c, const struct cells *more, size_t themes)
{
	for (size_t i = 0; i < themes * WORLD_YEARS; i++) {
		c->mentions[i] += more->mentions[i];
		c->negated[i] += more->negated[i];
		c->reviews[i] += more->reviews[i];
		c->reviews_negated[i] += more->reviews_negated[i];
	}
	for (int y = 0; y < WORLD_YEARS; y++) {
		c->year_reviews[y] += more->year_reviews[y];
		c->year_words[y] += more->year_words[y];
	}
}

const char *cells_differ(const struct cells *found, const struct cells *truth, const struct lexicon *lexicon)
{
	static char message[400];
	for (size_t y = 0; y < WORLD_YEARS; y++) {
		const int year = WORLD_FIRST_YEAR + (int)y;
		if (found->year_reviews[y] != truth->year_reviews[y] || found->year_words[y] != truth->year_words[y]) {
			snprintf(message, sizeof message, "%d: %" PRIu64 " reviews of %" PRIu64 " words; true are %" PRIu64 " of %" PRIu64, year, found->year_reviews[y],
			         found->year_words[y], truth->year_reviews[y], truth->year_words[y]);
			return message;
		}
		for (size_t t = 0; t < lexicon->theme_count; t++) {
			size_t i = y * lexicon->theme_count + t;
			if (found->mentions[i] == truth->mentions[i] && found->negated[i] == truth->negated[i] && found->reviews[i] == truth->reviews[i] &&
			    found->reviews_negated[i] == truth->reviews_negated[i])
				continue;
			snprintf(message, sizeof message, "%d %s: mentions %" PRIu64 ", negated %" PRIu64 ", reviews %" PRIu64 " and %" PRIu64 "; true are %" PRIu64 ", %" PRIu64 ", %" PRIu64
				" and %" PRIu64, year, lexicon->themes[t].code, found->mentions[i], found->negated[i], found->reviews[i], found->reviews_negated[i], truth->mentions[i],
				truth->negated[i], truth->reviews[i], truth->reviews_negated[i]);
			return message;
		}
	}
	return NULL;
}

bool cells_read(struct cells *c, const char *path, const struct lexicon *lexicon)
{
	FILE *f = fopen(path, "r");
	char line[4096];
	if (!f || !fgets(line, sizeof line, f)) {
		if (f)
			fclose(f);
		return false;
	}
	cells_clear(c, lexicon->theme_count);
	bool good = true;
	while (good && fgets(line, sizeof line, f)) {
		int year;
		char code[256];
		uint64_t n[6];
		good = sscanf(line, "%d,%255[^,],%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64, &year, code, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5]) == 8 &&
			year >= WORLD_FIRST_YEAR && year < WORLD_FIRST_YEAR + WORLD_YEARS;
		uint32_t theme = good ? lexicon_theme(lexicon, code) : THEME_NONE;
		good = good && theme != THEME_NONE;
		if (!good)
			break;
		size_t y = (size_t)(year - WORLD_FIRST_YEAR), i = y * lexicon->theme_count + theme;
		c->reviews[i] = n[0];
		c->reviews_negated[i] = n[1];
		c->mentions[i] = n[2];
		c->negated[i] = n[3];
		c->year_reviews[y] = n[4];
		c->year_words[y] = n[5];
	}
	fclose(f);
	return good;
}

/* ---- lexicons ---- */

/* The peers take plain phrases: entries whose layouts are words only, one line for each layout; or an expression for each entry. */
static void write_phrases(const struct lexicon *l, const char *path)
{
	FILE *f = fopen(path, "w");
	if (!f)
		fail(path, strerror(errno));
	for (size_t i = 0; i < l->entry_count; i++) {
		const struct entry *e = &l->entries[i];
		if (e->role != ROLE_MENTION || e->flags & ENTRY_REGEX)
			continue;
		size_t n;
		struct item_list *lists = entry_expand(e, &n);
		for (size_t k = 0; k < n; k++) {
			bool words = true;
			for (size_t w = 0; w < lists[k].count; w++)
				words &= lists[k].items[w].kind == ITEM_WORD;
			for (size_t w = 0; words && w < lists[k].count; w++)
				fprintf(f, "%s%s%s", w ? " " : "", lists[k].items[w].text, lists[k].items[w].possessive ? "'s" : "");
			if (words)
				fputc('\n', f);
		}
		item_lists_free(lists, n);
	}
	if (fclose(f))
		fail(path, strerror(errno));
}

static void item_expression(const struct item *item, struct buf *out)
{
	switch (item->kind) {
	case ITEM_WORD:
	case ITEM_WILDCARD:
		for (const char *c = item->text; *c; c++) {
			if (*c == '*')
				buf_append_str(out, "\\w*");
			else if (strchr(".^$+?()[]{}|\\-", *c))
				buf_printf(out, "\\%c", *c);
			else
				buf_append_char(out, *c);
		}
		if (item->possessive)
			buf_append_str(out, "'s");
		break;
	case ITEM_ANY:
		buf_append_str(out, "\\w+");
		break;
	case ITEM_GAP: /* written by its neighbour */
		break;
	case ITEM_CHOICE:
		break;
	}
}

/* word\s+word, (?:a|b\s+c), word\s+(?:\w+\s+){0,3}word */
static void list_expression(const struct item_list *list, struct buf *out)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct item *item = &list->items[i];
		if (item->kind == ITEM_GAP) {
			buf_printf(out, "(?:\\w+\\s+){0,%u}", item->gap);
			continue;
		}
		bool last = i + 1 == list->count;
		if (item->kind != ITEM_CHOICE) {
			item_expression(item, out);
			buf_append_str(out, last ? "" : list->items[i + 1].hyphen_before ? "[\\s-]*" : "\\s+");
			continue;
		}
		buf_append_str(out, "(?:");
		for (size_t k = 0; k < item->choice_count; k++) {
			buf_append_str(out, k ? "|" : "");
			list_expression(&item->choices[k], out);
			if (!last && item->choices[k].count)
				buf_append_str(out, "\\s+");
		}
		buf_append_char(out, ')');
	}
}

static void write_expressions(const struct lexicon *l, const char *path)
{
	FILE *f = fopen(path, "w");
	struct buf b = BUF_INIT;
	if (!f)
		fail(path, strerror(errno));
	for (size_t i = 0; i < l->entry_count; i++) {
		const struct entry *e = &l->entries[i];
		if (e->role != ROLE_MENTION || e->flags & ENTRY_REGEX)
			continue;
		buf_clear(&b);
		list_expression(entry_pattern(e), &b);
		fprintf(f, "\\b%s\\b\n", b.data);
	}
	buf_release(&b);
	if (fclose(f))
		fail(path, strerror(errno));
}

static void load_lexicon(struct world *w, size_t entries)
{
	struct sized_lexicon *s = &w->lexicons[w->lexicon_count++];
	struct problem_list problems = {0};
	s->entries = entries;
	if (!strcmp(w->definition->lexicon, "shipped")) {
		s->path = mem_strdup("");
		s->lexicon = lexicon_load(NULL, 0, NULL, &problems);
	} else {
		s->path = entries ? format("%s/lexicon-%zu.tsv", w->directory, entries) : format("%s/lexicon.tsv", w->directory);
		const char *path = s->path;
		s->lexicon = lexicon_load(&path, 1, NULL, &problems);
	}
	if (!s->lexicon)
		fail("lexicon", problems.count ? problems.items[0].message : "cannot be read");
	problem_list_release(&problems);
	s->phrases = format("%s/phrases-%zu.txt", w->directory, entries);
	s->expressions = format("%s/expressions-%zu.txt", w->directory, entries);
	write_phrases(s->lexicon, s->phrases);
	write_expressions(s->lexicon, s->expressions);
	char suffix[32] = "";
	if (entries)
		snprintf(suffix, sizeof suffix, "-%zu", entries);
	char *once = format("%s/truth%s.csv", w->directory, suffix), *all = format("%s/truth-all%s.csv", w->directory, suffix);
	cells_init(&s->once, s->lexicon->theme_count);
	cells_init(&s->all, s->lexicon->theme_count);
	if (!cells_read(&s->once, once, s->lexicon) || !cells_read(&s->all, all, s->lexicon))
		fail(once, "not a table of this lexicon; remove the corpus and let it be made anew");
	free(once);
	free(all);
}

const struct sized_lexicon *world_lexicon(const struct world *w, size_t entries)
{
	for (size_t i = 0; i < w->lexicon_count; i++)
		if (w->lexicons[i].entries == entries)
			return &w->lexicons[i];
	fail("job", "asks for a size of lexicon that the corpus line does not name");
}

/* ---- the corpus ---- */

static void shell(const char *command)
{
	int status = system(command);
	if (status)
		fail(command, "failed");
}

/* The shipped lexicon is part of the program: a corpus made for another edition has another truth. */
static void make_corpus(struct world *w, const char *programs, const char *data)
{
	const struct definition *d = w->definition;
	bool shipped = !strcmp(d->lexicon, "shipped");
	char edition[17] = "plain";
	if (shipped) {
		struct problem_list problems = {0};
		struct lexicon *l = lexicon_load(NULL, 0, NULL, &problems);
		if (!l)
			fail("the shipped lexicon", "cannot be read");
		for (int i = 0; i < 4; i++)
			snprintf(edition + 2 * i, 3, "%02x", l->sha256[i]);
		lexicon_free(l);
		problem_list_release(&problems);
	}
	w->directory = format("%s/%s-%s-%s-%s-%s", data, d->lexicon, edition, d->form, d->size, d->per_archive);
	char *manifest = format("%s/manifest.json", w->directory), *lexicon = format("%s/lexicon.tsv", w->directory);
	if (access(manifest, R_OK)) {
		fprintf(stderr, "bench: making %s of %s in %s\n", d->size, d->form, w->directory);
		char *command = format("rm -rf '%s' && mkdir -p '%s'", w->directory, w->directory);
		shell(command);
		free(command);
		if (!shipped) {
			command = format("'%s/bench/gen_lexicon' %s 1 > '%s'", programs, d->lexicon, lexicon);
			shell(command);
			free(command);
			for (const char *s = d->sizes; *s;) {
				char *end;
				unsigned long n = strtoul(s, &end, 10);
				command = format("'%s/bench/gen_lexicon' %lu 1 > '%s/lexicon-%lu.tsv'", programs, n, w->directory, n);
				shell(command);
				free(command);
				s = *end ? end + 1 : end;
			}
		}
		command = format("'%s/bench/gen_corpus' %s%s%s%s -f %s -n %s -r %s -o '%s'", programs, shipped ? "" : "-l '", shipped ? "" : lexicon, shipped ? "" : "' -p",
		                 shipped ? "" : d->sizes, d->form, d->size, d->per_archive, w->directory);
		shell(command);
		free(command);
	}
	json_error_t error;
	json_t *m = json_load_file(manifest, 0, &error);
	if (!m)
		fail(manifest, error.text);
	w->text_bytes = (uint64_t)json_integer_value(json_object_get(m, "text_bytes"));
	w->disk_bytes = (uint64_t)json_integer_value(json_object_get(m, "disk_bytes"));
	w->words = (uint64_t)json_integer_value(json_object_get(m, "words"));
	w->review_count = (size_t)(json_integer_value(json_object_get(m, "reviews")) + json_integer_value(json_object_get(m, "copies")));
	json_decref(m);
	free(manifest);
	free(lexicon);
}

static void keep_text(struct texts *texts, const char *bytes, size_t length, int year)
{
	MEM_GROW(texts->items, texts->count, texts->capacity);
	texts->items[texts->count++] = (struct text){mem_strndup(bytes, length), (uint32_t)length, year};
	texts->bytes += length;
}

static void load_texts(struct world *w)
{
	const char *paths[] = {w->corpus};
	size_t count;
	struct archive_path *list = archive_list(paths, 1, &count, NULL, NULL);
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	struct document_options options = DOCUMENT_OPTIONS_DEFAULT;
	struct document_reader *documents = document_reader_new(&options);
	char message[256];
	struct segmenter *segmenter = segmenter_new(&(struct segmenter_options){0}, message, sizeof message);
	if (!segmenter)
		fail("layouts", message);
	struct cutter *cutter = cutter_new(segmenter);
	struct buf joined = BUF_INIT;
	for (size_t i = 0; i < count; i++) {
		struct fault fault;
		struct member member;
		struct document document;
		const struct review *reviews;
		struct archive *a = archive_open(list[i].path, &limits, &fault);
		if (!a)
			fail(list[i].path, fault.message);
		for (enum archive_status s; (s = archive_next(a, &member, &fault)) != ARCHIVE_END;) {
			if (s == ARCHIVE_REFUSED || s == ARCHIVE_SKIPPED)
				fail(list[i].path, fault.message);
			if (s != ARCHIVE_MEMBER)
				continue;
			keep_text(&w->members, (const char *)member.bytes, member.length, (int)member.format);
			document_begin(documents, &member);
			for (enum document_status ds; (ds = document_next(documents, &document, &fault)) != DOCUMENT_END;) {
				if (ds == DOCUMENT_SKIPPED)
					fail(list[i].path, fault.message);
				size_t n = cutter_cut(cutter, &document, list[i].path, member.file_name, &reviews);
				for (size_t k = 0; k < n; k++) {
					if (reviews[k].kind != KIND_REVIEW)
						continue;
					struct joined_text t = review_join(&reviews[k], &document, &joined);
					keep_text(&w->reviews, t.text, t.length, reviews[k].published.year - WORLD_FIRST_YEAR);
				}
			}
		}
		archive_close(a);
	}
	if (w->reviews.count != w->review_count)
		fail(w->directory, "the segmenter does not find the number of reviews that the corpus has");
	archive_list_free(list, count);
	buf_release(&joined);
	cutter_free(cutter);
	segmenter_free(segmenter);
	document_reader_free(documents);
}

struct world *world_new(const struct definition *d, const char *programs, const char *data, bool texts)
{
	struct world *w = mem_calloc(1, sizeof *w);
	w->definition = d;
	make_corpus(w, programs, data);
	w->corpus = format("%s/corpus", w->directory);
	w->program = format("%s/themetally", programs);
	char *cache = format("%s/cache", data);
	mkdir(cache, 0700);
	w->cache = realpath(cache, NULL); /* XDG_CACHE_HOME counts for nothing unless it is absolute */
	if (!w->cache)
		fail(cache, strerror(errno));
	free(cache);
	load_lexicon(w, 0);
	for (const char *s = d->sizes; *s;) {
		char *end;
		load_lexicon(w, strtoul(s, &end, 10));
		s = *end ? end + 1 : end;
	}
	const char *paths[] = {w->corpus};
	struct archive_path *list = archive_list(paths, 1, &w->archives, NULL, NULL);
	w->single = mem_strdup(w->archives == 1 ? list[0].path : "");
	archive_list_free(list, w->archives);
	if (texts)
		load_texts(w);
	return w;
}

static void texts_release(struct texts *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->items[i].bytes);
	free(t->items);
}

void world_free(struct world *w)
{
	for (size_t i = 0; i < w->lexicon_count; i++) {
		free(w->lexicons[i].path);
		free(w->lexicons[i].phrases);
		free(w->lexicons[i].expressions);
		lexicon_free(w->lexicons[i].lexicon);
		cells_release(&w->lexicons[i].once);
		cells_release(&w->lexicons[i].all);
	}
	texts_release(&w->members);
	texts_release(&w->reviews);
	free(w->directory);
	free(w->corpus);
	free(w->single);
	free(w->program);
	free(w->cache);
	free(w);
}
