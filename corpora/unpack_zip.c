#include "corpora/unpack_zip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>


enum {
	END_LENGTH = 22,
	END64_LENGTH = 56,
	LOCATOR_LENGTH = 20,
	RECORD_LENGTH = 46,
	LOCAL_LENGTH = 30,
	DESCRIPTOR_LENGTH = 24, /* at most */
	TAIL_LENGTH = END_LENGTH + 65535
};

/* How much is read at a time: of the directory when all of it is read and when single records are looked up again, and of the entries. */
enum { DIRECTORY_AHEAD = 1 << 16, RECORDS_AHEAD = 1 << 12, LOCALS_AHEAD = 1 << 18, SMALL_ENTRY = 1 << 16 };

#define SIGNATURE_LOCAL 0x04034B50u
#define SIGNATURE_RECORD 0x02014B50u
#define SIGNATURE_END 0x06054B50u
#define SIGNATURE_END64 0x06064B50u
#define SIGNATURE_LOCATOR 0x07064B50u
#define SIGNATURE_DESCRIPTOR 0x08074B50u

enum { FLAG_ENCRYPTED = 1, FLAG_DESCRIPTOR = 8, FLAG_PATCH = 32, FLAG_STRONG = 64, FLAG_MASKED = 8192 };
/* Flags that change what is read; the others tell how it was compressed or how its name is written. */
#define FLAGS_THAT_MATTER (FLAG_ENCRYPTED | FLAG_DESCRIPTOR | FLAG_PATCH | FLAG_STRONG | FLAG_MASKED)

struct zip_place {
	uint64_t start;       /* of the local header */
	uint64_t least_end;   /* its header without extra field, and its data, reach this far */
	uint64_t record;      /* of the directory record */
};

static uint32_t get16(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get32(const unsigned char *p)
{
	return get16(p) | get16(p + 2) << 16;
}

static uint64_t get64(const unsigned char *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

/* All of length bytes from position on. */
static bool read_at(const struct origin *o, void *to, size_t length, uint64_t position, struct fault *fault)
{
	if (position > o->size || length > o->size - position) {
		unpack_bad(fault, FAULT_CORRUPT, "the zip points outside itself");
		return false;
	}
	for (size_t have = 0; have < length;) {
		ssize_t got = origin_read(o, (unsigned char *)to + have, length - have, position + have);
		if (got < 0) {
			unpack_bad(fault, FAULT_IO, "cannot be read: %s", strerror(errno));
			return false;
		}
		if (got == 0) {
			unpack_bad(fault, FAULT_CHANGED, "became shorter while it was read");
			return false;
		}
		have += (size_t)got;
	}
	return true;
}

/* Those bytes if the view holds them, else NULL. */
static const unsigned char *held(const struct origin *o, const struct zip_view *v, uint64_t position, uint64_t length)
{
	if (o->fd < 0)
		return o->memory + position;
	bool holds = position >= v->start && position - v->start <= v->length && length <= v->length - (position - v->start);
	return holds ? v->bytes + (position - v->start) : NULL;
}

/* length bytes from position on, in memory until the next look through this view. If they have to be read, `ahead` bytes
 * are, for the looks to come. */
static const unsigned char *look(const struct origin *o, struct zip_view *v, uint64_t position, size_t length, uint64_t ahead,
                                 struct fault *fault)
{
	if (position > o->size || length > o->size - position) {
		unpack_bad(fault, FAULT_CORRUPT, "the zip points outside itself");
		return NULL;
	}
	const unsigned char *p = held(o, v, position, length);
	if (p)
		return p;
	if (ahead > o->size - position)
		ahead = o->size - position;
	size_t n = ahead > length ? (size_t)ahead : length;
	if (v->capacity < n) {
		v->capacity = n;
		v->bytes = mem_realloc(v->bytes, n, 1);
	}
	v->length = 0;
	if (!read_at(o, v->bytes, n, position, fault))
		return NULL;
	v->start = position;
	v->length = n;
	return v->bytes;
}

struct end_record {
	uint64_t position;    /* what comes after the directory begins here */
	uint64_t entries, directory_size, directory;
};

/* Finds the end record: the last thing in the file that looks like one must reach exactly to its end. */
static bool find_end(const struct origin *o, unsigned char *tail, struct end_record *end, const unsigned char **record,
                     struct fault *fault)
{
	size_t length = o->size < TAIL_LENGTH ? (size_t)o->size : TAIL_LENGTH;
	uint64_t start = o->size - length;
	if (!read_at(o, tail, length, start, fault))
		return false;
	bool decoy = false;
	for (size_t at = length < END_LENGTH ? 0 : length - END_LENGTH + 1; at-- > 0;) {
		if (get32(tail + at) != SIGNATURE_END)
			continue;
		if (at + END_LENGTH + get16(tail + at + 20) != length) {
			decoy = true;
			continue;
		}
		if (decoy) {
			unpack_bad(fault, FAULT_CORRUPT, "two end records: the zip can be read in two ways");
			return false;
		}
		end->position = start + at;
		*record = tail + at;
		return true;
	}
	if (decoy)
		unpack_bad(fault, FAULT_TRAILING, "something follows the end record of the zip, or its comment was cut");
	else
		unpack_bad(fault, FAULT_TRUNCATED, "the zip has no end record: copy it again from where it came");
	return false;
}

/* Checks a field of the end record against the larger one of zip64: it is the same or says "see there". */
static bool agrees(uint64_t small, uint64_t large, uint64_t see_there)
{
	return small == see_there || small == large;
}

static bool read_end64(const struct origin *o, const unsigned char *e, struct end_record *end, struct fault *fault)
{
	unsigned char locator[LOCATOR_LENGTH], e64[END64_LENGTH];
	bool wanted = get16(e + 8) == 0xFFFF || get16(e + 10) == 0xFFFF || get32(e + 12) == 0xFFFFFFFF || get32(e + 16) == 0xFFFFFFFF;
	bool there = end->position >= LOCATOR_LENGTH;
	if (there && !read_at(o, locator, sizeof locator, end->position - LOCATOR_LENGTH, fault))
		return false;
	there = there && get32(locator) == SIGNATURE_LOCATOR;
	if (!there) {
		/* exactly 65535 entries need no zip64, other full fields do */
		if (wanted && (get32(e + 12) == 0xFFFFFFFF || get32(e + 16) == 0xFFFFFFFF)) {
			unpack_bad(fault, FAULT_CORRUPT, "the zip lacks its zip64 end record");
			return false;
		}
		return true;
	}
	uint64_t position = get64(locator + 8);
	if (get32(locator + 4) != 0 || get32(locator + 16) > 1) {
		unpack_bad(fault, FAULT_UNSUPPORTED, "one part of a split zip: join the parts first");
		return false;
	}
	if (!read_at(o, e64, sizeof e64, position, fault))
		return false;
	/* the record may be longer by what no known program writes and some pass over: room for a second directory */
	if (get32(e64) != SIGNATURE_END64 || get64(e64 + 4) != END64_LENGTH - 12 || position != end->position - LOCATOR_LENGTH - END64_LENGTH ||
	    get32(e64 + 16) != 0 || get32(e64 + 20) != 0 || get64(e64 + 24) != get64(e64 + 32) ||
	    !agrees(get16(e + 10), get64(e64 + 32), 0xFFFF) || !agrees(get32(e + 12), get64(e64 + 40), 0xFFFFFFFF) ||
	    !agrees(get32(e + 16), get64(e64 + 48), 0xFFFFFFFF)) {
		unpack_bad(fault, FAULT_CORRUPT, "the two end records of the zip disagree");
		return false;
	}
	*end = (struct end_record){position, get64(e64 + 32), get64(e64 + 40), get64(e64 + 48)};
	return true;
}

static bool read_end(const struct origin *o, struct end_record *end, struct fault *fault)
{
	unsigned char *tail = mem_alloc(TAIL_LENGTH);
	const unsigned char *e;
	bool right = false;
	if (find_end(o, tail, end, &e, fault)) {
		end->entries = get16(e + 10);
		end->directory_size = get32(e + 12);
		end->directory = get32(e + 16);
		uint32_t disk = get16(e + 4), directory_disk = get16(e + 6);
		if ((disk != 0 && disk != 0xFFFF) || (directory_disk != 0 && directory_disk != 0xFFFF) || get16(e + 8) != get16(e + 10))
			unpack_bad(fault, FAULT_UNSUPPORTED, "one part of a split zip: join the parts first");
		else
			right = read_end64(o, e, end, fault);
	}
	free(tail);
	if (!right)
		return false;
	if (end->directory > end->position || end->directory_size != end->position - end->directory) {
		unpack_bad(fault, FAULT_CORRUPT, "the zip's directory is not where its end record says: something was put before it or cut out");
		return false;
	}
	return true;
}

/* The part of a directory record or local header that may be in its zip64 field. */
struct sizes {
	uint64_t size, packed, start;
};

/* Replaces the full fields by those of the zip64 extra field. disk too must be zero there. */
static bool zip64_sizes(const unsigned char *extra, size_t length, bool full_disk, struct sizes *s)
{
	bool full_size = s->size == 0xFFFFFFFF, full_packed = s->packed == 0xFFFFFFFF, full_start = s->start == 0xFFFFFFFF;
	while (length >= 4) {
		size_t n = get16(extra + 2);
		if (n > length - 4)
			return false;
		if (get16(extra) == 1) {
			const unsigned char *p = extra + 4;
			size_t need = 8 * ((size_t)full_size + full_packed + full_start) + 4 * (size_t)full_disk;
			if (n < need)
				return false;
			if (full_size) {
				s->size = get64(p);
				p += 8;
			}
			if (full_packed) {
				s->packed = get64(p);
				p += 8;
			}
			if (full_start) {
				s->start = get64(p);
				p += 8;
			}
			return !full_disk || get32(p) == 0;
		}
		extra += 4 + n;
		length -= 4 + n;
	}
	/* without the field a full value is taken as it stands, unless it cannot be */
	return !full_start && !full_disk;
}

/* The fixed part of a directory record and the variable parts' lengths. */
static size_t record_length(const unsigned char *r)
{
	return RECORD_LENGTH + (size_t)get16(r + 28) + get16(r + 30) + get16(r + 32);
}

static bool record_sizes(const unsigned char *r, struct sizes *s)
{
	*s = (struct sizes){get32(r + 24), get32(r + 20), get32(r + 42)};
	uint32_t disk = get16(r + 34);
	if (disk != 0 && disk != 0xFFFF)
		return false;
	return zip64_sizes(r + RECORD_LENGTH + get16(r + 28), get16(r + 30), disk == 0xFFFF, s);
}

static bool name_is(const unsigned char *r, const char *name)
{
	return get16(r + 28) == strlen(name) && memcmp(r + RECORD_LENGTH, name, strlen(name)) == 0;
}

struct signs {
	bool content_types, word, mimetype, odt;
};

/* "mimetype", stored and first, holds the name of an OpenDocument (or EPUB) package's type. */
static bool mimetype_is(const struct zip *z, const unsigned char *r, const char *type)
{
	unsigned char b[LOCAL_LENGTH + 8 + 64];
	struct sizes s;
	struct fault unused;
	size_t n = strlen(type);
	return get16(r + 10) == ZIP_STORED && record_sizes(r, &s) && s.packed == n && n <= 64 &&
	       read_at(z->origin, b, LOCAL_LENGTH + 8 + n, s.start, &unused) && get16(b + 28) == 0 &&
	       memcmp(b + LOCAL_LENGTH + 8, type, n) == 0;
}

static void look_for_package(const struct zip *z, const unsigned char *r, struct signs *signs)
{
	signs->content_types = signs->content_types || name_is(r, "[Content_Types].xml");
	signs->word = signs->word || name_is(r, "word/document.xml");
	if (name_is(r, "mimetype")) {
		signs->mimetype = true;
		signs->odt = mimetype_is(z, r, "application/vnd.oasis.opendocument.text");
	}
}

static int by_start(const void *a, const void *b)
{
	const struct zip_place *p = a, *q = b;
	return p->start < q->start ? -1 : p->start > q->start;
}

/* Reads the records front to back; each must lie within the directory. */
static bool read_directory(struct zip *z, const struct end_record *end, struct signs *signs, struct fault *fault)
{
	uint64_t position = end->directory;
	size_t capacity = 0;
	for (uint64_t i = 0; i < end->entries; i++) {
		uint64_t left = end->position - position;
		uint64_t ahead = left < DIRECTORY_AHEAD ? left : DIRECTORY_AHEAD;
		const unsigned char *r = left < RECORD_LENGTH ? NULL : look(z->origin, &z->records, position, RECORD_LENGTH, ahead, fault);
		size_t length = r ? record_length(r) : 0;
		r = !r || length > left ? NULL : look(z->origin, &z->records, position, length, ahead, fault);
		struct sizes s;
		if (!r || get32(r) != SIGNATURE_RECORD || !record_sizes(r, &s)) {
			if (left < RECORD_LENGTH || length > left || r)
				unpack_bad(fault, FAULT_CORRUPT, "record %llu of the zip's directory is damaged", (unsigned long long)i + 1);
			return false;
		}
		uint64_t least_end;
		if (__builtin_add_overflow(s.start, LOCAL_LENGTH + (uint64_t)get16(r + 28), &least_end) ||
		    __builtin_add_overflow(least_end, s.packed, &least_end) || least_end > z->directory) {
			unpack_bad(fault, FAULT_CORRUPT, "entry %llu of the zip reaches outside the file", (unsigned long long)i + 1);
			return false;
		}
		MEM_GROW(z->places, z->count, capacity);
		z->places[z->count++] = (struct zip_place){s.start, least_end, position};
		look_for_package(z, r, signs);
		position += length;
	}
	if (position != end->position)
		unpack_bad(fault, FAULT_CORRUPT, "the zip's directory is longer than its entries");
	return position == end->position;
}

static bool entries_are_disjoint(struct zip *z, struct fault *fault)
{
	if (z->count)
		qsort(z->places, z->count, sizeof *z->places, by_start);
	for (size_t i = 1; i < z->count; i++) {
		if (z->places[i].start < z->places[i - 1].least_end) {
			unpack_bad(fault, FAULT_CORRUPT, "entries of the zip overlap at byte %llu", (unsigned long long)z->places[i].start);
			return false;
		}
	}
	return true;
}

void zip_release(struct zip *z)
{
	free(z->places);
	free(z->records.bytes);
	free(z->locals.bytes);
	*z = (struct zip){0};
}

bool zip_open(struct zip *z, const struct origin *origin, const struct archive_limits *limits, struct fault *fault)
{
	struct zip old = *z;
	*z = (struct zip){.origin = origin, .places = NULL, .records = old.records, .locals = old.locals, .name_limit = limits->name_bytes};
	z->records.length = z->locals.length = 0;
	free(old.places);
	struct end_record end;
	if (!read_end(origin, &end, fault))
		return false;
	if (end.entries > limits->entries) {
		unpack_bad(fault, FAULT_LIMIT, "more than %llu entries (limit entries)", (unsigned long long)limits->entries);
		return false;
	}
	z->directory = end.directory;
	struct signs signs = {0};
	if (!read_directory(z, &end, &signs, fault) || !entries_are_disjoint(z, fault))
		return false;
	/* the mark belongs to the zip itself, not to an entry */
	unsigned char mark[4];
	if (z->count && z->places[0].start == sizeof mark && read_at(origin, mark, sizeof mark, 0, fault) && memcmp(mark, ZIP_SINGLE_PART, sizeof mark) == 0)
		z->reached = sizeof mark;
	if (signs.mimetype)
		z->package = signs.odt ? ZIP_ODT : ZIP_OTHER_DOCUMENT;
	else if (signs.content_types)
		z->package = signs.word ? ZIP_DOCX : ZIP_OTHER_DOCUMENT;
	return true;
}

static const char *method_word(unsigned method)
{
	switch (method) {
	case 1: return " (shrink)";
	case 6: return " (implode)";
	case 9: return " (deflate64)";
	case 14: return " (LZMA)";
	case 98: return " (PPMd)";
	default: return "";
	}
}

static bool readable_method(unsigned method)
{
	return method == ZIP_STORED || method == ZIP_DEFLATE || method == ZIP_BZIP2 || method == ZIP_ZSTD || method == ZIP_XZ;
}

/* A descriptor repeats CRC and sizes after the data, with or without a signature, in 4 or 8 bytes each. Returns its length, 0 if there is none that agrees. */
static size_t descriptor_length(const unsigned char *d, size_t have, const struct zip_entry *e, uint64_t room)
{
	size_t fit = 0;
	for (int wide = 0; wide < 2; wide++) {
		for (int signature = 0; signature < 2; signature++) {
			size_t length = (wide ? 20 : 12) + (signature ? 4 : 0);
			const unsigned char *p = d + (signature ? 4 : 0);
			if (length > have || (signature && get32(d) != SIGNATURE_DESCRIPTOR) || get32(p) != e->crc)
				continue;
			uint64_t packed = wide ? get64(p + 4) : get32(p + 4), size = wide ? get64(p + 12) : get32(p + 8);
			if (packed == e->packed && size == e->size && (!fit || length == room))
				fit = length;
		}
	}
	return fit;
}

static bool local_agrees(const unsigned char *l, const unsigned char *r, const struct zip_entry *e, const unsigned char *extra)
{
	size_t name_length = get16(l + 26);
	if (get32(l) != SIGNATURE_LOCAL || ((get16(l + 6) ^ get16(r + 8)) & FLAGS_THAT_MATTER) || get16(l + 8) != e->method ||
	    name_length != e->name_length || memcmp(l + LOCAL_LENGTH, e->name, name_length) != 0)
		return false;
	struct sizes s = {get32(l + 22), get32(l + 18), 0};
	if (!zip64_sizes(extra, get16(l + 28), false, &s))
		return false;
	bool later = get16(l + 6) & FLAG_DESCRIPTOR;
	uint32_t crc = get32(l + 14);
	return (crc == e->crc || (later && crc == 0)) && (s.size == e->size || (later && s.size == 0)) &&
	       (s.packed == e->packed || (later && s.packed == 0));
}

static enum zip_status bad_entry(struct fault *fault, enum fault_code code, const char *message)
{
	(void)unpack_bad(fault, code, "%s", message);
	return ZIP_BAD;
}

/* Reads and compares the entry's two headers. No entry may reach over boundary. */
static enum zip_status read_entry(struct zip *z, const struct zip_place *place, uint64_t boundary, struct zip_entry *entry,
                                  struct fault *fault)
{
	const struct origin *o = z->origin;
	bool overlapped = z->overlaps;
	z->overlaps = false;
	z->reached = boundary; /* unless more is found out about it */
	const unsigned char *r = look(o, &z->records, place->record, RECORD_LENGTH, RECORDS_AHEAD, fault);
	r = r ? look(o, &z->records, place->record, record_length(r), RECORDS_AHEAD, fault) : NULL;
	if (!r)
		return ZIP_BAD;
	size_t name_length = get16(r + 28);
	struct sizes s;
	if (get32(r) != SIGNATURE_RECORD || !record_sizes(r, &s) || s.start != place->start ||
	    s.start + LOCAL_LENGTH + name_length + s.packed != place->least_end)
		return bad_entry(fault, FAULT_CHANGED, "the zip's directory changed while it was read");
	*entry = (struct zip_entry){.name = (const char *)r + RECORD_LENGTH, .name_length = name_length, .start = s.start,
	                            .packed = s.packed, .size = s.size, .crc = get32(r + 16), .method = get16(r + 10)};
	if (overlapped)
		return bad_entry(fault, FAULT_CORRUPT, "the zip entry overlaps the one before it");
	if (name_length > z->name_limit)
		return bad_entry(fault, FAULT_LIMIT, "the name of a zip entry is too long (limit name)");
	/* small entries are read many at a time, of a large one only the header */
	uint64_t room = boundary - s.start; /* least_end <= boundary */
	uint64_t ahead = room > SMALL_ENTRY ? LOCAL_LENGTH + name_length + 64 : z->directory - s.start < LOCALS_AHEAD ? z->directory - s.start : LOCALS_AHEAD;
	const unsigned char *l = look(o, &z->locals, s.start, LOCAL_LENGTH, ahead, fault);
	if (!l)
		return ZIP_BAD;
	size_t more = get16(l + 26) + (size_t)get16(l + 28);
	z->overlaps = LOCAL_LENGTH + more > room || s.packed > room - LOCAL_LENGTH - more;
	if (z->overlaps)
		return bad_entry(fault, FAULT_CORRUPT, "the zip entry overlaps what follows it");
	l = look(o, &z->locals, s.start, LOCAL_LENGTH + more, ahead, fault);
	if (!l)
		return ZIP_BAD;
	if (!local_agrees(l, r, entry, l + LOCAL_LENGTH + get16(l + 26)))
		return bad_entry(fault, FAULT_CORRUPT, "the header of the zip entry and the directory disagree");
	entry->data = s.start + LOCAL_LENGTH + more;
	entry->bytes = held(o, &z->locals, entry->data, s.packed);
	uint64_t end = entry->data + s.packed;
	unsigned flags = get16(r + 8);
	if (flags & FLAG_DESCRIPTOR) {
		unsigned char own[DESCRIPTOR_LENGTH];
		size_t have = boundary - end < DESCRIPTOR_LENGTH ? (size_t)(boundary - end) : DESCRIPTOR_LENGTH;
		const unsigned char *d = held(o, &z->locals, end, have);
		if (!d) {
			if (!read_at(o, own, have, end, fault))
				return ZIP_BAD;
			d = own;
		}
		size_t n = descriptor_length(d, have, entry, boundary - end);
		if (!n)
			return bad_entry(fault, FAULT_CORRUPT, "the descriptor after the zip entry and the directory disagree");
		end += n;
	}
	z->reached = end;
	if (flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED) || entry->method == ZIP_AES)
		return bad_entry(fault, FAULT_ENCRYPTED, "the zip entry is encrypted: decrypt it first");
	if (flags & FLAG_PATCH)
		return bad_entry(fault, FAULT_UNSUPPORTED, "the zip entry is a patch to another file");
	if (!readable_method(entry->method)) {
		unpack_bad(fault, FAULT_UNSUPPORTED, "the zip entry is packed by method %u%s: pack it again with deflate", entry->method,
		           method_word(entry->method));
		return ZIP_BAD;
	}
	bool unix_made = r[5] == 3 || r[5] == 19; /* Unix, macOS: the upper half of the attributes is the file's mode */
	entry->link = unix_made && (get32(r + 38) >> 16 & 0170000) == 0120000;
	entry->folder = name_length && entry->name[name_length - 1] == '/';
	if (entry->folder && (entry->size || (entry->method == ZIP_STORED && entry->packed)))
		return bad_entry(fault, FAULT_CORRUPT, "a folder in the zip has data of its own");
	return ZIP_ENTRY;
}

enum zip_status zip_next(struct zip *z, struct zip_entry *entry, struct fault *fault)
{
	uint64_t next = z->at < z->count ? z->places[z->at].start : z->directory;
	if (z->reached < next) {
		*entry = (struct zip_entry){.name = "", .start = z->reached, .packed = next - z->reached};
		z->reached = next;
		return ZIP_GAP;
	}
	if (z->at == z->count)
		return ZIP_END;
	const struct zip_place *place = &z->places[z->at++];
	uint64_t boundary = z->at < z->count ? z->places[z->at].start : z->directory;
	*entry = (struct zip_entry){.start = place->start};
	return read_entry(z, place, boundary, entry, fault);
}

bool zip_read_data(const struct zip *z, const struct zip_entry *entry, void *to, struct fault *fault)
{
	return read_at(z->origin, to, (size_t)entry->packed, entry->data, fault);
}
