/* The parts of the tokeniser that are written for each kind of machine: bytes to masks, and masks to positions.
 *
 * What is done with the masks is written once, in find_edges_with(), and becomes part of each engine's own function. */

#include "matchers/token.h"

#if defined __x86_64__
#include <immintrin.h>
#elif defined __aarch64__
#include <arm_neon.h>
#endif

#define INLINE static inline __attribute__((always_inline))

enum { IS_WORD = 1, IS_QUOTE = 2, IS_MARK = 4 };

/* Of ASCII. Marked are the characters that may make a gap other than plain: not the space, and none that only separates. */
#define X3(v) v, v, v
#define X4(v) v, v, v, v
#define X16(v) X4(v), X4(v), X4(v), X4(v)
static const unsigned char CLASSES[128] = {
	X16(IS_MARK), X16(IS_MARK),
	0, IS_MARK, X4(0), 0, IS_QUOTE, IS_MARK, IS_MARK, 0, 0, X3(IS_MARK), 0,                   /* sp ! " # $ % & ' ( ) * + , - . / */
	X4(IS_WORD), X4(IS_WORD), IS_WORD, IS_WORD, IS_MARK, IS_MARK, X3(0), IS_MARK,             /* 0..9 : ; < = > ? */
	0, X3(IS_WORD), X4(IS_WORD), X4(IS_WORD), X4(IS_WORD),                                    /* @ A..O */
	X4(IS_WORD), X4(IS_WORD), X3(IS_WORD), IS_MARK, 0, IS_MARK, 0, 0,                         /* P..Z [ \ ] ^ _ */
	0, X3(IS_WORD), X4(IS_WORD), X4(IS_WORD), X4(IS_WORD),                                    /* ` a..o */
	X4(IS_WORD), X4(IS_WORD), X3(IS_WORD), IS_MARK, IS_MARK, IS_MARK, 0, IS_MARK,             /* p..z { | } ~ del */
};

/* ---- from masks to tokens ---- */

/* Writes base plus the place of each set bit to out, of which up to BLOCK_BYTES places may be overwritten; returns how many bits there are. */
typedef size_t positions_function(uint64_t bits, uint32_t base, uint32_t *out);

INLINE void find_edges_with(const struct chunk *c, struct edge_state *state, struct tokens *t, positions_function *positions)
{
	uint64_t carry = state->carry, word_before = state->carry;
	size_t edges = state->edges, marked = t->marked_count;
	uint32_t last = marked ? t->marked[marked - 1] : UINT32_MAX;

	for (size_t b = 0; b < c->blocks; b++) {
		uint64_t word = c->word[b], quote = c->quote[b];

		if (quote) { /* an apostrophe between two word characters belongs to the word */
			uint64_t word_after = b + 1 < c->blocks ? c->word[b + 1] & 1 : c->word_after;
			uint64_t joins = quote & (word << 1 | word_before) & (word >> 1 | word_after << 63);

			word_before = word >> 63;
			word |= joins;
		} else {
			word_before = word >> 63;
		}
		uint64_t before = word << 1 | carry, starts = word & ~before, mark = c->mark[b] & ~word;
		uint32_t tokens_before = (uint32_t)((edges + 1) / 2);

		edges += positions(word ^ before, (uint32_t)(c->base + b * BLOCK_BYTES), t->edges + edges);
		carry = word >> 63;
		while (mark) {
			unsigned at = (unsigned)__builtin_ctzll(mark);
			uint64_t later = starts & ~((2ull << at) - 1);
			uint32_t token = tokens_before + (uint32_t)__builtin_popcountll(starts & ((1ull << at) - 1)) - 1;

			t->marked[marked] = token;
			marked += token != last; /* which is UINT32_MAX before the first token too */
			last = token;
			mark &= later ? -(later & -later) : 0; /* on to the next gap */
		}
	}
	state->edges = edges;
	state->carry = carry;
	t->marked_count = (uint32_t)marked;
}

/* ---- plain C ---- */

static void plain_classify(const char *text, size_t blocks, struct chunk *c, size_t first)
{
	for (size_t b = 0; b < blocks; b++) {
		uint64_t word = 0, quote = 0, mark = 0, high = 0;

		for (unsigned i = 0; i < BLOCK_BYTES; i++) {
			unsigned char byte = (unsigned char)text[b * BLOCK_BYTES + i];
			uint64_t class = byte < 0x80 ? CLASSES[byte] : 0;

			word |= (class & IS_WORD) << i;
			quote |= (class >> 1 & 1) << i;
			mark |= (class >> 2 & 1) << i;
			high |= (uint64_t)(byte >> 7) << i;
		}
		c->word[first + b] = word;
		c->quote[first + b] = quote;
		c->mark[first + b] = mark;
		c->high[first + b] = high;
	}
}

INLINE size_t plain_positions(uint64_t bits, uint32_t base, uint32_t *out)
{
	size_t n = 0;

	for (; bits; bits &= bits - 1)
		out[n++] = base + (uint32_t)__builtin_ctzll(bits);
	return n;
}

static void plain_find_edges(const struct chunk *c, struct edge_state *state, struct tokens *t)
{
	find_edges_with(c, state, t, plain_positions);
}

/* Eight at a time, so that the loop seldom takes another turn than the last time. */
INLINE size_t batch_positions(uint64_t bits, uint32_t base, uint32_t *out)
{
	size_t count = (size_t)__builtin_popcountll(bits);

	for (size_t n = 0; n < count; n += 8)
		for (unsigned i = 0; i < 8; i++) {
			out[n + i] = base + (uint32_t)__builtin_ctzll(bits | 1ull << 63);
			bits &= bits - 1;
		}
	return count;
}

#if defined __x86_64__

/* ---- AVX2 ---- */

#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt,lzcnt")))

struct avx2_tables {
	__m256i mark_low, mark_high;
};

/* Bytes of v that are in the ranges a-z, A-Z or 0-9. */
AVX2 INLINE uint32_t avx2_word(__m256i v)
{
	__m256i letter = _mm256_sub_epi8(_mm256_or_si256(v, _mm256_set1_epi8(0x20)), _mm256_set1_epi8('a'));
	__m256i digit = _mm256_sub_epi8(v, _mm256_set1_epi8('0'));

	letter = _mm256_cmpeq_epi8(_mm256_min_epu8(letter, _mm256_set1_epi8(25)), letter);
	digit = _mm256_cmpeq_epi8(_mm256_min_epu8(digit, _mm256_set1_epi8(9)), digit);
	return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(letter, digit));
}

/* Marked bytes, by a table for each half of the byte: bit n of the low table's entry says that a byte with high half n (2..7) is marked; bytes below space are. */
AVX2 INLINE uint32_t avx2_mark(__m256i v, const struct avx2_tables *t)
{
	__m256i half = _mm256_set1_epi8(0x0F);
	__m256i low = _mm256_shuffle_epi8(t->mark_low, _mm256_and_si256(v, half));
	__m256i high = _mm256_shuffle_epi8(t->mark_high, _mm256_and_si256(_mm256_srli_epi16(v, 4), half));

	return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(low, high), _mm256_setzero_si256()));
}

AVX2 static void avx2_classify(const char *text, size_t blocks, struct chunk *c, size_t first)
{
	unsigned char low[16], high[16];

	for (unsigned i = 0; i < 16; i++) {
		low[i] = 0;
		for (unsigned k = 0; k < 8; k++)
			low[i] |= (unsigned char)((CLASSES[k << 4 | i] & IS_MARK ? 1u : 0u) << k);
		high[i] = (unsigned char)(i < 8 ? 1u << i : 0);
	}
	const struct avx2_tables tables = {
		_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)low)),
		_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)high)),
	};

	for (size_t b = 0; b < blocks; b++) {
		const char *at = text + b * BLOCK_BYTES;
		__m256i v0 = _mm256_loadu_si256((const __m256i *)at), v1 = _mm256_loadu_si256((const __m256i *)(at + 32));
		__m256i q = _mm256_set1_epi8('\'');

		c->word[first + b] = avx2_word(v0) | (uint64_t)avx2_word(v1) << 32;
		c->mark[first + b] = avx2_mark(v0, &tables) | (uint64_t)avx2_mark(v1, &tables) << 32;
		c->quote[first + b] = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(v0, q)) |
		                      (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(v1, q)) << 32;
		c->high[first + b] = (uint32_t)_mm256_movemask_epi8(v0) | (uint64_t)(uint32_t)_mm256_movemask_epi8(v1) << 32;
	}
}

AVX2 static void avx2_find_edges(const struct chunk *c, struct edge_state *state, struct tokens *t)
{
	find_edges_with(c, state, t, batch_positions);
}

/* ---- AVX-512 ---- */

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2,popcnt,lzcnt")))

AVX512 static void avx512_classify(const char *text, size_t blocks, struct chunk *c, size_t first)
{
	__m512i low = _mm512_loadu_si512(CLASSES), high = _mm512_loadu_si512(CLASSES + 64);

	for (size_t b = 0; b < blocks; b++) {
		__m512i v = _mm512_loadu_si512(text + b * BLOCK_BYTES);
		__mmask64 outside = _mm512_movepi8_mask(v);
		__m512i class = _mm512_maskz_permutex2var_epi8(~outside, low, v, high);

		c->word[first + b] = _mm512_test_epi8_mask(class, _mm512_set1_epi8(IS_WORD));
		c->quote[first + b] = _mm512_test_epi8_mask(class, _mm512_set1_epi8(IS_QUOTE));
		c->mark[first + b] = _mm512_test_epi8_mask(class, _mm512_set1_epi8(IS_MARK));
		c->high[first + b] = outside;
	}
}

AVX512 INLINE size_t avx512_positions(uint64_t bits, uint32_t base, uint32_t *out)
{
	const __m512i all = _mm512_set_epi8(63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37,
	                                    36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10,
	                                    9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
	__m512i at = _mm512_maskz_compress_epi8(bits, all), from = _mm512_set1_epi32((int)base);
	size_t count = (size_t)__builtin_popcountll(bits);

	_mm512_storeu_si512(out, _mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(at))));
	_mm512_storeu_si512(out + 16, _mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(at, 1))));
	if (count > 32) {
		_mm512_storeu_si512(out + 32, _mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(at, 2))));
		_mm512_storeu_si512(out + 48, _mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(at, 3))));
	}
	return count;
}

AVX512 static void avx512_find_edges(const struct chunk *c, struct edge_state *state, struct tokens *t)
{
	find_edges_with(c, state, t, avx512_positions);
}

#elif defined __aarch64__

/* ---- NEON ---- */

/* One bit a byte from four vectors of 0x00 and 0xFF. */
INLINE uint64_t neon_mask(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d)
{
	static const uint8_t BITS[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
	uint8x16_t bit = vld1q_u8(BITS);
	uint8x16_t ab = vpaddq_u8(vandq_u8(a, bit), vandq_u8(b, bit)), cd = vpaddq_u8(vandq_u8(c, bit), vandq_u8(d, bit));

	ab = vpaddq_u8(ab, cd);
	return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(ab, ab)), 0);
}

static void neon_classify(const char *text, size_t blocks, struct chunk *c, size_t first)
{
	uint8x16x4_t low = vld1q_u8_x4(CLASSES), high = vld1q_u8_x4(CLASSES + 64);

	for (size_t b = 0; b < blocks; b++) {
		uint8x16_t class[4], outside[4];

		for (unsigned i = 0; i < 4; i++) {
			uint8x16_t v = vld1q_u8((const uint8_t *)text + b * BLOCK_BYTES + 16 * i);

			/* a place past the end of a table gives 0, and leaves what the other gave */
			class[i] = vqtbx4q_u8(vqtbl4q_u8(low, v), high, vsubq_u8(v, vdupq_n_u8(64)));
			outside[i] = vcgeq_u8(v, vdupq_n_u8(0x80));
		}
#define NEON_TEST(bit) \
	neon_mask(vtstq_u8(class[0], vdupq_n_u8(bit)), vtstq_u8(class[1], vdupq_n_u8(bit)), vtstq_u8(class[2], vdupq_n_u8(bit)), \
	          vtstq_u8(class[3], vdupq_n_u8(bit)))
		c->word[first + b] = NEON_TEST(IS_WORD);
		c->quote[first + b] = NEON_TEST(IS_QUOTE);
		c->mark[first + b] = NEON_TEST(IS_MARK);
		c->high[first + b] = neon_mask(outside[0], outside[1], outside[2], outside[3]);
	}
}

static void neon_find_edges(const struct chunk *c, struct edge_state *state, struct tokens *t)
{
	find_edges_with(c, state, t, batch_positions);
}

#endif

/* ---- */

const struct token_engine token_engines[ENGINE_COUNT] = {
#if defined __x86_64__
	[ENGINE_AVX512] = {avx512_classify, avx512_find_edges},
	[ENGINE_AVX2] = {avx2_classify, avx2_find_edges},
#elif defined __aarch64__
	[ENGINE_NEON] = {neon_classify, neon_find_edges},
#endif
	[ENGINE_PLAIN] = {plain_classify, plain_find_edges},
};

int engine_available(enum engine e)
{
	if (e == ENGINE_AUTO || e == ENGINE_PLAIN)
		return 1;
#if defined __x86_64__
	__builtin_cpu_init();
	if (e == ENGINE_AVX512)
		return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
		       __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2");
	if (e == ENGINE_AVX2)
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
#elif defined __aarch64__
	return e == ENGINE_NEON;
#endif
	return 0;
}
