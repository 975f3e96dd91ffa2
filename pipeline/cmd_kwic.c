/* themetally kwic: each counted phrase in its context. */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <xxhash.h>

#include "base/mem.h"
#include "pipeline/command.h"
#include "pipeline/session.h"

enum sort { SORT_POSITION, SORT_LEFT, SORT_MATCH, SORT_RIGHT };

struct arguments {
	struct options common;
	const char **themes;    /* codes, * allowed */
	size_t theme_count;
	unsigned context;
	enum sort sort;
	uint64_t sample;        /* per theme and year; 0: all */
	uint64_t seed;
	bool coding;
};

enum { KEY_THEME = 't', KEY_CONTEXT = 0x200, KEY_SORT, KEY_SAMPLE, KEY_SEED, KEY_CODING };

static const struct argp_option own[] = {
	{"theme", KEY_THEME, "CODE", 0, "Theme to show, * allowed (repeatable; default: all)", 0},
	{"context", KEY_CONTEXT, "N", 0, "Characters on each side (default 60)", 0},
	{"width", KEY_CONTEXT, NULL, OPTION_ALIAS, NULL, 0},
	{"sort", KEY_SORT, "KEY", 0, "position (default), left (by the word before, then the one before that), match, right; case does not count", 0},
	{"sample", KEY_SAMPLE, "N", 0, "At most N phrases per theme and year, drawn at random", 0},
	{"seed", KEY_SEED, "S", 0, "Seed of the draw (default 1): the same seed draws the same phrases", 0},
	{"coding", KEY_CODING, NULL, 0, "Add the empty columns coder and verdict, for a second coder to fill in and 'evaluate' to read", 0},
	{0}};

static uint64_t parse_number(struct argp_state *state, const char *name, const char *arg, uint64_t most)
{
	char *end;
	unsigned long long n = strtoull(arg, &end, 10);
	if (!*arg || *end || *arg == '-' || n > most)
		argp_error(state, "%s takes a number up to %" PRIu64 ", not '%s'", name, most, arg);
	return n;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const char *const sorts[] = {"position", "left", "match", "right"};
	struct arguments *a = state->input;
	switch (key) {
	case KEY_THEME:
		a->themes = mem_realloc(a->themes, a->theme_count + 1, sizeof *a->themes);
		a->themes[a->theme_count++] = arg;
		return 0;
	case KEY_CONTEXT: a->context = (unsigned)parse_number(state, "--context", arg, 10000); return 0;
	case KEY_SAMPLE: a->sample = parse_number(state, "--sample", arg, UINT32_MAX); return 0;
	case KEY_SEED: a->seed = parse_number(state, "--seed", arg, UINT64_MAX); return 0;
	case KEY_CODING: a->coding = true; return 0;
	case KEY_SORT:
		for (size_t i = 0; i < 4; i++)
			if (strcmp(arg, sorts[i]) == 0) {
				a->sort = (enum sort)i;
				return 0;
			}
		argp_error(state, "--sort: '%s' is not one of position, left, match, right", arg);
		return 0;
	case ARGP_KEY_END:
		options_need_input(state, &a->common);
	}
	return options_common_key(key, arg, state, &a->common, OPTIONS_ALL);
}

static const struct argp argp = {
	own, parse, "PATH...\n--store DB",
	"Key words in context: the evidence behind the counts, one row per counted mention.\v"
	"Negated mentions are shown with the cue that negates them.\n\n"
	"To have a sample judged: --sample and --coding write a csv; a coder fills in the column verdict (yes, no, negated, unsure) and, where there are "
	"several, coder; 'themetally evaluate --gold' reads it back.\n\n"
	"Examples:\n"
	"  themetally kwic --theme parent.domestic_abuse --sort right digests/\n"
	"  themetally kwic --theme 'harm.*' --sample 20 --coding digests/ -o judge.csv\n"
	"  themetally evaluate --gold judge.csv digests/     (its verdicts filled in)\n",
	options_all, NULL, NULL};

/* One phrase, kept where rows are sorted or sampled. */
struct phrase {
	char *id;
	int year;
	uint64_t draw;      /* random by seed, review and place; the least of a theme and year are kept */
	size_t number;      /* position in canonical order */
	struct evidence e;  /* strings are the phrase's own, one allocation at left */
};

static const struct column columns[] = {
	{"theme", COLUMN_WORD}, {"year", COLUMN_NUMBER}, {"review", COLUMN_BEFORE}, {"offset", COLUMN_NUMBER | COLUMN_SPARE}, {"sentence", COLUMN_NUMBER | COLUMN_SPARE},
	{"left", COLUMN_BEFORE}, {"match", COLUMN_TEXT}, {"right", COLUMN_TEXT}, {"negated_by", COLUMN_TEXT}, {"entry", COLUMN_TEXT | COLUMN_SPARE},
	{"coder", COLUMN_WORD}, {"verdict", COLUMN_WORD}};
enum { CODING_COLUMNS = 2 };

static void put_phrase(struct table *t, const struct lexicon *lexicon, const char *id, int year, const struct evidence *e, bool coding)
{
	table_text(t, lexicon->themes[e->theme].code);
	if (year)
		table_number(t, year);
	else
		table_text(t, "unknown");
	table_text(t, id);
	table_number(t, (int64_t)e->offset);
	table_number(t, e->sentence);
	table_text(t, e->left);
	table_text(t, e->match);
	table_text(t, e->right);
	table_text(t, e->cue == NO_CUE ? "" : lexicon->entries[e->cue].source);
	table_text(t, lexicon->entries[e->entry].source);
	for (int i = 0; coding && i < CODING_COLUMNS; i++)
		table_empty(t);
	table_end_row(t);
}

static uint64_t draw_of(const struct arguments *a, const char *id, const struct evidence *e)
{
	return XXH3_64bits_withSeed(id, strlen(id), XXH3_64bits_withSeed(&(uint64_t[]){e->offset, e->theme}, 16, a->seed));
}

static struct phrase keep(const struct arguments *a, const char *id, int year, size_t number, const struct evidence *e)
{
	struct phrase p = {mem_strdup(id), year, draw_of(a, id, e), number, *e};
	size_t left = strlen(e->left) + 1, match = strlen(e->match) + 1, right = strlen(e->right) + 1;
	char *text = mem_alloc(left + match + right);
	p.e.left = memcpy(text, e->left, left);
	p.e.match = memcpy(text + left, e->match, match);
	p.e.right = memcpy(text + left + match, e->right, right);
	return p;
}

static void drop(struct phrase *p)
{
	free(p->id);
	free((char *)p->e.left);
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

static int by_draw(const void *a, const void *b)
{
	const struct phrase *x = a, *y = b;
	int c = compare(x->e.theme, y->e.theme);
	if (!c)
		c = compare((uint64_t)x->year, (uint64_t)y->year);
	if (!c)
		c = compare(x->draw, y->draw);
	return c ? c : compare(x->number, y->number);
}

/* Keeps the `sample` phrases of each theme and year with the least draws; returns how many are left. */
static size_t thin(struct phrase *list, size_t count, uint64_t sample)
{
	size_t kept = 0;
	uint64_t rank = 0;
	mem_sort(list, count, sizeof *list, by_draw);
	for (size_t i = 0; i < count; i++) {
		bool same = i > 0 && kept > 0 && list[kept - 1].e.theme == list[i].e.theme && list[kept - 1].year == list[i].year;
		rank = same ? rank + 1 : 0;
		if (rank < sample)
			list[kept++] = list[i];
		else
			drop(&list[i]);
	}
	return kept;
}

/* The last word of text[0, *length), which is shortened to what stands before it. */
static const char *last_word(const char *text, size_t *length, size_t *word_length)
{
	while (*length && text[*length - 1] == ' ')
		--*length;
	size_t end = *length;
	while (*length && text[*length - 1] != ' ')
		--*length;
	*word_length = end - *length;
	return text + *length;
}

/* By the word before the phrase, then the one before that: each word in the order of the alphabet. */
static int compare_leftwards(const char *a, const char *b)
{
	size_t i = strlen(a), k = strlen(b);
	while (i && k) {
		size_t x, y;
		const char *one = last_word(a, &i, &x), *two = last_word(b, &k, &y);
		int c = strncasecmp(one, two, x < y ? x : y);
		if (c || x != y)
			return c ? c : compare(x, y);
	}
	return compare(i, k);
}

static int in_order(const void *a, const void *b, void *context)
{
	const struct arguments *args = context;
	const struct phrase *x = a, *y = b;
	int c = 0;
	if (args->sort == SORT_LEFT)
		c = compare_leftwards(x->e.left, y->e.left);
	else if (args->sort == SORT_MATCH)
		c = strcasecmp(x->e.match, y->e.match);
	else if (args->sort == SORT_RIGHT)
		c = strcasecmp(x->e.right, y->e.right);
	return c ? c : compare(x->number, y->number);
}

static void print_phrases(FILE *file, struct session *s, void *context)
{
	enum { THIN_AT = 1 << 16 };
	struct arguments *a = context;
	const struct options *o = &a->common;
	struct table *t = table_new(file, o->format, !o->no_header, o->excel, columns,
	                            sizeof columns / sizeof *columns - (a->coding ? 0 : CODING_COLUMNS));
	bool hold = a->sort != SORT_POSITION || a->sample;
	struct phrase *list = NULL;
	size_t count = 0, capacity = 0, number = 0, thin_at = THIN_AT;
	struct ledger_cursor *c = ledger_begin(s->ledger);
	struct ledger_row r;
	struct buf id = BUF_INIT;
	while (ledger_next(c, &r)) {
		if ((r.duplicate && !o->all_duplicates) || !options_selects(o, r.row))
			continue;
		int year = o->incident_year ? r.row->incident.year : r.row->published.year;
		buf_clear(&id);
		row_append_id(&id, r.archive, r.row);
		for (size_t i = 0; i < r.row->evidence_count; i++) {
			if (!hold) {
				put_phrase(t, s->lexicon, id.data, year, &r.row->evidence[i], a->coding);
				continue;
			}
			MEM_GROW(list, count, capacity);
			list[count++] = keep(a, id.data, year, number++, &r.row->evidence[i]);
		}
		if (a->sample && count >= thin_at) {
			count = thin(list, count, a->sample);
			thin_at = 2 * count > THIN_AT ? 2 * count : THIN_AT;
		}
	}
	ledger_end(c);
	if (a->sample)
		count = thin(list, count, a->sample);
	mem_sort_with(list, count, sizeof *list, in_order, a);
	assert(list || !count);
	for (size_t i = 0; i < count; i++) {
		put_phrase(t, s->lexicon, list[i].id, list[i].year, &list[i].e, a->coding);
		drop(&list[i]);
	}
	free(list);
	buf_release(&id);
	table_finish(t);
}

int cmd_kwic(int argc, char **argv)
{
	struct arguments a = {.context = 60, .seed = 1};
	struct session s = {0};
	options_init(&a.common);
	enum exit_status status = options_parse_into(&argp, argc, argv, &a, &a.common) ? STATUS_USAGE : session_open(&s, &a.common, NEED_TEXT);
	if (status == STATUS_DONE && a.theme_count && !a.common.themes)
		memset(s.shown, 0, s.lexicon->theme_count);
	for (size_t i = 0; status == STATUS_DONE && i < a.theme_count; i++)
		if (session_choose_themes(s.lexicon, "--theme", a.themes[i], s.shown) != 0)
			status = STATUS_USAGE;
	if (status == STATUS_DONE)
		status = session_run(&s, s.shown, a.context);
	status = session_print(&s, status, print_phrases, &a);
	status = session_close(&s, status);
	free(a.themes);
	options_release(&a.common);
	return status;
}
