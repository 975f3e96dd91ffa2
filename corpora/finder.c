/* Each literal is known by four bytes of it, its window, chosen where letters are rare. Windows lie in eight buckets. For 32 places at
 * once two table look-ups per byte of the window, by its low and high half, tell the buckets that can have a window there (the
 * method is known as Teddy, from Hyperscan); what is left is compared in full. */
#include "corpora/finder.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined __x86_64__
#include <immintrin.h>
#endif

#include "base/codec.h"
#include "base/mem.h"

#define BUCKETS 8
#define WINDOW 4

struct literal {
	char bytes[FINDER_BYTES];
	uint32_t four, mask; /* the window, and which of its bytes there are */
	uint8_t length, window; /* window: offset of its first byte */
	uint8_t bucket;
	unsigned number;
};

struct finder {
	uint8_t low[WINDOW][16], high[WINDOW][16]; /* buckets that allow that half byte at that place */
	struct literal literal[FINDER_LITERALS];   /* bucket after bucket */
	uint16_t first[BUCKETS + 1];
	uint16_t count;
	int speed; /* 0: a byte at a time; 1: AVX2; 2: AVX-512 */
};

/* How common a byte is in English text, roughly: bits of information lost when it is taken for a sign. */
static unsigned commonness(unsigned char c)
{
	static const char order[] = "zqxjkvbpygfwmucldrhsnioate ";
	const char *found = c ? memchr(order, c, sizeof order - 1) : NULL;
	return found ? 4 + (unsigned)(found - order) : c >= 'A' && c <= 'Z' ? 3 : c >= '0' && c <= '9' ? 3 : 1;
}

static unsigned window_cost(const struct literal *l, unsigned at)
{
	unsigned sum = 0;
	for (unsigned i = 0; i < WINDOW && at + i < l->length; i++)
		sum += commonness((unsigned char)l->bytes[at + i]);
	return sum;
}

/* What a bucket lets through: half bytes by place. */
struct shape {
	uint16_t low[WINDOW], high[WINDOW];
};

static struct shape shape_of(const struct literal *l)
{
	struct shape s;
	for (unsigned k = 0; k < WINDOW; k++) {
		unsigned char c = (unsigned char)l->bytes[l->window + k];
		bool any = l->window + k >= l->length; /* three bytes: anything may follow */
		s.low[k] = any ? 0xFFFF : (uint16_t)(1u << (c & 15));
		s.high[k] = any ? 0xFFFF : (uint16_t)(1u << (c >> 4));
	}
	return s;
}

static struct shape join(struct shape a, const struct shape *b)
{
	for (int k = 0; k < WINDOW; k++) {
		a.low[k] |= b->low[k];
		a.high[k] |= b->high[k];
	}
	return a;
}

/* How much text a shape lets through, up to a factor. High halves are few in English, so they weigh little. */
static double leak(const struct shape *s)
{
	double leak = 1;
	for (int k = 0; k < WINDOW; k++)
		leak *= __builtin_popcount(s->low[k]) * (0.3 + ((s->high[k] & 0xC0) != 0) + 0.2 * ((s->high[k] & 0x3C) != 0));
	return leak;
}

/* What the union of two groups lets through besides their own. */
static double union_cost(const struct shape *shape, const double *own, size_t i, size_t k)
{
	struct shape both = join(shape[i], &shape[k]);
	return leak(&both) - own[i] - own[k];
}

/* Shares the literals out: the two groups whose union lets least through besides their own become one, until eight are left. What a union would cost is
 * kept, and worked out anew only where a group has changed. */
static void share_out(struct finder *f)
{
	struct shape shape[FINDER_LITERALS];
	double own[FINDER_LITERALS], (*cost)[FINDER_LITERALS] = mem_alloc(sizeof *cost * FINDER_LITERALS); /* of i and k, i before k */
	bool gone[FINDER_LITERALS] = {false};
	size_t left = f->count;
	for (size_t i = 0; i < f->count; i++) {
		shape[i] = shape_of(&f->literal[i]);
		own[i] = leak(&shape[i]);
		f->literal[i].bucket = (uint8_t)i;
		for (size_t k = 0; k < i; k++)
			cost[k][i] = union_cost(shape, own, k, i);
	}
	for (; left > BUCKETS; left--) {
		double best = 1e30;
		size_t one = 0, other = 0;
		for (size_t i = 0; i < f->count; i++)
			for (size_t k = i + 1; k < f->count && !gone[i]; k++)
				if (!gone[k] && cost[i][k] < best) {
					best = cost[i][k];
					one = i;
					other = k;
				}
		shape[one] = join(shape[one], &shape[other]);
		own[one] = leak(&shape[one]);
		gone[other] = true;
		for (size_t i = 0; i < f->count; i++) {
			if (f->literal[i].bucket == other)
				f->literal[i].bucket = (uint8_t)one;
			if (!gone[i] && i != one)
				cost[i < one ? i : one][i < one ? one : i] = union_cost(shape, own, i < one ? i : one, i < one ? one : i);
		}
	}
	free(cost);
	uint8_t number[FINDER_LITERALS], next = 0;
	for (size_t i = 0; i < f->count; i++)
		if (!gone[i])
			number[i] = next++;
	for (size_t i = 0; i < f->count; i++)
		f->literal[i].bucket = number[f->literal[i].bucket];
}

static int by_bucket(const void *a, const void *b)
{
	const struct literal *x = a, *y = b;
	return x->bucket != y->bucket ? x->bucket - y->bucket : (int)x->number - (int)y->number;
}

static int best_speed(void)
{
#if defined __x86_64__
	return !__builtin_cpu_supports("avx2") ? 0 : __builtin_cpu_supports("avx512bw") ? 2 : 1;
#else
	return 0;
#endif
}

struct finder *finder_new(const char *const *literals, size_t count)
{
	struct finder *f = mem_calloc(1, sizeof *f);
	f->count = (uint16_t)count;
	for (size_t i = 0; i < count; i++) {
		struct literal *l = &f->literal[i];
		l->length = (uint8_t)strlen(literals[i]);
		memcpy(l->bytes, literals[i], l->length);
		l->number = (unsigned)i;
		unsigned least = UINT32_MAX;
		for (unsigned at = 0; at == 0 || at + WINDOW <= l->length; at++)
			if (window_cost(l, at) < least) {
				least = window_cost(l, at);
				l->window = (uint8_t)at;
			}
	}
	share_out(f);
	qsort(f->literal, count, sizeof *f->literal, by_bucket);
	for (size_t i = 0; i < count; i++) {
		struct literal *l = &f->literal[i];
		struct shape shape = shape_of(l);
		uint8_t bit = (uint8_t)(1u << l->bucket);
		for (unsigned k = 0; k < WINDOW; k++) {
			for (unsigned h = 0; h < 16; h++) {
				f->low[k][h] |= shape.low[k] >> h & 1 ? bit : 0;
				f->high[k][h] |= shape.high[k] >> h & 1 ? bit : 0;
			}
			if (l->window + k < l->length) {
				l->four |= (uint32_t)(unsigned char)l->bytes[l->window + k] << 8 * k;
				l->mask |= 0xFFu << 8 * k;
			}
		}
		for (unsigned b = l->bucket + 1u; b <= BUCKETS; b++)
			f->first[b] = (uint16_t)(i + 1);
	}
	f->speed = best_speed();
	return f;
}

void finder_save(const struct finder *f, struct buf *out)
{
	buf_append(out, f, sizeof *f);
}

struct finder *finder_restore(struct byte_reader *r)
{
	struct finder *f = mem_alloc(sizeof *f);
	get_bytes(r, f, sizeof *f);
	f->speed = best_speed();
	return f;
}

void finder_free(struct finder *f)
{
	free(f);
}

/* The literals of the buckets whose window may stand at `at`. */
static size_t confirm(const struct finder *f, unsigned buckets, const char *text, size_t length, size_t at, struct find *finds)
{
	size_t count = 0;
	uint32_t four = 0;
	for (unsigned k = 0; k < WINDOW && at + k < length; k++)
		four |= (uint32_t)(unsigned char)text[at + k] << 8 * k;
	for (; buckets; buckets &= buckets - 1) {
		unsigned b = (unsigned)__builtin_ctz(buckets);
		for (unsigned i = f->first[b]; i < f->first[b + 1]; i++) {
			const struct literal *l = &f->literal[i];
			if ((four & l->mask) == l->four && at >= l->window && l->length <= length - (at - l->window) &&
			    memcmp(text + at - l->window, l->bytes, l->length) == 0)
				finds[count++] = (struct find){at - l->window, l->number};
		}
	}
	return count;
}

static unsigned buckets_at(const struct finder *f, const unsigned char *s, size_t n)
{
	unsigned buckets = 0xFF;
	for (unsigned k = 0; k < WINDOW && k < n; k++)
		buckets &= (unsigned)(f->low[k][s[k] & 15] & f->high[k][s[k] >> 4]);
	return buckets;
}

/* Places [at, end), one by one. */
static size_t scan_plain(const struct finder *f, const char *text, size_t length, size_t *at, size_t end, struct find *finds)
{
	size_t count = 0;
	for (; *at < end && count + FINDER_LITERALS <= FINDER_ROOM; ++*at) {
		unsigned buckets = buckets_at(f, (const unsigned char *)text + *at, length - *at);
		if (buckets)
			count += confirm(f, buckets, text, length, *at, finds + count);
	}
	return count;
}

size_t finder_next_plain(const struct finder *f, const char *text, size_t length, size_t *from, struct find *finds)
{
	size_t count = 0;
	while (count == 0 && *from < length && f->count)
		count = scan_plain(f, text, length, from, length, finds);
	return count;
}

#if defined __x86_64__
/* A bit for each of 32 or 64 places of text where a window may begin; its buckets go to `buckets`. */
__attribute__((target("avx2"), always_inline)) static inline __m256i step_avx2(__m256i low, __m256i high, const char *text)
{
	const __m256i half = _mm256_set1_epi8(15);
	__m256i c = _mm256_loadu_si256((const __m256i *)text);
	return _mm256_and_si256(_mm256_shuffle_epi8(low, _mm256_and_si256(c, half)),
	                        _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(c, 4), half)));
}

__attribute__((target("avx512f,avx512bw"), always_inline)) static inline __m512i step_avx512(__m512i low, __m512i high, const char *text)
{
	const __m512i half = _mm512_set1_epi8(15);
	__m512i c = _mm512_loadu_si512(text);
	return _mm512_and_si512(_mm512_shuffle_epi8(low, _mm512_and_si512(c, half)),
	                        _mm512_shuffle_epi8(high, _mm512_and_si512(_mm512_srli_epi16(c, 4), half)));
}

#define TABLE_AVX2(half) _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(half)))
#define TABLE_AVX512(half) _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(half)))

/* Blocks of places from *from on, as long as a block and its windows lie within `limit`. Stops behind the first block with places
 * for confirm(): these, and their buckets. */
__attribute__((target("avx2"))) static uint64_t scan_avx2(const struct finder *f, const char *text, size_t limit, size_t *from,
                                                          uint8_t buckets[64])
{
	const __m256i l0 = TABLE_AVX2(f->low[0]), l1 = TABLE_AVX2(f->low[1]), l2 = TABLE_AVX2(f->low[2]), l3 = TABLE_AVX2(f->low[3]);
	const __m256i h0 = TABLE_AVX2(f->high[0]), h1 = TABLE_AVX2(f->high[1]), h2 = TABLE_AVX2(f->high[2]), h3 = TABLE_AVX2(f->high[3]);
	const __m256i zero = _mm256_setzero_si256();
	size_t at = *from;
	uint64_t places = 0;
	for (; at + 32 + WINDOW <= limit && !places; at += 32) {
		__m256i found = _mm256_and_si256(_mm256_and_si256(step_avx2(l0, h0, text + at), step_avx2(l1, h1, text + at + 1)),
		                                 _mm256_and_si256(step_avx2(l2, h2, text + at + 2), step_avx2(l3, h3, text + at + 3)));
		places = (uint32_t)~_mm256_movemask_epi8(_mm256_cmpeq_epi8(found, zero));
		if (places)
			_mm256_storeu_si256((__m256i *)buckets, found);
	}
	*from = at;
	return places;
}

__attribute__((target("avx512f,avx512bw"))) static uint64_t scan_avx512(const struct finder *f, const char *text, size_t limit,
                                                                        size_t *from, uint8_t buckets[64])
{
	const __m512i l0 = TABLE_AVX512(f->low[0]), l1 = TABLE_AVX512(f->low[1]), l2 = TABLE_AVX512(f->low[2]), l3 = TABLE_AVX512(f->low[3]);
	const __m512i h0 = TABLE_AVX512(f->high[0]), h1 = TABLE_AVX512(f->high[1]), h2 = TABLE_AVX512(f->high[2]), h3 = TABLE_AVX512(f->high[3]);
	size_t at = *from;
	uint64_t places = 0;
	for (; at + 64 + WINDOW <= limit && !places; at += 64) {
		__m512i found = _mm512_and_si512(_mm512_and_si512(step_avx512(l0, h0, text + at), step_avx512(l1, h1, text + at + 1)),
		                                 _mm512_and_si512(step_avx512(l2, h2, text + at + 2), step_avx512(l3, h3, text + at + 3)));
		places = _mm512_test_epi8_mask(found, found);
		if (places)
			_mm512_storeu_si512(buckets, found);
	}
	*from = at;
	return places;
}

/* The next places of text[*from, limit) that may be windows; the block they lie in begins at *base. */
static uint64_t scan_blocks(const struct finder *f, const char *text, size_t limit, size_t *from, size_t *base, uint8_t buckets[64])
{
	uint64_t places = 0;
	if (f->speed > 1) {
		places = scan_avx512(f, text, limit, from, buckets);
		*base = *from - 64;
	}
	if (!places) {
		places = scan_avx2(f, text, limit, from, buckets);
		*base = *from - 32;
	}
	return places;
}

static size_t next_fast(const struct finder *f, const char *text, size_t length, size_t *from, struct find *finds)
{
	uint8_t buckets[64];
	size_t base = 0, count = 0;
	uint64_t places;
	while (count == 0 && (places = scan_blocks(f, text, length, from, &base, buckets)) != 0)
		for (; places; places &= places - 1) {
			unsigned i = (unsigned)__builtin_ctzll(places);
			count += confirm(f, buckets[i], text, length, base + i, finds + count);
		}
	if (count || *from >= length)
		return count;
	/* the last few places, in a copy with zeros behind it */
	char tail[2 * 32 + 2 * WINDOW] = {0};
	size_t left = length - *from, at = 0;
	memcpy(tail, text + *from, left);
	while ((places = scan_avx2(f, tail, sizeof tail, &at, buckets)) != 0)
		for (; places; places &= places - 1) {
			unsigned i = (unsigned)__builtin_ctzll(places);
			if (at - 32 + i < left)
				count += confirm(f, buckets[i], text, length, *from + at - 32 + i, finds + count);
		}
	*from = length;
	return count;
}
#endif

size_t finder_next(const struct finder *f, const char *text, size_t length, size_t *from, struct find *finds)
{
#if defined __x86_64__
	if (f->speed && f->count)
		return next_fast(f, text, length, from, finds);
#endif
	return finder_next_plain(f, text, length, from, finds);
}
