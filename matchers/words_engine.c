/* The loops over the words of a text, for each kind of machine: every token's spelling is looked for in the table, then what was found is written out as
 * codes and lists. No branch depends on which word it is; a word that is not in the table is seldom met. */
#include <string.h>

#include "matchers/words.h"

#if defined __x86_64__
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "keys and codes are written lowest byte first");
_Static_assert(sizeof(struct word_set) == 64 && sizeof(struct word_value) == 16 && sizeof(struct word_tag) == 8, "no padding");

/* ---- looking up ---- */

/* Looks for the n bytes at a place that has SHORT_BYTES of text; NULL if the table does not hold them. */
typedef const struct word_value *probe_function(const struct word_set *sets, const char *at, uint32_t n);

INLINE uint64_t load(const char *at)
{
	uint64_t x;

	memcpy(&x, at, sizeof x);
	return x;
}

/* What lies past the last word satisfies nothing. */
INLINE void end_words(struct word_stream *out, uint32_t count)
{
	memset(out->keys + count, 0, WORD_SLACK * sizeof *out->keys);
	out->sides[count] = (struct sides){0, 0};
}

INLINE void look_up_with(struct words *w, const struct tokens *t, const char *text, size_t length, struct word_stream *out, probe_function *probe)
{
	const uint32_t *edges = t->edges;
	const struct word_set *sets = words_table(w);
	uint64_t *hashes = out->hashes;
	struct word_tag *tags = out->tags;
	struct sense_key *keys = out->keys;
	struct sides *sides = out->sides;
	const struct sense_key *of_sense = words_keys(w);
	const uint32_t count = t->count;
	uint32_t safe = count, i; /* tokens before safe have SHORT_BYTES of text and a byte after them */

	while (safe > 0 && (edges[2 * (size_t)safe - 2] + SHORT_BYTES >= length || edges[2 * (size_t)safe - 1] >= length))
		safe--;
	for (i = 0; i < safe; i++) {
		uint64_t edge = load((const char *)(edges + 2 * (size_t)i));
		uint32_t start = (uint32_t)edge, n = (uint32_t)(edge >> 32) - start;
		int after = (signed char)text[edge >> 32];

		/* a byte outside ASCII may be an apostrophe */
		const struct word_value *found = __builtin_expect(((int)(SHORT_BYTES - 1 - n) | after) < 0, 0) ? NULL : probe(sets, text + start, n + (after == '\''));
		struct word_value value;

		if (__builtin_expect(!found, 0)) {
			value = words_look_up_one(w, text, length, start, (uint32_t)(edge >> 32));
			found = &value;
			of_sense = words_keys(w);
		}
		hashes[i] = found->hash;
		tags[i] = found->tag;
		keys[i] = of_sense[found->tag.sense];
		sides[i] = of_sense[found->tag.sense].sides;
	}
	for (; i < count; i++) {
		struct word_value value = words_look_up_one(w, text, length, edges[2 * (size_t)i], edges[2 * (size_t)i + 1]);

		hashes[i] = value.hash;
		tags[i] = value.tag;
		keys[i] = words_keys(w)[value.tag.sense];
		sides[i] = keys[i].sides;
	}
	end_words(out, count);
}

/* As above, up to the first word whose number is unknown. */
static uint32_t fill_with(const struct words *w, const struct word_tag *tag_of, const uint32_t *numbers, uint32_t from, uint32_t count, struct word_stream *out)
{
	struct word_tag *tags = out->tags;
	struct sense_key *keys = out->keys;
	struct sides *sides = out->sides;
	const struct sense_key *of_sense = words_keys(w);
	uint32_t i;

	for (i = from; i < count; i++) {
		struct word_tag tag = tag_of[numbers[i]];

		if (__builtin_expect(tag.sense == UNKNOWN_WORD, 0))
			return i;
		tags[i] = tag;
		keys[i] = of_sense[tag.sense];
		sides[i] = of_sense[tag.sense].sides;
	}
	end_words(out, count);
	return count;
}

static const uint64_t LOW_MASK[SHORT_BYTES + 1] = {
	0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF,
	~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull, ~0ull,
};
static const uint64_t HIGH_MASK[SHORT_BYTES + 1] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFFFF, 0xFFFFFF, 0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF, ~0ull,
};

INLINE const struct word_value *plain_probe(const struct word_set *sets, const char *at, uint32_t n)
{
	uint64_t low = load(at) & LOW_MASK[n], high = load(at + 8) & HIGH_MASK[n];
	const struct word_set *s = &sets[word_set_of(low, high)];
	uint64_t first = (s->keys[0][0] ^ low) | (s->keys[0][1] ^ high), second = (s->keys[1][0] ^ low) | (s->keys[1][1] ^ high);

	/* as arithmetic, for a branch on which of the two is 0 would often be taken wrongly */
	if (__builtin_expect(((first | -first) & (second | -second)) >> 63, 0))
		return NULL;
	return &s->values[second == 0];
}

/* ---- writing out ----
 *
 * Which tokens anchor something by themselves; which are a pair with the next, by the sides of both; and which may stand in a run, by their codes:
 * only these go into Hyperscan's stream. A gap that is a break parts neighbours. */

/* What has been written, and what the token before the next one leaves to it. */
struct packing {
	uint32_t written, singles, several, pairs;
	uint32_t linked; /* 1: it and the next may stand in a run together */
	uint32_t live;   /* 1: it is in the stream as itself */
};

/* What token i and the next may be part of. */
INLINE uint32_t link_bits(const struct word_stream *out, const struct layout *l, const uint8_t *gaps, uint32_t i)
{
	uint32_t slot = link_slot(out->tags[i].code & 0xFFFFFF, out->tags[i + 1].code & 0xFFFFFF, l->link_shift);
	uint32_t open = (gaps[i] / GAP_BREAK & 1) - 1;

	return l->links[slot / 16] >> 2 * (slot % 16) & open;
}

/* 1 if token i may be a pair with the next. */
INLINE uint32_t may_be_pair(const struct pair_filter *f, const struct word_stream *out, const uint8_t *gaps, uint32_t i)
{
	uint32_t left = out->sides[i].left, right = out->sides[i + 1].right, bit = pair_bit(left, right, f->shift);

	return (f->bits[bit / 32] >> (bit % 32) & 1) & (left != 0) & (right != 0) & !(gaps[i] & GAP_BREAK);
}

INLINE void pack_some(const struct pair_filter *f, struct word_stream *out, const struct layout *l, const uint8_t *gaps, uint32_t from, uint32_t to, struct packing *p)
{
	const unsigned width = l->code_width;
	const uint32_t none = code_bytes(0, width);
	uint32_t bits = from < to ? link_bits(out, l, gaps, from) : 0;

	for (uint32_t i = from; i < to; i++) {
		uint32_t code = out->tags[i].code, next_bits = i + 1 < to ? link_bits(out, l, gaps, i + 1) : LINK_LATER;
		uint32_t linked = (bits / LINK_FIRST & next_bits / LINK_LATER & 1) | (bits / LINK_LATER & p->linked), live = linked | p->linked;
		uint32_t written = live ? code : none;

		memcpy(out->stream + (size_t)p->written * width, &written, sizeof written); /* the next code overwrites what is too much */
		out->stream_tokens[p->written] = i;
		p->written += live | p->live;
		p->linked = linked;
		p->live = live;
		out->singles[p->singles] = i;
		p->singles += code >> 30 & 1;
		out->several[p->several] = i;
		p->several += code >> 31;
		out->pairs[p->pairs] = i;
		p->pairs += may_be_pair(f, out, gaps, i);
		bits = next_bits;
	}
}

INLINE void pack_end(struct word_stream *out, const struct packing *p)
{
	out->stream_count = p->written;
	out->single_count = p->singles;
	out->several_count = p->several;
	out->pair_count = p->pairs;
}

static void plain_pack(struct words *w, const struct layout *l, const struct tokens *t, struct word_stream *out)
{
	struct packing p = {0};

	pack_some(words_pair_filter(w), out, l, t->gaps, 0, t->count, &p);
	pack_end(out, &p);
}

static void plain_run(struct words *w, const struct layout *l, const struct tokens *t, const char *text, size_t length, struct word_stream *out)
{
	look_up_with(w, t, text, length, out, plain_probe);
	plain_pack(w, l, t, out);
}

#if defined __x86_64__

#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,bmi,bmi2,popcnt")))

/* Where in a set the value is, by which halves of its keys are equal (bits 0 and 1: of the first key; 2 and 3: of the second); 0: nowhere. */
static const unsigned char PLACES[16] = {0, 0, 0, 32, 0, 0, 0, 32, 0, 0, 0, 32, 48, 48, 48, 48};

INLINE const struct word_value *choose(const struct word_set *s, unsigned same)
{
	size_t place = PLACES[same];

	return __builtin_expect(place == 0, 0) ? NULL : (const struct word_value *)((const char *)s + place);
}

/* ---- AVX2 ---- */

/* SHORT_BYTES - n bytes from its start: n bytes of ones, then zeros */
static const unsigned char BYTE_MASK[2 * SHORT_BYTES] = {
	0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
};

AVX2 INLINE const struct word_value *avx2_probe(const struct word_set *sets, const char *at, uint32_t n)
{
	__m128i key = _mm_and_si128(_mm_loadu_si128((const __m128i *)at), _mm_loadu_si128((const __m128i *)(BYTE_MASK + SHORT_BYTES - n)));
	const struct word_set *s = &sets[word_set_of((uint64_t)_mm_cvtsi128_si64(key), (uint64_t)_mm_extract_epi64(key, 1))];
	__m256i same = _mm256_cmpeq_epi64(_mm256_broadcastsi128_si256(key), _mm256_load_si256((const __m256i *)s->keys));

	return choose(s, (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(same)));
}

AVX2 static void avx2_pack(struct words *w, const struct layout *l, const struct tokens *t, struct word_stream *out)
{
	struct packing p = {0};

	pack_some(words_pair_filter(w), out, l, t->gaps, 0, t->count, &p);
	pack_end(out, &p);
}

AVX2 static void avx2_run(struct words *w, const struct layout *l, const struct tokens *t, const char *text, size_t length, struct word_stream *out)
{
	look_up_with(w, t, text, length, out, avx2_probe);
	avx2_pack(w, l, t, out);
}

/* ---- AVX-512 ---- */

AVX512 INLINE const struct word_value *avx512_probe(const struct word_set *sets, const char *at, uint32_t n)
{
	__m128i key = _mm_maskz_loadu_epi8((__mmask16)_bzhi_u32(0xFFFF, n), at);
	const struct word_set *s = &sets[word_set_of((uint64_t)_mm_cvtsi128_si64(key), (uint64_t)_mm_extract_epi64(key, 1))];

	return choose(s, _mm256_cmpeq_epi64_mask(_mm256_broadcastsi128_si256(key), _mm256_load_si256((const __m256i *)s->keys)));
}

/* The second halves of 16 tags. */
AVX512 INLINE __m512i avx512_codes(const struct word_tag *tags)
{
	const __m512i odd = _mm512_set_epi32(31, 29, 27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);

	return _mm512_permutex2var_epi32(_mm512_loadu_si512(tags), odd, _mm512_loadu_si512(tags + 8));
}

/* Appends the numbers of the chosen tokens; up to 16 places after the list may be overwritten. */
AVX512 INLINE uint32_t avx512_note(uint32_t *list, uint32_t count, __mmask16 chosen, __m512i numbers)
{
	_mm512_storeu_si512(list + count, _mm512_maskz_compress_epi32(chosen, numbers));
	return count + (uint32_t)__builtin_popcount(chosen);
}

/* Which of 16 tokens may be a pair with the next. */
AVX512 INLINE __mmask16 avx512_pairs(const struct pair_filter *f, const struct sides *sides, __mmask16 open)
{
	const __m512i even = _mm512_set_epi32(30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0), one = _mm512_set1_epi32(1);
	__m512i left = _mm512_permutex2var_epi32(_mm512_loadu_si512(sides), even, _mm512_loadu_si512(sides + 8));
	__m512i right = _mm512_permutex2var_epi32(_mm512_loadu_si512(&sides[1].right), even, _mm512_loadu_si512(&sides[9].right));
	__mmask16 both = _mm512_test_epi32_mask(left, left) & _mm512_test_epi32_mask(right, right) & open;
	__m512i bit = _mm512_add_epi32(_mm512_mullo_epi32(left, _mm512_set1_epi32((int)LINK_FACTOR_A)), _mm512_mullo_epi32(right, _mm512_set1_epi32((int)LINK_FACTOR_B)));

	bit = _mm512_srl_epi32(bit, _mm_cvtsi32_si128((int)f->shift));
	__m512i words = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), both, _mm512_srli_epi32(bit, 5), f->bits, 4);

	return _mm512_mask_test_epi32_mask(both, words, _mm512_sllv_epi32(one, _mm512_and_si512(bit, _mm512_set1_epi32(31))));
}

/* pack_some() for two-byte codes, sixteen tokens at a time; returns how many tokens it did. */
AVX512 static uint32_t avx512_pack_many(const struct pair_filter *f, struct word_stream *out, const struct layout *l, const uint8_t *gaps, uint32_t count, struct packing *p)
{
	const __m512i low = _mm512_set1_epi32(0xFFFF), none = _mm512_set1_epi32((int)code_bytes(0, 2));
	const __m512i factor_a = _mm512_set1_epi32((int)LINK_FACTOR_A), factor_b = _mm512_set1_epi32((int)LINK_FACTOR_B);
	const __m128i shift = _mm_cvtsi32_si128((int)l->link_shift);
	__m512i numbers = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
	uint32_t i;

	for (i = 0; i + 16 <= count; i += 16) {
		__m512i codes = avx512_codes(out->tags + i), next = avx512_codes(out->tags + i + 1);
		__m512i a = _mm512_and_si512(codes, low), b = _mm512_and_si512(next, low);
		__mmask16 open = ~_mm_test_epi8_mask(_mm_loadu_si128((const __m128i *)(gaps + i)), _mm_set1_epi8(GAP_BREAK));
		__mmask16 worth = _mm512_cmpneq_epi32_mask(a, none) & _mm512_cmpneq_epi32_mask(b, none) & open;
		__m512i slot = _mm512_srl_epi32(_mm512_add_epi32(_mm512_mullo_epi32(a, factor_a), _mm512_mullo_epi32(b, factor_b)), shift);
		__m512i bits = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), worth, _mm512_srli_epi32(slot, 4), l->links, 4);

		bits = _mm512_srlv_epi32(bits, _mm512_slli_epi32(_mm512_and_si512(slot, _mm512_set1_epi32(15)), 1));
		uint32_t first = _mm512_test_epi32_mask(bits, _mm512_set1_epi32(LINK_FIRST)), later = _mm512_test_epi32_mask(bits, _mm512_set1_epi32(LINK_LATER));
		uint32_t linked = first & (later >> 1 | 1u << 15); /* what follows the last two is not known yet */

		for (int k = 0; k < RUN_MOST - 2; k++)
			linked |= later & (linked << 1 | p->linked);
		uint32_t live = (linked | linked << 1 | p->linked) & 0xFFFF, written = (live | live << 1 | p->live) & 0xFFFF;

		if (written) {
			__m512i out_codes = _mm512_mask_mov_epi32(none, (__mmask16)live, codes);

			_mm256_storeu_si256((__m256i *)(out->stream + 2 * (size_t)p->written),
			                    _mm256_maskz_compress_epi16((__mmask16)written, _mm512_cvtepi32_epi16(out_codes)));
			p->written = avx512_note(out->stream_tokens, p->written, (__mmask16)written, numbers);
		}
		p->linked = linked >> 15 & 1;
		p->live = live >> 15 & 1;
		p->pairs = avx512_note(out->pairs, p->pairs, avx512_pairs(f, out->sides + i, open), numbers);
		p->singles = avx512_note(out->singles, p->singles, _mm512_test_epi32_mask(codes, _mm512_set1_epi32(WORD_SINGLE)), numbers);
		if (_mm512_movepi32_mask(codes)) /* WORD_SEVERAL */
			p->several = avx512_note(out->several, p->several, _mm512_movepi32_mask(codes), numbers);
		numbers = _mm512_add_epi32(numbers, _mm512_set1_epi32(16));
	}
	return i;
}

AVX512 static void avx512_pack(struct words *w, const struct layout *l, const struct tokens *t, struct word_stream *out)
{
	struct packing p = {0};
	uint32_t done = 0;

	if (l->code_width == 2)
		done = avx512_pack_many(words_pair_filter(w), out, l, t->gaps, t->count, &p);
	pack_some(words_pair_filter(w), out, l, t->gaps, done, t->count, &p);
	pack_end(out, &p);
}

AVX512 static void avx512_run(struct words *w, const struct layout *l, const struct tokens *t, const char *text, size_t length, struct word_stream *out)
{
	look_up_with(w, t, text, length, out, avx512_probe);
	avx512_pack(w, l, t, out);
}

#endif

void words_run(struct words *w, enum engine engine, const struct layout *l, const struct tokens *t, const char *text, size_t length,
               struct word_stream *out)
{
	switch (engine) {
#if defined __x86_64__
	case ENGINE_AVX512:
		avx512_run(w, l, t, text, length, out);
		break;
	case ENGINE_AVX2:
		avx2_run(w, l, t, text, length, out);
		break;
#endif
	default:
		plain_run(w, l, t, text, length, out);
	}
}

uint32_t words_run_numbers(struct words *w, enum engine engine, const struct layout *l, const struct word_tag *tag_of, const uint32_t *numbers, uint32_t from,
                           const struct tokens *t, struct word_stream *out)
{
	uint32_t done = fill_with(w, tag_of, numbers, from, t->count, out);

	if (done < t->count)
		return done;
	switch (engine) {
#if defined __x86_64__
	case ENGINE_AVX512:
		avx512_pack(w, l, t, out);
		break;
	case ENGINE_AVX2:
		avx2_pack(w, l, t, out);
		break;
#endif
	default:
		plain_pack(w, l, t, out);
	}
	return done;
}
