/* themetally lexicon diff: what changed between two lexicons and, given a corpus or a store, what that did to the counts. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "matchers/lexicon_diff.h"
#include "pipeline/cmd_lexicon.h"
#include "pipeline/effect.h"
#include "pipeline/entry_effect.h"
#include "pipeline/output.h"
#include "pipeline/session.h"
#include "pipeline/table.h"

enum { KEY_BY = 0x400, KEY_CORPUS, KEY_CORPUS_BEFORE, KEY_STORE, KEY_ALL, KEY_FILES_FROM };

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct paths {
	const char **items;
	size_t count;
};

struct arguments {
	struct options common;      /* paths: the two lexicons, or editions */
	bool by_theme, by_entry, by_period, all;
	struct paths corpus, corpus_before; /* corpus_before: none is corpus */
};

/* ---- the lexicons themselves ---- */

struct compared {
	const struct lexicon *before, *after;
	struct lexicon_diff diff;
};

static const struct column entry_columns[] = {{"change", COLUMN_WORD},       {"theme", COLUMN_WORD},        {"pattern", COLUMN_TEXT},   {"flags", COLUMN_WORD},
                                              {"note", COLUMN_TEXT},         {"theme_before", COLUMN_WORD}, {"flags_before", COLUMN_WORD | COLUMN_SPARE}, {"note_before", COLUMN_TEXT | COLUMN_SPARE},
                                              {"line_before", COLUMN_BEFORE},  {"line", COLUMN_BEFORE}};
static const struct column theme_change_columns[] = {{"theme", COLUMN_WORD}, {"change", COLUMN_WORD}, {"sequences_gained", COLUMN_NUMBER}, {"sequences_lost", COLUMN_NUMBER}};

static const char *theme_of(const struct lexicon *l, const struct entry *e)
{
	return e->theme == THEME_NONE ? "@negation" : e->theme == THEME_ANY ? "*" : l->themes[e->theme].code;
}

static void put_flags(struct table *t, unsigned flags)
{
	char letters[sizeof ENTRY_FLAG_LETTERS];
	lexicon_flag_letters(flags, letters);
	table_text(t, letters);
}

/* Theme, flags and note of an entry, or three empty cells. */
static void put_entry_before(struct table *t, const struct lexicon *l, const struct entry *e)
{
	if (e) {
		table_text(t, theme_of(l, e));
		put_flags(t, e->flags);
		table_text(t, e->note);
		return;
	}
	table_empty(t);
	table_empty(t);
	table_empty(t);
}

static void put_place(struct table *t, const struct entry *e)
{
	if (!e) {
		table_empty(t);
		return;
	}
	struct buf place = BUF_INIT;
	buf_printf(&place, "%s:%u", e->file, (unsigned)e->line);
	table_text(t, place.data);
	buf_release(&place);
}

static void fill_entries(struct table *t, void *context)
{
	const struct compared *c = context;
	for (size_t i = 0; i < c->diff.entry_count; i++) {
		const struct entry_change *change = &c->diff.entries[i];
		const struct entry *shown = change->after ? change->after : change->before;
		table_text(t, change_word(change->change));
		table_text(t, theme_of(change->after ? c->after : c->before, shown));
		table_text(t, shown->source);
		put_flags(t, shown->flags);
		table_text(t, shown->note);
		put_entry_before(t, c->before, change->after ? change->before : NULL);
		put_place(t, change->before);
		put_place(t, change->after);
		table_end_row(t);
	}
}

static void fill_theme_changes(struct table *t, void *context)
{
	const struct compared *c = context;
	for (size_t i = 0; i < c->diff.theme_count; i++) {
		const struct theme_change *change = &c->diff.themes[i];
		table_text(t, change->code);
		table_text(t, !change->before ? "added" : !change->after ? "removed" : change->altered ? "altered" : "entries");
		table_number(t, (int64_t)change->gained);
		table_number(t, (int64_t)change->lost);
		table_end_row(t);
	}
}

static enum exit_status compare_lexicons(const struct arguments *a)
{
	const struct options *o = &a->common;
	bool with_shipped = o->path_count == 1;
	struct compared c = {.before = lexicon_open(o->paths, with_shipped ? 0 : 1), .after = lexicon_open(o->paths + !with_shipped, 1)};
	enum exit_status status = STATUS_USAGE;
	if (c.before && c.after) {
		lexicon_diff_init(&c.diff, c.before, c.after);
		size_t counts[4] = {0};
		for (size_t i = 0; i < c.diff.entry_count; i++)
			counts[c.diff.entries[i].change]++;
		if (a->by_theme)
			status = lexicon_write_table(o, theme_change_columns, COUNT(theme_change_columns), fill_theme_changes, &c);
		else
			status = lexicon_write_table(o, entry_columns, COUNT(entry_columns), fill_entries, &c);
		if (!o->quiet)
			message_note("%s %s to %s %s: %zu entries added, %zu removed, %zu altered, %zu moved; %zu themes differ", c.before->name, c.before->version, c.after->name,
			             c.after->version, counts[CHANGE_ADDED], counts[CHANGE_REMOVED], counts[CHANGE_ALTERED], counts[CHANGE_MOVED], c.diff.theme_count);
		lexicon_diff_release(&c.diff);
	}
	lexicon_free((struct lexicon *)c.before);
	lexicon_free((struct lexicon *)c.after);
	return status;
}

/* ---- what that did to the counts ---- */

struct effects {
	const struct arguments *arguments;
	const bool *shown_before, *shown_after; /* per theme */
	const struct lexicon *lexicon_before, *lexicon_after;
	struct effect effect;
	struct entry_effect entries;
};

static const struct column effect_columns[] = {
	{"year", COLUMN_WORD}, {"theme", COLUMN_WORD}, {"year_reviews_before", COLUMN_NUMBER | COLUMN_SPARE}, {"year_reviews_after", COLUMN_NUMBER | COLUMN_SPARE},
	{"reviews_before", COLUMN_NUMBER}, {"reviews_after", COLUMN_NUMBER}, {"reviews_by_lexicon", COLUMN_NUMBER}, {"reviews_gained", COLUMN_NUMBER},
	{"reviews_lost", COLUMN_NUMBER}, {"reviews_by_corpus", COLUMN_NUMBER | COLUMN_SPARE}, {"share_before", COLUMN_NUMBER | COLUMN_SPARE}, {"share_after", COLUMN_NUMBER | COLUMN_SPARE},
	{"mentions_before", COLUMN_NUMBER}, {"mentions_after", COLUMN_NUMBER}, {"mentions_by_lexicon", COLUMN_NUMBER}, {"mentions_by_corpus", COLUMN_NUMBER | COLUMN_SPARE},
	{"negated_before", COLUMN_NUMBER | COLUMN_SPARE}, {"negated_after", COLUMN_NUMBER | COLUMN_SPARE}};

/* A number of one side; empty where its lexicon has no such theme, which is not the same as finding none. */
static void put_side(struct table *t, const struct effect_row *r, int side, uint64_t number)
{
	if (r->themed[side])
		table_number(t, (int64_t)number);
	else
		table_empty(t);
}

static void put_share(struct table *t, const struct effect_row *r, int side)
{
	if (r->themed[side] && r->year_reviews[side])
		table_real(t, (double)r->reviews[side] / (double)r->year_reviews[side], 4);
	else
		table_empty(t);
}

static void put_effect(struct table *t, const struct effect_row *r)
{
	table_text(t, r->period);
	table_text(t, r->theme);
	table_number(t, (int64_t)r->year_reviews[0]);
	table_number(t, (int64_t)r->year_reviews[1]);
	put_side(t, r, 0, r->reviews[0]);
	put_side(t, r, 1, r->reviews[1]);
	table_number(t, r->reviews_by_lexicon);
	table_number(t, (int64_t)r->gained);
	table_number(t, (int64_t)r->lost);
	table_number(t, r->reviews_by_corpus);
	put_share(t, r, 0);
	put_share(t, r, 1);
	put_side(t, r, 0, r->mentions[0]);
	put_side(t, r, 1, r->mentions[1]);
	table_number(t, r->mentions_by_lexicon);
	table_number(t, r->mentions_by_corpus);
	put_side(t, r, 0, r->negated[0]);
	put_side(t, r, 1, r->negated[1]);
	table_end_row(t);
}

static bool differs(const struct effect_row *r)
{
	return r->year_reviews[0] != r->year_reviews[1] || r->themed[0] != r->themed[1] || r->gained || r->lost || r->reviews[0] != r->reviews[1] ||
	       r->mentions[0] != r->mentions[1] || r->negated[0] != r->negated[1];
}

static bool is_theme_shown(const struct effects *e, const char *code)
{
	uint32_t before = lexicon_theme(e->lexicon_before, code), after = lexicon_theme(e->lexicon_after, code);
	return (before != THEME_NONE && e->shown_before[before]) || (after != THEME_NONE && e->shown_after[after]);
}

static void fill_effects(struct table *t, void *context)
{
	const struct effects *e = context;
	for (size_t i = 0; i < e->effect.count; i++)
		if (is_theme_shown(e, e->effect.rows[i].theme) && (e->arguments->all || differs(&e->effect.rows[i])))
			put_effect(t, &e->effect.rows[i]);
}

static const struct column entry_effect_columns[] = {
	{"theme", COLUMN_WORD}, {"mentions_before", COLUMN_NUMBER}, {"mentions_after", COLUMN_NUMBER}, {"reviews_before", COLUMN_NUMBER}, {"reviews_after", COLUMN_NUMBER},
	{"flags", COLUMN_WORD}, {"where", COLUMN_BEFORE}, {"entry", COLUMN_TEXT}};

static void fill_entry_effects(struct table *t, void *context)
{
	const struct effects *e = context;
	for (size_t i = 0; i < e->entries.count; i++) {
		const struct entry_effect_row *r = &e->entries.rows[i];
		if (!is_theme_shown(e, r->theme) || (!e->arguments->all && r->mentions[0] == r->mentions[1] && r->reviews[0] == r->reviews[1]))
			continue;
		table_text(t, r->theme);
		table_number(t, (int64_t)r->mentions[0]);
		table_number(t, (int64_t)r->mentions[1]);
		table_number(t, (int64_t)r->reviews[0]);
		table_number(t, (int64_t)r->reviews[1]);
		put_flags(t, r->entry->flags);
		put_place(t, r->entry);
		table_text(t, r->entry->source);
		table_end_row(t);
	}
}

/* Sets the masks for --themes, as session_choose_themes() does; each part need only name a theme of one side. */
static bool choose_themes(const struct lexicon *const lexicons[2], const char *pattern, bool *masks[2])
{
	char *copy = mem_strdup(pattern ? pattern : "*"), *rest = copy;
	bool fine = true;
	for (int side = 0; side < 2; side++)
		masks[side] = mem_calloc(lexicons[side]->theme_count + 1, sizeof **masks);
	for (char *code; fine && (code = strsep(&rest, ",")) != NULL;) {
		bool found = false;
		for (int side = 0; side < 2; side++)
			for (size_t i = 0; i < lexicons[side]->theme_count; i++)
				if (fnmatch(code, lexicons[side]->themes[i].code, 0) == 0)
					masks[side][i] = found = true;
		fine = found || !pattern;
		if (!fine)
			message_error("--themes: neither lexicon has a theme '%s'; 'themetally lexicon stats' lists them", code);
	}
	free(copy);
	return fine;
}

static enum exit_status write_effects(const struct arguments *a, const struct effect_side sides[2])
{
	const struct options *o = &a->common;
	const struct lexicon *lexicons[2] = {sides[0].lexicon, sides[1].lexicon};
	bool *masks[2];
	enum exit_status status = STATUS_USAGE;
	if (choose_themes(lexicons, o->themes, masks)) {
		struct effects e = {.arguments = a, .shown_before = masks[0], .shown_after = masks[1], .lexicon_before = lexicons[0], .lexicon_after = lexicons[1]};
		effect_init(&e.effect, &sides[0], &sides[1], o);
		if (a->by_entry) {
			entry_effect_init(&e.entries, &sides[0], &sides[1], o);
			status = lexicon_write_table(o, entry_effect_columns, COUNT(entry_effect_columns), fill_entry_effects, &e);
			entry_effect_release(&e.entries);
		} else
			status = lexicon_write_table(o, effect_columns, COUNT(effect_columns), fill_effects, &e);
		if (!o->quiet)
			message_note("%s %s to %s %s: %llu reviews on both sides, %llu only before, %llu only after", lexicons[0]->name, lexicons[0]->version,
			             lexicons[1]->name, lexicons[1]->version, (unsigned long long)e.effect.common, (unsigned long long)e.effect.only_before,
			             (unsigned long long)e.effect.only_after);
		effect_release(&e.effect);
	}
	free(masks[0]);
	free(masks[1]);
	return status;
}

/* Counts one side: the corpus under the lexicon, which is the shipped one if path is NULL. o must outlive the session. */
static enum exit_status count_side(struct session *s, struct options *o, const struct paths *corpus, const char **path, bool with_evidence)
{
	o->lexicons = path;
	o->lexicon_count = path ? 1 : 0;
	o->paths = corpus->items;
	o->path_count = corpus->count;
	o->themes = NULL;
	enum exit_status status = session_open(s, o, NEED_THEMES);
	return status == STATUS_DONE ? session_run(s, with_evidence ? s->shown : NULL, 0) : status; /* without --themes all are shown */
}

static enum exit_status compare_on_corpus(const struct arguments *a)
{
	const struct options *o = &a->common;
	struct options copies[2] = {*o, *o};
	struct session sessions[2] = {{0}, {0}};
	const struct paths *before = a->corpus_before.count ? &a->corpus_before : &a->corpus;
	enum exit_status status = count_side(&sessions[0], &copies[0], before, o->path_count == 2 ? &o->paths[0] : NULL, a->by_entry);
	if (status == STATUS_DONE)
		status = count_side(&sessions[1], &copies[1], &a->corpus, &o->paths[o->path_count - 1], a->by_entry);
	if (status == STATUS_DONE) {
		struct effect_side sides[2] = {{sessions[0].lexicon, sessions[0].ledger}, {sessions[1].lexicon, sessions[1].ledger}};
		status = write_effects(a, sides);
	}
	for (int side = 0; side < 2; side++) {
		enum exit_status closed = session_close(&sessions[side], status);
		status = closed > status ? closed : status;
	}
	return status;
}

/* Finds the editions that the arguments name: their numbers, or the last two. */
static enum exit_status find_editions(struct store *store, const struct options *o, struct edition editions[2])
{
	int64_t numbers[2] = {0, 0};
	for (size_t i = 0; i < o->path_count; i++) {
		char *end;
		numbers[i] = strtoll(o->paths[i], &end, 10);
		if (!*o->paths[i] || *end || numbers[i] < 1) {
			message_error("lexicon diff --store: '%s' is no number of an edition; 'themetally status' lists them", o->paths[i]);
			return STATUS_USAGE;
		}
	}
	int found = store_find_edition(store, numbers[1], &editions[1]);
	if (found == 1 && !numbers[0])
		for (numbers[0] = editions[1].id, found = 0; found == 0 && --numbers[0] > 0;)
			found = store_find_edition(store, numbers[0], &editions[0]);
	else if (found == 1)
		found = store_find_edition(store, numbers[0], &editions[0]);
	if (found == 0)
		message_error(o->path_count ? "%s holds no such edition; 'themetally status' lists them" : "%s holds fewer than two editions", o->store);
	return found == 1 ? STATUS_DONE : found == 0 ? STATUS_USAGE : STATUS_CANNOT_RUN;
}

static enum exit_status compare_editions(const struct arguments *a)
{
	const struct options *o = &a->common;
	struct store *store = store_open(o->store, STORE_READ);
	if (!store)
		return STATUS_CANNOT_RUN;
	struct edition editions[2];
	struct lexicon *lexicons[2] = {NULL, NULL};
	struct spill *spills[2] = {NULL, NULL};
	struct archive_path *archives[2] = {NULL, NULL};
	size_t counts[2] = {0, 0};
	struct effect_side sides[2] = {{NULL, NULL}, {NULL, NULL}};
	enum exit_status status = store_run_sql(store, "BEGIN") == 0 ? find_editions(store, o, editions) : STATUS_CANNOT_RUN;
	for (int side = 0; side < 2 && status == STATUS_DONE; side++) {
		spills[side] = spill_new(NULL, 64 << 20);
		lexicons[side] = store_lexicon(store, editions[side].id);
		if (lexicons[side]) {
			lexicons[side]->name = editions[side].lexicon_name;
			lexicons[side]->version = editions[side].lexicon_version;
		}
		sides[side] = (struct effect_side){lexicons[side], store_ledger(store, &editions[side], spills[side], &archives[side], &counts[side])};
		if (!lexicons[side] || !sides[side].ledger)
			status = STATUS_CANNOT_RUN;
	}
	if (status == STATUS_DONE)
		status = write_effects(a, sides);
	for (int side = 0; side < 2; side++) {
		ledger_free(sides[side].ledger);
		spill_free(spills[side]);
		archive_list_free(archives[side], counts[side]);
		lexicon_free(lexicons[side]);
	}
	store_close(store);
	return status;
}

/* ---- the command line ---- */

static void add_path(struct paths *list, const char *path, struct argp_state *state)
{
	if (strcmp(path, "-") == 0)
		argp_error(state, "a corpus is read twice: name files or directories, not standard input");
	list->items = mem_realloc(list->items, list->count + 1, sizeof *list->items);
	list->items[list->count++] = path;
}

/* Every word but entry and theme is a period. */
static void parse_by(struct arguments *a, const char *arg, struct argp_state *state)
{
	char message[200];
	a->by_theme = strcmp(arg, "theme") == 0;
	a->by_entry = strcmp(arg, "entry") == 0;
	a->by_period = !a->by_theme && !a->by_entry;
	periods_release(&a->common.periods);
	if (a->by_period && periods_parse(arg, &a->common.periods, message, sizeof message) != 0)
		argp_error(state, "--by: '%s' is neither entry nor theme, nor a period: %s", arg, message);
}

static void check_arguments(const struct arguments *a, struct argp_state *state)
{
	const struct options *o = &a->common;
	bool counts = o->store || a->corpus.count;
	if (o->lexicon_count)
		argp_error(state, "name the lexicons without --lexicon: BEFORE AFTER");
	if (o->store && (a->corpus.count || a->corpus_before.count))
		argp_error(state, "--corpus and --store exclude each other");
	if (!a->corpus.count && a->corpus_before.count)
		argp_error(state, "--corpus-before goes with --corpus");
	if (o->facet != FACET_NONE)
		argp_error(state, "there is no --facet here; --where chooses the reviews of one value");
	if (o->store ? o->path_count != 0 && o->path_count != 2 : o->path_count != 1 && o->path_count != 2)
		argp_error(state, o->store ? "name the editions before and after, or none for the last two"
		                           : "name the lexicon before and the one after, or one to compare with the shipped lexicon");
	if (!counts && (a->by_period || a->all))
		argp_error(state, "periods and --all go with --corpus or --store");
	if (counts && a->by_theme)
		argp_error(state, "with --corpus or --store the rows are periods and themes; --by names the period");
	if (o->store && a->by_entry)
		argp_error(state, "a store does not keep which entries it found: --by entry goes with --corpus");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case KEY_BY: parse_by(a, arg, state); return 0;
	case KEY_CORPUS: add_path(&a->corpus, arg, state); return 0;
	case KEY_CORPUS_BEFORE: add_path(&a->corpus_before, arg, state); return 0;
	case KEY_STORE: a->common.store = arg; return 0;
	case KEY_ALL: a->all = true; return 0;
	case KEY_FILES_FROM: argp_error(state, "there is no --files-from here; --corpus names archives and directories"); return 0;
	case ARGP_KEY_END: check_arguments(a, state);
	}
	return options_common_key(key, arg, state, &a->common, 5);
}

static const struct argp_option own[] = {
	{"by", KEY_BY, "WHAT", 0, "entry (default) or theme; with --corpus or --store the period: year (default), fy, period:2011-14,2014-17; entry with --corpus: the entries that carry the change", 0},
	{"corpus", KEY_CORPUS, "PATH", 0, "Count these archives under both lexicons and show what differs (repeatable)", 0},
	{"corpus-before", KEY_CORPUS_BEFORE, "PATH", 0, "The archives that BEFORE was counted on, if they were others (repeatable)", 0},
	{"store", KEY_STORE, "DB", 0, "Compare two editions of the store DB, named by their numbers; without numbers the last two", 0},
	{"all", KEY_ALL, NULL, 0, "With --corpus or --store: also rows in which nothing differs", 0},
	{"files-from", KEY_FILES_FROM, "FILE", OPTION_HIDDEN, NULL, 0},
	{0}};
static const struct argp_child children[] = {
	{&options_lexicon_argp, 0, NULL, 0}, {&options_select_argp, 0, NULL, 0}, {&options_input_argp, 0, NULL, 0}, {&options_output_argp, 0, NULL, 0},
	{&options_run_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
	own, parse, "[BEFORE] AFTER\n--store DB [EDITION EDITION]",
	"What changed between two lexicons; with one, against the shipped lexicon. With --corpus or --store, what that did to the counts.\v"
	"Patterns are the same when they have the same items, however they are spaced or capitalised.\n\n"
	"With --corpus or --store, one row per year and theme in which anything differs. reviews_by_lexicon and mentions_by_lexicon are the change on "
	"the reviews that both sides hold (the same words in the same year): the lexicon's doing. reviews_gained and reviews_lost say how many of "
	"these have the theme only after and only before. reviews_by_corpus and mentions_by_corpus are the change from reviews that came or went. "
	"Before plus both changes is after. A number of a side whose lexicon lacks the theme is empty.\n\n"
	"Examples:\n"
	"  themetally lexicon diff old/ new/\n"
	"  themetally lexicon diff --by theme mine.tsv\n"
	"  themetally lexicon diff --corpus digests/ old/ new/\n"
	"  themetally lexicon diff --corpus digests/ --by entry old/ new/\n"
	"  themetally lexicon diff --corpus-before 2024/ --corpus digests/ old/ new/\n"
	"  themetally lexicon diff --store reviews.db 1 2\n",
	children, NULL, NULL};

int lexicon_diff(int argc, char **argv)
{
	struct arguments a = {0};
	options_init(&a.common);
	enum exit_status status = STATUS_USAGE;
	if (options_parse_into(&argp, argc, argv, &a, &a.common) == 0)
		status = a.common.store ? compare_editions(&a) : a.corpus.count ? compare_on_corpus(&a) : compare_lexicons(&a);
	free(a.corpus.items);
	free(a.corpus_before.items);
	options_release(&a.common);
	return status;
}
