/* Any bytes, made text as a member's are, cut into records: all that review.h promises, and the same records from every segmenter. The first
 * byte chooses the layout: by the document itself, with all sections, or one whatever the document looks like. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "corpora/text.h"
#include "tests/cutting.h"
#include "tests/fuzz/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct cutting *cutting_for(unsigned choice)
{
	static const char *const layouts[] = {"dated", "named", "labelled", "board-first", "fields", "numbered", "headings", "lines", "date-field", "narratives", "rows"};
	static struct cutting *cutting; /* working out the beginnings of lines takes a while */
	char message[400] = "";
	if (!cutting && !(cutting = cutting_new(message, sizeof message)))
		property_fails(message);
	/* mostly as documents are cut in earnest */
	cutting_choose(cutting, choice < 128 ? NULL : layouts[choice % (sizeof layouts / sizeof *layouts)], choice % 2);
	return cutting;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (!length)
		return 0;
	struct text t = {0};
	if (text_decode(&t, bytes + 1, length - 1) == TEXT_OK) {
		/* its own memory, so that reading over the end is seen */
		char *text = mem_alloc(t.length);
		memcpy(text, t.bytes, t.length);
		const char *failed = cutting_fails(cutting_for(bytes[0]), text, t.length, true);
		if (failed)
			property_fails(failed);
		free(text);
	}
	text_release(&t);
	return 0;
}
