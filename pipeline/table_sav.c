#include "pipeline/table_sav.h"

#include <readstat.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/message.h"

enum { NAME_MOST = 64, STRING_MOST = 32767 };

static ssize_t put_bytes(const void *data, size_t length, void *context)
{
	return fwrite(data, 1, length, context) == length ? (ssize_t)length : -1;
}

/* Letters, digits, _ and . with a letter first and no . last; unlike the names before it. */
static void make_name(char name[NAME_MOST + 1], const struct column *columns, size_t at, char (*before)[NAME_MOST + 1])
{
	size_t length = 0;
	const char *s = columns[at].name;
	if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z')))
		name[length++] = 'v';
	for (; *s && length < NAME_MOST - 4; s++) {
		bool good = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') || *s == '.';
		name[length++] = good ? *s : '_';
	}
	if (name[length - 1] == '.')
		name[length - 1] = '_';
	name[length] = '\0';
	for (unsigned n = 2, i = 0; i < at; i++)
		if (strcasecmp(before[i], name) == 0) {
			snprintf(name + length, 5, "_%u", n++ % 1000);
			i = 0;
		}
}

static bool is_number(const struct column *c)
{
	return (c->kind & ~COLUMN_SPARE) == COLUMN_NUMBER;
}

static size_t widest(char *const *cells, size_t rows, size_t count, size_t column)
{
	size_t width = 1;
	for (size_t r = 0; r < rows; r++) {
		size_t length = strlen(cells[r * count + column]);
		width = length > width ? length : width;
	}
	return width > STRING_MOST ? STRING_MOST : width;
}

static readstat_error_t put_cell(readstat_writer_t *w, const readstat_variable_t *v, bool number, const char *s)
{
	char *end, *cut = NULL;
	if (number) {
		double x = strtod(s, &end);
		return *s && !*end ? readstat_insert_double_value(w, v, x) : readstat_insert_missing_value(w, v);
	}
	if (strlen(s) > STRING_MOST)
		s = cut = mem_strndup(s, STRING_MOST);
	readstat_error_t error = readstat_insert_string_value(w, v, s);
	free(cut);
	return error;
}

void table_write_sav(FILE *file, const struct column *columns, const char *const *labels, size_t count, char *const *cells, size_t rows)
{
	readstat_writer_t *w = readstat_writer_init();
	readstat_variable_t **variables = mem_calloc(count + 1, sizeof *variables);
	char (*names)[NAME_MOST + 1] = mem_calloc(count + 1, sizeof *names);
	readstat_set_data_writer(w, put_bytes);
	readstat_writer_set_file_label(w, "themetally");
	readstat_writer_set_file_timestamp(w, 0); /* the same table, the same bytes */
	for (size_t i = 0; i < count; i++) {
		bool number = is_number(&columns[i]);
		make_name(names[i], columns, i, names);
		variables[i] = readstat_add_variable(w, names[i], number ? READSTAT_TYPE_DOUBLE : READSTAT_TYPE_STRING, number ? 0 : widest(cells, rows, count, i));
		readstat_variable_set_label(variables[i], labels && labels[i] ? labels[i] : columns[i].name);
		if (number)
			readstat_variable_set_measure(variables[i], READSTAT_MEASURE_SCALE);
	}
	readstat_error_t error = readstat_begin_writing_sav(w, file, (long)rows);
	for (size_t r = 0; r < rows && error == READSTAT_OK; r++) {
		error = readstat_begin_row(w);
		for (size_t i = 0; i < count && error == READSTAT_OK; i++)
			error = put_cell(w, variables[i], is_number(&columns[i]), cells[r * count + i]);
		if (error == READSTAT_OK)
			error = readstat_end_row(w);
	}
	if (error == READSTAT_OK)
		error = readstat_end_writing(w);
	if (error != READSTAT_OK)
		message_error("cannot write this table as .sav: %s", readstat_error_message(error));
	readstat_writer_free(w);
	free(variables);
	free(names);
}
