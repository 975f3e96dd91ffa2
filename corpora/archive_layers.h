/* How an archive is read: a stack of layers, each reading the bytes of the one below (private to corpora/archive*.c).
 *
 *     a.tar.gz      CODEC gzip  reads the file       gives one stream
 *                   TAR         reads that stream    gives slices of it
 *                   WHOLE       reads a slice        gives one member
 *     b.jsonl.gz    CODEC gzip, RECORDS
 *     c.zip         ZIP, which reads ranges of the file through a codec each, and above it RECORDS, WHOLE, CODEC, ...
 *
 * archive_next() works on the topmost layer until there is something to tell. A layer leaves the stack when its bytes are used up;
 * the unit is whole when the stack is empty (for a zip: when only the ZIP layer is left) and no layer has failed.
 *
 * Invariants:
 * 1. A layer leaves the stack only when the stream it reads is at its end, so everything below has been checked to its end.
 * 2. The first fault wins, except that damage of a lower layer explains, and replaces, what a higher one found; that
 *    makes the verdict the same for any size of reads.
 * 3. Layers, their windows and decoders are kept for the next entry: no memory is allocated per member. */
#ifndef CORPORA_ARCHIVE_LAYERS_H
#define CORPORA_ARCHIVE_LAYERS_H

#include <sys/stat.h>

#include "base/mem.h"
#include "base/sha256.h"
#include "corpora/archive.h"
#include "corpora/gzip_index.h"
#include "corpora/sniff.h"
#include "corpora/stream.h"
#include "corpora/unpack_records.h"
#include "corpora/unpack_tar.h"
#include "corpora/unpack_zip_ahead.h"

enum layer_kind { LAYER_CODEC, LAYER_TAR, LAYER_ZIP, LAYER_RECORDS, LAYER_WHOLE };

#define LAYER_CODECS 4 /* as many as there are compressed streams in enum content_kind, which come first */
#define MAX_DEPTH BUDGET_LEVELS
#define MAX_LAYERS (MAX_DEPTH + 1) /* above the containers one of RECORDS or WHOLE */

struct layer {
	enum layer_kind kind;
	struct stream *in;        /* what it reads */
	struct stream out;        /* what the layer above reads: decoded bytes, or one entry */
	struct content content;
	struct buf path;          /* inside the archive, clean; "" at the bottom and for what a codec at the bottom gives */
	struct buf file_name;     /* see struct member */
	struct buf entry_path;    /* TAR, ZIP: of the entry being read */
	unsigned depth;           /* containers at and below this layer */
	unsigned level;           /* codecs below this layer */
	bool busy;                /* CODEC, ZIP: what it gives is being read; WHOLE: the member has been given */
	struct unpacker *unpackers[LAYER_CODECS];
	struct tar tar;
	struct records records;
	struct zip zip;
	struct origin zip_memory; /* of a zip that is not a file of its own */
	struct stream zip_range;  /* packed data of the entry */
	uint64_t zip_entry_start; /* where the entry, or its data, begins in the zip */
	struct unpacker *zip_data;
	struct zip_ahead *zip_ahead; /* of the whole archive; else NULL */
};

struct archive {
	struct archive_limits limits;
	char *path;               /* NULL: memory or standard input */
	char *base_name;
	struct origin origin;
	struct stat before;
	struct stream bottom;     /* the packed bytes */
	struct budget budget;
	struct layer *layers[MAX_LAYERS];
	unsigned height;          /* layers in use */
	struct fault fault;       /* code and message of what failed; streams share it */
	struct help_desk *desk;   /* see archive_want_help(); NULL: nobody helps */
	unsigned helpers;
	const char *index_directory; /* see archive_want_index() */
	struct gzip_recorder *recorder; /* of the gzip file that is being read */
	bool opened, closing, ended;
	bool unit_checked;        /* the codec at the bottom of this unit had a checksum over all its bytes */
	bool unchecked;           /* some unit had none */
	uint64_t entries;
	uint64_t decoded_before, members_before, skipped_before; /* account of the units before this one */
	bool want_hash;
	struct sha256 hash;
	struct archive_account account;
};

enum entered {
	ENTERED,         /* a layer stands on the stack */
	ENTERED_NOTHING, /* nothing in it to read; in is at its end */
	ENTERED_SKIPPED, /* a->fault says why; in is at its end */
	ENTERED_BAD      /* in has failed, and the unit with it */
};

/* What `in` holds becomes a layer. path and file_name are clean. lone: it is all that the unit holds. */
enum entered layers_enter(struct archive *a, struct stream *in, const char *path, const char *file_name, unsigned depth,
                          unsigned level, bool lone);

enum worked {
	WORKED_ON,   /* go on */
	WORKED_TELL, /* *status, and *member or *fault, are set */
	WORKED_BAD   /* the unit has failed */
};

/* Works on the topmost layer. */
enum worked layers_work(struct archive *a, enum archive_status *status, struct member *member, struct fault *fault);

/* The whole archive is a zip, whose entries are units of their own. */
bool layers_zip_below(const struct archive *a);

/* Puts a->fault into *fault: what was found in the bytes of in. */
void layers_locate(const struct archive *a, const char *member, const struct stream *in, struct fault *fault);

/* The same for what made the unit fail, after looking whether a lower layer's damage explains it. */
void layers_explain(struct archive *a, struct fault *fault);

void layers_free(struct archive *a);

#endif
