#include "pipeline/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/pack_duplicates.h"

struct archive_rows {
	struct sheaf *sheaves;
	size_t count;
};

/* A row that counts for its duplicates too. */
struct original {
	size_t number;
	char *id;
};

struct ledger {
	const struct archive_path *archives;
	size_t archive_count;
	struct spill *spill;
	struct archive_rows *rows;      /* per archive */
	struct duplicate *duplicates;   /* by row, after ledger_close */
	size_t duplicate_count;
	struct original *originals;     /* by number; collected when first asked for */
	size_t original_count, original_capacity;
	bool originals_known;
};

struct ledger_cursor {
	struct ledger *ledger;
	size_t archive, sheaf, number;
	size_t next_duplicate;
	bool skims;
	const char *bytes;              /* of the sheaf, what is left of it */
	size_t length;
	struct buf store;
	struct review_row row;
};

struct ledger *ledger_new(const struct archive_path *archives, size_t count, struct spill *spill)
{
	struct ledger *l = mem_calloc(1, sizeof *l);
	l->archives = archives;
	l->archive_count = count;
	l->spill = spill;
	l->rows = mem_calloc(count, sizeof *l->rows);
	return l;
}

void ledger_free(struct ledger *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->archive_count; i++)
		free(l->rows[i].sheaves);
	for (size_t i = 0; i < l->original_count; i++)
		free(l->originals[i].id);
	free(l->rows);
	free(l->duplicates);
	free(l->originals);
	free(l);
}

static void archive_done(void *context, struct archive_result *result)
{
	struct ledger *l = context;
	l->rows[result->index] = (struct archive_rows){result->sheaves, result->sheaf_count};
	result->sheaves = NULL;
	result->sheaf_count = 0;
}

struct run_sink ledger_sink(struct ledger *l)
{
	return (struct run_sink){archive_done, l};
}

struct ledger_cursor *ledger_begin(struct ledger *l)
{
	struct ledger_cursor *c = mem_calloc(1, sizeof *c);
	c->ledger = l;
	return c;
}

struct ledger_cursor *ledger_skim(struct ledger *l)
{
	struct ledger_cursor *c = ledger_begin(l);
	c->skims = true;
	return c;
}

bool ledger_next(struct ledger_cursor *c, struct ledger_row *out)
{
	struct ledger *l = c->ledger;
	while (c->length == 0) {
		while (c->archive < l->archive_count && c->sheaf == l->rows[c->archive].count) {
			c->archive++;
			c->sheaf = 0;
		}
		if (c->archive == l->archive_count)
			return false;
		const struct sheaf *s = &l->rows[c->archive].sheaves[c->sheaf++];
		c->bytes = spill_read(l->spill, s->offset, s->length, &c->store);
		c->length = s->length;
	}
	size_t used = c->skims ? row_skim(&c->row, c->bytes, c->length) : row_decode(&c->row, c->bytes, c->length);
	if (used == 0)
		abort(); /* rows are only ever what row_encode made */
	c->bytes += used;
	c->length -= used;
	out->number = c->number++;
	out->archive = l->archives[c->archive].path;
	out->row = &c->row;
	out->duplicate = NULL;
	if (c->next_duplicate < l->duplicate_count && l->duplicates[c->next_duplicate].row == out->number)
		out->duplicate = &l->duplicates[c->next_duplicate++];
	return true;
}

void ledger_end(struct ledger_cursor *c)
{
	row_release(&c->row);
	buf_release(&c->store);
	free(c);
}

static int by_number(const void *a, const void *b)
{
	const struct original *x = a, *y = b;
	return x->number < y->number ? -1 : x->number > y->number;
}

static void collect_originals(struct ledger *l)
{
	l->originals_known = true;
	for (size_t i = 0; i < l->duplicate_count; i++) {
		MEM_GROW(l->originals, l->original_count, l->original_capacity);
		l->originals[l->original_count++] = (struct original){.number = l->duplicates[i].of};
	}
	if (!l->original_count)
		return;
	mem_sort(l->originals, l->original_count, sizeof *l->originals, by_number);
	size_t kept = 1;
	for (size_t i = 1; i < l->original_count; i++)
		if (l->originals[i].number != l->originals[kept - 1].number)
			l->originals[kept++] = l->originals[i];
	l->original_count = kept;

	struct ledger_cursor *c = ledger_skim(l);
	struct ledger_row row;
	for (size_t next = 0; next < kept && ledger_next(c, &row);) {
		if (row.number != l->originals[next].number)
			continue;
		struct buf id = BUF_INIT;
		row_append_id(&id, row.archive, row.row);
		l->originals[next++].id = buf_detach(&id);
	}
	ledger_end(c);
}

const char *ledger_original_id(struct ledger *l, size_t number)
{
	if (!l->originals_known)
		collect_originals(l);
	struct original key = {.number = number};
	const struct original *found = mem_search(&key, l->originals, l->original_count, sizeof key, by_number);
	return found ? found->id : NULL;
}

static uint64_t count_rows(const struct ledger *l)
{
	uint64_t rows = 0;
	for (size_t i = 0; i < l->archive_count; i++)
		for (size_t k = 0; k < l->rows[i].count; k++)
			rows += l->rows[i].sheaves[k].rows;
	return rows;
}

void ledger_close(struct ledger *l, unsigned threads)
{
	struct duplicate *list;
	size_t count;
	if (pack_duplicates_of(l->archives, l->archive_count, count_rows(l), &list, &count)) {
		ledger_close_with(l, list, count);
		return;
	}
	struct deduper *d = deduper_new(DEDUPE_MEMORY);
	struct ledger_cursor *c = ledger_skim(l);
	struct ledger_row row;
	while (ledger_next(c, &row))
		deduper_add(d, row.archive, row.row);
	ledger_end(c);
	list = deduper_finish(d, threads, &count);
	deduper_free(d);
	ledger_close_with(l, list, count);
}

void ledger_close_with(struct ledger *l, struct duplicate *list, size_t count)
{
	l->duplicates = list;
	l->duplicate_count = count;
}

const struct duplicate *ledger_duplicates(const struct ledger *l, size_t *count)
{
	*count = l->duplicate_count;
	return l->duplicates;
}

struct tally *tally_of_ledger(struct ledger *l, const struct lexicon *lexicon, const struct options *options)
{
	struct tally *tally = tally_new(lexicon, options);
	struct ledger_cursor *c = ledger_begin(l);
	struct ledger_row r;
	while (ledger_next(c, &r))
		if ((!r.duplicate || options->all_duplicates) && options_selects(options, r.row))
			tally_add(tally, r.row);
	ledger_end(c);
	return tally;
}
