#!/bin/sh
# What `make demo` shows: the main job on the sample archives of the repository.
set -eu
show() {
	printf '\n$ ./themetally %s\n' "$*"
	./themetally "$@"
}
show count --themes parent.domestic_abuse,harm.neglect --by period:2010-14,2014-18,2018-22,2022-26 --format table corpora/sample
show cooccur -q --themes parent.domestic_abuse,parent.mental_health,parent.substance_misuse --format table corpora/sample
