#include "tests/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"
#include "matchers/fold.h"

static struct lexicon *read_lines(const char *lines, bool speak)
{
	struct buf text = BUF_INIT;
	struct problem_list problems = {NULL, 0, 0};

	buf_append_str(&text, "theme\tpattern\tflags\tnote\n");
	buf_append_str(&text, lines);
	struct lexicon_source source = {"test", text.data, text.length};
	struct lexicon *lexicon = lexicon_read(&source, 1, NULL, &problems);

	for (size_t i = 0; speak && !lexicon && i < problems.count; i++)
		fprintf(stderr, "%s:%u: %s\n", problems.items[i].file, problems.items[i].line, problems.items[i].message);
	problem_list_release(&problems);
	buf_release(&text);
	return lexicon;
}

struct lexicon *judge_lexicon(const char *lines)
{
	return read_lines(lines, true);
}

struct lexicon *judge_try_lexicon(const char *lines)
{
	return read_lines(lines, false);
}

/* ---- the engine ---- */

struct judge {
	const struct lexicon *lexicon;
	struct matcher *matcher;
	struct scanner *scanner;
	struct resolver *resolvers[NESTED_COUNT];
	struct strmap hashes; /* of folded words seen */
	struct judge_totals totals;
};

struct judge *judge_new(const struct lexicon *lexicon, enum engine engine)
{
	struct matcher_options options = MATCHER_OPTIONS_DEFAULT;
	struct problem_list problems = {NULL, 0, 0};
	struct judge *j = mem_calloc(1, sizeof *j);

	options.engine = engine;
	j->lexicon = lexicon;
	j->matcher = matcher_new(lexicon, &options, &problems);
	for (size_t i = 0; !j->matcher && i < problems.count; i++)
		fprintf(stderr, "%s:%u: %s\n", problems.items[i].file, problems.items[i].line, problems.items[i].message);
	problem_list_release(&problems);
	j->scanner = j->matcher ? scanner_new(j->matcher) : NULL;
	if (!j->scanner) {
		judge_free(j);
		return NULL;
	}
	for (int n = 0; n < NESTED_COUNT; n++)
		j->resolvers[n] = resolver_new(lexicon, (enum nested)n);
	return j;
}

void judge_free(struct judge *j)
{
	for (int n = 0; n < NESTED_COUNT; n++)
		if (j->resolvers[n])
			resolver_free(j->resolvers[n]);
	if (j->scanner)
		scanner_free(j->scanner);
	if (j->matcher)
		matcher_free(j->matcher);
	strmap_release(&j->hashes);
	free(j);
}

static void resolve(struct judge *j, enum nested nested, struct engine_result *result)
{
	result->scanner = j->scanner;
	result->wanted = RESOLVE_MENTIONS | RESOLVE_FATES;
	resolver_run(j->resolvers[nested], j->scanner, &result->scan, result->wanted, &result->resolution);
}

bool judge_run(struct judge *j, enum nested nested, const char *text, size_t length, struct engine_result *out)
{
	if (scanner_scan(j->scanner, text, length, &out->scan) != SCAN_OK)
		return false;
	resolve(j, nested, out);
	return true;
}

/* Equal words have equal hashes, and other words others. */
static bool hashes_differ(struct judge *j, const char *text, const struct scan *scan, struct buf *what)
{
	bool differ = false;
	struct buf folded = BUF_INIT;

	for (uint32_t i = 0; i < scan->words && !differ; i++) {
		size_t start = scan_token_start(j->scanner, i), end = scan_token_end(j->scanner, i);
		bool is_new;

		buf_clear(&folded);
		fold_append(&folded, text + start, end - start, false);
		size_t *hash = strmap_put(&j->hashes, folded.data, folded.length, &is_new);
		if (is_new)
			*hash = (size_t)scan->word_hash[i];
		differ = *hash != (size_t)scan->word_hash[i];
		if (differ)
			buf_printf(what, "token %u, '%s', has another hash than before", i, folded.data);
	}
	buf_release(&folded);
	return differ;
}

const struct judge_totals *judge_totals(const struct judge *j)
{
	return &j->totals;
}

static void add_totals(struct judge_totals *t, const struct reference *r)
{
	t->mentions += r->mention_count;
	for (size_t i = 0; i < r->candidate_count; i++)
		t->fates[r->fates[i].fate]++;
}

bool judge_differs(struct judge *j, const char *text, size_t length, struct buf *what)
{
	char *copy = mem_strndup(text, length); /* so that a sanitizer sees what is read beyond it */
	struct buf words = BUF_INIT;
	struct engine_result result;
	struct reference r;
	bool differs = false;

	char *exact = mem_realloc(copy, length ? length : 1, 1);

	j->totals.texts++;
	if (scanner_scan(j->scanner, exact, length, &result.scan) != SCAN_OK) {
		buf_append_str(&words, "the engine refused the text");
		differs = true;
	} else if (result.scan.inconclusive_count) {
		j->totals.inconclusive++;
	} else {
		reference_count(j->lexicon, NESTED_THEME, exact, length, &r);
		j->totals.words += r.words;
		j->totals.sentences += r.sentences;
		j->totals.candidates += r.candidate_count;
		for (int n = 0; n < NESTED_COUNT && !differs; n++) {
			struct buf difference = BUF_INIT;

			if (n > 0)
				reference_resolve(j->lexicon, (enum nested)n, &r);
			add_totals(&j->totals, &r);
			resolve(j, (enum nested)n, &result);
			differs = reference_differs(j->lexicon, &r, &result, &difference, NULL);
			if (differs)
				buf_printf(&words, "%s: %s", nested_word((enum nested)n), difference.data);
			buf_release(&difference);
		}
		reference_release(&r);
		if (!differs)
			differs = hashes_differ(j, exact, &result.scan, &words);
	}
	if (differs && what)
		buf_append(what, words.data, words.length);
	buf_release(&words);
	free(exact);
	return differs;
}

/* ---- small cases ---- */

/* Of a lexicon and a text; a new scanner each time, so that nothing depends on what it read before. */
static bool lines_differ(const char *lines, enum engine engine, const char *text, size_t length, struct buf *what)
{
	struct lexicon *lexicon = judge_try_lexicon(lines);
	struct judge *j = lexicon ? judge_new(lexicon, engine) : NULL;
	bool differs = j && judge_differs(j, text, length, what);

	if (j)
		judge_free(j);
	lexicon_free(lexicon);
	return differs;
}

struct shrinking {
	const char *lines;
	enum engine engine;
};

static bool shrinking_differs(void *context, const char *text, size_t length)
{
	struct shrinking *s = context;
	return lines_differ(s->lines, s->engine, text, length, NULL);
}

/* Takes away lines as long as the difference stays. */
static void shrink_lines(char *lines, enum engine engine, const char *text, size_t length)
{
	for (bool shrunk = true; shrunk;) {
		shrunk = false;
		for (char *line = lines; *line;) {
			char *end = strchr(line, '\n');
			end = end ? end + 1 : line + strlen(line);

			struct buf fewer = BUF_INIT;
			buf_append(&fewer, lines, (size_t)(line - lines));
			buf_append_str(&fewer, end);
			if (fewer.length && lines_differ(fewer.data, engine, text, length, NULL)) {
				memcpy(lines, fewer.data, fewer.length + 1);
				shrunk = true;
			} else {
				line = end;
			}
			buf_release(&fewer);
		}
	}
}

void judge_shrink(const char *lines, enum engine engine, const char *text, size_t length, struct buf *out)
{
	enum { BUDGET = 1000 * 1000 };
	char *small_lines = mem_strdup(lines), *small_text = mem_strndup(text, length);
	struct shrinking s = {small_lines, engine};
	struct buf what = BUF_INIT;

	if (!shrinking_differs(&s, text, length)) {
		buf_append_str(out, "# shows only after other texts have been read\n");
	} else {
		length = reference_shrink(small_text, length, shrinking_differs, &s, BUDGET);
		shrink_lines(small_lines, engine, small_text, length);
		length = reference_shrink(small_text, length, shrinking_differs, &s, BUDGET);
	}
	lines_differ(small_lines, engine, small_text, length, &what);
	buf_printf(out, "# engine %s, %s\n", engine_word(engine), what.data ? what.data : "");
	for (char *line = small_lines; *line;) {
		size_t n = strcspn(line, "\n");
		buf_append_str(out, "lexicon ");
		reference_quote(out, line, n);
		buf_append_char(out, '\n');
		line += n + (line[n] == '\n');
	}
	buf_append_str(out, "text ");
	reference_quote(out, small_text, length);
	buf_append_char(out, '\n');
	buf_release(&what);
	free(small_lines);
	free(small_text);
}
