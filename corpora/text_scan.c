/* One pass over bytes: is it UTF-8, and does it look like text. The vector forms classify 64 bytes at a time into bit masks (one bit a
 * byte) and check with shifts that continuation bytes stand exactly where the lead bytes want them; only the mask making
 * differs between AVX2 and AVX-512. */
#include "corpora/text.h"

#include "base/utf8.h"

#if defined __x86_64__
#include <immintrin.h>
#endif

static void count_controls(const unsigned char *bytes, size_t length, struct text_scan *scan)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = bytes[i];
		scan->controls += (c < 0x20 && (c < 9 || c > 13)) || c == 0x7F;
		scan->nuls += c == 0;
	}
}

/* Goes on from scan->valid. */
static void scan_valid(const unsigned char *bytes, size_t length, struct text_scan *scan)
{
	size_t at = scan->valid, n;
	uint32_t c;
	while (at < length && (n = utf8_decode((const char *)bytes + at, length - at, &c))) {
		scan->latin |= (bytes[at] & 0xFE) == 0xC2;
		at += n;
	}
	scan->valid = at;
}

void text_scan_plain(const unsigned char *bytes, size_t length, struct text_scan *scan)
{
	*scan = (struct text_scan){0};
	scan_valid(bytes, length, scan);
	count_controls(bytes, length, scan);
}

#if defined __x86_64__

/* gcc's analyser does not see that errors() is asked only where high is not 0, and all is set then. */
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wanalyzer-use-of-uninitialized-value"
#endif

/* One bit for each of 64 bytes; where high is 0 only control is set besides. */
struct masks {
	uint64_t high;           /* 80 and up */
	uint64_t control;        /* as text_scan.controls */
	uint64_t cont;           /* 80 to BF */
	uint64_t lead3, lead4;   /* E0 and up, F0 and up */
	uint64_t bad;            /* C0, C1, F5 and up */
	uint64_t e0, ed, f0, f4;
	uint64_t ge90, gea0;
	uint64_t latin;          /* C2, C3 */
};

/* The last leads of the block before. */
struct carry {
	uint64_t lead, lead3, lead4, e0, ed, f0, f4;
};

static inline __attribute__((always_inline)) uint64_t errors(const struct masks *m, struct carry *c)
{
	uint64_t lead = m->high & ~m->cont;
	uint64_t expected = (lead << 1 | c->lead >> 63) | (m->lead3 << 2 | c->lead3 >> 62) | (m->lead4 << 3 | c->lead4 >> 61);
	uint64_t wrong = (expected ^ m->cont) | m->bad;
	wrong |= (m->e0 << 1 | c->e0 >> 63) & ~m->gea0;
	wrong |= (m->ed << 1 | c->ed >> 63) & m->gea0;
	wrong |= (m->f0 << 1 | c->f0 >> 63) & ~m->ge90;
	wrong |= (m->f4 << 1 | c->f4 >> 63) & m->ge90;
	*c = (struct carry){lead, m->lead3, m->lead4, m->e0, m->ed, m->f0, m->f4};
	return wrong;
}

__attribute__((target("avx2"))) static inline uint64_t bits2(__m256i a, __m256i b)
{
	return (uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
}

/* high and control are always set, the rest only where a byte is high. */
__attribute__((target("avx2"))) static inline __attribute__((always_inline)) void masks_avx2(const unsigned char *p, struct masks *m)
{
	__m256i a = _mm256_loadu_si256((const __m256i *)(const void *)p);
	__m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
#define BOTH(expression_of_v)                                                                                                      \
	({                                                                                                                             \
		__m256i v = a, first = expression_of_v;                                                                                    \
		v = b;                                                                                                                     \
		__m256i second = expression_of_v;                                                                                          \
		bits2(first, second);                                                                                                      \
	})
#define OVER(k) BOTH(_mm256_cmpgt_epi8(v, _mm256_set1_epi8((char)(k)))) /* signed */
#define EQUAL(k) BOTH(_mm256_cmpeq_epi8(v, _mm256_set1_epi8((char)(k))))
	m->high = bits2(a, b);
	__m256i nine = _mm256_set1_epi8(9), four = _mm256_set1_epi8(4), low = _mm256_set1_epi8(0x1F), del = _mm256_set1_epi8(0x7F);
	m->control = BOTH(_mm256_or_si256(
		_mm256_andnot_si256(_mm256_cmpeq_epi8(_mm256_min_epu8(_mm256_sub_epi8(v, nine), four), _mm256_sub_epi8(v, nine)),
	                        _mm256_cmpeq_epi8(_mm256_min_epu8(v, low), v)),
		_mm256_cmpeq_epi8(v, del)));
	if (!m->high)
		return;
	m->cont = ~OVER(0xBF) & m->high;
	m->lead3 = OVER(0xDF) & m->high;
	m->lead4 = OVER(0xEF) & m->high;
	m->bad = (OVER(0xF4) & m->high) | BOTH(_mm256_cmpeq_epi8(_mm256_and_si256(v, _mm256_set1_epi8((char)0xFE)), _mm256_set1_epi8((char)0xC0)));
	m->latin = BOTH(_mm256_cmpeq_epi8(_mm256_and_si256(v, _mm256_set1_epi8((char)0xFE)), _mm256_set1_epi8((char)0xC2)));
	m->e0 = EQUAL(0xE0);
	m->ed = EQUAL(0xED);
	m->f0 = EQUAL(0xF0);
	m->f4 = EQUAL(0xF4);
	m->ge90 = OVER(0x8F) & m->high;
	m->gea0 = OVER(0x9F) & m->high;
#undef BOTH
#undef OVER
#undef EQUAL
}

__attribute__((target("avx512f,avx512bw"))) static inline __attribute__((always_inline)) void masks_avx512(const unsigned char *p,
                                                                                                        struct masks *m)
{
	__m512i v = _mm512_loadu_si512(p);
#define FROM(k) _mm512_cmpge_epu8_mask(v, _mm512_set1_epi8((char)(k)))
#define EQUAL(k) _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8((char)(k)))
	m->high = _mm512_movepi8_mask(v);
	m->control = _mm512_cmplt_epu8_mask(v, _mm512_set1_epi8(0x20)) &
	             _mm512_cmpgt_epu8_mask(_mm512_sub_epi8(v, _mm512_set1_epi8(9)), _mm512_set1_epi8(4));
	m->control |= EQUAL(0x7F);
	if (!m->high)
		return;
	__m512i pair = _mm512_and_si512(v, _mm512_set1_epi8((char)0xFE));
	m->cont = m->high & ~FROM(0xC0);
	m->lead3 = FROM(0xE0);
	m->lead4 = FROM(0xF0);
	m->bad = FROM(0xF5) | _mm512_cmpeq_epi8_mask(pair, _mm512_set1_epi8((char)0xC0));
	m->latin = _mm512_cmpeq_epi8_mask(pair, _mm512_set1_epi8((char)0xC2));
	m->e0 = EQUAL(0xE0);
	m->ed = EQUAL(0xED);
	m->f0 = EQUAL(0xF0);
	m->f4 = EQUAL(0xF4);
	m->ge90 = FROM(0x90);
	m->gea0 = FROM(0xA0);
#undef FROM
#undef EQUAL
}

/* The loop is the same for both; only whole blocks are looked at here, and the plain code finishes from the last character that was
 * surely whole (after an error: from three bytes before its block, which is as far as a character reaches back). */
#define SCAN_BLOCKS(make_masks)                                                                                                    \
	struct carry carry = {0};                                                                                                      \
	bool failed = false;                                                                                                           \
	size_t at = 0;                                                                                                                 \
	uint64_t controls = 0, latin = 0;                                                                                              \
	for (; length - at >= 64; at += 64) {                                                                                          \
		struct masks m;                                                                                                            \
		make_masks(bytes + at, &m);                                                                                                \
		if (__builtin_expect(m.control != 0, 0)) {                                                                                 \
			controls += (uint64_t)__builtin_popcountll(m.control);                                                                 \
			for (uint64_t left = m.control; left; left &= left - 1)                                                                \
				scan->nuls += bytes[at + (unsigned)__builtin_ctzll(left)] == 0;                                                    \
		}                                                                                                                          \
		if (failed)                                                                                                                \
			continue;                                                                                                              \
		if (!m.high) {                                                                                                             \
			failed = ((carry.lead >> 63) | (carry.lead3 >> 62) | (carry.lead4 >> 61)) != 0;                                        \
			carry = (struct carry){0};                                                                                             \
		} else {                                                                                                                   \
			failed = errors(&m, &carry) != 0;                                                                                      \
			latin |= m.latin;                                                                                                      \
		}                                                                                                                          \
		if (!failed)                                                                                                               \
			scan->valid = at + 64;                                                                                                 \
	}                                                                                                                              \
	scan->controls = controls;                                                                                                     \
	scan->latin = latin != 0;                                                                                                      \
	count_controls(bytes + at, length - at, scan)

/* scan->valid is the end of the last good block, which may have cut a character. */
static void finish(const unsigned char *bytes, size_t length, struct text_scan *scan)
{
	size_t at = scan->valid;
	for (unsigned back = 1; back <= 3 && back <= at; back++)
		if (bytes[at - back] >= 0xC0) {
			unsigned char a = bytes[at - back];
			if (back < (a < 0xE0 ? 2u : a < 0xF0 ? 3u : 4u))
				scan->valid = at - back;
			break;
		}
	scan_valid(bytes, length, scan);
}

__attribute__((target("avx2"))) static void scan_avx2(const unsigned char *bytes, size_t length, struct text_scan *scan)
{
	SCAN_BLOCKS(masks_avx2);
}

__attribute__((target("avx512f,avx512bw"))) static void scan_avx512(const unsigned char *bytes, size_t length, struct text_scan *scan)
{
	SCAN_BLOCKS(masks_avx512);
}

bool text_scan_avx2(const unsigned char *bytes, size_t length, struct text_scan *scan)
{
	if (!__builtin_cpu_supports("avx2"))
		return false;
	*scan = (struct text_scan){0};
	scan_avx2(bytes, length, scan);
	finish(bytes, length, scan);
	return true;
}

bool text_scan_avx512(const unsigned char *bytes, size_t length, struct text_scan *scan)
{
	if (!__builtin_cpu_supports("avx512bw"))
		return false;
	*scan = (struct text_scan){0};
	scan_avx512(bytes, length, scan);
	finish(bytes, length, scan);
	return true;
}

#else

bool text_scan_avx2(const unsigned char *bytes, size_t length, struct text_scan *scan)
{
	(void)bytes, (void)length, (void)scan;
	return false;
}

bool text_scan_avx512(const unsigned char *bytes, size_t length, struct text_scan *scan)
{
	(void)bytes, (void)length, (void)scan;
	return false;
}

#endif

void text_scan(const unsigned char *bytes, size_t length, struct text_scan *scan)
{
	if (!text_scan_avx512(bytes, length, scan) && !text_scan_avx2(bytes, length, scan))
		text_scan_plain(bytes, length, scan);
}
