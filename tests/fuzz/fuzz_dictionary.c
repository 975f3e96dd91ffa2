/* Any bytes as a dictionary; the first byte chooses the format. What is imported can be read, and written in every format. */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "matchers/dictionary.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void can_be_read_and_written(const struct buf *native, struct problem_list *problems)
{
	struct lexicon_limits limits = LEXICON_LIMITS_DEFAULT;
	struct lexicon_source source = {"imported", native->data, native->length};
	limits.line_bytes = 1 << 20; /* labels are as long as they are */
	struct lexicon *l = lexicon_read(&source, 1, &limits, problems);
	if (!l)
		abort();
	static const enum dictionary_format formats[] = {DICTIONARY_NATIVE, DICTIONARY_QUANTEDA, DICTIONARY_LIWC};
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		struct buf out = BUF_INIT;
		if (dictionary_export(l, formats[i], &out, problems) != 0)
			abort();
		buf_release(&out);
	}
	lexicon_free(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (!length)
		return 0;
	enum dictionary_format format = (enum dictionary_format)(DICTIONARY_LIWC + bytes[0] % (DICTIONARY_PHRASES - DICTIONARY_LIWC + 1));
	struct problem_list problems = {NULL, 0, 0};
	struct buf native = BUF_INIT;
	int result = dictionary_import(format, "fuzz", (const char *)bytes + 1, length - 1, &native, &problems);
	if ((result != 0) != (problem_errors(&problems) > 0))
		abort();
	if (result == 0)
		can_be_read_and_written(&native, &problems);
	problem_list_release(&problems);
	buf_release(&native);
	return 0;
}
