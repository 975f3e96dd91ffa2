#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "matchers/lexicon.h"

/* Characters that could move the cursor, hide text or turn its direction on a terminal. */
static bool unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static char *printable(const char *text)
{
	struct buf out = BUF_INIT;
	size_t length = strlen(text);
	for (size_t at = 0; at < length;) {
		uint32_t c;
		size_t n = utf8_decode(text + at, length - at, &c);
		if (!n) {
			buf_printf(&out, "\\x%02X", (unsigned)(unsigned char)text[at]);
			n = 1;
		} else if (unsafe(c))
			buf_printf(&out, "\\u{%X}", (unsigned)c);
		else
			buf_append(&out, text + at, n);
		at += n;
	}
	return buf_detach(&out);
}

void problem_add(struct problem_list *list, enum problem_grade grade, const char *file, uint32_t line, const char *format, ...)
{
	struct buf message = BUF_INIT;
	va_list args;
	va_start(args, format);
	buf_vprintf(&message, format, args);
	va_end(args);
	MEM_GROW(list->items, list->count, list->capacity);
	list->items[list->count++] = (struct problem){grade, printable(file), line, printable(message.data)};
	buf_release(&message);
}

size_t problem_errors(const struct problem_list *list)
{
	size_t errors = 0;
	for (size_t i = 0; i < list->count; i++)
		errors += list->items[i].grade == PROBLEM_ERROR;
	return errors;
}

void problem_list_print(const struct problem_list *list, FILE *out)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct problem *p = &list->items[i];
		fprintf(out, "%s:", p->file);
		if (p->line)
			fprintf(out, "%u:", (unsigned)p->line);
		fprintf(out, " %s: %s\n", p->grade == PROBLEM_ERROR ? "error" : "warning", p->message);
	}
}

void problem_list_release(struct problem_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].file);
		free(list->items[i].message);
	}
	free(list->items);
	*list = (struct problem_list){NULL, 0, 0};
}
