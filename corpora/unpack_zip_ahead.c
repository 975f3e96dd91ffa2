#include "corpora/unpack_zip_ahead.h"

#include <stdlib.h>
#include <string.h>

#include "corpora/crew.h"
#include "corpora/unpack_deflate.h"

enum {
	BATCH_PACKED = 256 << 10, /* a batch is closed when it holds so much: about 1 ms of work, */
	BATCH_SIZE = 4 << 20,     /* so much decoded, */
	BATCH_ITEMS = 256,        /* or so many entries */
	ENTRY_PACKED = 1 << 20,   /* larger entries are not decoded ahead */
	ENTRY_SIZE = 8 << 20
};

struct item {
	enum zip_status status;
	struct zip_entry entry;
	size_t name_at, packed_at, decoded_at; /* in the batch */
	bool ahead;               /* to be decoded ahead */
	bool whole;               /* and has been */
	enum fault_code code;     /* ZIP_BAD */
	char message[sizeof ((struct fault *)0)->message];
};

struct batch {
	struct item items[BATCH_ITEMS];
	size_t count;
	struct buf names, packed;
	unsigned char *decoded;
	size_t decoded_length, decoded_capacity;
	struct unpacker *data;
	struct inflate_whole *inflate;
	const struct archive_limits *limits;
};

struct zip_ahead {
	struct archive_limits limits;
	struct help_desk *own_desk; /* where nobody helps */
	struct crew *crew;
	struct batch *batches;
	size_t batch_count;
	struct batch *open;       /* taken back from the crew, item `at` is the next */
	size_t at;
	bool ended;               /* zip_next() has said so */
};

static void run(void *job)
{
	struct batch *b = job;
	if (!b->data)
		b->data = zip_data_new(b->limits);
	if (!b->inflate)
		b->inflate = inflate_whole_new();
	struct unpacker *data = b->data;
	if (b->decoded_capacity < b->decoded_length) {
		b->decoded_capacity = b->decoded_length;
		free(b->decoded);
		b->decoded = mem_alloc(b->decoded_capacity);
	}
	for (size_t i = 0; i < b->count; i++) {
		struct item *item = &b->items[i];
		struct fault unused;
		if (!item->ahead)
			continue;
		struct unpack_io io = {(const unsigned char *)b->packed.data + item->packed_at, (size_t)item->entry.packed, true,
		                       b->decoded + item->decoded_at, (size_t)item->entry.size + 1};
		item->whole = item->entry.method == ZIP_DEFLATE &&
		              inflate_whole(b->inflate, io.in, io.in_length, io.out, (size_t)item->entry.size, item->entry.crc);
		if (item->whole)
			continue;
		zip_data_set(data, &item->entry);
		data->kind->reset(data);
		enum unpack_status status;
		do
			status = data->kind->step(data, &io, &unused);
		while (status == UNPACK_MORE);
		item->whole = status == UNPACK_END;
	}
}

struct zip_ahead *zip_ahead_new(struct help_desk *desk, unsigned threads, const struct archive_limits *limits)
{
	struct zip_ahead *a = mem_calloc(1, sizeof *a);
	a->limits = *limits;
	a->batch_count = (size_t)threads + 2; /* each thread one, one waiting, one open */
	a->batches = mem_calloc(a->batch_count, sizeof *a->batches);
	for (size_t i = 0; i < a->batch_count; i++)
		a->batches[i].limits = &a->limits;
	if (!desk)
		desk = a->own_desk = help_desk_new(NULL, NULL);
	a->crew = crew_new(desk, a->batches, a->batch_count, sizeof *a->batches, run);
	return a;
}

void zip_ahead_free(struct zip_ahead *a)
{
	if (!a)
		return;
	crew_free(a->crew);
	for (size_t i = 0; i < a->batch_count; i++) {
		buf_release(&a->batches[i].names);
		buf_release(&a->batches[i].packed);
		free(a->batches[i].decoded);
		if (a->batches[i].data)
			a->batches[i].data->kind->close(a->batches[i].data);
		inflate_whole_free(a->batches[i].inflate);
	}
	free(a->batches);
	help_desk_free(a->own_desk);
	free(a);
}

/* Copies the packed data of an entry that is to be decoded ahead. */
static void collect(const struct zip_ahead *a, struct zip *z, struct batch *b, struct item *item)
{
	const struct zip_entry *e = &item->entry;
	struct fault unused;
	if (e->folder || e->link || e->packed > ENTRY_PACKED || e->size > ENTRY_SIZE || e->size > a->limits.unit_bytes ||
	    e->size >= a->limits.ratio_floor) /* whoever reads it looks at the ratio as it goes */
		return;
	item->packed_at = b->packed.length;
	buf_reserve(&b->packed, (size_t)e->packed);
	if (e->bytes)
		memcpy(b->packed.data + b->packed.length, e->bytes, (size_t)e->packed);
	else if (!zip_read_data(z, e, b->packed.data + b->packed.length, &unused))
		return; /* whoever reads it again will say why */
	b->packed.length += (size_t)e->packed;
	item->decoded_at = b->decoded_length;
	b->decoded_length += (size_t)e->size + 1; /* room for a byte too many, by which that is noticed */
	item->ahead = true;
}

static void fill(struct zip_ahead *a, struct zip *z, struct batch *b)
{
	b->count = b->decoded_length = 0;
	buf_clear(&b->names);
	buf_clear(&b->packed);
	while (!a->ended && b->count < BATCH_ITEMS && b->packed.length < BATCH_PACKED && b->decoded_length < BATCH_SIZE) {
		struct item *item = &b->items[b->count++];
		struct fault fault;
		item->ahead = item->whole = false;
		item->status = zip_next(z, &item->entry, &fault);
		item->name_at = b->names.length;
		if (item->status != ZIP_END)
			buf_append(&b->names, item->entry.name, item->entry.name_length);
		if (item->status == ZIP_BAD) {
			item->code = fault.code;
			memcpy(item->message, fault.message, sizeof item->message);
		} else if (item->status == ZIP_ENTRY) {
			collect(a, z, b, item);
		}
		a->ended = item->status == ZIP_END;
	}
}

enum zip_status zip_ahead_next(struct zip_ahead *a, struct zip *z, struct zip_entry *entry, const unsigned char **decoded,
                               struct fault *fault)
{
	*decoded = NULL;
	if (a->open && a->at == a->open->count) {
		a->open = NULL;
		crew_take_back(a->crew);
	}
	for (struct batch *next; !a->ended && (next = crew_next(a->crew)); crew_submit(a->crew))
		fill(a, z, next);
	if (!a->open) {
		a->open = crew_first(a->crew, true);
		a->at = 0;
	}
	if (!a->open)
		return ZIP_END;
	const struct item *item = &a->open->items[a->at++];
	*entry = item->entry;
	entry->name = a->open->names.data ? a->open->names.data + item->name_at : "";
	entry->bytes = NULL;
	if (item->status == ZIP_BAD) {
		fault->code = item->code;
		memcpy(fault->message, item->message, sizeof item->message);
	}
	if (item->whole)
		*decoded = a->open->decoded + item->decoded_at;
	return item->status;
}
