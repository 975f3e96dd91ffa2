#!/bin/sh
# Dependencies point one way: tests, bench -> pipeline -> corpora, matchers -> base. Prints each include that does not, and
# each outside library that is used in more places than the map says.
set -eu
bad=0
forbid() { # FOLDER PATTERN-OF-INCLUDES
	if grep -nE "^#include \"($2)/" "$1"/*.[ch] 2>/dev/null; then
		echo "  $1/ may not include from: $2"
		bad=1
	fi
}
forbid base 'corpora|matchers|pipeline|bench|tests'
forbid corpora 'matchers|pipeline|bench|tests'
forbid matchers 'corpora|pipeline|bench|tests'
forbid pipeline 'bench|tests'
only() { # HEADER FILES-PATTERN
	for f in $(grep -lE "^#include <$1>" base/*.[ch] corpora/*.[ch] matchers/*.[ch] pipeline/*.[ch] 2>/dev/null); do
		case " $2 " in
		*" $f "*) ;;
		*) echo "$f includes <$1>, which belongs to: $2"; bad=1 ;;
		esac
	done
}
only 'hs\.h' 'matchers/hs.c pipeline/version.c'
only 'sqlite3\.h' 'pipeline/store_sql.h pipeline/version.c'
only 'libxml/.*' 'corpora/convert_html.c corpora/convert_office.c corpora/xml_memory.c matchers/import_xml.c'
only 'glpk\.h' 'pipeline/suppress.c'
only 'readstat\.h' 'pipeline/table_sav.c'
only 'yaml\.h' 'matchers/import_quanteda.c'
# the interface for pure literals of Hyperscan 5.4.0 can fail a scan, and crashes on an empty one
if grep -n 'hs_compile_lit' matchers/*.[ch] pipeline/*.[ch] corpora/*.[ch]; then
	echo "  literals are compiled as expressions of \\xHH"
	bad=1
fi
exit $bad
