#include "tests/hurt.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/utf8.h"
#include "tests/judge.h"

enum { WORDS_MOST = 16, LARGE_ENTRIES = 1000, WIDE_ENTRIES = 70000, LONG_TOKENS = 100000 };

struct hurt {
	uint64_t random;
	enum hurt_kind kind;
	const char *words[WORDS_MOST];
	unsigned word_count;
	char made[32];        /* the last word of HURT_LARGE and HURT_WIDE */
	unsigned strangeness; /* of 100 separators, how many are not a space */
	unsigned characters;  /* of 1000 separators, how many are any character at all */
	struct buf lexicon, text;
};

/* splitmix64 */
static uint64_t next(struct hurt *h)
{
	uint64_t z = h->random += 0x9E3779B97F4A7C15u;

	z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
	z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return z ^ (z >> 31);
}

static unsigned below(struct hurt *h, unsigned n)
{
	return (unsigned)(next(h) % n);
}

static bool chance(struct hurt *h, unsigned percent)
{
	return below(h, 100) < percent;
}

#define PICK(h, array) ((array)[below(h, sizeof(array) / sizeof *(array))])

/* ---- words ---- */

/* Words that are parts of one another, so that cuts, closed forms and wildcards meet. */
static const char *const LETTERS[] = {"a", "b", "ab", "ba", "aa", "aab", "abb", "bab", "as", "bs", "s", "ass", "a", "b", "ab"};
static const char *const ENGLISH[] = {"co", "sleeping", "cosleeping", "neg", "lect", "neglect", "neglected", "no", "not", "but", "child", "children",
                                      "parent", "parents", "step", "stepparent", "SEN", "sen", "risk", "of", "at", "under", "age", "underage"};
static const char *const FOREIGN[] = {"café", "cafe", "cafe\u0301", "na\u00EFve", "\uFB01re", "fire", "stra\u00DFe", "strasse", "й", "и", "\u0306", "\u0301", "dŵr",
                                      "\u0130", "i", "\u0131", "\u212A", "k", "\u017F", "s", "\u0149", "n", "第", "一", "\uAC00", "\u1100", "\u1161", "e", "\u0345",
                                      "\u03B1", "\u1FB3", "2", "5", "\u0664", "\u00BD", "\u01C5", "\U0001D7D8", "\u0915\u094D", "\u20DD", "\u02BB", "x\u200Dy", "e\u00AD"};

static void choose_words(struct hurt *h)
{
	unsigned kind = below(h, 10);

	h->word_count = 2 + below(h, WORDS_MOST - 2);
	for (unsigned i = 0; i < h->word_count; i++) {
		if (kind < 4)
			h->words[i] = PICK(h, LETTERS);
		else if (kind < 7)
			h->words[i] = PICK(h, ENGLISH);
		else if (kind < 9 && chance(h, 50))
			h->words[i] = PICK(h, FOREIGN);
		else
			h->words[i] = chance(h, 50) ? PICK(h, ENGLISH) : PICK(h, LETTERS);
	}
}

/* The n-th word of HURT_WIDE. */
static const char *wide_word(struct hurt *h, unsigned n)
{
	char *c = h->made;

	for (; n; n /= 26)
		*c++ = (char)('a' + n % 26);
	memcpy(c, "w", 2);
	return h->made;
}

/* Good until the next call. */
static const char *any_word(struct hurt *h)
{
	static const char *const syllables[] = {"ba", "co", "di", "en", "fo", "gu", "ha", "s"};

	if (h->kind == HURT_WIDE)
		return wide_word(h, below(h, WIDE_ENTRIES + 1000));
	if (h->kind == HURT_LARGE) {
		const char *first = PICK(h, syllables), *second = chance(h, 67) ? PICK(h, syllables) : "", *third = chance(h, 33) ? PICK(h, syllables) : "";
		snprintf(h->made, sizeof h->made, "%s%s%s", first, second, third);
		return h->made;
	}
	return h->words[below(h, h->word_count)];
}

static void add_cased(struct hurt *h, struct buf *out, const char *word)
{
	unsigned how = below(h, 12);

	for (const char *c = word; *c; c++)
		buf_append_char(out, how == 0 || (how == 1 && c == word) ? (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c) : *c);
}

/* ---- characters ---- */

/* Some code points of each general category. */
static uint32_t any_character(struct hurt *h)
{
	enum { CATEGORIES = 30, EACH = 512 };
	static uint32_t points[CATEGORIES][EACH];
	static unsigned counts[CATEGORIES];

	if (counts[UTF8PROC_CATEGORY_LU] == 0)
		for (uint32_t c = 0; c <= 0x10FFFF; c++) {
			unsigned category = utf8proc_category((utf8proc_int32_t)c);

			if (category == UTF8PROC_CATEGORY_CS)
				continue;
			if (counts[category] < EACH)
				points[category][counts[category]] = c;
			else /* keep the first ones and a spread over the rest */
				points[category][EACH / 2 + (c * 2654435761u >> 8) % (EACH / 2)] = c;
			counts[category]++;
		}
	for (;;) {
		unsigned category = below(h, CATEGORIES);

		if (counts[category])
			return points[category][below(h, counts[category] < EACH ? counts[category] : EACH)];
	}
}

/* ---- patterns ---- */

static void add_pattern_word(struct hurt *h, struct buf *out)
{
	const char *word = any_word(h);
	unsigned how = below(h, 20);
	size_t at = utf8_valid_prefix(word, below(h, (unsigned)strlen(word) + 1)); /* a place between two code points */

	if (how < 2) {
		buf_append(out, word, at);
		buf_append_char(out, '*');
		buf_append_str(out, word + at);
	} else if (how == 2) {
		buf_append_char(out, '*');
		buf_append(out, word, at);
		buf_append_char(out, '*');
	} else {
		add_cased(h, out, word);
		if (how == 3)
			buf_append_str(out, "'s");
		else if (how == 4)
			buf_append_str(out, "s'");
	}
}

static void add_items(struct hurt *h, struct buf *out, unsigned depth)
{
	static const char *const separators[] = {" ", " ", " ", " ", " ", "-", "-", "-", "/", "_", " - ", "\u2010", ", ", " ("};
	unsigned count = depth ? below(h, 3) : chance(h, 3) ? 8 + below(h, 20) : 1 + below(h, 4);

	for (unsigned i = 0; i < count; i++) {
		if (i)
			buf_append_str(out, PICK(h, separators));
		unsigned what = below(h, 20);
		if (what == 0) {
			buf_append_char(out, '_');
		} else if (what == 1) {
			buf_printf(out, "~%u", h->kind == HURT_ORDINARY && chance(h, 10) ? 20 : 1 + below(h, h->kind == HURT_LONG ? 2 : 4));
		} else if (what <= 4 && depth < 2) {
			buf_append_char(out, '{');
			for (unsigned k = 1 + below(h, 3);; k--) {
				add_items(h, out, depth + 1);
				if (k == 0)
					break;
				buf_append_char(out, '|');
			}
			buf_append_char(out, '}');
		} else {
			add_pattern_word(h, out);
		}
	}
}

static void add_expression(struct hurt *h, struct buf *out)
{
	/* %a and %b stand for words */
	static const char *const shapes[] = {"%a %b", "%a", "%a.*%b", "%a.{0,9}?%b", "\\b%a\\w*", "%a,? %b", "\\w+ %a", "(?:%a|%b)+", "^%a", "%b$", ".", "\\S+\\s\\S+", "%a\\K.%b",
	                                     "(?<=%a )\\w", "(?=%a)", " ", "-", "%a?", "\\p{Lu}+", "%a[^ ]*", "'s?", "(?i)%a", "%a\\X", "\\d+[.:]\\d", "[(,]", "(%a|) ?%b"};

	for (const char *c = PICK(h, shapes); *c; c++) {
		if (*c == '%') {
			buf_append_str(out, any_word(h));
			c++;
		} else {
			buf_append_char(out, *c);
		}
	}
}

/* Appends a line that is taken; tries until one is. */
static void add_line(struct hurt *h, void (*make)(struct hurt *h, struct buf *out))
{
	for (;;) {
		struct buf line = BUF_INIT;

		make(h, &line);
		struct lexicon *lexicon = judge_try_lexicon(line.data);
		if (lexicon) {
			buf_append(&h->lexicon, line.data, line.length);
			buf_append_char(&h->lexicon, '\n');
		}
		lexicon_free(lexicon);
		buf_release(&line);
		if (lexicon)
			return;
	}
}

static const char *const THEMES[] = {"a", "a.b", "a.b.c", "a.d", "e", "e.f"};

static void make_entry(struct hurt *h, struct buf *out)
{
	bool exclusion = chance(h, 12), expression = h->kind == HURT_ORDINARY && chance(h, 6);

	buf_append_str(out, exclusion && chance(h, 25) ? "*" : PICK(h, THEMES));
	buf_append_char(out, '\t');
	if (expression)
		add_expression(h, out);
	else
		add_items(h, out, 0);
	buf_append_char(out, '\t');
	if (exclusion)
		buf_append_char(out, 'x');
	if (expression)
		buf_append_char(out, 'r');
	if (chance(h, 12))
		buf_append_char(out, 'C');
	if (chance(h, 25))
		buf_append_char(out, 'c');
	if (chance(h, 12))
		buf_append_char(out, 'w');
}

static void make_cue(struct hurt *h, struct buf *out)
{
	static const char *const kinds[] = {"before", "before", "after", "pseudo", "terminator"};

	buf_printf(out, "@negation %s ", PICK(h, kinds));
	if (chance(h, 60))
		buf_append_str(out, any_word(h));
	else
		add_items(h, out, 1);
}

static void make_lexicon(struct hurt *h)
{
	unsigned entries = h->kind == HURT_LARGE ? LARGE_ENTRIES : 1 + below(h, h->kind == HURT_LONG ? 5 : 12), cues = chance(h, 50) ? below(h, 5) : 0;

	for (size_t i = 0; i < sizeof THEMES / sizeof *THEMES; i++)
		if (chance(h, 40))
			buf_printf(&h->lexicon, "@theme %s negatable=%s\n", THEMES[i], chance(h, 70) ? "yes" : "no");
	for (unsigned i = 0; h->kind == HURT_WIDE && i < WIDE_ENTRIES; i++)
		buf_printf(&h->lexicon, "%s\t%s\n", PICK(h, THEMES), wide_word(h, i));
	while (entries || cues) {
		bool cue = below(h, entries + cues) >= entries;

		add_line(h, cue ? make_cue : make_entry);
		if (cue)
			cues--;
		else
			entries--;
	}
}

/* ---- texts ---- */

static void add_token(struct hurt *h, struct buf *out)
{
	static const char *const others[] = {"2.5", "10:30", "e.g.", "U.K.", "a.b.c", "i.e.,", "x.", "3.", "J.R.", "O'Neil", "zzz", "The", "\u00C9a", "\u4E00", "1", "it''s", "\u00E9"};
	static const char *const endings[] = {"'s", "\u2019s", "'", "s'", "\u02BCs", "'S", "s\u2019", "'s'", "\u00AD's", "'\u200Bs"};

	if (chance(h, 6)) {
		buf_append_str(out, PICK(h, others));
		return;
	}
	if (chance(h, 1)) { /* longer than what is looked at at once */
		static const unsigned lengths[] = {31, 32, 33, 62, 63, 64, 65, 66, 127, 128, 129, 255, 256, 300};
		for (unsigned i = PICK(h, lengths); i; i--)
			buf_append_char(out, 'a');
		return;
	}
	const char *word = any_word(h);
	if (chance(h, 3)) { /* a removed character inside */
		static const char *const removed[] = {"\u00AD", "\u200B", "\u200D", "\u2060", "\uFEFF"};
		size_t at = utf8_valid_prefix(word, below(h, (unsigned)strlen(word) + 1));
		buf_append(out, word, at);
		buf_append_str(out, PICK(h, removed));
		buf_append_str(out, word + at);
	} else if (chance(h, 4) && strlen(word) > 1) { /* cut inside */
		static const char *const cuts[] = {"-\n", "\u2010\n ", "\u00AD\n", "-\r\n", "-\n\n"};
		size_t at = utf8_valid_prefix(word, 1 + below(h, (unsigned)strlen(word) - 1));
		buf_append(out, word, at);
		buf_append_str(out, PICK(h, cuts));
		buf_append_str(out, word + at);
	} else {
		add_cased(h, out, word);
	}
	if (chance(h, 8))
		buf_append_str(out, PICK(h, endings));
	if (chance(h, 1))
		utf8_append(out, any_character(h));
}

/* The words of an entry or cue as they stand in its pattern. */
static void add_planted(struct hurt *h, struct buf *out)
{
	const char *line = h->lexicon.data + below(h, (unsigned)h->lexicon.length);

	while (line > h->lexicon.data && line[-1] != '\n')
		line--;
	if (*line == '@')
		line = strchr(line, ' ');
	else
		line = strchr(line, '\t');
	for (const char *c = line + 1; *c != '\t' && *c != '\n'; c++)
		buf_append_char(out, strchr("{}|*~_\\?+^$.[]()", *c) ? ' ' : *c);
}

static void add_separator(struct hurt *h, struct buf *out)
{
	static const char *const cuts[] = {"-\n", "-\n", "-\r\n", "\u2010\n  ", "\u2011\v", "\u00AD\n", "-\u2028", "- \n\t", "-\n\n", "-\f\n", "\u00AD\r", "\u2013\n", "--\n"};
	static const char *const plain[] = {"  ", "-", "-", "\u2010", "\u2014", "\u2212", "/", "_", "\n", "\r\n", " \n ", "\u00A0", "\u3000", " - ", "\"", " \"", "\u201C", "&", "\u200B ",
	                                    "\u00AD", " \u00AD", "\n\n", "\n \n", "\f", "\t", "\n\t", "\v", "\xC2\x85", "\u2028", "\u201E", "' ", " '", "'", "\u201A", "''", "$", "\u0378", "\uFFFD"};
	static const char *const soft[] = {", ", ",", " (", ") ", "[", "] ", "\u060C", "\u3001", "\uFF08", " {", "} "};
	static const char *const breaks[] = {". ", ".", ": ", ":", "! ", "?", "; ", "|", "\u2026", "\u00A6", " \u2022 ", "\u00B7", "\u2776", "\u2713", "\uE000", "\uF0B7 ", "\x01", "\x1D", "\n\nA ", "\n- ",
	                                     "\n* ", "\n \u2013 ", "\n-\t", "\n-\u00A0", "\n*\u3000", "\n+ ", " \n\n- ", "\t", " \t", "\n\n\"", "\f", "\fA", "\u2029", "\n\n1", "..", ".:", "\r\n\r\n", "\r\r", "\x7F", "\t\t", ".\n", ".) "};

	if (below(h, 1000) < h->characters) {
		utf8_append(out, any_character(h));
		return;
	}
	if (!chance(h, h->strangeness)) {
		for (unsigned i = below(h, 500) ? 1 : 40 + below(h, 100); i; i--)
			buf_append_char(out, ' ');
		return;
	}
	unsigned kind = below(h, 10);
	if (kind < 2)
		buf_append_str(out, PICK(h, cuts));
	else if (kind < 6)
		buf_append_str(out, PICK(h, plain));
	else if (kind < 8)
		buf_append_str(out, PICK(h, soft));
	else
		buf_append_str(out, PICK(h, breaks));
	if (chance(h, 10))
		add_separator(h, out);
}

static void make_long_text(struct hurt *h)
{
	bool many_words = chance(h, 50);

	for (unsigned i = 0; i < LONG_TOKENS; i++) {
		if (i)
			buf_append_str(&h->text, !chance(h, 1) ? " " : chance(h, 70) ? "-\n" : ", ");
		if (many_words && chance(h, 60))
			buf_append_str(&h->text, wide_word(h, below(h, LONG_TOKENS)));
		else
			buf_append_str(&h->text, any_word(h));
	}
}

const char *hurt_text(struct hurt *h, size_t *length)
{
	static const unsigned lengths[] = {0, 1, 2, 3, 5, 8, 8, 12, 12, 20, 20, 40, 40, 70};
	unsigned tokens = PICK(h, lengths);

	if (chance(h, 2))
		tokens = 300;
	h->strangeness = below(h, 2) ? below(h, 100) : 10;
	h->characters = chance(h, 30) ? below(h, 400) : 0;
	buf_clear(&h->text);
	buf_reserve(&h->text, 0);
	if (h->kind == HURT_LONG) {
		make_long_text(h);
		tokens = 0;
	}
	if (chance(h, 10))
		add_separator(h, &h->text);
	for (unsigned i = 0; i < tokens; i++) {
		if (i)
			add_separator(h, &h->text);
		if (chance(h, 5))
			add_planted(h, &h->text);
		else
			add_token(h, &h->text);
	}
	if (chance(h, 20))
		add_separator(h, &h->text);
	*length = h->text.length;
	return h->text.data;
}

struct hurt *hurt_new(uint64_t seed, enum hurt_kind kind)
{
	struct hurt *h = mem_calloc(1, sizeof *h);

	h->random = seed;
	h->kind = kind;
	choose_words(h);
	make_lexicon(h);
	return h;
}

void hurt_free(struct hurt *h)
{
	buf_release(&h->lexicon);
	buf_release(&h->text);
	free(h);
}

const char *hurt_lexicon(const struct hurt *h)
{
	return h->lexicon.data;
}
