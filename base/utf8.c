#include "base/utf8.h"

#include <string.h>

#include "base/mem.h"

size_t utf8_decode(const char *text, size_t length, uint32_t *code_point)
{
	const unsigned char *s = (const unsigned char *)text;
	uint32_t c = s[0];
	if (c < 0x80) {
		*code_point = c;
		return 1;
	}
	size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (c < 0xc2 || c > 0xf4 || need > length)
		return 0;
	c &= 0x7fu >> need;
	for (size_t i = 1; i < need; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	if (c < least[need] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*code_point = c;
	return need;
}

size_t utf8_valid_prefix(const char *text, size_t length)
{
	size_t at = 0;
	while (at < length) {
		uint64_t eight;
		if (length - at >= sizeof eight) {
			memcpy(&eight, text + at, sizeof eight);
			if (!(eight & 0x8080808080808080u)) {
				at += sizeof eight;
				continue;
			}
		}
		uint32_t c;
		size_t n = utf8_decode(text + at, length - at, &c);
		if (!n)
			break;
		at += n;
	}
	return at;
}

size_t utf8_encode(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

void utf8_append(struct buf *out, uint32_t c)
{
	char s[4];
	buf_append(out, s, utf8_encode(c, s));
}
