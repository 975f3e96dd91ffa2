/* A lexicon: themes, their entries, and the negation cues, read from the native format of docs/counting-rules.md section 3.
 *
 * A loaded lexicon never changes: any number of threads may read it. Words in it are folded (matchers/fold.h), so
 * that matching compares bytes. Untrusted input: limits are in struct lexicon_limits, every refusal names file and line. */
#ifndef MATCHERS_LEXICON_H
#define MATCHERS_LEXICON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* ---- patterns ---- */

enum item_kind {
	ITEM_WORD,     /* text is the folded word; if possessive, its base */
	ITEM_WILDCARD, /* text holds '*' for any run of characters, never two next to each other; "'s" in it is literal */
	ITEM_ANY,      /* _ */
	ITEM_GAP,      /* ~N: 0 to gap tokens */
	ITEM_CHOICE    /* {..|..}: choices, some perhaps empty */
};

struct item;
struct item_list {
	struct item *items;
	size_t count;
};
struct item {
	enum item_kind kind;
	bool hyphen_before;    /* just a hyphen stands between this item and the one before it in its list: the closed form matches too.
	                        * Never set beside ITEM_ANY and ITEM_GAP. Where a choice is left empty, the hyphens on both its sides
	                        * must be there for the words around it to close up. A possessive word does not close with the word after it. */
	bool possessive;       /* ITEM_WORD: matches only tokens that are possessives of text */
	unsigned gap;
	char *text;            /* ITEM_WORD, ITEM_WILDCARD: folded, case kept if the entry has ENTRY_CASE */
	struct item_list *choices;
	size_t choice_count;
};

/* ---- entries ---- */

enum entry_role { ROLE_MENTION, ROLE_EXCLUSION, ROLE_CUE_BEFORE, ROLE_CUE_AFTER, ROLE_PSEUDO_CUE, ROLE_TERMINATOR };
enum entry_flag {
	ENTRY_CASE = 1,       /* C */
	ENTRY_COMMA = 2,      /* c */
	ENTRY_WHOLE = 4,      /* w */
	ENTRY_EXCLUSION = 8,  /* x */
	ENTRY_REGEX = 16      /* r */
};
/* The letters of the flags, in the order of the enum, with a NUL. */
#define ENTRY_FLAG_LETTERS "Ccwxr"
void lexicon_flag_letters(unsigned flags, char letters[sizeof ENTRY_FLAG_LETTERS]);

#define THEME_NONE UINT32_MAX /* of cues */
#define THEME_ANY (UINT32_MAX - 1) /* of exclusions written for the theme * */

struct lexicon;
struct entry {
	uint32_t theme;           /* index into themes, THEME_NONE or THEME_ANY */
	enum entry_role role;
	unsigned flags;
	const char *source;       /* the pattern as written */
	const char *note;         /* "" if none */
	const char *file;
	uint32_t line;
	uint32_t index;           /* into entries of the lexicon */
	const struct lexicon *lexicon;
};

/* The pattern as items, empty if ENTRY_REGEX; the lexicon's. Where lexicon_load_cached() did not read patterns, the first call reads all of them. */
const struct item_list *entry_pattern(const struct entry *entry);

struct theme {
	const char *code;         /* "parent.domestic_abuse" */
	const char *label;        /* the code's last part if not given */
	const char *description;  /* "" if not given */
	uint32_t parent;          /* index, THEME_NONE at the top; always less than the theme's own index */
	bool negatable;
	bool partial;             /* only the path to themes that lexicon_select() chose: its counts would lack entries and are not to be shown */
	uint32_t entries;         /* mention entries of its own */
	const char *file;         /* where it is described, else where it or a descendant is first named */
	uint32_t line;
};

struct lexicon {
	const char *name, *version;  /* from @lexicon; "unnamed" and "0" if absent */
	struct theme *themes;        /* in lexicon order, see section 3 */
	size_t theme_count;
	struct entry *entries;       /* in file order, cues among them */
	size_t entry_count;
	unsigned char sha256[32];    /* of the files' bytes, each preceded by its length */
};

/* ---- reading ---- */

/* Not here because no one has a reason to change them: 512 bytes a pattern, 20 tokens for gaps that follow one another,
 * theme codes of 200 bytes and 16 parts. */
struct lexicon_limits {
	size_t line_bytes;   /* 4096 */
	size_t lines;        /* 200,000 over all files */
	size_t file_bytes;   /* 16 MiB over all files */
	unsigned variants;   /* sequences one entry's alternatives and hyphens may expand to: 4096 */
	unsigned nesting;    /* of braces: 8 */
	unsigned variants_total; /* sequences of all entries together: 1,000,000 */
	unsigned themes;     /* ancestors among them: 20,000 */
};
#define LEXICON_LIMITS_DEFAULT {4096, 200000, 16u << 20, 4096, 8, 1000000, 20000}

enum problem_grade { PROBLEM_ERROR, PROBLEM_WARNING };
struct problem {
	enum problem_grade grade;
	char *file;
	uint32_t line; /* from 1; 0: the file as a whole */
	char *message; /* what is wrong and what to write instead */
};                 /* file and message are safe to print: control and direction characters and bytes that are no UTF-8 are escaped */
struct problem_list {
	struct problem *items;
	size_t count, capacity;
};
void problem_add(struct problem_list *list, enum problem_grade grade, const char *file, uint32_t line, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
size_t problem_errors(const struct problem_list *list); /* how many are errors */
void problem_list_print(const struct problem_list *list, FILE *out); /* "file:line: error: message", a line each */
void problem_list_release(struct problem_list *list);

/* One source: a name for messages and its bytes. Several are one lexicon: themes and entries follow one another, names and
 * versions that differ are joined by '+'. */
struct lexicon_source {
	const char *name;
	const char *bytes;
	size_t length;
};

/* NULL if any problem is an error; problems holds all that were found either way. limits may be NULL. */
struct lexicon *lexicon_read(const struct lexicon_source *sources, size_t count, const struct lexicon_limits *limits,
                             struct problem_list *problems);
/* Reads files; a directory means its *.tsv files in byte order. With count 0, the shipped lexicon built into the program. */
struct lexicon *lexicon_load(const char *const *paths, size_t count, const struct lexicon_limits *limits, struct problem_list *problems);
/* The same under the usual limits; from the cache in the directory (may be NULL) if this build has read the same bytes before and found no problem. Patterns are then read
 * when somebody asks for them: a lexicon that has been laid out needs them no more. */
struct lexicon *lexicon_load_cached(const char *const *paths, size_t count, const char *cache_directory, struct problem_list *problems);
void lexicon_free(struct lexicon *lexicon);

/* Index of a theme, THEME_NONE if there is none of that code. */
uint32_t lexicon_theme(const struct lexicon *lexicon, const char *code);
bool theme_is_within(const struct lexicon *lexicon, uint32_t theme, uint32_t ancestor); /* true also for itself */

/* A lexicon with only the themes that match pattern: a code, a code with * (any run of characters, dots among them), or several joined by
 * commas. A theme comes with all its descendants; ancestors that do not match stay as its path, marked partial. Cues stay, and the
 * exclusions of * and of themes that stay. It is a lexicon of its own: the old one may be freed. NULL with an error for each part that
 * matches nothing. Counts of a selected theme are those of the whole lexicon under every --nested but lexicon and
 * quanteda-dictionary, where themes act on each other. */
struct lexicon *lexicon_select(const struct lexicon *lexicon, const char *pattern, struct problem_list *problems);

/* The pattern as plain sequences of items without ITEM_CHOICE: every alternative taken, every hyphen open and closed (the closed word is one
 * ITEM_WORD or ITEM_WILDCARD), no two sequences equal. Neighbouring gaps are summed. Memory is the caller's: item_lists_free(). */
struct item_list *entry_expand(const struct entry *entry, size_t *count);
void item_lists_free(struct item_list *lists, size_t count);

/* What reading does not refuse but an author wants to know, as warnings in the order of the lines: entries that say what others of their theme
 * say already, entries or alternatives that an exclusion always drops, exclusions that drop nothing, themes without entries,
 * patterns too broad, flags without effect, expressions that can never match or whose cost can explode, more sequences than
 * compile fast. */
void lexicon_check(const struct lexicon *lexicon, struct problem_list *problems);

#endif
