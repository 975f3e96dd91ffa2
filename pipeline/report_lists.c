#include "pipeline/report_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/json.h"
#include "pipeline/store_sql.h"

static void put_review(struct buf *list, const char *id, const struct review_row *row)
{
	if (list->length)
		buf_append_char(list, ',');
	buf_append_char(list, '{');
	json_put_text(list, "review", id);
	json_put_text(list, "title", row->title);
}

void listing_add(struct listing *l, const struct report *r, const struct ledger_row *row, const char *id)
{
	const struct options *o = r->rows->options;
	size_t most = o->suppress_below ? 0 : REPORT_LISTED; /* no single review */
	if (row->duplicate && l->duplicate_count++ < most) {
		const char *of = ledger_original_id(r->rows->ledger, row->duplicate->of);
		put_review(&l->duplicates, id, row->row);
		json_put_text(&l->duplicates, "of", of ? of : "");
		json_put_text(&l->duplicates, "reason", duplicate_reason_word(row->duplicate->reason));
		json_put_real(&l->duplicates, "similarity", row->duplicate->similarity, 2);
		buf_append_char(&l->duplicates, '}');
	}
	if ((!row->duplicate || o->all_duplicates) && !(o->incident_year ? row->row->incident.year : row->row->published.year) &&
	    l->undated_count++ < most) {
		put_review(&l->undated, id, row->row);
		buf_append_char(&l->undated, '}');
	}
}

static void put_list(struct buf *out, const char *key, const struct buf *list, uint64_t count)
{
	json_put_key(out, key);
	buf_append_char(out, '{');
	json_put_count(out, "count", count);
	json_put_key(out, "listed");
	buf_append_char(out, '[');
	buf_append(out, list->data ? list->data : "", list->length);
	buf_append_str(out, "]}");
}

void listing_put(struct buf *out, const struct listing *l, const struct options *o)
{
	if (!o->suppress_below) {
		put_list(out, "duplicates", &l->duplicates, l->duplicate_count);
		put_list(out, "undated", &l->undated, l->undated_count);
	} else if (l->duplicate_count && l->duplicate_count < o->suppress_below) {
		json_put_key(out, "duplicates");
		buf_printf(out, "{\"count\":\"\\u003c%u\",\"listed\":[]}", o->suppress_below);
	} else { /* how many have no date is the number of reviews of that group */
		put_list(out, "duplicates", &l->duplicates, l->duplicate_count);
	}
}

int report_put_faults(struct buf *out, const struct session *s)
{
	static const char *const keys[] = {"archive", "member", "reason", "message"};
	struct buf list = BUF_INIT;
	uint64_t count = 0;
	int result;
	sqlite3_stmt *q = store_prepare(s->store, "SELECT a.path, f.member, f.reason, f.message, f.skipped FROM fault f JOIN archive a ON a.id = f.archive"
	                                          " WHERE a.edition = ? ORDER BY a.path, f.number");
	if (!q)
		return -1;
	sqlite3_bind_int64(q, 1, s->edition.id);
	while ((result = store_next(s->store, q)) == 1) {
		if (count++ >= (s->options->suppress_below ? 0 : REPORT_LISTED))
			continue;
		buf_append_str(&list, list.length ? ",{" : "{");
		for (int i = 0; i < 4; i++)
			json_put_text(&list, keys[i], store_text(q, i));
		json_put_text(&list, "what", sqlite3_column_int(q, 4) ? "member left out" : "unit refused");
		buf_append_char(&list, '}');
	}
	sqlite3_finalize(q);
	put_list(out, "faults", &list, count);
	buf_release(&list);
	return result;
}

int report_put_archives(struct buf *out, const struct session *s)
{
	static const char *const keys[] = {"count", "bytes", "decoded_bytes", "units_sealed", "units_refused", "members", "members_skipped", "replaced",
	                                   "damaged"};
	sqlite3_stmt *q = store_prepare(
		s->store, "SELECT count(*), coalesce(sum(bytes), 0), coalesce(sum(decoded_bytes), 0), coalesce(sum(units_sealed), 0), coalesce(sum(units_refused), 0),"
		          " coalesce(sum(members), 0), coalesce(sum(members_skipped), 0), coalesce(sum(replaced), 0), (SELECT count(DISTINCT f.archive) FROM fault f"
		          " JOIN archive b ON b.id = f.archive WHERE b.edition = ?1), min(counted_at), max(counted_at), (SELECT nested FROM edition WHERE id = ?1)"
		          " FROM archive WHERE edition = ?1");
	if (!q)
		return -1;
	sqlite3_bind_int64(q, 1, s->edition.id);
	int result = store_next(s->store, q);
	json_put_key(out, "archives");
	buf_append_char(out, '{');
	for (int i = 0; i < 9; i++)
		if (!s->options->suppress_below || i == 0 || i == 8) /* the others tell how many reviews there are, and words */
			json_put_count(out, keys[i], (uint64_t)sqlite3_column_int64(q, i));
	json_put_text(out, "first_counted", store_text(q, 9));
	json_put_text(out, "last_counted", store_text(q, 10));
	json_put_text(out, "nested", store_text(q, 11));
	buf_append_char(out, '}');
	sqlite3_finalize(q);
	return result < 0 ? -1 : 0;
}
