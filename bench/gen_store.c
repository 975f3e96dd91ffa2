/* Writes a store of any size without any archive: rows as a run gives them go through the public functions of the store, one archive after another.
 *
 * A review has about a hundred and fifty words, some of them from phrases that many reviews share, and about ten themes out of sixty, the frequent
 * ones oftener; three in a hundred are copies of an earlier one with a few words changed. The same seed gives the same store but for the times in it. */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "bench/rng.h"
#include "matchers/lexicon.h"
#include "pipeline/dedupe.h"
#include "pipeline/store.h"

enum { WORDS_MOST = 400, PHRASES = 300, PHRASE_WORDS = 8, VOCABULARY = 20000, FIRST_YEAR = 2000, YEARS = 26, BOARDS = 150, REMEMBERED = 4096 };

struct arguments {
	uint64_t seed, reviews, archives;
	unsigned themes;
	double themes_each;
	const char *path;
};

static const struct argp_option options[] = {
	{"seed", 's', "N", 0, "Random seed (1)", 0},
	{"reviews", 'n', "N", 0, "Reviews (1000000)", 0},
	{"archives", 'a', "N", 0, "Archives they come from (1000)", 0},
	{"themes", 't', "N", 0, "Themes of the lexicon (60)", 0},
	{"themes-each", 'e', "N", 0, "Themes found in a review, on average (10)", 0},
	{0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 's': a->seed = strtoull(arg, NULL, 10); break;
	case 'n': a->reviews = strtoull(arg, NULL, 10); break;
	case 'a': a->archives = strtoull(arg, NULL, 10); break;
	case 't': a->themes = (unsigned)atoi(arg); break;
	case 'e': a->themes_each = strtod(arg, NULL); break;
	case ARGP_KEY_ARG:
		if (a->path)
			argp_usage(state);
		a->path = arg;
		break;
	case ARGP_KEY_END:
		if (!a->path || !a->reviews || !a->archives || a->themes < 1 || a->themes > 10000)
			argp_usage(state);
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {options, parse, "STORE", "Writes a synthetic store.", NULL, NULL, NULL};

struct text {
	uint64_t words[WORDS_MOST];
	size_t count;
};

struct making {
	struct arguments a;
	struct rng rng;
	uint64_t phrases[PHRASES][PHRASE_WORDS];
	struct text remembered[REMEMBERED]; /* earlier texts, to copy from */
	uint64_t made;
	char title[96], board[48], child[24], published[32];
	struct theme_tally *tallies;
	double *chance;                     /* per theme */
};

static uint64_t a_word(struct rng *rng)
{
	double u = rng_real(rng);
	uint64_t rank = (uint64_t)(u * u * u * VOCABULARY); /* the first ones far oftener */
	return rng_mix(&rank);
}

static void write_text(struct making *m, struct text *t)
{
	size_t length = 80 + rng_below(&m->rng, 140);
	t->count = 0;
	while (t->count < length) {
		if (rng_below(&m->rng, 12) == 0) {
			double u = rng_real(&m->rng);
			memcpy(t->words + t->count, m->phrases[(size_t)(u * u * PHRASES)], sizeof m->phrases[0]);
			t->count += PHRASE_WORDS;
		} else {
			t->words[t->count++] = a_word(&m->rng);
		}
	}
}

static void next_text(struct making *m, struct text *t)
{
	if (m->made > REMEMBERED && rng_below(&m->rng, 100) < 3) {
		*t = m->remembered[rng_below(&m->rng, REMEMBERED)];
		for (unsigned i = rng_below(&m->rng, 6); i > 0; i--)
			t->words[rng_below(&m->rng, (uint32_t)t->count)] = a_word(&m->rng);
	} else {
		write_text(m, t);
	}
	m->remembered[m->made++ % REMEMBERED] = *t;
}

static void add_review(struct making *m, struct buf *rows, uint32_t ordinal)
{
	static const char *const months[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
	struct rng *rng = &m->rng;
	struct text t;
	next_text(m, &t);
	int year = FIRST_YEAR + (int)rng_below(rng, YEARS), month = 1 + (int)rng_below(rng, 12);
	snprintf(m->title, sizeof m->title, "Death of a %u-month-old child in %d", 1 + rng_below(rng, 200), year - 1);
	snprintf(m->board, sizeof m->board, "Synthetic %u Safeguarding Children Board", rng_below(rng, BOARDS));
	snprintf(m->child, sizeof m->child, "Child %c%u", 'A' + (int)rng_below(rng, 26), rng_below(rng, 100));
	snprintf(m->published, sizeof m->published, "%s %d", months[month - 1], year);
	struct review_row row = {
		.member = "", .ordinal = ordinal, .offset = (uint64_t)ordinal * 1100, .length = 1050, .first_line = ordinal * 20 + 1, .last_line = ordinal * 20 + 19,
		.kind = KIND_REVIEW, .title = m->title, .section = "NEGLECT", .board = m->board, .child = m->child, .method = "", .layout = "monthly-list",
		.published = {year, month, "month-heading", m->published, ""}, .incident = {year - 1, 0, "title", m->title, ""},
		.outcome = (enum outcome)rng_below(rng, OUTCOME_COUNT), .age_months = (int)rng_below(rng, 200), .age_band = (enum age_band)rng_below(rng, AGE_BAND_COUNT),
		.gender = (enum gender)rng_below(rng, GENDER_COUNT), .recommendations = -1, .words = t.count, .has_sketch = true, .counted = true, .tallies = m->tallies};
	fingerprint_compute(t.words, t.count, row.fingerprint);
	sketch_compute(t.words, t.count, row.sketch);
	for (unsigned i = 0; i < m->a.themes; i++)
		if (rng_real(rng) < m->chance[i]) {
			uint32_t mentions = 1 + rng_below(rng, 4) * rng_below(rng, 2);
			m->tallies[row.tally_count++] = (struct theme_tally){i, mentions, rng_below(rng, 12) == 0, mentions > 1 ? mentions - 1 : 1};
		}
	row_encode(rows, &row);
}

/* Chances that fall off as 1 / (rank + 4), scaled so that they add up to themes_each. */
static void set_chances(struct making *m)
{
	double sum = 0;
	m->chance = mem_calloc(m->a.themes, sizeof *m->chance);
	m->tallies = mem_calloc(m->a.themes, sizeof *m->tallies);
	for (unsigned i = 0; i < m->a.themes; i++)
		sum += 1.0 / (i + 4);
	for (unsigned i = 0; i < m->a.themes; i++)
		m->chance[i] = m->a.themes_each / sum / (i + 4);
}

static struct lexicon *make_lexicon(unsigned themes)
{
	struct buf text = BUF_INIT;
	struct problem_list problems = {0};
	buf_append_str(&text, "theme\tpattern\n");
	for (unsigned i = 0; i < themes; i++)
		buf_printf(&text, "domain%u.theme%u\tword%u\n", i / 10, i, i);
	struct lexicon_source source = {"synthetic", text.data, text.length};
	struct lexicon *lexicon = lexicon_read(&source, 1, NULL, &problems);
	problem_list_release(&problems);
	buf_release(&text);
	return lexicon;
}

/* Every archive's number, reviews spread evenly. 0, or -1. */
static int put_archives(struct making *m, struct store *s, const struct edition *e)
{
	struct buf rows = BUF_INIT;
	int failed = 0;
	for (uint64_t i = 0; i < m->a.archives && !failed; i++) {
		uint32_t count = (uint32_t)((i + 1) * m->a.reviews / m->a.archives - i * m->a.reviews / m->a.archives);
		char path[64];
		struct spill *spill = spill_new(NULL, 64 << 20);
		buf_clear(&rows);
		for (uint32_t k = 0; k < count; k++)
			add_review(m, &rows, k);
		snprintf(path, sizeof path, "synthetic/%03" PRIu64 "/digest-%06" PRIu64 ".txt.gz", i / 1000, i);
		struct sheaf sheaf = {spill_append(spill, rows.data, rows.length), rows.length, 0, count};
		struct archive_result result = {.index = i, .path = path, .opened = true, .sheaves = &sheaf, .sheaf_count = count > 0,
		                                .account = {.units_sealed = 1, .members = 1, .decoded_bytes = (uint64_t)count * 1100}};
		struct file_identity identity = {(int64_t)count * 400, 1700000000000000000 + (int64_t)i, 1, (int64_t)i};
		failed = store_put_archive(s, e->id, &identity, &result, spill);
		spill_free(spill);
	}
	buf_release(&rows);
	return failed;
}

int main(int argc, char **argv)
{
	struct making *m = mem_calloc(1, sizeof *m);
	m->a = (struct arguments){.seed = 1, .reviews = 1000000, .archives = 1000, .themes = 60, .themes_each = 10};
	argp_parse(&argp, argc, argv, 0, NULL, &m->a);
	rng_init(&m->rng, m->a.seed);
	for (size_t i = 0; i < PHRASES; i++)
		for (size_t k = 0; k < PHRASE_WORDS; k++)
			m->phrases[i][k] = a_word(&m->rng);
	set_chances(m);
	struct options o;
	options_init(&o);
	struct lexicon *lexicon = make_lexicon(m->a.themes);
	struct store *s = store_open(m->a.path, STORE_BUILD);
	struct edition e;
	unsigned char key[32];
	double start = clock_seconds(), written = start;
	int failed = !lexicon || !s ? -1 : 0;
	if (!failed) {
		edition_key(lexicon, &o, key);
		failed = store_make_edition(s, key, lexicon, &o, &e) || put_archives(m, s, &e);
		written = clock_seconds();
		failed = failed || store_settle(s, &e, 2);
	}
	if (!failed)
		printf("%" PRIu64 " reviews of %" PRIu64 " archives: written in %.1f s, settled in %.1f s\n", m->a.reviews, m->a.archives, written - start, clock_seconds() - written);
	store_close(s);
	lexicon_free(lexicon);
	options_release(&o);
	free(m->chance);
	free(m->tallies);
	free(m);
	return failed ? 3 : 0;
}
