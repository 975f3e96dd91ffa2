/* Running text out of marked-up documents: what HTML, DOCX and ODT share.
 *
 * White space is collapsed; blocks stand apart by line ends or a blank line; the cells of a table row are one line with tabs between
 * them, rows a blank line apart (so that no sentence goes on from row to row); list items begin with "• " or their number. */
#ifndef CORPORA_FLOW_H
#define CORPORA_FLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

#define FLOW_TABLES 8 /* deeper tables are read as if they had no cells */

enum flow_gap { GAP_NONE, GAP_SPACE, GAP_LINE, GAP_BLANK };

struct flow {
	struct buf out;
	enum flow_gap gap;     /* what goes before the next text */
	unsigned tabs;
	char marker[16];       /* of a list item, before its first text */
	bool verbatim;         /* line ends and spaces stand as they are */
	unsigned table;        /* depth */
	struct {
		unsigned cells;
		bool text;         /* this row holds some */
	} row[FLOW_TABLES];
};

void flow_release(struct flow *f);
void flow_text(struct flow *f, const char *utf8, size_t length);
void flow_gap(struct flow *f, enum flow_gap gap); /* at least this before the next text */
void flow_line_break(struct flow *f);             /* a second one in a row makes a blank line */
void flow_tab(struct flow *f);                    /* a tab written in the text */
void flow_item(struct flow *f, unsigned number);  /* a list item begins; number 0: a bullet */
void flow_table_begin(struct flow *f);
void flow_table_end(struct flow *f);
void flow_row(struct flow *f);                    /* before the first cell of each row */
void flow_cell(struct flow *f);                   /* before each cell */

#endif
