/* Private to the lexicon: one pattern of docs/counting-rules.md section 3, from text to items. */
#ifndef MATCHERS_PATTERN_H
#define MATCHERS_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matchers/lexicon.h"

struct arena;
struct buf;

#define PATTERN_BYTES 512   /* a longer pattern is refused */
#define PATTERN_GAP 20      /* most tokens that ~N, or gaps that follow one another, may span */

/* Parses length bytes of valid UTF-8 into out, whose memory is the arena's. variants gets the number of sequences that
 * entry_expand() could give, before equal ones are joined. Returns false with a message (no file, no line) if the
 * pattern is refused; out is then undefined. flags are enum entry_flag, without ENTRY_REGEX. */
bool pattern_parse(struct arena *arena, const char *text, size_t length, unsigned flags, const struct lexicon_limits *limits,
                   struct item_list *out, uint64_t *variants, struct buf *message);

#endif
