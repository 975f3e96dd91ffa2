#include "pipeline/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/utf8.h"

void json_append_string(struct buf *out, const char *s, size_t length)
{
	buf_append_char(out, '"');
	size_t begin = 0;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)s[i];
		bool separator = c == 0xE2 && i + 2 < length && (unsigned char)s[i + 1] == 0x80 &&
		                 ((unsigned char)s[i + 2] == 0xA8 || (unsigned char)s[i + 2] == 0xA9);
		if (c >= 0x20 && c != '"' && c != '\\' && c != '<' && c != 0x7F && !separator)
			continue;
		buf_append(out, s + begin, i - begin);
		if (separator) {
			buf_printf(out, "\\u%04x", 0x2028u + ((unsigned char)s[i + 2] - 0xA8u));
			i += 2;
		} else if (c == '"' || c == '\\') {
			buf_append_char(out, '\\');
			buf_append_char(out, (char)c);
		} else if (c == '\n') {
			buf_append_str(out, "\\n");
		} else if (c == '\t') {
			buf_append_str(out, "\\t");
		} else {
			buf_printf(out, "\\u%04x", c);
		}
		begin = i + 1;
	}
	buf_append(out, s + begin, length - begin);
	buf_append_char(out, '"');
}

void json_append_printable(struct buf *out, const char *s)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s;
	size_t left = strlen(s);
	buf_reserve(out, left);
	while (left) {
		utf8proc_int32_t c;
		utf8proc_ssize_t n = utf8proc_iterate(p, (utf8proc_ssize_t)left, &c);
		if (n <= 0) {
			buf_printf(out, "\\x%02x", *p);
			n = 1;
		} else {
			utf8proc_category_t category = utf8proc_category(c);
			if (category == UTF8PROC_CATEGORY_CC)
				buf_printf(out, "\\x%02x", (unsigned)c);
			else if (category == UTF8PROC_CATEGORY_CF)
				buf_printf(out, "\\u{%x}", (unsigned)c);
			else
				buf_append(out, p, (size_t)n);
		}
		p += n;
		left -= (size_t)n;
	}
}

void json_put_string(struct buf *out, const char *s)
{
	struct buf safe = BUF_INIT;
	size_t length = strlen(s);
	if (utf8_valid_prefix(s, length) != length) {
		json_append_printable(&safe, s);
		s = safe.data;
		length = safe.length;
	}
	json_append_string(out, s, length);
	buf_release(&safe);
}

void json_put_key(struct buf *out, const char *key)
{
	char before = out->data[out->length - 1];
	buf_printf(out, "%s\"%s\":", before == '{' ? "" : ",", key);
}

void json_put_text(struct buf *out, const char *key, const char *s)
{
	json_put_key(out, key);
	json_put_string(out, s);
}

void json_put_count(struct buf *out, const char *key, uint64_t n)
{
	json_put_key(out, key);
	buf_printf(out, "%" PRIu64, n);
}

void json_put_real(struct buf *out, const char *key, double x, int decimals)
{
	json_put_key(out, key);
	if (isfinite(x))
		buf_printf(out, "%.*f", decimals, x);
	else
		buf_append_str(out, "null");
}

void json_put_comma(struct buf *out)
{
	char before = out->data[out->length - 1];
	if (before != '[' && before != '{')
		buf_append_char(out, ',');
}
