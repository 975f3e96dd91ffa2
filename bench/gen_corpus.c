/* Writes a synthetic corpus of any size and the true table of it.
 *
 * Reviews are made of sentences whose truth is known (bench/sentences.h) and stand in monthly lists, which is how the pipeline finds and dates
 * them. The same seed and lexicon give the same reviews in every form. DIRECTORY gets corpus/, truth.csv (the first eight columns of
 * `themetally count`), truth-all.csv (as with --duplicates all) and manifest.json; for plain lexicons, tables for their first so many entries as well. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "bench/corpus_writer.h"
#include "bench/sentences.h"

static const char *const month_names[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
static const char *const boards[] = {"Aldermere", "Brackenshire", "Carrowdale", "Eastermoor", "Kelderwick", "Marlhaven", "Penhallow", "Saltmarsh", "Stowbridge", "Wrenmouth"};
static const char *const openers[] = {"Death of a %d-month-old boy in %d.", "Death of a %d-week-old girl in %d.", "Serious injuries to a %d-year-old girl in %d.",
	"Death of a %d-year-old boy in %d.", "Injuries to a %d-month-old girl in %d."};
/* A paragraph begins with one of these, never with a sentence of the bank, which might be taken for the first of a review ("Assault by ..."). */
static const char *const leads[] = {"Background:", "Key issues:", "Learning includes:", "Recommendations include:"};
enum { FIRST_YEAR = 2010, YEARS = 16, BOARDS = sizeof boards / sizeof *boards, OPENERS = sizeof openers / sizeof *openers, LEADS = sizeof leads / sizeof *leads };

struct arguments {
	uint64_t seed, bytes;
	const char *lexicon, *directory, *sizes;
	enum form form;
	int level;
	double per_archive, duplicates;
	struct bank_options bank;
};

static const struct argp_option options[] = {
	{"seed", 's', "N", 0, "Random seed (1)", 0},
	{"size", 'n', "BYTES", 0, "Bytes of text; K, M and G are understood (20M)", 0},
	{"lexicon", 'l', "PATH", 0, "Lexicon to plant phrases of (the shipped one)", 0},
	{"plain", 'p', "SIZES", OPTION_ARG_OPTIONAL, "The lexicon comes from gen_lexicon; truths also for its first so many entries (1000,4000)", 0},
	{"form", 'f', "FORM", 0, "txt, gz, tar.gz, zip or jsonl.gz (gz)", 0},
	{"level", 'z', "1-9", 0, "Compression level (6)", 0},
	{"reviews-per-archive", 'r', "N", 0, "On average, log-normal; 0: just one (12)", 0},
	{"duplicates", 'd', "SHARE", 0, "Reviews that are listed twice (0.005)", 0},
	{"sentences", 'b', "N", 0, "Different sentences, slots apart (60000)", 0},
	{"density", 'h', "N", 0, "Planted phrases per 1000 words (110; plain: 75)", 0},
	{"near-misses", 'm', "N", 0, "Misleading fragments per planted phrase (0.5)", 0},
	{"lexicon-words", 'w', "SHARE", 0, "Background words drawn from the lexicon (0.35; plain: 0.12)", 0},
	{"foreign-words", 'x', "SHARE", 0, "Background words drawn from everywhere (0.1)", 0},
	{"output", 'o', "DIRECTORY", 0, "Where to write; must hold no corpus yet", 0},
	{0}};

static uint64_t parse_bytes(const char *s)
{
	char *unit;
	double n = strtod(s, &unit);
	return (uint64_t)(n * (*unit == 'K' ? 1e3 : *unit == 'M' ? 1e6 : *unit == 'G' ? 1e9 : 1));
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 's': a->seed = strtoull(arg, NULL, 10); break;
	case 'n': a->bytes = parse_bytes(arg); break;
	case 'l': a->lexicon = arg; break;
	case 'p': a->bank.plain = true; a->sizes = arg; break;
	case 'f':
		if (form_parse(arg, &a->form))
			argp_error(state, "%s: not a form", arg);
		break;
	case 'z': a->level = atoi(arg); break;
	case 'r': a->per_archive = strtod(arg, NULL); break;
	case 'd': a->duplicates = strtod(arg, NULL); break;
	case 'b': a->bank.sentences = strtoul(arg, NULL, 10); break;
	case 'h': a->bank.density = strtod(arg, NULL); break;
	case 'm': a->bank.near_misses = strtod(arg, NULL); break;
	case 'w': a->bank.lexicon_words = strtod(arg, NULL); break;
	case 'x': a->bank.foreign_words = strtod(arg, NULL); break;
	case 'o': a->directory = arg; break;
	case ARGP_KEY_END:
		if (!a->directory)
			argp_error(state, "--output is needed");
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* ---- the true table ---- */

struct cell {
	uint64_t reviews, reviews_negated, mentions, negated;
};
struct table {
	struct cell *cells; /* [year][theme] */
	uint64_t reviews[YEARS], words[YEARS];
};
struct tables {
	const struct lexicon *lexicon;
	size_t sizes[MAX_SIZES], size_count;
	struct table once[MAX_SIZES], all[MAX_SIZES];
	struct theme_count *seen[MAX_SIZES]; /* of the review being written, by theme */
	uint32_t review_words;
};

static void tables_init(struct tables *t, const struct lexicon *lexicon)
{
	t->lexicon = lexicon;
	for (size_t z = 0; z < t->size_count; z++) {
		t->once[z].cells = mem_calloc(YEARS * lexicon->theme_count, sizeof(struct cell));
		t->all[z].cells = mem_calloc(YEARS * lexicon->theme_count, sizeof(struct cell));
		t->seen[z] = mem_calloc(lexicon->theme_count, sizeof(struct theme_count));
	}
}

static void note_sentence(struct tables *t, const struct sentence *s)
{
	t->review_words += s->words;
	for (size_t z = 0; z < t->size_count; z++)
		for (size_t i = 0; i < s->truth[z].count; i++) {
			const struct theme_count *c = &s->truth[z].counts[i];
			t->seen[z][c->theme].mentions += c->mentions;
			t->seen[z][c->theme].negated += c->negated;
		}
}

static void add_review(struct tables *t, struct table *table, size_t z, int year)
{
	table->reviews[year]++;
	table->words[year] += t->review_words;
	for (size_t i = 0; i < t->lexicon->theme_count; i++) {
		const struct theme_count *c = &t->seen[z][i];
		struct cell *cell = &table->cells[(size_t)year * t->lexicon->theme_count + i];
		cell->reviews += c->mentions > 0;
		cell->reviews_negated += c->negated > 0;
		cell->mentions += c->mentions;
		cell->negated += c->negated;
	}
}

static void end_review(struct tables *t, int year, int copies)
{
	for (size_t z = 0; z < t->size_count; z++) {
		add_review(t, &t->once[z], z, year);
		for (int i = 0; i < copies; i++)
			add_review(t, &t->all[z], z, year);
		memset(t->seen[z], 0, t->lexicon->theme_count * sizeof(struct theme_count));
	}
	t->review_words = 0;
}

static FILE *create(const char *directory, const char *name)
{
	struct buf path = BUF_INIT;
	buf_printf(&path, "%s/%s", directory, name);
	FILE *f = fopen(path.data, "w");
	if (!f) {
		fprintf(stderr, "gen_corpus: %s: %s\n", path.data, strerror(errno));
		exit(1);
	}
	buf_release(&path);
	return f;
}

static void write_table(const struct tables *t, const struct table *table, const char *directory, const char *name)
{
	FILE *f = create(directory, name);
	fprintf(f, "year,theme,reviews,reviews_negated,mentions,mentions_negated,year_reviews,year_words\n");
	for (int y = 0; y < YEARS; y++)
		for (size_t i = 0; i < t->lexicon->theme_count && table->reviews[y]; i++) {
			const struct cell *c = &table->cells[(size_t)y * t->lexicon->theme_count + i];
			fprintf(f, "%d,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", FIRST_YEAR + y, t->lexicon->themes[i].code, c->reviews,
				c->reviews_negated, c->mentions, c->negated, table->reviews[y], table->words[y]);
		}
	fclose(f);
}

static void write_tables(const struct tables *t, const char *directory)
{
	for (size_t z = 0; z < t->size_count; z++) {
		char once[40] = "truth.csv", all[40] = "truth-all.csv";
		if (z + 1 < t->size_count) {
			snprintf(once, sizeof once, "truth-%zu.csv", t->sizes[z]);
			snprintf(all, sizeof all, "truth-all-%zu.csv", t->sizes[z]);
		}
		write_table(t, &t->once[z], directory, once);
		write_table(t, &t->all[z], directory, all);
	}
}

/* ---- reviews ---- */

struct maker {
	struct bank *bank;
	struct tables tables;
	struct rng rng;
	size_t headings[BOARDS], opening[OPENERS], lead[LEADS], issues;
	uint64_t reviews, copies, words, text_bytes;
};

static double normal(struct rng *rng)
{
	return sqrt(-2 * log(1 - rng_real(rng))) * cos(6.283185307 * rng_real(rng));
}

static void write_sentence(struct maker *m, const struct sentence *s, struct buf *out)
{
	sentence_write(m->bank, s, &m->rng, out);
	note_sentence(&m->tables, s);
}

/* A sentence of the bank that makes no great part of the review: two that share a few are then far from being alike. (With any sentences, two shared ones of
 * forty words made up over half of some short reviews, and those were rightly taken for summaries of longer ones.) */
static const struct sentence *draw_sentence(struct maker *m, uint32_t length)
{
	const struct sentence *s;
	do
		s = bank_draw(m->bank, &m->rng);
	while (s->words > length / (length < 160 ? 8 : 6));
	return s;
}

/* Appends one review: a heading line, a blank line, paragraphs. */
static void write_review(struct maker *m, int year, struct buf *out)
{
	struct rng *r = &m->rng;
	/* Real reviews in digests: median 206 words, log-normal with a standard deviation of 0.35; shorter ones than these would often share
	 * enough with another to be taken for its summary. */
	uint32_t length = (uint32_t)fmax(110, exp(5.33 + 0.35 * normal(r))), board = rng_below(r, BOARDS), opener = rng_below(r, OPENERS);
	buf_printf(out, "%s LSCB: Child %c%u\n\n", boards[board], 'A' + (int)rng_below(r, 26), rng_below(r, 100000000));
	note_sentence(&m->tables, bank_at(m->bank, m->headings[board]));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	buf_printf(out, openers[opener], 2 + (int)rng_below(r, 15), year - 1 - (int)rng_below(r, 3));
#pragma GCC diagnostic pop
	note_sentence(&m->tables, bank_at(m->bank, m->opening[opener]));
	bool listed = false;
	while (m->tables.review_words < length) {
		if (!listed && m->tables.review_words > length / 2 && rng_below(r, 4) == 0) {
			buf_append_char(out, ' ');
			write_sentence(m, bank_at(m->bank, m->issues), out);
			listed = true;
		}
		if (rng_below(r, 14) == 0) {
			buf_append_str(out, "\n\n");
			write_sentence(m, bank_at(m->bank, m->lead[rng_below(r, LEADS)]), out);
		}
		buf_append_char(out, ' ');
		write_sentence(m, draw_sentence(m, length), out);
		if (listed)
			out->data[out->length - 1] = ';';
	}
	out->data[out->length - 1] = '.';
	buf_append_str(out, "\n");
}

static void write_record(struct corpus_writer *w, uint64_t id, int year, int month, const struct buf *review)
{
	char date[16];
	snprintf(date, sizeof date, "%d-%02d", year, month);
	json_t *o = json_pack("{sI ss ss#}", "id", (json_int_t)id, "published", date, "text", review->data, (int)review->length);
	char *line = json_dumps(o, JSON_COMPACT);
	struct buf b = BUF_INIT;
	buf_printf(&b, "%s\n", line);
	corpus_writer_line(w, b.data, b.length);
	buf_release(&b);
	free(line);
	json_decref(o);
}

static void write_corpus(struct maker *m, const struct arguments *a, struct corpus_writer *w)
{
	struct buf archive = BUF_INIT, review = BUF_INIT;
	for (uint64_t number = 0; m->text_bytes < a->bytes; number++) {
		int year = FIRST_YEAR + (int)rng_below(&m->rng, YEARS), month = 1 + (int)rng_below(&m->rng, 12);
		size_t count = a->per_archive > 0 ? (size_t)fmax(1, a->per_archive * exp(0.8 * normal(&m->rng) - 0.32)) : 1;
		char name[64];
		snprintf(name, sizeof name, "%03" PRIu64 "/%d-%02d-%06" PRIu64, number / 1000, year, month, number);
		buf_clear(&archive);
		buf_printf(&archive, "Case Review Repository - %s %d\n\nThe Serious Case Reviews below were published to the Case Review Repository in %s %d:\n", month_names[month - 1], year,
			month_names[month - 1], year);
		for (size_t i = 0; i < count && (i == 0 || m->text_bytes < a->bytes); i++) {
			buf_clear(&review);
			write_review(m, year, &review);
			int copies = rng_real(&m->rng) < a->duplicates ? 2 : 1;
			m->words += m->tables.review_words;
			end_review(&m->tables, year - FIRST_YEAR, copies);
			m->reviews++;
			m->copies += (uint64_t)copies - 1;
			for (int c = 0; c < copies; c++) {
				m->text_bytes += review.length;
				if (a->form == FORM_JSONL) {
					write_record(w, m->reviews * 2 + (uint64_t)c, year, month, &review);
				} else {
					buf_append_char(&archive, '\n');
					buf_append(&archive, review.data, review.length);
				}
			}
		}
		if (a->form != FORM_JSONL)
			corpus_writer_archive(w, name, archive.data, archive.length);
	}
	buf_release(&archive);
	buf_release(&review);
}

/* ---- start and end ---- */

static struct lexicon *load_lexicon(const char *path)
{
	struct problem_list problems = {0};
	struct lexicon *l = path ? lexicon_load(&path, 1, NULL, &problems) : lexicon_load(NULL, 0, NULL, &problems);
	for (size_t i = 0; i < problems.count && !l; i++)
		fprintf(stderr, "gen_corpus: %s:%u: %s\n", problems.items[i].file, problems.items[i].line, problems.items[i].message);
	problem_list_release(&problems);
	if (!l)
		exit(1);
	return l;
}

static void add_own_sentences(struct maker *m)
{
	char text[200];
	for (size_t i = 0; i < BOARDS; i++) {
		snprintf(text, sizeof text, "%s LSCB: Child K417", boards[i]);
		m->headings[i] = bank_add(m->bank, text);
	}
	for (size_t i = 0; i < OPENERS; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof text, openers[i], 12, 2014);
#pragma GCC diagnostic pop
		m->opening[i] = bank_add(m->bank, text);
	}
	for (size_t i = 0; i < LEADS; i++)
		m->lead[i] = bank_add(m->bank, leads[i]);
	m->issues = bank_add(m->bank, "Issues identified include:");
}

static void write_manifest(const struct maker *m, const struct arguments *a, uint64_t written)
{
	static const char *const forms[] = {"txt", "gz", "tar.gz", "zip", "jsonl.gz"};
	const struct bank_figures *f = bank_figures(m->bank);
	char sha[2 * SHA256_BYTES + 1];
	sha256_hex(m->tables.lexicon->sha256, sha);
	json_t *o = json_pack("{sI ss sI sI sI sI sI sI ss sI s{sI sI sI sI sI sI}}", "seed", (json_int_t)a->seed, "form", forms[a->form], "level", (json_int_t)a->level, "text_bytes",
		(json_int_t)m->text_bytes, "disk_bytes", (json_int_t)written, "reviews", (json_int_t)m->reviews, "copies", (json_int_t)m->copies, "words", (json_int_t)m->words,
		"lexicon_sha256", sha, "lexicon_entries", (json_int_t)m->tables.lexicon->entry_count, "bank", "sentences", (json_int_t)f->sentences, "words", (json_int_t)f->words, "planted",
		(json_int_t)f->planted, "counted", (json_int_t)f->counted, "near_misses", (json_int_t)f->near_misses, "dropped", (json_int_t)f->dropped);
	FILE *out = create(a->directory, "manifest.json");
	json_dumpf(o, out, JSON_INDENT(1));
	fputc('\n', out);
	fclose(out);
	json_decref(o);
}

int main(int argc, char **argv)
{
	struct arguments a = {.seed = 1, .bytes = 20000000, .form = FORM_GZ, .level = 6, .per_archive = 12, .duplicates = 0.005,
		.bank = {.density = -1, .near_misses = 0.5, .lexicon_words = -1, .foreign_words = 0.1, .negated = 0.02}};
	struct argp argp = {options, parse, NULL, "Writes a synthetic corpus of case reviews whose per-year theme table is known by construction.", NULL, NULL, NULL};
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	struct maker m = {0};
	struct lexicon *lexicon = load_lexicon(a.lexicon);
	for (const char *s = a.sizes; s && *s && m.tables.size_count < MAX_SIZES - 1;) {
		char *end;
		size_t n = strtoul(s, &end, 10);
		if (n && n < lexicon->entry_count)
			m.tables.sizes[m.tables.size_count++] = n;
		s = *end ? end + 1 : end;
	}
	m.tables.sizes[m.tables.size_count++] = lexicon->entry_count;
	tables_init(&m.tables, lexicon);
	a.bank.seed = a.seed;
	a.bank.sizes = m.tables.sizes;
	a.bank.size_count = m.tables.size_count;
	if (a.bank.density < 0)
		a.bank.density = a.bank.plain ? 75 : 110;
	if (a.bank.lexicon_words < 0)
		a.bank.lexicon_words = a.bank.plain ? 0.12 : 0.35;
	if (!a.bank.sentences)
		a.bank.sentences = 60000;
	m.bank = bank_new(lexicon, &a.bank);
	add_own_sentences(&m);
	rng_init(&m.rng, a.seed + 100);

	struct buf corpus = BUF_INIT;
	buf_printf(&corpus, "%s/corpus", a.directory);
	if ((mkdir(a.directory, 0777) && errno != EEXIST) || mkdir(corpus.data, 0777)) {
		fprintf(stderr, "gen_corpus: %s: %s\n", corpus.data, strerror(errno));
		return 1;
	}
	struct corpus_writer *w = corpus_writer_new(corpus.data, a.form, a.level);
	write_corpus(&m, &a, w);
	uint64_t written = corpus_writer_close(w);
	write_tables(&m.tables, a.directory);
	write_manifest(&m, &a, written);
	for (size_t z = 0; z < m.tables.size_count; z++) {
		free(m.tables.once[z].cells);
		free(m.tables.all[z].cells);
		free(m.tables.seen[z]);
	}
	buf_release(&corpus);
	bank_free(m.bank);
	lexicon_free(lexicon);
	return 0;
}
