#include "pipeline/entry_effect.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strmap.h"

/* The rows of the entries of both lexicons; row_of[side][entry] is a row, or SIZE_MAX for what is no mention. */
static void list_entries(struct entry_effect *e, const struct lexicon *const lexicons[2], size_t *row_of[2])
{
	struct strmap rows = STRMAP_INIT;
	struct buf key = BUF_INIT;
	e->rows = mem_calloc(lexicons[0]->entry_count + lexicons[1]->entry_count, sizeof *e->rows);
	for (int side = 0; side < 2; side++) {
		row_of[side] = mem_calloc(lexicons[side]->entry_count + 1, sizeof *row_of[side]);
		for (size_t i = 0; i < lexicons[side]->entry_count; i++) {
			const struct entry *entry = &lexicons[side]->entries[i];
			row_of[side][i] = SIZE_MAX;
			if (entry->role != ROLE_MENTION)
				continue;
			const char *theme = lexicons[side]->themes[entry->theme].code;
			buf_clear(&key);
			buf_printf(&key, "%s\t%s\t%u", theme, entry->source, entry->flags);
			size_t *row = strmap_put(&rows, key.data, key.length, NULL);
			if (!*row) {
				e->rows[e->count] = (struct entry_effect_row){.theme = theme, .entry = entry};
				*row = ++e->count;
			}
			row_of[side][i] = *row - 1;
		}
	}
	buf_release(&key);
	strmap_release(&rows);
}

static void count_side(struct entry_effect *e, int side, const struct effect_side *s, const size_t *row_of, const struct options *options)
{
	size_t *seen = mem_calloc(e->count + 1, sizeof *seen), number = 0; /* the last review that had the row */
	struct ledger_cursor *c = ledger_begin(s->ledger);
	struct ledger_row r;
	while (ledger_next(c, &r)) {
		if ((r.duplicate && !options->all_duplicates) || !options_selects(options, r.row))
			continue;
		number++;
		for (size_t i = 0; i < r.row->evidence_count; i++) {
			const struct evidence *evidence = &r.row->evidence[i];
			size_t row = row_of[evidence->entry];
			bool own = s->lexicon->entries[evidence->entry].theme == evidence->theme; /* not an ancestor's */
			if (!own || row == SIZE_MAX || evidence->cue != NO_CUE)
				continue;
			e->rows[row].mentions[side]++;
			e->rows[row].reviews[side] += seen[row] != number;
			seen[row] = number;
		}
	}
	ledger_end(c);
	free(seen);
}

void entry_effect_init(struct entry_effect *e, const struct effect_side *before, const struct effect_side *after, const struct options *options)
{
	const struct lexicon *const lexicons[2] = {before->lexicon, after->lexicon};
	size_t *row_of[2];
	*e = (struct entry_effect){NULL, 0};
	list_entries(e, lexicons, row_of);
	count_side(e, 0, before, row_of[0], options);
	count_side(e, 1, after, row_of[1], options);
	free(row_of[0]);
	free(row_of[1]);
}

void entry_effect_release(struct entry_effect *e)
{
	free(e->rows);
	*e = (struct entry_effect){NULL, 0};
}
