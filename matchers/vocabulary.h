/* The words of a lexicon, and what a spelling found in a text means to it.
 *
 * An atom is one kind of test that an item of a pattern puts to a token: a word or a wildcard, with or without case, possessive only or not; or a class, which
 * a token satisfies if it satisfies any of several other atoms. A vocabulary is filled once, sealed, and then only read, by any number of threads. */
#ifndef MATCHERS_VOCABULARY_H
#define MATCHERS_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "matchers/keys.h"

#define NO_ATOM UINT32_MAX

struct atom {
	uint32_t text, length; /* in vocabulary.texts: folded; case kept if cased; of a possessive the base; of classes nothing */
	bool wildcard, cased, possessive;
	uint32_t word;       /* literals: the word (without case) in vocabulary.words */
	uint32_t members, member_count; /* classes: in vocabulary.members, ascending; 0 of other atoms, which are their own one member */
};

struct word {
	uint32_t text, length;
	uint32_t code;       /* its place in the code alphabet, from 1; 0: it stands in no run of words */
	uint32_t plain, possessive; /* atoms or NO_ATOM */
};

/* Wildcards by what stands before their first *, or else after their last. */
struct wildcard_set {
	struct wildcard {
		uint32_t atom, next; /* in a list of the same key; NO_ATOM at its end */
	} *items;
	uint32_t count, capacity;
	struct key_table starts, ends; /* first of a list */
	uint32_t inside;              /* list of those that begin and end with * */
	uint64_t start_lengths, end_lengths; /* bit n: some key has n bytes */
	struct key_filter start_filter, end_filter;
};

struct vocabulary {
	char *texts;                /* one after the other */
	uint32_t text_bytes, text_capacity;
	struct atom *atoms;
	uint32_t atom_count, atom_capacity;
	struct word *words[2];      /* without, with case; the latter have no codes */
	uint32_t word_count[2], word_capacity[2];
	struct key_table word_table[2];
	struct key_filter word_filter[2];
	struct wildcard_set wildcards[2];
	uint32_t code_count;        /* codes given out, the 0 of all other words included */
	uint32_t *members;
	size_t member_count, member_capacity;
	uint32_t *class_first, *class_list; /* the classes of an atom: class_list[class_first[atom]] to before class_first[atom + 1] */
	struct strmap wildcard_map[2], class_map; /* until it is sealed */
};

void vocabulary_init(struct vocabulary *v);
void vocabulary_release(struct vocabulary *v); /* all but the lists of vocabulary_lists() */

/* The atom for a word or (wildcard) pattern; the same for the same test. text is copied. */
uint32_t vocabulary_atom(struct vocabulary *v, const char *text, bool wildcard, bool cased, bool possessive);
/* The code of a literal atom's word, given out on first use. */
uint32_t vocabulary_code(struct vocabulary *v, uint32_t atom);

/* The atom that any of these satisfies, the same for the same ones. Classes among them are taken apart. count is at least 1. */
uint32_t vocabulary_class(struct vocabulary *v, const uint32_t *atoms, size_t count);
/* To be called when all atoms are there. */
void vocabulary_seal(struct vocabulary *v);

/* The lists of a sealed vocabulary: where each is, how many there are by the numbers in the struct. All that it holds are these and numbers. */
struct kept_list {
	void **items;
	size_t count, size; /* of items, of each in bytes */
};
enum { VOCABULARY_LISTS = 21 };
void vocabulary_lists(struct vocabulary *v, struct kept_list lists[VOCABULARY_LISTS]);

static inline const char *atom_text(const struct vocabulary *v, const struct atom *a)
{
	return v->texts + a->text;
}

/* The members of an atom: of a class, what it is made of; else itself. */
const uint32_t *atom_members(const struct vocabulary *v, const uint32_t *atom, size_t *count);

/* Whether a word is one that a wildcard pattern stands for; both folded. */
bool wildcard_matches(const char *pattern, size_t pattern_length, const char *text, size_t length);

/* What a spelling means. A zeroed struct is ready; reused from call to call. */
struct meaning {
	uint64_t hash;          /* of the folded word, equal on every machine */
	uint32_t *atoms;        /* all that it satisfies but the classes, ascending */
	size_t atom_count, atom_capacity;
	uint32_t *codes;        /* of every word it can be read as, the likeliest first; the first may be 0 (none) */
	size_t code_count, code_capacity;
	struct buf folded, kept; /* the word folded; with its case, if the vocabulary has cased atoms */
};
void meaning_release(struct meaning *m);

/* spelling is a token, or the parts of a cut word one after the other; apostrophe says that one follows it directly. */
void vocabulary_read(const struct vocabulary *v, const char *spelling, size_t length, bool apostrophe, struct meaning *m);

#endif
