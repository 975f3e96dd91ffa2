#include "matchers/explain.h"

#include "base/mem.h"

static const struct entry *entry_of(const struct explained *e, size_t candidate)
{
	return &e->lexicon->entries[e->scan->candidates[candidate].entry];
}

void explain_words(const struct explained *e, size_t candidate, struct buf *out)
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

static const char *role_word(enum entry_role role)
{
	static const char *const words[] = {
		[ROLE_MENTION] = "mention",      [ROLE_EXCLUSION] = "exclusion",   [ROLE_CUE_BEFORE] = "cue before",
		[ROLE_CUE_AFTER] = "cue after",  [ROLE_PSEUDO_CUE] = "pseudo-cue", [ROLE_TERMINATOR] = "terminator"};

	return words[role];
}

void explain_candidate(const struct explained *e, size_t candidate, struct explanation *out)
{
	static const struct {
		const char *fate, *rule;
	} words[] = {
		[FATE_COUNTED] = {"counted", ""},      [FATE_NEGATED] = {"negated", "5"},  [FATE_SAME] = {"same", "4.1"},
		[FATE_EXCLUDED] = {"excluded", "4.2"}, [FATE_BEATEN] = {"beaten", "4.3"},  [FATE_NESTED] = {"nested", "4.4"},
		[FATE_NO_CANDIDATE] = {NULL, ""},
	};
	const struct candidate *c = &e->scan->candidates[candidate];
	const struct entry *entry = entry_of(e, candidate);
	struct candidate_fate fate = e->resolution->fates[candidate];

	*out = (struct explanation){
		.candidate = c, .entry = entry, .from = scan_token_start(e->scanner, c->first), .to = scan_token_end(e->scanner, c->last),
		.theme = entry->theme == THEME_ANY ? "*" : entry->theme == THEME_NONE ? "-" : e->lexicon->themes[entry->theme].code,
		.fate = words[fate.fate].fate ? words[fate.fate].fate : role_word(entry->role), .rule = words[fate.fate].rule, .by = EXPLAIN_NOBODY};
	if (fate.fate != FATE_COUNTED && fate.fate != FATE_NO_CANDIDATE && fate.by != UINT32_MAX)
		out->by = fate.by;
}

bool explain_concerns(const struct explained *e, size_t candidate, uint32_t theme)
{
	const struct entry *entry = entry_of(e, candidate);

	if (theme == THEME_ANY || entry->theme == THEME_ANY || entry->theme == THEME_NONE)
		return true;
	if (theme_is_within(e->lexicon, entry->theme, theme))
		return true;
	return entry->role == ROLE_EXCLUSION && theme_is_within(e->lexicon, theme, entry->theme);
}
