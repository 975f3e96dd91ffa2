#include "matchers/vocabulary.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/codec.h"
#include "matchers/fold.h"

enum { LONGEST_KEY = 63 };

static uint32_t map_find(const struct strmap *m, const char *text, size_t length)
{
	const size_t *value = strmap_find(m, text, length);

	return value ? (uint32_t)*value : NO_ATOM;
}

/* ---- filling ---- */

void vocabulary_init(struct vocabulary *v)
{
	*v = (struct vocabulary){.memory = ARENA_INIT, .code_count = 1};
	v->wildcards[0].inside = v->wildcards[1].inside = NO_ATOM;
}

void vocabulary_release(struct vocabulary *v)
{
	for (int i = 0; i < 2; i++) {
		free(v->words[i]);
		strmap_release(&v->word_map[i]);
		strmap_release(&v->wildcard_map[i]);
		free(v->wildcards[i].items);
		strmap_release(&v->wildcards[i].starts);
		strmap_release(&v->wildcards[i].ends);
		free(v->word_filter[i].bits);
		free(v->wildcards[i].start_filter.bits);
		free(v->wildcards[i].end_filter.bits);
	}
	free(v->atoms);
	free(v->members);
	strmap_release(&v->class_map);
	free(v->class_first);
	free(v->class_list);
	arena_release(&v->memory);
}

static uint32_t add_atom(struct vocabulary *v, struct atom a)
{
	MEM_GROW(v->atoms, v->atom_count, v->atom_capacity);
	v->atoms[v->atom_count] = a;
	return v->atom_count++;
}

static uint32_t word_number(struct vocabulary *v, const char *text, size_t length, bool cased)
{
	uint32_t known = map_find(&v->word_map[cased], text, length);

	if (known != NO_ATOM)
		return known;
	const char *copy = arena_strndup(&v->memory, text, length);

	MEM_GROW(v->words[cased], v->word_count[cased], v->word_capacity[cased]);
	v->words[cased][v->word_count[cased]] = (struct word){copy, (uint32_t)length, 0, NO_ATOM, NO_ATOM};
	*strmap_put(&v->word_map[cased], text, length, NULL) = v->word_count[cased];
	return v->word_count[cased]++;
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

/* Bytes of a wildcard before its first *, after its last, as far as they are a key. */
static size_t start_key(const struct atom *a)
{
	size_t start = (size_t)((const char *)memchr(a->text, '*', a->length) - a->text);

	return start < LONGEST_KEY ? start : LONGEST_KEY;
}

static size_t end_key(const struct atom *a)
{
	size_t end = a->length - (size_t)((const char *)memrchr(a->text, '*', a->length) + 1 - a->text);

	return end < LONGEST_KEY ? end : LONGEST_KEY;
}

static void add_to_list(const struct vocabulary *v, struct wildcard_set *set, uint32_t atom)
{
	const struct atom *a = &v->atoms[atom];
	size_t start = start_key(a), end = end_key(a), inside = set->inside, *head = &inside;
	bool fresh = false;

	if (start) {
		head = strmap_put(&set->starts, a->text, start, &fresh);
		set->start_lengths |= 1ull << start;
	} else if (end) {
		head = strmap_put(&set->ends, a->text + a->length - end, end, &fresh);
		set->end_lengths |= 1ull << end;
	} else {
		set->inside = set->count;
	}
	MEM_GROW(set->items, set->count, set->capacity);
	set->items[set->count] = (struct wildcard){atom, fresh ? NO_ATOM : (uint32_t)*head};
	*head = set->count++;
}

static uint32_t add_wildcard(struct vocabulary *v, const char *text, bool cased)
{
	size_t length = strlen(text);
	uint32_t known = map_find(&v->wildcard_map[cased], text, length);

	if (known != NO_ATOM)
		return known;
	const char *copy = arena_strndup(&v->memory, text, length);
	uint32_t atom = add_atom(v, (struct atom){.text = copy, .length = (uint32_t)length, .wildcard = true, .cased = cased, .word = NO_ATOM});

	*strmap_put(&v->wildcard_map[cased], text, length, NULL) = atom;
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
	return add_atom(v, (struct atom){.text = "", .word = NO_ATOM, .members = (uint32_t)start, .member_count = (uint32_t)count});
}

/* ---- filters ---- */

/* The hash of some bytes, from that of the bytes before them (0 of none): of starts front to back, of ends back to front. */
static inline uint32_t hash_next(uint32_t hash, char c)
{
	return (hash ^ (unsigned char)c) * 0x9E3779B1u + 0x7F4A7C15u;
}

static uint32_t hash_start(const char *text, size_t length)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < length; i++)
		hash = hash_next(hash, text[i]);
	return hash;
}

static uint32_t hash_end(const char *text, size_t length)
{
	uint32_t hash = 0;

	for (size_t i = length; i > 0; i--)
		hash = hash_next(hash, text[i - 1]);
	return hash;
}

static inline uint32_t filter_bit(const struct key_filter *f, uint32_t hash)
{
	return (hash ^ hash >> 15) * 0x85EBCA77u >> f->shift;
}

static inline bool filter_has(const struct key_filter *f, uint32_t hash)
{
	uint32_t bit = filter_bit(f, hash);

	return f->bits[bit / 64] >> (bit % 64) & 1;
}

static void filter_init(struct key_filter *f, size_t keys)
{
	unsigned bits = 8;

	while (bits < 28 && 1u << bits < 16 * keys)
		bits++;
	f->shift = 32 - bits;
	f->bits = mem_calloc((1u << bits) / 64, sizeof *f->bits);
}

static void filter_add(struct key_filter *f, uint32_t hash)
{
	uint32_t bit = filter_bit(f, hash);

	f->bits[bit / 64] |= 1ull << (bit % 64);
}

static void make_filters(struct vocabulary *v)
{
	for (int cased = 0; cased < 2; cased++) {
		struct wildcard_set *set = &v->wildcards[cased];

		filter_init(&v->word_filter[cased], v->word_count[cased]);
		for (uint32_t i = 0; i < v->word_count[cased]; i++)
			filter_add(&v->word_filter[cased], hash_start(v->words[cased][i].text, v->words[cased][i].length));
		filter_init(&set->start_filter, set->starts.count);
		filter_init(&set->end_filter, set->ends.count);
		for (uint32_t i = 0; i < set->count; i++) {
			const struct atom *a = &v->atoms[set->items[i].atom];
			size_t start = start_key(a), end = end_key(a);

			if (start)
				filter_add(&set->start_filter, hash_start(a->text, start));
			else if (end)
				filter_add(&set->end_filter, hash_end(a->text + a->length - end, end));
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

/* ---- keeping ----
 *
 * Kept are the words with their atoms, the atoms, the members of classes and the texts; maps, lists and filters are made again. */

/* Zeroes the pointer in a struct that was written last. */
static void forget_pointer(struct buf *out, size_t size, size_t place)
{
	memset(out->data + out->length - size + place, 0, sizeof(void *));
}

void vocabulary_save(const struct vocabulary *v, struct buf *out)
{
	put_number(out, v->atom_count);
	put_number(out, v->member_count);
	put_number(out, v->code_count);
	for (uint32_t i = 0; i < v->atom_count; i++) {
		buf_append(out, &v->atoms[i], sizeof *v->atoms);
		forget_pointer(out, sizeof *v->atoms, offsetof(struct atom, text));
	}
	buf_append(out, v->members, v->member_count * sizeof *v->members);
	for (int cased = 0; cased < 2; cased++) {
		put_number(out, v->word_count[cased]);
		for (uint32_t i = 0; i < v->word_count[cased]; i++) {
			buf_append(out, &v->words[cased][i], sizeof *v->words[cased]);
			forget_pointer(out, sizeof *v->words[cased], offsetof(struct word, text));
		}
		for (uint32_t i = 0; i < v->word_count[cased]; i++)
			buf_append(out, v->words[cased][i].text, v->words[cased][i].length);
	}
	for (uint32_t i = 0; i < v->atom_count; i++)
		if (v->atoms[i].wildcard)
			buf_append(out, v->atoms[i].text, v->atoms[i].length);
}

static const char *get_text(struct vocabulary *v, struct byte_reader *r, uint32_t length)
{
	const char *text = get_span(r, length);

	return text ? arena_strndup(&v->memory, text, length) : "";
}

static void get_words(struct vocabulary *v, bool cased, struct byte_reader *r)
{
	uint32_t count = (uint32_t)get_count(r);

	v->words[cased] = get_list(r, count, sizeof *v->words[cased]);
	v->word_count[cased] = v->word_capacity[cased] = r->at ? count : 0;
	strmap_reserve(&v->word_map[cased], v->word_count[cased]);
	for (uint32_t i = 0; i < v->word_count[cased]; i++) {
		struct word *w = &v->words[cased][i];
		const uint32_t atoms[] = {w->plain, w->possessive};

		w->text = get_text(v, r, w->length);
		if (!r->at)
			return;
		*strmap_put(&v->word_map[cased], w->text, w->length, NULL) = i;
		for (size_t k = 0; k < sizeof atoms / sizeof *atoms; k++)
			if (atoms[k] != NO_ATOM)
				v->atoms[atoms[k]].text = w->text;
	}
}

void vocabulary_restore(struct vocabulary *v, struct byte_reader *r)
{
	size_t atoms = get_count(r), members = get_count(r);

	v->code_count = (uint32_t)get_number(r);
	v->atoms = get_list(r, atoms, sizeof *v->atoms);
	v->members = get_list(r, members, sizeof *v->members);
	if (!r->at)
		return;
	v->atom_count = v->atom_capacity = (uint32_t)atoms;
	v->member_count = v->member_capacity = members;
	for (uint32_t i = 0; i < v->atom_count; i++)
		v->atoms[i].text = "";
	for (int cased = 0; cased < 2; cased++)
		get_words(v, cased, r);
	for (uint32_t i = 0; i < v->atom_count && r->at; i++) {
		struct atom *a = &v->atoms[i];

		if (!a->wildcard)
			continue;
		a->text = get_text(v, r, a->length);
		if (r->at)
			add_to_list(v, &v->wildcards[a->cased], i);
	}
	if (r->at)
		vocabulary_seal(v);
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

		if (wildcard_matches(a->text, a->length, text, length))
			add_found(m, set->items[item].atom);
	}
}

/* hashes: of the first n bytes, by n. */
static void read_wildcards(const struct vocabulary *v, bool cased, const char *text, size_t length, const uint32_t *hashes, struct meaning *m)
{
	const struct wildcard_set *set = &v->wildcards[cased];
	uint32_t hash = 0;

	for (uint64_t lengths = set->start_lengths; lengths; lengths &= lengths - 1) {
		size_t n = (size_t)__builtin_ctzll(lengths);

		if (n > length)
			break;
		if (filter_has(&set->start_filter, hashes[n]))
			try_list(v, set, map_find(&set->starts, text, n), text, length, m);
	}
	for (size_t n = 1; n <= length && set->end_lengths >> n; n++) {
		hash = hash_next(hash, text[length - n]);
		if ((set->end_lengths >> n & 1) && filter_has(&set->end_filter, hash))
			try_list(v, set, map_find(&set->ends, text + length - n, n), text, length, m);
	}
	try_list(v, set, set->inside, text, length, m);
}

/* One reading of a spelling: the whole word, or the base of a possessive. */
static void read_form(const struct vocabulary *v, bool cased, bool base, const char *text, size_t length, struct meaning *m)
{
	uint32_t hashes[LONGEST_KEY + 1], hash = 0, number = NO_ATOM;

	hashes[0] = 0;
	for (size_t i = 0; i < length; i++) {
		hash = hash_next(hash, text[i]);
		if (i < LONGEST_KEY)
			hashes[i + 1] = hash;
	}
	if (filter_has(&v->word_filter[cased], hash))
		number = map_find(&v->word_map[cased], text, length);
	if (number != NO_ATOM) {
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
