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

INLINE void look_up_with(struct words *w, const struct tokens *t, const char *text, size_t length, struct word_stream *out, probe_function *probe)
{
	const uint32_t *edges = t->edges;
	const struct word_set *sets = words_table(w);
	uint64_t *hashes = out->hashes;
	struct word_tag *tags = out->tags;
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
		}
		hashes[i] = found->hash;
		tags[i] = found->tag;
	}
	for (; i < count; i++) {
		struct word_value value = words_look_up_one(w, text, length, edges[2 * (size_t)i], edges[2 * (size_t)i + 1]);

		hashes[i] = value.hash;
		tags[i] = value.tag;
	}
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

/* ---- writing out ---- */

INLINE void pack_some(struct word_stream *out, unsigned code_width, uint32_t from, uint32_t to)
{
	unsigned char *stream = out->stream + (size_t)from * code_width;
	uint32_t triggering = out->triggering_count, several = out->several_count;

	for (uint32_t i = from; i < to; i++) {
		uint32_t code = out->tags[i].code;

		memcpy(stream, &code, sizeof code); /* the next code overwrites what is too much */
		stream += code_width;
		out->triggering[triggering] = i;
		triggering += code >> 30 & 1;
		out->several[several] = i;
		several += code >> 31;
	}
	out->triggering_count = triggering;
	out->several_count = several;
}

static void plain_run(struct words *w, unsigned code_width, const struct tokens *t, const char *text, size_t length, struct word_stream *out)
{
	look_up_with(w, t, text, length, out, plain_probe);
	pack_some(out, code_width, 0, t->count);
}

#if defined __x86_64__

#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,bmi,bmi2,popcnt")))

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

AVX2 static void avx2_run(struct words *w, unsigned code_width, const struct tokens *t, const char *text, size_t length, struct word_stream *out)
{
	look_up_with(w, t, text, length, out, avx2_probe);
	pack_some(out, code_width, 0, t->count);
}

/* ---- AVX-512 ---- */

AVX512 INLINE const struct word_value *avx512_probe(const struct word_set *sets, const char *at, uint32_t n)
{
	__m128i key = _mm_maskz_loadu_epi8((__mmask16)_bzhi_u32(0xFFFF, n), at);
	const struct word_set *s = &sets[word_set_of((uint64_t)_mm_cvtsi128_si64(key), (uint64_t)_mm_extract_epi64(key, 1))];

	return choose(s, _mm256_cmpeq_epi64_mask(_mm256_broadcastsi128_si256(key), _mm256_load_si256((const __m256i *)s->keys)));
}

/* Two-byte codes, sixteen tokens at a time. */
AVX512 static uint32_t avx512_pack(struct word_stream *out, uint32_t count)
{
	const __m512i odd = _mm512_set_epi32(31, 29, 27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
	__m512i numbers = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
	uint32_t triggering = 0, several = 0, i;

	for (i = 0; i + 16 <= count; i += 16) {
		const struct word_tag *tags = out->tags + i;
		__m512i codes = _mm512_permutex2var_epi32(_mm512_loadu_si512(tags), odd, _mm512_loadu_si512(tags + 8));
		__mmask16 triggers = _mm512_test_epi32_mask(codes, _mm512_set1_epi32(WORD_TRIGGERS));
		__mmask16 others = _mm512_test_epi32_mask(codes, _mm512_set1_epi32((int)WORD_SEVERAL));

		_mm256_storeu_si256((__m256i *)(out->stream + 2 * (size_t)i), _mm512_cvtepi32_epi16(codes));
		_mm512_storeu_si512(out->triggering + triggering, _mm512_maskz_compress_epi32(triggers, numbers));
		triggering += (uint32_t)__builtin_popcount(triggers);
		if (others) {
			_mm512_storeu_si512(out->several + several, _mm512_maskz_compress_epi32(others, numbers));
			several += (uint32_t)__builtin_popcount(others);
		}
		numbers = _mm512_add_epi32(numbers, _mm512_set1_epi32(16));
	}
	out->triggering_count = triggering;
	out->several_count = several;
	return i;
}

AVX512 static void avx512_run(struct words *w, unsigned code_width, const struct tokens *t, const char *text, size_t length, struct word_stream *out)
{
	look_up_with(w, t, text, length, out, avx512_probe);
	pack_some(out, code_width, code_width == 2 ? avx512_pack(out, t->count) : 0, t->count);
}

#endif

void words_run(struct words *w, enum engine engine, unsigned code_width, const struct tokens *t, const char *text, size_t length,
               struct word_stream *out)
{
	out->triggering_count = out->several_count = 0;
	switch (engine) {
#if defined __x86_64__
	case ENGINE_AVX512:
		avx512_run(w, code_width, t, text, length, out);
		break;
	case ENGINE_AVX2:
		avx2_run(w, code_width, t, text, length, out);
		break;
#endif
	default:
		plain_run(w, code_width, t, text, length, out);
	}
}
