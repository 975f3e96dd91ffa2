#include <stdlib.h>
#include <string.h>

#include "corpora/unpack_deflate.h"
#include "corpora/unpack_zip.h"

/* One entry's data: another codec's, with length and CRC-32 of what it gives. */
struct zip_data {
	struct unpacker unpacker;
	struct archive_limits limits;
	unsigned method;
	uint64_t size, made;
	uint32_t expected, crc;
	struct inflater *inflater;
	bool inflated;
	struct unpacker *inner[3]; /* zstd, bzip2, xz */
	struct unpacker *in_use;
};

static const struct unpack_kind zip_data_kind;

struct unpacker *zip_data_new(const struct archive_limits *limits)
{
	struct zip_data *d = mem_calloc(1, sizeof *d);
	d->unpacker.kind = &zip_data_kind;
	d->limits = *limits;
	return &d->unpacker;
}

void zip_data_set(struct unpacker *u, const struct zip_entry *entry)
{
	struct zip_data *d = (struct zip_data *)u;
	d->method = entry->method;
	d->size = entry->size;
	d->expected = entry->crc;
}

static void zip_data_reset(struct unpacker *u)
{
	static const struct unpack_kind *const kinds[3] = {&unpack_zstd, &unpack_bzip2, &unpack_xz};
	struct zip_data *d = (struct zip_data *)u;
	d->made = 0;
	d->crc = 0;
	d->inflated = false;
	if (d->method == ZIP_DEFLATE) {
		if (!d->inflater)
			d->inflater = inflater_new();
		inflater_reset(d->inflater);
	} else if (d->method != ZIP_STORED) {
		int i = d->method == ZIP_ZSTD ? 0 : d->method == ZIP_BZIP2 ? 1 : 2;
		if (!d->inner[i])
			d->inner[i] = kinds[i]->open(&d->limits);
		d->in_use = d->inner[i];
		d->in_use->kind->reset(d->in_use);
	}
}

static void zip_data_close(struct unpacker *u)
{
	struct zip_data *d = (struct zip_data *)u;
	inflater_free(d->inflater);
	for (int i = 0; i < 3; i++)
		if (d->inner[i])
			d->inner[i]->kind->close(d->inner[i]);
	free(d);
}

static enum unpack_status stored(struct unpack_io *io)
{
	size_t n = io->in_length < io->out_length ? io->in_length : io->out_length;
	if (n)
		memcpy(io->out, io->in, n);
	io->in += n;
	io->in_length -= n;
	io->out += n;
	io->out_length -= n;
	return io->in_ended && !io->in_length ? UNPACK_END : UNPACK_MORE;
}

static enum unpack_status deflated(struct zip_data *d, struct unpack_io *io, struct fault *fault)
{
	unsigned char rest[8];
	if (!d->inflated) {
		enum unpack_status status = inflater_step(d->inflater, io, fault);
		if (status == UNPACK_MORE && io->in_ended && !io->in_length && io->out_length)
			return unpack_bad(fault, FAULT_TRUNCATED, "the data of the zip entry ends too early");
		if (status != UNPACK_END)
			return status;
		d->inflated = true;
	}
	if (io->in_length || inflater_rest(d->inflater, rest))
		return unpack_bad(fault, FAULT_TRAILING, "the data of the zip entry goes on after its end");
	return io->in_ended ? UNPACK_END : UNPACK_MORE;
}

static enum unpack_status zip_data_step(struct unpacker *u, struct unpack_io *io, struct fault *fault)
{
	struct zip_data *d = (struct zip_data *)u;
	const unsigned char *out = io->out;
	enum unpack_status status;
	if (d->method == ZIP_STORED)
		status = stored(io);
	else if (d->method == ZIP_DEFLATE)
		status = deflated(d, io, fault);
	else
		status = d->in_use->kind->step(d->in_use, io, fault);
	if (status == UNPACK_BAD)
		return status;
	size_t n = (size_t)(io->out - out);
	d->made += n;
	if (d->method != ZIP_DEFLATE)
		d->crc = unpack_crc32(d->crc, out, n);
	if (d->made > d->size || (status == UNPACK_END && d->made != d->size))
		return unpack_bad(fault, FAULT_CHECKSUM, "the length of the zip entry is not the one it declares");
	if (status != UNPACK_END)
		return status;
	if ((d->method == ZIP_DEFLATE ? inflater_crc32(d->inflater) : d->crc) != d->expected)
		return unpack_bad(fault, FAULT_CHECKSUM, "the CRC-32 of the zip entry is wrong");
	return UNPACK_END;
}

static bool zip_data_checksummed(const struct unpacker *u)
{
	(void)u;
	return true;
}

static const struct unpack_kind zip_data_kind = {"zip", NULL, zip_data_reset, zip_data_step, NULL, zip_data_checksummed, zip_data_close};
