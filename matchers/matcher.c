#include "matchers/matcher.h"

#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "build_of_sources.h"
#include "matchers/scanner.h"

/* ---- engines ---- */

static const char *const ENGINE_WORDS[ENGINE_COUNT] = {
	[ENGINE_AUTO] = "auto", [ENGINE_AVX512] = "avx512", [ENGINE_AVX2] = "avx2", [ENGINE_NEON] = "neon", [ENGINE_PLAIN] = "plain",
};

const char *engine_word(enum engine e)
{
	return ENGINE_WORDS[e];
}

int engine_parse(const char *word, enum engine *e)
{
	for (int i = 0; i < ENGINE_COUNT; i++)
		if (strcmp(word, ENGINE_WORDS[i]) == 0) {
			*e = (enum engine)i;
			return 0;
		}
	return -1;
}

/* The best engine this machine has for the tokeniser. */
static enum engine best_engine(void)
{
	for (int e = ENGINE_AUTO + 1; e < ENGINE_PLAIN; e++)
		if (engine_available((enum engine)e))
			return (enum engine)e;
	return ENGINE_PLAIN;
}

/* ---- matcher ---- */

/* The key of what is made of the entries that are searched for. */
static void key_of(const struct matcher *m, const char *kind, bool automaton, unsigned char key[SHA256_BYTES])
{
	struct sha256 h;

	cache_key_begin_for_build(&h, kind);
	if (automaton)
		automaton_add_to_key(&h);
	sha256_update(&h, m->lexicon->sha256, SHA256_BYTES);
	if (m->options.left_out)
		sha256_update(&h, m->options.left_out, m->lexicon->entry_count * sizeof *m->options.left_out);
	sha256_final(&h, key);
}

/* From the cache if it is there. room is empty, and memory that the layout may keep. */
static void lay_out_lexicon(struct matcher *m, struct buf *room)
{
	unsigned char key[SHA256_BYTES];

	key_of(m, "layout", false, key);
	if (cache_read(m->options.cache_directory, key, room) && layout_restore(&m->layout, room))
		return;
	layout_init(&m->layout, m->lexicon, m->options.left_out);
	if (m->options.cache_directory) {
		buf_clear(room);
		layout_save(&m->layout, room);
		cache_write(m->options.cache_directory, key, room->data, room->length);
	}
}

/* The runs as literals over codes; NULL with *error. */
static struct automaton *make_runs(const struct layout *l, char **error)
{
	struct automaton_literal *literals = mem_alloc((l->run_count + 1) * sizeof *literals);
	unsigned char *bytes = mem_alloc(l->run_count * RUN_MOST * l->code_width + sizeof(uint32_t)), *at = bytes;

	for (size_t i = 0; i < l->run_count; i++) {
		literals[i].bytes = at;
		literals[i].length = l->runs[i].count * l->code_width;
		for (uint32_t k = 0; k < l->runs[i].count; k++) {
			uint32_t code = code_bytes(l->runs[i].codes[k], l->code_width);

			memcpy(at, &code, sizeof code);
			at += l->code_width;
		}
	}
	struct automaton *runs = automaton_literals(literals, l->run_count, error);

	free(literals);
	free(bytes);
	return runs;
}

/* The automaton as it was kept, or NULL. room is empty before and after. */
static struct automaton *kept_runs(const struct matcher *m, struct buf *room)
{
	unsigned char key[SHA256_BYTES];
	struct automaton *runs = NULL;

	key_of(m, "runs", true, key);
	if (cache_read(m->options.cache_directory, key, room))
		runs = automaton_restore(room->data, room->length);
	buf_clear(room);
	return runs;
}

static bool compile_runs(struct matcher *m, struct problem_list *problems)
{
	unsigned char key[SHA256_BYTES];
	struct buf saved = BUF_INIT;
	char *error = NULL;

	key_of(m, "runs", true, key);
	m->runs = make_runs(&m->layout, &error);
	if (m->runs && m->options.cache_directory && automaton_save(m->runs, &saved))
		cache_write(m->options.cache_directory, key, saved.data, saved.length);
	buf_release(&saved);
	if (!m->runs)
		problem_add(problems, PROBLEM_ERROR, "", 0, "the matching engine could not be compiled: %s", error);
	free(error);
	return m->runs != NULL;
}

static char *describe(const struct matcher *m)
{
	struct buf b = BUF_INIT;
	int version = (int)strcspn(automaton_version(), " ");

	buf_printf(&b, "hyperscan %.*s, %s, %zu entries, %zu variants, %zu expressions", version, automaton_version(), engine_word(m->options.engine),
	           m->lexicon->entry_count, m->layout.variant_count, m->layout.run_count);
	return buf_detach(&b);
}

struct matcher *matcher_new(const struct lexicon *lexicon, const struct matcher_options *options, struct problem_list *problems)
{
	struct matcher *m = mem_calloc(1, sizeof *m);

	m->lexicon = lexicon;
	m->options = *options;
	if (m->options.engine == ENGINE_AUTO)
		m->options.engine = best_engine();
	if (!engine_available(m->options.engine)) {
		problem_add(problems, PROBLEM_ERROR, "", 0, "this machine cannot run the engine %s; leave it to auto", engine_word(m->options.engine));
		free(m);
		return NULL;
	}
	if (!automaton_supported()) {
		problem_add(problems, PROBLEM_ERROR, "", 0, "this processor lacks SSSE3 instructions, which Hyperscan needs");
		free(m);
		return NULL;
	}
	struct buf room = BUF_INIT;

	m->runs = kept_runs(m, &room); /* before the layout, which keeps the memory: fresh pages cost more than what is read into them */
	lay_out_lexicon(m, &room);
	buf_release(&room);
	if (m->layout.vocabulary.code_count > CODES_MOST) {
		problem_add(problems, PROBLEM_ERROR, "", 0, "the lexicon's phrases hold %u different words; at most %u", m->layout.vocabulary.code_count, CODES_MOST);
		matcher_free(m);
		return NULL;
	}
	if (!regexes_init(&m->regexes, lexicon, &m->options, problems) || (m->layout.run_count && !m->runs && !compile_runs(m, problems))) {
		matcher_free(m);
		return NULL;
	}
	m->description = describe(m);
	m->options.left_out = NULL; /* the caller's */
	return m;
}

bool matcher_is_idle(const struct matcher *m)
{
	return !m->layout.variant_count && !m->regexes.groups[0].count && !m->regexes.groups[1].count;
}

void matcher_free(struct matcher *m)
{
	if (!m)
		return;
	automaton_free(m->runs);
	regexes_release(&m->regexes);
	layout_release(&m->layout);
	free(m->description);
	free(m);
}

const char *matcher_build(void)
{
	return BUILD_OF_MATCHERS;
}

const char *matcher_description(const struct matcher *m)
{
	return m->description;
}

/* ---- scanner ---- */

struct scanner *scanner_new(const struct matcher *m)
{
	struct scanner *s = mem_calloc(1, sizeof *s);

	s->matcher = m;
	s->words = words_new(&m->layout, m->options.engine);
	if (m->regexes.groups[0].count + m->regexes.groups[1].count)
		s->search = regex_search_new(&m->regexes, &m->options);
	/* one piece of memory, made fit for every automaton: memory made for another one crashes a scan */
	const struct automaton *automata[] = {m->runs, m->regexes.groups[0].prefilter, m->regexes.groups[1].prefilter};

	for (size_t i = 0; i < sizeof automata / sizeof *automata; i++)
		if (automata[i] && !automaton_prepare(automata[i], &s->memory)) {
			scanner_free(s);
			return NULL;
		}
	return s;
}

void scanner_free(struct scanner *s)
{
	if (!s)
		return;
	automaton_memory_free(s->memory);
	tokens_release(&s->tokens);
	words_free(s->words);
	regex_search_free(s->search);
	free(s->stream.hashes);
	free(s->stream.tags);
	free(s->keys);
	free(s->stream.sides);
	free(s->stream.stream);
	free(s->stream.stream_tokens);
	free(s->stream.singles);
	free(s->stream.several);
	free(s->stream.pairs);
	free(s->joined);
	free(s->numbers.tags);
	buf_release(&s->spelling);
	free(s->candidates);
	free(s->sorting);
	for (size_t i = 0; i < sizeof s->reaches / sizeof *s->reaches; i++)
		free(s->reaches[i].tokens);
	free(s);
}

void scanner_reserve(struct scanner *s)
{
	size_t count = (size_t)s->tokens.count + WORD_SLACK;
	struct word_stream *w = &s->stream;

	if (count <= s->stream_capacity)
		return;
	s->stream_capacity = count + count / 2;
	w->hashes = mem_realloc(w->hashes, s->stream_capacity, sizeof *w->hashes);
	w->tags = mem_realloc(w->tags, s->stream_capacity, sizeof *w->tags);
	w->sides = mem_realloc(w->sides, s->stream_capacity, sizeof *w->sides);
	s->keys = mem_realloc(s->keys, s->stream_capacity + WORD_SLACK, sizeof *s->keys);
	memset(s->keys, 0, WORD_SLACK * sizeof *s->keys);
	w->keys = s->keys + WORD_SLACK;
	w->stream = mem_realloc(w->stream, s->stream_capacity, s->matcher->layout.code_width);
	w->stream_tokens = mem_realloc(w->stream_tokens, s->stream_capacity, sizeof *w->stream_tokens);
	w->singles = mem_realloc(w->singles, s->stream_capacity, sizeof *w->singles);
	w->pairs = mem_realloc(w->pairs, s->stream_capacity, sizeof *w->pairs);
	w->several = mem_realloc(w->several, s->stream_capacity, sizeof *w->several);
}

static bool is_followed_by_apostrophe(const struct scanner *s, size_t end)
{
	static const char *const APOSTROPHES[] = {"'", "\u2018", "\u2019", "\u201A", "\u201B", "\u02BC"};

	for (size_t i = 0; i < sizeof APOSTROPHES / sizeof *APOSTROPHES; i++) {
		size_t n = strlen(APOSTROPHES[i]);

		if (n <= s->length - end && memcmp(s->text + end, APOSTROPHES[i], n) == 0)
			return true;
	}
	return false;
}

void scanner_add_joined(struct scanner *s, uint32_t cut, bool apostrophe)
{
	MEM_GROW(s->joined, cut, s->joined_capacity);
	s->joined[cut] = words_value(s->words, s->spelling.data, s->spelling.length, apostrophe).tag.sense;
}

/* Looks up the word that each cut makes when it is taken out. */
static void join_cuts(struct scanner *s)
{
	const struct tokens *t = &s->tokens;

	for (uint32_t i = 0; i < t->cut_count; i++) {
		const uint32_t *edge = t->edges + 2 * (size_t)t->cuts[i];

		buf_clear(&s->spelling);
		buf_append(&s->spelling, s->text + edge[0], edge[1] - edge[0]);
		buf_append(&s->spelling, s->text + edge[2], edge[3] - edge[2]);
		scanner_add_joined(s, i, is_followed_by_apostrophe(s, edge[3]));
	}
}

static int drop_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	(void)id;
	(void)from;
	(void)to;
	(void)flags;
	(void)context;
	return 0;
}

enum scan_status scanner_match(struct scanner *s, enum scan_stage last, struct scan *scan)
{
	const struct matcher *m = s->matcher;

	scan->words = s->tokens.count;
	scan->sentences = s->tokens.sentences;
	s->candidate_count = 0;
	s->senses = words_senses(s->words);
	s->more = words_more(s->words);
	if (last == STAGE_WORDS)
		return SCAN_OK;
	size_t bytes = (size_t)s->stream.stream_count * m->layout.code_width;

	if (m->runs && bytes && !automaton_scan(m->runs, s->memory, s->stream.stream, bytes, last == STAGE_RUNS ? drop_hit : find_run, s))
		return SCAN_ENGINE_FAILED;
	if (last == STAGE_RUNS)
		return SCAN_OK;
	find_readings(s);
	size_t first_part = s->candidate_count;

	find_direct(s);
	if (s->search) {
		if (s->numbered && !scan_text(s, &(size_t){0}))
			return SCAN_NOT_SPELLED;
		if (!regex_find(s->search, s))
			return SCAN_ENGINE_FAILED;
		scan->inconclusive = regex_inconclusive(s->search, &scan->inconclusive_count);
	}
	sort_candidates(s, first_part);
	scan->candidates = s->candidates;
	scan->candidate_count = s->candidate_count;
	return SCAN_OK;
}

enum scan_status scanner_run(struct scanner *s, const char *text, size_t length, enum scan_stage last, struct scan *scan)
{
	*scan = (struct scan){0};
	if (length >= 1ull << 31)
		return SCAN_TOO_LONG;
	s->text = text;
	s->length = length;
	s->numbered = NULL;
	tokens_find(&s->tokens, s->matcher->options.engine, text, length);
	scan->words = s->tokens.count;
	scan->sentences = s->tokens.sentences;
	if (last == STAGE_TOKENS)
		return SCAN_OK;
	scanner_reserve(s);
	words_look_up(s->words, &s->tokens, text, length, &s->stream);
	join_cuts(s);
	scan->word_hash = s->stream.hashes;
	return scanner_match(s, last, scan);
}

enum scan_status scanner_scan(struct scanner *s, const char *text, size_t length, struct scan *scan)
{
	return scanner_run(s, text, length, STAGE_ALL, scan);
}

size_t scan_token_start(const struct scanner *s, uint32_t token)
{
	return s->tokens.edges[2 * (size_t)token];
}

size_t scan_token_end(const struct scanner *s, uint32_t token)
{
	return s->tokens.edges[2 * (size_t)token + 1];
}

uint32_t scan_sentence(const struct scanner *s, uint32_t token)
{
	return tokens_sentence(&s->tokens, token);
}
