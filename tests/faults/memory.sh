#!/bin/bash
# Memory that runs out: every allocation of a count and of an update fails in turn, once and lasting. The program must end with status 3 and say so (a library may
# also do without: then status 0 and the same output), write no half of a file, and leave a store that verifies and that the next update completes.
# usage: memory.sh PROGRAM CORPUS     QUICK=1: some hundred allocations of each
set -euo pipefail
program=$(realpath "$1"); corpus=$(realpath "$2"); here=$(dirname "$(realpath "$0")")
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cc -O1 -shared -fPIC -o "$work/fail.so" "$here/failing_malloc.c"
cd "$work"
# one pattern of each kind: words, alternatives and gaps, wildcard, regular expression
printf 'theme\tpattern\tflags\nharm.neglect\tneglect*\nparent.domestic_abuse\tdomestic {abuse|violence}\nparent.mental_health\tmental ~2 health\nharm.any\tdepress[a-z]+\tr\n' >lexicon.tsv
mkdir corpus; cp "$corpus"/board-newsletter-*.gz "$corpus"/child* corpus/
common=(-q -j 1 --no-cache --progress never -l lexicon.tsv)
injected=0 violations=0
complain() { violations=$((violations + 1)); echo "VIOLATION: $*"; }
allocations() { FAIL_COUNT=n LD_PRELOAD="$work/fail.so" "$@" >/dev/null 2>err || { cat err; exit 3; }; cat n; }
failing() { # NUMBER LASTING COMMAND...
	local at=$1 lasting=$2; shift 2
	injected=$((injected + 1)) status=0
	env LD_PRELOAD="$work/fail.so" FAIL_AT="$at" ${lasting:+FAIL_LASTING=1} "$@" >so 2>err || status=$?
	case $status in
	0) ;;
	3) grep -qi 'memory' err || complain "allocation $at${lasting:+ and after}: no word of memory: $(head -n 1 err)" ;;
	*) complain "allocation $at${lasting:+ and after}: status $status: $(head -n 1 err)" ;;
	esac
}
# How far to the next one: none left out at first, where the program sets itself up.
next() { local skip=$(($1 / 500)); [ "${QUICK:-0}" = 1 ] && { skip=$(($1 / 10)); skip=$((skip < 40 ? skip : 40)); }; echo $(($1 + 1 + skip)); }

"$program" count "${common[@]}" -o clean corpus
total=$(allocations "$program" count "${common[@]}" -o out corpus)
for lasting in "" 1; do
	for ((k = 1; k <= total; k = $(next $k))); do
		rm -f out*
		failing "$k" "$lasting" "$program" count "${common[@]}" -o out corpus
		if [ "$status" = 0 ]; then
			cmp -s clean out || complain "allocation $k${lasting:+ and after}: status 0, another table"
		elif compgen -G 'out*' >/dev/null; then
			complain "allocation $k${lasting:+ and after}: left $(compgen -G 'out*')"
		fi
	done
done
counted=$injected

update() { "$program" update "${common[@]}" --store s.db corpus; }
rm -f s.db*
total=$(allocations "$program" update "${common[@]}" --store s.db corpus)
"$program" count -q --store s.db >clean
for lasting in "" 1; do
	for ((k = 1; k <= total; k = $(next "$(next $k)"))); do
		rm -f s.db*
		failing "$k" "$lasting" "$program" update "${common[@]}" --store s.db corpus
		if [ -s s.db ] && [ "$(sqlite3 s.db 'SELECT count(*) FROM sqlite_schema')" != 0 ]; then
			"$program" verify -q --store s.db 2>err || complain "allocation $k${lasting:+ and after}: verify: $(head -n 1 err)"
		fi
		update >/dev/null 2>err || complain "allocation $k${lasting:+ and after}: the next update: $(head -n 1 err)"
		"$program" count -q --store s.db >again && cmp -s clean again || complain "allocation $k${lasting:+ and after}: another table after the next update"
	done
done
echo "$injected allocations failed ($counted of a count, $((injected - counted)) of an update), $violations violations"
[ $violations = 0 ]
