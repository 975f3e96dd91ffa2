#include "base/regex.h"

#include <pcre2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/regex_allocator.h"

#define MATCH_LIMIT 100000u
#define DEPTH_LIMIT 1000u
#define EASY 50             /* the interpreter has so small a part of these limits, and of texts that are no longer: see regex.h */
#define EASY_BYTES 1024
#define HEAP_LIMIT_KIB 1024u
#define JIT_STACK_BYTES ((size_t)256 << 10)
#define GROUPS_MOST 31
#define JIT_AFTER 32        /* matches: machine code takes as long to make as these to interpret */
#define PREFIX_BUDGET 20000 /* beginnings of one length tried for one pattern */
#define PREFIX_VIABLE 100   /* with more ways to go on than this, a beginning takes anything */

struct regex {
	char *source;
	size_t length;
	uint32_t options;
	uint64_t first[4];          /* bytes a match can begin with */
	pcre2_code *studied;        /* as regex_new() compiled it, not anchored, so that PCRE2 works out those bytes; NULL if they were known */
	pcre2_code *_Atomic code;   /* NULL before the first use: many are never used */
	pcre2_code *_Atomic machine; /* the same as machine code; NULL before its time */
	_Atomic bool no_machine;    /* there is none */
	_Atomic int interpreted;    /* how often, up to JIT_AFTER */
};
static pthread_mutex_t compiling = PTHREAD_MUTEX_INITIALIZER;

struct regex_memory {
	pcre2_match_data *data;
	pcre2_match_context *context, *easy;
	pcre2_jit_stack *stack;
	PCRE2_SIZE *offsets;
	int matched; /* pairs set by the last match */
};

static uint32_t compile_options(unsigned flags)
{
	uint32_t options = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_BACKSLASH_C | PCRE2_DOLLAR_ENDONLY | PCRE2_DUPNAMES;
	if (flags & REGEX_ANCHORED)
		options |= PCRE2_ANCHORED;
	if (flags & REGEX_CASELESS)
		options |= PCRE2_CASELESS;
	return options;
}

static void note_first(struct regex *p)
{
	const uint8_t *first = NULL;
	uint32_t single = 0, type = 0;
	pcre2_pattern_info(p->studied, PCRE2_INFO_FIRSTBITMAP, &first);
	pcre2_pattern_info(p->studied, PCRE2_INFO_FIRSTCODETYPE, &type);
	pcre2_pattern_info(p->studied, PCRE2_INFO_FIRSTCODEUNIT, &single);
	for (unsigned c = 0; c < 0x100; c++)
		if (first ? (first[c / 8] >> c % 8 & 1) != 0 : type != 1 || (single | 0x20) == (c | 0x20)) /* case may not matter */
			p->first[c / 64] |= UINT64_C(1) << c % 64;
}

static struct regex *make(const char *source, size_t length, unsigned flags)
{
	struct regex *p = mem_calloc(1, sizeof *p);
	p->source = mem_strndup(source, length);
	p->length = length;
	p->options = compile_options(flags);
	return p;
}

struct regex *regex_new(const char *source, size_t length, unsigned flags, char *message, size_t message_size)
{
	int code;
	PCRE2_SIZE at;
	/* the source itself is checked: NO_UTF_CHECK would trust it */
	pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)source, length, compile_options(flags) & ~(PCRE2_NO_UTF_CHECK | PCRE2_ANCHORED), &code, &at, regex_compile_context());
	if (!compiled) {
		if (code == PCRE2_ERROR_HEAP_FAILED)
			mem_exhausted(); /* the pattern is not to blame */
		char reason[160];
		pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof reason);
		snprintf(message, message_size, "%s, at character %zu of the pattern", reason, (size_t)at);
		return NULL;
	}
	uint32_t groups;
	pcre2_pattern_info(compiled, PCRE2_INFO_CAPTURECOUNT, &groups);
	if (groups > GROUPS_MOST) {
		snprintf(message, message_size, "more than %d groups", GROUPS_MOST);
		pcre2_code_free(compiled);
		return NULL;
	}
	struct regex *p = make(source, length, flags);
	p->studied = compiled;
	note_first(p);
	return p;
}

struct regex *regex_known(const char *source, size_t length, unsigned flags, const uint64_t first[4])
{
	struct regex *p = make(source, length, flags);
	memcpy(p->first, first, sizeof p->first);
	return p;
}

void regex_version(char version[REGEX_VERSION_BYTES])
{
	*version = '\0';
	pcre2_config(PCRE2_CONFIG_VERSION, version);
}

static pcre2_code *compile(const struct regex *p, uint32_t options)
{
	int code;
	PCRE2_SIZE at;
	pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)p->source, p->length, options, &code, &at, regex_compile_context());
	if (!compiled && code == PCRE2_ERROR_HEAP_FAILED)
		mem_exhausted();
	if (!compiled) {
		fprintf(stderr, "themetally: an expression that was accepted before is refused now: %.200s; run with --no-cache\n", p->source);
		abort();
	}
	return compiled;
}

static const pcre2_code *interpreted_code(const struct regex *p)
{
	pcre2_code *code = atomic_load_explicit(&p->code, memory_order_acquire);
	if (code)
		return code;
	pthread_mutex_lock(&compiling);
	code = atomic_load_explicit(&p->code, memory_order_relaxed);
	if (!code) {
		code = compile(p, p->options);
		atomic_store_explicit(&((struct regex *)p)->code, code, memory_order_release);
	}
	pthread_mutex_unlock(&compiling);
	return code;
}

/* NULL where there is none. The interpreter goes on with its own code, which nobody writes to. */
static const pcre2_code *machine_code(const struct regex *p)
{
	if (atomic_load_explicit(&p->no_machine, memory_order_relaxed))
		return NULL;
	const pcre2_code *plain = interpreted_code(p);
	pthread_mutex_lock(&compiling);
	pcre2_code *code = atomic_load_explicit(&p->machine, memory_order_relaxed);
	if (!code) {
		code = pcre2_code_copy(plain);
		if (!code)
			mem_exhausted();
		if (pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) != 0) {
			pcre2_code_free(code);
			code = NULL;
			atomic_store_explicit(&((struct regex *)p)->no_machine, true, memory_order_relaxed);
		}
		atomic_store_explicit(&((struct regex *)p)->machine, code, memory_order_release);
	}
	pthread_mutex_unlock(&compiling);
	return code;
}

void regex_free(struct regex *p)
{
	if (!p)
		return;
	pcre2_code_free(p->studied);
	pcre2_code_free(atomic_load(&p->code));
	pcre2_code_free(atomic_load(&p->machine));
	free(p->source);
	free(p);
}

size_t regex_groups(const struct regex *p, const char *name, uint8_t *groups, size_t most)
{
	PCRE2_SPTR first, last;
	int size = pcre2_substring_nametable_scan(p->studied ? p->studied : interpreted_code(p), (PCRE2_SPTR)name, &first, &last);
	size_t count = 0;
	if (size <= 0)
		return 0;
	for (PCRE2_SPTR entry = first; entry <= last; entry += size, count++)
		if (count < most)
			groups[count] = entry[1]; /* two bytes, the high one first; there are no more than GROUPS_MOST */
	return count;
}

struct regex_memory *regex_memory_new(void)
{
	struct regex_memory *m = mem_calloc(1, sizeof *m);
	m->data = pcre2_match_data_create(GROUPS_MOST + 1, regex_allocator());
	m->context = pcre2_match_context_create(regex_allocator());
	m->stack = pcre2_jit_stack_create(32 << 10, JIT_STACK_BYTES, regex_allocator());
	m->easy = pcre2_match_context_create(regex_allocator());
	if (!m->data || !m->context || !m->easy || !m->stack)
		mem_exhausted();
	pcre2_set_match_limit(m->context, MATCH_LIMIT);
	pcre2_set_depth_limit(m->context, DEPTH_LIMIT);
	pcre2_set_heap_limit(m->context, HEAP_LIMIT_KIB);
	pcre2_set_match_limit(m->easy, MATCH_LIMIT / EASY);
	pcre2_set_depth_limit(m->easy, DEPTH_LIMIT / EASY);
	pcre2_set_heap_limit(m->easy, HEAP_LIMIT_KIB);
	pcre2_jit_stack_assign(m->context, NULL, m->stack);
	m->offsets = pcre2_get_ovector_pointer(m->data);
	return m;
}

void regex_memory_free(struct regex_memory *m)
{
	if (!m)
		return;
	pcre2_match_data_free(m->data);
	pcre2_match_context_free(m->context);
	pcre2_match_context_free(m->easy);
	pcre2_jit_stack_free(m->stack);
	free(m);
}

static bool is_limit(int rc)
{
	return rc < 0 && rc != PCRE2_ERROR_NOMATCH;
}

/* Whether it was matched seldom so far, this time counted. */
static bool is_rare(const struct regex *p)
{
	_Atomic int *interpreted = &((struct regex *)p)->interpreted;
	if (atomic_load_explicit(interpreted, memory_order_relaxed) >= JIT_AFTER)
		return false;
	return atomic_fetch_add_explicit(interpreted, 1, memory_order_relaxed) < JIT_AFTER;
}

enum regex_result regex_match(const struct regex *p, struct regex_memory *m, const char *text, size_t length, size_t from,
                                  bool cut)
{
	const uint32_t options = PCRE2_NO_UTF_CHECK | (cut ? PCRE2_NOTEOL : 0);
	const pcre2_code *machine = atomic_load_explicit(&p->machine, memory_order_acquire);
	int rc = PCRE2_ERROR_MATCHLIMIT;
	if (!machine && length <= EASY_BYTES && is_rare(p))
		rc = pcre2_match(interpreted_code(p), (PCRE2_SPTR)text, length, from, options, m->data, m->easy);
	if (is_limit(rc) && !machine)
		machine = machine_code(p);
	if (is_limit(rc))
		rc = machine ? pcre2_jit_match(machine, (PCRE2_SPTR)text, length, from, options, m->data, m->context)
		             : pcre2_match(interpreted_code(p), (PCRE2_SPTR)text, length, from, options, m->data, m->context);
	m->matched = rc > 0 ? rc : 0;
	if (rc > 0)
		return REGEX_YES;
	return rc == PCRE2_ERROR_NOMATCH ? REGEX_NO : REGEX_LIMIT;
}

bool regex_span(const struct regex_memory *m, unsigned group, size_t *start, size_t *end)
{
	if ((int)group >= m->matched || m->offsets[2 * group] == PCRE2_UNSET)
		return false;
	*start = m->offsets[2 * group];
	*end = m->offsets[2 * group + 1];
	return true;
}

/* The beginnings that a pattern can have, found place by place. */
struct prober {
	pcre2_code *code;
	pcre2_match_data *data;
	struct regex_prefix *prefix;
	bool jit;
	bool list; /* whole beginnings go into prefix->exact */
	uint32_t *viable, *next; /* what can stand at the places before this one, and at those up to it, as in prefix->exact */
	size_t viable_count, next_count;
};

static void set_all(struct regex_prefix *prefix, int from)
{
	for (int i = from; i < REGEX_PREFIX; i++)
		memset(prefix->place[i], 0xFF, sizeof prefix->place[i]);
}

/* Marks what can stand at this place after each beginning found so far. False if there are too many beginnings, or one that can be followed by anything. */
static bool probe(struct prober *pr, int place)
{
	const uint32_t options = PCRE2_PARTIAL_HARD | PCRE2_NO_UTF_CHECK;
	struct regex_prefix *prefix = pr->prefix;
	unsigned char text[REGEX_PREFIX];
	int left = PREFIX_BUDGET;
	pr->next_count = 0;
	for (size_t i = 0; i < pr->viable_count; i++) {
		int ways = 0;
		for (int k = 0; k < place; k++)
			text[k] = (unsigned char)(pr->viable[i] >> 8 * k);
		for (unsigned c = 1; c < 0x80; c++) {
			if (left-- <= 0)
				return false;
			text[place] = (unsigned char)c;
			int rc = pr->jit ? pcre2_jit_match(pr->code, text, (size_t)place + 1, 0, options, pr->data, NULL)
			                 : pcre2_match(pr->code, text, (size_t)place + 1, 0, options, pr->data, NULL);
			if (rc == PCRE2_ERROR_NOMATCH)
				continue;
			if (rc != PCRE2_ERROR_PARTIAL || ++ways > PREFIX_VIABLE) /* matched already, gave up, or takes nearly anything */
				return false;
			prefix->place[place][c / 64] |= UINT64_C(1) << c % 64;
			uint32_t beginning = pr->viable[i] | (uint32_t)c << 8 * place;
			if (place < REGEX_PREFIX - 1)
				pr->next[pr->next_count++] = beginning;
			else if (prefix->count < REGEX_BEGINNINGS)
				prefix->exact[prefix->count++] = beginning;
			else
				pr->list = false;
		}
	}
	return true;
}

void regex_first(const struct regex *p, uint64_t bytes[4])
{
	memcpy(bytes, p->first, sizeof p->first);
}

void regex_prefix(const struct regex *p, struct regex_prefix *prefix)
{
	int code;
	PCRE2_SIZE at;
	memset(prefix, 0, sizeof *prefix);
	regex_first(p, prefix->place[0]);
	prefix->place[0][0] = prefix->place[0][1] = 0; /* ASCII is found out below */
	for (int i = 1; i < REGEX_PREFIX; i++)
		prefix->place[i][2] = prefix->place[i][3] = UINT64_MAX;

	struct prober pr = {.prefix = prefix, .list = true, .viable_count = 1};
	pr.code = pcre2_compile((PCRE2_SPTR)p->source, p->length, p->options | PCRE2_ANCHORED | PCRE2_NO_START_OPTIMIZE, &code, &at, regex_compile_context());
	pr.data = pr.code ? pcre2_match_data_create_from_pattern(pr.code, regex_allocator()) : NULL;
	pr.jit = pr.code && pcre2_jit_compile(pr.code, PCRE2_JIT_PARTIAL_HARD) == 0;
	pr.viable = mem_calloc(PREFIX_BUDGET, sizeof *pr.viable);
	pr.next = mem_calloc(PREFIX_BUDGET, sizeof *pr.next);
	int place = 0;
	for (; pr.data && place < REGEX_PREFIX && probe(&pr, place); place++) {
		uint32_t *done = pr.viable;
		pr.viable = pr.next;
		pr.viable_count = pr.next_count;
		pr.next = done;
	}
	set_all(prefix, place); /* what was found for the place that was not finished is not all */
	if (place < REGEX_PREFIX || !pr.list)
		prefix->count = 0;
	free(pr.viable);
	free(pr.next);
	pcre2_match_data_free(pr.data);
	pcre2_code_free(pr.code);
}
