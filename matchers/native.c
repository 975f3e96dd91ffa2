#include "matchers/native.h"

#include <string.h>

#include "base/mem.h"

void native_append_quoted(struct buf *out, const char *text, size_t length)
{
	buf_append_char(out, '"');
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '"' || text[i] == '\\')
			buf_append_char(out, '\\');
		buf_append_char(out, (unsigned char)text[i] < 0x20 ? ' ' : text[i]);
	}
	buf_append_char(out, '"');
}

void native_append_entry(struct buf *out, const char *code, const char *pattern, unsigned flags, const char *note)
{
	char letters[sizeof ENTRY_FLAG_LETTERS];
	lexicon_flag_letters(flags, letters);
	buf_printf(out, "%s\t%s\t%s\t", code, pattern, letters);
	for (; *note; note++)
		buf_append_char(out, (unsigned char)*note < 0x20 ? ' ' : *note);
	buf_append_char(out, '\n');
}

static void append_attribute(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, " %s=", key);
	native_append_quoted(out, value, strlen(value));
}

void native_append_lexicon(struct buf *out, const struct lexicon *l)
{
	static const char *const cues[] = {[ROLE_CUE_BEFORE] = "before", [ROLE_CUE_AFTER] = "after", [ROLE_PSEUDO_CUE] = "pseudo", [ROLE_TERMINATOR] = "terminator"};
	buf_append_str(out, "@lexicon");
	append_attribute(out, "name", l->name);
	append_attribute(out, "version", l->version);
	buf_append_char(out, '\n');
	for (size_t i = 0; i < l->theme_count; i++) {
		const struct theme *t = &l->themes[i];
		bool inherited = t->parent != THEME_NONE && l->themes[t->parent].negatable;
		buf_printf(out, "@theme %s", t->code);
		append_attribute(out, "label", t->label);
		if (t->negatable != inherited)
			buf_printf(out, " negatable=%s", t->negatable ? "yes" : "no");
		if (*t->description)
			append_attribute(out, "description", t->description);
		buf_append_char(out, '\n');
	}
	for (size_t i = 0; i < l->entry_count; i++)
		if (l->entries[i].theme == THEME_NONE)
			buf_printf(out, "@negation %s %s\n", cues[l->entries[i].role], l->entries[i].source);
	buf_append_str(out, "theme\tpattern\tflags\tnote\n");
	for (size_t i = 0; i < l->entry_count; i++) {
		const struct entry *e = &l->entries[i];
		if (e->theme != THEME_NONE)
			native_append_entry(out, e->theme == THEME_ANY ? "*" : l->themes[e->theme].code, e->source, e->flags, e->note);
	}
}
