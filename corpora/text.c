#include "corpora/text.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#if defined __SSE2__
#include <emmintrin.h>
#endif

#define MARK_EVERY 256u

/* Windows-1252, bytes 80 to 9F; 0 where there is no character. The rest is Latin-1. */
static const uint16_t windows_1252[32] = {
	0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
	0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

static void step_to(struct text_step *s, unsigned in, uint32_t c)
{
	s->in = in;
	s->replaced = c == 0;
	s->out = (unsigned)utf8_encode(c ? c : 0xFFFD, s->bytes);
}

/* Valid UTF-8 with NULs in it. */
static void step_nul(const unsigned char *in, size_t length, size_t at, struct text_step *s)
{
	(void)length;
	if (!in[at]) {
		step_to(s, 1, 0);
		return;
	}
	s->in = s->out = 1;
	s->bytes[0] = (char)in[at];
	s->replaced = false;
}

static void step_1252(const unsigned char *in, size_t length, size_t at, struct text_step *s)
{
	(void)length;
	unsigned char c = in[at];
	step_to(s, 1, c >= 0x80 && c < 0xA0 ? windows_1252[c - 0x80] : c);
}

static inline void step_utf16(const unsigned char *in, size_t length, size_t at, struct text_step *s, unsigned low, unsigned high)
{
	if (length - at < 2) {
		step_to(s, 1, 0);
		return;
	}
	uint32_t c = in[at + low] | (uint32_t)in[at + high] << 8;
	if ((c & 0xF800) != 0xD800) {
		step_to(s, 2, c);
		return;
	}
	if (c < 0xDC00 && length - at >= 4) {
		uint32_t d = in[at + 2 + low] | (uint32_t)in[at + 2 + high] << 8;
		if ((d & 0xFC00) == 0xDC00) {
			step_to(s, 4, 0x10000 + ((c & 0x3FF) << 10 | (d & 0x3FF)));
			return;
		}
	}
	step_to(s, 2, 0);
}

static void step_utf16le(const unsigned char *in, size_t length, size_t at, struct text_step *s)
{
	step_utf16(in, length, at, s, 0, 1);
}

static void step_utf16be(const unsigned char *in, size_t length, size_t at, struct text_step *s)
{
	step_utf16(in, length, at, s, 1, 0);
}

/* The byte of Windows-1252, or of Latin-1, that a character of two or three bytes may stand for; 0 if none. in is valid UTF-8. */
static unsigned char image(const unsigned char *in, size_t length, size_t at, unsigned *size, bool *c1)
{
	*c1 = false;
	if (length - at < 2 || in[at] < 0xC2)
		return 0;
	if (in[at] < 0xE0) {
		*size = 2;
		unsigned c = (in[at] & 0x1Fu) << 6 | (in[at + 1] & 0x3Fu);
		if (c < 0x100) {
			*c1 = c < 0xA0;
			return (unsigned char)c;
		}
		for (unsigned i = 0; i < 32; i++)
			if (windows_1252[i] == c)
				return (unsigned char)(0x80 + i);
		return 0;
	}
	if (in[at] != 0xE2) /* all the others of Windows-1252 are U+2xxx */
		return 0;
	*size = 3;
	unsigned c = 0x2000u | (in[at + 1] & 0x3Fu) << 6 | (in[at + 2] & 0x3Fu);
	for (unsigned i = 0; i < 32; i++)
		if (windows_1252[i] == c)
			return (unsigned char)(0x80 + i);
	return 0;
}

/* Â and Ã before these: closing quotes, dashes and the like could follow the letter itself. c1: it was written as a control
 * character, which no text holds for its own sake. */
static bool second_is_damage(unsigned char lead, unsigned char b, bool c1)
{
	if (c1)
		return true;
	switch (lead) {
	case 0xC2: /* Â£ Â© Â° Â· Â½ */
		return b > 0xA0 && b != 0xAA && b != 0xAB && b != 0xAD && b != 0xB5 && b != 0xBA && b != 0xBB;
	case 0xC3: /* Ã© Ã‰ Ãª */
		return b != 0x82 && b != 0x84 && b != 0x85 && !(b >= 0x91 && b <= 0x97) && b != 0x9B && b != 0xA0 && b != 0xAD && b != 0xBB;
	default: /* C5: Åµ Å· of Welsh */
		return b >= 0xB4 && b <= 0xB7;
	}
}

static bool three_are_damage(unsigned char a, unsigned char b, unsigned char c)
{
	if (a == 0xE2)
		return b == 0x80 || (b == 0x82 && c == 0xAC) || (b == 0x84 && c == 0xA2) || (b == 0x88 && c == 0x92) ||
		       (b == 0x96 && (c == 0xAA || c == 0xBA)) || (b == 0x97 && (c == 0x8F || c == 0xA6));
	return (b == 0x82 && c == 0xB7) || (b == 0xAC && c <= 0x86) || (b == 0xBB && c == 0xBF); /* EF: a bullet, ﬁ, the mark */
}

/* See text_decode(). in is valid UTF-8 and at the start of a character, or anywhere in one that begins with neither C2 nor C3. */
static void step_repair(const unsigned char *in, size_t length, size_t at, struct text_step *s)
{
	unsigned char a = in[at];
	unsigned size[3] = {2, 0, 0};
	bool c1[3];
	if (a == 0xC2 && in[at + 1] < 0xA0 && in[at + 1] != 0x85 && windows_1252[in[at + 1] - 0x80]) { /* U+0085 is a line end */
		s->out = (unsigned)utf8_encode(windows_1252[in[at + 1] - 0x80], s->bytes);
		s->in = 2;
		s->repaired = true;
		return;
	}
	if (a == 0xC3 && at + 2 < length) {
		unsigned char lead = image(in, length, at, &size[0], &c1[0]), b, c;
		if (lead == 0xC2 || lead == 0xC3 || lead == 0xC5 || lead == 0xE2 || lead == 0xEF) {
			b = image(in, length, at + 2, &size[1], &c1[1]);
			if (b >= 0x80 && b < 0xC0 && lead < 0xE0) {
				unsigned char before = at ? in[at - 1] : ' ';
				bool space = lead == 0xC2 && b == 0xA0 && before > ' ' && before < 0x7F && !(before >= 'A' && before <= 'Z');
				if (space || second_is_damage(lead, b, c1[1])) {
					s->bytes[0] = (char)lead;
					s->bytes[1] = (char)b;
					s->out = 2;
					s->in = 2 + size[1];
					s->repaired = true;
					return;
				}
			} else if (b >= 0x80 && b < 0xC0 && at + 2 + size[1] < length) {
				c = image(in, length, at + 2 + size[1], &size[2], &c1[2]);
				if (c >= 0x80 && c < 0xC0 && three_are_damage(lead, b, c)) {
					s->bytes[0] = (char)lead;
					s->bytes[1] = (char)b;
					s->bytes[2] = (char)c;
					s->out = 3;
					s->in = 2 + size[1] + size[2];
					s->repaired = true;
					return;
				}
			}
		}
	}
	s->in = s->out = (a & 0xFE) == 0xC2 ? 2 : 1;
	memcpy(s->bytes, in + at, s->in);
}

/* The first byte C2 or C3 from at on, or length. */
static inline size_t next_latin(const unsigned char *in, size_t length, size_t at)
{
#if defined __SSE2__
	for (; length - at >= 16; at += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(in + at));
		unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_or_si128(v, _mm_set1_epi8(1)), _mm_set1_epi8((char)0xC3)));
		if (mask)
			return at + (unsigned)__builtin_ctz(mask);
	}
#endif
	while (at < length && (in[at] | 1) != 0xC3)
		at++;
	return at;
}

/* The first place where something is to be repaired, or length. */
static size_t first_damage(const unsigned char *in, size_t length)
{
	for (size_t at = 0; (at = next_latin(in, length, at)) < length; at++) {
		struct text_step s = {0};
		step_repair(in, length, at, &s);
		if (s.repaired)
			return at;
	}
	return length;
}

static void release_stage(struct text_stage *g)
{
	buf_release(&g->out);
	free(g->marks);
	*g = (struct text_stage){0};
}

void text_release(struct text *t)
{
	for (unsigned i = 0; i < TEXT_STAGES; i++)
		release_stage(&t->stages[i]);
	*t = (struct text){0};
}

/* Runs the next stage over the bytes from `from` on; its output becomes the text. Bytes for which plain is true keep themselves and
 * need no step. False if the output has more than t->most bytes: it is then cut behind them. */
static bool run(struct text *t, const unsigned char *in, size_t length, size_t from,
                void (*step)(const unsigned char *, size_t, size_t, struct text_step *), const bool plain[256])
{
	struct text_stage *g = &t->stages[t->stage_count++];
	g->step = step;
	g->in = in;
	g->in_length = length;
	g->mark_count = 0;
	buf_clear(&g->out);
	buf_reserve(&g->out, length - from);
	size_t next_mark = from;
	for (size_t at = from; at < length && (!t->most || g->out.length <= t->most);) {
		if (at >= next_mark) {
			MEM_GROW(g->marks, g->mark_count, g->mark_capacity);
			g->marks[g->mark_count++] = (struct text_mark){g->out.length, at};
			next_mark = at + MARK_EVERY;
		}
		if (plain) {
			size_t end = at, limit = next_mark < length ? next_mark : length;
			while (end < limit && plain[in[end]])
				end++;
			if (end > at) {
				buf_append(&g->out, in + at, end - at);
				at = end;
				continue;
			}
		}
		struct text_step s = {0};
		step(in, length, at, &s);
		buf_append(&g->out, s.bytes, s.out);
		t->replaced += s.replaced;
		t->repaired += s.repaired;
		at += s.in;
	}
	if (!g->mark_count) {
		MEM_GROW(g->marks, g->mark_count, g->mark_capacity);
		g->marks[g->mark_count++] = (struct text_mark){0, from};
	}
	t->bytes = g->out.data;
	t->length = g->out.length;
	return !t->most || t->length <= t->most;
}

/* Whether Windows-1252, each byte of which from 80 up becomes two or three, has room. */
static bool fits(const unsigned char *bytes, size_t length, size_t most)
{
	size_t high = 0;
	if (!most || length <= most / 3)
		return true;
	for (size_t i = 0; i < length; i++)
		high += bytes[i] >> 7;
	return length <= most && high <= most - length;
}

static size_t origin_in(const struct text_stage *g, size_t out)
{
	size_t low = 0, high = g->mark_count; /* the last mark at or before out */
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (g->marks[middle].out <= out)
			low = middle;
		else
			high = middle;
	}
	size_t at = g->marks[low].in, done = g->marks[low].out;
	while (at < g->in_length) {
		struct text_step s = {0};
		g->step(g->in, g->in_length, at, &s);
		if (done + s.out > out)
			break;
		done += s.out;
		at += s.in;
	}
	return at;
}

size_t text_origin(const struct text *t, size_t at)
{
	for (unsigned i = t->stage_count; i-- > 0;)
		at = origin_in(&t->stages[i], at);
	return t->stage_count ? at : at + t->bom;
}

static bool too_many_controls(uint64_t controls, uint64_t characters)
{
	return controls > 2 && controls > characters / 32;
}

static enum text_verdict none(struct text *t, enum text_verdict verdict)
{
	t->bytes = "";
	t->length = 0;
	t->stage_count = 0;
	return verdict;
}

enum text_verdict text_decode_within(struct text *t, const unsigned char *bytes, size_t length, size_t most)
{
	static const bool not_nul[256] = {[1 ... 255] = true};
	static const bool ascii[256] = {[1 ... 127] = true};
	static const bool undamaged[256] = {[0 ... 0xC1] = true, [0xC4 ... 255] = true};

	t->most = most;
	t->stage_count = 0;
	t->replaced = t->repaired = 0;
	t->bom = 0;
	t->bytes = (const char *)bytes;
	t->length = length;
	t->encoding = "utf-8";
	bool latin = true;
	bool utf16 = length >= 2 && ((bytes[0] == 0xFF && bytes[1] == 0xFE) || (bytes[0] == 0xFE && bytes[1] == 0xFF));
	if (utf16) {
		t->bom = 2;
		t->encoding = bytes[0] == 0xFF ? "utf-16le" : "utf-16be";
		if (!run(t, bytes, length, 2, bytes[0] == 0xFF ? step_utf16le : step_utf16be, NULL))
			return none(t, TEXT_TOO_LONG);
		struct text_scan scan;
		text_scan((const unsigned char *)t->bytes, t->length, &scan);
		if (too_many_controls(scan.controls + t->replaced, length / 2))
			return none(t, TEXT_BINARY);
	} else {
		struct text_scan scan;
		text_scan(bytes, length, &scan);
		if (too_many_controls(scan.controls, length))
			return none(t, TEXT_BINARY);
		if (scan.valid == length) {
			latin = scan.latin;
			if (length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0)
				t->bom = 3;
			t->bytes += t->bom;
			t->length -= t->bom;
			if (scan.nuls && !run(t, bytes, length, t->bom, step_nul, not_nul))
				return none(t, TEXT_TOO_LONG);
		} else {
			t->encoding = "windows-1252";
			if (!fits(bytes, length, t->most) || !run(t, bytes, length, 0, step_1252, ascii))
				return none(t, TEXT_TOO_LONG);
		}
	}
	while (latin && t->stage_count < TEXT_STAGES) {
		if (first_damage((const unsigned char *)t->bytes, t->length) == t->length)
			break;
		if (t->stage_count)
			run(t, (const unsigned char *)t->bytes, t->length, 0, step_repair, undamaged);
		else
			run(t, bytes, length, t->bom, step_repair, undamaged);
	}
	return TEXT_OK;
}

enum text_verdict text_decode(struct text *t, const unsigned char *bytes, size_t length)
{
	return text_decode_within(t, bytes, length, 0);
}
