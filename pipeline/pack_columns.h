/* Columns of bytes, each compressed by itself where that makes it shorter. */
#ifndef PIPELINE_PACK_COLUMNS_H
#define PIPELINE_PACK_COLUMNS_H

#include <stdbool.h>
#include <zstd.h>

#include "base/codec.h"

enum {
	PACK_COLUMN_MOST = 1 << 30, /* bytes of a column: four times what the longest member allowed by default can make */
	PACK_OVERRUN = 16           /* so many bytes past the end of a column may be read */
};

/* The context is made when it is first needed, and is the caller's to free. */
void pack_columns_put(ZSTD_CCtx **context, const struct buf *columns, size_t count, struct buf *out);

/* Takes columns out again, only the first `wanted`; the others become empty. False if they are not there. */
bool pack_columns_get(ZSTD_DCtx **context, struct byte_reader *r, struct buf *columns, size_t count, size_t wanted);

#endif
