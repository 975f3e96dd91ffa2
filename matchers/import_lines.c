/* Formats of one phrase a line: Lexicoder 3, FlashText keywords, plain lists. */
#include <string.h>

#include "matchers/import.h"

/* "+category" or "+category#colour", then its words; a word may hold *. */
bool import_lexicoder(struct import *in, const char *bytes, size_t length)
{
	static const struct phrase_style style = {.stars = true};
	uint32_t theme = IMPORT_TOP;
	const char *text;
	size_t at = 0, n;
	while (import_next_line(bytes, length, &at, &in->line, &text, &n)) {
		import_trim(&text, &n);
		if (!n)
			continue;
		if (*text == '+') {
			const char *colour = memchr(text, '#', n);
			theme = import_theme(in, IMPORT_TOP, text + 1, colour ? (size_t)(colour - text - 1) : n - 1, NULL);
		} else {
			if (theme == IMPORT_TOP)
				theme = import_file_theme(in);
			import_phrase(in, theme, text, n, &style, "");
		}
	}
	in->line = 0;
	return true;
}

/* "variant=>name", or a name that is its own variant. Nothing in it is a wildcard. */
bool import_flashtext(struct import *in, const char *bytes, size_t length)
{
	static const struct phrase_style style = {.stars = false};
	const char *text;
	size_t at = 0, n;
	while (import_next_line(bytes, length, &at, &in->line, &text, &n)) {
		import_trim(&text, &n);
		if (!n)
			continue;
		const char *arrow = memmem(text, n, "=>", 2), *name = arrow ? arrow + 2 : text;
		size_t name_length = (size_t)(text + n - name), phrase_length = arrow ? (size_t)(arrow - text) : n;
		import_trim(&name, &name_length);
		if (!name_length) {
			import_warn(in, "'%.*s' has no name after '=>' and is left out", (int)n, text);
			continue;
		}
		import_phrase(in, import_theme(in, IMPORT_TOP, name, name_length, NULL), text, phrase_length, &style, "");
	}
	in->line = 0;
	return true;
}

/* Lines that begin with '#' are comments. */
bool import_phrases(struct import *in, const char *bytes, size_t length)
{
	static const struct phrase_style style = {.stars = true};
	const char *text;
	size_t at = 0, n;
	while (import_next_line(bytes, length, &at, &in->line, &text, &n)) {
		import_trim(&text, &n);
		if (n && *text != '#')
			import_phrase(in, import_file_theme(in), text, n, &style, "");
	}
	in->line = 0;
	return true;
}
