#include "corpora/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "corpora/names.h"

const char *fault_word(enum fault_code code)
{
	static const char *const words[FAULT_CODES] = {
		[FAULT_NONE] = "none",
		[FAULT_IO] = "io",
		[FAULT_TRUNCATED] = "truncated",
		[FAULT_CHECKSUM] = "checksum",
		[FAULT_CORRUPT] = "corrupt",
		[FAULT_TRAILING] = "trailing",
		[FAULT_LIMIT] = "limit",
		[FAULT_ENCRYPTED] = "encrypted",
		[FAULT_UNSUPPORTED] = "unsupported",
		[FAULT_MISLABELLED] = "mislabelled",
		[FAULT_CHANGED] = "changed",
		[FAULT_NOT_REGULAR] = "not-regular",
		[FAULT_NOT_TEXT] = "not-text",
		[FAULT_RECORD] = "record",
		[FAULT_CONVERTER] = "converter",
		[FAULT_ENGINE] = "engine",
		[FAULT_MORE] = "more",
	};
	return (unsigned)code < FAULT_CODES ? words[code] : "unknown";
}

enum fault_code fault_set(struct fault *f, enum fault_code code, const char *member, uint64_t packed_offset,
                          uint64_t offset, uint64_t line, const char *format, ...)
{
	f->code = code;
	f->packed_offset = packed_offset;
	f->offset = offset;
	f->line = line;
	name_copy_clean(f->member, sizeof f->member, member ? member : "", member ? strlen(member) : 0);
	char message[4 * sizeof f->message];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	name_copy_clean(f->message, sizeof f->message, message, strlen(message));
	return code;
}
