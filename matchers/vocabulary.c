#include "matchers/vocabulary.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "matchers/fold.h"

enum { LONGEST_KEY = 63 };

/* ---- keys ---- */

struct side { /* of a vocabulary: without or with case */
	const struct vocabulary *vocabulary;
	bool cased;
};

static const char *word_key(const void *context, uint32_t number, size_t *length)
{
	const struct side *s = context;
	const struct word *w = &s->vocabulary->words[s->cased][number];

	*length = w->length;
	return s->vocabulary->texts + w->text;
}

/* Bytes of a wildcard before its first *, after its last, as far as they are a key. */
static const char *start_key(const struct vocabulary *v, const struct atom *a, size_t *length)
{
	const char *text = atom_text(v, a);
	size_t start = (size_t)((const char *)memchr(text, '*', a->length) - text);

	*length = start < LONGEST_KEY ? start : LONGEST_KEY;
	return text;
}

static const char *end_key(const struct vocabulary *v, const struct atom *a, size_t *length)
{
	const char *end = atom_text(v, a) + a->length;
	size_t after = (size_t)(end - (const char *)memrchr(end - a->length, '*', a->length) - 1);

	*length = after < LONGEST_KEY ? after : LONGEST_KEY;
	return end - *length;
}

static const struct atom *wildcard_of(const struct side *s, uint32_t item)
{
	return &s->vocabulary->atoms[s->vocabulary->wildcards[s->cased].items[item].atom];
}

static const char *start_key_of(const void *context, uint32_t item, size_t *length)
{
	const struct side *s = context;

	return start_key(s->vocabulary, wildcard_of(s, item), length);
}

static const char *end_key_of(const void *context, uint32_t item, size_t *length)
{
	const struct side *s = context;

	return end_key(s->vocabulary, wildcard_of(s, item), length);
}

/* ---- filling ---- */

void vocabulary_init(struct vocabulary *v)
{
	*v = (struct vocabulary){.code_count = 1};
	v->wildcards[0].inside = v->wildcards[1].inside = NO_ATOM;
}

void vocabulary_release(struct vocabulary *v)
{
	strmap_release(&v->wildcard_map[0]);
	strmap_release(&v->wildcard_map[1]);
	strmap_release(&v->class_map);
}

void vocabulary_lists(struct vocabulary *v, struct kept_list lists[VOCABULARY_LISTS])
{
	struct kept_list *to = lists;

#define LIST(of, number) *to++ = (struct kept_list){(void **)&(of), (number), sizeof *(of)}
	LIST(v->texts, v->text_bytes);
	LIST(v->atoms, v->atom_count);
	LIST(v->members, v->member_count);
	LIST(v->class_first, (size_t)v->atom_count + 2);
	LIST(v->class_list, v->member_count);
	for (int cased = 0; cased < 2; cased++) {
		struct wildcard_set *set = &v->wildcards[cased];

		LIST(v->words[cased], v->word_count[cased]);
		LIST(v->word_table[cased].slots, v->word_table[cased].slot_count);
		LIST(v->word_filter[cased].bits, key_filter_words(&v->word_filter[cased]));
		LIST(set->items, set->count);
		LIST(set->starts.slots, set->starts.slot_count);
		LIST(set->ends.slots, set->ends.slot_count);
		LIST(set->start_filter.bits, key_filter_words(&set->start_filter));
		LIST(set->end_filter.bits, key_filter_words(&set->end_filter));
	}
#undef LIST
}

static uint32_t add_text(struct vocabulary *v, const char *text, size_t length)
{
	uint32_t at = v->text_bytes;

	while (!v->texts || v->text_capacity - at < length) {
		v->text_capacity = v->text_capacity ? v->text_capacity + v->text_capacity / 2 : 1024;
		v->texts = mem_realloc(v->texts, v->text_capacity, 1);
	}
	memcpy(v->texts + at, text, length);
	v->text_bytes += (uint32_t)length;
	return at;
}

static uint32_t add_atom(struct vocabulary *v, struct atom a)
{
	MEM_GROW(v->atoms, v->atom_count, v->atom_capacity);
	v->atoms[v->atom_count] = a;
	return v->atom_count++;
}

static uint32_t word_number(struct vocabulary *v, const char *text, size_t length, bool cased)
{
	const struct side side = {v, cased};
	uint32_t known = key_find(&v->word_table[cased], word_key, &side, text, length), number = v->word_count[cased];

	if (known != NO_KEY)
		return known;
	MEM_GROW(v->words[cased], number, v->word_capacity[cased]);
	v->words[cased][number] = (struct word){add_text(v, text, length), (uint32_t)length, 0, NO_ATOM, NO_ATOM};
	v->word_count[cased]++;
	key_put(&v->word_table[cased], word_key, &side, text, length, number);
	return number;
}

static uint32_t add_literal(struct vocabulary *v, const char *text, bool cased, bool possessive)
{
	size_t length = strlen(text);
	uint32_t known = word_number(v, text, length, cased);
	struct word *w = &v->words[cased][known];
	uint32_t *atom = possessive ? &w->possessive : &w->plain;

	if (*atom != NO_ATOM)
		return *atom;
	struct atom a = {.text = w->text, .length = w->length, .cased = cased, .possessive = possessive};
	uint32_t number = v->atom_count;

	*atom = number;
	if (cased) {
		struct buf folded = BUF_INIT;

		fold_append(&folded, text, length, false);
		a.word = word_number(v, folded.data ? folded.data : "", folded.length, false);
		buf_release(&folded);
	} else {
		a.word = known;
	}
	return add_atom(v, a);
}

static void add_to_list(const struct vocabulary *v, struct wildcard_set *set, uint32_t atom)
{
	const struct atom *a = &v->atoms[atom];
	const struct side side = {v, a->cased};
	size_t start, end;
	const char *first = start_key(v, a, &start), *last = end_key(v, a, &end);
	uint32_t item = set->count++, next = set->inside;

	MEM_GROW(set->items, item, set->capacity);
	if (start)
		next = key_find(&set->starts, start_key_of, &side, first, start);
	else if (end)
		next = key_find(&set->ends, end_key_of, &side, last, end);
	set->items[item] = (struct wildcard){atom, next};
	if (start) {
		key_put(&set->starts, start_key_of, &side, first, start, item);
		set->start_lengths |= 1ull << start;
	} else if (end) {
		key_put(&set->ends, end_key_of, &side, last, end, item);
		set->end_lengths |= 1ull << end;
	} else {
		set->inside = item;
	}
}

static uint32_t add_wildcard(struct vocabulary *v, const char *text, bool cased)
{
	size_t length = strlen(text);
	bool fresh;
	size_t *known = strmap_put(&v->wildcard_map[cased], text, length, &fresh);

	if (!fresh)
		return (uint32_t)*known;
	uint32_t at = add_text(v, text, length);
	uint32_t atom = add_atom(v, (struct atom){.text = at, .length = (uint32_t)length, .wildcard = true, .cased = cased, .word = NO_ATOM});

	*known = atom;
	add_to_list(v, &v->wildcards[cased], atom);
	return atom;
}

uint32_t vocabulary_atom(struct vocabulary *v, const char *text, bool wildcard, bool cased, bool possessive)
{
	return wildcard ? add_wildcard(v, text, cased) : add_literal(v, text, cased, possessive);
}

uint32_t vocabulary_code(struct vocabulary *v, uint32_t atom)
{
	struct word *w = &v->words[0][v->atoms[atom].word];

	if (!w->code)
		w->code = v->code_count++;
	return w->code;
}

/* ---- classes ---- */

const uint32_t *atom_members(const struct vocabulary *v, const uint32_t *atom, size_t *count)
{
	const struct atom *a = &v->atoms[*atom];

	*count = a->member_count ? a->member_count : 1;
	return a->member_count ? v->members + a->members : atom;
}

static int compare_atoms(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

uint32_t vocabulary_class(struct vocabulary *v, const uint32_t *atoms, size_t count)
{
	size_t start = v->member_count, to = start;
	bool fresh;

	for (size_t i = 0; i < count; i++) {
		const struct atom *a = &v->atoms[atoms[i]];

		for (uint32_t k = 0; k < (a->member_count ? a->member_count : 1); k++) {
			uint32_t member = a->member_count ? v->members[a->members + k] : atoms[i];

			MEM_GROW(v->members, v->member_count, v->member_capacity);
			v->members[v->member_count++] = member;
		}
	}
	qsort(v->members + start, v->member_count - start, sizeof *v->members, compare_atoms);
	for (size_t i = start; i < v->member_count; i++)
		if (i == start || v->members[i] != v->members[to - 1])
			v->members[to++] = v->members[i];
	v->member_count = to;
	count = to - start;
	if (count == 1) {
		v->member_count = start;
		return v->members[start];
	}
	size_t *known = strmap_put(&v->class_map, v->members + start, count * sizeof *v->members, &fresh);

	if (!fresh) {
		v->member_count = start;
		return (uint32_t)*known;
	}
	*known = v->atom_count;
	return add_atom(v, (struct atom){.word = NO_ATOM, .members = (uint32_t)start, .member_count = (uint32_t)count});
}

/* ---- sealing ---- */

static void make_filters(struct vocabulary *v)
{
	for (int cased = 0; cased < 2; cased++) {
		struct wildcard_set *set = &v->wildcards[cased];
		const struct side side = {v, cased};

		key_filter_init(&v->word_filter[cased], v->word_count[cased]);
		for (uint32_t i = 0; i < v->word_count[cased]; i++) {
			size_t length;
			const char *text = word_key(&side, i, &length);

			key_filter_add(&v->word_filter[cased], key_hash_start(text, length));
		}
		key_filter_init(&set->start_filter, set->starts.count);
		key_filter_init(&set->end_filter, set->ends.count);
		for (uint32_t i = 0; i < set->count; i++) {
			size_t start, end;
			const char *first = start_key_of(&side, i, &start), *last = end_key_of(&side, i, &end);

			if (start)
				key_filter_add(&set->start_filter, key_hash_start(first, start));
			else if (end)
				key_filter_add(&set->end_filter, key_hash_end(last, end));
		}
	}
}

void vocabulary_seal(struct vocabulary *v)
{
	make_filters(v);
	v->class_first = mem_calloc((size_t)v->atom_count + 2, sizeof *v->class_first);
	v->class_list = mem_alloc((v->member_count + 1) * sizeof *v->class_list);
	for (size_t i = 0; i < v->member_count; i++)
		v->class_first[v->members[i] + 2]++;
	for (uint32_t i = 0; i < v->atom_count; i++)
		v->class_first[i + 2] += v->class_first[i + 1];
	for (uint32_t class = 0; class < v->atom_count; class++)
		for (uint32_t k = 0; k < v->atoms[class].member_count; k++)
			v->class_list[v->class_first[v->members[v->atoms[class].members + k] + 1]++] = class;
}

/* ---- reading ---- */

void meaning_release(struct meaning *m)
{
	free(m->atoms);
	free(m->codes);
	buf_release(&m->folded);
	buf_release(&m->kept);
	*m = (struct meaning){0};
}

static void add_found(struct meaning *m, uint32_t atom)
{
	size_t at = m->atom_count;

	if (atom == NO_ATOM)
		return;
	while (at > 0 && m->atoms[at - 1] > atom)
		at--;
	if (at > 0 && m->atoms[at - 1] == atom)
		return;
	MEM_GROW(m->atoms, m->atom_count, m->atom_capacity);
	memmove(m->atoms + at + 1, m->atoms + at, (m->atom_count - at) * sizeof *m->atoms);
	m->atoms[at] = atom;
	m->atom_count++;
}

static void push_code(struct meaning *m, uint32_t code)
{
	for (size_t i = 0; i < m->code_count; i++)
		if (m->codes[i] == code)
			return;
	MEM_GROW(m->codes, m->code_count, m->code_capacity);
	m->codes[m->code_count++] = code;
}

static void add_code(struct meaning *m, uint32_t code)
{
	if (code)
		push_code(m, code);
}

/* The code of a word that the spelling equals with its case kept but not without: folding at once and folding after the rest differ for a few
 * sequences (with the combining iota). Runs of codes must find it, but it does not go into the stream, where a code stands for the word without case. */
static void add_cased_code(struct meaning *m, uint32_t code)
{
	if (code && m->code_count == 0)
		push_code(m, 0);
	add_code(m, code);
}

bool wildcard_matches(const char *pattern, size_t pattern_length, const char *text, size_t length)
{
	size_t p = 0, t = 0, star = SIZE_MAX, resume = 0;

	while (t < length) {
		if (p < pattern_length && pattern[p] == '*') {
			star = p++;
			resume = t;
		} else if (p < pattern_length && pattern[p] == text[t]) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++resume;
		} else {
			return false;
		}
	}
	while (p < pattern_length && pattern[p] == '*')
		p++;
	return p == pattern_length;
}

static void try_list(const struct vocabulary *v, const struct wildcard_set *set, uint32_t item, const char *text, size_t length, struct meaning *m)
{
	for (; item != NO_ATOM; item = set->items[item].next) {
		const struct atom *a = &v->atoms[set->items[item].atom];

		if (wildcard_matches(atom_text(v, a), a->length, text, length))
			add_found(m, set->items[item].atom);
	}
}

/* hashes: of the first n bytes, by n. */
static void read_wildcards(const struct vocabulary *v, bool cased, const char *text, size_t length, const uint32_t *hashes, struct meaning *m)
{
	const struct wildcard_set *set = &v->wildcards[cased];
	const struct side side = {v, cased};
	uint32_t hash = 0;

	for (uint64_t lengths = set->start_lengths; lengths; lengths &= lengths - 1) {
		size_t n = (size_t)__builtin_ctzll(lengths);

		if (n > length)
			break;
		if (key_filter_has(&set->start_filter, hashes[n]))
			try_list(v, set, key_find(&set->starts, start_key_of, &side, text, n), text, length, m);
	}
	for (size_t n = 1; n <= length && set->end_lengths >> n; n++) {
		hash = key_hash_next(hash, text[length - n]);
		if ((set->end_lengths >> n & 1) && key_filter_has(&set->end_filter, hash))
			try_list(v, set, key_find(&set->ends, end_key_of, &side, text + length - n, n), text, length, m);
	}
	try_list(v, set, set->inside, text, length, m);
}

/* One reading of a spelling: the whole word, or the base of a possessive. */
static void read_form(const struct vocabulary *v, bool cased, bool base, const char *text, size_t length, struct meaning *m)
{
	uint32_t hashes[LONGEST_KEY + 1], hash = 0, number = NO_KEY;

	hashes[0] = 0;
	for (size_t i = 0; i < length; i++) {
		hash = key_hash_next(hash, text[i]);
		if (i < LONGEST_KEY)
			hashes[i + 1] = hash;
	}
	if (key_filter_has(&v->word_filter[cased], hash))
		number = key_find(&v->word_table[cased], word_key, &(const struct side){v, cased}, text, length);
	if (number != NO_KEY) {
		const struct word *w = &v->words[cased][number];
		uint32_t atoms[2] = {w->plain, base ? w->possessive : NO_ATOM};

		if (!cased)
			add_code(m, w->code);
		for (int i = 0; i < 2; i++) {
			add_found(m, atoms[i]);
			if (cased && atoms[i] != NO_ATOM)
				add_cased_code(m, v->words[0][v->atoms[atoms[i]].word].code);
		}
	}
	if (v->wildcards[cased].count)
		read_wildcards(v, cased, text, length, hashes, m);
}

static void read_forms(const struct vocabulary *v, bool cased, const struct buf *word, bool apostrophe, struct meaning *m)
{
	const char *text = word->data;
	size_t length = word->length;

	if (!text || !length)
		return;
	bool ends_in_s = text[length - 1] == 's' || text[length - 1] == 'S';

	read_form(v, cased, false, text, length, m);
	if (ends_in_s && length >= 2 && text[length - 2] == '\'')
		read_form(v, cased, true, text, length - 2, m);
	else if (ends_in_s && apostrophe)
		read_form(v, cased, true, text, length - 1, m);
}

void vocabulary_read(const struct vocabulary *v, const char *spelling, size_t length, bool apostrophe, struct meaning *m)
{
	m->atom_count = m->code_count = 0;
	buf_clear(&m->folded);
	fold_append(&m->folded, spelling, length, false);
	m->hash = XXH3_64bits(m->folded.data ? m->folded.data : "", m->folded.length);
	read_forms(v, false, &m->folded, apostrophe, m);
	if (v->word_count[1] || v->wildcards[1].count) {
		buf_clear(&m->kept);
		fold_append(&m->kept, spelling, length, true);
		read_forms(v, true, &m->kept, apostrophe, m);
	}
}
