/* The names under which records carry their text, date, identifier and title.. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "corpora/convert.h"

static const char *const usual[FIELD_COUNT][FIELD_NAMES_MAX] = {
	[FIELD_TEXT] = {"text", "body", "content", "review_text", "full_text", "fulltext", "document_text", "summary", "narrative",
	                "abstract", "description", "overview"},
	[FIELD_DATE] = {"date", "published", "publication_date", "published_date", "date_published", "published_at", "pub_date", "year", "timestamp",
                    "created_at", "created"},
	[FIELD_ID] = {"id", "_id", "uuid", "doc_id", "document_id", "review_id", "record_id", "ref", "reference"},
	[FIELD_TITLE] = {"title", "headline", "case", "case_name", "child", "name", "subject"},
};

void field_names_init(struct field_names *f, const struct document_options *options)
{
	const char *given[FIELD_COUNT] = {options->text_field, options->date_field, options->id_field, NULL};
	memset(f, 0, sizeof *f);
	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		f->exact[i] = given[i] != NULL;
		if (given[i])
			f->names[i][0] = given[i];
		else
			memcpy(f->names[i], usual[i], sizeof usual[i]);
	}
}

bool field_find(const struct field_names *f, const char *name, size_t length, enum field *field, unsigned *rank)
{
	if (!length)
		return false;
	for (unsigned i = 0; i < FIELD_COUNT; i++)
		for (unsigned k = 0; k < FIELD_NAMES_MAX && f->names[i][k]; k++) {
			const char *wanted = f->names[i][k];
			if ((wanted[0] | 0x20) != (name[0] | 0x20) || strlen(wanted) != length)
				continue;
			if (f->exact[i] ? memcmp(wanted, name, length) == 0 : strncasecmp(wanted, name, length) == 0) {
				*field = (enum field)i;
				*rank = k;
				return true;
			}
		}
	return false;
}

void field_list(const struct field_names *f, enum field field, struct buf *out)
{
	for (unsigned k = 0; k < FIELD_NAMES_MAX && f->names[field][k]; k++)
		buf_printf(out, "%s%s", k ? ", " : "", f->names[field][k]);
}

void record_release(struct record *r)
{
	for (unsigned i = 0; i < FIELD_COUNT; i++)
		buf_release(&r->store[i]);
	*r = (struct record){0};
}
