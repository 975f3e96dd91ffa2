#include "pipeline/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/processors.h"
#include "pipeline/version.h"

/* ---- facets ---- */

static const struct { const char *word; enum facet facet; } facet_words[] = {
	{"outcome", FACET_OUTCOME}, {"age_band", FACET_AGE_BAND}, {"gender", FACET_GENDER}, {"board", FACET_BOARD},
	{"method", FACET_METHOD}, {"kind", FACET_KIND}, {"section", FACET_SECTION}, {"layout", FACET_LAYOUT},
	{"years_to_publication", FACET_YEARS_TO_PUBLICATION}, {"months_to_publication", FACET_MONTHS_TO_PUBLICATION},
};
#define FACET_WORDS "outcome, age_band, gender, board, method, kind, section, layout, years_to_publication, months_to_publication"

int facet_parse(const char *word, enum facet *f)
{
	for (size_t i = 0; i < sizeof facet_words / sizeof *facet_words; i++)
		if (strcmp(word, facet_words[i].word) == 0) {
			*f = facet_words[i].facet;
			return 0;
		}
	return -1;
}

const char *facet_word(enum facet f)
{
	for (size_t i = 0; i < sizeof facet_words / sizeof *facet_words; i++)
		if (facet_words[i].facet == f)
			return facet_words[i].word;
	return "";
}

/* The band that the months from incident to publication lie in, whichever months of their years these are where no month is known; NULL if they may lie in several. */
static const char *months_band(const struct dating *incident, const struct dating *published)
{
	static const char *const bands[] = {"0-11", "12-23", "24-35", "36-47", "48 or more"};
	int months = 12 * (published->year - incident->year);
	int least = months + (published->month ? published->month : 1) - (incident->month ? incident->month : 12);
	int most = months + (published->month ? published->month : 12) - (incident->month ? incident->month : 1);
	if (!incident->year || !published->year || most < 0)
		return NULL;
	int first = least < 0 ? 0 : least / 12, last = most / 12;
	first = first < 4 ? first : 4;
	last = last < 4 ? last : 4;
	return first == last ? bands[first] : NULL;
}

const char *facet_value(const struct review_row *row, enum facet f)
{
	const char *text = "";
	switch (f) {
	case FACET_OUTCOME: return outcome_word(row->outcome);
	case FACET_AGE_BAND: return age_band_word(row->age_band);
	case FACET_GENDER: return gender_word(row->gender);
	case FACET_KIND: return review_kind_word(row->kind);
	case FACET_BOARD: text = row->board; break;
	case FACET_METHOD: text = row->method; break;
	case FACET_SECTION: text = row->section; break;
	case FACET_LAYOUT: text = row->layout; break;
	case FACET_YEARS_TO_PUBLICATION: {
		static const char *const years[] = {"0", "1", "2", "3", "4", "5 or more"};
		int n = row->published.year - row->incident.year;
		if (row->published.year && row->incident.year && n >= 0)
			return years[n < 5 ? n : 5];
		break;
	}
	case FACET_MONTHS_TO_PUBLICATION: {
		const char *band = months_band(&row->incident, &row->published);
		text = band ? band : "";
		break;
	}
	case FACET_NONE: break;
	}
	return *text ? text : "unknown";
}

bool options_selects(const struct options *o, const struct review_row *row)
{
	if (!(o->kinds >> row->kind & 1))
		return false;
	for (size_t i = 0; i < o->condition_count; i++)
		if (strcmp(facet_value(row, o->conditions[i].facet), o->conditions[i].value) != 0)
			return false;
	return true;
}

/* ---- defaults ---- */

void options_init(struct options *o)
{
	*o = (struct options){
		.kinds = 1u << KIND_REVIEW,
		.limits = ARCHIVE_LIMITS_DEFAULT,
		.documents = DOCUMENT_OPTIONS_DEFAULT,
		.listed = ARENA_INIT,
	};
}

void options_release(struct options *o)
{
	free(o->paths);
	arena_release(&o->listed);
	free(o->lexicons);
	free(o->conditions);
	free(o->layouts);
	periods_release(&o->periods);
}

/* ---- parsing ---- */

enum {
	KEY_THEMES = 0x100, KEY_NESTED, KEY_YEAR, KEY_BY, KEY_WHERE, KEY_FACET, KEY_KIND, KEY_DUPLICATES, KEY_LAYOUT, KEY_SECTIONS,
	KEY_TEXT_FIELD, KEY_DATE_FIELD, KEY_ID_FIELD, KEY_FORMAT, KEY_NO_HEADER, KEY_EXCEL, KEY_ENGINE, KEY_VERIFY, KEY_STRICT,
	KEY_PROGRESS, KEY_COLOR, KEY_LOG, KEY_NO_CACHE, KEY_INDEX, KEY_LIMIT, KEY_STORE, KEY_EDITION, KEY_FILES_FROM, KEY_MANIFEST,
	KEY_SUPPRESS, KEY_RELEASED
};

static void add_string(const char ***list, size_t *count, const char *s)
{
	*list = mem_realloc(*list, *count + 1, sizeof **list);
	(*list)[(*count)++] = s;
}

void options_add_lexicon(struct options *o, const char *path)
{
	add_string(&o->lexicons, &o->lexicon_count, path);
}

static error_t parse_lexicon(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case 'l':
		options_add_lexicon(o, arg);
		return 0;
	case KEY_THEMES:
		o->themes = arg;
		return 0;
	case KEY_NESTED:
		if (nested_parse(arg, &o->nested) != 0)
			argp_error(state, "--nested: '%s' is not one of theme, lexicon, all, quanteda-key, quanteda-dictionary", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_kind(struct options *o, char *arg, struct argp_state *state)
{
	static const struct { const char *word; unsigned kinds; } words[] = {
		{"review", 1u << KIND_REVIEW}, {"report", 1u << KIND_REPORT}, {"other", 1u << KIND_OTHER}, {"all", (1u << KIND_COUNT) - 1}};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(arg, words[i].word) == 0) {
			o->kinds = words[i].kinds;
			return 0;
		}
	argp_error(state, "--kind: '%s' is not one of review, report, other, all", arg);
	return EINVAL;
}

static error_t parse_select(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	char message[200];
	switch (key) {
	case KEY_YEAR:
		if (strcmp(arg, "published") != 0 && strcmp(arg, "incident") != 0)
			argp_error(state, "--year: '%s' is not one of published, incident", arg);
		o->incident_year = strcmp(arg, "incident") == 0;
		return 0;
	case KEY_BY:
		periods_release(&o->periods);
		if (periods_parse(arg, &o->periods, message, sizeof message) != 0)
			argp_error(state, "--by: %s", message);
		return 0;
	case KEY_WHERE: {
		char *equals = strchr(arg, '=');
		struct condition c = {.value = equals ? equals + 1 : ""};
		if (equals)
			*equals = '\0';
		if (!equals || facet_parse(arg, &c.facet) != 0)
			argp_error(state, "--where takes FACET=VALUE, FACET one of " FACET_WORDS);
		o->conditions = mem_realloc(o->conditions, o->condition_count + 1, sizeof *o->conditions);
		o->conditions[o->condition_count++] = c;
		return 0;
	}
	case KEY_FACET:
		if (facet_parse(arg, &o->facet) != 0)
			argp_error(state, "--facet: '%s' is not one of " FACET_WORDS, arg);
		return 0;
	case KEY_KIND:
		return parse_kind(o, arg, state);
	case KEY_DUPLICATES:
		if (strcmp(arg, "once") != 0 && strcmp(arg, "all") != 0)
			argp_error(state, "--duplicates: '%s' is not one of once, all", arg);
		o->all_duplicates = strcmp(arg, "all") == 0;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/* "64M" and the like; the units are powers of 1024. */
static int parse_size(const char *s, uint64_t *n)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(s, &end, 10);
	unsigned shift = 0;
	if (end == s || errno || *s == '-')
		return -1;
	switch (*end) {
	case 'K': case 'k': shift = 10; end++; break;
	case 'M': case 'm': shift = 20; end++; break;
	case 'G': case 'g': shift = 30; end++; break;
	}
	if (*end || value == 0 || value > UINT64_MAX >> shift)
		return -1;
	*n = (uint64_t)value << shift;
	return 0;
}

__attribute__((nonnull(1))) static error_t parse_limit(struct options *o, char *arg, struct argp_state *state)
{
	uint64_t value;
	char *equals = strchr(arg, '=');
	struct { const char *name; uint64_t *wide; unsigned *narrow; size_t *size; } limits[] = {
		{"member", &o->limits.member_bytes, NULL, NULL}, {"record", &o->limits.record_bytes, NULL, NULL},
		{"review", &o->documents.review_bytes, NULL, NULL},
		{"unit", &o->limits.unit_bytes, NULL, NULL}, {"ratio", &o->limits.ratio, NULL, NULL},
		{"ratio-floor", &o->limits.ratio_floor, NULL, NULL}, {"entries", &o->limits.entries, NULL, NULL},
		{"depth", NULL, &o->limits.depth, NULL}, {"name", NULL, NULL, &o->limits.name_bytes},
		{"zstd-window-log", &o->limits.zstd_window_log, NULL, NULL}, {"xz-memory", &o->limits.xz_memory, NULL, NULL},
		{"read", NULL, NULL, &o->limits.read_bytes}, {"converter-memory", &o->documents.converter_memory, NULL, NULL},
		{"converter-output", &o->documents.converter_output, NULL, NULL},
		{"converter-cpu", NULL, &o->documents.converter_cpu_seconds, NULL},
		{"converter-wall", NULL, &o->documents.converter_wall_seconds, NULL},
	};
	if (equals && parse_size(equals + 1, &value) == 0) {
		for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
			if (strlen(limits[i].name) != (size_t)(equals - arg) || memcmp(limits[i].name, arg, (size_t)(equals - arg)) != 0)
				continue;
			if (limits[i].wide)
				*limits[i].wide = value;
			else if (limits[i].size)
				*limits[i].size = (size_t)value;
			else if (limits[i].narrow)
				*limits[i].narrow = value > UINT32_MAX ? UINT32_MAX : (unsigned)value;
			o->documents.text_bytes = o->limits.member_bytes;
			return 0;
		}
	}
	argp_error(state, "--limit takes NAME=SIZE, NAME one of member, record, review, unit, ratio, ratio-floor, entries, depth, name, "
	                  "zstd-window-log, xz-memory, read, converter-memory, converter-output, converter-cpu, converter-wall; SIZE may end in K, M or G");
	return EINVAL;
}

void options_add_path(struct options *o, const char *path)
{
	add_string(&o->paths, &o->path_count, arena_strndup(&o->listed, path, strlen(path)));
}

static error_t parse_files_from(struct options *o, const char *path, struct argp_state *state)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	if (!f)
		argp_error(state, "--files-from: cannot read %s: %s", path, strerror(errno));
	while ((length = getline(&line, &size, f)) > 0) {
		if (line[length - 1] == '\n')
			length--;
		if (length)
			add_string(&o->paths, &o->path_count, arena_strndup(&o->listed, line, (size_t)length));
	}
	free(line);
	if (f != stdin)
		fclose(f);
	return 0;
}

static error_t parse_input(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case KEY_LAYOUT:
		add_string(&o->layouts, &o->layout_count, arg);
		return 0;
	case KEY_SECTIONS:
		if (strcmp(arg, "main") != 0 && strcmp(arg, "all") != 0)
			argp_error(state, "--sections: '%s' is not one of main, all", arg);
		o->all_sections = strcmp(arg, "all") == 0;
		return 0;
	case KEY_TEXT_FIELD: o->documents.text_field = arg; return 0;
	case KEY_DATE_FIELD: o->documents.date_field = arg; return 0;
	case KEY_ID_FIELD: o->documents.id_field = arg; return 0;
	case KEY_LIMIT: return parse_limit(o, arg, state);
	case KEY_FILES_FROM: return parse_files_from(o, arg, state);
	case KEY_MANIFEST: o->manifest = arg; return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_store(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	char *end;
	switch (key) {
	case KEY_STORE: o->store = arg; return 0;
	case KEY_EDITION:
		o->edition = strtoll(arg, &end, 10);
		if (!*arg || *end || o->edition < 1)
			argp_error(state, "--edition takes the number of an edition, not '%s'", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse_output(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	switch (key) {
	case KEY_FORMAT:
		if (format_parse(arg, &o->format) != 0)
			argp_error(state, "--format: '%s' is not one of " FORMAT_WORDS, arg);
		return 0;
	case KEY_NO_HEADER: o->no_header = true; return 0;
	case KEY_EXCEL: o->excel = true; return 0;
	case KEY_SUPPRESS: {
		char *end;
		unsigned long n = strtoul(arg, &end, 10);
		if (!*arg || *end || *arg == '-' || n < 3 || n > 1000)
			argp_error(state, "--suppress-below takes a number from 3 to 1000, not '%s'", arg);
		o->suppress_below = (unsigned)n;
		return 0;
	}
	case KEY_RELEASED: o->released = arg; return 0;
	case 'o': o->output = arg; return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static int choose(const char *arg, const char *a, const char *b, const char *c)
{
	return strcmp(arg, a) == 0 ? 0 : strcmp(arg, b) == 0 ? 1 : c && strcmp(arg, c) == 0 ? 2 : -1;
}

static error_t parse_run(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	char *end;
	switch (key) {
	case 'j': {
		unsigned long n = strtoul(arg, &end, 10);
		if (!*arg || *end || *arg == '-' || n < 1 || n > 1024)
			argp_error(state, "-j takes a number of threads from 1 to 1024, not '%s'", arg);
		o->threads = (unsigned)n;
		return 0;
	}
	case KEY_ENGINE:
		if (engine_parse(arg, &o->engine) != 0)
			argp_error(state, "--engine: '%s' is not one of auto, avx512, avx2, neon, plain", arg);
		if (!engine_available(o->engine))
			argp_error(state, "--engine: this machine has no %s", arg);
		return 0;
	case KEY_VERIFY:
		o->verify = strtod(arg, &end);
		if (!*arg || *end || !(o->verify >= 0 && o->verify <= 1))
			argp_error(state, "--verify takes a share from 0 to 1, not '%s'", arg);
		return 0;
	case KEY_STRICT: o->strict = true; return 0;
	case KEY_NO_CACHE: o->no_cache = true; return 0;
	case KEY_INDEX: o->index_directory = arg; return 0;
	case 'q': o->quiet = true; return 0;
	case KEY_PROGRESS: case KEY_COLOR: {
		int choice = choose(arg, "auto", "always", "never");
		if (choice < 0)
			argp_error(state, "'%s' is not one of auto, always, never", arg);
		if (key == KEY_COLOR)
			o->color = (enum color)choice;
		else
			o->progress = (unsigned)choice;
		return 0;
	}
	case KEY_LOG:
		if (choose(arg, "text", "json", NULL) < 0)
			argp_error(state, "--log: '%s' is not one of text, json", arg);
		o->log_json = strcmp(arg, "json") == 0;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option lexicon_options[] = {
	{NULL, 0, NULL, 0, "Lexicon:", 1},
	{"lexicon", 'l', "FILE", 0, "Lexicon file or directory (repeatable; default: the shipped safeguarding lexicon)", 1},
	{"themes", KEY_THEMES, "PATTERN", 0, "Show only themes that match: a code, a code with *, or several joined by commas; counts do not change", 1},
	{"nested", KEY_NESTED, "HOW", 0, "theme (default), lexicon, all, quanteda-key, quanteda-dictionary: see counting-rules.md section 4", 1},
	{0}};
static const struct argp_option select_options[] = {
	{NULL, 0, NULL, 0, "Which reviews:", 2},
	{"year", KEY_YEAR, "WHICH", 0, "published (default) or incident", 2},
	{"by", KEY_BY, "PERIOD", 0, "year (default), fy (April to March), or period:2011-14,2014-17", 2},
	{"where", KEY_WHERE, "FACET=VALUE", 0, "Only reviews with that value (repeatable); FACET is one of " FACET_WORDS, 2},
	{"facet", KEY_FACET, "NAME", 0, "One more column to break down by", 2},
	{"kind", KEY_KIND, "KIND", 0, "review (default), report, other or all", 2},
	{"duplicates", KEY_DUPLICATES, "HOW", 0, "Count the same review once (default) or all of its copies", 2},
	{0}};
static const struct argp_option input_options[] = {
	{NULL, 0, NULL, 0, "Input:", 3},
	{"layout", KEY_LAYOUT, "FILE", 0, "A layout of your own, tried before the shipped ones (repeatable)", 3},
	{"sections", KEY_SECTIONS, "WHICH", 0, "main (default) leaves out contents pages and glossaries; all counts them", 3},
	{"text-field", KEY_TEXT_FIELD, "NAME", 0, "Field of JSON and CSV records that holds the text", 3},
	{"date-field", KEY_DATE_FIELD, "NAME", 0, "Field that holds the publication date", 3},
	{"id-field", KEY_ID_FIELD, "NAME", 0, "Field that holds the identifier", 3},
	{"files-from", KEY_FILES_FROM, "FILE", 0, "More PATHs, one a line (- for standard input)", 3},
	{"manifest", KEY_MANIFEST, "FILE", 0, "Checksums that archives must have, as sha256sum writes them: refuse what is not as listed, name what is missing", 3},
	{"limit", KEY_LIMIT, "NAME=SIZE", 0, "Change a limit on input, such as member=512M (see docs/reliability.md)", 3},
	{0}};
static const struct argp_option store_options[] = {
	{"store", KEY_STORE, "DB", 0, "Read the store DB, made by 'themetally update', in place of PATHs", 3},
	{"edition", KEY_EDITION, "N", 0, "That edition of the store (default: the newest; 'themetally status' lists them)", 3},
	{0}};
static const struct argp_option output_options[] = {
	{NULL, 0, NULL, 0, "Output:", 4},
	{"format", KEY_FORMAT, "FORMAT", 0, FORMAT_WORDS " (default: table on a terminal, else csv)", 4},
	{"no-header", KEY_NO_HEADER, NULL, 0, "Leave out the header line", 4},
	{"excel", KEY_EXCEL, NULL, 0, "Begin csv with a byte order mark, as Excel wants it", 4},
	{"output", 'o', "FILE", 0, "Write to FILE, whole or not at all", 4},
	{"suppress-below", KEY_SUPPRESS, "N", 0, "Withhold counts of 1 to N-1 reviews, and what would give them back (docs/disclosure.md)", 4},
	{"released", KEY_RELEASED, "FILE", 0, "With --suppress-below: the record of what was printed before, kept so that two nights give nothing away", 4},
	{0}};
#define MESSAGE_OPTIONS \
	{"color", KEY_COLOR, "WHEN", 0, "auto (default; NO_COLOR is honoured), always, never", 5}, \
	{"log", KEY_LOG, "FORMAT", 0, "Messages as text (default) or json, one object per line", 5}, \
	{"quiet", 'q', NULL, 0, "No summary at the end", 5}
static const struct argp_option run_options_list[] = {
	{NULL, 0, NULL, 0, "Running:", 5},
	{"threads", 'j', "N", 0, "Threads (default: the processors available to the process)", 5},
	{"engine", KEY_ENGINE, "NAME", 0, "auto (default), avx512, avx2, neon or plain", 5},
	{"verify", KEY_VERIFY, "SHARE", 0, "Count this share of the reviews again with the slow reference counter; any difference fails the run", 5},
	{"strict", KEY_STRICT, NULL, 0, "Write nothing and exit with 3 if anything was skipped or damaged", 5},
	{"index", KEY_INDEX, "DIR", 0, "Keep seek points of large .gz files in DIR: from the next time on all threads inflate them", 5},
	{"no-cache", KEY_NO_CACHE, NULL, 0, "Compile the lexicon anew", 5},
	{"progress", KEY_PROGRESS, "WHEN", 0, "auto (default: on a terminal), always, never", 5},
	MESSAGE_OPTIONS,
	{0}};
static const struct argp_option message_options[] = {{NULL, 0, NULL, 0, "Messages:", 5}, MESSAGE_OPTIONS, {0}};

const struct argp options_lexicon_argp = {lexicon_options, parse_lexicon, NULL, NULL, NULL, NULL, NULL};
const struct argp options_select_argp = {select_options, parse_select, NULL, NULL, NULL, NULL, NULL};
const struct argp options_input_argp = {input_options, parse_input, NULL, NULL, NULL, NULL, NULL};
const struct argp options_output_argp = {output_options, parse_output, NULL, NULL, NULL, NULL, NULL};
const struct argp options_store_argp = {store_options, parse_store, NULL, NULL, NULL, NULL, NULL};
const struct argp options_run_argp = {run_options_list, parse_run, NULL, NULL, NULL, NULL, NULL};
const struct argp options_message_argp = {message_options, parse_run, NULL, NULL, NULL, NULL, NULL};

void options_need_input(struct argp_state *state, const struct options *o)
{
	if (!o->store && !o->path_count)
		argp_error(state, "say which archives to read (a file, a directory, or - for standard input)");
	if (o->store && o->path_count)
		argp_error(state, "archives and --store exclude each other");
	if (o->edition && !o->store)
		argp_error(state, "--edition goes with --store");
}

const struct argp_child options_all[] = {{&options_lexicon_argp, 0, NULL, 0}, {&options_select_argp, 0, NULL, 0}, {&options_input_argp, 0, NULL, 0},
                                         {&options_store_argp, 0, NULL, 0},   {&options_output_argp, 0, NULL, 0}, {&options_run_argp, 0, NULL, 0}, {0}};
_Static_assert(sizeof options_all / sizeof *options_all == OPTIONS_ALL + 1, "the number of children");

static void hand_to_children(const struct argp_state *state, struct options *o, unsigned children)
{
	for (unsigned i = 0; i < children; i++)
		state->child_inputs[i] = o;
}

error_t options_common_key(int key, char *arg, struct argp_state *state, struct options *o, unsigned children)
{
	switch (key) {
	case ARGP_KEY_INIT:
		hand_to_children(state, o, children);
		return 0;
	case ARGP_KEY_ARG:
		add_string(&o->paths, &o->path_count, arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp_child options_over_store[] = {{&options_store_argp, 0, NULL, 0}, {&options_output_argp, 0, NULL, 0}, {&options_message_argp, 0, NULL, 0}, {0}};

error_t options_over_store_key(int key, struct argp_state *state, struct options *o, const char *output)
{
	switch (key) {
	case ARGP_KEY_INIT:
		hand_to_children(state, o, sizeof options_over_store / sizeof *options_over_store - 1);
		return 0;
	case ARGP_KEY_END:
		if (!o->store || (output && !o->output))
			argp_error(state, output ? "--store DB says which store, -o %s" : "--store DB says which store", output);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void print_version(FILE *out, struct argp_state *state)
{
	(void)state;
	version_print(out);
}

int options_parse_into(const struct argp *argp, int argc, char **argv, void *input, struct options *o)
{
	argp_err_exit_status = STATUS_USAGE;
	argp_program_version_hook = print_version;
	error_t error = argp_parse(argp, argc, argv, 0, NULL, input);
	if (error == ENOMEM)
		mem_exhausted();
	if (error)
		return -1;
	message_configure(o->log_json, o->color);
	if (o->suppress_below && !o->can_suppress) {
		message_error("--suppress-below: what this command prints holds single reviews; count, plot, cooccur, report and export honour it");
		return -1;
	}
	if (o->released && !o->suppress_below) {
		message_error("--released goes with --suppress-below");
		return -1;
	}
	if (!o->threads)
		o->threads = processors_available();
	return 0;
}

int options_parse(const struct argp *argp, int argc, char **argv, struct options *o)
{
	return options_parse_into(argp, argc, argv, o, o);
}
