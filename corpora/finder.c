#include "corpora/finder.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Literals lie in chains by their first two bytes; a bit for each pair says whether there is a chain. */
struct finder {
	uint8_t pair[65536 / 8];
	int16_t first[1024]; /* by hash of the first two bytes; -1: none */
	int16_t next[FINDER_LITERALS];
	char literal[FINDER_LITERALS][FINDER_BYTES];
	uint8_t length[FINDER_LITERALS];
};

static unsigned pair_of(const char *s)
{
	return (unsigned)(unsigned char)s[0] << 8 | (unsigned char)s[1];
}

static unsigned chain_of(unsigned pair)
{
	return pair * 0x9E3779B1u >> 22;
}

struct finder *finder_new(const char *const *literals, size_t count)
{
	struct finder *f = mem_calloc(1, sizeof *f);
	memset(f->first, 0xFF, sizeof f->first);
	for (size_t i = count; i-- > 0;) {
		f->length[i] = (uint8_t)strlen(literals[i]);
		memcpy(f->literal[i], literals[i], f->length[i]);
		unsigned pair = pair_of(literals[i]), chain = chain_of(pair);
		f->pair[pair / 8] |= (uint8_t)(1u << pair % 8);
		f->next[i] = f->first[chain];
		f->first[chain] = (int16_t)i;
	}
	return f;
}

void finder_free(struct finder *f)
{
	free(f);
}

size_t finder_next(const struct finder *f, const char *text, size_t length, size_t *from, struct find *finds, size_t room)
{
	size_t count = 0, at = *from;
	for (; at + 2 < length && count + FINDER_LITERALS <= room; at++) {
		unsigned pair = pair_of(text + at);
		if (!(f->pair[pair / 8] >> pair % 8 & 1))
			continue;
		for (int i = f->first[chain_of(pair)]; i >= 0; i = f->next[i])
			if (f->length[i] <= length - at && memcmp(text + at, f->literal[i], f->length[i]) == 0)
				finds[count++] = (struct find){at, (unsigned)i};
	}
	*from = at;
	return count;
}
