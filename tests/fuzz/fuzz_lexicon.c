/* Any bytes as a lexicon. What is read is checked, counted and compared with itself, and comes back the same from its own format. */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "matchers/dictionary.h"
#include "matchers/lexicon.h"
#include "matchers/lexicon_diff.h"
#include "matchers/lexicon_stats.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void differs_from_itself(const struct lexicon *l)
{
	struct lexicon_diff d;
	lexicon_diff_init(&d, l, l);
	if (d.entry_count || d.theme_count)
		abort();
	lexicon_diff_release(&d);
}

static void comes_back(const struct lexicon *l, struct lexicon_limits limits)
{
	struct buf out = BUF_INIT;
	struct problem_list problems = {NULL, 0, 0};
	dictionary_export(l, DICTIONARY_NATIVE, &out, &problems);
	struct lexicon_source source = {"again", out.data, out.length};
	limits.line_bytes *= 2; /* quotes take a backslash */
	struct lexicon *again = lexicon_read(&source, 1, &limits, &problems);
	if (!again || again->theme_count != l->theme_count || again->entry_count != l->entry_count)
		abort();
	lexicon_free(again);
	buf_release(&out);
	problem_list_release(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct lexicon_limits limits = LEXICON_LIMITS_DEFAULT;
	struct problem_list problems = {NULL, 0, 0};
	struct lexicon_source source = {"fuzz", (const char *)bytes, length};
	limits.variants_total = 20000; /* as many take a moment */
	struct lexicon *l = lexicon_read(&source, 1, &limits, &problems);
	if ((l == NULL) != (problem_errors(&problems) > 0))
		abort();
	if (l) {
		struct lexicon_stats stats;
		lexicon_check(l, &problems);
		lexicon_stats_init(&stats, l);
		lexicon_stats_release(&stats);
		lexicon_free(lexicon_select(l, "*", &problems));
		differs_from_itself(l);
		comes_back(l, limits);
		lexicon_free(l);
	}
	problem_list_release(&problems);
	return 0;
}
