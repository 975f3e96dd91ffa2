#include "matchers/dictionary.h"

#include <string.h>

static const char *const words[] = {
	[DICTIONARY_UNKNOWN] = "unknown",     [DICTIONARY_NATIVE] = "native",       [DICTIONARY_LIWC] = "liwc",
	[DICTIONARY_DICX] = "dicx",           [DICTIONARY_WORDSTAT] = "wordstat",   [DICTIONARY_YOSHIKODER] = "yoshikoder",
	[DICTIONARY_LEXICODER] = "lexicoder", [DICTIONARY_QUANTEDA] = "quanteda",   [DICTIONARY_SPACY] = "spacy",
	[DICTIONARY_FLASHTEXT] = "flashtext", [DICTIONARY_PHRASES] = "phrases",
};
#define FORMATS (sizeof words / sizeof *words)

const char *dictionary_word(enum dictionary_format format)
{
	return words[format];
}

int dictionary_parse(const char *word, enum dictionary_format *format)
{
	for (size_t i = DICTIONARY_NATIVE; i < FORMATS; i++)
		if (strcmp(word, words[i]) == 0) {
			*format = (enum dictionary_format)i;
			return 0;
		}
	return -1;
}

static enum dictionary_format by_extension(const char *name)
{
	static const struct {
		const char *extension;
		enum dictionary_format format;
	} known[] = {
		{".tsv", DICTIONARY_NATIVE},     {".dic", DICTIONARY_LIWC},      {".dicx", DICTIONARY_DICX},     {".cat", DICTIONARY_WORDSTAT},
		{".ykd", DICTIONARY_YOSHIKODER}, {".lcd", DICTIONARY_YOSHIKODER}, {".lc3", DICTIONARY_LEXICODER}, {".yml", DICTIONARY_QUANTEDA},
		{".yaml", DICTIONARY_QUANTEDA},  {".jsonl", DICTIONARY_SPACY},
	};
	const char *slash = strrchr(name, '/'), *dot = strrchr(slash ? slash : name, '.');
	for (size_t i = 0; dot && i < sizeof known / sizeof *known; i++)
		if (strcasecmp(dot, known[i].extension) == 0)
			return known[i].format;
	return DICTIONARY_UNKNOWN;
}

static bool starts_with(const char *text, size_t length, const char *with)
{
	size_t n = strlen(with);
	return length >= n && memcmp(text, with, n) == 0;
}

/* Whether most lines of the first few thousand bytes hold '=>'. */
static bool has_arrows(const char *text, size_t length)
{
	size_t lines = 0, arrows = 0;
	for (const char *end = text + (length < 8192 ? length : 8192); text < end;) {
		const char *line_end = memchr(text, '\n', (size_t)(end - text));
		if (!line_end)
			line_end = end;
		lines += line_end > text;
		arrows += memmem(text, (size_t)(line_end - text), "=>", 2) != NULL;
		text = line_end + 1;
	}
	return arrows * 2 > lines;
}

static enum dictionary_format by_content(const char *text, size_t length)
{
	while (length && (strchr(" \t\r\n", *text) || starts_with(text, length, "\xef\xbb\xbf"))) {
		size_t n = strchr(" \t\r\n", *text) ? 1 : 3;
		text += n;
		length -= n;
	}
	static const struct {
		const char *start;
		enum dictionary_format format;
	} known[] = {
		{"theme\tpattern", DICTIONARY_NATIVE}, {"@lexicon ", DICTIONARY_NATIVE}, {"@theme ", DICTIONARY_NATIVE}, {"%", DICTIONARY_LIWC},
		{"DicTerm", DICTIONARY_DICX},          {"<", DICTIONARY_YOSHIKODER},     {"{\"", DICTIONARY_SPACY},      {"+", DICTIONARY_LEXICODER},
		{"---", DICTIONARY_QUANTEDA},
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (starts_with(text, length, known[i].start))
			return known[i].format;
	return has_arrows(text, length) ? DICTIONARY_FLASHTEXT : DICTIONARY_PHRASES;
}

enum dictionary_format dictionary_guess(const char *name, const char *bytes, size_t length)
{
	enum dictionary_format format = by_extension(name), content = by_content(bytes, length);
	/* XML is XML whatever the name says, and nothing else that is read here begins with '<' */
	return format == DICTIONARY_UNKNOWN || content == DICTIONARY_YOSHIKODER ? content : format;
}
