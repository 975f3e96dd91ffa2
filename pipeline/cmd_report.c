/* themetally report: one self-contained page over a store. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/resource.h"
#include "base/sha256.h"
#include "pipeline/command.h"
#include "pipeline/report.h"

enum { KEY_EVIDENCE = 0x200, KEY_SETS, CONTEXT = 80 };

struct arguments {
	struct options common;
	unsigned sample;
	const char *sets;
};

static const struct argp_option own[] = {
	{"evidence", KEY_EVIDENCE, "N", 0, "At most N phrases in their context per theme and period (default 5; 0: none, and no archive is opened)", 0},
	{"sets", KEY_SETS, "CODES", 0, "Two to eight themes whose every intersection is shown (default: domestic abuse, parental mental health, parental "
	                               "substance misuse)", 0},
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	char *end;
	unsigned long n;
	switch (key) {
	case KEY_EVIDENCE:
		n = strtoul(arg, &end, 10);
		if (!*arg || *arg == '-' || *end || n > 1000)
			argp_error(state, "--evidence takes a number up to 1000, not '%s'", arg);
		a->sample = (unsigned)n;
		return 0;
	case KEY_SETS: a->sets = arg; return 0;
	case ARGP_KEY_END:
		if (!a->common.store || a->common.path_count)
			argp_error(state, "--store DB says which store; 'themetally update --store DB PATH...' makes one");
		if (a->common.facet != FACET_NONE)
			argp_error(state, "--facet is for tables; --where chooses the reviews of one value");
		if (a->common.format != FORMAT_DEFAULT)
			argp_error(state, "--format is for tables; a report is HTML");
	}
	return options_common_key(key, arg, state, &a->common, OPTIONS_ALL);
}

static const struct argp argp = {
	own, parse, "--store DB -o report.html",
	"Writes one HTML page over a store: trends, heat map, co-occurrence, duplicates, method and the evidence behind the numbers. It opens offline "
	"in any browser and sends nothing anywhere.\v"
	"Counts come from the store. The phrases shown as evidence are read from its archives, if these are as the store read them and --lexicon (default: "
	"the shipped one) is that of the edition; otherwise the page says why it has none.\n\n"
	"With --suppress-below the page withholds what count withholds, names no single review, shows no phrase that a hidden count counts, and pairs the themes of --sets only.\n\n"
	"Examples:\n"
	"  themetally report --store reviews.db -o report.html\n"
	"  themetally report --store reviews.db --where outcome=death -o deaths.html\n"
	"  themetally report --store reviews.db --suppress-below 5 -o public.html\n",
	options_all, NULL, NULL};

/* ---- the page around the data ---- */

static void append_base64(struct buf *out, const unsigned char *bytes, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < length; i += 3) {
		unsigned n = (unsigned)bytes[i] << 16 | (i + 1 < length ? (unsigned)bytes[i + 1] << 8 : 0) | (i + 2 < length ? bytes[i + 2] : 0);
		buf_append_char(out, digits[n >> 18]);
		buf_append_char(out, digits[n >> 12 & 63]);
		buf_append_char(out, i + 1 < length ? digits[n >> 6 & 63] : '=');
		buf_append_char(out, i + 2 < length ? digits[n & 63] : '=');
	}
}

static void append_hash(struct buf *out, const struct resource *r)
{
	unsigned char digest[SHA256_BYTES];
	sha256(r->bytes, r->length, digest);
	buf_append_str(out, "'sha256-");
	append_base64(out, digest, sizeof digest);
	buf_append_char(out, '\'');
}

/* The policy allows the program's own script and style by their hashes and nothing else: no network, no other script, no form. */
static void write_page(FILE *file, const struct buf *json)
{
	const struct resource *script = resource_find("report/dist/report.js"), *style = resource_find("report/dist/report.css");
	struct buf head = BUF_INIT;
	buf_append_str(&head, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	                      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src ");
	append_hash(&head, script);
	buf_append_str(&head, "; style-src ");
	append_hash(&head, style);
	buf_append_str(&head, "; base-uri 'none'; form-action 'none'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	                      "<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"generator\" content=\"themetally\">\n"
	                      "<title>Themes in case reviews</title>\n<style>");
	fwrite(head.data, 1, head.length, file);
	fwrite(style->bytes, 1, style->length, file);
	fputs("</style>\n</head>\n<body>\n<noscript>This page draws its tables with a script that it carries within it. Allow scripts for this file, or use "
	      "'themetally count' and 'themetally export' for the same numbers.</noscript>\n<script type=\"application/json\" id=\"data\">", file);
	fwrite(json->data, 1, json->length, file);
	fputs("</script>\n<script>", file);
	fwrite(script->bytes, 1, script->length, file);
	fputs("</script>\n</body>\n</html>\n", file);
	buf_release(&head);
}

/* ---- evidence ---- */

/* NULL if the archives can be read again under the options and give what the store holds; else why not. */
static const char *evidence_obstacle(const struct session *s, const struct options *o)
{
	struct problem_list problems = {0};
	struct lexicon *lexicon = lexicon_load(o->lexicons, o->lexicon_count, NULL, &problems);
	unsigned char key[32];
	const char *why = NULL;
	if (lexicon)
		edition_key(lexicon, o, key);
	if (!lexicon || memcmp(key, s->edition.key, sizeof key) != 0)
		why = "the lexicon, rules or options of this call are not those the store was counted under";
	lexicon_free(lexicon);
	problem_list_release(&problems);
	if (why)
		return why;
	size_t count;
	struct known_archive *known = store_known(s->store, s->edition.id, &count);
	for (size_t i = 0; i < count && !why; i++) {
		struct file_identity now;
		if (file_identify(known[i].path, &now) != 0)
			why = "archives of the store are not where they were read from";
		else if (now.bytes != known[i].identity.bytes || now.mtime_ns != known[i].identity.mtime_ns)
			why = "archives have changed since the store read them";
	}
	store_free_known(known, count);
	return why;
}

static enum exit_status read_evidence(struct session *text, const struct options *o)
{
	enum exit_status status = session_open(text, o, NEED_TEXT);
	if (status != STATUS_DONE)
		return status;
	bool *all = mem_alloc(text->lexicon->theme_count + 1);
	memset(all, true, text->lexicon->theme_count);
	status = session_run(text, all, CONTEXT);
	free(all);
	return status;
}

/* ---- the command ---- */

static enum exit_status choose_sets(struct report *r, const struct session *s, const char *wanted)
{
	char *list = mem_strdup(wanted ? wanted : "parent.domestic_abuse,parent.mental_health,parent.substance_misuse"), *rest = list;
	enum exit_status status = STATUS_DONE;
	for (char *code; status == STATUS_DONE && (code = strsep(&rest, ",")) != NULL;) {
		uint32_t theme = lexicon_theme(s->lexicon, code);
		if (theme != THEME_NONE && s->shown[theme] && r->set_count < sizeof r->sets / sizeof *r->sets) {
			r->sets[r->set_count++] = theme;
		} else if (wanted) {
			message_error("--sets: two to eight themes of the lexicon that --themes shows, not '%s'", code);
			status = STATUS_USAGE;
		}
	}
	if (r->set_count < 2) {
		if (wanted && status == STATUS_DONE) {
			message_error("--sets: two to eight themes, not one");
			status = STATUS_USAGE;
		}
		r->set_count = 0;
	}
	free(list);
	return status;
}

static void print_page(FILE *file, struct session *s, void *context)
{
	(void)s;
	write_page(file, context);
}

int cmd_report(int argc, char **argv)
{
	struct arguments a = {.sample = 5};
	struct session rows = {0}, text = {0};
	struct buf json = BUF_INIT;
	options_init(&a.common);
	a.common.can_suppress = true;
	if (options_parse_into(&argp, argc, argv, &a, &a.common)) {
		options_release(&a.common);
		return STATUS_USAGE;
	}
	struct options of_store = a.common; /* counts are those of the store, under its own lexicon */
	of_store.lexicon_count = 0;
	struct report r = {.rows = &rows, .sample = a.sample};
	enum exit_status status = session_open(&rows, &of_store, NEED_THEMES);
	if (status == STATUS_DONE)
		status = choose_sets(&r, &rows, a.sets);
	if (status == STATUS_DONE)
		status = session_run(&rows, NULL, 0);
	if (status == STATUS_DONE) {
		r.no_evidence = a.sample ? evidence_obstacle(&rows, &a.common) : "the page was made with --evidence 0";
		if (!r.no_evidence) {
			status = read_evidence(&text, &a.common);
			r.text = &text;
		} else if (a.sample) {
			message_warning("the page holds no phrases: %s", r.no_evidence);
		}
	}
	if (status == STATUS_DONE && report_append_json(&json, &r) != 0)
		status = STATUS_CANNOT_RUN;
	status = session_print(&rows, status, print_page, &json);
	if (r.text)
		status = session_close(&text, status);
	status = session_close(&rows, status);
	buf_release(&json);
	options_release(&a.common);
	return status;
}
