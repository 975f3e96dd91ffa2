#include <string.h>

#include "corpora/segment.h"

#define SHOWN_BYTES 60

/* The record whose spans hold byte `at`; 0 if none does. */
static unsigned record_at(const struct review *reviews, size_t count, size_t at)
{
	for (size_t i = 0; i < count; i++)
		if (at >= reviews[i].offset && at < reviews[i].offset + reviews[i].length)
			for (size_t k = 0; k < reviews[i].span_count; k++)
				if (at >= reviews[i].spans[k].start && at < reviews[i].spans[k].start + reviews[i].spans[k].length)
					return reviews[i].ordinal;
	return 0;
}

static void explain_line(const struct cutter *c, const struct review *reviews, size_t count, size_t number, size_t line, size_t end,
                         size_t *event, struct buf *out)
{
	bool bullet;
	size_t at = line_content(c->text, line, end, &bullet);
	unsigned ordinal = record_at(reviews, count, at < end ? at : line);
	buf_printf(out, "%zu\t", number);
	if (ordinal)
		buf_printf(out, "%s %u\t", review_kind_word(reviews[ordinal - 1].kind), ordinal);
	else
		buf_append_str(out, "left out\t");
	bool any = false;
	for (; *event < c->event_count && c->event[*event].line <= line; ++*event) {
		const struct rule *rule = c->event[*event].rule;
		if (c->event[*event].line < line || (rule->layout && rule->layout != c->layout))
			continue;
		buf_printf(out, "%s%s (%s:%u)", any ? ", " : "", rule->name, rule->file, rule->line);
		any = true;
	}
	size_t shown = end - line < SHOWN_BYTES ? end - line : SHOWN_BYTES;
	while (shown < end - line && ((unsigned char)c->text[line + shown] & 0xC0) == 0x80)
		shown--;
	buf_append_str(out, any ? "\t" : "-\t");
	buf_append(out, c->text + line, shown);
	buf_append_str(out, shown < end - line ? "...\n" : "\n");
}

void cutter_explain(struct cutter *c, const struct document *document, const char *archive_name, const char *member_name,
                    struct buf *out)
{
	const struct review *reviews;
	size_t count = cutter_cut(c, document, archive_name, member_name, &reviews);
	struct evidence evidence[LAYOUTS] = {0};
	segment_weigh(c, evidence);
	buf_printf(out, "layout: %s\n", c->layout ? c->layout->name : "none, the document is one report");
	for (size_t i = 0; i < c->s->rules->layout_count; i++)
		if (evidence[i].entries)
			buf_printf(out, "evidence: %s: %d entries, weight %d\n", c->s->rules->layout[i]->name, evidence[i].entries, evidence[i].score);
	if (c->digest.year) {
		buf_append_str(out, "date of the digest: ");
		buf_append(out, c->text + c->digest.start, c->digest.end - c->digest.start);
		buf_append_char(out, '\n');
	}
	buf_append_str(out, "line\trecord\trules\ttext\n");
	size_t event = 0, number = 1;
	for (size_t line = 0; line < c->length; number++) {
		size_t end = line_end(c->text, c->length, line), trimmed = line_trimmed(c->text, line, end);
		if (trimmed > line)
			explain_line(c, reviews, count, number, line, trimmed, &event, out);
		line = end + 1;
	}
}
