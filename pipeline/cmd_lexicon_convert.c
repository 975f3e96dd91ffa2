/* themetally lexicon convert: dictionaries of other programs in, a lexicon out, and the other way round. */
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "corpora/text.h"
#include "matchers/dictionary.h"
#include "pipeline/cmd_lexicon.h"
#include "pipeline/options.h"
#include "pipeline/output.h"
#include "pipeline/session.h"

enum { KEY_FROM = 0x300, KEY_TO, KEY_ENCODING };

#define FILE_BYTES ((size_t)16 << 20) /* as much as a lexicon may have */

struct arguments {
	struct options common;
	enum dictionary_format from, to; /* from: UNKNOWN is to be guessed */
	const char *encoding;            /* NULL is to be found out */
};

static bool is_directory(const char *path)
{
	struct stat status;
	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Reads a file or, for "-", standard input. */
static bool read_file(const char *path, struct buf *bytes)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *in = standard ? stdin : fopen(path, "rbe");
	if (!in) {
		message_error("%s: cannot be opened: %s", path, strerror(errno));
		return false;
	}
	size_t got;
	do {
		buf_reserve(bytes, 64 << 10);
		got = fread(bytes->data + bytes->length, 1, 64 << 10, in);
		bytes->length += got;
	} while (got && bytes->length <= FILE_BYTES);
	bool fine = !ferror(in) && bytes->length <= FILE_BYTES;
	if (ferror(in))
		message_error("%s: cannot be read: %s", path, strerror(errno));
	else if (!fine)
		message_error("%s: more than %zu bytes", path, FILE_BYTES);
	if (!standard)
		fclose(in);
	return fine;
}

/* Turns the bytes into UTF-8 from the encoding of that name. gcc's analyser takes (iconv_t)-1, which is no decoder, for one that is to be closed. */
#ifndef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
static bool decode_from(const char *encoding, const char *path, struct buf *bytes)
{
	iconv_t decoder = iconv_open("UTF-8", encoding);
	if (decoder == (iconv_t)-1) {
		message_error("--encoding: '%s' is unknown; 'iconv -l' lists them", encoding);
		return false;
	}
	struct buf text = BUF_INIT;
	char *in = bytes->data;
	size_t left = bytes->length, failed = 0;
	do {
		buf_reserve(&text, 4 * left + 16);
		char *out = text.data + text.length;
		size_t room = 4 * left + 16, had = room;
		failed = iconv(decoder, left ? &in : NULL, &left, &out, &room);
		text.length += had - room;
	} while (failed == (size_t)-1 && errno == E2BIG);
	iconv_close(decoder);
	if (failed == (size_t)-1)
		message_error("%s: byte %zu is not %s", path, bytes->length - left, encoding);
	buf_release(bytes);
	*bytes = text;
	return failed != (size_t)-1;
}
#ifndef __clang__
#pragma GCC diagnostic pop
#endif

/* Imports one file as text of the native format. XML says its encoding itself; for the rest that is found out. */
static bool import_file(const struct arguments *a, const char *path, struct buf *native, struct problem_list *problems)
{
	enum dictionary_format format = a->from;
	struct buf bytes = BUF_INIT;
	struct text text = {0};
	bool fine = read_file(path, &bytes) && (!a->encoding || decode_from(a->encoding, path, &bytes));
	if (fine && format == DICTIONARY_UNKNOWN)
		format = dictionary_guess(path, bytes.data, bytes.length);
	const char *start = bytes.data;
	size_t length = bytes.length;
	if (fine && format != DICTIONARY_YOSHIKODER) {
		fine = text_decode(&text, (const unsigned char *)bytes.data, bytes.length) == TEXT_OK;
		if (!fine)
			message_error("%s: this is no text", path);
		else if (strcmp(text.encoding, "utf-8") != 0)
			problem_add(problems, PROBLEM_WARNING, path, 0, "read as %s", text.encoding);
		if (fine && text.replaced)
			problem_add(problems, PROBLEM_WARNING, path, 0, "%llu characters could not be decoded", (unsigned long long)text.replaced);
		start = text.bytes;
		length = text.length;
	}
	if (fine)
		fine = dictionary_import(format, strcmp(path, "-") == 0 ? "stdin" : path, start, length, native, problems) == 0;
	text_release(&text);
	buf_release(&bytes);
	return fine;
}

/* All the files as one lexicon; NULL with what is wrong in problems or printed. */
static struct lexicon *import_files(const struct arguments *a, struct problem_list *problems)
{
	const struct options *o = &a->common;
	struct lexicon_source *sources = mem_calloc(o->path_count, sizeof *sources);
	bool fine = true;
	for (size_t i = 0; i < o->path_count; i++) {
		struct buf native = BUF_INIT;
		fine &= import_file(a, o->paths[i], &native, problems);
		size_t length = native.length;
		sources[i] = (struct lexicon_source){o->paths[i], buf_detach(&native), length};
	}
	struct lexicon *lexicon = fine ? lexicon_read(sources, o->path_count, NULL, problems) : NULL;
	for (size_t i = 0; i < o->path_count; i++)
		free((char *)sources[i].bytes);
	free(sources);
	return lexicon;
}

static struct lexicon *open_any(const struct arguments *a, struct problem_list *problems)
{
	const struct options *o = &a->common;
	bool native = a->from == DICTIONARY_NATIVE || !o->path_count;
	for (size_t i = 0; i < o->path_count && !native; i++)
		native = is_directory(o->paths[i]); /* a directory is one of lexicon files */
	return native ? lexicon_load(o->paths, o->path_count, NULL, problems) : import_files(a, problems);
}

/* Keeps the themes that --themes names. */
static struct lexicon *narrow(struct lexicon *lexicon, const char *themes, struct problem_list *problems)
{
	if (!lexicon || !themes)
		return lexicon;
	struct lexicon *part = lexicon_select(lexicon, themes, problems);
	lexicon_free(lexicon);
	return part;
}

static enum exit_status convert(struct arguments *a)
{
	const struct options *o = &a->common;
	struct problem_list problems = {NULL, 0, 0};
	struct buf out = BUF_INIT;
	struct lexicon *lexicon = narrow(open_any(a, &problems), o->themes, &problems);
	bool fine = lexicon && dictionary_export(lexicon, a->to, &out, &problems) == 0;
	session_report_problems(&problems);
	enum exit_status status = !fine ? STATUS_USAGE : problems.count ? STATUS_PARTIAL : STATUS_DONE;
	struct output file;
	if (fine && output_open(&file, o->output) == 0) {
		fwrite(out.data, 1, out.length, file.file);
		if (output_commit(&file) != 0)
			status = STATUS_CANNOT_RUN;
	} else if (fine)
		status = STATUS_CANNOT_RUN;
	if (fine && !o->quiet)
		message_note("%s: %zu entries, %zu themes, written as %s; %zu warnings", lexicon->name, lexicon->entry_count, lexicon->theme_count, dictionary_word(a->to),
		             problems.count);
	lexicon_free(lexicon);
	buf_release(&out);
	problem_list_release(&problems);
	return status;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case KEY_FROM:
		if (dictionary_parse(arg, &a->from) != 0)
			argp_error(state, "--from: '%s' is not one of " DICTIONARY_WORDS, arg);
		return 0;
	case KEY_TO:
		if (dictionary_parse(arg, &a->to) != 0 || (a->to != DICTIONARY_NATIVE && a->to != DICTIONARY_QUANTEDA && a->to != DICTIONARY_LIWC))
			argp_error(state, "--to: '%s' is not one of native, quanteda, liwc", arg);
		return 0;
	case KEY_ENCODING:
		a->encoding = arg;
		return 0;
	case 't':
		a->common.themes = arg;
		return 0;
	case 'o':
		a->common.output = arg;
		return 0;
	}
	return options_common_key(key, arg, state, &a->common, 1);
}

static const struct argp_option own[] = {
	{"from", KEY_FROM, "FORMAT", 0, DICTIONARY_WORDS " (default: by the file's name and first bytes)", 0},
	{"to", KEY_TO, "FORMAT", 0, "native (default), quanteda or liwc", 0},
	{"encoding", KEY_ENCODING, "NAME", 0, "Of the files, such as iso-8859-2 (default: UTF-8, UTF-16 or Windows-1252, by their bytes; XML says its own)", 0},
	{"themes", 't', "PATTERN", 0, "Only themes that match, with all below them: a code, a code with *, or several joined by commas", 0},
	{"output", 'o', "FILE", 0, "Write to FILE, whole or not at all", 0},
	{0}};
static const struct argp_child children[] = {{&options_message_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
	own, parse, "[FILE...]",
	"Turns dictionaries of other programs into a lexicon, and a lexicon into a quanteda or LIWC dictionary.\v"
	"Several files become one lexicon; without one, the shipped lexicon is converted. What cannot be carried over is named with its line; "
	"docs/dictionaries.md says how each format is mapped.\n"
	"Exit status: 0 all was carried over; 1 not all; 2 nothing could be made of it.\n\n"
	"Examples:\n"
	"  themetally lexicon convert LIWC.dic -o liwc.tsv\n"
	"  themetally lexicon convert --from flashtext keywords.txt\n"
	"  themetally lexicon convert --to quanteda --themes 'harm.*' -o harm.yml\n",
	children, NULL, NULL};

int lexicon_convert(int argc, char **argv)
{
	struct arguments a = {.to = DICTIONARY_NATIVE};
	options_init(&a.common);
	enum exit_status status = options_parse_into(&argp, argc, argv, &a, &a.common) ? STATUS_USAGE : convert(&a);
	options_release(&a.common);
	return status;
}
