#include "corpora/unpack_tar.h"

#include <string.h>

#define BLOCK 512

/* A ustar header; offsets as in POSIX.1-2017, pax, section "ustar Interchange Format". */
enum {
	NAME = 0, NAME_LENGTH = 100,
	SIZE = 124, SIZE_LENGTH = 12,
	SUM = 148, SUM_LENGTH = 8,
	TYPE = 156,
	MAGIC = 257,
	PREFIX = 345, PREFIX_LENGTH = 155,
	GNU_EXTENDED = 482,        /* of type S: one more block of the sparse map follows */
	GNU_EXTENDED_AGAIN = 504   /* in such a block */
};

/* An octal number with spaces or NULs around it, or GNU's binary form (first bit set). */
static bool number(const unsigned char *field, size_t length, uint64_t *value)
{
	uint64_t v = 0;
	if (field[0] & 0x80) {
		if (field[0] != 0x80)
			return false; /* negative, or over 2^88 */
		for (size_t i = 1; i < length; i++) {
			if (v >> 56)
				return false;
			v = v << 8 | field[i];
		}
		*value = v;
		return true;
	}
	size_t i = 0;
	while (i < length && field[i] == ' ')
		i++;
	for (; i < length && field[i] >= '0' && field[i] <= '7'; i++)
		v = v << 3 | (uint64_t)(field[i] - '0');
	for (; i < length; i++)
		if (field[i] != ' ' && field[i] != '\0')
			return false;
	*value = v;
	return true;
}

static bool all_zero(const unsigned char *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

/* Old programs summed signed bytes. */
static bool sum_is_right(const unsigned char *h)
{
	uint64_t declared;
	if (!number(h + SUM, SUM_LENGTH, &declared))
		return false;
	int64_t plain = 0, with_sign = 0;
	for (size_t i = 0; i < BLOCK; i++) {
		unsigned char c = i >= SUM && i < SUM + SUM_LENGTH ? ' ' : h[i];
		plain += c;
		with_sign += (signed char)c;
	}
	return (int64_t)declared == plain || (int64_t)declared == with_sign;
}

bool tar_looks_like(const unsigned char *bytes, size_t length, bool named)
{
	if (length < BLOCK)
		return false;
	if (all_zero(bytes, BLOCK))
		return named;
	return bytes[NAME] && sum_is_right(bytes) && (named || memcmp(bytes + MAGIC, "ustar", 5) == 0);
}

void tar_init(struct tar *t)
{
	buf_clear(&t->name);
	buf_clear(&t->long_name);
	t->size = t->padding = t->long_size = 0;
	t->has_long_name = t->has_size = t->sparse = false;
}

void tar_release(struct tar *t)
{
	buf_release(&t->name);
	buf_release(&t->long_name);
}

static enum tar_status bad(struct stream *s, enum fault_code code, const char *message)
{
	stream_fail(s, code, "%s", message);
	return TAR_BAD;
}

static const unsigned char *block(struct stream *s)
{
	if (stream_ahead(s, BLOCK) >= BLOCK)
		return s->next;
	stream_fail(s, FAULT_TRUNCATED, "the tar ends without its end mark: copy it again from where it came");
	return NULL;
}

/* Only zeros may follow the end mark. */
static enum tar_status end_of_archive(struct stream *s)
{
	stream_take(s, BLOCK);
	const unsigned char *second = block(s);
	if (!second)
		return TAR_BAD;
	if (!all_zero(second, BLOCK))
		return bad(s, FAULT_CORRUPT, "a lone zero block within the tar");
	while (stream_ahead(s, 1)) {
		if (!all_zero(s->next, s->avail))
			return bad(s, FAULT_TRAILING, "something follows the end mark of the tar (a second archive?)");
		stream_take(s, s->avail);
	}
	return s->failed ? TAR_BAD : TAR_END;
}

/* Takes the data of an extension header, at most limit bytes, into out. */
static bool extension(struct stream *s, uint64_t size, uint64_t limit, struct buf *out)
{
	buf_clear(out);
	if (size > limit) {
		stream_fail(s, FAULT_LIMIT, "an extended header of %llu bytes (limit name)", (unsigned long long)size);
		return false;
	}
	size_t padded = (size_t)(size + BLOCK - 1) / BLOCK * BLOCK;
	if (stream_ahead(s, padded) < padded) {
		stream_fail(s, FAULT_TRUNCATED, "the tar ends within an extended header");
		return false;
	}
	buf_append(out, s->next, (size_t)size);
	stream_take(s, padded);
	return true;
}

static bool decimal(const char *p, size_t length, uint64_t *value)
{
	uint64_t v = 0;
	for (size_t i = 0; i < length; i++) {
		if (p[i] < '0' || p[i] > '9' || __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(p[i] - '0'), &v))
			return false;
	}
	*value = v;
	return length > 0;
}

static bool is(const char *key, size_t length, const char *word)
{
	return length == strlen(word) && memcmp(key, word, length) == 0;
}

/* Records "LENGTH KEY=VALUE\n". A global header may not set what makes two readings of the entries. */
static bool pax_records(struct tar *t, const struct buf *data, bool global)
{
	const char *p = data->data, *end = data->data + data->length;
	while (p < end) {
		const char *space = memchr(p, ' ', (size_t)(end - p)), *equals;
		uint64_t length;
		if (!space || !decimal(p, (size_t)(space - p), &length) || length > (uint64_t)(end - p) ||
		    length < (uint64_t)(space - p) + 4 || p[length - 1] != '\n')
			return false;
		const char *key = space + 1, *record_end = p + length - 1;
		equals = memchr(key, '=', (size_t)(record_end - key));
		if (!equals)
			return false;
		size_t key_length = (size_t)(equals - key), value_length = (size_t)(record_end - equals - 1);
		bool path = is(key, key_length, "path"), size = is(key, key_length, "size");
		bool sparse = key_length > 10 && memcmp(key, "GNU.sparse", 10) == 0;
		if (global && (path || size || sparse))
			return false;
		p += length;
		if (!value_length)
			continue; /* an empty value takes back what a global header said */
		if (path) {
			buf_clear(&t->long_name);
			buf_append(&t->long_name, equals + 1, value_length);
			t->has_long_name = true;
		} else if (size) {
			if (!decimal(equals + 1, value_length, &t->long_size))
				return false;
			t->has_size = true;
		} else if (sparse) {
			t->sparse = true;
		}
	}
	return true;
}

static void short_name(struct tar *t, const unsigned char *h)
{
	buf_clear(&t->name);
	if (memcmp(h + MAGIC, "ustar\0", 6) == 0 && h[PREFIX]) {
		buf_append(&t->name, h + PREFIX, strnlen((const char *)h + PREFIX, PREFIX_LENGTH));
		buf_append_char(&t->name, '/');
	}
	buf_append(&t->name, h + NAME, strnlen((const char *)h + NAME, NAME_LENGTH));
}

/* The sparse map of an old GNU entry goes on in blocks of its own. */
static bool skip_sparse_map(struct stream *s, bool more)
{
	while (more) {
		const unsigned char *map = block(s);
		if (!map)
			return false;
		more = map[GNU_EXTENDED_AGAIN] != 0;
		stream_take(s, BLOCK);
	}
	return true;
}

static const char *what_is(unsigned char type)
{
	switch (type) {
	case '1': return "a hard link: its target is counted where it stands";
	case '2': return "a symbolic link";
	case '3': case '4': return "a device";
	case '6': return "a named pipe";
	case 'S': return "a sparse file: repack it without --sparse";
	case 'M': case 'N': return "a piece of a tar in several volumes: join them first";
	case 'V': return "a volume label";
	default: return "a tar entry of a kind not read here";
	}
}

/* Extended headers are small; this much holds a name at the limit and the other records of a real one. */
static uint64_t extension_limit(const struct archive_limits *limits)
{
	return (uint64_t)limits->name_bytes + 65536;
}

enum tar_status tar_next(struct tar *t, struct stream *s, const struct archive_limits *limits, const char **what)
{
	*what = NULL;
	if (!stream_skip(s, t->padding) && !s->failed)
		return bad(s, FAULT_TRUNCATED, "the tar ends within an entry");
	t->padding = 0;
	t->has_long_name = t->has_size = t->sparse = false;
	bool extended = false;
	for (;;) {
		const unsigned char *h = block(s);
		if (!h)
			return TAR_BAD;
		if (all_zero(h, BLOCK))
			return extended ? bad(s, FAULT_CORRUPT, "an extended header without its entry") : end_of_archive(s);
		uint64_t size;
		if (!sum_is_right(h))
			return bad(s, FAULT_CHECKSUM, "the sum of a tar header is wrong");
		if (!number(h + SIZE, SIZE_LENGTH, &size))
			return bad(s, FAULT_CORRUPT, "a tar entry without a size");
		unsigned char type = h[TYPE];
		if (type == 'L' || type == 'K' || type == 'x' || type == 'X' || type == 'g') {
			/* K names a link's target, which is of no interest; its length is held to the same limit */
			struct buf data = BUF_INIT;
			stream_take(s, BLOCK);
			if (!extension(s, size, extension_limit(limits), &data)) {
				buf_release(&data);
				return TAR_BAD;
			}
			bool right = true;
			if (type == 'L') {
				buf_clear(&t->long_name);
				buf_append(&t->long_name, data.data ? data.data : "", data.data ? strnlen(data.data, data.length) : 0);
				t->has_long_name = true;
			} else if (type != 'K' && data.length) {
				right = pax_records(t, &data, type == 'g');
			}
			buf_release(&data);
			if (!right)
				return bad(s, FAULT_CORRUPT, "the records of an extended header do not add up");
			extended = type != 'g' || extended;
			continue;
		}
		short_name(t, h);
		if (t->has_long_name) {
			struct buf name = t->name;
			t->name = t->long_name;
			t->long_name = name;
		}
		if (t->has_size)
			size = t->long_size;
		if (size > UINT64_MAX - 2 * BLOCK)
			return bad(s, FAULT_CORRUPT, "a tar entry of an absurd size");
		bool map_goes_on = type == 'S' && h[GNU_EXTENDED] != 0;
		stream_take(s, BLOCK);
		t->size = size;
		t->padding = (BLOCK - size % BLOCK) % BLOCK;
		if (t->name.length > limits->name_bytes) {
			stream_fail(s, FAULT_LIMIT, "an entry's name of %zu bytes (limit name)", t->name.length);
			return TAR_BAD;
		}
		if (!skip_sparse_map(s, map_goes_on))
			return TAR_BAD;
		if (type >= '1' && type <= '6' && size)
			return bad(s, FAULT_CORRUPT, "a link, folder or device with data of its own, which programs read in different ways");
		bool regular = type == '\0' || type == '0' || type == '7';
		bool folder = type == '5' || (regular && t->name.length && t->name.data[t->name.length - 1] == '/');
		if (folder && size)
			return bad(s, FAULT_CORRUPT, "a link, folder or device with data of its own, which programs read in different ways");
		if (folder)
			return TAR_FOLDER;
		if (regular && !t->sparse)
			return TAR_FILE;
		*what = what_is(t->sparse ? 'S' : type);
		return TAR_OTHER;
	}
}
