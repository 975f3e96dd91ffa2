#include "tests/fuzz/agree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "corpora/archive_private.h"
#include "tests/desk.h"

_Noreturn void property_fails(const char *property)
{
	fprintf(stderr, "property does not hold: %s\n", property);
	abort();
}

struct archive_limits fuzz_limits(void)
{
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	limits.member_bytes = 1 << 20;
	limits.record_bytes = 64 << 10;
	limits.unit_bytes = 4 << 20;
	limits.ratio_floor = 1 << 20;
	limits.entries = 1000;
	limits.depth = 3;
	limits.zstd_window_log = 20;
	limits.xz_memory = 16 << 20;
	return limits;
}

/* The verdicts, and of sealed units what they hold: what the tally would be made of. */
static void read_all(const char *name, const uint8_t *bytes, size_t length, size_t read_bytes, bool piped, unsigned threads,
                     struct buf *out)
{
	struct archive_limits limits = fuzz_limits();
	limits.read_bytes = read_bytes;
	struct archive *a = archive_open_memory(name, bytes, length, piped, &limits);
	struct desk *desk = desk_open(threads);
	desk_serve(desk, a);
	const struct archive_account *account = archive_account(a);
	struct member m;
	struct fault f;
	enum archive_status status;
	uint64_t members = 0, sealed = 0, refused = 0, skipped = 0;
	uint64_t members_before = 0, skipped_before = 0;
	size_t unit = 0; /* where it begins in out */
	while ((status = archive_next(a, &m, &f)) != ARCHIVE_END) {
		switch (status) {
		case ARCHIVE_MEMBER:
			members++;
			if (m.length > limits.member_bytes)
				property_fails("members keep to their limit");
			buf_printf(out, "%s|%s|%d|%llu|%llu|%llu|%zu|", m.name, m.file_name, (int)m.format, (unsigned long long)m.record,
			           (unsigned long long)m.first_line, (unsigned long long)m.offset, m.length);
			buf_append(out, m.bytes, m.length);
			if (m.header)
				buf_append(out, m.header, m.header_length);
			break;
		case ARCHIVE_SKIPPED:
			skipped++;
			buf_printf(out, "skipped %s %s\n", f.member, fault_word(f.code));
			break;
		case ARCHIVE_SEALED:
			sealed++;
			members_before = members;
			skipped_before = skipped;
			buf_append_str(out, "sealed\n");
			unit = out->length;
			break;
		default:
			refused++;
			if (f.code <= FAULT_NONE || f.code >= FAULT_CODES || !f.message[0])
				property_fails("a refusal has a code and a message");
			members = members_before;
			skipped = skipped_before;
			out->length = unit;
			buf_printf(out, "refused %s\n", fault_word(f.code));
			unit = out->length;
		}
		if (account->packed_read > length)
			property_fails("no more is read than there is");
	}
	if (archive_next(a, &m, &f) != ARCHIVE_END)
		property_fails("the end stays the end");
	if (account->members != members || account->units_sealed != sealed || account->units_refused != refused || account->members_skipped != skipped)
		property_fails("the account counts what was said");
	if (refused == 0 && (account->packed_read != length || account->packed_bytes != length))
		property_fails("every byte is accounted for unless something was refused");
	buf_printf(out, "%llu decoded", (unsigned long long)account->decoded_bytes);
	archive_close(a);
	desk_close(desk);
}

void archive_agrees(const char *name, const uint8_t *bytes, size_t length)
{
	archive_agrees_threaded(name, bytes, length, 0);
}

void archive_agrees_threaded(const char *name, const uint8_t *bytes, size_t length, unsigned threads)
{
	struct buf first = BUF_INIT, other = BUF_INIT;
	static const struct {
		size_t read_bytes;
		bool piped;
	} ways[] = {{1 << 20, true}, {61, false}, {1021, true}};
	read_all(name, bytes, length, 1 << 20, false, 0, &first);
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		if (ways[i].read_bytes < 100 && length > 20000)
			continue; /* slow, and no different */
		buf_clear(&other);
		read_all(name, bytes, length, ways[i].read_bytes, ways[i].piped, i == 0 ? threads : 0, &other);
		if (first.length != other.length || (first.length && memcmp(first.data, other.data, first.length) != 0)) {
			fprintf(stderr, "--- 1 MiB, file:\n%.2000s\n--- %zu bytes, %s:\n%.2000s\n", first.data ? first.data : "", ways[i].read_bytes,
			        ways[i].piped ? "pipe" : "file", other.data ? other.data : "");
			property_fails("the result does not depend on the size of reads");
		}
	}
	buf_release(&first);
	buf_release(&other);
}
