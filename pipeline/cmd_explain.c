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
	FILE *file;
	struct session *session;
	struct cutter *cutter;
	struct scanner *scanner;
	struct resolver *resolver;
	uint32_t theme_index;
	struct buf joined, lines;
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
	"One line per candidate: bytes in the review's text, words, theme, fate, entry and where it is written. Duplicates are explained too.\n\n"
	"Examples:\n"
	"  themetally explain --text 'There was no evidence of neglect.'\n"
	"  themetally explain --theme harm.neglect --review 'digest.txt#4' digest.txt\n",
	children, NULL, NULL};

static void explain(struct arguments *a, const char *heading, const char *text, size_t length)
{
	struct scan scan;
	struct resolution resolution;
	if (scanner_scan(a->scanner, text, length, &scan) != SCAN_OK) {
		message_error("the matching engine failed on %s", heading);
		a->failed = true;
		return;
	}
	resolver_run(a->resolver, a->scanner, &scan, RESOLVE_FATES, &resolution);
	struct explained e = {a->session->lexicon, text, a->scanner, &scan, &resolution};
	buf_clear(&a->lines);
	explain_text(&e, a->theme_index, &a->lines);
	if (*heading)
		fprintf(a->file, "== %s\n", heading);
	fwrite(a->lines.data, 1, a->lines.length, a->file);
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
		explain(a, id.data, text.text, text.length);
	}
	buf_release(&id);
}

static void print_fates(FILE *file, struct session *s, void *context)
{
	struct arguments *a = context;
	a->file = file;
	a->session = s;
	a->scanner = scanner_new(s->matcher);
	a->resolver = resolver_new(s->lexicon, a->common.nested);
	if (!a->scanner) {
		message_error("the matching engine cannot make its working memory");
		a->failed = true;
	} else if (a->text) {
		explain(a, "", a->text, strlen(a->text));
	} else {
		a->cutter = cutter_new(s->segmenter);
		walk_documents(s, explain_document, a);
		cutter_free(a->cutter);
	}
	resolver_free(a->resolver);
	scanner_free(a->scanner);
	buf_release(&a->joined);
	buf_release(&a->lines);
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
