/* A lexicon, a line that holds only "%%", and a text: the engine and the reference must agree under every mode. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "tests/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { LEXICON_MOST = 1024, TEXT_MOST = 2048 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const uint8_t *cut = memmem(bytes, length, "\n%%\n", 4);
	if (!cut || cut - bytes > LEXICON_MOST || memchr(bytes, 0, (size_t)(cut - bytes)))
		return 0;
	const char *text = (const char *)cut + 4;
	size_t text_length = (size_t)((const char *)bytes + length - text);
	if (text_length > TEXT_MOST || memchr(text, 0, text_length) || utf8_valid_prefix(text, text_length) != text_length)
		return 0; /* the engine is given repaired text only */
	char *lines = mem_strndup((const char *)bytes, (size_t)(cut - bytes) + 1);
	struct lexicon *lexicon = judge_try_lexicon(lines);
	struct judge *j = lexicon ? judge_new(lexicon, ENGINE_AUTO) : NULL;
	struct buf what = BUF_INIT;
	if (j && judge_differs(j, text, text_length, &what)) {
		fprintf(stderr, "engine and reference differ: %s\n", what.data);
		abort();
	}
	buf_release(&what);
	if (j)
		judge_free(j);
	lexicon_free(lexicon);
	free(lines);
	return 0;
}
