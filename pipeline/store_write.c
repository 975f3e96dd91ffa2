/* What goes into the store: one archive, one transaction. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "pipeline/store_sql.h"

int file_identify(const char *path, struct file_identity *out)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return -1;
	*out = (struct file_identity){st.st_size, (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec, (int64_t)st.st_dev, (int64_t)st.st_ino};
	return 0;
}

struct known_archive *store_known(struct store *s, int64_t edition, size_t *count)
{
	struct known_archive *list = NULL;
	size_t capacity = 0;
	sqlite3_stmt *statement = store_prepare(
		s, "SELECT path, id, bytes, mtime_ns, device, inode, sha256, reviews FROM archive WHERE edition = ? ORDER BY path");
	*count = 0;
	if (statement)
		sqlite3_bind_int64(statement, 1, edition);
	while (statement && store_next(s, statement) == 1) {
		MEM_GROW(list, *count, capacity);
		struct known_archive *a = &list[(*count)++];
		*a = (struct known_archive){
			.path = mem_strdup(store_text(statement, 0)), .id = sqlite3_column_int64(statement, 1),
			.identity = {sqlite3_column_int64(statement, 2), sqlite3_column_int64(statement, 3), sqlite3_column_int64(statement, 4),
			             sqlite3_column_int64(statement, 5)},
			.reviews = (uint64_t)sqlite3_column_int64(statement, 7)};
		if (sqlite3_column_bytes(statement, 6) == (int)sizeof a->sha256)
			memcpy(a->sha256, sqlite3_column_blob(statement, 6), sizeof a->sha256);
	}
	sqlite3_finalize(statement);
	return list;
}

void store_free_known(struct known_archive *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(list[i].path);
	free(list);
}

static void bind_or_null(sqlite3_stmt *statement, int at, int64_t value, int64_t unknown)
{
	if (value == unknown)
		sqlite3_bind_null(statement, at);
	else
		sqlite3_bind_int64(statement, at, value);
}

/* ---- the parts of an archive ---- */

struct writing {
	struct store *s;
	int64_t archive;
	sqlite3_stmt *review, *theme, *inconclusive, *fault;
};

static int put_faults(struct writing *w, const struct archive_result *result)
{
	for (size_t i = 0; i < result->faults; i++) {
		const struct fault_note *n = &result->fault_notes[i];
		sqlite3_bind_int64(w->fault, 1, w->archive);
		sqlite3_bind_int64(w->fault, 2, (int64_t)i);
		sqlite3_bind_int(w->fault, 3, n->skipped);
		store_bind_text(w->fault, 4, n->fault.member, false);
		store_bind_text(w->fault, 5, fault_word(n->fault.code), false);
		bind_or_null(w->fault, 6, (int64_t)n->fault.packed_offset, (int64_t)FAULT_NO_OFFSET);
		bind_or_null(w->fault, 7, (int64_t)n->fault.offset, (int64_t)FAULT_NO_OFFSET);
		bind_or_null(w->fault, 8, (int64_t)n->fault.line, 0);
		store_bind_text(w->fault, 9, n->fault.message, false);
		if (store_step(w->s, w->fault) != 0)
			return -1;
	}
	return 0;
}

static int bind_dating(sqlite3_stmt *statement, int at, const struct dating *d)
{
	bind_or_null(statement, at++, d->year, 0);
	bind_or_null(statement, at++, d->month, 0);
	store_bind_text(statement, at++, d->rule, true);
	store_bind_text(statement, at++, d->text, true);
	store_bind_text(statement, at++, d->conflict, true);
	return at;
}

static int put_review(struct writing *w, const struct review_row *row, int64_t number)
{
	sqlite3_stmt *q = w->review;
	int at = 1;
	sqlite3_bind_int64(q, at++, w->archive);
	sqlite3_bind_int64(q, at++, number);
	store_bind_text(q, at++, row->member, false);
	sqlite3_bind_int64(q, at++, (int64_t)row->record);
	sqlite3_bind_int64(q, at++, row->ordinal);
	sqlite3_bind_int64(q, at++, (int64_t)row->offset);
	sqlite3_bind_int64(q, at++, (int64_t)row->length);
	sqlite3_bind_int64(q, at++, (int64_t)row->first_line);
	sqlite3_bind_int64(q, at++, (int64_t)row->last_line);
	sqlite3_bind_int(q, at++, row->kind);
	sqlite3_bind_int(q, at++, row->counted);
	sqlite3_bind_int64(q, at++, (int64_t)row->words);
	at = bind_dating(q, at, &row->published);
	at = bind_dating(q, at, &row->incident);
	sqlite3_bind_int(q, at++, row->outcome);
	bind_or_null(q, at++, row->age_months, -1);
	sqlite3_bind_int(q, at++, row->age_band);
	sqlite3_bind_int(q, at++, row->gender);
	bind_or_null(q, at++, row->recommendations, -1);
	store_bind_text(q, at++, row->method, true);
	store_bind_text(q, at++, row->title, true);
	store_bind_text(q, at++, row->section, true);
	store_bind_text(q, at++, row->board, true);
	store_bind_text(q, at++, row->child, true);
	store_bind_text(q, at++, row->layout, false);
	sqlite3_bind_blob(q, at++, row->fingerprint, sizeof row->fingerprint, SQLITE_STATIC);
	if (row->has_sketch)
		sqlite3_bind_blob(q, at++, row->sketch, sizeof row->sketch, SQLITE_STATIC);
	else
		sqlite3_bind_null(q, at++);
	if (store_step(w->s, q) != 0)
		return -1;
	int64_t id = sqlite3_last_insert_rowid(w->s->db);
	for (size_t i = 0; i < row->tally_count; i++) {
		const struct theme_tally *t = &row->tallies[i];
		sqlite3_bind_int64(w->theme, 1, id);
		sqlite3_bind_int64(w->theme, 2, t->theme);
		sqlite3_bind_int64(w->theme, 3, t->mentions);
		sqlite3_bind_int64(w->theme, 4, t->negated);
		sqlite3_bind_int64(w->theme, 5, t->sentences);
		if (store_step(w->s, w->theme) != 0)
			return -1;
	}
	for (size_t i = 0; i < row->inconclusive_count; i++) {
		sqlite3_bind_int64(w->inconclusive, 1, id);
		sqlite3_bind_int64(w->inconclusive, 2, row->inconclusive[i]);
		if (store_step(w->s, w->inconclusive) != 0)
			return -1;
	}
	return 0;
}

static int put_reviews(struct writing *w, const struct archive_result *result, struct spill *spill)
{
	struct review_row row = {0};
	struct buf store = BUF_INIT;
	int64_t number = 0;
	int failed = 0;
	for (size_t i = 0; i < result->sheaf_count && !failed; i++) {
		const struct sheaf *sheaf = &result->sheaves[i];
		const char *bytes = spill_read(spill, sheaf->offset, sheaf->length, &store);
		for (size_t at = 0; at < sheaf->length && !failed; number++) {
			at += row_decode(&row, bytes + at, sheaf->length - at);
			failed = put_review(w, &row, number);
		}
	}
	row_release(&row);
	buf_release(&store);
	return failed;
}

static int64_t put_account(struct store *s, int64_t edition, const struct file_identity *f, const struct archive_result *result)
{
	const struct archive_account *a = &result->account;
	uint64_t reviews = 0;
	char now[32];
	store_now(now);
	for (size_t i = 0; i < result->sheaf_count; i++)
		reviews += result->sheaves[i].rows;
	sqlite3_stmt *q = store_prepare(
		s, "INSERT INTO archive(edition, path, bytes, mtime_ns, device, inode, sha256, outcome, units_sealed, units_refused, members,"
		   " members_skipped, decoded_bytes, replaced, reviews, counted_at) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	if (!q)
		return -1;
	sqlite3_bind_int64(q, 1, edition);
	store_bind_text(q, 2, result->path, false);
	sqlite3_bind_int64(q, 3, f->bytes);
	sqlite3_bind_int64(q, 4, f->mtime_ns);
	sqlite3_bind_int64(q, 5, f->device);
	sqlite3_bind_int64(q, 6, f->inode);
	sqlite3_bind_blob(q, 7, a->sha256, sizeof a->sha256, SQLITE_STATIC);
	store_bind_text(q, 8, result->faults == 0 ? "whole" : a->units_sealed ? "partly" : "refused", false);
	sqlite3_bind_int64(q, 9, (int64_t)a->units_sealed);
	sqlite3_bind_int64(q, 10, (int64_t)a->units_refused);
	sqlite3_bind_int64(q, 11, (int64_t)a->members);
	sqlite3_bind_int64(q, 12, (int64_t)a->members_skipped);
	sqlite3_bind_int64(q, 13, (int64_t)a->decoded_bytes);
	sqlite3_bind_int64(q, 14, (int64_t)result->replaced);
	sqlite3_bind_int64(q, 15, (int64_t)reviews);
	store_bind_text(q, 16, now, false);
	int result_code = store_step(s, q);
	sqlite3_finalize(q);
	return result_code == 0 ? sqlite3_last_insert_rowid(s->db) : -1;
}

/* ---- transactions ---- */

/* Begins the change of one archive: it is out, and the edition is unsettled. */
static int begin_change(struct store *s, int64_t edition, const char *path)
{
	if (store_run(s, "BEGIN IMMEDIATE") != 0)
		return -1;
	sqlite3_stmt *out = store_prepare(s, "DELETE FROM archive WHERE edition = ? AND path = ?");
	sqlite3_stmt *mark = store_prepare(s, "UPDATE edition SET settled = 0 WHERE id = ?");
	int result = out && mark ? 0 : -1;
	if (result == 0) {
		sqlite3_bind_int64(out, 1, edition);
		store_bind_text(out, 2, path, false);
		sqlite3_bind_int64(mark, 1, edition);
		result = store_step(s, out) || store_step(s, mark) ? -1 : 0;
	}
	sqlite3_finalize(out);
	sqlite3_finalize(mark);
	return result;
}

static int end_change(struct store *s, int result)
{
	if (result == 0 && store_run(s, "COMMIT") == 0)
		return 0;
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int store_put_archive(struct store *s, int64_t edition, const struct file_identity *identity, const struct archive_result *result,
                      struct spill *spill)
{
	struct writing w = {.s = s};
	int failed = begin_change(s, edition, result->path);
	if (!failed && (w.archive = put_account(s, edition, identity, result)) < 0)
		failed = -1;
	if (!failed) {
		w.review = store_prepare(
			s, "INSERT INTO review(archive, number, member, record, ordinal, byte_offset, length, first_line, last_line, kind, counted, words,"
			   " published_year, published_month, published_rule, published_text, published_conflict, incident_year, incident_month,"
			   " incident_rule, incident_text, incident_conflict, outcome, age_months, age_band, gender, recommendations, method, title, section,"
			   " board, child, layout, fingerprint, sketch)"
			   " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
		w.theme = store_prepare(s, "INSERT INTO review_theme VALUES(?, ?, ?, ?, ?)");
		w.inconclusive = store_prepare(s, "INSERT OR IGNORE INTO inconclusive VALUES(?, ?)");
		w.fault = store_prepare(s, "INSERT INTO fault VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
		failed = w.review && w.theme && w.inconclusive && w.fault ? put_faults(&w, result) || put_reviews(&w, result, spill) : -1;
	}
	sqlite3_finalize(w.review);
	sqlite3_finalize(w.theme);
	sqlite3_finalize(w.inconclusive);
	sqlite3_finalize(w.fault);
	return end_change(s, failed ? -1 : 0);
}

int store_remove_archive(struct store *s, int64_t edition, const char *path)
{
	return end_change(s, begin_change(s, edition, path));
}
