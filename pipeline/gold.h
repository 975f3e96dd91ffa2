/* Human coding to measure the program against: reviews coded as wholes (JSON lines), or phrases judged one by one (csv).
 *
 * Reviews: one JSON object per line, as docs/lexicon.md describes:
 *   file (base name of the archive or member; "archive" is taken too), member, record, first_line, last_line, id, starts,
 *   published_year, published_month, incident_year, outcome (null: the text does not say), same_as or duplicate_of (id of the same review elsewhere),
 *   kind (left out: review; others are passed over), present, negated, disputed (lists of theme codes).
 *   What an object does not have is not measured.
 * Phrases: csv as 'kwic --coding' writes it, with the columns theme, review, offset, match, verdict and perhaps coder, left, right, in any
 *   order. verdict is yes (the theme is asserted here), no (it is not meant here), negated (it is denied here), unsure, or
 *   empty where not judged. The same phrase judged differently by two coders counts as disputed. */
#ifndef PIPELINE_GOLD_H
#define PIPELINE_GOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gold_code { GOLD_ABSENT, GOLD_PRESENT, GOLD_NEGATED, GOLD_DISPUTED };

/* What an object had, so that the rest is not measured. */
enum {
	GOLD_HAS_YEAR = 1, GOLD_HAS_MONTH = 2, GOLD_HAS_INCIDENT = 4, GOLD_HAS_OUTCOME = 8, GOLD_HAS_SAME = 16, GOLD_HAS_CODES = 32
};

struct gold_review {
	char *id, *file, *member, *starts, *same_as, *outcome; /* "" where null or not given */
	uint64_t record, first_line, last_line;                /* 0 if not given */
	int published_year, published_month, incident_year;    /* 0: null */
	unsigned has;
	unsigned char *codes; /* enum gold_code per theme of the gold */
};

struct gold_phrase {
	char *review, *coder, *left, *match, *right;
	uint64_t offset;
	size_t theme;         /* of the gold */
	enum gold_code code;
};

struct gold {
	char **themes;        /* codes */
	size_t theme_count;
	struct gold_review *reviews;
	size_t review_count;
	struct gold_phrase *phrases; /* judged ones only; sorted by review, theme, offset, coder */
	size_t phrase_count;
	size_t unjudged;      /* phrases without a verdict, or unsure */
};

/* Reads either form, told apart by the first character ('{': reviews). Themes are those of codes_path (the first column of a tab-separated file
 * with a header line), or of themes.tsv beside the gold file if codes_path is NULL and there is one, or else those that occur, in
 * that order. 0, or -1 with a message that names file and line. */
int gold_read(struct gold *gold, const char *path, const char *codes_path, char *message, size_t message_size);
void gold_release(struct gold *gold);

#endif
