/* JSONL, CSV and TSV: any size of reads gives the same records, and those that a plain splitter gives. The first byte chooses. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "corpora/archive_private.h"
#include "tests/fuzz/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct expected {
	size_t start, length;
	uint64_t line;
};

/* The rule of unpack_records.h, byte by byte. */
static size_t split(const uint8_t *p, size_t length, char delimiter, struct expected *records)
{
	size_t count = 0, at = length >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	uint64_t line = 1;
	while (at < length) {
		size_t start = at;
		uint64_t first = line;
		bool quoted = false, field_start = true;
		while (at < length && (quoted || p[at] != '\n')) {
			if (quoted && p[at] == '"') {
				if (at + 1 < length && p[at + 1] == '"')
					at++;
				else
					quoted = false;
			} else if (!quoted && delimiter && field_start && p[at] == '"') {
				quoted = true;
			}
			field_start = !quoted && p[at] == (uint8_t)delimiter;
			line += p[at] == '\n';
			at++;
		}
		size_t end = at;
		if (at < length) {
			at++;
			line++;
		}
		if (end > start && p[end - 1] == '\r')
			end--;
		bool blank = true;
		for (size_t i = start; i < end; i++)
			blank = blank && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r');
		if (!blank && !(quoted && at == length))
			records[count++] = (struct expected){start, end - start, first};
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const char *const names[] = {"a.jsonl", "a.csv", "a.tsv"};
	if (!length || length > 60000)
		return 0;
	unsigned kind = bytes[0] % 3;
	bytes++;
	length--;
	archive_agrees(names[kind], bytes, length);
	struct archive_limits limits = fuzz_limits();
	struct archive *a = archive_open_memory(names[kind], bytes, length, false, &limits);
	struct expected *expected = mem_alloc((length + 1) * sizeof *expected);
	size_t count = 0, at = kind > 0; /* the header row is no record */
	struct member m;
	struct fault f;
	enum archive_status status;
	while ((status = archive_next(a, &m, &f)) != ARCHIVE_END) {
		if (status != ARCHIVE_MEMBER || !m.record)
			continue;
		if (!count)
			count = split(bytes, length, m.delimiter, expected);
		/* a row with a NUL is skipped, not given */
		while (at < count && kind > 0 && memchr(bytes + expected[at].start, 0, expected[at].length))
			at++;
		if (at == count || m.offset != expected[at].start || m.length != expected[at].length || m.first_line != expected[at].line ||
		    memcmp(m.bytes, bytes + expected[at].start, m.length) != 0)
			property_fails("records are those of the plain splitter");
		at++;
	}
	free(expected);
	archive_close(a);
	return 0;
}
