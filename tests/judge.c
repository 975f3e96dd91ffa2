#include "tests/judge.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

struct lexicon *judge_lexicon(const char *lines)
{
	struct buf text = BUF_INIT;
	struct problem_list problems = {NULL, 0, 0};

	buf_append_str(&text, "theme\tpattern\tflags\tnote\n");
	buf_append_str(&text, lines);
	struct lexicon_source source = {"test", text.data, text.length};
	struct lexicon *lexicon = lexicon_read(&source, 1, NULL, &problems);

	for (size_t i = 0; !lexicon && i < problems.count; i++)
		fprintf(stderr, "%s:%u: %s\n", problems.items[i].file, problems.items[i].line, problems.items[i].message);
	problem_list_release(&problems);
	buf_release(&text);
	return lexicon;
}
