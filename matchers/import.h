/* Private to dictionary import: what every reader of a format hands its themes and entries to. */
#ifndef MATCHERS_IMPORT_H
#define MATCHERS_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/strmap.h"
#include "matchers/dictionary.h"

#define IMPORT_TOP UINT32_MAX      /* parent of the themes at the top */
#define IMPORT_FAILED (UINT32_MAX - 1) /* a theme that could not be made; entries given to it are dropped, each with a warning */

struct import {
	const char *name;          /* of the file */
	uint32_t line;             /* being read; 0: not known */
	struct problem_list *problems;
	struct buf lexicon_name;   /* set by formats that have one */
	char **themes;             /* codes, the whole path each */
	size_t theme_count, theme_capacity;
	struct strmap by_label;    /* parent and label: theme + 1 */
	struct strmap codes;       /* codes in use */
	struct buf directives, rows;
	size_t row_count;
	struct arena arena;        /* freed when the import ends */
	struct buf scratch, message;
};

void import_warn(struct import *in, const char *format, ...) __attribute__((format(printf, 2, 3)));
void import_error(struct import *in, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The theme of that name under parent, made if it is new: its code is the name folded, with '_' for what a code cannot hold; its label is the
 * name as it is, or the one given. description may be NULL. */
uint32_t import_theme(struct import *in, uint32_t parent, const char *name, size_t length, const char *description);
uint32_t import_labelled_theme(struct import *in, uint32_t parent, const char *name, size_t length, const char *label);
/* The theme that stands for the whole file, for formats or entries without categories. */
uint32_t import_file_theme(struct import *in);

/* How a format writes phrases. */
struct phrase_style {
	bool stars;      /* * stands for any run of characters */
	bool questions;  /* ? stands for one character */
	unsigned flags;  /* of enum entry_flag, for the entry */
};

/* Adds a phrase as an entry: characters that mean something in a pattern are taken out, and so are those that no entry crosses, with a
 * warning each. False, with a warning, if nothing that can match is left. note may be "". */
bool import_phrase(struct import *in, uint32_t theme, const char *text, size_t length, const struct phrase_style *style, const char *note);
/* The pattern that import_phrase() would make, or NULL with a warning; lives until the import ends. Without a pattern for '?'. */
const char *import_pattern(struct import *in, const char *text, size_t length, const struct phrase_style *style);
/* Adds an entry whose pattern is in native syntax; false with a warning if it is refused. */
bool import_entry(struct import *in, uint32_t theme, const char *pattern, unsigned flags, const char *note);

/* The next line of a text, without its end; false at the end. *at starts at 0; line is counted up. */
bool import_next_line(const char *bytes, size_t length, size_t *at, uint32_t *line, const char **text, size_t *text_length);
/* Takes blanks (space, tab, carriage return) off both ends. */
void import_trim(const char **text, size_t *length);

/* The readers. They return false with an error if the file is not of their format at all. */
bool import_liwc(struct import *in, const char *bytes, size_t length);
bool import_dicx(struct import *in, const char *bytes, size_t length);
bool import_wordstat(struct import *in, const char *bytes, size_t length);
bool import_yoshikoder(struct import *in, const char *bytes, size_t length);
bool import_lexicoder(struct import *in, const char *bytes, size_t length);
bool import_quanteda(struct import *in, const char *bytes, size_t length);
bool import_spacy(struct import *in, const char *bytes, size_t length);
bool import_flashtext(struct import *in, const char *bytes, size_t length);
bool import_phrases(struct import *in, const char *bytes, size_t length);

#endif
