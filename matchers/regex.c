#include "matchers/regex.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/regex_allocator.h"
#include "base/utf8.h"
#include "matchers/fold.h"
#include "matchers/scanner.h"

enum { JIT_STACK_BYTES = 512 * 1024 };

struct regex {
	uint32_t entry;
	pcre2_code *code;
	bool filtered; /* the prefilter tells where it may match */
	bool whole;    /* flag w */
};

/* ---- compiling ---- */

static pcre2_code *compile(const struct entry *e, struct problem_list *problems)
{
	int error;
	PCRE2_SIZE at;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)e->source, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &at, regex_compile_context());

	if (!code) {
		PCRE2_UCHAR message[160];

		if (error == PCRE2_ERROR_HEAP_FAILED)
			mem_exhausted(); /* the expression is not to blame */
		pcre2_get_error_message(error, message, sizeof message);
		problem_add(problems, PROBLEM_ERROR, e->file, e->line, "the expression '%s' cannot be compiled: at byte %zu, %s", e->source, (size_t)at + 1,
		            (const char *)message);
		return NULL;
	}
	pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* where there is none, the interpreter does the same under the same limits */
	return code;
}

struct costly_context {
	const struct lexicon *lexicon;
	const struct regex_group *group;
	struct problem_list *problems;
};

static void report_costly(void *context, size_t i)
{
	const struct costly_context *c = context;
	const struct entry *e = &c->lexicon->entries[c->group->items[i].entry];

	problem_add(c->problems, PROBLEM_WARNING, e->file, e->line,
	            "the expression '%s' costs too much to prefilter and will be tried on every sentence; fewer or smaller repeats would help", e->source);
}

static void add_prefilter(struct regex_group *g, const struct lexicon *lexicon, const struct matcher_options *options, struct problem_list *problems)
{
	char **forms = mem_calloc(g->count, sizeof *forms);
	bool *filtered = mem_calloc(g->count, sizeof *filtered);
	struct costly_context context = {lexicon, g, problems};

	for (size_t i = 0; i < g->count; i++) {
		struct buf form = BUF_INIT;

		if (prefilter_form(lexicon->entries[g->items[i].entry].source, &form))
			forms[i] = buf_detach(&form);
		buf_release(&form);
	}
	g->prefilter = prefilter_compile((const char *const *)forms, g->count, options, filtered, report_costly, &context);
	for (size_t i = 0; i < g->count; i++) {
		g->items[i].filtered = filtered[i];
		free(forms[i]);
	}
	free(forms);
	free(filtered);
}

bool regexes_init(struct regexes *r, const struct lexicon *lexicon, const struct matcher_options *options, struct problem_list *problems)
{
	size_t capacity[2] = {0, 0};
	bool good = true;

	*r = (struct regexes){0};
	for (size_t i = 0; i < lexicon->entry_count; i++) {
		const struct entry *e = &lexicon->entries[i];

		if (!(e->flags & ENTRY_REGEX) || (options->left_out && options->left_out[i]))
			continue;
		bool cased = e->flags & ENTRY_CASE;
		struct regex_group *g = &r->groups[cased];
		pcre2_code *code = compile(e, problems);

		if (!code) {
			good = false;
			continue;
		}
		MEM_GROW(g->items, g->count, capacity[cased]);
		g->items[g->count++] = (struct regex){(uint32_t)i, code, false, e->flags & ENTRY_WHOLE};
	}
	for (int cased = 0; good && cased < 2; cased++)
		if (r->groups[cased].count)
			add_prefilter(&r->groups[cased], lexicon, options, problems);
	return good;
}

void regexes_release(struct regexes *r)
{
	for (int cased = 0; cased < 2; cased++) {
		struct regex_group *g = &r->groups[cased];

		for (size_t i = 0; i < g->count; i++)
			pcre2_code_free(g->items[i].code);
		free(g->items);
		automaton_free(g->prefilter);
	}
	*r = (struct regexes){0};
}

/* ---- searching ---- */

struct regex_search {
	const struct regexes *regexes;
	pcre2_match_data *match;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	struct buf sentence;
	size_t *starts, *ends;     /* of the sentence's tokens, in it */
	size_t token_capacity;
	bool *hit;                 /* by place in the group: the prefilter lets it through */
	uint32_t *inconclusive;
	size_t inconclusive_count, inconclusive_capacity;
};

struct regex_search *regex_search_new(const struct regexes *r, const struct matcher_options *options)
{
	struct regex_search *s = mem_calloc(1, sizeof *s);
	size_t most = r->groups[0].count > r->groups[1].count ? r->groups[0].count : r->groups[1].count;

	s->regexes = r;
	buf_reserve(&s->sentence, 1);
	s->hit = mem_calloc(most, sizeof *s->hit);
	s->match = pcre2_match_data_create(1, regex_allocator());
	s->context = pcre2_match_context_create(regex_allocator());
	s->stack = pcre2_jit_stack_create(32 * 1024, JIT_STACK_BYTES, regex_allocator());
	if (!s->match || !s->context)
		mem_exhausted();
	pcre2_set_match_limit(s->context, options->regex_match_limit);
	pcre2_set_depth_limit(s->context, options->regex_depth_limit);
	pcre2_set_heap_limit(s->context, options->regex_heap_kib);
	if (s->stack)
		pcre2_jit_stack_assign(s->context, NULL, s->stack);
	return s;
}

void regex_search_free(struct regex_search *s)
{
	if (!s)
		return;
	pcre2_match_data_free(s->match);
	pcre2_match_context_free(s->context);
	pcre2_jit_stack_free(s->stack);
	buf_release(&s->sentence);
	free(s->starts);
	free(s->ends);
	free(s->hit);
	free(s->inconclusive);
	free(s);
}

/* Folded characters of a gap, each run of white space as one space. */
static void fold_gap(struct buf *out, const char *text, size_t from, size_t to, bool keep_case)
{
	bool in_white = false;

	for (size_t at = from, bytes; at < to; at += bytes) {
		uint32_t c;

		bytes = utf8_decode(text + at, to - at, &c);
		if (!bytes) {
			bytes = 1;
			c = 0xFFFD;
		}
		switch (char_class(c)) {
		case CHAR_SPACE:
		case CHAR_TAB:
		case CHAR_LINE:
		case CHAR_PAGE:
			if (!in_white)
				buf_append_char(out, ' ');
			in_white = true;
			break;
		default:
			fold_append(out, text + at, bytes, keep_case);
			in_white = false;
		}
	}
}

static void fold_sentence(struct regex_search *s, const struct scanner *scanner, uint32_t first, uint32_t last, bool keep_case)
{
	const struct tokens *t = &scanner->tokens;
	struct buf *out = &s->sentence;
	size_t count = last - first + 1;

	if (count > s->token_capacity) {
		s->token_capacity = count + count / 2;
		s->starts = mem_realloc(s->starts, s->token_capacity, sizeof *s->starts);
		s->ends = mem_realloc(s->ends, s->token_capacity, sizeof *s->ends);
	}
	buf_clear(out);
	for (uint32_t token = first; token <= last; token++) {
		const uint32_t *edge = t->edges + 2 * (size_t)token;

		s->starts[token - first] = out->length;
		fold_append(out, scanner->text + edge[0], edge[1] - edge[0], keep_case);
		s->ends[token - first] = out->length;
		if (token == last)
			break;
		if (t->gaps[token] & GAP_CUT)
			buf_append_char(out, ' ');
		else
			fold_gap(out, scanner->text, edge[1], edge[2], keep_case);
	}
}

static void add_match(struct regex_search *s, struct scanner *scanner, const struct regex *r, uint32_t first, size_t count, size_t start, size_t end)
{
	const uint8_t *gaps = scanner->tokens.gaps;
	size_t low = 0, high = count;

	while (low < high) { /* the first token that ends after start */
		size_t middle = (low + high) / 2;

		if (s->ends[middle] <= start)
			low = middle + 1;
		else
			high = middle;
	}
	size_t from = low;

	for (high = count; low < high;) { /* the first that starts at or after end */
		size_t middle = (low + high) / 2;

		if (s->starts[middle] < end)
			low = middle + 1;
		else
			high = middle;
	}
	if (from >= low)
		return;
	uint32_t a = first + (uint32_t)from, b = first + (uint32_t)low - 1;

	if (r->whole && ((gaps[(ptrdiff_t)a - 1] | gaps[b]) & (GAP_HYPHEN | GAP_CUT)))
		return;
	add_candidate(scanner, a, b, r->entry);
}

/* PCRE2 over the sentence in hand, first match after first match. */
static void confirm(struct regex_search *s, struct scanner *scanner, const struct regex *r, uint32_t first, size_t count)
{
	size_t from = 0;

	while (from <= s->sentence.length) {
		int result = pcre2_match(r->code, (PCRE2_SPTR)s->sentence.data, s->sentence.length, from, PCRE2_NOTEMPTY | PCRE2_NO_UTF_CHECK, s->match,
		                         s->context);

		if (result == PCRE2_ERROR_NOMATCH)
			return;
		if (result < 0) {
			MEM_GROW(s->inconclusive, s->inconclusive_count, s->inconclusive_capacity);
			s->inconclusive[s->inconclusive_count++] = r->entry;
			return;
		}
		const PCRE2_SIZE *span = pcre2_get_ovector_pointer(s->match);

		add_match(s, scanner, r, first, count, span[0], span[1]);
		from = span[1];
	}
}

static int note_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	struct regex_search *s = context;

	(void)from;
	(void)to;
	(void)flags;
	s->hit[id] = true;
	return 0;
}

static bool search_sentence(struct regex_search *s, struct scanner *scanner, const struct regex_group *g, uint32_t first, uint32_t last, bool keep_case)
{
	fold_sentence(s, scanner, first, last, keep_case);
	for (size_t i = 0; i < g->count; i++)
		s->hit[i] = !g->items[i].filtered;
	if (g->prefilter && !automaton_scan(g->prefilter, scanner->memory, s->sentence.data, s->sentence.length, note_hit, s))
		return false;
	for (size_t i = 0; i < g->count; i++)
		if (s->hit[i])
			confirm(s, scanner, &g->items[i], first, (size_t)last - first + 1);
	return true;
}

static int compare_entries(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

bool regex_find(struct regex_search *s, struct scanner *scanner)
{
	const struct tokens *t = &scanner->tokens;
	size_t to = 0;

	s->inconclusive_count = 0;
	for (int cased = 0; cased < 2; cased++) {
		const struct regex_group *g = &s->regexes->groups[cased];

		for (uint32_t first = 0, last; g->count && first < t->count; first = last + 1) {
			for (last = first; !(t->gaps[last] & GAP_BREAK); last++)
				;
			if (!search_sentence(s, scanner, g, first, last, cased))
				return false;
		}
	}
	if (s->inconclusive_count)
		qsort(s->inconclusive, s->inconclusive_count, sizeof *s->inconclusive, compare_entries);
	for (size_t i = 0; i < s->inconclusive_count; i++)
		if (i == 0 || s->inconclusive[i] != s->inconclusive[to - 1])
			s->inconclusive[to++] = s->inconclusive[i];
	s->inconclusive_count = to;
	return true;
}

const uint32_t *regex_inconclusive(const struct regex_search *s, size_t *count)
{
	*count = s->inconclusive_count;
	return s->inconclusive;
}
