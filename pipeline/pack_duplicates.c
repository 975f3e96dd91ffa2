#include "pipeline/pack_duplicates.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "pipeline/pack.h"

void pack_duplicates_encode(const struct duplicate *list, size_t count, struct buf *out)
{
	size_t last = 0;
	put_number(out, count);
	for (size_t i = 0; i < count; i++) {
		uint64_t similarity;
		memcpy(&similarity, &list[i].similarity, sizeof similarity);
		put_number(out, list[i].row - last);
		put_number(out, list[i].of);
		put_number(out, list[i].reason);
		put_number(out, similarity);
		last = list[i].row;
	}
}

bool pack_duplicates_decode(struct duplicate **list, size_t *count, uint64_t rows, const struct buf *bytes)
{
	struct byte_reader r = buf_reader(bytes);
	uint64_t next = 0; /* least row of the next */
	*count = get_count(&r);
	*list = mem_calloc(*count, sizeof **list);
	for (size_t i = 0; i < *count; i++) {
		struct duplicate *d = &(*list)[i];
		uint64_t row = get_number_to(&r, rows) + (i ? next - 1 : 0);
		d->row = (uint32_t)row;
		d->of = get_number_to(&r, rows);
		d->reason = (enum duplicate_reason)get_number_to(&r, DUPLICATE_SAME_CASE);
		uint64_t similarity = get_number(&r);
		memcpy(&d->similarity, &similarity, sizeof similarity);
		if (!r.at || row < next || row >= rows || row > UINT32_MAX || d->of >= rows || d->of == row || d->reason == DUPLICATE_NONE)
			return false;
		next = row + 1;
	}
	return r.at && bytes_left(&r) == 0;
}

bool pack_duplicates_of(const struct archive_path *archives, size_t archive_count, uint64_t rows, struct duplicate **list, size_t *count)
{
	const struct pack *p = archive_count && archives[0].packed ? archives[0].packed->pack : NULL;
	if (!p || archive_count != p->contents.archive_count || rows != p->contents.review_count)
		return false;
	for (size_t i = 0; i < archive_count; i++)
		if (archives[i].packed != &p->contents.archives[i])
			return false;
	*count = p->duplicate_count;
	*list = mem_alloc(*count * sizeof **list);
	memcpy(*list, p->duplicates, *count * sizeof **list);
	return true;
}
