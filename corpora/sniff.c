#include "corpora/sniff.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "corpora/names.h"
#include "corpora/unpack_tar.h"
#include "corpora/unpack_zip.h"

/* What a suffix promises. */
enum promise {
	PROMISE_NOTHING,
	PROMISE_GZIP, PROMISE_ZSTD, PROMISE_XZ, PROMISE_BZIP2, PROMISE_ZIP, PROMISE_TAR,
	PROMISE_TEXT, PROMISE_JSONL, PROMISE_JSON, PROMISE_CSV, PROMISE_TSV, PROMISE_HTML,
	PROMISE_PDF, PROMISE_DOCX, PROMISE_ODT
};

static const struct {
	const char *suffix;
	enum promise promise;
	const char *inner; /* what takes the suffix's place when the outer layer is off */
} suffixes[] = {
	{".gz", PROMISE_GZIP, ""}, {".tgz", PROMISE_GZIP, ".tar"}, {".taz", PROMISE_GZIP, ".tar"}, {".bgz", PROMISE_GZIP, ""},
	{".zst", PROMISE_ZSTD, ""}, {".tzst", PROMISE_ZSTD, ".tar"},
	{".xz", PROMISE_XZ, ""}, {".txz", PROMISE_XZ, ".tar"},
	{".bz2", PROMISE_BZIP2, ""}, {".tbz2", PROMISE_BZIP2, ".tar"}, {".tbz", PROMISE_BZIP2, ".tar"},
	{".zip", PROMISE_ZIP, ""}, {".tar", PROMISE_TAR, ""},
	{".txt", PROMISE_TEXT, ""}, {".text", PROMISE_TEXT, ""}, {".md", PROMISE_TEXT, ""},
	{".jsonl", PROMISE_JSONL, ""}, {".ndjson", PROMISE_JSONL, ""}, {".json", PROMISE_JSON, ""},
	{".csv", PROMISE_CSV, ""}, {".tsv", PROMISE_TSV, ""}, {".tab", PROMISE_TSV, ""},
	{".html", PROMISE_HTML, ""}, {".htm", PROMISE_HTML, ""}, {".xhtml", PROMISE_HTML, ""},
	{".pdf", PROMISE_PDF, ""}, {".docx", PROMISE_DOCX, ""}, {".odt", PROMISE_ODT, ""},
};

static int find_suffix(const char *name)
{
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		if (name_has_suffix(name, suffixes[i].suffix))
			return (int)i;
	return -1;
}

void sniff_inner_name(char *inner, const char *name)
{
	int i = find_suffix(name);
	size_t length = strlen(name);
	if (i >= 0 && suffixes[i].promise >= PROMISE_GZIP && suffixes[i].promise <= PROMISE_BZIP2)
		length -= strlen(suffixes[i].suffix);
	else
		i = -1;
	memmove(inner, name, length);
	const char *suffix = i >= 0 ? suffixes[i].inner : "";
	memcpy(inner + length, suffix, strlen(suffix) + 1);
}

#define SPLIT_ZIP "one part of a split zip: join the parts first"

/* Kinds of file known by their first bytes and not read here. */
static const struct {
	const char *magic;
	size_t length;
	const char *what;
} foreign[] = {
	{"\x89PNG\r\n", 6, "a PNG picture"},
	{"\xFF\xD8\xFF", 3, "a JPEG picture"},
	{"GIF8", 4, "a GIF picture"},
	{"II*\0", 4, "a TIFF picture"},
	{"MM\0*", 4, "a TIFF picture"},
	{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8, "an old Office document: save it as .docx or text"},
	{"{\\rtf", 5, "an RTF document: save it as .docx or text"},
	{"7z\xBC\xAF\x27\x1C", 6, "a 7z archive: repack it as zip or tar"},
	{"Rar!\x1A\x07", 6, "a RAR archive: repack it as zip or tar"},
	{"\x7F""ELF", 4, "a program"},
	{"SQLite format 3", 16, "an SQLite database"},
	{"%!PS", 4, "a PostScript file: convert it to PDF or text"},
	{"\x1F\x9D", 2, "data of compress (.Z): unpack it, or pack it with gzip"},
	{"\x1F\xA0", 2, "data of compress (.Z): unpack it, or pack it with gzip"},
	{"LZIP", 4, "an lzip file: unpack it, or pack it with xz"},
	{"\x5D\0\0", 3, "an LZMA file: pack it with xz"},
	{"\x04\x22\x4D\x18", 4, "an LZ4 file: unpack it, or pack it with zstd"},
	{"!<arch>\n", 8, "an ar archive"},
	{"PK\x07\x08", 4, SPLIT_ZIP},
};

static bool starts(const unsigned char *p, size_t length, const char *magic, size_t n)
{
	return length >= n && memcmp(p, magic, n) == 0;
}

static bool starts_nocase(const unsigned char *p, size_t length, const char *word)
{
	size_t n = strlen(word);
	return length >= n && strncasecmp((const char *)p, word, n) == 0;
}

static bool holds_nocase(const unsigned char *p, size_t length, const char *word)
{
	for (; length; p++, length--)
		if (starts_nocase(p, length, word))
			return true;
	return false;
}

/* Past a byte order mark and white space. */
static size_t text_start(const unsigned char *p, size_t length)
{
	size_t i = starts(p, length, "\xEF\xBB\xBF", 3) ? 3 : 0;
	while (i < length && (p[i] == ' ' || p[i] == '\t' || p[i] == '\r' || p[i] == '\n'))
		i++;
	return i;
}

enum json_shape { JSON_NOT, JSON_ONE, JSON_LINES };

/* '{', white space, '"' or '}': the start of a JSON object. Lines, if the first line is a whole object or is longer than
 * what is looked at; one document otherwise. */
static enum json_shape json_shape(const unsigned char *p, size_t length, bool complete)
{
	size_t i = text_start(p, length);
	if (i == length || p[i] != '{')
		return JSON_NOT;
	size_t key = i + 1;
	while (key < length && isspace(p[key]))
		key++;
	if (key == length ? complete : p[key] != '"' && p[key] != '}')
		return JSON_NOT;
	int depth = 0;
	bool string = false;
	for (; i < length; i++) {
		if (string) {
			if (p[i] == '\\')
				i++;
			else if (p[i] == '"')
				string = false;
		} else if (p[i] == '"') {
			string = true;
		} else if (p[i] == '{' || p[i] == '[') {
			depth++;
		} else if (p[i] == '}' || p[i] == ']') {
			if (--depth == 0)
				break;
		} else if (p[i] == '\n') {
			return JSON_ONE;
		}
	}
	if (i >= length)
		return complete ? JSON_ONE : JSON_LINES;
	for (i++; i < length && p[i] != '\n'; i++)
		if (!isspace(p[i]))
			return JSON_NOT;
	return JSON_LINES;
}

/* Counts a delimiter outside quotes in the first line. */
static size_t count_outside_quotes(const unsigned char *p, size_t length, char delimiter)
{
	size_t n = 0;
	bool quoted = false;
	for (size_t i = 0; i < length && (quoted || p[i] != '\n'); i++) {
		if (p[i] == '"')
			quoted = !quoted;
		else if (!quoted && p[i] == (unsigned char)delimiter)
			n++;
	}
	return n;
}

static char csv_delimiter(const unsigned char *p, size_t length)
{
	static const char candidates[] = {',', ';', '\t', '|'};
	char best = ',';
	size_t most = 0;
	for (size_t i = 0; i < sizeof candidates; i++) {
		size_t n = count_outside_quotes(p, length, candidates[i]);
		if (n > most) {
			most = n;
			best = candidates[i];
		}
	}
	return best;
}

/* Nameless bytes are a table if their first line is a header row that has one of the usual names of a text column. */
static bool looks_like_table(const unsigned char *p, size_t length, char *delimiter)
{
	static const char *const text_columns[] = {"text", "body", "content", "review_text", "review", "narrative"};
	size_t start = starts(p, length, "\xEF\xBB\xBF", 3) ? 3 : 0;
	const unsigned char *end = memchr(p + start, '\n', length - start);
	if (!end)
		return false;
	size_t line = (size_t)(end - p);
	if (line > start && p[line - 1] == '\r')
		line--;
	*delimiter = csv_delimiter(p + start, line - start);
	if (!count_outside_quotes(p + start, line - start, *delimiter))
		return false;
	bool found = false;
	for (size_t i = start; i <= line;) {
		size_t j = i;
		while (j < line && p[j] != (unsigned char)*delimiter)
			j++;
		size_t a = i, b = j;
		if (b - a >= 2 && p[a] == '"' && p[b - 1] == '"')
			a++, b--;
		if (a == b || b - a > 64)
			return false;
		for (size_t k = a; k < b; k++)
			if (!isalnum(p[k]) && p[k] != '_' && p[k] != ' ' && p[k] != '-' && p[k] < 0x80)
				return false;
		for (size_t k = 0; k < sizeof text_columns / sizeof *text_columns; k++)
			if (strlen(text_columns[k]) == b - a && strncasecmp((const char *)p + a, text_columns[k], b - a) == 0)
				found = true;
		i = j + 1;
	}
	return found;
}

static struct content whole(enum member_format format)
{
	return (struct content){.kind = CONTENT_WHOLE, .format = format};
}

static struct content records(enum member_format format, char delimiter)
{
	return (struct content){.kind = CONTENT_RECORDS, .format = format, .delimiter = delimiter};
}

static struct content refuse(enum content_kind kind, struct fault *fault, enum fault_code code, const char *message)
{
	fault->code = code;
	fault->offset = 0;
	strncpy(fault->message, message, sizeof fault->message - 1);
	fault->message[sizeof fault->message - 1] = '\0';
	return (struct content){.kind = kind};
}

/* The container or document that the first bytes prove; PROMISE_NOTHING for what may be text. */
static enum promise proven(enum promise promise, const unsigned char *p, size_t length)
{
	if (starts(p, length, "\x1F\x8B", 2))
		return PROMISE_GZIP;
	if (starts(p, length, "\x28\xB5\x2F\xFD", 4) || (length >= 8 && (p[0] & 0xF0) == 0x50 && starts(p + 1, 3, "\x2A\x4D\x18", 3)))
		return PROMISE_ZSTD;
	if (starts(p, length, "\xFD""7zXZ\0", 6))
		return PROMISE_XZ;
	if (starts(p, length, "BZh", 3) && length >= 10 && p[3] >= '1' && p[3] <= '9' &&
	    (starts(p + 4, 6, "\x31\x41\x59\x26\x53\x59", 6) || starts(p + 4, 6, "\x17\x72\x45\x38\x50\x90", 6)))
		return PROMISE_BZIP2;
	if (starts(p, length, "PK\x03\x04", 4) || starts(p, length, "PK\x05\x06", 4) || starts(p, length, ZIP_SINGLE_PART "PK\x03\x04", 8))
		return PROMISE_ZIP;
	if (starts(p, length, "%PDF-", 5) || (promise == PROMISE_PDF && memmem(p, length < 1024 ? length : 1024, "%PDF-", 5)))
		return PROMISE_PDF;
	if (tar_looks_like(p, length, promise == PROMISE_TAR))
		return PROMISE_TAR;
	return PROMISE_NOTHING;
}

/* The bytes a file with that promise begins with; a file shorter than that and equal so far was cut. */
static bool cut_short(enum promise promise, const unsigned char *p, size_t length)
{
	static const struct {
		enum promise promise;
		const char *magic;
		size_t length;
	} beginnings[] = {
		{PROMISE_GZIP, "\x1F\x8B", 2}, {PROMISE_ZSTD, "\x28\xB5\x2F\xFD", 4}, {PROMISE_XZ, "\xFD""7zXZ\0", 6},
		{PROMISE_BZIP2, "BZh", 3},     {PROMISE_ZIP, "PK\x03\x04", 4},         {PROMISE_TAR, "", 512},
		{PROMISE_PDF, "%PDF-", 5},     {PROMISE_DOCX, "PK\x03\x04", 4},        {PROMISE_ODT, "PK\x03\x04", 4},
		{PROMISE_ZIP, ZIP_SINGLE_PART "PK\x03\x04", 8},
	};
	for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
		if (beginnings[i].promise != promise)
			continue;
		if (promise == PROMISE_TAR)
			return length < 512;
		if (promise == PROMISE_BZIP2 && length >= 3 && length < 10)
			return memcmp(p, "BZh", 3) == 0;
		if (length < beginnings[i].length && memcmp(p, beginnings[i].magic, length) == 0)
			return true;
	}
	return false;
}

struct content sniff(const char *name, const unsigned char *bytes, size_t length, bool complete, struct fault *fault)
{
	int suffix = find_suffix(name);
	enum promise promise = suffix >= 0 ? suffixes[suffix].promise : PROMISE_NOTHING;
	if (length > SNIFF_BYTES) {
		length = SNIFF_BYTES;
		complete = false;
	}
	enum promise found = proven(promise, bytes, length);
	bool office = found == PROMISE_ZIP && (promise == PROMISE_DOCX || promise == PROMISE_ODT);

	if (promise != PROMISE_NOTHING && found != promise && !office) {
		bool binary_promise = promise <= PROMISE_TAR || promise >= PROMISE_PDF;
		if (complete && found == PROMISE_NOTHING && cut_short(promise, bytes, length))
			return refuse(CONTENT_MISLABELLED, fault, FAULT_TRUNCATED, "ends within its first bytes: copy it again from where it came");
		if ((promise == PROMISE_DOCX || promise == PROMISE_ODT) && starts(bytes, length, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8))
			return refuse(CONTENT_MISLABELLED, fault, FAULT_ENCRYPTED, "an office document under a password, or of the old kind: save it anew");
		if (promise == PROMISE_ZIP && starts(bytes, length, "PK\x07\x08", 4))
			return refuse(CONTENT_MISLABELLED, fault, FAULT_UNSUPPORTED, SPLIT_ZIP);
		if (binary_promise && found == PROMISE_NOTHING)
			return refuse(CONTENT_MISLABELLED, fault, FAULT_MISLABELLED, "is not what its name says: rename it or leave it out");
		if (found != PROMISE_NOTHING)
			return refuse(CONTENT_MISLABELLED, fault, FAULT_MISLABELLED,
			              found == PROMISE_PDF ? "is a PDF though its name says something else: rename it"
			                                   : "is a compressed file or an archive though its name says something else: rename it");
	}
	switch (found) {
	case PROMISE_GZIP: return (struct content){.kind = CONTENT_GZIP};
	case PROMISE_ZSTD: return (struct content){.kind = CONTENT_ZSTD};
	case PROMISE_XZ: return (struct content){.kind = CONTENT_XZ};
	case PROMISE_BZIP2: return (struct content){.kind = CONTENT_BZIP2};
	case PROMISE_TAR: return (struct content){.kind = CONTENT_TAR};
	case PROMISE_PDF: return whole(MEMBER_PDF);
	case PROMISE_ZIP:
		if (promise == PROMISE_DOCX)
			return whole(MEMBER_DOCX);
		if (promise == PROMISE_ODT)
			return whole(MEMBER_ODT);
		return (struct content){.kind = CONTENT_ZIP};
	default:
		break;
	}
	if (starts(bytes, length, "\0\5\x16\7", 4) && strncmp(name, "._", 2) == 0)
		return (struct content){.kind = CONTENT_METADATA};
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
		if (starts(bytes, length, foreign[i].magic, foreign[i].length))
			return refuse(CONTENT_OTHER, fault, FAULT_NOT_TEXT, foreign[i].what);

	bool utf16 = starts(bytes, length, "\xFF\xFE", 2) || starts(bytes, length, "\xFE\xFF", 2);
	if (utf16) {
		if (promise >= PROMISE_JSONL && promise <= PROMISE_TSV && promise != PROMISE_JSON)
			return refuse(CONTENT_OTHER, fault, FAULT_UNSUPPORTED, "records in UTF-16 are not read: save the file as UTF-8");
		return whole(promise == PROMISE_HTML ? MEMBER_HTML : promise == PROMISE_JSON ? MEMBER_JSON : MEMBER_TEXT);
	}
	size_t start = text_start(bytes, length);
	const unsigned char *p = bytes + start;
	size_t rest = length - start;
	bool html = starts_nocase(p, rest, "<!doctype html") || starts_nocase(p, rest, "<html");
	if (html && (promise == PROMISE_NOTHING || promise == PROMISE_TEXT))
		return whole(MEMBER_HTML);
	const unsigned char *nul = promise == PROMISE_NOTHING || promise == PROMISE_TEXT ? memchr(bytes, 0, length) : NULL;
	if (nul) {
		struct content other = refuse(CONTENT_OTHER, fault, FAULT_NOT_TEXT, SNIFF_NUL);
		fault->offset = (uint64_t)(nul - bytes);
		return other;
	}
	switch (promise) {
	case PROMISE_TEXT: return whole(MEMBER_TEXT);
	case PROMISE_JSONL: return records(MEMBER_JSON_RECORD, 0);
	case PROMISE_JSON: return json_shape(bytes, length, complete) == JSON_LINES ? records(MEMBER_JSON_RECORD, 0) : whole(MEMBER_JSON);
	case PROMISE_TSV: return records(MEMBER_TSV_RECORD, '\t');
	case PROMISE_CSV: return records(MEMBER_CSV_RECORD, csv_delimiter(bytes, length));
	case PROMISE_HTML: return whole(MEMBER_HTML);
	default: break;
	}
	if (starts_nocase(p, rest, "<?xml") || starts_nocase(p, rest, "<!doctype")) {
		if (holds_nocase(p, rest < 1024 ? rest : 1024, "<html"))
			return whole(MEMBER_HTML);
		return refuse(CONTENT_OTHER, fault, FAULT_NOT_TEXT, "an XML file of a kind not read here: convert it to text");
	}
	switch (json_shape(bytes, length, complete)) {
	case JSON_LINES: return records(MEMBER_JSON_RECORD, 0);
	case JSON_ONE: return whole(MEMBER_JSON);
	default: break;
	}
	if (rest && p[0] == '[' && text_start(p + 1, rest - 1) + 1 < rest && p[text_start(p + 1, rest - 1) + 1] == '{')
		return whole(MEMBER_JSON);
	char delimiter;
	if (looks_like_table(bytes, length, &delimiter))
		return records(delimiter == '\t' ? MEMBER_TSV_RECORD : MEMBER_CSV_RECORD, delimiter);
	return whole(MEMBER_TEXT);
}
