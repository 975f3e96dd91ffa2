/* The program's own stages, one by one and together, on what is in memory. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/work.h"
#include "corpora/archive.h"
#include "corpora/document.h"
#include "corpora/review.h"
#include "matchers/matcher.h"
#include "matchers/mention.h"
#include "matchers/scanner.h"

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

/* ---- reading memory, decoding, cutting ---- */

typedef uint64_t lanes __attribute__((vector_size(32)));

static uint64_t sum_words(const char *bytes, size_t length)
{
	lanes sum = {0}, other = {0}, next;
	for (size_t i = 0; i + 64 <= length; i += 64) {
		memcpy(&next, bytes + i, sizeof next);
		sum += next;
		memcpy(&next, bytes + i + 32, sizeof next);
		other += next;
	}
	sum += other;
	return sum[0] + sum[1] + sum[2] + sum[3];
}

static void run_read(struct work *w, struct sample *o)
{
	static volatile uint64_t kept __attribute__((unused)); /* or nothing would be read */
	uint64_t sum = 0;
	for (size_t i = 0; i < w->world->reviews.count; i++)
		sum += sum_words(w->world->reviews.items[i].bytes, w->world->reviews.items[i].length);
	kept = sum;
	o->items = w->world->reviews.count;
}

/* Every byte decoded and every checksum proved, from the file cache. */
static void run_inflate(struct work *w, struct sample *o)
{
	const char *paths[] = {w->world->corpus};
	size_t count;
	struct archive_path *list = archive_list(paths, 1, &count, NULL, NULL);
	struct archive_limits limits = ARCHIVE_LIMITS_DEFAULT;
	uint64_t bytes = 0;
	for (size_t i = 0; i < count; i++) {
		struct fault fault;
		struct member member;
		struct archive *a = archive_open(list[i].path, &limits, &fault);
		if (!a)
			fail(fault.message);
		for (enum archive_status s; (s = archive_next(a, &member, &fault)) != ARCHIVE_END;) {
			if (s == ARCHIVE_MEMBER)
				bytes += member.length;
			else if (s == ARCHIVE_SEALED)
				o->items++;
			else
				o->wrong = "an archive was refused";
		}
		archive_close(a);
	}
	o->judged = true;
	if (bytes != w->world->members.bytes)
		o->wrong = "the decoded bytes are not those of the corpus";
	archive_list_free(list, count);
}

struct segmenting {
	struct document_reader *documents;
	struct segmenter *segmenter;
	struct cutter *cutter;
	struct buf joined;
};

static void prepare_segment(struct work *w)
{
	struct segmenting *s = w->state = mem_calloc(1, sizeof *s);
	struct document_options options = DOCUMENT_OPTIONS_DEFAULT;
	char message[256];
	s->documents = document_reader_new(&options);
	s->segmenter = segmenter_new(&(struct segmenter_options){0}, message, sizeof message);
	if (!s->segmenter)
		fail(message);
	s->cutter = cutter_new(s->segmenter);
}

static void release_segment(struct work *w)
{
	struct segmenting *s = w->state;
	cutter_free(s->cutter);
	segmenter_free(s->segmenter);
	document_reader_free(s->documents);
	buf_release(&s->joined);
}

static void each_document(struct work *w, struct sample *o, bool cut)
{
	struct segmenting *s = w->state;
	const struct texts *members = &w->world->members;
	for (size_t i = 0; i < members->count; i++) {
		struct member m = {.name = "", .file_name = "list.txt", .bytes = (const unsigned char *)members->items[i].bytes, .length = members->items[i].length,
			.format = (enum member_format)members->items[i].year, .record = 1, .first_line = 1};
		struct document d;
		struct fault fault;
		const struct review *reviews;
		document_begin(s->documents, &m);
		while (document_next(s->documents, &d, &fault) == DOCUMENT_OK) {
			if (!cut) {
				o->items++;
				continue;
			}
			size_t n = cutter_cut(s->cutter, &d, "list.txt", "list.txt", &reviews);
			for (size_t k = 0; k < n; k++)
				if (reviews[k].kind == KIND_REVIEW) {
					review_join(&reviews[k], &d, &s->joined);
					o->items++;
				}
		}
	}
}

static void run_documents(struct work *w, struct sample *o)
{
	each_document(w, o, false);
	o->judged = true;
	if (o->items != w->world->members.count)
		o->wrong = "not one document for each member";
}

static void run_segment(struct work *w, struct sample *o)
{
	each_document(w, o, true);
	o->judged = true;
	if (o->items != w->world->review_count)
		o->wrong = "not as many reviews as there are";
}

/* ---- matching ---- */

struct matching {
	struct matcher *matcher;
	struct thread {
		struct work *work;
		struct scanner *scanner;
		struct resolver *resolver;
		struct cells cells;
		size_t from, to;
		uint64_t candidates;
		bool failed;
	} *threads;
	/* of the parts measured alone */
	struct tokens *tokens;
	struct buf *streams;
	struct automaton_memory *memory;
};

static void new_matcher(struct work *w, struct matching *m, const char *cache)
{
	struct matcher_options options = MATCHER_OPTIONS_DEFAULT;
	struct problem_list problems = {0};
	options.engine = w->job->engine;
	options.cache_directory = cache;
	m->matcher = matcher_new(w->lexicon->lexicon, &options, &problems);
	if (!m->matcher)
		fail(problems.count ? problems.items[0].message : "the lexicon does not compile");
	problem_list_release(&problems);
}

static void prepare_matching(struct work *w)
{
	struct matching *m = w->state = mem_calloc(1, sizeof *m);
	const struct texts *reviews = &w->world->reviews;
	new_matcher(w, m, w->world->cache);
	m->threads = mem_calloc(w->job->threads, sizeof *m->threads);
	uint64_t bytes = 0;
	size_t at = 0;
	for (unsigned t = 0; t < w->job->threads; t++) { /* equal shares of the text */
		struct thread *th = &m->threads[t];
		th->work = w;
		th->scanner = scanner_new(m->matcher);
		th->resolver = resolver_new(w->lexicon->lexicon, NESTED_THEME);
		cells_init(&th->cells, w->lexicon->lexicon->theme_count);
		for (th->from = at; at < reviews->count && (bytes < reviews->bytes * (t + 1) / w->job->threads || t + 1 == w->job->threads); at++)
			bytes += reviews->items[at].length;
		th->to = at;
	}
}

static void release_matching(struct work *w)
{
	struct matching *m = w->state;
	for (unsigned t = 0; t < w->job->threads && m->threads; t++) {
		scanner_free(m->threads[t].scanner);
		resolver_free(m->threads[t].resolver);
		cells_release(&m->threads[t].cells);
	}
	for (size_t i = 0; i < w->world->reviews.count && m->tokens; i++)
		tokens_release(&m->tokens[i]);
	for (size_t i = 0; i < w->world->reviews.count && m->streams; i++)
		buf_release(&m->streams[i]);
	free(m->tokens);
	free(m->streams);
	free(m->threads);
	automaton_memory_free(m->memory);
	matcher_free(m->matcher);
}

/* A scan up to a stage; words are compared with the truth. */
static void run_stage(struct work *w, struct sample *o, enum scan_stage last)
{
	struct matching *m = w->state;
	const struct texts *reviews = &w->world->reviews;
	uint64_t words = 0, truth = 0;
	for (size_t i = 0; i < reviews->count; i++) {
		struct scan scan;
		if (scanner_run(m->threads[0].scanner, reviews->items[i].bytes, reviews->items[i].length, last, &scan) != SCAN_OK)
			fail("the engine failed");
		words += m->threads[0].scanner->tokens.count;
		o->items += last == STAGE_ALL ? scan.candidate_count : 0;
	}
	for (int y = 0; y < WORLD_YEARS; y++)
		truth += w->lexicon->all.year_words[y];
	o->judged = true;
	if (words != truth)
		o->wrong = "the number of words is not the true one";
}

static void run_tokens(struct work *w, struct sample *o) { run_stage(w, o, STAGE_TOKENS); }
static void run_words(struct work *w, struct sample *o) { run_stage(w, o, STAGE_WORDS); }
static void run_runs(struct work *w, struct sample *o) { run_stage(w, o, STAGE_RUNS); }
static void run_layout(struct work *w, struct sample *o) { run_stage(w, o, STAGE_LAYOUT); }
static void run_scan(struct work *w, struct sample *o) { run_stage(w, o, STAGE_ALL); }

/* Matches and counts a share of the reviews. */
static void *count_share(void *argument)
{
	struct thread *t = argument;
	const struct texts *reviews = &t->work->world->reviews;
	size_t themes = t->work->lexicon->lexicon->theme_count;
	for (size_t i = t->from; i < t->to; i++) {
		const struct text *review = &reviews->items[i];
		struct scan scan;
		struct resolution r;
		if (scanner_scan(t->scanner, review->bytes, review->length, &scan) != SCAN_OK || review->year < 0 || review->year >= WORLD_YEARS) {
			t->failed = true;
			return NULL;
		}
		resolver_run(t->resolver, t->scanner, &scan, 0, &r);
		size_t row = (size_t)review->year * themes;
		for (size_t k = 0; k < r.tally_count; k++) {
			const struct theme_tally *tally = &r.tallies[k];
			t->cells.mentions[row + tally->theme] += tally->mentions;
			t->cells.negated[row + tally->theme] += tally->negated;
			t->cells.reviews[row + tally->theme] += tally->mentions > 0;
			t->cells.reviews_negated[row + tally->theme] += tally->negated > 0;
		}
		t->cells.year_reviews[review->year]++;
		t->cells.year_words[review->year] += scan.words;
		t->candidates += scan.candidate_count;
	}
	return NULL;
}

static void run_count(struct work *w, struct sample *o)
{
	struct matching *m = w->state;
	size_t themes = w->lexicon->lexicon->theme_count;
	pthread_t ids[64];
	unsigned n = w->job->threads < 64 ? w->job->threads : 64;
	for (unsigned t = 0; t < n; t++) {
		cells_clear(&m->threads[t].cells, themes);
		m->threads[t].candidates = 0;
		if (t && pthread_create(&ids[t], NULL, count_share, &m->threads[t]))
			fail("a thread cannot be started");
	}
	count_share(&m->threads[0]);
	for (unsigned t = 0; t < n; t++) {
		if (t) {
			pthread_join(ids[t], NULL);
			cells_add(&m->threads[0].cells, &m->threads[t].cells, themes);
		}
		o->items += m->threads[t].candidates;
		if (m->threads[t].failed)
			fail("the engine failed, or a review has no year");
	}
	o->judged = true;
	o->wrong = cells_differ(&m->threads[0].cells, &w->lexicon->all, w->lexicon->lexicon);
}

/* ---- parts measured alone, on what the part before left ---- */

static void prepare_alone(struct work *w)
{
	prepare_matching(w);
	struct matching *m = w->state;
	const struct texts *reviews = &w->world->reviews;
	struct scanner *s = m->threads[0].scanner;
	m->tokens = mem_calloc(reviews->count + 1, sizeof *m->tokens);
	m->streams = mem_calloc(reviews->count + 1, sizeof *m->streams);
	for (size_t i = 0; i < reviews->count; i++) {
		const struct text *t = &reviews->items[i];
		struct scan scan;
		if (scanner_run(s, t->bytes, t->length, STAGE_WORDS, &scan) != SCAN_OK)
			fail("the engine failed");
		tokens_find(&m->tokens[i], m->matcher->options.engine, t->bytes, t->length);
		buf_append(&m->streams[i], s->stream.stream, (size_t)s->stream.stream_count * m->matcher->layout.code_width);
	}
	if (m->matcher->runs && !automaton_prepare(m->matcher->runs, &m->memory))
		fail("no memory for the engine");
}

static void run_words_alone(struct work *w, struct sample *o)
{
	struct matching *m = w->state;
	const struct texts *reviews = &w->world->reviews;
	struct scanner *s = m->threads[0].scanner;
	for (size_t i = 0; i < reviews->count; i++)
		words_look_up(s->words, &m->tokens[i], reviews->items[i].bytes, reviews->items[i].length, &s->stream);
	o->items = reviews->count;
}

static int count_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *hits)
{
	(void)id, (void)from, (void)to, (void)flags;
	++*(uint64_t *)hits;
	return 0;
}

static void run_runs_alone(struct work *w, struct sample *o)
{
	struct matching *m = w->state;
	for (size_t i = 0; i < w->world->reviews.count && m->matcher->runs; i++)
		if (m->streams[i].length && !automaton_scan(m->matcher->runs, m->memory, m->streams[i].data, m->streams[i].length, count_hit, &o->items))
			fail("the engine failed");
}

/* The resolver's share of each review: the time of further runs on the same scan. */
static void run_resolve_alone(struct work *w, struct sample *o)
{
	struct matching *m = w->state;
	const struct texts *reviews = &w->world->reviews;
	struct thread *t = &m->threads[0];
	enum { AGAIN = 4, BATCH = 64 };
	double seconds = 0;
	for (size_t i = 0; i < reviews->count; i++) {
		struct scan scan;
		struct resolution r;
		if (scanner_scan(t->scanner, reviews->items[i].bytes, reviews->items[i].length, &scan) != SCAN_OK)
			fail("the engine failed");
		if (i % 4) /* a quarter of the reviews is enough */
			continue;
		resolver_run(t->resolver, t->scanner, &scan, 0, &r);
		double start = clock_seconds();
		for (int k = 0; k < AGAIN; k++)
			resolver_run(t->resolver, t->scanner, &scan, 0, &r);
		seconds += (clock_seconds() - start) / AGAIN * 4;
		o->items += r.tally_count;
	}
	o->seconds = o->cpu_seconds = seconds;
}

/* ---- compiling ---- */

static void run_compile(struct work *w, struct sample *o)
{
	struct matching m = {0};
	new_matcher(w, &m, NULL);
	o->items = w->lexicon->lexicon->entry_count;
	matcher_free(m.matcher);
}

const struct kind stage_kinds[] = {
	{"read", true, false, NULL, run_read, NULL},
	{"inflate", true, false, NULL, run_inflate, NULL},
	{"documents", true, false, prepare_segment, run_documents, release_segment},
	{"segment", true, false, prepare_segment, run_segment, release_segment},
	{"tokens", true, false, prepare_matching, run_tokens, release_matching},
	{"words", true, false, prepare_matching, run_words, release_matching},
	{"runs", true, false, prepare_matching, run_runs, release_matching},
	{"layout", true, false, prepare_matching, run_layout, release_matching},
	{"scan", true, false, prepare_matching, run_scan, release_matching},
	{"count", true, true, prepare_matching, run_count, release_matching},
	{"words-alone", true, false, prepare_alone, run_words_alone, release_matching},
	{"runs-alone", true, false, prepare_alone, run_runs_alone, release_matching},
	{"resolve-alone", true, false, prepare_matching, run_resolve_alone, release_matching},
	{"compile", false, false, NULL, run_compile, NULL},
	{0}};
