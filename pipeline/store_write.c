/* What goes into the store: one archive, one transaction. */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/mem.h"
#include "pipeline/store_changes.h"

struct known_archive *store_known(struct store *s, int64_t edition, size_t *count)
{
	struct known_archive *list = NULL;
	size_t capacity = 0;
	sqlite3_stmt *statement = store_prepare(
		s, "SELECT path, id, bytes, mtime_ns, device, inode, sha256, outcome = 'whole' FROM archive WHERE edition = ? ORDER BY path");
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
			.whole = sqlite3_column_int(statement, 7)};
		if (sqlite3_column_bytes(statement, 6) == (int)sizeof a->sha256)
			memcpy(a->sha256, sqlite3_column_blob(statement, 6), sizeof a->sha256);
	}
	sqlite3_finalize(statement);
	if (store_is_sound(s))
		return list;
	store_free_known(list, *count); /* half a list would look like a store of fewer archives */
	*count = 0;
	return NULL;
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
	int64_t edition;
	enum cause cause;
	uint64_t reviews_before, reviews_after, redated;
	struct strmap before;      /* of the reviews that go: fingerprints, and fingerprints with the year of publication; as far as changes are followed */
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

/* The words of a review and the year they are dated to. */
struct dated_text {
	unsigned char fingerprint[16];
	int year;
};

static struct dated_text dated_text(const struct review_row *row)
{
	struct dated_text key;
	memcpy(key.fingerprint, row->fingerprint, sizeof key.fingerprint);
	key.year = row->published.year;
	return key;
}

static void follow_coming(struct writing *w, const struct review_row *row)
{
	struct changes *changes = changes_of(w->s, w->edition);
	struct dated_text key = dated_text(row);
	if (row->words && strmap_find(&w->before, key.fingerprint, sizeof key.fingerprint) && !strmap_find(&w->before, &key, sizeof key))
		w->redated++;
	w->reviews_after++;
	if (changes)
		months_add(&changes->by_cause[w->cause], row, SUMS_BOTH, false);
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
			follow_coming(w, &row);
		}
	}
	row_release(&row);
	buf_release(&store);
	return failed;
}

/* Of all rows, encoded one after another. */
static void add_checksum(const struct archive_result *result, struct spill *spill, unsigned char checksum[CHECKSUM_BYTES])
{
	struct buf store = BUF_INIT;
	XXH3_state_t *state = XXH3_createState();
	XXH3_128bits_reset(state);
	for (size_t i = 0; i < result->sheaf_count; i++)
		XXH3_128bits_update(state, spill_read(spill, result->sheaves[i].offset, result->sheaves[i].length, &store), result->sheaves[i].length);
	XXH128_canonicalFromHash((XXH128_canonical_t *)checksum, XXH3_128bits_digest(state));
	XXH3_freeState(state);
	buf_release(&store);
}

static int64_t put_account(struct store *s, int64_t edition, const struct file_identity *f, const struct archive_result *result,
                           struct spill *spill)
{
	const struct archive_account *a = &result->account;
	uint64_t reviews = 0;
	char now[32];
	unsigned char checksum[CHECKSUM_BYTES];
	store_now(now);
	add_checksum(result, spill, checksum);
	for (size_t i = 0; i < result->sheaf_count; i++)
		reviews += result->sheaves[i].rows;
	sqlite3_stmt *q = store_prepare(
		s, "INSERT INTO archive(edition, path, bytes, mtime_ns, device, inode, sha256, outcome, units_sealed, units_refused, members,"
		   " members_skipped, decoded_bytes, replaced, reviews, counted_at, checksum)"
		   " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
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
	sqlite3_bind_blob(q, 17, checksum, CHECKSUM_BYTES, SQLITE_STATIC);
	int result_code = store_step(s, q);
	sqlite3_finalize(q);
	return result_code == 0 ? sqlite3_last_insert_rowid(s->db) : -1;
}

/* ---- transactions ---- */

/* The reviews of an archive that goes, or is about to be replaced. */
static int follow_going(struct writing *w, int64_t archive)
{
	struct changes *changes = changes_of(w->s, w->edition);
	if (!changes)
		return 0;
	struct sum_rows *rows = sum_rows_new(w->s, w->edition, "archive");
	const struct review_row *row;
	bool duplicate;
	int result = rows ? 1 : -1;
	if (rows)
		sum_rows_open(rows, archive);
	while (rows && (result = sum_rows_next(rows, &row, &duplicate)) == 1) {
		months_add(&changes->by_cause[w->cause], row, duplicate ? SUMS_COPIES : SUMS_BOTH, true);
		struct dated_text key = dated_text(row);
		strmap_put(&w->before, key.fingerprint, sizeof key.fingerprint, NULL);
		strmap_put(&w->before, &key, sizeof key, NULL);
	}
	sum_rows_free(rows);
	return result;
}

/* Begins the change of one archive: it is out, and the edition is unsettled. cause: what it is if the archive is known. */
static int begin_change(struct writing *w, const char *path, enum cause cause)
{
	struct store *s = w->s;
	if (store_run(s, "BEGIN IMMEDIATE") != 0 || changes_open(s, w->edition) != 0)
		return -1;
	sqlite3_stmt *known = store_prepare(s, "SELECT id, reviews FROM archive WHERE edition = ? AND path = ?");
	if (!known)
		return -1;
	sqlite3_bind_int64(known, 1, w->edition);
	store_bind_text(known, 2, path, false);
	int result = store_next(s, known);
	int64_t id = result == 1 ? sqlite3_column_int64(known, 0) : 0;
	w->cause = result == 1 ? cause : CAUSE_NEW;
	w->reviews_before = result == 1 ? (uint64_t)sqlite3_column_int64(known, 1) : 0;
	sqlite3_finalize(known);
	if (result < 0 || (id && (follow_going(w, id) != 0 || store_run_with(s, "DELETE FROM archive WHERE id = ?", id) != 0)))
		return -1;
	return store_run_with(s, "UPDATE edition SET settled = 0 WHERE id = ?", w->edition);
}

static int end_change(struct writing *w, const char *path, int result)
{
	struct store *s = w->s;
	strmap_release(&w->before);
	if (result == 0 && run_note_archive(s, w->edition, path, w->cause, w->reviews_before, w->reviews_after, w->redated) == 0 &&
	    store_run(s, "COMMIT") == 0)
		return 0;
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	changes_forget(s);
	return -1;
}

int store_put_archive(struct store *s, int64_t edition, const struct file_identity *identity, const struct archive_result *result,
                      struct spill *spill)
{
	struct writing w = {.s = s, .edition = edition, .before = STRMAP_INIT};
	int failed = begin_change(&w, result->path, CAUSE_CHANGED);
	if (!failed && (w.archive = put_account(s, edition, identity, result, spill)) < 0)
		failed = -1;
	if (!failed) {
		w.review = store_prepare(
			s, "INSERT INTO review(archive, number, member, record, ordinal, byte_offset, length, first_line, last_line, kind, counted, words,"
			   " published_year, published_month, published_rule, published_text, published_conflict, incident_year, incident_month,"
			   " incident_rule, incident_text, incident_conflict, outcome, age_months, age_band, gender, recommendations, method, title, section,"
			   " board, child, layout, fingerprint, sketch)"
			   " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
		w.theme = store_prepare(s, "INSERT INTO tally VALUES(?, ?, ?, ?, ?)");
		w.inconclusive = store_prepare(s, "INSERT OR IGNORE INTO inconclusive VALUES(?, ?)");
		w.fault = store_prepare(s, "INSERT INTO fault VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
		failed = w.review && w.theme && w.inconclusive && w.fault ? put_faults(&w, result) || put_reviews(&w, result, spill) : -1;
	}
	sqlite3_finalize(w.review);
	sqlite3_finalize(w.theme);
	sqlite3_finalize(w.inconclusive);
	sqlite3_finalize(w.fault);
	return end_change(&w, result->path, failed);
}

int store_remove_archive(struct store *s, int64_t edition, const char *path)
{
	struct writing w = {.s = s, .edition = edition, .before = STRMAP_INIT};
	return end_change(&w, path, begin_change(&w, path, CAUSE_GONE));
}

int store_drop_edition(struct store *s, int64_t edition)
{
	return store_run_with(s, "DELETE FROM edition WHERE id = ?", edition);
}
