/* Seek points of a gzip file of one member, kept in a file beside it so that several threads can inflate it the next time
 * (private to corpora/). docs/formats.md has the format.
 *
 * A point is the beginning of a deflate block: the bit where it begins, how much has been put out before it, and the last 32 KiB of that, which the
 * block may copy from. An index is found by what is packed (size, first and last 64 KiB), not by name or time; whether it
 * really is of this file, and true, unpack_gzip_points finds out as it goes. */
#ifndef CORPORA_GZIP_INDEX_H
#define CORPORA_GZIP_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "corpora/stream.h"

#define GZIP_WINDOW ((size_t)32 << 10)

/* For tests: the sizes that are in use from now on. Not to be called while threads run. */
struct gzip_index_sizes {
	uint64_t file_least;              /* packed: a smaller file gets no index */
	uint64_t apart_packed, apart_out; /* a point is looked for when so much lies behind the last one, */
	size_t slice;                     /* so many packed bytes at a time: the beginning of a block is seen while its header has not come whole */
	uint64_t packed_most, out_most;   /* between two points; an index with more is of no use */
};
#define GZIP_INDEX_SIZES_DEFAULT {16 << 20, 1 << 20, 2 << 20, 48, 3 << 20, 16 << 20}
void gzip_index_use(const struct gzip_index_sizes *sizes);
const struct gzip_index_sizes *gzip_index_sizes(void);

/* The file's key; false if it gets no index: too small, cannot be read in any order. */
bool gzip_index_key(const struct origin *o, unsigned char key[32]);

struct gzip_point {
	uint64_t bit;              /* of the packed file */
	uint64_t out;              /* bytes put out before it */
	uint64_t window_at;        /* in the index, packed by zstd */
	uint32_t window_packed, window_crc;
};

struct gzip_index {
	int fd;
	char *path;
	struct gzip_point *points; /* rising; the first is where the deflate stream begins, with out 0 and no window */
	size_t count;              /* two at least */
};

/* NULL if there is none, or none that is whole and fits a file of this size. */
struct gzip_index *gzip_index_open(const char *directory, const unsigned char key[32], uint64_t size);
/* wrong: it was found to be no index of the file, and is removed. */
void gzip_index_close(struct gzip_index *x, bool wrong);

/* The window of point i, its length in *length. False if it is damaged. */
bool gzip_index_window(const struct gzip_index *x, size_t i, unsigned char window[GZIP_WINDOW], size_t *length);

/* ---- making one ---- */

/* Collects points while the file is read front to back, in a temporary file. If something goes wrong there is no index, and nothing is said. */
struct gzip_recorder;
struct gzip_recorder *gzip_recorder_new(const char *directory, const unsigned char key[32], uint64_t size);
void gzip_recorder_free(struct gzip_recorder *r);
/* The file was whole: the index takes its place, if it has two points at least. */
void gzip_recorder_finish(struct gzip_recorder *r);
/* No index can be made: the file has several members, or was not read from its beginning. */
void gzip_recorder_abandon(struct gzip_recorder *r);

/* From the decoder: bytes put out; whether a point is wanted after so many packed bytes; a block begins at this bit. */
void gzip_recorder_put_out(struct gzip_recorder *r, const unsigned char *bytes, size_t length);
bool gzip_recorder_wants(struct gzip_recorder *r, uint64_t packed);
void gzip_recorder_point(struct gzip_recorder *r, uint64_t bit);

#endif
