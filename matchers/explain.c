#include "matchers/explain.h"

#include "base/mem.h"

static const struct entry *entry_of(const struct explained *e, size_t candidate)
{
	return &e->lexicon->entries[e->scan->candidates[candidate].entry];
}

static void add_place(const struct explained *e, size_t candidate, struct buf *out)
{
	const struct candidate *c = &e->scan->candidates[candidate];

	buf_printf(out, "bytes %zu to %zu", scan_token_start(e->scanner, c->first), scan_token_end(e->scanner, c->last));
}

/* The candidate's words as they stand in the text. */
static void add_words(const struct explained *e, size_t candidate, struct buf *out)
{
	const struct candidate *c = &e->scan->candidates[candidate];
	size_t end = scan_token_end(e->scanner, c->last);

	for (size_t i = scan_token_start(e->scanner, c->first); i < end; i++) {
		char byte = e->text[i];

		if (byte != ' ' && !(byte >= '\t' && byte <= '\r'))
			buf_append_char(out, byte);
		else if (out->length && out->data[out->length - 1] != ' ')
			buf_append_char(out, ' ');
	}
}

/* "'words' at bytes 3 to 9" */
static void add_named(const struct explained *e, size_t candidate, struct buf *out)
{
	buf_append_char(out, '\'');
	add_words(e, candidate, out);
	buf_append_str(out, "' at ");
	add_place(e, candidate, out);
}

static const char *theme_code(const struct explained *e, uint32_t theme)
{
	if (theme == THEME_ANY)
		return "*";
	return theme == THEME_NONE ? "-" : e->lexicon->themes[theme].code;
}

static void add_role(const struct explained *e, size_t candidate, struct buf *out)
{
	switch (entry_of(e, candidate)->role) {
	case ROLE_EXCLUSION:
		buf_printf(out, "an exclusion of %s", theme_code(e, entry_of(e, candidate)->theme));
		break;
	case ROLE_CUE_BEFORE:
		buf_append_str(out, "a negation cue for what follows");
		break;
	case ROLE_CUE_AFTER:
		buf_append_str(out, "a negation cue for what stands before");
		break;
	case ROLE_PSEUDO_CUE:
		buf_append_str(out, "a pseudo-cue: cues within it do not negate");
		break;
	case ROLE_TERMINATOR:
		buf_append_str(out, "a terminator: negation does not cross it");
		break;
	case ROLE_MENTION:
		break;
	}
}

void explain_fate(const struct explained *e, size_t candidate, struct buf *out)
{
	struct candidate_fate fate = e->resolution->fates[candidate];
	size_t by = fate.by;

	switch (fate.fate) {
	case FATE_COUNTED:
		buf_append_str(out, "counted");
		break;
	case FATE_NEGATED:
		buf_append_str(out, "negated by the cue ");
		add_named(e, by, out);
		break;
	case FATE_SAME:
		buf_printf(out, "one with the candidate of entry '%s', which stands before it in the lexicon", entry_of(e, by)->source);
		break;
	case FATE_EXCLUDED:
		buf_append_str(out, "dropped: within ");
		add_named(e, by, out);
		buf_append_str(out, ", ");
		add_role(e, by, out);
		break;
	case FATE_BEATEN:
		buf_append_str(out, "beaten by ");
		add_named(e, by, out);
		break;
	case FATE_NESTED:
		if (fate.by == UINT32_MAX) {
			buf_append_str(out, "dropped: its words are all part of longer mentions");
			break;
		}
		buf_append_str(out, "dropped: within ");
		add_named(e, by, out);
		buf_printf(out, ", a mention of %s", theme_code(e, entry_of(e, by)->theme));
		break;
	case FATE_NO_CANDIDATE:
		add_role(e, candidate, out);
		break;
	}
}

/* Whether the line of a candidate says something about a theme. */
static bool concerns(const struct explained *e, size_t candidate, uint32_t theme)
{
	const struct entry *entry = entry_of(e, candidate);

	if (theme == THEME_ANY || entry->theme == THEME_ANY || entry->theme == THEME_NONE)
		return true;
	if (theme_is_within(e->lexicon, entry->theme, theme))
		return true;
	return entry->role == ROLE_EXCLUSION && theme_is_within(e->lexicon, theme, entry->theme);
}

size_t explain_text(const struct explained *e, uint32_t theme, struct buf *out)
{
	size_t lines = 0;

	for (size_t i = 0; i < e->scan->candidate_count; i++) {
		const struct entry *entry = entry_of(e, i);

		if (!concerns(e, i, theme))
			continue;
		add_place(e, i, out);
		buf_append_str(out, "\t\"");
		add_words(e, i, out);
		buf_printf(out, "\"\t%s\t", theme_code(e, entry->theme));
		explain_fate(e, i, out);
		buf_printf(out, "\t'%s' (%s:%u)\n", entry->source, entry->file, entry->line);
		lines++;
	}
	return lines;
}
