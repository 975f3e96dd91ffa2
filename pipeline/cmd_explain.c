/* themetally explain: each candidate phrase with its fate. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "matchers/explain.h"
#include "pipeline/command.h"
#include "pipeline/session.h"
#include "pipeline/walk.h"

struct arguments {
	struct options common;
	const char *text, *theme, *review;
	/* while it runs */
	struct table *table;
	struct session *session;
	struct cutter *cutter;
	struct scanner *scanner;
	struct resolver *resolver;
	uint32_t theme_index;
	struct buf joined, words;
	const struct document *document; /* of the review; NULL for --text */
	const struct review *cut;
	uint64_t shown;
	bool failed;
};

enum { KEY_TEXT = 0x200 };

static const struct argp_option own[] = {
	{"text", KEY_TEXT, "TEXT", 0, "Explain this text instead of archives", 0},
	{"theme", 't', "CODE", 0, "Only candidates of this theme and its descendants, and what acts on them", 0},
	{"review", 'r', "ID", 0, "Only the review with this ID, as 'segment' and 'matrix' print it", 0},
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case KEY_TEXT: a->text = arg; return 0;
	case 't': a->theme = arg; return 0;
	case 'r': a->review = arg; return 0;
	case ARGP_KEY_END:
		if (!a->text == !a->common.path_count)
			argp_error(state, "say what to explain: archives, or --text TEXT");
	}
	return options_common_key(key, arg, state, &a->common, 5);
}

static const struct argp_child children[] = {
	{&options_lexicon_argp, 0, NULL, 0}, {&options_select_argp, 0, NULL, 0}, {&options_input_argp, 0, NULL, 0},
	{&options_output_argp, 0, NULL, 0}, {&options_run_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	own, parse, "PATH...\n--text TEXT",
	"Tells for each candidate phrase whether it was counted, negated or dropped, and by what.\v"
	"One row per candidate phrase, cue and exclusion: its bytes in the decompressed member (in the text, for --text) and its words, its theme, its fate and the rule (section and step of "
	"docs/counting-rules.md), the words and bytes of what acted on it (the cue, the exclusion, the longer mention), and where both entries are "
	"written. In archives, and with --theme, cues and exclusions are shown where their sentence holds a candidate. Duplicates are explained too.\n\n"
	"Examples:\n"
	"  themetally explain --text 'There was no evidence of neglect.'\n"
	"  themetally explain --theme harm --format jsonl --text 'Benign neglect.'\n"
	"  themetally explain --theme harm.neglect --review 'digest.txt#4' digest.txt\n",
	children, NULL, NULL};

/* review only for archives. */
static const struct column columns[] = {
	{"review", COLUMN_BEFORE}, {"from", COLUMN_NUMBER | COLUMN_SPARE}, {"to", COLUMN_NUMBER | COLUMN_SPARE}, {"words", COLUMN_TEXT}, {"theme", COLUMN_WORD}, {"fate", COLUMN_WORD},
	{"rule", COLUMN_WORD}, {"by", COLUMN_TEXT}, {"by_from", COLUMN_NUMBER | COLUMN_SPARE}, {"by_to", COLUMN_NUMBER | COLUMN_SPARE}, {"by_where", COLUMN_BEFORE | COLUMN_SPARE}, {"where", COLUMN_BEFORE},
	{"entry", COLUMN_TEXT}};

/* Whether the sentence of a cue, an exclusion and the like holds a candidate of the theme. */
static bool is_near(const struct arguments *a, const struct explained *e, size_t candidate)
{
	const struct candidate *list = e->scan->candidates;
	uint32_t sentence = scan_sentence(a->scanner, list[candidate].first);
	size_t at = candidate;
	while (at > 0 && scan_sentence(a->scanner, list[at - 1].first) == sentence)
		at--;
	for (; at < e->scan->candidate_count && scan_sentence(a->scanner, list[at].first) == sentence; at++)
		if (e->lexicon->entries[list[at].entry].role == ROLE_MENTION && explain_concerns(e, at, a->theme_index))
			return true;
	return false;
}

static bool is_wanted(const struct arguments *a, const struct explained *e, size_t candidate)
{
	bool mention = e->lexicon->entries[e->scan->candidates[candidate].entry].role == ROLE_MENTION;
	bool all = a->text && a->theme_index == THEME_ANY; /* a text made up to see what a cue does */
	return explain_concerns(e, candidate, a->theme_index) && (mention || all || is_near(a, e, candidate));
}

/* The byte of the member where byte `at` of the text came from. */
static int64_t origin(const struct arguments *a, size_t at)
{
	return (int64_t)(a->document ? document_origin(a->document, review_position(a->cut, at)) : at);
}

static void put_span(struct arguments *a, size_t from, size_t to)
{
	table_number(a->table, origin(a, from));
	table_number(a->table, origin(a, to - 1) + 1);
}

static void put_words(struct arguments *a, const struct explained *e, size_t candidate)
{
	buf_clear(&a->words);
	explain_words(e, candidate, &a->words);
	table_text(a->table, a->words.data);
}

static void put_where(struct arguments *a, const struct entry *entry)
{
	buf_clear(&a->words);
	buf_printf(&a->words, "%s:%u", entry->file, (unsigned)entry->line);
	table_text(a->table, a->words.data);
}

static void put_candidate(struct arguments *a, const struct explained *e, size_t candidate, const char *review)
{
	struct explanation x, by;
	explain_candidate(e, candidate, &x);
	if (review)
		table_text(a->table, review);
	put_span(a, x.from, x.to);
	put_words(a, e, candidate);
	table_text(a->table, x.theme);
	table_text(a->table, x.fate);
	table_text(a->table, x.rule);
	if (x.by != EXPLAIN_NOBODY) {
		explain_candidate(e, x.by, &by);
		put_words(a, e, x.by);
		put_span(a, by.from, by.to);
		put_where(a, by.entry);
	} else
		for (int i = 0; i < 4; i++)
			table_empty(a->table);
	put_where(a, x.entry);
	table_text(a->table, x.entry->source);
	table_end_row(a->table);
}

static void explain(struct arguments *a, const char *review, const char *text, size_t length)
{
	struct scan scan;
	struct resolution resolution;
	if (scanner_scan(a->scanner, text, length, &scan) != SCAN_OK) {
		message_error("the matching engine failed on %s", review ? review : "the text");
		a->failed = true;
		return;
	}
	resolver_run(a->resolver, a->scanner, &scan, RESOLVE_FATES, &resolution);
	struct explained e = {a->session->lexicon, text, a->scanner, &scan, &resolution};
	for (size_t i = 0; i < scan.candidate_count; i++)
		if (is_wanted(a, &e, i))
			put_candidate(a, &e, i, review);
	for (size_t i = 0; i < scan.inconclusive_count; i++)
		message_warning("%s: the expression '%s' hit its match limit; whether it counts is not known", review ? review : "the text",
		                a->session->lexicon->entries[scan.inconclusive[i]].source);
	a->shown++;
}

static void explain_document(void *context, const char *archive, const struct member *member, const struct document *document)
{
	struct arguments *a = context;
	const struct review *reviews;
	size_t count = cutter_cut(a->cutter, document, archive, member->file_name, &reviews);
	struct buf id = BUF_INIT;
	for (size_t i = 0; i < count && !a->failed; i++) {
		struct review_row row = {.member = member->name, .record = document->record, .ordinal = reviews[i].ordinal};
		buf_clear(&id);
		row_append_id(&id, archive, &row);
		if (!(a->common.kinds >> reviews[i].kind & 1) || (a->review && strcmp(a->review, id.data) != 0))
			continue;
		struct joined_text text = review_join(&reviews[i], document, &a->joined);
		a->document = document;
		a->cut = &reviews[i];
		explain(a, id.data, text.text, text.length);
	}
	buf_release(&id);
}

static void print_fates(FILE *file, struct session *s, void *context)
{
	struct arguments *a = context;
	const struct options *o = &a->common;
	size_t skipped = a->text ? 1 : 0; /* no review */
	a->session = s;
	a->table = table_new(file, o->format, !o->no_header, o->excel, columns + skipped, sizeof columns / sizeof *columns - skipped);
	a->scanner = scanner_new(s->matcher);
	a->resolver = resolver_new(s->lexicon, a->common.nested);
	if (!a->scanner) {
		message_error("the matching engine cannot make its working memory");
		a->failed = true;
	} else if (a->text) {
		explain(a, NULL, a->text, strlen(a->text));
	} else {
		a->cutter = cutter_new(s->segmenter);
		walk_documents(s, explain_document, a);
		cutter_free(a->cutter);
	}
	resolver_free(a->resolver);
	scanner_free(a->scanner);
	table_finish(a->table);
	buf_release(&a->joined);
	buf_release(&a->words);
}

int cmd_explain(int argc, char **argv)
{
	struct arguments a = {.theme_index = THEME_ANY};
	struct session s = {0};
	options_init(&a.common);
	enum exit_status status = options_parse_into(&argp, argc, argv, &a, &a.common) ? STATUS_USAGE : STATUS_DONE;
	if (status == STATUS_DONE && a.text && utf8_valid_prefix(a.text, strlen(a.text)) != strlen(a.text)) {
		message_error("--text is not valid UTF-8");
		status = STATUS_USAGE;
	}
	if (status == STATUS_DONE)
		status = session_open(&s, &a.common, NEED_THEMES);
	if (status == STATUS_DONE && a.theme) {
		a.theme_index = lexicon_theme(s.lexicon, a.theme);
		if (a.theme_index == THEME_NONE) {
			message_error("--theme: the lexicon has no theme '%s'", a.theme);
			status = STATUS_USAGE;
		}
	}
	status = session_print(&s, status, print_fates, &a);
	if (status == STATUS_DONE && a.failed)
		status = STATUS_CANNOT_RUN;
	if (status == STATUS_DONE && a.review && !a.shown) {
		message_error("--review: there is no review '%s' in the archives; 'themetally segment' lists the IDs", a.review);
		status = STATUS_USAGE;
	}
	status = session_close(&s, status);
	options_release(&a.common);
	return status;
}
