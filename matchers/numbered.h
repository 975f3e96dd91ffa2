/* Texts whose words are numbers: how a corpus that was cut once (a pack) is scanned, without being spelled out again.
 *
 * A number stands for a word type: a distinct spelling, and whether an apostrophe follows it, which is all that a lexicon can ask of a word alone. What it means is looked up
 * when it is first met, and kept. The text itself is asked for only where it is read: by expressions (flag r), and by whoever wants to know where a token stands in it.
 * The result is that of scanner_scan() on the text, but for the hashes. */
#ifndef MATCHERS_NUMBERED_H
#define MATCHERS_NUMBERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matchers/matcher.h"

struct word_type {
	const char *spelling; /* valid UTF-8, one token */
	size_t length;
	bool apostrophe;
};

/* What the numbers of words stand for. */
struct numbering {
	const void *owner;  /* numbers below common stand for the same as long as this is the same */
	uint32_t common, count;
	struct word_type (*type)(const void *context, uint32_t number);
	const void *context;
};

/* Of the texts to come. What it points to must stay. To be called again when a number from common on stands for something else. */
void scanner_set_numbering(struct scanner *s, const struct numbering *n);

struct numbered_text {
	const uint32_t *words; /* numbers, each less than the numbering's count; see scanner_scan_kept() */
	uint32_t count;
	const uint8_t *gaps;   /* enum gap (matchers/token.h): of what stands before the first word, and after each */
	/* Spells the text, and writes of each word its first byte and the byte after its last to edges. NULL if that cannot be done. */
	const char *(*spell)(void *context, uint32_t *edges, size_t *length);
	void *context;
};

/* *text and the text it spells must stay until the next scan. */
enum scan_status scanner_scan_numbered(struct scanner *s, const struct numbered_text *text, struct scan *scan);

/* The same where the finds of some entries are known from before: kept, each once, ordered as struct scan has them, and all within the text. The scanner's matcher has left
 * these entries out; what it finds of the others is added. If it is idle (matcher_is_idle()), text->words may be NULL. */
enum scan_status scanner_scan_kept(struct scanner *s, const struct numbered_text *text, const struct candidate *kept, size_t kept_count, struct scan *scan);

/* The text of the last scan, spelled out if it was numbered and has not been; NULL if it cannot be. Places of its tokens are known only then. */
const char *scan_text(struct scanner *s, size_t *length);

#endif
