#!/bin/sh
# Every header compiles alone, with both compilers; no source uses a function that cannot be used safely.
set -eu
flags="-std=gnu17 -D_GNU_SOURCE -DPCRE2_CODE_UNIT_WIDTH=8 -I. -Wall -Wextra -Werror -fsyntax-only $*"
for h in base/*.h corpora/*.h matchers/*.h pipeline/*.h; do
	printf '#include "%s"\n' "$h" | ${CC:-gcc} $flags -x c - || { echo "$h does not compile alone"; exit 1; }
done
if grep -nEw '(strcpy|strcat|sprintf|vsprintf|gets|strtok|tmpnam|mktemp|system|popen)' base/*.c corpora/*.c matchers/*.c pipeline/*.c | grep -E '(strcpy|strcat|sprintf|vsprintf|gets|strtok|tmpnam|mktemp|system|popen) ?\('; then
	echo "unsafe functions"
	exit 1
fi
