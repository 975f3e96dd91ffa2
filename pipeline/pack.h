/* Packs: a corpus cut, dated and tokenised once, for reruns with other lexicons (docs/pack-format.md).
 *
 * A pack is a file that holds what its archives gave, in blocks that are compressed and checksummed one by one: of each review the row (less the themes) and the
 * text, as numbers of words and gaps. A run over it gives the same bytes as over the archives. An open pack is read-only and may be shared by threads; a
 * pack_reader belongs to one. */
#ifndef PIPELINE_PACK_H
#define PIPELINE_PACK_H

#include "pipeline/options.h"
#include "pipeline/pack_block.h"
#include "pipeline/pack_contents.h"
#include "pipeline/pack_duplicates.h"

struct pack {
	char *path;
	int fd;
	uint64_t size;
	struct pack_contents contents;
	struct pack_tables tables;
	struct duplicate *duplicates; /* among all its reviews, see pack_duplicates.h */
	size_t duplicate_count;
	struct pack_finds *finds;  /* what of its finds the lexicon at hand can use; NULL: nothing. Set before threads read the pack, and the pack's from then on */
	struct buf memory;         /* of the contents' strings */
};

/* Whether the file begins as a pack does. */
bool pack_is(const char *path);

/* NULL with *fault set (offsets are packed offsets) if it is damaged or of another version. */
struct pack *pack_open(const char *path, struct fault *fault);
void pack_close(struct pack *p);

/* Why a run with these options may not use the pack, to be appended to its name; NULL if it may. The caller frees. */
char *pack_unfit(const struct pack *p, const struct options *o);

/* What an archive's file is now, as far as its size and time tell. */
enum pack_source { SOURCE_SAME, SOURCE_CHANGED, SOURCE_GONE };
enum pack_source pack_source_of(const struct pack_archive *a);

/* The block in hand. */
struct pack_reader {
	const struct pack *pack;   /* NULL: none */
	size_t number;
	enum pack_part part;       /* that was taken out */
	struct pack_block block;
	struct buf bytes;
};
/* Reads and proves a block, unless it is the one in hand. False with *fault set if it is damaged. */
bool pack_read(struct pack_reader *r, const struct pack *p, size_t number, enum pack_part part, struct fault *fault);
void pack_reader_release(struct pack_reader *r);

/* For archives as run_archives() gets them: puts those of the same pack that share a block one after the other. next[i] is the archive to be read after
 * archive i, or SIZE_MAX; is_first[i] says that i comes after none. Archives of no pack are by themselves. */
void pack_chain(const struct archive_path *archives, size_t count, size_t *next, bool *is_first);

/* ---- the file, for pack.c and pack_write.c ---- */

#define PACK_MAGIC "\x89TMPK\r\n\x1A"
enum {
	PACK_VERSION = 3,      /* of all that is written, encoded rows and the rules of tokens too */
	PACK_HEAD_BYTES = 24,  /* magic, version, zero, XXH3-64 of these */
	PACK_TABLE_COLUMNS = 6, /* lengths and spellings of words, gaps, patterns */
	PACK_TAIL_BYTES = 48   /* offset and length of the contents, XXH3-128 of them, XXH3-64 of these, magic */
};

/* What reviews depend on under these options. Free each value, and the list. */
struct pack_setting *pack_settings(const struct options *o, size_t *count);
void pack_settings_free(struct pack_setting *list, size_t count);

#endif
