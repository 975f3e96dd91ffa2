#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "corpora/archive_private.h"
#include "corpora/unpack_deflate.h"
#include "tests/transcript.h"

void transcribe(struct archive *a, struct buf *out)
{
	struct member m;
	struct fault f;
	buf_append_str(out, "");
	for (;;) {
		switch (archive_next(a, &m, &f)) {
		case ARCHIVE_MEMBER:
			buf_printf(out, "member name=%s file=%s format=%d", m.name, m.file_name, (int)m.format);
			if (m.record)
				buf_printf(out, " record=%llu line=%llu offset=%llu", (unsigned long long)m.record,
				           (unsigned long long)m.first_line, (unsigned long long)m.offset);
			if (m.header)
				buf_printf(out, " header=%.*s", (int)m.header_length, (const char *)m.header);
			buf_append_str(out, " [");
			buf_append(out, m.bytes, m.length);
			buf_append_str(out, "]\n");
			break;
		case ARCHIVE_SEALED:
			buf_append_str(out, "sealed\n");
			break;
		case ARCHIVE_REFUSED:
			buf_printf(out, "refused %s\n", fault_word(f.code));
			break;
		case ARCHIVE_SKIPPED:
			buf_printf(out, "skipped %s %s\n", f.member, fault_word(f.code));
			break;
		case ARCHIVE_END:
			return;
		}
	}
}

void transcribe_bytes(const char *name, const void *bytes, size_t length, bool piped, const struct archive_limits *limits,
                      struct buf *out)
{
	struct archive *a = archive_open_memory(name, bytes, length, piped, limits);
	transcribe(a, out);
	archive_close(a);
}

void expect_transcript(const char *name, const struct buf *file, const char *expected)
{
	static const size_t read_sizes[] = {1, 7, 4096, 1 << 20};
	for (int engine = 0; engine < 2; engine++) {
		inflate_use(engine ? INFLATE_ZLIB : INFLATE_ISAL);
		for (size_t i = 0; i < sizeof read_sizes / sizeof *read_sizes; i++) {
			for (int piped = 0; piped < 2; piped++) {
				struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
				limits.read_bytes = read_sizes[i];
				struct buf found = BUF_INIT;
				transcribe_bytes(name, file->data, file->length, piped, &limits, &found);
				assert_string_equal(found.data, expected);
				buf_release(&found);
			}
		}
	}
	inflate_use(INFLATE_ISAL);
}
