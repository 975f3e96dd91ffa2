/* Joining stores. The result depends only on the set of archives in them: editions are taken in the order of their keys, archives in that of
 * their paths. Where stores know different states of one archive the one with the latest time of change counts, then the one with
 * the greater hash. So any order, grouping and repetition gives the same tables. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "pipeline/store_sql.h"

struct candidate_archive {
	unsigned char key[32];   /* of the edition */
	const char *path;
	int64_t mtime_ns;
	unsigned char sha256[32];
	size_t store;
	int64_t edition, id;
};

static int by_place_then_best(const void *a, const void *b)
{
	const struct candidate_archive *x = a, *y = b;
	int c = memcmp(x->key, y->key, sizeof x->key);
	if (!c)
		c = strcmp(x->path, y->path);
	if (!c)
		c = x->mtime_ns < y->mtime_ns ? 1 : x->mtime_ns > y->mtime_ns ? -1 : 0;
	if (!c)
		c = memcmp(y->sha256, x->sha256, sizeof x->sha256);
	return c ? c : x->store < y->store ? -1 : x->store > y->store;
}

struct merging {
	struct store *to;
	struct store **from;
	size_t from_count;
	struct candidate_archive *list;
	size_t count, capacity;
	struct known_archive **known;   /* per store and edition, for the paths */
	size_t *known_counts;
	size_t known_count, known_capacity, counts_capacity;
};

static int collect(struct merging *m, size_t store)
{
	struct edition e;
	int result;
	for (int64_t id = 1; (result = store_find_edition(m->from[store], id, &e)) >= 0; id++) {
		if (result == 0) {
			struct edition newest;
			if (store_find_edition(m->from[store], 0, &newest) != 1 || id > newest.id)
				return 0;
			continue; /* editions may have been dropped */
		}
		size_t n;
		struct known_archive *known = store_known(m->from[store], e.id, &n);
		MEM_GROW(m->known, m->known_count, m->known_capacity);
		MEM_GROW(m->known_counts, m->known_count, m->counts_capacity);
		m->known[m->known_count] = known;
		m->known_counts[m->known_count++] = n;
		for (size_t i = 0; i < n; i++) {
			MEM_GROW(m->list, m->count, m->capacity);
			struct candidate_archive *c = &m->list[m->count++];
			*c = (struct candidate_archive){.path = known[i].path, .mtime_ns = known[i].identity.mtime_ns, .store = store, .edition = e.id, .id = known[i].id};
			memcpy(c->key, e.key, sizeof c->key);
			memcpy(c->sha256, known[i].sha256, sizeof c->sha256);
		}
	}
	return -1;
}

/* Copies the rows that `select` gives for an ID into `insert`, whose first parameter becomes `owner`; what follows are the
 * columns of select from the second on. copied is called after each row with the old and the new row ID. */
static int copy_rows(struct store *from, struct store *to, const char *select, int64_t id, const char *insert, int64_t owner,
                     int (*copied)(void *context, int64_t old_id, int64_t new_id), void *context)
{
	sqlite3_stmt *in = store_prepare(from, select), *out = store_prepare(to, insert);
	int result = in && out ? 1 : -1;
	if (in)
		sqlite3_bind_int64(in, 1, id);
	while (result == 1 && (result = store_next(from, in)) == 1) {
		int columns = sqlite3_column_count(in);
		sqlite3_bind_int64(out, 1, owner);
		for (int i = 1; i < columns; i++)
			sqlite3_bind_value(out, i + 1, sqlite3_column_value(in, i));
		if (store_step(to, out) != 0 || (copied && copied(context, sqlite3_column_int64(in, 0), sqlite3_last_insert_rowid(to->db)) != 0))
			result = -1;
	}
	sqlite3_finalize(in);
	sqlite3_finalize(out);
	return result;
}

struct copying {
	struct store *from, *to;
};

static int copy_of_review(void *context, int64_t old_id, int64_t new_id)
{
	struct copying *c = context;
	return copy_rows(c->from, c->to, "SELECT review, theme, mentions, negated, sentences FROM tally WHERE review = ? ORDER BY theme", old_id,
	                 "INSERT INTO tally VALUES(?, ?, ?, ?, ?)", new_id, NULL, NULL) ||
	       copy_rows(c->from, c->to, "SELECT review, theme FROM inconclusive WHERE review = ? ORDER BY theme", old_id,
	                 "INSERT INTO inconclusive VALUES(?, ?)", new_id, NULL, NULL);
}

static int copy_of_archive(void *context, int64_t old_id, int64_t new_id)
{
	struct copying *c = context;
	return copy_rows(c->from, c->to,
	                 "SELECT id, number, member, record, ordinal, byte_offset, length, first_line, last_line, kind, counted, words, published_year,"
	                 " published_month, published_rule, published_text, published_conflict, incident_year, incident_month, incident_rule, incident_text,"
	                 " incident_conflict, outcome, age_months, age_band, gender, recommendations, method, title, section, board, child, layout,"
	                 " fingerprint, sketch FROM review WHERE archive = ? ORDER BY number", old_id,
	                 "INSERT INTO review(archive, number, member, record, ordinal, byte_offset, length, first_line, last_line, kind, counted, words,"
	                 " published_year, published_month, published_rule, published_text, published_conflict, incident_year, incident_month, incident_rule,"
	                 " incident_text, incident_conflict, outcome, age_months, age_band, gender, recommendations, method, title, section, board, child,"
	                 " layout, fingerprint, sketch) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", new_id,
	                 copy_of_review, c) ||
	       copy_rows(c->from, c->to, "SELECT archive, number, skipped, member, reason, packed_offset, byte_offset, line, message FROM fault WHERE archive = ?",
	                 old_id, "INSERT INTO fault VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)", new_id, NULL, NULL);
}

static int copy_edition(struct merging *m, const struct candidate_archive *c, int64_t *id)
{
	struct copying copying = {m->from[c->store], m->to};
	sqlite3_stmt *in = store_prepare(copying.from, "SELECT key, lexicon_name, lexicon_version, nested, program, created FROM edition WHERE id = ?");
	sqlite3_stmt *out = store_prepare(m->to, "INSERT INTO edition(key, lexicon_name, lexicon_version, nested, program, created, settled)"
	                                         " VALUES(?, ?, ?, ?, ?, ?, 0)");
	int failed = in && out ? 0 : -1;
	if (!failed) {
		sqlite3_bind_int64(in, 1, c->edition);
		failed = store_next(copying.from, in) == 1 ? 0 : -1;
		for (int i = 0; i < 6 && !failed; i++)
			sqlite3_bind_value(out, i + 1, sqlite3_column_value(in, i));
		failed = failed || store_step(m->to, out) != 0;
	}
	sqlite3_finalize(in);
	sqlite3_finalize(out);
	*id = sqlite3_last_insert_rowid(m->to->db);
	return failed ? -1 : copy_rows(copying.from, m->to, "SELECT edition, number, code, label, description, parent, negatable FROM theme WHERE edition = ?"
	                                                    " ORDER BY number", c->edition, "INSERT INTO theme VALUES(?, ?, ?, ?, ?, ?, ?)", *id, NULL, NULL);
}

static int copy_archive(struct merging *m, const struct candidate_archive *c, int64_t edition)
{
	struct copying copying = {m->from[c->store], m->to};
	return copy_rows(copying.from, m->to,
	                 "SELECT id, path, bytes, mtime_ns, device, inode, sha256, outcome, units_sealed, units_refused, members, members_skipped, decoded_bytes,"
	                 " replaced, reviews, counted_at, checksum FROM archive WHERE id = ?", c->id,
	                 "INSERT INTO archive(edition, path, bytes, mtime_ns, device, inode, sha256, outcome, units_sealed, units_refused, members, members_skipped,"
	                 " decoded_bytes, replaced, reviews, counted_at, checksum) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", edition, copy_of_archive, &copying);
}

static int copy_all(struct merging *m)
{
	int64_t edition = 0;
	if (store_run(m->to, "BEGIN IMMEDIATE") != 0)
		return -1;
	const struct candidate_archive *list = m->list;
	assert(list || !m->count);
	for (size_t i = 0, count = m->count; i < count; i++) {
		const struct candidate_archive *c = &list[i], *before = i ? c - 1 : NULL;
		bool same_edition = before && memcmp(before->key, c->key, sizeof c->key) == 0;
		if (same_edition && strcmp(before->path, c->path) == 0)
			continue; /* a lesser copy of the one just taken */
		if (!same_edition && copy_edition(m, c, &edition) != 0)
			return -1;
		if (copy_archive(m, c, edition) != 0)
			return -1;
	}
	for (size_t i = 0; i < m->from_count; i++)
		if (!store_is_sound(m->from[i]))
			return -1;
	return store_run(m->to, "COMMIT");
}

int store_merge(struct store *to, struct store **from, size_t count, unsigned threads)
{
	struct merging m = {.to = to, .from = from, .from_count = count};
	struct edition e;
	int failed = 0;
	for (size_t i = 0; i < count && !failed; i++)
		failed = store_run(from[i], "BEGIN") || collect(&m, i) || !store_is_sound(from[i]);
	if (!failed) {
		mem_sort(m.list, m.count, sizeof *m.list, by_place_then_best);
		failed = copy_all(&m);
	}
	for (int64_t id = 1; !failed && store_find_edition(to, id, &e) == 1; id++)
		failed = store_settle(to, &e, threads);
	for (size_t i = 0; i < m.known_count; i++)
		store_free_known(m.known[i], m.known_counts[i]);
	free(m.known);
	free(m.known_counts);
	free(m.list);
	return failed ? -1 : 0;
}
