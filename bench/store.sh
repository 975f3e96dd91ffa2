#!/bin/bash
# Measures of the store. usage: store.sh PROGRAMS DATA     REVIEWS, ARCHIVES: of the large store (1000000, 1000); FILES: archives of the nightly run (10000)
# Times are wall clock, and processor time beside it, which other work on the machine disturbs less.
set -euo pipefail
programs=$(realpath "$1"); data=$2; mkdir -p "$data"; cd "$data"
t=$programs/themetally
timed() { # NAME COMMAND...
	local name=$1; shift
	local TIMEFORMAT='%R %U %S'
	{ time "$@" >out 2>err; } 2>times || { cat err; exit 1; }
	awk -v name="$name" '{ printf "%-58s %7.2f s, %6.2f s of processor time\n", name, $1, $2 + $3 }' times
}
number() { sqlite3 -readonly "$1" "$2"; }

echo "--- a large store"
[ -e large.db ] || "$programs/bench/gen_store" -n "${REVIEWS:-1000000}" -a "${ARCHIVES:-1000}" large.db
pairs=$(number large.db 'SELECT count(*) FROM tally'); bytes=$(stat -c %s large.db)
echo "$(number large.db 'SELECT count(*) FROM review') reviews, $(number large.db 'SELECT count(*) FROM theme') themes, $pairs reviews and themes found: $bytes bytes, $((bytes / pairs)) for each"
timed "count by year" "$t" count -q --store large.db
timed "count by financial year, by incident" "$t" count -q --by fy --year incident --store large.db
timed "count by outcome (reads every review)" "$t" count -q --facet outcome --store large.db

echo "--- ${FILES:-10000} archives"
if [ ! -e many/corpus ]; then
	rm -rf many nightly.db*
	"$programs/bench/gen_corpus" -n "$((${FILES:-10000} * 14200))" -f gz -r 10 -b 4000 -o many >/dev/null
fi
rm -f nightly.db*
timed "first update: $(find many/corpus -type f | wc -l) archives" "$t" update --store nightly.db many/corpus
grep -o '[0-9]* records before.*' err | head -n 1
touch -r nightly.db before; sha256sum nightly.db nightly.db-wal >sums
timed "nothing changed" "$t" update --store nightly.db many/corpus
sha256sum --quiet -c sums && [ ! nightly.db -nt before ] && echo "  the store is the same to the byte, its time of change too"
if command -v strace >/dev/null; then
	strace -f -qq -y -e trace=write,pwrite64,ftruncate,fsync,fdatasync,rename,unlink -o calls "$t" update -q --store nightly.db many/corpus
	echo "  calls that write or sync, to the store or its log: $(grep -c 'nightly\.db\(-wal\)\?>' calls || true)"
fi
f=$(find many/corpus -type f | sort | sed -n "$((${FILES:-10000} / 2))p")
zcat "$f" | sed 's/neglect/neglected/' | gzip >changed.gz; mv changed.gz "$f"
rm -f one.db*
timed "one changed: that archive alone, in a store of its own" "$t" update --store one.db "$f"
timed "one changed of all" "$t" update --store nightly.db many/corpus
timed "verify" "$t" verify --store nightly.db
