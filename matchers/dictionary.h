/* Dictionaries of other programs, to and from the native format. docs/dictionaries.md says how each is mapped.
 *
 * Whatever cannot be carried over is named with its line as a warning; nothing is left out in silence. Any thread. */
#ifndef MATCHERS_DICTIONARY_H
#define MATCHERS_DICTIONARY_H

#include <stddef.h>

#include "matchers/lexicon.h"

struct buf;

enum dictionary_format {
	DICTIONARY_UNKNOWN,
	DICTIONARY_NATIVE,
	DICTIONARY_LIWC,       /* .dic of LIWC 2001 to 2015 */
	DICTIONARY_DICX,       /* .dicx of LIWC-22, comma-separated */
	DICTIONARY_WORDSTAT,   /* .cat */
	DICTIONARY_YOSHIKODER, /* .ykd; also Lexicoder 2's .lcd, which has the same elements */
	DICTIONARY_LEXICODER,  /* .lc3 */
	DICTIONARY_QUANTEDA,   /* YAML */
	DICTIONARY_SPACY,      /* EntityRuler patterns, JSON lines */
	DICTIONARY_FLASHTEXT,  /* variant=>name */
	DICTIONARY_PHRASES     /* one phrase a line, all of one theme */
};
const char *dictionary_word(enum dictionary_format format);   /* "native", "liwc", "dicx", ... */
int dictionary_parse(const char *word, enum dictionary_format *format); /* 0, or -1 if unknown */
#define DICTIONARY_WORDS "native, liwc, dicx, wordstat, yoshikoder, lexicoder, quanteda, spacy, flashtext, phrases"

/* By the file's name where its extension tells, else by its first bytes; a text of which neither tells anything is PHRASES. */
enum dictionary_format dictionary_guess(const char *name, const char *bytes, size_t length);

/* Appends the dictionary to native as a lexicon file. bytes are UTF-8 (the caller decodes), or XML in the encoding that it declares.
 * name is used in messages and, without folder and extension, as the lexicon's name where the format has none. 0; -1 with an
 * error, native then unchanged. */
int dictionary_import(enum dictionary_format format, const char *name, const char *bytes, size_t length, struct buf *native,
                      struct problem_list *problems);

/* Appends the lexicon to out in a format: NATIVE, QUANTEDA or LIWC. 0; -1 with an error. */
int dictionary_export(const struct lexicon *lexicon, enum dictionary_format format, struct buf *out, struct problem_list *problems);

#endif
