/* Folding: when two words are the same word (docs/counting-rules.md section 1.2), and what a character is (section 2).
 * Any thread. Unicode data is utf8proc's. */
#ifndef MATCHERS_FOLD_H
#define MATCHERS_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Appends the folded form of length bytes of valid UTF-8 to out. keep_case leaves out case folding only. A word folds
 * alike wherever it stands, and folding what is folded changes nothing. */
void fold_append(struct buf *out, const char *text, size_t length, bool keep_case);

/* Of the Unicode data: "15.0.0". */
const char *fold_unicode_version(void);

/* What a code point is to the tokeniser. */
enum char_class {
	CHAR_OTHER,      /* plain separator: quotation marks, symbols, ... */
	CHAR_WORD,       /* letter, mark, number */
	CHAR_IGNORED,    /* soft hyphen and zero-width characters: part of a token between token characters */
	CHAR_APOSTROPHE,
	CHAR_HYPHEN,     /* -, U+2010..2015, U+2212 */
	CHAR_SPACE,      /* Zs */
	CHAR_TAB,
	CHAR_LINE,       /* \n, \r, U+0085, U+2028, vertical tab */
	CHAR_PAGE,       /* form feed, U+2029 */
	CHAR_SOFT,       /* comma, brackets */
	CHAR_STOP,       /* . and : */
	CHAR_BREAK       /* the rest of the hard breaks */
};
enum char_class char_class(uint32_t code_point);
bool char_is_upper(uint32_t code_point); /* Lu, Lt */
bool char_is_lower(uint32_t code_point); /* Ll */
bool char_is_digit(uint32_t code_point); /* Nd */
bool char_is_letter(uint32_t code_point); /* L*, but not U+02BC, which is an apostrophe */

#endif
