#include <string.h>

#include "corpora/segment.h"

static bool space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

size_t segment_spans(struct cutter *c, size_t start, size_t end, bool columns)
{
	(void)columns;
	while (start < end && space(c->text[start]))
		start++;
	while (end > start && space(c->text[end - 1]))
		end--;
	if (start == end)
		return 0;
	MEM_GROW(c->span, c->span_count, c->span_capacity);
	c->span[c->span_count++] = (struct span){start, end - start, JOIN_BREAK};
	return 1;
}
