#include "corpora/names.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

static bool must_be_escaped(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200E || c == 0x200F ||
	       (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

void name_append_clean(struct buf *out, const char *name, size_t length)
{
	static const char hex[] = "0123456789abcdef";
	while (length) {
		uint32_t c = 0;
		size_t n = utf8_decode(name, length, &c);
		if (n && !must_be_escaped(c)) {
			buf_append(out, name, n);
		} else {
			n = n ? n : 1;
			for (size_t i = 0; i < n; i++) {
				unsigned char b = (unsigned char)name[i];
				char escaped[4] = {'\\', 'x', hex[b >> 4], hex[b & 15]};
				buf_append(out, escaped, 4);
			}
		}
		name += n;
		length -= n;
	}
}

void name_copy_clean(char *out, size_t size, const char *name, size_t length)
{
	struct buf clean = BUF_INIT;
	name_append_clean(&clean, name, length);
	if (!clean.length) {
		out[0] = '\0';
	} else if (clean.length < size) {
		memcpy(out, clean.data, clean.length + 1);
	} else {
		size_t head = (size - 4) / 2, tail = clean.length - (size - 4 - head);
		while (head && ((unsigned char)clean.data[head] & 0xC0) == 0x80)
			head--;
		while (tail < clean.length && ((unsigned char)clean.data[tail] & 0xC0) == 0x80)
			tail++;
		memcpy(out, clean.data, head);
		memcpy(out + head, "...", 3);
		memcpy(out + head + 3, clean.data + tail, clean.length - tail + 1);
	}
	buf_release(&clean);
}

const char *name_base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

bool name_has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);
	return n > m && strcasecmp(name + n - m, suffix) == 0;
}
