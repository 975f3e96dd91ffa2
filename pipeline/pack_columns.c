#include "pipeline/pack_columns.h"

#include <stdlib.h>
#include <string.h>

enum {
	LEVEL = 3,                    /* of zstd */
	FRAME_BLOCK_HEAD = 3,         /* bytes that each block of a zstd frame has at least, */
	FRAME_BLOCK_MOST = 128 << 10  /* and what it can hold */
};

void pack_columns_put(ZSTD_CCtx **context, const struct buf *columns, size_t count, struct buf *out)
{
	struct buf body = BUF_INIT;
	if (!*context && !(*context = ZSTD_createCCtx()))
		mem_exhausted();
	for (size_t i = 0; i < count; i++) {
		size_t length = columns[i].length, most = ZSTD_compressBound(length), stored = length;
		buf_reserve(&body, most > length ? most : length);
		if (length) {
			size_t n = ZSTD_compressCCtx(*context, body.data + body.length, most, columns[i].data, length, LEVEL);
			if (!ZSTD_isError(n) && n < length)
				stored = n;
			else
				memcpy(body.data + body.length, columns[i].data, length);
		}
		put_number(out, length);
		put_number(out, stored);
		body.length += stored;
	}
	buf_append(out, body.data, body.length);
	buf_release(&body);
}

static bool get_column(ZSTD_DCtx **context, const char *bytes, size_t stored, struct buf *column, size_t length)
{
	/* no memory for more than can come out */
	if (stored != length && length / FRAME_BLOCK_MOST > stored / FRAME_BLOCK_HEAD)
		return false;
	buf_reserve(column, length + PACK_OVERRUN);
	column->length = length;
	if (stored == length) {
		memcpy(column->data, bytes, length);
		return true;
	}
	if (!*context && !(*context = ZSTD_createDCtx()))
		mem_exhausted();
	return ZSTD_decompressDCtx(*context, column->data, length, bytes, stored) == length;
}

bool pack_columns_get(ZSTD_DCtx **context, struct byte_reader *r, struct buf *columns, size_t count, size_t wanted)
{
	struct byte_reader heads = *r;
	bool good = true;
	for (size_t i = 0; i < count; i++) {
		get_number_to(r, PACK_COLUMN_MOST);
		get_number_to(r, PACK_COLUMN_MOST);
	}
	for (size_t i = 0; i < count; i++) {
		size_t length = get_number_to(&heads, PACK_COLUMN_MOST), stored = get_number_to(&heads, length);
		const char *bytes = get_span(r, stored);
		buf_clear(&columns[i]);
		good = good && heads.at && bytes && (i >= wanted || get_column(context, bytes, stored, &columns[i], length));
	}
	return good && r->at;
}
