#include "pipeline/version.h"

#include <bzlib.h>
#include <hs.h>
#include <isa-l.h>
#include <lzma.h>
#include <sqlite3.h>
#include <zlib.h>
#include <zstd.h>

#include "base/regex.h"
#include "matchers/matcher.h"

void version_print(FILE *out)
{
	char pcre2[REGEX_VERSION_BYTES];
	regex_version(pcre2);
	fprintf(out, "themetally %s\n", THEMETALLY_VERSION);
	fprintf(out, "matching: Hyperscan %s, PCRE2 %s, engines:", hs_version(), pcre2);
	for (enum engine e = ENGINE_AUTO + 1; e < ENGINE_COUNT; e++)
		if (engine_available(e))
			fprintf(out, " %s", engine_word(e));
	fprintf(out, "\nreading: ISA-L %d.%d.%d, zlib %s, zstd %s, xz %s, bzip2 %.5s, SQLite %s\n", ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION,
	        ISAL_PATCH_VERSION, zlibVersion(), ZSTD_versionString(), lzma_version_string(), BZ2_bzlibVersion(), sqlite3_libversion());
}
