/* JSON records: strict RFC 8259 over bytes already known to be UTF-8, without building a tree. Only the wanted fields of the
 * outermost object are looked at; everything else is checked and passed over. jansson judges this reader in the tests. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/utf8.h"
#include "corpora/convert.h"

#if defined __SSE2__
#include <emmintrin.h>
#endif

enum kind { KIND_STRING, KIND_NUMBER, KIND_NULL, KIND_BOOLEAN, KIND_ARRAY, KIND_OBJECT };

/* A value as it stands in the input: for a string the bytes between the quotes. */
struct value {
	enum kind kind;
	const unsigned char *at;
	size_t length;
	bool escaped;
	struct buf *decoded; /* where what it says stands already, or NULL */
};

struct scan {
	const unsigned char *start, *p, *end;
	struct complaint *complaint;
};

static bool __attribute__((format(printf, 3, 4))) complain(struct scan *s, enum fault_code code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(s->complaint->what, sizeof s->complaint->what, format, args);
	va_end(args);
	s->complaint->code = code;
	s->complaint->at = (size_t)(s->p - s->start);
	return false;
}

static bool syntax(struct scan *s, const char *what)
{
	return complain(s, FAULT_RECORD, "not valid JSON: %s", s->p >= s->end ? "it ends too early" : what);
}

static inline void skip_space(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
		s->p++;
}

/* The first byte at or after p that ends a run of plain string bytes: a quote, a backslash or a control character. */
static inline const unsigned char *string_run(const unsigned char *p, const unsigned char *end)
{
#if defined __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1F);
	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i stop = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)),
		                            _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
		unsigned mask = (unsigned)_mm_movemask_epi8(stop);
		if (mask)
			return p + __builtin_ctz(mask);
	}
#endif
	while (p < end && *p != '"' && *p != '\\' && *p >= 0x20)
		p++;
	return p;
}

/* Four hexadecimal digits; -1 if they are not. */
static int hex4(const unsigned char *p, const unsigned char *end)
{
	if (end - p < 4)
		return -1;
	int value = 0;
	for (int i = 0; i < 4; i++) {
		unsigned char c = p[i];
		int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/* What a backslash and this byte stand for; 0: not one character. */
static const char simple_escape[256] = {['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['n'] = '\n', ['t'] = '\t', ['r'] = '\r', ['b'] = '\b', ['f'] = '\f'};

/* \uXXXX, or a pair of them; p stands on its backslash. Writes the character to out and gives its length, 0 if it is wrong. *size:
 * bytes of input. */
static unsigned unicode_escape(const unsigned char *p, const unsigned char *end, char out[4], unsigned *size)
{
	if (end - p < 6 || p[1] != 'u')
		return 0;
	int c = hex4(p + 2, end);
	*size = 6;
	if (c < 0 || (c & 0xFC00) == 0xDC00)
		return 0;
	if ((c & 0xFC00) == 0xD800) {
		if (end - p < 12 || p[6] != '\\' || p[7] != 'u')
			return 0;
		int d = hex4(p + 8, end);
		if (d < 0 || (d & 0xFC00) != 0xDC00)
			return 0;
		c = 0x10000 + ((c & 0x3FF) << 10 | (d & 0x3FF));
		*size = 12;
	}
	return (unsigned)utf8_encode((uint32_t)c, out);
}

/* One escape, the same way. */
static inline unsigned escape(const unsigned char *p, const unsigned char *end, char out[4], unsigned *size)
{
	if (end - p < 2)
		return 0;
	out[0] = simple_escape[p[1]];
	*size = 2;
	return out[0] ? 1 : unicode_escape(p, end, out, size);
}

/* Goes on with a string whose first escape s->p stands on, and writes what it says to out. Copying and checking are one pass: how
 * far a run of plain bytes goes is what the processor guesses wrong, so it should have to guess once. */
static bool decode_string(struct scan *s, const unsigned char *from, struct buf *out)
{
	buf_clear(out);
	buf_append(out, from, (size_t)(s->p - from));
	buf_reserve(out, 1024);
	char *to = out->data + out->length, *limit = out->data + out->capacity;
	for (;;) {
		if (limit - to < 64) {
			out->length = (size_t)(to - out->data);
			buf_reserve(out, out->length + 1024);
			to = out->data + out->length;
			limit = out->data + out->capacity;
		}
#if defined __SSE2__
		const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1F);
		if (s->end - s->p >= 16) {
			__m128i v = _mm_loadu_si128((const __m128i *)(const void *)s->p);
			_mm_storeu_si128((__m128i *)(void *)to, v);
			__m128i stop = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)),
			                            _mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
			unsigned mask = (unsigned)_mm_movemask_epi8(stop);
			unsigned n = mask ? (unsigned)__builtin_ctz(mask) : 16;
			s->p += n;
			to += n;
			if (!mask)
				continue;
		}
#endif
		if (s->p >= s->end)
			return syntax(s, "");
		if (*s->p == '"')
			break;
		if (*s->p < 0x20)
			return syntax(s, "a control character in a string");
		unsigned size = 1;
		if (*s->p != '\\')
			*to++ = (char)*s->p;
		else {
			unsigned n = escape(s->p, s->end, to, &size);
			if (!n)
				return syntax(s, "a bad escape in a string");
			to += n;
		}
		s->p += size;
	}
	out->length = (size_t)(to - out->data);
	*to = '\0';
	return true;
}

/* s->p stands after the opening quote; afterwards after the closing one. Where there are escapes and out is not NULL, out holds
 * what the string says. */
static bool scan_string(struct scan *s, struct value *v, struct buf *out)
{
	v->kind = KIND_STRING;
	v->at = s->p;
	v->escaped = false;
	v->decoded = NULL;
	for (;;) {
		s->p = string_run(s->p, s->end);
		if (s->p >= s->end)
			return syntax(s, "");
		if (*s->p == '"')
			break;
		if (*s->p < 0x20)
			return syntax(s, "a control character in a string");
		v->escaped = true;
		if (out) {
			v->decoded = out;
			if (!decode_string(s, v->at, out))
				return false;
			break;
		}
		char one[4];
		unsigned size;
		if (!escape(s->p, s->end, one, &size))
			return syntax(s, "a bad escape in a string");
		s->p += size;
	}
	v->length = (size_t)(s->p - v->at);
	s->p++;
	return true;
}

/* The string of a value that has passed scan_string() without out. */
static void unescape(const struct value *v, struct buf *out)
{
	struct complaint none;
	struct value again;
	scan_string(&(struct scan){v->at, v->at, v->at + v->length + 1, &none}, &again, out);
}

static bool digits(struct scan *s)
{
	const unsigned char *from = s->p;
	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > from;
}

static bool scan_number(struct scan *s, struct value *v)
{
	v->kind = KIND_NUMBER;
	v->at = s->p;
	v->escaped = false;
	if (*s->p == '-')
		s->p++;
	if (s->p < s->end && *s->p == '0')
		s->p++;
	else if (!digits(s))
		return syntax(s, "a bad number");
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (!digits(s))
			return syntax(s, "a bad number");
	}
	if (s->p < s->end && (*s->p | 0x20) == 'e') {
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		if (!digits(s))
			return syntax(s, "a bad number");
	}
	v->length = (size_t)(s->p - v->at);
	return true;
}

static bool scan_word(struct scan *s, struct value *v, const char *word, enum kind kind)
{
	size_t n = strlen(word);
	v->kind = kind;
	v->at = s->p;
	v->length = n;
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return syntax(s, "a word other than true, false and null");
	s->p += n;
	return true;
}

static bool scan_scalar(struct scan *s, struct value *v)
{
	if (s->p >= s->end)
		return syntax(s, "");
	switch (*s->p) {
	case '"':
		s->p++;
		return scan_string(s, v, NULL);
	case 't':
		return scan_word(s, v, "true", KIND_BOOLEAN);
	case 'f':
		return scan_word(s, v, "false", KIND_BOOLEAN);
	case 'n':
		return scan_word(s, v, "null", KIND_NULL);
	default:
		if (*s->p == '-' || (*s->p >= '0' && *s->p <= '9'))
			return scan_number(s, v);
		return syntax(s, "a value is missing");
	}
}

static bool scan_key(struct scan *s, struct value *key)
{
	skip_space(s);
	if (s->p >= s->end || *s->p != '"')
		return syntax(s, "a key is missing");
	s->p++;
	if (!scan_string(s, key, NULL))
		return false;
	skip_space(s);
	if (s->p >= s->end || *s->p != ':')
		return syntax(s, "a colon is missing");
	s->p++;
	skip_space(s);
	return true;
}

/* Any value, `depth` levels down already. Objects and arrays are passed over with one bit a level. */
static bool scan_value(struct scan *s, struct value *v, unsigned depth)
{
	skip_space(s);
	if (s->p >= s->end || (*s->p != '{' && *s->p != '['))
		return scan_scalar(s, v);
	v->kind = *s->p == '{' ? KIND_OBJECT : KIND_ARRAY;
	v->at = s->p;
	v->escaped = false;
	uint64_t objects = 0; /* bit n: level n is an object */
	unsigned level = 0;
	struct value inner;
	bool open = true; /* s->p stands on an opening bracket */
	do {
		if (open) {
			if (depth + level >= JSON_DEPTH_MAX)
				return complain(s, FAULT_LIMIT, "JSON nested more than %u deep", JSON_DEPTH_MAX);
			bool object = *s->p++ == '{';
			objects = object ? objects | 1ull << level : objects & ~(1ull << level);
			level++;
			skip_space(s);
			if (s->p < s->end && *s->p == (object ? '}' : ']'))
				goto closing;
		}
		if ((objects >> (level - 1) & 1) && !scan_key(s, &inner))
			return false;
		skip_space(s);
		open = s->p < s->end && (*s->p == '{' || *s->p == '[');
		if (open)
			continue;
		if (!scan_scalar(s, &inner))
			return false;
	after:
		skip_space(s);
		if (s->p < s->end && *s->p == ',') {
			s->p++;
			skip_space(s);
			continue;
		}
		if (s->p >= s->end || *s->p != ((objects >> (level - 1) & 1) ? '}' : ']'))
			return syntax(s, "a comma or closing bracket is missing");
	closing:
		s->p++;
		open = false;
		if (--level)
			goto after;
	} while (level);
	v->length = (size_t)(s->p - v->at);
	return true;
}

/* Seconds or milliseconds since 1970, as exporters write them, as a date. */
static bool epoch_date(const struct value *v, struct buf *out)
{
	char number[16];
	if (v->kind != KIND_NUMBER || v->length < 9 || v->length > 13 || v->length == 11)
		return false;
	memcpy(number, v->at, v->length);
	number[v->length] = '\0';
	long long seconds = 0;
	int used = 0;
	if (sscanf(number, "%lld%n", &seconds, &used) != 1 || (size_t)used != v->length || seconds < 0)
		return false;
	time_t t = (time_t)(v->length >= 12 ? seconds / 1000 : seconds);
	struct tm tm;
	if (!gmtime_r(&t, &tm))
		return false;
	buf_clear(out);
	buf_printf(out, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	return true;
}

static void take(struct record *r, enum field field, const struct value *v)
{
	r->found[field] = true;
	if (field == FIELD_DATE && epoch_date(v, &r->store[field])) {
		r->value[field] = r->store[field].data;
		r->length[field] = r->store[field].length;
	} else if (v->escaped) {
		if (v->decoded != &r->store[field])
			unescape(v, &r->store[field]);
		r->value[field] = r->store[field].data;
		r->length[field] = r->store[field].length;
	} else {
		r->value[field] = (const char *)v->at;
		r->length[field] = v->length;
	}
}

/* s->p stands on the opening brace. A syntax fault gives false; a fault of this record alone sets complaint and gives true. */
static bool scan_record(struct scan *s, const struct field_names *names, struct record *r, unsigned depth, struct buf *key_store)
{
	struct value values[FIELD_COUNT][FIELD_NAMES_MAX] = {0}, key = {0}, v = {0};
	bool have[FIELD_COUNT][FIELD_NAMES_MAX] = {{false}}, decoding[FIELD_COUNT] = {false};
	const unsigned char *from = s->p++;
	const char *twice = NULL;
	skip_space(s);
	if (s->p < s->end && *s->p == '}') {
		s->p++;
	} else {
		for (;;) {
			if (!scan_key(s, &key))
				return false;
			const char *name = (const char *)key.at;
			size_t name_length = key.length;
			if (key.escaped) {
				unescape(&key, key_store);
				name = key_store->data;
				name_length = key_store->length;
			}
			enum field field;
			unsigned rank;
			bool wanted = field_find(names, name, name_length, &field, &rank);
			if (wanted && !decoding[field] && s->p < s->end && *s->p == '"') {
				decoding[field] = true; /* the first of its kind is decoded as it is read; it is seldom not the one taken */
				s->p++;
				if (!scan_string(s, &v, &r->store[field]))
					return false;
			} else if (!scan_value(s, &v, depth + 1)) {
				return false;
			}
			if (wanted) {
				if (have[field][rank])
					twice = names->names[field][rank];
				have[field][rank] = true;
				values[field][rank] = v;
			}
			skip_space(s);
			if (s->p < s->end && *s->p == '}') {
				s->p++;
				break;
			}
			if (s->p >= s->end || *s->p != ',')
				return syntax(s, "a comma or closing bracket is missing");
			s->p++;
		}
	}
	size_t length = (size_t)(s->p - from);
	for (unsigned f = 0; f < FIELD_COUNT; f++) {
		r->found[f] = false;
		r->length[f] = 0;
	}
	if (twice) {
		complain(s, FAULT_RECORD, "the field \"%.40s\" stands twice", twice);
	} else if (length > RECORD_BYTES_MAX) {
		complain(s, FAULT_LIMIT, "record over %u MiB", RECORD_BYTES_MAX >> 20);
	} else {
		bool other = false;
		for (unsigned f = 0; f < FIELD_COUNT; f++)
			for (unsigned rank = 0; rank < FIELD_NAMES_MAX && !r->found[f]; rank++) {
				if (!have[f][rank] || values[f][rank].kind == KIND_NULL)
					continue;
				bool fits = values[f][rank].kind == KIND_STRING || (f != FIELD_TEXT && values[f][rank].kind == KIND_NUMBER);
				if (fits && (f == FIELD_TEXT || values[f][rank].length))
					take(r, (enum field)f, &values[f][rank]);
				other |= f == FIELD_TEXT && !fits;
			}
		if (!r->found[FIELD_TEXT]) {
			struct buf list = BUF_INIT;
			field_list(names, FIELD_TEXT, &list);
			complain(s, FAULT_RECORD, other ? "its text is no string (looked for %.90s)" : "no text (looked for %.90s); name it with --text-field",
			         list.data);
			buf_release(&list);
		}
	}
	if (s->complaint->what[0])
		s->complaint->at = (size_t)(from - s->start);
	return true;
}

void json_begin(struct json_reader *j, const unsigned char *bytes, size_t length)
{
	*j = (struct json_reader){.bytes = bytes, .length = length};
}

enum json_status json_next(struct json_reader *j, const struct field_names *names, struct record *record, struct complaint *complaint)
{
	struct scan s = {j->bytes, j->bytes + j->at, j->bytes + j->length, complaint};
	struct value v;
	complaint->what[0] = '\0';
again:
	skip_space(&s);
	if (j->in_array) {
		bool closing = s.p < s.end && *s.p == ']';
		if (closing) {
			s.p++;
			j->in_array = false;
			goto again;
		}
		if (!j->first) {
			if (s.p >= s.end || *s.p != ',') {
				syntax(&s, "a comma or closing bracket is missing");
				return JSON_BROKEN;
			}
			s.p++;
			skip_space(&s);
		}
		j->first = false;
	} else if (s.p >= s.end) {
		j->at = j->length;
		return JSON_END;
	} else if (*s.p == '[') {
		s.p++;
		j->in_array = j->first = true;
		goto again;
	}
	j->element++;
	if (s.p < s.end && *s.p == '{') {
		struct buf key_store = BUF_INIT;
		bool sound = scan_record(&s, names, record, j->in_array, &key_store);
		buf_release(&key_store);
		if (!sound)
			return JSON_BROKEN;
	} else {
		size_t from = (size_t)(s.p - s.start);
		if (!scan_value(&s, &v, j->in_array))
			return JSON_BROKEN;
		complain(&s, FAULT_RECORD, "a value that is no object");
		complaint->at = from;
	}
	j->at = (size_t)(s.p - s.start);
	return complaint->what[0] ? JSON_SKIPPED : JSON_RECORD;
}

bool json_at_end(const struct json_reader *j)
{
	struct scan s = {j->bytes, j->bytes + j->at, j->bytes + j->length, NULL};
	skip_space(&s);
	return s.p == s.end;
}

bool json_at_array(const struct json_reader *j)
{
	struct scan s = {j->bytes, j->bytes + j->at, j->bytes + j->length, NULL};
	skip_space(&s);
	return s.p < s.end && *s.p == '[';
}
